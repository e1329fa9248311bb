package watchlist_test

import (
	"bytes"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"fondaco/internal/fault"
	"fondaco/internal/watchlist"
)

// swapped exchanges two columns of every record of a simple table.
func swapped(body []byte, a, b int) []byte {
	var out bytes.Buffer
	for line := range strings.Lines(strings.TrimRight(string(body), "\x1a")) {
		fields := cells(strings.TrimRight(line, "\r\n"))
		if len(fields) > max(a, b) {
			fields[a], fields[b] = fields[b], fields[a]
		}
		out.WriteString(strings.Join(fields, ",") + "\n")
	}
	return out.Bytes()
}

// cells splits a line at the commas outside quotes.
func cells(line string) []string {
	var all []string
	from, quoted := 0, false
	for i := 0; i <= len(line); i++ {
		if i == len(line) || line[i] == ',' && !quoted {
			all = append(all, line[from:i])
			from = i + 1
			continue
		}
		quoted = quoted != (line[i] == '"')
	}
	return all
}

// hostileFile is a change to an invented list, and the code it must be refused with.
type hostileFile struct {
	name, list string
	which      int // of the list's files
	change     func([]byte) []byte
	code       string
}

func replaced(from, to string) func([]byte) []byte {
	return func(b []byte) []byte { return bytes.Replace(b, []byte(from), []byte(to), 1) }
}

func whole(text string) func([]byte) []byte { return func([]byte) []byte { return []byte(text) } }

