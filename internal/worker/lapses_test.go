package worker_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/shipment"
	"fondaco/internal/worker"
)

func TestClockLapsesStrictlyAfterItsInstant(t *testing.T) {
	t.Parallel()
	p := setup(t)
	w := p.worker()
	id := p.offered(p.terms())
	at := p.state(id).Deadlines()[0].At

	for _, early := range []time.Time{at.Add(-time.Microsecond), at} {
		p.clock.Set(early)
		if r := p.step(w); r.Lapsed != 0 || p.state(id).Phase != deal.Offered {
			t.Fatalf("at %s the offer is %s after %+v", early.Sub(at), p.state(id).Phase, r)
		}
	}
	p.clock.Set(at.Add(time.Microsecond))
	if r := p.step(w); r.Lapsed != 1 {
		t.Errorf("report %+v, want one lapse", r)
	}
	if s := p.state(id); s.Phase != deal.Closed || s.Outcome != deal.Expired {
		t.Errorf("the offer is %s %s", s.Phase, s.Outcome)
	}
	if r := p.step(w); !r.Quiet() {
		t.Errorf("a second pass found work: %+v", r)
	}
}

func claim(minor int64) deal.RaiseClaim {
	return deal.RaiseClaim{
		ClaimID: "k1", Reason: dispute.QualityDefect, Minor: minor, Demand: dispute.Division{ToBuyer: minor},
		Statement: "Half of them do not turn.",
	}
}

func TestClaimOfTheLastInstantBeatsTheLapse(t *testing.T) {
	t.Parallel()
	p := setup(t)
	w := p.worker()
	id := p.delivered(p.terms())
	at := p.state(id).Deadlines()[0].At

	p.clock.Set(at)
	p.act(p.buyer, id, claim(40_000))
	p.clock.Set(at.Add(time.Microsecond))
	if r := p.step(w); r.Lapsed != 1 {
		t.Fatalf("report %+v, want the inspection to end", r)
	}
	s := p.state(id)
	if s.Phase == deal.Closed || s.Escrow.Held() != 40_000 || s.Escrow.Frozen() != 40_000 {
		t.Errorf("%s holds %d, %d of it frozen; want exactly the claim", s.Phase, s.Escrow.Held(), s.Escrow.Frozen())
	}
	p.sound()
}

func TestClaimAfterTheLapseComesTooLate(t *testing.T) {
	t.Parallel()
	p := setup(t)
	w := p.worker()
	id := p.delivered(p.terms())
	p.clock.Set(p.state(id).Deadlines()[0].At.Add(time.Microsecond))
	p.step(w)
	_, err := p.Act(p.ctx, assurance.Call{By: p.buyer}, id, claim(40_000))
	if fault.KindOf(err) != fault.Conflict {
		t.Errorf("a claim about a closed deal: %v", err)
	}
	if s := p.state(id); s.Outcome != deal.Completed || s.Escrow.Held() != 0 {
		t.Errorf("%s holding %d", s.Outcome, s.Escrow.Held())
	}
	p.sound()
}

func TestClaimRacingALapseIsEitherWholeOrRefused(t *testing.T) {
	t.Parallel()
	p := setup(t)
	w := p.worker(func(c *worker.Config) { c.Lanes = 4 })
	var ids []deal.ID
	for range 12 {
		ids = append(ids, p.delivered(p.terms()))
	}
	p.clock.Set(p.state(ids[0]).Deadlines()[0].At.Add(time.Microsecond))
	errs := make([]error, len(ids))
	var wg sync.WaitGroup
	for i, id := range ids {
		wg.Go(func() { _, errs[i] = p.Act(p.ctx, assurance.Call{By: p.buyer}, id, claim(40_000)) })
	}
	p.step(w)
	wg.Wait()
	p.step(w)
	for i, id := range ids {
		want := int64(0)
		if errs[i] == nil {
			want = 40_000
		} else if fault.KindOf(errs[i]) != fault.Conflict {
			t.Errorf("claim: %v", errs[i])
		}
		if s := p.state(id); s.Escrow.Held() != want || s.Escrow.Frozen() != want {
			t.Errorf("claim answered %v, held %d, frozen %d", errs[i], s.Escrow.Held(), s.Escrow.Frozen())
		}
	}
	p.sound()
	p.nothingDue()
}

