package api

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"fondaco/internal/fault"
)

// Bounds says how much a house takes in at one time. A zero takes the usual value.
type Bounds struct {
	Commands    int   // commands between their arrival and their answer; a batch counts its commands
	Reads       int   // reads admitted, waiting for their turn or having it
	ReadsAtOnce int   // reads that have their turn
	SignIns     int   // sign-ins and sign-ups, which wait for the hashing of passwords
	BodyBytes   int64 // bytes of all large bodies that are being read or worked on
}

// The usual bounds. Whoever is admitted never waits behind more than its lane
// holds, so that its wait is at most the lane's size divided by the rate at which
// the house works: 1,024 commands are half a second at 2,048 commands a second, a
// third of what the house does on two cores. More would only be a longer queue.
// Reads have fewer turns than there are money commands to decide between two of
// them, so that pages and lists cannot starve money.
const (
	commandsMax    = 1024
	readsMax       = 256
	readsAtOnceMax = 16
	signInsMax     = 64
	keysMax        = 256 // tokens being looked up
	keysAtOnceMax  = 4
	searchesMax    = 128 // by weight: a batch of a thousand weighs 11
	searchesAtOnce = 2   // they take all of a processor while they have their turn
	bodyBytesMax   = 32 << 20
	bodySmall      = 16 << 10 // bodies up to here are bounded by the number of connections
	shareOf        = 4        // nobody alone takes more than one part in so many of a lane
)

// Gate bounds what is inside the house, for both faces together. Whoever finds it
// full is refused at once with house.busy; whoever alone would fill it, with
// request.too_many_at_once. It keeps no queue but the reads' own.
type Gate struct {
	commands, reads, signIns, keys, searches lane
	bodies                                   atomic.Int64
	bodiesMax                                int64
	refused                                  atomic.Int64
}

// NewGate makes a gate with these bounds.
func NewGate(b Bounds) *Gate {
	either := func(n, usual int) int {
		if n > 0 {
			return n
		}
		return usual
	}
	g := &Gate{bodiesMax: b.BodyBytes}
	if g.bodiesMax <= 0 {
		g.bodiesMax = bodyBytesMax
	}
	g.commands.open(either(b.Commands, commandsMax), 0)
	g.reads.open(either(b.Reads, readsMax), either(b.ReadsAtOnce, readsAtOnceMax))
	g.signIns.open(either(b.SignIns, signInsMax), 0)
	g.keys.open(keysMax, keysAtOnceMax)
	g.searches.open(searchesMax, searchesAtOnce)
	return g
}

// Refused is how many requests were turned away since the start.
func (g *Gate) Refused() int64 { return g.refused.Load() }

// Inside is how many commands, reads, sign-ins and searches are admitted now, and the most
// that ever were at one time.
func (g *Gate) Inside() (now, most int) {
	for _, l := range []*lane{&g.commands, &g.reads, &g.signIns, &g.searches} {
		l.mu.Lock()
		now, most = now+l.inside, most+l.most
		l.mu.Unlock()
	}
	return now, most
}

// lane is one kind of request. Its zero value admits nobody.
type lane struct {
	max  int
	turn chan struct{} // nil: everybody admitted goes on at once

	mu     sync.Mutex
	inside int
	most   int
	by     map[string]int // of inside, by caller
}

func (l *lane) open(most, atOnce int) {
	l.max, l.by = most, map[string]int{}
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

// full reports whether nobody at all would be admitted, without admitting.
func (l *lane) full() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.inside >= l.max
}

// enter admits a request that weighs so many, or refuses it at once. Who is
// admitted waits for a turn where the lane gives turns. Leave once.
func (l *lane) enter(ctx context.Context, who string, weight int) (leave func(), err error) {
	if f := l.admit(who, weight); f != nil {
		return nil, f
	}
	if l.turn == nil {
		return func() { l.release(who, weight) }, nil
	}
	select {
	case l.turn <- struct{}{}:
		return func() {
			<-l.turn
			l.release(who, weight)
		}, nil
	case <-ctx.Done():
		l.release(who, weight)
		return nil, busy().Because(ctx.Err())
	}
}

