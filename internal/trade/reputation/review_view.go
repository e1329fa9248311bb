package reputation

import (
	"time"

	"fondaco/internal/trade/identity"
)

// View is a book as one reader may see it. It does not tell whether the book is open,
// because a book may be opened by the first who writes.
type View struct {
	Deal     string
	Revealed bool
	RevealBy time.Time
	Written  []identity.Side // who has written, as far as the reader may know
	Reviews  []Shown         // the buyer's before the seller's
}

// Shown is one review as one reader may see it. A hidden text is empty, and
// Hidden says by which rule, except for its author and for staff.
type Shown struct {
	By      identity.Side
	Author  identity.PartyID
	About   identity.PartyID
	Aspects Aspects
	Text    string
	Hidden  Rule
	At      time.Time
	Reply   *ShownReply // nil while there is none
}

// ShownReply is a reply as one reader may see it.
type ShownReply struct {
	Text   string
	Hidden Rule
	At     time.Time
}

// reader is for whom a view is made.
type reader struct {
	side  identity.Side
	staff bool
}

// For is what the members of a side may see: before the reviews are shown only
// their own, and never whether the other side has written.
func (b Book) For(side identity.Side) View { return b.view(reader{side: side}) }

// Public is what anybody may see: nothing before the reviews are shown.
func (b Book) Public() View { return b.view(reader{}) }

// Staff is what the people of the house may see: hidden words too, but nothing
// before the reviews are shown.
func (b Book) Staff() View { return b.view(reader{staff: true}) }

func (b Book) view(to reader) View {
	v := View{Deal: b.Deal, Revealed: b.Revealed(), RevealBy: b.RevealBy}
	for _, side := range []identity.Side{identity.Buyer, identity.Seller} {
		r := b.By(side)
		if r == nil || !b.Revealed() && side != to.side {
			continue
		}
		v.Written = append(v.Written, side)
		v.Reviews = append(v.Reviews, b.shown(*r, side, to))
	}
	return v
}

func (b Book) shown(r Review, side identity.Side, to reader) Shown {
	s := Shown{By: side, Author: b.Party(side), About: b.Party(side.Other()), Aspects: r.Aspects, Hidden: r.Hidden, At: r.At}
	s.Text = r.read(side, to)
	if r.Reply != nil {
		s.Reply = &ShownReply{Text: r.Reply.read(side.Other(), to), Hidden: r.Reply.Hidden, At: r.Reply.At}
	}
	return s
}

func (w Words) read(author identity.Side, to reader) string {
	if w.Hidden != "" && author != to.side && !to.staff {
		return ""
	}
	return w.Text
}
