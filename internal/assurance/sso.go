package assurance

import (
	"context"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/account"
	"fondaco/internal/trade/control"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/signin"
)

// SSO speaks OpenID Connect with the identity providers of companies.
type SSO interface {
	Begin(ctx context.Context, c SSOClient, s SSOState) (address string, err error)
	Finish(ctx context.Context, c SSOClient, s SSOState, code string) (SSOClaims, error)
}

// SSOClient is the house as a company's provider knows it.
type SSOClient struct {
	Issuer string `json:"issuer"`
	ID     string `json:"id"`
	Secret string `json:"-"`
}

// SSOState binds the browser's return to its departure.
type SSOState struct {
	State    string `json:"-"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"` // of PKCE
}

// SSOClaims is what a provider has said of a person.
type SSOClaims struct {
	Subject       string
	Email         string
	EmailVerified bool
}

const (
	ticketSSO = "sso"
	ssoLife   = 10 * time.Minute
)

func ssoName(party identity.PartyID) string { return "sso:" + string(party) }

// leaving is what the ticket of a departure remembers.
type leaving struct {
	Party identity.PartyID `json:"party"`
	Kind  SessionKind      `json:"kind"`
	State SSOState         `json:"state"`
}

// SSODeed lets the people of a company sign in with its own provider.
type SSODeed struct {
	Issuer string `json:"issuer"`
	ID     string `json:"id"`
	Secret string `json:"-"`
}

func (d SSODeed) weigh(u *unit) (control.Intent, bool, error) {
	return control.Intent{
		Action: control.SignOn, Subject: partyStream(u.by.Party), Party: u.by.Party, Payee: d.Issuer,
		Details: []control.Detail{{Name: "client", Value: d.ID}},
	}, true, nil
}

// SetSSO names the company's provider, under an approval; an empty issuer ends it.
// The provider must answer before it is taken.
func (h *House) SetSSO(ctx context.Context, call Call, d SSODeed) (Receipt, error) {
	if err := identity.Permit(call.By, identity.ToCompanyRules); err != nil {
		return Receipt{}, err
	}
	if h.cfg.SSO == nil || h.cfg.Sealer == nil {
		return Receipt{}, noSSO()
	}
	if d.Issuer != "" {
		if _, err := h.cfg.SSO.Begin(ctx, SSOClient(d), SSOState{State: "probe", Nonce: "probe", Verifier: "probe"}); err != nil {
			return Receipt{}, err
		}
	}
	// The secret is the company's. It stays under the name of the owner who first
	// named a provider, because a secret never passes from one person to another.
	keeper := call.By.Person
	if kept, err := h.cfg.Store.SecretByName(ctx, ssoName(call.By.Party)); err == nil {
		keeper = kept.Person
	} else if fault.KindOf(err) != fault.NotFound {
		return Receipt{}, err
	}
	secret, err := h.sealed(keeper, ssoName(call.By.Party), []byte(d.Secret))
	if err != nil {
		return Receipt{}, err
	}
	if d.Issuer == "" {
		secret.Data = nil
	}
	r, err := h.do(ctx, ask{call: call, command: "set_sso", stream: partyStream(call.By.Party), input: d, run: func(u *unit) (*Receipt, error) {
		if err := u.authorise(d); err != nil {
			return nil, err
		}
		o, err := u.organisation(call.By.Party)
		if err != nil {
			return nil, err
		}
		if o, err = u.organise(o, identity.SetSignOn{Issuer: d.Issuer, Client: d.ID}); err != nil {
			return nil, err
		}
		u.secrets = append(u.secrets, secret)
		return &Receipt{ID: string(o.Party.ID), Version: o.ShownVersion(), State: string(o.Standing)}, nil
	}})
	return r, err
}

func noSSO() error {
	return fault.New(fault.Refused, "people.no_sso", "This company has not set up its own sign-in.")
}

// client is the company's provider, if it has one.
func (h *House) client(ctx context.Context, party identity.PartyID) (SSOClient, error) {
	if h.cfg.SSO == nil {
		return SSOClient{}, noSSO()
	}
	row, err := h.cfg.Store.Party(ctx, party)
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return SSOClient{}, noSSO()
	}
	if err != nil {
		return SSOClient{}, err
	}
	o, err := row.Organisation()
	if err != nil {
		return SSOClient{}, err
	}
	if o.SignOn.Issuer == "" {
		return SSOClient{}, noSSO()
	}
	kept, err := h.cfg.Store.SecretByName(ctx, ssoName(party))
	if err != nil {
		return SSOClient{}, err
	}
	plain, err := h.unseal(kept)
	return SSOClient{Issuer: o.SignOn.Issuer, ID: o.SignOn.Client, Secret: string(plain)}, err
}

