package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pressly/goose/v3"

	"fondaco/internal/fault"
)

// Store is the house's database. It is safe for use by several goroutines; one
// of them writes at a time. Close it when done.
type Store struct {
	writer  writer
	readers *sql.DB
	dialect dialect
	now     func() time.Time // for the expiry of visits only
	closed  atomic.Bool
	last    lastCommit // of who has the turn to write
	timed   atomic.Pointer[int64]

	mu    sync.RWMutex
	reads map[string]*sql.Stmt // prepared on the readers, by text
}

// dialect is what differs between databases beside their migrations and writers.
type dialect struct {
	classify func(error) error // a driver's error as a fault, by its code
	// migrations are the steps that lead to the newest schema.
	migrations func(*sql.DB) (*goose.Provider, error)
	begun      string // asks whether the first step was ever made
	within     string // the function that finds the place of a text in another, from 1, or 0
	// arrays says that "IN {in}" is asked as "= ANY($1)", with one argument for
	// any number of keys.
	arrays bool
	// trackings asks about any number of tracking numbers at once; without it each
	// is asked about by itself.
	trackings string
	again     int              // how often a read is tried again when its connection is lost
	stale     func(error) bool // tells such a loss
	// patience bounds a read whose caller sets no bound; 0 for none.
	patience time.Duration
	sweeps   []string // each removes at most $2 rows that have expired by $1
	standbys bool     // a commit may be visible before it is acknowledged
}

// spelled is a query with the database's own name for {within}.
func (d dialect) spelled(query string) string { return strings.ReplaceAll(query, "{within}", d.within) }

// Migrate brings the schema up to date. It is safe to repeat. A schema that is newer
// than this program is left as it is, unless it says that the program is too old for
// it: then Migrate fails with store.program_too_old.
func (s *Store) Migrate(ctx context.Context) error {
	return s.writer.alone(ctx, func(db *sql.DB) error {
		steps, err := s.dialect.migrations(db)
		if err != nil {
			return broken(err)
		}
		if _, err := steps.Up(ctx); err != nil {
			return s.dialect.classify(err)
		}
		return s.fits(ctx, db, steps)
	})
}

// Schema is how far the schema of a database has come.
type Schema struct {
	Version int64 // 0 before the first step
	Newest  int64 // that this program knows
}

// Schema reads how far the schema has come.
func (s *Store) Schema(ctx context.Context) (Schema, error) {
	var out Schema
	err := s.writer.alone(ctx, func(db *sql.DB) error {
		steps, err := s.dialect.migrations(db)
		if err != nil {
			return broken(err)
		}
		var begun bool
		if err := db.QueryRowContext(ctx, s.dialect.begun).Scan(&begun); err != nil {
			return s.dialect.classify(err)
		}
		if !begun { // looking must not write
			sources := steps.ListSources()
			out.Newest = sources[len(sources)-1].Version
			return nil
		}
		if out.Version, out.Newest, err = steps.GetVersions(ctx); err != nil {
			return s.dialect.classify(err)
		}
		return nil
	})
	return out, err
}

// Close ends every connection. What was acknowledged is durable already.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	s.mu.Lock()
	for text, stmt := range s.reads {
		_ = stmt.Close()
		delete(s.reads, text)
	}
	s.mu.Unlock()
	return errors.Join(s.readers.Close(), s.writer.close())
}

// read runs a query on the readers and hands each row to scan. A connection that
// turns out to be lost before the first row is no reason to fail: a server that was
// replaced has left the pool full of them.
func (s *Store) read(ctx context.Context, query string, args []any, scan func(row) error) error {
	if _, bound := ctx.Deadline(); !bound && s.dialect.patience > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.dialect.patience)
		defer cancel()
	}
	err := s.readOnce(ctx, query, args, scan)
	for range s.dialect.again {
		if lost := (*lostError)(nil); !errors.As(err, &lost) || ctx.Err() != nil {
			break
		}
		err = s.readOnce(ctx, query, args, scan)
	}
	return s.dialect.classify(err)
}

// lostError is a failure before the first row.
type lostError struct{ cause error }

func (e *lostError) Error() string { return e.cause.Error() }
func (e *lostError) Unwrap() error { return e.cause }

