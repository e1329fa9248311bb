package assurance_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"testing"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/compliance"
	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/shipment"
)

const listedToo = "1 Zebulon Quartermaine Holdings\n2 Wolfgang Ostrander\n3 Malachite Freight Syndicate\n4 Guangzhou Works Limited\n"

func TestOnePersonDoesNotLetADealGoOnThatStandsStillForACase(t *testing.T) {
	t.Parallel()
	p, list := watched(t)
	id := p.funded()
	p.carryChecks()
	list.write(listedToo)
	p.readLists()
	c := p.oneCase()
	_, err := p.Act(p.ctx, assurance.Call{By: clerk("cat")}, id, deal.Unfreeze{Case: c.ID})
	p.refused(err, "deal.waits_for_case")
	if !p.state(id).Frozen {
		t.Error("the deal goes on")
	}
	p.decide(c, compliance.FalsePositive)
	if p.state(id).Frozen {
		t.Error("the deal stands still after the case was cleared")
	}
}

func TestADealThatWasStoppedByHandWaitsForTheCaseAndForTheHand(t *testing.T) {
	t.Parallel()
	p, list := watched(t)
	id := p.funded()
	p.carryChecks()
	_, err := p.Act(p.ctx, assurance.Call{By: clerk("cat")}, id, deal.Freeze{Case: "C-7"})
	p.must(err)
	list.write(listedToo)
	p.readLists()
	c := p.oneCase()
	seen := func() deal.State {
		t.Helper()
		s, err := p.Deal(p.ctx, office(identity.Auditor), id) // parties are not told for what
		p.must(err)
		return s
	}
	if s := seen(); s.FreezeCase != "C-7" {
		t.Fatalf("stopped for %q", s.FreezeCase)
	}
	_, err = p.Act(p.ctx, assurance.Call{By: clerk("cat")}, id, deal.Unfreeze{Case: "C-7"})
	p.refused(err, "deal.waits_for_case")
	p.decide(c, compliance.FalsePositive)
	if s := seen(); !s.Frozen || s.FreezeCase != "C-7" {
		t.Errorf("frozen %t for %q: a case does not end what a person has begun", s.Frozen, s.FreezeCase)
	}
	_, err = p.Act(p.ctx, assurance.Call{By: clerk("cat")}, id, deal.Unfreeze{Case: "C-7"})
	p.must(err)
	if seen().Frozen {
		t.Error("the deal stands still after both ended")
	}
}

// What waits while a deal stands still is carried out when it goes on. With two cases
// that is after the second, and not for a moment between them.
func TestNothingMovesBetweenTwoCases(t *testing.T) {
	t.Parallel()
	p, list := watched(t)
	terms := p.terms()
	terms.Tranches[0].Release = contract.OnDelivery
	r, err := p.DraftDeal(p.ctx, assurance.Call{By: p.buyer}, terms)
	p.must(err)
	id := deal.ID(r.ID)
	p.act(p.buyer, id, deal.MakeOffer{})
	hash := p.state(id).TermsHash
	p.act(p.buyer, id, deal.Sign{Hash: hash})
	p.act(p.seller, id, deal.Sign{Hash: hash})
	p.book(p.notice(id, usd(100_000)))
	p.act(p.seller, id, deal.Ship{ConsignmentID: "c1", Carrier: "Sea", TrackingNumber: "S1", Final: true})
	p.carryChecks()
	list.write("1 Guangzhou Works Limited\n2 Basler Handel AG\n3 Malachite Freight Syndicate\n")
	p.readLists()
	carrier := identity.Actor{Office: identity.Carrier, Person: "sea"}
	for _, e := range []shipment.Event{{Stage: shipment.PickedUp, At: p.Now(), Place: "CN"}, {Stage: shipment.Delivered, At: p.Now(), Place: "CH Basel"}} {
		p.act(carrier, id, deal.Track{ConsignmentID: "c1", Event: e})
	}
	open := p.cases(true)
	if len(open) != 2 {
		t.Fatalf("%d cases", len(open))
	}
	p.decide(open[0], compliance.FalsePositive)
	if s := p.state(id); !s.Frozen || s.Escrow.Released() != 0 {
		t.Fatalf("after the first case: frozen %t, %d released", s.Frozen, s.Escrow.Released())
	}
	p.decide(open[1], compliance.FalsePositive)
	if s := p.state(id); s.Frozen || s.Escrow.Released() == 0 {
		t.Errorf("after the second case: frozen %t, %d released", s.Frozen, s.Escrow.Released())
	}
}

// A draft is seen by its writer alone, and binds nobody: no case stops it, so none must let it go.
func TestADraftIsStoppedByNoCase(t *testing.T) {
	t.Parallel()
	p, list := watched(t)
	r, err := p.DraftDeal(p.ctx, assurance.Call{By: p.buyer}, p.terms())
	p.must(err)
	list.write(listedToo)
	p.readLists()
	o, err := p.Organisation(p.ctx, office(identity.Auditor), p.oneCase().Subject.Party)
	p.must(err)
	if !o.Held() || p.state(deal.ID(r.ID)).Frozen {
		t.Errorf("the company is held: %t, its draft stands still: %t", o.Held(), p.state(deal.ID(r.ID)).Frozen)
	}
}

// A new house reads its lists beside everything else. Nobody trades before it has.
func TestNobodySignsBeforeTheFirstListWasRead(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.House.Close()
	var err error
	p.House, err = assurance.Open(context.WithoutCancel(p.ctx), assurance.Config{
		Store: p.disk, Archive: p.store, Clock: p.clock, Random: rand.Reader, PayoutRail: "bank",
		NewID: func() string { return fmt.Sprintf("%012d", p.ids.Add(1)) }, Watchlists: &paper{lines: map[string]string{"own:test": "1 Wolfgang Ostrander\n"}},
	})
	p.must(err)
	id := p.offered()
	hash := p.state(id).TermsHash
	_, err = p.Act(p.ctx, assurance.Call{By: p.buyer}, id, deal.Sign{Hash: hash})
	p.refused(err, "house.cannot_check")
	p.refused(p.Check(p.ctx, assurance.CheckOrder{Party: p.buyer.Party, Trigger: string(compliance.AtRegistration)}), "house.cannot_check")
	p.refused(p.MayPay(p.ctx, assurance.PayoutOrder{Party: p.buyer.Party}), "house.cannot_check")
	p.readLists()
	for _, by := range []identity.Actor{p.buyer, p.seller} {
		p.act(by, id, deal.Sign{Hash: hash})
	}
}
