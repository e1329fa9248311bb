// Package password decides what a good password is.
//
// There are two profiles. Assurance asks for length, and refuses what attackers
// try first and what others know of the person; it compels neither classes of
// characters nor a change by the calendar (NIST SP 800-63B-4; OWASP ASVS 5.0,
// 6.2). Prescriptive is the letter of many company policies: four classes, a
// history, a maximum age where the password is the only factor.
//
//	text ── Normal ──▶ length, encoding
//	     ── folded ──▶ blocklist (built in, and the operator's own)
//	               ──▶ personal words: address, name, company, the house
//	               ──▶ repeats, and an estimate of the guesses needed
//
// The blocklist is the published list of the million commonest passwords of the
// "10 million" collection, compiled into binary fuse filters: two for each tier of
// the list, with fingerprints of 8 bits over independent keys. Every password of
// the list is held; any other is held by chance once in 65,536 times. The list
// itself is not part of the program; scripts/build-passwords.sh makes the filters
// again from its source.
//
// The estimate is the cheapest way to read a password as a row of parts (known
// passwords by their tier, words of the person, walks on a keyboard, days, runs)
// and of single characters, in the manner of zxcvbn (Wheeler, USENIX Security
// 2016). Only the built-in list is its dictionary: words of languages that are no
// common passwords count as letters by chance, so it errs on the high side there.
//
// Invariants:
//   - The same text gives the same answer: no clock, no chance but what Suggest
//     is given.
//   - Any text is answered, in bounded time: only the first MeasuredRunesMax
//     characters are measured, and Check reads no more than BytesMax of them.
//   - Two texts with the same Normal form get the same answer.
//   - No fault carries the password, or a part of it that is not the person's
//     own name, address or company.
//
// It does not hash, keep or compare passwords, and it does not know who uses
// which profile; the history is compared where the old hashes are.
package password
