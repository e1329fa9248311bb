package assurance_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"
	"github.com/pquerna/otp/totp"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/passkey"
	"fondaco/internal/trade/account"
	"fondaco/internal/trade/control"
	"fondaco/internal/trade/identity"
)

const (
	houseURL   = "https://house.example"
	passphrase = "seven quiet harbours at dawn"
)

// glass seals so that a test can see through: it turns the bytes round and names the context.
type glass struct{}

func (glass) Seal(plain []byte, about string) ([]byte, error) {
	return append([]byte(about+"\x00"), turned(plain)...), nil
}

func (glass) Open(sealed []byte, about string) ([]byte, error) {
	body, ok := bytes.CutPrefix(sealed, []byte(about+"\x00"))
	if !ok {
		return nil, fault.New(fault.Internal, "test.context", "sealed for something else")
	}
	return turned(body), nil
}

func turned(b []byte) []byte {
	out := make([]byte, len(b))
	for i := range b {
		out[i] = ^b[i]
	}
	return out
}

// guarded is a house that asks its callers for proof.
func guarded(t *testing.T) *place {
	t.Helper()
	return guardedWith(t, func(*assurance.Config) {})
}

// guardedWith is the same with something more.
func guardedWith(t *testing.T, more func(*assurance.Config)) *place {
	t.Helper()
	p := setup(t)
	p.House.Close()
	gate, err := passkey.New(passkey.Options{PublicURL: houseURL, Name: "House"})
	p.must(err)
	security := assurance.DefaultSecurity()
	cfg := assurance.Config{
		Store: p.disk, Archive: p.store, Clock: p.clock, Random: rand.Reader, PayoutRail: "bank",
		NewID: func() string { return fmt.Sprintf("%012d", p.ids.Add(1)) }, Security: &security, Passkeys: gate, Sealer: glass{},
	}
	more(&cfg)
	p.House, err = assurance.Open(context.WithoutCancel(p.ctx), cfg)
	p.must(err)
	return p
}

// human is a person with a browser, a mailbox and, after some time, factors.
type human struct {
	*place
	email  string
	from   assurance.Origin
	in     assurance.Presence
	secret string // of the session
	seed   string // of TOTP
	step   int64  // of the last code
	device *virtualwebauthn.Authenticator
	key    virtualwebauthn.Credential
}

// mails are those that wait for an address, the newest first.
func (p *place) mails(to string) []assurance.Mail {
	p.t.Helper()
	rows, err := p.store.DueMessages(p.ctx, p.Now().Add(time.Hour), 1000)
	p.must(err)
	var out []assurance.Mail
	for _, row := range rows {
		if row.Topic != assurance.TopicMail {
			continue
		}
		m, err := p.OpenMail(row.Payload)
		p.must(err)
		if m.To == to {
			out = append([]assurance.Mail{m}, out...)
		}
	}
	return out
}

// link is what follows the prefix in the newest mail of a kind.
func (p *place) link(to string, kind assurance.MailKind, prefix string) string {
	p.t.Helper()
	for _, m := range p.mails(to) {
		if m.Kind == kind {
			secret, ok := strings.CutPrefix(m.Link, prefix)
			if !ok {
				p.t.Fatalf("the link of %s is %q", kind, m.Link)
			}
			return secret
		}
	}
	p.t.Fatalf("no mail %s to %s", kind, to)
	return ""
}

func (p *place) origin(device string) assurance.Origin {
	return assurance.Origin{Address: "192.0.2.7", Browser: "Firefox", Version: "140", System: "Linux", Device: device}
}

// joined signs somebody up with a company, by mail.
func (p *place) joined(name, company string) *human {
	p.t.Helper()
	x := &human{place: p, email: strings.ToLower(name) + "@example.com", from: p.origin("device-of-" + name)}
	p.must(p.AskToJoin(p.ctx, x.from, assurance.SignUp{Email: x.email, Name: name, Password: passphrase, Company: register(company)}))
	e, err := p.ConfirmJoin(p.ctx, x.from, assurance.BrowserSession, p.link(x.email, assurance.MailConfirm, "/join/"))
	p.must(err)
	x.in, x.secret = *e.Presence, e.Secret
	return x
}

