package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/web/webtest"
	"fondaco/internal/web/words"
)

// cookie is the session of somebody's browser.
func (r *reader) cookie() *http.Cookie {
	r.t.Helper()
	base, err := url.Parse(r.base)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, c := range r.client.Jar.Cookies(base) {
		if c.Name == "fondaco_session" {
			return c
		}
	}
	r.t.Fatal("no session")
	return nil
}

func TestTheCompanysPagesAndDesksFitAndAreAccessible(t *testing.T) {
	t.Parallel()
	b := webtest.Open(t)
	f, buyer, seller := guardedFair(t)
	finance := buyer.colleague("finn@rpm.example", "Finn-Johannes Aaltonen-Lindström", identity.Finance)
	f.verified(buyer, f.buyer, "5299000J2N45DDNE4Y28")
	id := f.reaches(deal.Delivered, f.terms("4,000 carbide end mills for the Hamburg plant", "Carbide end mills, 12 mm, four flutes, TiAlN", 1111111, 90000-1))
	again := f.reaches(deal.Delivered, f.terms("Collet chucks", "Collet chucks ER32", 400, 3125))
	for _, s := range []*signer{buyer, seller, finance} {
		s.again()
	}
	buyer.open("/company/rules").submit("form[action$='/two-persons']", "", map[string]string{"limit.0.currency": "USD", "limit.0.amount": "1,000,000.00"})
	buyer.agrees()
	asks := func(id deal.ID) string {
		buyer.open("/deals/"+string(id)+"/accept").submit(".sheet form", "", nil)
		buyer.wants(http.StatusOK, "/approvals/")
		return buyer.at.Path
	}
	one, two := asks(again), asks(id)
	buyer.agrees()
	buyer.open("/company/payout-accounts").submit("form[action='/company/payout-accounts']", "", map[string]string{
		"holder": "Rheinische Praezisionswerkzeug und Maschinenbau AG", "number": "DE89370400440532013000", "bic": "COBADEFFXXX", "bank_name": "Commerzbank", "country": "DE", "currency": "EUR",
	})
	account := buyer.at.Path
	buyer.agrees()
	finance.open(account)
	finance.agrees()
	buyer.open(account).submit("form[action$='/carry-out']", "", nil)
	buyer.wants(http.StatusOK, "/company/payout-accounts")
	buyer.open("/company/members").submit("form[action$='/invite']", "", map[string]string{"invite.email": "new@rpm.example", "invite.role": "trader"})
	buyer.agrees()
	seller.open("/company/profile").files(map[string]string{"vat": "", "website": "https://beilun.example", "kind": "registration_extract"}, map[string][]byte{"营业执照 2026.pdf": []byte("%PDF-1.7 licence"), "Articles of association.pdf": []byte("%PDF-1.7 articles")})
	seller.wants(http.StatusOK, "/company")

	admin := f.signs(f.administrator("Ada Brandt"), words.English)
	till := f.signs(f.hires("till@house.example", identity.Treasury), words.English)
	law := f.signs(f.hires("law@house.example", identity.Compliance), words.English)
	lost := f.joins("lost@example.com", "Lola Stolen", "Stolen Phones Ltd", "FR")
	e, err := f.Enter(t.Context(), assurance.Origin{Address: "127.0.0.1"}, assurance.BrowserSession, lost.Email, password)
	f.must(err)
	f.must(f.DisownHere(t.Context(), *e.Presence, assurance.Origin{Address: "127.0.0.1"}, ""))

	f.inspects(b, []sight{
		{"company-verified", "/company", buyer.cookie()},
		{"company-submitted", "/company", seller.cookie()},
		{"company-public", "/parties/" + string(f.buyer.Party), seller.cookie()},
		{"profile", "/company/profile", seller.cookie()},
		{"members", "/company/members", buyer.cookie()},
		{"rules", "/company/rules", buyer.cookie()},
		{"payout-accounts", "/company/payout-accounts", buyer.cookie()},
		{"payout-accounts-none", "/company/payout-accounts", seller.cookie()},
		{"approval-sign", one, buyer.cookie()},
		{"approval-second", two, finance.cookie()},
		{"approval-waits", two, buyer.cookie()},
		{"approvals", "/approvals", finance.cookie()},
		{"money-waits", "/money", buyer.cookie()},
		{"invitation", f.mailTo("new@rpm.example", "/invitation/"), nil},
		{"desk-law", "/", law.cookie()},
		{"desk-companies", "/desk/companies", law.cookie()},
		{"desk-company", "/desk/companies/" + string(f.seller.Party), law.cookie()},
		{"desk-payout-accounts", "/desk/payout-accounts", till.cookie()},
		{"desk-cases", "/desk/accounts", law.cookie()},
		{"desk-staff", "/desk/staff", admin.cookie()},
	})
}
