package store_test

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"fondaco/internal/fault"
	"fondaco/internal/store"
	"fondaco/internal/store/pgtest"
)

var (
	update  = flag.Bool("update", false, "write the statements of this release")
	release = flag.String("release", "0.1.0", "the release whose statements -update writes")
)

// released is what a release of the program asked of its database: while nodes are
// brought to the next release one after the other, it is asked of the next schema.
type released struct {
	Release    string              `json:"release"`
	Schema     int64               `json:"schema"`     // the newest version that it knew
	Migrations map[string]string   `json:"migrations"` // hashes of the files that led there
	Statements map[string][]string `json:"statements"` // by database
}

const releasedFolder = "testdata/released"

// releases reads what was kept, the oldest first.
func releases(t *testing.T) []released {
	t.Helper()
	names, err := filepath.Glob(releasedFolder + "/*.json")
	must(t, err)
	var out []released
	for _, name := range names {
		doc, err := os.ReadFile(name)
		must(t, err)
		var r released
		must(t, json.Unmarshal(doc, &r))
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b released) int { return cmp.Compare(a.Schema, b.Schema) })
	if len(out) == 0 {
		t.Fatal("no release was kept")
	}
	return out
}

// migrations are the files that lead to the newest schema, by database.
func migrations(t *testing.T) map[string]map[string]string {
	t.Helper()
	out := map[string]map[string]string{}
	for backend, folder := range map[string]string{"sqlite": "sqlite", "postgresql": "postgres"} {
		names, err := filepath.Glob("migrations/" + folder + "/*.sql")
		must(t, err)
		out[backend] = map[string]string{}
		for _, name := range names {
			doc, err := os.ReadFile(name)
			must(t, err)
			out[backend][folder+"/"+filepath.Base(name)] = string(doc)
		}
		if len(names) < 2 {
			t.Fatalf("%s has only %d migrations", backend, len(names))
		}
	}
	return out
}

// versionOf is the version to which a migration leads.
func versionOf(t *testing.T, file string) int64 {
	t.Helper()
	digits, _, _ := strings.Cut(filepath.Base(file), "_")
	v, err := strconv.ParseInt(digits, 10, 64)
	must(t, err)
	return v
}

// asked are all statements of this program, by database.
func asked(t *testing.T) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	add := func(backend, text string) { out[backend] = append(out[backend], text) }
	for _, q := range queries(t) {
		if columns.MatchString(q.text) {
			continue // asked below, with its rows
		}
		for _, backend := range []string{"sqlite", "postgresql"} {
			if q.only != "" && q.only != backend {
				continue
			}
			text := q.text
			if backend == "postgresql" {
				text = strings.Replace(text, "IN {in}", "= ANY($1)", 1)
			}
			add(backend, written(text, 1))
		}
	}
	for _, backend := range []string{"sqlite", "postgresql"} {
		for _, text := range store.Pages(backend) {
			add(backend, text)
		}
	}
	found := inserted(t)
	if len(found) < 24 {
		t.Fatalf("only %d insertions were found", len(found))
	}
	for _, i := range found {
		lite, pg := store.Insertions(i[0], i[1], i[2])
		add("sqlite", lite)
		add("postgresql", pg)
	}
	for backend := range out {
		slices.Sort(out[backend])
	}
	return out
}

// inserted reads from the package's own source what is inserted: into, kinds, after.
func inserted(t *testing.T) [][3]string {
	t.Helper()
	names, err := filepath.Glob("*.go")
	must(t, err)
	known := map[string]ast.Expr{}
	var found []*ast.CompositeLit
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		must(t, err)
		if file.Name.Name != "store" || strings.HasSuffix(name, "_test.go") {
			continue
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				for i, id := range n.Names {
					if i < len(n.Values) {
						known[id.Name] = n.Values[i]
					}
				}
			case *ast.CompositeLit:
				if id, named := n.Type.(*ast.Ident); named && id.Name == "insertion" {
					found = append(found, n)
				}
			}
			return true
		})
	}
	var out [][3]string
	for _, lit := range found {
		var i [3]string
		for _, e := range lit.Elts {
			kv := e.(*ast.KeyValueExpr)
			if at := slices.Index([]string{"into", "kinds", "after"}, kv.Key.(*ast.Ident).Name); at >= 0 {
				i[at] = textOf(kv.Value, known)
			}
		}
		if strings.HasPrefix(i[0], "INSERT ") || strings.HasPrefix(i[0], "WITH ") {
			out = append(out, i)
		}
	}
	return out
}

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// TestEveryStatementOfTheReleasesBeforeIsUnderstood prepares what a node of an
// earlier release will ask, while this release's schema is there already.
func TestEveryStatementOfTheReleasesBeforeIsUnderstood(t *testing.T) {
	t.Parallel()
	if *update {
		writeRelease(t)
	}
	dbs := rawDatabases(t)
	oldest := oldestNeeded(t)
	all := releases(t)
	if last := all[len(all)-1]; last.Schema < oldest {
		t.Fatalf("the newest schema leaves release %s behind, which is the last", last.Release)
	}
	for _, r := range all {
		if r.Schema < oldest {
			continue
		}
		for backend, db := range dbs {
			if len(r.Statements[backend]) < 110 {
				t.Errorf("only %d statements of release %s on %s were kept", len(r.Statements[backend]), r.Release, backend)
			}
			for _, text := range r.Statements[backend] {
				if err := prepares(t, db, text); err != nil {
					t.Errorf("%s: release %s asks what is not understood any more: %v\n%s", backend, r.Release, err, text)
				}
			}
		}
	}
}

