package store

import (
	"context"
	"database/sql"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/ledger"
)

const (
	recordColumns  = `seq, stream, version, kind, at, actor, salt, payload`
	streamRecords  = `SELECT ` + recordColumns + ` FROM event WHERE stream = $1 AND version > $2 ORDER BY version`
	logTail        = `SELECT seq + 1, at FROM event ORDER BY seq DESC LIMIT 1`
	touchedStreams = `SELECT DISTINCT stream FROM event WHERE seq >= $1 AND seq < $2`
	// Each hash is looked for once, in the row that begins last before it.
	treeHashes = `WITH asked (ix) AS (VALUES {rows})
		SELECT a.ix, (SELECT CASE WHEN a.ix < t.ix + length(t.hashes) / 32 THEN substr(t.hashes, CAST((a.ix - t.ix) * 32 + 1 AS INTEGER), 32) END
			FROM tree_hash t WHERE t.ix <= a.ix ORDER BY t.ix DESC LIMIT 1)
		FROM asked a`
)

// Records reads a stream after the given version, in order.
func (s *Store) Records(ctx context.Context, stream string, after int64) ([]assurance.Record, error) {
	return all(ctx, s, streamRecords, []any{stream, after}, scanRecord)
}

func scanRecord(r row) (assurance.Record, error) {
	var (
		v    assurance.Record
		at   int64
		salt sql.RawBytes
	)
	if err := r.Scan(&v.Sequence, &v.Stream, &v.Version, &v.Kind, &at, &v.Actor, &salt, &v.Payload); err != nil {
		return v, err
	}
	v.At = instant(at)
	if copy(v.Salt[:], salt) != evidence.SaltSize {
		return v, corrupt("event.salt")
	}
	return v, nil
}

// Touched lists, once each, the streams of the records with from <= sequence < to.
func (s *Store) Touched(ctx context.Context, from, to int64) ([]string, error) {
	return all(ctx, s, touchedStreams, []any{from, to}, scanOne[string])
}

// Tail is where the log ends.
func (s *Store) Tail(ctx context.Context) (assurance.Tail, error) {
	tail, _, err := one(ctx, s, logTail, nil, scanTail)
	return tail, err
}

func scanTail(r row) (assurance.Tail, error) {
	var size, at int64
	err := r.Scan(&size, &at)
	return assurance.Tail{Size: size, At: instant(at)}, err
}

