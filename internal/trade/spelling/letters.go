package spelling

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// script is a way of writing, as far as it decides how letters are read.
type script uint8

const (
	scriptNone script = iota // no letter: a break between words
	scriptSkip               // a mark or a control: no break, and not read
	scriptDigit
	scriptLatin
	scriptGreek
	scriptCyrillic
	scriptArabic
	scriptHan
	scriptHangul
	scriptKana
	scriptTable // read letter by letter from one small table
)

// scriptOf says how r is read.
func scriptOf(r rune) script {
	switch {
	case r < 0x80:
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z':
			return scriptLatin
		case '0' <= r && r <= '9':
			return scriptDigit
		case r == '\'', r == '`':
			return scriptSkip
		}
		return scriptNone
	case r < 0x370:
		if 0x300 <= r || 0x2b0 <= r && r <= 0x2ff || r == 0xb4 || r == 0xad {
			return scriptSkip
		}
		return letterOr(r, scriptLatin)
	case r < 0x400:
		return letterOr(r, scriptGreek)
	case r < 0x530:
		return letterOr(r, scriptCyrillic)
	case 0x600 <= r && r < 0x780:
		return arabicOrDigit(r)
	}
	return scriptFar(r)
}

// scriptFar is scriptOf for the scripts that are rarer here.
func scriptFar(r rune) script {
	switch {
	case r == 0x2018 || r == 0x2019 || r == 0x201b || r == 0x2032 || r == 0xff07 || r == 0x55f3 || r == 0x5f3:
		return scriptSkip
	case unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Mn, r):
		if 0x900 <= r && r < 0xe80 {
			return scriptTable
		}
		return scriptSkip
	case 0x1e00 <= r && r < 0x1f00 || 0xa720 <= r && r < 0xa800 || 0x1d00 <= r && r < 0x1dc0:
		return letterOr(r, scriptLatin)
	case 0x1f00 <= r && r < 0x2000:
		return letterOr(r, scriptGreek)
	case 0x3040 <= r && r < 0x3100:
		return letterOr(r, scriptKana)
	case 0xac00 <= r && r <= 0xd7a3:
		return scriptHangul
	case r == 0x3007, unicode.Is(unicode.Han, r):
		return scriptHan
	case unicode.IsLetter(r), unicode.Is(unicode.Mc, r):
		return scriptTable
	case unicode.IsDigit(r):
		return scriptDigit
	}
	return scriptNone
}

func letterOr(r rune, s script) script {
	if unicode.IsLetter(r) {
		return s
	}
	if unicode.IsMark(r) {
		return scriptSkip
	}
	return scriptNone
}

func arabicOrDigit(r rune) script {
	switch {
	case r == 0x640 || unicode.IsMark(r) || unicode.Is(unicode.Cf, r):
		return scriptSkip
	case unicode.IsDigit(r):
		return scriptDigit
	case unicode.IsLetter(r):
		return scriptArabic
	}
	return scriptNone
}

// digitOf is the value of a decimal digit of any script.
func digitOf(r rune) byte {
	if r < 0x80 {
		return byte(r) //nolint:gosec // below 0x80
	}
	n := rune(0)
	for n < 9 && unicode.IsDigit(r-n-1) { // digits stand in rows of ten
		n++
	}
	return byte('0' + n)
}

// latinRangeMax ends the letters that have a place in the Latin table.
const latinRangeMax = 0x2b0

// latinLetters is what the Latin letters beyond a–z are written as, without marks.
func latinLetters() [latinRangeMax]string {
	var table [latinRangeMax]string
	for r := rune(0xc0); r < latinRangeMax; r++ {
		table[r] = unmarked(r)
	}
	for _, pair := range strings.Fields("ßss øo ØO æae Æae œoe Œoe đd Đd ðd Ðd łl Łl þth Þth ıi ħh Ħh ŋng Ŋng ŧt Ŧt ƒf əa Əa ɑa ɡg ƶz ĸk ʃsh ʒzh ɛe ɔo ƙk ɓb ɗd ƴy") {
		r, size := utf8.DecodeRuneInString(pair)
		table[r] = strings.ToLower(pair[size:])
	}
	return table
}

// unmarked is the a–z letters that remain of r when its marks are taken away.
func unmarked(r rune) string {
	var b strings.Builder
	for _, c := range norm.NFKD.String(strings.ToLower(string(r))) {
		if 'a' <= c && c <= 'z' {
			b.WriteRune(c)
		}
	}
	return b.String()
}

// lookalikes are letters of other alphabets that look like a Latin one; the first
// rune of each pair is Greek or Cyrillic.
const lookalikes = "аa вb еe кk мm нh оo рp сc тt уy хx іi јj ѕs ԁd ԛq ԝw һh ӏl ԍg гr пn иu ѵv зz бb αa βb εe ζz ηn ικ ιi κk μu νv οo ρp τt υy χx γy ωw σo ιi"

// lookalikeTable maps a lower-case Greek or Cyrillic letter to its Latin twin.
func lookalikeTable() map[rune]byte {
	table := map[rune]byte{}
	for _, pair := range strings.Fields(lookalikes) {
		r, size := utf8.DecodeRuneInString(pair)
		if rest := pair[size:]; len(rest) == 1 {
			table[r] = rest[0]
		}
	}
	return table
}
