package bench_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"fondaco/internal/bench"
	"fondaco/internal/fault"
	"fondaco/internal/trade/screening"
)

// invented are lists of parties with made-up names, whose aliases are other
// spellings.
func invented() ([]screening.List, error) {
	r := rand.New(rand.NewPCG(3, 5))
	word := func(parts int) string {
		var b strings.Builder
		for range parts {
			b.WriteByte("BDFGKLMNPRSTVZ"[r.IntN(14)])
			b.WriteByte("AEIOU"[r.IntN(5)])
		}
		return b.String() + "N"
	}
	l := screening.List{Code: "ofac-sdn", Version: "1"}
	for i := range 600 {
		family := word(3)
		e := screening.Entry{List: l.Code, ID: fmt.Sprint(i), Kind: screening.Person, Programmes: []string{[]string{"RUSSIA", "OTHER"}[i%2]}}
		first, last := word(2), word(3)
		if i%3 == 0 {
			e.Kind = screening.Organisation
			e.Names = []screening.Name{{Text: family + " " + last + " TRADING LLC"}, {Text: family + "O " + last + " TRADE"}}
		} else {
			e.Names = []screening.Name{{Text: family + ", " + first + " " + last}, {Text: family + "O, " + first}}
		}
		l.Entries = append(l.Entries, e)
	}
	return []screening.List{l}, nil
}

func TestScreeningIsMeasuredTheSameWayForOneSeed(t *testing.T) {
	t.Parallel()
	b := bench.Screening{Lists: invented, Seed: 5}
	r, err := b.Run(t.Context())
	if err != nil {
		t.Fatalf("%+v", err)
	}
	found := map[string]bench.ScreeningClass{}
	for _, c := range r.Classes {
		found[c.Name] = c
	}
	for name, least := range map[string]float64{
		"exact": 0.99, "words in other order": 0.99, "1 slip": 0.9, "a word missing": 0.8, "joined or split": 0.9,
		"held-out alias that shares a word": 0.5, "Cyrillic by rule": 0.9, "all in Latin script": 0.8,
	} {
		if c := found[name]; c.Count < 100 || c.AtHard < least || c.AtHard > 1 {
			t.Errorf("%s: %+v, want %v found", name, c, least)
		}
	}
	if r.Entries != 600 || r.Names != 1200 || r.PerSecond <= 0 || r.P99 < r.P50 || len(r.Calibration) == 0 || r.HeapBytes <= 0 {
		t.Errorf("something was not measured: %+v", r)
	}
	again, err := b.Run(t.Context())
	if err != nil || !reflect.DeepEqual(again.Classes, r.Classes) || !reflect.DeepEqual(again.Calibration, r.Calibration) {
		t.Errorf("the same seed finds %+v, and then %+v: %v", r.Classes, again.Classes, err)
	}
}

func TestInnocentsThatAreGivenAreOneMoreLimitAndChangeNoOther(t *testing.T) {
	t.Parallel()
	plain := bench.Screening{Lists: invented, Seed: 5}
	r, err := plain.Run(t.Context())
	if err != nil || r.Given != nil {
		t.Fatalf("%+v: %v", r.Given, err)
	}
	lists, err := invented()
	if err != nil {
		t.Fatal(err)
	}
	given := plain
	given.GivenName = "mine"
	// One who is listed, one who is nearly so, and that one again.
	near := screening.Query{Name: lists[0].Entries[1].Names[0].Text + "O", Kind: screening.Person}
	given.Given = []screening.Query{{Name: lists[0].Entries[0].Names[0].Text, Kind: screening.Organisation}, near, near}
	g, err := given.Run(t.Context())
	if err != nil || g.Given == nil || g.Given.Count != 1 || g.Given.LeftOut != 2 || g.Given.Name != "mine" || g.Given.Limit <= g.GeneratedLimit {
		t.Fatalf("%+v: %v", g.Given, err)
	}
	less := 0
	for i, c := range g.Classes {
		if c.AtGiven < c.AtGenerated {
			less++
		}
		c.AtGiven = 0
		if c != r.Classes[i] {
			t.Errorf("%+v, without those given %+v", c, r.Classes[i])
		}
	}
	if less == 0 || !reflect.DeepEqual(g.Calibration, r.Calibration) || g.Searches != r.Searches {
		t.Errorf("a higher limit finds as much: %+v", g)
	}
}

func TestScreeningTellsWhyListsCannotBeRead(t *testing.T) {
	t.Parallel()
	broken := fault.New(fault.Refused, "watchlist.truncated", "The list is cut off.")
	_, err := bench.Screening{Lists: func() ([]screening.List, error) { return nil, broken }}.Run(t.Context())
	if !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}
