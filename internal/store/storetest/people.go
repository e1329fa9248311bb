package storetest

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
)

func anna() assurance.Person {
	return assurance.Person{
		ID: "anna", Account: "acc-7f3", Email: "Anna@Example.com", Folded: "anna@example.com", Name: "Anna 王",
		Office: identity.Member, Party: "p1", Role: identity.Finance, Stage: "active", Language: "zh",
		CreatedAt: time.Date(2026, 3, 1, 0, 0, 0, 1000, time.UTC),
	}
}

// stands is a batch of one fact and whatever else fill adds to it.
func stands(s *Scribe, stream string, fill func(*assurance.Batch)) *Page {
	p := s.Page()
	p.Record(stream, "account_noted", "{}")
	fill(&p.batch)
	return p
}

// keep writes such a batch.
func keep(t *testing.T, b Backend, s *Scribe, fill func(*assurance.Batch)) {
	t.Helper()
	write(t, b, stands(s, "account:test", fill))
}

func testPeople(t *testing.T, open func(*testing.T) Backend) {
	t.Run("a person is found by address, by id and by account", testPersons(open))
	t.Run("an address belongs to one person", testAddresses(open))
	t.Run("people are listed by party and by office", testLists(open))
	t.Run("a secret is put, replaced and removed", testSecrets(open))
	t.Run("a secret stays with its person", testForeignSecrets(open))
	t.Run("a document stays as it was handed in first", testDocuments(open))
	t.Run("two writers add to the same counters blindly", testCounters(open))
}

func testPersons(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b, s, p := t.Context(), open(t), NewScribe(), anna()
		find := func(want assurance.Person) {
			t.Helper()
			for how, have := range map[string]assurance.Person{
				"address": got[assurance.Person](t)(b.PersonByEmail(ctx, want.Folded)),
				"id":      got[assurance.Person](t)(b.PersonByID(ctx, want.ID)),
				"account": got[assurance.Person](t)(b.PersonByAccount(ctx, want.Account)),
			} {
				if have != want {
					t.Errorf("by %s: got %+v, want %+v", how, have, want)
				}
			}
		}
		keep(t, b, s, func(b *assurance.Batch) { b.Persons = []assurance.Person{p} })
		find(p)
		for _, err := range []error{
			second(b.PersonByEmail(ctx, p.Email)), second(b.PersonByID(ctx, "other")), second(b.PersonByAccount(ctx, "other")),
		} {
			refused(t, err, fault.NotFound, "people.unknown")
		}
		p.Email, p.Folded, p.Role, p.Stage, p.Name, p.Language = "new@example.com", "new@example.com", identity.Owner, "closed", "Anna Wang", "en"
		keep(t, b, s, func(b *assurance.Batch) { b.Persons = []assurance.Person{p} })
		find(p)
		refused(t, second(b.PersonByEmail(ctx, anna().Folded)), fault.NotFound, "people.unknown")
	}
}

func second[T any](_ T, err error) error { return err }

func testAddresses(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b, s := t.Context(), open(t), NewScribe()
		ben := anna()
		ben.ID, ben.Account, ben.Email, ben.Folded = "ben", "acc-b", "ben@example.com", "ben@example.com"
		keep(t, b, s, func(b *assurance.Batch) { b.Persons = []assurance.Person{anna(), ben} })
		size := got[assurance.Tail](t)(b.Tail(ctx)).Size
		newcomer, moved := anna(), ben
		newcomer.ID, newcomer.Account = "carl", "acc-c"
		moved.Email, moved.Folded = anna().Email, anna().Folded
		for name, p := range map[string]assurance.Person{"a newcomer": newcomer, "somebody who is known": moved} {
			taken := stands(s, "account:late", func(b *assurance.Batch) {
				b.Persons = []assurance.Person{p}
				b.Secrets = []assurance.Secret{{Person: "anna", Name: "password:anna", Data: []byte("stolen")}}
				b.Counts = []assurance.Count{{Scope: "all", Feature: "f", Value: "v", N: 1}}
			})
			refused(t, b.Commit(ctx, taken.Batch(), Placed), fault.Conflict, "people.email_taken")
			if have := got[assurance.Person](t)(b.PersonByEmail(ctx, anna().Folded)); have != anna() {
				t.Errorf("%s: the address leads to %+v", name, have)
			}
			if tail := got[assurance.Tail](t)(b.Tail(ctx)); tail.Size != size {
				t.Errorf("%s: %d entries were kept", name, tail.Size-size)
			}
			refused(t, second(b.SecretByName(ctx, "password:anna")), fault.NotFound, "people.unknown")
			if counts := got[[]assurance.Count](t)(b.Counts(ctx, "anna", []assurance.Count{{Feature: "f", Value: "v"}})); len(counts) > 0 {
				t.Errorf("%s: it was counted: %+v", name, counts)
			}
		}
		if have := got[assurance.Person](t)(b.PersonByID(ctx, "ben")); have != ben {
			t.Errorf("got %+v", have)
		}
		keep(t, b, s, func(b *assurance.Batch) { b.Persons = []assurance.Person{ben} }) // and the store goes on
	}
}

