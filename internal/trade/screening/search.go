package screening

import (
	"slices"

	"fondaco/internal/trade/spelling"
)

// Floor is the least Score of a hit.
const Floor = 0.03

// HitsMax is the most hits that a search answers.
const HitsMax = 100

// scratchKept is how many working memories an index keeps for the next search.
const scratchKept = 16

// scratch is the working memory of one search.
type scratch struct {
	asked      asked
	alignment  alignment
	facts      facts
	memory     *memory
	pattern    pattern // of the word that is looked up
	model      model
	script     script // of the query
	otherShape uint8  // kind of row that the party is not

	seen  []uint32 // per term
	mark  uint32
	slot  []uint32 // per term: place in likes, plus one; 0 is none
	terms []uint32 // that have a slot
	likes []uint16 // a row of columns for each slot
	found []like

	reached []touch  // per row
	rows    []uint32 // that were reached
	order   []candidate
	sorted  []candidate

	best    []standing // per party
	parties []uint32   // that have a standing
	top     []uint32   // the most probable parties so far
}

// A standing is how well a party has done so far.
type standing struct {
	odds, facts float32
	row         uint32
	reading     uint8
	set, known  bool // known: facts are
	paper       bool // it has a paper of the query
}

type candidate struct {
	row  uint32
	odds float32 // at most
}

type like struct {
	term   uint32
	likes  uint16
	column uint16
}

// asked is one reading of the query.
type asked struct {
	number   uint8
	ready    bool
	words    []word
	count    int       // of words
	columns  int       // words, then neighbours joined
	weights  []float32 // per column
	weight   float32   // of all words
	runs     []int     // per column: end of its part of found
	idle     []bool    // per word: rows that meet only idle words stay below the floor
	known    uint64    // words that lists have, or that are common names
	initials bool      // there is a word of one letter
}

func (x *Index) borrow() *scratch {
	select {
	case s := <-x.free:
		return s
	default:
	}
	n := len(x.words.terms)
	return &scratch{memory: new(memory), seen: make([]uint32, n), slot: make([]uint32, n), reached: make([]touch, len(x.rows)), best: make([]standing, len(x.parties))}
}

func (x *Index) giveBack(s *scratch) {
	s.forget()
	for _, p := range s.parties {
		s.best[p] = standing{}
	}
	s.parties, s.top = s.parties[:0], s.top[:0]
	select {
	case x.free <- s:
	default:
	}
}

// Search answers at most so many hits whose Score is at least Floor, the most
// probable first, then by list and ID.
func (x *Index) Search(q Query, most int) []Hit { return x.find(q, most, false) }

// Scan answers what Search answers, by looking at every name of every list.
func (x *Index) Scan(q Query, most int) []Hit { return x.find(q, most, true) }

func (x *Index) find(q Query, most int, all bool) []Hit {
	most = min(most, HitsMax)
	if most <= 0 || q.Normal() != nil {
		return nil
	}
	s := x.borrow()
	defer x.giveBack(s)
	s.facts.set(q)
	s.model, s.script, s.otherShape = modelOf(q.Kind == Person), scriptOf(q.Name), otherThan(q.Kind)
	readings := x.reader.Read(q.Name, spellingKind(q.Kind))
	spans := x.spans(q.Kind)
	if len(readings) == 0 {
		readings = []spelling.Reading{{}} // nothing to compare, but there may be papers
	}
	for i, r := range readings {
		if !s.ask(x, small(i), r, all) {
			s.papers(x, most)
			continue
		}
		if all {
			for _, span := range spans {
				for row := span[0]; row < span[1]; row++ {
					s.weighUp(x, row, most)
				}
			}
		} else {
			s.gather(x, spans)
			s.settle(x, most)
		}
		s.papers(x, most)
	}
	return s.hits(x, readings, most)
}

// ask prepares one reading: which listed words are like which of ours.
func (s *scratch) ask(x *Index, number uint8, r spelling.Reading, all bool) bool {
	q := &s.asked
	q.number, q.words = number, wordsOf(q.words[:0], r)
	q.ready, q.count, q.weight = false, 0, 0
	if len(q.words) == 0 {
		return false
	}
	q.count = len(q.words)
	q.initials = slices.ContainsFunc(q.words, func(w word) bool { return len(w.key) == 1 })
	q.columns = 2*q.count - 1
	q.weights = slices.Grow(q.weights[:0], q.columns)[:q.columns]
	q.runs = slices.Grow(q.runs[:0], q.columns)[:q.columns]
	s.found, q.weight = s.found[:0], 0
	for c := range q.columns {
		weight := s.column(x, c, all)
		q.runs[c] = len(s.found)
		if c < q.count {
			q.weights[c] = weight
			q.weight += weight
		} else {
			q.weights[c] = q.weights[c-q.count] + q.weights[c-q.count+1]
		}
	}
	s.tabulate()
	q.ready = q.weight > 0
	return q.ready
}

