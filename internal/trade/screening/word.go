package screening

import (
	"slices"
	"strings"

	"fondaco/internal/trade/spelling"
)

// A word is one word of a name as this package compares it.
type word struct {
	form
	written string // as people read it
	whole   *form  // of the first of two that were written as one: that one
}

// wordsMax is how many words of a name count.
const wordsMax = 32

// wordsOf appends the words of a reading to w.
func wordsOf(w []word, r spelling.Reading) []word {
	for i := range r.Words {
		s := &r.Words[i]
		if s.Key == "" || len(w) >= wordsMax {
			continue
		}
		if s.Role == spelling.LegalForm && strings.Contains(s.Written, " ") && !s.Meant {
			w = apart(w, s.Written)
			continue
		}
		n := word{written: s.Written, form: form{
			latin: s.Latin[:min(len(s.Latin), keyMax)], key: s.Key[:min(len(s.Key), keyMax)], skeleton: s.Skeleton[:min(len(s.Skeleton), keyMax)],
			role: s.Role, bare: s.Bare, meant: s.Meant || translated(s), exact: numeric(s.Key), canonical: s.Role != spelling.Ordinary || s.Meant, common: s.Common,
		}}
		if n.latin == "" {
			n.latin = n.key
		}
		if n.exact || n.canonical {
			n.skeleton = ""
		}
		if s.Whole != nil && i+1 < len(r.Words) && len(w) < wordsMax-1 {
			n.whole = wholeOf(s.Whole)
		}
		w = append(w, n)
	}
	return w
}

// translated tells whether a word of trade or a place is written in other letters, so
// that the Latin word for it is another language's.
func translated(w *spelling.Word) bool {
	return (w.Role == spelling.Business || w.Role == spelling.Place) && scriptOf(w.Written) != scriptLatin
}

// apart appends the words of a legal form of several, such as limited liability
// company: one of them may be misspelt, missing, or written with its neighbour.
func apart(w []word, written string) []word {
	parts := strings.FieldsFunc(strings.ToLower(written), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	if !slices.ContainsFunc(parts, func(p string) bool { return len(p) > 2 }) {
		parts = []string{strings.Join(parts, "")}
	}
	for _, p := range parts {
		if p != "" && len(w) < wordsMax {
			p = p[:min(len(p), keyMax)]
			w = append(w, word{written: p, form: form{latin: p, key: p, role: spelling.LegalForm, canonical: true}})
		}
	}
	return w
}

func wholeOf(w *spelling.Word) *form {
	return &form{latin: w.Latin[:min(len(w.Latin), keyMax)], key: w.Key[:min(len(w.Key), keyMax)], skeleton: w.Skeleton[:min(len(w.Skeleton), keyMax)], bare: w.Bare}
}

// together is two neighbours written as one word.
func together(a, b *word) form {
	if a.whole != nil {
		return *a.whole
	}
	return form{latin: a.latin + b.latin, key: a.key + b.key, joined: true}
}

func numeric(s string) bool {
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			return true
		}
	}
	return false
}

// joins tells whether two neighbours may have been written as one word.
func joins(a, b *word) bool {
	if a.whole != nil {
		return true
	}
	return !a.exact && !b.exact && len(a.latin)+len(b.latin) >= joinedMin && len(a.latin)+len(b.latin) <= keyMax && len(a.key)+len(b.key) <= keyMax
}

// joinedMin is how many letters two words must have together to be joined.
const joinedMin = 4

// telling tells whether words in the role part one name from another.
func telling(r spelling.Role) bool {
	return r == spelling.Ordinary || r == spelling.Business || r == spelling.Place
}

// share is how much of the weight of a word counts in its role.
func share(r spelling.Role) float32 {
	switch r {
	case spelling.Ordinary:
		return 1
	case spelling.Business:
		return 0.75
	case spelling.Place:
		return 0.75
	case spelling.Particle:
		return 0.25
	case spelling.Title:
		return 0.15
	case spelling.LegalForm:
		return 0.12
	}
	return 1
}

// weightOf is what a word of that rarity weighs in a name. Short words say less:
// they are often initials, particles and what is left of a split word.
func weightOf(w *form, rarity, share float32) float32 {
	switch len(w.latin) {
	case 1:
		return 0.1 * share
	case 2:
		return 0.5 * rarity * share
	case 3:
		return 0.8 * rarity * share
	}
	return rarity * share
}

// number, short and small narrow a count. Lists have far fewer than 2^32 letters,
// entries fewer than 2^16 names, and names at most 32 words of 40 letters.
func number(n int) uint32 { return uint32(n) } //nolint:gosec // see above
func short(n int) uint16  { return uint16(n) } //nolint:gosec // see above
func small(n int) uint8   { return uint8(n) }  //nolint:gosec // see above
