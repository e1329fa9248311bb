package deal

import (
	"slices"
	"strconv"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/identity"
)

// claim freezes the disputed amount. A claim made at the very instant at which
// a clock ends is in time, because a lapse comes strictly after it.
func (d *decision) claim(s State, c RaiseClaim, side identity.Side) error {
	if s.Accepted {
		return fault.New(fault.Conflict, "deal.already_accepted", "The goods have been accepted; what is left is frozen by other claims or paid.")
	}
	own := 0
	for _, claim := range s.Claims {
		if claim.By == side {
			own++
		}
	}
	if _, known := s.Claim(c.ClaimID); known || own >= claimsMax {
		return fault.New(fault.Refused, "deal.too_many_claims", "No more claims can be raised about this deal.")
	}
	if c.ClaimID == "" {
		return fault.New(fault.Invalid, "deal.no_claim_id", "A claim needs a name of its own.").At("claim_id")
	}
	if err := checkName("claim_id", c.ClaimID); err != nil {
		return err
	}
	if len(c.Evidence) > evidenceMax {
		return fault.New(fault.Invalid, "deal.too_much_evidence", "A claim names at most 50 documents.").At("evidence")
	}
	if err := checkText("statement", c.Statement, statementMax); err != nil {
		return err
	}
	claim, err := dispute.Open(dispute.Opening{
		ID: c.ClaimID, By: side, Reason: c.Reason, Minor: c.Minor, Demand: c.Demand, Statement: c.Statement, At: d.now,
	})
	if err != nil {
		return err
	}
	claim.Evidence = slices.Clone(c.Evidence) // the caller keeps the list
	if _, err := s.Escrow.Freeze(c.ClaimID, c.Minor); err != nil {
		return err
	}
	d.add(ClaimRaised{Claim: claim})
	return nil
}

func (d *decision) conduct(s State, c Conduct, by dispute.By) error {
	claim, ok := s.Claim(c.ClaimID)
	if !ok {
		return fault.New(fault.NotFound, "dispute.unknown_claim", "This deal has no such claim.")
	}
	if _, lapse := c.Step.(dispute.Lapse); lapse {
		return fault.New(fault.Forbidden, "dispute.wrong_role", "Clocks lapse by the house's own command.")
	}
	events, err := dispute.Decide(claim, c.Step, by, s.Rules.Disputes)
	if err != nil {
		return err
	}
	for _, e := range events {
		d.add(e)
	}
	return nil
}

func (d *decision) freeze(s State, c Freeze) error {
	if s.Frozen {
		return fault.New(fault.Conflict, "deal.frozen", "The deal is frozen already.")
	}
	if c.Case == "" {
		return fault.New(fault.Invalid, "deal.no_case", "Name the compliance case.").At("case")
	}
	if err := checkText("case", c.Case, reasonMax); err != nil {
		return err
	}
	d.add(FreezePlaced(c))
	return nil
}

func (d *decision) unfreeze(s State, c Unfreeze) error {
	if !s.Frozen {
		return fault.New(fault.Conflict, "deal.not_frozen", "The deal is not frozen.")
	}
	if c.Case != s.FreezeCase {
		return fault.New(fault.Conflict, "deal.other_case", "A freeze is lifted under the case for which it was placed.").At("case")
	}
	d.add(FreezeLifted(c))
	return nil
}

func (d *decision) outage(c RecordOutage, now time.Time) error {
	if !c.To.After(c.From) || c.To.After(now) {
		return fault.New(fault.Invalid, "deal.bad_outage", "An outage ends after it begins, and has ended.").At("to")
	}
	d.add(ClocksStopped{Pause(c)})
	return nil
}

// lapse carries out the default outcome of a clock that has run out.
func (d *decision) lapse(s State, c Lapse, now time.Time) error {
	var due *Deadline
	for _, x := range s.Deadlines() {
		if x.Clock == c.Clock && x.Ref == c.Ref {
			due = &x
		}
	}
	switch {
	case due == nil:
		return fault.New(fault.Conflict, "deal.no_such_clock", "No clock of that name is running.")
	case due.Paused:
		return fault.New(fault.Refused, "deal.frozen", "The deal's clocks stand still.")
	case !now.After(due.At):
		return fault.New(fault.Refused, "deal.not_lapsed", "This clock runs until {date}.").With("date", due.At.Format(time.RFC3339))
	case claimClock(c.Clock):
		return d.lapseClaim(s, c.Ref)
	}
	switch c.Clock {
	case SignClock:
		d.add(CalledOff{Outcome: Expired, Why: string(SignClock)})
	case FundClock:
		d.add(CalledOff{Outcome: Expired, Why: string(FundClock)})
	case AmendClock:
		d.add(AmendmentLapsed{Hash: s.Amendment.Hash})
	case CancelClock:
		d.add(CancelLapsed{By: s.CancelBy})
	case ShipClock:
		d.add(CalledOff{Outcome: Refunded, Why: string(ShipClock)})
	case LostClock:
		if s.anyArrived() {
			d.add(GoodsArrived{By: "silence", At: s.presumedArrival()})
		} else {
			d.add(CalledOff{Outcome: Refunded, Why: string(LostClock)})
		}
	case ProofClock:
		d.add(GoodsArrived{By: "silence", At: s.presumedArrival()})
	case InspectClock:
		d.add(GoodsAccepted{By: "silence"})
	}
	return nil
}

func (d *decision) lapseClaim(s State, id string) error {
	claim, _ := s.Claim(id)
	events, err := dispute.Decide(claim, dispute.Lapse{}, dispute.By{Office: identity.Clock}, s.Rules.Disputes)
	if err != nil {
		return err
	}
	for _, e := range events {
		d.add(e)
	}
	return nil
}

func itoa(n int) string { return strconv.Itoa(n) }
