package rail_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/rail"
	"fondaco/internal/store"
	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/ledger"
	"fondaco/internal/trade/treasury"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const day = 24 * time.Hour

// sellerID is the second id that a house gives.
const sellerID = "000000000002"

var start = time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)

func usd(minor int64) money.Amount { return money.New(minor, money.MustCurrency("USD")) }

// line is a house as the rail hears it: the real one behind a line that may be
// down, lose its answers, or keep a record.
type line struct {
	*assurance.House
	mu     sync.Mutex
	down   int // calls that do not reach the house
	lost   int // calls that do, and whose answers do not come back
	told   []string
	onTold func(n int)
}

func (l *line) through(what string, call func() (assurance.Receipt, error)) (assurance.Receipt, error) {
	l.mu.Lock()
	l.told = append(l.told, what)
	away := fault.New(fault.Unavailable, "line.down", "No answer.")
	hook, n := l.onTold, len(l.told)
	if l.down > 0 {
		l.down--
		l.mu.Unlock()
		return assurance.Receipt{}, away
	}
	lose := l.lost > 0
	l.lost = max(0, l.lost-1)
	l.mu.Unlock()
	if hook != nil {
		hook(n)
	}
	r, err := call()
	if lose {
		return assurance.Receipt{}, away
	}
	return r, err
}

func (l *line) BookDeposit(ctx context.Context, by identity.Actor, n treasury.Notice) (assurance.Receipt, error) {
	return l.through("booked", func() (assurance.Receipt, error) { return l.House.BookDeposit(ctx, by, n) })
}

func (l *line) ReportPayout(ctx context.Context, by identity.Actor, n assurance.PayoutNotice) (assurance.Receipt, error) {
	return l.through(string(n.Outcome), func() (assurance.Receipt, error) { return l.House.ReportPayout(ctx, by, n) })
}

func (l *line) heard() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.told)
}

// place is a house with a sandbox rail, and its clock in the test's hand.
type place struct {
	*assurance.House
	t      *testing.T
	ctx    context.Context
	clock  *assurance.TestClock
	line   *line
	rail   *rail.Sandbox
	cfg    rail.Config
	buyer  identity.Actor
	seller identity.Actor
}

func setup(t *testing.T, change ...func(*rail.Config)) *place {
	t.Helper()
	p := &place{t: t, ctx: t.Context(), clock: assurance.NewTestClock(start)}
	ctx := context.WithoutCancel(p.ctx)
	s, err := store.OpenSQLite(ctx, filepath.Join(t.TempDir(), "house.db"))
	p.must(err)
	p.must(s.Migrate(ctx))
	var ids atomic.Int64
	newID := func() string { return fmt.Sprintf("%012d", ids.Add(1)) }
	p.House, err = assurance.Open(ctx, assurance.Config{
		Store: s, Archive: s, Clock: p.clock, Random: rand.Reader, NewID: newID, PayoutRail: rail.Name, Sandbox: true,
	})
	p.must(err)
	p.buyer, p.seller = p.party("Basler Handel AG", "CH"), p.party("Guangzhou Works Ltd", "CN")
	p.line = &line{House: p.House}
	p.cfg = rail.Config{House: p.line, Clock: p.clock, NewID: newID, Wait: func(int) time.Duration { return 0 }}
	for _, c := range change {
		c(&p.cfg)
	}
	p.rail = rail.New(p.cfg)
	t.Cleanup(func() {
		p.rail.Close()
		p.House.Close()
		p.must(s.Close())
	})
	return p
}

