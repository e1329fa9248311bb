package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/store"
	"fondaco/internal/trade/deal"
)

// changed is the terms with some values replaced.
func (w *world) changed(values map[string]any) map[string]any {
	t := w.terms()
	maps.Copy(t, values)
	return t
}

func (w *world) line(values map[string]any) map[string]any {
	t := w.terms()
	line := t["lines"].([]any)[0].(map[string]any)
	maps.Copy(line, values)
	return t
}

func encoded(t testing.TB, v any) string {
	t.Helper()
	doc, err := json.Marshal(v)
	must(t, err)
	return string(doc)
}

// Abuse 5: two withdrawals of one balance.
func TestTwoWithdrawalsOfOneBalancePayOnce(t *testing.T) {
	t.Parallel()
	w := setup(t)
	deposit := w.fund("nobody", 900).word("id")
	w.want(w.post("treasury", "/v1/deposits/"+deposit+"/assign", map[string]any{"party": w.party["buyer"], "reason": "found"}), 200, "")
	got := w.atOnce(20, func(int) request {
		return request{role: "buyer", method: "POST", path: "/v1/payouts", body: map[string]any{"amount": usd(900)}}
	})
	if got[201] != 1 || got[422] != 19 {
		t.Errorf("20 withdrawals of one balance are answered %v", got)
	}
}

// atOnce sends requests at the same time and counts the statuses.
func (w *world) atOnce(n int, q func(int) request) map[int]int {
	w.t.Helper()
	var mu sync.Mutex
	var wait sync.WaitGroup
	got := map[int]int{}
	gate := make(chan struct{})
	for i := range n {
		wait.Go(func() {
			<-gate
			r := w.do(q(i))
			mu.Lock()
			defer mu.Unlock()
			got[r.status]++
		})
	}
	close(gate)
	wait.Wait()
	return got
}

// Abuse 1: release 200 times at once.
func TestTwoHundredReleasesAtOnceReleaseOnce(t *testing.T) {
	t.Parallel()
	w := setup(t)
	id := w.deal("delivered")
	got := w.atOnce(200, func(int) request {
		return request{role: "buyer", method: "POST", path: "/v1/deals/" + id + "/accept"}
	})
	if got[200] != 1 || got[409] != 199 {
		t.Errorf("200 releases are answered %v", got)
	}
	if d := w.get("seller", "/v1/deals/"+id); fmt.Sprint(d.field("money.released.amount")) != "99000" {
		t.Errorf("the seller was paid %v", d.field("money.released"))
	}
}

// A draft's id is the house's to give: rewriting one that is not there opens none.
func TestRewritingADraftThatIsNotThereOpensNone(t *testing.T) {
	t.Parallel()
	w := setup(t)
	q := request{role: "seller", method: "PUT", path: "/v1/deals/mine/terms", body: w.terms()}
	w.want(w.do(q), 404, "deal.not_found")
	w.want(w.get("seller", "/v1/deals/mine"), 404, "deal.not_found")
}

// Abuse 2: release racing refund.
func TestReleaseRacingCancelHasOneWinner(t *testing.T) {
	t.Parallel()
	w := setup(t)
	id := w.deal("delivered")
	w.want(w.post("buyer", "/v1/deals/"+id+"/cancel", map[string]any{"reason": "x"}), 200, "")
	got := w.atOnce(2, func(i int) request {
		if i == 0 {
			return request{role: "buyer", method: "POST", path: "/v1/deals/" + id + "/accept"}
		}
		return request{role: "seller", method: "POST", path: "/v1/deals/" + id + "/cancel", body: map[string]any{"reason": "x"}}
	})
	if got[200] != 1 || got[409] != 1 {
		t.Errorf("release and cancel at once are answered %v", got)
	}
}

// Abuse 3: refund after release.
func TestNothingComesBackAfterRelease(t *testing.T) {
	t.Parallel()
	w := setup(t)
	id := w.deal("delivered")
	w.want(w.post("buyer", "/v1/deals/"+id+"/accept", nil), 200, "")
	w.want(w.post("buyer", "/v1/deals/"+id+"/claims", claimBody(10)), 409, "deal.wrong_phase")
	w.want(w.post("buyer", "/v1/deals/"+id+"/cancel", map[string]any{}), 409, "deal.wrong_phase")
}

