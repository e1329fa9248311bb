package screening

import (
	"slices"

	"fondaco/internal/trade/spelling"
)

// An Index answers who on the lists may be meant by a name. It never changes and
// may be searched by many at a time.
type Index struct {
	reader  *spelling.Reader
	lists   []List // without entries
	parties []party
	words   *vocabulary
	rows    []row // by kind, then as they came
	pieces  []piece
	kinds   [kindCount + 1]uint32 // first row of each kind
	first   []uint32              // of each term in posted; one more at the end
	posted  []uint32              // rows that have the term
	reaches []float32             // per term: the most that it weighs in a row
	doubles []bool                // per term: it is two words of some row
	papers  map[string][]uint32   // parties by folded identifier
	free    chan *scratch
}

// A party is a listed entry in the index.
type party struct {
	entry *Entry
	list  uint16
}

// A row is one reading of one name of a listed party.
type row struct {
	party   uint32
	of      uint32 // the party whose list has the name: this one, or kin of another list
	first   uint32 // of its pieces
	count   uint8
	reading uint8
	name    uint16
	weight  float32 // of all pieces
	weak    bool
	script  script
	shape   uint8 // kind of row that the name looks like, where the list does not tell
}

// A piece is one word of a row.
type piece struct {
	term, joined uint32 // joined: with the next word, in a round; none if they do not join
	weight       float32
}

const none = ^uint32(0)

// Kinds in the order of rows. Any stands between persons and organisations so
// that each of these and Any are neighbours.
const (
	rowPerson = iota
	rowAny
	rowOrganisation
	rowVessel
	rowAircraft
	kindCount
)

func kindRow(k Kind) int {
	switch k {
	case Person:
		return rowPerson
	case Organisation:
		return rowOrganisation
	case Vessel:
		return rowVessel
	case Aircraft:
		return rowAircraft
	case Any:
		return rowAny
	}
	return rowAny
}

func spellingKind(k Kind) spelling.Kind {
	switch k {
	case Person:
		return spelling.Person
	case Organisation, Vessel, Aircraft:
		return spelling.Organisation
	case Any:
		return spelling.Any
	}
	return spelling.Any
}

// otherThan is the kind of row that a party of the kind is not, if its list tells of
// no kind.
func otherThan(k Kind) uint8 {
	switch k {
	case Person:
		return rowOrganisation
	case Organisation:
		return rowPerson
	case Vessel, Aircraft, Any:
	}
	return kindCount
}

// Build makes the index of all lists. The entries belong to it from then on.
func Build(lists []List) *Index {
	b := builder{terms: map[string]uint32{}, x: &Index{reader: spelling.New(), words: &vocabulary{}}}
	for i := range lists {
		b.x.lists = append(b.x.lists, List{Code: lists[i].Code, Version: lists[i].Version})
		for j := range lists[i].Entries {
			b.add(&lists[i].Entries[j], short(i))
		}
	}
	x := b.x
	x.words.parties, x.words.text = len(x.parties), string(b.text)
	x.words.weigh(b.common)
	b.lend()
	x.words.file()
	b.weigh()
	x.arrange(b.kinds)
	return x
}

// A builder gathers rows and terms.
type builder struct {
	x      *Index
	terms  map[string]uint32
	seen   []uint32 // per term: the party that was last counted, plus one
	common []bool   // per term: it is a common name of the world
	kinds  []uint8  // per row
	words  []word
	key    []byte
	text   []byte
}

func (b *builder) add(e *Entry, list uint16) {
	x := b.x
	p := number(len(x.parties))
	x.parties = append(x.parties, party{e, list})
	for n := range e.Names[:min(len(e.Names), 1<<16-1)] {
		for r, reading := range x.reader.Read(e.Names[n].Text, spellingKind(e.Kind)) {
			b.words = wordsOf(b.words[:0], reading)
			if len(b.words) == 0 {
				continue
			}
			kind := kindRow(e.Kind)
			shape := kind
			if kind == rowAny {
				shape = kindRow(shapeOf(b.words))
			}
			x.rows = append(x.rows, row{
				party: p, of: p, first: number(len(x.pieces)), count: small(len(b.words)), reading: small(r), name: short(n),
				weak: e.Names[n].Weak, script: scriptOf(e.Names[n].Text), shape: small(shape),
			})
			b.kinds = append(b.kinds, small(kind))
			b.enter(p, e.Kind == Person || e.Kind == Any)
		}
	}
}

// enter makes the pieces of the words that were read. In a round, the last word is
// before the first: people write family and given names in either order.
func (b *builder) enter(party uint32, round bool) {
	for i := range b.words {
		w := &b.words[i]
		pc := piece{term: b.term(&w.form, party), joined: none}
		if next := (i + 1) % len(b.words); next > i || next < i && round {
			if joins(w, &b.words[next]) {
				both := together(w, &b.words[next])
				pc.joined = b.term(&both, party)
			}
		}
		b.x.pieces = append(b.x.pieces, pc)
	}
}

// term is the number of the term of a word, which the party has.
func (b *builder) term(f *form, party uint32) uint32 {
	v := b.x.words
	marks := marksOf(f, f.joined)
	b.key = append(append(append(append(b.key[:0], marks), f.key...), ' '), f.latin...)
	id, known := b.terms[string(b.key)]
	if !known {
		id = number(len(v.terms))
		b.terms[string(b.key)] = id
		t := term{at: number(len(b.text)), latin: small(len(f.latin)), skeleton: small(len(f.skeleton)), marks: marks}
		b.text = append(b.text, f.latin...)
		if f.key != f.latin {
			t.key = small(len(f.key))
			b.text = append(b.text, f.key...)
		}
		b.text = append(b.text, f.skeleton...)
		v.terms, v.having, b.seen, b.common = append(v.terms, t), append(v.having, 0), append(b.seen, 0), append(b.common, f.common)
	}
	if b.seen[id] != party+1 {
		b.seen[id] = party + 1
		v.having[id]++
	}
	return id
}

