package deal

import (
	"slices"
	"time"

	"fondaco/internal/money"
	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/shipment"
)

// ClockName names one clock of a deal; the clocks of claims are named by package dispute.
type ClockName string

// The clocks of a deal, each with what its lapse does.
const (
	SignClock    ClockName = "sign"       // the offer expires
	FundClock    ClockName = "fund"       // the contract expires, deposits go back
	AmendClock   ClockName = "amend"      // the proposed amendment is dropped
	CancelClock  ClockName = "cancel"     // the wish to cancel is dropped
	ShipClock    ClockName = "ship"       // the held money goes back to the buyer
	LostClock    ClockName = "lost"       // likewise, or inspection starts if anything arrived
	ProofClock   ClockName = "weak_proof" // the weak proof counts, inspection starts
	InspectClock ClockName = "inspection" // the goods are accepted
)

// Deadline is a running clock. A lapse is due strictly after At: whoever acts at
// the very instant is in time.
type Deadline struct {
	Clock  ClockName
	Ref    string // the claim, for the clocks of claims
	From   time.Time
	At     time.Time
	Who    identity.Side // who is meant to act; NoSide for the house or for either party
	Paused bool          // the deal is frozen; At moves on until it is not
}

// Deadlines lists every running clock, the earliest first.
func (s State) Deadlines() []Deadline {
	var out []Deadline
	add := func(d Deadline, days int) {
		d.At = s.lengthened(d.From, d.At.Add(time.Duration(days)*day))
		d.Paused = s.Frozen
		out = append(out, d)
	}
	r := s.Rules
	running := s.CalledOff == Running && s.Phase != Closed
	if running && s.Amendment != nil {
		add(Deadline{Clock: AmendClock, From: s.Amendment.At, At: s.Amendment.At, Who: s.Amendment.By.Other()}, r.SignDays)
	}
	if running && s.CancelBy != identity.NoSide {
		add(Deadline{Clock: CancelClock, From: s.CancelAt, At: s.CancelAt, Who: s.CancelBy.Other()}, r.SignDays)
	}
	if running {
		s.phaseDeadline(add)
	}
	for _, c := range s.Claims {
		if name, days, who, ok := c.Clock(r.Disputes); ok {
			add(Deadline{Clock: ClockName(name), Ref: c.ID, From: c.StageFrom, At: c.StageFrom, Who: who}, days)
		}
	}
	slices.SortStableFunc(out, func(a, b Deadline) int { return a.At.Compare(b.At) })
	return out
}

func (s State) phaseDeadline(add func(Deadline, int)) {
	r := s.Rules
	switch s.Phase {
	case Offered:
		add(Deadline{Clock: SignClock, From: s.OfferedAt, At: s.OfferedAt}, r.SignDays)
	case Agreed:
		add(Deadline{Clock: FundClock, From: s.AgreedAt, At: s.AgreedAt, Who: identity.Buyer}, r.FundDays)
	case Funded:
		add(Deadline{Clock: ShipClock, From: s.FundedAt, At: s.shipBase(), Who: identity.Seller}, r.ShipGraceDays+r.ShipRefundDays)
	case Shipped:
		if s.allArrived(shipment.Weak) {
			known := s.proofKnown()
			add(Deadline{Clock: ProofClock, From: known, At: known, Who: identity.Buyer}, r.WeakProofDays)
			return
		}
		add(Deadline{Clock: LostClock, From: s.ShippedAt, At: later(s.Terms.Delivery.DeliverBy.End(), s.ShippedAt), Who: identity.Seller}, r.LostDays)
	case Delivered:
		if !s.Accepted && !s.sellerClaims() {
			from := s.inspectFrom()
			add(Deadline{Clock: InspectClock, From: from, At: from, Who: identity.Buyer}, s.inspectionDays())
		}
	case None, Draft, Closed:
	}
}

// MayWithdrawFrom is the instant from which a buyer may leave a funded deal that
// the seller has not shipped.
func (s State) MayWithdrawFrom() time.Time {
	return s.lengthened(s.FundedAt, s.shipBase().Add(time.Duration(s.Rules.ShipGraceDays)*day))
}

// shipBase is the end of the ship-by day; a price that came late gives the seller
// no less than the day it came.
func (s State) shipBase() time.Time { return later(s.Terms.Delivery.ShipBy.End(), s.FundedAt) }

