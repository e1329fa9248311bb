// Package assurance is what the house does: the use cases of parties, deals,
// money and evidence, on top of the pure rules in internal/trade.
//
// Every write takes one path:
//
//	face ─ command + actor ─▶ House ─▶ committer: load ─▶ Decide (pure) ─▶ one Batch ─▶ Journal.Commit ─▶ answer
//
// The committer decides in one goroutine. While one batch is being written it
// decides whatever arrives, in that order, on top of what is being written, and
// then writes all those decisions in one transaction. Each caller is answered only
// when that is durable. A refused command leaves no trace but a line in the audit
// log, and never harms the others.
//
// Several houses may work on one database, each with its own committer. Before it
// decides, a committer looks what the others have appended to the log, and forgets
// what it knew of those streams and accounts. Places in the log are given inside
// the transaction, when nobody else can append; a decision that rested on what
// others have changed meanwhile is taken again.
//
// What pages ask for at once of a company with many open deals is kept in memory and in
// step with each commit, for as long as nobody else has written (agenda.go). What a house
// was down for is told to a deal when somebody asks for it, and to the others in the
// background (outage.go).
//
// The package owns the ports that adapters implement: [Journal], [Views],
// [Schedule], [People], [Doors], [Diary], [Archive], [Rail], [Bank], [Clock],
// [Passkeys], [SSO], [Mailer], [Places], [Sealer]. It authorises: the actor is an
// explicit argument of every use case, never fished out of a context.
//
// What moves money to another, or changes who may, is a [Deed]: the house works out
// what it would do, people sign exactly that ([House.Prepare], [House.Agree]), and
// the command is refused unless it still is what was signed.
//
// Invariants:
//
//   - an acknowledged command is durable, and found exactly once;
//   - time in a stream never runs backwards;
//   - the same idempotency key of the same caller is one command for ever;
//   - after a failed ledger or evidence assertion nothing is written until a
//     person resumes ([House.Halted], [House.Resume]); reads go on.
//
// It does not speak HTTP, SQL or HTML, and it holds no rule of trade.
package assurance
