package sim

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/store"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
	"fondaco/internal/worker"
)

// Config is one run.
type Config struct {
	Seed  uint64
	Ops   int             // acts of users, bank, clock and worker together
	Users int             // who act at one time; 0 and 1 for one after another, which can be replayed
	Wrap  func(Port) Port // lays a planted fault over the store; nil for none
	Trace io.Writer       // every act in a line; nil for none
}

// Result is what a run did.
type Result struct {
	Ops      int            `json:"ops"`
	Calls    int            `json:"calls"` // of the house, by users, bank and worker
	Deals    int            `json:"deals"`
	Entries  int64          `json:"entries"`
	Restarts int            `json:"restarts"`
	Faults   map[string]int `json:"faults"`
	Span     time.Duration  `json:"span"`    // of simulated time
	History  evidence.Hash  `json:"history"` // of every act and answer, and the log; zero with several users
	Coverage Coverage       `json:"-"`
}

// Coverage counts commands by their outcome: "accepted" or the code of a refusal.
type Coverage map[string]map[string]int

func (c Coverage) add(command, outcome string) {
	if c[command] == nil {
		c[command] = map[string]int{}
	}
	c[command][outcome]++
}

// Merge adds the counts of other.
func (c Coverage) Merge(other Coverage) {
	for command, outcomes := range other {
		for outcome, n := range outcomes {
			if c[command] == nil {
				c[command] = map[string]int{}
			}
			c[command][outcome] += n
		}
	}
}

// Failure is something that must be true and is not.
type Failure struct { //nolint:errname // it is found by the world, not met on the way
	Seed      uint64
	Op        int
	Invariant string
	Detail    string
}

// Error names the seed, the act and what is not true.
func (f *Failure) Error() string {
	return fmt.Sprintf("seed %d op %d: %s: %s", f.Seed, f.Op, f.Invariant, f.Detail)
}

// Ground is where runs take place: a folder for their databases, and an empty one
// to begin with. It may be used by several goroutines.
type Ground struct {
	folder string
	empty  []byte
	runs   atomic.Int64
}

// NewGround prepares an empty database in the folder. It fails as the store does.
func NewGround(ctx context.Context, folder string) (*Ground, error) {
	path := filepath.Join(folder, "empty.db")
	s, err := store.OpenSQLite(ctx, path)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(s.Migrate(ctx), s.Close()); err != nil {
		return nil, err
	}
	content, err := os.ReadFile(path) //nolint:gosec // made three lines above
	if err != nil {
		return nil, err
	}
	return &Ground{folder: folder, empty: content}, nil
}

// world is one run.
type world struct {
	cfg    Config
	ctx    context.Context
	folder string
	life   uint64

	tides   *tides
	manner  manner
	store   *store.Store
	port    Port // the store with its planted faults, and no others
	disk    *disk
	house   *assurance.House
	worker  *worker.Worker
	bank    *bank
	paper   *paper
	witness *witness
	ids     atomic.Int64
	keys    atomic.Int64
	staff   staff

	mu       sync.Mutex // guards what follows
	salts    *rand.ChaCha8
	firms    []firm
	deals    []deal.ID
	payouts  []string
	deposits []string
	faults   map[string]int
	kept     map[string]keptMoney // by key of the automatic payout
	coverage Coverage
	failure  *Failure
	history  hash.Hash
	roots    []evidence.Checkpoint
	op       int
	restarts int
}

// firm is a company and the person who acts for it.
type firm struct {
	id identity.PartyID
	by identity.Actor
}

// staff are the people of the house, and its outside sources.
type staff struct {
	admin, mediator, other, compliance, second, treasury, auditor, carrier, clock identity.Actor
}

func newStaff() staff {
	of := func(o identity.Office, p identity.PersonID) identity.Actor {
		return identity.Actor{Office: o, Person: p}
	}
	return staff{
		of(identity.Administrator, "ada"), of(identity.Mediator, "max"), of(identity.Mediator, "mia"), of(identity.Compliance, "cat"), of(identity.Compliance, "dan"),
		of(identity.Treasury, "tom"), of(identity.Auditor, "aud"), of(identity.Carrier, "post"), identity.HouseClock(),
	}
}

