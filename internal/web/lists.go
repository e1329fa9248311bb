package web

import (
	"strings"
	"time"

	"github.com/a-h/templ"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
	"fondaco/internal/web/ui"
)

// listOld is from when on a list that nobody could read is a matter for people.
const listOld = 48 * time.Hour

const versionsShown = 100

// listsView is which version of each list the house uses.
type listsView struct {
	Lists   []assurance.ListStatus
	Screens bool // the house was told of lists
	Keeps   bool // the reader may have them read anew
	Reads   bool // the reader may see versions
	Err     error
}

func (s *site) listsDesk(v *visit) (reply, error) { return v.showLists(nil) }

func (v *visit) showLists(refusal error) (reply, error) {
	states, err := v.house().ListStates(v.ctx(), v.actor())
	if err != nil {
		return reply{}, err
	}
	view := listsView{Lists: states, Screens: v.house().Screens(), Keeps: v.allowed(identity.ToKeepLists), Reads: v.allowed(identity.ToReadChecks), Err: refusal}
	rep := reply{page: ui.Page{Title: v.T("lists.title")}, view: listsDeskView(v, view)}
	if refusal != nil {
		rep.status = fault.KindOf(refusal).HTTPStatus()
	}
	return rep, nil
}

// readLists has every list read now. A second press finds nothing new.
func (s *site) readLists(v *visit) (reply, error) {
	changed, err := v.house().KeepLists(v.ctx(), v.actor())
	if err != nil {
		if k := fault.KindOf(err); k == fault.Forbidden || k == fault.Internal {
			return reply{}, err
		}
		return v.showLists(err)
	}
	if changed > 0 {
		return goTo("/desk/lists", "flash.lists_changed")
	}
	return goTo("/desk/lists", "flash.lists_same")
}

// listView is one list with the versions that were in use.
type listView struct {
	Code     string
	State    assurance.ListStatus
	Versions []assurance.ListRow
}

func (s *site) listPage(v *visit) (reply, error) {
	view := listView{Code: v.path("list")}
	var err error
	if view.Versions, err = v.house().ListVersions(v.ctx(), v.actor(), view.Code, versionsShown); err != nil {
		return reply{}, err
	}
	states, err := v.house().ListStates(v.ctx(), v.actor())
	if err != nil {
		return reply{}, err
	}
	known := false
	for _, st := range states {
		if st.List == view.Code {
			view.State, known = st, true
		}
	}
	if !known && len(view.Versions) == 0 {
		return reply{}, noSuchPage()
	}
	return show(v.listName(view.Code), listPageView(v, view))
}

// listState says in a word how a list stands.
func (v *visit) listState(l assurance.ListStatus) ui.State {
	switch {
	case l.Mark == 0:
		return ui.State{Tone: ui.ToneDanger, Icon: ui.IconTriangleAlert, Word: v.T("lists.state.never")}
	case l.From == "":
		return ui.State{Tone: ui.ToneNeutral, Icon: ui.IconPause, Word: v.T("lists.state.no_source")}
	case l.Refused != "":
		return ui.State{Tone: ui.ToneDanger, Icon: ui.IconCircleX, Word: v.T("lists.state.refused")}
	case l.Trouble != "" || v.Now.Sub(l.Read) > listOld:
		return ui.State{Tone: ui.ToneClock, Icon: ui.IconHourglass, Word: v.T("lists.state.old")}
	}
	return ui.State{Tone: ui.ToneNeutral, Icon: ui.IconCircleCheck, Word: v.T("lists.state.in_use")}
}

// listWhy says why a version was refused or a source could not be read.
func (v *visit) listWhy(code string) string {
	if _, name, ok := strings.Cut(code, "."); ok {
		if key := "lists.why." + name; v.has(key) {
			return v.T(key)
		}
	}
	return v.T("lists.why.other", "Code", code)
}

// troubles are the lists that people have to look at.
func (l listsView) troubles() []assurance.ListStatus {
	var out []assurance.ListStatus
	for _, s := range l.Lists {
		if s.Refused != "" || s.Trouble != "" {
			out = append(out, s)
		}
	}
	return out
}

func (v *visit) listGrid(l listsView) ui.Grid {
	g := ui.Grid{Caption: v.T("lists.title"), HideCaption: true, Columns: []ui.Column{
		{Label: v.T("lists.list")}, {Label: v.T("say.state")}, {Label: v.T("lists.version")}, {Label: v.T("lists.entries"), Numeric: true}, {Label: v.T("lists.changes")}, {Label: v.T("lists.read")},
	}}
	for _, s := range l.Lists {
		name := ui.Text(v.listName(s.List))
		if l.Reads {
			name = ui.Anchor(ui.Link{Label: v.listName(s.List), Href: "/desk/lists/" + s.List})
		}
		read := ui.Text(v.T("lists.not_read"))
		if !s.Read.IsZero() {
			read = both(ui.Text(v.Words.Relative(s.Read, v.Now)), ui.Minute(v.Reader, s.Read))
		}
		row := []templ.Component{both(name, placeText(v.listPlace(s))), ui.StateBadge(v.listState(s)), ui.Text(v.T("lists.none_in_use")), ui.Text("–"), ui.Text("–"), read}
		if s.Mark != 0 {
			row[2] = both(ui.Text(dash(s.Version)), ui.Text(v.T("lists.in_use_since", "Age", v.Words.Relative(s.At, v.Now))))
			row[3] = ui.Text(v.Words.Number(int64(s.Entries)))
			row[4] = ui.Text(v.T("lists.changed", "Added", v.Words.Number(int64(s.Added)), "Changed", v.Words.Number(int64(s.Changed)), "Removed", v.Words.Number(int64(s.Removed))))
		}
		g.Rows = append(g.Rows, row)
	}
	return g
}

// listPlace is where a list comes from; what came from a source that is gone says so.
func (v *visit) listPlace(s assurance.ListStatus) string {
	if s.From == "" {
		return v.T("lists.read_no_more")
	}
	return s.From
}

func (v *visit) versionGrid(l listView) ui.Grid {
	g := ui.Grid{Caption: v.T("lists.versions"), HideCaption: true, Columns: []ui.Column{
		{Label: v.T("lists.version")}, {Label: v.T("lists.since")}, {Label: v.T("lists.entries"), Numeric: true}, {Label: v.T("document.size"), Numeric: true}, {Label: v.T("document.fingerprint")}, {Label: v.T("lists.source")},
	}}
	for i, r := range l.Versions {
		version := strong(dash(r.Version))
		if i == 0 {
			version = both(version, ui.Text(v.T("lists.state.in_use")))
		}
		g.Rows = append(g.Rows, []templ.Component{
			version, ui.Moment(v.Reader, r.At), ui.Text(v.Words.Number(int64(r.Entries))), ui.Text(v.sizeText(r.Bytes)),
			ui.IDText(v.Reader, ui.Ident{Value: r.Checksum, Name: v.T("document.hash")}), placeText(r.Source),
		})
	}
	return g
}
