package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"fondaco/internal/fault"
	"fondaco/internal/trade/evidence"
)

// Copied is what a house was that has been copied.
type Copied struct {
	Rows    map[string]int64 // by table
	Entries int64            // of the log
	Root    evidence.Hash    // of the log
	Trial   map[string]int64 // what all balances sum to, by currency
}

// copied lists the tables in the order in which the rules of the target let them
// in, with the columns that order their rows.
func copied() [][2]string {
	return [][2]string{
		{"event", "seq"},
		{"tree_hash", "ix"},
		{"transfer", "position"},
		{"entry", "position"},
		{"balance", "account"},
		{"clock", "stream, clock, ref"},
		{"outbox", "id"},
		{"setting", "name"},
		{"answer", "position"},
		{"refusal", "position"},
		{"tracking", "number, carrier, deal"},
		{"deal_view", "id"},
		{"closed_view", "seq"},
		{"duty", "deal, place"},
		{"party_view", "id"},
		{"deposit_view", "id"},
		{"payout_view", "id"},
		{"person", "id"},
		{"secret", "name"},
		{"session", "hash"},
		{"browser", "token"},
		{"ticket", "hash"},
		{"tally", "key"},
		{"activity", "seq"},
		{"counter", "scope, feature, value"},
		{"document", "party, hash"},
		{"approval_view", "id"},
		{"payout_account_view", "id"},
		{"mailbox", "id"},
		{"list_version", "code, mark"},
		{"case_view", "id"},
		{"check_mark", "party"},
		{"review_view", "deal, writer"},
		{"standing_view", "party"},
		{"standing_shown", "party"},
		{"rating_view", "deal, rater"},
		{"checkpoint", "position"},
	}
}

// movedSetting marks a house that goes on elsewhere.
const movedSetting = "moved"

// CopyToPostgres copies the house in the SQLite file at path into the empty,
// migrated database at dsn: every table, in one transaction, which is kept only if
// what was written reads back as it was, row by row, and the log has the root that
// its leaves give. Rows pass through one at a time. It keeps the file to itself
// meanwhile, and marks it as moved at the end.
//
// It fails with store.busy while a house is open on the file, store.not_empty if
// the target holds anything, store.old_schema if either side is not up to date,
// and store.copy_differs, with the name of what differs, if the copy is not the same.
func CopyToPostgres(ctx context.Context, path, dsn string, progress func(table string, done, total int64)) (Copied, error) {
	if err := upToDate(ctx, path, dsn); err != nil {
		return Copied{}, err
	}
	config, err := postgresConfig(dsn)
	if err != nil {
		return Copied{}, err
	}
	from, err := openAlone(ctx, path)
	if err != nil {
		return Copied{}, err
	}
	defer func() { _ = from.Close() }()
	into, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return Copied{}, classifyPostgres(err)
	}
	defer func() { _ = into.Close(context.WithoutCancel(ctx)) }()
	t, err := into.Begin(ctx)
	if err != nil {
		return Copied{}, classifyPostgres(err)
	}
	c := &copying{from: from, into: t, progress: progress, done: Copied{Rows: map[string]int64{}, Trial: map[string]int64{}}}
	if err := c.run(ctx); err != nil {
		return Copied{}, errors.Join(classifyPostgres(err), t.Rollback(context.WithoutCancel(ctx)))
	}
	if err := t.Commit(ctx); err != nil {
		return Copied{}, classifyPostgres(err)
	}
	_, err = from.ExecContext(ctx, setSetting, movedSetting, "yes")
	return c.done, classifySQLite(err)
}

// Moved reports whether the house has been copied to another database and goes on there.
func (s *Store) Moved(ctx context.Context) (bool, error) {
	value, err := s.Setting(ctx, movedSetting)
	return value != "", err
}

// upToDate checks that both databases have the schema that this program knows.
func upToDate(ctx context.Context, path, dsn string) error {
	from, err := OpenSQLite(ctx, path)
	if err != nil {
		return err
	}
	into, err := OpenPostgres(ctx, dsn)
	if err != nil {
		return errors.Join(err, from.Close())
	}
	for _, s := range []*Store{from, into} {
		schema, err := s.Schema(ctx)
		if err == nil && schema.Version != schema.Newest {
			err = fault.New(fault.Refused, "store.old_schema", "Both databases must be brought up to date first, with fondaco migrate up.")
		}
		if err != nil {
			return errors.Join(err, from.Close(), into.Close())
		}
	}
	return errors.Join(from.Close(), into.Close())
}

