package scms

import (
	"cmp"
	"container/heap"
	"context"
	"slices"
	"sync"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
)

// Config is what a replay needs. Clock and Bank must be those of the house.
type Config struct {
	House *assurance.House
	Clock *Clock
	Bank  *Bank
	// Work does once what the house's worker does all the time: lapses that are due
	// and messages that wait. It answers how many it did.
	Work func(ctx context.Context) (int, error)
	// Progress, which may be nil, is told how far the replay has come.
	Progress func(Progress)
}

// Progress is how far a replay has come.
type Progress struct {
	Ended    int // deals whose course is over
	Deals    int
	Commands int64
	At       time.Time // where the house's clock stands
}

// Replay carries out every row in the order of time and waits until every deal
// is closed and every payout has arrived. It fails with scms.house_not_empty if
// the house has a past, scms.restless if deals do not end, or as the house does
// when it cannot write.
func Replay(ctx context.Context, cfg Config, rows []Row, refused []Refusal) (Summary, error) {
	size, err := cfg.House.LogSize(ctx)
	if err != nil {
		return Summary{}, err
	}
	if size > 0 {
		return Summary{}, fault.New(fault.Refused, "scms.house_not_empty", "Replay into a new house: time in the log of this one would run backwards.")
	}
	p := &play{cfg: cfg, sum: newSummary(refused), limit: make(chan struct{}, concurrent)}
	p.sum.Rows = len(rows) + len(refused)
	if err := p.prepare(ctx, rows); err != nil {
		return Summary{}, err
	}
	began := time.Now()
	if err := p.run(ctx); err != nil {
		return Summary{}, err
	}
	if err := p.wait(ctx); err != nil {
		return Summary{}, err
	}
	p.sum.took(time.Since(began))
	p.sum.SentBack = cfg.Bank.sentBack()
	return p.sum, p.sum.read(ctx, cfg.House, p.courses)
}

// concurrent is how many commands are given at one time.
const concurrent = 512

// play is one replay.
type play struct {
	cfg     Config
	sum     Summary
	courses []*course
	agenda  agenda
	ended   int
	limit   chan struct{}
	mu      sync.Mutex // guards sum while commands run side by side
	settle  []assurance.PayoutNotice
}

// prepare registers the companies, and lays out the courses.
func (p *play) prepare(ctx context.Context, rows []Row) error {
	p.cfg.Clock.set(p.first(rows))
	known := map[string]identity.PartyID{}
	register := func(c identity.Register) (identity.PartyID, error) {
		if id, ok := known[c.Registration]; ok {
			return id, nil
		}
		by := identity.Actor{Office: identity.Administrator, Person: "scms-replay"}
		r, err := p.cfg.House.RegisterParty(ctx, assurance.Call{By: by, Key: "scms:party:" + c.Registration}, c)
		if err == nil {
			known[c.Registration] = identity.PartyID(r.ID)
			p.sum.Commands++
		}
		return identity.PartyID(r.ID), err
	}
	for _, r := range rows {
		c, err := course1(r, p.cfg.House.Rules(), register, &p.sum.Assumed)
		if k := fault.KindOf(err); k == fault.Invalid || k == fault.Refused {
			p.sum.Refused = append(p.sum.Refused, refusal(r.Line, itoa(r.ID), err))
			continue
		}
		if err != nil {
			return err
		}
		p.courses = append(p.courses, c)
	}
	slices.SortFunc(p.sum.Refused, func(a, b Refusal) int { return cmp.Compare(a.Line, b.Line) })
	p.sum.Companies = len(known)
	p.agenda = slices.Clone(p.courses)
	heap.Init(&p.agenda)
	return nil
}

func course1(r Row, rules deal.Rules, register func(identity.Register) (identity.PartyID, error), assumed *Assumed) (*course, error) {
	buyer, err := register(r.programme())
	if err != nil {
		return nil, err
	}
	seller, err := register(r.vendor())
	if err != nil {
		return nil, err
	}
	terms, err := r.Terms(buyer, seller, assumed)
	if err != nil {
		return nil, err
	}
	return plan(r, terms, rules), nil
}

// first is a day before anything happens.
func (p *play) first(rows []Row) time.Time {
	var first time.Time
	for _, r := range rows {
		c := &course{row: r}
		leaves, _ := c.journey()
		if begins := c.begins(leaves); first.IsZero() || begins.Before(first) {
			first = begins
		}
	}
	return first.AddDate(0, 0, -1)
}

