package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strconv"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
)

//go:embed migrations/sqlite/*.sql
var sqliteMigrations embed.FS

// busyWait is how long a statement waits for another process to let go of the file.
const busyWait = 5 * time.Second

// Option changes how a store is opened.
type Option func(*Store)

// WithClock sets the clock by which browsers' visits expire; the machine's by default.
func WithClock(now func() time.Time) Option { return func(s *Store) { s.now = now } }

// OpenSQLite opens the database file at path, and creates it if need be. Call
// Migrate before the first use. A new file is for its owner's eyes only. It fails
// with store.unavailable when the file cannot be opened, with store.bad_path for
// a database in memory, which would lose what was acknowledged, and with
// store.not_durable where the file system cannot keep what SQLite needs.
func OpenSQLite(ctx context.Context, path string, options ...Option) (*Store, error) {
	if path == "" || path == ":memory:" {
		return nil, fault.New(fault.Invalid, "store.bad_path", "Name a file for the database.").At("path")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, unavailable(err)
	}
	if err := private(path); err != nil {
		return nil, unavailable(err)
	}
	d := dialect{classify: classifySQLite, migrations: sqliteSchema, begun: sqliteBegun, within: "instr", sweeps: []string{sqliteSweepTallies, sqliteSweepTickets}}
	schema, err := sql.Open("sqlite", sqliteAddress(path, "synchronous(full)"))
	if err != nil {
		return nil, unavailable(err)
	}
	read, err := sql.Open("sqlite", sqliteAddress(path, "query_only(1)", "cache_size(-16384)"))
	if err != nil {
		return nil, errors.Join(unavailable(err), schema.Close())
	}
	fill, err := sql.Open("sqlite", sqliteAddress(path, "synchronous(full)", "cache_size(-512)"))
	if err != nil {
		return nil, errors.Join(unavailable(err), schema.Close(), read.Close())
	}
	readers := 2 + 2*runtime.GOMAXPROCS(0)
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	s := &Store{writer: newSQLiteWriter(path, schema, fill, d.classify), readers: read, dialect: d, now: time.Now, reads: map[string]*sql.Stmt{}}
	for _, option := range options {
		option(s)
	}
	// The writer comes first: it makes the file and sets its journal mode.
	if err := errors.Join(s.writer.write(ctx, func(tx) error { return nil }), read.PingContext(ctx)); err != nil {
		return nil, errors.Join(d.classify(err), s.Close())
	}
	return s, nil
}

// private makes the file, if there is none, readable by its owner alone: SQLite
// gives its side files the same rights.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// sqliteMust are the settings without which a house is not kept safe.
func sqliteMust() []mustBe {
	return []mustBe{{"journal_mode", "wal"}, {"synchronous", int64(2)}, {"foreign_keys", int64(1)}, {"recursive_triggers", int64(1)}}
}

// mustBe is what a setting must say, a text or a number.
type mustBe struct {
	pragma string
	want   any
}

func (m mustBe) check(r row) error {
	have := reflect.New(reflect.TypeOf(m.want))
	if err := r.Scan(have.Interface()); err != nil {
		return err
	}
	if value := have.Elem().Interface(); value != m.want {
		return fault.New(fault.Unavailable, "store.not_durable", "The database cannot be kept safe here: {setting} is {value}.").
			With("setting", m.pragma).With("value", fmt.Sprint(value))
	}
	return nil
}

// sqlitePragmas are what every connection is set to. recursive_triggers makes
// REPLACE run the triggers that forbid removal.
func sqlitePragmas() []string {
	return []string{
		"busy_timeout(" + strconv.FormatInt(busyWait.Milliseconds(), 10) + ")", "journal_mode(wal)", "foreign_keys(1)", "recursive_triggers(1)",
		"trusted_schema(0)", "temp_store(memory)", "journal_size_limit(67108864)",
	}
}

// sqliteAddress is the file with what a connection to it is set to.
func sqliteAddress(path string, more ...string) string {
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: url.Values{"_pragma": append(sqlitePragmas(), more...), "_txlock": {"immediate"}}.Encode()}
	return u.String()
}

const sqliteBegun = `SELECT count(*) > 0 FROM sqlite_master WHERE name = 'goose_db_version'`

// What has expired is removed a few rows at a time.
const (
	sqliteSweepTallies = `DELETE FROM tally WHERE key IN (SELECT key FROM tally WHERE ends_at <= $1 ORDER BY ends_at LIMIT $2)`
	sqliteSweepTickets = `DELETE FROM ticket WHERE hash IN (SELECT hash FROM ticket WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)`
)

// sqliteSchema is the steps that lead to the newest schema.
func sqliteSchema(db *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(sqliteMigrations, "migrations/sqlite")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectSQLite3, db, files)
}

// classifySQLite reads a driver's error by its result code.
func classifySQLite(err error) error {
	var known *fault.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	var code int
	var pooled *sqlite.Error
	var written *engineError
	switch {
	case errors.As(err, &pooled):
		code = pooled.Code()
	case errors.As(err, &written):
		code = written.code
	default:
		return classifyAny(err)
	}
	switch code {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID:
		return conflict(err)
	}
	if sickDisk(code) {
		return sick(err)
	}
	switch code & 0xff {
	case sqlite3.SQLITE_FULL:
		return full(err)
	case sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH:
		return fault.New(fault.Internal, constraint, "The database has refused to break a rule.").Because(err)
	case sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISUSE, sqlite3.SQLITE_RANGE, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_SCHEMA:
		return broken(err)
	}
	return unavailable(err)
}

// classifyAny reads what no database made: the pool, the context, a scan.
func classifyAny(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || isBad(err) {
		return unavailable(err)
	}
	return broken(err)
}

// constraint is the code for a row that a rule of the database forbids.
const constraint = "store.constraint"

func conflict(err error) error {
	return fault.New(fault.Conflict, "store.conflict", "Somebody else has written in between. Try again.").Because(err)
}

// notNew is the conflict of a key or a number that was decided as new.
func notNew(err error) error { return conflict(errors.Join(assurance.ErrNotNew, err)) }

func unavailable(err error) error {
	return fault.New(fault.Unavailable, "store.unavailable", "The database cannot be reached. Try again in a moment.").Because(err)
}

func broken(err error) error {
	return fault.New(fault.Internal, "store.broken", "The database and the program do not fit together.").Because(err)
}

// isBad reports whether the driver gave the connection up.
func isBad(err error) bool {
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone)
}
