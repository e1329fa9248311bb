package sim

import (
	"fmt"
	"slices"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/money"
	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/shipment"
	"fondaco/internal/trade/treasury"
)

type termsOf = contract.Terms

// attack asks for something that nobody may have. If it is given, the world has failed.
func (u *user) attack() {
	switch u.rng.IntN(5) {
	case 0:
		u.attackMoney()
	case 1:
		u.reuseKey()
	default:
		u.attackDeal()
	}
}

// never asks, and fails the world if the house agrees.
func (u *user) never(c *call) {
	if r, err := u.ask(c); err == nil && !r.Replayed {
		u.fail("what is forbidden is refused", "%s", c)
	}
}

// attackDeal gives a command in the wrong name, or one that no state allows.
func (u *user) attackDeal() {
	s, ok := u.anyDeal()
	if !ok {
		return
	}
	by, cmd := u.anyCommand(s)
	buyer, seller := u.parties(s)
	eve := identity.MemberOf("stranger", "eve")
	id := s.ID
	now := u.tides.Now()
	forbidden := []struct {
		by  identity.Actor
		cmd deal.Command
	}{
		{eve, cmd},
		{identity.Actor{}, cmd},
		{identity.Actor{Office: identity.Auditor, Person: "aud"}, cmd},
		{identity.Actor{Office: identity.Auditor, Party: by.Party, Person: by.Person}, cmd},
		{buyer, u.shipment(s)},
		{seller, deal.Accept{}},
		{seller, deal.ConfirmReceipt{}},
		{pick(u, buyer, bankActor(), u.staff.admin), deal.Fund{Deposit: deal.Deposit{ID: "x", Rail: bankName, Minor: 1}}},
		{pick(u, buyer, seller), deal.Sign{Hash: evidence.Hash{1}}},
		{pick(u, buyer, seller, u.staff.admin), deal.Freeze{Case: "case-2"}},
		{buyer, deal.Lapse{Clock: deal.ShipClock}},
		{u.staff.clock, deal.Lapse{Clock: "no such clock"}},
		{buyer, deal.Track{ConsignmentID: "c1", Event: shipment.Event{Stage: shipment.Delivered, At: now, Place: "CH Basel"}}},
		{u.staff.carrier, deal.Track{ConsignmentID: "c1", Event: shipment.Event{Stage: "teleported", At: now}}},
		{pick(u, buyer, seller), deal.RecordOutage{From: now.Add(-time.Hour), To: now}},
		{u.staff.admin, deal.RecordOutage{From: now, To: now.Add(100 * day)}},
		{buyer, deal.RaiseClaim{Reason: dispute.QualityDefect, Minor: pick[int64](u, -1, 0, 1<<53), Statement: "Too much."}},
		{pick(u, buyer, seller), deal.Amend{Terms: foreign(s.Terms)}},
		{pick(u, buyer, seller), deal.ExtendInspection{Days: pick(u, -1, 0, 10_000)}},
		{u.staff.other, deal.Conduct{ClaimID: "nobody's", Step: dispute.Rule{Reasons: "Because."}}},
		{u.staff.clock, deal.Conduct{ClaimID: "nobody's", Step: dispute.Lapse{}}},
	}
	if u.chance(10) {
		u.lapseEarly(s)
		return
	}
	f := pick(u, forbidden...)
	if u.chance(5) {
		id = "nowhere"
	}
	key := u.key()
	u.never(&call{
		command: "wrong:" + f.cmd.Name(), by: f.by.String(), key: key, streams: nil,
		ask: func(h *assurance.House) (assurance.Receipt, error) {
			return h.Act(u.ctx, assurance.Call{By: f.by, Key: key}, id, f.cmd)
		},
	})
}

// lapseEarly gives the house clock's command for clocks that still run.
func (u *user) lapseEarly(s deal.State) {
	for _, d := range s.Deadlines() {
		r, err := u.give(u.staff.clock, s.ID, deal.Lapse{Clock: d.Clock, Ref: d.Ref})
		if err == nil && !r.Replayed && !r.At.After(d.At) {
			u.fail("no clock lapses before its instant", "%s of %s ran until %s and lapsed at %s", d.Clock, s.ID, d.At, r.At)
		}
		if err == nil {
			return
		}
	}
}

func foreign(t contract.Terms) contract.Terms {
	t.Seller = "stranger"
	return t
}

