package passkey

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/control"
	"fondaco/internal/trade/evidence"
)

// BeginSignIn answers the options for navigator.credentials.get as JSON, which name
// nobody, and the state for [Gate.FinishSignIn].
func (g *Gate) BeginSignIn() (options, begun []byte, err error) {
	s := state{Kind: string(protocol.AssertCeremony), Challenge: freshChallenge()}
	assertion, err := g.ask(s.Challenge, nil)
	if err != nil {
		return nil, nil, err
	}
	return marshal(assertion, s)
}

// CredentialOf reads which passkey a response speaks of, in base64url without padding.
// Nothing is checked but its form; it fails with Invalid passkey.bad.
func (g *Gate) CredentialOf(response []byte) (string, error) {
	parsed, err := parseAssertion(response)
	if err != nil {
		return "", err
	}
	return base64url(parsed.RawID), nil
}

// FinishSignIn checks a response against the passkey that it names. It fails with Invalid
// passkey.bad, Unauthenticated passkey.unknown (the response is of another passkey), or Refused
// passkey.wrong_origin, passkey.wrong_house, passkey.wrong_challenge, passkey.not_verified.
func (g *Gate) FinishSignIn(begun, credential, response []byte) (assurance.PasskeyUse, error) {
	s, err := readState(begun, string(protocol.AssertCeremony))
	if err != nil {
		return assurance.PasskeyUse{}, err
	}
	parsed, err := parseAssertion(response)
	if err != nil {
		return assurance.PasskeyUse{}, err
	}
	if len(parsed.Response.UserHandle) == 0 {
		return assurance.PasskeyUse{}, bad(errors.New("a sign-in without a user handle"))
	}
	_, use, err := g.verify(s.Challenge, credential, parsed)
	return use, err
}

// SigningOptions answers the options for navigator.credentials.get as JSON. Their
// challenge is the hash itself, and only the passkeys in have may answer. It fails with
// Refused passkey.none if there are none.
func (g *Gate) SigningOptions(hash evidence.Hash, have [][]byte) ([]byte, error) {
	records, err := readRecords(have)
	if err != nil {
		return nil, err
	}
	if len(records) == 0 {
		return nil, fault.New(fault.Refused, "passkey.none", "You have no passkey to sign with. Add one in your account first.")
	}
	assertion, err := g.ask(hash[:], descriptors(records))
	if err != nil {
		return nil, err
	}
	options, err := json.Marshal(assertion)
	if err != nil {
		return nil, fmt.Errorf("write the options for a passkey: %w", err)
	}
	return options, nil
}

// Sign checks a response to [Gate.SigningOptions] and returns the assertion to keep,
// which [VerifyAssertion] has accepted. It fails as [Gate.FinishSignIn] does.
func (g *Gate) Sign(hash evidence.Hash, credential, response []byte) (control.Assertion, assurance.PasskeyUse, error) {
	parsed, err := parseAssertion(response)
	if err != nil {
		return control.Assertion{}, assurance.PasskeyUse{}, err
	}
	r, use, err := g.verify(hash[:], credential, parsed)
	if err != nil {
		return control.Assertion{}, assurance.PasskeyUse{}, err
	}
	key, algorithm, err := spki(r.PublicKey)
	if err != nil {
		return control.Assertion{}, assurance.PasskeyUse{}, bad(err)
	}
	a := control.Assertion{
		CredentialID:      r.ID,
		ClientDataJSON:    parsed.Raw.AssertionResponse.ClientDataJSON,
		AuthenticatorData: parsed.Raw.AssertionResponse.AuthenticatorData,
		Signature:         parsed.Raw.AssertionResponse.Signature,
		PublicKey:         key,
		Algorithm:         algorithm,
		RPID:              g.rpID,
		Origin:            g.origin,
	}
	if err := VerifyAssertion(a, hash); err != nil {
		return control.Assertion{}, assurance.PasskeyUse{}, err
	}
	return a, use, nil
}

// Verify checks a kept assertion by itself, as [VerifyAssertion] does.
func (g *Gate) Verify(a control.Assertion, hash evidence.Hash) error {
	return VerifyAssertion(a, hash)
}

// ask makes the options of an assertion; without allowed passkeys any of this house may answer.
func (g *Gate) ask(challenge []byte, allowed []protocol.CredentialDescriptor) (*protocol.CredentialAssertion, error) {
	assertion, _, err := g.library.BeginDiscoverableLogin(
		webauthn.WithChallenge(challenge),
		webauthn.WithUserVerification(protocol.VerificationRequired),
		webauthn.WithAllowedCredentials(allowed),
		func(o *protocol.PublicKeyCredentialRequestOptions) error {
			o.Timeout = int(patience.Milliseconds())
			return nil
		},
	)
	if err != nil {
		return nil, fmt.Errorf("ask for a passkey: %w", err)
	}
	return assertion, nil
}

// verify checks an answer against the challenge and the passkey that it must be of.
func (g *Gate) verify(challenge, credential []byte, parsed *protocol.ParsedCredentialAssertionData) (record, assurance.PasskeyUse, error) {
	var none assurance.PasskeyUse
	r, err := readRecord(credential)
	if err != nil {
		return record{}, none, err
	}
	if handle := parsed.Response.UserHandle; !bytes.Equal(parsed.RawID, r.ID) || len(handle) > 0 && !bytes.Equal(handle, r.Handle) {
		return record{}, none, unknown()
	}
	c := ceremony{kind: string(protocol.AssertCeremony), challenge: challenge, origin: g.origin, rpID: g.rpID}
	if err := c.check(parsed.Raw.AssertionResponse.ClientDataJSON, parsed.Raw.AssertionResponse.AuthenticatorData); err != nil {
		return record{}, none, err
	}
	held := owner{handle: r.Handle, credentials: []webauthn.Credential{r.credential()}}
	after, err := g.library.ValidateLogin(held, webauthn.SessionData{
		Challenge:            base64url(challenge),
		RelyingPartyID:       g.rpID,
		UserID:               r.Handle,
		AllowedCredentialIDs: [][]byte{r.ID},
		UserVerification:     protocol.VerificationRequired,
	}, parsed)
	if err != nil {
		return record{}, none, bad(err)
	}
	r.Counter, r.Flags = after.Authenticator.SignCount, byte(after.Flags.ProtocolValue())
	data, err := r.bytes()
	if err != nil {
		return record{}, none, err
	}
	return r, assurance.PasskeyUse{ID: base64url(r.ID), Handle: r.Handle, Data: data, Regressed: after.Authenticator.CloneWarning}, nil
}

func parseAssertion(response []byte) (*protocol.ParsedCredentialAssertionData, error) {
	if len(response) > responseMax {
		return nil, bad(errors.New("the answer is too long"))
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(response)
	if err != nil {
		return nil, bad(err)
	}
	return parsed, nil
}
