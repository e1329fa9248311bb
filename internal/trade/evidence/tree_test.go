package evidence_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"fondaco/internal/fault"
	"fondaco/internal/trade/evidence"
)

// table is the dumb store of hashes: a slice, grown by Append only.
type table []evidence.Hash

func (h *table) read(indexes []int64) ([]evidence.Hash, error) {
	out := make([]evidence.Hash, len(indexes))
	for i, index := range indexes {
		if index < 0 || index >= int64(len(*h)) {
			return nil, fmt.Errorf("no stored hash %d", index)
		}
		out[i] = (*h)[index]
	}
	return out, nil
}

// once is a reader that may be asked once, for each hash once.
func (h *table) once(t testing.TB) evidence.HashReader {
	t.Helper()
	asked := false
	return func(indexes []int64) ([]evidence.Hash, error) {
		if asked || len(slices.Compact(slices.Sorted(slices.Values(indexes)))) != len(indexes) {
			t.Errorf("asked before: %v, now for %v", asked, indexes)
		}
		asked = true
		return h.read(indexes)
	}
}

func (h *table) write(t testing.TB, stored []evidence.StoredHash) {
	t.Helper()
	for _, s := range stored {
		if s.Index != int64(len(*h)) {
			t.Fatalf("stored hash %d arrives when %d is next", s.Index, len(*h))
		}
		*h = append(*h, s.Hash)
	}
}

func leafOf(n int64) evidence.Hash {
	return evidence.HashOf(binary.BigEndian.AppendUint64(nil, uint64(n)))
}

// setup returns a log of size leaves and its root at every size up to that.
func setup(t testing.TB, size int64) (hashes *table, roots []evidence.Hash) {
	t.Helper()
	hashes = new(table)
	tree := new(evidence.Tree)
	roots = append(roots, tree.Root())
	for n := range size {
		stored, err := tree.Append(leafOf(n))
		if err != nil {
			t.Fatal(err)
		}
		hashes.write(t, stored)
		roots = append(roots, tree.Root())
	}
	return hashes, roots
}

// foreignRoots computes the same roots with another implementation of RFC 6962.
func foreignRoots(t testing.TB, size int64) []evidence.Hash {
	t.Helper()
	hasher := rfc6962.DefaultHasher
	factory := compact.RangeFactory{Hash: hasher.HashChildren}
	edge := factory.NewEmptyRange(0)
	roots := []evidence.Hash{evidence.Hash(hasher.EmptyRoot())}
	for n := range size {
		leaf := leafOf(n)
		if err := edge.Append(leaf[:], nil); err != nil {
			t.Fatal(err)
		}
		root, err := edge.GetRootHash(nil)
		if err != nil {
			t.Fatal(err)
		}
		roots = append(roots, evidence.Hash(root))
	}
	return roots
}

func raw(p evidence.Proof) [][]byte {
	out := make([][]byte, len(p))
	for i := range p {
		out[i] = p[i][:]
	}
	return out
}

func TestEveryRootIsTheRootAnIndependentImplementationFinds(t *testing.T) {
	t.Parallel()
	const size = 5_000
	hashes, roots := setup(t, size)
	if want := foreignRoots(t, size); !slices.Equal(roots, want) {
		t.Fatal("the roots differ")
	}
	if int64(len(*hashes)) != evidence.StoredHashCount(size) {
		t.Errorf("%d stored hashes, want %d", len(*hashes), evidence.StoredHashCount(size))
	}
	for n := int64(0); n <= size; n++ {
		got, err := evidence.RootAt(n, hashes.read)
		if err != nil || got != roots[n] {
			t.Fatalf("RootAt(%d) is %s, %v, want %s", n, got, err, roots[n])
		}
	}
}

func TestEveryInclusionProofUpTo300Verifies(t *testing.T) {
	t.Parallel()
	hashes, roots := setup(t, 300)
	for size := int64(1); size <= 300; size++ {
		for index := range size {
			requireInclusion(t, hashes, roots, size, index)
		}
	}
}

