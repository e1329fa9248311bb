package assurance

import (
	"sync"
	"time"
)

// SystemClock is the machine's clock, in UTC: the clock of a real house.
type SystemClock struct{}

// Now is the machine's time.
func (SystemClock) Now() time.Time { return time.Now().UTC() }

// TestClock is a clock that moves by command, for the sandbox only: in a real
// house it would let its holder end every deadline. It may be used by many
// goroutines at once.
type TestClock struct {
	mu      sync.Mutex
	at      time.Time // the time when it was last set or moved
	running bool
	since   time.Time // the machine's time at that moment; used while it runs
}

// NewTestClock is a clock that stands still at the given time.
func NewTestClock(at time.Time) *TestClock { return &TestClock{at: at.UTC()} }

// Run lets the clock go on by itself, as fast as the machine's, from where it stands.
func (c *TestClock) Run() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at, c.since, c.running = c.now(), time.Now(), true
}

// Now is the clock's time, in UTC.
func (c *TestClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

// Advance moves the clock forward and answers its time; a negative d moves nothing.
func (c *TestClock) Advance(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at, c.since = c.now().Add(max(0, d)), time.Now()
	return c.at
}

// Set puts the clock to a time, back too. The log of the house still never runs
// backwards: until the clock is again where it was, the house writes its last time.
func (c *TestClock) Set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at, c.since = at.UTC(), time.Now()
}

func (c *TestClock) now() time.Time {
	if !c.running {
		return c.at
	}
	return c.at.Add(time.Since(c.since))
}
