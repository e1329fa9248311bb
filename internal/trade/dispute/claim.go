package dispute

import (
	"slices"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
)

// Stage is where a claim stands.
type Stage string

// The stages. Each names what moves it on.
const (
	Negotiation Stage = "negotiation" // the parties make offers; one is taken, or either escalates, or time passes
	Mediation   Stage = "mediation"   // a mediator is found and proposes
	Answer      Stage = "answer"      // both parties take the proposal, or one refuses, or time passes
	Decision    Stage = "decision"    // the mediator rules on the evidence
	Ruled       Stage = "ruled"       // either party may appeal until the window ends
	Review      Stage = "review"      // another person rules, finally
	ReturnDue   Stage = "return_due"  // the buyer sends the goods back
	ReturnSent  Stage = "return_sent" // the seller confirms that they came
	Ended       Stage = "ended"       // the money has been divided
)

// Stages lists every stage in the order above.
func Stages() []Stage {
	return []Stage{Negotiation, Mediation, Answer, Decision, Ruled, Review, ReturnDue, ReturnSent, Ended}
}

// Reason is what a claim is about, by the code of the house's list.
type Reason string

// The reasons. Buyers raise the first thirteen, sellers the last three.
const (
	NotReceived       Reason = "NOT_RECEIVED"
	LateDelivery      Reason = "LATE_DELIVERY"
	NotAsDescribed    Reason = "NOT_AS_DESCRIBED"
	QualityDefect     Reason = "QUALITY_DEFECT"
	QuantityShort     Reason = "QUANTITY_SHORT"
	Counterfeit       Reason = "COUNTERFEIT"
	DamagedInTransit  Reason = "DAMAGED_IN_TRANSIT"
	CustomsSeized     Reason = "CUSTOMS_SEIZED"
	CreditNotMade     Reason = "CREDIT_NOT_PROCESSED" //nolint:gosec // a reason code of card networks, not a secret
	Cancelled         Reason = "CANCELLED"
	Duplicate         Reason = "DUPLICATE"
	AmountWrong       Reason = "AMOUNT_WRONG"
	Unauthorised      Reason = "UNAUTHORISED"
	BuyerNotPaying    Reason = "BUYER_NOT_PAYING"
	BuyerRefuses      Reason = "BUYER_REFUSES_DELIVERY"
	ReturnNotReceived Reason = "RETURN_NOT_RECEIVED"
)

// Reasons lists what the given side may claim.
func Reasons(side identity.Side) []Reason {
	switch side {
	case identity.Buyer:
		return []Reason{
			NotReceived, LateDelivery, NotAsDescribed, QualityDefect, QuantityShort, Counterfeit, DamagedInTransit,
			CustomsSeized, CreditNotMade, Cancelled, Duplicate, AmountWrong, Unauthorised,
		}
	case identity.Seller:
		return []Reason{BuyerNotPaying, BuyerRefuses, ReturnNotReceived}
	case identity.NoSide:
		return nil
	}
	return nil
}

// Division is a way to divide the disputed amount.
type Division struct {
	ToBuyer    int64 `json:"to_buyer"`    // minor units; the rest goes to the seller
	WithReturn bool  `json:"with_return"` // the buyer's share is paid only once the goods are back
}

// Offer is a division that a party proposes to the other.
type Offer struct {
	Number int               `json:"number"` // counts from 1 within the claim
	By     identity.Side     `json:"by"`
	Person identity.PersonID `json:"person"` // who made it
	Division
}

// Ruling is a decision of the house with its reasons.
type Ruling struct {
	By      identity.PersonID `json:"by"`
	Reasons string            `json:"reasons"`
	Division
}

// Ending is how a claim ended.
type Ending string

// The endings.
const (
	NotEnded        Ending = ""
	Agreed          Ending = "agreed"           // the parties took an offer or the proposal
	Dropped         Ending = "dropped"          // the claimant withdrew it
	ByRuling        Ending = "ruling"           // the ruling stood
	ByDefault       Ending = "default"          // the house failed; the share agreed in advance
	ReturnNotMade   Ending = "return_not_made"  // the buyer kept the goods
	DealCalledOff   Ending = "deal_called_off"  // both cancelled the whole deal
	ReturnPresumed  Ending = "return_presumed"  // the seller was silent after the goods were sent back
	ReturnConfirmed Ending = "return_confirmed" // the goods are back
)

