package treasury

import (
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/ledger"
)

// PayoutStage is where a payout stands.
type PayoutStage string

// The stages of a payout.
const (
	NotInstructed PayoutStage = ""           // nothing recorded yet
	Instructed    PayoutStage = "instructed" // the amount is reserved; the rail has not taken it
	Sent          PayoutStage = "sent"       // the rail has taken it; the money is in transit
	Settled       PayoutStage = "settled"    // the rail says the party has it
	Bounced       PayoutStage = "returned"   // the rail gave it back; it is the party's again
	Dropped       PayoutStage = "cancelled"  // taken back before the rail took it
	TimedOut      PayoutStage = "expired"    // the rail never took it
)

// Payout is the fold of a payout's events.
type Payout struct {
	ID        string
	Version   int64
	Party     identity.PartyID
	Rail      string
	Amount    money.Amount
	Stage     PayoutStage
	Cause     string // what it pays out, such as "deal:<id>"
	Account   string // id of the payout account it goes to
	At        time.Time
	Reference string // the rail's own id
	Failure   string // the rail's code
}

// PayoutStream is the name of a payout's stream of events.
func PayoutStream(id string) string { return "payout:" + id }

// PayoutEvent is something that happened to a payout.
type PayoutEvent interface{ Kind() string }

// The events of a payout. The JSON names are the form kept in evidence.
type (
	// PayoutInstructed reserves the amount.
	PayoutInstructed struct {
		Party  identity.PartyID `json:"party"`
		Rail   string           `json:"rail"`
		Amount money.Amount     `json:"amount"`
		Cause  string           `json:"cause"`
		// Account is the payout account it goes to; empty where the house keeps none.
		Account string `json:"account,omitempty"`
	}
	// PayoutSent says that the rail has taken the instruction.
	PayoutSent struct {
		Reference string `json:"reference"`
	}
	// PayoutSettled says that the money has arrived.
	PayoutSettled struct {
		Reference string `json:"reference"`
	}
	// PayoutReturned says that the rail gave the money back.
	PayoutReturned struct {
		Reference string `json:"reference"`
		Failure   string `json:"failure"`
	}
	// PayoutCancelled takes back an instruction.
	PayoutCancelled struct {
		Reason string `json:"reason"`
	}
	// PayoutExpired says that the rail never took the instruction.
	PayoutExpired struct{}
)

// Kind is the name of each event in the evidence log.
func (PayoutInstructed) Kind() string { return "payout_instructed" }
func (PayoutSent) Kind() string       { return "payout_sent" }
func (PayoutSettled) Kind() string    { return "payout_settled" }
func (PayoutReturned) Kind() string   { return "payout_returned" }
func (PayoutCancelled) Kind() string  { return "payout_cancelled" }
func (PayoutExpired) Kind() string    { return "payout_expired" }

// Apply folds one event recorded at the given time.
func (p Payout) Apply(e PayoutEvent, at time.Time) Payout {
	p.Version++
	switch e := e.(type) {
	case PayoutInstructed:
		p.Party, p.Rail, p.Amount, p.Cause, p.Account, p.Stage, p.At = e.Party, e.Rail, e.Amount, e.Cause, e.Account, Instructed, at
	case PayoutSent:
		p.Stage, p.Reference = Sent, e.Reference
	case PayoutSettled:
		p.Stage = Settled
	case PayoutReturned:
		p.Stage, p.Failure = Bounced, e.Failure
	case PayoutCancelled:
		p.Stage = Dropped
	case PayoutExpired:
		p.Stage = TimedOut
	}
	return p
}

// InstructDays is how long an instruction waits for the rail to take it.
const InstructDays = 5

// Due is when an instruction that the rail has not taken expires, or the zero time.
func (p Payout) Due() time.Time {
	if p.Stage != Instructed {
		return time.Time{}
	}
	return p.At.Add(InstructDays * 24 * time.Hour)
}

