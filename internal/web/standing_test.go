package web_test

import (
	"crypto/rand"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"fondaco/internal/assurance"
	"fondaco/internal/notary"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/reputation"
	"fondaco/internal/web/words"
)

// tradingFair is a house with two companies that it has checked, that signs badges
// and limits what parties may agree to.
func tradingFair(t testing.TB) *fair {
	t.Helper()
	skey, vkey, err := notary.GenerateKey(rand.Reader, "house.example/log")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	seal, err := notary.NewSeal(signer, vkey)
	if err != nil {
		t.Fatal(err)
	}
	limits := reputation.DefaultLimits()
	f := &fair{house: opens(t, func(c *assurance.Config, _ string) { c.Signer, c.Limits = seal, &limits }), deals: map[string]deal.ID{}}
	f.buyer = f.joins("annegret@rpm.example", "Annegret Lindqvist", longName, "DE")
	f.seller = f.joins("chen@beilun.example", "Chen Siyuan", "宁波北仑精密机械有限公司", "CN")
	f.trusts(f.buyer)
	f.trusts(f.seller)
	return f
}

// trusts has the house check who a company is.
func (h *house) trusts(p assurance.Person) {
	h.t.Helper()
	ctx := h.t.Context()
	row, err := h.Party(ctx, p.Party)
	h.must(err)
	data := []byte("%PDF-1.7 of " + string(p.Party))
	d, err := h.HandIn(ctx, assurance.Call{By: p.Actor()}, "extract.pdf", data)
	h.must(err)
	_, err = h.SubmitProfile(ctx, assurance.Call{By: p.Actor()}, identity.Profile{
		LegalName: row.LegalName, Country: row.Country, Registration: row.Registration, Address: row.Address,
		Documents: []identity.Document{{Hash: d.Hash, Kind: identity.DocumentKinds()[0], Name: d.Name, Size: int64(len(data))}},
	})
	h.must(err)
	officer := h.hires("officer-"+string(p.Party)+"@house.example", identity.Compliance)
	_, err = h.ReviewProfile(ctx, assurance.Call{By: officer.Actor()}, p.Party, identity.ReviewProfile{Verdict: identity.Verified, Until: h.Now().AddDate(1, 0, 0)})
	h.must(err)
}

// closes brings one more deal to its end.
func (f *fair) closes(title string) deal.ID {
	f.t.Helper()
	return f.reaches(deal.Closed, f.terms(title, "Carbide end mills, 12 mm, four flutes", 400, 10_000))
}

func marks(n int) reputation.Aspects {
	return reputation.Aspects{AsDescribed: n, OnTime: n, Communication: n, Documents: n, Overall: n}
}

// says writes a review without the pages.
func (f *fair) says(p assurance.Person, id deal.ID, mark int, text string) {
	f.t.Helper()
	_, err := f.Review(f.t.Context(), assurance.Call{By: p.Actor()}, id, reputation.Write{Aspects: marks(mark), Text: text})
	f.must(err)
}

// follows works the standings out.
func (h *house) follows() {
	h.t.Helper()
	_, err := h.FollowTrades(h.t.Context())
	h.must(err)
}

func reviewEntries(mark, text string) map[string]string {
	out := map[string]string{"review.text": text}
	for _, aspect := range []string{"as_described", "on_time", "communication", "documents", "overall"} {
		out["review.aspects."+aspect] = mark
	}
	return out
}

const (
	buyersWords  = "Hardness as drawn, packed with care; one box came a day late."
	sellersWords = "付款及时，沟通顺畅。"
)