// attackMoney asks for money in the wrong name, of the wrong amount, or twice.
func (u *user) attackMoney() {
	u.mu.Lock()
	firms, payouts, deposits := slices.Clone(u.firms), slices.Clone(u.payouts), slices.Clone(u.deposits)
	u.mu.Unlock()
	a, b := firms[u.rng.IntN(len(firms))], identity.MemberOf("stranger", "eve")
	usd := func(minor int64) money.Amount { return money.New(minor, money.MustCurrency("USD")) }
	payout, deposit := "nobody's", "nobody's"
	if len(payouts) > 0 {
		payout = pick(u, payouts...)
	}
	if len(deposits) > 0 {
		deposit = pick(u, deposits...)
	}
	type house = *assurance.House
	type receipt = assurance.Receipt
	wrongs := map[string]func(house) (receipt, error){
		"withdraw": func(h house) (receipt, error) { return h.Withdraw(u.ctx, assurance.Call{By: b}, a.id, usd(1), "mine") },
		"withdraw_much": func(h house) (receipt, error) {
			return h.Withdraw(u.ctx, assurance.Call{By: a.by}, a.id, usd(1<<52), "all")
		},
		"withdraw_minus": func(h house) (receipt, error) {
			return h.Withdraw(u.ctx, assurance.Call{By: a.by}, a.id, usd(-1), "less")
		},
		"book_deposit": func(h house) (receipt, error) {
			return h.BookDeposit(u.ctx, a.by, treasury.Notice{Rail: bankName, Reference: "forged", Deal: "x", Amount: usd(100)})
		},
		"book_nothing": func(h house) (receipt, error) {
			return h.BookDeposit(u.ctx, bankActor(), treasury.Notice{Rail: bankName, Reference: "nothing", Deal: "x", Amount: usd(0)})
		},
		"report_payout": func(h house) (receipt, error) {
			return h.ReportPayout(u.ctx, a.by, assurance.PayoutNotice{PayoutID: payout, Outcome: assurance.PayoutReturned})
		},
		"report_nonsense": func(h house) (receipt, error) {
			return h.ReportPayout(u.ctx, bankActor(), assurance.PayoutNotice{PayoutID: payout, Outcome: "vanished"})
		},
		"cancel_payout": func(h house) (receipt, error) { return h.CancelPayout(u.ctx, assurance.Call{By: b}, payout, "mine") },
		"assign_deposit": func(h house) (receipt, error) {
			return h.AssignDeposit(u.ctx, assurance.Call{By: a.by}, deposit, a.id, "mine")
		},
		"assign_unknown": func(h house) (receipt, error) {
			return h.AssignDeposit(u.ctx, assurance.Call{By: u.staff.treasury}, "no such", a.id, "x")
		},
		"return_deposit": func(h house) (receipt, error) {
			return h.ReturnDeposit(u.ctx, assurance.Call{By: u.staff.admin}, deposit, "mine")
		},
		"clear_alarm": func(h house) (receipt, error) { return receipt{}, h.ClearClockAlarm(u.ctx, a.by) },
		"resume":      func(h house) (receipt, error) { return receipt{}, h.Resume(u.ctx, u.staff.treasury) },
		"record_outage": func(h house) (receipt, error) {
			return receipt{}, h.RecordOutage(u.ctx, assurance.Call{By: a.by}, began(), began().Add(1))
		},
		"draft_self": func(h house) (receipt, error) {
			return h.DraftDeal(u.ctx, assurance.Call{By: a.by}, u.terms(a.id, a.id))
		},
		"draft_of_others": func(h house) (receipt, error) {
			return h.DraftDeal(u.ctx, assurance.Call{By: b}, u.terms(firms[0].id, firms[1].id))
		},
	}
	names := []string{
		"withdraw", "withdraw_much", "withdraw_minus", "book_deposit", "book_nothing", "report_payout", "report_nonsense", "cancel_payout",
		"assign_deposit", "assign_unknown", "return_deposit", "clear_alarm", "resume", "record_outage", "draft_self", "draft_of_others",
	}
	name := pick(u, names...)
	u.never(&call{command: "wrong:" + name, by: "whoever", ask: wrongs[name]})
}

// reuseKey uses a key that was answered for something else.
func (u *user) reuseKey() {
	known := u.witness.known(acked)
	u.mu.Lock()
	firms := slices.Clone(u.firms)
	u.mu.Unlock()
	if len(known) == 0 {
		return
	}
	c := pick(u, known...)
	by, err := identity.ParseActor(c.by)
	if err != nil {
		return
	}
	company := identity.Register{LegalName: fmt.Sprintf("Reused %d Ltd", len(firms)), Country: "CH", Registration: "R-9"}
	u.never(&call{command: "wrong:reused_key", by: c.by, ask: func(h *assurance.House) (assurance.Receipt, error) {
		return h.RegisterParty(u.ctx, assurance.Call{By: by, Key: c.key}, company)
	}})
}
