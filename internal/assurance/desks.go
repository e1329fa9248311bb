package assurance

import (
	"context"

	"fondaco/internal/trade/control"
	"fondaco/internal/trade/identity"
)

// Secured reports whether the house asks its callers for approvals and payout accounts.
func (h *House) Secured() bool { return h.cfg.Security != nil }

// StandIns lists approvals that wait for the treasury, newest first: those of
// companies that have nobody else who could agree. Only the treasury may ask.
func (h *House) StandIns(ctx context.Context, by identity.Actor) ([]control.Approval, error) {
	if err := identity.Permit(by, identity.ToConfirmPayoutAccounts); err != nil {
		return nil, err
	}
	var out []control.Approval
	for before := ""; ; {
		rows, err := h.cfg.Store.ApprovalRows(ctx, ApprovalQuery{Stage: string(control.Asked), Before: before, Limit: pageMax})
		if err != nil {
			return nil, err
		}
		old := len(rows) == 0
		for _, r := range rows {
			a, err := r.approval()
			if err != nil {
				return nil, err
			}
			if a.Alone && len(a.Consents) == 1 && !a.Over(h.Now()) && len(out) < pageMax {
				out = append(out, a)
			}
			// Numbers sort by time: what follows was asked earlier, and is over too.
			old = old || h.Now().Sub(a.AskedAt) > 2*control.TwoPersonsLife
		}
		if old || len(out) == pageMax {
			return out, nil
		}
		before = rows[len(rows)-1].ID
	}
}

// Cases lists the people whose account is closed to everybody because they said
// "this was not me", for those who may let them in again.
func (h *House) Cases(ctx context.Context, by identity.Actor) ([]Person, error) {
	if err := identity.Permit(by, identity.ToReviewAccounts); err != nil {
		return nil, err
	}
	return h.cfg.Store.Persons(ctx, PersonQuery{Disowned: true, Limit: pageMax})
}
