package watchlist_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"fondaco/internal/fault"
	"fondaco/internal/trade/screening"
	"fondaco/internal/watchlist"
)

// folder writes files into a new folder.
func folder(t *testing.T, parts map[string]watchlist.Part) string {
	t.Helper()
	dir := t.TempDir()
	for name, p := range parts {
		if err := os.WriteFile(filepath.Join(dir, name), p.Body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func codesOf(lists []screening.List) []string {
	var codes []string
	for _, l := range lists {
		codes = append(codes, l.Code)
	}
	return codes
}

func TestAFolderIsReadByWhatItsFilesHold(t *testing.T) {
	t.Parallel()
	lists, problems, err := watchlist.ReadDir("testdata/lists")
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"eu", "ofac-sdn", "own:own", "uk", "un", "us-csl"}; !slices.Equal(codesOf(lists), want) {
		t.Errorf("lists %v, want %v", codesOf(lists), want)
	}
	if len(problems) != 1 || problems[0].File != "NOTES.md" || problems[0].Code != "watchlist.unknown_format" {
		t.Errorf("problems %v", problems)
	}
	csl := lists[5]
	if len(csl.Entries) != 1 || csl.Entries[0].ID != "aa01" {
		t.Errorf("the CSL keeps rows of a list that is there by itself: %v", csl.Entries)
	}
}

func TestFilesWithOtherNamesAreFoundAndCompanionsMeet(t *testing.T) {
	t.Parallel()
	p := sdn(t)
	cons := func(i int) watchlist.Part {
		body := bytes.ReplaceAll(p[i].Body, []byte("101,"), []byte("901,"))
		body = bytes.ReplaceAll(body, []byte("102,"), []byte("902,"))
		return watchlist.Part{Body: bytes.ReplaceAll(body, []byte("103,"), []byte("903,"))}
	}
	second := cons(0)
	second.Body = bytes.ReplaceAll(second.Body, []byte("DEMO1"), []byte("NS-PLC"))
	dir := folder(t, map[string]watchlist.Part{
		"1": p[0], "2": p[1], "3": p[2], "4": cons(1), "5": second, "6": cons(2), "7": part(t, "lists/eu.xml"), "8": part(t, "former/uk_sanctions_list.csv"),
	})
	lists, problems, err := watchlist.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"eu", "ofac-cons", "ofac-sdn", "uk"}; !slices.Equal(codesOf(lists), want) || len(problems) > 0 {
		t.Fatalf("lists %v, want %v; problems %v", codesOf(lists), want, problems)
	}
	for i, first := range map[int]string{1: "901", 2: "101"} {
		if e := lists[i].Entries[0]; e.ID != first || len(e.Names) != 3 || !slices.Contains(e.Countries, "IR") {
			t.Errorf("%s: entry %s has names %v and countries %v", lists[i].Code, e.ID, e.Names, e.Countries)
		}
	}
}

func TestAListThatIsRefusedDoesNotTakeOthersWithIt(t *testing.T) {
	t.Parallel()
	broken := part(t, "lists/sdn.csv")
	broken.Body = bytes.Replace(broken.Body, []byte("102,"), []byte("101,"), 1)
	un := part(t, "lists/un.xml")
	un.Body = un.Body[:len(un.Body)/2]
	dir := folder(t, map[string]watchlist.Part{
		"sdn.csv": broken, "alt.csv": sdn(t)[1], "add.csv": sdn(t)[2], "un.xml": un, "csl.csv": part(t, "lists/csl.csv"), "stray.csv": {Body: []byte("5,6,\"aka\",\"X Y\",-0- \n")},
	})
	lists, problems, err := watchlist.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(lists) != 1 || len(lists[0].Entries) != 2 {
		t.Fatalf("lists %v: rows of the list that is refused must come from the CSL", codesOf(lists))
	}
	got := map[string]string{}
	for _, p := range problems {
		got[p.File] = p.Code
	}
	want := map[string]string{"sdn.csv": "watchlist.duplicate_ids", "un.xml": "watchlist.truncated", "stray.csv": "watchlist.mismatched"}
	for file, code := range want {
		if got[file] != code {
			t.Errorf("%s: %q, want %s (all: %v)", file, got[file], code, problems)
		}
	}
}

func TestNamesWithoutCompanionsAreUsedAndSaid(t *testing.T) {
	t.Parallel()
	lists, problems, err := watchlist.ReadDir(folder(t, map[string]watchlist.Part{"sdn.csv": sdn(t)[0]}))
	if err != nil {
		t.Fatal(err)
	}
	if len(lists) != 1 || len(lists[0].Entries) != 3 || len(problems) != 2 || problems[0].Code != "watchlist.truncated" {
		t.Errorf("lists %v, problems %v", codesOf(lists), problems)
	}
	if _, _, err := watchlist.ReadDir(filepath.Join(t.TempDir(), "nowhere")); fault.CodeOf(err) != "watchlist.unreadable" {
		t.Errorf("no folder: %v", err)
	}
}

func TestAListThatShrinksTooMuchIsRefused(t *testing.T) {
	t.Parallel()
	list := func(entries, names int) screening.List {
		l := screening.List{Code: "demo"}
		for range entries {
			l.Entries = append(l.Entries, screening.Entry{Names: make([]screening.Name, names)})
		}
		return l
	}
	for _, tt := range []struct {
		name          string
		before, after screening.List
		percent       int
		refused       bool
	}{
		{"the first version", list(0, 0), list(1, 1), 20, false},
		{"as long", list(100, 2), list(100, 2), 20, false},
		{"at the limit", list(100, 1), list(80, 1), 20, false},
		{"past the limit", list(100, 1), list(79, 1), 20, true},
		{"entries whole, names halved", list(100, 4), list(100, 2), 20, true},
		{"a limit of its own", list(100, 1), list(79, 1), 50, false},
		{"nothing left", list(100, 1), list(0, 0), 50, true},
	} {
		err := watchlist.Check(tt.before, tt.after, tt.percent)
		if tt.refused != (fault.CodeOf(err) == "watchlist.shrunk") || !tt.refused && err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestChangesNameWhatIsNewGoneAndDifferent(t *testing.T) {
	t.Parallel()
	before, err := watchlist.Parse("own:demo", fixtures(t)["own:demo"])
	if err != nil {
		t.Fatal(err)
	}
	if c := watchlist.Diff(before, before); !c.None() {
		t.Errorf("a list differs from itself: %v", c)
	}
	p := part(t, "lists/own.csv")
	p.Body = bytes.Replace(p.Body, []byte("W-3"), []byte("W-4"), 1)
	p.Body = bytes.Replace(p.Body, []byte("2011"), []byte("2012"), 1)
	after, err := watchlist.Parse("own:demo", []watchlist.Part{p})
	if err != nil {
		t.Fatal(err)
	}
	c := watchlist.Diff(before, after)
	if !slices.Equal(c.Added, []string{"W-4"}) || !slices.Equal(c.Removed, []string{"W-3"}) || !slices.Equal(c.Changed, []string{"W-2"}) {
		t.Errorf("changes %+v", c)
	}
}
