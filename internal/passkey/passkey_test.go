package passkey_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"testing"

	"github.com/descope/virtualwebauthn"

	"fondaco/internal/fault"
	"fondaco/internal/passkey"
	"fondaco/internal/trade/evidence"
)

func TestAPasskeySignsInAndSigns(t *testing.T) {
	t.Parallel()
	for name, kind := range map[string]virtualwebauthn.KeyType{"ES256": virtualwebauthn.KeyTypeEC2, "RS256": virtualwebauthn.KeyTypeRSA} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setupWith(t, kind)
			record := w.registered()

			options, state, err := w.gate.BeginSignIn()
			if err != nil {
				t.Fatal(err)
			}
			response := w.get(options)
			id, err := w.gate.CredentialOf(response)
			if err != nil {
				t.Fatal(err)
			}
			use, err := w.gate.FinishSignIn(state, record, response)
			if err != nil {
				t.Fatalf("%+v", err)
			}
			if use.ID != id || !bytes.Equal(use.Handle, w.person.Handle) || use.Regressed {
				t.Errorf("signed in as %+v, want passkey %s of %q", use, id, w.person.Handle)
			}

			intent := evidence.Hash(sha256.Sum256([]byte("pay 10 EUR to A")))
			a, _, err := w.gate.Sign(intent, use.Data, w.get(w.signingOptions(intent, use.Data)))
			if err != nil {
				t.Fatalf("%+v", err)
			}
			if err := w.gate.Verify(a, intent); err != nil {
				t.Errorf("kept evidence does not verify: %+v", err)
			}
			if a.RPID != houseID || a.Origin != houseURL || !bytes.Equal(a.CredentialID, w.key.ID) {
				t.Errorf("the evidence names %q, %q, %x", a.RPID, a.Origin, a.CredentialID)
			}
		})
	}
}

func TestAnEd25519PasskeyWithoutAttestationSignsInAndSigns(t *testing.T) {
	t.Parallel()
	w, device := setup(t), newEdwards()
	options, state, err := w.gate.BeginRegistration(w.person, nil)
	if err != nil {
		t.Fatal(err)
	}
	model, _ := hex.DecodeString("d548826e79b4db40a3d811116f7e8349")
	credential, err := w.gate.FinishRegistration(w.person, state, device.create(t, challengeOf(t, options), model))
	if err != nil {
		t.Fatalf("%+v", err)
	}
	if credential.Label != "Bitwarden" {
		t.Errorf("labelled %q", credential.Label)
	}
	options, state, err = w.gate.BeginSignIn()
	if err != nil {
		t.Fatal(err)
	}
	a := w.answer(challengeOf(t, options))
	a.id = device.id
	use, err := w.gate.FinishSignIn(state, credential.Data, a.signedBy(t, device.sign))
	if err != nil {
		t.Fatalf("%+v", err)
	}
	intent := evidence.Hash(sha256.Sum256([]byte("release")))
	b := w.answer(intent[:])
	b.id = device.id
	kept, _, err := w.gate.Sign(intent, use.Data, b.signedBy(t, device.sign))
	if err != nil {
		t.Fatalf("%+v", err)
	}
	if err := passkey.VerifyAssertion(kept, intent); err != nil || kept.Algorithm != -8 {
		t.Errorf("kept evidence of algorithm %d: %+v", kept.Algorithm, err)
	}
}

func TestABrowserIsAskedForADiscoverableVerifiedPasskey(t *testing.T) {
	t.Parallel()
	w := setup(t)
	record := w.registered()
	options, _, err := w.gate.BeginRegistration(w.person, [][]byte{record})
	if err != nil {
		t.Fatal(err)
	}
	var o struct {
		PublicKey struct {
			RP   struct{ ID, Name string }
			User struct{ ID, Name, DisplayName string }

			Attestation            string
			AuthenticatorSelection struct {
				ResidentKey, UserVerification string
				RequireResidentKey            bool
			}
			PubKeyCredParams   []struct{ Alg int }
			ExcludeCredentials []struct{ ID string }
		}
	}
	if err := json.Unmarshal(options, &o); err != nil {
		t.Fatal(err)
	}
	p := o.PublicKey
	if p.AuthenticatorSelection.ResidentKey != "required" || p.AuthenticatorSelection.UserVerification != "required" || !p.AuthenticatorSelection.RequireResidentKey {
		t.Errorf("asked for %+v", p.AuthenticatorSelection)
	}
	if p.RP.ID != houseID || p.RP.Name != "Hanse Assurance" || p.User.Name != "anna@anvil.example" || p.User.DisplayName != "Anna" {
		t.Errorf("of %+v for %+v", p.RP, p.User)
	}
	if len(p.ExcludeCredentials) != 1 || len(p.PubKeyCredParams) != 3 || p.PubKeyCredParams[0].Alg != -7 {
		t.Errorf("excluded %v, algorithms %v", p.ExcludeCredentials, p.PubKeyCredParams)
	}

	signIn, _, err := w.gate.BeginSignIn()
	if err != nil {
		t.Fatal(err)
	}
	var s struct {
		PublicKey struct {
			RPID, UserVerification string
			AllowCredentials       []struct{ ID string }
		}
	}
	if err := json.Unmarshal(signIn, &s); err != nil {
		t.Fatal(err)
	}
	if s.PublicKey.RPID != houseID || s.PublicKey.UserVerification != "required" || len(s.PublicKey.AllowCredentials) != 0 {
		t.Errorf("a sign-in asks for %+v", s.PublicKey)
	}
}

