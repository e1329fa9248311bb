package password

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/FastFilter/xorfilter"

	"fondaco/internal/fault"
)

const listBytesMax = 256 << 20

// Compile makes a filter of a list with one password in a line, the commonest
// first; the same list and origin give the same bytes. Lines that are empty or no UTF-8 are left out.
// Faults password.unreadable, password.bad_list.
func Compile(list io.Reader, from Origin) (Blocklist, error) {
	if len(from.Version) > versionBytes || !utf8.ValidString(from.Version) || strings.Contains(from.Version, "\x00") {
		return Blocklist{}, badList("its version is longer than 64 bytes")
	}
	data, err := io.ReadAll(io.LimitReader(list, listBytesMax+1))
	if err != nil {
		return Blocklist{}, fault.New(fault.Unavailable, "password.unreadable", "The list cannot be read.").Because(err)
	}
	if len(data) > listBytesMax {
		return Blocklist{}, badList("it is larger than 256 MiB")
	}
	from.Dated = from.Dated.UTC()
	b := Blocklist{origin: from, source: sha256.Sum256(data)}
	keys := distinct(data)
	if b.count = len(keys); b.count == 0 || b.count > listMax {
		return Blocklist{}, badList("it has no password, or too many")
	}
	for _, size := range tiers()[:tiersOf(b.count)-1] {
		f, err := compile(keys[:size])
		if err != nil {
			return Blocklist{}, err
		}
		b.tiers = append(b.tiers, f)
	}
	whole, err := compile(keys)
	if err != nil {
		return Blocklist{}, err
	}
	b.tiers = append(b.tiers, whole)
	return b, nil
}

func compile(keys [][2]uint64) (filter, error) {
	var f filter
	for i := range f {
		half := make([]uint64, len(keys))
		for j, pair := range keys {
			half[j] = pair[i]
		}
		slices.Sort(half)
		built, err := xorfilter.NewBinaryFuse[uint8](slices.Compact(half))
		if err != nil {
			return filter{}, badList("it cannot be compiled")
		}
		f[i] = *built
	}
	return f, nil
}

func badList(why string) error {
	return fault.New(fault.Invalid, "password.bad_list", "This is no list of passwords: {why}.").With("why", why)
}

// distinct returns the keys of every different folded line, in the order of the list.
func distinct(list []byte) [][2]uint64 {
	var keys [][2]uint64
	seen := map[[2]uint64]bool{}
	for line := range bytes.Lines(list) {
		word := strings.TrimRight(string(line), "\r\n")
		if !utf8.ValidString(word) {
			continue
		}
		if folded := fold(word); folded != "" {
			if pair := keysOf(folded); !seen[pair] {
				seen[pair] = true
				keys = append(keys, pair)
			}
		}
	}
	return keys
}

// WriteTo writes the list as ReadBlocklist reads it, and returns how many bytes.
func (b Blocklist) WriteTo(w io.Writer) (int64, error) {
	var body bytes.Buffer
	for _, f := range b.tiers {
		for _, half := range f {
			shape := binary.LittleEndian.AppendUint64(nil, half.Seed)
			shape = binary.LittleEndian.AppendUint32(shape, half.SegmentLength)
			body.Write(binary.LittleEndian.AppendUint32(shape, half.SegmentCount))
			body.Write(half.Fingerprints)
		}
	}
	h := head{Count: uint64(b.count), Dated: b.origin.Dated.Unix(), Source: b.source} //nolint:gosec // a count is not negative
	copy(h.Version[:], b.origin.Version)
	h.Sum = sumOf(h, body.Bytes())
	n, err := w.Write(slices.Concat(h.bytes(), body.Bytes()))
	return int64(n), err
}
