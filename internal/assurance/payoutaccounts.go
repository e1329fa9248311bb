package assurance

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/account"
	"fondaco/internal/trade/compliance"
	"fondaco/internal/trade/control"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/treasury"
)

func foldPayoutAccount(a treasury.PayoutAccount, r Record) (treasury.PayoutAccount, error) {
	e, err := treasury.DecodeAccount(r.Kind, r.Payload)
	if err != nil {
		return a, err
	}
	return a.Apply(e, r.At), nil
}

func (u *unit) payoutAccount(id string) (treasury.PayoutAccount, error) {
	a, err := state(u, treasury.PayoutAccountStream(id), foldPayoutAccount, treasury.PayoutAccount{ID: id})
	if err == nil && a.Version == 0 {
		err = noPayoutAccount()
	}
	return a, err
}

func noPayoutAccount() error {
	return fault.New(fault.NotFound, "treasury.unknown_account", "There is no such payout account.")
}

// payoutAccounts are the accounts of a party as they stand within this command:
// those that are stored, under those that are being written.
func (u *unit) payoutAccounts(party identity.PartyID) ([]treasury.PayoutAccount, error) {
	var out []treasury.PayoutAccount
	for _, stage := range []treasury.AccountStage{treasury.Proposed, treasury.Waiting, treasury.Current} {
		rows, err := u.house.cfg.Store.PayoutAccountRows(u.ctx, PayoutAccountQuery{Party: party, Stage: string(stage), Limit: pageMax})
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			a, err := u.payoutAccount(r.ID) // its newest state
			if err != nil {
				return nil, err
			}
			out = append(out, a)
		}
	}
	known := func(id string) bool {
		for _, a := range out {
			if a.ID == id {
				return true
			}
		}
		return false
	}
	for layer := u.cycle; layer != nil; layer = layer.under {
		for id, row := range layer.rows.accounts {
			if row.Party != party || known(id) {
				continue
			}
			a, err := u.payoutAccount(id)
			if err != nil {
				return nil, err
			}
			out = append(out, a)
		}
	}
	return out, nil
}

// settleAccount gives a command to a payout account and keeps its row and clock.
func (u *unit) settleAccount(a treasury.PayoutAccount, c treasury.AccountCommand) (treasury.PayoutAccount, error) {
	decided, err := treasury.DecideAccount(a, c, u.now)
	if err != nil {
		return a, err
	}
	stream := treasury.PayoutAccountStream(a.ID)
	was, _ := a.Next()
	if err := recordAs(u, u.by, stream, a.Version, decided...); err != nil {
		return a, err
	}
	for _, e := range decided {
		a = a.Apply(e, u.now)
	}
	due, _ := a.Next()
	u.put(stream, a)
	row, err := PayoutAccountViewOf(a)
	u.rows.accounts = append(u.rows.accounts, row)
	u.rows.clocks = append(u.rows.clocks, ClockSet{Stream: stream, Was: oneClock(stream, "payout_account", was), Clocks: oneClock(stream, "payout_account", due)})
	return a, err
}

// PayoutAccountViewOf is the list row of a payout account: a function of its state.
func PayoutAccountViewOf(a treasury.PayoutAccount) (PayoutAccountRow, error) {
	body, err := json.Marshal(a)
	if err != nil {
		return PayoutAccountRow{}, fault.New(fault.Internal, "treasury.row", "A payout account cannot be written down.").Because(err)
	}
	return PayoutAccountRow{ID: a.ID, Party: a.Party, Stage: string(a.Stage), Body: body}, nil
}

// account reads the payout account behind the row.
func (r PayoutAccountRow) account() (a treasury.PayoutAccount, err error) {
	if err := json.Unmarshal(r.Body, &a); err != nil {
		return a, fault.New(fault.Internal, "treasury.row", "A payout account cannot be read.").Because(err)
	}
	return a, nil
}

// AccountDeed names where a company's payouts shall go.
type AccountDeed struct {
	Holder, Number, BIC, BankName, Country, Currency string
}

func (d AccountDeed) propose(u *unit) (treasury.Propose, error) {
	o, err := u.organisation(u.by.Party)
	if err != nil {
		return treasury.Propose{}, err
	}
	if o.Standing != identity.Verified {
		return treasury.Propose{}, fault.New(fault.Refused, "treasury.not_verified", "Payouts go to verified companies only. Hand in the company's profile first.")
	}
	others, err := u.payoutAccounts(u.by.Party)
	if err != nil {
		return treasury.Propose{}, err
	}
	hold := treasury.HoldHoursMin
	if s := u.house.cfg.Security; s != nil {
		hold = max(hold, int(s.PayoutHold/time.Hour))
	}
	return treasury.Propose{
		Party: u.by.Party, Holder: d.Holder, Number: d.Number, BIC: d.BIC, BankName: d.BankName, Country: d.Country, Currency: d.Currency,
		LegalName: o.Party.LegalName, HoldHours: max(hold, o.PayoutHoldHours), By: u.by.Person, Others: others,
	}, nil
}

