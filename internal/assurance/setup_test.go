package assurance_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/store"
	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/ledger"
	"fondaco/internal/trade/shipment"
	"fondaco/internal/trade/treasury"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const day = 24 * time.Hour

func usd(minor int64) money.Amount { return money.New(minor, money.MustCurrency("USD")) }
func eur(minor int64) money.Amount { return money.New(minor, money.MustCurrency("EUR")) }

func rail() identity.Actor { return identity.Actor{Office: identity.Rail, Person: "bank"} }

func office(o identity.Office) identity.Actor {
	return identity.Actor{Office: o, Person: identity.PersonID("of-" + o)}
}

// disk is the store with a hand on its commits: it counts them, and runs before
// each what the test wants, which may fail it or keep it waiting.
type disk struct {
	assurance.Store
	mu      sync.Mutex
	before  func(*assurance.Batch) error
	after   func(*assurance.Batch) error // what a commit that has happened answers
	balance func(ledger.AccountID, ledger.Balance) ledger.Balance
	commits int
	reading func()       // run once the rows of an agenda have been read
	agendas atomic.Int64 // how often that was
}

func (d *disk) Commit(ctx context.Context, b *assurance.Batch, place func(assurance.Tail) error) error {
	d.mu.Lock()
	before, after := d.before, d.after
	d.commits++
	d.mu.Unlock()
	if before != nil {
		if err := before(b); err != nil {
			return err
		}
	}
	err := d.Store.Commit(ctx, b, place)
	if err == nil && after != nil {
		err = after(b)
	}
	return err
}

// OpenDealsOf counts, and lets the test act after the rows have been read.
func (d *disk) OpenDealsOf(ctx context.Context, party identity.PartyID) ([]assurance.OpenDeal, error) {
	rows, err := d.Store.OpenDealsOf(ctx, party)
	d.agendas.Add(1)
	d.mu.Lock()
	act := d.reading
	d.mu.Unlock()
	if act != nil {
		act()
	}
	return rows, err
}

func (d *disk) afterCommits(f func(*assurance.Batch) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.after = f
}

func (d *disk) readAgenda(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.reading = f
}

func (d *disk) Balances(ctx context.Context, ids []ledger.AccountID) (map[ledger.AccountID]ledger.Balance, error) {
	rows, err := d.Store.Balances(ctx, ids)
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, b := range rows {
		if d.balance != nil {
			rows[id] = d.balance(id, b)
		}
	}
	return rows, err
}

func (d *disk) beforeCommits(f func(*assurance.Batch) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.before = f
}

// place is a house on a database file, with its clock and its disk in the test's hand.
type place struct {
	*assurance.House
	t           *testing.T
	ctx         context.Context
	path        string
	store       *store.Store
	disk        *disk
	clock       *assurance.TestClock
	ids         *atomic.Int64
	buyer       identity.Actor
	agendaLeast int
	seller      identity.Actor
}

// empty is a migrated database without a row: migrating once for all tests saves
// most of their time.
var empty = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "house")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "house.db")
	s, err := store.OpenSQLite(context.Background(), path)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(s.Migrate(context.Background()), s.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func setup(t *testing.T) *place {
	t.Helper()
	p := &place{t: t, ctx: t.Context(), clock: assurance.NewTestClock(time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)), ids: new(atomic.Int64)}
	ctx := context.WithoutCancel(p.ctx)
	path := filepath.Join(t.TempDir(), "house.db")
	content, err := empty()
	p.must(err)
	p.must(os.WriteFile(path, content, 0o600))
	s, err := store.OpenSQLite(ctx, path)
	p.must(err)
	p.path, p.store, p.disk = path, s, &disk{Store: s}
	p.House = p.open()
	t.Cleanup(func() {
		p.House.Close()
		p.must(s.Close())
	})
	p.buyer, p.seller = p.member("Basler Handel AG", "CH"), p.member("Guangzhou Works Ltd", "CN")
	return p
}

