package api_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fondaco/internal/passkey"
	"fondaco/internal/trade/control"
	"fondaco/internal/trade/evidence"
)

func accepting(id string) map[string]any {
	return ask("accept", map[string]string{"id": id}, nil)
}

// agree answers an approval's passkey options by a device.
func (w *world) agree(role string, d *device, approval reply) reply {
	w.t.Helper()
	return w.post(role, "/v1/approvals/"+approval.word("id")+"/agree", map[string]any{"kind": "passkey", "response": d.get(approval.field("passkey"))})
}

// A release signed by passkey leaves what anybody can verify.
func TestAReleaseSignedByPasskeyCanBeVerifiedByAnybody(t *testing.T) {
	t.Parallel()
	w := secured(t)
	d := w.passkey("buyer")
	id := w.deal("delivered")
	asked := w.want(w.post("buyer", "/v1/approvals", accepting(id)), 201, "")
	w.want(w.agree("buyer", d, asked), 200, "")
	w.want(w.with(asked.word("id"), request{role: "buyer", method: "POST", path: "/v1/deals/" + id + "/accept"}), 200, "")
	kept := w.want(w.get("auditor", "/v1/approvals/"+asked.word("id")), 200, "")
	sum := sha256.Sum256([]byte(kept.word("intent")))
	if kept.word("stage") != "used" || hex.EncodeToString(sum[:]) != kept.word("hash") || !strings.Contains(kept.word("intent"), `"amount":69300`) {
		t.Errorf("what is kept is %s", kept.text())
	}
	raw := func(name string) []byte {
		b, err := base64.RawURLEncoding.DecodeString(kept.word("consents.0.assertion." + name))
		must(t, err)
		return b
	}
	a := control.Assertion{
		CredentialID: raw("credential_id"), ClientDataJSON: raw("client_data_json"), AuthenticatorData: raw("authenticator_data"), Signature: raw("signature"),
		PublicKey: raw("public_key"), Algorithm: kept.number("consents.0.assertion.algorithm"), RPID: kept.word("consents.0.assertion.rp_id"),
		Origin: kept.word("consents.0.assertion.origin"),
	}
	must(t, passkey.VerifyAssertion(a, evidence.Hash(sum)))
	sum[0]++
	if passkey.VerifyAssertion(a, evidence.Hash(sum)) == nil {
		t.Error("the signature is good for something else too")
	}
}

// Abuse 47: a signature over one amount or payee never serves another.
func TestASignatureServesOneAmountAndPayee(t *testing.T) {
	t.Parallel()
	w := secured(t)
	d := w.passkey("buyer")
	first, second := w.deal("delivered"), w.deal("delivered")
	small := w.want(w.post("buyer", "/v1/approvals", accepting(first)), 201, "")
	other := w.want(w.post("buyer", "/v1/approvals", accepting(second)), 201, "")
	answer := map[string]any{"kind": "passkey", "response": d.get(small.field("passkey"))}
	w.want(w.post("buyer", "/v1/approvals/"+other.word("id")+"/agree", answer), 422, "passkey.wrong_challenge")
	w.want(w.post("buyer", "/v1/approvals/"+small.word("id")+"/agree", answer), 200, "")
	r := w.with(small.word("id"), request{role: "buyer", method: "POST", path: "/v1/deals/" + second + "/accept"})
	w.want(r, 409, "control.changed")
	w.want(w.with(small.word("id"), request{role: "buyer", method: "POST", path: "/v1/deals/" + first + "/accept"}), 409, "") // voided for good
	if d := w.get("seller", "/v1/deals/"+first); d.number("money.released.amount") != 29_700 {
		t.Errorf("money has moved: %s", d.text())
	}
}

