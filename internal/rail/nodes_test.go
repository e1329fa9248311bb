package rail_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"fondaco/internal/assurance"
	"fondaco/internal/rail"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/ledger"
	"fondaco/internal/trade/treasury"
)

// TestTheNextLeadersRailFinishesWhatTheOldOneTook: the old one lives on and tells
// its own errands too.
func TestTheNextLeadersRailFinishesWhatTheOldOneTook(t *testing.T) {
	t.Parallel()
	var old *holding
	p := setup(t, func(c *rail.Config) {
		old = &holding{House: c.House, leave: make(chan struct{})}
		c.House = old
	})
	release := sync.OnceFunc(func() { close(old.leave) })
	t.Cleanup(release)
	p.rich()
	orders := []assurance.PayoutOrder{p.order(10_000), p.order(20_000)}
	p.must(p.rail.Send(p.ctx, orders[0])) // told that it is sent, and held up before it can say more
	<-old.held(p)

	cfg := p.cfg
	cfg.House = p.line
	next := rail.New(cfg)
	t.Cleanup(next.Close)
	for range 3 { // the lead may move to and fro
		p.must(next.Recover(p.ctx))
	}
	p.must(next.Wait(p.ctx))
	for _, o := range orders {
		if got := p.payout(o.PayoutID).Stage; got != treasury.Settled {
			t.Errorf("the payout of %s is %s", o.Amount, got)
		}
	}
	release()
	p.must(p.rail.Wait(p.ctx))
	p.must(p.rail.Recover(p.ctx))
	p.must(p.rail.Wait(p.ctx))
	if got := p.balance(ledger.Party(sellerID, usd(0).Currency())); got != 99_000-30_000 {
		t.Errorf("the seller has %d", got)
	}
	if p.count(rail.Unheard) != 0 {
		t.Errorf("statement %+v", p.rail.Statement())
	}
	p.sums()
}

// holding keeps the word that a payout has arrived from the house.
type holding struct {
	rail.House
	mu    sync.Mutex
	asked chan struct{}
	leave chan struct{}
}

func (h *holding) held(p *place) <-chan struct{} {
	p.t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.asked == nil {
		h.asked = make(chan struct{})
	}
	return h.asked
}

// ReportPayout waits before it says that a payout has arrived.
func (h *holding) ReportPayout(ctx context.Context, by identity.Actor, n assurance.PayoutNotice) (assurance.Receipt, error) {
	if n.Outcome == assurance.PayoutArrived {
		h.mu.Lock()
		if h.asked == nil {
			h.asked = make(chan struct{})
		}
		asked := h.asked
		h.mu.Unlock()
		select {
		case <-asked:
		default:
			close(asked)
		}
		<-h.leave
	}
	return h.House.ReportPayout(ctx, by, n)
}

func TestOneTransferAskedForAtTwoNodesIsBookedOnce(t *testing.T) {
	t.Parallel()
	p := setup(t)
	far := rail.New(p.cfg)
	t.Cleanup(far.Close)
	id := p.agreed()
	sim := assurance.Simulation{Deal: string(id), Amount: usd(100_000), Payer: "Basler Handel AG", Scenario: string(rail.Exact), Key: "one press"}
	for _, at := range []*rail.Sandbox{p.rail, far, p.rail} {
		p.must(at.Simulate(p.ctx, sim))
		p.must(at.Wait(p.ctx))
		p.clock.Advance(day) // it is booked at another moment elsewhere
	}
	if rows := p.deposits(); len(rows) != 1 {
		t.Errorf("%d deposits", len(rows))
	}
	if s := p.state(id); s.FundedAt.IsZero() {
		t.Error("the deal has no money")
	}
	unheard := func(l rail.Line) bool { return l.Kind == rail.Unheard }
	if slices.ContainsFunc(far.Statement(), unheard) {
		t.Errorf("a person is asked to look: %+v", far.Statement())
	}
	sim.Key = "another press"
	p.must(far.Simulate(p.ctx, sim))
	p.must(far.Wait(p.ctx))
	if rows := p.deposits(); len(rows) != 2 {
		t.Errorf("%d deposits after another press", len(rows))
	}
	p.sums()
}
