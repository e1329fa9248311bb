package api_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
)

func readCloser(b []byte) io.ReadCloser { return io.NopCloser(bytes.NewReader(b)) }

// journey walks through the API and notes which operations have succeeded; every
// answer is held against the description.
type journey struct {
	*world
	judge judge
	all   []route
	seen  map[string]bool
}

func (j *journey) call(status int, role, method, path string, body any) reply {
	j.t.Helper()
	q := request{role: role, method: method, path: path, body: body, key: uuid.NewString()}
	r := j.do(q)
	j.judge.look(q.build(j.world), r)
	if r.status != status {
		j.t.Fatalf("%s %s as %q: want %d, got %s", method, path, role, status, r.text())
	}
	j.note(r, method, path)
	return r
}

// note remembers which operation has succeeded.
func (j *journey) note(r reply, method, path string) {
	bare, _, _ := strings.Cut(path, "?")
	exact := slices.IndexFunc(j.all, func(o route) bool { return o.method == method && o.path == bare })
	for i, o := range j.all {
		if r.status < 300 && o.method == method && (i == exact || exact < 0 && o.pattern.MatchString(bare)) {
			j.seen[o.id] = true
		}
	}
}

func (j *journey) act(role, id, command string, body any) {
	j.t.Helper()
	j.call(200, role, "POST", "/v1/deals/"+id+"/"+command, body)
}

func TestWholeDealsReachEveryOperation(t *testing.T) {
	t.Parallel()
	w, guarded := setup(t), secured(t)
	j := &journey{world: w, judge: w.judge(), all: w.routes(), seen: map[string]bool{}}
	j.search()
	j.agreement()
	j.money(j.goods())
	j.settledClaim()
	j.ruledClaim()
	j.evidence()
	j.running()
	people := &journey{world: guarded, judge: j.judge, all: j.all, seen: j.seen}
	people.doors()
	people.ownAccount()
	people.trade()
	people.companyPeople()
	people.housePeople()
	people.mailbox()
	traders := &journey{world: opening{watched: lists("1|Stranger Ltd\n2|Quartermaine Zebulon Elias")}.open(t), judge: j.judge, all: j.all, seen: j.seen}
	traders.searches()
	traders.watchedLists()
	traders.cases()
	traders.reviews()
	for _, r := range j.all {
		if !j.seen[r.id] {
			t.Errorf("no journey succeeds with %s (%s %s)", r.id, r.method, r.path)
		}
	}
	sums, err := w.house.TrialBalance(context.Background())
	must(t, err)
	for currency, sum := range sums {
		if sum != 0 {
			t.Errorf("the books are off by %d %s", sum, currency)
		}
	}
}

func (j *journey) search() {
	j.t.Helper()
	found := j.call(200, "stranger", "GET", "/v1/parties?search=seller&limit=5", nil)
	if found.word("items.0.id") != j.party["seller"] {
		j.t.Errorf("the search finds %s", found.text())
	}
	j.call(200, "stranger", "GET", "/v1/parties/"+j.party["seller"], nil)
}

func (j *journey) agreement() {
	j.t.Helper()
	alone := j.call(201, "seller", "POST", "/v1/deals", map[string]any{"seller": j.party["seller"], "currency": "USD"}).word("id")
	j.call(404, "buyer", "GET", "/v1/deals/"+alone, nil)
	j.call(422, "seller", "POST", "/v1/deals/"+alone+"/offer", nil)
	id := j.call(201, "seller", "POST", "/v1/deals", map[string]any{"buyer": j.party["buyer"], "seller": j.party["seller"], "currency": "USD"}).word("id")
	j.call(200, "seller", "PUT", "/v1/deals/"+id+"/terms", j.terms())
	j.act("seller", id, "offer", nil)
	changed := j.terms()
	changed["inspection"] = map[string]any{"days": 10}
	j.act("buyer", id, "counter", changed)
	j.act("buyer", id, "withdraw", map[string]any{"reason": "too dear"})
	if d := j.call(200, "seller", "GET", "/v1/deals/"+id, nil); d.word("outcome") != "cancelled" {
		j.t.Errorf("a withdrawn deal is %s", d.text())
	}
	j.call(200, "seller", "POST", "/v1/batch", map[string]any{"commands": []any{
		item("draft-deal", "batched", nil, j.terms()), item("offer", "refused", on(id), nil),
	}})
	id = j.deal("agreed")
	j.act("seller", id, "amend", changed)
	hash := j.call(200, "buyer", "GET", "/v1/deals/"+id, nil).word("amendment.hash")
	j.act("buyer", id, "sign", map[string]any{"hash": hash})
	j.act("buyer", id, "cancel", map[string]any{"reason": "we change our minds"})
	j.act("seller", id, "cancel", map[string]any{})
}