// openAlone opens a database file so that nobody else has it open. A file leaves
// its write-ahead log only while one connection is all there is.
func openAlone(ctx context.Context, path string) (*sql.DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, unavailable(err)
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: url.Values{"_pragma": {"busy_timeout(0)", "synchronous(full)", "trusted_schema(0)"}}.Encode()}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, unavailable(err)
	}
	db.SetMaxOpenConns(1)
	for _, order := range []string{"PRAGMA locking_mode = exclusive", "PRAGMA journal_mode = delete", "BEGIN EXCLUSIVE", "COMMIT"} {
		if _, err := db.ExecContext(ctx, order); err != nil {
			var e *sqlite.Error
			if errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_BUSY {
				err = fault.New(fault.Refused, "store.busy", "This house is open. Close it first: what it writes meanwhile would be lost.").Because(err)
			}
			return nil, errors.Join(classifySQLite(err), db.Close())
		}
	}
	return db, nil
}

// copying is a copy under way.
type copying struct {
	from     *sql.DB
	into     pgx.Tx
	progress func(table string, done, total int64)
	done     Copied
}

func (c *copying) run(ctx context.Context) error {
	if _, err := c.into.Exec(ctx, lockLog, int64(logLock)); err != nil {
		return err
	}
	if err := c.complete(ctx); err != nil {
		return err
	}
	digests := map[string][]byte{}
	for _, table := range copied() {
		var any bool
		if err := c.into.QueryRow(ctx, "SELECT EXISTS (SELECT FROM "+table[0]+")").Scan(&any); err != nil {
			return err
		}
		if any {
			return fault.New(fault.Refused, "store.not_empty", "The database is not empty: there is something in {table}. Copy into a new one.").With("table", table[0])
		}
	}
	for _, table := range copied() {
		digest, err := c.table(ctx, table[0], table[1])
		if err != nil {
			return err
		}
		digests[table[0]] = digest
	}
	return c.verify(ctx, digests)
}

// complete checks that no table of the house has been forgotten here.
func (c *copying) complete(ctx context.Context) error {
	rows, err := c.from.QueryContext(ctx, `SELECT name FROM sqlite_master WHERE type = 'table'`)
	if err != nil {
		return classifySQLite(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return classifySQLite(err)
		}
		known := slices.ContainsFunc(copied(), func(t [2]string) bool { return t[0] == name })
		// What a currency's entries sum to is added up anew; zero is there already.
		if !known && name != "imbalance" && name != "nought" && !strings.HasPrefix(name, "goose_") && !strings.HasPrefix(name, "sqlite_") {
			return broken(fmt.Errorf("the table %s is not copied", name))
		}
	}
	return classifySQLite(rows.Err())
}

// columnsOf are a table's columns but for the one that numbers its rows, which the
// target gives anew in the same order.
func (c *copying) columnsOf(ctx context.Context, table string) ([]string, error) {
	rows, err := c.from.QueryContext(ctx, `SELECT name FROM pragma_table_info($1) WHERE name <> 'position' ORDER BY cid`, table)
	if err != nil {
		return nil, classifySQLite(err)
	}
	defer func() { _ = rows.Close() }()
	var out []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, classifySQLite(err)
		}
		out = append(out, name)
	}
	return out, classifySQLite(rows.Err())
}

// table copies one table and answers the digest of its rows.
func (c *copying) table(ctx context.Context, table, order string) ([]byte, error) {
	columns, err := c.columnsOf(ctx, table)
	if err != nil {
		return nil, err
	}
	s := &stream{table: table, sum: sha256.New(), progress: c.progress, row: make([]any, len(columns)), into: make([]any, len(columns))}
	if err := c.from.QueryRowContext(ctx, "SELECT count(*) FROM "+table).Scan(&s.total); err != nil {
		return nil, classifySQLite(err)
	}
	rows, err := c.from.QueryContext(ctx, "SELECT "+strings.Join(columns, ", ")+" FROM "+table+" ORDER BY "+order) //nolint:gosec // names from the list above
	if err != nil {
		return nil, classifySQLite(err)
	}
	defer func() { _ = rows.Close() }()
	s.rows = rows
	written, err := c.into.CopyFrom(ctx, pgx.Identifier{table}, columns, s)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", table, err)
	}
	if err := rows.Err(); err != nil {
		return nil, classifySQLite(err)
	}
	c.done.Rows[table] = written
	return s.sum.Sum(nil), nil
}

// stream hands the rows of a table on, one at a time.
type stream struct {
	table    string
	rows     *sql.Rows
	sum      hash.Hash
	row      []any
	into     []any
	err      error
	n, total int64
	progress func(table string, done, total int64)
}

// Next reads a row.
func (s *stream) Next() bool {
	if s.err != nil || !s.rows.Next() {
		return false
	}
	for i := range s.row {
		s.into[i] = &s.row[i]
	}
	if s.err = s.rows.Scan(s.into...); s.err != nil {
		return false
	}
	for i, v := range s.row {
		switch v := v.(type) {
		case string:
			if s.table == "refusal" {
				s.row[i] = writable(v) // strangers may have named what cannot be kept
			}
		case []byte:
			s.row[i] = present(v) // the driver reads no bytes as none, and none is nothing to the target
		}
	}
	s.n++
	s.progress(s.table, s.n, s.total)
	return true
}