// Abuse 47 again: ten and a thousand.
func TestAnApprovalForTenPaysNoThousand(t *testing.T) {
	t.Parallel()
	w := secured(t)
	w.account("buyer", "finance")
	deposit := w.fund("nobody", 500_000).word("id")
	w.want(w.post("treasury", "/v1/deposits/"+deposit+"/assign", map[string]any{"party": w.party["buyer"], "reason": "found"}), 200, "")
	ten, thousand := map[string]any{"amount": usd(1_000)}, map[string]any{"amount": usd(100_000)}
	a := w.approval(ask("withdraw-money", nil, ten), "buyer")
	w.want(w.with(a, request{role: "buyer", method: "POST", path: "/v1/payouts", body: thousand}), 409, "control.changed")
	w.want(w.with(a, request{role: "buyer", method: "POST", path: "/v1/payouts", body: ten}), 409, "")
	a = w.approval(ask("withdraw-money", nil, ten), "buyer")
	w.want(w.with(a, request{role: "finance", method: "POST", path: "/v1/payouts", body: ten}), 403, "") // another's
	w.want(w.with(a, request{role: "buyer", method: "POST", path: "/v1/payouts", body: ten}), 201, "")
	w.want(w.with(a, request{role: "buyer", method: "POST", path: "/v1/payouts", body: ten}), 409, "")
	a = w.approval(ask("withdraw-money", nil, ten), "buyer")
	w.clock.Advance(11 * time.Minute)
	if r := w.with(a, request{role: "buyer", method: "POST", path: "/v1/payouts", body: ten}); r.status != 409 && r.status != 422 {
		t.Errorf("an approval that is too old is answered %s", r.text())
	}
}

// Abuse 46: what an authenticator of another place, or none at all, would send.
func TestForeignPasskeyAnswersAreRefused(t *testing.T) {
	t.Parallel()
	w := secured(t)
	good := w.passkey("seller")
	for name, tt := range map[string]struct {
		bend func(*device)
		code string
	}{
		"another origin":    {func(d *device) { d.house.Origin = "https://h0use.example" }, "passkey.wrong_origin"},
		"another house":     {func(d *device) { d.house.ID = "evil.example" }, "passkey.wrong_house"},
		"nobody verified":   {func(d *device) { d.inner.Options.UserNotVerified = true }, "passkey.not_verified"},
		"a counter of old":  {func(d *device) { d.key.Counter = 0 }, "passkey.unknown"},
		"a key of no one":   {func(d *device) { d.key = newDevice(t).key }, "passkey.unknown"},
		"another's account": {func(d *device) { d.inner.Options.UserHandle = []byte("somebody") }, "passkey.unknown"},
	} {
		bent := *good
		if name == "a counter of old" {
			door := w.post("", "/v1/sessions/passkey-options", nil)
			good.key.Counter = 40
			w.want(w.post("", "/v1/sessions/passkey", map[string]any{"ticket": door.word("ticket"), "response": good.get(door.field("options"))}), 201, "")
		}
		tt.bend(&bent)
		door := w.post("", "/v1/sessions/passkey-options", nil)
		r := w.post("", "/v1/sessions/passkey", map[string]any{"ticket": door.word("ticket"), "response": bent.get(door.field("options"))})
		if r.status < 400 || r.word("code") != tt.code {
			t.Errorf("%s is answered %s", name, r.text())
		}
	}
	door := w.post("", "/v1/sessions/passkey-options", nil)
	body := map[string]any{"ticket": door.word("ticket"), "response": good.get(door.field("options"))}
	w.want(w.post("", "/v1/sessions/passkey", body), 201, "")
	w.want(w.post("", "/v1/sessions/passkey", body), 422, "people.no_ticket") // a challenge is answered once
	again := w.post("", "/v1/sessions/passkey-options", nil)
	body["ticket"] = again.word("ticket")
	w.want(w.post("", "/v1/sessions/passkey", body), 422, "passkey.wrong_challenge")
}