// Abuse 4 and 9: more than is held, another currency.
func TestClaimsStayWithinWhatIsHeld(t *testing.T) {
	t.Parallel()
	w := setup(t)
	id := w.deal("delivered")
	at := "/v1/deals/" + id + "/claims"
	w.want(w.post("buyer", at, claimBody(70_001)), 422, "escrow.more_than_held")
	w.claim(id, 40_000)
	w.want(w.post("buyer", at, claimBody(40_000)), 422, "escrow.more_than_held")
	w.want(w.post("buyer", at, claimBody(0)), 422, "")
	w.want(w.post("buyer", at, claimBody(-5)), 422, "")
	other := claimBody(10)
	other["amount"] = map[string]any{"amount": 10, "currency": "EUR"}
	r := w.want(w.post("buyer", at, other), 422, "money.currency_mismatch")
	if r.word("errors.0.field") != "amount" {
		t.Errorf("the wrong currency is found at %s", r.text())
	}
	other = claimBody(10)
	other["demand"] = map[string]any{"to_buyer": usd(11)}
	if r := w.want(w.post("buyer", at, other), 422, "dispute.bad_division"); r.word("errors.0.field") != "demand.to_buyer" {
		t.Errorf("the wrong demand is found at %s", r.text())
	}
}

// Abuse 6, 7, 8, 9, 10 and 21: amounts and quantities of a contract.
func TestAmountsOfAContract(t *testing.T) {
	t.Parallel()
	w := setup(t)
	doc := encoded(t, w.terms())
	with := func(was, is string) string {
		if !strings.Contains(doc, was) {
			t.Fatalf("%s is not in the terms", was)
		}
		return strings.Replace(doc, was, is, 1)
	}
	for _, tt := range []struct {
		name   string
		body   any
		status int
		code   string
		field  string
	}{
		{"an exponent", with(`"quantity":500`, `"quantity":5e2`), 400, "request.not_integer", "lines[0].quantity"},
		{"a fraction", with(`"amount":180`, `"amount":1.5`), 400, "request.not_integer", "lines[0].unit_price.amount"},
		{"a fraction of nothing", with(`"amount":180`, `"amount":180.0`), 400, "request.not_integer", ""},
		{"2^63", with(`"amount":180`, `"amount":9223372036854775808`), 422, "request.invalid", "lines[0].unit_price.amount"},
		{"2^63-1", with(`"amount":180`, `"amount":9223372036854775807`), 422, "", ""},
		{"an amount in words", with(`"amount":180`, `"amount":"180"`), 400, "request.wrong_type", ""},
		{"an amount in cents of a yen", with(`{"amount":180,"currency":"USD"}`, `{"amount":12.5,"currency":"JPY"}`), 400, "request.not_integer", ""},
		{"an amount without a currency", with(`{"amount":180,"currency":"USD"}`, `{"amount":180}`), 422, "request.invalid", "lines[0].unit_price.currency"},
		{"an unknown currency", with(`{"amount":180,"currency":"USD"}`, `{"amount":180,"currency":"usd"}`), 422, "request.invalid", "lines[0].unit_price.currency"},
		{"another currency", with(`{"amount":180,"currency":"USD"}`, `{"amount":180,"currency":"KWD"}`), 422, "contract.incomplete", "lines[0].unit_price"},
		{"null", with(`"quantity":500`, `"quantity":null`), 400, "request.wrong_type", "lines[0].quantity"},
		{"a company with itself", w.changed(map[string]any{"seller": w.party["buyer"]}), 422, "contract.incomplete", "seller"},
		{"an unknown company", w.changed(map[string]any{"seller": "nobody"}), 422, "party.not_found", "seller"},
	} {
		r := w.post("buyer", "/v1/deals", tt.body)
		if r.status != tt.status || tt.code != "" && r.word("code") != tt.code || tt.field != "" && r.word("errors.0.field") != tt.field {
			t.Errorf("%s is answered %s", tt.name, r.text())
		}
	}
	for name, body := range map[string]any{
		"no quantity":       w.line(map[string]any{"quantity": 0}),
		"negative quantity": w.line(map[string]any{"quantity": -1}),
		"negative price":    w.line(map[string]any{"unit_price": usd(-180)}),
		"overflow":          w.line(map[string]any{"quantity": 1 << 40, "unit_price": usd(1 << 40)}),
		"tranches too low":  w.changed(map[string]any{"tranches": []any{map[string]any{"id": "all", "amount": usd(99_999), "release": "acceptance"}}}),
	} {
		draft := w.post("seller", "/v1/deals", body)
		if draft.status == 201 {
			draft = w.post("seller", "/v1/deals/"+draft.word("id")+"/offer", nil)
		}
		if draft.status != 422 || len(draft.word("errors.0.field")) == 0 {
			t.Errorf("%s is answered %s", name, draft.text())
		}
	}
}

