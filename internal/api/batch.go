package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fondaco/internal/fault"
)

const batchMax = 100

// Batch is commands that have nothing to do with each other but their sender.
type Batch struct {
	Commands []BatchCommand `json:"commands" doc:"1 to 100"`
}

// BatchCommand is one request of an operation that is answered with a receipt.
type BatchCommand struct {
	Operation string            `json:"operation" doc:"The operationId of a command that is answered with a receipt" example:"accept"`
	Key       string            `json:"key" doc:"Its Idempotency-Key" example:"0198c0de-7a3c-7cc0-8000-000000000001"`
	Approval  string            `json:"approval" required:"false" doc:"Its Approval" example:"0198c0de-7a3c-7cc0-8000-00000000000b"`
	Path      map[string]string `json:"path" required:"false" doc:"Each parameter of the operation's path"`
	Body      anyObject         `json:"body" required:"false"`
}

// BatchAnswers are the answers, in the order of the commands.
type BatchAnswers struct {
	Answers []BatchAnswer `json:"answers"`
}

// BatchAnswer is what the operation alone would have answered.
type BatchAnswer struct {
	Key      string       `json:"key" example:"0198c0de-7a3c-7cc0-8000-000000000001"`
	Status   int          `json:"status" doc:"The HTTP status that the command alone would have" example:"200"`
	Replayed bool         `json:"replayed" doc:"This is the answer to an earlier request with the same key"`
	Receipt  verbatim     `json:"receipt,omitempty"`
	Problem  verbatimFlaw `json:"problem,omitempty"`
}

// verbatim is a receipt as an operation has written it.
type verbatim json.RawMessage

// MarshalJSON writes the bytes as they are.
func (v verbatim) MarshalJSON() ([]byte, error) { return v, nil }

// Schema is that of a receipt.
func (verbatim) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[Receipt](), true, "")
}

// verbatimFlaw is a problem as an operation has written it.
type verbatimFlaw json.RawMessage

// MarshalJSON writes the bytes as they are.
func (v verbatimFlaw) MarshalJSON() ([]byte, error) { return v, nil }

// Schema is that of a problem.
func (verbatimFlaw) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[Problem](), true, "")
}

// wire is an operation as the mux knows it.
type wire struct {
	method, path string
	serve        http.HandlerFunc
}

// wiring is a mux that remembers what it was given, so that a batch can reach an
// operation without an address.
type wiring struct {
	*http.ServeMux
	wired map[string]wire // by pattern
}

// HandleFunc remembers and passes on.
func (m *wiring) HandleFunc(pattern string, serve func(http.ResponseWriter, *http.Request)) {
	method, path, _ := strings.Cut(pattern, " ")
	m.wired[pattern] = wire{method, path, serve}
	m.ServeMux.HandleFunc(pattern, serve)
}

// parameters are the names in the path, in order.
func (o wire) parameters() []string {
	var names []string
	for _, part := range strings.Split(o.path, "/") {
		if strings.HasPrefix(part, "{") {
			names = append(names, strings.Trim(part, "{}"))
		}
	}
	return names
}

type batchInput struct{ Body Batch }

func (s *server) batches() {
	add(s, operation{
		id: "batch", method: http.MethodPost, path: "/v1/batch", tag: "house", scope: anyKey,
		summary: "Up to 100 commands in one request, each with its own key and its own answer",
		doc: "Not atomic: each command succeeds or is refused alone, as if it had been sent alone, with the rights of the same token. " +
			"Commands that name the same deal, payout or deposit are carried out in their order, each after the answer to the one before, whatever that was; " +
			"others at the same time. The answer is 200 with a status for each command. More than 100, or a document that cannot be read, is refused whole. " +
			"If the answer is lost, send the batch again: commands that were carried out are answered as before. " +
			"Reads, batches and whatever is not answered with a receipt cannot stand in a batch.",
		weighs: func(in any) int {
			b, ok := in.(*batchInput)
			fault.Assert(ok, "api.batch", "a batch is weighed by its own input")
			return min(max(1, len(b.Body.Commands)), batchMax)
		},
	}, s.batch)
}

func (s *server) batch(ctx context.Context, _ caller, in *batchInput) (*struct{ Body BatchAnswers }, error) {
	commands := in.Body.Commands
	if len(commands) < 1 || len(commands) > batchMax {
		return nil, fault.New(fault.Invalid, "request.batch_size", "A batch holds 1 to 100 commands.").At("commands")
	}
	out := &struct{ Body BatchAnswers }{BatchAnswers{make([]BatchAnswer, len(commands))}}
	var wait sync.WaitGroup
	for _, chain := range chains(commands) {
		wait.Go(func() {
			for _, i := range chain {
				out.Body.Answers[i] = s.one(ctx, commands[i])
			}
		})
	}
	wait.Wait()
	return out, nil
}

