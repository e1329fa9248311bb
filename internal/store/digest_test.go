package store_test

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"fondaco/internal/assurance"
	"fondaco/internal/store"
)

func TestKeysThatComeTogetherLieTogether(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)
	key := func(at time.Time) string {
		id := uuid.New()
		ms := at.UnixMilli()
		for i := range 6 {
			id[i] = byte(ms >> (40 - 8*i))
		}
		id[6] = 0x70 | id[6]&0x0f
		return id.String()
	}
	region := func(key string) int64 {
		digest, _ := store.DigestsOf(assurance.AnswerKey{Caller: "member/a/b", Key: key})
		return digest >> 52 & 0xfff
	}
	first := region(key(at))
	for _, other := range []string{key(at), "web:" + key(at.Add(50*time.Millisecond)), "deal:" + key(at) + "/5/seller"} {
		if region(other) != first {
			t.Errorf("%s lies at %x, not at %x", other, region(other), first)
		}
	}
	if next := region(key(at.Add(256 * time.Millisecond))); next != first+1 {
		t.Errorf("the next quarter of a second lies at %x after %x", next, first)
	}
	seen := map[int64]bool{}
	for range 10_000 {
		digest, plain := store.DigestsOf(assurance.AnswerKey{Caller: "c", Key: key(at)})
		if seen[digest] || digest == plain {
			t.Fatalf("digest %x, plain %x", digest, plain)
		}
		seen[digest] = true
	}
	for _, untimed := range []string{"", "order 7", uuid.NewString(), "0198c0de-7a3c-7cc0-8000-00000000000", "xxxxxxxxxxxxx-7xxxxxxxxxxxxxxxxxxxxxxxxxxx"} {
		if digest, plain := store.DigestsOf(assurance.AnswerKey{Caller: "c", Key: untimed}); digest != plain {
			t.Errorf("%q is taken for a time", untimed)
		}
	}
	a, _ := store.DigestsOf(assurance.AnswerKey{Caller: "a", Key: "k"})
	b, _ := store.DigestsOf(assurance.AnswerKey{Caller: "b", Key: "k"})
	if a == b {
		t.Error("two callers share a key")
	}
}

func TestAnswersOfTheFirstHousesAreStillFound(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "house.db")
	s, err := store.OpenSQLite(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	key := assurance.AnswerKey{Caller: "member/a/b", Key: uuid.Must(uuid.NewV7()).String()}
	_, plain := store.DigestsOf(key)
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), `INSERT INTO answer (digest, caller, key, input, response, at) VALUES (?, ?, ?, zeroblob(32), '{}', 1)`, plain, key.Caller, key.Key); err != nil {
		t.Fatal(err)
	}
	found, err := s.Answers(t.Context(), []assurance.AnswerKey{key})
	if err != nil || len(found) != 1 || found[0].AnswerKey != key {
		t.Errorf("%v, %v", found, err)
	}
}