func TestReviewsAreSealedUntilBothHaveWrittenAndThenShownToEverybody(t *testing.T) {
	t.Parallel()
	f := tradingFair(t)
	id := f.closes("4,000 carbide end mills")
	page, public := "/deals/"+string(id), "/companies/"+string(f.seller.Party)
	buyer, seller, visitor := f.enters(f.buyer, words.English), f.enters(f.seller, words.Chinese), f.visitor(words.English)
	house := f.enters(f.hires("admin@house.example", identity.Administrator), words.English)

	if got := buyer.open("/").text("#to-review"); !strings.Contains(got, "4,000 carbide end mills") || !strings.Contains(got, "宁波北仑") {
		t.Errorf("home invites to %q", got)
	}
	empty := seller.open(page).text("#reviews")
	buyer.open(page).submit("#act-review", "", reviewEntries("5", buyersWords))
	buyer.wants(http.StatusOK, page)
	if got := buyer.text(".flash"); got != "Your review is sealed." {
		t.Errorf("flash %q", got)
	}
	if got := buyer.text("#reviews"); !strings.Contains(got, "Your company has written") || !strings.Contains(got, buyersWords) || buyer.page.Find("#act-review").Length() > 0 {
		t.Errorf("the writer reads %q", got)
	}
	if got := buyer.open("/").text("#to-review"); got != "" {
		t.Errorf("home still invites to %q", got)
	}
	if got := seller.open(page).text("#reviews"); got != empty {
		t.Errorf("the other side learns something: %q was %q", got, empty)
	}
	if got := house.open(page).text("#reviews"); strings.Contains(got, "Hardness") || !strings.Contains(got, "sealed") {
		t.Errorf("the house reads %q", got)
	}
	if got := visitor.open(public).page.Text(); strings.Contains(got, "Hardness") || visitor.page.Find(".review").Length() != 0 {
		t.Error("everybody reads a sealed review")
	}

	seller.submit("#act-review", "", reviewEntries("5", sellersWords))
	seller.wants(http.StatusOK, page)
	for name, r := range map[string]*reader{"buyer": buyer.open(page), "seller": seller.open(page), "house": house.open(page)} {
		if got := r.text("#reviews"); !strings.Contains(got, buyersWords) || !strings.Contains(got, sellersWords) {
			t.Errorf("the %s reads %q", name, got)
		}
		if left := unworded.FindString(r.page.Find("main").Text()); left != "" {
			t.Errorf("%s: a key without a sentence: %q", name, left)
		}
	}
	seller.submit("#act-reply form", "", map[string]string{"reply.text": ""})
	seller.wants(http.StatusUnprocessableEntity, page)
	if seller.page.Find("#act-reply[open] #f-reply\\.text-mistake").Length() != 1 {
		t.Error("an empty reply is not named at its field")
	}
	seller.submit("#act-reply form", "", map[string]string{"reply.text": "抱歉，迟到的一箱是承运人漏装。"})
	seller.wants(http.StatusOK, page)
	if seller.page.Find("#act-reply").Length() != 0 || !strings.Contains(buyer.open(page).text(".quoted-reply"), "承运人漏装") {
		t.Error("the reply does not stand under the review, or may be given again")
	}

	f.follows()
	visitor.open(public)
	visitor.wants(http.StatusOK, public)
	if got := visitor.text(".review"); !strings.Contains(got, buyersWords) || !strings.Contains(got, longName) || !strings.Contains(got, "承运人漏装") || !strings.Contains(got, "5 of 5") {
		t.Errorf("the company's page shows %q", got)
	}
	if got := visitor.text(".standing"); !strings.Contains(got, "of 100") || !strings.Contains(got, "Confidence") {
		t.Errorf("standing %q", got)
	}
	if got := visitor.text(".why-list"); !strings.Contains(got, "1 settled deal with one partner") || !strings.Contains(got, "5.0 of 5 in one review") {
		t.Errorf("reasons %q", got)
	}
	if strings.Contains(visitor.body, string(id)) {
		t.Error("the page names the deal")
	}
}

// unworded finds a key that a page shows instead of its sentence.
var unworded = regexp.MustCompile(`\b(?:reputation|reviews|review|ui|flash|company)\.[a-z_]+(?:\.[a-z_0-9]+)*\b|<no value>|%!|\{[a-z]+\}`)

func TestAReviewIsShownAfterSevenDaysWhateverTheOtherSideDoes(t *testing.T) {
	t.Parallel()
	f := tradingFair(t)
	id := f.closes("End mills")
	page := "/deals/" + string(id)
	f.says(f.buyer, id, 2, buyersWords)
	f.must(passing{f.house}.Advance(reputation.Window + time.Hour))
	seller := f.enters(f.seller, words.English)
	if got := seller.open(page).text("#reviews"); !strings.Contains(got, buyersWords) || !strings.Contains(got, "One company has written") {
		t.Errorf("after the window the page says %q", got)
	}
	if seller.page.Find("#act-review").Length() != 0 || seller.page.Find("#act-reply").Length() != 1 {
		t.Error("who was silent may still write, or may not reply")
	}
}

