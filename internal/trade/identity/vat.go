package identity

import (
	"strconv"
	"strings"
)

// IsVAT reports whether s, in capitals and without blanks, is a VAT number as
// its country writes it: the country's letters, then a number of the right form.
// Check digits are verified for AT, BE, CH, DE, DK, ES, FI, FR, GB, IE, IT, LU,
// NL, PL, PT, SE and XI; of the other countries only the form is known. A number
// that fits may still belong to nobody, or to somebody else.
func IsVAT(s string) bool {
	if len(s) < 4 {
		return false
	}
	country, number := s[:2], s[2:]
	if forms := vatForms(country); forms != "" {
		return fits(number, forms) && vatChecks(country, number)
	}
	return IsCountry(country) && country != "GR" && len(number) >= 4 && len(number) <= 15 && strings.Trim(number, digits+letters) == ""
}

// fitsVAT reports whether the tax number fits a company of the country. Most
// countries do not put letters in front; of theirs only the form is known, and in
// China the number is the unified social credit code.
func fitsVAT(number, country string) bool {
	if IsVAT(number) {
		return true
	}
	if country == "CN" && len(number) == usccLength {
		return IsUSCC(number)
	}
	if len(number) >= 4 && fits(number[2:], vatForms(number[:2])) {
		return false // another country's number, with a wrong digit
	}
	listed := vatForms(country) != "" || country == "GR"
	return !listed && len(number) >= 4 && len(number) <= 20 && strings.Trim(number, digits+letters) == ""
}

