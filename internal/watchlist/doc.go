// Package watchlist reads lists of sanctions and restrictions, from files or from
// their publishers, and decides whether a file is whole and honest enough to be
// used.
//
//	Source ─ Read ─▶ Raw (bytes, SHA-256) ─ Parse ─▶ screening.List ─ Check against the version before ─▶ used
//	                                        │                        │
//	                                        └──── refused whole, with a stable code; the version before stays
//
// The formats, told apart by what a file holds and not by its name:
//
//   - ofac: the four files of the US Treasury (sdn, alt, add, sdn_comments; cons_prim,
//     cons_alt, cons_add, cons_comments), which have no header and write -0- for nothing.
//   - csl: the consolidated screening list of the US, one CSV file. Rows of lists
//     that are loaded by themselves are left out.
//   - un: the consolidated list of the UN Security Council, XML.
//   - eu: the consolidated list of the EU, XML, in its layout of today (export) and
//     its former one (WHOLE).
//   - uk: the consolidated list of the UK Treasury and the UK Sanctions List, CSV.
//   - fondaco-list: a list of one's own. CSV in UTF-8 with the header
//     id,kind,name,aliases,births,countries,identifiers,programme,remarks where kind is
//     person, organisation, vessel, aircraft or any; aliases are separated by
//     semicolons, a weak one begins with a question mark; births are 1960-03-12,
//     1960-03, 1960, "circa 1960" or "1958 to 1960", separated by semicolons;
//     countries are ISO 3166-1 alpha-2 codes separated by semicolons; identifiers are
//     type:value or type:value:country, separated by semicolons.
//
// Invariants:
//   - A list is read whole or not at all. Every refusal is a *fault.Error whose code
//     begins with watchlist.
//   - Every line ends, the last one too; a file whose last line does not end has been
//     cut off.
//   - Files are outside bytes: sizes, depths, fields and names are bounded, XML may
//     declare no types and no entities, and text has no control characters.
//   - The same bytes give the same list and the same version.
//
// It does not match names, keep lists or know about deals. Text of a list may begin
// with = + - or @; it is kept as it is, and whoever writes it into a spreadsheet must
// quote it there.
package watchlist
