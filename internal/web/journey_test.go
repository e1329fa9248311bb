package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"fondaco/internal/web/words"
)

// offerForm is a builder filled with a whole contract.
func offerForm(title, other string) map[string]string {
	return map[string]string{
		"my_side": "buyer", "search": other, "title": title, "currency": "USD",
		"lines[0].description": "Carbide end mills, 12 mm, four flutes", "lines[0].quantity": "4,000", "lines[0].unit": "PCE", "lines[0].unit_price": "10.50",
		"lines[0].hs_code": "8207.70", "lines[0].origin": "CN", "lines[0].acceptance": "Hardness at least 62 HRC.\nDiameter within 0.01 mm.",
		"freight": "180.50", "delivery.incoterm": "DAP", "delivery.named_place": "Hamburg", "delivery.ship_to": "DE", "delivery.ship_to_city": "Hamburg",
		"delivery.ship_by": "2027-03-20", "delivery.deliver_by": "2027-05-10", "inspection.days": "7", "plan": "advance",
		"governing_law": "Switzerland, CISG included", "dispute_forum": "ICC arbitration, seat Geneva",
	}
}

// TestADealGoesFromDraftToPayoutByFormsAlone walks the main job in both
// languages with a browser that runs no scripts.
func TestADealGoesFromDraftToPayoutByFormsAlone(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{words.English, words.Chinese} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			h := setup(t)
			h.joins("seller@works.example", "Chen Siyuan", "Ningbo Works Ltd", "CN")
			say := words.For(lang)

			buyer := h.visitor(lang)
			buyer.open("/sign-up")
			buyer.submit("form[action='/sign-up']", "", map[string]string{
				"name": "Annegret Lindqvist", "email": "buyer@tools.example", "password": password,
				"legal_name": "Rheinische Werkzeuge GmbH", "country": "DE", "registration": "HRB 1", "address": "Deichstrasse 1",
			})
			buyer.wants(http.StatusOK, "/sign-up")
			buyer.open(h.mailTo("buyer@tools.example", "/join/")).submit("form[action^='/join/']", "", nil)
			buyer.wants(http.StatusOK, "/")
			if got := buyer.text(".flash"); got != say.T("flash.joined") {
				t.Fatalf("flash %q", got)
			}

			buyer.open("/deals/new").submit("form.builder", "offer", offerForm("End mills", "Ningbo Works"))
			buyer.wants(http.StatusOK, "/deals/")
			deal := buyer.at.Path
			if got := buyer.text(".page-head h1"); got != "End mills" {
				t.Fatalf("title %q", got)
			}
			if got := buyer.text(".clock-what"); got != say.T("duty.sign") {
				t.Errorf("the clock says %q", got)
			}
			buyer.open(deal + "/sign")
			buyer.submit(".sheet form", "", nil)
			buyer.wants(http.StatusOK, deal)

			seller := h.visitor(lang)
			concludes(t, h, say, buyer, seller, deal)
			paysOut(t, h, say, seller)
			href, _ := buyer.page.Find(".timeline a").First().Attr("href")
			buyer.open(href).wants(http.StatusOK, "/proof/")
			if got := buyer.text(".notice strong"); got != say.T("proof.holds") {
				t.Errorf("the proof page says %q", got)
			}
			if left := leftKey.FindString(buyer.page.Text()); left != "" {
				t.Errorf("a key without a sentence: %q", left)
			}
		})
	}
}

// concludes takes an offered deal from the seller's signature to the buyer's acceptance.
func concludes(t *testing.T, h *house, say *words.Words, buyer, seller *reader, deal string) {
	t.Helper()
	seller.open(deal).wants(http.StatusOK, "/sign-in")
	seller.submit("form[action='/sign-in']", "", map[string]string{"email": "seller@works.example", "password": password})
	seller.wants(http.StatusOK, deal)
	seller.open(deal + "/sign")
	if !strings.Contains(seller.text(".sheet"), "62 HRC") {
		t.Error("the sheet leaves out what the buyer may check")
	}
	seller.submit(".sheet form", "", nil)
	seller.wants(http.StatusOK, deal)

	buyer.open(deal)
	if got := buyer.text("#pay"); !strings.Contains(got, "42,180.50") {
		t.Errorf("how to pay says %q", got)
	}
	buyer.submit("form[action$='/simulate/deposit']", "", nil)
	h.work()
	buyer.open(deal)
	if got := buyer.text(".ledger"); !strings.Contains(got, "12,527.61") || !strings.Contains(got, "29,526.35") {
		t.Errorf("the money bar says %q", got) // 30 % less 1 % fee released, 70 % held
	}

	seller.open(deal).submit("#act-ship form", "", map[string]string{"ship.carrier": "Hapag-Lloyd", "ship.tracking_number": "HLCU 123"})
	seller.wants(http.StatusOK, deal)
	seller.submit("form[action$='/simulate/carrier']", "", map[string]string{"carrier.stage": "picked_up", "carrier.place": "CN Ningbo"})
	seller.submit("form[action$='/simulate/carrier']", "", map[string]string{"carrier.stage": "delivered", "carrier.place": "DE Hamburg"})
	seller.wants(http.StatusOK, deal)

	buyer.open(deal + "/accept")
	if got := buyer.text(".sheet"); !strings.Contains(got, "29,231.09") {
		t.Errorf("the acceptance does not name what the seller gets: %q", got)
	}
	buyer.submit(".sheet form", "", nil)
	buyer.wants(http.StatusOK, deal)
	if got := buyer.text(".page-head .state"); got != say.T("ui.phase.completed") {
		t.Errorf("state %q", got)
	}
}

