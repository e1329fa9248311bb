package main

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"

	"fondaco/internal/api"
	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/notary"
	"fondaco/internal/rail"
	"fondaco/internal/store"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/vault"
	"fondaco/internal/web"
	"fondaco/internal/web/assets"
	"fondaco/internal/worker"
)

// plan is what kind of house to open.
type plan struct {
	place     place
	sandbox   bool
	origin    string // of the evidence log, if it has none yet
	name      string
	publicURL string
	secure    bool // reached over HTTPS
	signIns   int  // per minute and address; 0 for the usual
	guards    guards
	caution   caution
	trusting  bool // ask no proof of anybody: a house without people of its own, as tests of nodes have it
	log       *slog.Logger
}

// open is a running house with everything behind its ports.
type open struct {
	plan
	store   *store.Store
	leader  *store.Leader
	house   *assurance.House
	rail    *rail.Sandbox // nil outside a sandbox
	clock   *testClock    // nil outside a sandbox
	worker  *worker.Worker
	notary  *notary.Notary
	seal    *notary.Seal
	vault   *vault.Vault
	vkey    string
	ending  <-chan struct{} // closed when the house is told to close
	stop    context.CancelFunc
	working sync.WaitGroup
}

// noRail is the name under which payouts wait in a house that has no rail: they
// expire, and the money is the company's again.
const noRail = "none"

// newID makes UUIDs of version 7, which sort by time.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

// openHouse wires a house and starts its worker. Close it.
func openHouse(ctx context.Context, p plan) (_ *open, err error) {
	o := &open{plan: p, stop: func() {}, ending: ctx.Done()}
	defer func() {
		if err != nil {
			err = errors.Join(err, o.close())
		}
	}()
	if o.store, err = p.place.create(ctx); err != nil {
		return nil, err
	}
	o.leader = o.store.Leader()
	if err := o.found(ctx); err != nil {
		return nil, err
	}
	cfg := assurance.Config{
		Store: o.store, Archive: o.store, Clock: assurance.SystemClock{}, Random: rand.Reader, NewID: newID, Log: p.log,
		PayoutRail: noRail, Sandbox: p.sandbox, AutoPayout: p.sandbox, Signer: o.seal,
	}
	if p.sandbox {
		if o.clock, err = openTestClock(ctx, o.store, p.log); err != nil {
			return nil, err
		}
		cfg.Clock, cfg.PayoutRail = o.clock, rail.Name
	}
	if err := o.guard(ctx, &cfg); err != nil {
		return nil, err
	}
	if err := o.beware(ctx, &cfg); err != nil {
		return nil, err
	}
	if o.house, err = assurance.Open(ctx, cfg); err != nil {
		return nil, err
	}
	work := worker.Config{House: o.house, Schedule: o.store, Log: p.log, Sandbox: p.sandbox, Gained: o.taken}
	if work.Mailer, err = o.mailer(); err != nil {
		return nil, err
	}
	if o.several() {
		work.Lead = o.leader.Lead
	}
	if p.sandbox {
		o.rail = rail.New(rail.Config{House: o.house, Clock: o.clock, NewID: newID, Log: p.log})
		work.Rails, work.Interval = []assurance.Rail{o.rail}, 200*time.Millisecond
	}
	o.worker = worker.New(work)
	if o.clock != nil {
		o.clock.moved = func() { o.worker.Wake(); o.rail.Tick() }
	}
	return o, o.start(ctx)
}

func (o *open) openNotary(ctx context.Context) error {
	name, err := origin(ctx, o.store, o.origin)
	if err != nil {
		return err
	}
	signer, vkey, err := notary.LoadOrCreateKey(o.place.Data, name)
	if err != nil {
		return err
	}
	o.vkey = vkey
	if o.seal, err = notary.NewSeal(signer, vkey); err != nil {
		return err
	}
	var last evidence.Checkpoint
	kept, err := signed(ctx, o.store, vkey)
	if err != nil {
		return err
	}
	if len(kept) > 0 {
		last = kept[len(kept)-1]
	}
	o.notary = notary.New(notary.Config{Origin: name, Signer: signer, Log: archive{o.store}, Last: last, Logger: o.log})
	return nil
}

