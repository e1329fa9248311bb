package watchlist

import (
	"strings"

	"fondaco/internal/trade/screening"
)

// un reads the consolidated list of the UN Security Council.
type un struct {
	*harvest
	*xmlText
	lands countries
	d     *draft
	texts map[string]string // what the element one below the entry says, by element
	given []string          // parts of the name
	orig  string
	dated string
}

func parseUN(code string, p Part) (entries []screening.Entry, version string, err error) {
	text, err := clean(p, false)
	if err != nil {
		return nil, "", err
	}
	x, err := newXML(p.Name, text)
	if err != nil {
		return nil, "", err
	}
	u := &un{harvest: newHarvest(code, p.Name), xmlText: x, lands: newCountries(), texts: map[string]string{}}
	if err := x.each(u.step); err != nil {
		return nil, "", err
	}
	if len(u.entries) == 0 {
		return nil, "", refuse(codeEmpty, p.Name, "it has no entries")
	}
	return u.entries, u.dated, nil
}

// Elements of the list by how deep they stand.
const (
	unRoot  = 1
	unEntry = 3
	unField = 4
	unValue = 5
)

func (u *un) step(n node) error {
	depth := len(u.open)
	switch {
	case n == opening && depth == unRoot:
		if u.name != "CONSOLIDATED_LIST" {
			return refuse(codeUnknown, u.harvest.file, "it is not a list of the UN")
		}
		u.dated = day(firstRunes(u.attr("dateGenerated"), len("2006-01-02")))
	case n == opening && depth == unEntry:
		u.d = &draft{file: u.harvest.file, lands: u.lands}
		u.given, u.orig = nil, ""
		switch u.name {
		case "INDIVIDUAL":
			u.d.Kind = screening.Person
		case "ENTITY":
			u.d.Kind = screening.Organisation
		default:
			u.d = nil
		}
	case n == opening && depth == unField:
		clear(u.texts)
	case n == writing && u.d != nil && depth == unField:
		u.texts[""] += u.said
	case n == writing && u.d != nil && depth == unValue:
		u.texts[u.open[depth-1]] += u.said
	case n == closing && u.d != nil && depth == unField && u.name == "VALUE":
		u.valued(u.open[depth-1])
	case n == closing && u.d != nil && depth == unField-1:
		return u.field(u.name)
	case n == closing && u.d != nil && depth == unEntry-1:
		return u.done()
	}
	return nil
}

// valued reads one of the values that an element holds several of.
func (u *un) valued(field string) {
	said := u.texts["VALUE"]
	delete(u.texts, "VALUE")
	switch field {
	case "NATIONALITY":
		u.d.country(squeeze(said))
	case "DESIGNATION", "TITLE":
		u.d.remark(said)
	}
}

func (u *un) field(name string) error {
	said := squeeze(u.texts[""])
	switch kind, rest, _ := strings.Cut(name, "_"); {
	case name == "DATAID":
		u.d.ID = said
	case name == "REFERENCE_NUMBER":
		u.d.Reference = said
	case name == "UN_LIST_TYPE":
		u.d.programme(said)
	case name == "LISTED_ON":
		u.d.Listed = day(firstRunes(said, len("2006-01-02")))
	case name == "COMMENTS1":
		u.d.remark(said)
	case name == "FIRST_NAME", name == "SECOND_NAME", name == "THIRD_NAME", name == "FOURTH_NAME":
		if said != "" && said != "na" { // NA in capitals is a name
			u.given = append(u.given, said)
		}
	case name == "NAME_ORIGINAL_SCRIPT":
		u.orig = said
	case kind == "INDIVIDUAL" || kind == "ENTITY":
		return u.about(rest)
	}
	return nil
}