// open opens a house on the same database, as another node or after a restart.
func (p *place) open() *assurance.House {
	p.t.Helper()
	h, err := assurance.Open(context.WithoutCancel(p.ctx), assurance.Config{
		Store: p.disk, Archive: p.store, Clock: p.clock, Random: rand.Reader, PayoutRail: "bank", AgendaLeast: p.agendaLeast,
		NewID: func() string { return fmt.Sprintf("%012d", p.ids.Add(1)) },
	})
	p.must(err)
	return h
}

func (p *place) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatalf("%+v", err)
	}
}

// refused fails the test unless the error has this code.
func (p *place) refused(err error, code string) {
	p.t.Helper()
	if fault.CodeOf(err) != code {
		p.t.Errorf("want %s, got %+v", code, err)
	}
}

func register(name string) identity.Register {
	return identity.Register{LegalName: name, Country: "CH", Registration: "R-1", Address: "1 Street"}
}

func (p *place) member(name, country string) identity.Actor {
	p.t.Helper()
	c := register(name)
	c.Country = country
	r, err := p.RegisterParty(p.ctx, assurance.Call{By: identity.Actor{Office: identity.Member, Person: "signup"}}, c)
	p.must(err)
	return identity.MemberOf(identity.PartyID(r.ID), identity.PersonID("person-"+r.ID))
}

