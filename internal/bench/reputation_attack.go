package bench

import (
	"math/rand/v2"
	"slices"

	"fondaco/internal/trade/reputation"
)

// scene is a network as an attack leaves it.
type scene struct {
	name  string
	table reputation.Table
}

// withoutLeak takes the ratings away that the labels were made from: those of labelled
// accounts by good ones.
func withoutLeak(t reputation.Table, l labels) reputation.Table {
	is := func(list []int32, x int32) bool { _, there := slices.BinarySearch(list, x); return there }
	t.Ratings = slices.DeleteFunc(slices.Clone(t.Ratings), func(r reputation.Rating) bool {
		return is(l.good, r.From) && (is(l.good, r.To) || is(l.fraud, r.To))
	})
	return t
}

// scenes are the attacks, the first being none. The second is the one that a bar is
// set for.
func scenes(clean reputation.Table, l labels) []scene {
	return []scene{
		{"none", clean},
		{"10 praise and 10 slander each", sybils{praise: 10, slander: 10, ring: ownRing}.on(clean, l)},
		{"the same, all in one ring", sybils{praise: 10, slander: 10, ring: oneRing}.on(clean, l)},
		{"the same, cliques", sybils{praise: 10, slander: 10, ring: clique}.on(clean, l)},
		{"50 praise and 50 slander each", sybils{praise: 50, slander: 50, ring: ownRing}.on(clean, l)},
		{"1 in 10 earned one good rating", sybils{praise: 10, slander: 10, ring: ownRing, earned: 0.1}.on(clean, l)},
		{"3 in 10 did", sybils{praise: 10, slander: 10, ring: ownRing, earned: 0.3}.on(clean, l)},
		{"aged frauds swap with 3", swap(clean, l, 3)},
		{"aged frauds swap with 10", swap(clean, l, 10)},
	}
}

// ring is how fresh accounts of an attacker rate each other well.
type ring int

const (
	ownRing ring = iota // those of one target, in a ring
	oneRing             // all of them, in a ring
	clique              // those of one target that praise, each every other
)

// sybils are fresh accounts: some praise each fraud and are praised by it, some rate each
// good account as badly as can be.
type sybils struct {
	praise, slander int
	ring            ring
	earned          float64 // share that got a slightly good rating from a real account
}

// attackSeed is what the attackers' chances are drawn from.
const attackSeed = 5

// after is later than every rating of the table.
func after(t reputation.Table) int64 {
	last := int64(0)
	for _, r := range t.Ratings {
		last = max(last, r.At)
	}
	return last + 1
}

func (a sybils) on(t reputation.Table, l labels) reputation.Table {
	t.Ratings, t.Users = slices.Clone(t.Ratings), slices.Clone(t.Users)
	real, now := givers(t, l), after(t)
	chance := rand.New(rand.NewPCG(attackSeed, 1)) //nolint:gosec // a bench is the same every time
	rate := func(from, to int32, value float64) {
		t.Ratings = append(t.Ratings, reputation.Rating{From: from, To: to, Value: value, Weight: 1, At: now})
	}
	var all []int32
	fresh := func(n int) []int32 {
		group := make([]int32, n)
		for i := range group {
			group[i] = int32(len(t.Users)) //nolint:gosec // some thousands
			t.Users = append(t.Users, "")
			if chance.Float64() < a.earned {
				rate(real[chance.IntN(len(real))], group[i], 0.1)
			}
		}
		for i, s := range group {
			if a.ring == ownRing && n > 1 {
				rate(s, group[(i+1)%n], 1)
			}
		}
		all = append(all, group...)
		return group
	}
	for _, target := range l.fraud {
		group := fresh(a.praise)
		for _, s := range group {
			rate(s, target, 1)
			rate(target, s, 1)
			for _, other := range group {
				if a.ring == clique && other != s {
					rate(s, other, 1)
				}
			}
		}
	}
	for _, target := range l.good {
		for _, s := range fresh(a.slander) {
			rate(s, target, -1)
		}
	}
	if a.ring == oneRing {
		for i, s := range all {
			rate(s, all[(i+1)%len(all)], 1)
		}
	}
	return t
}

