package watchlist

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"fondaco/internal/fault"
)

// Codes of the published lists. A list of one's own is OwnPrefix and its name.
const (
	OFACSDN          = "ofac-sdn"
	OFACConsolidated = "ofac-cons"
	USConsolidated   = "us-csl"
	UN               = "un"
	EU               = "eu"
	UK               = "uk"
	OwnPrefix        = "own:"
)

// Bounds of what is read.
const (
	defaultBytes = 64 << 20 // of one file; the largest list of today has a third of that
	partsMax     = 8        // files of one list
)

// A Source says where the files of one list come from: paths, or addresses to
// fetch, never both.
type Source struct {
	Code     string
	Paths    []string
	URLs     []string
	MaxBytes int64 // of each file, unpacked; 0 is 64 MiB
}

// A Part is one file of a list. Its name says where it came from and decides
// nothing but which of two OFAC lists it is.
type Part struct {
	Name string
	Body []byte
}

// Raw is a list as it was read.
type Raw struct {
	Code      string
	Parts     []Part
	SHA256    [sha256.Size]byte // of all parts, with their lengths, in order
	Bytes     int64             // of all parts
	At        time.Time         // when it was read
	Tags      []string          // one for each URL: what to ask with the next time
	Unchanged bool              // the publisher says that nothing has changed; there are no parts then
}

// Options wire a Reader.
type Options struct {
	Now     func() time.Time
	Private bool         // addresses of one's own network are reached, and loopback without TLS: for a mirror of one's own, and for tests
	Client  *http.Client // overrides how addresses are fetched; nil is the guarded one
}

// Reader reads lists from files and from their publishers.
type Reader struct {
	now     func() time.Time
	private bool
	client  *http.Client
}

// NewReader makes a Reader.
func NewReader(o Options) *Reader {
	r := &Reader{now: o.Now, private: o.Private, client: o.Client}
	if r.client == nil {
		r.client = guarded(o.Private)
	}
	return r
}

// Read reads all files of a source. tags are those of the Raw before, or nil. It
// fails with watchlist.bad_source (Invalid), watchlist.unreachable or
// watchlist.unreadable (Unavailable), watchlist.too_big or watchlist.truncated
// (Refused).
func (r *Reader) Read(ctx context.Context, s Source, tags []string) (Raw, error) {
	if err := s.check(); err != nil {
		return Raw{}, err
	}
	most := s.MaxBytes
	if most <= 0 {
		most = defaultBytes
	}
	raw := Raw{Code: s.Code, At: r.now().UTC()}
	for _, path := range s.Paths {
		body, err := readFile(path, most)
		if err != nil {
			return Raw{}, err
		}
		raw.Parts = append(raw.Parts, Part{Name: filepath.Base(path), Body: body})
	}
	if len(s.URLs) > 0 {
		if err := r.fetchAll(ctx, &raw, s, tags, most); err != nil || raw.Unchanged {
			return raw, err
		}
	}
	raw.SHA256, raw.Bytes = Sum(raw.Parts)
	return raw, nil
}

// Sum is the SHA-256 of all parts, each with its length before it, and how many
// bytes they have.
func Sum(parts []Part) (sum [sha256.Size]byte, size int64) {
	h := sha256.New()
	var n [8]byte
	for _, p := range parts {
		binary.BigEndian.PutUint64(n[:], uint64(len(p.Body)))
		h.Write(n[:])
		h.Write(p.Body)
		size += int64(len(p.Body))
	}
	h.Sum(sum[:0])
	return sum, size
}

func (s Source) check() error {
	switch {
	case s.Code == "" || len(s.Code) > 64 || strings.ContainsAny(s.Code, " \t\r\n/"):
		return badSource("its code has up to 64 characters and no spaces")
	case (len(s.Paths) == 0) == (len(s.URLs) == 0):
		return badSource("it has either paths or addresses")
	case len(s.Paths)+len(s.URLs) > partsMax:
		return badSource("it has more than eight files")
	}
	return nil
}

func readFile(path string, most int64) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // the operator names the files
	if err != nil {
		return nil, unreadable(path, err)
	}
	defer func() { _ = f.Close() }()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, unreadable(path, err)
	}
	return atMost(f, most, filepath.Base(path))
}

// atMost reads all of r, or refuses it as too big.
func atMost(r io.Reader, most int64, name string) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, most+1))
	switch {
	case err != nil:
		return nil, unreadable(name, err)
	case int64(len(body)) > most:
		return nil, refuse(codeTooBig, name, "more bytes than this list may have")
	}
	return body, nil
}

func badSource(why string) error {
	return fault.New(fault.Invalid, "watchlist.bad_source", "The source of a list is not set up rightly: {why}.").With("why", why)
}

func unreadable(name string, cause error) error {
	return fault.New(fault.Unavailable, "watchlist.unreadable", "The list file {file} cannot be read.").With("file", filepath.Base(name)).Because(cause)
}
