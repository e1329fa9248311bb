package deal

import (
	"fondaco/internal/fault"
	"fondaco/internal/trade/escrow"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/ledger"
)

// fund takes a booked deposit that already lies in suspense. When the price is
// complete, all of it is held at once; what came in above it stays in suspense
// for a person of the house to return.
func (d *decision) fund(s State, c Fund) error {
	if c.Deposit.Minor <= 0 {
		return fault.New(fault.Invalid, "money.not_positive", "The amount must be more than zero.").At("amount")
	}
	missing := s.Missing()
	if c.Deposit.Minor < missing {
		d.add(DepositReceived{c.Deposit})
		return nil
	}
	surplus := c.Deposit
	surplus.Minor -= missing
	last := c.Deposit
	last.Minor = missing
	deposits := append(append([]Deposit{}, s.Deposits...), last)
	d.add(PriceHeld{Minor: s.Escrow.Due(), Surplus: surplus})
	d.hold(deposits)
	return nil
}

// hold moves the deposits out of suspense into the tranches, in the order of both.
func (d *decision) hold(deposits []Deposit) {
	s := d.After
	for _, p := range s.Escrow.Parts {
		need := p.Due
		for i := range deposits {
			take := min(need, deposits[i].Minor)
			if take == 0 {
				continue
			}
			deposits[i].Minor -= take
			need -= take
			d.transfer(ledger.Suspense(deposits[i].Rail, s.Terms.Currency), ledger.Held(string(s.ID), p.Tranche, s.Terms.Currency), take, ledger.ReasonHold)
		}
		fault.Assert(need == 0, "deal.underfunded", "the deposits cover the price")
	}
}

// book writes the transfers of a consequence; before is the state it came from.
func (d *decision) book(before State, e Event) {
	cur := before.Terms.Currency
	switch e := e.(type) {
	case MoneyMoved:
		for _, m := range e.Moves {
			to, reason := d.payee(m)
			d.transfer(ledger.Held(string(before.ID), m.Tranche, cur), to, m.Minor, reason)
		}
	case DepositsReturned:
		for _, p := range before.Deposits {
			d.transfer(ledger.Suspense(p.Rail, cur), ledger.Party(string(before.Terms.Buyer), cur), p.Minor, ledger.ReasonAssigned)
		}
	}
}

// payee is the account and the ledger's reason for a movement.
func (d *decision) payee(m escrow.Movement) (ledger.AccountID, ledger.Reason) {
	t := d.After.Terms
	switch m.To {
	case escrow.ToSeller:
		return ledger.Party(string(t.Party(identity.Seller)), t.Currency), ledger.ReasonRelease
	case escrow.ToHouse:
		return ledger.Fees(t.Currency), ledger.ReasonFee
	case escrow.ToBuyer:
		if m.Why == escrow.Penalty {
			return ledger.Party(string(t.Party(identity.Buyer)), t.Currency), ledger.ReasonPenalty
		}
		return ledger.Party(string(t.Party(identity.Buyer)), t.Currency), ledger.ReasonRefund
	}
	fault.Assert(false, "escrow.unknown_payee", "held money goes to the parties or the fee")
	return "", ""
}