func TestEveryConsistencyProofUpTo300Verifies(t *testing.T) {
	t.Parallel()
	hashes, roots := setup(t, 300)
	for size := int64(0); size <= 300; size++ {
		for old := int64(0); old <= size; old++ {
			requireConsistency(t, hashes, roots, old, size)
		}
	}
}

func TestRandomProofsUpTo5000Verify(t *testing.T) {
	t.Parallel()
	hashes, roots := setup(t, 5_000)
	chance := rand.New(rand.NewPCG(6962, 9162))
	for range 3_000 {
		size := 1 + chance.Int64N(5_000)
		requireInclusion(t, hashes, roots, size, chance.Int64N(size))
		requireConsistency(t, hashes, roots, chance.Int64N(size+1), size)
	}
}

func requireInclusion(t *testing.T, hashes *table, roots []evidence.Hash, size, index int64) {
	t.Helper()
	p, err := evidence.ProveInclusion(size, index, hashes.read)
	if err != nil {
		t.Fatal(err)
	}
	leaf, root := leafOf(index), roots[size]
	same, at, err := evidence.ProveInRoot(size, index, hashes.once(t))
	if err != nil || !slices.Equal(same, p) || at != root {
		t.Fatalf("entry %d of %d in its root: %v, %d hashes of %d", index, size, err, len(same), len(p))
	}
	if err := evidence.VerifyInclusion(leaf, index, size, root, p); err != nil {
		t.Fatalf("entry %d of %d: %v", index, size, err)
	}
	if err := proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(index), uint64(size), leaf[:], raw(p), root[:]); err != nil {
		t.Fatalf("entry %d of %d, elsewhere: %v", index, size, err)
	}
}

func requireConsistency(t *testing.T, hashes *table, roots []evidence.Hash, old, size int64) {
	t.Helper()
	p, err := evidence.ProveConsistency(old, size, hashes.read)
	if err != nil {
		t.Fatal(err)
	}
	before, after := roots[old], roots[size]
	if err := evidence.VerifyConsistency(old, size, before, after, p); err != nil {
		t.Fatalf("%d to %d: %v", old, size, err)
	}
	if err := proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(old), uint64(size), raw(p), before[:], after[:]); err != nil {
		t.Fatalf("%d to %d, elsewhere: %v", old, size, err)
	}
}

func TestSpoiltInclusionProofsAreRefused(t *testing.T) {
	t.Parallel()
	hashes, roots := setup(t, 70)
	for size := int64(1); size <= 70; size += 3 {
		for index := int64(0); index < size; index += 2 {
			p, err := evidence.ProveInclusion(size, index, hashes.read)
			if err != nil {
				t.Fatal(err)
			}
			leaf, root := leafOf(index), roots[size]
			refuse := func(what string, err error) {
				if fault.CodeOf(err) != "evidence.proof_mismatch" {
					t.Fatalf("entry %d of %d, %s: %v", index, size, what, err)
				}
			}
			refuse("another leaf", evidence.VerifyInclusion(leafOf(index+1), index, size, root, p))
			refuse("another root", evidence.VerifyInclusion(leaf, index, size, roots[size-1], p))
			refuse("a longer proof", evidence.VerifyInclusion(leaf, index, size, root, append(slices.Clone(p), leaf)))
			if index+1 < size {
				refuse("another place", evidence.VerifyInclusion(leaf, index+1, size, root, p))
			}
			for i := range p {
				bad := slices.Clone(p)
				bad[i][5] ^= 1
				refuse("a changed hash", evidence.VerifyInclusion(leaf, index, size, root, bad))
				refuse("a missing hash", evidence.VerifyInclusion(leaf, index, size, root, slices.Delete(slices.Clone(p), i, i+1)))
			}
		}
	}
}

