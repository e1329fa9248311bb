package ledger

import (
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/money"
)

// TransferID names a transfer; it is used once.
type TransferID string

// Reason says why money moved; it is kept with the transfer and shown in statements.
type Reason string

const (
	// ReasonDeposit is money come in by a rail: rail to party.
	ReasonDeposit Reason = "deposit"
	// ReasonHold is money set aside for a tranche: suspense to deal.
	ReasonHold Reason = "hold"
	// ReasonRelease is held money paid to the seller: deal to party.
	ReasonRelease Reason = "release"
	// ReasonRefund is held money given back to the buyer: deal to party.
	ReasonRefund Reason = "refund"
	// ReasonFee is the price of the house: deal or party to fees.
	ReasonFee Reason = "fee"
	// ReasonPenalty is a penalty of the contract: deal to party or penalty.
	ReasonPenalty Reason = "penalty"
	// ReasonInsurance is a premium: party or deal to insurance.
	ReasonInsurance Reason = "insurance"
	// ReasonPayoutSent is a payout handed to the rail: party to payout.
	ReasonPayoutSent Reason = "payout_sent"
	// ReasonPayoutSettled is a payout the rail has confirmed: payout to rail.
	ReasonPayoutSettled Reason = "payout_settled"
	// ReasonPayoutFailed is a payout come back: payout to party.
	ReasonPayoutFailed Reason = "payout_failed"
	// ReasonSuspense is money come in that nobody can be named for: rail to suspense.
	ReasonSuspense Reason = "suspense"
	// ReasonSuspenseReturned is unmatched money sent back: suspense to rail.
	ReasonSuspenseReturned Reason = "suspense_returned"
	// ReasonAssigned is unmatched money whose owner was found: suspense to party.
	ReasonAssigned Reason = "assigned"
)

// Stage is what a transfer does. The zero Stage is none and is refused.
type Stage uint8

const (
	// Posted moves the money at once.
	Posted Stage = iota + 1
	// Pending reserves the money until it is posted, voided or expired.
	Pending
	// Post moves the money an open pending transfer has reserved.
	Post
	// Void gives the reserve of an open pending transfer back, by decision.
	Void
	// Expire gives the reserve of an open pending transfer back, by time.
	Expire
)

// String returns the stage in a lower-case word, "none" for the zero Stage.
func (s Stage) String() string {
	switch s {
	case 0:
		return "none"
	case Posted:
		return "posted"
	case Pending:
		return "pending"
	case Post:
		return "post"
	case Void:
		return "void"
	case Expire:
		return "expire"
	}
	return "unknown"
}

// Closes reports whether the stage ends a pending transfer.
func (s Stage) Closes() bool { return s == Post || s == Void || s == Expire }

// Transfer is one movement of money, or one step of it.
type Transfer struct {
	ID      TransferID
	Stage   Stage
	Pending TransferID // the transfer that Post, Void or Expire closes; else ""
	Debit   AccountID  // the money leaves here
	Credit  AccountID  // the money arrives here
	Amount  money.Amount
	Reason  Reason
	Stream  string    // the stream of events that caused it, such as a deal's
	At      time.Time // UTC
}

// Closing returns the transfer that closes the pending transfer t by stage:
// its accounts, amount and stream, with an identity, reason and time of its own.
func (t Transfer) Closing(stage Stage, id TransferID, reason Reason, at time.Time) Transfer {
	t.Pending, t.ID = t.ID, id
	t.Stage, t.Reason, t.At = stage, reason, at
	return t
}

// check refuses a transfer that is wrong whatever the balances are.
func (t Transfer) check() error {
	if t.ID == "" {
		return invalid("ledger.no_id", "a transfer needs an identity")
	}
	if t.Stage == 0 || t.Stage > Expire || t.Stage.Closes() != (t.Pending != "") {
		return invalid("ledger.bad_stage", "exactly the stages post, void and expire name a pending transfer")
	}
	debit, ok := t.Debit.parse()
	if !ok {
		return invalid("ledger.bad_account", "this is not the name of an account").At("debit")
	}
	credit, ok := t.Credit.parse()
	if !ok {
		return invalid("ledger.bad_account", "this is not the name of an account").At("credit")
	}
	if t.Debit == t.Credit {
		return invalid("ledger.same_account", "money cannot move from an account to itself")
	}
	if c := t.Amount.Currency(); debit.currency != c || credit.currency != c {
		return invalid("ledger.currency_mismatch", "both accounts and the amount must be of one currency")
	}
	if !t.Amount.IsPositive() {
		return invalid("ledger.not_positive", "a transfer moves more than nothing")
	}
	return nil
}

func invalid(code, message string) *fault.Error { return fault.New(fault.Invalid, code, message) }
