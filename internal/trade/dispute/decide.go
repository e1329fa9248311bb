package dispute

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/identity"
)

// Command is something that somebody wants done about a claim.
type Command interface{ disputes() }

// The commands on an open claim.
type (
	// MakeOffer puts a division to the other party; it replaces the party's last one.
	MakeOffer struct{ Division }
	// TakeOffer agrees to a standing offer by its number, or to the house's proposal with number 0.
	TakeOffer struct{ Number int }
	// Escalate ends negotiation, or refuses the proposal.
	Escalate struct{}
	// AssignMediator names the person of the house who takes the case.
	AssignMediator struct{ Mediator identity.PersonID }
	// Propose is the mediator's suggestion.
	Propose struct{ Division }
	// Rule is the mediator's decision.
	Rule struct {
		Division
		Reasons string
	}
	// Appeal asks for another person's final ruling.
	Appeal struct{ Grounds string }
	// ReturnShipped says that the goods are on their way back.
	ReturnShipped struct{ TrackingNumber string }
	// ReturnReceived says that the goods are back.
	ReturnReceived struct{}
	// Drop withdraws the claim.
	Drop struct{}
	// Lapse says that the clock of the stage has run out.
	Lapse struct{}
)

func (MakeOffer) disputes()      {}
func (TakeOffer) disputes()      {}
func (Escalate) disputes()       {}
func (AssignMediator) disputes() {}
func (Propose) disputes()        {}
func (Rule) disputes()           {}
func (Appeal) disputes()         {}
func (ReturnShipped) disputes()  {}
func (ReturnReceived) disputes() {}
func (Drop) disputes()           {}
func (Lapse) disputes()          {}

// By is who acts on a claim: a side, or an office and person of the house.
type By struct {
	Side   identity.Side
	Office identity.Office
	Person identity.PersonID
}

const (
	wordsMin = 3
	wordsMax = 10_000
)

// Decide answers the events that follow from a command, in order, or a refusal:
// dispute.wrong_role (Forbidden), dispute.wrong_stage (Conflict) and the codes of
// the checks. Lapse is believed: whether the clock has run out is the caller's to know.
func Decide(c Claim, cmd Command, by By, r Rules) ([]Event, error) {
	if err := mayDo(c, cmd, by); err != nil {
		return nil, err
	}
	if !slices.Contains(stagesOf(cmd), c.Stage) {
		return nil, fault.New(fault.Conflict, "dispute.wrong_stage", "The claim is at the stage of {stage}, where this cannot be done.").With("stage", string(c.Stage))
	}
	switch cmd := cmd.(type) {
	case MakeOffer:
		if err := c.divides(cmd.Division); err != nil {
			return nil, err
		}
		return []Event{OfferMade{ClaimID: c.ID, Offer: Offer{Number: c.nextOffer(), By: by.Side, Person: by.Person, Division: cmd.Division}}}, nil
	case TakeOffer:
		return c.take(cmd, by)
	case Escalate:
		return []Event{Escalated{ClaimID: c.ID, By: by.Side}}, nil
	case AssignMediator:
		return c.assign(cmd)
	case Propose:
		if err := c.assigned(); err != nil {
			return nil, err
		}
		if err := c.divides(cmd.Division); err != nil {
			return nil, err
		}
		return []Event{Proposed{ClaimID: c.ID, By: by.Person, Division: cmd.Division}}, nil
	case Rule:
		return c.rule(cmd, by)
	case Appeal:
		if err := words("grounds", cmd.Grounds); err != nil {
			return nil, err
		}
		return []Event{Appealed{ClaimID: c.ID, By: by.Side, Grounds: cmd.Grounds}}, nil
	case ReturnShipped:
		if err := words("tracking_number", cmd.TrackingNumber); err != nil {
			return nil, err
		}
		return []Event{ReturnSentBack{ClaimID: c.ID, TrackingNumber: cmd.TrackingNumber}}, nil
	case ReturnReceived:
		return []Event{Resolved{ClaimID: c.ID, Ending: ReturnConfirmed, Division: c.Result}}, nil
	case Drop:
		return []Event{Resolved{ClaimID: c.ID, Ending: Dropped}}, nil
	case Lapse:
		return c.lapse(r), nil
	}
	return nil, fault.New(fault.Internal, "dispute.unknown_command", "No rule for this command.")
}

