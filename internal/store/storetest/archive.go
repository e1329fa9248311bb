package storetest

import (
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/ledger"
)

func testArchive(t *testing.T, open func(*testing.T) Backend) {
	t.Run("the log is read in ranges", func(t *testing.T) {
		t.Parallel()
		ctx, b, s := t.Context(), open(t), NewScribe()
		p := s.Page()
		for i := range 10 {
			p.Record(fmt.Sprintf("deal:d%d", i%3), "noted", `{}`)
		}
		p.Record("payout:a", "payout_instructed", `{}`)
		batch := write(t, b, p)
		if size := got[int64](t)(b.Size(ctx)); size != 11 {
			t.Errorf("size %d", size)
		}
		for _, c := range [][2]int64{{0, 11}, {3, 7}, {10, 99}, {5, 5}, {7, 3}, {11, 12}} {
			from, to := min(c[0], 11), min(max(c[1], c[0]), 11)
			want := batch.Records[from:to]
			records := got[[]assurance.Record](t)(b.Range(ctx, c[0], c[1]))
			entries := got[[]evidence.Entry](t)(b.Entries(ctx, c[0], c[1]))
			if len(records) != len(want) || len(entries) != len(want) || len(want) > 0 && !reflect.DeepEqual(records, want) {
				t.Errorf("%v: %d records and %d entries", c, len(records), len(entries))
			}
			for i, e := range entries {
				if e != want[i].Entry() {
					t.Errorf("%v: entry %d is %+v", c, i, e)
				}
			}
		}
		for _, c := range []struct {
			kind, after string
			limit       int
			want        []string
		}{
			{"deal:", "", 9, []string{"deal:d0", "deal:d1", "deal:d2"}},
			{"deal:", "deal:d0", 1, []string{"deal:d1"}},
			{"payout:", "", 9, []string{"payout:a"}},
			{"pay", "payout:a", 9, nil},
			{"", "deal:d1", 9, []string{"deal:d2", "payout:a"}},
		} {
			if have := got[[]string](t)(b.Streams(ctx, c.kind, c.after, c.limit)); !slices.Equal(have, c.want) {
				t.Errorf("%+v: got %v", c, have)
			}
		}
	})
	t.Run("checkpoints are kept once, in order of size", func(t *testing.T) {
		t.Parallel()
		ctx, b, s := t.Context(), open(t), NewScribe()
		for _, c := range []struct {
			size int64
			note string
		}{{3, "three"}, {1, "one"}, {3, "three"}, {3, "three, cosigned"}, {0, "\xff\x00"}} {
			must(t, b.SaveCheckpoint(ctx, c.size, []byte(c.note), s.at))
		}
		var have []string
		for _, note := range got[[][]byte](t)(b.Checkpoints(ctx)) {
			have = append(have, string(note))
		}
		if want := []string{"\xff\x00", "one", "three", "three, cosigned"}; !slices.Equal(have, want) {
			t.Errorf("got %q", have)
		}
	})
}

func testDurability(t *testing.T, open func(*testing.T) Backend) {
	t.Run("what was acknowledged is there after opening again", func(t *testing.T) {
		t.Parallel()
		ctx, b, s := t.Context(), open(t), NewScribe()
		batch := s.Works(300)
		must(t, b.Commit(ctx, batch, Placed))
		b = b.Reopen(t)
		if records := got[[]assurance.Record](t)(b.Range(ctx, 0, 9999)); !reflect.DeepEqual(records, batch.Records) {
			t.Errorf("%d records", len(records))
		}
		testRebuild(t, b, s)
		must(t, b.Commit(ctx, s.Works(1), Placed))
	})
	t.Run("many read while one writes, and each sees whole batches", testReaders(open))
}

// testReaders writes batches of one fact and one transfer, while readers check
// that they see both or neither, and never less than before.
func testReaders(open func(*testing.T) Backend) func(*testing.T) {
	return func(t *testing.T) {
		t.Parallel()
		ctx, b, s := t.Context(), open(t), NewScribe()
		own, rail := ledger.Party("p1", usd()), ledger.Rail("sandbox", usd())
		written := make(chan struct{})
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				var seen int64
				for done := false; !done; {
					select {
					case <-written:
						done = true
					default:
					}
					before, err := b.Size(ctx)
					if err != nil {
						t.Errorf("size: %v", err)
						return
					}
					balances, err := b.Balances(ctx, []ledger.AccountID{own, rail})
					if err != nil {
						t.Errorf("balances: %v", err)
						return
					}
					if v := balances[own].Version; v < before || balances[rail].Posted != -balances[own].Posted || before < seen {
						t.Errorf("after %d: %+v of %d", seen, balances, before)
						return
					}
					seen = before
				}
			})
		}
		for range 60 {
			p := s.Page()
			p.Record("deal:d1", "noted", `{}`)
			p.Post(p.Transfer(ledger.Posted, rail, own, 3))
			batch := p.Batch()
			if err := b.Commit(ctx, batch, Placed); err != nil {
				t.Errorf("commit: %v", err)
				break
			}
			p.Kept()
			if tail, err := b.Tail(ctx); err != nil || tail.Size != s.tree.Size() {
				t.Errorf("the writer does not see its own commit: %+v, %v", tail, err)
				break
			}
		}
		close(written)
		group.Wait()
	}
}
