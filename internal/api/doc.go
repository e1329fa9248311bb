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
//     no problem repeats what was sent, and no refusal is 5xx;
//   - who acts follows from the bearer token alone: no other header, host, query
//     or body can change it;
//   - each path has one spelling; every other is 404;
//   - what is inside at one time is bounded (Gate, which the pages share): whoever
//     finds no room is refused at once with 503 or 429 and Retry-After, before its
//     body is read, and nobody admitted waits behind more than the bound;
//   - a command in a batch goes through the handler that serves it alone, so that
//     nothing is allowed there that is refused alone.
//
// It keeps no sessions and sets no cookies; pages are package web's.
package api
