package watchlist

import (
	"slices"
	"strings"
	"unicode/utf8"

	"fondaco/internal/trade/screening"
)

// Bounds of one entry; the longest real ones have a tenth of them.
const (
	namesMax       = 1000
	factsMax       = 2000
	aircraftMin    = 4         // bytes; three digits are the serial number of many
	remarksMax     = 256 << 10 // bytes
	entriesPerList = 1 << 20
)

// draft is an entry that is being read. It keeps what is said twice once.
type draft struct {
	screening.Entry
	file  string
	lands countries
}

// name adds a name. Placeholders for nothing are left out.
func (d *draft) name(text, kind string, weak bool) error {
	text = squeeze(text)
	switch strings.ToLower(text) {
	case "", "-", "na", "n/a", "-0-", "unknown", "null":
		return nil
	}
	if len(text) > nameMax && utf8.RuneCountInString(text) > nameMax || len(d.Names) == namesMax {
		return refuse(codeHostile, d.file, "entry "+short(d.ID)+" has a name longer than 1,000 letters, or 1,000 names")
	}
	for i, n := range d.Names {
		if n.Text == text {
			d.Names[i].Weak = n.Weak && weak
			return nil
		}
	}
	d.Names = append(d.Names, screening.Name{Text: text, Type: kind, Weak: weak, Native: native(text)})
	return nil
}

func (d *draft) country(name string) {
	if code := d.lands.code(name); code != "" && !slices.Contains(d.Countries, code) {
		d.Countries = append(d.Countries, code)
	}
}

func (d *draft) birth(text string) { d.born(dates(text)) }

func (d *draft) born(ds []screening.Date) {
	for i := 0; i < len(ds); i++ {
		n := 1
		if ds[i].Span && i+1 < len(ds) {
			n = 2
		}
		if !d.knowsBirth(ds[i:i+n]) && len(d.Births) < factsMax {
			d.Births = append(d.Births, ds[i:i+n]...)
		}
		i += n - 1
	}
}

func (d *draft) knowsBirth(ds []screening.Date) bool {
	for i := 0; i+len(ds) <= len(d.Births); i++ {
		if slices.Equal(d.Births[i:i+len(ds)], ds) {
			return true
		}
	}
	return false
}

func (d *draft) place(text string) {
	if text = squeeze(text); text != "" && len(text) < nameMax && !slices.Contains(d.Places, text) && len(d.Places) < factsMax {
		d.Places = append(d.Places, text)
	}
}

func (d *draft) identifier(kind, value, country string) {
	value = squeeze(strings.Trim(value, " .;,"))
	if kind == "" || value == "" || strings.EqualFold(value, "unknown") || len(value) > 200 || kind == aircraft && len(value) < aircraftMin || len(d.Identifiers) >= factsMax {
		return
	}
	id := screening.Identifier{Type: kind, Value: value, Country: country}
	if !slices.Contains(d.Identifiers, id) {
		d.Identifiers = append(d.Identifiers, id)
	}
}

func (d *draft) programme(text string) {
	if text = squeeze(text); text != "" && !slices.Contains(d.Programmes, text) && len(d.Programmes) < factsMax {
		d.Programmes = append(d.Programmes, text)
	}
}

func (d *draft) remark(text string) {
	text = squeeze(text)
	if text == "" || len(d.Remarks)+len(text) > remarksMax || strings.Contains(d.Remarks, text) {
		return
	}
	if d.Remarks != "" {
		d.Remarks += "; "
	}
	d.Remarks += text
}

func short(s string) string {
	if utf8.RuneCountInString(s) > 40 {
		return string([]rune(s)[:40])
	}
	return s
}

// harvest collects the entries of one list; an entry without any name is refused
// by the rows it came from.
type harvest struct {
	list    string
	file    string
	entries []screening.Entry
	at      map[string]int
}

func newHarvest(list, file string) *harvest {
	return &harvest{list: list, file: file, at: map[string]int{}}
}

// add keeps the entry. An ID that is there already is refused.
func (h *harvest) add(d *draft) error {
	if _, known := h.at[d.ID]; known {
		return refuse(codeDuplicate, h.file, "two entries have the ID "+short(d.ID))
	}
	if len(h.entries) == entriesPerList {
		return refuse(codeTooBig, h.file, "it has more than a million entries")
	}
	d.List = h.list
	slices.Sort(d.Countries)
	h.at[d.ID] = len(h.entries)
	h.entries = append(h.entries, d.Entry)
	return nil
}