func TestARefusedReviewComesBackWithEverythingThatWasTyped(t *testing.T) {
	t.Parallel()
	f := tradingFair(t)
	page := "/deals/" + string(f.closes("End mills"))
	buyer := f.enters(f.buyer, words.English)
	form := reviewEntries("4", "Write to me at +49 40 555 0134 or anna@rpm.example")
	delete(form, "review.aspects.documents")
	buyer.open(page).submit("#act-review", "", form)
	buyer.wants(http.StatusUnprocessableEntity, page)
	if got := buyer.trouble(); !strings.Contains(got, "Each mark is a whole number") || !strings.Contains(got, "everybody can read it") {
		t.Errorf("the page complains %q", got)
	}
	for _, field := range []string{"review.aspects.documents", "review.text"} {
		at := strings.ReplaceAll("#f-"+field+"-mistake", ".", "\\.")
		if buyer.page.Find(at).Length() != 1 || buyer.page.Find(".mistakes a[href='#f-"+field+"']").Length() != 1 {
			t.Errorf("%s is not marked, or the summary does not lead to it", field)
		}
	}
	if got := buyer.page.Find("#act-review textarea").Text(); got != form["review.text"] {
		t.Errorf("the text came back as %q", got)
	}
	if n := buyer.page.Find("#act-review input[value='4'][checked]").Length(); n != 4 {
		t.Errorf("%d marks came back, want 4", n)
	}
	buyer.submit("#act-review", "", reviewEntries("4", "Good."))
	buyer.wants(http.StatusOK, page)
}

func TestTheHouseHidesWordsByARuleAndTheMarksStay(t *testing.T) {
	t.Parallel()
	f := tradingFair(t)
	id := f.closes("End mills")
	page, public := "/deals/"+string(id), "/companies/"+string(f.seller.Party)
	f.says(f.buyer, id, 1, "Mr Chen is a crook and lives in Beilun.")
	f.says(f.seller, id, 5, "Fine.")
	f.follows()
	officer := f.enters(f.hires("law@house.example", identity.Compliance), words.English)
	hide, show := "form[action$='/reviews/hide']:has(input[value=text])", "form[action$='/reviews/show']"
	officer.open(officer.open(public).page.Find(".review a[href^='/deals/']").AttrOr("href", ""))
	officer.submit("#act-hide-buyer-text form", "", map[string]string{"hide-buyer-text.rule": "abuse"})
	officer.wants(http.StatusUnprocessableEntity, page) // not without a reason
	officer.submit("#act-hide-buyer-text form", "", map[string]string{"hide-buyer-text.rule": "personal_data", "hide-buyer-text.reason": "names a person and where he lives"})
	officer.wants(http.StatusOK, page)
	for lang, rule := range map[string]string{words.English: "personal data", words.Chinese: "涉及个人信息"} {
		visitor := f.visitor(lang)
		got := visitor.open(public).text(".review")
		if strings.Contains(got, "crook") || !strings.Contains(got, rule) || !strings.Contains(got, "1 ") {
			t.Errorf("%s: everybody reads %q", lang, got)
		}
		if strings.Contains(visitor.body, "where he lives") {
			t.Error("the house's reason is public")
		}
	}
	if got := f.enters(f.buyer, words.English).open(page).text("#reviews"); !strings.Contains(got, "crook") || !strings.Contains(got, "personal data") {
		t.Errorf("the author reads %q", got)
	}
	if seller := f.enters(f.seller, words.English).open(page); strings.Contains(seller.page.Text(), "crook") || seller.page.Find(hide+", "+show).Length() != 0 {
		t.Error("the other company reads hidden words, or may show them")
	}
	officer.open(page).submit("#act-show-buyer-text form", "", map[string]string{"show-buyer-text.reason": "the court lifted it"})
	officer.wants(http.StatusOK, page)
	if got := f.visitor(words.English).open(public).text(".review"); !strings.Contains(got, "crook") {
		t.Errorf("shown again, everybody reads %q", got)
	}
}

