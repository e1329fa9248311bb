package web

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/account"
	"fondaco/internal/trade/treasury"
	"fondaco/internal/web/agents"
	"fondaco/internal/web/ui"
)

// agentOf reads which browser asks, for the record of where somebody came from.
func agentOf(header string) (browser, version, system string) {
	a := agents.Parse(header)
	major, _, _ := strings.Cut(a.Version, ".")
	return a.Browser, major, a.System
}

// oldBrowser says what to do about a browser that no longer gets security fixes,
// or "".
func (v *visit) oldBrowser() string {
	a := agents.Parse(v.r.UserAgent())
	j := agents.Judge(a, v.Now)
	if j.Verdict != agents.Old {
		return ""
	}
	return v.T("browser.advice."+string(j.Advice), "Browser", a.String(), "Minimum", j.Minimum)
}

// reasons words why a sign-in was blocked: the house names them by their codes.
func (v *visit) reasons(err error) []string {
	f := fault.Of(err)
	if f == nil || f.Code != "people.blocked" || f.Args["reasons"] == "" {
		return nil
	}
	return v.riskReasons(strings.Split(f.Args["reasons"], ", "))
}

// riskReasons words the codes of the model of risk.
func (v *visit) riskReasons(codes []string) []string {
	var out []string
	for _, code := range codes {
		if code == "known_device" {
			continue // speaks for the sign-in, not against it
		}
		if key := "risk." + code; v.has(key) {
			out = append(out, v.T(key))
		}
	}
	return out
}

// renewWhy says why a new password is asked for.
func (v *visit) renewWhy(why string) string {
	if v.has("renew.why." + why) {
		return v.T("renew.why." + why)
	}
	return v.T("renew.why.other")
}

// readyCode is what the phone of a sandbox's ready account shows now.
func (v *visit) readyCode(email string) string {
	if !v.house().Sandbox() {
		return ""
	}
	for _, d := range v.site.Demo {
		if strings.EqualFold(d.Email, email) && d.Code != nil {
			return d.Code()
		}
	}
	return ""
}

// mailLink is the path that a mail of the sandbox leads to: only paths of this house.
func (v *visit) mailLink(link string) string {
	u, err := url.Parse(link)
	if err != nil || u.Path == "" {
		return ""
	}
	return localPath(u.Path)
}

func hasKind(st account.State, k account.FactorKind) bool {
	return slices.ContainsFunc(st.Factors, func(f account.Factor) bool { return f.Kind == k })
}

// proofHint says which codes are taken.
func (v *visit) proofHint(st account.State) string {
	switch {
	case hasKind(st, account.TOTP) && st.RecoveryLeft > 0:
		return v.T("proof_of.both")
	case hasKind(st, account.TOTP):
		return v.T("proof_of.totp")
	}
	return v.T("proof_of.recovery")
}

func (v *visit) factorUsed(f account.Factor) string {
	if f.UsedAt.IsZero() {
		return v.T("factor.never_used", "When", v.Words.Date(f.AddedAt))
	}
	if v.Now.Sub(f.UsedAt) < time.Minute {
		return v.T("factor.just")
	}
	return v.T("factor.used", "When", v.Words.Relative(f.UsedAt, v.Now))
}

// sessionMeta says from where a session came, when it was used, and how strongly it
// was opened.
func (v *visit) sessionMeta(s assurance.Session) string {
	parts := []string{}
	if place := v.placeName(s.Where()); place != "" {
		parts = append(parts, place)
	}
	if v.Now.Sub(s.SeenAt) < time.Minute {
		parts = append(parts, v.T("sessions.just"))
	} else {
		parts = append(parts, v.T("sessions.seen", "When", v.Words.Relative(s.SeenAt, v.Now)))
	}
	if s.Kind == assurance.ProgramSession {
		parts = append(parts, v.T("sessions.program"))
	}
	if s.Factor == "" {
		parts = append(parts, v.T("sessions.weak"))
	} else {
		parts = append(parts, v.T("factor."+s.Factor))
	}
	return strings.Join(parts, " · ")
}

// hereState marks the session that looks.
func (v *visit) hereState(s assurance.Session) *ui.State {
	if s.ID != v.in.Session.ID {
		return nil
	}
	return &ui.State{Tone: ui.ToneAction, Icon: ui.IconMapPin, Word: v.T("sessions.here")}
}

func (v *visit) securityBack() *ui.Link {
	if v.in.Weak && v.staff() {
		return nil // nothing else is open to them yet
	}
	return &ui.Link{Label: v.T("security.title"), Href: "/security"}
}

func (v *visit) factorsBack() *ui.Link {
	return &ui.Link{Label: v.T("factors.title"), Href: "/security/factors"}
}

// payoutNumber shows of an account's number what tells it from others.
func payoutNumber(a treasury.PayoutAccount) string { return treasury.Masked(a.Number) }

// grouped writes a secret in groups of four, so that it can be typed from the page.
func grouped(secret string) string {
	var out []string
	for group := range slices.Chunk([]rune(secret), 4) {
		out = append(out, string(group))
	}
	return strings.Join(out, " ")
}
