package rail

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/treasury"
)

// tellTimeout is how long the house may take to answer one notice.
const tellTimeout = 10 * time.Second

// loop tells errands, one notice at a time, until the sandbox closes.
func (s *Sandbox) loop() {
	defer close(s.done)
	for {
		s.mu.Lock()
		e, wait := s.next()
		changed := s.changed
		if e == nil && s.closing {
			s.mu.Unlock()
			return
		}
		if e != nil {
			s.busy = true
			s.start(e)
		}
		s.mu.Unlock()
		if e == nil {
			pause(wait, changed)
			continue
		}
		err := s.tell(e.notices[0])
		s.mu.Lock()
		s.busy = false
		s.heard(e, err)
		s.signal()
		s.mu.Unlock()
	}
}

func pause(wait time.Duration, changed <-chan struct{}) {
	if wait <= 0 {
		<-changed
		return
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
	case <-changed:
	}
}

// next is the first errand that can be told now, or how long to wait for one (0
// for until something changes); the caller holds mu. While closing, nothing is
// waited for: what has been tried once more is given up.
func (s *Sandbox) next() (*errand, time.Duration) {
	now, machine := s.cfg.Clock.Now(), time.Now()
	var wait time.Duration
	sooner := func(d time.Duration) {
		if wait == 0 || d < wait {
			wait = d
		}
	}
	for _, e := range s.errands {
		switch left := e.retryAt.Sub(machine); {
		case e.due.After(now):
			sooner(s.cfg.Poll)
		case left > 0 && !s.closing:
			sooner(left)
		default:
			return e, 0
		}
	}
	return nil, wait
}

// start dates the booking of a transfer when it is told for the first time, so
// that every repetition is the same notice; the caller holds mu.
func (s *Sandbox) start(e *errand) {
	if e.started {
		return
	}
	e.started = true
	if e.notices[0].aboutPayout() {
		return
	}
	at := s.cfg.Clock.Now().UTC().Truncate(time.Microsecond)
	for i := range e.notices {
		e.notices[i].deposit.BookedAt = at
	}
	s.note(Line{Kind: Booked, Reference: e.notices[0].deposit.Reference, Subject: e.subject, Amount: e.amount})
}

func (s *Sandbox) tell(n notice) error {
	ctx, cancel := context.WithTimeout(context.Background(), tellTimeout)
	defer cancel()
	var err error
	if n.aboutPayout() {
		_, err = s.cfg.House.ReportPayout(ctx, Actor(), n.payout)
	} else {
		_, err = s.cfg.House.BookDeposit(ctx, Actor(), n.deposit)
	}
	return err
}

// heard takes the house's answer to the first notice of an errand; the caller holds mu.
func (s *Sandbox) heard(e *errand, err error) {
	n := e.notices[0]
	switch {
	case err == nil || knows(n, err):
		s.accepted(e, n)
		e.notices, e.tries, e.retryAt = e.notices[1:], 0, time.Time{}
		if len(e.notices) > 0 {
			return
		}
	case again(err) && !s.closing:
		e.tries++
		e.retryAt = time.Now().Add(s.cfg.Wait(e.tries))
		// It goes behind the others: what it waits for may be told by one of them.
		s.remove(e)
		s.errands = append(s.errands, e)
		s.cfg.Log.DebugContext(context.Background(), "sandbox rail: notice to be told again", slog.String("subject", e.subject), slog.Int("tries", e.tries), slog.Any("error", err))
		return
	case again(err):
		s.cfg.Log.WarnContext(context.Background(), "sandbox rail: closed with a notice untold", slog.String("subject", e.subject), slog.Any("error", err))
	case n.payout.Outcome == assurance.PayoutTaken && fault.KindOf(err) == fault.Conflict:
		s.note(Line{Kind: Dropped, Reference: n.payout.Reference, Subject: e.subject, Amount: e.amount, Note: fault.CodeOf(err)})
	default:
		s.note(Line{Kind: Unheard, Reference: n.reference(), Subject: e.subject, Amount: e.amount, Note: fault.CodeOf(err)})
		s.cfg.Log.ErrorContext(context.Background(), "sandbox rail: the house refused a notice", slog.String("subject", e.subject), slog.Any("error", err))
	}
	s.remove(e)
}

func (s *Sandbox) remove(e *errand) {
	s.errands = slices.DeleteFunc(s.errands, func(x *errand) bool { return x == e })
}

func (n notice) reference() string {
	if n.aboutPayout() {
		return n.payout.Reference
	}
	return n.deposit.Reference
}

// accepted moves the simulated money: a payout is paid when the house has
// accepted that it is sent, and not before. A repeated notice moves nothing.
func (s *Sandbox) accepted(e *errand, n notice) {
	if n.payout.Outcome == e.last {
		return
	}
	e.last = n.payout.Outcome
	line := Line{Reference: n.payout.Reference, Subject: e.subject, Amount: e.amount}
	switch n.payout.Outcome {
	case assurance.PayoutTaken:
		line.Kind = Paid
		s.note(line)
	case assurance.PayoutReturned:
		line.Kind, line.Note = Bounced, n.payout.Failure
		s.note(line)
	case assurance.PayoutArrived:
	}
}

// knows reports that the house has heard of it already, in whatever words.
func knows(n notice, err error) bool {
	if n.keyed && fault.CodeOf(err) == keyReused { // another node was asked too, and booked it at another moment
		return true
	}
	return n.aboutPayout() && fault.CodeOf(err) == wrongStage && fault.Of(err).Args["stage"] == string(n.payout.Outcome)
}

// again reports that the same notice may be accepted later: nobody knows whether
// it was heard, or an earlier notice is still under way.
func again(err error) bool {
	switch fault.KindOf(err) {
	case fault.Unavailable, fault.Exhausted, fault.Internal:
		return true
	case fault.Conflict:
		early := fault.CodeOf(err) == wrongStage && fault.Of(err).Args["stage"] == string(treasury.Instructed)
		return early || fault.CodeOf(err) == "store.conflict"
	case fault.Invalid, fault.Unauthenticated, fault.Forbidden, fault.NotFound, fault.Refused:
	}
	return false
}

const (
	wrongStage = "treasury.wrong_stage"
	keyReused  = "house.key_reused"
)
