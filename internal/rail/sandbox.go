package rail

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"sync"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/treasury"
)

// Name is the sandbox's part of account names and of the actor that it is.
const Name = "sandbox"

// House is what the sandbox tells its notices to; [assurance.House] is one.
type House interface {
	BookDeposit(ctx context.Context, by identity.Actor, n treasury.Notice) (assurance.Receipt, error)
	ReportPayout(ctx context.Context, by identity.Actor, n assurance.PayoutNotice) (assurance.Receipt, error)
	RailPayouts(ctx context.Context, by identity.Actor, stage treasury.PayoutStage, before string) ([]assurance.PayoutRow, error)
}

// Config wires a Sandbox. House, Clock and NewID are needed.
type Config struct {
	House  House
	Clock  assurance.Clock // the house's
	NewID  func() string   // unique for ever
	Log    *slog.Logger
	LateBy time.Duration                 // of the scenario Late, by the house's clock; 0 for 3 days
	Payees map[identity.PartyID]Course   // parties whose payouts do not simply succeed
	Wait   func(tries int) time.Duration // before a notice is told again, by the machine's clock; nil for 50 ms, doubling up to a minute
	Poll   time.Duration                 // how often late transfers look at the house's clock; 0 for 200 ms
	Queue  int                           // how many errands may wait; 0 for 10,000
}

// Sandbox is a simulated payment rail. It implements [assurance.Rail] and
// [assurance.Bank], and may be used by many goroutines at once.
type Sandbox struct {
	cfg Config

	mu      sync.Mutex
	errands []*errand                        // in the order in which they came
	orders  map[string]assurance.PayoutOrder // every payout ever taken, by its id
	returns map[string]assurance.ReturnOrder // by deposit
	played  map[string]bool                  // transfers that were asked for by key
	lines   []Line
	busy    bool // an errand is being told
	closing bool
	changed chan struct{} // closed and replaced whenever any of the above changes
	done    chan struct{}
}

var (
	_ assurance.Rail = (*Sandbox)(nil)
	_ assurance.Bank = (*Sandbox)(nil)
	_ House          = (*assurance.House)(nil)
)

// Actor is the sandbox as the evidence log names it.
func Actor() identity.Actor { return identity.Actor{Office: identity.Rail, Person: Name} }

// New starts a sandbox. Its owner must Close it.
func New(cfg Config) *Sandbox {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.LateBy == 0 {
		cfg.LateBy = 3 * 24 * time.Hour
	}
	if cfg.Wait == nil {
		cfg.Wait = doubling
	}
	if cfg.Poll == 0 {
		cfg.Poll = 200 * time.Millisecond
	}
	if cfg.Queue == 0 {
		cfg.Queue = 10_000
	}
	s := &Sandbox{
		cfg: cfg, orders: map[string]assurance.PayoutOrder{}, returns: map[string]assurance.ReturnOrder{}, played: map[string]bool{},
		changed: make(chan struct{}), done: make(chan struct{}),
	}
	go s.loop()
	return s
}

func doubling(tries int) time.Duration {
	const first, most = 50 * time.Millisecond, time.Minute
	return min(most, first<<min(tries-1, 20))
}

// Name is "sandbox".
func (s *Sandbox) Name() string { return Name }