func (l *lane) admit(who string, weight int) *fault.Error {
	l.mu.Lock()
	defer l.mu.Unlock()
	// One that is heavier than a share is admitted if its sender has nothing else
	// inside; otherwise it never could be.
	if own := l.by[who]; own > 0 && own+weight > max(1, l.max/shareOf) {
		return tooManyAtOnce()
	}
	if l.inside > 0 && l.inside+weight > l.max {
		return busy()
	}
	l.inside += weight
	l.by[who] += weight
	l.most = max(l.most, l.inside)
	return nil
}

func (l *lane) release(who string, weight int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inside -= weight
	if l.by[who] -= weight; l.by[who] <= 0 {
		delete(l.by, who)
	}
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

// readBody reads at most longest bytes. A body waits for its sender outside the
// lanes, so that a slow line takes no room from others; what large bodies may
// take of the memory together is bounded. Call free when the body is done with.
func (g *Gate) readBody(body io.Reader, length int64) (doc []byte, free func(), err error) {
	if length >= 0 && length <= bodySmall {
		doc, err = io.ReadAll(body)
		return doc, func() {}, err
	}
	counted := &countedReader{Reader: body, gate: g}
	free = func() { g.bodies.Add(-counted.taken) }
	if doc, err = io.ReadAll(counted); err != nil {
		free()
		return nil, nil, err
	}
	return doc, free, nil
}

type countedReader struct {
	io.Reader
	gate  *Gate
	taken int64
}

// Read counts what has really come, so that an announced length alone takes no room.
func (c *countedReader) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.taken += int64(n)
	if c.gate.bodies.Add(int64(n)) > c.gate.bodiesMax {
		return n, busy()
	}
	return n, err
}

// Guard lets next serve within the bounds, keyed by whoever who names; refuse
// answers the others. A request has left once its answer begins to be written, so
// that nobody holds a place by reading slowly.
func (g *Gate) Guard(next http.Handler, bodyMax int64, who func(*http.Request) string, refuse func(http.ResponseWriter, *http.Request, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l := g.lane(r)
		if l.full() {
			g.refused.Add(1)
			refuse(w, r, busy())
			return
		}
		if r.Method == http.MethodPost {
			free, err := g.detach(w, r, bodyMax)
			if err != nil {
				g.refused.Add(1)
				refuse(w, r, err)
				return
			}
			defer free()
		}
		leave, err := l.enter(r.Context(), who(r), 1)
		if err != nil {
			g.refused.Add(1)
			refuse(w, r, err)
			return
		}
		leave = sync.OnceFunc(leave)
		defer leave()
		next.ServeHTTP(&leaver{ResponseWriter: w, leave: leave}, r)
	})
}

// detach reads the whole body in advance. One that is too large or is cut short
// is left for the handler to find so.
func (g *Gate) detach(w http.ResponseWriter, r *http.Request, bodyMax int64) (free func(), err error) {
	doc, free, err := g.readBody(http.MaxBytesReader(w, r.Body, bodyMax), r.ContentLength)
	if err != nil && fault.CodeOf(err) == "house.busy" {
		return nil, err
	}
	if err != nil {
		r.Body = io.NopCloser(failing{err})
		return func() {}, nil
	}
	r.Body = io.NopCloser(&onceReader{doc: doc})
	return free, nil
}

type failing struct{ err error }

// Read fails.
func (f failing) Read([]byte) (int, error) { return 0, f.err }

type onceReader struct{ doc []byte }

// Read hands out the document.
func (o *onceReader) Read(b []byte) (int, error) {
	if len(o.doc) == 0 {
		return 0, io.EOF
	}
	n := copy(b, o.doc)
	o.doc = o.doc[n:]
	return n, nil
}

// leaver leaves the gate with the first byte of the answer.
type leaver struct {
	http.ResponseWriter
	leave func()
}

// WriteHeader leaves.
func (l *leaver) WriteHeader(status int) {
	l.leave()
	l.ResponseWriter.WriteHeader(status)
}

// Write leaves.
func (l *leaver) Write(b []byte) (int, error) {
	l.leave()
	return l.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (l *leaver) Unwrap() http.ResponseWriter { return l.ResponseWriter }
