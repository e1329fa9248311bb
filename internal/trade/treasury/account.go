package treasury

import (
	"slices"
	"time"

	"fondaco/internal/trade/identity"
)

// AccountStage is where a payout account stands.
type AccountStage string

// The stages of a payout account.
const (
	NotProposed AccountStage = ""          // nothing recorded yet
	Proposed    AccountStage = "proposed"  // waits for a second person; payouts wait; [ProposalDays] end it
	Waiting     AccountStage = "waiting"   // approved; the hold runs; payouts wait; the clock ends it
	Current     AccountStage = "current"   // payouts go here, until another account takes its place
	Withdrawn   AccountStage = "cancelled" // taken back before it became current, or never approved; final
	Replaced    AccountStage = "replaced"  // another account took its place; final
	Refused     AccountStage = "refused"   // staff of the house said no; final
)

// AccountStages lists every stage after the first, in the order above.
func AccountStages() []AccountStage {
	return []AccountStage{Proposed, Waiting, Current, Withdrawn, Replaced, Refused}
}

// PayoutAccount is the fold of a payout account's events. Of all accounts of a
// party at most one is current, and at most one is frozen.
type PayoutAccount struct {
	ID       string
	Version  int64
	Party    identity.PartyID
	Holder   string // the bank's name for whoever owns the account
	Number   string // IBAN or account number, compact capitals; show it by [Masked]
	BIC      string // ISO 9362, compact capitals; may be empty beside an IBAN
	BankName string // may be empty
	Country  string // where the account is held, ISO 3166-1 alpha-2
	Currency string // ISO 4217
	Match    NameMatch
	Stage    AccountStage

	ProposedBy     identity.PersonID
	ApprovedBy     identity.PersonID
	ApprovedOffice identity.Office // Member, or Treasury where staff stood in

	HoldHours int
	At        time.Time // when it was proposed
	Since     time.Time // when its present stage began
	Due       time.Time // when the hold ends; zero before the approval
	Why       string    // the reason of a cancellation or refusal; "not_approved" when the clock ended it
	Successor string    // the account that took its place
}

// PayoutAccountStream is the name of a payout account's stream of events.
func PayoutAccountStream(id string) string { return "payout_account:" + id }

// The hold of a payout account, and how long a proposal waits for a second person.
const (
	HoldHoursMin = 72
	HoldHoursMax = 8760
	ProposalDays = 14
)

// Frozen reports whether all payouts of the party wait because of this account.
func (a PayoutAccount) Frozen() bool { return a.Stage == Proposed || a.Stage == Waiting }

// Next is when the clock does something with the account by itself, and the
// command that it then gives; no command if the account has no clock. The
// command is refused at that very moment and taken after it.
func (a PayoutAccount) Next() (time.Time, AccountCommand) {
	switch a.Stage {
	case Proposed:
		return a.At.Add(ProposalDays * 24 * time.Hour), Lapse{}
	case Waiting:
		return a.Due, Activate{}
	case NotProposed, Current, Withdrawn, Replaced, Refused:
	}
	return time.Time{}, nil
}

// Predecessors are the accounts among others that a must replace, in the same
// commit, when it becomes current.
func (a PayoutAccount) Predecessors(others []PayoutAccount) []PayoutAccount {
	var old []PayoutAccount
	for _, o := range others {
		if o.ID != a.ID && o.Party == a.Party && o.Stage == Current {
			old = append(old, o)
		}
	}
	return old
}

// AccountCommand is something that somebody wants done with a payout account.
type AccountCommand interface{ accountCommand() }

// The commands of a payout account. Who may give them is decided by the
// policies of identity; the rules here hold for everybody.
type (
	// Propose names an account of the party. Others are the party's other
	// accounts as they stand in the same commit.
	Propose struct {
		Party     identity.PartyID
		Holder    string
		Number    string // IBAN or account number, spaces allowed
		BIC       string
		BankName  string
		Country   string
		Currency  string
		LegalName string // of the verified company
		HoldHours int    // of the house; at least HoldHoursMin
		By        identity.PersonID
		Others    []PayoutAccount
	}
	// Approve is the second person's consent. It starts the hold. Office is
	// Member or Treasury. SoleMember says that the company has nobody but the
	// proposer who could approve.
	Approve struct {
		By         identity.PersonID
		Office     identity.Office
		SoleMember bool
	}
	// Activate makes the account current, by the clock, after the hold.
	Activate struct{}
	// Lapse ends a proposal that nobody approved, by the clock.
	Lapse struct{}
	// Cancel takes the account back before it is current. Why may be empty.
	Cancel struct {
		By  identity.PersonID
		Why string
	}
	// Replace ends a current account, because the successor takes its place in
	// the same commit.
	Replace struct{ Successor string }
	// Refuse is the no of the house's staff, with its reason.
	Refuse struct {
		By  identity.PersonID
		Why string
	}
)

