package spelling

import (
	"strings"
	"unicode/utf8"
)

// cyrillicLetters is how each letter is written in Latin, as passports and lists
// mostly do; what depends on the neighbours is in cyrillic.
const cyrillicLetters = "аa бb вv гg дd еe ёe жzh зz иi йy кk лl мm нn оo пp рr сs тt уu фf хkh цts чch шsh щshch ъ ыy ь эe юyu яya " +
	"іi їyi єye ґg ўu ђdj јj љlj њnj ћc џdz ѓgj ќkj ѕdz әa ғg қk ңng өo ұu үu һh ҳh ҷj ӣi ӯu ҙz ҫs ҡk җj ӗe ӑa ӏ ѐe ѝi ѣe ѳf ѵi ѫa"

// Languages whose letters are read in their own way.
const (
	russian = iota
	ukrainian
	serbian
)

// languageOf tells the language of a Cyrillic text by letters that others lack.
func languageOf(text string) int {
	switch {
	case strings.ContainsAny(text, "іїєґІЇЄҐ"):
		if strings.ContainsAny(text, "ўыэёЎЫЭЁәқңөұүӘҚҢӨҰҮ") {
			return russian // Belarusian and Kazakh have і too, and read the rest as Russian does
		}
		return ukrainian
	case strings.ContainsAny(text, "јљњђћџЈЉЊЂЋЏ"):
		return serbian
	}
	return russian
}

// pairTable makes a table of pairs: one rune, and what it is written as.
func pairTable(pairs string) map[rune]string {
	table := map[rune]string{}
	for _, pair := range strings.Fields(pairs) {
		r, size := utf8.DecodeRuneInString(pair)
		table[r] = pair[size:]
	}
	return table
}

// cyrillic writes the lower-case runes of one word in Latin.
func (r *Reader) cyrillic(to []byte, word []rune, language int) []byte {
	for i, c := range word {
		last := i == len(word)-1
		var before rune
		if i > 0 {
			before = word[i-1]
		}
		switch {
		case language == serbian && c == 'х':
			to = append(to, 'h')
		case language == serbian && c == 'ц':
			to = append(to, 'c')
		case language == ukrainian && c == 'г':
			to = append(to, 'h')
		case language == ukrainian && c == 'и':
			to = append(to, 'y')
		case c == 'е' && language == russian && (i == 0 || strings.ContainsRune("аеёиоуыэюяъь", before)):
			to = append(to, "ye"...)
		case c == 'ё' && language == russian && i == 0:
			to = append(to, "yo"...)
		case c == 'й' && last && (before == 'и' || before == 'ы' || before == 'і'):
			// -ий, -ый: one y in all
			if before == 'и' && len(to) > 0 {
				to[len(to)-1] = 'y'
			}
		case c == 'с' && i > 0 && !last && before == 'к': // кс
			to = append(to, 's')
		default:
			to = append(to, r.cyrillicTable[c]...)
		}
	}
	return to
}
