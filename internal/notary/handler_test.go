package notary_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/rfc6962"

	"fondaco/internal/fault"
	"fondaco/internal/notary"
	"fondaco/internal/trade/evidence"
)

// client knows the log only by its address and its public key.
type client struct {
	t    testing.TB
	base string
	http *http.Client
}

func setupServer(t testing.TB, size int64) (c client, m *memory, vkey string) {
	t.Helper()
	m, n, vkey := setup(t, size)
	server := httptest.NewServer(n.Handler())
	t.Cleanup(server.Close)
	return client{t, server.URL + "/", server.Client()}, m, vkey
}

func (c client) get(method, path string) (*http.Response, []byte) {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	response, err := c.http.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return response, body
}

func (c client) file(path string) []byte {
	c.t.Helper()
	response, body := c.get(http.MethodGet, path)
	if response.StatusCode != http.StatusOK {
		c.t.Fatalf("%s answers %s: %s", path, response.Status, body)
	}
	return body
}

func rootOf(t testing.TB, leaves []evidence.Hash) evidence.Hash {
	t.Helper()
	hasher := rfc6962.DefaultHasher
	if len(leaves) == 0 {
		return evidence.Hash(hasher.EmptyRoot())
	}
	edge := (&compact.RangeFactory{Hash: hasher.HashChildren}).NewEmptyRange(0)
	for _, leaf := range leaves {
		if err := edge.Append(leaf[:], nil); err != nil {
			t.Fatal(err)
		}
	}
	root, err := edge.GetRootHash(nil)
	if err != nil {
		t.Fatal(err)
	}
	return evidence.Hash(root)
}

func TestStrangerRebuildsTheSignedRootFromTilesAlone(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{0, 1, 2, 255, 256, 257, 1000, 66_000} {
		c, _, vkey := setupServer(t, size)
		stated, err := notary.Open(c.file("checkpoint"), vkey)
		if err != nil || stated.Size != size {
			t.Fatalf("%+v, %v", stated, err)
		}
		tiles, err := evidence.Tiles(stated.Size)
		if err != nil {
			t.Fatal(err)
		}
		var entries []evidence.Entry
		levels := make([][]evidence.Hash, 8)
		for _, tile := range tiles {
			content := c.file(tile.Path())
			if tile.IsEntries() {
				bundle, err := evidence.ParseBundle(content)
				if err != nil || len(bundle) != tile.Width {
					t.Fatalf("%s: %d entries, %v", tile.Path(), len(bundle), err)
				}
				entries = append(entries, bundle...)
				continue
			}
			if len(content) != tile.Width*evidence.HashSize {
				t.Fatalf("%s has %d bytes", tile.Path(), len(content))
			}
			for ; len(content) > 0; content = content[evidence.HashSize:] {
				levels[tile.Level] = append(levels[tile.Level], evidence.Hash(content[:evidence.HashSize]))
			}
		}
		requireLevels(t, entries, levels)
		if got := rootOf(t, levels[0]); got != stated.Root {
			t.Errorf("%d entries: the tiles give %s, the checkpoint %s", size, got, stated.Root)
		}
	}
}

// requireLevels checks that level 0 repeats the entries and each higher level
// repeats 256 hashes of the one below.
func requireLevels(t *testing.T, entries []evidence.Entry, levels [][]evidence.Hash) {
	t.Helper()
	if len(entries) != len(levels[0]) {
		t.Fatalf("%d entries and %d leaves", len(entries), len(levels[0]))
	}
	for i, e := range entries {
		if e.Sequence != int64(i) || e.Leaf() != levels[0][i] {
			t.Fatalf("entry %d is not its leaf", i)
		}
	}
	for level := 1; level < len(levels); level++ {
		if want := len(levels[level-1]) / evidence.TileWidth; len(levels[level]) != want {
			t.Fatalf("level %d has %d hashes, want %d", level, len(levels[level]), want)
		}
		for i, got := range levels[level] {
			if want := rootOf(t, levels[level-1][i*evidence.TileWidth:(i+1)*evidence.TileWidth]); got != want {
				t.Fatalf("hash %d of level %d is %s, want %s", i, level, got, want)
			}
		}
	}
}

