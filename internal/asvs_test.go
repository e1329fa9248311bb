package internal_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"go/ast"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// asvsTable says how the house stands to each requirement of OWASP ASVS 5.0.
const asvsTable = "docs/security/asvs.csv"

// The words of the column status.
const (
	asvsMet  = "met"
	asvsNA   = "n/a"
	asvsOpen = "open"
)

func TestEveryRequirementHasAnHonestRow(t *testing.T) {
	t.Parallel()
	tree := os.DirFS("..")
	table, err := fs.ReadFile(tree, asvsTable)
	if err != nil {
		t.Fatal(err)
	}
	for _, breach := range asvsBreaches(tree, table) {
		t.Error(breach)
	}
}

// TestTheTableHasThePublishedRequirements compares ids and levels with the
// published standard, whose text stays out of this repository.
func TestTheTableHasThePublishedRequirements(t *testing.T) {
	t.Parallel()
	root := os.Getenv("FONDACO_DATA")
	if root == "" {
		t.Skip("FONDACO_DATA names no folder of reference data")
	}
	files, err := filepath.Glob(filepath.Join(root, "asvs", "*.csv"))
	if err != nil || len(files) != 1 {
		t.Fatalf("one published list is expected in %s/asvs, there are %d (%v)", root, len(files), err)
	}
	published, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	want := asvsRows(t, bytes.TrimPrefix(published, []byte("\ufeff")))
	id, level := slices.Index(want[0], "req_id"), slices.Index(want[0], "L")
	if id < 0 || level < 0 || len(want) < 300 {
		t.Fatalf("this is not the list: %d rows under %q", len(want), want[0])
	}
	ours, err := os.ReadFile("../" + asvsTable)
	if err != nil {
		t.Fatal(err)
	}
	got := asvsRows(t, ours)
	if len(got) != len(want) {
		t.Errorf("the table has %d rows, the standard %d requirements", len(got)-1, len(want)-1)
	}
	for i := 1; i < min(len(got), len(want)); i++ {
		if got[i][0] != want[i][id] || got[i][1] != want[i][level] {
			t.Fatalf("row %d is %s at level %s, the standard has %s at level %s", i, got[i][0], got[i][1], want[i][id], want[i][level])
		}
	}
}

func asvsRows(t *testing.T, table []byte) [][]string {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(table)).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("%d rows: %v", len(rows), err)
	}
	return rows
}

// TestTheRequirementsAreCountedAsTheyAre keeps the counts that people read equal to the table.
func TestTheRequirementsAreCountedAsTheyAre(t *testing.T) {
	t.Parallel()
	table, err := os.ReadFile("../" + asvsTable)
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../docs/security/README.md")
	if err != nil {
		t.Fatal(err)
	}
	type cell struct{ chapter, level, status string }
	counts := map[cell]int{}
	var chapters []string
	for _, row := range asvsRows(t, table)[1:] {
		chapter := chapterOf(row[0])
		if !slices.Contains(chapters, chapter) {
			chapters = append(chapters, chapter)
		}
		for _, c := range []string{chapter, "All"} {
			for _, l := range []string{row[1], ""} {
				counts[cell{c, l, row[2]}]++
			}
		}
	}
	for _, chapter := range append(chapters, "All") {
		var want []string
		for _, level := range []string{"1", "2", "3", ""} {
			of := func(status string) int { return counts[cell{chapter, level, status}] }
			want = append(want, fmt.Sprintf("%d · %d · %d", of(asvsMet), of(asvsNA), of(asvsOpen)))
		}
		end := " | " + strings.Join(want, " | ") + " |"
		found := false
		for line := range strings.Lines(string(page)) {
			line = strings.TrimSpace(line)
			found = found || strings.HasPrefix(line+" ", "| "+chapter+" ") && strings.HasSuffix(line, end)
		}
		if !found {
			t.Errorf("docs/security/README.md does not say of %s:%s", chapter, end)
		}
	}
}

// asvsBreaches names every row of the table that breaks its own rules.
func asvsBreaches(tree fs.FS, table []byte) []string {
	rows, err := csv.NewReader(bytes.NewReader(table)).ReadAll()
	if err != nil || len(rows) == 0 {
		return []string{fmt.Sprintf("the table cannot be read: %v", err)}
	}
	var breaches []string
	if head := strings.Join(rows[0], ","); head != "id,level,status,evidence,note" {
		return []string{"the table's head is " + head}
	}
	known, seen := asvsIndex(tree), map[string]bool{}
	for _, row := range rows[1:] {
		id, level, status, proofs, note := row[0], row[1], row[2], row[3], row[4]
		add := func(format string, args ...any) { breaches = append(breaches, id+": "+fmt.Sprintf(format, args...)) }
		if seen[id] {
			add("there is another row for it")
		}
		seen[id] = true
		if level != "1" && level != "2" && level != "3" {
			add("there is no level %q", level)
		}
		switch status {
		case asvsMet:
			if proofs == "" {
				add("it is met, but nothing shows it")
			}
			for proof := range strings.SplitSeq(proofs, "; ") {
				if why := known.missing(tree, proof); why != "" && proofs != "" {
					add("%s", why)
				}
			}
		case asvsNA, asvsOpen:
			if note == "" || proofs != "" {
				add("a row that is %s has a note, and no evidence", status)
			}
		default:
			add("there is no status %q", status)
		}
		if status == asvsOpen && level != "3" && slices.Contains([]string{"V6", "V7", "V8"}, chapterOf(id)) {
			add("authentication, sessions and authorisation have no open row at levels 1 and 2; open is: %s", note)
		}
	}
	return breaches
}

