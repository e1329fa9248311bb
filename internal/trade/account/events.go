package account

import (
	"encoding/json"
	"slices"
	"time"

	"fondaco/internal/fault"
)

// What is what happened to an account.
type What string

// What can happen. Names are those of the payload in evidence.
const (
	Opened               What = "opened"
	Confirmed            What = "confirmed"
	Ended                What = "closed"
	SignedIn             What = "signed_in"
	SignInRefused        What = "sign_in_refused"
	SessionEnded         What = "session_ended" // one or several
	PasswordSet          What = "password_set"
	PasswordCondemned    What = "password_condemned"
	FactorAdded          What = "factor_added"
	FactorRenamed        What = "factor_renamed"
	FactorRemoved        What = "factor_removed"
	FactorUsed           What = "factor_used"
	FactorFailed         What = "factor_missed"
	RecoveryIssued       What = "recovery_issued"
	RecoveryUsed         What = "recovery_used"
	Reviewed             What = "reviewed"
	EmailAsked           What = "email_asked"
	EmailUndone          What = "email_undone"
	EmailTaken           What = "email_taken"
	NotMe                What = "disowned"
	Reinstated           What = "reinstated"
	KeyMade              What = "key_made"
	KeyEnded             What = "key_ended" // one or several
	Exported             What = "exported"
	RoleChanged          What = "role_changed"
	PayoutAccountChanged What = "payout_account_changed"
	Approved             What = "approved"
)

// Whats lists everything that can happen, in the order above.
func Whats() []What {
	return []What{
		Opened, Confirmed, Ended, SignedIn, SignInRefused, SessionEnded, PasswordSet, PasswordCondemned,
		FactorAdded, FactorRenamed, FactorRemoved, FactorUsed, FactorFailed, RecoveryIssued, RecoveryUsed, Reviewed,
		EmailAsked, EmailUndone, EmailTaken, NotMe, Reinstated, KeyMade, KeyEnded,
		Exported, RoleChanged, PayoutAccountChanged, Approved,
	}
}

// Event is one fact. Which fields are set follows from What. The JSON names are
// the form kept in evidence.
type Event struct {
	What        What       `json:"what"`
	Session     string     `json:"session,omitempty"`     // that began, or that was disowned
	Sessions    []string   `json:"sessions,omitempty"`    // that ended
	Method      Method     `json:"method,omitempty"`      // of a sign-in
	FactorID    string     `json:"factor_id,omitempty"`   // of a passkey or TOTP; the number of a recovery code
	FactorKind  FactorKind `json:"factor_kind,omitempty"` // that was shown, added, removed or missed
	Label       string     `json:"label,omitempty"`       // of a factor
	Step        int64      `json:"step,omitempty"`        // of a TOTP code that was taken
	Count       int        `json:"count,omitempty"`       // recovery codes left, or wrong answers in a row
	First       bool       `json:"first,omitempty"`       // a password set with the opening of the account
	Why         string     `json:"why,omitempty"`         // a code, or words of staff
	For         string     `json:"for,omitempty"`         // what a factor was shown for
	ChangeID    string     `json:"change_id,omitempty"`   // of a change of address
	TakesEffect time.Time  `json:"takes_effect,omitzero"` // earliest end of its hold
	Key         *Key       `json:"key,omitempty"`         // that was made
	Keys        []string   `json:"keys,omitempty"`        // ids of keys that ended
	Seen        []string   `json:"seen,omitempty"`        // what a review showed
	Subject     string     `json:"subject,omitempty"`     // of a fact decided elsewhere
	Where       *Where     `json:"where,omitempty"`       // from where, if it is known
	Risk        *Risk      `json:"risk,omitempty"`        // of a sign-in
}

const kind = "account_noted"

// Kind is the one kind of every event of an account: the public log tells
// nothing more.
func (Event) Kind() string { return kind }

// reasonNewDevice is the code by which package signin names an unknown browser.
const reasonNewDevice = "new_device"

// Notable reports whether the owner must be told at once: something that an
// intruder would do, or that only the owner can have done.
func (e Event) Notable() bool {
	switch e.What {
	case SignedIn, SignInRefused:
		return e.What == SignedIn && e.FactorKind == Recovery || e.Why == Blocked || e.Risk != nil &&
			(e.Risk.Level == HighRisk || e.What == SignedIn && slices.Contains(e.Risk.Reasons, reasonNewDevice))
	case FactorFailed:
		return e.Count == missesFree // somebody knows the password and is guessing the rest
	case PasswordSet:
		return !e.First
	case PasswordCondemned, FactorAdded, FactorRemoved, RecoveryIssued, RecoveryUsed,
		EmailAsked, EmailUndone, EmailTaken, NotMe, Reinstated, KeyMade, Ended:
		return true
	case Opened, Confirmed, SessionEnded, FactorRenamed, FactorUsed, Reviewed, KeyEnded,
		Exported, RoleChanged, PayoutAccountChanged, Approved:
		return false
	}
	return false
}

// Decode reads a payload back by the kind of its event. It fails with
// account.unknown_event or account.bad_event, both Internal: the log is ours.
func Decode(k string, payload []byte) (Event, error) {
	if k != kind {
		return Event{}, unknownEvent(k)
	}
	var e Event
	if err := json.Unmarshal(payload, &e); err != nil {
		return Event{}, badEvent().Because(err)
	}
	if !slices.Contains(Whats(), e.What) {
		return Event{}, unknownEvent(k + "/" + string(e.What))
	}
	if e.What == KeyMade && e.Key == nil {
		return Event{}, badEvent()
	}
	return e, nil
}

func badEvent() *fault.Error {
	return fault.New(fault.Internal, "account.bad_event", "An event of an account cannot be read.")
}

func unknownEvent(k string) error {
	return fault.New(fault.Internal, "account.unknown_event", "No event of an account has the kind {kind}.").With("kind", k)
}
