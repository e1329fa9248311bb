package api_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fondaco/internal/api"
	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
)

// slow is a store of which a test says how slow it is, and which notes how many
// commands there are at each commit.
type slow struct {
	assurance.Store
	each    time.Duration // a commit takes, for each of its records
	held    atomic.Pointer[chan struct{}]
	commits chan struct{}
	house   *assurance.House
	most    atomic.Int64
	heap    atomic.Uint64
}

func (s *slow) Commit(ctx context.Context, b *assurance.Batch, place func(assurance.Tail) error) error {
	if gate := s.held.Load(); gate != nil {
		s.commits <- struct{}{}
		<-*gate
	}
	if s.each > 0 {
		s.most.Store(max(s.most.Load(), int64(len(b.Records)+s.house.Waiting())))
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		s.heap.Store(max(s.heap.Load(), m.HeapInuse))
		time.Sleep(time.Duration(len(b.Records)) * s.each)
	}
	return s.Store.Commit(ctx, b, place)
}

// Deals is held too, as a list may be that reads a lot.
func (s *slow) Deals(ctx context.Context, q assurance.DealQuery) ([]assurance.DealRow, error) {
	if gate := s.held.Load(); gate != nil {
		s.commits <- struct{}{}
		<-*gate
	}
	return s.Store.Deals(ctx, q)
}

// hold makes everything that comes to the store wait until the test lets it go.
func (s *slow) hold() (release func()) {
	gate := make(chan struct{})
	s.commits = make(chan struct{}, 1000)
	s.held.Store(&gate)
	return sync.OnceFunc(func() {
		s.held.Store(nil)
		close(gate)
	})
}

// crowd is setup on a slow store behind a gate with small bounds.
func crowd(t *testing.T, cfg api.Config) (*world, *slow, *api.Gate) {
	t.Helper()
	s := &slow{}
	w := populated(t, func(st assurance.Store) assurance.Store { s.Store = st; return s })
	s.house = w.house
	if cfg.Gate == nil {
		cfg.Gate = api.NewGate(api.Bounds{})
	}
	cfg.House = w.house
	if cfg.SignInsPerMinute == 0 {
		cfg.SignInsPerMinute = 10_000
	}
	w.api = api.New(cfg)
	return w, s, cfg.Gate
}

// begin sends a request and answers where its answer will be.
func (w *world) begin(q request) <-chan reply {
	w.t.Helper()
	r, answer := q.build(w), make(chan reply, 1)
	if peer := q.headers["peer"]; peer != "" {
		r.RemoteAddr = peer + ":5000"
	}
	go func() { answer <- w.serve(r) }()
	return answer
}

func (w *world) draft(key string) request {
	return request{role: "seller", method: "POST", path: "/v1/deals", body: w.terms(), key: key}
}

// refusedForNow insists that an answer says when to come back.
func (w *world) refusedForNow(r reply, status int, code string) {
	w.t.Helper()
	w.want(r, status, code)
	if after := r.header.Get("Retry-After"); after == "" || after == "0" {
		w.t.Errorf("%s without saying when to come back", r.text())
	}
}

