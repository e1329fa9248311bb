package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
)

// writer is how a backend writes. One transaction at a time goes through write.
type writer interface {
	// write runs f in one transaction, durable when write returns nil.
	write(ctx context.Context, f func(tx) error) error
	// put runs statements in a transaction of their own, and answers how many rows
	// the last one touched.
	put(ctx context.Context, statements ...statement) (int64, error)
	// fetch runs one statement that writes and answers rows, in a transaction of its own.
	fetch(ctx context.Context, s statement, scan func(row) error) error
	// insertBeside runs f in a transaction of its own that is no batch. Where a
	// connection turns out to be lost before anything was kept, f runs again.
	insertBeside(ctx context.Context, f func(inserter) error) error
	// alone runs f while this store writes nothing else.
	alone(ctx context.Context, f func(*sql.DB) error) error
	close() error
}

// statement is a query with its arguments: int64, string, []byte or nil.
type statement struct {
	query string
	args  []any
}

// tx is a transaction in the making. What insert and remove write may go out
// later than they return, and fail later: at the latest when the transaction ends.
type tx interface {
	// hold keeps everybody else from appending to the log until the transaction
	// ends, and answers where the log ends.
	hold() (assurance.Tail, error)
	// read runs a query inside the transaction.
	read(query string, args []any, scan func(row) error) error
	inserter
	// remove deletes the rows of a list of keys; "IN {in}" in the query stands for it.
	remove(query string, keys []string) error
	// move writes balances that were there before, each if its version still holds.
	move(changes []assurance.BalanceChange) error
	// then runs done once the transaction is durable, before anybody else writes.
	then(done func())
}

// distant is a transaction whose every look costs a round trip.
type distant interface {
	// holdAt keeps everybody else from appending, as hold does. If the log ends
	// elsewhere, the transaction fails with errElsewhere.
	holdAt(end int64)
	// refuseUsed fails the transaction with store.conflict if another deal has announced
	// one of the tracking numbers.
	refuseUsed(ts []assurance.Tracking)
}

// inserter takes rows.
type inserter interface {
	// insert writes n rows; fill gives the values of row i, column by column.
	insert(into insertion, n int, fill func(i int, c cells)) error
}

// insertion is an INSERT of any number of rows.
type insertion struct {
	into  string // the statement up to VALUES
	kinds string // a letter for each column: i for a whole number, t for a text, b for bytes
	after string // what follows the rows
	// guarded says that the rows are money or evidence: if a rule refuses one of
	// them, the house must stop.
	guarded bool
	// taken is what a key that is taken means, if not that somebody else has written.
	taken func(error) error
}

// fault is what a failure of the insertion means to the caller.
func (i insertion) fault(err error) error {
	switch code := fault.CodeOf(err); {
	case i.guarded && code == constraint:
		return refusedByLedger(err)
	case i.taken != nil && code == "store.conflict":
		return i.taken(err)
	}
	return err
}

func refusedByLedger(err error) error {
	return fault.New(fault.Internal, "ledger.constraint", "The database has refused to break a rule of the ledger.").Because(err)
}

// cells takes the values of rows, column by column.
type cells interface {
	number(v int64)
	text(v string)
	bytes(v []byte) // not kept: the caller may change them afterwards
	bytesAsText(v []byte)
	null()
}

// moment writes a time, nothing if it is zero.
func moment(c cells, t time.Time) {
	if t.IsZero() {
		c.null()
		return
	}
	c.number(micros(t))
}

// writable is a text that every database can keep: some refuse a zero byte and
// what is no UTF-8. It is for texts of strangers that are not evidence.
func writable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}