// Abuse 11: a split that does not divide is exact to the unit.
func TestFeeOfAnOddAmountLosesNothing(t *testing.T) {
	t.Parallel()
	w := setup(t)
	id := w.deal("delivered")
	at := "claims/" + w.claim(id, 33_333)
	w.want(w.post("seller", "/v1/deals/"+id+"/"+at+"/offers", map[string]any{"to_buyer": usd(11_111)}), 201, "")
	w.want(w.post("buyer", "/v1/deals/"+id+"/"+at+"/offers/1/take", nil), 200, "")
	w.want(w.post("buyer", "/v1/deals/"+id+"/accept", nil), 200, "")
	d := w.get("buyer", "/v1/deals/"+id)
	var sum int64
	for _, part := range []string{"held", "released", "refunded", "fees"} {
		n, err := d.field("money." + part + ".amount").(json.Number).Int64()
		must(t, err)
		sum += n
	}
	if sum != 100_000 {
		t.Errorf("the parts of the price sum to %d: %s", sum, d.text())
	}
}

// Abuse 12, 13 and 14: idempotency keys.
func TestIdempotencyKeys(t *testing.T) {
	t.Parallel()
	w := setup(t)
	q := request{role: "seller", method: "POST", path: "/v1/deals", body: w.terms(), key: "k-1"}
	first := w.want(w.do(q), 201, "")
	again := w.want(w.do(q), 201, "")
	if first.header.Get("Idempotency-Replayed") != "" || again.header.Get("Idempotency-Replayed") != "true" || string(first.body) != string(again.body) {
		t.Errorf("the same key again: %s, then %s %s", first.text(), again.header.Get("Idempotency-Replayed"), again.text())
	}
	q.body = w.changed(map[string]any{"title": "other"})
	w.want(w.do(q), 422, "house.key_reused")
	q.role, q.body = "buyer", w.terms()
	if other := w.want(w.do(q), 201, ""); other.word("id") == first.word("id") {
		t.Error("another person's key gives the first one's deal")
	}
	w.want(w.do(request{role: "seller", method: "POST", path: "/v1/deals", body: w.terms(), key: strings.Repeat("k", 201)}), 422, "house.long_key")
	got := w.atOnce(50, func(int) request {
		return request{role: "seller", method: "POST", path: "/v1/deals", body: w.terms(), key: "k-2"}
	})
	if got[201] != 50 {
		t.Errorf("one key 50 times at once is answered %v", got)
	}
	if list := w.get("seller", "/v1/deals"); strings.Count(string(list.body), `"phase":"draft"`) != 2 {
		t.Errorf("three keys of two people made %s", list.text())
	}
}

// Abuse 15: accounts that are not the caller's.
func TestAccountsOfOthersDoNotExist(t *testing.T) {
	t.Parallel()
	w := setup(t)
	id := w.deal("funded")
	for _, account := range []string{"party:" + w.party["buyer"] + "/USD", "deal:" + id + ":balance/USD", "rail:sandbox/USD", "fees/USD", "suspense:sandbox/USD"} {
		w.want(w.get("stranger", "/v1/statements?account="+account), 404, "ledger.unknown_account")
	}
	w.want(w.get("buyer", "/v1/statements?account=nonsense"), 422, "ledger.bad_account")
	w.want(w.get("stranger", "/v1/balances?party="+w.party["buyer"]), 403, "")
	if list := w.get("stranger", "/v1/payouts?party="+w.party["buyer"]); strings.Contains(string(list.body), w.party["buyer"]) {
		t.Errorf("a member lists another company's payouts: %s", list.text())
	}
}

