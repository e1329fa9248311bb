package storetest

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/ledger"
)

func testJournal(t *testing.T, open func(*testing.T) Backend) {
	t.Run("an empty house has an empty log", func(t *testing.T) {
		t.Parallel()
		b := open(t)
		if tail := got[assurance.Tail](t)(b.Tail(t.Context())); tail.Size != 0 || !tail.At.Equal(time.Unix(0, 0)) && !tail.At.IsZero() {
			t.Errorf("got %+v", tail)
		}
		if records := got[[]assurance.Record](t)(b.Records(t.Context(), "deal:x", 0)); len(records) != 0 {
			t.Errorf("got %v", records)
		}
		if hashes := got[[]evidence.Hash](t)(b.Hashes(t.Context(), nil)); len(hashes) != 0 {
			t.Errorf("got %v", hashes)
		}
	})
	t.Run("records come back as they were written", func(t *testing.T) {
		t.Parallel()
		b, s := open(t), NewScribe()
		p := s.Page()
		first := p.Record("deal:d1", "drafted", `{"title":"茶壶 🫖","quote":"\"\\%_'","nul":"\u0000"}`)
		other := p.Record("party:p1", "party_registered", `{}`)
		second := p.Record("deal:d1", "offered", `{"empty":""}`)
		write(t, b, p)
		want := []assurance.Record{first, second}
		if have := got[[]assurance.Record](t)(b.Records(t.Context(), "deal:d1", 0)); !reflect.DeepEqual(have, want) {
			t.Errorf("got %+v\nwant %+v", have, want)
		}
		if have := got[[]assurance.Record](t)(b.Records(t.Context(), "deal:d1", 1)); !reflect.DeepEqual(have, want[1:]) {
			t.Errorf("after version 1: got %+v", have)
		}
		if have := got[[]assurance.Record](t)(b.RecordsOf(t.Context(), []string{"party:p1", "deal:d1", "deal:none", "deal:d1"})); !reflect.DeepEqual(have, []assurance.Record{first, second, other}) {
			t.Errorf("of several streams: got %+v", have)
		}
		if have := got[[]assurance.Record](t)(b.RecordsOf(t.Context(), nil)); len(have) > 0 {
			t.Errorf("of none: got %+v", have)
		}
		if have := got[[]assurance.Record](t)(b.Range(t.Context(), 1, 3)); !reflect.DeepEqual(have, []assurance.Record{other, second}) {
			t.Errorf("range: got %+v", have)
		}
		if tail := got[assurance.Tail](t)(b.Tail(t.Context())); tail.Size != 3 || !tail.At.Equal(second.At) {
			t.Errorf("got %+v", tail)
		}
	})
	t.Run("the tree is rebuilt from stored hashes", testTree(open))
	t.Run("the ledger comes back as it was written", testLedgerRows(open))
	t.Run("answers belong to their caller", testAnswers(open))
	t.Run("tracking numbers are remembered", testTrackings(open))
}