// SSODoor begins a sign-in by a company's provider: where the browser is to go. A
// company's address is no secret, so nothing is told of its people. The ticket must
// come back from the same browser.
func (h *House) SSODoor(ctx context.Context, kind SessionKind, party identity.PartyID) (address, ticket string, err error) {
	c, err := h.client(ctx, party)
	if err != nil {
		return "", "", err
	}
	l := leaving{Party: party, Kind: kind}
	for _, s := range []*string{&l.State.State, &l.State.Nonce, &l.State.Verifier} {
		if *s, err = h.secret(); err != nil {
			return "", "", err
		}
	}
	t, err := h.ticket(l.State.State, ticketSSO, "", l, ssoLife)
	if err != nil {
		return "", "", err
	}
	if err := h.cfg.Store.PutTicket(ctx, t); err != nil {
		return "", "", err
	}
	address, err = h.cfg.SSO.Begin(ctx, c, l.State)
	return address, l.State.State, err
}

// EnterBySSO finishes it, with the state and the code that the provider sent along,
// and its own name if it sent that (RFC 9207): a code of one provider is not taken
// to another.
// The person must be a member of that company with the address that the provider
// vouches for, and be the same at the provider each time.
func (h *House) EnterBySSO(ctx context.Context, o Origin, state, code, issuer string) (Entrance, error) {
	var l leaving
	if _, err := h.take(ctx, ticketSSO, state, &l); err != nil {
		return Entrance{}, err
	}
	l.State.State = state
	c, err := h.client(ctx, l.Party)
	if err != nil {
		return Entrance{}, err
	}
	if issuer != "" && issuer != c.Issuer {
		return Entrance{}, fault.New(fault.Unauthenticated, "oidc.refused", "The company's sign-in service did not confirm who you are. Begin again.")
	}
	claims, err := h.cfg.SSO.Finish(ctx, c, l.State, code)
	if err != nil {
		return Entrance{}, err
	}
	unknown := fault.New(fault.Forbidden, "people.sso_unknown", "Your company's sign-in service names somebody who is no member here. Ask an owner for an invitation.")
	folded, err := identity.FoldEmail(claims.Email)
	if err != nil || !claims.EmailVerified || claims.Subject == "" {
		return Entrance{}, unknown
	}
	p, known, err := h.personOf(ctx, folded)
	if err != nil {
		return Entrance{}, err
	}
	if !known || p.Party != l.Party || p.Stage != string(account.Active) {
		return Entrance{}, unknown
	}
	bound, err := h.sameSubject(ctx, p, c, claims)
	if err != nil {
		return Entrance{}, err
	}
	e, err := h.readEntry(ctx, p.Account)
	if err != nil {
		return Entrance{}, err
	}
	where, place := h.where(o)
	past, _, err := h.history(ctx, p, where, place)
	if err != nil {
		return Entrance{}, err
	}
	v := h.judge(visitOf(where, place, h.Now()), past)
	s := step{Account: p.Account, Method: account.BySSO, Kind: l.Kind, Risk: riskOf(v), Bind: bound}
	if v.Level == signin.High {
		return Entrance{}, h.block(ctx, e, where, s)
	}
	return h.goOn(ctx, e, where, s, v) // the person's own second factor is asked for as at any other door
}

// sameSubject binds a person to the provider's name for it at the first sign-in,
// and compares afterwards: an address that the provider gives to somebody else
// later opens nothing.
func (h *House) sameSubject(ctx context.Context, p Person, c SSOClient, claims SSOClaims) ([]Secret, error) {
	name := "subject:" + string(p.ID)
	now := hashOf(c.Issuer + "\x00" + claims.Subject)
	kept, err := h.cfg.Store.SecretByName(ctx, name)
	switch {
	case err != nil && fault.KindOf(err) == fault.NotFound:
		return []Secret{{Person: p.ID, Name: name, Data: now[:]}}, nil
	case err != nil:
		return nil, err
	case string(kept.Data) != string(now[:]):
		return nil, fault.New(fault.Forbidden, "people.sso_other", "Your company's sign-in service names another person for this address than before. Ask an owner.")
	}
	return nil, nil
}
