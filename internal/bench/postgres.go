package bench

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"

	"fondaco/internal/fault"
)

// Postgres is a house in a database of its own on somebody's server.
type Postgres struct {
	server string // address that databases are made through
	name   string
	house  string // address of the house's database
	open   Opening
	keep   bool
}

// Opening opens the house's database at an address, made and brought up to date
// if need be.
type Opening func(ctx context.Context, address string) (Store, error)

// NewPostgres makes a database with a name of its own on the server that the
// address leads to. Remove drops it unless keep is set. It fails with bench.bad_database, Invalid, for an address that is none,
// and with bench.no_database, Unavailable, if no database can be made there.
func NewPostgres(ctx context.Context, address string, open Opening, keep bool) (*Postgres, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return nil, fault.New(fault.Invalid, "bench.bad_database", "Name a PostgreSQL server, such as postgres://user@host/postgres.").At("database")
	}
	word := make([]byte, 6)
	if _, err := rand.Read(word); err != nil {
		return nil, err
	}
	p := &Postgres{server: address, name: "fondaco_bench_" + hex.EncodeToString(word), open: open, keep: keep}
	u.Path = "/" + p.name
	p.house = u.String()
	if err := p.ask(ctx, p.server, func(c *pgx.Conn) error {
		_, err := c.Exec(ctx, "CREATE DATABASE "+p.name)
		return err
	}); err != nil {
		return nil, fault.New(fault.Unavailable, "bench.no_database", "No database can be made on that server. The user needs the right CREATEDB.").At("database").Because(err)
	}
	return p, nil
}

// Address is where the house's database is.
func (p *Postgres) Address() string { return p.house }

// ask runs f on a connection of the bench's own.
func (p *Postgres) ask(ctx context.Context, address string, f func(*pgx.Conn) error) error {
	c, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	return errors.Join(f(c), c.Close(ctx))
}

// Name says which PostgreSQL it is, and how sure its commits are.
func (p *Postgres) Name(ctx context.Context) (name string, err error) {
	err = p.ask(ctx, p.house, func(c *pgx.Conn) error {
		const query = `SELECT 'PostgreSQL ' || current_setting('server_version') || ', fsync=' || current_setting('fsync') ||
			', synchronous_commit=' || current_setting('synchronous_commit')`
		return c.QueryRow(ctx, query).Scan(&name)
	})
	return name, err
}

// Open opens the house's database.
func (p *Postgres) Open(ctx context.Context) (Store, error) { return p.open(ctx, p.house) }

// Raw inserts into a table that is dropped again.
func (p *Postgres) Raw(ctx context.Context, size int, window time.Duration) (rate float64, err error) {
	bodies := make([][]byte, rawRows)
	for i := range bodies {
		bodies[i] = bytes.Repeat([]byte{byte(i)}, size)
	}
	err = p.ask(ctx, p.house, func(c *pgx.Conn) error {
		if _, err := c.Exec(ctx, "CREATE TABLE bench_raw (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body BYTEA NOT NULL)"); err != nil {
			return err
		}
		rows, begun := 0, time.Now()
		for time.Since(begun) < window {
			if _, err := c.Exec(ctx, "INSERT INTO bench_raw (body) SELECT unnest($1::bytea[])", bodies); err != nil {
				return err
			}
			rows += rawRows
		}
		rate = float64(rows) / time.Since(begun).Seconds()
		_, err := c.Exec(ctx, "DROP TABLE bench_raw")
		return err
	})
	return rate, err
}

// Remove drops the database, whoever is still connected to it, unless it is to be
// kept.
func (p *Postgres) Remove(ctx context.Context) error {
	if p.keep {
		return nil
	}
	return p.ask(ctx, p.server, func(c *pgx.Conn) error {
		_, err := c.Exec(ctx, "DROP DATABASE "+p.name+" WITH (FORCE)")
		return err
	})
}

// postgresWatch reads the server's own counters.
type postgresWatch struct {
	p     *Postgres
	place string // in the write-ahead log
	size  int64
	syncs int64
}

const readCounters = `SELECT pg_current_wal_lsn()::text, pg_database_size(current_database()), (SELECT wal_sync FROM pg_stat_wal)`

// Watch reads the counters.
func (p *Postgres) Watch(ctx context.Context) (Watch, error) {
	w := &postgresWatch{p: p}
	if err := p.alone(ctx); err != nil {
		return nil, err
	}
	return w, p.ask(ctx, p.house, func(c *pgx.Conn) error { return c.QueryRow(ctx, readCounters).Scan(&w.place, &w.size, &w.syncs) })
}

// Last has nothing to see: the counters outlive the store.
func (w *postgresWatch) Last(context.Context) error { return nil }

// Usage reads the counters again. Those of the write-ahead log are the whole
// server's, so whatever else it does is counted too.
func (w *postgresWatch) Usage(ctx context.Context, _ int64) (u Usage, err error) {
	if err := w.p.alone(ctx); err != nil {
		return u, err
	}
	var size, syncs int64
	err = w.p.ask(ctx, w.p.house, func(c *pgx.Conn) error {
		var place string
		if err := c.QueryRow(ctx, readCounters).Scan(&place, &size, &syncs); err != nil {
			return err
		}
		return c.QueryRow(ctx, "SELECT pg_wal_lsn_diff($1::text::pg_lsn, $2::text::pg_lsn)::bigint", place, w.place).Scan(&u.Written)
	})
	u.Grown, u.Syncs = size-w.size, syncs-w.syncs
	return u, err
}

// aloneWait is how long the server may take to end the sessions of a closed store.
const aloneWait = 5 * time.Second

// alone waits until nobody is connected to the house's database: a session
// reports what it has counted at the latest when it ends.
func (p *Postgres) alone(ctx context.Context) error {
	return p.ask(ctx, p.server, func(c *pgx.Conn) error {
		for begun := time.Now(); ; time.Sleep(10 * time.Millisecond) {
			var sessions int
			if err := c.QueryRow(ctx, "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'", p.name).Scan(&sessions); err != nil {
				return err
			}
			if sessions == 0 {
				return nil
			}
			if time.Since(begun) > aloneWait {
				return wrong("bench.not_alone", "Somebody stays connected to the database of the bench.")
			}
		}
	})
}
