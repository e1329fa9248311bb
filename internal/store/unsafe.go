package store

import (
	"context"
	"database/sql"

	"fondaco/internal/fault"
)

// LoseWhatIsAcknowledged takes the durability away from a store on SQLite, for
// as long as it is open: commits are answered before they are on the disk, and a
// power cut loses them. It is there for one purpose, to prove that the test of
// power cuts finds such a loss. No flag, address or setting of a house leads here.
func (s *Store) LoseWhatIsAcknowledged(ctx context.Context) error {
	return s.writer.alone(ctx, func(db *sql.DB) error {
		var have int
		if _, err := db.ExecContext(ctx, "PRAGMA synchronous = off"); err != nil {
			return s.dialect.classify(err)
		}
		if err := db.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&have); err != nil {
			return s.dialect.classify(err)
		}
		if have != 0 {
			return fault.New(fault.Internal, "store.broken", "The database goes on forcing its disk.")
		}
		return nil
	})
}
