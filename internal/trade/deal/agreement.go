package deal

import (
	"slices"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/identity"
)

func (d *decision) draft(s State, c WriteDraft, by identity.Actor) error {
	side := c.Terms.SideOf(by.Party)
	if side == identity.NoSide || s.Phase == Draft && side != s.Drafter {
		return fault.New(fault.Forbidden, "deal.not_drafter", "Whoever began a draft writes it.")
	}
	terms := c.Terms.Normal()
	if err := terms.CheckDraft(); err != nil {
		return err
	}
	if err := c.Rules.check(); err != nil {
		return err
	}
	if err := rewritable(s); err != nil {
		return err
	}
	d.add(Drafted{By: side, Terms: terms, Rules: c.Rules})
	return nil
}

// rewritable keeps a deal from growing without end: every version stays in its record.
func rewritable(s State) error {
	if s.TermsVersion >= versionsMax {
		return fault.New(fault.Exhausted, "deal.too_many_versions", "These terms have been rewritten too often. Use them as they are, or draft another deal.")
	}
	return nil
}

func (d *decision) offer(s State, side identity.Side, now time.Time) error {
	if side != s.Drafter {
		return fault.New(fault.Forbidden, "deal.not_drafter", "Whoever began a draft offers it.")
	}
	if err := s.Terms.Check(); err != nil {
		return err
	}
	if err := s.Terms.CheckDays(now); err != nil {
		return err
	}
	d.add(OfferMade{By: side, Hash: s.TermsHash})
	return nil
}

func (d *decision) counter(s State, c Counter, side identity.Side, now time.Time) error {
	if side == s.OfferedBy {
		return fault.New(fault.Forbidden, "deal.own_offer", "The other party answers an offer. Withdraw it to write another.")
	}
	terms := c.Terms.Normal()
	if err := sameParties(s.Terms, terms); err != nil {
		return err
	}
	if err := terms.Check(); err != nil {
		return err
	}
	if err := terms.CheckDays(now); err != nil {
		return err
	}
	if err := rewritable(s); err != nil {
		return err
	}
	hash := Agreement{Terms: terms, Rules: s.Rules}.Hash()
	if hash == s.TermsHash {
		return fault.New(fault.Conflict, "deal.same_terms", "These are the terms on the table. Sign them, or change something.")
	}
	d.add(Countered{By: side, Terms: terms, Hash: hash})
	return nil
}

func (d *decision) sign(s State, c Sign, side identity.Side, m Moment) error {
	if s.Phase != Offered {
		return d.signAmendment(s, c, side, m)
	}
	switch {
	case c.Hash != s.TermsHash:
		return staleTerms()
	case s.Signed(side):
		return fault.New(fault.Conflict, "deal.already_signed", "You have signed these terms already.")
	case slices.ContainsFunc(s.Signatures, func(g Signature) bool { return g.Person == m.By.Person }):
		return sameSigner()
	}
	if err := s.Terms.CheckDays(m.Now); err != nil {
		return err
	}
	d.add(Signed{Signature{Side: side, Person: m.By.Person, Hash: c.Hash, At: m.Now}})
	if d.After.Signed(identity.Buyer) && d.After.Signed(identity.Seller) {
		d.add(ContractAgreed{Hash: c.Hash})
	}
	return nil
}

func (d *decision) signAmendment(s State, c Sign, side identity.Side, m Moment) error {
	switch {
	case s.Amendment == nil:
		return fault.New(fault.Conflict, "deal.nothing_to_sign", "Both have signed already, and no change is proposed.")
	case c.Hash != s.Amendment.Hash:
		return staleTerms()
	case s.Amendment.By == side:
		return fault.New(fault.Conflict, "deal.already_signed", "You proposed this change; the other party signs it.")
	case s.Amendment.Person == m.By.Person:
		return sameSigner()
	}
	if err := sameMoney(s, s.Amendment.Terms); err != nil {
		return err // money has come in since the change was proposed
	}
	d.add(Signed{Signature{Side: side, Person: m.By.Person, Hash: c.Hash, At: m.Now}}, Amended{Hash: c.Hash})
	return nil
}

func sameSigner() error {
	return fault.New(fault.Refused, "deal.same_signer", "One person cannot sign for both companies.")
}

