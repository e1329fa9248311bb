package web_test

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"
	"github.com/pquerna/otp/totp"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/account"
	"fondaco/internal/trade/identity"
	"fondaco/internal/web"
	"fondaco/internal/web/words"
)

// code is what an authenticator app shows now.
func (h *house) code(secret string) string {
	h.t.Helper()
	code, err := totp.GenerateCode(secret, h.Now())
	h.must(err)
	return code
}

// addsTOTP adds an authenticator app by the pages, and answers its secret.
func (r *reader) addsTOTP(h *house) string {
	r.t.Helper()
	r.open("/security/factors").submit("form[action='/security/factors/totp']", "", nil)
	r.wants(http.StatusOK, "/security/factors/totp")
	secret := strings.ReplaceAll(r.page.Find(".id code").First().Text(), " ", "")
	if len(secret) != 32 || r.page.Find("svg path.qr-ink").Length() != 1 {
		r.t.Fatalf("the page shows the secret %q", secret)
	}
	r.submit("form[action$='/totp/confirm']", "", map[string]string{"code": h.code(secret), "label": "Work phone"})
	return secret
}

// knocks gives address and password.
func (r *reader) knocks(email, pw string) {
	r.t.Helper()
	r.open("/sign-in").submit("form[action='/sign-in']", "", map[string]string{"email": email, "password": pw})
}

func TestSignUpAndForgettingTellNobodyWhetherAnAddressIsKnown(t *testing.T) {
	t.Parallel()
	h := secured(t)
	h.joins("known@example.com", "K", "Known Ltd", "FR")
	for _, form := range []string{"/sign-up", "/forgot"} {
		said := map[string]string{}
		for _, email := range []string{"Known@Example.com", "new@example.com"} {
			r := h.visitor(words.English)
			write := map[string]string{"email": email}
			if form == "/sign-up" {
				write = map[string]string{"email": email, "name": "N", "password": password, "legal_name": "Other Ltd", "country": "FR", "registration": "1"}
			}
			r.open(form).submit("form[action='"+form+"']", "", write)
			r.wants(http.StatusOK, form)
			said[email] = r.text("main")
		}
		if said["Known@Example.com"] != said["new@example.com"] || !strings.Contains(said["new@example.com"], "mailbox") {
			t.Errorf("%s: %q", form, said)
		}
	}
	h.work()
	mails, err := h.store.Mails(t.Context(), "", 10)
	h.must(err)
	var links []string
	for _, m := range mails {
		u, err := url.Parse(m.Link)
		h.must(err)
		first, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
		links = append(links, m.To+" "+first)
	}
	slices.Sort(links)
	if got := strings.Join(links, ", "); got != "known@example.com forgot, known@example.com reset, new@example.com , new@example.com join" {
		t.Errorf("mails: %s", got)
	}
}

func TestALinkOfAMailDoesNothingBeforeAPersonPressesTheButton(t *testing.T) {
	t.Parallel()
	h := secured(t)
	r := h.visitor(words.Chinese)
	r.open("/sign-up").submit("form[action='/sign-up']", "", map[string]string{
		"email": "a@example.com", "name": "A", "password": password, "legal_name": "Alpha GmbH", "country": "DE", "registration": "HRB 1",
	})
	link := h.mailTo("a@example.com", "/join/")
	for range 2 { // a mail program, and a person
		r.open(link).wants(http.StatusOK, link)
		if got := r.header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("a page with a secret may be kept: %q", got)
		}
	}
	if r.open("/deals"); r.at.Path != "/sign-in" {
		t.Error("looking at the link has opened the account")
	}
	r.open(link).submit("form[action^='/join/']", "", nil)
	r.wants(http.StatusOK, "/")
	twice := h.visitor(words.English)
	twice.open(link).submit("form[action^='/join/']", "", nil)
	twice.wants(http.StatusUnprocessableEntity, link)
	if got := twice.text(".problem code"); got != "people.no_ticket" {
		t.Errorf("a link that was used says %q", got)
	}
}

func TestASuggestedPasswordKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	h := secured(t)
	r := h.visitor(words.English)
	r.open("/sign-up").submit("form[action='/sign-up']", "suggest", map[string]string{"email": "a@example.com", "legal_name": "Alpha GmbH"})
	r.wants(http.StatusOK, "/sign-up")
	word := r.page.Find("input[name=password]").AttrOr("value", "")
	kept := r.page.Find("input[name=email]").AttrOr("value", "") + r.page.Find("input[name=legal_name]").AttrOr("value", "")
	if len(word) != 20 || kept != "a@example.comAlpha GmbH" {
		t.Errorf("suggested %q beside %q", word, kept)
	}
	for _, class := range []string{`[a-z]`, `[A-Z]`, `[0-9]`, `[^a-zA-Z0-9]`} {
		if !regexp.MustCompile(class).MatchString(word) {
			t.Errorf("%q has none of %s", word, class)
		}
	}
	r.post("/password/strength", url.Values{"password": {"alpha2024"}, "legal_name": {"Alpha GmbH"}})
	said := words.For(words.English)
	for _, want := range []string{"password.weak.short", "password.weak.personal"} {
		if !strings.Contains(r.body, said.T(want)) {
			t.Errorf("the meter leaves out %s: %q", want, r.body)
		}
	}
	r.post("/password/strength", url.Values{"password": {word}})
	if !strings.Contains(r.body, said.T("password.score.4")) || strings.Contains(r.body, "<li>") {
		t.Errorf("the meter says of a suggestion: %q", r.body)
	}
}

func TestASecondFactorIsAskedForAndEachCodeCountsOnce(t *testing.T) {
	t.Parallel()
	h := secured(t)
	p := h.joins("o@example.com", "Olga Owner", "Owner Ltd", "FR")
	r := h.visitor(words.English)
	r.knocks(p.Email, password)
	r.wants(http.StatusOK, "/")
	if got := r.text(".flash .notice"); !strings.Contains(got, "Add a second factor") {
		t.Errorf("an owner without a factor is told %q", got)
	}
	secret := r.addsTOTP(h)
	r.wants(http.StatusOK, "/security/factors")
	if got := r.text(".card-title"); !strings.Contains(got, "Work phone") || r.page.Find(".flash .tone-clock").Length() != 0 {
		t.Errorf("factors: %q", got)
	}
	r.open("/security").post("/sign-out", nil)

	r.knocks(p.Email, password)
	r.wants(http.StatusOK, "/sign-in/step")
	if r.open("/deals"); r.at.Path != "/sign-in" {
		t.Fatal("the password alone opens the deals")
	}
	r.open("/sign-in/step").submit("form.form", "", map[string]string{"code": "000000"})
	r.wants(http.StatusUnauthorized, "/sign-in/step")
	h.clock.Advance(time.Minute)
	code := h.code(secret)
	r.submit("form.form", "", map[string]string{"code": code})
	r.wants(http.StatusOK, "/")
	thief := h.visitor(words.English)
	thief.knocks(p.Email, password)
	thief.submit("form.form", "", map[string]string{"code": code})
	if thief.status < 400 || thief.open("/deals").at.Path != "/sign-in" {
		t.Errorf("a code opened twice: %d", thief.status)
	}
}

func TestRecoveryCodesAreShownOnceAndWorkOnce(t *testing.T) {
	t.Parallel()
	h := secured(t)
	p := h.joins("o@example.com", "O", "Owner Ltd", "FR")
	r := h.visitor(words.Chinese)
	r.knocks(p.Email, password)
	secret := r.addsTOTP(h)
	r.open("/security/factors/recovery").submit("form[action$='/recovery']", "", nil)
	r.wants(http.StatusForbidden, "/security/factors/recovery")
	h.clock.Advance(time.Minute)
	r.submit("form[action$='/recovery']", "", map[string]string{"proof_code": h.code(secret)})
	r.wants(http.StatusOK, "/security/factors/recovery")
	codes := r.page.Find(".recovery-codes code")
	if codes.Length() != 10 {
		t.Fatalf("%d codes: %s", codes.Length(), r.trouble())
	}
	one := codes.First().Text()
	for i, want := range []int{http.StatusOK, http.StatusUnauthorized} {
		other := h.visitor(words.English)
		other.knocks(p.Email, password)
		other.submit("details form", "", map[string]string{"code": strings.ToLower(one)})
		if other.status != want {
			t.Errorf("use %d is answered with %d: %s", i+1, other.status, other.trouble())
		}
	}
}

