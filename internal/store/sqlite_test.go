package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/store"
	"fondaco/internal/store/storetest"
)

// backend is a store on SQLite with a way around it.
type backend struct {
	*store.Store
	path string
}

func (b backend) Around(ctx context.Context, query string) (bool, error) {
	db, err := sql.Open("sqlite", "file:"+b.path+"?_pragma=foreign_keys(1)&_pragma=recursive_triggers(1)&_pragma=busy_timeout(5000)")
	if err != nil {
		return false, err
	}
	defer func() { _ = db.Close() }()
	_, err = db.ExecContext(ctx, query)
	var e *sqlite.Error
	if errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_CONSTRAINT {
		return true, nil
	}
	return false, err
}

func (b backend) Reopen(t *testing.T) storetest.Backend {
	t.Helper()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	return openAt(t, b.path)
}

func (b backend) Beside(t *testing.T) storetest.Backend {
	t.Helper()
	return openAt(t, b.path)
}

func openAt(t testing.TB, path string) backend {
	t.Helper()
	s, err := store.OpenSQLite(t.Context(), path)
	if err != nil {
		t.Fatalf("%+v", err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatalf("%+v", err)
	}
	return backend{s, path}
}

// empty is a migrated database without a row: migrating once for all tests saves
// most of their time.
var empty = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "house.db")
	s, err := store.OpenSQLite(context.Background(), path)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(s.Migrate(context.Background()), s.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func setup(t testing.TB) backend {
	t.Helper()
	path := filepath.Join(t.TempDir(), "house.db")
	content, err := empty()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := store.OpenSQLite(t.Context(), path)
	if err != nil {
		t.Fatalf("%+v", err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return backend{s, path}
}

func TestSQLiteDoesWhatEveryBackendMust(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Backend { return setup(t) })
}

func TestReplacingRowsIsNoWayAroundTheGuards(t *testing.T) {
	t.Parallel()
	b := setup(t)
	batch := storetest.NewScribe().Works(2)
	batch.Activities = []assurance.ActivityRow{{Account: "a", What: "signed_in"}}
	batch.Lists = []assurance.ListBody{{ListRow: assurance.ListRow{Code: "eu", Mark: 1, Checksum: strings.Repeat("0", 64)}, Body: []byte("x")}}
	if err := b.Commit(t.Context(), batch, storetest.Placed); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{
		`INSERT OR REPLACE INTO event SELECT seq, stream, version, 'other', at, actor, salt, payload FROM event`,
		`REPLACE INTO tree_hash SELECT ix, zeroblob(length(hashes)) FROM tree_hash`,
		`REPLACE INTO answer SELECT position, digest, caller, key, input, '{}', at FROM answer`,
		`REPLACE INTO answer (digest, caller, key, input, response, at) SELECT digest, caller, key, input, '{}', at FROM answer`,
		`REPLACE INTO activity SELECT seq, account, person, party, 'nothing', session, at, body FROM activity`,
		`REPLACE INTO list_version SELECT code, mark, version, checksum, source, entries, bytes, at, 'y' FROM list_version`,
		`REPLACE INTO balance SELECT account, kind, currency, 0, 0, 0, version FROM balance`,
	} {
		if forbidden, err := b.Around(t.Context(), query); err != nil || !forbidden {
			t.Errorf("%s: %v, %v", query, forbidden, err)
		}
	}
}

func TestOnlyAFileWillDo(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"", ":memory:"} {
		if _, err := store.OpenSQLite(t.Context(), path); fault.CodeOf(err) != "store.bad_path" {
			t.Errorf("%q: %v", path, err)
		}
	}
	if _, err := store.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "none", "house.db")); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("a folder that is not there: %v", err)
	}
	if _, err := store.OpenSQLite(t.Context(), t.TempDir()); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("a folder: %v", err)
	}
}

func TestFileNamesAreTakenAsTheyAre(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"a b.db", "50%.db", "what?.db", "a#b&c=d.db", "茶.db"} {
		s := openAt(t, filepath.Join(dir, name))
		if err := s.SetSetting(t.Context(), "name", name); err != nil {
			t.Fatal(err)
		}
		if found, err := filepath.Glob(filepath.Join(dir, "*.db")); err != nil || len(found) == 0 {
			t.Errorf("%s: %v, %v", name, found, err)
		}
	}
	if found, err := filepath.Glob(filepath.Join(dir, "*.db")); err != nil || len(found) != 5 {
		t.Errorf("%q, %v", found, err)
	}
}

func TestNewDatabaseIsForItsOwnerAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := openAt(t, filepath.Join(dir, "house.db"))
	if err := b.SetSetting(t.Context(), "a", "b"); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) < 2 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", f.Name(), info.Mode(), err)
		}
	}
}

func TestSessionsExpireByTheClockOfTheStore(t *testing.T) {
	t.Parallel()
	b := setup(t)
	now := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	s, err := store.OpenSQLite(t.Context(), b.path, store.WithClock(func() time.Time { return now }))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if err := s.SessionCommit(t.Context(), "a", []byte("x"), now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		wait  time.Duration
		found bool
	}{{0, true}, {time.Hour - time.Microsecond, true}, {time.Microsecond, false}} {
		now = now.Add(step.wait)
		if _, found, err := s.SessionFind(t.Context(), "a"); err != nil || found != step.found {
			t.Errorf("at %s: %v, %v", now, found, err)
		}
	}
}

func TestClosedStoreIsUnavailable(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if err := errors.Join(b.Close(), b.Close()); err != nil {
		t.Fatal(err)
	}
	_, err := b.Size(t.Context())
	for _, err := range []error{err, b.Commit(t.Context(), storetest.NewScribe().Works(1), storetest.Placed), b.SetSetting(t.Context(), "a", "b")} {
		if fault.KindOf(err) != fault.Unavailable || fault.CodeOf(err) != "store.unavailable" {
			t.Errorf("got %v", err)
		}
	}
}

func TestLockedFileIsUnavailableAndThenServesAgain(t *testing.T) {
	t.Parallel()
	b, scribe := setup(t), storetest.NewScribe()
	if err := b.Commit(t.Context(), scribe.Works(1), storetest.Placed); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+b.path+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	other, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	batch := scribe.Works(1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Commit(ctx, batch, storetest.Placed); fault.CodeOf(err) != "store.unavailable" {
		t.Errorf("while another process writes: %v", err)
	}
	if err := other.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := b.Commit(t.Context(), batch, storetest.Placed); err != nil {
		t.Errorf("afterwards: %+v", err)
	}
}

func TestInterruptedCommitLeavesNothing(t *testing.T) {
	t.Parallel()
	b, scribe := setup(t), storetest.NewScribe()
	batch := scribe.Works(200)
	for range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		go cancel()
		err := b.Commit(ctx, batch, storetest.Placed)
		cancel()
		size, sizeErr := b.Size(t.Context())
		if sizeErr != nil {
			t.Fatal(sizeErr)
		}
		if err == nil {
			if size != 400 {
				t.Fatalf("acknowledged, and %d entries are there", size)
			}
			return
		}
		if fault.KindOf(err) != fault.Unavailable || size != 0 {
			t.Fatalf("%d entries after %+v", size, err)
		}
	}
	if err := b.Commit(t.Context(), batch, storetest.Placed); err != nil {
		t.Fatalf("%+v", err)
	}
}

// TestAFloodOfSmallWritesHoldsNoBatchUp: what strangers may ask for, such as the
// count of their attempts to sign in, waits behind money.
func TestAFloodOfSmallWritesHoldsNoBatchUp(t *testing.T) {
	t.Parallel()
	if _, err := empty(); err != nil { // made outside of the bubble, for all tests
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		b, scribe := setup(t), storetest.NewScribe()
		first, second := scribe.Works(1), scribe.Works(1)
		begun, goOn := make(chan struct{}), make(chan struct{})
		var group sync.WaitGroup
		group.Go(func() {
			err := b.Commit(t.Context(), first, func(assurance.Tail) error {
				close(begun)
				<-goOn
				return nil
			})
			if err != nil {
				t.Errorf("%+v", err)
			}
		})
		<-begun
		var small atomic.Int64
		for i := range 40 {
			group.Go(func() {
				if _, err := b.Tally(t.Context(), fmt.Sprint(i), time.Now(), time.Hour); err != nil {
					t.Errorf("%+v", err)
				}
				small.Add(1)
			})
		}
		synctest.Wait() // all of them wait
		group.Go(func() {
			err := b.Commit(t.Context(), second, func(assurance.Tail) error {
				if n := small.Load(); n > 1 {
					t.Errorf("%d small writes were let in before", n)
				}
				return nil
			})
			if err != nil {
				t.Errorf("%+v", err)
			}
		})
		synctest.Wait()
		close(goOn)
		group.Wait()
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
}
