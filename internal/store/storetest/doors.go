package storetest

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
)

func testDoors(t *testing.T, open func(*testing.T) Backend) {
	t.Run("a session is found by its hash", testSessions(open))
	t.Run("a session lives until it ends or expires", testLiving(open))
	t.Run("a session belongs to somebody", testNobodysSession(open))
	t.Run("a ticket is valid until it expires", testTickets(open))
	t.Run("of many takers one gets the ticket", testTakers(open))
	t.Run("a tally counts within its window", testTally(open))
	t.Run("many count one tally", testTallyRace(open))
	t.Run("what has expired is swept", testSweep(open))
	t.Run("a message that follows from no fact", testPosted(open))
	t.Run("a browser's visit lives until it expires", testVisits(open))
}

func session(id string, at time.Time) assurance.Session {
	return assurance.Session{
		ID: id, Hash: evidence.HashOf([]byte(id)), Person: "anna", Kind: assurance.BrowserSession, CreatedAt: at, SeenAt: at,
		ExpiresAt: at.Add(time.Hour), Factor: "passkey", Body: []byte(`{"city":"杭州"}`),
	}
}

// signedIn is the one session whose secret has this hash.
func signedIn(t *testing.T, b Backend, hash evidence.Hash) assurance.SignedIn {
	t.Helper()
	in := got[[]assurance.SignedIn](t)(b.SessionsByHash(t.Context(), []evidence.Hash{hash}))
	if len(in) != 1 {
		t.Fatalf("%d sessions have one hash", len(in))
	}
	return in[0]
}

func testSessions(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b, s := t.Context(), open(t), NewScribe()
		first, key := session("s1", s.at), session("k1", s.at)
		key.Kind, key.Label = assurance.KeySession, "stock 系统"
		keep(t, b, s, func(b *assurance.Batch) {
			b.Persons, b.Sessions = []assurance.Person{anna()}, []assurance.Session{first, key}
		})
		find := func(want assurance.Session) {
			t.Helper()
			if have := signedIn(t, b, want.Hash); !reflect.DeepEqual(have, assurance.SignedIn{Session: want, Person: anna()}) {
				t.Errorf("got %+v, want %+v", have, want)
			}
		}
		find(first)
		find(key)
		two := got[[]assurance.SignedIn](t)(b.SessionsByHash(ctx, []evidence.Hash{key.Hash, evidence.HashOf([]byte("other")), first.Hash}))
		if len(two) != 2 || two[0].Session.ID == two[1].Session.ID {
			t.Errorf("of two sessions and an unknown one: %+v", two)
		}
		if none := got[[]assurance.SignedIn](t)(b.SessionsByHash(ctx, nil)); len(none) != 0 {
			t.Errorf("of no hash: %+v", none)
		}
		later := s.at.Add(time.Minute)
		for _, at := range []time.Time{later, later.Add(-time.Second)} { // news that are late change nothing
			must(t, b.SessionsSeen(ctx, []string{"s1"}, at))
		}
		must(t, b.SessionsSeen(ctx, []string{"unknown", "k1"}, later))
		must(t, b.SessionsSeen(ctx, nil, later))
		first.SeenAt, key.SeenAt = later, later
		find(first)
		keep(t, b, s, func(b *assurance.Batch) {
			b.Ended = []assurance.SessionEnd{{ID: "s1", At: later}, {ID: "unknown", At: later}}
		})
		keep(t, b, s, func(b *assurance.Batch) { b.Ended = []assurance.SessionEnd{{ID: "s1", At: later.Add(time.Hour)}} })
		first.EndedAt = later
		find(first) // it ended once
		find(key)
	}
}

