package web_test

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"fondaco/internal/assurance"
	"fondaco/internal/money"
	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/shipment"
	"fondaco/internal/web"
	"fondaco/internal/web/webtest"
	"fondaco/internal/web/words"
)

const longName = "Rheinische Präzisionswerkzeug- und Maschinenbau GmbH & Co KG"

// fair is a house full of trade: a buyer and a seller with deals in every phase.
type fair struct {
	*house
	buyer, seller assurance.Person
	deals         map[string]deal.ID
}

func usd(minor int64) money.Amount { return money.New(minor, money.MustCurrency("USD")) }

// terms are a contract over one kind of goods.
func (f *fair) terms(title, goods string, quantity, price int64) contract.Terms {
	t := contract.Terms{
		Title: title, Buyer: f.buyer.Party, Seller: f.seller.Party, Currency: money.MustCurrency("USD"),
		Lines: []contract.Line{{
			Description: goods, Quantity: quantity, Unit: "PCE", UnitPrice: usd(price), Basis: 1, HSCode: "820770", Origin: "CN", ToleranceBps: 200,
			Acceptance: []string{"Hardness at least 62 HRC on a sample of 20.", "Diameter within 0.01 mm of the drawing.", "Packed in boxes of 10, each with its lot number."},
		}},
		Delivery: contract.Delivery{
			Incoterm: "DAP", NamedPlace: "Hamburg", ShipTo: "DE Hamburg",
			ShipBy: contract.DateOf(f.Now().Add(20 * 24 * time.Hour)), DeliverBy: contract.DateOf(f.Now().Add(60 * 24 * time.Hour)),
		},
		Inspection:   contract.Inspection{Days: 7, Where: "Warehouse of the buyer, Hamburg", Standard: "AQL 2.5, level II (ISO 2859-1)"},
		Remedies:     contract.Remedies{LatePenaltyBps: 50, LatePenaltyCapBps: 500, ReturnFreight: identity.Seller},
		GoverningLaw: "Switzerland, CISG included", DisputeForum: "ICC arbitration, seat Geneva",
	}
	total := quantity * price
	t.Tranches = []contract.Tranche{
		{ID: "advance", Amount: usd(total * 3 / 10), Release: contract.OnFunding},
		{ID: "balance", Amount: usd(total - total*3/10), Release: contract.OnAcceptance},
	}
	return t.Normal()
}

// reaches drives a new deal to a phase.
func (f *fair) reaches(phase deal.Phase, t contract.Terms) deal.ID {
	f.t.Helper()
	r, err := f.DraftDeal(f.t.Context(), assurance.Call{By: f.buyer.Actor()}, t)
	f.must(err)
	id := deal.ID(r.ID)
	hash := deal.Agreement{Terms: t, Rules: f.Rules()}.Hash()
	carrier := func(stage shipment.Stage, place string) {
		s, err := f.Deal(f.t.Context(), f.buyer.Actor(), id)
		f.must(err)
		e := shipment.Event{Stage: stage, At: f.Now(), Place: place}
		_, err = f.Act(f.t.Context(), assurance.Call{By: identity.Actor{Office: identity.Carrier, Person: "Hapag-Lloyd"}}, id, deal.Track{ConsignmentID: s.Consignments[0].ID, Event: e})
		f.must(err)
	}
	steps := []struct {
		to deal.Phase
		do func()
	}{
		{deal.Draft, func() {}},
		{deal.Offered, func() { f.does(f.buyer, id, deal.MakeOffer{}); f.does(f.buyer, id, deal.Sign{Hash: hash}) }},
		{deal.Agreed, func() { f.does(f.seller, id, deal.Sign{Hash: hash}) }},
		{deal.Funded, func() {
			total, err := t.Total()
			f.must(err)
			f.must(f.rail.Simulate(f.t.Context(), assurance.Simulation{Deal: string(id), Amount: total, Payer: longName, Scenario: "exact"}))
			f.work()
		}},
		{deal.Shipped, func() {
			f.does(f.seller, id, deal.Ship{Carrier: "Hapag-Lloyd", TrackingNumber: "HLCU " + string(id)[24:], Final: true})
			carrier(shipment.PickedUp, "CN Ningbo")
		}},
		{deal.Delivered, func() { carrier(shipment.Delivered, "DE Hamburg") }},
		{deal.Closed, func() { f.does(f.buyer, id, deal.Accept{}) }},
	}
	for _, s := range steps {
		f.clock.Advance(97 * time.Minute)
		s.do()
		if s.to == phase {
			break
		}
	}
	return id
}

