package web_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/passkey"
	"fondaco/internal/trade/control"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/treasury"
	"fondaco/internal/web/webtest"
	"fondaco/internal/web/words"
)

const (
	annasEmail = "annegret@lindqvist.example"
	annasFirm  = "Lindqvist Werkzeughandel GmbH"

	chromeOnWindows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/158.0.0.0 Safari/537.36"
	edgeOnWindows   = chromeOnWindows + " Edg/158.0.0.0"
	firefoxOnLinux  = "Mozilla/5.0 (X11; Linux x86_64; rv:158.0) Gecko/20100101 Firefox/158.0"
)

// isIn is a page that does not ask who its reader is.
const isIn = "body:not(:has(form[action='/sign-in'])) main"

// course is the life of one account from its first day to the day its owner says "this was not
// me", lived in browsers.
type course struct {
	*fair
	t        *testing.T
	browser  *webtest.Browser
	anna     *webtest.Person
	password string
	recovery string // one of her codes
	pictures string // folder; empty for none
}

func begins(t *testing.T, pictures string) *course {
	t.Helper()
	browser := webtest.Open(t)
	c := &course{fair: &fair{house: secured(t), deals: map[string]deal.ID{}}, t: t, browser: browser, pictures: pictures}
	c.seller = c.joins("chen@beilun.example", "Chen Siyuan", "宁波北仑精密机械有限公司", "CN")
	c.anna = c.opensBrowser(chromeOnWindows)
	return c
}

func (c *course) opensBrowser(agent string) *webtest.Person {
	p := c.browser.Person(c.t, c.public, agent, webtest.Desk())
	p.Do(c.t, authenticator())
	return p
}

// lives walks through everything, in order.
func (c *course) lives() {
	c.signsUp()
	c.addsAPasskey()
	c.isVerified()
	c.namesAPayoutAccount()
	c.releasesMoney()
	thief := c.isFlagged()
	c.saysNotMe(thief)
	for name, p := range map[string]*webtest.Person{"her browser": c.anna, "the other browser": thief} {
		for _, problem := range p.Problems() {
			if !strings.Contains(problem, "403") && !strings.Contains(problem, "422") { // forms that are refused on purpose
				c.t.Errorf("%s complains: %s", name, problem)
			}
		}
	}
}

// TestAnAccountLivesFromSignUpToNotMe is the whole of an account in real browsers:
// signing up by mail, a passkey, a company that the house verifies, a payout
// account, money released by a passkey, a strange device, and "this was not me".
func TestAnAccountLivesFromSignUpToNotMe(t *testing.T) {
	t.Parallel()
	begins(t, "").lives()
}

// TestPicturesOfTheAccounts writes the pictures of accounts for the docs into the
// folder that FONDACO_IMAGES names, on the way through the same life.
func TestPicturesOfTheAccounts(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("FONDACO_IMAGES")
	if folder == "" {
		t.Skip("set FONDACO_IMAGES to a folder to take the pictures of the docs again")
	}
	begins(t, folder).lives()
}

func (c *course) signsUp() {
	say := words.For(words.English)
	c.inChinese(c.anna, "/sign-up", "/sign-in", "/forgot")
	c.anna.Goes("/sign-up")
	c.anna.Types("#f-name", "Annegret Lindqvist")
	c.anna.Types("#f-email", annasEmail)
	c.anna.Types("#f-legal_name", annasFirm)
	c.anna.Types("#f-password", "lindqvist1")
	c.anna.Hears(c.t, "#meter", say.T("password.weak.short"), say.T("password.weak.personal"))
	c.anna.Presses("button[value=suggest]", "input[name=password][type=text]")
	c.password = c.anna.Ask(c.t, `document.querySelector("#f-password").value`)
	if len(c.password) != 20 {
		c.t.Errorf("the house suggests %q", c.password)
	}
	c.anna.Chooses("#f-country", "DE")
	c.anna.Types("#f-registration", "HRB 40021")
	c.anna.Presses("form[action='/sign-up'] .btn-primary", "main a[href='/mail']")
	if _, err := c.store.PersonByEmail(c.t.Context(), annasEmail); fault.CodeOf(err) != "people.unknown" {
		c.t.Errorf("before the mail was answered there is an account: %v", err)
	}
	c.work()
	c.anna.Presses("main a[href='/mail']", "a[href*='/join/']")
	c.anna.Presses("a[href*='/join/']", "form[action^='/join/'] .btn-primary")
	c.inChinese(c.anna, "/mail", c.anna.Address())
	c.anna.Presses("form[action^='/join/'] .btn-primary", ".flash a[href='/security/factors']")
	p, err := c.store.PersonByEmail(c.t.Context(), annasEmail)
	c.must(err)
	c.buyer = p
	if p.Role != identity.Owner || p.Party == "" {
		c.t.Errorf("she joined as %+v", p)
	}
}

