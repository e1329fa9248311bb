package api

import (
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"fondaco/internal/fault"
)

// Bounds says how much a house takes in at one time. A zero takes the usual value.
type Bounds struct {
	Commands    int   // commands between their arrival and their answer; a batch counts its commands
	Money       int   // the same of commands that move money, which have a lane of their own
	Reads       int   // reads admitted, waiting for their turn or having it
	ReadsAtOnce int   // reads that have their turn
	SignIns     int   // sign-ins and sign-ups, which wait for the hashing of passwords
	BodyBytes   int64 // bytes of all large bodies that are being read or worked on
}

// The usual bounds. A lane holds no more than so many, and begins with a part of
// them: it takes in more when somebody is turned away while those inside are quick,
// and fewer when they wait longer than its patience, namely as many as it answers in
// that time. So a wait is bounded on a slow machine, and under a flood that leaves
// the house little of its processor, as on a quick one. Commands that move money
// have a lane of their own and the longest patience: when the house is short of
// time, others are turned away before them.
// Reads have fewer turns than there are money commands to decide between two of
// them, so that pages and lists cannot starve money.
const (
	commandsMax    = 1024
	moneyMax       = 1024
	commandsFirst  = 256 // in each of these two lanes to begin with
	readsMax       = 256
	readsAtOnceMax = 16
	readsPressed   = 1 // of them, while commands are half of what the house takes in
	signInsMax     = 64
	keysMax        = 256 // tokens being looked up
	keysAtOnceMax  = 4
	searchesMax    = 128 // by weight: a batch of a thousand weighs 11
	searchesAtOnce = 2   // they take all of a processor while they have their turn
	bodyBytesMax   = 32 << 20
	bodySmall      = 16 << 10 // bodies up to here are bounded by the number of connections
)

// How long those in a lane may wait on average, before fewer are let in.
const (
	moneyPatience    = 350 * time.Millisecond
	commandsPatience = 200 * time.Millisecond
	readsPatience    = 200 * time.Millisecond
)

// Gate bounds what is inside the house, for both faces together. Whoever finds it
// full is refused at once with house.busy; whoever alone would fill it, with
// request.too_many_at_once. It keeps no queue but the reads' own.
type Gate struct {
	commands, money, reads, signIns, keys, searches lane
	bodies                                          atomic.Int64
	bodiesMax                                       int64
	refused                                         atomic.Int64
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
	g.money.open(either(b.Money, moneyMax), 0)
	g.reads.open(either(b.Reads, readsMax), either(b.ReadsAtOnce, readsAtOnceMax))
	if b.Commands <= 0 {
		g.commands.limit = commandsFirst
	}
	if b.Money <= 0 {
		g.money.limit = commandsFirst
	}
	g.commands.patience, g.money.patience, g.reads.patience = commandsPatience, moneyPatience, readsPatience
	g.reads.narrow, g.reads.before = make(chan struct{}, readsPressed), []*lane{&g.commands, &g.money}
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
	for _, l := range []*lane{&g.commands, &g.money, &g.reads, &g.signIns, &g.searches} {
		l.mu.Lock()
		now, most = now+l.inside, most+l.most
		l.mu.Unlock()
	}
	return now, most
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
