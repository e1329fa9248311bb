// Package sim plays whole trades against a real house in a world made from one
// seed, breaks that world at chosen points, and checks what must be true after.
//
//	seed ─▶ users, bank, carriers ─▶ House ─▶ disk (faults) ─▶ store on SQLite
//	  │         wrong, hostile,       ▲            │ crash: the files as they were
//	  │         stale, repeated       │ worker     ▼
//	  └──▶ clock: on, far on,         └────── opened again ─▶ examined
//	       set forward, set back
//
// The house, its committer, its worker and its store are those of the product.
// Made from the seed are the users of every role, the outside bank, the publisher of a
// sanction list that names and clears the companies as it likes, the clock, the salts and the ids. Faults strike at named points: before and after each commit,
// in the middle of its writing, before and after each order to the bank, before
// and after a message of the outbox or a setting is marked. A crash takes the files
// as they are at that point, drops the house, and opens another on the copy. Of a
// crash in the middle of writing, a part of the bytes of the commit under way is
// kept; bytes that were acknowledged are never dropped here, because what a
// real power cut does to those only a real one can show.
//
// What is examined, after each restart and at the end:
//
//   - the log, by the notary and by a second computation of its root that shares
//     no code with the product but the bytes of an entry; it continues every
//     earlier state;
//   - all that is kept twice, by the checks of the house's doctor;
//   - every acknowledged receipt is in the log, once, as it was told; whatever is
//     in the log was asked for; nothing that was refused is there;
//   - every running clock of an open deal is on the schedule, and after the worker
//     has passed nothing is overdue;
//   - what the bank holds for the house is what the ledger says, every order
//     reached the bank, and no payment was made twice;
//   - the same key is answered as it was before;
//   - whoever is held by a case signs nothing and is paid nothing, and nobody is held
//     for a case that is over; a deal that a case has stopped goes on when no case
//     holds either side, and not for a moment before;
//   - every review is shown when both sides have written or the time is over, and not
//     before; no tiding is left out of the standings.
//
// With one user at a time a run is a function of its seed: the same seed on the
// same commit gives the same history, whose hash is told. With several users at a
// time it is not, and the same checks judge it.
//
// The package does not test faces, nor disks: it knows the house from inside.
package sim
