package assurance

import (
	"context"
	"time"

	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/screening"
)

// Checks keeps the lists that parties are checked against, and the cases of what
// was found. All of it is written by batches, but for the marks.
type Checks interface {
	// Lists describes the newest version of every list, in order of code.
	Lists(ctx context.Context) ([]ListRow, error)
	// ListVersions describes the versions of a list that the house has used, newest first.
	ListVersions(ctx context.Context, code string, limit int) ([]ListRow, error)
	// ListBody reads a version's packed bytes, the newest for an empty checksum. NotFound screening.no_list.
	ListBody(ctx context.Context, code, checksum string) ([]byte, error)
	CheckCases(ctx context.Context, q CaseQuery) ([]CaseRow, error) // newest first
	// MarkChecked notes when parties were last checked. It is no evidence; an older
	// mark never replaces a newer one.
	MarkChecked(ctx context.Context, marks []CheckMark) error
	Checked(ctx context.Context, party identity.PartyID) (CheckMark, error) // NotFound screening.no_mark
}

// Standings keeps what past trades say of parties: a projection of the log, which
// anybody who holds the log can work out again. Only reviews come in batches.
type Standings interface {
	// Tidings reads the records after a place in the log that bear on standing, in
	// order: of the kinds [TidingKinds].
	Tidings(ctx context.Context, after int64, limit int) ([]Record, error)
	// StandingMark is the sequence of the last tiding that is in, -1 for none.
	StandingMark(ctx context.Context) (int64, error)
	// SaveStandings writes rows, ratings and the mark in one transaction.
	SaveStandings(ctx context.Context, s StandingSave) error
	Standing(ctx context.Context, party identity.PartyID) (StandingRow, error) // NotFound standing.none
	// StandingShown reads the same with what was saved as Shown for its Body; false if
	// nothing was saved to be shown with the newest row.
	StandingShown(ctx context.Context, party identity.PartyID) (StandingRow, bool, error)
	// StandingRows lists them in order of party, after the given one.
	StandingRows(ctx context.Context, after identity.PartyID, limit int) ([]StandingRow, error)
	// Ratings lists all ratings in order of time, deal and rater, after the given one (zero for the first).
	Ratings(ctx context.Context, after RatingRow, limit int) ([]RatingRow, error)
	Reviews(ctx context.Context, q ReviewQuery) ([]ReviewRow, error) // newest first
}

// TidingKinds are the kinds of records that bear on standing: a deal closed, the
// reviews of one were revealed, a company was verified or is verified no more.
func TidingKinds() []string {
	return []string{"closed", "review_revealed", "profile_reviewed", "profile_expired"}
}

// ListRow is one version of a list.
type ListRow struct {
	Code     string
	Version  string // as the publisher dates it
	Checksum string // SHA-256 of the packed bytes, in hexadecimal
	Source   string // a URL or a file
	Entries  int
	Bytes    int64 // packed
	Mark     int64 // the version of the register with which it came into use
	At       time.Time
}

// ListBody is a version with its packed bytes. The newest Mark of a code is in use.
type ListBody struct {
	ListRow
	Body []byte
}

// CaseRow is a case in a list. Body is JSON of compliance.Case.
type CaseRow struct {
	ID       string
	Party    identity.PartyID
	Stage    string
	Holds    bool // the party is held for it
	Assignee identity.PersonID
	OpenedAt time.Time
	DecideBy time.Time
	Body     []byte
}

// CaseQuery selects cases, newest first.
type CaseQuery struct {
	Party  identity.PartyID // empty for all
	Stage  string           // empty for all
	Open   bool             // leave out what is closed
	Before string
	Limit  int
}

// CheckMark is when a party was last checked, and against what.
type CheckMark struct {
	Party   identity.PartyID
	Mark    int64 // of the register of lists
	Trigger string
	Found   int // findings that a case was made of
	At      time.Time
}

// StandingRow is what past trades say of a party. Body is JSON of standing.
type StandingRow struct {
	Party      identity.PartyID
	State      string // new or rated
	Value      int    // basis points
	Confidence int    // basis points
	Deals      int    // settled
	At         time.Time
	Body       []byte
	Shown      []byte // what pages need of the body; only to be saved
}

// RatingRow is one rating of the trust graph.
type RatingRow struct {
	Deal   deal.ID
	From   identity.PartyID
	To     identity.PartyID
	Value  int   // -10,000 to 10,000
	Weight int64 // thousandths
	At     time.Time
}

// StandingSave is one step of the projection.
type StandingSave struct {
	Mark    int64 // -1 to leave it
	Rows    []StandingRow
	Ratings []RatingRow // by deal and rater; a rating that is there is replaced
}

// ReviewRow is one side's review of a deal. Body is JSON of what may be shown of it.
type ReviewRow struct {
	Deal       deal.ID
	From       identity.PartyID
	To         identity.PartyID
	WrittenAt  time.Time
	RevealedAt time.Time // zero while it is sealed
	Hidden     bool      // its text
	Body       []byte
}

// ReviewQuery selects reviews, newest first. At least one of To, From and Deal is set.
type ReviewQuery struct {
	To       identity.PartyID
	From     identity.PartyID
	Deal     deal.ID
	Revealed bool // only those
	Before   deal.ID
	Limit    int
}

// Watchlists reads the lists of the outside world.
type Watchlists interface {
	// Sources names the lists that the house reads, and where from.
	Sources() []ListSource
	// Fetch reads a list from its source, packed into one file; nil if it has not
	// changed since the version that is given. It fails if the source cannot be read
	// or is not whole.
	Fetch(ctx context.Context, code string, last ListRow) (body []byte, err error)
	// Parse reads a packed list. It refuses whole what it cannot read.
	Parse(code string, body []byte) (screening.List, error)
	// Compare refuses a version that lacks too much of the one before (watchlist.shrunk).
	Compare(before, after screening.List) error
}

// Signer signs texts in the house's name.
type Signer interface {
	// SignNote answers a C2SP signed note over the text, whose first line is the
	// house's origin and "/badge", so that it never passes for a checkpoint.
	SignNote(text string) ([]byte, error)
	// OpenNote answers the text of a note that this house has signed; Invalid
	// standing.bad_badge for any other.
	OpenNote(note []byte) (string, error)
}

// ListSource is where a list comes from.
type ListSource struct {
	Code string
	From string
}

// The topics of checks.
const (
	TopicCheck   = "party.check"   // payload: CheckOrder
	TopicRecheck = "lists.recheck" // payload: RecheckOrder
	TopicHold    = "deals.hold"    // payload: HoldOrder
)

// CheckOrder asks for a check of a party.
type CheckOrder struct {
	Party   identity.PartyID `json:"party"`
	Trigger string           `json:"trigger"`
	Deal    string           `json:"deal"`  // that it is about; may be empty
	Payer   string           `json:"payer"` // who sent money for the party, as the bank writes the name; may be empty
}

// RecheckOrder asks for a check of everybody against what a new version of a list
// has added or changed, from a party on.
type RecheckOrder struct {
	Code     string           `json:"code"`
	Mark     int64            `json:"mark"` // of the register after the change
	After    identity.PartyID `json:"after"`
	Parties  int              `json:"parties"`  // checked so far
	Findings int              `json:"findings"` // that cases were made of so far
}

// HoldOrder asks to freeze the open deals of a party for a case, or to let them go on.
type HoldOrder struct {
	Party identity.PartyID `json:"party"`
	Case  string           `json:"case"`
	Hold  bool             `json:"hold"`
}
