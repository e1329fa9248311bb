package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/store"
	"fondaco/internal/store/pgtest"
	"fondaco/internal/store/storetest"
)

// postgres is a store on PostgreSQL with a way around it.
type postgres struct {
	*store.Store
	url string
}

func (b postgres) Around(ctx context.Context, query string) (bool, error) {
	conn, err := pgx.Connect(ctx, b.url)
	if err != nil {
		return false, err
	}
	_, err = conn.Exec(ctx, query, pgx.QueryExecModeSimpleProtocol)
	err = errors.Join(err, conn.Close(ctx))
	var e *pgconn.PgError
	if errors.As(err, &e) && strings.HasPrefix(e.Code, "23") {
		return true, nil
	}
	return false, err
}

func (b postgres) Reopen(t *testing.T) storetest.Backend {
	t.Helper()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	return postgresAt(t, b.url)
}

func (b postgres) Beside(t *testing.T) storetest.Backend {
	t.Helper()
	return postgresAt(t, b.url)
}

func postgresAt(t testing.TB, address string) postgres {
	t.Helper()
	s, err := store.OpenPostgres(t.Context(), address)
	if err != nil {
		t.Fatalf("%+v", err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return postgres{s, address}
}

func setupPostgres(t testing.TB) postgres {
	t.Helper()
	return postgresAt(t, pgtest.Database(t))
}

func TestPostgreSQLDoesWhatEveryBackendMust(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Backend { return setupPostgres(t) })
}

func TestOnlyADurableServerWillDo(t *testing.T) {
	t.Parallel()
	address := pgtest.Database(t)
	b := postgresAt(t, address)
	must(t, b.Commit(t.Context(), storetest.NewScribe().Works(1), storetest.Placed))
	name := nameOf(t, address)
	if _, err := b.Around(t.Context(), "ALTER DATABASE "+name+" SET synchronous_commit = off"); err != nil {
		t.Fatal(err)
	}
	if _, err := store.OpenPostgres(t.Context(), address); fault.CodeOf(err) != "store.not_durable" || !strings.Contains(err.Error(), "synchronous_commit") {
		t.Errorf("got %v", err)
	}
	// A house that is open already looks again whenever its connection is a new one.
	if _, err := b.Around(t.Context(), cutOthers); err != nil {
		t.Fatal(err)
	}
	if err := b.Commit(t.Context(), &assurance.Batch{Refusals: []assurance.Refusal{{Code: "x"}}}, storetest.Placed); fault.CodeOf(err) != "store.not_durable" {
		t.Errorf("got %v", err)
	}
}

func nameOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(u.Path, "/")
}

// cutOthers ends every other connection to this database.
const cutOthers = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`

func TestLostConnectionsAreMadeAgain(t *testing.T) {
	t.Parallel()
	b, scribe := setupPostgres(t), storetest.NewScribe()
	for i := range 5 {
		must(t, b.Commit(t.Context(), scribe.Works(3), storetest.Placed))
		must(t, b.SetSetting(t.Context(), "a", "b"))
		if size, err := b.Size(t.Context()); err != nil || size != int64(6*(i+1)) {
			t.Fatalf("%d entries, %v", size, err)
		}
		if _, err := b.Around(t.Context(), cutOthers); err != nil {
			t.Fatal(err)
		}
	}
}

func TestConnectionThatIsLostInTheMiddleLeavesNothing(t *testing.T) {
	t.Parallel()
	b, scribe := setupPostgres(t), storetest.NewScribe()
	batch := scribe.Works(3)
	err := b.Commit(t.Context(), batch, func(assurance.Tail) error {
		_, err := b.Around(t.Context(), cutOthers)
		return err
	})
	if fault.CodeOf(err) != "store.unavailable" {
		t.Errorf("got %+v", err)
	}
	if size, err := b.Size(t.Context()); err != nil || size != 0 {
		t.Errorf("%d entries, %v", size, err)
	}
	must(t, b.Commit(t.Context(), batch, storetest.Placed))
}

func TestOnlyOneNodeAppendsAtATime(t *testing.T) {
	t.Parallel()
	b := setupPostgres(t)
	beside := postgresAt(t, b.url)
	scribe := storetest.NewScribe()
	first, second := scribe.Works(1), scribe.Works(1)
	var order []string
	var group sync.WaitGroup
	err := b.Commit(t.Context(), first, func(assurance.Tail) error {
		started := make(chan struct{})
		group.Go(func() {
			close(started)
			if err := beside.Commit(t.Context(), second, func(end assurance.Tail) error {
				order = append(order, "second")
				if end.Size != 2 {
					t.Errorf("the second node was let in at %d", end.Size)
				}
				return nil
			}); err != nil {
				t.Errorf("%+v", err)
			}
		})
		<-started
		// The second node waits at the lock once the server says so.
		for waiting := false; !waiting; {
			var err error
			if waiting, err = b.isWaiting(t.Context()); err != nil {
				return err
			}
		}
		order = append(order, "first")
		return nil
	})
	must(t, err)
	group.Wait()
	if !slices.Equal(order, []string{"first", "second"}) {
		t.Errorf("got %v", order)
	}
}

// isWaiting reports whether somebody waits for a lock on this database.
func (b postgres) isWaiting(ctx context.Context) (waiting bool, err error) {
	conn, err := pgx.Connect(ctx, b.url)
	if err != nil {
		return false, err
	}
	err = conn.QueryRow(ctx, `SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&waiting)
	return waiting, errors.Join(err, conn.Close(ctx))
}

