package reputation

import (
	"slices"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/identity"
)

// Command is something that somebody wants done about the reviews of a deal.
type Command interface {
	// Name is the command's word in the API and in the role table.
	Name() string
}

// The commands.
type (
	// Open begins the reviews of a deal that has closed; the house clock gives it, at
	// the latest with the first review. The window runs from the closing all the same.
	Open struct {
		Buyer    identity.PartyID
		Seller   identity.PartyID
		ClosedAt time.Time
		Ending   Ending
		Held     money.Amount // the price as it was held; zero if it never was
		Settled  money.Amount // what of it went to the seller, the house's fee included
		Rulings  []Ruling     // of the claims that the house decided
	}
	// Write is the review of the actor's side, once, of the other side.
	Write struct {
		Aspects Aspects
		Text    string // at most [ReviewTextMax] characters; may be empty
	}
	// Reveal shows what was written; the house clock gives it after the window.
	Reveal struct{}
	// Reply answers the review of the actor's side, once.
	Reply struct{ Text string }
	// Hide takes words of a side out of sight by a rule; the marks stay.
	Hide struct {
		Side   identity.Side // whose words they are
		Part   Part
		Rule   Rule
		Reason string // for the record; never shown in public
	}
	// Show takes back a Hide.
	Show struct {
		Side   identity.Side
		Part   Part
		Reason string
	}
)

// Name answers the command's word.
func (Open) Name() string   { return "open_reviews" }
func (Write) Name() string  { return "write_review" }
func (Reveal) Name() string { return "reveal_reviews" }
func (Reply) Name() string  { return "reply_to_review" }
func (Hide) Name() string   { return "hide_review_text" }
func (Show) Name() string   { return "show_review_text" }

// Part is which words of a side are meant.
type Part string

// The parts.
const (
	TextPart  Part = "text"  // of the side's review
	ReplyPart Part = "reply" // of the side to the other's review
)

// Rule is why the house hides words.
type Rule string

// The rules.
const (
	PersonalData Rule = "personal_data" // names or details of a person
	Abuse        Rule = "abuse"         // insults, threats, hate
	Illegal      Rule = "illegal"       // text that the law forbids to spread
	OffTopic     Rule = "off_topic"     // not about this deal, or advertising
	CourtOrder   Rule = "court_order"   // a court or an authority ordered it
)

// HidingRules lists every rule in the order above.
func HidingRules() []Rule { return []Rule{PersonalData, Abuse, Illegal, OffTopic, CourtOrder} }

// Moment is when and by whom a command is given.
type Moment struct {
	Now time.Time
	By  identity.Actor
}

// Decide answers the events that follow from a command, in order, or a refusal:
// review.not_found for strangers and while no book is open, identity.not_your_role
// and review.members_only (Forbidden), and
//   - review.opened, review.nothing_held, review.bad_opening, review.not_closed;
//   - review.written, review.same_person, review.window_over, review.invalid with
//     review.bad_mark, review.too_long, review.bad_characters and
//     review.contact_details among its details;
//   - review.not_yet, review.revealed; review.no_review, review.answered, review.empty_reply;
//   - review.bad_part, review.bad_rule, review.no_reason, review.no_text,
//     review.hidden, review.not_hidden.
//
// A refusal has no effect.
func Decide(b Book, c Command, m Moment) ([]Event, error) {
	m.Now = m.Now.UTC().Truncate(time.Microsecond) // as times are stored
	if open, ok := c.(Open); ok {
		return b.open(open, m)
	}
	if err := b.mayAct(c, m.By); err != nil {
		return nil, err
	}
	side := b.SideOf(m.By)
	switch c := c.(type) {
	case Write:
		return b.write(c, side, m)
	case Reveal:
		return b.reveal(m.Now)
	case Reply:
		return b.reply(c, side, m.By.Person)
	case Hide:
		return b.hide(c, m.By.Person)
	case Show:
		return b.show(c, m.By.Person)
	}
	return nil, fault.New(fault.Internal, "review.unknown_command", "No rule for this command.")
}