func (c *course) addsAPasskey() {
	c.anna.Presses(".flash a[href='/security/factors']", "#add-passkey")
	c.anna.Types("#add-passkey #f-label", "Office laptop")
	c.anna.Presses("#add-passkey button[type=submit]", "form[action$='/rename']")
	if got := c.anna.Reads("main"); !strings.Contains(got, "Office laptop") {
		c.t.Errorf("the factors are %q", got)
	}
	c.anna.Goes("/security/factors/recovery")
	c.anna.Presses("button[data-prove]", ".recovery-codes code")
	c.recovery = c.anna.Reads(".recovery-codes code")
	c.inChinese(c.anna, "/security/factors", "/security/factors/recovery", "/company", "/company/profile", "/company/payout-accounts")
}

// isVerified hands in who the company is, and lets an officer of the house judge it
// in a browser of their own.
func (c *course) isVerified() {
	file := filepath.Join(c.t.TempDir(), "Handelsregister HRB 40021.pdf")
	c.must(os.WriteFile(file, []byte("%PDF-1.7 extract of the register"), 0o600))
	c.anna.Goes("/company/profile")
	c.anna.Types("#f-lei", "5299000J2N45DDNE4Y28")
	c.anna.Types("#f-vat", "DE136695976")
	c.anna.Types("#f-address", "Deichstrasse 1, 20459 Hamburg")
	c.anna.HandsIn("#f-document", file)
	c.anna.Presses("form[action='/company/profile'] .btn-primary", ".company .deeds")
	if o := c.company(); o.Standing != identity.Submitted || len(o.Profile.Documents) != 1 {
		c.t.Errorf("handed in, the company is %s with %d documents", o.Standing, len(o.Profile.Documents))
	}

	law := c.signs(c.hires("law@house.example", identity.Compliance), words.English)
	officer := c.opensBrowser(edgeOnWindows)
	officer.Goes("/sign-in")
	officer.Types("#f-email", law.person.Email)
	officer.Types("#f-password", password)
	officer.Presses("form[action='/sign-in'] .btn-primary", "#f-code-totp")
	officer.Types("#f-code-totp", law.code())
	officer.Presses("form:has(#f-code-totp) button[type=submit]", "a[href='/desk/companies']")
	desk := "/desk/companies/" + string(c.buyer.Party)
	c.inChinese(officer, "/desk/companies", desk)
	officer.Goes("/")
	officer.Presses("a[href='/desk/companies']", "a[href='"+desk+"']")
	officer.Presses("a[href='"+desk+"']", "input[name=verdict][value=verified]")
	if got := officer.Reads("main"); !strings.Contains(got, "Handelsregister HRB 40021.pdf") || !strings.Contains(got, "5299000J2N45DDNE4Y28") {
		c.t.Errorf("the officer judges from %q", got)
	}
	officer.Presses("input[name=verdict][value=verified]", "form[action$='/review'] .btn-primary")
	officer.Presses("form[action$='/review'] .btn-primary", ".flash .notice")
	if o := c.company(); o.Standing != identity.Verified || o.VerifiedUntil.Before(c.Now()) {
		c.t.Errorf("the company is %s until %s", o.Standing, o.VerifiedUntil)
	}
	for _, problem := range officer.Problems() {
		c.t.Errorf("the officer's browser complains: %s", problem)
	}
}