// Abuse 65: nobody is two persons.
func TestNobodyApprovesWhatHeAsksForTwice(t *testing.T) {
	t.Parallel()
	w := secured(t)
	w.verify("buyer")
	body := accountBody("buyer Ltd")
	asked := w.want(w.post("buyer", "/v1/approvals", ask("propose-payout-account", nil, body)), 201, "")
	if asked.number("needed") != 2 {
		t.Errorf("a payout account needs %s", asked.text())
	}
	at := "/v1/approvals/" + asked.word("id")
	w.want(w.post("buyer", at+"/agree", w.totpProof("buyer")), 200, "")
	if r := w.post("buyer", at+"/agree", w.totpProof("buyer")); r.status < 400 {
		t.Errorf("a second agreement of one person is answered %s", r.text())
	}
	w.want(w.with(asked.word("id"), request{role: "buyer", method: "POST", path: "/v1/payout-accounts", body: body}), 409, "")
	twin := w.secondSelf("Owner of buyer")
	if r := w.post(twin, at+"/agree", w.totpProof(twin)); r.status < 400 || r.word("code") != "control.same_person" {
		t.Errorf("the same person's second account is answered %s", r.text())
	}
	for _, role := range []string{"auditor", "compliance", "treasury", "seller"} {
		if r := w.post(role, at+"/agree", w.totpProof(role)); r.status < 400 {
			t.Errorf("the agreement of %s is answered %s", role, r.text())
		}
	}
	w.want(w.post("finance", at+"/agree", w.totpProof("finance")), 200, "")
	w.want(w.with(asked.word("id"), request{role: "buyer", method: "POST", path: "/v1/payout-accounts", body: body}), 201, "")
}

// secondSelf is another account of the same name in the buyer's company.
func (w *world) secondSelf(name string) string {
	w.t.Helper()
	body := map[string]any{"email": "twin@example.com", "role": "finance"}
	w.want(w.with(w.approval(ask("invite", nil, body), "buyer"), request{role: "buyer", method: "POST", path: "/v1/company/invitations", body: body}), 201, "")
	joined := w.want(w.post("", "/v1/invitations/accept", map[string]any{"secret": w.link("twin@example.com", "/invitation/"), "name": strings.ToUpper(name), "password": secretPhrase}), 201, "")
	w.tokens["twin"] = joined.word("token")
	offer := w.want(w.post("twin", "/v1/me/factors/totp", nil), 200, "")
	w.totp["twin"] = offer.word("secret")
	w.want(w.post("twin", "/v1/me/factors/totp/confirm", map[string]any{"ticket": offer.word("ticket"), "code": w.code("twin"), "label": "x"}), 200, "")
	w.signInAgain("twin")
	return "twin"
}

// Abuse 66: what is altered after the first consent voids it.
func TestAChangeAfterTheFirstConsentVoidsTheApproval(t *testing.T) {
	t.Parallel()
	w := secured(t)
	limits := map[string]any{"limits": []any{usd(100)}}
	w.want(w.with(w.approval(ask("set-two-persons", nil, limits), "buyer"), request{role: "buyer", method: "PUT", path: "/v1/company/two-persons", body: limits}), 200, "")
	id := w.want(w.post("seller", "/v1/deals", w.terms()), 201, "").word("id")
	at := "/v1/deals/" + id
	w.want(w.post("seller", at+"/offer", nil), 200, "")
	w.sign(id, "seller")
	w.sign(id, "buyer")
	w.fund(id, 100_000)
	w.want(w.post("seller", at+"/ship", map[string]any{"carrier": "COSCO", "tracking_number": "T-" + id, "final": true}), 200, "")
	receipt := w.approval(ask("confirm-receipt", map[string]string{"id": id}, nil), "buyer", "finance")
	w.want(w.with(receipt, request{role: "buyer", method: "POST", path: at + "/confirm-receipt"}), 200, "")
	asked := w.approval(accepting(id), "buyer")
	w.want(w.with(asked, request{role: "buyer", method: "POST", path: at + "/accept"}), 409, "") // one of two
	w.claim(id, 1_000)                                                                           // less is released now
	w.want(w.post("finance", "/v1/approvals/"+asked+"/agree", w.totpProof("finance")), 200, "")
	w.want(w.with(asked, request{role: "buyer", method: "POST", path: at + "/accept"}), 409, "control.changed")
	if a := w.get("buyer", "/v1/approvals/"+asked); a.word("stage") != "void" {
		t.Errorf("the approval is %s", a.text())
	}
}