// mayAct is who may give each command. A company that is not part of the deal
// learns nothing, not even that there is one.
func (b Book) mayAct(c Command, by identity.Actor) error {
	if !b.Opened() || by.Office == identity.Member && b.SideOf(by) == identity.NoSide {
		return notFound()
	}
	switch c.(type) {
	case Write, Reply:
		if by.Office != identity.Member {
			return fault.New(fault.Forbidden, "review.members_only", "Only the two companies of a deal review each other.")
		}
		return identity.Permit(by, identity.ToReview)
	case Reveal:
		return identity.Permit(by, identity.ToLapse)
	case Hide, Show:
		return identity.Permit(by, identity.ToHideReviews)
	}
	return nil
}

func notFound() error {
	return fault.New(fault.NotFound, "review.not_found", "There are no reviews of such a deal.")
}

func (b Book) open(c Open, m Moment) ([]Event, error) {
	if err := identity.Permit(m.By, identity.ToLapse); err != nil {
		return nil, err
	}
	switch {
	case b.Opened():
		return nil, fault.New(fault.Conflict, "review.opened", "The reviews of this deal are open already.")
	case c.Buyer == "" || c.Seller == "" || c.Buyer == c.Seller || !slices.Contains(Endings(), c.Ending),
		c.Held.Currency() != c.Settled.Currency(), c.Settled.Minor() < 0, c.Settled.Minor() > c.Held.Minor():
		return nil, badOpening()
	case c.ClosedAt.IsZero() || c.ClosedAt.After(m.Now):
		return nil, fault.New(fault.Refused, "review.not_closed", "A deal is reviewed when it has closed.")
	case !c.Held.IsPositive():
		return nil, fault.New(fault.Refused, "review.nothing_held", "No money was held for this deal, so there is nothing to review.")
	}
	for _, r := range c.Rulings {
		if r.Claimant.Other() == identity.NoSide || r.Asked <= 0 || r.Given < 0 || r.Asked > c.Held.Minor() {
			return nil, badOpening()
		}
	}
	closed := c.ClosedAt.UTC().Truncate(time.Microsecond)
	return []Event{ReviewOpened{
		Buyer: c.Buyer, Seller: c.Seller, ClosedAt: closed, Ending: c.Ending, Held: c.Held, Settled: c.Settled,
		Rulings: slices.Clone(c.Rulings), RevealBy: closed.Add(Window),
	}}, nil
}

func badOpening() error {
	return fault.New(fault.Invalid, "review.bad_opening", "Reviews need two companies, an ending, and amounts of one currency that fit together.")
}

func (b Book) write(c Write, side identity.Side, m Moment) ([]Event, error) {
	switch {
	case b.By(side) != nil:
		return nil, fault.New(fault.Conflict, "review.written", "Your company has written its review. It cannot be changed.")
	case b.Revealed() || m.Now.After(b.RevealBy):
		return nil, fault.New(fault.Refused, "review.window_over", "The time for reviews of this deal ended on {date}.").With("date", b.RevealBy.Format(time.RFC3339))
	}
	if other := b.By(side.Other()); other != nil && other.By == m.By.Person {
		return nil, samePerson()
	}
	text, wrong := readText("text", c.Text, ReviewTextMax)
	if wrong = append(c.Aspects.check(), wrong...); len(wrong) > 0 {
		return nil, fault.New(fault.Invalid, "review.invalid", "Some parts of the review need attention.").And(wrong...)
	}
	events := []Event{ReviewWritten{Side: side, Person: m.By.Person, Aspects: c.Aspects, Text: text}}
	if b.By(side.Other()) != nil {
		events = append(events, ReviewRevealed{By: "both"})
	}
	return events, nil
}

func samePerson() error {
	return fault.New(fault.Refused, "review.same_person", "One person cannot speak for both companies.")
}

func (a Aspects) check() []*fault.Error {
	var wrong []*fault.Error
	for _, mark := range []struct {
		field string
		value int
	}{
		{"as_described", a.AsDescribed},
		{"on_time", a.OnTime},
		{"communication", a.Communication},
		{"documents", a.Documents},
		{"overall", a.Overall},
	} {
		if mark.value < 1 || mark.value > 5 {
			wrong = append(wrong, fault.New(fault.Invalid, "review.bad_mark", "Give a mark from 1 to 5.").At("aspects."+mark.field))
		}
	}
	return wrong
}