// TestFiveTimesTheLoadIsAnsweredOrRefusedAtOnce sends five times what a slow store
// can take, and holds the house to its bounds.
func TestFiveTimesTheLoadIsAnsweredOrRefusedAtOnce(t *testing.T) { //nolint:paralleltest // see within
	// Not parallel: the heap that it looks at is to be its own.
	const inside, traders, clients, each = 32, 6, 160, 25
	w, s, gate := crowd(t, api.Config{Gate: api.NewGate(api.Bounds{Commands: inside})})
	for i := range traders {
		role := fmt.Sprint("trader-", i)
		p, err := w.house.Join(t.Context(), assurance.SignUp{
			Email: role + "@example.com", Name: role, Password: secretPhrase,
			Company: identity.Register{LegalName: role + " Ltd", Country: "CH", Registration: "CHE-" + role, Address: "Basel"},
		})
		must(t, err)
		w.enter(role, p)
	}
	runtime.GC()              // passwords have been hashed
	s.each = time.Millisecond // 1,000 commands a second; one in five is taken in
	var mu sync.Mutex
	var wait sync.WaitGroup
	got, acknowledged := map[string]int{}, []string{}
	for c := range clients {
		wait.Go(func() {
			role := fmt.Sprint("trader-", c%2*(c/2%traders)) // every second client is one trader's
			for i := range each {
				terms := w.changed(map[string]any{"buyer": w.party[role]})
				r := w.serve(request{role: role, method: "POST", path: "/v1/deals", body: terms, key: fmt.Sprint(c, "-", i)}.build(w))
				mu.Lock()
				switch code := r.word("code"); {
				case r.status == 201:
					acknowledged = append(acknowledged, role+" "+r.word("id"))
					got["201"]++
				case r.header.Get("Retry-After") == "":
					t.Errorf("%s without Retry-After", r.text())
				default:
					got[fmt.Sprint(r.status, " ", code)]++
				}
				mu.Unlock()
				if r.status != 201 {
					time.Sleep(time.Millisecond) // a client in a hurry
				}
			}
		})
	}
	wait.Wait()
	s.each = 0
	t.Logf("answers: %v; %d turned away", got, gate.Refused())
	if sum := got["201"] + got["503 house.busy"] + got["429 request.too_many_at_once"]; sum != clients*each || got["503 house.busy"] == 0 || got["429 request.too_many_at_once"] == 0 {
		t.Errorf("%d requests are answered %v", clients*each, got)
	}
	now, most := gate.Inside()
	if now != 0 || most > inside || most < inside/2 {
		t.Errorf("%d are still inside; at most there were %d", now, most)
	}
	// Whoever was taken in had at most the others who were taken in before it.
	if waited := s.most.Load(); waited > inside {
		t.Errorf("%d commands stood before the store at one time", waited)
	}
	if heap := s.heap.Load(); heap > 256<<20 {
		t.Errorf("the heap grew to %d MiB", heap>>20)
	}
	for _, a := range acknowledged {
		role, id, _ := strings.Cut(a, " ")
		if phase := w.get(role, "/v1/deals/"+id).word("phase"); phase != string(deal.Draft) {
			t.Errorf("the acknowledged deal %s is %q", id, phase)
		}
	}
}

// TestAnAnswerThatDoesNotComeIsNotLost lets a command wait longer than the house
// makes anybody wait, and asks for its outcome with its key.
func TestAnAnswerThatDoesNotComeIsNotLost(t *testing.T) {
	t.Parallel()
	w, s, gate := crowd(t, api.Config{AnswerWithin: 20 * time.Millisecond})
	release := s.hold()
	t.Cleanup(release)
	var answer <-chan reply
	for reached := false; !reached; {
		answer = w.begin(w.draft("patience"))
		select {
		case <-s.commits:
			reached = true
		case r := <-answer: // while the machine is slow, it may not have come as far as the store
			w.want(r, 503, "")
		}
	}
	w.refusedForNow(<-answer, 503, "house.interrupted")
	if now, _ := gate.Inside(); now != 0 {
		t.Errorf("%d are inside after all have been answered", now)
	}
	release()
	again := w.draft("patience")
	var r reply
	for r = w.do2(again); r.status == 503; { // while the machine is slow, the same answer is right
		r = w.do2(again)
	}
	if w.want(r, 201, ""); r.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("the outcome is answered anew: %s", r.text())
	}
	if list := w.get("seller", "/v1/deals"); list.word("items.0.id") != r.word("id") || list.field("items.1") != nil {
		t.Errorf("one key has made %s", list.text())
	}
}

// do2 is do where 503 is a possible answer.
func (w *world) do2(q request) reply {
	w.t.Helper()
	return w.serve(q.build(w))
}

