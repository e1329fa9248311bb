package api

import (
	"context"
	"net/http"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/compliance"
	"fondaco/internal/trade/identity"
)

// CaseSummary is a case in a list.
type CaseSummary struct {
	ID       string      `json:"id" example:"0198c0de-7a3c-7cc0-8000-000000000011"`
	Stage    string      `json:"stage" enum:"opened,proposed,cleared,confirmed,lifting,lifted" example:"opened"`
	Holds    bool        `json:"holds" doc:"The party and its deals stand still because of it"`
	Subject  CaseSubject `json:"subject"`
	Trigger  string      `json:"trigger" enum:"registration,profile,owners,signature,funding,payout,list_update,by_hand" example:"signature"`
	Findings int         `json:"findings" example:"2"`
	Score    float64     `json:"score" doc:"Of the most probable finding, 0 to 1" example:"0.94"`
	Assignee string      `json:"assignee,omitempty" doc:"Person who works on it" example:"0198c0de-7a3c-7cc0-8000-000000000009"`
	OpenedAt string      `json:"opened_at" format:"date-time" example:"2027-03-01T12:00:00.000000Z"`
	DecideBy string      `json:"decide_by,omitempty" format:"date-time" doc:"When the alarm is raised" example:"2027-03-03T12:00:00.000000Z"`
	Overdue  bool        `json:"overdue"`
	ClosedAt string      `json:"closed_at,omitempty" format:"date-time" example:"2027-03-02T12:00:00.000000Z"`
}

// CaseSummaries is a page of cases, newest first.
type CaseSummaries struct {
	Items []CaseSummary `json:"items"`
	Next  string        `json:"next,omitempty" doc:"The value of before for the next page" example:"0198c0de-7a3c-7cc0-8000-000000000011"`
}

// CaseSubject is one name of one party in one capacity.
type CaseSubject struct {
	Party       string           `json:"party" example:"0198c0de-7a3c-7cc0-8000-000000000004"`
	Person      string           `json:"person,omitempty" doc:"Its account, if it has one" example:"0198c0de-7a3c-7cc0-8000-000000000003"`
	Capacity    string           `json:"capacity" enum:"company,owner,director,signatory,payee,payer" example:"company"`
	Name        string           `json:"name" example:"Acme GmbH"`
	Kind        string           `json:"kind" enum:"any,person,organisation,vessel,aircraft" example:"organisation"`
	Births      []string         `json:"births"`
	Countries   []string         `json:"countries"`
	Identifiers []CaseIdentifier `json:"identifiers"`
}

// CaseIdentifier is a number that some authority gave.
type CaseIdentifier struct {
	Type    string `json:"type" example:"registration"`
	Value   string `json:"value" example:"HRB 12345"`
	Country string `json:"country,omitempty" example:"DE"`
}

// CaseFinding is what one hit was when it was found, and what was decided of it.
type CaseFinding struct {
	List        string           `json:"list" example:"own:example"`
	ListVersion string           `json:"list_version" example:"2027-02-28"`
	EntityID    string           `json:"entity_id" doc:"The list's own number of the party" example:"1"`
	Reference   string           `json:"reference,omitempty" example:"CDi.001"`
	Name        string           `json:"name" doc:"The listed name that matched" example:"QUARTERMAINE, Zebulon"`
	Score       float64          `json:"score" doc:"0 to 1" example:"0.94"`
	Reasons     []LikenessReason `json:"reasons"`
	Listing     Listing          `json:"listing" doc:"What the list said then"`
	At          string           `json:"at" format:"date-time" doc:"When it joined the case" example:"2027-03-01T12:00:00.000000Z"`
	Decision    string           `json:"decision,omitempty" enum:"false_positive,true_match,off_list" doc:"As proposed or agreed" example:"false_positive"`
}

// Listing is a copy of a listed record.
type Listing struct {
	Kind        string           `json:"kind" example:"person"`
	Names       []ListedName     `json:"names"`
	Births      []string         `json:"births"`
	Places      []string         `json:"places"`
	Countries   []string         `json:"countries"`
	Identifiers []CaseIdentifier `json:"identifiers"`
	Programmes  []string         `json:"programmes"`
	Remarks     string           `json:"remarks,omitempty"`
	Listed      string           `json:"listed,omitempty" doc:"When, as the list writes it" example:"2025-11-03"`
	More        bool             `json:"more" doc:"The list says more than was kept"`
}

