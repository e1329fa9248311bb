package assurance

import (
	"context"
	"slices"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/compliance"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/ledger"
	"fondaco/internal/trade/treasury"
)

// BookDeposit takes a rail's booked notice. The same rail and reference are one
// deposit, however often they are reported (an equal report is answered as the
// first was, another one is refused with house.key_reused). Money that no deal
// awaits stays in suspense; nothing that has arrived is ever refused for its owner.
func (h *House) BookDeposit(ctx context.Context, by identity.Actor, n treasury.Notice) (Receipt, error) {
	if by.Office != identity.Rail {
		return Receipt{}, forbidden()
	}
	n.BookedAt = n.BookedAt.UTC().Truncate(time.Microsecond)
	n.Deal, n.Payer = clipped(n.Deal, writtenMax), clipped(n.Payer, writtenMax)
	id := h.cfg.NewID()
	call := Call{By: by, Key: "deposit:" + evidence.HashOf([]byte(n.Rail+"\x00"+n.Reference)).String()}
	a := ask{call: call, command: "book_deposit", input: n, run: func(u *unit) (*Receipt, error) { return u.bookDeposit(id, n) }}
	// The rail is one caller, whoever speaks for it: a new key or a second program
	// that reports the same booking must not make money.
	a.caller = identity.Actor{Office: identity.Rail, Person: identity.PersonID(n.Rail)}.String()
	return h.do(ctx, a)
}

// writtenMax bounds what a payer or a bank has written, in bytes: it is cut off
// there, because money that has come is booked whatever is written on it.
const writtenMax = 256

func (u *unit) bookDeposit(id string, n treasury.Notice) (*Receipt, error) {
	t, err := treasury.Booking(id, n, u.now)
	if err != nil {
		return nil, err
	}
	if err := u.post(t); err != nil {
		return nil, err
	}
	booked := treasury.DepositBooked{Notice: n, Rest: n.Amount.Minor()}
	if booked.Why, err = u.fund(id, n, &booked); err != nil {
		return nil, err
	}
	stream := treasury.DepositStream(id)
	if err := u.record(stream, 0, booked); err != nil {
		return nil, err
	}
	d := treasury.Deposit{ID: id}.Apply(booked, u.now)
	return &Receipt{ID: id, Version: d.Version, State: string(d.Stage)}, u.showDeposit(d)
}

// fund gives the deposit to the deal it names, if that deal awaits it, and
// answers why some of it was left.
func (u *unit) fund(id string, n treasury.Notice, booked *treasury.DepositBooked) (string, error) {
	s, err := u.deal(deal.ID(n.Deal))
	switch {
	case err != nil:
		return "", err
	case s.Phase == deal.None:
		return "unknown_deal", nil
	case s.Terms.Currency != n.Amount.Currency():
		return "wrong_currency", nil
	case s.Phase != deal.Agreed || s.CalledOff != deal.Running:
		return "not_awaited", nil
	}
	before := s.Received()
	if _, err := u.command(s, deal.Fund{Deposit: deal.Deposit{ID: id, Rail: n.Rail, Minor: n.Amount.Minor()}}); err != nil {
		return "", err
	}
	for _, check := range []CheckOrder{{Party: s.Terms.Buyer, Payer: n.Payer}, {Party: s.Terms.Seller}} {
		check.Trigger, check.Deal = string(compliance.AtFunding), n.Deal
		if err := u.askCheck(check); err != nil {
			return "", err
		}
	}
	booked.Deal = n.Deal
	booked.Applied = min(n.Amount.Minor(), s.Escrow.Due()-before)
	booked.Rest = n.Amount.Minor() - booked.Applied
	if booked.Rest > 0 {
		return "surplus", nil
	}
	return "", nil
}

func (u *unit) deposit(id string) (treasury.Deposit, error) {
	d, err := state(u, treasury.DepositStream(id), foldDeposit, treasury.Deposit{ID: id})
	if err == nil && d.Version == 0 {
		err = fault.New(fault.NotFound, "treasury.unknown_deposit", "There is no such deposit.")
	}
	return d, err
}

