package web

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
	"time"
)

// figure is a number that the house wrote itself; it needs no protection.
type figure string

// sheet is a CSV file in the making (RFC 4180), in UTF-8 with a mark so that
// spreadsheets read 中文.
type sheet struct {
	out *bytes.Buffer
	w   *csv.Writer
}

func newSheet(head ...string) sheet {
	out := bytes.NewBufferString("\ufeff")
	s := sheet{out, csv.NewWriter(out)}
	s.w.UseCRLF = true
	_ = s.w.Write(head) // a buffer takes everything
	return s
}

// row writes texts, figures and times. A text that a spreadsheet would read as
// a formula gets an apostrophe before it.
func (s sheet) row(cells ...any) {
	record := make([]string, len(cells))
	for i, cell := range cells {
		switch c := cell.(type) {
		case figure:
			record[i] = string(c)
		case time.Time:
			if !c.IsZero() {
				record[i] = c.UTC().Format(time.RFC3339)
			}
		default:
			record[i] = inert(fmt.Sprint(c))
		}
	}
	_ = s.w.Write(record)
}

func inert(text string) string {
	if strings.HasPrefix(strings.TrimLeft(text, " "), "=") || text != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(text)[0]) {
		return "'" + text
	}
	return text
}

func (s sheet) file(name string) reply {
	s.w.Flush()
	return reply{file: s.out.Bytes(), name: name, kind: "text/csv; charset=utf-8"}
}
