package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	_ "modernc.org/sqlite" // the driver by which scripts tamper

	"fondaco/internal/store/pgtest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"fondaco": main})
}

func TestCommandsDoWhatTheirHelpSays(t *testing.T) {
	t.Parallel()
	record, err := filepath.Abs("../../internal/scms/testdata/invented.csv")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("RECORD", record)
			env.Setenv("TMPDIR", env.WorkDir)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"fetch": fetch, "field": field, "tamper": tamper},
	})
}

func TestCommandsDoTheSameOnPostgreSQL(t *testing.T) {
	t.Parallel()
	entries, err := filepath.Glob("testdata/postgres/*.txtar")
	if err != nil || len(entries) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, script := range entries {
		first, second := pgtest.Empty(t), pgtest.Empty(t)
		testscript.Run(t, testscript.Params{
			Files: []string{script},
			Setup: func(env *testscript.Env) error {
				env.Setenv("FIRST", first)
				env.Setenv("SECOND", second)
				env.Setenv("TMPDIR", env.WorkDir)
				return nil
			},
			Cmds: map[string]func(*testscript.TestScript, bool, []string){"fetch": fetch},
		})
	}
}

// fetch waits until the address that a file names answers, and keeps the answer.
// Usage: fetch LOG PATH OUT, where LOG holds a line "The house is open at URL".
func fetch(ts *testscript.TestScript, _ bool, args []string) {
	var base string
	for range 200 {
		if doc, err := os.ReadFile(ts.MkAbs(args[0])); err == nil {
			if _, rest, found := strings.Cut(string(doc), "is open at "); found {
				base, _, _ = strings.Cut(rest, "\n")
				break
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	answer, err := http.Get(base + args[1])
	ts.Check(err)
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	ts.Check(err)
	headers := "status: " + answer.Status + "\n"
	for k := range answer.Header {
		headers += k + ": " + answer.Header.Get(k) + "\n"
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(headers+string(body)), 0o600))
}

// field checks that a JSON file holds exactly the given top-level names.
func field(ts *testscript.TestScript, _ bool, args []string) {
	var doc map[string]json.RawMessage
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &doc))
	for _, name := range args[1:] {
		if _, there := doc[name]; !there {
			ts.Fatalf("%s has no %s", args[0], name)
		}
		delete(doc, name)
	}
	for name := range doc {
		ts.Fatalf("%s has %s, which nobody asked for", args[0], name)
	}
}

// tamper changes a database behind the house's back: its guards are taken away first.
func tamper(ts *testscript.TestScript, _ bool, args []string) {
	db, err := sql.Open("sqlite", "file:"+ts.MkAbs(args[0])+"?_pragma=foreign_keys(0)")
	ts.Check(err)
	defer func() { _ = db.Close() }()
	ctx := context.Background()
	rows, err := db.QueryContext(ctx, "SELECT name FROM sqlite_master WHERE type = 'trigger'")
	ts.Check(err)
	defer func() { _ = rows.Close() }()
	var names []string
	for rows.Next() {
		var name string
		ts.Check(rows.Scan(&name))
		names = append(names, name)
	}
	ts.Check(rows.Err())
	for _, name := range names {
		_, err := db.ExecContext(ctx, fmt.Sprintf("DROP TRIGGER %q", name))
		ts.Check(err)
	}
	_, err = db.ExecContext(ctx, args[1])
	ts.Check(err)
}
