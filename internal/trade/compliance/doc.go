// Package compliance decides what becomes of a hit: somebody whom the house
// trades with may be somebody on a list.
//
//	hits ── Weigh ──▶ clear, or a case to open, or a case that holds the party
//
//	           Object, Add
//	       ┌─────────────────┐
//	       ▼                 │
//	Open ─▶ opened ─Propose─▶ proposed ─Agree─┬─▶ cleared
//	                                          └─▶ confirmed ─Lift─▶ lifting ─Agree─▶ lifted
//	                                               ▲  ▲               │                │
//	                                               │  └────Object─────┘                │
//	                                               └───Resume: a licence has run out───┘
//
// A [Subject] is one name of one party in one capacity. A [Finding] is what a
// hit was at that time. A case collects the findings of one subject.
//
// Invariants:
//   - A case is closed, and a confirmed case lifted, by two different persons of
//     the compliance office, each with a reason of their own. Nobody who belongs
//     to the party has a say.
//   - A consent is to one proposal, and a proposal to one set of findings: a
//     later finding voids the proposal.
//   - A party that is held stays held until the case is closed, and after that
//     if it is confirmed. Time alone never ends a hold: the clock raises an alarm
//     after two working days, and blocks again when a licence has run out.
//   - A false positive is remembered for one [Pair], which names the subject and
//     the listed entry by what they say. When either says something else the
//     pair is another one, and is asked about again.
//   - The kinds of the events do not say what was found, because kinds stand in
//     the public part of the log.
//
// It does not search (package screening does), it does not freeze deals or
// payouts (whoever records its events does, by [Case.Holds] before and after),
// and it writes no word that a party could read.
package compliance
