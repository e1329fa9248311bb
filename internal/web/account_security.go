package web

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/boombuler/barcode/qr"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/account"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/treasury"
	"fondaco/internal/web/ui"
)

// sessionOffer is a TOTP secret that is not confirmed yet, sealed.
const sessionOffer = "offer"

// securityView is what a security review shows.
type securityView struct {
	assurance.Review
	Sessions []assurance.Session // without keys
	Members  []assurance.Person
	Payout   []treasury.PayoutAccount
	Frozen   string
	Must     bool // the person must have a second factor
}

func (s *site) securityPage(v *visit) (reply, error) {
	view, err := v.review()
	if err != nil {
		return reply{}, err
	}
	return show(v.T("security.title"), securityPage(v, view))
}

func (v *visit) review() (securityView, error) {
	r, err := v.house().SecurityReview(v.ctx(), v.in)
	if err != nil {
		return securityView{}, err
	}
	view := securityView{Review: r, Must: v.mustHaveFactor()}
	for _, s := range r.Sessions {
		if s.Kind != assurance.KeySession {
			view.Sessions = append(view.Sessions, s)
		}
	}
	if v.person.Party == "" {
		return view, nil
	}
	o, err := v.house().Organisation(v.ctx(), v.actor(), v.person.Party)
	if err != nil {
		return view, err
	}
	view.Frozen = o.PayoutsFrozen
	if view.Members, err = v.house().Members(v.ctx(), v.actor(), v.person.Party); err != nil {
		return view, err
	}
	accounts, err := v.house().PayoutAccounts(v.ctx(), v.actor(), assurance.PayoutAccountQuery{Limit: dealsAtOnce})
	if err != nil {
		return view, err
	}
	for _, a := range accounts {
		if a.Stage == treasury.Proposed || a.Stage == treasury.Waiting || a.Stage == treasury.Current {
			view.Payout = append(view.Payout, a)
		}
	}
	return view, nil
}

// mustHaveFactor holds for staff, owners and finance.
func (v *visit) mustHaveFactor() bool {
	return v.person.Office.Staff() || v.person.Role == identity.Owner || v.person.Role == identity.Finance
}

// confirmReview records that everything on the page was looked at and found right.
func (s *site) confirmReview(v *visit) (reply, error) {
	if err := v.house().ConfirmReview(v.ctx(), v.in, v.origin(), seenOf(v.form["seen"])); err != nil {
		return reply{}, err
	}
	return goTo("/security", "flash.reviewed")
}

const seenMost = 200

// seenOf keeps what the page itself listed, within bounds.
func seenOf(listed []string) []string {
	var out []string
	for _, s := range listed[:min(len(listed), seenMost)] {
		if s != "" && len(s) <= 200 {
			out = append(out, s)
		}
	}
	return out
}

func (s *site) factorsPage(v *visit) (reply, error) { return v.factors("", nil) }

// factors shows the factors page, with what was refused.
func (v *visit) factors(form string, err error) (reply, error) {
	if err != nil && fault.KindOf(err) == fault.Internal {
		return reply{}, err
	}
	st, bad := v.house().Account(v.ctx(), v.in)
	if bad != nil {
		return reply{}, bad
	}
	if err != nil {
		v.refused(form, err)
	}
	rep, _ := show(v.T("factors.title"), factorsPage(v, st, err))
	return v.withPasskey(rep, err), nil
}

// withPasskey is a page that the passkey script serves.
func (v *visit) withPasskey(rep reply, err error) reply {
	v.private()
	rep.page.Scripts = append(rep.page.Scripts, "passkey.js")
	if err != nil {
		rep.status = fault.KindOf(err).HTTPStatus()
	}
	return rep
}

// proof is the fresh proof that a form carries: a passkey's answer, six digits of an
// app, or a recovery code.
func (v *visit) proof() assurance.Proof {
	if response := v.form.Get("proof_response"); response != "" {
		return assurance.Proof{Kind: account.Passkey, Ticket: v.form.Get("proof_ticket"), Response: []byte(response)}
	}
	code := strings.NewReplacer(" ", "", "-", "").Replace(v.form.Get("proof_code"))
	switch {
	case code == "":
		return assurance.Proof{}
	case len(code) <= 8:
		return assurance.Proof{Kind: account.TOTP, Code: code}
	}
	return assurance.Proof{Kind: account.Recovery, Code: code}
}

// proofOptions begins a fresh proof by passkey.
func (s *site) proofOptions(v *visit) (reply, error) {
	return v.ceremony(v.house().AskPasskey(v.ctx(), v.in))
}

// afterFactor is where somebody goes who has just added a factor. People of the
// house come in again, now with it.
func (v *visit) afterFactor() (reply, error) {
	if !v.in.Weak || !v.staff() {
		if back := v.site.sessions.PopString(v.ctx(), sessionSignature); back != "" {
			return goTo(back, "flash.factor_added") // what the factor was wanted for
		}
		return goTo("/security/factors", "flash.factor_added")
	}
	rep, err := v.site.signOut(v)
	rep.said = "flash.factor_sign_in"
	return rep, err
}

