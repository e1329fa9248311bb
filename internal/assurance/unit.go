package assurance

import (
	"context"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/ledger"
	"fondaco/internal/trade/treasury"
)

// viewRows are the rows that a unit or a cycle replaces, each once however often
// it is touched.
type viewRows struct {
	clocks   map[string]ClockSet
	deals    map[deal.ID]DealRow
	duties   map[deal.ID]DutySet
	parties  map[identity.PartyID]PartyRow
	deposits map[string]DepositRow
	payouts  map[string]PayoutRow
}

func newViewRows() viewRows {
	return viewRows{
		map[string]ClockSet{},
		map[deal.ID]DealRow{},
		map[deal.ID]DutySet{},
		map[identity.PartyID]PartyRow{},
		map[string]DepositRow{},
		map[string]PayoutRow{},
	}
}

func (v viewRows) take(o viewRows) {
	maps.Copy(v.clocks, o.clocks)
	maps.Copy(v.deals, o.deals)
	maps.Copy(v.duties, o.duties)
	maps.Copy(v.parties, o.parties)
	maps.Copy(v.deposits, o.deposits)
	maps.Copy(v.payouts, o.payouts)
}

// cycle is one batch in the making: the committer's state with the results of
// the commands decided so far laid over it.
type cycle struct {
	*committer
	ctx        context.Context
	tree       *evidence.Tree
	book       *ledger.Book
	streams    map[string]any
	replies    map[*work]reply
	answers    map[AnswerKey]Answer
	newAnswers []Answer
	refusals   []Refusal
	records    []Record
	hashes     []evidence.StoredHash
	transfers  []ledger.Transfer
	entries    []ledger.Entry
	messages   []Message
	trackings  []Tracking
	persons    []Person
	rows       viewRows
}

// unit is one command in the making. It is kept whole or dropped whole.
type unit struct {
	*cycle
	now       time.Time
	by        identity.Actor
	book      *ledger.Book
	streams   map[string]any
	records   []Record
	transfers []ledger.Transfer
	entries   []ledger.Entry
	messages  []Message
	trackings []Tracking
	persons   []Person
	rows      viewRows
}

// keep lays a successful unit over the cycle and gives its records their places
// in the log.
func (y *cycle) keep(u *unit, receipt *Receipt) {
	size := y.tree.Size()
	for i := range u.records {
		r := &u.records[i]
		r.Sequence = y.tree.Size()
		hashes, err := y.tree.Append(r.Entry().Leaf())
		fault.Assert(err == nil, "evidence.append", "the tree takes every leaf")
		y.hashes = append(y.hashes, hashes...)
	}
	receipt.At = u.now
	receipt.First, receipt.Last = size, y.tree.Size()-1
	u.book.Merge()
	maps.Copy(y.streams, u.streams)
	y.records = append(y.records, u.records...)
	y.transfers = append(y.transfers, u.transfers...)
	y.entries = append(y.entries, u.entries...)
	y.messages = append(y.messages, u.messages...)
	y.trackings = append(y.trackings, u.trackings...)
	y.persons = append(y.persons, u.persons...)
	y.rows.take(u.rows)
}

// batch is what the cycle writes, nil if nothing; rows are in order of their keys.
func (y *cycle) batch() *Batch {
	if len(y.records) == 0 && len(y.refusals) == 0 {
		return nil
	}
	b := &Batch{
		Records: y.records, Hashes: y.hashes, Transfers: y.transfers, Entries: y.entries,
		Messages: y.messages, Answers: y.newAnswers, Refusals: y.refusals, Trackings: y.trackings, Persons: y.persons,
		Clocks: sorted(y.rows.clocks), Deals: sorted(y.rows.deals), Duties: sorted(y.rows.duties),
		Parties: sorted(y.rows.parties), Deposits: sorted(y.rows.deposits), Payouts: sorted(y.rows.payouts),
	}
	changes := y.book.Touched()
	for _, change := range changes.Balances {
		before, _ := y.committer.book.Balance(change.Account)
		b.Balances = append(b.Balances, BalanceChange{Account: change.Account, Was: before.Version, Now: change.Balance})
	}
	for _, t := range changes.Closed {
		b.Closed = append(b.Closed, t.Pending)
	}
	return b
}

func sorted[K interface{ ~string }, V any](rows map[K]V) []V {
	var out []V
	for _, k := range slices.Sorted(maps.Keys(rows)) {
		out = append(out, rows[k])
	}
	return out
}

