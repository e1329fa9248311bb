package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/compliance"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/web/ui"
)

const (
	casesShown    = 50
	openCasesMax  = 2000 // read at once, so that the most pressing of them come first
	partiesSought = 20   // whose name holds what is searched for
)

// checkRoutes are the desk that decides whether a company is a listed one, and the
// lists that it is held against.
func (s *site) checkRoutes() []route {
	get, post := http.MethodGet, http.MethodPost
	return []route{
		{get, "/desk/checks", staff, s.checksDesk, false},
		{get, "/desk/checks/{case}", staff, s.checkPage, false},
		{post, "/desk/checks/{case}/{step}", staff, s.checkStep, false},
		{get, "/desk/lists", staff, s.listsDesk, false},
		{get, "/desk/lists/{list}", staff, s.listPage, false},
		{post, "/desk/lists/read", staff, s.readLists, false},
	}
}

// checkBack is the page to which a form of a case or of the lists belongs.
func checkBack(path string) (string, bool) {
	if path == "/desk/lists/read" {
		return "/desk/lists", true
	}
	if rest, ok := strings.CutPrefix(path, "/desk/checks/"); ok {
		id, _, _ := strings.Cut(rest, "/")
		return "/desk/checks/" + id, true
	}
	return "", false
}

// checkFilter is what the reader asked to see of the cases.
type checkFilter struct {
	Which  string // a stage, "all", or empty for what somebody has to decide
	Search string // part of a company's name
	Before string
}

// checkViews are the parts of the queue, the one to begin with first.
func checkViews() []string {
	return []string{"", string(compliance.Confirmed), string(compliance.Lifted), string(compliance.Cleared), "all"}
}

func (v *visit) checkFilter() checkFilter {
	f := checkFilter{Which: v.query("which"), Search: strings.TrimSpace(v.query("q")), Before: v.query("before")}
	if !slices.Contains(checkViews(), f.Which) {
		f.Which = ""
	}
	return f
}

func (f checkFilter) href() string {
	values := url.Values{}
	for name, value := range map[string]string{"which": f.Which, "q": f.Search, "before": f.Before} {
		if value != "" {
			values.Set(name, value)
		}
	}
	if len(values) == 0 {
		return "/desk/checks"
	}
	return "/desk/checks?" + values.Encode()
}

func (f checkFilter) query() assurance.CaseQuery {
	switch f.Which {
	case "":
		return assurance.CaseQuery{Open: true}
	case "all":
		return assurance.CaseQuery{}
	}
	return assurance.CaseQuery{Stage: f.Which}
}

// checksView is the queue as the reader asked for it.
type checksView struct {
	Filter  checkFilter
	Cases   []compliance.Case
	Counts  checkCounts
	Turn    ui.Turn
	Screens bool // the house has lists at all
}

// checkCounts is how much waits for a decision.
type checkCounts struct{ Open, Overdue, Holding, Second, Nobodys int }

func countCases(open []compliance.Case) (n checkCounts) {
	n.Open = len(open)
	for _, c := range open {
		if c.Overdue {
			n.Overdue++
		}
		if c.Holds() {
			n.Holding++
		}
		if c.Stage == compliance.Proposed || c.Stage == compliance.Lifting {
			n.Second++
		}
		if c.Assignee == "" {
			n.Nobodys++
		}
	}
	return n
}

func (s *site) checksDesk(v *visit) (reply, error) {
	open, err := v.openCases()
	if err != nil {
		return reply{}, err
	}
	view := checksView{Filter: v.checkFilter(), Counts: countCases(open), Screens: v.house().Screens()}
	switch {
	case view.Filter.Search != "":
		view.Cases, err = v.casesOf(view.Filter)
	case view.Filter.Which == "":
		view.Cases = open
	default:
		view.Cases, view.Turn, err = v.casePage(view.Filter)
	}
	if err != nil {
		return reply{}, err
	}
	if view.Filter.Which == "" {
		slices.SortStableFunc(view.Cases, pressing)
	}
	return show(v.T("checks.title"), checksDeskView(v, view))
}

