package bench

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/identity"
)

// Serving makes what answers requests on a house as a real server does, until stop.
type Serving func(ctx context.Context, h *assurance.House, s Store) (handler http.Handler, stop func() error, err error)

// Deals says what to measure.
type Deals struct {
	Database Database
	Clients  int
	Hot      bool // every deal pays one seller
	Warmup   time.Duration
	Window   time.Duration // in which commands count
	Yard     time.Duration // for each yardstick; 0 leaves them out
	// Least keeps the window open until so many commands have been acknowledged, on
	// a machine however slow. A window without any command is never closed.
	Least     int64
	Companies int // that trade, half of them as buyers; 0 for 2,000
	// Handler answers as a real server does, until stop; nil measures calls in process.
	Handler Serving
	// Measuring, which may be nil, is called when the window opens, and what it
	// answers when it closes.
	Measuring func() (stop func())
	// Progress, which may be nil, is told how much of the time has passed.
	Progress func(what string, done, total int64, more string)
}

// Result is what a bench of deals has found. Bytes and syncs are those of the
// whole stretch with its warm-up, of which every command is counted.
type Result struct {
	CommandsPerSecond     float64 `json:"commands_per_second"`
	P50                   float64 `json:"p50_ms"`
	P99                   float64 `json:"p99_ms"`
	BatchMean             float64 `json:"batch_mean"`
	BytesPerCommand       float64 `json:"bytes_per_command"`
	SyncsPerCommand       float64 `json:"fsyncs_per_command"`
	SingleCommitPerSecond float64 `json:"single_commit_per_second"`
	RawRowsPerSecond      float64 `json:"raw_rows_per_second"`

	Max                    float64 `json:"max_ms"`
	RowsPerCommand         float64 `json:"rows_per_command"`
	WrittenBytesPerCommand float64 `json:"written_bytes_per_command"`
	RawBytesPerRow         int     `json:"raw_bytes_per_row"`
	SingleBatchMean        float64 `json:"single_batch_mean"`
	Cores                  float64 `json:"cores"` // that this process kept busy
	Commands               int64   `json:"commands"`
	BusyAnswers            int64   `json:"busy_answers"`
	Database               string  `json:"database"`
	Clients                int     `json:"clients"`
	Hot                    bool    `json:"hot"`
	HTTP                   bool    `json:"http"`
	Seconds                float64 `json:"seconds"`
	Verified
}

// Run measures, and fails if anything acknowledged is not there afterwards.
func (d Deals) Run(ctx context.Context) (Result, error) {
	r := Result{Clients: d.Clients, Hot: d.Hot, HTTP: d.Handler != nil}
	b := &bench{Deals: d}
	if err := b.prepare(ctx); err != nil {
		return r, err
	}
	var err error
	if r.Database, err = d.Database.Name(ctx); err != nil {
		return r, err
	}
	if err := b.measure(ctx, &r); err != nil {
		return r, err
	}
	if d.Yard > 0 {
		if err := b.single(ctx, &r); err != nil {
			return r, err
		}
		// The bytes of a row of the house, less what SQLite and PostgreSQL add to each.
		r.RawBytesPerRow = max(1, int(r.BytesPerCommand/max(1, r.RowsPerCommand)))
		d.tell("rows", 0, 1, "")
		if r.RawRowsPerSecond, err = d.Database.Raw(ctx, r.RawBytesPerRow, d.Yard); err != nil {
			return r, err
		}
	}
	r.Verified, err = b.verify(ctx)
	return r, err
}

func (d Deals) tell(what string, done, total int64, more string) {
	if d.Progress != nil {
		d.Progress(what, done, total, more)
	}
}

// bench is one run.
type bench struct {
	Deals
	companies []company
	railToken string
	start     int64 // length of the evidence log before the first deal
	crews     [][]*client
}

// prepare makes the companies. None of it is measured.
func (b *bench) prepare(ctx context.Context) (err error) {
	s, err := b.Database.Open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	h, err := assurance.Open(ctx, config(s))
	if err != nil {
		return err
	}
	defer h.Close()
	if b.companies, err = register(ctx, h, cmp.Or(b.Companies, usualCompanies)); err != nil {
		return err
	}
	if b.Handler != nil {
		if b.railToken, err = admit(ctx, h, s, b.companies); err != nil {
			return err
		}
	}
	b.start, err = s.Size(ctx)
	return err
}

func config(s Store) assurance.Config {
	return assurance.Config{
		Store: s, Archive: s, Clock: assurance.SystemClock{}, Random: rand.Reader, NewID: newID,
		PayoutRail: railName, AutoPayout: true,
	}
}

