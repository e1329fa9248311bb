package api_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
)

// route is an operation as the description has it.
type route struct {
	id, method, path string
	public           bool
	pattern          *regexp.Regexp
}

type described struct {
	OpenAPI string
	Paths   map[string]map[string]struct {
		OperationID string `json:"operationId"`
		Summary     string
		Security    []map[string][]string
		Parameters  []struct{ Name, In string }
		RequestBody *struct {
			Content map[string]json.RawMessage
		} `json:"requestBody"`
		Responses map[string]json.RawMessage
	}
}

func (w *world) described() described {
	w.t.Helper()
	var d described
	must(w.t, json.Unmarshal(w.get("", "/openapi.json").body, &d))
	return d
}

func (w *world) routes() []route {
	w.t.Helper()
	var all []route
	for path, methods := range w.described().Paths {
		for method, op := range methods {
			re := regexp.MustCompile("^" + regexp.MustCompile(`\{[^}]+\}`).ReplaceAllString(path, "[^/]+") + "$")
			all = append(all, route{op.OperationID, strings.ToUpper(method), path, len(op.Security) == 0, re})
		}
	}
	slices.SortFunc(all, func(a, b route) int { return strings.Compare(a.id, b.id) })
	return all
}

// judge validates answers against our own description.
type judge struct {
	t  testing.TB
	by validator.Validator
}

func (w *world) judge() judge {
	w.t.Helper()
	doc, err := libopenapi.NewDocument(w.get("", "/openapi.json").body)
	must(w.t, err)
	v, errs := validator.NewValidator(doc)
	if len(errs) > 0 {
		w.t.Fatal(errs)
	}
	if ok, errs := v.ValidateDocument(); !ok {
		for _, e := range errs {
			w.t.Errorf("the description is no OpenAPI document: %s: %s", e.Message, e.Reason)
			for _, s := range e.SchemaValidationErrors {
				w.t.Errorf("  %s at %s", s.Reason, s.FieldPath)
			}
		}
	}
	return judge{w.t, v}
}

func (j judge) look(r *http.Request, answer reply) {
	j.t.Helper()
	out := &http.Response{StatusCode: answer.status, Header: answer.header, Body: readCloser(answer.body), Request: r, ProtoMajor: 1, ProtoMinor: 1}
	if ok, errs := j.by.ValidateHttpResponse(r, out); !ok {
		for _, e := range errs {
			j.t.Errorf("%s %s: the answer is not as described: %s: %s", r.Method, r.URL.Path, e.Message, e.Reason)
			for _, s := range e.SchemaValidationErrors {
				j.t.Errorf("  %s at %s", s.Reason, s.FieldPath)
			}
		}
	}
}

func TestDescriptionIsOpenAPIAndSaysWhatEachOperationDoes(t *testing.T) {
	t.Parallel()
	w := open(t, true)
	d := w.described()
	if d.OpenAPI != "3.1.0" {
		t.Errorf("the description is of OpenAPI %s", d.OpenAPI)
	}
	for path, methods := range d.Paths {
		for method, op := range methods {
			if op.Summary == "" || op.OperationID == "" {
				t.Errorf("%s %s has no name or summary", method, path)
			}
			if _, ok := op.Responses["422"]; !ok {
				t.Errorf("%s %s does not say how it refuses", method, path)
			}
			if op.RequestBody != nil && op.RequestBody.Content["application/json"] == nil && op.OperationID != "hand-in-document" {
				t.Errorf("%s %s takes another body than JSON", method, path)
			}
		}
	}
	w.judge()
	if yaml := w.get("", "/openapi.yaml"); yaml.status != 200 || !strings.Contains(string(yaml.body), "openapi: 3.1.0") {
		t.Errorf("no YAML: %.80s", yaml.text())
	}
}

func TestRealHouseHasNoSandboxPaths(t *testing.T) {
	t.Parallel()
	w := open(t, false)
	w.hire("administrator", "administrator")
	for _, q := range []request{
		{method: "POST", path: "/v1/sandbox/deposits", role: "administrator", body: map[string]any{}},
		{method: "GET", path: "/v1/sandbox/clock", role: "administrator"},
		{method: "POST", path: "/v1/sandbox/clock", role: "administrator", body: map[string]any{"seconds": 1}},
	} {
		w.want(w.do(q), 404, "request.no_such_path")
	}
	if strings.Contains(string(w.get("", "/openapi.json").body), "/v1/sandbox") {
		t.Error("the description of a real house names a sandbox")
	}
}

func TestPagesAroundTheAPI(t *testing.T) {
	t.Parallel()
	w := open(t, true)
	for _, tt := range []struct {
		path   string
		status int
		holds  string
	}{
		{"/livez", 200, "ok"},
		{"/readyz", 200, "ready"},
		{"/checkpoint", 200, "notary /checkpoint"},
		{"/tile/0/000", 200, "notary /tile/0/000"},
		{"/docs", 200, "<rapi-doc"},
		{"/docs/rapidoc.js", 200, "RapiDoc"},
		{"/docs/rapidoc-LICENSE.txt", 200, "MIT License"},
		{"/docs/other.js", 404, "nothing"},
		{"/problems/deal.wrong_phase", 200, "另"},
		{"/problems/no.such", 404, "No problem has this code."},
		{"/problems/<script>", 404, ""},
		{"/", 404, "request.no_such_path"},
	} {
		r := w.get("", tt.path)
		if tt.path == "/problems/deal.wrong_phase" {
			tt.holds = "lang=\"zh-Hans\""
		}
		if r.status != tt.status || !strings.Contains(string(r.body), tt.holds) {
			t.Errorf("%s is answered %.200s", tt.path, r.text())
		}
	}
	docs := w.get("", "/docs")
	policy := docs.header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "script-src 'self';") || strings.Contains(policy, "unsafe-eval") {
		t.Errorf("the page of the API has the policy %q", policy)
	}
	if strings.Contains(string(docs.body), "https://") || strings.Contains(string(docs.body), "<script>") {
		t.Error("the page of the API loads from elsewhere, or runs script in the page")
	}
	zipped := w.do(request{method: "GET", path: "/docs/rapidoc.js", headers: map[string]string{"Accept-Encoding": "gzip"}})
	if zipped.header.Get("Content-Encoding") != "gzip" || len(zipped.body) > 300_000 {
		t.Errorf("the script is sent as %q of %d bytes", zipped.header.Get("Content-Encoding"), len(zipped.body))
	}
}
