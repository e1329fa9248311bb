package reputation_test

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"fondaco/internal/trade/reputation"
)

func liveOf(t interface {
	Helper()
	Fatal(args ...any)
}, accounts int, ratings []reputation.Rating, s reputation.Settings,
) *reputation.Live {
	t.Helper()
	l, err := reputation.NewLive(graphOf(t, accounts, ratings, 0), seeds(), s)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func standing(l *reputation.Live) []reputation.Score {
	var all []reputation.Score
	for i := range l.Accounts() {
		all = append(all, l.Score(int32(i)))
	}
	return all
}

func TestAfterAFullPassALiveGraphIsOneMadeFromNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ratings := drawn(t)
		s := rapid.SampledFrom([]reputation.Settings{reputation.DefaultSettings(), reputation.HouseSettings()}).Draw(t, "settings")
		first := rapid.IntRange(0, len(ratings)).Draw(t, "first")
		l := liveOf(t, 12, ratings[:first], s)
		for _, r := range ratings[first:] {
			before := standing(l)
			told, err := l.Add(r)
			if err != nil {
				t.Fatal(err)
			}
			for _, who := range moved(before, standing(l)) {
				if !slices.Contains(told, who) {
					t.Fatalf("account %d has another score, and only %v were named", who, told)
				}
			}
		}
		l.Refresh(seeds())
		if got := moved(standing(l), graphOf(t, 12, ratings, 0).Scores(seeds(), s)); got != nil {
			t.Fatalf("%v are other than from nothing", got)
		}
	})
}

func TestABetterRatingNeverGivesLess(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ratings := drawn(t)
		from, to := rapid.Int32Range(0, 11).Draw(t, "from"), rapid.Int32Range(0, 11).Draw(t, "to")
		s := reputation.HouseSettings()
		last := -1.0
		for value := -10; value <= 10; value++ {
			l := liveOf(t, 12, ratings, s)
			if _, err := l.Add(rates(from, to, float64(value)/10, 1e6)); err != nil {
				t.Fatal(err)
			}
			got := l.Score(to).Value
			if got < last-1e-12 {
				t.Fatalf("rated %d, the account has %v, and %v rated one less", value, got, last)
			}
			last = got
		}
	})
}

func TestARatingIsSeenAtOnce(t *testing.T) {
	t.Parallel()
	l := liveOf(t, 11, town(), reputation.HouseSettings())
	if !l.Score(10).New || !l.Score(-1).New || !l.Score(99).New {
		t.Fatal("of nobody something is known")
	}
	for _, seed := range seeds() {
		if told, err := l.Add(rates(seed, 10, 1, 900)); err != nil || !slices.Contains(told, 10) {
			t.Fatal(told, err)
		}
	}
	good := l.Score(10)
	if good.New || good.Value <= l.Score(99).Value {
		t.Errorf("after three good ratings by seeds: %+v", good)
	}
	if told, err := l.Add(rates(0, 10, 1, 899)); err != nil || told != nil || l.Score(10) != good {
		t.Errorf("an older rating of the same pair counts: %v, %v, %+v", told, err, l.Score(10))
	}
	if _, err := l.Add(rates(0, 11, 1, 900)); err == nil {
		t.Error("a rating of nobody counts")
	}
	l.Grow(12)
	if _, err := l.Add(rates(0, 11, 1, 900)); err != nil || l.Accounts() != 12 || l.Score(11).Positive == 0 {
		t.Errorf("a rating of a newcomer: %v, %+v", err, l.Score(11))
	}
}

