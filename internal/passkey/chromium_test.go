package passkey_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/passkey"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/web/webtest"
)

// chromium is a real browser with a virtual device, on a page of the house.
type chromium struct {
	t      *testing.T
	sheet  *webtest.Sheet
	device webauthn.AuthenticatorID
}

func page(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte("<!DOCTYPE html><html lang=en><link rel=icon href=data:,><title>House</title>"))
	}))
	t.Cleanup(s.Close)
	return strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
}

func openChromium(t *testing.T, url string) *chromium {
	t.Helper()
	c := &chromium{t: t, sheet: webtest.Open(t).Visit(t, url, webtest.Desk())}
	c.sheet.Do(t, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		if _, err := chromedp.Call(ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return err
		}
		added, err := chromedp.Call(ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: "ctap2", Ctap2version: webauthn.Ctap2versionCtap21, Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
			DefaultBackupEligibility: true, DefaultBackupState: true,
		}})
		c.device = added.AuthenticatorID
		return err
	}))
	return c
}

// answer gives options to the browser as a page would, and returns its answer as JSON.
func (c *chromium) answer(call string, options []byte) []byte {
	c.t.Helper()
	parse := map[string]string{"create": "parseCreationOptionsFromJSON", "get": "parseRequestOptionsFromJSON"}[call]
	script := fmt.Sprintf(`navigator.credentials.%s({publicKey: PublicKeyCredential.%s((%s).publicKey)}).then(c => JSON.stringify(c.toJSON()))`, call, parse, options)
	var answer string
	c.sheet.Do(c.t, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) (err error) {
		answer, err = chromedp.Run(ctx, chromedp.Evaluate[string](script, chromedp.EvalAwaitPromise))
		return err
	}))
	return []byte(answer)
}

func (c *chromium) bend(bits webauthn.SetResponseOverrideBitsParams) {
	c.t.Helper()
	bits.AuthenticatorID = c.device
	c.sheet.Do(c.t, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, webauthn.SetResponseOverrideBits, bits)
		return err
	}))
}

// visitor is a person who has a passkey of this house in a real browser.
type visitor struct {
	*chromium
	gate       *passkey.Gate
	credential assurance.PasskeyCredential
}

func openVisitor(t *testing.T) *visitor {
	t.Helper()
	url := page(t)
	gate, err := passkey.New(passkey.Options{PublicURL: url, Name: "Hanse Assurance"})
	if err != nil {
		t.Fatal(err)
	}
	v := &visitor{chromium: openChromium(t, url), gate: gate}
	anna := assurance.PasskeyUser{Handle: []byte("account-of-anna"), Email: "anna@anvil.example", Name: "Anna"}
	options, state, err := gate.BeginRegistration(anna, nil)
	if err != nil {
		t.Fatal(err)
	}
	if v.credential, err = gate.FinishRegistration(anna, state, v.answer("create", options)); err != nil {
		t.Fatalf("%+v", err)
	}
	return v
}

// signIn signs in at a gate, which may be another house's.
func (v *visitor) signIn(at *passkey.Gate) (assurance.PasskeyUse, error) {
	v.t.Helper()
	options, state, err := at.BeginSignIn()
	if err != nil {
		v.t.Fatal(err)
	}
	response := v.answer("get", options)
	if id, err := at.CredentialOf(response); err != nil || id != v.credential.ID {
		v.t.Errorf("the answer is of %q, want %q (%v)", id, v.credential.ID, err)
	}
	return at.FinishSignIn(state, v.credential.Data, response)
}

func TestARealBrowserRegistersSignsInAndSigns(t *testing.T) {
	t.Parallel()
	v := openVisitor(t)
	use, err := v.signIn(v.gate)
	if err != nil || string(use.Handle) != "account-of-anna" || use.Regressed {
		t.Fatalf("signed in as %+v: %+v", use, err)
	}
	intent := evidence.Hash{1, 2, 3}
	options, err := v.gate.SigningOptions(intent, [][]byte{use.Data})
	if err != nil {
		t.Fatal(err)
	}
	kept, _, err := v.gate.Sign(intent, use.Data, v.answer("get", options))
	if err != nil {
		t.Fatalf("%+v", err)
	}
	if err := passkey.VerifyAssertion(kept, intent); err != nil {
		t.Errorf("kept evidence: %+v", err)
	}
	if err := passkey.VerifyAssertion(kept, evidence.Hash{9}); fault.CodeOf(err) != "passkey.wrong_challenge" {
		t.Errorf("kept evidence for another intent: %+v", err)
	}
}

// Case 46 once more, with the answers of a real browser.
func TestARealBrowsersBentAnswersAreRefused(t *testing.T) {
	t.Parallel()
	v, yes := openVisitor(t), true
	for _, c := range []struct {
		bits webauthn.SetResponseOverrideBitsParams
		code string
	}{
		{webauthn.SetResponseOverrideBitsParams{IsBogusSignature: &yes}, "passkey.bad"},
		{webauthn.SetResponseOverrideBitsParams{IsBadUV: &yes}, "passkey.not_verified"},
		{webauthn.SetResponseOverrideBitsParams{IsBadUP: &yes}, "passkey.not_verified"},
		{webauthn.SetResponseOverrideBitsParams{}, ""},
	} {
		v.bend(c.bits)
		if _, err := v.signIn(v.gate); fault.CodeOf(err) != c.code {
			t.Errorf("got %+v, want %q", err, c.code)
		}
	}
	// An imitator with the same RP id (the same host, another port) gets an answer, and cannot use it.
	other, err := passkey.New(passkey.Options{PublicURL: page(t), Name: "Hanse Assurance"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.signIn(other); fault.CodeOf(err) != "passkey.wrong_origin" {
		t.Errorf("on the page of another origin: %+v", err)
	}
}
