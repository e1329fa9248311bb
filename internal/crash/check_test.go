package crash_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fondaco/internal/assurance"
	"fondaco/internal/crash"
	"fondaco/internal/money"
	"fondaco/internal/store"
	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/identity"
)

// worked is a house that has done some deals and was closed in order.
type worked struct {
	path string
	cast crash.Cast
	acks []crash.Ack
}

func setup(t *testing.T) worked {
	t.Helper()
	w := worked{path: filepath.Join(t.TempDir(), "house.db")}
	log := slog.New(slog.DiscardHandler)
	var err error
	if w.cast, err = crash.Prepare(t.Context(), w.path, log); err != nil {
		t.Fatalf("%+v", err)
	}
	spec, err := json.Marshal(crash.Spec{Database: w.path, Workers: 4, Cast: w.cast})
	if err != nil {
		t.Fatal(err)
	}
	hold, stop := io.Pipe()
	read, write := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := crash.Child(context.WithoutCancel(t.Context()), string(spec), hold, write, log)
		_ = write.Close()
		ended <- err
	}()
	lines := bufio.NewScanner(read)
	for lines.Scan() {
		var l struct{ Ack *crash.Ack }
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		if l.Ack != nil {
			w.acks = append(w.acks, *l.Ack)
		}
		if len(w.acks) == 60 {
			_ = stop.Close()
		}
	}
	if err := <-ended; err != nil {
		t.Fatalf("%+v", err)
	}
	return w
}

func (w worked) check(t *testing.T, acks []crash.Ack) crash.Verdict {
	t.Helper()
	v, err := crash.Check(t.Context(), w.path, w.cast, acks, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatalf("%+v", err)
	}
	return v
}

// around changes the database behind the house's back.
func (w worked) around(t *testing.T, queries ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", w.path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, q := range queries {
		result, err := db.ExecContext(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := result.RowsAffected(); strings.HasPrefix(q, "UPDATE") && (err != nil || n == 0) {
			t.Fatalf("%s changed %d rows, %v", q, n, err)
		}
	}
}

func requireFault(t *testing.T, v crash.Verdict, part string) {
	t.Helper()
	if !slices.ContainsFunc(v.Faults, func(f string) bool { return strings.Contains(f, part) }) {
		t.Errorf("no fault speaks of %q: %q", part, v.Faults)
	}
}

func TestAnHonestHouseIsFoundWhole(t *testing.T) {
	t.Parallel()
	w := setup(t)
	v := w.check(t, w.acks)
	if !v.OK() || v.Acked < 50 || v.Stored != v.Acked || v.Doubtful == 0 || v.Entries == 0 {
		t.Errorf("got %+v", v)
	}
}

func TestAReceiptThatTheHouseNeverGaveIsLost(t *testing.T) {
	t.Parallel()
	w := setup(t)
	invented := w.acks[len(w.acks)-1]
	invented.Trade.Worker, invented.Trade.Number = 99, 7
	invented.Receipt.Version += 50
	v := w.check(t, append(slices.Clone(w.acks), invented))
	if v.Lost != 1 || v.Stored != v.Acked-1 || v.OK() {
		t.Errorf("got %+v", v)
	}
	requireFault(t, v, "lost: crash 0/99/7")
}

func TestTwoReceiptsForOneCommandAreNotTheSame(t *testing.T) {
	t.Parallel()
	w := setup(t)
	second := w.acks[10]
	second.Receipt.First++
	second.Receipt.Last++
	v := w.check(t, append(slices.Clone(w.acks), second))
	if v.Differing != 1 || v.OK() {
		t.Errorf("got %+v", v)
	}
	requireFault(t, v, "answered in two ways")
}

func TestAReceiptThatHasChangedIsFound(t *testing.T) {
	t.Parallel()
	w := setup(t)
	acks := slices.Clone(w.acks)
	acks[3].Receipt.State = "closed twice"
	if v := w.check(t, acks); v.Differing == 0 || v.OK() {
		t.Errorf("got %+v", v)
	}
}

func TestACommandCarriedOutTwiceIsFoundInTheLog(t *testing.T) {
	t.Parallel()
	w := setup(t)
	s, err := store.OpenSQLite(t.Context(), w.path)
	if err != nil {
		t.Fatal(err)
	}
	h, err := assurance.Open(t.Context(), assurance.Config{
		Store: s, Archive: s, Clock: assurance.SystemClock{}, Random: rand.Reader, NewID: func() string { return "zz-the-same-again" }, PayoutRail: "sandbox",
	})
	if err != nil {
		t.Fatal(err)
	}
	usd := money.MustCurrency("USD")
	again := contract.Terms{
		Title: "crash 0/0/0", Buyer: w.cast.Buyer, Seller: w.cast.Seller, Currency: usd, Freight: money.New(0, usd), Insurance: money.New(0, usd),
	}
	by := identity.MemberOf(w.cast.Buyer, "crash-buyer")
	if _, err := h.DraftDeal(t.Context(), assurance.Call{By: by, Key: "another key"}, again); err != nil {
		t.Fatalf("%+v", err)
	}
	h.Close()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	v := w.check(t, w.acks)
	if v.Doubled != 1 || v.Lost != 0 || v.OK() {
		t.Errorf("got %+v", v)
	}
	requireFault(t, v, "doubled: crash 0/0/0 draft")
}

func TestWhatWasChangedBehindTheHouseIsFound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, fault string
		queries     []string
	}{
		{"a payload", "does not follow from its leaves", []string{
			`DROP TRIGGER event_no_update`, `UPDATE event SET at = at - 1 WHERE seq = 3`,
		}},
		{"a hash of the tree", "does not follow from its leaves", []string{
			`DROP TRIGGER tree_hash_no_update`, `UPDATE tree_hash SET hashes = zeroblob(length(hashes)) WHERE ix = (SELECT max(ix) FROM tree_hash)`,
		}},
		{"a view", "deal", []string{`UPDATE deal_view SET held = held + 1 WHERE id = (SELECT min(id) FROM deal_view WHERE phase = 'closed')`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			w.around(t, c.queries...)
			v := w.check(t, w.acks)
			if v.OK() || v.Lost != 0 {
				t.Errorf("got %+v", v)
			}
			requireFault(t, v, c.fault)
		})
	}
}

func TestAnUnknownPartIsRefused(t *testing.T) {
	t.Parallel()
	if r, err := crash.Run(t.Context(), "flood", crash.Config{Database: crash.SQLite}); err == nil || r.Rounds != 0 || r.OK() {
		t.Errorf("got %+v, %v", r, err)
	}
}
