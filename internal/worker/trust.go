package worker

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/identity"
)

// heartbeatSetting holds when the house was last seen alive: microseconds of its
// own clock since 1970.
const heartbeatSetting = "heartbeat"

// watchFromNow makes this moment the one that the jump guard compares with.
func (w *Worker) watchFromNow() { w.wall, w.ticks = w.Wall().Round(0), w.Monotonic() }

// jumped is by how much the machine's clock was set forward since the guard began
// to watch; zero in a sandbox, and when it was set back, which only delays.
func (w *Worker) jumped() time.Duration {
	if w.Sandbox {
		return 0
	}
	ahead := w.Wall().Round(0).Sub(w.wall) - (w.Monotonic() - w.ticks)
	if ahead <= w.JumpMax {
		return 0
	}
	return ahead
}

// trust decides whether the house's clock may end deadlines, and records the
// outage that lies behind. It sets r.Paused if not.
func (w *Worker) trust(ctx context.Context, r *Report) error {
	if w.Sandbox {
		return w.beat(ctx)
	}
	why, err := w.House.ClockAlarm(ctx)
	if err != nil {
		return err
	}
	if why != "" {
		w.alarmed, r.Paused = true, why
		return nil
	}
	if w.alarmed { // an administrator has looked, so the clock as it is now is the true one
		w.alarmed, w.cleared = false, true
		w.watchFromNow()
	}
	if ahead := w.jumped(); ahead > 0 {
		return w.alarm(ctx, r, jumpText(ahead))
	}
	now := w.House.Now()
	last, err := w.lastBeat(ctx)
	if err != nil {
		return err
	}
	gap := now.Sub(last)
	switch {
	case last.IsZero() || gap <= w.OutageAfter:
	case gap > w.OutageMax && !w.cleared:
		return w.alarm(ctx, r, fmt.Sprintf("the clock is %s after the last heartbeat: a long outage, or a wrong clock", gap.Round(time.Second)))
	default:
		w.Log.WarnContext(ctx, "outage recorded", slog.Time("from", last), slog.Time("to", now))
		if err := w.House.BeginOutage(ctx, assurance.Call{By: identity.HouseClock()}, last, now); err != nil {
			return err
		}
		r.Outage = true
	}
	w.cleared = false
	return w.beat(ctx)
}

func jumpText(ahead time.Duration) string {
	return fmt.Sprintf("the clock was set forward by %s", ahead.Round(time.Second))
}

func (w *Worker) alarm(ctx context.Context, r *Report, why string) error {
	r.Paused = why
	w.Log.ErrorContext(ctx, "no deadline lapses", slog.String("why", why))
	err := w.House.RaiseClockAlarm(ctx, why)
	w.alarmed = err == nil // an alarm that nobody can see is not one that somebody has cleared
	return err
}

func (w *Worker) lastBeat(ctx context.Context) (time.Time, error) {
	text, err := w.Schedule.Setting(ctx, heartbeatSetting)
	if err != nil || text == "" {
		return time.Time{}, err
	}
	micro, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		w.Log.ErrorContext(ctx, "heartbeat cannot be read; it begins anew", slog.String("heartbeat", text))
		return time.Time{}, nil
	}
	return time.UnixMicro(micro).UTC(), nil
}

// beatEvery spares the disk, and keeps a long pass from looking like an outage.
const beatEvery = 10 * time.Second

// beat writes the heartbeat, unless the last one is fresh.
func (w *Worker) beat(ctx context.Context) error {
	now := w.House.Now()
	if !now.Before(w.beaten) && now.Sub(w.beaten) < beatEvery {
		return nil
	}
	if err := BeatAt(ctx, w.Schedule, now); err != nil {
		return err
	}
	w.beaten = now
	return nil
}

// BeatAt writes when the house was last seen alive. Nobody but a worker does so, or who
// wants to see what a house does that was down since then.
func BeatAt(ctx context.Context, s assurance.Schedule, at time.Time) error {
	return s.SetSetting(ctx, heartbeatSetting, strconv.FormatInt(at.UnixMicro(), 10))
}

func (w *Worker) beatInPass(ctx context.Context, r *Report) error {
	if r.Paused != "" || w.jumped() > 0 {
		return nil
	}
	return w.beat(ctx)
}

// standIn writes the heartbeat of a house whose leader hangs or changes, while
// another node, this one, serves: what is not down is no outage. It writes only
// what is late and not yet an outage, so that it can never hide one.
func (w *Worker) standIn(ctx context.Context) error {
	if w.Sandbox || w.jumped() > 0 {
		return nil
	}
	last, err := w.lastBeat(ctx)
	gap := w.House.Now().Sub(last)
	if err != nil || gap <= w.OutageAfter/standInAt || gap > w.OutageAfter {
		return err
	}
	if why, err := w.House.ClockAlarm(ctx); err != nil || why != "" {
		return err
	}
	return w.beat(ctx)
}

// standInAt is after which part of OutageAfter a heartbeat is late.
const standInAt = 5
