package notary

import (
	"context"
	"fmt"
	"slices"

	"fondaco/internal/fault"
	"fondaco/internal/trade/evidence"
)

// settle decides, for every place where an entry and its stored leaf disagree,
// whether the entry moved, the entry changed or the hash changed.
func (w *walk) settle(ctx context.Context) error {
	recorded := make(map[evidence.Hash]int64, len(w.unsettled))
	for _, p := range w.unsettled {
		recorded[p.stored] = p.entry.Sequence
	}
	for _, p := range w.unsettled {
		if p.missing {
			continue
		}
		// A leaf found whole at another place says that hashes, not entries, were moved.
		_, displaced := recorded[p.entry.Leaf()]
		if displaced || p.confirmed || w.checkpointConfirms(p.entry.Sequence) {
			w.report.add(asRecorded(p.entry))
			continue
		}
		if from, moved := w.recordedAt(p.entry, recorded); moved {
			w.report.add(foundIn(OrderChanged, p.entry, "Entry %d is the one recorded as entry %d.", p.entry.Sequence, from))
			continue
		}
		f, err := w.changed(ctx, p)
		if err != nil {
			return err
		}
		w.report.add(f)
	}
	return nil
}

// checkpointConfirms reports whether a checkpoint that covers entry n states the
// root the entries give.
func (w *walk) checkpointConfirms(n int64) bool {
	return slices.ContainsFunc(w.checkpoints, func(c evidence.Checkpoint) bool {
		root, known := w.roots[c.Size]
		return c.Size > n && known && root == c.Root
	})
}

// recordedAt looks for a stored leaf, among those that have lost their entry, that
// this entry would have at another place.
func (w *walk) recordedAt(e evidence.Entry, recorded map[evidence.Hash]int64) (int64, bool) {
	for _, other := range w.unsettled {
		e.Sequence = other.entry.Sequence
		if at, ok := recorded[e.Leaf()]; ok {
			return at, true
		}
	}
	return 0, false
}

// changed asks the audit path which of entry and stored leaf is right.
func (w *walk) changed(ctx context.Context, p place) (Finding, error) {
	n := p.entry.Sequence
	size, root, err := w.reference(ctx, n)
	if err != nil {
		return Finding{}, err
	}
	path, err := evidence.ProveInclusion(size, n, reader(ctx, w.src))
	if err != nil && fault.CodeOf(err) != "evidence.hash_missing" {
		return Finding{}, fmt.Errorf("prove entry %d: %w", n, err)
	}
	switch {
	case evidence.VerifyInclusion(p.entry.Leaf(), n, size, root, path) == nil:
		return asRecorded(p.entry), nil
	case evidence.VerifyInclusion(p.stored, n, size, root, path) == nil:
		return foundIn(EntryChanged, p.entry, "Entry %d is not what was recorded.", n), nil
	default:
		return foundIn(EntryChanged, p.entry, "Entry %d does not match its stored hash, and hashes above it were changed too.", n), nil
	}
}

func asRecorded(e evidence.Entry) Finding {
	return foundIn(HashChanged, e, "The stored hash of entry %d is not the hash of the entry, which is as it was recorded.", e.Sequence)
}

// reference returns the size and root to judge entry n by: the newest checkpoint
// that covers it, or else the root of the stored hashes.
func (w *walk) reference(ctx context.Context, n int64) (int64, evidence.Hash, error) {
	for i := len(w.checkpoints) - 1; i >= 0; i-- {
		if c := w.checkpoints[i]; c.Size > n && c.Size <= w.size {
			return c.Size, c.Root, nil
		}
	}
	root, err := w.storedRoot(ctx, w.size)
	return w.size, root, err
}

// storedRoot returns the root the stored hashes give, zero if one it needs is missing.
func (w *walk) storedRoot(ctx context.Context, size int64) (evidence.Hash, error) {
	root, err := evidence.RootAt(size, reader(ctx, w.src))
	if err != nil && fault.CodeOf(err) == "evidence.hash_missing" {
		return evidence.Hash{}, nil
	}
	return root, err
}

// compareCheckpoints holds every earlier checkpoint against the log. Either the
// entries or the stored hashes may confirm it: where only one of them does, the
// other has findings of its own.
func (w *walk) compareCheckpoints(ctx context.Context) error {
	for _, c := range w.checkpoints {
		if c.Size < 0 || c.Size > w.size {
			w.report.add(Finding{
				Kind: CheckpointInconsistent, Sequence: w.size,
				Sentence: fmt.Sprintf("A checkpoint states %d entries and the log has %d.", c.Size, w.size),
			})
			continue
		}
		confirmed := w.roots[c.Size] == c.Root
		if !confirmed {
			root, err := w.storedRoot(ctx, c.Size)
			if err != nil {
				return err
			}
			confirmed = root == c.Root
		}
		if confirmed {
			w.report.Checkpoints++
			continue
		}
		f := Finding{
			Kind: CheckpointInconsistent, Sequence: max(c.Size-1, 0),
			Sentence: fmt.Sprintf("The first %d entries are not those an earlier checkpoint states.", c.Size),
		}
		if c.Size > 0 {
			last, err := w.entryAt(ctx, c.Size-1)
			if err != nil {
				return err
			}
			f.Stream = last.Stream
		}
		w.report.add(f)
	}
	return nil
}
