package api

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
)

// Config wires the API. Only House is needed.
type Config struct {
	House            *assurance.House
	Bank             assurance.Bank // plays the outside world; nil outside a sandbox
	TestClock        TestClock      // nil outside a sandbox
	Notary           http.Handler   // serves GET /checkpoint and GET /tile/…; nil leaves them out
	Log              *slog.Logger   // nil discards
	PublicURL        string         // where strangers reach the house, without a final slash; may be empty
	Version          string         // of the running program
	SignInsPerMinute int            // sign-ins and sign-ups of one address (RemoteAddr); 0 for 20
	AnswerWithin     time.Duration  // how long a write waits for its answer before 503 house.interrupted; 0 for 10 seconds
	Gate             *Gate          // shared with the pages; nil for one of the API's own with the usual bounds
}

// TestClock is the time of a sandbox.
type TestClock interface {
	// Advance moves the house's time forward and answers it.
	Advance(d time.Duration) time.Time
}

const (
	signInsPerMinute = 20
	answerWithin     = 10 * time.Second
)

// server is what the operations share.
type server struct {
	cfg   Config
	house *assurance.House
	log   *slog.Logger
	gate  *Gate
	known *known
	mux   *wiring

	readings readings // of the lists
	api      huma.API

	batchable map[string]wire // operations whose answer is a receipt, by id
	signable  map[string]wire // operations that may need an approval, by id
}

// New answers every path of [Patterns]; any other path is a 404 problem. It
// panics if two operations clash, which is a fault of the program.
func New(cfg Config) http.Handler {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.SignInsPerMinute <= 0 {
		cfg.SignInsPerMinute = signInsPerMinute
	}
	if cfg.AnswerWithin <= 0 {
		cfg.AnswerWithin = answerWithin
	}
	fitHuma()
	if cfg.Gate == nil {
		cfg.Gate = NewGate(Bounds{})
	}
	s := &server{
		cfg: cfg, house: cfg.House, log: cfg.Log, gate: cfg.Gate, known: newKnown(cfg.House), batchable: map[string]wire{}, signable: map[string]wire{},
		mux: &wiring{ServeMux: http.NewServeMux(), wired: map[string]wire{}},
	}
	s.api = humago.New(s.mux, s.description())
	s.people()
	s.sessions()
	s.passwords()
	s.factors()
	s.mailbox()
	s.activity()
	s.company()
	s.profiles()
	s.payoutAccounts()
	s.approvals()
	s.keys()
	s.staff()
	s.parties()
	s.standings()
	s.reviews()
	s.screenings()
	s.lists()
	s.checks()
	s.deals()
	s.commands()
	s.claims()
	s.money()
	s.rails()
	s.evidence()
	s.running()
	s.sandbox()
	s.batches()
	s.backOff()
	s.pages()
	return s.frame(s.mux)
}

// Patterns are the patterns of http.ServeMux under which New's handler belongs.
func Patterns() []string {
	return []string{
		"/v1/", "/openapi.json", "/openapi.yaml", "/docs", "/docs/", "/problems/",
		"/livez", "/readyz", "/checkpoint", "/tile/",
	}
}

// fitHuma replaces, once for the process, how huma words its own refusals: its
// default repeats what was sent.
var fitHuma = sync.OnceFunc(func() {
	huma.DefaultArrayNullable = false
	huma.NewError = func(status int, _ string, errs ...error) huma.StatusError {
		return parameterProblem("en", status, errs)
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, _ string, errs ...error) huma.StatusError {
		return parameterProblem(visitOf(ctx.Context()).language, status, errs)
	}
})