func chapterOf(id string) string {
	chapter, _, _ := strings.Cut(id, ".")
	return chapter
}

// asvsNames are the names that evidence may point to: tests by their package,
// declarations by their file.
type asvsNames struct {
	tests map[string]bool
	decls map[string]bool
}

func asvsIndex(tree fs.FS) asvsNames {
	known := asvsNames{map[string]bool{}, map[string]bool{}}
	for _, f := range sources(tree) {
		if f.broken != nil {
			continue // the import law reports it
		}
		for _, name := range declaredIn(f.syntax) {
			if f.test {
				known.tests[f.pkg+"."+name] = true
			} else {
				known.decls[f.name+":"+name] = true
			}
		}
	}
	return known
}

func declaredIn(file *ast.File) []string {
	var names []string
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			names = append(names, d.Name.Name)
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					names = append(names, s.Name.Name)
				case *ast.ValueSpec:
					for _, n := range s.Names {
						names = append(names, n.Name)
					}
				}
			}
		}
	}
	return names
}

// missing says what is wrong with one proof: a test as package.TestName, or
// something in a file as path:name. In a page of docs the name is a heading; in
// another file that is not Go it is a word of it.
func (k asvsNames) missing(tree fs.FS, proof string) string {
	file, name, inFile := strings.Cut(proof, ":")
	if !inFile {
		dot := strings.LastIndexByte(proof, '.')
		if name := proof[dot+1:]; !k.tests[proof] || !strings.HasPrefix(name, "Test") && !strings.HasPrefix(name, "Fuzz") {
			return "there is no test " + proof
		}
		return ""
	}
	text, err := fs.ReadFile(tree, file)
	if err != nil {
		return "there is no file " + file
	}
	found := name != "" && bytes.Contains(text, []byte(name))
	switch {
	case strings.HasSuffix(file, "/doc.go"):
		found = bytes.Contains(text, []byte("package "+name+"\n"))
	case strings.HasSuffix(file, ".go"):
		found = k.decls[proof]
	case strings.HasSuffix(file, ".md"):
		found = bytes.Contains(text, []byte("# "+name+"\n"))
	}
	if !found {
		return fmt.Sprintf("%s has no %s", file, name)
	}
	return ""
}

func TestTheTableOfRequirementsTurnsRed(t *testing.T) {
	t.Parallel()
	tree := fstest.MapFS{
		"internal/x/x.go":      {Data: []byte("package x\n\nfunc Guard() {}\n")},
		"internal/x/doc.go":    {Data: []byte("// Package x does.\npackage x\n")},
		"internal/x/x_test.go": {Data: []byte("package x_test\n\nfunc TestGuarded() {}\n\nfunc setup() {}\n")},
		"docs/x.md":            {Data: []byte("# X\n\n## Sessions\n")},
		"x.js":                 {Data: []byte("textContent = 1\n")},
	}
	const head = "id,level,status,evidence,note\n"
	sound := "V1.1.1,1,met,internal/x.TestGuarded; internal/x/x.go:Guard; docs/x.md:Sessions; x.js:textContent; internal/x/doc.go:x,\n" +
		"V6.1.1,3,open,,Missing.\nV8.1.1,1,n/a,,None.\n"
	if breaches := asvsBreaches(tree, []byte(head+sound)); len(breaches) > 0 {
		t.Errorf("a sound table is blamed: %q", breaches)
	}
	for fault, row := range map[string]string{
		"met without evidence":    "V1.1.2,1,met,,Said so.",
		"a test that is not":      "V1.1.2,1,met,internal/x.TestOther,",
		"a helper of tests":       "V1.1.2,1,met,internal/x.setup,",
		"a file that is not":      "V1.1.2,1,met,internal/y/y.go:Guard,",
		"a name that is not":      "V1.1.2,1,met,internal/x/x.go:Guardian,",
		"a heading that is not":   "V1.1.2,1,met,docs/x.md:Session,",
		"a word that is not":      "V1.1.2,1,met,x.js:innerHTML,",
		"n/a without a reason":    "V1.1.2,1,n/a,,",
		"open without a reason":   "V1.1.2,1,open,,",
		"open with evidence":      "V1.1.2,1,open,internal/x.TestGuarded,Half.",
		"another status":          "V1.1.2,1,partly,,Half.",
		"another level":           "V1.1.2,4,n/a,,None.",
		"a second row":            "V1.1.1,1,n/a,,None.",
		"open authentication":     "V6.1.2,1,open,,Missing.",
		"open sessions":           "V7.1.2,2,open,,Missing.",
		"open authorisation":      "V8.1.2,2,open,,Missing.",
		"one bad proof of two":    "V1.1.2,1,met,internal/x.TestGuarded; internal/x.TestNot,",
		"a declaration as a test": "V1.1.2,1,met,internal/x.Guard,",
	} {
		if n := len(asvsBreaches(tree, []byte(head+sound+row+"\n"))); n != 1 {
			t.Errorf("%s: %d breaches are named, want 1", fault, n)
		}
	}
	if len(asvsBreaches(tree, []byte("id,level\nV1.1.1,1\n"))) == 0 {
		t.Error("another head is not blamed")
	}
}
