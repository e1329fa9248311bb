package compliance

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
)

// Decide answers the events that follow from a command, in order, or a refusal:
//   - compliance.not_your_office, compliance.own_party and compliance.second_person, Forbidden;
//   - compliance.not_found, NotFound; compliance.wrong_stage, compliance.other_edition,
//     compliance.other_round, compliance.other_subject, compliance.nothing_new and
//     compliance.taken, Conflict;
//   - compliance.bad_subject, compliance.bad_case, compliance.no_reason, compliance.same_reason,
//     compliance.bad_decision, compliance.undecided, compliance.unknown_finding,
//     compliance.bad_ground and compliance.bad_licence, Invalid;
//   - compliance.too_many_findings and compliance.not_due, Refused.
func Decide(c Case, command Command, by Actor, now time.Time) ([]Event, error) {
	now = now.UTC()
	if err := c.admit(command, by); err != nil {
		return nil, err
	}
	if open, is := command.(Open); is {
		return one(c.open(open, now))
	}
	if c.Stage == NotOpened {
		return nil, fault.New(fault.NotFound, "compliance.not_found", "There is no case with this number.")
	}
	switch command := command.(type) {
	case Add:
		return one(c.add(command))
	case Take:
		return one(c.take(by))
	case Propose:
		return one(c.proposed(command, by))
	case Agree:
		return c.agree(command, by)
	case Object:
		return one(c.object(command, by))
	case Lift:
		return one(c.lift(command, by, now))
	case Remind:
		return one(c.remind(now))
	case Resume:
		return one(c.resume(now))
	}
	return nil, fault.New(fault.Internal, "compliance.unknown_command", "No rule for this command.")
}

func one(e Event, err error) ([]Event, error) {
	if err != nil {
		return nil, err
	}
	return []Event{e}, nil
}

// admit lets the clock do what needs no judgement, and people of compliance what
// does, except in a case about their own company or themselves.
func (c Case) admit(command Command, by Actor) error {
	var people, clock bool
	about := c.Subject.Person
	switch command := command.(type) {
	case Open:
		people, clock = true, true
		about = command.Subject.Person
	case Add:
		people, clock = true, true
	case Remind, Resume:
		clock = true
	default:
		people = true
	}
	if clock && by.Office == identity.Clock {
		return nil
	}
	if !people || by.Office != identity.Compliance || by.Person == "" || by.Party != "" {
		return fault.New(fault.Forbidden, "compliance.not_your_office", "This is for the compliance office of the house, or for its clock.")
	}
	if by.Person == about || slices.Contains(by.Insiders, by.Person) {
		return ownParty()
	}
	return nil
}

func (c Case) open(o Open, now time.Time) (Event, error) {
	if c.Stage != NotOpened {
		return nil, c.wrongStage()
	}
	if err := o.Subject.Check(); err != nil {
		return nil, err
	}
	findings := distinctFindings(o.Findings)
	if len(findings) == 0 || !recordable(o.Trigger, o.Deal, findings) {
		return nil, badCase()
	}
	if len(findings) > FindingsMax {
		return nil, tooManyFindings()
	}
	return CheckOpened{
		Subject: o.Subject, Trigger: o.Trigger, Findings: findings, Hold: o.Hold, Deal: o.Deal,
		DecideBy: workingDays(now, DecideDays),
	}, nil
}

func (c Case) add(a Add) (Event, error) {
	if !c.Undecided() {
		return nil, c.wrongStage()
	}
	if a.Subject.Fingerprint() != c.Subject.Fingerprint() {
		return nil, fault.New(fault.Conflict, "compliance.other_subject", "These findings are of another subject; it needs a case of its own.")
	}
	if !recordable(a.Trigger, a.Deal, a.Findings) {
		return nil, badCase()
	}
	news := distinctFindings(c.News(c.Subject, a.Findings))
	if len(news) == 0 && (c.Hold || !a.Hold) {
		return nil, fault.New(fault.Conflict, "compliance.nothing_new", "The case asks about all of this already.")
	}
	more := 0
	for _, f := range news {
		if !slices.ContainsFunc(c.Matters, func(m Matter) bool { return m.Finding.Key() == f.Key() }) {
			more++
		}
	}
	if len(c.Matters)+more > FindingsMax {
		return nil, tooManyFindings()
	}
	return CheckAdded{Trigger: a.Trigger, Findings: news, Hold: a.Hold, Deal: a.Deal}, nil
}