// invited takes somebody into x's company.
func (x *human) invited(name string, role identity.Role) *human {
	x.t.Helper()
	y := &human{place: x.place, email: strings.ToLower(name) + "@example.com", from: x.origin("device-of-" + name)}
	deed := assurance.RoleDeed{Email: y.email, Role: role}
	_, err := x.Invite(x.ctx, x.under(deed), y.email, role)
	x.must(err)
	e, err := x.Accept(x.ctx, y.from, assurance.BrowserSession, x.link(y.email, assurance.MailInvite, "/invitation/"), assurance.SignUp{Name: name, Password: passphrase})
	x.must(err)
	y.in, y.secret = *e.Presence, e.Secret
	return y
}

func (x *human) call() assurance.Call { return assurance.Call{By: x.in.Actor(), Mandate: x.in.Mandate} }

// code is the next code of the authenticator app that the house has not seen.
func (x *human) code() string {
	x.t.Helper()
	if now := x.Now().Unix() / 30; now <= x.step {
		x.clock.Advance(time.Duration(x.step+1-now) * 30 * time.Second)
	}
	x.step = x.Now().Unix() / 30
	code, err := totp.GenerateCode(x.seed, x.Now())
	x.must(err)
	return code
}

func (x *human) digits() assurance.Proof {
	return assurance.Proof{Kind: account.TOTP, Code: x.code()}
}

func (x *human) withTOTP() *human {
	x.t.Helper()
	offer, err := x.OfferTOTP(x.ctx, x.in, "House")
	x.must(err)
	x.seed = offer.Secret
	x.must(x.AddTOTP(x.ctx, x.in, x.from, offer.Ticket, x.code(), "phone", assurance.Proof{}))
	return x
}

func (x *human) withPasskey(fresh assurance.Proof) *human {
	x.t.Helper()
	options, ticket, err := x.OfferPasskey(x.ctx, x.in)
	x.must(err)
	o, err := virtualwebauthn.ParseAttestationOptions(string(options))
	x.must(err)
	device := virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: []byte(x.in.Person.Account)})
	x.device, x.key = &device, virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeRSA)
	response := virtualwebauthn.CreateAttestationResponse(rp(), device, x.key, *o)
	x.must(x.AddPasskey(x.ctx, x.in, x.from, ticket, []byte(response), "key", fresh))
	return x
}

func rp() virtualwebauthn.RelyingParty {
	return virtualwebauthn.RelyingParty{ID: "house.example", Name: "House", Origin: houseURL}
}

// touched is the browser's answer to options.
func (x *human) touched(options []byte) []byte {
	x.t.Helper()
	o, err := virtualwebauthn.ParseAssertionOptions(string(options))
	x.must(err)
	return []byte(virtualwebauthn.CreateAssertionResponse(rp(), *x.device, x.key, *o))
}

// agreed is the approval of a deed, to which all have agreed with a code.
func (x *human) agreed(d assurance.Deed, others ...*human) control.Approval {
	x.t.Helper()
	asked, err := x.Prepare(x.ctx, x.in, x.call(), d)
	x.must(err)
	for _, y := range append([]*human{x}, others...) {
		asked, err = y.Agree(y.ctx, y.in, y.from, y.call(), asked.Approval.ID, y.digits())
		x.must(err)
	}
	if asked.Approval.Stage != control.Approved {
		x.t.Fatalf("the approval is %s", asked.Approval.Stage)
	}
	return asked.Approval
}

// under is a call under an approval of the deed.
func (x *human) under(d assurance.Deed, others ...*human) assurance.Call {
	x.t.Helper()
	c := x.call()
	c.Approval = x.agreed(d, others...).ID
	return c
}

// staffed is a person of the house with an authenticator app.
func (p *place) staffed(office identity.Office, name string) *human {
	p.t.Helper()
	x := &human{place: p, email: strings.ToLower(name) + "@house.example", from: p.origin("device-of-" + name)}
	_, err := p.AddStaff(p.ctx, identity.HouseClock(), office, assurance.SignUp{Email: x.email, Name: name, Password: passphrase})
	p.must(err)
	e, err := p.Enter(p.ctx, x.from, assurance.BrowserSession, x.email, passphrase)
	p.must(err)
	x.in, x.secret = *e.Presence, e.Secret
	x.withTOTP()
	x.again()
	return x
}

// again signs in with password and code.
func (x *human) again() {
	x.t.Helper()
	e, err := x.Enter(x.ctx, x.from, assurance.BrowserSession, x.email, passphrase)
	x.must(err)
	if e, err = x.Continue(x.ctx, x.from, e.Ticket, x.digits()); err != nil {
		x.t.Fatalf("%+v", err)
	}
	x.in, x.secret = *e.Presence, e.Secret
}
