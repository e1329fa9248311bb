package password

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mozillazg/go-pinyin"
	"golang.org/x/text/unicode/norm"
)

// house is the name of this house, which everybody tries.
const house = "fondaco"

const (
	localMin  = 6 // characters of an address before its @ that are looked for as they are
	numberMin = 5 // digits of a number in an address that is looked for
	hanMin    = 2 // characters of a Chinese word that is looked for
)

// noise are words in the names of companies that say nothing of one company.
func noise() []string {
	return []string{
		"limited", "company", "corp", "corporation", "incorporated", "gmbh", "holding", "holdings", "group", "international",
		"trading", "import", "export", "imports", "exports", "global", "industries", "industrial", "technology", "services",
	}
}

// hanNoise are the same in Chinese, where no space parts them from the name.
func hanNoise() []string {
	return []string{"有限责任公司", "股份有限公司", "有限公司", "公司", "进出口", "国际", "贸易", "集团", "科技", "实业"}
}

// personal returns the word of the person, the company or the house that the
// folded password holds, plain or with digits for letters; "" when there is none.
func personal(folded string, a About) string {
	words := personalWords(a)
	for _, text := range []string{folded, unleet(folded, 'i'), unleet(folded, 'l')} {
		text = unmarked(text)
		for _, w := range words {
			if strings.Contains(text, w) {
				return w
			}
		}
	}
	return ""
}

// personalTextMax bounds what is read of a name; longer ones are cut.
const personalTextMax = 300

// personalWords returns what may not be in a password, the longest first.
func personalWords(a About) []string {
	words := []string{house}
	add := func(w string) {
		if long(w) && !slices.Contains(noise(), w) {
			words = append(words, w)
		}
	}
	local, domain, _ := strings.Cut(a.Email, "@")
	if dot := strings.LastIndexByte(domain, '.'); dot >= 0 {
		domain = domain[:dot]
	}
	if whole := unmarked(fold(cut(local))); utf8.RuneCountInString(whole) >= localMin {
		words = append(words, whole)
	}
	for _, text := range []string{local, domain, a.Name, a.Company} {
		parts := wordsOf(text)
		for _, w := range parts {
			add(w)
			add(spelled(w, 0))
			add(spelled(w, 1))
		}
		if len(parts) > 1 {
			add(strings.Join(parts, ""))
			slices.Reverse(parts)
			add(strings.Join(parts, ""))
		}
	}
	slices.SortStableFunc(words, func(x, y string) int { return len(y) - len(x) })
	return slices.Compact(words)
}

func cut(text string) string {
	if runes := []rune(text); len(runes) > personalTextMax {
		return string(runes[:personalTextMax])
	}
	return text
}

// wordsOf splits text into folded words of letters and numbers of digits.
func wordsOf(text string) []string {
	text = cut(text)
	var words []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			words = append(words, string(word))
		}
		word = nil
	}
	text = unmarked(fold(text))
	for _, w := range hanNoise() {
		text = strings.ReplaceAll(text, w, " ")
	}
	for _, r := range text {
		letter, digit := unicode.IsLetter(r), unicode.IsDigit(r)
		if !letter && !digit || len(word) > 0 && unicode.IsDigit(word[0]) != digit {
			end()
		}
		if letter || digit {
			word = append(word, r)
		}
	}
	end()
	return words
}

// long reports whether a word says enough to be looked for in a password.
func long(word string) bool {
	runes := []rune(word)
	switch {
	case len(runes) == 0:
		return false
	case unicode.IsDigit(runes[0]):
		return len(runes) >= numberMin
	case unicode.Is(unicode.Han, runes[0]):
		return len(runes) >= hanMin
	}
	return len(runes) >= wordMin
}

// spelled writes a Chinese word in Latin letters without tones, from the given
// character on: 1 leaves out the family name. Other words give "".
func spelled(word string, from int) string {
	runes := []rune(word)
	if len(runes) <= from || !unicode.Is(unicode.Han, runes[0]) {
		return ""
	}
	return strings.Join(pinyin.LazyPinyin(string(runes[from:]), pinyin.NewArgs()), "")
}

// unmarked takes the marks off letters: é becomes e.
func unmarked(s string) string {
	return norm.NFC.String(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s)))
}
