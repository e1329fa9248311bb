package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/store/pgtest"
	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/treasury"
)

// pair is two nodes of one sandbox on one PostgreSQL.
type pair struct {
	t             *testing.T
	url           string
	nodes         []*open
	buyer, seller identity.Actor
}

func (p *pair) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatalf("%+v", err)
	}
}

func (p *pair) plan(data string) plan {
	return plan{
		place: place{Data: data, Database: p.url}, sandbox: true, origin: "nodes.example/log", name: "Nodes", publicURL: "http://nodes.example",
		trusting: true, log: slog.New(slog.DiscardHandler),
	}
}

// setupPair opens both at the same moment on a database without a table.
func setupPair(t *testing.T) *pair {
	t.Helper()
	p := &pair{t: t, url: pgtest.Empty(t), nodes: make([]*open, 2)}
	data := t.TempDir()
	errs := make([]error, len(p.nodes))
	var group sync.WaitGroup
	for i := range p.nodes {
		group.Go(func() {
			if p.nodes[i], errs[i] = openHouse(t.Context(), p.plan(data)); errs[i] == nil {
				errs[i] = p.nodes[i].administrator(&console{ctx: t.Context(), err: io.Discard}, "admin@nodes.example", "")
			}
		})
	}
	group.Wait()
	t.Cleanup(func() {
		for _, o := range p.nodes {
			if o != nil {
				p.must(o.close())
			}
		}
	})
	p.must(errors.Join(errs...))
	p.buyer, p.seller = p.company("Basler Handel AG", "CH"), p.company("Guangzhou Works Ltd", "CN")
	return p
}

func (p *pair) company(name, country string) identity.Actor {
	p.t.Helper()
	r, err := p.nodes[0].house.RegisterParty(p.t.Context(), assurance.Call{By: identity.Actor{Office: identity.Member, Person: "signup"}}, identity.Register{
		LegalName: name, Country: country, Registration: "R-1", Address: "1 Street",
	})
	p.must(err)
	return identity.MemberOf(identity.PartyID(r.ID), identity.PersonID("person of "+name))
}

func usd(minor int64) money.Amount { return money.New(minor, money.MustCurrency("USD")) }

// offered is a deal over 1,000.00 dollars, which go to the seller once they are held.
func (p *pair) offered(at *open) deal.ID {
	p.t.Helper()
	ctx, now := p.t.Context(), at.house.Now()
	r, err := at.house.DraftDeal(ctx, assurance.Call{By: p.buyer}, contract.Terms{
		Title: "Bearings", Buyer: p.buyer.Party, Seller: p.seller.Party, Currency: money.MustCurrency("USD"),
		Lines:   []contract.Line{{Description: "Ball bearings", Quantity: 100, Unit: "PCE", UnitPrice: usd(1000), Basis: 1}},
		Freight: usd(0), Insurance: usd(0),
		Delivery: contract.Delivery{
			Incoterm: "DAP", NamedPlace: "Basel", ShipTo: "CH Basel", ShipBy: contract.DateOf(now.AddDate(0, 0, 10)), DeliverBy: contract.DateOf(now.AddDate(0, 0, 40)),
		},
		Inspection: contract.Inspection{Days: 7}, Remedies: contract.Remedies{ReturnFreight: identity.Seller},
		Tranches:     []contract.Tranche{{ID: "all", Amount: usd(100_000), Release: contract.OnFunding}},
		GoverningLaw: "Switzerland", DisputeForum: "ICC arbitration, seat Geneva",
	})
	p.must(err)
	id := deal.ID(r.ID)
	_, err = at.house.Act(ctx, assurance.Call{By: p.buyer}, id, deal.MakeOffer{})
	p.must(err)
	return id
}

// paid drives a deal until its seller has the money in the bank: signed at one
// node, the buyer's transfer played at the other.
func (p *pair) paid(here, there *open) {
	p.t.Helper()
	id := p.offered(here)
	s, err := here.house.Deal(p.t.Context(), p.buyer, id)
	p.must(err)
	for _, by := range []identity.Actor{p.buyer, p.seller} {
		_, err := here.house.Act(p.t.Context(), assurance.Call{By: by}, id, deal.Sign{Hash: s.TermsHash})
		p.must(err)
	}
	p.must(there.rail.Simulate(p.t.Context(), assurance.Simulation{Deal: string(id), Amount: usd(100_000), Payer: "Basler Handel AG", Scenario: "exact", Key: string(id)}))
	before := p.settled(here)
	p.until("the seller is paid", func() bool { return p.settled(here) == before+1 })
}