// weigh gives pieces and rows their weights.
func (b *builder) weigh() {
	x := b.x
	for i := range x.pieces {
		t := x.pieces[i].term
		f := x.words.form(t)
		x.pieces[i].weight = weightOf(&f, x.words.weights[t], share(f.role))
	}
	x.reaches, x.doubles = make([]float32, len(x.words.terms)), make([]bool, len(x.words.terms))
	for i := range x.rows {
		r := &x.rows[i]
		pieces := x.piecesOf(r)
		for j, p := range pieces {
			r.weight += p.weight
			x.reaches[p.term] = max(x.reaches[p.term], p.weight)
			if p.joined != none {
				x.doubles[p.joined] = true
				x.reaches[p.joined] = max(x.reaches[p.joined], p.weight+pieces[(j+1)%len(pieces)].weight)
			}
		}
	}
}

func (x *Index) piecesOf(r *row) []piece { return x.pieces[r.first : r.first+uint32(r.count)] }

// arrange puts the rows in order of kind and files them under their terms.
func (x *Index) arrange(kinds []uint8) {
	order := make([]row, 0, len(x.rows))
	for k := range kindCount {
		x.kinds[k] = number(len(order))
		for i := range x.rows {
			if int(kinds[i]) == k {
				order = append(order, x.rows[i])
			}
		}
	}
	x.rows, x.kinds[kindCount] = order, number(len(order))
	x.post()
	x.papers = map[string][]uint32{}
	for i := range x.parties {
		for _, d := range x.parties[i].entry.Identifiers {
			if k := paperKey(d); k != "" && !slices.Contains(x.papers[k], number(i)) {
				x.papers[k] = append(x.papers[k], number(i))
			}
		}
	}
	x.free = make(chan *scratch, scratchKept)
}

// post files every row under each of its terms, once.
func (x *Index) post() {
	x.first = make([]uint32, len(x.words.terms)+1)
	each := func(do func(term, row uint32)) {
		last := make([]uint32, len(x.words.terms)) // the row that came last, plus one
		file := func(term, row uint32) {
			if term != none && last[term] != row+1 {
				last[term] = row + 1
				do(term, row)
			}
		}
		for r := range x.rows {
			for _, p := range x.piecesOf(&x.rows[r]) {
				file(p.term, number(r))
				file(p.joined, number(r))
			}
		}
	}
	total := 0
	each(func(term, _ uint32) { x.first[term+1]++; total++ })
	for i := range len(x.first) - 1 {
		x.first[i+1] += x.first[i]
	}
	x.posted = make([]uint32, total)
	next := slices.Clone(x.first)
	each(func(term, row uint32) {
		x.posted[next[term]] = row
		next[term]++
	})
}

// Only is the index of those entries that keep tells of. Words weigh what they
// weigh in the whole index, so scores are the same.
func (x *Index) Only(keep func(*Entry) bool) *Index {
	kept := make([]bool, len(x.parties))
	for i := range x.parties {
		kept[i] = keep(x.parties[i].entry)
	}
	y := &Index{reader: x.reader, lists: x.lists, parties: x.parties, words: x.words, pieces: x.pieces, reaches: x.reaches, doubles: x.doubles, papers: map[string][]uint32{}}
	for k := range kindCount {
		y.kinds[k] = number(len(y.rows))
		for _, r := range x.rows[x.kinds[k]:x.kinds[k+1]] {
			if kept[r.party] {
				y.rows = append(y.rows, r)
			}
		}
	}
	y.kinds[kindCount] = number(len(y.rows))
	y.post()
	for k, parties := range x.papers {
		some := slices.DeleteFunc(slices.Clone(parties), func(p uint32) bool { return !kept[p] })
		if len(some) > 0 {
			y.papers[k] = some
		}
	}
	y.free = make(chan *scratch, scratchKept)
	return y
}

// Lists are the code and version of every list of the index, without entries.
func (x *Index) Lists() []List { return slices.Clone(x.lists) }

// Size is how many entries the index has.
func (x *Index) Size() int {
	n, last := 0, make([]bool, len(x.parties))
	for i := range x.rows {
		if p := x.rows[i].party; !last[p] {
			last[p] = true
			n++
		}
	}
	return n
}

// spans are the runs of rows that a query of the kind meets.
func (x *Index) spans(k Kind) [][2]uint32 {
	run := func(from, to int) [2]uint32 { return [2]uint32{x.kinds[from], x.kinds[to+1]} }
	switch k {
	case Person:
		return [][2]uint32{run(rowPerson, rowAny)}
	case Organisation:
		return [][2]uint32{run(rowAny, rowOrganisation)}
	case Vessel:
		return [][2]uint32{run(rowAny, rowAny), run(rowVessel, rowVessel)}
	case Aircraft:
		return [][2]uint32{run(rowAny, rowAny), run(rowAircraft, rowAircraft)}
	case Any:
		return [][2]uint32{run(rowPerson, rowAircraft)}
	}
	return [][2]uint32{run(rowPerson, rowAircraft)}
}
