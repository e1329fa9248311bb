package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
)

// The bounds of every lane.
const (
	shareOf    = 4                      // nobody alone takes more than one part in so many of a lane
	leastOf    = 16                     // what is left of a lane in which everybody waits too long
	paceEvery  = 100 * time.Millisecond // how often a lane looks at how long it takes
	restFactor = 4                      // how much longer than a turn is the rest after it, while others go first
	turnWait   = time.Second            // how long anybody waits for a turn in the usual gate
	wideOf     = 16                     // by which part of itself a lane that is quick again grows
)

// lane is one kind of request. Its zero value admits nobody.
type lane struct {
	max      int
	patience time.Duration // mean time inside above which fewer are let in; 0 for any
	turn     chan struct{} // nil: everybody admitted goes on at once
	turnMax  time.Duration // how long anybody waits for a turn
	narrow   chan struct{} // the turns that are left while others are pressed; nil for all of them
	before   []*lane       // whose requests go first

	mu     sync.Mutex
	limit  int // how many are let in now; at most max
	inside int
	most   int
	by     map[string]int // of inside, by caller

	mean   time.Duration // inside, when the lane last looked
	since  time.Time     // when somebody came into the empty lane, or the lane last looked
	worked time.Duration // that somebody was inside, since the lane last looked and before since
	left   int           // how many have left
	away   int           // how many were turned away
	peak   int           // the most that were inside
	spent  time.Duration // that they were inside, together
}

func (l *lane) open(most, atOnce int) {
	l.max, l.limit, l.by, l.turnMax = most, most, map[string]int{}, turnWait
	if atOnce > 0 {
		l.turn = make(chan struct{}, atOnce)
	}
}

func busy() *fault.Error {
	return fault.New(fault.Exhausted, "house.busy", "The house is busy. Try again in a moment.")
}

func tooManyAtOnce() *fault.Error {
	return fault.New(fault.Exhausted, "request.too_many_at_once", "You have too many requests under way. Wait until some of them are answered.")
}

// pressed reports whether the lane is half full, or was slow when it last looked.
func (l *lane) pressed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.inside > l.limit/2 || l.inside > 0 && l.mean > l.patience
}

// full reports whether nobody at all is admitted now, and counts that as one who is
// turned away.
func (l *lane) full() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.inside < l.limit {
		return false
	}
	l.away++
	return true
}

// enter admits a request that weighs so many, or refuses it at once. Who is
// admitted waits for a turn where the lane gives turns. Leave once.
func (l *lane) enter(ctx context.Context, who string, weight int) (leave func(), err error) {
	if visitOf(ctx).in.Person.Office == identity.Rail {
		who = "" // a rail speaks for everybody who pays
	}
	if f := l.admit(who, weight); f != nil {
		return nil, f
	}
	since := time.Now()
	end, ok := l.wait(ctx)
	leave = func() {
		end()
		l.release(who, weight, since)
	}
	if !ok {
		leave()
		return nil, busy().Because(ctx.Err())
	}
	return leave, nil
}

// wait waits for a turn, for at most turnMax, and answers what ends it. While
// others go first there are few turns, and each is followed by a rest of some times
// its length.
func (l *lane) wait(ctx context.Context) (end func(), ok bool) {
	end = func() {}
	if l.turn == nil {
		return end, true
	}
	ctx, cancel := context.WithTimeout(ctx, l.turnMax)
	defer cancel()
	if slices.ContainsFunc(l.before, (*lane).pressed) {
		select {
		case l.narrow <- struct{}{}:
		case <-ctx.Done():
			return end, false
		}
		begun := time.Now()
		end = func() { time.AfterFunc(restFactor*time.Since(begun), func() { <-l.narrow }) }
	}
	select {
	case l.turn <- struct{}{}:
	case <-ctx.Done():
		return end, false
	}
	rest := end
	return func() {
		<-l.turn
		rest()
	}, true
}

func (l *lane) admit(who string, weight int) *fault.Error {
	l.mu.Lock()
	defer l.mu.Unlock()
	// One that is heavier than a share is admitted if its sender has nothing else
	// inside; otherwise it never could be. Whoever is alone takes nobody's place.
	own, share := l.by[who], l.limit/shareOf
	if own == l.inside {
		share = l.max / shareOf
	}
	if who != "" && own > 0 && own+weight > max(1, share) {
		l.away++
		return tooManyAtOnce()
	}
	if l.inside > 0 && l.inside+weight > l.limit {
		l.away++
		return busy()
	}
	if l.inside == 0 {
		l.since = time.Now()
	}
	l.inside += weight
	l.by[who] += weight
	l.peak = max(l.peak, l.inside)
	l.most = max(l.most, l.inside)
	return nil
}

func (l *lane) release(who string, weight int, since time.Time) {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inside -= weight
	if l.by[who] -= weight; l.by[who] <= 0 {
		delete(l.by, who)
	}
	l.pace(now, now.Sub(since), weight)
}

// pace lets in no more than leave within the lane's patience, once those who leave
// have been inside for longer on average; and more when they are quick and others are
// turned away.
func (l *lane) pace(now time.Time, inside time.Duration, weight int) {
	if l.patience == 0 {
		return
	}
	l.left += weight
	l.spent += time.Duration(weight) * inside
	// An idle time says nothing of how quick the house is.
	mean, passed := l.spent/time.Duration(l.left), l.worked+now.Sub(l.since)
	if passed < max(paceEvery, mean) {
		if l.inside == 0 {
			l.worked = passed
		}
		return // whoever has left since the limit was set has not all come under it
	}
	switch least := max(1, l.max/leastOf); {
	case mean > l.patience && l.peak > least:
		within := int(float64(l.left) * l.patience.Seconds() / passed.Seconds())
		l.limit = max(least, min(l.limit, within))
	case mean < l.patience*3/4 && l.away > 0:
		l.limit = min(l.max, l.limit+max(1, l.max/wideOf))
	}
	l.mean = mean
	l.since, l.worked, l.left, l.away, l.peak, l.spent = now, 0, 0, 0, l.inside, 0
}

// lane is where a request belongs.
func (g *Gate) lane(r *http.Request) *lane {
	switch {
	case r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions:
		return &g.reads
	case signsIn(r.URL.Path):
		return &g.signIns
	case strings.HasPrefix(r.URL.Path, "/v1/screenings"):
		return &g.searches
	case movesMoney(r.URL.Path):
		return &g.money
	}
	return &g.commands
}

func signsIn(path string) bool {
	switch path {
	case "/v1/sessions", "/v1/sessions/renew", "/v1/sign-up", "/v1/sign-up/confirm", "/v1/invitations/accept", "/v1/passwords/reset", "/v1/me/password",
		"/sign-in", "/sign-up":
		return true
	}
	return false
}

// movesMoney reports whether a command at the path may bring money in, release it
// or pay it out, of programs and of pages. A batch holds all kinds, and is not one
// of them.
func movesMoney(path string) bool {
	for _, begin := range []string{"/v1/rail/", "/v1/payouts", "/v1/deposits/", "/money/", "/desk/deposits/"} {
		if strings.HasPrefix(path, begin) {
			return true
		}
	}
	switch path[strings.LastIndexByte(path, '/')+1:] {
	case "ship", "accept", "cancel", "withdraw", "take", "ruling", "return-received", "agree", "carry-out":
		return true
	}
	return false
}
