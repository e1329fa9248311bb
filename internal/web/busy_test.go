package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"fondaco/internal/fault"
	"fondaco/internal/web"
)

func TestWhoeverIsTurnedAwayIsToldWhenToComeBack(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		code, language string
		status         int
		lang, says     string
	}{
		{"house.busy", "en", 503, "en", "Sending the same form twice counts once."},
		{"house.busy", "zh-CN", 503, "zh-Hans", "只算一次"},
		{"request.too_many_at_once", "en", 429, "en", "Too much at once"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/deals?<script>", nil)
		r.Header.Set("Accept-Language", tt.language)
		rec := httptest.NewRecorder()
		web.Busy(rec, r, fault.New(fault.Exhausted, tt.code, "never shown"))
		h, body := rec.Header(), rec.Body.String()
		if rec.Code != tt.status || h.Get("Retry-After") != "2" || h.Get("Cache-Control") != "no-store" || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s is answered %d with %v", tt.code, rec.Code, h)
		}
		if !strings.Contains(body, `lang="`+tt.lang+`"`) || !strings.Contains(body, tt.says) || !strings.Contains(body, tt.code) {
			t.Errorf("%s in %s says %s", tt.code, tt.language, body)
		}
		if strings.Contains(body, "never shown") || strings.Contains(body, "<script") || strings.Contains(body, "problem.") {
			t.Errorf("%s repeats what it should not: %s", tt.code, body)
		}
	}
}
