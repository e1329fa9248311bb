package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/ledger"
)

// placed gives a batch its places after the end of the log as it is stored.
func placed(t *testing.T, b Backend, batch *assurance.Batch) func(assurance.Tail) error {
	t.Helper()
	return func(end assurance.Tail) error {
		tree, err := evidence.NewTree(end.Size, func(ix []int64) ([]evidence.Hash, error) { return b.Hashes(t.Context(), ix) })
		if err != nil {
			return err
		}
		batch.Hashes = nil
		for i := range batch.Records {
			r := &batch.Records[i]
			r.Sequence = tree.Size()
			hashes, err := tree.Append(r.Entry().Leaf())
			if err != nil {
				return err
			}
			batch.Hashes = append(batch.Hashes, hashes...)
		}
		return nil
	}
}

func testNodes(t *testing.T, open func(*testing.T) Backend) {
	t.Run("credits of two nodes add up", testCredits(open))
	t.Run("money that another node has spent is decided again", testSpent(open))
	t.Run("a batch that finds no place is not written", func(t *testing.T) {
		t.Parallel()
		ctx, b, s := t.Context(), open(t), NewScribe()
		nowhere := errors.New("nowhere")
		batch := s.Works(3)
		if err := b.Commit(ctx, batch, func(assurance.Tail) error {
			return fault.New(fault.Conflict, "test.nowhere", "Nowhere.").Because(nowhere)
		}); !errors.Is(err, nowhere) {
			t.Errorf("got %v", err)
		}
		if size := got[int64](t)(b.Size(ctx)); size != 0 {
			t.Errorf("%d entries", size)
		}
		must(t, b.Commit(ctx, batch, Placed))
	})
	t.Run("two nodes write as fast as they can", testRace(open))
	t.Run("a node that was alone notices that it is not", testCompany(open))
}

// testCompany has a node write by itself, until another writes as well.
func testCompany(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		first := open(t)
		second := first.Beside(t)
		before := 0 // who has written before
		for i, who := range []int{0, 0, 0, 0, 0, 0, 1, 0, 1, 1, 0, 0, 0, 0} {
			b := []Backend{first, second}[who]
			s := NewScribe()
			p := s.Page()
			p.Record(fmt.Sprintf("deal:%d", i), "noted", `{}`)
			batch := p.Batch()
			var last assurance.Tail
			calls, place := 0, placed(t, b, batch)
			must(t, b.Commit(t.Context(), batch, func(end assurance.Tail) error {
				last, calls = end, calls+1
				return place(end)
			}))
			if last.Size != int64(i) || batch.Records[0].Sequence != int64(i) || calls > 2 {
				t.Errorf("write %d was placed at %d, by %d calls", i, last.Size, calls)
			}
			if who == before && calls != 1 {
				t.Errorf("write %d of a node alone was placed %d times", i, calls)
			}
			before = who
		}
		for i, r := range got[[]assurance.Record](t)(first.Range(t.Context(), 0, 99)) {
			if r.Stream != fmt.Sprintf("deal:%d", i) {
				t.Errorf("at %d is %s", i, r.Stream)
			}
		}
	}
}

func testCredits(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		own, rail := ledger.Party("p1", usd()), ledger.Rail("sandbox", usd())
		ctx, b := t.Context(), open(t)
		beside := b.Beside(t)
		first, second := NewScribe(), NewScribe() // neither knows what the other writes
		p := first.Page()
		p.Record("deal:a", "noted", `{}`)
		p.Post(p.Transfer(ledger.Posted, rail, own, 5))
		write(t, b, p)
		p = second.Page()
		p.number = 7 // other ids than the first scribe's
		p.Record("deal:b", "noted", `{}`)
		p.Post(p.Transfer(ledger.Posted, rail, own, 100))
		p.Post(p.Transfer(ledger.Posted, rail, own, 20))
		batch := p.Batch()
		must(t, beside.Commit(ctx, batch, placed(t, beside, batch)))
		stored := got[map[ledger.AccountID]ledger.Balance](t)(b.Balances(ctx, []ledger.AccountID{own, rail}))
		if want := (ledger.Balance{Posted: 125, Version: 3}); stored[own] != want || stored[rail].Posted != -125 {
			t.Errorf("got %+v", stored)
		}
		for _, c := range batch.Balances {
			if c.Now != stored[c.Account] {
				t.Errorf("the batch says %+v, stored is %+v", c, stored[c.Account])
			}
		}
		if r := batch.Records[0]; r.Sequence != 1 {
			t.Errorf("placed at %d", r.Sequence)
		}
		lines := got[[]assurance.StatementLine](t)(b.Statement(ctx, own, 0, 9))
		if len(lines) != 3 || lines[0].Entry.Balance != 125 || lines[1].Entry.Balance != 105 || lines[2].Entry.Balance != 5 {
			t.Errorf("got %+v", lines)
		}
		if streams := got[[]string](t)(b.Touched(ctx, 0, 2)); !slices.Equal(slices.Sorted(slices.Values(streams)), []string{"deal:a", "deal:b"}) {
			t.Errorf("touched: %v", streams)
		}
		if streams := got[[]string](t)(b.Touched(ctx, 1, 2)); !slices.Equal(streams, []string{"deal:b"}) {
			t.Errorf("touched by the second: %v", streams)
		}
	}
}

