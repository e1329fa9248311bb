package scms

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"fondaco/internal/fault"
	"fondaco/internal/money"
)

// Bounds of a file; the whole published record is 4 MB and 10,324 rows.
const (
	bytesMax = 64 << 20 // unpacked
	rowsMax  = 100_000
)

// Read reads a delivery record in CSV, packed by gzip or not, in UTF-8 or
// Windows-1252. Rows that cannot be a deal are answered beside the others, each
// with its reason. A file that is not such a record is Invalid: scms.bad_gzip,
// scms.bad_csv, scms.bad_header, scms.empty or scms.too_large.
func Read(file io.Reader) ([]Row, []Refusal, error) {
	plain, err := unpack(file)
	if err != nil {
		return nil, nil, err
	}
	limited := &io.LimitedReader{R: plain, N: bytesMax + 1}
	in := csv.NewReader(limited)
	in.FieldsPerRecord = len(columns())
	in.ReuseRecord = true
	if err := header(in); err != nil {
		return nil, nil, err
	}
	var rows []Row
	var refused []Refusal
	seen := map[int64]int{}
	for {
		record, err := in.Read()
		if limited.N <= 0 || len(rows)+len(refused) > rowsMax {
			return nil, nil, invalid("scms.too_large", "The file has more than 100,000 rows or unpacks to more than 64 MiB.")
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, unreadable(err)
		}
		line, _ := in.FieldPos(0)
		row, err := parse(fields(record))
		if first, known := seen[row.ID]; err == nil && known {
			err = invalid("scms.duplicate_row", "The row of line {line} has the same number.").With("line", strconv.Itoa(first))
		}
		if err != nil {
			refused = append(refused, refusal(line, strings.TrimSpace(record[0]), err))
			continue
		}
		row.Line = line
		seen[row.ID] = line
		rows = append(rows, row)
	}
	if len(rows)+len(refused) == 0 {
		return nil, nil, invalid("scms.empty", "The file has a header and no rows.")
	}
	return rows, refused, nil
}

func refusal(line int, id string, err error) Refusal {
	f := fault.Of(err)
	reason := f.Error()
	for _, d := range f.Details {
		reason += " " + d.Field + ": " + d.Error()
	}
	return Refusal{Line: line, ID: id, Code: f.Code, Reason: reason}
}

// unpack looks at the first bytes, because a name says nothing about content.
func unpack(file io.Reader) (io.Reader, error) {
	in := bufio.NewReader(file)
	magic, err := in.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, unreadable(err)
	}
	if len(magic) < 2 || magic[0] != 0x1f || magic[1] != 0x8b {
		return in, nil
	}
	out, err := gzip.NewReader(in)
	if err != nil {
		return nil, unreadable(err)
	}
	return out, nil
}

func unreadable(err error) error {
	var wrong *csv.ParseError
	switch {
	case errors.As(err, &wrong):
		return invalid("scms.bad_csv", "Line {line} of the file is not a row of 33 fields: {why}.").
			With("line", strconv.Itoa(wrong.Line)).With("why", wrong.Err.Error()).Because(err)
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.Is(err, io.ErrUnexpectedEOF), strings.HasPrefix(err.Error(), "flate:"):
		return invalid("scms.bad_gzip", "The packed file is damaged or cut off.").Because(err)
	}
	return fault.New(fault.Unavailable, "scms.unreadable", "The file cannot be read.").Because(err)
}

func header(in *csv.Reader) error {
	got, err := in.Read()
	if errors.Is(err, io.EOF) {
		return invalid("scms.bad_header", "The file is empty.")
	}
	if err != nil && !errors.Is(err, csv.ErrFieldCount) {
		return unreadable(err)
	}
	got = slices.Clone(got)
	if len(got) > 0 {
		got[0] = strings.TrimPrefix(got[0], "\ufeff")
	}
	for i, want := range columns() {
		if i >= len(got) || got[i] != want {
			return invalid("scms.bad_header", "Column {number} of the header must be {name}. Is this the delivery history of SCMS?").
				With("number", strconv.Itoa(i+1)).With("name", want)
		}
	}
	if len(got) != len(columns()) {
		return invalid("scms.bad_header", "The header has columns that the record does not have.")
	}
	return nil
}

// record gives the fields of a row by their column's name.
type record map[string]string

func fields(raw []string) record {
	out := make(record, len(raw))
	for i, name := range columns() {
		out[name] = strings.TrimSpace(text(raw[i]))
	}
	return out
}