// began is when every world begins.
func began() time.Time { return time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC) }

// source is a stream of chance of its own, so that one use of chance does not
// shift another.
func source(seed, use uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, use)) } //nolint:gosec // a simulation wants the same numbers again

const (
	useManner uint64 = iota + 1
	useDisk
	useBank
	useUsers
)

// Run plays one world. It fails with a *Failure if something is not as it must
// be, or with the error that kept it from being played.
func (g *Ground) Run(ctx context.Context, cfg Config) (r Result, err error) {
	folder := filepath.Join(g.folder, fmt.Sprintf("run-%d", g.runs.Add(1)))
	if err := os.Mkdir(folder, 0o700); err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	var salt [32]byte
	binary.BigEndian.PutUint64(salt[:], cfg.Seed)
	w := &world{
		cfg: cfg, ctx: ctx, folder: folder, tides: &tides{start: began()}, manner: mannerOf(source(cfg.Seed, useManner)),
		witness: &witness{spans: map[string]bool{}}, staff: newStaff(), salts: rand.NewChaCha8(salt),
		faults: map[string]int{}, coverage: Coverage{}, history: sha256.New(), paper: newPaper(), kept: map[string]keptMoney{},
	}
	w.bank = &bank{
		clock: w.tides, rng: source(cfg.Seed, useBank), holds: map[string]int64{}, orders: map[string]*order{},
		returns: map[string]assurance.ReturnOrder{}, ways: w.manner.ways, faults: w.fault,
		reach: func(call string, when moment) error { return w.disk.reach(call, when) },
		wrong: func(format string, args ...any) { w.fail("the bank and the house agree", format, args...) },
	}
	if cfg.Users <= 1 { // with several, a hold may fall between the house's last look and the order
		w.bank.held = func(p identity.PartyID) bool { return w.heldNow(ctx, p) }
	}
	if err := os.WriteFile(w.path(), g.empty, 0o600); err != nil {
		return Result{}, err
	}
	if err := w.open(); err != nil {
		return Result{}, err
	}
	err = w.live()
	w.house.Close()
	if err := errors.Join(err, w.store.Close()); err != nil {
		return Result{}, err
	}
	return w.result()
}

func (w *world) result() (Result, error) {
	r := Result{
		Ops: w.op, Calls: len(w.witness.calls), Deals: len(w.deals), Restarts: w.restarts, Faults: maps.Clone(w.faults),
		Span: w.tides.Ticks(), Coverage: w.coverage,
	}
	if n := len(w.roots); n > 0 {
		r.Entries = w.roots[n-1].Size
	}
	if w.cfg.Users <= 1 {
		w.history.Sum(r.History[:0])
	}
	if w.failure != nil {
		return r, w.failure
	}
	return r, nil
}

// fail notes the first thing that is not as it must be.
func (w *world) fail(invariant, format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failure == nil {
		w.failure = &Failure{Seed: w.cfg.Seed, Op: w.op, Invariant: invariant, Detail: fmt.Sprintf(format, args...)}
	}
}

func (w *world) failed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.failure != nil
}

// fault counts a fault that has struck.
func (w *world) fault(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults[name]++
	w.note("fault: %s", name)
}

// note writes a line of the history; the caller holds mu.
func (w *world) note(format string, args ...any) {
	line := fmt.Sprintf("%d %s ", w.op, w.tides.Now().Format(time.RFC3339Nano)) + fmt.Sprintf(format, args...) + "\n"
	_, _ = io.WriteString(w.history, line)
	if w.cfg.Trace != nil {
		_, _ = io.WriteString(w.cfg.Trace, line)
	}
}

// Read makes salts.
func (w *world) Read(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.salts.Read(p)
}

func (w *world) newID() string { return fmt.Sprintf("%010d", w.ids.Add(1)) }
