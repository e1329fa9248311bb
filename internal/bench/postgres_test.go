package bench_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"fondaco/internal/bench"
	"fondaco/internal/store"
	"fondaco/internal/store/pgtest"
)

func opened(ctx context.Context, address string) (bench.Store, error) {
	s, err := store.OpenPostgres(ctx, address)
	if err != nil {
		return nil, err
	}
	if err := s.Migrate(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func TestABenchOnPostgreSQLFindsEverythingAndLeavesNothing(t *testing.T) {
	t.Parallel()
	server := pgtest.Superuser(t)
	db, err := bench.NewPostgres(t.Context(), server, opened, false)
	if err != nil {
		t.Fatalf("%+v", err)
	}
	d := bench.Deals{Database: db, Clients: 16, Companies: 20, Least: 400, Window: 20 * time.Millisecond, Warmup: 10 * time.Millisecond, Yard: 20 * time.Millisecond}
	r, err := d.Run(t.Context())
	if err != nil {
		t.Fatalf("%+v", err)
	}
	if !r.OK || r.Commands == 0 || r.BytesPerCommand <= 0 || r.WrittenBytesPerCommand <= 0 || r.RawRowsPerSecond <= 0 || r.SingleBatchMean != 1 {
		t.Errorf("something was not measured: %+v", r)
	}
	if !strings.HasPrefix(r.Database, "PostgreSQL ") || !strings.Contains(r.Database, "synchronous_commit=") {
		t.Errorf("it was measured on %s", r.Database)
	}
	if err := db.Remove(t.Context()); err != nil {
		t.Fatal(err)
	}
	c, err := pgx.Connect(t.Context(), server)
	if err != nil {
		t.Fatal(err)
	}
	name := db.Address()[strings.Index(db.Address(), "/fondaco_bench_")+1:]
	name, _, _ = strings.Cut(name, "?")
	var there bool
	err = c.QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&there)
	if err := errors.Join(err, c.Close(t.Context())); err != nil || there || len(name) != len("fondaco_bench_")+12 {
		t.Errorf("the database %s is still there: %v, %v", name, there, err)
	}
}
