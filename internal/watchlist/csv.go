package watchlist

import (
	"bytes"
	"io"
)

const (
	columnsMax = 128
	fieldMax   = 64 << 10 // bytes
)

// table reads records of RFC 4180 out of text that has been cleaned. Its bounds
// keep a file of nothing but commas from taking memory.
type table struct {
	file   string
	text   []byte
	at     int
	line   int // of the record read last
	next   int // line at which reading goes on
	fields [][]byte
	spare  []byte // fields that had doubled quotes
}

// newTable begins to read; the last line must end, or the file has been cut off.
func newTable(file string, text []byte) (*table, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, refuse(codeEmpty, file, "it has no lines")
	}
	if text[len(text)-1] != '\n' {
		return nil, refuse(codeTruncated, file, "its last line does not end")
	}
	return &table{file: file, text: text, next: 1}, nil
}

// read answers the fields of the next record, valid until the next call, or io.EOF.
func (t *table) read() ([][]byte, error) {
	for t.at < len(t.text) && (t.text[t.at] == '\n' || t.text[t.at] == '\r' && t.text[t.at+1] == '\n') {
		if t.text[t.at] == '\n' {
			t.next++
		}
		t.at++
	}
	if t.at >= len(t.text) {
		return nil, io.EOF
	}
	t.fields, t.spare, t.line = t.fields[:0], t.spare[:0], t.next
	for {
		field, err := t.field()
		if err != nil {
			return nil, err
		}
		if len(field) > fieldMax || len(t.fields) == columnsMax {
			return nil, refuseAt(codeHostile, t.file, t.line, "a record or a field is longer than any list has")
		}
		t.fields = append(t.fields, field)
		c := t.text[t.at]
		t.at++
		switch {
		case c == ',':
			continue
		case c == '\r' && t.text[t.at] == '\n':
			t.at++
		case c != '\n':
			return nil, refuseAt(codeMalformed, t.file, t.line, "a quote stands where none may stand")
		}
		t.next++
		return t.fields, nil
	}
}

// field reads up to the comma or the end of line that closes the field. The text
// ends with a line, so there is one.
func (t *table) field() ([]byte, error) {
	if t.text[t.at] == '"' {
		return t.quoted()
	}
	end := t.at
	for ; ; end++ {
		switch t.text[end] {
		case ',', '\n':
			field := t.text[t.at:end]
			t.at = end
			if n := len(field); n > 0 && t.text[end] == '\n' && field[n-1] == '\r' {
				field, t.at = field[:n-1], end-1
			}
			return field, nil
		case '"':
			return nil, refuseAt(codeMalformed, t.file, t.line, "a quote stands where none may stand")
		}
	}
}

func (t *table) quoted() ([]byte, error) {
	start := t.at + 1
	doubled := false
	for at := start; ; {
		i := bytes.IndexByte(t.text[at:], '"')
		if i < 0 {
			return nil, refuseAt(codeTruncated, t.file, t.line, "a quote is not closed")
		}
		at += i + 1
		if at < len(t.text) && t.text[at] == '"' {
			doubled = true
			at++
			continue
		}
		field := t.text[start : at-1]
		t.at = at
		t.next += bytes.Count(field, []byte{'\n'})
		if at == len(t.text) {
			return nil, refuseAt(codeTruncated, t.file, t.line, "a record does not end")
		}
		if !doubled {
			return field, nil
		}
		from := len(t.spare)
		for {
			i := bytes.IndexByte(field, '"')
			if i < 0 {
				t.spare = append(t.spare, field...)
				return t.spare[from:], nil
			}
			t.spare = append(t.spare, field[:i+1]...)
			field = field[i+2:]
		}
	}
}

// last tells whether no record follows.
func (t *table) last() bool { return len(bytes.TrimSpace(t.text[t.at:])) == 0 }
