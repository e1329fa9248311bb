package main

import (
	"context"
	"log/slog"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/store"
)

// Several nodes may serve one house on PostgreSQL. This file is what they must
// agree on: who does what is done once, and what the others have just written.

const (
	onceWait  = 30 * time.Second
	onceEvery = 50 * time.Millisecond
	wakeEvery = 100 * time.Millisecond
	// clockEvery is how often a node looks where the test clock stands.
	clockEvery = 500 * time.Millisecond
)

// several reports whether other nodes may serve this house too.
func (o *open) several() bool { return o.place.Database != "" }

// once does what a new house needs a single time, at the node that leads; the
// others wait until it is done, which is when the setting has a value. It fails
// with cmd.not_ready if that takes too long.
func (o *open) once(ctx context.Context, setting string, do func() error) error {
	limit := time.NewTimer(onceWait)
	defer limit.Stop()
	for {
		lead, err := o.leader.Lead(ctx)
		if err != nil {
			return err
		}
		// Asked after the lead was taken: whoever led before may have done it.
		if done, err := o.store.Setting(ctx, setting); err != nil || done != "" {
			return err
		}
		if lead {
			return do()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-limit.C:
			return fault.New(fault.Unavailable, "cmd.not_ready", "Another node has not finished making this house. Try again.")
		case <-time.After(onceEvery):
		}
	}
}

// found makes the house what it is, if nobody has, and takes part in it.
func (o *open) found(ctx context.Context) error {
	if err := o.once(ctx, modeSetting, func() error { return keepMode(ctx, o.store, o.sandbox) }); err != nil {
		return err
	}
	if err := keepMode(ctx, o.store, o.sandbox); err != nil {
		return err
	}
	err := o.once(ctx, originSetting, func() error {
		_, err := origin(ctx, o.store, o.plan.origin)
		return err
	})
	if err != nil {
		return err
	}
	if err := o.openNotary(ctx); err != nil {
		return err
	}
	if err := o.sameKey(ctx); err != nil {
		return err
	}
	return o.openVault(ctx)
}

// keySetting holds the public key of the log.
const keySetting = "log_key"

// sameKey refuses a node that would sign the log with a key of its own.
func (o *open) sameKey(ctx context.Context) error {
	err := o.once(ctx, keySetting, func() error { return o.store.SetSetting(ctx, keySetting, o.vkey) })
	if err != nil {
		return err
	}
	kept, err := o.store.Setting(ctx, keySetting)
	if err == nil && kept != o.vkey {
		err = fault.New(fault.Refused, "cmd.other_key", "The log of this house is signed with another key. Put the notary.key of its first node into the folder {folder}.").With("folder", o.place.Data)
	}
	return err
}

// taken takes up what an old leader had in hand.
func (o *open) taken(ctx context.Context) error {
	if o.rail == nil {
		return nil
	}
	return o.rail.Recover(ctx)
}

// listen hears what other nodes write: open pages are told, and the worker looks
// whether there is anything to do.
func (o *open) listen(ctx context.Context) {
	var woken time.Time
	wake := func() {
		if time.Since(woken) > wakeEvery { // others may write many times a second
			woken = time.Now()
			o.worker.Wake()
		}
	}
	o.store.Listen(ctx, store.Ears{
		Heard: func(from, to int64) {
			if err := o.house.Heard(ctx, from, to); err != nil && ctx.Err() == nil {
				o.log.WarnContext(ctx, "open pages were not told of what another node wrote", slog.Any("error", err))
			}
			wake()
		},
		Missed: func() {
			o.house.HeardAll()
			wake()
		},
	})
}

// followClock keeps the test clock where another node has moved it.
func (o *open) followClock(ctx context.Context) {
	tick := time.NewTicker(clockEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			o.clock.follow(ctx)
		}
	}
}

// leads reports whether this node leads; one that cannot tell does not.
func (o *open) leads(ctx context.Context) bool {
	lead, err := o.leader.Lead(ctx)
	return err == nil && lead
}
