package web_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/treasury"
	"fondaco/internal/web/words"
)

// signer is somebody with a browser and an authenticator app.
type signer struct {
	*reader
	house  *house
	person assurance.Person
	seed   string
	step   int64
}

// signs gives a person an authenticator app and lets them in by the pages.
func (h *house) signs(p assurance.Person, lang string) *signer {
	h.t.Helper()
	s := &signer{house: h, person: p}
	from := assurance.Origin{Address: "127.0.0.1", Device: "phone of " + p.Email}
	e, err := h.Enter(h.t.Context(), from, assurance.BrowserSession, p.Email, password)
	h.must(err)
	if e.Presence == nil { // an unusual place: a code comes by mail
		h.work()
		mails, err := h.store.Mails(h.t.Context(), p.Email, 10)
		h.must(err)
		mails = slices.DeleteFunc(mails, func(m assurance.SandboxMail) bool { return m.Link != "" })
		e, err = h.Continue(h.t.Context(), from, e.Ticket, assurance.Proof{Kind: "code", Code: regexp.MustCompile(`\b\d{6}\b`).FindString(mails[0].Text)})
		h.must(err)
	}
	offer, err := h.OfferTOTP(h.t.Context(), *e.Presence, "House")
	h.must(err)
	s.seed = offer.Secret
	h.must(h.AddTOTP(h.t.Context(), *e.Presence, from, offer.Ticket, s.code(), "phone", assurance.Proof{}))
	s.reader = h.visitor(lang)
	s.again()
	return s
}

// again signs in, in the same browser.
func (s *signer) again() {
	s.t.Helper()
	s.open("/sign-in").submit("form[action='/sign-in']", "", map[string]string{"email": s.person.Email, "password": password})
	s.wants(http.StatusOK, "/sign-in/step")
	s.submit("form:has(input[name=kind][value=totp])", "", map[string]string{"code": s.code()})
	s.wants(http.StatusOK, "/")
}

// code is the next code that the house has not seen.
func (s *signer) code() string {
	if now := s.house.clock.Now().Unix() / 30; now <= s.step {
		s.house.clock.Advance(time.Duration(s.step+1-now) * 30 * time.Second)
	}
	s.step = s.house.clock.Now().Unix() / 30
	code, err := totp.GenerateCode(s.seed, s.house.clock.Now())
	s.house.must(err)
	return code
}

// agrees signs the approval that the browser shows.
func (s *signer) agrees() {
	s.t.Helper()
	s.wants(http.StatusOK, "/approvals/")
	s.submit("form[action$='/agree']:has(input[name=kind][value=totp])", "", map[string]string{"code": s.code()})
}

// guardedFair is a house that asks for signatures, with a buyer and a seller.
func guardedFair(t *testing.T) (f *fair, buyer, seller *signer) {
	t.Helper()
	f = &fair{house: secured(t), deals: map[string]deal.ID{}}
	f.buyer = f.joins("annegret@rpm.example", "Annegret Lindqvist", longName, "DE")
	f.seller = f.joins("chen@beilun.example", "Chen Siyuan", "宁波北仑精密机械有限公司", "CN")
	return f, f.signs(f.buyer, words.English), f.signs(f.seller, words.Chinese)
}

// delivered brings a deal to its inspection. That takes hours, in which sessions
// end, so people sign in again.
func (f *fair) delivered(people ...*signer) deal.ID {
	id := f.reaches(deal.Delivered, f.terms("Carbide end mills", "Carbide end mills, 12 mm", 400, 1050))
	for _, s := range people {
		s.again()
	}
	return id
}

func (f *fair) state(id deal.ID) deal.State {
	f.t.Helper()
	s, err := f.Deal(f.t.Context(), f.buyer.Actor(), id)
	f.must(err)
	return s
}