func TestSpoiltConsistencyProofsAreRefused(t *testing.T) {
	t.Parallel()
	hashes, roots := setup(t, 70)
	other := evidence.HashOf([]byte("another root"))
	for size := int64(0); size <= 70; size += 3 {
		for old := int64(0); old <= size; old++ {
			p, err := evidence.ProveConsistency(old, size, hashes.read)
			if err != nil {
				t.Fatal(err)
			}
			refuse := func(what string, err error) {
				if fault.CodeOf(err) != "evidence.proof_mismatch" {
					t.Fatalf("%d to %d, %s: %v", old, size, what, err)
				}
			}
			refuse("another old root", evidence.VerifyConsistency(old, size, other, roots[size], p))
			refuse("a longer proof", evidence.VerifyConsistency(old, size, roots[old], roots[size], append(slices.Clone(p), other)))
			if old > 0 {
				refuse("another new root", evidence.VerifyConsistency(old, size, roots[old], other, p))
			}
			for i := range p {
				bad := slices.Clone(p)
				bad[i][5] ^= 1
				refuse("a changed hash", evidence.VerifyConsistency(old, size, roots[old], roots[size], bad))
				refuse("a missing hash", evidence.VerifyConsistency(old, size, roots[old], roots[size], slices.Delete(slices.Clone(p), i, i+1)))
			}
		}
	}
	refuse := evidence.VerifyConsistency(0, 0, other, other, nil)
	if fault.CodeOf(refuse) != "evidence.proof_mismatch" {
		t.Errorf("an empty log with a root: %v", refuse)
	}
}

func TestImpossibleSizesAreRefused(t *testing.T) {
	t.Parallel()
	hashes, roots := setup(t, 8)
	calls := map[string]func(a, b int64) error{
		"prove inclusion":    func(a, b int64) error { _, err := evidence.ProveInclusion(b, a, hashes.read); return err },
		"prove in root":      func(a, b int64) error { _, _, err := evidence.ProveInRoot(b, a, hashes.read); return err },
		"verify inclusion":   func(a, b int64) error { return evidence.VerifyInclusion(leafOf(0), a, b, roots[8], nil) },
		"prove consistency":  func(a, b int64) error { _, err := evidence.ProveConsistency(a, b, hashes.read); return err },
		"verify consistency": func(a, b int64) error { return evidence.VerifyConsistency(a, b, roots[8], roots[8], nil) },
	}
	for name, call := range calls {
		for _, pair := range [][2]int64{{-1, 8}, {9, 8}, {0, -1}, {5, -5}, {1, 1 << 62}} {
			if err := call(pair[0], pair[1]); fault.CodeOf(err) != "evidence.out_of_range" {
				t.Errorf("%s %v gives %v", name, pair, err)
			}
		}
	}
	for _, size := range []int64{-1, 1 << 62} {
		if _, err := evidence.NewTree(size, hashes.read); fault.CodeOf(err) != "evidence.out_of_range" {
			t.Errorf("NewTree(%d) gives %v", size, err)
		}
		if _, err := evidence.Tiles(size); fault.CodeOf(err) != "evidence.out_of_range" {
			t.Errorf("Tiles(%d) gives %v", size, err)
		}
	}
}

func TestReadersThatFailAreReported(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk gone")
	fails := func([]int64) ([]evidence.Hash, error) { return nil, broken }
	short := func(indexes []int64) ([]evidence.Hash, error) { return make([]evidence.Hash, len(indexes)-1), nil }
	calls := map[string]func(evidence.HashReader) error{
		"NewTree":          func(r evidence.HashReader) error { _, err := evidence.NewTree(9, r); return err },
		"RootAt":           func(r evidence.HashReader) error { _, err := evidence.RootAt(9, r); return err },
		"ProveInclusion":   func(r evidence.HashReader) error { _, err := evidence.ProveInclusion(9, 1, r); return err },
		"ProveInRoot":      func(r evidence.HashReader) error { _, _, err := evidence.ProveInRoot(9, 1, r); return err },
		"ProveConsistency": func(r evidence.HashReader) error { _, err := evidence.ProveConsistency(5, 9, r); return err },
		"TileHashes": func(r evidence.HashReader) error {
			_, err := evidence.TileHashes(evidence.Tile{Width: 9}, r)
			return err
		},
	}
	for name, call := range calls {
		if err := call(fails); !errors.Is(err, broken) {
			t.Errorf("%s with a failing reader: %v", name, err)
		}
		if err := call(short); fault.CodeOf(err) != "evidence.hash_missing" {
			t.Errorf("%s with a short reader: %v", name, err)
		}
	}
}

