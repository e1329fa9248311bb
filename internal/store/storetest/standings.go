package storetest

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
)

func testStandings(t *testing.T, open func(*testing.T) Backend) {
	t.Run("tidings are what bears on standing, in order", testTidings(open))
	t.Run("standings are saved whole or not at all", testSavedStandings(open))
	t.Run("standings are listed by party", testStandingRows(open))
	t.Run("what is shown of a standing belongs to the newest", testShownStandings(open))
	t.Run("ratings are listed in order of time", testRatings(open))
	t.Run("reviews are listed newest first", testReviews(open))
	t.Run("a review is revealed, hidden and shown again", testChangedReviews(open))
	t.Run("two nodes save at once", testSavesOfTwo(open))
}

func testTidings(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b, s := t.Context(), open(t), NewScribe()
		if have := got[[]assurance.Record](t)(b.Tidings(ctx, -1, 9)); len(have) > 0 {
			t.Errorf("a new house has %+v", have)
		}
		kinds := append([]string{"drafted", "closed_not", "Closed", "review_written", "profile_submitted"}, assurance.TidingKinds()...)
		var want []assurance.Record
		for round := range 3 {
			p := s.Page()
			for i, kind := range kinds {
				r := p.Record(fmt.Sprintf("deal:%d-%d", round, i), kind, `{"note":"茶"}`)
				if slices.Contains(assurance.TidingKinds(), kind) {
					want = append(want, r)
				}
			}
			write(t, b, p)
		}
		if have := got[[]assurance.Record](t)(b.Tidings(ctx, -1, 99)); !reflect.DeepEqual(have, want) {
			t.Errorf("got %+v, want %+v", have, want)
		}
		var pages []assurance.Record
		for after := int64(-1); ; {
			page := got[[]assurance.Record](t)(b.Tidings(ctx, after, 5))
			if len(page) == 0 {
				break
			}
			if len(page) > 5 {
				t.Fatalf("a page of %d", len(page))
			}
			pages, after = append(pages, page...), page[len(page)-1].Sequence
		}
		if !reflect.DeepEqual(pages, want) {
			t.Errorf("page by page: %+v", pages)
		}
	}
}

func standing(party identity.PartyID, value int, at time.Time) assurance.StandingRow {
	return assurance.StandingRow{
		Party: party, State: "rated", Value: value, Confidence: 9_000, Deals: 14, At: at, Body: fmt.Appendf(nil, `{"note":"茶","value":%d}`, value),
	}
}

func rating(of deal.ID, from, to identity.PartyID, value int, at time.Time) assurance.RatingRow {
	return assurance.RatingRow{Deal: of, From: from, To: to, Value: value, Weight: 1_500, At: at}
}

