package api_test

import (
	"encoding/json"
	"testing"

	"github.com/descope/virtualwebauthn"
)

// device is a person's device with one passkey on it, and the browser around it.
type device struct {
	t     testing.TB
	house virtualwebauthn.RelyingParty
	inner virtualwebauthn.Authenticator
	key   virtualwebauthn.Credential
}

// newDevice makes one. Its key has whole coordinates, as RFC 9053 wants: the
// virtual device leaves out leading zeros, and the house refuses such a key.
func newDevice(t testing.TB) *device {
	t.Helper()
	d := &device{t: t, house: virtualwebauthn.RelyingParty{ID: "house.example", Name: "House", Origin: "https://house.example"}, inner: virtualwebauthn.NewAuthenticator()}
	for d.key = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2); len(d.key.Key.AttestationData()) != 77; {
		d.key = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
	}
	return d
}

// create answers the options of a registration.
func (d *device) create(options any) map[string]any {
	d.t.Helper()
	o, err := virtualwebauthn.ParseAttestationOptions(encoded(d.t, options))
	must(d.t, err)
	d.inner.Options.UserHandle = []byte(o.UserID)
	return d.decoded(virtualwebauthn.CreateAttestationResponse(d.house, d.inner, d.key, *o))
}

// get answers the options of a sign-in, or of something to be signed.
func (d *device) get(options any) map[string]any {
	d.t.Helper()
	o, err := virtualwebauthn.ParseAssertionOptions(encoded(d.t, options))
	must(d.t, err)
	d.key.Counter++
	return d.decoded(virtualwebauthn.CreateAssertionResponse(d.house, d.inner, d.key, *o))
}

func (d *device) decoded(answer string) map[string]any {
	d.t.Helper()
	out := map[string]any{}
	must(d.t, json.Unmarshal([]byte(answer), &out))
	return out
}

// passkey adds one to a role's account, proved by the authenticator app if there
// is one.
func (w *world) passkey(role string) *device {
	w.t.Helper()
	w.signInAgain(role)
	d := newDevice(w.t)
	offer := w.want(w.post(role, "/v1/me/factors/passkey", nil), 200, "")
	body := map[string]any{"ticket": offer.word("ticket"), "response": d.create(offer.field("options")), "label": "key"}
	if w.totp[role] != "" {
		body["proof"] = w.totpProof(role)
	}
	w.want(w.post(role, "/v1/me/factors/passkey/confirm", body), 200, "")
	return d
}

// email is a role's address.
func (w *world) email(role string) string { return w.get(role, "/v1/me").word("email") }

// signInAgain gives a role a new session through the API, with the second factor
// that is asked for.
func (w *world) signInAgain(role string) reply {
	w.t.Helper()
	email := w.email(role)
	post := func(path string, body any) reply {
		return w.do(request{method: "POST", path: path, body: body, headers: map[string]string{"Device": w.devices[role]}})
	}
	r := post("/v1/sessions", map[string]any{"email": email, "password": secretPhrase})
	if r.status == 202 {
		body := map[string]any{"ticket": r.word("ticket"), "kind": "totp"}
		if r.word("wants.0") == "code" {
			body["kind"], body["code"] = "code", w.mailed(email, "Code")
		} else {
			body["code"] = w.code(role)
		}
		r = post("/v1/sessions/continue", body)
	}
	w.want(r, 201, "")
	w.tokens[role], w.devices[role] = r.word("token"), r.word("device")
	return r
}