func TestMoneyIsReleasedUnderASignatureOverWhatThePageShows(t *testing.T) {
	t.Parallel()
	f, buyer, seller := guardedFair(t)
	id := f.delivered(buyer, seller)
	page := "/deals/" + string(id)
	buyer.open(page+"/accept").submit(".sheet form", "", nil)
	buyer.wants(http.StatusOK, "/approvals/")
	at := buyer.at.Path
	approval, err := f.Approvals(t.Context(), f.buyer.Actor(), assurance.ApprovalQuery{})
	f.must(err)
	sheet := strings.ReplaceAll(buyer.text(".sheet"), " ", "")
	for _, want := range []string{"USD2,910.60", "宁波北仑精密机械有限公司", string(f.seller.Party), approval[0].Hash.String(), "Carbideendmills"} {
		if !strings.Contains(sheet, want) {
			t.Errorf("the page does not show %s: %s", want, sheet)
		}
	}
	if f.state(id).Accepted {
		t.Fatal("the goods were accepted before anybody signed")
	}
	seller.open(at)
	seller.wants(http.StatusNotFound, at) // another company's signature is nobody's business
	buyer.submit("form[action$='/agree']:has(input[name=kind][value=totp])", "", map[string]string{"code": "000000"})
	if buyer.status < 400 || f.state(id).Accepted {
		t.Fatalf("a wrong code answers %d, accepted %t", buyer.status, f.state(id).Accepted)
	}
	buyer.open(at)
	buyer.agrees()
	buyer.wants(http.StatusOK, page)
	if s := f.state(id); !s.Accepted || s.Escrow.Held() != 0 {
		t.Errorf("accepted %t, held %d", s.Accepted, s.Escrow.Held())
	}
	buyer.open(at)
	if got := buyer.text(".page-head .state"); got != "Carried out" {
		t.Errorf("the approval says %q", got)
	}
	if n := buyer.page.Find("form[action$='/agree'], form[action$='/carry-out']").Length(); n != 0 {
		t.Errorf("a used approval still has %d forms", n)
	}
}

func TestWhatChangesAfterTheQuestionIsNotDone(t *testing.T) {
	t.Parallel()
	f, buyer, _ := guardedFair(t)
	id := f.delivered(buyer)
	buyer.open("/deals/"+string(id)+"/accept").submit(".sheet form", "", nil)
	buyer.wants(http.StatusOK, "/approvals/")
	at := buyer.at.Path
	f.does(f.buyer, id, deal.ExtendInspection{Days: 1})
	buyer.agrees()
	if buyer.status != http.StatusConflict || f.state(id).Accepted {
		t.Fatalf("answered %d, accepted %t", buyer.status, f.state(id).Accepted)
	}
	buyer.open(at)
	if got := buyer.text(".page-head .state"); got != "Void" {
		t.Errorf("the approval says %q", got)
	}
}

func TestSomebodyWithoutAFactorIsLedToOneAndBack(t *testing.T) {
	t.Parallel()
	f := &fair{house: secured(t), deals: map[string]deal.ID{}}
	f.buyer, f.seller = f.joins("a@example.com", "Ann", "Annex Handel AG", "DE"), f.joins("s@example.com", "Sun", "Sunrise Works Ltd", "CN")
	id := f.delivered()
	r := f.enters(f.buyer, words.English)
	r.open("/deals/"+string(id)+"/accept").submit(".sheet form", "", nil)
	r.wants(http.StatusOK, "/approvals/")
	if n := r.page.Find("form[action$='/agree']").Length(); n != 0 {
		t.Errorf("%d ways to sign without a factor", n)
	}
	at := r.at.Path
	if r.page.Find("main a[href='/security/factors']").Length() == 0 {
		t.Error("no way to a factor")
	}
	r.open("/security/factors").submit("form[action='/security/factors/totp']", "", nil)
	seed := strings.ReplaceAll(r.page.Find(".id code").First().Text(), " ", "")
	r.submit("form[action='/security/factors/totp/confirm']", "", map[string]string{"code": f.code(seed)})
	r.wants(http.StatusOK, at)
	if n := r.page.Find("form[action$='/agree']").Length(); n != 1 {
		t.Errorf("%d ways to sign with a factor", n)
	}
}

