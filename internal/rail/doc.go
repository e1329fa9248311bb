// Package rail holds the payment rails of the house. Today there is one, and it
// is a SIMULATION: the [Sandbox] moves no money. It plays the bank of buyers and
// sellers, so that every path of the house can be walked without one.
//
//	Simulate ─▶ waits ─▶ booked ──notice──▶ House.BookDeposit
//	              └────▶ rejected (nothing is booked)
//
//	Send ─▶ queued ──"sent"──▶ accepted by the house ─▶ paid ──"settled"──▶ done
//	                    │                         └───▶ given back ──"returned"──▶ done
//	                    └─▶ refused by the house (cancelled, expired) ─▶ dropped
//
// Everything happens later, on a goroutine of the rail's own, never in the call.
//
// Invariants:
//
//   - no payout is paid before the house has accepted that it is sent, so that one
//     which was cancelled or has expired is never paid;
//   - one payout id is one payment, however often it is sent;
//   - a notice whose outcome is unknown is told again, unchanged, with growing
//     waits, until the house accepts or refuses it. The house knows a repeated
//     notice by its reference.
//
// The sandbox forgets everything when its process ends. Payouts are found again
// in the house's own books by [Sandbox.Recover]; transfers that were simulated and
// not booked yet are lost, as nobody's real money can be.
//
// A rail with real money behind it (a bank by ISO 20022 messages, or Stripe) will
// stand beside the sandbox as another type of this package with the same Send, the
// same notices and the same invariants, but with its provider's books instead of a memory.
package rail
