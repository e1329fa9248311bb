package api

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/account"
	"fondaco/internal/trade/identity"
)

// Activity is one line of the activity log.
type Activity struct {
	Sequence int64        `json:"sequence" doc:"Of the fact in the evidence log" example:"4711"`
	At       string       `json:"at" format:"date-time" example:"2027-03-01T12:00:00.000000Z"`
	What     string       `json:"what" example:"signed_in"`
	Who      ActivityWho  `json:"who"`
	Session  string       `json:"session,omitempty" example:"0198c0de-7a3c-7cc0-8000-00000000000d"`
	From     Where        `json:"from"`
	Factor   string       `json:"factor,omitempty" doc:"Kind of the second factor" example:"totp"`
	Label    string       `json:"label,omitempty" doc:"Of a factor or a key" example:"My phone"`
	Why      string       `json:"why,omitempty" example:"wrong_password"`
	Subject  string       `json:"subject,omitempty" doc:"What it was about" example:"deal:0198c0de-7a3c-7cc0-8000-000000000002"`
	Count    int          `json:"count,omitempty" doc:"Recovery codes left, or wrong answers in a row" example:"9"`
	Risk     ActivityRisk `json:"risk,omitzero" doc:"Of a sign-in"`
}

// ActivityWho is whose account it is.
type ActivityWho struct {
	ID     string `json:"id" example:"0198c0de-7a3c-7cc0-8000-000000000003"`
	Name   string `json:"name" example:"Anna Keller"`
	Office string `json:"office,omitempty" example:"member"`
}

// ActivityRisk is how unusual a sign-in was.
type ActivityRisk struct {
	Level      string   `json:"level" enum:"low,medium,high" example:"low"`
	ScoreMilli int64    `json:"score_milli" example:"120"`
	Reasons    []string `json:"reasons"`
}

// Activities is a page of the activity log, newest first.
type Activities struct {
	Items []Activity `json:"items"`
	Next  int64      `json:"next,omitempty" doc:"The value of before for the next page" example:"4711"`
}

// ActivityExport asks for the activity log as a file.
type ActivityExport struct {
	Of     string   `json:"of" enum:"me,company,staff" example:"me"`
	Format string   `json:"format" enum:"csv,json" example:"csv"`
	What   []string `json:"what" required:"false" doc:"Only these; all if left out"`
	From   string   `json:"from" required:"false" format:"date-time" doc:"From this instant on" example:"2027-01-01T00:00:00Z"`
	To     string   `json:"to" required:"false" format:"date-time" doc:"Before this instant" example:"2027-04-01T00:00:00Z"`
}

// SecurityReview is what a person looks at regularly.
type SecurityReview struct {
	Due        bool          `json:"due"`
	DueAt      string        `json:"due_at" format:"date-time" example:"2027-06-01T12:00:00.000000Z"`
	Days       int           `json:"days" doc:"From one review to the next" example:"90"`
	PasswordAt string        `json:"password_at,omitempty" format:"date-time" doc:"When the password was chosen" example:"2027-03-01T12:00:00.000000Z"`
	Factors    Factors       `json:"factors"`
	Sessions   []OpenSession `json:"sessions"`
	Keys       []Key         `json:"keys"`
}

// ReviewDone says what was looked at and found right.
type ReviewDone struct {
	Seen []string `json:"seen" doc:"Such as sessions, factors, keys, payout_accounts, members"`
}

type activityQuery struct {
	Before int64  `query:"before" minimum:"0" doc:"Cursor: next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" doc:"50 unless asked" example:"20"`
	What   string `query:"what" maxLength:"400" doc:"Only these, with commas between" example:"signed_in,sign_in_refused"`
	From   string `query:"from" maxLength:"40" doc:"From this instant on (RFC 3339)" example:"2027-01-01T00:00:00Z"`
	To     string `query:"to" maxLength:"40" doc:"Before this instant (RFC 3339)" example:"2027-04-01T00:00:00Z"`
	Party  string `query:"party" maxLength:"64" doc:"Of a company's log, for staff; members get their own company's"`
}

