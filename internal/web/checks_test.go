package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/money"
	"fondaco/internal/trade/compliance"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/screening"
	"fondaco/internal/web"
	"fondaco/internal/web/words"
)

// leftCheck finds a key of the desk's words that a page shows instead of its sentence.
var leftCheck = regexp.MustCompile(`\b(?:checks|check|lists|queue|profile)\.[a-z_]+(?:\.[a-z_]+)*\b|<no value>|%!`)

// formKey finds the key of a form, letters of chance that may spell any word.
var formKey = regexp.MustCompile(`\b[A-Z2-7]{26}\b`)

func TestTheQueueShowsWhatPressesFirst(t *testing.T) {
	t.Parallel()
	c := openChecked(t, falcon(), captain())
	c.joins("m@falcon.example", "Mara Vinter", "Meridian Falcon Freight Ltd", "DE") // resembles it
	c.work()
	c.clock.Advance(time.Hour)
	c.joins("x@falcon.example", "Xaver Vinter", "Meridian Falcon Shipping Company", "PA") // is it
	c.work()
	if n := len(c.open()); n != 2 {
		t.Fatalf("%d cases", n)
	}
	cat := c.enters(c.cat, words.English)
	cat.open("/desk/checks")
	rows := cat.page.Find("tbody tr")
	if rows.Length() != 2 || !strings.Contains(rows.First().Text(), "Meridian Falcon Shipping Company") {
		t.Fatalf("the queue says %q", cat.text("tbody"))
	}
	for _, want := range []string{"Legal or other name", "very likely", "Company held", "Nobody yet", "2 days left"} {
		if !strings.Contains(strings.Join(strings.Fields(rows.First().Text()), " "), want) {
			t.Errorf("the first row lacks %q: %q", want, rows.First().Text())
		}
	}
	c.clock.Advance(5 * 24 * time.Hour)
	c.work()
	cat = c.enters(c.cat, words.Chinese)
	if got := cat.open("/desk/checks").text(".tallies"); !strings.Contains(got, "2 件超期") {
		t.Errorf("after five days the tallies are %q", got)
	}
	if got := cat.open("/").text(".deeds"); !strings.Contains(got, "合规案件2 项待处理") {
		t.Errorf("the desk says %q", got)
	}
	cat.open("/desk/checks?q=Freight")
	if n := cat.page.Find("tbody tr").Length(); n != 1 {
		t.Errorf("the search finds %d", n)
	}
	cat.open("/desk/checks?q=Nobody+Such")
	if got := cat.text(".empty h2"); got != words.For(words.Chinese).T("checks.none_found") {
		t.Errorf("nothing found is told as %q", got)
	}
	for _, one := range c.open() {
		c.decides(one, compliance.FalsePositive)
	}
	cat.open("/desk/checks")
	if got := cat.text(".empty h2"); got != words.For(words.Chinese).T("checks.none") {
		t.Errorf("an empty queue is told as %q", got)
	}
	cat.open("/desk/checks?which=cleared")
	if n := cat.page.Find("tbody tr").Length(); n != 2 {
		t.Errorf("%d cases are cleared", n)
	}
	cat.open("/desk/checks?which=all&before=" + url.QueryEscape("0"))
	if n := cat.page.Find("tbody tr").Length(); n != 0 {
		t.Errorf("before the first case there are %d", n)
	}
}

func TestACasePageShowsBothRecordsAndWhy(t *testing.T) {
	t.Parallel()
	c := openChecked(t, falcon(), captain())
	bad := c.joins("x@falcon.example", "Xaver Vinter", "Meridyan Falcon Shipping Ltd", "DE")
	c.work()
	one := c.oneCase()
	for _, lang := range []string{words.English, words.Chinese} {
		r := c.enters(c.cat, lang)
		r.open("/desk/checks/" + one.ID)
		r.wants(http.StatusOK, "/desk/checks/")
		body := r.text("main")
		for _, want := range []string{
			"Meridyan Falcon Shipping Ltd", "Meridian Falcon Shipping Company", "Falcon Meridian Lines", "Меридиан", "H-1041", "HBR/2026/1041", "1984-03", "PA-220-1984",
			"Harbour order 7", "<b>Not</b> the freight forwarder", "2026-02-11", "2027-02-28",
		} {
			if !strings.Contains(body, want) {
				t.Errorf("%s: the page lacks %q", lang, want)
			}
		}
		if left := leftCheck.FindAllString(body, -1); len(left) > 0 {
			t.Errorf("%s: keys without a sentence: %v", lang, left)
		}
		marks := strings.ToLower(r.text("td mark"))
		for _, word := range []string{"meridyan", "meridian", "falcon", "shipping"} {
			if !strings.Contains(marks, word) {
				t.Errorf("%s: %q is not marked: %q", lang, word, marks)
			}
		}
		if n := r.page.Find(".reasons > li").Length(); n < 3 {
			t.Errorf("%s: %d reasons", lang, n)
		}
	}
	if bad.Party != one.Subject.Party {
		t.Errorf("the case is about %s", one.Subject.Party)
	}
}