// stagesOf lists the stages in which a command makes sense.
func stagesOf(cmd Command) []Stage {
	switch cmd.(type) {
	case MakeOffer:
		return []Stage{Negotiation}
	case TakeOffer:
		return []Stage{Negotiation, Answer}
	case Escalate:
		return []Stage{Negotiation, Answer}
	case AssignMediator:
		return []Stage{Mediation, Decision, Review}
	case Propose:
		return []Stage{Mediation}
	case Rule:
		return []Stage{Decision, Review}
	case Appeal:
		return []Stage{Ruled}
	case ReturnShipped:
		return []Stage{ReturnDue}
	case ReturnReceived:
		return []Stage{ReturnSent}
	case Drop:
		return []Stage{Negotiation, Mediation, Answer, Decision}
	case Lapse:
		return []Stage{Negotiation, Mediation, Answer, Decision, Ruled, Review, ReturnDue, ReturnSent}
	}
	return nil
}

// mayDo is the role table of claims.
func mayDo(c Claim, cmd Command, by By) error {
	ok := false
	switch cmd.(type) {
	case MakeOffer, TakeOffer, Escalate, Appeal:
		ok = by.Side != identity.NoSide
	case Drop:
		ok = by.Side == c.By
	case ReturnShipped:
		ok = by.Side == identity.Buyer
	case ReturnReceived:
		ok = by.Side == identity.Seller
	case AssignMediator:
		ok = by.Office == identity.Administrator
	case Propose, Rule:
		ok = by.Office == identity.Mediator && (c.Mediator == by.Person || c.Mediator == "") // unassigned is a matter of stage
	case Lapse:
		ok = by.Office == identity.Clock
	}
	if !ok {
		return fault.New(fault.Forbidden, "dispute.wrong_role", "This is for somebody else to do.")
	}
	return nil
}

func (c Claim) take(cmd TakeOffer, by By) ([]Event, error) {
	if c.Stage == Answer {
		if cmd.Number != 0 {
			return nil, fault.New(fault.NotFound, "dispute.unknown_offer", "That offer does not stand any more.")
		}
		if slices.Contains(c.TakenBy, by.Side) {
			return nil, fault.New(fault.Conflict, "dispute.already_taken", "You have taken the proposal already.")
		}
		taken := []Event{ProposalTaken{ClaimID: c.ID, By: by.Side, Person: by.Person}}
		if len(c.TakenBy) == 0 {
			return taken, nil
		}
		if c.Taker != "" && c.Taker == by.Person {
			return nil, sameSigner()
		}
		return append(taken, c.conclude(Agreed, *c.Proposal)), nil
	}
	o, err := c.offer(cmd.Number)
	if err != nil {
		return nil, err
	}
	if o.By == by.Side {
		return nil, fault.New(fault.Refused, "dispute.own_offer", "The other party takes an offer, not the one who made it.")
	}
	if o.Person != "" && o.Person == by.Person {
		return nil, sameSigner()
	}
	return []Event{OfferTaken{ClaimID: c.ID, By: by.Side, Number: o.Number}, c.conclude(Agreed, o.Division)}, nil
}

func sameSigner() error {
	return fault.New(fault.Refused, "dispute.same_signer", "One person cannot settle a claim for both companies.")
}

func (c Claim) assign(cmd AssignMediator) ([]Event, error) {
	switch {
	case cmd.Mediator == "":
		return nil, fault.New(fault.Invalid, "dispute.no_mediator", "Name the mediator.").At("mediator")
	case c.Mediator != "":
		return nil, fault.New(fault.Conflict, "dispute.has_mediator", "The claim has a mediator.")
	case c.Stage == Review && c.Ruling.By == cmd.Mediator:
		return nil, fault.New(fault.Refused, "dispute.same_person", "Whoever ruled does not decide the appeal.").At("mediator")
	}
	return []Event{MediatorAssigned{ClaimID: c.ID, Mediator: cmd.Mediator}}, nil
}

