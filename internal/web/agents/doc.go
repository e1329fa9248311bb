// Package agents reads which browser asks, and says whether it is still kept up to date.
//
//	User-Agent header ─ Parse ─▶ Agent ─ Judge(today) ─▶ ok | old | unknown, and what to do
//
// # What it decides
//
//   - Browser, version and system of a header. Browsers of other makers that are built
//     on Chromium are judged by the Chromium they carry.
//   - Whether the version is at least the oldest that still gets security fixes, by a
//     table with a date: see [Table].
//   - Whether the system is one that gets no fixes any more, as far as a header tells. Browsers
//     freeze what they say of the system (Windows 11 calls itself 10, every macOS since 2020 calls itself
//     10.15, iOS 26 calls itself 18), so only very old systems are found.
//
// # Invariants
//
//   - Any bytes give an answer; what it holds is short printable ASCII.
//   - The answer is advice for a person and decides nothing: a header is a claim that everybody can write.
//   - A table older than [TableLife] says so, and then never calls a browser up to date.
//
// # What it does not do
//
// It holds no words for pages; advice is a key.
package agents
