package reputation_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fondaco/internal/fault"
	"fondaco/internal/trade/reputation"
)

// rates is a rating of weight 1.
func rates(from, to int32, value float64, at int64) reputation.Rating {
	return reputation.Rating{From: from, To: to, Value: value, Weight: 1, At: at}
}

func graphOf(t interface {
	Helper()
	Fatal(args ...any)
}, accounts int, ratings []reputation.Rating, period time.Duration,
) *reputation.Graph {
	t.Helper()
	g, err := reputation.NewGraph(accounts, ratings, period)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// town is three seeds (0 to 2) and accounts 3 to 9 that they and others trust.
func town() []reputation.Rating {
	var r []reputation.Rating
	for seed := range int32(3) {
		for other := range int32(10) {
			if seed != other && (seed+other)%4 != 3 {
				r = append(r, rates(seed, other, 0.5, int64(10*seed+other)))
			}
		}
	}
	for u := int32(3); u < 10; u++ {
		r = append(r, rates(u, 3+(u+1)%7, 0.6, 100+int64(u)), rates(u, 3+(u+3)%7, 0.2, 200+int64(u)))
	}
	return append(r, rates(4, 9, -0.5, 300))
}

func seeds() []int32 { return []int32{0, 1, 2} }

// drawn draws a network of ratings between twelve accounts, no two at one moment.
func drawn(t *rapid.T) []reputation.Rating {
	const accounts = 12
	n := rapid.IntRange(0, 60).Draw(t, "ratings")
	r := make([]reputation.Rating, n)
	for i := range r {
		r[i] = reputation.Rating{
			From:  rapid.Int32Range(0, accounts-1).Draw(t, "from"),
			To:    rapid.Int32Range(0, accounts-1).Draw(t, "to"),
			Value: float64(rapid.IntRange(-10, 10).Draw(t, "value")) / 10, Weight: float64(rapid.IntRange(1, 30).Draw(t, "weight")) / 10,
			At: int64(i) * 7,
		}
	}
	return r
}

// moved lists the accounts whose scores differ in any bit.
func moved(a, b []reputation.Score) []int32 {
	var list []int32
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			list = append(list, int32(i))
		}
	}
	return list
}

func TestTheOrderOfRatingsChangesNoBit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ratings := drawn(t)
		period := time.Duration(rapid.SampledFrom([]int64{0, 1, 50, 1000}).Draw(t, "period")) * time.Microsecond
		a := graphOf(t, 12, ratings, period)
		shuffled := slices.Clone(ratings)
		rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "chance"), 0)).Shuffle(len(shuffled), func(i, j int) {
			shuffled[i], shuffled[j] = shuffled[j], shuffled[i]
		})
		b := graphOf(t, 12, shuffled, period)
		grown := graphOf(t, 3, nil, period)
		grown.Grow(12)
		for _, r := range shuffled {
			if _, err := grown.Add(r); err != nil {
				t.Fatal(err)
			}
		}
		want := a.Scores(seeds(), reputation.DefaultSettings())
		if got := moved(want, b.Scores(seeds(), reputation.DefaultSettings())); got != nil {
			t.Fatalf("in another order %v have other scores", got)
		}
		if got := moved(want, grown.Scores(seeds(), reputation.DefaultSettings())); got != nil {
			t.Fatalf("added one by one %v have other scores", got)
		}
		if got := moved(want, a.Scores([]int32{2, 1, 0, 1, -4, 99}, reputation.DefaultSettings())); got != nil {
			t.Fatalf("with the seeds in another order %v have other scores", got)
		}
		if a.Tally() != b.Tally() || a.Tally() != grown.Tally() || a.Tally().Kept+a.Tally().Own+a.Tally().Repeated != int64(len(ratings)) {
			t.Fatalf("%d ratings became %+v, %+v and %+v", len(ratings), a.Tally(), b.Tally(), grown.Tally())
		}
	})
}

func TestOfTwoRatingsAtOneMomentTheWorseCountsInAnyOrder(t *testing.T) {
	t.Parallel()
	a := graphOf(t, 10, append(town(), rates(0, 4, 1, 999), rates(0, 4, -1, 999)), 0).Scores(seeds(), reputation.DefaultSettings())
	b := graphOf(t, 10, append(town(), rates(0, 4, -1, 999), rates(0, 4, 1, 999)), 0).Scores(seeds(), reputation.DefaultSettings())
	worse := graphOf(t, 10, append(town(), rates(0, 4, -1, 999)), 0).Scores(seeds(), reputation.DefaultSettings())
	if moved(a, b) != nil || moved(a, worse) != nil {
		t.Errorf("%v, %v", moved(a, b), moved(a, worse))
	}
}

