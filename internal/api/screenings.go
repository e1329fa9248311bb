package api

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/screening"
)

// Sought is a party that is looked for on the lists.
type Sought struct {
	Name        string             `json:"name" doc:"In any script, 1 to 1,000 characters" example:"Zebulon Quartermaine"`
	Type        string             `json:"type" required:"false" enum:"any,person,organisation,vessel,aircraft" doc:"any if left out" example:"person"`
	Birth       string             `json:"birth" required:"false" doc:"Of a person, or foundation: 1960-03-12, 1960-03 or 1960" example:"1960-03"`
	Countries   []string           `json:"countries" required:"false" doc:"ISO 3166-1 alpha-2, at most 50"`
	Identifiers []SoughtIdentifier `json:"identifiers" required:"false" doc:"At most 50"`
}

// SoughtIdentifier is a number that some authority gave a party.
type SoughtIdentifier struct {
	Type    string `json:"type" doc:"Such as passport, tax, registration, imo, lei" example:"passport"`
	Value   string `json:"value" example:"X1234567"`
	Country string `json:"country" required:"false" doc:"Of the issuer, ISO 3166-1 alpha-2" example:"CN"`
}

// NewScreening looks for one party.
type NewScreening struct {
	Name        string             `json:"name" doc:"In any script, 1 to 1,000 characters" example:"Zebulon Quartermaine"`
	Type        string             `json:"type" required:"false" enum:"any,person,organisation,vessel,aircraft" doc:"any if left out" example:"person"`
	Birth       string             `json:"birth" required:"false" doc:"Of a person, or foundation: 1960-03-12, 1960-03 or 1960" example:"1960-03"`
	Countries   []string           `json:"countries" required:"false" doc:"ISO 3166-1 alpha-2, at most 50"`
	Identifiers []SoughtIdentifier `json:"identifiers" required:"false" doc:"At most 50"`
	Limit       int                `json:"limit" required:"false" doc:"Hits at most: 1 to 50, and 10 if left out" example:"10"`
	Min         float64            `json:"min" required:"false" doc:"Leave out hits of a lower score; 0 to 1" example:"0.3"`
}

// ScreeningBatch looks for many parties in the same versions of the lists.
type ScreeningBatch struct {
	Queries []Sought `json:"queries" doc:"1 to 1,000"`
	Limit   int      `json:"limit" required:"false" doc:"Hits of each query at most: 1 to 50, and 10 if left out" example:"10"`
	Min     float64  `json:"min" required:"false" doc:"Leave out hits of a lower score; 0 to 1" example:"0.3"`
}

// ListInUse is a version of a list that was searched.
type ListInUse struct {
	Code     string `json:"code" example:"own:example"`
	Version  string `json:"version" doc:"As its publisher dates it" example:"2027-02-28"`
	Checksum string `json:"checksum" doc:"SHA-256 of the version as the house keeps it, in hexadecimal"`
	Entries  int    `json:"entries" example:"18000"`
	At       string `json:"at" format:"date-time" doc:"When it came into use" example:"2027-03-01T12:00:00.000000Z"`
}

// Screening is the answer to one search.
type Screening struct {
	Hits  []Likeness  `json:"hits" doc:"The most probable first"`
	Lists []ListInUse `json:"lists" doc:"What was searched"`
}

// ScreeningAnswers are the answers, in the order of the queries.
type ScreeningAnswers struct {
	Answers []ScreeningAnswer `json:"answers"`
	Lists   []ListInUse       `json:"lists" doc:"What was searched"`
}

// ScreeningAnswer is what the query alone would have been answered.
type ScreeningAnswer struct {
	Status  int        `json:"status" doc:"The HTTP status that the query alone would have" example:"200"`
	Hits    []Likeness `json:"hits" doc:"The most probable first; empty where there is a problem"`
	Problem *Problem   `json:"problem,omitempty"`
}

const (
	soughtMax   = 1000 // in one batch
	hitsUsual   = 10
	weighsAsOne = 100 // so many queries weigh as much as one search of its own

)

type (
	screeningInput  struct{ Body NewScreening }
	screeningsInput struct{ Body ScreeningBatch }
)

func (s *server) screenings() {
	add(s, operation{
		id: "screen", method: http.MethodPost, path: "/v1/screenings", tag: "screening", scope: identity.ToScreen,
		summary: "Look for a name on the house's lists (roles: owner, trader, finance; offices: compliance, auditor)",
		doc: "Each hit says word by word why. A score is the calibrated probability that both are one party; it decides nothing. " +
			"The reasons are in the language of Accept-Language: English or Chinese.",
	}, s.screen)
	add(s, operation{
		id: "screen-batch", method: http.MethodPost, path: "/v1/screenings/batch", tag: "screening", scope: identity.ToScreen,
		summary: "Look for up to 1,000 names, each with its own answer",
		doc:     "All are looked for in the same versions of the lists. What cannot be looked for has a problem in its place; the others are answered.",
		weighs: func(in any) int {
			b, ok := in.(*screeningsInput)
			fault.Assert(ok, "api.screenings", "a batch is weighed by its own input")
			return 1 + min(len(b.Body.Queries), soughtMax)/weighsAsOne
		},
	}, s.screenBatch)
}

