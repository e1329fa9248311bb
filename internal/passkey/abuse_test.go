package passkey_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/passkey"
	"fondaco/internal/trade/control"
	"fondaco/internal/trade/evidence"
)

// Case 46: wrong origin, RP id, replayed challenge, missing user verification.
// (A counter that goes back: TestACounterThatGoesBackIsToldAndNotTaken.)
func TestAnswersThatAreNotForThisHouseAreRefused(t *testing.T) {
	t.Parallel()
	bends := map[string]struct {
		bend func(*world)
		code string
	}{
		"page of an imitator":           {func(w *world) { w.rp.Origin = "https://house.example.evil.example" }, "passkey.wrong_origin"},
		"page of a look-alike":          {func(w *world) { w.rp.Origin = "https://h0use.example" }, "passkey.wrong_origin"},
		"page of a subdomain":           {func(w *world) { w.rp.Origin = "https://blog.house.example" }, "passkey.wrong_origin"},
		"page without encryption":       {func(w *world) { w.rp.Origin = "http://house.example" }, "passkey.wrong_origin"},
		"page on another port":          {func(w *world) { w.rp.Origin = "https://house.example:8443" }, "passkey.wrong_origin"},
		"no page":                       {func(w *world) { w.rp.Origin = "" }, "passkey.wrong_origin"},
		"passkey of another house":      {func(w *world) { w.rp.ID = "other.example" }, "passkey.wrong_house"},
		"passkey of the parent domain":  {func(w *world) { w.rp.ID = "example" }, "passkey.wrong_house"},
		"user not verified":             {func(w *world) { w.device.Options.UserNotVerified = true }, "passkey.not_verified"},
		"nobody touched it":             {func(w *world) { w.device.Options.UserNotPresent = true }, "passkey.not_verified"},
		"backed up but not eligible":    {func(w *world) { w.device.Options.BackupState = true }, "passkey.bad"},
		"a right answer, for the check": {func(*world) {}, ""},
	}
	for name, b := range bends {
		t.Run("registering, "+name, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			options, state, err := w.gate.BeginRegistration(w.person, nil)
			if err != nil {
				t.Fatal(err)
			}
			b.bend(w)
			got, err := w.gate.FinishRegistration(w.person, state, w.create(options))
			w.refused(err, b.code)
			if b.code != "" && got.Data != nil {
				t.Error("a refused passkey is answered all the same")
			}
		})
		t.Run("signing in, "+name, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			record := w.registered()
			options, state, err := w.gate.BeginSignIn()
			if err != nil {
				t.Fatal(err)
			}
			b.bend(w)
			got, err := w.gate.FinishSignIn(state, record, w.get(options))
			w.refused(err, b.code)
			if b.code != "" && got.Handle != nil {
				t.Error("a refused sign-in names somebody")
			}
		})
		t.Run("signing, "+name, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			record, intent := w.registered(), evidence.Hash{1, 2, 3}
			options := w.signingOptions(intent, record)
			b.bend(w)
			got, _, err := w.gate.Sign(intent, record, w.get(options))
			w.refused(err, b.code)
			if b.code != "" && got.Signature != nil {
				t.Error("a refused signature is answered all the same")
			}
		})
	}
}

