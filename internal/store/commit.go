package store

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/ledger"
)

// Commit writes the batch in one durable transaction, or nothing of it. It fails
// with store.conflict if somebody else has written what the batch builds on, with
// people.email_taken if the address of a new person belongs to somebody already,
// with ledger.not_zero if its entries do not sum to zero, with ledger.constraint
// if the database refuses a fact or a movement of money, and with
// store.constraint if it refuses any other row.
func (s *Store) Commit(ctx context.Context, b *assurance.Batch) error {
	if err := adds(b.Entries); err != nil {
		return err
	}
	if err := closes(b); err != nil {
		return err
	}
	guarded := true // what is written now is money or evidence, and so is what COMMIT checks
	err := s.writer.write(ctx, func(t *tx) error {
		for _, step := range []func(*tx, *assurance.Batch) error{putFacts, putTransfers, putBalances} {
			if err := step(t, b); err != nil {
				return err
			}
		}
		guarded = false
		for _, step := range []func(*tx, *assurance.Batch) error{putSchedule, putAnswers, putDeals, putParties, putMoney, putPersons} {
			if err := step(t, b); err != nil {
				return err
			}
		}
		guarded = true
		return nil
	})
	if guarded && fault.CodeOf(err) == constraint {
		return fault.New(fault.Internal, "ledger.constraint", "The database has refused to break a rule of the ledger.").Because(err)
	}
	return err
}

// adds refuses entries that do not sum to zero in each currency.
func adds(entries []ledger.Entry) error {
	sums := map[string]int64{}
	for _, e := range entries {
		account := string(e.Account)
		sums[account[strings.LastIndexByte(account, '/')+1:]] += e.Delta
	}
	for currency, sum := range sums {
		if sum != 0 {
			return fault.New(fault.Internal, "ledger.not_zero", "The entries of a batch sum to {sum} {currency}.").
				With("sum", strconv.FormatInt(sum, 10)).With("currency", currency)
		}
	}
	return nil
}

// closes refuses a batch whose list of closed transfers is not what its
// transfers close. What is open is read from the transfers alone.
func closes(b *assurance.Batch) error {
	var closed []ledger.TransferID
	for _, t := range b.Transfers {
		if t.Pending != "" {
			closed = append(closed, t.Pending)
		}
	}
	slices.Sort(closed)
	if !slices.Equal(closed, slices.Sorted(slices.Values(b.Closed))) {
		return fault.New(fault.Internal, "store.bad_batch", "A batch says that it closes other transfers than it does.")
	}
	return nil
}

const (
	intoEvent    = `INSERT INTO event (seq, stream, version, kind, at, actor, salt, payload)`
	intoTreeHash = `INSERT INTO tree_hash (ix, hash)`
	intoTransfer = `INSERT INTO transfer (id, stage, pending_id, debit, credit, amount, currency, reason, stream, at)`
	intoEntry    = `INSERT INTO entry (account, version, transfer, delta, balance)`
	intoBalance  = `INSERT INTO balance (account, kind, currency, posted, pending_out, pending_in, version)`
	moveBalance  = `UPDATE balance SET posted = $1, pending_out = $2, pending_in = $3, version = $4 WHERE account = $5 AND version = $6`
)

func putFacts(t *tx, b *assurance.Batch) error {
	err := t.insert(insertion{into: intoEvent, width: 8}, len(b.Records), func(i int, row []any) {
		r := &b.Records[i]
		row[0], row[1], row[2], row[3] = r.Sequence, r.Stream, r.Version, r.Kind
		row[4], row[5], row[6], row[7] = micros(r.At), r.Actor, r.Salt[:], string(r.Payload)
	})
	if err != nil {
		return err
	}
	return t.insert(insertion{into: intoTreeHash, width: 2}, len(b.Hashes), func(i int, row []any) {
		row[0], row[1] = b.Hashes[i].Index, b.Hashes[i].Hash[:]
	})
}

func putTransfers(t *tx, b *assurance.Batch) error {
	err := t.insert(insertion{into: intoTransfer, width: 10}, len(b.Transfers), func(i int, row []any) {
		r := &b.Transfers[i]
		row[0], row[1], row[2] = string(r.ID), r.Stage.String(), nil
		if r.Pending != "" {
			row[2] = string(r.Pending)
		}
		row[3], row[4], row[5], row[6] = string(r.Debit), string(r.Credit), r.Amount.Minor(), r.Amount.Currency().Code()
		row[7], row[8], row[9] = string(r.Reason), r.Stream, micros(r.At)
	})
	if err != nil {
		return err
	}
	return t.insert(insertion{into: intoEntry, width: 5}, len(b.Entries), func(i int, row []any) {
		e := &b.Entries[i]
		row[0], row[1], row[2], row[3], row[4] = string(e.Account), e.Version, string(e.Transfer), e.Delta, e.Balance
	})
}

