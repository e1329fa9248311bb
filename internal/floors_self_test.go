package internal_test

import (
	"maps"
	"strings"
	"testing"
	"testing/fstest"
)

// The checks of this folder guard every other package, so they are fed small
// houses with one planted fault each, and must name it.

// soundHouse is a small house that keeps every rule.
func soundHouse() map[string]string {
	return map[string]string{
		"go.mod":                          "module fondaco\n",
		"cmd/fondaco/doc.go":              "// Command fondaco is the house.\npackage main\n",
		"cmd/fondaco/main.go":             "package main\n\nimport (\n\t_ \"os\"\n\n\t_ \"fondaco/internal/store\"\n\t_ \"fondaco/internal/web\"\n)\n\nfunc main() {}\n",
		"internal/fault/doc.go":           "// Package fault is the one error.\npackage fault\n",
		"internal/money/doc.go":           "// Package money counts.\npackage money\n",
		"internal/money/money.go":         "package money\n\nimport (\n\t_ \"math/bits\"\n\n\t_ \"fondaco/internal/fault\"\n)\n",
		"internal/trade/doc.go":           "// Package trade is the business.\npackage trade\n",
		"internal/trade/ledger/doc.go":    "// Package ledger books.\npackage ledger\n",
		"internal/trade/escrow/doc.go":    "// Package escrow holds.\npackage escrow\n",
		"internal/trade/escrow/hold.go":   "package escrow\n\nimport (\n\t\"time\"\n\n\t_ \"fondaco/internal/trade/ledger\"\n)\n\nfunc due(t time.Time) time.Time { return t.Add(time.Hour) }\n",
		"internal/assurance/doc.go":       "// Package assurance decides.\npackage assurance\n",
		"internal/store/doc.go":           "// Package store keeps.\npackage store\n",
		"internal/store/storetest/doc.go": "// Package storetest asks.\npackage storetest\n",
		"internal/store/store_test.go":    "package store_test\n\nimport _ \"fondaco/internal/store/storetest\"\n",
		"internal/api/doc.go":             "// Package api answers.\npackage api\n",
		"internal/web/doc.go":             "// Package web shows.\npackage web\n",
		"internal/web/page.go":            "package web\n\nimport _ \"fondaco/internal/assurance\"\n",
		"tools/go.mod":                    "module fondaco/tools\n",
		"tools/elsewhere/any.go":          "package whatever\n",
		"internal/web/testdata/broken.go": "not Go at all",
	}
}

