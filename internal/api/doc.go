// Package api is the house as programs see it: REST under /v1, described by
// OpenAPI 3.1 at /openapi.json and /openapi.yaml.
//
//	request ─▶ frame (id, log, headers, strict path) ─▶ who asks ─▶ strict body ─▶ gate ─▶ operation ─▶ House
//	              │                                        │           │           │        │
//	              └──────────── application/problem+json ◀─┴───────────┴───────────┴────────┘
//
// It decides how a request is read and how an answer is written, and nothing of
// trade: every rule and every permission is the House's.
//
// Invariants:
//
//   - a body is read in one way only: duplicate, wrong-case and unknown keys, data
//     after the document, fractions where whole numbers belong and text that is not
//     UTF-8 are refused with 400;
//   - every refusal is a problem (RFC 9457) with a stable code from the catalogue;
//     no problem repeats what was sent, but for the word of one's own name or
//     address that a password holds, and no refusal is 5xx;
//   - who acts follows from the bearer token alone: no other header, host, query
//     or body can change it;
//   - what a token was good for is remembered for two seconds at most, so that who
//     loses a session, a role or a company loses it here within five;
//   - an API key uses those operations only that name a scope, which it must have;
//   - people of the house without a second factor, and whoever belongs to no
//     company, reach their own account and nothing else;
//   - asking for an approval reads a request by the very operation that it is for,
//     up to where it would begin to act, and gives it nobody's name to act with;
//   - whether an address has an account is told to nobody but its owner, by mail;
//   - each path has one spelling; every other is 404;
//   - what is inside at one time is bounded in number and in time (Gate, which the
//     pages share): whoever finds no room is refused at once with 503 or 429 and
//     Retry-After, before its body is read; money has a lane of its own, and others
//     are turned away before it;
//   - no answer to a member of a company, or to the public, tells that a case of
//     compliance exists, or why a deal stands still; its routes answer them alike
//     whether there is one or not;
//   - searches of lists have a lane of their own, so that they cannot starve money;
//   - a command in a batch goes through the handler that serves it alone, so that
//     nothing is allowed there that is refused alone.
//
// It sets and reads no cookies; pages are package web's.
package api
