package api

import (
	"bytes"
	"compress/gzip"
	"embed"
	"io"
	"net/http"
	"strings"

	"fondaco/internal/fault"
)

//go:embed assets/rapidoc-min.js.gz assets/rapidoc-LICENSE.txt assets/rapidoc-min.js.LICENSE.txt
var assets embed.FS

// docsPolicy lets the page run its own script only, and draw with styles that the
// script makes.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const docsHTML = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Fondaco API</title>
<script type="module" src="/docs/rapidoc.js"></script></head>
<body>
<rapi-doc spec-url="/openapi.json" load-fonts="false" show-header="false" render-style="read" theme="light"
 primary-color="#1f5f5b" regular-font="system-ui, sans-serif" mono-font="ui-monospace, monospace"
 allow-server-selection="false" persist-auth="false" schema-description-expanded="true"></rapi-doc>
<noscript><p>The description of the API is at <a href="/openapi.json">/openapi.json</a> and <a href="/openapi.yaml">/openapi.yaml</a>.</p></noscript>
</body>
</html>
`

func docsPage(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Security-Policy", docsPolicy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = io.WriteString(w, docsHTML)
}

// docsAsset serves the script, as it is kept or unpacked, and its licences.
func docsAsset(w http.ResponseWriter, r *http.Request) {
	var name string
	contentType := "text/plain; charset=utf-8"
	switch r.PathValue("asset") {
	case "rapidoc.js":
		name, contentType = "assets/rapidoc-min.js.gz", "text/javascript; charset=utf-8"
	case "rapidoc-LICENSE.txt":
		name = "assets/rapidoc-LICENSE.txt"
	case "rapidoc-parts-LICENSE.txt":
		name = "assets/rapidoc-min.js.LICENSE.txt"
	default:
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, "There is nothing at this path.\n")
		return
	}
	content, err := assets.ReadFile(name)
	fault.Assert(err == nil, "api.asset", "an embedded file can be read")
	header := w.Header()
	header.Set("Content-Type", contentType)
	header.Set("Cache-Control", "public, max-age=86400")
	header.Set("Vary", "Accept-Encoding")
	if !strings.HasSuffix(name, ".gz") {
		_, _ = w.Write(content)
		return
	}
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		header.Set("Content-Encoding", "gzip")
		_, _ = w.Write(content)
		return
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(content))
	fault.Assert(err == nil, "api.asset", "an embedded file can be unpacked")
	_, _ = io.Copy(w, unpacked) //nolint:gosec // our own embedded file; a reader that leaves is nobody's fault
}
