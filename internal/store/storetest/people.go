package storetest

import (
	"bytes"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
)

func testPeople(t *testing.T, open func(*testing.T) Backend) {
	anna := assurance.Person{
		ID: "anna", Email: "anna@example.com", Name: "Anna 王", PasswordHash: "$argon2id$", Office: identity.Member, Party: "p1",
		Language: "zh", CreatedAt: time.Date(2026, 3, 1, 0, 0, 0, 1000, time.UTC),
	}
	t.Run("a person is found by address and by id", func(t *testing.T) {
		t.Parallel()
		ctx, b := t.Context(), open(t)
		must(t, b.AddPerson(ctx, anna))
		if have := got[assurance.Person](t)(b.PersonByEmail(ctx, anna.Email)); have != anna {
			t.Errorf("got %+v", have)
		}
		if have := got[assurance.Person](t)(b.PersonByID(ctx, anna.ID)); have != anna {
			t.Errorf("got %+v", have)
		}
		second := anna
		second.ID = "other"
		refused(t, b.AddPerson(ctx, second), fault.Conflict, "people.email_taken")
		_, err := b.PersonByID(ctx, "other")
		refused(t, err, fault.NotFound, "people.unknown")
		_, err = b.PersonByEmail(ctx, "ANNA@example.com")
		refused(t, err, fault.NotFound, "people.unknown")
	})
	testJoining(t, open, anna)
	t.Run("a token is found by its hash", func(t *testing.T) {
		t.Parallel()
		ctx, b := t.Context(), open(t)
		must(t, b.AddPerson(ctx, anna))
		token := assurance.Token{Hash: evidence.HashOf([]byte("secret")), Person: anna.ID, ExpiresAt: anna.CreatedAt}
		must(t, b.AddToken(ctx, token))
		if have := got[assurance.Token](t)(b.TokenByHash(ctx, token.Hash)); have != token {
			t.Errorf("got %+v", have)
		}
		_, err := b.TokenByHash(ctx, evidence.HashOf([]byte("other")))
		refused(t, err, fault.NotFound, "people.unknown")
		if err := b.AddToken(ctx, assurance.Token{Hash: evidence.HashOf([]byte("x")), Person: "nobody"}); err == nil {
			t.Error("a token of nobody was kept")
		}
	})
	t.Run("a session lives until it expires", func(t *testing.T) {
		t.Parallel()
		ctx, b := t.Context(), open(t)
		find := func(token string) ([]byte, bool) {
			data, found, err := b.SessionFind(ctx, token)
			must(t, err)
			return data, found
		}
		if _, found := find("s1"); found {
			t.Error("a session out of nothing")
		}
		soon := time.Now().Add(time.Hour)
		for _, data := range [][]byte{{0, 1, 0xff}, {}, []byte("longer")} {
			must(t, b.SessionCommit(ctx, "s1", data, soon))
			if have, found := find("s1"); !found || !bytes.Equal(have, data) {
				t.Errorf("got %v, %v", have, found)
			}
		}
		must(t, b.SessionCommit(ctx, "s2", []byte("x"), time.Now().Add(-time.Second)))
		if _, found := find("s2"); found {
			t.Error("an expired session was found")
		}
		must(t, b.SessionDelete(ctx, "s1"))
		must(t, b.SessionDelete(ctx, "s1"))
		if _, found := find("s1"); found {
			t.Error("a deleted session was found")
		}
	})
}

func testJoining(t *testing.T, open func(*testing.T) Backend, anna assurance.Person) {
	t.Helper()
	t.Run("a person joins with the batch or not at all", func(t *testing.T) {
		t.Parallel()
		ctx, b, s := t.Context(), open(t), NewScribe()
		join := func(p assurance.Person, stream string) *assurance.Batch {
			page := s.Page()
			page.Record(stream, "party_registered", "{}")
			batch := page.Batch()
			batch.Persons = []assurance.Person{p}
			return batch
		}
		must(t, b.Commit(ctx, join(anna, "party:p1"), Placed))
		if have := got[assurance.Person](t)(b.PersonByEmail(ctx, anna.Email)); have != anna {
			t.Errorf("got %+v", have)
		}
		second := anna
		second.ID = "other"
		late := join(second, "party:p2")
		late.Records[0].Sequence++ // behind the first, which was kept
		for i := range late.Hashes {
			late.Hashes[i].Index++
		}
		refused(t, b.Commit(ctx, late, Placed), fault.Conflict, "people.email_taken")
		if tail := got[assurance.Tail](t)(b.Tail(ctx)); tail.Size != 1 {
			t.Errorf("%d entries were kept", tail.Size)
		}
	})
}
