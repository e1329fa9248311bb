package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/identity"
	"fondaco/internal/web"
	"fondaco/internal/web/words"
)

func TestTheSandboxPlaysThePhoneOfAReadyAccount(t *testing.T) {
	t.Parallel()
	shown := "418 302"
	h := secured(t, func(c *web.Config) {
		c.Demo = []web.SignIn{{Email: "o@example.com", Password: password, Name: "O", Role: "Owner Ltd", Code: func() string { return shown }}}
	})
	p, other := h.joins("o@example.com", "O", "Owner Ltd", "FR"), h.joins("s@example.com", "S", "Second Ltd", "FR")
	for _, who := range []assurance.Person{p, other} {
		first := h.visitor(words.English)
		first.knocks(who.Email, password)
		first.addsTOTP(h)
		r := h.visitor(words.English)
		r.knocks(who.Email, password)
		r.wants(http.StatusOK, "/sign-in/step")
		if got, want := r.text("#sandbox-code") == shown, who.Email == p.Email; got != want {
			t.Errorf("%s: the code is shown: %v", who.Email, got)
		}
	}
}

func TestAnUnusualSignInStandsOnTheDashboardUntilItIsReviewed(t *testing.T) {
	t.Parallel()
	h := secured(t)
	p := h.joins("o@example.com", "O", "Owner Ltd", "FR")
	owner, other := h.visitor(words.English), h.visitor(words.English)
	owner.agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36"
	other.agent = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"
	owner.knocks(p.Email, password)
	if n := owner.open("/").page.Find(".alerts").Length(); n != 0 {
		t.Errorf("the first sign-in of all is called unusual")
	}
	h.clock.Advance(time.Minute)
	other.knocks(p.Email, password)
	if other.at.Path == "/sign-in/step" {
		other.submit("form.form", "", map[string]string{"code": h.mailedCode(p.Email)})
	}
	other.wants(http.StatusOK, "/")
	if n := other.page.Find(".alerts").Length(); n != 0 {
		t.Error("a session is warned of itself")
	}
	owner.open("/")
	if got := owner.text(".alerts"); !strings.Contains(got, "Firefox 150 on Linux") || !strings.Contains(got, "This was not me") {
		t.Errorf("the dashboard says %q", got)
	}
	h.clock.Advance(time.Minute)
	owner.open("/security").submit("form#review", "", nil)
	if n := owner.open("/").page.Find(".alerts").Length(); n != 0 {
		t.Error("what was reviewed is shown again")
	}
}

func TestAKeyIsSignedShownOnceAndTakenBack(t *testing.T) {
	t.Parallel()
	h := secured(t)
	s := h.signs(h.joins("o@example.com", "O", "Owner Ltd", "FR"), words.English)
	s.open("/security/keys").submit("form[action='/security/keys']", "", map[string]string{"label": "Warehouse", "days": "0"})
	s.wants(http.StatusUnprocessableEntity, "/security/keys")
	if got := s.page.Find("#f-days[aria-invalid=true], #f-scopes .mistake").Length(); got != 2 || s.page.Find("#f-label").AttrOr("value", "") != "Warehouse" {
		t.Errorf("%d fields are marked: %s", got, s.trouble())
	}
	path, values := s.filled("form[action='/security/keys']", map[string]string{"label": "Warehouse", "days": "30", "ceiling": "1,000.00"})
	values["scopes"] = []string{"ship", "release"}
	s.post(path, values)
	s.wants(http.StatusOK, "/approvals/")
	if got := s.text("main"); !strings.Contains(got, "Warehouse") || !strings.Contains(got, "1,000.00") {
		t.Errorf("what is signed leaves out the bounds: %q", got)
	}
	s.agrees()
	secret := s.page.Find(".id code").First().Text()
	if !strings.HasPrefix(secret, "fdk_") {
		t.Fatalf("no key is shown at %s: %s", s.at, s.text("main"))
	}
	in, err := h.Present(t.Context(), secret)
	h.must(err)
	if in.Mandate == nil || strings.Join(in.Mandate.Scopes, " ") != "ship release" || in.Mandate.Ceiling[0] != usd(100_000) {
		t.Errorf("the key may %+v", in.Mandate)
	}
	s.open("/security/keys")
	if got := s.text(".review-list"); !strings.Contains(got, "Warehouse") || strings.Contains(s.body, secret) {
		t.Errorf("the list says %q", got)
	}
	s.submit("form[action='/security/keys/end']", "", nil)
	if _, err := h.Present(t.Context(), secret); err == nil {
		t.Error("a key that was taken back opens the house")
	}
}

