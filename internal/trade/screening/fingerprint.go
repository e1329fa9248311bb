package screening

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"fondaco/internal/fault"
)

// Fingerprint changes when anything changes that a match, or a person's judgement
// of it, rests on: everything that the list says of the party. It is SHA-256 in 64
// hexadecimal digits.
func (e *Entry) Fingerprint() string {
	text, err := json.Marshal(e)
	fault.Assert(err == nil, "screening.entry", "an entry can be written as JSON")
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
