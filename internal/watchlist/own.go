package watchlist

import (
	"slices"
	"strings"

	"fondaco/internal/trade/screening"
)

// ownOrder is the header of a list of one's own; all of it must be there.
func ownOrder() []string {
	return []string{"id", "kind", "name", "aliases", "births", "countries", "identifiers", "programme", "remarks"}
}

// parseOwn reads a list of one's own. It is read strictly: a row that cannot be
// understood refuses the list with its line.
func parseOwn(code string, p Part) ([]screening.Entry, error) {
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
	c, err := newColumns(p.Name, header, ownOrder())
	if err != nil {
		return nil, err
	}
	h, lands := newHarvest(code, p.Name), newCountries()
	err = c.each(t, width, func() (bool, error) {
		d, why := ownRow(c, p.Name, lands)
		if why == "" {
			return true, h.add(d)
		}
		return false, refuseAt(codeBadRow, p.Name, t.line, why)
	})
	return h.entries, err
}

func ownRow(c *columns, file string, lands countries) (d *draft, why string) {
	d = &draft{Entry: screening.Entry{ID: c.get("id"), Kind: screening.Kind(c.get("kind"))}, file: file, lands: lands}
	if d.ID == "" || len(d.ID) > 200 {
		return d, "an entry has an ID of up to 200 bytes"
	}
	if !slices.Contains(screening.Kinds(), d.Kind) {
		return d, "kind is person, organisation, vessel, aircraft or any"
	}
	if err := d.name(c.get("name"), "primary", false); err != nil || len(d.Names) == 0 {
		return d, "an entry has a name of up to 1,000 letters"
	}
	for alias := range pieces(c.get("aliases")) {
		text, weak := strings.CutPrefix(alias, "?")
		if err := d.name(text, "aka", weak); err != nil {
			return d, "an entry has up to 1,000 names of up to 1,000 letters"
		}
	}
	for text := range pieces(c.get("births")) {
		ds := dates(text)
		if len(ds) == 0 {
			return d, "a birth is 1960-03-12, 1960-03, 1960, circa 1960 or 1958 to 1960"
		}
		d.born(ds)
	}
	for land := range pieces(c.get("countries")) {
		if len(land) != 2 || lands.code(strings.ToLower(land)) == "" {
			return d, "countries are ISO 3166-1 alpha-2 codes"
		}
		d.country(strings.ToLower(land))
	}
	for paper := range pieces(c.get("identifiers")) {
		parts := strings.Split(paper, ":")
		if len(parts) < 2 || len(parts) > 3 || parts[0] == "" || parts[1] == "" {
			return d, "an identifier is type:value or type:value:country"
		}
		land := ""
		if len(parts) == 3 {
			if land = lands.code(strings.ToLower(parts[2])); land == "" || len(parts[2]) != 2 {
				return d, "countries are ISO 3166-1 alpha-2 codes"
			}
		}
		d.identifier(parts[0], parts[1], land)
	}
	d.programme(c.get("programme"))
	d.remark(c.get("remarks"))
	return d, ""
}

// pieces are the parts of a field between semicolons that are not empty.
func pieces(text string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for piece := range strings.SplitSeq(text, ";") {
			if piece = strings.TrimSpace(piece); piece != "" && !yield(piece) {
				return
			}
		}
	}
}