func (u *unit) showDeposit(d treasury.Deposit) error {
	named, err := u.deal(deal.ID(d.Named()))
	if err != nil {
		return err
	}
	stream := treasury.DepositStream(d.ID)
	before, _ := u.known(stream)
	u.put(stream, d)
	u.rows.deposits = append(u.rows.deposits, DepositRow{ID: d.ID, Deposit: d, Buyer: named.Terms.Buyer, Seller: named.Terms.Seller})
	was, _ := before.(treasury.Deposit)
	u.rows.clocks = append(u.rows.clocks, ClockSet{Stream: stream, Was: oneClock(stream, "suspense", was.Due()), Clocks: oneClock(stream, "suspense", d.Due())})
	return nil
}

// oneClock is the only clock of a stream, or none.
func oneClock(stream, clock string, due time.Time) []ClockRow {
	if due.IsZero() {
		return nil
	}
	return []ClockRow{{Stream: stream, Clock: clock, At: due}}
}

// AssignDeposit credits the rest of a deposit to a party, by treasury.
func (h *House) AssignDeposit(ctx context.Context, call Call, id string, party identity.PartyID, reason string) (Receipt, error) {
	if call.By.Office != identity.Treasury {
		return Receipt{}, forbidden()
	}
	if _, err := h.cfg.Store.Party(ctx, party); err != nil {
		return Receipt{}, err
	}
	return h.settleDeposit(ctx, call, "assign_deposit", id, []any{party, reason}, func(d treasury.Deposit, now time.Time) (treasury.DepositEvent, ledger.Transfer, error) {
		return d.Assign(party, reason, now)
	})
}

// ReturnDeposit gives the rest of a deposit back to its sender, by treasury or,
// when its clock has run out, by the house clock.
func (h *House) ReturnDeposit(ctx context.Context, call Call, id, reason string) (Receipt, error) {
	if call.By.Office != identity.Treasury && call.By.Office != identity.Clock {
		return Receipt{}, forbidden()
	}
	return h.settleDeposit(ctx, call, "return_deposit", id, reason, func(d treasury.Deposit, now time.Time) (treasury.DepositEvent, ledger.Transfer, error) {
		if call.By.Office == identity.Clock && !now.After(d.Due()) {
			return nil, ledger.Transfer{}, fault.New(fault.Refused, "treasury.not_lapsed", "This deposit still waits for a person.")
		}
		return d.Return(reason, now)
	})
}

// MayReturn refuses to hand a deposit back to its rail while the buyer of the deal
// that it came in for is held, and checks that company first.
func (h *House) MayReturn(ctx context.Context, o ReturnOrder) error {
	records, err := h.cfg.Store.Records(ctx, treasury.DepositStream(o.DepositID), 0)
	if err != nil {
		return err
	}
	d, err := folded(records, foldDeposit, treasury.Deposit{ID: o.DepositID})
	if err != nil {
		return err
	}
	id := deal.ID(d.Named())
	if records, err = h.cfg.Store.Records(ctx, id.Stream(), 0); err != nil {
		return err
	}
	s, err := folded(records, foldDeal, deal.State{ID: id})
	if err != nil || s.Terms.Buyer == "" {
		return err
	}
	if err := h.Check(ctx, CheckOrder{Party: s.Terms.Buyer, Trigger: string(compliance.AtPayout)}); err != nil {
		return err
	}
	row, err := h.cfg.Store.Party(ctx, s.Terms.Buyer)
	if err != nil {
		return err
	}
	company, err := row.Organisation()
	if err == nil && company.Held() {
		err = payoutsHeld()
	}
	return err
}

// mayLeave refuses to give away what came in for a deal whose buyer is held.
func (u *unit) mayLeave(d treasury.Deposit) error {
	s, err := u.deal(deal.ID(d.Named()))
	if err != nil || s.Terms.Buyer == "" {
		return err
	}
	return u.mayBePaid(s.Terms.Buyer)
}

