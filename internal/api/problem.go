package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"fondaco/internal/fault"
)

// Problem is the body of every refusal (RFC 9457). It never repeats what was sent.
type Problem struct { //nolint:errname // RFC 9457 calls it a problem
	Type   string         `json:"type" format:"uri-reference" doc:"Where the code is explained" example:"/problems/deal.wrong_phase"`
	Title  string         `json:"title" doc:"What the code means, always the same" example:"The deal is in another phase"`
	Status int            `json:"status" doc:"The HTTP status" example:"409"`
	Detail string         `json:"detail" doc:"What happened here, for a person" example:"The deal is draft; this cannot be done now."`
	Code   string         `json:"code" doc:"Stable name of the problem, for programs" example:"deal.wrong_phase"`
	Errors []FieldProblem `json:"errors,omitempty" doc:"What is wrong with single values"`
	header http.Header
}

// FieldProblem is what is wrong with one value of a request.
type FieldProblem struct {
	Field   string `json:"field" doc:"JSON path in the request's body, or query.… or path.… or header.…" example:"lines[0].quantity"`
	Code    string `json:"code" example:"contract.quantity_not_positive"`
	Message string `json:"message" example:"The quantity must be more than zero."`
}

// Error is the detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders are the headers that belong to the problem, such as Retry-After.
func (p *Problem) GetHeaders() http.Header { return p.header }

// ContentType is that of RFC 9457.
func (p *Problem) ContentType(string) string { return problemType }

const problemType = "application/problem+json"

// problemOf is the one place where a fault becomes what a caller sees.
func problemOf(language string, f *fault.Error) *Problem {
	if f.Kind == fault.Internal {
		f = fault.New(fault.Internal, fault.CodeInternal, "Something went wrong on our side. It has been noted.")
	}
	status := statusOf(f)
	p := &Problem{
		Type: "/problems/" + f.Code, Title: titleOf(language, f.Code), Status: status, Detail: worded(language, f), Code: f.Code,
		header: http.Header{},
	}
	if f.Field != "" {
		p.add(language, f)
	}
	for _, detail := range f.Details {
		p.add(language, detail)
	}
	switch status {
	case http.StatusUnauthorized:
		p.header.Set("WWW-Authenticate", "Bearer")
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		p.header.Set("Retry-After", retryAfter(f.Code))
	}
	return p
}

// retryAfter is in how many seconds it is worth asking again: when the window of
// the throttle is over, or the first block of codes, and else in a moment.
func retryAfter(code string) string {
	switch code {
	case "people.throttled":
		return "900"
	case "account.factor_blocked":
		return "60"
	}
	return "2"
}

func (p *Problem) add(language string, f *fault.Error) {
	p.Errors = append(p.Errors, FieldProblem{Field: f.Field, Code: f.Code, Message: worded(language, f)})
}

// statusOf is the status of the code if the catalogue names one, else of the kind.
func statusOf(f *fault.Error) int {
	if status := catalogue()[f.Code].Status; status != 0 {
		return status
	}
	return f.Kind.HTTPStatus()
}

// parameterProblem is what huma found wrong with a path, query or header value.
func parameterProblem(language string, status int, errs []error) *Problem {
	if status >= http.StatusInternalServerError {
		return problemOf(language, fault.New(fault.Internal, fault.CodeInternal, ""))
	}
	f := fault.New(fault.Invalid, "request.bad_parameter", "A value in the address or in a header cannot be used.")
	for _, err := range errs {
		var d *huma.ErrorDetail
		if !errors.As(err, &d) {
			continue
		}
		field := d.Location
		if strings.Contains(d.Message, "unknown query") {
			field = "query" // the name itself is what was sent
		}
		f = f.And(fault.New(fault.Invalid, f.Code, f.Message).At(field))
	}
	return problemOf(language, f)
}

// problem answers an operation's error, and notes what the house is at fault for.
func (s *server) problem(ctx context.Context, err error) *Problem {
	f := fault.Of(err)
	if f.Kind == fault.Internal || f.Kind == fault.Unavailable {
		s.log.ErrorContext(ctx, "request failed", slog.String("request", visitOf(ctx).id), slog.String("error", f.Trace()))
	}
	return problemOf(visitOf(ctx).language, f)
}

func (s *server) writeProblem(w http.ResponseWriter, r *http.Request, err error) {
	p := s.problem(r.Context(), err)
	if seen, ok := w.(*recorder); ok {
		seen.code = p.Code
	}
	for name, values := range p.header {
		if w.Header().Get(name) == "" { // whoever limits knows better when to come back
			w.Header()[name] = values
		}
	}
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
}
