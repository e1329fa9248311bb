package assurance

import (
	"context"
	"errors"
	"slices"
	"sync"

	"fondaco/internal/fault"
	"fondaco/internal/trade/evidence"
)

// tip is the end of the log as this process knows it. The goroutine that commits
// and the one that decides share it.
type tip struct {
	journal Journal

	mu      sync.Mutex
	seen    int64 // the log up to here is ours, or its streams are in foreign
	newest  Tail  // as it was read last
	foreign []string
	strange func()         // told when others have written, or may have
	lost    bool           // a commit has failed, and the end has not been read since
	alone   bool           // nobody else had written when our last commit was placed
	tree    *evidence.Tree // of the log up to our last commit; touched by one goroutine at a time
}

// read takes the end of the log as it is, and forgets what others have written
// before it. Nothing may be under way.
func (t *tip) read(ctx context.Context) (Tail, error) {
	end, err := t.journal.Tail(ctx)
	if err != nil {
		return end, err
	}
	tree, err := t.treeOf(ctx, end.Size)
	if err != nil {
		return end, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.strange()
	t.tree, t.seen, t.newest, t.foreign, t.alone, t.lost = tree, end.Size, end, nil, false, false
	return end, nil
}

func (t *tip) treeOf(ctx context.Context, size int64) (*evidence.Tree, error) {
	return evidence.NewTree(size, func(indexes []int64) ([]evidence.Hash, error) { return t.journal.Hashes(ctx, indexes) })
}

// notice looks where the log ends now, and reports whether others have written
// what nobody has taken yet.
func (t *tip) notice(ctx context.Context) (bool, error) {
	end, err := t.journal.Tail(ctx)
	if err != nil {
		return false, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	err = t.note(ctx, end)
	return len(t.foreign) > 0, err
}

// behind looks where the log ends as notice does, unless nobody else has been writing
// lately: if somebody has begun to, the next commit finds no place, and what was
// decided on too little is decided again.
func (t *tip) behind(ctx context.Context) (bool, error) {
	t.mu.Lock()
	alone, foreign := t.alone, len(t.foreign) > 0
	t.mu.Unlock()
	if alone || foreign {
		return foreign, nil
	}
	return t.notice(ctx)
}

// ours reports whether the log, as it is now, holds nothing but what this process has
// read or written itself.
func (t *tip) ours(ctx context.Context) (bool, error) {
	end, err := t.journal.Tail(ctx)
	if err != nil {
		return false, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return end.Size <= t.seen && len(t.foreign) == 0 && !t.lost, nil
}

// expected is where the log ends as far as this process knows.
func (t *tip) expected() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.seen
}

// note remembers whose streams lie between what was seen and the end. It is
// called under mu.
func (t *tip) note(ctx context.Context, end Tail) error {
	if end.Size <= t.seen {
		return nil
	}
	streams, err := t.journal.Touched(ctx, t.seen, end.Size)
	if err != nil {
		return err
	}
	t.strange()
	t.foreign, t.seen, t.newest = append(t.foreign, streams...), end.Size, end
	return nil
}

// take hands over the streams that others have changed.
func (t *tip) take() ([]string, Tail) {
	t.mu.Lock()
	defer t.mu.Unlock()
	foreign := t.foreign
	t.foreign = nil
	return foreign, t.newest
}

// commit writes a cycle at the end of the log, wherever that is by now.
func (t *tip) commit(ctx context.Context, y *cycle, b *Batch) error {
	var tree *evidence.Tree
	var before, place int64
	err := t.journal.Commit(ctx, b, func(end Tail) (err error) {
		t.mu.Lock()
		defer t.mu.Unlock()
		if tree != nil { // the place before was not the right one
			t.seen = before
		}
		before, place = t.seen, end.Size
		t.alone = end.Size == t.seen && len(t.foreign) == 0
		tree, err = t.place(ctx, y, b, end)
		return err
	})
	if err == nil && tree != nil {
		t.tree = tree
	}
	if err != nil {
		t.mu.Lock()
		defer t.mu.Unlock()
		if errors.Is(err, ErrNotNew) && tree != nil {
			t.seen = place // where the log still ends, unless others have gone on since
		} else {
			t.lost = true
		}
	}
	return err
}

// place is called under mu. What others have written since the cycle was decided must
// not be what it was decided on.
func (t *tip) place(ctx context.Context, y *cycle, b *Batch, end Tail) (*evidence.Tree, error) {
	if err := t.note(ctx, end); err != nil {
		return nil, err
	}
	if t.touches(y) {
		return nil, overtaken()
	}
	tree := t.tree.Clone()
	if tree.Size() != end.Size {
		var err error
		if tree, err = t.treeOf(ctx, end.Size); err != nil {
			return nil, err
		}
	}
	y.place(b, end.Size, tree)
	t.seen = end.Size + int64(len(b.Records))
	return tree, nil
}

// overtook refuses a cycle whose refusals rest on what others have changed since;
// with money, on whatever they have moved.
func (t *tip) overtook(ctx context.Context, y *cycle, money bool) error {
	foreign, err := t.notice(ctx)
	if err != nil || !foreign {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if money || t.touches(y) {
		return overtaken()
	}
	return nil
}

// touches reports whether others have written to a stream that the cycle has read.
// It is called under mu.
func (t *tip) touches(y *cycle) bool {
	if len(t.foreign) == 0 {
		return false
	}
	read := make(map[string]bool, len(y.read))
	for _, stream := range y.read {
		read[stream] = true
	}
	return slices.ContainsFunc(t.foreign, func(stream string) bool { return read[stream] })
}

func overtaken() error {
	return fault.New(fault.Conflict, "store.conflict", "Somebody else has written in between. Try again.")
}