const (
	digits  = "0123456789"
	letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// vatForms are the forms of the number after the country's letters: 9 stands for
// a digit, A for a letter, X for either, + for what Ireland wrote once, and
// every other character for itself.
func vatForms(country string) string {
	switch country {
	case "AT":
		return "U99999999"
	case "BE":
		return "0999999999 1999999999"
	case "BG":
		return "999999999 9999999999"
	case "CH":
		return "E999999999 E999999999MWST E999999999TVA E999999999IVA E999999999TPV"
	case "CY":
		return "99999999A"
	case "CZ":
		return "99999999 999999999 9999999999"
	case "DE", "EE", "EL", "PT":
		return "999999999"
	case "DK", "FI", "HU", "LU", "MT", "SI":
		return "99999999"
	case "ES":
		return "X9999999X"
	case "FR":
		return "XX999999999"
	case "GB", "XI":
		return "999999999 999999999999 GD999 HA999"
	case "HR", "IT", "LV":
		return "99999999999"
	case "IE":
		return "9999999A 9999999AA 9X99999A 9+99999A 9*99999A"
	case "LT":
		return "999999999 999999999999"
	case "NL":
		return "999999999B99"
	case "PL", "SK":
		return "9999999999"
	case "RO":
		return "99 999 9999 99999 999999 9999999 99999999 999999999 9999999999"
	case "SE":
		return "999999999999"
	}
	return ""
}

// fits reports whether s has one of the forms.
func fits(s, forms string) bool {
	for form := range strings.FieldsSeq(forms) {
		if len(s) != len(form) {
			continue
		}
		ok := true
		for i := range len(s) {
			switch form[i] {
			case '9':
				ok = ok && strings.IndexByte(digits, s[i]) >= 0
			case 'A':
				ok = ok && strings.IndexByte(letters, s[i]) >= 0
			case 'X':
				ok = ok && strings.IndexByte(digits+letters, s[i]) >= 0
			default:
				ok = ok && s[i] == form[i]
			}
		}
		if ok {
			return true
		}
	}
	return false
}

// vatChecks verifies the check digits of a number whose form fits.
func vatChecks(country, n string) bool {
	switch country {
	case "AT":
		return (luhnSum(n[1:8], true)+4+digit(n, 8))%10 == 0
	case "BE":
		return 97-whole(n[:8])%97 == whole(n[8:])
	case "CH":
		// A remainder of 1 would need the check digit 10; such numbers are not given out.
		return weighed(n[1:10], 5, 4, 3, 2, 7, 6, 5, 4, 1)%11 == 0
	case "DE":
		return n[0] != '0' && mod11and10(n)
	case "DK":
		return n[0] != '0' && weighed(n, 2, 7, 6, 5, 4, 3, 2, 1)%11 == 0
	case "ES":
		return spanish(n)
	case "FI":
		return weighed(n, 7, 9, 10, 5, 8, 4, 2, 1)%11 == 0
	case "FR":
		return french(n)
	case "GB", "XI":
		return british(n)
	case "IE":
		return irish(n)
	case "IT":
		return whole(n[:7]) != 0 && luhn(n)
	case "LU":
		return whole(n[:6])%89 == whole(n[6:])
	case "NL":
		return dutch(n)
	case "PL":
		return weighed(n[:9], 6, 5, 7, 2, 3, 4, 5, 6, 7)%11 == digit(n, 9)
	case "PT":
		return n[0] != '0' && (11-weighed(n[:8], 9, 8, 7, 6, 5, 4, 3, 2)%11)%11%10 == digit(n, 8)
	case "SE":
		return whole(n[10:]) >= 1 && luhn(n[:10])
	}
	return true
}

// french verifies the key before a SIREN, which has a Luhn digit of its own
// except in Monaco. A key of digits is 12 + 3·SIREN modulo 97; a key with letters
// counts in base 34 from where the digits end.
func french(n string) bool {
	siren := n[2:]
	if !strings.HasPrefix(siren, "000") && !luhn(siren) {
		return false
	}
	if isDigits(n[:2]) {
		return (12+3*(whole(siren)%97))%97 == whole(n[:2])
	}
	const alphabet = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
	first, second := strings.IndexByte(alphabet, n[0]), strings.IndexByte(alphabet, n[1])
	if first < 0 || second < 0 {
		return false
	}
	key := first*34 + second - 100
	if first < 10 {
		key = first*24 + second - 10
	}
	return (whole(siren)+1+key/11)%11 == key%11
}

// spanish verifies a NIF: of a citizen (digits and a letter), of a foreigner
// (X, Y or Z first), or of a body (another letter first, then a digit or letter
// that checks).
func spanish(n string) bool {
	const citizens, bodies = "TRWAGMYFPDXBNJZSQVHLCKE", "JABCDEFGHI"
	middle, last := n[1:8], n[8]
	switch first := n[0]; {
	case first >= '0' && first <= '9':
		return last == citizens[whole(n[:8])%23]
	case strings.IndexByte("XYZ", first) >= 0:
		return last == citizens[(int(first-'X')*10_000_000+whole(middle))%23]
	case strings.IndexByte("KLM", first) >= 0:
		return last == citizens[whole(middle)%23]
	case strings.IndexByte("ABCDEFGHJNPQRSUVW", first) >= 0:
		check := (10 - luhnSum(middle, false)%10) % 10
		asDigit, asLetter := last == byte('0'+check), last == bodies[check]
		switch {
		case strings.IndexByte("ABEH", first) >= 0:
			return asDigit
		case strings.IndexByte("NPQRSW", first) >= 0:
			return asLetter
		}
		return asDigit || asLetter
	}
	return false
}

// british verifies a number by one of its two moduli; departments (GD) and
// health authorities (HA) have ranges instead.
func british(n string) bool {
	switch {
	case strings.HasPrefix(n, "GD"):
		return whole(n[2:]) < 500
	case strings.HasPrefix(n, "HA"):
		return whole(n[2:]) >= 500
	}
	sum := weighed(n[:7], 8, 7, 6, 5, 4, 3, 2) + whole(n[7:9])
	return whole(n[:7]) != 0 && (sum%97 == 0 || (sum+55)%97 == 0)
}

// irish verifies the letter after seven digits; a second letter counts nine
// times. The older form has a letter or sign in the second place.
func irish(n string) bool {
	const alphabet = "WABCDEFGHIJKLMNOPQRSTUV"
	if !isDigits(n[:7]) {
		n = "0" + n[2:7] + n[:1] + n[7:]
	}
	sum := weighed(n[:7], 8, 7, 6, 5, 4, 3, 2)
	if len(n) == 9 {
		second := strings.IndexByte(alphabet, n[8])
		if second < 0 || second > 9 {
			return false
		}
		sum += 9 * second
	}
	return n[7] == alphabet[sum%23]
}

// dutch verifies the number of a body (modulo 11) or, since 2020, of a sole
// trader (the whole with its letters, modulo 97).
func dutch(n string) bool {
	if weighed(n[:8], 9, 8, 7, 6, 5, 4, 3, 2)%11 == digit(n, 8) && whole(n[:9]) != 0 {
		return true
	}
	rest, ok := mod97("NL" + n)
	return ok && rest == 1
}

// mod11and10 is ISO 7064 mod 11,10: the last digit checks those before it.
func mod11and10(n string) bool {
	product := 10
	for i := range len(n) - 1 {
		sum := (digit(n, i) + product) % 10
		if sum == 0 {
			sum = 10
		}
		product = 2 * sum % 11
	}
	return (product+digit(n, len(n)-1))%10 == 1
}

// luhn reports whether the last digit is the Luhn digit of those before it
// (ISO/IEC 7812-1, annex B).
func luhn(n string) bool {
	return luhnSum(n, len(n)%2 == 1)%10 == 0
}

// luhnSum adds the digits, of which every second counts double, and a double of
// two digits as their sum. plainFirst says that the first one counts once.
func luhnSum(n string, plainFirst bool) int {
	sum := 0
	for i := range len(n) {
		d := digit(n, i)
		if (i%2 == 0) != plainFirst {
			d *= 2
		}
		sum += d/10 + d%10
	}
	return sum
}

func weighed(n string, weights ...int) int {
	sum := 0
	for i, w := range weights {
		sum += digit(n, i) * w
	}
	return sum
}

func digit(n string, i int) int { return int(n[i] - '0') }

// whole is the value of up to twelve digits.
func whole(n string) int {
	v, err := strconv.Atoi(n)
	if err != nil {
		return -1
	}
	return v
}
