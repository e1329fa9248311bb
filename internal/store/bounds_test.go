package store_test

import (
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
	texts := store.Pages()
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
