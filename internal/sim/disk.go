package sim

import (
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/ledger"
)

// Port is everything that a database serves.
type Port interface {
	assurance.Store
	assurance.Archive
}

// moment is when, within a call, a fault strikes.
type moment string

const (
	before moment = "before"
	during moment = "during" // a crash while the bytes of the call are written
	after  moment = "after"  // it was done, and the answer is lost
)

// strike is a fault that waits for its call.
type strike struct {
	call string
	when moment
	skip int   // calls that it lets pass
	err  error // what is answered; nil for a crash
}

func (s strike) name() string {
	what := "crash"
	if s.err != nil {
		what = fault.CodeOf(s.err)
	}
	return what + " " + string(s.when) + " " + s.call
}

// disk is the store with faults: each call may fail or be the last one of this
// life. After a crash nothing goes in or out.
type disk struct {
	Port
	path, wreck string // the database, and where a crash leaves its copy
	rng         *rand.Rand
	fired       func(name string)

	writing sync.Mutex // held for each write, and while the files are copied

	mu    sync.Mutex
	dead  bool
	armed []*strike
	fatal error // the files could not be copied
}

// Errors that a fault answers with.
func gone() error {
	return fault.New(fault.Unavailable, "sim.gone", "The house is gone.")
}

func down() error {
	return fault.New(fault.Unavailable, "store.unavailable", "The database cannot be reached.")
}

func raced() error {
	return fault.New(fault.Conflict, "store.conflict", "Somebody else has written in between.")
}

func (d *disk) arm(s strike) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.armed = append(d.armed, &s)
}

func (d *disk) disarm() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.armed = nil
}

func (d *disk) isDead() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.dead
}

// due takes the fault that is armed for this point, if its time has come.
func (d *disk) due(call string, when moment) (*strike, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dead {
		return nil, false
	}
	for i, s := range d.armed {
		if s.call != call || s.when != when {
			continue
		}
		if s.skip > 0 {
			s.skip--
			continue
		}
		d.armed = append(d.armed[:i:i], d.armed[i+1:]...)
		return s, true
	}
	return nil, false
}

// struck carries out a fault at a point of a call; the caller writes, so the
// files stand still.
func (d *disk) struck(call string, when moment) error {
	if d.isDead() {
		return gone()
	}
	s, ok := d.due(call, when)
	if !ok {
		return nil
	}
	d.fired(s.name())
	if s.err != nil {
		return s.err
	}
	d.sink(-1)
	return gone()
}

// reach is struck for a caller that does not write.
func (d *disk) reach(call string, when moment) error {
	if d.isDead() {
		return gone()
	}
	d.writing.Lock()
	defer d.writing.Unlock()
	return d.struck(call, when)
}

// walMost is the size of the write-ahead log up to which SQLite has surely not
// begun to move it into the database: 1,000 pages by default, less some.
const walMost = 900 * 4096

// write runs one durable call with its points.
func (d *disk) write(call string, f func() error) error {
	d.writing.Lock()
	defer d.writing.Unlock()
	if err := d.struck(call, before); err != nil {
		return err
	}
	from := d.walSize()
	if err := f(); err != nil {
		return err
	}
	if s, ok := d.due(call, during); ok {
		d.fired(s.name())
		keep := int64(-1)
		if to := d.walSize(); to > from && to < walMost {
			keep = from + d.rng.Int64N(to-from)
		}
		d.sink(keep)
		return gone()
	}
	return d.struck(call, after)
}

func (d *disk) walSize() int64 {
	info, err := os.Stat(d.path + "-wal")
	if err != nil {
		return 0
	}
	return info.Size()
}

