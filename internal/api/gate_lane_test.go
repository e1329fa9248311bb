package api_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fondaco/internal/api"
	"fondaco/internal/fault"
)

// slowly is a gate before a handler that takes some time, in the time of the bubble
// that it is used in.
type slowly struct {
	gate  *api.Gate
	serve http.Handler
	takes time.Duration
	// sender is who sends all requests; if empty, each is sent by somebody else.
	sender string

	wait sync.WaitGroup
	mu   sync.Mutex
	got  map[string]int // answers by method and path: "POST /v1/deals 200"
	last time.Duration  // that the longest answer took
}

func gated(bounds api.Bounds) *slowly {
	s := &slowly{gate: api.NewGate(bounds), got: map[string]int{}}
	s.serve = s.gate.Guard(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(s.takes)
		w.WriteHeader(http.StatusOK)
	}), 1<<20, func(r *http.Request) string { return r.Header.Get("From") }, func(w http.ResponseWriter, _ *http.Request, err error) {
		w.WriteHeader(fault.KindOf(err).HTTPStatus())
	})
	return s
}

// send begins so many requests.
func (s *slowly) send(ctx context.Context, n int, method, path string) {
	for i := range n {
		s.wait.Go(func() {
			r, answer := httptest.NewRequestWithContext(ctx, method, path, http.NoBody), httptest.NewRecorder()
			if s.sender == "" {
				r.Header.Set("From", fmt.Sprint(path, i))
			} else {
				r.Header.Set("From", s.sender)
			}
			begun := time.Now()
			s.serve.ServeHTTP(answer, r)
			s.mu.Lock()
			defer s.mu.Unlock()
			s.got[fmt.Sprintf("%s %s %d", method, path, answer.Code)]++
			s.last = max(s.last, time.Since(begun))
		})
	}
}

// taken waits for all answers and says how many requests were taken in.
func (s *slowly) taken(method, path string) int {
	s.wait.Wait()
	n := s.got[fmt.Sprintf("%s %s 200", method, path)]
	clear(s.got)
	return n
}

func TestWhatMovesMoneyHasPlacesThatOthersCannotTake(t *testing.T) {
	t.Parallel()
	for path, money := range map[string]bool{
		"/v1/deals": false, "/v1/deals/a/sign": false, "/v1/batch": false, "/deals/new": false, "/deals/a/act/confirm": false,
		"/v1/rail/deposits": true, "/v1/rail/payouts/a": true, "/v1/payouts": true, "/v1/deals/a/accept": true, "/v1/deals/a/ship": true,
		"/v1/deals/a/claims/b/offers/1/take": true, "/v1/deals/a/claims/b/ruling": true, "/v1/approvals/a/agree": true,
		"/deals/a/accept": true, "/deals/a/act/ship": true, "/money/withdraw": true, "/approvals/a/carry-out": true,
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := gated(api.Bounds{Commands: 4, Money: 3})
				s.takes = time.Millisecond
				s.send(t.Context(), 20, "POST", "/v1/deals/x/offer") // fills the others' lane
				synctest.Wait()
				s.send(t.Context(), 20, "POST", path)
				want := 0
				if money {
					want = 3
				}
				if got := s.taken("POST", path); got != want {
					t.Errorf("%d are taken in beside a flood of offers, not %d", got, want)
				}
			})
		})
	}
}

func TestALaneTakesInFewerWhileItsAnswersTakeLongAndMoreAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := gated(api.Bounds{Money: 64})
		flood := func() int {
			s.send(t.Context(), 200, "POST", "/v1/payouts")
			return s.taken("POST", "/v1/payouts")
		}
		s.takes = 10 * time.Millisecond
		if got := flood(); got != 64 {
			t.Errorf("a quick house takes in %d", got)
		}
		s.takes = time.Second
		for range 2 { // the first who leaves late still leaves among many who did not
			flood()
		}
		// 64 of a second are 22 of the 350 ms that money may wait.
		if got := flood(); got < 4 || got > 23 {
			t.Errorf("a house that takes a second for 64 takes in %d", got)
		}
		for range 10 {
			flood()
		}
		if got := flood(); got != 4 {
			t.Errorf("a house that stays slow takes in %d", got)
		}
		s.takes = 10 * time.Millisecond
		for range 200 {
			flood()
		}
		if got := flood(); got != 64 {
			t.Errorf("a house that is quick again takes in %d", got)
		}
	})
}

