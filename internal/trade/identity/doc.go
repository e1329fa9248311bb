// Package identity says who acts: organisations (parties), the people who act
// for them, and the offices of the house.
//
// It decides whether a party may be registered as described. It does not verify
// that the description is true, and it does not authenticate anybody: an
// [Actor] is a statement made by a caller who has already done so.
package identity
