package assurance

import (
	"slices"

	"fondaco/internal/money"
	"fondaco/internal/trade/control"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/treasury"
)

// actOf is the act of the policy that a command about a deal is.
func actOf(c deal.Command) identity.Act {
	switch c := c.(type) {
	case deal.WriteDraft:
		return identity.ToDraft
	case deal.MakeOffer, deal.Counter, deal.Amend, deal.Withdraw, deal.CancelByBoth:
		return identity.ToOffer
	case deal.Sign:
		return identity.ToSign
	case deal.Ship:
		return identity.ToShip
	case deal.ConfirmReceipt, deal.ExtendInspection:
		return identity.ToReceive
	case deal.RaiseClaim:
		return identity.ToClaim
	case deal.Accept:
		return identity.ToRelease
	case deal.Conduct:
		return actOfStep(c.Step)
	}
	return "" // what only the house, the rail, the carrier or the clock gives
}

func actOfStep(c dispute.Command) identity.Act {
	switch c.(type) {
	case dispute.MakeOffer:
		return identity.ToNegotiate
	case dispute.Escalate, dispute.Appeal, dispute.Drop:
		return identity.ToClaim
	case dispute.TakeOffer, dispute.ReturnReceived:
		return identity.ToRelease
	case dispute.ReturnShipped:
		return identity.ToShip
	}
	return ""
}

// mayCommand asks the policy for a member's role, and for an approval where the
// command moves money to the other side. What it moves is read off the decision
// itself, so that no command can be forgotten.
func (u *unit) mayCommand(s deal.State, c deal.Command, d deal.Decision) error {
	if u.by.Office != identity.Member {
		return nil
	}
	act := actOf(c)
	if act == "" {
		return forbidden()
	}
	if err := u.permit(act); err != nil {
		return err
	}
	if !u.secured() {
		return nil
	}
	i, needed, err := u.weighDeal(s, c, d)
	if err != nil || !needed {
		return err
	}
	if err := u.permit(control.ActFor(i.Action, i.Party)); err != nil {
		return err // a trader's word that would release money is for finance to say
	}
	return u.approved(i)
}

// mayTry asks the policy before the deal is looked at, so that the refusal of a
// role tells nothing of it.
func (u *unit) mayTry(c deal.Command) error {
	if act := actOf(c); act != "" && u.by.Office == identity.Member {
		return u.permit(act)
	}
	return nil
}

// permit asks the policy, and of a key its mandate.
func (u *unit) permit(act identity.Act) error {
	c := u.call
	c.By = u.by
	return c.permit(act)
}

func (c Call) permit(act identity.Act) error {
	if m := c.Mandate; m != nil && !slices.Contains(m.Scopes, string(act)) {
		return overMandate(string(act))
	}
	return identity.Permit(c.By, act)
}

// mayWithdraw refuses a payout that nobody has approved, or that has nowhere to
// go, and answers where it goes.
func (u *unit) mayWithdraw(party identity.PartyID, amount money.Amount) (to treasury.PayoutAccount, err error) {
	if u.by.Office == identity.Member {
		if err := u.permit(identity.ToWithdraw); err != nil {
			return to, err
		}
	}
	if err := u.mayBePaid(party); err != nil || u.house.cfg.Security == nil {
		return to, err
	}
	if to, err = u.payoutTo(party); err != nil {
		return to, err
	}
	return to, u.authorise(WithdrawDeed{Amount: amount})
}
