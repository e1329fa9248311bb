package web

import (
	"bytes"
	"net/http"

	"github.com/a-h/templ"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/password"
)

func (s *site) signUpPage(v *visit) (reply, error) {
	if v.person != nil {
		return goTo("/", "")
	}
	v.device()
	return narrow(v.T("sign_up.title"), signUpForm(v, nil))
}

func (s *site) signUp(v *visit) (reply, error) {
	if done, err := v.suggests("sign-up"); done || err != nil {
		rep, _ := narrow(v.T("sign_up.title"), signUpForm(v, nil))
		return rep, err
	}
	err := v.house().AskToJoin(v.ctx(), v.origin(), assurance.SignUp{
		Email: v.posted("email"), Name: v.posted("name"), Password: v.form.Get("password"), Language: v.Words.Lang(),
		Company: identity.Register{
			LegalName: v.posted("legal_name"), Country: v.posted("country"), Registration: v.posted("registration"), Address: v.posted("address"),
		},
	})
	if err != nil {
		return v.formAgain("sign-up", v.T("sign_up.title"), signUpForm(v, err), err)
	}
	return narrow(v.T("mailbox.title"), lookIntoMailbox(v, "mailbox.join"))
}

// formAgain shows a form with everything that was typed, and what is wrong with it.
func (v *visit) formAgain(form, title string, view templ.Component, err error) (reply, error) {
	if fault.KindOf(err) == fault.Internal {
		return reply{}, err
	}
	v.refused(form, err)
	v.noteRefusal(fault.Of(err))
	rep, _ := narrow(title, view)
	rep.status = fault.KindOf(err).HTTPStatus()
	return rep, nil
}

// linkPage shows what a link of a mail leads to. It does nothing: mail programs
// open links by themselves, so a person presses a button.
func (s *site) linkPage(word string) handler {
	return func(v *visit) (reply, error) {
		v.private()
		v.device()
		return narrow(v.T(word+".title"), linkForm(v, word, nil))
	}
}

func (v *visit) linkAgain(word string, err error) (reply, error) {
	v.private()
	return v.formAgain("link", v.T(word+".title"), linkForm(v, word, err), err)
}

func (s *site) join(v *visit) (reply, error) {
	e, err := v.house().ConfirmJoin(v.ctx(), v.origin(), assurance.BrowserSession, v.path("secret"))
	if err != nil {
		return v.linkAgain("join", err)
	}
	if err := v.begin(e); err != nil {
		return reply{}, err
	}
	return goTo("/", "flash.joined")
}

func (s *site) forgotPage(v *visit) (reply, error) {
	v.device()
	return narrow(v.T("forgot.title"), forgotForm(v, nil))
}

func (s *site) forgot(v *visit) (reply, error) {
	if err := v.house().Forget(v.ctx(), v.origin(), v.posted("email"), v.Words.Lang()); err != nil {
		return v.formAgain("forgot", v.T("forgot.title"), forgotForm(v, err), err)
	}
	return narrow(v.T("mailbox.title"), lookIntoMailbox(v, "mailbox.forgot"))
}

func (s *site) resetPage(v *visit) (reply, error) {
	v.private()
	return narrow(v.T("reset.title"), resetForm(v, nil))
}

func (s *site) reset(v *visit) (reply, error) {
	v.private()
	if done, err := v.suggests("reset"); done || err != nil {
		rep, _ := narrow(v.T("reset.title"), resetForm(v, nil))
		return rep, err
	}
	if err := v.house().Reset(v.ctx(), v.origin(), v.path("secret"), v.form.Get("password")); err != nil {
		return v.formAgain("reset", v.T("reset.title"), resetForm(v, err), err)
	}
	return goTo("/sign-in", "flash.reset")
}

// suggests answers the button that asks for a password: the form comes back with
// one, in the clear, and with everything else that was typed.
func (v *visit) suggests(form string) (bool, error) {
	if v.form.Get("do") != "suggest" {
		return false, nil
	}
	word, err := v.house().SuggestPassword(v.self())
	if err != nil {
		return false, err
	}
	v.tried, v.suggested = form, word
	return true, nil
}

// strength words how strong the password of a form is, for the meter under it.
func (s *site) strength(v *visit) (reply, error) {
	var out bytes.Buffer
	if err := meter(v, v.measured()).Render(v.ctx(), &out); err != nil {
		return reply{}, err
	}
	v.private()
	return reply{file: out.Bytes(), kind: "text/html; charset=utf-8"}, nil
}

// measured is the strength of the password that was posted.
func (v *visit) measured() password.Strength {
	return v.house().MeasurePassword(v.form.Get("password"), v.self())
}

// self is what the form or the session says of the person who chooses a password.
func (v *visit) self() password.About {
	about := password.About{Email: v.posted("email"), Name: v.posted("name"), Company: v.posted("legal_name")}
	if v.person != nil {
		about = password.About{Email: v.person.Email, Name: v.person.Name}
		if v.person.Party != "" {
			about.Company = v.name(v.person.Party)
		}
	}
	return about
}

func (s *site) mailPage(v *visit) (reply, error) {
	v.private()
	mails, err := v.house().Mailbox(v.ctx(), 50)
	if err != nil {
		return reply{}, err
	}
	return show(v.T("mail.title"), mailPage(v, mails))
}

// changeEmail carries out a change of address by the link that the new address got.
func (s *site) changeEmail(v *visit) (reply, error) {
	if err := v.house().TakeEmail(v.ctx(), v.origin(), v.path("secret")); err != nil {
		return v.linkAgain("email_new", err)
	}
	return goTo("/sign-in", "flash.email_taken")
}

func (s *site) undoEmail(v *visit) (reply, error) {
	if err := v.house().UndoEmail(v.ctx(), v.origin(), v.path("secret")); err != nil {
		return v.linkAgain("email_undo", err)
	}
	return goTo("/sign-in", "flash.email_undone")
}

func (s *site) disown(v *visit) (reply, error) {
	if err := v.house().Disown(v.ctx(), v.origin(), v.path("secret")); err != nil {
		return v.linkAgain("not_me", err)
	}
	return v.disowned()
}

// disowned is where somebody stands whose every session has just ended.
func (v *visit) disowned() (reply, error) {
	if err := v.site.sessions.Destroy(v.ctx()); err != nil {
		return reply{}, err
	}
	v.in, v.person = assurance.Presence{}, nil
	rep, err := narrow(v.T("disowned.title"), disownedPage(v))
	rep.status = http.StatusOK
	return rep, err
}
