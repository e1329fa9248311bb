package store

import (
	"context"
	"database/sql"

	"fondaco/internal/assurance"
)

// Pages are the queries that are put together for a page, by what is asked for.
// Searches look at every text and are left out.
func Pages() map[string]string {
	deals := func(q assurance.DealQuery) string { return dealQuery(q).text.String() }
	deposits := func(q assurance.MoneyQuery) string { return depositQuery(q).text.String() }
	payouts := func(q assurance.MoneyQuery) string { return payoutQuery(q).text.String() }
	return map[string]string{
		"deals":                    deals(assurance.DealQuery{}),
		"deals, next page":         deals(assurance.DealQuery{Before: "d"}),
		"open deals":               deals(assurance.DealQuery{Open: true, Before: "d"}),
		"deals in a phase":         deals(assurance.DealQuery{Phase: "p", Before: "d"}),
		"deals of a party":         deals(assurance.DealQuery{Party: "p"}),
		"deals of a party, next":   deals(assurance.DealQuery{Party: "p", Before: "d"}),
		"open deals of a party":    deals(assurance.DealQuery{Party: "p", Open: true}),
		"phase of a party":         deals(assurance.DealQuery{Party: "p", Phase: "p", Before: "d"}),
		"companies":                partyQuery(assurance.PartyQuery{}).text.String(),
		"deposits":                 deposits(assurance.MoneyQuery{}),
		"deposits, next page":      deposits(assurance.MoneyQuery{Before: "m"}),
		"deposits of a party":      deposits(assurance.MoneyQuery{Party: "p"}),
		"deposits of a deal":       deposits(assurance.MoneyQuery{Deal: "d"}),
		"deposits in a stage":      deposits(assurance.MoneyQuery{Stage: "s"}),
		"payouts":                  payouts(assurance.MoneyQuery{}),
		"payouts, next page":       payouts(assurance.MoneyQuery{Before: "m"}),
		"payouts of a party":       payouts(assurance.MoneyQuery{Party: "p"}),
		"payouts of a deal":        payouts(assurance.MoneyQuery{Deal: "d"}),
		"payouts in a stage":       payouts(assurance.MoneyQuery{Stage: "s"}),
		"payouts of party by deal": payouts(assurance.MoneyQuery{Party: "p", Deal: "d", Stage: "s"}),
	}
}

// Insertions are the statements by which rows of these kinds of columns are
// inserted, on SQLite and on PostgreSQL.
func Insertions(into, kinds, after string) (lite, pg string) {
	i := insertion{into: into, kinds: kinds, after: after}
	return i.values(1), i.unnested()
}

// Ahead marks the schema as being at a version that no migration here leads to.
func (s *Store) Ahead(ctx context.Context, version int64) error {
	return s.writer.alone(ctx, func(db *sql.DB) error {
		_, err := db.ExecContext(ctx, "INSERT INTO goose_db_version (version_id, is_applied) VALUES ($1, $2)", version, true)
		return err
	})
}
