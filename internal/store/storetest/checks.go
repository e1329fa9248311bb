package storetest

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/compliance"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
)

func testChecks(t *testing.T, open func(*testing.T) Backend) {
	t.Run("the newest version of each list is in use", testListVersions(open))
	t.Run("a list comes back as it was packed", testListBodies(open))
	t.Run("a mark is taken once by a list", testTakenMarks(open))
	t.Run("cases are listed newest first", testCases(open))
	t.Run("an open case is one that two persons have to decide", testOpenCases(open))
	t.Run("an older mark never replaces a newer one", testMarks(open))
	t.Run("two nodes mark the same companies", testMarksOfTwo(open))
}

// listed is a version of a list whose body is its own text.
func listed(code, version string, mark int64, at time.Time) assurance.ListBody {
	body := []byte("packed " + code + " " + version)
	return assurance.ListBody{Body: body, ListRow: assurance.ListRow{
		Code: code, Version: version, Checksum: evidence.HashOf(body).String(), Source: "https://lists.example/" + code,
		Entries: int(mark) * 100, Bytes: int64(len(body)), Mark: mark, At: at,
	}}
}

func testListVersions(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b, s := t.Context(), open(t), NewScribe()
		if have := got[[]assurance.ListRow](t)(b.Lists(ctx)); len(have) > 0 {
			t.Errorf("a new house has %+v", have)
		}
		versions := []assurance.ListBody{
			listed("un", "2026-01-02", 1, s.at), listed("eu", "2026-01-03", 2, s.at.Add(time.Second)), listed("own:中文 list", "1", 3, s.at),
			listed("eu", "2025-12-31", 9, s.at.Add(time.Hour)), // what counts is when it came into use
			listed("un", "2026-01-04", 11, s.at),
		}
		keep(t, b, s, func(b *assurance.Batch) { b.Lists = versions[:2] })
		keep(t, b, s, func(b *assurance.Batch) { b.Lists = []assurance.ListBody{versions[4], versions[2], versions[3]} })
		want := []assurance.ListRow{versions[3].ListRow, versions[2].ListRow, versions[4].ListRow}
		if have := got[[]assurance.ListRow](t)(b.Lists(ctx)); !slices.Equal(have, want) {
			t.Errorf("got %+v, want %+v", have, want)
		}
		for _, c := range []struct {
			code  string
			limit int
			want  []assurance.ListRow
		}{
			{"eu", 9, []assurance.ListRow{versions[3].ListRow, versions[1].ListRow}},
			{"un", 1, []assurance.ListRow{versions[4].ListRow}},
			{"own:中文 list", 9, []assurance.ListRow{versions[2].ListRow}},
			{"e", 9, nil},
		} {
			if have := got[[]assurance.ListRow](t)(b.ListVersions(ctx, c.code, c.limit)); !slices.Equal(have, c.want) {
				t.Errorf("%s: got %+v", c.code, have)
			}
		}
	}
}

func testListBodies(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b, s := t.Context(), open(t), NewScribe()
		big := listed("us-csl", "odd \x00\xff date", 1, s.at)
		big.Body = bytes.Repeat([]byte{0, 0xff, 0x1f, 0x8b, '\''}, 700_000)
		big.Checksum, big.Bytes = evidence.HashOf(big.Body).String(), int64(len(big.Body))
		small, back := listed("us-csl", "second", 2, s.at), big
		back.Mark, back.Version = 3, "the first again"
		other := listed("uk", "third", 2, s.at)
		keep(t, b, s, func(b *assurance.Batch) { b.Lists = []assurance.ListBody{big} })
		keep(t, b, s, func(b *assurance.Batch) { b.Lists = []assurance.ListBody{small, other} })
		read := func(code, checksum string, want []byte) {
			t.Helper()
			if have := got[[]byte](t)(b.ListBody(ctx, code, checksum)); !bytes.Equal(have, want) {
				t.Errorf("%s %q: %d bytes, want %d", code, checksum, len(have), len(want))
			}
		}
		read("us-csl", "", small.Body)
		read("us-csl", big.Checksum, big.Body)
		read("us-csl", small.Checksum, small.Body)
		read("uk", "", other.Body)
		keep(t, b, s, func(b *assurance.Batch) { b.Lists = []assurance.ListBody{back} })
		read("us-csl", "", big.Body)
		b = b.Reopen(t)
		read("us-csl", big.Checksum, big.Body)
		for _, none := range [][2]string{{"un", ""}, {"", ""}, {"uk", big.Checksum}, {"uk", strings.Repeat("0", 64)}} {
			refused(t, second(b.ListBody(ctx, none[0], none[1])), fault.NotFound, "screening.no_list")
		}
		rows := got[[]assurance.ListRow](t)(b.ListVersions(ctx, "us-csl", 9))
		if len(rows) != 3 || rows[2].Version != "odd \uFFFD\uFFFD date" || rows[2].Bytes != 3_500_000 {
			t.Errorf("got %+v", rows)
		}
	}
}

