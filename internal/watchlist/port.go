package watchlist

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/screening"
)

// Shelf is where one house reads its lists: from a folder, and from sources that are
// named one by one. It packs the files of a list into one body, which alone decides
// what Parse reads out of it. It may be used by many at once.
type Shelf struct {
	reader *Reader
	folder string
	named  []Source

	mu    sync.Mutex
	seen  string            // how the folder looked when it was sorted
	found []Source          // lists of the folder
	paths map[string]string // the list that a file of the folder was last, so that a broken one is missed
	tags  map[string]tagged // by list
	whole map[string]bool   // lists that were read, by code: a consolidated list need not repeat them
}

// tagged is what publishers called a version, and its checksum once it was packed.
type tagged struct {
	checksum string
	tags     []string
}

var _ assurance.Watchlists = (*Shelf)(nil)

// ShelfOptions say what stands on a shelf.
type ShelfOptions struct {
	Reader *Reader
	Folder string   // empty for none
	Lists  []Source // several of one code are one list; a list that is named is not looked for in the folder
}

// NewShelf makes a shelf. It fails with watchlist.bad_source (Invalid) for a source
// that cannot be one, and with watchlist.unreadable (Unavailable) if the folder
// cannot be read.
func NewShelf(o ShelfOptions) (*Shelf, error) {
	s := &Shelf{reader: o.Reader, folder: o.Folder, paths: map[string]string{}, tags: map[string]tagged{}, whole: map[string]bool{}}
	for _, l := range o.Lists {
		if i := slices.IndexFunc(s.named, func(n Source) bool { return n.Code == l.Code }); i >= 0 {
			s.named[i].Paths, s.named[i].URLs = append(s.named[i].Paths, l.Paths...), append(s.named[i].URLs, l.URLs...)
			continue
		}
		l.Paths, l.URLs = slices.Clone(l.Paths), slices.Clone(l.URLs)
		s.named = append(s.named, l)
	}
	for _, l := range s.named {
		if err := l.check(); err != nil {
			return nil, err
		}
	}
	if s.folder == "" {
		return s, nil
	}
	_, err := s.look()
	return s, err
}

// Sources names the lists in the order in which they are read: a consolidated list
// comes after those that it need not repeat.
func (s *Shelf) Sources() []assurance.ListSource {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.sources()
	out := make([]assurance.ListSource, len(all))
	for i, l := range all {
		out[i] = assurance.ListSource{Code: l.Code, From: strings.Join(append(slices.Clone(l.URLs), l.Paths...), " ")}
	}
	return out
}

// sources are those that are named, and those of the folder as it is now. The caller
// holds mu.
func (s *Shelf) sources() []Source {
	all := slices.Clone(s.named)
	found, err := s.look()
	if err != nil {
		found = s.found // the folder is away: its lists fail one by one, and are told of
	}
	for _, l := range found {
		if !slices.ContainsFunc(s.named, func(n Source) bool { return n.Code == l.Code }) {
			all = append(all, l)
		}
	}
	slices.SortFunc(all, func(a, b Source) int {
		last := func(l Source) int { return map[bool]int{true: 1}[l.Code == USConsolidated] }
		return cmp.Or(cmp.Compare(last(a), last(b)), cmp.Compare(a.Code, b.Code))
	})
	return all
}

// look sorts the files of the folder into lists, if any has changed.
func (s *Shelf) look() ([]Source, error) {
	if s.folder == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(s.folder)
	if err != nil {
		return nil, unreadable(s.folder, err)
	}
	var names []string
	var shape strings.Builder
	for _, e := range entries[:min(len(entries), folderFilesMax)] {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
			_, _ = fmt.Fprintf(&shape, "%s %d %d\n", e.Name(), info.Size(), info.ModTime().UnixNano())
		}
	}
	if s.seen == shape.String() {
		return s.found, nil
	}
	f := folder{ofac: map[string][]Part{}}
	for _, name := range names {
		body, err := readFile(filepath.Join(s.folder, name), defaultBytes)
		if err != nil {
			f.problem(name, err)
			continue
		}
		f.sort(Part{Name: name, Body: body})
	}
	f.companions()
	s.seen, s.found = shape.String(), s.sourcesOf(f, names)
	return s.found, nil
}

