package watchlist

import (
	"cmp"
	"strings"

	"fondaco/internal/trade/screening"
)

// The two layouts of the UK: the consolidated list of the Treasury, and the UK
// Sanctions List. Both have a line with the date before the header, and a line for
// each name and address of an entry.
func ukOrder() []string {
	return []string{"name 6", "name 1", "name 2", "name 3", "name 4", "name 5", "title", "name non-latin script", "dob", "nationality", "passport number", "group type", "alias type", "alias quality", "regime", "listed on", "group id"}
}

func ukNewOrder() []string {
	return []string{"unique id", "name 6", "name 1", "name 2", "name 3", "name 4", "name 5", "name type", "alias strength", "title", "name non-latin script", "regime name", "designation type"}
}

// uk reads either list of the UK.
type uk struct {
	*columns
	file   string
	lands  countries
	drafts []*draft
	byID   map[string]*draft
	today  bool // the UK Sanctions List
}

func parseUK(code string, p Part) (entries []screening.Entry, version string, err error) {
	text, err := clean(p, false)
	if err != nil {
		return nil, "", err
	}
	t, err := newTable(p.Name, text)
	if err != nil {
		return nil, "", err
	}
	first, err := t.read()
	if err != nil {
		return nil, "", err
	}
	dated := ukDated(first)
	header, err := t.read()
	if err != nil {
		return nil, "", refuse(codeTruncated, p.Name, "its header is missing").Because(err)
	}
	width := len(header)
	u := &uk{file: p.Name, lands: newCountries(), byID: map[string]*draft{}}
	u.today = strings.Contains(strings.ToLower(string(joinFields(header))), "unique id")
	order := ukOrder()
	if u.today {
		order = ukNewOrder()
	}
	if u.columns, err = newColumns(p.Name, header, order); err != nil {
		return nil, "", err
	}
	if err := u.each(t, width, u.read); err != nil {
		return nil, "", err
	}
	h := newHarvest(code, p.Name)
	for _, d := range u.drafts {
		if len(d.Names) == 0 {
			return nil, "", refuse(codeReordered, p.Name, "entry "+short(d.ID)+" has no name")
		}
		if err := h.add(d); err != nil {
			return nil, "", err
		}
	}
	return h.entries, dated, nil
}

func joinFields(row [][]byte) []byte {
	var all []byte
	for _, f := range row {
		all = append(append(all, f...), ',')
	}
	return all
}

// ukDated is the date of the line before the header.
func ukDated(first [][]byte) string {
	text := string(joinFields(first))
	text = strings.TrimPrefix(strings.TrimPrefix(text, "Last Updated,"), "Report Date:")
	text, _, _ = strings.Cut(text, ",")
	return day(text)
}

func (u *uk) read() (fits bool, err error) {
	id, kindText := u.get("group id"), u.get("group type")
	if u.today {
		id, kindText = u.get("unique id"), u.get("designation type")
	}
	kind := screening.Any
	switch strings.ToLower(kindText) {
	case "individual":
		kind = screening.Person
	case "entity":
		kind = screening.Organisation
	case "ship":
		kind = screening.Vessel
	}
	fits = kind != screening.Any && (u.today || allDigits([]byte(id)))
	if id == "" {
		return false, refuse(codeReordered, u.file, "a record has no ID")
	}
	d := u.byID[id]
	if d == nil {
		d = &draft{Entry: screening.Entry{ID: id, Kind: kind}, file: u.file, lands: u.lands}
		u.byID[id] = d
		u.drafts = append(u.drafts, d)
	}
	if err := u.names(d); err != nil {
		return fits, err
	}
	u.facts(d)
	return fits, nil
}

func (u *uk) names(d *draft) error {
	name := joined(" ", u.get("name 1"), u.get("name 2"), u.get("name 3"), u.get("name 4"), u.get("name 5"), u.get("name 6"))
	kind, weak := "aka", strings.HasPrefix(strings.ToLower(cmp.Or(u.get("alias quality"), u.get("alias strength"))), "low")
	said := strings.ToLower(cmp.Or(u.get("alias type"), u.get("name type")))
	switch {
	case strings.HasPrefix(said, "primary name"):
		kind, weak = "primary", false
	case strings.HasPrefix(said, "fka"), strings.HasPrefix(said, "former"):
		kind = "fka"
	}
	had := len(d.Names)
	if err := d.name(name, kind, weak); err != nil {
		return err
	}
	if said == "primary name" && len(d.Names) > had && had > 0 {
		d.Names[0], d.Names[had] = d.Names[had], d.Names[0] // the first is the one that is shown
	}
	return d.name(u.get("name non-latin script"), kind, false)
}

func (u *uk) facts(d *draft) {
	d.programme(cmp.Or(u.get("regime"), u.get("regime name")))
	if d.Listed == "" {
		d.Listed = day(cmp.Or(u.get("listed on"), u.get("date designated")))
	}
	d.Reference = cmp.Or(d.Reference, u.get("un reference number"), u.get("ofsi group id"))
	for _, text := range counted(cmp.Or(u.get("dob"), u.get("d.o.b"))) {
		d.birth(text)
	}
	for _, column := range []string{"nationality", "nationality(/ies)", "country", "address country", "current believed flag of ship"} {
		for _, land := range counted(u.get(column)) {
			d.country(land)
		}
	}
	if town := u.get("town of birth"); town != "" || u.get("country of birth") != "" {
		d.place(joined(", ", town, u.get("country of birth")))
	}
	for _, paper := range []struct{ column, kind string }{
		{"passport number", passport},
		{"national identification number", national},
		{"national identifier number", national},
		{"business registration number (s)", registration},
		{"imo number", imo},
		{"email address", email},
	} {
		for _, number := range counted(u.get(paper.column)) {
			d.identifier(paper.kind, number, "")
		}
	}
	for _, column := range []string{"title", "position", "other information", "uk statement of reasons"} {
		d.remark(u.get(column))
	}
}

// counted splits what is written as (1) one (2) another, or with bars or semicolons.
func counted(text string) []string {
	if text == "" {
		return nil
	}
	if !strings.HasPrefix(text, "(1)") {
		return strings.FieldsFunc(text, func(r rune) bool { return r == '|' || r == ';' })
	}
	var all []string
	for part := range strings.SplitSeq(text, "(") {
		number, rest, found := strings.Cut(part, ")")
		switch {
		case found && allDigits([]byte(number)) && len(number) < 3:
			all = append(all, strings.Trim(rest, " .,;"))
		case len(all) > 0 && part != "":
			all[len(all)-1] += " (" + part
		}
	}
	return all
}
