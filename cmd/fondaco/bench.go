package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"runtime/pprof"
	"strconv"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/bench"
	"fondaco/internal/fault"
	"fondaco/internal/store"
)

type benchCommand struct {
	Deals      benchDeals      `cmd:"" help:"Measure how many whole-deal commands a second are made durable, beside two yardsticks."`
	Fill       benchFill       `cmd:"" help:"Build a large house, and compare what its pages and commands take with a small one."`
	Reputation benchReputation `cmd:"" help:"Measure how well frauds are told from good accounts in public networks of ratings, beside simpler scores and under attack."`
	Screening  benchScreening  `cmd:"" help:"Measure how well listed parties are found by altered names, how many strangers are taken for them, and how fast."`
	Overload   benchOverload   `cmd:"" help:"Flood a house with more than it can do, and measure what money waits, what is refused and what stays."`
	LoginRisk  benchLogin      `cmd:"" help:"Measure how many of their owners' sign-ins are doubted when attacks are noticed, on synthetic people."`
}

// benchPlace is where a bench makes a house of its own.
type benchPlace struct {
	Database string `help:"PostgreSQL server to bench, as postgres://…: a database of its own is made there and dropped. By default SQLite is benched." placeholder:"URL"`
	Data     string `help:"Folder, on the disk to be benched, in which the house gets a folder of its own; by default the system's temporary folder." type:"path"`
}

// make makes the empty database.
func (p benchPlace) make(ctx context.Context, keep bool) (bench.Database, error) {
	if p.Database == "" {
		return bench.NewSQLite(p.Data, keep)
	}
	return bench.NewPostgres(ctx, p.Database, openPostgres, keep)
}