func testSavedStandings(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b, at := t.Context(), open(t), NewScribe().at
		mark := func(want int64) {
			t.Helper()
			if have := got[int64](t)(b.StandingMark(ctx)); have != want {
				t.Errorf("the mark is %d, want %d", have, want)
			}
		}
		mark(-1)
		refused(t, second(b.Standing(ctx, "p1")), fault.NotFound, "standing.none")
		must(t, b.SaveStandings(ctx, assurance.StandingSave{Mark: -1}))
		mark(-1)
		must(t, b.SaveStandings(ctx, assurance.StandingSave{Mark: 0}))
		mark(0)
		first := standing("p1", 7_000, at)
		must(t, b.SaveStandings(ctx, assurance.StandingSave{
			Mark: 41, Rows: []assurance.StandingRow{standing("p1", 1, at), first},
			Ratings: []assurance.RatingRow{rating("d1", "p1", "p2", 10_000, at), rating("d1", "p1", "p2", -10_000, at)},
		}))
		mark(41)
		for name, bad := range map[string]assurance.StandingSave{
			"a rating of oneself":    {Mark: 50, Rows: []assurance.StandingRow{standing("p1", 2, at)}, Ratings: []assurance.RatingRow{rating("d2", "p1", "p1", 1, at)}},
			"a rating out of bounds": {Mark: 50, Rows: []assurance.StandingRow{standing("p1", 2, at)}, Ratings: []assurance.RatingRow{rating("d2", "p1", "p2", 10_001, at)}},
		} {
			if err := b.SaveStandings(ctx, bad); fault.CodeOf(err) != "store.constraint" {
				t.Errorf("%s: %v", name, err)
			}
		}
		b = b.Reopen(t)
		mark(41)
		if have := got[assurance.StandingRow](t)(b.Standing(ctx, "p1")); !reflect.DeepEqual(have, first) {
			t.Errorf("got %+v, want %+v", have, first)
		}
		if have := got[[]assurance.RatingRow](t)(b.Ratings(ctx, assurance.RatingRow{}, 9)); !slices.Equal(have, []assurance.RatingRow{rating("d1", "p1", "p2", -10_000, at)}) {
			t.Errorf("got %+v", have)
		}
		must(t, b.SaveStandings(ctx, assurance.StandingSave{Mark: -1, Rows: []assurance.StandingRow{standing("p2", 5, at)}}))
		mark(41)
		must(t, b.SaveStandings(ctx, assurance.StandingSave{Mark: 3})) // whoever works it all out again begins anew
		mark(3)
	}
}

func testShownStandings(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b, at := t.Context(), open(t), NewScribe().at
		shows := func(what string, want assurance.StandingRow, found bool) {
			t.Helper()
			have, short, err := b.StandingShown(ctx, "p1")
			must(t, err)
			if short != found || !reflect.DeepEqual(have, want) {
				t.Errorf("%s: %t %+v, want %t %+v", what, short, have, found, want)
			}
		}
		shows("nobody", assurance.StandingRow{}, false)
		save := func(value int, at time.Time, shown string) assurance.StandingRow {
			t.Helper()
			row := standing("p1", value, at)
			row.Shown = []byte(shown)
			must(t, b.SaveStandings(ctx, assurance.StandingSave{Mark: 1, Rows: []assurance.StandingRow{row}}))
			row.Body, row.Shown = []byte(shown), nil
			return row
		}
		shows("the first", save(1, at, `{"茶":1}`), true)
		shows("the next", save(2, at.Add(time.Second), `{"茶":2}`), true)
		b = b.Reopen(t)
		shows("after a restart", save(3, at.Add(2*time.Second), `{"茶":3}`), true)
		save(4, at.Add(3*time.Second), "") // by whoever has nothing to show
		shows("nothing", assurance.StandingRow{}, false)
		whole := got[assurance.StandingRow](t)(b.Standing(ctx, "p1"))
		if whole.Value != 4 || whole.Shown != nil {
			t.Errorf("the whole is %+v", whole)
		}
	}
}

func testStandingRows(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b, at := t.Context(), open(t), NewScribe().at
		var rows []assurance.StandingRow
		for i := range 200 { // more than one statement takes on either database
			rows = append(rows, standing(identity.PartyID(fmt.Sprintf("p%03d", i)), i, at.Add(time.Duration(i)*time.Second)))
		}
		fresh := assurance.StandingRow{Party: "q", State: "new", At: at, Body: []byte(`{}`)}
		rows = append(rows, fresh)
		shuffled := slices.Clone(rows)
		slices.Reverse(shuffled)
		must(t, b.SaveStandings(ctx, assurance.StandingSave{Mark: 1, Rows: shuffled}))
		changed := standing("p007", -250, at.Add(time.Hour))
		changed.State = "new"
		rows[7] = changed
		must(t, b.SaveStandings(ctx, assurance.StandingSave{Mark: 2, Rows: rows[7:8]}))
		var have []assurance.StandingRow
		for after := identity.PartyID(""); ; {
			page := got[[]assurance.StandingRow](t)(b.StandingRows(ctx, after, 64))
			if len(page) == 0 {
				break
			}
			have, after = append(have, page...), page[len(page)-1].Party
		}
		if !reflect.DeepEqual(have, rows) {
			t.Errorf("got %d rows: %+v", len(have), have)
		}
		if v := got[assurance.StandingRow](t)(b.Standing(ctx, "p007")); !reflect.DeepEqual(v, changed) {
			t.Errorf("got %+v", v)
		}
	}
}

