package password

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Classes of characters.
const (
	Lower  = "lower"  // small letters
	Upper  = "upper"  // capital letters
	Digit  = "digit"  // decimal digits of any script
	Symbol = "symbol" // everything else, letters without case among them
)

// Classes returns the four classes.
func Classes() []string { return []string{Lower, Upper, Digit, Symbol} }

// sampleOf shows a class in a way that needs no translation.
func sampleOf(class string) string {
	switch class {
	case Lower:
		return "a-z"
	case Upper:
		return "A-Z"
	case Digit:
		return "0-9"
	}
	return "#%+-="
}

func classOf(r rune) string {
	switch {
	case unicode.IsLower(r):
		return Lower
	case unicode.IsUpper(r), unicode.IsTitle(r):
		return Upper
	case unicode.IsDigit(r):
		return Digit
	}
	return Symbol
}

// classesOf returns the classes present in pw, in the order of Classes.
func classesOf(pw string) []string {
	present := []string{}
	for _, c := range Classes() {
		if strings.ContainsFunc(pw, func(r rune) bool { return classOf(r) == c }) {
			present = append(present, c)
		}
	}
	return present
}

// fold gives texts that a person takes for the same one form: compatible
// characters (NFKC), small letters, no space around.
func fold(pw string) string {
	return norm.NFKC.String(strings.ToLower(norm.NFKC.String(strings.TrimSpace(pw))))
}

// decorationMax is how many characters people add before and after a known
// password to please a rule.
const decorationMax = 5

// wordMin is the shortest word that is looked for inside a password, in letters.
const wordMin = 4

// forms returns the folded password, at first as it is, and as attackers try it
// too: without spaces, one of many equal parts of it, with digits read as letters,
// with signs read as the digits of their keys, and without a few digits around it.
func forms(folded string) []string {
	var all []string
	add := func(form string) {
		if form != "" && !slices.Contains(all, form) {
			all = append(all, form)
		}
	}
	add(folded)
	dense := strings.Join(strings.Fields(folded), "")
	add(dense)
	add(unshifted(dense))
	if runes := []rune(dense); period(runes) < len(runes) {
		add(string(runes[:period(runes)]))
	}
	for _, text := range []string{folded, dense} {
		add(undecorated(text))
		if strings.ContainsFunc(text, unicode.IsLetter) {
			add(unleet(text, 'i'))
		}
		// Digits behind a word are decoration, those within it are letters.
		if word := strings.TrimRightFunc(text, notLetter); len(text)-len(word) <= decorationMax {
			add(undecorated(unleet(word, 'i')))
		}
	}
	return all
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) }

// unshifted reads signs as the digits on the same keys of the US layout.
func unshifted(s string) string {
	return strings.Map(func(r rune) rune {
		if i := strings.IndexRune(")!@#$%^&*(", r); i >= 0 {
			return rune("0123456789"[i])
		}
		return r
	}, s)
}

// undecorated returns s without the digits and signs around it, or "" where what
// is taken away is more than decoration or what stays is no word.
func undecorated(s string) string {
	word := strings.TrimFunc(s, notLetter)
	if len(s)-len(word) > decorationMax || len([]rune(word)) < wordMin {
		return ""
	}
	return word
}

// unleet reads digits and signs as the letters they are put for; one is the
// letter for 1 and !.
func unleet(s string, one rune) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '0':
			return 'o'
		case '1', '!', '|':
			return one
		case '3':
			return 'e'
		case '4', '@':
			return 'a'
		case '5', '$':
			return 's'
		case '7', '+':
			return 't'
		case '8':
			return 'b'
		}
		return r
	}, s)
}

const (
	unitMax     = 5 // characters in a part that may not be all there is
	distinctMin = 5 // different characters
)

// repeats reports whether a folded password is one short part again and again,
// or has hardly any different characters.
func repeats(folded string) bool {
	runes := []rune(folded)
	if len(runes) <= unitMax {
		return false
	}
	distinct := slices.Compact(slices.Sorted(slices.Values(runes)))
	return len(distinct) < distinctMin || period(runes) <= unitMax
}

// period is the length of the shortest part of which all of s is repetitions, the
// last of them perhaps cut short; len(s) when there is none.
func period(s []rune) int {
	border := make([]int, len(s)+1)
	k := 0
	for i := 1; i < len(s); i++ {
		for k > 0 && s[i] != s[k] {
			k = border[k]
		}
		if s[i] == s[k] {
			k++
		}
		border[i+1] = k
	}
	unit := len(s) - border[len(s)]
	if unit*2 > len(s) {
		return len(s)
	}
	return unit
}
