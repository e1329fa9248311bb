// Package fault is the one error type of the house.
//
// It decides how a failure is named, so that every face answers the same
// failure the same way. A caller can branch on three things: the Kind (what
// sort of failure it is, which fixes the status of an answer), the Code (a
// stable dotted name such as "money.overflow", which never changes once
// published) and the Field (which input was wrong).
//
//	domain rule ── New(Refused, …) ──▶ %w through the floors ──▶ Of(err) at the face
//	driver error ─ New(Unavailable, …).Because(err) ─┘            │
//	anything else ────────────────────────────────────────────────┘ becomes Internal
//
// Invariants:
//   - An Error is never changed after New: With, At, Because and And copy, so an
//     Error may be shared between goroutines as a package constant would be.
//   - Error() never shows the cause. Only Trace and the %+v verb do, and those
//     are for the log. What a stranger reads therefore cannot leak a driver's text.
//   - Two faults are the same to errors.Is exactly when their codes are equal.
//   - Assert is on in production. It guards what must hold whatever the caller
//     sent; a caller's mistake is an Error, never a Violation.
//
// It does not translate, log, or choose a status code; the faces do.
package fault
