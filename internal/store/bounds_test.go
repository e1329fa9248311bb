package store_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"fondaco/internal/store"
)

// lowest finds columns that a condition bounds from below.
var lowest = regexp.MustCompile(`(?:WHERE|AND) ([\w.]+) >=? (?:\$\d+|'|CAST\()`)

// TestNoQueryBoundsAColumnTwiceFromBelow: of two lower bounds SQLite takes the first to
// find its place in an index, and reads from there all that the second leaves out.
func TestNoQueryBoundsAColumnTwiceFromBelow(t *testing.T) {
	t.Parallel()
	texts := store.Pages("sqlite")
	for name, q := range queries(t) {
		if name != "streamsFrom" { // no page waits for it: a command line reads all streams of a kind
			texts[name] = q.text
		}
	}
	bounded := 0
	for name, text := range texts {
		for _, part := range strings.Split(text, "SELECT ") {
			seen := map[string]bool{}
			for _, m := range lowest.FindAllStringSubmatch(part, -1) {
				bounded++
				if seen[m[1]] {
					t.Errorf("%s bounds %s twice from below:\n%s", name, m[1], text)
				}
				seen[m[1]] = true
			}
		}
	}
	if bounded < 10 {
		t.Errorf("only %d bounds were found", bounded)
	}
}

// partial finds the column that an index of some rows only compares with a value.
var partial = regexp.MustCompile(`CREATE (?:UNIQUE )?INDEX \w+ ON (\w+) [^;]*?WHERE (\w+) = `)

// TestNoQueryIsPlannedAgainForEachValue: a parameter that SQLite may compare with what
// an index is for, or that is a pattern, makes it plan the statement again whenever it is
// given another value, and that takes as long as a short answer.
func TestNoQueryIsPlannedAgainForEachValue(t *testing.T) {
	t.Parallel()
	steps, err := filepath.Glob("migrations/sqlite/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	var compared []*regexp.Regexp
	for _, name := range steps {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range partial.FindAllStringSubmatch(string(text), -1) {
			compared = append(compared, regexp.MustCompile(`(?s)\b`+m[1]+`\b.*\bWHERE\b.*\b`+m[2]+` = \$`))
		}
	}
	if len(compared) < 6 {
		t.Fatalf("only %d indexes of some rows were found", len(compared))
	}
	compared = append(compared, regexp.MustCompile(`LIKE \$`))
	texts := store.Pages("sqlite")
	for name, q := range queries(t) {
		if q.only != "postgresql" {
			texts[name] = q.text
		}
	}
	for name, text := range texts {
		for _, again := range compared {
			if again.MatchString(text) {
				t.Errorf("%s is planned again for each value (%s):\n%s", name, again, text)
			}
		}
	}
}
