package reputation

import (
	"math"
	"slices"

	"fondaco/internal/fault"
)

// Settings are how ratings become scores. The zero value is of no use: begin with
// [DefaultSettings].
type Settings struct {
	C       float64 // how many times evidence counts against the prior: 10 where most ratings are a tenth of the highest
	W       float64 // weight of the prior
	R       float64 // value of an account of which nothing is known, 0 to 1
	Neg     float64 // how many times a bad rating counts
	Recip   float64 // what a good rating counts for if it is returned, 0 to 1
	Lam     float64 // how many times an account's rating of another counts against itself, as far as everybody else says otherwise
	Q       float64 // reach at which a rating counts half, in multiples of Floor's
	Floor   float64 // share of all flow; the poorest accounts that hold it together end at the reach that Q multiplies
	Damping float64 // share of the flow that is passed on, 0 to below 1
	Steps   int     // how often the flow is passed on, at most
	Second  int     // how often, after that, flow is passed on without each account's largest source
	Rounds  int     // how often values are worked out from the values of the round before
	Known   float64 // confidence below which an account is new
}

// DefaultSettings are for ratings on an open scale, where most are a tenth of the
// highest. They were chosen on one public network and checked on halves of its labels.
func DefaultSettings() Settings {
	return Settings{
		C: 10, W: 1, R: 0.3, Neg: 1, Recip: 0.4, Lam: 0.2,
		Q: 0.02, Floor: 0.1, Damping: 0.4, Steps: 60, Second: 2, Rounds: 5, Known: 0.15,
	}
}

// HouseSettings are for reviews of settled deals. There the usual good rating is close
// to the highest there is, and nobody shall have to fear what a bad one does to himself.
// Both sides of a deal review each other without knowing what the other wrote, so that a
// good rating is returned says less against it than where everybody may rate anybody.
func HouseSettings() Settings {
	s := DefaultSettings()
	s.C, s.Lam, s.Recip = 1, 0, 0.6
	return s
}

// Check refuses settings that give no scores from 0 to 1, with reputation.bad_settings.
func (s Settings) Check() error {
	share := func(x float64) bool { return x >= 0 && x <= 1 }
	some := func(x float64) bool { return x >= 0 && x <= math.MaxInt32 }
	if some(s.C) && some(s.W) && s.W > 0 && share(s.R) && some(s.Neg) && share(s.Recip) && share(s.Lam) &&
		some(s.Q) && s.Q > 0 && share(s.Floor) && share(s.Damping) && s.Damping < 1 && share(s.Known) &&
		s.Steps >= 1 && s.Second >= 0 && s.Rounds >= 1 && max(s.Steps, s.Second, s.Rounds) <= 1000 {
		return nil
	}
	return fault.New(fault.Invalid, "reputation.bad_settings", "These settings give no scores.")
}

// Score is what the ratings say of one account.
type Score struct {
	Value      float64 // 0 to 1; of a new account it says nothing and must not be shown
	Confidence float64 // 0 to 1: counted evidence, beside itself and the prior
	Positive   float64 // evidence for the account, in ratings that count wholly
	Negative   float64 // evidence against the account, its own ratings of others among it
	Say        float64 // 0 to 1: what the account's ratings of others count for, before its value
	New        bool    // there is too little evidence for a value
}

// Scores works out all scores from nothing, the seeds having all trust at first: a
// full pass, which takes time in proportion to the ratings. Seeds that are no accounts,
// or named twice, are left out. Settings must pass [Settings.Check].
func (g *Graph) Scores(seeds []int32, s Settings) []Score {
	scores, _ := g.pass(seeds, s)
	return scores
}

// pass works out all scores, and what others have said of each account.
func (g *Graph) pass(seeds []int32, s Settings) ([]Score, []evidence) {
	f := g.flat()
	return f.scores(f.say(f.seeds(seeds), s), s)
}

// seeds are the seeds that are accounts, in order.
func (f *flat) seeds(given []int32) []int32 {
	seeds := slices.Clone(given)
	slices.Sort(seeds)
	seeds = slices.Compact(seeds)
	return slices.DeleteFunc(seeds, func(x int32) bool { return x < 0 || int(x) >= f.accounts })
}

// say is what the ratings by each account count for, 0 to 1.
func (f *flat) say(seeds []int32, s Settings) []float64 {
	say := make([]float64, f.accounts)
	if len(seeds) == 0 {
		return say
	}
	share := f.shares(s.Damping)
	reach := f.flow(seeds, share, s)
	half := s.Q * floorOf(reach, s.Floor)
	for range s.Second {
		reach = f.without(reach, seeds, share, s)
	}
	for i, r := range reach {
		if r > 0 {
			say[i] = r / (r + half)
		}
	}
	return say
}

// shares is what each edge passes on of its giver's reach.
func (f *flat) shares(damping float64) []float64 {
	given := make([]float64, f.accounts)
	for e, from := range f.from {
		given[from] += f.good(e)
	}
	share := make([]float64, len(f.from))
	for e, from := range f.from {
		if good := f.good(e); good > 0 {
			share[e] = float64(damping*good) / given[from]
		}
	}
	return share
}

// settled is a change of the flow that nobody needs to follow.
const settled = 1e-9

