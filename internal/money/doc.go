// Package money is whole amounts of real currencies.
//
// It decides what an amount is: an int64 count of minor units (cents, yen,
// fils) and one ISO 4217 currency. There are no floats and no silent rounding:
// what does not fit is refused, what must be rounded names its Rounding, and
// what is divided is split so that the parts sum exactly to the whole.
//
// Invariants:
//   - Two currencies never mix: arithmetic refuses (money.currency_mismatch),
//     comparison asserts.
//   - Nothing wraps: a result outside int64 is refused (money.overflow).
//   - Split gives nothing to a weight of zero and never loses or makes a unit.
//   - Parse(a.Decimal(), a.Currency()) is a, for every a.
//   - JSON is exactly {"amount":125000,"currency":"USD"}: an integer of minor
//     units, both keys, no others.
//
// The zero Amount has no currency and belongs nowhere: it cannot be added,
// parsed or written as JSON. Amount.IsZero speaks of the count only, so the
// JSON option omitzero would drop an honest zero; do not use it on amounts.
//
// It does not convert between currencies and knows no rates, names of
// currencies, or local formats; String is for logs, English text and tests.
package money