// stale answers every due clock twice more than the house has: clocks that ran
// out and were dealt with by somebody else in the meantime.
type stale struct {
	*assurance.House
	more  []assurance.ClockRow
	asked int
}

func (s *stale) DueClocks(ctx context.Context, limit int) ([]assurance.ClockRow, error) {
	s.asked++
	rows, err := s.House.DueClocks(ctx, limit)
	rows = append(append([]assurance.ClockRow(nil), s.more...), rows...)
	return rows[:min(limit, len(rows))], err
}

func TestClocksThatAreRefusedForEverHoldUpNobody(t *testing.T) {
	t.Parallel()
	p := setup(t)
	id := p.offered(p.terms())
	p.clock.Advance(6 * day)
	h := &stale{House: p.House}
	for i := range 450 { // more than two pages
		h.more = append(h.more, assurance.ClockRow{Stream: "deal:gone", Clock: "sign", Ref: fmt.Sprint(i), At: start})
	}
	w := p.worker(func(c *worker.Config) { c.House = h })
	r := p.step(w)
	if r.Lapsed != 1 || p.state(id).Phase != deal.Closed {
		t.Errorf("%d lapsed; the deal behind the stuck clocks is %s", r.Lapsed, p.state(id).Phase)
	}
	if len(r.Refused) != 100 || r.Refused[0].Code != "deal.not_found" {
		t.Errorf("%d refusals reported, the first %+v", len(r.Refused), r.Refused[0])
	}
	if h.asked > 6 {
		t.Errorf("the list was read %d times in one pass", h.asked)
	}
}

func TestFrozenDealWaitsAndThenEnds(t *testing.T) {
	t.Parallel()
	p := setup(t)
	w := p.worker()
	id := p.delivered(p.terms())
	officer := identity.Actor{Office: identity.Compliance, Person: "officer"}
	p.act(officer, id, deal.Freeze{Case: "C-1"})
	p.clock.Advance(400 * day)
	if r := p.step(w); r.Lapsed != 0 || p.state(id).Escrow.Held() != 100_000 {
		t.Fatalf("a frozen deal moved: %+v", r)
	}
	p.act(officer, id, deal.Unfreeze{Case: "C-1"})
	if r := p.step(w); r.Lapsed != 0 {
		t.Fatalf("the freeze ate the time to inspect: %+v", r)
	}
	p.clock.Advance(7*day + time.Second)
	if p.step(w); p.state(id).Outcome != deal.Completed {
		t.Errorf("outcome %q", p.state(id).Outcome)
	}
	p.sound()
}

func TestNoDeadlineIsForgotten(t *testing.T) {
	t.Parallel()
	for seed, lanes := range []int{1, 8, 3} {
		t.Run(fmt.Sprintf("seed %d, %d lanes", seed, lanes), func(t *testing.T) {
			t.Parallel()
			chance := rand.New(rand.NewPCG(uint64(seed), 0))
			p := setup(t, func(c *assurance.Config) { c.AutoPayout = true })
			w := p.worker(func(c *worker.Config) { c.Lanes = lanes })
			ids := p.abandoned(30, chance)
			// Only time passes, now and then more of it than several deadlines take.
			for range 90 {
				p.clock.Advance(time.Duration(chance.Int64N(int64(45 * day))))
				p.step(w)
				p.settleAll()
			}
			for i, id := range ids {
				if s := p.state(id); s.Phase != deal.Closed || s.Escrow.Held() != 0 {
					t.Errorf("deal %d is %s and holds %d; clocks %+v", i, s.Phase, s.Escrow.Held(), s.Deadlines())
				}
			}
			p.nothingDue()
			p.sound()
			for _, who := range []identity.Actor{p.buyer, p.other} {
				rows, err := p.Balances(p.ctx, who, who.Party)
				p.must(err)
				for _, r := range rows {
					if r.Balance.Posted != 0 {
						t.Errorf("%s still has %d here", who.Party, r.Balance.Posted)
					}
				}
			}
		})
	}
}

