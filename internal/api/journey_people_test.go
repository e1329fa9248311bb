package api_test

import (
	"strings"
	"time"
)

// signUp opens an account by mail and answers the session.
func (j *journey) signUp(role string) {
	j.t.Helper()
	email := role + "@anvil.example"
	j.call(202, "", "POST", "/v1/sign-up", map[string]any{
		"email": email, "name": "Person " + role, "password": secretPhrase, "language": "zh",
		"company": map[string]any{"legal_name": role + " Ltd", "country": "CH", "registration": "CHE-" + role, "address": "Basel"},
	})
	secret := j.link(email, "/join/")
	if mail := j.call(200, "", "GET", "/v1/sandbox/mail?to="+email, nil); mail.word("items.0.link") != "/join/"+secret {
		j.t.Errorf("the sandbox's mailbox holds %s", mail.text())
	}
	session := j.call(201, "", "POST", "/v1/sign-up/confirm", map[string]any{"secret": secret})
	j.tokens[role], j.people[role], j.party[role] = session.word("token"), session.word("person.id"), session.word("person.party")
	if session.word("person.role") != "owner" || session.field("weak") != true {
		j.t.Errorf("whoever signs up is %s", session.text())
	}
}

// app adds an authenticator app, the first factor of an account.
func (j *journey) app(role string) {
	j.t.Helper()
	offer := j.call(200, role, "POST", "/v1/me/factors/totp", nil)
	j.totp[role] = offer.word("secret")
	if !strings.Contains(offer.word("uri"), offer.word("secret")) {
		j.t.Errorf("the QR code holds %s", offer.word("uri"))
	}
	j.call(200, role, "POST", "/v1/me/factors/totp/confirm", map[string]any{"ticket": offer.word("ticket"), "code": j.code(role), "label": "phone"})
}

// doors is every way in.
func (j *journey) doors() {
	j.t.Helper()
	j.call(200, "", "GET", "/v1/passwords/rules", nil)
	suggested := j.call(200, "", "GET", "/v1/passwords/suggestion", nil).word("password")
	if good := j.call(200, "", "POST", "/v1/passwords/measure", map[string]any{"password": suggested}); good.number("score") != 4 {
		j.t.Errorf("the suggested password is measured %s", good.text())
	}
	j.signUp("anvil")
	j.app("anvil")
	first := j.call(202, "", "POST", "/v1/sessions", map[string]any{"email": "ANVIL@anvil.example", "password": secretPhrase})
	if first.word("next") != "factor" || first.word("wants.0") != "totp" || first.word("token") != "" {
		j.t.Errorf("whoever has a second factor is answered %s", first.text())
	}
	session := j.call(201, "", "POST", "/v1/sessions/continue", map[string]any{"ticket": first.word("ticket"), "kind": "totp", "code": j.code("anvil")})
	j.tokens["anvil"] = session.word("token")
	if me := j.call(200, "anvil", "GET", "/v1/me", nil); me.word("email") != "anvil@anvil.example" || me.word("role") != "owner" || session.field("weak") != false {
		j.t.Errorf("the token acts for %s", me.text())
	}
	j.keyDoor()
	j.call(202, "", "POST", "/v1/passwords/forgot", map[string]any{"email": "anvil@anvil.example"})
	j.call(204, "", "POST", "/v1/passwords/reset", map[string]any{"secret": j.link("anvil@anvil.example", "/reset/"), "password": secretPhrase + " 2"})
	again := j.call(202, "", "POST", "/v1/sessions", map[string]any{"email": "anvil@anvil.example", "password": secretPhrase + " 2"})
	if again.word("next") != "factor" {
		j.t.Errorf("after a reset the second factor is not asked for: %s", again.text())
	}
}