// Case 46: an answer that was heard once serves no second time.
func TestAReplayedAnswerMeetsAnotherChallenge(t *testing.T) {
	t.Parallel()
	w := setup(t)
	record := w.registered()
	options, state, err := w.gate.BeginSignIn()
	if err != nil {
		t.Fatal(err)
	}
	heard := w.get(options)
	if _, err := w.gate.FinishSignIn(state, record, heard); err != nil {
		t.Fatal(err)
	}
	_, next, err := w.gate.BeginSignIn()
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.gate.FinishSignIn(next, record, heard)
	w.refused(err, "passkey.wrong_challenge")

	create, begun, err := w.gate.BeginRegistration(w.person, nil)
	if err != nil {
		t.Fatal(err)
	}
	told := w.create(create)
	_, later, err := w.gate.BeginRegistration(w.person, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.gate.FinishRegistration(w.person, later, told)
	w.refused(err, "passkey.wrong_challenge")
	if _, err := w.gate.FinishRegistration(w.person, begun, told); err != nil {
		t.Errorf("the same answer at its own challenge: %+v", err)
	}
}

// Case 47: dynamic linking.
func TestAnAssertionForOneAmountOrPayeeServesNoOther(t *testing.T) {
	t.Parallel()
	w := setup(t)
	record := w.registered()
	paid := control.Intent{
		Action: control.Release, Subject: "deal:D-1", Version: 7, Amount: 1_000, Currency: "EUR", Payee: "A, DE00 …1234",
		Party: "anvil", Person: "anna", Expires: time.Date(2026, 11, 22, 12, 10, 0, 0, time.UTC), Nonce: "n-1",
	}
	hashOf := func(bend func(*control.Intent)) evidence.Hash {
		t.Helper()
		i := paid
		bend(&i)
		hash, err := i.Hash()
		if err != nil {
			t.Fatal(err)
		}
		return hash
	}
	signed := hashOf(func(*control.Intent) {})
	response := w.get(w.signingOptions(signed, record))
	kept, _, err := w.gate.Sign(signed, record, response)
	if err != nil {
		t.Fatal(err)
	}
	for name, bend := range map[string]func(*control.Intent){
		"amount":   func(i *control.Intent) { i.Amount = 100_000 },
		"payee":    func(i *control.Intent) { i.Payee = "B, DE00 …1234" },
		"currency": func(i *control.Intent) { i.Currency = "USD" },
		"deal":     func(i *control.Intent) { i.Subject = "deal:D-2" },
		"version":  func(i *control.Intent) { i.Version = 8 },
		"action":   func(i *control.Intent) { i.Action = control.Withdraw },
		"time":     func(i *control.Intent) { i.Expires = i.Expires.Add(time.Microsecond) },
		"nonce":    func(i *control.Intent) { i.Nonce = "n-2" },
	} {
		other := hashOf(bend)
		if other == signed {
			t.Fatalf("another %s has the same hash", name)
		}
		_, _, err := w.gate.Sign(other, record, response)
		w.refused(err, "passkey.wrong_challenge")
		w.refused(w.gate.Verify(kept, other), "passkey.wrong_challenge")
	}
	w.refused(w.gate.Verify(kept, evidence.Hash{}), "passkey.wrong_challenge")
	if err := w.gate.Verify(kept, signed); err != nil {
		t.Errorf("its own intent: %+v", err)
	}
}

func TestASignInIsNoSignatureAndASignatureIsNoSignIn(t *testing.T) {
	t.Parallel()
	w := setup(t)
	record, intent := w.registered(), evidence.Hash{9}
	options, state, err := w.gate.BeginSignIn()
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = w.gate.Sign(intent, record, w.get(options))
	w.refused(err, "passkey.wrong_challenge")
	_, err = w.gate.FinishSignIn(state, record, w.get(w.signingOptions(intent, record)))
	w.refused(err, "passkey.wrong_challenge")
}

func TestAnotherPersonsPasskeyIsUnknown(t *testing.T) {
	t.Parallel()
	anna, bert := setup(t), setup(t)
	annas, intent := anna.registered(), evidence.Hash{4}
	berts := bert.registered()
	options, state, err := anna.gate.BeginSignIn()
	if err != nil {
		t.Fatal(err)
	}
	_, err = anna.gate.FinishSignIn(state, annas, bert.get(options))
	anna.refused(err, "passkey.unknown")

	// The right id with another's key is a forged signature.
	bert.key.ID = anna.key.ID
	_, err = anna.gate.FinishSignIn(state, annas, bert.get(options))
	anna.refused(err, "passkey.bad")
	_, _, err = anna.gate.Sign(intent, annas, bert.get(bert.signingOptions(intent, berts)))
	anna.refused(err, "passkey.bad")

	// The right passkey that says it belongs to somebody else.
	anna.device.Options.UserHandle = []byte("account-of-bert")
	_, err = anna.gate.FinishSignIn(state, annas, anna.get(options))
	anna.refused(err, "passkey.unknown")

	// A sign-in that names nobody.
	anna.device.Options.UserHandle = nil
	_, err = anna.gate.FinishSignIn(state, annas, anna.get(options))
	anna.refused(err, "passkey.bad")
}

func TestAFrameOfAnotherSiteMayNotAsk(t *testing.T) {
	t.Parallel()
	w := setup(t)
	record, intent := w.registered(), evidence.Hash{5}
	for name, c := range map[string]struct {
		bend func(answer)
		code string
	}{
		"in a frame":                {func(a answer) { a.client["crossOrigin"] = true }, "passkey.wrong_origin"},
		"in a frame of a named top": {func(a answer) { a.client["topOrigin"] = "https://evil.example" }, "passkey.wrong_origin"},
		"of another ceremony":       {func(a answer) { a.client["type"] = "webauthn.create" }, "passkey.bad"},
		"of a payment":              {func(a answer) { a.client["type"] = "payment.get" }, "passkey.bad"},
		"with padding":              {func(a answer) { a.client["challenge"] = a.client["challenge"].(string) + "=" }, "passkey.wrong_challenge"},
		"with something new":        {func(a answer) { a.client["new_keys_may_be_added_here"] = "ok" }, ""},
		"as it should be":           {func(answer) {}, ""},
	} {
		a := w.answer(intent[:])
		a.client = maps.Clone(a.client)
		c.bend(a)
		_, _, err := w.gate.Sign(intent, record, a.signedBy(t, w.sign))
		if fault.CodeOf(err) != c.code {
			t.Errorf("%s: %q (%+v), want %q", name, fault.CodeOf(err), err, c.code)
		}
	}
	// A name that is there twice could be read in two ways.
	twice := []byte(`{"type":"webauthn.get","challenge":"` + base64.RawURLEncoding.EncodeToString(intent[:]) + `","origin":"https://evil.example","origin":"` + houseURL + `"}`)
	_, _, err := w.gate.Sign(intent, record, w.answer(intent[:]).with(t, twice, w.sign))
	w.refused(err, "passkey.bad")
}

func TestEveryChangedBitOfKeptEvidenceIsFound(t *testing.T) {
	t.Parallel()
	w := setup(t)
	record, intent := w.registered(), evidence.Hash{8}
	kept, _, err := w.gate.Sign(intent, record, w.get(w.signingOptions(intent, record)))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]*[]byte{"client data": &kept.ClientDataJSON, "authenticator data": &kept.AuthenticatorData, "signature": &kept.Signature, "key": &kept.PublicKey}
	for name, part := range parts {
		whole := *part
		for bit := range len(whole) * 8 {
			bent := slices.Clone(whole)
			bent[bit/8] ^= 1 << (bit % 8)
			*part = bent
			if passkey.VerifyAssertion(kept, intent) == nil {
				t.Errorf("%s: bit %d was changed and nobody noticed", name, bit)
			}
		}
		for n := range whole {
			*part = whole[:n]
			if passkey.VerifyAssertion(kept, intent) == nil {
				t.Errorf("%s: cut to %d bytes and nobody noticed", name, n)
			}
		}
		*part = whole
	}
	for _, bend := range []func(){
		func() { kept.Origin = "https://other.example" },
		func() { kept.Origin = houseURL + "/" },
		func() { kept.Origin, kept.RPID = houseURL, "other.example" },
		func() { kept.RPID = "example" },
		func() { kept.RPID = "" },
		func() { kept.RPID, kept.Algorithm = houseID, -257 },
		func() { kept.Algorithm = 0 },
	} {
		bend()
		if passkey.VerifyAssertion(kept, intent) == nil {
			t.Errorf("%q, %q, %d verifies", kept.Origin, kept.RPID, kept.Algorithm)
		}
	}
	kept.Origin, kept.RPID, kept.Algorithm = houseURL, houseID, -7
	if err := passkey.VerifyAssertion(kept, intent); err != nil {
		t.Fatalf("put back as it was: %+v", err)
	}
}

