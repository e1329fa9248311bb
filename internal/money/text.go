package money

import (
	"math/bits"
	"strconv"
	"strings"

	"fondaco/internal/fault"
)

// Parse reads major units in plain decimal, such as "1250.00", "1,250.00" or
// "-3.5". The point is the decimal mark, commas may group the whole part by
// threes (all groups or none), and no sign but a leading "-" is read. It is
// Invalid money.malformed, money.too_precise when there are more decimals than
// the currency has, money.overflow, or money.unknown_currency for no currency.
func Parse(text string, c Currency) (Amount, error) {
	if c.IsZero() {
		return Amount{}, unknownCurrency()
	}
	digits, negative := strings.CutPrefix(text, "-")
	whole, fraction, hasPoint := strings.Cut(digits, ".")
	if hasPoint && !isDigits(fraction) {
		return Amount{}, malformed()
	}
	whole, ok := ungroup(whole)
	if !ok {
		return Amount{}, malformed()
	}
	exponent := c.Exponent()
	if len(fraction) > exponent {
		return Amount{}, fault.New(fault.Invalid, "money.too_precise", "{currency} has at most {decimals} decimals").
			With("currency", c.code).With("decimals", strconv.Itoa(exponent))
	}
	var size uint64
	for _, d := range []byte(whole + fraction + strings.Repeat("0", exponent-len(fraction))) {
		hi, lo := bits.Mul64(size, 10)
		sum, carry := bits.Add64(lo, uint64(d-'0'), 0)
		if hi != 0 || carry != 0 {
			return Amount{}, overflow()
		}
		size = sum
	}
	minor, ok := signed(size, negative)
	if !ok {
		return Amount{}, overflow()
	}
	return New(minor, c), nil
}

// Decimal returns the amount in major units with all its decimals and no
// grouping, such as "1250.00".
func (a Amount) Decimal() string {
	sign, whole, fraction := a.digits()
	return sign + whole + fraction
}

// String returns the code and the grouped amount, such as "USD 1,250.00".
func (a Amount) String() string {
	sign, whole, fraction := a.digits()
	code := a.currency.code
	if code == "" {
		code = "(no currency)"
	}
	return code + " " + sign + group(whole) + fraction
}

// digits returns the sign, the whole part, and the decimals with their point.
func (a Amount) digits() (sign, whole, fraction string) {
	if a.minor < 0 {
		sign = "-"
	}
	exponent := a.currency.Exponent()
	all := strconv.FormatUint(magnitude(a.minor), 10)
	if exponent == 0 {
		return sign, all, ""
	}
	if missing := exponent + 1 - len(all); missing > 0 {
		all = strings.Repeat("0", missing) + all
	}
	point := len(all) - exponent
	return sign, all[:point], "." + all[point:]
}

// group puts a comma before every third digit from the right.
func group(whole string) string {
	var out strings.Builder
	for i, d := range []byte(whole) {
		if i > 0 && (len(whole)-i)%3 == 0 {
			out.WriteByte(',')
		}
		out.WriteByte(d)
	}
	return out.String()
}

// ungroup removes correct grouping and refuses everything but one way to write
// a number: no leading zeros, and commas at every third digit or nowhere.
func ungroup(whole string) (string, bool) {
	plain := strings.ReplaceAll(whole, ",", "")
	if !isDigits(plain) || (len(plain) > 1 && plain[0] == '0') {
		return "", false
	}
	return plain, whole == plain || whole == group(plain)
}

func isDigits(text string) bool {
	for _, b := range []byte(text) {
		if b < '0' || b > '9' {
			return false
		}
	}
	return text != ""
}

func malformed() *fault.Error {
	return fault.New(fault.Invalid, "money.malformed", "this is not an amount of money")
}