func TestAnswersSayWhatTheyAreAndHowLongTheyHold(t *testing.T) {
	t.Parallel()
	c, _, _ := setupServer(t, 300)
	for path, want := range map[string]struct{ contentType, keep string }{
		"checkpoint":            {"text/plain; charset=utf-8", "no-cache"},
		"tile/0/000":            {"application/octet-stream", "public, max-age=31536000, immutable"},
		"tile/entries/000":      {"application/octet-stream", "public, max-age=31536000, immutable"},
		"tile/0/001.p/44":       {"application/octet-stream", "public, max-age=3600"},
		"tile/0/001.p/3":        {"application/octet-stream", "public, max-age=3600"},
		"tile/1/000.p/1":        {"application/octet-stream", "public, max-age=3600"},
		"tile/entries/001.p/44": {"application/octet-stream", "public, max-age=3600"},
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			response, body := c.get(method, path)
			header := response.Header
			if response.StatusCode != http.StatusOK || header.Get("Content-Type") != want.contentType ||
				header.Get("Cache-Control") != want.keep || header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s %s answers %s with %v", method, path, response.Status, header)
			}
			if (len(body) == 0) != (method == http.MethodHead) || response.ContentLength <= 0 {
				t.Errorf("%s %s answers %d bytes and says %d", method, path, len(body), response.ContentLength)
			}
		}
	}
}

func TestPathsThatNameNothingAreNotFound(t *testing.T) {
	t.Parallel()
	c, _, _ := setupServer(t, 300)
	for _, path := range []string{
		"", "x", "tile", "tile/", "tile/0", "tile/0/001", "tile/0/001.p/45", "tile/0/002", "tile/entries/001", "tile/entries/002", "tile/1/000", "tile/1/000.p/2",
		"tile/2/000", "tile/2/000.p/1", "tile/63/000", "tile/64/000", "tile/0/x999/x999/x999/x999/999", "tile/-1/000", "tile/0/000.p/0", "tile/0/000.p/256",
		"tile/0/%30%30%30", "tile/0/..%2f000", "tile/%00/000", "tile/0/%ff", "tile/entries/" + strings.Repeat("x999/", 200) + "999", "checkpoint/", "checkpoint/x",
	} {
		if response, body := c.get(http.MethodGet, path); response.StatusCode != http.StatusNotFound || len(body) == 0 {
			t.Errorf("/%s answers %s", path, response.Status)
		}
	}
	for _, path := range []string{"checkpoint", "tile/0/000"} {
		if response, _ := c.get(http.MethodPost, path); response.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("POST /%s answers %s", path, response.Status)
		}
	}
}

func FuzzHandler(f *testing.F) {
	_, n, _ := setup(f, 300)
	handler := n.Handler()
	for _, seed := range []string{"/checkpoint", "/tile/0/000", "/tile/entries/001.p/44", "/tile/63/x001/000", "//tile/../0", "/tile/0/%30"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://log.example"+path, nil)
		if err != nil {
			return
		}
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, request)
		if recorder.Code >= http.StatusInternalServerError {
			t.Fatalf("%q answers %d", path, recorder.Code)
		}
	})
}

func TestLogThatCannotBeReadIsUnavailable(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*memory){
		"the disk is gone":       func(m *memory) { m.failure = errors.New("disk gone") },
		"the log says not found": func(m *memory) { m.failure = fault.New(fault.NotFound, "store.no_row", "No such row.") },
		"rows are missing":       func(m *memory) { clear(m.hashes); clear(m.entries) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, m, _ := setupServer(t, 300)
			spoil(m)
			for _, path := range []string{"checkpoint", "tile/0/000", "tile/entries/000"} {
				response, body := c.get(http.MethodGet, path)
				if response.StatusCode != http.StatusServiceUnavailable || strings.Contains(string(body), "disk") {
					t.Errorf("/%s answers %s: %s", path, response.Status, body)
				}
				if response.Header.Get("Cache-Control") != "no-store" {
					t.Errorf("/%s may be cached: %v", path, response.Header)
				}
			}
		})
	}
}

func TestEntriesOutOfOrderAreNotPublished(t *testing.T) {
	t.Parallel()
	c, m, _ := setupServer(t, 300)
	m.entries[3], m.entries[4] = m.entries[4], m.entries[3]
	if response, _ := c.get(http.MethodGet, "tile/entries/000"); response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("answers %s", response.Status)
	}
}
