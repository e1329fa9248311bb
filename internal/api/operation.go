package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
)

// access says who may ask at all; what they may do is the House's to decide.
type access int

const (
	signedIn access = iota // a bearer token is needed
	anybody                // a token is read if there is one
)

// operation is one row of the API: what it is called, where it is, and who may ask.
type operation struct {
	id      string
	method  string
	path    string
	tag     string
	summary string
	doc     string
	access  access
	status  int              // of success; 0 for 200
	write   bool             // takes an Idempotency-Key
	weighs  func(in any) int // how many commands its input holds; nil for one
}

// caller is who asks, and under which idempotency key.
type caller struct {
	Person assurance.Person
	By     identity.Actor
	Key    string
}

func (c caller) call() assurance.Call { return assurance.Call{By: c.By, Key: c.Key} }

const (
	bodyMax   = 1 << 20
	keyHeader = "Idempotency-Key"
)

// add registers an operation. The input's Body, if it has one, is read strictly
// before anything else sees it.
func add[I, O any](s *server, o operation, handle func(context.Context, caller, *I) (*O, error)) {
	op := huma.Operation{
		OperationID: o.id, Method: o.method, Path: o.path, Tags: []string{o.tag}, Summary: o.summary, Description: o.doc,
		DefaultStatus: o.status, SkipValidateBody: true, BodyReadTimeout: -1, MaxBodyBytes: bodyMax + 1,
		Errors: statuses(o),
	}
	if o.access == signedIn {
		op.Security = []map[string][]string{{"token": {}}}
	}
	if o.write {
		longest := 200
		op.Parameters = []*huma.Param{{
			Name: keyHeader, In: "header", Description: "Makes a repeated request the same request. Unique for each of your writes.",
			Schema: &huma.Schema{Type: huma.TypeString, MaxLength: &longest}, Example: "0198c0de-7a3c-7cc0-8000-000000000001",
		}}
	}
	body := reflect.TypeFor[struct{}]()
	field, hasBody := reflect.TypeFor[I]().FieldByName("Body")
	if hasBody {
		body = field.Type
	}
	fields := shapeOf(body)
	op.Middlewares = huma.Middlewares{
		func(ctx huma.Context, next func(huma.Context)) { s.admit(o, ctx, next) },
		func(ctx huma.Context, next func(huma.Context)) { s.readStrictly(fields, hasBody, ctx, next) },
	}
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		v := visitOf(ctx)
		leave, err := s.enter(ctx, o, v, in)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		defer leave()
		if o.method != http.MethodGet {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, s.cfg.AnswerWithin)
			defer cancel()
		}
		out, err := handle(ctx, caller{Person: v.person, By: v.person.Actor(), Key: v.key}, in)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		return out, nil
	})
	if reflect.TypeFor[O]() == reflect.TypeFor[receiptAnswer]() {
		s.batchable[o.id] = s.mux.wired[o.method+" "+o.path]
	}
}

// enter takes the visit into the house. A command of a batch is inside with its batch.
func (s *server) enter(ctx context.Context, o operation, v *visit, in any) (leave func(), err error) {
	if v.inBatch {
		return func() {}, nil
	}
	who, weight := string(v.person.ID), 1
	if who == "" {
		who = v.peer
	}
	if o.weighs != nil {
		weight = o.weighs(in)
	}
	if leave, err = v.lane.enter(ctx, who, weight); err != nil {
		s.gate.refused.Add(1)
	}
	return leave, err
}