// Abuse 17: one body, one reading.
func TestBodiesHaveOneReading(t *testing.T) {
	t.Parallel()
	w := setup(t)
	good := encoded(t, w.terms())
	for _, tt := range []struct {
		name, body string
		status     int
		code       string
	}{
		{"a key twice", `{"title":"a",` + good[1:], 400, "request.duplicate_key"},
		{"an amount twice", strings.Replace(good, `"amount":180`, `"amount":5,"amount":180`, 1), 400, "request.duplicate_key"},
		{"a key twice, once escaped", `{"\u0074itle":"a",` + good[1:], 400, "request.duplicate_key"},
		{"a key in capitals", strings.Replace(good, `"title"`, `"TITLE"`, 1), 400, "request.wrong_case"},
		{"a second document", good + `{}`, 400, "request.trailing_data"},
		{"a brace too much", good + `}`, 400, "request.trailing_data"},
		{"half a document", good[:len(good)-1], 400, "request.malformed"},
		{"no UTF-8", strings.Replace(good, "pumps", "pu\xffmps", 1), 400, "request.malformed"},
		{"half a surrogate", strings.Replace(good, "pumps", `pu\ud800mps`, 1), 400, "request.malformed"},
		{"NaN", strings.Replace(good, `"quantity":500`, `"quantity":NaN`, 1), 400, "request.malformed"},
		{"a comment", "/* */" + good, 400, "request.malformed"},
		{"a byte order mark", "\ufeff" + good, 400, "request.malformed"},
		{"a list", `[` + good + `]`, 400, "request.wrong_type"},
		{"depth", strings.Repeat("[", 100_000), 400, ""},
		{"depth below a key", `{"lines":` + strings.Repeat("[", 100_000), 400, ""},
		{"nothing", ``, 400, "request.empty"},
		{"missing keys", `{}`, 422, "request.invalid"},
		{"2 MiB", `{"title":"` + strings.Repeat("a", 2<<20) + `"}`, 413, "request.too_large"},
	} {
		r := w.post("seller", "/v1/deals", tt.body)
		if r.status != tt.status || tt.code != "" && r.word("code") != tt.code {
			t.Errorf("%s is answered %.300s", tt.name, r.text())
		}
	}
	for _, ct := range []string{"text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16", "application/problem+json", ""} {
		r := w.do(request{role: "seller", method: "POST", path: "/v1/deals", body: good, headers: map[string]string{"Content-Type": ct}})
		w.want(r, 415, "request.not_json")
	}
	r := w.do(request{role: "seller", method: "POST", path: "/v1/deals", body: good, headers: map[string]string{"Content-Encoding": "gzip"}})
	w.want(r, 415, "request.not_json")
}

// Abuse 31: what is not asked for is not taken.
func TestNobodyGivesThemselvesARole(t *testing.T) {
	t.Parallel()
	w := setup(t)
	id := w.deal("offered")
	for _, key := range []string{"role", "balance", "verified", "office", "phase", "rules", "number_reused", "id"} {
		body := w.changed(map[string]any{key: "administrator"})
		w.want(w.post("seller", "/v1/deals", body), 400, "request.unknown_key")
		w.want(w.post("seller", "/v1/deals/"+id+"/offer", map[string]any{key: true}), 400, "request.unknown_key")
	}
	signUp := map[string]any{
		"email": "a@b.example", "name": "A", "password": secretPhrase, "office": "administrator",
		"company": map[string]any{"legal_name": "A Ltd", "country": "CH", "registration": "1"},
	}
	w.want(w.post("", "/v1/sign-up", signUp), 400, "request.unknown_key")
	w.want(w.post("", "/v1/sessions", map[string]any{"email": "a@b.example", "password": "x", "party": "y"}), 400, "request.unknown_key")
}

