package passkey_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"slices"
	"testing"

	"github.com/descope/virtualwebauthn"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/passkey"
	"fondaco/internal/trade/evidence"
)

const (
	houseURL = "https://house.example"
	houseID  = "house.example"
)

// world is a house, a person and the device that holds that person's passkey.
type world struct {
	t      *testing.T
	gate   *passkey.Gate
	rp     virtualwebauthn.RelyingParty
	device virtualwebauthn.Authenticator
	key    virtualwebauthn.Credential
	person assurance.PasskeyUser
}

func setup(t *testing.T) *world {
	t.Helper()
	return setupWith(t, virtualwebauthn.KeyTypeEC2)
}

func setupWith(t *testing.T, kind virtualwebauthn.KeyType) *world {
	t.Helper()
	gate, err := passkey.New(passkey.Options{PublicURL: houseURL, Name: "Hanse Assurance"})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, gate: gate, key: newKey(kind)}
	w.rp = virtualwebauthn.RelyingParty{ID: houseID, Name: "Hanse Assurance", Origin: houseURL}
	w.person = assurance.PasskeyUser{Handle: []byte("account-of-anna"), Email: "anna@anvil.example", Name: "Anna"}
	w.device = virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: w.person.Handle})
	return w
}

// newKey returns a key whose COSE form is right. The virtual device writes a
// coordinate of P-256 without its leading zeros, in one key of 128, where RFC 9053
// (section 7.1.1) wants all 32 bytes; the house refuses such a key.
func newKey(kind virtualwebauthn.KeyType) virtualwebauthn.Credential {
	const whole = 77 // bytes of a P-256 key in COSE form
	for {
		c := virtualwebauthn.NewCredential(kind)
		if kind != virtualwebauthn.KeyTypeEC2 || len(c.Key.AttestationData()) == whole {
			return c
		}
	}
}

// create plays the browser's half of a registration.
func (w *world) create(options []byte) []byte {
	w.t.Helper()
	o, err := virtualwebauthn.ParseAttestationOptions(string(options))
	if err != nil {
		w.t.Fatal(err)
	}
	return []byte(virtualwebauthn.CreateAttestationResponse(w.rp, w.device, w.key, *o))
}

// get plays the browser's half of a sign-in or of signing an intent.
func (w *world) get(options []byte) []byte {
	w.t.Helper()
	o, err := virtualwebauthn.ParseAssertionOptions(string(options))
	if err != nil {
		w.t.Fatal(err)
	}
	return []byte(virtualwebauthn.CreateAssertionResponse(w.rp, w.device, w.key, *o))
}