func (c *course) company() identity.Organisation {
	c.t.Helper()
	o, err := c.Organisation(c.t.Context(), c.buyer.Actor(), c.buyer.Party)
	c.must(err)
	return o
}

// namesAPayoutAccount signs it with the passkey; the treasury is the second person,
// because the company has one member; then three days pass.
func (c *course) namesAPayoutAccount() {
	c.anna.Goes("/company/payout-accounts")
	c.anna.Types("#f-number", "DE89 3704 0044 0532 0130 00")
	c.anna.Types("#f-bic", "COBADEFFXXX")
	c.anna.Presses("form[action='/company/payout-accounts'] .btn-primary", "form[data-passkey=get] .btn-seal")
	at := c.anna.Address()
	c.inChinese(c.anna, at, "/approvals")
	c.anna.Goes(at)
	c.anna.Presses("form[data-passkey=get] .btn-seal", ".signatures li")
	c.account("") // one signature is not enough
	till := c.signs(c.hires("till@house.example", identity.Treasury), words.English)
	till.open(at)
	till.agrees()
	till.wants(http.StatusOK, at)
	c.anna.Goes(at)
	c.anna.Presses("form[action$='/carry-out'] button", "article[id^='account-']")
	c.account(treasury.Waiting)
	if got := c.anna.Reads("main"); !strings.Contains(got, "•••• 3000") || strings.Contains(got, "0532 0130") {
		c.t.Errorf("the account is shown as %q", got)
	}
	c.inChinese(c.anna, "/company/payout-accounts")
	c.clock.Advance(71 * time.Hour)
	c.work()
	c.account(treasury.Waiting)
	c.clock.Advance(2 * time.Hour)
	c.work()
	c.account(treasury.Current)
}

// account checks the stage of the company's only payout account; empty for none.
func (c *course) account(stage treasury.AccountStage) {
	c.t.Helper()
	list, err := c.PayoutAccounts(c.t.Context(), c.buyer.Actor(), assurance.PayoutAccountQuery{})
	c.must(err)
	if stage == "" && len(list) > 0 || stage != "" && (len(list) != 1 || list[0].Stage != stage) {
		c.t.Errorf("want the payout account %q, have %+v", stage, list)
	}
}

// entersByPasskey signs her in with nothing but the passkey.
func (c *course) entersByPasskey() {
	c.t.Helper()
	c.anna.Goes("/sign-in")
	c.anna.Presses(".passkey-door button", "a[href='/deals/new']")
}

// releasesMoney accepts goods: what the page shows is what the passkey signs, and
// the signature is evidence that anybody can check.
func (c *course) releasesMoney() {
	id := c.reaches(deal.Delivered, c.terms("4,000 carbide end mills", "Carbide end mills, 12 mm, four flutes", 4000, 1050))
	place := "/deals/" + string(id)
	c.entersByPasskey()
	c.anna.Goes(place)
	c.anna.Presses(".clock-act .btn-primary", ".sheet .btn-seal")
	c.inChinese(c.anna, place, place+"/accept")
	c.anna.Goes(place + "/accept")
	c.anna.Presses(".sheet .btn-seal", "form[data-passkey=get] .btn-seal")
	shown, at := c.anna.Reads(".sheet"), c.anna.Address()
	for _, want := range []string{"USD 29,106.00", "宁波北仑精密机械有限公司, CN (" + string(c.seller.Party) + ")", annasFirm, "4,000 carbide end mills"} {
		if !strings.Contains(shown, want) {
			c.t.Errorf("the page does not show %s: %s", want, shown)
		}
	}
	if c.state(id).Accepted {
		c.t.Fatal("the money moved before anybody signed")
	}
	c.inChinese(c.anna, at)
	c.shows(at, "signing", 1530)
	c.anna.Goes(at)
	c.anna.Presses("form[data-passkey=get] .btn-seal", ".timeline")
	if s := c.state(id); !s.Accepted || s.Escrow.Held() != 0 {
		c.t.Errorf("accepted %t, held %d", s.Accepted, s.Escrow.Held())
	}
	c.verifies(at, shown)
	c.anna.Goes(at)
	c.inChinese(c.anna, at)
}

