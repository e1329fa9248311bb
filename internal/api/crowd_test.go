package api_test

import (
	"encoding/json"
	"maps"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/identity"
)

// known is what tests know of the people of a house, by role.
type known struct {
	tokens map[string]string
	people map[string]string // person ids
	party  map[string]string // party ids
	totp   map[string]string // secrets of authenticator apps

	devices map[string]string // that sign-ins have named
}

// gathered is a house with everybody in it, as a file to be copied: passwords are
// hashed once for all tests.
type gathered struct {
	known
	house []byte
}

var everyone struct {
	sync.Once
	gathered
}

// everybody is three companies (buyer with all roles, seller and stranger), the
// people of the house, the rail and the carrier. Owners, those who move money and
// staff have an authenticator app; the clerk, of the treasury, has none.
func everybody(t testing.TB) gathered {
	t.Helper()
	everyone.Do(func() {
		everyone.gathered = gather(t)
	})
	if everyone.house == nil {
		t.Fatal("the crowd could not be gathered")
	}
	return everyone.gathered
}

func (g gathered) copied(t testing.TB, path string) known {
	t.Helper()
	must(t, os.WriteFile(path, g.house, 0o600))
	return known{maps.Clone(g.tokens), maps.Clone(g.people), maps.Clone(g.party), maps.Clone(g.totp), map[string]string{}}
}

func gather(t testing.TB) gathered {
	t.Helper()
	inner := opening{empty: true, before: time.Hour}.open(t)
	for _, role := range []string{"buyer", "seller", "stranger"} {
		p, err := inner.house.Join(t.Context(), assurance.SignUp{
			Email: role + "@example.com", Name: "Owner of " + role, Password: secretPhrase,
			Company: identity.Register{LegalName: role + " Ltd", Country: "CH", Registration: "CHE-" + role, Address: "Basel"},
		})
		must(t, err)
		inner.enter(role, p)
		inner.enrol(role)
	}
	for _, role := range []string{"trader", "finance", "viewer", "removed"} {
		inner.recruit(role)
	}
	inner.enrol("finance")
	for _, office := range staff() {
		inner.hire(string(office), office)
	}
	inner.hire("deputy", identity.Administrator)
	inner.hire("clerk", identity.Treasury)
	for _, role := range []string{"administrator", "mediator", "compliance", "treasury", "auditor", "deputy"} {
		inner.enrol(role)
	}
	inner.close()
	doc, err := os.ReadFile(inner.path)
	must(t, err)
	return gathered{inner.known, doc}
}

func staff() []identity.Office {
	return []identity.Office{
		identity.Administrator, identity.Mediator, identity.Compliance, identity.Treasury, identity.Auditor, identity.Rail, identity.Carrier,
	}
}

// recruit has the buyer's owner invite somebody, who joins.
func (w *world) recruit(role string) {
	w.t.Helper()
	as := identity.Role(role)
	if role == "removed" {
		as = identity.Trader
	}
	by := identity.MemberOf(identity.PartyID(w.party["buyer"]), identity.PersonID(w.people["buyer"]))
	email := role + "@example.com"
	_, err := w.house.Invite(w.t.Context(), assurance.Call{By: by}, email, as)
	must(w.t, err)
	e, err := w.house.Accept(w.t.Context(), assurance.Origin{Address: "192.0.2.1", Browser: "test"}, assurance.ProgramSession, w.link(email, "/invitation/"),
		assurance.SignUp{Name: "Somebody " + role, Password: secretPhrase})
	must(w.t, err)
	w.tokens[role], w.people[role], w.party[role] = e.Secret, string(e.Presence.Person.ID), string(e.Presence.Person.Party)
}

// enrol gives a role an authenticator app, and a session that was opened with it.
func (w *world) enrol(role string) {
	w.t.Helper()
	in, err := w.house.Present(w.t.Context(), w.tokens[role])
	must(w.t, err)
	offer, err := w.house.OfferTOTP(w.t.Context(), in, "House")
	must(w.t, err)
	w.totp[role] = offer.Secret
	must(w.t, w.house.AddTOTP(w.t.Context(), in, assurance.Origin{}, offer.Ticket, w.code(role), "app", assurance.Proof{}))
	w.enter(role, in.Person)
}

// deliver carries every waiting mail into the mailbox of the sandbox.
func (w *world) deliver() {
	w.t.Helper()
	waiting, err := w.db.DueMessages(w.t.Context(), w.clock.Now().Add(time.Second), 1000)
	must(w.t, err)
	for _, m := range waiting {
		if m.Topic != assurance.TopicMail {
			continue
		}
		mail, err := w.house.OpenMail(m.Payload)
		must(w.t, err)
		args, err := json.Marshal(mail.Args)
		must(w.t, err)
		must(w.t, w.db.PutMail(w.t.Context(), assurance.SandboxMail{
			ID: m.ID, At: m.NextAt, To: mail.To, Subject: string(mail.Kind), Text: string(args), Link: mail.Link,
		}))
		must(w.t, w.db.MessageDone(w.t.Context(), m.ID, w.clock.Now()))
	}
}

// link is the secret of the newest mail to an address whose link begins so.
func (w *world) link(to, begins string) string {
	w.t.Helper()
	w.deliver()
	mails, err := w.db.Mails(w.t.Context(), to, 100)
	must(w.t, err)
	for _, m := range mails {
		if secret, found := strings.CutPrefix(m.Link, begins); found {
			return secret
		}
	}
	w.t.Fatalf("no mail to %s has a link to %s: %v", to, begins, mails)
	return ""
}

// mailed is a word that the newest mail to an address gives.
func (w *world) mailed(to, name string) string {
	w.t.Helper()
	w.deliver()
	mails, err := w.db.Mails(w.t.Context(), to, 100)
	must(w.t, err)
	for _, m := range mails {
		args := map[string]string{}
		must(w.t, json.Unmarshal([]byte(m.Text), &args))
		if args[name] != "" {
			return args[name]
		}
	}
	w.t.Fatalf("no mail to %s gives %s: %v", to, name, mails)
	return ""
}