func TestAuditorsReadTheLogOfTheHouseAndOthersDoNot(t *testing.T) {
	t.Parallel()
	h := secured(t)
	auditor := h.signs(h.hires("auditor@house.example", identity.Auditor), words.English)
	teller := h.signs(h.hires("treasury@house.example", identity.Treasury), words.English)
	h.joins("o@example.com", "Olga Owner", "Owner Ltd", "FR")
	auditor.open("/security/activity?whose=house")
	if got := auditor.text(".timeline"); !strings.Contains(got, "Staff treasury") || strings.Contains(got, "Olga") {
		t.Errorf("the auditor reads %q", got)
	}
	teller.open("/security/activity?whose=house")
	if got := teller.text(".timeline"); got == "" || strings.Contains(got, "Staff auditor") {
		t.Errorf("the treasury reads %q", got)
	}
}

func TestASignInEndsTheSessionOfBefore(t *testing.T) {
	t.Parallel()
	h := secured(t)
	p := h.joins("o@example.com", "O", "Owner Ltd", "FR")
	r := h.visitor(words.English)
	r.knocks(p.Email, password)
	r.open("/sign-in?again=1").submit("form[action='/sign-in']", "", map[string]string{"email": p.Email, "password": password})
	r.wants(http.StatusOK, "/")
	r.open("/security/sessions")
	if n := r.page.Find(".review-list > li").Length(); n != 1 {
		t.Errorf("%d sessions are listed", n)
	}
}

// TestWhatChangesTheWayInAsksForAYoungSession: the page says so, and leads back.
func TestWhatChangesTheWayInAsksForAYoungSession(t *testing.T) {
	t.Parallel()
	h := secured(t)
	p := h.joins("o@example.com", "O", "Owner Ltd", "FR")
	r := h.visitor(words.English)
	r.knocks(p.Email, password)
	h.clock.Advance(18 * time.Minute)
	r.open("/security/factors").submit("form[action='/security/factors/totp']", "", nil)
	secret := strings.ReplaceAll(r.page.Find(".id code").First().Text(), " ", "")
	r.submit("form[action$='/totp/confirm']", "", map[string]string{"code": h.code(secret)})
	r.wants(http.StatusForbidden, "/security/factors/totp")
	again := r.page.Find(".problem-act a").First().AttrOr("href", "")
	r.open(again).submit("form[action='/sign-in']", "", map[string]string{"email": p.Email, "password": password})
	r.wants(http.StatusOK, "/security/factors")
	r.addsTOTP(h)
	r.wants(http.StatusOK, "/security/factors")
	if got := r.text(".card-title"); !strings.Contains(got, "Work phone") {
		t.Errorf("factors: %q", got)
	}
}

// TestNobodyIsSentToAProviderWhoHasNotPressedTheLink: another site's link, and a word
// of another page, only show where it would lead.
func TestNobodyIsSentToAProviderWhoHasNotPressedTheLink(t *testing.T) {
	t.Parallel()
	h := secured(t)
	party := string(h.joins("o@example.com", "O", "Owner Ltd", "FR").Party)
	r, other := h.visitor(words.English), h.visitor(words.English)
	r.open("/sso/"+party).wants(http.StatusOK, "/sso/")
	link := r.page.Find("a[href*='go=']").AttrOr("href", "")
	if !strings.Contains(r.text("main"), "Owner Ltd") || link == "" {
		t.Fatalf("the page says %q", r.text("main"))
	}
	for _, way := range []string{link, "/sso/" + party + "?go=", "/sso/" + party + "?go=" + party} {
		if other.open(way); other.status != http.StatusOK || other.page.Find("a[href*='go=']").Length() != 1 {
			t.Errorf("%s leaves at once: %d", way, other.status)
		}
	}
	r.open(link) // this house has no provider, so it says so instead of leaving
	if got := r.text(".problem code"); got != "people.no_sso" {
		t.Errorf("with the word of its page the link says %q", got)
	}
}
