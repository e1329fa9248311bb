package geo

import (
	"errors"
	"fmt"
	"io"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/oschwald/maxminddb-golang/v2"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
)

const (
	fileMax    = 1 << 30 // bytes
	cityMax    = 80      // runes
	networkMax = 12      // bytes of AS4294967295
	radiusMax  = 500     // kilometres: a point that is less certain is none
)

// Finder looks addresses up. It may be used by many at once.
type Finder struct {
	files []file
}

type file struct {
	source Source
	reader *maxminddb.Reader
}

// Source is a file in use.
type Source struct {
	Name  string // of the file
	Type  string // as the file calls itself, such as GeoLite2-City
	Built time.Time
}

var _ assurance.Places = (*Finder)(nil)

// Open reads the files; without any, every place is unknown. It fails with Invalid
// geo.bad_file for a file that cannot be read or is not in the format.
func Open(paths ...string) (*Finder, error) {
	f := &Finder{}
	for _, path := range paths {
		opened, err := open(path)
		if err != nil {
			return nil, fault.New(fault.Invalid, "geo.bad_file", "The file {file} cannot be used as a map of addresses.").With("file", filepath.Base(path)).Because(err)
		}
		f.files = append(f.files, opened)
	}
	return f, nil
}

// open reads a whole file: a mapped one would end the process if somebody cut it short.
func open(path string) (opened file, err error) {
	raw, err := os.Open(path) //nolint:gosec // the operator names it
	if err != nil {
		return file{}, err
	}
	defer func() { err = errors.Join(err, raw.Close()) }()
	whole, err := io.ReadAll(io.LimitReader(raw, fileMax+1))
	if err != nil {
		return file{}, err
	}
	if len(whole) > fileMax {
		return file{}, fmt.Errorf("more than %d bytes", fileMax)
	}
	reader, err := maxminddb.OpenBytes(whole)
	if err != nil {
		return file{}, err
	}
	return file{Source{filepath.Base(path), reader.Metadata.DatabaseType, reader.Metadata.BuildTime().UTC()}, reader}, nil
}

// Sources lists the files in use, in the order given to [Open].
func (f *Finder) Sources() []Source {
	all := make([]Source, 0, len(f.files))
	for _, one := range f.files {
		all = append(all, one.source)
	}
	return all
}

// Locate returns what the files know of an address, which may have a port or a zone. An address
// that is none, or is in no file, gives the empty place.
func (f *Finder) Locate(address string) assurance.Place {
	var p assurance.Place
	ip, ok := parse(address)
	if !ok {
		return p
	}
	for _, one := range f.files {
		found := one.reader.Lookup(ip)
		if found.Found() {
			add(&p, found)
		}
	}
	return p
}

func parse(address string) (netip.Addr, bool) {
	ip, err := netip.ParseAddr(strings.Trim(address, "[]"))
	if err != nil {
		both, err := netip.ParseAddrPort(address)
		if err != nil {
			return netip.Addr{}, false
		}
		ip = both.Addr()
	}
	return ip.Unmap().WithZone(""), true
}

// add fills what is still unknown. A member of another type than expected counts as missing.
func add(p *assurance.Place, found maxminddb.Result) {
	if p.Country == "" {
		p.Country = country(first(found, []any{"country", "iso_code"}, []any{"country_code"}, []any{"registered_country", "iso_code"}))
	}
	if p.City == "" {
		p.City = city(first(found, []any{"city", "names", "en"}, []any{"city"}))
	}
	if p.Network == "" {
		p.Network = network(found)
	}
	if p.Located {
		return
	}
	lat, ok := coordinate(found, "latitude", 90)
	long, also := coordinate(found, "longitude", 180)
	if ok && also && certain(found) {
		p.Latitude, p.Longitude, p.Located = lat, long, true
	}
}

// first returns the first of the paths that holds text.
func first(found maxminddb.Result, paths ...[]any) string {
	for _, path := range paths {
		var s string
		if err := found.DecodePath(&s, path...); err == nil && s != "" {
			return s
		}
	}
	return ""
}

func country(code string) string {
	if len(code) != 2 || code[0] < 'A' || code[0] > 'Z' || code[1] < 'A' || code[1] > 'Z' {
		return ""
	}
	return code
}

func city(name string) string {
	name = strings.ToValidUTF8(name, "")
	var out []rune
	for _, r := range name {
		if len(out) == cityMax {
			break
		}
		if unicode.IsPrint(r) {
			out = append(out, r)
		}
	}
	return strings.TrimSpace(string(out))
}

func network(found maxminddb.Result) string {
	var number uint64
	if err := found.DecodePath(&number, "autonomous_system_number"); err == nil && number > 0 && number <= math.MaxUint32 {
		return "AS" + strconv.FormatUint(number, 10)
	}
	digits, prefixed := strings.CutPrefix(first(found, []any{"asn"}), "AS")
	if number, err := strconv.ParseUint(digits, 10, 32); prefixed && err == nil && number > 0 && len(digits)+2 <= networkMax {
		return "AS" + strconv.FormatUint(number, 10)
	}
	return ""
}

func coordinate(found maxminddb.Result, name string, most float64) (float64, bool) {
	var degrees *float64
	if err := found.DecodePath(&degrees, "location", name); err != nil || degrees == nil || math.IsNaN(*degrees) || math.Abs(*degrees) > most {
		return 0, false
	}
	return *degrees, true
}

func certain(found maxminddb.Result) bool {
	var kilometres *uint64
	err := found.DecodePath(&kilometres, "location", "accuracy_radius")
	return err == nil && (kilometres == nil || *kilometres <= radiusMax)
}
