package store_test

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// breaks lists what in a migration could break a program that knows the schema up
// to the given version only. What must be looked at by a person is allowed under a
// comment "-- safe: why the release before goes on"; what takes something away also
// says whom it leaves behind, which may be nobody who is released last.
func breaks(migration string, known int64) []string {
	var out []string
	own := map[string]bool{} // tables, functions and indexes that this migration makes itself
	removes := false
	for _, s := range statements(migration) {
		for _, k := range kinds() {
			m := k.what.FindStringSubmatch(s.text)
			if m == nil {
				continue
			}
			var on string
			if i := k.what.SubexpIndex("on"); i >= 0 {
				on = m[i]
			}
			if on != "" && own[on] || k.unless != nil && k.unless.MatchString(s.text) {
				continue
			}
			removes = removes || k.removes
			switch {
			case k.never:
				out = append(out, k.why+": "+s.text)
			case !s.safe:
				out = append(out, k.why+", and no line \"-- safe: …\" says why the release before goes on: "+s.text)
			}
		}
		if m := makes.FindStringSubmatch(s.text); m != nil {
			own[m[1]] = true
		} else if !harmless.MatchString(s.text) && !s.safe && !slices.ContainsFunc(kinds(), func(k kind) bool { return k.what.MatchString(s.text) }) {
			out = append(out, "nobody knows whether this is safe, and no line \"-- safe: …\" says so: "+s.text)
		}
	}
	oldest, says, err := leavesBehind(migration)
	switch {
	case err != nil:
		out = append(out, err.Error())
	case says && oldest > known:
		out = append(out, fmt.Sprintf("it leaves behind programs that know less than version %d; the last release knows %d", oldest, known))
	case removes && !says:
		out = append(out, "something is taken away, and schema_oldest is not set to the version that a program must know of")
	}
	return out
}

// kind is a kind of statement that needs a second look. Names are in lower case.
type kind struct {
	what    *regexp.Regexp // "on" is the table, function or index that it is about
	unless  *regexp.Regexp
	why     string
	never   bool // there is no reason for which it could be safe
	removes bool
}

func kinds() []kind {
	re := regexp.MustCompile
	return []kind{
		{what: re(`^drop table (?:if exists )?(?P<on>\w+)`), why: "a table is dropped", removes: true},
		{what: re(`^drop view (?:if exists )?(?P<on>\w+)`), why: "a view is dropped", removes: true},
		{what: re(`^alter table (?:only )?(?P<on>\w+) .*\bdrop (?:column )?(?:if exists )?(?:\w+)`), unless: re(`\bdrop (?:constraint|not null|default|identity|expression)\b`), why: "a column is dropped", removes: true},
		{what: re(`^alter \w+ (?:only )?(?P<on>\w+) .*\brename\b`), why: "something is renamed", removes: true},
		{
			what: re(`^alter table (?:only )?(?P<on>\w+) .*\badd (?:column )?(?:if not exists )?\w+ .*\bnot null\b`), unless: re(`\bdefault\b|\bgenerated\b|\badd constraint\b`),
			why: "a column without a default may not be empty: the release before cannot fill it", never: true,
		},
		{what: re(`^alter table (?:only )?(?P<on>\w+) .*\b(?:check|unique|references|primary key|exclude)\b`), why: "a new rule on a table that is there"},
		{what: re(`^alter table (?:only )?(?P<on>\w+) .*\b(?:set not null|set data type|type|drop default|drop not null|drop constraint)\b`), why: "a column or a rule of a table that is there changes"},
		{what: re(`^create unique index (?:concurrently )?(?:if not exists )?\w+ on (?:only )?(?P<on>\w+)`), why: "a new rule on a table that is there"},
		{what: re(`^drop index (?:concurrently )?(?:if exists )?(?P<on>\w+)`), why: "an index is dropped"},
		{what: re(`^drop (?:trigger|function|procedure) (?:if exists )?(?P<on>\w+)`), why: "a trigger changes"},
		{what: re(`^create or replace`), why: "a trigger or view changes"},
		{what: re(`^create (?:constraint )?(?:temp |temporary )?trigger (?:if not exists )?\w+ .*?\bon (?P<on>\w+)`), why: "a trigger changes"},
		{what: re(`^update (?P<on>\w+)`), why: "rows that are there change"},
		{what: re(`^delete from (?P<on>\w+)`), why: "rows that are there are removed"},
	}
}

