// Package atlas walks through every state that a deal can reach and checks the
// promises of the house on the way. It runs the real deal.Decide, not a model.
//
//	start ─▶ every command × every actor × every instant that matters
//	           │ refused: by the right kind of refusal, and nothing changed
//	           ▼ accepted: the promises hold
//	         new abstract state? ── yes ─▶ kept with one concrete example, walked later
//
// Time is unbounded and amounts are many, so states are told apart by a key
// without absolute times or amounts: phase, signatures, what each tranche holds,
// consignments, claims with their stages, and the order in which the running
// clocks will end. A [Config] bounds what could go on for ever (claims, offers,
// freezes); a command beyond a bound is still tried and checked, only the state
// behind it is not walked on from.
//
// The instants tried are now, and one microsecond before, at, and one after each
// running deadline.
//
// Promises checked at every step:
//
//   - money in = held + paid + refunded + fees, in the escrow and in the ledger;
//   - a frozen deal pays nobody; a closed deal holds nothing and takes no command;
//   - who has no right to a command is refused as Forbidden or NotFound;
//   - a clock lapses strictly after its instant, and whoever acts at it is in time;
//   - the events, written and read again, fold to the same state;
//   - wherever money is held and the deal is not frozen, clocks alone lead to the end.
//
// The walk goes breadth first, so the path of a [Failure] is as short as any. The
// same walk yields the drawings of the deal and of its claims ([Graph]).
//
// The package decides nothing and is not part of a running house.
package atlas
