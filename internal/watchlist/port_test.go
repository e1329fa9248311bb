package watchlist_test

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/watchlist"
)

const (
	ownHeader = "id,kind,name,aliases,births,countries,identifiers,programme,remarks\n"
	ownRow    = "Z-1,person,Marek Zoltanov,,,,,house,\n"
)

// stocked is a folder with the sample lists in it.
func stocked(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/lists")); err != nil {
		t.Fatal(err)
	}
	return dir
}

func shelf(t *testing.T, o watchlist.ShelfOptions) *watchlist.Shelf {
	t.Helper()
	if o.Reader == nil {
		o.Reader = watchlist.NewReader(watchlist.Options{Now: time.Now})
	}
	s, err := watchlist.NewShelf(o)
	if err != nil {
		t.Fatalf("%+v", err)
	}
	return s
}

func codes(s *watchlist.Shelf) (out []string) {
	for _, l := range s.Sources() {
		out = append(out, l.Code)
	}
	return out
}

func fetched(t *testing.T, s *watchlist.Shelf, code string, last assurance.ListRow) []byte {
	t.Helper()
	body, err := s.Fetch(t.Context(), code, last)
	if err != nil {
		t.Fatalf("%s: %+v", code, err)
	}
	return body
}

func write(t *testing.T, dir, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAFolderIsReadThroughItsPackedBodies(t *testing.T) {
	t.Parallel()
	dir := stocked(t)
	want, problems, err := watchlist.ReadDir(dir)
	if err != nil || len(want) < 5 {
		t.Fatal(len(want), problems, err)
	}
	s := shelf(t, watchlist.ShelfOptions{Folder: dir})
	if got := codes(s); got[len(got)-1] != watchlist.USConsolidated || len(got) != len(want) {
		t.Errorf("sources %v", got)
	}
	read := map[string]int{}
	for _, code := range codes(s) {
		body := fetched(t, s, code, assurance.ListRow{})
		list, err := s.Parse(code, body)
		if err != nil {
			t.Fatalf("%s: %+v", code, err)
		}
		read[code] = len(list.Entries)
		again := fetched(t, s, code, assurance.ListRow{Code: code, Checksum: evidence.HashOf(body).String()})
		if !bytes.Equal(body, again) {
			t.Errorf("%s: the same files are packed in two ways", code)
		}
		// Another house reads the same out of the same body, whatever else it has.
		elsewhere, err := shelf(t, watchlist.ShelfOptions{}).Parse(code, body)
		if err != nil || len(elsewhere.Entries) != len(list.Entries) || elsewhere.Version != list.Version {
			t.Errorf("%s elsewhere: %d entries of %q, %v", code, len(elsewhere.Entries), elsewhere.Version, err)
		}
	}
	for _, l := range want {
		if read[l.Code] != len(l.Entries) {
			t.Errorf("%s: %d entries, want %d", l.Code, read[l.Code], len(l.Entries))
		}
	}
}

// The rows of OFAC in the consolidated list are left out only once OFAC's own list was read:
// otherwise nobody would look for them.
func TestAConsolidatedListKeepsWhatCouldNotBeReadElsewhere(t *testing.T) {
	t.Parallel()
	dir := stocked(t)
	s := shelf(t, watchlist.ShelfOptions{Folder: dir})
	alone, err := s.Parse(watchlist.USConsolidated, fetched(t, s, watchlist.USConsolidated, assurance.ListRow{}))
	if err != nil {
		t.Fatal(err)
	}
	sdn, err := s.Parse(watchlist.OFACSDN, fetched(t, s, watchlist.OFACSDN, assurance.ListRow{}))
	if err != nil || len(sdn.Entries) == 0 {
		t.Fatal(err)
	}
	beside, err := s.Parse(watchlist.USConsolidated, fetched(t, s, watchlist.USConsolidated, assurance.ListRow{}))
	if err != nil || len(beside.Entries) >= len(alone.Entries) {
		t.Errorf("%d entries beside OFAC's list, %d alone: %v", len(beside.Entries), len(alone.Entries), err)
	}
	// After a restart, what is in use already need not be parsed first.
	again := shelf(t, watchlist.ShelfOptions{Folder: dir})
	fetched(t, again, watchlist.OFACSDN, assurance.ListRow{Code: watchlist.OFACSDN, Checksum: "used"})
	restarted, err := again.Parse(watchlist.USConsolidated, fetched(t, again, watchlist.USConsolidated, assurance.ListRow{}))
	if err != nil || len(restarted.Entries) != len(beside.Entries) {
		t.Errorf("%d entries after a restart, want %d: %v", len(restarted.Entries), len(beside.Entries), err)
	}
}

func TestAFolderThatChangesIsSeenAndABrokenFileIsMissed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "banned.csv", ownHeader+ownRow)
	write(t, dir, "README.md", "Lists of ours.\n")
	s := shelf(t, watchlist.ShelfOptions{Folder: dir})
	if got := codes(s); !slices.Equal(got, []string{"own:banned"}) {
		t.Fatalf("sources %v", got)
	}
	write(t, dir, "others.csv", ownHeader+ownRow)
	if got := codes(s); !slices.Equal(got, []string{"own:banned", "own:others"}) {
		t.Errorf("with another file: %v", got)
	}
	for name, c := range map[string]struct{ content, code string }{
		"cut off":       {ownHeader + strings.TrimSuffix(ownRow, "\n"), "watchlist.truncated"},
		"no list":       {"what,is,this\n1,2,3\n", "watchlist.unknown_format"},
		"nothing":       {"", "watchlist.empty"},
		"another order": {"kind,id,name,aliases,births,countries,identifiers,programme,remarks\nperson,Z-1,Marek Zoltanov,,,,,house,\n", "watchlist.reordered"},
	} {
		write(t, dir, "banned.csv", c.content)
		if got := codes(s); !slices.Contains(got, "own:banned") {
			t.Errorf("%s: the list is not missed: %v", name, got)
			continue
		}
		body, err := s.Fetch(t.Context(), "own:banned", assurance.ListRow{})
		if err == nil {
			_, err = s.Parse("own:banned", body)
		}
		if fault.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	if _, err := s.Fetch(t.Context(), "un", assurance.ListRow{}); fault.CodeOf(err) != "watchlist.bad_source" {
		t.Errorf("a list that is not there: %v", err)
	}
	if _, err := watchlist.NewShelf(watchlist.ShelfOptions{Folder: filepath.Join(dir, "nowhere")}); fault.CodeOf(err) != "watchlist.unreadable" {
		t.Errorf("no folder: %v", err)
	}
}

