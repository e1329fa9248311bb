package sim

import (
	"sync"
	"time"
)

// tides is the time of a world. What the house's clock shows is the time that
// has truly passed, and whatever somebody has set it off by.
type tides struct {
	mu     sync.Mutex
	start  time.Time
	passed time.Duration
	off    time.Duration
}

// Now is what the house's clock shows.
func (t *tides) Now() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.start.Add(t.passed + t.off)
}

// truth is the true time.
func (t *tides) truth() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.start.Add(t.passed)
}

// Ticks is the time that has truly passed.
func (t *tides) Ticks() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.passed
}

func (t *tides) pass(d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.passed += max(0, d)
}

// set puts the clock off the true time by so much.
func (t *tides) set(off time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.off = off
}

func (t *tides) offBy() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.off
}
