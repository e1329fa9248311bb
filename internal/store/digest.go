package store

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/google/uuid"

	"fondaco/internal/assurance"
)

// digestsOf are the 8 bytes by which the answer to a key is found. Two keys of one
// digest stand in each other's way: the later is refused as a conflict. Among a
// thousand million keys the chance that there are two such is about 3 in 100.
//
// Digests of keys that hold a time, as UUIDs of version 7 do (RFC 9562), begin with
// the quarter of a second they were made in, modulo 17 minutes: keys that come
// together lie together in the index, of which a commit then writes a few pages
// instead of one for each key. Those of any other key are spread over all of it.
// Plain is the digest without the time, under which houses kept answers at first.
func digestsOf(k assurance.AnswerKey) (digest, plain int64) {
	sum := sha256.Sum256([]byte(k.Caller + "\x00" + k.Key))
	all := binary.BigEndian.Uint64(sum[:8])
	plain = int64(all) //nolint:gosec // any 64 bits will do
	milliseconds, timed := momentIn(k.Key)
	if !timed {
		return plain, plain
	}
	return int64(milliseconds>>quarter<<(64-timeBits) | all>>timeBits), plain //nolint:gosec // any 64 bits will do
}

const (
	quarter  = 8  // bits of 256 milliseconds
	timeBits = 12 // of a digest
)

// momentIn is the time of the first UUID of version 7 in a key, in milliseconds
// since 1970.
func momentIn(key string) (milliseconds uint64, found bool) {
	const length, version = 36, 14 // of a UUID as text, and the place of its version
	for i := 0; i+length <= len(key); i++ {
		if key[i+version] != '7' || key[i+version-1] != '-' {
			continue
		}
		if id, err := uuid.Parse(key[i : i+length]); err == nil {
			return binary.BigEndian.Uint64(id[:8]) >> 16, true
		}
	}
	return 0, false
}
