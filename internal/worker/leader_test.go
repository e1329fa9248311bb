package worker_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/deal"
	"fondaco/internal/worker"
)

// crown is the lead of a house as the test gives it.
type crown struct {
	mu     sync.Mutex
	leads  bool
	fail   error
	gained int
	refuse error
}

func (c *crown) set(leads bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.leads = leads
}

func (c *crown) on(cfg *worker.Config) {
	cfg.Lead = func(context.Context) (bool, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.leads, c.fail
	}
	cfg.Gained = func(context.Context) error {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.gained++
		return c.refuse
	}
}

// node is another house on the same database.
func (p *place) node() *place {
	p.t.Helper()
	other := *p
	var err error
	other.House, err = assurance.Open(context.WithoutCancel(p.ctx), p.cfg)
	p.must(err)
	p.t.Cleanup(other.Close)
	return &other
}

func TestANodeThatDoesNotLeadDoesNothing(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.gift(50_000)
	id := p.offered(p.terms())
	p.clock.Set(p.state(id).Deadlines()[0].At.Add(time.Microsecond))
	p.withdraw(1000)
	c := &crown{}
	w := p.worker(c.on)
	p.must(w.Begin(p.ctx))
	if r := p.step(w); !r.Followed || r.Lapsed != 0 || len(p.bank.sent()) != 0 || p.state(id).Phase != deal.Offered || c.gained != 0 {
		t.Fatalf("report %+v, %d payouts sent, gained %d times", r, len(p.bank.sent()), c.gained)
	}
	c.fail = errors.New("planted")
	if r, err := w.Step(p.ctx); err == nil || !r.Followed || r.Lapsed != 0 {
		t.Fatalf("not knowing who leads: %+v, %v", r, err)
	}
	c.fail = nil
	c.set(true)
	if r := p.step(w); r.Followed || r.Lapsed != 1 || r.Sent != 1 || c.gained != 1 {
		t.Fatalf("report %+v, gained %d times", r, c.gained)
	}
	p.step(w)
	c.set(false)
	p.step(w)
	c.set(true)
	if p.step(w); c.gained != 2 {
		t.Errorf("gained %d times, want once each time that it began to lead", c.gained)
	}
}

func TestWhatBelongsToTheLeadIsTakenUpBeforeAnythingElse(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.gift(50_000)
	p.withdraw(1000)
	c := &crown{leads: true, refuse: errors.New("planted")}
	w := p.worker(c.on)
	for range 2 {
		if r, err := w.Step(p.ctx); !errors.Is(err, c.refuse) || r.Sent != 0 || len(p.bank.sent()) != 0 {
			t.Fatalf("report %+v, %v", r, err)
		}
	}
	c.refuse = nil
	if r := p.step(w); r.Sent != 1 || c.gained != 3 {
		t.Errorf("report %+v, tried %d times", r, c.gained)
	}
}

// TestTwoLeadersAtOneTimeDoEverythingOnce: each believes that it alone leads.
func TestTwoLeadersAtOneTimeDoEverythingOnce(t *testing.T) {
	t.Parallel()
	p := setup(t, func(c *assurance.Config) { c.AutoPayout = true })
	var deals []deal.ID
	for range 6 {
		deals = append(deals, p.offered(p.terms()), p.delivered(p.terms()))
	}
	p.gift(50_000)
	p.clock.Advance(20 * day)
	for range 5 {
		p.withdraw(1000) // a payout has a clock of its own
	}
	var workers []*worker.Worker
	for _, n := range []*place{p, p.node()} {
		workers = append(workers, n.worker(func(c *worker.Config) { c.Lanes = 4 }))
	}
	lapsed := 0
	var mu sync.Mutex
	for range 3 {
		var group sync.WaitGroup
		for _, w := range workers {
			group.Go(func() {
				r, err := w.Step(p.ctx)
				mu.Lock()
				defer mu.Unlock()
				lapsed += r.Lapsed
				if err != nil {
					t.Errorf("%+v", err)
				}
			})
		}
		group.Wait()
	}
	p.nothingDue()
	p.sound()
	if lapsed != len(deals) {
		t.Errorf("%d clocks lapsed, want %d", lapsed, len(deals))
	}
	for i, id := range deals {
		if want := []deal.Outcome{deal.Expired, deal.Completed}[i%2]; p.state(id).Outcome != want {
			t.Errorf("deal %d is %s, want %s", i, p.state(id).Outcome, want)
		}
	}
	// 5 withdrawals and 6 payouts of what the deals have credited, each one payout,
	// however often the rail heard of it.
	rows, err := p.Payouts(p.ctx, p.other, assurance.MoneyQuery{Limit: 100})
	p.must(err)
	if len(rows) != 11 {
		t.Errorf("%d payouts were instructed, want 11", len(rows))
	}
	sent := map[string]bool{}
	for _, o := range p.bank.sent() {
		sent[o.PayoutID] = true
	}
	if len(sent) != 11 {
		t.Errorf("the rail knows %d payouts, want 11", len(sent))
	}
	if dead := p.dead(); len(dead) != 0 {
		t.Errorf("given up: %+v", dead)
	}
	if waiting, err := p.store.DueMessages(p.ctx, p.Now().Add(365*day), 100); err != nil || len(waiting) != 0 {
		t.Errorf("still waiting: %+v, %v", waiting, err)
	}
}

