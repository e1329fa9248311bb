package rail

import (
	"time"

	"fondaco/internal/money"
)

// LineKind is what a line of the statement says.
type LineKind string

// The kinds of lines.
const (
	Booked   LineKind = "booked"   // a payer's money came in
	Rejected LineKind = "rejected" // a payer's transfer was rejected; nothing came in
	Paid     LineKind = "paid"     // money went out to a payee
	Bounced  LineKind = "bounced"  // a payee's bank gave it back
	Dropped  LineKind = "dropped"  // a payout was not paid: the house did not want it any more
	Returned LineKind = "returned" // booked money went back to its payer
	Unheard  LineKind = "unheard"  // the house refused a notice for good; a person must look
)

// Line is one line of the sandbox's own books, which know nothing of the house's.
type Line struct {
	At        time.Time // by the house's clock
	Kind      LineKind
	Reference string
	Subject   string // "deal:<what the payer wrote>" or "payout:<id>"
	Amount    money.Amount
	Note      string // the code of a refusal
}

// statementMax is how many lines are kept; older ones are forgotten.
const statementMax = 10_000

// Statement is what the sandbox has done, oldest first: the newest 10,000 lines.
func (s *Sandbox) Statement() []Line {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Line(nil), s.lines...)
}

// note adds a line; the caller holds mu.
func (s *Sandbox) note(l Line) {
	l.At = s.cfg.Clock.Now().UTC()
	if len(s.lines) == statementMax {
		s.lines = append(s.lines[:0], s.lines[statementMax/10:]...)
	}
	s.lines = append(s.lines, l)
}
