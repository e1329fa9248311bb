package worker

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/money"
	"fondaco/internal/trade/identity"
)

// House is what the worker asks of the house; [assurance.House] is one.
type House interface {
	DueClocks(ctx context.Context, limit int) ([]assurance.ClockRow, error)
	Lapse(ctx context.Context, c assurance.ClockRow) (assurance.Receipt, error)
	Withdraw(ctx context.Context, call assurance.Call, party identity.PartyID, amount money.Amount, cause string) (assurance.Receipt, error)
	OpenMail(payload []byte) (assurance.Mail, error)
	MayPay(ctx context.Context, o assurance.PayoutOrder) error

	Timekeeping
	Counterparties
}

// Timekeeping is what the worker asks of the house about its clock and the time in
// which it was down.
type Timekeeping interface {
	Now() time.Time
	ClockAlarm(ctx context.Context) (string, error)
	RaiseClockAlarm(ctx context.Context, why string) error
	BeginOutage(ctx context.Context, call assurance.Call, from, to time.Time) error
	FinishOutage(ctx context.Context) error
	HearOutage(ctx context.Context) error
}

// Counterparties is what the worker asks of the house about who trades in it.
type Counterparties interface {
	Check(ctx context.Context, o assurance.CheckOrder) error
	Recheck(ctx context.Context, o assurance.RecheckOrder) error
	HoldDeals(ctx context.Context, o assurance.HoldOrder) error
	MayReturn(ctx context.Context, o assurance.ReturnOrder) error
	ReadLists(ctx context.Context, now bool) (int, error)
	FollowTrades(ctx context.Context) (int, error)
}

var _ House = (*assurance.House)(nil)

// Config wires a Worker. House and Schedule are needed; a zero duration or number
// means the default that its comment names.
type Config struct {
	House     House
	Schedule  assurance.Schedule
	Rails     []assurance.Rail
	Mailer    assurance.Mailer // nil: mails wait
	Log       *slog.Logger
	Sandbox   bool                 // the house's clock moves by command: no jump guard, no outages
	Wall      func() time.Time     // the machine's clock, which anybody may set; nil for time.Now
	Monotonic func() time.Duration // a clock that nobody can set; nil for the machine's

	// Lead reports whether this node does the house's periodic work now; nil for
	// always. Gained runs when it begins to, before anything else, and again in the
	// next pass if it fails; nil for nothing.
	Lead   func(ctx context.Context) (bool, error)
	Gained func(ctx context.Context) error

	Interval    time.Duration // between two passes of Run: 1 second
	ItemMax     time.Duration // for one lapse or message: 30 seconds
	MailMax     time.Duration // for one mail, and after which the other mails wait for the next pass: 10 seconds
	OutageAfter time.Duration // without a heartbeat, until it counts as an outage: 5 minutes
	OutageMax   time.Duration // a longer outage needs an administrator's word that the clock is right: 72 hours
	JumpMax     time.Duration // how far the clock may be set forward unnoticed: 2 minutes
	RetryFirst  time.Duration // before the second attempt at a message, then doubling: 5 seconds
	RetryMax    time.Duration // at most: 1 hour
	AttemptsMax int           // before a message is dead: 30, which takes most of a day
	ListsEvery  time.Duration // between two looks whether a list is due: 1 minute
	Lanes       int           // deals whose clocks lapse at one time: 1, which keeps a pass in one order
}

// Worker is the house's own hands. Step, Run and Wake may be called by many
// goroutines; passes never overlap.
type Worker struct {
	Config
	rails map[string]assurance.Rail
	wake  chan struct{}

	mu       sync.Mutex // held for a whole pass; guards what follows
	begun    bool
	leading  bool          // it led in the pass before
	wall     time.Time     // the machine's clock when the guard began to watch
	ticks    time.Duration // the monotonic clock at that moment
	alarmed  bool          // there was an alarm in the pass before
	cleared  bool          // an administrator has just said that the clock is right
	beaten   time.Time     // the heartbeat that was written last
	refusals map[clockKey]int
	mailing  time.Duration // that mails have taken in this pass
}

// New makes a worker; nothing runs until Step or Run.
func New(cfg Config) *Worker {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Wall == nil {
		cfg.Wall = time.Now
	}
	if cfg.Monotonic == nil {
		start := time.Now()
		cfg.Monotonic = func() time.Duration { return time.Since(start) }
	}
	or(&cfg.Interval, time.Second)
	or(&cfg.ItemMax, 30*time.Second)
	or(&cfg.MailMax, 10*time.Second)
	or(&cfg.OutageAfter, 5*time.Minute)
	or(&cfg.OutageMax, 72*time.Hour)
	or(&cfg.JumpMax, 2*time.Minute)
	or(&cfg.RetryFirst, 5*time.Second)
	or(&cfg.RetryMax, time.Hour)
	or(&cfg.AttemptsMax, 30)
	or(&cfg.ListsEvery, time.Minute)
	or(&cfg.Lanes, 1)
	w := &Worker{Config: cfg, rails: map[string]assurance.Rail{}, wake: make(chan struct{}, 1)}
	for _, r := range cfg.Rails {
		w.rails[r.Name()] = r
	}
	w.watchFromNow()
	return w
}

func or[T comparable](field *T, otherwise T) {
	var zero T
	if *field == zero {
		*field = otherwise
	}
}