func testTrackings(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		b, s := open(t), NewScribe()
		for _, deal := range []string{"d1", "d1", "d2"} {
			p := s.Page()
			p.Record("deal:"+deal, "shipped", `{}`)
			p.batch.Trackings = []assurance.Tracking{{Carrier: "DHL", Number: "1", Deal: deal}, {Carrier: "DHL", Number: "2", Deal: deal}, {Carrier: "DHL", Number: "2", Deal: deal}}
			if deal == "d2" {
				p.batch.Trackings = p.batch.Trackings[1:]
			}
			write(t, b, p)
		}
		for _, c := range []struct {
			carrier, number, except string
			want                    bool
		}{
			{"DHL", "1", "d1", false},
			{"DHL", "1", "d3", true},
			{"DHL", "2", "d1", true},
			{"DHL", "2", "d2", true},
			{"UPS", "1", "d3", false},
			{"dhl", "1", "d3", false},
		} {
			asked := assurance.Tracking{Carrier: c.carrier, Number: c.number, Deal: c.except}
			used := got[[]assurance.Tracking](t)(b.TrackingUsed(t.Context(), []assurance.Tracking{asked}))
			if want := []assurance.Tracking{asked}; c.want && !slices.Equal(used, want) || !c.want && len(used) != 0 {
				t.Errorf("%+v: got %v", c, used)
			}
		}
		many := []assurance.Tracking{{Carrier: "DHL", Number: "1", Deal: "d3"}, {Carrier: "UPS", Number: "1", Deal: "d3"}, {Carrier: "DHL", Number: "2", Deal: "d1"}}
		if used := got[[]assurance.Tracking](t)(b.TrackingUsed(t.Context(), many)); !slices.Equal(used, []assurance.Tracking{many[0], many[2]}) {
			t.Errorf("of several: %v", used)
		}

		// What was decided as announced by nobody else is looked at when it is written.
		for _, c := range []struct {
			unused []assurance.Tracking
			taken  bool
		}{
			{[]assurance.Tracking{{Carrier: "UPS", Number: "1", Deal: "d3"}, {Carrier: "DHL", Number: "1", Deal: "d3"}}, true},
			{[]assurance.Tracking{{Carrier: "DHL", Number: "2", Deal: "d1"}}, true},
			{[]assurance.Tracking{{Carrier: "UPS", Number: "1", Deal: "d3"}, {Carrier: "DHL", Number: "3", Deal: "d3"}, {Carrier: "DHL", Number: "1", Deal: "d1"}}, false},
		} {
			p := s.Page()
			p.Record("deal:d3", "shipped", `{}`)
			p.batch.Trackings, p.batch.Unused = c.unused, c.unused
			if !c.taken {
				write(t, b, p)
				continue
			}
			batch := p.Batch()
			refusedAsKnown(t, b.Commit(t.Context(), batch, placed(t, b, batch)))
			if used := got[[]assurance.Tracking](t)(b.TrackingUsed(t.Context(), []assurance.Tracking{{Carrier: "UPS", Number: "1", Deal: "another"}})); len(used) != 0 {
				t.Errorf("a batch that was refused has announced %v", used)
			}
		}
	}
}

func testTree(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		b, s := open(t), NewScribe()
		p := s.Page()
		for range 700 {
			p.Record("deal:d1", "noted", `{}`)
		}
		write(t, b, p)
		read := func(indexes []int64) ([]evidence.Hash, error) { return b.Hashes(t.Context(), indexes) }
		tree := got[*evidence.Tree](t)(evidence.NewTree(700, read))
		if tree.Root() != s.tree.Root() {
			t.Error("another root")
		}
		indexes := make([]int64, 0, 2048)
		for i := int64(1389); i >= 0; i-- { // not in order, some twice, more than one statement asks for
			indexes = append(indexes, i, i/2)
		}
		indexes = indexes[:2048]
		hashes := got[[]evidence.Hash](t)(b.Hashes(t.Context(), indexes))
		for i, ix := range indexes {
			if want := p.batch.Hashes[ix]; want.Index != ix || want.Hash != hashes[i] {
				t.Fatalf("hash %d is another one", ix)
			}
		}
		_, err := b.Hashes(t.Context(), []int64{3, evidence.StoredHashCount(700), 4})
		refused(t, err, fault.Internal, "evidence.hash_missing")
	}
}

// payout posts a deposit for a party and reserves a payout of some of it.
func payout(p *Page, party string) ledger.Transfer {
	const minor = 1000
	rail, own := ledger.Rail("sandbox", usd()), ledger.Party(party, usd())
	p.Post(p.Transfer(ledger.Posted, rail, own, minor))
	reserve := p.Transfer(ledger.Pending, own, ledger.Payout("o-"+party, usd()), minor-1)
	p.Post(reserve)
	return reserve
}

