// Package passkey speaks WebAuthn Level 3 for the house: people register
// passkeys, sign in with them, and sign what is about to happen.
//
//	BeginRegistration ─▶ options ─▶ browser ─▶ FinishRegistration ─▶ credential to keep
//	BeginSignIn       ─▶ options ─▶ browser ─▶ FinishSignIn       ─▶ who it was, new counter
//	SigningOptions    ─▶ options ─▶ browser ─▶ Sign               ─▶ assertion kept as evidence
//	                                                                     └─▶ Verify, by anyone, at any time
//
// # What it decides
//
//   - A passkey is discoverable, has verified its user (a PIN, a finger, a face),
//     and uses ES256, Ed25519 or RS256. Attestation is not asked for: the house
//     does not choose which makers people buy from.
//   - Each answer of a browser must be for this house (RP id), from a page of this
//     house (origin, never inside a frame of another site) and for the challenge
//     that was given. Each of these has its own code when it is not so.
//   - When an intent is signed, the challenge is the intent's hash and nothing
//     else. So an assertion for one amount or payee is of no use for another.
//   - A counter that goes back is not refused and not taken: the answer says
//     Regressed, and the old counter stays. The house decides what follows.
//
// # Invariants
//
//   - What [Gate.Sign] answers has also passed [VerifyAssertion], which shares
//     no code with the library that checked it first: it reads the key in SPKI
//     form and uses the standard library's cryptography.
//   - [VerifyAssertion] needs nothing but the assertion and the hash. It says that the holder
//     of that key signed that hash on a page of the named origin; whether the name is the
//     house's, and whose key it is, the reader compares with the record.
//
// # What it does not do
//
// It keeps nothing: states and credentials go back to the caller, who takes a state
// once (a replayed answer then meets another challenge), and who knows whose passkey it is.
package passkey
