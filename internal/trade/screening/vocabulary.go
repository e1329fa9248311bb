package screening

import (
	"math"
	"slices"

	"fondaco/internal/trade/spelling"
)

// A vocabulary holds all terms, and finds those that are like a word without
// looking at the others. A term is a word that stands in at least one listed name,
// or two neighbours of a listed name written as one.
//
// Two words have at most two slips between them only if some two letters taken
// from each, or fewer, leave the same text. So every term is filed under all texts
// that are left of it, and a word is looked up under all that are left of its own.
type vocabulary struct {
	terms   []term
	text    string    // letters of all terms
	having  []uint32  // per term: how many listed parties have it
	weights []float32 // per term: its rarity
	parties int
	first   []uint32 // of each bucket in filed; one more at the end
	filed   []filing
	shift   uint8 // hash to bucket
}

// A term says where its letters are: as written, its key unless that is the same,
// its skeleton.
type term struct {
	at                   uint32
	latin, key, skeleton uint8
	marks                uint8
}

const (
	markRole  = 7
	markBare  = 1 << 3
	markExact = 1 << 4
	markKey   = 1 << 5
	markMeant = 1 << 6
	markTwo   = 1 << 7
)

// A filing is a term under one hash, with a sketch of the spelling that led there.
type filing struct {
	term   uint32
	sketch sketch
	tag    uint16
}

// Different ways to file are kept apart by what their hashes begin with.
const (
	byLetters   = uint64(0xcbf29ce484222325)
	byWhole     = uint64(0x589965cc75374cc3)
	byConsonant = uint64(0x9ae16a3b2f90404f)
	byFewer     = uint64(0xe7037ed1a0b428db) // consonants with one taken out
	byFewerBare = uint64(0x8ebc6af09c88c6e3) // the same of words whose vowels are guessed
	byInitial   = uint64(0xa0761d6478bd642f)
)

// marksOf packs what a term is besides its letters.
func marksOf(w *form, joined bool) uint8 {
	m := uint8(w.role) & markRole
	for _, x := range [...]struct {
		is   bool
		mark uint8
	}{{w.bare, markBare}, {w.exact, markExact}, {w.canonical, markKey}, {w.meant, markMeant}, {joined, markTwo}} {
		if x.is {
			m |= x.mark
		}
	}
	return m
}

// form is the term as it is compared.
func (v *vocabulary) form(i uint32) form {
	t := v.terms[i]
	end := t.at + uint32(t.latin)
	f := form{
		latin: v.text[t.at:end], key: v.text[t.at:end],
		role: spelling.Role(t.marks & markRole), bare: t.marks&markBare != 0, exact: t.marks&markExact != 0,
		canonical: t.marks&markKey != 0, meant: t.marks&markMeant != 0, joined: t.marks&markTwo != 0,
	}
	if t.key > 0 {
		f.key = v.text[end : end+uint32(t.key)]
		end += uint32(t.key)
	}
	f.skeleton = v.text[end : end+uint32(t.skeleton)]
	return f
}

// role is that of a term.
func (v *vocabulary) role(i uint32) spelling.Role { return spelling.Role(v.terms[i].marks & markRole) }

// initial is the first letter of a term's key.
func (v *vocabulary) initial(i uint32) byte {
	t := v.terms[i]
	if t.key > 0 {
		return v.text[t.at+uint32(t.latin)]
	}
	return v.text[t.at]
}

func mix(h uint64, c byte) uint64 { return (h ^ uint64(c)) * 0x100000001b3 }

// hashed spreads the last letters over the whole number.
func hashed(h uint64) uint64 {
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	return h ^ h>>32
}

// without calls each with the hash of every text that is left of s when at most so
// many letters are taken out. A text may come twice.
func without(s string, seed uint64, most int, each func(uint64)) {
	h := seed
	for i := range len(s) {
		h = mix(h, s[i])
	}
	each(hashed(h))
	if most == 0 {
		return
	}
	h = seed
	for i := range len(s) {
		one := h
		for j := i + 1; j < len(s); j++ {
			if most > 1 && (j == i+1 || s[j] != s[j-1]) {
				two := one
				for k := j + 1; k < len(s); k++ {
					two = mix(two, s[k])
				}
				each(hashed(two))
			}
			one = mix(one, s[j])
		}
		each(hashed(one))
		h = mix(h, s[i])
	}
}

// deletions is how many letters are taken out of a word, by how many slips it may
// have.
func deletions(word string, joined bool) int { return slipsAllowed(len(word), len(word), joined) }

// head is how much of a word counts for filing by letters. It is enough: what two
// heads have in common is left of each with as few letters taken out as of the
// whole words.
func head(word string) string { return word[:min(len(word), prefixMax)] }

// spellings calls each with every hash under which a word is filed, or looked up,
// by its letters, and with a sketch of these; asked is of a query.
func (f *form) spellings(asked bool, each func(uint64, sketch)) {
	by := func(word string, most int) {
		s := sketchOf(word)
		without(head(word), byLetters, most, func(h uint64) { each(h, s) })
	}
	if f.exact {
		by(f.key, 0)
		return
	}
	if asked && f.canonical {
		by(f.latin, 0)
	} else {
		by(f.latin, deletions(f.latin, f.joined))
	}
	switch {
	case f.key == f.latin:
	case f.canonical || f.joined:
		by(f.key, 0)
	default:
		by(f.key, deletions(f.key, false))
	}
}