type depositStep func(treasury.Deposit, time.Time) (treasury.DepositEvent, ledger.Transfer, error)

func (h *House) settleDeposit(ctx context.Context, call Call, name, id string, input any, step depositStep) (Receipt, error) {
	stream := treasury.DepositStream(id)
	return h.do(ctx, ask{call: call, command: name, stream: stream, input: input, run: func(u *unit) (*Receipt, error) {
		d, err := u.deposit(id)
		if err != nil {
			return nil, err
		}
		e, t, err := step(d, u.now)
		if err != nil {
			return nil, err
		}
		if err := u.mayLeave(d); err != nil {
			return nil, err
		}
		if err := u.post(t); err != nil {
			return nil, err
		}
		if err := u.record(stream, d.Version, e); err != nil {
			return nil, err
		}
		if back, ok := e.(treasury.DepositReturned); ok {
			order := ReturnOrder{DepositID: id, Rail: d.Notice.Rail, Reference: d.Notice.Reference, Amount: money.New(back.Minor, d.Notice.Amount.Currency())}
			if err := u.send(TopicReturn, stream, order); err != nil {
				return nil, err
			}
		}
		d = d.Apply(e, u.now)
		return &Receipt{ID: id, Version: d.Version, State: string(d.Stage)}, u.showDeposit(d)
	}})
}

// Withdraw pays out a party's available money by the house's rail. A member asks
// for the own company; the house clock asks for automatic payouts.
func (h *House) Withdraw(ctx context.Context, call Call, party identity.PartyID, amount money.Amount, cause string) (Receipt, error) {
	own := call.By.Office == identity.Member && call.By.Party == party
	if !own && call.By.Office != identity.Clock {
		return Receipt{}, forbidden()
	}
	id := h.cfg.NewID()
	c := treasury.PayoutInstructed{Party: party, Rail: h.cfg.PayoutRail, Amount: amount, Cause: cause}
	r, err := h.do(ctx, ask{call: call, command: "withdraw", stream: "", input: c, byKey: true, run: func(u *unit) (*Receipt, error) {
		c, order := c, PayoutOrder{PayoutID: id, Party: party, Amount: amount, Rail: c.Rail}
		to, err := u.mayWithdraw(party, amount)
		if err != nil {
			return nil, err
		}
		if to.ID != "" {
			c.Account, order.Payee = to.ID, &Payee{Account: to.ID, Holder: to.Holder, Number: to.Number, BIC: to.BIC, Country: to.Country}
		}
		p := treasury.Payout{ID: id}
		e, t, err := p.Instruct(c, u.now)
		if err != nil {
			return nil, err
		}
		if err := u.send(TopicPayout, treasury.PayoutStream(id), order); err != nil {
			return nil, err
		}
		u.openAccount(t.Credit)
		return u.payout(p, e, t)
	}})
	return r, err
}

// CancelPayout takes back an instruction that the rail has not taken.
func (h *House) CancelPayout(ctx context.Context, call Call, id, reason string) (Receipt, error) {
	return h.stepPayout(ctx, call, "cancel_payout", id, reason, func(p treasury.Payout, now time.Time) (treasury.PayoutEvent, ledger.Transfer, error) {
		if call.By.Office != identity.Treasury && (call.By.Office != identity.Member || call.By.Party != p.Party) {
			return nil, ledger.Transfer{}, unknownPayout()
		}
		if err := identity.Permit(call.By, identity.ToCancelPayouts); err != nil {
			return nil, ledger.Transfer{}, err
		}
		return p.Cancel(reason, now)
	})
}

// PayoutNotice is what a rail reports about a payout.
type PayoutNotice struct {
	PayoutID  string
	Outcome   PayoutOutcome
	Reference string // the rail's own id
	Failure   string // the rail's code, when returned
}

// PayoutOutcome is a rail's word about a payout.
type PayoutOutcome string

