package api

import (
	"context"
	"net/http"
	"strings"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/reputation"
)

// PartyStanding is what past trades say of a company.
type PartyStanding struct {
	Party      string           `json:"party" example:"0198c0de-7a3c-7cc0-8000-000000000004"`
	State      string           `json:"state" enum:"new,rated" doc:"new: too little is known for a number. It is neither a low value nor a middle one" example:"rated"`
	Value      *int             `json:"value,omitempty" doc:"0 to 100; nothing while new" example:"87"`
	Confidence *int             `json:"confidence,omitempty" doc:"How sure the value is, in percent; nothing while new" example:"82"`
	Level      string           `json:"level,omitempty" enum:"low,medium,high" doc:"The confidence in a word" example:"high"`
	Verified   bool             `json:"verified" doc:"The house has checked who the company is"`
	Reasons    []StandingReason `json:"reasons"`
	Facts      StandingFacts    `json:"facts"`
	Reviews    ReviewAverages   `json:"reviews"`
	Trend      []StandingPoint  `json:"trend" doc:"One point for each month, the oldest first"`
	Since      string           `json:"since" format:"date-time" doc:"When the house opened the company's file" example:"2027-01-02T12:00:00.000000Z"`
	At         string           `json:"at,omitempty" format:"date-time" doc:"When it was worked out; nothing for a company without any trade" example:"2027-05-13T12:00:00.000000Z"`
}

// StandingReason is one fact behind a standing.
type StandingReason struct {
	Code string            `json:"code" example:"deals_settled"`
	Tone string            `json:"tone" enum:"good,plain,bad" doc:"Whether it speaks for the company or against it" example:"good"`
	Args map[string]string `json:"args" doc:"What the code is told with"`
	Text string            `json:"text" doc:"The same in the language of Accept-Language: English or Chinese" example:"14 settled deals with 9 partners."`
}

// StandingFacts are what closed deals say without anybody's opinion.
type StandingFacts struct {
	Settled        int    `json:"settled" doc:"Deals in which the seller was paid" example:"14"`
	Partners       int    `json:"partners" doc:"Other companies in them" example:"9"`
	OnTimePercent  *int   `json:"on_time_percent,omitempty" doc:"Of dated duties; nothing if there was none" example:"86"`
	DisputePercent *int   `json:"dispute_percent,omitempty" doc:"Of closed deals, those with a claim by the partner; nothing if there was no deal" example:"7"`
	LostRulings    int    `json:"lost_rulings" doc:"Deals that the house decided against it" example:"0"`
	ResponseHours  *int   `json:"response_hours,omitempty" doc:"Half of what was asked of it was done within so many hours; -1: it took longer than 30 days; nothing if nothing was asked" example:"8"`
	Years          int    `json:"years" doc:"Whole years since the house opened its file" example:"2"`
	VolumeBand     string `json:"volume_band" enum:"none,under_10k,10k_100k,100k_1m,1m_10m,over_10m" doc:"Settled, in US dollars at rough rates" example:"100k_1m"`
	Newest         string `json:"newest,omitempty" format:"date-time" doc:"Closing of the newest settled deal" example:"2027-05-01T12:00:00.000000Z"`
}

// ReviewAverages are the averages of the marks that a company was given, in tenths.
type ReviewAverages struct {
	Count   int    `json:"count" example:"12"`
	Average *Marks `json:"average_tenths,omitempty" doc:"10 to 50; nothing without reviews"`
}

// StandingPoint is a standing at a time.
type StandingPoint struct {
	At         string `json:"at" format:"date-time" example:"2027-04-30T12:00:00.000000Z"`
	State      string `json:"state" enum:"new,rated" example:"rated"`
	Value      *int   `json:"value,omitempty" example:"85"`
	Confidence *int   `json:"confidence,omitempty" example:"78"`
}

// signedNote is a badge on its way out.
type signedNote struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

const noteType = "text/plain; charset=utf-8"

