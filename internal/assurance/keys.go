package assurance

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/account"
	"fondaco/internal/trade/control"
	"fondaco/internal/trade/identity"
)

// KeyDeed makes an API key: what it is called, which acts it may do without a
// person at hand, and how much it may move at a time in each currency.
type KeyDeed struct {
	Label   string         `json:"label"`
	Scopes  []string       `json:"scopes"`
	Ceiling []money.Amount `json:"ceiling"`
	Days    int            `json:"days"`
}

// KeyScopes are the acts that a key may be given. Who may, and where money goes,
// is never for a program to say.
func KeyScopes() []string {
	return []string{
		string(identity.ToReadDeals), string(identity.ToReadMoney), string(identity.ToSearch), string(identity.ToDraft), string(identity.ToOffer), string(identity.ToSign),
		string(identity.ToShip), string(identity.ToReceive), string(identity.ToClaim), string(identity.ToNegotiate), string(identity.ToRelease), string(identity.ToWithdraw),
		string(identity.ToReview), string(identity.ToScreen),
	}
}

func (d KeyDeed) weigh(u *unit) (control.Intent, bool, error) {
	if err := d.check(); err != nil {
		return control.Intent{}, false, err
	}
	var ceilings []string
	for _, a := range d.Ceiling {
		ceilings = append(ceilings, a.Currency().Code()+" "+strconv.FormatInt(a.Minor(), 10))
	}
	return control.Intent{
		Action: control.APIKey, Subject: "person:" + string(u.by.Person), Party: u.by.Party, Payee: d.Label, Details: []control.Detail{
			{Name: "scopes", Value: strings.Join(d.Scopes, ", ")}, {Name: "ceiling", Value: strings.Join(ceilings, ", ")}, {Name: "days", Value: strconv.Itoa(d.Days)},
		},
	}, true, nil
}

func (d KeyDeed) check() error {
	var wrong []*fault.Error
	for _, s := range d.Scopes {
		if !slices.Contains(KeyScopes(), s) {
			wrong = append(wrong, fault.New(fault.Invalid, "account.bad_scope", "A key cannot be given {scope}.").With("scope", s).At("scopes"))
		}
	}
	if len(d.Scopes) == 0 {
		wrong = append(wrong, fault.New(fault.Invalid, "account.no_scope", "Say what the key may do.").At("scopes"))
	}
	if d.Days < 1 || d.Days > account.KeyDaysMax {
		wrong = append(wrong, fault.New(fault.Invalid, "account.key_days", "A key is good for 1 to 366 days.").At("days"))
	}
	if len(wrong) > 0 {
		return fault.New(fault.Invalid, "people.invalid", "Some details need attention.").And(wrong...)
	}
	return nil
}

// MakeKey makes an API key under an approval, and answers its secret, once.
func (h *House) MakeKey(ctx context.Context, in Presence, o Origin, call Call, d KeyDeed) (secret string, key account.Key, err error) {
	if err := identity.Permit(call.By, identity.ToKeys); err != nil {
		return "", key, err
	}
	if err := d.check(); err != nil {
		return "", key, err
	}
	if secret, err = h.secret(); err != nil {
		return "", key, err
	}
	secret = tokenPrefix + secret
	where, _ := h.where(o)
	id := h.cfg.NewID()
	_, err = h.do(ctx, ask{call: call, command: "make_key", stream: partyStream(call.By.Party), input: []any{d, id}, run: func(u *unit) (*Receipt, error) {
		if err := u.authorise(d); err != nil {
			return nil, err
		}
		e, err := u.entry(in.Person.Account)
		if err != nil {
			return nil, err
		}
		key = account.Key{ID: id, Label: d.Label, Scopes: d.Scopes, Ceiling: d.Ceiling, MadeAt: u.now, ExpiresAt: u.now.AddDate(0, 0, d.Days)}
		if e, err = u.note(e, where, account.MakeKey{Key: key}); err != nil {
			return nil, err
		}
		u.sessions = append(u.sessions, Session{
			ID: id, Hash: hashOf(secret), Person: e.Person.ID, Kind: KeySession, Label: d.Label, CreatedAt: u.now, SeenAt: u.now, ExpiresAt: key.ExpiresAt,
			Body: sessionBody{Where: where, Mandate: &Mandate{Key: id, Scopes: d.Scopes, Ceiling: d.Ceiling}}.json(),
		})
		return &Receipt{ID: id, Version: e.Version, State: "made"}, nil
	}})
	return secret, key, err
}

// EndKey takes a key back at once.
func (h *House) EndKey(ctx context.Context, in Presence, o Origin, id string) error {
	return h.own(ctx, in, o, "end_key", account.EndKey{ID: id, Why: "ended_by_owner"})
}