// goods walks a deal to its completion and answers its id.
func (j *journey) goods() string {
	j.t.Helper()
	id := j.deal("agreed")
	j.call(202, "buyer", "POST", "/v1/sandbox/deposits", map[string]any{"deal": id, "amount": usd(100_000), "payer": "Buyer Ltd"})
	j.call(201, "rail", "POST", "/v1/rail/deposits", map[string]any{
		"rail": "sandbox", "reference": "R-1", "deal": id, "payer": "Buyer Ltd", "amount": usd(100_500), "booked_at": "2027-03-05T12:00:00Z",
	})
	j.act("compliance", id, "freeze", map[string]any{"case": "C-77"})
	if d := j.call(200, "buyer", "GET", "/v1/deals/"+id, nil); d.field("frozen") != true || strings.Contains(string(d.body), "C-77") {
		j.t.Errorf("a party learns too much or too little of a freeze: %s", d.text())
	}
	j.act("compliance", id, "unfreeze", map[string]any{"case": "C-77"})
	j.act("seller", id, "ship", map[string]any{"carrier": "COSCO", "tracking_number": "T-1", "final": true})
	box := j.call(200, "seller", "GET", "/v1/deals/"+id, nil).word("consignments.0.id")
	scan := func(stage string) {
		j.act("carrier", id, "consignments/"+box+"/events", map[string]any{"stage": stage, "at": "2027-03-01T18:00:00Z", "place": "CH Basel", "note": ""})
	}
	scan("picked_up")
	scan("delivered")
	j.act("buyer", id, "extend-inspection", map[string]any{"days": 2})
	j.call(200, "buyer", "GET", "/v1/obligations?limit=10", nil)
	j.call(200, "buyer", "GET", "/v1/deals/"+id+"/obligations", nil)
	j.act("buyer", id, "accept", nil)
	d := j.call(200, "seller", "GET", "/v1/deals/"+id, nil)
	if d.word("outcome") != "completed" || fmt.Sprint(d.field("money.released.amount")) != "99000" {
		j.t.Errorf("the deal has ended as %s", d.text())
	}
	history := j.call(200, "seller", "GET", "/v1/deals/"+id+"/history", nil)
	if strings.Contains(string(history.body), "C-77") {
		j.t.Error("the history tells a party the case of a freeze")
	}
	if !strings.Contains(string(j.call(200, "auditor", "GET", "/v1/deals/"+id+"/history", nil).body), "C-77") {
		j.t.Error("the history keeps the case of a freeze from staff")
	}
	j.call(200, "seller", "GET", "/v1/deals?phase=closed&limit=1&search=pumps", nil)
	other := j.deal("shipped")
	j.act("buyer", other, "confirm-receipt", nil)
	return id
}

func (j *journey) money(id string) {
	j.t.Helper()
	account := "party:" + j.party["seller"] + "/USD"
	balances := j.call(200, "seller", "GET", "/v1/balances", nil)
	if balances.word("items.0.account") != account {
		j.t.Errorf("the seller has %s", balances.text())
	}
	first := j.call(200, "seller", "GET", "/v1/statements?account="+account+"&limit=1", nil)
	j.call(200, "seller", "GET", "/v1/statements?account="+account+"&limit=1&before="+fmt.Sprint(first.field("next")), nil)
	payout := j.call(201, "seller", "POST", "/v1/payouts", map[string]any{"amount": usd(10_000)}).word("id")
	j.call(200, "seller", "POST", "/v1/payouts/"+payout+"/cancel", map[string]any{"reason": "later"})
	payout = j.call(201, "seller", "POST", "/v1/payouts", map[string]any{"amount": usd(20_000)}).word("id")
	j.call(200, "rail", "POST", "/v1/rail/payouts/"+payout, map[string]any{"outcome": "sent", "reference": "P-1"})
	j.call(200, "rail", "POST", "/v1/rail/payouts/"+payout, map[string]any{"outcome": "settled", "reference": "P-1"})
	if p := j.call(200, "seller", "GET", "/v1/payouts", nil); p.word("items.0.stage") != "settled" {
		j.t.Errorf("the payout is %s", p.text())
	}
	for i, step := range []struct {
		command string
		body    map[string]any
	}{
		{"assign", map[string]any{"party": j.party["buyer"], "reason": "named by the bank"}},
		{"return", map[string]any{"reason": "sent twice"}},
	} {
		deposit := j.call(201, "rail", "POST", "/v1/rail/deposits", map[string]any{
			"rail": "wire", "reference": fmt.Sprint("S-", i), "deal": id, "payer": "?", "amount": usd(700), "booked_at": "2027-03-06T12:00:00Z",
		}).word("id")
		j.call(200, "treasury", "POST", "/v1/deposits/"+deposit+"/"+step.command, step.body)
	}
	j.call(200, "treasury", "GET", "/v1/deposits?stage=assigned", nil)
}

