package crash

import (
	"context"
	"fmt"

	"fondaco/internal/fault"
)

const (
	powerRounds = 5
	teethTries  = 3 // a cut may come when everything has just been written back
	ackedLeast  = 20
)

// power cuts the power of the disk under a house at work, and then does the same
// to a house that must not survive it.
func (x *lab) power(ctx context.Context) error {
	rounds := x.rounds(powerRounds)
	for from := 0; from < rounds; from += houseRounds {
		if ok, err := x.cutHouse(ctx, from, min(from+houseRounds, rounds), rounds); !ok || err != nil {
			return err
		}
	}
	return x.teeth(ctx)
}

func (x *lab) cutHouse(ctx context.Context, from, to, rounds int) (bool, error) {
	d, err := newImage(ctx, x.dir, fmt.Sprintf("disk%d", from))
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
	for round := from; round < to; round++ {
		if err := x.cutOnce(ctx, d, db, x.spec(db, cast, round)); err != nil {
			return false, err
		}
		if ok, err := x.check(ctx, round, db, cast); !ok || err != nil {
			return false, err
		}
		x.progress(round+1, rounds)
	}
	return true, nil
}

// cutOnce runs the load, cuts the power under it, and lets the disk come back.
func (x *lab) cutOnce(ctx context.Context, d *disk, db database, spec Spec) error {
	if err := x.cutUnder(ctx, d, db, spec); err != nil {
		return err
	}
	if err := db.kill(ctx); err != nil {
		return err
	}
	if err := d.unmount(ctx); err != nil {
		return err
	}
	if err := d.mount(ctx); err != nil {
		return err
	}
	return db.start(ctx)
}

func (x *lab) cutUnder(ctx context.Context, d *disk, db database, spec Spec) error {
	l, err := x.launch(ctx, spec)
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
	if err := l.more(ctx, ackedLeast); err != nil {
		return err
	}
	if s, ok := db.(*server); ok && spec.Unsafe {
		// The house is at work, so it has found the server durable; it would not connect to it now.
		if err := s.forgoSync(ctx); err != nil {
			return err
		}
		if err := l.more(ctx, ackedLeast); err != nil {
			return err
		}
	}
	if err := pause(ctx, x.within()); err != nil {
		return err
	}
	l.powerGoes()
	return d.cut()
}

// teeth does the same with a database that forces nothing to its disk. If that
// house loses nothing, the cut is no cut, and the rounds before have shown nothing.
func (x *lab) teeth(ctx context.Context) error {
	x.report.Teeth = &Teeth{}
	for try := range teethTries {
		lost, err := x.bite(ctx, try)
		if err != nil {
			return err
		}
		if lost > 0 {
			return nil
		}
	}
	x.report.fault("teeth: with synchronous off nothing of %d acknowledged commands was lost, so this test cuts no power", x.report.Teeth.Acked)
	return nil
}

func (x *lab) bite(ctx context.Context, try int) (lost int, err error) {
	d, err := newImage(ctx, x.dir, fmt.Sprintf("teeth%d", try))
	if err != nil {
		return 0, err
	}
	defer d.remove(ctx)
	db, cast, err := x.newHouse(ctx, d.folder, "house")
	if db != nil {
		defer func() { _ = db.kill(context.WithoutCancel(ctx)) }()
	}
	if err != nil {
		return 0, err
	}
	spec := x.spec(db, cast, 0)
	spec.Unsafe = true
	odd := len(x.report.Faults)
	err = x.cutOnce(ctx, d, db, spec)
	acks := len((&checker{cast: cast}).unique(x.acks))
	x.report.Teeth.Acked += acks
	if len(x.report.Faults) > odd {
		return 0, err // an answer that nothing excuses; it is in the report
	}
	if err != nil {
		if s, ok := db.(*server); !ok || !s.lost {
			return 0, err
		}
		x.report.Notes = append(x.report.Notes, "teeth: the server does not even start on what is left")
		x.report.Teeth.Lost += acks
		return acks, nil
	}
	v, err := Check(ctx, db.address(), cast, x.acks, x.cfg.Log)
	if err != nil {
		v.Lost = acks
		x.report.Notes = append(x.report.Notes, "teeth: the house does not even open on what is left: "+fault.Of(err).Trace())
	}
	x.report.Teeth.Lost += v.Lost
	return v.Lost, nil
}
