package store_test

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// schema is what two databases must have in common, as lines of text.
type schema struct {
	columns  []string // table.column kind null key
	indexes  []string // table(columns) unique partial
	triggers []string
}

func TestBothDatabasesHaveTheSameSchema(t *testing.T) {
	t.Parallel()
	dbs := rawDatabases(t)
	lite, pg := sqliteSchema(t, dbs["sqlite"]), postgresSchema(t, dbs["postgresql"])
	if len(lite.columns) < 235 || len(lite.indexes) < 85 || len(lite.triggers) < 30 {
		t.Fatalf("only %d columns, %d indexes and %d triggers were found", len(lite.columns), len(lite.indexes), len(lite.triggers))
	}
	compare(t, "column", lite.columns, pg.columns)
	compare(t, "index", lite.indexes, pg.indexes)
	for _, name := range lite.triggers {
		if !slices.Contains(pg.triggers, name) {
			t.Errorf("trigger: PostgreSQL has no %s", name)
		}
	}
	for _, name := range pg.triggers {
		facts, whole := strings.CutSuffix(name, "_no_truncate") // SQLite has no TRUNCATE
		if !slices.Contains(lite.triggers, name) && name != "balance_repeats" && !(whole && (slices.Contains(lite.triggers, facts+"_no_delete") || facts == "imbalance")) {
			t.Errorf("trigger: SQLite has no %s", name)
		}
		if strings.HasSuffix(name, "_no_delete") && !slices.Contains(pg.triggers, strings.TrimSuffix(name, "_no_delete")+"_no_truncate") {
			t.Errorf("trigger: PostgreSQL lets %s be truncated", name)
		}
	}
}

func compare(t *testing.T, what string, lite, pg []string) {
	t.Helper()
	for _, line := range lite {
		if !slices.Contains(pg, line) {
			t.Errorf("%s: PostgreSQL has no %s", what, line)
		}
	}
	for _, line := range pg {
		if !slices.Contains(lite, line) {
			t.Errorf("%s: SQLite has no %s", what, line)
		}
	}
}

// lines reads rows of texts, joined by blanks.
func lines(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer func() { _ = rows.Close() }()
	var out []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		out = append(out, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func sqliteSchema(t *testing.T, db *sql.DB) schema {
	t.Helper()
	s := schema{triggers: lines(t, db, `SELECT name FROM sqlite_master WHERE type = 'trigger'`)}
	s.columns = lines(t, db, `SELECT m.name || '.' || c.name || ' ' ||
		CASE c.type WHEN 'INTEGER' THEN 'bigint' WHEN 'TEXT' THEN 'text C' WHEN 'BLOB' THEN 'bytea' ELSE c.type END ||
		CASE WHEN c."notnull" = 1 OR c.pk > 0 THEN ' not null' ELSE '' END
		FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'goose%' AND m.name NOT LIKE 'sqlite%'`)
	s.indexes = lines(t, db, `SELECT m.name || '(' || (SELECT group_concat(name, ',') FROM (SELECT name FROM pragma_table_info(m.name) WHERE pk > 0 ORDER BY pk)) || ') unique'
		FROM sqlite_master m WHERE m.type = 'table' AND m.name NOT LIKE 'goose%' AND m.name NOT LIKE 'sqlite%'`)
	s.indexes = append(s.indexes, lines(t, db, `SELECT m.name || '(' || (SELECT group_concat(name, ',') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno)) || ')' ||
		CASE i."unique" WHEN 1 THEN ' unique' ELSE '' END || coalesce(' ' || substr(x.sql, instr(x.sql, 'WHERE')), '')
		FROM sqlite_master m, pragma_index_list(m.name) i JOIN sqlite_master x ON x.name = i.name
		WHERE m.type = 'table' AND i.origin <> 'pk' AND m.name NOT LIKE 'goose%' AND (i.partial = 1 OR x.sql IS NULL OR 1)`)...)
	for i, line := range s.indexes {
		if _, where, partial := strings.Cut(line, " WHERE "); partial {
			s.indexes[i] = line[:strings.Index(line, " WHERE ")] + " WHERE " + plain(where)
		} else if cut := strings.Index(line, " CREATE "); cut > 0 {
			s.indexes[i] = line[:cut] // an index over all rows has no WHERE to cut at
		}
	}
	return s
}

// plain is a condition whichever way a database writes it: PostgreSQL makes a list
// of values an array.
func plain(where string) string {
	where = strings.NewReplacer("= ANY (ARRAY[", "IN ", "<> ALL (ARRAY[", "NOT IN ", "]", "").Replace(where)
	return strings.NewReplacer("::text", "", "(", "", ")", "").Replace(where)
}

func postgresSchema(t *testing.T, db *sql.DB) schema {
	t.Helper()
	s := schema{triggers: lines(t, db, `SELECT tgname FROM pg_trigger WHERE NOT tgisinternal`)}
	s.columns = lines(t, db, `SELECT table_name || '.' || column_name || ' ' || data_type || coalesce(' ' || collation_name, '') ||
		CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END
		FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE 'goose%'`)
	for _, line := range lines(t, db, `SELECT c.relname || '(' || (
			SELECT string_agg(a.attname, ',' ORDER BY k.n) FROM unnest(i.indkey) WITH ORDINALITY AS k (att, n)
			JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.att) || ')' ||
		CASE WHEN i.indisunique THEN ' unique' ELSE '' END || coalesce(' WHERE ' || pg_get_expr(i.indpred, i.indrelid), '')
		FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = 'public' AND c.relname NOT LIKE 'goose%'`) {
		name, where, partial := strings.Cut(line, " WHERE ")
		if partial {
			line = fmt.Sprintf("%s WHERE %s", name, plain(where))
		}
		s.indexes = append(s.indexes, line)
	}
	return s
}
