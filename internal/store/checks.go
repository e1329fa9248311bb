package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/identity"
)

const (
	listColumns = `v.code, v.version, v.checksum, v.source, v.entries, v.bytes, v.mark, v.at`
	// From each code the next is found by the index: versions are many, codes are few.
	newestLists = `WITH RECURSIVE known (code) AS (SELECT min(code) FROM list_version UNION ALL
			SELECT (SELECT min(n.code) FROM list_version n WHERE n.code > k.code) FROM known k WHERE k.code IS NOT NULL)
		SELECT ` + listColumns + ` FROM known k JOIN list_version v ON v.code = k.code
		WHERE v.mark = (SELECT max(m.mark) FROM list_version m WHERE m.code = k.code) ORDER BY v.code`
	listVersions   = `SELECT ` + listColumns + ` FROM list_version v WHERE v.code = $1 ORDER BY v.mark DESC LIMIT $2`
	newestBody     = `SELECT body FROM list_version WHERE code = $1 ORDER BY mark DESC LIMIT 1`
	bodyByChecksum = `SELECT body FROM list_version WHERE code = $1 AND checksum = $2 ORDER BY mark DESC LIMIT 1`

	selectCases = `SELECT v.id, v.party, v.stage, v.holds, v.assignee, v.opened_at, v.decide_by, v.body FROM case_view v WHERE 1 = 1`
	casesOpen   = ` AND v.stage NOT IN ('cleared', 'confirmed', 'lifted')`

	markColumns = `party, mark, cause, found, at`
	markOf      = `SELECT ` + markColumns + ` FROM check_mark WHERE party = $1`
	intoMark    = `INSERT INTO check_mark (` + markColumns + `)`
	renewMark   = `ON CONFLICT (party) DO UPDATE SET mark = excluded.mark, cause = excluded.cause, found = excluded.found, at = excluded.at
		WHERE (excluded.mark, excluded.at) >= (check_mark.mark, check_mark.at)`
)

// Lists describes the newest version of every list, in order of code.
func (s *Store) Lists(ctx context.Context) ([]assurance.ListRow, error) {
	return all(ctx, s, newestLists, nil, scanList)
}

// ListVersions describes the versions of a list that were in use, newest first.
func (s *Store) ListVersions(ctx context.Context, code string, limit int) ([]assurance.ListRow, error) {
	return all(ctx, s, listVersions, []any{code, int64(limit)}, scanList)
}

func scanList(r row) (v assurance.ListRow, err error) {
	var at int64
	err = r.Scan(&v.Code, &v.Version, &v.Checksum, &v.Source, &v.Entries, &v.Bytes, &v.Mark, &at)
	v.At = instant(at)
	return v, err
}

// ListBody reads the packed bytes of a version, of the newest if no checksum is
// given, or fails with screening.no_list.
func (s *Store) ListBody(ctx context.Context, code, checksum string) ([]byte, error) {
	query, args := newestBody, []any{code}
	if checksum != "" {
		query, args = bodyByChecksum, []any{code, checksum}
	}
	body, found, err := one(ctx, s, query, args, scanOne[[]byte])
	if err == nil && !found {
		err = missing("screening.no_list", "There is no such version of a list.")
	}
	return body, err
}

// CheckCases lists cases, newest first. Open leaves out those that two persons have decided.
func (s *Store) CheckCases(ctx context.Context, q assurance.CaseQuery) ([]assurance.CaseRow, error) {
	query := caseQuery(q)
	return all(ctx, s, query.text.String(), query.args, func(r row) (v assurance.CaseRow, err error) {
		var holds, opened int64
		var by sql.NullInt64
		err = r.Scan(&v.ID, &v.Party, &v.Stage, &holds, &v.Assignee, &opened, &by, &v.Body)
		v.Holds, v.OpenedAt, v.DecideBy = holds == 1, instant(opened), someInstant(by)
		return v, err
	})
}

func caseQuery(q assurance.CaseQuery) *selection {
	query := &selection{}
	query.add(selectCases)
	if q.Party != "" {
		query.add(rowsOfParty, string(q.Party))
	}
	if q.Open {
		query.add(casesOpen)
	}
	query.inStage(q.Stage, q.Before, q.Limit)
	return query
}

// MarkChecked notes when parties were last checked. Of two marks of a party the one
// against the newer register stays, and of one register the later.
func (s *Store) MarkChecked(ctx context.Context, marks []assurance.CheckMark) error {
	order := func(a, b assurance.CheckMark) int { return strings.Compare(string(a.Party), string(b.Party)) }
	rows := lastOf(marks, order, func(a, b assurance.CheckMark) bool {
		return a.Mark < b.Mark || a.Mark == b.Mark && !b.At.Before(a.At)
	})
	if len(rows) == 0 {
		return nil
	}
	return s.writer.insertBeside(ctx, func(t inserter) error {
		return t.insert(insertion{into: intoMark, kinds: "titii", after: renewMark}, len(rows), func(i int, c cells) {
			m := &rows[i]
			c.text(string(m.Party))
			c.number(m.Mark)
			c.text(m.Trigger)
			c.number(int64(m.Found))
			c.number(micros(m.At))
		})
	})
}

// lastOf puts rows in order and keeps one of each key: a statement may not write a
// row twice, and two that write the same rows in one order never wait for each other.
func lastOf[T any](rows []T, order func(a, b T) int, replaces func(old, by T) bool) []T {
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, order)
	kept := rows[:0]
	for _, r := range rows {
		last := len(kept) - 1
		switch {
		case last < 0 || order(kept[last], r) != 0:
			kept = append(kept, r)
		case replaces(kept[last], r):
			kept[last] = r
		}
	}
	return kept
}

// Checked reads when a party was last checked, or fails with screening.no_mark.
func (s *Store) Checked(ctx context.Context, party identity.PartyID) (assurance.CheckMark, error) {
	m, found, err := one(ctx, s, markOf, []any{string(party)}, func(r row) (m assurance.CheckMark, err error) {
		var at int64
		err = r.Scan(&m.Party, &m.Mark, &m.Trigger, &m.Found, &at)
		m.At = instant(at)
		return m, err
	})
	if err == nil && !found {
		err = missing("screening.no_mark", "The company has not been checked yet.")
	}
	return m, err
}
