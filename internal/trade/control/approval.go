package control

import (
	"encoding/json"
	"slices"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
)

// Stage is how far an approval has come.
type Stage string

// The stages. Used, Void and Declined are ends.
const (
	Asked    Stage = "asked"    // consents are missing
	Approved Stage = "approved" // may be used, once
	Used     Stage = "used"     // what was signed has happened
	Void     Stage = "void"     // cancelled, or what was signed is no longer so
	Declined Stage = "declined" // somebody who may approve said no
)

// Stages lists every stage in the order above.
func Stages() []Stage { return []Stage{Asked, Approved, Used, Void, Declined} }

// Approval is the fold of an approval's stream. The zero value with an ID is one
// that nobody has asked for yet.
type Approval struct {
	ID       string
	Version  int64 // how many events it has
	Intent   Intent
	Hash     evidence.Hash // of Intent
	Needed   int           // persons
	Alone    bool          // nobody else of the company could approve, so the treasury may
	Consents []Consent
	Stage    Stage
	Why      string // of Void and Declined
	AskedAt  time.Time
	EndedAt  time.Time // of Used, Void and Declined
}

// Stream names an approval's stream.
func Stream(id string) string { return "approval:" + id }

// Over reports whether nothing can come of the approval any more at now.
func (a Approval) Over(now time.Time) bool {
	return a.Stage != Asked && a.Stage != Approved || !now.Before(a.Intent.Expires)
}

// Event is something that happened to an approval. The JSON names are the form
// kept in evidence.
type Event interface {
	Kind() string // the name in the evidence log
}

// The events of an approval.
type (
	// ApprovalAsked opens it with what is to be signed.
	ApprovalAsked struct {
		ID     string        `json:"id"`
		Intent Intent        `json:"intent"`
		Hash   evidence.Hash `json:"hash"`
		Needed int           `json:"needed"`
		Alone  bool          `json:"alone"`
	}
	// ApprovalGiven is one person's consent.
	ApprovalGiven struct {
		Consent Consent `json:"consent"`
	}
	// ApprovalDeclined is one person's no.
	ApprovalDeclined struct {
		Person identity.PersonID `json:"person"`
		Why    string            `json:"why"`
	}
	// ApprovalUsed says that what was signed has happened.
	ApprovalUsed struct {
		By identity.PersonID `json:"by"`
	}
	// ApprovalVoid ends it: "cancelled", "consent_gone", or the field that changed.
	ApprovalVoid struct {
		Why string            `json:"why"`
		By  identity.PersonID `json:"by"`
	}
)

// Kind makes each type an Event.
func (ApprovalAsked) Kind() string    { return "approval_asked" }
func (ApprovalGiven) Kind() string    { return "approval_given" }
func (ApprovalDeclined) Kind() string { return "approval_declined" }
func (ApprovalUsed) Kind() string     { return "approval_used" }
func (ApprovalVoid) Kind() string     { return "approval_void" }

// Apply folds one event, recorded at the given time, into the approval.
func (a Approval) Apply(e Event, at time.Time) Approval {
	a.Version++
	switch e := e.(type) {
	case ApprovalAsked:
		a.ID, a.Intent, a.Hash, a.Needed, a.Alone = e.ID, e.Intent, e.Hash, e.Needed, e.Alone
		a.Stage, a.AskedAt = Asked, at
	case ApprovalGiven:
		a.Consents = append(slices.Clone(a.Consents), e.Consent)
		if len(a.Consents) >= a.Needed {
			a.Stage = Approved
		}
	case ApprovalDeclined:
		a.Stage, a.Why, a.EndedAt = Declined, e.Why, at
	case ApprovalUsed:
		a.Stage, a.EndedAt = Used, at
	case ApprovalVoid:
		a.Stage, a.Why, a.EndedAt = Void, e.Why, at
	}
	return a
}

// Decode reads a payload back by the kind of its event. It fails with
// control.bad_event, Internal: the log is ours.
func Decode(kind string, payload []byte) (Event, error) {
	switch kind {
	case ApprovalAsked{}.Kind():
		return decode[ApprovalAsked](kind, payload)
	case ApprovalGiven{}.Kind():
		return decode[ApprovalGiven](kind, payload)
	case ApprovalDeclined{}.Kind():
		return decode[ApprovalDeclined](kind, payload)
	case ApprovalUsed{}.Kind():
		return decode[ApprovalUsed](kind, payload)
	case ApprovalVoid{}.Kind():
		return decode[ApprovalVoid](kind, payload)
	}
	return nil, badEvent(kind)
}

func decode[E Event](kind string, payload []byte) (Event, error) {
	var e E
	if err := json.Unmarshal(payload, &e); err != nil {
		return nil, badEvent(kind).Because(err)
	}
	return e, nil
}

func badEvent(kind string) *fault.Error {
	return fault.New(fault.Internal, "control.bad_event", "An event of kind {kind} cannot be read.").With("kind", kind)
}