func TestOnlyThoseWhoTradeForACompanyReview(t *testing.T) {
	t.Parallel()
	f := tradingFair(t)
	id := f.closes("End mills")
	page := "/deals/" + string(id)
	mediator := f.enters(f.hires("mediator@house.example", identity.Mediator), words.English)
	entries := url.Values{"once": {"0123456789abcdef0123"}}
	for name, value := range reviewEntries("5", "Good.") {
		entries.Set(name, value)
	}
	stranger := f.enters(f.joins("eve@example.com", "Eve", "Stranger Ltd", "FR"), words.English)
	f.says(f.buyer, id, 5, "Good.") // the book is open, which tells a stranger nothing
	for _, path := range []string{page + "/reviews", page + "/reviews/reply", page + "/reviews/hide"} {
		if stranger.post(path, entries); stranger.status != http.StatusNotFound {
			t.Errorf("%s answers a stranger with %d", path, stranger.status)
		}
	}
	if mediator.post(page+"/reviews", entries); mediator.status != http.StatusForbidden {
		t.Errorf("the house may review: %d", mediator.status)
	}
	entries.Set("side", "buyer")
	entries.Set("part", "text")
	if mediator.post(page+"/reviews/hide", entries); mediator.status != http.StatusForbidden {
		t.Errorf("a mediator may hide words: %d", mediator.status)
	}
	if mediator.open(page).page.Find("#act-review, #act-reply, [id^=act-hide]").Length() != 0 {
		t.Error("the house is asked for a review")
	}
}

func TestANewCompanyHasNoNumberButASentence(t *testing.T) {
	t.Parallel()
	f := tradingFair(t)
	fresh := f.joins("new@example.com", "Nora New", "Fresh Trading Ltd", "NL")
	for lang, want := range map[string]string{words.English: "neither for the company nor against it", words.Chinese: "既不是优点，也不是缺点"} {
		r := f.visitor(lang).open("/companies/" + string(fresh.Party))
		standing := r.text(".standing")
		if !strings.Contains(standing, want) || regexp.MustCompile(`\d`).MatchString(standing) || r.page.Find(".standing svg.standing-bar").Length() != 0 {
			t.Errorf("%s: a new company is shown as %q", lang, standing)
		}
		if r.page.Find("#reviews .empty").Length() != 1 || r.page.Find(".trend").Length() != 0 {
			t.Errorf("%s: no empty state, or a trend of nothing", lang)
		}
		if left := unworded.FindString(r.page.Find("main").Text()); left != "" {
			t.Errorf("%s: a key without a sentence: %q", lang, left)
		}
		svg := f.visitor(lang).open("/companies/" + string(fresh.Party) + "/badge.svg?lang=" + lang).body
		if regexp.MustCompile(`<text[^>]*>[^<]*\d`).MatchString(svg) || strings.Count(svg, "<text") != 3 {
			t.Errorf("the badge of a new company holds a number: %s", svg)
		}
	}
	if got := f.visitor(words.English).open("/companies/none").status; got != http.StatusNotFound {
		t.Errorf("no such company: %d", got)
	}
}

func TestACompanysPageCanBeSharedAndNamesNobody(t *testing.T) {
	t.Parallel()
	f := tradingFair(t)
	path := "/companies/" + string(f.buyer.Party)
	r := f.visitor("") // a link that somebody sent, opened by a browser without a choice
	if r.open(path + "?lang=zh"); r.page.Find("html").AttrOr("lang", "") != "zh-Hans" {
		t.Error("the language of a shared address is not spoken")
	}
	r.open(path)
	address := "https://house.example" + path
	for selector, want := range map[string]string{
		"link[rel=canonical]": address, "meta[property='og:url']": address, "meta[property='og:title']": longName, "meta[property='og:site_name']": "Hanse Assurance",
		"link[hreflang=zh-Hans]": address + "?lang=zh", "meta[name=robots]": "noindex", // a sandbox is never listed
	} {
		e := r.page.Find("head " + selector)
		if got := e.AttrOr("content", e.AttrOr("href", "")); got != want {
			t.Errorf("%s is %q, want %q", selector, got, want)
		}
	}
	if got := r.page.Find("meta[name=description]").AttrOr("content", ""); !strings.Contains(got, longName) || !strings.Contains(got, "Germany") {
		t.Errorf("description %q", got)
	}
	if r.page.Find("script[src*='//'], img[src*='//'], iframe").Length() != 0 || len(r.header.Values("Set-Cookie")) != 0 {
		t.Error("the page loads from elsewhere, or sets a cookie")
	}
	for _, private := range []string{"Annegret", "Lindqvist", "annegret@", "officer-", "Staff "} {
		if strings.Contains(r.body, private) {
			t.Errorf("the page tells of %q", private)
		}
	}
	if got := r.text(".page-head .marks"); !strings.Contains(got, "since 1 Mar 2027") || !strings.Contains(got, "Germany") {
		t.Errorf("marks %q", got)
	}
	r.open("/parties/"+string(f.buyer.Party)).wants(http.StatusOK, path)
}

