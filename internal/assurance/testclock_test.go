package assurance_test

import (
	"testing"
	"testing/synctest"
	"time"

	"fondaco/internal/assurance"
)

func TestTestClockMovesByCommandOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		at := time.Date(2027, 3, 1, 9, 0, 0, 0, time.FixedZone("CST", 8*3600))
		c := assurance.NewTestClock(at)
		time.Sleep(time.Hour)
		if got := c.Now(); !got.Equal(at) || got.Location() != time.UTC {
			t.Errorf("a clock that stands still shows %s", got)
		}
		if got := c.Advance(time.Minute); !got.Equal(at.Add(time.Minute)) || !c.Now().Equal(got) {
			t.Errorf("advanced to %s", got)
		}
		if got := c.Advance(-time.Hour); !got.Equal(at.Add(time.Minute)) {
			t.Errorf("advanced backwards to %s", got)
		}
		c.Set(at.Add(-time.Hour))
		if got := c.Now(); !got.Equal(at.Add(-time.Hour)) {
			t.Errorf("set to %s", got)
		}
	})
}

func TestTestClockRunsWhenTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		at := time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)
		c := assurance.NewTestClock(at)
		c.Run()
		time.Sleep(time.Hour)
		c.Advance(24 * time.Hour)
		time.Sleep(time.Hour)
		c.Run()
		if got := c.Now(); !got.Equal(at.Add(26 * time.Hour)) {
			t.Errorf("after two hours and a day it shows %s", got)
		}
		c.Set(at)
		time.Sleep(time.Minute)
		if got := c.Now(); !got.Equal(at.Add(time.Minute)) {
			t.Errorf("a minute after it was set it shows %s", got)
		}
	})
}