// treeMachine runs Tree, its clones and reloads against tlog over a plain slice.
type treeMachine struct {
	hashes  *table
	durable *evidence.Tree
}

func (m *treeMachine) batch(t *rapid.T) (*evidence.Tree, []evidence.StoredHash) {
	attempt := m.durable.Clone()
	var stored []evidence.StoredHash
	for _, b := range rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "leaves") {
		rows, err := attempt.Append(evidence.HashOf([]byte{b}))
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, rows...)
	}
	return attempt, stored
}

func (m *treeMachine) Commit(t *rapid.T) {
	attempt, stored := m.batch(t)
	for _, s := range stored {
		if s.Index != int64(len(*m.hashes)) {
			t.Fatalf("stored hash %d arrives when %d is next", s.Index, len(*m.hashes))
		}
		*m.hashes = append(*m.hashes, s.Hash)
	}
	m.durable = attempt
}

func (m *treeMachine) Abandon(t *rapid.T) { m.batch(t) }

func (m *treeMachine) Reload(t *rapid.T) {
	reloaded, err := evidence.NewTree(m.durable.Size(), m.hashes.read)
	if err != nil {
		t.Fatal(err)
	}
	m.durable = reloaded
}

func (m *treeMachine) Check(t *rapid.T) {
	want, err := tlog.TreeHash(m.durable.Size(), tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes, err := m.hashes.read(indexes)
		out := make([]tlog.Hash, len(hashes))
		for i := range hashes {
			out[i] = tlog.Hash(hashes[i])
		}
		return out, err
	}))
	if err != nil || m.durable.Root() != evidence.Hash(want) {
		t.Fatalf("root at %d is %s, want %s (%v)", m.durable.Size(), m.durable.Root(), want, err)
	}
	if int64(len(*m.hashes)) != tlog.StoredHashCount(m.durable.Size()) {
		t.Fatalf("%d stored hashes at size %d", len(*m.hashes), m.durable.Size())
	}
}

func TestTreeKeepsOnlyWhatWasCommitted(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := &treeMachine{hashes: new(table), durable: new(evidence.Tree)}
		t.Repeat(rapid.StateMachineActions(m))
	})
}

func BenchmarkTreeAppend(b *testing.B) {
	tree := new(evidence.Tree)
	leaf := leafOf(1)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := tree.Append(leaf); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEntryAppend(b *testing.B) {
	tree := new(evidence.Tree)
	e := setupEntry()
	b.ReportAllocs()
	for b.Loop() {
		e.Sequence = tree.Size()
		if _, err := tree.Append(e.Leaf()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTreeCloneOfAMillion(b *testing.B) {
	tree, err := evidence.NewTree(999_999, func(indexes []int64) ([]evidence.Hash, error) {
		return make([]evidence.Hash, len(indexes)), nil
	})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if tree.Clone().Size() != 999_999 {
			b.Fatal("the clone has another size")
		}
	}
}

func BenchmarkCanonicalJSON(b *testing.B) {
	doc := []byte(`{"lines":[{"unit":"kg","quantity":1000,"description":"Cotton yarn, 30s","hs":"520523"}],"currency":"USD","amount":125000,"buyer":"甲公司","seller":"Acme \u0026 Sons"}`)
	b.ReportAllocs()
	b.SetBytes(int64(len(doc)))
	for b.Loop() {
		if _, err := evidence.CanonicalJSON(doc); err != nil {
			b.Fatal(err)
		}
	}
}
