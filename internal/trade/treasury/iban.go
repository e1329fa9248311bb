package treasury

import (
	"strings"

	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
)

// ibanForms says, for each country that has published an IBAN, what follows the
// check digits (ISO 13616): so many digits (n), capitals (a) or either (c).
const ibanForms = "AD 8n12c|AE 19n|AL 8n16c|AT 16n|AZ 4a20c|BA 16n|BE 12n|BG 4a6n8c|BH 4a14c|BI 23n|BR 23n1a1c|BY 4c4n16c|CH 5n12c|CR 18n|CY 8n16c|CZ 20n|" +
	"DE 18n|DJ 23n|DK 14n|DO 4c20n|EE 16n|EG 25n|ES 20n|FI 14n|FK 2a12n|FO 14n|FR 10n11c2n|GB 4a14n|GE 2a16n|GI 4a15c|GL 14n|GR 7n16c|GT 24c|" +
	"HN 4a20n|HR 17n|HU 24n|IE 4a14n|IL 19n|IQ 4a15n|IS 22n|IT 1a10n12c|JO 4a4n18c|KW 4a22c|KZ 3n13c|LB 4n20c|LC 4a24c|LI 5n12c|LT 16n|LU 3n13c|" +
	"LV 4a13c|LY 21n|MC 10n11c2n|MD 20c|ME 18n|MK 3n10c2n|MN 16n|MR 23n|MT 4a5n18c|MU 4a19n3a|NI 4a20n|NL 4a10n|NO 11n|OM 3n16c|PK 4a16c|PL 24n|" +
	"PS 4a21c|PT 21n|QA 4a21c|RO 4a16c|RS 18n|RU 14n15c|SA 2n18c|SC 4a20n3a|SD 14n|SE 20n|SI 15n|SK 20n|SM 1a10n12c|SO 19n|ST 21n|SV 4a20n|TL 19n|" +
	"TN 20n|TR 6n16c|UA 6n19c|VA 18n|VG 4a16n|XK 16n|YE 4a4n18c"

// ibanTerritories are the countries of ISO 3166-1 whose banks use another
// country's IBAN.
const ibanTerritories = "AXFI BLFR GFFR GPFR MFFR MQFR NCFR PFFR PMFR REFR TFFR WFFR YTFR GGGB IMGB JEGB SJNO"

// ibanForm is the form of a country's IBAN, or nothing if it has none.
func ibanForm(country string) string {
	for entry := range strings.SplitSeq(ibanForms, "|") {
		if c, form, _ := strings.Cut(entry, " "); c == country {
			return form
		}
	}
	return ""
}

// hasForm reports whether s is as a form of ibanForms says, from end to end.
func hasForm(s, form string) bool {
	count := 0
	for i := range len(form) {
		if isDigit(form[i]) {
			count = count*10 + int(form[i]-'0')
			continue
		}
		if count > len(s) {
			return false
		}
		for j := range count {
			if form[i] == 'n' && !isDigit(s[j]) || form[i] == 'a' && isDigit(s[j]) {
				return false
			}
		}
		s, count = s[count:], 0
	}
	return s == ""
}

// banksOf is the country whose IBAN the country's banks use: mostly itself.
func banksOf(country string) string {
	for _, entry := range strings.Fields(ibanTerritories) {
		if entry[:2] == country {
			return entry[2:]
		}
	}
	return country
}

// CheckIBAN answers the compact form of an IBAN (ISO 13616): no spaces, capitals.
// It fails with treasury.bad_iban if country, length, characters or check digits are wrong.
func CheckIBAN(s string) (string, error) {
	iban, ok := compact(s)
	if !ok || len(iban) <= 4 || ibanForm(iban[:2]) == "" || !hasForm(iban[2:], "2n"+ibanForm(iban[:2])) {
		return "", badIBAN()
	}
	// ISO 7064 MOD 97-10 gives check digits from 02 to 98; the others are the
	// same remainders written twice.
	if check := iban[2:4]; check < "02" || check > "98" || mod97(iban[4:]+iban[:4]) != 1 {
		return "", badIBAN()
	}
	return iban, nil
}

// mod97 is the remainder of the number that s writes with A as 10 to Z as 35.
func mod97(s string) int {
	rest := 0
	for i := range len(s) {
		if isDigit(s[i]) {
			rest = (rest*10 + int(s[i]-'0')) % 97
		} else {
			rest = (rest*100 + int(s[i]-'A') + 10) % 97
		}
	}
	return rest
}

// CheckBIC answers the compact form of a BIC (ISO 9362): eight or eleven capitals
// and digits with a country in the middle. It fails with treasury.bad_bic.
func CheckBIC(s string) (string, error) {
	bic, ok := compact(s)
	if !ok || len(bic) != 8 && len(bic) != 11 {
		return "", badBIC()
	}
	if country := bic[4:6]; !identity.IsCountry(country) && country != "XK" {
		return "", badBIC()
	}
	return bic, nil
}

// Masked shows the last four characters of an account number only, and fewer of
// a short one, so that never more than half is shown.
func Masked(number string) string {
	shown := []rune(number)
	keep := min(4, len(shown)/2)
	return "•••• " + string(shown[len(shown)-keep:])
}

// numberMax is the longest account number that payment messages carry (ISO 20022, Max34Text).
const (
	numberMin = 4
	numberMax = 34
)

// checkNumber answers the compact form of an account number, and whether it is
// an IBAN. Where a country has an IBAN, nothing else is taken: only an IBAN can
// show that a digit was mistyped.
func checkNumber(s, country string) (number string, isIBAN bool, err error) {
	number, ok := compact(s)
	looksSo := len(number) > 4 && ibanForm(number[:2]) != "" && isDigit(number[2]) && isDigit(number[3])
	if ibanForm(banksOf(country)) != "" || looksSo {
		number, err = CheckIBAN(s)
		if err == nil && number[:2] != banksOf(country) {
			err = otherCountry()
		}
		return number, true, err
	}
	if !ok || len(number) < numberMin || len(number) > numberMax {
		return "", false, fault.New(fault.Invalid, "treasury.bad_number", "An account number has 4 to 34 letters and digits.")
	}
	return number, false, nil
}

// checkBankCode answers the compact form of a BIC of the country. It may be left
// out beside an IBAN, which names the bank itself.
func checkBankCode(s, country string, isIBAN bool) (string, error) {
	if isIBAN && strings.TrimSpace(s) == "" {
		return "", nil
	}
	bic, err := CheckBIC(s)
	if err == nil && banksOf(bic[4:6]) != banksOf(country) {
		return "", otherCountry()
	}
	return bic, err
}

// compact leaves out the spaces and hyphens that people write for legibility, and
// reports whether only capitals and digits of ASCII remain.
func compact(s string) (string, bool) {
	var out strings.Builder
	for _, r := range s {
		switch {
		case r == ' ' || r == '\u00a0' || r == '-':
		case r >= 'a' && r <= 'z':
			out.WriteRune(r - 'a' + 'A')
		case r >= 'A' && r <= 'Z' || r >= '0' && r <= '9':
			out.WriteRune(r)
		default:
			return "", false
		}
	}
	return out.String(), true
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func badIBAN() error {
	return fault.New(fault.Invalid, "treasury.bad_iban", "This is not a valid IBAN. Check each character.")
}

func badBIC() error {
	return fault.New(fault.Invalid, "treasury.bad_bic", "This is not a valid BIC. It has 8 or 11 characters.")
}

func otherCountry() error {
	return fault.New(fault.Invalid, "treasury.other_country", "This names a bank in another country than the account's.")
}
