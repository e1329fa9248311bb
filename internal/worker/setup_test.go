package worker_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"fondaco/internal/assurance"
	"fondaco/internal/money"
	"fondaco/internal/store"
	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/shipment"
	"fondaco/internal/trade/treasury"
	"fondaco/internal/worker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const day = 24 * time.Hour

var start = time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)

func usd(minor int64) money.Amount { return money.New(minor, money.MustCurrency("USD")) }

// bank is a rail that remembers what it was given, and is down when told so.
type bank struct {
	mu     sync.Mutex
	orders []assurance.PayoutOrder
	backs  []assurance.ReturnOrder
	fail   error
}

func (b *bank) Name() string { return "bank" }

func (b *bank) Send(_ context.Context, o assurance.PayoutOrder) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.orders = append(b.orders, o)
	return b.fail
}

func (b *bank) Return(_ context.Context, o assurance.ReturnOrder) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.backs = append(b.backs, o)
	return b.fail
}

func (b *bank) returned() []assurance.ReturnOrder {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]assurance.ReturnOrder(nil), b.backs...)
}

func (b *bank) is(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fail = err
}

func (b *bank) sent() []assurance.PayoutOrder {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]assurance.PayoutOrder(nil), b.orders...)
}

// place is a house on a database file, with its clock in the test's hand.
type place struct {
	*assurance.House
	t     *testing.T
	ctx   context.Context
	store *store.Store
	clock *assurance.TestClock
	bank  *bank
	ids   *atomic.Int64
	cfg   assurance.Config
	buyer identity.Actor
	other identity.Actor // the seller
}

func setup(t *testing.T, change ...func(*assurance.Config)) *place {
	t.Helper()
	p := &place{t: t, ctx: t.Context(), clock: assurance.NewTestClock(start), bank: &bank{}, ids: new(atomic.Int64)}
	ctx := context.WithoutCancel(p.ctx)
	s, err := store.OpenSQLite(ctx, filepath.Join(t.TempDir(), "house.db"))
	p.must(err)
	p.must(s.Migrate(ctx))
	p.store = s
	cfg := assurance.Config{
		Store: s, Archive: s, Clock: p.clock, Random: rand.Reader, PayoutRail: "bank",
		NewID: func() string { return fmt.Sprintf("%012d", p.ids.Add(1)) },
	}
	for _, c := range change {
		c(&cfg)
	}
	p.House, err = assurance.Open(ctx, cfg)
	p.must(err)
	p.cfg = cfg
	t.Cleanup(func() {
		p.House.Close()
		p.must(s.Close())
	})
	p.buyer, p.other = p.party("Basler Handel AG", "CH"), p.party("Guangzhou Works Ltd", "CN")
	return p
}

func (p *place) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatalf("%+v", err)
	}
}

func (p *place) party(name, country string) identity.Actor {
	p.t.Helper()
	r, err := p.RegisterParty(p.ctx, assurance.Call{By: identity.Actor{Office: identity.Member, Person: "signup"}}, identity.Register{
		LegalName: name, Country: country, Registration: "R-1", Address: "1 Street",
	})
	p.must(err)
	return identity.MemberOf(identity.PartyID(r.ID), identity.PersonID("person of "+name))
}

// terms cost 1,000.00 dollars, paid on the given triggers in equal parts.
func (p *place) terms(triggers ...contract.Trigger) contract.Terms {
	if len(triggers) == 0 {
		triggers = []contract.Trigger{contract.OnAcceptance}
	}
	t := contract.Terms{
		Title: "Bearings", Buyer: p.buyer.Party, Seller: p.other.Party, Currency: money.MustCurrency("USD"),
		Lines: []contract.Line{{
			Description: "Ball bearings", HSCode: "848210", Origin: "CN", Quantity: 100, Unit: "PCE",
			UnitPrice: usd(1000), Basis: 1, Acceptance: []string{"Each turns freely."},
		}},
		Freight: usd(0), Insurance: usd(0),
		Delivery: contract.Delivery{
			Incoterm: "DAP", NamedPlace: "Basel", ShipTo: "CH Basel",
			ShipBy: contract.DateOf(p.Now().Add(10 * day)), DeliverBy: contract.DateOf(p.Now().Add(40 * day)),
		},
		Inspection:   contract.Inspection{Days: 7},
		Remedies:     contract.Remedies{ReturnFreight: identity.Seller},
		GoverningLaw: "Switzerland", DisputeForum: "ICC arbitration, seat Geneva",
	}
	for i, trigger := range triggers {
		t.Tranches = append(t.Tranches, contract.Tranche{ID: fmt.Sprintf("t%d", i+1), Amount: usd(100_000 / int64(len(triggers))), Release: trigger})
	}
	return t
}

