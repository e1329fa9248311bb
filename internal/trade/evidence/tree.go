package evidence

import (
	"crypto/sha256"
	"fmt"
	"math/bits"
	"slices"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"

	"fondaco/internal/fault"
)

// maxSize is the largest log whose stored hash indexes still fit an int64.
const maxSize = 1 << 61

// HashReader returns the stored hashes at the given indexes, in their order, all
// or an error. Its errors are passed on wrapped.
type HashReader func(indexes []int64) ([]Hash, error)

// StoredHash is one row of the hash table: a node of the tree and its index in
// the order of tlog.StoredHashIndex.
type StoredHash struct {
	Index int64
	Hash  Hash
}

// StoredHashCount returns how many stored hashes a log of size entries has; they
// have the indexes from 0 to one less.
func StoredHashCount(size int64) int64 { return tlog.StoredHashCount(size) }

// Tree appends leaves and knows the root, holding only the size and the right
// edge: the roots of the complete subtrees, at most 61 hashes. The zero value is
// an empty log. It is not safe for use by several goroutines at once.
type Tree struct {
	size int64
	edge []Hash // one for each set bit of size, largest subtree first
}

// NewTree returns the tree of the first size entries, reading its right edge.
// It fails with evidence.out_of_range for an impossible size, evidence.hash_missing
// if read answers short, or the reader's error.
func NewTree(size int64, read HashReader) (*Tree, error) {
	if size < 0 || size > maxSize {
		return nil, badSize(size)
	}
	t := &Tree{size: size}
	if size == 0 {
		return t, nil
	}
	indexes := make([]int64, 0, bits.OnesCount64(uint64(size)))
	for level := bits.Len64(uint64(size)) - 1; level >= 0; level-- {
		if size>>level&1 == 1 {
			indexes = append(indexes, tlog.StoredHashIndex(level, size>>level-1))
		}
	}
	edge, err := readAll(indexes, read)
	if err != nil {
		return nil, err
	}
	t.edge = edge
	return t, nil
}

// Size returns how many leaves the tree has.
func (t *Tree) Size() int64 { return t.size }

// Root returns the RFC 6962 tree hash; the root of an empty log is SHA-256 of nothing.
func (t *Tree) Root() Hash {
	if len(t.edge) == 0 {
		return sha256.Sum256(nil)
	}
	last := len(t.edge) - 1
	root := t.edge[last]
	for _, left := range slices.Backward(t.edge[:last]) {
		root = node(left, root)
	}
	return root
}

// Clone returns an independent copy: a batch is appended to a clone, and the
// clone takes the original's place only once the batch is durable.
func (t *Tree) Clone() *Tree {
	return &Tree{size: t.size, edge: slices.Clone(t.edge)}
}

// Append adds one leaf and returns the hashes to store for it, in index order:
// the leaf itself, then each subtree it completes. It fails, changing nothing,
// with evidence.out_of_range when the log is full.
func (t *Tree) Append(leaf Hash) ([]StoredHash, error) {
	if t.size >= maxSize {
		return nil, badSize(t.size)
	}
	completed := bits.TrailingZeros64(^uint64(t.size)) //nolint:gosec // a size is never negative
	stored := make([]StoredHash, 0, completed+1)
	index := tlog.StoredHashIndex(0, t.size)
	stored = append(stored, StoredHash{Index: index, Hash: leaf})
	for range completed {
		last := len(t.edge) - 1
		leaf = node(t.edge[last], leaf)
		t.edge = t.edge[:last]
		index++
		stored = append(stored, StoredHash{Index: index, Hash: leaf})
	}
	t.edge = append(t.edge, leaf)
	t.size++
	return stored, nil
}

// RootAt computes the root of the first size entries from stored hashes.
// It fails with evidence.out_of_range, evidence.hash_missing or the reader's error.
func RootAt(size int64, read HashReader) (Hash, error) {
	t, err := NewTree(size, read)
	if err != nil {
		return Hash{}, err
	}
	return t.Root(), nil
}

func node(left, right Hash) Hash {
	return Hash(tlog.NodeHash(tlog.Hash(left), tlog.Hash(right)))
}

// readAll reads and insists on one hash for each index.
func readAll(indexes []int64, read HashReader) ([]Hash, error) {
	hashes, err := read(indexes)
	if err != nil {
		return nil, fmt.Errorf("read stored hashes: %w", err)
	}
	if len(hashes) != len(indexes) {
		return nil, fault.New(fault.Internal, "evidence.hash_missing", "Of {asked} stored hashes only {found} were found.").
			With("asked", strconv.Itoa(len(indexes))).With("found", strconv.Itoa(len(hashes)))
	}
	return hashes, nil
}

func badSize(size int64) error {
	return fault.New(fault.Invalid, "evidence.out_of_range", "A log cannot have {size} entries.").
		With("size", strconv.FormatInt(size, 10))
}
