package compliance_test

import (
	"maps"
	"reflect"
	"slices"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/compliance"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
)

// judge is what a test and a property have in common.
type judge interface {
	Helper()
	Fatalf(format string, args ...any)
}

// desk is one case and a clock that tests set.
type desk struct {
	t    judge
	c    compliance.Case
	now  time.Time
	kind []string // of every event
	last compliance.Event
}

// Reasons that say something, each in its own words.
const (
	because = "The date of birth differs by eleven years."
	agreed  = "I compared both passports; these are two people."
	no      = "The address was not compared with the register."
)

func setup(t judge) *desk {
	t.Helper()
	return &desk{t: t, c: compliance.Case{ID: "c1"}, now: time.Date(2027, 3, 3, 9, 0, 0, 0, time.UTC)} // a Wednesday
}

// opened is a case with two findings that holds the party.
func opened(t judge) *desk {
	t.Helper()
	d := setup(t)
	d.do(clock(), compliance.Open{
		Subject: petrov(), Trigger: compliance.AtSignature, Hold: true, Deal: "d1",
		Findings: []compliance.Finding{finding("un", "6908", 9100), finding("ofac-sdn", "36", 7000)},
	})
	return d
}

// proposed is that case with a proposal by ann.
func proposed(t judge, what compliance.Decision) *desk {
	t.Helper()
	d := opened(t)
	d.do(officer("ann"), compliance.Propose{Edition: d.c.Edition, Decision: what, Reason: because})
	return d
}

// closed is that case decided by ann and ben.
func closed(t judge, what compliance.Decision) *desk {
	t.Helper()
	d := proposed(t, what)
	d.do(officer("ben"), compliance.Agree{Round: d.c.Proposal.Round, Reason: agreed})
	return d
}

// lifted is a confirmed case that ann and ben have lifted.
func lifted(t judge, ground compliance.Ground) *desk {
	t.Helper()
	d := closed(t, compliance.TrueMatch)
	d.do(officer("ann"), d.lift(ground))
	d.do(officer("ben"), compliance.Agree{Round: d.c.Proposal.Round, Reason: agreed})
	return d
}

func (d *desk) lift(ground compliance.Ground) compliance.Lift {
	l := compliance.Lift{Ground: ground, Reason: because}
	if ground == compliance.Licensed {
		l.Licence = compliance.Licence{Number: "RU-2027-501", Authority: "OFAC", Until: d.now.AddDate(0, 6, 0)}
	}
	return l
}

// try gives a command. A refusal must leave the case as it was, and events must
// be readable as they were written.
func (d *desk) try(by compliance.Actor, c compliance.Command) error {
	d.t.Helper()
	before := copied(d.c)
	events, err := compliance.Decide(d.c, c, by, d.now)
	if !reflect.DeepEqual(before, d.c) {
		d.t.Fatalf("%s changed the case that it was asked about", c.Name())
	}
	if err != nil {
		if len(events) > 0 {
			d.t.Fatalf("%s was refused and led to %v", c.Name(), events)
		}
		return err
	}
	for _, e := range events {
		payload, err := evidence.Canonical(e)
		if err != nil {
			d.t.Fatalf("%s cannot be recorded: %v", e.Kind(), err)
		}
		read, err := compliance.DecodeEvent(e.Kind(), payload)
		if err != nil {
			d.t.Fatalf("%s cannot be read: %v", e.Kind(), err)
		}
		was := d.c
		kept := copied(was)
		d.c = d.c.Apply(read, d.now)
		if !reflect.DeepEqual(kept, was) {
			d.t.Fatalf("%s changed the case before it", e.Kind())
		}
		d.kind, d.last = append(d.kind, e.Kind()), read
	}
	return nil
}

func (d *desk) do(by compliance.Actor, c compliance.Command) {
	d.t.Helper()
	if err := d.try(by, c); err != nil {
		d.t.Fatalf("%s: %+v", c.Name(), err)
	}
}

// refuse gives a command that must be refused with the code.
func (d *desk) refuse(by compliance.Actor, c compliance.Command, kind fault.Kind, code string) {
	d.t.Helper()
	before := copied(d.c)
	err := d.try(by, c)
	if fault.CodeOf(err) != code || fault.KindOf(err) != kind {
		d.t.Fatalf("%s by %s: got %v %v, want %v %s", c.Name(), by.Person, fault.KindOf(err), err, kind, code)
	}
	if !reflect.DeepEqual(before, d.c) {
		d.t.Fatalf("%s was refused and changed the case", c.Name())
	}
}

// copied shares nothing with the case.
func copied(c compliance.Case) compliance.Case {
	c.Matters = slices.Clone(c.Matters)
	for i, m := range c.Matters {
		c.Matters[i].Finding.Reasons = slices.Clone(m.Finding.Reasons)
	}
	c.Deals = slices.Clone(c.Deals)
	c.Subject.Births = slices.Clone(c.Subject.Births)
	c.Subject.Countries = slices.Clone(c.Subject.Countries)
	c.Subject.Identifiers = slices.Clone(c.Subject.Identifiers)
	return c
}

// officer is a person of compliance who looks at a party with two members.
func officer(name identity.PersonID) compliance.Actor {
	return compliance.Actor{
		Actor:    identity.Actor{Office: identity.Compliance, Person: name},
		Insiders: []identity.PersonID{"mia", "max"},
	}
}

func clock() compliance.Actor { return compliance.Actor{Actor: identity.HouseClock()} }

func petrov() compliance.Subject {
	return compliance.Subject{
		Party: "p7", Capacity: compliance.Owner, Name: "Ivan Petrov", Kind: "person", Person: "ivan",
		Births:      []compliance.Date{{Year: 1971, Month: 2, Day: 3}},
		Countries:   []string{"RU", "CY"},
		Identifiers: []compliance.Identifier{{Type: "passport", Value: "71 1234567", Country: "RU"}},
	}
}

// finding is a listed party as it says what it says at first.
func finding(list, entry string, probabilityBps int) compliance.Finding {
	return compliance.Finding{
		List: list, Entry: entry, Version: "v1", Print: "says-" + list + "-" + entry, Name: "IVAN PETROV",
		Probability: probabilityBps,
		Reasons:     []compliance.Reason{{Code: "same", Ours: "ivan", Theirs: "IVAN", Weight: 1000}},
	}
}

// changed is the same listed party after its list says something else of it.
func changed(f compliance.Finding, how string) compliance.Finding {
	f.Print += how
	f.Version = "v" + how
	return f
}

func remembered(c compliance.Case) map[compliance.Pair]time.Time {
	memories := map[compliance.Pair]time.Time{}
	for _, m := range c.Remembers() {
		memories[m.Pair] = m.Until
	}
	return memories
}

func pairs(memories map[compliance.Pair]time.Time) []string {
	var entries []string
	for p := range maps.Keys(memories) {
		entries = append(entries, p.List+"/"+p.Entry)
	}
	slices.Sort(entries)
	return entries
}