func recordable(t Trigger, deal string, findings []Finding) bool {
	return slices.Contains(Triggers(), t) && utf8.ValidString(deal) &&
		!slices.ContainsFunc(findings, func(f Finding) bool { return f.List == "" || f.Entry == "" })
}

// distinctFindings keeps the most probable finding of each listed party.
func distinctFindings(findings []Finding) []Finding {
	var kept []Finding
	for _, f := range worst(findings) {
		if !slices.ContainsFunc(kept, func(o Finding) bool { return o.Key() == f.Key() }) {
			kept = append(kept, f)
		}
	}
	return kept
}

func (c Case) take(by Actor) (Event, error) {
	if !c.Undecided() && !c.Blocks() {
		return nil, c.wrongStage()
	}
	if c.Assignee == by.Person {
		return nil, fault.New(fault.Conflict, "compliance.taken", "The case is yours already.")
	}
	return CheckAssigned{To: by.Person, Was: c.Assignee}, nil
}

func (c Case) proposed(p Propose, by Actor) (Event, error) {
	if c.Stage != Opened {
		return nil, c.wrongStage()
	}
	if p.Edition != c.Edition {
		return nil, fault.New(fault.Conflict, "compliance.other_edition", "The case has changed since you read it. Read it again.").At("edition")
	}
	named := make(map[Key]Decision, len(p.Decisions))
	for _, d := range p.Decisions {
		if !slices.ContainsFunc(c.Matters, func(m Matter) bool { return m.Finding.Key() == d.Key }) {
			return nil, fault.New(fault.Invalid, "compliance.unknown_finding", "The case has no such finding.").At("decisions")
		}
		if _, twice := named[d.Key]; twice {
			return nil, undecided()
		}
		named[d.Key] = d.Decision
	}
	e := CheckProposed{By: by.Person}
	for _, m := range c.Matters {
		d, is := named[m.Finding.Key()]
		if !is {
			d = p.Decision
		}
		if d == "" {
			return nil, undecided()
		}
		if !slices.Contains(Decisions(), d) {
			return nil, fault.New(fault.Invalid, "compliance.bad_decision", "Choose false_positive, true_match or off_list.").At("decisions")
		}
		e.Decisions = append(e.Decisions, Decided{Key: m.Finding.Key(), Decision: d})
		e.Hold = e.Hold || d == TrueMatch
	}
	var err error
	e.Reason, err = reason(p.Reason)
	return e, err
}

func (c Case) agree(a Agree, by Actor) ([]Event, error) {
	if err := c.standing(a.Round); err != nil {
		return nil, err
	}
	if by.Person == c.Proposal.By {
		return nil, fault.New(fault.Forbidden, "compliance.second_person", "Another person than the one who proposed must agree.")
	}
	if slices.Contains(by.Insiders, c.Proposal.By) { // joined the company since
		return nil, ownParty()
	}
	why, err := reason(a.Reason)
	if err != nil {
		return nil, err
	}
	if fold(why) == fold(c.Proposal.Reason) {
		return nil, fault.New(fault.Invalid, "compliance.same_reason", "Say in your own words why you agree.").At("reason")
	}
	agreed := CheckAgreed{Round: a.Round, By: by.Person, Reason: why}
	if c.Stage == Lifting {
		return []Event{agreed, CheckEnded{}}, nil
	}
	closed := CheckClosed{}
	for _, m := range c.Matters {
		switch m.Decision {
		case FalsePositive:
			closed.Cleared = append(closed.Cleared, m.Finding.Pair(c.Subject))
		case TrueMatch:
			closed.Matched = append(closed.Matched, m.Finding.Pair(c.Subject))
		case OffList:
		}
	}
	return []Event{agreed, closed}, nil
}

func (c Case) object(o Object, by Actor) (Event, error) {
	if err := c.standing(o.Round); err != nil {
		return nil, err
	}
	why, err := reason(o.Reason)
	if err != nil {
		return nil, err
	}
	return CheckObjected{Round: o.Round, By: by.Person, Reason: why}, nil
}

// standing refuses a word on a proposal that is not, or not any more, the one
// that stands.
func (c Case) standing(round int) error {
	if c.Stage != Proposed && c.Stage != Lifting {
		return c.wrongStage()
	}
	if round != c.Proposal.Round {
		return fault.New(fault.Conflict, "compliance.other_round", "Another proposal stands by now. Read it first.").At("round")
	}
	return nil
}

