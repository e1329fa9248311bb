package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strconv"
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
	signedIn access = iota // a bearer token of somebody who acts for a company or the house
	own                    // a bearer token; it is about the account itself
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
	write   bool             // takes an Idempotency-Key and an Approval
	signed  bool             // may need an approval, so that one can be asked for; its handler says for what ([noted])
	scope   identity.Act     // the scope that an API key needs; empty: a key may not
	file    int64            // takes a file of at most so many bytes instead of JSON
	weighs  func(in any) int // how many commands its input holds; nil for one
	answers map[int]answered // besides, or instead of, what the output's type says
}

// answered describes an answer whose body the output's type does not tell.
type answered struct {
	says string       // what it means
	body reflect.Type // nil for a file
	kind string       // media type; empty for JSON
}

// anyKey is the scope of operations that every API key may use.
const anyKey identity.Act = "*"

// caller is who asks, from where, under which idempotency key and approval.
type caller struct {
	In       assurance.Presence
	By       identity.Actor
	From     assurance.Origin
	Key      string
	Approval string
	asking   bool // only what an approval would be for
}

// call is nobody's while the caller only asks what an approval would be for:
// nothing can be done by it.
func (c caller) call() assurance.Call {
	if c.asking {
		return assurance.Call{}
	}
	return assurance.Call{By: c.By, Key: c.Key, Approval: c.Approval, Mandate: c.In.Mandate}
}

const (
	bodyMax        = 1 << 20
	keyHeader      = "Idempotency-Key"
	approvalHeader = "Approval"
)

// add registers an operation. The input's Body, if it has one, is read strictly
// before anything else sees it.
func add[I, O any](s *server, o operation, handle func(context.Context, caller, *I) (*O, error)) {
	op := s.describe(o)
	body := reflect.TypeFor[struct{}]()
	field, hasBody := reflect.TypeFor[I]().FieldByName("Body")
	if hasBody {
		body = field.Type
	}
	fields := shapeOf(body)
	op.Middlewares = huma.Middlewares{
		func(ctx huma.Context, next func(huma.Context)) { s.admit(o, ctx, next) },
		func(ctx huma.Context, next func(huma.Context)) {
			if o.file > 0 {
				s.readFile(o.file, ctx, next)
				return
			}
			s.readStrictly(fields, hasBody, ctx, next)
		},
	}
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		v := visitOf(ctx)
		leave, err := s.enter(ctx, o, v, in)
		if err != nil {
			return nil, s.refused(ctx, err)
		}
		defer leave()
		if o.method != http.MethodGet {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, s.cfg.AnswerWithin)
			defer cancel()
		}
		out, err := handle(ctx, v.caller(), in)
		if err != nil {
			return nil, s.refused(ctx, err)
		}
		return out, nil
	})
	wired := s.mux.wired[o.method+" "+o.path]
	if reflect.TypeFor[O]() == reflect.TypeFor[receiptAnswer]() {
		s.batchable[o.id] = wired
	}
	if o.signed {
		s.signable[o.id] = wired
	}
}

// refused is the problem that is answered. Who only asks what an approval would be
// for is told the refusal itself.
func (s *server) refused(ctx context.Context, err error) error {
	if a := visitOf(ctx).asking; a != nil {
		a.err = err
		if errors.Is(err, errAsked) { // nothing has failed, and nobody reads this answer
			return problemOf(visitOf(ctx).language, fault.Of(err))
		}
	}
	return s.problem(ctx, err)
}

// describe is the operation as OpenAPI has it.
func (s *server) describe(o operation) huma.Operation {
	op := huma.Operation{
		OperationID: o.id, Method: o.method, Path: o.path, Tags: []string{o.tag}, Summary: o.summary, Description: o.doc,
		DefaultStatus: o.status, SkipValidateBody: true, BodyReadTimeout: -1, MaxBodyBytes: max(bodyMax, o.file) + 1,
		Errors: statuses(o), Responses: map[string]*huma.Response{},
	}
	if o.access != anybody {
		op.Security = []map[string][]string{{"token": {}}}
	}
	if o.write {
		longest, longestID := 200, 64
		op.Parameters = []*huma.Param{{
			Name: keyHeader, In: "header", Description: "Makes a repeated request the same request. Unique for each of your writes.",
			Schema: &huma.Schema{Type: huma.TypeString, MaxLength: &longest}, Example: "0198c0de-7a3c-7cc0-8000-000000000001",
		}, {
			Name: approvalHeader, In: "header", Description: "The approval under which this is done, where it needs one (control.approval_needed).",
			Schema: &huma.Schema{Type: huma.TypeString, MaxLength: &longestID}, Example: "0198c0de-7a3c-7cc0-8000-00000000000b",
		}}
	}
	if o.answers[http.StatusCreated].body == reflect.TypeFor[Session]() {
		longest := 64
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: deviceHeader, In: "header", Description: "What device was in the answer to your last sign-in: known devices are not unusual. Keep it as you keep a password.",
			Schema: &huma.Schema{Type: huma.TypeString, MaxLength: &longest}, Example: "XKQ2M5ZTPJ7AVC4GYHRWLB3ND6",
		})
	}
	for status, a := range o.answers {
		media := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
		if a.body != nil {
			media.Schema = s.api.OpenAPI().Components.Schemas.Schema(a.body, true, "")
		}
		if a.kind == "" {
			a.kind = "application/json"
		}
		op.Responses[strconv.Itoa(status)] = &huma.Response{Description: a.says, Content: map[string]*huma.MediaType{a.kind: media}}
	}
	return op
}