func testLiving(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b, s := t.Context(), open(t), NewScribe()
		ben := anna()
		ben.ID, ben.Account, ben.Folded = "ben", "acc-b", "ben@example.com"
		start := s.at
		var sessions []assurance.Session
		for i, id := range []string{"c", "b", "a", "d"} {
			v := session(id, start.Add(time.Duration(i)*time.Minute))
			if id == "d" {
				v.Person = "ben"
			}
			sessions = append(sessions, v)
		}
		keep(t, b, s, func(b *assurance.Batch) { b.Persons, b.Sessions = []assurance.Person{anna(), ben}, sessions })
		list := func(person identity.PersonID, now time.Time) string {
			var ids []string
			for _, v := range got[[]assurance.Session](t)(b.SessionsOf(ctx, person, now)) {
				ids = append(ids, v.ID)
			}
			return strings.Join(ids, " ")
		}
		end := start.Add(time.Hour)
		for _, c := range []struct {
			person identity.PersonID
			now    time.Time
			want   string
		}{
			{"anna", start, "a b c"},
			{"ben", start, "d"},
			{"nobody", start, ""},
			{"anna", end.Add(-time.Microsecond), "a b c"},
			{"anna", end, "a b"},
			{"anna", end.Add(time.Hour), ""},
		} {
			if have := list(c.person, c.now); have != c.want {
				t.Errorf("%s at %s: %q, want %q", c.person, c.now, have, c.want)
			}
		}
		keep(t, b, s, func(b *assurance.Batch) {
			b.Ended = []assurance.SessionEnd{{ID: "b", At: start.Add(5 * time.Minute)}, {ID: "d", At: start.Add(6 * time.Minute)}}
		})
		if have := list("anna", start); have != "a c" {
			t.Errorf("after one has ended: %q", have)
		}
		for id, at := range map[string]time.Time{"b": start.Add(5 * time.Minute), "d": start.Add(6 * time.Minute)} {
			if have := signedIn(t, b, evidence.HashOf([]byte(id))).Session; !have.EndedAt.Equal(at) {
				t.Errorf("%s ended at %s", id, have.EndedAt)
			}
		}
	}
}

func testNobodysSession(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b, s := t.Context(), open(t), NewScribe()
		keep(t, b, s, func(b *assurance.Batch) {
			b.Persons, b.Sessions = []assurance.Person{anna()}, []assurance.Session{session("s1", s.at)}
		})
		nobody, odd, again := session("s2", s.at), session("s3", s.at), session("s4", s.at)
		nobody.Person, odd.Kind, again.Hash = "nobody", "borrowed", session("s1", s.at).Hash
		for code, v := range map[string][]assurance.Session{"store.constraint": {nobody, odd}, "store.conflict": {again}} {
			for _, v := range v {
				p := stands(s, "account:x", func(b *assurance.Batch) { b.Sessions = []assurance.Session{v} })
				if err := b.Commit(ctx, p.Batch(), Placed); fault.CodeOf(err) != code {
					t.Errorf("%s: %v, want %s", v.ID, err, code)
				}
			}
		}
		if have := signedIn(t, b, again.Hash).Session; have.ID != "s1" {
			t.Errorf("got %+v", have)
		}
	}
}