// abandoned are deals left alone at every point that a deal can reach.
func (p *place) abandoned(n int, chance *rand.Rand) []deal.ID {
	p.t.Helper()
	terms := p.terms(contract.OnFunding, contract.OnShipment, contract.OnDelivery, contract.OnAcceptance)
	var ids []deal.ID
	for i := range n {
		var id deal.ID
		where := i // every point once, then at random
		if i >= 10 {
			where = chance.IntN(10)
		}
		switch where {
		case 0:
			id = p.offered(terms)
		case 1:
			id = p.agreed(terms)
		case 2:
			id = p.agreed(terms)
			p.deposit(id, 30_000)
		case 3:
			id = p.funded(terms)
		case 4:
			id = p.funded(p.terms())
			p.act(p.other, id, deal.CancelByBoth{Reason: "no more bearings"})
		case 5:
			id = p.shipped(terms)
		case 6:
			id = p.shipped(p.terms())
			p.track(id, shipment.Delivered, "FR Lyon") // weak proof
		case 7:
			id = p.delivered(terms)
		case 8:
			id = p.delivered(p.terms())
			p.act(p.buyer, id, claim(1+chance.Int64N(100_000)))
		case 9:
			id = p.delivered(p.terms())
			c := claim(60_000)
			c.Demand.WithReturn = true
			p.act(p.buyer, id, c)
			p.act(p.other, id, deal.Conduct{ClaimID: "k1", Step: dispute.Escalate{}})
		}
		ids = append(ids, id)
	}
	return ids
}

// settleAll plays the bank: what it was given has arrived.
func (p *place) settleAll() {
	p.t.Helper()
	rail := identity.Actor{Office: identity.Rail, Person: "bank"}
	for _, o := range p.bank.sent() {
		for _, outcome := range []assurance.PayoutOutcome{assurance.PayoutTaken, assurance.PayoutArrived} {
			_, err := p.ReportPayout(p.ctx, rail, assurance.PayoutNotice{PayoutID: o.PayoutID, Outcome: outcome, Reference: "b-" + o.PayoutID})
			p.must(err)
		}
	}
}

func TestPayoutThatTheRailNeverTookIsThePartysAgain(t *testing.T) {
	t.Parallel()
	p := setup(t)
	w := p.worker()
	id := p.delivered(p.terms())
	p.act(p.buyer, id, deal.Accept{})
	r, err := p.Withdraw(p.ctx, assurance.Call{By: p.other}, p.other.Party, usd(99_000), "sale")
	p.must(err)
	p.bank.is(fault.New(fault.Unavailable, "bank.down", "The bank is down."))
	p.clock.Advance(6 * day)
	if got := p.step(w); got.Lapsed != 1 {
		t.Errorf("report %+v, want the payout to expire", got)
	}
	_, err = p.ReportPayout(p.ctx, identity.Actor{Office: identity.Rail, Person: "bank"}, assurance.PayoutNotice{PayoutID: r.ID, Outcome: assurance.PayoutTaken, Reference: "b1"})
	if fault.CodeOf(err) != "treasury.wrong_stage" {
		t.Errorf("a rail may pay an expired payout: %v", err)
	}
	_, err = p.Withdraw(p.ctx, assurance.Call{By: p.other}, p.other.Party, usd(99_000), "sale")
	p.must(err)
	p.sound()
}