func testRatings(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b, at := t.Context(), open(t), NewScribe().at
		rows := []assurance.RatingRow{
			rating("d9", "b", "a", 5_000, at.Add(-time.Hour)), rating("d1", "a", "b", 1, at), rating("d1", "b", "a", -10_000, at),
			rating("d2", "a", "c", 10_000, at), rating("d0", "c", "a", 0, at.Add(time.Microsecond)),
		}
		must(t, b.SaveStandings(ctx, assurance.StandingSave{Ratings: rows[2:]}))
		must(t, b.SaveStandings(ctx, assurance.StandingSave{Ratings: []assurance.RatingRow{rows[1], rating("d9", "b", "a", 7, at)}}))
		must(t, b.SaveStandings(ctx, assurance.StandingSave{Ratings: rows[:1]})) // replaces the one above
		for limit := 1; limit <= 6; limit++ {
			var have []assurance.RatingRow
			for after := (assurance.RatingRow{}); ; {
				page := got[[]assurance.RatingRow](t)(b.Ratings(ctx, after, limit))
				if len(page) == 0 {
					break
				}
				have, after = append(have, page...), page[len(page)-1]
			}
			if !slices.Equal(have, rows) {
				t.Errorf("%d at a time: %+v", limit, have)
			}
		}
	}
}

func review(of deal.ID, from, to identity.PartyID, written, revealed time.Time) assurance.ReviewRow {
	return assurance.ReviewRow{Deal: of, From: from, To: to, WrittenAt: written, RevealedAt: revealed, Body: []byte(`{"text":"茶 ` + string(of) + `"}`)}
}

func testReviews(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b, s := t.Context(), open(t), NewScribe()
		day := func(n int) time.Time { return s.at.Add(time.Duration(n) * 24 * time.Hour) }
		var sealed time.Time
		keep(t, b, s, func(b *assurance.Batch) {
			b.Reviews = []assurance.ReviewRow{ // a deal that began first may end last
				review("d1", "a", "b", day(9), day(9)), review("d1", "b", "a", day(3), day(9)), review("d2", "c", "b", day(5), sealed),
				review("d3", "b", "a", day(5), day(7)), review("d4", "b", "c", day(5), sealed), review("d5", "c", "b", day(1), day(8)),
			}
		})
		for _, c := range []struct {
			query assurance.ReviewQuery
			want  string
		}{
			{assurance.ReviewQuery{To: "b"}, "d1a d2c d5c"},
			{assurance.ReviewQuery{To: "b", Revealed: true}, "d1a d5c"},
			{assurance.ReviewQuery{To: "b", Limit: 1}, "d1a"},
			{assurance.ReviewQuery{To: "b", Before: "d1", Limit: 1}, "d2c"},
			{assurance.ReviewQuery{To: "b", Before: "d2"}, "d5c"},
			{assurance.ReviewQuery{To: "b", Before: "d1", Revealed: true}, "d5c"},
			{assurance.ReviewQuery{To: "b", Before: "d5"}, ""},
			{assurance.ReviewQuery{To: "b", Before: "unknown"}, ""},
			{assurance.ReviewQuery{From: "b"}, "d4b d3b d1b"},
			{assurance.ReviewQuery{From: "b", Before: "d4"}, "d3b d1b"},
			{assurance.ReviewQuery{From: "b", To: "a"}, "d3b d1b"},
			{assurance.ReviewQuery{From: "b", To: "a", Before: "d3"}, "d1b"},
			{assurance.ReviewQuery{From: "b", Revealed: true}, "d3b d1b"},
			{assurance.ReviewQuery{Deal: "d1"}, "d1a d1b"},
			{assurance.ReviewQuery{Deal: "d1", From: "b"}, "d1b"},
			{assurance.ReviewQuery{Deal: "d2", Revealed: true}, ""},
			{assurance.ReviewQuery{To: "d"}, ""},
		} {
			if c.query.Limit == 0 {
				c.query.Limit = 9
			}
			var found []string
			for _, v := range got[[]assurance.ReviewRow](t)(b.Reviews(ctx, c.query)) {
				found = append(found, string(v.Deal)+string(v.From))
			}
			if have := strings.Join(found, " "); have != c.want {
				t.Errorf("%+v: got %q, want %q", c.query, have, c.want)
			}
		}
		// Whoever forgets to say whose reviews must not be shown sealed ones of everybody.
		refused(t, second(b.Reviews(ctx, assurance.ReviewQuery{Revealed: true, Limit: 9})), fault.Internal, "store.broken")
	}
}

