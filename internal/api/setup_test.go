package api_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"fondaco/internal/api"
	"fondaco/internal/assurance"
	"fondaco/internal/store"
	"fondaco/internal/trade/identity"
)

// world is a house with its API, a person for each office, and two companies
// that trade, with a third that has no part in it.
type world struct {
	bank   *bank
	t      testing.TB
	house  *assurance.House
	clock  *assurance.TestClock
	api    http.Handler
	log    *bytes.Buffer
	tokens map[string]string // by role
	people map[string]string // person ids by role
	party  map[string]string // party ids by role
}

const password = "a phrase that nobody guesses"

// bank books at once what it is asked to play.
type bank struct {
	mu   sync.Mutex
	seen []assurance.Simulation
}

func (b *bank) Simulate(_ context.Context, s assurance.Simulation) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seen = append(b.seen, s)
	return nil
}

type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

func start() time.Time { return time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC) }

// open is a house without people; prepare may do something to its store first.
func open(t testing.TB, sandbox bool, prepare ...func(*store.Store)) *world {
	t.Helper()
	return openOn(t, sandbox, func(s assurance.Store) assurance.Store { return s }, prepare...)
}

// openOn is open with something laid over the store.
func openOn(t testing.TB, sandbox bool, over func(assurance.Store) assurance.Store, prepare ...func(*store.Store)) *world {
	t.Helper()
	w := &world{bank: &bank{}, t: t, clock: assurance.NewTestClock(start()), log: &bytes.Buffer{}, tokens: map[string]string{}, people: map[string]string{}, party: map[string]string{}}
	db, err := store.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "house.db"))
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	must(t, db.Migrate(t.Context()))
	for _, do := range prepare {
		do(db)
	}
	log := slog.New(slog.NewTextHandler(&lockedWriter{w: w.log}, nil))
	w.house, err = assurance.Open(t.Context(), assurance.Config{
		Store: over(db), Archive: db, Clock: w.clock, Random: rand.Reader, Log: log, PayoutRail: "sandbox", Sandbox: sandbox,
		NewID: func() string { return uuid.Must(uuid.NewV7()).String() },
	})
	must(t, err)
	t.Cleanup(w.house.Close)
	w.api = api.New(api.Config{
		House: w.house, Bank: w.bank, TestClock: w.clock, Log: log, Version: "test", SignInsPerMinute: 1000,
		Notary: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(rw, "notary "+r.URL.Path) }),
	})
	return w
}

// setup is a house with everybody in it. Passwords are hashed once for all: who
// signs in by password is tested apart.
func setup(t *testing.T) *world {
	t.Helper()
	return populated(t, func(s assurance.Store) assurance.Store { return s })
}

// populated is setup with something laid over the store.
func populated(t testing.TB, over func(assurance.Store) assurance.Store) *world {
	t.Helper()
	w := openOn(t, true, over)
	for _, role := range []string{"buyer", "seller", "stranger"} {
		p, err := w.house.Join(t.Context(), assurance.SignUp{
			Email: role + "@example.com", Name: role, Password: password,
			Company: identity.Register{LegalName: role + " Ltd", Country: "CH", Registration: "CHE-" + role, Address: "Basel"},
		})
		must(t, err)
		w.enter(role, p)
	}
	for _, office := range staff() {
		w.hire(string(office), office)
	}
	return w
}

func staff() []identity.Office {
	return []identity.Office{
		identity.Administrator, identity.Mediator, identity.Compliance, identity.Treasury, identity.Auditor, identity.Rail, identity.Carrier,
	}
}

func (w *world) hire(role string, office identity.Office) {
	w.t.Helper()
	p, err := w.house.AddStaff(w.t.Context(), identity.HouseClock(), office, assurance.SignUp{Email: role + "@house.example", Name: role, Password: password})
	must(w.t, err)
	w.enter(role, p)
}

