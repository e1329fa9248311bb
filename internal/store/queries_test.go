package store_test

import (
	"database/sql"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// queries reads the package's own source for the texts of its statements, so
// that none can be left out here. Clauses that only follow others are run by the
// conformance tests.
func queries(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]ast.Expr{}
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		if file.Name.Name != "store" {
			continue
		}
		for _, d := range file.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.CONST {
				continue
			}
			for _, spec := range g.Specs {
				for i, name := range spec.(*ast.ValueSpec).Names {
					if v := spec.(*ast.ValueSpec).Values; i < len(v) {
						values[name.Name] = v[i]
					}
				}
			}
		}
	}
	found := map[string]string{}
	for name, value := range values {
		text := textOf(value, values)
		verb, _, _ := strings.Cut(text, " ")
		if slices.Contains([]string{"SELECT", "INSERT", "UPDATE", "DELETE"}, verb) {
			found[name] = text
		}
	}
	return found
}

func textOf(e ast.Expr, known map[string]ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil {
			return text
		}
	case *ast.BinaryExpr:
		return textOf(e.X, known) + textOf(e.Y, known)
	case *ast.Ident:
		return textOf(known[e.Name], known)
	}
	return ""
}

// columns finds the columns of an insert that takes any number of rows; foreign,
// what not every backend would understand.
var (
	columns = regexp.MustCompile(`(?s)^INSERT INTO \w+ \(([^)]*)\)$`)
	foreign = regexp.MustCompile(`::|(?i)\bnow\(|\bany\(|for update|\?`)
)

func TestEveryQueryIsUnderstoodByTheDatabase(t *testing.T) {
	t.Parallel()
	b := setup(t)
	db, err := sql.Open("sqlite", "file:"+b.path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	all := queries(t)
	if len(all) < 50 {
		t.Fatalf("only %d queries were found", len(all))
	}
	for name, text := range all {
		for _, list := range []string{"($1)", "($1,$2,$3,$4)"} {
			query := strings.Replace(text, "{in}", list, 1)
			if m := columns.FindStringSubmatch(text); m != nil {
				row := "(" + strings.TrimSuffix(strings.Repeat("?,", strings.Count(m[1], ",")+1), ",") + ")"
				query += " VALUES " + row + "," + row
			}
			if err := prepares(t, db, query); err != nil {
				t.Errorf("%s: %v\n%s", name, err, query)
			}
		}
		if found := foreign.FindString(text); found != "" {
			t.Errorf("%s: %q is not in the SQL that all backends share", name, found)
		}
	}
}

func TestHotQueriesUseAnIndex(t *testing.T) {
	t.Parallel()
	b := setup(t)
	db, err := sql.Open("sqlite", "file:"+b.path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	all := queries(t)
	for _, name := range []string{
		"streamRecords", "treeHashes", "balancesOf", "pendingsOf", "answersOf", "trackingUsed", "logRange", "statementNewest", "statementBefore",
		"dueClocks", "dueMessages", "deadMessages", "dutiesOf", "openDeals", "accountsFrom", "allEntries", "moveBalance", "stopClocks", "endDuties",
		"personByEmail", "tokenByHash", "findSession", "endSessions", "streamsFrom",
	} {
		for _, step := range planOf(t, db, all[name]) {
			if strings.HasPrefix(step, "SCAN ") && !strings.Contains(step, "USING INDEX") && !strings.Contains(step, "USING COVERING INDEX") {
				t.Errorf("%s: %s", name, step)
			}
		}
	}
}

func prepares(t *testing.T, db *sql.DB, query string) error {
	t.Helper()
	stmt, err := db.PrepareContext(t.Context(), query)
	if err != nil {
		return err
	}
	defer func() { _ = stmt.Close() }()
	return nil
}

// planOf lists the steps by which the database answers a query.
func planOf(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	places := strings.Count(query, "$") + 2*strings.Count(query, "{in}")
	rows, err := db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+strings.Replace(query, "{in}", "($1,$2)", 1), slices.Repeat([]any{1}, places)...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer func() { _ = rows.Close() }()
	var steps []string
	for rows.Next() {
		var a, b, c int
		var step string
		if err := rows.Scan(&a, &b, &c, &step); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return steps
}
