package crash

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"fondaco/internal/fault"
)

// The parts of a run.
const (
	Kill  = "kill"
	Power = "power"
	Full  = "full"
	Sick  = "sick"
)

// Parts lists every part, in the order in which a run does them.
func Parts() []string { return []string{Kill, Power, Full, Sick} }

// Config is what a run breaks, and how often.
type Config struct {
	Child    []string      // the program and its arguments that lead to func Child; the spec is appended
	ChildEnv []string      // NAME=value pairs for the child, beside those of this process
	Database string        // SQLite or Postgres
	Rounds   int           // of each part; 0 for its own number
	Load     time.Duration // the longest load of a round; 0 for one second
	Workers  int           // goroutines that give commands; 0 for 32
	Log      *slog.Logger  // nil discards
	Progress func(part string, done, rounds int)
}

// Teeth is the power cut of a database that forces nothing to its disk.
type Teeth struct {
	Acked int `json:"acked"`
	Lost  int `json:"lost"`
}

// Report is what a part has found.
type Report struct {
	Part     string            `json:"part"`
	Database string            `json:"database"`
	Skipped  string            `json:"skipped,omitempty"` // why the part was not done; then nothing else is set
	Rounds   int               `json:"rounds"`
	Verdict                    // of all rounds together
	Refused  map[string]int    `json:"refused,omitempty"` // answers without a receipt, by code
	Said     map[string]string `json:"said,omitempty"`    // what the first of each code said
	Late     int               `json:"late,omitempty"`    // receipts that came while the power was going, and count for nothing
	Teeth    *Teeth            `json:"teeth,omitempty"`
	Notes    []string          `json:"notes,omitempty"`
	Seconds  float64           `json:"seconds"`
}

// OK reports whether the part was skipped, or found nothing that must not be.
func (r Report) OK() bool { return r.Skipped != "" || r.Rounds > 0 && r.Verdict.OK() }

// lab is one run of one part.
type lab struct {
	cfg    Config
	dir    string // of the run's own
	report Report
	acks   []Ack // of the present house, from all its rounds
	before Verdict
}

// Run does one part. An error means that the part could not be carried out; what
// it has found is in the report. Everything made on the way is removed.
func Run(ctx context.Context, part string, cfg Config) (Report, error) {
	x := &lab{cfg: cfg, report: Report{Part: part, Database: cfg.Database, Refused: map[string]int{}, Said: map[string]string{}}}
	x.defaults()
	do := map[string]func(context.Context) error{Kill: x.kill, Power: x.power, Full: x.full, Sick: x.sick}[part]
	if do == nil {
		return x.report, fault.New(fault.Invalid, "crash.unknown_part", "{part} is no part of this test.").With("part", part)
	}
	if why := x.lacks(part); why != "" {
		x.report.Skipped = why
		return x.report, nil
	}
	var err error
	if x.dir, err = os.MkdirTemp("", "fondaco-crash-"); err != nil {
		return x.report, err
	}
	defer func() { x.tidy() }()
	if err := os.Chmod(x.dir, 0o711); err != nil { //nolint:gosec // the database server is another user
		return x.report, err
	}
	began := time.Now()
	err = do(ctx)
	x.report.Seconds = time.Since(began).Seconds()
	return x.report, err
}

func (x *lab) defaults() {
	if x.cfg.Load == 0 {
		x.cfg.Load = time.Second
	}
	if x.cfg.Workers == 0 {
		x.cfg.Workers = 32
	}
	if x.cfg.Log == nil {
		x.cfg.Log = slog.New(slog.DiscardHandler)
	}
	if x.cfg.Progress == nil {
		x.cfg.Progress = func(string, int, int) {}
	}
}

// tidy removes the folder of the run, unless something is still mounted below
// it: then its files are not ours alone to remove.
func (x *lab) tidy() {
	if mounts, err := os.ReadFile("/proc/self/mounts"); err == nil && containsFolder(string(mounts), x.dir) {
		return
	}
	_ = os.RemoveAll(x.dir)
}

