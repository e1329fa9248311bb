// Package store keeps the house in a database: the facts, the ledger, the views
// that pages read, the clocks, the outbox, the people and what they come in by, and
// the lists that companies are checked against.
//
// # What it decides
//
// Nothing of the trade. It decides what is durable: a [Store] writes a whole
// batch in one transaction or nothing of it, and it refuses what would break
// the ledger or the evidence even when the caller is not the house:
//
//	batch ─▶ rows added up ─▶ end of the log held ─▶ placed ─▶ facts ─▶ transfers, entries ─▶ balances ─▶ views ─▶ COMMIT ─▶ ack
//	              │                                              │              │                │                    │
//	          sums not zero                     number known  taken version   closed twice    version moved        sums not zero
//	         ledger.not_zero                  store.conflict  store.conflict  store.conflict  store.conflict      ledger.constraint
//
// # Several houses on one database
//
// Who appends holds the end of the log from before the first read until the commit
// is durable: on SQLite the file's one write lock, on PostgreSQL an advisory lock.
// Under it the batch hears where it begins. Accounts that others have moved since
// the batch was decided are read again, and its balances and entries shifted by the
// difference: a credit is right whatever was there before, and only what would be
// overdrawn now is a conflict. So nodes do not fight over an account that all pay into.
//
// # Invariants, each held by the database itself
//
//   - Events, tree hashes, transfers, entries, answers, refusals, tracking numbers,
//     lines of activity, versions of lists and checkpoints are added and never changed or removed.
//   - A version of a stream, an account's version and an idempotency key are
//     taken once. A pending transfer is closed once, by one that repeats it.
//   - No account but a rail goes below what is reserved of it; a rail is never
//     above zero. An entry continues the entry before it, a balance repeats the
//     last entry, and after every commit the entries of each currency sum to zero.
//   - An address, as it is compared, belongs to one person. A secret and a session
//     are never given to another person, and a session that has ended never lives again.
//   - A ticket is taken once.
//   - A commit that was acknowledged survives the loss of power.
//
// # Errors
//
// Driver errors are told apart by their codes, never by their text:
// Conflict store.conflict (somebody else has written, or a key or number is not new), Internal ledger.constraint
// (a rule of money or evidence was about to be broken), Internal store.constraint
// (a rule of another table), Conflict people.email_taken, Unavailable store.unavailable
// (disk, lock or connection), Internal store.broken (a statement is wrong).
//
// # What it does not do
//
// It reads no clock but for the expiry of browsers' visits, decides no rights, and
// looks into no secret, ticket, document or list: they are bytes to it. Backends share the
// queries; what differs between them is in the migrations, in how rows are written (writer.go for SQLite, pipeline.go for
// PostgreSQL) and in how errors are read. The guards are the same rules under the
// same names; PostgreSQL checks a statement as a whole where SQLite looks at each row.
package store