// run carries out the agenda: at each instant first what has lapsed, then, side
// by side, whatever is to be done at that instant.
func (p *play) run(ctx context.Context) error {
	for p.agenda.Len() > 0 {
		now := p.agenda[0].steps[p.agenda[0].next].at
		if err := p.reach(ctx, now); err != nil {
			return err
		}
		var group []*course
		for p.agenda.Len() > 0 && !p.agenda[0].steps[p.agenda[0].next].at.After(now) {
			group = append(group, heap.Pop(&p.agenda).(*course))
		}
		if err := p.give(ctx, group); err != nil {
			return err
		}
		for _, c := range group {
			if c.next < len(c.steps) {
				heap.Push(&p.agenda, c)
			} else {
				p.ended++
			}
		}
		p.tell(now)
	}
	return nil
}

// reach moves the clock to the instant, day by day, so that nothing lapses much
// later than it is due.
func (p *play) reach(ctx context.Context, to time.Time) error {
	for {
		next := p.cfg.Clock.Now().Truncate(day).Add(day + time.Second)
		if next.After(to) {
			next = to
		}
		p.cfg.Clock.set(next)
		if err := p.work(ctx); err != nil {
			return err
		}
		if !next.Before(to) {
			return nil
		}
	}
}

// work lets the house do what is due, and the bank what it was asked to do.
func (p *play) work(ctx context.Context) error {
	for {
		did, err := p.cfg.Work(ctx)
		if err != nil {
			return err
		}
		p.sum.ByHouse += int64(did)
		arrived := p.settle
		p.settle = nil
		orders := p.cfg.Bank.orders()
		if did == 0 && len(orders) == 0 && len(arrived) == 0 {
			return nil
		}
		notices := arrived
		for _, o := range orders {
			n := assurance.PayoutNotice{PayoutID: o.PayoutID, Outcome: assurance.PayoutTaken, Reference: "bank-" + o.PayoutID}
			notices = append(notices, n)
			n.Outcome = assurance.PayoutArrived
			p.settle = append(p.settle, n)
		}
		if err := p.report(ctx, notices); err != nil {
			return err
		}
	}
}

func (p *play) report(ctx context.Context, notices []assurance.PayoutNotice) error {
	return p.sideBySide(len(notices), func(i int) error {
		_, err := p.cfg.House.ReportPayout(ctx, railActor(), notices[i])
		p.count("payout_notice", err)
		return err
	})
}

// give carries out the next step of each course, side by side. A refusal is an
// answer, and the end of that course; a house that cannot write is not.
func (p *play) give(ctx context.Context, group []*course) error {
	return p.sideBySide(len(group), func(i int) error {
		c := group[i]
		s := c.steps[c.next]
		err := s.do(ctx, p.cfg.House, c)
		c.next++
		p.count(s.name, err)
		switch fault.KindOf(err) {
		case fault.Refused, fault.Conflict, fault.Invalid, fault.NotFound, fault.Forbidden:
			c.next = len(c.steps)
			return nil
		case 0, fault.Unauthenticated, fault.Exhausted, fault.Unavailable, fault.Internal:
		}
		return err
	})
}

func (p *play) sideBySide(n int, do func(int) error) error {
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		p.limit <- struct{}{}
		all.Go(func() {
			defer func() { <-p.limit }()
			errs[i] = do(i)
		})
	}
	all.Wait()
	return cmp.Or(errs...)
}

func (p *play) count(name string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sum.Commands++
	if err != nil {
		p.sum.Answers[name+" "+fault.CodeOf(err)]++
	}
}

// patience is how long after the last step every clock must have run out.
const patience = 400

// wait lets time pass until nothing is left to do.
func (p *play) wait(ctx context.Context) error {
	for range patience {
		if err := p.reach(ctx, p.cfg.Clock.Now().Add(day)); err != nil {
			return err
		}
		open, err := p.cfg.House.Deals(ctx, auditor(), assurance.DealQuery{Open: true, Limit: 1})
		if err != nil {
			return err
		}
		if len(open.Rows) > 0 {
			continue
		}
		held, err := p.cfg.House.Deposits(ctx, auditor(), assurance.MoneyQuery{Stage: "suspense", Limit: 1})
		if err != nil || len(held) == 0 {
			return err
		}
	}
	return fault.New(fault.Internal, "scms.restless", "Time has passed and deals are still open.")
}

func (p *play) tell(now time.Time) {
	if p.cfg.Progress != nil {
		p.cfg.Progress(Progress{Ended: p.ended, Deals: len(p.courses), Commands: p.sum.Commands + p.sum.ByHouse, At: now})
	}
}

// agenda is the courses by the time of their next step, then by row, so that
// the same file gives the same order.
type agenda []*course

func (a agenda) Len() int      { return len(a) }
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a agenda) Less(i, j int) bool {
	x, y := a[i], a[j]
	return cmp.Or(x.steps[x.next].at.Compare(y.steps[y.next].at), cmp.Compare(x.row.ID, y.row.ID)) < 0
}
func (a *agenda) Push(c any) { *a = append(*a, c.(*course)) }
func (a *agenda) Pop() any {
	old := *a
	c := old[len(old)-1]
	*a = old[:len(old)-1]
	return c
}