// Abuse 18: a deposit notified twice, short, over, in another currency.
func TestDepositNoticesCountOnce(t *testing.T) {
	t.Parallel()
	w := setup(t)
	id := w.deal("agreed")
	notice := map[string]any{"rail": "wire", "reference": "N-1", "deal": id, "payer": "B", "amount": usd(40_000), "booked_at": "2027-03-05T12:00:00Z"}
	first := w.want(w.post("rail", "/v1/rail/deposits", notice), 201, "")
	again := w.want(w.post("rail", "/v1/rail/deposits", notice), 201, "")
	if first.word("id") != again.word("id") || again.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("one booking is two deposits: %s and %s", first.text(), again.text())
	}
	notice["amount"] = usd(40_001)
	w.want(w.post("rail", "/v1/rail/deposits", notice), 422, "house.key_reused")
	notice["reference"], notice["amount"] = "N-2", map[string]any{"amount": 60_000, "currency": "EUR"}
	if r := w.want(w.post("rail", "/v1/rail/deposits", notice), 201, ""); r.word("state") != "suspense" {
		t.Errorf("another currency is %s", r.text())
	}
	notice["reference"], notice["amount"] = "N-3", usd(60_500)
	w.want(w.post("rail", "/v1/rail/deposits", notice), 201, "")
	if d := w.get("buyer", "/v1/deals/"+id); d.word("phase") != "funded" || fmt.Sprint(d.field("money.held.amount")) != "100000" {
		t.Errorf("the deal is %s", d.text())
	}
	for _, bad := range []any{usd(0), usd(-1)} {
		notice["reference"], notice["amount"] = "N-4", bad
		w.want(w.post("rail", "/v1/rail/deposits", notice), 422, "money.not_positive")
	}
}

// Abuse 19 and 20: a state skipped, the wrong role.
func TestStatesAreNotSkippedAndRolesNotSwapped(t *testing.T) {
	t.Parallel()
	w := setup(t)
	id := w.deal("agreed")
	at := "/v1/deals/" + id
	w.want(w.post("seller", at+"/ship", map[string]any{"carrier": "C", "tracking_number": "T", "final": true}), 409, "deal.wrong_phase")
	w.want(w.post("buyer", at+"/confirm-receipt", nil), 409, "deal.wrong_phase")
	w.want(w.post("buyer", at+"/accept", nil), 409, "deal.wrong_phase")
	w.want(w.post("buyer", at+"/claims", claimBody(5)), 409, "deal.wrong_phase")
	w.fund(id, 100_000)
	w.want(w.post("seller", at+"/ship", map[string]any{"carrier": "C", "tracking_number": "T", "final": true}), 200, "")
	w.want(w.post("seller", at+"/confirm-receipt", nil), 403, "deal.wrong_role")
	w.want(w.post("buyer", at+"/ship", map[string]any{"carrier": "C", "tracking_number": "T", "final": true}), 403, "deal.wrong_role")
	w.want(w.post("buyer", at+"/freeze", map[string]any{"case": "C"}), 403, "deal.wrong_role")
}

// Abuse 16 and 22: what was signed is what was read.
func TestTermsChangedAfterASignatureVoidIt(t *testing.T) {
	t.Parallel()
	w := setup(t)
	id := w.deal("offered")
	at := "/v1/deals/" + id
	old := w.get("buyer", at).word("terms_hash")
	w.sign(id, "seller")
	w.want(w.post("buyer", at+"/counter", w.changed(map[string]any{"inspection": map[string]any{"days": 20}})), 200, "")
	if d := w.get("buyer", at); fmt.Sprint(d.field("signatures")) != "[]" {
		t.Errorf("a signature outlives its terms: %s", d.text())
	}
	w.want(w.post("seller", at+"/sign", map[string]any{"hash": old}), 409, "deal.stale_terms")
	w.want(w.post("seller", at+"/sign", map[string]any{"hash": "nonsense"}), 422, "evidence.bad_hash")
}