func (w *world) enter(role string, p assurance.Person) {
	w.t.Helper()
	secret, _, err := w.house.IssueToken(w.t.Context(), p.ID)
	must(w.t, err)
	w.tokens[role], w.people[role], w.party[role] = secret, string(p.ID), string(p.Party)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// reply is an answer with its body read.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (r reply) text() string { return fmt.Sprintf("%d %s", r.status, r.body) }

// field reads one value of the body, such as "errors.0.field".
func (r reply) field(path string) any {
	var v any
	dec := json.NewDecoder(bytes.NewReader(r.body))
	dec.UseNumber()
	if dec.Decode(&v) != nil {
		return nil
	}
	for _, name := range strings.Split(path, ".") {
		switch node := v.(type) {
		case map[string]any:
			v = node[name]
		case []any:
			var i int
			if _, err := fmt.Sscan(name, &i); err != nil || i >= len(node) {
				return nil
			}
			v = node[i]
		default:
			return nil
		}
	}
	return v
}

func (r reply) word(path string) string {
	s, _ := r.field(path).(string)
	return s
}

func (r reply) number(path string) int64 {
	n, _ := r.field(path).(json.Number)
	i, _ := n.Int64()
	return i
}

// request is one call of the API.
type request struct {
	role    string // "" for nobody
	method  string
	path    string
	body    any // a string is sent as it is; nil sends none
	key     string
	headers map[string]string
}

func (q request) build(w *world) *http.Request {
	var body io.Reader
	switch b := q.body.(type) {
	case nil:
	case string:
		body = strings.NewReader(b)
	default:
		doc, err := json.Marshal(b)
		must(w.t, err)
		body = bytes.NewReader(doc)
	}
	r := httptest.NewRequestWithContext(w.t.Context(), q.method, "http://house.example"+q.path, body)
	if q.body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if q.role != "" {
		r.Header.Set("Authorization", "Bearer "+w.tokens[q.role])
	}
	if q.key != "" {
		r.Header.Set("Idempotency-Key", q.key)
	}
	for name, value := range q.headers {
		r.Header.Set(name, value)
	}
	return r
}

// do calls, and insists on what holds for every answer.
func (w *world) do(q request) reply {
	w.t.Helper()
	rec := httptest.NewRecorder()
	w.api.ServeHTTP(rec, q.build(w))
	r := reply{rec.Code, rec.Header(), rec.Body.Bytes()}
	if r.status >= 500 {
		w.t.Errorf("%s %s as %q is answered %s", q.method, q.path, q.role, r.text())
	}
	w.sound(q, r)
	return r
}

// sound checks the frame of an answer: nosniff, and problems in their form.
func (w *world) sound(q request, r reply) {
	w.t.Helper()
	if r.header.Get("X-Content-Type-Options") != "nosniff" || r.header.Get("Request-Id") == "" {
		w.t.Errorf("%s %s: headers %v", q.method, q.path, r.header)
	}
	if r.status < 400 || !strings.HasPrefix(q.path, "/v1/") {
		return
	}
	if ct := r.header.Get("Content-Type"); ct != "application/problem+json" {
		w.t.Errorf("%s %s: a refusal of type %q", q.method, q.path, ct)
	}
	code := r.word("code")
	if code == "" || r.word("type") != "/problems/"+code || r.word("title") == "" || r.word("detail") == "" || fmt.Sprint(r.field("status")) != fmt.Sprint(r.status) {
		w.t.Errorf("%s %s: not a whole problem: %s", q.method, q.path, r.text())
	}
}

// get and post are do for the usual cases.
func (w *world) get(role, path string) reply {
	w.t.Helper()
	return w.do(request{role: role, method: "GET", path: path})
}

func (w *world) post(role, path string, body any) reply {
	w.t.Helper()
	return w.do(request{role: role, method: "POST", path: path, body: body})
}

// want insists on a status.
func (w *world) want(r reply, status int, code string) reply {
	w.t.Helper()
	if r.status != status || code != "" && r.word("code") != code {
		w.t.Fatalf("want %d %s, got %s", status, code, r.text())
	}
	return r
}

func usd(minor int64) map[string]any { return map[string]any{"amount": minor, "currency": "USD"} }

// terms of a deal between buyer and seller over 1,000.00 USD in two tranches.
func (w *world) terms() map[string]any {
	return map[string]any{
		"title": "500 water pumps", "buyer": w.party["buyer"], "seller": w.party["seller"], "currency": "USD",
		"lines": []any{map[string]any{
			"description": "Water pump", "hs_code": "841370", "origin": "CN", "quantity": 500, "unit": "PCE",
			"unit_price": usd(180), "basis": 1, "acceptance": []string{"Each pump runs."},
		}},
		"freight": usd(10_000), "insurance": usd(0),
		"delivery":   map[string]any{"incoterm": "FOB", "named_place": "Ningbo", "ship_to": "CH Basel", "ship_by": "2027-04-15", "deliver_by": "2027-05-20"},
		"inspection": map[string]any{"days": 7, "where": "Basel", "standard": "AQL 2.5"},
		"tranches": []any{
			map[string]any{"id": "advance", "amount": usd(30_000), "release": "shipment"},
			map[string]any{"id": "balance", "amount": usd(70_000), "release": "acceptance"},
		},
		"remedies":      map[string]any{"late_penalty_bps": 50, "late_penalty_cap_bps": 500, "return_freight": "seller"},
		"governing_law": "Switzerland", "dispute_forum": "ICC, Geneva",
		"buyer_duties": []string{}, "seller_duties": []string{}, "buyer_rights": []string{}, "seller_rights": []string{},
	}
}

// deal at the given phase, made by calls of the API only.
func (w *world) deal(phase string) string {
	w.t.Helper()
	id := w.want(w.post("seller", "/v1/deals", w.terms()), 201, "").word("id")
	at := "/v1/deals/" + id
	for _, step := range []struct {
		phase string
		do    func()
	}{
		{"draft", func() {}},
		{"offered", func() { w.want(w.post("seller", at+"/offer", nil), 200, "") }},
		{"agreed", func() { w.sign(id, "seller"); w.sign(id, "buyer") }},
		{"funded", func() { w.fund(id, 100_000) }},
		{"shipped", func() {
			w.want(w.post("seller", at+"/ship", map[string]any{"carrier": "COSCO", "tracking_number": "T-" + id, "final": true}), 200, "")
		}},
		{"delivered", func() { w.want(w.post("buyer", at+"/confirm-receipt", nil), 200, "") }},
	} {
		step.do()
		if step.phase == phase {
			return id
		}
	}
	w.t.Fatalf("no phase %s", phase)
	return ""
}

func (w *world) sign(id, role string) {
	w.t.Helper()
	hash := w.get(role, "/v1/deals/"+id).word("terms_hash")
	w.want(w.post(role, "/v1/deals/"+id+"/sign", map[string]any{"hash": hash}), 200, "")
}

func (w *world) fund(id string, minor int64) reply {
	w.t.Helper()
	return w.want(w.post("rail", "/v1/rail/deposits", map[string]any{
		"rail": "sandbox", "reference": "R-" + uuid.NewString(), "deal": id, "payer": "Buyer Ltd", "amount": usd(minor), "booked_at": "2027-03-05T12:00:00Z",
	}), 201, "")
}

// claim raised by the buyer over the minor units.
func (w *world) claim(id string, minor int64) string {
	w.t.Helper()
	w.want(w.post("buyer", "/v1/deals/"+id+"/claims", claimBody(minor)), 201, "")
	return w.get("buyer", "/v1/deals/"+id).word("claims.0.id")
}

func claimBody(minor int64) map[string]any {
	return map[string]any{
		"reason": "QUALITY_DEFECT", "amount": usd(minor), "demand": map[string]any{"to_buyer": usd(minor), "with_return": false},
		"statement": "Forty of the pumps leak.", "evidence": []string{strings.Repeat("ab", 32)},
	}
}

// serve answers a request that was built apart.
func (w *world) serve(r *http.Request) reply {
	rec := httptest.NewRecorder()
	w.api.ServeHTTP(rec, r)
	return reply{rec.Code, rec.Header(), rec.Body.Bytes()}
}

// limited is the same house behind an API that takes few sign-ins.
func (w *world) limited(perMinute int) *world {
	c := *w
	c.api = api.New(api.Config{House: w.house, SignInsPerMinute: perMinute})
	return &c
}

// enterAgain gives a role a new token, after the old one has run out.
func (w *world) enterAgain(role string) {
	w.t.Helper()
	p, err := w.house.SignIn(w.t.Context(), role+"@example.com", password)
	must(w.t, err)
	w.enter(role, p)
}