// openPostgres opens a house's database on a PostgreSQL server.
func openPostgres(ctx context.Context, address string) (bench.Store, error) {
	s, err := store.OpenPostgres(ctx, address)
	if err != nil {
		return nil, err
	}
	if err := s.Migrate(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

type benchDeals struct {
	benchPlace
	Clients    int     `help:"Clients that work at one time, each waiting for its answers; by default 1024, or 64 with --http."`
	Hot        bool    `help:"Let every deal pay one seller."`
	HTTP       bool    `name:"http" help:"Measure over HTTP on this machine, with bearer tokens and JSON, instead of calls in process."`
	Seconds    float64 `help:"How long to measure, after a warm-up of a tenth of that and at least one second." default:"10"`
	Yardsticks bool    `help:"Measure the yardsticks too." default:"true" negatable:""`
	JSON       bool    `name:"json" help:"Answer in JSON, with nothing else on standard output."`
	CPUProfile string  `name:"cpuprofile" help:"Write a profile of the measured time to this file." type:"path" placeholder:"FILE"`
}

// The bounds of a bench's flags.
const (
	benchClients     = 1024
	benchClientsHTTP = 64
	benchClientsMax  = 20_000
	benchSecondsMax  = 3600
)

func (c *benchDeals) check() error {
	if c.Clients == 0 {
		c.Clients = benchClients
		if c.HTTP {
			c.Clients = benchClientsHTTP
		}
	}
	if c.Clients < 1 || c.Clients > benchClientsMax {
		return fault.New(fault.Invalid, "bench.bad_clients", "Let 1 to 20,000 clients work.").At("clients")
	}
	if !(c.Seconds >= 0.1 && c.Seconds <= benchSecondsMax) {
		return fault.New(fault.Invalid, "bench.bad_seconds", "Measure for 0.1 to 3,600 seconds.").At("seconds")
	}
	return nil
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// Run measures and answers what was found.
func (c *benchDeals) Run(con *console) (err error) {
	if err := c.check(); err != nil {
		return err
	}
	db, err := c.make(con.ctx, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Remove(context.WithoutCancel(con.ctx))) }()
	d := bench.Deals{
		Database: db, Clients: c.Clients, Hot: c.Hot,
		Window: seconds(c.Seconds), Warmup: seconds(min(2, max(1, c.Seconds/10))),
	}
	if c.Yardsticks {
		d.Yard = seconds(min(5, max(1, c.Seconds/2)))
	}
	if c.HTTP {
		d.Handler = benchHandler
	}
	profile, err := profileTo(c.CPUProfile)
	if err != nil {
		return err
	}
	d.Measuring = profile
	show := benchProgress{con: con, unit: "ms"}
	d.Progress = show.step
	r, err := d.Run(con.ctx)
	show.end()
	if err != nil {
		return err
	}
	return c.report(con, r)
}

// profileTo answers what begins a profile, nil if none is asked for.
func profileTo(file string) (func() func(), error) {
	if file == "" {
		return nil, nil
	}
	f, err := os.Create(file)
	if err != nil {
		return nil, fault.New(fault.Invalid, "bench.bad_profile", "The profile cannot be written there.").At("cpuprofile").Because(err)
	}
	return func() func() {
		if err := pprof.StartCPUProfile(f); err != nil {
			return func() {}
		}
		return func() {
			pprof.StopCPUProfile()
			_ = f.Close()
		}
	}, nil
}

// benchHandler is what a served house answers with.
func benchHandler(ctx context.Context, h *assurance.House, s bench.Store) (http.Handler, func() error, error) {
	return served(h, s, func(o *open) error { return o.openNotary(ctx) })
}

// served is what a house with a key of its own answers with, once notary has made what
// signs with it. Log lines are written as serve writes them, to where nobody reads them.
func served(h *assurance.House, s bench.Store, notary func(*open) error) (_ http.Handler, stop func() error, err error) {
	dir, err := os.MkdirTemp("", "fondaco-bench-key-")
	if err != nil {
		return nil, nil, err
	}
	nowhere, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	stop = func() error { return errors.Join(nowhere.Close(), os.RemoveAll(dir)) }
	o := &open{plan: plan{place: place{Data: dir}, origin: "bench.localhost/log", name: "Bench", log: slog.New(slog.NewTextHandler(nowhere, nil))}, house: h}
	var ok bool
	if o.store, ok = s.(*store.Store); !ok {
		return nil, nil, errors.Join(fault.New(fault.Internal, "bench.other_store", "This store cannot be served."), stop())
	}
	if err := notary(o); err != nil {
		return nil, nil, errors.Join(err, stop())
	}
	return o.handler(nil), stop, nil
}

// benchProgress shows one bar after the other.
type benchProgress struct {
	con   *console
	unit  string
	units map[string]string // of what is counted otherwise
	what  string
	bar   *progress
}

func (b *benchProgress) step(what string, done, total int64, more string) {
	if what != b.what {
		b.what, b.bar = what, newProgress(b.con, what, cmp.Or(b.units[what], b.unit))
	}
	b.bar.step(done, total, more)
}

func (b *benchProgress) end() {
	if b.bar != nil {
		b.bar.end()
	}
}

// report tells what was found, and names the condition of each figure.
func (c *benchDeals) report(con *console, r bench.Result) error {
	if c.JSON {
		return json.NewEncoder(con.out).Encode(r)
	}
	tellBench(con.out, r)
	return nil
}

func tellBench(w io.Writer, r bench.Result) {
	way := map[bool]string{true: "over HTTP", false: "in process"}[r.HTTP]
	spread := map[bool]string{true: "every deal pays one seller", false: "1,000 buyers and 1,000 sellers"}[r.Hot]
	say(w, "%s, %d clients %s, %s, %.4g s", r.Database, r.Clients, way, spread, r.Seconds)
	say(w, "  %-34s %10.0f commands/s", "durable before the answer", r.CommandsPerSecond)
	say(w, "  %-34s %10.2f ms (p50)  %.2f ms (p99)  %.2f ms (longest)", "an answer takes", r.P50, r.P99, r.Max)
	say(w, "  %-34s %10.1f commands", "a commit holds", r.BatchMean)
	say(w, "  %-34s %10.0f bytes kept, %.0f written, in %.1f rows", "a command costs", r.BytesPerCommand, r.WrittenBytesPerCommand, r.RowsPerCommand)
	say(w, "  %-34s %10.4f fsyncs", "", r.SyncsPerCommand)
	say(w, "  %-34s %10.2f", "cores that this process kept busy", r.Cores)
	if r.RawRowsPerSecond > 0 {
		say(w, "Yardsticks on the same database")
		say(w, "  %-34s %10.0f commands/s (%.2f in each)", "one command in each commit", r.SingleCommitPerSecond, r.SingleBatchMean)
		say(w, "  %-34s %10.0f rows/s of %d bytes, 1,000 to a transaction", "rows without a house", r.RawRowsPerSecond, r.RawBytesPerRow)
		say(w, "  %-34s %10.0f rows/s, %.0f %% of that", "rows of the house", r.CommandsPerSecond*r.RowsPerCommand,
			100*r.CommandsPerSecond*r.RowsPerCommand/r.RawRowsPerSecond)
	}
	busy := ""
	if r.BusyAnswers > 0 {
		busy = " Clients were asked " + strconv.FormatInt(r.BusyAnswers, 10) + " times to come again."
	}
	say(w, "Verified: %d deals as they were acknowledged, %d of them closed; %d entries in the evidence log; all accounts add up to zero.%s",
		r.Deals, r.DealsClosed, r.Entries, busy)
}