func testSpent(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		own, rail, other := ledger.Party("p1", usd()), ledger.Rail("sandbox", usd()), ledger.Party("p2", usd())
		ctx, b, s := t.Context(), open(t), NewScribe()
		beside := b.Beside(t)
		p := s.Page()
		p.Record("deal:a", "noted", `{}`)
		p.Post(p.Transfer(ledger.Posted, rail, own, 100))
		write(t, b, p)
		late := s.Page() // decided on 100
		late.Record("deal:late", "noted", `{}`)
		late.Post(late.Transfer(ledger.Posted, own, other, 60))
		p = s.Page()
		p.Record("deal:early", "noted", `{}`)
		p.Post(p.Transfer(ledger.Posted, own, other, 50))
		must(t, beside.Commit(ctx, p.Batch(), Placed))
		batch := late.Batch()
		refused(t, b.Commit(ctx, batch, placed(t, b, batch)), fault.Conflict, "store.conflict")
		if records := got[[]assurance.Record](t)(b.Records(ctx, "deal:late", 0)); len(records) > 0 {
			t.Errorf("it was written all the same: %v", records)
		}
		if have := got[map[ledger.AccountID]ledger.Balance](t)(b.Balances(ctx, []ledger.AccountID{own}))[own]; have.Posted != 50 {
			t.Errorf("got %+v", have)
		}
	}
}

// testRace lets nodes write that know of each other's work only through the store.
func testRace(open func(*testing.T) Backend) func(*testing.T) {
	const nodes, commits = 3, 25
	return func(t *testing.T) {
		t.Parallel()
		first := open(t)
		rail, fees := ledger.Rail("sandbox", usd()), ledger.Fees(usd())
		var group sync.WaitGroup
		for n := range nodes {
			b := first
			if n > 0 {
				b = first.Beside(t)
			}
			group.Go(func() {
				s := NewScribe() // knows its own work only
				for i := range commits {
					p := s.Page()
					p.number = n*1000 + i
					p.Record(fmt.Sprintf("deal:%d-%d", n, i), "noted", `{}`)
					p.Post(p.Transfer(ledger.Posted, rail, fees, int64(1+n)))
					batch := p.Batch()
					if err := b.Commit(t.Context(), batch, placed(t, b, batch)); err != nil {
						t.Errorf("node %d: %s", n, fault.Of(err).Trace())
						return
					}
					p.Kept()
				}
			})
		}
		group.Wait()
		s := NewScribe()
		s.book.SetBalance(rail, ledger.Balance{Posted: -150, Version: nodes * commits})
		s.book.SetBalance(fees, ledger.Balance{Posted: 150, Version: nodes * commits})
		testRebuild(t, first, s)
		records := got[[]assurance.Record](t)(first.Range(t.Context(), 0, 9999))
		if len(records) != nodes*commits {
			t.Fatalf("%d records", len(records))
		}
		tree := &evidence.Tree{}
		for i, r := range records {
			if r.Sequence != int64(i) {
				t.Fatalf("record %d is at %d", i, r.Sequence)
			}
			_, err := tree.Append(r.Entry().Leaf())
			must(t, err)
		}
		stored := got[*evidence.Tree](t)(evidence.NewTree(tree.Size(), func(ix []int64) ([]evidence.Hash, error) { return first.Hashes(t.Context(), ix) }))
		if stored.Root() != tree.Root() {
			t.Error("another root")
		}
	}
}
