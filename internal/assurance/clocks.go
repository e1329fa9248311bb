package assurance

import (
	"context"
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
