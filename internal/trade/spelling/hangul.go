package spelling

import (
	"strings"
	"unicode/utf8"
)

// How the letters of a Korean syllable are written. The North writes as McCune and
// Reischauer did, without marks; the South by its Revised Romanization.
const (
	hangulOpen       = "k kk n t tt r m p pp s ss - j jj ch k t p h"
	hangulOpenMcCune = "k kk n t tt r m p pp s ss - ch tch ch k t p h"
	hangulOpenSouth  = "g kk n d tt r m b pp s ss - j jj ch k t p h"

	hangulVowel      = "a ae ya yae o e yo ye o wa wae oe yo u wo we wi yu u ui i"
	hangulVowelSouth = "a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i"

	hangulClose = "- k k k n n n t l k m l l l p l m p p t t ng t t k t p t"
)

// hangulTable is the letters of one way to write Korean.
type hangulTable struct{ open, vowel, close []string }

func hangulTables() [3]hangulTable {
	list := func(text string) []string {
		all := strings.Fields(text)
		for i, s := range all {
			if s == "-" {
				all[i] = ""
			}
		}
		return all
	}
	return [3]hangulTable{
		{list(hangulOpen), list(hangulVowel), list(hangulClose)},
		{list(hangulOpenSouth), list(hangulVowelSouth), list(hangulClose)},
		{list(hangulOpenMcCune), list(hangulVowel), list(hangulClose)},
	}
}

// Ways to write Korean, in the order of hangulTables.
const (
	north = iota
	south
	mcCune
)

// appendHangul writes one syllable.
func (r *Reader) appendHangul(to []byte, c rune, table int) []byte {
	if c < utf8.RuneSelf {
		return append(to, byte(c)) //nolint:gosec // a digit
	}
	t := &r.hangul[table]
	n := int(c - 0xac00)
	to = append(to, t.open[n/588]...)
	to = append(to, t.vowel[n%588/28]...)
	return append(to, t.close[n%28]...)
}

// korean adds the words of a row of Hangul.
func (b *builder) korean(p *piece) {
	if b.kind == Person {
		b.koreanPerson(p)
		return
	}
	table := [...]int{north, south, north, north}[b.way] // the third way is all by sound
	for _, s := range segments(p.runes, b.r.hangulTerms, b.way/2) {
		if s.term != nil && b.way <= south {
			b.term(s.term, p.part(s.from, s.to))
			continue
		}
		b.hangulSound(p, s.from, s.to, table)
	}
}

// hangulSound adds the syllables from..to as one word, voiced as they are spoken.
func (b *builder) hangulSound(p *piece, from, to, table int) {
	var room [wordMax * 2]byte
	word := room[:0]
	for i := from; i < to && len(word) < wordMax-9; i++ {
		word = b.r.appendHangul(word, p.runes[i], table)
	}
	if len(word) > 0 {
		b.add(word, nil, p.part(from, to), false)
	}
}

// koreanPerson adds a family name, and the given name as one word, which lists
// write as one, as two, or with a hyphen.
func (b *builder) koreanPerson(p *piece) {
	table := [...]int{north, south, mcCune, north}[b.way]
	voiced := b.way >= mcCune
	runes := p.runes
	family := 0
	if len(b.words) == 0 {
		family = b.koreanFamily(runes)
	}
	if family > 0 {
		sounds := b.r.koreanFamilies[string(runes[:family])]
		b.add([]byte(sounds[table]), nil, p.part(0, family), false)
	}
	if family == len(runes) {
		return
	}
	var room [wordMax * 2]byte
	word := room[:0]
	for i := family; i < len(runes) && len(word) < wordMax-9; i++ {
		start := len(word)
		word = b.r.appendHangul(word, runes[i], table)
		if voiced && i > family && voices(runes[i-1]) {
			word = append(word[:start], voice(word[start:])...)
		}
	}
	b.add(word, nil, p.part(family, len(runes)), false)
}

// koreanFamily says how many syllables of a name are the family's.
func (b *builder) koreanFamily(runes []rune) int {
	if len(runes) > 3 && b.r.koreanFamilies[string(runes[:2])] != nil {
		return 2
	}
	if len(runes) > 0 && b.r.koreanFamilies[string(runes[:1])] != nil {
		return 1
	}
	return 0
}

// voices says whether a syllable ends so that the consonant after it is voiced: in
// a vowel, or in n, l, m or ng.
func voices(c rune) bool {
	if c < utf8.RuneSelf {
		return false
	}
	switch (c - 0xac00) % 28 {
	case 0, 4, 8, 16, 21:
		return true
	}
	return false
}

// voice writes the first consonant of a syllable as it sounds between voiced ones.
func voice(word []byte) []byte {
	if len(word) < 2 {
		return word
	}
	if word[0] == 'c' && word[1] == 'h' {
		if vowel(word[2]) {
			word[1] = 'j'
			return word[1:]
		}
		return word
	}
	if !vowel(word[1]) {
		return word
	}
	switch word[0] {
	case 'k':
		word[0] = 'g'
	case 't':
		word[0] = 'd'
	case 'p':
		word[0] = 'b'
	}
	return word
}
