package spelling

import (
	"strings"
	"unicode/utf8"

	"github.com/mozillazg/go-pinyin"
)

// A piece is a row of letters of one script, with where each began in the text.
type piece struct {
	script script
	runes  []rune
	span   span
	at     []int // the start of each rune; only for scripts without spaces
}

func (p *piece) part(from, to int) span {
	s := span{p.at[from], p.span.to}
	if to < len(p.at) {
		s.to = p.at[to]
	}
	return s
}

// A segment is a stretch of a piece: a word of the dictionary, or an unknown row.
type segment struct {
	from, to int
	term     *term
}

// longest words of the dictionaries, in runes.
const termMax = 16

// segments cuts a row into words of the dictionary so that as little as possible
// stays unknown, and then into as few words as possible; way says which words of
// the dictionary to leave out.
func segments(runes []rune, terms map[string]*term, way int) []segment {
	n := len(runes)
	text, at := string(runes), make([]int, n+1)
	for i, c := range runes {
		at[i+1] = at[i] + utf8.RuneLen(c)
	}
	known := func(i, size int) *term {
		t := terms[text[at[i]:at[i+size]]]
		if t == nil || size == 1 && !singleFits(runes, i) || way == bySound && len(t.words) > 1 || way > bySound && t.brand {
			return nil
		}
		return t
	}
	costs := make([]int, n+1)
	sizes := make([]int, n+1) // of the segment that begins here
	for i := n - 1; i >= 0; i-- {
		costs[i], sizes[i] = costs[i+1]+unknownCost, 1
		for size := 1; size <= min(termMax, n-i); size++ {
			if known(i, size) == nil {
				continue
			}
			if cost := costs[i+size] + knownCost; cost <= costs[i] {
				costs[i], sizes[i] = cost, size
			}
		}
	}
	var found []segment
	for i := 0; i < n; i += sizes[i] {
		t := known(i, sizes[i])
		if last := len(found) - 1; t == nil && last >= 0 && found[last].term == nil {
			found[last].to = i + 1
			continue
		}
		found = append(found, segment{i, i + sizes[i], t})
	}
	return found
}

// What a segment costs: an unknown letter more than a known word.
const (
	knownCost   = 2
	unknownCost = 3
)

// singleFits says whether one letter may be a word: only at the end, as in 厂, and
// not in what is short enough to be the name of a person.
func singleFits(runes []rune, i int) bool { return i > personMax-1 && i == len(runes)-1 }

// personMax is how many characters the names of most persons have at most.
const personMax = 4

// Ways to read Han; of the first three, byMeaning and bySound are for Hangul too.
const (
	byMeaning = iota // what has a meaning is translated, the rest by sound
	bySound          // everything by sound
	brandless        // as byMeaning, but names of firms by sound
	apart            // as brandless, with every unknown syllable a word
)

// han adds the words of a row of Chinese characters.
func (b *builder) han(p *piece) {
	runes := b.r.simplified(p.runes)
	if b.kind == Person {
		b.hanPerson(p, runes)
		return
	}
	for _, s := range segments(runes, b.r.hanTerms, b.way) {
		switch {
		case s.term != nil && (b.way != bySound || !s.term.meant):
			b.term(s.term, p.part(s.from, s.to))
		case b.way == apart && s.term == nil:
			for i := s.from; i < s.to; i++ {
				b.hanSound(p, runes, i, i+1)
			}
		default:
			b.hanSound(p, runes, s.from, s.to)
		}
	}
}

// hanPerson adds a surname, then the given name as one word, or, the second way,
// syllable by syllable.
func (b *builder) hanPerson(p *piece, runes []rune) {
	family := min(1, len(runes))
	if len(runes) > 2 && b.r.surnames[string(runes[:2])] != "" {
		family = 2
	}
	if len(runes) > 5 || len(b.words) > 0 || strings.ContainsAny(b.text, "·•・‧") { // a given name, or a foreign one by sound
		b.hanSound(p, runes, 0, len(runes))
		return
	}
	if b.way == brandless {
		if !b.r.mainland(p.runes) {
			b.cantonese(p, runes)
		}
		return
	}
	if sound := b.r.surnames[string(runes[:family])]; sound != "" {
		b.latin([]byte(sound), p.part(0, family), false)
	} else {
		b.hanSound(p, runes, 0, family)
	}
	if b.way == byMeaning {
		b.hanSound(p, runes, family, len(runes))
		return
	}
	for i := family; i < len(runes); i++ {
		b.hanSound(p, runes, i, i+1)
	}
}

// hanSound adds the characters from..to as one word in pinyin without tones.
func (b *builder) hanSound(p *piece, runes []rune, from, to int) {
	var room [wordMax * 2]byte
	word := room[:0]
	for _, c := range runes[from:to] {
		if len(word) > wordMax-6 {
			break
		}
		word = b.r.appendPinyin(word, c)
	}
	switch {
	case len(word) == 0:
	case to-from == 1:
		b.add(word, nil, p.part(from, to), false) // a syllable is no word of another language
	default:
		b.latin(word, p.part(from, to), false)
	}
}

// appendPinyin writes the commonest sound of one character, without its tone.
func (r *Reader) appendPinyin(to []byte, c rune) []byte {
	if c < utf8.RuneSelf {
		return append(to, byte(c)) //nolint:gosec // a digit
	}
	if sound := r.sounds[c]; sound != "" {
		return append(to, sound...)
	}
	sound, _, _ := strings.Cut(pinyin.PinyinDict[int(c)], ",")
	for _, l := range sound {
		switch {
		case l < 0x80:
			to = append(to, byte(l)) //nolint:gosec // below 0x80
		case l < latinRangeMax:
			to = append(to, r.latinTable[l]...)
		case l == 'ḿ':
			to = append(to, 'm')
		}
	}
	return to
}

// simplified writes traditional characters as the simplified ones that the
// dictionary knows.
func (r *Reader) simplified(runes []rune) []rune {
	plain := make([]rune, len(runes))
	for i, c := range runes {
		if s, found := r.traditional[c]; found {
			c = s
		}
		plain[i] = c
	}
	return plain
}

// placeSuffixes lets a Chinese place be followed by what kind of place it is.
func (r *Reader) placeSuffixes() {
	suffixed := map[string]*term{}
	for written, t := range r.hanTerms {
		if t.role != Place {
			continue
		}
		for _, s := range [...]string{"市", "省", "县", "区", "州", "新区"} {
			suffixed[written+s] = t
		}
	}
	for written, t := range suffixed {
		if r.hanTerms[written] == nil {
			r.hanTerms[written] = t
		}
	}
}