// oldestNeeded is the version that a program must know of, by the newest migrations.
func oldestNeeded(t *testing.T) int64 {
	t.Helper()
	var oldest int64
	for _, files := range migrations(t) {
		for name, text := range files {
			if v, says, err := leavesBehind(text); err != nil {
				t.Errorf("%s: %v", name, err)
			} else if says {
				oldest = max(oldest, v)
			}
		}
	}
	return oldest
}

func writeRelease(t *testing.T) {
	t.Helper()
	r := released{Release: *release, Migrations: map[string]string{}, Statements: asked(t)}
	for _, files := range migrations(t) {
		for name, text := range files {
			r.Schema = max(r.Schema, versionOf(t, name))
			r.Migrations[name] = hashOf(text)
		}
	}
	doc, err := json.MarshalIndent(r, "", "  ")
	must(t, err)
	must(t, os.MkdirAll(releasedFolder, 0o750))
	must(t, os.WriteFile(filepath.Join(releasedFolder, *release+".json"), append(doc, '\n'), 0o600))
}

// TestAReleasedMigrationNeverChanges: databases that have it would not get the change.
func TestAReleasedMigrationNeverChanges(t *testing.T) {
	t.Parallel()
	have := map[string]string{}
	for _, files := range migrations(t) {
		maps.Copy(have, files)
	}
	all := releases(t)
	last := all[len(all)-1]
	for name, want := range last.Migrations {
		if hashOf(have[name]) != want {
			t.Errorf("%s is not what release %s has brought to its databases. Write a new migration; or, if that release is not out yet, keep it again: go test ./internal/store -run ReleasesBefore -update", name, last.Release)
		}
	}
}

// TestNewMigrationsLetTheReleaseBeforeGoOn reads the migrations since the last release.
func TestNewMigrationsLetTheReleaseBeforeGoOn(t *testing.T) {
	t.Parallel()
	all := releases(t)
	last := all[len(all)-1]
	for backend, files := range migrations(t) {
		for name, text := range files {
			if versionOf(t, name) <= last.Schema {
				continue
			}
			for _, why := range breaks(text, last.Schema) {
				t.Errorf("%s: %s: %s", backend, name, why)
			}
		}
	}
}

// TestAProgramWorksWithANewerSchemaUntilThatSaysOtherwise puts the schema ahead of
// the program, as the first node of the next release does.
func TestAProgramWorksWithANewerSchemaUntilThatSaysOtherwise(t *testing.T) {
	t.Parallel()
	for backend, s := range map[string]*store.Store{"sqlite": setup(t).Store, "postgresql": postgresAt(t, pgtest.Database(t)).Store} {
		schema, err := s.Schema(t.Context())
		must(t, err)
		must(t, s.Ahead(t.Context(), schema.Newest+1))
		must(t, s.Migrate(t.Context()))
		if got, err := s.Schema(t.Context()); err != nil || got.Version != schema.Newest+1 || got.Newest != schema.Newest {
			t.Errorf("%s: schema %+v, %v", backend, got, err)
		}
		for oldest, code := range map[int64]string{schema.Newest: "", schema.Newest + 1: "store.program_too_old"} {
			must(t, s.SetSetting(t.Context(), "schema_oldest", strconv.FormatInt(oldest, 10)))
			if err := s.Migrate(t.Context()); fault.CodeOf(err) != code {
				t.Errorf("%s: to a program that knows %d, a schema that needs %d answers %v", backend, schema.Newest, oldest, err)
			}
		}
	}
}