// statuses are the refusals that an operation can answer.
func statuses(o operation) []int {
	codes := []int{http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusUnauthorized}
	if o.access == signedIn {
		codes = append(codes, http.StatusForbidden)
	}
	if o.access == signedIn || strings.Contains(o.path, "{") || o.tag == "evidence" {
		codes = append(codes, http.StatusNotFound)
	}
	if o.method != http.MethodGet {
		codes = append(codes, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	return codes
}

// admit finds out who asks. A token that is given must be good, even where none
// is needed.
func (s *server) admit(o operation, ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	v := visitOf(r.Context())
	if !v.inBatch {
		if err := s.identify(r, v, o.access); err != nil {
			s.writeProblem(w, r, err)
			return
		}
	}
	if err := plainParameters(r); err != nil {
		s.writeProblem(w, r, err)
		return
	}
	v.key = r.Header.Get(keyHeader)
	next(ctx)
}

func (s *server) identify(r *http.Request, v *visit, a access) error {
	given := r.Header.Values("Authorization")
	if len(given) == 0 && a == anybody {
		return nil
	}
	if len(given) == 0 {
		return fault.New(fault.Unauthenticated, "people.sign_in", "Sign in first.")
	}
	scheme, secret, _ := strings.Cut(given[0], " ")
	if len(given) > 1 || !strings.EqualFold(scheme, "Bearer") {
		return fault.New(fault.Unauthenticated, "people.bad_token", "This token is not valid. Sign in to get another.")
	}
	person, ok := s.known.find(secret)
	if ok {
		v.person = person
		return nil
	}
	leave, err := s.gate.keys.enter(r.Context(), v.peer, 1)
	if err != nil {
		return err
	}
	defer leave()
	v.person, err = s.known.ask(r.Context(), secret)
	return err
}

// plainParameters refuses values given twice, of which two readers might take
// different ones, and ids that cannot be any of the house's.
func plainParameters(r *http.Request) error {
	if len(r.Header.Values(keyHeader)) > 1 {
		return fault.New(fault.Invalid, "request.duplicate_parameter", "A value is given twice.").At("header." + keyHeader)
	}
	if r.URL.RawQuery != "" {
		for _, values := range r.URL.Query() {
			if len(values) > 1 {
				return fault.New(fault.Invalid, "request.duplicate_parameter", "A value is given twice.").At("query")
			}
		}
	}
	for _, name := range []string{"id", "claim", "consignment"} {
		if id := r.PathValue(name); id != "" && !plausibleID(id) {
			return noSuchPath()
		}
	}
	return nil
}

func plausibleID(id string) bool {
	const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
	return len(id) <= 64 && strings.Trim(id, alphabet) == ""
}

// readStrictly reads the body once, checks it, and hands it on. An operation
// without a body takes none, or an empty object.
func (s *server) readStrictly(fields *shape, needed bool, ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	if r.Body == http.NoBody && !needed {
		next(ctx)
		return
	}
	doc, free, err := s.gate.readBody(http.MaxBytesReader(w, r.Body, bodyMax), r.ContentLength)
	if err != nil {
		s.writeProblem(w, r, unreadable(err))
		return
	}
	defer free()
	if err := checkBody(r, doc, fields, needed); err != nil {
		s.writeProblem(w, r, err)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(doc))
	next(ctx)
}

func unreadable(err error) error {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return fault.New(fault.Invalid, "request.too_large", "A request holds at most 1 MiB.")
	case fault.CodeOf(err) == "house.busy":
		return err
	}
	return fault.New(fault.Invalid, "request.malformed", "This is not a JSON document in UTF-8.").Because(err)
}

func checkBody(r *http.Request, doc []byte, fields *shape, needed bool) error {
	if len(doc) == 0 {
		if needed {
			return fault.New(fault.Invalid, "request.empty", "Send a JSON document.")
		}
		return nil
	}
	if !sentAsJSON(r.Header) {
		return fault.New(fault.Invalid, "request.not_json", "Send application/json, not encoded any further.")
	}
	if err := strictly(doc, fields); err != nil {
		return err
	}
	return nil
}

func sentAsJSON(h http.Header) bool {
	given := h.Get("Content-Type")
	if h.Get("Content-Encoding") != "" {
		return false
	}
	if given == "application/json" {
		return true
	}
	contentType, parameters, err := mime.ParseMediaType(given)
	charset, named := parameters["charset"]
	return err == nil && contentType == "application/json" && (!named || strings.EqualFold(charset, "utf-8"))
}