// Nothing but the assertion is at hand here, and its signature is right every time.
func TestKeptEvidenceIsReadStrictlyByItself(t *testing.T) {
	t.Parallel()
	w, device, intent := setup(t), newEdwards(), evidence.Hash{3}
	public, err := x509.MarshalPKIXPublicKey(device.key.Public())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		bend func(*answer)
		tail []byte // after the counter
		code string
	}{
		"as it should be":     {func(*answer) {}, nil, ""},
		"longer than it says": {func(*answer) {}, []byte{0}, "passkey.bad"},
		"with extensions":     {func(a *answer) { a.flags |= 0x80 }, []byte{0xa0}, ""},
		"backed up":           {func(a *answer) { a.flags |= 0x18 }, nil, ""},
		"of a registration":   {func(a *answer) { a.client["type"] = "webauthn.create" }, nil, "passkey.bad"},
		"of a payment":        {func(a *answer) { a.client["type"] = "payment.get" }, nil, "passkey.bad"},
		"without a type":      {func(a *answer) { delete(a.client, "type") }, nil, "passkey.bad"},
		"without a challenge": {func(a *answer) { delete(a.client, "challenge") }, nil, "passkey.wrong_challenge"},
		"of another origin":   {func(a *answer) { a.client["origin"] = "https://evil.example" }, nil, "passkey.wrong_origin"},
		"in a frame":          {func(a *answer) { a.client["crossOrigin"] = true }, nil, "passkey.wrong_origin"},
		"under another top":   {func(a *answer) { a.client["topOrigin"] = houseURL }, nil, "passkey.wrong_origin"},
		"of another house":    {func(a *answer) { a.rpID = "other.example" }, nil, "passkey.wrong_house"},
		"not verified":        {func(a *answer) { a.flags = 0x01 }, nil, "passkey.not_verified"},
		"not touched":         {func(a *answer) { a.flags = 0x04 }, nil, "passkey.not_verified"},
		"backed up in vain":   {func(a *answer) { a.flags |= 0x10 }, nil, "passkey.bad"},
	} {
		a := w.answer(intent[:])
		c.bend(&a)
		client, err := json.Marshal(a.client)
		if err != nil {
			t.Fatal(err)
		}
		auth := append(authData(a.rpID, a.flags, 1), c.tail...)
		hash := sha256.Sum256(client)
		kept := control.Assertion{
			CredentialID: device.id, ClientDataJSON: client, AuthenticatorData: auth, Signature: device.sign(slices.Concat(auth, hash[:])),
			PublicKey: public, Algorithm: -8, RPID: houseID, Origin: houseURL,
		}
		if err := passkey.VerifyAssertion(kept, intent); fault.CodeOf(err) != c.code {
			t.Errorf("%s: %q (%+v), want %q", name, fault.CodeOf(err), err, c.code)
		}
	}
}

