package store_test

import (
	"database/sql"
	"reflect"
	"strings"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/notary"
	"fondaco/internal/store"
	"fondaco/internal/store/pgtest"
	"fondaco/internal/store/storetest"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/treasury"
)

// furnished is a house on SQLite with something in every table. It is closed.
func furnished(t *testing.T) string {
	t.Helper()
	b, s := setup(t), storetest.NewScribe()
	for range 3 {
		must(t, b.Commit(t.Context(), s.Works(400), storetest.Placed))
	}
	euros := money.New(5, money.MustCurrency("EUR"))
	at := time.Date(2027, 1, 2, 3, 4, 5, 6000, time.UTC)
	must(t, b.Commit(t.Context(), &assurance.Batch{
		Messages:  []assurance.Message{{ID: "m", Topic: "t", Payload: []byte(`{}`), NextAt: at}},
		Refusals:  []assurance.Refusal{{At: at, Actor: "a", Stream: "deal:x", Command: "c", Code: "d"}},
		Trackings: []assurance.Tracking{{Carrier: "DHL", Number: "1", Deal: "d"}},
		Deals:     []assurance.DealRow{{ID: "over", Phase: deal.Closed, Version: 1, DraftedAt: at, UpdatedAt: at, Closed: &assurance.ClosedDeal{ID: "over", Mark: -1, Body: []byte{0, 255}}}},
		Parties:   []assurance.PartyRow{{RegisteredAt: at, Standing: "verified", VerifiedUntil: at, Body: `{}`}},
		Deposits:  []assurance.DepositRow{{ID: "d", Deposit: treasury.Deposit{Notice: treasury.Notice{Amount: euros}}}},
		Payouts:   []assurance.PayoutRow{{ID: "p", Payout: treasury.Payout{Amount: euros}}},

		Persons:        []assurance.Person{{ID: "anna", Account: "a1", Email: "Anna@example.com", Folded: "anna@example.com", Name: "茶", CreatedAt: at}},
		Secrets:        []assurance.Secret{{Person: "anna", Name: "totp:anna:1", Data: []byte{0, 255}}},
		Sessions:       []assurance.Session{{ID: "s1", Hash: [32]byte{1}, Person: "anna", Kind: assurance.KeySession, Body: []byte(`{}`)}},
		Tickets:        []assurance.Ticket{{Hash: [32]byte{2}, Purpose: "reset", ExpiresAt: at.Add(time.Hour)}},
		Activities:     []assurance.ActivityRow{{Sequence: 5, Account: "a1", Person: "anna", What: "signed_in", At: at, Body: []byte(`{}`)}},
		Counts:         []assurance.Count{{Scope: "all", Feature: "hour", Value: "5", N: 3}},
		Approvals:      []assurance.ApprovalRow{{ID: "v1", Body: []byte(`{}`)}},
		PayoutAccounts: []assurance.PayoutAccountRow{{ID: "c1", Body: []byte(`{}`)}},

		Lists:   []assurance.ListBody{{ListRow: assurance.ListRow{Code: "eu", Mark: 1, Checksum: strings.Repeat("0b", 32), At: at}, Body: []byte{0, 255, 0}}},
		Cases:   []assurance.CaseRow{{ID: "k1", Party: "p1", Stage: "opened", OpenedAt: at, Body: []byte(`{}`)}},
		Reviews: []assurance.ReviewRow{{Deal: "d", From: "p1", To: "p2", WrittenAt: at, Body: []byte(`{}`)}},
	}, storetest.Placed))
	must(t, b.MarkChecked(t.Context(), []assurance.CheckMark{{Party: "p1", Mark: 1, At: at}}))
	must(t, b.SaveStandings(t.Context(), assurance.StandingSave{
		Mark: 7, Rows: []assurance.StandingRow{{Party: "p1", At: at}}, Ratings: []assurance.RatingRow{{Deal: "d", From: "p1", To: "p2", At: at}},
	}))
	must(t, b.PutDocument(t.Context(), assurance.Document{Hash: strings.Repeat("0a", 32), Name: "d.pdf"}))
	must(t, b.PutMail(t.Context(), assurance.SandboxMail{ID: "m1", To: "anna@example.com"}))
	_, err := b.Tally(t.Context(), "anna\x00", at, time.Hour)
	must(t, err)
	must(t, b.SessionCommit(t.Context(), "s", []byte{0, 255}, time.Now().Add(time.Hour)))
	must(t, b.SessionCommit(t.Context(), "empty", nil, time.Now().Add(time.Hour)))
	must(t, b.SetSetting(t.Context(), "origin", "x"))
	must(t, b.SaveCheckpoint(t.Context(), 800, []byte("note"), at))
	must(t, b.Close())
	return b.path
}

