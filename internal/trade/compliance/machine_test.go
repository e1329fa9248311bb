package compliance_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fondaco/internal/fault"
	"fondaco/internal/trade/compliance"
	"fondaco/internal/trade/identity"
)

// office is a case as people work on it, and the test's own notes of what they
// were told.
type office struct {
	*desk

	proposer identity.PersonID // of the proposal that stands; empty if none does
	lifting  bool              // that proposal is to lift
	held     bool              // the house was told to hold and nobody ended it
	said     map[compliance.Key]compliance.Decision
	ends     int // consents that closed or lifted
	refusals int
}

// give tries a command as somebody. It answers whether it was taken.
func (o *office) give(t *rapid.T, by compliance.Actor, c compliance.Command) bool {
	before := copied(o.c)
	err := o.try(by, c)
	if err == nil {
		return true
	}
	o.refusals++
	if !reflect.DeepEqual(before, o.c) {
		t.Fatalf("%s was refused and changed the case", c.Name())
	}
	if k := fault.KindOf(err); k == fault.Internal || !strings.HasPrefix(fault.CodeOf(err), "compliance.") {
		t.Fatalf("%s: %v is no refusal", c.Name(), err)
	}
	return false
}

// anybody draws who acts: mostly the people of compliance, sometimes who may not.
func anybody(t *rapid.T) compliance.Actor {
	by := officer(rapid.SampledFrom([]identity.PersonID{"ann", "ann", "ben", "ben", "cid", "mia", "ivan", ""}).Draw(t, "who"))
	by.Office = rapid.SampledFrom([]identity.Office{
		identity.Compliance, identity.Compliance, identity.Compliance, identity.Compliance, identity.Administrator, identity.Clock,
	}).Draw(t, "office")
	return by
}

func aFinding(t *rapid.T) compliance.Finding {
	f := finding(rapid.SampledFrom([]string{"un", "uk"}).Draw(t, "list"), rapid.SampledFrom([]string{"1", "2"}).Draw(t, "entry"),
		rapid.IntRange(0, 10000).Draw(t, "probability"))
	return changed(f, rapid.SampledFrom([]string{"", "", "2"}).Draw(t, "change"))
}

func (o *office) add(t *rapid.T) {
	f, hold := aFinding(t), rapid.Bool().Draw(t, "hold")
	by := anybody(t)
	edition := o.c.Edition
	var taken bool
	if o.c.Stage == compliance.NotOpened {
		taken = o.give(t, by, compliance.Open{Subject: petrov(), Trigger: compliance.AtListUpdate, Findings: []compliance.Finding{f}, Hold: hold})
	} else {
		taken = o.give(t, by, compliance.Add{Subject: petrov(), Trigger: compliance.AtListUpdate, Findings: []compliance.Finding{f}, Hold: hold})
	}
	if !taken {
		return
	}
	o.held = o.held || hold
	if o.c.Edition != edition {
		o.proposer, o.said = "", map[compliance.Key]compliance.Decision{}
		if o.c.Stage != compliance.Opened {
			t.Fatalf("a later finding leaves the case %s", o.c.Stage)
		}
	}
}

func (o *office) propose(t *rapid.T) {
	by := anybody(t)
	p := compliance.Propose{
		Edition: o.c.Edition - rapid.SampledFrom([]int{0, 0, 0, 0, 1}).Draw(t, "old"), Reason: aReason(t),
		Decision: rapid.SampledFrom(append(compliance.Decisions(), compliance.FalsePositive)).Draw(t, "decision"),
	}
	for _, m := range o.c.Matters {
		if rapid.Bool().Draw(t, "by itself") {
			p.Decisions = append(p.Decisions, compliance.Decided{
				Key: m.Finding.Key(), Decision: rapid.SampledFrom(compliance.Decisions()).Draw(t, "one decision"),
			})
		}
	}
	if !o.give(t, by, p) {
		return
	}
	if p.Edition != o.c.Edition {
		t.Fatalf("a proposal on edition %d was taken on %d", p.Edition, o.c.Edition)
	}
	o.noteProposal(by.Person, p)
}