func (j *journey) settledClaim() {
	j.t.Helper()
	id := j.deal("delivered")
	j.call(201, "buyer", "POST", "/v1/deals/"+id+"/claims", claimBody(20_000))
	at := "claims/" + j.call(200, "buyer", "GET", "/v1/deals/"+id, nil).word("claims.0.id")
	j.call(201, "seller", "POST", "/v1/deals/"+id+"/"+at+"/offers", map[string]any{"to_buyer": usd(8_000), "with_return": true})
	j.act("buyer", id, at+"/offers/1/take", nil)
	j.act("buyer", id, at+"/return-shipped", map[string]any{"tracking_number": "BACK-1"})
	j.act("seller", id, at+"/return-received", nil)
	j.claim(id, 1_000)
	second := j.get("buyer", "/v1/deals/"+id).word("claims.1.id")
	j.act("buyer", id, "claims/"+second+"/drop", nil)
}

func (j *journey) ruledClaim() {
	j.t.Helper()
	id := j.deal("delivered")
	at := "claims/" + j.claim(id, 20_000)
	j.act("buyer", id, at+"/escalate", nil)
	j.act("administrator", id, at+"/mediator", map[string]any{"mediator": j.people["mediator"]})
	j.act("mediator", id, at+"/proposal", map[string]any{"to_buyer": usd(5_000)})
	j.act("buyer", id, at+"/proposal/take", nil)
	j.act("seller", id, at+"/escalate", nil)
	j.act("mediator", id, at+"/ruling", map[string]any{"to_buyer": usd(6_000), "reasons": "The photographs show it."})
	j.act("seller", id, at+"/appeal", map[string]any{"grounds": "The report was left out."})
	d := j.call(200, "mediator", "GET", "/v1/deals/"+id, nil)
	if d.word("claims.0.stage") != "review" {
		j.t.Errorf("the appealed claim is %s", d.text())
	}
}

func (j *journey) evidence() {
	j.t.Helper()
	size := fmt.Sprint(j.call(200, "", "GET", "/v1/log", nil).field("size"))
	open := j.call(200, "", "GET", "/v1/log/entries/6", nil)
	if open.field("disclosed") != false || open.word("payload") != "" || open.word("leaf") == "" {
		j.t.Errorf("nobody in particular reads %s", open.text())
	}
	if staff := j.call(200, "auditor", "GET", "/v1/log/entries/6?size="+size, nil); staff.field("disclosed") != true || staff.word("payload") == "" {
		j.t.Errorf("an auditor reads %s", staff.text())
	}
	j.call(200, "", "GET", "/v1/log/consistency?from=5&to="+size, nil)
}

func (j *journey) running() {
	j.t.Helper()
	j.call(200, "", "GET", "/v1/health", nil)
	j.call(200, "administrator", "POST", "/v1/house/resume", nil)
	j.call(200, "administrator", "POST", "/v1/house/outages", map[string]any{"from": "2027-03-01T10:00:00Z", "to": "2027-03-01T11:00:00Z"})
	must(j.t, j.house.RaiseClockAlarm(context.Background(), "jumped"))
	j.call(200, "administrator", "POST", "/v1/house/clock-alarm/clear", nil)
	before := j.call(200, "buyer", "GET", "/v1/sandbox/clock", nil).word("now")
	after := j.call(200, "buyer", "POST", "/v1/sandbox/clock", map[string]any{"seconds": 3600}).word("now")
	if before != "2027-03-01T12:00:00.000000Z" || after != "2027-03-01T13:00:00.000000Z" {
		j.t.Errorf("the clock went from %s to %s", before, after)
	}
}

func TestARepeatedSimulationIsOneTransferForOneCallerAndDeal(t *testing.T) {
	t.Parallel()
	w := setup(t)
	first, second := w.deal("agreed"), w.deal("agreed")
	before := len(w.bank.seen)
	for _, x := range []struct{ role, deal, key string }{{"buyer", first, "k1"}, {"buyer", first, "k1"}, {"buyer", second, "k1"}, {"seller", first, "k1"}, {"buyer", first, "k2"}, {"buyer", first, ""}} {
		r := w.do(request{role: x.role, method: "POST", path: "/v1/sandbox/deposits", key: x.key, body: map[string]any{"deal": x.deal, "amount": usd(100), "payer": "Buyer Ltd"}})
		if r.status != 202 {
			t.Fatalf("answered %s", r.text())
		}
	}
	keys := map[string]int{}
	for _, s := range w.bank.seen[before:] {
		keys[s.Key]++
	}
	if len(keys) != 5 || keys[w.bank.seen[before].Key] != 2 || keys[""] != 1 {
		t.Errorf("keys %v", keys)
	}
}
