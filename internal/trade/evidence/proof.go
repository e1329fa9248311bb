package evidence

import (
	"slices"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"

	"fondaco/internal/fault"
)

// Proof is a list of node hashes: an audit path or a consistency proof of RFC
// 6962, section 2.1, in the order that standard gives.
type Proof []Hash

// ProveInclusion proves that the entry at index is in the log of size entries.
// It fails with evidence.out_of_range unless 0 <= index < size, with
// evidence.hash_missing, or with the reader's error.
func ProveInclusion(size, index int64, read HashReader) (Proof, error) {
	if index < 0 || index >= size || size > maxSize {
		return nil, noEntry(size, index)
	}
	path, err := tlog.ProveRecord(size, index, tlogReader(read))
	return fromTlog(path), err
}

// ProveInRoot proves that the entry at index is in the log of size entries, and computes
// the root that the proof leads to. It reads once what both need, each hash once, and
// fails as ProveInclusion does.
func ProveInRoot(size, index int64, read HashReader) (Proof, Hash, error) {
	both := func(read HashReader) (proof Proof, root Hash, err error) {
		if proof, err = ProveInclusion(size, index, read); err == nil {
			root, err = RootAt(size, read)
		}
		return proof, root, err
	}
	var wanted []int64
	noted := func(indexes []int64) ([]Hash, error) {
		wanted = append(wanted, indexes...)
		return make([]Hash, len(indexes)), nil
	}
	if _, _, err := both(noted); err != nil {
		return nil, Hash{}, err
	}
	slices.Sort(wanted)
	wanted = slices.Compact(wanted)
	hashes, err := readAll(wanted, read)
	if err != nil {
		return nil, Hash{}, err
	}
	return both(func(indexes []int64) ([]Hash, error) {
		out := make([]Hash, len(indexes))
		for i, index := range indexes {
			at, _ := slices.BinarySearch(wanted, index)
			out[i] = hashes[at]
		}
		return out, nil
	})
}

// VerifyInclusion checks a proof that leaf is the entry at index in the log of
// size entries whose root is given. It fails with evidence.out_of_range or
// evidence.proof_mismatch.
func VerifyInclusion(leaf Hash, index, size int64, root Hash, proof Proof) error {
	if index < 0 || index >= size || size > maxSize {
		return noEntry(size, index)
	}
	if tlog.CheckRecord(toTlog(proof), size, tlog.Hash(root), index, tlog.Hash(leaf)) != nil {
		return mismatch("The proof does not show this entry at this place in this log.")
	}
	return nil
}

// ProveConsistency proves that the log of newSize entries begins with the log of
// oldSize entries. An empty old log needs no proof: the result is then empty. It
// fails with evidence.out_of_range unless 0 <= oldSize <= newSize, with
// evidence.hash_missing, or with the reader's error.
func ProveConsistency(oldSize, newSize int64, read HashReader) (Proof, error) {
	if oldSize < 0 || oldSize > newSize || newSize > maxSize {
		return nil, noBeginning(oldSize, newSize)
	}
	if oldSize == 0 || oldSize == newSize {
		return Proof{}, nil
	}
	path, err := tlog.ProveTree(newSize, oldSize, tlogReader(read))
	return fromTlog(path), err
}

// VerifyConsistency checks a proof that the log with newRoot only added entries
// to the log with oldRoot. It fails with evidence.out_of_range or
// evidence.proof_mismatch.
func VerifyConsistency(oldSize, newSize int64, oldRoot, newRoot Hash, proof Proof) error {
	if oldSize < 0 || oldSize > newSize || newSize > maxSize {
		return noBeginning(oldSize, newSize)
	}
	var holds bool
	switch {
	case oldSize == newSize:
		holds = len(proof) == 0 && oldRoot == newRoot && (oldSize > 0 || oldRoot == new(Tree).Root())
	case oldSize == 0:
		holds = len(proof) == 0 && oldRoot == new(Tree).Root()
	default:
		holds = tlog.CheckTree(toTlog(proof), newSize, tlog.Hash(newRoot), oldSize, tlog.Hash(oldRoot)) == nil
	}
	if !holds {
		return mismatch("The proof does not show that the newer log continues the older one.")
	}
	return nil
}

func noEntry(size, index int64) error {
	return fault.New(fault.Invalid, "evidence.out_of_range", "A log of {size} entries has no entry {index}.").
		With("size", strconv.FormatInt(size, 10)).With("index", strconv.FormatInt(index, 10))
}

func noBeginning(oldSize, newSize int64) error {
	return fault.New(fault.Invalid, "evidence.out_of_range", "A log of {new} entries cannot begin with {old} entries.").
		With("new", strconv.FormatInt(newSize, 10)).With("old", strconv.FormatInt(oldSize, 10))
}

func mismatch(message string) error {
	return fault.New(fault.Invalid, "evidence.proof_mismatch", message)
}

func tlogReader(read HashReader) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes, err := readAll(indexes, read)
		return toTlog(hashes), err
	})
}

func toTlog[S ~[]Hash](hashes S) []tlog.Hash {
	out := make([]tlog.Hash, len(hashes))
	for i, h := range hashes {
		out[i] = tlog.Hash(h)
	}
	return out
}

func fromTlog[S ~[]tlog.Hash](hashes S) Proof {
	out := make(Proof, len(hashes))
	for i, h := range hashes {
		out[i] = Hash(h)
	}
	return out
}