// CaseProposal is what one person wants another to agree to.
type CaseProposal struct {
	Round   int          `json:"round" example:"1"`
	By      string       `json:"by" example:"0198c0de-7a3c-7cc0-8000-000000000009"`
	At      string       `json:"at" format:"date-time" example:"2027-03-02T12:00:00.000000Z"`
	Reason  string       `json:"reason"`
	Ground  string       `json:"ground,omitempty" enum:"delisted,licensed,mistaken" example:"mistaken"`
	Licence *CaseLicence `json:"licence,omitempty"`
}

// CaseLicence is an authority's permission to deal with a listed party.
type CaseLicence struct {
	Number    string `json:"number" example:"L-2027-1"`
	Authority string `json:"authority" example:"An office of export control"`
	Until     string `json:"until" format:"date-time" doc:"The last moment it holds, at most two years from now" example:"2028-03-01T00:00:00Z"`
}

// ComplianceCase is a case with the company that it is about.
type ComplianceCase struct {
	CaseSummary

	Version     int64          `json:"version" example:"3"`
	Edition     int            `json:"edition" doc:"How many times findings were recorded; a proposal names the one that was read" example:"1"`
	Matters     []CaseFinding  `json:"matters"`
	Proposal    *CaseProposal  `json:"proposal,omitempty" doc:"The last one; it stands in the stages proposed and lifting"`
	AgreedBy    string         `json:"agreed_by,omitempty" example:"0198c0de-7a3c-7cc0-8000-00000000000a"`
	Agreed      string         `json:"agreed,omitempty" doc:"The second person's reason"`
	Objected    string         `json:"objected,omitempty" doc:"The reason of the last objection"`
	Deals       []string       `json:"deals" doc:"Those that were about to go on"`
	Company     Party          `json:"company"`
	OpenDeals   []CaseDeal     `json:"open_deals"`
	Earlier     []CaseSummary  `json:"earlier" doc:"Other cases about the company, newest first"`
	LastChecked *CaseLastCheck `json:"last_checked,omitempty"`
}

// CaseDeal is an open deal of the company.
type CaseDeal struct {
	ID     string `json:"id" example:"0198c0de-7a3c-7cc0-8000-000000000002"`
	Title  string `json:"title" example:"500 water pumps"`
	Phase  string `json:"phase" example:"funded"`
	Held   Amount `json:"held"`
	Frozen bool   `json:"frozen"`
}

// CaseLastCheck is when the company was checked last.
type CaseLastCheck struct {
	At      string `json:"at" format:"date-time" example:"2027-03-01T12:00:00.000000Z"`
	Trigger string `json:"trigger" example:"list_update"`
}

// CaseProposing is the first person's decision of every finding.
type CaseProposing struct {
	Edition   int           `json:"edition" doc:"Of the case, as it was read" example:"1"`
	Decision  string        `json:"decision" required:"false" enum:"false_positive,true_match,off_list" doc:"Of all findings that decisions does not name" example:"false_positive"`
	Decisions []CaseDecided `json:"decisions" required:"false"`
	Reason    string        `json:"reason" doc:"20 to 2,000 characters" example:"Another day of birth, another country, and another number."`
}

// CaseDecided is the decision of one finding.
type CaseDecided struct {
	List     string `json:"list" example:"own:example"`
	EntityID string `json:"entity_id" example:"1"`
	Decision string `json:"decision" enum:"false_positive,true_match,off_list" example:"true_match"`
}

// CaseWord is the second person's consent or objection.
type CaseWord struct {
	Round  int    `json:"round" doc:"Of the proposal, as it was read" example:"1"`
	Reason string `json:"reason" doc:"20 to 2,000 characters, in one's own words" example:"I have read both papers myself, and they differ."`
}

// CaseLifting proposes that a confirmed case holds the party no longer.
type CaseLifting struct {
	Ground  string       `json:"ground" enum:"delisted,licensed,mistaken" example:"licensed"`
	Reason  string       `json:"reason" doc:"20 to 2,000 characters" example:"The authority has licensed this deal in writing."`
	Licence *CaseLicence `json:"licence" required:"false" doc:"Of licensed, and of nothing else"`
}

type casesQuery struct {
	Open   bool   `query:"open" doc:"Leave out what is closed"`
	Party  string `query:"party" maxLength:"64" doc:"Only cases about this company"`
	Stage  string `query:"stage" enum:"opened,proposed,cleared,confirmed,lifting,lifted"`
	Before string `query:"before" maxLength:"64" doc:"Cursor: next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" doc:"50 unless asked" example:"20"`
}

