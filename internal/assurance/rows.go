package assurance

import (
	"encoding/json"
	"slices"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/account"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/ledger"
	"fondaco/internal/trade/treasury"
)

// Batch is everything that one commit writes. Rows of views are whole and
// replace what was there; each view row occurs once.
type Batch struct {
	Records   []Record
	Hashes    []evidence.StoredHash
	Transfers []ledger.Transfer
	Entries   []ledger.Entry
	Balances  []BalanceChange
	Closed    []ledger.TransferID // pending transfers that are open no more
	Clocks    []ClockSet
	Messages  []Message
	Answers   []Answer
	Refusals  []Refusal
	Trackings []Tracking
	Unused    []Tracking // of Trackings, decided as announced by no other deal; where one is, the batch fails with store.conflict
	Deals     []DealRow
	Duties    []DutySet
	Parties   []PartyRow
	Deposits  []DepositRow
	Payouts   []PayoutRow
	Confirm   bool // nothing is written: what was read must be durable before it is told

	Persons        []Person     // whole, by id; an address that another has fails the batch with people.email_taken
	Secrets        []Secret     // by name; one without data is removed
	Sessions       []Session    // new ones
	Ended          []SessionEnd // of sessions that are there
	Tickets        []Ticket
	Activities     []ActivityRow // new lines; place gives their sequences
	Counts         []Count       // N is added
	Approvals      []ApprovalRow
	PayoutAccounts []PayoutAccountRow

	Lists   []ListBody // new versions
	Cases   []CaseRow
	Reviews []ReviewRow // by deal and From
}

// BalanceChange is an account before the batch, as it was decided on (nothing if
// it did not exist), and after it. If others have moved the account meanwhile, the
// difference is what counts.
type BalanceChange struct {
	Account ledger.AccountID
	Was     ledger.Balance
	Now     ledger.Balance
}

// PendingRow is a pending transfer and whether it is still open.
type PendingRow struct {
	Transfer ledger.Transfer
	Open     bool
}

// ClockSet replaces the running clocks of a stream. Was is what is stored of them.
type ClockSet struct {
	Stream string
	Was    []ClockRow
	Clocks []ClockRow
}

// Changed reports whether there is anything to write.
func (s ClockSet) Changed() bool { return !slices.Equal(s.Was, s.Clocks) }

// ClockRow is a running clock; its lapse is due strictly after At.
type ClockRow struct {
	Stream string
	Clock  string
	Ref    string
	At     time.Time
}

// Message is work for the outside world, carried out at least once after the commit.
type Message struct {
	ID       string // stable: stream, version and number
	Topic    string // one of the topics below
	Payload  []byte
	Attempts int
	NextAt   time.Time
	Error    string
}

// The topics of messages.
const (
	TopicPayout     = "payout.send"    // payload: PayoutOrder
	TopicAutoPayout = "payout.auto"    // payload: AutoPayout
	TopicReturn     = "deposit.return" // payload: ReturnOrder
)

// AutoPayout asks for a payout of what a deal has just credited to a party.
type AutoPayout struct {
	Party  identity.PartyID `json:"party"`
	Amount money.Amount     `json:"amount"`
	Cause  string           `json:"cause"`
}

// AnswerKey is an idempotency key within one caller.
type AnswerKey struct {
	Caller string
	Key    string
}

// Answer is what a key has been answered, with the hash of its input.
type Answer struct {
	AnswerKey
	Input    evidence.Hash
	Response []byte
	At       time.Time
}

// Refusal is a line of the audit log: what was asked and refused.
type Refusal struct {
	At      time.Time
	Actor   string
	Stream  string
	Command string
	Code    string
}

// Tracking remembers a tracking number for ever.
type Tracking struct {
	Carrier string
	Number  string
	Deal    string
}

// DealRow is a deal in a list. Sums are minor units of Currency.
type DealRow struct {
	ID         deal.ID
	Title      string
	Buyer      identity.PartyID
	Seller     identity.PartyID
	BuyerName  string // filled when read
	SellerName string // filled when read
	Phase      deal.Phase
	Outcome    deal.Outcome
	Currency   money.Currency
	Total      int64
	Held       int64
	Disputed   int64
	Released   int64
	Refunded   int64
	Fees       int64
	OpenClaims int
	Frozen     bool
	Relisted   bool             // written only: it is new, or has another title or other parties
	Closed     *ClosedDeal      // written only, if the deal is over
	Private    identity.PartyID // the writer, while a draft has never been offered: nobody else lists it
	NextAt     time.Time        // the earliest running clock, zero if none
	Version    int64
	DraftedAt  time.Time
	UpdatedAt  time.Time
}

