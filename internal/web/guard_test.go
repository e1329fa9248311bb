package web_test

import (
	"encoding/csv"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/identity"
	"fondaco/internal/web"
	"fondaco/internal/web/assets"
	"fondaco/internal/web/words"
)

// leftKey finds a key that a page shows instead of its sentence.
var leftKey = regexp.MustCompile(`\b(?:ui|deal|deals|act|claim|event|duty|lapse|say|terms|builder|landing|home|money|proof|sandbox|trigger|flash|error|problem|nav|office|account|stage|stage_text|track|reason|ending|why|doubt|grade|payout|deposit|transfer|incoterm)\.[a-z_]+(?:\.[a-z_]+)*\b|<no value>|%!`)

// a placeholder of a route: what stands in it, and who may know of it.
type place struct {
	value   string
	private bool // belongs to the deal's companies or to one company: page 404 for others
}

// TestAStrangerFindsNothing asks for every address that names something of
// others. A route with a placeholder that this test does not know fails it.
func TestAStrangerFindsNothing(t *testing.T) {
	t.Parallel()
	f := openFair(t)
	stranger := f.enters(f.joins("eve@example.com", "Eve", "Stranger Ltd", "FR"), words.English)
	id := f.deals["claimed"]
	s, err := f.Deal(t.Context(), f.buyer.Actor(), id)
	f.must(err)
	history, err := f.History(t.Context(), f.buyer.Actor(), id)
	f.must(err)
	payout, err := f.Withdraw(t.Context(), assurance.Call{By: f.seller.Actor()}, f.seller.Party, usd(100), "")
	f.must(err)
	known := map[string]place{
		"deal": {string(id), true}, "claim": {s.Claims[0].ID, true}, "tranche": {"balance", true}, "act": {"claim", true}, "step": {"take", true},
		"sequence": {itoa(history[0].Sequence), true}, "payout": {payout.ID, true}, "deposit": {"none", true},
		"party":    {string(f.seller.Party), false}, // a company's file is public
		"currency": {"USD", false},                  // the reader's own account
		"secret":   {"none", false},                 // whoever holds a link may use it
		"person":   {string(f.seller.ID), true}, "document": {s.TermsHash.String(), true}, "account": {"none", true}, "approval": {"none", true},
		"company": {string(f.seller.Party), true}, "verdict": {"approve", true}, "case": {"none", true}, "list": {"none", true},
		"invitation": {"none", false}, // of the reader's own company
	}
	hole := regexp.MustCompile(`\{(\w+)\}`)
	asked := 0
	for _, route := range web.Routes() {
		path, private := route.Path, false
		for _, m := range hole.FindAllStringSubmatch(path, -1) {
			p, ok := known[m[1]]
			if !ok {
				t.Fatalf("%s %s: this test does not know what {%s} is", route.Method, route.Path, m[1])
			}
			path = strings.ReplaceAll(path, m[0], p.value)
			private = private || p.private
		}
		if !private {
			continue
		}
		asked++
		if route.Method == http.MethodGet {
			stranger.open(path)
		} else {
			stranger.post(path, url.Values{"once": {"0123456789abcdef0123"}, "number": {"1"}, "hash": {s.TermsHash.String()}, "days": {"1"}})
		}
		if stranger.status != http.StatusNotFound {
			t.Errorf("%s %s answers a stranger with %d", route.Method, path, stranger.status)
		}
		if body := stranger.page.Text(); strings.Contains(body, "Solar inverters") || strings.Contains(body, longName) {
			t.Errorf("%s %s tells a stranger about the deal", route.Method, path)
		}
	}
	if asked < 20 {
		t.Errorf("only %d addresses were asked for", asked)
	}
	after, err := f.Deal(t.Context(), f.buyer.Actor(), id)
	f.must(err)
	if after.Version != s.Version {
		t.Error("a stranger changed the deal")
	}
}

