package api_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/identity"
)

// anyone is every caller of the matrix: the buyer's people by role, the owners of
// two other companies, the house's offices, one of its people without a second
// factor, somebody who was removed from a company, somebody who was invited and
// has not come yet, the sources that are not people, and nobody.
func anyone() []string {
	return []string{
		"buyer", "trader", "finance", "viewer", "seller", "stranger", "administrator", "mediator", "compliance", "treasury", "auditor",
		"clerk", "removed", "invited", "rail", "carrier", "",
	}
}

// companies says for whom members act.
func companyOf(role string) string {
	switch role {
	case "buyer", "trader", "finance", "viewer":
		return "buyer"
	case "seller", "stranger":
		return role
	}
	return ""
}

// actor is what the policy is asked about.
func (w *world) actor(role string) identity.Actor {
	a := identity.Actor{Person: identity.PersonID(w.people[role])}
	if company := companyOf(role); company != "" {
		a.Office, a.Party, a.Role = identity.Member, identity.PartyID(w.party[company]), identity.Owner
		if slices.Contains([]string{"trader", "finance", "viewer"}, role) {
			a.Role = identity.Role(role)
		}
		return a
	}
	a.Office = identity.Office(role)
	return a
}

// row says what an operation is to the policy. Who may follows from [identity.May]
// and from whose thing it is.
type row struct {
	act    identity.Act
	also   identity.Act // needed besides
	of     []string     // companies whose thing it is; nil: what is each company's own
	only   []string     // where the policy alone does not tell: these may
	sees   []string     // companies, and people of the house, who know of it; the rest learns nothing (404)
	own    bool         // one's own account: everybody with a token
	public bool         // everybody
	fresh  bool         // ends what the other operations need: tried in a house of its own
	body   any          // or func(role string) any
}

// answers to a caller.
const (
	may     = "may"     // is let through to the rules of the trade
	hidden  = "hidden"  // 404
	refused = "refused" // 403
	unknown = "unknown" // 401
)

func (w *world) expect(r row, role string) string {
	switch {
	case role == "" || role == "invited":
		if r.public && role == "" {
			return may
		}
		return unknown // a token that is none is not good anywhere
	case r.public || r.own:
		return may
	case role == "clerk" || role == "removed":
		return refused
	case r.only != nil:
		if slices.Contains(r.only, role) {
			return may
		}
	case identity.May(w.actor(role), r.act) && (r.also == "" || identity.May(w.actor(role), r.also)):
		if company := companyOf(role); company == "" || r.of == nil || slices.Contains(r.of, company) {
			return may
		}
	}
	return w.otherwise(r, role)
}

// otherwise is what somebody is told who may not. Whoever knows of the thing is
// refused; the others learn nothing, unless their role alone is refused already.
func (w *world) otherwise(r row, role string) string {
	company := companyOf(role)
	switch {
	case r.sees == nil, slices.Contains(r.sees, company), slices.Contains(r.sees, role):
		return refused
	case company == "" && r.only == nil && !reads(r.act):
		return refused // what members do is nothing for the house
	case company != "" && roleOnly(r.act) && !identity.May(w.actor(role), r.act):
		return refused
	}
	return hidden
}

// reads holds for acts that only look.
func reads(act identity.Act) bool {
	return act == identity.ToReadDeals || act == identity.ToReadMoney || act == identity.ToReadCompany || act == identity.ToCancelPayouts
}

// roleOnly holds for the acts of members, which the policy refuses by role before
// anything is looked at.
func roleOnly(act identity.Act) bool {
	for _, name := range identity.RolesFor(act) {
		if slices.Contains(identity.Roles(), identity.Role(name)) {
			return true
		}
	}
	return false
}

// rows is the whole matrix. An operation that it does not name fails the test.
func (w *world) rows() map[string]row {
	rows := map[string]row{}
	for _, some := range []map[string]row{w.doorRows(), w.accountRows(), w.companyRows(), w.dealRows(), w.claimRows(), w.moneyRows(), w.houseRows(), w.counterpartyRows()} {
		for id, r := range some {
			rows[id] = r
		}
	}
	return rows
}

