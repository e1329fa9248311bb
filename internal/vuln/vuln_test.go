package vuln_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"fondaco/internal/vuln"
)

// invented is a database with entries of every form that ranges take.
func invented() map[string]string {
	entry := func(id, module, events, more string) string {
		return `{"schema_version":"1.3.1","id":"` + id + `","summary":"` + id + ` in ` + module + `","aliases":["CVE-` + id + `"],"details":"…",
		"affected":[{"package":{"name":"` + module + `","ecosystem":"Go"},"ranges":[{"type":"SEMVER","events":[` + events + `]}]` + more + `}]}`
	}
	return map[string]string{
		"index/db.json":            `{"modified":"2026-11-20T10:00:00Z"}`,
		"index/modules.json":       `[{"path":"x"}]`,
		"ID/GO-2026-0001.json":     entry("GO-2026-0001", "example.com/fixed", `{"introduced":"0"},{"fixed":"1.4.2"}`, ""),
		"ID/GO-2026-0002.json":     entry("GO-2026-0002", "example.com/twice", `{"introduced":"0"},{"fixed":"1.17.12"},{"introduced":"1.18.0-0"},{"fixed":"1.18.4"}`, ""),
		"ID/GO-2026-0003.json":     entry("GO-2026-0003", "example.com/open", `{"introduced":"1.2.0"}`, ""),
		"ID/GO-2026-0004.json":     entry("GO-2026-0004", "example.com/last", `{"introduced":"0"},{"last_affected":"2.0.0"}`, ""),
		"ID/GO-2026-0005.json":     entry("GO-2026-0005", "stdlib", `{"introduced":"0"},{"fixed":"1.25.11"},{"introduced":"1.26.0-0"},{"fixed":"1.26.9"}`, ""),
		"ID/GO-2026-0006.json":     entry("GO-2026-0006", "example.com/windows", `{"introduced":"0"}`, `,"ecosystem_specific":{"imports":[{"path":"p","goos":["windows"]}]}`),
		"ID/GO-2026-0007.json":     entry("GO-2026-0007", "example.com/pseudo", `{"introduced":"0"},{"fixed":"0.0.0-20260102000000-abcdefabcdef"}`, ""),
		"ID/GO-2026-0008.json":     strings.Replace(entry("GO-2026-0008", "example.com/fixed", `{"introduced":"0"}`, ""), `"summary"`, `"withdrawn":"2026-01-01T00:00:00Z","summary"`, 1),
		"ID/GO-2026-0009.json":     entry("GO-2026-0009", "example.com/replaced", `{"introduced":"0"}`, ""),
		"ID/GO-2026-10000.json":    entry("GO-2026-10000", "example.com/none", `{"introduced":"0"}`, ""),
		"ID/GO-2026-0010.json":     strings.Replace(entry("GO-2026-0010", "example.com/elsewhere", `{"introduced":"0"}`, ""), `"Go"`, `"npm"`, 1),
		"ID/GO-2026-0011.json":     entry("GO-2026-0011", "example.com/major/v2", `{"introduced":"2.0.0"},{"fixed":"2.3.0"}`, ""),
		"ID/GO-2026-0012.json":     `{"id":"GO-2026-0012","affected":[{"package":{"name":"example.com/every","ecosystem":"Go"}}]}`,
		"LICENSE.txt":              "not JSON",
		"ID/GO-2026-0013.json.bak": "not JSON",
	}
}

