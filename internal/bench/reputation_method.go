package bench

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"fondaco/internal/trade/reputation"
)

// method is one way to score the accounts of a network: higher is better.
type method struct {
	name  string
	score func(reputation.Table) []float64
}

func methods() []method {
	return []method{
		{"fondaco", func(t reputation.Table) []float64 {
			scores, err := scoresOf(t, reputation.DefaultSettings())
			if err != nil {
				return nil
			}
			return values(scores)
		}},
		{"average rating", average},
		{"Beta", betaScore},
		{"Wilson lower bound", wilson},
		{"EigenTrust", eigenTrust},
		{"votes weighed by EigenTrust", signedEigenTrust},
	}
}

func scoresOf(t reputation.Table, s reputation.Settings) ([]reputation.Score, error) {
	return scoresFrom(t, t.Founders(), s)
}

func scoresFrom(t reputation.Table, seeds []int32, s reputation.Settings) ([]reputation.Score, error) {
	g, err := reputation.NewGraph(len(t.Users), t.Ratings, 0)
	if err != nil {
		return nil, err
	}
	return g.Scores(seeds, s), nil
}

func values(scores []reputation.Score) []float64 {
	v := make([]float64, len(scores))
	for i, s := range scores {
		v[i] = s.Value
	}
	return v
}

// sums are the good and bad ratings of an account.
type sums struct{ good, bad, goods, all float64 }

func sumsOf(t reputation.Table) []sums {
	out := make([]sums, len(t.Users))
	for _, r := range t.Ratings {
		x := &out[r.To]
		x.all++
		if r.Value > 0 {
			x.good += r.Value
			x.goods++
		} else {
			x.bad -= r.Value
		}
	}
	return out
}

func scored(t reputation.Table, score func(sums) float64) []float64 {
	out := make([]float64, len(t.Users))
	for i, x := range sumsOf(t) {
		out[i] = score(x)
	}
	return out
}

// average is the mean of the ratings, 0 without any.
func average(t reputation.Table) []float64 {
	return scored(t, func(x sums) float64 { return (x.good - x.bad) / max(1, x.all) })
}

// betaScore is the mean of the Beta distribution after the ratings, weighed by their
// values on a scale to ten.
func betaScore(t reputation.Table) []float64 {
	return scored(t, func(x sums) float64 { return (10*x.good + 1) / (10*(x.good+x.bad) + 2) })
}

// wilson is the lower end of the 95 % interval of the share of good ratings.
func wilson(t reputation.Table) []float64 {
	const z = 1.96
	return scored(t, func(x sums) float64 {
		if x.all == 0 {
			return 0
		}
		p := x.goods / x.all
		return (p + z*z/(2*x.all) - z*math.Sqrt(p*(1-p)/x.all+z*z/(4*x.all*x.all))) / (1 + z*z/x.all)
	})
}

// eigenTrust is the flow of trust from the founders along good ratings, as published in
// 2003: 15 % of it returns at every step.
func eigenTrust(t reputation.Table) []float64 {
	const steps, back = 60, 0.15
	given := make([]float64, len(t.Users))
	for _, r := range t.Ratings {
		given[r.From] += max(0, r.Value)
	}
	seeds := t.Founders()
	trust := make([]float64, len(t.Users))
	for _, s := range seeds {
		trust[s] = 1 / float64(len(seeds))
	}
	for range steps {
		next := make([]float64, len(trust))
		rest := 1.0
		for _, r := range t.Ratings {
			if r.Value > 0 {
				x := (1 - back) * trust[r.From] * r.Value / given[r.From]
				next[r.To] += x
				rest -= x
			}
		}
		for _, s := range seeds {
			next[s] += rest / float64(len(seeds))
		}
		trust = next
	}
	return trust
}

// signedEigenTrust is the sum of all ratings, each weighed by its giver's trust.
func signedEigenTrust(t reputation.Table) []float64 {
	trust, out := eigenTrust(t), make([]float64, len(t.Users))
	for _, r := range t.Ratings {
		out[r.To] += trust[r.From] * r.Value
	}
	return out
}

