package storetest

import (
	"context"
	"testing"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/evidence"
)

// Backend is a database under test: everything the house asks of one, and two
// ways around the house.
type Backend interface {
	assurance.Store
	assurance.Archive
	// Entries reads the public parts of the log's records.
	Entries(ctx context.Context, from, to int64) ([]evidence.Entry, error)
	// Around runs SQL behind the store's back, each call a transaction of its own.
	// It says whether the database's own rules forbade it; err is any other failure.
	Around(ctx context.Context, query string) (forbidden bool, err error)
	// Reopen closes the store and opens it again on the same data. The old one is
	// of no use after it.
	Reopen(t *testing.T) Backend
	// Beside opens the same data a second time, as another node would.
	Beside(t *testing.T) Backend
}

// Run checks a backend. Each call of open gives an empty, migrated database.
func Run(t *testing.T, open func(t *testing.T) Backend) {
	for _, part := range []struct {
		name string
		test func(*testing.T, func(*testing.T) Backend)
	}{
		{"journal", testJournal},
		{"refusals of a batch", testRefusedBatches},
		{"guards of the database", testGuards},
		{"views", testViews},
		{"schedule", testSchedule},
		{"people", testPeople},
		{"doors", testDoors},
		{"diary", testDiary},
		{"checks", testChecks},
		{"standings", testStandings},
		{"archive", testArchive},
		{"durability", testDurability},
		{"several nodes", testNodes},
	} {
		t.Run(part.name, func(t *testing.T) {
			t.Parallel()
			part.test(t, open)
		})
	}
}

// must fails the test on an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%+v", fault.Of(err).Trace())
	}
}

// got passes a value on and fails the test on an error.
func got[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		must(t, err)
		return v
	}
}

// refused fails the test unless the error has the kind and the code.
func refused(t *testing.T, err error, kind fault.Kind, code string) {
	t.Helper()
	if err == nil || fault.KindOf(err) != kind || fault.CodeOf(err) != code {
		trace := "nothing"
		if err != nil {
			trace = fault.Of(err).Trace()
		}
		t.Fatalf("want %s %s, got %s", kind, code, trace)
	}
}

// write commits the page.
func write(t *testing.T, b Backend, p *Page) *assurance.Batch {
	t.Helper()
	batch := p.Batch()
	must(t, b.Commit(t.Context(), batch, Placed))
	p.Kept()
	return batch
}
