package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"strconv"
	"strings"

	"fondaco/internal/assurance"
	"fondaco/internal/money"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/ledger"
)

const (
	selectDeals = `SELECT d.id, d.title, d.buyer, d.seller, coalesce(b.legal_name, ''), coalesce(s.legal_name, ''), d.private,
		d.phase, d.outcome, d.currency, d.total, d.held, d.disputed, d.released, d.refunded, d.fees, d.open_claims, d.frozen,
		d.next_at, d.version, d.drafted_at, d.updated_at
		FROM deal_view d LEFT JOIN party_view b ON b.id = d.buyer LEFT JOIN party_view s ON s.id = d.seller WHERE 1 = 1`
	dealsOf       = ` AND (d.buyer = {1} OR d.seller = {1}) AND d.private IN ('', {1})`
	dealsInPhase  = ` AND d.phase = {1}`
	dealsOpen     = ` AND d.phase <> 'closed'`
	dealsBefore   = ` AND d.id < {1}`
	dealsLike     = ` AND (d.folded LIKE {1} ESCAPE '\' OR lower(d.id) LIKE {1} ESCAPE '\' OR b.folded LIKE {1} ESCAPE '\' OR s.folded LIKE {1} ESCAPE '\')`
	dealsLikeOf   = ` AND (d.folded LIKE {1} ESCAPE '\' OR lower(d.id) LIKE {1} ESCAPE '\' OR CASE WHEN d.buyer = {2} THEN s.folded ELSE b.folded END LIKE {1} ESCAPE '\')`
	dealsNewest   = ` ORDER BY d.id DESC LIMIT {1}`
	selectParties = `SELECT p.id, p.legal_name, p.country, p.registration, p.address, p.registered_at FROM party_view p WHERE p.id > $1`
	partiesLike   = ` AND p.folded LIKE {1} ESCAPE '\'`
	partiesByID   = ` ORDER BY p.id LIMIT {1}`
	partyByID     = `SELECT id, legal_name, country, registration, address, registered_at FROM party_view WHERE id = $1`
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
	return all(ctx, s, query.text.String(), query.args, scanDeal)
}

func dealQuery(q assurance.DealQuery) *selection {
	query := &selection{}
	query.add(selectDeals)
	if q.Party != "" {
		query.add(dealsOf, string(q.Party))
	}
	if q.Phase != "" {
		query.add(dealsInPhase, string(q.Phase))
	}
	if q.Open {
		query.add(dealsOpen)
	}
	switch search := strings.TrimSpace(q.Search); {
	case search == "":
	case q.Party == "":
		query.add(dealsLike, containing(search))
	default:
		query.add(dealsLikeOf, containing(search), string(q.Party))
	}
	if q.Before != "" {
		query.add(dealsBefore, string(q.Before))
	}
	query.add(dealsNewest, int64(q.Limit))
	return query
}

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

// containing is the pattern for texts that hold what is searched, whatever it holds.
func containing(search string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(folded(search)) + "%"
}

const dutiesOf = `SELECT u.deal, d.title,
		CASE WHEN u.party = '' THEN '' WHEN u.party = d.buyer THEN coalesce(s.legal_name, '') ELSE coalesce(b.legal_name, '') END,
		u.party, u.who, u.what, u.due_at, u.lapse, u.ref, u.may, u.paused
	FROM duty u JOIN deal_view d ON d.id = u.deal
	LEFT JOIN party_view b ON b.id = d.buyer LEFT JOIN party_view s ON s.id = d.seller
	WHERE u.party = $1 ORDER BY CASE WHEN u.due_at IS NULL THEN 1 ELSE 0 END, u.due_at, u.deal, u.place LIMIT $2`

// Duties lists what a party owes or may do, the most urgent first; those
// without a clock come last. An empty party asks for the house's own.
func (s *Store) Duties(ctx context.Context, party identity.PartyID, limit int) ([]assurance.DutyRow, error) {
	return all(ctx, s, dutiesOf, []any{string(party), int64(limit)}, func(r row) (assurance.DutyRow, error) {
		var (
			v           assurance.DutyRow
			due         sql.NullInt64
			may, paused int64
		)
		o := &v.Obligation
		err := r.Scan(&v.Deal, &v.Title, &v.Counterparty, &v.Party, &o.Who, &o.What, &due, &o.Lapse, &o.Ref, &may, &paused)
		o.By, o.May, o.Paused = someInstant(due), may == 1, paused == 1
		return v, err
	})
}

