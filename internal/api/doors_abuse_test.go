package api_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"fondaco/internal/api"
)

// alike insists that two answers cannot be told apart, but for the request's id.
func (w *world) alike(what string, known, unknown reply) {
	w.t.Helper()
	a, b := maps.Clone(known.header), maps.Clone(unknown.header)
	for _, h := range []http.Header{a, b} {
		h.Del("Request-Id")
		h.Del("X-Ratelimit-Remaining")
		h.Del("X-Ratelimit-Reset")
	}
	if known.status != unknown.status || string(known.body) != string(unknown.body) || fmt.Sprint(a) != fmt.Sprint(b) {
		w.t.Errorf("%s: a known address is answered %s %v, an unknown one %s %v", what, known.text(), a, unknown.text(), b)
	}
}

// Abuse 37: whether an address has an account is told to its owner alone.
func TestNobodyLearnsWhetherAnAddressHasAnAccount(t *testing.T) {
	t.Parallel()
	w := secured(t)
	signUp := func(email string) reply {
		return w.post("", "/v1/sign-up", map[string]any{
			"email": email, "name": "A", "password": secretPhrase, "company": map[string]any{"legal_name": "A Ltd", "country": "DE", "registration": "HRB 1"},
		})
	}
	w.alike("sign-up", w.want(signUp("buyer@example.com"), 202, ""), signUp("nobody@example.com"))
	signIn := func(email string) reply {
		return w.post("", "/v1/sessions", map[string]any{"email": email, "password": "wrong"})
	}
	w.alike("sign-in", w.want(signIn("buyer@example.com"), 401, "people.wrong_sign_in"), signIn("nobody@example.com"))
	forgot := func(email string) reply {
		return w.post("", "/v1/passwords/forgot", map[string]any{"email": email})
	}
	w.alike("forgotten", w.want(forgot("buyer@example.com"), 202, ""), forgot("nobody@example.com"))
	w.deliver()
	for to, kinds := range map[string][]string{"buyer@example.com": {"known", "reset"}, "nobody@example.com": {"confirm", "reset_unknown"}} {
		mails := string(w.get("", "/v1/sandbox/mail?limit=200&to="+to).body)
		for _, kind := range kinds {
			if !strings.Contains(mails, `"subject":"`+kind+`"`) {
				t.Errorf("%s did not get the mail %s: %s", to, kind, mails)
			}
		}
	}
	for range 12 { // the throttle does not tell either
		signIn("buyer@example.com")
		signIn("nobody@example.com")
	}
	w.alike("throttled", w.want(signIn("buyer@example.com"), 429, "people.throttled"), signIn("nobody@example.com"))
}

// Abuse 38: guessing is slowed down, and the owner comes in all the same.
func TestStuffingIsThrottledAndTheVictimIsNotLockedOut(t *testing.T) {
	t.Parallel()
	w := secured(t)
	d := w.passkey("buyer")
	got := map[int]int{}
	for range 30 {
		got[w.post("", "/v1/sessions", map[string]any{"email": "buyer@example.com", "password": "guess"}).status]++
	}
	if got[401] > 10 || got[429] < 20 {
		t.Errorf("30 guesses are answered %v", got)
	}
	r := w.want(w.post("", "/v1/sessions", map[string]any{"email": "buyer@example.com", "password": secretPhrase}), 429, "people.throttled")
	if r.header.Get("Retry-After") != "900" {
		t.Errorf("a throttled sign-in is to come back after %s seconds", r.header.Get("Retry-After"))
	}
	w.want(w.get("buyer", "/v1/me"), 200, "")
	door := w.post("", "/v1/sessions/passkey-options", nil)
	w.want(w.post("", "/v1/sessions/passkey", map[string]any{"ticket": door.word("ticket"), "response": d.get(door.field("options"))}), 201, "")
	w.clock.Advance(16 * time.Minute)
	w.want(w.post("", "/v1/sessions", map[string]any{"email": "buyer@example.com", "password": secretPhrase}), 202, "")
	for i := range 120 { // spread over many accounts from one network
		w.post("", "/v1/sessions", map[string]any{"email": fmt.Sprintf("a%d@example.com", i), "password": "guess"})
	}
	w.want(w.post("", "/v1/sessions", map[string]any{"email": "another@example.com", "password": "guess"}), 429, "people.throttled")
}