func house(t *testing.T, planted map[string]string) fstest.MapFS {
	t.Helper()
	files := soundHouse()
	maps.Copy(files, planted)
	tree := fstest.MapFS{}
	for name, text := range files {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return tree
}

func TestSoundHouseHasNoBreach(t *testing.T) {
	t.Parallel()
	tree := house(t, nil)
	for _, breach := range append(importBreaches(tree), shapeBreaches(tree, nil)...) {
		t.Error(breach)
	}
}

func TestImportLawTurnsRed(t *testing.T) {
	t.Parallel()
	imports := func(pkg, target string) string { return "package " + pkg + "\n\nimport _ \"" + target + "\"\n" }
	calls := func(pkg, imp, expr string) string {
		return "package " + pkg + "\n\nimport " + imp + "\n\nvar _ = " + expr + "\n"
	}
	tests := []struct{ fault, file, text, want string }{
		{"a sibling looks back up", "internal/trade/ledger/up.go", imports("ledger", "fondaco/internal/trade/escrow"), "trade/ledger may not import fondaco/internal/trade/escrow"},
		{"a sibling pair that no row names", "internal/trade/escrow/peek.go", imports("escrow", "fondaco/internal/trade/dispute"), "may not import"},
		{"a page reads the store", "internal/web/sql.go", imports("web", "fondaco/internal/store"), "internal/web may not import fondaco/internal/store"},
		{"a face uses a face", "internal/api/page.go", imports("api", "fondaco/internal/web"), "internal/api may not import"},
		{"an adapter uses an adapter", "internal/rail/keep.go", imports("rail", "fondaco/internal/store"), "internal/rail may not import"},
		{"assurance knows its store", "internal/assurance/db.go", imports("assurance", "fondaco/internal/store"), "internal/assurance may not import"},
		{"the ground looks up", "internal/fault/up.go", imports("fault", "fondaco/internal/money"), "internal/fault may not import"},
		{"the binary ships a test harness", "cmd/fondaco/extra.go", imports("main", "fondaco/internal/store/storetest"), "may not import"},
		{"a package on no floor", "internal/parcel/parcel.go", "package parcel\n", "package internal/parcel is on no floor"},
		{"a second binary on no floor", "cmd/other/main.go", "package main\n", "package cmd/other is on no floor"},
		{"a context in the business", "internal/trade/ledger/ctx.go", imports("ledger", "context"), "may not import context"},
		{"a socket in the business", "internal/trade/ledger/net.go", imports("ledger", "net/http"), "may not import net/http"},
		{"chance in the business", "internal/trade/ledger/dice.go", imports("ledger", "math/rand/v2"), "may not import math/rand/v2"},
		{"a strange library in the business", "internal/trade/ledger/lib.go", imports("ledger", "github.com/google/uuid"), "may not import github.com/google/uuid"},
		{"a library on the ground", "internal/money/lib.go", imports("money", "golang.org/x/text/currency"), "may not import golang.org/x/text/currency"},
		{"the clock in the business", "internal/trade/escrow/now.go", calls("escrow", `"time"`, "time.Now()"), "internal/trade/escrow/now.go:5:9: time.Now"},
		{"the clock under another name", "internal/trade/escrow/now.go", calls("escrow", `t "time"`, "t.Since"), "time.Since"},
		{"the clock by a dot import", "internal/trade/escrow/now.go", calls("escrow", `. "time"`, "Now()"), "a dot import of time"},
		{"the machine's zone in the business", "internal/trade/escrow/zone.go", calls("escrow", `"time"`, "time.Local"), "time.Local"},
		{"a type on the signpost", "internal/trade/doc.go", "// Package trade is the business.\npackage trade\n\ntype Deal struct{}\n", "trade holds doc.go only"},
		{"a file that does not parse", "internal/web/torn.go", "package web\n\nfunc (", "internal/web/torn.go"},
	}
	for _, test := range tests {
		t.Run(test.fault, func(t *testing.T) {
			t.Parallel()
			demandOne(t, importBreaches(house(t, map[string]string{test.file: test.text})), test.want)
		})
	}
}

func TestShapeCheckTurnsRed(t *testing.T) {
	t.Parallel()
	long := "package web\n\nfunc show() {\n" + strings.Repeat("\t_ = 1\n", 69) + "}\n"
	method := "package web\n\ntype page[T any] struct{}\n\nfunc (*page[T]) show() {\n" + strings.Repeat("\t_ = 1\n", 69) + "}\n"
	tests := []struct {
		fault, file, text string
		excused           map[string]int
		want              string
	}{
		{"no doc.go", "internal/rail/wire.go", "package rail\n", nil, "internal/rail: no doc.go"},
		{"a doc.go that says nothing", "internal/web/doc.go", "package web\n", nil, "internal/web: no doc.go"},
		{"a package called utils", "internal/utils/doc.go", "// Package utils has it all.\npackage utils\n", nil, "a package called utils says nothing"},
		{"a package called helper", "internal/web/helper/doc.go", "// Package helper helps.\npackage helper\n", nil, "a package called helper"},
		{"a core that hides in the clause", "internal/web/ui/doc.go", "// Package core is it.\npackage core\n", nil, "a package called core"},
		{"a folder of another name", "internal/rail/doc.go", "// Package wire sends.\npackage wire\n", nil, "package wire lives in folder internal/rail"},
		{"a long file", "internal/web/long.go", "package web\n" + strings.Repeat("//\n", 800), nil, "internal/web/long.go: 801 lines, at most 800"},
		{"a long function", "internal/web/long.go", long, nil, "internal/web/long.go show: 71 lines, at most 70"},
		{"a long method", "internal/web/long.go", method, nil, "internal/web/long.go page.show: 71 lines, at most 70"},
		{"a long test", "internal/web/long_test.go", long, nil, "internal/web/long_test.go show: 71 lines"},
		{"an excused function that grew", "internal/web/long.go", strings.Replace(long, "}", "\t_ = 2\n}", 1), map[string]int{"internal/web/long.go show": 71}, "grew to 72 lines"},
		{"an excused function that shrank", "internal/web/long.go", long, map[string]int{"internal/web/long.go show": 90}, "shrank to 71 lines; lower the ratchet"},
		{"an excused file that fits", "internal/web/fits.go", "package web\n", map[string]int{"internal/web/fits.go": 900}, "fits now"},
		{"an excuse for nothing", "internal/web/fits.go", "package web\n", map[string]int{"internal/web/gone.go": 900}, "is gone"},
	}
	for _, test := range tests {
		t.Run(test.fault, func(t *testing.T) {
			t.Parallel()
			demandOne(t, shapeBreaches(house(t, map[string]string{test.file: test.text}), test.excused), test.want)
		})
	}
}

func TestGeneratedFilesMayBeLong(t *testing.T) {
	t.Parallel()
	text := "// Code generated by a tool. DO NOT EDIT.\n\npackage web\n" + strings.Repeat("//\n", 900)
	for _, breach := range shapeBreaches(house(t, map[string]string{"internal/web/page_templ.go": text}), nil) {
		t.Error(breach)
	}
}

func TestLongTablesOfTestsAreData(t *testing.T) {
	t.Parallel()
	table := "\t_ = []int{\n" + strings.Repeat("\t\t1,\n", 200) + "\t}\n"
	short := "package web\n\nfunc check() {\n" + table + "}\n"
	for _, breach := range shapeBreaches(house(t, map[string]string{"internal/web/table_test.go": short}), nil) {
		t.Error(breach)
	}
	long := strings.Replace(short, table, table+strings.Repeat("\t_ = 1\n", 70), 1)
	demandOne(t, shapeBreaches(house(t, map[string]string{"internal/web/table_test.go": long}), nil), "table_test.go check: 73 lines")
	demandOne(t, shapeBreaches(house(t, map[string]string{"internal/web/table.go": short}), nil), "table.go check: 204 lines")
}

// demandOne fails unless exactly one breach was found and it says want.
func demandOne(t *testing.T, breaches []string, want string) {
	t.Helper()
	if len(breaches) != 1 || !strings.Contains(breaches[0], want) {
		t.Errorf("got %q, want one breach that says %q", breaches, want)
	}
}
