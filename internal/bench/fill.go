package bench

import (
	"cmp"
	"context"
	"errors"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"fondaco/internal/assurance"
	"fondaco/internal/money"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/treasury"
)

// Fill says how large a house to build, and how long to question it.
type Fill struct {
	Large Database
	Small Database // for the house that the large one is compared with
	Deals int
	// SmallDeals is the size of that house; 0 for 5,000.
	SmallDeals int
	Companies  int // that are registered in each; 0 for 2,000
	// Least is how often each page and each read is asked for at least; 0 for 500, of
	// which fewer would leave the hundredth slowest to chance.
	Least int
	// Only asks for the pages and the reads whose names hold it, and for no others.
	Only string
	// Window is how long commands are measured in each of the two houses.
	Window time.Duration
	// Kept says that Large holds a house of such a bench already: none is built.
	Kept bool
	// Hold, which may be nil, keeps the large house in memory, once it is built, until release.
	Hold func(tell func(done, total int64)) (release func() error, err error)
	// Handler answers as a real server does, until stop; nil looks at no pages.
	Handler Serving
	// Serve, which may be nil, starts a real server on the large house, waits until
	// it is ready, and ends it.
	Serve func(ctx context.Context) (Idle, error)
	// Down makes the house of a store believe that nobody has served it since then.
	Down     func(ctx context.Context, s Store, since time.Time) error
	Progress func(what string, done, total int64, more string)
}

// Idle is a server that has just become ready and has nothing to do.
type Idle struct {
	Ready time.Duration // since its process was begun
	RSS   int64         // bytes of memory that it holds
}

// Filled is what a bench of growth has found.
type Filled struct {
	Database          string         `json:"database"`
	Deals             int            `json:"deals"`
	Phases            map[string]int `json:"phases"`
	Payouts           int64          `json:"payouts"`
	Seconds           float64        `json:"seconds"`
	DealsPerSecond    float64        `json:"deals_per_second"`
	CommandsPerSecond float64        `json:"commands_per_second"`
	BatchMean         float64        `json:"batch_mean"`
	BytesPerDeal      float64        `json:"bytes_per_deal"`
	OpenMS            float64        `json:"open_ms"` // store and house, in process
	HeapBytes         int64          `json:"idle_heap_bytes"`
	ReadyMS           float64        `json:"ready_ms"` // a server, from its start; 0 if none was started
	RSSBytes          int64          `json:"idle_rss_bytes"`
	OutageReadyMS     float64        `json:"outage_ready_ms"` // the same of a house that was down for an hour
	OutageRSSBytes    int64          `json:"outage_rss_bytes"`
	Small             int            `json:"small_deals"`
	Pages             []Question     `json:"pages"`           // as a browser or a program gets them, over HTTP
	Commands          Question       `json:"commands"`        // whole deals
	Questions         []Question     `json:"questions"`       // the reads of which pages are made, in process
	Worst             float64        `json:"worst_p99_ratio"` // of pages and commands
	Checked           Verified       `json:"checked"`
}

// The size of the house that the large one is compared with. Its lists are as
// long as a page, because an empty list is no measure, nor is one half full; for that
// few companies trade for so many deals, in both houses. As many are registered
// in one as in the other.
const (
	usualSmall      = 5000
	dealsPerCompany = 250
)

// Run builds, looks whether all is there, and compares.
func (f Fill) Run(ctx context.Context) (r Filled, err error) {
	n := cmp.Or(f.Companies, usualCompanies)
	r.Deals, r.Small = f.Deals, cmp.Or(f.SmallDeals, usualSmall)
	small := &built{db: f.Small, companies: n, deals: r.Small, openBps: 1000}
	large := &built{db: f.Large, companies: n, deals: f.Deals, openBps: 300, tell: f.Progress}
	if r.Database, err = f.Large.Name(ctx); err != nil {
		return r, err
	}
	if err := small.build(ctx); err != nil {
		return r, err
	}
	if f.Kept {
		r.Deals, err = large.recall(ctx)
	} else {
		err = f.fill(ctx, &r, large)
	}
	if err != nil {
		return r, err
	}
	if f.Hold != nil {
		release, held := f.Hold(func(done, total int64) { large.say(Holding, done>>20, total>>20, "") })
		if held != nil {
			return r, held
		}
		defer func() { err = errors.Join(err, release()) }()
	}
	if f.Serve != nil {
		if err := f.start(ctx, &r, large); err != nil {
			return r, err
		}
	}
	return r, f.compare(ctx, &r, small, large)
}