// column adds to what is found the terms that are like the word, or the two joined,
// of a column, and answers the weight of a word.
func (s *scratch) column(x *Index, c int, all bool) float32 {
	q, begin := &s.asked, len(s.found)
	f, ok := q.formOf(c)
	if !ok {
		return 0
	}
	known := s.memory.at(&f)
	if !all && known.form == f {
		for _, l := range known.found {
			s.found = append(s.found, like{l.term, l.likes, short(c)})
		}
		return known.weight
	}
	s.pattern.set(&f)
	s.lookUp(x, c, all)
	s.doubt(x, s.found[begin:])
	weight := float32(0)
	if c < q.count {
		weight = s.weightOfWord(x, c, s.found[begin:])
	}
	if !all {
		known.keep(&f, s.found[begin:], weight)
	}
	return weight
}

// formOf is what a column compares; joined words that cannot be have none.
func (q *asked) formOf(c int) (f form, ok bool) {
	if c < q.count {
		return q.words[c].form, true
	}
	a, b := &q.words[c-q.count], &q.words[c-q.count+1]
	if !joins(a, b) {
		return form{}, false
	}
	return together(a, b), true
}

func (s *scratch) lookUp(x *Index, c int, all bool) {
	s.mark++
	if s.mark == 0 {
		clear(s.seen)
		s.mark = 1
	}
	note := func(term uint32, likeness int) {
		s.found = append(s.found, like{term, short(likeness), short(c)})
	}
	if all {
		x.words.likeAll(&s.pattern, note)
		return
	}
	x.words.like(&s.pattern, s.seen, s.mark, note)
}

// doubtLeave is what is left of a likeness, in thousandths, if a word of ours is one
// of its own: then it is seldom a slip of another.
const doubtLeave = 800

// doubt lowers how alike a word of ours is to those that are spelt otherwise, if it
// stands on lists itself or is a common name.
func (s *scratch) doubt(x *Index, found []like) {
	p := &s.pattern
	own := func(f like) bool { return f.likes == sameWord }
	if p.canonical || p.joined || p.bare || !p.common && !slices.ContainsFunc(found, own) {
		return
	}
	for i := range found {
		t := x.words.form(found[i].term)
		if t.key != p.key && !t.canonical && !t.joined && len(t.key) > 1 {
			found[i].likes = short(int(found[i].likes) * doubtLeave / 1000)
		}
	}
}

// weightOfWord is rarer the fewer listed parties have a word like ours. A word that
// no list has plays the role of those it is most like.
func (s *scratch) weightOfWord(x *Index, c int, found []like) float32 {
	w := &s.asked.words[c]
	known, many, roles := false, 0, 0
	for _, f := range found {
		l := int(f.likes)
		n := int(x.words.having[f.term]) * (l * l / 1000 * l / 1000 * l / 1000)
		many += n
		roles += n / 100 * int(100*share(spelling.Role(x.words.terms[f.term].marks&markRole)))
		known = known || f.likes >= sameLatin
	}
	role := share(w.role)
	if !known && w.role == spelling.Ordinary && many > 0 {
		role = float32(roles) / float32(many)
	}
	if w.common {
		many += 1000 * commonHaving
	}
	return weightOf(&w.form, x.words.rarity(float64(many)/1000), role)
}

// tabulate lays out what was found by term, for the alignment.
func (s *scratch) tabulate() {
	s.forget()
	columns := s.asked.columns
	s.likes, s.asked.known = s.likes[:0], 0
	for i := range s.asked.words {
		if s.asked.words[i].common {
			s.asked.known |= 1 << i
		}
	}
	for _, f := range s.found {
		if f.likes == sameWord && int(f.column) < s.asked.count {
			s.asked.known |= 1 << f.column
		}
		at := int(s.slot[f.term])
		if at == 0 {
			s.terms = append(s.terms, f.term)
			at = len(s.terms)
			s.slot[f.term] = number(at)
			n := len(s.likes)
			s.likes = slices.Grow(s.likes, columns)[:n+columns]
			clear(s.likes[n:])
		}
		s.likes[(at-1)*columns+int(f.column)] = f.likes
	}
}

// forget empties what one reading has left.
func (s *scratch) forget() {
	for _, t := range s.terms {
		s.slot[t] = 0
	}
	s.terms = s.terms[:0]
}
