package assurance

import (
	"context"
	"time"

	"fondaco/internal/trade/control"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
)

// People keeps who may come in. Every lasting change of it comes in a [Batch];
// what is read here may be erased one day, so none of it is evidence.
type People interface {
	PersonByEmail(ctx context.Context, email string) (Person, error)         // NotFound people.unknown
	PersonByID(ctx context.Context, id identity.PersonID) (Person, error)    // NotFound people.unknown
	PersonByAccount(ctx context.Context, account string) (Person, error)     // NotFound people.unknown
	Persons(ctx context.Context, q PersonQuery) ([]Person, error)            // in order of id
	Secrets(ctx context.Context, person identity.PersonID) ([]Secret, error) // in order of name
	SecretByName(ctx context.Context, name string) (Secret, error)           // of whomever; NotFound people.unknown
	// PutDocument keeps a file; one that the party has handed in already stays as it is.
	PutDocument(ctx context.Context, d Document) error
	Document(ctx context.Context, party identity.PartyID, hash string) (Document, error) // NotFound people.no_document
	// Counts reads every counter of a person's scope, and of the scope "all" those of
	// the given features and values.
	Counts(ctx context.Context, person string, values []Count) ([]Count, error)
}

// Doors keeps who is in: sessions, and the tickets of those on their way.
type Doors interface {
	// SessionsByHash finds sessions by the hashes of their secrets, ended and expired
	// or not, in no order. What is unknown is left out.
	SessionsByHash(ctx context.Context, hashes []evidence.Hash) ([]SignedIn, error)
	// SessionsOf lists those that have neither ended nor expired, newest first.
	SessionsOf(ctx context.Context, person identity.PersonID, now time.Time) ([]Session, error)
	// SessionsSeen notes when sessions were last used. It is no evidence, and may be lost.
	SessionsSeen(ctx context.Context, ids []string, at time.Time) error
	// PutTicket keeps a ticket; one with the same hash is replaced.
	PutTicket(ctx context.Context, t Ticket) error
	// Ticket reads a ticket that has not expired at now. NotFound people.no_ticket.
	Ticket(ctx context.Context, hash evidence.Hash, now time.Time) (Ticket, error)
	// TakeTicket reads a ticket and removes it: of two takers one gets it. NotFound people.no_ticket.
	TakeTicket(ctx context.Context, hash evidence.Hash, now time.Time) (Ticket, error)
	// DropTickets removes a person's tickets of a purpose.
	DropTickets(ctx context.Context, purpose string, person identity.PersonID) error
	// PostMessage queues work for the outside world that follows from no fact, such as
	// the mail to somebody who asks for an account. The same id twice is one message.
	PostMessage(ctx context.Context, m Message) error
	// Tally counts one more under a key and answers how many there are since the
	// window of that length began; a window begins with its first tally.
	Tally(ctx context.Context, key string, now time.Time, window time.Duration) (int64, error)
}

// Diary is what people and staff read of accounts, approvals and payout accounts.
type Diary interface {
	Activities(ctx context.Context, q ActivityQuery) ([]ActivityRow, error) // newest first
	ApprovalRows(ctx context.Context, q ApprovalQuery) ([]ApprovalRow, error)
	PayoutAccountRows(ctx context.Context, q PayoutAccountQuery) ([]PayoutAccountRow, error)
	// PutMail and Mails keep the mailbox of a sandbox.
	PutMail(ctx context.Context, m SandboxMail) error
	Mails(ctx context.Context, to string, limit int) ([]SandboxMail, error) // newest first; empty to for all
	// SessionFind, SessionCommit and SessionDelete keep what a browser's visit remembers, by token.
	SessionFind(ctx context.Context, token string) (data []byte, found bool, err error)
	SessionCommit(ctx context.Context, token string, data []byte, expiry time.Time) error
	SessionDelete(ctx context.Context, token string) error
}

// Secret is what only the house may read: a password hash, a TOTP secret, a
// passkey's public key and counter. It is replaced and erased freely. Its name is
// unique in the house: "password:<person>", "former:<person>:<n>", "totp:<person>:<factor>",
// "passkey:<credential id in base64url>", "recovery:<person>:<n>".
type Secret struct {
	Person identity.PersonID
	Name   string
	Data   []byte // sealed where it must be read back in the clear; empty removes the row (in a batch)
}

// SignedIn is a session and whose it is.
type SignedIn struct {
	Session Session
	Person  Person
}

