package reputation_test

import (
	"math"
	"testing"
	"time"

	"fondaco/internal/money"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/reputation"
)

// shown is the book of a deal that both sides have reviewed.
func shown(t *testing.T, open reputation.Open, ofBuyer, ofSeller int) reputation.Book {
	t.Helper()
	s := bookOf(t, open)
	s.does(theBuyer, reputation.Write{Aspects: marks(ofBuyer)})
	s.does(theSeller, reputation.Write{Aspects: marks(ofSeller)})
	return s.book
}

func TestMarksBecomeAValue(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		marks reputation.Aspects
		want  float64
	}{
		{marks(1), -1},
		{marks(3), 0},
		{marks(5), 1},
		{marks(4), 0.5},
		{reputation.Aspects{AsDescribed: 5, OnTime: 5, Communication: 5, Documents: 5, Overall: 1}, 4.0 / 12}, // the overall mark counts twice
		{reputation.Aspects{AsDescribed: 1, OnTime: 3, Communication: 3, Documents: 3, Overall: 3}, -2.0 / 12},
	} {
		if got := c.marks.Value(); got != c.want {
			t.Errorf("%+v is worth %v, want %v", c.marks, got, c.want)
		}
	}
}

func TestAReviewedDealGivesOneRatingEachWay(t *testing.T) {
	t.Parallel()
	b := shown(t, opening(), 5, 2)
	got := reputation.RatingsOf(b)
	w := reputation.Weight(usd(4_800_000))
	want := []reputation.Given{
		{Deal: "d1", From: "meridian", To: "haigong", Value: 1, Weight: w, At: noon},
		{Deal: "d1", From: "haigong", To: "meridian", Value: -0.5, Weight: w, At: noon},
	}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestMoneySentInACirclePraisesNobodyAndABrokenDealBlamesInFull(t *testing.T) {
	t.Parallel()
	refunded := opening()
	refunded.Ending, refunded.Settled = reputation.Refunded, usd(0)
	if got := reputation.RatingsOf(shown(t, refunded, 5, 5)); len(got) > 0 {
		t.Errorf("praise for a refunded deal counts: %+v", got)
	}
	got := reputation.RatingsOf(shown(t, refunded, 1, 5))
	if len(got) != 1 || got[0].To != "haigong" || got[0].Weight != reputation.Weight(usd(4_800_000)) {
		t.Errorf("blame for a refunded deal is %+v", got)
	}
	part := opening()
	part.Settled = usd(100_000)
	got = reputation.RatingsOf(shown(t, part, 5, 1))
	if len(got) != 2 || got[0].Weight != reputation.Weight(usd(100_000)) || got[1].Weight != reputation.Weight(usd(4_800_000)) {
		t.Errorf("of a part that was paid: %+v", got)
	}
}

func TestARulingCountsWhoeverWonAndWithoutAnyReview(t *testing.T) {
	t.Parallel()
	dollars := money.MustCurrency("USD")
	for name, c := range map[string]struct {
		rulings []reputation.Ruling
		loser   identity.Side
		bps     int64
	}{
		"none":                      {nil, identity.NoSide, 0},
		"the buyer gets all":        {[]reputation.Ruling{{Claimant: identity.Buyer, Asked: 100, Given: 100}}, identity.Seller, 10_000},
		"more than he asked":        {[]reputation.Ruling{{Claimant: identity.Buyer, Asked: 20, Given: 100}}, identity.Seller, 10_000},
		"the buyer gets nothing":    {[]reputation.Ruling{{Claimant: identity.Buyer, Asked: 100}}, identity.Buyer, 10_000},
		"the seller claims and won": {[]reputation.Ruling{{Claimant: identity.Seller, Asked: 100, Given: 80}}, identity.Buyer, 8000},
		"the seller claims in vain": {[]reputation.Ruling{{Claimant: identity.Seller, Asked: 100, Given: 10}}, identity.Seller, 9000},
		"half and half":             {[]reputation.Ruling{{Claimant: identity.Buyer, Asked: 100, Given: 50}}, identity.NoSide, 0},
		"two that cancel out":       {[]reputation.Ruling{{Claimant: identity.Buyer, Asked: 100, Given: 100}, {Claimant: identity.Seller, Asked: 100, Given: 100}}, identity.NoSide, 0},
		"the bigger one counts":     {[]reputation.Ruling{{Claimant: identity.Buyer, Asked: 300, Given: 300}, {Claimant: identity.Seller, Asked: 100, Given: 100}}, identity.Seller, 7500},
		"by a hair":                 {[]reputation.Ruling{{Claimant: identity.Buyer, Asked: 1_000_001, Given: 500_000}}, identity.Buyer, 5001},
		"as much as fits":           {[]reputation.Ruling{{Claimant: identity.Buyer, Asked: math.MaxInt64, Given: math.MaxInt64}, {Claimant: identity.Buyer, Asked: math.MaxInt64, Given: 0}}, identity.Seller, 10_000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := reputation.VerdictOf(c.rulings, dollars)
			if v.Loser != c.loser || v.LostBps != c.bps || v.Ruled() != (len(c.rulings) > 0) {
				t.Errorf("the verdict is %+v", v)
			}
		})
	}

	silent := opening()
	silent.Rulings = []reputation.Ruling{{Claimant: identity.Buyer, Asked: 4_800_000, Given: 4_800_000}}
	s := bookOf(t, silent)
	s.passes(reputation.Window + time.Second)
	s.does(theClock, reputation.Reveal{})
	if v := s.book.Verdict(); v.Loser != identity.Seller {
		t.Errorf("when both were silent the verdict is %+v", v)
	}
}

