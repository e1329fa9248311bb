package escrow

import (
	"slices"

	"fondaco/internal/fault"
	"fondaco/internal/money"
)

// Part is one tranche of a deal's money. All amounts are in minor units of the
// holding's currency.
type Part struct {
	Tranche  string `json:"tranche"`
	Due      int64  `json:"due"`
	Funded   int64  `json:"funded"`
	Held     int64  `json:"held"` // includes Frozen
	Frozen   int64  `json:"frozen"`
	Released int64  `json:"released"` // to the seller, fee already taken off
	Refunded int64  `json:"refunded"` // to the buyer, late penalties included
	Fees     int64  `json:"fees"`     // to the house
}

// Hold is what one claim keeps frozen in one tranche.
type Hold struct {
	Claim   string `json:"claim"`
	Tranche string `json:"tranche"`
	Minor   int64  `json:"minor"`
}

// Holding is the escrow of one deal. Its methods never change the receiver.
type Holding struct {
	Currency money.Currency `json:"-"`
	Parts    []Part         `json:"parts"`
	Holds    []Hold         `json:"holds"`
}

// To is where a movement takes held money.
type To string

// The only places that held money can go.
const (
	ToSeller To = "seller"
	ToBuyer  To = "buyer"
	ToHouse  To = "house"
)

// Why is the reason of a movement.
type Why string

// The reasons of movements.
const (
	Release    Why = "release"    // the condition of the tranche is met
	Fee        Why = "fee"        // the house's share of a release
	Penalty    Why = "penalty"    // the price of late delivery, to the buyer
	Refund     Why = "refund"     // the deal ended before the condition was met
	Settlement Why = "settlement" // a claim ended
)

// Movement takes money out of one tranche, for good.
type Movement struct {
	Tranche string `json:"tranche"`
	To      To     `json:"to"`
	Minor   int64  `json:"minor"`
	Why     Why    `json:"why"`
}

// Slice is an amount of one tranche.
type Slice struct {
	Tranche string
	Minor   int64
}

// New is an unfunded holding with one part for each slice, in that order.
func New(c money.Currency, due []Slice) Holding {
	h := Holding{Currency: c}
	for _, d := range due {
		h.Parts = append(h.Parts, Part{Tranche: d.Tranche, Due: d.Minor})
	}
	return h
}

// Fund holds the whole amount due of every part.
func (h Holding) Fund() Holding {
	h = h.clone()
	for i := range h.Parts {
		fault.Assert(h.Parts[i].Funded == 0, "escrow.funded_twice", "a holding is funded once")
		h.Parts[i].Funded, h.Parts[i].Held = h.Parts[i].Due, h.Parts[i].Due
	}
	return h
}

// Free is what may still be released or refunded, tranche by tranche, leaving
// out what claims have frozen and tranches with nothing free.
func (h Holding) Free() []Slice {
	var free []Slice
	for _, p := range h.Parts {
		if p.Held > p.Frozen {
			free = append(free, Slice{p.Tranche, p.Held - p.Frozen})
		}
	}
	return free
}

// Held is all money still in the holding, frozen or not.
func (h Holding) Held() int64 { return h.sum(func(p Part) int64 { return p.Held }) }

// Frozen is the disputed part of Held.
func (h Holding) Frozen() int64 { return h.sum(func(p Part) int64 { return p.Frozen }) }

// Released is what the seller has been given so far.
func (h Holding) Released() int64 { return h.sum(func(p Part) int64 { return p.Released }) }

// Refunded is what the buyer has been given so far.
func (h Holding) Refunded() int64 { return h.sum(func(p Part) int64 { return p.Refunded }) }

// Fees is what the house has been given so far.
func (h Holding) Fees() int64 { return h.sum(func(p Part) int64 { return p.Fees }) }

// Due is the whole price, funded or not.
func (h Holding) Due() int64 { return h.sum(func(p Part) int64 { return p.Due }) }

// Funded is all money that ever came in.
func (h Holding) Funded() int64 { return h.sum(func(p Part) int64 { return p.Funded }) }

func (h Holding) sum(of func(Part) int64) int64 {
	var total int64
	for _, p := range h.Parts {
		total += of(p) // cannot overflow: the price itself was summed with a check
	}
	return total
}

// Balanced reports whether every unit is in exactly one place.
func (h Holding) Balanced() bool {
	for _, p := range h.Parts {
		if p.Funded != p.Held+p.Released+p.Refunded+p.Fees || p.Frozen < 0 || p.Frozen > p.Held || p.Held < 0 {
			return false
		}
		var frozen int64
		for _, hold := range h.Holds {
			if hold.Tranche == p.Tranche {
				frozen += hold.Minor
			}
		}
		if frozen != p.Frozen {
			return false
		}
	}
	return true
}