func TestEveryReasonAspectRuleAndBandIsSaidInBothLanguages(t *testing.T) {
	t.Parallel()
	var keys []string
	for _, c := range reputation.Codes() {
		keys = append(keys, "reputation.reason."+string(c), "reputation.why."+string(c))
	}
	keys = append(keys, "reputation.today."+string(reputation.NewAccount), "reputation.today."+string(reputation.NewestDeal))
	for _, b := range reputation.Bands() {
		keys = append(keys, "reputation.band."+string(b))
	}
	for _, r := range reputation.HidingRules() {
		keys = append(keys, "reviews.rule."+string(r))
	}
	for _, l := range []reputation.Level{reputation.Low, reputation.Medium, reputation.High} {
		keys = append(keys, "reputation.level."+string(l), "reputation.sure_text."+string(l))
	}
	for _, lang := range []string{words.English, words.Chinese} {
		for _, key := range keys {
			if !words.For(lang).Has(key) {
				t.Errorf("%s: no words for %s", lang, key)
			}
		}
	}
}

func TestABadgeIsDrawnForOtherSitesInBothLanguagesAndThemes(t *testing.T) {
	t.Parallel()
	f := tradingFair(t)
	evil := f.joins("evil@example.com", "E", `<script>alert(1)</script> & "Sons" ]]> Ltd`, "FR")
	for _, p := range []identity.PartyID{f.buyer.Party, f.seller.Party, evil.Party} {
		for _, query := range []string{"", "?lang=zh", "?lang=en&theme=dark", "?theme=light", "?lang=%22%3E"} {
			r := f.visitor("").open("/companies/" + string(p) + "/badge.svg" + query)
			if r.status != http.StatusOK || !strings.HasPrefix(r.header.Get("Content-Type"), "image/svg+xml") || !strings.Contains(r.header.Get("Content-Security-Policy"), "default-src 'none'") {
				t.Errorf("%s: %d %v", query, r.status, r.header)
			}
			if r.header.Get("Cache-Control") != "public, max-age=3600" || len(r.header.Values("Set-Cookie")) != 0 {
				t.Errorf("%s: kept %q, cookies %q", query, r.header.Get("Cache-Control"), r.header.Values("Set-Cookie"))
			}
			var svg struct {
				XMLName xml.Name
				Title   string `xml:"title"`
				Style   string `xml:"style"`
				Scripts []any  `xml:"script"`
			}
			if err := xml.Unmarshal([]byte(r.body), &svg); err != nil || svg.XMLName.Local != "svg" || len(svg.Scripts) > 0 {
				t.Errorf("%s: no picture: %v\n%s", query, err, r.body)
			}
			if dark := strings.Contains(svg.Style, "prefers-color-scheme"); dark == strings.Contains(query, "theme=") {
				t.Errorf("%s: style %q", query, svg.Style)
			}
		}
	}
	if zh := f.visitor("").open("/companies/" + string(f.seller.Party) + "/badge.svg?lang=zh").body; !strings.Contains(zh, "暂无评分") || !strings.Contains(zh, "已由 Hanse Assurance 核验") {
		t.Errorf("in Chinese: %s", zh)
	}
	own := f.enters(f.buyer, words.English)
	snippet := own.open("/companies/" + string(f.buyer.Party)).page.Find("pre.code").Text()
	if !strings.HasPrefix(snippet, `<a href="https://house.example/companies/`+string(f.buyer.Party)) || !strings.Contains(snippet, "&amp; Co KG") {
		t.Errorf("the code to copy is %s", snippet)
	}
}

