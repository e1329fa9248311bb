package bench_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/bench"
	"fondaco/internal/fault"
)

func stretches(perSecond float64, lengths ...time.Duration) []bench.Stretch {
	var out []bench.Stretch
	for _, l := range lengths {
		out = append(out, bench.Stretch{Name: l.String(), PerSecond: perSecond, Length: l})
	}
	return out
}

// TestAServerThatStandsStillIsSeenByEverybodyWhoWasDue has a server stand still for a
// second. Of four connections only four requests are under way then; the others that were
// due count as well.
func TestAServerThatStandsStillIsSeenByEverybodyWhoWasDue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		from, to := 500*time.Millisecond, 1500*time.Millisecond
		found := bench.Rush(t.Context(), stretches(100, 2*time.Second), 4, func(time.Duration) (time.Duration, string) {
			if now := time.Since(begun); now >= from && now < to {
				return to - now, "accepted"
			}
			return time.Millisecond, "accepted"
		})[0]
		if found.Fresh < 160 || found.Fresh > 240 || found.Money.Count != int(found.Fresh) || found.MoneyAccepted != found.Fresh {
			t.Fatalf("of 100 requests a second for 2 s there are %d, %d of them acknowledged", found.Fresh, found.Money.Count)
		}
		if found.Money.P99 < 900 || found.Money.Max > 1010 {
			t.Errorf("the p99 is %v ms and the longest %v ms, and the server stood still for a second", found.Money.P99, found.Money.Max)
		}
		late := 0
		for _, w := range found.Windows {
			if w.Answer.P99 > 100 {
				late += w.Answer.Count
			}
		}
		if late < 70 {
			t.Errorf("%d requests are in windows that were late, and about 100 were due in that time", late)
		}
		if found.Sent.P99 < 800 {
			t.Errorf("the wait for a connection is %v ms", found.Sent.P99)
		}
	})
}

// TestArrivalsDoNotWaitForAnswers has a server that takes longer than requests are apart.
func TestArrivalsDoNotWaitForAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		found := bench.Rush(t.Context(), stretches(100, time.Second), 200, func(time.Duration) (time.Duration, string) { return 900 * time.Millisecond, "refused" })[0]
		if passed := time.Since(begun); passed > 2*time.Second {
			t.Errorf("a second of requests took %v", passed)
		}
		if found.Refusals.P50 != 900 || found.Refusals.Max > 901 || found.Money.Count != 0 || found.InTime != 0 {
			t.Errorf("refusals take %+v, %d are acknowledged", found.Refusals, found.Money.Count)
		}
	})
}

func TestWhoFindsNoConnectionGivesUpAndCountsAsLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		found := bench.Rush(t.Context(), stretches(10, 20*time.Second), 1, func(due time.Duration) (time.Duration, string) {
			return time.Minute, "accepted"
		})[0]
		if found.GaveUp == 0 || found.MoneyAccepted == 0 || found.GaveUp+found.MoneyAccepted != found.Fresh {
			t.Errorf("of %d requests %d gave up and %d were answered", found.Fresh, found.GaveUp, found.MoneyAccepted)
		}
		if found.Money.P50 < 10_000 {
			t.Errorf("half of the requests for money took at most %v ms, and nearly all gave up after ten seconds", found.Money.P50)
		}
	})
}

func TestEveryVerdictIsCounted(t *testing.T) {
	t.Parallel()
	for verdict, count := range map[string]func(bench.Period) int64{
		"accepted":    func(p bench.Period) int64 { return p.MoneyAccepted },
		"refused":     func(p bench.Period) int64 { return int64(p.Refusals.Count) },
		"unexplained": func(p bench.Period) int64 { return p.Unexplained },
		"broken":      func(p bench.Period) int64 { return p.Broken },
		"hung up":     func(p bench.Period) int64 { return p.HungUp },
	} {
		t.Run(verdict, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				found := bench.Rush(t.Context(), stretches(50, time.Second, time.Second), 50, func(time.Duration) (time.Duration, string) { return time.Millisecond, verdict })
				for _, p := range found {
					if p.Fresh == 0 || count(p) != p.Fresh {
						t.Errorf("of %d requests %d are %s: %+v", p.Fresh, count(p), verdict, p)
					}
				}
			})
		})
	}
}

