package web

import (
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/deal"
	"fondaco/internal/web/ui"
)

func noSuchPage() error {
	return fault.New(fault.NotFound, "web.no_page", "There is no such page.")
}

func signInFirst() error {
	return fault.New(fault.Unauthenticated, "people.sign_in", "Sign in first.")
}

func notYours() error {
	return fault.New(fault.Forbidden, "house.forbidden", "This is for somebody else to do.")
}

func crossOrigin() error {
	return fault.New(fault.Forbidden, "web.cross_origin", "This form was sent from another site.")
}

func badForm(cause error) error {
	return fault.New(fault.Invalid, "web.bad_form", "This form cannot be read.").Because(cause)
}

// sentence says a fault in the reader's language. A code without a sentence of
// its own says what sort of failure it is; the code stands beside it anyway.
func (v *visit) sentence(f *fault.Error) string {
	key := "error." + f.Code
	if !v.has(key) {
		return v.T("problem." + kindWord(f.Kind) + ".title")
	}
	args := map[string]any{}
	for name, value := range f.Args {
		args[name] = v.argument(name, value)
	}
	return v.T(key, args)
}

// argument words what a fault carries: a date in the reader's zone, a phase by its name.
func (v *visit) argument(name, value string) string {
	switch name {
	case "date", "until":
		if at, err := time.Parse(time.RFC3339, value); err == nil {
			return v.Words.DateTime(at, v.Zone)
		}
	case "phase":
		return v.phaseWord(deal.Phase(value), deal.Running)
	case "stage":
		if v.has("stage." + value) {
			return v.T("stage." + value)
		}
	}
	return value
}

func kindWord(k fault.Kind) string {
	switch k {
	case fault.Invalid, fault.Refused:
		return "refused"
	case fault.Unauthenticated, fault.Forbidden:
		return "forbidden"
	case fault.NotFound:
		return "missing"
	case fault.Conflict:
		return "conflict"
	case fault.Exhausted:
		return "busy"
	case fault.Unavailable:
		return "down"
	case fault.Internal:
	}
	return "internal"
}

// trouble is the panel for a fault: what happened, what is safe, what to do.
func (v *visit) trouble(err error) ui.Trouble {
	f := fault.Of(err)
	word := kindWord(f.Kind)
	t := ui.Trouble{What: v.sentence(f), Safe: v.T("problem." + word + ".safe"), Do: v.T("problem." + word + ".do"), Code: f.Code}
	if f.Code == "house.halted" || f.Code == "house.interrupted" {
		t.Do = v.T("problem.down.do")
	}
	if f.Code == "account.sign_in_again" {
		back := v.r.URL.RequestURI()
		if v.r.Method != http.MethodGet {
			back = v.backPath()
		}
		again := url.Values{"again": {"1"}, "next": {back}}
		t.Do, t.Actions = "", []ui.Action{{Label: v.T("sign_in.again"), Href: "/sign-in?" + again.Encode(), Icon: ui.IconKeyRound, Weight: ui.Primary}}
	}
	switch f.Kind {
	case fault.Invalid, fault.Refused, fault.Conflict, fault.Exhausted, fault.NotFound:
		t.Tone = ui.ToneClock // nothing is broken: something has to be different
	case fault.Unauthenticated, fault.Forbidden, fault.Unavailable, fault.Internal:
	}
	return t
}

// mistakes lists the fields that need another look, in the reader's words.
func (v *visit) mistakes(err error) []ui.Mistake {
	f := fault.Of(err)
	if f == nil {
		return nil
	}
	var out []ui.Mistake
	for _, d := range f.Details {
		if d.Field != "" {
			out = append(out, ui.Mistake{Name: d.Field, Message: v.sentence(d)})
		}
	}
	if f.Field != "" {
		out = append(out, ui.Mistake{Name: f.Field, Message: v.sentence(f)})
	}
	return out
}

// mistake is what is wrong with one field, empty if nothing.
func mistake(list []ui.Mistake, field string) string {
	for _, m := range list {
		if m.Name == field {
			return m.Message
		}
	}
	return ""
}

// excuse makes a page of an error that no handler turned into a form.
func (v *visit) excuse(err error) reply {
	f := fault.Of(err)
	if f.Kind == fault.Unauthenticated && f.Code == "people.sign_in" {
		to := "/sign-in"
		if v.r.Method == http.MethodGet {
			to += "?" + url.Values{"next": {v.r.URL.RequestURI()}}.Encode()
		}
		return reply{to: to, said: "flash.sign_in_first"}
	}
	if f.Code == "web.factor_first" {
		return reply{to: "/security/factors", said: "flash.factor_first"}
	}
	v.noteRefusal(f)
	t := v.trouble(err)
	if f.Kind == fault.Internal {
		t.Trace = strconv.FormatInt(v.Now.UnixMicro(), 36)
		v.site.Log.ErrorContext(v.ctx(), "page failed", slog.String("route", v.route.path), slog.String("fault", f.Trace()), slog.String("shown", t.Trace))
	}
	t.Actions = append(t.Actions, ui.Action{Label: v.T("problem.home"), Href: "/", Icon: ui.IconArrowLeft, Weight: ui.Primary})
	return reply{status: fault.KindOf(err).HTTPStatus(), page: ui.Page{Title: t.What, Narrow: true}, view: troublePage(v, t)}
}

// forPage names the fields of a refusal as they are named on a page that holds
// many forms, so that the summary links to the right one.
func (v *visit) forPage(err error) error {
	f := fault.Of(err)
	if f == nil || v.tried == "" {
		return err
	}
	c := *f
	if c.Field != "" {
		c.Field = v.tried + "." + c.Field
	}
	c.Details = nil
	for _, d := range f.Details {
		c.Details = append(c.Details, d.At(v.tried+"."+d.Field))
	}
	return &c
}

// has reports whether a key has a sentence: one without gives back the key itself.
func (v *visit) has(key string) bool { return v.T(key) != key }

// noteRefusal leaves a line of who was kept from what. It names the route, never the
// address that was asked for: that may hold the secret of a mail's link.
func (v *visit) noteRefusal(f *fault.Error) {
	switch f.Kind {
	case fault.Unauthenticated, fault.Forbidden, fault.NotFound, fault.Exhausted:
		v.site.Log.InfoContext(v.ctx(), "refused", slog.String("route", v.route.method+" "+v.route.path), slog.String("actor", v.actor().String()),
			slog.String("from", v.r.RemoteAddr), slog.String("code", f.Code))
	case fault.Invalid, fault.Refused, fault.Conflict, fault.Unavailable, fault.Internal:
	}
}