// What of the progress of a fill is not counted in steps.
const (
	Filling = "filling"                     // deals
	Holding = "holding the house in memory" // MiB
)

// outage is for how long the house was down before it is started again: every deal that
// is open must hear of it.
const outage = time.Hour

// start measures a server that becomes ready, as it was left and after an outage.
func (f Fill) start(ctx context.Context, r *Filled, large *built) error {
	large.say("starting a server", 0, 2, "")
	idle, err := f.Serve(ctx)
	if err != nil {
		return err
	}
	r.ReadyMS, r.RSSBytes = milliseconds(idle.Ready), idle.RSS
	large.say("starting a server after an outage", 1, 2, "")
	st, err := f.Large.Open(ctx)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Down(ctx, st, time.Now().Add(-outage)), st.Close()); err != nil {
		return err
	}
	if idle, err = f.Serve(ctx); err != nil {
		return err
	}
	r.OutageReadyMS, r.OutageRSSBytes = milliseconds(idle.Ready), idle.RSS
	return nil
}

// fill builds the large house and looks whether all is there.
func (f Fill) fill(ctx context.Context, r *Filled, large *built) (err error) {
	if err := large.build(ctx); err != nil {
		return err
	}
	r.Seconds = large.took.Seconds()
	r.DealsPerSecond = float64(r.Deals) / r.Seconds
	r.CommandsPerSecond = float64(large.commands) / r.Seconds
	r.BatchMean = float64(large.commands) / float64(max(1, large.commits))
	r.BytesPerDeal = float64(large.used.Grown) / float64(r.Deals)
	r.Payouts, r.Phases = large.payouts.Load(), large.phases()
	r.Checked, err = large.check(ctx)
	large.bench.crews = nil // what they remember is no part of an idle house
	return err
}

// built is a house that has been filled.
type built struct {
	db        Database
	companies int
	deals     int
	openBps   int // how many of 10,000 deals are left open, the newest
	tell      func(what string, done, total int64, more string)

	bench    bench // as verify wants it
	took     time.Duration
	used     Usage
	commits  int64
	commands int64
	payouts  atomic.Int64
}

func (b *built) say(what string, done, total int64, more string) {
	if b.tell != nil {
		b.tell(what, done, total, more)
	}
}

// fillClients is how many deals are on their way at one time, so that commits are
// full; in a small house fewer, so that time can pass between their steps.
const fillClients = 1024

const (
	day      = 24 * time.Hour
	spanMax  = 3 * 365 * day // over which the deals of a large house are spread
	dealDays = 4             // that a deal takes, when the span is shorter
)

// paced is a clock that goes as the work goes: from the first to the last deal
// that is closed it passes the span.
type paced struct {
	from time.Time
	span time.Duration
	done *atomic.Int64
	of   int64
}

// Now is how far the work is.
func (p paced) Now() time.Time {
	return p.from.Add(time.Duration(float64(p.span) * float64(min(p.done.Load(), p.of)) / float64(p.of)))
}

// build makes the companies and the deals.
func (b *built) build(ctx context.Context) error {
	b.bench = bench{Deals: Deals{Database: b.db, Progress: b.tell}}
	clients := max(1, min(fillClients, b.deals/16))
	span := min(spanMax, time.Duration(b.deals/clients)*dealDays*day)
	closed := int64(max(1, b.deals-b.deals*b.openBps/10_000))
	var done atomic.Int64
	clock := paced{from: time.Now().UTC().Add(-span - day), span: span, done: &done, of: closed}
	if err := b.within(ctx, clock, func(_ Store, h *assurance.House) (err error) {
		b.bench.companies, err = register(ctx, h, b.companies)
		return err
	}); err != nil {
		return err
	}
	b.bench.companies = b.bench.companies[:max(2, min(b.companies, b.deals/dealsPerCompany))]
	watch, err := b.db.Watch(ctx)
	if err != nil {
		return err
	}
	if err := b.within(ctx, clock, func(st Store, h *assurance.House) (err error) {
		if b.bench.start, err = st.Size(ctx); err != nil {
			return err
		}
		begun := time.Now()
		l := &load{companies: b.bench.companies, rules: h.Rules(), uneven: true, now: h.Now}
		crew, err := l.crew(clients, func() (door, error) { return direct{house: h}, nil })
		if err != nil {
			return err
		}
		b.bench.crews = [][]*client{crew}
		err = b.live(ctx, st, h, crew, &done, closed)
		b.took = time.Since(begun)
		return err
	}); err != nil {
		return err
	}
	b.used, err = watch.Usage(ctx, b.commits)
	return err
}

