package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"fondaco/internal/assurance"
	"fondaco/internal/money"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/ledger"
)

const (
	selectDeals = `SELECT d.id, d.title, d.buyer, d.seller, coalesce(b.legal_name, ''), coalesce(s.legal_name, ''), d.private,
		d.phase, d.outcome, d.currency, d.total, d.held, d.disputed, d.released, d.refunded, d.fees, d.open_claims, d.frozen,
		d.next_at, d.version, d.drafted_at, d.updated_at
		FROM deal_view d LEFT JOIN party_view b ON b.id = d.buyer LEFT JOIN party_view s ON s.id = d.seller WHERE 1 = 1`
	// The newest of each side are found by their index, and only those are looked at.
	dealsBought = ` AND d.id IN (SELECT id FROM (SELECT d.id FROM deal_view d WHERE d.buyer = {1} AND d.private IN ('', {1})`
	dealsSold   = `) AS bought UNION ALL SELECT id FROM (SELECT d.id FROM deal_view d WHERE d.seller = {1} AND d.private IN ('', {1})`
	// A text is {within} another from the place that the database answers, or 0.
	// A search goes along the same index, which holds the title and the other company, until
	// it has found enough. Rows are read of what it has found.
	dealsBoughtLike = ` AND d.id IN (SELECT id FROM (SELECT m.id FROM deal_view m CROSS JOIN deal_view d
		WHERE m.buyer = {2} AND d.id = m.id AND d.private IN ('', {2}) AND ({within}(m.folded, {1}) > 0 OR m.seller IN ` + companiesLike
	dealsSoldLike = `) AS bought UNION ALL SELECT id FROM (SELECT m.id FROM deal_view m CROSS JOIN deal_view d
		WHERE m.seller = {2} AND d.id = m.id AND d.private IN ('', {2}) AND ({within}(m.folded, {1}) > 0 OR m.buyer IN ` + companiesLike
	dealsLike = ` AND ({within}(d.folded, {1}) > 0 OR d.buyer IN ` + companiesLike + ` OR d.seller IN ` + companiesLike
	// All names are looked at, along the key: PostgreSQL is told to read no table without one.
	companiesLike = `(SELECT named.id FROM party_view named WHERE named.id > '' AND {within}(named.folded, {1}) > 0)`
	idsLike       = ` OR {within}(lower(d.id), {1}) > 0`
	dealsEither   = `) AS sold)`
	dealsOnly     = `) AS bought)`
	dealsInPhase  = ` AND d.phase = {1}`
	dealsOpen     = ` AND d.running = 1`
	dealsBefore   = ` AND d.id < {1}`
	dealsFrom     = ` AND d.id >= {1}`
	dealWhole     = ` AND d.id = {1}`
	dealOfParty   = ` AND (d.buyer = {1} OR d.seller = {1}) AND d.private IN ('', {1})`
	reachFirst    = `SELECT max(id) FROM (SELECT id FROM (`
	reachNext     = `) AS bought UNION ALL SELECT id FROM (`
	reachOf       = `SELECT d.id AS id FROM deal_view d WHERE 1 = 1`
	boughtBy      = ` AND d.buyer = {1}`
	soldBy        = ` AND d.seller = {1}`
	reachLast     = ` ORDER BY d.id DESC LIMIT 1 OFFSET {1}`
	reachEnd      = `) AS sold) AS a`
	dealsNewest   = ` ORDER BY d.id DESC LIMIT {1}`
	selectParties = `SELECT p.id, p.legal_name, p.country, p.registration, p.address, p.registered_at,
		p.standing, p.verified_until, p.body FROM party_view p WHERE p.id > $1`
	partiesLike = ` AND {within}(p.folded, {1}) > 0`
	partiesIn   = ` AND p.standing = {1}`
	partiesByID = ` ORDER BY p.id LIMIT {1}`
	partyByID   = `SELECT id, legal_name, country, registration, address, registered_at,
		standing, verified_until, body FROM party_view WHERE id = $1`
	partiesByIDs = `SELECT id, legal_name, country, registration, address, registered_at,
		standing, verified_until, body FROM party_view WHERE id IN {in}`
)

// selection is a query in the making: clauses whose {1}, {2} are its own arguments.
type selection struct {
	text strings.Builder
	args []any
}

func (q *selection) add(clause string, args ...any) {
	for i, a := range args {
		q.args = append(q.args, a)
		clause = strings.ReplaceAll(clause, "{"+strconv.Itoa(i+1)+"}", "$"+strconv.Itoa(len(q.args)))
	}
	q.text.WriteString(clause)
}

