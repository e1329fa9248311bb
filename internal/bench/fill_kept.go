package bench

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
)

// KeptSQLite is the house that a bench has left in a folder; Remove leaves it there.
// It fails with bench.no_house, Invalid, where there is none.
func KeptSQLite(dir string) (*SQLite, error) {
	dir, err := filepath.Abs(dir)
	d := &SQLite{dir: dir, keep: true}
	if err == nil {
		_, err = os.Stat(d.file())
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "bench.no_house", "No house was kept there.").At("house").Because(err)
	}
	return d, nil
}

// KeptPostgres is the house that a bench has left in a database of its own, by the
// address that it told; Remove leaves it there.
func KeptPostgres(address string, open Opening) *Postgres {
	return &Postgres{server: address, house: address, open: open, keep: true}
}

// recall finds the companies of a kept house and counts its deals, so that it can
// be asked as if it had just been filled.
func (b *built) recall(ctx context.Context) (deals int, err error) {
	st, err := b.db.Open(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	h, err := assurance.Open(ctx, config(st))
	if err != nil {
		return 0, err
	}
	defer h.Close()
	if b.bench.companies, err = trading(ctx, h); err != nil {
		return 0, err
	}
	const atOnce = 200
	for q := (assurance.DealQuery{Limit: atOnce}); ; {
		list, err := h.Deals(ctx, auditor(), q)
		deals += len(list.Rows)
		if err != nil || list.Next == "" {
			return deals, err
		}
		q.Before = list.Next
	}
}

// trading lists the companies of a filled house that have deals, in the order in
// which they were numbered: the first half buys, the rest sells.
func trading(ctx context.Context, h *assurance.House) (out []company, err error) {
	const atOnce = 200
	for q := (assurance.PartyQuery{Limit: atOnce}); ; {
		rows, err := h.Parties(ctx, auditor(), q)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			id := row.ID
			c := company{actor: identity.MemberOf(id, identity.PersonID("clerk-"+string(id))), name: row.LegalName}
			deals, err := h.Deals(ctx, c.actor, assurance.DealQuery{Limit: 1})
			if err != nil {
				return nil, err
			}
			if len(deals.Rows) > 0 {
				out = append(out, c)
			}
		}
		if len(rows) < atOnce {
			break
		}
		q.After = rows[len(rows)-1].ID
	}
	slices.SortFunc(out, func(a, b company) int { return strings.Compare(a.name, b.name) })
	if len(out) < 2 {
		return nil, fault.New(fault.Invalid, "bench.no_house", "No house was kept there.").At("house")
	}
	return out, nil
}
