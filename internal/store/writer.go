package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"zombiezen.com/go/sqlite"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
)

// turns lets one at a time write, and nobody once the store is closed.
type turns struct {
	ended chan struct{} // closed with the store
	turn  chan struct{} // holds one token; who has it may write
}

func newTurns() turns {
	t := turns{ended: make(chan struct{}), turn: make(chan struct{}, 1)}
	t.turn <- struct{}{}
	return t
}

// take waits for the turn to write.
func (t turns) take(ctx context.Context) error {
	select {
	case <-t.turn:
		return nil
	case <-t.ended:
		return unavailable(nil)
	case <-ctx.Done():
		return fault.New(fault.Unavailable, "store.unavailable", "The database is busy. Try again in a moment.").Because(ctx.Err())
	}
}

func (t turns) release() { t.turn <- struct{}{} }

// end waits for the last turn and never gives it back.
func (t turns) end() {
	<-t.turn
	close(t.ended)
}

// sqliteWriter is the one connection that writes. It speaks to SQLite itself: what
// database/sql and its driver do for every argument costs as much as SQLite does.
type sqliteWriter struct {
	turns
	small    turns // of writes that are no batch: one of them at a time waits for the turn, and a flood holds no batch up
	path     string
	pragmas  []string // what the connection that writes is set to
	schema   *sql.DB  // for what changes the schema
	classify func(error) error
	fill     *backfill

	sick   error            // the disk has failed: nothing is written any more
	conn   *sqlite.Conn     // nil until it is needed
	texts  map[width]string // of multi-row inserts
	places map[string][]int // which arguments the statements take
}

func newSQLiteWriter(path string, schema, fill *sql.DB, classify func(error) error) *sqliteWriter {
	schema.SetMaxOpenConns(1)
	schema.SetMaxIdleConns(0)
	w := &sqliteWriter{
		turns: newTurns(), small: newTurns(), path: path, schema: schema, classify: classify, texts: map[width]string{}, places: map[string][]int{},
		pragmas: append(sqlitePragmas(), "synchronous(full)", "cache_size(-65536)", "wal_autocheckpoint("+alonePages+")"),
	}
	w.fill = newBackfill(fill, w)
	return w
}

// alone hands out connections of their own. That of the writer is closed first.
func (w *sqliteWriter) alone(ctx context.Context, f func(*sql.DB) error) error {
	if err := w.take(ctx); err != nil {
		return err
	}
	defer w.release()
	defer w.fill.tell()
	return errors.Join(w.drop(), f(w.schema))
}

func (w *sqliteWriter) close() error {
	w.end()
	w.small.end()
	return errors.Join(w.fill.close(), w.drop(), w.schema.Close(), w.fill.letGo())
}

func (w *sqliteWriter) put(ctx context.Context, statements ...statement) (touched int64, err error) {
	err = w.beside(ctx, func(t *sqliteTx) error {
		for _, s := range statements {
			if touched, err = t.exec(s.query, s.args...); err != nil {
				return err
			}
		}
		return nil
	})
	return touched, err
}

func (w *sqliteWriter) fetch(ctx context.Context, s statement, scan func(row) error) error {
	return w.beside(ctx, func(t *sqliteTx) error { return t.read(s.query, s.args, scan) })
}

func (w *sqliteWriter) insertBeside(ctx context.Context, f func(inserter) error) error {
	return w.beside(ctx, func(t *sqliteTx) error { return f(t) })
}

// beside runs f in a transaction that is no batch.
func (w *sqliteWriter) beside(ctx context.Context, f func(*sqliteTx) error) error {
	if err := w.small.take(ctx); err != nil {
		return err
	}
	defer w.small.release()
	return w.run(ctx, f)
}

func (w *sqliteWriter) write(ctx context.Context, f func(tx) error) error {
	return w.run(ctx, func(t *sqliteTx) error { return f(t) })
}

// run runs f in one transaction, durable when run returns nil. A connection whose
// transaction could not be ended is closed, so that a half-open one is never
// written into.
func (w *sqliteWriter) run(ctx context.Context, f func(*sqliteTx) error) error {
	if err := w.take(ctx); err != nil {
		return err
	}
	defer w.release()
	defer w.fill.tell()
	if w.sick != nil {
		return w.sick
	}
	if err := w.connect(); err != nil {
		return w.failed(err)
	}
	w.conn.SetInterrupt(ctx.Done())
	ended, err := (&sqliteTx{w: w}).run(f)
	w.conn.SetInterrupt(nil)
	if !ended {
		_ = w.drop() // what cannot be ended is given up
	}
	return w.failed(err)
}

