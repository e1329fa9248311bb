package screening

import (
	"encoding/json"
	"time"

	"fondaco/internal/fault"
)

// RegisterStream is the stream of facts about the lists that the house uses.
const RegisterStream = "lists:house"

// Register is which version of each list is in use: the fold of its stream.
type Register struct {
	Version int64 // how many events it has
	Lists   map[string]ListState
}

// ListState is a list as the register knows it.
type ListState struct {
	ListUpdated
	Mark      int64 // the register's version with which it came into use; 0 for a list that never did
	At        time.Time
	Refused   string // the code of why a later version was refused; empty if none was
	RefusedAt time.Time
}

// RegisterEvent is something that happened to the lists.
type RegisterEvent interface {
	Kind() string // the name in the evidence log
}

type (
	// ListUpdated puts a version of a list into use, whole.
	ListUpdated struct {
		List     string `json:"list"`
		Version  string `json:"version"`
		Checksum string `json:"checksum"` // SHA-256 of the packed bytes, in hexadecimal
		Source   string `json:"source"`
		Bytes    int64  `json:"bytes"`
		Entries  int    `json:"entries"`
		Added    int    `json:"added"`
		Removed  int    `json:"removed"`
		Changed  int    `json:"changed"`
	}
	// ListRefused says that a version was not fit for use; the one before stays.
	ListRefused struct {
		List     string `json:"list"`
		Checksum string `json:"checksum"`
		Source   string `json:"source"`
		Code     string `json:"code"`
	}
	// Rechecked says that everybody has been checked against what a version has
	// added or changed.
	Rechecked struct {
		List     string `json:"list"`
		Mark     int64  `json:"mark"`
		Parties  int    `json:"parties"`
		Findings int    `json:"findings"`
	}
)

// Kind makes it a RegisterEvent.
func (ListUpdated) Kind() string { return "list_updated" }

// Kind makes it a RegisterEvent.
func (ListRefused) Kind() string { return "list_refused" }

// Kind makes it a RegisterEvent.
func (Rechecked) Kind() string { return "list_rechecked" }

// Apply folds one event, recorded at the given time, into the register.
func (r Register) Apply(e RegisterEvent, at time.Time) Register {
	r.Version++
	lists := make(map[string]ListState, len(r.Lists)+1)
	for code, s := range r.Lists {
		lists[code] = s
	}
	r.Lists = lists
	switch e := e.(type) {
	case ListUpdated:
		lists[e.List] = ListState{ListUpdated: e, Mark: r.Version, At: at}
	case ListRefused:
		s := lists[e.List]
		s.List, s.Refused, s.RefusedAt = e.List, e.Code, at
		lists[e.List] = s
	case Rechecked:
	}
	return r
}

// DecodeRegister reads a payload back by the kind of its event. It fails with
// screening.bad_event, Internal: the log is ours.
func DecodeRegister(kind string, payload []byte) (RegisterEvent, error) {
	switch kind {
	case ListUpdated{}.Kind():
		return decodeAs[ListUpdated](kind, payload)
	case ListRefused{}.Kind():
		return decodeAs[ListRefused](kind, payload)
	case Rechecked{}.Kind():
		return decodeAs[Rechecked](kind, payload)
	}
	return nil, badEvent(kind)
}

func decodeAs[E RegisterEvent](kind string, payload []byte) (RegisterEvent, error) {
	var e E
	if err := json.Unmarshal(payload, &e); err != nil {
		return nil, badEvent(kind).Because(err)
	}
	return e, nil
}

func badEvent(kind string) *fault.Error {
	return fault.New(fault.Internal, "screening.bad_event", "An event of kind {kind} cannot be read.").With("kind", kind)
}

// Change is how one version of a list differs from the one before, by entry.
type Change struct {
	Added, Removed, Changed []string // ids, in the order of the list they stand in
}

// Compare works out what a new version adds, removes and changes.
func Compare(before, after List) Change {
	was := make(map[string]string, len(before.Entries))
	for i := range before.Entries {
		was[before.Entries[i].ID] = before.Entries[i].Fingerprint()
	}
	var c Change
	is := make(map[string]bool, len(after.Entries))
	for i := range after.Entries {
		e := &after.Entries[i]
		is[e.ID] = true
		switch print, known := was[e.ID]; {
		case !known:
			c.Added = append(c.Added, e.ID)
		case print != e.Fingerprint():
			c.Changed = append(c.Changed, e.ID)
		}
	}
	for i := range before.Entries {
		if id := before.Entries[i].ID; !is[id] {
			c.Removed = append(c.Removed, id)
		}
	}
	return c
}
