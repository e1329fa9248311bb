package crash

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

const (
	killRounds  = 50
	houseRounds = 10 // after so many rounds a new house begins, so that checking does not outgrow the load
	earlyEvery  = 8  // every so many rounds the house is killed while it opens
	earlyMax    = 60 * time.Millisecond
	serverEvery = 2 // every so many rounds the database server is killed with it
)

func randomUpTo(d time.Duration) time.Duration {
	return rand.N(d) + 1 //nolint:gosec // chance, not secrecy
}

// containsFolder reports whether a list of mounts names something below dir.
func containsFolder(mounts, dir string) bool { return strings.Contains(mounts, " "+dir+"/") }

// kill ends the house at random moments.
func (x *lab) kill(ctx context.Context) error {
	rounds := x.rounds(killRounds)
	for from := 0; from < rounds; from += houseRounds {
		if ok, err := x.killHouse(ctx, from, min(from+houseRounds, rounds), rounds); !ok || err != nil {
			return err
		}
	}
	return nil
}

func (x *lab) killHouse(ctx context.Context, from, to, rounds int) (bool, error) {
	db, cast, err := x.newHouse(ctx, x.dir, fmt.Sprintf("house%d", from))
	if db != nil {
		defer func() { _ = db.kill(context.WithoutCancel(ctx)) }()
	}
	if err != nil {
		return false, err
	}
	for round := from; round < to; round++ {
		if err := x.killOnce(ctx, db, cast, round); err != nil {
			return false, err
		}
		ok, err := x.check(ctx, round, db, cast)
		if !ok || err != nil {
			return false, err
		}
		x.progress(round+1, rounds)
	}
	return true, nil
}

func (x *lab) killOnce(ctx context.Context, db database, cast Cast, round int) error {
	l, err := x.launch(ctx, x.spec(db, cast, round))
	if err != nil {
		return err
	}
	defer func() {
		l.kill()
		x.heard(l)
	}()
	if (round+1)%earlyEvery == 0 {
		return pause(ctx, randomUpTo(earlyMax))
	}
	if err := l.ready(ctx); err != nil {
		return err
	}
	// On a busy machine time alone may end a round before anything was acknowledged.
	if err := l.more(ctx, 1+rand.IntN(ackedLeast)); err != nil { //nolint:gosec // chance, not secrecy
		return err
	}
	if err := pause(ctx, x.within()); err != nil {
		return err
	}
	if l.ended() {
		return l.until(ctx, 0, "end by force", func(*load) bool { return false })
	}
	if x.cfg.Database == Postgres && round%serverEvery == 1 {
		if err := db.kill(ctx); err != nil {
			return err
		}
		l.kill()
		return db.start(ctx)
	}
	return nil
}
