package bench_test

import (
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/bench"
	"fondaco/internal/trade/evidence"
)

func TestOnlyRowsThatAreWrittenAreCounted(t *testing.T) {
	t.Parallel()
	clock := []assurance.ClockRow{{Stream: "deal:d1", Clock: "sign", At: time.Unix(1, 0)}}
	duty := []assurance.DutyRow{{Deal: "d1", Title: "Bearings"}}
	for name, c := range map[string]struct {
		batch assurance.Batch
		want  int
	}{
		"the hashes of a commit are one row":   {assurance.Batch{Hashes: make([]evidence.StoredHash, 5)}, 1},
		"clocks that stay are not written":     {assurance.Batch{Clocks: []assurance.ClockSet{{Was: clock, Clocks: clock}}}, 0},
		"clocks that begin are":                {assurance.Batch{Clocks: []assurance.ClockSet{{Clocks: clock}}}, 1},
		"duties that stay are not written":     {assurance.Batch{Duties: []assurance.DutySet{{Was: duty, Rows: duty}}}, 0},
		"duties that come are":                 {assurance.Batch{Duties: []assurance.DutySet{{Rows: duty}}}, 1},
		"events, and the row of their hashes":  {assurance.Batch{Records: make([]assurance.Record, 3), Hashes: make([]evidence.StoredHash, 4)}, 4},
		"a batch that confirms writes nothing": {assurance.Batch{Confirm: true}, 0},
	} {
		if got := bench.RowsOf(&c.batch); got != c.want {
			t.Errorf("%s: %d rows, want %d", name, got, c.want)
		}
	}
}
