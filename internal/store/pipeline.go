package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"fondaco/internal/assurance"
)

// writeWait bounds a transaction. What is not acknowledged by then, such as a
// COMMIT whose standby does not answer, has an outcome that is not known: the
// caller hears that the database cannot be reached, and the key of the command
// tells later what happened.
const writeWait = 8 * time.Second

// postgresWriter is the connection that appends. Everything that a transaction
// writes travels in one message of prepared statements, each of which takes the
// rows of a table as one array a column: a commit costs two round trips, one that
// finds the end of the log and one that writes, and only the latter as long as nobody
// else writes.
//
// SERIALIZABLE is not needed: whoever appends holds the lock of the log from before
// the first read until the transaction is durable and visible, so appends happen
// one after the other already, and READ COMMITTED sees all of those before.
type postgresWriter struct {
	turns
	config *pgx.ConnConfig
	own    *pgx.ConnConfig // of the connection that appends
	made   func()          // told of each connection that is made anew
	name   string          // of this node, for what it tells the others
	pool   *sql.DB         // for what needs no order
	stale  int             // how many lost connections the pool may hold

	conn     *pgx.Conn
	prepared map[string]string // names of statements on the connection, by text
	names    int               // how many names were given out
	columns  arrays            // used again
}

func newPostgresWriter(config *pgx.ConnConfig, pool *sql.DB, stale int) *postgresWriter {
	config = config.Copy()
	// Every statement of a commit finds its rows by key.
	config.RuntimeParams["enable_hashjoin"], config.RuntimeParams["enable_mergejoin"] = "off", "off"
	return &postgresWriter{turns: newTurns(), name: nodeName(), config: config, own: neverCancelled(config), made: func() {}, pool: pool, stale: stale}
}

// dialled marks the context of a connection that is really wanted.
type dialled struct{}

// neverCancelled keeps the driver from asking the server to cancel a statement on a
// connection that it gives up. A COMMIT that waits for a standby ends at once when
// it is cancelled: it is then visible to whoever asks again, and nowhere but on
// this server.
func neverCancelled(config *pgx.ConnConfig) *pgx.ConnConfig {
	config = config.Copy()
	dial := config.DialFunc
	config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		if ctx.Value(dialled{}) == nil {
			return nil, net.ErrClosed
		}
		return dial(ctx, network, address)
	}
	return config
}

func (w *postgresWriter) alone(ctx context.Context, f func(*sql.DB) error) error {
	if err := w.take(ctx); err != nil {
		return err
	}
	defer w.release()
	return f(w.pool)
}

func (w *postgresWriter) close() error {
	w.end()
	w.drop()
	return nil
}

// put writes beside the appends: its rows belong to no batch, and many may be
// made durable by one force of the disk.
func (w *postgresWriter) put(ctx context.Context, statements ...statement) (touched int64, err error) {
	err = w.beside(ctx, func(t *sql.Tx) error {
		for _, s := range statements {
			result, err := t.ExecContext(ctx, s.query, s.args...)
			if err != nil {
				return err
			}
			if touched, err = result.RowsAffected(); err != nil {
				return err
			}
		}
		return nil
	})
	return touched, err
}