// about reads what is said of a party in an element of its own.
func (u *un) about(what string) error {
	t := u.texts
	switch what {
	case "ALIAS":
		u.d.birth(firstDate(t["DATE_OF_BIRTH"]))
		kind := "aka"
		if q := strings.ToLower(squeeze(t["QUALITY"])); strings.HasPrefix(q, "f.k.a") || strings.Contains(t["NOTE"], "formerly") {
			kind = "fka"
		}
		for _, alias := range aliases(t["ALIAS_NAME"]) {
			if err := u.d.name(alias, kind, strings.EqualFold(squeeze(t["QUALITY"]), "low")); err != nil {
				return err
			}
		}
	case "ADDRESS":
		u.d.country(squeeze(t["COUNTRY"]))
	case "DATE_OF_BIRTH":
		u.birth()
	case "PLACE_OF_BIRTH":
		u.d.place(joined(", ", t["CITY"], t["STATE_PROVINCE"], t["COUNTRY"]))
	case "DOCUMENT":
		land := u.lands.code(squeeze(t["ISSUING_COUNTRY"]))
		if land == "" {
			land = u.lands.code(squeeze(t["COUNTRY_OF_ISSUE"]))
		}
		u.d.identifier(documentKind(t["TYPE_OF_DOCUMENT"]+" "+t["TYPE_OF_DOCUMENT2"]), t["NUMBER"], land)
	}
	return nil
}

func (u *un) birth() {
	t := u.texts
	about := strings.HasPrefix(squeeze(t["TYPE_OF_DATE"]), "APPROX")
	for _, text := range []string{firstDate(t["DATE"]), squeeze(t["YEAR"]), joined(" to ", t["FROM_YEAR"], t["TO_YEAR"])} {
		if text == "" {
			continue
		}
		if about {
			text = "circa " + text
		}
		u.d.birth(text)
	}
}

// done ends an entry.
func (u *un) done() error {
	d := u.d
	u.d = nil
	whole := draft{file: d.file}
	if err := whole.name(strings.Join(u.given, " "), "primary", false); err != nil {
		return err
	}
	if d.ID == "" || len(whole.Names) == 0 {
		return refuse(codeReordered, d.file, "an entry has no ID or no name")
	}
	if err := whole.name(u.orig, "primary", false); err != nil {
		return err
	}
	d.Names = append(whole.Names, d.Names...)
	return u.add(d)
}

// aliases splits what the list writes into one: with semicolons or counted "b)". What
// is in brackets is another script, which is a name of its own, or a note, which is
// none.
func aliases(text string) []string {
	text = strings.NewReplacer(" b) ", "; ", " c) ", "; ", " d) ", "; ").Replace(squeeze(text))
	text = strings.TrimPrefix(text, "a) ")
	var all []string
	depth, from := 0, 0
	for i := 0; i <= len(text); i++ {
		switch {
		case i == len(text) || text[i] == ';' && depth == 0:
			before, after, found := strings.Cut(text[from:i], "(")
			if found {
				if inside, _, _ := strings.Cut(after, ")"); native(inside) {
					all = append(all, inside)
				}
			}
			before, _, _ = strings.Cut(before, ", born ")
			all = append(all, strings.TrimSpace(before))
			from = i + 1
		case text[i] == '(':
			depth++
		case text[i] == ')' && depth > 0:
			depth--
		}
	}
	return all
}

func documentKind(text string) string {
	low := strings.ToLower(squeeze(text))
	switch {
	case low == "":
		return otherPaper
	case strings.Contains(low, "passport"), strings.Contains(low, "passeport"), strings.Contains(low, "pasaporte"):
		return passport
	case strings.Contains(low, "identi"), strings.Contains(low, "national"):
		return national
	}
	return otherPaper
}

// firstDate is the day of a text that may have a zone behind it.
func firstDate(text string) string {
	text = squeeze(text)
	if len(text) > 10 && text[4] == '-' && text[7] == '-' {
		return text[:10]
	}
	return text
}

// firstRunes is the beginning of a text.
func firstRunes(text string, n int) string {
	for i := range text {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	return text
}

// joined joins what is there.
func joined(between string, parts ...string) string {
	var there []string
	for _, p := range parts {
		if p = squeeze(p); p != "" && !strings.EqualFold(p, "na") {
			there = append(there, p)
		}
	}
	return strings.Join(there, between)
}
