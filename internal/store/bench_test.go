package store_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/store/storetest"
	"fondaco/internal/trade/evidence"
)

func opened(b *testing.B, name string) storetest.Backend {
	b.Helper()
	if name == "sqlite" {
		return setup(b)
	}
	return setupPostgres(b)
}

func BenchmarkCommit(b *testing.B) {
	for _, name := range []string{"sqlite", "postgresql"} {
		for _, works := range []int{1, 64, 1024} {
			b.Run(fmt.Sprintf("%s/works=%d", name, works), func(b *testing.B) {
				s := opened(b, name)
				scribe := storetest.NewScribe()
				b.ReportAllocs()
				b.ResetTimer()
				for range b.N {
					b.StopTimer()
					batch := scribe.Works(works)
					b.StartTimer()
					if err := s.Commit(b.Context(), batch, storetest.Placed); err != nil {
						b.Fatalf("%+v", err)
					}
				}
				b.ReportMetric(float64(b.N*works)/b.Elapsed().Seconds(), "works/s")
			})
		}
	}
}

// BenchmarkEveryRequest measures the one read that each request makes.
func BenchmarkEveryRequest(b *testing.B) {
	for _, name := range []string{"sqlite", "postgresql"} {
		b.Run(name, func(b *testing.B) {
			s := opened(b, name)
			at := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
			batch := &assurance.Batch{Persons: []assurance.Person{{ID: "anna", Account: "a", Folded: "anna@example.com"}}}
			hashes := make([]evidence.Hash, 20_000)
			for i := range hashes {
				hashes[i] = evidence.HashOf(fmt.Append(nil, i))
				batch.Sessions = append(batch.Sessions, assurance.Session{
					ID: fmt.Sprint(i), Hash: hashes[i], Person: "anna", Kind: assurance.BrowserSession, CreatedAt: at, SeenAt: at, ExpiresAt: at, Body: []byte(`{"city":"Hangzhou"}`),
				})
			}
			if err := s.Commit(b.Context(), batch, storetest.Placed); err != nil {
				b.Fatalf("%+v", err)
			}
			var next atomic.Int64
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := s.SessionByHash(b.Context(), hashes[int(next.Add(7919))%len(hashes)]); err != nil {
						b.Errorf("%+v", err)
					}
				}
			})
		})
	}
}

// BenchmarkTally measures what a throttled attempt costs.
func BenchmarkTally(b *testing.B) {
	for _, name := range []string{"sqlite", "postgresql"} {
		b.Run(name, func(b *testing.B) {
			s := opened(b, name)
			at := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
			for i := range b.N {
				if _, err := s.Tally(b.Context(), fmt.Sprint(i%100), at, time.Hour); err != nil {
					b.Fatalf("%+v", err)
				}
			}
		})
	}
}
