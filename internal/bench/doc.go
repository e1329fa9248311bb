// Package bench measures the house: how many commands a second it makes durable,
// how long each takes, and what each costs on disk, beside two yardsticks of the
// same run on the same database.
//
//	Deals ── many clients, each with deals of its own, in a closed loop:
//	   │     draft · offer · sign · sign · fund · ship · confirm receipt · accept
//	   ├─ the same with one command in each commit
//	   ├─ rows of the same size, inserted 1,000 to a transaction
//	   └─ verify: every acknowledged command is there, and nothing else
//
//	Fill ─── a large house by the same commands, then the same questions asked of it
//	         and of a small one, in turns
//
//	Overload ─ several times what the house can do arrives by a plan, from a process of
//	         its own: how long money waits, who is turned away, and what is left
//
//	Screening ── listed names are altered and strangers invented: how many of the first
//	         are found at which share of the second, and how fast
//
//	LoginRisk ── synthetic people sign in, synthetic attackers try between: how often
//	         owners are doubted when nearly all attacks are noticed
//
// Invariants: only acknowledged commands count; every answer is remembered and
// compared with what is stored at the end; a house that somebody uses is never
// written to, because each bench makes a database of its own and removes it.
//
// The package does not decide what is fast enough, and does not run a worker: the
// messages that payouts leave in the outbox stay there.
package bench