func TestAPasskeyIsAddedAndSignsInAlone(t *testing.T) {
	t.Parallel()
	h := secured(t)
	p := h.joins("o@example.com", "O", "Owner Ltd", "FR")
	r := h.visitor(words.English)
	r.knocks(p.Email, password)
	rp := virtualwebauthn.RelyingParty{ID: "localhost", Name: "Hanse Assurance", Origin: h.public}
	device, key := virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: []byte(p.Account)}), newPasskey()
	begun := func(path string) (ticket string, options []byte) {
		var c struct {
			Ticket  string          `json:"ticket"`
			Options json.RawMessage `json:"options"`
		}
		r.post(path, nil)
		h.must(json.Unmarshal([]byte(r.body), &c))
		return c.Ticket, c.Options
	}
	ticket, options := begun("/security/factors/passkey/options")
	create, err := virtualwebauthn.ParseAttestationOptions(string(options))
	h.must(err)
	r.post("/security/factors/passkey", url.Values{"ticket": {ticket}, "response": {virtualwebauthn.CreateAttestationResponse(rp, device, key, *create)}, "label": {"Laptop"}})
	r.wants(http.StatusOK, "/security/factors")
	r.post("/sign-out", nil)

	answer := func() url.Values {
		ticket, options := begun("/sign-in/passkey/options")
		get, err := virtualwebauthn.ParseAssertionOptions(string(options))
		h.must(err)
		return url.Values{"ticket": {ticket}, "response": {virtualwebauthn.CreateAssertionResponse(rp, device, key, *get)}, "next": {"/money"}}
	}
	values := answer()
	r.post("/sign-in/passkey", values)
	r.wants(http.StatusOK, "/money")
	r.open("/security/activity")
	if got := r.text(".timeline li:first-child"); !strings.Contains(got, "Signed in with a passkey") {
		t.Errorf("the log says %q", got)
	}
	thief := h.visitor(words.English)
	thief.post("/sign-in/passkey", values)
	thief.wants(http.StatusUnprocessableEntity, "/sign-in/passkey")
	rp.Origin = "https://evil.example"
	r.post("/sign-out", nil)
	r.post("/sign-in/passkey", answer())
	if r.status < 400 || r.open("/money").at.Path != "/sign-in" {
		t.Errorf("an answer for another site opens the house: %d", r.status)
	}
}

// newPasskey has a public key of full length: one in 128 of the virtual device is cut.
func newPasskey() virtualwebauthn.Credential {
	for {
		if c := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2); len(c.Key.AttestationData()) == 77 {
			return c
		}
	}
}

func TestStaffWithoutAFactorSeeTheirFactorsAndNothingElse(t *testing.T) {
	t.Parallel()
	h := secured(t)
	p := h.hires("c@house.example", identity.Compliance)
	r := h.visitor(words.English)
	r.knocks(p.Email, password)
	r.wants(http.StatusOK, "/security/factors")
	hole := regexp.MustCompile(`\{\w+\}`)
	for _, route := range web.Routes() {
		if route.Public || strings.HasPrefix(route.Path, "/security/factors") || route.Path == "/security/proof" {
			continue
		}
		path := hole.ReplaceAllString(route.Path, "x")
		if route.Method == http.MethodGet {
			r.open(path)
		} else {
			r.post(path, url.Values{})
		}
		if r.at.Path != "/security/factors" && r.status != http.StatusForbidden {
			t.Errorf("%s %s answers with %d at %s", route.Method, path, r.status, r.at.Path)
		}
	}
	if r.open("/"); r.at.Path != "/security/factors" {
		t.Errorf("the desk is open at %s", r.at)
	}
	secret := r.addsTOTP(h)
	r.wants(http.StatusOK, "/sign-in")
	h.clock.Advance(time.Minute)
	r.knocks(p.Email, password)
	r.submit("form.form", "", map[string]string{"code": h.code(secret)})
	r.wants(http.StatusOK, "/")
	r.open("/desk/deposits").wants(http.StatusOK, "/desk/deposits")
}