// keyDoor is a sign-in by passkey alone.
func (j *journey) keyDoor() {
	j.t.Helper()
	offer := j.call(200, "anvil", "POST", "/v1/me/factors/passkey", nil)
	d := newDevice(j.t)
	j.call(200, "anvil", "POST", "/v1/me/factors/passkey/confirm", map[string]any{
		"ticket": offer.word("ticket"), "response": d.create(offer.field("options")), "proof": j.totpProof("anvil"),
	})
	door := j.call(200, "", "POST", "/v1/sessions/passkey-options", nil)
	session := j.call(201, "", "POST", "/v1/sessions/passkey", map[string]any{"ticket": door.word("ticket"), "response": d.get(door.field("options"))})
	if session.word("person.email") != "anvil@anvil.example" || session.field("weak") != false {
		j.t.Errorf("a passkey alone opens %s", session.text())
	}
	j.tokens["anvil"] = session.word("token")
	asked := j.call(200, "anvil", "POST", "/v1/me/proofs/passkey", nil)
	codes := j.call(201, "anvil", "POST", "/v1/me/recovery-codes", map[string]any{
		"proof": map[string]any{"kind": "passkey", "ticket": asked.word("ticket"), "response": d.get(asked.field("options"))},
	})
	if len(codes.field("codes").([]any)) != 10 {
		j.t.Errorf("the recovery codes are %s", codes.text())
	}
	factors := j.call(200, "anvil", "GET", "/v1/me/factors", nil)
	if len(factors.field("items").([]any)) != 2 || factors.number("recovery_left") != 10 {
		j.t.Errorf("the factors are %s", factors.text())
	}
	id := factors.word("items.0.id")
	j.call(200, "anvil", "PUT", "/v1/me/factors/"+id, map[string]any{"label": "old phone"})
	left := j.call(200, "anvil", "POST", "/v1/me/factors/"+id+"/remove", map[string]any{"proof": map[string]any{"kind": "recovery", "code": codes.word("codes.0")}})
	if len(left.field("items").([]any)) != 1 || left.number("recovery_left") != 9 {
		j.t.Errorf("after one is gone the factors are %s", left.text())
	}
}

// ownAccount is what somebody does with what is his own.
func (j *journey) ownAccount() {
	j.t.Helper()
	j.signInAgain("stranger")
	list := j.call(200, "stranger", "GET", "/v1/sessions", nil)
	for i, o := range list.field("items").([]any) {
		s := o.(map[string]any)
		if s["current"] == true && i != 0 {
			j.t.Errorf("the newest session is not the one that asks: %s", list.text())
		}
		if s["current"] != true {
			j.call(204, "stranger", "DELETE", "/v1/sessions/"+s["id"].(string), nil)
			break
		}
	}
	j.call(204, "stranger", "POST", "/v1/sessions/end-others", nil)
	j.call(204, "stranger", "PUT", "/v1/me/password", map[string]any{"current": secretPhrase, "password": secretPhrase + " 3"})
	j.call(204, "stranger", "POST", "/v1/me/security-review", map[string]any{"seen": []string{"sessions", "factors"}})
	if r := j.call(200, "stranger", "GET", "/v1/me/security-review", nil); r.field("due") != false || r.word("sessions.0.from.address") == "" {
		j.t.Errorf("the review shows %s", r.text())
	}
	lines := j.call(200, "stranger", "GET", "/v1/me/activity?what=reviewed,password_set&limit=1", nil)
	if lines.word("items.0.what") != "reviewed" || lines.number("next") == 0 {
		j.t.Errorf("the log shows %s", lines.text())
	}
	file := j.call(200, "stranger", "POST", "/v1/activity-exports", map[string]any{"of": "me", "format": "csv"})
	if !strings.Contains(string(file.body), ",password_set,") || !strings.HasPrefix(file.header.Get("Content-Disposition"), "attachment") {
		j.t.Errorf("the file is %v %s", file.header, file.body)
	}
	if last := j.call(200, "stranger", "GET", "/v1/me/activity?limit=1", nil); last.word("items.0.what") != "exported" {
		j.t.Errorf("the export is not in the log: %s", last.text())
	}
	j.call(204, "stranger", "DELETE", "/v1/sessions/current", nil)
	j.want(j.get("stranger", "/v1/me"), 401, "people.bad_token")
}

// under calls with an approval.
func (j *journey) under(approval string, status int, role, method, path string, body any) reply {
	j.t.Helper()
	q := request{role: role, method: method, path: path, body: body, headers: map[string]string{"Approval": approval}}
	r := j.want(j.do(q), status, "")
	j.judge.look(q.build(j.world), r)
	j.note(r, method, path)
	return r
}