// Instruct reserves an amount of the party's money. It fails with
// money.not_positive, treasury.no_reason or treasury.payout_known (Conflict); the ledger refuses more
// than the party has.
func (p Payout) Instruct(c PayoutInstructed, now time.Time) (PayoutEvent, ledger.Transfer, error) {
	if p.Stage != NotInstructed {
		return nil, ledger.Transfer{}, wrongStage(p.Stage)
	}
	if !c.Amount.IsPositive() {
		return nil, ledger.Transfer{}, fault.New(fault.Invalid, "money.not_positive", "The amount must be more than zero.").At("amount")
	}
	if err := recordable(c.Cause); err != nil {
		return nil, ledger.Transfer{}, err
	}
	t := p.move(p.Version+1, ledger.Party(string(c.Party), c.Amount.Currency()), ledger.Payout(p.ID, c.Amount.Currency()), c.Amount, ledger.ReasonPayoutSent, now)
	t.Stage = ledger.Pending
	return c, t, nil
}

// Send records that the rail has taken the instruction.
func (p Payout) Send(reference string, now time.Time) (PayoutEvent, ledger.Transfer, error) {
	if p.Stage != Instructed {
		return nil, ledger.Transfer{}, wrongStage(p.Stage)
	}
	return PayoutSent{Reference: reference}, p.close(ledger.Post, now), nil
}

// Settle records that the party has the money.
func (p Payout) Settle(reference string, now time.Time) (PayoutEvent, ledger.Transfer, error) {
	if p.Stage != Sent {
		return nil, ledger.Transfer{}, wrongStage(p.Stage)
	}
	cur := p.Amount.Currency()
	return PayoutSettled{Reference: reference}, p.move(p.Version+1, ledger.Payout(p.ID, cur), ledger.Rail(p.Rail, cur), p.Amount, ledger.ReasonPayoutSettled, now), nil
}

// Bounce records that the rail gave the money back.
func (p Payout) Bounce(reference, failure string, now time.Time) (PayoutEvent, ledger.Transfer, error) {
	if p.Stage != Sent {
		return nil, ledger.Transfer{}, wrongStage(p.Stage)
	}
	cur := p.Amount.Currency()
	return PayoutReturned{Reference: reference, Failure: failure}, p.move(p.Version+1, ledger.Payout(p.ID, cur), ledger.Party(string(p.Party), cur), p.Amount, ledger.ReasonPayoutFailed, now), nil
}

// Cancel takes back an instruction that the rail has not taken. It fails with
// treasury.no_reason if the reason cannot be kept; it may be empty.
func (p Payout) Cancel(reason string, now time.Time) (PayoutEvent, ledger.Transfer, error) {
	if p.Stage != Instructed {
		return nil, ledger.Transfer{}, wrongStage(p.Stage)
	}
	if err := recordable(reason); err != nil {
		return nil, ledger.Transfer{}, err
	}
	return PayoutCancelled{Reason: reason}, p.close(ledger.Void, now), nil
}

// Expire is the default outcome of an instruction that the rail never took. It
// fails with treasury.not_lapsed before its time.
func (p Payout) Expire(now time.Time) (PayoutEvent, ledger.Transfer, error) {
	if p.Stage != Instructed {
		return nil, ledger.Transfer{}, wrongStage(p.Stage)
	}
	if !now.After(p.Due()) {
		return nil, ledger.Transfer{}, fault.New(fault.Refused, "treasury.not_lapsed", "The rail still has time to take this payout.")
	}
	return PayoutExpired{}, p.close(ledger.Expire, now), nil
}

// close ends the reservation made by Instruct, whose transfer is the first of the stream.
func (p Payout) close(stage ledger.Stage, now time.Time) ledger.Transfer {
	cur := p.Amount.Currency()
	t := p.move(p.Version+1, ledger.Party(string(p.Party), cur), ledger.Payout(p.ID, cur), p.Amount, ledger.ReasonPayoutSent, now)
	t.Stage, t.Pending = stage, transferID(PayoutStream(p.ID), 1)
	return t
}

func (p Payout) move(version int64, debit, credit ledger.AccountID, a money.Amount, r ledger.Reason, now time.Time) ledger.Transfer {
	return transfer(PayoutStream(p.ID), version, debit, credit, a, r, now)
}

func wrongStage(s PayoutStage) error {
	return fault.New(fault.Conflict, "treasury.wrong_stage", "The payout is {stage}; this cannot be done now.").With("stage", string(s))
}
