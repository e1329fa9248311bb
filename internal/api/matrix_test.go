package api_test

import (
	"slices"
	"strings"
	"testing"
)

// anyone is every role; nobody is "".
func anyone() []string {
	return []string{"buyer", "seller", "stranger", "administrator", "mediator", "compliance", "treasury", "auditor", "rail", "carrier"}
}

// permit says who may use an operation: those get through to the rules of the
// trade (2xx, 409 or 422), hidden learn nothing (404), and the rest get 403.
// Nobody gets 401 from every operation that is not public.
type permit struct {
	may    []string
	hidden []string
	body   any
}

// permits is the whole matrix. An operation that it does not name fails the test.
func (w *world) permits() map[string]permit {
	members := []string{"buyer", "seller", "stranger"}
	house := []string{"administrator", "mediator", "compliance", "treasury", "auditor"}
	parties := []string{"buyer", "seller"}
	outside := []string{"stranger"}
	unseen := []string{"stranger", "rail", "carrier"}
	division := map[string]any{"to_buyer": usd(10), "with_return": false}
	why := map[string]any{"reason": "because"}
	hash := map[string]any{"hash": strings.Repeat("ab", 32)}
	read := permit{may: slices.Concat(parties, house), hidden: unseen}
	party := func(body any) permit { return permit{parties, outside, body} }
	buyer := func(body any) permit { return permit{[]string{"buyer"}, outside, body} }
	seller := func(body any) permit { return permit{[]string{"seller"}, outside, body} }
	office := func(role string, body any) permit { return permit{[]string{role}, outside, body} }
	plainOffice := func(role string, body any) permit { return permit{[]string{role}, nil, body} }
	public := permit{may: anyone()}
	return map[string]permit{
		"sign-up": {may: anyone(), body: map[string]any{
			"email": "x", "name": "", "password": "short", "company": map[string]any{"legal_name": "", "country": "", "registration": ""},
		}},
		"sign-in": {may: nil, body: map[string]any{"email": "buyer@example.com", "password": "wrong"}}, // 401 for all
		"me":      public,
		"batch": {may: anyone(), body: map[string]any{"commands": []any{ // may be sent by all; what is in it is decided apart
			map[string]any{"operation": "accept", "key": "k", "path": map[string]any{"id": "none"}},
		}}},
		"list-parties": public, "get-party": public,

		"list-deals": {may: slices.Concat(members, house)}, "list-obligations": {may: slices.Concat(members, house)},
		"get-deal": read, "get-history": read, "get-deal-obligations": read,

		"draft-deal":    {may: parties, body: w.terms()},
		"rewrite-draft": party(w.terms()), "offer": party(nil), "counter": party(w.terms()), "amend": party(w.terms()), "sign": party(hash),
		"withdraw": party(why), "cancel": party(why),
		"ship": seller(map[string]any{"carrier": "C", "tracking_number": "T", "final": true}), "confirm-receipt": buyer(nil), "accept": buyer(nil),
		"extend-inspection": party(map[string]any{"days": 1}),
		"track":             office("carrier", map[string]any{"stage": "in_transit", "at": "2027-03-01T12:00:00Z"}),
		"freeze":            office("compliance", map[string]any{"case": "C"}), "unfreeze": office("compliance", map[string]any{"case": "C"}),

		"raise-claim": party(claimBody(10)), "offer-division": party(division), "take-offer": party(nil), "escalate": party(nil), "take-proposal": party(nil),
		"appeal": party(map[string]any{"grounds": "because"}), "drop-claim": buyer(nil), "confirm-return": seller(nil),
		"ship-return":     buyer(map[string]any{"tracking_number": "T-2"}),
		"assign-mediator": office("administrator", map[string]any{"mediator": w.people["mediator"]}),
		"propose":         office("mediator", division), "rule": office("mediator", map[string]any{"to_buyer": usd(10), "reasons": "because"}),

		"list-balances": {may: slices.Concat(members, house)}, "get-statement": {may: slices.Concat([]string{"buyer"}, house), hidden: []string{"seller", "stranger", "rail", "carrier"}},
		"list-payouts": {may: slices.Concat(members, house)}, "list-deposits": {may: slices.Concat(members, house)},
		"withdraw-money": {may: members, body: map[string]any{"amount": usd(1)}},
		"cancel-payout":  {may: []string{"buyer", "treasury"}, hidden: []string{"seller", "stranger", "administrator", "mediator", "compliance", "auditor", "rail", "carrier"}, body: why},
		"assign-deposit": plainOffice("treasury", map[string]any{"party": w.party["buyer"], "reason": "because"}), "return-deposit": plainOffice("treasury", why),
		"report-deposit": plainOffice("rail", map[string]any{"rail": "wire", "reference": "M-1", "amount": usd(5), "booked_at": "2027-03-01T12:00:00Z"}),
		"report-payout":  plainOffice("rail", map[string]any{"outcome": "sent"}),

		"get-log": public, "prove-entry": public, "prove-consistency": public, "get-health": public,
		"resume": plainOffice("administrator", nil), "clear-clock-alarm": plainOffice("administrator", nil),
		"record-outage":    plainOffice("administrator", map[string]any{"from": "2027-03-01T10:00:00Z", "to": "2027-03-01T11:00:00Z"}),
		"simulate-deposit": {may: slices.Concat(parties, house), hidden: unseen, body: map[string]any{"amount": usd(5)}},
		"get-clock":        public, "advance-clock": {may: slices.Concat(members, house), body: map[string]any{"seconds": 1}},
	}
}

