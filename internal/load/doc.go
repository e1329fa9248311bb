// Package load is many strangers' programs at once on the public API of a
// sandbox house, and what they remember of its answers.
//
// [Run] lets clients drive whole deals, each from draft to payout. A command
// carries one idempotency key for its whole life. While the house does not answer
// it (a 5xx, a 429, a timeout, a broken connection, half an answer), the client
// asks again with the same key, at any of the house's addresses:
//
//	asked ──2xx──▶ acknowledged ──▶ written down ──▶ the next command
//	  │ └──4xx──▶ refused (the client leaves the deal)
//	  └── no answer until Config.GiveUp ──▶ unknown (the client leaves the deal)
//
// [Check] asks the house afterwards. [Gaps] says how long it was silent.
//
// Invariants:
//
//   - what is acknowledged is in the book of acknowledgements before the client
//     gives its next command, so that the book is never behind what a client relies on;
//   - a read is not an acknowledgement, but the version of a deal that it showed is
//     written down too: what somebody has seen must still be there afterwards;
//   - a command is lost when its key is not answered with the receipt of the first
//     time, or its facts are not in the deal's history. It is doubled when its facts
//     stand there twice, or two keys were given one place in the log.
//
// It does not look into the house: no database, no shared memory. A simulated
// transfer is not a command: the sandbox forgets it when it is killed, and the
// client sends another when no money comes.
package load