func testTickets(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b, s := t.Context(), open(t), NewScribe()
		now := s.at
		ticket := func(secret, purpose string, person identity.PersonID) assurance.Ticket {
			return assurance.Ticket{
				Hash: evidence.HashOf([]byte(secret)), Purpose: purpose, Person: person, Body: []byte{0, 0xff, 'x'}, ExpiresAt: now.Add(time.Hour),
			}
		}
		reset, signin, verify := ticket("1", "reset", "anna"), ticket("2", "signin", ""), ticket("3", "verify", "anna")
		must(t, b.PutTicket(ctx, reset))
		must(t, b.PutTicket(ctx, signin))
		keep(t, b, s, func(b *assurance.Batch) { b.Tickets = []assurance.Ticket{verify, ticket("4", "reset", "anna")} })
		for _, want := range []assurance.Ticket{reset, signin, verify} {
			if have := got[assurance.Ticket](t)(b.Ticket(ctx, want.Hash, now)); !reflect.DeepEqual(have, want) {
				t.Errorf("got %+v", have)
			}
		}
		reset.Body, reset.ExpiresAt = []byte("other"), now.Add(2*time.Hour)
		must(t, b.PutTicket(ctx, reset))
		if have := got[assurance.Ticket](t)(b.Ticket(ctx, reset.Hash, now)); !reflect.DeepEqual(have, reset) {
			t.Errorf("a ticket that was replaced: %+v", have)
		}
		none := func(err error) { t.Helper(); refused(t, err, fault.NotFound, "people.no_ticket") }
		none(second(b.Ticket(ctx, signin.Hash, signin.ExpiresAt)))
		none(second(b.TakeTicket(ctx, signin.Hash, signin.ExpiresAt)))
		last := signin.ExpiresAt.Add(-time.Microsecond)
		if have := got[assurance.Ticket](t)(b.TakeTicket(ctx, signin.Hash, last)); !reflect.DeepEqual(have, signin) {
			t.Errorf("taken: %+v", have)
		}
		none(second(b.TakeTicket(ctx, signin.Hash, last)))
		none(second(b.Ticket(ctx, signin.Hash, last)))
		none(second(b.TakeTicket(ctx, evidence.HashOf([]byte("never")), now)))
		must(t, b.DropTickets(ctx, "reset", "anna"))
		must(t, b.DropTickets(ctx, "reset", "nobody"))
		none(second(b.Ticket(ctx, reset.Hash, now)))
		none(second(b.TakeTicket(ctx, evidence.HashOf([]byte("4")), now)))
		if have := got[assurance.Ticket](t)(b.TakeTicket(ctx, verify.Hash, now)); !reflect.DeepEqual(have, verify) {
			t.Errorf("a ticket of another purpose: %+v", have)
		}
	}
}

func testTakers(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b := t.Context(), open(t)
		nodes := []Backend{b, b.Beside(t)}
		now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		for round := range 5 {
			k := assurance.Ticket{Hash: evidence.HashOf(fmt.Append(nil, round)), Purpose: "signin", Body: []byte("b"), ExpiresAt: now.Add(time.Minute)}
			must(t, b.PutTicket(ctx, k))
			var taken atomic.Int64
			var group sync.WaitGroup
			for i := range 6 {
				group.Go(func() {
					have, err := nodes[i%2].TakeTicket(ctx, k.Hash, now)
					switch {
					case err == nil && reflect.DeepEqual(have, k):
						taken.Add(1)
					case fault.CodeOf(err) != "people.no_ticket":
						t.Errorf("%+v, %v", have, err)
					}
				})
			}
			group.Wait()
			if n := taken.Load(); n != 1 {
				t.Errorf("round %d: %d have it", round, n)
			}
		}
	}
}

func testTally(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b := t.Context(), open(t)
		start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		for i, step := range []struct {
			key   string
			after time.Duration
			want  int64
		}{
			{"a", 0, 1},
			{"a", time.Minute, 2},
			{"b", time.Minute, 1},
			{"a\x00\xff", time.Minute, 1},
			{strings.Repeat("long", 5000), time.Minute, 1},
			{"a", time.Hour - time.Microsecond, 3},
			{"a", time.Hour, 1}, // another window begins
			{"b", time.Hour, 2},
			{"a", 2*time.Hour - time.Microsecond, 2},
			{"b", time.Hour + time.Minute, 1},
		} {
			if n := got[int64](t)(b.Tally(ctx, step.key, start.Add(step.after), time.Hour)); n != step.want {
				t.Errorf("step %d: %d, want %d", i, n, step.want)
			}
		}
	}
}

func testTallyRace(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b := t.Context(), open(t)
		nodes := []Backend{b, b.Beside(t)}
		now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		const writers, each = 4, 8
		var group sync.WaitGroup
		var mu sync.Mutex
		seen := map[int64]int{}
		for i := range writers {
			group.Go(func() {
				for range each {
					n, err := nodes[i%2].Tally(ctx, "same", now, time.Hour)
					if err != nil {
						t.Errorf("%+v", err)
						return
					}
					mu.Lock()
					seen[n]++
					mu.Unlock()
				}
			})
		}
		group.Wait()
		for n := int64(1); n <= writers*each; n++ {
			if seen[n] != 1 {
				t.Errorf("%d was told %d times", n, seen[n])
			}
		}
	}
}

