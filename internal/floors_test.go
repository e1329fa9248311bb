package internal_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "fondaco/"

// A floor says how far a package may reach. Lower floors know nothing of
// higher ones.
type floor int

const (
	ground  floor = iota // 0: words every package uses; standard library only
	trade                // 1: the business, pure: no I/O, no clock, no chance
	useCase              // 2: assurance, which owns the ports
	adapter              // 3: behind a port; adapters never meet
	face                 // 4: what people and machines speak to; never an adapter
	wiring               // 5: cmd, which puts adapters into ports
	harness              // imported by tests only
)

// A row of the law names a package, or a pattern of packages, and the packages
// of ours that its non-test files may import. why says what the package is for
// and what its exceptions rest on.
type row struct {
	pkg   string
	floor floor
	ours  []string
	why   string
}

// law is the import law of the house. A package that no row names may not
// exist. The first row that matches counts. A pattern never reaches a harness.
func law() []row {
	base := []string{"internal/money", "internal/fault"}
	party := append(slices.Clone(base), "internal/trade/identity")
	business := append(slices.Clone(base), "internal/trade/*")
	below := append(slices.Clone(business), "internal/assurance")
	with := func(rest []string, more ...string) []string { return slices.Concat(rest, more) }

	return []row{
		{"internal/fault", ground, nil, "The one error type; everything rests on it, so it rests on nothing."},
		{"internal/money", ground, []string{"internal/fault"}, "Whole minor units; it refuses overflow with the one error type."},

		{"internal/trade", trade, nil, "The signpost of the business: doc.go only, no types of its own."},
		{"internal/trade/identity", trade, base, "Parties and roles; every other part of the business names parties."},
		{"internal/trade/evidence", trade, party, "Canonical bytes, leaves and proofs of what was decided, and by whom."},
		{"internal/trade/ledger", trade, party, "Double entry; its accounts belong to parties."},
		{"internal/trade/contract", trade, with(party, "internal/trade/evidence"), "Terms are signed by their hash, and that canonical form is the evidence log's."},
		{"internal/trade/escrow", trade, with(party, "internal/trade/ledger"), "When held money may move; it answers in transfers of the ledger."},
		{"internal/trade/shipment", trade, party, "Tracking folded into facts; it knows who carries and who receives."},
		{"internal/trade/dispute", trade, with(party, "internal/trade/evidence"), "Claims and rulings, which stand on recorded evidence."},
		{"internal/trade/treasury", trade, with(party, "internal/trade/ledger"), "Reconciles the ledger with the bank, so it reads the ledger."},
		{"internal/trade/account", trade, party, "One person's way in; it knows people, not deals."},
		{"internal/trade/password", trade, party, "What a good password is; text and numbers only."},
		{"internal/trade/signin", trade, party, "How unusual a sign-in is; it counts what it is given."},
		{"internal/trade/control", trade, with(party, "internal/trade/evidence"), "What is approved, by whom; an approval is bound to the hash of its canonical form."},
		{"internal/trade/spelling", trade, base, "How one name is written in many scripts and ways; it knows no lists and no parties."},
		{"internal/trade/screening", trade, with(party, "internal/trade/spelling", "internal/trade/evidence"), "Matches a name against lists, which is a matter of spelling first."},
		{"internal/trade/compliance", trade, with(party, "internal/trade/evidence", "internal/trade/screening"), "The case of a hit, decided by two; a pair is remembered by canonical hash."},
		{"internal/trade/reputation", trade, party, "What past trades say of a party; it is given outcomes, and knows no deals."},
		{"internal/trade/deal", trade, business, "The conductor of one trade; the only part that sees all the others."},

		{"internal/atlas", harness, business, "Walks every state a deal can reach and draws the map; no part of a running house."},

		{"internal/assurance", useCase, business, "The use cases; it declares the ports, and knows nobody behind them."},

		{"internal/store/storetest", harness, below, "What every backend must do; backends call it from their tests."},
		{"internal/store/pgtest", harness, with(below, "internal/store"), "Lends databases of a throw-away PostgreSQL server; tests of any package call it, no running house does."},
		{"internal/store", adapter, with(below, "internal/store/*"), "SQL behind the ports of assurance; one package per backend below it."},
		{"internal/store/*", adapter, with(below, "internal/store/*"), "A backend, its generated queries or its migrations; still one adapter."},
		{"internal/notary", adapter, below, "Signs and publishes checkpoints; reads the log through a port."},
		{"internal/rail", adapter, below, "Payment rails behind the port of assurance."},
		{"internal/passkey", adapter, below, "WebAuthn behind the port of assurance; the only place that knows its protocol."},
		{"internal/notice", adapter, below, "Mail behind the port of assurance, in both languages."},
		{"internal/oidc", adapter, below, "The identity providers of companies, behind the port of assurance."},
		{"internal/vault", adapter, base, "Keeps secrets unreadable at rest under a key file of the operator."},
		{"internal/geo", adapter, below, "Where an address is, from a file that the operator may have."},
		{"internal/watchlist", adapter, below, "Reads, checks and parses sanction and restriction lists, from files and by URL."},
		{"internal/vuln", adapter, nil, "Compares the modules of this program with a database of known faults."},

		{"internal/api", face, below, "REST; speaks to assurance, never to a store or to the pages."},
		{"internal/web/webtest", harness, with(below, "internal/web/*"), "A browser for the journeys of the pages; only their tests call it."},
		{"internal/web/words", face, base, "The catalogs of both languages; it words amounts and refusals."},
		{"internal/web/assets", face, nil, "Embedded style, script and icons; bytes only."},
		{"internal/web/ui", face, with(below, "internal/web/words", "internal/web/assets"), "Components that pages share; it renders what it is given."},
		{"internal/web/agents", face, base, "Which browser asks, and whether it is still kept up to date."},
		{"internal/web", face, with(below, "internal/web/*"), "Pages; speaks to assurance, never to a store or to the API."},
		{"internal/scms", face, below, "Replays a published delivery history as deals; an outside source like any other face."},
		{"internal/demo", face, base, "A guided house; it speaks to the public API only, as a stranger's program would."},
		{"internal/load", harness, base, "Many strangers' programs at once on the public API, who remember every answer; it knows the house from outside only."},
		{"internal/bench", harness, with(below, "internal/store", "internal/load"), "Measures the house beside its yardsticks; it opens databases of its own."},
		{"internal/sim", harness, with(below, "internal/store", "internal/rail", "internal/worker", "internal/notary"), "A whole house in one process under a seeded world; it wires what cmd wires, with faults in between."},
		{"internal/crash", harness, with(below, "internal/store", "internal/load"), "Kills, power cuts and sick disks, and what must be true after them."},

		{"internal/worker", face, below, "Deadlines and outbox; it gives commands to assurance like any face."},

		{"cmd/fondaco", wiring, []string{"internal/*", "internal/trade/*", "internal/store/*", "internal/web/*", "internal/atlas", "internal/load", "internal/bench", "internal/sim", "internal/crash"}, "The one binary: flags and wiring."},
	}
}

