// Package control decides what is approved: exactly what a person was shown and
// signed, who agreed, and whether what is about to happen is still that.
//
// An [Intent] says what would happen: the action, the subject and its version,
// the amount, the payee and whatever else the page shows. Its hash is what a
// passkey signs. An [Approval] collects the consents to one hash:
//
//	           Agree (one of two)
//	              ┌───┐
//	              ▼   │
//	Ask ──▶ Asked ────┴─ Agree (the last) ──▶ Approved ── Use ──▶ Used
//	          │                                  │
//	          ├── Decline ──▶ Declined ◀─────────┤
//	          └── Cancel ───▶ Void ◀── Cancel, ──┘
//	                                   or Use of something else
//
// Invariants:
//
//   - A consent is to one hash; it never serves another amount, payee, version
//     or company.
//   - An approval is used at most once, by the person who asked for it, and not
//     after it expires.
//   - Where two are needed, they are two persons: other accounts, other names,
//     other devices, other passkeys. The person who asks is always one of them.
//   - What is used is compared field by field with what was signed. A difference
//     voids the approval for good.
//
// It does not verify signatures, which needs elliptic curves, and it does not
// know which acts need an approval or what the subject's state is: the caller
// rebuilds the intent from the state that it is about to change. It does check
// that a passkey's assertion was made over this very hash.
package control
