package reputation

import (
	"math"
	"time"

	"fondaco/internal/trade/identity"
)

// RatingPeriod is how long the ratings of one pair count as one: the latest of each
// period counts.
const RatingPeriod = 90 * 24 * time.Hour

// Given is the rating of one party by another that a revealed review gives.
type Given struct {
	Deal   string
	From   identity.PartyID
	To     identity.PartyID
	Value  float64 // -1 to 1
	Weight float64 // above zero, at most 2
	At     time.Time
}

// Value is what five marks come to: from -1 for all ones to 1 for all fives, 0 for
// all threes. The overall mark counts twice.
func (a Aspects) Value() float64 {
	const middle, span = 18, 12 // six marks of 3, and how far six marks reach to either side
	return float64(a.AsDescribed+a.OnTime+a.Communication+a.Documents+2*a.Overall-middle) / span
}

// RatingsOf is what a book says to the graph: at most one rating by each side, and
// none before the reviews are shown. A side that was silent gives none.
//
// Praise weighs by what the seller was paid, so that money sent in a circle and
// refunded praises nobody; blame weighs by what was held, so that a seller who
// never ships does not get away lightly. Whoever lost a ruling blames the winner
// the less the clearer he lost, down to nothing: the house has decided between
// the two, and revenge does not undo it. The ruling itself is not among the
// ratings, because a rating counts by the standing of who gives it, and the ruling
// of the house counts by itself; see [Facts].
func RatingsOf(b Book) []Given {
	if !b.Revealed() {
		return nil
	}
	var out []Given
	for _, side := range []identity.Side{identity.Buyer, identity.Seller} {
		r := b.By(side)
		if r == nil {
			continue
		}
		g := Given{Deal: b.Deal, From: b.Party(side), To: b.Party(side.Other()), Value: r.Value(), At: b.RevealedAt}
		if g.Value > 0 {
			g.Weight = Weight(b.Settled)
		} else {
			g.Weight = Weight(b.Held)
		}
		if v := b.Verdict(); v.Loser == side && g.Value < 0 {
			g.Weight = math.Round(g.Weight*float64(2*(10_000-v.LostBps))/10) / 1000
		}
		if g.Weight > 0 {
			out = append(out, g)
		}
	}
	return out
}
