package watchlist

import (
	"strings"

	"fondaco/internal/trade/screening"
)

// eu reads the consolidated list of the EU in either layout.
type eu struct {
	*harvest
	*xmlText
	lands  countries
	papers *papers
	d      *draft
	texts  map[string]string // former layout: what the elements of one element say
	dated  string
	step   func(node) error
}

func parseEU(code string, p Part) (entries []screening.Entry, version string, err error) {
	text, err := clean(p, false)
	if err != nil {
		return nil, "", err
	}
	x, err := newXML(p.Name, text)
	if err != nil {
		return nil, "", err
	}
	e := &eu{harvest: newHarvest(code, p.Name), xmlText: x, lands: newCountries(), papers: newPapers(), texts: map[string]string{}}
	e.step = e.root
	if err := x.each(func(n node) error { return e.step(n) }); err != nil { // the step changes with the layout
		return nil, "", err
	}
	if len(e.entries) == 0 {
		return nil, "", refuse(codeEmpty, p.Name, "it has no entries")
	}
	return e.entries, e.dated, nil
}

func (e *eu) root(n node) error {
	switch {
	case n == opening && e.name == "export":
		e.dated = day(firstRunes(e.attr("generationDate"), len("2006-01-02")))
		e.step = e.today
	case n == opening && e.name == "WHOLE":
		e.dated = day(e.attr("Date"))
		e.step = e.former
	case n == opening:
		return refuse(codeUnknown, e.harvest.file, "it is not a list of the EU")
	}
	return nil
}

// Elements of both layouts by how deep they stand.
const (
	euEntry = 2
	euField = 3
	euValue = 4
)

// today reads the layout of today, which says nearly all in attributes.
func (e *eu) today(n node) error {
	depth := len(e.open)
	switch {
	case n == opening && depth == euEntry && e.name == "sanctionEntity":
		e.d = &draft{Entry: screening.Entry{ID: e.attr("logicalId"), Reference: e.attr("euReferenceNumber"), Kind: screening.Any}, file: e.harvest.file, lands: e.lands}
		e.d.remark(e.attr("designationDetails"))
	case e.d == nil:
	case n == opening && depth == euField:
		return e.todayField()
	case n == writing && depth == euField && e.open[depth-1] == "remark":
		e.d.remark(e.said)
	case n == closing && depth == euEntry-1:
		return e.done()
	}
	return nil
}

func (e *eu) todayField() error {
	d := e.d
	land := e.lands.code(strings.ToLower(e.attr("countryIso2Code")))
	switch e.name {
	case "subjectType":
		d.Kind = euKind(e.attr("code") + e.attr("classificationCode"))
	case "regulation":
		d.programme(e.attr("programme"))
		if d.Listed == "" {
			d.Listed = e.attr("publicationDate")
		}
	case "nameAlias":
		whole := e.attr("wholeName")
		if whole == "" {
			whole = joined(" ", e.attr("firstName"), e.attr("middleName"), e.attr("lastName"))
		}
		d.remark(e.attr("function"))
		return d.name(whole, aliasType(d), e.attr("strong") == "false")
	case "citizenship", "address":
		d.country(land)
	case "birthdate":
		e.todayBirth()
	case "identification":
		number := e.attr("number")
		if number == "" {
			number = e.attr("latinNumber")
		}
		d.identifier(e.paperKind(e.attr("identificationTypeCode")), number, land)
	}
	return nil
}

func (e *eu) todayBirth() {
	text := e.attr("birthdate")
	if text == "" {
		text = joined(" to ", e.attr("yearRangeFrom"), e.attr("yearRangeTo"))
	}
	if text == "" {
		text = joined("-", e.attr("year"), month2(e.attr("monthOfYear")))
	}
	if e.attr("circa") == "true" {
		text = "circa " + text
	}
	if calendar := e.attr("calendarType"); calendar == "" || calendar == "GREGORIAN" {
		e.d.birth(text)
	}
	e.d.place(joined(", ", e.attr("city"), e.attr("place"), e.attr("region"), knownCountry(e.attr("countryDescription"))))
}

func knownCountry(text string) string {
	if text == "UNKNOWN" {
		return ""
	}
	return text
}

func month2(text string) string {
	if n := number(text); n > 0 {
		return two(n)
	}
	return ""
}

// former reads the layout that was published until 2017, which says nearly all in
// elements.
func (e *eu) former(n node) error {
	depth := len(e.open)
	switch {
	case n == opening && depth == euEntry && e.name == "ENTITY":
		e.d = &draft{Entry: screening.Entry{ID: e.attr("Id"), Kind: euKind(e.attr("Type")), Listed: e.attr("reg_date")}, file: e.harvest.file, lands: e.lands}
		e.d.programme(e.attr("programme"))
		e.d.remark(e.attr("remark"))
	case e.d == nil:
	case n == opening && depth == euField:
		clear(e.texts)
	case n == writing && depth == euValue:
		e.texts[e.open[depth-1]] += e.said
	case n == closing && depth == euField-1:
		return e.formerField(e.name)
	case n == closing && depth == euEntry-1:
		return e.done()
	}
	return nil
}

func (e *eu) formerField(name string) error {
	d, t := e.d, e.texts
	switch name {
	case "NAME":
		whole := squeeze(t["WHOLENAME"])
		if whole == "" {
			whole = joined(" ", t["FIRSTNAME"], t["MIDDLENAME"], t["LASTNAME"])
		}
		d.remark(t["FUNCTION"])
		return d.name(whole, aliasType(d), false)
	case "BIRTH":
		d.birth(t["DATE"])
		d.place(joined(", ", t["PLACE"], t["COUNTRY"]))
	case "CITIZEN", "ADDRESS":
		d.country(squeeze(t["COUNTRY"]))
	case "PASSPORT":
		number, rest, _ := strings.Cut(squeeze(t["NUMBER"]), " (")
		kind, _, _ := strings.Cut(rest, "-")
		d.identifier(e.paperKind(kind), number, e.lands.code(squeeze(t["COUNTRY"])))
	}
	return nil
}

// done ends an entry.
func (e *eu) done() error {
	d := e.d
	e.d = nil
	if d.ID == "" || len(d.Names) == 0 {
		return refuse(codeReordered, d.file, "an entry has no ID or no name")
	}
	return e.add(d)
}

// aliasType is primary for the first name of an entry.
func aliasType(d *draft) string {
	if len(d.Names) == 0 {
		return "primary"
	}
	return "aka"
}

func euKind(text string) screening.Kind {
	switch text {
	case "P", "personP", "person":
		return screening.Person
	case "E", "enterpriseE", "enterprise":
		return screening.Organisation
	}
	return screening.Any
}

// paperKind is the kind of the EU's code of a paper.
func (e *eu) paperKind(code string) string {
	switch code {
	case "passport", "diplpassport", "travelcardid":
		return passport
	case "id", "ssn", "resident":
		return national
	case "fiscalcode", "taxid":
		return tax
	case "regnumber", "tradelic":
		return registration
	case "imo":
		return imo
	case "swiftbic":
		return swift
	}
	return e.papers.named(code)
}
