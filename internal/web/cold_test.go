package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/identity"
	"fondaco/internal/web"
	"fondaco/internal/web/words"
)

// TestTextOfSeveralLinesIsTakenAsBrowsersSendIt: a browser ends lines with CR LF.
func TestTextOfSeveralLinesIsTakenAsBrowsersSendIt(t *testing.T) {
	t.Parallel()
	f := openFair(t)
	r := f.visitor(words.English)
	r.open("/sign-up").submit("form[action='/sign-up']", "", map[string]string{
		"name": "Greta Holm", "email": "greta@holm.example", "password": password,
		"legal_name": "Holm GmbH", "country": "DE", "registration": "HRB 9", "address": "Speicherstadt 3\r\nHamburg",
	})
	r.wants(http.StatusOK, "/sign-up")
	r.open(f.mailTo("greta@holm.example", "/join/")).submit("form[action^='/join/']", "", nil)
	r.wants(http.StatusOK, "/")
	buyer := f.enters(f.buyer, words.English)
	at := "/deals/" + string(f.deals["delivered"])
	buyer.open(at).submit("#act-claim form", "", map[string]string{"claim.amount": "10", "claim.statement": "Two boxes are wet.\r\nPictures follow."})
	buyer.wants(http.StatusOK, at)
	s, err := f.Deal(t.Context(), f.buyer.Actor(), f.deals["delivered"])
	f.must(err)
	if len(s.Claims) != 1 || s.Claims[0].Statement != "Two boxes are wet.\nPictures follow." {
		t.Errorf("claims %+v", s.Claims)
	}
}

// TestADraftWaitsForItsOtherCompany: savable at any point, offered only when whole.
func TestADraftWaitsForItsOtherCompany(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{words.English, words.Chinese} {
		for _, side := range []string{"buyer", "seller"} {
			t.Run(lang+" "+side, func(t *testing.T) {
				t.Parallel()
				h := setup(t)
				other := h.joins("other@works.example", "Chen Siyuan", "Ningbo Works Ltd", "CN")
				writer := h.enters(h.joins("writer@tools.example", "Annegret Lindqvist", "Rheinische Werkzeuge GmbH", "DE"), lang)
				say := words.For(lang)

				writer.open("/deals/new").submit("form.builder", "draft", map[string]string{"my_side": side})
				writer.wants(http.StatusOK, "/deals/")
				draft := writer.at.Path
				if got := writer.text(".page-head"); !strings.Contains(got, say.T("deal.nobody_named")) {
					t.Errorf("the deal says %q", got)
				}
				if writer.page.Find(".goods > li").Length() != 0 {
					t.Error("an empty row counts as goods")
				}
				for _, page := range []string{"/", "/deals", "/deals.csv", draft + "/terms", draft + "/edit"} {
					writer.open(page).wants(http.StatusOK, page)
				}
				h.enters(other, lang).open(draft).wants(http.StatusNotFound, draft)

				writer.open(draft).submit("form[action$='/act/offer']", "", nil)
				if writer.status != http.StatusUnprocessableEntity || writer.page.Find("#f-search[aria-invalid]").Length() != 1 {
					t.Errorf("offered to nobody: %d %s", writer.status, writer.trouble())
				}
				form := offerForm("End mills", "Nobody At All")
				delete(form, "my_side")
				writer.open(draft+"/edit").submit("form.builder", "draft", form)
				if got := writer.trouble(); writer.status != http.StatusUnprocessableEntity || !strings.Contains(got, say.T("error.web.unknown_company")) {
					t.Errorf("an unknown name: %d %s", writer.status, got)
				}
				form["search"] = "Ningbo Works"
				writer.submit("form.builder", "offer", form)
				writer.wants(http.StatusOK, draft)
				id := deal.ID(strings.TrimPrefix(draft, "/deals/"))
				s, err := h.Deal(t.Context(), other.Actor(), id)
				h.must(err)
				if s.Phase != deal.Offered || s.SideOf(other.Actor()) == identity.Side(side) {
					t.Errorf("%s, the other is %s", s.Phase, s.SideOf(other.Actor()))
				}
			})
		}
	}
}

