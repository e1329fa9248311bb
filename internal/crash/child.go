package crash

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/store"
)

// Spec tells a child what to do.
type Spec struct {
	Database string `json:"database"` // a path, or a postgres:// address
	Unsafe   bool   `json:"unsafe"`   // nothing is forced to the disk; for teeth only
	Round    int    `json:"round"`
	Workers  int    `json:"workers"`
	Cast     Cast   `json:"cast"`
}

// Ack is a receipt that the house has given for a step of a trade.
type Ack struct {
	Trade   Trade             `json:"trade"`
	Step    int               `json:"step"`
	Receipt assurance.Receipt `json:"receipt"`
}

// line is what a child writes: one JSON object, of which one part is set.
type line struct {
	Ready   int    `json:"ready,omitempty"`   // the house is open in the process of this id
	Ack     *Ack   `json:"ack,omitempty"`     // the house has answered with a receipt
	Refused string `json:"refused,omitempty"` // the house has answered with this code; Kind and Why say more
	Kind    string `json:"kind,omitempty"`
	Why     string `json:"why,omitempty"`
	Stopped string `json:"stopped,omitempty"` // every worker has heard that nothing is written any more, and why
	Tried   int    `json:"tried,omitempty"`   // so many new commands were tried after that
}

const (
	refusedWait = 20 * time.Millisecond // before the same command is given again
	twinEvery   = 16                    // every so many commands one is given twice at the same time
	afterStop   = 4                     // new commands that each worker tries on a stopped house
)

// child is the load. It ends by being killed, or when its input ends.
type child struct {
	spec  Spec
	house *assurance.House
	count atomic.Int64
	halt  atomic.Bool

	mu  sync.Mutex
	out io.Writer
}

// Child opens the house that the spec names, gives it commands until in ends,
// and writes to out what the house has answered. It fails only if the house does
// not open or does not close.
func Child(ctx context.Context, document string, in io.Reader, out io.Writer, log *slog.Logger) error {
	var spec Spec
	if err := json.Unmarshal([]byte(document), &spec); err != nil {
		return fault.New(fault.Invalid, "crash.bad_spec", "This child was started by hand, or by another version.").Because(err)
	}
	s, h, err := openHouse(ctx, spec.Database, spec.Unsafe, log)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, in)
		cancel()
	}()
	c := &child{spec: spec, house: h, out: out}
	c.say(line{Ready: os.Getpid()})
	c.run(ctx)
	if c.halt.Load() {
		c.prod(ctx)
	}
	<-ctx.Done()
	h.Close()
	return s.Close()
}

// openHouse opens a house on a database that has its schema already.
func openHouse(ctx context.Context, database string, unsafe bool, log *slog.Logger) (*store.Store, *assurance.House, error) {
	s, err := openStore(ctx, database, unsafe)
	if err != nil {
		return nil, nil, err
	}
	h, err := assurance.Open(ctx, assurance.Config{
		Store: s, Archive: s, Clock: assurance.SystemClock{}, Random: rand.Reader, Log: log,
		NewID: func() string { return uuid.Must(uuid.NewV7()).String() }, PayoutRail: railName,
	})
	if err != nil {
		_ = s.Close() // the house's own error says more
		return nil, nil, err
	}
	return s, h, nil
}

func (c *child) run(ctx context.Context) {
	var all sync.WaitGroup
	for w := range c.spec.Workers {
		all.Go(func() {
			for n := 0; c.going(ctx); n++ {
				c.trade(ctx, Trade{Round: c.spec.Round, Worker: w, Number: n})
			}
		})
	}
	all.Wait()
}

func (c *child) going(ctx context.Context) bool { return ctx.Err() == nil && !c.halt.Load() }

// trade carries a deal from its draft to its payment.
func (c *child) trade(ctx context.Context, t Trade) {
	for n := range steps() {
		r, ok := c.step(ctx, t, n)
		if !ok {
			return
		}
		if n == 0 {
			t.ID = dealOf(r)
		}
	}
}

// step gives a command until it is answered with a receipt. Now and then it is
// given twice at once, as by a caller who was cut off and asks again.
func (c *child) step(ctx context.Context, t Trade, n int) (assurance.Receipt, bool) {
	for c.going(ctx) {
		var twin sync.WaitGroup
		if c.count.Add(1)%twinEvery == 0 {
			twin.Go(func() { _, _ = c.ask(ctx, t, n) }) // both answers are written down, and compared later
		}
		r, kind := c.ask(ctx, t, n)
		twin.Wait()
		switch kind {
		case 0:
			return r, true
		case fault.Unavailable, fault.Exhausted:
			time.Sleep(refusedWait)
		case fault.Invalid, fault.Unauthenticated, fault.Forbidden, fault.NotFound, fault.Conflict, fault.Refused, fault.Internal:
			return r, false // said, and for the parent to judge
		}
	}
	return assurance.Receipt{}, false
}

// ask gives the command once and writes down the answer.
func (c *child) ask(ctx context.Context, t Trade, n int) (assurance.Receipt, fault.Kind) {
	r, err := ask(ctx, c.house, c.spec.Cast, t, n)
	if err == nil {
		c.say(line{Ack: &Ack{Trade: t, Step: n, Receipt: r}})
		return r, 0
	}
	f := fault.Of(err)
	if ctx.Err() == nil {
		c.say(line{Refused: f.Code, Kind: f.Kind.String(), Why: f.Trace()})
	}
	if f.Code == haltedCode || f.Code == sickCode {
		c.halt.Store(true)
	}
	return r, f.Kind
}

const (
	haltedCode = "house.halted"
	sickCode   = "store.sick"
)

// prod tries new commands on a house that has stopped.
func (c *child) prod(ctx context.Context) {
	why := c.house.Halted()
	if why == "" {
		why = "the store refuses to write (" + sickCode + ")"
	}
	c.say(line{Stopped: why})
	var all sync.WaitGroup
	for w := range c.spec.Workers {
		all.Go(func() {
			for n := range afterStop {
				_, _ = c.ask(ctx, Trade{Round: c.spec.Round, Worker: c.spec.Workers + w, Number: n}, 0)
			}
		})
	}
	all.Wait()
	c.say(line{Tried: c.spec.Workers * afterStop})
}

// say writes one line whole: a killed writer leaves at most the last one unfinished.
func (c *child) say(l line) {
	text, err := json.Marshal(l)
	fault.Assert(err == nil, "crash.line", "a line can be written")
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = c.out.Write(append(text, '\n')) // nobody is left to read it if this fails
}
