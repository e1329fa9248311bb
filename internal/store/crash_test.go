package store_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"fondaco/internal/notary"
	"fondaco/internal/store"
	"fondaco/internal/store/storetest"
	"fondaco/internal/trade/ledger"
)

// crashFile names the database that a copy of this test program writes to until
// it is killed.
const crashFile = "FONDACO_TEST_CRASH_FILE"

func TestMain(m *testing.M) {
	if path := os.Getenv(crashFile); path != "" {
		writeUntilKilled(path)
	}
	os.Exit(m.Run())
}

// writeUntilKilled commits batch after batch and says how long the log is after
// each acknowledged one.
func writeUntilKilled(path string) {
	ctx := context.Background()
	s, err := store.OpenSQLite(ctx, path)
	scribe := storetest.NewScribe()
	for err == nil {
		if err = s.Commit(ctx, scribe.Works(5), storetest.Placed); err != nil {
			break
		}
		var size int64
		if size, err = s.Size(ctx); err == nil {
			fmt.Println(size)
		}
	}
	fmt.Fprintf(os.Stderr, "%+v\n", err)
	os.Exit(1)
}

func TestAcknowledgedCommitsSurviveAKill(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, acks := range []int{1, 7, 40} {
		path := filepath.Join(t.TempDir(), "house.db")
		if err := openAt(t, path).Close(); err != nil {
			t.Fatal(err)
		}
		child := exec.CommandContext(t.Context(), self)
		child.Env = append(os.Environ(), crashFile+"="+path)
		child.Stderr = os.Stderr
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		var acknowledged int64
		for n := 0; lines.Scan(); n++ {
			if acknowledged, err = strconv.ParseInt(strings.TrimSpace(lines.Text()), 10, 64); err != nil {
				t.Fatal(err)
			}
			if n+1 == acks {
				if err := child.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = child.Wait() // killed, as intended
		if acknowledged < int64(acks)*10 {
			t.Fatalf("the child acknowledged %d entries", acknowledged)
		}
		requireSound(t, openAt(t, path), acknowledged)
	}
}

// source is the store as the notary verifies it.
type source struct{ storetest.Backend }

func (s source) Payloads(ctx context.Context, from, to int64) ([]notary.Payload, error) {
	records, err := s.Range(ctx, from, to)
	payloads := make([]notary.Payload, len(records))
	for i, r := range records {
		payloads[i] = notary.Payload{Sequence: r.Sequence, Salt: r.Salt, Bytes: r.Payload}
	}
	return payloads, err
}

// requireSound checks that the log has at least the acknowledged entries, that
// it verifies from end to end, and that entries and balances agree.
func requireSound(t *testing.T, b storetest.Backend, acknowledged int64) {
	t.Helper()
	report, err := notary.Verify(t.Context(), source{b}, notary.Options{}, nil)
	if err != nil {
		t.Fatalf("%+v", err)
	}
	if size, err := b.Size(t.Context()); err != nil || size < acknowledged || size%10 != 0 {
		t.Errorf("%d entries after %d were acknowledged, %v", size, acknowledged, err)
	}
	if len(report.Findings) > 0 {
		t.Errorf("the log does not verify: %+v", report.Findings)
	}
	balances := map[ledger.AccountID]int64{}
	for after := int64(0); ; {
		rows, last, err := b.AllEntries(t.Context(), after, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) == 0 {
			break
		}
		after = last
		for _, e := range rows {
			balances[e.Account] += e.Delta
		}
	}
	for account, sum := range balances {
		rows, err := b.Balances(t.Context(), []ledger.AccountID{account})
		if err != nil || rows[account].Posted != sum {
			t.Errorf("%s is %d by its entries, %+v, %v", account, sum, rows[account], err)
		}
	}
}

func TestNotaryFindsWhatWasChangedBehindTheGuards(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if err := b.Commit(t.Context(), storetest.NewScribe().Works(20), storetest.Placed); err != nil {
		t.Fatal(err)
	}
	requireSound(t, b, 40)
	for _, query := range []string{`DROP TRIGGER event_no_update`, `UPDATE event SET payload = '{"by":"nobody"}' WHERE seq = 17`} {
		if forbidden, err := b.Around(t.Context(), query); err != nil || forbidden {
			t.Fatalf("%v, %v", forbidden, err)
		}
	}
	report, err := notary.Verify(t.Context(), source{b}, notary.Options{}, nil)
	if err != nil || len(report.Findings) != 1 || report.Findings[0].Sequence != 17 {
		t.Errorf("got %+v, %v", report, err)
	}
}
