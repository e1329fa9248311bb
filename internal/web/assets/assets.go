package assets

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"strings"
	"sync"
)

// Prefix is the path under which Handler serves.
const Prefix = "/assets/"

// ContentSecurityPolicy is the policy that every page of the house is written
// for: own scripts, styles and images only, and nothing inline.
const ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

//go:embed static
var embedded embed.FS

var hashes = sync.OnceValue(func() map[string]string {
	sums := map[string]string{}
	err := fs.WalkDir(embedded, "static", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := embedded.ReadFile(path)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		sums[strings.TrimPrefix(path, "static/")] = hex.EncodeToString(sum[:6])
		return nil
	})
	if err != nil {
		panic("assets: reading embedded files: " + err.Error())
	}
	return sums
})

// Path returns the address of a file such as "app.css", with a hash of its
// content. A file that does not exist gets its plain address, which answers
// 404.
func Path(name string) string {
	if sum, ok := hashes()[name]; ok {
		return Prefix + name + "?v=" + sum
	}
	return Prefix + name
}

// Files returns the embedded files, for whoever serves or writes them elsewhere.
func Files() fs.FS {
	files, err := fs.Sub(embedded, "static")
	if err != nil {
		panic("assets: " + err.Error())
	}
	return files
}

// Handler serves the files under Prefix. An address with the right hash may be
// cached for a year; any other address must be asked for again.
func Handler() http.Handler {
	server := http.StripPrefix(Prefix, http.FileServerFS(Files()))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, Prefix)
		sum, ok := hashes()[name]
		if !ok {
			http.NotFound(w, r)
			return
		}
		etag := `"` + sum + `"`
		w.Header().Set("ETag", etag)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if r.URL.Query().Get("v") == sum {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		} else {
			w.Header().Set("Cache-Control", "no-cache")
		}
		server.ServeHTTP(w, r)
	})
}
