package api

import (
	_ "embed"
	"encoding/json"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"sync"

	"fondaco/internal/fault"
)

//go:embed codes.json
var codesFile []byte

// Meaning is what one code means, in English and 简体中文.
type Meaning struct {
	English string `json:"en"`
	Chinese string `json:"zh"`
	Status  int    `json:"status"` // where it differs from that of the kind
}

var catalogue = sync.OnceValue(func() map[string]Meaning {
	var all map[string]Meaning
	err := json.Unmarshal(codesFile, &all)
	fault.Assert(err == nil, "api.codes", "the embedded catalogue is JSON")
	return all
})

// Codes lists every code that a problem can have, in order.
func Codes() []string { return slices.Sorted(maps.Keys(catalogue())) }

// titleOf is what the code means, always the same.
func titleOf(language, code string) string {
	m := catalogue()[code]
	if language == "zh" && m.Chinese != "" {
		return fault.New(0, code, m.Chinese).Error()
	}
	if m.English == "" {
		return "Refused"
	}
	return m.English
}

// worded is what happened, in the caller's language. The values that fill it are
// the house's own: phases, stages, dates, limits.
func worded(language string, f *fault.Error) string {
	if m := catalogue()[f.Code]; language == "zh" && m.Chinese != "" {
		c := *f
		c.Message = m.Chinese
		return c.Error()
	}
	return f.Error()
}

// problemPage explains one code to whoever follows a problem's type.
func problemPage(w http.ResponseWriter, r *http.Request) {
	code := r.PathValue("code")
	m, known := catalogue()[code]
	page := struct {
		Code, Heading string
		Meaning
	}{code, code, m}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	if !known {
		page.Code, page.Heading = "", "Unknown code"
		page.Meaning = Meaning{English: "No problem has this code.", Chinese: "没有这个代码。"}
		w.WriteHeader(http.StatusNotFound)
	}
	_ = problemTemplate().Execute(w, page)
}

var problemTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("problem").Parse(`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{{.Heading}} · Fondaco</title></head>
<body>
<main>
<h1>{{.Heading}}</h1>
<p>{{.English}}</p>
<p lang="zh-Hans">{{.Chinese}}</p>
<p><a href="/docs">API</a></p>
</main>
</body>
</html>
`))
})