func TestVisitorsAreSentToSignInAndMembersKeptFromTheDesks(t *testing.T) {
	t.Parallel()
	h := setup(t)
	visitor, member := h.visitor(words.English), h.enters(h.joins("m@example.com", "M", "Member Ltd", "FR"), words.English)
	hole := regexp.MustCompile(`\{\w+\}`)
	for _, route := range web.Routes() {
		path := strings.ReplaceAll(route.Path, "{$}", "")
		path = hole.ReplaceAllString(path, "x")
		ask := func(r *reader) {
			if route.Method == http.MethodGet {
				r.open(path)
			} else {
				r.post(path, url.Values{})
			}
		}
		if !route.Public {
			if ask(visitor); visitor.at.Path != "/sign-in" {
				t.Errorf("%s %s lets a visitor in: %s", route.Method, path, visitor.at)
			}
		}
		if route.Staff {
			if ask(member); member.status != http.StatusNotFound {
				t.Errorf("%s %s answers a member with %d", route.Method, path, member.status)
			}
		}
	}
}

func TestAPostFromAnotherSiteIsRefusedEverywhere(t *testing.T) {
	t.Parallel()
	h := setup(t)
	hole := regexp.MustCompile(`\{\w+\}`)
	for _, route := range web.Routes() {
		if route.Method != http.MethodPost {
			continue
		}
		for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
			req := httptest.NewRequest(http.MethodPost, hole.ReplaceAllString(route.Path, "x"), nil)
			req.Header.Set(name, value)
			answer := httptest.NewRecorder()
			h.server.Config.Handler.ServeHTTP(answer, req)
			if answer.Code != http.StatusForbidden || !strings.Contains(answer.Body.String(), "web.cross_origin") {
				t.Errorf("POST %s with %s answers %d", route.Path, name, answer.Code)
			}
		}
	}
}

func TestSigningInBeginsANewSession(t *testing.T) {
	t.Parallel()
	h := setup(t)
	p := h.joins("a@example.com", "A", "Alpha Trading", "DE")
	r := h.visitor(words.English)
	r.open("/deals") // leaves a word in the session
	before := sessionOf(t, r)
	if before == "" {
		t.Fatal("no session before signing in")
	}
	r.open("/sign-in").submit("form[action='/sign-in']", "", map[string]string{"email": p.Email, "password": password})
	after := sessionOf(t, r)
	if after == before || after == "" {
		t.Error("the session id from before is still in use")
	}
	thief := h.visitor(words.English)
	base, _ := url.Parse(h.server.URL)
	thief.client.Jar.SetCookies(base, []*http.Cookie{{Name: "fondaco_session", Value: before, Path: "/"}})
	if thief.open("/money"); thief.at.Path != "/sign-in" {
		t.Error("the planted session got in")
	}
	r.open("/").post("/sign-out", nil)
	thief.client.Jar.SetCookies(base, []*http.Cookie{{Name: "fondaco_session", Value: after, Path: "/"}})
	if thief.open("/money"); thief.at.Path != "/sign-in" {
		t.Error("a session lives on after signing out")
	}
}

func sessionOf(t *testing.T, r *reader) string {
	t.Helper()
	base, err := url.Parse(r.base)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range r.client.Jar.Cookies(base) {
		if c.Name == "fondaco_session" {
			return c.Value
		}
	}
	return ""
}

func TestUnknownAddressAndWrongPasswordReadTheSame(t *testing.T) {
	t.Parallel()
	h := setup(t)
	h.joins("a@example.com", "A", "Alpha Trading", "DE")
	r := h.visitor(words.Chinese)
	said := map[string]string{}
	for _, email := range []string{"a@example.com", "nobody@example.com"} {
		r.open("/sign-in").submit("form[action='/sign-in']", "", map[string]string{"email": email, "password": "not the right words"})
		r.wants(http.StatusUnauthorized, "/sign-in")
		said[email] = r.trouble()
		if got := r.page.Find("input[name=email]").AttrOr("value", ""); got != email {
			t.Errorf("the address came back as %q", got)
		}
	}
	if said["a@example.com"] != said["nobody@example.com"] || said["a@example.com"] == "" {
		t.Errorf("two texts: %q", said)
	}
	twin := h.visitor(words.English)
	twin.open("/sign-in").submit("form[action='/sign-in']", "", map[string]string{"email": "  A@EXAMPLE.com ", "password": password})
	twin.wants(http.StatusOK, "/")
}

