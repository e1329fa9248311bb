package watchlist_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/watchlist"
)

// setup is a publisher on loopback and a reader that may reach it.
func setup(t *testing.T, serve http.HandlerFunc) (*watchlist.Reader, string) {
	t.Helper()
	publisher := httptest.NewServer(serve)
	t.Cleanup(publisher.Close)
	now := func() time.Time { return time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC) }
	return watchlist.NewReader(watchlist.Options{Now: now, Private: true}), publisher.URL
}

func packed(t *testing.T, body []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAListIsFetchedOnceAndThenOnlyAskedFor(t *testing.T) {
	t.Parallel()
	body := part(t, "lists/own.csv").Body
	asked, sent := 0, 0
	reader, address := setup(t, func(w http.ResponseWriter, r *http.Request) {
		asked++
		w.Header().Set("ETag", `"v1"`)
		if r.Header.Get("If-None-Match") == `"v1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		sent++
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(packed(t, body))
	})
	source := watchlist.Source{Code: "own:demo", URLs: []string{address + "/own.csv"}}
	raw, err := reader.Read(t.Context(), source, nil)
	if err != nil {
		t.Fatal(err)
	}
	sum, size := watchlist.Sum(raw.Parts)
	if !bytes.Equal(raw.Parts[0].Body, body) || raw.SHA256 != sum || raw.Bytes != size || raw.Bytes != int64(len(body)) || raw.Unchanged {
		t.Errorf("read %d bytes, sum %x", raw.Bytes, raw.SHA256)
	}
	if raw.SHA256 == ([sha256.Size]byte{}) || raw.At.Year() != 2027 {
		t.Errorf("raw %x at %v", raw.SHA256, raw.At)
	}
	again, err := reader.Read(t.Context(), source, raw.Tags)
	if err != nil || !again.Unchanged || len(again.Parts) != 0 || again.Tags[0] != `"v1"` || asked != 2 || sent != 1 {
		t.Errorf("again: %+v %v, asked %d times, sent %d times", again, err, asked, sent)
	}
}

func TestAListOfWhichOneFileChangedIsFetchedWhole(t *testing.T) {
	t.Parallel()
	reader, address := setup(t, func(w http.ResponseWriter, r *http.Request) {
		tag := `"` + r.URL.Path + `"`
		if r.URL.Path == "/b" {
			tag = `"new"`
		}
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = io.WriteString(w, r.URL.Path)
	})
	raw, err := reader.Read(t.Context(), watchlist.Source{Code: "x", URLs: []string{address + "/a", address + "/b"}}, []string{`"/a"`, `"old"`})
	if err != nil || raw.Unchanged || len(raw.Parts) != 2 || string(raw.Parts[0].Body) != "/a" || string(raw.Parts[1].Body) != "/b" {
		t.Errorf("%+v %v", raw, err)
	}
}

func TestWhatAPublisherMaySendIsBounded(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		serve http.HandlerFunc
		code  string
	}{
		"too long": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, strings.Repeat("x", 2000))
		}, "watchlist.too_big"},
		"too long and said so": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100000000000")
			_, _ = io.WriteString(w, "x")
		}, "watchlist.too_big"},
		"bomb": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(packed(t, make([]byte, 1<<20)))
		}, "watchlist.too_big"},
		"packing cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(packed(t, []byte("some text that is packed"))[:20])
		}, "watchlist.truncated"},
		"not packed at all": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = io.WriteString(w, "plain")
		}, "watchlist.truncated"},
		"unknown packing": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "br")
			_, _ = io.WriteString(w, "plain")
		}, "watchlist.unreachable"},
		"shorter than said": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "500")
			_, _ = io.WriteString(w, "short")
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, "watchlist.truncated"},
		"fault": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, "watchlist.unreachable"},
		"not modified, unasked": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotModified)
		}, "watchlist.unreachable"},
		"round and round": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/again", http.StatusFound)
		}, "watchlist.unreachable"},
		"away to plain HTTP": {func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.Host, "0.0.0.0") {
				_, _ = io.WriteString(w, "it was followed")
				return
			}
			_, port, _ := net.SplitHostPort(r.Host)
			http.Redirect(w, r, "http://0.0.0.0:"+port+"/list", http.StatusFound) // leads back here, but is not called loopback
		}, "watchlist.unreachable"},
		"away to a file": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		}, "watchlist.unreachable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reader, address := setup(t, tt.serve)
			raw, err := reader.Read(t.Context(), watchlist.Source{Code: "x", URLs: []string{address}, MaxBytes: 1000}, nil)
			if fault.CodeOf(err) != tt.code || len(raw.Parts) > 0 {
				t.Errorf("%v (%s), want %s", err, fault.CodeOf(err), tt.code)
			}
		})
	}
}

func TestAddressesOfOnesOwnNetworkAreNotReached(t *testing.T) {
	t.Parallel()
	var reached atomic.Int32
	publisher := httptest.NewUnstartedServer(http.NotFoundHandler())
	publisher.Config.ConnState = func(net.Conn, http.ConnState) { reached.Add(1) }
	publisher.Config.ErrorLog = log.New(io.Discard, "", 0)
	publisher.StartTLS()
	t.Cleanup(publisher.Close)
	reader := watchlist.NewReader(watchlist.Options{Now: time.Now})
	for _, tt := range []struct{ address, code string }{
		{publisher.URL, "watchlist.unreachable"},
		{"https://169.254.169.254/latest/meta-data", "watchlist.unreachable"},
		{"http://example.org/list", "watchlist.bad_source"},
		{"http://127.0.0.1/list", "watchlist.bad_source"},
		{"file:///etc/passwd", "watchlist.bad_source"},
		{"https://user:word@example.org/", "watchlist.bad_source"},
		{"://", "watchlist.bad_source"},
	} {
		_, err := reader.Read(t.Context(), watchlist.Source{Code: "x", URLs: []string{tt.address}}, nil)
		if fault.CodeOf(err) != tt.code {
			t.Errorf("%s: %v (%s), want %s", tt.address, err, fault.CodeOf(err), tt.code)
		}
	}
	if reached.Load() > 0 {
		t.Error("the publisher on loopback was reached")
	}
}

func TestASourceIsSetUpOneWay(t *testing.T) {
	t.Parallel()
	reader := watchlist.NewReader(watchlist.Options{Now: time.Now})
	many := make([]string, 9)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	for _, s := range []watchlist.Source{
		{},
		{Code: "x"},
		{Code: "x", Paths: []string{"a"}, URLs: []string{"https://example.org"}},
		{Code: "a b", Paths: []string{"a"}},
		{Code: "x", Paths: many},
	} {
		if _, err := reader.Read(t.Context(), s, nil); fault.CodeOf(err) != "watchlist.bad_source" {
			t.Errorf("%+v: %v", s, err)
		}
	}
	for _, path := range []string{"testdata/nowhere.csv", "testdata"} {
		if _, err := reader.Read(t.Context(), watchlist.Source{Code: "x", Paths: []string{path}}, nil); fault.CodeOf(err) != "watchlist.unreadable" {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := reader.Read(t.Context(), watchlist.Source{Code: "x", Paths: []string{"testdata/lists/un.xml"}, MaxBytes: 100}, nil); fault.CodeOf(err) != "watchlist.too_big" {
		t.Errorf("too big: %v", err)
	}
	raw, err := reader.Read(t.Context(), watchlist.Source{Code: "un", Paths: []string{"testdata/lists/un.xml"}}, nil)
	if err != nil || raw.Parts[0].Name != "un.xml" {
		t.Errorf("%+v %v", raw, err)
	}
}
