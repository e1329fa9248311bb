package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"io"
	"io/fs"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"fondaco/internal/fault"
)

//go:embed migrations/postgres/*.sql
var postgresMigrations embed.FS

// readWait bounds a read whose caller sets no bound: a server that stands still
// answers nothing, not even that it is gone.
const readWait = 8 * time.Second

// postgresOldest is the oldest server that is tested, as it numbers itself.
const postgresOldest = 150000

// The locks by which nodes on one database agree, under keys of our own. That of
// the log is held by whoever appends to it, until the transaction ends.
const (
	logLock     = 0x666f6e6461636f01
	migrateLock = 0x666f6e6461636f02
)

const trackingsUsed = `SELECT u.carrier, u.number, u.deal FROM unnest($1::text[], $2::text[], $3::text[]) AS u (carrier, number, deal)
	WHERE EXISTS (SELECT 1 FROM tracking AS t WHERE t.number = u.number AND t.carrier = u.carrier AND t.deal <> u.deal)`

// OpenPostgres opens a database by its URL (postgres://…) or keyword string, on
// PostgreSQL 15 or newer. Several houses may be open on one database at the same
// time. Call Migrate before the first use. It fails with store.bad_address when the
// address cannot be understood, store.unavailable when no server that takes writes
// answers, store.too_old for an older server, and store.not_durable where the
// server does not force what it acknowledges to the disk. No error shows a password.
func OpenPostgres(ctx context.Context, dsn string, options ...Option) (*Store, error) {
	config, err := postgresConfig(dsn)
	if err != nil {
		return nil, err
	}
	readers := 4 + 4*runtime.GOMAXPROCS(0)
	d := dialect{
		classify: classifyPostgres, migrations: postgresSchema, begun: postgresBegun, within: "strpos", arrays: true, again: readers + 1, stale: stale, patience: readWait, standbys: true,
		sweeps: []string{postgresSweepTallies, postgresSweepTickets}, trackings: trackingsUsed,
	}
	// A server that has lost its office may go on answering, from what it knew. Whoever
	// writes notices first: what was connected before then is not asked again.
	var era atomic.Int64
	const born = "fondaco.era"
	read := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(func(_ context.Context, c *pgx.Conn) error {
		c.PgConn().CustomData()[born] = era.Load()
		return nil
	}), stdlib.OptionResetSession(func(_ context.Context, c *pgx.Conn) error {
		if c.PgConn().CustomData()[born] != era.Load() {
			return driver.ErrBadConn
		}
		return nil
	}))
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	read.SetConnMaxIdleTime(5 * time.Minute)
	s := &Store{readers: read, dialect: d, now: time.Now, reads: map[string]*sql.Stmt{}}
	w := newPostgresWriter(config, read, d.again)
	w.made = func() { era.Add(1) }
	s.writer = w
	for _, option := range options {
		option(s)
	}
	if err := postgresReady(ctx, read); err != nil {
		return nil, errors.Join(d.classify(err), s.Close())
	}
	return s, nil
}

// postgresConfig reads the address and adds what every connection is set to.
func postgresConfig(dsn string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil || dsn == "" {
		// The parser's own words may quote the address, and with it a password.
		return nil, fault.New(fault.Invalid, "store.bad_address", "The address of the database cannot be understood. It looks like postgres://user@host/name.").At("database")
	}
	for name, value := range map[string]string{
		"application_name": "fondaco", "jit": "off", "timezone": "UTC",
		// A statement is planned once, often when a table is still empty or holds few rows
		// among many dead ones. Reading it whole looks cheap then, and stays the plan.
		"enable_seqscan": "off",
		// A node that has died must not hold the others up for long.
		"idle_in_transaction_session_timeout": "30000", "tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3",
	} {
		if _, given := config.RuntimeParams[name]; !given {
			config.RuntimeParams[name] = value
		}
	}
	if config.ValidateConnect == nil {
		// Behind an address of several servers only the one that takes writes will do:
		// the others may be behind what was acknowledged.
		config.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 5 * time.Second
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeCacheStatement
	return config, nil
}

// postgresReady checks that the server is new enough and keeps what it acknowledges.
func postgresReady(ctx context.Context, db *sql.DB) error {
	var version int
	if err := db.QueryRowContext(ctx, `SELECT CAST(current_setting('server_version_num') AS INTEGER)`).Scan(&version); err != nil {
		return err
	}
	if version < postgresOldest {
		return fault.New(fault.Unavailable, "store.too_old", "PostgreSQL 15 or newer is needed.")
	}
	rows, err := db.QueryContext(ctx, durability)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			return err
		}
		if value == "off" {
			return notDurable(name, value)
		}
	}
	return rows.Err()
}

