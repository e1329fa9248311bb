package password

import (
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"io"
	"math"
	"math/bits"
	"slices"
	"strings"
	"time"

	"github.com/FastFilter/xorfilter"

	"fondaco/internal/fault"
)

// common is the filter over the published list; it is read, never written.
//
//go:embed common.bin
var common []byte

// Blocklist is a set of passwords that may not be used, compiled into a filter:
// what is in the list is always held, what is not is held once in 65,536 times.
// The zero Blocklist holds nothing.
type Blocklist struct {
	origin Origin
	count  int
	source [sha256.Size]byte
	tiers  []filter // the whole list last, those that are not smaller left out
}

// filter is two halves that must both hold a password.
type filter [2]xorfilter.BinaryFuse[uint8]

func (f filter) holds(keys [2]uint64) bool { return f[0].Contains(keys[0]) && f[1].Contains(keys[1]) }

// tiers are the sizes of the parts of a list, counted from its first line, that
// have a filter of their own: what is more common is guessed sooner.
func tiers() []int { return []int{1_000, 10_000, 100_000, listMax} }

// tierBits is what it costs to guess a password of a tier, which counts from 1.
func tierBits(tier int) float64 { return math.Log2(float64(min(tiers()[tier-1], 1_000_000))) }

// listMax is how many different passwords a list may have.
const listMax = 30_000_000

// Origin is where a list comes from.
type Origin struct {
	Version string    // name and version of the source, at most 64 bytes
	Dated   time.Time // day of the source, UTC
}

// BuiltIn returns the list that is compiled into the program.
func BuiltIn() Blocklist {
	b, err := parse(common)
	fault.Assert(err == nil, "password.built_in", "the blocklist in the program can be read")
	return b
}

// Common reports whether the built-in list holds the password, whatever its case
// and its form of Unicode.
func Common(pw string) bool { return BuiltIn().Holds(pw) }

// Holds reports whether the list holds the password, whatever its case and its
// form of Unicode.
func (b Blocklist) Holds(pw string) bool { return b.has(fold(pw)) }

// Count returns how many different folded passwords are in the list.
func (b Blocklist) Count() int { return b.count }

// Version returns the name and version of the source.
func (b Blocklist) Version() string { return b.origin.Version }

// Dated returns the day of the source, UTC; zero for the zero Blocklist.
func (b Blocklist) Dated() time.Time { return b.origin.Dated }

// Source returns the SHA-256 of the list that the filter was built from.
func (b Blocklist) Source() [sha256.Size]byte { return b.source }

func (b Blocklist) has(folded string) bool {
	return b.count > 0 && b.tiers[len(b.tiers)-1].holds(keysOf(folded))
}

// tier returns the number of the first tier that holds the password, counted from
// 1, and 0 when none does. The whole list is the last tier, however long it is.
func (b Blocklist) tier(folded string) int {
	keys := keysOf(folded)
	if b.count == 0 || !b.tiers[len(b.tiers)-1].holds(keys) {
		return 0
	}
	for i, f := range b.tiers[:len(b.tiers)-1] {
		if f.holds(keys) {
			return i + 1
		}
	}
	return len(tiers())
}

// keysOf returns two independent keys of a folded password, one for each half.
func keysOf(folded string) [2]uint64 {
	sum := sha256.Sum256([]byte(folded))
	return [2]uint64{binary.LittleEndian.Uint64(sum[:8]), binary.LittleEndian.Uint64(sum[8:16])}
}

// The file: a head of fixed size, little-endian, then for each tier the shapes of
// both halves and their fingerprints, one byte each.
const (
	magic        = "FONDPW01"
	versionBytes = 64
	headBytes    = len(magic) + 8 + 8 + versionBytes + 2*sha256.Size
	shapeBytes   = 8 + 4 + 4
	fileBytesMax = 128 << 20
)

// head is the head of a file as it is written, without the magic.
type head struct {
	Count   uint64
	Dated   int64 // seconds since 1970, UTC
	Version [versionBytes]byte
	Source  [sha256.Size]byte
	Sum     [sha256.Size]byte // of the whole file, with zeros in this place
}