// Send takes a payout and answers at once; notices follow. The same order again
// is the same payment. It fails with rail.bad_order (Invalid), rail.key_reused
// (Conflict), rail.busy (Exhausted) or rail.closed (Unavailable).
func (s *Sandbox) Send(_ context.Context, o assurance.PayoutOrder) error {
	if o.PayoutID == "" || o.Rail != Name || !o.Amount.IsPositive() {
		return fault.New(fault.Invalid, "rail.bad_order", "An order names its payout, this rail and an amount of more than zero.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, ok := s.orders[o.PayoutID]; ok {
		if known != o {
			return fault.New(fault.Conflict, "rail.key_reused", "This payout has been sent before with other details.")
		}
		return nil
	}
	if err := s.add(payoutErrands(o, s.cfg.Payees[o.Party])...); err != nil {
		return err
	}
	s.orders[o.PayoutID] = o
	return nil
}

// Return sends booked money back to its payer, at once. The same order again is
// the same return. It fails with rail.bad_order, rail.key_reused or rail.closed.
func (s *Sandbox) Return(_ context.Context, o assurance.ReturnOrder) error {
	if o.DepositID == "" || o.Rail != Name || !o.Amount.IsPositive() {
		return fault.New(fault.Invalid, "rail.bad_order", "An order names its deposit, this rail and an amount of more than zero.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, ok := s.returns[o.DepositID]; ok {
		if known != o {
			return fault.New(fault.Conflict, "rail.key_reused", "This deposit has been returned before with other details.")
		}
		return nil
	}
	if s.closing {
		return closed()
	}
	s.returns[o.DepositID] = o
	s.note(Line{Kind: Returned, Reference: o.Reference, Subject: "deposit:" + o.DepositID, Amount: o.Amount})
	return nil
}

// Simulate plays a transfer by its scenario (see [Scenarios]) and answers at once;
// the booking follows. It fails with rail.unknown_scenario, rail.bad_amount or
// rail.bad_text (Invalid), rail.busy (Exhausted) or rail.closed (Unavailable).
func (s *Sandbox) Simulate(ctx context.Context, sim assurance.Simulation) error {
	amount, err := transfer(sim)
	if err != nil {
		return err
	}
	n := treasury.Notice{Rail: Name, Reference: s.reference(sim.Key), Deal: sim.Deal, Payer: sim.Payer, Amount: amount}
	e := &errand{subject: "deal:" + sim.Deal, amount: amount, notices: []notice{{deposit: n, keyed: sim.Key != ""}}}
	s.mu.Lock()
	defer s.mu.Unlock()
	if sim.Key != "" && s.played[sim.Key] {
		return nil
	}
	if err := s.play(ctx, e, n, sim); err != nil {
		return err
	}
	if sim.Key != "" {
		s.played[sim.Key] = true
	}
	return nil
}

// reference names a transfer at the bank. One that was asked for by key has the same
// name on every node, so that the house books it once.
func (s *Sandbox) reference(key string) string {
	if key == "" {
		return Name + "-" + s.cfg.NewID()
	}
	sum := sha256.Sum256([]byte(key))
	return Name + "-" + hex.EncodeToString(sum[:16])
}

// play queues the notices of a transfer; the caller holds mu.
func (s *Sandbox) play(ctx context.Context, e *errand, n treasury.Notice, sim assurance.Simulation) error {
	switch Scenario(sim.Scenario) {
	case Failure:
		if s.closing {
			return closed()
		}
		s.note(Line{Kind: Rejected, Reference: n.Reference, Subject: e.subject, Amount: e.amount})
		s.cfg.Log.InfoContext(ctx, "sandbox rail: transfer rejected", slog.String("reference", n.Reference), slog.String("deal", sim.Deal))
		return nil
	case Duplicate:
		e.notices = append(e.notices, e.notices[0])
	case Late:
		e.due = s.cfg.Clock.Now().Add(s.cfg.LateBy)
	case Exact, Short, Over, WrongCurrency:
	}
	return s.add(e)
}

// add queues errands, all or none; the caller holds mu.
func (s *Sandbox) add(es ...*errand) error {
	if s.closing {
		return closed()
	}
	if len(s.errands)+len(es) > s.cfg.Queue {
		return fault.New(fault.Exhausted, "rail.busy", "The rail has too much to do. Try again in a moment.")
	}
	s.errands = append(s.errands, es...)
	s.signal()
	return nil
}

func closed() error { return fault.New(fault.Unavailable, "rail.closed", "The rail is closed.") }

// Recover takes up every payout that the house has given to the sandbox and that
// is not finished, after a restart or from another node. What this sandbox knows
// already stays as it is. It fails as the house does, and with rail.busy where
// there is more than it can take at one time; it may be repeated.
func (s *Sandbox) Recover(ctx context.Context) error {
	for _, stage := range []treasury.PayoutStage{treasury.Sent, treasury.Instructed} {
		for before := ""; ; {
			rows, err := s.cfg.House.RailPayouts(ctx, Actor(), stage, before)
			if err != nil {
				return err
			}
			if len(rows) == 0 {
				break
			}
			for _, r := range rows {
				if r.Payout.Rail != Name {
					continue
				}
				o := assurance.PayoutOrder{PayoutID: r.ID, Party: r.Payout.Party, Amount: r.Payout.Amount, Rail: Name}
				if err := s.Send(ctx, o); err != nil {
					return err
				}
			}
			before = rows[len(rows)-1].ID
		}
	}
	return nil
}

// Tick looks at the house's clock now instead of at the next poll.
func (s *Sandbox) Tick() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.signal()
}

// Wait returns when nothing is left to tell but transfers that are late by the
// house's clock, or with ctx's error.
func (s *Sandbox) Wait(ctx context.Context) error {
	for {
		s.mu.Lock()
		now, ready := s.cfg.Clock.Now(), s.busy
		for _, e := range s.errands {
			ready = ready || !e.due.After(now)
		}
		changed := s.changed
		s.mu.Unlock()
		if !ready {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		case <-s.done:
			return closed()
		}
	}
}

// Close takes nothing more, tells what is due once more without waiting, and
// stops. What the house did not accept then is left to Recover.
func (s *Sandbox) Close() {
	s.mu.Lock()
	if !s.closing {
		s.closing = true
		s.signal()
	}
	s.mu.Unlock()
	<-s.done
}

// signal wakes whoever waits for a change; the caller holds mu.
func (s *Sandbox) signal() {
	close(s.changed)
	s.changed = make(chan struct{})
}