func (w *world) doorRows() map[string]row {
	secret := map[string]any{"secret": "c2VjcmV0"}
	public := func(body any) row { return row{public: true, body: body} }
	each := func(role string) any { return map[string]any{"email": role + "@nowhere.example", "password": "wrong"} }
	return map[string]row{
		"sign-up": public(map[string]any{
			"email": "x", "name": "", "password": "short", "company": map[string]any{"legal_name": "", "country": "", "registration": ""},
		}),
		"confirm-sign-up": public(secret), "sign-in": public(each), "continue-sign-in": public(map[string]any{"ticket": "x", "kind": "totp", "code": "1"}),
		"renew-password": public(map[string]any{"ticket": "x", "password": secretPhrase}), "begin-passkey-sign-in": public(nil),
		"sign-in-by-passkey": public(map[string]any{"ticket": "x", "response": map[string]any{}}), "forgot-password": public(map[string]any{"email": "no@where.example"}),
		"reset-password": public(map[string]any{"secret": "x", "password": secretPhrase}), "measure-password": public(map[string]any{"password": "x"}),
		"suggest-password": public(nil), "get-password-rules": public(nil), "take-email": public(secret), "undo-email": public(secret), "disown": public(secret),
		"read-invitation": public(secret), "accept-invitation": public(secret),
	}
}

func (w *world) accountRows() map[string]row {
	own := func(body any) row { return row{own: true, body: body} }
	fresh := func(body any) row { return row{own: true, body: body, fresh: true} }
	proof := map[string]any{"kind": "totp", "code": "x"}
	staff := []string{"administrator", "mediator", "compliance", "treasury", "auditor"}
	buyer, watched := []string{"buyer"}, []string{"buyer", "compliance", "auditor"}
	return map[string]row{
		"me": own(nil), "list-sessions": own(nil), "sign-out": fresh(nil), "end-session": own(nil), "end-other-sessions": own(nil),
		"change-password": own(map[string]any{"current": "x", "password": secretPhrase}), "list-factors": own(nil), "offer-totp": own(nil),
		"add-totp": own(map[string]any{"ticket": "x", "code": "1", "label": "x"}), "offer-passkey": own(nil),
		"add-passkey": own(map[string]any{"ticket": "x", "response": map[string]any{}}), "ask-passkey": own(nil),
		"rename-factor": own(map[string]any{"label": "x"}), "remove-factor": own(map[string]any{"proof": proof}), "issue-recovery-codes": own(map[string]any{"proof": proof}),
		"ask-email": own(map[string]any{"email": "x", "password": "x"}), "disown-here": fresh(map[string]any{}),
		"list-activity": own(nil), "export-activity": own(map[string]any{"of": "me", "format": "csv"}), "get-security-review": own(nil),
		"confirm-security-review": own(map[string]any{"seen": []string{"sessions"}}), "list-keys": own(nil), "end-key": own(nil),
		"make-key":       {act: identity.ToKeys, body: map[string]any{"label": "x", "scopes": []string{"read_deals"}, "days": 1}},
		"list-approvals": {act: identity.ToReadCompany}, "get-approval": {only: []string{"buyer", "trader", "finance", "viewer", "compliance", "auditor"}, sees: []string{}},
		"ask-approval":     {act: identity.ToWithdraw, body: ask("withdraw-money", nil, map[string]any{"amount": usd(1)})},
		"agree":            {act: identity.ToApprove, of: buyer, only: []string{"buyer", "finance"}, sees: slices.Concat(watched, []string{"rail", "carrier"}), body: func(role string) any { return w.agreement(role) }},
		"decline-approval": {act: identity.ToApprove, of: buyer, only: []string{"finance"}, sees: watched, body: map[string]any{"reason": "no"}},
		"cancel-approval":  {act: identity.ToApprove, of: buyer, only: buyer, sees: watched},
		"list-staff":       {only: staff},
	}
}

// agreement is the best proof that a role can give.
func (w *world) agreement(role string) any {
	if w.totp[role] == "" {
		return map[string]any{"kind": "totp", "code": "123456"}
	}
	return w.totpProof(role)
}

