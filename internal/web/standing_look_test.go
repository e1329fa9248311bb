package web_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/reputation"
	"fondaco/internal/web/webtest"
	"fondaco/internal/web/words"
)

// season is a house in which two companies have traded for months.
type season struct {
	*fair
	open, sealed, shown deal.ID // what stands of their reviews
	fresh               assurance.Person
}

func longTrade(t testing.TB) season {
	t.Helper()
	s := season{fair: tradingFair(t)}
	s.fresh = s.joins("new@example.com", "Nora New", "Internationale Handelsgesellschaft für Präzisionsmaschinen mbH", "NL")
	said := []string{
		"Hardness and diameter as drawn, boxes labelled lot by lot.\nOne box came a day late; they told us before we asked.",
		"Everything as agreed. 单据齐全，包装牢固，比约定提前三天到港。", "Two documents had to be asked for twice.",
		"We sell tool holders too, ask us for a price.", "Our fourth order of this tool, and the best yet.", "Good.",
	}
	first := s.buyer
	buyers := []assurance.Person{first}
	for n, name := range []string{"Atelier Mécanique Duval SARL", "Kowalski Narzędzia Sp. z o.o.", "Officine Meccaniche Brambilla S.r.l."} {
		p := s.joins(fmt.Sprintf("buyer%d@example.com", n), "Buyer", name, []string{"FR", "PL", "IT"}[n])
		s.trusts(p)
		buyers = append(buyers, p)
	}
	for n, text := range said {
		s.buyer = buyers[n%len(buyers)]
		id := s.closes(fmt.Sprintf("Carbide end mills, lot %d", n+1))
		s.says(s.buyer, id, 5-(n%3+1)/2, text)
		s.says(s.seller, id, 5, "付款及时，沟通顺畅，愿意再次合作。")
		s.follows()
		if n == 3 {
			law := s.hires("rules@house.example", identity.Administrator)
			_, err := s.HideReview(t.Context(), assurance.Call{By: law.Actor()}, id, reputation.Hide{Side: identity.Buyer, Part: reputation.TextPart, Rule: reputation.OffTopic, Reason: "not about the deal"})
			s.must(err)
		}
		if n == 4 {
			_, err := s.AnswerReview(t.Context(), assurance.Call{By: s.seller.Actor()}, id, reputation.Reply{Text: "Thank you. 下一批的刀具涂层会再厚两微米。"})
			s.must(err)
		}
		s.shown = id
		s.clock.Advance(26 * 24 * time.Hour)
	}
	s.buyer = first
	s.sealed, s.open = s.closes("Collet chucks ER32"), s.closes("Twelve tool holders for the Hamburg plant")
	s.says(s.buyer, s.sealed, 4, "Good so far.")
	return s
}

func TestThePagesOfStandingFitAndAreAccessible(t *testing.T) {
	t.Parallel()
	b, s := webtest.Open(t), longTrade(t)
	buyer, seller := s.session(s.buyer), s.session(s.seller)
	house := s.session(s.hires("admin@house.example", identity.Administrator))
	company := func(p assurance.Person) string { return "/companies/" + string(p.Party) }
	s.inspects(b, []sight{
		{"standing", company(s.seller), nil},
		{"standing-long", company(s.buyer), seller},
		{"standing-new", company(s.fresh), nil},
		{"badge-check", "/badge", nil},
		{"review-form", "/deals/" + string(s.open), buyer},
		{"review-sealed", "/deals/" + string(s.sealed), buyer},
		{"review-shown", "/deals/" + string(s.shown), seller},
		{"review-house", "/deals/" + string(s.shown), house},
		{"counterparty", "/deals/new?with=" + string(s.seller.Party), buyer},
		{"counterparty-new", "/deals/new?with=" + string(s.fresh.Party), buyer},
		{"home-invited", "/", buyer},
	})
}

