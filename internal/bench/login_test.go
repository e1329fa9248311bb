package bench_test

import (
	"context"
	"errors"
	"math"
	"reflect"
	"slices"
	"testing"

	"fondaco/internal/bench"
)

// rowOf finds what one way to rank did to one attacker.
func rowOf(t *testing.T, r bench.LoginResult, history int, attacker, model string) bench.LoginRow {
	t.Helper()
	i := slices.IndexFunc(r.Rows, func(x bench.LoginRow) bool {
		return x.History == history && x.Attacker == attacker && x.Model == model
	})
	if i < 0 {
		t.Fatalf("nothing was measured of %s by %s after %d", attacker, model, history)
	}
	return r.Rows[i]
}

func TestAttacksAreNoticedAndOwnersSeldomDoubted(t *testing.T) {
	t.Parallel()
	// A seed that no limit was chosen by.
	r, err := bench.LoginRisk{Users: 400, Seed: 7}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if r.SignIns != 400*51 || r.Attacks != 400*12*2*4 || len(r.Rows) != 2*4*4 || len(r.Levels) != 2*6 {
		t.Fatalf("%d sign-ins, %d attacks, %d rows, %d lines", r.SignIns, r.Attacks, len(r.Rows), len(r.Levels))
	}
	for _, row := range r.Rows {
		if row.Noticed < 0.98 {
			t.Errorf("%+v notices too few attacks", row)
		}
	}
	for attacker, aim := range map[string]float64{"naive": 0.10, "vpn": 0.15, "targeted": 0.15} {
		for _, history := range []int{12, 39} {
			got, flags := rowOf(t, r, history, attacker, "score"), rowOf(t, r, history, attacker, "novelty with cookie")
			if got.Median > aim || got.Mean > aim {
				t.Errorf("%s after %d: owners are doubted %.3f of the time, %.3f on average; the aim is %.2f", attacker, history, got.Median, got.Mean, aim)
			}
			if got.Mean >= flags.Mean {
				t.Errorf("%s after %d: %.3f, no better than counting what is new: %.3f", attacker, history, got.Mean, flags.Mean)
			}
		}
	}
	// What the owner's every habit does not give away is the device's cookie.
	if got := rowOf(t, r, 12, "very targeted", "score"); got.Mean > 0.15 {
		t.Errorf("owners are doubted %.3f of the time because of one who knows their habits", got.Mean)
	}
	// Who knows more of the owner is harder to tell apart, with the cookie and without.
	for _, model := range []string{"score", "score without cookie"} {
		last := -1.0
		for _, attacker := range []string{"naive", "vpn", "targeted", "very targeted"} {
			got := rowOf(t, r, 12, attacker, model)
			if got.Mean <= last {
				t.Errorf("%s by %s costs %.3f, no more than one who knows less", attacker, model, got.Mean)
			}
			last = got.Mean
		}
	}
	for _, line := range r.Levels {
		if math.Abs(line.Low+line.Medium+line.High-1) > 1e-9 {
			t.Errorf("%+v is not the whole", line)
		}
		switch line.Who {
		case "owners":
			if line.Low < 0.93 || line.High > 0.01 {
				t.Errorf("owners are doubted too often: %+v", line)
			}
		case "naive", "vpn":
			if line.Low > 0.02 {
				t.Errorf("attacks are not noticed: %+v", line)
			}
		case "targeted":
			if line.Low > 0.05 {
				t.Errorf("attacks are not noticed: %+v", line)
			}
		}
	}
}

func TestASeedGivesOneResult(t *testing.T) {
	t.Parallel()
	results := map[uint64][]bench.LoginResult{}
	for _, seed := range []uint64{1, 1, 2} {
		r, err := bench.LoginRisk{Users: 50, Seed: seed}.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		results[seed] = append(results[seed], r)
	}
	if !reflect.DeepEqual(results[1][0], results[1][1]) {
		t.Error("the same seed gives two results")
	}
	if reflect.DeepEqual(results[1][0].Rows, results[2][0].Rows) {
		t.Error("two seeds give one result")
	}
}

func TestABenchOfSignInsEndsWhenNobodyWaits(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	told := 0
	_, err := bench.LoginRisk{Users: 100, Seed: 1, Progress: func(string, int64, int64, string) {
		told++
		cancel()
	}}.Run(ctx)
	if !errors.Is(err, context.Canceled) || told != 1 {
		t.Errorf("%v after %d reports", err, told)
	}
}

func TestALimitNoticesAtLeastWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		attacks []int64
		limit   int64
		noticed float64
	}{
		{"one attack", []int64{5}, 5, 1},
		{"all alike", []int64{3, 3, 3, 3}, 3, 1},
		{"two of a hundred missed", append(slices.Repeat([]int64{9}, 98), 1, 2), 9, 0.98},
		{"equals are noticed together", append(slices.Repeat([]int64{9}, 97), 1, 4, 4), 4, 0.99},
		{"fewer than fifty miss none", append(slices.Repeat([]int64{9}, 48), -7), -7, 1},
	}
	for _, tt := range tests {
		limit := bench.LimitFor(tt.attacks, 0.98)
		if got := bench.ShareFrom(tt.attacks, limit); limit != tt.limit || math.Abs(got-tt.noticed) > 1e-9 {
			t.Errorf("%s: %d notices %.3f, want %d and %.3f", tt.name, limit, got, tt.limit, tt.noticed)
		}
	}
}