func TestTwoPeopleDecideOnThePageOfACase(t *testing.T) {
	t.Parallel()
	c := openChecked(t, falcon())
	bad := c.joins("x@falcon.example", "Xaver Vinter", "Meridian Falcon Shipping Company", "DE")
	c.work()
	one := c.oneCase()
	page := "/desk/checks/" + one.ID
	cat, dan := c.enters(c.cat, words.English), c.enters(c.dan, words.Chinese)
	cat.open(page).submit("form[action$='/take']", "", nil)
	cat.wants(http.StatusOK, page)
	if got := dan.open("/desk/checks").text("tbody"); !strings.Contains(got, c.cat.Name) {
		t.Errorf("the queue does not say who has taken it: %q", got)
	}
	cat.open(page).submit("form[action$='/propose']", "", map[string]string{"propose.decisions": "false_positive", "propose.reason": "too short"})
	cat.wants(http.StatusUnprocessableEntity, page)
	if got := cat.page.Find("[name='propose.reason']").Text(); got != "too short" {
		t.Errorf("the reason came back as %q", got)
	}
	if cat.page.Find("[name='propose.decisions'][value=false_positive][checked]").Length() != 1 {
		t.Error("the decision did not come back")
	}
	cat.submit("form[action$='/propose']", "", map[string]string{"propose.decisions": "false_positive", "propose.reason": because})
	cat.wants(http.StatusOK, page)
	if cat.page.Find("form[action$='/agree']").Length() != 0 {
		t.Error("who has proposed is offered to agree")
	}
	cat.submit("form[action$='/object']", "", map[string]string{"object.reason": "I have read the wrong extract of the register."})
	cat.wants(http.StatusOK, page)
	cat.submit("form[action$='/propose']", "", map[string]string{"propose.decisions": "false_positive", "propose.reason": because})
	dan.open(page)
	path, stale := dan.filled("form[action$='/agree']", map[string]string{"agree.reason": agreed})
	cat.submit("form[action$='/object']", "", map[string]string{"object.reason": "Wait: one more paper has to be compared first."})
	dan.post(path, stale)
	dan.wants(http.StatusConflict, page)
	if got := dan.text(".quoted"); !strings.Contains(got, agreed) {
		t.Errorf("what was written into a form that is gone is lost: %q", got)
	}
	cat.submit("form[action$='/propose']", "", map[string]string{"propose.decisions": "false_positive", "propose.reason": because})
	dan.post(path, stale) // what he saw was another proposal
	dan.wants(http.StatusConflict, page)
	if got := dan.page.Find("[name='agree.reason']").Text(); got != agreed {
		t.Errorf("his words came back as %q", got)
	}
	if !c.held(bad.Party) {
		t.Error("a stale form has freed the company")
	}
	dan.open(page).submit("form[action$='/agree']", "", map[string]string{"agree.reason": agreed})
	dan.wants(http.StatusOK, page)
	c.work()
	if c.held(bad.Party) || len(c.open()) != 0 {
		t.Error("two people have decided, and the company is still held")
	}
	history := dan.open(page).text(".timeline")
	for _, want := range []string{c.cat.Name, c.dan.Name, because, agreed, words.For(words.Chinese).T("check.event.check_closed")} {
		if !strings.Contains(history, want) {
			t.Errorf("the history lacks %q", want)
		}
	}
}

