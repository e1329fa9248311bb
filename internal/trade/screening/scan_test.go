package screening_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fondaco/internal/trade/screening"
	"fondaco/internal/watchlist"
)

// queriesOf are names of the lists, whole and damaged, mixed with each other, and
// names of nobody; some with facts.
func queriesOf(lists []screening.List, count int) []screening.Query {
	r := rand.New(rand.NewPCG(11, 13))
	var all []*screening.Entry
	for l := range lists {
		for i := range lists[l].Entries {
			if len(lists[l].Entries[i].Names) > 0 {
				all = append(all, &lists[l].Entries[i])
			}
		}
	}
	strangers := strings.Fields("Smith Maria Wang Li Wei Mohammed Hassan Ali Ivan Olga Trading Shipping Company Limited LLC General International Bank of Star Al El de la")
	some := func() *screening.Entry { return all[r.IntN(len(all))] }
	var made []screening.Query
	for len(made) < count {
		e := some()
		words := strings.Fields(e.Names[r.IntN(len(e.Names))].Text)
		switch r.IntN(8) {
		case 0:
		case 1, 2:
			for i := range words {
				if r.IntN(2) == 0 {
					words[i] = damaged(r, words[i])
				}
			}
		case 3:
			words = append(words[:len(words)/2], strings.Fields(some().Names[0].Text)...)
		case 4:
			r.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
			words = words[:1+r.IntN(len(words))]
		case 5:
			words = nil
			for range 1 + r.IntN(4) {
				words = append(words, strangers[r.IntN(len(strangers))])
			}
		case 6:
			words = []string{strings.Join(words, "")}
		case 7:
			words = append(words, strangers[r.IntN(len(strangers))])
		}
		q := screening.Query{Name: strings.Join(words, " "), Kind: screening.Kinds()[r.IntN(len(screening.Kinds()))]}
		if r.IntN(4) == 0 {
			q.Kind = e.Kind
			other := some()
			q.Births, q.Countries = append(e.Births[:0:0], other.Births...), e.Countries
			if len(e.Identifiers) > 0 && r.IntN(2) == 0 {
				q.Identifiers = e.Identifiers[:1]
			}
		}
		if q.Normal() == nil {
			made = append(made, q)
		}
	}
	return made
}

// damaged has a slip or two.
func damaged(r *rand.Rand, word string) string {
	text := []rune(word)
	for range 1 + r.IntN(2) {
		if len(text) < 2 {
			break
		}
		at := r.IntN(len(text) - 1)
		switch r.IntN(4) {
		case 0:
			text = append(text[:at], text[at+1:]...)
		case 1:
			text[at] = rune('A' + r.IntN(26))
		case 2:
			text[at], text[at+1] = text[at+1], text[at]
		case 3:
			text = append(text[:at], append([]rune{rune('A' + r.IntN(26))}, text[at:]...)...)
		}
	}
	return string(text)
}

func compare(t *testing.T, x *screening.Index, queries []screening.Query) {
	t.Helper()
	found := 0
	for _, q := range queries {
		most := 1 + len(q.Name)%10
		hits := x.Search(q, most)
		if got, want := told(hits), told(x.Scan(q, most)); got != want {
			t.Errorf("%+v\nby the index:\n%s\nby the scan:\n%s", q, got, want)
		}
		found += min(1, len(hits))
	}
	if found < len(queries)/4 || found == len(queries) {
		t.Errorf("%d of %d queries found something, so little was compared", found, len(queries))
	}
}

func TestIndexedSearchAnswersAsTheFullScan(t *testing.T) {
	t.Parallel()
	lists := setup(t)
	compare(t, screening.Build(lists), queriesOf(lists, 2_000))
}

func TestIndexedSearchAnswersAsTheFullScanOfPublishedLists(t *testing.T) {
	t.Parallel()
	root := os.Getenv("FONDACO_DATA")
	if root == "" || testing.Short() {
		t.Skip("FONDACO_DATA names no folder of reference data, or -short was given")
	}
	lists, _, err := watchlist.ReadDir(filepath.Join(root, "lists"))
	if err != nil {
		t.Fatal(err)
	}
	x := screening.Build(lists)
	if x.Size() < 15_000 {
		t.Fatalf("only %d entries are in the lists", x.Size())
	}
	compare(t, x, queriesOf(lists, 2_000))
}

func FuzzIndexedSearchAnswersAsTheFullScan(f *testing.F) {
	x := screening.Build(setup(f))
	for _, name := range []string{"Ivan Karpiankou", "Golden Crane Co Ltd", "J Oyamendan", "Иван Карпенков", "محمد حسن", "金鹤船务有限公司", "a b c d e f g", "12 34"} {
		f.Add(name, uint8(0), 1960)
	}
	f.Fuzz(func(t *testing.T, name string, kind uint8, year int) {
		q := screening.Query{Name: name, Kind: screening.Kinds()[int(kind)%len(screening.Kinds())]}
		if year > 0 {
			q.Births = []screening.Date{{Year: year}}
		}
		hits := x.Search(q, 5)
		if q.Normal() != nil && hits != nil {
			t.Fatalf("%+v is refused and found", q)
		}
		if got, want := told(hits), told(x.Scan(q, 5)); got != want {
			t.Fatalf("%+v\nby the index:\n%s\nby the scan:\n%s", q, got, want)
		}
		for _, h := range hits {
			if !(h.Score >= screening.Floor && h.Score <= 1) || len(h.Reasons) == 0 {
				t.Fatalf("%+v", h)
			}
		}
	})
}