func (d AccountDeed) weigh(u *unit) (control.Intent, bool, error) {
	c, err := d.propose(u)
	if err != nil {
		return control.Intent{}, false, err
	}
	events, err := treasury.DecideAccount(treasury.PayoutAccount{ID: "probe"}, c, u.now)
	if err != nil {
		return control.Intent{}, false, err
	}
	a := treasury.PayoutAccount{ID: "probe"}.Apply(events[0], u.now)
	return control.Intent{
		Action: control.PayoutAccount, Subject: partyStream(u.by.Party), Party: u.by.Party, Payee: a.Holder + ", " + a.Number,
		Details: []control.Detail{
			{Name: "number", Value: a.Number},
			{Name: "bic", Value: a.BIC},
			{Name: "bank", Value: a.BankName},
			{Name: "country", Value: a.Country},
			{Name: "currency", Value: a.Currency},
			{Name: "hold_hours", Value: strconv.Itoa(a.HoldHours)},
			{Name: "name_match", Value: strconv.Itoa(a.Match.ScorePercent) + " % (" + a.Match.Rule + ")"},
		},
	}, true, nil
}

// ProposePayoutAccount names where payouts shall go, under an approval by two
// persons. The hold begins; until it is over all payouts wait. The people who
// could undo it are told, and so are the counterparties of open deals.
func (h *House) ProposePayoutAccount(ctx context.Context, call Call, d AccountDeed) (Receipt, error) {
	if err := identity.Permit(call.By, identity.ToPayoutAccounts); err != nil {
		return Receipt{}, err
	}
	id := h.cfg.NewID()
	r, err := h.do(ctx, ask{call: call, command: "propose_payout_account", stream: partyStream(call.By.Party), input: d, run: func(u *unit) (*Receipt, error) {
		second := identity.PersonID("")
		office := identity.Member
		if u.secured() {
			if err := u.authorise(d); err != nil {
				return nil, err
			}
			a, err := u.approval(call.Approval)
			if err != nil {
				return nil, err
			}
			for _, c := range a.Consents {
				if c.Person != u.by.Person {
					second = c.Person
				}
			}
			if p, err := h.cfg.Store.PersonByID(u.ctx, second); err == nil {
				office = p.Office
			}
		}
		c, err := d.propose(u)
		if err != nil {
			return nil, err
		}
		a, err := u.settleAccount(treasury.PayoutAccount{ID: id}, c)
		if err != nil {
			return nil, err
		}
		if second != "" && a.Match.Accepted() {
			o, err := u.organisation(u.by.Party)
			if err != nil {
				return nil, err
			}
			if a, err = u.settleAccount(a, treasury.Approve{By: second, Office: office, SoleMember: o.Alone(u.by.Person)}); err != nil {
				return nil, err
			}
		}
		if err := u.askCheck(CheckOrder{Party: a.Party, Trigger: string(compliance.AtPayout)}); err != nil {
			return nil, err
		}
		return &Receipt{ID: id, Version: a.Version, State: string(a.Stage)}, u.tellOfAccount(a)
	}})
	return r, err
}

// tellOfAccount tells the company's own people and the other sides of its open deals.
func (u *unit) tellOfAccount(a treasury.PayoutAccount) error {
	o, err := u.organisation(a.Party)
	if err != nil {
		return err
	}
	due := ""
	if !a.Due.IsZero() {
		due = a.Due.UTC().Format(time.RFC3339)
	}
	people, err := u.house.cfg.Store.Persons(u.ctx, PersonQuery{Party: a.Party, Limit: identity.MembersMax})
	if err != nil {
		return err
	}
	for _, p := range people {
		m := p.letter(MailPayoutAccount, "/company/payout-accounts/"+a.ID, map[string]string{
			"Company": o.Party.LegalName, "Masked": treasury.Masked(a.Number), "When": due,
		})
		if err := u.mail(m); err != nil {
			return err
		}
		if p.ID != u.by.Person {
			continue
		}
		e, err := u.entry(p.Account)
		if err != nil {
			return err
		}
		if _, err := u.note(e, account.Where{}, account.Note{What: account.PayoutAccountChanged, Subject: a.ID}); err != nil {
			return err
		}
	}
	return u.tellCounterparties(o)
}