func testLists(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b, s := t.Context(), open(t), NewScribe()
		var people []assurance.Person
		for _, who := range []struct {
			id     identity.PersonID
			office identity.Office
			party  identity.PartyID
		}{{"a", identity.Member, "p1"}, {"b", identity.Administrator, ""}, {"c", identity.Member, "p2"}, {"d", identity.Member, "p1"}, {"e", identity.Auditor, ""}} {
			p := anna()
			p.ID, p.Account, p.Folded, p.Office, p.Party = who.id, "acc-"+string(who.id), string(who.id)+"@example.com", who.office, who.party
			p.Disowned = who.id == "c" || who.id == "e"
			people = append(people, p)
		}
		keep(t, b, s, func(b *assurance.Batch) { b.Persons = people })
		for _, c := range []struct {
			query assurance.PersonQuery
			want  string
		}{
			{assurance.PersonQuery{Limit: 9}, "a b c d e"},
			{assurance.PersonQuery{Limit: 2, After: "b"}, "c d"},
			{assurance.PersonQuery{Limit: 9, Party: "p1"}, "a d"},
			{assurance.PersonQuery{Limit: 9, Party: "p1", After: "a"}, "d"},
			{assurance.PersonQuery{Limit: 9, Party: "p3"}, ""},
			{assurance.PersonQuery{Limit: 9, Office: identity.Auditor}, "e"},
			{assurance.PersonQuery{Limit: 1, Office: identity.Member}, "a"},
			{assurance.PersonQuery{Limit: 9, Office: identity.Administrator, Party: "p1"}, ""},
			{assurance.PersonQuery{Limit: 9, Disowned: true}, "c e"},
			{assurance.PersonQuery{Limit: 9, Disowned: true, After: "c"}, "e"},
		} {
			var ids []string
			for _, p := range got[[]assurance.Person](t)(b.Persons(ctx, c.query)) {
				ids = append(ids, string(p.ID))
			}
			if have := strings.Join(ids, " "); have != c.want {
				t.Errorf("%+v: got %q, want %q", c.query, have, c.want)
			}
		}
		if have := got[[]assurance.Person](t)(b.Persons(ctx, assurance.PersonQuery{Limit: 9})); !slices.Equal(have, people) {
			t.Errorf("got %+v", have)
		}
	}
}

func testSecrets(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b, s := t.Context(), open(t), NewScribe()
		ben := anna()
		ben.ID, ben.Account, ben.Folded = "ben", "acc-b", "ben@example.com"
		password := assurance.Secret{Person: "anna", Name: "password:anna", Data: []byte("$argon2id$")}
		key := assurance.Secret{Person: "anna", Name: "passkey:x_-1", Data: []byte{0, 1, 0xff}}
		other := assurance.Secret{Person: "ben", Name: "password:ben", Data: []byte("b")}
		keep(t, b, s, func(b *assurance.Batch) {
			b.Persons, b.Secrets = []assurance.Person{anna(), ben}, []assurance.Secret{password, other, key}
		})
		if have := got[[]assurance.Secret](t)(b.Secrets(ctx, "anna")); !reflect.DeepEqual(have, []assurance.Secret{key, password}) {
			t.Errorf("got %+v", have)
		}
		if have := got[assurance.Secret](t)(b.SecretByName(ctx, key.Name)); !reflect.DeepEqual(have, key) {
			t.Errorf("got %+v", have)
		}
		refused(t, second(b.SecretByName(ctx, "passkey:X_-1")), fault.NotFound, "people.unknown")
		password.Data = []byte("$argon2id$new")
		keep(t, b, s, func(b *assurance.Batch) {
			b.Secrets = []assurance.Secret{password, {Person: "anna", Name: key.Name}, {Person: "anna", Name: "totp:anna:never"}}
		})
		if have := got[[]assurance.Secret](t)(b.Secrets(ctx, "anna")); !reflect.DeepEqual(have, []assurance.Secret{password}) {
			t.Errorf("after a change: %+v", have)
		}
		refused(t, second(b.SecretByName(ctx, key.Name)), fault.NotFound, "people.unknown")
		if have := got[[]assurance.Secret](t)(b.Secrets(ctx, "ben")); !reflect.DeepEqual(have, []assurance.Secret{other}) {
			t.Errorf("another's: %+v", have)
		}
	}
}

