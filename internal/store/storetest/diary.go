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
	"fondaco/internal/trade/identity"
)

func testDiary(t *testing.T, open func(*testing.T) Backend) {
	t.Run("activity is listed newest first", testActivities(open))
	t.Run("a line has the place of its fact", testPlacedActivity(open))
	t.Run("approvals", testApprovals(open))
	t.Run("payout accounts", testPayoutAccounts(open))
	t.Run("the mailbox of a sandbox", testMails(open))
}

func line(sequence int64, person identity.PersonID, party identity.PartyID, what string, at time.Time) assurance.ActivityRow {
	return assurance.ActivityRow{
		Sequence: sequence, Account: "acc-" + string(person), Person: person, Party: party, What: what, Session: "s" + string(person),
		At: at, Body: fmt.Appendf(nil, `{"what":%q,"note":"茶"}`, what),
	}
}

func testActivities(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b, s := t.Context(), open(t), NewScribe()
		start := s.at
		rows := []assurance.ActivityRow{
			line(3, "anna", "p1", "signed_in", start), line(4, "ben", "p1", "signed_in", start.Add(time.Second)),
			line(7, "carl", "", "signed_in", start.Add(2*time.Second)), line(8, "anna", "p1", "key_made", start.Add(3*time.Second)),
			line(9, "dora", "p2", "signed_in", start.Add(4*time.Second)), line(12, "anna", "p2", "signed_out", start.Add(5*time.Second)),
		}
		keep(t, b, s, func(b *assurance.Batch) { b.Activities = rows[:4] })
		keep(t, b, s, func(b *assurance.Batch) { b.Activities = rows[4:] })
		for _, c := range []struct {
			query assurance.ActivityQuery
			want  string
		}{
			{assurance.ActivityQuery{Person: "anna"}, "12 8 3"},
			{assurance.ActivityQuery{Party: "p1"}, "8 4 3"},
			{assurance.ActivityQuery{Party: "p2"}, "12 9"},
			{assurance.ActivityQuery{Party: "p3"}, ""},
			{assurance.ActivityQuery{Staff: true}, "7"},
			{assurance.ActivityQuery{Person: "anna", Limit: 2}, "12 8"},
			{assurance.ActivityQuery{Person: "anna", Before: 8}, "3"},
			{assurance.ActivityQuery{Party: "p1", What: []string{"signed_in"}}, "4 3"},
			{assurance.ActivityQuery{Person: "anna", What: []string{"signed_in", "key_made", "other"}}, "8 3"},
			{assurance.ActivityQuery{Person: "anna", What: []string{"other"}}, ""},
			{assurance.ActivityQuery{Person: "anna", From: start.Add(3 * time.Second)}, "12 8"},
			{assurance.ActivityQuery{Person: "anna", To: start.Add(3 * time.Second)}, "3"},
			{assurance.ActivityQuery{Person: "anna", From: start.Add(time.Microsecond), To: start.Add(5 * time.Second)}, "8"},
			{assurance.ActivityQuery{Party: "p1", What: []string{"signed_in", "key_made"}, From: start, To: start.Add(time.Hour), Before: 8, Limit: 1}, "4"},
		} {
			if c.query.Limit == 0 {
				c.query.Limit = 9
			}
			var places []string
			for _, a := range got[[]assurance.ActivityRow](t)(b.Activities(ctx, c.query)) {
				places = append(places, fmt.Sprint(a.Sequence))
			}
			if have := strings.Join(places, " "); have != c.want {
				t.Errorf("%+v: got %q, want %q", c.query, have, c.want)
			}
		}
		want := []assurance.ActivityRow{rows[5], rows[3], rows[0]}
		if have := got[[]assurance.ActivityRow](t)(b.Activities(ctx, assurance.ActivityQuery{Person: "anna", Limit: 9})); !reflect.DeepEqual(have, want) {
			t.Errorf("got %+v, want %+v", have, want)
		}
		// Whoever forgets to say whose lines must not be shown those of staff.
		refused(t, second(b.Activities(ctx, assurance.ActivityQuery{Limit: 9})), fault.Internal, "store.broken")
	}
}

func testPlacedActivity(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b := t.Context(), open(t)
		beside := b.Beside(t)
		write(t, beside, stands(NewScribe(), "account:other", func(*assurance.Batch) {}))
		page := stands(NewScribe(), "account:late", func(b *assurance.Batch) {
			b.Activities = []assurance.ActivityRow{line(-1, "anna", "p1", "signed_in", b.Records[0].At)}
		})
		batch := page.Batch()
		place := placed(t, b, batch)
		must(t, b.Commit(ctx, batch, func(end assurance.Tail) error {
			if err := place(end); err != nil {
				return err
			}
			batch.Activities[0].Sequence = batch.Records[0].Sequence
			return nil
		}))
		rows := got[[]assurance.ActivityRow](t)(b.Activities(ctx, assurance.ActivityQuery{Person: "anna", Limit: 9}))
		if len(rows) != 1 || rows[0].Sequence != 1 || !reflect.DeepEqual(rows, batch.Activities) {
			t.Errorf("got %+v", rows)
		}
	}
}

