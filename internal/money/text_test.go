package money_test

import (
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"fondaco/internal/fault"
	"fondaco/internal/money"
)

func TestParseReadsPlainDecimals(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text, code string
		minor      int64
		refusal    string
	}{
		{"1250.00", "USD", 125000, ""},
		{"1,250.00", "USD", 125000, ""},
		{"1250", "USD", 125000, ""},
		{"1250.5", "USD", 125050, ""},
		{"-3.5", "USD", -350, ""},
		{"0", "USD", 0, ""},
		{"0.07", "USD", 7, ""},
		{"-0.00", "USD", 0, ""},
		{"1,234,567.89", "USD", 123456789, ""},
		{"999", "JPY", 999, ""},
		{"12,345", "JPY", 12345, ""},
		{"1.234", "KWD", 1234, ""},
		{"1.2345", "CLF", 12345, ""},
		{"92233720368547758.07", "USD", math.MaxInt64, ""},
		{"-92233720368547758.08", "USD", math.MinInt64, ""},
		{"92233720368547758.08", "USD", 0, "money.overflow"},
		{"-92233720368547758.09", "USD", 0, "money.overflow"},
		{"9223372036854775807", "USD", 0, "money.overflow"},
		{"18446744073709551616", "JPY", 0, "money.overflow"},
		{"1" + strings.Repeat("0", 5000), "JPY", 0, "money.overflow"},
		{"1.234", "USD", 0, "money.too_precise"},
		{"1.000", "USD", 0, "money.too_precise"},
		{"100.0", "JPY", 0, "money.too_precise"},
		{"", "USD", 0, "money.malformed"},
		{"-", "USD", 0, "money.malformed"},
		{".", "USD", 0, "money.malformed"},
		{".5", "USD", 0, "money.malformed"},
		{"5.", "USD", 0, "money.malformed"},
		{"+5", "USD", 0, "money.malformed"},
		{"--5", "USD", 0, "money.malformed"},
		{"5-", "USD", 0, "money.malformed"},
		{"1e3", "USD", 0, "money.malformed"},
		{" 5", "USD", 0, "money.malformed"},
		{"5 ", "USD", 0, "money.malformed"},
		{"007", "USD", 0, "money.malformed"},
		{"00", "USD", 0, "money.malformed"},
		{"1.2.3", "USD", 0, "money.malformed"},
		{"1.-5", "USD", 0, "money.malformed"},
		{"1,25.00", "USD", 0, "money.malformed"},
		{"12,50", "USD", 0, "money.malformed"},
		{"1,2500", "USD", 0, "money.malformed"},
		{",250", "USD", 0, "money.malformed"},
		{"1,,250", "USD", 0, "money.malformed"},
		{"1,250,", "USD", 0, "money.malformed"},
		{"1234,567", "USD", 0, "money.malformed"},
		{"1.2,5", "USD", 0, "money.malformed"},
		{"0,123", "USD", 0, "money.malformed"},
		{"$5", "USD", 0, "money.malformed"},
		{"USD 5", "USD", 0, "money.malformed"},
		{"１２", "USD", 0, "money.malformed"},
		{"٣", "USD", 0, "money.malformed"},
		{"1_000", "USD", 0, "money.malformed"},
		{"0x10", "USD", 0, "money.malformed"},
		{"NaN", "USD", 0, "money.malformed"},
		{"1\x00", "USD", 0, "money.malformed"},
	} {
		got, err := money.Parse(tt.text, money.MustCurrency(tt.code))
		switch {
		case fault.CodeOf(err) != tt.refusal:
			t.Errorf("%.40q: got %v, %v, want refusal %q", tt.text, got, err, tt.refusal)
		case err == nil && got != money.New(tt.minor, money.MustCurrency(tt.code)):
			t.Errorf("%.40q: got %v, want %d", tt.text, got, tt.minor)
		case err != nil && fault.KindOf(err) != fault.Invalid:
			t.Errorf("%.40q: refused as %s", tt.text, fault.KindOf(err))
		}
	}
	if _, err := money.Parse("5", money.Currency{}); fault.CodeOf(err) != "money.unknown_currency" {
		t.Errorf("no currency: %v", err)
	}
}

func TestAmountsAreWrittenWithAllTheirDecimals(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		minor                  int64
		code, decimal, written string
	}{
		{125000, "USD", "1250.00", "USD 1,250.00"},
		{7, "USD", "0.07", "USD 0.07"},
		{-7, "USD", "-0.07", "USD -0.07"},
		{0, "USD", "0.00", "USD 0.00"},
		{100, "USD", "1.00", "USD 1.00"},
		{99999999, "USD", "999999.99", "USD 999,999.99"},
		{-123456789, "USD", "-1234567.89", "USD -1,234,567.89"},
		{1000, "JPY", "1000", "JPY 1,000"},
		{0, "JPY", "0", "JPY 0"},
		{5, "KWD", "0.005", "KWD 0.005"},
		{10000, "CLF", "1.0000", "CLF 1.0000"},
		{math.MinInt64, "USD", "-92233720368547758.08", "USD -92,233,720,368,547,758.08"},
		{math.MaxInt64, "JPY", "9223372036854775807", "JPY 9,223,372,036,854,775,807"},
	} {
		a := money.New(tt.minor, money.MustCurrency(tt.code))
		if a.Decimal() != tt.decimal || a.String() != tt.written {
			t.Errorf("got %q and %q, want %q and %q", a.Decimal(), a, tt.decimal, tt.written)
		}
	}
	if got := (money.Amount{}).String(); got != "(no currency) 0" {
		t.Errorf("the zero amount is %q", got)
	}
}

func TestWhatIsWrittenReadsBackInEveryCurrency(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		minor := drawMinor().Draw(t, "minor")
		for _, c := range money.Currencies() {
			a := money.New(minor, c)
			for _, text := range []string{a.Decimal(), strings.TrimPrefix(a.String(), c.Code()+" ")} {
				if got, err := money.Parse(text, c); err != nil || got != a {
					t.Fatalf("%v written %q reads as %v, %v", a, text, got, err)
				}
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"1,250.00", "-0.07", "92233720368547758.08", "1.234", "00", ",", "-", "1,2,3"} {
		f.Add(text, "USD")
		f.Add(text, "JPY")
		f.Add(text, "CLF")
	}
	f.Fuzz(func(t *testing.T, text, code string) {
		c, err := money.ParseCurrency(code)
		if err != nil {
			t.Skip()
		}
		a, err := money.Parse(text, c)
		if err != nil {
			if fault.KindOf(err) != fault.Invalid || !a.Currency().IsZero() {
				t.Fatalf("%q: %v, %+v", text, a, err)
			}
			return
		}
		// What was accepted is exactly the number a plain reader of decimals sees.
		want, ok := new(big.Rat).SetString(strings.ReplaceAll(text, ",", ""))
		unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(c.Exponent())), nil)
		if !ok || want.Cmp(new(big.Rat).SetFrac(big.NewInt(a.Minor()), unit)) != 0 {
			t.Fatalf("%q was read as %q", text, a.Decimal())
		}
	})
}
