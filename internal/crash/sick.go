package crash

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	sickRounds = 4
	sickWait   = 60 * time.Second
	sickFirst  = 12 // the call of a thread that fails first
)

// sick lets forcing the disk fail, once or for ever, and wants the house to stop
// writing and to say why: a later success proves nothing about what was lost.
func (x *lab) sick(ctx context.Context) error {
	rounds := x.rounds(sickRounds)
	for round := range rounds {
		ok, err := x.sicken(ctx, round)
		if !ok || err != nil {
			return err
		}
		x.progress(round+1, rounds)
	}
	return nil
}

func (x *lab) sicken(ctx context.Context, round int) (bool, error) {
	db, cast, err := x.newHouse(ctx, x.dir, fmt.Sprintf("house%d", round))
	if err != nil {
		return false, err
	}
	trace := filepath.Join(x.dir, fmt.Sprintf("calls%d", round))
	when := fmt.Sprintf("%d", sickFirst+5*round) // of each thread: strace counts them apart
	if round%2 == 1 {
		when += "+" // and every one after it
	}
	if err := x.failSyncs(ctx, x.spec(db, cast, round), trace, when); err != nil {
		return false, err
	}
	return x.check(ctx, round, db, cast)
}

func (x *lab) failSyncs(ctx context.Context, spec Spec, trace, when string) error {
	l, err := x.launch(ctx, spec, "strace", "-f", "-qq", "-y", "-o", trace, "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO:when="+when)
	if err != nil {
		return err
	}
	defer func() {
		l.kill()
		x.heard(l)
	}()
	if err := l.ready(ctx); err != nil {
		return err
	}
	hurt, err := x.awaitHurt(ctx, l, trace)
	if err != nil {
		return err
	}
	if err := l.until(ctx, fullWait/6, "house that has stopped", func(l *load) bool { return l.stopped != "" }); err != nil {
		x.report.fault("round %d: forcing %s has failed, and the house goes on writing: %s", spec.Round+1, hurt, l.state())
		return ctx.Err()
	}
	if err := l.until(ctx, fullWait, "answers of a house that has stopped", func(l *load) bool { return l.tried > 0 }); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.late > 0 {
		x.report.fault("round %d: %d receipts were given after the house had stopped", spec.Round+1, l.late)
	}
	x.report.Notes = append(x.report.Notes, fmt.Sprintf("round %d: forcing %s failed (call %s of its thread); the house stopped: %s; %d new commands were refused",
		spec.Round+1, hurt, when, l.stopped, l.tried))
	return nil
}

// awaitHurt waits until a call on the write-ahead log has failed, and answers
// which file it was. A checkpoint that fails is done again by SQLite from a log
// that is safe, so it is not what is waited for.
func (x *lab) awaitHurt(ctx context.Context, l *load, trace string) (string, error) {
	for began := time.Now(); ; {
		text, err := os.ReadFile(trace) //nolint:gosec // a file of the run's own
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		for call := range strings.Lines(string(text)) {
			if name, found := injected(call); found && strings.HasSuffix(name, "-wal") {
				return filepath.Base(name), nil
			}
		}
		if l.ended() || time.Since(began) > sickWait {
			return "", l.until(ctx, 0, "failed call", func(*load) bool { return false })
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return "", err
		}
	}
}

// injected reads the file of a call that strace has let fail.
func injected(call string) (name string, found bool) {
	if !strings.Contains(call, "(INJECTED)") {
		return "", false
	}
	_, rest, found := strings.Cut(call, "<")
	if !found {
		return "", false
	}
	name, _, found = strings.Cut(rest, ">")
	return name, found
}
