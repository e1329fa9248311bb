package control

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"fondaco/internal/fault"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
)

// The ways to prove a consent, the strongest first.
const (
	Passkey = "passkey" // a signature over the intent's hash
	TOTP    = "totp"    // a code of an authenticator
	Code    = "code"    // a code that was sent, or a recovery code
)

// Assertion is a passkey's signature with everything that verifies it
// (WebAuthn Level 3): anybody can, without asking the house.
type Assertion struct {
	CredentialID      []byte `json:"credential_id"`
	ClientDataJSON    []byte `json:"client_data_json"`
	AuthenticatorData []byte `json:"authenticator_data"`
	Signature         []byte `json:"signature"`
	PublicKey         []byte `json:"public_key"` // SubjectPublicKeyInfo, DER
	Algorithm         int64  `json:"algorithm"`  // COSE
	RPID              string `json:"rp_id"`
	Origin            string `json:"origin"`
}

// Consent is one person's yes to one hash.
type Consent struct {
	Person    identity.PersonID `json:"person"`
	Name      string            `json:"name"`   // to tell two accounts of one person
	Device    string            `json:"device"` // the mark of the browser or program, the same for the same device
	Method    string            `json:"method"`
	Hash      evidence.Hash     `json:"hash"` // of the intent
	Assertion *Assertion        `json:"assertion,omitempty"`
	At        time.Time         `json:"at"`
}

// FoldName is the spelling of a person's name by which two accounts of one person
// are told: without letter case, compatibility forms, marks between words, or the order of words.
func FoldName(s string) string {
	s = norm.NFKC.String(cases.Fold().String(norm.NFKC.String(s)))
	words := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" \t\n\u00a0.,;-'\u2019\u00b7", r) })
	slices.Sort(words)
	return strings.Join(words, " ")
}

// samePerson reports whether two consents may come from one human being. What is
// not known counts as the same.
func samePerson(a, b Consent) bool {
	nameA, nameB := FoldName(a.Name), FoldName(b.Name)
	switch {
	case a.Person == b.Person,
		nameA == "" || nameB == "" || nameA == nameB,
		a.Device == "" || b.Device == "" || a.Device == b.Device:
		return true
	case a.Assertion == nil || b.Assertion == nil:
		return false
	}
	return bytes.Equal(a.Assertion.PublicKey, b.Assertion.PublicKey) || bytes.Equal(a.Assertion.CredentialID, b.Assertion.CredentialID)
}

// Flags of the authenticator data (WebAuthn, 6.1).
const (
	userPresent  = 0x01
	userVerified = 0x04
	authDataMin  = 37 // bytes: hash, flags, counter
)

// check refuses an assertion that was not made over the hash, for this relying
// party and origin, by a verified user. It does not verify the signature.
func (a Assertion) check(h evidence.Hash) error {
	if len(a.CredentialID) == 0 || len(a.Signature) == 0 || len(a.PublicKey) == 0 || a.RPID == "" || a.Origin == "" {
		return badAssertion("incomplete")
	}
	// The canonical form is asked for because it refuses a key that is there twice.
	if _, err := evidence.CanonicalJSON(a.ClientDataJSON); err != nil {
		return badAssertion("client data")
	}
	var fields map[string]any
	if err := json.Unmarshal(a.ClientDataJSON, &fields); err != nil {
		return badAssertion("client data")
	}
	text := func(name string) string { s, _ := fields[name].(string); return s }
	if text("type") != "webauthn.get" {
		return badAssertion("type")
	}
	if text("challenge") != base64.RawURLEncoding.EncodeToString(h[:]) {
		return fault.New(fault.Refused, "control.other_intent", "This signature is for something else. Look at the page again, and sign again.")
	}
	if text("origin") != a.Origin {
		return badAssertion("origin")
	}
	if crossOrigin, _ := fields["crossOrigin"].(bool); crossOrigin {
		return badAssertion("cross origin")
	}
	rp := evidence.HashOf([]byte(a.RPID))
	if len(a.AuthenticatorData) < authDataMin || !bytes.Equal(a.AuthenticatorData[:evidence.HashSize], rp[:]) {
		return badAssertion("relying party")
	}
	if flags := a.AuthenticatorData[evidence.HashSize]; flags&userPresent == 0 || flags&userVerified == 0 {
		return badAssertion("user verification")
	}
	return nil
}

func badAssertion(part string) error {
	return fault.New(fault.Refused, "control.bad_assertion", "The passkey's answer does not fit: {part}.").With("part", part)
}