// offerTOTP makes a secret and keeps it in the visit until a code confirms it.
func (s *site) offerTOTP(v *visit) (reply, error) {
	offer, err := v.house().OfferTOTP(v.ctx(), v.in, s.Name)
	if err != nil {
		return v.factors("totp", err)
	}
	doc, err := json.Marshal(offer) //nolint:gosec // it is sealed before it is kept
	if err != nil {
		return reply{}, err
	}
	return reply{to: "/security/factors/totp"}, v.keep(sessionOffer, string(doc))
}

func (s *site) totpPage(v *visit) (reply, error) { return v.totp(nil) }

func (v *visit) totp(err error) (reply, error) {
	var offer assurance.TOTPOffer
	kept := v.recall(sessionOffer)
	if kept == "" || json.Unmarshal([]byte(kept), &offer) != nil {
		return goTo("/security/factors", "flash.begin_again")
	}
	st, bad := v.house().Account(v.ctx(), v.in)
	if bad != nil {
		return reply{}, bad
	}
	picture, bad := qrOf(offer.URI)
	if bad != nil {
		return reply{}, bad
	}
	if err != nil {
		v.refused("totp", err)
	}
	rep, _ := narrow(v.T("totp.title"), totpPage(v, st, offer, picture, err))
	return v.withPasskey(rep, err), nil
}

func (s *site) addTOTP(v *visit) (reply, error) {
	var offer assurance.TOTPOffer
	if json.Unmarshal([]byte(v.recall(sessionOffer)), &offer) != nil {
		return goTo("/security/factors", "flash.begin_again")
	}
	label := v.posted("label")
	if label == "" {
		label = v.T("factor.totp")
	}
	err := v.house().AddTOTP(v.ctx(), v.in, v.origin(), offer.Ticket, v.form.Get("code"), label, v.proof())
	switch {
	case err != nil && fault.KindOf(err) == fault.Internal:
		return reply{}, err
	case fault.CodeOf(err) == "people.no_ticket":
		v.drop(sessionOffer)
		return v.factors("totp", err)
	case err != nil:
		return v.totp(err)
	}
	v.drop(sessionOffer)
	return v.afterFactor()
}

// qrPicture is a QR code (ISO/IEC 18004) as one path of an SVG, one unit a module.
type qrPicture struct {
	Size int
	Path string
}

func qrOf(text string) (qrPicture, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return qrPicture{}, fault.New(fault.Internal, "web.no_qr", "The picture of a code cannot be drawn.").Because(err)
	}
	b := code.Bounds()
	var path strings.Builder
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if r, _, _, _ := code.At(x, y).RGBA(); r == 0 {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x-b.Min.X+quiet, y-b.Min.Y+quiet)
			}
		}
	}
	return qrPicture{Size: b.Dx() + 2*quiet, Path: path.String()}, nil
}

// quiet is the margin that a QR code needs, in modules.
const quiet = 4

func (s *site) offerPasskey(v *visit) (reply, error) {
	return v.ceremony(v.house().OfferPasskey(v.ctx(), v.in))
}

func (s *site) addPasskey(v *visit) (reply, error) {
	err := v.house().AddPasskey(v.ctx(), v.in, v.origin(), v.form.Get("ticket"), []byte(v.form.Get("response")), v.posted("label"), v.proof())
	if err != nil {
		return v.factors("passkey", err)
	}
	return v.afterFactor()
}

func (s *site) renameFactor(v *visit) (reply, error) {
	if err := v.house().RenameFactor(v.ctx(), v.in, v.origin(), v.form.Get("id"), v.posted("label")); err != nil {
		return v.factors("rename", err)
	}
	return goTo("/security/factors", "flash.factor_renamed")
}

func (s *site) removeFactorPage(v *visit) (reply, error) { return v.removal(v.query("id"), nil) }

// removal asks for a fresh proof before a factor goes.
func (v *visit) removal(id string, err error) (reply, error) {
	st, bad := v.house().Account(v.ctx(), v.in)
	if bad != nil {
		return reply{}, bad
	}
	f, ok := st.Factor(id)
	if !ok {
		return reply{}, noSuchPage()
	}
	rep, _ := narrow(v.T("remove.title"), removePage(v, st, f, err))
	return v.withPasskey(rep, err), nil
}

func (s *site) removeFactor(v *visit) (reply, error) {
	err := v.house().RemoveFactor(v.ctx(), v.in, v.origin(), v.form.Get("id"), v.proof())
	if err != nil && fault.KindOf(err) != fault.Internal {
		return v.removal(v.form.Get("id"), err)
	}
	if err != nil {
		return reply{}, err
	}
	return goTo("/security/factors", "flash.factor_removed")
}

func (s *site) recoveryPage(v *visit) (reply, error) { return v.recovery(nil) }

func (v *visit) recovery(err error) (reply, error) {
	st, bad := v.house().Account(v.ctx(), v.in)
	if bad != nil {
		return reply{}, bad
	}
	rep, _ := narrow(v.T("recovery.title"), recoveryPage(v, st, err))
	return v.withPasskey(rep, err), nil
}

