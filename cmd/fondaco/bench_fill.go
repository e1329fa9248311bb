package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/bench"
	"fondaco/internal/fault"
	"fondaco/internal/notary"
	"fondaco/internal/worker"
)

type benchFill struct {
	benchPlace
	Deals   int     `help:"How many deals the large house gets." default:"100000"`
	Keep    bool    `help:"Keep the large house, and say where it is."`
	House   string  `help:"Build no large house, but ask one that was kept: its folder, or its postgres://… address." placeholder:"PLACE"`
	Hold    bool    `help:"Hold the large house's file in memory while it is asked, as a machine does that keeps its files there."`
	Seconds float64 `help:"How long commands are measured in each of the two houses." default:"10"`
	Only    string  `help:"Ask only for the pages and reads whose names hold this." placeholder:"WORDS"`
	Least   int     `help:"How often each page is asked for at least. Of fewer than 500 the slowest hundredth is chance." default:"500"`
	JSON    bool    `name:"json" help:"Answer in JSON, with nothing else on standard output."`
}

// The bounds of a fill.
const (
	fillDealsMin = 100
	fillDealsMax = 100_000_000
	fillLeastMax = 100_000
)

// Run builds the houses and answers what was found.
func (c *benchFill) Run(con *console) (err error) {
	if c.Deals < fillDealsMin || c.Deals > fillDealsMax {
		return fault.New(fault.Invalid, "bench.bad_deals", "Fill a house with 100 to 100,000,000 deals.").At("deals")
	}
	if !(c.Seconds >= 0.1 && c.Seconds <= benchSecondsMax) {
		return fault.New(fault.Invalid, "bench.bad_seconds", "Measure for 0.1 to 3,600 seconds.").At("seconds")
	}
	if c.Least < 1 || c.Least > fillLeastMax {
		return fault.New(fault.Invalid, "bench.bad_least", "Ask for each page 1 to 100,000 times at least.").At("least")
	}
	if c.kept() {
		c.Database = c.House // the small house is made beside it
	} else if c.House != "" && c.Database != "" {
		return fault.New(fault.Invalid, "bench.two_databases", "A house in a folder is compared with one in a folder. Leave the database out.").At("database")
	}
	if c.Hold && c.Database != "" {
		return fault.New(fault.Invalid, "bench.no_file", "Only a house in a file can be held in memory. Give PostgreSQL the memory instead.").At("hold")
	}
	small, err := c.make(con.ctx, false)
	if err != nil {
		return err
	}
	ending := context.WithoutCancel(con.ctx)
	defer func() { err = errors.Join(err, small.Remove(ending)) }()
	large, err := c.large(con.ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, large.Remove(ending)) }()
	var hold func(func(done, total int64)) (func() error, error)
	if file, is := large.(*bench.SQLite); is && c.Hold {
		hold = file.Hold
	}
	show := benchProgress{con: con, unit: "steps", units: map[string]string{bench.Filling: "deals", bench.Holding: "MiB"}}
	r, err := bench.Fill{
		Hold:  hold,
		Large: large, Small: small, Kept: c.House != "", Deals: c.Deals, Only: c.Only, Least: c.Least, Handler: pagesHandler, Window: seconds(c.Seconds), Progress: show.step,
		Serve: func(ctx context.Context) (bench.Idle, error) { return c.serve(ctx, large.Address()) },
		Down:  func(ctx context.Context, s bench.Store, since time.Time) error { return worker.BeatAt(ctx, s, since) },
	}.Run(con.ctx)
	show.end()
	if err != nil {
		return err
	}
	if c.Keep {
		say(con.err, "The house is kept in %s", large.Address())
	}
	if c.JSON {
		return json.NewEncoder(con.out).Encode(r)
	}
	tellFilled(con.out, r)
	return nil
}

// large is where the large house is, or will be.
func (c *benchFill) large(ctx context.Context) (bench.Database, error) {
	switch {
	case c.House == "":
		return c.make(ctx, c.Keep)
	case c.kept():
		return bench.KeptPostgres(c.House, openPostgres), nil
	}
	return bench.KeptSQLite(c.House)
}

// kept reports whether the house that is asked again is in PostgreSQL.
func (c *benchFill) kept() bool {
	return strings.HasPrefix(c.House, "postgres://") || strings.HasPrefix(c.House, "postgresql://")
}

// pagesHandler is what a served house answers with, but for the key of its log: a house
// that was served before has one already, and no page that is measured shows it.
func pagesHandler(_ context.Context, h *assurance.House, s bench.Store) (http.Handler, func() error, error) {
	return served(h, s, func(o *open) error {
		signer, vkey, err := notary.LoadOrCreateKey(o.place.Data, o.origin)
		if err != nil {
			return err
		}
		o.vkey = vkey
		o.notary = notary.New(notary.Config{Origin: o.origin, Signer: signer, Log: archive{o.store}, Logger: o.log})
		return nil
	})
}

// serveWait is how long a server may take to become ready, and then idleAfter it
// is left alone before its memory is looked at.
const (
	serveWait = time.Minute
	idleAfter = 2 * time.Second
)