// TestAFullHouseRefusesBeforeItReads fills each lane and looks at the others.
func TestAFullHouseRefusesBeforeItReads(t *testing.T) {
	t.Parallel()
	w, s, gate := crowd(t, api.Config{Gate: api.NewGate(api.Bounds{Commands: 4, Reads: 4, ReadsAtOnce: 1})})
	gate.WaitForTurns(time.Hour) // nobody gives up before the test has looked
	release := s.hold()
	t.Cleanup(release)
	list := func(role string) request { return request{role: role, method: "GET", path: "/v1/deals"} }
	var begun []<-chan reply
	for _, role := range []string{"buyer", "seller", "auditor", "treasury"} {
		begun = append(begun, w.begin(list(role)))
	}
	<-s.commits // one has its turn
	w.inside(gate, 4)
	select {
	case <-s.commits:
		t.Error("a second read has its turn at the same time")
	default:
	}
	r := w.do2(list("mediator"))
	w.refusedForNow(r, 503, "house.busy")
	// Reads fill their own lane only: commands get through to the store.
	for _, role := range []string{"buyer", "seller", "stranger", "administrator"} {
		q := w.draft("k") // whoever may not draft is told so by the committer, too
		q.role = role
		begun = append(begun, w.begin(q))
	}
	w.inside(gate, 8)
	never := request{role: "seller", method: "POST", path: "/v1/deals", body: w.terms()}.build(w)
	never.Body = io.NopCloser(unread{t})
	w.refusedForNow(w.serve(never), 503, "house.busy")
	nobody := request{method: "POST", path: "/v1/deals"}.build(w)
	w.refusedForNow(w.serve(nobody), 503, "house.busy") // not even who asks is looked up
	w.want(w.do(request{method: "GET", path: "/livez"}), 200, "")
	w.want(w.do(request{method: "GET", path: "/openapi.json"}), 200, "")
	release()
	for _, answer := range begun {
		if r := <-answer; r.status >= 500 || r.status == 429 {
			t.Errorf("somebody who was taken in is answered %s", r.text())
		}
	}
	w.inside(gate, 0)
	w.want(w.do(w.draft("later")), 201, "")
}

type unread struct{ t *testing.T }

// Read must not be called.
func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body of a request that is refused at once was read")
	return 0, io.EOF
}

// inside waits until so many are inside.
func (w *world) inside(gate *api.Gate, want int) {
	w.t.Helper()
	begun := time.Now()
	for now, _ := gate.Inside(); now != want; now, _ = gate.Inside() {
		if time.Since(begun) > time.Minute { // only a fault takes so long
			w.t.Fatalf("%d are inside, not %d", now, want)
		}
		runtime.Gosched()
	}
}

// TestOneCallerDoesNotTakeEveryPlace fills one caller's share; another gets in.
func TestOneCallerDoesNotTakeEveryPlace(t *testing.T) {
	t.Parallel()
	w, s, gate := crowd(t, api.Config{Gate: api.NewGate(api.Bounds{Commands: 8})})
	release := s.hold()
	t.Cleanup(release)
	begun := []<-chan reply{w.begin(w.draft("a")), w.begin(w.draft("b"))}
	w.inside(gate, 2)
	w.refusedForNow(w.do2(w.draft("c")), 429, "request.too_many_at_once")
	var commands []any
	for i := range 3 {
		commands = append(commands, item("draft-deal", fmt.Sprint(i), nil, w.terms()))
	}
	w.refusedForNow(w.do2(request{role: "seller", method: "POST", path: "/v1/batch", body: map[string]any{"commands": commands}}), 429, "request.too_many_at_once")
	// A batch that is larger than a share is taken in if its sender has nothing else inside.
	begun = append(begun, w.begin(request{role: "buyer", method: "POST", path: "/v1/batch", body: map[string]any{"commands": commands}}))
	w.inside(gate, 5)
	release()
	for _, answer := range begun {
		if r := <-answer; r.status >= 300 {
			t.Errorf("somebody who was taken in is answered %s", r.text())
		}
	}
}

// TestAFloodOfSignInsLeavesMoneyAlone has many passwords hashed at once, from many
// addresses, and trades meanwhile.
func TestAFloodOfSignInsLeavesMoneyAlone(t *testing.T) {
	t.Parallel()
	w, _, gate := crowd(t, api.Config{Gate: api.NewGate(api.Bounds{SignIns: 8})})
	id := w.deal("draft")
	var mu sync.Mutex
	got := map[int]int{}
	var wait sync.WaitGroup
	for i := range 60 {
		wait.Go(func() {
			peer := fmt.Sprintf("192.0.2.%d", i)
			r := <-w.begin(request{method: "POST", path: "/v1/sessions", headers: map[string]string{"peer": peer}, body: map[string]any{"email": "buyer@example.com", "password": "wrong"}})
			if r.status == 503 && (r.word("code") != "house.busy" || r.header.Get("Retry-After") == "") {
				t.Errorf("a sign-in is refused with %s", r.text())
			}
			mu.Lock()
			defer mu.Unlock()
			got[r.status]++
		})
	}
	for i := range 40 { // none of these may fail: do fails the test at 5xx
		w.want(w.do(request{role: "seller", method: "PUT", path: "/v1/deals/" + id + "/terms", body: w.changed(map[string]any{"title": fmt.Sprint("Pumps ", i)})}), 200, "")
	}
	wait.Wait()
	if got[401]+got[503] != 60 || got[401] == 0 || got[503] == 0 {
		t.Errorf("60 wrong sign-ins are answered %v", got)
	}
	if _, most := gate.Inside(); most > 8+1 {
		t.Errorf("%d were inside at one time", most)
	}
}

