package main

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
)

// testClock is the time of a sandbox: the machine's, moved forward by command.
// How far is kept, so that a restart does not turn the time back.
type testClock struct {
	store assurance.Schedule
	log   *slog.Logger
	moved func() // told after every advance

	mu    sync.Mutex
	ahead time.Duration
}

const (
	aheadSetting = "test_clock_ahead" // nanoseconds
	aheadMax     = 50 * 365 * 24 * time.Hour
)

func openTestClock(ctx context.Context, s assurance.Schedule, log *slog.Logger) (*testClock, error) {
	c := &testClock{store: s, log: log, moved: func() {}}
	text, err := s.Setting(ctx, aheadSetting)
	if err != nil || text == "" {
		return c, err
	}
	nanos, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, fault.New(fault.Internal, "cmd.bad_clock", "The kept test clock cannot be read.").Because(err)
	}
	c.ahead = time.Duration(nanos)
	return c, nil
}

// Now is the sandbox's time.
func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().UTC().Add(c.ahead)
}

// follow goes to where another node has moved the clock. Of two nodes that move it
// in the same instant the farther one counts.
func (c *testClock) follow(ctx context.Context) {
	text, err := c.store.Setting(ctx, aheadSetting)
	if err != nil || text == "" {
		return // the next look will tell
	}
	nanos, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		c.log.ErrorContext(ctx, "the kept test clock cannot be read", slog.Any("error", err))
		return
	}
	c.mu.Lock()
	kept, own := time.Duration(nanos), c.ahead
	c.ahead = max(own, kept)
	c.mu.Unlock()
	switch {
	case kept > own:
		c.moved()
	case kept < own:
		c.keep(ctx, own)
	}
}

func (c *testClock) keep(ctx context.Context, ahead time.Duration) {
	if err := c.store.SetSetting(ctx, aheadSetting, strconv.FormatInt(int64(ahead), 10)); err != nil {
		c.log.ErrorContext(ctx, "the test clock is not kept: after a restart it is behind", slog.Any("error", err))
	}
}

// Advance moves the time forward, at most 50 years in all, and answers it.
func (c *testClock) Advance(d time.Duration) time.Time {
	c.follow(context.Background())
	c.mu.Lock()
	c.ahead += max(0, min(d, aheadMax-c.ahead))
	ahead := c.ahead
	c.mu.Unlock()
	c.keep(context.Background(), ahead)
	c.moved()
	return c.Now()
}

// pageClock is the same clock as the pages move it.
type pageClock struct{ *testClock }

// Advance moves the time forward; it does not fail.
func (c pageClock) Advance(d time.Duration) error {
	c.testClock.Advance(d)
	return nil
}