// issueRecovery shows new codes once: the page cannot be had again.
func (s *site) issueRecovery(v *visit) (reply, error) {
	codes, err := v.house().IssueRecovery(v.ctx(), v.in, v.origin(), v.proof())
	if err != nil && fault.KindOf(err) != fault.Internal {
		return v.recovery(err)
	}
	if err != nil {
		return reply{}, err
	}
	v.private()
	return narrow(v.T("recovery.new"), recoveryCodes(v, codes))
}

func (s *site) passwordPage(v *visit) (reply, error) {
	return narrow(v.T("password.title"), passwordForm(v, nil))
}

func (s *site) changePassword(v *visit) (reply, error) {
	if done, err := v.suggests("password"); done || err != nil {
		rep, _ := narrow(v.T("password.title"), passwordForm(v, nil))
		v.private()
		return rep, err
	}
	if err := v.house().ChangePassword(v.ctx(), v.in, v.origin(), v.form.Get("current"), v.form.Get("password")); err != nil {
		return v.formAgain("password", v.T("password.title"), passwordForm(v, err), err)
	}
	return goTo("/security", "flash.password_changed")
}

func (s *site) emailPage(v *visit) (reply, error) { return v.emailForm(nil) }

func (v *visit) emailForm(err error) (reply, error) {
	st, bad := v.house().Account(v.ctx(), v.in)
	if bad != nil {
		return reply{}, bad
	}
	if err != nil {
		v.refused("email", err)
	}
	rep, _ := narrow(v.T("email.title"), emailForm(v, st, err))
	return v.withPasskey(rep, err), nil
}

func (s *site) askEmail(v *visit) (reply, error) {
	err := v.house().AskEmail(v.ctx(), v.in, v.origin(), v.posted("email"), v.form.Get("password"), v.proof())
	if err != nil && fault.KindOf(err) != fault.Internal {
		return v.emailForm(err)
	}
	if err != nil {
		return reply{}, err
	}
	return goTo("/security/email", "flash.email_asked")
}

func (s *site) sessionsPage(v *visit) (reply, error) {
	view, err := v.review()
	if err != nil {
		return reply{}, err
	}
	return show(v.T("sessions.title"), sessionsPage(v, view))
}

func (s *site) endSession(v *visit) (reply, error) {
	id := v.form.Get("id")
	if id == v.in.Session.ID {
		return s.signOut(v)
	}
	if err := v.house().EndSession(v.ctx(), v.in, v.origin(), id); err != nil {
		return reply{}, err
	}
	return goTo("/security/sessions", "flash.session_ended")
}

func (s *site) endOthers(v *visit) (reply, error) {
	if err := v.house().EndOthers(v.ctx(), v.in, v.origin()); err != nil {
		return reply{}, err
	}
	return goTo("/security/sessions", "flash.sessions_ended")
}

func (s *site) endKey(v *visit) (reply, error) {
	if err := v.house().EndKey(v.ctx(), v.in, v.origin(), v.form.Get("id")); err != nil {
		return reply{}, err
	}
	return goTo("/security/keys", "flash.key_ended")
}

// lacksFactor holds for somebody who must have a second factor and has none.
func (v *visit) lacksFactor() bool {
	if v.person == nil || !v.in.Weak || strings.HasPrefix(v.r.URL.Path, "/security/factors") {
		return false
	}
	st, err := v.house().Account(v.ctx(), v.in)
	return err == nil && !st.HasFactor()
}

// factorState is the badge of a factor's strength.
func (v *visit) factorState(k account.FactorKind) ui.State {
	switch k {
	case account.Passkey:
		return ui.State{Tone: ui.ToneAction, Icon: ui.IconShieldCheck, Word: v.T("factor.strength.passkey")}
	case account.TOTP:
		return ui.State{Tone: ui.ToneNeutral, Icon: ui.IconCheck, Word: v.T("factor.strength.totp")}
	case account.Recovery, account.Code:
	}
	return ui.State{Tone: ui.ToneClock, Icon: ui.IconShieldAlert, Word: v.T("factor.strength.code")}
}

// deviceName words the browser and system of a session.
func (v *visit) deviceName(w account.Where) string {
	switch {
	case w.Browser == "" && w.System == "":
		return v.T("device.unknown")
	case w.System == "":
		return strings.TrimSpace(w.Browser + " " + w.Version)
	case w.Browser == "":
		return w.System
	}
	return v.T("device.on", "Browser", strings.TrimSpace(w.Browser+" "+w.Version), "System", w.System)
}

// placeName words where an address is, as far as it is known.
func (v *visit) placeName(w account.Where) string {
	switch {
	case w.City != "" && w.Country != "":
		return v.T("place.city", "City", w.City, "Country", v.country(w.Country))
	case w.Country != "":
		return v.country(w.Country)
	case w.Address == "":
		return ""
	}
	return v.T("place.address", "Address", w.Address)
}

// keysAlive are the keys that still open something.
func keysAlive(keys []account.Key, now time.Time) []account.Key {
	var out []account.Key
	for _, k := range keys {
		if k.Living(now) {
			out = append(out, k)
		}
	}
	return out
}