// verifies takes the signature out of the records, as a stranger would.
func (c *course) verifies(at, shown string) {
	c.t.Helper()
	list, err := c.Approvals(c.t.Context(), c.buyer.Actor(), assurance.ApprovalQuery{})
	c.must(err)
	i := slices.IndexFunc(list, func(a control.Approval) bool { return strings.HasSuffix(at, a.ID) })
	if i < 0 || len(list[i].Consents) != 1 || list[i].Consents[0].Assertion == nil {
		c.t.Fatalf("no signature is kept for %s", at)
	}
	a := list[i]
	assertion := *a.Consents[0].Assertion
	hash, err := a.Intent.Hash()
	c.must(err)
	if hash != a.Hash || !strings.Contains(strings.ReplaceAll(shown, " ", ""), hash.String()) {
		c.t.Errorf("the page showed another fingerprint than %s", hash)
	}
	if a.Stage != control.Used || a.Intent.Action != control.Release || a.Intent.Amount != 29_106_00 || a.Intent.Currency != "USD" {
		c.t.Errorf("signed was %+v at stage %s", a.Intent, a.Stage)
	}
	if err := passkey.VerifyAssertion(assertion, hash); err != nil {
		c.t.Errorf("the kept signature does not verify: %v", err)
	}
	for name, change := range map[string]func(*control.Intent){
		"amount": func(i *control.Intent) { i.Amount++ },
		"payee":  func(i *control.Intent) { i.Payee = "Somebody else, CN" },
	} {
		other := a.Intent
		change(&other)
		hash, err := other.Hash()
		c.must(err)
		if err := passkey.VerifyAssertion(assertion, hash); fault.CodeOf(err) != "passkey.wrong_challenge" {
			c.t.Errorf("the signature serves another %s: %v", name, err)
		}
	}
}

// isFlagged lets somebody in who has the password and a recovery code, from another
// browser. The owner hears of it by mail and on the dashboard.
func (c *course) isFlagged() *webtest.Person {
	c.clock.Advance(20 * time.Minute)
	thief := c.opensBrowser(firefoxOnLinux)
	thief.Goes("/sign-in")
	thief.Types("#f-email", annasEmail)
	thief.Types("#f-password", c.password)
	thief.Presses("form[action='/sign-in'] .btn-primary", "main details summary")
	c.inChinese(thief, "/sign-in/step")
	thief.Goes("/sign-in/step")
	thief.Presses("main details summary", "#f-code-recovery")
	thief.Types("#f-code-recovery", c.recovery)
	thief.Presses("form:has(#f-code-recovery) button[type=submit]", "a[href='/deals/new']")
	c.work()
	mails, err := c.store.Mails(c.t.Context(), annasEmail, 10)
	c.must(err)
	if text := mails[0].Text; !strings.Contains(text, "Firefox") || !strings.Contains(text, "Linux") || !strings.Contains(mails[0].Link, "/not-me/") {
		c.t.Errorf("the newest mail says %q and leads to %s", text, mails[0].Link)
	}
	c.clock.Advance(5 * time.Minute)
	c.anna.Goes("/")
	if got := c.anna.Reads(".alerts"); !strings.Contains(got, "Firefox 158 on Linux") {
		c.t.Errorf("the dashboard says %q", got)
	}
	c.inChinese(c.anna, "/", "/security", "/security/sessions", "/security/activity", "/security/not-me")
	c.shows("/security/activity", "activity", 1400)
	c.shows("/security", "security", 1500)
	return thief
}