func TestASessionEndsIdleInTheEndAndByItsOwner(t *testing.T) {
	t.Parallel()
	h := secured(t)
	p := h.joins("o@example.com", "O", "Owner Ltd", "FR")
	idle, polled, busy := h.visitor(words.English), h.visitor(words.English), h.visitor(words.English)
	readers := []*reader{idle, polled, busy}
	for _, r := range readers {
		r.knocks(p.Email, password)
		if r.at.Path == "/sign-in/step" { // a further browser is unusual: the mailbox is asked
			r.submit("form.form", "", map[string]string{"code": h.mailedCode(p.Email)})
		}
		r.wants(http.StatusOK, "/")
	}
	in := func(r *reader) bool { return r.open("/deals").at.Path == "/deals" }
	for range 3 {
		h.clock.Advance(25 * time.Minute)
		polled.polls("/deals")
		if !in(busy) {
			t.Fatal("a session in use has ended")
		}
	}
	if in(idle) || in(polled) {
		t.Errorf("idle %v, polled %v are still in", in(idle), in(polled))
	}
	for range 27 {
		h.clock.Advance(25 * time.Minute)
		busy.open("/deals")
	}
	if in(busy) {
		t.Error("a session lives longer than twelve hours")
	}

	first, second := h.visitor(words.English), busy
	for _, r := range []*reader{first, second} {
		r.knocks(p.Email, password)
		if r.at.Path == "/sign-in/step" {
			r.submit("form.form", "", map[string]string{"code": h.mailedCode(p.Email)})
		}
		r.wants(http.StatusOK, "/")
	}
	second.open("/security/sessions")
	if n := second.page.Find(".review-list > li").Length(); n != 2 {
		t.Errorf("%d sessions are listed", n)
	}
	second.submit("form[action$='/end-others']", "", nil)
	if in(first) || !in(second) {
		t.Errorf("after ending the others: other in %v, own in %v", in(first), in(second))
	}
}

// polls asks as a page that keeps itself up to date.
func (r *reader) polls(path string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.base+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("HX-Request", "true")
	r.send(req)
}

// mailedCode is the newest code in a person's mailbox.
func (h *house) mailedCode(email string) string {
	h.t.Helper()
	h.work()
	mails, err := h.store.Mails(h.t.Context(), email, 20)
	h.must(err)
	for _, m := range mails {
		if code := regexp.MustCompile(`code: (\d{6})`).FindStringSubmatch(m.Text); code != nil {
			return code[1]
		}
	}
	h.t.Fatalf("no code in %+v", mails)
	return ""
}

func TestTheDatabaseHoldsNothingThatOpensASession(t *testing.T) {
	t.Parallel()
	h := secured(t)
	p := h.joins("o@example.com", "O", "Owner Ltd", "FR")
	r := h.visitor(words.English)
	r.knocks(p.Email, password)
	r.open("/security").wants(http.StatusOK, "/security")
	token := sessionOf(t, r)
	files, err := filepath.Glob(filepath.Join(h.folder, "house.db*"))
	h.must(err)
	seen := 0
	for _, name := range files {
		data, err := os.ReadFile(name)
		h.must(err)
		seen += strings.Count(string(data), p.Email)
		for _, secret := range []string{"fdk_", token} {
			if strings.Contains(string(data), secret) {
				t.Errorf("%s holds %s", filepath.Base(name), secret)
			}
		}
	}
	if seen == 0 {
		t.Error("the files that were read are not those of the house")
	}
}

func TestStrangersCannotKeepTheOwnerOut(t *testing.T) {
	t.Parallel()
	h := secured(t)
	p := h.joins("o@example.com", "O", "Owner Ltd", "FR")
	owner, stranger := h.visitor(words.English), h.visitor(words.English)
	owner.knocks(p.Email, password)
	owner.post("/sign-out", nil)
	for range 12 {
		stranger.knocks(p.Email, "guess after guess")
	}
	stranger.wants(http.StatusTooManyRequests, "/sign-in")
	if got := stranger.header.Get("Retry-After"); got == "" {
		t.Error("nobody says when to come back")
	}
	owner.knocks(p.Email, password)
	if owner.at.Path == "/sign-in/step" {
		owner.submit("form.form", "", map[string]string{"code": h.mailedCode(p.Email)})
	}
	owner.wants(http.StatusOK, "/")
}

