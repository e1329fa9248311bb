package store_test

import (
	"bytes"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/store/storetest"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
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
					i := int(next.Add(7919)) % len(hashes)
					if in, err := s.SessionsByHash(b.Context(), hashes[i:i+1]); err != nil || len(in) != 1 {
						b.Errorf("%d, %+v", len(in), err)
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

// BenchmarkSaveStandings measures a night's work on 5,000 companies in one save. On
// SQLite commits wait as long.
func BenchmarkSaveStandings(b *testing.B) {
	for _, name := range []string{"sqlite", "postgresql"} {
		b.Run(name, func(b *testing.B) {
			s := opened(b, name)
			at := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
			save := assurance.StandingSave{Mark: 1}
			for i := range 35_000 {
				party := identity.PartyID(fmt.Sprintf("0190d5c0-0000-7000-8000-%012d", i%5000))
				save.Ratings = append(save.Ratings, assurance.RatingRow{Deal: deal.ID(fmt.Sprint(i)), From: party, To: "q", Value: 10_000, Weight: 1000, At: at})
				if i < 5000 {
					save.Rows = append(save.Rows, assurance.StandingRow{Party: party, State: "rated", At: at, Body: bytes.Repeat([]byte("x"), 800)})
				}
			}
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				if err := s.SaveStandings(b.Context(), save); err != nil {
					b.Fatalf("%+v", err)
				}
			}
		})
	}
}

// BenchmarkTidings reads the one thing in a thousand of a log that bears on standing.
func BenchmarkTidings(b *testing.B) {
	for _, name := range []string{"sqlite", "postgresql"} {
		b.Run(name, func(b *testing.B) {
			s, scribe := opened(b, name), storetest.NewScribe()
			for i := range 50 {
				p := scribe.Page()
				for n := range 1000 {
					p.Record(fmt.Sprintf("deal:%d-%d", i, n), "drafted", `{"title":"600 ceramic teapots"}`)
				}
				p.Record(fmt.Sprintf("deal:%d-x", i), "closed", `{}`)
				if err := s.Commit(b.Context(), p.Batch(), storetest.Placed); err != nil {
					b.Fatalf("%+v", err)
				}
				p.Kept()
			}
			b.ResetTimer()
			for range b.N {
				if found, err := s.Tidings(b.Context(), -1, 100); err != nil || len(found) != 50 {
					b.Fatalf("%d, %+v", len(found), err)
				}
			}
		})
	}
}