func TestWhoComesAgainComesInsteadOfSomebodyElse(t *testing.T) {
	t.Parallel()
	plan := stretches(1000, time.Second, 2*time.Second)
	never := func(bench.Planned) (time.Duration, bool) { return 0, false }
	alone, _ := bench.Plan(plan, never)
	if len(alone) < 2800 || len(alone) > 3200 {
		t.Errorf("1,000 a second for 3 s are %d", len(alone))
	}
	i := 0
	all, kept := bench.Plan(plan, func(p bench.Planned) (time.Duration, bool) {
		i++
		return p.Due + 500*time.Millisecond, i%5 == 0
	})
	again := 0
	for _, p := range all {
		if p.Again {
			again++
		}
		if p.Due < 0 || p.Due >= 3*time.Second || (p.Due >= time.Second) != (p.Stretch == 1) {
			t.Errorf("somebody comes at %v in stretch %d", p.Due, p.Stretch)
		}
	}
	if kept < 400 || again != kept {
		t.Errorf("%d of %d come again", again, kept)
	}
	if kept < 400 || len(all) < len(alone)-200 || len(all) > len(alone)+200 {
		t.Errorf("with those who come again there are %d, and %d without", len(all), len(alone))
	}
	if !slices.IsSortedFunc(all, func(a, b bench.Planned) int { return int(a.Due - b.Due) }) {
		t.Error("arrivals are not in order")
	}
}

func TestRepliesAreReadAsTheyWereMeant(t *testing.T) {
	t.Parallel()
	const next = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
	for answer, want := range map[string]struct {
		found string
		after time.Duration
	}{
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}":                                              {"accepted", 0},
		"HTTP/1.1 201 Created\r\nRetry-After: 2\r\nCONTENT-LENGTH:  2\r\n\r\n{}":                      {"accepted", 2 * time.Second},
		"HTTP/1.1 503 No\r\nretry-after: 2\r\nContent-Length: 2\r\n\r\n{}":                            {"refused", 2 * time.Second},
		"HTTP/1.1 429 No\r\nRetry-After: 900\r\nContent-Length: 2\r\n\r\n{}":                          {"refused", 15 * time.Minute},
		"HTTP/1.1 503 No\r\nContent-Length: 2\r\n\r\n{}":                                              {"unexplained", 0},
		"HTTP/1.1 429 No\r\nRetry-After: 0\r\nContent-Length: 2\r\n\r\n{}":                            {"unexplained", 0},
		"HTTP/1.1 500 No\r\nRetry-After: 2\r\nContent-Length: 2\r\n\r\n{}":                            {"broken", 2 * time.Second},
		"HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n":                                                {"broken", 0},
		"HTTP/1.1 409 No\r\nContent-Length: 2\r\n\r\n{}":                                              {"denied", 0},
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n5;x=y\r\nabcde\r\n0\r\n\r\n": {"accepted", 0},
	} {
		found, after, second, err := bench.ReadReply([]byte(answer + next))
		if err != nil || found != want.found || after != want.after || !second {
			t.Errorf("%q is %s after %v, the next could be read: %v, %v", answer, found, after, second, err)
		}
	}
	for _, answer := range []string{"", "HTTP/1.1 2\r\n", "HTTP/1.1 2xx OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}"} {
		if found, _, _, err := bench.ReadReply([]byte(answer)); err == nil {
			t.Errorf("%q is %s", answer, found)
		}
	}
}

