// Package treasury follows money across the door of the house: deposits that a
// rail has booked, and payouts that a rail is asked to make.
//
//	deposit:  booked ─▶ matched (all of it held or kept for a deal)
//	             └────▶ suspense ─▶ assigned to a party, or returned to its sender
//
//	payout:   instructed ─▶ sent ─▶ settled
//	             │             └──▶ returned (the money is the party's again)
//	             └─▶ cancelled, or expired when the rail never took it
//
//	account:  proposed ─▶ waiting (the hold) ─▶ current ─▶ replaced
//	             └────────────┴──▶ cancelled or refused
//
// Every booked deposit passes through suspense, so that money whose owner is
// unknown is never anybody's by accident. A deposit's surplus waits there for a
// person of the treasury, or for its clock, which gives it back to the sender.
//
// A payout is reserved (pending) while the rail has not taken it, in transit
// (posted to its own account) once it has, and gone when the rail says settled. A
// payout the rail has taken has no clock: only the rail knows where the money is,
// and guessing would pay twice. The list of payouts shows it as sent until the
// rail speaks.
//
// A payout goes to the party's current payout account. The holder's name is held
// against the company's, a second person approves, the hold is never under 72
// hours, and all payouts of the party wait meanwhile. At most one account of a
// party is current, and at most one is on its way.
package treasury
