package assurance

import (
	"context"

	"fondaco/internal/trade/identity"
)

// GivenUp lists messages that were tried until nobody believed in them any more,
// for administrators and auditors; anybody else gets Forbidden. The house keeps
// them for a person to look at.
func (h *House) GivenUp(ctx context.Context, by identity.Actor, limit int) ([]Message, error) {
	if by.Office != identity.Administrator && by.Office != identity.Auditor {
		return nil, forbidden()
	}
	return h.cfg.Store.DeadMessages(ctx, pageSize(limit))
}