// Abuse 25 and 26: a claim at the instant of a deadline is in time; after its
// lapse it is not.
func TestClaimRacingTheLapseOfTheInspection(t *testing.T) {
	t.Parallel()
	w := setup(t)
	id := w.deal("delivered")
	w.clock.Advance(7 * 24 * time.Hour) // the very instant at which the inspection ends
	lapse := assurance.ClockRow{Stream: deal.ID(id).Stream(), Clock: string(deal.InspectClock)}
	if _, err := w.house.Lapse(t.Context(), lapse); err == nil {
		t.Fatal("the inspection lapses at the instant that is still in time")
	}
	w.want(w.post("buyer", "/v1/deals/"+id+"/claims", claimBody(70_000)), 201, "")
	late := w.deal("delivered")
	w.clock.Advance(7*24*time.Hour + time.Microsecond)
	_, err := w.house.Lapse(t.Context(), assurance.ClockRow{Stream: deal.ID(late).Stream(), Clock: string(deal.InspectClock)})
	must(t, err)
	w.want(w.post("buyer", "/v1/deals/"+late+"/claims", claimBody(70_000)), 409, "")
}

// Abuse 23: a contract's day ends at one instant for both.
func TestDaysEndAtOneInstantInUTC(t *testing.T) {
	t.Parallel()
	w := setup(t)
	id := w.deal("funded")
	w.want(w.post("buyer", "/v1/deals/"+id+"/withdraw", map[string]any{"reason": "late"}), 422, "deal.still_time_to_ship")
	duty := w.get("buyer", "/v1/deals/"+id+"/obligations")
	if !strings.Contains(string(duty.body), `"what":"withdraw_after","by":"2027-04-19T00:00:00.000000Z"`) { // ship-by ends, and three days of grace
		t.Errorf("the buyer may withdraw %s", duty.text())
	}
	end := time.Date(2027, 4, 19, 0, 0, 0, 0, time.UTC)
	w.clock.Advance(end.Add(-time.Hour).Sub(w.clock.Now()))
	w.enterAgain("buyer")
	w.clock.Advance(end.Sub(w.clock.Now()))
	w.want(w.post("buyer", "/v1/deals/"+id+"/withdraw", map[string]any{"reason": "late"}), 422, "deal.still_time_to_ship")
	w.clock.Advance(time.Microsecond)
	w.want(w.post("buyer", "/v1/deals/"+id+"/withdraw", map[string]any{"reason": "late"}), 200, "")
}

// Abuse 27: money for a deal that was called off meanwhile is not lost.
func TestMoneyForACancelledDealWaitsInSuspense(t *testing.T) {
	t.Parallel()
	w := setup(t)
	id := w.deal("agreed")
	w.want(w.post("buyer", "/v1/deals/"+id+"/cancel", map[string]any{}), 200, "")
	w.want(w.post("seller", "/v1/deals/"+id+"/cancel", map[string]any{}), 200, "")
	if r := w.fund(id, 100_000); r.word("state") != "suspense" {
		t.Errorf("money for a cancelled deal is %s", r.text())
	}
	if rest := w.get("treasury", "/v1/deposits?stage=suspense"); fmt.Sprint(rest.field("items.0.rest.amount")) != "100000" || rest.word("items.0.why") != "not_awaited" {
		t.Errorf("the treasury finds %s", rest.text())
	}
}

func TestHaltedHouseReadsAndResumes(t *testing.T) {
	t.Parallel()
	w := opening{prepare: []func(*store.Store){func(s *store.Store) { must(t, s.SetSetting(t.Context(), "halt", "ledger.disagrees: for a test")) }}}.open(t)
	notice := request{role: "rail", method: "POST", path: "/v1/rail/deposits", body: map[string]any{
		"rail": "wire", "reference": "H-1", "amount": usd(5), "booked_at": "2027-03-01T12:00:00Z",
	}}
	r := w.serve(notice.build(w))
	if r.status != 503 || r.word("code") != "house.halted" || r.header.Get("Retry-After") == "" {
		t.Errorf("a halted house answers a write with %s", r.text())
	}
	health := w.want(w.get("", "/v1/health"), 200, "")
	if health.word("status") != "halted" || strings.Contains(string(health.body), "disagrees") {
		t.Errorf("a halted house says %s", health.text())
	}
	w.want(w.get("", "/readyz"), 200, "")
	w.want(w.post("rail", "/v1/house/resume", nil), 403, "")
	w.want(w.post("administrator", "/v1/house/resume", nil), 200, "")
	w.want(w.do(notice), 201, "")
}

