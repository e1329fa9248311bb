package reputation

import (
	"time"

	"fondaco/internal/money"
	"fondaco/internal/trade/identity"
)

// Window is how long after the closing of a deal its sides may write. Then, or as
// soon as both have written, everything is shown at once.
const Window = 7 * 24 * time.Hour

// Longest texts, in characters.
const (
	ReviewTextMax = 2000
	ReplyTextMax  = 1000
	reasonTextMax = 1000
)

// Ending is how the deal ended that a review is about.
type Ending string

// The endings, by the words of package deal.
const (
	Completed Ending = "completed" // goods accepted, seller paid
	Cancelled Ending = "cancelled" // called off by both after the price was held
	Expired   Ending = "expired"   // agreed and never paid; nobody reviews it
	Refunded  Ending = "refunded"  // the held money went back
	Settled   Ending = "settled"   // a claim decided about a part of the money
)

// Endings lists every ending in the order above.
func Endings() []Ending { return []Ending{Completed, Cancelled, Expired, Refunded, Settled} }

// Ruling is what the house decided about one claim. Amounts are minor units of
// the deal's currency. A claim that the parties settled or dropped, or that ended
// because the house failed, has none.
type Ruling struct {
	Claimant identity.Side `json:"claimant"`
	Asked    int64         `json:"asked"` // for the claimant, above zero
	Given    int64         `json:"given"` // to the claimant; at most Asked counts
}

// Aspects are the five marks of a review, each from 1 to 5. AsDescribed is, of a
// buyer, whether he kept to what was agreed.
type Aspects struct {
	AsDescribed   int `json:"as_described"`
	OnTime        int `json:"on_time"`
	Communication int `json:"communication"`
	Documents     int `json:"documents"`
	Overall       int `json:"overall"`
}

// Words are a text that somebody wrote, and whether the house has hidden it.
type Words struct {
	Text   string
	By     identity.PersonID
	At     time.Time
	Hidden Rule      // why the house hides it; empty while it is shown
	Since  time.Time // when it was hidden or shown last
}

// Review is what one side says of the other. Its marks are never hidden and
// never change.
type Review struct {
	Aspects
	Words
	Reply *Words // of the reviewed side; nil while there is none
}

// Book is the fold of the reviews of one deal. The zero Book with a Deal is one
// that is not open.
type Book struct {
	Deal     string
	Version  int64 // how many events it has
	Buyer    identity.PartyID
	Seller   identity.PartyID
	ClosedAt time.Time
	Ending   Ending
	Held     money.Amount // the price as it was held
	Settled  money.Amount // what of it went to the seller, the house's fee included
	Rulings  []Ruling
	RevealBy time.Time // the last instant at which a side may write
	OfBuyer  *Review   // written by the buyer; nil while there is none
	OfSeller *Review   // written by the seller
	// RevealedAt is when everything was shown; zero until then.
	RevealedAt time.Time
}

// BookStream is the name of the stream of a deal's reviews.
func BookStream(deal string) string { return "review:" + deal }

// Opened reports whether the book has been opened.
func (b Book) Opened() bool { return b.Version > 0 }

// Revealed reports whether the reviews may be read.
func (b Book) Revealed() bool { return !b.RevealedAt.IsZero() }

// Party is who stands on the side.
func (b Book) Party(side identity.Side) identity.PartyID {
	switch side {
	case identity.Buyer:
		return b.Buyer
	case identity.Seller:
		return b.Seller
	case identity.NoSide:
		return ""
	}
	return ""
}

// SideOf is the actor's side in the deal, NoSide for anyone but its members.
func (b Book) SideOf(a identity.Actor) identity.Side {
	switch {
	case a.Office != identity.Member || a.Party == "":
		return identity.NoSide
	case a.Party == b.Buyer:
		return identity.Buyer
	case a.Party == b.Seller:
		return identity.Seller
	}
	return identity.NoSide
}

// By is what the side wrote, nil while there is nothing. It may be shown by
// [Book.For], [Book.Public] and [Book.Staff] only.
func (b Book) By(side identity.Side) *Review {
	switch side {
	case identity.Buyer:
		return b.OfBuyer
	case identity.Seller:
		return b.OfSeller
	case identity.NoSide:
		return nil
	}
	return nil
}

// Next is when the clock does something with the book by itself, and the command
// that it then gives; no command if no clock runs. The command is refused at that
// very moment and taken after it.
func (b Book) Next() (time.Time, Command) {
	if !b.Opened() || b.Revealed() {
		return time.Time{}, nil
	}
	return b.RevealBy, Reveal{}
}

// Invited reports whether the side may still write at now.
func (b Book) Invited(side identity.Side, now time.Time) bool {
	return side != identity.NoSide && b.Opened() && !b.Revealed() && b.By(side) == nil && !now.After(b.RevealBy)
}