// TestLargeBodiesTakeABoundedPartOfTheMemory sends two large bodies by halves.
func TestLargeBodiesTakeABoundedPartOfTheMemory(t *testing.T) {
	t.Parallel()
	w, _, gate := crowd(t, api.Config{Gate: api.NewGate(api.Bounds{BodyBytes: 100 << 10, Commands: 1})})
	half := make([]byte, 60<<10)
	for i := range half {
		half[i] = ' '
	}
	body, sender := io.Pipe()
	large := w.draft("large").build(w)
	large.Body, large.ContentLength = body, -1
	answer := make(chan reply, 1)
	go func() { answer <- w.serve(large) }()
	_, err := sender.Write(half)
	must(t, err)
	if now, _ := gate.Inside(); now != 0 {
		t.Errorf("a body that is still on its way holds %d places", now)
	}
	second := w.draft("second")
	second.body = string(half) + encoded(t, w.terms())
	w.refusedForNow(w.do2(second), 503, "house.busy")
	w.want(w.do(w.draft("small")), 201, "") // small ones, and everybody else, go on
	must(t, sender.CloseWithError(io.ErrUnexpectedEOF))
	w.want(<-answer, 400, "request.malformed")
	w.want(w.do(second), 201, "")
}

// TestPagesShareTheGate stands pages beside the API behind one gate.
func TestPagesShareTheGate(t *testing.T) {
	t.Parallel()
	gate := api.NewGate(api.Bounds{Commands: 4, Reads: 4})
	w, s, _ := crowd(t, api.Config{Gate: gate})
	refuse := func(rw http.ResponseWriter, _ *http.Request, err error) {
		rw.Header().Set("Retry-After", "2")
		rw.WriteHeader(fault.KindOf(err).HTTPStatus())
		_, _ = io.WriteString(rw, fault.CodeOf(err))
	}
	written, finish := make(chan struct{}), make(chan struct{})
	pages := gate.Guard(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		doc, err := io.ReadAll(r.Body)
		must(t, err)
		_, _ = rw.Write(doc)
		if r.URL.Path == "/slow-reader" {
			close(written)
			<-finish
		}
	}), 1<<20, func(r *http.Request) string { return r.Header.Get("Cookie") }, refuse)
	page := func(method, path, body string) *httptest.ResponseRecorder {
		rec := httptest.NewRecorder()
		pages.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body)))
		return rec
	}
	// An answer that is being written holds no place any more.
	go page("GET", "/slow-reader", "")
	<-written
	if now, _ := gate.Inside(); now != 0 {
		t.Errorf("%d are inside while an answer is read slowly", now)
	}
	close(finish)
	if rec := page("POST", "/deals/new", "a=b"); rec.Code != 200 || rec.Body.String() != "a=b" {
		t.Errorf("a form is answered %d %s", rec.Code, rec.Body)
	}
	release := s.hold()
	t.Cleanup(release)
	var begun []<-chan reply
	for _, role := range []string{"buyer", "seller", "stranger", "auditor"} {
		q := w.draft("k")
		q.role = role
		begun = append(begun, w.begin(q))
	}
	w.inside(gate, 4)
	if rec := page("POST", "/deals/new", "a=b"); rec.Code != 429 || rec.Body.String() != "house.busy" || rec.Header().Get("Retry-After") != "2" {
		t.Errorf("a form to a full house is answered %d %s", rec.Code, rec.Body)
	}
	if rec := page("GET", "/deals", ""); rec.Code != 200 {
		t.Errorf("a page of a house that is full of commands is answered %d", rec.Code)
	}
	release()
	for _, answer := range begun {
		<-answer
	}
}
