package web_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/compliance"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/screening"
	"fondaco/internal/web/webtest"
	"fondaco/internal/web/words"
)

// busyDesk is a house with cases in every stage.
func busyDesk(t *testing.T) (c *checked, one string) {
	t.Helper()
	twin := falcon()
	twin.ID, twin.Names = "H-1042", []screening.Name{{Text: "Meridian Falcon Shipping and Chartering Consolidated Holdings of Panama", Type: "primary"}}
	c = openChecked(t, falcon(), twin, captain())
	c.deals["funded"] = c.reaches(deal.Funded, c.terms("Gearbox housings, cast and machined", "Gearbox housing GG25", 1111111, 90000-1))
	joins := func(email, name, company, country string) compliance.Case {
		before := map[string]bool{}
		for _, known := range c.open() {
			before[known.ID] = true
		}
		c.joins(email, name, company, country)
		c.work()
		for _, known := range c.open() {
			if !before[known.ID] {
				return known
			}
		}
		t.Fatalf("no case of %s", company)
		return compliance.Case{}
	}
	c.decides(joins("a@falcon.example", "Ada Vinter", "Meridian Falcon Shipping Company", "PA"), compliance.TrueMatch)
	c.decides(joins("b@falcon.example", "Bea Vinter", "Meridian Falcon Shipping Ltd", "SG"), compliance.FalsePositive)
	c.clock.Advance(4 * 24 * time.Hour)
	proposed := joins("c@falcon.example", "Wolfgang Ostrander", "Ostrander Handel und Logistik GmbH", "AT")
	_, err := c.StepCase(t.Context(), assurance.Call{By: c.cat.Actor()}, proposed.ID, compliance.Take{})
	c.must(err)
	_, err = c.StepCase(t.Context(), assurance.Call{By: c.cat.Actor()}, proposed.ID, compliance.Propose{Edition: proposed.Edition, Decision: compliance.FalsePositive, Reason: because})
	c.must(err)
	joins("d@falcon.example", "Dov Vinter", "Meridyan Falcon Shipping and Chartering Consolidated Holding", "DE")
	c.clock.Advance(30 * time.Hour)
	joins("e@falcon.example", "Eli Vinter", "Falcon Meridian Lines Hamburg", "DE")
	c.clock.Advance(80 * time.Hour)
	c.work()
	c.list.write("2027-03-08", falcon(), twin, captain(), grinder())
	c.clock.Advance(time.Hour)
	c.reads()
	c.clock.Advance(2 * time.Hour)
	c.list.tear()
	c.reads()
	for _, known := range c.open() {
		if known.Subject.Party == c.seller.Party {
			one = known.ID
		}
	}
	return c, one
}

func TestTheDeskOfCasesFitsAndIsAccessible(t *testing.T) {
	t.Parallel()
	b := webtest.Open(t)
	c, one := busyDesk(t)
	cat, dan := c.session(c.cat), c.session(c.dan)
	var proposed, confirmed string
	all, err := c.CheckCases(t.Context(), c.cat.Actor(), assurance.CaseQuery{})
	c.must(err)
	for _, known := range all {
		switch known.Stage {
		case compliance.Proposed:
			proposed = known.ID
		case compliance.Confirmed:
			confirmed = known.ID
		}
	}
	owner := c.joins("ada@brix.example", "Ada Brix", longName+" Beteiligungen", "DE")
	r := c.enters(owner, words.English)
	r.open("/company/profile").written("add_name", nil)
	r.written("add_person", map[string]string{"other_names[0]": "Брикс"})
	r.written("", map[string]string{"people[0].name": "Friedrich-Wilhelm von Rheinhausen-Altenkirchen zu Solingen", "people[0].local_name": "陈思远", "people[0].share": "60"})
	auditor := c.session(c.hires("audit@house.example", identity.Auditor))
	bare := setup(t)
	law := bare.session(bare.hires("law@house.example", identity.Compliance))
	c.inspects(b, []sight{
		{"checks", "/desk/checks", cat},
		{"checks-none", "/desk/checks?which=lifted", cat},
		{"check", "/desk/checks/" + one, cat},
		{"check-proposed", "/desk/checks/" + proposed, dan},
		{"check-own", "/desk/checks/" + proposed, cat},
		{"check-confirmed", "/desk/checks/" + confirmed, cat},
		{"check-audit", "/desk/checks/" + one, auditor},
		{"lists", "/desk/lists", cat},
		{"list", "/desk/lists/" + harbour, cat},
		{"profile-people", "/company/profile", r.cookie()},
		{"review-people", "/desk/companies/" + string(owner.Party), cat},
		{"deal-waits", "/deals/" + string(c.deals["funded"]), c.session(c.buyer)},
		{"desk-checks", "/", cat},
	})
	bare.inspects(b, []sight{{"lists-none", "/desk/lists", law}, {"checks-no-lists", "/desk/checks", law}})
}

