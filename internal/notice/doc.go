// Package notice writes the mails of the house and sends them.
//
//	assurance.Mail ─▶ Letter in English or Chinese ─┬─▶ Post    a mail server, by SMTP
//	                                                 ├─▶ Pickup  a folder of files, for a house without one
//	                                                 └─▶ Sandbox a mailbox that its pages show
//
// # What it decides
//
//   - What each kind of mail says, in both languages, from the catalogs in words/.
//   - That a mail is plain text with a simple HTML twin, and has one link at most.
//   - That the connection to a mail server is encrypted unless the operator says otherwise.
//
// # Invariants
//
//   - A link leads to the house: it is the configured public address and a path. Web
//     addresses that others have written into their names are shown so that they cannot be clicked.
//   - What goes into a header has no line break or other control character; a mail with one
//     is refused. A warning is not: it goes out with a mark in place of each such character,
//     or the person it warns of could keep it back.
//   - The same id makes the same Message-ID, so that a mail which is sent twice is
//     seen as one; in a folder it is one file.
//   - People who have not proved their address are not greeted by a name: whoever
//     typed the address may have typed the name too, and would write a line of our mail.
//
// # What it does not do
//
// It decides neither who is told nor when, keeps no queue and tries nothing again: that is the
// outbox's work. It reads no mail.
package notice
