package assurance

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/ledger"
	"fondaco/internal/trade/treasury"
)

const (
	queueMax   = 8192   // commands that may wait; more are told to come back
	batchMax   = 4096   // commands of one commit
	yieldsMax  = 64     // how often the committer lets others run before it closes a batch
	streamsMax = 20_000 // states of streams that can still change
	bookMax    = 200_000
	retriesMax = 3
	streamMax  = 200 // bytes of a name in the audit log, where any name may be refused
)

// waryFor is how long commands are asked about before they are decided once a commit has
// failed. Those who repeat themselves come together, and a commit that fails costs as
// much as many questions: two batches are decided again.
const waryFor = 30 * time.Second

// work is one command on its way through the committer.
type work struct {
	call      Call
	caller    string // whose idempotency key it is
	command   string
	stream    string
	input     evidence.Hash
	at        time.Time
	announced *Tracking
	run       func(*unit) (*Receipt, error)
	reply     chan reply
}

type reply struct {
	receipt Receipt
	err     error
}

// committer is the one writer of this process. Other processes may write to the
// same database; it notices what they have written and never builds on less.
//
//	queue ─▶ cycle being decided ─ launch ─▶ cycle under way (Journal.Commit) ─ land ─▶ answers
//	              └ sees the results of ────────────┘            └ place: sequences, leaves, receipts
//
// While one cycle is written the next is decided on top of it. If the one below
// fails, what was decided on top is thrown away and decided again.
type committer struct {
	house      *House // whose commands these are
	journal    Journal
	clock      Clock
	random     io.Reader
	log        *slog.Logger
	autoPayout bool
	most       int                    // commands of one commit
	halt       atomic.Pointer[string] // why nothing is written; nil while all is well
	onHalt     func(why string)
	news       news
	waiting    atomic.Int64 // commands that no commit has taken yet

	mu     sync.Mutex // orders the stamping and queueing of work
	last   time.Time  // the newest stamp
	steady *steadiness
	closed bool
	queue  chan *work
	done   chan struct{}

	tip *tip // the end of the log, shared with the commit under way

	// Only the committer's goroutine touches these: the state after the last commit.
	stale   bool // they must be read again
	book    *ledger.Book
	streams map[string]any
	floor   time.Time // what others have written is not older than this
	wary    time.Time // until then the database is asked about commands before they are decided
}

func newCommitter(ctx context.Context, h *House, onHalt func(string)) (*committer, error) {
	cfg := h.cfg
	c := &committer{
		house: h, journal: cfg.Store, clock: cfg.Clock, random: cfg.Random, log: cfg.Log, onHalt: onHalt, autoPayout: cfg.AutoPayout,
		queue: make(chan *work, queueMax), done: make(chan struct{}), most: batchMax, tip: &tip{journal: cfg.Store, strange: h.agendas.forget},
	}
	if cfg.BatchMax > 0 {
		c.most = min(cfg.BatchMax, batchMax)
	}
	if err := c.reset(ctx); err != nil {
		return nil, err
	}
	c.last, c.steady = c.floor, newSteadiness(cfg)
	go c.loop()
	return c, nil
}

// reset forgets every cached state and reads where the log ends.
func (c *committer) reset(ctx context.Context) error {
	c.stale = true
	end, err := c.tip.read(ctx)
	if err != nil {
		return err
	}
	c.forget()
	c.raise(end.At)
	c.stale = false
	return nil
}

// forget drops the cached states; they are read again when they are asked for.
func (c *committer) forget() { c.book, c.streams = ledger.NewBook(), map[string]any{} }

func (c *committer) full() bool { return len(c.streams) > streamsMax || c.book.Size() > bookMax }

// raise keeps what is decided from now on from being dated before what others
// have written.
func (c *committer) raise(at time.Time) {
	c.floor = later(c.floor, at)
	c.mu.Lock()
	c.last = later(c.last, at)
	c.mu.Unlock()
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// submit queues the work and waits for its answer. A caller who gives up does
// not undo the work: it may still be committed, and the same key will tell.
func (c *committer) submit(ctx context.Context, w *work) (Receipt, error) {
	if why := c.halt.Load(); why != nil {
		return Receipt{}, fault.New(fault.Unavailable, "house.halted", "The house has stopped all writing until its staff have looked into a fault.")
	}
	w.reply = make(chan reply, 1)
	if err := c.enqueue(w); err != nil {
		return Receipt{}, err
	}
	select {
	case r := <-w.reply:
		return r.receipt, r.err
	case <-ctx.Done():
		return Receipt{}, fault.New(fault.Unavailable, "house.interrupted", "The answer was not awaited. Ask again with the same key to learn the outcome.").Because(ctx.Err())
	}
}

// enqueue stamps the work. The stamp is taken when the command arrives, under the
// same lock as its place in the queue, so that time and order agree: whoever came
// before a deadline is decided before its lapse.
func (c *committer) enqueue(w *work) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return fault.New(fault.Unavailable, "house.closed", "The house is closing.")
	}
	now := c.now()
	w.at = now
	c.waiting.Add(1)
	select {
	case c.queue <- w:
		c.last = now
		return nil
	default:
		c.waiting.Add(-1)
		return fault.New(fault.Unavailable, "house.busy", "The house is busy. Try again in a moment.")
	}
}