// Each path at which a secret is shown is limited by the network that asks.
func TestEveryDoorIsLimitedByNetwork(t *testing.T) {
	t.Parallel()
	w := secured(t)
	for _, path := range []string{
		"/v1/sessions", "/v1/sessions/continue", "/v1/sessions/renew", "/v1/sessions/passkey", "/v1/sign-up", "/v1/sign-up/confirm", "/v1/passwords/forgot",
		"/v1/passwords/reset", "/v1/invitations/accept", "/v1/invitations/read", "/v1/not-me", "/v1/email/take", "/v1/email/undo",
	} {
		limited := w.limited(2)
		got := map[int]int{}
		for range 4 {
			got[limited.post("", path, `{"x":1}`).status]++
		}
		if got[429] != 2 {
			t.Errorf("%s four times with a limit of two is answered %v", path, got)
		}
	}
}

// Abuse 39: a reset by mail brings no one past the second factor.
func TestAResetDoesNotBypassTheSecondFactor(t *testing.T) {
	t.Parallel()
	w := secured(t)
	w.want(w.post("", "/v1/passwords/forgot", map[string]any{"email": "buyer@example.com"}), 202, "")
	link := w.link("buyer@example.com", "/reset/")
	body := map[string]any{"secret": link, "password": "another Harbour of 9 kelps"}
	w.want(w.post("", "/v1/passwords/reset", body), 204, "")
	w.want(w.post("", "/v1/passwords/reset", body), 422, "people.no_ticket") // the link is used up
	w.clock.Advance(2 * time.Second)
	w.want(w.get("buyer", "/v1/me"), 401, "people.bad_token")
	step := w.want(w.post("", "/v1/sessions", map[string]any{"email": "buyer@example.com", "password": "another Harbour of 9 kelps"}), 202, "")
	if step.word("next") != "factor" || step.word("wants.0") != "totp" || slices.Contains(step.field("wants").([]any), any("code")) {
		t.Errorf("after a reset one is asked for %s", step.text())
	}
}

// Abuse 40: a code of an authenticator app counts once, and five wrong ones make the next wait.
func TestACodeCountsOnceAndGuessingIsBlocked(t *testing.T) {
	t.Parallel()
	w := secured(t)
	d := w.passkey("buyer")
	begin := func() string {
		r := w.want(w.post("", "/v1/sessions", map[string]any{"email": "buyer@example.com", "password": secretPhrase}), 202, "")
		return r.word("ticket")
	}
	code := w.code("buyer")
	use := func(ticket, code string) reply {
		return w.post("", "/v1/sessions/continue", map[string]any{"ticket": ticket, "kind": "totp", "code": code})
	}
	w.want(use(begin(), code), 201, "")
	w.want(use(begin(), code), 422, "account.code_used")
	ticket := begin()
	for range 5 {
		w.want(use(ticket, "000000"), 422, "people.wrong_code")
	}
	blocked := w.want(use(ticket, w.code("buyer")), 429, "account.factor_blocked")
	if blocked.header.Get("Retry-After") != "60" {
		t.Error("a block does not say when to come back")
	}
	door := w.post("", "/v1/sessions/passkey-options", nil)
	w.want(w.post("", "/v1/sessions/passkey", map[string]any{"ticket": door.word("ticket"), "response": d.get(door.field("options"))}), 201, "")
}

