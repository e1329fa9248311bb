package web

import (
	"fmt"
	"html"
	"net/http"
	"strconv"

	"fondaco/internal/fault"
	"fondaco/internal/web/words"
)

// retryAfter is when a visitor who was turned away may come back, in seconds.
const retryAfter = 2

// Busy turns a visitor away while there is no room: a small page in the visitor's
// language, made without session, database or template, because many may be made
// at once. A fault house.busy is 503; any other is of its kind.
func Busy(w http.ResponseWriter, r *http.Request, err error) {
	f := fault.Of(err)
	word, status := "busy", statusOf(f)
	if status == http.StatusServiceUnavailable {
		word = "down"
	}
	say := words.For(words.Match(cookie(r, words.CookieName), r.Header.Get("Accept-Language")))
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Retry-After", strconv.Itoa(retryAfter))
	w.WriteHeader(status)
	text := func(part string) string { return html.EscapeString(say.T("problem." + word + "." + part)) }
	_, _ = fmt.Fprintf(w, //nolint:gosec // the house's own words and code, escaped
		"<!doctype html>\n<html lang=%q>\n<head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>%s</title></head>\n"+
			"<body><main><h1>%s</h1><p>%s</p><p>%s</p><p><code>%s</code></p></main></body>\n</html>\n",
		say.Tag(), text("title"), text("title"), text("safe"), text("do"), html.EscapeString(f.Code))
}

// statusOf is that of the kind, but for a house that is busy: that is nobody's
// doing, and programs in between know 503 as a reason to come back.
func statusOf(f *fault.Error) int {
	if f.Code == "house.busy" {
		return http.StatusServiceUnavailable
	}
	return f.Kind.HTTPStatus()
}