func testApprovals(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b, s := t.Context(), open(t), NewScribe()
		row := func(id string, party identity.PartyID, subject, stage string) assurance.ApprovalRow {
			return assurance.ApprovalRow{ID: id, Party: party, Person: "anna", Subject: subject, Stage: stage, ExpiresAt: s.at.Add(time.Hour), Body: []byte(`{"id":"` + id + `"}`)}
		}
		rows := []assurance.ApprovalRow{
			row("v5", "p1", "deal:1", "open"), row("v4", "p2", "deal:1", "granted"), row("v3", "", "staff:house", "open"),
			row("v2", "p1", "deal:2", "open"), row("v1", "p1", "deal:1", "used"),
		}
		keep(t, b, s, func(b *assurance.Batch) { b.Approvals = slices.Clone(rows) })
		if have := got[[]assurance.ApprovalRow](t)(b.ApprovalRows(ctx, assurance.ApprovalQuery{Limit: 9})); !reflect.DeepEqual(have, rows) {
			t.Errorf("got %+v, want %+v", have, rows)
		}
		list := func(q assurance.ApprovalQuery) string {
			if q.Limit == 0 {
				q.Limit = 9
			}
			var ids []string
			for _, v := range got[[]assurance.ApprovalRow](t)(b.ApprovalRows(ctx, q)) {
				ids = append(ids, v.ID)
			}
			return strings.Join(ids, " ")
		}
		for _, c := range []struct {
			query assurance.ApprovalQuery
			want  string
		}{
			{assurance.ApprovalQuery{Party: "p1"}, "v5 v2 v1"},
			{assurance.ApprovalQuery{Party: "p1", Stage: "open"}, "v5 v2"},
			{assurance.ApprovalQuery{Party: "p1", Subject: "deal:1"}, "v5 v1"},
			{assurance.ApprovalQuery{Party: "p1", Before: "v5", Limit: 1}, "v2"},
			{assurance.ApprovalQuery{Staff: true}, "v3"},
			{assurance.ApprovalQuery{Staff: true, Stage: "used"}, ""},
			{assurance.ApprovalQuery{Subject: "deal:1"}, "v5 v4 v1"},
			{assurance.ApprovalQuery{Stage: "open", Before: "v5"}, "v3 v2"},
		} {
			if have := list(c.query); have != c.want {
				t.Errorf("%+v: got %q, want %q", c.query, have, c.want)
			}
		}
		used := row("v2", "p1", "deal:2", "used")
		keep(t, b, s, func(b *assurance.Batch) { b.Approvals = []assurance.ApprovalRow{used} })
		if have := list(assurance.ApprovalQuery{Party: "p1", Stage: "used"}); have != "v2 v1" {
			t.Errorf("after a change: %q", have)
		}
	}
}

func testPayoutAccounts(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b, s := t.Context(), open(t), NewScribe()
		row := func(id string, party identity.PartyID, stage string) assurance.PayoutAccountRow {
			return assurance.PayoutAccountRow{ID: id, Party: party, Stage: stage, Body: []byte(`{"id":"` + id + `"}`)}
		}
		rows := []assurance.PayoutAccountRow{row("c3", "p2", "waiting"), row("c2", "p1", "waiting"), row("c1", "p1", "active")}
		keep(t, b, s, func(b *assurance.Batch) { b.PayoutAccounts = slices.Clone(rows) })
		rows[1].Stage = "cancelled"
		keep(t, b, s, func(b *assurance.Batch) { b.PayoutAccounts = rows[1:2] })
		for _, c := range []struct {
			query assurance.PayoutAccountQuery
			want  []assurance.PayoutAccountRow
		}{
			{assurance.PayoutAccountQuery{Limit: 9}, rows},
			{assurance.PayoutAccountQuery{Limit: 1}, rows[:1]},
			{assurance.PayoutAccountQuery{Limit: 9, Before: "c3"}, rows[1:]},
			{assurance.PayoutAccountQuery{Limit: 9, Party: "p1"}, rows[1:]},
			{assurance.PayoutAccountQuery{Limit: 9, Party: "p1", Stage: "active"}, rows[2:]},
			{assurance.PayoutAccountQuery{Limit: 9, Stage: "waiting"}, rows[:1]},
			{assurance.PayoutAccountQuery{Limit: 9, Party: "p3"}, nil},
		} {
			if have := got[[]assurance.PayoutAccountRow](t)(b.PayoutAccountRows(ctx, c.query)); !reflect.DeepEqual(have, c.want) {
				t.Errorf("%+v: got %+v", c.query, have)
			}
		}
	}
}

func testMails(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b, s := t.Context(), open(t), NewScribe()
		mail := func(id, to string, after time.Duration) assurance.SandboxMail {
			return assurance.SandboxMail{ID: id, At: s.at.Add(after), To: to, Subject: "确认 your address", Text: "Open\nthis", Link: "http://localhost/confirm/x"}
		}
		mails := []assurance.SandboxMail{mail("z", "anna@example.com", 2), mail("b", "ben@example.com", time.Second), mail("a", "anna@example.com", time.Second)}
		mails[0].At = s.at.Add(time.Minute)
		for _, m := range mails {
			must(t, b.PutMail(ctx, m))
		}
		again := mails[2]
		again.Text = "the same mail, worded otherwise"
		must(t, b.PutMail(ctx, again))
		for _, c := range []struct {
			to    string
			limit int
			want  []assurance.SandboxMail
		}{
			{"", 9, mails},
			{"", 2, mails[:2]},
			{"anna@example.com", 9, []assurance.SandboxMail{mails[0], mails[2]}},
			{"anna@example.com", 1, mails[:1]},
			{"nobody@example.com", 9, nil},
		} {
			if have := got[[]assurance.SandboxMail](t)(b.Mails(ctx, c.to, c.limit)); !slices.Equal(have, c.want) {
				t.Errorf("%q: got %+v", c.to, have)
			}
		}
		must(t, b.PutMail(ctx, assurance.SandboxMail{ID: "odd", To: "x\x00\xff", Text: "\x00"}))
		if have := got[[]assurance.SandboxMail](t)(b.Mails(ctx, "x\x00\xff", 9)); len(have) != 1 {
			t.Errorf("a mail to an odd address: %+v", have)
		}
	}
}
