package assurance_test

import (
	"reflect"
	"slices"
	"testing"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
)

func TestAStoryIsTheDealAndItsHistory(t *testing.T) {
	t.Parallel()
	p := setup(t)
	ids := []deal.ID{p.offered(), p.agreed(), p.delivered()}
	for _, by := range []identity.Actor{p.buyer, p.seller, office(identity.Compliance), office(identity.Mediator)} {
		states, err := p.States(p.ctx, by, append(slices.Clone(ids), ids[0]))
		p.must(err)
		if len(states) != len(ids) {
			t.Errorf("%d states of %d deals", len(states), len(ids))
		}
		for _, id := range ids {
			s, facts, err := p.Story(p.ctx, by, id)
			p.must(err)
			alone, err := p.Deal(p.ctx, by, id)
			p.must(err)
			if !reflect.DeepEqual(s, alone) || !reflect.DeepEqual(states[id], alone) {
				t.Errorf("%s for %s: %+v, among others %+v, by itself %+v", id, by, s, states[id], alone)
			}
			history, err := p.History(p.ctx, by, id)
			p.must(err)
			records, err := p.store.Records(p.ctx, id.Stream(), 0)
			p.must(err)
			if !reflect.DeepEqual(facts, history) || len(facts) != len(records) {
				t.Errorf("%s: %d facts, %d in its history, %d records", id, len(facts), len(history), len(records))
			}
			for i, r := range records {
				if f, err := assurance.FactOf(r, by); err != nil || !reflect.DeepEqual(f, facts[i]) {
					t.Errorf("%s, fact %d: %+v, %v", id, i, f, err)
				}
			}
		}
	}
	for _, id := range []deal.ID{ids[2], "none"} {
		_, _, err := p.Story(p.ctx, p.member("Curious Ltd", "FR"), id)
		p.refused(err, "deal.not_found")
		_, err = p.States(p.ctx, p.member("Nosy Ltd", "FR"), []deal.ID{id})
		p.refused(err, "deal.not_found")
	}
	_, err := p.States(p.ctx, p.buyer, []deal.ID{ids[0], "none"})
	p.refused(err, "deal.not_found")
	if none, err := p.States(p.ctx, p.buyer, nil); err != nil || len(none) > 0 {
		t.Errorf("of none: %v, %v", none, err)
	}
}

func TestWhatIsAwaitedIsWhatIsMissing(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.offered()
	paid, untouched := p.agreed(), p.agreed()
	p.funded()
	p.book(p.notice(paid, usd(40_000)))
	rows, err := p.Awaited(p.ctx, p.buyer, 0)
	p.must(err)
	var have []deal.ID
	for _, row := range rows {
		have = append(have, row.Deal)
		if s := p.state(row.Deal); row.Title != s.Terms.Title || row.Missing.Minor() != s.Missing() || row.Missing.Currency() != s.Terms.Currency || row.Missing.IsZero() {
			t.Errorf("%+v of a deal that misses %d", row, s.Missing())
		}
	}
	slices.Sort(have)
	want := []deal.ID{paid, untouched}
	slices.Sort(want)
	if !slices.Equal(have, want) {
		t.Errorf("%v await the price, not %v", have, want)
	}
	if rows, err = p.Awaited(p.ctx, p.buyer, 1); err != nil || len(rows) != 1 {
		t.Errorf("the newest: %v, %v", rows, err)
	}
	if rows, err = p.Awaited(p.ctx, p.seller, 0); err != nil || len(rows) > 0 {
		t.Errorf("from the seller: %v, %v", rows, err)
	}
	for _, by := range []identity.Actor{rail(), {}, office(identity.Treasury)} {
		_, err := p.Awaited(p.ctx, by, 0)
		p.refused(err, "house.forbidden")
	}
}