func TestOneFormPlaysOneTransferHoweverOftenItIsSent(t *testing.T) {
	t.Parallel()
	f := openFair(t)
	buyer := f.enters(f.buyer, words.English)
	at := "/deals/" + string(f.deals["agreed"])
	buyer.open(at)
	path, form := buyer.filled("form[action$='/simulate/deposit']", map[string]string{"bank.amount": "100"})
	for range 3 {
		buyer.post(path, form)
		buyer.wants(http.StatusOK, at)
	}
	f.work()
	s, err := f.Deal(t.Context(), f.buyer.Actor(), f.deals["agreed"])
	f.must(err)
	if s.Received() != 100_00 {
		t.Errorf("received %d", s.Received())
	}
	buyer.open(at).submit("form[action$='/simulate/deposit']", "", map[string]string{"bank.amount": "100"})
	f.work()
	s, err = f.Deal(t.Context(), f.buyer.Actor(), f.deals["agreed"])
	f.must(err)
	if s.Received() != 200_00 {
		t.Errorf("another form: received %d", s.Received())
	}
	form.Del("once")
	if buyer.post(path, form); buyer.status != http.StatusUnprocessableEntity && buyer.status != http.StatusBadRequest {
		t.Errorf("without a key: %d", buyer.status)
	}
}

// news asks as an open page does.
func (r *reader) news(path string) *reader {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.base+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("HX-Request", "true")
	r.send(req)
	return r
}

func TestAnOpenDealPageIsToldNewsAndNothingElse(t *testing.T) {
	t.Parallel()
	f := openFair(t)
	buyer := f.enters(f.buyer, words.English)
	at := "/deals/" + string(f.deals["agreed"])
	asks := buyer.open(at).page.Find("#deal-history").AttrOr("hx-get", "")
	if !strings.HasPrefix(asks, at+"?seen=") {
		t.Fatalf("asks %q", asks)
	}
	buyer.news(asks).wants(http.StatusNoContent, at)
	f.must(f.rail.Simulate(t.Context(), assurance.Simulation{Deal: string(f.deals["agreed"]), Amount: usd(100), Payer: "x", Scenario: "exact"}))
	f.work()
	buyer.news(asks).wants(http.StatusOK, at)
	if again := buyer.page.Find("#deal-history").AttrOr("hx-get", ""); again == asks || buyer.page.Find("#deal-side").Length() != 1 {
		t.Errorf("asks %q again", again)
	}
	buyer.news("/deals/none?seen=1").wants(http.StatusNoContent, "/deals/none")
	f.visitor(words.English).news(asks).wants(http.StatusNoContent, at)

	// What just happened is said on the page that follows, not to a page that asks for news.
	buyer.open(at)
	path, form := buyer.filled("form[action$='/simulate/deposit']", map[string]string{"bank.amount": "1"})
	follow := buyer.client.CheckRedirect
	buyer.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	buyer.post(path, form)
	buyer.client.CheckRedirect = follow
	buyer.news(asks)
	if got := buyer.open(at).text(".flash"); got != words.For(words.English).T("flash.bank_played") {
		t.Errorf("flash %q", got)
	}
}

func TestTheDeskSaysWhatWaitsForEachOffice(t *testing.T) {
	t.Parallel()
	f := openFair(t)
	s, err := f.Deal(t.Context(), f.buyer.Actor(), f.deals["claimed"])
	f.must(err)
	f.does(f.buyer, s.ID, deal.Conduct{ClaimID: s.Claims[0].ID, Step: dispute.Escalate{}})
	for _, x := range []struct {
		office identity.Office
		mine   bool
	}{{identity.Administrator, true}, {identity.Mediator, false}, {identity.Auditor, false}, {identity.Compliance, false}} {
		r := f.enters(f.hires(string(x.office)+"@house.example", x.office), words.English)
		r.open("/")
		if got := strings.Contains(r.text(".page-head"), "One thing waits for your office."); got != x.mine {
			t.Errorf("%s: %q", x.office, r.text(".page-head"))
		}
	}
}