// whose names the log that is read.
func whose(of string, c caller, q assurance.ActivityQuery) (assurance.ActivityQuery, error) {
	switch of {
	case "me":
		q.Party = ""
	case "company":
		if c.By.Party != "" {
			q.Party = c.By.Party
		}
		if q.Party == "" {
			return q, noCompany()
		}
	case "staff":
		q.Staff = true
	default:
		return q, fault.New(fault.Invalid, "request.bad_choice", "Choose one of the words that the description names.").At("of")
	}
	return q, nil
}

func (q activityQuery) house() (assurance.ActivityQuery, error) {
	out := assurance.ActivityQuery{Before: q.Before, Limit: q.Limit, Party: identity.PartyID(q.Party)}
	if q.What != "" {
		out.What = strings.Split(q.What, ",")
	}
	return out, span(&out, q.From, q.To, "query.")
}

func span(q *assurance.ActivityQuery, from, to, prefix string) (err error) {
	for _, t := range []struct {
		text, field string
		into        *time.Time
	}{{from, "from", &q.From}, {to, "to", &q.To}} {
		if t.text == "" {
			continue
		}
		if *t.into, err = instantOf(t.text, prefix+t.field); err != nil {
			return err
		}
	}
	return nil
}

func (s *server) activity() {
	for _, of := range []struct {
		id, path, whose, summary string
		access                   access
	}{
		{"list-activity", "/v1/me/activity", "me", "What happened to your account, newest first", own},
		{"list-company-activity", "/v1/company/activity", "company", "What happened to the accounts of your company (role: owner)", signedIn},
		{"list-staff-activity", "/v1/staff/activity", "staff", "What happened to the accounts of the house's people (offices: administrator, compliance, auditor)", signedIn},
	} {
		add(s, operation{id: of.id, method: http.MethodGet, path: of.path, tag: "account", access: of.access, summary: of.summary},
			func(ctx context.Context, c caller, in *activityQuery) (*struct{ Body Activities }, error) {
				q, err := in.house()
				if err != nil {
					return nil, err
				}
				return s.activities(ctx, c, of.whose, q)
			})
	}
	add(s, operation{
		id: "export-activity", method: http.MethodPost, path: "/v1/activity-exports", tag: "account", access: own,
		summary: "The activity log as a file", doc: "At most 10,000 lines, newest first. The export is noted in the log. Cells of the CSV that a spreadsheet would take for a formula begin with an apostrophe.",
		answers: map[int]answered{http.StatusOK: {says: "The file: CSV as asked, or JSON", kind: "text/csv", body: reflect.TypeFor[string]()}},
	}, s.exportActivity)
	add(s, operation{
		id: "get-security-review", method: http.MethodGet, path: "/v1/me/security-review", tag: "account", access: own, summary: "What to look at regularly, and whether it is time to",
	}, s.securityReview)
	add(s, operation{
		id: "confirm-security-review", method: http.MethodPost, path: "/v1/me/security-review", tag: "account", access: own, summary: "Say that you have looked, and that all is right",
	}, func(ctx context.Context, c caller, in *struct{ Body ReviewDone }) (*struct{}, error) {
		return done(s.house.ConfirmReview(ctx, c.In, c.From, in.Body.Seen))
	})
}

func (s *server) activities(ctx context.Context, c caller, of string, q assurance.ActivityQuery) (*struct{ Body Activities }, error) {
	q, err := whose(of, c, q)
	if err != nil {
		return nil, err
	}
	rows, err := s.house.Activities(ctx, c.In, q)
	if err != nil {
		return nil, err
	}
	page := Activities{Items: []Activity{}}
	for _, r := range rows {
		page.Items = append(page.Items, activityOf(r))
	}
	if len(rows) > 0 && len(rows) >= limitOf(q.Limit) {
		page.Next = rows[len(rows)-1].Sequence
	}
	return &struct{ Body Activities }{page}, nil
}