// putBalances writes balances whose version is still the one they were decided on.
func putBalances(t *tx, b *assurance.Batch) error {
	var fresh []assurance.BalanceChange
	for _, c := range b.Balances {
		if c.Was == 0 {
			fresh = append(fresh, c)
			continue
		}
		moved, err := t.exec(moveBalance, c.Now.Posted, c.Now.PendingOut, c.Now.PendingIn, c.Now.Version, string(c.Account), c.Was)
		if err != nil {
			return err
		}
		if moved != 1 {
			return conflict(nil)
		}
	}
	return t.insert(insertion{into: intoBalance, width: 7}, len(fresh), func(i int, row []any) {
		c := &fresh[i]
		row[0], row[1], row[2] = string(c.Account), c.Account.Kind().String(), c.Account.Currency().Code()
		row[3], row[4], row[5], row[6] = c.Now.Posted, c.Now.PendingOut, c.Now.PendingIn, c.Now.Version
	})
}

const (
	stopClocks = `DELETE FROM clock WHERE stream IN {in}`
	intoClock  = `INSERT INTO clock (stream, clock, ref, at)`
	intoOutbox = `INSERT INTO outbox (id, topic, payload, state, attempts, next_at, last_error)`
)

func putSchedule(t *tx, b *assurance.Batch) error {
	streams := make([]string, len(b.Clocks))
	var clocks []assurance.ClockRow
	for i, set := range b.Clocks {
		streams[i] = set.Stream
		clocks = append(clocks, set.Clocks...)
	}
	if err := remove(t, stopClocks, streams); err != nil {
		return err
	}
	err := t.insert(insertion{into: intoClock, width: 4}, len(clocks), func(i int, row []any) {
		c := &clocks[i]
		row[0], row[1], row[2], row[3] = c.Stream, c.Clock, c.Ref, micros(c.At)
	})
	if err != nil {
		return err
	}
	return t.insert(insertion{into: intoOutbox, width: 7}, len(b.Messages), func(i int, row []any) {
		m := &b.Messages[i]
		row[0], row[1], row[2], row[3] = m.ID, m.Topic, string(m.Payload), stateWaiting
		row[4], row[5], row[6] = int64(m.Attempts), micros(m.NextAt), m.Error
	})
}

const (
	intoAnswer   = `INSERT INTO answer (caller, key, input, response, at)`
	intoRefusal  = `INSERT INTO refusal (at, actor, stream, command, code)`
	intoTracking = `INSERT INTO tracking (carrier, number, deal)`
	onceTracking = `ON CONFLICT (carrier, number, deal) DO NOTHING`
)

func putAnswers(t *tx, b *assurance.Batch) error {
	err := t.insert(insertion{into: intoAnswer, width: 5}, len(b.Answers), func(i int, row []any) {
		a := &b.Answers[i]
		row[0], row[1], row[2], row[3], row[4] = a.Caller, a.Key, a.Input[:], string(a.Response), micros(a.At)
	})
	if err != nil {
		return err
	}
	err = t.insert(insertion{into: intoRefusal, width: 5}, len(b.Refusals), func(i int, row []any) {
		r := &b.Refusals[i]
		row[0], row[1], row[2], row[3], row[4] = micros(r.At), r.Actor, r.Stream, r.Command, r.Code
	})
	if err != nil {
		return err
	}
	return t.insert(insertion{intoTracking, onceTracking, 3}, len(b.Trackings), func(i int, row []any) {
		r := &b.Trackings[i]
		row[0], row[1], row[2] = r.Carrier, r.Number, r.Deal
	})
}

const (
	intoDeal = `INSERT INTO deal_view (id, title, folded, buyer, seller, private, phase, outcome, currency, total, held,
		disputed, released, refunded, fees, open_claims, frozen, next_at, version, drafted_at, updated_at)`
	renewDeal = `ON CONFLICT (id) DO UPDATE SET title = excluded.title, folded = excluded.folded, buyer = excluded.buyer,
		seller = excluded.seller, private = excluded.private, phase = excluded.phase, outcome = excluded.outcome,
		currency = excluded.currency, total = excluded.total, held = excluded.held, disputed = excluded.disputed,
		released = excluded.released, refunded = excluded.refunded, fees = excluded.fees, open_claims = excluded.open_claims,
		frozen = excluded.frozen, next_at = excluded.next_at, version = excluded.version, drafted_at = excluded.drafted_at,
		updated_at = excluded.updated_at`
	endDuties = `DELETE FROM duty WHERE deal IN {in}`
	intoDuty  = `INSERT INTO duty (deal, place, party, who, what, due_at, lapse, ref, may, paused)`
)