func TestASignedBadgeIsCheckedAgainstWhatIsSoNow(t *testing.T) {
	t.Parallel()
	f := tradingFair(t)
	visitor := f.visitor(words.English)
	badge := visitor.open("/companies/" + string(f.seller.Party) + "/badge.txt").body
	check := func(text string) *reader {
		return visitor.open("/badge").submitted("form[action='/badge']", map[string]string{"note": text})
	}
	check("  "+strings.ReplaceAll(badge, "\n", "\r\n")).wants(http.StatusOK, "/badge")
	if got := visitor.text("#badge-holds"); !strings.Contains(got, "Nothing has changed since") || !strings.Contains(got, "宁波北仑") {
		t.Errorf("a fresh badge: %q", got)
	}
	id := f.closes("End mills")
	f.says(f.buyer, id, 5, "Good.")
	f.says(f.seller, id, 5, "Good.")
	f.follows()
	check(badge).wants(http.StatusOK, "/badge")
	if got := visitor.text("#badge-holds"); !strings.Contains(got, "this has changed") || !strings.Contains(got, "Settled deals") {
		t.Errorf("an old badge: %q", got)
	}
	for name, text := range map[string]string{"changed": strings.Replace(badge, "country CN", "country DE", 1), "empty": "", "long": strings.Repeat("a", 100_000), "hostile": `<script>alert(1)</script>`} {
		check(text).wants(http.StatusUnprocessableEntity, "/badge")
		if visitor.page.Find("#badge-holds, main script").Length() != 0 || visitor.text(".problem code") != "standing.bad_badge" {
			t.Errorf("%s: %s", name, visitor.trouble())
		}
	}
	plain := setup(t)
	p := plain.joins("a@example.com", "A", "Alpha Trading", "DE")
	if r := plain.visitor(words.English).open("/companies/" + string(p.Party)); r.page.Find("a[href$='/badge.txt']").Length() != 0 {
		t.Error("a house without a key offers a signature")
	}
}

// submitted fills a form and gives the page that follows.
func (r *reader) submitted(form string, write map[string]string) *reader {
	r.t.Helper()
	r.submit(form, "", write)
	return r
}

func TestTheFormForADealShowsWhoTheOtherIsAndWhatBothMayAgreeTo(t *testing.T) {
	t.Parallel()
	f := tradingFair(t)
	id := f.closes("End mills")
	f.says(f.buyer, id, 5, "Good.")
	f.says(f.seller, id, 5, "Good.")
	f.follows()
	fresh := f.joins("new@example.com", "Nora New", "Fresh Mills Ltd", "NL")
	f.joins("two@example.com", "Tom Two", "Fresh Mills Holding Ltd", "NL")
	buyer := f.enters(f.buyer, words.English)
	buyer.open("/deals/new").submit("form.builder", "find", map[string]string{"search": "Fresh Mills"})
	if got := buyer.text(".choices"); strings.Count(got, "not rated yet") != 2 {
		t.Errorf("the search finds %q", got)
	}
	buyer.open("/deals/new?with=" + string(f.seller.Party))
	if got := buyer.text(".counterparty"); !strings.Contains(got, "of 100") || !strings.Contains(got, "1 settled deal with one partner") || !strings.Contains(got, "Verified by the house") {
		t.Errorf("the card says %q", got)
	}
	if buyer.page.Find(".counterparty .reason-line").Length() != 3 || buyer.page.Find(".counterparty a[target=_blank][href='/companies/"+string(f.seller.Party)+"']").Length() != 1 || buyer.page.Find(".counterparty .party-name a").Length() != 0 {
		t.Error("not three reasons, or a link that leads away from the form")
	}
	buyer.open("/deals/new?with=" + string(fresh.Party))
	if got := buyer.text(".counterparty"); !strings.Contains(got, "up to about USD 250,000") || !strings.Contains(got, "30 %") || !strings.Contains(got, "New") {
		t.Errorf("the card of a new seller says %q", got)
	}
	form := offerForm("Too much", "")
	delete(form, "search")
	form["lines[0].unit_price"] = "100.00"
	buyer.submit("form.builder", "offer", form)
	buyer.wants(http.StatusUnprocessableEntity, "/deals/")
	if got := buyer.text("#f-lines"); !strings.Contains(got, "the seller may agree to about USD 250,000") || buyer.page.Find(".mistakes a[href='#f-lines']").Length() != 1 {
		t.Errorf("at the goods the form says %q, all in all %q", got, buyer.trouble())
	}
	form["lines[0].unit_price"], form["plan"] = "10.00", "own"
	form["tranches[0].amount"], form["tranches[0].release"] = "20000.00", "funding"
	form["tranches[1].amount"], form["tranches[1].release"] = "20180.50", "acceptance"
	delete(form, "my_side") // the draft is saved: its sides stay
	buyer.submit("form.builder", "offer", form)
	buyer.wants(http.StatusUnprocessableEntity, "/deals/")
	if got := buyer.text("#f-plan-mistake"); !strings.Contains(got, "at most 30 % of the price, until the seller") {
		t.Errorf("at the plan the form says %q, all in all %q", got, buyer.trouble())
	}
	if left := unworded.FindString(buyer.page.Find("main").Text()); left != "" {
		t.Errorf("a key without a sentence: %q", left)
	}
	chip := buyer.open("/deals/" + string(id)).text("#deal-side .party")
	if strings.Count(chip, "of 100") != 2 || !strings.Contains(chip, "confidence") {
		t.Errorf("the chips of the deal say %q", chip)
	}
}

