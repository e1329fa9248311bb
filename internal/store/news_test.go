package store_test

import (
	"context"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"fondaco/internal/assurance"
	"fondaco/internal/store"
	"fondaco/internal/store/pgtest"
	"fondaco/internal/store/storetest"
)

// ears keep what was heard.
type ears struct {
	heard  chan [2]int64
	missed chan struct{}
}

func listening(t *testing.T, s *store.Store) ears {
	t.Helper()
	e := ears{heard: make(chan [2]int64, 100), missed: make(chan struct{}, 100)}
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() {
		s.Listen(ctx, store.Ears{
			Heard:  func(from, to int64) { e.heard <- [2]int64{from, to} },
			Missed: func() { e.missed <- struct{}{} },
		})
	})
	t.Cleanup(func() {
		cancel()
		group.Wait()
	})
	return e
}

func TestNodesHearWhatOthersAppendAndNotWhatTheyAppendThemselves(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	a, b := postgresAt(t, url), postgresAt(t, url)
	atA, atB := listening(t, a.Store), listening(t, b.Store)
	<-atA.missed // the lines are new
	<-atB.missed

	scribe := storetest.NewScribe()
	must(t, a.Commit(t.Context(), scribe.Works(1), storetest.Placed))
	first := <-atB.heard
	if end := size(t, b); first != [2]int64{0, end} || end == 0 {
		t.Errorf("heard %v of a log of %d", first, end)
	}
	before := size(t, b)
	must(t, b.Commit(t.Context(), scribe.Works(1), storetest.Placed))
	if got := <-atA.heard; got != [2]int64{before, size(t, a)} {
		t.Errorf("heard %v of a log of %d", got, size(t, a))
	}
	before = size(t, b)
	must(t, a.Commit(t.Context(), scribe.Works(1), storetest.Placed))
	if got := <-atB.heard; got != [2]int64{before, size(t, a)} { // notices come in the order of the commits
		t.Errorf("after its own commit a node heard %v of a log of %d", got, size(t, a))
	}
}

func TestWhatIsUndoneIsNotTold(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	a, b := postgresAt(t, url), postgresAt(t, url)
	atB := listening(t, b.Store)
	<-atB.missed
	scribe := storetest.NewScribe()
	good := scribe.Works(1)
	must(t, a.Commit(t.Context(), good, storetest.Placed))
	if err := a.Commit(t.Context(), good, storetest.Placed); err == nil {
		t.Fatal("the same facts were written twice")
	}
	must(t, a.Commit(t.Context(), scribe.Works(1), storetest.Placed))
	end, heard := size(t, a), int64(0)
	for heard < end { // told one by one or together, without a gap or a repetition
		got := <-atB.heard
		if got[0] != heard {
			t.Fatalf("heard %v after %d", got, heard)
		}
		heard = got[1]
	}
}

func TestALineThatWasLostIsTakenUpAndSaysSo(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	a, b := postgresAt(t, url), postgresAt(t, url)
	atB := listening(t, b.Store)
	<-atB.missed
	conn, err := pgx.Connect(t.Context(), url)
	must(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	var ended int
	must(t, conn.QueryRow(t.Context(), `SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
		WHERE datname = current_database() AND query LIKE 'LISTEN %'`).Scan(&ended))
	if ended != 1 {
		t.Fatalf("%d lines were cut", ended)
	}
	<-atB.missed
	must(t, a.Commit(t.Context(), storetest.NewScribe().Works(1), storetest.Placed))
	if got := <-atB.heard; got[0] != 0 {
		t.Errorf("heard %v", got)
	}
}

func size(t *testing.T, s assurance.Archive) int64 {
	t.Helper()
	n, err := s.Size(t.Context())
	must(t, err)
	return n
}
