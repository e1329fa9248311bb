package treasury

import (
	"fmt"
	"time"
	"unicode/utf8"

	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/ledger"
)

// Notice is what a rail reports about money it has booked for the house. Rail
// and Reference together name the booking: the same pair twice is the same money.
type Notice struct {
	Rail      string       `json:"rail"`
	Reference string       `json:"reference"` // the rail's own id of the booking
	Deal      string       `json:"deal"`      // what the payer wrote, usually the deal's id; may be anything
	Payer     string       `json:"payer"`     // name of the sender as the rail knows it
	Amount    money.Amount `json:"amount"`
	BookedAt  time.Time    `json:"booked_at"`
}

// DepositStage is where a deposit stands.
type DepositStage string

// The stages of a deposit.
const (
	Matched  DepositStage = "matched"  // all of it belongs to a deal
	Suspense DepositStage = "suspense" // some or all of it waits for a decision
	Assigned DepositStage = "assigned" // the rest was credited to a party
	Returned DepositStage = "returned" // the rest was given back to its sender
)

// Deposit is the fold of a deposit's events.
type Deposit struct {
	ID      string
	Version int64
	Notice  Notice
	Stage   DepositStage
	Deal    string // the deal that took some of it
	Applied int64  // minor units taken by the deal
	Rest    int64  // minor units in suspense
	Why     string // code of why there is a rest, such as "unknown_deal", "surplus", "wrong_currency", "not_awaited"
	At      time.Time
}

// Named is the deal that took the deposit or, if none did, the one that its payer
// wrote on it; it may be nobody's.
func (d Deposit) Named() string {
	if d.Deal != "" {
		return d.Deal
	}
	return d.Notice.Deal
}

// DepositStream is the name of a deposit's stream of events.
func DepositStream(id string) string { return "deposit:" + id }

// DepositEvent is something that happened to a deposit.
type DepositEvent interface{ Kind() string }

// The events of a deposit. The JSON names are the form kept in evidence.
type (
	// DepositBooked is the rail's notice and what became of the money at once.
	DepositBooked struct {
		Notice  Notice `json:"notice"`
		Deal    string `json:"deal"`
		Applied int64  `json:"applied"`
		Rest    int64  `json:"rest"`
		Why     string `json:"why"`
	}
	// DepositAssigned credits the rest to a party, by a person of the treasury.
	DepositAssigned struct {
		Party  identity.PartyID `json:"party"`
		Minor  int64            `json:"minor"`
		Reason string           `json:"reason"`
	}
	// DepositReturned gives the rest back by the rail it came from.
	DepositReturned struct {
		Minor  int64  `json:"minor"`
		Reason string `json:"reason"`
	}
)

// Kind is the name of each event in the evidence log.
func (DepositBooked) Kind() string   { return "deposit_booked" }
func (DepositAssigned) Kind() string { return "deposit_assigned" }
func (DepositReturned) Kind() string { return "deposit_returned" }

// Apply folds one event recorded at the given time.
func (d Deposit) Apply(e DepositEvent, at time.Time) Deposit {
	d.Version++
	switch e := e.(type) {
	case DepositBooked:
		d.Notice, d.Deal, d.Applied, d.Rest, d.Why, d.At = e.Notice, e.Deal, e.Applied, e.Rest, e.Why, at
		d.Stage = Matched
		if e.Rest > 0 {
			d.Stage = Suspense
		}
	case DepositAssigned:
		d.Stage, d.Rest = Assigned, 0
	case DepositReturned:
		d.Stage, d.Rest = Returned, 0
	}
	return d
}

// amountMax is the largest sum that evidence records (RFC 7493), in minor units.
const amountMax = 1<<53 - 1

