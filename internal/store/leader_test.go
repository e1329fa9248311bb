package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"fondaco/internal/fault"
	"fondaco/internal/store"
	"fondaco/internal/store/pgtest"
)

func leads(t *testing.T, l *store.Leader) bool {
	t.Helper()
	is, err := l.Lead(t.Context())
	must(t, err)
	return is
}

func TestOneNodeLeadsUntilItsConnectionEnds(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	a, b := postgresAt(t, url), postgresAt(t, url)
	first, second := a.Leader(), b.Leader()
	t.Cleanup(first.Close)
	t.Cleanup(second.Close)
	for range 3 {
		if !leads(t, first) || leads(t, second) {
			t.Fatal("not the first alone leads")
		}
	}

	cut(t, url) // the server ends every connection that holds the lock
	if is, err := first.Lead(t.Context()); is || fault.CodeOf(err) != "store.unavailable" {
		t.Fatalf("after its connection was cut the first leads: %t, %v", is, err)
	}
	if !leads(t, second) || leads(t, first) {
		t.Fatal("the second does not take over")
	}

	second.Close()
	if leads(t, second) {
		t.Error("a closed claim leads")
	}
	// The server lets go of the lock when it has noticed that the connection is closed.
	deadline := time.Now().Add(20 * time.Second)
	for !leads(t, first) {
		if time.Now().After(deadline) {
			t.Fatal("the first does not take over from one that has closed")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// cut ends the connections of leaders from the server's side.
func cut(t *testing.T, url string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	must(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	var ended int
	must(t, conn.QueryRow(t.Context(), `SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_locks
		WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`).Scan(&ended))
	if ended != 1 {
		t.Fatalf("%d connections hold the lock", ended)
	}
}

func TestWhoCannotAskDoesNotLead(t *testing.T) {
	t.Parallel()
	a := setupPostgres(t)
	l := a.Leader()
	t.Cleanup(l.Close)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if is, err := l.Lead(ctx); is || fault.CodeOf(err) != "store.unavailable" {
		t.Errorf("leads: %t, %v", is, err)
	}
	if !leads(t, l) {
		t.Error("it does not lead once it can ask")
	}
}

func TestTheOnlyNodeOnAFileLeads(t *testing.T) {
	t.Parallel()
	if !leads(t, setup(t).Leader()) {
		t.Error("it does not lead")
	}
}
