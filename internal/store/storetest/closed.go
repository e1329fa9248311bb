package storetest

import (
	"reflect"
	"strings"
	"testing"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/deal"
)

// testClosed keeps states of deals that are over.
func testClosed(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b, s := t.Context(), open(t), NewScribe()
		row := func(last assurance.Record, body ...byte) assurance.DealRow {
			id := deal.ID(strings.TrimPrefix(last.Stream, "deal:"))
			r := assurance.DealRow{ID: id, Phase: deal.Closed, Version: last.Version, DraftedAt: s.at, UpdatedAt: s.at}
			r.Closed = &assurance.ClosedDeal{ID: id, Sequence: last.Sequence, Mark: -7, Body: body}
			return r
		}
		finds := func(id deal.ID, mark int64, want assurance.DealRow) {
			t.Helper()
			have, found, err := b.ClosedDeal(ctx, id, mark)
			must(t, err)
			if found != (want.Closed != nil) || found && !reflect.DeepEqual(have, *want.Closed) {
				t.Errorf("%s of mark %d: %t, %+v", id, mark, found, have)
			}
		}
		var none assurance.DealRow
		p := s.Page()
		p.Record("deal:d1", "a_fact", `{}`)
		first := row(p.Record("deal:d1", "a_fact", `{}`), 0, 255, 7)
		second := row(p.Record("deal:d2", "a_fact", `{}`), 1)
		p.Record("deal:d3", "a_fact", `{}`)
		running := assurance.DealRow{ID: "d3", Phase: deal.Agreed, Version: 1, DraftedAt: s.at, UpdatedAt: s.at}
		p.batch.Deals = []assurance.DealRow{first, second, running}
		write(t, b, p)
		finds("d1", -7, first)
		finds("d2", -7, second)
		finds("d1", 7, none)
		finds("d3", -7, none)
		finds("d", -7, none)
		p = s.Page()
		p.Record("deal:d1", "a_fact", `{}`) // by a node that knows no such rows
		write(t, b, p)
		finds("d1", -7, none)
		p = s.Page()
		third := row(p.Record("deal:d1", "a_fact", `{}`), 9, 9)
		p.batch.Deals = []assurance.DealRow{third}
		write(t, b, p)
		finds("d1", -7, third)
		for from, want := range map[int64][]assurance.DealRow{
			0: {first, second, third}, second.Closed.Sequence: {second, third}, third.Closed.Sequence: {third}, 1000: nil,
		} {
			var rows []assurance.ClosedDeal
			for _, w := range want {
				rows = append(rows, *w.Closed)
			}
			if have := got[[]assurance.ClosedDeal](t)(b.ClosedDeals(ctx, from, 9)); !reflect.DeepEqual(have, rows) {
				t.Errorf("from %d: %+v", from, have)
			}
		}
		if have := got[[]assurance.ClosedDeal](t)(b.ClosedDeals(ctx, 0, 1)); len(have) != 1 {
			t.Errorf("a page of one holds %d", len(have))
		}
	}
}