// Abuse 67: the house keeps an administrator, whoever agrees otherwise.
func TestTheLastAdministratorStays(t *testing.T) {
	t.Parallel()
	w := secured(t)
	dismiss := func(id string) reply {
		r := w.post("administrator", "/v1/approvals", ask("dismiss", map[string]string{"id": id}, nil))
		if r.status != 201 {
			return r
		}
		for _, role := range []string{"administrator", "deputy"} {
			w.want(w.post(role, "/v1/approvals/"+r.word("id")+"/agree", w.totpProof(role)), 200, "")
		}
		return w.with(r.word("id"), request{role: "administrator", method: "DELETE", path: "/v1/staff/" + id})
	}
	lone := w.want(w.post("administrator", "/v1/approvals", ask("dismiss", map[string]string{"id": w.people["auditor"]}, nil)), 201, "").word("id")
	w.want(w.post("administrator", "/v1/approvals/"+lone+"/agree", w.totpProof("administrator")), 200, "")
	w.want(w.with(lone, request{role: "administrator", method: "DELETE", path: "/v1/staff/" + w.people["auditor"]}), 409, "") // one of two
	if r := w.post("auditor", "/v1/approvals/"+lone+"/agree", w.totpProof("auditor")); r.status < 400 {
		t.Errorf("an auditor agrees to what administrators decide: %s", r.text())
	}
	w.want(dismiss(w.people["mediator"]), 200, "")
	w.want(w.get("mediator", "/v1/deals"), 401, "people.bad_token")
	w.want(dismiss(w.people["deputy"]), 200, "")
	last := w.post("administrator", "/v1/approvals", ask("dismiss", map[string]string{"id": w.people["administrator"]}, nil))
	if last.status == 201 {
		if r := w.post("administrator", "/v1/approvals/"+last.word("id")+"/agree", w.totpProof("administrator")); r.word("stage") == "approved" {
			t.Errorf("a lone administrator decides alone: %s", r.text())
		}
	}
	if all := w.get("administrator", "/v1/staff"); !strings.Contains(string(all.body), w.people["administrator"]) {
		t.Errorf("the staff is %s", all.text())
	}
}

// Abuse 43: who has taken over an account cannot send the money elsewhere unseen.
func TestATakenOverAccountCannotMoveThePayoutsUnseen(t *testing.T) {
	t.Parallel()
	w := secured(t)
	w.account("buyer", "finance")
	deposit := w.fund("nobody", 90_000).word("id")
	w.want(w.post("treasury", "/v1/deposits/"+deposit+"/assign", map[string]any{"party": w.party["buyer"], "reason": "found"}), 200, "")
	w.deal("agreed")
	w.want(w.post("buyer", "/v1/payout-accounts", accountBody("buyer Ltd")), 403, "control.approval_needed") // the token alone
	w.want(w.post("buyer", "/v1/approvals", ask("propose-payout-account", nil, accountBody("Thief Ltd"))), 422, "treasury.other_name")
	id := w.propose("buyer", "finance")
	withdrawal := ask("withdraw-money", nil, map[string]any{"amount": usd(10)})
	w.want(w.post("buyer", "/v1/approvals", withdrawal), 422, "treasury.payouts_wait")
	w.deliver()
	mails := string(w.get("", "/v1/sandbox/mail?limit=200").body)
	for _, to := range []string{"buyer@example.com", "finance@example.com"} {
		if !strings.Contains(string(w.get("", "/v1/sandbox/mail?limit=200&to="+to).body), `"subject":"payout_account"`) {
			t.Errorf("%s is not told: %s", to, mails)
		}
	}
	if !strings.Contains(string(w.get("", "/v1/sandbox/mail?limit=200&to=seller@example.com").body), `"subject":"counterparty"`) {
		t.Errorf("the counterparty of an open deal is not told: %s", mails)
	}
	w.clock.Advance(71 * time.Hour)
	w.want(w.post("seller", "/v1/payout-accounts/"+id+"/cancel", map[string]any{"reason": "x"}), 404, "treasury.unknown_account")
	w.want(w.post("viewer", "/v1/payout-accounts/"+id+"/cancel", map[string]any{"reason": "x"}), 403, "")
	w.want(w.post("buyer", "/v1/payout-accounts/"+id+"/cancel", map[string]any{"reason": "that was not me"}), 200, "")
	w.want(w.post("buyer", "/v1/approvals", withdrawal), 201, "") // to the account of before
}

