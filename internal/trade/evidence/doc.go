// Package evidence makes what happened provable: it turns facts into bytes that
// have one spelling, bytes into leaves of an append-only Merkle tree, and the
// tree into short proofs that anyone can check without trusting the house.
//
// # What it decides
//
//   - The one spelling of a document: [CanonicalJSON] (RFC 8785).
//   - The one spelling of a log entry: [Entry.Bytes] and its exact inverse
//     [ParseEntry].
//   - How a payload is bound to its entry without being in it: [Commit].
//   - The shape of the tree (RFC 6962, section 2.1): [Tree], [RootAt],
//     [ProveInclusion], [ProveInRoot], [ProveConsistency] and their verifiers.
//   - What a checkpoint says (C2SP tlog-checkpoint): [Checkpoint].
//   - How the log is cut into files (C2SP tlog-tiles): [Tile], [Bundle].
//
// # How the parts hang together
//
//	payload ──salt──▶ Commit ─▶ Entry.Commitment
//	                              │
//	                              ▼
//	                 Entry.Bytes ─▶ Entry.Leaf ─▶ Tree.Append ─▶ stored hashes
//	                                                   │
//	                                                   ▼
//	                                Tree.Root ─▶ Checkpoint.Text ─▶ signed note
//
// A payload can be erased: its salt and bytes go, the commitment stays, and
// every proof over the entry still holds. Without the salt the commitment says
// nothing about the payload, even when only few payloads are possible.
//
// # Invariants
//
//   - Two different documents never have the same canonical bytes, and one
//     document never has two.
//   - ParseEntry(b) succeeds only if the entry it returns encodes to b.
//   - A Tree of size n, however it was built, has the root RootAt(n) computes
//     from the stored hashes, and appending never changes a stored hash.
//   - A proof verifies only for the leaf, place, size and root it was made for.
//
// # Stored hashes
//
// Hashes are stored in the order of golang.org/x/mod/sumdb/tlog: leaf n comes
// with every subtree it completes, at consecutive indexes. A table of
// (index, hash) is all the tree needs; appending leaf n inserts one to 64 rows
// and changes none.
//
// # What it does not do
//
// It reads no clock, no disk, no network and no randomness. It holds no keys:
// signing, publishing and walking a whole log are the notary's work. It does
// not know what a payload means.
package evidence
