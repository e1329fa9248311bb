package assurance

import (
	"context"
	"fmt"

	"fondaco/internal/trade/control"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/treasury"
)

// approvalRows compares the approvals that pages list with what the log says.
func (a Audit) approvalRows(ctx context.Context, f *folding) (*Check, error) {
	return view[control.Approval, ApprovalRow]{
		name: "approvals are as their events say", said: f.approvals, of: ApprovalViewOf, line: approvalLine,
		page: func(before string) ([]ApprovalRow, error) {
			return a.Store.ApprovalRows(ctx, ApprovalQuery{Before: before, Limit: auditPage})
		},
		id: func(r ApprovalRow) string { return r.ID },
	}.check()
}

// view is a list that pages show, and what the log says of the same.
type view[S, R any] struct {
	name string
	said map[string]S // by id
	of   func(S) (R, error)
	line func(R) string                   // everything that is kept of a row
	page func(before string) ([]R, error) // newest first
	id   func(R) string
}

// check compares every row that is kept with the one that should be.
func (v view[S, R]) check() (*Check, error) {
	want, kept := map[string]string{}, map[string]string{}
	for id, s := range v.said {
		row, err := v.of(s)
		if err != nil {
			return nil, err
		}
		want[id] = v.line(row)
	}
	for before := ""; ; {
		page, err := v.page(before)
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			break
		}
		for _, r := range page {
			kept[v.id(r)] = v.line(r)
		}
		before = v.id(page[len(page)-1])
	}
	c := newCheck(v.name)
	compare(c, want, kept, func(s string) string { return s })
	return c, nil
}

func approvalLine(r ApprovalRow) string {
	return fmt.Sprint(r.Party, " ", r.Person, " ", r.Subject, " ", r.Stage, " ", instant(r.ExpiresAt).UnixMicro(), " ", string(r.Body))
}

// payoutAccountRows compares the payout accounts that pages list with what the log says.
func (a Audit) payoutAccountRows(ctx context.Context, f *folding) (*Check, error) {
	return view[treasury.PayoutAccount, PayoutAccountRow]{
		name: "payout accounts are as their events say", said: f.beneficiaries, of: PayoutAccountViewOf,
		line: func(r PayoutAccountRow) string { return fmt.Sprint(r.Party, " ", r.Stage, " ", string(r.Body)) },
		page: func(before string) ([]PayoutAccountRow, error) {
			return a.Store.PayoutAccountRows(ctx, PayoutAccountQuery{Before: before, Limit: auditPage})
		},
		id: func(r PayoutAccountRow) string { return r.ID },
	}.check()
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
