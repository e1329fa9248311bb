// Package assurance is what the house does: the use cases of parties, deals,
// money and evidence, on top of the pure rules in internal/trade.
//
// Every write takes one path:
//
//	face ─ command + actor ─▶ House ─▶ committer: load ─▶ Decide (pure) ─▶ one Batch ─▶ Journal.Commit ─▶ answer
//
// The committer is one goroutine. It takes whatever commands wait while the
// previous commit is in flight, decides them in the order in which they arrived
// (later ones see the results of earlier ones), and writes all their decisions in
// one transaction. Each caller is answered only when that is durable. A refused
// command leaves no trace but a line in the audit log, and never harms the others.
//
// The package owns the ports that adapters implement: [Journal], [Views],
// [Schedule], [People], [Archive], [Rail], [Bank], [Clock]. It authorises: the
// actor is an explicit argument of every use case, never fished out of a context.
//
// Invariants:
//
//   - an acknowledged command is durable, and found exactly once;
//   - time in the log never runs backwards;
//   - the same idempotency key of the same caller is one command for ever;
//   - after a failed ledger or evidence assertion nothing is written until a
//     person resumes ([House.Halted], [House.Resume]); reads go on.
//
// It does not speak HTTP, SQL or HTML, and it holds no rule of trade.
package assurance
