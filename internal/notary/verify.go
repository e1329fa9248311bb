package notary

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"fondaco/internal/fault"
	"fondaco/internal/trade/evidence"
)

// Payload is the content behind one entry, as it is stored.
type Payload struct {
	// Sequence is the entry the payload belongs to.
	Sequence int64
	// Salt and Bytes are what Entry.Commitment was made of.
	Salt  [evidence.SaltSize]byte
	Bytes []byte
	// Erased says that salt and bytes were destroyed on purpose.
	Erased bool
}

// Source is a log together with its payloads.
type Source interface {
	Log
	// Payloads returns the payloads there are for from <= Sequence < to, in any order.
	Payloads(ctx context.Context, from, to int64) ([]Payload, error)
}

// Options steers Verify.
type Options struct {
	// Checkpoints were signed earlier and opened with Open; the log must continue each.
	Checkpoints []evidence.Checkpoint
}

const (
	// batchSize is how many entries are read at once; their stored hashes are at
	// most one less than twice as many, plus the levels above.
	batchSize = 3 * evidence.TileWidth

	// maxUnsettled bounds how many entries are told apart in detail. A log with
	// more differences than that was rewritten, and the detail says nothing.
	maxUnsettled = 500
)

// Verify walks the whole log as it stands when called: it recomputes every leaf
// from its entry, every stored hash, every payload commitment, the root, and the
// root at every earlier checkpoint. Differences are findings of the report; an
// error means only that the source could not be read. progress, which may be
// nil, is told how many of total entries are done.
func Verify(ctx context.Context, src Source, opts Options, progress func(done, total int64)) (Report, error) {
	size, err := src.Size(ctx)
	if err != nil {
		return Report{}, fmt.Errorf("read the size of the log: %w", err)
	}
	checkpoints := slices.Clone(opts.Checkpoints)
	slices.SortFunc(checkpoints, func(a, b evidence.Checkpoint) int { return cmp.Compare(a.Size, b.Size) })
	w := &walk{
		src: src, size: size, tree: new(evidence.Tree), checkpoints: checkpoints,
		report: Report{Entries: size, Findings: []Finding{}}, roots: map[int64]evidence.Hash{},
	}
	w.noteRoot()
	for from := int64(0); from < size; from += batchSize {
		to := min(from+batchSize, size)
		if err := w.batch(ctx, from, to); err != nil {
			return Report{}, err
		}
		if progress != nil {
			progress(to, size)
		}
	}
	if err := w.settle(ctx); err != nil {
		return Report{}, err
	}
	if err := w.compareCheckpoints(ctx); err != nil {
		return Report{}, err
	}
	w.report.Root = w.tree.Root()
	w.report.close()
	return w.report, nil
}

// walk is the state of one Verify.
type walk struct {
	src         Source
	size        int64
	checkpoints []evidence.Checkpoint // by size
	report      Report

	tree  *evidence.Tree  // over the leaves as the entries give them
	edge  []evidence.Hash // the right edge as stored, parallel to the edge of tree
	roots map[int64]evidence.Hash

	unsettled []place
}

// place is where an entry and its stored leaf disagree, or where the entry is gone.
type place struct {
	entry   evidence.Entry
	missing bool
	stored  evidence.Hash
	// confirmed says that a stored hash higher up follows from the entry.
	confirmed bool
}

// rows is what a batch read for one sequence.
type rows struct {
	entry   *evidence.Entry
	payload *Payload
}

func (w *walk) batch(ctx context.Context, from, to int64) error {
	entries, err := w.src.Entries(ctx, from, to)
	if err != nil {
		return fmt.Errorf("read entries %d to %d: %w", from, to-1, err)
	}
	payloads, err := w.src.Payloads(ctx, from, to)
	if err != nil {
		return fmt.Errorf("read payloads %d to %d: %w", from, to-1, err)
	}
	first := evidence.StoredHashCount(from)
	stored, err := readStored(ctx, w.src, first, evidence.StoredHashCount(to))
	if err != nil {
		return err
	}
	read := make([]rows, to-from)
	for i := range entries {
		e := &entries[i]
		if e.Sequence < from || e.Sequence >= to || read[e.Sequence-from].entry != nil {
			w.report.addInOrder(foundIn(OrderChanged, *e, "Entry %d stands where it was not recorded, or stands twice.", e.Sequence))
			continue
		}
		read[e.Sequence-from].entry = e
	}
	for i := range payloads {
		if p := &payloads[i]; p.Sequence >= from && p.Sequence < to {
			read[p.Sequence-from].payload = p
		}
	}
	for n := from; n < to; n++ {
		begin, end := evidence.StoredHashCount(n)-first, evidence.StoredHashCount(n+1)-first
		if err := w.one(ctx, n, read[n-from], stored[begin:end]); err != nil {
			return err
		}
		w.noteRoot()
	}
	return nil
}

