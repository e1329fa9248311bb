// Package deal conducts one trade from the first draft to the last unit of money.
//
//	        Offer        both Sign      Fund       Ship         proof or word      Accept or lapse
//	draft ────────▶ offered ──────▶ agreed ────▶ funded ────▶ shipped ────────▶ delivered ────────▶ closed
//	  │ Withdraw       │ Counter ⟲     │ lapse      │ lapse      │ lapse              │
//	  ▼                ▼ lapse         ▼            ▼            ▼                    ▼
//	closed: cancelled, expired, refunded, completed, or settled when a claim decided
//
// Over these phases lie claims (package dispute, each with its own stage), a
// proposed amendment, a request to cancel, and a freeze by compliance.
//
// [Decide] is given the state, a command and the moment, and answers a [Decision]:
// events, transfers and the state after them, or a refusal that changes nothing.
// [State.Apply] folds one event. [State.Deadlines] lists every running clock, and
// [State.Obligations] says who owes what by when and what happens if nobody acts.
//
// Commands only state facts. What follows for the money is worked out afterwards
// from the state alone, by one function (consequences): release a tranche whose
// trigger is met, divide what a claim decided, refund a deal that was called off,
// close a deal that holds nothing more. While a deal is frozen that function
// answers nothing, so no path can pay a frozen deal.
//
// Invariants:
//
//   - money in = held + released + refunded + fees, after every command;
//   - each unit leaves once, to the buyer, the seller or the house fee;
//   - in every state that holds money and is not frozen, time alone leads to an end;
//   - a claim filed up to and including the instant of a deadline is before its lapse;
//   - the buyer's inspection never ends while a claim by the seller is open, and
//     begins anew after it;
//   - neither side can use up what the other may do: claims are counted for each
//     side, and only scans count against scans;
//   - a refusal changes nothing.
//
// The package does not know how money or goods travel, who may speak for a
// company, or what the pages say.
package deal