func TestAddressesThatLeadNowhere(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"":                               "store.bad_address",
		"postgres://u:s3cret@[::1:2:3/x": "store.bad_address",
		"postgres://u:s3cret@host:port/x?sslmode=odd": "store.bad_address",
		"postgres://u:s3cret@127.0.0.1:1/x":           "store.unavailable",
		"host=/nowhere password=s3cret":               "store.unavailable",
	} {
		_, err := store.OpenPostgres(t.Context(), address)
		if fault.CodeOf(err) != want {
			t.Errorf("%q: %v", address, err)
		}
		if strings.Contains(fault.Of(err).Trace(), "s3cret") || strings.Contains(fmt.Sprintf("%+v", err), "s3cret") {
			t.Errorf("%q: the password is shown: %+v", address, err)
		}
	}
}

func TestTextsThatCannotBeKeptAreRefused(t *testing.T) {
	t.Parallel()
	b := setupPostgres(t)
	for _, text := range []string{"a\x00b", "\xff\xfe"} {
		if _, err := b.PersonByEmail(t.Context(), text); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%q is asked for: %v", text, err)
		}
		batch := &assurance.Batch{Refusals: []assurance.Refusal{{Actor: text, Stream: text, Command: "x", Code: "y"}}}
		if err := b.Commit(t.Context(), batch, storetest.Placed); err != nil {
			t.Errorf("the audit log does not take %q: %+v", text, err)
		}
	}
}

func TestNodesThatStartTogetherMigrateOnce(t *testing.T) {
	t.Parallel()
	address := pgtest.Empty(t)
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			s, err := store.OpenPostgres(t.Context(), address)
			if err != nil {
				t.Errorf("%+v", err)
				return
			}
			if err := errors.Join(s.Migrate(t.Context()), s.Close()); err != nil {
				t.Errorf("%+v", err)
			}
		})
	}
	group.Wait()
	if schema, err := postgresAt(t, address).Schema(t.Context()); err != nil || schema.Version != schema.Newest || schema.Newest < 2 {
		t.Errorf("%+v, %v", schema, err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s", fault.Of(err).Trace())
	}
}

// TestReadersFollowTheWriter: a connection from before the writer had to look for
// the server again is not asked any more, because its server may have lost its office.
func TestReadersFollowTheWriter(t *testing.T) {
	t.Parallel()
	b, scribe := setupPostgres(t), storetest.NewScribe()
	must(t, b.Commit(t.Context(), scribe.Works(1), storetest.Placed))
	raw, err := sql.Open("pgx", b.url)
	must(t, err)
	defer func() { _ = raw.Close() }()
	one := func(query string) (n int) {
		t.Helper()
		must(t, raw.QueryRowContext(t.Context(), query).Scan(&n))
		return n
	}
	read := func() {
		for range 20 {
			_, err := b.Size(t.Context())
			must(t, err)
		}
	}
	read()
	must(t, raw.PingContext(t.Context()))
	_, err = raw.ExecContext(t.Context(), `CREATE TABLE before AS SELECT pid, clock_timestamp() AS at FROM pg_stat_activity
		WHERE datname = current_database() AND application_name = 'fondaco' AND query LIKE 'SELECT%'`)
	must(t, err)
	if one(`SELECT count(*) FROM before`) == 0 {
		t.Fatal("nobody has read")
	}
	if n := one(`SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND query = 'COMMIT'`); n != 1 {
		t.Fatalf("%d writers were cut off", n)
	}
	must(t, b.Commit(t.Context(), scribe.Works(1), storetest.Placed))
	read()
	if n := one(`SELECT count(*) FROM pg_stat_activity a JOIN before b ON a.pid = b.pid AND a.query_start > b.at`); n > 0 {
		t.Errorf("%d readers go on as if nothing had happened", n)
	}
}
