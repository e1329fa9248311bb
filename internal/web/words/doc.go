// Package words holds every sentence a reader of the pages sees, in English
// and 简体中文, and writes numbers, dates and clocks the way each language does.
//
//	cookie ─┐
//	        ├─▶ Match ─▶ "en" | "zh" ─▶ For ─▶ *Words ─▶ T, Date, Relative, Number …
//	header ─┘
//
// The catalogs are the files NAME.en.json and NAME.zh.json beside this file:
// one flat object each, key → sentence, or key → {"one", "other"} where a
// count changes the sentence. Keys read page.section.name; the words of the
// shared components live under ui. Chinese needs only "other". A new page
// brings its own pair of files.
//
// Invariants, kept by tests: both languages hold the same keys with the same
// placeholders; every key that a template or handler names exists; no key is
// written twice; 中文 sets a space beside Latin letters and digits and uses
// full-width punctuation.
//
// A placeholder is written {{.Name}}. {{.Count}} chooses the plural form and
// is printed grouped.
//
// This package does not know what a deal is, does no I/O and reads no clock:
// callers pass the time.
package words