// enter takes the visit into the house. A command of a batch is inside with its batch.
func (s *server) enter(ctx context.Context, o operation, v *visit, in any) (leave func(), err error) {
	if v.inBatch {
		return func() {}, nil
	}
	who, weight := string(v.in.Person.ID), 1
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
	if o.access != anybody || o.tag == "people" {
		codes = append(codes, http.StatusForbidden)
	}
	if o.access != anybody || strings.Contains(o.path, "{") || o.tag == "evidence" {
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
	refuse := func(err error) {
		if v.asking != nil {
			v.asking.err = err
		}
		s.writeProblem(w, r, err)
	}
	if !v.inBatch {
		if err := s.identify(r, v, o.access); err != nil {
			refuse(err)
			return
		}
	}
	if err := o.takes(v.in); err != nil {
		refuse(err)
		return
	}
	if err := plainParameters(r); err != nil {
		refuse(err)
		return
	}
	v.key, v.approval = r.Header.Get(keyHeader), r.Header.Get(approvalHeader)
	next(ctx)
}

// takes refuses whoever can never use the operation: a key without its scope, and
// somebody who acts for nobody.
func (o operation) takes(in assurance.Presence) error {
	if in.Mandate != nil && o.scope != anyKey && (o.scope == "" || !slices.Contains(in.Mandate.Scopes, string(o.scope))) {
		return fault.New(fault.Forbidden, "control.over_mandate", "This key may not do that. Use another key, or act yourself.").With("action", o.id)
	}
	by := in.Actor()
	switch {
	case o.access != signedIn || by.Office != identity.Member && by.Office != "" || by.Party != "":
		return nil
	case in.Person.Office.Staff():
		return fault.New(fault.Forbidden, "people.enrol_first", "People of the house act with a second factor only. Add a passkey or an authenticator app, then sign in with it.")
	}
	return noCompany()
}

func noCompany() error {
	return fault.New(fault.Forbidden, "people.no_company", "You belong to no company. Accept an invitation first.")
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
	in, ok := s.known.find(r.Context(), secret)
	if ok {
		v.in = in
		return nil
	}
	leave, err := s.gate.keys.enter(r.Context(), v.peer, 1)
	if err != nil {
		return err
	}
	defer leave()
	v.in, err = s.known.ask(r.Context(), secret)
	return err
}

// plainParameters refuses values given twice, of which two readers might take
// different ones, and ids that cannot be any of the house's.
func plainParameters(r *http.Request) error {
	for _, name := range []string{keyHeader, approvalHeader} {
		if len(r.Header.Values(name)) > 1 {
			return fault.New(fault.Invalid, "request.duplicate_parameter", "A value is given twice.").At("header." + name)
		}
	}
	if !plausibleID(r.Header.Get(approvalHeader), idMax) {
		return fault.New(fault.NotFound, "control.not_found", "There is no approval with this number.")
	}
	if r.URL.RawQuery != "" {
		for _, values := range r.URL.Query() {
			if len(values) > 1 {
				return fault.New(fault.Invalid, "request.duplicate_parameter", "A value is given twice.").At("query")
			}
		}
	}
	for name, longest := range map[string]int{"id": idMax, "claim": idMax, "consignment": idMax, "hash": idMax, "factor": factorIDMax} {
		if id := r.PathValue(name); id != "" && !plausibleID(id, longest) {
			return noSuchPath()
		}
	}
	if code := r.PathValue("code"); !plausibleID(strings.Replace(code, ":", "-", 1), idMax) {
		return noSuchPath()
	}
	return nil
}

// The longest ids: the house's own, and those that authenticators give themselves.
const (
	idMax       = 64
	factorIDMax = 900
)

func plausibleID(id string, longest int) bool {
	const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
	return len(id) <= longest && strings.Trim(id, alphabet) == ""
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
		if v := visitOf(r.Context()); v.asking != nil {
			v.asking.err = err
		}
		s.writeProblem(w, r, err)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(doc))
	next(ctx)
}

// readFile reads a file once and hands it on.
func (s *server) readFile(longest int64, ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	doc, free, err := s.gate.readBody(http.MaxBytesReader(w, r.Body, longest), r.ContentLength)
	if err != nil {
		s.writeProblem(w, r, unreadable(err))
		return
	}
	defer free()
	if r.Header.Get("Content-Encoding") != "" {
		s.writeProblem(w, r, fault.New(fault.Invalid, "request.encoded_file", "Send the file as it is, not encoded any further."))
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(doc))
	next(ctx)
}

func unreadable(err error) error {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return fault.New(fault.Invalid, "request.too_large", "A request holds at most {bytes} bytes.").With("bytes", strconv.FormatInt(tooLarge.Limit, 10))
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