func (s *server) screen(ctx context.Context, c caller, in *screeningInput) (*struct{ Body Screening }, error) {
	b := in.Body
	most, err := bounds(b.Limit, b.Min)
	if err != nil {
		return nil, err
	}
	q, err := Sought{Name: b.Name, Type: b.Type, Birth: b.Birth, Countries: b.Countries, Identifiers: b.Identifiers}.query()
	if err != nil {
		if permit := identity.Permit(c.By, identity.ToScreen); permit != nil {
			return nil, permit
		}
		return nil, err
	}
	found, err := s.house.Screen(ctx, c.call(), q, most)
	if err != nil {
		return nil, asSent(err)
	}
	t := teller{language: visitOf(ctx).language, min: b.Min}
	return &struct{ Body Screening }{Screening{Hits: t.likenesses(found.Hits), Lists: listsInUse(found.Lists)}}, nil
}

func (s *server) screenBatch(ctx context.Context, c caller, in *screeningsInput) (*struct{ Body ScreeningAnswers }, error) {
	b := in.Body
	most, err := bounds(b.Limit, b.Min)
	if err == nil && (len(b.Queries) < 1 || len(b.Queries) > soughtMax) {
		err = fault.New(fault.Invalid, "request.screening_size", "A batch of searches holds 1 to 1,000 of them.").At("queries")
	}
	if err != nil {
		return nil, err
	}
	queries, wrong := make([]screening.Query, len(b.Queries)), make([]error, len(b.Queries))
	for i, sought := range b.Queries {
		queries[i], wrong[i] = sought.query() // a wrong one is refused by the House too
	}
	found, err := s.house.ScreenAll(ctx, c.call(), queries, most)
	if err != nil {
		return nil, err
	}
	t := teller{language: visitOf(ctx).language, min: b.Min}
	out := ScreeningAnswers{Answers: make([]ScreeningAnswer, len(found)), Lists: listsInUse(found[0].Lists)}
	for i, f := range found {
		a := ScreeningAnswer{Status: http.StatusOK, Hits: t.likenesses(f.Hits)}
		if wrong[i] == nil {
			wrong[i] = f.Err
		}
		if wrong[i] != nil {
			a.Problem = s.problem(ctx, asSent(wrong[i]))
			a.Status, a.Hits = a.Problem.Status, []Likeness{}
		}
		out.Answers[i] = a
	}
	return &struct{ Body ScreeningAnswers }{out}, nil
}

// bounds checks what a search may be limited to, and answers how many hits at most.
func bounds(limit int, least float64) (int, error) {
	switch {
	case limit < 0 || limit > assurance.ScreenedMax:
		return 0, fault.New(fault.Invalid, "request.bad_limit", "The limit is 1 to 50.").At("limit")
	case !(least >= 0 && least <= 1):
		return 0, fault.New(fault.Invalid, "request.bad_min", "The least score is 0 to 1.").At("min")
	case limit == 0:
		return hitsUsual, nil
	}
	return limit, nil
}

// query is what the house looks for. A birth that cannot be read makes it one that
// the house refuses as well.
func (s Sought) query() (screening.Query, error) {
	q := screening.Query{Name: s.Name, Kind: screening.Kind(s.Type), Countries: s.Countries}
	for _, i := range s.Identifiers {
		q.Identifiers = append(q.Identifiers, screening.Identifier{Type: i.Type, Value: i.Value, Country: i.Country})
	}
	if s.Birth != "" {
		d, ok := dateOf(s.Birth)
		q.Births = []screening.Date{d}
		if !ok {
			return q, badBirth()
		}
	}
	return q, nil
}

func badBirth() error {
	return fault.New(fault.Invalid, "screening.bad_date", "A date is a year, a year and month, or a day of the calendar.").At("birth")
}

// dateOf reads 1960, 1960-03 or 1960-03-12; the zero date is none of a calendar.
func dateOf(s string) (d screening.Date, ok bool) {
	parts := strings.Split(s, "-")
	if len(parts) > 3 {
		return screening.Date{}, false
	}
	for i, part := range parts {
		n, err := strconv.Atoi(part)
		if digits := []int{4, 2, 2}[i]; err != nil || len(part) != digits || n < 1 || strings.HasPrefix(part, "+") {
			return screening.Date{}, false
		}
		*[]*int{&d.Year, &d.Month, &d.Day}[i] = n
	}
	return d, true
}

// asSent names a refused value as the request does.
func asSent(err error) error {
	f := fault.Of(err)
	switch f.Field {
	case "births":
		return f.At("birth")
	case "kind":
		return f.At("type")
	}
	return err
}

func listsInUse(rows []assurance.ListRow) []ListInUse {
	out := make([]ListInUse, len(rows))
	for i, r := range rows {
		out[i] = ListInUse{Code: r.Code, Version: r.Version, Checksum: r.Checksum, Entries: r.Entries, At: stamp(r.At)}
	}
	return out
}

// dateWritten is a date in the form of ISO 8601-2: 1960-03-12, 1960-03, 1960, and
// 1960~ for about 1960.
func dateWritten(year, month, day int, about bool) string {
	s := fmt.Sprintf("%04d", year)
	if month > 0 {
		s += fmt.Sprintf("-%02d", month)
	}
	if month > 0 && day > 0 {
		s += fmt.Sprintf("-%02d", day)
	}
	if about {
		s += "~"
	}
	return s
}
