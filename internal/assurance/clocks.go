package assurance

import (
	"context"
	"fmt"
	"strings"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/ledger"
	"fondaco/internal/trade/treasury"
)

// Lapse carries out the default outcome of a clock that has run out. It is an
// ordinary command: if somebody acted in time, it is refused and nothing happens.
func (h *House) Lapse(ctx context.Context, c ClockRow) (Receipt, error) {
	call := Call{By: identity.HouseClock()}
	kind, id, _ := strings.Cut(c.Stream, ":")
	switch kind {
	case "deal":
		return h.Act(ctx, call, deal.ID(id), deal.Lapse{Clock: deal.ClockName(c.Clock), Ref: c.Ref})
	case "deposit":
		return h.ReturnDeposit(ctx, call, id, "nobody claimed it in time")
	case "payout":
		return h.stepPayout(ctx, call, "expire_payout", id, nil, func(p treasury.Payout, now time.Time) (treasury.PayoutEvent, ledger.Transfer, error) {
			return p.Expire(now)
		})
	case "payout_account":
		return h.lapseAccount(ctx, call, id)
	case "case":
		return h.lapseCase(ctx, call, id)
	case "review":
		return h.lapseReviews(ctx, call, id)
	case "party":
		return h.organise(ctx, call, identity.PartyID(id), identity.ExpireProfile{}, nil, nil)
	}
	return Receipt{}, fault.New(fault.Internal, "house.unknown_clock", "No rule for the clock of {stream}.").With("stream", c.Stream)
}

// DueClocks lists the clocks that have run out, the earliest first.
func (h *House) DueClocks(ctx context.Context, limit int) ([]ClockRow, error) {
	return h.cfg.Store.DueClocks(ctx, h.Now(), limit)
}

// OutageHeld records a span in which the house could not serve. The payload is evidence.
type OutageHeld struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Kind is the name of the event in the evidence log.
func (OutageHeld) Kind() string { return "outage_recorded" }

// outageSetting holds an outage whose effect has not reached every deal yet.
const outageSetting = "outage"

// RecordOutage lengthens every running clock of every open deal by the time in
// which the house was down. Until all deals have been told, no clock lapses.
func (h *House) RecordOutage(ctx context.Context, call Call, from, to time.Time) error {
	if call.By.Office != identity.Administrator && call.By.Office != identity.Clock {
		return forbidden()
	}
	from, to = from.UTC().Truncate(time.Microsecond), to.UTC().Truncate(time.Microsecond)
	if !to.After(from) || to.After(h.committer.believed()) {
		return fault.New(fault.Invalid, "deal.bad_outage", "An outage ends after it begins, and has ended.").At("to")
	}
	if err := h.FinishOutage(ctx); err != nil {
		return err // an earlier one comes first
	}
	pending := fmt.Sprintf("%d %d %s", from.UnixMicro(), to.UnixMicro(), call.By)
	if err := h.cfg.Store.SetSetting(ctx, outageSetting, pending); err != nil {
		return err
	}
	return h.FinishOutage(ctx)
}

// readOutage takes the parts out of the setting: when it began and ended, and who said so.
func readOutage(pending string) (OutageHeld, identity.Actor, error) {
	var from, to int64
	var who string
	_, err := fmt.Sscanf(pending, "%d %d %s", &from, &to, &who)
	if err != nil {
		return OutageHeld{}, identity.Actor{}, fault.New(fault.Internal, "house.bad_outage", "A recorded outage cannot be read.").Because(err)
	}
	by, err := identity.ParseActor(who)
	return OutageHeld{From: time.UnixMicro(from).UTC(), To: time.UnixMicro(to).UTC()}, by, err
}

// FinishOutage tells a recorded outage to the deals that have not heard of it.
// It may be repeated: a pause told twice counts once.
func (h *House) FinishOutage(ctx context.Context) error {
	pending, err := h.cfg.Store.Setting(ctx, outageSetting)
	if err != nil || pending == "" {
		return err
	}
	outage, by, err := readOutage(pending)
	if err != nil {
		return err
	}
	stream := "outage:" + h.cfg.NewID()
	call := Call{By: by, Key: "outage:" + pending} // said once, however often this is finished
	_, err = h.do(ctx, ask{call: call, command: "record_outage", stream: "", input: pending, run: func(u *unit) (*Receipt, error) {
		return &Receipt{ID: stream, Version: 1, State: "recorded"}, u.record(stream, 0, outage)
	}})
	if err != nil {
		return err
	}
	cmd := deal.RecordOutage(outage)
	for after := ""; ; {
		ids, err := h.cfg.Store.OpenDeals(ctx, after, pageMax)
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			return h.cfg.Store.SetSetting(ctx, outageSetting, "")
		}
		for _, id := range ids {
			call := Call{By: identity.HouseClock(), Key: "outage:" + pending + ":" + id}
			_, err := h.Act(ctx, call, deal.ID(id), cmd)
			if code := fault.CodeOf(err); err != nil && code != "deal.wrong_phase" && code != "deal.not_found" {
				return err // drafts and deals just closed have no clocks to lengthen
			}
		}
		after = ids[len(ids)-1]
	}
}
