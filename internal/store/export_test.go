package store

import (
	"context"
	"database/sql"
	"os"
	"time"

	"fondaco/internal/assurance"
)

// Pages are the queries that are put together for a page of a backend, by what is asked for.
// A search in companies looks at every name and is left out.
func Pages(backend string) map[string]string {
	d := dialect{within: map[string]string{"sqlite": "instr", "postgresql": "strpos"}[backend]}
	deals := func(q assurance.DealQuery) string { return d.spelled(dealQuery(q).text.String()) }
	reach := func(q assurance.DealQuery) string { return reachQuery(q, 9).text.String() }
	deposits := func(q assurance.MoneyQuery) string { return depositQuery(q).text.String() }
	payouts := func(q assurance.MoneyQuery) string { return payoutQuery(q).text.String() }
	people := func(q assurance.PersonQuery) string { return personQuery(q).text.String() }
	lines := func(q assurance.ActivityQuery) string { return activityQuery(q).text.String() }
	approvals := func(q assurance.ApprovalQuery) string { return approvalQuery(q).text.String() }
	accounts := func(q assurance.PayoutAccountQuery) string { return payoutAccountQuery(q).text.String() }
	cases := func(q assurance.CaseQuery) string { return caseQuery(q).text.String() }
	reviews := func(q assurance.ReviewQuery) string { return reviewQuery(q).text.String() }
	day := time.Unix(0, 0)
	return map[string]string{
		"counters of a sign-in":          countQuery("p", []assurance.Count{{Feature: "a", Value: "b"}, {Feature: "c", Value: "d"}}).text.String(),
		"people":                         people(assurance.PersonQuery{}),
		"people of a party":              people(assurance.PersonQuery{Party: "p", After: "a"}),
		"people in an office":            people(assurance.PersonQuery{Office: "o", After: "a"}),
		"people who disowned":            people(assurance.PersonQuery{Disowned: true, After: "a"}),
		"companies of a standing":        partyQuery(assurance.PartyQuery{Standing: "s"}).text.String(),
		"activity of a person":           lines(assurance.ActivityQuery{Person: "p"}),
		"activity of a party":            lines(assurance.ActivityQuery{Party: "p", Before: 9}),
		"activity of staff":              lines(assurance.ActivityQuery{Staff: true, Before: 9}),
		"some activity of a party":       lines(assurance.ActivityQuery{Party: "p", What: []string{"a", "b", "c"}, From: day, To: day, Before: 9}),
		"approvals":                      approvals(assurance.ApprovalQuery{}),
		"approvals, next page":           approvals(assurance.ApprovalQuery{Before: "a"}),
		"approvals of a party":           approvals(assurance.ApprovalQuery{Party: "p", Before: "a"}),
		"approvals of a party, by stage": approvals(assurance.ApprovalQuery{Party: "p", Stage: "s", Before: "a"}),
		"approvals of staff":             approvals(assurance.ApprovalQuery{Staff: true, Stage: "s"}),
		"approvals about a subject":      approvals(assurance.ApprovalQuery{Subject: "s"}),
		"payout accounts":                accounts(assurance.PayoutAccountQuery{}),
		"payout accounts, next page":     accounts(assurance.PayoutAccountQuery{Before: "a"}),
		"payout accounts of a party":     accounts(assurance.PayoutAccountQuery{Party: "p", Before: "a"}),
		"payout accounts in a stage":     accounts(assurance.PayoutAccountQuery{Stage: "s", Before: "a"}),
		"cases":                          cases(assurance.CaseQuery{}),
		"cases, next page":               cases(assurance.CaseQuery{Before: "c"}),
		"cases of a party":               cases(assurance.CaseQuery{Party: "p", Before: "c"}),
		"cases in a stage":               cases(assurance.CaseQuery{Stage: "s", Before: "c"}),
		"open cases":                     cases(assurance.CaseQuery{Open: true, Before: "c"}),
		"open cases of a party":          cases(assurance.CaseQuery{Party: "p", Open: true}),
		"reviews about a party":          reviews(assurance.ReviewQuery{To: "p"}),
		"revealed reviews about a party": reviews(assurance.ReviewQuery{To: "p", Revealed: true, Before: "d"}),
		"reviews by a party":             reviews(assurance.ReviewQuery{From: "p", Before: "d"}),
		"reviews of a deal":              reviews(assurance.ReviewQuery{Deal: "d"}),
		"review of a deal by a party":    reviews(assurance.ReviewQuery{Deal: "d", From: "p"}),
		"reviews between two parties":    reviews(assurance.ReviewQuery{To: "p", From: "q", Before: "d"}),
		"deals":                          deals(assurance.DealQuery{}),
		"deals, next page":               deals(assurance.DealQuery{Before: "d"}),
		"open deals":                     deals(assurance.DealQuery{Open: true, Before: "d"}),
		"deals in a phase":               deals(assurance.DealQuery{Phase: "p", Before: "d"}),
		"deals of a party":               deals(assurance.DealQuery{Party: "p"}),
		"deals of a party, next":         deals(assurance.DealQuery{Party: "p", Before: "d"}),
		"open deals of a party":          deals(assurance.DealQuery{Party: "p", Open: true}),
		"agreed deals of a buyer":        deals(assurance.DealQuery{Party: "p", Bought: true, Phase: "agreed"}),
		"search in what a party buys":    deals(assurance.DealQuery{Party: "p", Bought: true, Search: "s"}),
		"search in a party's deals":      deals(assurance.DealQuery{Party: "p", Search: "s", Before: "d"}),
		"search in a party's open deals": deals(assurance.DealQuery{Party: "p", Search: "s", Open: true}),
		"search in a party's phase":      deals(assurance.DealQuery{Party: "p", Search: "s", Phase: "p"}),
		"search for a part of an id":     deals(assurance.DealQuery{Party: "p", Search: "0a"}),
		"search in all deals":            deals(assurance.DealQuery{Search: "s", Before: "d"}),
		"search in all open deals":       deals(assurance.DealQuery{Search: "0a", Open: true}),
		"search in a part of them":       deals(assurance.DealQuery{Party: "p", Search: "s", Before: "d", From: "c"}),
		"search in a part of all deals":  deals(assurance.DealQuery{Search: "s", Before: "d", From: "c"}),
		"search for a whole id":          deals(assurance.DealQuery{Search: "01a20901-712b-7b37-b2bb-787c42ae2fc2"}),
		"a party's whole id":             deals(assurance.DealQuery{Party: "p", Bought: true, Search: "01a20901-712b-7b37-b2bb-787c42ae2fc2"}),
		"reach of a search":              reach(assurance.DealQuery{Before: "d"}),
		"reach of a party's search":      reach(assurance.DealQuery{Party: "p", Before: "d"}),
		"reach in a party's open deals":  reach(assurance.DealQuery{Party: "p", Open: true}),
		"reach in what a party buys":     reach(assurance.DealQuery{Party: "p", Bought: true}),
		"phase of a party":               deals(assurance.DealQuery{Party: "p", Phase: "p", Before: "d"}),
		"companies":                      partyQuery(assurance.PartyQuery{}).text.String(),
		"deposits":                       deposits(assurance.MoneyQuery{}),
		"deposits, next page":            deposits(assurance.MoneyQuery{Before: "m"}),
		"deposits of a party":            deposits(assurance.MoneyQuery{Party: "p"}),
		"deposits of a deal":             deposits(assurance.MoneyQuery{Deal: "d"}),
		"deposits in a stage":            deposits(assurance.MoneyQuery{Stage: "s"}),
		"payouts":                        payouts(assurance.MoneyQuery{}),
		"payouts, next page":             payouts(assurance.MoneyQuery{Before: "m"}),
		"payouts of a party":             payouts(assurance.MoneyQuery{Party: "p"}),
		"payouts of a deal":              payouts(assurance.MoneyQuery{Deal: "d"}),
		"payouts in a stage":             payouts(assurance.MoneyQuery{Stage: "s"}),
		"payouts of party by deal":       payouts(assurance.MoneyQuery{Party: "p", Deal: "d", Stage: "s"}),
	}
}

