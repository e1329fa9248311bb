package assurance

import (
	"context"
	"sync"
	"sync/atomic"
)

// news wakes whoever watches a stream when the stream has new facts. Its zero
// value is ready.
type news struct {
	watched  atomic.Int64 // watchers, so that a commit that nobody waits for costs nothing
	mu       sync.Mutex
	watchers map[string]map[chan struct{}]struct{}
}

// Watch answers a channel that holds a value once the stream has new durable facts.
// What comes while the last value is not taken is one with it, so that a slow
// watcher holds nobody up. Call the function once when done.
func (h *House) Watch(stream string) (<-chan struct{}, func()) {
	return h.committer.news.watch(stream)
}

// Heard wakes who watches what other nodes have written: the records with
// from <= sequence < to. It fails as the journal does.
func (h *House) Heard(ctx context.Context, from, to int64) error {
	n := &h.committer.news
	if n.watched.Load() == 0 {
		return nil
	}
	streams, err := h.cfg.Store.Touched(ctx, from, to)
	if err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, stream := range streams {
		n.wake(stream)
	}
	return nil
}

// HeardAll wakes everybody who watches: nobody knows what has been written.
func (h *House) HeardAll() {
	n := &h.committer.news
	n.mu.Lock()
	defer n.mu.Unlock()
	for stream := range n.watchers {
		n.wake(stream)
	}
}

func (n *news) watch(stream string) (<-chan struct{}, func()) {
	c := make(chan struct{}, 1)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.watchers == nil {
		n.watchers = map[string]map[chan struct{}]struct{}{}
	}
	if n.watchers[stream] == nil {
		n.watchers[stream] = map[chan struct{}]struct{}{}
	}
	n.watchers[stream][c] = struct{}{}
	n.watched.Add(1)
	return c, sync.OnceFunc(func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.watched.Add(-1)
		delete(n.watchers[stream], c)
		if len(n.watchers[stream]) == 0 {
			delete(n.watchers, stream)
		}
	})
}

// written wakes who watches the streams of records that are durable now.
func (n *news) written(records []Record) {
	if n.watched.Load() == 0 {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for i := range records {
		n.wake(records[i].Stream)
	}
}

// wake is called under mu.
func (n *news) wake(stream string) {
	for c := range n.watchers[stream] {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
