package web_test

import (
	"context"
	"encoding/json"
	"sync"
	"testing"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/compliance"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/screening"
)

const (
	harbour = "own:harbour" // a list of the test's own, with invented names
	because = "Other registration number, other country, founded forty years apart."
	agreed  = "I have read both extracts and come to the same result."
)

// register is a list that the test writes on. Its names are invented.
type register struct {
	mu      sync.Mutex
	version string
	entries []screening.Entry
	torn    bool // what is fetched breaks off in the middle
}

func (r *register) write(version string, entries ...screening.Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.version, r.entries, r.torn = version, entries, false
}

func (r *register) tear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.torn = true
}

// Sources names the one list.
func (r *register) Sources() []assurance.ListSource {
	return []assurance.ListSource{{Code: harbour, From: "https://lists.example/harbour.json"}}
}

// Fetch packs the list as it stands.
func (r *register) Fetch(context.Context, string, assurance.ListRow) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	doc, err := json.Marshal(screening.List{Code: harbour, Version: r.version, Entries: r.entries})
	if r.torn {
		doc = doc[:len(doc)/2]
	}
	return doc, err
}

// Parse refuses what is not whole.
func (r *register) Parse(code string, body []byte) (l screening.List, err error) {
	if err := json.Unmarshal(body, &l); err != nil {
		return l, fault.New(fault.Refused, "watchlist.truncated", "It ends in the middle.")
	}
	l.Code = code
	for i := range l.Entries {
		l.Entries[i].List = code
	}
	return l, nil
}

// Compare takes every version.
func (r *register) Compare(_, _ screening.List) error { return nil }

// falcon is a listed company whose name nobody else has.
func falcon() screening.Entry {
	return screening.Entry{
		ID: "H-1041", Reference: "HBR/2026/1041", Kind: screening.Organisation,
		Names: []screening.Name{
			{Text: "Meridian Falcon Shipping Company", Type: "primary"},
			{Text: "Falcon Meridian Lines", Type: "aka"},
			{Text: "Меридиан Фалькон Шиппинг", Type: "aka", Native: true},
			{Text: "MFS", Type: "aka", Weak: true},
		},
		Births: []screening.Date{{Year: 1984, Month: 3}}, Countries: []string{"PA", "KM"},
		Identifiers: []screening.Identifier{{Type: "registration", Value: "PA-220-1984", Country: "PA"}},
		Programmes:  []string{"Harbour order 7"}, Remarks: "Owner of two ships that were scrapped in 2019. <b>Not</b> the freight forwarder of the same name.", Listed: "2026-02-11",
	}
}

// captain is a listed person.
func captain() screening.Entry {
	return screening.Entry{
		ID: "H-2207", Kind: screening.Person, Names: []screening.Name{{Text: "Ostrander, Wolfgang Emmerich", Type: "primary"}},
		Births: []screening.Date{{Year: 1961, Month: 5, Day: 14}}, Countries: []string{"AT"}, Places: []string{"Leoben"}, Programmes: []string{"Harbour order 9"},
	}
}

// grinder is an entry that resembles the seller of the fair.
func grinder() screening.Entry {
	return screening.Entry{
		ID: "H-3310", Kind: screening.Organisation, Names: []screening.Name{{Text: "宁波北仑精密机械有限公司", Type: "primary", Native: true}, {Text: "Ningbo Beilun Precision Machinery Co Ltd", Type: "aka"}},
		Countries: []string{"CN"}, Programmes: []string{"Harbour order 12"}, Listed: "2027-03-01",
	}
}

// checked is a house that checks its companies against a list, with a buyer, a
// seller and two people who decide.
type checked struct {
	*fair
	list     *register
	cat, dan assurance.Person
}

func openChecked(t testing.TB, entries ...screening.Entry) *checked {
	t.Helper()
	c := &checked{list: &register{}}
	c.list.write("2027-02-28", entries...)
	c.fair = &fair{house: opens(t, func(cfg *assurance.Config, _ string) { cfg.Watchlists = c.list }), deals: map[string]deal.ID{}}
	c.buyer = c.joins("annegret@rpm.example", "Annegret Lindqvist", longName, "DE")
	c.seller = c.joins("chen@beilun.example", "Chen Siyuan", "宁波北仑精密机械有限公司", "CN")
	c.cat = c.hires("cat@house.example", identity.Compliance)
	c.dan = c.hires("dan@house.example", identity.Compliance)
	c.reads()
	return c
}

// reads has the lists read, and does what follows.
func (c *checked) reads() {
	c.t.Helper()
	_, err := c.ReadLists(c.t.Context(), true)
	c.must(err)
	c.work()
}

// open are the cases that wait for a decision.
func (c *checked) open() []compliance.Case {
	c.t.Helper()
	cases, err := c.CheckCases(c.t.Context(), c.cat.Actor(), assurance.CaseQuery{Open: true})
	c.must(err)
	return cases
}

func (c *checked) oneCase() compliance.Case {
	c.t.Helper()
	cases := c.open()
	if len(cases) != 1 {
		c.t.Fatalf("%d open cases: %+v", len(cases), cases)
	}
	return cases[0]
}

// decides has two people decide a case.
func (c *checked) decides(one compliance.Case, d compliance.Decision) {
	c.t.Helper()
	_, err := c.StepCase(c.t.Context(), assurance.Call{By: c.cat.Actor()}, one.ID, compliance.Propose{Edition: one.Edition, Decision: d, Reason: because})
	c.must(err)
	_, err = c.StepCase(c.t.Context(), assurance.Call{By: c.dan.Actor()}, one.ID, compliance.Agree{Round: one.Rounds + 1, Reason: agreed})
	c.must(err)
	c.work()
}