func FuzzReadReply(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"))
	f.Add([]byte("HTTP/1.1 503 No\r\nRetry-After: 2\r\nContent-Length: 2\r\n\r\n{}"))
	f.Add([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"))
	f.Fuzz(func(t *testing.T, doc []byte) {
		found, after, _, err := bench.ReadReply(doc)
		if err == nil && (found == "" || found == "refused" && after <= 0) {
			t.Errorf("%q is %q after %v", doc, found, after)
		}
	})
}

// well is a result with every bound kept.
func well() *bench.Flooded {
	period := func(name string) bench.Period {
		return bench.Period{
			Stretch: bench.Stretch{Name: name, PerSecond: 1, Length: time.Second}, MoneyAccepted: 5, Money: bench.Spread{Count: 5, P99: 30},
			Windows: []bench.Window{{At: 250 * time.Millisecond, Answer: bench.Spread{P99: 300}}, {At: 500 * time.Millisecond, Answer: bench.Spread{P99: 10}}, {At: time.Second}},
		}
	}
	return &bench.Flooded{
		Calm: period("calm"), Flood: period("flood"), After: period("after"), MoneyWaitMax: 1000, ResidentMax: 1 << 30,
		Memory: map[string]bench.Memory{"flood": {ResidentBytes: 1 << 29}}, Checked: bench.Verified{OK: true},
	}
}

func TestEveryBoundThatIsBrokenIsNamed(t *testing.T) {
	t.Parallel()
	r := well()
	if bounds := r.Judge(); len(bounds) > 0 || r.NormalP99 != 300 || r.Recovery != 0 {
		t.Errorf("a house that keeps its bounds breaks %q; normal is %v ms, again after %v ms", bounds, r.NormalP99, r.Recovery)
	}
	for word, breaks := range map[string]func(*bench.Flooded){
		"5xx":           func(r *bench.Flooded) { r.Flood.Broken = 1 },
		"come back":     func(r *bench.Flooded) { r.Flood.Unexplained = 1 },
		"not answered":  func(r *bench.Flooded) { r.Calm.HungUp = 1 },
		"no free":       func(r *bench.Flooded) { r.After.GaveUp = 1 },
		"no money":      func(r *bench.Flooded) { r.Flood.MoneyAccepted = 0 },
		"money waits":   func(r *bench.Flooded) { r.Flood.Money.P99 = 1000 },
		"MiB of memory": func(r *bench.Flooded) { r.Memory["flood"] = bench.Memory{ResidentBytes: 1<<30 + 1} },
		"not all there": func(r *bench.Flooded) { r.Checked.OK = false },
	} {
		r := well()
		breaks(r)
		if bounds := r.Judge(); len(bounds) != 1 || !strings.Contains(bounds[0], word) {
			t.Errorf("%q is told as %q", word, bounds)
		}
	}
	for after, want := range map[float64]float64{60: 0, 61: 500, 2000: 500} {
		r := well()
		r.Calm.Windows[0].Answer.P99, r.After.Windows[0].Answer.P99, r.After.Windows[1].Answer.P99 = 60, 60, after
		if r.Judge(); r.Recovery != want || r.NormalP99 != 60 {
			t.Errorf("after %v ms in the second window a house is normal (%v ms) at %v ms, not %v", after, r.NormalP99, r.Recovery, want)
		}
	}
	r = well()
	r.After.Windows[2].Answer.P99 = 301
	if r.Judge(); r.Recovery != -1 {
		t.Errorf("a house that does not become normal does so after %v ms", r.Recovery)
	}
}

func TestAJobThatIsCutShortIsNoResult(t *testing.T) {
	t.Parallel()
	if err := bench.WorkJob(t.Context(), strings.NewReader("{"), io.Discard); fault.CodeOf(err) != "bench.bad_job" {
		t.Errorf("half a job: %v", err)
	}
	var stages []string
	_, err := bench.ReadJob(strings.NewReader(`{"stage":"calm"}{"stage":"flood"}`), func(s string) { stages = append(stages, s) })
	if fault.CodeOf(err) != "bench.no_clients" || !slices.Equal(stages, []string{"calm", "flood"}) {
		t.Errorf("clients that end in the flood: %v, %v", err, stages)
	}
	var out bytes.Buffer
	job := `{"address":"127.0.0.1:1","lines":1,"bargains":[{}],"stretches":[{"name":"calm","per_second":1,"length":1}]}`
	if err := bench.WorkJob(t.Context(), strings.NewReader(job), &out); fault.CodeOf(err) != "bench.cannot_connect" {
		t.Errorf("a house that is not there: %v", err)
	}
}

func TestAFloodOfAHouseThatFailsIsNoResult(t *testing.T) {
	t.Parallel()
	o := bench.Overload{
		Database: setup(t).Database, Times: 2, Length: 50 * time.Millisecond, Clients: 4, Lines: 8, Companies: 10,
		Handler: func(context.Context, *assurance.House, bench.Store) (http.Handler, func() error, error) {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					http.Error(w, "no such thing", http.StatusInternalServerError)
				}),
				func() error { return errors.New("stopped") }, nil
		},
	}
	if _, err := o.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "answered 500") || !strings.Contains(err.Error(), "stopped") {
		t.Errorf("%v", err)
	}
}
