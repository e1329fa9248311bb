package bench

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"

	"fondaco/internal/trade/signin"
)

// trial is what was seen of all people and attackers.
type trial struct {
	world    *world
	people   []*person
	lives    [][]sign
	records  []record
	all      map[signin.Value]int64
	distinct map[signin.Feature]int64
	total    int64
	models   []loginModel
	legit    [][][]int64 // by model, person and sign-in
	attacks  map[attempt][]int64
	levels   map[judged]int64
	tried    int64
	seed     uint64
}

// record is what the house keeps of one person.
type record struct {
	own      map[signin.Value]int64
	distinct map[signin.Feature]int64
	count    int
}

// judged names the verdicts that are counted together.
type judged struct {
	history int
	who     string
	level   signin.Level
}

// The owners in the lines of levels, after a history and within it.
const (
	owners         = "owners"
	ownersLearning = "owners learning"
)

// attempt names the scores of attacks.
type attempt struct {
	history, model int
	who            attacker
}

// prepare makes the world and the lives of its people.
func (l LoginRisk) prepare() *trial {
	w := newWorld(chance(l.Seed, 1<<41))
	t := &trial{
		world: w, people: settle(w, l.Users, l.Seed), models: loginModels(), seed: l.Seed,
		all: map[signin.Value]int64{}, distinct: make(map[signin.Feature]int64),
		attacks: map[attempt][]int64{}, levels: map[judged]int64{},
		records: make([]record, l.Users),
	}
	depths := loginDepths()
	signs := depths[len(depths)-1] + loginStretch
	const year = 365 * 24 * time.Hour
	for i, p := range t.people {
		t.lives = append(t.lives, p.life(signs, year))
		t.records[i] = record{own: map[signin.Value]int64{}, distinct: make(map[signin.Feature]int64)}
	}
	t.legit = make([][][]int64, len(t.models))
	for m := range t.legit {
		t.legit[m] = make([][]int64, l.Users)
	}
	return t
}

// inTime is every sign-in of everybody, in the order of time.
func (t *trial) inTime() []sign {
	order := slices.Concat(t.lives...)
	slices.SortStableFunc(order, func(a, b sign) int {
		return cmp.Or(a.visit.At.Compare(b.visit.At), cmp.Compare(a.person, b.person))
	})
	return order
}

// history is what is known of a person now.
func (t *trial) history(person int) signin.History {
	k := &t.records[person]
	h := signin.History{
		Own: k.own, All: t.all, OwnTotal: int64(k.count), AllTotal: t.total,
		OwnDistinct: k.distinct, AllDistinct: t.distinct,
	}
	if k.count > 0 {
		h.Last = &t.lives[person][k.count-1].visit
	}
	return h
}

// judge judges one sign-in, after the attacks that came before it, and counts it.
// Attacks are never counted: they fail at the second factor.
func (t *trial) judge(s sign) {
	k := &t.records[s.person]
	h := t.history(s.person)
	verdict := signin.Judge(s.visit, h, signin.DefaultRules())
	for m, model := range t.models {
		t.legit[m][s.person] = append(t.legit[m][s.person], model.rank(s.visit, h))
	}
	for _, depth := range loginDepths() {
		switch {
		case k.count >= depth && k.count < depth+loginStretch:
			t.levels[judged{depth, owners, verdict.Level}]++
			for i, who := range attackers() {
				use := uint64(s.person)<<16 | uint64(k.count)<<4 | uint64(i) | 1<<50 //nolint:gosec // small numbers above zero
				t.try(depth, who, s, h, chance(t.seed, use))
			}
		case k.count < depth:
			t.levels[judged{depth, ownersLearning, verdict.Level}]++
		}
	}
	t.count(s)
}

// try is one attack before the given sign-in.
func (t *trial) try(depth int, who attacker, before sign, h signin.History, r *rand.Rand) {
	past := t.lives[before.person][:h.OwnTotal]
	v := t.world.attack(r, who, past, past[len(past)-1].visit.At, before.visit.At)
	t.tried++
	t.levels[judged{depth, string(who), signin.Judge(v, h, signin.DefaultRules()).Level}]++
	for m, model := range t.models {
		a := attempt{depth, m, who}
		t.attacks[a] = append(t.attacks[a], model.rank(v, h))
	}
}

// count notes a good sign-in, with the device that it was given.
func (t *trial) count(s sign) {
	v := s.visit
	v.Device = s.given
	k := &t.records[s.person]
	for _, x := range v.Values() {
		if k.own[x]++; k.own[x] == 1 {
			k.distinct[x.Feature]++
		}
		if t.all[x]++; t.all[x] == 1 {
			t.distinct[x.Feature]++
		}
	}
	k.count++
	t.total++
}

// row is what it costs to notice one attacker.
func (t *trial) row(depth int, who attacker, m int) LoginRow {
	attacks := t.attacks[attempt{depth, m, who}]
	limit := limitFor(attacks, loginDetection)
	r := LoginRow{History: depth, Attacker: string(who), Model: t.models[m].name, Limit: limit, Noticed: shareFrom(attacks, limit)}
	var rates, learning []float64
	for _, scores := range t.legit[m] {
		rates = append(rates, shareFrom(scores[depth:depth+loginStretch], limit))
		// Nothing is known of the very first, so it is always asked for more.
		first := 1 + shareFrom(scores[1:depth], limit)*float64(depth-1)
		learning = append(learning, first/float64(depth))
	}
	r.Median, r.P90, r.Learning = middle(rates, 0.5), middle(rates, 0.9), middle(learning, 0.5)
	for _, x := range rates {
		r.Mean += x / float64(len(rates))
	}
	return r
}

// limitFor is the highest score from which so large a share of the attacks is noticed.
func limitFor(attacks []int64, detection float64) int64 {
	sorted := slices.Sorted(slices.Values(attacks))
	missed := int(float64(len(sorted)) * (1 - detection))
	return sorted[min(missed, len(sorted)-1)]
}

// shareFrom is the share of scores that are at least the limit.
func shareFrom(scores []int64, limit int64) float64 {
	n := 0
	for _, s := range scores {
		if s >= limit {
			n++
		}
	}
	return float64(n) / float64(max(1, len(scores)))
}

// middle is the value below which so large a share of the others lies.
func middle(values []float64, share float64) float64 {
	slices.Sort(values)
	return values[min(len(values)-1, int(share*float64(len(values))))]
}

// lines are the levels after a history.
func (t *trial) lines(depth int) []LoginLine {
	names := []string{owners, ownersLearning}
	for _, who := range attackers() {
		names = append(names, string(who))
	}
	var out []LoginLine
	for _, who := range names {
		n := func(l signin.Level) float64 { return float64(t.levels[judged{depth, who, l}]) }
		all := max(1, n(signin.Low)+n(signin.Medium)+n(signin.High))
		out = append(out, LoginLine{depth, who, n(signin.Low) / all, n(signin.Medium) / all, n(signin.High) / all})
	}
	return out
}