// guarded is what a served house asks of people: roles, and for what moves money an
// approval or the mandate of a key.
func guarded() *assurance.Security {
	s := assurance.DefaultSecurity()
	return &s
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// register makes companies, many at once so that they share commits.
func register(ctx context.Context, h *assurance.House, n int) ([]company, error) {
	out := make([]company, n)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(256)
	for i := range out {
		group.Go(func() error {
			name := fmt.Sprintf("Company %04d Trading Ltd", i)
			r, err := h.RegisterParty(ctx, assurance.Call{By: identity.Actor{Office: identity.Member, Person: "bench"}}, identity.Register{
				LegalName: name, Country: []string{"CH", "CN", "DE", "KE"}[i%4], Registration: fmt.Sprintf("B-%06d", i), Address: "1 Harbour Street",
			})
			out[i] = company{actor: identity.MemberOf(identity.PartyID(r.ID), identity.PersonID("clerk-"+r.ID)), name: name}
			return err
		})
	}
	return out, group.Wait()
}

// measure is the run that counts.
func (b *bench) measure(ctx context.Context, r *Result) error {
	watch, err := b.Database.Watch(ctx)
	if err != nil {
		return err
	}
	shift, err := b.shift(ctx, shift{what: "deals", warmup: b.Warmup, window: b.Window, least: b.Least, watch: watch, profile: b.Measuring})
	if err != nil {
		return err
	}
	used, err := watch.Usage(ctx, shift.commits)
	if err != nil {
		return err
	}
	took := times(shift.crew)
	commands := float64(max(1, shift.commands))
	r.CommandsPerSecond = float64(len(took)) / shift.seconds
	r.P50, r.P99, r.Max = quantile(took, 0.50), quantile(took, 0.99), quantile(took, 1)
	r.BatchMean = float64(shift.commands) / float64(max(1, shift.commits))
	r.BytesPerCommand, r.WrittenBytesPerCommand = float64(used.Grown)/commands, float64(used.Written)/commands
	r.SyncsPerCommand, r.RowsPerCommand = float64(used.Syncs)/commands, float64(shift.rows)/commands
	r.Cores, r.Commands, r.Seconds = shift.cores, shift.commands, shift.seconds
	for _, c := range shift.crew {
		r.BusyAnswers += c.busy
	}
	return nil
}

// single is the same work with one command in each commit.
func (b *bench) single(ctx context.Context, r *Result) error {
	s, err := b.shift(ctx, shift{what: "one by one", warmup: b.Yard / 4, window: b.Yard, batchMax: 1})
	if err != nil {
		return err
	}
	r.SingleCommitPerSecond = float64(len(times(s.crew))) / s.seconds
	r.SingleBatchMean = float64(s.commands) / float64(max(1, s.commits))
	return nil
}

// shift is one stretch of work on an open house.
type shift struct {
	what           string
	warmup, window time.Duration
	batchMax       int
	least          int64
	watch          Watch         // nil for none
	profile        func() func() // nil for none

	crew                    []*client
	commits, commands, rows int64
	cores, seconds          float64
}

// shift opens the house, lets a crew work, and closes it.
func (b *bench) shift(ctx context.Context, s shift) (_ shift, err error) {
	st, err := b.Database.Open(ctx)
	if err != nil {
		return s, err
	}
	closed := false
	defer func() {
		if !closed {
			err = errors.Join(err, st.Close())
		}
	}()
	counted := &counting{Store: st}
	cfg := config(st)
	cfg.Store, cfg.BatchMax, cfg.Security = counted, s.batchMax, guarded()
	h, err := assurance.Open(ctx, cfg)
	if err != nil {
		return s, err
	}
	err = b.work(ctx, h, st, &s)
	h.Close()
	if err != nil {
		return s, err
	}
	s.commits, s.commands, s.rows = counted.commits.Load(), counted.commands.Load(), counted.rows.Load()
	if s.watch != nil {
		if err := s.watch.Last(ctx); err != nil {
			return s, err
		}
	}
	closed = true
	return s, st.Close()
}

// bargainsReady is how many agreements the clients draw from.
const bargainsReady = 4096

// work lets the clients in by their doors.
func (b *bench) work(ctx context.Context, h *assurance.House, st Store, s *shift) (err error) {
	l := &load{companies: b.companies, rules: h.Rules(), hot: b.Hot, now: h.Now, least: s.least}
	doors := func() (door, error) { return direct{h, mandate()}, nil }
	if b.Handler != nil {
		server, err := b.serve(ctx, h, st)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, server.stop()) }()
		doors = func() (door, error) { return server.door(ctx) }
	}
	if s.crew, err = l.crew(b.Clients, doors); err != nil {
		return err
	}
	b.crews = append(b.crews, s.crew)
	if l.ready, err = l.bargains(bargainsReady); err != nil {
		return err
	}
	l.open(s.warmup, s.window)
	ended := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() { b.follow(l, s, ended) })
	err = l.run(ctx, s.crew)
	close(ended)
	watching.Wait()
	s.seconds = l.seconds()
	for _, c := range s.crew {
		if hangUp, ok := c.door.(interface{ close() error }); ok {
			err = errors.Join(err, hangUp.close())
		}
	}
	return err
}
