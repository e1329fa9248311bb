package crash

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

const (
	fullRounds = 3
	smallMiB   = 48
	largeMiB   = 512
	fullWait   = 60 * time.Second
	refusals   = 50  // answers without a receipt before the disk is called full
	goesOn     = 200 // receipts after there is room again
)

// full fills the disk under a house, gives room back, and wants the same house
// to go on. Every second house is killed while its disk is full.
func (x *lab) full(ctx context.Context) error {
	rounds := x.rounds(fullRounds)
	for round := range rounds {
		ok, err := x.fillHouse(ctx, round)
		if !ok || err != nil {
			return err
		}
		x.progress(round+1, rounds)
	}
	return nil
}

func (x *lab) fillHouse(ctx context.Context, round int) (bool, error) {
	small := smallMiB
	if x.cfg.Database == Postgres {
		small = 4 * smallMiB // an empty cluster takes 40 MiB
	}
	d, err := newMemory(ctx, x.dir, fmt.Sprintf("memory%d", round), small)
	if err != nil {
		return false, err
	}
	defer d.remove(ctx)
	db, cast, err := x.newHouse(ctx, d.folder, "house")
	if db != nil {
		defer func() { _ = db.kill(context.WithoutCancel(ctx)) }()
	}
	if err != nil {
		return false, err
	}
	if err := x.fillUnder(ctx, d, db, x.spec(db, cast, round)); err != nil {
		return false, err
	}
	return x.check(ctx, round, db, cast)
}

func (x *lab) fillUnder(ctx context.Context, d *disk, db database, spec Spec) error {
	l, err := x.launch(ctx, spec)
	if err != nil {
		return err
	}
	defer func() {
		l.kill() // nothing, if it has ended
		x.heard(l)
	}()
	if err := l.more(ctx, ackedLeast); err != nil {
		return err
	}
	ballast, err := d.fill()
	if err != nil {
		return err
	}
	refused := func(l *load) bool {
		n := 0
		for _, times := range l.refused {
			n += times
		}
		return n >= refusals
	}
	if err := l.until(ctx, fullWait, "refusals on a full disk", refused); err != nil {
		return err
	}
	if spec.Round%2 == 1 {
		l.kill()
	}
	if err := errors.Join(d.resize(ctx, largeMiB), os.Remove(ballast)); err != nil {
		return err
	}
	if err := db.start(ctx); err != nil { // a server may have given up; the house may not
		return err
	}
	if spec.Round%2 == 1 {
		return nil
	}
	if err := l.more(ctx, goesOn); err != nil {
		return err
	}
	return l.finish()
}
