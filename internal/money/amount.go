package money

import (
	"cmp"
	"math"
	"math/bits"
	"slices"

	"fondaco/internal/fault"
)

// Amount is a signed count of minor units of one currency. Amounts compare
// with ==. The zero Amount has no currency.
type Amount struct {
	minor    int64
	currency Currency
}

// Rounding says what becomes of a fraction of a minor unit.
type Rounding uint8

const (
	// Down drops the fraction, toward zero.
	Down Rounding = iota
	// HalfUp rounds to the nearest unit, a half away from zero.
	HalfUp
	// Up rounds any fraction away from zero.
	Up
)

// New returns minor units of c.
func New(minor int64, c Currency) Amount { return Amount{minor: minor, currency: c} }

// Zero returns nothing of c.
func Zero(c Currency) Amount { return Amount{currency: c} }

// Sum adds the amounts, all of currency c. It is Invalid money.currency_mismatch
// when one is of another, money.overflow when the total does not fit; the order
// of the amounts does not matter.
func Sum(c Currency, amounts ...Amount) (Amount, error) {
	if c.IsZero() {
		return Amount{}, unknownCurrency()
	}
	var hi, lo uint64 // a 128-bit two's complement number
	for _, a := range amounts {
		if a.currency != c {
			return Amount{}, mismatch(c, a.currency)
		}
		var carry uint64
		lo, carry = bits.Add64(lo, uint64(a.minor), 0)     //nolint:gosec // two's complement is meant
		hi, _ = bits.Add64(hi, uint64(a.minor>>63), carry) //nolint:gosec // the sign, spread over the upper half
	}
	if total := int64(lo); hi == uint64(total>>63) {
		return New(total, c), nil
	}
	return Amount{}, overflow()
}

// Minor returns the count of minor units.
func (a Amount) Minor() int64 { return a.minor }

// Currency returns the currency of the amount.
func (a Amount) Currency() Currency { return a.currency }

// Sign returns -1, 0 or 1.
func (a Amount) Sign() int { return cmp.Compare(a.minor, 0) }

// IsZero reports whether the count is zero, whatever the currency.
func (a Amount) IsZero() bool { return a.minor == 0 }

// IsPositive reports whether the count is above zero.
func (a Amount) IsPositive() bool { return a.minor > 0 }

// Add returns a+b. It is Invalid money.currency_mismatch or money.overflow.
func (a Amount) Add(b Amount) (Amount, error) {
	if err := a.mixes(b); err != nil {
		return Amount{}, err
	}
	sum := a.minor + b.minor
	if (sum > a.minor) != (b.minor > 0) {
		return Amount{}, overflow()
	}
	return New(sum, a.currency), nil
}

// Sub returns a-b. It is Invalid money.currency_mismatch or money.overflow.
func (a Amount) Sub(b Amount) (Amount, error) {
	if err := a.mixes(b); err != nil {
		return Amount{}, err
	}
	difference := a.minor - b.minor
	if (difference < a.minor) != (b.minor > 0) {
		return Amount{}, overflow()
	}
	return New(difference, a.currency), nil
}

// Neg returns -a. It is Invalid money.overflow for the least int64.
func (a Amount) Neg() (Amount, error) {
	if a.minor == math.MinInt64 {
		return Amount{}, overflow()
	}
	return New(-a.minor, a.currency), nil
}

// Mul returns a·n. It is Invalid money.overflow.
func (a Amount) Mul(n int64) (Amount, error) { return a.MulRatio(n, 1, Down) }

// MulRatio returns a·num/den, the product exact in 128 bits and the quotient
// rounded by r. It is Invalid money.zero_divisor or money.overflow.
func (a Amount) MulRatio(num, den int64, r Rounding) (Amount, error) {
	if den == 0 {
		return Amount{}, fault.New(fault.Invalid, "money.zero_divisor", "an amount cannot be divided by zero")
	}
	negative := (a.minor < 0) != (num < 0) != (den < 0)
	divisor := magnitude(den)
	hi, lo := bits.Mul64(magnitude(a.minor), magnitude(num))
	if hi >= divisor {
		return Amount{}, overflow()
	}
	quotient, remainder := bits.Div64(hi, lo, divisor)
	if roundsUp(r, remainder, divisor) {
		if quotient == math.MaxUint64 {
			return Amount{}, overflow()
		}
		quotient++
	}
	minor, ok := signed(quotient, negative)
	if !ok {
		return Amount{}, overflow()
	}
	return New(minor, a.currency), nil
}

