package passkey

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"fondaco/internal/fault"
)

// record is what the house keeps of a passkey. It holds no secret: the private
// key never leaves its owner's device.
type record struct {
	ID         []byte   `json:"id"`
	Handle     []byte   `json:"handle"`     // whose it is: the account's id
	PublicKey  []byte   `json:"public_key"` // COSE_Key, as it was registered
	Counter    uint32   `json:"counter"`
	Flags      byte     `json:"flags"` // of the authenticator data that was seen last
	Model      []byte   `json:"model,omitempty"`
	Transports []string `json:"transports,omitempty"`
	Format     string   `json:"format,omitempty"` // of the attestation statement
	Attested   string   `json:"attested,omitempty"`
}

func recordOf(handle []byte, c *webauthn.Credential) record {
	r := record{
		ID:        c.ID,
		Handle:    handle,
		PublicKey: c.PublicKey,
		Counter:   c.Authenticator.SignCount,
		Flags:     byte(c.Flags.ProtocolValue()),
		Model:     c.Authenticator.AAGUID,
		Format:    c.AttestationFormat,
		Attested:  c.AttestationType,
	}
	for _, t := range c.Transport {
		r.Transports = append(r.Transports, string(t))
	}
	return r
}

func readRecord(data []byte) (record, error) {
	var r record
	if err := json.Unmarshal(data, &r); err != nil {
		return record{}, spoiled(err)
	}
	if len(r.ID) == 0 || len(r.Handle) == 0 || len(r.PublicKey) == 0 {
		return record{}, spoiled(errors.New("the record of a passkey is incomplete"))
	}
	return r, nil
}

func readRecords(all [][]byte) ([]record, error) {
	records := make([]record, 0, len(all))
	for _, data := range all {
		r, err := readRecord(data)
		if err != nil {
			return nil, err
		}
		records = append(records, r)
	}
	return records, nil
}

func (r record) bytes() ([]byte, error) {
	data, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("write the record of a passkey: %w", err)
	}
	return data, nil
}

func (r record) credential() webauthn.Credential {
	c := webauthn.Credential{
		ID:                r.ID,
		PublicKey:         r.PublicKey,
		AttestationType:   r.Attested,
		AttestationFormat: r.Format,
		Flags:             webauthn.NewCredentialFlags(protocol.AuthenticatorFlags(r.Flags)),
		Authenticator:     webauthn.Authenticator{AAGUID: r.Model, SignCount: r.Counter},
	}
	for _, t := range r.Transports {
		c.Transport = append(c.Transport, protocol.AuthenticatorTransport(t))
	}
	return c
}

func descriptors(records []record) []protocol.CredentialDescriptor {
	all := make([]protocol.CredentialDescriptor, 0, len(records))
	for _, r := range records {
		c := r.credential()
		all = append(all, c.Descriptor())
	}
	return all
}

// state is what a ceremony needs to know between its two halves.
type state struct {
	Kind      string   `json:"kind"` // webauthn.create or webauthn.get
	Challenge []byte   `json:"challenge"`
	Handle    []byte   `json:"handle,omitempty"`
	Known     [][]byte `json:"known,omitempty"` // ids of the passkeys that are there already
}

func (s state) bytes() ([]byte, error) {
	data, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("write the state of a passkey's ceremony: %w", err)
	}
	return data, nil
}

func readState(data []byte, kind string) (state, error) {
	var s state
	if err := json.Unmarshal(data, &s); err != nil {
		return state{}, spoiled(err)
	}
	if s.Kind != kind || len(s.Challenge) != challengeBytes {
		return state{}, spoiled(errors.New("the state is of another ceremony: " + s.Kind))
	}
	return s, nil
}

// spoiled is the house's own fault: what it kept itself cannot be read.
func spoiled(cause error) *fault.Error {
	return fault.New(fault.Internal, "passkey.spoiled", "What the house kept of a passkey cannot be read.").Because(cause)
}

// owner shows one account and its passkeys to the library.
type owner struct {
	handle      []byte
	email, name string
	credentials []webauthn.Credential
}

func (o owner) WebAuthnID() []byte                         { return o.handle }
func (o owner) WebAuthnName() string                       { return o.email }
func (o owner) WebAuthnDisplayName() string                { return o.name }
func (o owner) WebAuthnCredentials() []webauthn.Credential { return o.credentials }
