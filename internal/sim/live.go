package sim

import (
	"math/rand/v2"
	"sync"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
)

// manner is how a world is minded. Each seed exaggerates other things, because a
// world that does a little of everything never does much of anything.
type manner struct {
	watched    bool // outages and a clock that is set forward are looked for
	autoPayout bool
	faults     int // percent of the acts before which a fault is armed
	jumps      int // weights of the acts of users against each other
	hostile    int
	wild       int
	work       int
	quarrels   int // percent of the duties that are met with a claim, an appeal, a refusal
	deals      int
	shareTo    int // percent of sellers' tranches that come early
	toTheEnd   bool
	ways       ways
	lists      int // weight of the acts about lists and cases; 0 for a house without lists
	reviews    int // weight of the reviews
}

func mannerOf(rng *rand.Rand) manner {
	some := func(of ...int) int { return of[rng.IntN(len(of))] }
	return manner{
		watched: some(0, 1) == 1, autoPayout: some(0, 1) == 1, faults: some(0, 5, 10, 25), jumps: some(1, 3, 8), hostile: some(2, 6, 20),
		wild: some(2, 8, 20), work: some(5, 9, 16), quarrels: some(0, 20, 60, 90), deals: some(1, 2, 3, 5), shareTo: some(0, 50), toTheEnd: some(0, 0, 1) == 1,
		ways:  ways{late: some(0, 10, 40), twice: some(0, 10, 40), lost: some(0, 10, 30), busy: some(0, 5, 30), timeout: some(0, 10, 30), bounces: some(0, 20, 60), reorders: some(0, 10, 50)},
		lists: some(0, 0, 0, 0, 0, 0, 0, 25), reviews: some(0, 0, 3, 12),
	}
}

// user is whoever acts: at each act another person, by chance of its own.
type user struct {
	*world
	rng *rand.Rand
}

func (u *user) chance(percent int) bool { return u.rng.IntN(100) < percent }

func pick[T any](u *user, of ...T) T { return of[u.rng.IntN(len(of))] }

// live plays the world to its end.
func (w *world) live() error {
	u := &user{w, source(w.cfg.Seed, useUsers)}
	u.begin()
	if u.manner.lists > 0 {
		u.readLists()
	}
	u.found()
	var err error
	if w.cfg.Users > 1 {
		err = w.crowd()
	} else {
		err = u.alone()
	}
	if err != nil || w.failed() {
		return err
	}
	w.disk.disarm()
	w.rest()
	if w.manner.toTheEnd && !w.failed() {
		w.toTheEnd()
	}
	return nil
}

// alone plays one act after the other.
func (u *user) alone() error {
	for u.op < u.cfg.Ops && !u.failed() {
		u.next()
		if u.chance(u.manner.faults) {
			u.disk.arm(u.anyFault())
		}
		u.act()
		if err := u.survive(1); err != nil {
			return err
		}
	}
	return nil
}

// next counts an act, and lets a moment pass.
func (u *user) next() {
	u.mu.Lock()
	u.op++
	u.mu.Unlock()
	u.tides.pass(time.Duration(1+u.rng.IntN(2_000)) * time.Millisecond)
}

// survive begins the next life if this one has ended, or by chance in good order.
// The next one may end while it begins.
func (u *user) survive(percent int) error {
	for crash := u.disk.isDead(); crash || u.chance(percent); crash = u.disk.isDead() {
		if err := u.reopen(crash || u.chance(50)); err != nil {
			return err
		}
		if u.chance(u.manner.faults) {
			u.disk.arm(u.anyFault())
		}
		u.begin()
		percent = 0
	}
	return nil
}

// crowd lets several users act at one time, in rounds. Between rounds the world
// stands still, so that a crash in a round is one for all.
func (w *world) crowd() error {
	const round = 40
	users := make([]*user, w.cfg.Users)
	for i := range users {
		users[i] = &user{w, source(w.cfg.Seed, useUsers+uint64(i+1)<<8)}
	}
	chief := &user{w, source(w.cfg.Seed, useUsers)}
	for w.op < w.cfg.Ops && !w.failed() {
		if chief.chance(4 * w.manner.faults) {
			f := chief.anyFault()
			if f.call == "commit" {
				f.skip = chief.rng.IntN(round / 2)
			}
			w.disk.arm(f)
		}
		var group sync.WaitGroup
		for _, u := range users {
			group.Go(func() {
				for n := 0; n < round/len(users) && !w.disk.isDead(); n++ {
					u.next()
					u.act()
				}
			})
		}
		group.Wait()
		if err := chief.survive(5); err != nil {
			return err
		}
	}
	return nil
}

// anyFault is a fault at some point.
func (u *user) anyFault() strike {
	s := strike{call: pick(u, "commit", "commit", "commit", "mark", "mark", "setting", "send", "send", "return", "return"), when: pick(u, before, after), skip: u.rng.IntN(4)}
	if s.call == "send" || s.call == "return" {
		s.skip = 0 // there are few of them in a world
	}
	switch u.rng.IntN(4) {
	case 0:
		s.err = down()
		if s.call == "commit" && s.when == before && u.chance(50) {
			s.err = raced()
		}
	case 1:
		return strike{call: pick(u, reads()...), when: before, skip: u.rng.IntN(3), err: down()}
	case 2:
		if s.call == "commit" || s.call == "mark" || s.call == "setting" {
			s.when = during
		}
	}
	return s
}

