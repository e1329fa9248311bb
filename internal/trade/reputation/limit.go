package reputation

import (
	"strconv"

	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/identity"
)

// Limit is what a party of some standing may agree to. A zero in it is no limit.
type Limit struct {
	DealDollarsMax int64 `json:"deal_dollars_max"` // US dollars at the house's rough rates
	AdvanceBpsMax  int64 `json:"advance_bps_max"`  // of the price, paid on before anything is shipped
	NoAdvance      bool  `json:"no_advance"`
}

// Limits is the house's table: what a seller and a buyer may agree to, by standing.
type Limits struct {
	Seller ByStanding `json:"seller"`
	Buyer  ByStanding `json:"buyer"`
}

// ByStanding has one limit for each standing, the strictest first.
type ByStanding struct {
	New         Limit `json:"new"`          // nothing is known, and the house has not checked who it is
	NewVerified Limit `json:"new_verified"` // nothing is known but who it is
	Poor        Limit `json:"poor"`         // rated below PoorBelow
	Low         Limit `json:"low"`          // rated, at low confidence
	Medium      Limit `json:"medium"`
	High        Limit `json:"high"`
}

// PoorBelow is the value below which a rated party is held to the limit for poor
// standing, however sure the value is.
const PoorBelow = 40

// DefaultLimits are those of a house that has set none. They bind the seller only,
// because the buyer's money is held before anybody ships: a seller whom nobody
// knows may sell up to USD 250,000 and take the usual advance of 30 %; at medium
// and high confidence there is no limit.
func DefaultLimits() Limits {
	return Limits{Seller: ByStanding{
		New:         Limit{DealDollarsMax: 250_000, AdvanceBpsMax: 3000},
		NewVerified: Limit{DealDollarsMax: 1_000_000, AdvanceBpsMax: 3000},
		Poor:        Limit{DealDollarsMax: 100_000, NoAdvance: true},
		Low:         Limit{DealDollarsMax: 2_000_000, AdvanceBpsMax: 5000},
	}}
}

// Proposal is what two parties want to agree to.
type Proposal struct {
	Seller  Standing
	Buyer   Standing
	Price   money.Amount
	Advance money.Amount // what is paid on before anything is shipped; of the price's currency
}

// For is the limit for a standing.
func (t ByStanding) For(s Standing) Limit {
	switch {
	case s.State != Rated && s.Verified:
		return t.NewVerified
	case s.State != Rated:
		return t.New
	case s.Value < PoorBelow:
		return t.Poor
	}
	switch s.Level {
	case High:
		return t.High
	case Medium:
		return t.Medium
	case Low, NoLevel:
	}
	return t.Low
}

// Sound refuses a table with a limit below zero or an advance above the price:
// reputation.bad_limits, Invalid.
func (l Limits) Sound() error {
	for _, t := range []ByStanding{l.Seller, l.Buyer} {
		for _, one := range []Limit{t.New, t.NewVerified, t.Poor, t.Low, t.Medium, t.High} {
			if one.DealDollarsMax < 0 || one.AdvanceBpsMax < 0 || one.AdvanceBpsMax > bpsWhole {
				return fault.New(fault.Invalid, "reputation.bad_limits", "Limits are zero or more, and an advance is part of the price.")
			}
		}
	}
	return nil
}

const bpsWhole = 10_000

// Check refuses terms that go beyond what the standing of either side allows:
// reputation.deal_over_limit and reputation.advance_not_yet, both Refused, with the
// side, and in dollars or percent what is allowed. It is money.currency_mismatch when
// the advance is of another currency than the price.
func (l Limits) Check(p Proposal) error {
	if p.Advance.IsPositive() {
		if _, err := p.Price.Sub(p.Advance); err != nil {
			return err
		}
	}
	if err := l.Seller.For(p.Seller).check(p, identity.Seller); err != nil {
		return err
	}
	return l.Buyer.For(p.Buyer).check(p, identity.Buyer)
}

func (l Limit) check(p Proposal, side identity.Side) error {
	const centsOfDollar = 100
	if l.DealDollarsMax > 0 && WorthCents(p.Price) > saturated(l.DealDollarsMax, centsOfDollar) {
		return fault.New(fault.Refused, "reputation.deal_over_limit", "By the house's rule the {side} may agree to at most about USD {dollars} until it has traded more.").
			With("side", string(side)).With("dollars", strconv.FormatInt(l.DealDollarsMax, 10))
	}
	if !p.Advance.IsPositive() || !l.NoAdvance && l.AdvanceBpsMax <= 0 {
		return nil
	}
	bps := min(l.AdvanceBpsMax, bpsWhole)
	if l.NoAdvance {
		bps = 0
	}
	if p.Advance.Minor() > money.Share(max(0, p.Price.Minor()), bps, money.HalfUp) {
		return fault.New(fault.Refused, "reputation.advance_not_yet", "By the house's rule at most {percent} % of the price may be paid in advance until the {side} has traded more.").
			With("side", string(side)).With("percent", strconv.FormatInt(bps/100, 10))
	}
	return nil
}
