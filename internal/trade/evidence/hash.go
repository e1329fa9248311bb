package evidence

import (
	"crypto/sha256"
	"encoding/hex"

	"fondaco/internal/fault"
)

// HashSize is the length of a Hash in bytes.
const HashSize = sha256.Size

// SaltSize is the length in bytes of the salt that hides a payload behind its commitment.
const SaltSize = 16

// Hash is a SHA-256 value: of a document, of an entry, or of a node of the tree.
type Hash [HashSize]byte

// HashOf returns the SHA-256 of b.
func HashOf(b []byte) Hash { return sha256.Sum256(b) }

// ParseHash reads the form String writes: 64 lower-case hexadecimal digits.
// Anything else is refused with evidence.bad_hash.
func ParseHash(text string) (Hash, error) {
	var h Hash
	if len(text) != 2*HashSize {
		return Hash{}, badHash()
	}
	if _, err := hex.Decode(h[:], []byte(text)); err != nil {
		return Hash{}, badHash()
	}
	if h.String() != text {
		return Hash{}, badHash()
	}
	return h, nil
}

func badHash() error {
	return fault.New(fault.Invalid, "evidence.bad_hash", "A hash is written as 64 lower-case hexadecimal digits.")
}

// String returns the hash as 64 lower-case hexadecimal digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// IsZero reports whether every byte is zero, which means "no hash was set".
func (h Hash) IsZero() bool { return h == Hash{} }

// MarshalText writes the form ParseHash reads.
func (h Hash) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// UnmarshalText reads the form MarshalText writes; it fails with evidence.bad_hash.
func (h *Hash) UnmarshalText(text []byte) error {
	parsed, err := ParseHash(string(text))
	if err != nil {
		return err
	}
	*h = parsed
	return nil
}

// Commit binds a payload to its entry without revealing it:
// SHA-256("fondaco/payload/v1" || 0x00 || salt || payload).
// The salt must be fresh and random for every payload, and is erased with it.
func Commit(salt [SaltSize]byte, payload []byte) Hash {
	sum := sha256.New()
	sum.Write([]byte("fondaco/payload/v1\x00"))
	sum.Write(salt[:])
	sum.Write(payload)
	var h Hash
	sum.Sum(h[:0])
	return h
}
