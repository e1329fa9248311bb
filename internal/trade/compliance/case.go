package compliance

import (
	"slices"
	"time"

	"fondaco/internal/trade/identity"
)

// Stage is where a case stands.
type Stage string

// The stages of a case.
const (
	NotOpened Stage = ""          // nothing recorded yet
	Opened    Stage = "opened"    // a person of compliance proposes next; the clock raises an alarm
	Proposed  Stage = "proposed"  // another person agrees or objects; a finding voids it; the clock raises an alarm
	Cleared   Stage = "cleared"   // none of the findings is the subject; final
	Confirmed Stage = "confirmed" // at least one is; the party is blocked until somebody proposes to lift
	Lifting   Stage = "lifting"   // still blocked; another person agrees or objects; the clock raises an alarm
	Lifted    Stage = "lifted"    // not blocked any more; only the end of a licence moves it on
)

// Stages lists every stage after the first, in the order above.
func Stages() []Stage {
	return []Stage{Opened, Proposed, Cleared, Confirmed, Lifting, Lifted}
}

// Trigger is what made the house look.
type Trigger string

// The triggers.
const (
	AtRegistration Trigger = "registration"
	AtProfile      Trigger = "profile"
	AtOwners       Trigger = "owners"
	AtSignature    Trigger = "signature"
	AtFunding      Trigger = "funding"
	AtPayout       Trigger = "payout"
	AtListUpdate   Trigger = "list_update"
	ByHand         Trigger = "by_hand" // a person of compliance asked
)

// Triggers lists every trigger in the order above.
func Triggers() []Trigger {
	return []Trigger{AtRegistration, AtProfile, AtOwners, AtSignature, AtFunding, AtPayout, AtListUpdate, ByHand}
}

// Decision is what a person says of one finding.
type Decision string

// The decisions.
const (
	FalsePositive Decision = "false_positive" // not the same party; remembered for the pair
	TrueMatch     Decision = "true_match"     // the same party: it is blocked
	OffList       Decision = "off_list"       // the entry has left the list; nothing to remember
)

// Decisions lists every decision in the order above.
func Decisions() []Decision { return []Decision{FalsePositive, TrueMatch, OffList} }

// Ground is why a confirmed case is lifted.
type Ground string

// The grounds.
const (
	Delisted Ground = "delisted" // the list names the party no more; nothing to remember
	Licensed Ground = "licensed" // an authority allows it; remembered until the licence ends
	Mistaken Ground = "mistaken" // it was another party after all; remembered as a false positive
)

// Grounds lists every ground in the order above.
func Grounds() []Ground { return []Ground{Delisted, Licensed, Mistaken} }

// Licence is an authority's permission to deal with a listed party.
type Licence struct {
	Number    string    `json:"number"`
	Authority string    `json:"authority"`
	Until     time.Time `json:"until"` // the last moment it holds
}

// Matter is one finding of a case and what was decided of it; Decision is empty
// while nobody has proposed anything.
type Matter struct {
	Finding  Finding
	At       time.Time // when it joined the case
	Decision Decision
}

// Proposal is what one person wants another to agree to. It ends when somebody
// agrees or objects, or when a finding is added.
type Proposal struct {
	Round   int // the number of the proposal in its case
	By      identity.PersonID
	At      time.Time
	Reason  string
	Ground  Ground  // of a lift
	Licence Licence // of a lift on [Licensed]
}

// Case is the fold of a case's events. The zero value with an ID is a case that
// is not opened yet.
type Case struct {
	ID       string
	Version  int64
	Subject  Subject
	Trigger  Trigger  // what opened it
	Deals    []string // the deals that were about to go on
	Stage    Stage
	Hold     bool     // the party is held while the case is open
	Matters  []Matter // in the order in which they were found, the most probable first
	Edition  int      // how many times findings were recorded
	Rounds   int      // how many proposals there were
	Assignee identity.PersonID

	Proposal Proposal // the last one; it stands while the stage is Proposed or Lifting
	AgreedBy identity.PersonID
	Agreed   string // the second person's reason
	Objected string // the reason of the last objection

	OpenedAt time.Time
	Since    time.Time // when its present stage began
	DecideBy time.Time // when the alarm is raised; zero when nobody has to decide
	Overdue  bool      // the alarm was raised, and nobody has decided since
	ClosedAt time.Time // when two persons had decided; zero before
}

// Stream is the name of a case's stream of events.
func Stream(id string) string { return "case:" + id }