// DutySet replaces the duties of a deal. Was is what is stored of them.
type DutySet struct {
	Deal deal.ID
	Was  []DutyRow
	Rows []DutyRow
}

// Changed reports whether there is anything to write.
func (s DutySet) Changed() bool { return !slices.Equal(s.Was, s.Rows) }

// DutyRow is one obligation of one party (or of the house, with an empty party).
type DutyRow struct {
	Deal         deal.ID
	Title        string // filled when read
	Counterparty string // filled when read: the legal name of the other party
	Party        identity.PartyID
	Obligation   deal.Obligation
}

// OpenDeal is what a company holds and owes in a deal that is not closed.
type OpenDeal struct {
	Deal     deal.ID
	Side     identity.Side  // the company's
	Currency money.Currency // none in a draft that has not chosen yet
	Held     int64          // minor units
	Dues     []Due          // of the company, in the order of their places
}

// PartyRow is a company as lists show it.
type PartyRow struct {
	identity.Party
	RegisteredAt  time.Time
	Standing      string    // of its profile: see identity.Standing
	VerifiedUntil time.Time // zero if it is not verified
	Body          string    // JSON of identity.Organisation, for the company itself and for staff
}

// Organisation reads the company behind the row.
func (r PartyRow) Organisation() (identity.Organisation, error) {
	var o identity.Organisation
	if err := json.Unmarshal([]byte(r.Body), &o); err != nil {
		return o, fault.New(fault.Internal, "party.row", "A company cannot be read.").Because(err)
	}
	return o, nil
}

// DepositRow is a deposit in a list.
type DepositRow struct {
	ID      string
	Deposit treasury.Deposit
	Buyer   identity.PartyID // of the deal that took it or was named, when it was booked; empty if there is none
	Seller  identity.PartyID
}

// PayoutRow is a payout in a list.
type PayoutRow struct {
	ID     string
	Payout treasury.Payout
}

// AwaitedRow is a deal whose price has not come in full yet.
type AwaitedRow struct {
	Deal    deal.ID
	Title   string
	Missing money.Amount
}

// StatementLine is one entry of an account with the transfer behind it.
type StatementLine struct {
	Entry    ledger.Entry
	Transfer ledger.Transfer
}

// AccountRow is an account and its balance.
type AccountRow struct {
	Account ledger.AccountID
	Balance ledger.Balance
}

// HeldRow is what is held for the deals in which a party buys, or sells.
type HeldRow struct {
	Side identity.Side
	Sum  money.Amount
}

// DealQuery selects deals, newest first. An empty Party means every deal (staff).
type DealQuery struct {
	Party  identity.PartyID
	Bought bool       // of Party, leave out those that it sells
	Phase  deal.Phase // empty for all
	Open   bool       // leave out closed deals
	Search string     // part of the title, the id or the other company's name
	Before deal.ID    // [DealList.Next] of the page before; empty for the first page
	From   deal.ID    // the oldest that is looked at; empty for all
	Limit  int
}

// DealList is a page of deals, newest first. Next is where the page after it begins,
// empty at the end. A search looks through so many deals at a time, so that a page of it
// may be short, or empty, and yet be followed by another.
type DealList struct {
	Rows []DealRow
	Next deal.ID
}

// PartyQuery selects companies in order of id.
type PartyQuery struct {
	Search   string // part of the legal name
	Standing string // empty for all
	After    identity.PartyID
	Limit    int
}

// MoneyQuery selects deposits or payouts, newest first.
type MoneyQuery struct {
	Party  identity.PartyID // payouts of a party; deposits for deals of a party
	Deal   string
	Stage  string
	Before string
	Limit  int
}

// Person is somebody who may sign in, for a party or in an office of the house.
type Person struct {
	ID        identity.PersonID
	Account   string // opaque; names the stream of what happens to the person's account
	Email     string // as the person writes it
	Folded    string // the one spelling that is compared; unique
	Name      string
	Office    identity.Office
	Party     identity.PartyID
	Role      identity.Role // of a member
	Stage     string        // of the account: unconfirmed, active or closed
	Language  string        // "en" or "zh"
	Disowned  bool          // the owner has said "this was not me", and nobody has looked into it yet
	CreatedAt time.Time
}

// Actor is the person as an actor. Whoever has not proved an address is nobody.
func (p Person) Actor() identity.Actor {
	if p.Stage != string(account.Active) {
		return identity.Actor{}
	}
	return identity.Actor{Office: p.Office, Party: p.Party, Person: p.ID, Role: p.Role}
}