// Session is one way of being in: a browser, a program with a token, or an API key.
type Session struct {
	ID        string
	Hash      evidence.Hash // of its secret
	Person    identity.PersonID
	Kind      SessionKind
	Label     string // of a key
	CreatedAt time.Time
	SeenAt    time.Time
	ExpiresAt time.Time
	EndedAt   time.Time // zero while it lives
	Factor    string    // the strongest factor it was opened with: "", code, recovery, totp, passkey
	Body      []byte    // JSON of sessionBody: where from, and the mandate of a key
}

// SessionEnd ends a session.
type SessionEnd struct {
	ID string
	At time.Time
}

// SessionKind says what holds a session.
type SessionKind string

// The kinds of sessions.
const (
	BrowserSession SessionKind = "browser"
	ProgramSession SessionKind = "program"
	KeySession     SessionKind = "key"
)

// Ticket lets somebody go on with what was begun: a sign-in that wants a second
// factor, a link in a mail. Only the hash of its secret is kept.
type Ticket struct {
	Hash      evidence.Hash
	Purpose   string
	Person    identity.PersonID // empty where there is none yet
	Body      []byte
	ExpiresAt time.Time
}

// Document is a file that a company has handed in, by the SHA-256 of its bytes in hexadecimal.
type Document struct {
	Hash  string
	Party identity.PartyID
	Name  string
	Kind  string // media type, found by its content
	Bytes []byte
	At    time.Time
}

// Count is a counter of sign-ins: how often a value was seen in a scope ("all", or
// a person's id). In a batch N is what is added.
type Count struct {
	Scope   string
	Feature string
	Value   string
	N       int64
}

// PersonQuery selects persons: of a party, of an office of the house, or all.
type PersonQuery struct {
	Party    identity.PartyID
	Office   identity.Office
	Disowned bool // only those who have said "this was not me" and still wait
	After    identity.PersonID
	Limit    int
}

// ActivityRow is one line of the activity log: a fact of an account's stream.
type ActivityRow struct {
	Sequence int64 // of the fact in the evidence log; given by the batch's place
	Account  string
	Person   identity.PersonID
	Party    identity.PartyID // of the person then; empty for staff
	What     string
	Session  string
	At       time.Time
	Body     []byte // JSON of account.Event

	record int // which record of its unit, then of its cycle, it stands for
}

// ActivityQuery selects lines. Exactly one of Person, Party and Staff is used.
type ActivityQuery struct {
	Person identity.PersonID
	Party  identity.PartyID
	Staff  bool // of people of the house
	What   []string
	From   time.Time // inclusive; zero for the beginning
	To     time.Time // exclusive; zero for now
	Before int64     // sequence; 0 for the newest
	Limit  int
}

// ApprovalRow is an approval in a list. Body is JSON of control.Approval.
type ApprovalRow struct {
	ID        string
	Party     identity.PartyID // empty for acts of the house's own staff
	Person    identity.PersonID
	Subject   string
	Stage     string
	ExpiresAt time.Time
	Body      []byte
}

// ApprovalQuery selects approvals, newest first.
type ApprovalQuery struct {
	Party   identity.PartyID
	Staff   bool   // those of no party
	Subject string // empty for all
	Stage   string // empty for all
	Before  string
	Limit   int
}

// PayoutAccountRow is a payout account in a list. Body is JSON of treasury.PayoutAccount.
type PayoutAccountRow struct {
	ID    string
	Party identity.PartyID
	Stage string
	Body  []byte
}

// PayoutAccountQuery selects payout accounts, newest first. An empty Party means all (staff).
type PayoutAccountQuery struct {
	Party  identity.PartyID
	Stage  string
	Before string
	Limit  int
}

// SandboxMail is a mail that a sandbox keeps instead of sending it.
type SandboxMail struct {
	ID      string
	At      time.Time
	To      string
	Subject string
	Text    string
	Link    string // the first link of the text, if there is one
}

