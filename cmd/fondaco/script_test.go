package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
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
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"fetch": fetch, "post": post, "letter": letter, "mailed": mailed, "field": field, "tamper": tamper},
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

// Only a fault takes so long: a machine may be busy with the tests of other packages.
const (
	lookFor   = 2 * time.Minute
	lookEvery = 50 * time.Millisecond
)

// await looks for something until it is there, or fails.
func await(ts *testscript.TestScript, there func() bool, otherwise string, args ...any) {
	for begun := time.Now(); !there(); time.Sleep(lookEvery) {
		if time.Since(begun) > lookFor {
			ts.Fatalf(otherwise, args...)
		}
	}
}

// opened waits until a log holds a line "The house is open at URL".
func opened(ts *testscript.TestScript, log string) (base string) {
	await(ts, func() (whole bool) {
		doc, _ := os.ReadFile(ts.MkAbs(log)) // it may not be there yet
		_, rest, _ := strings.Cut(string(doc), "is open at ")
		base, _, whole = strings.Cut(rest, "\n")
		return whole
	}, "%s names no house", log)
	return base
}

// mailed waits until a house that a log names has sent a mail with some words to an
// address, which the sandbox keeps. Usage: mailed LOG ADDRESS WORDS.
func mailed(ts *testscript.TestScript, _ bool, args []string) {
	box := opened(ts, args[0]) + "/v1/sandbox/mail?to=" + url.QueryEscape(args[1])
	await(ts, func() bool {
		answer, err := http.Get(box)
		ts.Check(err)
		defer func() { _ = answer.Body.Close() }()
		body, err := io.ReadAll(answer.Body)
		ts.Check(err)
		return strings.Contains(string(body), args[2])
	}, "no mail to %s says %s", args[1], args[2])
}

// fetch asks the house that a log names, and keeps the answer.
// Usage: fetch LOG PATH OUT.
func fetch(ts *testscript.TestScript, _ bool, args []string) {
	answer, err := http.Get(opened(ts, args[0]) + args[1])
	ts.Check(err)
	keep(ts, answer, args[2])
}

// post sends a JSON file to the house that a log names, and keeps the answer.
// Usage: post LOG PATH BODY OUT.
func post(ts *testscript.TestScript, _ bool, args []string) {
	answer, err := http.Post(opened(ts, args[0])+args[1], "application/json", strings.NewReader(ts.ReadFile(args[2])))
	ts.Check(err)
	keep(ts, answer, args[3])
}

func keep(ts *testscript.TestScript, answer *http.Response, file string) {
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	ts.Check(err)
	headers := "status: " + answer.Status + "\n"
	for k := range answer.Header {
		headers += k + ": " + answer.Header.Get(k) + "\n"
	}
	ts.Check(os.WriteFile(ts.MkAbs(file), []byte(headers+string(body)), 0o600))
}

// letter waits for a mail in a pickup folder whose text has a link with a word, and
// writes what the link ends with as JSON. Usage: letter FOLDER WORD OUT.
func letter(ts *testscript.TestScript, _ bool, args []string) {
	link := regexp.MustCompile(`/` + args[1] + `/([\w-]+)`)
	await(ts, func() bool {
		files, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), "*.eml"))
		ts.Check(err)
		for _, file := range files {
			in, err := os.Open(file)
			ts.Check(err)
			m, err := mail.ReadMessage(in)
			ts.Check(err)
			_, parameters, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
			ts.Check(err)
			text, err := multipart.NewReader(m.Body, parameters["boundary"]).NextPart() // decodes quoted-printable
			ts.Check(err)
			body, err := io.ReadAll(text)
			ts.Check(errors.Join(err, in.Close()))
			if found := link.FindSubmatch(body); found != nil {
				ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(`{"secret":"`+string(found[1])+`"}`), 0o600))
				return true
			}
		}
		return false
	}, "no mail in %s has a link with %s", args[0], args[1])
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