func testForeignSecrets(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b, s := t.Context(), open(t), NewScribe()
		ben := anna()
		ben.ID, ben.Account, ben.Folded = "ben", "acc-b", "ben@example.com"
		key := assurance.Secret{Person: "anna", Name: "passkey:1", Data: []byte("anna's")}
		keep(t, b, s, func(b *assurance.Batch) {
			b.Persons, b.Secrets = []assurance.Person{anna(), ben}, []assurance.Secret{key}
		})
		for name, theft := range map[string]assurance.Secret{
			"somebody else's": {Person: "ben", Name: key.Name, Data: []byte("ben's")},
			"nobody's":        {Person: "nobody", Name: "passkey:2", Data: []byte("x")},
		} {
			p := stands(s, "account:thief", func(b *assurance.Batch) { b.Secrets = []assurance.Secret{theft} })
			refused(t, b.Commit(ctx, p.Batch(), Placed), fault.Internal, "store.constraint")
			if have := got[assurance.Secret](t)(b.SecretByName(ctx, key.Name)); !reflect.DeepEqual(have, key) {
				t.Errorf("%s: %+v", name, have)
			}
			if records := got[[]assurance.Record](t)(b.Records(ctx, "account:thief", 0)); len(records) > 0 {
				t.Errorf("%s: %d facts were kept", name, len(records))
			}
		}
	}
}

func testDocuments(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b := t.Context(), open(t)
		content := slices.Repeat([]byte{0, 0xff, '%', 'P'}, 50_000)
		d := assurance.Document{Hash: evidence.HashOf(content).String(), Party: "p1", Name: "licence 执照.pdf", Kind: "application/pdf", Bytes: content, At: anna().CreatedAt}
		must(t, b.PutDocument(ctx, d))
		again, other := d, d
		again.Name, again.At = "another name.pdf", d.At.Add(time.Hour)
		other.Party, other.Name = "p2", "ours.pdf"
		must(t, b.PutDocument(ctx, again))
		must(t, b.PutDocument(ctx, other))
		for _, want := range []assurance.Document{d, other} {
			if have := got[assurance.Document](t)(b.Document(ctx, want.Party, want.Hash)); !reflect.DeepEqual(have, want) {
				t.Errorf("got %s of %s at %s, %d bytes", have.Name, have.Party, have.At, len(have.Bytes))
			}
		}
		for _, stranger := range []identity.PartyID{"", "p0", "p3"} {
			refused(t, second(b.Document(ctx, stranger, d.Hash)), fault.NotFound, "people.no_document")
		}
		refused(t, second(b.Document(ctx, "p1", strings.Repeat("0", 64))), fault.NotFound, "people.no_document")
	}
}

func testCounters(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b := t.Context(), open(t)
		beside := b.Beside(t)
		count := func(scope, value string, n int64) assurance.Count {
			return assurance.Count{Scope: scope, Feature: "agent", Value: value, N: n}
		}
		// Neither writer knows what the other has counted.
		first := stands(NewScribe(), "account:a", func(b *assurance.Batch) {
			b.Counts = []assurance.Count{count("all", "Firefox/128", 1), count("anna", "Firefox/128", 1), count("anna", "Safari/17", 5), count("all", "Safari/17", 5)}
		})
		write(t, b, first)
		for i, stream := range []string{"account:b", "account:c"} {
			node := []Backend{beside, b}[i]
			batch := stands(NewScribe(), stream, func(b *assurance.Batch) {
				b.Counts = []assurance.Count{count("all", "Firefox/128", 10), count("all", "x\x00\xff", 2), count("ben", "Firefox/128", 1)}
			}).Batch()
			must(t, node.Commit(ctx, batch, placed(t, node, batch)))
		}
		asked := []assurance.Count{count("", "Firefox/128", 0), count("", "x\x00\xff", 0), count("", "never", 0), count("", "Firefox/128", 7), {Feature: "hour", Value: "Firefox/128"}, {Feature: "a", Value: "Firefox/128"}}
		for person, want := range map[string][]assurance.Count{
			"anna":   {count("all", "Firefox/128", 21), count("all", "x\uFFFD\uFFFD", 4), count("anna", "Firefox/128", 1), count("anna", "Safari/17", 5)},
			"ben":    {count("all", "Firefox/128", 21), count("all", "x\uFFFD\uFFFD", 4), count("ben", "Firefox/128", 2)},
			"nobody": {count("all", "Firefox/128", 21), count("all", "x\uFFFD\uFFFD", 4)},
		} {
			if have := got[[]assurance.Count](t)(b.Counts(ctx, person, asked)); !slices.Equal(sortedCounts(have), want) {
				t.Errorf("%s: got %+v", person, have)
			}
		}
		if have := got[[]assurance.Count](t)(b.Counts(ctx, "ben", nil)); !slices.Equal(have, []assurance.Count{count("ben", "Firefox/128", 2)}) {
			t.Errorf("of nothing else: %+v", have)
		}
	}
}

func sortedCounts(counts []assurance.Count) []assurance.Count {
	slices.SortFunc(counts, func(a, b assurance.Count) int {
		return strings.Compare(a.Scope+"\x00"+a.Value, b.Scope+"\x00"+b.Value)
	})
	return counts
}
