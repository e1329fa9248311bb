package deal

import (
	"time"

	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/identity"
)

// Who must act: a side, the house, or either side.
type Who string

// The values of Who.
const (
	WhoBuyer  Who = "buyer"
	WhoSeller Who = "seller"
	WhoEither Who = "either"
	WhoHouse  Who = "house"
)

// Obligation is one thing that somebody owes or may do, by when, and what
// happens if nobody acts. What and Lapse are codes; faces put them into words.
type Obligation struct {
	Who    Who
	What   string    // such as "sign", "fund", "ship", "inspect", "answer_claim"
	By     time.Time // the last instant that is in time; zero if no clock runs
	Lapse  string    // what happens after By, such as "expires", "refund", "accepted"
	Ref    string    // the claim, if it is about one
	May    bool      // a right rather than a duty
	Paused bool      // the deal is frozen and the clock stands still
}

// Obligations answers, for every state, who owes what by when and what happens
// on lapse. The most urgent comes first. A closed deal has none.
func (s State) Obligations() []Obligation {
	var out []Obligation
	if s.Phase == Draft {
		out = append(out, Obligation{Who: Who(s.Drafter), What: "finish_draft", May: true})
	}
	for _, d := range s.Deadlines() {
		out = append(out, s.obligation(d)...)
	}
	if s.Phase == Funded && s.CalledOff == Running {
		out = append(out, Obligation{Who: WhoBuyer, What: "withdraw_after", By: s.MayWithdrawFrom(), May: true, Paused: s.Frozen})
	}
	if s.Frozen {
		out = append(out, Obligation{Who: WhoHouse, What: "clear_freeze", Lapse: "stays_frozen", Paused: true})
	}
	return out
}

func (s State) obligation(d Deadline) []Obligation {
	one := func(who Who, what, lapse string) []Obligation {
		return []Obligation{{Who: who, What: what, By: d.At, Lapse: lapse, Ref: d.Ref, Paused: d.Paused}}
	}
	switch d.Clock {
	case SignClock:
		var out []Obligation
		for _, side := range []identity.Side{identity.Buyer, identity.Seller} {
			if !s.Signed(side) {
				out = append(out, one(Who(side), "sign", "expires")...)
			}
		}
		return out
	case FundClock:
		return one(WhoBuyer, "fund", "expires")
	case AmendClock:
		return one(Who(d.Who), "answer_amendment", "amendment_dropped")
	case CancelClock:
		return one(Who(d.Who), "answer_cancel", "cancel_dropped")
	case ShipClock:
		return one(WhoSeller, "ship", "refund")
	case LostClock:
		if s.finalShipment() {
			return one(WhoSeller, "deliver", s.lostLapse())
		}
		return one(WhoSeller, "ship_rest", s.lostLapse())
	case ProofClock:
		return one(WhoBuyer, "confirm_receipt", "counts_as_delivered")
	case InspectClock:
		return one(WhoBuyer, "inspect", "accepted")
	}
	return s.claimObligation(d, one)
}

func (s State) lostLapse() string {
	if s.anyArrived() {
		return "counts_as_delivered"
	}
	return "refund"
}

func (s State) claimObligation(d Deadline, one func(Who, string, string) []Obligation) []Obligation {
	switch dispute.ClockName(d.Clock) {
	case dispute.NegotiateClock:
		return one(Who(d.Who), "answer_claim", "goes_to_mediation")
	case dispute.AssignClock:
		return one(WhoHouse, "assign_mediator", "house_missed")
	case dispute.ProposeClock:
		return one(WhoHouse, "propose", "house_missed")
	case dispute.AnswerClock:
		return one(WhoEither, "answer_proposal", "goes_to_ruling")
	case dispute.RuleClock:
		return one(WhoHouse, "rule", "house_missed")
	case dispute.AppealClock:
		o := one(WhoEither, "appeal", "ruling_stands")
		o[0].May = true
		return o
	case dispute.ReturnShipClock:
		return one(WhoBuyer, "return_goods", "seller_paid")
	case dispute.ReturnReceiveClock:
		return one(WhoSeller, "confirm_return", "buyer_paid")
	}
	return nil
}