func staleTerms() error {
	return fault.New(fault.Conflict, "deal.stale_terms", "The terms have changed since you read them. Read them again before you sign.")
}

func (d *decision) withdraw(s State, c Withdraw, side identity.Side, now time.Time) error {
	if err := checkText("reason", c.Reason, reasonMax); err != nil {
		return err
	}
	if s.Frozen {
		now = s.FrozenFrom // the seller's clock stands still
	}
	switch s.Phase {
	case Draft:
		if side != s.Drafter {
			return fault.New(fault.Forbidden, "deal.not_drafter", "Whoever began a draft discards it.")
		}
	case Funded:
		if side != identity.Buyer {
			return fault.New(fault.Forbidden, "deal.wrong_role", "Only the buyer may withdraw from a funded deal.")
		}
		if !now.After(s.MayWithdrawFrom()) {
			return fault.New(fault.Refused, "deal.still_time_to_ship", "The seller may still ship. You can withdraw after {date}.").With("date", s.MayWithdrawFrom().Format(time.RFC3339))
		}
		d.add(CalledOff{Outcome: Refunded, By: side, Why: "withdrawn", Reason: c.Reason})
		return nil
	case None, Offered, Agreed, Shipped, Delivered, Closed:
	}
	d.add(CalledOff{Outcome: Cancelled, By: side, Why: "withdrawn", Reason: c.Reason})
	return nil
}

func (d *decision) amend(s State, c Amend, side identity.Side, m Moment) error {
	terms := c.Terms.Normal()
	if s.Amendment != nil {
		return fault.New(fault.Conflict, "deal.amendment_open", "A change is already proposed. Sign it, or wait until it lapses.")
	}
	if err := sameParties(s.Terms, terms); err != nil {
		return err
	}
	if err := sameMoney(s, terms); err != nil {
		return err
	}
	if err := terms.Check(); err != nil {
		return err
	}
	if terms.Delivery.DeliverBy != s.Terms.Delivery.DeliverBy || terms.Delivery.ShipBy != s.Terms.Delivery.ShipBy {
		if err := terms.CheckDays(m.Now); err != nil {
			return err
		}
	}
	hash := Agreement{Terms: terms, Rules: s.Rules}.Hash()
	if hash == s.TermsHash {
		return fault.New(fault.Conflict, "deal.same_terms", "These terms are in force already.")
	}
	d.add(AmendmentProposed{By: side, Person: m.By.Person, Terms: terms, Hash: hash})
	return nil
}

func sameParties(old, changed contract.Terms) error {
	if old.Buyer != changed.Buyer || old.Seller != changed.Seller {
		return fault.New(fault.Refused, "deal.parties_fixed", "The companies of a deal cannot be exchanged. Draft another deal.")
	}
	return nil
}

// sameMoney keeps the amounts once money may have come in: what is held was paid
// for these tranches.
func sameMoney(s State, changed contract.Terms) error {
	if s.Phase == Agreed && len(s.Deposits) == 0 && s.Terms.Currency == changed.Currency {
		return nil
	}
	if s.Terms.Currency != changed.Currency || !slices.Equal(s.Terms.Tranches, changed.Tranches) {
		return fault.New(fault.Refused, "deal.money_fixed", "Amounts, tranches and currency cannot change once money has come in.")
	}
	return nil
}

func (d *decision) cancel(s State, c CancelByBoth, side identity.Side, by identity.PersonID) error {
	if err := checkText("reason", c.Reason, reasonMax); err != nil {
		return err
	}
	switch {
	case s.CancelBy == side:
		return fault.New(fault.Conflict, "deal.already_asked", "You have asked already; the other party must agree.")
	case s.CancelBy == identity.NoSide:
		d.add(CancelAsked{By: side, Person: by, Reason: c.Reason})
		return nil
	case s.CancelPerson == by:
		return sameSigner()
	}
	for _, claim := range s.Claims {
		if claim.Open() {
			d.add(dispute.Resolved{ClaimID: claim.ID, Ending: dispute.DealCalledOff, Division: dispute.Division{ToBuyer: claim.Minor}})
		}
	}
	d.add(CalledOff{Outcome: Cancelled, By: identity.NoSide, Why: "both", Reason: c.Reason})
	return nil
}
