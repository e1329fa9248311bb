package assurance_test

import (
	"context"
	"testing"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
)

// provider is a company's identity provider that says what it is told to.
type provider struct{ claims assurance.SSOClaims }

func (p *provider) Begin(_ context.Context, c assurance.SSOClient, s assurance.SSOState) (string, error) {
	if c.Issuer == "https://down.example" {
		return "", fault.New(fault.Unavailable, "oidc.unreachable", "It does not answer.")
	}
	return c.Issuer + "/authorize?state=" + s.State, nil
}

func (p *provider) Finish(_ context.Context, c assurance.SSOClient, _ assurance.SSOState, code string) (assurance.SSOClaims, error) {
	if code != "good" || c.Secret != "shared" {
		return assurance.SSOClaims{}, fault.New(fault.Unauthenticated, "oidc.refused", "It did not confirm.")
	}
	return p.claims, nil
}

func TestACompanysOwnProviderLetsItsMembersIn(t *testing.T) {
	t.Parallel()
	idp := &provider{}
	p := guardedWith(t, func(c *assurance.Config) { c.SSO = idp })
	ann := p.joined("Ann", "Annex Ltd").withTOTP()
	p.joined("Eve", "Evening Ltd")
	party := ann.in.Person.Party
	_, _, err := p.SSODoor(p.ctx, assurance.BrowserSession, party)
	p.refused(err, "people.no_sso")
	deed := assurance.SSODeed{Issuer: "https://idp.example", ID: "fondaco", Secret: "shared"}
	_, err = p.SetSSO(p.ctx, ann.call(), deed)
	p.refused(err, "control.approval_needed")
	_, err = p.SetSSO(p.ctx, ann.call(), assurance.SSODeed{Issuer: "https://down.example", ID: "x", Secret: "y"})
	p.refused(err, "oidc.unreachable")
	_, err = p.SetSSO(p.ctx, ann.under(deed), deed)
	p.must(err)

	enter := func(claims assurance.SSOClaims, code string) (assurance.Entrance, error) {
		idp.claims = claims
		_, ticket, err := p.SSODoor(p.ctx, assurance.BrowserSession, party)
		p.must(err)
		e, err := p.EnterBySSO(p.ctx, ann.from, ticket, code, "")
		_, again := p.EnterBySSO(p.ctx, ann.from, ticket, code, "")
		p.refused(again, "people.no_ticket")
		return e, err
	}
	good := assurance.SSOClaims{Subject: "ann-1", Email: "ANN@example.com", EmailVerified: true}
	e, err := enter(good, "good")
	p.must(err)
	if e.Presence != nil || len(e.Wants) == 0 {
		t.Fatalf("the provider's word alone gives %+v", e)
	}
	e, err = p.Continue(p.ctx, ann.from, e.Ticket, ann.digits())
	p.must(err)
	if e.Presence.Person.ID != ann.in.Person.ID || e.Presence.Weak {
		t.Errorf("%+v", e.Presence)
	}
	for code, claims := range map[string]assurance.SSOClaims{
		"people.sso_unknown": {Subject: "eve-1", Email: "eve@example.com", EmailVerified: true}, // of another company
		"people.sso_other":   {Subject: "ann-2", Email: "ann@example.com", EmailVerified: true}, // the address has another holder
	} {
		_, err := enter(claims, "good")
		p.refused(err, code)
	}
	_, err = enter(assurance.SSOClaims{Subject: "ann-1", Email: "ann@example.com"}, "good")
	p.refused(err, "people.sso_unknown") // nobody vouches for the address
	_, ticket, err := p.SSODoor(p.ctx, assurance.BrowserSession, party)
	p.must(err)
	_, err = p.EnterBySSO(p.ctx, ann.from, ticket, "good", "https://another.example")
	p.refused(err, "oidc.refused") // a code of one provider is not taken to another
	bob := ann.invited("Bob", identity.Owner).withTOTP()
	next := assurance.SSODeed{Issuer: "https://idp.example", ID: "fondaco", Secret: "shared"}
	_, err = p.SetSSO(p.ctx, bob.under(next, ann), next)
	p.must(err) // another owner may name it anew
	_, err = enter(good, "bad")
	p.refused(err, "oidc.refused")
	if o, err := p.Organisation(p.ctx, identity.Actor{Office: identity.Auditor, Person: "a"}, party); err != nil || o.SignOn.Issuer != deed.Issuer {
		t.Errorf("%+v, %v", o.SignOn, err)
	}
	p.sound()
}