// Freeze sets aside minor units for a claim, last tranche first, because the
// last tranches are the ones that inspection was meant to guard. It fails with
// escrow.more_than_held if less is free.
func (h Holding) Freeze(claim string, minor int64) (Holding, error) {
	if minor <= 0 {
		return h, fault.New(fault.Invalid, "money.not_positive", "The amount must be more than zero.").At("amount")
	}
	if minor > h.Held()-h.Frozen() {
		return h, fault.New(fault.Refused, "escrow.more_than_held", "No more can be claimed than the house still holds free of other claims.").At("amount")
	}
	h = h.clone()
	for i := len(h.Parts) - 1; i >= 0 && minor > 0; i-- {
		p := &h.Parts[i]
		take := min(minor, p.Held-p.Frozen)
		if take == 0 {
			continue
		}
		p.Frozen += take
		minor -= take
		h.Holds = append(h.Holds, Hold{Claim: claim, Tranche: p.Tranche, Minor: take})
	}
	return h, nil
}

// Thaw gives back to the deal what a claim had frozen.
func (h Holding) Thaw(claim string) Holding {
	h = h.clone()
	h.Holds = slices.DeleteFunc(h.Holds, func(hold Hold) bool {
		if hold.Claim != claim {
			return false
		}
		h.part(hold.Tranche).Frozen -= hold.Minor
		return true
	})
	return h
}

// HeldFor is what a claim keeps frozen.
func (h Holding) HeldFor(claim string) int64 {
	var total int64
	for _, hold := range h.Holds {
		if hold.Claim == claim {
			total += hold.Minor
		}
	}
	return total
}

// ReleaseTerms are what a release costs the seller.
type ReleaseTerms struct {
	FeeBps  int64 // of what the seller gets, rounded down to the minor unit
	Penalty int64 // minor units that go to the buyer first, as far as the slices reach
}

// Releasing says how the slices go to the seller: first the penalty to the
// buyer, then the fee to the house, the rest to the seller.
func (h Holding) Releasing(due []Slice, t ReleaseTerms) []Movement {
	var out []Movement
	for _, s := range due {
		penalty := min(t.Penalty, s.Minor)
		t.Penalty -= penalty
		out = appendMove(out, s.Tranche, ToBuyer, penalty, Penalty)
		out = h.toSeller(out, Slice{s.Tranche, s.Minor - penalty}, t.FeeBps, Release)
	}
	return out
}

// Refunding says how the slices go back to the buyer.
func (h Holding) Refunding(free []Slice) []Movement {
	var out []Movement
	for _, s := range free {
		out = appendMove(out, s.Tranche, ToBuyer, s.Minor, Refund)
	}
	return out
}

// Splitting says how a claim's frozen money is divided: toBuyer minor units to the
// buyer, the rest to the seller less the fee. It fails with escrow.more_than_claimed.
func (h Holding) Splitting(claim string, toBuyer, feeBps int64) ([]Movement, error) {
	if toBuyer < 0 || toBuyer > h.HeldFor(claim) {
		return nil, fault.New(fault.Invalid, "escrow.more_than_claimed", "The buyer's share lies between zero and the disputed amount.").At("to_buyer")
	}
	var out []Movement
	for _, hold := range h.Holds {
		if hold.Claim != claim {
			continue
		}
		back := min(toBuyer, hold.Minor)
		toBuyer -= back
		out = appendMove(out, hold.Tranche, ToBuyer, back, Settlement)
		out = h.toSeller(out, Slice{hold.Tranche, hold.Minor - back}, feeBps, Settlement)
	}
	return out, nil
}

func (h Holding) toSeller(out []Movement, s Slice, feeBps int64, why Why) []Movement {
	fee := money.Share(s.Minor, feeBps, money.Down)
	out = appendMove(out, s.Tranche, ToHouse, fee, Fee)
	return appendMove(out, s.Tranche, ToSeller, s.Minor-fee, why)
}

func appendMove(out []Movement, tranche string, to To, minor int64, why Why) []Movement {
	if minor == 0 {
		return out
	}
	return append(out, Movement{Tranche: tranche, To: to, Minor: minor, Why: why})
}

// Move carries out movements of free money.
func (h Holding) Move(moves []Movement) Holding {
	h = h.clone()
	for _, m := range moves {
		p := h.part(m.Tranche)
		fault.Assert(m.Minor > 0 && m.Minor <= p.Held-p.Frozen, "escrow.not_held", "no more can move than is held and free")
		p.Held -= m.Minor
		switch m.To {
		case ToSeller:
			p.Released += m.Minor
		case ToBuyer:
			p.Refunded += m.Minor
		case ToHouse:
			p.Fees += m.Minor
		}
	}
	return h
}

func (h Holding) part(tranche string) *Part {
	i := slices.IndexFunc(h.Parts, func(p Part) bool { return p.Tranche == tranche })
	fault.Assert(i >= 0, "escrow.unknown_tranche", "money is held per tranche of the contract")
	return &h.Parts[i]
}

func (h Holding) clone() Holding {
	h.Parts = slices.Clone(h.Parts)
	h.Holds = slices.Clone(h.Holds)
	return h
}
