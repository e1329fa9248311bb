package watchlist

import (
	"bytes"
	"encoding/hex"
	"strings"

	"fondaco/internal/trade/screening"
)

// format is how a file is written.
type format uint8

const (
	unknownFormat format = iota
	ofacFormat
	cslFormat
	unFormat
	euFormat
	ukFormat
	ownFormat
)

// Parse reads a list out of its files. besides are the codes of lists that are
// loaded by themselves, which a consolidated list then leaves out. Version is the
// date inside, if there is one, and the beginning of the SHA-256, so it is decided
// by the bytes alone. Parse fails, always Refused, with watchlist.truncated,
// too_big, bad_encoding, reordered, malformed, hostile, duplicate_ids, empty,
// unknown_format, mismatched or bad_row.
func Parse(code string, parts []Part, besides ...string) (screening.List, error) {
	return parse(code, parts, besides, true)
}

// parse is Parse; unless complete, a list of OFAC may lack companions.
func parse(code string, parts []Part, besides []string, complete bool) (screening.List, error) {
	if len(parts) == 0 {
		return screening.List{}, refuse(codeEmpty, code, "it has no files")
	}
	f := formatOf(parts[0].Body)
	if f != ofacFormat && len(parts) > 1 {
		return screening.List{}, refuse(codeMismatched, parts[1].Name, "this list has one file")
	}
	var entries []screening.Entry
	var dated string
	var err error
	switch f {
	case ofacFormat:
		entries, err = parseOFAC(code, parts, complete)
	case cslFormat:
		entries, err = parseCSL(code, parts[0], besides)
	case unFormat:
		entries, dated, err = parseUN(code, parts[0])
	case euFormat:
		entries, dated, err = parseEU(code, parts[0])
	case ukFormat:
		entries, dated, err = parseUK(code, parts[0])
	case ownFormat:
		entries, err = parseOwn(code, parts[0])
	case unknownFormat:
		err = unknown(parts[0])
	}
	if err != nil {
		return screening.List{}, err
	}
	sum, _ := Sum(parts)
	version := hex.EncodeToString(sum[:versionBytes])
	if dated != "" {
		version = dated + "-" + version
	}
	return screening.List{Code: code, Version: version, Entries: entries}, nil
}

const versionBytes = 6

// unknown says why a file is of no format: what is wrong with its bytes says more
// than that nobody knows it.
func unknown(p Part) error {
	if len(bytes.TrimSpace(p.Body)) == 0 {
		return refuse(codeEmpty, p.Name, "it has nothing in it")
	}
	text, err := clean(p, false)
	if err != nil {
		return err
	}
	if head := bytes.ToLower(firstBytes(bytes.TrimSpace(text), 9)); bytes.HasPrefix(head, []byte("<")) && string(head) != "<!doctype" && !bytes.HasPrefix(head, []byte("<html")) {
		x, err := newXML(p.Name, text)
		if err == nil {
			_, err = x.read()
		}
		if err != nil {
			return err
		}
	}
	return refuse(codeUnknown, p.Name, "it is no list that is known here")
}

func firstBytes(b []byte, n int) []byte { return b[:min(len(b), n)] }

// formatOf tells how a file is written by its beginning.
func formatOf(body []byte) format {
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	head := bytes.TrimSpace(firstBytes(body, 4<<10))
	if len(head) > 0 && head[0] == '<' {
		return formatOfXML(body)
	}
	line, rest, _ := bytes.Cut(body, []byte{'\n'})
	names := strings.ToLower(string(firstBytes(line, 1<<10)))
	second, _, _ := bytes.Cut(rest, []byte{'\n'})
	below := strings.ToLower(string(firstBytes(second, 4<<10)))
	switch {
	case strings.Contains(names, "source") && strings.Contains(names, "alt_names") || strings.HasPrefix(names, "_id,"):
		return cslFormat
	case strings.HasPrefix(names, "last updated,") || strings.HasPrefix(names, "report date:") || strings.Contains(below, "name non-latin script"):
		return ukFormat
	case strings.Contains(names, "aliases") && strings.Contains(names, "identifiers"):
		return ownFormat
	}
	number, _, found := bytes.Cut(line, []byte{','})
	switch n := columnsOf(body); {
	case !found:
		return unknownFormat
	case allDigits(number) && (n == primColumns || n == altColumns || n == addColumns || n == commentColumns):
		return ofacFormat
	case n == primColumns && bytes.Contains(line, []byte(nothing)):
		return ofacFormat
	}
	return unknownFormat
}

// formatOfXML looks for the root, past declarations and comments.
func formatOfXML(body []byte) format {
	x, err := newXML("", bytes.TrimLeft(body, " \t\r\n"))
	if err != nil {
		return unknownFormat
	}
	if n, err := x.read(); err != nil || n != opening {
		return unknownFormat
	}
	switch x.name {
	case "CONSOLIDATED_LIST":
		return unFormat
	case "WHOLE", "export":
		return euFormat
	}
	return unknownFormat
}

// codeOf is the code of the list that a file of a format is, when nobody says; an
// own list is called after its file.
func codeOf(f format, p Part) string {
	switch f {
	case ofacFormat:
		return ofacCode(p)
	case cslFormat:
		return USConsolidated
	case unFormat:
		return UN
	case euFormat:
		return EU
	case ukFormat:
		return UK
	case ownFormat:
		name, _, _ := strings.Cut(strings.ToLower(p.Name), ".")
		return OwnPrefix + strings.Join(strings.Fields(firstRunes(name, 40)), "-")
	case unknownFormat:
	}
	return ""
}
