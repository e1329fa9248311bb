package store

import (
	"context"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/ledger"
)

const (
	logRange     = `SELECT ` + recordColumns + ` FROM event WHERE seq >= $1 AND seq < $2 ORDER BY seq`
	allTransfers = `SELECT ` + transferColumns + `, t.position FROM transfer t WHERE t.position > $1 ORDER BY t.position LIMIT $2`
	allEntries   = `SELECT position, account, version, transfer, delta, balance FROM entry WHERE position > $1 ORDER BY position LIMIT $2`
	streamsFrom  = `SELECT stream FROM event WHERE version = 1 AND stream > $1 AND stream >= $2 AND stream < $3 ORDER BY stream LIMIT $4`
	addNote      = `INSERT INTO checkpoint (size, note, at) VALUES ($1, $2, $3) ON CONFLICT (size, note) DO NOTHING`
	allNotes     = `SELECT note FROM checkpoint ORDER BY size, position`
)

// Size is the number of durable entries.
func (s *Store) Size(ctx context.Context) (int64, error) {
	tail, err := s.Tail(ctx)
	return tail.Size, err
}

// Range reads the records there are with from <= sequence < to, in order.
func (s *Store) Range(ctx context.Context, from, to int64) ([]assurance.Record, error) {
	return all(ctx, s, logRange, []any{from, to}, scanRecord)
}

// Entries reads the public parts of the records that Range reads.
func (s *Store) Entries(ctx context.Context, from, to int64) ([]evidence.Entry, error) {
	return all(ctx, s, logRange, []any{from, to}, func(r row) (evidence.Entry, error) {
		v, err := scanRecord(r)
		return v.Entry(), err
	})
}

// AllTransfers reads transfers in the order in which they were written, after a
// position; last is the position of the last one.
func (s *Store) AllTransfers(ctx context.Context, after int64, limit int) (rows []ledger.Transfer, last int64, err error) {
	last = after
	rows, err = all(ctx, s, allTransfers, []any{after, int64(limit)}, func(r row) (ledger.Transfer, error) {
		return scanTransfer(r, &last)
	})
	return rows, last, err
}

// AllEntries reads entries in the order in which they were written, after a
// position; last is the position of the last one.
func (s *Store) AllEntries(ctx context.Context, after int64, limit int) (rows []ledger.Entry, last int64, err error) {
	last = after
	rows, err = all(ctx, s, allEntries, []any{after, int64(limit)}, func(r row) (ledger.Entry, error) {
		var e ledger.Entry
		err := r.Scan(&last, &e.Account, &e.Version, &e.Transfer, &e.Delta, &e.Balance)
		return e, err
	})
	return rows, last, err
}

// Streams lists the streams whose names begin with kind, in order, after a name.
func (s *Store) Streams(ctx context.Context, kind, after string, limit int) ([]string, error) {
	// Names of streams are ASCII, so 0x7f is above each of their letters.
	return all(ctx, s, streamsFrom, []any{after, kind, kind + "\x7f", int64(limit)}, scanOne[string])
}

// SaveCheckpoint keeps a signed checkpoint for ever; the same one again changes nothing.
func (s *Store) SaveCheckpoint(ctx context.Context, size int64, note []byte, at time.Time) error {
	_, err := s.put(ctx, addNote, size, note, micros(at))
	return err
}

// Checkpoints lists every kept checkpoint in order of size.
func (s *Store) Checkpoints(ctx context.Context) ([][]byte, error) {
	return all(ctx, s, allNotes, nil, scanOne[[]byte])
}
