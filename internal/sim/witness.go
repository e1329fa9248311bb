package sim

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
)

// outcome is what a caller knows about a call.
type outcome int

const (
	unknown outcome = iota // no answer came, or none that says what happened
	acked
	refused
)

// call is something that was asked of the house, and what the caller was told.
type call struct {
	op      int
	command string
	by      string // the actor as the log names it
	key     string
	streams []string // streams, or beginnings of their names, that it may write
	ask     func(*assurance.House) (assurance.Receipt, error)
	outcome outcome
	receipt assurance.Receipt
	code    string // of the refusal
}

func (c *call) String() string {
	what := []string{"unknown", "acknowledged", "refused " + c.code}[c.outcome]
	if c.outcome == acked {
		what = fmt.Sprintf("acknowledged %s/%d at %d to %d", c.receipt.ID, c.receipt.Version, c.receipt.First, c.receipt.Last)
	}
	return fmt.Sprintf("%s by %s (op %d, key %q): %s", c.command, c.by, c.op, c.key, what)
}

// may reports whether the call can have written a record.
func (c *call) may(r assurance.Record) bool {
	if follows(r) {
		return true
	}
	if c.by != r.Actor {
		return false
	}
	for _, s := range c.streams {
		if r.Stream == s || strings.HasSuffix(s, ":") && strings.HasPrefix(r.Stream, s) {
			return true
		}
	}
	return false
}

// witness remembers every call.
type witness struct {
	mu    sync.Mutex
	calls []*call
	spans map[string]bool // outages that somebody has reported, as their payload says
}

func (w *witness) add(c *call) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, c)
}

func spanOf(from, to time.Time) string {
	return fmt.Sprint(from.UTC().Truncate(time.Microsecond).UnixMicro(), " ", to.UTC().Truncate(time.Microsecond).UnixMicro())
}

func (w *witness) span(from, to time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.spans[spanOf(from, to)] = true
}

// settle takes what a call was told. An answer that came when the house was gone
// already is none.
func (w *witness) settle(c *call, r assurance.Receipt, err error, gone bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch k := fault.KindOf(err); {
	case c.outcome == acked: // by somebody who asked the same meanwhile
	case gone, k == fault.Unavailable, k == fault.Internal:
		c.outcome = unknown
	case err != nil:
		c.outcome, c.code = refused, fault.CodeOf(err)
	default:
		c.outcome, c.receipt = acked, r
	}
}

// known lists the calls with an outcome and a key, in order.
func (w *witness) known(o outcome) []*call {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []*call
	for _, c := range w.calls {
		if c.outcome == o && c.key != "" {
			out = append(out, c)
		}
	}
	return out
}

// all is a copy of the list of calls.
func (w *witness) all() []*call {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]*call(nil), w.calls...)
}
