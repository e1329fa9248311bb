package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"fondaco/internal/fault"
	"fondaco/internal/trade/deal"
)

// load is many clients at work on one house.
type load struct {
	companies []company
	rules     deal.Rules
	hot       bool // every deal pays one seller
	uneven    bool // few companies have many deals, as in life
	now       func() time.Time
	ready     []bargain // that clients draw from, who then need not write terms while they are measured; may be empty

	from, until time.Time // the window in which commands count
	least       int64     // commands for which the window stays open
	stopped     atomic.Bool
	closedAt    time.Time    // when the window was closed; until then zero
	done        atomic.Int64 // commands acknowledged so far
	counted     atomic.Int64 // of them, within the window
}

// usualCompanies is how many there are unless somebody asks for others: half of
// them buy, half sell.
const usualCompanies = 2000

// pair picks the parties of a deal, by their places in the list of companies.
func (l *load) pair(r *rand.Rand) (buyer, seller int) {
	half := len(l.companies) / 2
	buyer, seller = l.pick(r, half), half
	if !l.hot {
		seller += l.pick(r, half)
	}
	return buyer, seller
}

// pick picks one of n. Unevenly, the first of a thousand gets three in a hundred.
func (l *load) pick(r *rand.Rand, n int) int {
	if !l.uneven {
		return r.IntN(n)
	}
	u := r.Float64()
	return int(u * u * float64(n))
}

func (l *load) over() bool { return l.stopped.Load() }

// clocked notes how long a command took, if it was answered within the window.
func (l *load) clocked(c *client, begun, ended time.Time) {
	l.done.Add(1)
	if l.until.IsZero() {
		return
	}
	if !ended.Before(l.until) && l.done.Load() >= l.least && l.counted.Load() > 0 {
		if !l.stopped.Swap(true) {
			l.closedAt = ended
		}
		return
	}
	if !ended.Before(l.from) {
		l.counted.Add(1)
		c.took = append(c.took, ended.Sub(begun).Microseconds())
	}
}

// crew makes the clients, each with its door.
func (l *load) crew(n int, doors func() (door, error)) ([]*client, error) {
	out := make([]*client, n)
	for i := range out {
		d, err := doors()
		if err != nil {
			return nil, err
		}
		out[i] = &client{plan: l, door: d, number: i, rand: rand.New(rand.NewPCG(uint64(i), 1))} //nolint:gosec // goods and companies, the same in every run
	}
	return out, nil
}

// open sets the window, which begins when the house has warmed up.
func (l *load) open(warmup, window time.Duration) {
	l.from = time.Now().Add(warmup)
	l.until = l.from.Add(window)
}

// run lets every client live through deals until the window has passed.
func (l *load) run(ctx context.Context, crew []*client) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, c := range crew {
		group.Go(func() error {
			// First deals of unequal length: else all clients would sign at one time
			// and accept at one time, for ever.
			last := step(c.number % int(steps))
			for ; !l.over(); last = accept {
				if ctx.Err() != nil {
					return interrupted(ctx)
				}
				if err := c.live(ctx, last); err != nil {
					l.stopped.Store(true)
					return fmt.Errorf("client %d: %w", c.number, err)
				}
			}
			return nil
		})
	}
	return group.Wait()
}

func interrupted(ctx context.Context) error {
	return fault.New(fault.Unavailable, "bench.interrupted", "The bench was interrupted. Nothing of it stays behind.").Because(context.Cause(ctx))
}

// seconds is how long the window was open, after the run.
func (l *load) seconds() float64 { return max(l.until.Sub(l.from), l.closedAt.Sub(l.from)).Seconds() }

// times are the durations of all clients, in microseconds, in order.
func times(crew []*client) []int64 {
	var out []int64
	for _, c := range crew {
		out = append(out, c.took...)
	}
	slices.Sort(out)
	return out
}

// quantile is the time that the given share of all took at most, in milliseconds.
func quantile(sorted []int64, share float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	i := min(len(sorted)-1, int(share*float64(len(sorted))))
	return float64(sorted[i]) / 1000
}