func (w *world) companyRows() map[string]row {
	members := []string{"buyer", "trader", "finance", "viewer", "seller", "stranger"}
	return map[string]row{
		"get-company": {only: members}, "list-members": {only: members},
		"get-organisation":    {act: identity.ToReadCompany, of: []string{"seller"}, sees: []string{"seller"}},
		"invite":              {act: identity.ToMembers, body: map[string]any{"email": "somebody@else.example", "role": "viewer"}},
		"call-off-invitation": {act: identity.ToMembers},
		"grant-role":          {act: identity.ToMembers, of: []string{"buyer"}, sees: []string{"buyer"}, body: map[string]any{"role": "viewer"}},
		"remove-member":       {act: identity.ToMembers, of: []string{"buyer"}, sees: []string{"buyer"}, fresh: true},
		"leave-company":       {only: members, fresh: true},
		"set-two-persons":     {act: identity.ToCompanyRules, body: map[string]any{"limits": []any{usd(100)}}},
		"set-payout-hold":     {act: identity.ToCompanyRules, body: map[string]any{"hours": 96}},
		"set-sign-on":         {act: identity.ToCompanyRules, body: map[string]any{"issuer": "https://login.example"}},
		"submit-profile":      {act: identity.ToCompany, body: profileBody("x")},
		"hand-in-document":    {act: identity.ToCompany, body: "%PDF-1.7 a paper"},
		"get-document":        {only: []string{"seller", "administrator", "compliance"}, sees: []string{}},
		"review-profile":      {act: identity.ToReviewProfiles, body: map[string]any{"verdict": "more_needed", "reasons": "more"}},
		"list-parties":        {act: identity.ToSearch}, "get-party": {act: identity.ToSearch},
		"list-company-activity": {act: identity.ToReadActivity},
		"list-staff-activity":   {only: []string{"administrator", "compliance", "auditor"}},
		"appoint":               {act: identity.ToStaff, body: map[string]any{"email": "new@house.example", "office": "mediator"}},
		"dismiss":               {act: identity.ToStaff}, "set-password-profile": {act: identity.ToHousePolicy, body: map[string]any{"profile": "prescriptive"}},
		"reinstate":              {act: identity.ToReviewAccounts, body: map[string]any{"reason": "spoken to"}},
		"end-sessions-of-person": {act: identity.ToReviewAccounts, body: map[string]any{"reason": "a lost telephone"}, fresh: true},
	}
}

func (w *world) dealRows() map[string]row {
	both, why := []string{"buyer", "seller"}, map[string]any{"reason": "because"}
	of := func(act identity.Act, whose []string, body any) row {
		return row{act: act, of: whose, sees: both, body: body}
	}
	read := of(identity.ToReadDeals, both, nil)
	return map[string]row{
		"list-deals": {act: identity.ToReadDeals}, "list-obligations": {act: identity.ToReadDeals}, "get-deal": read, "get-history": read, "get-deal-obligations": read,
		"draft-deal":    {act: identity.ToDraft, of: both, body: w.terms()},
		"rewrite-draft": of(identity.ToDraft, both, w.terms()), "offer": of(identity.ToOffer, both, nil), "counter": of(identity.ToOffer, both, w.terms()),
		"amend": of(identity.ToOffer, both, w.terms()), "sign": of(identity.ToSign, both, map[string]any{"hash": strings.Repeat("ab", 32)}),
		"withdraw": of(identity.ToOffer, both, why), "cancel": of(identity.ToOffer, both, why),
		"ship":            of(identity.ToShip, []string{"seller"}, map[string]any{"carrier": "C", "tracking_number": "T", "final": true}),
		"confirm-receipt": of(identity.ToReceive, []string{"buyer"}, nil), "accept": of(identity.ToRelease, []string{"buyer"}, nil),
		"extend-inspection": of(identity.ToReceive, both, map[string]any{"days": 1}),
		"track":             {act: identity.ToTrack, sees: both, body: map[string]any{"stage": "in_transit", "at": "2027-03-01T12:00:00Z"}},
		"freeze":            {act: identity.ToFreeze, sees: both, body: map[string]any{"case": "C"}}, "unfreeze": {act: identity.ToFreeze, sees: both, body: map[string]any{"case": "C"}},
	}
}

