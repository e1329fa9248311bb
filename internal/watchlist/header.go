package watchlist

import (
	"errors"
	"io"
	"strings"
)

// columns finds fields by the names of a header.
type columns struct {
	file string
	at   map[string]int
	row  [][]byte
}

// newColumns reads a header: the names in order must all be there, in that order,
// for a publisher who moves columns may have changed what is in them. Names beyond
// those may stand anywhere.
func newColumns(file string, header [][]byte, order []string) (*columns, error) {
	c := &columns{file: file, at: map[string]int{}}
	for i, name := range header {
		plain := strings.ToLower(squeeze(string(name)))
		if _, twice := c.at[plain]; !twice || plain == "last updated" {
			c.at[plain] = i
		}
	}
	last := -1
	for _, name := range order {
		at, found := c.at[name]
		if !found || at <= last {
			return nil, refuse(codeReordered, file, "its columns are not where they were: "+name)
		}
		last = at
	}
	return c, nil
}

// get is a field of the row, nothing if there is no such column.
func (c *columns) get(name string) string {
	at, found := c.at[name]
	if !found || at >= len(c.row) || len(c.row[at]) == 0 {
		return ""
	}
	return strings.TrimSpace(string(c.row[at]))
}

// each calls do for every record after the header. A record with another number of
// fields refuses the file, and so do more than one in ten that do not fit.
func (c *columns) each(t *table, width int, do func() (fits bool, err error)) error {
	rows, misfits := 0, 0
	for {
		row, err := t.read()
		if errors.Is(err, io.EOF) {
			break
		}
		switch {
		case err != nil:
			return err
		case len(row) != width && t.last():
			return refuseAt(codeTruncated, c.file, t.line, "the last record is not whole")
		case len(row) != width:
			return refuseAt(codeReordered, c.file, t.line, "a record has another number of fields than the header")
		}
		c.row = row
		fits, err := do()
		if err != nil {
			return err
		}
		rows++
		if !fits {
			misfits++
		}
	}
	switch {
	case rows == 0:
		return refuse(codeEmpty, c.file, "it has no entries")
	case misfits*10 > rows:
		return refuse(codeReordered, c.file, "its columns do not hold what they should")
	}
	return nil
}