// sourcesOf names the lists of a sorted folder. A file that is no list, and was one
// or is called like one, stays the source of that list, which is then refused.
func (s *Shelf) sourcesOf(f folder, names []string) []Source {
	var out []Source
	used, codes := map[string]bool{}, map[string]bool{}
	for _, j := range f.jobs {
		l := Source{Code: j.code}
		for _, p := range j.parts {
			l.Paths = append(l.Paths, filepath.Join(s.folder, p.Name))
			used[p.Name], s.paths[p.Name] = true, j.code
		}
		codes[j.code] = true
		out = append(out, l)
	}
	for _, name := range names {
		ending := strings.ToLower(filepath.Ext(name))
		code := cmp.Or(s.paths[name], codeOf(ownFormat, Part{Name: name}))
		if used[name] || codes[code] || ending != ".csv" && ending != ".xml" {
			continue
		}
		codes[code] = true
		out = append(out, Source{Code: code, Paths: []string{filepath.Join(s.folder, name)}})
	}
	return out
}

// Fetch reads the files of a list and packs them; nil if publishers say that nothing
// has changed. It fails as [Reader.Read] does, and with watchlist.bad_source for a
// list that is not on the shelf.
func (s *Shelf) Fetch(ctx context.Context, code string, last assurance.ListRow) ([]byte, error) {
	s.mu.Lock()
	all := s.sources()
	if last.Checksum != "" {
		s.whole[code] = true
	}
	var tags []string
	if known := s.tags[code]; known.checksum == last.Checksum {
		tags = known.tags
	}
	var besides []string
	if code == USConsolidated {
		for _, l := range all {
			if (l.Code == OFACSDN || l.Code == OFACConsolidated) && s.whole[l.Code] {
				besides = append(besides, l.Code)
			}
		}
	}
	s.mu.Unlock()
	i := slices.IndexFunc(all, func(l Source) bool { return l.Code == code })
	if i < 0 {
		return nil, badSource("there is no list " + code + " on the shelf")
	}
	raw, err := s.reader.Read(ctx, all[i], tags)
	if err != nil || raw.Unchanged {
		return nil, err
	}
	body, err := pack(raw.Parts, besides)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tags[code] = tagged{checksum: evidence.HashOf(body).String(), tags: raw.Tags}
	return body, nil
}

// Parse reads a packed list. The same body gives the same list, whatever else is on
// the shelf. It fails as the function [Parse] does.
func (s *Shelf) Parse(code string, body []byte) (screening.List, error) {
	parts, besides, err := unpackParts(code, body)
	if err != nil {
		return screening.List{}, err
	}
	l, err := Parse(code, parts, besides...)
	if err != nil {
		return screening.List{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.whole[code] = true
	return l, nil
}

// Compare refuses a version that lacks too much of the one before, as [Check] does.
func (s *Shelf) Compare(before, after screening.List) error {
	return Check(before, after, ShrinkMaxPercent)
}

// pack puts the files of a list into one tar.gz. The comment of the packing says
// which other lists the list leaves out, because that too decides what is read.
func pack(parts []Part, besides []string) ([]byte, error) {
	var out bytes.Buffer
	packed := gzip.NewWriter(&out)
	packed.Comment = strings.Join(besides, " ")
	files := tar.NewWriter(packed)
	for _, p := range parts {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: p.Name, Size: int64(len(p.Body)), Mode: 0o644}
		err := files.WriteHeader(h)
		if err == nil {
			_, err = files.Write(p.Body)
		}
		if err != nil {
			return nil, notPacked(err)
		}
	}
	if err := errors.Join(files.Close(), packed.Close()); err != nil {
		return nil, notPacked(err)
	}
	return out.Bytes(), nil
}

func notPacked(err error) error {
	return fault.New(fault.Internal, "watchlist.not_packed", "The files of a list cannot be packed.").Because(err)
}

// unpackParts is the way back from pack.
func unpackParts(code string, body []byte) (parts []Part, besides []string, err error) {
	broken := func(cause error) error {
		return refuse(codeMalformed, code, "it is not packed as a house packs its lists").Because(cause)
	}
	packed, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, nil, broken(err)
	}
	packed.Multistream(false)
	besides = strings.Fields(packed.Comment)
	files := tar.NewReader(packed)
	for {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || h.Typeflag != tar.TypeReg || h.Size > defaultBytes || len(parts) == partsMax {
			return nil, nil, broken(err)
		}
		p := Part{Name: h.Name}
		if p.Body, err = io.ReadAll(io.LimitReader(files, defaultBytes+1)); err != nil {
			return nil, nil, broken(err)
		}
		if int64(len(p.Body)) != h.Size {
			return nil, nil, broken(nil)
		}
		parts = append(parts, p)
	}
	// Reading to the end compares the checksum that the packing carries.
	if _, err := io.Copy(io.Discard, io.LimitReader(packed, defaultBytes)); err != nil {
		return nil, nil, broken(err)
	}
	return parts, besides, nil
}
