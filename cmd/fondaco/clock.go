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

// Advance moves the time forward, at most 50 years in all, and answers it.
func (c *testClock) Advance(d time.Duration) time.Time {
	c.mu.Lock()
	c.ahead += max(0, min(d, aheadMax-c.ahead))
	ahead := c.ahead
	c.mu.Unlock()
	if err := c.store.SetSetting(context.Background(), aheadSetting, strconv.FormatInt(int64(ahead), 10)); err != nil {
		c.log.ErrorContext(context.Background(), "the test clock is not kept: after a restart it is behind", slog.Any("error", err))
	}
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