// now is what a command that arrives now is dated. It is called under mu.
func (c *committer) now() time.Time {
	now := c.steady.believed(c.clock.Now()).UTC().Truncate(time.Microsecond)
	return later(now, c.last) // a clock that jumps back does not turn the log's time back
}

// believed is the time as the log will have it, whatever the clock says.
func (c *committer) believed() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

// close lets the queue run dry and ends the goroutine.
func (c *committer) close() {
	c.mu.Lock()
	if !c.closed {
		c.closed = true
		close(c.queue)
	}
	c.mu.Unlock()
	<-c.done
}

func (c *committer) loop() {
	defer close(c.done)
	for w := range c.queue {
		c.run(w)
	}
}

// run takes work until nothing waits and nothing is under way.
func (c *committer) run(w *work) {
	ctx := context.Background() // callers may leave, the commit goes on
	var under, next *cycle
	for w != nil || next != nil || under != nil {
		// What others have written is looked at when nothing is under way.
		if w != nil && next == nil && under != nil && c.mustSettle(ctx) {
			c.land(ctx, under, nil, <-under.done)
			under = nil
		}
		if w != nil {
			if next == nil {
				next = c.begin(ctx, under)
			}
			next.decideAll(c.gather(w, c.most-len(next.works)), c.clock.Now().Before(c.wary))
			w = nil
		}
		if under == nil {
			under, next = next, nil
			c.waiting.Add(-int64(len(under.works)))
			c.launch(under)
		}
		queue := c.queue
		if next != nil && len(next.works) >= c.most {
			queue = nil
		}
		select {
		case w = <-queue:
			if w == nil { // the house closes
				next = c.land(ctx, under, next, <-under.done)
				under = nil
			}
		case err := <-under.done:
			next = c.land(ctx, under, next, err)
			under = nil
		}
	}
}

// gather takes what waits. It closes the batch when yielding to other goroutines
// brings nothing new: a timer would cost more than it gathers.
func (c *committer) gather(first *work, most int) []*work {
	batch := []*work{first}
	for yields := 0; yields < yieldsMax && len(batch) < most; {
		select {
		case w, ok := <-c.queue:
			if !ok {
				return batch
			}
			batch = append(batch, w)
			yields = 0
		default:
			runtime.Gosched()
			yields++
		}
	}
	return batch
}

// mustSettle reports whether the commit under way must end before anything more
// is decided: others have written, or memory is full, or nothing can be read.
func (c *committer) mustSettle(ctx context.Context) bool {
	foreign, err := c.tip.behind(ctx)
	return err != nil || foreign || c.stale || c.full()
}

// begin opens the next cycle, on top of the one under way if there is one. A
// cycle that cannot begin carries the error to its commands.
func (c *committer) begin(ctx context.Context, under *cycle) *cycle {
	var err error
	if under == nil {
		err = c.catchUp(ctx)
	}
	y := &cycle{committer: c, ctx: ctx, err: err, floor: c.floor, streams: map[string]any{}, answers: map[AnswerKey]*answered{}, rows: newViewRows(), done: make(chan error, 1)}
	if under == nil {
		y.book, y.start = c.book.Overlay(), c.tip.expected()
	} else {
		y.under, y.book, y.start = under, under.book.Overlay(), under.start+int64(len(under.records))
	}
	return y
}

// catchUp forgets what others have changed since it was read.
func (c *committer) catchUp(ctx context.Context) error {
	if c.stale {
		return c.reset(ctx)
	}
	if c.full() {
		c.forget()
	}
	if _, err := c.tip.behind(ctx); err != nil {
		return err
	}
	foreign, end := c.tip.take()
	if len(foreign) == 0 {
		return nil
	}
	for _, stream := range foreign {
		delete(c.streams, stream)
	}
	c.book = ledger.NewBook()
	c.raise(end.At)
	return nil
}