// Party reads a company, or fails with party.not_found.
func (s *Store) Party(ctx context.Context, id identity.PartyID) (assurance.PartyRow, error) {
	p, found, err := one(ctx, s, partyByID, []any{string(id)}, scanParty)
	if err == nil && !found {
		err = missing("party.not_found", "No company of that id is registered.")
	}
	return p, err
}

// Parties lists companies in order of id.
func (s *Store) Parties(ctx context.Context, q assurance.PartyQuery) ([]assurance.PartyRow, error) {
	query := partyQuery(q)
	return all(ctx, s, query.text.String(), query.args, scanParty)
}

func partyQuery(q assurance.PartyQuery) *selection {
	query := &selection{args: []any{string(q.After)}}
	query.add(selectParties)
	if search := strings.TrimSpace(q.Search); search != "" {
		query.add(partiesLike, containing(search))
	}
	query.add(partiesByID, int64(q.Limit))
	return query
}

func scanParty(r row) (assurance.PartyRow, error) {
	var p assurance.PartyRow
	var at int64
	err := r.Scan(&p.ID, &p.LegalName, &p.Country, &p.Registration, &p.Address, &at)
	p.RegisteredAt = instant(at)
	return p, err
}

const (
	selectDeposits = `SELECT m.id, m.body FROM deposit_view m WHERE 1 = 1`
	selectPayouts  = `SELECT m.id, m.body FROM payout_view m WHERE 1 = 1`
	depositsOf     = ` AND m.deal IN (SELECT id FROM deal_view WHERE buyer = {1} OR seller = {1})`
	payoutsOf      = ` AND m.party = {1}`
	moneyOfDeal    = ` AND m.deal = {1}`
	moneyInStage   = ` AND m.stage = {1}`
	moneyBefore    = ` AND m.id < {1}`
	moneyNewest    = ` ORDER BY m.id DESC LIMIT {1}`
)

// Deposits lists deposits, newest first. A deposit belongs to the deal that took
// it or, if none did, to the one that its payer named.
func (s *Store) Deposits(ctx context.Context, q assurance.MoneyQuery) ([]assurance.DepositRow, error) {
	query := moneyQuery(selectDeposits, depositsOf, q)
	return all(ctx, s, query.text.String(), query.args, func(r row) (v assurance.DepositRow, err error) {
		err = scanBody(r, &v.ID, &v.Deposit)
		return v, err
	})
}

// Payouts lists payouts, newest first; the deal of one is what it pays out.
func (s *Store) Payouts(ctx context.Context, q assurance.MoneyQuery) ([]assurance.PayoutRow, error) {
	query := moneyQuery(selectPayouts, payoutsOf, q)
	return all(ctx, s, query.text.String(), query.args, func(r row) (v assurance.PayoutRow, err error) {
		err = scanBody(r, &v.ID, &v.Payout)
		return v, err
	})
}

func moneyQuery(sel, ofParty string, q assurance.MoneyQuery) *selection {
	query := &selection{}
	query.add(sel)
	if q.Party != "" {
		query.add(ofParty, string(q.Party))
	}
	if q.Deal != "" {
		query.add(moneyOfDeal, q.Deal)
	}
	if q.Stage != "" {
		query.add(moneyInStage, q.Stage)
	}
	if q.Before != "" {
		query.add(moneyBefore, q.Before)
	}
	query.add(moneyNewest, int64(q.Limit))
	return query
}

func scanBody(r row, id *string, into any) error {
	var body []byte
	if err := r.Scan(id, &body); err != nil {
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
	accountsFrom = `SELECT account, posted, pending_out, pending_in, version FROM balance
		WHERE account > $1 AND account >= $2 AND account < $3 ORDER BY account LIMIT $4`
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
	// Names of accounts are ASCII letters and signs, so 0x7f is above each of them.
	return all(ctx, s, accountsFrom, []any{string(after), prefix, prefix + "\x7f", int64(limit)}, scanAccount)
}
