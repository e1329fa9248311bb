package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/descope/virtualwebauthn"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/control"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/web/webtest"
)

// finger is a passkey that a test holds.
type finger struct {
	device virtualwebauthn.Authenticator
	key    virtualwebauthn.Credential
	rp     virtualwebauthn.RelyingParty
}

// touches adds a passkey to the account of a signer.
func (s *signer) touches() *finger {
	s.t.Helper()
	from := assurance.Origin{Address: "127.0.0.1", Device: "phone of " + s.person.Email}
	e, err := s.house.Enter(s.t.Context(), from, assurance.BrowserSession, s.person.Email, password)
	s.house.must(err)
	e, err = s.house.Continue(s.t.Context(), from, e.Ticket, assurance.Proof{Kind: "totp", Code: s.code()})
	s.house.must(err)
	options, ticket, err := s.house.OfferPasskey(s.t.Context(), *e.Presence)
	s.house.must(err)
	o, err := virtualwebauthn.ParseAttestationOptions(string(options))
	s.house.must(err)
	f := &finger{
		device: virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: []byte(s.person.Account)}),
		key:    virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2), rp: virtualwebauthn.RelyingParty{ID: "localhost", Name: "House", Origin: s.house.public},
	}
	response := virtualwebauthn.CreateAttestationResponse(f.rp, f.device, f.key, *o)
	s.house.must(s.house.AddPasskey(s.t.Context(), *e.Presence, from, ticket, []byte(response), "key", assurance.Proof{Kind: "totp", Code: s.code()}))
	return f
}

// answers is what the browser would answer to the page's options.
func (s *signer) answers(f *finger, rp virtualwebauthn.RelyingParty) string {
	s.t.Helper()
	options := s.page.Find("form[data-passkey=get]").AttrOr("data-passkey-options", "")
	o, err := virtualwebauthn.ParseAssertionOptions(options)
	s.house.must(err)
	return virtualwebauthn.CreateAssertionResponse(rp, f.device, f.key, *o)
}

const passkeyForm = "form[action$='/agree'][data-passkey=get]"

func TestAPasskeySignsOneAmountToOnePayee(t *testing.T) {
	t.Parallel()
	f, buyer, _ := guardedFair(t)
	first, second := f.delivered(), f.delivered(buyer)
	hand := buyer.touches()
	asks := func(id deal.ID) string {
		buyer.open("/deals/"+string(id)+"/accept").submit(".sheet form", "", nil)
		buyer.wants(http.StatusOK, "/approvals/")
		return buyer.at.Path
	}
	other := asks(second)
	replayed := buyer.answers(hand, hand.rp)
	at := asks(first)
	evil := hand.rp
	evil.Origin = "https://house.example.evil"
	foreign := hand.rp
	foreign.ID = "house.example.evil"
	for name, response := range map[string]string{
		"signed for another deal": replayed, "from another site": buyer.answers(hand, evil), "for another party": buyer.answers(hand, foreign), "nothing": "", "noise": `{"id":1}`,
	} {
		buyer.open(at).submit(passkeyForm, "", map[string]string{"response": response})
		if buyer.status < 400 || buyer.status >= 500 || f.state(first).Accepted {
			t.Errorf("a signature %s answers %d, accepted %t", name, buyer.status, f.state(first).Accepted)
		}
	}
	buyer.open(at).submit(passkeyForm, "", map[string]string{"response": buyer.answers(hand, hand.rp)})
	buyer.wants(http.StatusOK, "/deals/"+string(first))
	if !f.state(first).Accepted || f.state(second).Accepted {
		t.Errorf("accepted: the signed deal %t, the other %t", f.state(first).Accepted, f.state(second).Accepted)
	}
	buyer.open(at)
	if got := buyer.text(".signatures"); !strings.Contains(got, "with a passkey") {
		t.Errorf("the page says %q of the signature", got)
	}
	list, err := f.Approvals(t.Context(), f.buyer.Actor(), assurance.ApprovalQuery{Stage: string(control.Used)})
	f.must(err)
	if len(list) != 1 || list[0].Consents[0].Assertion == nil {
		t.Errorf("the signature was not kept: %+v", list)
	}
	if buyer.open(other); buyer.page.Find(passkeyForm).Length() != 1 {
		t.Error("the other approval can no longer be signed by itself")
	}
}

func TestABankNumberIsShownToThoseWhoSignItOnly(t *testing.T) {
	t.Parallel()
	f, buyer, _ := guardedFair(t)
	viewer := buyer.colleague("vic@rpm.example", "Vic Arden", identity.Viewer)
	f.verified(buyer, f.buyer, "5299000J2N45DDNE4Y28")
	buyer.open("/company/payout-accounts").submit("form[action='/company/payout-accounts']", "", map[string]string{
		"holder": longName, "number": "DE89370400440532013000", "bic": "", "bank_name": "", "country": "DE", "currency": "EUR",
	})
	buyer.wants(http.StatusOK, "/approvals/")
	at := buyer.at.Path
	if !strings.Contains(buyer.text(".sheet"), "DE89370400440532013000") {
		t.Error("who signs does not see the whole number")
	}
	for path, want := range map[string]int{at: http.StatusNotFound, "/approvals": http.StatusOK} {
		viewer.open(path)
		viewer.wants(want, path)
		if strings.Contains(viewer.page.Text(), "370400440532013000") {
			t.Errorf("%s shows a viewer the whole number", path)
		}
	}
	viewer.post(at+"/agree", url.Values{"once": {"0123456789abcdef0123"}, "kind": {"totp"}, "code": {viewer.code()}})
	if viewer.status != http.StatusNotFound {
		t.Errorf("a viewer's signature answers %d", viewer.status)
	}
}