// TestTwoLeadersLengthenADeadlineOnce: both find the same outage behind them.
func TestTwoLeadersLengthenADeadlineOnce(t *testing.T) {
	t.Parallel()
	p := setup(t)
	m := &machine{p: p}
	p.step(p.real(m))
	var deals []deal.ID
	var before []time.Time
	for range 5 {
		id := p.offered(p.terms())
		deals, before = append(deals, id), append(before, p.state(id).Deadlines()[0].At)
	}
	m.pass(2 * day)
	far := p.node()
	workers := []*worker.Worker{p.real(m), far.real(m)}
	var group sync.WaitGroup
	for _, w := range workers {
		group.Go(func() {
			if _, err := w.Step(p.ctx); err != nil {
				t.Errorf("%+v", err)
			}
		})
	}
	group.Wait()
	for i, id := range deals {
		if got := p.state(id).Deadlines()[0].At.Sub(before[i]); got != 2*day {
			t.Errorf("the deadline of deal %d moved by %s", i, got)
		}
	}
}

func TestALeadThatMovesIsNoOutage(t *testing.T) {
	t.Parallel()
	p := setup(t)
	m := &machine{p: p}
	old, next := &crown{leads: true}, &crown{}
	first, second := p.real(m, old.on), p.node().real(m, next.on)
	p.step(second)
	id := p.offered(p.terms())
	before := p.state(id).Deadlines()[0].At
	for i := range 30 { // each leads for a while, for half an hour in all
		old.set(i%2 == 0)
		next.set(i%2 == 1)
		for _, w := range []*worker.Worker{first, second} {
			if r := p.step(w); r.Outage {
				t.Fatalf("an outage was recorded after %s: %+v", m.passed, r)
			}
		}
		m.pass(time.Minute)
	}
	if got := p.state(id).Deadlines()[0].At; !got.Equal(before) {
		t.Errorf("the deadline moved by %s", got.Sub(before))
	}
}

// TestALeaderThatHangsWhileOthersServeIsNoOutage: it keeps the lead and does
// nothing; whoever acts meanwhile is served by the other node.
func TestALeaderThatHangsWhileOthersServeIsNoOutage(t *testing.T) {
	t.Parallel()
	p := setup(t)
	m := &machine{p: p}
	c := &crown{}
	p.step(p.real(m)) // the leader's last pass
	w := p.node().real(m, c.on)
	id := p.offered(p.terms())
	before := p.state(id).Deadlines()[0].At
	for range 120 {
		m.pass(30 * time.Second)
		p.step(w)
	}
	c.set(true)
	if r := p.step(w); r.Followed || r.Outage || !p.state(id).Deadlines()[0].At.Equal(before) {
		t.Errorf("report %+v, the deadline moved by %s", r, p.state(id).Deadlines()[0].At.Sub(before))
	}
}

// TestAFollowerNeverHidesAnOutage: it is up first after all were down.
func TestAFollowerNeverHidesAnOutage(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(p *place, m *machine) time.Duration{
		"all were down": func(_ *place, m *machine) time.Duration {
			m.pass(6 * time.Minute)
			return 6 * time.Minute
		},
		"an alarm stands": func(p *place, m *machine) time.Duration {
			p.must(p.RaiseClockAlarm(p.ctx, "planted"))
			m.pass(3 * time.Minute)
			return 7 * time.Minute
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := setup(t)
			m := &machine{p: p}
			p.step(p.real(m))
			id := p.offered(p.terms())
			before := p.state(id).Deadlines()[0].At
			want := prepare(p, m)
			c := &crown{}
			w := p.node().real(m, c.on)
			p.step(w)
			if p.alarm() != "" {
				m.pass(4 * time.Minute)
				p.clear()
			}
			c.set(true)
			if r := p.step(w); !r.Outage {
				t.Fatalf("report %+v, want the outage", r)
			}
			if got := p.state(id).Deadlines()[0].At.Sub(before); got != want {
				t.Errorf("the deadline moved by %s, want %s", got, want)
			}
		})
	}
}

// TestAFollowerWhoseClockWasSetForwardVouchesForNothing: its heartbeat would lie
// in the future, and hide an outage.
func TestAFollowerWhoseClockWasSetForwardVouchesForNothing(t *testing.T) {
	t.Parallel()
	p := setup(t)
	m := &machine{p: p}
	p.step(p.real(m))
	beat := func() string {
		text, err := p.store.Setting(p.ctx, "heartbeat")
		p.must(err)
		return text
	}
	before := beat()
	c := &crown{}
	w := p.node().real(m, c.on)
	m.setOff(3 * time.Minute)
	if p.step(w); beat() != before {
		t.Error("it wrote a heartbeat")
	}
	c.set(true)
	if r := p.step(w); r.Paused == "" || p.alarm() == "" {
		t.Errorf("leading it raises no alarm: %+v", r)
	}
}