func TestEveryFindingIsDecidedByItselfAndALiftNeedsTwo(t *testing.T) {
	t.Parallel()
	twin := falcon()
	twin.ID, twin.Reference, twin.Names = "H-1042", "", []screening.Name{{Text: "Meridian Falcon Shipping", Type: "primary"}}
	c := openChecked(t, falcon(), twin)
	bad := c.joins("x@falcon.example", "Xaver Vinter", "Meridian Falcon Shipping", "PA")
	c.work()
	one := c.oneCase()
	if len(one.Matters) != 2 {
		t.Fatalf("%d findings", len(one.Matters))
	}
	page := "/desk/checks/" + one.ID
	cat, dan := c.enters(c.cat, words.English), c.enters(c.dan, words.English)
	index := slices.IndexFunc(one.Matters, func(m compliance.Matter) bool { return m.Finding.Entry == "H-1042" })
	cat.open(page).submit("form[action$='/propose']", "", map[string]string{"propose.decisions": "false_positive", "propose.finding." + itoa(int64(index)): "true_match", "propose.reason": because})
	cat.wants(http.StatusOK, page)
	dan.open(page).submit("form[action$='/agree']", "", map[string]string{"agree.reason": agreed})
	dan.wants(http.StatusOK, page)
	f, err := c.CheckCase(t.Context(), c.cat.Actor(), one.ID)
	c.must(err)
	if f.Case.Stage != compliance.Confirmed {
		t.Fatalf("the case is %s", f.Case.Stage)
	}
	for _, m := range f.Case.Matters {
		if want := map[bool]compliance.Decision{true: compliance.TrueMatch, false: compliance.FalsePositive}[m.Finding.Entry == "H-1042"]; m.Decision != want {
			t.Errorf("%s is %s", m.Finding.Entry, m.Decision)
		}
	}
	dan.open(page).submit("form[action$='/lift']", "", map[string]string{"lift.ground": "licensed", "lift.reason": because})
	dan.wants(http.StatusUnprocessableEntity, page)
	if got := dan.trouble(); !strings.Contains(got, "licence") {
		t.Errorf("a lift without its licence is refused with %q", got)
	}
	dan.submit("form[action$='/lift']", "", map[string]string{"lift.ground": "licensed", "lift.licence": "L-77", "lift.authority": "Harbour board", "lift.until": "2027-09-30", "lift.reason": because})
	dan.wants(http.StatusOK, page)
	if !c.held(bad.Party) {
		t.Error("one person has lifted the case")
	}
	if got := cat.open(page).text(".card"); !strings.Contains(got, "L-77") || !strings.Contains(got, "Harbour board") {
		t.Errorf("the second person does not read the licence: %q", got)
	}
	cat.submit("form[action$='/agree']", "", map[string]string{"agree.reason": agreed})
	cat.wants(http.StatusOK, page)
	c.work()
	if c.held(bad.Party) {
		t.Error("the company is still held")
	}
}

func (c *checked) held(party identity.PartyID) bool {
	c.t.Helper()
	o, err := c.Organisation(c.t.Context(), c.cat.Actor(), party)
	c.must(err)
	return o.Held()
}