// The outcomes a rail reports.
const (
	PayoutTaken    PayoutOutcome = "sent"
	PayoutArrived  PayoutOutcome = "settled"
	PayoutReturned PayoutOutcome = "returned"
)

// ReportPayout takes a rail's notice about a payout. A notice repeated is
// answered as the first was.
func (h *House) ReportPayout(ctx context.Context, by identity.Actor, n PayoutNotice) (Receipt, error) {
	if by.Office != identity.Rail {
		return Receipt{}, forbidden()
	}
	n.Reference, n.Failure = clipped(n.Reference, writtenMax), clipped(n.Failure, writtenMax)
	call := Call{By: by, Key: "payout:" + n.PayoutID + ":" + string(n.Outcome)}
	return h.stepPayout(ctx, call, "report_payout", n.PayoutID, n, func(p treasury.Payout, now time.Time) (treasury.PayoutEvent, ledger.Transfer, error) {
		switch n.Outcome {
		case PayoutTaken:
			return p.Send(n.Reference, now)
		case PayoutArrived:
			return p.Settle(n.Reference, now)
		case PayoutReturned:
			return p.Bounce(n.Reference, n.Failure, now)
		}
		return nil, ledger.Transfer{}, fault.New(fault.Invalid, "treasury.bad_outcome", "A rail reports sent, settled or returned.").At("outcome")
	})
}

type payoutStep func(treasury.Payout, time.Time) (treasury.PayoutEvent, ledger.Transfer, error)

func (h *House) stepPayout(ctx context.Context, call Call, name, id string, input any, step payoutStep) (Receipt, error) {
	stream := treasury.PayoutStream(id)
	return h.do(ctx, ask{call: call, command: name, stream: stream, input: input, run: func(u *unit) (*Receipt, error) {
		p, err := state(u, stream, foldPayout, treasury.Payout{ID: id})
		if err != nil {
			return nil, err
		}
		if p.Version == 0 {
			return nil, unknownPayout()
		}
		e, t, err := step(p, u.now)
		if err != nil {
			return nil, err
		}
		return u.payout(p, e, t)
	}})
}

func unknownPayout() error {
	return fault.New(fault.NotFound, "treasury.unknown_payout", "There is no such payout.")
}

// payout records one step of a payout.
func (u *unit) payout(p treasury.Payout, e treasury.PayoutEvent, t ledger.Transfer) (*Receipt, error) {
	if err := u.post(t); err != nil {
		return nil, err
	}
	stream := treasury.PayoutStream(p.ID)
	if err := u.record(stream, p.Version, e); err != nil {
		return nil, err
	}
	was := p.Due()
	p = p.Apply(e, u.now)
	u.put(stream, p)
	u.rows.payouts = append(u.rows.payouts, PayoutRow{ID: p.ID, Payout: p})
	u.rows.clocks = append(u.rows.clocks, ClockSet{Stream: stream, Was: oneClock(stream, "instruct", was), Clocks: oneClock(stream, "instruct", p.Due())})
	return &Receipt{ID: p.ID, Version: p.Version, State: string(p.Stage)}, nil
}

// Balances lists a party's own accounts, for its members and for staff.
func (h *House) Balances(ctx context.Context, by identity.Actor, party identity.PartyID) ([]AccountRow, error) {
	if !mayReadMoney(by, party) {
		return nil, forbidden()
	}
	return h.cfg.Store.Accounts(ctx, "party:"+string(party)+"/", "", pageMax)
}

// Held sums what is held for the deals of the caller's company, by side and currency.
func (h *House) Held(ctx context.Context, by identity.Actor) ([]HeldRow, error) {
	if by.Party == "" || !mayReadMoney(by, by.Party) {
		return nil, forbidden()
	}
	return h.held(ctx, by.Party)
}