// paysOut takes the seller's money out of the house and reads the statement.
func paysOut(t *testing.T, h *house, say *words.Words, seller *reader) {
	t.Helper()
	seller.open("/money").submit("form[action='/money/withdraw']", "", map[string]string{"amount": "41,758.70"})
	seller.wants(http.StatusOK, "/money")
	h.work()
	seller.open("/money")
	if got := seller.text(".rows .state"); !strings.Contains(got, say.T("payout.settled")) {
		t.Errorf("payouts say %q", got)
	}
	seller.open("/money/USD")
	if rows := seller.page.Find("tbody tr").Length(); rows < 4 {
		t.Errorf("the statement has %d lines", rows)
	}
}

func TestADraftComesBackWithEverythingTypedWhenItIsRefused(t *testing.T) {
	t.Parallel()
	h := setup(t)
	buyer := h.enters(h.joins("b@example.com", "B", "Alpha Trading", "DE"), words.English)
	form := offerForm("Half a deal", "")
	form["lines[0].unit_price"] = "10.505"
	form["lines[0].quantity"] = "many"
	buyer.open("/deals/new").submit("form.builder", "draft", form)
	buyer.wants(http.StatusUnprocessableEntity, "/deals/new")
	for name, want := range form {
		if name == "my_side" || name == "currency" || name == "plan" || strings.HasSuffix(name, "origin") || name == "delivery.incoterm" || name == "delivery.ship_to" {
			continue
		}
		e := buyer.page.Find("[name='" + name + "']")
		if got := e.AttrOr("value", e.Text()); got != want {
			t.Errorf("%s came back as %q, want %q", name, got, want)
		}
	}
	for _, field := range []string{"lines[0].unit_price", "lines[0].quantity"} {
		if buyer.page.Find("[name='"+field+"'][aria-invalid=true]").Length() != 1 {
			t.Errorf("%s is not marked", field)
		}
	}
	if got := buyer.text(".mistakes"); !strings.Contains(got, "USD has at most 2 decimals") {
		t.Errorf("the summary says %q", got)
	}
}

func TestRowsAreAddedAndTakenAwayWithoutScripts(t *testing.T) {
	t.Parallel()
	h := setup(t)
	buyer := h.enters(h.joins("b@example.com", "B", "Alpha Trading", "DE"), words.English)
	buyer.open("/deals/new").submit("form.builder", "add_line", map[string]string{"lines[0].description": "first"})
	buyer.wants(http.StatusOK, "/deals/new")
	buyer.submit("form.builder", "add_line", map[string]string{"lines[1].description": "second"})
	buyer.submit("form.builder", "remove_lines:0", map[string]string{"lines[2].description": "third"})
	if got := buyer.page.Find("fieldset.line").Length(); got != 2 {
		t.Fatalf("%d lines, want 2", got)
	}
	for i, want := range []string{"second", "third"} {
		if got := buyer.page.Find("input[name='lines["+string(rune('0'+i))+"].description']").AttrOr("value", ""); got != want {
			t.Errorf("line %d is %q, want %q", i, got, want)
		}
	}
}

func TestSendingAFormTwiceIsOneCommand(t *testing.T) {
	t.Parallel()
	h := setup(t)
	seller := h.joins("s@example.com", "S", "Ningbo Works Ltd", "CN")
	buyer := h.enters(h.joins("b@example.com", "B", "Alpha Trading", "DE"), words.English)
	path, values := buyer.open("/deals/new").filled("form.builder", offerForm("Once", string(seller.Party)))
	values.Set("do", "draft")
	first := buyer.post(path, values).at.Path
	if second := buyer.post(path, values).at.Path; second != first {
		t.Errorf("the second press made %s, the first %s", second, first)
	}
	buyer.open("/deals")
	if rows := buyer.page.Find("tbody tr").Length(); rows != 1 {
		t.Errorf("%d deals, want 1", rows)
	}
	values.Set("title", "Another")
	buyer.post(path, values)
	buyer.wants(http.StatusUnprocessableEntity, "/deals/new")
	if got := buyer.page.Find("input[name=once]").AttrOr("value", ""); got == values.Get("once") || got == "" {
		t.Error("a key that is used up is offered again")
	}
}

func TestACommandWithoutAKeyIsRefused(t *testing.T) {
	t.Parallel()
	h := setup(t)
	buyer := h.enters(h.joins("b@example.com", "B", "Alpha Trading", "DE"), words.English)
	buyer.post("/money/withdraw", url.Values{"currency": {"USD"}, "amount": {"1"}})
	buyer.wants(http.StatusUnprocessableEntity, "/money/withdraw")
	if got := buyer.text(".problem code"); got != "web.no_key" {
		t.Errorf("code %q", got)
	}
}