var (
	makes    = regexp.MustCompile(`^create (?:unlogged )?(?:table|view|function|index|unique index) (?:concurrently )?(?:if not exists )?(\w+)`)
	harmless = regexp.MustCompile(`^(?:insert into|alter table (?:only )?\w+ add (?:column )?(?:if not exists )?\w+|comment on)\b`)
	oldestIs = regexp.MustCompile(`(?is)'schema_oldest'\s*,\s*'([^']*)'`)
)

// leavesBehind reads which version a program must know of after a migration.
func leavesBehind(migration string) (oldest int64, says bool, err error) {
	m := oldestIs.FindStringSubmatch(stripped(upward(migration)))
	if m == nil {
		return 0, false, nil
	}
	oldest, err = strconv.ParseInt(m[1], 10, 64)
	if err != nil {
		err = fmt.Errorf("schema_oldest is %q, which is no version", m[1])
	}
	return oldest, err == nil, err
}

// upward is the part of a migration that leads up.
func upward(migration string) string {
	up, _, _ := strings.Cut(migration, "-- +goose Down")
	return up
}

// ordered is a statement of a migration, in lower case and on one line.
type ordered struct {
	text string
	safe bool // a comment right above it says why
}

// statements takes a migration apart as goose does: at semicolons at the ends of
// lines, and at its marks around what holds semicolons itself.
func statements(migration string) []ordered {
	var out []ordered
	var text strings.Builder
	block, safe := false, false
	end := func() {
		if s := strings.Join(strings.Fields(strings.ToLower(text.String())), " "); s != "" {
			out = append(out, ordered{strings.TrimSuffix(s, ";"), safe})
			safe = false
		}
		text.Reset()
	}
	for line := range strings.Lines(upward(migration)) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "-- +goose StatementBegin"):
			block = true
		case strings.HasPrefix(line, "-- +goose StatementEnd"):
			block = false
			end()
		case strings.HasPrefix(line, "-- safe:"):
			safe = len(strings.TrimSpace(strings.TrimPrefix(line, "-- safe:"))) >= 10
		default:
			line = stripped(line)
			text.WriteString(line + " ")
			if !block && strings.HasSuffix(strings.TrimSpace(line), ";") {
				end()
			}
		}
	}
	end()
	return out
}

// stripped is a text without its comments.
func stripped(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		code, _, commented := strings.Cut(line, "--")
		out.WriteString(code)
		if commented {
			out.WriteByte('\n')
		}
	}
	return out.String()
}

