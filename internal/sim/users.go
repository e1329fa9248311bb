package sim

import (
	"fmt"
	"slices"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/ledger"
)

// firmsMax is how many companies trade in a world.
const firmsMax = 4

// found registers the companies.
func (u *user) found() {
	countries := []string{"CH", "CN", "DE", "VN"}
	for i := range firmsMax {
		by := identity.Actor{Office: identity.Member, Person: identity.PersonID(fmt.Sprintf("p%d", i))}
		c := identity.Register{LegalName: firmNames()[i], Country: countries[i], Registration: "R-1", Address: "1 Street"}
		key := fmt.Sprintf("found-%d", i)
		r, err := u.ask(&call{
			command: "register_party", by: by.String(), key: key, streams: []string{"party:"},
			ask: func(h *assurance.House) (assurance.Receipt, error) {
				return h.RegisterParty(u.ctx, assurance.Call{By: by, Key: key}, c)
			},
		})
		if err != nil {
			u.fail("a company can register", "%s", fault.Of(err).Trace())
			return
		}
		id := identity.PartyID(r.ID)
		u.mu.Lock()
		u.firms = append(u.firms, firm{id, identity.MemberOf(id, by.Person)})
		u.mu.Unlock()
	}
}

// key is an idempotency key, or none.
func (u *user) key() string {
	if u.chance(20) {
		return ""
	}
	return fmt.Sprintf("k%06d", u.keys.Add(1))
}

// memberOf is the person who acts for a company.
func (w *world) memberOf(p identity.PartyID) identity.Actor {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.firms {
		if f.id == p {
			return f.by
		}
	}
	return identity.Actor{}
}

// give gives a command about a deal.
func (u *user) give(by identity.Actor, id deal.ID, cmd deal.Command) (assurance.Receipt, error) {
	key := u.key()
	name := cmd.Name()
	if l, ok := cmd.(deal.Lapse); ok {
		name = "early_lapse:" + string(l.Clock)
	}
	return u.ask(&call{
		command: name, by: by.String(), key: key, streams: []string{id.Stream()},
		ask: func(h *assurance.House) (assurance.Receipt, error) {
			return h.Act(u.ctx, assurance.Call{By: by, Key: key}, id, cmd)
		},
	})
}

// anyDeal reads one of the deals, the open ones more often.
func (u *user) anyDeal() (deal.State, bool) {
	u.mu.Lock()
	ids := slices.Clone(u.deals)
	u.mu.Unlock()
	for range 3 {
		if len(ids) == 0 {
			break
		}
		s, err := u.house.Deal(u.ctx, u.staff.admin, ids[u.rng.IntN(len(ids))])
		if err == nil && (s.Phase != deal.Closed || u.chance(3)) {
			return s, true
		}
	}
	return deal.State{}, false
}

// draft opens a deal between two companies.
func (u *user) draft() {
	u.mu.Lock()
	firms := slices.Clone(u.firms)
	u.mu.Unlock()
	n := u.rng.IntN(len(firms))
	buyer, seller := firms[n], firms[(n+1+u.rng.IntN(len(firms)-1))%len(firms)]
	by := pick(u, buyer, seller).by
	t := u.terms(buyer.id, seller.id)
	key := u.key()
	r, err := u.ask(&call{
		command: "draft", by: by.String(), key: key, streams: []string{"deal:"},
		ask: func(h *assurance.House) (assurance.Receipt, error) {
			return h.DraftDeal(u.ctx, assurance.Call{By: by, Key: key}, t)
		},
	})
	if err == nil {
		u.know(deal.ID(r.ID))
	}
}

// know remembers a deal.
func (w *world) know(id deal.ID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.Contains(w.deals, id) {
		w.deals = append(w.deals, id)
	}
}

// terms are a small price in one to three tranches.
func (u *user) terms(buyer, seller identity.PartyID) contract.Terms {
	c := money.MustCurrency(pick(u, "USD", "USD", "EUR", "JPY"))
	price := int64(3 + u.rng.IntN(100_000))
	now := u.tides.Now()
	t := contract.Terms{
		Title: "Bearings", Buyer: buyer, Seller: seller, Currency: c,
		Lines:   []contract.Line{{Description: "Ball bearings", Quantity: 1, Unit: "PCE", UnitPrice: money.New(price, c), Basis: 1, Acceptance: []string{"Each turns freely."}}},
		Freight: money.Zero(c), Insurance: money.Zero(c),
		Delivery: contract.Delivery{
			Incoterm: "DAP", NamedPlace: "Basel", ShipTo: "CH Basel", PartialShipments: u.chance(40),
			ShipBy: contract.DateOf(now.Add(time.Duration(1+u.rng.IntN(10)) * day)), DeliverBy: contract.DateOf(now.Add(time.Duration(11+u.rng.IntN(20)) * day)),
		},
		Inspection: contract.Inspection{Days: 1 + u.rng.IntN(7)}, Remedies: contract.Remedies{ReturnFreight: identity.Seller},
		GoverningLaw: "Switzerland", DisputeForum: "ICC arbitration, seat Geneva",
	}
	if u.chance(30) {
		t.Remedies.LatePenaltyBps, t.Remedies.LatePenaltyCapBps = 300, 900
	}
	left := price
	if u.chance(u.manner.shareTo) {
		part := 1 + u.rng.Int64N(left-1)
		t.Tranches = append(t.Tranches, contract.Tranche{ID: "early", Amount: money.New(part, c), Release: pick(u, contract.OnFunding, contract.OnShipment, contract.OnDelivery)})
		left -= part
	}
	t.Tranches = append(t.Tranches, contract.Tranche{ID: "rest", Amount: money.New(left, c), Release: pick(u, contract.OnAcceptance, contract.OnAcceptance, contract.OnDelivery)})
	return t
}

