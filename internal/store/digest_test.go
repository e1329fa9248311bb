package store_test

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"fondaco/internal/assurance"
	"fondaco/internal/store"
	"fondaco/internal/store/pgtest"
)

// keyAt is a UUID of version 7.
func keyAt(at time.Time) string {
	id := uuid.New()
	ms := at.UnixMilli()
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	id[6] = 0x70 | id[6]&0x0f
	return id.String()
}

func TestKeysThatComeTogetherLieTogether(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)
	digest := func(key string) int64 {
		return store.DigestOf(assurance.AnswerKey{Caller: "member/a/b", Key: key}, 0)
	}
	region := func(key string) int64 { return digest(key) >> 40 & 0xffffff }
	first := region(keyAt(at))
	for _, other := range []string{keyAt(at), "web:" + keyAt(at), "deal:" + keyAt(at) + "/5/seller"} {
		if region(other) != first {
			t.Errorf("%s lies at %x, not at %x", other, region(other), first)
		}
	}
	if next := region(keyAt(at.Add(time.Millisecond))); next != first+1 {
		t.Errorf("the next millisecond lies at %x after %x", next, first)
	}
	if later := region(keyAt(at.Add(time.Hour))); later == first {
		t.Errorf("an hour later is still %x", first)
	}
	seen := map[int64]bool{}
	for range 10_000 {
		k := digest(keyAt(at))
		if seen[k] {
			t.Fatalf("digest %x is there twice", k)
		}
		seen[k] = true
	}
	for _, untimed := range []string{"", "order 7", uuid.NewString(), "0198c0de-7a3c-7cc0-8000-00000000000", "xxxxxxxxxxxxx-7xxxxxxxxxxxxxxxxxxxxxxxxxxx"} {
		key := assurance.AnswerKey{Caller: "c", Key: untimed}
		if store.DigestOf(key, 0) != store.DigestOf(key, at.UnixMilli()) {
			t.Errorf("%q is taken for a time", untimed)
		}
	}
	if store.DigestOf(assurance.AnswerKey{Caller: "a", Key: "k"}, 0) == store.DigestOf(assurance.AnswerKey{Caller: "b", Key: "k"}, 0) {
		t.Error("two callers share a key")
	}
}

// TestAHouseThatGoesOnToTimedDigestsKeepsItsAnswers lets a house of the release before
// answer a key, and brings its schema up to date.
func TestAHouseThatGoesOnToTimedDigestsKeepsItsAnswers(t *testing.T) {
	t.Parallel()
	const before = 4 // the newest schema without them
	path, address := filepath.Join(t.TempDir(), "house.db"), pgtest.Empty(t)
	lite, err := store.OpenSQLite(t.Context(), path)
	must(t, err)
	pg, err := store.OpenPostgres(t.Context(), address)
	must(t, err)
	for _, backend := range []struct {
		driver, address string
		s               *store.Store
	}{{"sqlite", path, lite}, {"pgx", address, pg}} {
		s := backend.s
		must(t, s.MigrateTo(t.Context(), before))
		now := time.Now()
		key := assurance.AnswerKey{Caller: "member/a/b", Key: keyAt(now)}
		plain := store.DigestOf(key, now.UnixMilli()+1)
		db, err := sql.Open(backend.driver, backend.address)
		must(t, err)
		_, err = db.ExecContext(t.Context(), `INSERT INTO answer (digest, caller, key, input, response, at) VALUES ($1, $2, $3, $4, '{}', 1)`,
			plain, key.Caller, key.Key, make([]byte, 32))
		must(t, err)
		must(t, s.Migrate(t.Context()))
		found, err := s.Answers(t.Context(), []assurance.AnswerKey{key})
		if err != nil || len(found) != 1 || found[0].AnswerKey != key {
			t.Errorf("%s: %v, %v", backend.driver, found, err)
		}
		from, err := s.TimedFrom(t.Context())
		if err != nil || from < now.Add(23*time.Hour).UnixMilli() || from > now.Add(25*time.Hour).UnixMilli() {
			t.Errorf("%s: keys are timed from %d on at %d, %v", backend.driver, from, now.UnixMilli(), err)
		}
		late := assurance.AnswerKey{Caller: "member/a/b", Key: keyAt(now.Add(26 * time.Hour))}
		if store.DigestOf(late, from) != store.DigestOf(late, 0) || store.DigestOf(key, from) != plain {
			t.Errorf("%s: a key of today is kept as %x, one of tomorrow as %x", backend.driver, store.DigestOf(key, from), store.DigestOf(late, from))
		}
		must(t, db.Close())
		must(t, s.Close())
	}
}

func TestANewHouseKeepsItsAnswersByTimeAtOnce(t *testing.T) {
	t.Parallel()
	for backend, s := range map[string]*store.Store{"sqlite": setup(t).Store, "postgresql": postgresAt(t, pgtest.Database(t)).Store} {
		if from, err := s.TimedFrom(t.Context()); err != nil || from != 0 {
			t.Errorf("%s: %d, %v", backend, from, err)
		}
	}
}
