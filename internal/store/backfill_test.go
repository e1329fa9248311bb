package store_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fondaco/internal/fault"
	"fondaco/internal/store"
	"fondaco/internal/store/storetest"
)

func TestNothingIsWrittenOnceTheFileCannotBeForcedToTheDisk(t *testing.T) {
	t.Parallel()
	s, err := store.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "house.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if err := s.CannotBeForced(); err != nil {
		t.Fatal(err)
	}
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	scribe := storetest.NewScribe()
	payload := `{"text":"` + strings.Repeat("x", 60_000) + `"}`
	for n := range 200 {
		p := scribe.Page()
		for i := range 50 {
			p.Record(fmt.Sprintf("deal:%d-%d", n, i), "noted", payload)
		}
		if err = s.Commit(t.Context(), p.Batch(), storetest.Placed); err != nil {
			break
		}
		p.Kept()
	}
	if fault.CodeOf(err) != "store.sick" {
		t.Errorf("a house whose file cannot be forced to the disk writes on: %v", err)
	}
}

func TestTheWriteAheadLogIsBegunAnewWhileTheHouseWrites(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "house.db")
	s, err := store.OpenSQLite(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	const limit = 64 << 20
	scribe := storetest.NewScribe()
	payload := `{"text":"` + strings.Repeat("x", 60_000) + `"}`
	var written, records int64
	for n := 0; written < 4*limit; n++ {
		p := scribe.Page()
		for i := range 50 {
			p.Record(fmt.Sprintf("deal:%d-%d", n, i), "noted", payload)
			written += int64(len(payload))
		}
		if err := s.Commit(t.Context(), p.Batch(), storetest.Placed); err != nil {
			t.Fatal(err)
		}
		p.Kept()
		records += 50
	}
	log, err := os.Stat(path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	// What is written while the log is carried over comes on top.
	if log.Size() > 3*limit {
		t.Errorf("the log holds %d bytes after %d were written", log.Size(), written)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path + "-wal"); err == nil {
		t.Error("the log was left behind")
	}
	again, err := store.OpenSQLite(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = again.Close() }()
	if size, err := again.Size(t.Context()); err != nil || size != records {
		t.Errorf("%d entries instead of %d, %v", size, records, err)
	}
}
