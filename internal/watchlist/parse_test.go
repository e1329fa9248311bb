package watchlist_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fondaco/internal/fault"
	"fondaco/internal/trade/screening"
	"fondaco/internal/watchlist"
)

// part reads a file of testdata.
func part(t testing.TB, path string) watchlist.Part {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", path))
	if err != nil {
		t.Fatal(err)
	}
	return watchlist.Part{Name: filepath.Base(path), Body: body}
}

func sdn(t testing.TB) []watchlist.Part {
	t.Helper()
	return []watchlist.Part{part(t, "lists/sdn.csv"), part(t, "lists/alt.csv"), part(t, "lists/add.csv"), part(t, "lists/sdn_comments.csv")}
}

// fixtures are all invented lists, one of each format.
func fixtures(t testing.TB) map[string][]watchlist.Part {
	t.Helper()
	one := func(path string) []watchlist.Part { return []watchlist.Part{part(t, path)} }
	return map[string][]watchlist.Part{
		"ofac-sdn": sdn(t), "us-csl": one("lists/csl.csv"), "un": one("lists/un.xml"), "eu": one("lists/eu.xml"), "uk": one("lists/uk.csv"),
		"own:demo": one("lists/own.csv"), "eu-former": one("former/eu_former.xml"), "uk-new": one("former/uk_sanctions_list.csv"),
	}
}

// told writes a list for comparison, one fact in a line.
func told(l screening.List) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", l.Code, l.Version)
	for _, e := range l.Entries {
		fmt.Fprintf(&b, "%s %s ref=%q listed=%s countries=%v programmes=%q\n", e.ID, e.Kind, e.Reference, e.Listed, e.Countries, e.Programmes)
		for _, n := range e.Names {
			fmt.Fprintf(&b, "  name %q %s weak=%t native=%t\n", n.Text, n.Type, n.Weak, n.Native)
		}
		for _, d := range e.Births {
			fmt.Fprintf(&b, "  birth %d-%d-%d about=%t span=%t\n", d.Year, d.Month, d.Day, d.About, d.Span)
		}
		for _, p := range e.Places {
			fmt.Fprintf(&b, "  place %q\n", p)
		}
		for _, i := range e.Identifiers {
			fmt.Fprintf(&b, "  paper %s %q %s\n", i.Type, i.Value, i.Country)
		}
		if e.Remarks != "" {
			fmt.Fprintf(&b, "  remarks %q\n", e.Remarks)
		}
	}
	return b.String()
}

func TestEveryFormatIsReadToTheLastFact(t *testing.T) {
	t.Parallel()
	var got strings.Builder
	all := fixtures(t)
	codes := make([]string, 0, len(all))
	for code := range all {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	for _, code := range codes {
		l, err := watchlist.Parse(code, all[code])
		if err != nil {
			t.Fatalf("%s: %v", code, err)
		}
		got.WriteString(told(l))
	}
	want, err := os.ReadFile("testdata/read.golden")
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("the lists are read otherwise than testdata/read.golden says:\n%s", differing(got.String(), string(want)))
	}
}

// differing shows the first lines that differ.
func differing(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		a, b := "(end)", "(end)"
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			return fmt.Sprintf("line %d\n got %s\nwant %s", i+1, a, b)
		}
	}
	return ""
}

func TestTheSameBytesGiveTheSameVersionWhateverTheFileIsCalled(t *testing.T) {
	t.Parallel()
	for code, parts := range fixtures(t) {
		a, err := watchlist.Parse(code, parts)
		if err != nil {
			t.Fatal(err)
		}
		renamed := slices.Clone(parts)
		for i := range renamed {
			renamed[i].Name = fmt.Sprintf("download-%d", i)
		}
		b, err := watchlist.Parse(code, renamed)
		if err != nil {
			t.Fatal(err)
		}
		if told(a) != told(b) {
			t.Errorf("%s: a name of a file changed the list", code)
		}
		changed := slices.Clone(parts)
		changed[0].Body = bytes.Replace(slices.Clone(parts[0].Body), []byte("o"), []byte("u"), 1)
		if c, err := watchlist.Parse(code, changed); err == nil && c.Version == a.Version {
			t.Errorf("%s: other bytes have the same version %s", code, a.Version)
		}
	}
}

func TestRowsOfListsThatAreLoadedByThemselvesAreLeftOut(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		besides []string
		want    []string
	}{
		{nil, []string{"aa01", "101"}},
		{[]string{watchlist.OFACSDN}, []string{"aa01"}},
		{[]string{watchlist.OFACConsolidated, watchlist.UN}, []string{"aa01", "101"}},
	} {
		l, err := watchlist.Parse(watchlist.USConsolidated, []watchlist.Part{part(t, "lists/csl.csv")}, tt.besides...)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range l.Entries {
			got = append(got, e.ID)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("beside %v: entries %v, want %v", tt.besides, got, tt.want)
		}
	}
}