func TestACallerIsHeldToAShareOnceOthersAreThere(t *testing.T) {
	t.Parallel()
	for others, want := range map[int]int{0: 256, 1: 64} {
		synctest.Test(t, func(t *testing.T) {
			s := gated(api.Bounds{})
			s.takes = time.Millisecond
			s.send(t.Context(), others, "POST", "/v1/payouts")
			synctest.Wait()
			s.sender = "one"
			s.send(t.Context(), 300, "POST", "/v1/rail/deposits")
			if got := s.taken("POST", "/v1/rail/deposits"); got != want {
				t.Errorf("beside %d others, %d of one caller are taken in, not %d", others, got, want)
			}
		})
	}
}

func TestReadsTakeTurnsAndRestWhileMoneyWaits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		flood    int
		from, to int
	}{
		"money waits": {flood: 40, from: 10, to: 21}, // 10 ms each and 40 ms of rest, in at most a second
		"calm":        {flood: 0, from: 64, to: 64},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := gated(api.Bounds{Money: 32, Reads: 64, ReadsAtOnce: 4})
				s.takes = 3 * time.Second
				s.send(t.Context(), c.flood, "POST", "/v1/payouts")
				synctest.Wait()
				s.takes = 10 * time.Millisecond
				s.send(t.Context(), 100, "GET", "/v1/deals")
				if got := s.taken("GET", "/v1/deals"); got < c.from || got > c.to {
					t.Errorf("%d reads are answered, not %d to %d", got, c.from, c.to)
				}
				if now, _ := s.gate.Inside(); now != 0 {
					t.Errorf("%d are still inside", now)
				}
				time.Sleep(time.Second) // the last rest
			})
		})
	}
}

func TestNobodyWaitsForATurnForLongerThanASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := gated(api.Bounds{ReadsAtOnce: 1})
		s.takes = 5 * time.Second
		s.send(t.Context(), 1, "GET", "/v1/log")
		synctest.Wait()
		begun := time.Now()
		s.serve.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "GET", "/v1/deals", http.NoBody))
		if waited := time.Since(begun); waited != time.Second {
			t.Errorf("a read waits %v for its turn", waited)
		}
		if got := s.taken("GET", "/v1/log"); got != 1 {
			t.Error("whoever had the turn was not answered")
		}
	})
}

// TestARailSpeaksForEverybodyWhoPays fills more than one caller's share by a rail.
func TestARailSpeaksForEverybodyWhoPays(t *testing.T) {
	t.Parallel()
	w, s, gate := crowd(t, api.Config{Gate: api.NewGate(api.Bounds{Money: 8})})
	id := w.deal("agreed")
	release := s.hold()
	t.Cleanup(release)
	var begun []<-chan reply
	for i := range 6 {
		begun = append(begun, w.begin(request{role: "rail", method: "POST", path: "/v1/rail/deposits", body: map[string]any{
			"rail": "wire", "reference": fmt.Sprint("N-", i), "deal": id, "payer": "B", "amount": usd(1000), "booked_at": "2027-03-05T12:00:00Z",
		}}))
	}
	w.inside(gate, 6)
	accept := func() request {
		return request{role: "buyer", method: "POST", path: "/v1/deals/" + id + "/accept", body: map[string]any{}}
	}
	begun = append(begun, w.begin(accept()), w.begin(accept()))
	w.inside(gate, 8)
	release()
	for i, answer := range begun {
		if r := <-answer; i < 6 && r.status != 201 {
			t.Errorf("a rail's notice is answered %s", r.text())
		}
	}
	release = s.hold()
	t.Cleanup(release)
	begun = []<-chan reply{w.begin(accept()), w.begin(accept())}
	w.inside(gate, 2)
	w.refusedForNow(w.do2(accept()), 429, "request.too_many_at_once")
	release()
	for _, answer := range begun {
		<-answer
	}
}
