package geo_test

import (
	"bytes"
	"math"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/geo"
)

type (
	dict = mmdbtype.Map
	text = mmdbtype.String
)

// build makes a file in the format, with these networks. The networks are those that
// RFC 5737 and RFC 3849 keep for examples.
func build(t testing.TB, kind string, networks map[string]dict) []byte {
	t.Helper()
	tree, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: kind, BuildEpoch: 1_790_000_000, IncludeReservedNetworks: true})
	if err != nil {
		t.Fatal(err)
	}
	for network, record := range networks {
		_, parsed, err := net.ParseCIDR(network)
		if err != nil {
			t.Fatal(err)
		}
		if err := tree.Insert(parsed, record); err != nil {
			t.Fatal(err)
		}
	}
	var whole bytes.Buffer
	if _, err := tree.WriteTo(&whole); err != nil {
		t.Fatal(err)
	}
	return whole.Bytes()
}

func point(lat, long float64, radius uint16) dict {
	return dict{"latitude": mmdbtype.Float64(lat), "longitude": mmdbtype.Float64(long), "accuracy_radius": mmdbtype.Uint16(radius)}
}

func cities() map[string]dict {
	hamburg := dict{"country": dict{"iso_code": text("DE")}, "city": dict{"names": dict{"en": text("Hamburg"), "zh-CN": text("汉堡")}}, "location": point(53.55, 9.99, 20)}
	return map[string]dict{
		"192.0.2.0/25":      hamburg,
		"192.0.2.128/25":    {"registered_country": dict{"iso_code": text("CN")}, "location": point(35, 105, 1000)},
		"198.51.100.0/24":   {"country": dict{"iso_code": text("de")}, "city": dict{"names": dict{"en": text("a\x00b\u202ec" + strings.Repeat("x", 200))}}, "location": point(91, 200, 1)},
		"203.0.113.0/24":    {"country": text("Germany"), "country_code": text("DE"), "city": text("Kiel"), "asn": text("AS64500"), "location": text("north")},
		"2001:db8:1::/48":   hamburg,
		"2001:db8:2::/48":   {"location": dict{"latitude": mmdbtype.Float64(0), "longitude": mmdbtype.Float64(0)}},
		"2001:db8:bad::/48": {"location": dict{"latitude": mmdbtype.Float64(math.NaN()), "longitude": mmdbtype.Float64(1)}, "asn": text("AS99999999999999")},
	}
}

func networks() map[string]dict {
	return map[string]dict{
		"192.0.2.0/24":    {"autonomous_system_number": mmdbtype.Uint32(64496), "autonomous_system_organization": text("Example Net")},
		"2001:db8::/32":   {"autonomous_system_number": mmdbtype.Uint32(4294967295)},
		"198.51.100.0/24": {"autonomous_system_number": text("64499")},
	}
}

func finder(t testing.TB, files ...[]byte) *geo.Finder {
	t.Helper()
	var paths []string
	for i, whole := range files {
		path := filepath.Join(t.TempDir(), string(rune('a'+i))+".mmdb")
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	f, err := geo.Open(paths...)
	if err != nil {
		t.Fatalf("%+v", err)
	}
	return f
}

func TestAnAddressIsFound(t *testing.T) {
	t.Parallel()
	f := finder(t, build(t, "Test-City", cities()), build(t, "Test-ASN", networks()))
	hamburg := assurance.Place{Country: "DE", City: "Hamburg", Network: "AS64496", Latitude: 53.55, Longitude: 9.99, Located: true}
	six := hamburg
	six.Network = "AS4294967295"
	for address, want := range map[string]assurance.Place{
		"192.0.2.7":                   hamburg,
		"192.0.2.7:443":               hamburg,
		"::ffff:192.0.2.7":            hamburg,
		"[::ffff:192.0.2.7]:443":      hamburg,
		"2001:db8:1::5":               six,
		"[2001:db8:1::5]":             six,
		"[2001:db8:1::5%eth0]:443":    six,
		"192.0.2.200":                 {Country: "CN", Network: "AS64496"}, // known as a country only: no point
		"203.0.113.9":                 {Country: "DE", City: "Kiel", Network: "AS64500"},
		"198.51.100.1":                {City: "abc" + strings.Repeat("x", 77)},
		"2001:db8:2::1":               {Network: "AS4294967295", Located: true}, // zero and zero is a point in the sea
		"2001:db8:bad::1":             {Network: "AS4294967295"},
		"10.0.0.1":                    {},
		"127.0.0.1":                   {},
		"::1":                         {},
		"":                            {},
		"nowhere":                     {},
		"192.0.2.7, 192.0.2.8":        {},
		"192.0.2":                     {},
		strings.Repeat("1", 1_000_00): {},
	} {
		if got := f.Locate(address); got != want {
			t.Errorf("%.40s is at %+v, want %+v", address, got, want)
		}
	}
	sources := f.Sources()
	if len(sources) != 2 || sources[0].Type != "Test-City" || sources[1].Name != "b.mmdb" || !sources[0].Built.Equal(time.Unix(1_790_000_000, 0)) {
		t.Errorf("sources %+v", sources)
	}
}

func TestWithoutAFileEveryPlaceIsUnknown(t *testing.T) {
	t.Parallel()
	f := finder(t)
	if got := f.Locate("192.0.2.7"); got != (assurance.Place{}) || len(f.Sources()) != 0 {
		t.Errorf("at %+v", got)
	}
}

func TestAFileThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	whole := build(t, "Test-City", cities())
	folder := t.TempDir()
	for name, content := range map[string][]byte{"empty": {}, "text": []byte("not a database"), "cut": whole[:len(whole)/2]} {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := geo.Open(path); fault.CodeOf(err) != "geo.bad_file" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, path := range []string{folder, filepath.Join(folder, "missing")} {
		if _, err := geo.Open(path); fault.CodeOf(err) != "geo.bad_file" {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestCuttingAFileLaterHarmsNobody(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "city.mmdb")
	if err := os.WriteFile(path, build(t, "Test-City", cities()), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := geo.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	if got := f.Locate("192.0.2.7"); got.City != "Hamburg" {
		t.Errorf("at %+v", got)
	}
}

func FuzzAnyFileGivesAWellFormedPlace(f *testing.F) {
	f.Add(build(f, "Test-City", cities()), "192.0.2.7")
	f.Add(build(f, "Test-ASN", networks()), "2001:db8::1")
	f.Fuzz(func(t *testing.T, whole []byte, address string) {
		path := filepath.Join(t.TempDir(), "x.mmdb")
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		finder, err := geo.Open(path)
		if err != nil {
			return
		}
		p := finder.Locate(address)
		if len(p.Country) != 0 && len(p.Country) != 2 || !utf8.ValidString(p.City) || math.Abs(p.Latitude) > 90 || math.Abs(p.Longitude) > 180 || len(p.Network) > 12 {
			t.Errorf("place %+v", p)
		}
	})
}