func TestABlockedSignInSaysWhyInWords(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{words.English, words.Chinese} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			h := opens(t, func(c *assurance.Config, public string) {
				secure(t, c, public)
				c.Attacks = func(string) bool { return true }
			})
			p := h.joins("o@example.com", "O", "Owner Ltd", "FR")
			r := h.visitor(lang)
			r.knocks(p.Email, password)
			r.wants(http.StatusForbidden, "/sign-in")
			if want := words.For(lang).T("risk.attack_list"); !strings.Contains(r.text("main"), want) {
				t.Errorf("the page does not say %q: %s", want, r.text("main"))
			}
		})
	}
}

func TestABrowserIsNamedBeforeItSignsInAndAnOldOneIsWarned(t *testing.T) {
	t.Parallel()
	h := secured(t, func(c *web.Config) { c.Secure = true })
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.server.URL+"/sign-in", nil)
	h.must(err)
	res, err := http.DefaultClient.Do(req)
	h.must(err)
	h.must(res.Body.Close())
	named := false
	for _, c := range res.Cookies() {
		if c.Name == "__Host-fondaco_device" {
			named = c.HttpOnly && c.Secure && c.SameSite == http.SameSiteLaxMode && c.MaxAge >= 360*24*3600 && len(c.Value) == 26
		}
	}
	if !named {
		t.Errorf("cookies %v", res.Cookies())
	}
	for agent, old := range map[string]bool{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/83.0.4103.116 Safari/537.36":  true,
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/999.0.4103.116 Safari/537.36": false,
		"": false,
	} {
		r := h.visitor(words.English)
		r.agent = agent
		if got := strings.Contains(r.open("/sign-in").text(".notice"), "no security fixes"); got != old {
			t.Errorf("%q: warned %v", agent, got)
		}
	}
}

func TestForgettingThePasswordKeepsTheFactorAndEndsSessions(t *testing.T) {
	t.Parallel()
	h := secured(t)
	p := h.joins("o@example.com", "O", "Owner Ltd", "FR")
	r := h.visitor(words.English)
	r.knocks(p.Email, password)
	secret := r.addsTOTP(h)
	other := h.visitor(words.English)
	other.open("/forgot").submit("form[action='/forgot']", "", map[string]string{"email": p.Email})
	link := h.mailTo(p.Email, "/reset/")
	other.open(link).submit("form[action^='/reset/']", "", map[string]string{"password": "short"})
	other.wants(http.StatusUnprocessableEntity, link)
	other.submit("form[action^='/reset/']", "", map[string]string{"password": "seven grey herons wade upstream"})
	other.wants(http.StatusOK, "/sign-in")
	if r.open("/deals"); r.at.Path != "/sign-in" {
		t.Error("the session of before lives on")
	}
	other.knocks(p.Email, password)
	other.wants(http.StatusUnauthorized, "/sign-in")
	h.clock.Advance(time.Minute)
	other.knocks(p.Email, "seven grey herons wade upstream")
	other.wants(http.StatusOK, "/sign-in/step")
	other.submit("form.form", "", map[string]string{"code": h.code(secret)})
	other.wants(http.StatusOK, "/")
}

