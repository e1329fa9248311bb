package web

import (
	"encoding/json"
	"slices"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/account"
)

// entrance is what a visit remembers of a sign-in that is not finished.
type entrance struct {
	Ticket  string               `json:"ticket"`
	Wants   []account.FactorKind `json:"wants,omitempty"`
	Passkey json.RawMessage      `json:"passkey,omitempty"` // options for the browser
	Renew   bool                 `json:"renew,omitempty"`
	Why     string               `json:"why,omitempty"`
	Email   string               `json:"email,omitempty"` // for the sandbox's ready accounts
	Next    string               `json:"next,omitempty"`
}

func (e entrance) wants(k account.FactorKind) bool { return slices.Contains(e.Wants, k) }

// signInPage is for visitors, and for who is in but has to prove it anew.
func (s *site) signInPage(v *visit) (reply, error) {
	if v.person != nil && v.query("again") == "" {
		return goTo("/", "")
	}
	v.device()
	rep, _ := narrow(v.T("sign_in.title"), signInForm(v, nil))
	return v.withPasskey(rep, nil), nil
}

func (s *site) signIn(v *visit) (reply, error) {
	e, err := v.house().Enter(v.ctx(), v.origin(), assurance.BrowserSession, v.form.Get("email"), v.form.Get("password"))
	if err != nil {
		return v.signInAgain(err)
	}
	return v.goOn(e, entrance{Email: v.posted("email"), Next: localPath(v.form.Get("next"))})
}

// signInAgain shows the sign-in page with what went wrong.
func (v *visit) signInAgain(err error) (reply, error) {
	if fault.KindOf(err) == fault.Internal {
		return reply{}, err
	}
	v.tried = "sign-in"
	v.noteRefusal(fault.Of(err))
	rep, _ := narrow(v.T("sign_in.title"), signInForm(v, err))
	return v.withPasskey(rep, err), nil
}

// goOn leads in, or to what is still missing.
func (v *visit) goOn(e assurance.Entrance, step entrance) (reply, error) {
	if e.Presence == nil {
		step.Ticket, step.Wants, step.Passkey, step.Renew, step.Why = e.Ticket, e.Wants, e.Passkey, e.Renew, e.Why
		doc, err := json.Marshal(step)
		if err != nil {
			return reply{}, err
		}
		return reply{to: "/sign-in/step"}, v.keep(sessionEntrance, string(doc))
	}
	if err := v.begin(e); err != nil {
		return reply{}, err
	}
	return goTo(localPath(step.Next), "")
}

// entrance is the sign-in of this visit that is not finished.
func (v *visit) entrance() (e entrance, ok bool) {
	kept := v.recall(sessionEntrance)
	if kept == "" || json.Unmarshal([]byte(kept), &e) != nil {
		return e, false
	}
	return e, true
}

func (s *site) signInStepPage(v *visit) (reply, error) {
	step, ok := v.entrance()
	if !ok {
		return goTo("/sign-in", "flash.begin_again")
	}
	return v.stepPage(step, nil)
}

func (v *visit) stepPage(step entrance, err error) (reply, error) {
	title, view := v.T("step.title"), stepForm(v, step, err)
	if step.Renew {
		title, view = v.T("renew.title"), renewForm(v, step, err)
	}
	rep, _ := narrow(title, view)
	return v.withPasskey(rep, err), nil
}

func (s *site) signInStep(v *visit) (reply, error) {
	step, ok := v.entrance()
	if !ok {
		return goTo("/sign-in", "flash.begin_again")
	}
	given := assurance.Proof{Kind: account.FactorKind(v.form.Get("kind")), Code: v.form.Get("code"), Response: []byte(v.form.Get("response"))}
	e, err := v.house().Continue(v.ctx(), v.origin(), step.Ticket, given)
	if err != nil {
		return v.stepAgain(step, err)
	}
	return v.goOn(e, step)
}

// stepAgain stays at the step, unless the ticket has run out or the house has failed.
func (v *visit) stepAgain(step entrance, err error) (reply, error) {
	switch {
	case fault.KindOf(err) == fault.Internal:
		return reply{}, err
	case fault.CodeOf(err) == "people.no_ticket":
		v.drop(sessionEntrance)
		return v.signInAgain(err)
	}
	v.tried = "step"
	v.noteRefusal(fault.Of(err))
	return v.stepPage(step, err)
}

func (s *site) renew(v *visit) (reply, error) {
	step, ok := v.entrance()
	if !ok {
		return goTo("/sign-in", "flash.begin_again")
	}
	if done, err := v.suggests("renew"); done || err != nil {
		rep, _ := v.stepPage(step, nil)
		return rep, err
	}
	e, err := v.house().Renew(v.ctx(), v.origin(), step.Ticket, v.form.Get("password"))
	if err != nil {
		return v.stepAgain(step, err)
	}
	return v.goOn(e, step)
}

// ceremony is what the script needs for a passkey: options, and the ticket that the
// form sends back with the browser's answer.
type ceremony struct {
	Ticket  string          `json:"ticket"`
	Options json.RawMessage `json:"options"`
}

func (v *visit) ceremony(options []byte, ticket string, err error) (reply, error) {
	if err != nil {
		return reply{}, err
	}
	v.private()
	doc, err := json.Marshal(ceremony{Ticket: ticket, Options: options})
	return reply{file: doc, kind: "application/json"}, err
}

func (s *site) passkeyDoor(v *visit) (reply, error) {
	return v.ceremony(v.house().PasskeyDoor(v.ctx()))
}

func (s *site) enterByPasskey(v *visit) (reply, error) {
	e, err := v.house().EnterByPasskey(v.ctx(), v.origin(), assurance.BrowserSession, v.form.Get("ticket"), []byte(v.form.Get("response")))
	if err != nil {
		return v.signInAgain(err)
	}
	return v.goOn(e, entrance{Next: localPath(v.form.Get("next"))})
}

func (s *site) signOut(v *visit) (reply, error) {
	if v.person != nil {
		if err := v.house().SignOut(v.ctx(), v.in, v.origin()); err != nil && fault.KindOf(err) == fault.Internal {
			return reply{}, err
		}
	}
	if err := s.sessions.Destroy(v.ctx()); err != nil {
		return reply{}, err
	}
	v.in, v.person = assurance.Presence{}, nil
	if s.Secure { // browsers read it over HTTPS only
		v.w.Header().Set("Clear-Site-Data", `"cache"`)
	}
	return reply{to: "/sign-in"}, nil
}

// factorFirst is for people of the house who have shown no second factor.
func factorFirst() error {
	return fault.New(fault.Forbidden, "web.factor_first", "Add a second factor first. Until then nothing else is open to you.")
}
