package bench

import (
	"fmt"
	"syscall"
	"time"
)

// followEvery is how often a shift is looked at.
const followEvery = 100 * time.Millisecond

// follow looks after a shift: it tells how far it is, and measures the
// processor's time within the window.
func (b *bench) follow(l *load, s *shift, ended <-chan struct{}) {
	var stop func()
	var before time.Duration
	opened, begun := false, time.Now()
	last, lastAt := int64(0), begun
	total := s.warmup + s.window
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for open := true; open; {
		select {
		case <-ended:
			open = false
		case <-tick.C:
		}
		now := time.Now()
		if !opened && !now.Before(l.from) {
			opened, before = true, processorTime()
			if s.profile != nil {
				stop = s.profile()
			}
		}
		if now.Sub(lastAt) >= time.Second {
			done := l.done.Load()
			b.tell(s.what, min(now.Sub(begun).Milliseconds(), total.Milliseconds()), total.Milliseconds(),
				fmt.Sprintf(", %.0f commands/s", float64(done-last)/now.Sub(lastAt).Seconds()))
			last, lastAt = done, now
		}
	}
	if stop != nil {
		stop()
	}
	if opened {
		s.cores = (processorTime() - before).Seconds() / max(0.001, time.Since(l.from).Seconds())
	}
}

// processorTime is what this process has used.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
