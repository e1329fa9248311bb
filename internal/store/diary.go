package store

import (
	"context"
	"errors"
	"time"

	"fondaco/internal/assurance"
)

const (
	selectActivities = `SELECT v.seq, v.account, v.person, v.party, v.what, v.session, v.at, v.body FROM activity v WHERE 1 = 1`
	selectApprovals  = `SELECT v.id, v.party, v.person, v.subject, v.stage, v.expires_at, v.body FROM approval_view v WHERE 1 = 1`
	selectAccounts   = `SELECT v.id, v.party, v.stage, v.body FROM payout_account_view v WHERE 1 = 1`
	rowsOfPerson     = ` AND v.person = {1}`
	rowsOfParty      = ` AND v.party = {1}`
	rowsAbout        = ` AND v.subject = {1}`
	rowsInStage      = ` AND v.stage = {1}`
	rowsFrom         = ` AND v.at >= {1}`
	rowsTo           = ` AND v.at < {1}`
	rowsBefore       = ` AND v.id < {1}`
	rowsNewest       = ` ORDER BY v.id DESC LIMIT {1}`
	linesBefore      = ` AND v.seq < {1}`
	linesNewest      = ` ORDER BY v.seq DESC LIMIT {1}`

	mailColumns = `id, at, recipient, subject, text, link`
	putMail     = `INSERT INTO mailbox (` + mailColumns + `) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING`
	mailsOfAll  = `SELECT ` + mailColumns + ` FROM mailbox ORDER BY at DESC, id DESC LIMIT $1`
	mailsTo     = `SELECT ` + mailColumns + ` FROM mailbox WHERE recipient = $1 ORDER BY at DESC, id DESC LIMIT $2`

	findBrowser = `SELECT data FROM browser WHERE token = $1 AND expires_at > $2`
	putBrowser  = `INSERT INTO browser (token, data, expires_at) VALUES ($1, $2, $3)
		ON CONFLICT (token) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at`
	endBrowser  = `DELETE FROM browser WHERE token = $1`
	endBrowsers = `DELETE FROM browser WHERE expires_at <= $1`
)

// Activities lists lines of the activity log, newest first: of the person if one is
// given, of staff, or of a party. A query that names none of them is store.broken.
func (s *Store) Activities(ctx context.Context, q assurance.ActivityQuery) ([]assurance.ActivityRow, error) {
	if q.Person == "" && !q.Staff && q.Party == "" {
		return nil, broken(errors.New("activities of nobody are asked for"))
	}
	query := activityQuery(q)
	return all(ctx, s, query.text.String(), query.args, func(r row) (v assurance.ActivityRow, err error) {
		var at int64
		err = r.Scan(&v.Sequence, &v.Account, &v.Person, &v.Party, &v.What, &v.Session, &at, &v.Body)
		v.At = instant(at)
		return v, err
	})
}

func activityQuery(q assurance.ActivityQuery) *selection {
	query := &selection{}
	query.add(selectActivities)
	switch {
	case q.Person != "":
		query.add(rowsOfPerson, string(q.Person))
	case q.Staff:
		query.add(rowsOfParty, "")
	default:
		query.add(rowsOfParty, string(q.Party))
	}
	if len(q.What) > 0 {
		query.among("v.what", q.What)
	}
	if !q.From.IsZero() {
		query.add(rowsFrom, micros(q.From))
	}
	if !q.To.IsZero() {
		query.add(rowsTo, micros(q.To))
	}
	if q.Before > 0 {
		query.add(linesBefore, q.Before)
	}
	query.add(linesNewest, int64(q.Limit))
	return query
}

// among keeps the rows whose column is one of the values. Lists are filled up to
// powers of two by repeating the last, so that few texts of statements are needed.
func (q *selection) among(column string, values []string) {
	width := 1
	for width < len(values) {
		width *= 2
	}
	q.text.WriteString(" AND " + column + " IN (" + places(len(q.args)+1, width) + ")")
	for i := range width {
		q.args = append(q.args, values[min(i, len(values)-1)])
	}
}