func TestTimesStandInTheReadersZoneWithUTCBeside(t *testing.T) {
	t.Parallel()
	f := openFair(t)
	r := f.enters(f.buyer, words.English)
	base, err := url.Parse(f.server.URL)
	f.must(err)
	for zone, want := range map[string]string{
		"Asia%2FShanghai": "UTC+8", "America%2FNew_York": "UTC−4", "..%2F..%2Fetc%2Fpasswd": "UTC", "Local": "UTC", "": "UTC",
	} {
		r.client.Jar.SetCookies(base, []*http.Cookie{{Name: "tz", Value: zone, Path: "/"}})
		got := r.open("/deals/" + string(f.deals["delivered"])).text(".clock time")
		if !strings.Contains(got, want) || !strings.Contains(got, "UTC") {
			t.Errorf("zone %q: the clock says %q", zone, got)
		}
		if want == "UTC" && regexp.MustCompile(`UTC[+−]`).MatchString(got) {
			t.Errorf("zone %q was believed: %q", zone, got)
		}
	}
	r.open("/settings").submit("form[action='/settings']", "", map[string]string{"zone": "Asia/Tokyo", "theme": "dark"})
	if got := r.page.Find("html").AttrOr("data-theme", ""); got != "dark" || !strings.Contains(r.text("main"), "UTC+9") {
		t.Errorf("the choice was not kept: theme %q", got)
	}
}

func TestGuessingIsSlowedDown(t *testing.T) {
	t.Parallel()
	h := setup(t)
	for i := range 11 {
		req := httptest.NewRequest(http.MethodPost, "/sign-in", strings.NewReader("email=x%40example.com&password=guess"))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.RemoteAddr = "192.0.2." + itoa(int64(i)) + ":1000" // from everywhere
		answer := httptest.NewRecorder()
		h.server.Config.Handler.ServeHTTP(answer, req)
		if want := http.StatusUnauthorized; i < 10 && answer.Code != want {
			t.Fatalf("try %d: %d, want %d", i, answer.Code, want)
		}
		if i == 10 && answer.Code != http.StatusTooManyRequests {
			t.Errorf("the last try is answered with %d", answer.Code)
		}
	}
}

func TestEveryAnswerCarriesThePolicy(t *testing.T) {
	t.Parallel()
	h := setup(t, func(c *web.Config) { c.Secure = true })
	for _, path := range []string{"/", "/sign-in", "/nowhere", "/deals", "/assets/app.css", "/assets/none"} {
		answer := httptest.NewRecorder()
		h.server.Config.Handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
		for name, want := range map[string]string{
			"Content-Security-Policy": assets.ContentSecurityPolicy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "X-Frame-Options": "DENY",
		} {
			if got := answer.Header().Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		for _, c := range answer.Result().Cookies() {
			if strings.Contains(c.Name, "session") && (!strings.HasPrefix(c.Name, "__Host-") || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode) {
				t.Errorf("%s: session cookie %v", path, c)
			}
		}
	}
	open := setup(t)
	member := open.enters(open.joins("a@example.com", "A", "Alpha Trading", "DE"), words.English)
	for _, path := range []string{"/", "/deals", "/money", "/deals.csv", "/nowhere"} {
		if got := member.open(path).header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("%s: a signed-in page may be kept: %q", path, got)
		}
	}
}

func TestMarkupFromPeopleStaysText(t *testing.T) {
	t.Parallel()
	h := setup(t)
	evil := `<script>alert(1)</script><img src=x onerror=alert(1)>"'=1+1`
	seller := h.joins("s@example.com", evil, evil, "CN")
	buyer := h.joins("b@example.com", "B", "Alpha Trading", "DE")
	r := h.enters(buyer, words.English)
	form := offerForm(evil, string(seller.Party))
	form["lines[0].description"], form["lines[0].acceptance"], form["governing_law"] = evil, evil, evil
	r.open("/deals/new").submit("form.builder", "offer", form)
	r.wants(http.StatusOK, "/deals/")
	deal := r.at.Path
	for _, path := range []string{deal, deal + "/sign", "/", "/deals", "/parties/" + string(seller.Party), "/deals?q=" + url.QueryEscape(evil), "/sign-in?next=" + url.QueryEscape("//evil.example")} {
		r.open(path)
		if n := r.page.Find("img:not(.badge-picture), script:not([src]), [onerror]").Length(); n > 0 {
			t.Errorf("%s: markup from a person became %d elements", path, n)
		}
	}
	guest := h.visitor(words.English)
	guest.open("/sign-in?next=" + url.QueryEscape("//evil.example/x"))
	if got := guest.page.Find("input[name=next]").AttrOr("value", ""); got != "/" {
		t.Errorf("next leads to %q", got)
	}
	guest.open("/language?to=zh&back=" + url.QueryEscape("https://evil.example/"))
	if guest.at.Host != strings.TrimPrefix(h.server.URL, "http://") {
		t.Errorf("the language switch leads to %s", guest.at)
	}
}