// connect opens the connection and checks that it is set as it must be: SQLite
// ignores silently what it cannot do, such as a write-ahead log on a network disk.
func (w *sqliteWriter) connect() error {
	if w.conn != nil {
		return nil
	}
	conn, err := sqlite.OpenConn(w.path, sqlite.OpenReadWrite, sqlite.OpenCreate)
	if err != nil {
		return told(err)
	}
	w.conn = conn
	conn.SetBusyTimeout(busyWait)
	t := &sqliteTx{w: w}
	for _, pragma := range w.pragmas {
		if _, err = t.exec("PRAGMA " + pragma); err != nil {
			break
		}
	}
	for _, must := range sqliteMust() {
		if err != nil {
			break
		}
		err = t.read("PRAGMA "+must.pragma, nil, func(r row) error { return must.check(r) })
	}
	if err != nil {
		return errors.Join(err, w.drop())
	}
	return nil
}

func (w *sqliteWriter) drop() error {
	if w.conn == nil {
		return nil
	}
	conn := w.conn
	w.conn = nil
	return told(conn.Close())
}

// sqliteTx is a transaction of the writer.
type sqliteTx struct {
	w     *sqliteWriter
	after []func()
}

// run runs f between BEGIN and COMMIT. It reports whether the transaction has
// ended, in one way or the other.
func (t *sqliteTx) run(f func(*sqliteTx) error) (ended bool, err error) {
	if _, err := t.exec("BEGIN IMMEDIATE"); err != nil {
		return t.w.conn.AutocommitEnabled(), err
	}
	err = f(t)
	// From here on the caller's context may be over: a COMMIT that was interrupted
	// would leave in doubt whether it happened, and the transaction must end.
	t.w.conn.SetInterrupt(nil)
	if err == nil {
		if _, err = t.exec("COMMIT"); err == nil {
			for _, done := range t.after {
				done()
			}
			return true, nil
		}
		if err = t.w.classify(err); fault.CodeOf(err) == constraint {
			err = refusedByLedger(err) // what is checked last is what the entries sum to
		}
	}
	if t.w.conn.AutocommitEnabled() {
		return true, err // some failures end a transaction by themselves
	}
	_, undo := t.exec("ROLLBACK")
	return undo == nil, err
}

func (t *sqliteTx) then(done func()) { t.after = append(t.after, done) }

// engineError is a failure of SQLite, with its extended result code.
type engineError struct {
	code  int
	cause error
}

func (e *engineError) Error() string { return e.cause.Error() }
func (e *engineError) Unwrap() error { return e.cause }

// told gives an error of the connection its code.
func told(err error) error {
	if err == nil {
		return nil
	}
	return &engineError{int(sqlite.ErrCode(err)), err}
}

// prepared is a statement with its arguments. The connection keeps it for the next time.
func (t *sqliteTx) prepared(text string, args []any) (*sqlite.Stmt, error) {
	stmt, err := t.w.conn.Prepare(text)
	if err != nil {
		return nil, told(err)
	}
	takes, err := t.w.takes(text, stmt)
	if err != nil {
		return nil, err
	}
	for i, n := range takes {
		if n > len(args) {
			return nil, broken(fmt.Errorf("no argument %d for %s", n, text))
		}
		place := i + 1
		switch v := args[n-1].(type) {
		case int64:
			stmt.BindInt64(place, v)
		case string:
			stmt.BindText(place, v)
		case []byte:
			stmt.BindBytes(place, v)
		case nil:
			stmt.BindNull(place)
		default:
			return nil, broken(fmt.Errorf("%T as an argument", v))
		}
	}
	return stmt, nil
}

// takes are the arguments that a statement's parameters take, in their order: "$3" is
// the third, wherever it stands. They are kept, because asking SQLite costs as much as
// many a statement.
func (w *sqliteWriter) takes(text string, stmt *sqlite.Stmt) ([]int, error) {
	takes, known := w.places[text]
	if known {
		return takes, nil
	}
	for place := 1; place <= stmt.BindParamCount(); place++ {
		n := place
		if name := stmt.BindParamName(place); len(name) > 1 {
			var err error
			if n, err = strconv.Atoi(name[1:]); err != nil {
				return nil, broken(err)
			}
		}
		takes = append(takes, n)
	}
	w.places[text] = takes
	return takes, nil
}

// exec runs a statement, and answers how many rows it touched.
func (t *sqliteTx) exec(text string, args ...any) (int64, error) {
	err := t.read(text, args, func(row) error { return nil })
	return int64(t.w.conn.Changes()), err
}

func (t *sqliteTx) hold() (end assurance.Tail, err error) {
	err = t.read(logTail, nil, func(r row) error {
		end, err = scanTail(r)
		return err
	})
	return end, err
}