func (w *world) claimRows() map[string]row {
	both, division := []string{"buyer", "seller"}, map[string]any{"to_buyer": usd(10), "with_return": false}
	of := func(act identity.Act, whose []string, body any) row {
		return row{act: act, of: whose, sees: both, body: body}
	}
	return map[string]row{
		"raise-claim": of(identity.ToClaim, both, claimBody(10)), "offer-division": {act: identity.ToNegotiate, also: identity.ToRelease, of: both, sees: both, body: division}, // it promises money
		"take-offer": of(identity.ToRelease, both, nil),
		"escalate":   of(identity.ToClaim, both, nil), "take-proposal": of(identity.ToRelease, both, nil), "appeal": of(identity.ToClaim, both, map[string]any{"grounds": "because"}),
		"drop-claim": of(identity.ToClaim, []string{"buyer"}, nil), "confirm-return": of(identity.ToRelease, []string{"seller"}, nil),
		"ship-return":     of(identity.ToShip, []string{"buyer"}, map[string]any{"tracking_number": "T-2"}),
		"assign-mediator": {act: identity.ToAssign, sees: both, body: map[string]any{"mediator": w.people["mediator"]}},
		"propose":         {act: identity.ToMediate, sees: both, body: division}, "rule": {act: identity.ToMediate, sees: both, body: map[string]any{"to_buyer": usd(10), "reasons": "because"}},
	}
}

func (w *world) moneyRows() map[string]row {
	buyer, why := []string{"buyer"}, map[string]any{"reason": "because"}
	return map[string]row{
		"list-balances": {act: identity.ToReadMoney}, "get-statement": {act: identity.ToReadMoney, of: buyer, sees: buyer},
		"list-payouts": {act: identity.ToReadMoney}, "list-deposits": {act: identity.ToReadMoney}, "list-payout-accounts": {act: identity.ToReadMoney},
		"withdraw-money":         {act: identity.ToWithdraw, body: map[string]any{"amount": usd(1)}},
		"cancel-payout":          {act: identity.ToCancelPayouts, of: buyer, sees: buyer, body: why},
		"propose-payout-account": {act: identity.ToPayoutAccounts, body: accountBody("x")},
		"cancel-payout-account":  {act: identity.ToPayoutAccounts, of: buyer, only: []string{"buyer", "finance"}, sees: buyer, body: why},
		"approve-payout-account": {act: identity.ToConfirmPayoutAccounts}, "refuse-payout-account": {act: identity.ToConfirmPayoutAccounts, body: why},
		"assign-deposit": {act: identity.ToSettleDeposits, body: map[string]any{"party": w.party["buyer"], "reason": "because"}},
		"return-deposit": {act: identity.ToSettleDeposits, body: why},
		"report-deposit": {act: identity.ToBook, body: map[string]any{"rail": "wire", "reference": "M-1", "amount": usd(5), "booked_at": "2027-03-01T12:00:00Z"}},
		"report-payout":  {act: identity.ToReport, body: map[string]any{"outcome": "sent"}},
	}
}

func (w *world) counterpartyRows() map[string]row {
	public, both := row{public: true}, []string{"buyer", "seller"}
	sought, word := map[string]any{"name": "Stranger"}, map[string]any{"round": 1, "reason": "I have read both papers myself."}
	of := func(act identity.Act, body any) row { return row{act: act, of: both, sees: both, body: body} }
	hide := map[string]any{"side": "buyer", "part": "text", "reason": "a person's name", "rule": "personal_data"}
	decides := func(body any) row { return row{act: identity.ToDecideChecks, body: body} }
	return map[string]row{
		"screen": {act: identity.ToScreen, body: sought}, "screen-batch": {act: identity.ToScreen, body: map[string]any{"queries": []any{sought}}},
		"list-lists": {only: []string{"compliance", "auditor", "administrator"}}, "list-versions": {act: identity.ToReadChecks}, "read-lists": {act: identity.ToKeepLists},
		"list-cases": {act: identity.ToReadChecks}, "get-case": {act: identity.ToReadChecks}, "take-case": decides(nil), "agree-case": decides(word), "object-case": decides(word),
		"propose-case":     decides(map[string]any{"edition": 7, "decision": "false_positive", "reason": "I have read both papers."}),
		"lift-case":        decides(map[string]any{"ground": "mistaken", "reason": "I have read both papers."}),
		"get-deal-reviews": of(identity.ToReadDeals, nil), "review-deal": of(identity.ToReview, map[string]any{"aspects": marks(5)}),
		"reply-to-review": of(identity.ToReview, map[string]any{"text": "thank you"}), "hide-review": of(identity.ToHideReviews, hide),
		"show-review":  of(identity.ToHideReviews, map[string]any{"side": "buyer", "part": "text", "reason": "agreed"}),
		"get-standing": public, "get-badge": public, "list-party-reviews": public,
	}
}

