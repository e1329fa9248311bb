package api

import (
	"context"
	"net/http"
	"strconv"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/ledger"
)

// Balance is one account.
type Balance struct {
	Account   string `json:"account" example:"party:0198c0de-7a3c-7cc0-8000-000000000004/USD"`
	Posted    Amount `json:"posted"`
	Reserved  Amount `json:"reserved" doc:"On its way out"`
	Available Amount `json:"available"`
}

// Balances are the accounts of one company.
type Balances struct {
	Items []Balance `json:"items"`
}

// StatementLine is one entry of an account.
type StatementLine struct {
	Version  int64  `json:"version" doc:"Its place in the account" example:"3"`
	Transfer string `json:"transfer" example:"deal:0198c0de-7a3c-7cc0-8000-000000000002/9/1"`
	Stage    string `json:"stage" enum:"posted,pending,post,void,expire" example:"posted"`
	Reason   string `json:"reason" example:"release"`
	Debit    string `json:"debit" example:"deal:0198c0de-7a3c-7cc0-8000-000000000002:balance/USD"`
	Credit   string `json:"credit" example:"party:0198c0de-7a3c-7cc0-8000-000000000005/USD"`
	Amount   Amount `json:"amount"`
	Change   Amount `json:"change" doc:"Of this account; zero when only a reserve moved"`
	Balance  Amount `json:"balance" doc:"Of this account, after it"`
	Stream   string `json:"stream" doc:"What caused it" example:"deal:0198c0de-7a3c-7cc0-8000-000000000002"`
	At       string `json:"at" format:"date-time" example:"2027-05-12T12:00:00.000000Z"`
}

// Statement is a page of an account's entries, newest first.
type Statement struct {
	Items []StatementLine `json:"items"`
	Next  int64           `json:"next,omitempty" doc:"The value of before for the next page" example:"3"`
}

// Payout is money on its way to a company.
type Payout struct {
	ID        string `json:"id" example:"0198c0de-7a3c-7cc0-8000-000000000009"`
	Party     string `json:"party" example:"0198c0de-7a3c-7cc0-8000-000000000005"`
	Amount    Amount `json:"amount"`
	Stage     string `json:"stage" enum:"instructed,sent,settled,returned,cancelled,expired" example:"sent"`
	Rail      string `json:"rail" example:"sandbox"`
	Cause     string `json:"cause,omitempty" example:"withdrawal"`
	Reference string `json:"reference,omitempty" doc:"The rail's own id" example:"SB-77"`
	Failure   string `json:"failure,omitempty" doc:"The rail's code" example:"account_closed"`
	At        string `json:"at" format:"date-time" example:"2027-05-12T12:00:00.000000Z"`
}

// Payouts is a page of payouts, newest first.
type Payouts struct {
	Items []Payout `json:"items"`
	Next  string   `json:"next,omitempty" doc:"The value of before for the next page"`
}

// Deposit is money that a rail has booked for the house.
type Deposit struct {
	ID        string `json:"id" example:"0198c0de-7a3c-7cc0-8000-00000000000a"`
	Rail      string `json:"rail" example:"sandbox"`
	Reference string `json:"reference" doc:"The rail's own id" example:"SB-76"`
	Payer     string `json:"payer" example:"Acme GmbH"`
	Amount    Amount `json:"amount"`
	Stage     string `json:"stage" enum:"matched,suspense,assigned,returned" example:"matched"`
	Deal      string `json:"deal,omitempty" doc:"That took some of it" example:"0198c0de-7a3c-7cc0-8000-000000000002"`
	Applied   Amount `json:"applied" doc:"Taken by the deal"`
	Rest      Amount `json:"rest" doc:"In suspense"`
	Why       string `json:"why,omitempty" doc:"Why there is a rest" example:"surplus"`
	BookedAt  string `json:"booked_at" format:"date-time" example:"2027-03-05T12:00:00.000000Z"`
	At        string `json:"at" format:"date-time" example:"2027-03-05T12:00:01.000000Z"`
}

// Deposits is a page of deposits, newest first.
type Deposits struct {
	Items []Deposit `json:"items"`
	Next  string    `json:"next,omitempty" doc:"The value of before for the next page"`
}

// Withdrawal asks for available money.
type Withdrawal struct {
	Amount Amount `json:"amount"`
}