// Report is what one pass has done.
type Report struct {
	Lapsed    int       // clocks that ended
	Refused   []Refusal // clocks that did not, at most 100 of them
	Followed  bool      // another node leads: nothing was done
	Paused    string    // why no clock lapsed, "" if they did
	Outage    bool      // an outage was recorded
	Sent      int       // payouts handed to a rail
	Withdrawn int       // payouts instructed by themselves
	Kept      int       // payouts that had nowhere to go: the money stays with the company
	Mailed    int       // mails handed over
	Checked   int       // checks of parties carried out, and deals stopped or let go for one
	Standings int       // standings written
	Retried   int       // messages that failed and will be tried again
	Dead      int       // messages given up
}

// Refusal is a clock that is due and did not lapse, with the code of why.
// deal.no_such_clock says that somebody acted first, which is as it should be.
type Refusal struct {
	Clock assurance.ClockRow
	Code  string
}

// Quiet reports whether the pass found nothing to do.
func (r Report) Quiet() bool {
	return r.Lapsed == 0 && !r.Outage && r.Sent == 0 && r.Withdrawn == 0 && r.Kept == 0 && r.Mailed == 0 && r.Checked == 0 && r.Standings == 0 && r.Retried == 0 && r.Dead == 0
}

const refusalsMax = 100

func (r *Report) refuse(c assurance.ClockRow, code string) {
	if len(r.Refused) < refusalsMax {
		r.Refused = append(r.Refused, Refusal{c, code})
	}
}

// Begin looks back at the last heartbeat: a house that was down longer than
// OutageAfter gets an outage recorded before anything lapses, by the node that
// leads. The deals are told of it by the first pass, so that the house need not wait for
// that to serve. Step and Run begin by themselves. It fails as the store and the house do,
// and may be repeated.
func (w *Worker) Begin(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	lead, err := w.lead(ctx)
	if err != nil || !lead {
		return err
	}
	return w.begin(ctx, &Report{})
}

func (w *Worker) begin(ctx context.Context, r *Report) error {
	if w.begun {
		return nil
	}
	if err := w.trust(ctx, r); err != nil {
		return err
	}
	w.begun = true
	return nil
}

// Step makes one full pass and answers what it did. An error of the store or the
// house ends the part of the pass in which it happened; the rest is done. While
// another node leads, it only sees to it that the house does not pass for dead.
func (w *Worker) Step(ctx context.Context) (Report, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var r Report
	lead, err := w.lead(ctx)
	if err != nil || !lead {
		r.Followed = true
		r.Paused = "another node leads, or it is unknown who does"
		if err == nil {
			err = errors.Join(w.House.HearOutage(ctx), w.standIn(ctx))
		}
		return r, err
	}
	if err := w.begin(ctx, &r); err != nil {
		r.Paused = "the last heartbeat is unknown"
		return r, err
	}
	if err = w.trust(ctx, &r); err != nil {
		r.Paused = "it is unknown whether the clock can be trusted"
	}
	if r.Paused == "" {
		if err = w.House.FinishOutage(ctx); err == nil {
			err = w.lapseAll(ctx, &r)
		}
	}
	if outboxErr := w.carryAll(ctx, &r); err == nil {
		err = outboxErr
	}
	written, standingErr := w.House.FollowTrades(ctx)
	r.Standings = written
	if err == nil {
		err = standingErr
	}
	if err == nil {
		err = w.beatInPass(ctx, &r)
	}
	return r, err
}

// Run makes passes until ctx ends, one each Interval or when woken. It answers nil:
// what fails is logged and tried again. The item in hand is finished first.
func (w *Worker) Run(ctx context.Context) error {
	var lists sync.WaitGroup
	lists.Go(func() { w.watchLists(ctx) })
	defer lists.Wait()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		case <-w.wake:
		}
		r, err := w.Step(ctx)
		if err != nil && ctx.Err() == nil {
			w.Log.ErrorContext(ctx, "pass failed", slog.Any("error", err))
		}
		if !r.Quiet() {
			w.Log.InfoContext(ctx, "pass", slog.Int("lapsed", r.Lapsed), slog.Int("sent", r.Sent),
				slog.Int("withdrawn", r.Withdrawn), slog.Int("kept", r.Kept), slog.Int("mailed", r.Mailed), slog.Int("checked", r.Checked), slog.Int("standings", r.Standings), slog.Int("retried", r.Retried), slog.Int("dead", r.Dead))
		}
		timer.Reset(w.Interval)
	}
}

// watchLists reads the lists that are due while this node leads. It runs beside the
// passes, because a publisher who answers slowly must hold up no clock and no payout.
func (w *Worker) watchLists(ctx context.Context) {
	tick := time.NewTicker(w.ListsEvery)
	defer tick.Stop()
	for {
		w.mu.Lock()
		leads := w.leading || w.Lead == nil
		w.mu.Unlock()
		if leads {
			if _, err := w.House.ReadLists(ctx, false); err != nil && ctx.Err() == nil {
				w.Log.ErrorContext(ctx, "lists not read", slog.Any("error", err))
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Wake makes Run pass now instead of at its next interval.
func (w *Worker) Wake() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// item is the context of one lapse or message: stopping waits for it, but not for ever.
func (w *Worker) item(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), w.ItemMax)
}
