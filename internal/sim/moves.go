package sim

import (
	"fmt"
	"slices"
	"time"

	"fondaco/internal/money"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/shipment"
)

// doDuty opens a deal, or lets somebody do what a deal says is owed or allowed.
func (u *user) doDuty() {
	u.mu.Lock()
	n := len(u.deals)
	u.mu.Unlock()
	if n == 0 || n < u.manner.deals && u.chance(15) {
		u.draft()
		return
	}
	s, ok := u.anyDeal()
	if !ok {
		u.draft()
		return
	}
	duties := s.Obligations()
	if s.OpenClaims() > 0 { // claims go on for long; the deal's own clock must not starve them
		duties = append(duties, slices.DeleteFunc(slices.Clone(duties), func(o deal.Obligation) bool { return o.Ref == "" })...)
	}
	if len(duties) == 0 {
		return
	}
	o := pick(u, duties...)
	if s.Frozen && u.chance(50) {
		o = deal.Obligation{What: "clear_freeze"}
	}
	u.meet(s, o)
}

// parties are who stands on the sides of a deal.
func (w *world) parties(s deal.State) (buyer, seller identity.Actor) {
	return w.memberOf(s.Terms.Buyer), w.memberOf(s.Terms.Seller)
}

func (w *world) sideOf(s deal.State, side identity.Side) identity.Actor {
	return w.memberOf(s.Terms.Party(side))
}

// meet does what an obligation asks for, mostly.
func (u *user) meet(s deal.State, o deal.Obligation) {
	buyer, seller := u.parties(s)
	owes := u.sideOf(s, identity.Side(o.Who))
	give := func(by identity.Actor, c deal.Command) { _, _ = u.give(by, s.ID, c) }
	switch o.What {
	case "finish_draft":
		give(owes, pick[deal.Command](u, deal.MakeOffer{}, deal.MakeOffer{}, deal.MakeOffer{}, deal.WriteDraft{Terms: u.terms(s.Terms.Buyer, s.Terms.Seller)}))
	case "sign":
		if u.chance(15) {
			give(owes, deal.Counter{Terms: u.changed(s)})
			return
		}
		give(owes, deal.Sign{Hash: s.TermsHash})
	case "answer_amendment":
		give(owes, deal.Sign{Hash: s.Amendment.Hash})
	case "answer_cancel":
		give(owes, deal.CancelByBoth{Reason: "agreed"})
	case "fund":
		u.fund(s)
	case "ship", "ship_rest":
		give(seller, u.shipment(s))
	case "deliver":
		u.track(s)
	case "confirm_receipt":
		give(buyer, deal.ConfirmReceipt{})
	case "inspect":
		switch {
		case u.chance(u.manner.quarrels):
			give(pick(u, buyer, buyer, seller), u.claim(s))
		case u.chance(20):
			give(pick(u, buyer, seller), deal.ExtendInspection{Days: 1 + u.rng.IntN(5)})
		default:
			give(buyer, deal.Accept{})
		}
	case "withdraw_after":
		give(buyer, deal.Withdraw{Reason: "too late"})
	case "clear_freeze":
		give(u.staff.compliance, deal.Unfreeze{Case: s.FreezeCase})
	default:
		u.meetClaim(s, o)
	}
}

// meetClaim takes a step in a claim.
func (u *user) meetClaim(s deal.State, o deal.Obligation) {
	claim, ok := s.Claim(o.Ref)
	if !ok {
		return
	}
	buyer, seller := u.parties(s)
	give := func(by identity.Actor, step dispute.Command) {
		_, _ = u.give(by, s.ID, deal.Conduct{ClaimID: claim.ID, Step: step})
	}
	division := dispute.Division{ToBuyer: u.rng.Int64N(claim.Minor + 1), WithReturn: u.chance(40)}
	either := pick(u, buyer, seller)
	mediator := identity.Actor{Office: identity.Mediator, Person: claim.Mediator}
	switch o.What {
	case "answer_claim":
		for _, offer := range claim.Offers {
			if u.chance(50) {
				give(u.sideOf(s, offer.By.Other()), dispute.TakeOffer{Number: offer.Number})
				return
			}
		}
		if u.chance(10) {
			give(u.sideOf(s, claim.By), dispute.Drop{})
			return
		}
		give(either, pick[dispute.Command](u, dispute.MakeOffer{Division: division}, dispute.MakeOffer{Division: division}, dispute.Escalate{}))
	case "assign_mediator":
		give(u.staff.admin, dispute.AssignMediator{Mediator: pick(u, u.staff.mediator, u.staff.other).Person})
	case "propose":
		give(mediator, dispute.Propose{Division: division})
	case "answer_proposal":
		if u.chance(u.manner.quarrels) {
			give(either, dispute.Escalate{})
			return
		}
		give(either, dispute.TakeOffer{})
	case "rule":
		give(mediator, dispute.Rule{Division: division, Reasons: "As the evidence shows."})
	case "appeal":
		if u.chance(u.manner.quarrels) {
			give(either, dispute.Appeal{Grounds: "New evidence."})
		}
	case "return_goods":
		give(buyer, dispute.ReturnShipped{TrackingNumber: "BACK-1"})
	case "confirm_return":
		give(seller, dispute.ReturnReceived{})
	}
}

