package bench

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/store"
)

// SQLite is a house in a file of its own folder.
type SQLite struct {
	dir  string
	keep bool
}

// NewSQLite makes a folder for a house within parent, or within the system's
// folder for temporary files if parent is empty. Remove removes it unless keep is
// set. It fails with bench.no_folder, Invalid.
func NewSQLite(parent string, keep bool) (*SQLite, error) {
	dir, err := os.MkdirTemp(parent, "fondaco-bench-")
	if err != nil {
		return nil, fault.New(fault.Invalid, "bench.no_folder", "No folder for a house can be made there.").At("data").Because(err)
	}
	return &SQLite{dir: dir, keep: keep}, nil
}

// Address is the folder of the house.
func (d *SQLite) Address() string { return d.dir }

func (d *SQLite) file() string { return filepath.Join(d.dir, "house.db") }

// Name says which SQLite it is.
func (d *SQLite) Name(ctx context.Context) (string, error) {
	db, err := d.beside()
	if err != nil {
		return "", err
	}
	var version string
	err = db.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&version)
	return "SQLite " + version, errors.Join(err, db.Close())
}

// Open opens the house's file.
func (d *SQLite) Open(ctx context.Context) (Store, error) {
	s, err := store.OpenSQLite(ctx, d.file())
	if err != nil {
		return nil, err
	}
	if err := s.Migrate(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// beside is a connection of the bench's own, as durable as the house's.
func (d *SQLite) beside() (*sql.DB, error) {
	pragmas := []string{"busy_timeout(5000)", "journal_mode(wal)", "synchronous(full)", "cache_size(-65536)"}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(d.file()), RawQuery: url.Values{"_pragma": pragmas}.Encode()}
	db, err := sql.Open("sqlite", u.String())
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}

// rawRows is how many rows a transaction of the yardstick holds.
const rawRows = 1000

// Raw inserts into a table that is dropped again.
func (d *SQLite) Raw(ctx context.Context, size int, window time.Duration) (rate float64, err error) {
	db, err := d.beside()
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.ExecContext(ctx, "CREATE TABLE bench_raw (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT"); err != nil {
		return 0, err
	}
	const perStatement = 250
	text := "INSERT INTO bench_raw (body) VALUES (?)" + strings.Repeat(",(?)", perStatement-1) //nolint:gosec // places only
	insert, err := db.PrepareContext(ctx, text)
	if err != nil {
		return 0, err
	}
	defer func() { _ = insert.Close() }()
	args := make([]any, perStatement)
	for i := range args {
		args[i] = bytes.Repeat([]byte{byte(i)}, size)
	}
	rows, begun := 0, time.Now()
	for time.Since(begun) < window {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return 0, err
		}
		for range rawRows / perStatement {
			if _, err := tx.StmtContext(ctx, insert).ExecContext(ctx, args...); err != nil { //nolint:sqlclosecheck // closed with the transaction
				return 0, errors.Join(err, tx.Rollback())
			}
		}
		if err := tx.Commit(); err != nil {
			return 0, err
		}
		rows += rawRows
	}
	rate = float64(rows) / time.Since(begun).Seconds()
	_, err = db.ExecContext(ctx, "DROP TABLE bench_raw")
	return rate, err
}

// Remove removes the folder unless it is to be kept.
func (d *SQLite) Remove(context.Context) error {
	if d.keep {
		return nil
	}
	return os.RemoveAll(d.dir)
}

// sqliteWatch reads what the file system and the log's header tell.
type sqliteWatch struct {
	d        *SQLite
	size     int64
	written  int64
	restarts int64 // how often the log was begun anew
}

// Watch notes the size of the file and what the process has written.
func (d *SQLite) Watch(context.Context) (Watch, error) {
	w := &sqliteWatch{d: d, written: bytesWritten()}
	info, err := os.Stat(d.file())
	if err != nil {
		return nil, err
	}
	w.size = info.Size()
	return w, nil
}

// Last reads how often the log was begun anew since the store was opened: the
// checkpoint sequence in its header, which counts from zero in a new log.
func (w *sqliteWatch) Last(context.Context) error {
	w.written = bytesWritten() - w.written
	f, err := os.Open(w.d.file() + "-wal")
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	header := make([]byte, 32)
	if _, err := io.ReadFull(f, header); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	w.restarts = int64(binary.BigEndian.Uint32(header[12:16]))
	return nil
}

// syncsPerRestart: a log that is begun anew was made durable before it was copied, and
// then the database file was; both again for what had been written meanwhile; and
// then the log's new header.
const syncsPerRestart = 5

// Usage adds up: each commit makes the log durable once.
func (w *sqliteWatch) Usage(_ context.Context, commits int64) (Usage, error) {
	info, err := os.Stat(w.d.file())
	if err != nil {
		return Usage{}, err
	}
	return Usage{Grown: info.Size() - w.size, Written: w.written, Syncs: commits + syncsPerRestart*w.restarts}, nil
}

// bytesWritten is what this process has caused to be written to disk, as the
// kernel counts it; 0 where it does not.
func bytesWritten() int64 {
	doc, err := os.ReadFile("/proc/self/io")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(doc)) {
		if value, found := strings.CutPrefix(line, "write_bytes: "); found {
			n, _ := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
			return n
		}
	}
	return 0
}
