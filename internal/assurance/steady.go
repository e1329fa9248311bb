package assurance

import "time"

// jumpMax is how far the clock may run ahead of the monotonic one unnoticed.
const jumpMax = 2 * time.Minute

// steadiness keeps a clock that somebody sets forward from dating the log. Time in
// the log never runs back, so a year that was written by mistake would stand for
// a year: every deadline would have run out, for everybody. It is used under the
// committer's lock.
type steadiness struct {
	ticks func() time.Duration // a clock that nobody can set; nil where none is known
	clock Clock
	from  time.Time // what the clock said
	at    time.Duration
}

func newSteadiness(cfg Config) *steadiness {
	s := &steadiness{ticks: cfg.Monotonic, clock: cfg.Clock}
	if _, machine := cfg.Clock.(SystemClock); machine && s.ticks == nil {
		began := time.Now()
		s.ticks = func() time.Duration { return time.Since(began) }
	}
	s.trust()
	return s
}

// trust takes what the clock says now as the true time.
func (s *steadiness) trust() {
	if s.ticks != nil {
		s.from, s.at = s.clock.Now(), s.ticks()
	}
}

// believed is the clock's time, or the time that has passed since the clock was
// trusted if the clock has run ahead of that.
func (s *steadiness) believed(now time.Time) time.Time {
	if s.ticks == nil {
		return now
	}
	if passed := s.from.Add(s.ticks() - s.at); now.After(passed.Add(jumpMax)) {
		return passed
	}
	return now
}

// trustClock takes what the clock says now as the true time: somebody has looked.
func (c *committer) trustClock() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.steady.trust()
}