func TestReviewsAreTurnedPageByPageAndTheTrendIsDrawnMonthByMonth(t *testing.T) {
	t.Parallel()
	f := tradingFair(t)
	for n := range 12 {
		id := f.closes("End mills")
		f.says(f.buyer, id, 5-n%3, fmt.Sprintf("Delivery number %d.", n+1))
		f.says(f.seller, id, 5, "Good.")
		f.follows()
		f.clock.Advance(20 * 24 * time.Hour)
	}
	r := f.visitor(words.English).open("/companies/" + string(f.seller.Party))
	first := r.page.Find(".review").Length()
	if got := r.text(".review:first-of-type .review-text"); first != 10 || !strings.Contains(r.text("#reviews"), "Delivery number 12.") {
		t.Errorf("the first page has %d reviews and begins with %q", first, got)
	}
	if points := strings.Fields(r.page.Find(".trend-line").AttrOr("points", "")); len(points) < 6 || len(points) != r.page.Find(".trend tbody tr").Length() {
		t.Errorf("the trend has %d points and %d rows", len(points), r.page.Find(".trend tbody tr").Length())
	}
	older := r.page.Find(".pager a").Last().AttrOr("href", "")
	if r.open(older); r.page.Find(".review").Length() != 2 || !strings.Contains(r.text("#reviews"), "Delivery number 1.") {
		t.Errorf("the second page has %d reviews: %q", r.page.Find(".review").Length(), r.text("#reviews"))
	}
	if r.page.Find("meta[name=robots]").AttrOr("content", "") != "noindex" {
		t.Error("a later page is listed by search engines")
	}
	for _, page := range []string{"0", "-3", "99999999999999999999", "7", "x"} {
		if r.open("/companies/" + string(f.seller.Party) + "?page=" + page); r.status != http.StatusOK || r.page.Find(".review").Length() == 0 {
			t.Errorf("page %s answers %d with %d reviews", page, r.status, r.page.Find(".review").Length())
		}
	}
}

// What the house checks about a company is told to nobody by its public page, its
// badge or the card in the form of a deal.
func TestAHeldCompanyLooksToOthersAsItDidBefore(t *testing.T) {
	t.Parallel()
	c := openChecked(t)
	at := "/companies/" + string(c.seller.Party)
	buyer, visitor, seller := c.enters(c.buyer, words.English), c.visitor(words.English), c.enters(c.seller, words.Chinese)
	look := func() map[string]string {
		return map[string]string{
			"page": visitor.open(at).text("main"), "badge": visitor.open(at + "/badge.svg?lang=en").body, "its own page": seller.open(at).text("main"),
			"card": buyer.open("/deals/new?with=" + string(c.seller.Party)).text(".counterparty"),
		}
	}
	before := look()
	c.list.write("2027-03-01", grinder())
	c.reads()
	held, err := c.Organisation(t.Context(), c.cat.Actor(), c.seller.Party)
	c.must(err)
	if !held.Held() {
		t.Fatal("the company is not held: this test shows nothing")
	}
	for name, after := range look() {
		if after != before[name] || after == "" {
			t.Errorf("the %s was %q and is %q", name, before[name], after)
		}
	}
}
