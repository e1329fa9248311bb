package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"fondaco/internal/assurance"
	"fondaco/internal/web/webtest"
	"fondaco/internal/web/words"
)

// authenticator puts a virtual device into the browser, as somebody holds one whose
// finger is known to it.
func authenticator() chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		if _, err := cdp.Call(ctx, t, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return chromedp.Void{}, err
		}
		_, err := cdp.Call(ctx, t, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
		}})
		return chromedp.Void{}, err
	}
}

// TestAPasskeyIsMadeAndUsedInARealBrowser signs in with a password, adds a passkey
// by the script of the page, comes in again with the passkey alone, and proves with
// it that recovery codes may be made.
func TestAPasskeyIsMadeAndUsedInARealBrowser(t *testing.T) {
	t.Parallel()
	b, h := webtest.Open(t), secured(t)
	p := h.joins("o@example.com", "Olga Owner", "Owner Ltd", "FR")
	sheet := b.Visit(t, h.public+"/sign-in", webtest.Phone())
	sheet.Do(t,
		authenticator(),
		chromedp.SendKeys(chromedp.CSS(`#f-email`), p.Email),
		chromedp.SendKeys(chromedp.CSS(`#f-password`), password+"\r"),
		chromedp.WaitVisible(chromedp.CSS(`.flash a[href="/security/factors"]`)),
		chromedp.Click(chromedp.CSS(`.flash a[href="/security/factors"]`)),
		chromedp.WaitVisible(chromedp.CSS(`#add-passkey`)),
		chromedp.SendKeys(chromedp.CSS(`#add-passkey #f-label`), "My phone"),
		chromedp.Click(chromedp.CSS(`#add-passkey button[type=submit]`)),
		chromedp.WaitVisible(chromedp.CSS(`.card form[action$="/rename"]`)),
	)
	if got := sheet.Ask(t, `document.querySelector("main").innerText`); !strings.Contains(got, "My phone") || !strings.Contains(got, "strongest") {
		t.Errorf("the page says %q", got)
	}
	sheet.Do(t,
		chromedp.Navigate(h.public+"/security/factors/recovery"),
		chromedp.WaitVisible(chromedp.CSS(`button[data-prove]`)),
		chromedp.Click(chromedp.CSS(`button[data-prove]`)),
		chromedp.WaitVisible(chromedp.CSS(`.recovery-codes`)),
	)
	if got := sheet.Ask(t, `document.querySelectorAll(".recovery-codes code").length`); got != "10" {
		t.Errorf("%s codes", got)
	}
	sheet.Ask(t, `document.querySelector("form[action='/sign-out']").submit()`)
	sheet.Do(t,
		chromedp.WaitVisible(chromedp.CSS(`.passkey-door button`)),
		chromedp.Click(chromedp.CSS(`.passkey-door button`)),
		chromedp.WaitVisible(chromedp.CSS(`a[href="/deals/new"]`)),
	)
	if got := sheet.Ask(t, `location.pathname`); got != "/" {
		t.Errorf("the passkey leads to %s", got)
	}
	for _, problem := range sheet.Problems() {
		t.Errorf("the browser complains: %s", problem)
	}
}

// TestTheMeterSpeaksWhileAPasswordIsTyped: the page asks the house, which names what
// is weak; a suggestion comes back in the clear.
func TestTheMeterSpeaksWhileAPasswordIsTyped(t *testing.T) {
	t.Parallel()
	b, h := webtest.Open(t), secured(t)
	sheet := b.Visit(t, h.public+"/sign-up", webtest.Desk())
	sheet.Do(t,
		chromedp.SendKeys(chromedp.CSS(`#f-legal_name`), "Alpha Trading"),
		chromedp.SendKeys(chromedp.CSS(`#f-password`), "alpha2024"),
	)
	said := words.For(words.English)
	sheet.Hears(t, "#meter", said.T("password.weak.short"), said.T("password.weak.personal"))
	sheet.Do(t,
		chromedp.Click(chromedp.CSS(`button[value=suggest]`)),
		chromedp.WaitVisible(chromedp.CSS(`input[name=password][type=text]`)),
	)
	if got := sheet.Ask(t, `document.querySelector("#f-legal_name").value + document.querySelector("#f-password").value.length`); got != "Alpha Trading20" {
		t.Errorf("the form came back as %q", got)
	}
	for _, problem := range sheet.Problems() {
		t.Errorf("the browser complains: %s", problem)
	}
}