// place fills the path of an operation with what exists: a delivered deal with
// an open claim, a payout and a deposit of the buyer.
func (w *world) place(route route, on props) string {
	id := on.deal
	switch {
	case strings.HasPrefix(route.path, "/v1/parties/"):
		id = w.party["seller"]
	case strings.Contains(route.path, "/payouts/"):
		id = on.payout
	case strings.Contains(route.path, "/deposits/"):
		id = on.deposit
	}
	path := strings.NewReplacer("{id}", id, "{claim}", on.claim, "{consignment}", on.consignment, "{number}", "1", "{seq}", "0").Replace(route.path)
	switch route.id {
	case "get-statement":
		path += "?account=party:" + w.party["buyer"] + "/USD"
	case "prove-consistency":
		path += "?from=0&to=1"
	}
	return path
}

type props struct{ deal, claim, consignment, payout, deposit string }

func (w *world) props() props {
	w.t.Helper()
	p := props{deal: w.deal("delivered")}
	p.claim = w.claim(p.deal, 500)
	p.consignment = w.get("buyer", "/v1/deals/"+p.deal).word("consignments.0.id")
	p.deposit = w.fund("nobody", 900).word("id")
	w.want(w.post("treasury", "/v1/deposits/"+p.deposit+"/assign", map[string]any{"party": w.party["buyer"], "reason": "found"}), 200, "")
	p.payout = w.want(w.post("buyer", "/v1/payouts", map[string]any{"amount": usd(300)}), 201, "").word("id")
	return p
}

func TestEveryRoleOnEveryOperation(t *testing.T) {
	t.Parallel()
	w := setup(t)
	permits := w.permits()
	on := w.props()
	for _, route := range w.routes() {
		p, listed := permits[route.id]
		if !listed {
			t.Errorf("%s (%s %s) has no row in the matrix", route.id, route.method, route.path)
			continue
		}
		delete(permits, route.id)
		if route.tagged("claims") || route.id == "accept" || route.id == "cancel-payout" {
			on = w.props() // the operation before may have ended the claim, the deal or the payout
		}
		w.check(route, p, on)
	}
	for id := range permits {
		t.Errorf("the matrix names %s, which is no operation", id)
	}
}

func (r route) tagged(part string) bool { return strings.Contains(r.path, "/"+part) }

func (w *world) check(route route, p permit, on props) {
	w.t.Helper()
	body := p.body
	if route.id == "simulate-deposit" {
		body = map[string]any{"deal": on.deal, "amount": usd(5)}
	}
	ask := func(role string) reply {
		return w.do(request{role: role, method: route.method, path: w.place(route, on), body: body})
	}
	nobody := ask("")
	if !route.public && (nobody.status != 401 || nobody.header.Get("WWW-Authenticate") == "") {
		w.t.Errorf("%s by nobody is answered %s", route.id, nobody.text())
	}
	// Those who may come last: what they do may change what the others are told.
	roles := anyone()
	slices.SortStableFunc(roles, func(a, b string) int { return order(p, a) - order(p, b) })
	for _, role := range roles {
		r := ask(role)
		switch {
		case route.id == "sign-in":
			if r.status != 401 {
				w.t.Errorf("a wrong password of %s is answered %s", role, r.text())
			}
		case slices.Contains(p.may, role):
			if r.status >= 300 && r.status != 409 && r.status != 422 && r.word("code") != "dispute.unknown_offer" {
				w.t.Errorf("%s by %s: may, but is answered %s", route.id, role, r.text())
			}
		case slices.Contains(p.hidden, role):
			if r.status != 404 {
				w.t.Errorf("%s by %s: must learn nothing, but is answered %s", route.id, role, r.text())
			}
		case r.status != 403:
			w.t.Errorf("%s by %s: may not, but is answered %s", route.id, role, r.text())
		}
	}
}

func order(p permit, role string) int {
	if slices.Contains(p.may, role) {
		return 1
	}
	return 0
}
