// Package worker keeps the house moving when nobody acts: it ends deadlines,
// carries out the outbox, and watches the house's own clock.
//
// One pass, [Worker.Step], always in this order:
//
//	this node leads? ─no─▶ keep the house's heartbeat from looking dead, and nothing else
//	   │ yes; if it did not before: take up what the old leader had in hand
//	   ▼
//	clock trusted? ─no─▶ no deadline lapses until an administrator says so
//	   │ yes
//	   ▼
//	outage unfinished? ─▶ tell it to every deal first; the house serves meanwhile, and
//	   │                  a deal that somebody asks for has heard of it by then
//	   │
//	   ▼
//	due clocks ─▶ House.Lapse, until none is left
//	   │
//	   ▼
//	outbox: payout.auto ─▶ House.Withdraw      payout.send ─▶ Rail.Send      mail.send ─▶ Mailer.Send
//	   │       done │ failed: again, with growing waits │ given up: dead, with its last error
//	   ▼
//	heartbeat
//
// Invariants:
//
//   - a clock lapses strictly after its instant, by the house's clock, and only
//     while that clock is trusted and every recorded outage has reached every deal;
//   - a message is carried out at least once. Rails and the house know a repetition
//     by its key, so that it is one payment;
//   - one clock or message that fails is reported and left for the next pass; it
//     never stops the others and is never tried twice in one pass;
//   - mails come last in a pass and take a bounded part of it, so that a mail server
//     that is slow or down holds up neither deadlines nor payouts;
//   - a payout that has nowhere to go stays with the company, and one whose account
//     is on hold waits: neither is given up;
//   - the heartbeat is written only while the clock is trusted, so that after a
//     restart or an alarm the span since the last one counts as an outage and every
//     deadline is lengthened by it.
//
// A jump guard compares the machine's clock with its monotonic clock: one that has
// been set forward by more than JumpMax since the start raises the alarm. It sees steps
// within the life of the process; over a restart only OutageMax stands between a
// wrong clock and the deadlines. A sandbox is exempt, because its clock moves by command.
//
// Of several nodes on one database one leads at a time. Two that lead for a moment
// are harmless: every act is known by its key or by the version of its stream, and
// a pause told twice counts once. The heartbeat is the house's, not the node's: a
// lead that moves is no outage, and neither is a leader that hangs while another
// node serves. A node that does not lead writes it only while it is late and not yet
// an outage, so that it can never hide one.
//
// Retries wait on the house's clock; a test clock that stands still lets them wait.
//
// The package holds no rule of trade: what a lapse does is decided by package deal.
package worker