// state finds the newest state of a stream, or folds it from the journal.
func state[S any](u *unit, stream string, fold func(S, Record) (S, error), zero S) (S, error) {
	for _, layer := range []map[string]any{u.streams, u.cycle.streams, u.committer.streams} {
		if s, ok := layer[stream]; ok {
			return s.(S), nil
		}
	}
	records, err := u.journal.Records(u.ctx, stream, 0)
	if err != nil {
		return zero, err
	}
	s, err := folded(records, fold, zero)
	if err == nil && len(records) > 0 { // names that do not exist must not fill the memory
		u.committer.streams[stream] = s
	}
	return s, err
}

// folded is the state after a stream's records, in order.
func folded[S any](records []Record, fold func(S, Record) (S, error), s S) (S, error) {
	var err error
	for _, r := range records {
		if s, err = fold(s, r); err != nil {
			return s, err
		}
	}
	return s, nil
}

// event is anything that is recorded in a stream.
type event interface{ Kind() string }

// record appends events to a stream, after the given version.
func (u *unit) record(stream string, version int64, events ...event) error {
	for i, e := range events {
		payload, err := evidence.Canonical(e)
		if err != nil {
			return err
		}
		r := Record{Stream: stream, Version: version + int64(i) + 1, Kind: e.Kind(), At: u.now, Actor: u.by.String(), Payload: payload}
		if _, err := io.ReadFull(u.random, r.Salt[:]); err != nil {
			return err
		}
		if err := r.Entry().Check(); err != nil {
			return err
		}
		u.records = append(u.records, r)
	}
	return nil
}

// post applies transfers to the ledger, all or none.
func (u *unit) post(ts ...ledger.Transfer) error {
	if err := u.loadAccounts(ts); err != nil {
		return err
	}
	if err := u.loadPendings(ts); err != nil {
		return err
	}
	entries, err := u.book.ApplyAll(ts)
	if err != nil {
		return err
	}
	u.transfers = append(u.transfers, ts...)
	u.entries = append(u.entries, entries...)
	return nil
}

func (u *unit) loadAccounts(ts []ledger.Transfer) error {
	var missing []ledger.AccountID
	for _, t := range ts {
		for _, id := range []ledger.AccountID{t.Debit, t.Credit} {
			if _, known := u.book.Balance(id); !known && !slices.Contains(missing, id) {
				missing = append(missing, id)
			}
		}
	}
	if len(missing) == 0 {
		return nil
	}
	stored, err := u.journal.Balances(u.ctx, missing)
	if err != nil {
		return err
	}
	for _, id := range missing {
		u.committer.book.SetBalance(id, stored[id])
	}
	return nil
}

func (u *unit) loadPendings(ts []ledger.Transfer) error {
	var missing []ledger.TransferID
	for _, t := range ts {
		if !t.Stage.Closes() {
			continue
		}
		if _, known := u.book.Pending(t.Pending); !known {
			missing = append(missing, t.Pending)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	rows, err := u.journal.Pendings(u.ctx, missing)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if row.Open {
			u.committer.book.SetPending(row.Transfer)
		} else {
			u.committer.book.SetClosed(row.Transfer.ID)
		}
	}
	return nil
}

// send queues work for the outside world, under an id that follows from the stream.
func (u *unit) send(topic, id string, payload any) error {
	doc, err := evidence.Canonical(payload)
	if err != nil {
		return err
	}
	u.messages = append(u.messages, Message{ID: id, Topic: topic, Payload: doc, NextAt: u.now})
	return nil
}

func foldDeal(s deal.State, r Record) (deal.State, error) {
	e, err := deal.Decode(r.Kind, r.Payload)
	if err != nil {
		return s, err
	}
	return s.Apply(e, r.At), nil
}

func foldDeposit(d treasury.Deposit, r Record) (treasury.Deposit, error) {
	e, err := treasury.DecodeDeposit(r.Kind, r.Payload)
	if err != nil {
		return d, err
	}
	return d.Apply(e, r.At), nil
}

func foldPayout(p treasury.Payout, r Record) (treasury.Payout, error) {
	e, err := treasury.DecodePayout(r.Kind, r.Payload)
	if err != nil {
		return p, err
	}
	return p.Apply(e, r.At), nil
}

// dealID takes the id out of a stream's name.
func dealID(stream string) (deal.ID, bool) {
	id, ok := strings.CutPrefix(stream, "deal:")
	return deal.ID(id), ok
}