// Deals lists deals, newest first. A draft is listed for its drafter and for staff.
func (s *Store) Deals(ctx context.Context, q assurance.DealQuery) ([]assurance.DealRow, error) {
	query := dealQuery(q)
	return all(ctx, s, s.dialect.spelled(query.text.String()), query.args, scanDeal)
}

func dealQuery(q assurance.DealQuery) *selection {
	query := &selection{}
	query.add(selectDeals)
	search := strings.TrimSpace(q.Search)
	id, whole := wholeID(search)
	switch {
	case whole:
		query.add(dealWhole, id)
		if q.Party != "" {
			query.add(dealOfParty, string(q.Party))
		}
		if q.Bought {
			query.add(boughtBy, string(q.Party))
		}
	case search != "" && q.Party != "":
		for _, side := range sides(q.Bought, dealsBoughtLike, dealsSoldLike) {
			query.like(side, search, "m.", string(q.Party))
			if q.Phase != "" {
				query.add(dealsInPhase, string(q.Phase))
			}
			query.narrow(assurance.DealQuery{Open: opened(q), Before: q.Before, From: q.From}, "m.")
			query.add(strings.ReplaceAll(dealsNewest, "d.", "m."), int64(q.Limit))
		}
		query.add(ended(q.Bought))
	case search != "":
		query.like(dealsLike, search, "d.")
	case q.Party != "":
		for _, side := range sides(q.Bought, dealsBought, dealsSold) {
			query.add(side, string(q.Party))
			query.narrow(q, "d.")
			query.add(dealsNewest, int64(q.Limit))
		}
		query.add(ended(q.Bought))
	}
	query.narrow(q, "d.")
	query.add(dealsNewest, int64(q.Limit))
	return query
}

// sides are the clauses that begin to select a company's deals, and ended is what
// follows the last of them.
func sides(one bool, bought, sold string) []string {
	if one {
		return []string{bought}
	}
	return []string{bought, sold}
}

func ended(one bool) string {
	if one {
		return dealsOnly
	}
	return dealsEither
}

// like keeps what a search finds. A text that cannot stand in an id is not looked for there.
func (q *selection) like(clause, search, of string, more ...any) {
	q.add(clause, append([]any{folded(search)}, more...)...)
	if strings.Trim(search, "-0123456789abcdefABCDEF") == "" {
		q.add(strings.Replace(idsLike, "d.", of, 1), folded(search))
	}
	q.add(`)`)
}

// narrow keeps the deals that are asked for and come after the page before.
func (q *selection) narrow(by assurance.DealQuery, of string) {
	add := func(clause string, args ...any) { q.add(strings.Replace(clause, "d.", of, 1), args...) }
	if by.Phase != "" {
		add(dealsInPhase, string(by.Phase))
	}
	if opened(by) {
		add(dealsOpen)
	}
	if by.Before != "" {
		add(dealsBefore, string(by.Before))
	}
	if by.From != "" {
		add(dealsFrom, string(by.From))
	}
}

// Reach is the oldest deal that a search of the most newest ones looks at, on each side
// of a company; empty if there are no more, and for the search for one id, which reaches
// every deal.
func (s *Store) Reach(ctx context.Context, q assurance.DealQuery, most int) (deal.ID, error) {
	if _, whole := wholeID(strings.TrimSpace(q.Search)); whole {
		return "", nil
	}
	query := reachQuery(q, most)
	id, _, err := one(ctx, s, query.text.String(), query.args, scanOne[sql.NullString])
	return deal.ID(id.String), err
}

// wholeID is the id that a search asks for, if that is what it is: one deal is found
// at once, however old it is.
func wholeID(search string) (id string, ok bool) {
	u, err := uuid.Parse(search)
	return u.String(), err == nil && len(search) == len(u.String())
}

func reachQuery(q assurance.DealQuery, most int) *selection {
	query := &selection{}
	query.add(reachFirst)
	for i, side := range sides(q.Bought || q.Party == "", boughtBy, soldBy) {
		if i > 0 {
			query.add(reachNext)
		}
		query.add(reachOf)
		if q.Party != "" {
			query.add(side, string(q.Party))
		}
		query.narrow(assurance.DealQuery{Open: opened(q), Before: q.Before}, "d.")
		query.add(reachLast, int64(most-1))
	}
	query.add(reachEnd)
	return query
}

// opened reports whether no closed deal is asked for.
func opened(q assurance.DealQuery) bool { return q.Open || q.Phase != "" && q.Phase != deal.Closed }