func TestEvidenceOfAnImitatorsPageDoesNotVerifyAsTheHouses(t *testing.T) {
	t.Parallel()
	w := setup(t)
	record, intent := w.registered(), evidence.Hash{8}
	kept, _, err := w.gate.Sign(intent, record, w.get(w.signingOptions(intent, record)))
	if err != nil {
		t.Fatal(err)
	}
	evil := kept
	evil.Origin = "https://evil.example"
	w.refused(passkey.VerifyAssertion(evil, intent), "passkey.bad")
	evil.RPID = "evil.example"
	w.refused(passkey.VerifyAssertion(evil, intent), "passkey.wrong_origin")
}

func TestMalformedAnswersAreRefusedAsSuch(t *testing.T) {
	t.Parallel()
	w := setup(t)
	record, intent := w.registered(), evidence.Hash{6}
	_, state, err := w.gate.BeginSignIn()
	if err != nil {
		t.Fatal(err)
	}
	_, begun, err := w.gate.BeginRegistration(w.person, nil)
	if err != nil {
		t.Fatal(err)
	}
	good := string(w.answer(intent[:]).signedBy(t, w.sign))
	for _, response := range []string{
		"", "null", "{}", "[]", "nonsense", good + good, strings.Replace(good, `"public-key"`, `"password"`, 1),
		strings.Replace(good, `"rawId":"`, `"rawId":"AAAA`, 1), `{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{}}`,
		strings.Repeat(" ", 70_000) + good,
	} {
		_, err := w.gate.CredentialOf([]byte(response))
		w.refused(err, "passkey.bad")
		_, err = w.gate.FinishSignIn(state, record, []byte(response))
		w.refused(err, "passkey.bad")
		_, _, err = w.gate.Sign(intent, record, []byte(response))
		w.refused(err, "passkey.bad")
		_, err = w.gate.FinishRegistration(w.person, begun, []byte(response))
		w.refused(err, "passkey.bad")
	}
}

