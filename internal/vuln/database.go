package vuln

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"
)

const (
	entryMax   = 8 << 20 // bytes of one entry
	entriesMax = 500_000
	totalMax   = 2 << 30 // bytes of all files that are read
)

// Database is what is known of faulty modules.
type Database struct {
	entries  int
	newest   string
	modified time.Time
	faults   map[string][]known // by module
}

// known is one entry as it concerns one module.
type known struct {
	id      string
	aliases []string
	summary string
	ranges  []span
	imports []platform
}

// platform is a package of the module that has the fault, and where.
type platform struct {
	Path   string   `json:"path"`
	GOOS   []string `json:"goos"`
	GOARCH []string `json:"goarch"`
}

type span struct {
	Type   string  `json:"type"`
	Events []event `json:"events"`
}

type event struct {
	Introduced   string `json:"introduced"`
	Fixed        string `json:"fixed"`
	LastAffected string `json:"last_affected"`
}

// entry is the part of an OSV document (schema 1.3) that is read.
type entry struct {
	ID        string     `json:"id"`
	Withdrawn *time.Time `json:"withdrawn"`
	Aliases   []string   `json:"aliases"`
	Summary   string     `json:"summary"`
	Affected  []struct {
		Package struct {
			Name      string `json:"name"`
			Ecosystem string `json:"ecosystem"`
		} `json:"package"`
		Ranges   []span `json:"ranges"`
		Specific struct {
			Imports []platform `json:"imports"`
		} `json:"ecosystem_specific"`
	} `json:"affected"`
}

// Entries returns how many entries the database has, withdrawn ones included.
func (d *Database) Entries() int { return d.entries }

// Newest returns the highest id, such as GO-2026-5681: a hint at the database's age where it has no date.
func (d *Database) Newest() string { return d.newest }

// Modified returns when the database says it was changed; zero if it does not say.
func (d *Database) Modified() time.Time { return d.modified }

// Open reads a database from a folder, a .tar.gz or a .zip file. It fails for one
// that has no entries or one that cannot be read.
func Open(where string) (*Database, error) {
	d := &Database{faults: map[string][]known{}}
	info, err := os.Stat(where)
	if err != nil {
		return nil, err
	}
	switch {
	case info.IsDir():
		err = d.folder(where)
	case strings.HasSuffix(where, ".zip"):
		err = d.zipped(where)
	default:
		err = d.tarred(where)
	}
	if err != nil {
		return nil, fmt.Errorf("read the database of known faults: %w", err)
	}
	if d.entries == 0 {
		return nil, errors.New("the database of known faults has no entries")
	}
	return d, nil
}

func (d *Database) folder(where string) error {
	tree := os.DirFS(where)
	return fs.WalkDir(tree, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		f, err := tree.Open(name)
		if err != nil {
			return err
		}
		return errors.Join(d.file(name, f), f.Close())
	})
}

func (d *Database) zipped(where string) (err error) {
	z, err := zip.OpenReader(where)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, z.Close()) }()
	var total uint64
	for _, f := range z.File {
		if f.FileInfo().IsDir() {
			continue
		}
		if total += f.UncompressedSize64; total > totalMax {
			return errors.New("it unpacks to too much")
		}
		r, err := f.Open()
		if err != nil {
			return err
		}
		if err := errors.Join(d.file(f.Name, r), r.Close()); err != nil {
			return err
		}
	}
	return nil
}

func (d *Database) tarred(where string) (err error) {
	f, err := os.Open(where) //nolint:gosec // the operator names it
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	unpacked, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	limit := &io.LimitedReader{R: unpacked, N: totalMax}
	archive := tar.NewReader(limit)
	for {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) && limit.N > 0 {
			// The end of the archive may be a cut file: only gzip's own checksum tells.
			_, err := io.Copy(io.Discard, limit)
			return err
		}
		if err != nil {
			return err
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		if err := d.file(h.Name, archive); err != nil {
			return err
		}
	}
}

// file reads one file of the database: an entry, or index/db.json with its date.
func (d *Database) file(name string, r io.Reader) error {
	folder, base := path.Base(path.Dir(name)), path.Base(name)
	stamp := folder == "index" && base == "db.json"
	if !stamp && (folder == "index" || !strings.HasSuffix(base, ".json")) {
		return nil
	}
	whole, err := io.ReadAll(io.LimitReader(r, entryMax+1))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if len(whole) > entryMax {
		return fmt.Errorf("%s: more than %d bytes", name, entryMax)
	}
	if stamp {
		return d.stamp(whole)
	}
	var e entry
	if err := json.Unmarshal(whole, &e); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if e.ID == "" {
		return fmt.Errorf("%s: an entry without an id", name)
	}
	if d.entries++; d.entries > entriesMax {
		return fmt.Errorf("more than %d entries", entriesMax)
	}
	d.add(e)
	return nil
}

func (d *Database) stamp(whole []byte) error {
	var s struct {
		Modified time.Time `json:"modified"`
	}
	if err := json.Unmarshal(whole, &s); err != nil {
		return fmt.Errorf("index/db.json: %w", err)
	}
	if s.Modified.Year() > 2000 {
		d.modified = s.Modified.UTC()
	}
	return nil
}

func (d *Database) add(e entry) {
	if newer(e.ID, d.newest) {
		d.newest = e.ID
	}
	if e.Withdrawn != nil {
		return
	}
	for _, a := range e.Affected {
		if a.Package.Ecosystem != "Go" {
			continue
		}
		d.faults[a.Package.Name] = append(d.faults[a.Package.Name], known{e.ID, e.Aliases, e.Summary, a.Ranges, a.Specific.Imports})
	}
}

// newer orders ids such as GO-2026-999 and GO-2026-5681, whose last numbers grow in length.
func newer(id, than string) bool {
	return len(id) > len(than) || len(id) == len(than) && id > than
}
