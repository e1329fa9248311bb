package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"strconv"

	"github.com/google/uuid"

	"fondaco/internal/assurance"
)

// digestOf are the 8 bytes by which the answer to a key is found. Two keys of one
// digest stand in each other's way: the later is refused as a conflict. Among a
// thousand million keys the chance that there are two such is about 3 in 100.
//
// Digests of keys that hold a time from timed on, as UUIDs of version 7 do (RFC 9562),
// begin with the millisecond they were made in, modulo four hours and 40 minutes: keys
// that come together lie together in the index, of which a commit then writes a page
// or two instead of one for each key. Those of any other key are spread over all of it.
func digestOf(k assurance.AnswerKey, timed int64) int64 {
	sum := sha256.Sum256([]byte(k.Caller + "\x00" + k.Key))
	digest := binary.BigEndian.Uint64(sum[:8])
	if at := momentIn(k.Key); at > 0 && at >= timed {
		digest = uint64(at)<<(64-timeBits) | digest>>timeBits
	}
	return int64(digest) //nolint:gosec // any 64 bits will do
}

const timeBits = 24 // of a digest

// momentIn is the time of the first UUID of version 7 in a key, in milliseconds
// since 1970; 0 if there is none.
func momentIn(key string) int64 {
	const length, version = 36, 14 // of a UUID as text, and the place of its version
	for i := 0; i+length <= len(key); i++ {
		if key[i+version] != '7' || key[i+version-1] != '-' {
			continue
		}
		if id, err := uuid.Parse(key[i : i+length]); err == nil {
			return int64(binary.BigEndian.Uint64(id[:8]) >> 16)
		}
	}
	return 0
}

// timedSetting is from when on digests hold the time of their keys, in milliseconds
// since 1970, in a house that has kept answers under others. The step that began this
// has set it a day ahead: nodes that know no such digest go on until then, and a key is
// kept under one digest only, by whomever.
const timedSetting = "digests_timed_from"

// timedFrom reads it; 0 means always.
func (s *Store) timedFrom(ctx context.Context) (int64, error) {
	if from := s.timed.Load(); from != nil {
		return *from, nil
	}
	text, err := s.Setting(ctx, timedSetting)
	if err != nil {
		return 0, err
	}
	from := int64(0)
	if text != "" {
		if from, err = strconv.ParseInt(text, 10, 64); err != nil {
			return 0, corrupt("setting." + timedSetting)
		}
	}
	s.timed.Store(&from)
	return from, nil
}