// saysNotMe follows the link of the mail: every session ends, payouts stop.
func (c *course) saysNotMe(thief *webtest.Person) {
	say := words.For(words.English)
	if err := c.MayPay(c.t.Context(), assurance.PayoutOrder{Party: c.buyer.Party}); err != nil {
		c.t.Errorf("before, payouts are stopped already: %v", err)
	}
	c.anna.Goes("/mail")
	c.anna.Presses("a[href*='/not-me/']", "form[action^='/not-me/'] .btn-danger")
	if len(c.sessions()) != 2 {
		c.t.Errorf("opening the link has ended sessions: %d are left", len(c.sessions()))
	}
	c.inChinese(c.anna, c.anna.Address())
	c.anna.Presses("form[action^='/not-me/'] .btn-danger", "a[href='/forgot']")
	if got := c.anna.Reads("h1"); got != say.T("disowned.title") {
		c.t.Errorf("the page says %q", got)
	}
	if left := c.sessions(); len(left) != 0 {
		c.t.Errorf("%d sessions are left", len(left))
	}
	for name, p := range map[string]*webtest.Person{"she": c.anna, "the other": thief} {
		if p.Goes("/money"); p.Address() != "/sign-in" {
			c.t.Errorf("%s still reads %s", name, p.Address())
		}
	}
	if o := c.company(); o.PayoutsFrozen == "" {
		c.t.Error("payouts are not frozen")
	}
	if err := c.MayPay(c.t.Context(), assurance.PayoutOrder{Party: c.buyer.Party}); fault.CodeOf(err) != "treasury.payouts_frozen" {
		c.t.Errorf("a payout would go out: %v", err)
	}
	thief.Types("#f-email", annasEmail)
	thief.Types("#f-password", c.password)
	thief.Presses("form[action='/sign-in'] .btn-primary", ".problem")
	if got := thief.Reads(".problem"); !strings.Contains(got, "people.condemned") {
		c.t.Errorf("the password that was taken is answered with %q", got)
	}
	cases, err := c.Cases(c.t.Context(), identity.Actor{Office: identity.Compliance, Person: "law"})
	c.must(err)
	if len(cases) != 1 || cases[0].ID != c.buyer.ID {
		c.t.Errorf("the desk has %d cases", len(cases))
	}
}

func (c *course) sessions() []assurance.Session {
	c.t.Helper()
	list, err := c.store.SessionsOf(c.t.Context(), c.buyer.ID, c.Now())
	c.must(err)
	return list
}

// aKey finds what could be a key that stands in the place of a sentence.
var aKey = regexp.MustCompile(`\b[a-z][a-z_0-9]*(?:\.[a-z_0-9]+)+\b|<no value>|%!`)

// inChinese opens pages in Chinese and looks for sentences that are missing there,
// then goes back to English.
func (c *course) inChinese(p *webtest.Person, paths ...string) {
	c.t.Helper()
	spaces := map[string]bool{}
	for _, key := range words.Keys(words.English) {
		first, _, _ := strings.Cut(key, ".")
		spaces[first] = true
	}
	for _, path := range paths {
		for _, lang := range []string{words.Chinese, words.English} {
			c.speaks(p, lang)
			p.Goes(path)
			if got := p.Ask(c.t, "document.documentElement.lang"); !strings.HasPrefix(got, lang) {
				c.t.Errorf("%s is in %s, want %s", path, got, lang)
			}
			for _, found := range aKey.FindAllString(p.Reads("body"), -1) {
				if first, rest, _ := strings.Cut(found, "."); spaces[first] && rest != "example" || rest == "" {
					c.t.Errorf("%s in %s shows %q", path, lang, found)
				}
			}
		}
	}
}

func (c *course) speaks(p *webtest.Person, lang string) {
	c.t.Helper()
	zone := map[string]string{words.English: "Europe%2FBerlin", words.Chinese: "Asia%2FShanghai"}[lang]
	for name, value := range map[string]string{"fondaco_lang": lang, "tz": zone} {
		p.Do(c.t, func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
			_, err := cdp.Call(ctx, t, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: c.public})
			return chromedp.Void{}, err
		})
	}
}

// shows keeps the top of a page in both languages for the docs; height is in CSS pixels.
func (c *course) shows(path, name string, height float64) {
	c.t.Helper()
	if c.pictures == "" {
		return
	}
	for _, lang := range []string{words.Chinese, words.English} {
		c.speaks(c.anna, lang)
		c.anna.Goes(path)
		c.anna.Do(c.t, pictured(filepath.Join(c.pictures, name+"-"+lang+"-desktop.png"), float64(webtest.Desk().Width), height))
	}
}