// colleague is invited by an owner through the pages and joins by the link of the mail.
func (s *signer) colleague(email, name string, role identity.Role) *signer {
	s.t.Helper()
	s.open("/company/members").submit("form[action$='/invite']", "", map[string]string{"invite.email": email, "invite.role": string(role)})
	s.agrees()
	s.wants(http.StatusOK, "/company/members")
	guest := s.house.visitor(words.English)
	link := s.house.mailTo(email)
	guest.open(link)
	if before := guest.text("h1"); !strings.Contains(before, longName) && !strings.Contains(before, "Annex") {
		s.t.Errorf("the invitation says %q", before)
	}
	guest.submit("form.form", "", map[string]string{"name": name, "password": password})
	guest.wants(http.StatusOK, "/")
	guest.open(link)
	guest.wants(http.StatusUnprocessableEntity, link) // once is enough
	people, err := s.house.Members(s.t.Context(), s.person.Actor(), s.person.Party)
	s.house.must(err)
	i := slices.IndexFunc(people, func(p assurance.Person) bool { return p.Email == email })
	if i < 0 || people[i].Role != role {
		s.t.Fatalf("%s did not join as %s: %v", email, role, people)
	}
	return s.house.signs(people[i], words.Chinese)
}

func TestTwoPersonsReleaseWhereTheCompanySaysSo(t *testing.T) {
	t.Parallel()
	f, buyer, _ := guardedFair(t)
	finance := buyer.colleague("finn@rpm.example", "Finn Aalto", identity.Finance)
	buyer.open("/company/rules").submit("form[action$='/two-persons']", "", map[string]string{"limit.0.currency": "USD", "limit.0.amount": "1,000.00"})
	buyer.agrees()
	buyer.wants(http.StatusOK, "/company/rules")
	if got := buyer.page.Find("[name='limit.0.amount']").AttrOr("value", ""); got != "1000.00" {
		t.Errorf("the rule says %q", got)
	}
	id := f.delivered(buyer, finance)
	buyer.open("/deals/"+string(id)+"/accept").submit(".sheet form", "", nil)
	at := buyer.at.Path
	finance.open(at) // not before who asks
	if n := finance.page.Find("form[action$='/agree']").Length(); n != 0 {
		t.Error("the second person could sign first")
	}
	buyer.agrees()
	buyer.wants(http.StatusOK, at)
	if f.state(id).Accepted || buyer.page.Find("form[action$='/agree'], form[action$='/carry-out']").Length() != 0 {
		t.Fatal("one signature was enough, or the same person can sign twice")
	}
	buyer.post(at+"/agree", url.Values{"once": {"0123456789abcdef0123"}, "kind": {"totp"}, "code": {buyer.code()}})
	if buyer.status < 400 {
		t.Errorf("a second signature of the same person answers %d", buyer.status)
	}
	if mail := f.mailTo("finn@rpm.example"); mail != at {
		t.Errorf("the mail to the second person leads to %s", mail)
	}
	finance.open("/approvals")
	if finance.page.Find("a[href='"+at+"']").Length() == 0 {
		t.Error("the list of the second person does not hold it")
	}
	finance.open(at)
	finance.agrees()
	finance.wants(http.StatusOK, at)
	if f.state(id).Accepted {
		t.Fatal("the second signature alone has released the money")
	}
	// Who asked may come back in another browser: what was signed says what to do.
	buyer.reader = f.visitor(words.English)
	buyer.again()
	buyer.open(at).submit("form[action$='/carry-out']", "", nil)
	buyer.wants(http.StatusOK, "/deals/"+string(id))
	if !f.state(id).Accepted {
		t.Error("the goods are not accepted")
	}
}

func TestTheSecondPersonCanSayNo(t *testing.T) {
	t.Parallel()
	f, buyer, _ := guardedFair(t)
	finance := buyer.colleague("finn@rpm.example", "Finn Aalto", identity.Finance)
	buyer.open("/company/rules").submit("form[action$='/two-persons']", "", map[string]string{"limit.0.currency": "USD", "limit.0.amount": "1"})
	buyer.agrees()
	id := f.delivered(buyer, finance)
	buyer.open("/deals/"+string(id)+"/accept").submit(".sheet form", "", nil)
	at := buyer.at.Path
	buyer.agrees()
	finance.open(at).submit("form[action$='/decline']", "", map[string]string{"why": "the certificate is missing"})
	finance.wants(http.StatusOK, at)
	buyer.open(at)
	if !strings.Contains(buyer.page.Text(), "the certificate is missing") || buyer.page.Find("form[action$='/carry-out']").Length() != 0 {
		t.Error("the reason is not shown, or it can still be carried out")
	}
	buyer.post(at+"/carry-out", url.Values{"once": {"0123456789abcdef0123"}})
	if buyer.status != http.StatusConflict || f.state(id).Accepted {
		t.Errorf("carried out all the same: %d", buyer.status)
	}
}

