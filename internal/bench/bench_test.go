package bench_test

import (
	"context"
	"net/http"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"fondaco/internal/assurance"
	"fondaco/internal/bench"
	"fondaco/internal/fault"
	"fondaco/internal/trade/ledger"
)

func TestMain(m *testing.M) {
	// The server that tests share outlives them, by design.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("fondaco/internal/store/pgtest.launch.func1"))
}

// setup is a short bench of deals on a database of the test's own.
func setup(t *testing.T) bench.Deals {
	t.Helper()
	db, err := bench.NewSQLite(t.TempDir(), false)
	if err != nil {
		t.Fatal(err)
	}
	return bench.Deals{Database: db, Clients: 16, Companies: 20, Least: 400, Window: 20 * time.Millisecond, Warmup: 10 * time.Millisecond}
}

func TestEveryCommandOfABenchIsFoundAgain(t *testing.T) {
	t.Parallel()
	for name, hot := range map[string]bool{"spread": false, "hot": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := setup(t)
			d.Hot, d.Yard = hot, 20*time.Millisecond
			r, err := d.Run(t.Context())
			if err != nil {
				t.Fatalf("%+v", err)
			}
			if !r.OK || r.Commands == 0 || r.Entries < r.Commands || r.Deals == 0 {
				t.Errorf("nothing was verified: %+v", r)
			}
			if r.SingleBatchMean != 1 {
				t.Errorf("the yardstick of single commits holds %v commands in each", r.SingleBatchMean)
			}
			if r.BytesPerCommand <= 0 || r.SyncsPerCommand <= 0 || r.RawRowsPerSecond <= 0 || r.RowsPerCommand < 5 {
				t.Errorf("something was not measured: %+v", r)
			}
		})
	}
}

// forgetful is a store that shows less than was written, as one would that has
// lost it.
type forgetful struct {
	bench.Store
	fault string
}

func (f forgetful) Size(ctx context.Context) (int64, error) {
	n, err := f.Store.Size(ctx)
	if f.fault == "entry" {
		n--
	}
	return n, err
}

func (f forgetful) Deals(ctx context.Context, q assurance.DealQuery) ([]assurance.DealRow, error) {
	rows, err := f.Store.Deals(ctx, q)
	if len(rows) > 1 && q.Before == "" {
		switch f.fault {
		case "deal":
			rows = rows[1:]
		case "step":
			rows[0].Version--
		case "stranger":
			rows[0].ID = "0198c0de-7a3c-7cc0-8000-000000000002"
		}
	}
	return rows, err
}

func (f forgetful) Accounts(ctx context.Context, prefix string, after ledger.AccountID, limit int) ([]assurance.AccountRow, error) {
	rows, err := f.Store.Accounts(ctx, prefix, after, limit)
	if f.fault == "cent" && len(rows) > 0 && after == "" {
		rows[0].Balance.Posted--
	}
	return rows, err
}

func (f forgetful) Balances(ctx context.Context, ids []ledger.AccountID) (map[ledger.AccountID]ledger.Balance, error) {
	rows, err := f.Store.Balances(ctx, ids)
	for id, b := range rows {
		if f.fault == "fee" {
			b.Posted++
			rows[id] = b
		}
	}
	return rows, err
}

// sick is a database that forgets once the work is done: when it is opened a
// third time, to be verified.
type sick struct {
	bench.Database
	fault string
	opens *atomic.Int64
}

func (s sick) Open(ctx context.Context) (bench.Store, error) {
	st, err := s.Database.Open(ctx)
	if err != nil || s.opens.Add(1) < 3 {
		return st, err
	}
	return forgetful{st, s.fault}, nil
}

func TestABenchFailsIfAnythingAcknowledgedIsMissing(t *testing.T) {
	t.Parallel()
	for name, code := range map[string]string{
		"entry": "bench.lost", "deal": "bench.lost_deal", "step": "bench.other_state", "stranger": "bench.unknown_deal",
		"cent": "bench.unbalanced", "fee": "bench.lost",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := setup(t)
			d.Database = sick{d.Database, name, new(atomic.Int64)}
			r, err := d.Run(t.Context())
			if fault.CodeOf(err) != code || r.OK {
				t.Errorf("verified is %v, %v (%s), want %s", r.OK, err, fault.CodeOf(err), code)
			}
		})
	}
}

