package store_test

import (
	"testing"

	"fondaco/internal/store/storetest"
)

// TestACommitThatFailsAtItsVeryEndIsNotAcknowledged: every row has been taken, and
// then the database refuses the COMMIT itself. Here it is a rule of the test's own
// that is checked last.
func TestACommitThatFailsAtItsVeryEndIsNotAcknowledged(t *testing.T) {
	t.Parallel()
	const tables = `CREATE TABLE promised (id BIGINT PRIMARY KEY);
		CREATE TABLE promise (id BIGINT REFERENCES promised (id) DEFERRABLE INITIALLY DEFERRED);`
	for name, c := range map[string]struct {
		open       func(*testing.T) storetest.Backend
		rule, keep string
	}{
		"SQLite": {
			func(t *testing.T) storetest.Backend { return setup(t) },
			tables + `CREATE TRIGGER promises AFTER INSERT ON event BEGIN INSERT INTO promise VALUES (1); END;`,
			`DROP TRIGGER promises`,
		},
		"PostgreSQL": {
			func(t *testing.T) storetest.Backend { return setupPostgres(t) },
			tables + `CREATE FUNCTION promises() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO promise VALUES (1); RETURN NULL; END';
				CREATE TRIGGER promises AFTER INSERT ON event FOR EACH STATEMENT EXECUTE FUNCTION promises();`,
			`DROP TRIGGER promises ON event`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, scribe := c.open(t), storetest.NewScribe()
			batch := scribe.Works(2)
			if _, err := b.Around(t.Context(), c.rule); err != nil {
				t.Fatal(err)
			}
			for range 2 { // the second finds no half-open transaction of the first
				if err := b.Commit(t.Context(), batch, storetest.Placed); err == nil {
					t.Error("acknowledged")
				}
				if size, err := b.Size(t.Context()); err != nil || size != 0 {
					t.Errorf("%d entries are there, %v", size, err)
				}
			}
			if _, err := b.Around(t.Context(), c.keep); err != nil {
				t.Fatal(err)
			}
			must(t, b.Commit(t.Context(), batch, storetest.Placed))
			if size, err := b.Size(t.Context()); err != nil || size != 4 {
				t.Errorf("afterwards %d entries, %v", size, err)
			}
		})
	}
}