// Assignment gives a deposit's rest to a company.
type Assignment struct {
	Party  string `json:"party" example:"0198c0de-7a3c-7cc0-8000-000000000004"`
	Reason string `json:"reason" example:"The bank names Acme as the sender."`
}

// Reason says why.
type Reason struct {
	Reason string `json:"reason" example:"Sent twice by mistake."`
}

type moneyQuery struct {
	Before string `query:"before" maxLength:"64" doc:"Cursor: next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" doc:"50 unless asked" example:"20"`
	Party  string `query:"party" maxLength:"64" doc:"For staff; members get their own company's"`
	Deal   string `query:"deal" maxLength:"64"`
	Stage  string `query:"stage" maxLength:"20"`
}

func (q moneyQuery) house() assurance.MoneyQuery {
	return assurance.MoneyQuery{Party: identity.PartyID(q.Party), Deal: q.Deal, Stage: q.Stage, Before: q.Before, Limit: q.Limit}
}

type reasonInput struct {
	ByID
	Body Reason
}

func (s *server) money() {
	add(s, operation{
		id: "list-balances", method: http.MethodGet, path: "/v1/balances", tag: "money", scope: identity.ToReadMoney, summary: "Your company's accounts",
	}, s.listBalances)
	add(s, operation{
		id: "get-statement", method: http.MethodGet, path: "/v1/statements", tag: "money", scope: identity.ToReadMoney, summary: "An account's entries, newest first",
		doc: "Members read the accounts of their company and of its deals; staff read all.",
	}, s.getStatement)
	add(s, operation{
		id: "list-payouts", method: http.MethodGet, path: "/v1/payouts", tag: "money", scope: identity.ToReadMoney, summary: "Payouts, newest first",
	}, s.listPayouts)
	add(s, operation{
		id: "withdraw-money", method: http.MethodPost, path: "/v1/payouts", tag: "money", scope: identity.ToWithdraw, signed: true, status: http.StatusCreated, write: true,
		summary: "Have available money paid out to your company",
	}, s.withdrawMoney)
	add(s, operation{
		id: "cancel-payout", method: http.MethodPost, path: "/v1/payouts/{id}/cancel", tag: "money", scope: identity.ToWithdraw, write: true,
		summary: "Take back a payout that the rail has not taken",
	}, func(ctx context.Context, c caller, in *whyInput) (*receiptAnswer, error) {
		if err := in.Body.short(); err != nil {
			return nil, err
		}
		return receiptOf(s.house.CancelPayout(ctx, c.call(), in.ID, in.Body.Reason))
	})
	add(s, operation{
		id: "list-deposits", method: http.MethodGet, path: "/v1/deposits", tag: "money", scope: identity.ToReadMoney, summary: "Deposits, newest first",
	}, s.listDeposits)
	add(s, operation{
		id: "assign-deposit", method: http.MethodPost, path: "/v1/deposits/{id}/assign", tag: "money", write: true,
		summary: "Credit a deposit's rest to a company (office: treasury)",
	}, s.assignDeposit)
	add(s, operation{
		id: "return-deposit", method: http.MethodPost, path: "/v1/deposits/{id}/return", tag: "money", write: true,
		summary: "Give a deposit's rest back to its sender (office: treasury)",
	}, func(ctx context.Context, c caller, in *reasonInput) (*receiptAnswer, error) {
		return receiptOf(s.house.ReturnDeposit(ctx, c.call(), in.ID, in.Body.Reason))
	})
}

func (s *server) listBalances(ctx context.Context, c caller, in *struct {
	Party string `query:"party" maxLength:"64" doc:"For staff; members get their own company's"`
},
) (*struct{ Body Balances }, error) {
	party := c.By.Party
	if in.Party != "" {
		party = identity.PartyID(in.Party)
	}
	rows, err := s.house.Balances(ctx, c.By, party)
	if err != nil {
		return nil, err
	}
	b := Balances{Items: []Balance{}}
	for _, r := range rows {
		b.Items = append(b.Items, balanceOf(r.Account, r.Balance))
	}
	return &struct{ Body Balances }{b}, nil
}

