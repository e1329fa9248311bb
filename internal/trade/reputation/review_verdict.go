package reputation

import (
	"math/bits"

	"fondaco/internal/money"
	"fondaco/internal/trade/identity"
)

// Verdict is what the rulings of one deal come to: against whom they went, and
// how much of what was disputed.
type Verdict struct {
	Loser   identity.Side // NoSide if nothing was ruled, or each got half
	LostBps int64         // of Asked that went against the loser: above 5000, at most 10,000
	Asked   money.Amount  // what the rulings decided about
}

// Ruled reports whether there was any ruling.
func (v Verdict) Ruled() bool { return v.Asked.IsPositive() }

// VerdictOf adds the rulings of a deal of the currency up. It counts whoever won.
// It needs no review, so that nobody's silence takes it away.
func VerdictOf(rulings []Ruling, c money.Currency) Verdict {
	var asked, toBuyer int64
	for _, r := range rulings {
		given := min(max(r.Given, 0), r.Asked)
		if r.Claimant == identity.Seller {
			given = r.Asked - given
		}
		asked, toBuyer = plus(asked, r.Asked), plus(toBuyer, given)
	}
	v := Verdict{Asked: money.New(asked, c)}
	if asked <= 0 {
		return Verdict{}
	}
	lost := asked - toBuyer // by the buyer
	switch {
	case lost > asked-lost:
		v.Loser = identity.Buyer
	case lost < asked-lost:
		v.Loser, lost = identity.Seller, asked-lost
	default:
		return v
	}
	v.LostBps = portionBps(lost, asked)
	return v
}

// portionBps is part of whole in hundredths of a percent, never rounded down to
// the half that nobody lost by.
func portionBps(part, whole int64) int64 {
	const all = 10_000
	high, low := bits.Mul64(uint64(part), all)   //nolint:gosec // both are positive
	q, _ := bits.Div64(high, low, uint64(whole)) //nolint:gosec // part is at most whole, so the quotient fits
	return max(int64(q), all/2+1)                //nolint:gosec // at most 10,000
}

// Verdict is what the rulings of the book's deal come to.
func (b Book) Verdict() Verdict { return VerdictOf(b.Rulings, b.Held.Currency()) }

// against is the evidence against the loser, in thousandths of a rating: the
// weight of what was disputed, by how clearly it went against him.
func (v Verdict) against() int64 {
	if v.Loser == identity.NoSide {
		return 0
	}
	return int64(Weight(v.Asked) * float64(2*v.LostBps-10_000) / 10)
}