// act is one act of somebody.
func (u *user) act() {
	m := u.manner
	acts := []struct {
		weight int
		do     func()
	}{
		{m.work, u.letWork},
		{14, u.letTell},
		{m.jumps, u.letTimePass},
		{m.hostile, u.attack},
		{m.wild, u.tryAnything},
		{75, u.doDuty},
		{5, u.moveMoney},
		{4, u.mindSuspense},
		{3, u.repeat},
		{4, u.askAfterAll},
		{2, u.look},
		{2, u.tamper},
		{1, u.reportOutage},
		{m.lists, u.mindLists},
		{m.reviews, u.review},
	}
	total := 0
	for _, a := range acts {
		total += a.weight
	}
	n := u.rng.IntN(total)
	for _, a := range acts {
		if n < a.weight {
			a.do()
			return
		}
		n -= a.weight
	}
}

// letWork lets the worker make a pass.
func (u *user) letWork() {
	_, err := u.worker.Step(u.ctx)
	u.mu.Lock()
	u.note("pass: %s", fault.CodeOf(err))
	u.mu.Unlock()
}

// letTell lets the bank tell what is due, a few letters of it.
func (u *user) letTell() {
	for range 1 + u.rng.IntN(3) {
		if !u.bank.deliver(u.tides.Now(), u.told) || u.disk.isDead() {
			return
		}
	}
}

// told tells the house a letter of the bank.
func (w *world) told(l *letter) error {
	c := &call{command: "book_deposit", by: bankActor().String(), streams: []string{"deposit:", "deal:" + l.deposit.Deal}}
	c.ask = func(h *assurance.House) (assurance.Receipt, error) {
		return h.BookDeposit(w.ctx, bankActor(), l.deposit)
	}
	if l.aboutPayout() {
		c.command, c.streams = "report_payout:"+string(l.payout.Outcome), []string{"payout:" + l.payout.PayoutID}
		c.ask = func(h *assurance.House) (assurance.Receipt, error) {
			return h.ReportPayout(w.ctx, bankActor(), l.payout)
		}
	}
	r, err := w.ask(c)
	if err == nil && !l.aboutPayout() {
		w.mu.Lock()
		w.deposits = append(w.deposits, r.ID)
		w.mu.Unlock()
	}
	return err
}

// letTimePass lets minutes, hours or days pass, often to the edge of a clock.
func (u *user) letTimePass() {
	d := time.Duration(1+u.rng.IntN(600)) * time.Minute
	switch u.rng.IntN(4) {
	case 0, 1:
		rows, err := u.port.DueClocks(u.ctx, u.tides.Now().Add(1000*day), 3)
		if err == nil && len(rows) > 0 {
			d = rows[u.rng.IntN(len(rows))].At.Sub(u.tides.Now()) + time.Duration(u.rng.IntN(3)-1)*time.Microsecond
		}
	case 2:
		d = time.Duration(u.rng.IntN(30)) * day
	}
	if u.manner.watched && !u.chance(10) {
		d = min(d, outageAfter-time.Hour)
	}
	u.tides.pass(d)
	u.mu.Lock()
	u.note("time passes")
	u.mu.Unlock()
}

// tamper sets the house's clock forward or back, or right again. A forward clock
// is only found out in a watched world.
func (u *user) tamper() {
	if off := u.tides.offBy(); off != 0 {
		u.tides.set(0)
		u.clearAlarm(u.staff.admin)
		return
	}
	off := -time.Duration(1+u.rng.IntN(48)) * time.Hour
	if u.manner.watched && u.chance(60) {
		off = time.Duration(1+u.rng.IntN(400)) * time.Hour
	}
	u.fault(map[bool]string{true: "clock set forward", false: "clock set back"}[off > 0])
	u.tides.set(off)
}

// clearAlarm says that the clock is right.
func (w *world) clearAlarm(by identity.Actor) {
	_, _ = w.ask(&call{command: "clear_clock_alarm", by: by.String(), streams: []string{"house:"}, ask: func(h *assurance.House) (assurance.Receipt, error) {
		err := h.ClearClockAlarm(w.ctx, by)
		if err == nil {
			// The house answers without a receipt, so what it has written is found by its actor.
			err = unreceipted()
		}
		return assurance.Receipt{}, err
	}})
}

// unreceipted marks a call that was done and has no receipt.
func unreceipted() error {
	return fault.New(fault.Unavailable, "sim.done", "Done, without a receipt.")
}

// reportOutage is the administrator's word about one deal.
func (u *user) reportOutage() {
	to := u.tides.truth().Add(-time.Hour) // by a watch of one's own
	if u.rng.IntN(2) == 0 {
		to = u.tides.Now() // by the house's clock, which may be set wrongly
	}
	from := to.Add(-time.Duration(1+u.rng.IntN(50)) * time.Hour)
	by := u.staff.admin
	u.witness.span(from, to)
	_, _ = u.ask(&call{command: "record_outage", by: by.String(), streams: []string{"outage:"}, ask: func(h *assurance.House) (assurance.Receipt, error) {
		err := h.RecordOutage(u.ctx, assurance.Call{By: by}, from, to)
		if err == nil {
			err = unreceipted()
		}
		return assurance.Receipt{}, err
	}})
}
