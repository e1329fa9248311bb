package screening

import (
	"unicode"
	"unicode/utf8"

	"fondaco/internal/trade/spelling"
)

// A script is in which letters a name is written, as far as that matters for how
// surely it can be compared.
type script uint8

// The scripts. Names of persons in Chinese and Korean are few sounds that very many
// share; Arabic leaves vowels out.
const (
	scriptLatin script = iota
	scriptCyrillic
	scriptArabic
	scriptHan
	scriptHangul
	scriptOther
	scriptCount
)

// scriptOf is the script of the first letter that is not Latin, or Latin.
func scriptOf(name string) script {
	for _, c := range name {
		if c < utf8.RuneSelf || unicode.Is(unicode.Latin, c) || !unicode.IsLetter(c) {
			continue
		}
		switch {
		case unicode.In(c, unicode.Cyrillic, unicode.Greek):
			return scriptCyrillic
		case unicode.Is(unicode.Arabic, c):
			return scriptArabic
		case unicode.In(c, unicode.Han, unicode.Hiragana, unicode.Katakana):
			return scriptHan
		case unicode.Is(unicode.Hangul, c):
			return scriptHangul
		}
		return scriptOther
	}
	return scriptLatin
}

// shapeOf guesses what a party is that its list does not tell the kind of: a word of
// trade, a form of company or a place is in the name of an organisation.
func shapeOf(words []word) Kind {
	for i := range words {
		switch words[i].role {
		case spelling.LegalForm, spelling.Business, spelling.Place:
			return Organisation
		case spelling.Ordinary, spelling.Particle, spelling.Title:
		}
	}
	return Person
}