func testTakenMarks(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b, s := t.Context(), open(t), NewScribe()
		first := listed("eu", "first", 5, s.at)
		keep(t, b, s, func(b *assurance.Batch) { b.Lists = []assurance.ListBody{first} })
		row := assurance.CaseRow{ID: "k1", Party: "p1", Stage: "opened", OpenedAt: s.at, Body: []byte("{}")}
		short := listed("un", "short", 6, s.at)
		short.Checksum = "abc"
		for want, lists := range map[string][]assurance.ListBody{
			"store.conflict":   {listed("un", "other", 5, s.at), listed("eu", "another", 5, s.at)},
			"store.constraint": {listed("un", "other", 5, s.at), short},
		} {
			p := stands(s, "list:eu", func(b *assurance.Batch) { b.Lists, b.Cases = lists, []assurance.CaseRow{row} })
			if err := b.Commit(ctx, p.Batch(), Placed); fault.CodeOf(err) != want {
				t.Errorf("got %v, want %s", err, want)
			}
			if have := got[[]assurance.ListRow](t)(b.Lists(ctx)); !slices.Equal(have, []assurance.ListRow{first.ListRow}) {
				t.Errorf("%s: %+v", want, have)
			}
			if have := got[[]assurance.CaseRow](t)(b.CheckCases(ctx, assurance.CaseQuery{Limit: 9})); len(have) > 0 {
				t.Errorf("%s: a case was kept: %+v", want, have)
			}
			if records := got[[]assurance.Record](t)(b.Records(ctx, "list:eu", 0)); len(records) > 0 {
				t.Errorf("%s: %d facts were kept", want, len(records))
			}
		}
	}
}

// idsOf lists what a query finds.
func idsOf(t *testing.T, b Backend, q assurance.CaseQuery) string {
	t.Helper()
	if q.Limit == 0 {
		q.Limit = 9
	}
	var ids []string
	for _, v := range got[[]assurance.CaseRow](t)(b.CheckCases(t.Context(), q)) {
		ids = append(ids, v.ID)
	}
	return strings.Join(ids, " ")
}

func testCases(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b, s := t.Context(), open(t), NewScribe()
		row := func(id string, party identity.PartyID, stage string, holds bool) assurance.CaseRow {
			return assurance.CaseRow{
				ID: id, Party: party, Stage: stage, Holds: holds, OpenedAt: s.at, DecideBy: s.at.Add(48 * time.Hour),
				Body: []byte(`{"id":"` + id + `","name":"茶"}`),
			}
		}
		rows := []assurance.CaseRow{
			row("k5", "p1", "opened", true), row("k4", "p2", "proposed", false), row("k3", "p1", "cleared", false), row("k2", "p1", "confirmed", true), row("k1", "p2", "lifting", true),
		}
		rows[1].Assignee, rows[2].DecideBy = "carl", time.Time{}
		keep(t, b, s, func(b *assurance.Batch) { b.Cases = slices.Clone(rows) })
		if have := got[[]assurance.CaseRow](t)(b.CheckCases(ctx, assurance.CaseQuery{Limit: 9})); !reflect.DeepEqual(have, rows) {
			t.Errorf("got %+v, want %+v", have, rows)
		}
		for _, c := range []struct {
			query assurance.CaseQuery
			want  string
		}{
			{assurance.CaseQuery{Limit: 2}, "k5 k4"},
			{assurance.CaseQuery{Before: "k3"}, "k2 k1"},
			{assurance.CaseQuery{Party: "p1"}, "k5 k3 k2"},
			{assurance.CaseQuery{Party: "p1", Before: "k5", Limit: 1}, "k3"},
			{assurance.CaseQuery{Party: "p1", Stage: "confirmed"}, "k2"},
			{assurance.CaseQuery{Party: "p1", Open: true}, "k5"},
			{assurance.CaseQuery{Party: "p3"}, ""},
			{assurance.CaseQuery{Stage: "proposed"}, "k4"},
			{assurance.CaseQuery{Open: true}, "k5 k4 k1"},
			{assurance.CaseQuery{Open: true, Before: "k5", Limit: 1}, "k4"},
			{assurance.CaseQuery{Open: true, Stage: "cleared"}, ""},
		} {
			if have := idsOf(t, b, c.query); have != c.want {
				t.Errorf("%+v: got %q, want %q", c.query, have, c.want)
			}
		}
		changed := assurance.CaseRow{ID: "k4", Party: "p2", Stage: "cleared", Assignee: "dora", OpenedAt: s.at.Add(time.Second), Body: []byte(`{"id":"k4"}`)}
		keep(t, b, s, func(b *assurance.Batch) { b.Cases = []assurance.CaseRow{changed} })
		if have := got[[]assurance.CaseRow](t)(b.CheckCases(ctx, assurance.CaseQuery{Party: "p2", Limit: 1})); !reflect.DeepEqual(have, []assurance.CaseRow{changed}) {
			t.Errorf("after a change: %+v", have)
		}
		if have := idsOf(t, b, assurance.CaseQuery{Open: true}); have != "k5 k1" {
			t.Errorf("open after a change: %q", have)
		}
	}
}