// terms cost 1,000.00 dollars: 300.00 on shipment, 700.00 on acceptance.
func (p *place) terms() contract.Terms {
	return contract.Terms{
		Title: "Bearings", Buyer: p.buyer.Party, Seller: p.seller.Party, Currency: money.MustCurrency("USD"),
		Lines: []contract.Line{{
			Description: "Ball bearings", HSCode: "848210", Origin: "CN", Quantity: 100, Unit: "PCE",
			UnitPrice: usd(1000), Basis: 1, Acceptance: []string{"Each turns freely."},
		}},
		Freight: usd(0), Insurance: usd(0),
		Delivery: contract.Delivery{
			Incoterm: "DAP", NamedPlace: "Basel", ShipTo: "CH Basel",
			ShipBy: contract.DateOf(p.Now().Add(20 * day)), DeliverBy: contract.DateOf(p.Now().Add(60 * day)),
		},
		Inspection: contract.Inspection{Days: 7},
		Tranches: []contract.Tranche{
			{ID: "shipment", Amount: usd(30_000), Release: contract.OnShipment},
			{ID: "acceptance", Amount: usd(70_000), Release: contract.OnAcceptance},
		},
		Remedies:     contract.Remedies{ReturnFreight: identity.Seller},
		GoverningLaw: "Switzerland", DisputeForum: "ICC arbitration, seat Geneva",
	}
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

func (p *place) offered() deal.ID {
	p.t.Helper()
	r, err := p.DraftDeal(p.ctx, assurance.Call{By: p.buyer}, p.terms())
	p.must(err)
	p.act(p.buyer, deal.ID(r.ID), deal.MakeOffer{})
	return deal.ID(r.ID)
}

func (p *place) agreed() deal.ID {
	p.t.Helper()
	id := p.offered()
	hash := p.state(id).TermsHash
	p.act(p.buyer, id, deal.Sign{Hash: hash})
	p.act(p.seller, id, deal.Sign{Hash: hash})
	return id
}

// notice is a transfer that names the deal, under a reference of its own.
func (p *place) notice(id deal.ID, a money.Amount) treasury.Notice {
	return treasury.Notice{
		Rail: "bank", Reference: fmt.Sprintf("in-%d", p.ids.Add(1)), Deal: string(id), Payer: "Basler Handel AG", Amount: a, BookedAt: p.Now(),
	}
}

func (p *place) book(n treasury.Notice) assurance.Receipt {
	p.t.Helper()
	r, err := p.BookDeposit(p.ctx, rail(), n)
	p.must(err)
	return r
}

func (p *place) funded() deal.ID {
	p.t.Helper()
	id := p.agreed()
	p.book(p.notice(id, usd(100_000)))
	return id
}

// delivered is a deal whose seller has 300.00 less the fee, with 700.00 held and
// the inspection running.
func (p *place) delivered() deal.ID {
	p.t.Helper()
	id := p.funded()
	p.act(p.seller, id, deal.Ship{ConsignmentID: "c1", Carrier: "Sea", TrackingNumber: "N" + string(id), Final: true})
	for _, stage := range []shipment.Stage{shipment.PickedUp, shipment.Delivered} {
		p.act(identity.Actor{Office: identity.Carrier, Person: "sea"}, id, deal.Track{
			ConsignmentID: "c1", Event: shipment.Event{Stage: stage, At: p.Now(), Place: "CH Basel"},
		})
	}
	if phase := p.state(id).Phase; phase != deal.Delivered {
		p.t.Fatalf("the deal is %s", phase)
	}
	return id
}

// posted is an account's balance.
func (p *place) posted(account ledger.AccountID) int64 {
	p.t.Helper()
	rows, err := p.store.Balances(p.ctx, []ledger.AccountID{account})
	p.must(err)
	return rows[account].Posted
}

// due is when a clock of the stream runs out, zero if it does not run.
func (p *place) due(stream, clock string) time.Time {
	p.t.Helper()
	rows, err := p.store.DueClocks(p.ctx, p.Now().Add(10_000*day), 1000)
	p.must(err)
	for _, row := range rows {
		if row.Stream == stream && row.Clock == clock {
			return row.At
		}
	}
	return time.Time{}
}

// lapse lets every clock that has run out lapse, and answers how many did.
func (p *place) lapse() int {
	p.t.Helper()
	rows, err := p.DueClocks(p.ctx, 100)
	p.must(err)
	for _, row := range rows {
		_, err := p.Lapse(p.ctx, row)
		p.must(err)
	}
	return len(rows)
}

// sound checks that every sum is zero and that whatever is kept twice agrees.
func (p *place) sound() {
	p.t.Helper()
	sums, err := p.TrialBalance(p.ctx)
	p.must(err)
	for currency, sum := range sums {
		if sum != 0 {
			p.t.Errorf("the accounts in %s add up to %d", currency, sum)
		}
	}
	checks, err := assurance.Audit{Store: p.store, Archive: p.store}.Checks(p.ctx, nil)
	p.must(err)
	for _, c := range checks {
		if !c.OK {
			p.t.Errorf("%s: %s", c.Name, c.Detail)
		}
	}
}

// outcome is how a call ended.
type outcome struct {
	receipt assurance.Receipt
	err     error
}

// together keeps the first commit waiting until every call is queued, so that
// all calls but a first one, of no matter, are decided in one batch, in order.
func (p *place) together(calls ...func() (assurance.Receipt, error)) []outcome {
	p.t.Helper()
	entered, go1 := make(chan struct{}), make(chan struct{})
	var once sync.Once
	p.disk.beforeCommits(func(*assurance.Batch) error {
		once.Do(func() {
			close(entered)
			<-go1
		})
		return nil
	})
	var group sync.WaitGroup
	group.Go(func() {
		if _, err := p.RegisterParty(p.ctx, assurance.Call{By: p.buyer}, register("First of the queue")); err != nil {
			p.t.Errorf("%+v", err)
		}
	})
	<-entered
	outcomes := make([]outcome, len(calls))
	for i, call := range calls {
		before := p.Waiting()
		group.Go(func() { outcomes[i].receipt, outcomes[i].err = call() })
		for p.Waiting() == before {
			time.Sleep(50 * time.Microsecond)
		}
	}
	close(go1)
	group.Wait()
	p.disk.beforeCommits(nil)
	return outcomes
}