// TestTwoCompaniesReviewEachOtherInTheirBrowsers closes a deal, seals two reviews,
// sees them shown together, replies, and reads the company's page.
func TestTwoCompaniesReviewEachOtherInTheirBrowsers(t *testing.T) {
	t.Parallel()
	b, f := webtest.Open(t), tradingFair(t)
	id := f.reaches(deal.Delivered, f.terms("Carbide end mills", "Carbide end mills, 12 mm", 400, 10_000))
	page := "/deals/" + string(id)
	enter := func(p assurance.Person, view webtest.View) *webtest.Person {
		one := b.Person(t, f.server.URL, chromeOnWindows, view)
		one.Goes("/sign-in")
		one.Types("#f-email", p.Email)
		one.Types("#f-password", password)
		one.Presses("form[action='/sign-in'] .btn-primary", isIn)
		return one
	}
	buyer, seller := enter(f.buyer, webtest.Desk()), enter(f.seller, webtest.Phone())
	buyer.Goes(page + "/accept")
	buyer.Presses(".sheet form button", "#act-review")

	// The five marks are given with the keyboard alone.
	buyer.Goes("/")
	buyer.Presses("#to-review a", "#act-review")
	for _, aspect := range []string{"as_described", "on_time", "communication", "documents", "overall"} {
		buyer.Tabs(t, `input[name="review.aspects.`+aspect+`"]`)
		buyer.Do(t, chromedp.KeyEvent(strings.Repeat(kb.ArrowRight, 4)))
	}
	if got := buyer.Ask(t, `[...document.querySelectorAll("#act-review input:checked")].map(e => e.value).join()`); got != "5,5,5,5,5" {
		t.Errorf("by keyboard the marks are %s", got)
	}
	buyer.Types(`#act-review textarea`, buyersWords)
	if got := buyer.Reads(`[id="f-review.text-room"]`); !strings.Contains(got, fmt.Sprint(reputation.ReviewTextMax-len(buyersWords))) {
		t.Errorf("the room that is left: %q", got)
	}
	buyer.Presses("#act-review .btn-primary", "main:not(:has(#act-review)) #reviews .notice")

	seller.Goes(page)
	if got := seller.Reads("#reviews"); strings.Contains(got, "Hardness") {
		t.Errorf("the seller reads a sealed review: %q", got)
	}
	for _, aspect := range []string{"as_described", "on_time", "communication", "documents", "overall"} {
		seller.Presses(`input[name="review.aspects.`+aspect+`"][value="5"]`, "#act-review")
	}
	seller.Types(`#act-review textarea`, sellersWords)
	seller.Presses("#act-review .btn-primary", ".review")
	seller.Presses("#act-reply summary", "#act-reply textarea")
	seller.Types("#act-reply textarea", "谢谢，下次会更准时。")
	seller.Presses("#act-reply .btn-primary", ".quoted-reply")
	buyer.Goes(page)
	if got := buyer.Reads("#reviews"); !strings.Contains(got, sellersWords) || !strings.Contains(got, "下次会更准时") {
		t.Errorf("shown together, the buyer reads %q", got)
	}

	f.follows()
	anybody := b.Person(t, f.server.URL, firefoxOnLinux, webtest.Desk())
	anybody.Goes("/companies/" + string(f.seller.Party))
	if got := anybody.Reads(".standing"); !strings.Contains(got, "of 100") {
		t.Errorf("the company's page says %q", got)
	}
	anybody.Presses(".why-list summary", ".reason-why")
	if got := anybody.Ask(t, `document.querySelector(".badge-picture").naturalWidth`); got != "300" {
		t.Errorf("the badge is %s pixels wide", got)
	}
	for name, p := range map[string]*webtest.Person{"buyer": buyer, "seller": seller, "anybody": anybody} {
		for _, problem := range p.Problems() {
			t.Errorf("%s: the browser complains: %s", name, problem)
		}
	}
}

// TestPicturesOfStanding writes the pictures of standing for the docs into the folder
// that FONDACO_IMAGES names.
func TestPicturesOfStanding(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("FONDACO_IMAGES")
	if folder == "" {
		t.Skip("set FONDACO_IMAGES to a folder to take the pictures of the docs again")
	}
	b, s := webtest.Open(t), longTrade(t)
	buyer := s.session(s.buyer)
	for _, view := range []struct {
		webtest.View
		name   string
		height float64
	}{{webtest.Desk(), "desktop", 1180}, {webtest.Phone(), "phone", 1240}} {
		sheet := b.Visit(t, s.server.URL+"/sign-in", view.View)
		for _, look := range []struct {
			name, path string
			session    *http.Cookie
		}{
			{"profile", "/companies/" + string(s.seller.Party), nil},
			{"counterparty", "/deals/new?with=" + string(s.seller.Party), buyer},
			{"review", "/deals/" + string(s.open), buyer},
		} {
			for _, lang := range []string{words.English, words.Chinese} {
				if view.name == "phone" && look.name != "profile" {
					continue
				}
				s.goes(sheet, look.path, lang, look.session)
				sheet.Do(t, pictured(filepath.Join(folder, look.name+"-"+lang+"-"+view.name+".png"), float64(view.Width), view.height))
			}
		}
	}
}
