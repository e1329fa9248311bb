package atlas

import (
	"errors"
	"fmt"
	"time"

	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/ledger"
)

// Transition is one accepted command.
type Transition struct {
	Before, After deal.State
	Command       deal.Command
	Role          string // who gave it, such as "buyer" or "clock"
	At            time.Time
	Decision      deal.Decision
}

// Failure is a broken promise and the shortest way to it that was found.
type Failure struct {
	Rule string // the promise, or the code of a violated assertion
	Seen string
	Path []string // commands from the start
}

// Report is what a walk saw.
type Report struct {
	Name        string
	States      int // abstract states
	Transitions int // accepted commands, all checked
	Refusals    int
	Depth       int // commands to the farthest state
	LapsesMax   int // most lapses that any state with money needed to end
	Failures    []Failure
}

const (
	workers     = 2
	failuresMax = 20
	statesMax   = 1_000_000
)

// Explore walks the configuration breadth first. Every transition is shown to
// each visit, from one goroutine and in an order that does not vary. It fails if
// a promise is broken or the bound on states is reached; the report is true of
// what was walked in either case.
func Explore(cfg Config, visit ...func(Transition)) (Report, error) {
	w := walk{cfg: cfg, seen: map[string]bool{}, rules: map[string]bool{}, visit: visit, actors: actors()}
	w.report.Name = cfg.Name
	start := &node{state: deal.State{ID: dealID}, now: noon(), money: map[ledger.AccountID]ledger.Balance{}}
	start.key = keyOf(start.state, start.now, start.used)
	w.seen[start.key] = true
	limit := cfg.Bounds.States
	if limit == 0 {
		limit = statesMax
	}
	var errs []error
	for level := []*node{start}; len(level) > 0; {
		w.report.States += len(level)
		w.report.Depth = level[0].depth
		level = w.next(level)
		if len(w.report.Failures) >= failuresMax {
			break
		}
		if w.report.States > limit {
			errs = append(errs, errors.New("atlas: more states than the bound allows"))
			break
		}
	}
	for _, f := range w.report.Failures {
		errs = append(errs, fmt.Errorf("%s: %s, after %q", f.Rule, f.Seen, f.Path))
	}
	return w.report, errors.Join(errs...)
}

type walk struct {
	cfg    Config
	seen   map[string]bool
	rules  map[string]bool // broken already; the first, shortest path is kept
	visit  []func(Transition)
	actors []actor
	report Report
}

// next expands a level on several processors and merges in order, so that the
// walk is the same each time.
func (w *walk) next(level []*node) []*node {
	results := make([]*expansion, len(level))
	done := make(chan struct{})
	for worker := range workers {
		go func() {
			for i := worker; i < len(level); i += workers {
				results[i] = w.expand(level[i])
			}
			done <- struct{}{}
		}()
	}
	for range workers {
		<-done
	}
	var out []*node
	for _, r := range results {
		w.report.Transitions += r.transitions
		w.report.Refusals += r.refusals
		w.report.LapsesMax = max(w.report.LapsesMax, r.lapses)
		for _, f := range r.failures {
			if !w.rules[f.Rule] && len(w.report.Failures) < failuresMax {
				w.rules[f.Rule] = true
				w.report.Failures = append(w.report.Failures, f)
			}
		}
		for _, t := range r.shown {
			for _, visit := range w.visit {
				visit(t)
			}
		}
		for _, n := range r.next {
			if !w.seen[n.key] {
				w.seen[n.key] = true
				out = append(out, n)
			}
		}
	}
	return out
}

// move is a step of a path. It is put into words only when somebody reads it.
type move struct {
	who string
	c   deal.Command
	at  time.Time
}

// String says who does what and when.
func (m move) String() string {
	what := fmt.Sprintf("%+v", m.c)
	switch m.c.(type) {
	case deal.WriteDraft, deal.Counter, deal.Amend:
		what = "(terms)" // whole pages
	}
	return fmt.Sprintf("%s: %s %s at %s", m.who, m.c.Name(), what, m.at.Format("01-02 15:04:05.999999"))
}

// words are a step that is no single command.
type words string

func (w words) String() string { return string(w) }

// expansion is all that was tried on one state.
type expansion struct {
	cfg         Config
	from        *node
	transitions int
	refusals    int
	lapses      int
	next        []*node
	shown       []Transition
	failures    []Failure
	known       map[string]bool // command and key of transitions that were checked in full
}

func (w *walk) expand(n *node) *expansion {
	x := &expansion{cfg: w.cfg, from: n, known: map[string]bool{}}
	before := fingerprint(n.state)
	x.roles(w.actors)
	for _, at := range instants(n.state, n.now) {
		for _, c := range w.cfg.commands(n.state, at) {
			x.byThoseWhoMay(w, c, at)
		}
		x.edges(at)
	}
	for _, c := range w.cfg.writings(n.state) {
		x.byThoseWhoMay(w, c, n.now)
	}
	x.rest()
	x.endsByTime()
	if fingerprint(n.state) != before {
		x.fail("a command changed the state it was given", before, nil)
	}
	return x
}

func (x *expansion) byThoseWhoMay(w *walk, c deal.Command, at time.Time) {
	for _, a := range w.actors {
		twin := a.name == "both" && at.After(x.from.now) // differs from the seller by name only, whatever the time
		if mayTry(c.Name(), a.name) && !twin {
			x.try(w, a, c, at)
		}
	}
}

// try gives one command. An accepted one is checked, and in full when it leads
// to a state to which the same command has not led from here before.
func (x *expansion) try(w *walk, a actor, c deal.Command, at time.Time) {
	step := move{a.name, c, at}
	d, err := x.decide(c, deal.Moment{Now: at, By: a.by}, step)
	if err != nil {
		x.refusals++
		x.refused(err, step)
		return
	}
	x.transitions++
	n := &node{state: d.After, now: at, used: x.from.used.after(d.Events), parent: x.from, step: step, depth: x.from.depth + 1}
	n.key = keyOf(n.state, n.now, n.used)
	if x.known[a.name+c.Name()+n.key] {
		x.holds(d, step)
		return
	}
	x.known[a.name+c.Name()+n.key] = true
	n.money = x.book(c, d, at, step)
	x.holds(d, step)
	x.replays(d, at, step)
	if len(w.visit) > 0 {
		x.shown = append(x.shown, Transition{Before: x.from.state, After: d.After, Command: c, Role: a.name, At: at, Decision: d})
	}
	if n.money != nil && x.cfg.Bounds.within(n.state, n.now, n.used) && n.key != x.from.key {
		x.next = append(x.next, n)
	}
}

func (x *expansion) fail(rule, seen string, step fmt.Stringer) {
	path := x.from.path()
	if step != nil {
		path = append(path, step.String())
	}
	x.failures = append(x.failures, Failure{Rule: rule, Seen: seen, Path: path})
}
