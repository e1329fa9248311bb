package assurance

import (
	"context"
	"errors"
	"time"

	"fondaco/internal/money"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/ledger"
)

// ErrNotNew is why a batch is not written that holds an idempotency key which has been
// answered, or a tracking number which another deal has announced, while everything
// else that it was decided on may well be as it was.
var ErrNotNew = errors.New("a key or a tracking number is known already")

// Journal is the durable record: what the committer reads and writes.
type Journal interface {
	// Commit writes the whole batch in one durable transaction, or nothing. It calls
	// place with the end of the log; place gives the batch its sequences, Hashes and
	// Answers, may read through this port meanwhile, and undoes everything by an
	// error. Nobody else can append between the end that place has seen last and the
	// batch: if the end turns out to be another, place is called again. A batch that only confirms is not placed: Commit returns when all that can
	// be read is durable. Commit fails with fault code store.conflict when a stream version, a
	// balance or an idempotency key has been taken before, or another deal has announced
	// a tracking number that was decided as Unused; the latter two are because of
	// ErrNotNew. Afterwards Balances hold what is stored.
	Commit(ctx context.Context, b *Batch, place func(end Tail) error) error
	// Touched lists, once each, the streams of the records with from <= sequence < to.
	Touched(ctx context.Context, from, to int64) ([]string, error)
	// Records reads a stream after the given version, in order.
	Records(ctx context.Context, stream string, after int64) ([]Record, error)
	// Balances reads accounts; an account never used is left out.
	Balances(ctx context.Context, ids []ledger.AccountID) (map[ledger.AccountID]ledger.Balance, error)
	// Pendings reads pending transfers; open says whether each is still open.
	Pendings(ctx context.Context, ids []ledger.TransferID) ([]PendingRow, error)
	// Answers reads what idempotency keys have been answered before.
	Answers(ctx context.Context, keys []AnswerKey) ([]Answer, error)
	// TrackingUsed lists those of the tracking numbers that a deal other than the one
	// named beside has announced.
	TrackingUsed(ctx context.Context, ts []Tracking) ([]Tracking, error)
	// Tail is where the log ends.
	Tail(ctx context.Context) (Tail, error)
	// Hashes reads stored tree hashes by their tlog storage index.
	Hashes(ctx context.Context, indexes []int64) ([]evidence.Hash, error)
}

// Views are what pages and lists read. They are written in the same transaction
// as the facts they show.
type Views interface {
	Deals(ctx context.Context, q DealQuery) ([]DealRow, error)
	Duties(ctx context.Context, party identity.PartyID, limit int) ([]DutyRow, error)
	Party(ctx context.Context, id identity.PartyID) (PartyRow, error) // NotFound party.not_found
	Parties(ctx context.Context, q PartyQuery) ([]PartyRow, error)
	Deposits(ctx context.Context, q MoneyQuery) ([]DepositRow, error)
	Payouts(ctx context.Context, q MoneyQuery) ([]PayoutRow, error)
	// Statement lists the entries of one account, newest first, before the given
	// account version (0 for the newest).
	Statement(ctx context.Context, account ledger.AccountID, before int64, limit int) ([]StatementLine, error)
	// Accounts lists balances whose account id begins with prefix, in order of id,
	// after the given id; an empty prefix lists all.
	Accounts(ctx context.Context, prefix string, after ledger.AccountID, limit int) ([]AccountRow, error)
}

// Holdings answer at once what would else be asked deal by deal.
type Holdings interface {
	// Held sums what is held for the deals of a party, by side and currency.
	Held(ctx context.Context, party identity.PartyID) ([]HeldRow, error)
	// OpenCount is how many open deals a party has, or most if it has more.
	OpenCount(ctx context.Context, party identity.PartyID, most int) (int, error)
	// OpenDealsOf lists the open deals of a party, as they are at one moment.
	OpenDealsOf(ctx context.Context, party identity.PartyID) ([]OpenDeal, error)
	// DutiesIn lists what a party owes or may do in the deals, the most urgent first, as
	// Duties does.
	DutiesIn(ctx context.Context, party identity.PartyID, deals []deal.ID) ([]DutyRow, error)
	// Reach is the oldest deal that a search looks at which looks through the most newest
	// ones, on each side of a company, before q.Before; empty if there are no more.
	Reach(ctx context.Context, q DealQuery, most int) (deal.ID, error)
	// Begun lists, once each, those of the deals that a deposit has come for.
	Begun(ctx context.Context, deals []deal.ID) ([]deal.ID, error)
	// RecordsOf reads several streams, each in order, one after the other.
	RecordsOf(ctx context.Context, streams []string) ([]Record, error)
	// PartiesOf reads those of the companies that are registered, in no order.
	PartiesOf(ctx context.Context, ids []identity.PartyID) ([]PartyRow, error)
}

// Schedule is what the worker reads and marks.
type Schedule interface {
	// DueClocks lists clocks whose instant is before now, the earliest first.
	DueClocks(ctx context.Context, now time.Time, limit int) ([]ClockRow, error)
	// DueMessages lists waiting outbox messages whose next attempt is due, in order.
	DueMessages(ctx context.Context, now time.Time, limit int) ([]Message, error)
	// MessageDone marks a message as carried out.
	MessageDone(ctx context.Context, id string, at time.Time) error
	// MessageFailed counts an attempt and sets the next one; dead stops trying.
	MessageFailed(ctx context.Context, id, lastError string, next time.Time, dead bool) error
	// DeadMessages lists messages that were given up.
	DeadMessages(ctx context.Context, limit int) ([]Message, error)
	// Setting reads a value of the house, "" if never set; SetSetting writes it.
	Setting(ctx context.Context, name string) (string, error)
	SetSetting(ctx context.Context, name, value string) error
	// OpenDeals lists deals that are not closed, in order of id after the given id.
	OpenDeals(ctx context.Context, after string, limit int) ([]string, error)
}