func testSweep(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b := t.Context(), open(t)
		start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		for i := range 5 {
			must(t, second(b.Tally(ctx, fmt.Sprint("old", i), start, time.Hour)))
			must(t, b.PutTicket(ctx, assurance.Ticket{Hash: evidence.HashOf(fmt.Append(nil, i)), Purpose: "p", ExpiresAt: start.Add(time.Hour)}))
		}
		must(t, second(b.Tally(ctx, "old0", start.Add(time.Minute), time.Hour))) // its window ends no later for it
		fresh := assurance.Ticket{Hash: evidence.HashOf([]byte("fresh")), Purpose: "p", Body: []byte("b"), ExpiresAt: start.Add(2 * time.Hour)}
		must(t, b.PutTicket(ctx, fresh))
		must(t, second(b.Tally(ctx, "long", start, 2*time.Hour)))
		must(t, second(b.Tally(ctx, "new", start.Add(time.Hour), time.Hour)))
		for query, want := range map[string]bool{
			// A row that breaks a rule is inserted for each that is left: none, if there is none.
			`INSERT INTO outbox (id, topic, payload, state, attempts, next_at, last_error) SELECT 'x', '', '', 'odd', 0, 0, '' FROM tally WHERE ends_at < ` +
				fmt.Sprint(start.Add(2*time.Hour).UnixMicro()): false,
			`INSERT INTO outbox (id, topic, payload, state, attempts, next_at, last_error) SELECT 'x', '', '', 'odd', 0, 0, '' FROM ticket WHERE expires_at <= ` +
				fmt.Sprint(start.Add(time.Hour).UnixMicro()): false,
			`INSERT INTO outbox (id, topic, payload, state, attempts, next_at, last_error) SELECT 'x', '', '', 'odd', 0, 0, '' FROM tally`: true,
		} {
			if left, err := b.Around(ctx, query); err != nil || left != want {
				t.Errorf("%v, %v: %s", left, err, query)
			}
		}
		if have := got[assurance.Ticket](t)(b.Ticket(ctx, fresh.Hash, start.Add(time.Hour))); !reflect.DeepEqual(have, fresh) {
			t.Errorf("got %+v", have)
		}
		if n := got[int64](t)(b.Tally(ctx, "long", start.Add(time.Hour), 2*time.Hour)); n != 2 {
			t.Errorf("a tally that goes on is %d", n)
		}
	}
}

func testPosted(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b, s := t.Context(), open(t), NewScribe()
		m := assurance.Message{ID: "mail/1", Topic: "mail.send", Payload: []byte(`{"to":"a"}`), NextAt: s.at}
		again := m
		again.Payload = []byte(`{"to":"b"}`)
		must(t, b.PostMessage(ctx, m))
		must(t, b.PostMessage(ctx, again))
		if have := got[[]assurance.Message](t)(b.DueMessages(ctx, s.at, 9)); !reflect.DeepEqual(have, []assurance.Message{m}) {
			t.Errorf("got %+v", have)
		}
		must(t, b.MessageDone(ctx, m.ID, s.at))
		must(t, b.PostMessage(ctx, m))
		if have := got[[]assurance.Message](t)(b.DueMessages(ctx, s.at, 9)); len(have) > 0 {
			t.Errorf("what was done is done again: %+v", have)
		}
	}
}

func testVisits(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b := t.Context(), open(t)
		find := func(token string) ([]byte, bool) {
			data, found, err := b.SessionFind(ctx, token)
			must(t, err)
			return data, found
		}
		if _, found := find("s1"); found {
			t.Error("a visit out of nothing")
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
			t.Error("an expired visit was found")
		}
		must(t, b.SessionDelete(ctx, "s1"))
		must(t, b.SessionDelete(ctx, "s1"))
		if _, found := find("s1"); found {
			t.Error("a deleted visit was found")
		}
	}
}