// registered returns the record of the person's passkey.
func (w *world) registered() []byte {
	w.t.Helper()
	options, state, err := w.gate.BeginRegistration(w.person, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	credential, err := w.gate.FinishRegistration(w.person, state, w.create(options))
	if err != nil {
		w.t.Fatalf("%+v", err)
	}
	if want := base64.RawURLEncoding.EncodeToString(w.key.ID); credential.ID != want {
		w.t.Fatalf("registered %q, want %q", credential.ID, want)
	}
	return credential.Data
}

func (w *world) signingOptions(hash evidence.Hash, record []byte) []byte {
	w.t.Helper()
	options, err := w.gate.SigningOptions(hash, [][]byte{record})
	if err != nil {
		w.t.Fatal(err)
	}
	return options
}

func (w *world) refused(err error, code string) {
	w.t.Helper()
	if fault.CodeOf(err) != code {
		w.t.Errorf("got %q (%+v), want %q", fault.CodeOf(err), err, code)
	}
	if k := fault.KindOf(err); err != nil && k == fault.Internal {
		w.t.Errorf("a stranger's answer is told as the house's own fault: %+v", err)
	}
}

// answer is a browser's answer whose every part a test may bend before it is signed.
type answer struct {
	client map[string]any
	rpID   string
	flags  byte
	count  uint32
	handle []byte
	id     []byte
}

func (w *world) answer(challenge []byte) answer {
	return answer{
		client: map[string]any{"type": "webauthn.get", "challenge": base64.RawURLEncoding.EncodeToString(challenge), "origin": houseURL, "crossOrigin": false},
		rpID:   houseID, flags: 0x05, handle: w.person.Handle, id: w.key.ID,
	}
}

// signedBy returns the answer as the browser sends it, signed by the device's key.
func (a answer) signedBy(t *testing.T, sign func(message []byte) []byte) []byte {
	t.Helper()
	client, err := json.Marshal(a.client)
	if err != nil {
		t.Fatal(err)
	}
	return a.with(t, client, sign)
}

func (a answer) with(t *testing.T, client []byte, sign func(message []byte) []byte) []byte {
	t.Helper()
	auth := authData(a.rpID, a.flags, a.count)
	hash := sha256.Sum256(client)
	b64 := base64.RawURLEncoding.EncodeToString
	response, err := json.Marshal(map[string]any{
		"id": b64(a.id), "rawId": b64(a.id), "type": "public-key", "clientExtensionResults": map[string]any{"credProps": map[string]any{"rk": true}},
		"response": map[string]any{
			"clientDataJSON": b64(client), "authenticatorData": b64(auth), "userHandle": b64(a.handle),
			"signature": b64(sign(slices.Concat(auth, hash[:]))),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return response
}

func (w *world) sign(message []byte) []byte {
	w.t.Helper()
	digest := sha256.Sum256(message)
	signature, err := w.key.Key.Sign(digest[:])
	if err != nil {
		w.t.Fatal(err)
	}
	return signature
}

func authData(rpID string, flags byte, count uint32) []byte {
	id := sha256.Sum256([]byte(rpID))
	return binary.BigEndian.AppendUint32(append(id[:], flags), count)
}

// edwards is a device with an Ed25519 key, whose attestation says nothing, as most
// devices of people do.
type edwards struct {
	id  []byte
	key ed25519.PrivateKey
}

func newEdwards() edwards {
	return edwards{id: []byte("edwards-credential-0001"), key: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))}
}

func (e edwards) sign(message []byte) []byte { return ed25519.Sign(e.key, message) }

// create answers a registration; CBOR is written by hand (RFC 8949).
func (e edwards) create(t *testing.T, challenge []byte, model []byte) []byte {
	t.Helper()
	public := e.key[32:]
	cose := slices.Concat([]byte{0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21, 0x58, 0x20}, public)
	auth := slices.Concat(authData(houseID, 0x45, 0), model, binary.BigEndian.AppendUint16(nil, uint16(len(e.id))), e.id, cose)
	object := slices.Concat(
		[]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"), []byte{byte(len(auth))}, auth)
	b64 := base64.RawURLEncoding.EncodeToString
	client, err := json.Marshal(map[string]any{"type": "webauthn.create", "challenge": b64(challenge), "origin": houseURL})
	if err != nil {
		t.Fatal(err)
	}
	response, err := json.Marshal(map[string]any{
		"id": b64(e.id), "rawId": b64(e.id), "type": "public-key",
		"response": map[string]any{"clientDataJSON": b64(client), "attestationObject": b64(object), "transports": []string{"internal", "hybrid"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return response
}

// challengeOf reads the challenge out of a browser's options.
func challengeOf(t *testing.T, options []byte) []byte {
	t.Helper()
	var o struct {
		PublicKey struct {
			Challenge string `json:"challenge"`
		} `json:"publicKey"`
	}
	if err := json.Unmarshal(options, &o); err != nil {
		t.Fatal(err)
	}
	challenge, err := base64.RawURLEncoding.DecodeString(o.PublicKey.Challenge)
	if err != nil || len(challenge) == 0 {
		t.Fatalf("no challenge in %s", options)
	}
	return challenge
}
