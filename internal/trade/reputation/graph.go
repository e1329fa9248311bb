package reputation

import (
	"cmp"
	"math"
	"slices"
	"time"

	"fondaco/internal/fault"
)

// Rating is what one account says of another.
type Rating struct {
	From, To int32   // places of the accounts, from zero
	Value    float64 // -1 to 1
	Weight   float64 // above zero; 1, or what the settled amount makes of it
	At       int64   // microseconds since 1970, UTC
}

// Graph holds the ratings that count. It is not safe for concurrent use.
type Graph struct {
	period int64 // microseconds; 0 if there is only one
	in     [][]arc
	out    [][]int32 // whom an account has rated, in order
	tally  Tally
}

// Tally says what became of the ratings that were given.
type Tally struct {
	Kept     int64 `json:"kept"`     // ratings that count
	Own      int64 `json:"own"`      // of oneself: dropped
	Repeated int64 `json:"repeated"` // of a pair that has a later one in the same period: dropped
}

// arc is a rating, kept with the account that got it.
type arc struct {
	from          int32
	period, at    int64
	value, weight float64
}

// before orders the ratings that one account got.
func (a arc) before(b arc) int {
	return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.period, b.period))
}

// replaces says which of two ratings of one pair and period counts: the later, and of
// two at one moment the worse, so that the order in which they come never matters.
func (a arc) replaces(b arc) bool {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(b.value, a.value), cmp.Compare(b.weight, a.weight)) > 0
}

// Bounds of a rating and of a graph.
const (
	weightMax   = 1e6
	accountsMax = math.MaxInt32 - 1
)

// NewGraph keeps, of the ratings of each pair, the latest in each period; with a period
// of zero, the latest. Ratings of oneself are dropped. A rating that names no account,
// or has no value from -1 to 1 or no weight above zero, is refused with
// reputation.bad_rating.
func NewGraph(accounts int, ratings []Rating, period time.Duration) (*Graph, error) {
	if accounts < 0 || accounts > accountsMax || period < 0 {
		return nil, fault.New(fault.Invalid, "reputation.bad_graph", "A graph has at most 2,147,483,646 accounts and no negative period.")
	}
	g := &Graph{period: period.Microseconds()}
	g.Grow(accounts)
	got := make([]int, accounts)
	for _, r := range ratings {
		if err := g.check(r); err != nil {
			return nil, err
		}
		got[r.To]++
	}
	room, at := make([]arc, len(ratings)), 0
	for v, n := range got {
		g.in[v] = room[at : at : at+n]
		at += n
	}
	for _, r := range ratings {
		if r.From == r.To {
			g.tally.Own++
			continue
		}
		g.in[r.To] = append(g.in[r.To], g.arc(r))
	}
	given := make([]int, accounts)
	for v := range g.in {
		g.settle(v)
		for i, a := range g.in[v] {
			if i == 0 || g.in[v][i-1].from != a.from {
				given[a.from]++
			}
		}
	}
	whom, at := make([]int32, len(ratings)), 0
	for u, n := range given {
		g.out[u] = whom[at : at : at+n]
		at += n
	}
	for v := range g.in {
		for i, a := range g.in[v] {
			if i == 0 || g.in[v][i-1].from != a.from {
				g.out[a.from] = append(g.out[a.from], int32(v))
			}
		}
	}
	return g, nil
}

// settle puts what an account got in order, and keeps one rating of a pair and period.
func (g *Graph) settle(v int) {
	arcs := g.in[v]
	slices.SortFunc(arcs, func(a, b arc) int {
		if c := a.before(b); c != 0 {
			return c
		}
		if a.replaces(b) {
			return -1
		}
		if b.replaces(a) {
			return 1
		}
		return 0
	})
	g.in[v] = slices.CompactFunc(arcs, func(a, b arc) bool { return a.before(b) == 0 })
	g.tally.Repeated += int64(len(arcs) - len(g.in[v]))
	g.tally.Kept += int64(len(g.in[v]))
}

func (g *Graph) check(r Rating) error {
	n := int64(len(g.in))
	if r.From >= 0 && int64(r.From) < n && r.To >= 0 && int64(r.To) < n &&
		r.Value >= -1 && r.Value <= 1 && r.Weight > 0 && r.Weight <= weightMax {
		return nil
	}
	return fault.New(fault.Invalid, "reputation.bad_rating", "A rating is between two accounts, has a value from -1 to 1 and a weight above zero.")
}

func (g *Graph) arc(r Rating) arc {
	a := arc{from: r.From, at: r.At, value: r.Value, weight: r.Weight}
	if g.period > 0 {
		if a.period = r.At / g.period; r.At < 0 && r.At%g.period != 0 {
			a.period--
		}
	}
	return a
}