// ReadBlocklist reads a file that WriteTo has written; faults
// password.bad_blocklist, password.unreadable.
func ReadBlocklist(r io.Reader) (Blocklist, error) {
	data, err := io.ReadAll(io.LimitReader(r, fileBytesMax+1))
	if err != nil {
		return Blocklist{}, fault.New(fault.Unavailable, "password.unreadable", "The blocklist cannot be read.").Because(err)
	}
	if len(data) > fileBytesMax {
		return Blocklist{}, badBlocklist("it is too large")
	}
	b, err := parse(data)
	if err != nil {
		return Blocklist{}, err
	}
	if h, err := readHead(data); err != nil || sumOf(h, data[headBytes:]) != h.Sum {
		return Blocklist{}, badBlocklist("its bytes have changed")
	}
	return b, nil
}

func badBlocklist(why string) error {
	return fault.New(fault.Invalid, "password.bad_blocklist", "This is no blocklist of passwords: {why}.").With("why", why)
}

// sumOf is the hash of a file whose head has no sum yet.
func sumOf(h head, body []byte) [sha256.Size]byte {
	h.Sum = [sha256.Size]byte{}
	return sha256.Sum256(slices.Concat(h.bytes(), body))
}

// bytes returns the head as it is written, the magic first.
func (h head) bytes() []byte {
	out := binary.LittleEndian.AppendUint64([]byte(magic), h.Count)
	out = binary.LittleEndian.AppendUint64(out, uint64(h.Dated)) //nolint:gosec // readHead turns it back
	return slices.Concat(out, h.Version[:], h.Source[:], h.Sum[:])
}

func readHead(data []byte) (h head, err error) {
	if len(data) < headBytes || string(data[:len(magic)]) != magic {
		return h, badBlocklist("its first bytes are not those of one")
	}
	data = data[len(magic):]
	h.Count, h.Dated = binary.LittleEndian.Uint64(data), int64(binary.LittleEndian.Uint64(data[8:])) //nolint:gosec // as bytes wrote it
	data = data[16:]
	copy(h.Version[:], data)
	copy(h.Source[:], data[versionBytes:])
	copy(h.Sum[:], data[versionBytes+sha256.Size:])
	return h, nil
}

// parse reads a file without hashing its body. The list keeps data.
func parse(data []byte) (Blocklist, error) {
	h, err := readHead(data)
	if err != nil {
		return Blocklist{}, err
	}
	if h.Count == 0 || h.Count > uint64(min(len(data), listMax)) {
		return Blocklist{}, badBlocklist("its count cannot be")
	}
	b := Blocklist{
		count: int(h.Count), source: h.Source, //nolint:gosec // at most listMax
		origin: Origin{Version: strings.TrimRight(string(h.Version[:]), "\x00"), Dated: time.Unix(h.Dated, 0).UTC()},
	}
	for rest := data[headBytes:]; len(rest) > 0; {
		var f filter
		for i := range f {
			var fits bool
			if f[i], rest, fits = readHalf(rest); !fits {
				return Blocklist{}, badBlocklist("its parts do not fit")
			}
		}
		b.tiers = append(b.tiers, f)
	}
	if len(b.tiers) != tiersOf(b.count) {
		return Blocklist{}, badBlocklist("its parts do not fit")
	}
	return b, nil
}

// tiersOf is how many tiers a list has.
func tiersOf(count int) int {
	return 1 + len(slices.DeleteFunc(tiers(), func(size int) bool { return size >= count }))
}

func readHalf(data []byte) (half xorfilter.BinaryFuse[uint8], rest []byte, fits bool) {
	if len(data) < shapeBytes {
		return half, nil, false
	}
	half.Seed = binary.LittleEndian.Uint64(data)
	half.SegmentLength = binary.LittleEndian.Uint32(data[8:])
	half.SegmentCount = binary.LittleEndian.Uint32(data[12:])
	data = data[shapeBytes:]
	size := (uint64(half.SegmentCount) + 2) * uint64(half.SegmentLength)
	if bits.OnesCount32(half.SegmentLength) != 1 || half.SegmentCount == 0 || size > uint64(len(data)) {
		return half, nil, false
	}
	half.SegmentLengthMask = half.SegmentLength - 1
	half.SegmentCountLength = half.SegmentCount * half.SegmentLength
	half.Fingerprints = data[:size:size]
	return half, data[size:], true
}
