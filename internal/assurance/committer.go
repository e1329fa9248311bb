package assurance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/ledger"
)

const (
	queueMax   = 8192 // commands that may wait; more are told to come back
	batchMax   = 4096 // commands of one commit
	yieldsMax  = 64   // how often the committer lets others run before it closes a batch
	streamsMax = 50_000
	retriesMax = 3
	streamMax  = 200 // bytes of a name in the audit log, where any name may be refused
)

// work is one command on its way through the committer.
type work struct {
	call    Call
	caller  string // whose idempotency key it is
	command string
	stream  string
	input   evidence.Hash
	at      time.Time
	run     func(*unit) (*Receipt, error)
	reply   chan reply
}

type reply struct {
	receipt Receipt
	err     error
}

// committer is the one writer. Everything below mu is touched by its goroutine only.
type committer struct {
	journal    Journal
	clock      Clock
	random     io.Reader
	log        *slog.Logger
	autoPayout bool
	halt       atomic.Pointer[string] // why nothing is written; nil while all is well
	onHalt     func(why string)

	mu     sync.Mutex // orders the stamping and queueing of work
	last   time.Time  // the newest stamp
	steady *steadiness
	closed bool
	queue  chan *work
	done   chan struct{}

	stale   bool // the cached states below must be read again
	tail    Tail
	tree    *evidence.Tree
	book    *ledger.Book
	streams map[string]any // state after the last commit, by stream
}

func newCommitter(ctx context.Context, cfg Config, onHalt func(string)) (*committer, error) {
	c := &committer{
		journal: cfg.Store, clock: cfg.Clock, random: cfg.Random, log: cfg.Log, onHalt: onHalt, autoPayout: cfg.AutoPayout,
		queue: make(chan *work, queueMax), done: make(chan struct{}),
	}
	if err := c.reload(ctx); err != nil {
		return nil, err
	}
	c.last, c.steady = c.tail.At, newSteadiness(cfg)
	go c.loop()
	return c, nil
}

// reload forgets every cached state and reads where the log ends.
func (c *committer) reload(ctx context.Context) error {
	tail, err := c.journal.Tail(ctx)
	if err != nil {
		return err
	}
	tree, err := evidence.NewTree(tail.Size, func(indexes []int64) ([]evidence.Hash, error) { return c.journal.Hashes(ctx, indexes) })
	if err != nil {
		return err
	}
	c.tail, c.tree, c.book, c.streams = tail, tree, ledger.NewBook(), map[string]any{}
	return nil
}

// refresh reloads after a commit whose outcome is not known to be ours.
func (c *committer) refresh(ctx context.Context) error {
	if !c.stale {
		return nil
	}
	err := c.reload(ctx)
	c.stale = err != nil
	return err
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
	now := c.steady.believed(c.clock.Now()).UTC().Truncate(time.Microsecond)
	if now.Before(c.last) {
		now = c.last // a clock that jumps back does not turn the log's time back
	}
	w.at = now
	select {
	case c.queue <- w:
		c.last = now
		return nil
	default:
		return fault.New(fault.Exhausted, "house.busy", "The house is busy. Try again in a moment.")
	}
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
		c.process(c.gather(w), 0)
	}
}

