package screening

import (
	"strings"

	"fondaco/internal/trade/spelling"
)

// Where telling words of ours have met already, a word that is left on both sides may
// be the same though it is hardly alike: misspelt beyond what words are looked up by,
// or cut short.
const (
	looseFrom   = 0.42 // share of ours that must have met
	looseMost   = 0.6  // the most that such words are alike
	loosePrefix = 0.55 // one is how the other begins
)

// loosely pairs words that are left over.
func (s *scratch) loosely(x *Index, pieces []piece) {
	a, q, met := &s.alignment, &s.asked, float32(0)
	for i := range a.pairs {
		p := &a.pairs[i]
		ours := q.weights[p.ours]
		if p.twoOurs {
			ours += q.weights[p.ours+1]
		}
		met += ours * p.likeness
	}
	if met < looseFrom*q.weight {
		return
	}
	for i := range q.count {
		if (a.usedOurs|q.known)&(1<<i) != 0 || !mayBeLoose(&q.words[i].form) {
			continue
		}
		best := pair{ours: small(i)}
		for j := range pieces {
			if a.usedTheirs&(1<<j) != 0 {
				continue
			}
			t := x.words.form(pieces[j].term)
			if !mayBeLoose(&t) {
				continue
			}
			if l := looseness(q.words[i].latin, t.latin); l > best.likeness {
				best.likeness, best.theirs = l, small(j)
			}
		}
		if best.likeness > 0 {
			a.usedOurs |= 1 << best.ours
			a.usedTheirs |= 1 << best.theirs
			a.pairs = append(a.pairs, best)
		}
	}
}

func mayBeLoose(f *form) bool {
	return f.role == spelling.Ordinary && !f.exact && !f.bare && len(f.latin) >= looseMin
}

// looseMin is the shortest word that is compared loosely.
const looseMin = 3

// looseness is how alike two words are that are hardly alike, or 0.
func looseness(ours, theirs string) float32 {
	n, m := len(ours), len(theirs)
	if min(n, m) > looseMin && (strings.HasPrefix(ours, theirs) || strings.HasPrefix(theirs, ours)) {
		return loosePrefix
	}
	slips := looseSlips(max(n, m))
	if !sketchOf(ours).within(sketchOf(theirs), slips) {
		return 0
	}
	var at [letters]uint64
	positions(&at, ours)
	d := edits(&at, n, theirs)
	if d > slips {
		return 0
	}
	return min(looseMost, 1-float32(d)/float32(max(n, m)))
}

// looseSlips is how many slips two words may have that are compared loosely.
func looseSlips(length int) int {
	switch {
	case length <= 3:
		return 1
	case length <= 6:
		return 2
	case length <= 9:
		return 3
	}
	return 4
}