// givers are the accounts that rate others well and are no frauds.
func givers(t reputation.Table, l labels) []int32 {
	var list []int32
	for _, r := range t.Ratings {
		if _, fraud := slices.BinarySearch(l.fraud, r.From); !fraud && r.Value > 0 {
			list = append(list, r.From)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// swap lets each fraud exchange the best rating with others.
func swap(t reputation.Table, l labels, with int) reputation.Table {
	t.Ratings = slices.Clone(t.Ratings)
	now := after(t)
	chance := rand.New(rand.NewPCG(attackSeed, 2)) //nolint:gosec // as above
	for _, a := range l.fraud {
		others := slices.DeleteFunc(slices.Clone(l.fraud), func(x int32) bool { return x == a })
		chance.Shuffle(len(others), func(i, j int) { others[i], others[j] = others[j], others[i] })
		for _, b := range others[:min(with, len(others))] {
			t.Ratings = append(t.Ratings,
				reputation.Rating{From: a, To: b, Value: 1, Weight: 1, At: now},
				reputation.Rating{From: b, To: a, Value: 1, Weight: 1, At: now})
		}
	}
	return t
}

// abuse is what one account can do to the value of another, or to its own.
func abuse(t reputation.Table) ([]ReputationAbuse, error) {
	settings := reputation.DefaultSettings()
	before, err := scoresOf(t, settings)
	if err != nil {
		return nil, err
	}
	target := middling(before)
	giver := loudest(before)
	now, next := after(t), int32(len(t.Users)) //nolint:gosec // some thousands
	const many = 1000
	rate := func(from, to int32, value float64, i int64) reputation.Rating {
		return reputation.Rating{From: from, To: to, Value: value, Weight: 1, At: now + i}
	}
	trials := []struct {
		what  string
		about int32
		fresh int32
		add   func(i int64) []reputation.Rating
	}{
		{"one good rating by a trusted account", target, 0, func(i int64) []reputation.Rating {
			if i > 0 {
				return nil
			}
			return []reputation.Rating{rate(giver, target, 1, 0)}
		}},
		{"1,000 of them by that account", target, 0, func(i int64) []reputation.Rating {
			return []reputation.Rating{rate(giver, target, 1, i)}
		}},
		{"1,000 good ratings of oneself", target, 0, func(i int64) []reputation.Rating {
			return []reputation.Rating{rate(target, target, 1, i)}
		}},
		{"1,000 fresh accounts slander", target, many, func(i int64) []reputation.Rating {
			return []reputation.Rating{rate(next+int32(i), target, -1, 0)} //nolint:gosec // to many
		}},
		{"1,000 fresh accounts praise, in a ring", target, many, func(i int64) []reputation.Rating {
			s := next + int32(i) //nolint:gosec // to many
			return []reputation.Rating{rate(s, target, 1, 0), rate(target, s, 1, 0), rate(s, next+int32((i+1)%many), 1, 0)}
		}},
		{"a fresh account in a ring of 1,000", next, many, func(i int64) []reputation.Rating {
			s, other := next+int32(i), next+int32((i+1)%many) //nolint:gosec // to many
			return []reputation.Rating{rate(s, other, 1, 0), rate(other, s, 1, 0)}
		}},
	}
	out := make([]ReputationAbuse, 0, len(trials))
	for _, trial := range trials {
		moved := t
		moved.Users = append(slices.Clone(t.Users), make([]string, trial.fresh)...)
		moved.Ratings = slices.Clone(t.Ratings)
		for i := range int64(many) {
			moved.Ratings = append(moved.Ratings, trial.add(i)...)
		}
		// Founders are those of the network as it was.
		scores, err := scoresFrom(moved, t.Founders(), settings)
		if err != nil {
			return nil, err
		}
		a := ReputationAbuse{What: trial.what, Before: settings.R, After: scores[trial.about].Value, New: scores[trial.about].New}
		if int(trial.about) < len(before) {
			a.Before = before[trial.about].Value
		}
		a.Average = (1 + average(moved)[trial.about]) / 2
		out = append(out, a)
	}
	return out, nil
}

// middling is the account in the middle of those that are not new.
func middling(scores []reputation.Score) int32 {
	var known []int32
	for i, s := range scores {
		if !s.New {
			known = append(known, int32(i))
		}
	}
	slices.SortStableFunc(known, func(a, b int32) int {
		if scores[a].Value < scores[b].Value {
			return -1
		}
		return 1
	})
	return known[len(known)/2]
}

// loudest is the account whose ratings count most.
func loudest(scores []reputation.Score) int32 {
	best := 0
	for i, s := range scores {
		if s.Say*s.Value > scores[best].Say*scores[best].Value {
			best = i
		}
	}
	return int32(best)
}