func openFair(t testing.TB, change ...func(*web.Config)) *fair {
	t.Helper()
	f := &fair{house: setup(t, append(change, func(c *web.Config) {
		c.Demo = []web.SignIn{
			{Email: "annegret@rpm.example", Password: password, Name: "Annegret Lindqvist", Role: longName},
			{Email: "chen@beilun.example", Password: password, Name: "Chen Siyuan 陈思远", Role: "宁波北仑精密机械有限公司"},
			{Email: "mediator@house.example", Password: password, Name: "Ines Caratti", Role: "Mediator of the house"},
		}
	})...), deals: map[string]deal.ID{}}
	f.buyer = f.joins("annegret@rpm.example", "Annegret Lindqvist", longName, "DE")
	f.seller = f.joins("chen@beilun.example", "Chen Siyuan", "宁波北仑精密机械有限公司", "CN")
	f.deals["closed"] = f.reaches(deal.Closed, f.terms("Collet chucks ER32, first order", "Collet chucks ER32, hardened and ground", 400, 3125))
	f.clock.Advance(6 * 24 * time.Hour)
	f.deals["shipped"] = f.reaches(deal.Shipped, f.terms("Ceramic tableware, two containers", "Stoneware plates, 27 cm, glazed white", 48000, 215))
	f.deals["claimed"] = f.reaches(deal.Delivered, f.terms("Solar inverters for the Bremen depot", "String inverter 10 kW, IP65", 120, 84500))
	f.does(f.buyer, f.deals["claimed"], deal.RaiseClaim{
		Reason: dispute.QualityDefect, Minor: 1_014_000, Demand: dispute.Division{ToBuyer: 1_014_000, WithReturn: true},
		Statement: "Twelve of the 120 inverters do not start. The error code is E07 in every case. Photographs and the test report were sent on the day of arrival.",
	})
	s, err := f.Deal(t.Context(), f.buyer.Actor(), f.deals["claimed"])
	f.must(err)
	f.does(f.seller, f.deals["claimed"], deal.Conduct{ClaimID: s.Claims[0].ID, Step: dispute.MakeOffer{Division: dispute.Division{ToBuyer: 600_000}}})
	f.deals["delivered"] = f.reaches(deal.Delivered, f.terms("4,000 carbide end mills for the Hamburg plant", "Carbide end mills, 12 mm, four flutes, TiAlN", 4000, 1050))
	f.clock.Advance(30 * time.Hour)
	f.deals["funded"] = f.reaches(deal.Funded, f.terms("Gearbox housings, cast and machined", "Gearbox housing GG25, machined to drawing 40-118", 1111111, 90000-1))
	f.deals["agreed"] = f.reaches(deal.Agreed, f.terms("Spindle bearings", "Angular contact bearings 7014 C, P4", 600, 4890))
	f.deals["offered"] = f.reaches(deal.Offered, f.terms("Cutting fluid, 24 drums", "Semi-synthetic cutting fluid, 200 l drum", 24, 61000))
	f.deals["draft"] = f.reaches(deal.Draft, f.terms("Clamping vices, autumn order", "Machine vice 160 mm", 50, 21500))
	return f
}

// session is the cookie of a person who has signed in.
func (h *house) session(p assurance.Person) *http.Cookie {
	r := h.enters(p, words.English)
	base, _ := url.Parse(h.server.URL)
	for _, c := range r.client.Jar.Cookies(base) {
		if c.Name == "fondaco_session" {
			return c
		}
	}
	h.t.Fatal("no session")
	return nil
}