// Sampling of labels.
const (
	samples    = 1000
	halves     = 100
	sampleSeed = 11
)

// rows scores the scene by every method.
func (s scene) rows(l labels) []ReputationRow {
	var out []ReputationRow
	for _, m := range methods() {
		score := m.score(s.table)
		r := ReputationRow{Method: m.name, Attack: s.name, AUC: auc(score, l)}
		chance := rand.New(rand.NewPCG(sampleSeed, 1)) //nolint:gosec // the same every time
		tries := make([]float64, samples)
		for i := range tries {
			tries[i] = auc(score, labels{drawn(l.good, chance), drawn(l.fraud, chance)})
		}
		slices.Sort(tries)
		r.Low, r.High = tries[samples*25/1000], tries[samples*975/1000]
		out = append(out, r)
	}
	return out
}

// drawn draws as many as there are, each as often as chance has it.
func drawn(list []int32, chance *rand.Rand) []int32 {
	out := make([]int32, len(list))
	for i := range out {
		out[i] = list[chance.IntN(len(list))]
	}
	return out
}

// auc is the share of pairs that are in the right order.
func auc(score []float64, l labels) float64 {
	type one struct {
		score float64
		good  bool
	}
	all := make([]one, 0, len(l.good)+len(l.fraud))
	for _, x := range l.good {
		all = append(all, one{score[x], true})
	}
	for _, x := range l.fraud {
		all = append(all, one{score[x], false})
	}
	slices.SortFunc(all, func(a, b one) int { return cmp.Compare(a.score, b.score) })
	won, below := 0.0, 0.0
	for i := 0; i < len(all); {
		good, fraud := 0.0, 0.0
		for j := i; i < len(all) && all[i].score == all[j].score; i++ {
			if all[i].good {
				good++
			} else {
				fraud++
			}
		}
		won += good * (below + fraud/2)
		below += fraud
	}
	return won / (float64(len(l.good)) * float64(len(l.fraud)))
}

// selection chooses settings on one half of the labels and judges them on the other.
func selection(clean, attacked reputation.Table, l labels) ReputationSelection {
	grid := neighbours(reputation.DefaultSettings())
	scores := make([][2][]float64, len(grid))
	for i, s := range grid {
		for j, t := range []reputation.Table{clean, attacked} {
			got, err := scoresOf(t, s)
			if err != nil {
				return ReputationSelection{}
			}
			scores[i][j] = values(got)
		}
	}
	r := ReputationSelection{Settings: len(grid), Halves: halves}
	chance := rand.New(rand.NewPCG(sampleSeed, 2)) //nolint:gosec // as above
	for range halves {
		one, other := half(l, chance)
		best, bestAUC := 0, -1.0
		for i := range grid {
			if x := auc(scores[i][0], one) + auc(scores[i][1], one); x > bestAUC {
				best, bestAUC = i, x
			}
		}
		r.ChosenClean += auc(scores[best][0], other) / halves
		r.ChosenBoth += auc(scores[best][1], other) / halves
		r.StandingClean += auc(scores[0][0], other) / halves
		r.StandingBoth += auc(scores[0][1], other) / halves
	}
	return r
}

// neighbours are the settings themselves and those around them.
func neighbours(s reputation.Settings) []reputation.Settings {
	out := []reputation.Settings{s}
	for _, q := range []float64{0.5, 1, 2} {
		for _, recip := range []float64{0.25, 0.4, 0.6} {
			for _, damping := range []float64{0.3, 0.4, 0.5} {
				for _, lam := range []float64{0, 0.1, 0.2} {
					n := s
					n.Q, n.Recip, n.Damping, n.Lam = s.Q*q, recip, damping, lam
					out = append(out, n)
				}
			}
		}
	}
	return out
}

// half divides the labels by chance.
func half(l labels, chance *rand.Rand) (one, other labels) {
	cut := func(list []int32) (a, b []int32) {
		list = slices.Clone(list)
		chance.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		return list[:len(list)/2], list[len(list)/2:]
	}
	one.good, other.good = cut(l.good)
	one.fraud, other.fraud = cut(l.fraud)
	return one, other
}
