package treasury

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Letters that accents do not explain, each before the Latin letters it is read
// as; a lone hyphen stands for nothing. Cyrillic follows ICAO Doc 9303 with the
// usual English habits, Greek follows ISO 843.
const (
	latinLetters = "ß ss æ ae œ oe ø o đ d ð d þ th ł l ħ h ı i ŋ n ə a ƒ f"

	cyrillicLetters = "а a б b в v г g ґ g д d е e ё e є ye ж zh з z и i і i ї yi й y к k л l м m н n о o п p р r с s т t у u " +
		"ў u ф f х kh ц ts ч ch ш sh щ shch ъ - ы y ь - э e ю yu я ya ђ dj ј j љ lj њ nj ћ c џ dz қ k ғ g ү u ұ u ө o ә a ң n һ h ѓ g ќ k ѕ dz"

	greekLetters = "α a β v γ g δ d ε e ζ z η i θ th ι i κ k λ l μ m ν n ξ x ο o π p ρ r σ s ς s τ t υ y φ f χ ch ψ ps ω o"
)

// transliterate answers a folded word in Latin letters without accents, and
// whether it was in another alphabet.
func transliterate(s string) (plain string, foreign bool) {
	var out strings.Builder
	last := rune(0)
	for _, r := range norm.NFC.String(s) {
		base := baseOf(r)
		latin, was := letterOf(r)
		if latin == "" {
			latin, was = letterOf(base)
		}
		switch {
		case last == 'ο' && base == 'υ':
			out.WriteByte('u')
		case latin == "-" || latin == "" && unicode.IsMark(r):
		case latin == "":
			out.WriteRune(base)
		default:
			out.WriteString(latin)
		}
		foreign = foreign || was
		last = base
	}
	return out.String(), foreign
}

// baseOf is the letter under the accents.
func baseOf(r rune) rune {
	for _, first := range norm.NFD.String(string(r)) {
		return first
	}
	return r
}

func letterOf(r rune) (latin string, foreign bool) {
	if r < 0x80 {
		return "", false
	}
	for i, table := range []string{latinLetters, cyrillicLetters, greekLetters} {
		at := strings.Index(table, string(r)+" ")
		if at < 0 {
			continue
		}
		latin, _, _ = strings.Cut(table[at+len(string(r))+1:], " ")
		return latin, i > 0
	}
	return "", false
}

// digraphs writes the letters of Germanic languages that have a spelling of two.
func digraphs(s string) string {
	return strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "å", "aa", "ø", "oe").Replace(norm.NFC.String(s))
}

// loose folds the different habits of writing Cyrillic and Greek in Latin letters.
func loose(s string) string {
	s = strings.NewReplacer("shch", "sch", "kh", "h", "ph", "f", "ts", "c", "x", "ks", "y", "i", "j", "i", "w", "v").Replace(s)
	return strings.NewReplacer("ii", "i", "ie", "e").Replace(s)
}