func (t *sqliteTx) read(query string, args []any, scan func(row) error) (err error) {
	stmt, err := t.prepared(query, args)
	if err != nil {
		return err
	}
	defer func() {
		if reset := stmt.Reset(); err == nil {
			err = told(reset)
		}
	}()
	for {
		found, err := stmt.Step()
		if err != nil || !found {
			return told(err)
		}
		if err := scan(stmtRow{stmt}); err != nil {
			return err
		}
	}
}

// stmtRow is the row that a statement stands on.
type stmtRow struct{ stmt *sqlite.Stmt }

// Scan copies the values to where pointers to numbers, texts and bytes lead.
func (r stmtRow) Scan(into ...any) error {
	if len(into) != r.stmt.ColumnCount() {
		return broken(nil)
	}
	for i := range into {
		p := reflect.ValueOf(into[i]).Elem()
		switch kind := r.stmt.ColumnType(i); {
		case kind == sqlite.TypeInteger && p.CanInt():
			p.SetInt(r.stmt.ColumnInt64(i))
		case kind == sqlite.TypeText && p.Kind() == reflect.String:
			p.SetString(r.stmt.ColumnText(i))
		case kind == sqlite.TypeBlob && p.Kind() == reflect.Slice && p.Type().Elem().Kind() == reflect.Uint8:
			b := make([]byte, r.stmt.ColumnLen(i))
			r.stmt.ColumnBytes(i, b)
			p.SetBytes(b)
		default:
			return corrupt(p.Type().String())
		}
	}
	return nil
}

// insert writes as many rows with one statement as pays.
func (t *sqliteTx) insert(into insertion, n int, fill func(i int, c cells)) error {
	for from := 0; from < n; {
		rows := rowsMax
		for rows > n-from {
			rows /= 2
		}
		stmt, err := t.w.conn.Prepare(t.w.text(into, rows))
		if err != nil {
			return told(err)
		}
		args := bound{stmt: stmt}
		for i := range rows {
			fill(from+i, &args)
		}
		if _, err := stmt.Step(); err != nil {
			return into.fault(t.w.classify(fmt.Errorf("%s: %w", into.into, told(err))))
		}
		if touched := t.w.conn.Changes(); into.after == "" && touched != rows {
			return broken(fmt.Errorf("%s wrote %d rows of %d", into.into, touched, rows))
		}
		if err := stmt.Reset(); err != nil {
			return told(err)
		}
		from += rows
	}
	return nil
}

// rowsMax is how many rows one statement inserts. Measured in whole deals: a row a
// statement costs 64 µs a command, 64 rows cost 61.
const rowsMax = 64

// width is an insert and how many rows it takes.
type width struct {
	into string
	rows int
}

// text is kept: it is long, and needed for every commit.
func (w *sqliteWriter) text(into insertion, rows int) string {
	key := width{into.into + into.after, rows}
	text := w.texts[key]
	if text == "" {
		text = into.values(rows)
		w.texts[key] = text
	}
	return text
}

// values is the statement for a number of rows. Parameters are not numbered:
// SQLite looks each number up by walking over all those before it.
func (i insertion) values(rows int) string {
	one := "(?" + strings.Repeat(",?", len(i.kinds)-1) + ")"
	text := i.into + " VALUES " + one + strings.Repeat(","+one, rows-1)
	if i.after != "" {
		text += " " + i.after
	}
	return text
}

// bound gives a statement its arguments, one after the other.
type bound struct {
	stmt *sqlite.Stmt
	last int
}

func (b *bound) place() int {
	b.last++
	return b.last
}

func (b *bound) number(v int64)       { b.stmt.BindInt64(b.place(), v) }
func (b *bound) text(v string)        { b.stmt.BindText(b.place(), v) }
func (b *bound) bytes(v []byte)       { b.stmt.BindBytes(b.place(), v) }
func (b *bound) bytesAsText(v []byte) { b.stmt.BindText(b.place(), string(v)) }
func (b *bound) null()                { b.stmt.BindNull(b.place()) }

func (t *sqliteTx) remove(query string, keys []string) error {
	query = strings.Replace(query, "IN {in}", "= $1", 1)
	for _, key := range keys {
		if _, err := t.exec(query, key); err != nil {
			return err
		}
	}
	return nil
}

const moveBalance = `UPDATE balance SET posted = $1, pending_out = $2, pending_in = $3, version = $4 WHERE account = $5 AND version = $6`

func (t *sqliteTx) move(changes []assurance.BalanceChange) error {
	for _, c := range changes {
		moved, err := t.exec(moveBalance, c.Now.Posted, c.Now.PendingOut, c.Now.PendingIn, c.Now.Version, string(c.Account), c.Was.Version)
		if err != nil {
			if err = t.w.classify(err); fault.CodeOf(err) == constraint {
				err = refusedByLedger(err)
			}
			return err
		}
		if moved != 1 {
			return conflict(nil)
		}
	}
	return nil
}