func (o *office) noteProposal(by identity.PersonID, p compliance.Propose) {
	o.proposer, o.lifting, o.said = by, false, map[compliance.Key]compliance.Decision{}
	for _, m := range o.c.Matters {
		d := p.Decision
		for _, one := range p.Decisions {
			if one.Key == m.Finding.Key() {
				d = one.Decision
			}
		}
		o.said[m.Finding.Key()] = d
		o.held = o.held || d == compliance.TrueMatch
	}
}

func (o *office) proposeLift(t *rapid.T) {
	by := anybody(t)
	if o.give(t, by, o.lift(rapid.SampledFrom(compliance.Grounds()).Draw(t, "ground"))) {
		o.proposer, o.lifting = by.Person, true
	}
}

func (o *office) agree(t *rapid.T) {
	o.consent(t, anybody(t), compliance.Agree{Round: o.c.Rounds - rapid.SampledFrom([]int{0, 0, 0, 1}).Draw(t, "old"), Reason: aReason(t) + "!"})
}

func (o *office) consent(t *rapid.T, by compliance.Actor, c compliance.Agree) {
	if !o.give(t, by, c) {
		return
	}
	if o.proposer == "" || by.Person == o.proposer {
		t.Fatalf("%q closed what %q proposed", by.Person, o.proposer)
	}
	for _, p := range []identity.PersonID{by.Person, o.proposer} {
		if !slices.Contains([]identity.PersonID{"ann", "ben", "cid"}, p) || by.Office != identity.Compliance {
			t.Fatalf("%q as %s had a say", p, by.Office)
		}
	}
	o.ends++
	if o.lifting {
		o.held = false
	} else {
		o.held = false
		for _, d := range o.said {
			o.held = o.held || d == compliance.TrueMatch
		}
		o.checkClosing(t)
	}
	o.proposer = ""
}

// checkClosing holds what the log says of the closing against what was said.
func (o *office) checkClosing(t *rapid.T) {
	closing, is := o.last.(compliance.CheckClosed)
	if !is {
		t.Fatalf("a consent ended in %T", o.last)
	}
	for _, m := range o.c.Matters {
		pair, said := m.Finding.Pair(petrov()), o.said[m.Finding.Key()]
		if slices.Contains(closing.Cleared, pair) != (said == compliance.FalsePositive) ||
			slices.Contains(closing.Matched, pair) != (said == compliance.TrueMatch) {
			t.Fatalf("%s was said to be %q: %+v", m.Finding.Entry, said, closing)
		}
	}
}

func (o *office) object(t *rapid.T) {
	if o.give(t, anybody(t), compliance.Object{Round: o.c.Rounds, Reason: aReason(t)}) {
		o.proposer = ""
	}
}

func (o *office) wait(t *rapid.T) {
	o.now = o.now.Add(rapid.SampledFrom([]time.Duration{time.Microsecond, time.Hour, 5 * 24 * time.Hour, 200 * 24 * time.Hour}).Draw(t, "wait"))
	stage := o.c.Stage
	if _, next := o.c.Next(); next != nil && o.give(t, clock(), next) && next == (compliance.Resume{}) {
		o.held = true
	} else if o.c.Stage != stage {
		t.Fatalf("time alone led from %s to %s", stage, o.c.Stage)
	}
}

