package identity_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"fondaco/internal/trade/identity"
)

// knownVAT are numbers that companies print on their pages, one country a line.
// A star says that every wrong digit is noticed; in the others the country's own
// rule lets some through.
const knownVAT = `
AT * ATU13585627 ATU55795009
BE * BE0403170701 BE0428759497
CH * CHE116281710 CHE105829940MWST CHE100155212
DE * DE136695976 DE129274202 DE129273398
DK * DK13585628 DK22756214
ES * ESA28015865 ESA39000013 ESB58378431
FI * FI01120389 FI20774740
FR - FR40303265045 FR59542051180 FR10632012100 FRK7399859412
GB - GB980780684 GB220430231 GB569953277 GBGD499 GBHA500 XI980780684
IE * IE6388047V IE6433435F IE8D79739I
IT * IT00743110157 IT00905811006
LU * LU15027442 LU26375245 LU20260743
NL - NL004495445B01 NL002455799B11 NL123456789B13
PL * PL8567346215 PL7740001454
PT - PT501964843 PT500697256
SE - SE123456789701 SE556016068001 SE556012579001
`

func TestVATNumbersThatCompaniesPrintAreAccepted(t *testing.T) {
	t.Parallel()
	for line := range strings.Lines(strings.TrimSpace(knownVAT)) {
		words := strings.Fields(line)
		for _, n := range words[2:] {
			if !identity.IsVAT(n) {
				t.Errorf("%s is refused", n)
			}
			passed, tried := 0, 0
			for i := 2; i < len(n); i++ {
				for d := byte('0'); d <= '9'; d++ {
					if n[i] >= '0' && n[i] <= '9' && n[i] != d {
						tried++
						if identity.IsVAT(n[:i] + string(d) + n[i+1:]) {
							passed++
						}
					}
				}
			}
			if words[1] == "*" && passed > 0 {
				t.Errorf("%s: %d of %d wrong digits pass", n, passed, tried)
			}
			if passed*4 > tried && !strings.HasPrefix(n, "GBGD") && !strings.HasPrefix(n, "GBHA") {
				t.Errorf("%s: as many as %d of %d wrong digits pass", n, passed, tried)
			}
		}
	}
}

func TestWhatIsNoVATNumberIsRefused(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		"", "D", "DE", "DE0", "136695976", "de136695976", "DE13669597", "DE1366959766", "DE13669597X", "DE000000000", "DE029274202", "XX12345678", "EU372000041", "UK980780684",
		"ATU1358562", "AT13585627", "BE2403170701", "BE403170701", "CH116281710", "CHE116281710XYZ", "CHE116281711", "ESI28015865", "ES00000000A", "ESA2801586A", "ESN28015865",
		"FRIO303265045", "FR41303265045", "FR40303265046", "GBGD500", "GBHA499", "GB000000000", "IE6388047W", "IE6388047VZ", "IT00000000000", "LU15027443", "NL004495445C01", "NL004495446B01",
		"PL8567346216", "PT001964843", "SE556016068000", "SE556016068101", "GR123456789", "EL12345678", "RO1", "NO1", "DE13669597６",
	} {
		if identity.IsVAT(bad) {
			t.Errorf("%q is accepted", bad)
		}
	}
	for _, good := range []string{"BG123456789", "CY12345678X", "CZ12345678", "EE123456789", "EL123456789", "HR12345678901", "HU12345678", "LT123456789", "LV12345678901", "MT12345678", "RO12", "SI12345678", "SK1234567890", "NO123456789MVA", "TR1234567890"} {
		if !identity.IsVAT(good) {
			t.Errorf("%q has the form of its country and is refused", good)
		}
	}
}

func TestIdentifiersOfCompaniesAreCheckedToTheLastDigit(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		is   func(string) bool
		good []string
		bad  []string
	}{
		"LEI": {
			is:   identity.IsLEI,
			good: []string{"549300BYIOZP5U0LN442", "529900JWVN1VFAI10U61", "213800HY3Z8VE6A5MX68"},
			bad:  []string{"", "549300BYIOZP5U0LN44", "549300BYIOZP5U0LN4422", "549300byiozp5u0ln442", "549300BYIOZP5U0LN4A2", "549300BYIOZP5U0L-442", "５49300BYIOZP5U0LN", "00000000000000000000"},
		},
		"USCC": {
			is:   identity.IsUSCC,
			good: []string{"91110000600037341L", "91110106076601507N", "91370220MA3PBK173K"},
			bad:  []string{"", "91110000600037341", "91110000600037341LL", "91110000600037341l", "9111000060003734IL", "9111000060003734４"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, n := range tt.good {
				if !tt.is(n) {
					t.Errorf("%s is refused", n)
				}
				for i := range n {
					if n[i] > '9' {
						continue // a digit for a letter is two wrong digits to modulo 97
					}
					for c := byte('0'); c <= '9'; c++ {
						if wrong := n[:i] + string(c) + n[i+1:]; wrong != n && tt.is(wrong) {
							t.Errorf("%s passes for %s", wrong, n)
						}
					}
				}
			}
			for _, n := range tt.bad {
				if tt.is(n) {
					t.Errorf("%q is accepted", n)
				}
			}
		})
	}
}