// sink ends this life: the files are copied as they are, the write-ahead log up
// to keep bytes or whole if that is negative.
func (d *disk) sink(keep int64) {
	err := copyFile(d.path, d.wreck, -1)
	if err == nil {
		err = copyFile(d.path+"-wal", d.wreck+"-wal", keep)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.dead, d.fatal = true, err
}

// crash ends this life between two calls.
func (d *disk) crash() {
	d.writing.Lock()
	defer d.writing.Unlock()
	if !d.isDead() {
		d.sink(-1)
	}
}

func copyFile(from, to string, keep int64) error {
	content, err := os.ReadFile(from) //nolint:gosec // the world's own database
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if keep >= 0 && keep < int64(len(content)) {
		content = content[:keep]
	}
	return os.WriteFile(to, content, 0o600) //nolint:gosec // in the world's own folder
}

// Commit writes the batch, or fails as the armed fault says.
func (d *disk) Commit(ctx context.Context, b *assurance.Batch, place func(assurance.Tail) error) error {
	return d.write("commit", func() error { return d.Port.Commit(ctx, b, place) })
}

// MessageDone marks a message.
func (d *disk) MessageDone(ctx context.Context, id string, at time.Time) error {
	return d.write("mark", func() error { return d.Port.MessageDone(ctx, id, at) })
}

// MessageFailed counts an attempt.
func (d *disk) MessageFailed(ctx context.Context, id, lastError string, next time.Time, dead bool) error {
	return d.write("mark", func() error { return d.Port.MessageFailed(ctx, id, lastError, next, dead) })
}

// SetSetting writes a setting.
func (d *disk) SetSetting(ctx context.Context, name, value string) error {
	return d.write("setting", func() error { return d.Port.SetSetting(ctx, name, value) })
}

// MarkChecked notes that companies were checked.
func (d *disk) MarkChecked(ctx context.Context, marks []assurance.CheckMark) error {
	return d.write("setting", func() error { return d.Port.MarkChecked(ctx, marks) })
}

// SaveStandings writes what follows from new tidings.
func (d *disk) SaveStandings(ctx context.Context, s assurance.StandingSave) error {
	return d.write("setting", func() error { return d.Port.SaveStandings(ctx, s) })
}

// reading is a read with the faults of reads, which happen before it.
func reading[T any](d *disk, call string, f func() (T, error)) (T, error) {
	if err := d.struckReading(call); err != nil {
		var none T
		return none, err
	}
	return f()
}

// struckReading never crashes: place reads while its commit holds the files.
func (d *disk) struckReading(call string) error {
	if d.isDead() {
		return gone()
	}
	if s, ok := d.due(call, before); ok {
		d.fired(s.name())
		return s.err
	}
	return nil
}

// reads are the calls whose faults [disk.struckReading] carries out.
func reads() []string {
	return []string{"touched", "records", "balances", "pendings", "answers", "tracking", "tail", "hashes", "party", "clocks", "messages", "get", "open"}
}

// Touched reads, or fails.
func (d *disk) Touched(ctx context.Context, from, to int64) ([]string, error) {
	return reading(d, "touched", func() ([]string, error) { return d.Port.Touched(ctx, from, to) })
}

// Records reads, or fails.
func (d *disk) Records(ctx context.Context, stream string, version int64) ([]assurance.Record, error) {
	return reading(d, "records", func() ([]assurance.Record, error) { return d.Port.Records(ctx, stream, version) })
}

// Balances reads, or fails.
func (d *disk) Balances(ctx context.Context, ids []ledger.AccountID) (map[ledger.AccountID]ledger.Balance, error) {
	return reading(d, "balances", func() (map[ledger.AccountID]ledger.Balance, error) { return d.Port.Balances(ctx, ids) })
}

// Pendings reads, or fails.
func (d *disk) Pendings(ctx context.Context, ids []ledger.TransferID) ([]assurance.PendingRow, error) {
	return reading(d, "pendings", func() ([]assurance.PendingRow, error) { return d.Port.Pendings(ctx, ids) })
}

// Answers reads, or fails.
func (d *disk) Answers(ctx context.Context, keys []assurance.AnswerKey) ([]assurance.Answer, error) {
	return reading(d, "answers", func() ([]assurance.Answer, error) { return d.Port.Answers(ctx, keys) })
}

// TrackingUsed reads, or fails.
func (d *disk) TrackingUsed(ctx context.Context, ts []assurance.Tracking) ([]assurance.Tracking, error) {
	return reading(d, "tracking", func() ([]assurance.Tracking, error) { return d.Port.TrackingUsed(ctx, ts) })
}

// Tail reads, or fails.
func (d *disk) Tail(ctx context.Context) (assurance.Tail, error) {
	return reading(d, "tail", func() (assurance.Tail, error) { return d.Port.Tail(ctx) })
}

// Hashes reads, or fails.
func (d *disk) Hashes(ctx context.Context, indexes []int64) ([]evidence.Hash, error) {
	return reading(d, "hashes", func() ([]evidence.Hash, error) { return d.Port.Hashes(ctx, indexes) })
}

// Party reads, or fails.
func (d *disk) Party(ctx context.Context, id identity.PartyID) (assurance.PartyRow, error) {
	return reading(d, "party", func() (assurance.PartyRow, error) { return d.Port.Party(ctx, id) })
}

// DueClocks reads, or fails.
func (d *disk) DueClocks(ctx context.Context, now time.Time, limit int) ([]assurance.ClockRow, error) {
	return reading(d, "clocks", func() ([]assurance.ClockRow, error) { return d.Port.DueClocks(ctx, now, limit) })
}

// DueMessages reads, or fails.
func (d *disk) DueMessages(ctx context.Context, now time.Time, limit int) ([]assurance.Message, error) {
	return reading(d, "messages", func() ([]assurance.Message, error) { return d.Port.DueMessages(ctx, now, limit) })
}

// Setting reads, or fails.
func (d *disk) Setting(ctx context.Context, name string) (string, error) {
	return reading(d, "get", func() (string, error) { return d.Port.Setting(ctx, name) })
}

// OpenDeals reads, or fails.
func (d *disk) OpenDeals(ctx context.Context, after string, limit int) ([]string, error) {
	return reading(d, "open", func() ([]string, error) { return d.Port.OpenDeals(ctx, after, limit) })
}