// launch begins to write a cycle; its done answers how that went.
func (c *committer) launch(y *cycle) {
	b := y.batch()
	if y.err != nil || b == nil {
		y.done <- y.err
		return
	}
	go func() { y.done <- c.tip.commit(y.ctx, y, b) }()
}

// land ends a cycle that has been written, or could not be, and answers its
// commands. It returns the cycle that was decided on top of it, or nil if that fell
// with it: then its commands have been answered as well.
func (c *committer) land(ctx context.Context, y, above *cycle, err error) *cycle {
	if err == nil {
		c.keep(y)
		if above != nil {
			above.under = nil
			above.book.Lower()
		}
		return above
	}
	c.settle(ctx, y.works, err, 0)
	if above != nil {
		c.waiting.Add(-int64(len(above.works)))
		c.redo(ctx, above.works, 0)
	}
	return nil
}

// keep takes over what a written cycle has changed, and answers.
func (c *committer) keep(y *cycle) {
	y.book.Merge()
	for stream, state := range y.streams {
		if over(state) {
			delete(c.streams, stream)
		} else {
			c.streams[stream] = state
		}
	}
	for _, stream := range y.passing {
		delete(c.streams, stream)
	}
	c.house.agendas.take(y.rows.deals, y.rows.duties)
	c.news.written(y.records)
	for i, w := range y.works {
		w.reply <- y.verdicts[i].reply()
	}
}

// over reports whether a stream has come to its end, so that memory is for those
// that live.
func over(state any) bool {
	switch s := state.(type) {
	case deal.State:
		return s.Phase == deal.Closed
	case treasury.Deposit:
		return s.Rest == 0
	case treasury.Payout:
		return s.Stage != treasury.Instructed && s.Stage != treasury.Sent
	}
	return false
}

// settle deals with a commit that has failed: everybody is decided again if
// others were faster or a guess was wrong, and then in halves, so that only the guilty
// command sees the error.
func (c *committer) settle(ctx context.Context, batch []*work, err error, tries int) {
	if !errors.Is(err, ErrNotNew) {
		c.stale = true // whatever is cached may be older than what is stored
	}
	c.wary = c.clock.Now().Add(waryFor)
	switch {
	case fault.KindOf(err) == fault.Unavailable:
		c.refuse(ctx, batch, err)
	case fault.CodeOf(err) == "store.conflict" && tries < retriesMax:
		c.redo(ctx, batch, tries+1)
	case len(batch) > 1:
		half := len(batch) / 2
		c.redo(ctx, batch[:half], 0)
		c.redo(ctx, batch[half:], 0)
	default:
		c.refuse(ctx, batch, err)
	}
}

// redo decides and writes commands with nothing else under way.
func (c *committer) redo(ctx context.Context, batch []*work, tries int) {
	y := c.begin(ctx, nil)
	y.decideAll(batch, true)
	c.launch(y)
	if err := <-y.done; err != nil {
		c.settle(ctx, batch, err, tries)
		return
	}
	c.keep(y)
}

// refuse answers a batch that could not be written.
func (c *committer) refuse(ctx context.Context, batch []*work, err error) {
	c.log.ErrorContext(ctx, "commit failed", slog.Int("commands", len(batch)), slog.String("trace", fault.Of(err).Trace()))
	switch code := fault.CodeOf(err); {
	case guardsMoney(code):
		c.stop(code + ": the database refused what the rules allowed")
	case code == "store.sick":
		// Not kept: the next process begins with what is on the disk.
		why := code + ": the disk under the database has failed; start the house again once the disk is sound"
		c.halt.Store(&why)
	}
	if fault.KindOf(err) == fault.Internal {
		err = fault.New(fault.Unavailable, "house.not_written", "Nothing was written. Try again in a moment with the same key.").Because(err)
	}
	for _, w := range batch {
		w.reply <- reply{err: err}
	}
}

// guardsMoney tells the assertions after which nothing may be written.
func guardsMoney(code string) bool {
	return strings.HasPrefix(code, "ledger.") || strings.HasPrefix(code, "escrow.") || strings.HasPrefix(code, "evidence.")
}

// stop halts all writing until a person resumes it. What is cached may be what
// was wrong, so nothing of it is believed afterwards.
func (c *committer) stop(why string) {
	c.stale = true
	c.halt.Store(&why)
	c.onHalt(why)
}