// Abuse 34: nobody shortens a wait that is for his own protection.
func TestNobodyShortensHisOwnWait(t *testing.T) {
	t.Parallel()
	w := secured(t)
	w.verify("buyer")
	w.want(w.post("finance", "/v1/approvals", ask("set-payout-hold", nil, map[string]any{"hours": 72})), 403, "")
	long := map[string]any{"hours": 200}
	w.want(w.with(w.approval(ask("set-payout-hold", nil, long), "buyer"), request{role: "buyer", method: "PUT", path: "/v1/company/payout-hold", body: long}), 200, "")
	id := w.propose("buyer", "finance")
	due := w.get("buyer", "/v1/payout-accounts").word("items.0.due")
	for _, hours := range []int{1, 71, -5} {
		short := map[string]any{"hours": hours}
		r := w.post("buyer", "/v1/approvals", ask("set-payout-hold", nil, short))
		if r.status == 201 {
			w.want(w.post("buyer", "/v1/approvals/"+r.word("id")+"/agree", w.totpProof("buyer")), 200, "")
			r = w.with(r.word("id"), request{role: "buyer", method: "PUT", path: "/v1/company/payout-hold", body: short})
		}
		if r.status != 422 {
			t.Errorf("a hold of %d hours is answered %s", hours, r.text())
		}
	}
	house := map[string]any{"hours": 0}
	w.want(w.with(w.approval(ask("set-payout-hold", nil, house), "buyer"), request{role: "buyer", method: "PUT", path: "/v1/company/payout-hold", body: house}), 200, "")
	if list := w.get("buyer", "/v1/payout-accounts"); list.word("items.0.id") != id || list.word("items.0.due") != due {
		t.Errorf("the hold that runs was %s and is %s", due, list.text())
	}
}

// What only asks what an approval would be for does nothing else.
func TestAskingForAnApprovalDoesNothingElse(t *testing.T) {
	t.Parallel()
	w := setup(t) // where no approval is needed, the operations themselves would go through
	rows := w.rows()
	on := props{deal: w.deal("delivered")}
	on.claim = w.claim(on.deal, 500)
	deposit := w.fund("nobody", 90_000).word("id")
	w.want(w.post("treasury", "/v1/deposits/"+deposit+"/assign", map[string]any{"party": w.party["buyer"], "reason": "found"}), 200, "")
	tried := 0
	for _, route := range w.routes() {
		body := rows[route.id].body
		if of, is := body.(func(string) any); is {
			body = of("buyer")
		}
		path := map[string]string{}
		for name, value := range map[string]string{"{id}": on.deal, "{claim}": on.claim, "{number}": "1", "{consignment}": "x"} {
			if strings.Contains(route.path, name) {
				path[strings.Trim(name, "{}")] = value
			}
		}
		if strings.Contains(route.path, "/members/") || strings.Contains(route.path, "/staff/") {
			path["id"] = w.people["viewer"]
		}
		for _, role := range []string{"buyer", "administrator"} {
			size := w.get("", "/v1/log").number("size")
			r := w.post(role, "/v1/approvals", ask(route.id, path, body))
			if now := w.get("", "/v1/log").number("size"); now != size || r.status < 400 {
				t.Errorf("asking for %s as %s is answered %s, and the log grows from %d to %d", route.id, role, r.text(), size, now)
			}
			if r.word("code") == "control.not_needed" {
				tried++
			}
		}
	}
	if tried < 30 {
		t.Errorf("only %d operations came as far as the house", tried)
	}
	w.want(w.post("buyer", "/v1/approvals", ask("accept", map[string]string{"id": "a/b"}, nil)), 404, "")
	w.want(w.post("buyer", "/v1/approvals", ask("accept", nil, nil)), 422, "request.invalid")
	w.want(w.post("buyer", "/v1/approvals", ask("me", nil, nil)), 422, "request.not_signed")
	w.want(w.post("buyer", "/v1/approvals", ask("withdraw-money", nil, map[string]any{"amount": usd(1), "x": 1})), 400, "request.unknown_key")
	w.want(w.post("buyer", "/v1/approvals", ask("take-offer", map[string]string{"id": on.deal, "claim": on.claim, "number": "x"}, nil)), 422, "request.bad_parameter")
}

