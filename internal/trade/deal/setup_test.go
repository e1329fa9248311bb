package deal_test

import (
	"testing"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/shipment"
)

// bench is one deal and a clock that tests set.
type bench struct {
	t     *testing.T
	state deal.State
	now   time.Time
}

func buyer() identity.Actor  { return identity.MemberOf("buyer-co", "ann") }
func seller() identity.Actor { return identity.MemberOf("seller-co", "bob") }
func office(o identity.Office) identity.Actor {
	return identity.Actor{Office: o, Person: identity.PersonID("of-" + o)}
}

// agreed are the terms of every deal here: 1,000.00 USD, 300.00 on shipment and
// the rest on acceptance.
func agreed() contract.Terms {
	usd := money.MustCurrency("USD")
	return contract.Terms{
		Title: "Brass fittings", Buyer: "buyer-co", Seller: "seller-co", Currency: usd,
		Lines: []contract.Line{{Description: "Brass fittings", Quantity: 100, Unit: "PCE", UnitPrice: money.New(1000, usd)}},
		Delivery: contract.Delivery{
			Incoterm: "DAP", NamedPlace: "Basel", ShipTo: "CH Basel", ShipBy: "2027-03-20", DeliverBy: "2027-04-20",
		},
		Inspection:   contract.Inspection{Days: 7},
		Remedies:     contract.Remedies{LatePenaltyBps: 100, LatePenaltyCapBps: 500, ReturnFreight: identity.Seller},
		GoverningLaw: "Switzerland", DisputeForum: "Geneva",
		Tranches: []contract.Tranche{
			{ID: "shipment", Amount: money.New(30_000, usd), Release: contract.OnShipment},
			{ID: "acceptance", Amount: money.New(70_000, usd), Release: contract.OnAcceptance},
		},
	}.Normal()
}

func setup(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, state: deal.State{ID: "d1"}, now: time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)}
	b.do(buyer(), deal.WriteDraft{Terms: agreed(), Rules: deal.DefaultRules()})
	return b
}

// try gives a command and answers the decision or the refusal.
func (b *bench) try(by identity.Actor, c deal.Command) (deal.Decision, error) {
	return deal.Decide(b.state, c, deal.Moment{Now: b.now, By: by})
}

// do gives a command that must be accepted.
func (b *bench) do(by identity.Actor, c deal.Command) deal.Decision {
	b.t.Helper()
	d, err := b.try(by, c)
	if err != nil {
		b.t.Fatalf("%s by %s: %+v", c.Name(), by, err)
	}
	b.state = d.After
	return d
}

// refuse gives a command that must be refused with the code, and says so if not.
func (b *bench) refuse(by identity.Actor, c deal.Command, code string) {
	b.t.Helper()
	if _, err := b.try(by, c); fault.CodeOf(err) != code {
		b.t.Errorf("%s by %s: %v (%s), want %s", c.Name(), by, err, fault.CodeOf(err), code)
	}
}

func (b *bench) wait(d time.Duration) { b.now = b.now.Add(d) }

const day = 24 * time.Hour

func (b *bench) sign() {
	b.t.Helper()
	b.do(buyer(), deal.MakeOffer{})
	b.do(seller(), deal.Sign{Hash: b.state.TermsHash})
	b.do(buyer(), deal.Sign{Hash: b.state.TermsHash})
}

func (b *bench) fund() {
	b.t.Helper()
	b.sign()
	b.do(office(identity.Rail), deal.Fund{Deposit: deal.Deposit{ID: "p1", Rail: "sandbox", Minor: b.state.Missing()}})
}

func (b *bench) ship() {
	b.t.Helper()
	b.fund()
	b.do(seller(), deal.Ship{ConsignmentID: "k1", Carrier: "post", TrackingNumber: "RR1", Final: true})
}

func (b *bench) scan(stage shipment.Stage, at time.Time, place string) deal.Decision {
	b.t.Helper()
	return b.do(office(identity.Carrier), deal.Track{ConsignmentID: "k1", Event: shipment.Event{Stage: stage, At: at, Place: place}})
}

func (b *bench) deliver() {
	b.t.Helper()
	b.ship()
	b.scan(shipment.PickedUp, b.now, "CN Ningbo")
	b.wait(5 * day)
	b.scan(shipment.Delivered, b.now, "CH Basel")
}

func (b *bench) deadline(clock deal.ClockName) time.Time {
	b.t.Helper()
	for _, d := range b.state.Deadlines() {
		if d.Clock == clock {
			return d.At
		}
	}
	b.t.Fatalf("the clock %s does not run", clock)
	return time.Time{}
}

func hash(n byte) evidence.Hash { return evidence.Hash{n} }