func (c Claim) rule(cmd Rule, by By) ([]Event, error) {
	if err := c.assigned(); err != nil {
		return nil, err
	}
	if err := c.divides(cmd.Division); err != nil {
		return nil, err
	}
	if err := words("reasons", cmd.Reasons); err != nil {
		return nil, err
	}
	ruling := RulingGiven{ClaimID: c.ID, Final: c.Stage == Review, Ruling: Ruling{By: by.Person, Reasons: cmd.Reasons, Division: cmd.Division}}
	if !ruling.Final {
		return []Event{ruling}, nil
	}
	return []Event{ruling, c.conclude(ByRuling, cmd.Division)}, nil
}

// lapse is the default outcome of each stage's clock.
func (c Claim) lapse(r Rules) []Event {
	switch c.Stage {
	case Negotiation, Answer:
		return []Event{Escalated{ClaimID: c.ID}}
	case Mediation, Decision, Review:
		missed := HouseMissed{ClaimID: c.ID, Mediator: c.Mediator}
		if c.Misses < r.HouseMissesMax {
			return []Event{missed}
		}
		if c.Ruling != nil {
			return []Event{missed, c.conclude(ByRuling, c.Ruling.Division)}
		}
		return []Event{missed, c.conclude(ByDefault, Division{ToBuyer: money.Share(c.Minor, r.DefaultBuyerBps, money.Up)})}
	case Ruled:
		return []Event{c.conclude(ByRuling, c.Ruling.Division)}
	case ReturnDue:
		return []Event{Resolved{ClaimID: c.ID, Ending: ReturnNotMade}}
	case ReturnSent:
		return []Event{Resolved{ClaimID: c.ID, Ending: ReturnPresumed, Division: c.Result}}
	case Ended:
	}
	return nil
}

// conclude ends the claim, or sends it to the return of the goods first.
func (c Claim) conclude(e Ending, d Division) Event {
	if d.WithReturn && d.ToBuyer > 0 {
		return ReturnOrdered{ClaimID: c.ID, Ending: e, Division: d}
	}
	return Resolved{ClaimID: c.ID, Ending: e, Division: d}
}

func (c Claim) divides(d Division) error {
	if d.ToBuyer < 0 || d.ToBuyer > c.Minor {
		return fault.New(fault.Invalid, "dispute.bad_division", "The buyer's share lies between zero and the disputed amount.").At("to_buyer")
	}
	return nil
}

func (c Claim) assigned() error {
	if c.Mediator == "" {
		return fault.New(fault.Conflict, "dispute.not_assigned", "No mediator has this claim yet.")
	}
	return nil
}

func (c Claim) nextOffer() int {
	n := 1
	for _, o := range c.Offers {
		n = max(n, o.Number+1)
	}
	return n
}

func words(field, s string) error {
	switch n := utf8.RuneCountInString(strings.TrimSpace(s)); {
	case !utf8.ValidString(s):
		return fault.New(fault.Invalid, "dispute.bad_characters", "This text cannot be read.").At(field)
	case n < wordsMin:
		return fault.New(fault.Invalid, "dispute.missing", "This is needed.").At(field)
	case n > wordsMax:
		return fault.New(fault.Invalid, "dispute.too_long", "This is too long.").At(field)
	}
	return nil
}

// Opening is what a claimant states.
type Opening struct {
	ID        string
	By        identity.Side
	Reason    Reason
	Minor     int64
	Demand    Division
	Statement string
	At        time.Time
}

// Open checks an opening and answers the claim in its first stage. It fails with
// dispute.wrong_reason, dispute.bad_division or dispute.missing.
func Open(o Opening) (Claim, error) {
	if !slices.Contains(Reasons(o.By), o.Reason) {
		return Claim{}, fault.New(fault.Invalid, "dispute.wrong_reason", "Choose a reason from the list for your side.").At("reason")
	}
	c := Claim{ID: o.ID, By: o.By, Reason: o.Reason, Minor: o.Minor, Demand: o.Demand, Statement: o.Statement, RaisedAt: o.At, Stage: Negotiation, StageFrom: o.At}
	if err := c.divides(o.Demand); err != nil {
		return Claim{}, err
	}
	return c, words("statement", o.Statement)
}