// trade is a deal whose price is paid out to the seller, with all signatures.
func (j *journey) trade() {
	j.t.Helper()
	for _, role := range []string{"buyer", "seller"} {
		j.call(200, role, "PUT", "/v1/company/profile", profileBody(role))
		j.call(200, "compliance", "POST", "/v1/parties/"+j.party[role]+"/review", map[string]any{
			"verdict": "verified", "reasons": "as in the register", "until": stampOf(j.clock.Now().AddDate(1, 0, 0)), "submission": 1,
		})
	}
	if o := j.call(200, "auditor", "GET", "/v1/parties/"+j.party["seller"]+"/organisation", nil); o.word("standing") != "verified" {
		j.t.Errorf("the company is %s", o.text())
	}
	j.payoutAccounts()
	id := j.deal("delivered")
	j.want(j.post("buyer", "/v1/deals/"+id+"/accept", nil), 403, "control.approval_needed")
	asked := j.call(201, "buyer", "POST", "/v1/approvals", ask("accept", map[string]string{"id": id}, nil))
	if asked.number("amount.amount") != 69_300 || !strings.HasPrefix(asked.word("payee"), "seller Ltd, CH") || asked.word("ways.0") != "totp" {
		j.t.Errorf("what is to be signed is %s", asked.text())
	}
	agreed := j.call(200, "buyer", "POST", "/v1/approvals/"+asked.word("id")+"/agree", j.totpProof("buyer"))
	if agreed.word("stage") != "approved" || agreed.word("consents.0.method") != "totp" {
		j.t.Errorf("the approval is %s", agreed.text())
	}
	j.under(asked.word("id"), 200, "buyer", "POST", "/v1/deals/"+id+"/accept", nil)
	if a := j.call(200, "auditor", "GET", "/v1/approvals/"+asked.word("id"), nil); a.word("stage") != "used" {
		j.t.Errorf("the approval is %s", a.text())
	}
	j.call(200, "buyer", "GET", "/v1/approvals?stage=used&subject=deal:"+id, nil)
	again := j.want(j.with(asked.word("id"), request{role: "buyer", method: "POST", path: "/v1/deals/" + id + "/accept"}), 409, "")
	if again.word("code") == "" {
		j.t.Error("an approval serves twice")
	}
	no := j.call(201, "buyer", "POST", "/v1/approvals", ask("withdraw-money", nil, map[string]any{"amount": usd(5)}))
	j.call(200, "finance", "POST", "/v1/approvals/"+no.word("id")+"/decline", map[string]any{"reason": "not now"})
	no = j.call(201, "buyer", "POST", "/v1/approvals", ask("withdraw-money", nil, map[string]any{"amount": usd(5)}))
	j.call(200, "buyer", "DELETE", "/v1/approvals/"+no.word("id"), nil)
}

// payoutAccounts are proposed by two persons; one is cancelled, one is for the
// treasury to refuse, one to confirm.
func (j *journey) payoutAccounts() {
	j.t.Helper()
	first := j.propose("buyer", "finance")
	j.call(200, "finance", "POST", "/v1/payout-accounts/"+first+"/cancel", map[string]any{"reason": "a wrong number"})
	second := j.propose("buyer", "finance")
	list := j.call(200, "viewer", "GET", "/v1/payout-accounts", nil)
	if list.word("items.0.id") != second || list.word("items.0.stage") != "waiting" || strings.Contains(string(list.body), "CH9300762011623852957") {
		j.t.Errorf("a viewer reads %s", list.text())
	}
	j.seen["propose-payout-account"] = true
	j.pass(73 * time.Hour)
	if list := j.call(200, "buyer", "GET", "/v1/payout-accounts?stage=current", nil); list.word("items.0.number") != "CH9300762011623852957" {
		j.t.Errorf("after the hold the account is %s", list.text())
	}
	for _, verdict := range []string{"refuse", "approve"} {
		near := accountBody("selller Ltd") // one letter more than the company's name
		a := j.approval(ask("propose-payout-account", nil, near), "seller", "treasury")
		r := j.under(a, 201, "seller", "POST", "/v1/payout-accounts", near)
		if r.word("state") != "proposed" {
			j.t.Errorf("an account in nearly the company's name is %s", r.text())
		}
		var body any
		if verdict == "refuse" {
			body = map[string]any{"reason": "not the company's name"}
		}
		j.call(200, "treasury", "POST", "/v1/payout-accounts/"+r.word("id")+"/"+verdict, body)
	}
	j.pass(73 * time.Hour)
}