// chains groups the commands that keep their order: those about one thing. Each
// chain lists places in the batch.
func chains(commands []BatchCommand) [][]int {
	var all [][]int
	about := map[string]int{} // the chain of a thing
	for i, c := range commands {
		thing := c.thing()
		at, known := about[thing]
		if !known || thing == "" {
			at = len(all)
			about[thing] = at
			all = append(all, nil)
		}
		all[at] = append(all[at], i)
	}
	return all
}

// thing is the id of what the command is about; "" if it is about nothing that
// another command can name.
func (c BatchCommand) thing() string {
	if id := c.Path["id"]; id != "" {
		return id
	}
	var body struct {
		Deal string `json:"deal"` // a deposit is about the deal that it pays
	}
	if len(c.Body) > 0 && json.Unmarshal(c.Body, &body) != nil {
		return ""
	}
	return body.Deal
}

// one carries out a command by the very handler that serves it alone.
func (s *server) one(ctx context.Context, c BatchCommand) BatchAnswer {
	answer := BatchAnswer{Key: c.Key}
	r, serve, err := s.request(ctx, c)
	if err != nil {
		p := s.problem(ctx, err)
		doc, err := json.Marshal(p)
		fault.Assert(err == nil, "api.problem", "a problem can be written")
		answer.Status, answer.Problem = p.Status, doc
		return answer
	}
	w := &kept{header: http.Header{}}
	s.safely(w, r, serve)
	answer.Status = w.status
	answer.Replayed = w.header.Get("Idempotency-Replayed") == "true"
	if doc := bytes.TrimSpace(w.body.Bytes()); w.status < http.StatusMultipleChoices {
		answer.Receipt = doc
	} else {
		answer.Problem = doc
	}
	return answer
}

// safely keeps a fault of the program in one command from the others.
func (s *server) safely(w *kept, r *http.Request, serve http.HandlerFunc) {
	defer func() {
		if p := recover(); p != nil {
			*w = kept{header: http.Header{}}
			s.panicked(r.Context(), p)
			s.writeProblem(w, r, fault.New(fault.Internal, fault.CodeInternal, ""))
		}
	}()
	serve(w, r)
}

// request is the command as it would have come alone, from the sender of the batch.
func (s *server) request(ctx context.Context, c BatchCommand) (*http.Request, http.HandlerFunc, error) {
	if ctx.Err() != nil {
		return nil, nil, busy().Because(ctx.Err()) // it has not begun
	}
	o, ok := s.batchable[c.Operation]
	switch {
	case !ok:
		return nil, nil, fault.New(fault.Invalid, "request.not_in_batch", "This operation cannot stand in a batch.").At("operation")
	case c.Key == "":
		return nil, nil, fault.New(fault.Invalid, "request.invalid", "Some values need attention.").
			And(fault.New(fault.Invalid, "request.missing", "This is needed.").At("key"))
	}
	r, err := inside(ctx, o, c.Path, c.Body, nil)
	if err != nil {
		return nil, nil, err
	}
	r.Header.Set(keyHeader, c.Key)
	if c.Approval != "" {
		r.Header.Set(approvalHeader, c.Approval)
	}
	return r, o.serve, nil
}

// inside is the request to an operation as it would have come alone, from the
// sender of another one that is under way.
func inside(ctx context.Context, o wire, at map[string]string, body anyObject, a *asking) (*http.Request, error) {
	whole := visitOf(ctx)
	v := &visit{id: whole.id, language: whole.language, peer: whole.peer, from: whole.from, in: whole.in, inBatch: true, asking: a}
	r := (&http.Request{
		Method: o.method, URL: &url.URL{Path: o.path}, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Body: http.NoBody,
	}).WithContext(context.WithValue(ctx, visitKey{}, v))
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}
	names := o.parameters()
	for _, name := range names {
		value := at[name]
		if value == "" {
			return nil, fault.New(fault.Invalid, "request.invalid", "Some values need attention.").
				And(fault.New(fault.Invalid, "request.missing", "This is needed.").At("path." + name))
		}
		r.SetPathValue(name, value)
	}
	if len(at) > len(names) {
		return nil, malformed("request.unknown_key", "path", "A key is unknown here. Leave it out.")
	}
	return r, nil
}

// kept is an answer that is not sent by itself.
type kept struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header is that of the answer.
func (k *kept) Header() http.Header { return k.header }

// WriteHeader keeps the first status.
func (k *kept) WriteHeader(status int) {
	if k.status == 0 {
		k.status = status
	}
}

// Write keeps.
func (k *kept) Write(b []byte) (int, error) {
	k.WriteHeader(http.StatusOK)
	return k.body.Write(b)
}

// SetReadDeadline is not needed: everything has been read.
func (k *kept) SetReadDeadline(time.Time) error { return nil }