// flow is where trust that starts at the seeds comes to rest: a personalised PageRank.
// What an account does not pass on returns to the seeds.
func (f *flat) flow(seeds []int32, share []float64, s Settings) []float64 {
	passes := make([]float64, f.accounts)
	for e, from := range f.from {
		if share[e] > 0 {
			passes[from] = s.Damping
		}
	}
	reach := make([]float64, f.accounts)
	for _, x := range seeds {
		reach[x] = 1 / float64(len(seeds))
	}
	next := make([]float64, f.accounts)
	for range s.Steps {
		kept := 0.0
		for u, r := range reach {
			kept += float64(r * (1 - passes[u]))
		}
		for v := range next {
			sum := 0.0
			for e := f.start[v]; e < f.start[v+1]; e++ {
				sum += float64(reach[f.from[e]] * share[e])
			}
			next[v] = sum
		}
		for _, x := range seeds {
			next[x] += kept / float64(len(seeds))
		}
		change := 0.0
		for u := range next {
			change += math.Abs(next[u] - reach[u])
		}
		reach, next = next, reach
		if change < settled {
			break
		}
	}
	return reach
}

// floorOf is the largest reach among the poorest accounts that hold a share of all of
// it. Unlike the median, it cannot be lowered by adding accounts that are hardly reached.
func floorOf(reach []float64, share float64) float64 {
	sorted := slices.Clone(reach)
	slices.Sort(sorted)
	all := 0.0
	for _, r := range sorted {
		all += r
	}
	sum := 0.0
	for _, r := range sorted {
		if sum += r; r > 0 && sum >= float64(all*share) {
			return r
		}
	}
	return 0
}

// without passes the reach on once more, and leaves out of each account's what its
// largest source gives: whoever only one account vouches for has no say.
func (f *flat) without(reach []float64, seeds []int32, share []float64, s Settings) []float64 {
	next := make([]float64, f.accounts)
	for v := range next {
		sum, largest := 0.0, 0.0
		for e := f.start[v]; e < f.start[v+1]; e++ {
			x := float64(reach[f.from[e]] * share[e])
			sum += x
			largest = max(largest, x)
		}
		next[v] = max(0, sum-largest)
	}
	for _, x := range seeds {
		next[x] += (1 - s.Damping) / float64(len(seeds))
	}
	return next
}

// evidence is what is counted for and against an account.
type evidence struct{ good, bad float64 }

// value is the share of what is for an account, beside the prior.
func (e evidence) value(s Settings) float64 {
	return (float64(s.C*e.good) + float64(s.W*s.R)) / (float64(s.C*(e.good+e.bad)) + s.W)
}

// of adds a rating that counts so much.
func (e *evidence) of(good, bad, counts float64, s Settings) {
	e.good += float64(counts * good)
	e.bad += float64(float64(counts*bad) * s.Neg)
}

// against is what an account's rating of another says against itself: it praised whom
// everybody else found bad, or the reverse. To agree with everybody says nothing, since
// anybody can; nor does a rating of whom nobody else has rated.
func (e evidence) against(good, bad, counts float64, s Settings) float64 {
	e.of(-good, -bad, counts, s)
	others := evidence{max(0, e.good), max(0, e.bad)}
	return max(0, float64(float64(2*s.Lam*(bad-good))*(others.value(s)-s.R)))
}

// score is the score of an account of which so much was heard.
func (e evidence) score(say float64, s Settings) Score { return e.beside(0, say, s) }

// beside is the score of an account of which so much was heard, and against which its
// own ratings speak. These lower its value, but make nobody surer of it.
func (e evidence) beside(own, say float64, s Settings) Score {
	counted := float64(s.C * (e.good + e.bad))
	confidence := counted / (counted + s.W)
	e.bad += own
	return Score{
		Value: e.value(s), Confidence: confidence, Positive: e.good, Negative: e.bad,
		Say: say, New: confidence < s.Known,
	}
}

// scores weighs all ratings, several times over.
func (f *flat) scores(say []float64, s Settings) ([]Score, []evidence) {
	counts := make([]float64, len(f.from)) // of each edge, before the giver's value
	for e, from := range f.from {
		counts[e] = say[from]
		if f.returned(e) {
			counts[e] = float64(say[from] * s.Recip)
		}
	}
	values, heard, own := make([]float64, f.accounts), make([]evidence, f.accounts), make([]float64, f.accounts)
	for v := range values {
		values[v] = s.R
	}
	for range s.Rounds {
		for v := range heard {
			var x evidence
			for e := f.start[v]; e < f.start[v+1]; e++ {
				x.of(f.pos[e], f.neg[e], float64(values[f.from[e]]*counts[e]), s)
			}
			heard[v] = x
		}
		for u := range own {
			own[u] = 0
			for i := f.outStart[u]; s.Lam > 0 && i < f.outStart[u+1]; i++ {
				e := f.out[i]
				own[u] += heard[f.to[e]].against(f.pos[e], f.neg[e], float64(values[u]*counts[e]), s)
			}
		}
		for v, x := range heard {
			x.bad += own[v]
			values[v] = x.value(s)
		}
	}
	scores := make([]Score, f.accounts)
	for v, x := range heard {
		scores[v] = x.beside(own[v], say[v], s)
	}
	return scores, heard
}
