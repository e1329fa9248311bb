package api

import (
	_ "embed"
	"encoding/json"
	"math"
	"strings"
	"sync"

	"fondaco/internal/fault"
	"fondaco/internal/trade/reputation"
	"fondaco/internal/trade/screening"
)

// Likeness is a listed party that may be the one looked for.
type Likeness struct {
	EntityID    string           `json:"entity_id" doc:"The list's own number of the party" example:"1"`
	List        string           `json:"list" example:"own:example"`
	ListVersion string           `json:"list_version" example:"2027-02-28"`
	Reference   string           `json:"reference,omitempty" doc:"What people cite, where that is another number" example:"CDi.001"`
	Name        string           `json:"name" doc:"The listed name that fits best" example:"QUARTERMAINE, Zebulon"`
	Kind        string           `json:"kind" enum:"any,person,organisation,vessel,aircraft" doc:"any where the list does not say" example:"person"`
	Score       float64          `json:"score" doc:"Calibrated probability that both are one party, 0 to 1" example:"0.94"`
	Reasons     []LikenessReason `json:"reasons" doc:"Word by word, then the facts beside the name"`
	Names       []ListedName     `json:"names" doc:"All names of the party; the first is the one that the list shows"`
	Births      []string         `json:"births" doc:"Of birth or foundation, as ISO 8601-2 writes what is not certain: 1960-03-12, 1960~ for about, 1955/1960 for a span"`
	Countries   []string         `json:"countries" doc:"ISO 3166-1 alpha-2: nationality, address, flag"`
	Programmes  []string         `json:"programmes" doc:"Under which it is listed"`
}

// ListedName is one name of a listed party.
type ListedName struct {
	Text   string `json:"text" example:"QUARTERMAINE, Zebulon"`
	Type   string `json:"type,omitempty" enum:"primary,aka,fka,nka" example:"primary"`
	Weak   bool   `json:"weak" doc:"The list says that it hardly identifies anybody"`
	Native bool   `json:"native" doc:"In the original script"`
}

// LikenessReason is one step of a score.
type LikenessReason struct {
	Code   string  `json:"code" doc:"Such as same, spelling, sound, joined, initial, translated, missing_ours, missing_theirs, contradiction, legal_form, birth_same, country_differs, identifier_same, weak_name, other_list" example:"spelling"`
	Ours   string  `json:"ours" doc:"The words or the fact that were looked for" example:"Quatermain"`
	Theirs string  `json:"theirs" doc:"Those of the list" example:"quartermaine"`
	Weight float64 `json:"weight" doc:"Of words: their share of the name, 0 to 1. Of facts: the factor on the odds" example:"0.61"`
	Text   string  `json:"text" doc:"The same in words" example:"“Quatermain” is another spelling of “quartermaine”."`
}

//go:embed reasons.json
var reasonsFile []byte

// reasonWords are the sentences of reasons: for each kind, code and language.
type reasonWords struct {
	Screening map[string]map[string]string          `json:"screening"`
	Standing  map[string]map[string]string          `json:"standing"`
	Bands     map[reputation.Band]map[string]string `json:"bands"`
}

var reasonCatalogue = sync.OnceValue(func() reasonWords {
	var all reasonWords
	err := json.Unmarshal(reasonsFile, &all)
	fault.Assert(err == nil, "api.reasons", "the embedded sentences are JSON")
	return all
})

// teller tells hits in one language.
type teller struct {
	language string
	min      float64
}

func (t teller) likenesses(hits []screening.Hit) []Likeness {
	out := make([]Likeness, 0, len(hits))
	for i := range hits {
		if h := &hits[i]; h.Score >= t.min {
			out = append(out, t.likeness(h))
		}
	}
	return out
}

func (t teller) likeness(h *screening.Hit) Likeness {
	e := h.Entry
	l := Likeness{
		EntityID: e.ID, List: h.List, ListVersion: h.Version, Reference: e.Reference, Name: h.Name, Kind: string(e.Kind), Score: shortened(h.Score),
		Reasons: make([]LikenessReason, len(h.Reasons)), Names: make([]ListedName, len(e.Names)), Births: datesWritten(e.Births),
		Countries: texts(e.Countries), Programmes: texts(e.Programmes),
	}
	for i, r := range h.Reasons {
		l.Reasons[i] = LikenessReason{Code: r.Code, Ours: r.Ours, Theirs: r.Theirs, Weight: shortened(r.Weight), Text: t.reason(r.Code, r.Ours, r.Theirs)}
	}
	for i, n := range e.Names {
		l.Names[i] = ListedName{Text: n.Text, Type: n.Type, Weak: n.Weak, Native: n.Native}
	}
	return l
}

// reason is the sentence of a code; it is empty for one that has none.
func (t teller) reason(code, ours, theirs string) string {
	form := reasonCatalogue().Screening[code][t.language]
	before, rest, _ := strings.Cut(form, "{ours}")
	if rest == "" && len(before) == len(form) {
		return strings.Replace(form, "{theirs}", theirs, 1)
	}
	// A word of the list may itself look like a place to fill, so nothing is filled twice.
	fill := func(s string) string { return strings.Replace(s, "{theirs}", theirs, 1) }
	return fill(before) + ours + fill(rest)
}

// shortened is a fraction with four decimals, which is more than anybody can tell.
func shortened(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	return math.Round(x*1e4) / 1e4
}

// datesWritten writes dates; two of which the first begins a span are one.
func datesWritten(dates []screening.Date) []string {
	out := []string{}
	for i := 0; i < len(dates); i++ {
		d := dates[i]
		s := dateWritten(d.Year, d.Month, d.Day, d.About)
		if d.Span && i+1 < len(dates) {
			i++
			end := dates[i]
			s += "/" + dateWritten(end.Year, end.Month, end.Day, end.About)
		}
		out = append(out, s)
	}
	return out
}
