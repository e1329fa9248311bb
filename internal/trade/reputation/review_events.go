package reputation

import (
	"encoding/json"
	"slices"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/identity"
)

// Event is something that happened to the reviews of a deal. The JSON names are
// the form kept in evidence; the kinds tell nothing of what was said.
type Event interface{ Kind() string }

// The events of a book.
type (
	// ReviewOpened says what the reviews rest on, and until when they are written.
	ReviewOpened struct {
		Buyer    identity.PartyID `json:"buyer"`
		Seller   identity.PartyID `json:"seller"`
		ClosedAt time.Time        `json:"closed_at"`
		Ending   Ending           `json:"ending"`
		Held     money.Amount     `json:"held"`
		Settled  money.Amount     `json:"settled"`
		Rulings  []Ruling         `json:"rulings,omitempty"`
		RevealBy time.Time        `json:"reveal_by"`
	}
	// ReviewWritten holds one side's marks and words.
	ReviewWritten struct {
		Side    identity.Side     `json:"side"`
		Person  identity.PersonID `json:"person"`
		Aspects Aspects           `json:"aspects"`
		Text    string            `json:"text"`
	}
	// ReviewRevealed shows whatever was written, and ends the writing. By is
	// "both" or "time".
	ReviewRevealed struct {
		By string `json:"by"`
	}
	// ReviewAnswered is the reply of the side to the review of it.
	ReviewAnswered struct {
		Side   identity.Side     `json:"side"`
		Person identity.PersonID `json:"person"`
		Text   string            `json:"text"`
	}
	// ReviewTextHidden hides words of the side by a rule of the house.
	ReviewTextHidden struct {
		Side   identity.Side     `json:"side"`
		Part   Part              `json:"part"`
		Rule   Rule              `json:"rule"`
		Reason string            `json:"reason"`
		By     identity.PersonID `json:"by"`
	}
	// ReviewTextShown shows them again.
	ReviewTextShown struct {
		Side   identity.Side     `json:"side"`
		Part   Part              `json:"part"`
		Reason string            `json:"reason"`
		By     identity.PersonID `json:"by"`
	}
)

// Kind is the name of each event in the evidence log.
func (ReviewOpened) Kind() string     { return "review_opened" }
func (ReviewWritten) Kind() string    { return "review_written" }
func (ReviewRevealed) Kind() string   { return "review_revealed" }
func (ReviewAnswered) Kind() string   { return "review_answered" }
func (ReviewTextHidden) Kind() string { return "review_text_hidden" }
func (ReviewTextShown) Kind() string  { return "review_text_shown" }

// Kinds lists the kinds of every event of a book.
func Kinds() []string {
	return []string{
		ReviewOpened{}.Kind(), ReviewWritten{}.Kind(), ReviewRevealed{}.Kind(),
		ReviewAnswered{}.Kind(), ReviewTextHidden{}.Kind(), ReviewTextShown{}.Kind(),
	}
}

// Decode reads a payload back by the kind of its event. It fails with
// review.bad_event, Internal: the log is ours.
func Decode(kind string, payload []byte) (Event, error) {
	switch kind {
	case ReviewOpened{}.Kind():
		return decode[ReviewOpened](kind, payload)
	case ReviewWritten{}.Kind():
		return decode[ReviewWritten](kind, payload)
	case ReviewRevealed{}.Kind():
		return decode[ReviewRevealed](kind, payload)
	case ReviewAnswered{}.Kind():
		return decode[ReviewAnswered](kind, payload)
	case ReviewTextHidden{}.Kind():
		return decode[ReviewTextHidden](kind, payload)
	case ReviewTextShown{}.Kind():
		return decode[ReviewTextShown](kind, payload)
	}
	return nil, badEvent(kind)
}

func decode[E Event](kind string, payload []byte) (Event, error) {
	var e E
	if err := json.Unmarshal(payload, &e); err != nil {
		return nil, badEvent(kind).Because(err)
	}
	return e, nil
}

func badEvent(kind string) *fault.Error {
	return fault.New(fault.Internal, "review.bad_event", "An event of kind {kind} cannot be read.").With("kind", kind)
}

// Apply folds one event, recorded at the given time. The receiver and what it
// points to stay as they were.
func (b Book) Apply(e Event, at time.Time) Book {
	b.Version++
	switch e := e.(type) {
	case ReviewOpened:
		b.Buyer, b.Seller, b.ClosedAt, b.Ending = e.Buyer, e.Seller, e.ClosedAt, e.Ending
		b.Held, b.Settled, b.Rulings, b.RevealBy = e.Held, e.Settled, slices.Clone(e.Rulings), e.RevealBy
	case ReviewWritten:
		b = b.with(e.Side, &Review{Aspects: e.Aspects, Words: Words{Text: e.Text, By: e.Person, At: at}})
	case ReviewRevealed:
		b.RevealedAt = at
	case ReviewAnswered:
		if was := b.By(e.Side.Other()); was != nil {
			r := *was
			r.Reply = &Words{Text: e.Text, By: e.Person, At: at}
			b = b.with(e.Side.Other(), &r)
		}
	case ReviewTextHidden:
		b = b.marked(e.Side, e.Part, e.Rule, at)
	case ReviewTextShown:
		b = b.marked(e.Side, e.Part, "", at)
	}
	return b
}

func (b Book) with(side identity.Side, r *Review) Book {
	switch side {
	case identity.Buyer:
		b.OfBuyer = r
	case identity.Seller:
		b.OfSeller = r
	case identity.NoSide:
	}
	return b
}

// marked hides or shows words of the side; words that are not there stay so.
func (b Book) marked(side identity.Side, part Part, rule Rule, at time.Time) Book {
	author := side
	if part == ReplyPart {
		author = side.Other() // a reply stands under the other side's review
	}
	was := b.By(author)
	if was == nil || part == ReplyPart && was.Reply == nil {
		return b
	}
	r := *was
	if part == ReplyPart {
		reply := *was.Reply
		reply.Hidden, reply.Since = rule, at
		r.Reply = &reply
	} else {
		r.Hidden, r.Since = rule, at
	}
	return b.with(author, &r)
}
