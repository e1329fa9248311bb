package worker_test

import (
	"context"
	"sync"
	"testing"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/worker"
)

// checker is a house whose checks end as the test says.
type checker struct {
	*assurance.House
	mu       sync.Mutex
	fail     error
	pay      error
	rechecks int
	post     func(assurance.RecheckOrder)
}

func (c *checker) Check(context.Context, assurance.CheckOrder) error { return c.fail }

func (c *checker) MayPay(context.Context, assurance.PayoutOrder) error { return c.pay }

func (c *checker) Recheck(_ context.Context, o assurance.RecheckOrder) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rechecks++
	c.post(o)
	return nil
}

func TestACheckIsTriedUntilItIsDone(t *testing.T) {
	t.Parallel()
	p := setup(t)
	for _, why := range []error{
		fault.New(fault.Unavailable, "house.cannot_check", "Not now."), fault.New(fault.Refused, "compliance.too_many_findings", "No."), fault.New(fault.Conflict, "compliance.nothing_new", "No."),
	} {
		house := &checker{House: p.House, fail: why}
		w := p.worker(func(c *worker.Config) { c.House = house })
		id := "check-" + fault.CodeOf(why)
		p.must(p.store.PostMessage(p.ctx, assurance.Message{ID: id, Topic: assurance.TopicCheck, Payload: []byte(`{"party":"p"}`), NextAt: p.Now()}))
		for range 40 {
			if r := p.step(w); r.Dead != 0 {
				t.Fatalf("%s: the check was given up", fault.CodeOf(why))
			}
			p.clock.Advance(day)
		}
		house.fail = nil
		if r := p.step(w); r.Checked != 1 {
			t.Errorf("%s: %+v", fault.CodeOf(why), r)
		}
	}
}

func TestAPayoutWaitsWhileTheCompanyIsHeld(t *testing.T) {
	t.Parallel()
	p := setup(t)
	for _, why := range []error{fault.New(fault.Refused, "treasury.routine_check", "Wait."), fault.New(fault.Unavailable, "house.cannot_check", "Not now.")} {
		house := &checker{House: p.House, pay: why}
		w := p.worker(func(c *worker.Config) { c.House = house })
		p.must(p.store.PostMessage(p.ctx, assurance.Message{ID: "pay-" + fault.CodeOf(why), Topic: assurance.TopicPayout, Payload: []byte(`{"payout":"x","rail":"bank"}`), NextAt: p.Now()}))
		before := len(p.bank.sent())
		for range 40 {
			if r := p.step(w); r.Dead != 0 {
				t.Fatalf("%s: the payout was given up", fault.CodeOf(why))
			}
			p.clock.Advance(day)
		}
		house.pay = nil
		if r := p.step(w); r.Sent != 1 || len(p.bank.sent()) != before+1 {
			t.Errorf("%s: %+v", fault.CodeOf(why), r)
		}
	}
}

func TestAWalkOverAllCompaniesLetsPassesEnd(t *testing.T) {
	t.Parallel()
	p := setup(t)
	house := &checker{House: p.House}
	post := func(o assurance.RecheckOrder) {
		o.After += "x"
		if len(o.After) < 5 {
			p.must(p.store.PostMessage(p.ctx, assurance.Message{ID: "walk-" + string(o.After), Topic: assurance.TopicRecheck, Payload: []byte(`{"after":"` + string(o.After) + `"}`), NextAt: p.Now()}))
		}
	}
	house.post = post
	w := p.worker(func(c *worker.Config) { c.House = house })
	post(assurance.RecheckOrder{})
	for pass := 1; pass <= 4; pass++ {
		p.step(w)
		if house.rechecks != pass {
			t.Fatalf("after %d passes there were %d parts of the walk", pass, house.rechecks)
		}
	}
}

func TestAPayoutThatHasEndedIsDoneWith(t *testing.T) {
	t.Parallel()
	p := setup(t)
	house := &checker{House: p.House, pay: fault.New(fault.Conflict, "treasury.wrong_stage", "It was cancelled.")}
	w := p.worker(func(c *worker.Config) { c.House = house })
	p.must(p.store.PostMessage(p.ctx, assurance.Message{ID: "pay", Topic: assurance.TopicPayout, Payload: []byte(`{"payout":"x","rail":"bank"}`), NextAt: p.Now()}))
	if r := p.step(w); r.Kept != 1 || r.Sent != 0 || r.Retried != 0 || len(p.bank.sent()) != 0 {
		t.Errorf("%+v", r)
	}
	if r := p.step(w); r.Kept != 0 {
		t.Errorf("again: %+v", r)
	}
}
