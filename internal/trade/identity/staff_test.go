package identity_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
)

func setupStaff(t *testing.T) identity.Staff {
	t.Helper()
	var s identity.Staff
	for _, p := range []identity.Appointment{{Person: "ada", Office: identity.Administrator}, {Person: "max", Office: identity.Mediator}} {
		s = appoint(t, s, identity.HouseClock(), identity.Appoint{Person: p.Person, Office: p.Office})
	}
	return s
}

func appoint(t *testing.T, s identity.Staff, by identity.Actor, c identity.StaffCommand) identity.Staff {
	t.Helper()
	events, err := identity.DecideStaff(s, c, by)
	if err != nil || len(events) != 1 {
		t.Fatalf("%s %+v: %v, %v", c.Name(), c, events, err)
	}
	payload, err := json.Marshal(events[0])
	if err != nil {
		t.Fatal(err)
	}
	read, err := identity.DecodeStaff(events[0].Kind(), payload)
	if err != nil || !reflect.DeepEqual(read, events[0]) {
		t.Fatalf("%s is read as %+v, %v", payload, read, err)
	}
	return s.Apply(read, noon())
}

func TestOnlyAdministratorsAppointStaff(t *testing.T) {
	t.Parallel()
	ada := identity.Actor{Office: identity.Administrator, Person: "ada"}
	for _, tt := range []struct {
		by   identity.Actor
		c    identity.StaffCommand
		code string
	}{
		{ada, identity.Appoint{Person: "new", Office: identity.Auditor}, ""},
		{ada, identity.Appoint{Person: "bank", Office: identity.Rail}, ""},
		{ada, identity.Appoint{Person: "max", Office: identity.Treasury}, ""},
		{ada, identity.Dismiss{Person: "max"}, ""},
		{ada, identity.Appoint{Person: "max", Office: identity.Mediator}, "staff.same_office"},
		{ada, identity.Appoint{Office: identity.Mediator}, "organisation.no_person"},
		{ada, identity.Appoint{Person: "new", Office: identity.Member}, "staff.bad_office"},
		{ada, identity.Appoint{Person: "new", Office: identity.Clock}, "staff.bad_office"},
		{ada, identity.Appoint{Person: "new"}, "staff.bad_office"},
		{ada, identity.Appoint{Person: "ada", Office: identity.Treasury}, "staff.own_office"},
		{ada, identity.Dismiss{Person: "ada"}, "staff.last_administrator"},
		{identity.HouseClock(), identity.Dismiss{Person: "ada"}, "staff.last_administrator"},
		{identity.HouseClock(), identity.Appoint{Person: "ada", Office: identity.Auditor}, "staff.last_administrator"},
		{ada, identity.Dismiss{Person: "new"}, "staff.not_staff"},
		{identity.Actor{Office: identity.Mediator, Person: "max"}, identity.Appoint{Person: "new", Office: identity.Mediator}, "identity.not_your_role"},
		{identity.Actor{Office: identity.Administrator, Person: "max"}, identity.Appoint{Person: "new", Office: identity.Mediator}, "identity.not_your_role"},
		{identity.Actor{Office: identity.Administrator, Person: "gone"}, identity.Dismiss{Person: "max"}, "identity.not_your_role"},
		{identity.MemberOf("acme", "ada"), identity.Appoint{Person: "new", Office: identity.Mediator}, "identity.not_your_role"},
		{identity.Actor{}, identity.Dismiss{Person: "max"}, "identity.not_your_role"},
	} {
		events, err := identity.DecideStaff(setupStaff(t), tt.c, tt.by)
		if fault.CodeOf(err) != tt.code && err != nil || (err == nil) != (tt.code == "") || (len(events) == 1) != (err == nil) {
			t.Errorf("%s by %s, %+v: %v, want %q", tt.c.Name(), tt.by, tt.c, err, tt.code)
		}
	}
	s := appoint(t, setupStaff(t), ada, identity.Appoint{Person: "bea", Office: identity.Administrator})
	s = appoint(t, s, identity.Actor{Office: identity.Administrator, Person: "bea"}, identity.Dismiss{Person: "ada"})
	if s.OfficeOf("ada") != "" || s.OfficeOf("bea") != identity.Administrator || s.Version != 4 {
		t.Errorf("%+v", s)
	}
}

func TestAHouseKeepsItsLastAdministrator(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var s identity.Staff
		had := false
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			person := rapid.SampledFrom([]identity.PersonID{"a", "b", "c"})
			by := identity.HouseClock()
			if rapid.Bool().Draw(t, "by a person") {
				by = identity.Actor{Office: rapid.SampledFrom(identity.Offices()).Draw(t, "office"), Person: person.Draw(t, "by")}
			}
			var c identity.StaffCommand = identity.Dismiss{Person: person.Draw(t, "whom")}
			if rapid.Bool().Draw(t, "appoint") {
				c = identity.Appoint{Person: person.Draw(t, "whom"), Office: rapid.SampledFrom(identity.Offices()).Draw(t, "to")}
			}
			events, err := identity.DecideStaff(s, c, by)
			allowed := by.Office == identity.Clock || s.OfficeOf(by.Person) == identity.Administrator && by.Office == identity.Administrator
			if err == nil && !allowed {
				t.Fatalf("%s did %s", by, c.Name())
			}
			for _, e := range events {
				s = s.Apply(e, noon())
			}
			administrators := 0
			for _, p := range s.People {
				if p.Office == identity.Administrator {
					administrators++
				}
			}
			if had && administrators == 0 {
				t.Fatalf("%s by %s left the house without an administrator", c.Name(), by)
			}
			had = administrators > 0
		}
	})
}

func FuzzDecodeParty(f *testing.F) {
	f.Add("party_registered", []byte(`{"party":{"id":"p"}}`))
	f.Add("two_persons_set", []byte(`{"limits":[{"amount":1,"currency":"USD"}],"by":"a"}`))
	f.Add("profile_reviewed", []byte(`{"verdict":"verified","until":"2026-03-01T12:00:00Z"}`))
	f.Add("staff_appointed", []byte(`{"person":"a","office":"treasury"}`))
	f.Add("member_invited", []byte(`{"invitation":"i","role":"owner","expires":"x"}`))
	f.Fuzz(func(t *testing.T, kind string, payload []byte) {
		party, err := identity.DecodeParty(kind, payload)
		if (err == nil) != (party != nil && party.Kind() == kind) || err != nil && fault.CodeOf(err) != "identity.bad_event" {
			t.Fatalf("%v, %v", party, err)
		}
		if err == nil {
			identity.Organisation{}.Apply(party, noon())
		}
		staff, err := identity.DecodeStaff(kind, payload)
		if (err == nil) != (staff != nil && staff.Kind() == kind) || err != nil && fault.CodeOf(err) != "identity.bad_event" {
			t.Fatalf("%v, %v", staff, err)
		}
		if err == nil {
			identity.Staff{}.Apply(staff, noon())
		}
	})
}
