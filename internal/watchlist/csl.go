package watchlist

import (
	"slices"
	"strings"

	"fondaco/internal/trade/screening"
)

// cslOrder is the header of the consolidated screening list, as far as it is used.
func cslOrder() []string {
	return []string{
		"_id", "source", "type", "programs", "name", "title", "addresses", "start_date", "call_sign", "vessel_flag",
		"remarks", "alt_names", "citizenships", "dates_of_birth", "nationalities", "places_of_birth", "ids",
	}
}

// csl reads the consolidated screening list of the US.
type csl struct {
	*harvest
	*columns
	lands  countries
	papers *papers
	skip   []string // abbreviations of sources that are loaded by themselves
}

func parseCSL(code string, p Part, besides []string) ([]screening.Entry, error) {
	text, err := clean(p, false)
	if err != nil {
		return nil, err
	}
	t, err := newTable(p.Name, text)
	if err != nil {
		return nil, err
	}
	header, err := t.read()
	if err != nil {
		return nil, err
	}
	width := len(header)
	cols, err := newColumns(p.Name, header, cslOrder())
	if err != nil {
		return nil, err
	}
	c := &csl{harvest: newHarvest(code, p.Name), columns: cols, lands: newCountries(), papers: newPapers()}
	if slices.Contains(besides, OFACSDN) {
		c.skip = append(c.skip, "SDN")
	}
	if slices.Contains(besides, OFACConsolidated) {
		c.skip = append(c.skip, "SSI", "PLC", "CMIC", "CAP", "NS-MBS List", "MBS", "FSE")
	}
	if err := cols.each(t, width, c.read); err != nil {
		return nil, err
	}
	return c.entries, nil
}

// read reads one row. The list has a row for each source that an entry is on; they
// are one entry.
func (c *csl) read() (fits bool, err error) {
	source := abbreviation(c.get("source"))
	kind, known := cslKind(c.get("type"))
	fits = known && source != "" && c.get("_id") != "" && c.get("name") != ""
	if slices.Contains(c.skip, source) {
		return fits, nil
	}
	d := &draft{Entry: screening.Entry{ID: c.get("_id"), Kind: kind, Reference: c.get("entity_number")}, file: c.harvest.file, lands: c.lands}
	if d.ID == "" || c.get("name") == "" {
		return false, refuse(codeReordered, c.harvest.file, "a record has no ID or no name")
	}
	at, again := c.harvest.at[d.ID]
	if again {
		d.Entry = c.entries[at]
		if d.Names[0].Text != squeeze(c.get("name")) {
			return fits, refuse(codeDuplicate, c.harvest.file, "two entries have the ID "+short(d.ID))
		}
	}
	if err := c.names(d); err != nil {
		return fits, err
	}
	c.facts(d, source)
	if again {
		slices.Sort(d.Countries)
		c.entries[at] = d.Entry
		return fits, nil
	}
	return fits, c.add(d)
}

func (c *csl) names(d *draft) error {
	if err := d.name(c.get("name"), "primary", false); err != nil {
		return err
	}
	for alias := range strings.SplitSeq(c.get("alt_names"), ";") {
		alias = strings.TrimPrefix(strings.TrimSpace(alias), "and ")
		if err := d.name(alias, "aka", false); err != nil {
			return err
		}
	}
	return nil
}

func (c *csl) facts(d *draft, source string) {
	d.programme(source)
	for p := range strings.SplitSeq(c.get("programs"), ";") {
		d.programme(p)
	}
	for _, column := range []string{"citizenships", "nationalities", "vessel_flag"} {
		for land := range strings.SplitSeq(c.get(column), ";") {
			d.country(strings.TrimSpace(land))
		}
	}
	for address := range strings.SplitSeq(c.get("addresses"), ";") {
		land := strings.TrimSpace(address[strings.LastIndexByte(address, ',')+1:])
		if len(land) == 2 && land == strings.ToUpper(land) {
			d.country(land)
		}
	}
	for date := range strings.SplitSeq(c.get("dates_of_birth"), ";") {
		d.birth(date)
	}
	for place := range strings.SplitSeq(c.get("places_of_birth"), ";") {
		d.place(place)
	}
	if d.Kind == screening.Vessel {
		d.identifier("call sign", c.get("call_sign"), "")
	}
	for id := range strings.SplitSeq(c.get("ids"), ";") {
		c.paper(d, id)
	}
	d.remark(c.get("title"))
	d.remark(c.get("remarks"))
	if d.Listed == "" {
		d.Listed = c.get("start_date")
	}
}

// paper reads "country, number, kind" or "number, kind".
func (c *csl) paper(d *draft, id string) {
	parts := strings.Split(strings.TrimSpace(id), ", ")
	if len(parts) < 2 || len(parts) > 4 {
		return
	}
	kind, value, land := c.papers.named(parts[len(parts)-1]), parts[len(parts)-2], ""
	if kind == otherPaper || !digit(value) {
		if parts[len(parts)-1] == "Organization Established Date" {
			d.birth(value)
		}
		if parts[len(parts)-1] == "Nationality of Registration" {
			d.country(value)
		}
		return
	}
	if len(parts) > 2 {
		land = c.lands.code(parts[0])
	}
	if kind == imo {
		value = strings.TrimPrefix(value, "IMO ")
	}
	d.identifier(kind, value, land)
}

// abbreviation is what stands in the first brackets of a source, as SDN does.
func abbreviation(source string) string {
	_, rest, _ := strings.Cut(source, "(")
	short, _, found := strings.Cut(rest, ")")
	if !found || len(short) > 20 {
		return ""
	}
	return short
}

func cslKind(text string) (screening.Kind, bool) {
	switch text {
	case "":
		return screening.Any, true
	case "Individual":
		return screening.Person, true
	case "Entity":
		return screening.Organisation, true
	case "Vessel":
		return screening.Vessel, true
	case "Aircraft":
		return screening.Aircraft, true
	}
	return screening.Any, false
}
