package identity

import (
	"strings"
)

// usccLength is the length of a unified social credit code.
const usccLength = 18

// bare leaves out the blanks, dots, hyphens and slashes that people write
// between groups, and writes letters as capitals.
func bare(s string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if strings.ContainsRune(" .-/\u00a0", r) {
			return -1
		}
		return r
	}, s))
}

// IsLEI reports whether s is a Legal Entity Identifier of ISO 17442: 18 letters
// and digits, and two check digits by ISO 7064 mod 97-10.
func IsLEI(s string) bool {
	if len(s) != 20 || !isDigits(s[18:]) {
		return false
	}
	rest, ok := mod97(s)
	return ok && rest == 1
}

// IsUSCC reports whether s is a unified social credit code of GB 32100-2015: 18
// characters of which the last checks the others modulo 31.
func IsUSCC(s string) bool {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	if len(s) != usccLength {
		return false
	}
	sum, weight := 0, 1
	for i := range usccLength - 1 {
		v := strings.IndexByte(alphabet, s[i])
		if v < 0 {
			return false
		}
		sum += v * weight
		weight = weight * 3 % 31
	}
	return strings.IndexByte(alphabet, s[usccLength-1]) == (31-sum%31)%31
}

// mod97 reads digits as themselves and letters as 10 to 35, and answers the
// remainder of the whole by 97. ok is false for any other character.
func mod97(s string) (rest int, ok bool) {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			rest = (rest*10 + int(c-'0')) % 97
		case c >= 'A' && c <= 'Z':
			rest = (rest*100 + int(c-'A') + 10) % 97
		default:
			return 0, false
		}
	}
	return rest, true
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