func (s *server) description() huma.Config {
	info := &huma.Info{
		Title: "Fondaco", Version: s.cfg.Version,
		Description: "Trade assurance: escrowed cross-border deals. Amounts are whole minor units with an ISO 4217 currency. " +
			"Times are RFC 3339 in UTC, dates are YYYY-MM-DD. Every write takes an Idempotency-Key: the same key with the same " +
			"request is answered as the first was; UUIDs of version 7 (RFC 9562) make good keys. JSON is read strictly. Refusals are problems (RFC 9457) with a stable code; " +
			"each code is explained at /problems/{code}. Answers 429 and 503 carry Retry-After in seconds: 503 house.busy means that " +
			"nothing was done; 503 house.interrupted that the outcome is not known yet, and that the same request with the same key will tell it.",
		License: &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
	}
	if info.Version == "" {
		info.Version = "dev"
	}
	doc := &huma.OpenAPI{
		OpenAPI: "3.1.0", Info: info,
		Components: &huma.Components{
			Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
			SecuritySchemes: map[string]*huma.SecurityScheme{
				"token": {Type: "http", Scheme: "bearer", Description: "A token of POST /v1/sessions."},
			},
		},
		Tags: []*huma.Tag{
			{Name: "people"},
			{Name: "account"},
			{Name: "company"},
			{Name: "approvals"},
			{Name: "staff"},
			{Name: "parties"},
			{Name: "reviews"},
			{Name: "screening"},
			{Name: "compliance"},
			{Name: "deals"},
			{Name: "agreement"},
			{Name: "goods"},
			{Name: "claims"},
			{Name: "money"},
			{Name: "rail"},
			{Name: "evidence"},
			{Name: "house"},
			{Name: "sandbox"},
		},
	}
	if s.cfg.PublicURL != "" {
		doc.Servers = []*huma.Server{{URL: s.cfg.PublicURL}}
	}
	return huma.Config{
		OpenAPI: doc, Formats: map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat: "application/json", RejectUnknownQueryParameters: true,
	}
}

// backOff describes, for every operation, how an answer that may be asked for
// again later says when.
func (s *server) backOff() {
	for _, path := range s.api.OpenAPI().Paths {
		for _, op := range []*huma.Operation{path.Get, path.Post, path.Put, path.Delete, path.Patch} {
			if op == nil {
				continue
			}
			for _, status := range []string{"429", "503"} {
				answer, ok := op.Responses[status]
				fault.Assert(ok, "api.description", "every operation may be told to come back later")
				answer.Headers = map[string]*huma.Param{"Retry-After": {
					Description: "Seconds after which to ask again, with the same Idempotency-Key", Schema: &huma.Schema{Type: huma.TypeInteger}, Example: 2,
				}}
			}
		}
	}
}

// pages serves the description itself and what surrounds it.
func (s *server) pages() {
	asJSON, err := json.Marshal(s.api.OpenAPI())
	fault.Assert(err == nil, "api.description", "the API describes itself as JSON")
	asYAML, err := s.api.OpenAPI().YAML()
	fault.Assert(err == nil, "api.description", "the API describes itself as YAML")
	s.mux.HandleFunc("GET /openapi.json", document("application/openapi+json", asJSON))
	s.mux.HandleFunc("GET /openapi.yaml", document("application/openapi+yaml", asYAML))
	s.mux.HandleFunc("GET /docs", docsPage)
	s.mux.HandleFunc("GET /docs/{asset}", docsAsset)
	s.mux.HandleFunc("GET /problems/{code}", problemPage)
	s.mux.HandleFunc("GET /livez", document("text/plain; charset=utf-8", []byte("ok\n")))
	s.mux.HandleFunc("GET /readyz", s.ready)
	if s.cfg.Notary != nil {
		notary := s.gate.Guard(s.cfg.Notary, 0, peerOf, s.writeProblem)
		s.mux.Handle("GET /checkpoint", notary)
		s.mux.Handle("GET /tile/", notary)
	}
}

func document(contentType string, body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Cache-Control", "no-cache")
		_, _ = w.Write(body)
	}
}

// ready fails while the log cannot be read. A house that has stopped writing is
// still ready: reads go on.
func (s *server) ready(w http.ResponseWriter, r *http.Request) {
	if _, err := s.house.LogSize(r.Context()); err != nil {
		s.writeProblem(w, r, fault.New(fault.Unavailable, "house.not_ready", "The house cannot read its log now.").Because(err))
		return
	}
	document("text/plain; charset=utf-8", []byte("ready\n"))(w, r)
}