// goes asks for a page as a person in a language, in a tab that is open.
func (h *house) goes(sheet *webtest.Sheet, path, lang string, session *http.Cookie) {
	h.t.Helper()
	set := func(name, value string) chromedp.Action[chromedp.Void] {
		return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
			_, err := cdp.Call(ctx, t, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: h.server.URL})
			return chromedp.Void{}, err
		}
	}
	token := "none"
	if session != nil {
		token = session.Value
	}
	zone := map[string]string{"en": "Europe%2FBerlin", "zh": "Asia%2FShanghai"}[lang]
	sheet.Do(h.t, set("fondaco_lang", lang), set("tz", zone), set("fondaco_session", token), chromedp.Navigate(h.server.URL+path))
}

func TestEveryPageFitsAndIsAccessible(t *testing.T) {
	t.Parallel()
	b, f := webtest.Open(t), openFair(t)
	buyer, seller := f.session(f.buyer), f.session(f.seller)
	staff := f.session(f.hires("admin@house.example", identity.Administrator))
	f.must(f.RaiseClockAlarm(t.Context(), "The clock of this machine went back by three hours at 09:30 UTC."))
	at := func(name string) string { return "/deals/" + string(f.deals[name]) }
	f.inspects(b, []sight{
		{"landing", "/", nil},
		{"sign-in", "/sign-in", nil},
		{"sign-up", "/sign-up", nil},
		{"dashboard", "/", buyer},
		{"deals", "/deals", buyer},
		{"new-deal", "/deals/new", buyer},
		{"edit", at("draft") + "/edit", buyer},
		{"deal-delivered", at("delivered"), buyer},
		{"deal-claimed", at("claimed"), buyer},
		{"deal-funded", at("funded") + "?do=ship", seller},
		{"deal-agreed", at("agreed"), buyer},
		{"deal-closed", at("closed"), buyer},
		{"sign", at("offered") + "/sign", seller},
		{"accept", at("delivered") + "/accept", buyer},
		{"money", "/money", seller},
		{"statement", "/money/USD", seller},
		{"company", "/company", buyer},
		{"proof", "/proof/12", buyer},
		{"missing", "/deals/none", buyer},
		{"desk", "/", staff},
		{"operations", "/desk/operations", staff},
	})
}

// sight is a page to look at.
type sight struct {
	name, path string
	session    *http.Cookie
}

// inspects looks at pages in both languages and every view: nothing sticks out, the
// browser complains of nothing, and neither does the audit.
func (h *house) inspects(b *webtest.Browser, pages []sight) {
	t := h.t
	t.Helper()
	only := os.Getenv("FONDACO_PAGE")
	for _, lang := range []string{"en", "zh"} {
		for _, view := range []webtest.View{webtest.Phone(), webtest.Desk(), webtest.Desk().InDark(), webtest.Phone().InDark(), webtest.Desk().AtTwice()} {
			if os.Getenv("FONDACO_SHOTS") == "" && view.Name != "phone" && (testing.Short() || !strings.Contains(map[string]string{"en": "phone-dark", "zh": "desk-twice desk-dark"}[lang], view.Name)) {
				continue // every view when pictures are wanted; else one more each
			}
			sheet := b.Visit(t, h.server.URL+"/sign-in", view)
			seen := 0
			for _, p := range pages {
				if only != "" && !strings.Contains(only, p.name) {
					continue
				}
				name := p.name + " " + lang + " " + view.Name
				h.goes(sheet, p.path, lang, p.session)
				sheet.Picture(t, p.name+"-"+lang)
				for _, wide := range sheet.Wider(t) {
					t.Errorf("%s: sticks out: %s", name, wide)
				}
				problems := sheet.Problems()
				for _, problem := range problems[seen:] {
					if !strings.Contains(problem, "404") || p.name != "missing" {
						t.Errorf("%s: the browser complains: %s", name, problem)
					}
				}
				seen = len(problems)
				for _, violation := range sheet.Audit(t) {
					t.Errorf("%s: axe: %s", name, violation)
				}
			}
		}
	}
}
