package rail

import (
	"time"
	"unicode/utf8"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/treasury"
)

// Scenario is what becomes of a simulated transfer. Its amount is what the buyer
// was asked to pay.
type Scenario string

// The scenarios of transfers.
const (
	Exact         Scenario = "exact"          // the whole amount is booked
	Short         Scenario = "short"          // nine tenths of it, rounded down
	Over          Scenario = "over"           // eleven tenths of it, rounded up
	Duplicate     Scenario = "duplicate"      // the whole amount, and the bank tells it twice
	Late          Scenario = "late"           // the whole amount, Config.LateBy later by the house's clock
	Failure       Scenario = "failure"        // the bank rejects it; nothing is booked
	WrongCurrency Scenario = "wrong_currency" // as many minor units of another currency: EUR, or USD if it was EUR
)

// Scenarios lists every scenario in the order above.
func Scenarios() []Scenario {
	return []Scenario{Exact, Short, Over, Duplicate, Late, Failure, WrongCurrency}
}

// Course is what becomes of the payouts to one party.
type Course string

// The courses of payouts.
const (
	Pays     Course = ""         // sent, then settled
	Returns  Course = "returns"  // sent, then returned with ClosedAccount
	Repeats  Course = "repeats"  // as Pays, but every notice is told twice
	Reorders Course = "reorders" // as Pays, but settled is told before sent
)

// ClosedAccount is the code of a returned payout: a closed account number
// (ISO 20022 external return reason AC04).
const ClosedAccount = "AC04"

const (
	textMax  = 256
	minorMax = 1<<53 - 1 // JSON readers keep whole numbers up to here (RFC 7493)
)

// transfer turns a simulation into the amount that is booked.
func transfer(s assurance.Simulation) (money.Amount, error) {
	if len(s.Deal) > textMax || len(s.Payer) > textMax || !utf8.ValidString(s.Deal) || !utf8.ValidString(s.Payer) {
		return money.Amount{}, fault.New(fault.Invalid, "rail.bad_text", "Give the deal and the payer in at most 256 bytes of text each.")
	}
	a := s.Amount
	if !a.IsPositive() || a.Minor() > minorMax {
		return money.Amount{}, fault.New(fault.Invalid, "rail.bad_amount", "The amount must be more than zero, and at most 2^53-1 minor units.").At("amount")
	}
	tenth := (a.Minor() + 9) / 10
	switch Scenario(s.Scenario) {
	case Exact, Duplicate, Late, Failure:
	case Short:
		if a.Minor() == 1 {
			return money.Amount{}, fault.New(fault.Invalid, "rail.bad_amount", "One minor unit cannot be paid short.").At("amount")
		}
		a = money.New(a.Minor()-tenth, a.Currency())
	case Over:
		if a.Minor() > minorMax-tenth {
			return money.Amount{}, fault.New(fault.Invalid, "rail.bad_amount", "This amount is too large to be overpaid.").At("amount")
		}
		a = money.New(a.Minor()+tenth, a.Currency())
	case WrongCurrency:
		other := money.MustCurrency("EUR")
		if a.Currency() == other {
			other = money.MustCurrency("USD")
		}
		a = money.New(a.Minor(), other)
	default:
		return money.Amount{}, fault.New(fault.Invalid, "rail.unknown_scenario", "No scenario has the name {scenario}.").With("scenario", s.Scenario).At("scenario")
	}
	return a, nil
}

// errand is a chain of notices, told one after the other.
type errand struct {
	subject string                  // what it is about, for the statement: a deal or a payout
	amount  money.Amount            // likewise
	notices []notice                // still to be told, in order
	due     time.Time               // by the house's clock; the zero time for at once
	retryAt time.Time               // by the machine's clock
	tries   int                     // of the first notice
	started bool                    // the first notice has been tried
	last    assurance.PayoutOutcome // of a payout: what the house has accepted last
}

// notice is one thing to tell the house: about a deposit, or about a payout.
type notice struct {
	deposit treasury.Notice
	payout  assurance.PayoutNotice
	keyed   bool // the deposit may be told by another node too
}

func (n notice) aboutPayout() bool { return n.payout.PayoutID != "" }

// payoutErrands are the notices of a payout by its course. The reference follows
// from the id, so that a notice told again after a restart is the same notice.
func payoutErrands(o assurance.PayoutOrder, course Course) []*errand {
	reference := Name + "-" + o.PayoutID
	tell := func(out assurance.PayoutOutcome) notice {
		n := assurance.PayoutNotice{PayoutID: o.PayoutID, Outcome: out, Reference: reference}
		if out == assurance.PayoutReturned {
			n.Failure = ClosedAccount
		}
		return notice{payout: n}
	}
	chain := func(outcomes ...assurance.PayoutOutcome) *errand {
		e := &errand{subject: treasury.PayoutStream(o.PayoutID), amount: o.Amount}
		for _, out := range outcomes {
			e.notices = append(e.notices, tell(out))
		}
		return e
	}
	switch course {
	case Pays:
	case Returns:
		return []*errand{chain(assurance.PayoutTaken, assurance.PayoutReturned)}
	case Repeats:
		return []*errand{chain(assurance.PayoutTaken, assurance.PayoutTaken, assurance.PayoutArrived, assurance.PayoutArrived)}
	case Reorders:
		return []*errand{chain(assurance.PayoutArrived), chain(assurance.PayoutTaken)}
	}
	return []*errand{chain(assurance.PayoutTaken, assurance.PayoutArrived)}
}
