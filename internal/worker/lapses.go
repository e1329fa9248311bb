package worker

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"golang.org/x/sync/errgroup"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
)

// page is how many clocks or messages are read at one time.
const page = 200

// clockKey names one run of one clock.
type clockKey struct {
	stream, clock, ref string
	at                 int64 // microseconds
}

func keyOf(c assurance.ClockRow) clockKey {
	return clockKey{c.Stream, c.Clock, c.Ref, c.At.UnixMicro()}
}

// errPaused ends the lapses of a pass; the report says why.
var errPaused = errors.New("paused")

// lapseAll ends every due clock. Each is tried once in a pass: one that is refused
// again and again cannot hold up the others.
func (w *Worker) lapseAll(ctx context.Context, r *Report) error {
	tried := map[clockKey]bool{}
	before := w.refusals
	w.refusals = map[clockKey]int{}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		// What was tried may still be due and is read again, so the page grows by it.
		rows, err := w.House.DueClocks(ctx, page+len(tried))
		if err != nil {
			return err
		}
		var fresh []assurance.ClockRow
		for _, c := range rows {
			if k := keyOf(c); !tried[k] {
				tried[k] = true
				fresh = append(fresh, c)
			}
		}
		if len(fresh) == 0 {
			return nil
		}
		if err := w.lapsePage(ctx, fresh, before, r); err != nil {
			if errors.Is(err, errPaused) {
				return nil
			}
			return err
		}
		if err := w.beatInPass(ctx, r); err != nil {
			return err
		}
	}
}

// lapsePage ends clocks, those of one stream in their order, and up to Lanes
// streams at one time.
func (w *Worker) lapsePage(ctx context.Context, rows []assurance.ClockRow, before map[clockKey]int, r *Report) error {
	var streams []string
	clocks := map[string][]assurance.ClockRow{}
	for _, c := range rows {
		if clocks[c.Stream] == nil {
			streams = append(streams, c.Stream)
		}
		clocks[c.Stream] = append(clocks[c.Stream], c)
	}
	var mu sync.Mutex // of the report and the refusals
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(w.Lanes)
	for _, stream := range streams {
		g.Go(func() error {
			for _, c := range clocks[stream] {
				code, err := w.lapse(ctx, c)
				if errors.Is(err, errPaused) {
					return w.pause(ctx, &mu, r)
				}
				if err != nil {
					return err
				}
				mu.Lock()
				w.count(ctx, c, code, before, r)
				mu.Unlock()
			}
			return nil
		})
	}
	return g.Wait()
}

// lapse ends one clock, or answers the code of why it did not. An error says that
// no other clock can lapse now either.
func (w *Worker) lapse(ctx context.Context, c assurance.ClockRow) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	ctx, cancel := w.item(ctx)
	defer cancel()
	if err := w.House.FinishOutage(ctx); err != nil {
		return "", err
	}
	// The last look at the clock comes last: a list read before it was set forward is
	// harmless, but the house dates the lapse by what the clock says from here on.
	if w.jumped() > 0 {
		return "", errPaused
	}
	_, err := w.House.Lapse(ctx, c)
	switch fault.KindOf(err) {
	case 0:
		return "", nil
	case fault.Unavailable, fault.Exhausted:
		return "", err
	case fault.Internal:
		w.Log.ErrorContext(ctx, "clock cannot lapse", slog.String("stream", c.Stream), slog.String("clock", c.Clock), slog.Any("error", fault.Of(err).Trace()))
	case fault.Conflict, fault.Refused, fault.NotFound, fault.Invalid, fault.Forbidden, fault.Unauthenticated:
	}
	return fault.CodeOf(err), nil
}

// stubborn is after how many passes a clock that is still refused is worth a warning.
const stubborn = 3

func (w *Worker) count(ctx context.Context, c assurance.ClockRow, code string, before map[clockKey]int, r *Report) {
	if code == "" {
		r.Lapsed++
		return
	}
	r.refuse(c, code)
	k := keyOf(c)
	w.refusals[k] = before[k] + 1
	if w.refusals[k] == stubborn {
		w.Log.WarnContext(ctx, "clock is due and refused again and again",
			slog.String("stream", c.Stream), slog.String("clock", c.Clock), slog.String("code", code))
	}
}

// pause raises the alarm that a lane of lapses has found a reason for.
func (w *Worker) pause(ctx context.Context, mu *sync.Mutex, r *Report) error {
	mu.Lock()
	defer mu.Unlock()
	if r.Paused == "" {
		ctx, cancel := w.item(ctx)
		defer cancel()
		if err := w.alarm(ctx, r, jumpText(w.jumped())); err != nil {
			return err
		}
	}
	return errPaused
}