// A key does what it was made for, up to its ceiling, and never more.
func TestAKeyStaysWithinItsMandate(t *testing.T) {
	t.Parallel()
	w := secured(t)
	body := map[string]any{"label": "ERP", "scopes": []string{"read_deals", "release"}, "ceiling": []any{usd(29_700)}, "days": 30}
	made := w.want(w.with(w.approval(ask("make-key", nil, body), "buyer"), request{role: "buyer", method: "POST", path: "/v1/keys", body: body}), 201, "")
	w.tokens["key"] = made.word("secret")
	id := w.deal("shipped")
	w.want(w.get("key", "/v1/deals/"+id), 200, "")
	w.want(w.post("key", "/v1/deals/"+id+"/confirm-receipt", nil), 403, "control.over_mandate") // it may release, but not receive
	w.surely("buyer", "confirm-receipt", id)
	w.want(w.post("key", "/v1/deals/"+id+"/accept", nil), 403, "control.over_mandate") // 693.00 is above its ceiling
	batched := w.want(w.post("key", "/v1/batch", map[string]any{"commands": []any{item("accept", "k", map[string]string{"id": id}, nil)}}), 200, "")
	if batched.word("answers.0.problem.code") != "control.over_mandate" {
		t.Errorf("in a batch a key is answered %s", batched.text())
	}
	for _, route := range w.routes() {
		if route.public {
			continue
		}
		allowed := strings.HasPrefix(route.path, "/v1/deals") || strings.HasPrefix(route.path, "/v1/sandbox") || route.path == "/v1/batch" || route.path == "/v1/me" || route.path == "/v1/obligations"
		r := w.try(route, w.rows()[route.id], props{deal: "x", claim: "x", consignment: "x", payout: "x", deposit: "x", account: "x", approval: "x", document: "x", check: "x"}, "key")
		if !allowed && (r.status != 403 || r.word("code") != "control.over_mandate") {
			t.Errorf("%s by a key that may read and release is answered %s", route.id, r.text())
		}
	}
	low := map[string]any{"label": "pays", "scopes": []string{"members"}, "days": 30}
	w.want(w.post("buyer", "/v1/approvals", ask("make-key", nil, low)), 422, "people.invalid") // no scope for rights
	w.want(w.do(request{role: "buyer", method: "DELETE", path: "/v1/keys/" + made.word("key.id")}), 204, "")
	w.want(w.get("key", "/v1/deals"), 401, "people.bad_token")
}

// A command in a batch carries its own approval.
func TestEachCommandOfABatchCarriesItsOwnApproval(t *testing.T) {
	t.Parallel()
	w := secured(t)
	first, second := w.deal("delivered"), w.deal("delivered")
	a := w.approval(accepting(first), "buyer")
	commands := []any{item("accept", "a", map[string]string{"id": first}, nil), item("accept", "b", map[string]string{"id": second}, nil)}
	commands[0].(map[string]any)["approval"] = a
	r := w.want(w.do(request{role: "buyer", method: "POST", path: "/v1/batch", headers: map[string]string{"Approval": a}, body: map[string]any{"commands": commands}}), 200, "")
	if r.number("answers.0.status") != 200 || r.word("answers.1.problem.code") != "control.approval_needed" {
		t.Errorf("the batch is answered %s", r.text())
	}
}

