package dispute

import (
	"slices"
	"time"

	"fondaco/internal/trade/identity"
)

// Event is something that happened to a claim. The JSON names are the form kept
// in evidence.
type Event interface {
	Kind() string  // the name in the evidence log
	Claim() string // the claim's id
}

// The events of a claim.
type (
	// OfferMade puts a division on the table.
	OfferMade struct {
		ClaimID string `json:"claim"`
		Offer   Offer  `json:"offer"`
	}
	// OfferTaken says that the other party agreed.
	OfferTaken struct {
		ClaimID string        `json:"claim"`
		By      identity.Side `json:"by"`
		Number  int           `json:"number"`
	}
	// Escalated moves the claim to the house; By is empty when time did it.
	Escalated struct {
		ClaimID string        `json:"claim"`
		By      identity.Side `json:"by"`
	}
	// MediatorAssigned names who has the case.
	MediatorAssigned struct {
		ClaimID  string            `json:"claim"`
		Mediator identity.PersonID `json:"mediator"`
	}
	// HouseMissed says that the house let a clock run out; the mediator is released.
	HouseMissed struct {
		ClaimID  string            `json:"claim"`
		Mediator identity.PersonID `json:"mediator"`
	}
	// Proposed is the mediator's suggestion.
	Proposed struct {
		ClaimID  string            `json:"claim"`
		By       identity.PersonID `json:"by"`
		Division Division          `json:"division"`
	}
	// ProposalTaken says that one party agrees to the suggestion.
	ProposalTaken struct {
		ClaimID string            `json:"claim"`
		By      identity.Side     `json:"by"`
		Person  identity.PersonID `json:"person"`
	}
	// RulingGiven is the decision with its reasons.
	RulingGiven struct {
		ClaimID string `json:"claim"`
		Final   bool   `json:"final"`
		Ruling  Ruling `json:"ruling"`
	}
	// Appealed asks for a review.
	Appealed struct {
		ClaimID string        `json:"claim"`
		By      identity.Side `json:"by"`
		Grounds string        `json:"grounds"`
	}
	// ReturnOrdered makes the buyer's share depend on the goods coming back.
	ReturnOrdered struct {
		ClaimID  string   `json:"claim"`
		Ending   Ending   `json:"ending"`
		Division Division `json:"division"`
	}
	// ReturnSentBack says that the goods are under way to the seller.
	ReturnSentBack struct {
		ClaimID        string `json:"claim"`
		TrackingNumber string `json:"tracking_number"`
	}
	// Resolved ends the claim; the money follows in the same decision.
	Resolved struct {
		ClaimID  string   `json:"claim"`
		Ending   Ending   `json:"ending"`
		Division Division `json:"division"`
	}
)

// Kind and Claim make each type an Event.
func (OfferMade) Kind() string        { return "offer_made" }
func (OfferTaken) Kind() string       { return "offer_taken" }
func (Escalated) Kind() string        { return "claim_escalated" }
func (MediatorAssigned) Kind() string { return "mediator_assigned" }
func (HouseMissed) Kind() string      { return "house_missed" }
func (Proposed) Kind() string         { return "settlement_proposed" }
func (ProposalTaken) Kind() string    { return "proposal_taken" }
func (RulingGiven) Kind() string      { return "ruling_given" }
func (Appealed) Kind() string         { return "ruling_appealed" }
func (ReturnOrdered) Kind() string    { return "return_ordered" }
func (ReturnSentBack) Kind() string   { return "return_shipped" }
func (Resolved) Kind() string         { return "claim_resolved" }

func (e OfferMade) Claim() string        { return e.ClaimID }
func (e OfferTaken) Claim() string       { return e.ClaimID }
func (e Escalated) Claim() string        { return e.ClaimID }
func (e MediatorAssigned) Claim() string { return e.ClaimID }
func (e HouseMissed) Claim() string      { return e.ClaimID }
func (e Proposed) Claim() string         { return e.ClaimID }
func (e ProposalTaken) Claim() string    { return e.ClaimID }
func (e RulingGiven) Claim() string      { return e.ClaimID }
func (e Appealed) Claim() string         { return e.ClaimID }
func (e ReturnOrdered) Claim() string    { return e.ClaimID }
func (e ReturnSentBack) Claim() string   { return e.ClaimID }
func (e Resolved) Claim() string         { return e.ClaimID }

// Apply folds one event, recorded at the given time, into the claim.
func (c Claim) Apply(e Event, at time.Time) Claim {
	enter := func(s Stage) { c.Stage, c.StageFrom = s, at }
	switch e := e.(type) {
	case OfferMade:
		c.Offers = append(slices.DeleteFunc(slices.Clone(c.Offers), func(o Offer) bool { return o.By == e.Offer.By }), e.Offer)
	case OfferTaken:
	case Escalated:
		if c.Stage == Negotiation {
			enter(Mediation)
		} else {
			enter(Decision)
		}
		c.Offers = nil
	case MediatorAssigned:
		c.Mediator, c.StageFrom = e.Mediator, at
	case HouseMissed:
		c.Mediator, c.StageFrom = "", at
		c.Misses++
	case Proposed:
		c.Proposal, c.TakenBy, c.Taker = &e.Division, nil, ""
		enter(Answer)
	case ProposalTaken:
		c.TakenBy, c.Taker = append(slices.Clone(c.TakenBy), e.By), e.Person
	case RulingGiven:
		c.Ruling = &e.Ruling
		enter(Ruled)
	case Appealed:
		c.Mediator, c.Misses = "", 0 // the review is a new beginning for the house
		enter(Review)
	case ReturnOrdered:
		c.Result, c.Ending = e.Division, e.Ending
		enter(ReturnDue)
	case ReturnSentBack:
		enter(ReturnSent)
	case Resolved:
		c.Result, c.Ending = e.Division, e.Ending
		enter(Ended)
	}
	return c
}