// Abuse 30: another company's deal is not there, whatever is asked of it.
func TestStrangersLearnNothingOnAnyPath(t *testing.T) {
	t.Parallel()
	w := setup(t)
	permits, on := w.rows(), props{deal: w.deal("delivered")}
	on.claim = w.claim(on.deal, 500)
	on.consignment = w.get("buyer", "/v1/deals/"+on.deal).word("consignments.0.id")
	draft := w.want(w.post("seller", "/v1/deals", w.terms()), 201, "").word("id")
	checked := 0
	for _, route := range w.routes() {
		if !strings.HasPrefix(route.path, "/v1/deals/{id}") {
			continue
		}
		checked++
		body := permits[route.id].body
		stranger := w.do(request{role: "stranger", method: route.method, path: w.place(route, on), body: body})
		w.want(stranger, 404, "deal.not_found")
		none := on
		none.deal = "01a20473-0000-7880-8bd0-e763dcb782d1"
		missing := w.want(w.do(request{role: "stranger", method: route.method, path: w.place(route, none), body: body}), 404, "deal.not_found")
		if string(missing.body) != string(stranger.body) {
			t.Errorf("%s tells a stranger's deal %s from none %s", route.id, stranger.text(), missing.text())
		}
		none.deal = draft // the other side's draft is not there either
		w.want(w.do(request{role: "buyer", method: route.method, path: w.place(route, none), body: body}), 404, "deal.not_found")
	}
	if checked < 25 {
		t.Errorf("only %d paths name a deal", checked)
	}
	if list := w.get("stranger", "/v1/deals"); len(list.field("items").([]any)) != 0 {
		t.Errorf("a stranger lists %s", list.text())
	}
}

// Abuse 35 and 36: nothing but the token says who asks; each path has one spelling.
func TestHeadersAndSpellingsChangeNothing(t *testing.T) {
	t.Parallel()
	w := setup(t)
	id := w.deal("offered")
	for _, name := range []string{"X-Tenant", "X-Party-Id", "X-User", "X-Forwarded-User", "X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Host"} {
		q := request{role: "stranger", method: "GET", path: "/v1/deals/" + id, headers: map[string]string{name: w.party["buyer"]}}
		w.want(w.do(q), 404, "deal.not_found")
	}
	host := request{role: "stranger", method: "GET", path: "/v1/deals/" + id}.build(w)
	host.Host = "buyer.house.example"
	if r := w.serve(host); r.status != 404 {
		t.Errorf("another host is answered %s", r.text())
	}
	for _, name := range []string{"X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"} {
		w.want(w.do(request{role: "seller", method: "GET", path: "/v1/deals/" + id, headers: map[string]string{name: "POST"}}), 200, "")
		w.want(w.do(request{role: "seller", method: "POST", path: "/v1/deals/" + id, headers: map[string]string{name: "GET"}}), 405, "request.wrong_method")
	}
	for _, path := range []string{
		"/v1/deals/", "/v1/deals/" + id + "/", "/v1//deals", "/v1/./deals", "/v1/deals/../me", "/v1/%64eals", "/v1/deals/%2e%2e/me", "/v1/deals/" + id + ".",
		"/v1/deals/" + id + "%00", "/v1/deals/%252e%252e/me", "/v1/deals/" + id + "%2foffer", "/V1/deals", "/v1/deals/" + strings.Repeat("a", 2000), "/v1/deals;a=b", "/v1/nothing",
	} {
		w.want(w.do(request{role: "seller", method: "GET", path: path}), 404, "request.no_such_path")
	}
	w.want(w.get("seller", "/v1/deals?limit=1&limit=200"), 400, "request.duplicate_parameter")
	for _, query := range []string{"party=x", "limit=0", "limit=201", "limit=1e2", "phase=none", "open=maybe"} {
		r := w.want(w.get("seller", "/v1/deals?"+query), 422, "request.bad_parameter")
		if strings.Contains(string(r.body), "maybe") || strings.Contains(string(r.body), "1e2") {
			t.Errorf("a refusal repeats what was sent: %s", r.text())
		}
	}
}