func (s *server) getStatement(ctx context.Context, c caller, in *struct {
	Account string `query:"account" required:"true" maxLength:"200" example:"party:0198c0de-7a3c-7cc0-8000-000000000004/USD"`
	Before  int64  `query:"before" minimum:"0" doc:"Cursor: next of the page before"`
	Limit   int    `query:"limit" minimum:"1" maximum:"200" doc:"50 unless asked" example:"20"`
},
) (*struct{ Body Statement }, error) {
	account, err := ledger.ParseAccount(in.Account)
	if err != nil {
		return nil, fault.Of(err).At("query.account")
	}
	rows, err := s.house.Statement(ctx, c.By, account, in.Before, in.Limit)
	if err != nil {
		return nil, err
	}
	page := Statement{Items: []StatementLine{}}
	for _, r := range rows {
		e, t := r.Entry, r.Transfer
		cur := t.Amount.Currency()
		page.Items = append(page.Items, StatementLine{
			Version: e.Version, Transfer: string(t.ID), Stage: t.Stage.String(), Reason: string(t.Reason), Debit: string(t.Debit), Credit: string(t.Credit),
			Amount: amountOf(t.Amount), Change: minorOf(e.Delta, cur), Balance: minorOf(e.Balance, cur), Stream: t.Stream, At: stamp(t.At),
		})
	}
	cursor := next(rows, in.Limit, func(r assurance.StatementLine) string { return strconv.FormatInt(r.Entry.Version, 10) })
	if cursor != "" {
		page.Next = rows[len(rows)-1].Entry.Version
	}
	return &struct{ Body Statement }{page}, nil
}

func (s *server) listPayouts(ctx context.Context, c caller, in *moneyQuery) (*struct{ Body Payouts }, error) {
	rows, err := s.house.Payouts(ctx, c.By, in.house())
	if err != nil {
		return nil, err
	}
	page := Payouts{Items: []Payout{}, Next: next(rows, in.Limit, func(r assurance.PayoutRow) string { return r.ID })}
	for _, r := range rows {
		p := r.Payout
		page.Items = append(page.Items, Payout{
			ID: r.ID, Party: string(p.Party), Amount: amountOf(p.Amount), Stage: string(p.Stage), Rail: p.Rail, Cause: p.Cause,
			Reference: p.Reference, Failure: p.Failure, At: stamp(p.At),
		})
	}
	return &struct{ Body Payouts }{page}, nil
}

func (s *server) withdrawMoney(ctx context.Context, c caller, in *struct{ Body Withdrawal }) (*receiptAnswer, error) {
	a := in.Body.Amount
	currency, err := money.ParseCurrency(a.Currency)
	if err != nil {
		return nil, fault.New(fault.Invalid, "money.unknown_currency", "The currency is not an active ISO 4217 code.").At("amount.currency")
	}
	amount := money.New(a.Amount, currency)
	if err := noted(ctx, assurance.WithdrawDeed{Amount: amount}); err != nil {
		return nil, err
	}
	return receiptOf(s.house.Withdraw(ctx, c.call(), c.By.Party, amount, "withdrawal"))
}

func (s *server) listDeposits(ctx context.Context, c caller, in *moneyQuery) (*struct{ Body Deposits }, error) {
	rows, err := s.house.Deposits(ctx, c.By, in.house())
	if err != nil {
		return nil, err
	}
	page := Deposits{Items: []Deposit{}, Next: next(rows, in.Limit, func(r assurance.DepositRow) string { return r.ID })}
	for _, r := range rows {
		d := r.Deposit
		cur := d.Notice.Amount.Currency()
		page.Items = append(page.Items, Deposit{
			ID: r.ID, Rail: d.Notice.Rail, Reference: d.Notice.Reference, Payer: d.Notice.Payer, Amount: amountOf(d.Notice.Amount), Stage: string(d.Stage),
			Deal: d.Deal, Applied: minorOf(d.Applied, cur), Rest: minorOf(d.Rest, cur), Why: d.Why, BookedAt: stamp(d.Notice.BookedAt), At: stamp(d.At),
		})
	}
	return &struct{ Body Deposits }{page}, nil
}

func (s *server) assignDeposit(ctx context.Context, c caller, in *struct {
	ByID
	Body Assignment
},
) (*receiptAnswer, error) {
	r, err := s.house.AssignDeposit(ctx, c.call(), in.ID, identity.PartyID(in.Body.Party), in.Body.Reason)
	if fault.CodeOf(err) == "party.not_found" {
		err = fault.New(fault.Invalid, "party.not_found", "No company of that id is registered.").At("party")
	}
	return receiptOf(r, err)
}
