// Package contract holds the terms of one trade as data: parties, goods, price,
// delivery, payment, remedies, law. What is filled in here is what both parties
// sign, together with the house's clocks and fee (package deal, Agreement).
//
// Canonical form: JSON by RFC 8785 ([Terms.Canonical]). Any change gives other
// bytes, so another hash, and so voids every signature on the old one.
//
// Invariants of terms that [Terms.Check] passes:
//
//   - the buyer is not the seller;
//   - every amount is positive and in the one currency of the contract;
//   - goods + freight + insurance = the sum of the tranches, to the minor unit;
//   - delivery is not promised before shipment.
//
// A date in a contract ends at 24:00 UTC of that day, for both parties, wherever
// they are. This package does not know which deal the terms belong to, and it
// has no opinion on whether the bargain is good.
package contract