func TestOnlyTheOfficeDecidesAndOnlyTheAuditorReadsAlong(t *testing.T) {
	t.Parallel()
	c := openChecked(t, falcon())
	c.joins("x@falcon.example", "Xaver Vinter", "Meridian Falcon Shipping Company", "DE")
	c.work()
	one := c.oneCase()
	history, err := c.CheckCase(t.Context(), c.cat.Actor(), one.ID)
	c.must(err)
	people := map[identity.Office]*reader{identity.Compliance: c.enters(c.cat, words.English)}
	for _, office := range []identity.Office{identity.Auditor, identity.Mediator, identity.Treasury, identity.Administrator} {
		people[office] = c.enters(c.hires(string(office)+"@house.example", office), words.English)
	}
	member := c.enters(c.seller, words.English)
	for _, route := range web.Routes() {
		if !strings.HasPrefix(route.Path, "/desk/checks") && !strings.HasPrefix(route.Path, "/desk/lists") {
			continue
		}
		path := strings.NewReplacer("{case}", one.ID, "{step}", "take", "{list}", harbour).Replace(route.Path)
		for office, r := range people {
			want := http.StatusForbidden
			lists := path == "/desk/lists" || path == "/desk/lists/read"
			switch {
			case office == identity.Compliance, office == identity.Administrator && lists:
				want = http.StatusOK
			case office == identity.Auditor && route.Method == http.MethodGet:
				want = http.StatusOK
			}
			if route.Method == http.MethodGet {
				r.open(path)
			} else {
				r.post(path, url.Values{"once": {"0123456789abcdef0123"}})
			}
			if r.status != want {
				t.Errorf("%s %s answers the %s with %d, want %d", route.Method, path, office, r.status, want)
			}
			if want == http.StatusForbidden && office != identity.Auditor && strings.Contains(r.text("main"), "Meridian") {
				t.Errorf("%s %s tells the %s who it is about", route.Method, path, office)
			}
		}
		if route.Method == http.MethodGet {
			member.open(path)
		} else {
			member.post(path, url.Values{"once": {"0123456789abcdef0123"}})
		}
		if member.status != http.StatusNotFound {
			t.Errorf("%s %s answers a member with %d", route.Method, path, member.status)
		}
	}
	if got := people[identity.Auditor].open("/desk/checks/" + one.ID); got.page.Find("main form").Length() != 0 {
		t.Error("the auditor is offered a form")
	}
	if len(history.History) != 1 {
		t.Errorf("%d facts of a new case", len(history.History))
	}
	if got := people[identity.Mediator].open("/").text("main"); strings.Contains(got, "Compliance cases") {
		t.Error("the mediator's desk shows the queue")
	}
	c.noProofs(people, one)
}

// noProofs asks for the proof of every entry of the log: what is about a case is
// for those who decide it.
func (c *checked) noProofs(people map[identity.Office]*reader, one compliance.Case) {
	c.t.Helper()
	size, err := c.LogSize(c.t.Context())
	c.must(err)
	shown := 0
	for n := range size {
		for _, office := range []identity.Office{identity.Mediator, identity.Compliance} {
			r := people[office].open("/proof/" + itoa(n))
			if !strings.Contains(r.page.Text(), one.ID) {
				continue
			}
			if office == identity.Compliance {
				shown++
			} else {
				c.t.Errorf("the %s reads of the case in entry %d", office, n)
			}
		}
	}
	if shown == 0 {
		c.t.Error("the office itself finds no entry about the case")
	}
}

// telling words: none of them may reach a company because of a case.
func tipping() []string {
	return []string{
		"sanction", "screening", "compliance", "suspic", "watchlist", "listed", "freez", "frozen", "froze", "embargo", "investigat", "flagged",
		"Meridian", "H-3310", "harbour order", "own:harbour",
		"制裁", "名单", "命中", "合规", "可疑", "筛查", "案件", "冻结", "调查", "受限",
	}
}

func TestAHeldCompanyAndItsPartnerReadNothingOfWhy(t *testing.T) {
	t.Parallel()
	c := openChecked(t, falcon())
	c.deals["funded"] = c.reaches(deal.Funded, c.terms("Gearbox housings", "Gearbox housing GG25", 40, 9000))
	c.deals["offered"] = c.reaches(deal.Offered, c.terms("Cutting fluid", "Cutting fluid, 200 l drum", 24, 6100))
	c.deals["closed"] = c.reaches(deal.Closed, c.terms("Collet chucks", "Collet chucks ER32", 400, 3125))
	sides := []*reader{c.enters(c.buyer, words.English), c.enters(c.seller, words.English)}
	before := map[string]string{}
	c.crawl(sides, func(who, path, text string) { before[who+path] = text })
	c.list.write("2027-03-02", falcon(), grinder())
	c.reads()
	one := c.oneCase()
	if s := c.state(c.deals["funded"]); !s.Frozen {
		t.Fatal("the deal does not stand still")
	}
	pages := 0
	c.crawl(sides, func(who, path, text string) {
		pages++
		for _, word := range append(tipping(), one.ID) {
			if n, was := strings.Count(strings.ToLower(text), strings.ToLower(word)), strings.Count(strings.ToLower(before[who+path]), strings.ToLower(word)); n > was {
				t.Errorf("%s %s: %q stands there %d times, %d before", who, path, word, n, was)
			}
		}
	})
	cat := c.enters(c.cat, words.English).open("/deals/" + string(c.deals["funded"]))
	if cat.page.Find("a[href='/desk/checks/"+one.ID+"']").Length() == 0 || cat.page.Find("#act-unfreeze").Length() != 0 {
		t.Error("from the deal the office is not led to the case")
	}
	if pages < 60 {
		t.Errorf("only %d pages were read", pages)
	}
	if got := sides[1].speaks(words.English).open("/deals/" + string(c.deals["funded"])).text("main"); strings.Count(got, "routine checks") < 2 || !strings.Contains(got, "Routine checks") {
		t.Errorf("the deal that stands still reads %q", got)
	}
	for _, side := range sides {
		side.speaks(words.English).open("/deals/" + string(c.deals["offered"]) + "/sign")
		if side.page.Find(".sheet form").Length() == 0 {
			continue // signed already
		}
		side.submit(".sheet form", "", nil)
		if got := side.trouble(); side.status != http.StatusUnprocessableEntity || !strings.Contains(got, "routine checks") || !strings.Contains(got, "You need do nothing") {
			t.Errorf("a signature is answered with %d: %q", side.status, got)
		}
	}
	if _, err := c.Withdraw(t.Context(), assurance.Call{By: c.seller.Actor()}, c.seller.Party, money.New(100, money.MustCurrency("USD")), ""); err == nil {
		t.Error("a held company is paid")
	}
}