func hostileFiles() []hostileFile {
	bomb := `<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><CONSOLIDATED_LIST><INDIVIDUALS>&b;</INDIVIDUALS></CONSOLIDATED_LIST>`
	var attributes strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&attributes, ` a%d=">"`, i)
	}
	return []hostileFile{
		{"entity bomb", "un", 0, whole(bomb), "watchlist.hostile"},
		{"entity bomb without a declaration of XML", "un", 0, whole(strings.TrimPrefix(bomb, `<?xml version="1.0"?>`)), "watchlist.unknown_format"},
		{"types declared inside", "un", 0, replaced("<INDIVIDUALS>", "<INDIVIDUALS><!DOCTYPE x>"), "watchlist.hostile"},
		{"file entity", "eu", 0, replaced("Demonstration", "&xxe;"), "watchlist.hostile"},
		{"control character by number", "eu", 0, replaced("Demonstration", "&#1;"), "watchlist.hostile"},
		{"surrogate by number", "eu", 0, replaced("Demonstration", "&#xD800;"), "watchlist.hostile"},
		{"nesting", "un", 0, replaced("<SORT_KEY/>", strings.Repeat("<a>", 10000)+strings.Repeat("</a>", 10000)), "watchlist.hostile"},
		{"attributes", "eu", 0, replaced("<remark>", "<remark"+attributes.String()+">"), "watchlist.hostile"},
		{"a text without end", "un", 0, replaced("Seen in", strings.Repeat("word ", 100000)), "watchlist.hostile"},
		{"a name without end", "un", 0, replaced("DORVANI", strings.Repeat("é", 1001)), "watchlist.hostile"},
		{"names without end", "own:demo", 0, replaced("?Zolt", manyNames(1100)), "watchlist.bad_row"},
		{"a name of element without end", "un", 0, replaced("<SORT_KEY/>", "<"+strings.Repeat("a", 200)+"/>"), "watchlist.hostile"},
		{"elements that cross", "un", 0, replaced("<VERSIONNUM>1</VERSIONNUM>", "<a><b></a></b>"), "watchlist.malformed"},
		{"two roots", "un", 0, func(b []byte) []byte { return append(bytes.Clone(b), b[bytes.Index(b, []byte("<CONS")):]...) }, "watchlist.malformed"},
		{"text after the root", "eu", 0, func(b []byte) []byte { return append(bytes.Clone(b), "more"...) }, "watchlist.malformed"},
		{"another root", "eu", 0, replaced("<export ", "<exports "), "watchlist.unknown_format"},
		{"declared encoding", "un", 0, replaced("UTF-8", "UTF-16"), "watchlist.bad_encoding"},
		{"UTF-16", "own:demo", 0, func(b []byte) []byte { return append([]byte("\xff\xfe"), b...) }, "watchlist.bad_encoding"},
		{"zero bytes", "own:demo", 0, replaced("Marek", "M\x00arek"), "watchlist.bad_encoding"},
		{"control characters", "ofac-sdn", 0, replaced("Velmar", "Vel\x1bmar"), "watchlist.hostile"},
		{"broken UTF-8", "us-csl", 0, replaced("Tirvane", "T\xff\xfervane"), "watchlist.bad_encoding"},
		{"a page of the web", "us-csl", 0, whole("<!doctype html><html><body>Service unavailable</body></html>"), "watchlist.unknown_format"},
		{"nothing", "un", 0, whole(""), "watchlist.empty"},
		{"spaces", "un", 0, whole(" \n\n"), "watchlist.empty"},
		{"no entries", "un", 0, whole("<CONSOLIDATED_LIST><INDIVIDUALS/><ENTITIES/></CONSOLIDATED_LIST>"), "watchlist.empty"},
		{"a header only", "own:demo", 0, func(b []byte) []byte { return b[:bytes.IndexByte(b, '\n')+1] }, "watchlist.empty"},
		{"commas without end", "own:demo", 0, func(b []byte) []byte { return append(bytes.Clone(b), strings.Repeat(",", 1<<20)+"\n"...) }, "watchlist.hostile"},
		{"records that never end", "own:demo", 0, func(b []byte) []byte { return append(bytes.Clone(b), strings.Repeat("\"\n\",", 1<<18)+"\n"...) }, "watchlist.hostile"},
		{"a field without end", "own:demo", 0, func(b []byte) []byte { return append(bytes.Clone(b), strings.Repeat("x", 1<<20)+"\n"...) }, "watchlist.hostile"},
		{"a quote in a field", "us-csl", 0, replaced("Tirvane", "Tir\"vane"), "watchlist.malformed"},
		{"text after a quote", "ofac-sdn", 1, replaced(`KOMPANIYA"`, `KOMPANIYA"x`), "watchlist.malformed"},
		{"a record with a field more", "uk", 0, replaced("DARVISH,", "DARVISH,,"), "watchlist.reordered"},
		{"names and remarks exchanged", "ofac-sdn", 0, func(b []byte) []byte { return swapped(b, 1, 11) }, "watchlist.reordered"},
		{"names and programmes exchanged", "ofac-sdn", 0, func(b []byte) []byte { return swapped(b, 1, 3) }, "watchlist.reordered"},
		{"number of the entry moved", "ofac-sdn", 0, func(b []byte) []byte { return swapped(b, 0, 1) }, "watchlist.reordered"},
		{"names and kinds exchanged", "ofac-sdn", 1, func(b []byte) []byte { return swapped(b, 2, 3) }, "watchlist.reordered"},
		{"header and columns exchanged", "us-csl", 0, func(b []byte) []byte { return swapped(b, 4, 5) }, "watchlist.reordered"},
		{"columns of the list of the UK exchanged", "uk", 0, func(b []byte) []byte { return swapped(b, 28, 35) }, "watchlist.reordered"},
		{"columns under an old header exchanged", "uk", 0, belowHeader(2, 28, 35), "watchlist.reordered"},
		{"columns of the CSL under an old header", "us-csl", 0, belowHeader(1, 1, 5), "watchlist.reordered"},
		{"header of an own list", "own:demo", 0, replaced("id,kind,name", "id,name,kind"), "watchlist.reordered"},
		{"ID twice", "own:demo", 0, replaced("W-2", "W-1"), "watchlist.duplicate_ids"},
		{"number twice", "ofac-sdn", 0, replaced("102,", "101,"), "watchlist.duplicate_ids"},
		{"ID twice in XML", "un", 0, replaced("900002", "900001"), "watchlist.duplicate_ids"},
		{"ID of two names in the CSL", "us-csl", 0, replaced("\n101,", "\naa01,"), "watchlist.duplicate_ids"},
		{"kind that is none", "own:demo", 0, replaced(",person,", ",human,"), "watchlist.bad_row"},
		{"date that is none", "own:demo", 0, replaced("1960-03-12", "1960-13-12"), "watchlist.bad_row"},
		{"country that is none", "own:demo", 0, replaced("RU;by", "RU;XX"), "watchlist.bad_row"},
		{"entry without ID", "eu", 0, replaced(`logicalId="7001"`, ""), "watchlist.reordered"},
	}
}

