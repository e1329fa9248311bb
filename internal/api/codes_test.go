package api_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"fondaco/internal/api"
)

// apart are the packages whose refusals never reach a caller of the API: other
// faces, and tools.
func apart() []string {
	return []string{"internal/web", "internal/scms", "internal/demo", "internal/worker", "internal/atlas", "internal/sim", "internal/load", "internal/bench", "internal/crash", "internal/store/storetest"}
}

// TestEveryCodeIsExplained reads the program itself: whatever code a fault is
// made with must be in the catalogue.
func TestEveryCodeIsExplained(t *testing.T) {
	t.Parallel()
	explained := api.Codes()
	found := codesOf(t)
	if len(found) < 150 {
		t.Fatalf("only %d codes were found", len(found))
	}
	for code, where := range found {
		if !slices.Contains(explained, code) {
			t.Errorf("%s, made in %s, is not in codes.json", code, where)
		}
	}
}

var codeForm = regexp.MustCompile(`^[a-z]+\.[a-z0-9_]+$`)

func codesOf(t *testing.T) map[string]string {
	t.Helper()
	packages := map[string][]*ast.File{}
	err := fs.WalkDir(os.DirFS("../.."), "internal", func(name string, d fs.DirEntry, err error) error {
		if err != nil || slices.Contains(apart(), name) {
			return skipOr(err)
		}
		if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), "../../"+name, nil, parser.SkipObjectResolution)
		packages[path.Dir(name)] = append(packages[path.Dir(name)], f)
		return err
	})
	must(t, err)
	found := map[string]string{}
	for dir, files := range packages {
		makers := makersOf(files)
		each(files, func(call *ast.CallExpr) {
			place, is := makers[nameOf(call)]
			if isNew(call) {
				place, is = 1, true
			}
			if !is || place >= len(call.Args) {
				return
			}
			if lit, ok := call.Args[place].(*ast.BasicLit); ok {
				if code, err := strconv.Unquote(lit.Value); err == nil && codeForm.MatchString(code) {
					found[code] = dir
				}
			}
		})
	}
	return found
}

func skipOr(err error) error {
	if err != nil {
		return err
	}
	return fs.SkipDir
}

func each(files []*ast.File, see func(*ast.CallExpr)) {
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				see(call)
			}
			return true
		})
	}
}

func isNew(call *ast.CallExpr) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "New" {
		return false
	}
	x, ok := sel.X.(*ast.Ident)
	return ok && x.Name == "fault" && len(call.Args) == 3
}

func nameOf(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// makersOf finds the functions of a package that make a fault with a code they
// are given, and at which place.
func makersOf(files []*ast.File) map[string]int {
	makers := map[string]int{}
	note := func(name string, kind *ast.FuncType, body ast.Node) {
		var params []string
		for _, field := range kind.Params.List {
			for _, p := range field.Names {
				params = append(params, p.Name)
			}
		}
		ast.Inspect(body, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && isNew(call) {
				if id, ok := call.Args[1].(*ast.Ident); ok && slices.Contains(params, id.Name) {
					makers[name] = slices.Index(params, id.Name)
				}
			}
			return true
		})
	}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Body != nil {
					note(n.Name.Name, n.Type, n.Body)
				}
			case *ast.AssignStmt:
				if lit, ok := n.Rhs[0].(*ast.FuncLit); ok {
					if id, ok := n.Lhs[0].(*ast.Ident); ok {
						note(id.Name, lit.Type, lit.Body)
					}
				}
			}
			return true
		})
	}
	return makers
}