// Passkeys speaks WebAuthn Level 3 for one relying party.
type Passkeys interface {
	// BeginRegistration answers the options that a browser's navigator.credentials.create
	// takes, as JSON, and what FinishRegistration needs to know. Credentials that are
	// there already (Data of secrets) are excluded. Discoverable, user verification required.
	BeginRegistration(person PasskeyUser, have [][]byte) (options, state []byte, err error)
	// FinishRegistration checks the browser's answer and answers the credential to keep.
	FinishRegistration(person PasskeyUser, state, response []byte) (PasskeyCredential, error)
	// BeginSignIn answers options for navigator.credentials.get without naming anybody.
	BeginSignIn() (options, state []byte, err error)
	// CredentialOf reads which credential a response speaks of, without checking it.
	CredentialOf(response []byte) (id string, err error)
	// FinishSignIn checks a response against the credential that it names.
	FinishSignIn(state []byte, credential []byte, response []byte) (PasskeyUse, error)
	// SigningOptions answers options whose challenge is exactly hash, for the given credentials.
	SigningOptions(hash evidence.Hash, have [][]byte) (options []byte, err error)
	// Sign checks a response to SigningOptions and answers the assertion to keep as evidence.
	Sign(hash evidence.Hash, credential, response []byte) (control.Assertion, PasskeyUse, error)
	// Verify checks a kept assertion by itself.
	Verify(a control.Assertion, hash evidence.Hash) error
}

// PasskeyUser is whom a passkey belongs to.
type PasskeyUser struct {
	Handle []byte // opaque, at most 64 bytes: the account's id
	Email  string
	Name   string
}

// PasskeyCredential is a new credential: its id in base64url without padding, and
// the bytes to keep as the secret.
type PasskeyCredential struct {
	ID    string
	Data  []byte
	Label string // a guess at what it is, such as the authenticator's model; may be empty
}

// PasskeyUse is what a checked assertion said.
type PasskeyUse struct {
	ID        string
	Handle    []byte
	Data      []byte // the credential with its new counter, to keep
	Regressed bool   // its counter went back: it may have been cloned
}

// Mail is a message to one person, worded by the adapter.
type Mail struct {
	ID       string            `json:"id"` // stable, so that a repeat can be recognised
	To       string            `json:"to"`
	Name     string            `json:"name"`
	Language string            `json:"language"`
	Kind     MailKind          `json:"kind"`
	Link     string            `json:"link,omitempty"` // a path of the house, such as /confirm/…; the adapter adds the origin
	Args     map[string]string `json:"args,omitempty"`
}

// letter is a mail to the person, in the person's language.
func (p Person) letter(kind MailKind, link string, args map[string]string) Mail {
	return Mail{To: p.Email, Name: p.Name, Language: p.Language, Kind: kind, Link: link, Args: args}
}

// MailKind names what a mail is about.
type MailKind string

// The kinds of mails, with their arguments.
const (
	MailConfirm       MailKind = "confirm"        // prove the address; link
	MailKnown         MailKind = "known"          // somebody signed up with your address, which has an account; link to reset
	MailReset         MailKind = "reset"          // choose a new password; link
	MailResetUnknown  MailKind = "reset_unknown"  // somebody asked for a reset, but there is no account here
	MailInvite        MailKind = "invite"         // Company, Role, By; link
	MailCode          MailKind = "code"           // Code: six digits for a sign-in
	MailEmailNew      MailKind = "email_new"      // prove the new address; link
	MailEmailOld      MailKind = "email_old"      // the address changes at When; link to undo
	MailAlert         MailKind = "alert"          // What happened (a word of account.What), When, Place, Device; link "this was not me"
	MailPayoutAccount MailKind = "payout_account" // Company, Masked, When it takes effect; link to look and cancel
	MailCounterparty  MailKind = "counterparty"   // Company has changed where its payouts go; Deal; no account data
	MailApproval      MailKind = "approval"       // Company, By, What: your approval is asked for; link
	MailReview        MailKind = "review"         // Company, Verdict, Reasons; link
	MailRecovery      MailKind = "recovery"       // the operator of the machine lets Who in as administrator, from When on
	MailCase          MailKind = "case"           // What (opened, overdue), When it must be decided; for compliance; link
)

// Mailer sends mails. The same ID twice may be sent twice; it is the same message.
type Mailer interface {
	Send(ctx context.Context, m Mail) error
}

// Places says where a network address is.
type Places interface {
	Locate(address string) Place
}

// Place is what is known of an address; all of it may be empty.
type Place struct {
	Country   string // ISO 3166-1 alpha-2
	City      string
	Network   string // such as AS64496
	Latitude  float64
	Longitude float64
	Located   bool
}

// Sealer keeps secrets unreadable at rest. What is sealed about one thing does not
// open for another.
type Sealer interface {
	Seal(plain []byte, about string) ([]byte, error)
	Open(sealed []byte, about string) ([]byte, error)
}