func (Propose) accountCommand()  {}
func (Approve) accountCommand()  {}
func (Activate) accountCommand() {}
func (Lapse) accountCommand()    {}
func (Cancel) accountCommand()   {}
func (Replace) accountCommand()  {}
func (Refuse) accountCommand()   {}

// AccountEvent is something that happened to a payout account.
type AccountEvent interface{ Kind() string }

// The events of a payout account. The JSON names are the form kept in evidence.
type (
	// AccountProposed describes the account and how its holder's name compares.
	AccountProposed struct {
		Party     identity.PartyID  `json:"party"`
		Holder    string            `json:"holder"`
		Number    string            `json:"number"`
		BIC       string            `json:"bic"`
		BankName  string            `json:"bank_name"`
		Country   string            `json:"country"`
		Currency  string            `json:"currency"`
		LegalName string            `json:"legal_name"`
		Match     NameMatch         `json:"match"`
		HoldHours int               `json:"hold_hours"`
		By        identity.PersonID `json:"by"`
	}
	// AccountApproved starts the hold.
	AccountApproved struct {
		By     identity.PersonID `json:"by"`
		Office identity.Office   `json:"office"`
	}
	// AccountActivated says that the hold is over.
	AccountActivated struct{}
	// AccountCancelled takes the account back; By is empty when the clock did it.
	AccountCancelled struct {
		By  identity.PersonID `json:"by"`
		Why string            `json:"why"`
	}
	// AccountReplaced says which account took its place.
	AccountReplaced struct {
		Successor string `json:"successor"`
	}
	// AccountRefused is the no of staff.
	AccountRefused struct {
		By  identity.PersonID `json:"by"`
		Why string            `json:"why"`
	}
)

// Kind is the name of each event in the evidence log.
func (AccountProposed) Kind() string  { return "payout_account_proposed" }
func (AccountApproved) Kind() string  { return "payout_account_approved" }
func (AccountActivated) Kind() string { return "payout_account_activated" }
func (AccountCancelled) Kind() string { return "payout_account_cancelled" }
func (AccountReplaced) Kind() string  { return "payout_account_replaced" }
func (AccountRefused) Kind() string   { return "payout_account_refused" }

// Apply folds one event recorded at the given time.
func (a PayoutAccount) Apply(e AccountEvent, at time.Time) PayoutAccount {
	a.Version++
	a.Since = at
	switch e := e.(type) {
	case AccountProposed:
		a.Party, a.Holder, a.Number, a.BIC, a.BankName = e.Party, e.Holder, e.Number, e.BIC, e.BankName
		a.Country, a.Currency, a.Match, a.HoldHours = e.Country, e.Currency, e.Match, e.HoldHours
		a.Match.Words = slices.Clone(e.Match.Words)
		a.Stage, a.ProposedBy, a.At = Proposed, e.By, at
	case AccountApproved:
		a.Stage, a.ApprovedBy, a.ApprovedOffice = Waiting, e.By, e.Office
		a.Due = at.Add(time.Duration(a.HoldHours) * time.Hour)
	case AccountActivated:
		a.Stage = Current
	case AccountCancelled:
		a.Stage, a.Why = Withdrawn, e.Why
	case AccountReplaced:
		a.Stage, a.Successor = Replaced, e.Successor
	case AccountRefused:
		a.Stage, a.Why = Refused, e.Why
	}
	return a
}

// DecodeAccount reads a payload back by the kind of its event. It fails as DecodeDeposit does.
func DecodeAccount(kind string, payload []byte) (AccountEvent, error) {
	switch kind {
	case AccountProposed{}.Kind():
		return decode[AccountEvent, AccountProposed](kind, payload)
	case AccountApproved{}.Kind():
		return decode[AccountEvent, AccountApproved](kind, payload)
	case AccountActivated{}.Kind():
		return decode[AccountEvent, AccountActivated](kind, payload)
	case AccountCancelled{}.Kind():
		return decode[AccountEvent, AccountCancelled](kind, payload)
	case AccountReplaced{}.Kind():
		return decode[AccountEvent, AccountReplaced](kind, payload)
	case AccountRefused{}.Kind():
		return decode[AccountEvent, AccountRefused](kind, payload)
	}
	return nil, badEvent(kind)
}