// Hashes reads stored tree hashes in the order of their indexes, any number of
// them. It fails with evidence.hash_missing if one is absent.
func (s *Store) Hashes(ctx context.Context, indexes []int64) ([]evidence.Hash, error) {
	found := make(map[int64]evidence.Hash, len(indexes))
	err := listed(s.dialect, s.asked(ctx), treeHashes, indexes, func(r row) error {
		var ix int64
		var h sql.RawBytes
		if err := r.Scan(&ix, &h); err != nil {
			return err
		}
		if h == nil {
			return nil // no row holds it
		}
		if len(h) != evidence.HashSize {
			return corrupt("tree_hash.hashes")
		}
		found[ix] = evidence.Hash(h)
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := make([]evidence.Hash, len(indexes))
	for i, ix := range indexes {
		h, ok := found[ix]
		if !ok {
			return nil, fault.New(fault.Internal, "evidence.hash_missing", "A stored hash of the evidence log is missing.")
		}
		out[i] = h
	}
	return out, nil
}

const (
	balancesOf      = `SELECT account, posted, pending_out, pending_in, version FROM balance WHERE account IN {in}`
	transferColumns = `t.id, t.stage, t.pending_id, t.debit, t.credit, t.amount, t.currency, t.reason, t.stream, t.at`
	pendingsOf      = `SELECT ` + transferColumns + `, CASE WHEN c.id IS NULL THEN 1 ELSE 0 END
		FROM transfer t LEFT JOIN transfer c ON c.pending_id = t.id
		WHERE t.stage = 'pending' AND t.id IN {in}`
)

// Balances reads accounts; an account never used is left out.
func (s *Store) Balances(ctx context.Context, ids []ledger.AccountID) (map[ledger.AccountID]ledger.Balance, error) {
	out := make(map[ledger.AccountID]ledger.Balance, len(ids))
	err := listed(s.dialect, s.asked(ctx), balancesOf, texts(ids), func(r row) error {
		v, err := scanAccount(r)
		out[v.Account] = v.Balance
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func scanAccount(r row) (v assurance.AccountRow, err error) {
	err = r.Scan(&v.Account, &v.Balance.Posted, &v.Balance.PendingOut, &v.Balance.PendingIn, &v.Balance.Version)
	return v, err
}

// Pendings reads pending transfers; open says that no transfer closes it yet.
func (s *Store) Pendings(ctx context.Context, ids []ledger.TransferID) ([]assurance.PendingRow, error) {
	return several(ctx, s, pendingsOf, distinct(ids), func(r row) (v assurance.PendingRow, err error) {
		v.Transfer, err = scanTransfer(r, &v.Open)
		return v, err
	})
}

// scanTransfer reads transferColumns, and more columns after them.
func scanTransfer(r row, more ...any) (ledger.Transfer, error) {
	var (
		t               ledger.Transfer
		stage, currency string
		pending         sql.NullString
		minor, at       int64
	)
	into := append([]any{&t.ID, &stage, &pending, &t.Debit, &t.Credit, &minor, &currency, &t.Reason, &t.Stream, &at}, more...)
	if err := r.Scan(into...); err != nil {
		return t, err
	}
	c, err := money.ParseCurrency(currency)
	if err != nil {
		return t, corrupt("transfer.currency")
	}
	for t.Stage = ledger.Posted; t.Stage.String() != stage; t.Stage++ {
		if t.Stage == ledger.Expire {
			return t, corrupt("transfer.stage")
		}
	}
	t.Pending, t.Amount, t.At = ledger.TransferID(pending.String), money.New(minor, c), instant(at)
	return t, nil
}

const (
	answersOf    = `SELECT caller, key, input, response, at FROM answer WHERE digest IN {in}`
	trackingUsed = `SELECT carrier, number, $3 FROM tracking WHERE carrier = $1 AND number = $2 AND deal <> $3 LIMIT 1`
)

// Answers reads what idempotency keys have been answered before.
func (s *Store) Answers(ctx context.Context, keys []assurance.AnswerKey) ([]assurance.Answer, error) {
	timed, err := s.timedFrom(ctx)
	if err != nil {
		return nil, err
	}
	asked := make(map[assurance.AnswerKey]bool, len(keys))
	digests := make([]int64, 0, len(keys))
	for _, k := range keys {
		if !asked[k] {
			asked[k], digests = true, append(digests, digestOf(k, timed))
		}
	}
	var out []assurance.Answer
	err = listed(s.dialect, s.asked(ctx), answersOf, digests, func(r row) error {
		var (
			v     assurance.Answer
			input sql.RawBytes
			at    int64
		)
		if err := r.Scan(&v.Caller, &v.Key, &input, &v.Response, &at); err != nil {
			return err
		}
		if copy(v.Input[:], input) != evidence.HashSize {
			return corrupt("answer.input")
		}
		v.At = instant(at)
		if asked[v.AnswerKey] { // a digest is short, and may be another's too
			out = append(out, v)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// TrackingUsed lists those of the tracking numbers that a deal other than the one
// named beside has announced.
func (s *Store) TrackingUsed(ctx context.Context, ts []assurance.Tracking) ([]assurance.Tracking, error) {
	scan := func(r row) (t assurance.Tracking, err error) {
		err = r.Scan(&t.Carrier, &t.Number, &t.Deal)
		return t, err
	}
	if s.dialect.trackings != "" { // one question for all: each costs a round trip
		carriers, numbers, deals := make([]string, len(ts)), make([]string, len(ts)), make([]string, len(ts))
		for i, t := range ts {
			carriers[i], numbers[i], deals[i] = t.Carrier, t.Number, t.Deal
		}
		return all(ctx, s, s.dialect.trackings, []any{carriers, numbers, deals}, scan)
	}
	var used []assurance.Tracking
	for _, t := range ts {
		rows, err := all(ctx, s, trackingUsed, []any{t.Carrier, t.Number, t.Deal}, scan)
		if err != nil {
			return nil, err
		}
		used = append(used, rows...)
	}
	return used, nil
}

// scanOne reads a result of one column.
func scanOne[T any](r row) (v T, err error) {
	err = r.Scan(&v)
	return v, err
}

func texts[T ~string](ids []T) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return out
}

// distinct leaves out repeated keys.
func distinct[T ~string](ids []T) []string {
	out := make([]string, 0, len(ids))
	seen := make(map[T]bool, len(ids))
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			out = append(out, string(id))
		}
	}
	return out
}

func corrupt(column string) error {
	return fault.New(fault.Internal, "store.corrupt", "A row of {column} cannot be read.").With("column", column)
}