func manyNames(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "Name %d;", i)
	}
	return b.String()
}

// belowHeader exchanges columns of the records only.
func belowHeader(lines, a, b int) func([]byte) []byte {
	return func(body []byte) []byte {
		at := 0
		for range lines {
			at += bytes.IndexByte(body[at:], '\n') + 1
		}
		return append(bytes.Clone(body[:at]), swapped(body[at:], a, b)...)
	}
}

func TestHostileFilesAreRefusedWhole(t *testing.T) {
	t.Parallel()
	all := fixtures(t)
	for _, tt := range hostileFiles() {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			parts := slices.Clone(all[tt.list])
			changed := tt.change(parts[tt.which].Body)
			if bytes.Equal(changed, parts[tt.which].Body) {
				t.Fatal("the change changes nothing")
			}
			parts[tt.which].Body = changed
			l, err := watchlist.Parse(tt.list, parts)
			f := fault.Of(err)
			if err == nil || f.Code != tt.code || f.Kind != fault.Refused {
				t.Fatalf("%v (%s), want %s", err, fault.CodeOf(err), tt.code)
			}
			if len(l.Entries) > 0 || l.Version != "" {
				t.Errorf("%d entries of a list that is refused", len(l.Entries))
			}
		})
	}
}

// TestAFloodCostsLittleMemory gives every parser 4 MB of the worst it could be
// given, and counts what was allocated.
func TestAFloodCostsLittleMemory(t *testing.T) {
	const size = 4 << 20
	fill := func(head, unit, tail string) []byte {
		return []byte(head + strings.Repeat(unit, size/len(unit)) + tail)
	}
	own := "id,kind,name,aliases,births,countries,identifiers,programme,remarks\n"
	for name, body := range map[string][]byte{
		"commas":              fill(own, ",", "\n"),
		"quoted ends of line": fill(own, "\"\n\",", "\n"),
		"open elements":       fill("<CONSOLIDATED_LIST>", "<a>", ""),
		"attributes":          fill("<CONSOLIDATED_LIST><a ", "a='>' ", "/></CONSOLIDATED_LIST>"),
		"empty elements":      fill("<CONSOLIDATED_LIST>", "<a/>", "</CONSOLIDATED_LIST>"),
		"new elements":        fill("<CONSOLIDATED_LIST>", "<a/>", "</CONSOLIDATED_LIST>"),
		"entries of nothing":  fill("<CONSOLIDATED_LIST><INDIVIDUALS>", "<INDIVIDUAL/>", "</INDIVIDUALS></CONSOLIDATED_LIST>"),
		"ends of line":        fill("1,\"A\"", "\n", ""),
	} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		_, err := watchlist.Parse("un", []watchlist.Part{{Name: "flood", Body: body}})
		runtime.ReadMemStats(&after)
		if err == nil {
			t.Errorf("%s: a flood is taken for a list", name)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 3*size {
			t.Errorf("%s: %d MB allocated for a file of %d MB", name, used>>20, size>>20)
		}
	}
}