func (s *server) checks() {
	add(s, operation{
		id: "list-cases", method: http.MethodGet, path: "/v1/compliance/cases", tag: "compliance",
		summary: "Cases of parties that resemble listed ones, newest first (offices: compliance, auditor)",
	}, func(ctx context.Context, c caller, in *casesQuery) (*struct{ Body CaseSummaries }, error) {
		cases, err := s.house.CheckCases(ctx, c.By, assurance.CaseQuery{
			Open: in.Open, Party: identity.PartyID(in.Party), Stage: in.Stage, Before: in.Before, Limit: in.Limit,
		})
		if err != nil {
			return nil, err
		}
		return &struct{ Body CaseSummaries }{CaseSummaries{
			Items: caseSummaries(cases), Next: next(cases, in.Limit, func(c compliance.Case) string { return c.ID }),
		}}, nil
	})
	add(s, operation{
		id: "get-case", method: http.MethodGet, path: "/v1/compliance/cases/{id}", tag: "compliance",
		summary: "A case with both records and what the company has going (offices: compliance, auditor)",
	}, func(ctx context.Context, c caller, in *ByID) (*struct{ Body ComplianceCase }, error) {
		f, err := s.house.CheckCase(ctx, c.By, in.ID)
		if err != nil {
			return nil, err
		}
		return &struct{ Body ComplianceCase }{caseOf(f, teller{language: visitOf(ctx).language})}, nil
	})
	s.steps()
}

// steps registers the commands of a case.
func (s *server) steps() {
	step := func(ctx context.Context, c caller, id string, command compliance.Command) (*receiptAnswer, error) {
		return receiptOf(s.house.StepCase(ctx, c.call(), id, command))
	}
	row := func(name, does, more string) operation {
		return operation{
			id: name + "-case", method: http.MethodPost, path: "/v1/compliance/cases/{id}/" + name, tag: "compliance", write: true,
			summary: does + " (office: compliance)", doc: more,
		}
	}
	add(s, row("take", "Make yourself the person who works on the case", ""), func(ctx context.Context, c caller, in *ByID) (*receiptAnswer, error) {
		return step(ctx, c, in.ID, compliance.Take{})
	})
	add(s, row("propose", "Decide every finding of the case, for another person to agree to", "Nobody who belongs to the company has a say."), func(ctx context.Context, c caller, in *struct {
		ByID
		Body CaseProposing
	},
	) (*receiptAnswer, error) {
		p := compliance.Propose{Edition: in.Body.Edition, Decision: compliance.Decision(in.Body.Decision), Reason: in.Body.Reason}
		for _, d := range in.Body.Decisions {
			p.Decisions = append(p.Decisions, compliance.Decided{Key: compliance.Key{List: d.List, Entry: d.EntityID}, Decision: compliance.Decision(d.Decision)})
		}
		return step(ctx, c, in.ID, p)
	})
	add(s, row("agree", "Agree, as the second person, to the proposal that stands", "It closes the case, or lifts it. Whoever proposed cannot agree."), func(ctx context.Context, c caller, in *struct {
		ByID
		Body CaseWord
	},
	) (*receiptAnswer, error) {
		return step(ctx, c, in.ID, compliance.Agree{Round: in.Body.Round, Reason: in.Body.Reason})
	})
	add(s, row("object", "End the proposal that stands", "Whoever proposed takes it back in this way."), func(ctx context.Context, c caller, in *struct {
		ByID
		Body CaseWord
	},
	) (*receiptAnswer, error) {
		return step(ctx, c, in.ID, compliance.Object{Round: in.Body.Round, Reason: in.Body.Reason})
	})
	add(s, row("lift", "Propose that a confirmed case holds the company no longer", "Another person agrees."), func(ctx context.Context, c caller, in *struct {
		ByID
		Body CaseLifting
	},
	) (*receiptAnswer, error) {
		l := compliance.Lift{Ground: compliance.Ground(in.Body.Ground), Reason: in.Body.Reason}
		if given := in.Body.Licence; given != nil {
			until, err := instantOf(given.Until, "licence.until")
			if err != nil {
				return nil, err
			}
			l.Licence = compliance.Licence{Number: given.Number, Authority: given.Authority, Until: until}
		}
		return step(ctx, c, in.ID, l)
	})
}