func TestAnAdministratorSetsTheHouseGoingAgain(t *testing.T) {
	t.Parallel()
	h := setup(t)
	admin, auditor := h.hires("admin@house.example", identity.Administrator), h.hires("auditor@house.example", identity.Auditor)
	treasury, member := h.hires("treasury@house.example", identity.Treasury), h.joins("m@m.example", "M", "M Ltd", "GB")
	const why = "the ledger disagrees at transfer 7"
	in := map[identity.PersonID]*reader{} // a sign-in is written down, so nobody comes in while nothing is written
	for _, p := range []assurance.Person{admin, auditor, treasury, member} {
		in[p.ID] = h.enters(p, words.English)
	}
	h.must(h.store.SetSetting(t.Context(), "halt", why))
	halted, err := assurance.Open(t.Context(), assurance.Config{
		Store: h.store, Archive: h.store, Clock: h.clock, Random: strings.NewReader(strings.Repeat("x", 1<<16)), NewID: uuid.NewString, PayoutRail: "sandbox", Sandbox: true,
	})
	h.must(err)
	t.Cleanup(halted.Close)
	h.must(halted.RaiseClockAlarm(t.Context(), "went back three hours"))
	server := httptest.NewServer(web.New(web.Config{House: halted}))
	t.Cleanup(server.Close)
	enters := func(p assurance.Person) *reader {
		r := in[p.ID]
		r.base = server.URL
		return r
	}

	for _, x := range []struct {
		who    assurance.Person
		read   int
		act    int
		button bool
	}{{auditor, http.StatusOK, http.StatusForbidden, false}, {treasury, http.StatusForbidden, http.StatusForbidden, false}, {member, http.StatusNotFound, http.StatusNotFound, false}} {
		r := enters(x.who)
		r.open("/desk/operations").wants(x.read, "/desk/operations")
		if got := r.page.Find("form[action^='/desk/operations/']").Length() > 0; got != x.button {
			t.Errorf("%s has a button: %t", x.who.Office, got)
		}
		for _, step := range []string{"resume", "clear-alarm"} {
			r.post("/desk/operations/"+step, url.Values{"sure": {"yes"}}).wants(x.act, "/desk/operations")
		}
	}
	if halted.Halted() != why {
		t.Fatalf("halted: %q", halted.Halted())
	}

	r := enters(admin)
	r.open("/desk/operations").wants(http.StatusOK, "/desk/operations")
	if got := r.text("main"); !strings.Contains(got, why) || !strings.Contains(got, "went back three hours") {
		t.Errorf("the page says %q", got)
	}
	r.submit("form[action$='/resume']", "", nil)
	r.wants(http.StatusUnprocessableEntity, "/desk/operations")
	r.open("/desk/operations").submit("form[action$='/resume']", "", map[string]string{"sure": "yes"})
	r.wants(http.StatusOK, "/desk/operations")
	if halted.Halted() != "" || r.text(".flash") != words.For(words.English).T("flash.resumed") {
		t.Errorf("halted %q, flash %q", halted.Halted(), r.text(".flash"))
	}
	r.submit("form[action$='/clear-alarm']", "", nil)
	r.wants(http.StatusOK, "/desk/operations")
	if alarm, err := halted.ClockAlarm(t.Context()); err != nil || alarm != "" {
		t.Errorf("alarm %q %v", alarm, err)
	}
	r.post("/desk/operations/clear-alarm", nil).wants(http.StatusConflict, "/desk/operations")
	r.post("/desk/operations/nonsense", nil).wants(http.StatusNotFound, "/desk/operations")
}

// TestAStatementNamesADealOnlyWhereThereIsOne: a payout belongs to no deal.
func TestAStatementNamesADealOnlyWhereThereIsOne(t *testing.T) {
	t.Parallel()
	f := openFair(t)
	f.work()
	seller := f.enters(f.seller, words.English)
	seller.open("/money").submit("form[action='/money/withdraw']", "", map[string]string{"amount": "1"})
	seller.wants(http.StatusOK, "/money")
	body := seller.open("/money/USD/csv").page.Text()
	rows := strings.Split(strings.TrimSpace(body), "\n")
	if len(rows) < 2 {
		t.Fatalf("statement %q", body)
	}
	for _, row := range rows[1:] {
		if strings.Contains(row, ",payout:") && strings.Count(row, "payout:") > 1 {
			t.Errorf("a payout stands as a deal: %s", row)
		}
	}
}

// often is how soon a page asks for news in these tests.
const often = 200 * time.Millisecond

// TestPagesSayThatDeadlinesAreBeingMoved: after an outage lists may be behind for a
// moment, and whoever looks at one is told so.
func TestPagesSayThatDeadlinesAreBeingMoved(t *testing.T) {
	t.Parallel()
	h := openFair(t)
	note := func(lang string) string {
		return h.enters(h.buyer, lang).open("/deals").text("[data-outage]")
	}
	if got := h.visitor(words.English).open("/").text("[data-outage]"); got != "" {
		t.Errorf("a visitor reads %q", got)
	}
	if got := note(words.English); got != "" {
		t.Errorf("without an outage: %q", got)
	}
	from := h.clock.Now()
	h.clock.Set(from.Add(20 * time.Hour))
	h.must(h.BeginOutage(t.Context(), assurance.Call{By: identity.HouseClock()}, from, from.Add(19*time.Hour)))
	if got := note(words.English); !strings.Contains(got, "Deadlines are being moved") {
		t.Errorf("it says %q", got)
	}
	if got := note(words.Chinese); !strings.Contains(got, "期限正在顺延") {
		t.Errorf("in Chinese it says %q", got)
	}
	h.must(h.FinishOutage(t.Context()))
	if got := note(words.English); got != "" {
		t.Errorf("when all have been told: %q", got)
	}
}