func TestTwoCeremoniesHaveTwoChallenges(t *testing.T) {
	t.Parallel()
	w := setup(t)
	seen := map[string]bool{}
	for range 50 {
		a, _, err := w.gate.BeginSignIn()
		if err != nil {
			t.Fatal(err)
		}
		b, _, err := w.gate.BeginRegistration(w.person, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, options := range [][]byte{a, b} {
			c := challengeOf(t, options)
			if len(c) != 32 || seen[string(c)] {
				t.Fatalf("challenge %x of %d bytes came twice or is too short", c, len(c))
			}
			seen[string(c)] = true
		}
	}
}

func TestTheChallengeOfASignatureIsTheHashItself(t *testing.T) {
	t.Parallel()
	w := setup(t)
	record := w.registered()
	intent := evidence.Hash(sha256.Sum256([]byte("pay 10 EUR to A")))
	if got := challengeOf(t, w.signingOptions(intent, record)); !bytes.Equal(got, intent[:]) {
		t.Errorf("challenge %x, want %x", got, intent)
	}
	_, err := w.gate.SigningOptions(intent, nil)
	w.refused(err, "passkey.none")
}

func TestThePasskeyThatIsThereAlreadyIsNotTakenAgain(t *testing.T) {
	t.Parallel()
	w := setup(t)
	record := w.registered()
	options, state, err := w.gate.BeginRegistration(w.person, [][]byte{record})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.gate.FinishRegistration(w.person, state, w.create(options))
	w.refused(err, "passkey.known")
}

func TestACounterThatGoesBackIsToldAndNotTaken(t *testing.T) {
	t.Parallel()
	w := setup(t)
	record := w.registered()
	step := func(count uint32) (regressed bool) {
		w.key.Counter = count
		options, state, err := w.gate.BeginSignIn()
		if err != nil {
			t.Fatal(err)
		}
		use, err := w.gate.FinishSignIn(state, record, w.get(options))
		if err != nil {
			t.Fatalf("%+v", err)
		}
		record = use.Data
		return use.Regressed
	}
	for i, c := range []struct {
		count     uint32
		regressed bool
	}{{0, false}, {0, false}, {5, false}, {5, true}, {3, true}, {0, true}, {5, true}, {6, false}} {
		if got := step(c.count); got != c.regressed {
			t.Errorf("step %d with counter %d: regressed %t, want %t", i, c.count, got, c.regressed)
		}
	}
	intent := evidence.Hash{7}
	w.key.Counter = 2
	_, use, err := w.gate.Sign(intent, record, w.get(w.signingOptions(intent, record)))
	if err != nil || !use.Regressed {
		t.Errorf("a signature with an old counter: regressed %t, %+v", use.Regressed, err)
	}
}

func TestPasskeysNeedAHouseWithAName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		url, rpID, want string // want is the RP id; empty where it must be refused
	}{
		{"https://house.example", "", "house.example"},
		{"https://House.Example:443/", "", "house.example"},
		{"https://deals.house.example:8443", "house.example", "house.example"},
		{"http://localhost:8080", "", "localhost"},
		{"http://fondaco.localhost:8080", "", "fondaco.localhost"},
		{"http://house.example", "", ""},
		{"http://127.0.0.1:8080", "", ""},
		{"https://[2001:db8::1]", "", ""},
		{"https://house.example", "ample", ""},
		{"https://house.example", "bad.example", ""},
		{"https://house.example", "deals.house.example", ""},
		{"ftp://house.example", "", ""},
		{"house.example", "", ""},
		{"", "", ""},
	} {
		g, err := passkey.New(passkey.Options{PublicURL: c.url, RPID: c.rpID, Name: "House"})
		if c.want == "" {
			if fault.CodeOf(err) != "passkey.no_domain" {
				t.Errorf("%q with %q: %v", c.url, c.rpID, err)
			}
			continue
		}
		if err != nil || g.RPID() != c.want {
			t.Errorf("%q with %q: %v", c.url, c.rpID, err)
		}
	}
}