// Claim is the fold of one claim.
type Claim struct {
	ID        string            `json:"id"`
	By        identity.Side     `json:"by"`
	Reason    Reason            `json:"reason"`
	Minor     int64             `json:"minor"`  // the disputed amount
	Demand    Division          `json:"demand"` // what the claimant asks for
	Statement string            `json:"statement"`
	Evidence  []evidence.Hash   `json:"evidence"` // SHA-256 of documents
	RaisedAt  time.Time         `json:"raised_at"`
	Stage     Stage             `json:"stage"`
	StageFrom time.Time         `json:"stage_from"` // when the present clock began
	Offers    []Offer           `json:"offers"`
	Mediator  identity.PersonID `json:"mediator"`
	Proposal  *Division         `json:"proposal"`
	TakenBy   []identity.Side   `json:"taken_by"` // who has taken the proposal
	Taker     identity.PersonID `json:"taker"`    // the person who took it first
	Misses    int               `json:"misses"`   // how often the house was late
	Ruling    *Ruling           `json:"ruling"`
	Result    Division          `json:"result"`
	Ending    Ending            `json:"ending"`
}

// Open reports whether the claim still keeps money frozen.
func (c Claim) Open() bool { return c.Stage != Ended }

// Rules are the clocks of a claim in days, and what happens if the house fails.
type Rules struct {
	NegotiationDays   int   `json:"negotiation_days"`
	AssignDays        int   `json:"assign_days"`
	ProposalDays      int   `json:"proposal_days"`
	AnswerDays        int   `json:"answer_days"`
	RulingDays        int   `json:"ruling_days"`
	AppealDays        int   `json:"appeal_days"`
	ReturnShipDays    int   `json:"return_ship_days"`
	ReturnReceiveDays int   `json:"return_receive_days"`
	HouseMissesMax    int   `json:"house_misses_max"` // after so many, the default share applies
	DefaultBuyerBps   int64 `json:"default_buyer_bps"`
}

// DefaultRules are the house's rules unless its administrator sets others.
func DefaultRules() Rules {
	return Rules{
		NegotiationDays: 7, AssignDays: 3, ProposalDays: 7, AnswerDays: 7, RulingDays: 14, AppealDays: 7,
		ReturnShipDays: 14, ReturnReceiveDays: 14, HouseMissesMax: 2, DefaultBuyerBps: 5000,
	}
}

// ClockName names the clock that runs in a stage.
type ClockName string

// The clocks of a claim.
const (
	NegotiateClock     ClockName = "negotiate"
	AssignClock        ClockName = "assign"
	ProposeClock       ClockName = "propose"
	AnswerClock        ClockName = "answer"
	RuleClock          ClockName = "rule"
	AppealClock        ClockName = "appeal"
	ReturnShipClock    ClockName = "return_ship"
	ReturnReceiveClock ClockName = "return_receive"
)

// Clock is the one clock that runs now: its name, its length in days and who is
// meant to act (NoSide for the house or for either party). An ended claim has none.
func (c Claim) Clock(r Rules) (name ClockName, days int, who identity.Side, running bool) {
	switch c.Stage {
	case Negotiation:
		return NegotiateClock, r.NegotiationDays, c.By.Other(), true
	case Mediation:
		if c.Mediator == "" {
			return AssignClock, r.AssignDays, identity.NoSide, true
		}
		return ProposeClock, r.ProposalDays, identity.NoSide, true
	case Answer:
		return AnswerClock, r.AnswerDays, identity.NoSide, true
	case Decision, Review:
		if c.Mediator == "" {
			return AssignClock, r.AssignDays, identity.NoSide, true
		}
		return RuleClock, r.RulingDays, identity.NoSide, true
	case Ruled:
		return AppealClock, r.AppealDays, identity.NoSide, true
	case ReturnDue:
		return ReturnShipClock, r.ReturnShipDays, identity.Buyer, true
	case ReturnSent:
		return ReturnReceiveClock, r.ReturnReceiveDays, identity.Seller, true
	case Ended:
	}
	return "", 0, identity.NoSide, false
}

// offer finds a standing offer. It fails with dispute.unknown_offer.
func (c Claim) offer(number int) (Offer, error) {
	i := slices.IndexFunc(c.Offers, func(o Offer) bool { return o.Number == number })
	if i < 0 {
		return Offer{}, fault.New(fault.NotFound, "dispute.unknown_offer", "That offer does not stand any more.")
	}
	return c.Offers[i], nil
}