// Limits of a case.
const (
	// DecideDays is how many working days there are until the alarm.
	DecideDays = 2
	// FindingsMax is how many findings a case holds. More make another case.
	FindingsMax = 100
	// ReasonMin and ReasonMax bound the reason of a person, in characters.
	ReasonMin = 20
	ReasonMax = 2000
	// LicenceYearsMax is the longest a licence is believed without a new look.
	LicenceYearsMax = 2
)

// Undecided reports whether two persons still have to decide the findings.
func (c Case) Undecided() bool { return c.Stage == Opened || c.Stage == Proposed }

// Blocks reports whether two persons have confirmed a match and nobody has
// lifted it: no new deals, and nothing is paid either way.
func (c Case) Blocks() bool { return c.Stage == Confirmed || c.Stage == Lifting }

// Holds reports whether the party and its deals must stand still because of this
// case. Whoever records an event compares it before and after.
func (c Case) Holds() bool { return c.Blocks() || c.Undecided() && c.Hold }

// Covers reports whether finding the pair again is nothing new: the case asks
// about it, or it blocks the subject for that listed party, whatever the list
// says of it by now.
func (c Case) Covers(p Pair) bool {
	if !c.Undecided() && !c.Blocks() || c.Subject.Fingerprint() != p.Subject {
		return false
	}
	return slices.ContainsFunc(c.Matters, func(m Matter) bool {
		same := m.Finding.List == p.List && m.Finding.Entry == p.Entry
		return same && (m.Finding.Print == p.Print || c.Blocks() && m.Decision == TrueMatch)
	})
}

// News are the findings that the case does not cover, the most probable first.
func (c Case) News(s Subject, findings []Finding) []Finding {
	var news []Finding
	for _, f := range worst(findings) {
		if p := f.Pair(s); !c.Covers(p) && !slices.ContainsFunc(news, func(n Finding) bool { return n.Pair(s) == p }) {
			news = append(news, f)
		}
	}
	return news
}

// Memory is a pair that need not be asked about again.
type Memory struct {
	Pair  Pair
	Until time.Time // the last moment it holds; zero for as long as both sides say the same
}

// Remembers are the pairs that need not be asked about because of this case as
// it stands: false positives once two persons have closed it, and the matches
// that a licence covers. Pairs of a case that is undecided are none.
func (c Case) Remembers() []Memory {
	if c.Stage == NotOpened || c.Undecided() {
		return nil
	}
	var memories []Memory
	for _, m := range c.Matters {
		p := m.Finding.Pair(c.Subject)
		if !p.Whole() {
			continue
		}
		mistaken := c.Stage == Lifted && c.Proposal.Ground == Mistaken
		switch {
		case m.Decision == FalsePositive, m.Decision == TrueMatch && mistaken:
			memories = append(memories, Memory{Pair: p})
		case m.Decision == TrueMatch && c.Stage == Lifted && c.Proposal.Ground == Licensed:
			memories = append(memories, Memory{Pair: p, Until: c.Proposal.Licence.Until})
		}
	}
	return memories
}

// Settled answers which pairs need not be asked about at now, from all cases of
// a party. Of several cases about one pair the one decided last counts, and a
// case that blocks counts in any event.
func Settled(cases []Case, now time.Time) func(Pair) bool {
	type word struct {
		at            time.Time
		clear, blocks bool
	}
	last := map[Pair]word{}
	for _, c := range cases {
		if c.Stage == NotOpened || c.Undecided() {
			continue
		}
		memories := c.Remembers()
		for _, m := range c.Matters {
			p, w := m.Finding.Pair(c.Subject), word{at: c.ClosedAt}
			if m.Decision == TrueMatch {
				w.at, w.blocks = c.Since, c.Blocks()
			}
			w.clear = slices.ContainsFunc(memories, func(r Memory) bool {
				return r.Pair == p && (r.Until.IsZero() || !now.After(r.Until))
			})
			before, known := last[p]
			if !known || w.blocks || !before.blocks && (before.at.Before(w.at) || before.at.Equal(w.at) && before.clear) {
				last[p] = w
			}
		}
	}
	return func(p Pair) bool { return last[p].clear }
}

// Next is when the clock does something with the case by itself, and the command
// that it then gives; no command if the case has no clock. The command is
// refused at that very moment and taken after it.
func (c Case) Next() (time.Time, Command) {
	switch c.Stage {
	case Opened, Proposed, Lifting:
		if !c.Overdue {
			return c.DecideBy, Remind{}
		}
	case Lifted:
		if c.Proposal.Ground == Licensed {
			return c.Proposal.Licence.Until, Resume{}
		}
	case NotOpened, Cleared, Confirmed:
	}
	return time.Time{}, nil
}
