package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"fondaco/internal/assurance"
	"fondaco/internal/passkey"
	"fondaco/internal/trade/control"
	"fondaco/internal/trade/evidence"
)

// signedByPasskey is an approval's document as the house gives it out, signed by a passkey
// that a virtual authenticator holds, and the assertion in it.
func signedByPasskey(t *testing.T) (doc map[string]any, intent control.Intent, a control.Assertion) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%+v", err)
		}
	}
	const house = "https://house.example"
	gate, err := passkey.New(passkey.Options{PublicURL: house, Name: "House"})
	must(err)
	rp := virtualwebauthn.RelyingParty{ID: "house.example", Name: "House", Origin: house}
	device := virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: []byte("ann")})
	key := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeRSA)
	user := assurance.PasskeyUser{Handle: []byte("ann"), Email: "ann@example.com", Name: "Ann"}
	options, state, err := gate.BeginRegistration(user, nil)
	must(err)
	creating, err := virtualwebauthn.ParseAttestationOptions(string(options))
	must(err)
	credential, err := gate.FinishRegistration(user, state, []byte(virtualwebauthn.CreateAttestationResponse(rp, device, key, *creating)))
	must(err)
	intent = control.Intent{
		Action: control.Release, Subject: "deal:1", Version: 9, Amount: 70_000, Currency: "USD", Payee: "Sunrise Works Ltd, CH (p2)",
		Party: "p1", Person: "ann", Expires: time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC), Nonce: "a nonce of sixteen or more",
	}
	text, err := intent.Canonical()
	must(err)
	hash := evidence.HashOf(text)
	options, err = gate.SigningOptions(hash, [][]byte{credential.Data})
	must(err)
	asking, err := virtualwebauthn.ParseAssertionOptions(string(options))
	must(err)
	a, _, err = gate.Sign(hash, credential.Data, []byte(virtualwebauthn.CreateAssertionResponse(rp, device, key, *asking)))
	must(err)
	b64 := base64.RawURLEncoding.EncodeToString
	return map[string]any{
		"intent": string(text), "hash": hash.String(), "consents": []any{map[string]any{
			"person": "ann", "name": "Ann", "method": "passkey", "assertion": map[string]any{
				"credential_id": b64(a.CredentialID), "client_data_json": b64(a.ClientDataJSON), "authenticator_data": b64(a.AuthenticatorData),
				"signature": b64(a.Signature), "public_key": b64(a.PublicKey), "algorithm": a.Algorithm, "rp_id": a.RPID, "origin": a.Origin,
			},
		}},
	}, intent, a
}

func TestASignedApprovalIsCheckedWithoutTheHouse(t *testing.T) {
	t.Parallel()
	doc, _, _ := signedByPasskey(t)
	check := func(change func(text string) string) (string, error) {
		t.Helper()
		text, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "approval.json")
		if err := os.WriteFile(file, []byte(change(string(text))), 0o600); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		err = (&verifyApprovalCommand{File: file}).Run(&console{ctx: t.Context(), out: &out, err: &out})
		return out.String(), err
	}
	same := func(s string) string { return s }
	if out, err := check(same); err != nil || !strings.Contains(out, "signed exactly this with a passkey at https://house.example") {
		t.Errorf("%v\n%s", err, out)
	}
	for what, change := range map[string]func(string) string{
		"another amount":    func(s string) string { return strings.Replace(s, `\"amount\":70000`, `\"amount\":90000`, 1) },
		"another payee":     func(s string) string { return strings.Replace(s, "Sunrise", "Sunset", 1) },
		"another hash":      func(s string) string { return strings.Replace(s, `"hash":"`, `"hash":"00`, 1) },
		"another signature": func(s string) string { return strings.Replace(s, `"signature":"`, `"signature":"AAAA`, 1) },
		"another origin": func(s string) string {
			return strings.Replace(s, `"origin":"https://house.example"`, `"origin":"https://evil.example"`, 1)
		},
		"no key": func(s string) string { return strings.Replace(s, `"public_key":"`, `"public_key":"!`, 1) },
	} {
		text, _ := json.Marshal(doc)
		if change(string(text)) == string(text) {
			t.Fatalf("%s changes nothing", what)
		}
		if out, err := check(change); !errors.Is(err, errFound) {
			t.Errorf("%s: %v\n%s", what, err, out)
		}
	}
	if _, err := check(func(string) string { return "{}" }); err == nil {
		t.Error("nothing at all passes for an approval")
	}
}

func TestTheDoctorLooksAtEverySignature(t *testing.T) {
	t.Parallel()
	_, intent, assertion := signedByPasskey(t)
	hash, err := intent.Hash()
	if err != nil {
		t.Fatal(err)
	}
	look := func(asked control.ApprovalAsked, consent control.Consent) assurance.Check {
		t.Helper()
		c := assurance.Check{OK: true}
		var records []assurance.Record
		for _, e := range []control.Event{asked, control.ApprovalGiven{Consent: consent}} {
			payload, err := evidence.Canonical(e)
			if err != nil {
				t.Fatal(err)
			}
			records = append(records, assurance.Record{Kind: e.Kind(), Payload: payload})
		}
		checkApproval(&c, "approval:1", records)
		return c
	}
	good := control.ApprovalAsked{ID: "1", Intent: intent, Hash: hash, Needed: 1}
	consent := control.Consent{Person: "ann", Name: "Ann", Device: "d", Method: control.Passkey, Hash: hash, Assertion: &assertion}
	if c := look(good, consent); !c.OK || c.Counted != 1 {
		t.Errorf("%+v", c)
	}
	other := good
	other.Intent.Amount++
	if c := look(other, consent); c.OK || c.Detail == "" {
		t.Errorf("another amount: %+v", c)
	}
	forged, broken := consent, assertion
	broken.Signature = bytes.Clone(broken.Signature)
	broken.Signature[7] ^= 1
	forged.Assertion = &broken
	if c := look(good, forged); c.OK {
		t.Errorf("a broken signature: %+v", c)
	}
	elsewhere := consent
	elsewhere.Hash[0] ^= 1
	if c := look(good, elsewhere); c.OK {
		t.Errorf("a consent to something else: %+v", c)
	}
}