// crawl reads every page that both companies of the fair can reach by links, in
// both languages, and the proof of every entry of the log. Keys of forms are left out.
func (c *checked) crawl(sides []*reader, read func(who, path, text string)) {
	c.t.Helper()
	size, err := c.LogSize(c.t.Context())
	c.must(err)
	for i, r := range sides {
		for _, lang := range []string{words.English, words.Chinese} {
			r.speaks(lang)
			who, seen, queue := itoa(int64(i))+" "+lang+" ", map[string]bool{}, []string{"/", "/company/profile", "/money/USD", "/deals.csv"}
			for n := range size {
				queue = append(queue, "/proof/"+itoa(n))
			}
			for len(queue) > 0 {
				path := queue[0]
				queue = queue[1:]
				if seen[path] || len(seen) > 400 {
					continue
				}
				seen[path] = true
				r.open(path)
				read(who, path, formKey.ReplaceAllString(r.body, ""))
				for _, a := range r.page.Find("main a[href^='/'], header a[href^='/']").EachIter() {
					to, _, _ := strings.Cut(a.AttrOr("href", ""), "#")
					if to, _, _ = strings.Cut(to, "?"); !strings.HasPrefix(to, "/assets") && !strings.HasPrefix(to, "/language") && !strings.HasPrefix(to, "/proof") {
						queue = append(queue, to)
					}
				}
			}
		}
	}
}

func TestTheListsSayWhatIsInUseAndWhyNotTheNewest(t *testing.T) {
	t.Parallel()
	c := openChecked(t, falcon())
	cat := c.enters(c.cat, words.English)
	got := cat.open("/desk/lists").text("main")
	for _, want := range []string{"Own list “harbour”", "https://lists.example/harbour.json", "2027-02-28", "In use", "1 added, 0 changed, 0 removed"} {
		if !strings.Contains(got, want) {
			t.Errorf("the lists lack %q: %q", want, got)
		}
	}
	c.clock.Advance(time.Hour)
	c.list.write("2027-03-03", falcon(), captain())
	cat = c.enters(c.cat, words.English)
	cat.open("/desk/lists").submit("form[action='/desk/lists/read']", "", nil)
	cat.wants(http.StatusOK, "/desk/lists")
	if got := cat.text(".flash"); !strings.Contains(got, "A list has changed") {
		t.Errorf("reading a new version is answered with %q", got)
	}
	c.list.tear()
	cat.open("/desk/lists").submit("form[action='/desk/lists/read']", "", nil)
	got = cat.open("/desk/lists").text("main")
	for _, want := range []string{"a version was refused", "The file ends in the middle.", "Version 2027-03-03 with 2 entries stays in use", "Newer version refused"} {
		if !strings.Contains(got, want) {
			t.Errorf("after a torn file the page lacks %q: %q", want, got)
		}
	}
	cat.open("/desk/lists/" + harbour)
	cat.wants(http.StatusOK, "/desk/lists/")
	if rows := cat.page.Find("tbody tr"); rows.Length() != 2 || !strings.Contains(rows.First().Text(), "2027-03-03") {
		t.Errorf("the versions are %q", cat.text("tbody"))
	}
	cat.open("/desk/lists/own:none")
	cat.wants(http.StatusNotFound, "/desk/lists")
	zh := c.enters(c.dan, words.Chinese)
	if got := zh.open("/desk/lists").text("main"); !strings.Contains(got, "文件不完整。版本 2027-03-03（2 条）继续使用，核查照常进行。") {
		t.Errorf("in Chinese: %q", got)
	}
}