// within opens the house with a clock that goes as the work goes, for f. What f
// writes is counted.
func (b *built) within(ctx context.Context, clock assurance.Clock, f func(Store, *assurance.House) error) (err error) {
	st, err := b.db.Open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	counted := &counting{Store: st}
	cfg := config(st)
	cfg.Store, cfg.Clock, cfg.AutoPayout = counted, clock, false
	h, err := assurance.Open(ctx, cfg)
	if err != nil {
		return err
	}
	err = f(st, h)
	h.Close()
	b.commits, b.commands = counted.commits.Load(), counted.commands.Load()
	return err
}

// live lets the crew share the deals. The last ones stay open, in every phase.
func (b *built) live(ctx context.Context, st Store, h *assurance.House, crew []*client, done *atomic.Int64, closed int64) error {
	var next atomic.Int64
	ended := make(chan struct{})
	told := make(chan struct{})
	go func() {
		defer close(told)
		for tick := time.NewTicker(followEvery); ; {
			select {
			case <-ended:
				tick.Stop()
				return
			case <-tick.C:
				b.say(Filling, done.Load(), int64(b.deals), "")
			}
		}
	}()
	group, ctx := errgroup.WithContext(ctx)
	for _, c := range crew {
		group.Go(func() error {
			for n := next.Add(1); n <= int64(b.deals) && ctx.Err() == nil; n = next.Add(1) {
				last := accept
				if n > closed {
					last = step(n % int64(accept))
				}
				if err := c.live(ctx, last); err != nil {
					return err
				}
				if last == accept && n%payoutEvery == 0 {
					if err := b.payOut(ctx, st, h, c); err != nil {
						return err
					}
				}
				done.Add(1)
			}
			if ctx.Err() != nil {
				return interrupted(ctx)
			}
			return nil
		})
	}
	err := group.Wait()
	close(ended)
	<-told
	return err
}

// payoutEvery is after how many deals a seller takes money out.
const payoutEvery = 5

// payOut lets the seller of the client's last deal take out nine tenths of its
// price, and plays the rail that brings it.
func (b *built) payOut(ctx context.Context, st Store, h *assurance.House, c *client) error {
	by, amount := c.seller.actor, money.New(c.total.Minor()*9/10, c.total.Currency())
	k := c.deals[len(c.deals)-1]
	r, err := h.Withdraw(ctx, assurance.Call{By: by, Key: "payout-" + string(k.id)}, by.Party, amount, k.id.Stream())
	if err != nil {
		return err
	}
	c.entries += r.Last - r.First + 1
	if err := st.MessageDone(ctx, treasury.PayoutStream(r.ID), h.Now()); err != nil {
		return err
	}
	rail := identity.Actor{Office: identity.Rail, Person: railName}
	for _, o := range []assurance.PayoutOutcome{assurance.PayoutTaken, assurance.PayoutArrived} {
		r, err := h.ReportPayout(ctx, rail, assurance.PayoutNotice{PayoutID: r.ID, Outcome: o, Reference: "BENCH"})
		if err != nil {
			return err
		}
		c.entries += r.Last - r.First + 1
	}
	b.payouts.Add(1)
	return nil
}

// phases counts the deals that were made, by phase.
func (b *built) phases() map[string]int {
	out := map[string]int{}
	for _, c := range b.bench.crews[0] {
		for _, k := range c.deals {
			out[string(k.last.phase())]++
		}
	}
	return out
}

// check looks whether everything that was acknowledged is there.
func (b *built) check(ctx context.Context) (Verified, error) { return b.bench.verify(ctx) }

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