func (w *world) houseRows() map[string]row {
	public := row{public: true}
	signedIn := []string{"buyer", "trader", "finance", "viewer", "seller", "stranger", "administrator", "mediator", "compliance", "treasury", "auditor"}
	machines := slices.Concat(signedIn, []string{"rail", "carrier"})
	return map[string]row{
		"batch": {only: machines, body: map[string]any{"commands": []any{ // may be sent by all; what is in it is decided apart
			map[string]any{"operation": "accept", "key": "k", "path": map[string]any{"id": "none"}},
		}}},
		"get-log": public, "prove-entry": public, "prove-consistency": public, "get-health": public, "list-mails": public,
		"resume": {act: identity.ToOperate}, "clear-clock-alarm": {act: identity.ToOperate},
		"record-outage":    {only: []string{"administrator"}, body: map[string]any{"from": "2027-03-01T10:00:00Z", "to": "2027-03-01T11:00:00Z"}},
		"simulate-deposit": {act: identity.ToReadDeals, of: []string{"buyer", "seller"}, sees: []string{"buyer", "seller"}, body: map[string]any{"amount": usd(5)}},
		"get-clock":        {only: machines}, "advance-clock": {only: signedIn, body: map[string]any{"seconds": 1}},
	}
}

// props is what exists: a delivered deal with an open claim, and of the buyer's
// company a payout, a deposit, a payout account, an approval and a document; and a
// case about the stranger's company.
type props struct{ deal, claim, consignment, payout, deposit, account, approval, document, check string }

// place fills the path of an operation with what exists.
func (w *world) place(route route, on props) string {
	id := on.deal
	switch {
	case strings.HasPrefix(route.path, "/v1/parties/"):
		id = w.party["seller"]
	case strings.Contains(route.path, "/compliance/"):
		id = on.check
	case strings.Contains(route.path, "/payouts/"):
		id = on.payout
	case strings.Contains(route.path, "/deposits/"):
		id = on.deposit
	case strings.Contains(route.path, "/payout-accounts/"):
		id = on.account
	case strings.Contains(route.path, "/approvals/"):
		id = on.approval
	case strings.Contains(route.path, "/members/"):
		id = w.people["viewer"]
	case strings.Contains(route.path, "/staff/"):
		id = w.people["deputy"]
	case strings.Contains(route.path, "/people/"):
		id = w.people["seller"]
	case strings.HasPrefix(route.path, "/v1/sessions") || strings.HasPrefix(route.path, "/v1/keys") || strings.Contains(route.path, "/invitations/"):
		id = "none"
	}
	path := strings.NewReplacer("{id}", id, "{claim}", on.claim, "{consignment}", on.consignment, "{number}", "1", "{seq}", "0", "{factor}", "none", "{hash}", on.document, "{code}", "paper").
		Replace(route.path)
	switch route.id {
	case "get-statement":
		path += "?account=party:" + w.party["buyer"] + "/USD"
	case "prove-consistency":
		path += "?from=0&to=1"
	case "list-company-activity":
		path += "?party=" + w.party["buyer"]
	}
	return path
}

// furnish makes the house that the matrix walks through.
func (w *world) furnish() props {
	w.t.Helper()
	w.tokens["invited"] = "fdk_none-yet"
	w.removeAndReturn()
	var p props
	p.check = w.want(w.get("compliance", "/v1/compliance/cases?party="+w.party["stranger"]), 200, "").word("items.0.id")
	p.account = w.account("buyer", "finance")
	doc := w.do(request{role: "seller", method: "POST", path: "/v1/company/documents?name=extract.pdf", body: "%PDF-1.7 an extract", headers: map[string]string{"Content-Type": "application/octet-stream"}})
	p.document = w.want(doc, 201, "").word("hash")
	p.deposit = w.fund("nobody", 90_000).word("id")
	w.want(w.post("treasury", "/v1/deposits/"+p.deposit+"/assign", map[string]any{"party": w.party["buyer"], "reason": "found"}), 200, "")
	return w.again(p)
}

// removeAndReturn has somebody removed from the buyer's company, who signs in again.
func (w *world) removeAndReturn() {
	w.t.Helper()
	w.want(w.do(request{role: "buyer", method: "DELETE", path: "/v1/company/members/" + w.people["removed"]}), 200, "")
	w.enter("removed", assurance.Person{ID: identity.PersonID(w.people["removed"]), Email: "removed@example.com"})
}