// fetch writes beside the appends too.
func (w *postgresWriter) fetch(ctx context.Context, s statement, scan func(row) error) error {
	return w.beside(ctx, func(t *sql.Tx) error {
		rows, err := t.QueryContext(ctx, s.query, s.args...)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			if err := scan(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

// insertBeside writes beside the appends, one message for the rows of a table.
func (w *postgresWriter) insertBeside(ctx context.Context, f func(inserter) error) error {
	return w.beside(ctx, func(t *sql.Tx) error { return f(besideInserter{ctx, t}) })
}

// beside runs f in a transaction of the pool, and again on another connection if
// the one it had turns out to be lost.
func (w *postgresWriter) beside(ctx context.Context, f func(*sql.Tx) error) (err error) {
	for range w.stale {
		var sent bool
		sent, err = w.besideOnce(ctx, f)
		if err == nil || sent || !stale(err) || ctx.Err() != nil {
			break
		}
	}
	return classifyPostgres(err)
}

// besideOnce reports whether a COMMIT was sent.
func (w *postgresWriter) besideOnce(ctx context.Context, f func(*sql.Tx) error) (sent bool, err error) {
	select {
	case <-w.ended:
		return false, unavailable(nil)
	default:
	}
	t, err := w.pool.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer func() { _ = t.Rollback() }()
	if err := f(t); err != nil {
		return false, err
	}
	return true, t.Commit()
}

// write runs f in one transaction. If a connection that has served before turns
// out to be lost before anything was written, it runs f again on a new one.
func (w *postgresWriter) write(ctx context.Context, f func(tx) error) error {
	if err := w.take(ctx); err != nil {
		return err
	}
	defer w.release()
	used := w.conn != nil
	began, err := w.attempt(ctx, f)
	if err != nil && used && !began && w.conn == nil && ctx.Err() == nil {
		_, err = w.attempt(ctx, f)
	}
	return classifyPostgres(err)
}

// attempt runs f in one transaction. It reports whether the server has answered at all.
func (w *postgresWriter) attempt(ctx context.Context, f func(tx) error) (began bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	// An append that was interrupted would leave in doubt whether it happened: the
	// caller may leave, the transaction ends by itself.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeWait)
	defer cancel()
	if err := w.connect(ctx); err != nil {
		return false, err
	}
	t := &postgresTx{w: w, pipe: w.conn.PgConn().StartPipeline(ctx)}
	err = t.run(f)
	if closed := t.pipe.Close(); closed != nil && err == nil {
		err = closed
	}
	// Only a connection that is not inside a transaction serves again.
	if w.conn.IsClosed() || w.conn.PgConn().TxStatus() != 'I' {
		w.drop()
	}
	return t.began, err
}

func (w *postgresWriter) connect(ctx context.Context) error {
	if w.conn != nil {
		return nil
	}
	conn, err := pgx.ConnectConfig(context.WithValue(ctx, dialled{}, true), w.own)
	if err != nil {
		return err
	}
	w.made()
	// The server may have been set anew since the house was opened.
	rows, err := conn.Query(ctx, durability)
	if err != nil {
		return errors.Join(err, conn.Close(ctx))
	}
	for rows.Next() {
		var name, value string
		if err = rows.Scan(&name, &value); err == nil && value == "off" {
			err = notDurable(name, value)
		}
		if err != nil {
			break
		}
	}
	rows.Close()
	if err == nil {
		err = rows.Err()
	}
	if err != nil {
		return errors.Join(err, conn.Close(ctx))
	}
	w.conn, w.prepared = conn, map[string]string{}
	return nil
}

func (w *postgresWriter) drop() {
	if w.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = w.conn.Close(ctx) // whatever it was in the middle of is rolled back
	w.conn, w.prepared = nil, nil
}

// postgresTx is a transaction whose statements wait to be sent together.
type postgresTx struct {
	w      *postgresWriter
	pipe   *pgconn.Pipeline
	sent   []sent
	unsent int  // bytes that wait to be sent
	began  bool // the server has answered
	after  []func()
}

// sent is a request whose answer has not been read.
type sent struct {
	prepare string // the text of a statement that is being prepared, or else
	tag     string // what must have been done, if it matters
	into    insertion
	scan    func(row) error
}

func (t *postgresTx) run(f func(tx) error) error {
	t.send("BEGIN", nil, sent{})
	err := f(t)
	if err == nil {
		t.send("COMMIT", nil, sent{tag: "COMMIT", into: insertion{guarded: true}}) // what is checked last is what the entries sum to
		err = t.flush()
	}
	if err == nil {
		for _, done := range t.after {
			done()
		}
		return nil
	}
	// A connection that cannot be used again is told by its state.
	if len(t.sent) > 0 {
		_ = t.flush()
	}
	if !t.w.conn.IsClosed() {
		t.send("ROLLBACK", nil, sent{})
		_ = t.flush()
	}
	return err
}

func (t *postgresTx) then(done func()) { t.after = append(t.after, done) }

// send queues a statement, which is prepared when it is used first.
func (t *postgresTx) send(text string, args [][]byte, s sent) {
	name, known := t.w.prepared[text]
	if !known {
		t.w.names++
		name = "w" + strconv.Itoa(t.w.names)
		t.w.prepared[text] = name
		t.pipe.SendPrepare(name, text, nil)
		t.sent = append(t.sent, sent{prepare: text})
	}
	t.pipe.SendQueryPrepared(name, args, binaryFormat(), binaryFormat())
	t.sent = append(t.sent, s)
}

// binaryFormat says that every value is sent in the server's own form.
func binaryFormat() []int16 { return []int16{1} }

// flush sends what waits and reads every answer.
func (t *postgresTx) flush() error {
	if err := t.pipe.Sync(); err != nil {
		return err
	}
	waiting := t.sent
	t.sent = nil
	var first error
	for _, s := range waiting {
		if first == nil {
			first = t.answer(s)
		}
		if first != nil && s.prepare != "" { // the server skips all that follows a failure
			delete(t.w.prepared, s.prepare)
		}
	}
	for {
		result, err := t.pipe.GetResults()
		if _, end := result.(*pgconn.PipelineSync); end {
			t.began = true
			return first
		}
		if err != nil && first == nil {
			first = err
		}
		if t.w.conn.IsClosed() || result == nil && err == nil {
			return cmp.Or(first, net.ErrClosed)
		}
	}
}

// answer reads the answer to one request.
func (t *postgresTx) answer(s sent) error {
	result, err := t.pipe.GetResults()
	if err != nil {
		return s.fault(err)
	}
	switch result := result.(type) {
	case *pgconn.StatementDescription:
		return nil
	case *pgconn.ResultReader:
		for result.NextRow() {
			if s.scan == nil {
				continue
			}
			if err := s.scan(rawRow{result.FieldDescriptions(), result.Values()}); err != nil {
				_, closed := result.Close()
				return cmp.Or(err, closed)
			}
		}
		tag, err := result.Close()
		if err != nil {
			return s.fault(err)
		}
		if s.tag != "" && tag.String() != s.tag {
			return unavailable(fmt.Errorf("%s where %s was asked for", tag, s.tag))
		}
		return nil
	}
	return broken(fmt.Errorf("%T instead of an answer", result))
}

func (s sent) fault(err error) error {
	if s.into.into != "" {
		err = fmt.Errorf("%s: %w", s.into.into, err)
	}
	return s.into.fault(classifyPostgres(err))
}

const lockLog = `SELECT pg_advisory_xact_lock($1::bigint)`

func (t *postgresTx) hold() (end assurance.Tail, err error) {
	t.send(lockLog, [][]byte{wireNumber(logLock)}, sent{})
	t.send(logTail, nil, sent{scan: func(r row) error {
		end, err = scanTail(r)
		return err
	}})
	err = t.flush()
	return end, err
}

// endsAt fails where the log ends elsewhere.
const endsAt = `SELECT all_moved(coalesce((SELECT seq + 1 FROM event ORDER BY seq DESC LIMIT 1), 0), $1::bigint)`

func (t *postgresTx) holdAt(end int64) {
	t.send(lockLog, [][]byte{wireNumber(logLock)}, sent{})
	elsewhere := insertion{into: "event", taken: func(error) error { return errElsewhere }}
	t.send(endsAt, [][]byte{wireNumber(end)}, sent{into: elsewhere})
}

// noneUsed fails where another deal has announced one of the numbers.
const noneUsed = `SELECT all_moved(count(*), 0) FROM unnest($1::text[], $2::text[], $3::text[]) AS u (carrier, number, deal)
	WHERE EXISTS (SELECT 1 FROM tracking AS t WHERE t.number = u.number AND t.carrier = u.carrier AND t.deal <> u.deal)`

func (t *postgresTx) refuseUsed(ts []assurance.Tracking) {
	columns := &t.w.columns
	columns.reset("ttt", len(ts))
	for i := range ts {
		columns.text(ts[i].Carrier)
		columns.text(ts[i].Number)
		columns.text(ts[i].Deal)
	}
	t.send(noneUsed, columns.values(), sent{into: insertion{into: "tracking", taken: notNew}})
}

func (t *postgresTx) read(query string, args []any, scan func(row) error) error {
	values := make([][]byte, len(args))
	for i, a := range args {
		switch a := a.(type) {
		case int64:
			values[i] = wireNumber(a)
		case string:
			values[i] = []byte(a)
		case []string:
			var c column
			c.reset(oidText, len(a))
			for _, s := range a {
				c.text(s)
			}
			values[i] = c
		default:
			return broken(fmt.Errorf("%T as an argument", a))
		}
	}
	t.send(query, values, sent{scan: scan})
	return t.flush()
}

// flushBytes is how much is put together before the server gets it to work on while
// the rest is put together. A batch of thirty commands is a hundred thousand bytes:
// with 64 KiB the server stood still while most of it was put together.
const flushBytes = 12 << 10

func (t *postgresTx) insert(into insertion, n int, fill func(i int, c cells)) error {
	if n == 0 {
		return nil
	}
	columns := &t.w.columns
	columns.reset(into.kinds, n)
	for i := range n {
		fill(i, columns)
	}
	values := columns.values()
	t.send(into.unnested(), values, sent{into: into})
	for _, v := range values {
		t.unsent += len(v)
	}
	if t.unsent < flushBytes {
		return nil
	}
	t.unsent = 0
	return t.pipe.Flush()
}

// unnested is the statement for any number of rows, one array a column.
func (i insertion) unnested() string {
	text := i.into + " SELECT * FROM unnest(" + typedPlaces(i.kinds) + ")"
	if i.after != "" {
		text += " " + i.after
	}
	return text
}

func typedPlaces(kinds string) string {
	var b strings.Builder
	for n, kind := range kinds {
		if n > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "$%d::%s[]", n+1, map[rune]string{'i': "bigint", 't': "text", 'b': "bytea"}[kind])
	}
	return b.String()
}

func (t *postgresTx) remove(query string, keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	c := &t.w.columns
	c.reset("t", len(keys))
	for _, k := range keys {
		c.text(k)
	}
	t.send(strings.Replace(query, "IN {in}", "= ANY($1)", 1), c.values(), sent{})
	return nil
}

// moveBalances fails where a version has moved: the COMMIT travels in the same
// message, so nobody could look at a number of rows first.
const moveBalances = `WITH moved AS (
	UPDATE balance AS b SET posted = b.posted + u.posted, pending_out = b.pending_out + u.pending_out,
		pending_in = b.pending_in + u.pending_in, version = b.version + u.steps
	FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
		AS u (account, was, posted, pending_out, pending_in, steps) WHERE b.account = u.account AND b.version = u.was
	RETURNING 1)
	SELECT all_moved(count(*), cardinality($1::text[])) FROM moved`

func (t *postgresTx) move(changes []assurance.BalanceChange) error {
	if len(changes) == 0 {
		return nil
	}
	columns := &t.w.columns
	columns.reset("tiiiii", len(changes))
	for i := range changes {
		c := &changes[i]
		by := less(c.Now, c.Was)
		columns.text(string(c.Account))
		columns.number(c.Was.Version)
		columns.number(by.Posted)
		columns.number(by.PendingOut)
		columns.number(by.PendingIn)
		columns.number(by.Version)
	}
	t.send(moveBalances, columns.values(), sent{into: insertion{into: "balance", guarded: true}})
	return nil
}

// rawRow is a row in the server's own form.
type rawRow struct {
	fields []pgconn.FieldDescription
	values [][]byte
}

// Scan copies the values to where pointers to numbers and texts lead.
func (r rawRow) Scan(into ...any) error {
	if len(into) != len(r.values) {
		return broken(nil)
	}
	for i, v := range r.values {
		p := reflect.ValueOf(into[i]).Elem()
		switch oid := r.fields[i].DataTypeOID; {
		case oid == oidInt8 && len(v) == 8 && p.CanInt():
			p.SetInt(int64(binary.BigEndian.Uint64(v))) //nolint:gosec // the same bits
		case oid == oidText && v != nil && p.Kind() == reflect.String:
			p.SetString(string(v))
		default:
			return corrupt(p.Type().String())
		}
	}
	return nil
}

// The server's numbers of the kinds of columns.
const (
	oidBytes = 17
	oidInt8  = 20
	oidText  = 25
)

// wireNumber is a number in the server's own form.
func wireNumber(v int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(v)) } //nolint:gosec // the same bits

// arrays are rows turned into one array a column, in the server's own form.
type arrays struct {
	columns []column
	used    int
	next    int
}

// column is an array of one dimension: what it holds, its length and its values,
// each after its own length.
type column []byte

// length is a length in the server's own form. What is longer does not fit into a
// message at all, and the server says so.
func length(n int) uint32 { return uint32(min(n, math.MaxInt32)) } //nolint:gosec // it fits

// columnKept is how long an array may be, in bytes, to be used again. Lists of
// megabytes come once a day.
const columnKept = 4 << 20

func (c *column) reset(oid uint32, n int) {
	b := (*c)[:0]
	if cap(b) > columnKept {
		b = nil
	}
	for _, word := range [...]uint32{1, 1, oid, length(n), 1} { // dimensions, may hold null, kind, length, lowest index
		b = binary.BigEndian.AppendUint32(b, word)
	}
	*c = b
}

func (c *column) number(v int64) {
	*c = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(*c, 8), uint64(v)) //nolint:gosec // the same bits
}

func (c *column) text(v string) {
	*c = append(binary.BigEndian.AppendUint32(*c, length(len(v))), v...)
}

func (c *column) bytes(v []byte) {
	*c = append(binary.BigEndian.AppendUint32(*c, length(len(v))), v...)
}

func (c *column) null() { *c = binary.BigEndian.AppendUint32(*c, 0xffff_ffff) }

func (a *arrays) reset(kinds string, n int) {
	for len(a.columns) < len(kinds) {
		a.columns = append(a.columns, nil)
	}
	for i, kind := range []byte(kinds) {
		a.columns[i].reset(map[byte]uint32{'i': oidInt8, 't': oidText, 'b': oidBytes}[kind], n)
	}
	a.used, a.next = len(kinds), 0
}

// column is the one that takes the next value.
func (a *arrays) column() *column {
	c := &a.columns[a.next]
	if a.next++; a.next == a.used {
		a.next = 0
	}
	return c
}

func (a *arrays) number(v int64)       { a.column().number(v) }
func (a *arrays) text(v string)        { a.column().text(v) }
func (a *arrays) bytes(v []byte)       { a.column().bytes(v) }
func (a *arrays) bytesAsText(v []byte) { a.column().bytes(v) }
func (a *arrays) null()                { a.column().null() }

func (a *arrays) values() [][]byte {
	out := make([][]byte, a.used)
	for i := range out {
		out[i] = a.columns[i]
	}
	return out
}
