package crash

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"fondaco/internal/store"
)

// The databases that are broken.
const (
	SQLite   = "sqlite"
	Postgres = "postgres"
)

// database is what a house stands on, and what a part breaks.
type database interface {
	// address is what the house opens.
	address() string
	// start lets the database serve, and waits until it has recovered.
	start(ctx context.Context) error
	// kill ends it as a power cut would: nothing is written any more.
	kill(ctx context.Context) error
	// complaints are lines of its log that no sound database writes while it recovers.
	complaints() []string
}

// file is SQLite: it serves whoever opens it.
type file string

func (f file) address() string           { return string(f) }
func (file) start(context.Context) error { return nil }
func (file) kill(context.Context) error  { return nil }
func (file) complaints() []string        { return nil }

// sqlitePath is the file behind an address, if it is one.
func sqlitePath(address string) (string, bool) {
	return address, !strings.HasPrefix(address, "postgres://")
}

func openStore(ctx context.Context, address string, unsafe bool) (*store.Store, error) {
	path, ok := sqlitePath(address)
	if !ok {
		return store.OpenPostgres(ctx, address)
	}
	s, err := store.OpenSQLite(ctx, path)
	if err != nil || !unsafe {
		return s, err
	}
	if err := s.LoseWhatIsAcknowledged(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Prepare gives the database its schema and the house its two companies.
func Prepare(ctx context.Context, address string, log *slog.Logger) (_ Cast, err error) {
	s, err := openStore(ctx, address, false)
	if err != nil {
		return Cast{}, err
	}
	err = s.Migrate(ctx)
	if err = errors.Join(err, s.Close()); err != nil {
		return Cast{}, err
	}
	s, h, err := openHouse(ctx, address, false, log)
	if err != nil {
		return Cast{}, err
	}
	defer func() {
		h.Close()
		err = errors.Join(err, s.Close())
	}()
	return enrol(ctx, h, time.Now())
}