// course takes the case one step on its way, as two people who agree would.
func (o *office) course(t *rapid.T) {
	switch o.c.Stage {
	case compliance.NotOpened:
		o.give(t, clock(), compliance.Open{Subject: petrov(), Trigger: compliance.AtOwners, Findings: []compliance.Finding{aFinding(t)}})
	case compliance.Opened:
		d := rapid.SampledFrom(compliance.Decisions()).Draw(t, "decision")
		if o.give(t, officer("ann"), compliance.Propose{Edition: o.c.Edition, Decision: d, Reason: because}) {
			o.noteProposal("ann", compliance.Propose{Decision: d})
		}
	case compliance.Confirmed:
		if o.give(t, officer("ann"), o.lift(rapid.SampledFrom(compliance.Grounds()).Draw(t, "ground"))) {
			o.proposer, o.lifting = "ann", true
		}
	case compliance.Proposed, compliance.Lifting:
		by := officer("ben")
		if o.proposer == "ben" {
			by = officer("cid")
		}
		o.consent(t, by, compliance.Agree{Round: o.c.Rounds, Reason: "I asked the register; it says the same."})
	case compliance.Cleared, compliance.Lifted:
	}
}

func aReason(t *rapid.T) string {
	return rapid.SampledFrom([]string{because, because, because, agreed, "", "too short"}).Draw(t, "reason")
}

// check is what holds after every step.
func (o *office) check(t *rapid.T) {
	if o.c.Holds() != o.held {
		t.Fatalf("%s: holds is %t, and the notes say %t", o.c.Stage, o.c.Holds(), o.held)
	}
	if (o.proposer != "") != (o.c.Stage == compliance.Proposed || o.c.Stage == compliance.Lifting) {
		t.Fatalf("%s, and the notes say that %q proposed", o.c.Stage, o.proposer)
	}
	undecided := o.c.Stage == compliance.NotOpened || o.c.Undecided()
	for _, m := range o.c.Matters {
		pair := m.Finding.Pair(o.c.Subject)
		_, known := remembered(o.c)[pair]
		said := o.said[m.Finding.Key()]
		want := !undecided && (said == compliance.FalsePositive ||
			said == compliance.TrueMatch && o.c.Stage == compliance.Lifted && o.c.Proposal.Ground != compliance.Delisted)
		if known != want {
			t.Fatalf("%s: %s said to be %q is remembered: %t", o.c.Stage, m.Finding.Entry, said, known)
		}
	}
	if len(remembered(o.c)) > len(o.c.Matters) {
		t.Fatalf("more is remembered than was found: %v", remembered(o.c))
	}
	if undecided && (o.ends > 0 || !o.c.ClosedAt.IsZero()) {
		t.Fatalf("%s after two persons had decided", o.c.Stage)
	}
	if (o.c.Stage == compliance.Cleared || o.c.Blocks() || o.c.Stage == compliance.Lifted) && o.ends == 0 {
		t.Fatalf("%s, and two persons never decided", o.c.Stage)
	}
	if _, next := o.c.Next(); next == nil && (o.c.Undecided() || o.c.Stage == compliance.Lifting) && !o.c.Overdue {
		t.Fatalf("%s, and nobody will ever be reminded", o.c.Stage)
	}
}

func TestACaseIsNeverClosedByOnePersonAndHoldsUntilTwoEndIt(t *testing.T) {
	t.Parallel()
	stages, refusals := map[compliance.Stage]int{}, 0
	rapid.Check(t, func(t *rapid.T) {
		o := &office{desk: setup(t), said: map[compliance.Key]compliance.Decision{}}
		step := func(f func(*rapid.T)) func(*rapid.T) {
			return func(t *rapid.T) {
				o.t = t
				f(t)
				stages[o.c.Stage]++
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"":    o.check,
			"add": step(o.add), "propose": step(o.propose), "propose again": step(o.propose), "agree": step(o.agree),
			"agree again": step(o.agree), "object": step(o.object), "lift": step(o.proposeLift), "wait": step(o.wait),
			"take": step(func(t *rapid.T) { o.give(t, anybody(t), compliance.Take{}) }),
			// Chance alone seldom gets this far.
			"run its course": step(o.course),
		})
		refusals += o.refusals
	})
	for _, s := range compliance.Stages() {
		if stages[s] == 0 {
			t.Errorf("the machine never came to %s; it shows nothing of it", s)
		}
	}
	if refusals == 0 {
		t.Error("nothing was refused; the machine shows nothing of refusals")
	}
}