// TestAReleaseIsSignedByAPasskeyInARealBrowser follows somebody without a factor: from
// the deal to the page that is signed, to a passkey, and back to sign with it.
func TestAReleaseIsSignedByAPasskeyInARealBrowser(t *testing.T) {
	t.Parallel()
	b := webtest.Open(t)
	f := &fair{house: secured(t), deals: map[string]deal.ID{}}
	f.buyer = f.joins("annegret@rpm.example", "Annegret Lindqvist", longName, "DE")
	f.seller = f.joins("chen@beilun.example", "Chen Siyuan", "宁波北仑精密机械有限公司", "CN")
	id := f.delivered()
	sheet := b.Visit(t, f.public+"/sign-in?"+url.Values{"next": {"/deals/" + string(id) + "/accept"}}.Encode(), webtest.Phone())
	sheet.Do(t,
		authenticator(),
		chromedp.SendKeys(chromedp.CSS(`#f-email`), f.buyer.Email),
		chromedp.SendKeys(chromedp.CSS(`#f-password`), password+"\r"),
		chromedp.WaitVisible(chromedp.CSS(`.sheet .btn-seal`)),
		chromedp.Click(chromedp.CSS(`.sheet .btn-seal`)),
		chromedp.WaitVisible(chromedp.CSS(`.sheet a[href="/security/factors"]`)),
		chromedp.Click(chromedp.CSS(`.sheet a[href="/security/factors"]`)),
		chromedp.WaitVisible(chromedp.CSS(`#add-passkey`)),
		chromedp.SendKeys(chromedp.CSS(`#add-passkey #f-label`), "My phone"),
		chromedp.Click(chromedp.CSS(`#add-passkey button[type=submit]`)),
		chromedp.WaitVisible(chromedp.CSS(`.sheet .btn-seal`)),
	)
	if f.state(id).Accepted {
		t.Fatal("accepted before the signature")
	}
	sheet.Do(t, chromedp.Click(chromedp.CSS(`.sheet .btn-seal`)), chromedp.WaitVisible(chromedp.CSS(`#deal-side`)))
	if s := f.state(id); !s.Accepted || s.Escrow.Held() != 0 {
		t.Errorf("accepted %t, held %d", s.Accepted, s.Escrow.Held())
	}
	for _, problem := range sheet.Problems() {
		t.Errorf("the browser complains: %s", problem)
	}
}

// TestAClaimIsSettledUnderSignaturesOfBoth: whoever gives money away signs, in each
// direction, and what was typed before the signature is what is done.
func TestAClaimIsSettledUnderSignaturesOfBoth(t *testing.T) {
	t.Parallel()
	f, buyer, seller := guardedFair(t)
	id := f.reaches(deal.Delivered, f.terms("Carbide end mills", "Carbide end mills, 12 mm", 4000, 10500))
	buyer.again()
	page := "/deals/" + string(id)
	buyer.open(page).submit("#act-claim form", "", map[string]string{
		"claim.reason": "QUALITY_DEFECT", "claim.amount": "200,000.00", "claim.to_buyer": "150,000.00", "claim.statement": "Half of them are soft.",
	})
	buyer.wants(http.StatusOK, page)
	claim := f.state(id).Claims[0].ID
	step := func(name string) string { return "form[action='" + page + "/claims/" + claim + "/" + name + "']" }
	seller.again()
	seller.open(page).submit(step("offer"), "", map[string]string{"offer-" + claim + ".to_buyer": "120,000.00"})
	seller.agrees() // what is offered can be taken without asking again
	seller.wants(http.StatusOK, page)
	buyer.open(page).submit(step("take"), "", nil)
	buyer.wants(http.StatusOK, "/approvals/")
	if got := buyer.text(".sheet"); !strings.Contains(got, "120,000.00") || !strings.Contains(got, "Take an offer") {
		t.Errorf("the page does not show what is taken: %s", got)
	}
	if f.state(id).OpenClaims() != 1 {
		t.Fatal("the claim was settled before the signature")
	}
	buyer.agrees()
	buyer.wants(http.StatusOK, page)
	if s := f.state(id); s.OpenClaims() != 0 || s.Escrow.Refunded() != 12_000_000 {
		t.Errorf("open %d, refunded %d: %s", s.OpenClaims(), s.Escrow.Refunded(), buyer.trouble())
	}
}
