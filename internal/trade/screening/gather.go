package screening

import (
	"math"
	"slices"
	"sort"
)

// gather reaches for every row that can come above the floor: those that meet
// words of ours of enough weight, whatever else they hold.
func (s *scratch) gather(x *Index, spans [][2]uint32) {
	q := &s.asked
	s.rows, s.order = s.rows[:0], s.order[:0]
	least := oddsOf(Floor)
	if !s.rest(least - s.facts.most) {
		return
	}
	for _, idle := range [...]bool{false, true} {
		begin := 0
		for c, end := range q.runs {
			if q.isIdle(c) == idle {
				for _, f := range s.found[begin:end] {
					s.post(x, spans, f, idle)
				}
			}
			begin = end
		}
	}
	for _, r := range s.rows {
		odds := s.bound(&x.rows[r], &s.reached[r])
		s.reached[r] = touch{}
		if odds+s.facts.most < least {
			continue
		}
		if odds += s.factsOf(x, x.rows[r].party); odds >= least {
			s.order = append(s.order, candidate{r, odds})
		}
	}
}

// rest finds the words of ours that may stay idle: common ones that do not lift a
// row above the floor even together. It answers false if no row can come there.
func (s *scratch) rest(least float32) bool {
	q := &s.asked
	if s.model.reach(q.weight, q.weight) < least {
		return false
	}
	low, high := float32(0), q.weight
	for range 20 {
		if middle := (low + high) / 2; s.model.reach(middle, q.weight) < least {
			low = middle
		} else {
			high = middle
		}
	}
	q.idle = slices.Grow(q.idle[:0], q.count)[:q.count]
	clear(q.idle)
	for sum := float32(0); ; {
		lightest := -1
		for i := range q.count {
			if !q.idle[i] && (lightest < 0 || q.weights[i] < q.weights[lightest]) {
				lightest = i
			}
		}
		if lightest < 0 {
			return true
		}
		if sum += q.weights[lightest]; sum*boundSlack >= low {
			return true
		}
		q.idle[lightest] = true
	}
}

func (q *asked) isIdle(column int) bool {
	if column < q.count {
		return q.idle[column]
	}
	return q.idle[column-q.count] && q.idle[column-q.count+1]
}

// post adds to the rows of a term what they meet of ours. Idle words reach no rows
// that no other word has reached.
func (s *scratch) post(x *Index, spans [][2]uint32, f like, idle bool) {
	t := touch{oursWhole: s.asked.weights[f.column], theirsAll: x.reaches[f.term], times: 1}
	likeness := max(looseMost, float32(f.likes)/1000) // a word that is less alike may be met loosely
	t.ours, t.theirs = t.oursWhole*likeness, t.theirsAll*likeness
	if int(f.column) >= s.asked.count || x.doubles[f.term] {
		t.times = 2
	}
	rows := x.posted[x.first[f.term]:x.first[f.term+1]]
	for _, span := range spans {
		from := 0
		if span[0] > 0 {
			from = sort.Search(len(rows), func(i int) bool { return rows[i] >= span[0] })
		}
		for _, r := range rows[from:] {
			if r >= span[1] {
				break
			}
			at := &s.reached[r]
			if at.times == 0 {
				if idle {
					continue
				}
				s.rows = append(s.rows, r)
			}
			at.ours += t.ours
			at.theirs += t.theirs
			at.oursWhole += t.oursWhole
			at.theirsAll += t.theirsAll
			at.times += t.times
		}
	}
}

// levelCount is how finely candidates are put in order before they are compared.
const levelCount = 64

// settle compares candidates word by word, the most promising first, until no
// other can come among the first.
func (s *scratch) settle(x *Index, most int) {
	low, high := float32(math.Inf(1)), float32(math.Inf(-1))
	for _, c := range s.order {
		low, high = min(low, c.odds), max(high, c.odds)
	}
	level := func(c candidate) int {
		if high <= low {
			return 0
		}
		return int((high - c.odds) / (high - low) * (levelCount - 1))
	}
	var first [levelCount + 1]int
	for _, c := range s.order {
		first[level(c)+1]++
	}
	for i := range levelCount {
		first[i+1] += first[i]
	}
	next := first
	s.sorted = slices.Grow(s.sorted[:0], len(s.order))[:len(s.order)]
	for _, c := range s.order {
		l := level(c)
		s.sorted[next[l]] = c
		next[l]++
	}
	for _, c := range s.sorted {
		if !s.beaten(c.odds, most) {
			s.weighUp(x, c.row, most)
		}
	}
}

// beaten tells whether so many parties are more probable already.
func (s *scratch) beaten(odds float32, most int) bool {
	return len(s.top) == most && odds < s.total(s.top[most-1])
}

// total are the log odds of a party by name and facts.
func (s *scratch) total(party uint32) float32 {
	b := &s.best[party]
	if b.paper {
		return max(b.odds, oddsPaper) + b.facts
	}
	return b.odds + b.facts
}

// weighUp compares a row with the query and keeps the best of each party: of rows
// that do equally well the earlier reading, then the earlier row.
func (s *scratch) weighUp(x *Index, number uint32, most int) {
	r := &x.rows[number]
	f := s.align(x, r)
	if len(s.alignment.pairs) == 0 {
		return
	}
	odds := s.model.logOdds(&f)
	if r.weak {
		odds += oddsWeak
	}
	s.factsOf(x, r.party)
	b := &s.best[r.party]
	if b.set && (odds < b.odds || odds == b.odds && (b.reading < s.asked.number || b.reading == s.asked.number && b.row < number)) {
		return
	}
	b.odds, b.row, b.reading, b.set = odds, number, s.asked.number, true
	if s.total(r.party) >= oddsOf(Floor) {
		s.rank(x, r.party, most)
	}
}

// factsOf are the log odds that the facts beside the name add for a party.
func (s *scratch) factsOf(x *Index, party uint32) float32 {
	b := &s.best[party]
	if !b.known {
		s.parties = append(s.parties, party)
		b.known = true
		if s.facts.any {
			b.facts = s.facts.logOdds(x.parties[party].entry)
		}
	}
	return b.facts
}

// rank puts a party where it belongs among the first.
func (s *scratch) rank(x *Index, party uint32, most int) {
	at := slices.Index(s.top, party)
	if at < 0 {
		if len(s.top) == most {
			if !s.before(x, party, s.top[most-1]) {
				return
			}
			s.top = s.top[:most-1]
		}
		at = len(s.top)
		s.top = append(s.top, party)
	}
	for ; at > 0 && s.before(x, party, s.top[at-1]); at-- {
		s.top[at] = s.top[at-1]
	}
	s.top[at] = party
}

// before is the order of hits: by log odds, then by list and ID.
func (s *scratch) before(x *Index, a, b uint32) bool {
	if m, n := s.total(a), s.total(b); m != n {
		return m > n
	}
	p, q := x.parties[a].entry, x.parties[b].entry
	if p.List != q.List {
		return p.List < q.List
	}
	return p.ID < q.ID
}