func scanDeal(r row) (assurance.DealRow, error) {
	var (
		d                   assurance.DealRow
		currency            string
		frozen              int64
		next                sql.NullInt64
		draftedAt, updateAt int64
	)
	err := r.Scan(&d.ID, &d.Title, &d.Buyer, &d.Seller, &d.BuyerName, &d.SellerName, &d.Private,
		&d.Phase, &d.Outcome, &currency, &d.Total, &d.Held, &d.Disputed, &d.Released, &d.Refunded, &d.Fees, &d.OpenClaims, &frozen,
		&next, &d.Version, &draftedAt, &updateAt)
	if err != nil {
		return d, err
	}
	if currency != "" { // a draft may not have chosen yet
		if d.Currency, err = money.ParseCurrency(currency); err != nil {
			return d, corrupt("deal_view.currency")
		}
	}
	d.Frozen, d.NextAt, d.DraftedAt, d.UpdatedAt = frozen == 1, someInstant(next), instant(draftedAt), instant(updateAt)
	return d, nil
}

const (
	depositsBegun = `SELECT DISTINCT deal FROM deposit_view WHERE deal IN {in}`
	recordsOf     = `SELECT ` + recordColumns + ` FROM event WHERE stream IN {in}`
)

// Begun lists, once each, those of the deals that a deposit has come for.
func (s *Store) Begun(ctx context.Context, deals []deal.ID) ([]deal.ID, error) {
	return several(ctx, s, depositsBegun, texts(deals), scanOne[deal.ID])
}

// RecordsOf reads several streams, each in order, one after the other.
func (s *Store) RecordsOf(ctx context.Context, streams []string) ([]assurance.Record, error) {
	out, err := several(ctx, s, recordsOf, distinct(streams), scanRecord)
	slices.SortFunc(out, func(a, b assurance.Record) int {
		return cmp.Or(strings.Compare(a.Stream, b.Stream), cmp.Compare(a.Version, b.Version))
	})
	return out, err
}

// Party reads a company, or fails with party.not_found.
func (s *Store) Party(ctx context.Context, id identity.PartyID) (assurance.PartyRow, error) {
	p, found, err := one(ctx, s, partyByID, []any{string(id)}, scanParty)
	if err == nil && !found {
		err = missing("party.not_found", "No company of that id is registered.")
	}
	return p, err
}

// PartiesOf reads those of the companies that are registered, in no order.
func (s *Store) PartiesOf(ctx context.Context, ids []identity.PartyID) ([]assurance.PartyRow, error) {
	return several(ctx, s, partiesByIDs, distinct(ids), scanParty)
}

// Parties lists companies in order of id.
func (s *Store) Parties(ctx context.Context, q assurance.PartyQuery) ([]assurance.PartyRow, error) {
	query := partyQuery(q)
	return all(ctx, s, s.dialect.spelled(query.text.String()), query.args, scanParty)
}

func partyQuery(q assurance.PartyQuery) *selection {
	query := &selection{args: []any{string(q.After)}}
	query.add(selectParties)
	if search := strings.TrimSpace(q.Search); search != "" {
		query.add(partiesLike, folded(search))
	}
	if q.Standing != "" {
		query.add(partiesIn, q.Standing)
	}
	query.add(partiesByID, int64(q.Limit))
	return query
}

func scanParty(r row) (assurance.PartyRow, error) {
	var p assurance.PartyRow
	var at int64
	var until sql.NullInt64
	err := r.Scan(&p.ID, &p.LegalName, &p.Country, &p.Registration, &p.Address, &at, &p.Standing, &until, &p.Body)
	p.RegisteredAt, p.VerifiedUntil = instant(at), someInstant(until)
	return p, err
}

const (
	selectDeposits = `SELECT m.id, m.buyer, m.seller, m.body FROM deposit_view m WHERE 1 = 1`
	selectPayouts  = `SELECT m.id, m.body FROM payout_view m WHERE 1 = 1`
	// What a deal's parties were when the money came finds a deposit; what they are
	// now decides whose it is. The indexes of a company's deals say so, where they lie
	// together; they are not taken for an id that is equal.
	depositsOf = ` AND (EXISTS (SELECT 1 FROM deal_view d WHERE d.buyer = {1} AND d.id BETWEEN m.deal AND m.deal)
		OR EXISTS (SELECT 1 FROM deal_view d WHERE d.seller = {1} AND d.id BETWEEN m.deal AND m.deal))`
	depositsBought = ` AND m.id IN (SELECT id FROM (SELECT m.id FROM deposit_view m WHERE m.buyer = {1}`
	depositsSold   = `) AS bought UNION ALL SELECT id FROM (SELECT m.id FROM deposit_view m WHERE m.seller = {1}`
	depositsEither = `) AS sold)`
	payoutsOf      = ` AND m.party = {1}`
	moneyOfDeal    = ` AND m.deal = {1}`
	moneyInStage   = ` AND m.stage = {1}`
	moneyBefore    = ` AND m.id < {1}`
	moneyNewest    = ` ORDER BY m.id DESC LIMIT {1}`
)