func (p *pair) settled(at *open) int {
	p.t.Helper()
	rows, err := at.house.Payouts(p.t.Context(), p.seller, assurance.MoneyQuery{Stage: string(treasury.Settled), Limit: 100})
	p.must(err)
	return len(rows)
}

func (p *pair) until(what string, is func() bool) {
	p.t.Helper()
	for limit := time.Now().Add(2 * time.Minute); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(limit) {
			p.t.Fatalf("not within two minutes: %s", what)
		}
	}
}

// leader is the node that leads, and the other.
func (p *pair) leader() (leads, follows *open) {
	p.t.Helper()
	first, second := p.nodes[0].leads(p.t.Context()), p.nodes[1].leads(p.t.Context())
	if first == second {
		p.t.Fatalf("the first leads: %t, the second: %t", first, second)
	}
	if first {
		return p.nodes[0], p.nodes[1]
	}
	return p.nodes[1], p.nodes[0]
}

func TestTwoNodesMakeOneHouseAndServeIt(t *testing.T) {
	t.Parallel()
	p := setupPair(t)
	leads, follows := p.leader()
	if leads.vkey != follows.vkey {
		t.Errorf("the log has the keys %s and %s", leads.vkey, follows.vkey)
	}
	p.paid(leads, follows)
	p.paid(follows, leads)

	// A deadline ends by the test clock, wherever that is moved.
	for i, at := range []*open{follows, leads} {
		id := p.offered(at)
		at.clock.Advance(6 * 24 * time.Hour)
		p.until("the offer expires", func() bool {
			s, err := p.nodes[i].house.Deal(t.Context(), p.buyer, id)
			p.must(err)
			return s.Outcome == deal.Expired
		})
	}
	p.until("the clocks agree", func() bool {
		apart := leads.clock.Now().Sub(follows.clock.Now())
		return apart.Abs() < time.Hour
	})

	// What one node writes wakes who watches at the other.
	id := p.offered(leads)
	news, leave := follows.house.Watch(id.Stream())
	defer leave()
	s, err := leads.house.Deal(t.Context(), p.buyer, id)
	p.must(err)
	_, err = leads.house.Act(t.Context(), assurance.Call{By: p.buyer}, id, deal.Sign{Hash: s.TermsHash})
	p.must(err)
	select {
	case <-news:
	case <-time.After(2 * time.Minute):
		t.Error("a watcher at the other node hears nothing")
	}

	// The other node goes on when the leader closes.
	p.must(leads.close())
	p.until("the other leads", func() bool { return follows.leads(t.Context()) })
	p.paid(follows, follows)
	sums, err := follows.house.TrialBalance(t.Context())
	p.must(err)
	for currency, sum := range sums {
		if sum != 0 {
			t.Errorf("the accounts in %s add up to %d", currency, sum)
		}
	}
	p.must(follows.close())
	p.nodes = nil
}

// copied puts a key of the first node into another folder.
func (p *pair) copied(name, folder string) {
	p.t.Helper()
	key, err := os.ReadFile(filepath.Join(p.nodes[0].place.Data, name))
	p.must(err)
	p.must(os.WriteFile(filepath.Join(folder, name), key, 0o600))
}

// TestANodeWithAKeyOfItsOwnStaysOut: it would sign another log, or seal secrets
// that no other node can read.
func TestANodeWithAKeyOfItsOwnStaysOut(t *testing.T) {
	t.Parallel()
	p := setupPair(t)
	elsewhere := t.TempDir()
	if _, err := openHouse(t.Context(), p.plan(elsewhere)); fault.CodeOf(err) != "cmd.other_key" {
		t.Fatalf("%v", err)
	}
	p.copied("notary.key", elsewhere)
	if _, err := openHouse(t.Context(), p.plan(elsewhere)); fault.CodeOf(err) != "cmd.other_secret" {
		t.Fatalf("%v", err)
	}
	p.copied("secret.key", elsewhere)
	third, err := openHouse(t.Context(), p.plan(elsewhere))
	p.must(err)
	if third.leads(context.Background()) {
		t.Error("a third node leads beside the others")
	}
	p.must(third.close())
}