// affair is a listed name in a house where people trade, lived in browsers.
type affair struct {
	*checked
	listed, kept     assurance.Person // who has the listed name, and who only resembles one
	stopped, running deal.ID
	buyer, cat, dan  *webtest.Person
	browser          *webtest.Browser
}

func begun(t *testing.T) *affair {
	t.Helper()
	a := &affair{checked: openChecked(t, falcon()), browser: webtest.Open(t)}
	a.running = a.reaches(deal.Funded, a.terms("4,000 carbide end mills", "Carbide end mills, 12 mm", 4000, 1050))
	a.kept = a.seller
	a.listed = a.joins("x@falcon.example", "Xaver Vinter", "Meridian Falcon Shipping Company", "PA")
	a.seller = a.listed
	a.stopped = a.reaches(deal.Draft, a.terms("Freight of six containers", "Container 40 ft, Ningbo to Hamburg", 6, 210000))
	a.does(a.checked.buyer, a.stopped, deal.MakeOffer{})
	a.buyer, a.cat, a.dan = a.enters(a.checked.buyer), a.enters(a.checked.cat), a.enters(a.checked.dan)
	return a
}

// enters signs somebody in, in a browser of their own.
func (a *affair) enters(p assurance.Person) *webtest.Person {
	tab := a.browser.Person(a.t, a.server.URL, chromeOnWindows, webtest.Desk())
	tab.Goes("/sign-in")
	tab.Types("#f-email", p.Email)
	tab.Types("#f-password", password)
	tab.Presses("form[action='/sign-in'] .btn-primary", isIn)
	return tab
}

// TestTheJourneyOfAListedName is lived in browsers: a listed name cannot sign, a new
// version of a list stops a running deal, and two people clear it.
func TestTheJourneyOfAListedName(t *testing.T) {
	t.Parallel()
	a := begun(t)
	a.cannotSign()
	a.stopsWhatRuns()
	a.isClearedByTwo()
	if !a.held(a.listed.Party) {
		t.Error("the listed company is free as well")
	}
	for _, tab := range []*webtest.Person{a.buyer, a.cat, a.dan} {
		for _, problem := range tab.Problems() {
			if !strings.Contains(problem, "422") { // the signature that is refused on purpose
				t.Errorf("the browser complains: %s", problem)
			}
		}
	}
}

// cannotSign: both sides are stopped at the signature, in the same words.
func (a *affair) cannotSign() {
	said := map[string]bool{}
	for _, tab := range []*webtest.Person{a.buyer, a.enters(a.listed)} {
		tab.Goes("/deals/" + string(a.stopped) + "/sign")
		tab.Presses(".sheet .btn-seal", ".problem")
		text := tab.Reads(".problem")
		said[text] = true
		if !strings.Contains(text, "routine checks") || !strings.Contains(text, "You need do nothing") {
			a.t.Errorf("a signature is answered with %q", text)
		}
		for _, word := range tipping() {
			if strings.Contains(strings.ToLower(tab.Reads("main")), strings.ToLower(word)) && word != "Meridian" {
				a.t.Errorf("a party reads %q", word)
			}
		}
	}
	if len(said) != 1 {
		a.t.Errorf("two sides read two texts: %v", said)
	}
	if s := a.state(a.stopped); len(s.Signatures) != 0 {
		a.t.Errorf("the deal has %d signatures", len(s.Signatures))
	}
}