func TestAChangeOfAddressWaitsAndTheOldAddressUndoesIt(t *testing.T) {
	t.Parallel()
	h := secured(t)
	p := h.joins("old@example.com", "O", "Owner Ltd", "FR")
	r := h.visitor(words.English)
	ask := func(email string) {
		r.knocks(p.Email, password)
		r.wants(http.StatusOK, "/")
		r.open("/security/email").submit("form[action='/security/email']", "", map[string]string{"email": email, "password": password})
		r.wants(http.StatusOK, "/security/email")
		if got := r.text(".notice"); !strings.Contains(got, "waits") {
			t.Errorf("the page says %q", got)
		}
	}
	ask("thief@example.com")
	take, undo := h.mailTo("thief@example.com", "/email/"), h.mailTo("old@example.com", "/email/undo/")
	reader := h.visitor(words.English) // of the mailboxes
	reader.open(take).submit("form[action^='/email/']", "", nil)
	reader.wants(http.StatusUnprocessableEntity, take)
	if got := reader.text(".problem"); !strings.Contains(got, "2027") {
		t.Errorf("nobody says until when it waits: %q", got)
	}
	reader.open(undo).submit("form[action^='/email/undo/']", "", nil)
	reader.wants(http.StatusOK, "/sign-in")
	h.clock.Advance(73 * time.Hour)
	reader.open(take).submit("form[action^='/email/']", "", nil)
	if reader.status < 400 {
		t.Error("a change that was undone is carried out")
	}
	ask("new@example.com")
	take = h.mailTo("new@example.com", "/email/")
	h.clock.Advance(73 * time.Hour)
	reader.open(take).submit("form[action^='/email/']", "", nil)
	reader.wants(http.StatusOK, "/sign-in")
	r.knocks("new@example.com", password)
	r.wants(http.StatusOK, "/")
}

func TestTheLogIsFilteredTakenOutAndNoted(t *testing.T) {
	t.Parallel()
	h := secured(t)
	p := h.joins("o@example.com", "=HYPERLINK(1)", "Owner Ltd", "FR")
	r := h.visitor(words.English)
	r.agent = "Mozilla/5.0 (X11; Linux x86_64; rv:999.0) Gecko/20100101 Firefox/999.0"
	r.knocks(p.Email, password)
	secret := r.addsTOTP(h)
	r.open("/security/activity?topic=factors")
	if n := r.page.Find(".timeline > li").Length(); n != 1 || !strings.Contains(r.text(".timeline"), "Authenticator app") || !strings.Contains(r.text(".timeline"), "Firefox 999 on Linux") {
		t.Errorf("%d lines: %q", n, r.text(".timeline"))
	}
	proof := r.page.Find(".timeline a[href^='/proof/']").AttrOr("href", "")
	r.open(proof).wants(http.StatusOK, "/proof/")
	r.open("/security/activity?from=2027-03-02")
	if n := r.page.Find(".timeline > li").Length(); n != 0 {
		t.Errorf("%d lines of a day that has not come", n)
	}
	r.open("/security/activity?from=2027-03-01&to=2027-03-01").submit("form[action$='/export']", "", map[string]string{})
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(r.body, "\ufeff"))).ReadAll()
	h.must(err)
	if len(rows) < 5 || rows[1][2] != "'=HYPERLINK(1)" || rows[1][3] != string(account.Exported) {
		t.Errorf("the sheet: %q", rows)
	}
	r.post("/security/activity/export", url.Values{"format": {"json"}, "topic": {"exports"}})
	var lines []struct {
		Event account.Event `json:"event"`
	}
	h.must(json.Unmarshal([]byte(r.body), &lines))
	if len(lines) != 2 || lines[0].Event.What != account.Exported || strings.Contains(r.body, secret) {
		t.Errorf("the file: %s", r.body)
	}
}

func TestAnOwnerReadsTheCompanysLogAndATraderOnlyTheOwn(t *testing.T) {
	t.Parallel()
	h := secured(t)
	owner := h.joins("o@example.com", "Olga Owner", "Owner Ltd", "FR")
	other := h.joins("s@example.com", "Stefan Stranger", "Stranger Ltd", "FR")
	a, b := h.visitor(words.English), h.visitor(words.English)
	a.knocks(owner.Email, password)
	b.knocks(other.Email, password)
	a.open("/security/activity?whose=company")
	if got := a.text(".timeline"); !strings.Contains(got, "Olga Owner") || strings.Contains(got, "Stefan") {
		t.Errorf("the company's log: %q", got)
	}
	a.open("/security/activity?whose=house")
	if got := a.text(".tabs a[aria-current]"); got != "Your account" {
		t.Errorf("a member who asks for the house's log is shown %q", got)
	}
}

