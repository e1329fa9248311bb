// Package account decides what may happen to one person's way into the house:
// the password, the second factors, the sessions, the security review, the
// change of e-mail address, the keys of programs, and "this was not me".
//
//	not opened ─Open─▶ unconfirmed ─Confirm─▶ active ─Close─▶ closed
//	                        └───────────Close────────────────────▲
//
// Every fact is an [Event] of the one kind "account_noted", because readers of
// the public log see the kind: what happened is inside the payload. The fold of
// the events is [State]; the events themselves, with time, place and device, are
// the activity log that a person reviews.
//
// Invariants:
//   - An accepted command leaves at least one event; a refused one leaves none.
//   - The newest time step of a one-time code only rises, so no code counts twice;
//     nor does a recovery code that is named by its number.
//   - Setting a password never touches a factor, a recovery code or the count of
//     wrong answers. With a passkey or TOTP on the account, the password alone
//     never opens a session, and neither does a code sent by mail or SMS. A
//     company's single sign-on is trusted to have asked for its own.
//   - Wrong answers block guessing for a while, never for ever, and never a
//     passkey, which cannot be guessed: whoever knows the password cannot lock
//     the owner out.
//   - A session, a factor or a key that is not living can never be used or ended again.
//   - A password that somebody else may know (disowned, suspected) opens nothing;
//     the way back is a reset through the mailbox, or a passkey.
//   - After "this was not me" no session and no key of before lives, and no change
//     of address waits.
//
// It never sees a secret: no password, hash, token or code, and no e-mail
// address. The caller has checked those before it gives the command, and keeps
// them elsewhere. Session ids are opaque names that open nothing. It does not
// weigh the risk of a sign-in, send alerts, or freeze payouts; it says when others
// must ([Event.Notable], [State.Disowned]).
package account
