package store

import (
	"context"
	"database/sql"
	"os"
	"sync"

	sqlite3 "modernc.org/sqlite/lib"
)

const (
	// backfillPages is how many pages the write-ahead log of SQLite holds before they
	// are carried into the database file. With pages of 4 KiB that is 32 MiB.
	backfillPages = 8192
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
	file  *os.File      // the database, to force it to the disk; nil until it is needed
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

// letGo closes the file when every connection is closed: whoever closes a file gives up
// the locks that this process has on it, and with them those of the connections.
func (b *backfill) letGo() error {
	if b.file == nil {
		return nil
	}
	return b.file.Close()
}

const (
	measureLog = `PRAGMA wal_checkpoint(NOOP)`
	carryLog   = `PRAGMA wal_checkpoint(PASSIVE)`
)

// carries is how often it carries over while others write. What is left shrinks each time.
const carries = 2

// look carries over what has gathered, and then what was written meanwhile. For that
// nobody may write: only a log that is carried over whole is begun anew. SQLite forces
// the file to the disk at that last step alone, while everybody waits, and in a large
// house that is thousands of pages that lie apart. So they are forced before.
func (b *backfill) look(ctx context.Context) {
	held, carried, err := b.ask(ctx, measureLog)
	if err == nil && (held < backfillPages || held == carried) {
		return
	}
	for range carries {
		if err == nil {
			_, _, err = b.ask(ctx, carryLog)
		}
		if err == nil {
			err = b.force()
		}
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

// force waits until what was carried over is on the disk. SQLite has forced the log
// itself before it carried anything over, and forces the file again before it begins
// the log anew.
func (b *backfill) force() error {
	if b.file == nil {
		file, err := os.OpenFile(b.w.path, os.O_RDWR, 0)
		if err != nil {
			return nil //nolint:nilerr // then SQLite does it alone, at the end
		}
		b.file = file
	}
	if err := b.file.Sync(); err != nil {
		return &engineError{sqlite3.SQLITE_IOERR_FSYNC, err}
	}
	return nil
}

// ask runs a checkpoint, and answers how many pages the log holds and how many of
// them are in the database file.
func (b *backfill) ask(ctx context.Context, pragma string) (held, carried int, err error) {
	var busy int // somebody else is at it
	err = b.db.QueryRowContext(ctx, pragma).Scan(&busy, &held, &carried)
	return held, carried, err
}