// Compare returns -1, 0 or 1 as a is less than, equal to or more than b. It
// asserts that both are of one currency.
func (a Amount) Compare(b Amount) int {
	fault.Assert(a.currency == b.currency, "money.currency_mismatch", "amounts of two currencies were compared")
	return cmp.Compare(a.minor, b.minor)
}

// Less reports whether a is less than b; it asserts one currency.
func (a Amount) Less(b Amount) bool { return a.Compare(b) < 0 }

// Min returns the lesser of a and b; it asserts one currency.
func (a Amount) Min(b Amount) Amount {
	if b.Less(a) {
		return b
	}
	return a
}

// Split divides a by the weights, the largest remainders first and ties to the
// earlier, so that the parts sum exactly to a. It is Invalid money.bad_weights
// when a weight is negative or none is positive, money.overflow when the
// weights do not sum within 64 bits.
func (a Amount) Split(weights ...int64) ([]Amount, error) {
	var total uint64
	for _, w := range weights {
		if w < 0 {
			return nil, badWeights()
		}
		var carry uint64
		if total, carry = bits.Add64(total, uint64(w), 0); carry != 0 {
			return nil, overflow()
		}
	}
	if total == 0 {
		return nil, badWeights()
	}
	whole, negative := magnitude(a.minor), a.minor < 0
	shares := make([]uint64, len(weights))
	remainders := make([]uint64, len(weights))
	order := make([]int, len(weights))
	left := whole
	for i, w := range weights {
		hi, lo := bits.Mul64(whole, uint64(w))               //nolint:gosec // weights below zero were refused above
		shares[i], remainders[i] = bits.Div64(hi, lo, total) // hi < total, for w ≤ total and whole < 2⁶⁴
		left -= shares[i]
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(remainders[j], remainders[i]) })
	for _, i := range order[:left] {
		shares[i]++
	}
	parts := make([]Amount, len(weights))
	for i, share := range shares {
		minor, ok := signed(share, negative)
		fault.Assert(ok, "money.split", "a part is larger than the whole")
		parts[i] = New(minor, a.currency)
	}
	return parts, nil
}

// mixes refuses arithmetic between two currencies or without one.
func (a Amount) mixes(b Amount) error {
	if a.currency != b.currency || a.currency.IsZero() {
		return mismatch(a.currency, b.currency)
	}
	return nil
}

func roundsUp(r Rounding, remainder, divisor uint64) bool {
	switch r {
	case Up:
		return remainder > 0
	case HalfUp:
		return remainder >= divisor-remainder // twice the remainder could overflow
	case Down:
		return false
	}
	fault.Assert(false, "money.rounding", "the rounding is not one of Down, HalfUp, Up")
	return false
}

// magnitude is |n|, right for the least int64 too.
func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n) //nolint:gosec // two's complement is meant
	}
	return uint64(n)
}

// signed puts a sign on a magnitude and reports whether it fits int64.
func signed(size uint64, negative bool) (int64, bool) {
	if negative {
		return int64(-size), size <= 1<<63 //nolint:gosec // the second result says whether it fits
	}
	return int64(size), size <= math.MaxInt64 //nolint:gosec // the second result says whether it fits
}

func overflow() *fault.Error {
	return fault.New(fault.Invalid, "money.overflow", "the amount is too large")
}

func badWeights() *fault.Error {
	return fault.New(fault.Invalid, "money.bad_weights", "shares must not be negative and at least one must be positive")
}

func mismatch(a, b Currency) *fault.Error {
	return fault.New(fault.Invalid, "money.currency_mismatch", "{a} and {b} cannot be mixed").
		With("a", named(a)).With("b", named(b))
}

func named(c Currency) string {
	if c.IsZero() {
		return "no currency"
	}
	return c.code
}

// Share is bps basis points (hundredths of a percent, 0 to 10,000) of minor units
// that are not negative; both are asserted. It never overflows.
func Share(minor, bps int64, r Rounding) int64 {
	const whole = 10_000
	fault.Assert(minor >= 0 && bps >= 0 && bps <= whole, "money.share", "a share lies between nothing and the whole")
	rest := minor % whole * bps
	switch r {
	case Down:
	case HalfUp:
		rest += whole / 2
	case Up:
		rest += whole - 1
	}
	return minor/whole*bps + rest/whole
}
