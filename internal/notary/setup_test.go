package notary_test

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"slices"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"fondaco/internal/fault"
	"fondaco/internal/notary"
	"fondaco/internal/trade/evidence"
)

const origin = "fondaco.example/log"

// memory is a durable log in a few slices and maps, open to tampering.
type memory struct {
	entries  map[int64]evidence.Entry
	payloads map[int64]notary.Payload
	hashes   map[int64]evidence.Hash
	tree     *evidence.Tree
	size     int64 // what Size says, which tampering may part from tree
	failure  error
}

func (m *memory) Size(context.Context) (int64, error) { return m.size, m.failure }

func (m *memory) Hashes(_ context.Context, indexes []int64) ([]evidence.Hash, error) {
	out := make([]evidence.Hash, len(indexes))
	if len(indexes) > 2048 {
		return nil, fmt.Errorf("%d indexes asked for at once", len(indexes))
	}
	for i, index := range indexes {
		h, ok := m.hashes[index]
		if !ok {
			return nil, fault.New(fault.Internal, "evidence.hash_missing", "A stored hash is missing.")
		}
		out[i] = h
	}
	return out, m.failure
}

func (m *memory) Entries(_ context.Context, from, to int64) ([]evidence.Entry, error) {
	var out []evidence.Entry
	for n := from; n < to; n++ {
		if e, ok := m.entries[n]; ok {
			out = append(out, e)
		}
	}
	return out, m.failure
}

func (m *memory) Payloads(_ context.Context, from, to int64) ([]notary.Payload, error) {
	var out []notary.Payload
	for n := from; n < to; n++ {
		if p, ok := m.payloads[n]; ok {
			out = append(out, p)
		}
	}
	slices.Reverse(out)
	return out, m.failure
}

// append writes the next entry with a payload of its own.
func (m *memory) append(t testing.TB) {
	t.Helper()
	n := m.size
	p := notary.Payload{Sequence: n, Bytes: fmt.Appendf(nil, `{"n":%d}`, n)}
	binary.BigEndian.PutUint64(p.Salt[:], uint64(n)*7919)
	e := evidence.Entry{
		Sequence: n, Stream: fmt.Sprintf("deal:%d", n%7), Version: n / 7, Kind: "noted",
		At: time.UnixMicro(1_767_225_600_000_000 + n).UTC(), Actor: "party:acme", Commitment: evidence.Commit(p.Salt, p.Bytes),
	}
	stored, err := m.tree.Append(e.Leaf())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range stored {
		m.hashes[s.Index] = s.Hash
	}
	m.entries[n], m.payloads[n] = e, p
	m.size++
}

// rehash rebuilds every stored hash from the entries, as a thorough forger would.
func (m *memory) rehash(t testing.TB) {
	t.Helper()
	m.tree = new(evidence.Tree)
	m.hashes = map[int64]evidence.Hash{}
	for n := range m.size {
		stored, err := m.tree.Append(m.entries[n].Leaf())
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range stored {
			m.hashes[s.Index] = s.Hash
		}
	}
}

func (m *memory) stated(t testing.TB) evidence.Checkpoint {
	t.Helper()
	return evidence.Checkpoint{Origin: origin, Size: m.tree.Size(), Root: m.tree.Root()}
}

// nodeIndex is where the hash over the 2^level entries that end with last is stored.
func nodeIndex(level int, last int64) int64 {
	return tlog.StoredHashIndex(level, last>>level)
}

func setupLog(t testing.TB, size int64) *memory {
	t.Helper()
	m := &memory{
		entries: map[int64]evidence.Entry{}, payloads: map[int64]notary.Payload{}, hashes: map[int64]evidence.Hash{},
		tree: new(evidence.Tree),
	}
	for range size {
		m.append(t)
	}
	return m
}

func setup(t testing.TB, size int64) (m *memory, n *notary.Notary, vkey string) {
	t.Helper()
	skey, vkey, err := notary.GenerateKey(rand.Reader, origin)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	m = setupLog(t, size)
	return m, notary.New(notary.Config{Origin: origin, Signer: signer, Log: m}), vkey
}