func TestABenchOverHTTPFailsWithTheServersWords(t *testing.T) {
	t.Parallel()
	d := setup(t)
	d.Handler = func(context.Context, *assurance.House, bench.Store) (http.Handler, func() error, error) {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no such thing", http.StatusTeapot) }),
			func() error { return nil }, nil
	}
	if _, err := d.Run(t.Context()); fault.CodeOf(err) != "bench.refused" {
		t.Errorf("%v (%s), want bench.refused", err, fault.CodeOf(err))
	}
}

func TestNothingOfABenchStaysBehindUnlessItIsKept(t *testing.T) {
	t.Parallel()
	for _, keep := range []bool{false, true} {
		parent := t.TempDir()
		db, err := bench.NewSQLite(parent, keep)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Remove(t.Context()); err != nil {
			t.Fatal(err)
		}
		left, err := os.ReadDir(parent)
		if err != nil || (len(left) > 0) != keep {
			t.Errorf("keep %v leaves %d folders, %v", keep, len(left), err)
		}
	}
}

func TestNoHouseIsMadeWhereNoneCanBe(t *testing.T) {
	t.Parallel()
	if _, err := bench.NewSQLite("/nowhere/at/all", false); fault.CodeOf(err) != "bench.no_folder" {
		t.Errorf("%v, want bench.no_folder", err)
	}
	for address, code := range map[string]string{
		"mysql://somewhere/db": "bench.bad_database", "a b://": "bench.bad_database", "": "bench.bad_database",
		"postgres://127.0.0.1:1/postgres?connect_timeout=1": "bench.no_database",
	} {
		if _, err := bench.NewPostgres(t.Context(), address, nil, false); fault.CodeOf(err) != code {
			t.Errorf("%q: %v, want %s", address, err, code)
		}
	}
}

func FuzzReadAnswer(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 64\r\n\r\n{\"id\":\"a\",\"version\":2,\"state\":\"agreed\",\"log\":{\"first\":3,\"last\":4}}"))
	f.Add([]byte("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\nRetry-After: 1\r\n\r\n{}"))
	f.Add([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"))
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"))
	f.Add([]byte("HTTP/1.1 2\r\n"))
	f.Fuzz(func(t *testing.T, doc []byte) {
		r, err := bench.ReadAnswer(doc)
		if err == nil && len(doc) < len("HTTP/1.1 200\n\n{}") {
			t.Errorf("%q is read as %+v", doc, r)
		}
		if code := fault.CodeOf(err); err != nil && code == fault.CodeInternal {
			t.Errorf("%q fails without a code: %v", doc, err)
		}
	})
}

func TestAnswersAreReadAsTheyWereMeant(t *testing.T) {
	t.Parallel()
	const body = `{"id":"a","version":2,"state":"agreed","log":{"first":3,"last":4}}`
	r, err := bench.ReadAnswer([]byte("HTTP/1.1 201 Created\r\nRequest-Id: x\r\nCONTENT-length:  66\r\n\r\n" + body))
	if want := (assurance.Receipt{ID: "a", Version: 2, State: "agreed", First: 3, Last: 4}); err != nil || r != want {
		t.Errorf("%+v, %v", r, err)
	}
	for answer, code := range map[string]string{
		"HTTP/1.1 503 No\r\nContent-Length: 2\r\n\r\n{}":           "bench.busy",
		"HTTP/1.1 429 No\r\nContent-Length: 2\r\n\r\n{}":           "bench.busy",
		"HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\n{}":           "bench.refused",
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}":           "bench.hung_up",
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]":           "bench.unreadable",
		"HTTP/1.1 200 OK\r\n\r\n{}":                                "bench.unreadable",
		"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{}": "bench.unreadable",
		"": "bench.hung_up",
	} {
		if _, err := bench.ReadAnswer([]byte(answer)); fault.CodeOf(err) != code {
			t.Errorf("%q: %v, want %s", answer, err, code)
		}
	}
}
