package store

import (
	"context"
	"database/sql"
	"sync"
)

const (
	// backfillPages is how many pages the write-ahead log of SQLite holds before they
	// are carried into the database file. With pages of 4 KiB that is 64 MiB.
	backfillPages = 16384
	// alonePages is where the writer does it by itself, if nobody has done it before.
	alonePages = "65536"
)

// backfill carries the write-ahead log of SQLite into the database file, which
// SQLite calls a checkpoint. It has a connection of its own and works while the
// writer writes: a writer that did this by itself would keep everybody waiting for
// as long as it takes.
type backfill struct {
	db    *sql.DB
	w     *sqliteWriter
	wrote chan struct{} // something was written since it looked last
	done  sync.WaitGroup
}

func newBackfill(db *sql.DB, w *sqliteWriter) *backfill {
	db.SetMaxOpenConns(1)
	b := &backfill{db: db, w: w, wrote: make(chan struct{}, 1)}
	b.done.Go(func() {
		for range b.wrote {
			b.look(context.Background())
		}
	})
	return b
}

// tell lets it look at the log when it has time. Whoever tells has the turn to write.
func (b *backfill) tell() {
	select {
	case b.wrote <- struct{}{}:
	default:
	}
}

// close waits for what it is doing. Nobody may write any more.
func (b *backfill) close() error {
	close(b.wrote)
	b.done.Wait()
	return b.db.Close()
}

const (
	measureLog = `PRAGMA wal_checkpoint(NOOP)`
	carryLog   = `PRAGMA wal_checkpoint(PASSIVE)`
)

// look carries over what has gathered, and then what was written meanwhile. For that
// nobody may write: only a log that is carried over whole is begun anew.
func (b *backfill) look(ctx context.Context) {
	held, carried, err := b.ask(ctx, measureLog)
	if err == nil && (held < backfillPages || held == carried) {
		return
	}
	if err == nil {
		_, _, err = b.ask(ctx, carryLog)
	}
	if b.w.take(ctx) != nil {
		return
	}
	defer b.w.release()
	if err == nil {
		_, _, err = b.ask(ctx, carryLog)
	}
	if err != nil {
		_ = b.w.failed(err) // a disk that has failed is remembered; anything else is tried again after the next commit
	}
}

// ask runs a checkpoint, and answers how many pages the log holds and how many of
// them are in the database file.
func (b *backfill) ask(ctx context.Context, pragma string) (held, carried int, err error) {
	var busy int // somebody else is at it
	err = b.db.QueryRowContext(ctx, pragma).Scan(&busy, &held, &carried)
	return held, carried, err
}
