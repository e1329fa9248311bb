package web

import (
	"crypto/rand"
	"crypto/subtle"
	"net/http"
	"strings"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
)

// ssoRoutes are the way in through a company's own provider. The browser leaves by
// a link and comes back by one, so both are GET: a form that leads to another house is
// what our own policy forbids. So nobody is sent away who has not pressed that link
// on our page, and the state that comes back must be the one that left.
func (s *site) ssoRoutes() []route {
	return []route{
		{http.MethodGet, "/sso/{party}", anyone, s.leaveForSignOn, false},
		{http.MethodGet, "/sso/back", anyone, s.comeBack, false},
		{http.MethodPost, "/company/rules/sign-on", members, s.setSignOn, false},
	}
}

const (
	sessionSSO    = "sso"       // the state with which the browser has left
	sessionAtDoor = "sso_press" // the word of the link that was shown
)

// leaveForSignOn shows where the link leads, and with the word of that page it leaves.
func (s *site) leaveForSignOn(v *visit) (reply, error) {
	v.private()
	party := identity.PartyID(v.path("party"))
	shown := v.recall(sessionAtDoor)
	v.drop(sessionAtDoor)
	if given := v.query("go"); given == "" || shown == "" || subtle.ConstantTimeCompare([]byte(given), []byte(shown+string(party))) != 1 {
		word := rand.Text()
		if err := v.keep(sessionAtDoor, word); err != nil {
			return reply{}, err
		}
		return narrow(v.T("sso.leave"), leavePage(v, party, word))
	}
	address, state, err := v.house().SSODoor(v.ctx(), assurance.BrowserSession, party)
	if err != nil {
		return reply{}, err
	}
	return reply{to: address}, v.keep(sessionSSO, state)
}

func (s *site) comeBack(v *visit) (reply, error) {
	left := v.recall(sessionSSO)
	v.drop(sessionSSO)
	if state := v.query("state"); left == "" || state != left || v.query("code") == "" {
		return reply{}, fault.New(fault.Refused, "people.no_ticket", "This link or step has run out or has been used. Begin again.")
	}
	e, err := v.house().EnterBySSO(v.ctx(), v.origin(), left, v.query("code"), v.query("iss"))
	if err != nil {
		return reply{}, err
	}
	return v.goOn(e, entrance{Next: "/"})
}

// signOnAddress is the link that a company gives to its people.
func (v *visit) signOnAddress(party identity.PartyID) string {
	return strings.TrimSuffix(v.site.PublicURL, "/") + "/sso/" + string(party)
}

// signOnBack is the address that the provider must know.
func (v *visit) signOnBack() string { return strings.TrimSuffix(v.site.PublicURL, "/") + "/sso/back" }

func (s *site) setSignOn(v *visit) (reply, error) {
	call, err := v.call()
	if err != nil {
		return reply{}, err
	}
	call.Approval = v.approval
	d := assurance.SSODeed{Issuer: v.posted("sso.issuer"), ID: v.posted("sso.client"), Secret: v.form.Get("sso.secret")}
	if err = v.would(identity.SetSignOn{Issuer: d.Issuer, Client: d.ID}); err == nil {
		_, err = v.house().SetSSO(v.ctx(), call, d)
	}
	return v.signedOr(err, d, "sso", v.rulesAgain, "/company/rules", "flash.rule_set")
}