func putDeals(t *tx, b *assurance.Batch) error {
	err := t.insert(insertion{intoDeal, renewDeal, 21}, len(b.Deals), func(i int, row []any) {
		d := &b.Deals[i]
		row[0], row[1], row[2], row[3], row[4], row[5] = string(d.ID), d.Title, folded(d.Title), string(d.Buyer), string(d.Seller), string(d.Private)
		row[6], row[7], row[8] = string(d.Phase), string(d.Outcome), d.Currency.Code()
		row[9], row[10], row[11], row[12], row[13], row[14] = d.Total, d.Held, d.Disputed, d.Released, d.Refunded, d.Fees
		row[15], row[16], row[17], row[18] = int64(d.OpenClaims), flag(d.Frozen), someMicros(d.NextAt), d.Version
		row[19], row[20] = micros(d.DraftedAt), micros(d.UpdatedAt)
	})
	if err != nil {
		return err
	}
	deals := make([]string, len(b.Duties))
	type place struct{ set, n int }
	var places []place
	for i, set := range b.Duties {
		deals[i] = string(set.Deal)
		for n := range set.Rows {
			places = append(places, place{i, n})
		}
	}
	if err := remove(t, endDuties, deals); err != nil {
		return err
	}
	return t.insert(insertion{into: intoDuty, width: 10}, len(places), func(i int, row []any) {
		d := &b.Duties[places[i].set].Rows[places[i].n]
		o := &d.Obligation
		row[0], row[1], row[2], row[3], row[4] = deals[places[i].set], int64(places[i].n), string(d.Party), string(o.Who), o.What
		row[5], row[6], row[7], row[8], row[9] = someMicros(o.By), o.Lapse, o.Ref, flag(o.May), flag(o.Paused)
	})
}

const (
	intoParty  = `INSERT INTO party_view (id, legal_name, folded, country, registration, address, registered_at)`
	renewParty = `ON CONFLICT (id) DO UPDATE SET legal_name = excluded.legal_name, folded = excluded.folded,
		country = excluded.country, registration = excluded.registration, address = excluded.address,
		registered_at = excluded.registered_at`
	intoDeposit  = `INSERT INTO deposit_view (id, deal, stage, body)`
	renewDeposit = `ON CONFLICT (id) DO UPDATE SET deal = excluded.deal, stage = excluded.stage, body = excluded.body`
	intoPayout   = `INSERT INTO payout_view (id, party, deal, stage, body)`
	renewPayout  = `ON CONFLICT (id) DO UPDATE SET party = excluded.party, deal = excluded.deal, stage = excluded.stage, body = excluded.body`
)

func putParties(t *tx, b *assurance.Batch) error {
	return t.insert(insertion{intoParty, renewParty, 7}, len(b.Parties), func(i int, row []any) {
		p := &b.Parties[i]
		row[0], row[1], row[2], row[3] = string(p.ID), p.LegalName, folded(p.LegalName), p.Country
		row[4], row[5], row[6] = p.Registration, p.Address, micros(p.RegisteredAt)
	})
}

func putMoney(t *tx, b *assurance.Batch) error {
	bodies := make([]string, len(b.Deposits)+len(b.Payouts))
	for i := range b.Deposits {
		body, err := json.Marshal(b.Deposits[i].Deposit)
		if err != nil {
			return broken(err)
		}
		bodies[i] = string(body)
	}
	for i := range b.Payouts {
		body, err := json.Marshal(b.Payouts[i].Payout)
		if err != nil {
			return broken(err)
		}
		bodies[len(b.Deposits)+i] = string(body)
	}
	err := t.insert(insertion{intoDeposit, renewDeposit, 4}, len(b.Deposits), func(i int, row []any) {
		d := &b.Deposits[i]
		deal := d.Deposit.Deal
		if deal == "" {
			deal = d.Deposit.Notice.Deal
		}
		row[0], row[1], row[2], row[3] = d.ID, deal, string(d.Deposit.Stage), bodies[i]
	})
	if err != nil {
		return err
	}
	return t.insert(insertion{intoPayout, renewPayout, 5}, len(b.Payouts), func(i int, row []any) {
		p := &b.Payouts[i]
		deal, _ := strings.CutPrefix(p.Payout.Cause, "deal:")
		if deal == p.Payout.Cause {
			deal = ""
		}
		row[0], row[1], row[2], row[3], row[4] = p.ID, string(p.Payout.Party), deal, string(p.Payout.Stage), bodies[len(b.Deposits)+i]
	})
}

const intoPerson = `INSERT INTO person (` + personColumns + `)`

func putPersons(t *tx, b *assurance.Batch) error {
	err := t.insert(insertion{into: intoPerson, width: 8}, len(b.Persons), func(i int, row []any) {
		p := &b.Persons[i]
		row[0], row[1], row[2], row[3] = string(p.ID), p.Email, p.Name, p.PasswordHash
		row[4], row[5], row[6], row[7] = string(p.Office), string(p.Party), p.Language, micros(p.CreatedAt)
	})
	if err = t.w.classify(err); fault.CodeOf(err) == "store.conflict" {
		return emailTaken(err)
	}
	return err
}

// folded is a text as searches compare it.
func folded(s string) string { return strings.ToLower(s) }