func (s *server) standings() {
	add(s, operation{
		id: "get-standing", method: http.MethodGet, path: "/v1/parties/{id}/standing", tag: "reviews", access: anybody, scope: anyKey,
		summary: "What past trades say of a company, with the reasons", doc: "For anybody. A company without enough trade is new, and has no number.",
	}, func(ctx context.Context, _ caller, in *ByID) (*struct{ Body PartyStanding }, error) {
		st, err := s.house.Standing(ctx, identity.PartyID(in.ID))
		if err != nil {
			return nil, err
		}
		return &struct{ Body PartyStanding }{s.standingOf(in.ID, st, visitOf(ctx).language)}, nil
	})
	add(s, operation{
		id: "get-badge", method: http.MethodGet, path: "/v1/parties/{id}/badge", tag: "reviews", access: anybody, scope: anyKey,
		summary: "The standing as a signed note, to be shown anywhere",
		doc:     "A C2SP signed note with the key of the evidence log; its first line is the log's origin and \"/badge\". It says when it was made, and links to the company's page.",
		answers: map[int]answered{http.StatusOK: {says: "The note", kind: noteType}},
	}, func(ctx context.Context, _ caller, in *ByID) (*signedNote, error) {
		note, err := s.house.SignBadge(ctx, identity.PartyID(in.ID), s.companyPage(in.ID))
		if err != nil {
			return nil, err
		}
		return &signedNote{noteType, note}, nil
	})
}

// companyPage is the public page of a company.
func (s *server) companyPage(id string) string { return s.cfg.PublicURL + "/companies/" + id }

func (s *server) standingOf(id string, st assurance.PartyStanding, language string) PartyStanding {
	f := st.Facts
	out := PartyStanding{
		Party: id, State: string(st.State), Level: string(st.Level), Verified: st.Verified, Reasons: make([]StandingReason, len(st.Reasons)),
		Facts: StandingFacts{
			Settled: f.Settled, Partners: f.PartnerCount(), LostRulings: f.Lost, VolumeBand: string(f.Band()), Newest: stamp(f.Newest),
			Years: int(s.house.Now().Sub(st.Since).Hours() / 24 / 365),
		},
		Reviews: ReviewAverages{Count: st.Reviews.Count}, Trend: make([]StandingPoint, len(st.Trend)), Since: stamp(st.Since), At: stamp(st.At),
	}
	out.Value, out.Confidence = rated(st.State, st.Value, st.Confidence)
	if n, any := f.OnTimePercent(); any {
		out.Facts.OnTimePercent = &n
	}
	if n, any := f.DisputePercent(); any {
		out.Facts.DisputePercent = &n
	}
	if n := f.ResponseHours(); n != 0 {
		out.Facts.ResponseHours = &n
	}
	if st.Reviews.Count > 0 {
		average := Marks(st.Reviews.AspectTenths())
		out.Reviews.Average = &average
	}
	for i, r := range st.Reasons {
		out.Reasons[i] = standingReasonOf(r, language)
	}
	for i, p := range st.Trend {
		point := StandingPoint{At: stamp(p.At), State: string(p.State)}
		point.Value, point.Confidence = rated(p.State, p.Value, p.Confidence)
		out.Trend[i] = point
	}
	return out
}

// rated is a value with its confidence, both or neither.
func rated(state reputation.State, value, confidence int) (v, c *int) {
	if state != reputation.Rated {
		return nil, nil
	}
	return &value, &confidence
}

func standingReasonOf(r reputation.Reason, language string) StandingReason {
	out := StandingReason{Code: string(r.Code), Tone: string(r.Tone), Args: map[string]string{}}
	words := reasonCatalogue()
	var pairs []string
	for name, value := range r.Args {
		out.Args[name] = value
		if band := words.Bands[reputation.Band(value)][language]; name == "band" && band != "" {
			value = band
		}
		many := "s"
		if value == "1" {
			many = ""
		}
		pairs = append(pairs, "{"+name+"}", value, "{"+name+":s}", many)
	}
	out.Text = strings.NewReplacer(pairs...).Replace(words.Standing[string(r.Code)][language])
	return out
}