// tellCounterparties warns the other sides of open deals: a thief who has changed
// the account would write to them next.
func (u *unit) tellCounterparties(o identity.Organisation) error {
	deals, err := u.house.cfg.Store.Deals(u.ctx, DealQuery{Party: o.Party.ID, Open: true, Limit: pageMax})
	if err != nil {
		return err
	}
	told := map[identity.PartyID]bool{o.Party.ID: true, "": true}
	for _, d := range deals {
		other := d.Buyer
		if other == o.Party.ID {
			other = d.Seller
		}
		if told[other] || d.Private != "" {
			continue
		}
		told[other] = true
		people, err := u.house.cfg.Store.Persons(u.ctx, PersonQuery{Party: other, Limit: identity.MembersMax})
		if err != nil {
			return err
		}
		for _, p := range people {
			if p.Role != identity.Owner && p.Role != identity.Finance {
				continue
			}
			m := p.letter(MailCounterparty, "/deals/"+string(d.ID), map[string]string{"Company": o.Party.LegalName, "Deal": d.Title})
			if err := u.mail(m); err != nil {
				return err
			}
		}
	}
	return nil
}

// ApprovePayoutAccount is the treasury's yes to an account whose holder's name
// differs a little from the company's.
func (h *House) ApprovePayoutAccount(ctx context.Context, call Call, id string) (Receipt, error) {
	if err := identity.Permit(call.By, identity.ToConfirmPayoutAccounts); err != nil {
		return Receipt{}, err
	}
	return h.stepAccount(ctx, call, "approve_payout_account", id, func(a treasury.PayoutAccount) (treasury.AccountCommand, error) {
		return treasury.Approve{By: call.By.Person, Office: identity.Treasury}, nil
	})
}

// RefusePayoutAccount is the no of the house's treasury.
func (h *House) RefusePayoutAccount(ctx context.Context, call Call, id, why string) (Receipt, error) {
	if err := identity.Permit(call.By, identity.ToConfirmPayoutAccounts); err != nil {
		return Receipt{}, err
	}
	return h.stepAccount(ctx, call, "refuse_payout_account", id, func(a treasury.PayoutAccount) (treasury.AccountCommand, error) {
		return treasury.Refuse{By: call.By.Person, Why: why}, nil
	})
}

// CancelPayoutAccount takes an account back before its hold is over. Any owner of
// the company may, and needs nobody's leave: it only keeps money where it is.
func (h *House) CancelPayoutAccount(ctx context.Context, call Call, id, why string) (Receipt, error) {
	return h.stepAccount(ctx, call, "cancel_payout_account", id, func(a treasury.PayoutAccount) (treasury.AccountCommand, error) {
		if call.By.Office != identity.Member || call.By.Party != a.Party {
			return nil, noPayoutAccount()
		}
		if err := identity.Permit(call.By, identity.ToPayoutAccounts); err != nil {
			return nil, err
		}
		return treasury.Cancel{By: call.By.Person, Why: why}, nil
	})
}

func (h *House) stepAccount(ctx context.Context, call Call, name, id string, choose func(treasury.PayoutAccount) (treasury.AccountCommand, error)) (Receipt, error) {
	return h.do(ctx, ask{call: call, command: name, stream: treasury.PayoutAccountStream(id), input: name, run: func(u *unit) (*Receipt, error) {
		a, err := u.payoutAccount(id)
		if err != nil {
			return nil, err
		}
		c, err := choose(a)
		if err != nil {
			return nil, err
		}
		if a, err = u.settleAccount(a, c); err != nil {
			return nil, err
		}
		if a.Stage == treasury.Waiting {
			err = u.tellOfAccount(a)
		}
		return &Receipt{ID: id, Version: a.Version, State: string(a.Stage)}, err
	}})
}

// lapseAccount carries out the clock of a payout account: a proposal that nobody
// approved ends, a hold that is over makes the account current in place of the one before.
func (h *House) lapseAccount(ctx context.Context, call Call, id string) (Receipt, error) {
	return h.do(ctx, ask{call: call, command: "lapse_payout_account", stream: treasury.PayoutAccountStream(id), input: id, run: func(u *unit) (*Receipt, error) {
		a, err := u.payoutAccount(id)
		if err != nil {
			return nil, err
		}
		_, c := a.Next()
		if c == nil {
			return nil, fault.New(fault.Conflict, "treasury.wrong_account_stage", "The payout account is {stage}, where this cannot be done.").With("stage", string(a.Stage))
		}
		all, err := u.payoutAccounts(a.Party)
		if err != nil {
			return nil, err
		}
		if a, err = u.settleAccount(a, c); err != nil {
			return nil, err
		}
		if a.Stage == treasury.Current {
			for _, old := range a.Predecessors(all) {
				if _, err := u.settleAccount(old, treasury.Replace{Successor: a.ID}); err != nil {
					return nil, err
				}
			}
		}
		return &Receipt{ID: id, Version: a.Version, State: string(a.Stage)}, nil
	}})
}

