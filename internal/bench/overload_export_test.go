package bench

import (
	"bufio"
	"bytes"
	"context"
	"math/rand/v2"
	"time"
)

// Rush runs an open loop of a test: each request, of any kind, is carried for as long as
// carry says and has the verdict that it says.
func Rush(ctx context.Context, stretches []Stretch, lines int, carry func(due time.Duration) (time.Duration, string)) []Period {
	tallies := make([]*tally, lines)
	for i := range tallies {
		tallies[i] = newTally(len(stretches))
	}
	o := openLoop{
		agenda: newAgenda(stretches, rand.New(rand.NewPCG(1, 2))), begun: time.Now(),
		carry: func(_ context.Context, _ int, a arrival) verdict {
			takes, found := carry(a.due)
			time.Sleep(takes)
			return map[string]verdict{"accepted": accepted, "refused": refused, "broken": broken, "hung up": hungUp, "unexplained": unexplained}[found]
		},
		hear: func(line int, a arrival, sent, took time.Duration, v verdict) {
			a.kind = movesMoney
			tallies[line].note(a, sent, took, v)
		},
	}
	o.run(ctx, lines)
	return periods(stretches, tallies, nil)
}

// Planned is an arrival as a test sees it.
type Planned struct {
	Due     time.Duration
	Stretch int
	Again   bool
}

// Plan takes all arrivals of an agenda. Whenever one is due, comeAgain may say that
// it comes again later.
func Plan(stretches []Stretch, comeAgain func(Planned) (time.Duration, bool)) (all []Planned, kept int) {
	a := newAgenda(stretches, rand.New(rand.NewPCG(1, 2)))
	for {
		one, ok := a.take()
		if !ok {
			return all, kept
		}
		p := Planned{one.due, one.stretch, one.again != nil}
		all = append(all, p)
		if due, again := comeAgain(p); again && a.again(due, &voyage{}, one.kind) {
			kept++
		}
	}
}

// ReadReply reads answers as the clients of a flood do: what the first means, when to
// come again, and whether a second could be read after it.
func ReadReply(doc []byte) (found string, after time.Duration, second bool, err error) {
	l := &line{in: bufio.NewReaderSize(bytes.NewReader(doc), 4<<10)}
	r, err := l.read()
	if err != nil {
		return "", 0, false, err
	}
	found = map[verdict]string{accepted: "accepted", refused: "refused", unexplained: "unexplained", broken: "broken", denied: "denied"}[r.verdict()]
	after = r.after
	_, err = l.read()
	return found, after, err == nil, nil
}

// Judge finds the broken bounds of a result.
func (r *Flooded) Judge() []string {
	r.judge()
	return r.BrokenBounds
}
