// Package assets carries the files that browsers fetch: one style sheet, two
// scripts and the mark of the house, all built into the binary.
//
// The style sheet is built by scripts/build-assets.sh from css/source and the
// class names in the templates, and committed, so Go alone builds the program.
//
// Invariants: no page needs a script; nothing is loaded from another host; the
// address of a file carries a hash of its bytes, so it may be cached for ever
// and never be stale.
//
// This package decides nothing about pages.
package assets
