package web

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"fondaco/internal/trade/identity"
	"fondaco/internal/web/ui"
)

// rowsMax keeps a form that somebody made up from being read for ever. What a
// profile may hold is the identity rules' to say.
const rowsMax = 60

func otherNameField(i int) string { return "other_names[" + strconv.Itoa(i) + "]" }

func personField(i int, name string) string { return "people[" + strconv.Itoa(i) + "]." + name }

// postedRows is how many rows of a kind the form holds.
func (v *visit) postedRows(name string) int {
	n, err := strconv.Atoi(v.posted(name))
	if err != nil {
		return 0
	}
	return min(max(n, 0), rowsMax)
}

// postedNames reads the rows of other names; empty ones are nobody's.
func (v *visit) postedNames() []string {
	var out []string
	for i := range v.postedRows("other_names.count") {
		if name := v.posted(otherNameField(i)); name != "" {
			out = append(out, name)
		}
	}
	return out
}

// postedPeople reads the rows of people; one with nothing in it is nobody.
func (v *visit) postedPeople() []identity.Controller {
	var out []identity.Controller
	for i := range v.postedRows("people.count") {
		field := func(name string) string { return v.posted(personField(i, name)) }
		p := identity.Controller{
			Name: field("name"), LocalName: field("local_name"), Birth: field("birth"), Country: field("country"), Capacity: identity.Capacity(field("capacity")),
		}
		share := field("share")
		if p.Name+p.LocalName+p.Birth+p.Country+share == "" {
			continue
		}
		switch n, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(share, "%"))); {
		case share == "":
		case err != nil:
			p.SharePercent = -1 // no number: the rules will say so
		default:
			p.SharePercent = n
		}
		out = append(out, p)
	}
	return out
}

// rearranges adds or takes away a row of the profile's form, if one of those buttons
// was pressed. An added row is one that is empty.
func (v *visit) rearranges(p *identity.Profile) bool {
	do, which, _ := strings.Cut(v.posted("do"), ":")
	n, err := strconv.Atoi(which)
	drop := err == nil && n >= 0
	switch do {
	case "add_name":
		p.OtherNames = append(p.OtherNames, "")
	case "add_person":
		p.People = append(p.People, identity.Controller{Capacity: identity.BeneficialOwner})
	case "remove_name":
		if p.OtherNames = v.rowsOfNames(); drop && n < len(p.OtherNames) {
			p.OtherNames = append(p.OtherNames[:n:n], p.OtherNames[n+1:]...)
		}
	case "remove_person":
		if drop && n < v.postedRows("people.count") {
			for _, name := range []string{"name", "local_name", "birth", "country", "capacity", "share"} {
				v.form.Del(personField(n, name))
			}
			p.People = v.postedPeople()
		}
	default:
		return false
	}
	return true
}

func (v *visit) rowsOfNames() []string {
	out := make([]string, v.postedRows("other_names.count"))
	for i := range out {
		out[i] = v.posted(otherNameField(i))
	}
	return out
}

func (v *visit) capacityOptions(chosen identity.Capacity) []ui.Option {
	var out []ui.Option
	for _, c := range identity.Capacities() {
		out = append(out, ui.Option{Value: string(c), Label: v.T("profile.capacity." + string(c)), Chosen: c == chosen})
	}
	return out
}

func shareText(p identity.Controller) string {
	if p.SharePercent <= 0 {
		return ""
	}
	return strconv.Itoa(p.SharePercent)
}

// peopleGrid lists the people behind a company; births only for those who may see them.
func (v *visit) peopleGrid(people []identity.Controller, births bool) ui.Grid {
	g := ui.Grid{Caption: v.T("profile.people"), HideCaption: true, Columns: []ui.Column{{Label: v.T("members.person")}, {Label: v.T("profile.person_capacity")}}}
	if births {
		g.Columns = append(g.Columns, ui.Column{Label: v.T("profile.person_birth")}, ui.Column{Label: v.T("profile.person_country")}, ui.Column{Label: v.T("profile.person_share"), Numeric: true})
	}
	for _, p := range people {
		row := []templ.Component{both(strong(p.Name), ui.Text(p.LocalName)), ui.Text(v.T("profile.capacity." + string(p.Capacity)))}
		if births {
			share := "–"
			if p.SharePercent > 0 {
				share = v.T("check.percent", "Number", p.SharePercent)
			}
			row = append(row, ui.Text(dash(p.Birth)), ui.Text(dash(v.country(p.Country))), ui.Text(share))
		}
		g.Rows = append(g.Rows, row)
	}
	return g
}
