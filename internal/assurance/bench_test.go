package assurance_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"

	"fondaco/internal/assurance"
	"fondaco/internal/store"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/treasury"
)

// BenchmarkHouse measures whole commands, from the call to the durable answer:
// deposits into suspense, each one fact, one transfer, two entries and a key.
func BenchmarkHouse(b *testing.B) {
	for _, clients := range []int{2, 16, 256, 2048} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			s, err := store.OpenSQLite(b.Context(), filepath.Join(b.TempDir(), "house.db"))
			if err != nil {
				b.Fatal(err)
			}
			if err := s.Migrate(b.Context()); err != nil {
				b.Fatal(err)
			}
			var ids, references atomic.Int64
			h, err := assurance.Open(context.WithoutCancel(b.Context()), assurance.Config{
				Store: s, Archive: s, Clock: assurance.SystemClock{}, Random: rand.Reader, PayoutRail: "bank",
				NewID: func() string { return fmt.Sprintf("%016d", ids.Add(1)) },
			})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() {
				h.Close()
				_ = s.Close()
			})
			by := identity.Actor{Office: identity.Rail, Person: "bank"}
			b.SetParallelism(clients / runtime.GOMAXPROCS(0))
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					n := treasury.Notice{Rail: "bank", Reference: fmt.Sprint(references.Add(1)), Payer: "somebody", Amount: usd(100), BookedAt: h.Now()}
					if _, err := h.BookDeposit(b.Context(), by, n); err != nil {
						b.Errorf("%+v", err)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commands/s")
		})
	}
}
