package assurance

import (
	"context"

	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/treasury"
)

// RailPayouts lists the payouts in a stage, newest first, before the given id ("" for
// the first page), for a rail only. A rail that has lost its memory learns here
// what it still has to finish.
func (h *House) RailPayouts(ctx context.Context, by identity.Actor, stage treasury.PayoutStage, before string) ([]PayoutRow, error) {
	if by.Office != identity.Rail {
		return nil, forbidden()
	}
	return h.cfg.Store.Payouts(ctx, MoneyQuery{Stage: string(stage), Before: before, Limit: pageMax})
}