// Accounts is how many accounts there are.
func (g *Graph) Accounts() int { return len(g.in) }

// Tally says what became of the ratings so far.
func (g *Graph) Tally() Tally { return g.tally }

// Grow makes room for so many accounts in all; the graph never shrinks.
func (g *Graph) Grow(accounts int) {
	if more := min(accounts, accountsMax) - len(g.in); more > 0 {
		g.in = append(g.in, make([][]arc, more)...)
		g.out = append(g.out, make([][]int32, more)...)
	}
}

// Add takes one more rating, and says whether anything is other than before. It refuses
// what [NewGraph] refuses, and is then as it was.
func (g *Graph) Add(r Rating) (changed bool, err error) {
	if err := g.check(r); err != nil {
		return false, err
	}
	if r.From == r.To {
		g.tally.Own++
		return false, nil
	}
	a := g.arc(r)
	i, there := slices.BinarySearchFunc(g.in[r.To], a, arc.before)
	if there {
		g.tally.Repeated++
		if !a.replaces(g.in[r.To][i]) {
			return false, nil
		}
		g.in[r.To][i] = a
		return true, nil
	}
	g.tally.Kept++
	g.in[r.To] = slices.Insert(g.in[r.To], i, a)
	if j, known := slices.BinarySearch(g.out[r.From], r.To); !known {
		g.out[r.From] = slices.Insert(g.out[r.From], j, r.To)
	}
	return true, nil
}

// between is what one account has said of another in all periods together.
func (g *Graph) between(from, to int32) (pos, neg float64) {
	arcs := g.in[to]
	i, _ := slices.BinarySearchFunc(arcs, arc{from: from, period: math.MinInt64}, arc.before)
	for ; i < len(arcs) && arcs[i].from == from; i++ {
		pos, neg = arcs[i].onto(pos, neg)
	}
	return pos, neg
}

// onto adds a rating to what its giver has said before.
func (a arc) onto(pos, neg float64) (float64, float64) {
	x := float64(a.value * a.weight)
	if x > 0 {
		return pos + x, neg
	}
	return pos, neg - x
}

// flat is the graph as a full pass reads it: one edge for each pair, ordered by who got
// the ratings and then by who gave them.
type flat struct {
	accounts int
	start    []int32 // of the edges to each account, and the end
	from, to []int32
	pos, neg []float64 // what was said in all periods together
	back     []int32   // the edge the other way; -1 if there is none
	outStart []int32   // into out, of the edges by each account, and the end
	out      []int32   // edges, by who gave them and then by who got them
}

// good is how much better than bad an edge is.
func (f *flat) good(e int) float64 { return max(0, f.pos[e]-f.neg[e]) }

// returned says whether both accounts of an edge rated each other well.
func (f *flat) returned(e int) bool {
	b := f.back[e]
	return b >= 0 && f.good(e) > 0 && f.good(int(b)) > 0
}

func (g *Graph) flat() *flat {
	n := len(g.in)
	edges := 0
	for u := range g.out {
		edges += len(g.out[u])
	}
	f := &flat{
		accounts: n, start: make([]int32, n+1), outStart: make([]int32, n+1), from: make([]int32, 0, edges), to: make([]int32, 0, edges),
		pos: make([]float64, 0, edges), neg: make([]float64, 0, edges), back: make([]int32, edges), out: make([]int32, edges),
	}
	for v, arcs := range g.in {
		f.start[v] = int32(len(f.from)) //nolint:gosec // one for each kept rating at most
		for i := 0; i < len(arcs); {
			from, pos, neg := arcs[i].from, 0.0, 0.0
			for ; i < len(arcs) && arcs[i].from == from; i++ {
				pos, neg = arcs[i].onto(pos, neg)
			}
			f.from, f.to = append(f.from, from), append(f.to, int32(v))
			f.pos, f.neg = append(f.pos, pos), append(f.neg, neg)
		}
	}
	f.start[n] = int32(len(f.from)) //nolint:gosec // as above
	next := f.outStart
	for u := range g.out {
		next[u+1] = next[u] + int32(len(g.out[u])) //nolint:gosec // as above
	}
	place := slices.Clone(next)
	for e, from := range f.from {
		f.out[place[from]] = int32(e)
		place[from]++
	}
	f.pair()
	return f
}

// pair finds the edge the other way of each.
func (f *flat) pair() {
	for v := range f.accounts {
		i, last := f.outStart[v], f.outStart[v+1]
		for e := f.start[v]; e < f.start[v+1]; e++ {
			for i < last && f.to[f.out[i]] < f.from[e] {
				i++
			}
			f.back[e] = -1
			if i < last && f.to[f.out[i]] == f.from[e] {
				f.back[e] = f.out[i]
			}
		}
	}
}