// serve starts this program as a server of the house, in a process of its own.
func (c *benchFill) serve(ctx context.Context, address string) (idle bench.Idle, err error) {
	data := address
	args := []string{"serve", "--listen", "127.0.0.1:0"}
	if c.Database != "" {
		args = append(args, "--database", address)
		// A house that is kept is served with the same key when it is asked again.
		data = filepath.Join(cmp.Or(c.Data, os.TempDir()), "fondaco-bench-key-"+path.Base(address))
		if err := os.MkdirAll(data, 0o700); err != nil {
			return idle, err
		}
		if !c.Keep && c.House == "" {
			defer func() { err = errors.Join(err, os.RemoveAll(data)) }()
		}
	}
	ctx, cancel := context.WithTimeout(ctx, serveWait)
	defer cancel()
	child, err := itself(ctx, append(args, "--data", data)...)
	if err != nil {
		return idle, err
	}
	told, err := child.StderrPipe()
	if err != nil {
		return idle, err
	}
	begun := time.Now()
	if err := child.Start(); err != nil {
		return idle, err
	}
	idle, err = watchServer(ctx, child.Process.Pid, told, begun)
	_ = child.Process.Signal(syscall.SIGTERM)
	_, _ = io.Copy(io.Discard, told)
	return idle, errors.Join(err, child.Wait())
}

// itself is this program as another process, without whatever is set for another house.
func itself(ctx context.Context, args ...string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	child := exec.CommandContext(ctx, self) //nolint:gosec // this very program
	child.Args = append([]string{"fondaco"}, args...)
	child.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "FONDACO_") })
	return child, nil
}

// watchServer waits until the server says where it is and answers there, and then
// until it has been idle for a while.
func watchServer(ctx context.Context, pid int, told io.Reader, begun time.Time) (idle bench.Idle, err error) {
	said, url := "", ""
	for lines := bufio.NewScanner(told); url == "" && lines.Scan(); {
		said = lines.Text()
		_, url, _ = strings.Cut(said, "is open at ")
	}
	if url == "" {
		return idle, fault.New(fault.Unavailable, "bench.no_server", "No server could be started on the large house: {said}").With("said", said)
	}
	for ready := false; !ready; {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/readyz", http.NoBody)
		if err != nil {
			return idle, err
		}
		answer, err := http.DefaultClient.Do(request)
		if ctx.Err() != nil {
			return idle, ctx.Err()
		}
		if err == nil {
			ready = answer.StatusCode == http.StatusOK
			_ = answer.Body.Close()
		}
	}
	idle.Ready = time.Since(begun)
	time.Sleep(idleAfter)
	idle.RSS, err = residentBytes(pid)
	return idle, err
}

// residentBytes is what a process holds in memory, as the kernel counts it.
func residentBytes(pid int) (int64, error) {
	doc, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(doc)) {
		if value, found := strings.CutPrefix(line, "VmRSS:"); found {
			n, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")), 10, 64)
			return n << 10, err
		}
	}
	return 0, nil
}

func tellFilled(w io.Writer, r bench.Filled) {
	const mib = 1 << 20
	if r.Seconds > 0 {
		say(w, "%s, %d deals in %.1f s: %.0f deals/s, %.0f commands/s, %.1f in a commit", r.Database, r.Deals, r.Seconds, r.DealsPerSecond, r.CommandsPerSecond, r.BatchMean)
		var phases []string
		for _, phase := range slices.Sorted(maps.Keys(r.Phases)) {
			phases = append(phases, fmt.Sprintf("%s %d", phase, r.Phases[phase]))
		}
		say(w, "  %s; %d payouts", strings.Join(phases, ", "), r.Payouts)
		say(w, "  %-34s %10.0f bytes", "a deal costs on disk", r.BytesPerDeal)
	} else {
		say(w, "%s, %d deals that were there before", r.Database, r.Deals)
	}
	say(w, "  %-34s %10.0f ms", "store and house open after", r.OpenMS)
	say(w, "  %-34s %10.1f MiB of heap", "an idle house holds", float64(r.HeapBytes)/mib)
	say(w, "  %-34s %10.0f ms, holding %.0f MiB when idle (bar: 2,000 ms, 300 MiB)", "a server is ready after", r.ReadyMS, float64(r.RSSBytes)/mib)
	say(w, "  %-34s %10.0f ms, holding %.0f MiB while deals are told", "and after an hour's outage", r.OutageReadyMS, float64(r.OutageRSSBytes)/mib)
	say(w, "\nPages over HTTP, and commands. A ratio of at most 1.5 is the bar.")
	tellAsked(w, r, append(slices.Clone(r.Pages), r.Commands))
	say(w, "\nThe reads of which pages are made, in process: where the time goes.")
	tellAsked(w, r, r.Questions)
	say(w, "\nThe largest ratio of p99, of pages and commands, is %.2f (bar: 1.5).", r.Worst)
	if r.Checked.OK {
		say(w, "Verified: %d deals as they were acknowledged, %d of them closed; %d entries in the evidence log; all accounts add up to zero.",
			r.Checked.Deals, r.Checked.DealsClosed, r.Checked.Entries)
	}
}

// tellAsked is a table of what both houses were asked: how often each, how long an
// answer took in milliseconds, and how many rows it had or, of a page, KiB. The ratio of
// work is that of the processor time of the 99th, without what else the machine does.
func tellAsked(w io.Writer, r bench.Filled, asked []bench.Question) {
	say(w, "%-54s %6s %28s %28s %8s %8s", "", "", fmt.Sprintf("%d deals", r.Small), fmt.Sprintf("%d deals", r.Deals), "p99", "work")
	say(w, "%-54s %6s %9s %9s %8s %9s %9s %8s %8s %8s", "", "n", "p50 ms", "p99 ms", "rows/KiB", "p50 ms", "p99 ms", "rows/KiB", "ratio", "ratio")
	size := func(a bench.Answer) float64 { return a.Rows + a.Bytes/1024 }
	for _, q := range asked {
		say(w, "%-54s %6d %9.3f %9.3f %8.1f %9.3f %9.3f %8.1f %8.2f %8.2f", q.Name, q.Large.Count,
			q.Small.P50, q.Small.P99, size(q.Small), q.Large.P50, q.Large.P99, size(q.Large), q.Ratio, q.WorkRatio)
	}
}
