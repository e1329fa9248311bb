// Package trade is the floor of the business: each folder below it is one
// subject of trade assurance, and this package itself holds no types.
//
// Everything here is pure. A function is given the state, the command and the
// moment, and answers with a decision or a refusal. No clock, no randomness, no
// input or output: a function without a context.Context is how a reader knows.
//
// Sums of money are whole minor units, times are UTC, dates end at 24:00 UTC.
package trade