// fund has the buyer's bank send money: all, too little, too much, or something else.
func (u *user) fund(s deal.State) {
	missing := s.Missing()
	if missing == 0 {
		return
	}
	if coming := u.bank.coming(string(s.ID)); coming && !u.chance(15) {
		u.letTell()
		return
	}
	minor, c := missing, s.Terms.Currency
	switch u.rng.IntN(10) {
	case 0:
		minor = 1 + u.rng.Int64N(missing)
	case 1:
		minor = missing + 1 + u.rng.Int64N(500)
	case 2:
		c = money.MustCurrency(pick(u, "USD", "EUR"))
	}
	u.bank.receive(string(s.ID), "The buyer's bank", money.New(minor, c))
}

// coming reports whether money for the deal is on its way already.
func (b *bank) coming(id string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.ContainsFunc(b.letters, func(l *letter) bool { return l.deposit.Deal == id })
}

func (u *user) changed(s deal.State) (t termsOf) {
	t = s.Terms
	t.Inspection.Where = fmt.Sprintf("at gate %d", u.rng.IntN(1000))
	if u.chance(30) {
		last := len(t.Tranches) - 1
		t.Freight = money.New(100, t.Currency)
		if s.Terms.Freight.Minor() == 0 {
			t.Tranches = slices.Clone(t.Tranches)
			t.Tranches[last].Amount = money.New(t.Tranches[last].Amount.Minor()+100, t.Currency)
		}
	}
	return t
}

func (u *user) shipment(s deal.State) deal.Ship {
	number := fmt.Sprintf("RR%06d", u.keys.Add(1))
	if u.chance(10) {
		number = "RR000000" // used by others too
	}
	return deal.Ship{ConsignmentID: fmt.Sprintf("c%d", len(s.Consignments)+1), Carrier: "post", TrackingNumber: number, Final: !s.Terms.Delivery.PartialShipments || u.chance(60)}
}

// track lets the carrier report the next scan of a consignment, or an odd one.
func (u *user) track(s deal.State) {
	if len(s.Consignments) == 0 {
		return
	}
	k := pick(u, s.Consignments...)
	e := shipment.Event{Stage: shipment.PickedUp, At: u.tides.Now(), Place: "CN Ningbo"}
	if k.PickedUp || u.chance(15) {
		e.Stage, e.Place = shipment.Delivered, pick(u, "CH Basel", "CH Basel", "CH Basel", "FR Lyon", "")
	}
	if u.chance(10) {
		e.Stage = pick(u, shipment.Stages()...)
	}
	_, _ = u.give(u.staff.carrier, s.ID, deal.Track{ConsignmentID: k.ID, Event: e})
}

func (u *user) claim(s deal.State) deal.RaiseClaim {
	free := max(1, s.Escrow.Held()-s.Escrow.Frozen())
	minor := pick(u, free, 1+u.rng.Int64N(free))
	return deal.RaiseClaim{
		Reason: pick(u, dispute.QualityDefect, dispute.QualityDefect, dispute.NotReceived, dispute.BuyerRefuses), Minor: minor,
		Demand: dispute.Division{ToBuyer: u.rng.Int64N(minor + 1)}, Statement: "Not what was agreed.",
	}
}

// tryAnything gives some command that makes sense somewhere, whether or not here.
func (u *user) tryAnything() {
	s, ok := u.anyDeal()
	if !ok {
		u.doDuty()
		return
	}
	by, cmd := u.anyCommand(s)
	_, _ = u.give(by, s.ID, cmd)
}

// anyCommand is a command with somebody who may give it.
func (u *user) anyCommand(s deal.State) (identity.Actor, deal.Command) {
	buyer, seller := u.parties(s)
	either := pick(u, buyer, seller)
	now := u.tides.Now()
	u.witness.span(now.Add(-5*time.Hour), now.Add(-time.Hour))
	kinds := []struct {
		by  identity.Actor
		cmd deal.Command
	}{
		{either, deal.WriteDraft{Terms: u.changed(s)}},
		{either, deal.MakeOffer{}},
		{either, deal.Counter{Terms: u.changed(s)}},
		{either, deal.Sign{Hash: s.TermsHash}},
		{either, deal.Withdraw{Reason: "no longer needed"}},
		{either, deal.Amend{Terms: u.changed(s)}},
		{either, deal.CancelByBoth{Reason: "plans have changed"}},
		{seller, u.shipment(s)},
		{buyer, deal.ConfirmReceipt{}},
		{buyer, deal.Accept{}},
		{either, deal.ExtendInspection{Days: u.rng.IntN(16)}},
		{either, u.claim(s)},
		{u.staff.compliance, deal.Freeze{Case: "case-1"}},
		{u.staff.compliance, deal.Unfreeze{Case: "case-1"}},
		{pick(u, u.staff.admin, u.staff.clock), deal.RecordOutage{From: now.Add(-5 * time.Hour), To: now.Add(-time.Hour)}},
		{u.staff.carrier, deal.Track{ConsignmentID: "c1", Event: shipment.Event{Stage: pick(u, shipment.Stages()...), At: now.Add(-time.Hour), Place: "CH Basel"}}},
	}
	for _, c := range s.Claims {
		steps := []dispute.Command{
			dispute.MakeOffer{Division: dispute.Division{ToBuyer: c.Minor / 2}},
			dispute.TakeOffer{},
			dispute.Escalate{},
			dispute.Appeal{Grounds: "New evidence."},
			dispute.ReturnShipped{TrackingNumber: "BACK-1"},
			dispute.ReturnReceived{},
			dispute.Drop{},
		}
		kinds = append(kinds, struct {
			by  identity.Actor
			cmd deal.Command
		}{either, deal.Conduct{ClaimID: c.ID, Step: pick(u, steps...)}})
	}
	k := pick(u, kinds...)
	return k.by, k.cmd
}