func TestASpreadsheetRunsNothing(t *testing.T) {
	t.Parallel()
	h := setup(t)
	seller := h.joins("s@example.com", "S", "Ningbo Works Ltd", "CN")
	r := h.enters(h.joins("b@example.com", "B", "Alpha Trading", "DE"), words.English)
	r.open("/deals/new").submit("form.builder", "draft", offerForm("=HYPERLINK(1)", string(seller.Party)))
	r.wants(http.StatusOK, "/deals/")
	r.open("/deals.csv")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(r.page.Text(), "\ufeff"))).ReadAll()
	h.must(err)
	if len(rows) != 2 || rows[1][1] != "'=HYPERLINK(1)" || rows[1][7] != "42180.50" {
		t.Errorf("the file says %q", rows)
	}
}

func TestTheHouseDoesItsPartByForms(t *testing.T) {
	t.Parallel()
	f := openFair(t)
	id := f.deals["claimed"]
	page := "/deals/" + string(id)
	mediator := f.hires("mediator@house.example", identity.Mediator)
	admin, compliance := f.enters(f.hires("admin@house.example", identity.Administrator), words.English), f.enters(f.hires("compliance@house.example", identity.Compliance), words.Chinese)
	claim := func() string {
		s, err := f.Deal(t.Context(), f.buyer.Actor(), id)
		f.must(err)
		return s.Claims[0].ID
	}()
	form := func(step string) string { return "form[action='" + page + "/claims/" + claim + "/" + step + "']" }

	buyer := f.enters(f.buyer, words.Chinese)
	buyer.open(page).submit(form("escalate"), "", nil)
	buyer.wants(http.StatusOK, page)
	admin.open("/")
	if got := admin.text(".clock-what"); !strings.Contains(got, "Assign a mediator") {
		t.Errorf("the desk says %q", got)
	}
	admin.open(page).submit(form("assign"), "", map[string]string{"assign-" + claim + ".mediator": "nobody@house.example"})
	admin.wants(http.StatusUnprocessableEntity, page)
	if got := admin.page.Find("[name='assign-"+claim+".mediator']").AttrOr("value", ""); got != "nobody@house.example" {
		t.Errorf("the address came back as %q", got)
	}
	admin.submit(form("assign"), "", map[string]string{"assign-" + claim + ".mediator": mediator.Email})
	admin.wants(http.StatusOK, page)

	judge := f.enters(mediator, words.English)
	judge.open(page).submit(form("propose"), "", map[string]string{"propose-" + claim + ".to_buyer": "7,000.00"})
	judge.wants(http.StatusOK, page)
	seller := f.enters(f.seller, words.English)
	for _, side := range []*reader{buyer, seller} {
		side.open(page).submit(form("take"), "", nil)
		side.wants(http.StatusOK, page)
	}
	s, err := f.Deal(t.Context(), f.buyer.Actor(), id)
	f.must(err)
	if s.OpenClaims() != 0 || s.Escrow.Refunded() != 700_000 {
		t.Errorf("open %d, refunded %d", s.OpenClaims(), s.Escrow.Refunded())
	}

	other := "/deals/" + string(f.deals["funded"])
	compliance.open(other).submit("#act-freeze form", "", map[string]string{"freeze.case": "C-1"})
	compliance.wants(http.StatusOK, other)
	if frozen := seller.open(other).text(".page-head .state"); !strings.Contains(frozen, "Routine checks") {
		t.Errorf("the deal says %q", frozen)
	}
	if strings.Contains(seller.page.Text(), "C-1") {
		t.Error("a party reads the number of the compliance case")
	}
	compliance.open(other).submit("#act-unfreeze form", "", nil)
	compliance.wants(http.StatusOK, other)
}