// wholes does the same for terms of two words, which are filed whole: too many
// begin alike.
func (f *form) wholes(each func(uint64, sketch)) {
	if f.exact {
		return
	}
	s, most := sketchOf(f.latin), deletions(f.latin, true)
	if f.canonical {
		most = 0
	}
	without(f.latin, byWhole, most, func(h uint64) { each(h, s) })
	if f.key != f.latin {
		s := sketchOf(f.key)
		without(f.key, byWhole, 0, func(h uint64) { each(h, s) })
	}
}

// filings calls each with every hash that a term is found by.
func (f *form) filings(each func(uint64, sketch)) {
	if f.joined {
		f.wholes(each)
		return
	}
	f.spellings(false, each)
	plain := func(h uint64) { each(h, sketch{}) }
	if len(f.skeleton) >= 2 {
		without(head(f.skeleton), byConsonant, 0, plain)
		if seed := byFewer; len(f.skeleton) >= 3 {
			if f.bare {
				seed = byFewerBare
			}
			without(head(f.skeleton), seed, 1, plain)
		}
	}
	if len(f.key) == 1 {
		plain(hashed(mix(byInitial, f.key[0])))
	}
}

// file prepares the finding of terms.
func (v *vocabulary) file() {
	total := 0
	each := func(do func(h uint64, s sketch, term int)) {
		for i := range v.terms {
			f := v.form(number(i))
			f.filings(func(h uint64, s sketch) { do(h, s, i) })
		}
	}
	each(func(uint64, sketch, int) { total++ })
	size := uint8(1)
	for 1<<size < total/2 {
		size++
	}
	v.shift = 64 - size
	v.first = make([]uint32, 1<<size+1)
	each(func(h uint64, _ sketch, _ int) { v.first[h>>v.shift+1]++ })
	for i := range len(v.first) - 1 {
		v.first[i+1] += v.first[i]
	}
	v.filed = make([]filing, total)
	next := slices.Clone(v.first)
	each(func(h uint64, s sketch, term int) {
		at := &next[h>>v.shift]
		v.filed[*at] = filing{number(term), s, uint16(h & math.MaxUint16)}
		*at++
	})
}

// commonHaving is by how many listed parties more a common name of the world seems to
// be borne: the lists are of few nations, strangers are of all.
const commonHaving = 30

// weigh gives every term its weight: 1 if nobody has it, near 0 if all have.
func (v *vocabulary) weigh(common []bool) {
	v.weights = make([]float32, len(v.terms))
	for i := range v.terms {
		having := float64(v.having[i])
		if common[i] {
			having += commonHaving
		}
		v.weights[i] = v.rarity(having)
	}
}

// rarity is the weight of a word that so many listed parties have.
func (v *vocabulary) rarity(having float64) float32 {
	all := math.Log(float64(max(v.parties, rarityFloor)))
	return float32(min(1, max(0.02, 1-math.Log1p(having)/all)))
}

// rarityFloor keeps words of a short list from being called common.
const rarityFloor = 5000

// like calls each once with every term that is like the pattern, and how much.
// seen remembers what was compared already: its marks are older than mark.
func (v *vocabulary) like(p *pattern, seen []uint32, mark uint32, each func(term uint32, likeness int)) {
	compare := func(term uint32) {
		seen[term] = mark
		f := v.form(term)
		if n := p.likeness(&f); n > 0 {
			each(term, n)
		}
	}
	joined := p.joined
	byLetter := func(h uint64, s sketch) {
		tag := uint16(h & math.MaxUint16)
		filed := v.filed[v.first[h>>v.shift]:v.first[h>>v.shift+1]]
		for i := range filed {
			f := &filed[i]
			if f.tag == tag && s.within(f.sketch, slipsAllowed(int(s.length), int(f.sketch.length), joined)) && seen[f.term] != mark {
				compare(f.term)
			}
		}
	}
	p.spellings(true, byLetter)
	if p.joined {
		return
	}
	joined = true
	p.wholes(byLetter)
	if p.exact || p.canonical {
		return
	}
	v.alikeBySound(p, func(h uint64) {
		tag := uint16(h & math.MaxUint16)
		for _, f := range v.filed[v.first[h>>v.shift]:v.first[h>>v.shift+1]] {
			if f.tag == tag && seen[f.term] != mark {
				compare(f.term)
			}
		}
	})
}

// alikeBySound calls each with the hashes of what may sound alike, or be its
// initial.
func (v *vocabulary) alikeBySound(p *pattern, each func(uint64)) {
	if len(p.key) > 1 {
		each(hashed(mix(byInitial, p.key[0])))
	}
	if len(p.skeleton) < 2 {
		return
	}
	without(head(p.skeleton), byConsonant, 0, each)
	if len(p.skeleton) >= 3 {
		without(head(p.skeleton), byFewerBare, 1, each)
		if p.bare {
			without(head(p.skeleton), byFewer, 1, each)
		}
	}
}

// likeAll does the same as like by looking at every term.
func (v *vocabulary) likeAll(p *pattern, each func(term uint32, likeness int)) {
	for i := range v.terms {
		f := v.form(number(i))
		if n := p.likeness(&f); n > 0 {
			each(number(i), n)
		}
	}
}
