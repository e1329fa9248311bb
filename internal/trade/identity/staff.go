package identity

import (
	"slices"
	"time"

	"fondaco/internal/fault"
)

// StaffStream is the stream of the people of the house.
const StaffStream = "staff:house"

// Appointment is one person's office in the house.
type Appointment struct {
	Person PersonID
	Office Office
	Since  time.Time
}

// Staff is the fold of the stream of the house's people. The zero value is a
// house without any.
type Staff struct {
	Version int64 // how many events it has
	People  []Appointment
}

// StaffCommand is something that somebody wants done about the house's people.
type StaffCommand interface {
	// Name is the command's word in the API and in the role table.
	Name() string
}

// The commands about staff.
type (
	// Appoint gives a person an office, or another one.
	Appoint struct {
		Person PersonID
		Office Office
	}
	// Dismiss takes the office away.
	Dismiss struct{ Person PersonID }
)

// Name answers the command's word.
func (Appoint) Name() string { return "appoint_staff" }
func (Dismiss) Name() string { return "dismiss_staff" }

// StaffEvent is something that happened to the house's people. The JSON names
// are the form kept in evidence.
type StaffEvent interface {
	Kind() string // the name in the evidence log
}

// The events of the stream of staff.
type (
	// StaffAppointed gives an office; Was is empty for who is new.
	StaffAppointed struct {
		Person PersonID `json:"person"`
		Office Office   `json:"office"`
		Was    Office   `json:"was"`
		By     PersonID `json:"by"`
	}
	// StaffDismissed takes it away.
	StaffDismissed struct {
		Person PersonID `json:"person"`
		Was    Office   `json:"was"`
		By     PersonID `json:"by"`
	}
)

// Kind makes each type a StaffEvent.
func (StaffAppointed) Kind() string { return "staff_appointed" }
func (StaffDismissed) Kind() string { return "staff_dismissed" }

// DecodeStaff reads a payload back by the kind of its event. It fails with
// identity.bad_event, Internal: the log is ours.
func DecodeStaff(kind string, payload []byte) (StaffEvent, error) {
	switch kind {
	case StaffAppointed{}.Kind():
		return decode[StaffEvent, StaffAppointed](kind, payload)
	case StaffDismissed{}.Kind():
		return decode[StaffEvent, StaffDismissed](kind, payload)
	}
	return nil, badEvent(kind)
}

// OfficeOf is the person's office, and empty for who has none.
func (s Staff) OfficeOf(p PersonID) Office {
	for _, a := range s.People {
		if a.Person == p {
			return a.Office
		}
	}
	return ""
}

// Apply folds one event, recorded at the given time, into the staff.
func (s Staff) Apply(e StaffEvent, at time.Time) Staff {
	s.Version++
	without := func(p PersonID) []Appointment {
		return slices.DeleteFunc(slices.Clone(s.People), func(a Appointment) bool { return a.Person == p })
	}
	switch e := e.(type) {
	case StaffAppointed:
		s.People = append(without(e.Person), Appointment{Person: e.Person, Office: e.Office, Since: at})
	case StaffDismissed:
		s.People = without(e.Person)
	}
	return s
}

// DecideStaff answers the events that follow from a command, or a refusal. An
// administrator acts with the office that the staff's own list gives him; the
// house clock, which is whoever runs the program on its machine, may appoint.
func DecideStaff(s Staff, c StaffCommand, by Actor) ([]StaffEvent, error) {
	if by.Office != Clock {
		if err := Permit(by, ToStaff); err != nil {
			return nil, err
		}
		// The list wins over what the actor carries: who was dismissed while his
		// command was under way has no office any more.
		if err := Permit(Actor{Office: s.OfficeOf(by.Person), Person: by.Person}, ToStaff); err != nil {
			return nil, err
		}
	}
	switch c := c.(type) {
	case Appoint:
		return s.appoint(c, by)
	case Dismiss:
		return s.dismiss(c, by)
	}
	return nil, fault.New(fault.Internal, "staff.unknown_command", "No rule for this command.")
}

func (s Staff) appoint(c Appoint, by Actor) ([]StaffEvent, error) {
	if c.Person == "" {
		return nil, noPerson()
	}
	if !c.Office.Staff() && c.Office != Rail && c.Office != Carrier {
		return nil, fault.New(fault.Invalid, "staff.bad_office", "Choose an office of the house.").At("office")
	}
	was := s.OfficeOf(c.Person)
	if was == c.Office {
		return nil, fault.New(fault.Conflict, "staff.same_office", "The person has this office already.")
	}
	if c.Person == by.Person && by.Office != Clock {
		return nil, fault.New(fault.Forbidden, "staff.own_office", "Nobody changes his own office. Ask another administrator.")
	}
	if err := s.keepsAnAdministrator(was); err != nil {
		return nil, err
	}
	return []StaffEvent{StaffAppointed{Person: c.Person, Office: c.Office, Was: was, By: by.Person}}, nil
}

func (s Staff) dismiss(c Dismiss, by Actor) ([]StaffEvent, error) {
	was := s.OfficeOf(c.Person)
	if was == "" {
		return nil, fault.New(fault.NotFound, "staff.not_staff", "This person has no office of the house.")
	}
	if err := s.keepsAnAdministrator(was); err != nil {
		return nil, err
	}
	return []StaffEvent{StaffDismissed{Person: c.Person, Was: was, By: by.Person}}, nil
}

func (s Staff) keepsAnAdministrator(lost Office) error {
	left := 0
	for _, a := range s.People {
		if a.Office == Administrator {
			left++
		}
	}
	if lost == Administrator && left < 2 {
		return fault.New(fault.Refused, "staff.last_administrator", "The house keeps at least one administrator. Appoint another first.")
	}
	return nil
}