func TestAStateServesItsOwnCeremonyAndPersonOnly(t *testing.T) {
	t.Parallel()
	w := setup(t)
	record := w.registered()
	options, signIn, err := w.gate.BeginSignIn()
	if err != nil {
		t.Fatal(err)
	}
	create, registration, err := w.gate.BeginRegistration(w.person, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.gate.FinishSignIn(registration, record, w.get(options))
	spoiled(t, err)
	_, err = w.gate.FinishRegistration(w.person, signIn, w.create(create))
	spoiled(t, err)
	other := assurance.PasskeyUser{Handle: []byte("account-of-bert"), Email: "bert@anvil.example"}
	_, err = w.gate.FinishRegistration(other, registration, w.create(create))
	spoiled(t, err)
	_, err = w.gate.FinishSignIn(signIn, []byte(`{"id":"AA"}`), w.get(options))
	spoiled(t, err)
}

func spoiled(t *testing.T, err error) {
	t.Helper()
	if fault.CodeOf(err) != "passkey.spoiled" || fault.KindOf(err) != fault.Internal {
		t.Errorf("got %+v, want the house's own fault passkey.spoiled", err)
	}
}

func TestAnAlgorithmThatTheHouseCannotVerifyIsNotRegistered(t *testing.T) {
	t.Parallel()
	w, device := setup(t), newEdwards()
	options, state, err := w.gate.BeginRegistration(w.person, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer := device.create(t, challengeOf(t, options), make([]byte, 16))
	var r map[string]any
	if err := json.Unmarshal(answer, &r); err != nil {
		t.Fatal(err)
	}
	response := r["response"].(map[string]any)
	object, err := base64.RawURLEncoding.DecodeString(response["attestationObject"].(string))
	if err != nil {
		t.Fatal(err)
	}
	// COSE: key type 1, algorithm -8 becomes -7, which is of another key type.
	bent := bytes.Replace(object, []byte{0xa4, 0x01, 0x01, 0x03, 0x27}, []byte{0xa4, 0x01, 0x01, 0x03, 0x26}, 1)
	if bytes.Equal(bent, object) {
		t.Fatal("the algorithm was not found")
	}
	response["attestationObject"] = base64.RawURLEncoding.EncodeToString(bent)
	answer, err = json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.gate.FinishRegistration(w.person, state, answer)
	w.refused(err, "passkey.bad")
}

func FuzzAnswersOfBrowsers(f *testing.F) {
	gate, err := passkey.New(passkey.Options{PublicURL: houseURL})
	if err != nil {
		f.Fatal(err)
	}
	person := assurance.PasskeyUser{Handle: []byte("anna"), Email: "anna@anvil.example"}
	rp := virtualwebauthn.RelyingParty{ID: houseID, Origin: houseURL}
	device := virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: person.Handle})
	key := newKey(virtualwebauthn.KeyTypeEC2)
	options, begun, err := gate.BeginRegistration(person, nil)
	if err != nil {
		f.Fatal(err)
	}
	create, err := virtualwebauthn.ParseAttestationOptions(string(options))
	if err != nil {
		f.Fatal(err)
	}
	registration := virtualwebauthn.CreateAttestationResponse(rp, device, key, *create)
	credential, err := gate.FinishRegistration(person, begun, []byte(registration))
	if err != nil {
		f.Fatal(err)
	}
	intent, other := evidence.Hash{1}, evidence.Hash{2}
	f.Add([]byte(registration))
	f.Add([]byte(virtualwebauthn.CreateAssertionResponse(rp, device, key, virtualwebauthn.AssertionOptions{Challenge: intent[:], RelyingPartyID: houseID})))
	f.Add([]byte(`{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"","signature":""}}`))
	_, fresh, err := gate.BeginRegistration(person, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, response []byte) {
		if _, err := gate.FinishRegistration(person, fresh, response); err == nil {
			t.Error("registered at a challenge that nobody saw")
		}
		if _, _, err := gate.Sign(other, credential.Data, response); err == nil {
			t.Error("signed what nobody was shown")
		}
		if a, _, err := gate.Sign(intent, credential.Data, response); err == nil && gate.Verify(a, intent) != nil {
			t.Error("evidence was taken that does not verify")
		}
	})
}
