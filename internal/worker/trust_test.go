package worker_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/worker"
)

// machine is the clock of a real house, as the test turns it: the time that
// passes, and how far somebody has set the clock off.
type machine struct {
	p      *place
	passed time.Duration
}

func (m *machine) pass(d time.Duration) {
	m.passed += d
	m.p.clock.Advance(d)
}

func (m *machine) setOff(d time.Duration) { m.p.clock.Set(m.p.clock.Now().Add(d)) }

func (p *place) real(m *machine, change ...func(*worker.Config)) *worker.Worker {
	return p.worker(append([]func(*worker.Config){func(c *worker.Config) {
		c.Sandbox, c.Wall, c.Monotonic = false, p.clock.Now, func() time.Duration { return m.passed }
	}}, change...)...)
}

func (p *place) alarm() string {
	p.t.Helper()
	why, err := p.ClockAlarm(p.ctx)
	p.must(err)
	return why
}

func (p *place) clear() {
	p.t.Helper()
	p.must(p.ClearClockAlarm(p.ctx, identity.Actor{Office: identity.Administrator, Person: "admin"}))
}

func TestRestartAfterAnOutageLengthensEveryDeadlineFirst(t *testing.T) {
	t.Parallel()
	p := setup(t)
	m := &machine{p: p}
	p.step(p.real(m))
	id := p.offered(p.terms())
	before := p.state(id).Deadlines()[0].At

	m.pass(2 * 24 * time.Hour) // the process was down for two days
	w := p.real(m)
	p.must(w.Begin(p.ctx))
	if got := p.state(id).Deadlines()[0].At.Sub(before); got != 2*day {
		t.Fatalf("the deadline moved by %s, want the two days of the outage", got)
	}
	m.pass(time.Minute)
	if r := p.step(w); r.Outage || r.Lapsed != 0 {
		t.Errorf("the outage counts again: %+v", r)
	}
	p.clock.Set(before.Add(2*day + time.Microsecond))
	m.passed += p.Now().Sub(start.Add(2*day + time.Minute))
	w2 := p.real(m, func(c *worker.Config) { c.OutageAfter = 30 * day })
	if r := p.step(w2); r.Lapsed != 1 || p.state(id).Outcome != deal.Expired {
		t.Errorf("after the lengthened time: %+v", r)
	}
}

func TestShortRestartIsNoOutage(t *testing.T) {
	t.Parallel()
	p := setup(t)
	m := &machine{p: p}
	p.step(p.real(m))
	id := p.offered(p.terms())
	before := p.state(id).Deadlines()[0].At
	m.pass(5 * time.Minute)
	p.must(p.real(m).Begin(p.ctx))
	if got := p.state(id).Deadlines()[0].At; !got.Equal(before) {
		t.Errorf("the deadline moved by %s", got.Sub(before))
	}
}

func TestHouseThatStoodStillCountsAsDown(t *testing.T) {
	t.Parallel()
	p := setup(t)
	m := &machine{p: p}
	w := p.real(m)
	p.step(w)
	m.pass(time.Hour) // the process lives, but did nothing
	if r := p.step(w); !r.Outage {
		t.Errorf("report %+v, want an outage", r)
	}
}

func TestVeryLongOutageNeedsAnAdministrator(t *testing.T) {
	t.Parallel()
	p := setup(t)
	m := &machine{p: p}
	p.step(p.real(m))
	id := p.offered(p.terms())
	before := p.state(id).Deadlines()[0].At
	m.pass(30 * day)
	w := p.real(m)
	if r := p.step(w); r.Paused == "" || r.Lapsed != 0 || r.Outage || p.alarm() == "" {
		t.Fatalf("report %+v, alarm %q", r, p.alarm())
	}
	p.clear()
	if r := p.step(w); !r.Outage || r.Lapsed != 0 || r.Paused != "" {
		t.Fatalf("report %+v, want the outage recorded and nothing lapsed", r)
	}
	if got := p.state(id).Deadlines()[0].At.Sub(before); got != 30*day {
		t.Errorf("the deadline moved by %s", got)
	}
	if p.step(w); p.alarm() != "" {
		t.Errorf("alarm again: %s", p.alarm())
	}
}

func TestClockSetForwardEndsNoDeadline(t *testing.T) {
	t.Parallel()
	p := setup(t)
	m := &machine{p: p}
	w := p.real(m)
	p.step(w)
	id := p.offered(p.terms())
	m.pass(time.Minute)
	p.step(w)

	m.setOff(6 * day)
	r := p.step(w)
	if r.Lapsed != 0 || p.state(id).Phase != deal.Offered || !strings.Contains(r.Paused, "144h") {
		t.Fatalf("report %+v; the offer is %s", r, p.state(id).Phase)
	}
	if p.alarm() == "" {
		t.Fatal("no alarm")
	}
	// A restart does not forget the alarm, and the clock put right does not lift it.
	m.setOff(-6 * day)
	w = p.real(m)
	if r := p.step(w); r.Paused == "" {
		t.Errorf("report %+v, want the alarm to stand", r)
	}
	if err := p.ClearClockAlarm(p.ctx, p.buyer); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("a member cleared the alarm: %v", err)
	}
	p.clear()
	if err := p.ClearClockAlarm(p.ctx, identity.Actor{Office: identity.Administrator}); fault.CodeOf(err) != "house.no_alarm" {
		t.Errorf("an alarm cleared twice: %v", err)
	}
	if r := p.step(w); r.Paused != "" || r.Lapsed != 0 {
		t.Errorf("report %+v", r)
	}
	m.pass(6 * day)
	w = p.real(m, func(c *worker.Config) { c.OutageAfter = 30 * day })
	if r := p.step(w); r.Lapsed != 1 {
		t.Errorf("report %+v, want the offer to expire in its time", r)
	}
}