// now is the time of the house, before there is one.
func (o *open) now() time.Time {
	if o.clock != nil {
		return o.clock.Now()
	}
	return time.Now()
}

// start lets the worker and the keeper of checkpoints run.
func (o *open) start(ctx context.Context) error {
	if err := o.worker.Begin(ctx); err != nil {
		return err
	}
	ctx, o.stop = context.WithCancel(context.WithoutCancel(ctx))
	o.working.Go(func() { _ = o.worker.Run(ctx) })
	o.working.Go(func() { o.readyLists(ctx) })
	if o.several() {
		o.working.Go(func() { o.listen(ctx) })
		if o.clock != nil {
			o.working.Go(func() { o.followClock(ctx) })
		}
	}
	o.working.Go(func() {
		for tick := time.NewTicker(checkpointEvery); ; {
			select {
			case <-ctx.Done():
				tick.Stop()
				return
			case <-tick.C:
				if o.leads(ctx) {
					o.keepCheckpoint(ctx)
				}
			}
		}
	})
	return nil
}

// checkpointEvery is how often the house signs and keeps what its log is.
const checkpointEvery = time.Minute

// keepCheckpoint signs the log as it is and keeps the statement. A failure is for
// a person to see; the house goes on.
func (o *open) keepCheckpoint(ctx context.Context) {
	note, err := o.notary.Checkpoint(ctx)
	if err == nil {
		var c evidence.Checkpoint
		if c, err = notary.Open(note, o.vkey); err == nil && c.Size > 0 {
			err = o.store.SaveCheckpoint(ctx, c.Size, note, o.house.Now())
		}
	}
	if err != nil {
		o.log.ErrorContext(ctx, "checkpoint not kept", slog.Any("error", err))
	}
}

// handler serves API and pages under one roof.
func (o *open) handler(demo []web.SignIn) http.Handler {
	a := api.Config{
		House: o.house, Notary: o.notary.Handler(), Log: o.log, PublicURL: o.publicURL, Version: version(), SignInsPerMinute: o.signIns,
	}
	w := web.Config{House: o.house, Log: o.log, Name: o.name, PublicURL: o.publicURL, Secure: o.secure, Demo: demo, Ending: o.ending}
	if o.sandbox {
		a.Bank, a.TestClock = o.rail, o.clock
		w.Bank, w.TestClock = o.rail, pageClock{o.clock}
	}
	a.Gate = api.NewGate(api.Bounds{}) // one for both faces: they share one house
	programs, pages := api.New(a), web.New(w)
	mux := http.NewServeMux()
	for _, p := range api.Patterns() {
		mux.Handle(p, programs)
	}
	mux.Handle("GET "+assets.Prefix, pages)
	mux.Handle("POST /company/profile", a.Gate.Guard(pages, filesMax, visitor, web.Busy))
	mux.Handle("/", a.Gate.Guard(pages, formMax, visitor, web.Busy))
	trusted, err := parseProxies(o.guards.TrustedProxy)
	fault.Assert(err == nil, "cmd.proxies", "the flags have been checked")
	return trusted.behind(o.strictTransport(mux))
}

// strictTransport tells browsers that the house and whatever is below its name are
// reached over HTTPS only.
func (o *open) strictTransport(next http.Handler) http.Handler {
	if !o.secure {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		next.ServeHTTP(w, r)
	})
}

// close stops everything in the order in which nothing acknowledged is lost.
func (o *open) close() error {
	o.stop()
	o.working.Wait()
	if o.leader != nil {
		o.leader.Close() // another node goes on at once
	}
	if o.rail != nil {
		o.rail.Close()
	}
	if o.house != nil {
		o.keepCheckpoint(context.Background())
		o.house.Close()
	}
	if o.store == nil {
		return nil
	}
	return o.store.Close()
}
