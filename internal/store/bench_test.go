package store_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"fondaco/internal/store"
	"fondaco/internal/store/storetest"
)

func BenchmarkCommit(b *testing.B) {
	for _, works := range []int{1, 64, 1024} {
		b.Run(fmt.Sprintf("works=%d", works), func(b *testing.B) {
			s, err := store.OpenSQLite(b.Context(), filepath.Join(b.TempDir(), "house.db"))
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = s.Close() })
			if err := s.Migrate(b.Context()); err != nil {
				b.Fatal(err)
			}
			scribe := storetest.NewScribe()
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				b.StopTimer()
				batch := scribe.Works(works)
				b.StartTimer()
				if err := s.Commit(b.Context(), batch); err != nil {
					b.Fatalf("%+v", err)
				}
			}
			b.ReportMetric(float64(b.N*works)/b.Elapsed().Seconds(), "works/s")
		})
	}
}