// pureStandard is the standard library as floors 0 and 1 may use it: no I/O,
// no clock, no chance. The linter's list repeats it, and a test compares them.
func pureStandard() []string {
	return []string{
		"bytes", "cmp", "crypto/ed25519", "crypto/hmac", "crypto/sha256", "crypto/sha512", "crypto/subtle",
		"embed", "encoding", "encoding/base32", "encoding/base64", "encoding/binary", "encoding/hex", "encoding/json",
		"errors", "fmt", "hash", "io", "iter", "maps", "math", "math/big", "math/bits", "regexp", "slices",
		"sort", "strconv", "strings", "text/tabwriter", "time", "unicode", "unicode/utf16", "unicode/utf8",
	}
}

// pureLibraries are the third-party packages that floor 1 may use; a trailing
// slash means everything below. Each computes and does nothing else.
func pureLibraries() []string {
	return []string{
		"golang.org/x/text/",
		"golang.org/x/mod/sumdb/tlog",
		"github.com/cockroachdb/apd/v3",
		"github.com/mozillazg/go-pinyin",
		"github.com/FastFilter/xorfilter",
	}
}

// clockNames are the names of package time that read the machine's clock, its
// zone or its disk. The business is told the time.
func clockNames() []string {
	return []string{
		"Now", "Since", "Until", "After", "AfterFunc", "Tick", "Sleep", "NewTimer", "NewTicker",
		"Local", "LoadLocation",
	}
}

func TestHouseKeepsTheImportLaw(t *testing.T) {
	t.Parallel()
	for _, breach := range importBreaches(os.DirFS("..")) {
		t.Error(breach)
	}
}

func TestEveryRowOfTheLawSaysWhy(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range law() {
		if len(strings.Fields(r.why)) < 5 || !strings.HasSuffix(r.why, ".") {
			t.Errorf("%s: say in one sentence why, not %q", r.pkg, r.why)
		}
		if seen[r.pkg] {
			t.Errorf("%s has two rows", r.pkg)
		}
		seen[r.pkg] = true
	}
}

