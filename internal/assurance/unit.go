package assurance

import (
	"io"
	"slices"
	"time"

	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/ledger"
	"fondaco/internal/trade/treasury"
)

// unit is one command in the making. It is kept whole or dropped whole.
type unit struct {
	*cycle
	now       time.Time
	by        identity.Actor
	call      Call
	book      *ledger.Book
	streams   map[string]any
	records   []Record
	transfers []ledger.Transfer
	entries   []ledger.Entry
	messages  []Message
	trackings []Tracking
	unused    []Tracking
	secrets   []Secret
	sessions  []Session
	ended     []SessionEnd
	tickets   []Ticket
	lines     []ActivityRow
	counts    []Count
	lists     []ListBody
	passing   []string // streams that nobody is about to ask for again
	rows      touchedRows
}

// touchedRows are the view rows of one command, in the order in which it made them.
type touchedRows struct {
	clocks   []ClockSet
	deals    []DealRow
	duties   []DutySet
	parties  []PartyRow
	deposits []DepositRow
	payouts  []PayoutRow
	persons  []Person
	approved []ApprovalRow
	accounts []PayoutAccountRow
	cases    []CaseRow
	reviews  []ReviewRow
}

// known is the newest state of a stream that is in memory.
func (u *unit) known(stream string) (any, bool) {
	u.cycle.read = append(u.cycle.read, stream)
	if s, ok := u.streams[stream]; ok {
		return s, true
	}
	for layer := u.cycle; layer != nil; layer = layer.under {
		if s, ok := layer.streams[stream]; ok {
			return s, true
		}
	}
	s, ok := u.committer.streams[stream]
	return s, ok
}

// put keeps the state of a stream after the command.
func (u *unit) put(stream string, state any) {
	if u.streams == nil {
		u.streams = map[string]any{}
	}
	u.streams[stream] = state
}

// state finds the newest state of a stream, or folds it from the journal.
func state[S any](u *unit, stream string, fold func(S, Record) (S, error), zero S) (S, error) {
	if s, ok := u.known(stream); ok {
		return s.(S), nil
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
	return recordAs(u, u.by, stream, version, events...)
}

// recordAs appends events under another name than that of who calls.
func recordAs[E event](u *unit, by identity.Actor, stream string, version int64, events ...E) error {
	for i, e := range events {
		payload, err := evidence.Canonical(e)
		if err != nil {
			return err
		}
		r := Record{Stream: stream, Version: version + int64(i) + 1, Kind: e.Kind(), At: u.now, Actor: by.String(), Payload: payload}
		if _, err := io.ReadFull(u.random, r.Salt[:]); err != nil {
			return err
		}
		r.commitment = evidence.Commit(r.Salt, r.Payload)
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

// openAccount spares the journal a question about an account that cannot have been
// used yet. If it had been, its first balance would be refused.
func (u *unit) openAccount(id ledger.AccountID) {
	if _, known := u.book.Balance(id); !known {
		u.committer.book.SetBalance(id, ledger.Balance{})
	}
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
