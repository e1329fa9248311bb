package api_test

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
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
	"github.com/pquerna/otp/totp"

	"fondaco/internal/api"
	"fondaco/internal/assurance"
	"fondaco/internal/passkey"
	"fondaco/internal/store"
	"fondaco/internal/trade/account"
	"fondaco/internal/trade/identity"
)

// world is a house with its API, a person for each office, and two companies
// that trade, with a third that has no part in it.
type world struct {
	known
	bank  *bank
	t     testing.TB
	db    *store.Store
	house *assurance.House
	clock *assurance.TestClock
	api   http.Handler
	log   *bytes.Buffer
	path  string
	close func()

	asksMuch bool // what moves money needs an approval
}

const secretPhrase = "Kelp-harbour 9 lanterns drift"

// seal keeps secrets as a test needs it: with a key that is no secret.
type seal struct{}

func (seal) cipher() cipher.AEAD {
	block, err := aes.NewCipher(make([]byte, 32))
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return aead
}

func (s seal) Seal(plain []byte, name string) ([]byte, error) {
	return s.cipher().Seal(nil, nil, plain, []byte(name)), nil
}

func (s seal) Open(sealed []byte, name string) ([]byte, error) {
	return s.cipher().Open(nil, nil, sealed, []byte(name))
}

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

// provider is an identity provider that knows the house.
type provider struct{}

func (provider) Begin(_ context.Context, c assurance.SSOClient, _ assurance.SSOState) (string, error) {
	return c.Issuer + "/authorize", nil
}

func (provider) Finish(context.Context, assurance.SSOClient, assurance.SSOState, string) (assurance.SSOClaims, error) {
	return assurance.SSOClaims{}, nil
}

func start() time.Time { return time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC) }

// opening is how a house is opened for a test.
type opening struct {
	real    bool                                  // not a sandbox
	secured bool                                  // second factors and approvals are asked for
	empty   bool                                  // without people
	over    func(assurance.Store) assurance.Store // something laid over the store
	prepare []func(*store.Store)                  // done to the store first
	before  time.Duration                         // the usual start
	watched *desk                                 // companies are checked against its lists; nil for none
	shelf   assurance.Watchlists                  // other lists than those
}

// open is a house without people; prepare may do something to its store first.
func open(t testing.TB, sandbox bool, prepare ...func(*store.Store)) *world {
	t.Helper()
	return opening{real: !sandbox, empty: true, prepare: prepare}.open(t)
}

// setup is a house with everybody in it, where nobody is asked for approvals.
func setup(t *testing.T) *world {
	t.Helper()
	return opening{}.open(t)
}

// secured is setup where everything that moves money or rights needs a factor.
func secured(t *testing.T) *world {
	t.Helper()
	return opening{secured: true}.open(t)
}

// populated is setup with something laid over the store.
func populated(t testing.TB, over func(assurance.Store) assurance.Store) *world {
	t.Helper()
	return opening{over: over}.open(t)
}

func (o opening) open(t testing.TB) *world {
	t.Helper()
	w := &world{bank: &bank{}, t: t, clock: assurance.NewTestClock(start().Add(-o.before)), log: &bytes.Buffer{}, known: known{
		tokens: map[string]string{}, people: map[string]string{}, party: map[string]string{}, totp: map[string]string{}, devices: map[string]string{},
	}}
	w.path = filepath.Join(t.TempDir(), "house.db")
	if !o.empty {
		w.known = everybody(t).copied(t, w.path)
	}
	var err error
	w.db, err = store.OpenSQLite(t.Context(), w.path)
	must(t, err)
	w.close = sync.OnceFunc(func() {
		if w.house != nil {
			w.house.Close()
		}
		must(t, w.db.Close())
	})
	t.Cleanup(w.close)
	must(t, w.db.Migrate(t.Context()))
	for _, do := range o.prepare {
		do(w.db)
	}
	var kept assurance.Store = w.db
	if o.over != nil {
		kept = o.over(kept)
	}
	gate, err := passkey.New(passkey.Options{PublicURL: "https://house.example", Name: "House"})
	must(t, err)
	log := slog.New(slog.NewTextHandler(&lockedWriter{w: w.log}, nil))
	cfg := assurance.Config{
		Store: kept, Archive: w.db, Clock: w.clock, Random: rand.Reader, Log: log, PayoutRail: "sandbox", Sandbox: !o.real,
		NewID: func() string { return uuid.Must(uuid.NewV7()).String() }, Passkeys: gate, Sealer: seal{}, SSO: provider{},
	}
	if o.secured {
		security := assurance.DefaultSecurity()
		cfg.Security, w.asksMuch = &security, true
	}
	if o.watched != nil {
		cfg.Watchlists, cfg.Signer = o.watched, o.watched
	}
	if o.shelf != nil {
		cfg.Watchlists = o.shelf
	}
	w.house, err = assurance.Open(t.Context(), cfg)
	must(t, err)
	if cfg.Watchlists != nil {
		w.readLists()
	}
	w.api = api.New(api.Config{
		House: w.house, Bank: w.bank, TestClock: w.clock, Log: log, Version: "test", SignInsPerMinute: 1000, AnswerWithin: 5 * time.Minute,
		Notary: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(rw, "notary "+r.URL.Path) }),
	})
	return w
}

func (w *world) hire(role string, office identity.Office) {
	w.t.Helper()
	p, err := w.house.AddStaff(w.t.Context(), identity.HouseClock(), office, assurance.SignUp{Email: role + "@house.example", Name: role, Password: secretPhrase})
	must(w.t, err)
	w.enter(role, p)
}

// enter signs somebody in by password, and by the authenticator app if there is one.
func (w *world) enter(role string, p assurance.Person) {
	w.t.Helper()
	o := assurance.Origin{Address: "192.0.2.1", Browser: "test"}
	e, err := w.house.Enter(w.t.Context(), o, assurance.ProgramSession, p.Email, secretPhrase)
	must(w.t, err)
	if e.Presence == nil {
		proof := assurance.Proof{Kind: account.TOTP}
		if e.Wants[0] == account.Code {
			proof = assurance.Proof{Kind: account.Code, Code: w.mailed(p.Email, "Code")}
		} else {
			proof.Code = w.code(role)
		}
		e, err = w.house.Continue(w.t.Context(), o, e.Ticket, proof)
		must(w.t, err)
	}
	w.tokens[role], w.people[role], w.party[role] = e.Secret, string(p.ID), string(p.Party)
}

// code is a new code of a role's authenticator app. A code counts once, so time
// goes on to the next.
func (w *world) code(role string) string {
	w.t.Helper()
	w.clock.Advance(30 * time.Second)
	code, err := totp.GenerateCode(w.totp[role], w.clock.Now())
	must(w.t, err)
	return code
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
		{"delivered", func() { w.surely("buyer", "confirm-receipt", id) }},
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
	p, err := w.house.Person(w.t.Context(), identity.PersonID(w.people[role]))
	must(w.t, err)
	w.enter(role, p)
}