func TestRatingOneselfSaysNothing(t *testing.T) {
	t.Parallel()
	before := graphOf(t, 10, town(), 0).Scores(seeds(), reputation.DefaultSettings())
	ratings := town()
	for i := range int64(1000) {
		ratings = append(ratings, rates(5, 5, 1, 1000+i), rates(0, 0, 1, 1000+i))
	}
	g := graphOf(t, 10, ratings, time.Microsecond)
	if got := moved(before, g.Scores(seeds(), reputation.DefaultSettings())); got != nil {
		t.Errorf("%v are other than before", got)
	}
	if got := g.Tally().Own; got != 2000 {
		t.Errorf("%d ratings of oneself were counted", got)
	}
}

func TestAPairHasOneRatingInEachPeriod(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	flood := func(n int, apart time.Duration) []reputation.Rating {
		ratings := town()
		for i := range n {
			ratings = append(ratings, rates(0, 8, 0.8, 90*day.Microseconds()+int64(i)*apart.Microseconds()))
		}
		return ratings
	}
	score := func(ratings []reputation.Rating, period time.Duration) reputation.Score {
		return graphOf(t, 10, ratings, period).Scores(seeds(), reputation.HouseSettings())[8]
	}
	if one, many := score(flood(1, 0), 0), score(flood(1000, day), 0); one != many {
		t.Errorf("with one period, 1,000 ratings give %+v and one %+v", many, one)
	}
	one, hour, days := score(flood(1, 0), 30*day), score(flood(700, time.Hour), 30*day), score(flood(90, day), 30*day)
	if one != hour {
		t.Errorf("within a period, 700 ratings give %+v and one %+v", hour, one)
	}
	if days.Positive <= one.Positive || days.Positive >= 90*one.Positive {
		t.Errorf("in three periods %v is counted, in one %v", days.Positive, one.Positive)
	}
	// Before 1970 a period is as long as after.
	if g := graphOf(t, 2, []reputation.Rating{rates(0, 1, 1, -1), rates(0, 1, 1, 1)}, time.Second); g.Tally().Kept != 2 {
		t.Errorf("the periods around 1970 are one: %+v", g.Tally())
	}
	if g := graphOf(t, 2, []reputation.Rating{rates(0, 1, 1, -1e6), rates(0, 1, 1, -1)}, time.Second); g.Tally().Kept != 1 {
		t.Errorf("the second before 1970 is two: %+v", g.Tally())
	}
}

func TestWhatIsNoRatingIsRefusedAndChangesNothing(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]reputation.Rating{
		"from nobody":       rates(-1, 0, 1, 0),
		"to nobody":         rates(0, 10, 1, 0),
		"beyond the best":   rates(0, 1, 1.01, 0),
		"beyond the worst":  rates(0, 1, -1.01, 0),
		"no value":          rates(0, 1, math.NaN(), 0),
		"no weight":         {From: 0, To: 1, Value: 1},
		"negative weight":   {From: 0, To: 1, Value: 1, Weight: -1},
		"weight of nothing": {From: 0, To: 1, Value: 1, Weight: math.NaN()},
		"endless weight":    {From: 0, To: 1, Value: 1, Weight: math.Inf(1)},
	} {
		var f *fault.Error
		if _, err := reputation.NewGraph(10, append(town(), r), 0); !errors.As(err, &f) || f.Code != "reputation.bad_rating" {
			t.Errorf("%s: %v", name, err)
		}
		g := graphOf(t, 10, town(), 0)
		before, tally := g.Scores(seeds(), reputation.DefaultSettings()), g.Tally()
		if changed, err := g.Add(r); err == nil || changed {
			t.Errorf("%s was added: %v", name, err)
		}
		if moved(before, g.Scores(seeds(), reputation.DefaultSettings())) != nil || g.Tally() != tally {
			t.Errorf("%s has left something", name)
		}
	}
	if _, err := reputation.NewGraph(-1, nil, 0); err == nil {
		t.Error("there are fewer accounts than none")
	}
	if _, err := reputation.NewGraph(1, nil, -1); err == nil {
		t.Error("a period is negative")
	}
}
