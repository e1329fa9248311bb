package sim

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/store"
	"fondaco/internal/trade/identity"
	"fondaco/internal/worker"
)

// In a watched world the worker looks for outages and for a clock that was set
// forward. Its bounds are longer than in a real house, so that
// a world can let days pass in one act.
const (
	outageAfter = 10 * day
	outageMax   = 40 * day
	day         = 24 * time.Hour
)

func (w *world) path() string { return filepath.Join(w.folder, fmt.Sprintf("house-%d.db", w.life)) }

// wreck is where a crash leaves the files for the next life.
func (w *world) wreck() string { return filepath.Join(w.folder, fmt.Sprintf("house-%d.db", w.life+1)) }

// open opens store, house and worker on the files of this life.
func (w *world) open() error {
	s, err := store.OpenSQLite(w.ctx, w.path(), store.WithClock(w.tides.Now))
	if err != nil {
		return err
	}
	w.store, w.port = s, s
	if w.cfg.Wrap != nil {
		w.port = w.cfg.Wrap(s)
	}
	w.disk = &disk{Port: w.port, path: w.path(), wreck: w.wreck(), rng: source(w.cfg.Seed, useDisk+w.life<<8), fired: w.fault}
	cfg := assurance.Config{
		Store: w.disk, Archive: w.disk, Clock: w.tides, Random: w, NewID: w.newID, PayoutRail: bankName, AutoPayout: w.manner.autoPayout, AgendaLeast: 1,
	}
	if w.manner.lists > 0 {
		cfg.Watchlists = w.paper
	}
	if w.manner.watched {
		cfg.Monotonic = w.tides.Ticks
	}
	w.house, err = assurance.Open(w.ctx, cfg)
	if err != nil {
		return errors.Join(err, s.Close())
	}
	w.worker = worker.New(worker.Config{
		House: &hands{w.house, w}, Schedule: w.disk, Rails: []assurance.Rail{w.bank}, Sandbox: !w.manner.watched,
		Wall: w.tides.Now, Monotonic: w.tides.Ticks, OutageAfter: outageAfter, OutageMax: outageMax,
	})
	return nil
}

// reopen ends this life, by a crash or in good order, and begins the next. What
// the house does on its way out after a crash reaches no file.
func (w *world) reopen(crash bool) error {
	if crash {
		w.disk.crash()
	}
	w.house.Close()
	err := w.store.Close()
	if w.disk.fatal != nil {
		return errors.Join(err, w.disk.fatal)
	}
	if err != nil {
		return err
	}
	old := w.path()
	if !w.disk.isDead() {
		if err := os.Rename(old, w.wreck()); err != nil {
			return err
		}
	}
	w.life++
	w.mu.Lock()
	w.restarts++
	w.note("opened again after a crash: %t", crash)
	w.mu.Unlock()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(old + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if err := w.open(); err != nil {
		return err
	}
	w.examine("after a restart")
	return nil
}

// begin lets the worker look back at the last heartbeat, as it does at the start
// of a house; what fails is tried again by its first pass.
func (w *world) begin() {
	err := w.worker.Begin(w.ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.note("the worker begins: %s", fault.CodeOf(err))
}

// hands are the house as the worker sees it: what it does is witnessed.
type hands struct {
	*assurance.House
	w *world
}

var _ worker.House = (*hands)(nil)

// Lapse lets a clock run out, and sees that it did not do so before its time.
func (h *hands) Lapse(ctx context.Context, c assurance.ClockRow) (assurance.Receipt, error) {
	r, err := h.w.ask(&call{
		command: "lapse:" + c.Clock, by: identity.HouseClock().String(), streams: []string{c.Stream},
		ask: func(*assurance.House) (assurance.Receipt, error) { return h.House.Lapse(ctx, c) },
	})
	if err == nil && !r.At.After(c.At) {
		h.w.fail("no clock lapses before its instant", "%s of %s ran until %s and lapsed at %s", c.Clock, c.Stream, c.At, r.At)
	}
	return r, err
}

// Withdraw asks for an automatic payout.
func (h *hands) Withdraw(_ context.Context, c assurance.Call, party identity.PartyID, a money.Amount, cause string) (assurance.Receipt, error) {
	w := h.w
	r, err := w.ask(&call{
		command: "auto_payout", by: c.By.String(), key: c.Key, streams: []string{"payout:"},
		ask: func(h *assurance.House) (assurance.Receipt, error) { return h.Withdraw(w.ctx, c, party, a, cause) },
	})
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil {
		w.payouts = append(w.payouts, r.ID)
		delete(w.kept, c.Key)
	}
	if fault.CodeOf(err) == "treasury.routine_check" {
		w.kept[c.Key] = keptMoney{causeOf(cause, party), a.Minor()}
	}
	return r, err
}

// keptMoney is what a deal gave a company that was held: it has it, and is paid out
// when it asks for it once it is free.
type keptMoney struct {
	cause string
	minor int64
}

// BeginOutage notes the span, so that what tells of it in the log can be known.
func (h *hands) BeginOutage(ctx context.Context, c assurance.Call, from, to time.Time) error {
	h.w.witness.span(from, to)
	h.w.fault("outage")
	return h.House.BeginOutage(ctx, c, from, to)
}

// ask asks the house and keeps what it answered.
func (w *world) ask(c *call) (assurance.Receipt, error) {
	w.mu.Lock()
	c.op = w.op
	w.mu.Unlock()
	w.witness.add(c)
	return w.askAgain(c)
}

// askAgain asks the house the same once more.
func (w *world) askAgain(c *call) (assurance.Receipt, error) {
	house, disk := w.house, w.disk
	r, err := c.ask(house)
	w.witness.settle(c, r, err, disk.isDead())
	answer := "accepted"
	if err != nil {
		answer = fault.CodeOf(err)
	}
	w.mu.Lock()
	w.coverage.add(c.command, answer)
	if err != nil {
		w.note("%s by %s: %s", c.command, c.by, answer)
	} else {
		w.note("%s by %s: %s/%d %s at %d to %d, again %t", c.command, c.by, r.ID, r.Version, r.State, r.First, r.Last, r.Replayed)
	}
	w.mu.Unlock()
	if fault.KindOf(err) == fault.Internal {
		w.fail("nobody sees an internal error", "%s by %s: %s", c.command, c.by, fault.Of(err).Trace())
	}
	return r, err
}