func TestThisWasNotMeClosesEverything(t *testing.T) {
	t.Parallel()
	h := secured(t)
	p := h.joins("o@example.com", "O", "Owner Ltd", "FR")
	thief := h.visitor(words.English)
	thief.knocks(p.Email, password)
	owner := h.visitor(words.English)
	owner.knocks(p.Email, password)
	if owner.at.Path == "/sign-in/step" {
		owner.submit("form.form", "", map[string]string{"code": h.mailedCode(p.Email)})
	}
	owner.wants(http.StatusOK, "/")
	owner.open("/security/activity")
	href := owner.page.Find("a[href^='/security/not-me']").Last().AttrOr("href", "")
	owner.open(href).wants(http.StatusOK, "/security/not-me")
	if thief.open("/deals"); thief.at.Path != "/deals" {
		t.Fatal("looking at the page has ended sessions")
	}
	owner.submit("form[action='/security/not-me']", "", nil)
	owner.wants(http.StatusOK, "/security/not-me")
	for name, r := range map[string]*reader{"thief": thief, "owner": owner} {
		if r.open("/deals"); r.at.Path != "/sign-in" {
			t.Errorf("the %s is still in", name)
		}
	}
	thief.knocks(p.Email, password)
	if thief.status < 400 || thief.open("/deals").at.Path != "/sign-in" {
		t.Errorf("the old password still opens the account: %d", thief.status)
	}
}

func TestTheReviewIsDueAndConfirmed(t *testing.T) {
	t.Parallel()
	h := secured(t)
	p := h.joins("o@example.com", "O", "Owner Ltd", "FR")
	h.clock.Advance(91 * 24 * time.Hour)
	r := h.visitor(words.Chinese)
	r.knocks(p.Email, password)
	due := words.For(words.Chinese).T("security.due")
	if got := r.open("/security").text(".notice strong"); !strings.Contains(got, due) {
		t.Errorf("after 91 days the page says %q", got)
	}
	r.submit("form#review", "", nil)
	r.wants(http.StatusOK, "/security")
	if got := r.text(".notice strong"); strings.Contains(got, due) {
		t.Error("the review is still due")
	}
	r.open("/security/activity?topic=account")
	if got := r.text(".timeline li:first-child"); !strings.Contains(got, words.For(words.Chinese).T("activity.what.reviewed")) {
		t.Errorf("the log says %q", got)
	}
	for _, path := range []string{"/security", "/security/factors", "/security/sessions", "/security/keys", "/security/password", "/security/email", "/security/activity", "/security/not-me?session=x", "/mail"} {
		r.open(path).wants(http.StatusOK, strings.Split(path, "?")[0])
		if left := accountKey.FindString(r.page.Find("main").Text()); left != "" {
			t.Errorf("%s: a key without a sentence: %q", path, left)
		}
	}
}

// accountKey finds a key of these pages that is shown instead of its sentence.
var accountKey = regexp.MustCompile(`\b(?:security|factors?|activity|sessions|recovery|step|renew|password|mailbox|browser|risk|keys|scope|role|email|not_me|disowned)\.[a-z_]+(?:\.[a-z_]+)*\b|<no value>|%!`)

func TestAChangedPasswordEndsOtherSessionsAndAWrongOneChangesNothing(t *testing.T) {
	t.Parallel()
	h := secured(t)
	p := h.joins("o@example.com", "O", "Owner Ltd", "FR")
	r := h.visitor(words.English)
	r.knocks(p.Email, password)
	r.open("/security/password").submit("form[action='/security/password']", "", map[string]string{"current": "not this one", "password": "seven grey herons wade upstream"})
	r.wants(http.StatusUnprocessableEntity, "/security/password")
	if r.page.Find("#f-current[aria-invalid=true]").Length() != 1 {
		t.Errorf("the field is not marked: %s", r.trouble())
	}
	r.submit("form[action='/security/password']", "", map[string]string{"current": password, "password": "seven grey herons wade upstream"})
	r.wants(http.StatusOK, "/security")
	other := h.visitor(words.English)
	other.knocks(p.Email, password)
	other.wants(http.StatusUnauthorized, "/sign-in")
}
