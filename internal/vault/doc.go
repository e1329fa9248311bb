// Package vault keeps the house's secrets unreadable at rest: the seeds of
// authenticator apps, and the links in mails that wait.
//
//	plain ─ Seal(context) ─▶ version ‖ nonce ‖ AES-256-GCM(plain), bound to the context
//	sealed ─ Open(context) ─▶ plain, or vault.unreadable
//
// The key is a file of the operator beside the database, made once, readable by
// its owner alone. Whoever has the database without the key reads nothing; whoever
// has both reads everything. A lost key cannot be made again: people then enrol
// their authenticator apps anew, and nothing else is lost.
//
// The context says what a secret is (its name): one that is moved elsewhere does
// not open. The package does not keep anything itself, and it does not protect
// what a running house holds in memory.
package vault