// importBreaches names every breach of the law by the non-test Go files of the
// repository that tree holds.
func importBreaches(tree fs.FS) []string {
	var breaches []string
	for _, f := range sources(tree) {
		if f.broken != nil {
			breaches = append(breaches, f.broken.Error())
			continue
		}
		if f.test {
			continue
		}
		r, known := rowOf(f.pkg)
		if !known {
			breaches = append(breaches, fmt.Sprintf("%s: package %s is on no floor; give it a row in law, or move it", f.name, f.pkg))
			continue
		}
		breaches = append(breaches, importsOf(f, r)...)
		if r.floor == trade {
			breaches = append(breaches, clocksOf(f)...)
		}
		if r.pkg == "internal/trade" && (path.Base(f.name) != "doc.go" || len(f.syntax.Decls) > 0) {
			breaches = append(breaches, f.name+": trade holds doc.go only; the business lives in its parts")
		}
	}
	return breaches
}

// importsOf names the imports of f that its row does not allow.
func importsOf(f source, r row) []string {
	var breaches []string
	for _, imp := range f.syntax.Imports {
		target, err := strconv.Unquote(imp.Path.Value)
		if err != nil || !mayImport(r, target) {
			breaches = append(breaches, fmt.Sprintf("%s: %s may not import %s", f.name, f.pkg, target))
		}
		if r.floor <= trade && imp.Name != nil && imp.Name.Name == "." {
			breaches = append(breaches, fmt.Sprintf("%s: a dot import of %s hides what is used", f.name, target))
		}
	}
	return breaches
}

func mayImport(r row, target string) bool {
	if ours, found := strings.CutPrefix(target, module); found {
		if slices.Contains(r.ours, ours) {
			return true
		}
		to, known := rowOf(ours)
		return known && to.floor != harness && matchesAny(r.ours, ours)
	}
	if r.floor > trade || slices.Contains(pureStandard(), target) {
		return true
	}
	return r.floor == trade && slices.ContainsFunc(pureLibraries(), func(lib string) bool {
		return target == lib || strings.HasSuffix(lib, "/") && strings.HasPrefix(target, lib)
	})
}

// clocksOf names the places where f takes the time from the machine.
func clocksOf(f source) []string {
	local := ""
	for _, imp := range f.syntax.Imports {
		if imp.Path.Value == `"time"` {
			local = "time"
			if imp.Name != nil {
				local = imp.Name.Name
			}
		}
	}
	if local == "" {
		return nil
	}
	var breaches []string
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); ok && x.Name == local && slices.Contains(clockNames(), sel.Sel.Name) {
			breaches = append(breaches, fmt.Sprintf("%s: time.%s: the business has no clock; take now as a parameter", f.files.Position(sel.Pos()), sel.Sel.Name))
		}
		return true
	})
	return breaches
}

func rowOf(pkg string) (row, bool) {
	rows := law()
	i := slices.IndexFunc(rows, func(r row) bool { return matchesAny([]string{r.pkg}, pkg) })
	if i < 0 {
		return row{}, false
	}
	return rows[i], true
}

func matchesAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		match, err := path.Match(pattern, name)
		return err == nil && match
	})
}

// A source is one parsed Go file. broken is set when it could not be read.
type source struct {
	name   string // slash path from the repository's root
	pkg    string // its folder
	test   bool
	lines  int
	files  *token.FileSet
	syntax *ast.File
	broken error
}

// sources parses every Go file of the main module: not test data, not nested
// modules, not folders that the go command skips.
func sources(tree fs.FS) []source {
	var found []source
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && skipped(tree, name):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		text, err := fs.ReadFile(tree, name)
		files := token.NewFileSet()
		f := source{name: name, pkg: path.Dir(name), test: strings.HasSuffix(name, "_test.go"), files: files, broken: err}
		if err == nil {
			f.lines = strings.Count(string(text), "\n")
			f.syntax, f.broken = parser.ParseFile(files, name, text, parser.ParseComments|parser.SkipObjectResolution)
		}
		found = append(found, f)
		return nil
	})
	if err != nil {
		found = append(found, source{broken: err})
	}
	return found
}

func skipped(tree fs.FS, dir string) bool {
	base := path.Base(dir)
	if dir == "." {
		return false
	}
	if strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "testdata" || base == "node_modules" {
		return true
	}
	_, err := fs.Stat(tree, path.Join(dir, "go.mod"))
	return err == nil
}