// Deposits lists deposits, newest first. A deposit belongs to the deal that took
// it or, if none did, to the one that its payer named.
func (s *Store) Deposits(ctx context.Context, q assurance.MoneyQuery) ([]assurance.DepositRow, error) {
	query := depositQuery(q)
	return all(ctx, s, query.text.String(), query.args, func(r row) (v assurance.DepositRow, err error) {
		err = scanBody(r, &v.Deposit, &v.ID, &v.Buyer, &v.Seller)
		return v, err
	})
}

func depositQuery(q assurance.MoneyQuery) *selection {
	query := &selection{}
	query.add(selectDeposits)
	if q.Party != "" && q.Deal == "" {
		for _, side := range []string{depositsBought, depositsSold} {
			query.add(side, string(q.Party))
			query.page(q)
		}
		query.add(depositsEither)
	}
	if q.Party != "" {
		query.add(depositsOf, string(q.Party))
	}
	query.page(q)
	return query
}

// Payouts lists payouts, newest first; the deal of one is what it pays out.
func (s *Store) Payouts(ctx context.Context, q assurance.MoneyQuery) ([]assurance.PayoutRow, error) {
	query := payoutQuery(q)
	return all(ctx, s, query.text.String(), query.args, func(r row) (v assurance.PayoutRow, err error) {
		err = scanBody(r, &v.Payout, &v.ID)
		return v, err
	})
}

func payoutQuery(q assurance.MoneyQuery) *selection {
	query := &selection{}
	query.add(selectPayouts)
	if q.Party != "" {
		query.add(payoutsOf, string(q.Party))
	}
	query.page(q)
	return query
}

// page keeps the newest deposits or payouts of those that are asked for.
func (q *selection) page(by assurance.MoneyQuery) {
	if by.Deal != "" {
		q.add(moneyOfDeal, by.Deal)
	}
	if by.Stage != "" {
		q.add(moneyInStage, by.Stage)
	}
	if by.Before != "" {
		q.add(moneyBefore, by.Before)
	}
	q.add(moneyNewest, int64(by.Limit))
}

// scanBody reads a row whose last column is the JSON of what it is about.
func scanBody(r row, into any, columns ...any) error {
	var body []byte
	if err := r.Scan(append(columns, &body)...); err != nil {
		return err
	}
	if err := json.Unmarshal(body, into); err != nil {
		return broken(err)
	}
	return nil
}

const (
	statementColumns = `e.account, e.version, e.transfer, e.delta, e.balance`
	statementNewest  = `SELECT ` + transferColumns + `, ` + statementColumns + `
		FROM entry e JOIN transfer t ON t.id = e.transfer WHERE e.account = $1 ORDER BY e.version DESC LIMIT $2`
	statementBefore = `SELECT ` + transferColumns + `, ` + statementColumns + `
		FROM entry e JOIN transfer t ON t.id = e.transfer WHERE e.account = $1 AND e.version < $2 ORDER BY e.version DESC LIMIT $3`
	// One lower bound each: of two SQLite begins at the first, at worst with the first account of all.
	accountsFrom = `SELECT account, posted, pending_out, pending_in, version FROM balance
		WHERE account >= $1 AND account < $2 ORDER BY account LIMIT $3`
	accountsAfter = `SELECT account, posted, pending_out, pending_in, version FROM balance
		WHERE account > $1 AND account < $2 ORDER BY account LIMIT $3`
)

// Statement lists the entries of an account, newest first, before an account
// version (0 for the newest).
func (s *Store) Statement(ctx context.Context, account ledger.AccountID, before int64, limit int) ([]assurance.StatementLine, error) {
	query, args := statementNewest, []any{string(account), int64(limit)}
	if before > 0 {
		query, args = statementBefore, []any{string(account), before, int64(limit)}
	}
	return all(ctx, s, query, args, func(r row) (v assurance.StatementLine, err error) {
		e := &v.Entry
		v.Transfer, err = scanTransfer(r, &e.Account, &e.Version, &e.Transfer, &e.Delta, &e.Balance)
		return v, err
	})
}

// Accounts lists balances whose account begins with prefix, in order, after an account.
func (s *Store) Accounts(ctx context.Context, prefix string, after ledger.AccountID, limit int) ([]assurance.AccountRow, error) {
	query, from := accountsFrom, prefix
	if string(after) >= prefix {
		query, from = accountsAfter, string(after)
	}
	// Names of accounts are ASCII letters and signs, so 0x7f is above each of them.
	return all(ctx, s, query, []any{from, prefix + "\x7f", int64(limit)}, scanAccount)
}