// Abuse 62: no name becomes a formula in a spreadsheet.
func TestNoCellOfAnExportIsAFormula(t *testing.T) {
	t.Parallel()
	w := secured(t)
	w.signInAgain("buyer")
	offer := w.want(w.post("buyer", "/v1/me/factors/passkey", nil), 200, "")
	w.want(w.post("buyer", "/v1/me/factors/passkey/confirm", map[string]any{
		"ticket": offer.word("ticket"), "response": newDevice(t).create(offer.field("options")), "label": "=HYPERLINK(\"https://evil.example\")", "proof": w.totpProof("buyer"),
	}), 200, "")
	q := request{role: "buyer", method: "POST", path: "/v1/activity-exports", body: map[string]any{"of": "company", "format": "csv"}, headers: map[string]string{"User-Agent": "@SUM(1)"}}
	w.want(w.do(q), 200, "")
	file := w.want(w.do(q), 200, "")
	if !strings.Contains(string(file.body), `'=HYPERLINK`) {
		t.Errorf("the label is not in the file: %s", file.body)
	}
	for _, line := range strings.Split(string(file.body), "\r\n") {
		for _, cell := range strings.Split(line, ",") {
			if cell = strings.TrimLeft(cell, `"`); cell != "" && strings.ContainsAny(cell[:1], "=+-@\t") {
				t.Errorf("a cell is the formula %s", cell)
			}
		}
	}
	var asJSON struct{ Items []struct{ What string } }
	doc := w.want(w.post("buyer", "/v1/activity-exports", map[string]any{"of": "company", "format": "json"}), 200, "")
	must(t, json.Unmarshal(doc.body, &asJSON))
	if len(asJSON.Items) < 5 || !slices.ContainsFunc(asJSON.Items, func(i struct{ What string }) bool { return i.What == "exported" }) {
		t.Errorf("the export is %s", doc.text())
	}
	w.want(w.post("viewer", "/v1/activity-exports", map[string]any{"of": "company", "format": "csv"}), 403, "")
	w.want(w.post("buyer", "/v1/activity-exports", map[string]any{"of": "staff", "format": "csv"}), 403, "")
	w.want(w.post("buyer", "/v1/activity-exports", map[string]any{"of": "world", "format": "csv"}), 422, "request.bad_choice")
}

// Abuse 50 and 51, of documents: what is taken is told by the content, and is given
// back to be saved only.
func TestADocumentIsWhatItsContentSays(t *testing.T) {
	t.Parallel()
	w := secured(t)
	hand := func(doc string, headers map[string]string) reply {
		if headers == nil {
			headers = map[string]string{"Content-Type": "application/pdf"}
		}
		return w.do(request{role: "buyer", method: "POST", path: "/v1/company/documents?name=..%2F..%2Fx.pdf", body: doc, headers: headers})
	}
	for _, bad := range []string{"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "<!doctype html><script>x</script>", "PK\x03\x04", "text"} {
		w.want(hand(bad, nil), 422, "people.document_kind")
	}
	w.want(hand("", nil), 422, "")
	w.want(hand("%PDF-"+strings.Repeat("x", 10<<20), nil), 413, "request.too_large")
	w.want(hand("%PDF-1.7", map[string]string{"Content-Type": "application/pdf", "Content-Encoding": "gzip"}), 422, "request.encoded_file")
	r := w.want(hand("%PDF-1.7 <script>", nil), 201, "")
	if r.word("name") != "x.pdf" || r.word("kind") != "application/pdf" {
		t.Errorf("the document is taken as %s", r.text())
	}
	file := w.want(w.get("buyer", "/v1/parties/"+w.party["buyer"]+"/documents/"+r.word("hash")), 200, "")
	for name, value := range map[string]string{"Content-Type": "application/octet-stream", "X-Content-Type-Options": "nosniff"} {
		if file.header.Get(name) != value {
			t.Errorf("the document is given back with %s %s", name, file.header.Get(name))
		}
	}
	if d := file.header.Get("Content-Disposition"); !strings.HasPrefix(d, "attachment") {
		t.Errorf("the document is given back as %s", fmt.Sprint(d))
	}
}
