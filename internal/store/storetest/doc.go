// Package storetest says what every database behind the house must do. A
// backend passes by calling [Run] from its tests with a way to open itself.
//
// It decides nothing and holds no SQL of the backends but for [Backend.Around],
// which speaks to the database behind the store's back: what the house promises
// must hold against its operator's slips too.
//
// A [Scribe] writes batches as the committer does: numbered records with their
// tree hashes, transfers with the entries and balances that a ledger's book
// gives. Benchmarks use it too.
package storetest