// Abuse 41: no token that a caller brings becomes that of a session.
func TestASessionIsNewWithEachSignIn(t *testing.T) {
	t.Parallel()
	w := secured(t)
	seen := map[string]bool{}
	for range 3 {
		r := w.signInAgain("viewer")
		if seen[r.word("token")] {
			t.Error("two sign-ins have one token")
		}
		seen[r.word("token")] = true
	}
	chosen := "fdk_" + strings.Repeat("A", 43)
	q := request{method: "POST", path: "/v1/sessions", headers: map[string]string{"Authorization": "Bearer " + chosen}, body: map[string]any{"email": "viewer@example.com", "password": secretPhrase}}
	w.want(w.do(q), 401, "people.bad_token")
	w.tokens["viewer"] = chosen
	w.want(w.get("viewer", "/v1/me"), 401, "people.bad_token")
}

// Abuse 42: whoever had the old password is out.
func TestOldSessionsEndWithThePassword(t *testing.T) {
	t.Parallel()
	w := secured(t)
	old := w.tokens["viewer"]
	w.signInAgain("viewer")
	w.want(w.do(request{role: "viewer", method: "PUT", path: "/v1/me/password", body: map[string]any{"current": "wrong", "password": "another Harbour of 9 kelps"}}), 422, "people.wrong_password")
	w.want(w.do(request{role: "viewer", method: "PUT", path: "/v1/me/password", body: map[string]any{"current": secretPhrase, "password": "another Harbour of 9 kelps"}}), 204, "")
	w.want(w.get("viewer", "/v1/me"), 200, "")
	w.tokens["viewer"] = old
	w.want(w.get("viewer", "/v1/me"), 401, "people.bad_token") // at once, where it was changed
}

// Abuse 44: a change of address waits, and the old address can undo it.
func TestAChangedAddressWaitsAndTheOldOneCanUndoIt(t *testing.T) {
	t.Parallel()
	w := secured(t)
	w.signInAgain("viewer")
	change := map[string]any{"email": "thief@else.example", "password": secretPhrase}
	w.want(w.post("viewer", "/v1/me/email", change), 202, "")
	take := map[string]any{"secret": w.link("thief@else.example", "/email/")}
	w.want(w.post("", "/v1/email/take", take), 422, "account.hold")
	w.want(w.post("", "/v1/passwords/forgot", map[string]any{"email": "thief@else.example"}), 202, "")
	if strings.Contains(string(w.get("", "/v1/sandbox/mail?to=thief@else.example").body), "/reset/") {
		t.Error("an address that does not count yet gets a link to reset")
	}
	w.want(w.post("", "/v1/email/undo", map[string]any{"secret": w.link("viewer@example.com", "/email/undo/")}), 204, "")
	w.pass(80 * time.Hour)
	if r := w.post("", "/v1/email/take", take); r.status < 400 {
		t.Errorf("an undone change is answered %s", r.text())
	}
	if e := w.email("viewer"); e != "viewer@example.com" {
		t.Errorf("the address is %s", e)
	}
}

// Abuse 45: a recovery code counts once, and its use is told.
func TestARecoveryCodeCountsOnceAndItsUseIsTold(t *testing.T) {
	t.Parallel()
	w := secured(t)
	w.signInAgain("buyer")
	codes := w.want(w.post("buyer", "/v1/me/recovery-codes", map[string]any{"proof": w.totpProof("buyer")}), 201, "")
	use := func() reply {
		r := w.want(w.post("", "/v1/sessions", map[string]any{"email": "buyer@example.com", "password": secretPhrase}), 202, "")
		q := request{method: "POST", path: "/v1/sessions/continue", headers: map[string]string{"Device": w.devices["buyer"]}}
		q.body = map[string]any{"ticket": r.word("ticket"), "kind": "recovery", "code": codes.word("codes.3")}
		return w.do(q)
	}
	w.signInAgain("buyer")
	alerts := func() int {
		w.deliver()
		return strings.Count(string(w.get("", "/v1/sandbox/mail?limit=200&to=buyer@example.com").body), `"subject":"alert"`)
	}
	before := alerts()
	w.signInAgain("buyer")
	if n := alerts(); n != before {
		t.Errorf("a usual sign-in brings %d alerts", n-before)
	}
	w.want(use(), 201, "")
	if n := alerts(); n != before+1 {
		t.Errorf("the use of a recovery code brings %d alerts", n-before)
	}
	w.want(use(), 422, "people.wrong_code")
	if log := w.get("buyer", "/v1/me/activity?what=recovery_used,signed_in&limit=1"); log.word("items.0.factor") != "recovery" {
		t.Errorf("the log says %s", log.text())
	}
}

