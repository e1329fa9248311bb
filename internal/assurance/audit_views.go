package assurance

import (
	"context"
	"fmt"

	"fondaco/internal/trade/identity"
)

// approvalRows compares the approvals that pages list with what the log says.
func (a Audit) approvalRows(ctx context.Context, f *folding) (*Check, error) {
	want, kept := map[string]string{}, map[string]string{}
	for id, approval := range f.approvals {
		row, err := ApprovalViewOf(approval)
		if err != nil {
			return nil, err
		}
		want[id] = approvalLine(row)
	}
	for before := ""; ; {
		page, err := a.Store.ApprovalRows(ctx, ApprovalQuery{Before: before, Limit: auditPage})
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			break
		}
		for _, r := range page {
			kept[r.ID] = approvalLine(r)
		}
		before = page[len(page)-1].ID
	}
	c := newCheck("approvals are as their events say")
	compare(c, want, kept, func(s string) string { return s })
	return c, nil
}

func approvalLine(r ApprovalRow) string {
	return fmt.Sprint(r.Party, " ", r.Person, " ", r.Subject, " ", r.Stage, " ", instant(r.ExpiresAt).UnixMicro(), " ", string(r.Body))
}

// payoutAccountRows compares the payout accounts that pages list with what the log says.
func (a Audit) payoutAccountRows(ctx context.Context, f *folding) (*Check, error) {
	want, kept := map[string]string{}, map[string]string{}
	line := func(r PayoutAccountRow) string { return fmt.Sprint(r.Party, " ", r.Stage, " ", string(r.Body)) }
	for id, account := range f.beneficiaries {
		row, err := PayoutAccountViewOf(account)
		if err != nil {
			return nil, err
		}
		want[id] = line(row)
	}
	for before := ""; ; {
		page, err := a.Store.PayoutAccountRows(ctx, PayoutAccountQuery{Before: before, Limit: auditPage})
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			break
		}
		for _, r := range page {
			kept[r.ID] = line(r)
		}
		before = page[len(page)-1].ID
	}
	c := newCheck("payout accounts are as their events say")
	compare(c, want, kept, func(s string) string { return s })
	return c, nil
}

// seat is a person's place: a company and a role, or an office.
type seat struct {
	Party  identity.PartyID
	Role   identity.Role
	Office identity.Office
}

// seatRows compares who may act for whom with what companies and the house have
// decided: a role that was written into the database by hand is found here.
func (a Audit) seatRows(ctx context.Context, f *folding) (*Check, error) {
	want, kept := map[identity.PersonID]seat{}, map[identity.PersonID]seat{}
	for id, o := range f.organisations {
		for _, m := range o.Members {
			want[m.Person] = seat{Party: id, Role: m.Role, Office: identity.Member}
		}
	}
	for _, p := range f.staff.People {
		want[p.Person] = seat{Office: p.Office}
	}
	for after := identity.PersonID(""); ; {
		page, err := a.Store.Persons(ctx, PersonQuery{After: after, Limit: auditPage})
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			break
		}
		for _, p := range page {
			if s := (seat{Party: p.Party, Role: p.Role, Office: p.Office}); s != (seat{Office: identity.Member}) {
				kept[p.ID] = s // others belong to nobody any more
			}
		}
		after = page[len(page)-1].ID
	}
	c := newCheck("everybody has the role and the office that were decided")
	compare(c, want, kept, func(s seat) seat { return s })
	return c, nil
}