// moveMoney withdraws what a company has, or a part of it, or cancels a payout.
func (u *user) moveMoney() {
	u.mu.Lock()
	firms, payouts := slices.Clone(u.firms), slices.Clone(u.payouts)
	u.mu.Unlock()
	if len(payouts) > 0 && u.chance(40) {
		u.cancelPayout(pick(u, append(firms[:0:0], firms...)...).by, payouts[len(payouts)-1-u.rng.IntN(min(3, len(payouts)))])
		return
	}
	f := pick(u, firms...)
	rows, err := u.house.Balances(u.ctx, f.by, f.id)
	if err != nil || len(rows) == 0 {
		return
	}
	row := pick(u, rows...)
	has := row.Balance.Available(ledger.KindParty)
	if has < 1 {
		return
	}
	u.withdraw(f.by, f.id, money.New(pick(u, has, 1+u.rng.Int64N(has), has+1), row.Account.Currency()))
}

func (u *user) withdraw(by identity.Actor, p identity.PartyID, a money.Amount) bool {
	key := u.key()
	r, err := u.ask(&call{
		command: "withdraw_money", by: by.String(), key: key, streams: []string{"payout:"},
		ask: func(h *assurance.House) (assurance.Receipt, error) {
			return h.Withdraw(u.ctx, assurance.Call{By: by, Key: key}, p, a, "by hand")
		},
	})
	if err != nil {
		return false
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.payouts = append(u.payouts, r.ID)
	return true
}

func (u *user) cancelPayout(by identity.Actor, id string) {
	if u.chance(50) {
		by = u.staff.treasury
	}
	key := u.key()
	_, _ = u.ask(&call{
		command: "cancel_payout", by: by.String(), key: key, streams: []string{"payout:" + id},
		ask: func(h *assurance.House) (assurance.Receipt, error) {
			return h.CancelPayout(u.ctx, assurance.Call{By: by, Key: key}, id, "wrong account")
		},
	})
}

// mindSuspense lets the treasury decide about money that no deal has taken.
func (u *user) mindSuspense() {
	rows, err := u.house.Deposits(u.ctx, u.staff.treasury, assurance.MoneyQuery{Stage: "suspense", Limit: 5})
	if err != nil || len(rows) == 0 {
		if u.chance(30) { // money that names nobody
			u.bank.receive("nobody knows", "Somebody", money.New(1+u.rng.Int64N(5000), money.MustCurrency("USD")))
		}
		return
	}
	u.mu.Lock()
	firms := slices.Clone(u.firms)
	u.mu.Unlock()
	id, to, by, key := pick(u, rows...).ID, pick(u, firms...).id, u.staff.treasury, u.key()
	c := &call{command: "assign_deposit", by: by.String(), key: key, streams: []string{"deposit:" + id}}
	c.ask = func(h *assurance.House) (assurance.Receipt, error) {
		return h.AssignDeposit(u.ctx, assurance.Call{By: by, Key: key}, id, to, "it says so")
	}
	if u.chance(60) {
		c.command = "return_deposit"
		c.ask = func(h *assurance.House) (assurance.Receipt, error) {
			return h.ReturnDeposit(u.ctx, assurance.Call{By: by, Key: key}, id, "not ours")
		}
	}
	_, _ = u.ask(c)
}

// repeat asks again what was answered before, with the same key.
func (u *user) repeat() {
	known := u.witness.known(acked)
	if len(known) == 0 {
		return
	}
	u.replay(*pick(u, known...))
}

// replay sees that the same key is answered as it was.
func (w *world) replay(c call) {
	before := c.receipt
	r, err := c.ask(w.house)
	if fault.KindOf(err) == fault.Unavailable {
		return
	}
	before.Replayed, r.Replayed = false, false
	if err != nil || r != before {
		w.fail("the same key is answered as before", "%s; now %+v, %v", &c, r, err)
	}
}

// askAfterAll asks again where no answer came, with the same key.
func (u *user) askAfterAll() {
	open := slices.DeleteFunc(u.witness.known(unknown), func(c *call) bool {
		return c.command == "auto_payout" // the worker asks for it again itself, or has given it up
	})
	if len(open) == 0 {
		u.doDuty()
		return
	}
	c := pick(u, open...)
	r, err := u.askAgain(c)
	if err == nil && c.command == "draft" {
		u.know(deal.ID(r.ID))
	}
}

// look reads, as people do, and sees that a proof proves.
func (u *user) look() {
	size, err := u.house.LogSize(u.ctx)
	if err != nil || size == 0 {
		return
	}
	p, err := u.house.Prove(u.ctx, u.staff.auditor, u.rng.Int64N(size), size)
	if err != nil {
		return
	}
	if err := evidence.VerifyInclusion(p.Record.Entry().Leaf(), p.Record.Sequence, p.Size, p.Root, p.Proof); err != nil {
		u.fail("a proof proves", "entry %d of %d: %s", p.Record.Sequence, p.Size, err)
	}
}