func testChangedReviews(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b, s := t.Context(), open(t), NewScribe()
		row, other := review("d1", "a", "b", s.at, time.Time{}), review("d1", "b", "a", s.at.Add(time.Second), time.Time{})
		keep(t, b, s, func(b *assurance.Batch) { b.Reviews = []assurance.ReviewRow{row, other} })
		for _, change := range []func(){
			func() { row.RevealedAt = s.at.Add(time.Hour) },
			func() { row.Hidden, row.Body = true, []byte(`{}`) },
			func() { row.Hidden, row.Body = false, []byte(`{"text":"again"}`) },
		} {
			change()
			keep(t, b, s, func(b *assurance.Batch) { b.Reviews = []assurance.ReviewRow{row} })
			if have := got[[]assurance.ReviewRow](t)(b.Reviews(ctx, assurance.ReviewQuery{Deal: "d1", Limit: 9})); !reflect.DeepEqual(have, []assurance.ReviewRow{other, row}) {
				t.Errorf("got %+v, want %+v", have, row)
			}
		}
	}
}

// testSavesOfTwo lets two nodes save the same rows, in opposite orders.
func testSavesOfTwo(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		b := open(t)
		ctx, at := t.Context(), NewScribe().at
		failed := make(chan error, 2)
		for n, node := range []Backend{b, b.Beside(t)} {
			var save assurance.StandingSave
			for i := range 500 {
				party := identity.PartyID(fmt.Sprintf("p%03d", i))
				save.Rows = append(save.Rows, standing(party, n, at))
				save.Ratings = append(save.Ratings, rating(deal.ID(fmt.Sprintf("d%d", i)), party, "q", n, at))
			}
			if save.Mark = int64(n); n == 1 {
				slices.Reverse(save.Rows)
				slices.Reverse(save.Ratings)
			}
			go func() {
				for range 3 {
					if err := node.SaveStandings(ctx, save); err != nil {
						failed <- err
						return
					}
				}
				failed <- nil
			}()
		}
		for range 2 {
			must(t, <-failed)
		}
		// One of the two was last, and all of it is there.
		last := int(got[int64](t)(b.StandingMark(ctx)))
		rows, ratings := got[[]assurance.StandingRow](t)(b.StandingRows(ctx, "", 999)), got[[]assurance.RatingRow](t)(b.Ratings(ctx, assurance.RatingRow{}, 999))
		if len(rows) != 500 || len(ratings) != 500 {
			t.Fatalf("%d rows, %d ratings", len(rows), len(ratings))
		}
		for i := range rows {
			if rows[i].Value != last || ratings[i].Value != last {
				t.Errorf("%+v and %+v beside the mark %d", rows[i], ratings[i], last)
			}
		}
	}
}
