package passkey

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
)

// BeginRegistration answers the options for navigator.credentials.create as JSON, and
// the state for [Gate.FinishRegistration]. The passkeys in have are excluded, so
// that no authenticator makes a second one for the same person.
func (g *Gate) BeginRegistration(person assurance.PasskeyUser, have [][]byte) (options, begun []byte, err error) {
	records, err := readRecords(have)
	if err != nil {
		return nil, nil, err
	}
	s := state{Kind: string(protocol.CreateCeremony), Challenge: freshChallenge(), Handle: person.Handle}
	for _, r := range records {
		s.Known = append(s.Known, r.ID)
	}
	creation, _, err := g.library.BeginRegistration(ownerOf(person),
		webauthn.WithCredentialParameters(algorithms()),
		webauthn.WithExclusions(descriptors(records)),
		webauthn.WithAuthenticatorSelection(protocol.AuthenticatorSelection{UserVerification: protocol.VerificationRequired}),
		webauthn.WithResidentKeyRequirement(protocol.ResidentKeyRequirementRequired),
		webauthn.WithConveyancePreference(protocol.PreferNoAttestation),
		func(o *protocol.PublicKeyCredentialCreationOptions) error {
			o.Challenge, o.Timeout = s.Challenge, int(patience.Milliseconds())
			return nil
		},
	)
	if err != nil {
		return nil, nil, fmt.Errorf("begin the registration of a passkey: %w", err)
	}
	return marshal(creation, s)
}

// FinishRegistration checks the browser's answer and returns the passkey to keep.
// It fails with Invalid passkey.bad, Conflict passkey.known, or Refused
// passkey.wrong_origin, passkey.wrong_house, passkey.wrong_challenge, passkey.not_verified.
func (g *Gate) FinishRegistration(person assurance.PasskeyUser, begun, response []byte) (assurance.PasskeyCredential, error) {
	var none assurance.PasskeyCredential
	s, err := readState(begun, string(protocol.CreateCeremony))
	if err != nil {
		return none, err
	}
	if !bytes.Equal(s.Handle, person.Handle) {
		return none, spoiled(errors.New("the registration was begun by somebody else"))
	}
	if len(response) > responseMax {
		return none, bad(errors.New("the answer is too long"))
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(response)
	if err != nil {
		return none, bad(err)
	}
	c := ceremony{kind: s.Kind, challenge: s.Challenge, origin: g.origin, rpID: g.rpID}
	if err := c.check(parsed.Raw.AttestationResponse.ClientDataJSON, parsed.Response.AttestationObject.RawAuthData); err != nil {
		return none, err
	}
	credential, err := g.library.CreateCredential(ownerOf(person), webauthn.SessionData{
		Challenge:        base64url(s.Challenge),
		RelyingPartyID:   g.rpID,
		UserID:           s.Handle,
		UserVerification: protocol.VerificationRequired,
		CredParams:       algorithms(),
	}, parsed)
	if err != nil {
		return none, bad(err)
	}
	if slices.ContainsFunc(s.Known, func(id []byte) bool { return bytes.Equal(id, credential.ID) }) {
		return none, fault.New(fault.Conflict, "passkey.known", "This passkey is registered already.")
	}
	// A key that VerifyAssertion could not read later must not come in now.
	if _, _, err := spki(credential.PublicKey); err != nil {
		return none, bad(err)
	}
	data, err := recordOf(s.Handle, credential).bytes()
	if err != nil {
		return none, err
	}
	return assurance.PasskeyCredential{ID: base64url(credential.ID), Data: data, Label: modelName(credential.Authenticator.AAGUID)}, nil
}

func ownerOf(p assurance.PasskeyUser) owner {
	name := p.Name
	if name == "" {
		name = p.Email
	}
	return owner{handle: p.Handle, email: p.Email, name: name}
}

// marshal writes the options for the browser and the state for the second half.
func marshal(options any, s state) (forBrowser, begun []byte, err error) {
	if forBrowser, err = json.Marshal(options); err != nil {
		return nil, nil, fmt.Errorf("write the options for a passkey: %w", err)
	}
	begun, err = s.bytes()
	return forBrowser, begun, err
}
