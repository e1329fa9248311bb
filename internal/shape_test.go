package internal_test

import (
	"fmt"
	"go/ast"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

const (
	fileLinesMax     = 800
	functionLinesMax = 70
)

// ratchet lists what is longer than the house allows, with its length today: a
// file by its path, a function as "path name". An entry may only shrink, and
// leaves the list when its subject fits. New code is never added here.
func ratchet() map[string]int {
	return map[string]int{}
}

// emptyNames are package names that say nothing of what is inside, so anything
// ends up there.
func emptyNames() []string {
	return []string{"util", "common", "model", "type", "service", "helper", "manager", "base", "core"}
}

func TestHouseKeepsItsShape(t *testing.T) {
	t.Parallel()
	for _, breach := range shapeBreaches(os.DirFS(".."), ratchet()) {
		t.Error(breach)
	}
}

// TestLinterAllowsWhatTheLawAllows keeps the linter's two allow-lists, which
// editors show while typing, equal to the law.
func TestLinterAllowsWhatTheLawAllows(t *testing.T) {
	t.Parallel()
	config, err := os.ReadFile("../.golangci.yml")
	if err != nil {
		t.Fatal(err)
	}
	base := append(pureStandard(), module+"internal/fault")
	want := map[string][]string{
		"ground": base,
		"trade":  slices.Concat(base, pureLibraries(), []string{module + "internal/money", module + "internal/trade/"}),
	}
	for rule, allowed := range want {
		got := linterAllows(string(config), rule)
		slices.Sort(got)
		slices.Sort(allowed)
		if !slices.Equal(got, allowed) {
			t.Errorf(".golangci.yml, depguard rule %s\n got %q\nwant %q", rule, got, allowed)
		}
	}
}

// linterAllows reads the allow list of one depguard rule. A final $ (nothing
// below this package) is dropped.
func linterAllows(config, rule string) []string {
	var allowed []string
	_, section, _ := strings.Cut(config, "\n        "+rule+":\n")
	_, section, _ = strings.Cut(section, "allow:\n")
	for line := range strings.Lines(section) {
		item, isItem := strings.CutPrefix(strings.TrimSpace(line), "- ")
		if !isItem {
			break
		}
		item, _, _ = strings.Cut(item, " #")
		allowed = append(allowed, strings.TrimSuffix(item, "$"))
	}
	return allowed
}

// shapeBreaches names every package without doc.go, every empty package name,
// and every file or function that is too long for the house and is not excused.
func shapeBreaches(tree fs.FS, excused map[string]int) []string {
	var breaches []string
	files := sources(tree)
	documented := map[string]bool{}
	for _, f := range files {
		if path.Base(f.name) == "doc.go" && f.broken == nil && opensItsPackage(f.syntax) {
			documented[f.pkg] = true
		}
	}
	missing := map[string]bool{}
	lengths := map[string]int{}
	for _, f := range files {
		if f.broken != nil {
			continue // the import law reports it
		}
		if !f.test && !documented[f.pkg] && !missing[f.pkg] {
			missing[f.pkg] = true
			breaches = append(breaches, f.pkg+": no doc.go that opens with what the package decides")
		}
		breaches = append(breaches, namesOf(f)...)
		if !ast.IsGenerated(f.syntax) {
			measure(f, lengths)
		}
	}
	return append(breaches, tooLong(lengths, excused)...)
}

func opensItsPackage(file *ast.File) bool {
	start := "Package " + file.Name.Name + " "
	if file.Name.Name == "main" {
		start = "Command "
	}
	return strings.HasPrefix(file.Doc.Text(), start)
}

// namesOf checks the name in the package clause, and that the folder says the same.
func namesOf(f source) []string {
	var breaches []string
	name := strings.TrimSuffix(f.syntax.Name.Name, "_test")
	for _, word := range []string{name, path.Base(f.pkg)} {
		if slices.Contains(emptyNames(), strings.TrimSuffix(word, "s")) {
			return append(breaches, fmt.Sprintf("%s: a package called %s says nothing; name the thing of the trade", f.name, word))
		}
	}
	if name != "main" && name != path.Base(f.pkg) {
		breaches = append(breaches, fmt.Sprintf("%s: package %s lives in folder %s", f.name, name, f.pkg))
	}
	return breaches
}

// measure notes the length of a file and of each of its functions, in lines. In
// tests the rows of a table are data and do not count.
func measure(f source, lengths map[string]int) {
	lengths[f.name] = f.lines
	for _, d := range f.syntax.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
			name := f.name + " " + receiverOf(fn) + fn.Name.Name
			lengths[name] = f.height(fn) + 1
			if f.test {
				lengths[name] -= f.tables(fn)
			}
		}
	}
}

// height is how many lines end below the first line of n.
func (f source) height(n ast.Node) int {
	return f.files.Position(n.End()).Line - f.files.Position(n.Pos()).Line
}

// tables is how many lines the outermost composite literals of fn take.
func (f source) tables(fn *ast.FuncDecl) int {
	lines := 0
	ast.Inspect(fn, func(n ast.Node) bool {
		table, ok := n.(*ast.CompositeLit)
		if ok {
			lines += f.height(table)
		}
		return !ok
	})
	return lines
}

func receiverOf(fn *ast.FuncDecl) string {
	if fn.Recv == nil || len(fn.Recv.List) == 0 {
		return ""
	}
	kind := fn.Recv.List[0].Type
	if star, ok := kind.(*ast.StarExpr); ok {
		kind = star.X
	}
	if generic, ok := kind.(*ast.IndexExpr); ok {
		kind = generic.X
	}
	if name, ok := kind.(*ast.Ident); ok {
		return name.Name + "."
	}
	return ""
}

// tooLong compares lengths with the house's measure and with what is excused.
func tooLong(lengths, excused map[string]int) []string {
	var breaches []string
	for name, lines := range lengths {
		most := fileLinesMax
		if strings.Contains(name, " ") {
			most = functionLinesMax
		}
		allowed, listed := excused[name]
		switch {
		case !listed && lines > most:
			breaches = append(breaches, fmt.Sprintf("%s: %d lines, at most %d", name, lines, most))
		case listed && lines > allowed:
			breaches = append(breaches, fmt.Sprintf("%s: grew to %d lines, the ratchet holds it at %d", name, lines, allowed))
		case listed && lines <= most:
			breaches = append(breaches, fmt.Sprintf("%s: fits now; take it off the ratchet", name))
		case listed && lines < allowed:
			breaches = append(breaches, fmt.Sprintf("%s: shrank to %d lines; lower the ratchet", name, lines))
		}
	}
	for name := range excused {
		if _, exists := lengths[name]; !exists {
			breaches = append(breaches, name+": is gone; take it off the ratchet")
		}
	}
	slices.Sort(breaches)
	return breaches
}