func TestAPublisherIsAskedWhetherItsListHasChanged(t *testing.T) {
	t.Parallel()
	var text atomic.Value
	text.Store(ownHeader + ownRow)
	var asked, told atomic.Int64
	publisher := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		now := text.Load().(string)
		tag := `"` + evidence.HashOf([]byte(now)).String() + `"`
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		told.Add(1)
		_, _ = w.Write([]byte(now))
	}))
	t.Cleanup(publisher.Close)
	named := []watchlist.Source{{Code: "own:far", URLs: []string{publisher.URL + "/far.csv"}}}
	s := shelf(t, watchlist.ShelfOptions{Lists: named, Reader: watchlist.NewReader(watchlist.Options{Now: time.Now, Private: true})})
	body := fetched(t, s, "own:far", assurance.ListRow{})
	used := assurance.ListRow{Code: "own:far", Checksum: evidence.HashOf(body).String()}
	if same := fetched(t, s, "own:far", used); same != nil || told.Load() != 1 || asked.Load() != 2 {
		t.Errorf("%d bytes, asked %d times, told %d times", len(same), asked.Load(), told.Load())
	}
	// A version that was fetched and then refused is not the one in use: it is fetched again.
	if body := fetched(t, s, "own:far", assurance.ListRow{Checksum: "other"}); body == nil || told.Load() != 2 {
		t.Errorf("told %d times", told.Load())
	}
	text.Store(ownHeader + ownRow + "Z-2,person,Ana Zoltanova,,,,,house,\n")
	list, err := s.Parse("own:far", fetched(t, s, "own:far", used))
	if err != nil || len(list.Entries) != 2 {
		t.Errorf("%d entries, %v", len(list.Entries), err)
	}
	if from := s.Sources()[0].From; from != publisher.URL+"/far.csv" {
		t.Errorf("from %q", from)
	}
}

func TestAListThatIsNamedIsOneWhateverTheFolderHas(t *testing.T) {
	t.Parallel()
	dir, other := stocked(t), stocked(t)
	s := shelf(t, watchlist.ShelfOptions{Folder: dir, Lists: []watchlist.Source{
		{Code: watchlist.OFACSDN, Paths: []string{filepath.Join(other, "sdn.csv")}},
		{Code: watchlist.OFACSDN, Paths: []string{filepath.Join(other, "alt.csv")}},
		{Code: watchlist.OFACSDN, Paths: []string{filepath.Join(other, "add.csv")}},
	}})
	n := 0
	for _, l := range s.Sources() {
		if l.Code == watchlist.OFACSDN {
			if n++; strings.Contains(l.From, dir) || strings.Count(l.From, other) != 3 {
				t.Errorf("from %s", l.From)
			}
		}
	}
	if n != 1 {
		t.Errorf("%d sources of one list", n)
	}
	for name, l := range map[string]watchlist.Source{
		"both ways":  {Code: "un", Paths: []string{"a"}, URLs: []string{"https://b.example"}},
		"nowhere":    {Code: "un"},
		"no code":    {Paths: []string{"a"}},
		"spaced out": {Code: "u n", Paths: []string{"a"}},
	} {
		if _, err := watchlist.NewShelf(watchlist.ShelfOptions{Lists: []watchlist.Source{l}}); fault.CodeOf(err) != "watchlist.bad_source" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestABodyThatIsNotPackedAsOursIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "banned.csv", ownHeader+ownRow)
	s := shelf(t, watchlist.ShelfOptions{Folder: dir})
	body := fetched(t, s, "own:banned", assurance.ListRow{})
	for name, b := range map[string][]byte{
		"nothing": nil, "plain": []byte(ownHeader + ownRow), "cut off": body[:len(body)-4], "half": body[:len(body)/2],
		"flipped": append(append(slices.Clone(body[:len(body)-6]), body[len(body)-6]^1), body[len(body)-5:]...),
	} {
		_, err := s.Parse("own:banned", b)
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Refused || f.Code != "watchlist.malformed" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzPackedBody(f *testing.F) {
	dir := f.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "banned.csv"), []byte(ownHeader+ownRow), 0o600); err != nil {
		f.Fatal(err)
	}
	s, err := watchlist.NewShelf(watchlist.ShelfOptions{Folder: dir, Reader: watchlist.NewReader(watchlist.Options{Now: time.Now})})
	if err != nil {
		f.Fatal(err)
	}
	body, err := s.Fetch(f.Context(), "own:banned", assurance.ListRow{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body)
	f.Add(body[:20])
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := s.Parse("own:banned", b)
		var refusal *fault.Error
		if err != nil && (!errors.As(err, &refusal) || refusal.Kind != fault.Refused) {
			t.Errorf("%v", err)
		}
		if err == nil && len(list.Entries) == 0 {
			t.Error("a list of nobody was read")
		}
	})
}
