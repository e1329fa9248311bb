package load

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"fondaco/internal/fault"
)

// Config is who goes where, for how long.
type Config struct {
	URLs    []string      // addresses of one house, without final slashes
	Clients int           // programs at once
	For     time.Duration // after this, no deal and no command is begun
	Acks    io.Writer     // the book; each line is one Write
	Attempt time.Duration // for one try of a command; 0 for 5 seconds
	GiveUp  time.Duration // for a command until it counts as unknown; 0 for 90 seconds
	Unpaid  time.Duration // until a transfer that is not booked is sent again; 0 for 10 seconds
	Started func()        // told when every program has signed in; may be nil
}

// Report is what the programs have lived through.
type Report struct {
	Clients           int            `json:"clients"`
	Seconds           float64        `json:"seconds"`
	Acknowledged      int            `json:"acknowledged"`
	Deals             int            `json:"deals"`  // begun
	Closed            int            `json:"closed"` // of them, driven to their end
	Left              int            `json:"left"`   // of them, left after a refusal, an unknown command or the end of time
	Unknown           int            `json:"unknown"`
	Refused           map[string]int `json:"refused"` // by code
	Retries           int            `json:"retries"`
	Resent            int            `json:"resent"` // simulated transfers
	CommandsPerSecond float64        `json:"commands_per_second"`
	P50               float64        `json:"p50_ms"`
	P99               float64        `json:"p99_ms"`
	LongestGap        float64        `json:"longest_gap_ms"`
	LongestGapEnd     time.Time      `json:"longest_gap_end"`
}

// crew is every program of one run.
type crew struct {
	cfg   Config
	run   string // names this run in accounts and titles
	book  book
	until time.Time

	mu     sync.Mutex
	report Report
}

// Run signs the programs up and lets them work until the time is over or ctx
// ends; what was asked is awaited first. It fails with load.bad_config,
// load.unwritten, load.no_answer or the house's refusal of an account.
func Run(ctx context.Context, cfg Config) (Report, error) {
	if len(cfg.URLs) == 0 || cfg.Clients < 1 || cfg.For <= 0 || cfg.Acks == nil {
		return Report{}, fault.New(fault.Invalid, "load.bad_config", "A load needs an address, a client, a time and a book.")
	}
	or(&cfg.Attempt, 5*time.Second)
	or(&cfg.GiveUp, 90*time.Second)
	or(&cfg.Unpaid, 10*time.Second)
	c := &crew{cfg: cfg, run: rand.Text()[:8], book: book{out: cfg.Acks}, report: Report{Clients: cfg.Clients, Refused: map[string]int{}}}
	programs, err := c.enlist(ctx)
	if err != nil {
		return Report{}, err
	}
	defer func() {
		for _, p := range programs {
			p.line.http.CloseIdleConnections()
		}
	}()
	if cfg.Started != nil {
		cfg.Started()
	}
	begun := time.Now()
	c.until = begun.Add(cfg.For)
	c.book.begin()
	err = together(programs, func(p *program) error { return p.work(ctx) })
	return c.summary(time.Since(begun)), err
}

func or(field *time.Duration, otherwise time.Duration) {
	if *field == 0 {
		*field = otherwise
	}
}

// together runs do for each at once and answers every failure.
func together[T any](all []T, do func(T) error) error {
	errs := make([]error, len(all))
	var wait sync.WaitGroup
	for i, one := range all {
		wait.Go(func() { errs[i] = do(one) })
	}
	wait.Wait()
	return errors.Join(errs...)
}

// enlist signs every program's two companies up.
func (c *crew) enlist(ctx context.Context) ([]*program, error) {
	programs := make([]*program, c.cfg.Clients)
	for i := range programs {
		h := &house{urls: c.cfg.URLs, http: &http.Client{Transport: transport(i + 1)}, attempt: c.cfg.Attempt, giveUp: c.cfg.GiveUp}
		programs[i] = &program{crew: c, number: i + 1, line: h}
	}
	if err := together(programs, func(p *program) error { return p.join(ctx) }); err != nil {
		return programs, err
	}
	if err := programs[0].nextPeriod(ctx); err != nil {
		return programs, err
	}
	return programs, together(programs, func(p *program) error { return p.arm(ctx) })
}

// over reports whether nothing new may be begun.
func (c *crew) over(ctx context.Context) bool { return ctx.Err() != nil || !time.Now().Before(c.until) }

// note changes the report.
func (c *crew) note(change func(*Report)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(&c.report)
}

func (c *crew) summary(took time.Duration) Report {
	r := c.report
	r.Refused = maps.Clone(r.Refused)
	r.Seconds = took.Seconds()
	r.Acknowledged = len(c.book.took)
	r.CommandsPerSecond = float64(r.Acknowledged) / took.Seconds()
	r.LongestGap, r.LongestGapEnd = ms(c.book.gap), c.book.gapEnd.UTC()
	if since := time.Since(c.book.last); since > c.book.gap {
		r.LongestGap, r.LongestGapEnd = ms(since), time.Now().UTC()
	}
	slices.Sort(c.book.took)
	r.P50, r.P99 = ms(quantile(c.book.took, 50)), ms(quantile(c.book.took, 99))
	return r
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// quantile is the smallest of sorted that percent of them do not exceed.
func quantile(sorted []time.Duration, percent int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[max(0, (len(sorted)*percent+99)/100-1)]
}

func (p *program) email(side string) string {
	return fmt.Sprintf("load-%s-%d-%s@load.example", p.crew.run, p.number, side)
}