// testOpenCases asks the case itself which of its stages wait for a decision.
func testOpenCases(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		b, s := open(t), NewScribe()
		var rows []assurance.CaseRow
		var want []string
		for _, stage := range compliance.Stages() {
			rows = append(rows, assurance.CaseRow{ID: string(stage), Party: "p", Stage: string(stage), OpenedAt: s.at, Body: []byte("{}")})
			if _, next := (compliance.Case{Stage: stage}).Next(); next == (compliance.Remind{}) {
				want = append(want, string(stage))
			}
		}
		slices.Sort(want)
		slices.Reverse(want)
		if len(want) < 2 || len(want) == len(rows) {
			t.Fatalf("of %d stages %v wait", len(rows), want)
		}
		keep(t, b, s, func(b *assurance.Batch) { b.Cases = rows })
		if have := idsOf(t, b, assurance.CaseQuery{Open: true}); have != strings.Join(want, " ") {
			t.Errorf("got %q, want %v", have, want)
		}
	}
}

func testMarks(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b, at := t.Context(), open(t), NewScribe().at
		mark := func(party identity.PartyID, mark int64, after time.Duration, trigger string) assurance.CheckMark {
			return assurance.CheckMark{Party: party, Mark: mark, Trigger: trigger, Found: int(mark), At: at.Add(after)}
		}
		must(t, b.MarkChecked(ctx, nil))
		refused(t, second(b.Checked(ctx, "p1")), fault.NotFound, "screening.no_mark")
		must(t, b.MarkChecked(ctx, []assurance.CheckMark{mark("p2", 0, 0, "registration"), mark("p1", 4, 0, "profile")}))
		for _, c := range []struct {
			put  []assurance.CheckMark
			want string
		}{
			{[]assurance.CheckMark{mark("p1", 4, time.Second, "owners")}, "owners"},
			{[]assurance.CheckMark{mark("p1", 4, 0, "late")}, "owners"},
			{[]assurance.CheckMark{mark("p1", 3, time.Hour, "of an old register")}, "owners"},
			{[]assurance.CheckMark{mark("p1", 5, -time.Hour, "of a new register")}, "of a new register"},
			{[]assurance.CheckMark{mark("p1", 6, 0, "newest"), mark("p3", 6, 0, "x"), mark("p1", 5, time.Hour, "older"), mark("p1", 6, -1, "earlier")}, "newest"},
			{[]assurance.CheckMark{mark("p1", 6, 0, "the same again"), mark("p1", 1, 0, "old")}, "the same again"},
		} {
			must(t, b.MarkChecked(ctx, c.put))
			if have := got[assurance.CheckMark](t)(b.Checked(ctx, "p1")); have.Trigger != c.want {
				t.Errorf("after %+v: %+v", c.put, have)
			}
		}
		if have, want := got[assurance.CheckMark](t)(b.Checked(ctx, "p1")), mark("p1", 6, 0, "the same again"); have != want {
			t.Errorf("got %+v, want %+v", have, want)
		}
		if have, want := got[assurance.CheckMark](t)(b.Checked(ctx, "p2")), mark("p2", 0, 0, "registration"); have != want {
			t.Errorf("got %+v, want %+v", have, want)
		}
		// One that no database takes keeps the others out, too.
		refused(t, b.MarkChecked(ctx, []assurance.CheckMark{mark("p2", 7, 0, "x"), mark("", 7, 0, "x")}), fault.Internal, "store.constraint")
		if have := got[assurance.CheckMark](t)(b.Checked(ctx, "p2")); have.Mark != 0 {
			t.Errorf("got %+v", have)
		}
	}
}

// testMarksOfTwo lets two nodes mark a thousand companies, in opposite orders.
func testMarksOfTwo(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		b := open(t)
		nodes := []Backend{b, b.Beside(t)}
		ctx, at := t.Context(), NewScribe().at
		const parties, rounds = 1000, 4
		failed := make(chan error, len(nodes))
		for n, node := range nodes {
			go func() {
				for round := range rounds {
					var marks []assurance.CheckMark
					for i := range parties {
						marks = append(marks, assurance.CheckMark{Party: identity.PartyID(fmt.Sprintf("p%04d", i)), Mark: int64(1 + 2*round + n), At: at})
					}
					if n == 1 {
						slices.Reverse(marks)
					}
					if err := node.MarkChecked(ctx, marks); err != nil {
						failed <- err
						return
					}
				}
				failed <- nil
			}()
		}
		for range nodes {
			must(t, <-failed)
		}
		for _, party := range []identity.PartyID{"p0000", "p0500", "p0999"} {
			if have := got[assurance.CheckMark](t)(b.Checked(ctx, party)); have.Mark != 2*rounds {
				t.Errorf("got %+v", have)
			}
		}
	}
}
