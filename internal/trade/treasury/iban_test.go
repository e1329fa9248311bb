package treasury_test

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"fondaco/internal/fault"
	"fondaco/internal/trade/treasury"
)

// ibans are examples that banks and the registry print, one of each country.
func ibans() []string {
	return strings.Fields(`AD1200012030200359100100 AE070331234567890123456 AL47212110090000000235698741 AT611904300234573201
		AZ21NABZ00000000137010001944 BA391290079401028494 BE68539007547034 BG80BNBG96611020345678 BH67BMAG00001299123456
		BR1800360305000010009795493C1 BY13NBRB3600900000002Z00AB00 CH9300762011623852957 CR05015202001026284066 CY17002001280000001200527600
		CZ6508000000192000145399 DE89370400440532013000 DK5000400440116243 DO28BAGR00000001212453611324 EE382200221020145685
		EG380019000500000000263180002 ES9121000418450200051332 FI2112345600000785 FO6264600001631634 FR1420041010050500013M02606
		GB29NWBK60161331926819 GE29NB0000000101904917 GI75NWBK000000007099453 GL8964710001000206 GR1601101250000000012300695
		GT82TRAJ01020000001210029690 HR1210010051863000160 HU42117730161111101800000000 IE29AIBK93115212345678 IL620108000000099999999
		IQ98NBIQ850123456789012 IS140159260076545510730339 IT60X0542811101000000123456 JO94CBJO0010000000000131000302
		KW81CBKU0000000000001234560101 KZ86125KZT5004100100 LB62099900000001001901229114 LC55HEMM000100010012001200023015
		LI21088100002324013AA LT121000011101001000 LU280019400644750000 LV80BANK0000435195001 LY83002048000020100120361
		MC5811222000010123456789030 MD24AG000225100013104168 ME25505000012345678951 MK07250120000058984 MR1300020001010000123456753
		MT84MALT011000012345MTLCAST001S MU17BOMM0101101030300200000MUR NL91ABNA0417164300 NO9386011117947 PK36SCBL0000001123456702
		PL61109010140000071219812874 PS92PALS000000000400123456702 PT50000201231234567890154 QA58DOHB00001234567890ABCDEFG
		RO49AAAA1B31007593840000 RS35260005601001611379 SA0380000000608010167519 SC18SSCB11010000000000001497USD SD2129010501234001
		SE4550000000058398257466 SI56263300012039086 SK3112000000198742637541 SM86U0322509800000000270100 SV62CENR00000000000000700025
		TL380080012345678910157 TN5910006035183598478831 TR330006100519786457841326 UA213223130000026007233566001 VA59001123000012345678
		VG96VPVG0000012345678901 XK051212012345678906`)
}

func TestPublishedIBANsAreTaken(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, iban := range ibans() {
		seen[iban[:2]] = true
		got, err := treasury.CheckIBAN(iban)
		if err != nil || got != iban {
			t.Errorf("%s gives %q, %v", iban, got, err)
		}
		printed := " " + strings.ToLower(iban[:4]) + " " + iban[4:9] + "\u00a0" + iban[9:] + " "
		if got, err := treasury.CheckIBAN(printed); err != nil || got != iban {
			t.Errorf("%q gives %q, %v", printed, got, err)
		}
	}
	if len(seen) < 75 {
		t.Errorf("only %d countries", len(seen))
	}
}

func TestASlipInAnIBANIsRefused(t *testing.T) {
	t.Parallel()
	for _, iban := range ibans() {
		for i := range len(iban) {
			for _, other := range "0123456789ACMXZ" {
				if slip := iban[:i] + string(other) + iban[i+1:]; slip != iban && i >= 2 && letter(iban[i]) == letter(byte(other)) {
					refusesIBAN(t, slip)
				}
			}
			refusesIBAN(t, iban[:i]+iban[i+1:])
			refusesIBAN(t, iban[:i]+"0"+iban[i:])
			if i >= 4 && i+1 < len(iban) && iban[i] != iban[i+1] && letter(iban[i]) == letter(iban[i+1]) {
				refusesIBAN(t, iban[:i]+string(iban[i+1])+string(iban[i])+iban[i+2:])
			}
		}
	}
	// Each has right check digits, and a letter where its country has digits or the reverse.
	for _, bad := range []string{"AE07033123Z567890123456", "ES9121000418C50200051332", "GB29NWBK601613319268C9", "IE29AIB293115212345678", "PL611090101C0000071219812874", "SC18SS4B11010000000000001497USD"} {
		refusesIBAN(t, bad)
	}
	// The same remainder as the right check digits, written the other way.
	for bad, right := range map[string]string{"DE99370400440532000016": "DE02370400440532000016", "DE01370400440532000034": "DE98370400440532000034", "DE00370400440532000052": "DE97370400440532000052"} {
		refusesIBAN(t, bad)
		if _, err := treasury.CheckIBAN(right); err != nil {
			t.Errorf("%s: %v", right, err)
		}
	}
	for _, bad := range []string{"", " ", "DE", "DE89", "US89370400440532013000", "ZZ89370400440532013000", "DE8937040044053201300O", "ＤＥ89370400440532013000", "DE89370400440532013000;", "DE00370400440532013000"} {
		refusesIBAN(t, bad)
	}
}

