package api

import (
	"context"
	"net/http"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/treasury"
)

// NewPayoutAccount names where payouts shall go.
type NewPayoutAccount struct {
	Holder   string `json:"holder" doc:"The bank's name for whoever owns the account" example:"Acme GmbH"`
	Number   string `json:"number" doc:"IBAN or account number" example:"DE89370400440532013000"`
	BIC      string `json:"bic" required:"false" doc:"ISO 9362; may be left out beside an IBAN" example:"COBADEFFXXX"`
	BankName string `json:"bank_name" required:"false" example:"Commerzbank"`
	Country  string `json:"country" doc:"Where the account is held, ISO 3166-1 alpha-2" example:"DE"`
	Currency string `json:"currency" doc:"ISO 4217" example:"EUR"`
}

// PayoutAccount is an account that a company's money goes to, or shall.
type PayoutAccount struct {
	ID         string    `json:"id" example:"0198c0de-7a3c-7cc0-8000-000000000011"`
	Party      string    `json:"party" example:"0198c0de-7a3c-7cc0-8000-000000000004"`
	Stage      string    `json:"stage" example:"waiting"`
	Holder     string    `json:"holder" example:"Acme GmbH"`
	Number     string    `json:"number" doc:"Masked for those who may not change it" example:"DE89370400440532013000"`
	BIC        string    `json:"bic,omitempty" example:"COBADEFFXXX"`
	BankName   string    `json:"bank_name,omitempty" example:"Commerzbank"`
	Country    string    `json:"country" example:"DE"`
	Currency   string    `json:"currency" example:"EUR"`
	Match      NameMatch `json:"match"`
	ProposedBy string    `json:"proposed_by" doc:"Person" example:"0198c0de-7a3c-7cc0-8000-000000000003"`
	ApprovedBy string    `json:"approved_by,omitempty" doc:"Person" example:"0198c0de-7a3c-7cc0-8000-000000000012"`
	Frozen     bool      `json:"frozen" doc:"All payouts of the company wait because of it"`
	HoldHours  int       `json:"hold_hours" example:"72"`
	At         string    `json:"at" format:"date-time" doc:"When it was proposed" example:"2027-03-01T12:00:00.000000Z"`
	Due        string    `json:"due,omitempty" format:"date-time" doc:"When the hold ends" example:"2027-03-04T12:00:00.000000Z"`
	Why        string    `json:"why,omitempty" doc:"Of a cancellation or refusal" example:"not_approved"`
	Successor  string    `json:"successor,omitempty" doc:"The account that took its place"`
}

// NameMatch is how the holder's name compares with the company's.
type NameMatch struct {
	ScorePercent int    `json:"score_percent" example:"100"`
	Rule         string `json:"rule" example:"same"`
}

// PayoutAccounts is a page of them, newest first.
type PayoutAccounts struct {
	Items []PayoutAccount `json:"items"`
	Next  string          `json:"next,omitempty" doc:"The value of before for the next page"`
}

func payoutAccountOf(a treasury.PayoutAccount) PayoutAccount {
	return PayoutAccount{
		ID: a.ID, Party: string(a.Party), Stage: string(a.Stage), Holder: a.Holder, Number: a.Number, BIC: a.BIC, BankName: a.BankName, Country: a.Country,
		Currency: a.Currency, Match: NameMatch{ScorePercent: a.Match.ScorePercent, Rule: a.Match.Rule}, ProposedBy: string(a.ProposedBy),
		ApprovedBy: string(a.ApprovedBy), Frozen: a.Frozen(), HoldHours: a.HoldHours, At: stamp(a.At), Due: stamp(a.Due), Why: a.Why, Successor: a.Successor,
	}
}

func (s *server) payoutAccounts() {
	add(s, operation{
		id: "list-payout-accounts", method: http.MethodGet, path: "/v1/payout-accounts", tag: "money", summary: "Where your company's payouts go, newest first",
	}, s.listPayoutAccounts)
	add(s, operation{
		id: "propose-payout-account", method: http.MethodPost, path: "/v1/payout-accounts", tag: "money", status: http.StatusCreated, write: true, signed: true,
		summary: "Name where payouts shall go (roles: owner, finance)",
		doc:     "Needs an approval by two persons. The account waits for 72 hours or more, and all payouts with it; any owner can cancel it until then.",
	}, func(ctx context.Context, c caller, in *struct{ Body NewPayoutAccount }) (*receiptAnswer, error) {
		deed := assurance.AccountDeed(in.Body)
		if err := noted(ctx, deed); err != nil {
			return nil, err
		}
		return receiptOf(s.house.ProposePayoutAccount(ctx, c.call(), deed))
	})
	add(s, operation{
		id: "cancel-payout-account", method: http.MethodPost, path: "/v1/payout-accounts/{id}/cancel", tag: "money", write: true,
		summary: "Take an account back before its hold is over (roles: owner, finance)",
	}, func(ctx context.Context, c caller, in *reasonInput) (*receiptAnswer, error) {
		if err := shortText(in.Body.Reason, reasonMax, "reason"); err != nil {
			return nil, err
		}
		return receiptOf(s.house.CancelPayoutAccount(ctx, c.call(), in.ID, in.Body.Reason))
	})
	add(s, operation{
		id: "approve-payout-account", method: http.MethodPost, path: "/v1/payout-accounts/{id}/approve", tag: "staff", write: true,
		summary: "Say yes to an account whose holder's name differs a little (office: treasury)",
	}, func(ctx context.Context, c caller, in *ByID) (*receiptAnswer, error) {
		return receiptOf(s.house.ApprovePayoutAccount(ctx, c.call(), in.ID))
	})
	add(s, operation{
		id: "refuse-payout-account", method: http.MethodPost, path: "/v1/payout-accounts/{id}/refuse", tag: "staff", write: true,
		summary: "Refuse an account (office: treasury)",
	}, func(ctx context.Context, c caller, in *reasonInput) (*receiptAnswer, error) {
		if err := shortText(in.Body.Reason, reasonMax, "reason"); err != nil {
			return nil, err
		}
		return receiptOf(s.house.RefusePayoutAccount(ctx, c.call(), in.ID, in.Body.Reason))
	})
}

func (s *server) listPayoutAccounts(ctx context.Context, c caller, in *struct {
	Before string `query:"before" maxLength:"64" doc:"Cursor: next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" doc:"50 unless asked" example:"20"`
	Party  string `query:"party" maxLength:"64" doc:"For staff; members get their own company's"`
	Stage  string `query:"stage" maxLength:"20"`
},
) (*struct{ Body PayoutAccounts }, error) {
	rows, err := s.house.PayoutAccounts(ctx, c.By, assurance.PayoutAccountQuery{Party: identity.PartyID(in.Party), Stage: in.Stage, Before: in.Before, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	page := PayoutAccounts{Items: []PayoutAccount{}, Next: next(rows, in.Limit, func(a treasury.PayoutAccount) string { return a.ID })}
	for _, a := range rows {
		page.Items = append(page.Items, payoutAccountOf(a))
	}
	return &struct{ Body PayoutAccounts }{page}, nil
}