// Values is the row that was read last.
func (s *stream) Values() ([]any, error) { return s.row, addTo(s.sum, s.row) }

// Err is what went wrong while reading.
func (s *stream) Err() error { return errors.Join(s.err, s.rows.Err()) }

// addTo adds a row to a digest, so that no other row adds the same.
func addTo(sum hash.Hash, row []any) error {
	for _, v := range row {
		var kind byte
		var bytes []byte
		switch v := v.(type) {
		case nil:
			kind = 'n'
		case int64:
			kind, bytes = 'i', binary.BigEndian.AppendUint64(nil, uint64(v)) //nolint:gosec // the same bits
		case string:
			kind, bytes = 't', []byte(v)
		case []byte:
			kind, bytes = 'b', v
		default:
			return broken(fmt.Errorf("%T in a row", v))
		}
		sum.Write([]byte{kind})
		sum.Write(binary.BigEndian.AppendUint64(nil, uint64(len(bytes))))
		sum.Write(bytes)
	}
	return nil
}

func differs(what string) error {
	return fault.New(fault.Internal, "store.copy_differs", "The copy is not the same: {what}. Nothing was kept of it.").With("what", what)
}

// verify reads back what was written.
func (c *copying) verify(ctx context.Context, digests map[string][]byte) error {
	for _, table := range copied() {
		digest, err := c.readBack(ctx, table[0], table[1])
		if err != nil {
			return err
		}
		if string(digest) != string(digests[table[0]]) {
			return differs(table[0])
		}
	}
	if err := c.verifyLog(ctx); err != nil {
		return err
	}
	return c.verifyMoney(ctx)
}

// each runs f for every row of a query on the target.
func (c *copying) each(ctx context.Context, query string, f func(pgx.Rows) error) error {
	rows, err := c.into.Query(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (c *copying) readBack(ctx context.Context, table, order string) ([]byte, error) {
	columns, err := c.columnsOf(ctx, table)
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	var n int64
	err = c.each(ctx, "SELECT "+strings.Join(columns, ", ")+" FROM "+table+" ORDER BY "+order, func(rows pgx.Rows) error {
		row, err := rows.Values()
		if err != nil {
			return err
		}
		n++
		c.progress("checking "+table, n, c.done.Rows[table])
		return addTo(sum, row)
	})
	return sum.Sum(nil), err
}

// verifyLog makes the tree anew from every leaf, and compares its hashes with
// those that are stored.
func (c *copying) verifyLog(ctx context.Context) error {
	tree := &evidence.Tree{}
	grown, stored := sha256.New(), sha256.New()
	err := c.each(ctx, `SELECT `+recordColumns+` FROM event ORDER BY seq`, func(rows pgx.Rows) error {
		r, err := scanRecord(rows)
		if err != nil {
			return err
		}
		if r.Sequence != tree.Size() {
			return differs("the log has a hole")
		}
		hashes, err := tree.Append(r.Entry().Leaf())
		for _, h := range hashes {
			grown.Write(h.Hash[:])
		}
		c.progress("checking the log", tree.Size(), c.done.Rows["event"])
		return err
	})
	if err != nil {
		return err
	}
	err = c.each(ctx, `SELECT hashes FROM tree_hash ORDER BY ix`, func(rows pgx.Rows) error {
		var hashes []byte
		err := rows.Scan(&hashes)
		stored.Write(hashes)
		return err
	})
	if err != nil {
		return err
	}
	if string(grown.Sum(nil)) != string(stored.Sum(nil)) {
		return differs("the log has another root than its leaves give")
	}
	c.done.Entries = tree.Size()
	if c.done.Entries > 0 {
		c.done.Root = tree.Root()
	}
	return nil
}

// verifyMoney compares every balance with its entries, and adds them all up.
func (c *copying) verifyMoney(ctx context.Context) error {
	err := c.each(ctx, `SELECT b.account FROM balance b FULL JOIN (SELECT account, sum(delta) AS posted, max(version) AS version FROM entry GROUP BY account) e
		ON e.account = b.account WHERE b.account IS NULL OR b.posted IS DISTINCT FROM e.posted OR b.version IS DISTINCT FROM e.version`, func(pgx.Rows) error {
		return differs("a balance is not the sum of its entries")
	})
	if err != nil {
		return err
	}
	return c.each(ctx, `SELECT currency, CAST(sum(posted) AS BIGINT) FROM balance GROUP BY currency`, func(rows pgx.Rows) error {
		var currency string
		var sum int64
		if err := rows.Scan(&currency, &sum); err != nil {
			return err
		}
		if c.done.Trial[currency] = sum; sum != 0 {
			return differs("the balances in " + currency + " do not sum to zero")
		}
		return nil
	})
}