func letter(b byte) bool { return b >= 'A' }

func refusesIBAN(t *testing.T, iban string) {
	t.Helper()
	if got, err := treasury.CheckIBAN(iban); fault.CodeOf(err) != "treasury.bad_iban" || fault.KindOf(err) != fault.Invalid || got != "" {
		t.Errorf("%q gives %q, %v", iban, got, err)
	}
}

// TestCheckDigitsAreThoseOfISO7064 compares with the definition in big numbers.
func TestCheckDigitsAreThoseOfISO7064(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		account := rapid.StringMatching(`[A-Z]{4}[0-9]{5}[A-Z0-9]{18}`).Draw(t, "account")
		var digits strings.Builder
		for _, r := range account + "MT00" {
			if r >= 'A' {
				fmt.Fprint(&digits, r-'A'+10)
			} else {
				digits.WriteRune(r)
			}
		}
		n, _ := new(big.Int).SetString(digits.String(), 10)
		right := 98 - new(big.Int).Mod(n, big.NewInt(97)).Int64()
		for check := range int64(100) {
			iban := fmt.Sprintf("MT%02d%s", check, account)
			if _, err := treasury.CheckIBAN(iban); (err == nil) != (check == right) {
				t.Fatalf("%s: %v, right is %02d", iban, err, right)
			}
		}
	})
}

func TestABICHasEightOrElevenCharactersAndACountry(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]string{
		"DEUTDEFF": "DEUTDEFF", "DEUTDEFF500": "DEUTDEFF500", " deut de ff ": "DEUTDEFF", "BKCHCNBJ": "BKCHCNBJ", "1234DE22": "1234DE22", "NCBVXKPR": "NCBVXKPR",
		"": "", "DEUT": "", "DEUTDEF": "", "DEUTDEFF5": "", "DEUTDEFF50": "", "DEUTDEFF5000": "", "DEUTZZFF": "", "DEUT1EFF": "", "DEUTDÉFF": "", "DEUTUKFF": "", "DEUT/DEF": "",
	} {
		got, err := treasury.CheckBIC(written)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q gives %q, %v; want %q", written, got, err, want)
		}
		if err != nil && (fault.CodeOf(err) != "treasury.bad_bic" || fault.KindOf(err) != fault.Invalid) {
			t.Errorf("%q: %+v", written, err)
		}
	}
}

func TestAMaskedNumberShowsItsLastFourAtMost(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]string{
		"DE89370400440532013000": "•••• 3000", "12345678": "•••• 5678", "1234567": "•••• 567", "1234": "•••• 34", "1": "•••• ", "": "•••• ",
	} {
		if got := treasury.Masked(number); got != want {
			t.Errorf("%q is shown as %q, want %q", number, got, want)
		}
	}
}

func FuzzCheckIBAN(f *testing.F) {
	for _, iban := range ibans() {
		f.Add(iban)
	}
	f.Add("de89 3704-0044")
	f.Fuzz(func(t *testing.T, s string) {
		iban, err := treasury.CheckIBAN(s)
		if err != nil {
			if iban != "" || fault.CodeOf(err) != "treasury.bad_iban" {
				t.Fatalf("%q gives %q, %v", s, iban, err)
			}
			return
		}
		if again, err := treasury.CheckIBAN(iban); err != nil || again != iban || len(iban) < 15 || len(iban) > 34 || strings.ToUpper(iban) != iban {
			t.Fatalf("%q gives %q, then %q, %v", s, iban, again, err)
		}
	})
}

func FuzzCheckBIC(f *testing.F) {
	f.Add("DEUTDEFF500")
	f.Add("deut-de ff")
	f.Fuzz(func(t *testing.T, s string) {
		bic, err := treasury.CheckBIC(s)
		if err != nil {
			if bic != "" || fault.CodeOf(err) != "treasury.bad_bic" {
				t.Fatalf("%q gives %q, %v", s, bic, err)
			}
			return
		}
		if again, err := treasury.CheckBIC(bic); err != nil || again != bic || len(bic) != 8 && len(bic) != 11 {
			t.Fatalf("%q gives %q, then %q, %v", s, bic, again, err)
		}
	})
}