// companyPeople come and go.
func (j *journey) companyPeople() {
	j.t.Helper()
	invitation := map[string]any{"email": "new@example.com", "role": "finance"}
	a := j.approval(ask("invite", nil, invitation), "buyer")
	id := j.under(a, 201, "buyer", "POST", "/v1/company/invitations", invitation).word("id")
	shown := j.call(200, "", "POST", "/v1/invitations/read", map[string]any{"secret": j.link("new@example.com", "/invitation/")})
	if shown.word("company") != "buyer Ltd" || shown.word("role") != "finance" {
		j.t.Errorf("the invitation shows %s", shown.text())
	}
	j.call(200, "buyer", "DELETE", "/v1/company/invitations/"+id, nil)
	a = j.approval(ask("invite", nil, invitation), "buyer")
	j.under(a, 201, "buyer", "POST", "/v1/company/invitations", invitation)
	joined := j.call(201, "", "POST", "/v1/invitations/accept", map[string]any{"secret": j.link("new@example.com", "/invitation/"), "name": "New Person", "password": secretPhrase})
	j.tokens["new"], j.people["new"] = joined.word("token"), joined.word("person.id")
	role := map[string]any{"role": "viewer"}
	a = j.approval(ask("grant-role", map[string]string{"id": j.people["new"]}, role), "buyer")
	j.under(a, 200, "buyer", "POST", "/v1/company/members/"+j.people["new"]+"/role", role)
	j.call(200, "new", "POST", "/v1/company/leave", nil)
	j.call(200, "buyer", "DELETE", "/v1/company/members/"+j.people["removed"], nil)
	if all := j.call(200, "viewer", "GET", "/v1/company/members", nil); len(all.field("items").([]any)) != 4 {
		j.t.Errorf("the members are %s", all.text())
	}
	if log := j.call(200, "buyer", "GET", "/v1/company/activity?limit=5", nil); len(log.field("items").([]any)) != 5 {
		j.t.Errorf("the company's log is %s", log.text())
	}
	hold := map[string]any{"hours": 96}
	j.under(j.approval(ask("set-payout-hold", nil, hold), "buyer"), 200, "buyer", "PUT", "/v1/company/payout-hold", hold)
	limits := map[string]any{"limits": []any{usd(50_000)}}
	j.under(j.approval(ask("set-two-persons", nil, limits), "buyer"), 200, "buyer", "PUT", "/v1/company/two-persons", limits)
	provider := map[string]any{"issuer": "https://login.example", "client_id": "fondaco", "client_secret": "s3cret-of-theirs"}
	j.under(j.approval(ask("set-sign-on", nil, provider), "buyer", "finance"), 200, "buyer", "PUT", "/v1/company/sign-on", provider)
	if o := j.call(200, "viewer", "GET", "/v1/company", nil); o.word("sign_on.issuer") != "https://login.example" || strings.Contains(string(o.body), "s3cret") {
		j.t.Errorf("the company signs in by %s", o.text())
	}
	if o := j.call(200, "viewer", "GET", "/v1/company", nil); o.number("payout_hold_hours") != 96 || o.number("two_persons.0.amount") != 50_000 {
		j.t.Errorf("the company is %s", o.text())
	}
	key := map[string]any{"label": "ERP", "scopes": []string{"read_deals", "release"}, "ceiling": []any{usd(1_000)}, "days": 30}
	made := j.under(j.approval(ask("make-key", nil, key), "buyer"), 201, "buyer", "POST", "/v1/keys", key)
	if list := j.call(200, "buyer", "GET", "/v1/keys", nil); list.word("items.0.id") != made.word("key.id") || strings.Contains(string(list.body), made.word("secret")) {
		j.t.Errorf("the keys are %s", list.text())
	}
	j.call(204, "buyer", "DELETE", "/v1/keys/"+made.word("key.id"), nil)
	j.documents()
}

func (j *journey) documents() {
	j.t.Helper()
	const paper = "%PDF-1.7 an extract"
	q := request{role: "buyer", method: "POST", path: "/v1/company/documents?name=extract.pdf", body: paper, headers: map[string]string{"Content-Type": "application/octet-stream"}}
	r := j.want(j.do(q), 201, "")
	j.note(r, "POST", "/v1/company/documents")
	file := j.call(200, "compliance", "GET", "/v1/parties/"+j.party["buyer"]+"/documents/"+r.word("hash"), nil)
	if string(file.body) != paper || file.header.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(file.header.Get("Content-Disposition"), "attachment") {
		j.t.Errorf("the document comes back as %v %s", file.header, file.body)
	}
}