func caseSummaries(cases []compliance.Case) []CaseSummary {
	out := make([]CaseSummary, len(cases))
	for i, c := range cases {
		out[i] = caseSummaryOf(c)
	}
	return out
}

func caseSummaryOf(c compliance.Case) CaseSummary {
	out := CaseSummary{
		ID: c.ID, Stage: string(c.Stage), Holds: c.Holds(), Trigger: string(c.Trigger), Findings: len(c.Matters), Assignee: string(c.Assignee),
		OpenedAt: stamp(c.OpenedAt), DecideBy: stamp(c.DecideBy), Overdue: c.Overdue, ClosedAt: stamp(c.ClosedAt),
		Subject: CaseSubject{
			Party: string(c.Subject.Party), Person: string(c.Subject.Person), Capacity: string(c.Subject.Capacity), Name: c.Subject.Name,
			Kind: string(c.Subject.Query().Kind), Births: caseDates(c.Subject.Births), Countries: texts(c.Subject.Countries), Identifiers: caseIdentifiers(c.Subject.Identifiers),
		},
	}
	if out.Subject.Kind == "" {
		out.Subject.Kind = "any"
	}
	for _, m := range c.Matters {
		out.Score = max(out.Score, float64(m.Finding.Probability)/10_000)
	}
	return out
}

func caseOf(f assurance.CheckFile, t teller) ComplianceCase {
	c := f.Case
	out := ComplianceCase{
		CaseSummary: caseSummaryOf(c), Version: c.Version, Edition: c.Edition, Matters: make([]CaseFinding, len(c.Matters)),
		AgreedBy: string(c.AgreedBy), Agreed: c.Agreed, Objected: c.Objected, Deals: texts(c.Deals), Company: partyOf(f.Company),
		OpenDeals: make([]CaseDeal, len(f.Deals)), Earlier: caseSummaries(f.Earlier),
	}
	for i, m := range c.Matters {
		out.Matters[i] = t.finding(m)
	}
	if p := c.Proposal; p.Round > 0 {
		out.Proposal = &CaseProposal{Round: p.Round, By: string(p.By), At: stamp(p.At), Reason: p.Reason, Ground: string(p.Ground)}
		if l := p.Licence; l != (compliance.Licence{}) {
			out.Proposal.Licence = &CaseLicence{Number: l.Number, Authority: l.Authority, Until: stamp(l.Until)}
		}
	}
	for i, d := range f.Deals {
		out.OpenDeals[i] = CaseDeal{ID: string(d.ID), Title: d.Title, Phase: string(d.Phase), Held: minorOf(d.Held, d.Currency), Frozen: d.Frozen}
	}
	if f.Checked.At != (time.Time{}) {
		out.LastChecked = &CaseLastCheck{At: stamp(f.Checked.At), Trigger: f.Checked.Trigger}
	}
	return out
}

// finding tells a finding; its reasons are those of the search that found it.
func (t teller) finding(m compliance.Matter) CaseFinding {
	f, l := m.Finding, m.Finding.Listing
	out := CaseFinding{
		List: f.List, ListVersion: f.Version, EntityID: f.Entry, Reference: f.Reference, Name: f.Name, Score: float64(f.Probability) / 10_000,
		Reasons: make([]LikenessReason, len(f.Reasons)), At: stamp(m.At), Decision: string(m.Decision),
		Listing: Listing{
			Kind: l.Kind, Names: make([]ListedName, len(l.Names)), Births: caseDates(l.Births), Places: texts(l.Places), Countries: texts(l.Countries),
			Identifiers: caseIdentifiers(l.Identifiers), Programmes: texts(l.Programmes), Remarks: l.Remarks, Listed: l.Listed, More: l.More,
		},
	}
	for i, r := range f.Reasons {
		out.Reasons[i] = LikenessReason{Code: r.Code, Ours: r.Ours, Theirs: r.Theirs, Weight: float64(r.Weight) / 1000, Text: t.reason(r.Code, r.Ours, r.Theirs)}
	}
	for i, n := range l.Names {
		out.Listing.Names[i] = ListedName(n)
	}
	return out
}

func caseDates(dates []compliance.Date) []string {
	return datesWritten(compliance.Subject{Births: dates}.Query().Births)
}

func caseIdentifiers(all []compliance.Identifier) []CaseIdentifier {
	out := make([]CaseIdentifier, len(all))
	for i, d := range all {
		out[i] = CaseIdentifier(d)
	}
	return out
}