// one checks entry n against its payload and its stored hashes, which are the
// leaf and then every subtree the leaf completes; nil where a hash is missing.
func (w *walk) one(ctx context.Context, n int64, r rows, stored []*evidence.Hash) error {
	leaf := w.leaf(n, r, stored[0])
	computed, err := w.tree.Append(leaf)
	if err != nil {
		return err
	}
	below := leaf
	for level, got := range stored {
		if level > 0 {
			last := len(w.edge) - 1
			below = evidence.Hash(tlog.NodeHash(tlog.Hash(w.edge[last]), tlog.Hash(below)))
			w.edge = w.edge[:last]
		}
		want := computed[level].Hash
		if got == nil {
			if err := w.hashFinding(ctx, n, level, "is missing"); err != nil {
				return err
			}
			below = want
			continue
		}
		// A hash that follows from the stored hashes below it only repeats a
		// difference further down, which has its own finding.
		if level > 0 && *got != want && *got != below {
			if err := w.hashFinding(ctx, n, level, "does not follow from what is below it"); err != nil {
				return err
			}
		}
		if level > 0 && *got == want {
			w.confirm(n + 1 - 1<<level)
		}
		below = *got
	}
	w.edge = append(w.edge, below)
	return nil
}

// leaf returns the leaf hash of entry n and notes where it differs from the stored one.
func (w *walk) leaf(n int64, r rows, stored *evidence.Hash) evidence.Hash {
	if r.entry == nil {
		gone := place{entry: evidence.Entry{Sequence: n}, missing: true}
		w.report.addInOrder(foundIn(EntryMissing, gone.entry, "Entry %d was recorded and is gone.", n))
		if stored != nil {
			gone.stored = *stored
		}
		w.hold(gone)
		return gone.stored
	}
	leaf := r.entry.Leaf()
	if stored != nil && *stored != leaf {
		if !w.hold(place{entry: *r.entry, stored: *stored}) {
			w.report.addInOrder(foundIn(EntryChanged, *r.entry, "Entry %d does not match its stored hash.", n))
		}
		return leaf
	}
	w.payload(*r.entry, r.payload)
	return leaf
}

// hold keeps a place to be settled at the end, unless there are too many.
func (w *walk) hold(p place) bool {
	if len(w.unsettled) == maxUnsettled {
		return false
	}
	w.unsettled = append(w.unsettled, p)
	return true
}

// confirm marks the unsettled places from first on: what the entries give there
// agrees with a hash above them.
func (w *walk) confirm(first int64) {
	for i := len(w.unsettled) - 1; i >= 0 && w.unsettled[i].entry.Sequence >= first; i-- {
		w.unsettled[i].confirmed = true
	}
}

func (w *walk) payload(e evidence.Entry, p *Payload) {
	switch {
	case p == nil:
		w.report.addInOrder(foundIn(PayloadChanged, e, "The payload of entry %d is gone and is not marked as erased.", e.Sequence))
	case p.Erased:
		w.report.Erased++
	case evidence.Commit(p.Salt, p.Bytes) != e.Commitment:
		w.report.addInOrder(foundIn(PayloadChanged, e, "The payload of entry %d is not the one it was recorded with.", e.Sequence))
	default:
		w.report.Payloads++
	}
}

// hashFinding reports the stored hash of the given level that entry n completes.
func (w *walk) hashFinding(ctx context.Context, n int64, level int, what string) error {
	first := n + 1 - 1<<level
	subject, err := w.entryAt(ctx, first)
	if err != nil {
		return err
	}
	if level == 0 {
		w.report.addInOrder(foundIn(HashChanged, subject, "The stored hash of entry %d %s.", n, what))
		return nil
	}
	w.report.addInOrder(foundIn(HashChanged, subject, "The stored hash over entries %d to %d %s.", first, n, what))
	return nil
}

// entryAt returns the entry at n, or one that only knows its sequence.
func (w *walk) entryAt(ctx context.Context, n int64) (evidence.Entry, error) {
	found, err := w.src.Entries(ctx, n, n+1)
	if err != nil {
		return evidence.Entry{}, fmt.Errorf("read entry %d: %w", n, err)
	}
	if len(found) == 0 {
		return evidence.Entry{Sequence: n}, nil
	}
	found[0].Sequence = n
	return found[0], nil
}

// noteRoot remembers the recomputed root if a checkpoint speaks of this size.
func (w *walk) noteRoot() {
	size := w.tree.Size()
	_, wanted := slices.BinarySearchFunc(w.checkpoints, size, func(c evidence.Checkpoint, size int64) int { return cmp.Compare(c.Size, size) })
	if wanted {
		w.roots[size] = w.tree.Root()
	}
}

// readStored returns the stored hashes with from <= index < to, nil where missing.
func readStored(ctx context.Context, log Log, from, to int64) ([]*evidence.Hash, error) {
	indexes := make([]int64, to-from)
	for i := range indexes {
		indexes[i] = from + int64(i)
	}
	found := make([]*evidence.Hash, len(indexes))
	hashes, err := log.Hashes(ctx, indexes)
	if err == nil && len(hashes) == len(indexes) {
		for i := range hashes {
			found[i] = &hashes[i]
		}
		return found, nil
	}
	if err != nil && fault.CodeOf(err) != "evidence.hash_missing" {
		return nil, fmt.Errorf("read stored hashes %d to %d: %w", from, to-1, err)
	}
	for i, index := range indexes {
		one, err := log.Hashes(ctx, []int64{index})
		switch {
		case err == nil && len(one) == 1:
			found[i] = &one[0]
		case err != nil && fault.CodeOf(err) != "evidence.hash_missing":
			return nil, fmt.Errorf("read stored hash %d: %w", index, err)
		}
	}
	return found, nil
}
