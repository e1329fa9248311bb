package store_test

import (
	"slices"
	"strings"
	"testing"

	"fondaco/internal/assurance"
)

// TestTidingsAreFoundByAnIndexOfTheirKinds compares three places that must say the
// same: the house, the query and the index. Another kind needs another index, made
// by a migration: a query whose kinds differ from it walks through the whole log.
func TestTidingsAreFoundByAnIndexOfTheirKinds(t *testing.T) {
	t.Parallel()
	condition := "kind IN ('" + strings.Join(assurance.TidingKinds(), "', '") + "')"
	query := queries(t)["tidings"].text
	if !strings.Contains(query, "AND "+condition+" ORDER BY seq") {
		t.Errorf("the query does not ask for %s: %s", condition, query)
	}
	dbs := rawDatabases(t)
	for backend, s := range map[string]schema{"sqlite": sqliteSchema(t, dbs["sqlite"]), "postgresql": postgresSchema(t, dbs["postgresql"])} {
		if want := "event(seq) WHERE " + plain(condition); !slices.Contains(s.indexes, want) {
			t.Errorf("%s has no index %s", backend, want)
		}
		if steps := strings.Join(plan(t, backend, dbs[backend], query), "\n"); !strings.Contains(steps, "event_tiding") {
			t.Errorf("%s does not use the index:\n%s", backend, steps)
		}
	}
}

// TestListsAreDescribedWithoutTheirBodies: a list of versions must not read the
// megabytes beside it.
func TestListsAreDescribedWithoutTheirBodies(t *testing.T) {
	t.Parallel()
	asked := 0
	for name, q := range queries(t) {
		if !strings.Contains(q.text, "list_version") || strings.HasPrefix(q.text, "INSERT") {
			continue
		}
		asked++
		if strings.Contains(q.text, "body") != (name == "newestBody" || name == "bodyByChecksum") {
			t.Errorf("%s: %s", name, q.text)
		}
	}
	if asked != 4 {
		t.Errorf("%d queries were looked at", asked)
	}
}
