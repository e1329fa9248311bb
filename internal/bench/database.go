package bench

import (
	"context"
	"sync/atomic"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
)

// Store is an open house's database.
type Store interface {
	assurance.Store
	assurance.Archive
	Close() error
}

// Database is where a bench keeps a house of its own.
type Database interface {
	// Name says which database it is, with its version.
	Name(ctx context.Context) (string, error)
	// Address is where the house is: a folder, or a PostgreSQL address.
	Address() string
	// Open opens the store, made and brought up to date if need be.
	Open(ctx context.Context) (Store, error)
	// Watch begins to note what is written. No store may be open.
	Watch(ctx context.Context) (Watch, error)
	// Raw inserts rows of so many bytes for a while, 1,000 to a transaction, into a
	// table of its own, as fast as one connection can. It answers rows per second.
	Raw(ctx context.Context, bytes int, window time.Duration) (float64, error)
	// Remove ends the database with all that is in it, unless it is to be kept.
	Remove(ctx context.Context) error
}

// Watch notes what is written to a database.
type Watch interface {
	// Last looks at what is gone when the store has been closed. It is called before.
	Last(ctx context.Context) error
	// Usage answers, when the store has been closed, what so many commits have used.
	Usage(ctx context.Context, commits int64) (Usage, error)
}

// Usage is what a stretch of work has cost on disk.
type Usage struct {
	Grown   int64 // bytes by which the database is larger, with nothing left in its log
	Written int64 // bytes written on the way there
	Syncs   int64 // times that the disk was told to keep what it was given
}

// counting is the store with an eye on what is committed.
type counting struct {
	assurance.Store
	commits  atomic.Int64
	commands atomic.Int64 // answered under a key, as every command of a bench is
	rows     atomic.Int64
}

// Commit counts the batch once it is durable.
func (c *counting) Commit(ctx context.Context, b *assurance.Batch, place func(end assurance.Tail) error) error {
	err := c.Store.Commit(ctx, b, place)
	if err == nil {
		c.commits.Add(1)
		c.commands.Add(int64(len(b.Answers)))
		c.rows.Add(int64(rowsOf(b)))
	}
	return err
}

// rowsOf is how many rows the batch writes.
func rowsOf(b *assurance.Batch) int {
	n := len(b.Records) + len(b.Transfers) + len(b.Entries) + len(b.Balances) + len(b.Messages) + len(b.Answers) +
		len(b.Refusals) + len(b.Trackings) + len(b.Deals) + len(b.Parties) + len(b.Deposits) + len(b.Payouts) + len(b.Persons) +
		len(b.Secrets) + len(b.Sessions) + len(b.Ended) + len(b.Tickets) + len(b.Activities) + len(b.Counts) + len(b.Approvals) + len(b.PayoutAccounts)
	if len(b.Hashes) > 0 {
		n++ // those of one commit follow each other, and are one row
	}
	for _, s := range b.Clocks {
		if s.Changed() {
			n += len(s.Clocks)
		}
	}
	for _, s := range b.Duties {
		if s.Changed() {
			n += len(s.Rows)
		}
	}
	return n
}

// wrong is a result that cannot be trusted.
func wrong(code, message string) *fault.Error { return fault.New(fault.Internal, code, message) }
