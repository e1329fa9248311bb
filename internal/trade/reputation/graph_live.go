package reputation

import (
	"math"
	"slices"
)

// Live keeps the scores of a growing graph near to what a full pass would answer. It is
// not safe for concurrent use.
//
// What a rating changes at once: the evidence and score of whoever got it, of whoever
// gave it and, if the value of whoever got it moves by more than a thousandth, of all
// whom that account has rated. What waits for the next full pass: how far accounts are
// reached, and so what their ratings count for, and what follows further away. An
// account that came since then has no say until then.
type Live struct {
	graph    *Graph
	seeds    []int32
	settings Settings
	scores   []Score
	heard    []evidence
}

// NewLive makes a full pass over the graph, which it owns from then on. It refuses what
// [Settings.Check] refuses.
func NewLive(g *Graph, seeds []int32, s Settings) (*Live, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	l := &Live{graph: g, settings: s}
	l.Refresh(seeds)
	return l, nil
}

// Refresh makes a full pass with these seeds. Afterwards the scores are to the bit
// those of [Graph.Scores] over the same ratings.
func (l *Live) Refresh(seeds []int32) {
	l.seeds = slices.Clone(seeds)
	l.scores, l.heard = l.graph.pass(seeds, l.settings)
}

// Grow makes room for so many accounts in all.
func (l *Live) Grow(accounts int) {
	l.graph.Grow(accounts)
	for len(l.scores) < l.graph.Accounts() {
		l.scores = append(l.scores, evidence{}.score(0, l.settings))
		l.heard = append(l.heard, evidence{})
	}
}

// Accounts is how many accounts there are.
func (l *Live) Accounts() int { return len(l.scores) }

// Score is what an account has now; of no account, a new one's.
func (l *Live) Score(account int32) Score {
	if account < 0 || int(account) >= len(l.scores) {
		return evidence{}.score(0, l.settings)
	}
	return l.scores[account]
}

// Add takes one more rating, and says whose scores were worked out anew, in order. It
// refuses what [NewGraph] refuses.
func (l *Live) Add(r Rating) ([]int32, error) {
	changed, err := l.graph.Add(r)
	if err != nil || !changed {
		return nil, err
	}
	was := l.scores[r.To].Value
	l.again(r.To)
	near := []int32{r.From, r.To}
	if math.Abs(l.scores[r.To].Value-was) > felt && l.scores[r.To].Say > 0 {
		near = append(near, l.graph.out[r.To]...)
	}
	slices.Sort(near)
	near = slices.Compact(near)
	for _, v := range near {
		if v != r.To {
			l.again(v)
		}
	}
	return near, nil
}

// felt is how far a value must move before those whom the account has rated are worked
// out anew at once.
const felt = 0.001

// again works out one score from the graph and the standing scores of others.
func (l *Live) again(v int32) {
	var x evidence
	arcs := l.graph.in[v]
	for i := 0; i < len(arcs); {
		from, pos, neg := arcs[i].from, 0.0, 0.0
		for ; i < len(arcs) && arcs[i].from == from; i++ {
			pos, neg = arcs[i].onto(pos, neg)
		}
		x.of(pos, neg, l.counts(from, v, pos, neg), l.settings)
	}
	l.heard[v] = x
	own := 0.0
	if l.settings.Lam > 0 {
		for _, to := range l.graph.out[v] {
			pos, neg := l.graph.between(v, to)
			own += l.heard[to].against(pos, neg, l.counts(v, to, pos, neg), l.settings)
		}
	}
	l.scores[v] = x.beside(own, l.scores[v].Say, l.settings)
}

// counts is what a rating counts for.
func (l *Live) counts(from, to int32, pos, neg float64) float64 {
	say := l.scores[from].Say
	if say == 0 {
		return 0
	}
	if pos > neg {
		if back, bad := l.graph.between(to, from); back > bad {
			say = float64(say * l.settings.Recip)
		}
	}
	return float64(l.scores[from].Value * say)
}