func (p *place) act(by identity.Actor, id deal.ID, c deal.Command) {
	p.t.Helper()
	_, err := p.Act(p.ctx, assurance.Call{By: by}, id, c)
	p.must(err)
}

func (p *place) state(id deal.ID) deal.State {
	p.t.Helper()
	s, err := p.Deal(p.ctx, p.buyer, id)
	p.must(err)
	return s
}

func (p *place) offered(t contract.Terms) deal.ID {
	p.t.Helper()
	r, err := p.DraftDeal(p.ctx, assurance.Call{By: p.buyer}, t)
	p.must(err)
	p.act(p.buyer, deal.ID(r.ID), deal.MakeOffer{})
	return deal.ID(r.ID)
}

func (p *place) agreed(t contract.Terms) deal.ID {
	p.t.Helper()
	id := p.offered(t)
	hash := p.state(id).TermsHash
	p.act(p.buyer, id, deal.Sign{Hash: hash})
	p.act(p.other, id, deal.Sign{Hash: hash})
	return id
}

func (p *place) deposit(id deal.ID, minor int64) {
	p.t.Helper()
	_, err := p.BookDeposit(p.ctx, identity.Actor{Office: identity.Rail, Person: "bank"}, treasury.Notice{
		Rail: "bank", Reference: fmt.Sprintf("in-%d", p.ids.Add(1)), Deal: string(id), Payer: "Basler Handel AG", Amount: usd(minor), BookedAt: p.Now(),
	})
	p.must(err)
}

func (p *place) funded(t contract.Terms) deal.ID {
	p.t.Helper()
	id := p.agreed(t)
	p.deposit(id, 100_000)
	return id
}

func (p *place) shipped(t contract.Terms) deal.ID {
	p.t.Helper()
	id := p.funded(t)
	p.act(p.other, id, deal.Ship{ConsignmentID: "c1", Carrier: "Sea", TrackingNumber: "N" + string(id), Final: true})
	return id
}

func (p *place) track(id deal.ID, stage shipment.Stage, where string) {
	p.t.Helper()
	p.act(identity.Actor{Office: identity.Carrier, Person: "sea"}, id, deal.Track{
		ConsignmentID: "c1", Event: shipment.Event{Stage: stage, At: p.Now(), Place: where},
	})
}

func (p *place) delivered(t contract.Terms) deal.ID {
	p.t.Helper()
	id := p.shipped(t)
	p.track(id, shipment.PickedUp, "CN")
	p.track(id, shipment.Delivered, "CH Basel")
	return id
}

// worker is a worker of the house as a sandbox has it, unless changed.
func (p *place) worker(change ...func(*worker.Config)) *worker.Worker {
	cfg := worker.Config{House: p.House, Schedule: p.store, Rails: []assurance.Rail{p.bank}, Sandbox: true}
	for _, c := range change {
		c(&cfg)
	}
	return worker.New(cfg)
}

func (p *place) step(w *worker.Worker) worker.Report {
	p.t.Helper()
	r, err := w.Step(p.ctx)
	p.must(err)
	return r
}

func (p *place) sound() {
	p.t.Helper()
	sums, err := p.TrialBalance(p.ctx)
	p.must(err)
	for currency, sum := range sums {
		if sum != 0 {
			p.t.Errorf("the accounts in %s add up to %d", currency, sum)
		}
	}
}

func (p *place) nothingDue() {
	p.t.Helper()
	rows, err := p.DueClocks(p.ctx, 10)
	p.must(err)
	if len(rows) > 0 {
		p.t.Errorf("clocks forgotten: %+v", rows)
	}
}