// Booking checks a notice and answers the transfer that brings the money in, to
// suspense. It fails with money.not_positive or treasury.bad_notice.
func Booking(id string, n Notice, now time.Time) (ledger.Transfer, error) {
	if n.Rail == "" || n.Reference == "" || len(n.Reference) > 128 || len(n.Deal) > 256 || len(n.Payer) > 256 {
		return ledger.Transfer{}, fault.New(fault.Invalid, "treasury.bad_notice", "A notice names its rail and the rail's own reference.")
	}
	if !utf8.ValidString(n.Rail+n.Reference) || !utf8.ValidString(n.Deal) || !utf8.ValidString(n.Payer) || n.Amount.Minor() > amountMax {
		return ledger.Transfer{}, fault.New(fault.Invalid, "treasury.bad_notice", "A notice is plain text and names a sum that can be recorded.")
	}
	if !n.Amount.IsPositive() {
		return ledger.Transfer{}, fault.New(fault.Invalid, "money.not_positive", "The amount must be more than zero.").At("amount")
	}
	cur := n.Amount.Currency()
	return transfer(DepositStream(id), 1, ledger.Rail(n.Rail, cur), ledger.Suspense(n.Rail, cur), n.Amount, ledger.ReasonSuspense, now), nil
}

// SuspenseDays is how long unmatched money waits for a person before its clock returns it.
const SuspenseDays = 30

// Due is when the rest goes back by itself, or the zero time if there is none.
func (d Deposit) Due() time.Time {
	if d.Stage != Suspense {
		return time.Time{}
	}
	return d.At.Add(SuspenseDays * 24 * time.Hour)
}

// Assign credits the rest to a party. It fails with treasury.no_rest (Conflict)
// or treasury.no_reason.
func (d Deposit) Assign(party identity.PartyID, reason string, now time.Time) (DepositEvent, ledger.Transfer, error) {
	if err := d.decidable(reason); err != nil {
		return nil, ledger.Transfer{}, err
	}
	cur := d.Notice.Amount.Currency()
	t := transfer(DepositStream(d.ID), d.Version+1, ledger.Suspense(d.Notice.Rail, cur), ledger.Party(string(party), cur), money.New(d.Rest, cur), ledger.ReasonAssigned, now)
	return DepositAssigned{Party: party, Minor: d.Rest, Reason: reason}, t, nil
}

// Return gives the rest back to its sender. It fails as Assign does.
func (d Deposit) Return(reason string, now time.Time) (DepositEvent, ledger.Transfer, error) {
	if err := d.decidable(reason); err != nil {
		return nil, ledger.Transfer{}, err
	}
	cur := d.Notice.Amount.Currency()
	t := transfer(DepositStream(d.ID), d.Version+1, ledger.Suspense(d.Notice.Rail, cur), ledger.Rail(d.Notice.Rail, cur), money.New(d.Rest, cur), ledger.ReasonSuspenseReturned, now)
	return DepositReturned{Minor: d.Rest, Reason: reason}, t, nil
}

func (d Deposit) decidable(reason string) error {
	if d.Stage != Suspense {
		return fault.New(fault.Conflict, "treasury.no_rest", "Nothing of this deposit waits for a decision.")
	}
	if reason == "" {
		return noReason()
	}
	return recordable(reason)
}

// recordable refuses words that no event could hold.
func recordable(words string) error {
	if len(words) > reasonMax || !utf8.ValidString(words) {
		return noReason()
	}
	return nil
}

const reasonMax = 500 // bytes

func noReason() error {
	return fault.New(fault.Invalid, "treasury.no_reason", "Say why, in at most 500 characters.").At("reason")
}

func transfer(stream string, version int64, debit, credit ledger.AccountID, a money.Amount, r ledger.Reason, at time.Time) ledger.Transfer {
	return ledger.Transfer{
		ID: transferID(stream, version), Stage: ledger.Posted, Debit: debit, Credit: credit, Amount: a, Reason: r, Stream: stream, At: at,
	}
}

// transferID follows from the stream and the version of the one event that the
// transfer belongs to.
func transferID(stream string, version int64) ledger.TransferID {
	return ledger.TransferID(fmt.Sprintf("%s/%d/1", stream, version))
}
