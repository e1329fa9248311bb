package bench_test

import (
	"os"
	"strings"
	"testing"

	"fondaco/internal/bench"
	"fondaco/internal/fault"
)

// lockedMemory is what the kernel says that this process has locked.
func lockedMemory(t *testing.T) string {
	t.Helper()
	doc, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(doc), "VmLck:")
	line, _, ends := strings.Cut(after, "\n")
	if !found || !ends {
		t.Fatalf("no VmLck in %s", doc)
	}
	return strings.TrimSpace(line)
}

// Not parallel: locked memory is that of the whole process.
func TestAHouseIsHeldInMemoryWhileItIsAsked(t *testing.T) { //nolint:paralleltest // see above
	f := filling(t, nil)
	before, during := lockedMemory(t), ""
	f.Hold = f.Large.(*bench.SQLite).Hold
	f.Progress = func(what string, done, total int64, _ string) {
		if what == bench.Holding && done > total {
			t.Errorf("%d MiB of %d", done, total)
		}
		if what == "giving commands" {
			during = lockedMemory(t)
		}
	}
	_, err := f.Run(t.Context())
	if fault.CodeOf(err) == "bench.cannot_hold" && os.Getuid() != 0 {
		t.Skip("this user may not lock a few megabytes of memory")
	}
	if err != nil {
		t.Fatalf("%+v", err)
	}
	if during == before || during == "" || lockedMemory(t) != before {
		t.Errorf("%s are locked before, %s while commands are given and %s afterwards", before, during, lockedMemory(t))
	}
}

func TestWhatIsNotThereIsNotHeld(t *testing.T) {
	t.Parallel()
	empty, err := bench.NewSQLite(t.TempDir(), false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := empty.Hold(func(int64, int64) {}); fault.CodeOf(err) != "bench.cannot_hold" {
		t.Errorf("%v, want bench.cannot_hold", err)
	}
}
