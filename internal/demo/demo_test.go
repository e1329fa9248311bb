package demo_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"fondaco/internal/demo"
	"fondaco/internal/fault"
)

// The whole demo runs against a real house in cmd/fondaco/testdata/script/demo.txtar.

func setup(t *testing.T, answer http.HandlerFunc) demo.Config {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	return demo.Config{URL: s.URL, HTTP: s.Client(), Out: io.Discard}
}

func TestRefusalOfTheHouseEndsTheDemoWithItsCode(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		code   string
	}{
		"a problem": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"status":401,"code":"people.wrong_sign_in","detail":"The address or the password is not right."}`)
		}, "people.wrong_sign_in"},
		"no problem document": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, "demo.no_answer"},
		"no JSON":             {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }, "demo.no_answer"},
		"no end": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"token":"`+strings.Repeat("x", 5<<20)+`"}`)
		}, "demo.no_answer"},
	} {
		_, err := demo.Run(t.Context(), setup(t, c.answer))
		if fault.CodeOf(err) != c.code {
			t.Errorf("%s: %v (%s), want %s", name, err, fault.CodeOf(err), c.code)
		}
	}
}

// TestAHouseThatIsBusyIsAskedAgain under the same key, so that nothing is done twice.
func TestAHouseThatIsBusyIsAskedAgain(t *testing.T) {
	t.Parallel()
	asked := map[string]int{}
	_, err := demo.Run(t.Context(), setup(t, func(w http.ResponseWriter, r *http.Request) { // one request at a time
		asked[r.Header.Get("Idempotency-Key")]++
		if len(asked) == 1 && asked[r.Header.Get("Idempotency-Key")] < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, `{"status":503,"code":"store.unavailable","detail":"The database is busy. Try again in a moment."}`)
			return
		}
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"status":401,"code":"people.wrong_sign_in","detail":"The address or the password is not right."}`)
	}))
	if fault.CodeOf(err) != "people.wrong_sign_in" || len(asked) != 1 {
		t.Errorf("%v after requests with the keys %v", err, asked)
	}
}

func TestEveryAccountIsShownOnceWithItsPassword(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, s := range demo.SignIns() {
		if seen[s.Email] || len(s.Password) < 15 || s.Name == "" || s.Role == "" || !strings.HasSuffix(s.Email, ".example") {
			t.Errorf("account %+v", s)
		}
		seen[s.Email] = true
	}
	if len(seen) < 8 {
		t.Errorf("%d companies, want at least 8", len(seen))
	}
}