// again makes anew what an operation may have ended.
func (w *world) again(p props) props {
	w.t.Helper()
	p.deal = w.deal("delivered")
	p.claim = w.claim(p.deal, 500)
	p.consignment = w.get("buyer", "/v1/deals/"+p.deal).word("consignments.0.id")
	p.approval = w.want(w.post("buyer", "/v1/approvals", ask("accept", map[string]string{"id": p.deal}, nil)), 201, "").word("id")
	withdrawal := map[string]any{"amount": usd(300)}
	a := w.approval(ask("withdraw-money", nil, withdrawal), "buyer")
	p.payout = w.want(w.with(a, request{role: "buyer", method: "POST", path: "/v1/payouts", body: withdrawal}), 201, "").word("id")
	return p
}

func TestEveryRoleOnEveryOperation(t *testing.T) {
	t.Parallel()
	w := opening{secured: true, watched: lists("1|Stranger Ltd")}.open(t)
	rows := w.rows()
	on := w.furnish()
	for _, route := range w.routes() {
		r, listed := rows[route.id]
		if !listed {
			t.Errorf("%s (%s %s) has no row in the matrix", route.id, route.method, route.path)
			continue
		}
		delete(rows, route.id)
		switch {
		case r.fresh:
			apart := secured(t)
			apart.tokens["invited"] = "fdk_none-yet"
			apart.removeAndReturn()
			apart.check(route, r, props{})
			continue
		case route.tagged("claims") || route.tagged("approvals") || route.id == "accept" || route.id == "cancel-payout":
			on = w.again(on) // the operation before may have ended the claim, the deal, the approval or the payout
		}
		w.check(route, r, on)
	}
	for id := range rows {
		t.Errorf("the matrix names %s, which is no operation", id)
	}
}

func (r route) tagged(part string) bool { return strings.Contains(r.path, "/"+part) }

func (w *world) check(route route, r row, on props) {
	w.t.Helper()
	// Those who may come last: what they do may change what the others are told.
	roles := anyone()
	slices.SortStableFunc(roles, func(a, b string) int { return w.order(r, a) - w.order(r, b) })
	for _, role := range roles {
		got := w.try(route, r, on, role)
		told := toldBy(got)
		if route.id == "sign-in" && got.status == 401 && got.word("code") == "people.wrong_sign_in" || r.own && got.status == 404 && route.path != got.word("instance") {
			told = may // there is no such session, factor or key
		}
		if want := w.expect(r, role); told != want {
			w.t.Errorf("%s by %q: want %s, got %s: %s", route.id, role, want, told, got.text())
		}
		if told == unknown && got.header.Get("WWW-Authenticate") == "" {
			w.t.Errorf("%s by %q does not say how to come in", route.id, role)
		}
	}
}

func (w *world) try(route route, r row, on props, role string) reply {
	body := r.body
	if of, is := body.(func(string) any); is {
		body = of(role)
	}
	if route.id == "simulate-deposit" {
		body = map[string]any{"deal": on.deal, "amount": usd(5)}
	}
	q := request{role: role, method: route.method, path: w.place(route, on), body: body}
	if route.id == "hand-in-document" {
		q.headers = map[string]string{"Content-Type": "application/octet-stream"}
	}
	return w.do(q)
}

// toldBy reads an answer. That an approval or a factor is needed is told to those
// only who may.
func toldBy(r reply) string {
	code := r.word("code")
	switch {
	case r.status == 401:
		return unknown
	case code == "control.approval_needed" || code == "dispute.unknown_offer" || code == "people.blocked":
		return may
	case code == "review.not_found": // whoever may not read the deal is told that there is no deal
		return may
	case code == "account.proof_needed" || code == "account.sign_in_again" || code == "organisation.no_invitation":
		return may
	case r.status == 403, code == "control.asker_first": // nobody else is asked before
		return refused
	case r.status == 404:
		return hidden
	case r.status < 300 || r.status == 409 || r.status == 422 || r.status == 400:
		return may
	}
	return fmt.Sprint(r.status)
}

func (w *world) order(r row, role string) int {
	if w.expect(r, role) == may {
		return 1
	}
	return 0
}
