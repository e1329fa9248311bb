package reputation_test

import (
	"math/rand/v2"
	"testing"

	"fondaco/internal/trade/reputation"
)

// BenchmarkAFullPass is over a network as large as the larger public one.
func BenchmarkAFullPass(b *testing.B) {
	const accounts, ratings = 5881, 35592
	chance := rand.New(rand.NewPCG(1, 2))
	hub := func() int32 { x := chance.Float64(); return int32(accounts * x * x * x) }
	all := make([]reputation.Rating, ratings)
	for i := range all {
		all[i] = rates(hub(), hub(), float64(chance.IntN(10)-1)/10, int64(i))
	}
	g := graphOf(b, accounts, all, 0)
	b.ResetTimer()
	for b.Loop() {
		g.Scores([]int32{0, 1, 2, 3, 4}, reputation.DefaultSettings())
	}
}
