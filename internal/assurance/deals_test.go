package assurance_test

import (
	"testing"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
)

func TestTrackingNumberOfAnotherDealIsKnownInEverySpelling(t *testing.T) {
	t.Parallel()
	p := setup(t)
	ship := func(id deal.ID, carrier, number string) bool {
		p.act(p.seller, id, deal.Ship{ConsignmentID: "c1", Carrier: carrier, TrackingNumber: number, Final: true, NumberReused: true})
		return p.state(id).Consignments[0].NumberReused
	}
	if ship(p.funded(), "DHL Express", "JD01 4600") {
		t.Error("a new number is taken for a used one, on the word of the caller")
	}
	for _, c := range []struct {
		carrier, number string
		used            bool
	}{
		{"DHL Express", "JD01 4600", true},
		{" dhl  express ", " jd014600 ", true},
		{"DHL Express", "JD01 4601", false},
		{"Maersk", "JD01 4600", false},
	} {
		if used := ship(p.funded(), c.carrier, c.number); used != c.used {
			t.Errorf("%q of %q: used %v", c.number, c.carrier, used)
		}
	}
	p.sound()
}

func TestTrackingNumberOfTheSameBatchIsKnown(t *testing.T) {
	t.Parallel()
	p := setup(t)
	first, second := p.funded(), p.funded()
	ship := func(id deal.ID) func() (assurance.Receipt, error) {
		return func() (assurance.Receipt, error) {
			return p.Act(p.ctx, assurance.Call{By: p.seller}, id, deal.Ship{ConsignmentID: "c1", Carrier: "Sea", TrackingNumber: "N1", Final: true})
		}
	}
	for _, o := range p.together(ship(first), ship(second)) {
		p.must(o.err)
	}
	if p.state(first).Consignments[0].NumberReused || !p.state(second).Consignments[0].NumberReused {
		t.Error("the second use of a number in one batch was not seen")
	}
}

func TestADealIsFoundByTheTitleItHasNow(t *testing.T) {
	t.Parallel()
	p := setup(t)
	terms := p.terms()
	terms.Title = "Forty teapots"
	r, err := p.DraftDeal(p.ctx, assurance.Call{By: p.buyer}, terms)
	p.must(err)
	finds := func(by identity.Actor, search string) int {
		list, err := p.Deals(p.ctx, by, assurance.DealQuery{Search: search})
		p.must(err)
		return len(list.Rows)
	}
	if own, other := finds(p.buyer, "teapot"), finds(p.seller, "teapot"); own != 1 || other != 0 {
		t.Errorf("of a draft the drafter finds %d, the other party %d", own, other)
	}
	terms.Title = "Fifty kettles"
	p.act(p.buyer, deal.ID(r.ID), deal.WriteDraft{Terms: terms})
	p.act(p.buyer, deal.ID(r.ID), deal.MakeOffer{})
	for _, by := range []identity.Actor{p.buyer, p.seller, {Office: identity.Auditor, Person: "a"}} {
		if now, before := finds(by, "kettle"), finds(by, "teapot"); now != 1 || before != 0 {
			t.Errorf("%s finds %d by the title, and %d by what it was before", by, now, before)
		}
	}
	p.sound()
}

func TestDraftIsHiddenFromTheOtherPartyUntilItIsOffered(t *testing.T) {
	t.Parallel()
	p := setup(t)
	r, err := p.DraftDeal(p.ctx, assurance.Call{By: p.buyer}, p.terms())
	p.must(err)
	count := func(by identity.Actor) int {
		list, err := p.Deals(p.ctx, by, assurance.DealQuery{})
		p.must(err)
		return len(list.Rows)
	}
	if own, other := count(p.buyer), count(p.seller); own != 1 || other != 0 {
		t.Errorf("the drafter lists %d, the other party %d", own, other)
	}
	_, err = p.Deal(p.ctx, p.seller, deal.ID(r.ID))
	p.refused(err, "deal.not_found")
	p.act(p.buyer, deal.ID(r.ID), deal.MakeOffer{})
	if own, other := count(p.buyer), count(p.seller); own != 1 || other != 1 {
		t.Errorf("after the offer: %d and %d", own, other)
	}
	_, err = p.Deals(p.ctx, identity.HouseClock(), assurance.DealQuery{})
	p.refused(err, "house.forbidden")
}

func TestACompanyThatIsNotRegisteredIsRefusedEveryTime(t *testing.T) {
	t.Parallel()
	p := setup(t)
	for range 3 {
		_, err := p.DraftDeal(p.ctx, assurance.Call{By: p.buyer}, p.terms())
		p.must(err) // from here on both companies are remembered
		strange := p.terms()
		strange.Seller = "nobody"
		_, err = p.DraftDeal(p.ctx, assurance.Call{By: p.buyer}, strange)
		p.refused(err, "party.not_found")
	}
}
