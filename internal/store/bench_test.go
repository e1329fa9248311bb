package store_test

import (
	"fmt"
	"testing"

	"fondaco/internal/store/storetest"
)

func BenchmarkCommit(b *testing.B) {
	for _, name := range []string{"sqlite", "postgresql"} {
		for _, works := range []int{1, 64, 1024} {
			b.Run(fmt.Sprintf("%s/works=%d", name, works), func(b *testing.B) {
				var s storetest.Backend
				if name == "sqlite" {
					s = setup(b)
				} else {
					s = setupPostgres(b)
				}
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