// TestAFileCutOffAnywhereIsNeverTakenForAWholeOne cuts every fixture at every byte.
// A table cut between two records is as long as a shorter table: that is what Check
// is for.
func TestAFileCutOffAnywhereIsNeverTakenForAWholeOne(t *testing.T) {
	t.Parallel()
	for code, parts := range fixtures(t) {
		for which, p := range parts {
			for cut := range len(bytes.TrimRight(p.Body, "\r\n\x1a")) {
				if bytes.HasSuffix(p.Body[:cut], []byte("\n")) && p.Body[0] != '<' {
					continue
				}
				some := slices.Clone(parts)
				some[which].Body = p.Body[:cut]
				if _, err := watchlist.Parse(code, some); err == nil {
					t.Errorf("%s: the first %d of %d bytes of %s are taken for a list", code, cut, len(p.Body), p.Name)
				} else if f := fault.Of(err); f.Kind != fault.Refused {
					t.Fatalf("%s cut at %d: %v %s", code, cut, f.Kind, f.Code)
				}
			}
		}
	}
}

func TestAListOfOFACNeedsItsCompanions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		parts []watchlist.Part
		code  string
	}{
		{"no other names", sdn(t)[:1], "watchlist.truncated"},
		{"no addresses", sdn(t)[:2], "watchlist.truncated"},
		{"no names", sdn(t)[1:], "watchlist.truncated"},
		{"other names twice", append(sdn(t), part(t, "lists/alt.csv")), "watchlist.reordered"},
		{"no comments", sdn(t)[:3], ""},
		{"in another order", []watchlist.Part{sdn(t)[2], sdn(t)[0], sdn(t)[1]}, ""},
	} {
		_, err := watchlist.Parse(watchlist.OFACSDN, tt.parts)
		if tt.code == "" && err != nil || tt.code != "" && fault.CodeOf(err) != tt.code {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.code)
		}
	}
}

func TestARemarkThatWasCutOffGoesOnInTheComments(t *testing.T) {
	t.Parallel()
	head := strings.Repeat("x", 979) + "; Passport K12345678"
	remark := head[:1000-7] + "; Passp"
	parts := []watchlist.Part{
		{Name: "sdn.csv", Body: []byte("7,\"A B\",\"individual\",\"DEMO\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\"" + remark + "\"\r\n")},
		{Name: "alt.csv", Body: []byte("7,1,\"aka\",\"C D\",-0- \r\n")},
		{Name: "add.csv", Body: []byte("7,1,-0- ,-0- ,\"Iran\",-0- \r\n")},
		{Name: "sdn_comments.csv", Body: []byte("7,\"ort Z99 (Iran); a.k.a. 'E F'.\"\r\n")},
	}
	if len(remark) != 1000 {
		t.Fatalf("the remark has %d bytes", len(remark))
	}
	l, err := watchlist.Parse(watchlist.OFACSDN, parts)
	if err != nil {
		t.Fatal(err)
	}
	e := l.Entries[0]
	if !slices.Contains(e.Identifiers, screening.Identifier{Type: "passport", Value: "Z99", Country: "IR"}) {
		t.Errorf("identifiers %v", e.Identifiers)
	}
	if !slices.Contains(e.Names, screening.Name{Text: "E F", Type: "aka", Weak: true}) {
		t.Errorf("names %v", e.Names)
	}
}

func TestAFileOfOFACInTheOldEncodingIsReadAndNoOtherIs(t *testing.T) {
	t.Parallel()
	parts := sdn(t)
	parts[1].Body = bytes.Replace(parts[1].Body, []byte("OKTARIN"), []byte("OKT\xc4RIN"), 1)
	l, err := watchlist.Parse(watchlist.OFACSDN, parts)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(l.Entries[0].Names, func(n screening.Name) bool { return n.Text == "OKTÄRIN, Welmar" }) {
		t.Errorf("names %v", l.Entries[0].Names)
	}
	own := part(t, "lists/own.csv")
	own.Body = bytes.Replace(own.Body, []byte("Marek"), []byte("M\xe4rek"), 1)
	if _, err := watchlist.Parse("own:x", []watchlist.Part{own}); fault.CodeOf(err) != "watchlist.bad_encoding" {
		t.Errorf("own list: %v", err)
	}
}

func TestCompanionsOfAnotherListAreRefused(t *testing.T) {
	t.Parallel()
	rows := func(strangers, own int) []byte {
		var b strings.Builder
		for i := range strangers {
			fmt.Fprintf(&b, "%d,%d,\"aka\",\"X Y\",-0- \r\n", 9000+i, i)
		}
		for i := range own {
			fmt.Fprintf(&b, "101,%d,\"aka\",\"OKTARIN %d\",-0- \r\n", 100+i, i)
		}
		return []byte(b.String())
	}
	for _, tt := range []struct {
		strangers, own int
		code           string
	}{{20, 0, "watchlist.mismatched"}, {13, 7, "watchlist.mismatched"}, {12, 8, ""}, {0, 20, ""}} {
		parts := sdn(t)
		parts[1].Body = rows(tt.strangers, tt.own)
		l, err := watchlist.Parse(watchlist.OFACSDN, parts)
		if fault.CodeOf(err) != tt.code {
			t.Errorf("%d of %d rows of another list: %v", tt.strangers, tt.strangers+tt.own, err)
		}
		if err == nil && len(l.Entries[0].Names) != 2+tt.own {
			t.Errorf("%d names", len(l.Entries[0].Names))
		}
	}
}
