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

	"github.com/jackc/pgx/v5"

	"fondaco/internal/store"
	"fondaco/internal/store/pgtest"
)

// query is a statement of the package; only names the one backend it is for.
type query struct{ text, only string }

// backendOf is the backend that a file belongs to, if it is not for all.
func backendOf(file string) string {
	switch file {
	case "sqlite.go", "writer.go":
		return "sqlite"
	case "postgres.go", "pipeline.go", "leader.go", "news.go":
		return "postgresql"
	}
	return ""
}

// queries reads the package's own source for the texts of its statements, so
// that none can be left out here. Clauses that only follow others are run by the
// conformance tests.
func queries(t *testing.T) map[string]query {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]ast.Expr{}
	files := map[string]string{}
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		if file.Name.Name != "store" || strings.HasSuffix(name, "_test.go") {
			continue
		}
		for _, d := range file.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.CONST {
				continue
			}
			for _, spec := range g.Specs {
				for i, id := range spec.(*ast.ValueSpec).Names {
					if v := spec.(*ast.ValueSpec).Values; i < len(v) {
						values[id.Name], files[id.Name] = v[i], name
					}
				}
			}
		}
	}
	found := map[string]query{}
	for name, value := range values {
		text := textOf(value, values)
		verb, _, _ := strings.Cut(text, " ")
		if strings.HasSuffix(text, "(") {
			continue // its rows follow; it is asked with them
		}
		if slices.Contains([]string{"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"}, verb) {
			found[name] = query{text: text, only: backendOf(files[name])}
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

// written is a query with its lists written out, each of n keys.
func written(text string, n int) string {
	list, rows := make([]string, n), make([]string, n)
	for i := range n {
		list[i], rows[i] = "$"+strconv.Itoa(i+1), "(CAST($"+strconv.Itoa(i+1)+" AS BIGINT))"
	}
	text = strings.Replace(text, "{in}", "("+strings.Join(list, ",")+")", 1)
	return strings.Replace(text, "{rows}", strings.Join(rows, ","), 1)
}

func TestEveryQueryIsUnderstoodByEveryDatabase(t *testing.T) {
	t.Parallel()
	all := queries(t)
	if len(all) < 50 {
		t.Fatalf("only %d queries were found", len(all))
	}
	for backend, db := range rawDatabases(t) {
		for name, q := range all {
			if q.only != "" && q.only != backend {
				continue
			}
			for _, n := range []int{1, 4} {
				text := written(q.text, n)
				if m := columns.FindStringSubmatch(q.text); m != nil {
					width := strings.Count(m[1], ",") + 1
					places := make([]string, width)
					for i := range places {
						places[i] = "$" + strconv.Itoa(i+1)
					}
					text += " VALUES (" + strings.Join(places, ",") + ")"
				}
				if err := prepares(t, db, text); err != nil {
					t.Errorf("%s: %s: %v\n%s", backend, name, err, text)
				}
			}
			if found := foreign.FindString(q.text); q.only == "" && found != "" {
				t.Errorf("%s: %q is not in the SQL that all backends share", name, found)
			}
		}
		for name, text := range store.Pages(backend) {
			if err := prepares(t, db, text); err != nil {
				t.Errorf("%s: %s: %v\n%s", backend, name, err, text)
			}
		}
	}
}

// rawDatabases are migrated databases of every kind, without the store before them.
func rawDatabases(t *testing.T) map[string]*sql.DB {
	t.Helper()
	found := map[string]*sql.DB{}
	for name, at := range map[string][2]string{"sqlite": {"sqlite", "file:" + setup(t).path}, "postgresql": {"pgx", pgtest.Database(t)}} {
		db, err := sql.Open(at[0], at[1])
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		db.SetMaxOpenConns(1) // what is set for one connection holds for all
		found[name] = db
	}
	return found
}

// walks are queries that read a whole table on purpose: what there is of it is few.
func walks() []string {
	return []string{"allNotes", "durability", "lockLog", "postgresBegun", "sqliteBegun"}
}

func TestEveryQueryOfPagesAndCommandsUsesAnIndex(t *testing.T) {
	t.Parallel()
	texts := map[string]string{}
	only := map[string]string{}
	for name, q := range queries(t) {
		if verb, _, _ := strings.Cut(q.text, " "); verb == "INSERT" || strings.HasSuffix(q.text, "WHERE 1 = 1") || slices.Contains(walks(), name) {
			continue
		}
		texts[name], only[name] = q.text, q.only
	}
	for _, i := range inserted(t) {
		if strings.HasPrefix(i[0], "WITH ") {
			lite, pg := store.Insertions(i[0], i[1], i[2])
			texts[i[0]+" on SQLite"], only[i[0]+" on SQLite"] = strings.ReplaceAll(lite, "?", "NULL"), "sqlite"
			texts[i[0]+" on PostgreSQL"], only[i[0]+" on PostgreSQL"] = pg, "postgresql"
		}
	}
	for backend, db := range rawDatabases(t) {
		for name, text := range store.Pages(backend) {
			texts["page: "+name] = text
		}
		for name, text := range texts {
			if only[name] != "" && only[name] != backend {
				continue
			}
			whole := plan(t, backend, db, written(text, 2))
			for _, step := range whole {
				if walking(backend, name, step, whole) {
					t.Errorf("%s: %s: %s", backend, name, step)
				}
			}
		}
	}
}

// walking reports whether a step of a plan looks at every row of a table.
func walking(backend, name, step string, whole []string) bool {
	if backend == "postgresql" {
		// It is forbidden, not impossible: where a part of a query cannot do without, its price
		// hides what all else costs, and any plan is as good as another.
		return strings.Contains(step, "Seq Scan")
	}
	if !strings.HasPrefix(step, "SCAN ") || strings.Contains(step, "INDEX") || slices.Contains([]string{"SCAN a", "SCAN bought", "SCAN sold", "SCAN e", "SCAN k"}, step) || strings.Contains(step, "CONSTANT ROW") { // what was asked for
		return false
	}
	sorted := slices.ContainsFunc(whole, func(s string) bool { return strings.Contains(s, "TEMP B-TREE") })
	return sorted || !slices.Contains(newest(), name)
}

// newest are queries that take the first few rows in the order of the table's key.
func newest() []string {
	return []string{"logTail", "page: deals", "page: deposits", "page: payouts", "page: approvals", "page: payout accounts", "page: cases", "page: search in all deals"}
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

// plan lists the steps by which the database answers a query.
func plan(t *testing.T, backend string, db *sql.DB, query string) []string {
	t.Helper()
	places := 0
	for strings.Contains(query, "$"+strconv.Itoa(places+1)) {
		places++
	}
	if backend == "sqlite" {
		return steps(t, db, 3, "EXPLAIN QUERY PLAN "+query, slices.Repeat([]any{1}, places)...)
	}
	for _, order := range []string{
		// The tables are empty: a plan walks through one only if no index will do.
		"SET enable_seqscan = off", "SET plan_cache_mode = force_generic_plan", "DEALLOCATE ALL", "PREPARE asked AS " + query,
	} {
		if _, err := db.ExecContext(t.Context(), order, pgx.QueryExecModeSimpleProtocol); err != nil {
			t.Fatalf("%s: %v", order, err)
		}
	}
	execute := "EXPLAIN EXECUTE asked"
	if places > 0 {
		execute += "(NULL" + strings.Repeat(", NULL", places-1) + ")"
	}
	return steps(t, db, 0, execute, pgx.QueryExecModeSimpleProtocol)
}

// steps reads the texts of a plan, which stand in the given column.
func steps(t *testing.T, db *sql.DB, column int, explain string, args ...any) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), explain, args...)
	if err != nil {
		t.Fatalf("%s: %v", explain, err)
	}
	defer func() { _ = rows.Close() }()
	var out []string
	for rows.Next() {
		row := make([]any, column+1)
		for i := range row {
			row[i] = new(string)
		}
		if err := rows.Scan(row...); err != nil {
			t.Fatal(err)
		}
		out = append(out, *row[column].(*string))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}
