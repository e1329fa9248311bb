package passkey

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"

	"github.com/go-json-experiment/json"

	"fondaco/internal/fault"
)

// The bits of authenticator data (WebAuthn Level 3, section 6.1).
const (
	userPresent  = 0x01
	userVerified = 0x04
	eligible     = 0x08 // may be kept in more than one place
	backedUp     = 0x10
	attested     = 0x40
	extended     = 0x80
)

// authHead is how long authenticator data is at least: RP id hash, flags, counter.
const authHead = sha256.Size + 1 + 4

// ceremony is what a browser's answer must be about.
type ceremony struct {
	kind      string // webauthn.create or webauthn.get
	challenge []byte
	origin    string
	rpID      string
}

// clientData is what the browser says it saw (WebAuthn Level 3, section 5.8.1).
type clientData struct {
	Type        string `json:"type"`
	Challenge   string `json:"challenge"`
	Origin      string `json:"origin"`
	CrossOrigin bool   `json:"crossOrigin"`
	TopOrigin   string `json:"topOrigin"`
}

// check compares an answer with the ceremony it should belong to.
func (c ceremony) check(client, auth []byte) error {
	var said clientData
	// The strict decoder refuses a name that is there twice, which two readers could read in two ways.
	if err := json.Unmarshal(client, &said); err != nil {
		return bad(err)
	}
	if len(auth) < authHead {
		return bad(errors.New("authenticator data is too short"))
	}
	if said.Type != c.kind {
		return bad(errors.New("the answer is of another ceremony: " + said.Type))
	}
	challenge, err := base64.RawURLEncoding.Strict().DecodeString(said.Challenge)
	if err != nil || subtle.ConstantTimeCompare(challenge, c.challenge) != 1 {
		return fault.New(fault.Refused, "passkey.wrong_challenge", "The passkey signed something else than what was asked for, or answered an older question. Try again.")
	}
	if said.Origin != c.origin || said.CrossOrigin || said.TopOrigin != "" {
		return fault.New(fault.Refused, "passkey.wrong_origin", "The passkey was used on a page of {origin}, not on a page of this house. Somebody may be imitating it.").With("origin", shown(said.Origin))
	}
	return c.authenticator(auth)
}

func (c ceremony) authenticator(auth []byte) error {
	id := sha256.Sum256([]byte(c.rpID))
	if !bytes.Equal(auth[:sha256.Size], id[:]) {
		return fault.New(fault.Refused, "passkey.wrong_house", "This passkey belongs to another house.")
	}
	flags := auth[sha256.Size]
	if flags&userPresent == 0 || flags&userVerified == 0 {
		return fault.New(fault.Refused, "passkey.not_verified", "The passkey did not check who you are. Use one that asks for a PIN, a fingerprint or your face.")
	}
	switch {
	case flags&backedUp != 0 && flags&eligible == 0:
		return bad(errors.New("backed up, but not eligible for it"))
	case flags&(attested|extended) == 0 && len(auth) != authHead:
		return bad(errors.New("authenticator data is longer than it says"))
	}
	return nil
}

// shown cuts what a stranger wrote to what a sentence can hold.
func shown(origin string) string {
	const longest = 80
	clean := make([]rune, 0, longest)
	for _, r := range origin {
		if len(clean) == longest {
			break
		}
		if r < 0x21 || r > 0x7e {
			r = '?'
		}
		clean = append(clean, r)
	}
	return string(clean)
}