// paying makes the seller's payouts take a course.
func paying(c rail.Course) func(*rail.Config) {
	return func(cfg *rail.Config) { cfg.Payees = map[identity.PartyID]rail.Course{sellerID: c} }
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

// agreed is a deal over 1,000.00 dollars that waits for its money; the whole price
// goes to the seller when it is held.
func (p *place) agreed() deal.ID {
	p.t.Helper()
	now := p.Now()
	r, err := p.DraftDeal(p.ctx, assurance.Call{By: p.buyer}, contract.Terms{
		Title: "Bearings", Buyer: p.buyer.Party, Seller: p.seller.Party, Currency: money.MustCurrency("USD"),
		Lines:   []contract.Line{{Description: "Ball bearings", Quantity: 100, Unit: "PCE", UnitPrice: usd(1000), Basis: 1}},
		Freight: usd(0), Insurance: usd(0),
		Delivery: contract.Delivery{
			Incoterm: "DAP", NamedPlace: "Basel", ShipTo: "CH Basel", ShipBy: contract.DateOf(now.Add(10 * day)), DeliverBy: contract.DateOf(now.Add(40 * day)),
		},
		Inspection: contract.Inspection{Days: 7}, Remedies: contract.Remedies{ReturnFreight: identity.Seller},
		Tranches:     []contract.Tranche{{ID: "all", Amount: usd(100_000), Release: contract.OnFunding}},
		GoverningLaw: "Switzerland", DisputeForum: "ICC arbitration, seat Geneva",
	})
	p.must(err)
	id := deal.ID(r.ID)
	p.act(p.buyer, id, deal.MakeOffer{})
	hash := p.state(id).TermsHash
	p.act(p.buyer, id, deal.Sign{Hash: hash})
	p.act(p.seller, id, deal.Sign{Hash: hash})
	return id
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

func (p *place) simulate(id deal.ID, s rail.Scenario) {
	p.t.Helper()
	p.must(p.rail.Simulate(p.ctx, assurance.Simulation{Deal: string(id), Amount: usd(100_000), Payer: "Basler Handel AG", Scenario: string(s)}))
	p.must(p.rail.Wait(p.ctx))
}

// order is a payout of the seller's money as the outbox would send it.
func (p *place) order(minor int64) assurance.PayoutOrder {
	p.t.Helper()
	r, err := p.Withdraw(p.ctx, assurance.Call{By: p.seller}, p.seller.Party, usd(minor), "sale")
	p.must(err)
	return assurance.PayoutOrder{PayoutID: r.ID, Party: p.seller.Party, Amount: usd(minor), Rail: rail.Name}
}

// rich gives the seller 990.00 dollars.
func (p *place) rich() {
	p.t.Helper()
	p.simulate(p.agreed(), rail.Exact)
}

func (p *place) payout(id string) treasury.Payout {
	p.t.Helper()
	rows, err := p.Payouts(p.ctx, p.seller, assurance.MoneyQuery{})
	p.must(err)
	for _, r := range rows {
		if r.ID == id {
			return r.Payout
		}
	}
	p.t.Fatalf("no payout %s", id)
	return treasury.Payout{}
}

func (p *place) deposits() []assurance.DepositRow {
	p.t.Helper()
	rows, err := p.Deposits(p.ctx, identity.Actor{Office: identity.Treasury, Person: "treasurer"}, assurance.MoneyQuery{})
	p.must(err)
	return rows
}

// count is how many lines of a kind the rail's own books have.
func (p *place) count(k rail.LineKind) int {
	n := 0
	for _, l := range p.rail.Statement() {
		if l.Kind == k {
			n++
		}
	}
	return n
}

// sums checks that the ledger adds up.
func (p *place) sums() {
	p.t.Helper()
	sums, err := p.TrialBalance(p.ctx)
	p.must(err)
	for currency, sum := range sums {
		if sum != 0 {
			p.t.Errorf("the accounts in %s add up to %d", currency, sum)
		}
	}
}

// agree compares the house's account of the rail with the rail's own books, and
// checks that the ledger adds up.
func (p *place) agree() {
	p.t.Helper()
	p.sums()
	atRail := map[money.Currency]int64{}
	for _, l := range p.rail.Statement() {
		switch l.Kind {
		case rail.Booked, rail.Bounced:
			atRail[l.Amount.Currency()] += l.Amount.Minor()
		case rail.Paid:
			atRail[l.Amount.Currency()] -= l.Amount.Minor()
		case rail.Rejected, rail.Dropped, rail.Unheard:
		}
	}
	for c, want := range atRail {
		if got := p.balance(ledger.Rail(rail.Name, c)); got != -want {
			p.t.Errorf("the house thinks that %d %s lie at the rail; the rail has %d", -got, c, want)
		}
	}
}

func (p *place) balance(id ledger.AccountID) int64 {
	p.t.Helper()
	lines, err := p.Statement(p.ctx, identity.Actor{Office: identity.Auditor, Person: "auditor"}, id, 0, 1)
	p.must(err)
	if len(lines) == 0 {
		return 0
	}
	return lines[0].Entry.Balance
}
