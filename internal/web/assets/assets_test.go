package assets_test

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"fondaco/internal/web/assets"
)

func get(t *testing.T, target, etag string) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequest(http.MethodGet, target, nil)
	if etag != "" {
		request.Header.Set("If-None-Match", etag)
	}
	answer := httptest.NewRecorder()
	assets.Handler().ServeHTTP(answer, request)
	return answer
}

func TestFilesAreCachedForEverOnlyUnderTheirHash(t *testing.T) {
	t.Parallel()
	hashed := get(t, assets.Path("app.css"), "")
	if hashed.Code != http.StatusOK || !strings.Contains(hashed.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("hashed: %d %s", hashed.Code, hashed.Header().Get("Cache-Control"))
	}
	if kind := hashed.Header().Get("Content-Type"); !strings.HasPrefix(kind, "text/css") {
		t.Errorf("type %q", kind)
	}
	for _, target := range []string{"/assets/app.css", "/assets/app.css?v=000000000000"} {
		if answer := get(t, target, ""); answer.Header().Get("Cache-Control") != "no-cache" {
			t.Errorf("%s may go stale: %s", target, answer.Header().Get("Cache-Control"))
		}
	}
	if again := get(t, assets.Path("app.css"), hashed.Header().Get("ETag")); again.Code != http.StatusNotModified {
		t.Errorf("known file answered %d", again.Code)
	}
}

func TestOnlyListedFilesAreServed(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"/assets/", "/assets/nothing.css", "/assets/../assets.go", "/assets/%2e%2e/assets.go"} {
		if answer := get(t, target, ""); answer.Code != http.StatusNotFound {
			t.Errorf("%s answered %d", target, answer.Code)
		}
	}
}

func TestTheStyleSheetStaysSmallAndAtHome(t *testing.T) {
	t.Parallel()
	sheet, err := fs.ReadFile(assets.Files(), "app.css")
	if err != nil {
		t.Fatal(err)
	}
	if len(sheet) >= 60<<10 {
		t.Errorf("app.css has %d bytes, 60 KB is the most", len(sheet))
	}
	for _, outside := range []string{"url(http", "url(//", "@import", "@font-face"} {
		if strings.Contains(string(sheet), outside) {
			t.Errorf("app.css reaches outside: %s", outside)
		}
	}
}