func TestRevengeOfTheLoserCountsTheLessTheClearerHeLost(t *testing.T) {
	t.Parallel()
	full := reputation.Weight(usd(4_800_000))
	for _, c := range []struct {
		name  string
		given int64 // of 4,800,000 to the buyer
		blame float64
	}{
		{"lost all", 4_800_000, 0},
		{"lost three quarters", 3_600_000, math.Round(full*500) / 1000},
		{"half and half", 2_400_000, full},
		{"won", 0, full},
	} {
		open := opening()
		open.Rulings = []reputation.Ruling{{Claimant: identity.Buyer, Asked: 4_800_000, Given: c.given}}
		blame := 0.0
		for _, g := range reputation.RatingsOf(shown(t, open, 3, 1)) {
			if g.From == "haigong" {
				blame = g.Weight
			}
		}
		if blame != c.blame {
			t.Errorf("the seller who %s blames with a weight of %v, want %v", c.name, blame, c.blame)
		}
	}

	open := opening()
	open.Rulings = []reputation.Ruling{{Claimant: identity.Buyer, Asked: 4_800_000, Given: 4_800_000}}
	got := reputation.RatingsOf(shown(t, open, 1, 5))
	if len(got) != 2 || got[0].Weight != full || got[1].Weight != full {
		t.Errorf("the winner's blame and the loser's praise count in full, got %+v", got)
	}
}

func TestReviewsOfADealMoveAScore(t *testing.T) {
	t.Parallel()
	place := map[identity.PartyID]int32{"meridian": 0, "haigong": 1}
	standing := func(ofBuyer int) reputation.Standing {
		var ratings []reputation.Rating
		for _, g := range reputation.RatingsOf(shown(t, opening(), ofBuyer, 3)) {
			ratings = append(ratings, reputation.Rating{From: place[g.From], To: place[g.To], Value: g.Value, Weight: g.Weight, At: g.At.UnixMicro()})
		}
		graph, err := reputation.NewGraph(len(place), ratings, reputation.RatingPeriod)
		if err != nil {
			t.Fatal(err)
		}
		settings := reputation.HouseSettings()
		scores := graph.Scores([]int32{place["meridian"]}, settings)
		return reputation.StandingOf(reputation.Known{Score: scores[place["haigong"]]}, settings, noon)
	}
	praised, blamed := standing(5), standing(1)
	if praised.State != reputation.Rated || blamed.State != reputation.Rated || praised.Value <= 30 || blamed.Value >= 30 {
		t.Errorf("praised by a seed %+v, blamed %+v", praised, blamed)
	}
}
