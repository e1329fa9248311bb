package watchlist_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fondaco/internal/trade/screening"
	"fondaco/internal/watchlist"
)

// published are the lists of the reference data.
func published(t testing.TB) (map[string]screening.List, []watchlist.Problem) {
	t.Helper()
	root := os.Getenv("FONDACO_DATA")
	if root == "" {
		t.Skip("FONDACO_DATA names no folder of reference data")
	}
	lists, problems, err := watchlist.ReadDir(filepath.Join(root, "lists"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]screening.List{}
	for _, l := range lists {
		all[l.Code] = l
	}
	return all, problems
}

func TestThePublishedListsAreReadWhole(t *testing.T) {
	t.Parallel()
	lists, problems := published(t)
	if len(problems) != 1 || problems[0].File != "SOURCES.md" {
		t.Errorf("problems %v", problems)
	}
	for _, tt := range []struct {
		code, version           string
		entries, names          int
		births, native, papers  int // at least
		programmes, inCountries int // at least
	}{
		{"ofac-sdn", "", 14973, 36200, 8500, 0, 16000, 14973, 13400},
		{"ofac-cons", "", 442, 1500, 100, 0, 900, 442, 380},
		{"us-csl", "", 3625, 5900, 0, 0, 0, 3625, 2500},
		{"un", "2026-02-27", 1003, 4100, 670, 400, 440, 1003, 830},
		{"eu", "2016-02-11", 595, 2690, 290, 100, 120, 595, 540},
	} {
		l := lists[tt.code]
		if len(l.Entries) != tt.entries || !strings.HasPrefix(l.Version, tt.version) {
			t.Errorf("%s %s has %d entries, want %d", tt.code, l.Version, len(l.Entries), tt.entries)
		}
		names, births, natives, papers, programmes, lands := 0, 0, 0, 0, 0, 0
		for _, e := range l.Entries {
			names += len(e.Names)
			births += min(len(e.Births), 1)
			papers += len(e.Identifiers)
			programmes += min(len(e.Programmes), 1)
			lands += min(len(e.Countries), 1)
			for _, n := range e.Names {
				if n.Native {
					natives++
				}
			}
		}
		if names < tt.names || births < tt.births || natives < tt.native || papers < tt.papers || programmes < tt.programmes || lands < tt.inCountries {
			t.Errorf("%s: names %d, entries with births %d, native names %d, papers %d, entries with programmes %d, with countries %d; want at least %+v",
				tt.code, names, births, natives, papers, programmes, lands, tt)
		}
	}
}

// TestAllDatesOfBirthOfOFACAreUnderstood looks for remarks that tell of a birth
// which the entry does not have.
func TestAllDatesOfBirthOfOFACAreUnderstood(t *testing.T) {
	t.Parallel()
	lists, _ := published(t)
	told, lost := 0, 0
	for _, e := range lists["ofac-sdn"].Entries {
		if !strings.Contains(e.Remarks, "DOB ") && !strings.Contains(e.Remarks, "Organization Established Date ") {
			continue
		}
		told++
		if len(e.Births) == 0 {
			lost++
			t.Logf("%s: %s", e.ID, e.Remarks)
		}
	}
	if told < 8000 || lost > 0 {
		t.Errorf("%d of %d births are lost", lost, told)
	}
}

// TestMostPassportsOfOFACAreUnderstood compares with a plain count of the word.
func TestMostPassportsOfOFACAreUnderstood(t *testing.T) {
	t.Parallel()
	lists, _ := published(t)
	told, found := 0, 0
	for _, e := range lists["ofac-sdn"].Entries {
		told += strings.Count(e.Remarks, "Passport ")
		for _, i := range e.Identifiers {
			if i.Type == "passport" {
				found++
			}
		}
	}
	if found*100 < told*97 {
		t.Errorf("%d passports found of %d told", found, told)
	}
}

func BenchmarkReadingAllPublishedLists(b *testing.B) {
	published(b)
	for b.Loop() {
		if _, _, err := watchlist.ReadDir(filepath.Join(os.Getenv("FONDACO_DATA"), "lists")); err != nil {
			b.Fatal(err)
		}
	}
}

// TestEveryCountryThatOFACWritesIsKnown asks for each by an address of its own. What
// is no country, or a part of one, is named here.
func TestEveryCountryThatOFACWritesIsKnown(t *testing.T) {
	t.Parallel()
	root := os.Getenv("FONDACO_DATA")
	if root == "" {
		t.Skip("FONDACO_DATA names no folder of reference data")
	}
	lands := map[string]int{}
	for _, file := range []string{"add.csv", "cons_add.csv"} {
		body, err := os.ReadFile(filepath.Join(root, "lists", file))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(bytes.NewReader(bytes.TrimSuffix(body, []byte{0x1a}))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			lands[strings.TrimSpace(r[4])]++
		}
	}
	for _, none := range []string{"-0-", "undetermined", "Region: Commonwealth of Independent States", "Region: Jammu and Kashmir"} {
		delete(lands, none)
	}
	if len(lands) < 150 {
		t.Errorf("only %d countries", len(lands))
	}
	for land, times := range lands {
		l, err := watchlist.Parse(watchlist.OFACSDN, []watchlist.Part{
			{Name: "sdn.csv", Body: []byte("7,\"A B\",-0- ,\"DEMO\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n")},
			{Name: "alt.csv", Body: []byte("7,1,\"aka\",\"C D\",-0- \r\n")},
			{Name: "add.csv", Body: []byte("7,1,-0- ,-0- ,\"" + land + "\",-0- \r\n")},
		})
		if err != nil {
			t.Errorf("%s: %v", land, err)
		} else if len(l.Entries[0].Countries) != 1 {
			t.Errorf("%s, which %d addresses have, is no country", land, times)
		}
	}
}