func TestAHouseWithoutListsSaysHowToSetThemUp(t *testing.T) {
	t.Parallel()
	h := setup(t)
	cat := h.enters(h.hires("cat@house.example", identity.Compliance), words.English)
	if got := cat.open("/desk/lists").text("main"); !strings.Contains(got, "No list is set up") || !strings.Contains(got, "--lists /srv/lists") {
		t.Errorf("the page says %q", got)
	}
	if cat.page.Find("form[action='/desk/lists/read']").Length() != 0 {
		t.Error("there is nothing to read")
	}
	if got := cat.open("/desk/checks").text("main"); !strings.Contains(got, "Nobody is checked") {
		t.Errorf("the queue says %q", got)
	}
}

func TestEveryWordOfTheRulesHasASentenceInBothLanguages(t *testing.T) {
	t.Parallel()
	var keys []string
	for _, code := range []string{
		screening.Same, screening.Spelled, screening.Sounds, screening.Joined, screening.Initial, screening.Translated, screening.MissingOurs, screening.MissingTheirs,
		screening.Contradiction, screening.LegalForm, screening.BirthSame, screening.BirthYear, screening.BirthNear, screening.BirthDiffers, screening.CountrySame,
		screening.CountryDiffers, screening.IdentifierSame, screening.IdentifierDiffers, screening.WeakName, screening.OtherList,
	} {
		keys = append(keys, "check.reason."+code)
	}
	for _, s := range compliance.Stages() {
		keys = append(keys, "check.stage."+string(s), "check.duty."+string(s))
	}
	for _, x := range compliance.Triggers() {
		keys = append(keys, "check.trigger."+string(x))
	}
	for _, d := range compliance.Decisions() {
		keys = append(keys, "check.decision."+string(d), "check.decision_text."+string(d))
	}
	for _, g := range compliance.Grounds() {
		keys = append(keys, "check.ground."+string(g), "check.ground_text."+string(g))
	}
	for _, x := range compliance.Capacities() {
		keys = append(keys, "check.capacity."+string(x))
	}
	for _, k := range screening.Kinds() {
		keys = append(keys, "check.kind."+string(k))
	}
	for _, x := range identity.Capacities() {
		keys = append(keys, "profile.capacity."+string(x))
	}
	for _, e := range []compliance.Event{
		compliance.CheckOpened{},
		compliance.CheckAdded{},
		compliance.CheckAssigned{},
		compliance.CheckProposed{},
		compliance.CheckAgreed{},
		compliance.CheckObjected{},
		compliance.CheckClosed{},
		compliance.CheckOverdue{},
		compliance.CheckEndProposed{},
		compliance.CheckEnded{},
		compliance.CheckResumed{},
	} {
		keys = append(keys, "check.event."+e.Kind())
	}
	for _, c := range []compliance.Command{compliance.Take{}, compliance.Propose{}, compliance.Agree{}, compliance.Object{}, compliance.Lift{}} {
		word, _, _ := strings.Cut(c.Name(), "_")
		if c.Name() == "propose_lift" {
			word = "lift"
		}
		keys = append(keys, "flash.check_"+word)
	}
	for _, lang := range []string{words.English, words.Chinese} {
		for _, key := range keys {
			if !words.For(lang).Has(key) {
				t.Errorf("%s: %s has no sentence", lang, key)
			}
		}
	}
}

// speaks changes the language of a browser.
func (r *reader) speaks(lang string) *reader {
	r.t.Helper()
	base, err := url.Parse(r.base)
	if err != nil {
		r.t.Fatal(err)
	}
	r.client.Jar.SetCookies(base, []*http.Cookie{{Name: "fondaco_lang", Value: lang, Path: "/"}})
	return r
}