func (s *Store) readOnce(ctx context.Context, query string, args []any, scan func(row) error) error {
	if s.closed.Load() {
		return unavailable(nil)
	}
	none := func(err error) error {
		if s.dialect.stale != nil && s.dialect.stale(err) {
			return &lostError{err}
		}
		return err
	}
	stmt, err := s.prepared(ctx, query) //nolint:sqlclosecheck // kept for the next time; closed with the store
	if err != nil {
		return none(err)
	}
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return none(err)
	}
	defer func() { _ = rows.Close() }()
	first := true
	for rows.Next() {
		first = false
		if err := scan(rows); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil && first {
		return none(err)
	}
	return rows.Err()
}

// row is one result to scan from.
type row interface{ Scan(into ...any) error }

func (s *Store) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	s.mu.RLock()
	stmt, ok := s.reads[query]
	s.mu.RUnlock()
	if ok {
		return stmt, nil
	}
	stmt, err := s.readers.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if other, ok := s.reads[query]; ok {
		_ = stmt.Close() //nolint:sqlclosecheck // somebody else was faster; theirs is kept
		return other, nil
	}
	s.reads[query] = stmt
	return stmt, nil
}

// all reads every row of a query with one scanner.
func all[T any](ctx context.Context, s *Store, query string, args []any, scan func(row) (T, error)) ([]T, error) {
	var out []T
	err := s.read(ctx, query, args, func(r row) error {
		v, err := scan(r)
		if err == nil {
			out = append(out, v)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// one reads the first row of a query; found is false if there is none.
func one[T any](ctx context.Context, s *Store, query string, args []any, scan func(row) (T, error)) (v T, found bool, err error) {
	rows, err := all(ctx, s, query, args, scan)
	if err != nil || len(rows) == 0 {
		return v, false, err
	}
	return rows[0], true, nil
}

// listMax is how many keys one statement asks for.
const listMax = 256

// ask is how a query is put: to the readers or inside a transaction.
type ask func(query string, args []any, scan func(row) error) error

// asked puts queries to the readers.
func (s *Store) asked(ctx context.Context) ask {
	return func(query string, args []any, scan func(row) error) error { return s.read(ctx, query, args, scan) }
}

// listed runs a query whose "{in}" stands for a list of keys, or "{rows}" for
// rows of one number each, as often as the number of keys demands. Where lists are
// spelled out they are filled up to powers of two by repeating the last key, so
// that few texts of statements are needed. PostgreSQL takes a list as one argument, but
// plans the question anew each time as long as the list is short; for one key, once.
func listed[K any](d dialect, read ask, query string, keys []K, scan func(row) error) error {
	if d.arrays && len(keys) > 1 && strings.Contains(query, "IN {in}") {
		return read(strings.Replace(query, "IN {in}", "= ANY($1)", 1), []any{keys}, scan)
	}
	for len(keys) > 0 {
		part := keys[:min(len(keys), listMax)]
		keys = keys[len(part):]
		width := 1
		for width < len(part) {
			width *= 2
		}
		args := make([]any, width)
		for i := range args {
			args[i] = part[min(i, len(part)-1)]
		}
		if err := read(inList(query, width), args, scan); err != nil {
			return err
		}
	}
	return nil
}

// several asks about any number of keys and answers what is found, in no order.
func several[K, T any](ctx context.Context, s *Store, query string, keys []K, scan func(row) (T, error)) (out []T, err error) {
	err = listed(s.dialect, s.asked(ctx), query, keys, func(r row) error {
		v, err := scan(r)
		out = append(out, v)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func inList(query string, width int) string {
	if strings.Contains(query, "{rows}") {
		rows := strings.ReplaceAll(places(1, width), "$", "CAST($")
		rows = "(" + strings.ReplaceAll(rows, ",", " AS BIGINT)),(") + " AS BIGINT))"
		return strings.Replace(query, "{rows}", rows, 1)
	}
	return strings.Replace(query, "{in}", "("+places(1, width)+")", 1)
}

// places writes "$from, …" for n parameters.
func places(from, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "$%d", from+i)
	}
	return b.String()
}

// micros is a time as it is stored.
func micros(t time.Time) int64 { return t.UnixMicro() }

// instant reads what micros wrote.
func instant(us int64) time.Time { return time.UnixMicro(us).UTC() }

// someInstant is a time that may be absent.
func someInstant(us sql.NullInt64) time.Time {
	if !us.Valid {
		return time.Time{}
	}
	return instant(us.Int64)
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func missing(code, message string) error { return fault.New(fault.NotFound, code, message) }
