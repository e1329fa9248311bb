package screening

import (
	"math/bits"

	"fondaco/internal/trade/spelling"
)

// Bounds of what is compared.
const (
	keyMax    = 40 // letters of a word that count; the rest is cut on both sides
	editsMax  = 2  // slips that a long word may have
	prefixMax = 7  // letters of a word that it is filed by
)

// A form is what is compared of a word.
type form struct {
	latin         string // in Latin letters
	key, skeleton string
	role          spelling.Role
	bare          bool // vowels are guessed
	exact         bool // a number: no slips
	canonical     bool // the key is that of a meaning, not of a sound
	meant         bool // it was translated
	joined        bool // two words written as one
	common        bool // a common name of the world
}

// A pattern is a word of a query, prepared for comparing with many.
type pattern struct {
	form
	keyBits, latinBits, skeletonBits [letters]uint64 // where each letter stands
	keySketch, latinSketch           sketch
}

// letters are all that c&(letters-1) can be.
const letters = 128

func positions(into *[letters]uint64, s string) {
	*into = [letters]uint64{}
	for i := range len(s) {
		into[s[i]&(letters-1)] |= 1 << i
	}
}

func (p *pattern) set(f *form) {
	p.form = *f
	p.keySketch, p.latinSketch = sketchOf(p.key), sketchOf(p.latin)
	positions(&p.keyBits, p.key)
	positions(&p.latinBits, p.latin)
	positions(&p.skeletonBits, p.skeleton)
}

// edits counts the slips between a text and the word whose letters stand at the
// positions: letters lost, added, changed, or two neighbours swapped, no letter
// being touched twice. It is the bit-parallel form of Hyyrö (2003).
func edits(at *[letters]uint64, length int, text string) int {
	if length == 0 {
		return len(text)
	}
	more, less, was, before := ^uint64(0), uint64(0), uint64(0), uint64(0)
	last := uint64(1) << (length - 1)
	n := length
	for i := range len(text) {
		here := at[text[i]&(letters-1)]
		swap := ((^was & here) << 1) & before
		was = (((here & more) + more) ^ more) | here | less | swap
		up, down := less|^(was|more), was&more
		if up&last != 0 {
			n++
		}
		if down&last != 0 {
			n--
		}
		up, down = up<<1|1, down<<1
		more, less, before = down|^(was|up), up&was, here
	}
	return n
}

// slipsAllowed is how many slips two words of these lengths may have between them.
func slipsAllowed(a, b int, joined bool) int {
	switch n := min(a, b); {
	case n == 2 && a+b == 5 && !joined:
		return 1 // the longer has one letter more
	case n <= 2:
		return 0
	case n == 4 && a+b == 10 && !joined:
		return editsMax // both are letters that the shorter lacks
	case n <= 4 || joined:
		return 1
	}
	return editsMax
}

// A sketch is what can be seen of a word at a glance: which letters it has, and
// how many.
type sketch struct {
	letters uint32 // a bit for each letter; digits share the last six
	length  uint8
}

func sketchOf(word string) sketch {
	s := sketch{length: small(len(word))}
	for i := range len(word) {
		if c := word[i]; c >= 'a' {
			s.letters |= 1 << ((c - 'a') & 31)
		} else {
			s.letters |= 1 << (26 + c%6)
		}
	}
	return s
}

// within tells whether there may be so few slips between two words; if not, that
// can be seen at a glance.
func (s sketch) within(t sketch, slips int) bool {
	n, m := int(s.length), int(t.length)
	return n-m <= slips && m-n <= slips && bits.OnesCount32(s.letters^t.letters) <= 2*slips
}

// likeness answers how alike the pattern and a listed word are, 0 to 1, in
// thousandths; 0 is unlike.
func (p *pattern) likeness(t *form) int {
	switch {
	case p.joined && t.joined:
		return 0
	case p.key == t.key:
		return p.sameLikeness(t)
	case p.exact || t.exact || p.canonical && p.latin != t.latin:
		return 0 // a word that a dictionary knows is not misspelt
	}
	best := 0
	if slips := slipsAllowed(len(p.latin), len(t.latin), p.joined || t.joined); p.latinSketch.within(sketchOf(t.latin), slips) {
		if n := edits(&p.latinBits, len(p.latin), t.latin); n <= slips {
			best = slipLikeness(n, max(len(p.latin), len(t.latin)), p.latin[0] == t.latin[0])
		}
	}
	if p.joined || t.joined {
		return best
	}
	if len(t.key) == 1 && len(p.key) > 1 && t.key[0] == p.key[0] {
		best = max(best, initialKey)
	}
	if p.canonical || t.canonical {
		return best
	}
	if slips := slipsAllowed(len(p.key), len(t.key), false); slips > 0 && p.keySketch.within(sketchOf(t.key), slips) {
		if n := edits(&p.keyBits, len(p.key), t.key); n <= slips {
			more := max(0, edits(&p.latinBits, len(p.latin), t.latin)-n)
			best = max(best, slipLikeness(n, max(len(p.key), len(t.key)), p.key[0] == t.key[0])-keySlip*min(more, editsMax))
		}
	}
	return max(best, p.soundLikeness(t))
}

// sameLikeness compares words of one key: spellings of one sound, names that are
// taken for one, and words of one meaning.
func (p *pattern) sameLikeness(t *form) int {
	switch {
	case p.latin == t.latin:
		return sameWord
	case p.meant || t.meant:
		return sameMeaning
	case 3*edits(&p.latinBits, len(p.latin), t.latin) <= max(len(p.latin), len(t.latin)) || p.role == spelling.LegalForm:
		return sameKey
	case p.canonical || t.canonical:
		return synonym
	}
	return sameName
}

// soundLikeness compares consonants. Two alone say something only where the
// script leaves no more.
func (p *pattern) soundLikeness(t *form) int {
	n := min(len(p.skeleton), len(t.skeleton))
	bare := p.bare || t.bare
	if n < 2 || n == 2 && !bare {
		return 0
	}
	if p.skeleton == t.skeleton {
		switch {
		case bare && n >= 3:
			return 900
		case bare:
			return 750
		case n >= 4:
			return 800
		}
		return 700
	}
	gap := len(p.skeleton) - len(t.skeleton)
	if !bare || n < 3 || gap > 1 || -gap > 1 || edits(&p.skeletonBits, len(p.skeleton), t.skeleton) > 1 {
		return 0
	}
	if n == 3 {
		return 500
	}
	return 620
}

// Likenesses of words, in thousandths.
const (
	sameWord    = 1000
	sameKey     = 930
	sameLatin   = 960 // of another meaning
	sameMeaning = 950
	sameName    = 850
	synonym     = 850
	initialKey  = 450
	shortSlip   = 700 // of a word of three letters
	keySlip     = 30  // is taken off where letters slip that the keys leave out
)

// slipLikeness says what so many slips leave of a word of so many letters.
func slipLikeness(slips, length int, sameStart bool) int {
	n := 1000 - 1000*slips/length
	switch {
	case slips == 0:
		return sameLatin
	case slips == 1 && length >= 6:
		n = 980 - 550/length
	case slips == 1 && length > 3:
		n = 1000 - 700/length
	case slips == 1:
		n = shortSlip
	case length >= 8:
		n = 970 - 1700/length
	}
	if !sameStart {
		n -= 50
	}
	return n
}
