package reputation_test

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"fondaco/internal/trade/reputation"
)

func TestScoresAreTheSameBitsOnEveryMachine(t *testing.T) {
	t.Parallel()
	const accounts = 200
	chance := rand.New(rand.NewPCG(1, 2))
	var ratings []reputation.Rating
	for i := range int64(2000) {
		ratings = append(ratings, reputation.Rating{
			From: chance.Int32N(1 + chance.Int32N(accounts)), To: chance.Int32N(accounts),
			Value: float64(chance.IntN(21)-7) / 13, Weight: 1 + chance.Float64(), At: i,
		})
	}
	sum := fnv.New64a()
	for _, s := range graphOf(t, accounts, ratings, 0).Scores(seeds(), reputation.DefaultSettings()) {
		for _, x := range []float64{s.Value, s.Confidence, s.Positive, s.Negative, s.Say} {
			_ = binary.Write(sum, binary.BigEndian, x)
		}
	}
	const want = 0xed5adba5c1d0abfe
	if got := sum.Sum64(); got != want {
		t.Errorf("the bits of all scores add up to %#x, on other machines to %#x", got, uint64(want))
	}
}

func TestANewcomerIsNewAndHasNoSay(t *testing.T) {
	t.Parallel()
	s := reputation.DefaultSettings()
	scores := graphOf(t, 12, append(town(), rates(10, 3, 1, 400)), 0).Scores(seeds(), s)
	for _, who := range []int32{10, 11} {
		if x := scores[who]; !x.New || x.Confidence > s.Known || x.Value != s.R || x.Say != 0 {
			t.Errorf("account %d, of which nobody said anything: %+v", who, x)
		}
	}
	if x := scores[3]; x.New || x.Confidence <= s.Known {
		t.Errorf("an account that all seeds praise: %+v", x)
	}
	for _, none := range [][]int32{nil, {-1}, {12}} {
		for i, x := range graphOf(t, 12, town(), 0).Scores(none, s) {
			if !x.New || x.Value > s.R {
				t.Errorf("without seeds account %d is %+v", i, x)
			}
		}
	}
}

func TestScoresStayWithinTheirBounds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		for _, s := range []reputation.Settings{reputation.DefaultSettings(), reputation.HouseSettings()} {
			for i, x := range graphOf(t, 12, drawn(t), 0).Scores(seeds(), s) {
				ok := x.Value >= 0 && x.Value <= 1 && x.Confidence >= 0 && x.Confidence < 1 &&
					x.Positive >= 0 && x.Negative >= 0 && x.Say >= 0 && x.Say <= 1 && x.New == (x.Confidence < s.Known)
				if !ok {
					t.Fatalf("account %d: %+v", i, x)
				}
			}
		}
	})
}

func TestWhoNobodyReachesMovesNobodyElse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		// Accounts 12 to 15 rate whom they like and are rated by nobody but each other.
		ratings := drawn(t)
		before := graphOf(t, 16, ratings, 0).Scores(seeds(), reputation.DefaultSettings())
		for range rapid.IntRange(1, 40).Draw(t, "more") {
			from, to := rapid.Int32Range(12, 15).Draw(t, "from"), rapid.Int32Range(0, 15).Draw(t, "to")
			ratings = append(ratings, rates(from, to, float64(rapid.IntRange(-10, 10).Draw(t, "value"))/10, int64(1000+len(ratings))))
		}
		after := graphOf(t, 16, ratings, 0).Scores(seeds(), reputation.DefaultSettings())
		if got := moved(before[:12], after[:12]); got != nil {
			t.Fatalf("%v are other than before", got)
		}
		for i := 12; i < 16; i++ {
			if !after[i].New && after[i].Value > before[i].Value {
				t.Fatalf("account %d has raised itself from %+v to %+v", i, before[i], after[i])
			}
		}
	})
}

func TestSybilsMoveATrustedAccountLittleAndTheirAverageWholly(t *testing.T) {
	t.Parallel()
	const fresh = 200
	target := int32(9) // praised by some, and once not
	before := graphOf(t, 10, town(), 0).Scores(seeds(), reputation.DefaultSettings())[target]
	for name, add := range map[string]func(s, next int32) []reputation.Rating{
		"slander": func(s, _ int32) []reputation.Rating { return []reputation.Rating{rates(s, target, -1, 999)} },
		"praise, praised back": func(s, _ int32) []reputation.Rating {
			return []reputation.Rating{rates(s, target, 1, 999), rates(target, s, 1, 999)}
		},
		"praise in a ring": func(s, next int32) []reputation.Rating {
			return []reputation.Rating{rates(s, target, 1, 999), rates(target, s, 1, 999), rates(s, next, 1, 999)}
		},
	} {
		ratings := town()
		for i := range int32(fresh) {
			ratings = append(ratings, add(10+i, 10+(i+1)%fresh)...)
		}
		after := graphOf(t, 10+fresh, ratings, 0).Scores(seeds(), reputation.DefaultSettings())
		if got := after[target]; math.Abs(got.Value-before.Value) > 0.05 {
			t.Errorf("%s: %+v was %+v", name, got, before)
		}
		for i := 10; i < 10+fresh; i++ {
			if after[i].Say > 0.1 {
				t.Fatalf("%s: account %d of the ring has a say: %+v", name, i, after[i])
			}
		}
	}
}

