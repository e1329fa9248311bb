// Package notary speaks for the evidence log to the outside: it signs what the
// log is, publishes it in files anyone can fetch, and walks it end to end to
// say whether it is still what was signed.
//
// # What it decides
//
//   - Which statement the house signs: [Notary.Checkpoint], a C2SP signed note
//     over the newest durable size.
//   - What strangers may fetch and how long they may keep it: [Notary.Handler],
//     after C2SP tlog-tiles.
//   - Whether a log, with its payloads, is the one that earlier checkpoints
//     stated, and what exactly differs: [Verify].
//   - Where the key lives: [LoadOrCreateKey].
//   - What else the key may sign: texts under a first line of their own, which
//     says that they are none of the log's ([Seal]).
//
// # How a difference is told apart
//
// Three things repeat each other, so a change in one shows against the others:
//
//	payload ──commitment── entry ──leaf── stored hashes ──root── checkpoint
//	      payload_changed     │  entry_changed   │   checkpoint_inconsistent
//	                          │  entry_missing   │
//	                          │  order_changed   │
//	                          └─ hash_changed ───┘
//
// Where an entry and its stored leaf disagree, the audit path up to the newest
// checkpoint (or, without one, the stored root) says which of them is right.
// Whoever rewrites all three in step is caught by a checkpoint that somebody
// kept, and by nothing else: keep checkpoints away from the house.
//
// # Invariants
//
//   - A Notary never signs two logs of which neither continues the other: before
//     it signs, the last state it signed must still be a beginning of the log.
//   - A full tile never changes, so it may be kept forever.
//   - A path that names nothing is answered 404, never with a server error.
//   - Verify changes nothing and reads each row a bounded number of times.
//
// # What it does not do
//
// It appends nothing; the committer does, through evidence.Tree. It does not
// decide who may see the entries: whoever mounts the handler does. It asks no
// witnesses for cosignatures, but notes that carry them open as well.
package notary
