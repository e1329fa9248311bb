package api

import (
	"context"
	"fmt"
	"net/http"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/account"
)

// Key lets a program act for a person, within scopes and below a ceiling.
type Key struct {
	ID        string   `json:"id" example:"0198c0de-7a3c-7cc0-8000-00000000000f"`
	Label     string   `json:"label" example:"ERP"`
	Scopes    []string `json:"scopes"`
	Ceiling   []Amount `json:"ceiling" doc:"The most that it may move at one time, one amount for each currency; none for others"`
	MadeAt    string   `json:"made_at" format:"date-time" example:"2027-03-01T12:00:00.000000Z"`
	ExpiresAt string   `json:"expires_at" format:"date-time" example:"2027-06-01T12:00:00.000000Z"`
}

// NewKey asks for a key.
type NewKey struct {
	Label   string   `json:"label" example:"ERP"`
	Scopes  []string `json:"scopes" doc:"Such as read_deals, read_money, search_companies, draft, offer, sign, ship, receive, claim, negotiate, release, withdraw, review, screen"`
	Ceiling []Amount `json:"ceiling" required:"false" doc:"One amount for each currency; without one the key moves no money"`
	Days    int      `json:"days" doc:"1 to 366" example:"90"`
}

// MadeKey is a new key with its secret, which is told once.
type MadeKey struct {
	Secret string `json:"secret" doc:"For the header Authorization: Bearer …" example:"fdk_c2VjcmV0"`
	Key    Key    `json:"key"`
}

// Keys are the living keys of a person.
type Keys struct {
	Items []Key `json:"items"`
}

func keyOf(k account.Key) Key {
	return Key{ID: k.ID, Label: k.Label, Scopes: texts(k.Scopes), Ceiling: amountsOf(k.Ceiling), MadeAt: stamp(k.MadeAt), ExpiresAt: stamp(k.ExpiresAt)}
}

func amountsOf(all []money.Amount) []Amount {
	out := []Amount{}
	for _, a := range all {
		out = append(out, amountOf(a))
	}
	return out
}

// amounts reads a list of amounts, naming each that is in no known currency.
func amounts(list []Amount, field string) ([]money.Amount, error) {
	var out []money.Amount
	var wrong []*fault.Error
	for i, a := range list {
		currency, err := money.ParseCurrency(a.Currency)
		if err != nil {
			wrong = append(wrong, fault.New(fault.Invalid, "money.unknown_currency", "The currency is not an active ISO 4217 code.").At(fmt.Sprintf("%s[%d].currency", field, i)))
			continue
		}
		out = append(out, money.New(a.Amount, currency))
	}
	if len(wrong) > 0 {
		return nil, fault.New(fault.Invalid, "request.invalid", "Some values need attention.").And(wrong...)
	}
	return out, nil
}

func (s *server) keys() {
	add(s, operation{
		id: "make-key", method: http.MethodPost, path: "/v1/keys", tag: "account", status: http.StatusCreated, write: true, signed: true,
		summary: "Make an API key (role: owner)", doc: "Needs an approval. What a key may do was approved when it was made; it can never change rights, keys, factors or payout accounts.",
	}, s.makeKey)
	add(s, operation{
		id: "list-keys", method: http.MethodGet, path: "/v1/keys", tag: "account", access: own, summary: "Your living keys",
	}, func(ctx context.Context, c caller, _ *nothing) (*struct{ Body Keys }, error) {
		a, err := s.house.Account(ctx, c.In)
		if err != nil {
			return nil, err
		}
		return &struct{ Body Keys }{Keys{s.keysOf(a)}}, nil
	})
	add(s, operation{
		id: "end-key", method: http.MethodDelete, path: "/v1/keys/{id}", tag: "account", access: own, summary: "Take a key back at once",
	}, func(ctx context.Context, c caller, in *ByID) (*struct{}, error) {
		return s.ended(c, s.house.EndKey(ctx, c.In, c.From, in.ID))
	})
}

func (s *server) makeKey(ctx context.Context, c caller, in *struct{ Body NewKey }) (*struct{ Body MadeKey }, error) {
	b := in.Body
	ceiling, err := amounts(b.Ceiling, "ceiling")
	if err != nil {
		return nil, err
	}
	deed := assurance.KeyDeed{Label: b.Label, Scopes: b.Scopes, Ceiling: ceiling, Days: b.Days}
	if err := noted(ctx, deed); err != nil {
		return nil, err
	}
	secret, key, err := s.house.MakeKey(ctx, c.In, c.From, c.call(), deed)
	if err != nil {
		return nil, err
	}
	return &struct{ Body MadeKey }{MadeKey{Secret: secret, Key: keyOf(key)}}, nil
}