// Awaited lists the newest deals that await the price from the caller's company.
func (h *House) Awaited(ctx context.Context, by identity.Actor, limit int) ([]AwaitedRow, error) {
	if by.Party == "" || !mayReadMoney(by, by.Party) {
		return nil, forbidden()
	}
	rows, err := h.cfg.Store.Deals(ctx, DealQuery{Party: by.Party, Bought: true, Phase: deal.Agreed, Limit: pageSize(limit)})
	if err != nil {
		return nil, err
	}
	ids := make([]deal.ID, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	begun, err := h.cfg.Store.Begun(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]AwaitedRow, len(rows))
	for i, row := range rows {
		missing := row.Total
		if slices.Contains(begun, row.ID) { // how much has come for it stands in its facts
			s, err := h.Deal(ctx, by, row.ID)
			if err != nil {
				return nil, err
			}
			missing = s.Missing()
		}
		out[i] = AwaitedRow{Deal: row.ID, Title: row.Title, Missing: money.New(missing, row.Currency)}
	}
	return out, nil
}

// Statement lists an account's entries, newest first. Members read the accounts
// of their company and of its deals; staff read all.
func (h *House) Statement(ctx context.Context, by identity.Actor, account ledger.AccountID, before int64, limit int) ([]StatementLine, error) {
	if !by.Office.Staff() {
		ok, err := h.ownsAccount(ctx, by, account)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, fault.New(fault.NotFound, "ledger.unknown_account", "There is no such account.")
		}
	}
	return h.cfg.Store.Statement(ctx, account, before, pageSize(limit))
}

func (h *House) ownsAccount(ctx context.Context, by identity.Actor, account ledger.AccountID) (bool, error) {
	switch account.Kind() {
	case ledger.KindParty:
		return mayReadMoney(by, identity.PartyID(account.Owner())), nil
	case ledger.KindHeld:
		_, err := h.Deal(ctx, by, deal.ID(account.Owner()))
		if fault.KindOf(err) == fault.NotFound {
			return false, nil
		}
		return err == nil, err
	case ledger.KindRail, ledger.KindPayout, ledger.KindFees, ledger.KindPenalty, ledger.KindInsurance, ledger.KindSuspense:
	}
	return false, nil
}

// Payouts lists a party's payouts, newest first; staff may leave the party empty.
func (h *House) Payouts(ctx context.Context, by identity.Actor, q MoneyQuery) ([]PayoutRow, error) {
	if !by.Office.Staff() {
		if by.Party == "" {
			return nil, forbidden()
		}
		q.Party = by.Party
	}
	q.Limit = pageSize(q.Limit)
	return h.cfg.Store.Payouts(ctx, q)
}

// Deposits lists deposits, newest first: those for the deals of a party, or for
// staff all of them. Of money that no deal has taken, the parties of the deal that
// was named do not learn who sent it.
func (h *House) Deposits(ctx context.Context, by identity.Actor, q MoneyQuery) ([]DepositRow, error) {
	if !by.Office.Staff() {
		if by.Party == "" {
			return nil, forbidden()
		}
		q.Party = by.Party
	}
	q.Limit = pageSize(q.Limit)
	rows, err := h.cfg.Store.Deposits(ctx, q)
	for i := range rows {
		if d := &rows[i].Deposit; !by.Office.Staff() && d.Applied == 0 {
			d.Notice.Payer, d.Notice.Reference = "", ""
		}
	}
	return rows, err
}

// TrialBalance sums every account per currency code; a sound house has only zeros.
func (h *House) TrialBalance(ctx context.Context) (map[string]int64, error) {
	sums := map[string]int64{}
	for after := ledger.AccountID(""); ; {
		rows, err := h.cfg.Store.Accounts(ctx, "", after, pageMax)
		if err != nil || len(rows) == 0 {
			return sums, err
		}
		for _, r := range rows {
			sums[r.Account.Currency().Code()] += r.Balance.Posted
		}
		after = rows[len(rows)-1].Account
	}
}

func mayReadMoney(by identity.Actor, party identity.PartyID) bool {
	return by.Office.Staff() || by.Office == identity.Member && by.Party == party && party != ""
}