func testLedgerRows(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b, s := t.Context(), open(t), NewScribe()
		p := s.Page()
		reserve := payout(p, "p1")
		batch := write(t, b, p)
		own, rail := ledger.Party("p1", usd()), ledger.Rail("sandbox", usd())
		balances := got[map[ledger.AccountID]ledger.Balance](t)(b.Balances(ctx, []ledger.AccountID{own, rail, own, "party:nobody/USD"}))
		want := map[ledger.AccountID]ledger.Balance{
			own:  {Posted: 1000, PendingOut: 999, Version: 2},
			rail: {Posted: -1000, Version: 1},
		}
		if !reflect.DeepEqual(balances, want) {
			t.Errorf("got %+v", balances)
		}
		pendings := got[[]assurance.PendingRow](t)(b.Pendings(ctx, []ledger.TransferID{reserve.ID, batch.Transfers[0].ID, "unknown"}))
		if !reflect.DeepEqual(pendings, []assurance.PendingRow{{Transfer: reserve, Open: true}}) {
			t.Errorf("got %+v", pendings)
		}

		p = s.Page()
		closing := p.Closing(reserve, ledger.Post)
		p.Post(closing)
		p.Post(p.Transfer(ledger.Posted, rail, own, 5))
		write(t, b, p)
		pendings = got[[]assurance.PendingRow](t)(b.Pendings(ctx, []ledger.TransferID{reserve.ID}))
		if !reflect.DeepEqual(pendings, []assurance.PendingRow{{Transfer: reserve, Open: false}}) {
			t.Errorf("after it was closed: got %+v", pendings)
		}
		lines := got[[]assurance.StatementLine](t)(b.Statement(ctx, own, 0, 10))
		if len(lines) != 4 {
			t.Fatalf("got %d lines", len(lines))
		}
		for i, line := range lines {
			if line.Entry.Version != int64(4-i) || line.Entry.Account != own || line.Entry.Transfer != line.Transfer.ID {
				t.Errorf("line %d: %+v", i, line)
			}
		}
		if lines[1].Transfer != closing || lines[1].Entry.Delta != -999 || lines[1].Entry.Balance != 1 || lines[0].Entry.Balance != 6 {
			t.Errorf("got %+v", lines[:2])
		}
		if page := got[[]assurance.StatementLine](t)(b.Statement(ctx, own, 4, 2)); !reflect.DeepEqual(page, lines[1:3]) {
			t.Errorf("second page: %+v", page)
		}
		testRebuild(t, b, s)
	}
}

// testRebuild reads the whole ledger as an auditor does and compares it with the book.
func testRebuild(t *testing.T, b Backend, s *Scribe) {
	t.Helper()
	book := ledger.NewBook()
	var written []ledger.Entry
	var position int64
	for {
		rows, last, err := b.AllTransfers(t.Context(), position, 2)
		must(t, err)
		if len(rows) == 0 {
			break
		}
		position = last
		entries, err := book.ApplyAll(rows)
		must(t, err)
		written = append(written, entries...)
	}
	var stored []ledger.Entry
	for after := int64(0); ; {
		rows, last, err := b.AllEntries(t.Context(), after, 3)
		must(t, err)
		if len(rows) == 0 {
			break
		}
		after, stored = last, append(stored, rows...)
	}
	if !reflect.DeepEqual(stored, written) {
		t.Errorf("entries: got %+v\nwant %+v", stored, written)
	}
	for id, want := range book.All() {
		if have, _ := s.book.Balance(id); have != want {
			t.Errorf("%s: rebuilt %+v, was %+v", id, want, have)
		}
	}
}

func testAnswers(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		b, s := open(t), NewScribe()
		p := s.Page()
		p.Record("deal:d1", "drafted", `{}`)
		answer := assurance.Answer{
			AnswerKey: assurance.AnswerKey{Caller: identity.MemberOf("p1", "anna").String(), Key: "k1"},
			Input:     evidence.HashOf([]byte("in")), Response: []byte(`{"id":"d1"}`), At: s.at,
		}
		other := answer
		other.Caller = identity.MemberOf("p2", "bo").String()
		p.batch.Answers = []assurance.Answer{answer, other}
		write(t, b, p)
		var keys []assurance.AnswerKey
		for range 300 {
			keys = append(keys, answer.AnswerKey, assurance.AnswerKey{Caller: "member/p3/c", Key: "k1"}, assurance.AnswerKey{Caller: answer.Caller, Key: "k2"})
		}
		if have := got[[]assurance.Answer](t)(b.Answers(t.Context(), keys)); !reflect.DeepEqual(have, []assurance.Answer{answer}) {
			t.Errorf("got %+v", have)
		}
	}
}