// housePeople are appointed and dismissed by two.
func (j *journey) housePeople() {
	j.t.Helper()
	office := map[string]any{"email": "mia@house.example", "office": "mediator"}
	a := j.approval(ask("appoint", nil, office), "administrator", "deputy")
	j.under(a, 201, "administrator", "POST", "/v1/staff", office)
	joined := j.call(201, "", "POST", "/v1/invitations/accept", map[string]any{"secret": j.link("mia@house.example", "/invitation/"), "name": "Mia Stern", "password": secretPhrase})
	if joined.word("person.office") != "mediator" || joined.field("weak") != true {
		j.t.Errorf("the appointed person is %s", joined.text())
	}
	mia := joined.word("person.id")
	if all := j.call(200, "auditor", "GET", "/v1/staff", nil); !strings.Contains(string(all.body), mia) {
		j.t.Errorf("the staff is %s", all.text())
	}
	a = j.approval(ask("dismiss", map[string]string{"id": mia}, nil), "administrator", "deputy")
	j.under(a, 200, "administrator", "DELETE", "/v1/staff/"+mia, nil)
	j.call(200, "auditor", "GET", "/v1/staff/activity?from=2027-01-01T00:00:00Z&to=2028-01-01T00:00:00Z", nil)
	profile := map[string]any{"profile": "prescriptive"}
	a = j.approval(ask("set-password-profile", nil, profile), "administrator", "deputy")
	j.under(a, 200, "administrator", "PUT", "/v1/house/password-profile", profile)
	if r := j.call(200, "", "GET", "/v1/passwords/rules", nil); r.word("profile") != "prescriptive" {
		j.t.Errorf("the rules are %s", r.text())
	}
	// A password of before the change is not old enough to be renewed; later it is.
	j.pass(100 * 24 * time.Hour)
	old := j.call(202, "", "POST", "/v1/sessions", map[string]any{"email": "viewer@example.com", "password": secretPhrase})
	if old.word("next") == "factor" {
		old = j.call(202, "", "POST", "/v1/sessions/continue", map[string]any{"ticket": old.word("ticket"), "kind": "code", "code": j.mailed("viewer@example.com", "Code")})
	}
	if old.word("next") != "password" || old.word("why") != "expired" {
		j.t.Errorf("an old password is answered %s", old.text())
	}
	j.tokens["viewer"] = j.call(201, "", "POST", "/v1/sessions/renew", map[string]any{"ticket": old.word("ticket"), "password": "Kelp-harbour 10 Lanterns!"}).word("token")
}

// mailbox is the change of an address, and "this was not me".
func (j *journey) mailbox() {
	j.t.Helper()
	password := "Kelp-harbour 10 Lanterns!"
	j.call(202, "viewer", "POST", "/v1/me/email", map[string]any{"email": "viewer@other.example", "password": password})
	j.call(204, "", "POST", "/v1/email/undo", map[string]any{"secret": j.link("viewer@example.com", "/email/undo/")})
	j.call(202, "viewer", "POST", "/v1/me/email", map[string]any{"email": "viewer@other.example", "password": password})
	secret := map[string]any{"secret": j.link("viewer@other.example", "/email/")}
	j.want(j.post("", "/v1/email/take", secret), 422, "account.hold")
	j.pass(73 * time.Hour)
	j.call(204, "", "POST", "/v1/email/take", secret)
	if e := j.email("viewer"); e != "viewer@other.example" {
		j.t.Errorf("the address is %s", e)
	}
	j.call(204, "", "POST", "/v1/not-me", map[string]any{"secret": j.link("viewer@other.example", "/not-me/")})
	j.want(j.get("viewer", "/v1/company"), 401, "people.bad_token")
	j.enterAgain("compliance")
	j.call(200, "compliance", "POST", "/v1/people/"+j.people["viewer"]+"/reinstate", map[string]any{"reason": "spoken to at the number in the register"})
	j.call(200, "compliance", "POST", "/v1/people/"+j.people["viewer"]+"/sessions/end", map[string]any{"reason": "a lost telephone"})
	j.enterAgain("seller")
	j.call(204, "seller", "POST", "/v1/me/not-me", map[string]any{})
	j.want(j.get("seller", "/v1/me"), 401, "people.bad_token")
}
