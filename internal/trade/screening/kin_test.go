package screening_test

import (
	"fmt"
	"slices"
	"testing"

	"fondaco/internal/trade/screening"
)

// two answers two lists with one entry each.
func two(a, b screening.Entry) []screening.List {
	a.List, a.ID, b.List, b.ID = "own:one", "a", "own:two", "b"
	return []screening.List{{Code: "own:one", Version: "1", Entries: []screening.Entry{a}}, {Code: "own:two", Version: "1", Entries: []screening.Entry{b}}}
}

func TestAPartyIsFoundByTheNamesThatAnotherListHasOfIt(t *testing.T) {
	t.Parallel()
	person := func(year int, names ...string) screening.Entry {
		e := screening.Entry{Kind: screening.Person, Births: []screening.Date{{Year: year, Month: 3, Day: 12}}}
		for _, n := range names {
			e.Names = append(e.Names, screening.Name{Text: n})
		}
		return e
	}
	firm := func(country string, names ...string) screening.Entry {
		e := person(0, names...)
		e.Kind, e.Births, e.Countries = screening.Organisation, nil, []string{country}
		return e
	}
	for name, c := range map[string]struct {
		a, b  screening.Entry
		query string
		both  bool
	}{
		"born on one day":            {person(1960, "Ivan Karpiankou"), person(1960, "Karpiankou, Ivan", "Teodor Oyamendan"), "Teodor Oyamendan", true},
		"the other way round":        {person(1960, "Ivan Karpiankou", "Teodor Oyamendan"), person(1960, "Karpiankou, Ivan"), "Teodor Oyamendan", true},
		"born in other years":        {person(1960, "Ivan Karpiankou"), person(1971, "Karpiankou, Ivan", "Teodor Oyamendan"), "Teodor Oyamendan", false},
		"no name in common":          {person(1960, "Ivan Karpiankou"), person(1960, "Ivan Petrovich", "Teodor Oyamendan"), "Teodor Oyamendan", false},
		"a company of one country":   {firm("RU", "Zarubezhmash Quorvix Ltd"), firm("RU", "Zarubezhmash Quorvix", "Oyamendan Lines"), "Oyamendan Lines", true},
		"a company of other country": {firm("RU", "Zarubezhmash Trading Ltd"), firm("BR", "Zarubezhmash Trading", "Oyamendan Lines"), "Oyamendan Lines", false},
		"a person and a company":     {person(1960, "Zarubezhmash Quorvix"), firm("RU", "Zarubezhmash Quorvix", "Oyamendan Lines"), "Oyamendan Lines", false},
	} {
		q := screening.Query{Name: c.query}
		x := screening.Build(two(c.a, c.b))
		hits := x.Search(q, 5)
		if both := len(hits) == 2; both != c.both || len(hits) == 0 || hits[0].Name != c.query || hits[len(hits)-1].Name != c.query {
			t.Errorf("%s: %+v", name, hits)
		}
		for _, h := range hits {
			own := slices.ContainsFunc(h.Entry.Names, func(n screening.Name) bool { return n.Text == c.query })
			if lent := slices.Contains(codes(h), screening.OtherList); lent == own {
				t.Errorf("%s: %s has the name itself: %v; told of another list: %v", name, h.Entry.ID, own, lent)
			}
		}
		if told(hits) != told(x.Scan(q, 5)) {
			t.Errorf("%s: the index and the scan differ", name)
		}
		only := x.Only(func(e *screening.Entry) bool { return e.ID == "a" })
		if hits := only.Search(q, 5); (len(hits) == 1) != (c.both || slices.ContainsFunc(c.a.Names, func(n screening.Name) bool { return n.Text == c.query })) {
			t.Errorf("%s: of the one alone, %+v", name, hits)
		}
	}
}

func TestANameThatHundredsBearMakesNobodyKin(t *testing.T) {
	t.Parallel()
	for bearers, found := range map[int]int{3: 2, 300: 1} {
		born := []screening.Date{{Year: 1960, Month: 3, Day: 12}}
		a := screening.Entry{Kind: screening.Person, Births: born, Names: []screening.Name{{Text: "Ivan Karpiankou"}}}
		b := screening.Entry{Kind: screening.Person, Births: born, Names: []screening.Name{{Text: "Karpiankou, Ivan"}, {Text: "Teodor Oyamendan"}}}
		lists := two(a, b)
		for i := range bearers {
			lists[0].Entries = append(lists[0].Entries, screening.Entry{
				List: "own:one", ID: fmt.Sprint("n", i), Kind: screening.Person, Births: []screening.Date{{Year: 1900 + i%50}}, Names: []screening.Name{{Text: "Ivan Karpiankou"}},
			})
		}
		for i := range 4000 { // so that the name tells much all the same
			lists[1].Entries = append(lists[1].Entries, screening.Entry{
				List: "own:two", ID: fmt.Sprint("m", i), Kind: screening.Person, Names: []screening.Name{{Text: fmt.Sprintf("Person%c%c Other%c%c", 'a'+i%26, 'a'+i/26%26, 'a'+i/7%26, 'a'+i/170%26)}},
			})
		}
		if hits := screening.Build(lists).Search(screening.Query{Name: "Teodor Oyamendan"}, 5); len(hits) != found {
			t.Errorf("where %d bear the name, %d are found: %+v", bearers, len(hits), hits)
		}
	}
}

func TestAWordThatIsHardlyAlikeIsMetWhereTheOthersAre(t *testing.T) {
	t.Parallel()
	lists := setup(t)
	lists[1].Entries = append(lists[1].Entries, screening.Entry{List: "own:two", ID: "c1", Kind: screening.Person, Names: []screening.Name{{Text: "CHEPA, Teodor Quorvich"}}})
	x := screening.Build(lists)
	for name, least := range map[string]float64{"Teodor Quorvich Chpd": 0.5, "Teodor Quorvich Cheparin": 0.35} {
		if score, codes := scored(x, screening.Query{Name: name, Kind: screening.Person}, "c1"); score < least || !slices.Contains(codes, screening.Spelled) {
			t.Errorf("%s: %v, %v", name, score, codes)
		}
	}
	met, _ := scored(x, screening.Query{Name: "Teodor Quorvich Chpd", Kind: screening.Person}, "c1")
	if apart, _ := scored(x, screening.Query{Name: "Teodor Quorvich Wumbo", Kind: screening.Person}, "c1"); apart >= met-0.1 {
		t.Errorf("%v with another word altogether, %v with one that is hardly alike", apart, met)
	}
	if score, _ := scored(x, screening.Query{Name: "Chpd", Kind: screening.Person}, "c1"); score > 0 {
		t.Errorf("%v where nothing else is met", score)
	}
}