// files posts the form of the profile with files, as a browser does.
func (r *reader) files(write map[string]string, files map[string][]byte) {
	r.t.Helper()
	path, values := r.filled(profileForm, nil)
	for name, value := range write {
		values.Set(name, value)
	}
	values.Del("document")
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, list := range values {
		for _, value := range list {
			if err := w.WriteField(name, value); err != nil {
				r.t.Fatal(err)
			}
		}
	}
	for name, data := range files {
		part, err := w.CreateFormFile("document", name)
		if err == nil {
			_, err = part.Write(data)
		}
		if err != nil {
			r.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		r.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.base+path, &body)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	r.send(req)
}

const profileForm = "form[action='/company/profile']"

func TestAProfileTakesOnlyWhatACompanyMaySay(t *testing.T) {
	t.Parallel()
	h := secured(t)
	p := h.joins("a@example.com", "Ann", "Annex Handel AG", "DE")
	r := h.enters(p, words.English)
	r.open("/company/profile").files(map[string]string{
		"lei": "5299000J2N45DDNE4Y29", "vat": "DE136695977", "website": "javascript:alert(1)",
	}, map[string][]byte{"page.pdf": []byte("<html><script>1</script>")})
	r.wants(http.StatusUnprocessableEntity, "/company/profile")
	r.open("/company/profile").files(map[string]string{"lei": "5299000J2N45DDNE4Y29", "vat": "DE136695977", "website": "javascript:alert(1)"}, nil)
	r.wants(http.StatusUnprocessableEntity, "/company/profile")
	for _, field := range []string{"lei", "vat", "website"} {
		if r.page.Find("#f-"+field+"-mistake").Length() == 0 {
			t.Errorf("nothing is said of %s", field)
		}
	}
	if got := r.page.Find("#f-vat").AttrOr("value", ""); got != "DE136695977" {
		t.Errorf("the number came back as %q", got)
	}
	r.files(map[string]string{ // a role, a standing, a party are nobody's to say
		"lei": "5299000J2N45DDNE4Y28", "vat": "DE136695976", "website": "https://annex.example", "address": "2 Quay",
		"role": "owner", "standing": "verified", "verified_until": "2030-01-01", "party": "other", "submission": "99", "kind": "registration_extract",
	}, map[string][]byte{"Auszug 商业登记.pdf": []byte("%PDF-1.7 extract")})
	r.wants(http.StatusOK, "/company")
	o, err := h.Organisation(t.Context(), p.Actor(), p.Party)
	h.must(err)
	if o.Standing != identity.Submitted || o.Submissions != 1 || o.Profile.Address != "2 Quay" || len(o.Profile.Documents) != 1 || !o.VerifiedUntil.IsZero() {
		t.Fatalf("%+v", o)
	}
	doc := "/company/documents/" + o.Profile.Documents[0].Hash
	r.open("/company/profile")
	if r.page.Find("a[href='"+doc+"']").Length() == 0 {
		t.Error("the document is not listed")
	}
	r.open(doc)
	r.wants(http.StatusOK, doc)
	if d := r.header.Get("Content-Disposition"); !strings.HasPrefix(d, "attachment;") || r.header.Get("X-Content-Type-Options") != "nosniff" || r.header.Get("Content-Type") != "application/pdf" {
		t.Errorf("a document is served as %q, %q", d, r.header.Get("Content-Type"))
	}
	stranger := h.enters(h.joins("e@example.com", "Eve", "Stranger Ltd", "FR"), words.English)
	stranger.open(doc)
	stranger.wants(http.StatusNotFound, doc)
}

// verified lets staff verify a company through the pages.
func (h *house) verified(s *signer, p assurance.Person, lei string) {
	h.t.Helper()
	r := h.visitor(words.English)
	own := &signer{reader: r, house: h, person: p, seed: s.seed, step: s.step}
	if s.person.ID == p.ID {
		own = s
	}
	own.open("/company/profile").files(map[string]string{"lei": lei, "address": "3 Quay", "kind": "registration_extract"}, map[string][]byte{"extract.pdf": []byte("%PDF-1.7 of " + string(p.Party))})
	own.wants(http.StatusOK, "/company")
	officer := h.signs(h.hires("officer-"+string(p.Party)+"@house.example", identity.Compliance), words.English)
	desk := "/desk/companies/" + string(p.Party)
	officer.open("/desk/companies")
	if officer.page.Find("a[href='"+desk+"']").Length() != 1 {
		h.t.Fatal("the desk does not list the company")
	}
	officer.open(desk).submit("form[action$='/review']", "", map[string]string{"verdict": "more_needed"})
	officer.wants(http.StatusUnprocessableEntity, desk) // not without a reason
	officer.submit("form[action$='/review']", "", map[string]string{"verdict": "verified", "reasons": ""})
	officer.wants(http.StatusOK, "/desk/companies")
}

func TestAPayoutAccountOfACompanyOfOneWaitsForTheTreasuryAndTheHold(t *testing.T) {
	t.Parallel()
	f, buyer, seller := guardedFair(t)
	f.verified(seller, f.seller, "")
	id := f.delivered(buyer, seller)
	treasurer := f.signs(f.hires("till@house.example", identity.Treasury), words.English)
	buyer.open("/deals/"+string(id)+"/accept").submit(".sheet form", "", nil)
	buyer.agrees()

	seller.open("/money")
	if !strings.Contains(seller.page.Text(), "还没有可用的收款账户") {
		t.Error("the money page does not say what is missing")
	}
	propose := map[string]string{"holder": "宁波北仑精密机械有限公司", "number": "DE89 3704 0044 0532 0130 01", "bic": "COBADEFFXXX", "bank_name": "Commerzbank", "country": "DE", "currency": "USD"}
	form := "form[action='/company/payout-accounts']"
	seller.open("/company/payout-accounts").submit(form, "", propose)
	seller.wants(http.StatusUnprocessableEntity, "/company/payout-accounts") // the check digits do not fit
	if seller.page.Find("#f-number-mistake").Length() == 0 {
		t.Error("the number is not named as wrong")
	}
	propose["number"] = "DE89 3704 0044 0532 0130 00"
	seller.submit(form, "", propose)
	seller.agrees()
	at := seller.at.Path
	seller.wants(http.StatusOK, "/approvals/")
	treasurer.open("/desk/payout-accounts")
	if treasurer.page.Find("a[href='"+at+"']").Length() != 1 {
		t.Fatal("the desk of the treasury does not list what waits for it")
	}
	treasurer.open(at)
	treasurer.agrees()
	seller.open(at).submit("form[action$='/carry-out']", "", nil)
	seller.wants(http.StatusOK, "/company/payout-accounts")
	accounts, err := f.PayoutAccounts(t.Context(), f.seller.Actor(), assurance.PayoutAccountQuery{})
	f.must(err)
	if len(accounts) != 1 || accounts[0].Stage != treasury.Waiting {
		t.Fatalf("%+v", accounts)
	}
	if text := seller.page.Find("main").Text(); strings.Contains(text, "370400440532013000") || !strings.Contains(text, "•••• 3000") || !strings.Contains(text, "4,158.00") {
		t.Errorf("the number is not masked, or what waits is not named: %s", text)
	}
	withdraw := func() {
		seller.open("/money").submit("form[action='/money/withdraw']", "", map[string]string{"currency": "USD", "amount": "100.00"})
	}
	withdraw()
	if seller.status < 400 || seller.page.Find("a[href='/company/payout-accounts/"+accounts[0].ID+"']").Length() != 1 {
		t.Errorf("a payout during the hold answers %d", seller.status)
	}
	f.clock.Advance(73 * time.Hour)
	f.work()
	seller.again()
	withdraw()
	seller.agrees()
	seller.wants(http.StatusOK, "/money")
	payouts, err := f.Payouts(t.Context(), f.seller.Actor(), assurance.MoneyQuery{})
	f.must(err)
	if len(payouts) != 1 || payouts[0].Payout.Amount != usd(10000) {
		t.Errorf("payouts %+v", payouts)
	}
}

func TestAnArguableNameIsJudgedByTheTreasuryAndAnOwnerTakesItBack(t *testing.T) {
	t.Parallel()
	f, buyer, _ := guardedFair(t)
	finance := buyer.colleague("finn@rpm.example", "Finn Aalto", identity.Finance)
	f.verified(buyer, f.buyer, "5299000J2N45DDNE4Y28")
	treasurer := f.signs(f.hires("till@house.example", identity.Treasury), words.English)
	propose := func(holder string) {
		buyer.open("/company/payout-accounts").submit("form[action='/company/payout-accounts']", "", map[string]string{
			"holder": holder, "number": "DE89370400440532013000", "bic": "", "bank_name": "", "country": "DE", "currency": "EUR",
		})
	}
	propose("Total Stranger Ltd")
	if buyer.status < 400 {
		t.Fatalf("another name answers %d", buyer.status)
	}
	propose("Rheinische Praezisionswerkzeug und Maschinenbau AG")
	buyer.agrees()
	at := buyer.at.Path
	finance.open(at)
	finance.agrees()
	buyer.open(at).submit("form[action$='/carry-out']", "", nil)
	buyer.wants(http.StatusOK, "/company/payout-accounts")
	accounts, err := f.PayoutAccounts(t.Context(), f.buyer.Actor(), assurance.PayoutAccountQuery{})
	f.must(err)
	if accounts[0].Stage != treasury.Proposed {
		t.Fatalf("the account is %s", accounts[0].Stage)
	}
	card := "form[action='/desk/payout-accounts/" + accounts[0].ID
	treasurer.open("/desk/payout-accounts").submit(card+"/refuse']", "", nil)
	treasurer.wants(http.StatusUnprocessableEntity, "/desk/payout-accounts") // not without a reason
	treasurer.submit(card+"/approve']", "", nil)
	treasurer.wants(http.StatusOK, "/desk/payout-accounts")
	finance.open("/company/payout-accounts").submit("form[action$='/cancel']", "", nil)
	finance.wants(http.StatusOK, "/company/payout-accounts")
	accounts, err = f.PayoutAccounts(t.Context(), f.buyer.Actor(), assurance.PayoutAccountQuery{})
	f.must(err)
	if accounts[0].Stage != treasury.Withdrawn {
		t.Errorf("the account is %s", accounts[0].Stage)
	}
}

func TestMembersChangeOnlyByOwnersAndSignatures(t *testing.T) {
	t.Parallel()
	f, buyer, seller := guardedFair(t)
	viewer := buyer.colleague("vic@rpm.example", "Vic Arden", identity.Viewer)
	viewer.open("/company/members")
	if n := viewer.page.Find("form[action*='/company/members/']").Length(); n != 0 {
		t.Errorf("a viewer sees %d forms", n)
	}
	once := url.Values{"once": {"0123456789abcdef0123"}, "role-" + string(viewer.person.ID) + ".role": {"owner"}, "invite.email": {"x@example.com"}, "invite.role": {"owner"}}
	for _, path := range []string{"/company/members/invite", "/company/members/" + string(viewer.person.ID) + "/role", "/company/members/" + string(f.buyer.ID) + "/remove"} {
		viewer.post(path, once)
		if viewer.status != http.StatusForbidden {
			t.Errorf("%s answers a viewer with %d", path, viewer.status)
		}
	}
	seller.post("/company/members/"+string(viewer.person.ID)+"/remove", url.Values{"once": {"0123456789abcdef0123"}})
	seller.wants(http.StatusNotFound, "/company/members/")
	buyer.open("/company/members").submit("form[action$='"+string(viewer.person.ID)+"/role']", "", map[string]string{"role-" + string(viewer.person.ID) + ".role": "trader"})
	buyer.agrees()
	buyer.wants(http.StatusOK, "/company/members")
	p, err := f.Person(t.Context(), viewer.person.ID)
	f.must(err)
	if p.Role != identity.Trader {
		t.Errorf("the role is %s", p.Role)
	}
	buyer.submit("form[action$='"+string(viewer.person.ID)+"/remove']", "", nil)
	buyer.wants(http.StatusOK, "/company/members")
	if viewer.open("/company/members"); viewer.at.Path != "/sign-in" {
		t.Errorf("a removed member still reads %s", viewer.at)
	}
	buyer.open("/company/members").post("/company/leave", url.Values{"once": {"0123456789abcdef0124"}})
	if buyer.status < 400 {
		t.Error("the last owner could leave")
	}
}

// administrator is one with a name of their own: two persons differ by name too.
func (h *house) administrator(name string) assurance.Person {
	h.t.Helper()
	p, err := h.AddStaff(h.t.Context(), identity.HouseClock(), identity.Administrator, assurance.SignUp{Email: strings.ReplaceAll(strings.ToLower(name), " ", ".") + "@house.example", Name: name, Password: password})
	h.must(err)
	return p
}

func TestTwoAdministratorsAppointAndSetTheRulesForPasswords(t *testing.T) {
	t.Parallel()
	h := secured(t)
	first, second := h.signs(h.administrator("Ada Brandt"), words.English), h.signs(h.administrator("Bo Carlsen"), words.Chinese)
	mediator := h.signs(h.hires("med@house.example", identity.Mediator), words.English)
	mediator.open("/desk/staff")
	if n := mediator.page.Find("main form").Length(); n != 0 {
		t.Errorf("a mediator sees %d forms", n)
	}
	sign := func() {
		first.agrees()
		at := first.at.Path
		mediator.open(at)
		if mediator.page.Find("form[action$='/agree']").Length() != 0 {
			t.Error("a mediator may sign for administrators")
		}
		second.open(at)
		second.agrees()
		second.wants(http.StatusOK, at)
		first.open(at).submit("form[action$='/carry-out']", "", nil)
		first.wants(http.StatusOK, "/desk/staff")
	}
	first.open("/desk/staff").submit("form[action$='/passwords']", "", map[string]string{"passwords.profile": "prescriptive"})
	sign()
	rules, err := h.PasswordRules(t.Context())
	h.must(err)
	if rules.Profile != "prescriptive" {
		t.Errorf("the rules are %s", rules.Profile)
	}
	first.submit("form[action$='/appoint']", "", map[string]string{"appoint.email": "new@house.example", "appoint.office": "auditor"})
	sign()
	guest := h.visitor(words.English)
	guest.open(h.mailTo("new@house.example")).submit("form.form", "", map[string]string{"name": "Nora Weiss", "password": "Seven quiet harbours, 4 at dawn"})
	if guest.status != http.StatusOK || guest.at.Path == "/desk/staff" {
		t.Fatalf("the appointed auditor is at %s with %d: %s", guest.at, guest.status, guest.trouble())
	}
	first.open("/desk/staff").submit("form[action$='"+string(mediator.person.ID)+"/dismiss']", "", nil)
	sign2 := first.at.Path
	first.agrees()
	second.open(sign2)
	second.agrees()
	first.open(sign2).submit("form[action$='/carry-out']", "", nil)
	first.wants(http.StatusOK, "/desk/staff")
	if mediator.open("/desk/staff"); mediator.status == http.StatusOK && mediator.at.Path == "/desk/staff" {
		t.Error("a dismissed mediator still reads the desk")
	}
}

func TestACaseIsClosedByComplianceWithAReason(t *testing.T) {
	t.Parallel()
	f, buyer, _ := guardedFair(t)
	e, err := f.Enter(t.Context(), assurance.Origin{Address: "127.0.0.1", Device: "phone of " + f.buyer.Email}, assurance.BrowserSession, f.buyer.Email, password)
	f.must(err)
	e, err = f.Continue(t.Context(), assurance.Origin{Address: "127.0.0.1", Device: "phone of " + f.buyer.Email}, e.Ticket, assurance.Proof{Kind: "totp", Code: buyer.code()})
	f.must(err)
	f.must(f.DisownHere(t.Context(), *e.Presence, assurance.Origin{Address: "127.0.0.1"}, ""))
	if buyer.open("/money"); buyer.at.Path != "/sign-in" {
		t.Errorf("after “this was not me” the browser reads %s", buyer.at)
	}
	officer := f.signs(f.hires("law@house.example", identity.Compliance), words.English)
	officer.open("/desk/accounts")
	form := "form[action='/desk/accounts/" + string(f.buyer.ID) + "/reinstate']"
	officer.submit(form, "", nil)
	officer.wants(http.StatusUnprocessableEntity, "/desk/accounts")
	officer.submit(form, "", map[string]string{"reinstate-" + string(f.buyer.ID) + ".reason": "called back on the known number"})
	officer.wants(http.StatusOK, "/desk/accounts")
	if officer.page.Find(form).Length() != 0 {
		t.Error("the case is still open")
	}
}