func TestARatingCountsForLessIfItIsReturned(t *testing.T) {
	t.Parallel()
	once := graphOf(t, 10, append(town(), rates(0, 9, 1, 500)), 0).Scores(seeds(), reputation.HouseSettings())[9]
	swapped := graphOf(t, 10, append(town(), rates(0, 9, 1, 500), rates(9, 0, 1, 501)), 0).Scores(seeds(), reputation.HouseSettings())[9]
	if swapped.Positive >= once.Positive {
		t.Errorf("a swap gives %v, a gift %v", swapped.Positive, once.Positive)
	}
}

func TestMoreGoodRatingsByTrustedAccountsRaiseValueAndConfidence(t *testing.T) {
	t.Parallel()
	// Account 20 is rated by as many seeds as there are, and rates nobody.
	all := make([]int32, 20)
	var ratings []reputation.Rating
	last := reputation.Score{}
	for i := range all {
		all[i] = int32(i)
	}
	for i := range all {
		ratings = append(ratings, rates(int32(i), 20, 0.9, int64(i)))
		got := graphOf(t, 21, ratings, 0).Scores(all, reputation.HouseSettings())[20]
		if got.Value <= last.Value || got.Confidence <= last.Confidence {
			t.Fatalf("%d good ratings give %+v, one less %+v", i+1, got, last)
		}
		last = got
	}
	bad := graphOf(t, 21, append(ratings, rates(0, 20, -0.9, 99)), 0).Scores(all, reputation.HouseSettings())[20]
	if bad.Value >= last.Value || bad.Negative == 0 {
		t.Errorf("a bad rating by a trusted account: %+v after %+v", bad, last)
	}
}

func TestToAgreeWithEverybodyEarnsNothingAndToVouchForTheBadCosts(t *testing.T) {
	t.Parallel()
	s := reputation.DefaultSettings()
	value := func(more ...reputation.Rating) float64 {
		ratings := append(town(), rates(0, 8, -1, 600), rates(1, 8, -1, 601), rates(2, 8, -1, 602))
		return graphOf(t, 12, append(ratings, more...), 0).Scores(seeds(), s)[11].Value
	}
	if got := value(rates(11, 3, 1, 700), rates(11, 4, 1, 701), rates(11, 8, -1, 702)); got != s.R {
		t.Errorf("agreeing gives %v, not %v", got, s.R)
	}
	if got := value(rates(11, 8, 1, 700)); got >= s.R {
		t.Errorf("vouching for the bad leaves %v", got)
	}
	if got := value(rates(11, 10, 1, 700)); got != s.R {
		t.Errorf("praising a newcomer gives %v, not %v", got, s.R)
	}
}

func TestSettingsThatGiveNoScoresAreRefused(t *testing.T) {
	t.Parallel()
	for _, good := range []reputation.Settings{reputation.DefaultSettings(), reputation.HouseSettings()} {
		if err := good.Check(); err != nil {
			t.Error(err)
		}
	}
	for name, change := range map[string]func(*reputation.Settings){
		"no prior":        func(s *reputation.Settings) { s.W = 0 },
		"value beyond 1":  func(s *reputation.Settings) { s.R = 1.1 },
		"no value":        func(s *reputation.Settings) { s.R = math.NaN() },
		"endless":         func(s *reputation.Settings) { s.C = math.Inf(1) },
		"nothing returns": func(s *reputation.Settings) { s.Damping = 1 },
		"no rounds":       func(s *reputation.Settings) { s.Rounds = 0 },
		"no steps":        func(s *reputation.Settings) { s.Steps = 0 },
		"many rounds":     func(s *reputation.Settings) { s.Rounds = 1 << 30 },
		"negative":        func(s *reputation.Settings) { s.Neg = -1 },
		"no half":         func(s *reputation.Settings) { s.Q = 0 },
	} {
		s := reputation.DefaultSettings()
		change(&s)
		if err := s.Check(); err == nil {
			t.Errorf("%s: %+v", name, s)
		}
		if _, err := reputation.NewLive(graphOf(t, 10, town(), 0), seeds(), s); err == nil {
			t.Errorf("%s: a live graph took %+v", name, s)
		}
	}
}
