package crash_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"fondaco/internal/crash"
)

// childFlag tells a copy of this test program that it is the house to be broken.
const childFlag = "FONDACO_TEST_CRASH_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childFlag) == "" {
		os.Exit(m.Run())
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	if err := crash.Child(context.Background(), os.Args[len(os.Args)-1], os.Stdin, os.Stdout, log); err != nil {
		fmt.Fprintf(os.Stderr, "%+v\n", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// broken carries out a part on a house of this test program.
func broken(t *testing.T, part string, cfg crash.Config) crash.Report {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cfg.Child, cfg.ChildEnv = []string{self}, []string{childFlag + "=1"}
	if cfg.Database == "" {
		cfg.Database = crash.SQLite
	}
	r, err := crash.Run(t.Context(), part, cfg)
	if err != nil {
		t.Fatalf("%+v", err)
	}
	if r.Skipped != "" {
		t.Skip(r.Skipped)
	}
	for _, f := range r.Faults {
		t.Error(f)
	}
	for _, n := range r.Notes {
		t.Log(n)
	}
	t.Logf("%d rounds in %.1f s: %d acknowledged, %d stored, %d lost, %d differing, %d doubled; %d of %d in doubt were stored; %d entries; refused %v",
		r.Rounds, r.Seconds, r.Acked, r.Stored, r.Lost, r.Differing, r.Doubled, r.DoubtKept, r.Doubtful, r.Entries, r.Refused)
	if !r.OK() || r.Acked == 0 {
		t.Errorf("%d commands were acknowledged, and the report is not good", r.Acked)
	}
	return r
}

func TestAKilledHouseLosesNothingItAcknowledged(t *testing.T) {
	t.Parallel()
	r := broken(t, crash.Kill, crash.Config{Load: 200 * time.Millisecond, Workers: 16})
	if r.Rounds != 50 || r.Acked < 300 || r.DoubtKept == 0 {
		t.Errorf("%d rounds, %d receipts and %d stored without one are too little to have tested anything", r.Rounds, r.Acked, r.DoubtKept)
	}
}

func TestAPowerCutLosesNothingThatWasAcknowledgedAndHasTeeth(t *testing.T) {
	t.Parallel()
	r := broken(t, crash.Power, crash.Config{Load: 200 * time.Millisecond, Workers: 16})
	if r.Teeth == nil || r.Teeth.Lost == 0 {
		t.Errorf("with synchronous off nothing was lost: %+v", r.Teeth)
	}
	t.Logf("teeth: %+v", *r.Teeth)
}

func TestOnPostgreSQLKillsAndCutsLoseNothingEither(t *testing.T) {
	t.Parallel()
	cfg := crash.Config{Database: crash.Postgres, Rounds: 4, Load: 200 * time.Millisecond, Workers: 16}
	t.Run("kill", func(t *testing.T) { broken(t, crash.Kill, cfg) })
	cfg.Rounds = 2
	t.Run("power", func(t *testing.T) {
		if r := broken(t, crash.Power, cfg); r.Teeth == nil || r.Teeth.Lost == 0 {
			t.Errorf("with fsync off nothing was lost: %+v", r.Teeth)
		}
	})
	cfg.Rounds = 1
	t.Run("full", func(t *testing.T) { broken(t, crash.Full, cfg) })
}

func TestAFullDiskIsSaidAndWorkGoesOnAfterwards(t *testing.T) {
	t.Parallel()
	broken(t, crash.Full, crash.Config{Rounds: 2, Workers: 16})
}

func TestAHouseOnASickDiskStopsAndSaysWhy(t *testing.T) {
	t.Parallel()
	broken(t, crash.Sick, crash.Config{Rounds: 2, Workers: 16})
}