func (b Book) reveal(now time.Time) ([]Event, error) {
	switch {
	case b.Revealed():
		return nil, fault.New(fault.Conflict, "review.revealed", "The reviews of this deal are shown already.")
	case !now.After(b.RevealBy):
		return nil, fault.New(fault.Refused, "review.not_yet", "The reviews of this deal are shown after {date}, or when both have written.").With("date", b.RevealBy.Format(time.RFC3339))
	}
	return []Event{ReviewRevealed{By: "time"}}, nil
}

func (b Book) reply(c Reply, side identity.Side, person identity.PersonID) ([]Event, error) {
	if !b.Revealed() {
		return nil, fault.New(fault.Refused, "review.not_yet", "The reviews of this deal are shown after {date}, or when both have written.").With("date", b.RevealBy.Format(time.RFC3339))
	}
	about := b.By(side.Other())
	switch {
	case about == nil:
		return nil, fault.New(fault.Conflict, "review.no_review", "The other company wrote no review.")
	case about.Reply != nil:
		return nil, fault.New(fault.Conflict, "review.answered", "Your company has replied. The reply cannot be changed.")
	case about.By == person:
		return nil, samePerson()
	}
	text, wrong := readText("text", c.Text, ReplyTextMax)
	if text == "" && len(wrong) == 0 {
		wrong = []*fault.Error{fault.New(fault.Invalid, "review.empty_reply", "Write something.").At("text")}
	}
	if len(wrong) > 0 {
		return nil, fault.New(fault.Invalid, "review.invalid", "Some parts of the review need attention.").And(wrong...)
	}
	return []Event{ReviewAnswered{Side: side, Person: person, Text: text}}, nil
}

func (b Book) hide(c Hide, by identity.PersonID) ([]Event, error) {
	words, err := b.words(c.Side, c.Part)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(HidingRules(), c.Rule) {
		return nil, fault.New(fault.Invalid, "review.bad_rule", "Name the rule by which the text is hidden.").At("rule")
	}
	if words.Hidden != "" {
		return nil, fault.New(fault.Conflict, "review.hidden", "This text is hidden already.")
	}
	reason, err := readReason(c.Reason)
	if err != nil {
		return nil, err
	}
	return []Event{ReviewTextHidden{Side: c.Side, Part: c.Part, Rule: c.Rule, Reason: reason, By: by}}, nil
}

func (b Book) show(c Show, by identity.PersonID) ([]Event, error) {
	words, err := b.words(c.Side, c.Part)
	if err != nil {
		return nil, err
	}
	if words.Hidden == "" {
		return nil, fault.New(fault.Conflict, "review.not_hidden", "This text is shown already.")
	}
	reason, err := readReason(c.Reason)
	if err != nil {
		return nil, err
	}
	return []Event{ReviewTextShown{Side: c.Side, Part: c.Part, Reason: reason, By: by}}, nil
}

// words finds what staff may hide: nothing that is not shown yet, because until
// then nobody, staff included, reads it.
func (b Book) words(side identity.Side, part Part) (Words, error) {
	if side.Other() == identity.NoSide || part != TextPart && part != ReplyPart {
		return Words{}, fault.New(fault.Invalid, "review.bad_part", "Name whose words are meant: of which side, and of its review or its reply.").At("part")
	}
	if !b.Revealed() {
		return Words{}, fault.New(fault.Refused, "review.not_yet", "The reviews of this deal are shown after {date}, or when both have written.").With("date", b.RevealBy.Format(time.RFC3339))
	}
	none := fault.New(fault.NotFound, "review.no_text", "There is no such text.")
	if part == ReplyPart {
		if about := b.By(side.Other()); about != nil && about.Reply != nil {
			return *about.Reply, nil
		}
		return Words{}, none
	}
	if own := b.By(side); own != nil && own.Text != "" {
		return own.Words, nil
	}
	return Words{}, none
}