// Insertions are the statements by which rows of these kinds of columns are
// inserted, on SQLite and on PostgreSQL.
func Insertions(into, kinds, after string) (lite, pg string) {
	i := insertion{into: into, kinds: kinds, after: after}
	return i.values(1), i.unnested()
}

// DigestOf are the bytes by which the answer to a key is found.
func DigestOf(k assurance.AnswerKey, timed int64) int64 { return digestOf(k, timed) }

// TimedFrom is from when on digests hold the time of their keys.
func (s *Store) TimedFrom(ctx context.Context) (int64, error) { return s.timedFrom(ctx) }

// MigrateTo brings the schema to an older version than the newest.
func (s *Store) MigrateTo(ctx context.Context, version int64) error {
	return s.writer.alone(ctx, func(db *sql.DB) error {
		steps, err := s.dialect.migrations(db)
		if err != nil {
			return err
		}
		_, err = steps.UpTo(ctx, version)
		return err
	})
}

// Ahead marks the schema as being at a version that no migration here leads to.
func (s *Store) Ahead(ctx context.Context, version int64) error {
	return s.writer.alone(ctx, func(db *sql.DB) error {
		_, err := db.ExecContext(ctx, "INSERT INTO goose_db_version (version_id, is_applied) VALUES ($1, $2)", version, true)
		return err
	})
}

// CannotBeForced puts a file in the place of the database that cannot be forced to the
// disk. Nothing may have been written yet.
func (s *Store) CannotBeForced() error {
	w := s.writer.(*sqliteWriter)
	file, err := os.Open(w.path)
	if err != nil {
		return err
	}
	w.fill.file = file
	return file.Close()
}