// payoutTo is where a party's payouts go. It refuses while they are frozen, and
// while there is no account.
func (u *unit) payoutTo(party identity.PartyID) (treasury.PayoutAccount, error) {
	o, err := u.organisation(party)
	if err != nil {
		return treasury.PayoutAccount{}, err
	}
	if o.PayoutsFrozen != "" {
		return treasury.PayoutAccount{}, payoutsFrozen()
	}
	all, err := u.payoutAccounts(party)
	if err != nil {
		return treasury.PayoutAccount{}, err
	}
	var to treasury.PayoutAccount
	for _, a := range all {
		if a.Frozen() {
			return a, payoutsWait(a)
		}
		if a.Stage == treasury.Current {
			to = a
		}
	}
	if to.ID == "" {
		return to, fault.New(fault.Refused, "treasury.no_account", "There is no payout account yet. Name one first; it can be used 72 hours later.")
	}
	return to, nil
}

// MayPay refuses to hand a payout to a rail while payouts of the party wait: one
// that was instructed before its account was put in question waits with the others.
// One that has ended meanwhile, or has left, is refused with treasury.wrong_stage.
func (h *House) MayPay(ctx context.Context, o PayoutOrder) error {
	if err := h.stillInstructed(ctx, o.PayoutID); err != nil {
		return err
	}
	if err := h.Check(ctx, CheckOrder{Party: o.Party, Trigger: string(compliance.AtPayout)}); err != nil {
		return err
	}
	row, err := h.cfg.Store.Party(ctx, o.Party)
	if err != nil {
		return err
	}
	company, err := row.Organisation()
	if err != nil {
		return err
	}
	if company.Held() {
		return payoutsHeld() // also by a node that was told no lists
	}
	if h.cfg.Security == nil && !h.Screens() {
		return nil
	}
	if company.PayoutsFrozen != "" {
		return payoutsFrozen()
	}
	for _, stage := range []treasury.AccountStage{treasury.Proposed, treasury.Waiting, treasury.Current} {
		rows, err := h.cfg.Store.PayoutAccountRows(ctx, PayoutAccountQuery{Party: o.Party, Stage: string(stage), Limit: 1})
		if err != nil {
			return err
		}
		for _, r := range rows {
			a, err := r.account()
			if err != nil {
				return err
			}
			if a.Frozen() {
				return payoutsWait(a)
			}
			if o.Payee != nil && o.Payee.Account != a.ID {
				return fault.New(fault.Conflict, "treasury.wrong_account_stage", "The payout account is {stage}, where this cannot be done.").With("stage", string(treasury.Replaced))
			}
		}
	}
	return nil
}

// stillInstructed refuses a payout that waits no more: what was cancelled or has
// expired while it could not leave is the company's again, and is not paid as well.
func (h *House) stillInstructed(ctx context.Context, id string) error {
	if id == "" {
		return nil
	}
	records, err := h.cfg.Store.Records(ctx, treasury.PayoutStream(id), 0)
	if err != nil {
		return err
	}
	p, err := folded(records, foldPayout, treasury.Payout{ID: id})
	if err != nil || p.Stage == treasury.Instructed {
		return err
	}
	return fault.New(fault.Conflict, "treasury.wrong_stage", "The payout is {stage}; this cannot be done now.").With("stage", string(p.Stage))
}

func payoutsFrozen() error {
	return fault.New(fault.Refused, "treasury.payouts_frozen", "Payouts of this company are stopped until the house has looked into a report. The money stays in its account.")
}

func payoutsWait(a treasury.PayoutAccount) error {
	when := a.Due
	if when.IsZero() {
		when, _ = a.Next()
	}
	return fault.New(fault.Refused, "treasury.payouts_wait", "The payout account is being changed. Payouts wait until {when}, or until an owner cancels the change.").
		With("when", when.UTC().Format(time.RFC3339))
}

// PayoutAccounts lists a company's payout accounts, for its members with the
// numbers masked unless they may change them, and for staff.
func (h *House) PayoutAccounts(ctx context.Context, by identity.Actor, q PayoutAccountQuery) ([]treasury.PayoutAccount, error) {
	if !by.Office.Staff() {
		if by.Office != identity.Member || by.Party == "" {
			return nil, forbidden()
		}
		q.Party = by.Party
	}
	q.Limit = pageSize(q.Limit)
	rows, err := h.cfg.Store.PayoutAccountRows(ctx, q)
	if err != nil {
		return nil, err
	}
	full := identity.May(by, identity.ToPayoutAccounts) || identity.May(by, identity.ToConfirmPayoutAccounts)
	out := make([]treasury.PayoutAccount, len(rows))
	for i, r := range rows {
		if out[i], err = r.account(); err != nil {
			return nil, err
		}
		if !full {
			out[i].Number = treasury.Masked(out[i].Number)
		}
	}
	return out, nil
}