func TestMigrationsThatBreakTheReleaseBeforeAreCaught(t *testing.T) {
	t.Parallel()
	const oldest = "INSERT INTO setting (name, value) VALUES ('schema_oldest', '7');\n"
	for name, c := range map[string]struct {
		migration string
		want      string // part of what is said; "" for nothing
	}{
		"a new table":                            {"CREATE TABLE visit (\n    id TEXT NOT NULL CHECK (id <> ''), -- drop table deal_view\n    at INTEGER NOT NULL UNIQUE\n);", ""},
		"rules of a new table":                   {"CREATE TABLE visit (id TEXT);\nCREATE UNIQUE INDEX visit_id ON visit (id);\nCREATE TRIGGER visit_no_delete BEFORE DELETE ON visit FOR EACH STATEMENT EXECUTE FUNCTION refuse('no');", ""},
		"a new index":                            {"CREATE INDEX deal_by_title ON deal_view (title);", ""},
		"a column that may be empty":             {"ALTER TABLE deal_view ADD COLUMN note TEXT;", ""},
		"a column with a default":                {"ALTER TABLE deal_view ADD COLUMN note TEXT NOT NULL DEFAULT '';", ""},
		"rows of a new setting":                  {"INSERT INTO setting (name, value) VALUES ('a', 'b');", ""},
		"what leads down":                        {"CREATE TABLE visit (id TEXT);\n-- +goose Down\nDROP TABLE deal_view;", ""},
		"a column that may not be empty":         {"ALTER TABLE deal_view ADD COLUMN note TEXT NOT NULL;", "cannot fill it"},
		"the same with an excuse":                {"-- safe: it really is, believe me\nALTER TABLE deal_view ADD note TEXT NOT NULL;", "cannot fill it"},
		"the same over lines":                    {"alter table deal_view\n  add column note text\n  not null;", "cannot fill it"},
		"a dropped table":                        {"DROP TABLE deal_view;", "a table is dropped, and no line"},
		"a dropped table and nobody left behind": {"-- safe: no program has read it since release 3\nDROP TABLE IF EXISTS deal_view;", "schema_oldest is not set"},
		"a dropped table that says whom":         {"-- safe: no program has read it since release 3\nDROP TABLE deal_view;\n" + oldest, ""},
		"one that leaves the last release":       {"-- safe: no program has read it since release 3\nDROP TABLE deal_view;\nINSERT INTO setting (name, value) VALUES ('schema_oldest', '8');", "the last release knows 7"},
		"a version that is none":                 {"INSERT INTO setting (name, value) VALUES ('schema_oldest', 'new');", "no version"},
		"a dropped column":                       {"ALTER TABLE deal_view DROP COLUMN note;", "a column is dropped"},
		"a dropped column without the word":      {"ALTER TABLE deal_view DROP note;", "a column is dropped"},
		"a renamed table":                        {"ALTER TABLE deal_view RENAME TO deals;", "renamed"},
		"a renamed column":                       {"ALTER TABLE deal_view RENAME title TO name;", "renamed"},
		"SQLite's way to change a table":         {"CREATE TABLE new_view (id TEXT);\nDROP TABLE deal_view;\nALTER TABLE new_view RENAME TO deal_view;", "a table is dropped"},
		"a check on a column that is new":        {"ALTER TABLE deal_view ADD COLUMN n INTEGER DEFAULT 0 CHECK (n >= 0);", "a new rule"},
		"a new constraint":                       {"ALTER TABLE deal_view ADD CONSTRAINT long CHECK (length(title) > 3);", "a new rule"},
		"a new constraint with a reason":         {"-- safe: every title has been longer since the first release\nALTER TABLE deal_view ADD CONSTRAINT long CHECK (length(title) > 3);", ""},
		"a reason that is none":                  {"-- safe: yes\nALTER TABLE deal_view ADD CONSTRAINT long CHECK (length(title) > 3);", "a new rule"},
		"a reason for another statement":         {"-- safe: every title has been longer since the first release\nCREATE TABLE visit (id TEXT);\nALTER TABLE deal_view ADD UNIQUE (title);", "a new rule"},
		"a new unique index":                     {"CREATE UNIQUE INDEX deal_title ON deal_view (title);", "a new rule"},
		"a column that may not be empty now":     {"ALTER TABLE deal_view ALTER COLUMN note SET NOT NULL;", "changes"},
		"another kind of column":                 {"ALTER TABLE deal_view ALTER COLUMN note TYPE BIGINT;", "changes"},
		"a default that is gone":                 {"ALTER TABLE deal_view ALTER COLUMN note DROP DEFAULT;", "changes"},
		"a dropped index":                        {"DROP INDEX deal_open;", "an index is dropped"},
		"a dropped trigger":                      {"DROP TRIGGER event_no_update ON event;", "a trigger changes"},
		"a new trigger on an old table":          {"CREATE TRIGGER deal_ok BEFORE INSERT ON deal_view FOR EACH ROW EXECUTE FUNCTION refuse('no');", "a trigger changes"},
		"a trigger of SQLite":                    {"-- +goose StatementBegin\nCREATE TRIGGER deal_ok BEFORE INSERT ON deal_view\nBEGIN\n  SELECT RAISE(ABORT, 'no');\nEND;\n-- +goose StatementEnd", "a trigger changes"},
		"a function that is replaced":            {"-- +goose StatementBegin\nCREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END; $$;\n-- +goose StatementEnd", "a trigger or view changes"},
		"rows that change":                       {"UPDATE deal_view SET title = upper(title);", "rows that are there change"},
		"rows that are removed":                  {"DELETE FROM answer WHERE at < 5;", "rows that are there are removed"},
		"what nobody has thought of":             {"REASSIGN OWNED BY a TO b;", "nobody knows"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := breaks("-- +goose Up\n"+c.migration+"\n", 7)
			if c.want == "" && len(got) > 0 || c.want != "" && !strings.Contains(strings.Join(got, "\n"), c.want) {
				t.Errorf("says %q, want %q", got, c.want)
			}
		})
	}
}