// stopsWhatRuns: a new version of the list names somebody whose deal runs.
func (a *affair) stopsWhatRuns() {
	a.list.write("2027-03-02", falcon(), grinder())
	a.cat.Goes("/desk/lists")
	a.cat.Presses("form[action='/desk/lists/read'] button", ".flash .notice")
	a.work()
	if !a.state(a.running).Frozen {
		a.t.Fatal("the deal goes on")
	}
	a.buyer.Goes("/deals/" + string(a.running))
	if got := a.buyer.Reads("main"); !strings.Contains(got, "Routine checks") || !strings.Contains(got, "Payments and clocks of this deal wait meanwhile") {
		a.t.Errorf("the buyer reads %q", got)
	}
}

// isClearedByTwo: two people of the office find that it is another company. One
// walks through the queue by keyboard.
func (a *affair) isClearedByTwo() {
	a.cat.Goes("/desk/checks")
	first := a.cat.Ask(a.t, `(document.querySelector("a[data-stop]").focus(), document.activeElement.href)`)
	a.cat.Ask(a.t, `document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key: "j", bubbles: true}))`)
	if second := a.cat.Ask(a.t, `document.activeElement.href`); second == first {
		a.t.Error("J does not go to the next case")
	}
	mistaken := ""
	for _, one := range a.open() {
		if one.Subject.Party == a.kept.Party {
			mistaken = "/desk/checks/" + one.ID
		}
	}
	a.cat.Presses("a[href='"+mistaken+"']", "td mark")
	if got := a.cat.Reads("main"); !strings.Contains(got, "Ningbo Beilun Precision Machinery") || !strings.Contains(got, "Harbour order 12") || !strings.Contains(got, "One of them stands still") {
		a.t.Errorf("the first person decides from %q", got)
	}
	a.cat.Presses("form[action$='/take'] button", ".flash .notice")
	a.cat.Presses("input[name='propose.decisions'][value=false_positive]", "[name='propose.reason']")
	a.cat.Types("[name='propose.reason']", because)
	a.cat.Presses("form[action$='/propose'] .btn-primary", "form[action$='/object']")
	a.dan.Goes(mistaken)
	a.dan.Types("form[action$='/agree'] textarea", agreed)
	a.dan.Presses("form[action$='/agree'] .btn-primary", ".flash .notice")
	a.work()
	if s := a.state(a.running); s.Frozen || a.held(a.kept.Party) {
		a.t.Error("two people have cleared it, and the deal still stands")
	}
	a.buyer.Goes("/deals/" + string(a.running))
	if got := a.buyer.Reads("main"); !strings.Contains(got, "The routine checks are done") {
		a.t.Errorf("the buyer reads %q", got)
	}
}

// TestPicturesOfTheChecks writes the pictures of the desk into the folder that
// FONDACO_IMAGES names.
func TestPicturesOfTheChecks(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("FONDACO_IMAGES")
	if folder == "" {
		t.Skip("set FONDACO_IMAGES to a folder to take the pictures of the docs again")
	}
	b := webtest.Open(t)
	c, one := busyDesk(t)
	cat := c.session(c.cat)
	for _, view := range []struct {
		webtest.View
		name   string
		height float64
	}{{webtest.Desk(), "desktop", 1180}, {webtest.Phone(), "phone", 1240}} {
		sheet := b.Visit(t, c.server.URL+"/sign-in", view.View)
		for name, path := range map[string]string{"checks": "/desk/checks", "check": "/desk/checks/" + one, "lists": "/desk/lists"} {
			for _, lang := range []string{words.English, words.Chinese} {
				c.goes(sheet, path, lang, cat)
				sheet.Do(t, pictured(filepath.Join(folder, name+"-"+lang+"-"+view.name+".png"), float64(view.Width), view.height))
			}
		}
	}
}
