// Package escrow decides when held money may move, and how much of it.
//
// A [Holding] is the money of one deal, tranche by tranche. Each unit of it is in
// exactly one place at a time:
//
//	         Fund                Release
//	due ───────────▶ held ───────────────────▶ released (seller) + fee + penalty
//	                 │  ▲ Thaw                 (the penalty goes to the buyer)
//	          Freeze ▼  │
//	                frozen ──────────────────▶ released / refunded
//	                 │            Split
//	                held ────────────────────▶ refunded (buyer)
//	                              Refund
//
// Invariants, checked by Balanced after every step:
//
//   - funded = held + released + refunded + fees, tranche by tranche;
//   - 0 ≤ frozen ≤ held;
//   - the frozen part of a tranche is the sum of what its claims froze.
//
// A claim freezes only the disputed amount; the rest of the deal keeps its clock.
// Money leaves only as [Movement] values, and only to the two sides and the
// house fee. This package keeps no accounts: package ledger does.
package escrow
