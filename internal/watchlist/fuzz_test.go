package watchlist_test

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"fondaco/internal/fault"
	"fondaco/internal/trade/screening"
	"fondaco/internal/watchlist"
)

// sane is what every list that is read must be, whatever the bytes were.
func sane(t *testing.T, l screening.List, err error) {
	t.Helper()
	if err != nil {
		if f := fault.Of(err); f.Kind != fault.Refused || !strings.HasPrefix(f.Code, "watchlist.") {
			t.Fatalf("refused with %v %s: %v", f.Kind, f.Code, f.Trace())
		}
		return
	}
	ids := map[string]bool{}
	for _, e := range l.Entries {
		if e.ID == "" || ids[e.ID] || len(e.Names) == 0 || e.List != l.Code || !slices.Contains(screening.Kinds(), e.Kind) {
			t.Fatalf("entry %+v", e)
		}
		ids[e.ID] = true
		for _, n := range e.Names {
			if n.Text == "" || !utf8.ValidString(n.Text) || utf8.RuneCountInString(n.Text) > 1000 || strings.ContainsAny(n.Text, "\n\x00\x1b") {
				t.Fatalf("name %q", n.Text)
			}
		}
		for _, c := range e.Countries {
			if len(c) != 2 || strings.ToUpper(c) != c {
				t.Fatalf("country %q", c)
			}
		}
		for i, d := range e.Births {
			if d.Year < 1500 || d.Year > 2200 || d.Month < 0 || d.Month > 12 || d.Day < 0 || d.Day > 31 || d.Span && i+1 == len(e.Births) {
				t.Fatalf("birth %+v", d)
			}
		}
	}
	if len(ids) == 0 || l.Version == "" {
		t.Fatal("an empty list is taken for one")
	}
}

func FuzzAnyFile(f *testing.F) {
	for _, parts := range fixtures(f) {
		f.Add(parts[0].Body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		l, err := watchlist.Parse("x", []watchlist.Part{{Name: "f", Body: body}})
		sane(t, l, err)
		if err == nil && body[0] == '<' {
			readsWithTheStandardDecoder(t, body)
		}
	})
}

// readsWithTheStandardDecoder reads a list that was accepted again, strictly.
func readsWithTheStandardDecoder(t *testing.T, body []byte) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(body))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("a list is accepted that is no XML: %v", err)
		}
	}
}

func FuzzFilesOfOFAC(f *testing.F) {
	p := sdn(f)
	f.Add(p[0].Body, p[1].Body, p[2].Body, p[3].Body)
	f.Fuzz(func(t *testing.T, a, b, c, d []byte) {
		l, err := watchlist.Parse("ofac-sdn", []watchlist.Part{{Name: "a", Body: a}, {Name: "b", Body: b}, {Name: "c", Body: c}, {Name: "d", Body: d}})
		sane(t, l, err)
	})
}

// FuzzTablesAreReadAsTheStandardReaderReadsThem compares an own list's names.
func FuzzTablesAreReadAsTheStandardReaderReadsThem(f *testing.F) {
	f.Add(part(f, "lists/own.csv").Body)
	f.Add([]byte("id,kind,name,aliases,births,countries,identifiers,programme,remarks\n1,any,\"a \"\"b\"\"\",,,,,,\"x\r\ny\"\r\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		l, err := watchlist.Parse("own:x", []watchlist.Part{{Name: "f", Body: body}})
		sane(t, l, err)
		if err != nil || !bytes.HasPrefix(body, []byte("id,kind,name,")) {
			return
		}
		records, err := csv.NewReader(bytes.NewReader(bytes.TrimSuffix(body, []byte{0x1a}))).ReadAll()
		if err != nil {
			t.Fatalf("a table is accepted that the standard reader refuses: %v", err)
		}
		if len(records) != len(l.Entries)+1 {
			t.Fatalf("%d records, %d entries", len(records), len(l.Entries))
		}
		for i, e := range l.Entries {
			if want := strings.Join(strings.Fields(records[i+1][2]), " "); e.Names[0].Text != want {
				t.Fatalf("name %q, want %q", e.Names[0].Text, want)
			}
		}
	})
}

func FuzzFoldersHoldAnything(f *testing.F) {
	f.Add([]byte("1,\"A B\",-0- ,\"X\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n"), "sdn.csv")
	f.Fuzz(func(t *testing.T, body []byte, name string) {
		if name == "" || strings.ContainsAny(name, "/\x00") || name == "." || name == ".." || len(name) > 100 {
			return
		}
		lists, _, err := watchlist.ReadDir(folder(t, map[string]watchlist.Part{name: {Body: body}}))
		if err != nil || len(lists) > 1 {
			t.Fatalf("%d lists, %v", len(lists), err)
		}
	})
}
