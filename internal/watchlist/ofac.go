package watchlist

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"fondaco/internal/trade/screening"
)

// Columns of the four files of OFAC, which have no header.
const (
	primColumns    = 12
	altColumns     = 5
	addColumns     = 6
	commentColumns = 2

	primName, primType, primProgramme, primTitle = 1, 2, 3, 4
	primCallSign, primFlag, primRemarks          = 5, 9, 11
	altType, altName                             = 2, 3
	addCountry                                   = 4
)

// remarkCut is where OFAC cuts a remark off; the rest is in the comments.
const remarkCut = 1000

// nothing is how OFAC writes an empty field.
const nothing = "-0-"

// ofac reads the files of one OFAC list. Without a companion, complete says
// whether the list is refused or is read as far as it goes.
type ofac struct {
	*harvest
	parts   map[int]Part // by columns
	lands   countries
	papers  *papers
	drafts  []*draft
	byID    map[string]*draft
	misfits int
	rest    map[string]string // remarks that go on in the comments
}

func parseOFAC(code string, parts []Part, complete bool) ([]screening.Entry, error) {
	o := &ofac{parts: map[int]Part{}, lands: newCountries(), papers: newPapers(), byID: map[string]*draft{}, rest: map[string]string{}}
	for _, p := range parts {
		n := columnsOf(p.Body)
		if _, twice := o.parts[n]; twice || n != primColumns && n != altColumns && n != addColumns && n != commentColumns {
			return nil, refuse(codeReordered, p.Name, "it is none of the four files of OFAC, or there twice")
		}
		o.parts[n] = p
	}
	prim, found := o.parts[primColumns]
	if !found {
		return nil, refuse(codeTruncated, parts[0].Name, "the file of the names is missing")
	}
	o.harvest = newHarvest(code, prim.Name)
	for _, need := range []struct {
		columns int
		what    string
	}{{altColumns, "other names"}, {addColumns, "addresses"}} {
		if _, found := o.parts[need.columns]; !found && complete {
			return nil, refuse(codeTruncated, prim.Name, "the file of its "+need.what+" is missing")
		}
	}
	for _, step := range []struct {
		columns int
		row     func([][]byte) error
	}{{commentColumns, o.comment}, {primColumns, o.prim}, {altColumns, o.alt}, {addColumns, o.address}} {
		if err := o.readPart(step.columns, step.row); err != nil {
			return nil, err
		}
	}
	for _, d := range o.drafts {
		if err := o.add(d); err != nil {
			return nil, err
		}
	}
	return o.entries, nil
}

// columnsOf counts the fields of the first line of a file without header.
func columnsOf(body []byte) int {
	line, _, _ := bytes.Cut(body, []byte{'\n'})
	t := table{text: append(bytes.Clone(line), '\n'), next: 1}
	row, err := t.read()
	if err != nil {
		return 0
	}
	return len(row)
}

// readPart reads one file if it is there, and refuses it if its columns do not hold what
// they should: more than one row in ten that does not look right.
func (o *ofac) readPart(columns int, row func([][]byte) error) error {
	p, found := o.parts[columns]
	if !found {
		return nil
	}
	text, err := clean(p, true)
	if err != nil {
		return err
	}
	t, err := newTable(p.Name, text)
	if err != nil {
		return err
	}
	rows, strangers := 0, 0
	o.misfits = 0
	for {
		fields, err := t.read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		switch {
		case len(fields) != columns && t.last():
			return refuseAt(codeTruncated, p.Name, t.line, "the last record is not whole")
		case len(fields) != columns:
			return refuseAt(codeReordered, p.Name, t.line, "a record has another number of fields")
		case !allDigits(fields[0]):
			return refuseAt(codeReordered, p.Name, t.line, "the number of an entry is not where it should be")
		}
		rows++
		if columns != primColumns && columns != commentColumns && o.byID[string(fields[0])] == nil {
			strangers++
			continue
		}
		if err := row(fields); err != nil {
			return err
		}
	}
	switch {
	case rows == 0:
		return refuse(codeEmpty, p.Name, "it has no entries")
	case o.misfits*10 > rows:
		return refuse(codeReordered, p.Name, "its columns do not hold what they should")
	case rows >= 10 && strangers*10 > rows*6:
		return refuse(codeMismatched, p.Name, "it belongs to another list")
	}
	return nil
}