func TestWhoIsFoundBadSaysLessAtOnce(t *testing.T) {
	t.Parallel()
	l := liveOf(t, 10, town(), reputation.HouseSettings())
	before := standing(l)
	told, err := l.Add(rates(0, 3, -1, 900))
	if err != nil {
		t.Fatal(err)
	}
	// Account 3 has rated 7 and 9 well; of 5 it has said nothing.
	for _, who := range []int32{7, 9} {
		if got := l.Score(who); got.Positive >= before[who].Positive || !slices.Contains(told, who) {
			t.Errorf("account %d still has all that a bad account said of it: %+v was %+v", who, got, before[who])
		}
	}
	if l.Score(5) != before[5] || slices.Contains(told, 5) {
		t.Errorf("account 5 is other than before: %+v", l.Score(5))
	}
}

func TestAReturnedRatingCountsForLessAtOnce(t *testing.T) {
	t.Parallel()
	positive := func(before ...reputation.Rating) float64 {
		l := liveOf(t, 10, append(town(), before...), reputation.HouseSettings())
		was := l.Score(9).Positive
		if _, err := l.Add(rates(1, 9, 1, 900)); err != nil {
			t.Fatal(err)
		}
		return l.Score(9).Positive - was
	}
	gift, swap := positive(rates(9, 1, -1, 800)), positive(rates(9, 1, 0.01, 800))
	if ratio := swap / gift; ratio < 0.3 || ratio > 0.95 {
		t.Errorf("a gift gives %v, a swap %v", gift, swap)
	}
}

// network reads a public network of ratings, oldest first.
func network(t *testing.T, name string) (reputation.Table, []reputation.Rating) {
	t.Helper()
	root := os.Getenv("FONDACO_DATA")
	if root == "" {
		t.Skip("FONDACO_DATA names no folder of reference data")
	}
	doc, err := os.ReadFile(filepath.Join(root, "reputation", name+"_network.csv"))
	if err != nil {
		t.Fatal(err)
	}
	var sheet reputation.Sheet
	for line := range strings.Lines(string(doc)) {
		if err := sheet.Line(strings.TrimRight(line, "\n")); err != nil {
			t.Fatal(err)
		}
	}
	table, err := sheet.Table(10)
	if err != nil {
		t.Fatal(err)
	}
	byTime := slices.Clone(table.Ratings)
	slices.SortStableFunc(byTime, func(a, b reputation.Rating) int { return int(max(-1, min(1, a.At-b.At))) })
	return table, byTime
}

// TestBetweenFullPassesScoresStayNear states how far off a live graph is on public
// data when a tenth of all ratings has come in since the last full pass, far more than
// a night's: how many scores are off by more than 0.1, and by how much on average.
func TestBetweenFullPassesScoresStayNear(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"alpha", "otc"} {
		table, ratings := network(t, name)
		first, last := len(ratings)*9/10, len(ratings)
		g := graphOf(t, len(table.Users), ratings[:first], 0)
		l, err := reputation.NewLive(g, table.Founders(), reputation.DefaultSettings())
		if err != nil {
			t.Fatal(err)
		}
		stale := standing(l)
		for _, r := range ratings[first:last] {
			if _, err := l.Add(r); err != nil {
				t.Fatal(err)
			}
		}
		want := graphOf(t, len(table.Users), ratings, 0).Scores(table.Founders(), reputation.DefaultSettings())
		off := func(have []reputation.Score) (far, mean float64) {
			for i := range want {
				d := math.Abs(have[i].Value - want[i].Value)
				mean += d / float64(len(want))
				if d > 0.1 {
					far += 1 / float64(len(want))
				}
			}
			return far, mean
		}
		far, mean := off(standing(l))
		staleFar, staleMean := off(stale)
		t.Logf("%s: %.4f of the accounts are off by more than 0.1, %.5f on average; without the local work %.4f and %.5f", name, far, mean, staleFar, staleMean)
		if far > 0.03 || mean > 0.01 {
			t.Errorf("%s: too far off: %.4f, %.5f", name, far, mean)
		}
		l.Refresh(table.Founders())
		if got := moved(standing(l), want); got != nil {
			t.Errorf("%s: after a full pass %d are other than from nothing", name, len(got))
		}
	}
}
