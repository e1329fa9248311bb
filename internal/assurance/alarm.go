package assurance

import (
	"context"
	"log/slog"

	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
)

// clockAlarmSetting keeps the alarm over restarts.
const clockAlarmSetting = "clock_suspect"

// ClockAlarm says why the house does not trust its own clock, or "". While there
// is an alarm, no deadline lapses; people may act as ever, and
// what they do is dated by the time that has truly passed.
func (h *House) ClockAlarm(ctx context.Context) (string, error) {
	return h.cfg.Store.Setting(ctx, clockAlarmSetting)
}

// RaiseClockAlarm stops deadlines from lapsing until an administrator clears the
// alarm. An alarm that stands already keeps its reason.
func (h *House) RaiseClockAlarm(ctx context.Context, why string) error {
	standing, err := h.ClockAlarm(ctx)
	if err != nil || standing != "" {
		return err
	}
	h.cfg.Log.ErrorContext(ctx, "clock alarm", slog.String("why", why))
	return h.cfg.Store.SetSetting(ctx, clockAlarmSetting, why)
}

// ClearClockAlarm says that the clock is right again, by an administrator. It
// fails with house.no_alarm (Conflict) if there is none.
func (h *House) ClearClockAlarm(ctx context.Context, by identity.Actor) error {
	if by.Office != identity.Administrator {
		return forbidden()
	}
	why, err := h.ClockAlarm(ctx)
	if err != nil {
		return err
	}
	if why == "" {
		return fault.New(fault.Conflict, "house.no_alarm", "The clock is trusted; there is nothing to clear.")
	}
	h.cfg.Log.WarnContext(ctx, "clock alarm cleared", slog.String("actor", by.String()), slog.String("why", why))
	if err := h.cfg.Store.SetSetting(ctx, clockAlarmSetting, ""); err != nil {
		return err
	}
	h.committer.trustClock()
	return h.enterIntervention(ctx, by, Intervened{Act: "clear_clock_alarm", Cause: why})
}