func activityOf(a assurance.Activity) Activity {
	e := a.Event
	out := Activity{
		Sequence: a.Sequence, At: stamp(a.At), What: a.What, Session: a.Session, Factor: string(e.FactorKind), Label: e.Label, Why: e.Why,
		Subject: e.Subject, Count: e.Count, Who: ActivityWho{ID: string(a.Person), Name: a.Name, Office: a.Office},
	}
	if e.Key != nil {
		out.Label = e.Key.Label
	}
	if e.Where != nil {
		out.From = whereOf(*e.Where)
	}
	if e.Risk != nil {
		out.Risk = ActivityRisk{Level: e.Risk.Level, ScoreMilli: e.Risk.ScoreMilli, Reasons: texts(e.Risk.Reasons)}
	}
	return out
}

const exportMax = 10_000

// exported is a file on its way out.
type exported struct {
	ContentType        string `header:"Content-Type"`
	ContentDisposition string `header:"Content-Disposition"`
	Body               []byte
}

func (s *server) exportActivity(ctx context.Context, c caller, in *struct{ Body ActivityExport }) (*exported, error) {
	b := in.Body
	if b.Format != "csv" && b.Format != "json" {
		return nil, fault.New(fault.Invalid, "request.bad_choice", "Choose one of the words that the description names.").At("format")
	}
	q := assurance.ActivityQuery{What: b.What, Limit: 200}
	if err := span(&q, b.From, b.To, ""); err != nil {
		return nil, err
	}
	all := []Activity{}
	for {
		page, err := s.activities(ctx, c, b.Of, q)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Body.Items...)
		if q.Before = page.Body.Next; q.Before == 0 || len(all) >= exportMax {
			break
		}
	}
	if err := s.house.NoteExport(ctx, c.In, c.From, "activity:"+b.Of); err != nil {
		return nil, err
	}
	if b.Format == "json" {
		doc, err := json.Marshal(Activities{Items: all})
		return &exported{"application/json", `attachment; filename="activity.json"`, doc}, err
	}
	return &exported{"text/csv; charset=utf-8; header=present", `attachment; filename="activity.csv"`, csvOf(all)}, nil
}

func csvOf(all []Activity) []byte {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.UseCRLF = true // RFC 4180
	_ = w.Write([]string{
		"sequence", "at", "what", "person", "name", "office", "session", "address", "network", "country", "city", "browser", "version", "system",
		"factor", "label", "why", "subject", "count", "risk", "reasons",
	})
	for _, a := range all {
		line := []string{
			strconv.FormatInt(a.Sequence, 10), a.At, a.What, a.Who.ID, a.Who.Name, a.Who.Office, a.Session, a.From.Address, a.From.Network, a.From.Country,
			a.From.City, a.From.Browser, a.From.Version, a.From.System, a.Factor, a.Label, a.Why, a.Subject, strconv.Itoa(a.Count), a.Risk.Level,
			strings.Join(a.Risk.Reasons, " "),
		}
		for i, cell := range line {
			line[i] = inert(cell)
		}
		_ = w.Write(line) // a buffer takes everything
	}
	w.Flush()
	return out.Bytes()
}

// inert keeps a cell from being a formula where the file is opened in a spreadsheet.
func inert(cell string) string {
	if strings.HasPrefix(cell, "=") || strings.HasPrefix(cell, "+") || strings.HasPrefix(cell, "-") || strings.HasPrefix(cell, "@") ||
		strings.HasPrefix(cell, "\t") || strings.HasPrefix(cell, "\r") {
		return "'" + cell
	}
	return cell
}

func (s *server) securityReview(ctx context.Context, c caller, _ *nothing) (*struct{ Body SecurityReview }, error) {
	r, err := s.house.SecurityReview(ctx, c.In)
	if err != nil {
		return nil, err
	}
	return &struct{ Body SecurityReview }{SecurityReview{
		Due: r.Due, DueAt: stamp(r.DueAt), Days: r.Days, PasswordAt: stamp(r.Account.PasswordAt), Factors: factorsOf(r.Account),
		Sessions: openSessionsOf(r.Sessions, c.In), Keys: s.keysOf(r.Account),
	}}, nil
}

func (s *server) keysOf(a account.State) []Key {
	out := []Key{}
	for _, k := range a.Keys {
		if k.Living(s.house.Now()) {
			out = append(out, keyOf(k))
		}
	}
	return out
}