// Abuse 49: an address in other case or other letters of Unicode is the same account.
func TestTwinsOfAnAddressAreOneAccount(t *testing.T) {
	t.Parallel()
	w := secured(t)
	for _, twin := range []string{"BUYER@EXAMPLE.COM", "buyer@Example.com", "ｂｕｙｅｒ@example.com"} {
		r := w.want(w.post("", "/v1/sessions", map[string]any{"email": twin, "password": secretPhrase}), 202, "")
		if r.word("next") != "factor" {
			t.Errorf("%s is answered %s", twin, r.text())
		}
		w.post("", "/v1/sign-up", map[string]any{
			"email": twin, "name": "A", "password": secretPhrase, "company": map[string]any{"legal_name": "A Ltd", "country": "DE", "registration": "HRB 1"},
		})
	}
	w.deliver()
	mails := string(w.get("", "/v1/sandbox/mail?limit=200").body)
	if strings.Contains(mails, "/join/") {
		t.Errorf("a twin of an address that has an account may join: %s", mails)
	}
}

// Abuse 32: an invitation gives nothing before it is taken.
func TestInvitedButNotConfirmedActsAsNobody(t *testing.T) {
	t.Parallel()
	w := secured(t)
	body := map[string]any{"email": "guest@example.com", "role": "owner"}
	w.want(w.with(w.approval(ask("invite", nil, body), "buyer"), request{role: "buyer", method: "POST", path: "/v1/company/invitations", body: body}), 201, "")
	secret := w.link("guest@example.com", "/invitation/")
	for _, token := range []string{secret, "fdk_" + secret} {
		w.tokens["guest"] = token
		w.want(w.get("guest", "/v1/company"), 401, "people.bad_token")
	}
	w.want(w.post("", "/v1/sessions", map[string]any{"email": "guest@example.com", "password": secretPhrase}), 401, "people.wrong_sign_in")
	w.want(w.post("", "/v1/invitations/accept", map[string]any{"secret": secret, "name": "Guest", "password": secretPhrase}), 201, "")
	w.want(w.post("", "/v1/invitations/accept", map[string]any{"secret": secret, "name": "Guest", "password": secretPhrase}), 422, "people.no_ticket")
}

// Abuse 33: what a removed member holds dies within five seconds, on every node.
func TestARemovedMemberIsOutWithinFiveSeconds(t *testing.T) {
	t.Parallel()
	w := secured(t)
	body := map[string]any{"email": "second@example.com", "role": "owner"}
	w.want(w.with(w.approval(ask("invite", nil, body), "buyer"), request{role: "buyer", method: "POST", path: "/v1/company/invitations", body: body}), 201, "")
	joined := w.want(w.post("", "/v1/invitations/accept", map[string]any{"secret": w.link("second@example.com", "/invitation/"), "name": "Second Owner", "password": secretPhrase}), 201, "")
	w.tokens["second"] = joined.word("token")
	offer := w.want(w.post("second", "/v1/me/factors/totp", nil), 200, "")
	w.totp["second"] = offer.word("secret")
	w.want(w.post("second", "/v1/me/factors/totp/confirm", map[string]any{"ticket": offer.word("ticket"), "code": w.code("second"), "label": "x"}), 200, "")
	key := map[string]any{"label": "ERP", "scopes": []string{"read_deals"}, "days": 30}
	w.tokens["key"] = w.want(w.with(w.approval(ask("make-key", nil, key), "second"), request{role: "second", method: "POST", path: "/v1/keys", body: key}), 201, "").word("secret")
	other := *w // another node of the same house
	other.api = api.New(api.Config{House: w.house})
	for _, node := range []*world{w, &other} {
		node.want(node.get("second", "/v1/company"), 200, "")
		node.want(node.get("key", "/v1/deals"), 200, "")
	}
	w.want(w.do(request{role: "buyer", method: "DELETE", path: "/v1/company/members/" + joined.word("person.id")}), 200, "")
	w.want(w.get("second", "/v1/company"), 401, "people.bad_token") // at once, where it happened
	w.want(w.get("key", "/v1/deals"), 401, "people.bad_token")
	w.clock.Advance(2 * time.Second)
	other.want(other.get("second", "/v1/company"), 401, "people.bad_token")
	other.want(other.get("key", "/v1/deals"), 401, "people.bad_token")
	back := w.post("", "/v1/sessions", map[string]any{"email": "second@example.com", "password": secretPhrase})
	w.tokens["second"] = w.want(w.post("", "/v1/sessions/continue", map[string]any{"ticket": back.word("ticket"), "kind": "totp", "code": w.code("second")}), 201, "").word("token")
	w.want(w.get("second", "/v1/company"), 403, "people.no_company")
}

