// Package vuln compares the modules of this program with a database of known
// faults in Go modules, as the Go project publishes it (OSV entries in JSON,
// https://go.dev/doc/security/vuln/database).
//
//	build info of a program ─┐
//	                         ├─ Compare ─▶ which module, which version, which fault, fixed in what
//	folder, .tar.gz or .zip ─┘
//
// # What it decides
//
//   - A module is known to be faulty if its version lies in a range of an entry
//     that is not withdrawn, by semantic versioning, for this system and processor.
//   - The standard library is a module too, with the version of Go that built the program.
//
// # Invariants
//
//   - A database that is empty, cut short or not readable is an error; it never means that all is well.
//   - A module whose version cannot be compared is named, not skipped in silence.
//
// # What it does not do
//
// It fetches nothing: the operator brings the database. It does not look at which functions are
// called, so it may name a fault that the program never meets; govulncheck, with the
// source at hand, can tell.
package vuln