// pressing orders cases: what is overdue first, then the most probable to the
// percent, then what has to be decided soonest.
func pressing(a, b compliance.Case) int {
	late := func(c compliance.Case) int {
		if c.Overdue {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(late(a), late(b)), cmp.Compare(worstOf(b)/100, worstOf(a)/100), a.DecideBy.Compare(b.DecideBy))
}

// worstOf is the highest probability of a case, in basis points.
func worstOf(c compliance.Case) int { return topFinding(c).Probability }

func topFinding(c compliance.Case) (top compliance.Finding) {
	for i, m := range c.Matters {
		if i == 0 || m.Finding.Probability > top.Probability {
			top = m.Finding
		}
	}
	return top
}

// openCases reads everything that somebody has to decide.
func (v *visit) openCases() ([]compliance.Case, error) {
	var all []compliance.Case
	for before := ""; ; {
		page, err := v.house().CheckCases(v.ctx(), v.actor(), assurance.CaseQuery{Open: true, Before: before, Limit: 200})
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if len(page) < 200 || len(all) >= openCasesMax {
			return all, nil
		}
		before = page[len(page)-1].ID
	}
}

// casePage reads one page of cases that are decided, or of all.
func (v *visit) casePage(f checkFilter) (rows []compliance.Case, turn ui.Turn, err error) {
	q := f.query()
	q.Before, q.Limit = f.Before, casesShown+1
	if rows, err = v.house().CheckCases(v.ctx(), v.actor(), q); err != nil {
		return nil, turn, err
	}
	if f.Before != "" {
		newest := f
		newest.Before = ""
		turn.NewerHref = newest.href()
	}
	if len(rows) > casesShown {
		rows = rows[:casesShown]
		older := f
		older.Before = rows[casesShown-1].ID
		turn.OlderHref = older.href()
	}
	return rows, turn, nil
}

// casesOf reads the cases of companies whose name holds what is searched for.
func (v *visit) casesOf(f checkFilter) ([]compliance.Case, error) {
	parties, err := v.house().Parties(v.ctx(), v.actor(), assurance.PartyQuery{Search: f.Search, Limit: partiesSought})
	if err != nil {
		return nil, err
	}
	var all []compliance.Case
	for _, p := range parties {
		q := f.query()
		q.Party, q.Limit = p.ID, casesShown
		rows, err := v.house().CheckCases(v.ctx(), v.actor(), q)
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	return all, nil
}

// checkView is one case with the forms that its reader may fill in.
type checkView struct {
	assurance.CheckFile
	Decides bool   // the reader may decide cases
	Mine    bool   // the reader has taken it
	Own     bool   // the reader wrote the proposal that stands
	Lost    string // what was written into a form that is not on the page any more
	Err     error
}

func (s *site) checkPage(v *visit) (reply, error) { return v.showCheck(nil) }

func (v *visit) showCheck(refusal error) (reply, error) {
	f, err := v.house().CheckCase(v.ctx(), v.actor(), v.path("case"))
	if err != nil {
		return reply{}, err
	}
	view := checkView{CheckFile: f, Decides: v.allowed(identity.ToDecideChecks), Err: refusal}
	view.Mine = f.Case.Assignee != "" && f.Case.Assignee == v.actor().Person
	view.Own = f.Case.Proposal.By == v.actor().Person
	if refusal != nil && v.tried != "" && !view.offers(v.tried) {
		view.Lost = v.posted(v.tried + ".reason")
	}
	rep := reply{page: ui.Page{Title: f.Case.Subject.Name}, view: checkPageView(v, view)}
	if refusal != nil {
		rep.status = fault.KindOf(refusal).HTTPStatus()
	}
	return rep, nil
}

// offers reports whether the page holds that form now.
func (c checkView) offers(form string) bool {
	stage := c.Case.Stage
	standing := stage == compliance.Proposed || stage == compliance.Lifting
	switch form {
	case "propose":
		return stage == compliance.Opened
	case "agree":
		return standing && !c.Own
	case "object":
		return standing
	case "lift":
		return stage == compliance.Confirmed
	}
	return true
}

func (s *site) checkStep(v *visit) (reply, error) {
	call, err := v.call()
	if err != nil {
		return reply{}, err
	}
	id, step := v.path("case"), v.path("step")
	command, err := v.caseCommand(step)
	if fault.CodeOf(err) == "web.no_page" {
		return reply{}, err
	}
	if err == nil {
		_, err = v.house().StepCase(v.ctx(), call, id, command)
	}
	if err != nil {
		if k := fault.KindOf(err); k == fault.NotFound || k == fault.Internal || k == fault.Forbidden && !v.allowed(identity.ToReadChecks) {
			return reply{}, err
		}
		v.refuseHere(step, err)
		return v.showCheck(v.forPage(err))
	}
	return goTo("/desk/checks/"+id, "flash.check_"+step)
}

// caseCommand reads a form of the case's page.
func (v *visit) caseCommand(step string) (compliance.Command, error) {
	field := func(name string) string { return v.posted(step + "." + name) }
	switch step {
	case "take":
		return compliance.Take{}, nil
	case "propose":
		return v.proposal()
	case "agree":
		round, err := strconv.Atoi(field("round"))
		if err != nil {
			return nil, badForm(err)
		}
		return compliance.Agree{Round: round, Reason: field("reason")}, nil
	case "object":
		round, err := strconv.Atoi(field("round"))
		if err != nil {
			return nil, badForm(err)
		}
		return compliance.Object{Round: round, Reason: field("reason")}, nil
	case "lift":
		c := compliance.Lift{Ground: compliance.Ground(field("ground")), Reason: field("reason")}
		c.Licence.Number, c.Licence.Authority = field("licence"), field("authority")
		if text := field("until"); text != "" {
			day, err := time.ParseInLocation(time.DateOnly, text, v.Zone)
			if err != nil {
				return nil, fault.New(fault.Invalid, "compliance.bad_licence", "A licence has a number, an authority and an end within two years.").At("until")
			}
			c.Licence.Until = day.AddDate(0, 0, 1).Add(-time.Microsecond) // the whole of that day
		}
		return c, nil
	}
	return nil, noSuchPage()
}

// proposal reads what was decided of each finding. A finding is named by its list
// and number, so that a form that has grown old decides nothing else.
func (v *visit) proposal() (compliance.Command, error) {
	edition, err := strconv.Atoi(v.posted("propose.edition"))
	if err != nil {
		return nil, badForm(err)
	}
	c := compliance.Propose{Edition: edition, Decision: compliance.Decision(v.posted("propose.decisions")), Reason: v.posted("propose.reason")}
	for i := range compliance.FindingsMax {
		name := "propose.finding." + itoa(i)
		if !v.form.Has(name) {
			break
		}
		if d := v.posted(name); d != "" {
			c.Decisions = append(c.Decisions, compliance.Decided{Key: compliance.Key{List: v.posted(name + ".list"), Entry: v.posted(name + ".entry")}, Decision: compliance.Decision(d)})
		}
	}
	return c, nil
}

// caseDeed leads from a deal that stands still to the case that it waits for: two
// people decide that one, and the deal follows.
func (v *visit) caseDeed(s deal.State) (deed, bool) {
	if s.FreezeCase == "" || !v.allowed(identity.ToReadChecks) {
		return deed{}, false
	}
	f, err := v.house().CheckCase(v.ctx(), v.actor(), s.FreezeCase)
	if err != nil || !f.Case.Holds() { // frozen by hand, under a number of the office's own
		return deed{}, false
	}
	d := v.finished(s, deed{Name: "check", Icon: ui.IconSearch, Href: "check"})
	d.Href = "/desk/checks/" + f.Case.ID
	return d, true
}

// checkQueues are the cases that wait, and the lists that need a look, as far as
// the reader may see them.
func (v *visit) checkQueues() ([]queue, error) {
	var out []queue
	if v.allowed(identity.ToReadChecks) {
		open, err := v.openCases()
		if err != nil {
			return nil, err
		}
		out = append(out, queue{"checks", "/desk/checks", ui.IconSearch, len(open)})
	}
	if !v.allowed(identity.ToReadChecks) && !v.allowed(identity.ToKeepLists) {
		return out, nil
	}
	states, err := v.house().ListStates(v.ctx(), v.actor())
	if err != nil {
		return nil, err
	}
	return append(out, queue{"lists", "/desk/lists", ui.IconListChecks, len(listsView{Lists: states}.troubles())}), nil
}