// ApprovalRows lists approvals, newest first.
func (s *Store) ApprovalRows(ctx context.Context, q assurance.ApprovalQuery) ([]assurance.ApprovalRow, error) {
	query := approvalQuery(q)
	return all(ctx, s, query.text.String(), query.args, func(r row) (v assurance.ApprovalRow, err error) {
		var at int64
		err = r.Scan(&v.ID, &v.Party, &v.Person, &v.Subject, &v.Stage, &at, &v.Body)
		v.ExpiresAt = instant(at)
		return v, err
	})
}

func approvalQuery(q assurance.ApprovalQuery) *selection {
	query := &selection{}
	query.add(selectApprovals)
	switch {
	case q.Party != "":
		query.add(rowsOfParty, string(q.Party))
	case q.Staff:
		query.add(rowsOfParty, "")
	}
	if q.Subject != "" {
		query.add(rowsAbout, q.Subject)
	}
	query.inStage(q.Stage, q.Before, q.Limit)
	return query
}

// inStage keeps the newest of a stage, if one is asked for, after the page before.
func (q *selection) inStage(stage, before string, limit int) {
	if stage != "" {
		q.add(rowsInStage, stage)
	}
	if before != "" {
		q.add(rowsBefore, before)
	}
	q.add(rowsNewest, int64(limit))
}

// PayoutAccountRows lists payout accounts, newest first.
func (s *Store) PayoutAccountRows(ctx context.Context, q assurance.PayoutAccountQuery) ([]assurance.PayoutAccountRow, error) {
	query := payoutAccountQuery(q)
	return all(ctx, s, query.text.String(), query.args, func(r row) (v assurance.PayoutAccountRow, err error) {
		err = r.Scan(&v.ID, &v.Party, &v.Stage, &v.Body)
		return v, err
	})
}

func payoutAccountQuery(q assurance.PayoutAccountQuery) *selection {
	query := &selection{}
	query.add(selectAccounts)
	if q.Party != "" {
		query.add(rowsOfParty, string(q.Party))
	}
	query.inStage(q.Stage, q.Before, q.Limit)
	return query
}

// PutMail keeps a mail of a sandbox; one of the same id is the same mail.
func (s *Store) PutMail(ctx context.Context, m assurance.SandboxMail) error {
	_, err := s.put(ctx, putMail, m.ID, micros(m.At), writable(m.To), writable(m.Subject), writable(m.Text), writable(m.Link))
	return err
}

// Mails lists the mails to an address, or to everybody if it is empty, newest first.
func (s *Store) Mails(ctx context.Context, to string, limit int) ([]assurance.SandboxMail, error) {
	query, args := mailsOfAll, []any{int64(limit)}
	if to != "" {
		query, args = mailsTo, []any{writable(to), int64(limit)}
	}
	return all(ctx, s, query, args, func(r row) (m assurance.SandboxMail, err error) {
		var at int64
		err = r.Scan(&m.ID, &at, &m.To, &m.Subject, &m.Text, &m.Link)
		m.At = instant(at)
		return m, err
	})
}

// SessionFind reads what a browser's visit remembers, if it has not expired.
func (s *Store) SessionFind(ctx context.Context, token string) (data []byte, found bool, err error) {
	return one(ctx, s, findBrowser, []any{token, micros(s.now())}, scanOne[[]byte])
}

// SessionCommit writes what a browser's visit remembers, and forgets visits that have expired.
func (s *Store) SessionCommit(ctx context.Context, token string, data []byte, expiry time.Time) error {
	_, err := s.writer.put(ctx, statement{endBrowsers, []any{micros(s.now())}}, statement{putBrowser, []any{token, present(data), micros(expiry)}})
	return err
}

// SessionDelete forgets a browser's visit; an unknown one is no error.
func (s *Store) SessionDelete(ctx context.Context, token string) error {
	_, err := s.put(ctx, endBrowser, token)
	return err
}