func (c Case) lift(l Lift, by Actor, now time.Time) (Event, error) {
	if c.Stage != Confirmed {
		return nil, c.wrongStage()
	}
	if !slices.Contains(Grounds(), l.Ground) {
		return nil, fault.New(fault.Invalid, "compliance.bad_ground", "Choose delisted, licensed or mistaken.").At("ground")
	}
	licence := Licence{
		Number: strings.TrimSpace(l.Licence.Number), Authority: strings.TrimSpace(l.Licence.Authority), Until: l.Licence.Until.UTC().Truncate(time.Microsecond), // what a deadline can keep
	}
	if l.Ground == Licensed {
		latest := now.AddDate(LicenceYearsMax, 0, 0)
		if !label(licence.Number) || !label(licence.Authority) || !licence.Until.After(now) || licence.Until.After(latest) {
			return nil, fault.New(fault.Invalid, "compliance.bad_licence", "A licence has a number, an authority and an end within two years.").At("licence")
		}
	} else if licence != (Licence{}) {
		return nil, fault.New(fault.Invalid, "compliance.bad_licence", "Only a licensed case has a licence.").At("licence")
	}
	why, err := reason(l.Reason)
	if err != nil {
		return nil, err
	}
	return CheckEndProposed{
		By: by.Person, Reason: why, Ground: l.Ground, Licence: licence, DecideBy: workingDays(now, DecideDays),
	}, nil
}

func (c Case) remind(now time.Time) (Event, error) {
	at, next := c.Next()
	if _, due := next.(Remind); !due {
		return nil, c.wrongStage()
	}
	if !now.After(at) {
		return nil, notDue()
	}
	return CheckOverdue{}, nil
}

func (c Case) resume(now time.Time) (Event, error) {
	at, next := c.Next()
	if _, due := next.(Resume); !due {
		return nil, c.wrongStage()
	}
	if !now.After(at) {
		return nil, notDue()
	}
	return CheckResumed{}, nil
}

// workingDays counts Mondays to Fridays, in UTC; it knows no holidays, so an
// alarm comes rather too early than too late.
func workingDays(from time.Time, days int) time.Time {
	at := from
	for days > 0 {
		at = at.AddDate(0, 0, 1)
		if d := at.Weekday(); d != time.Saturday && d != time.Sunday {
			days--
		}
	}
	return at
}

// reason is what a person wrote, if it says something: spaces count once.
func reason(text string) (string, error) {
	text = strings.TrimSpace(text)
	said := utf8.RuneCountInString(strings.Join(strings.Fields(text), " "))
	if said < ReasonMin || utf8.RuneCountInString(text) > ReasonMax || !plain(text) {
		return "", fault.New(fault.Invalid, "compliance.no_reason", "Say why, in {min} to {max} characters.").
			With("min", strconv.Itoa(ReasonMin)).With("max", strconv.Itoa(ReasonMax)).At("reason")
	}
	return text, nil
}

func label(text string) bool {
	return text != "" && utf8.RuneCountInString(text) <= keptText && plain(text) && !strings.Contains(text, "\n")
}

// plain reports whether a reader sees everything that stands there.
func plain(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' || unicode.Is(unicode.Cf, r)
	})
}

func (c Case) wrongStage() error {
	stage := string(c.Stage)
	if c.Stage == NotOpened {
		stage = "not opened"
	}
	return fault.New(fault.Conflict, "compliance.wrong_stage", "The case is {stage}; this cannot be done now.").With("stage", stage)
}

func ownParty() error {
	return fault.New(fault.Forbidden, "compliance.own_party", "Nobody decides about his own company or about himself.")
}

func undecided() error {
	return fault.New(fault.Invalid, "compliance.undecided", "Decide every finding of the case, each once.").At("decisions")
}

func badCase() error {
	return fault.New(fault.Invalid, "compliance.bad_case", "A case needs a trigger, and findings that name their list and entry.")
}

func tooManyFindings() error {
	return fault.New(fault.Refused, "compliance.too_many_findings", "A case holds at most {max} findings. Open another one.").With("max", strconv.Itoa(FindingsMax))
}

func notDue() error {
	return fault.New(fault.Refused, "compliance.not_due", "It is too early for this.")
}