func TestTokensAreTheOnlyWayIn(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for _, value := range []string{"", "Bearer", "Bearer ", "Bearer fdk_", "Bearer fdk_" + strings.Repeat("A", 43), "Basic " + w.tokens["buyer"], "Bearer " + strings.Repeat("x", 5000)} {
		r := w.do(request{method: "GET", path: "/v1/me", headers: map[string]string{"Authorization": value}})
		w.want(r, 401, "people.bad_token")
		w.want(w.do(request{method: "GET", path: "/v1/log", headers: map[string]string{"Authorization": value}}), 401, "people.bad_token")
	}
	q := request{method: "GET", path: "/v1/me"}.build(w)
	q.AddCookie(&http.Cookie{Name: "session", Value: w.tokens["buyer"]})
	if r := w.serve(q); r.status != 401 {
		t.Errorf("a cookie is answered %s", r.text())
	}
	w.clock.Advance(31 * 24 * time.Hour)
	w.want(w.get("buyer", "/v1/me"), 401, "people.bad_token")
}

func TestSignInAnswersAlikeAndIsLimited(t *testing.T) {
	t.Parallel()
	w := setup(t)
	known := w.post("", "/v1/sessions", map[string]any{"email": "buyer@example.com", "password": "not the password"})
	unknown := w.post("", "/v1/sessions", map[string]any{"email": "nobody@example.com", "password": "not the password"})
	if known.status != 401 || string(known.body) != string(unknown.body) {
		t.Errorf("a known address is answered %s, an unknown one %s", known.text(), unknown.text())
	}
	if strings.Contains(w.log.String(), "not the password") || strings.Contains(w.log.String(), w.tokens["buyer"]) {
		t.Error("the log holds a secret")
	}
	limited := w.limited(3)
	got := map[int]int{}
	var last reply
	for range 6 {
		last = limited.post("", "/v1/sessions", `{"email":1}`)
		got[last.status]++
	}
	if got[400] != 3 || got[429] != 3 || last.header.Get("Retry-After") == "" {
		t.Errorf("six sign-ins with a limit of three are answered %v, %v", got, last.header)
	}
}

func TestRefusalsSpeakTheCallersLanguage(t *testing.T) {
	t.Parallel()
	w := setup(t)
	id := w.deal("agreed")
	q := request{role: "buyer", method: "POST", path: "/v1/deals/" + id + "/accept"}
	english := w.want(w.do(q), 409, "deal.wrong_phase")
	q.headers = map[string]string{"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"}
	chinese := w.want(w.do(q), 409, "deal.wrong_phase")
	if !strings.Contains(english.word("detail"), "agreed") || !strings.Contains(chinese.word("detail"), "交易") {
		t.Errorf("in English %s, in Chinese %s", english.text(), chinese.text())
	}
}

func TestRefusalsRepeatNothing(t *testing.T) {
	t.Parallel()
	w := setup(t)
	const secret = "zq7secretzq7"
	for _, q := range []request{
		{role: "buyer", method: "POST", path: "/v1/deals", body: map[string]any{secret: 1}},
		{role: "buyer", method: "POST", path: "/v1/deals", body: map[string]any{"buyer": secret, "seller": secret + "2", "currency": secret}},
		{role: "buyer", method: "POST", path: "/v1/deals", body: `{"title":` + secret},
		{role: "buyer", method: "GET", path: "/v1/deals?" + secret + "=1"},
		{role: "buyer", method: "GET", path: "/v1/deals?limit=" + secret},
		{role: "buyer", method: "GET", path: "/v1/deals/" + secret},
		{role: "carrier", method: "GET", path: "/v1/" + secret},
		{method: "POST", path: "/v1/sessions", body: map[string]any{"email": secret, "password": secret}},
		{method: "POST", path: "/v1/sign-up", body: map[string]any{
			"email": secret, "name": "", "password": "p" + strings.ToUpper(secret[3:]), "company": map[string]any{"legal_name": "", "country": secret, "registration": ""},
		}},
	} {
		r := w.do(q)
		if r.status < 400 || strings.Contains(string(r.body), secret) {
			t.Errorf("%s %s is answered %s", q.method, q.path, r.text())
		}
	}
}