// Archive is the whole log as auditors read it.
type Archive interface {
	// Size is the number of durable entries.
	Size(ctx context.Context) (int64, error)
	Hashes(ctx context.Context, indexes []int64) ([]evidence.Hash, error)
	// Range reads records with from <= sequence < to, in order. Sequences count from 0.
	Range(ctx context.Context, from, to int64) ([]Record, error)
	// AllTransfers and AllEntries read the ledger in order, after a position, for rebuilding.
	AllTransfers(ctx context.Context, after int64, limit int) (rows []ledger.Transfer, last int64, err error)
	AllEntries(ctx context.Context, after int64, limit int) (rows []ledger.Entry, last int64, err error)
	// Streams lists the streams of a kind ("deal:", "payout:", …) in order, after the given name.
	Streams(ctx context.Context, kind, after string, limit int) ([]string, error)
	SaveCheckpoint(ctx context.Context, size int64, note []byte, at time.Time) error
	Checkpoints(ctx context.Context) ([][]byte, error)
}

// Rail executes payouts. It answers later, through the House. It moves no money
// before the House has accepted its word PayoutTaken: a payout may have been
// cancelled or have expired meanwhile, and then the House refuses and the rail drops it.
type Rail interface {
	// Name is the rail's part of account names, such as "sandbox".
	Name() string
	// Send hands a payout to the rail. The key is stable: the same key twice is
	// one payment. An error means that the rail has not taken it.
	Send(ctx context.Context, o PayoutOrder) error
	// Return sends booked money back where it came from (in ISO 20022 a pacs.004).
	// The house has taken it out of its books already. The same deposit twice is
	// one return.
	Return(ctx context.Context, o ReturnOrder) error
}

// PayoutOrder is an instruction to a rail.
type PayoutOrder struct {
	PayoutID string           `json:"payout"`
	Party    identity.PartyID `json:"party"`
	Amount   money.Amount     `json:"amount"`
	Rail     string           `json:"rail"`
	Payee    *Payee           `json:"payee,omitempty"` // nil where the house keeps no payout accounts
}

// Payee is the account that a payout goes to.
type Payee struct {
	Account string `json:"account"` // its id in the house
	Holder  string `json:"holder"`
	Number  string `json:"number"` // IBAN (ISO 13616) or account number
	BIC     string `json:"bic"`    // ISO 9362
	Country string `json:"country"`
}

// ReturnOrder asks a rail to send back what is left of a deposit.
type ReturnOrder struct {
	DepositID string       `json:"deposit"`
	Rail      string       `json:"rail"`
	Reference string       `json:"reference"` // the rail's own id of the booking
	Amount    money.Amount `json:"amount"`
}

// Bank lets a sandbox play the outside world: it is never wired in a real house.
type Bank interface {
	// Simulate plays a buyer's transfer. It answers at once; notices follow.
	Simulate(ctx context.Context, s Simulation) error
}

// Simulation is a transfer to be played.
type Simulation struct {
	Deal     string       `json:"deal"`
	Amount   money.Amount `json:"amount"`
	Payer    string       `json:"payer"`
	Scenario string       `json:"scenario"` // "exact", "short", "over", "duplicate", "late", "failure", "wrong_currency"
	Key      string       `json:"-"`        // the same key is the same transfer, however often it is asked for; "" is always another
}

// Clock is the house's time.
type Clock interface{ Now() time.Time }

// Record is one event as stored: the entry of the evidence log and its payload.
type Record struct {
	Sequence int64 // position in the log, from 0
	Stream   string
	Version  int64 // position in the stream, from 1
	Kind     string
	At       time.Time // microseconds, UTC
	Actor    string
	Salt     [evidence.SaltSize]byte
	Payload  []byte        // canonical JSON
	Sealed   evidence.Hash // of salt and payload where these are kept back; else zero

	commitment evidence.Hash // of salt and payload, if it has been worked out already
	leaf       evidence.Hash // of the entry at its sequence, if it has been worked out already
}

// sealed is the record without what only readers of its stream may see.
func (r Record) sealed() Record {
	r.Sealed = evidence.Commit(r.Salt, r.Payload)
	r.Salt, r.Payload = [evidence.SaltSize]byte{}, nil
	return r
}

// Entry is the public part of a record: everything but salt and payload.
func (r Record) Entry() evidence.Entry {
	e := evidence.Entry{
		Sequence: r.Sequence, Stream: r.Stream, Version: r.Version, Kind: r.Kind, At: r.At, Actor: r.Actor, Commitment: r.Sealed,
	}
	if r.Sealed != (evidence.Hash{}) {
		return e
	}
	if e.Commitment = r.commitment; e.Commitment == (evidence.Hash{}) {
		e.Commitment = evidence.Commit(r.Salt, r.Payload)
	}
	return e
}

// Tail is where the log ends.
type Tail struct {
	Size int64 // entries
	At   time.Time
}