// Abuse 31: what the house decides is no key of any body.
func TestRolesAndVerdictsCannotBeSlippedIn(t *testing.T) {
	t.Parallel()
	w := secured(t)
	signUp := map[string]any{"email": "a@b.example", "name": "A", "password": secretPhrase, "company": map[string]any{"legal_name": "A", "country": "DE", "registration": "1"}}
	for _, tt := range []struct {
		method, path string
		body         map[string]any
		keys         []string
	}{
		{"POST", "/v1/sign-up", signUp, []string{"role", "office", "party", "verified"}},
		{"POST", "/v1/invitations/accept", map[string]any{"secret": "x", "name": "A", "password": "x"}, []string{"role", "office", "email", "party"}},
		{"POST", "/v1/company/invitations", map[string]any{"email": "a@b.example", "role": "viewer"}, []string{"office", "party", "approval"}},
		{"PUT", "/v1/company/profile", profileBody("buyer"), []string{"standing", "verified", "verified_until", "party"}},
		{"POST", "/v1/payout-accounts", accountBody("buyer Ltd"), []string{"stage", "match", "hold_hours", "approved_by", "party"}},
		{"POST", "/v1/payouts", map[string]any{"amount": usd(1)}, []string{"party", "balance", "payee"}},
		{"POST", "/v1/keys", map[string]any{"label": "x", "scopes": []string{"read_deals"}, "days": 1}, []string{"person", "role", "id"}},
		{"POST", "/v1/approvals", map[string]any{"operation": "accept"}, []string{"intent", "amount", "payee", "needed", "hash"}},
	} {
		for _, key := range tt.keys {
			body := maps.Clone(tt.body)
			body[key] = "x"
			w.want(w.do(request{role: "buyer", method: tt.method, path: tt.path, body: body}), 400, "request.unknown_key")
		}
	}
}

// Abuse 48: nothing that a browser sends by itself opens anything, and no other
// site may read an answer.
func TestNothingIsForBrowsersOfOtherSites(t *testing.T) {
	t.Parallel()
	w := secured(t)
	q := request{method: "POST", path: "/v1/payouts", body: map[string]any{"amount": usd(1)}, headers: map[string]string{
		"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site", "Cookie": "session=" + w.tokens["buyer"],
	}}
	r := w.want(w.do(q), 401, "people.sign_in")
	q.headers["Content-Type"] = "text/plain" // what a form of another site can send
	q.role = "buyer"
	w.want(w.do(q), 415, "request.not_json")
	for name := range r.header {
		if strings.HasPrefix(name, "Access-Control-") || name == "Set-Cookie" {
			t.Errorf("an answer has the header %s", name)
		}
	}
	if p := r.header.Get("Content-Security-Policy"); !strings.Contains(p, "frame-ancestors 'none'") {
		t.Errorf("an answer may be framed: %s", p)
	}
}
