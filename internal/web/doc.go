// Package web is the house as people see it: pages in English and 简体中文,
// written on the server, whole without JavaScript.
//
//	request ─▶ headers ─▶ cross-origin check ─▶ session ─▶ route ─▶ visit ─▶ House ─▶ page
//	                                                        POST ─▶ one-time key ─▶ command ─▶ redirect
//
// It decides which question a page answers first, in which words, and which
// steps it offers. Whether a step is allowed it never decides itself: it asks
// deal.Decide, and shows what that function says would follow.
//
// Invariants:
//
//   - every address is a row of one route table, and each row says who may come;
//   - every POST passes the cross-origin check, and every form that gives the House
//     a command carries a one-time key, so that sending it twice is one command;
//   - a refused form comes back with everything the person typed;
//   - what a browser keeps is the name of its visit; the secret of the house's session
//     lies sealed under that name, so whoever reads the database cannot be anybody;
//   - looking at a link of a mail does nothing: a person presses a button;
//   - staff without a second factor reach the pages that add one, and no other;
//   - a stranger's deal and a deal that does not exist look the same: page 404;
//   - no page carries inline script or style.
//
// The package holds no rule of trade, keeps no data but sessions, and speaks to
// assurance only.
package web