// TestNumbersOfPublishedListsFit reads the identifiers that the public lists of
// the United States Treasury and Commerce print with their kind and country. A
// few are misprinted there, so four of five must fit.
func TestNumbersOfPublishedListsFit(t *testing.T) {
	t.Parallel()
	root := os.Getenv("FONDACO_DATA")
	if root == "" {
		t.Skip("FONDACO_DATA names no folder of reference data")
	}
	var text strings.Builder
	for _, name := range []string{"sdn.csv", "sdn_comments.csv", "cons_prim.csv", "cons_comments.csv"} {
		b, err := os.ReadFile(filepath.Join(root, "lists", name))
		if err != nil {
			t.Skip("the lists are not at $FONDACO_DATA/lists")
		}
		text.Write(b)
	}
	plain := strings.NewReplacer(".", "", "-", "", " ", "")
	vat := func(prefix string) func(string) bool {
		return func(s string) bool { return identity.IsVAT(prefix + strings.TrimPrefix(s, prefix)) }
	}
	for _, tt := range []struct {
		name, pattern string
		is            func(string) bool
		least         int
	}{
		{"unified social credit codes", `\(USCC\) ([0-9A-Z]{18})\b`, identity.IsUSCC, 100},
		{"LEIs", `(?:Legal Entity Number|LEI) ([0-9A-Z]{20})\b`, identity.IsLEI, 1},
		{"German VAT", `(?:V\.A\.T\. Number|Tax ID No\.) (DE *[0-9]+) \(Germany`, vat("DE"), 9},
		{"Belgian VAT", `(?:V\.A\.T\. Number|Enterprise Number) ((?:BE)?0[0-9.]+) \(Belgium`, vat("BE"), 9},
		{"Swiss UID", `(?:V\.A\.T\. Number|Tax ID No\.) (CHE-[0-9.]+) \(Switz`, vat("CH"), 2},
		{"Austrian VAT", `(ATU[0-9]+) \(Austria`, vat("AT"), 3},
		{"Finnish VAT", `(?:V\.A\.T\. Number|Tax ID No\.) ((?:FI)?[0-9]{7}-?[0-9]) \(Finland`, vat("FI"), 4},
		{"Spanish NIF", `(?:C\.I\.F\.|V\.A\.T\. Number|Tax ID No\.) ((?:ES)?[A-Z][0-9]{8}) \(Spain`, vat("ES"), 5},
		{"Italian VAT", `(?:V\.A\.T\. Number|Tax ID No\.) ((?:IT)?[0-9]{11}) \(Italy`, vat("IT"), 2},
		{"Luxembourg VAT", `V\.A\.T\. Number (LU *[0-9]+) \(Lux`, vat("LU"), 2},
		{"Polish VAT", `V\.A\.T\. Number ([0-9]{10}) \(Poland`, vat("PL"), 1},
		{"British VAT", `V\.A\.T\. Number (GB[0-9]+) \(United K`, vat("GB"), 1},
		{"Irish VAT", `Tax ID No\. (IE[0-9A-Z]+) \(Ireland`, vat("IE"), 1},
		{"Dutch numbers", `(?:Legal Entity Number|Tax ID No\.) ([0-9]{9}) \(Neth`, func(s string) bool { return identity.IsVAT("NL" + s + "B01") }, 15},
		// A SIREN has no key in the lists; it fits if exactly one key of digits fits it.
		{"French SIREN", `Tax ID No\. ([0-9]{9}) \(France`, hasFrenchKey, 5},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			seen := map[string]bool{}
			var misfits []string
			for _, m := range regexp.MustCompile(tt.pattern).FindAllStringSubmatch(text.String(), -1) {
				n := plain.Replace(m[1])
				if seen[n] {
					continue
				}
				seen[n] = true
				if !tt.is(n) {
					misfits = append(misfits, n)
				}
			}
			t.Logf("%d read, these do not fit: %q", len(seen), misfits)
			if len(seen) < tt.least || len(misfits)*5 > len(seen) {
				t.Errorf("%d read, at least %d wanted; these do not fit: %q", len(seen), tt.least, misfits)
			}
		})
	}
}

func hasFrenchKey(siren string) bool {
	keys := 0
	for a := '0'; a <= '9'; a++ {
		for b := '0'; b <= '9'; b++ {
			if identity.IsVAT("FR" + string([]rune{a, b}) + siren) {
				keys++
			}
		}
	}
	return keys == 1
}
