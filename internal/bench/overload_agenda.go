package bench

import (
	queue "container/heap"
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// Stretch is a part of an open loop in which requests arrive at one rate.
type Stretch struct {
	Name      string        `json:"name"`
	PerSecond float64       `json:"per_second"`
	Length    time.Duration `json:"length"`
}

// arrival is a request that somebody makes at a time of the plan, whatever has
// become of those before.
type arrival struct {
	due     time.Duration // since the loop began
	stretch int
	kind    kind
	again   *voyage // a command that was refused, given again under its key
}

// agenda hands out the arrivals of an open loop in the order in which they are
// due. Gaps are drawn so that arrivals know nothing of each other (exponential).
// Whoever comes again comes instead of somebody else, so that the rate is what it
// was said to be.
type agenda struct {
	mu        sync.Mutex
	rand      *rand.Rand
	stretches []Stretch
	at        int           // the stretch of the next fresh arrival
	end       time.Duration // of that stretch
	next      time.Duration // when the next fresh arrival is due
	later     byDue         // those that come again
	instead   int           // of so many fresh arrivals, others have come again
}

func newAgenda(stretches []Stretch, r *rand.Rand) *agenda {
	a := &agenda{rand: r, stretches: stretches, at: -1}
	a.advance()
	return a
}

// advance draws when the next fresh arrival is due.
func (a *agenda) advance() {
	if a.at >= 0 {
		a.next += a.gap()
	}
	for a.at < len(a.stretches) && a.next >= a.end {
		a.next = a.end
		if a.at++; a.at < len(a.stretches) {
			a.end += a.stretches[a.at].Length
			a.next += a.gap()
		}
	}
}

func (a *agenda) gap() time.Duration {
	return time.Duration(a.rand.ExpFloat64() / a.stretches[a.at].PerSecond * float64(time.Second))
}

// take answers the next arrival, false if there is none any more.
func (a *agenda) take() (arrival, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for a.instead > 0 && a.at < len(a.stretches) {
		a.instead--
		a.advance()
	}
	fresh := a.at < len(a.stretches)
	if len(a.later) > 0 && (!fresh || a.later[0].due <= a.next) {
		a.instead++
		return queue.Pop(&a.later).(arrival), true //nolint:forcetypeassert // it holds nothing else
	}
	if !fresh {
		return arrival{}, false
	}
	found := arrival{due: a.next, stretch: a.at, kind: drawKind(a.rand)}
	a.advance()
	return found, true
}

// again notes an arrival for later. It answers false if the loop has ended by then.
func (a *agenda) again(due time.Duration, v *voyage, k kind) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	end := time.Duration(0)
	for i, s := range a.stretches {
		if end += s.Length; due < end {
			queue.Push(&a.later, arrival{due: due, stretch: i, kind: k, again: v})
			return true
		}
	}
	return false
}

// byDue is a heap of arrivals.
type byDue []arrival

// Len, Less, Swap, Push and Pop are for container/heap.
func (h byDue) Len() int           { return len(h) }
func (h byDue) Less(i, j int) bool { return h[i].due < h[j].due }
func (h byDue) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push appends.
func (h *byDue) Push(x any) { *h = append(*h, x.(arrival)) } //nolint:forcetypeassert // it holds nothing else

// Pop removes the last.
func (h *byDue) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}

// patience is how long an arrival waits for a connection before it gives up. Its
// wait counts as long as it was.
const patience = 10 * time.Second

// openLoop lets arrivals in over a bounded number of lines. Whoever finds all of
// them busy waits, and that wait counts: every time is measured from when the
// arrival was due.
type openLoop struct {
	agenda *agenda
	begun  time.Time
	// carry makes the request of an arrival and waits for its answer.
	carry func(ctx context.Context, line int, a arrival) verdict
	// hear is told what came of an arrival, from when it was due and when it was
	// sent; each line has a tally of its own.
	hear func(line int, a arrival, sent, took time.Duration, v verdict)
}

// verdict is what came of a request.
type verdict int

const (
	accepted    verdict = iota // 2xx
	refused                    // 429 or 503, with Retry-After
	unexplained                // 429 or 503 without it
	broken                     // any other 5xx
	hungUp                     // no answer
	gaveUp                     // no connection was free for longer than patience
	denied                     // another refusal: the rules of the trade, or the caller
)

// run lets so many lines work until the plan is over and every arrival has its
// verdict.
func (o *openLoop) run(ctx context.Context, lines int) {
	var group sync.WaitGroup
	for line := range lines {
		group.Go(func() {
			for ctx.Err() == nil {
				a, ok := o.agenda.take()
				if !ok {
					return
				}
				due := o.begun.Add(a.due)
				time.Sleep(time.Until(due))
				sent := time.Since(due)
				v := gaveUp
				if sent <= patience {
					v = o.carry(ctx, line, a)
				}
				o.hear(line, a, sent, time.Since(due), v)
			}
		})
	}
	group.Wait()
}