// text reads what is not UTF-8 as Windows-1252, in which every byte means something.
func text(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	decoded, err := charmap.Windows1252.NewDecoder().String(s)
	if err != nil {
		return strings.ToValidUTF8(s, "?")
	}
	return decoded
}

func parse(f record) (Row, error) {
	r := Row{
		Project: f["Project Code"], Country: f["Country"], Delivery: f["ASN/DN #"], Rule: f["Vendor INCO Term"],
		Mode: f["Shipment Mode"], Group: f["Product Group"], Item: f["Item Description"], Vendor: f["Vendor"],
		Site: f["Manufacturing Site"],
	}
	var err error
	if r.ID, err = strconv.ParseInt(f["ID"], 10, 64); err != nil || r.ID <= 0 {
		return r, invalid("scms.bad_number", "The row has no number of its own.")
	}
	code, known := countries()[r.Country]
	if !known {
		return r, invalid("scms.unknown_country", "No country is known as {name}.").With("name", r.Country)
	}
	r.Destination = code
	if r.Vendor == "" || r.Item == "" {
		return r, invalid("scms.no_goods", "The row names no vendor or no goods.")
	}
	if err := r.parseMoney(f); err != nil {
		return r, err
	}
	return r, r.parseDates(f)
}

func (r *Row) parseMoney(f record) error {
	var err error
	if r.Quantity, err = strconv.ParseInt(f["Line Item Quantity"], 10, 64); err != nil || r.Quantity <= 0 {
		return invalid("scms.no_quantity", "The quantity is not a whole number above zero.")
	}
	if r.Value, err = money.Parse(f["Line Item Value"], dollars()); err != nil {
		return invalid("scms.bad_value", "The value of the line is not an amount of money.").Because(err)
	}
	if !r.Value.IsPositive() {
		return invalid("scms.no_value", "Nothing was paid for the goods, so there is no money to hold.")
	}
	// A pack price finer than a cent, or none, is no obstacle: the value of the line is the price.
	if r.PackPrice, err = money.Parse(f["Pack Price"], dollars()); err != nil {
		r.PackPrice = money.Zero(dollars())
	}
	if r.Insurance, err = charge(f["Line Item Insurance (USD)"]); err != nil {
		return invalid("scms.bad_insurance", "The insurance is not an amount of money.").Because(err)
	}
	r.Freight, err = charge(f["Freight Cost (USD)"])
	if err != nil {
		r.Freight, r.FreightNote = money.Zero(dollars()), f["Freight Cost (USD)"]
		if !slices.ContainsFunc(freightNotes(), func(p string) bool { return strings.HasPrefix(r.FreightNote, p) }) {
			return invalid("scms.bad_freight", "The freight is neither an amount nor one of the record's remarks.").Because(err)
		}
	}
	return nil
}

// freightNotes are how the record says that freight is somewhere else.
func freightNotes() []string {
	return []string{"Freight Included in Commodity Cost", "Invoiced Separately", "See ASN-", "See DN-"}
}

// charge reads an amount that may be left out, and must not be below zero.
func charge(s string) (money.Amount, error) {
	if s == "" {
		return money.Zero(dollars()), nil
	}
	a, err := money.Parse(s, dollars())
	if err == nil && a.Sign() < 0 {
		err = invalid("money.negative", "The amount must not be negative.")
	}
	return a, err
}

func (r *Row) parseDates(f record) error {
	for _, d := range []struct {
		column string
		into   *time.Time
	}{
		{"Scheduled Delivery Date", &r.Scheduled}, {"Delivered to Client Date", &r.Delivered}, {"Delivery Recorded Date", &r.Recorded},
	} {
		t, err := time.Parse("2-Jan-06", f[d.column])
		if err != nil || t.Year() < 1990 || t.Year() > 2060 {
			return invalid("scms.bad_date", "{column} is not a day such as 02-Jun-06.").With("column", d.column)
		}
		*d.into = t
	}
	r.Ordered = orderDate(f["PO Sent to Vendor Date"])
	return nil
}

// orderDate reads the order's day, which is often missing. Some days of the form
// month/day/year have been taken for year-month-day by a spreadsheet on their way:
// 2012-01-06 was 12/1/06. Read so, they lie before the delivery; as written, most do not.
func orderDate(s string) time.Time {
	if t, err := time.Parse("1/2/06", s); err == nil {
		return t
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return time.Time{}
	}
	month, dayOfMonth, year := t.Year()-2000, int(t.Month()), 2000+t.Day()
	if month < 1 || month > 12 {
		return time.Time{}
	}
	return time.Date(year, time.Month(month), dayOfMonth, 0, 0, 0, 0, time.UTC)
}