// gather takes what waits. It closes the batch when yielding to other goroutines
// brings nothing new: a timer would cost more than it gathers.
func (c *committer) gather(first *work) []*work {
	batch := []*work{first}
	for yields := 0; yields < yieldsMax && len(batch) < batchMax; {
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

// process decides and commits a batch. If the commit fails as a whole because
// somebody else has written, everybody is decided again alone, so that only the
// guilty command sees the error.
func (c *committer) process(batch []*work, retries int) {
	ctx := context.Background() // callers may leave, the commit goes on
	var cycle *cycle
	err := c.refresh(ctx)
	if err == nil {
		cycle, err = c.decideAll(ctx, batch)
	}
	if err == nil {
		err = c.commit(ctx, cycle)
	}
	if err == nil {
		for _, w := range batch {
			w.reply <- cycle.replies[w]
		}
		return
	}
	c.stale = true // whatever is cached may be older than what is stored
	if alone := len(batch) == 1; fault.KindOf(err) != fault.Unavailable && (!alone || isConflict(err) && retries < retriesMax) {
		if alone {
			retries++
		}
		for _, w := range batch {
			c.process([]*work{w}, retries)
		}
		return
	}
	c.refuse(ctx, batch, err)
}

// refuse answers a batch that could not be written.
func (c *committer) refuse(ctx context.Context, batch []*work, err error) {
	c.log.ErrorContext(ctx, "commit failed", slog.Int("commands", len(batch)), slog.String("trace", fault.Of(err).Trace()))
	if code := fault.CodeOf(err); guardsMoney(code) {
		c.stop(code + ": the database refused what the rules allowed")
	}
	if fault.KindOf(err) == fault.Internal {
		err = fault.New(fault.Unavailable, "house.not_written", "Nothing was written. Try again in a moment with the same key.").Because(err)
	}
	for _, w := range batch {
		w.reply <- reply{err: err}
	}
}

func isConflict(err error) bool { return fault.KindOf(err) == fault.Conflict }

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

func (c *committer) commit(ctx context.Context, y *cycle) error {
	b := y.batch()
	if b == nil {
		return nil
	}
	if err := c.journal.Commit(ctx, b); err != nil {
		return err
	}
	c.tree = y.tree
	if n := len(b.Records); n > 0 {
		c.tail = Tail{Size: c.tail.Size + int64(n), At: b.Records[n-1].At}
	}
	y.book.Merge()
	for stream, state := range y.streams {
		c.streams[stream] = state
	}
	if len(c.streams) > streamsMax {
		c.streams, c.book = map[string]any{}, ledger.NewBook()
	}
	return nil
}

// decideAll runs every command of the batch on the results of those before it.
func (c *committer) decideAll(ctx context.Context, batch []*work) (*cycle, error) {
	y := &cycle{
		committer: c, ctx: ctx, tree: c.tree.Clone(), book: c.book.Overlay(), streams: map[string]any{},
		replies: map[*work]reply{}, answers: map[AnswerKey]Answer{}, rows: newViewRows(),
	}
	if err := y.loadAnswers(batch); err != nil {
		return nil, err
	}
	for _, w := range batch {
		receipt, err := y.decide(w)
		y.replies[w] = reply{receipt, err}
		if err == nil {
			continue
		}
		if f := fault.Of(err); f.Kind == fault.Conflict && f.Code == "store.conflict" {
			return nil, err
		}
		y.refusals = append(y.refusals, Refusal{At: w.at, Actor: w.call.By.String(), Stream: clipped(w.stream, streamMax), Command: w.command, Code: fault.CodeOf(err)})
	}
	return y, nil
}

func (y *cycle) loadAnswers(batch []*work) error {
	var keys []AnswerKey
	for _, w := range batch {
		if k, ok := w.answerKey(); ok {
			keys = append(keys, k)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	known, err := y.journal.Answers(y.ctx, keys)
	for _, a := range known {
		y.answers[a.AnswerKey] = a
	}
	return err
}

func (w *work) answerKey() (AnswerKey, bool) {
	return AnswerKey{Caller: w.caller, Key: w.call.Key}, w.call.Key != ""
}

// decide answers one command: from its idempotency key if it was answered
// before, or by running it on an overlay that is kept only if it succeeds.
func (y *cycle) decide(w *work) (Receipt, error) {
	key, keyed := w.answerKey()
	if a, known := y.answers[key]; keyed && known {
		return replay(a, w.input)
	}
	u := &unit{cycle: y, now: w.at, by: w.call.By, book: y.book.Overlay(), streams: map[string]any{}, rows: newViewRows()}
	receipt, err := y.guarded(w, u)
	if err != nil {
		return Receipt{}, err
	}
	y.keep(u, receipt)
	if keyed {
		response, err := json.Marshal(receipt)
		fault.Assert(err == nil, "house.receipt", "a receipt can be written")
		a := Answer{AnswerKey: key, Input: w.input, Response: response, At: w.at}
		y.answers[key] = a
		y.newAnswers = append(y.newAnswers, a)
	}
	return *receipt, nil
}

func replay(a Answer, input evidence.Hash) (Receipt, error) {
	if a.Input != input {
		return Receipt{}, fault.New(fault.Refused, "house.key_reused", "This idempotency key was used for another request. Use a new key.")
	}
	var r Receipt
	if err := json.Unmarshal(a.Response, &r); err != nil {
		return Receipt{}, fault.New(fault.Internal, "house.receipt", "A stored answer cannot be read.").Because(err)
	}
	r.Replayed = true
	return r, nil
}

// guarded runs a command and turns a broken assertion into an error of that
// command alone. If the ledger or the evidence is what broke, nothing more is
// written until a person has looked.
func (y *cycle) guarded(w *work, u *unit) (r *Receipt, err error) {
	if why := y.halt.Load(); why != nil {
		return nil, fault.New(fault.Unavailable, "house.halted", "The house has stopped all writing until its staff have looked into a fault.")
	}
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		v := &fault.Violation{Code: "house.panic", Message: fmt.Sprint(p)}
		if e, ok := p.(error); ok && !errors.As(e, &v) {
			v.Message = e.Error()
		}
		y.log.ErrorContext(y.ctx, "assertion failed", slog.String("code", v.Code), slog.String("message", v.Message), slog.String("command", w.command), slog.String("stream", w.stream))
		if guardsMoney(v.Code) {
			y.stop(v.Code + ": " + v.Message)
		}
		r, err = nil, fault.New(fault.Internal, v.Code, "The house found a fault in its own rules.").Because(v)
	}()
	return w.run(u)
}