// lacks says what the machine does not have for a part, or "".
func (x *lab) lacks(part string) string {
	if x.cfg.Database == Postgres {
		if why := noServer(); why != "" {
			return why
		}
	}
	root := ""
	if os.Geteuid() != 0 {
		root = "only root may mount a file system"
	}
	switch part {
	case Power:
		return first(root, absent("mkfs.ext4", "mount", "umount"), noLoop())
	case Full:
		return first(root, absent("mount", "umount"))
	case Sick:
		if x.cfg.Database == Postgres {
			return "PostgreSQL itself stops at such an error and recovers from its log; nothing of the house's is tested by it"
		}
		return absent("strace")
	}
	return ""
}

func first(reasons ...string) string {
	for _, r := range reasons {
		if r != "" {
			return r
		}
	}
	return ""
}

func noLoop() string {
	if _, err := os.Stat("/dev/loop-control"); err != nil {
		return "this machine has no loop devices"
	}
	return ""
}

func (x *lab) rounds(own int) int {
	if x.cfg.Rounds > 0 {
		return x.cfg.Rounds
	}
	return own
}

// settled begins a new house: what was acknowledged by the one before is done with.
func (x *lab) settled() { x.acks, x.before = nil, Verdict{} }

// heard adds to the report what the load was answered. The child is gone.
func (x *lab) heard(l *load) {
	l.mu.Lock()
	defer l.mu.Unlock()
	counted := l.acks
	if l.cutAt > 0 {
		counted = l.acks[:l.cutAt]
		x.report.Late += len(l.acks) - l.cutAt
	}
	x.acks = append(x.acks, counted...)
	for code, n := range l.refused {
		x.report.Refused[code] += n
		if x.report.Said[code] == "" {
			x.report.Said[code] = l.said[code]
		}
	}
	for _, o := range l.odd {
		x.report.fault("an answer that nothing excuses: %s", o)
	}
}

// check looks at the house after a round, and counts only what is new since the
// round before. It answers whether another round makes sense.
func (x *lab) check(ctx context.Context, round int, db database, cast Cast) (bool, error) {
	v, err := Check(ctx, db.address(), cast, x.acks, x.cfg.Log)
	if err != nil {
		return false, err
	}
	whole := v
	v.Acked -= x.before.Acked
	v.Stored -= x.before.Stored
	for _, c := range db.complaints() {
		v.fault("the database says: %s", c)
	}
	for i, f := range v.Faults {
		v.Faults[i] = "round " + strconv.Itoa(round+1) + ": " + f
	}
	x.before = whole
	x.report.add(v)
	x.report.Rounds++
	return x.report.Verdict.OK(), nil
}

// progress tells how far the part has come.
func (x *lab) progress(done, rounds int) { x.cfg.Progress(x.report.Part, done, rounds) }

func (x *lab) spec(db database, cast Cast, round int) Spec {
	return Spec{Database: db.address(), Round: round, Workers: x.cfg.Workers, Cast: cast}
}

// newHouse makes a database in a folder and a house on it.
func (x *lab) newHouse(ctx context.Context, folder, name string) (database, Cast, error) {
	x.settled()
	if x.cfg.Database == Postgres {
		s, err := newServer(ctx, x.dir, folder, name)
		if err != nil {
			if s != nil {
				err = errors.Join(err, s.kill(ctx))
			}
			return nil, Cast{}, err
		}
		cast, err := Prepare(ctx, s.address(), x.cfg.Log)
		if err != nil {
			err = errors.Join(err, s.kill(ctx))
		}
		return s, cast, err
	}
	db := file(filepath.Join(folder, name+".db"))
	cast, err := Prepare(ctx, db.address(), x.cfg.Log)
	return db, cast, err
}

// within is a random part of the load's time, so that no two rounds end alike.
func (x *lab) within() time.Duration { return randomUpTo(x.cfg.Load) }