func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	where := t.TempDir()
	for name, content := range files {
		path := filepath.Join(where, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return where
}

func tarred(t *testing.T, files map[string]string) string {
	t.Helper()
	var whole bytes.Buffer
	z := gzip.NewWriter(&whole)
	a := tar.NewWriter(z)
	for name, content := range files {
		if err := a.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(content)), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if a.Close() != nil || z.Close() != nil {
		t.Fatal("not closed")
	}
	return written(t, "db.tar.gz", whole.Bytes())
}

func zipped(t *testing.T, files map[string]string) string {
	t.Helper()
	var whole bytes.Buffer
	z := zip.NewWriter(&whole)
	for name, content := range files {
		f, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return written(t, "db.zip", whole.Bytes())
}

func written(t *testing.T, name string, whole []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func linux() vuln.Platform { return vuln.Platform{OS: "linux", Processor: "amd64"} }

func TestFaultyModulesAreFoundInEveryFormOfDatabase(t *testing.T) {
	t.Parallel()
	program := &debug.BuildInfo{GoVersion: "go1.26.8 X:something", Main: debug.Module{Path: "example.com/open", Version: "v9.0.0"}, Deps: []*debug.Module{
		{Path: "example.com/fixed", Version: "v1.4.1"},
		{Path: "example.com/twice", Version: "v1.18.3"},
		{Path: "example.com/open", Version: "v1.2.0"},
		{Path: "example.com/last", Version: "v2.0.0"},
		{Path: "example.com/windows", Version: "v1.0.0"},
		{Path: "example.com/pseudo", Version: "v0.0.0-20260101000000-000000000000"},
		{Path: "example.com/before", Version: "v1.0.0", Replace: &debug.Module{Path: "example.com/replaced", Version: "v1.0.0"}},
		{Path: "example.com/local", Version: "v1.0.0", Replace: &debug.Module{Path: "../local"}},
		{Path: "example.com/elsewhere", Version: "v1.0.0"},
		{Path: "example.com/major/v2", Version: "v2.2.9+incompatible"},
		{Path: "example.com/every", Version: "v1.0.0"},
		{Path: "example.com/unheard-of", Version: "v1.0.0"},
	}}
	want := []string{
		"example.com/every v1.0.0 GO-2026-0012 ", "example.com/fixed v1.4.1 GO-2026-0001 1.4.2", "example.com/last v2.0.0 GO-2026-0004 ",
		"example.com/major/v2 v2.2.9+incompatible GO-2026-0011 2.3.0", "example.com/open v1.2.0 GO-2026-0003 ",
		"example.com/pseudo v0.0.0-20260101000000-000000000000 GO-2026-0007 0.0.0-20260102000000-abcdefabcdef",
		"example.com/replaced v1.0.0 GO-2026-0009 ", "example.com/twice v1.18.3 GO-2026-0002 1.18.4", "stdlib 1.26.8 GO-2026-0005 1.26.9",
	}
	for form, where := range map[string]string{"folder": folder(t, invented()), "tar.gz": tarred(t, invented()), "zip": zipped(t, invented())} {
		d, err := vuln.Open(where)
		if err != nil {
			t.Fatalf("%s: %v", form, err)
		}
		if d.Entries() != 13 || d.Newest() != "GO-2026-10000" || !d.Modified().Equal(time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)) {
			t.Errorf("%s: %d entries up to %s of %v", form, d.Entries(), d.Newest(), d.Modified())
		}
		r := d.Compare(program, linux())
		var got []string
		for _, f := range r.Faults {
			got = append(got, f.Module+" "+f.Version+" "+f.ID+" "+f.Fixed)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: found\n%s\nwant\n%s", form, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if r.Modules != 12 || !slices.Equal(r.Unread, []string{"../local"}) || r.Standard != "1.26.8" {
			t.Errorf("%s: compared %d, could not read %q, Go %s", form, r.Modules, r.Unread, r.Standard)
		}
	}
}

func TestARangeHoldsExactlyWhatItSays(t *testing.T) {
	t.Parallel()
	d, err := vuln.Open(folder(t, invented()))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		module, version string
		faulty          bool
	}{
		{"example.com/fixed", "v0.0.0", true},
		{"example.com/fixed", "v1.4.2-rc.1", true},
		{"example.com/fixed", "v1.4.2", false},
		{"example.com/fixed", "v2.0.0", false},
		{"example.com/twice", "v1.17.11", true},
		{"example.com/twice", "v1.17.12", false},
		{"example.com/twice", "v1.17.99", false},
		{"example.com/twice", "v1.18.0-rc.1", true},
		{"example.com/twice", "v1.18.4", false},
		{"example.com/open", "v1.1.9", false},
		{"example.com/open", "v99.0.0", true},
		{"example.com/last", "v2.0.0", true},
		{"example.com/last", "v2.0.1", false},
		{"example.com/pseudo", "v0.0.0-20260102000000-abcdefabcdef", false},
		{"example.com/major/v2", "v2.3.0", false},
		{"example.com/elsewhere", "v1.0.0", false},
	} {
		r := d.Compare(&debug.BuildInfo{GoVersion: "go1.26.9", Deps: []*debug.Module{{Path: c.module, Version: c.version}}}, linux())
		if got := len(r.Faults) > 0; got != c.faulty {
			t.Errorf("%s %s: faulty %t", c.module, c.version, got)
		}
	}
	windows := &debug.BuildInfo{GoVersion: "go1.26.9", Deps: []*debug.Module{{Path: "example.com/windows", Version: "v1.0.0"}}}
	if got := d.Compare(windows, vuln.Platform{OS: "windows", Processor: "amd64"}); len(got.Faults) != 1 || !slices.Equal(got.Faults[0].Packages, []string{"p"}) {
		t.Errorf("on Windows: %+v", got)
	}
}

func TestVersionsOfGoAreRead(t *testing.T) {
	t.Parallel()
	d, err := vuln.Open(folder(t, invented()))
	if err != nil {
		t.Fatal(err)
	}
	for version, want := range map[string]string{
		"go1.26.8": "1.26.8", "go1.26": "1.26.0", "go1.27rc1": "1.27.0-rc.1", "go1.26.8 X:rangefunc": "1.26.8", "go1.26.8-custom": "1.26.8",
		"devel go1.27-abcdef": "", "": "", "go1": "", "go1.26.8evil": "",
	} {
		r := d.Compare(&debug.BuildInfo{GoVersion: version}, linux())
		if r.Standard != want || (want == "") != (len(r.Unread) == 1) {
			t.Errorf("%q is %q, not compared: %q", version, r.Standard, r.Unread)
		}
	}
}

func TestADatabaseThatCannotBeReadNeverMeansThatAllIsWell(t *testing.T) {
	t.Parallel()
	whole, err := os.ReadFile(tarred(t, invented()))
	if err != nil {
		t.Fatal(err)
	}
	for name, where := range map[string]string{
		"missing":      filepath.Join(t.TempDir(), "none"),
		"empty":        t.TempDir(),
		"only index":   folder(t, map[string]string{"index/db.json": `{}`}),
		"broken entry": folder(t, map[string]string{"ID/GO-1.json": `{"id":"GO-1","affected":[`}),
		"no id":        folder(t, map[string]string{"ID/GO-1.json": `{}`}),
		"broken date":  folder(t, map[string]string{"ID/GO-1.json": `{"id":"GO-1"}`, "index/db.json": `nonsense`}),
		"no archive":   written(t, "db.tar.gz", []byte("nonsense")),
		"no zip":       written(t, "db.zip", []byte("nonsense")),
		"cut":          written(t, "db.tar.gz", whole[:len(whole)/2]),
		"cut at end":   written(t, "db.tar.gz", whole[:len(whole)-4]),
	} {
		if d, err := vuln.Open(where); err == nil {
			t.Errorf("%s: %d entries and no error", name, d.Entries())
		}
	}
}

func TestThePublishedDatabaseKnowsOldFaultsAndReadsThisProgram(t *testing.T) {
	t.Parallel()
	root := os.Getenv("FONDACO_DATA")
	if root == "" {
		t.Skip("FONDACO_DATA names no folder of reference data")
	}
	d, err := vuln.Open(filepath.Join(root, "govulndb", "govulndb.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	if d.Entries() < 4000 {
		t.Errorf("%d entries", d.Entries())
	}
	// GO-2022-0515 is a fault of go/parser, mended in Go 1.17.12 and 1.18.4; GO-2021-0113 of x/text, mended in 0.3.7.
	old := d.Compare(&debug.BuildInfo{GoVersion: "go1.18.3", Deps: []*debug.Module{{Path: "golang.org/x/text", Version: "v0.3.6"}}}, linux())
	has := func(id, fixed string) bool {
		return slices.ContainsFunc(old.Faults, func(f vuln.Fault) bool { return f.ID == id && f.Fixed == fixed })
	}
	if !has("GO-2022-0515", "1.18.4") || !has("GO-2021-0113", "0.3.7") {
		t.Errorf("old faults are not known among %d", len(old.Faults))
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		t.Fatal("no build info")
	}
	now := d.Compare(info, vuln.Platform{OS: runtime.GOOS, Processor: runtime.GOARCH})
	if now.Modules == 0 || now.Standard == "" {
		t.Errorf("%+v", now)
	}
	t.Logf("%d entries up to %s; %d modules compared, Go %s, %d faults: %+v", d.Entries(), d.Newest(), now.Modules, now.Standard, len(now.Faults), now.Faults)
}

func FuzzAnyEntryIsReadOrRefused(f *testing.F) {
	for name, content := range invented() {
		if strings.HasPrefix(name, "ID/") {
			f.Add(content, "v1.2.3")
		}
	}
	f.Fuzz(func(t *testing.T, content, version string) {
		d, err := vuln.Open(folder(t, map[string]string{"ID/x.json": content}))
		if err != nil {
			return
		}
		r := d.Compare(&debug.BuildInfo{GoVersion: "go1.26.8", Deps: []*debug.Module{{Path: "example.com/fixed", Version: version}}}, linux())
		if d.Entries() != 1 || r.Modules+len(r.Unread) != 2 {
			t.Errorf("%d entries, %+v", d.Entries(), r)
		}
	})
}