func TestSmallStepsOfTheClockAddUp(t *testing.T) {
	t.Parallel()
	p := setup(t)
	m := &machine{p: p}
	w := p.real(m)
	for range 2 {
		p.step(w)
		m.setOff(time.Minute)
	}
	if r := p.step(w); r.Paused != "" {
		t.Fatalf("two minutes are within bounds: %+v", r)
	}
	m.setOff(time.Microsecond)
	if r := p.step(w); r.Paused == "" {
		t.Error("a third step went unnoticed")
	}
}

func TestClockSetBackDelaysAndNothingElse(t *testing.T) {
	t.Parallel()
	p := setup(t)
	m := &machine{p: p}
	w := p.real(m)
	id := p.offered(p.terms())
	p.step(w)
	m.setOff(-3 * time.Hour)
	if r := p.step(w); r.Paused != "" || r.Outage {
		t.Errorf("report %+v", r)
	}
	p.act(p.buyer, id, deal.Withdraw{Reason: "no"})
	facts, err := p.History(p.ctx, p.buyer, id)
	p.must(err)
	for i := range facts[1:] {
		if facts[i+1].At.Before(facts[i].At) {
			t.Errorf("the log runs backwards: %s after %s", facts[i+1].At, facts[i].At)
		}
	}
}

// leaping is a house whose clock somebody sets forward while a pass is under way.
type leaping struct {
	*assurance.House
	leap func()
}

func (l *leaping) DueClocks(ctx context.Context, limit int) ([]assurance.ClockRow, error) {
	l.leap()
	l.leap = func() {}
	return l.House.DueClocks(ctx, limit)
}

func TestClockSetForwardWithinAPassEndsNoDeadline(t *testing.T) {
	t.Parallel()
	p := setup(t)
	m := &machine{p: p}
	id := p.offered(p.terms())
	w := p.real(m, func(c *worker.Config) {
		c.House = &leaping{p.House, func() { m.setOff(6 * day) }}
	})
	if r := p.step(w); r.Lapsed != 0 || r.Paused == "" || p.state(id).Phase != deal.Offered || p.alarm() == "" {
		t.Errorf("report %+v; the offer is %s; alarm %q", r, p.state(id).Phase, p.alarm())
	}
	text, err := p.store.Setting(p.ctx, "heartbeat")
	p.must(err)
	if text != strconv.FormatInt(start.UnixMicro(), 10) {
		t.Errorf("heartbeat %s was written by a clock that is not trusted", text)
	}
}

// interrupted loses its connection while it tells an outage to the deals.
type interrupted struct {
	*assurance.House
	failures int
}

func (i *interrupted) FinishOutage(ctx context.Context) error {
	if i.failures > 0 {
		i.failures--
		return fault.New(fault.Unavailable, "store.unavailable", "The database is away.")
	}
	return i.House.FinishOutage(ctx)
}

func TestNoClockLapsesWhileAnOutageIsUnfinished(t *testing.T) {
	t.Parallel()
	p := setup(t)
	id := p.offered(p.terms())
	p.clock.Advance(6 * day)
	// Somebody recorded an outage and died before the deals had heard of it.
	from, to := start.Add(day), start.Add(3*day)
	p.must(p.store.SetSetting(p.ctx, "outage", strconv.FormatInt(from.UnixMicro(), 10)+" "+strconv.FormatInt(to.UnixMicro(), 10)+" "+identity.HouseClock().String()))
	w := p.worker(func(c *worker.Config) { c.House = &interrupted{p.House, 1} })
	if r, err := w.Step(p.ctx); fault.KindOf(err) != fault.Unavailable || r.Lapsed != 0 {
		t.Fatalf("report %+v, error %v", r, err)
	}
	if r := p.step(w); r.Lapsed != 0 || p.state(id).Phase != deal.Offered {
		t.Fatalf("the outage came too late: %+v", r)
	}
	p.clock.Advance(day + time.Second)
	if r := p.step(w); r.Lapsed != 1 {
		t.Errorf("report %+v, want the offer to expire two days later", r)
	}
}

func TestSandboxClockMayLeap(t *testing.T) {
	t.Parallel()
	p := setup(t)
	w := p.worker()
	id := p.offered(p.terms())
	p.step(w)
	p.clock.Advance(300 * day)
	if r := p.step(w); r.Lapsed != 1 || r.Outage || p.alarm() != "" || p.state(id).Phase != deal.Closed {
		t.Errorf("report %+v, alarm %q", r, p.alarm())
	}
}

func TestWorkerRunsUntilItIsStopped(t *testing.T) {
	t.Parallel()
	p := setup(t)
	w := p.worker(func(c *worker.Config) { c.Interval = time.Hour })
	id := p.offered(p.terms())
	p.clock.Advance(6 * day)
	ctx, stop := context.WithCancel(p.ctx)
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	for p.state(id).Phase != deal.Closed {
		time.Sleep(time.Millisecond)
	}
	second := p.offered(p.terms())
	p.clock.Advance(6 * day)
	w.Wake()
	for p.state(second).Phase != deal.Closed {
		time.Sleep(time.Millisecond)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("stopping answered %v", err)
	}
}
