package compliance

import (
	"encoding/json"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
)

// Event is something that happened to a case. The JSON names are the form kept
// in evidence.
type Event interface {
	Kind() string // the name in the evidence log, which anybody may read
}

// The events of a case.
type (
	// CheckOpened begins the case.
	CheckOpened struct {
		Subject  Subject   `json:"subject"`
		Trigger  Trigger   `json:"trigger"`
		Findings []Finding `json:"findings"`
		Hold     bool      `json:"hold"`
		Deal     string    `json:"deal"`
		DecideBy time.Time `json:"decide_by"`
	}
	// CheckAdded brings later findings and voids a proposal.
	CheckAdded struct {
		Trigger  Trigger   `json:"trigger"`
		Findings []Finding `json:"findings"`
		Hold     bool      `json:"hold"`
		Deal     string    `json:"deal"`
	}
	// CheckAssigned says who works on the case; Was is empty for the first.
	CheckAssigned struct {
		To  identity.PersonID `json:"to"`
		Was identity.PersonID `json:"was"`
	}
	// CheckProposed is the first person's word. Decisions are in the order of
	// the case's matters. Hold says that the party is held from now on.
	CheckProposed struct {
		By        identity.PersonID `json:"by"`
		Reason    string            `json:"reason"`
		Decisions []Decided         `json:"decisions"`
		Hold      bool              `json:"hold"`
	}
	// CheckAgreed is the second person's word. What follows stands in the next event.
	CheckAgreed struct {
		Round  int               `json:"round"`
		By     identity.PersonID `json:"by"`
		Reason string            `json:"reason"`
	}
	// CheckObjected ends a proposal without a result.
	CheckObjected struct {
		Round  int               `json:"round"`
		By     identity.PersonID `json:"by"`
		Reason string            `json:"reason"`
	}
	// CheckClosed says what two persons have decided: pairs that are remembered
	// as false positives, and pairs that nobody may remember as such any more. It
	// confirms the case if there is one of the second sort.
	CheckClosed struct {
		Cleared []Pair `json:"cleared"`
		Matched []Pair `json:"matched"`
	}
	// CheckOverdue is the alarm.
	CheckOverdue struct{}
	// CheckEndProposed is the first person's word that a confirmed case blocks no longer.
	CheckEndProposed struct {
		By       identity.PersonID `json:"by"`
		Reason   string            `json:"reason"`
		Ground   Ground            `json:"ground"`
		Licence  Licence           `json:"licence"`
		DecideBy time.Time         `json:"decide_by"`
	}
	// CheckEnded says that it blocks no longer.
	CheckEnded struct{}
	// CheckResumed says that it blocks again.
	CheckResumed struct{}
)

// Decided is the decision of one finding.
type Decided struct {
	Key      Key      `json:"key"`
	Decision Decision `json:"decision"`
}

// Kind makes each type an Event.
func (CheckOpened) Kind() string      { return "check_opened" }
func (CheckAdded) Kind() string       { return "check_added" }
func (CheckAssigned) Kind() string    { return "check_assigned" }
func (CheckProposed) Kind() string    { return "check_proposed" }
func (CheckAgreed) Kind() string      { return "check_agreed" }
func (CheckObjected) Kind() string    { return "check_objected" }
func (CheckClosed) Kind() string      { return "check_closed" }
func (CheckOverdue) Kind() string     { return "check_overdue" }
func (CheckEndProposed) Kind() string { return "check_end_proposed" }
func (CheckEnded) Kind() string       { return "check_ended" }
func (CheckResumed) Kind() string     { return "check_resumed" }

// DecodeEvent reads a payload back by the kind of its event. It fails with
// compliance.bad_event, Internal: the log is ours.
func DecodeEvent(kind string, payload []byte) (Event, error) {
	switch kind {
	case CheckOpened{}.Kind():
		return decode[CheckOpened](kind, payload)
	case CheckAdded{}.Kind():
		return decode[CheckAdded](kind, payload)
	case CheckAssigned{}.Kind():
		return decode[CheckAssigned](kind, payload)
	case CheckProposed{}.Kind():
		return decode[CheckProposed](kind, payload)
	case CheckAgreed{}.Kind():
		return decode[CheckAgreed](kind, payload)
	case CheckObjected{}.Kind():
		return decode[CheckObjected](kind, payload)
	case CheckClosed{}.Kind():
		return decode[CheckClosed](kind, payload)
	case CheckOverdue{}.Kind():
		return decode[CheckOverdue](kind, payload)
	case CheckEndProposed{}.Kind():
		return decode[CheckEndProposed](kind, payload)
	case CheckEnded{}.Kind():
		return decode[CheckEnded](kind, payload)
	case CheckResumed{}.Kind():
		return decode[CheckResumed](kind, payload)
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
	return fault.New(fault.Internal, "compliance.bad_event", "An event of kind {kind} cannot be read.").With("kind", kind)
}