// allDigits tells whether a field is a number of an entry.
func allDigits(field []byte) bool {
	if len(field) == 0 || len(field) > 10 {
		return false
	}
	for _, c := range field {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// value is a field, nothing if OFAC says so.
func value(field []byte) string {
	field = bytes.TrimSpace(field)
	if string(field) == nothing {
		return ""
	}
	return string(field)
}

func (o *ofac) comment(fields [][]byte) error {
	o.rest[string(fields[0])] += value(fields[1])
	return nil
}

func (o *ofac) prim(fields [][]byte) error {
	d := &draft{Entry: screening.Entry{ID: string(fields[0])}, file: o.harvest.file, lands: o.lands}
	switch strings.ToLower(value(fields[primType])) {
	case "":
		d.Kind = screening.Organisation
	case "individual":
		d.Kind = screening.Person
	case "vessel":
		d.Kind = screening.Vessel
	case "aircraft":
		d.Kind = screening.Aircraft
	default:
		d.Kind = screening.Any
		o.misfits++
	}
	name, programmes := value(fields[primName]), value(fields[primProgramme])
	if name == "" || programmes == "" || len(programmes) > 200 || strings.ContainsAny(programmes, ",.;'") {
		o.misfits++
	}
	if err := d.name(name, "primary", false); err != nil {
		return err
	}
	if len(d.Names) == 0 {
		return refuse(codeReordered, o.harvest.file, "entry "+d.ID+" has no name")
	}
	for p := range strings.SplitSeq(programmes, "] [") {
		d.programme(p)
	}
	d.country(value(fields[primFlag]))
	if sign := value(fields[primCallSign]); sign != "" && d.Kind == screening.Vessel {
		d.identifier("call sign", sign, "")
	}
	remarks := string(bytes.TrimRight(fields[primRemarks], " "))
	if strings.TrimSpace(remarks) == nothing {
		remarks = ""
	}
	if len(fields[primRemarks]) >= remarkCut {
		remarks = string(fields[primRemarks]) + o.rest[d.ID]
	}
	if err := o.remarks(d, remarks); err != nil {
		return err
	}
	d.remark(remarks)
	d.remark(value(fields[primTitle]))
	if o.byID[d.ID] != nil {
		return refuse(codeDuplicate, o.harvest.file, "two entries have the number "+d.ID)
	}
	o.byID[d.ID] = d
	o.drafts = append(o.drafts, d)
	return nil
}

func (o *ofac) alt(fields [][]byte) error {
	kind := strings.ToLower(value(fields[altType]))
	if kind != "aka" && kind != "fka" && kind != "nka" || value(fields[altName]) == "" {
		o.misfits++
		kind = "aka"
	}
	return o.byID[string(fields[0])].name(value(fields[altName]), kind, false)
}

func (o *ofac) address(fields [][]byte) error {
	d := o.byID[string(fields[0])]
	land := value(fields[addCountry])
	if land != "" && o.lands.code(land) == "" && strings.IndexByte(land, ' ') < 0 {
		o.misfits++
	}
	d.country(land)
	return nil
}

// remarks reads what OFAC puts into one text: pieces with semicolons between them,
// each beginning with what it is about.
func (o *ofac) remarks(d *draft, text string) error {
	text = strings.TrimSuffix(strings.TrimSpace(text), ".")
	for piece := range strings.SplitSeq(text, ";") {
		piece = strings.TrimPrefix(strings.TrimSpace(piece), "alt. ")
		if piece == "" {
			continue
		}
		if err := o.piece(d, piece); err != nil {
			return err
		}
	}
	return nil
}

func (o *ofac) piece(d *draft, piece string) error {
	head, rest, _ := strings.Cut(piece, " ")
	switch head {
	case "DOB":
		d.birth(strings.Trim(rest, " ."))
		return nil
	case "POB":
		d.place(strings.TrimSuffix(rest, "."))
		return nil
	case "nationality", "citizen":
		d.country(strings.TrimSuffix(rest, "."))
		return nil
	case "a.k.a.", "f.k.a.", "n.k.a.":
		return d.name(strings.Trim(strings.TrimSuffix(rest, "."), "'\""), head[:1]+"ka", true)
	case "Linked", "Secondary", "Additional", "Transactions", "Executive", "Gender":
		return nil
	}
	if since, found := strings.CutPrefix(piece, "Organization Established Date "); found {
		d.birth(strings.Trim(since, " ."))
		return nil
	}
	if land, found := strings.CutPrefix(piece, "Nationality of Registration "); found {
		d.country(strings.TrimSuffix(land, "."))
		return nil
	}
	kind, rest := o.papers.before(piece)
	if kind == "" {
		return nil
	}
	number, land := o.number(rest)
	if kind == imo {
		number = strings.TrimSpace(strings.TrimPrefix(number, "IMO"))
		if !allDigits([]byte(number)) {
			kind = registration
		}
	}
	d.identifier(kind, number, land)
	return nil
}

// number splits what follows a label: the number, the country in brackets, and when
// it was issued.
func (o *ofac) number(rest string) (value, land string) {
	value = rest
	for _, mark := range []string{" issued ", " expires ", " (", " from "} {
		if before, _, found := strings.Cut(value, mark); found {
			value = before
		}
	}
	for {
		_, after, found := strings.Cut(rest, "(")
		if !found {
			return value, land
		}
		inside, tail, _ := strings.Cut(after, ")")
		if code := o.lands.code(inside); code != "" {
			land = code
		}
		rest = tail
	}
}

// ofacCode tells which of the two OFAC lists a file of names is: by what it is
// called, else by the programmes that only the second has.
func ofacCode(prim Part) string {
	name := strings.ToLower(prim.Name)
	switch {
	case strings.Contains(name, "cons"):
		return OFACConsolidated
	case strings.Contains(name, "sdn"):
		return OFACSDN
	}
	t := table{text: append(bytes.Clone(bytes.TrimSuffix(prim.Body, []byte{endOfFile})), '\n'), next: 1}
	rows, other := 0, 0
	for {
		fields, err := t.read()
		if err != nil || len(fields) != primColumns {
			break
		}
		rows++
		for _, p := range []string{"NS-PLC", "CMIC-", "UKRAINE-EO13662", "FSE-", "561-", "MBS"} {
			if bytes.Contains(fields[primProgramme], []byte(p)) {
				other++
				break
			}
		}
	}
	if other*2 > rows {
		return OFACConsolidated
	}
	return OFACSDN
}

// ids are the entry numbers of a file of OFAC, for finding which files belong
// together.
func ofacIDs(body []byte) map[int]bool {
	ids := map[int]bool{}
	for line := range bytes.Lines(body) {
		head, _, found := bytes.Cut(line, []byte{','})
		if n, err := strconv.Atoi(string(head)); err == nil && found {
			ids[n] = true
		}
	}
	return ids
}
