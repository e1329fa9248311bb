package treasury

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// script is what the house can do with a word's letters.
type script int

const (
	latinScript  script = iota // Latin, or letters that are read as Latin ones one by one
	hanScript                  // Han, read by its sound where it is compared with Latin
	opaqueScript               // anything else; equal or not, no more
)

// word is one word of a name in the forms that are compared.
type word struct {
	text    string // folded, in its own letters; Han in the simplified form
	plain   string // in Latin letters, accents left out
	digraph string // the same with ä, ö, ü, å and ø as two letters
	loose   string // the plain form without the habits of transliteration
	foreign bool   // whether the text was in Cyrillic or Greek letters
	script  script
	weight  int
}

// name is a name taken apart.
type name struct {
	words []word
	forms []form
	small string // the small words that were left out
}

// What a word weighs when part of a name is the same: a word that many names
// share says little about whose it is.
const (
	weightCommon      = 1
	weightShort       = 2
	weightDistinctive = 4
)

// readName folds a name and takes it apart.
func readName(s string) name {
	s = simplified(cases.Fold().String(norm.NFKC.String(s)))
	tokens, forms := cutForms(split(s))
	japanese := strings.ContainsFunc(s, isKana)
	for _, f := range forms {
		japanese = japanese || f.japanese()
	}
	n := name{forms: forms}
	for i, t := range tokens {
		switch {
		case len(tokens) > 1 && isSmall(t, i > 0 && i < len(tokens)-1):
			n.small += t + " "
		case scriptOf(t) == hanScript && !japanese:
			words, small := hanWords(t)
			n.words = append(n.words, words...)
			n.small += small
		default:
			n.words = append(n.words, wordOf(t))
		}
	}
	return n
}

func wordOf(t string) word {
	w := word{text: t, plain: t, digraph: t, script: scriptOf(t)}
	switch {
	case w.script == hanScript:
		// Only names that are not read as Chinese come here.
		w.script = opaqueScript
	case w.script == latinScript && !mixed(t):
		w.plain, w.foreign = transliterate(t)
		w.digraph, _ = transliterate(digraphs(t))
		if w.plain == "" {
			w.plain, w.digraph = t, t
		}
	}
	w.loose, w.weight = loose(w.plain), weightOf(w.plain)
	return w
}

func weightOf(plain string) int {
	switch {
	case isCommon(plain):
		return weightCommon
	case utf8.RuneCountInString(plain) <= 2 && !hasDigit(plain):
		return weightShort
	}
	return weightDistinctive
}

func (n name) every(s script) bool {
	for _, w := range n.words {
		if w.script != s {
			return false
		}
	}
	return true
}

func (n name) latin() bool  { return n.every(latinScript) }
func (n name) opaque() bool { return n.every(opaqueScript) }

// legible reports whether all of the name can be read.
func (n name) legible() bool {
	for _, w := range n.words {
		if w.script == opaqueScript {
			return false
		}
	}
	return true
}

// han reports whether the name has Chinese words and nothing illegible.
func (n name) han() bool { return n.legible() && !n.latin() }

func (n name) text() string {
	var out strings.Builder
	for _, w := range n.words {
		out.WriteString(w.text)
	}
	return out.String()
}

func (n name) joined() (plain, digraph string) {
	var p, d strings.Builder
	for _, w := range n.words {
		p.WriteString(w.plain)
		d.WriteString(w.digraph)
	}
	return p.String(), d.String()
}

// split cuts a folded name into words at spaces, at punctuation, and where
// East Asian characters begin or end. Dots and strokes between single letters
// join them, as in S.A. and A/S.
func split(s string) []string {
	var tokens []string
	runes := []rune(s)
	start, piece := -1, 0 // piece is how many letters stand since the last joint
	var current []rune
	flush := func() {
		if len(current) > 0 {
			tokens = append(tokens, string(current))
		}
		current, start, piece = nil, -1, 0
	}
	for i, r := range runes {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			if len(current) > 0 && !unicode.IsMark(r) && isEastAsian(r) != isEastAsian(runes[start]) {
				flush()
			}
			if start < 0 {
				start = i
			}
			current = append(current, r)
			piece++
		case strings.ContainsRune("'’‘ʼ`", r) && len(current) > 0:
		case (r == '.' || r == '/') && piece == 1 && singleNext(runes[i+1:]):
			piece = 0
		case r == '&':
			flush()
			tokens = append(tokens, "and")
		default:
			flush()
		}
	}
	flush()
	return tokens
}

// singleNext reports whether exactly one letter stands at the front.
func singleNext(rest []rune) bool {
	return len(rest) > 0 && unicode.IsLetter(rest[0]) &&
		(len(rest) == 1 || !unicode.IsLetter(rest[1]) && !unicode.IsDigit(rest[1]))
}

// isSmall reports whether a word may be left out; those of one letter only
// between others, where they mean "and".
func isSmall(t string, between bool) bool {
	switch t {
	case "and", "the", "und", "och", "og", "et":
		return true
	case "y", "e", "i", "и", "і":
		return between
	}
	return false
}

func isKana(r rune) bool { return unicode.In(r, unicode.Hiragana, unicode.Katakana) }

func isEastAsian(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) || r == 'ー'
}

func scriptOf(t string) script {
	han := true
	for _, r := range t {
		if !unicode.Is(unicode.Han, r) {
			han = false
		}
		if unicode.IsLetter(r) && !unicode.In(r, unicode.Latin, unicode.Cyrillic, unicode.Greek, unicode.Han) {
			return opaqueScript
		}
		if !han && unicode.Is(unicode.Han, r) {
			return opaqueScript
		}
	}
	if han {
		return hanScript
	}
	return latinScript
}

// mixed reports whether one word has letters of several alphabets, as only a
// forged word has. Such a word is not read as anything but itself.
func mixed(t string) bool {
	alphabets := 0
	for _, table := range []*unicode.RangeTable{unicode.Latin, unicode.Cyrillic, unicode.Greek} {
		if strings.ContainsFunc(t, func(r rune) bool { return unicode.IsLetter(r) && unicode.Is(table, r) }) {
			alphabets++
		}
	}
	return alphabets > 1
}
