package money

import (
	"slices"
	"strings"

	"fondaco/internal/fault"
)

// The active codes of ISO 4217 list one, by the number of decimals of their
// minor unit. Codes without a minor unit (metals, bond units, XDR, test codes)
// are not currencies to settle in and are left out. State of 2026: ANG became
// XCG in 2025, CUC was withdrawn in 2021, BGN gave way to EUR in 2026.
const (
	decimals0 = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"

	decimals2 = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP " +
		"BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB " +
		"EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES " +
		"KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR " +
		"MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD " +
		"RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP " +
		"TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG"

	decimals3 = "BHD IQD JOD KWD LYD OMR TND"

	decimals4 = "CLF UYW"
)

// Currency is one active ISO 4217 currency. The zero Currency is no currency.
// Currencies compare with ==.
type Currency struct {
	code string
}

// ParseCurrency returns the currency of an exact upper-case code; any other
// text is Invalid money.unknown_currency.
func ParseCurrency(code string) (Currency, error) {
	if listed, _, ok := lookup(code); ok {
		return Currency{code: listed}, nil
	}
	return Currency{}, unknownCurrency()
}

// MustCurrency is ParseCurrency for codes written in the source; it asserts
// that the code is known.
func MustCurrency(code string) Currency {
	c, err := ParseCurrency(code)
	fault.Assert(err == nil, "money.unknown_currency", "a currency written in the source is not in ISO 4217")
	return c
}

// Code returns the three letters, "" for the zero Currency.
func (c Currency) Code() string { return c.code }

// String returns the three letters, "" for the zero Currency.
func (c Currency) String() string { return c.code }

// IsZero reports whether c is no currency.
func (c Currency) IsZero() bool { return c.code == "" }

// Exponent returns the number of decimals of the minor unit: 0, 2, 3 or 4.
func (c Currency) Exponent() int {
	_, exponent, _ := lookup(c.code)
	return exponent
}

// MarshalText returns the code; the zero Currency is Invalid money.unknown_currency.
func (c Currency) MarshalText() ([]byte, error) {
	if c.IsZero() {
		return nil, unknownCurrency()
	}
	return []byte(c.code), nil
}

// UnmarshalText is ParseCurrency; on an error c is unchanged.
func (c *Currency) UnmarshalText(text []byte) error {
	parsed, err := ParseCurrency(string(text))
	if err != nil {
		return err
	}
	*c = parsed
	return nil
}

// Currencies returns every active currency, sorted by code.
func Currencies() []Currency {
	codes := strings.Fields(decimals0 + " " + decimals2 + " " + decimals3 + " " + decimals4)
	slices.Sort(codes)
	all := make([]Currency, len(codes))
	for i, code := range codes {
		all[i] = MustCurrency(code)
	}
	return all
}

// lookup finds a code in the table and returns the table's own copy of it, so
// that a Currency never keeps the text it was parsed from alive.
func lookup(code string) (listed string, exponent int, ok bool) {
	if len(code) != 3 || strings.Contains(code, " ") {
		return "", 0, false
	}
	// A match of three characters without a space can only be a whole word.
	for _, row := range [...]struct {
		codes    string
		exponent int
	}{{decimals2, 2}, {decimals0, 0}, {decimals3, 3}, {decimals4, 4}} {
		if at := strings.Index(row.codes, code); at >= 0 {
			return row.codes[at : at+3], row.exponent, true
		}
	}
	return "", 0, false
}

func unknownCurrency() *fault.Error {
	return fault.New(fault.Invalid, "money.unknown_currency", "the currency is not an active ISO 4217 code")
}