func TestUnmatchedMoneyIsSettledByTheTreasury(t *testing.T) {
	t.Parallel()
	f := openFair(t)
	f.must(f.rail.Simulate(t.Context(), assurance.Simulation{Deal: "no-such-deal", Amount: usd(5000), Payer: "Somebody", Scenario: "exact"}))
	f.work()
	teller := f.enters(f.hires("treasury@house.example", identity.Treasury), words.English)
	teller.open("/desk/deposits")
	path, values := teller.filled("form[action$='/assign']", nil)
	form := strings.TrimSuffix(strings.TrimPrefix(path, "/desk/deposits/"), "/assign")
	teller.post(path, values)
	teller.wants(http.StatusNotFound, path) // no company named
	teller.open("/desk/deposits")
	teller.submit("form[action$='/assign']", "", map[string]string{"assign-" + form + ".party": string(f.buyer.Party), "assign-" + form + ".reason": "paid without a reference"})
	teller.wants(http.StatusOK, "/desk/deposits")
	balances, err := f.Balances(t.Context(), f.buyer.Actor(), f.buyer.Party)
	f.must(err)
	if len(balances) == 0 || balances[0].Balance.Posted != 5000 {
		t.Errorf("balances %v", balances)
	}
}

func TestAPartyDoesNotReadWhoSentMoneyThatIsNotMatched(t *testing.T) {
	t.Parallel()
	f := openFair(t)
	f.must(f.rail.Simulate(t.Context(), assurance.Simulation{Deal: string(f.deals["funded"]), Amount: usd(5000), Payer: "Somebody Else", Scenario: "exact"}))
	f.work()
	for lang, want := range map[string]string{words.English: "only the house knows", words.Chinese: "付款人仅平台可见"} {
		seller := f.enters(f.seller, lang)
		seller.open("/money")
		if text := seller.page.Text(); !strings.Contains(text, want) || strings.Contains(text, "Somebody Else") {
			t.Errorf("%s: the page does not say %q, or names the sender", lang, want)
		}
	}
}

// TestEveryRefusalHasItsWords reads the codes that the house can refuse with
// and demands a sentence in both languages.
func TestEveryRefusalHasItsWords(t *testing.T) {
	t.Parallel()
	code := regexp.MustCompile(`fault\.(Invalid|Refused|Conflict|Forbidden|NotFound|Unauthenticated|Exhausted)\s*,\s*"([a-z_]+\.[a-z_]+)"|\.(?:add|fail)\([^"\n]*(?:"[^"\n]*")?[^"\n]*"([a-z_]+\.[a-z_]+)"`)
	english, chinese := words.Keys(words.English), words.Keys(words.Chinese)
	found := map[string]bool{}
	for _, folder := range []string{"../assurance", "../trade/deal", "../trade/contract", "../trade/dispute", "../trade/escrow", "../trade/identity", "../trade/shipment", "../trade/treasury", "../trade/account", "../trade/control", "../trade/password", "../passkey", "."} {
		err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() && path != folder {
				if e != nil && e.IsDir() {
					return filepath.SkipDir
				}
				return err
			}
			if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return nil
			}
			text, err := os.ReadFile(path)
			for _, m := range code.FindAllStringSubmatch(string(text), -1) {
				found[m[2]+m[3]] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(found) < 80 {
		t.Fatalf("only %d codes were found: the pattern no longer matches", len(found))
	}
	for c := range found {
		if neverShown(c) || strings.HasPrefix(c, "terms.") { // keys of pages, not refusals
			continue
		}
		if !slices.Contains(english, "error."+c) || !slices.Contains(chinese, "error."+c) {
			t.Errorf("no sentence for %s", c)
		}
	}
}

// neverShown are refusals that no form of the pages can meet: of rails, of
// programs, and of the house's own setting up. They fall back to a general text.
func neverShown(code string) bool {
	return slices.Contains([]string{
		"ledger.disagrees", "deal.bad_outage", "deal.bad_event", "deal.bad_rules", "deal.no_claim_id", "treasury.bad_notice", "treasury.bad_outcome", "treasury.not_lapsed",
		"identity.bad_actor", "people.unknown", "people.bad_clock", "house.no_alarm", "house.bad_clock",
	}, code)
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