// life is a house with an account that much has happened to.
type life struct {
	*house
	person            assurance.Person
	in, desk, halfway *reader // with a phone, at the desk, and before the second factor
}

func lived(t testing.TB) life {
	t.Helper()
	h := secured(t)
	p := h.joins("annegret@rpm.example", "Annegret Lindqvist", longName, "DE")
	desk := h.visitor(words.English)
	desk.agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36"
	desk.knocks(p.Email, password)
	secret := desk.addsTOTP(h)
	h.clock.Advance(26 * time.Hour)
	stranger := h.visitor(words.English)
	stranger.agent = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"
	stranger.knocks(p.Email, "guess after guess")
	stranger.knocks(p.Email, password)
	stranger.submit("form.form", "", map[string]string{"code": "123456"})
	h.clock.Advance(3 * time.Hour)
	desk.knocks(p.Email, password)
	desk.submit("form.form", "", map[string]string{"code": h.code(secret)})
	h.clock.Advance(time.Minute)
	desk.open("/security/factors/recovery").submit("form[action$='/recovery']", "", map[string]string{"proof_code": h.code(secret)})
	h.clock.Advance(40 * 24 * time.Hour)
	in := h.visitor(words.English)
	in.agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1"
	in.knocks(p.Email, password)
	in.submit("form.form", "", map[string]string{"code": h.code(secret)})
	desk.knocks(p.Email, password)
	h.clock.Advance(time.Minute)
	desk.submit("form.form", "", map[string]string{"code": h.code(secret)})
	in.wants(http.StatusOK, "/")
	halfway := h.visitor(words.English)
	halfway.knocks(p.Email, password)
	return life{h, p, in, desk, halfway}
}

// cookieOf is the visit of a reader, for a browser.
func cookieOf(t *testing.T, r *reader) *http.Cookie {
	t.Helper()
	return &http.Cookie{Name: "fondaco_session", Value: sessionOf(t, r)}
}

func TestTheAccountsPagesFitAndAreAccessible(t *testing.T) {
	t.Parallel()
	b := webtest.Open(t)
	h := lived(t)
	h.joins("second@example.com", "Second Person", "Second Ltd", "FR")
	in := cookieOf(t, h.in)
	offered := h.visitor(words.English)
	offered.knocks("second@example.com", password)
	offered.open("/security/factors").submit("form[action='/security/factors/totp']", "", nil)
	h.visitor(words.English).open("/forgot").submit("form[action='/forgot']", "", map[string]string{"email": h.person.Email})
	reset := h.mailTo(h.person.Email, "/reset/")
	h.inspects(b, []sight{
		{"activity", "/security/activity", in},
		{"security", "/security", in},
		{"factors", "/security/factors", in},
		{"factors-none", "/security/factors", cookieOf(t, offered)},
		{"home-weak", "/", cookieOf(t, offered)},
		{"home-alerts", "/", cookieOf(t, h.desk)},
		{"totp", "/security/factors/totp", cookieOf(t, offered)},
		{"recovery", "/security/factors/recovery", in},
		{"sessions", "/security/sessions", in},
		{"keys", "/security/keys", in},
		{"password", "/security/password", in},
		{"email", "/security/email", in},
		{"not-me", "/security/not-me?session=x", in},
		{"step", "/sign-in/step", cookieOf(t, h.halfway)},
		{"forgot", "/forgot", nil},
		{"reset", reset, nil},
		{"join", "/join/none", nil},
		{"mail", "/mail", nil},
	})
}