const postgresBegun = `SELECT to_regclass('goose_db_version') IS NOT NULL`

// What has expired is removed a few rows at a time. Rows that somebody else holds are
// left to the next sweep, so that two of them never wait for each other.
const (
	postgresSweepTallies = `DELETE FROM tally WHERE key IN (SELECT key FROM tally WHERE ends_at <= $1 ORDER BY ends_at LIMIT $2 FOR UPDATE SKIP LOCKED)`
	postgresSweepTickets = `DELETE FROM ticket WHERE hash IN (SELECT hash FROM ticket WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)`
)

// durability asks for the settings without which an acknowledged commit could be lost.
const durability = `SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes')`

func notDurable(name, value string) error {
	return fault.New(fault.Unavailable, "store.not_durable", "The database cannot be kept safe here: {setting} is {value}.").
		With("setting", name).With("value", value)
}

// postgresSchema is the steps that lead to the newest schema. Nodes that start at
// the same time take turns.
func postgresSchema(db *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(postgresMigrations, "migrations/postgres")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, db, files, goose.WithSessionLocker(oneMigrates{}))
}

// oneMigrates lets one node change the schema at a time.
type oneMigrates struct{}

// SessionLock waits until no other node changes the schema.
func (oneMigrates) SessionLock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock($1)`, int64(migrateLock))
	return err
}

// SessionUnlock lets the next node in.
func (oneMigrates) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, `SELECT pg_advisory_unlock($1)`, int64(migrateLock))
	return err
}

// classifyPostgres reads a server's error by its SQLSTATE.
func classifyPostgres(err error) error {
	var known *fault.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		if lost(err) {
			return unavailable(err)
		}
		return classifyAny(err)
	}
	switch e.Code {
	case "23505", "40001", "40P01": // unique_violation, serialization_failure, deadlock_detected
		return conflict(err)
	case "22021", "22P05": // character_not_in_repertoire, untranslatable_character
		return fault.New(fault.Invalid, "store.bad_text", "A text holds characters that cannot be kept.").Because(err)
	case "22003": // numeric_value_out_of_range
		return fault.New(fault.Internal, constraint, "The database has refused to break a rule.").Because(err)
	case "53100": // disk_full
		return full(err)
	case "26000", "25006": // the statement or the right to write is gone with another server
		return unavailable(err)
	}
	switch e.Code[:min(2, len(e.Code))] {
	case "23":
		return fault.New(fault.Internal, constraint, "The database has refused to break a rule.").Because(err)
	case "22", "25", "26", "34", "42", "0A", "XX":
		return broken(err)
	}
	return unavailable(err)
}

// lost reports whether the connection was lost or never made.
func lost(err error) bool {
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) || pgconn.SafeToRetry(err) || isBad(err) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// stale reports whether a connection of the pool has turned out to be lost, rather
// than that none can be made.
func stale(err error) bool {
	var connect *pgconn.ConnectError
	var e *pgconn.PgError
	if errors.As(err, &connect) {
		return false
	}
	if errors.As(err, &e) {
		return e.Code == "25006" || strings.HasPrefix(e.Code, "57P") // not the one that takes writes any more, or shutting down
	}
	return lost(err)
}