func TestHouseIsCopiedWholeToPostgreSQL(t *testing.T) {
	t.Parallel()
	path, url := furnished(t), pgtest.Database(t)
	var shown int
	done, err := store.CopyToPostgres(t.Context(), path, url, func(_ string, n, total int64) {
		if shown++; n > total {
			t.Errorf("%d of %d", n, total)
		}
	})
	must(t, err)
	for table, rows := range done.Rows {
		if rows == 0 {
			t.Errorf("the test has nothing in %s", table)
		}
	}
	if len(done.Rows) != 37 || done.Entries != 2400 || shown < 2*2400 || done.Trial["USD"] != 0 {
		t.Errorf("got %+v", done)
	}
	from, into := openAt(t, path), postgresAt(t, url)
	requireSound(t, into, 2400)
	report, err := notary.Verify(t.Context(), source{into}, notary.Options{}, nil)
	must(t, err)
	if report.Root != done.Root {
		t.Errorf("%s and %s", report.Root, done.Root)
	}
	for after := int64(0); ; {
		have, last, err := into.AllEntries(t.Context(), after, 1000)
		must(t, err)
		want, _, err := from.AllEntries(t.Context(), after, 1000)
		must(t, err)
		if !reflect.DeepEqual(have, want) {
			t.Fatalf("entries after %d differ", after)
		}
		if after = last; len(have) == 0 {
			break
		}
	}
	if p, err := into.PersonByEmail(t.Context(), "anna@example.com"); err != nil || p.Name != "茶" {
		t.Errorf("%+v, %v", p, err)
	}
	if data, found, err := into.SessionFind(t.Context(), "s"); err != nil || !found || string(data) != "\x00\xff" {
		t.Errorf("%q, %v, %v", data, found, err)
	}
	if v, err := into.SessionsByHash(t.Context(), []evidence.Hash{{1}}); err != nil || len(v) != 1 || v[0].Session.ID != "s1" {
		t.Errorf("%+v, %v", v, err)
	}
	if k, err := into.Ticket(t.Context(), [32]byte{2}, time.Date(2027, 1, 2, 4, 0, 0, 0, time.UTC)); err != nil || k.Purpose != "reset" || len(k.Body) > 0 {
		t.Errorf("%+v, %v", k, err)
	}
	if body, err := into.ListBody(t.Context(), "eu", ""); err != nil || string(body) != "\x00\xff\x00" {
		t.Errorf("%q, %v", body, err)
	}
	if rows, err := into.ClosedDeals(t.Context(), 0, 9); err != nil || len(rows) != 1 || string(rows[0].Body) != "\x00\xff" {
		t.Errorf("%+v, %v", rows, err)
	}
	if mark, err := into.StandingMark(t.Context()); err != nil || mark != 7 {
		t.Errorf("%d, %v", mark, err)
	}
	for s, want := range map[*store.Store]bool{from.Store: true, into.Store: false} {
		if moved, err := s.Moved(t.Context()); err != nil || moved != want {
			t.Errorf("moved: %v, %v", moved, err)
		}
	}
	// The copy goes on where the house was.
	must(t, into.SetSetting(t.Context(), "a", "b"))
	must(t, from.Close())
	if _, err := store.CopyToPostgres(t.Context(), path, url, func(string, int64, int64) {}); fault.CodeOf(err) != "store.not_empty" {
		t.Errorf("a second copy: %v", err)
	}
}

func TestOpenHouseIsNotCopied(t *testing.T) {
	t.Parallel()
	path, url := furnished(t), pgtest.Database(t)
	b := openAt(t, path)
	if _, err := store.CopyToPostgres(t.Context(), path, url, func(string, int64, int64) {}); fault.CodeOf(err) != "store.busy" {
		t.Errorf("got %v", err)
	}
	must(t, b.SetSetting(t.Context(), "a", "b")) // and goes on
}

func TestHouseThatWasTamperedWithIsNotCopied(t *testing.T) {
	t.Parallel()
	for _, change := range []string{
		`UPDATE event SET payload = '{}' WHERE seq = 17`,
		`UPDATE balance SET posted = posted + 1 WHERE account = 'fees/USD'`,
		`DELETE FROM entry WHERE account = 'fees/USD' AND version = 9`,
		`DELETE FROM event WHERE seq = 2399`,
		`UPDATE tree_hash SET hashes = zeroblob(length(hashes)) WHERE ix = 0`,
	} {
		t.Run(change, func(t *testing.T) {
			t.Parallel()
			path, url := furnished(t), pgtest.Database(t)
			db, err := sql.Open("sqlite", "file:"+path)
			must(t, err)
			names := lines(t, db, `SELECT name FROM sqlite_master WHERE type = 'trigger'`)
			for _, name := range names {
				_, err := db.ExecContext(t.Context(), "DROP TRIGGER "+name)
				must(t, err)
			}
			_, err = db.ExecContext(t.Context(), change)
			must(t, err)
			must(t, db.Close())
			_, err = store.CopyToPostgres(t.Context(), path, url, func(string, int64, int64) {})
			if code := fault.CodeOf(err); code != "store.copy_differs" && code != "store.constraint" {
				t.Errorf("got %+v", err)
			}
			if size, err := postgresAt(t, url).Size(t.Context()); err != nil || size != 0 {
				t.Errorf("%d entries were kept, %v", size, err)
			}
		})
	}
}