func (s State) inspectionDays() int {
	days := s.Terms.Inspection.Days
	for _, x := range s.Extensions {
		days += x.Days
	}
	return days
}

const day = 24 * time.Hour

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// sellerClaims reports whether a claim by the seller is open. While it is, the
// inspection waits: a claim leaves the buyer less to claim, and the
// seller, who can drop it at any time, must not wait the inspection out with it.
func (s State) sellerClaims() bool {
	return slices.ContainsFunc(s.Claims, func(c dispute.Claim) bool { return c.By == identity.Seller && c.Open() })
}

// inspectFrom is when the inspection began, or began anew: the end of a claim by
// the seller gives the buyer the whole of it again, or a claim raised in its last
// minute would leave no time to answer.
func (s State) inspectFrom() time.Time {
	from := s.InspectFrom
	for _, c := range s.Claims {
		if c.By == identity.Seller && !c.Open() {
			from = later(from, c.StageFrom)
		}
	}
	return from
}

// lengthened moves a deadline by every pause that fell into the time it ran.
func (s State) lengthened(from, at time.Time) time.Time {
	for _, p := range s.Pauses {
		if start := later(p.From, from); start.Before(at) && p.To.After(start) {
			at = at.Add(p.To.Sub(start))
		}
	}
	return at
}

// Misses reports whether a clock of the deal may have run in the pause, and nobody has
// told the deal of it.
func (s State) Misses(p Pause) bool {
	return slices.Contains(phasesOf(RecordOutage{}), s.Phase) && s.OfferedAt.Before(p.To) &&
		!slices.ContainsFunc(s.Pauses, func(q Pause) bool { return !q.From.After(p.From) && !p.To.After(q.To) })
}

// Heard is the deal as it will be once it has been told of the pause.
func (s State) Heard(p Pause) State {
	s.Pauses = addPause(s.Pauses, p)
	return s
}

// addPause keeps the pauses disjoint and in order, so that none counts twice.
func addPause(pauses []Pause, p Pause) []Pause {
	if !p.To.After(p.From) {
		return pauses
	}
	all := append(slices.Clone(pauses), p)
	slices.SortFunc(all, func(a, b Pause) int { return a.From.Compare(b.From) })
	out := all[:1]
	for _, next := range all[1:] {
		last := &out[len(out)-1]
		if next.From.After(last.To) {
			out = append(out, next)
			continue
		}
		last.To = later(last.To, next.To)
	}
	return out
}

// penalty is what late delivery costs by the terms, in minor units.
func (s State) penalty() int64 {
	due := s.Terms.Delivery.DeliverBy.End()
	if s.Terms.Remedies.LatePenaltyBps == 0 || s.ArrivedAt.IsZero() || s.ArrivedAt.Before(due) {
		return 0
	}
	weeks := int64(s.ArrivedAt.Sub(due)/(7*day)) + 1
	bps := min(weeks*s.Terms.Remedies.LatePenaltyBps, s.Terms.Remedies.LatePenaltyCapBps)
	return money.Share(s.Escrow.Due(), bps, money.Down)
}

// released reports whether the trigger of a tranche has been met.
func (s State) met(t contract.Trigger) bool {
	switch t {
	case contract.OnFunding:
		return !s.FundedAt.IsZero()
	case contract.OnShipment:
		return s.finalShipment() && !slices.ContainsFunc(s.Consignments, unshipped) || s.Phase == Delivered
	case contract.OnDelivery:
		return s.Phase == Delivered
	case contract.OnAcceptance:
		return s.Accepted
	}
	return false
}

// unshipped reports that no carrier's word shows these goods on their way: none at
// all, or words about a number that was another deal's.
func unshipped(c shipment.Consignment) bool {
	return c.Grade != shipment.Good && (!c.PickedUp || c.NumberReused)
}

// claimClock reports whether a clock belongs to a claim.
func claimClock(name ClockName) bool {
	switch dispute.ClockName(name) {
	case dispute.NegotiateClock, dispute.AssignClock, dispute.ProposeClock, dispute.AnswerClock,
		dispute.RuleClock, dispute.AppealClock, dispute.ReturnShipClock, dispute.ReturnReceiveClock:
		return true
	}
	return false
}
