package worker

import (
	"context"
	"log/slog"
)

// lead reports whether this node does the work of this pass.
func (w *Worker) lead(ctx context.Context) (bool, error) {
	lead, err := true, error(nil)
	if w.Lead != nil {
		lead, err = w.Lead(ctx)
	}
	switch {
	case err != nil || !lead:
		if w.leading {
			w.Log.WarnContext(ctx, "this node does not lead any more", slog.Any("error", err))
		}
		// What this node remembers of an alarm is the next leader's to see to.
		w.leading, w.alarmed, w.cleared = false, false, false
		return false, err
	case w.leading:
		return true, nil
	}
	if w.Gained != nil {
		if err := w.Gained(ctx); err != nil {
			return false, err
		}
	}
	if w.Lead != nil {
		w.Log.InfoContext(ctx, "this node leads")
	}
	w.leading = true
	return true, nil
}
