package screening_test

import (
	"testing"

	"fondaco/internal/trade/screening"
)

func TestACommonNameOfTheWorldSaysLessThanARareOne(t *testing.T) {
	t.Parallel()
	lists := setup(t)
	for id, name := range map[string]string{"c1": "WEBER COMECHANICS LTD", "c2": "WOBER COMECHANICS LTD", "c3": "ANDORSSON VEXIN LTD"} {
		lists[1].Entries = append(lists[1].Entries, screening.Entry{List: "own:two", ID: id, Kind: screening.Organisation, Names: []screening.Name{{Text: name}}})
	}
	x := screening.Build(lists)
	of := func(name, id string) float64 {
		score, _ := scored(x, screening.Query{Name: name, Kind: screening.Organisation}, id)
		return score
	}
	if common, rare := of("Weber Ltd", "c1"), of("Wober Ltd", "c2"); common >= rare-0.1 {
		t.Errorf("a common name alone %v, a rare one alone %v", common, rare)
	}
	if common, rare := of("Andersson Vexin", "c3"), of("Andorssen Vexin", "c3"); common >= rare {
		t.Errorf("a common name for a slip %v, a rare word for one %v", common, rare)
	}
	if whole := of("Comechanics Weber Ltd", "c1"); whole < 0.95 {
		t.Errorf("the whole name has %v only", whole)
	}
}
