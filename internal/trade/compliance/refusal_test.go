package compliance_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/compliance"
)

func TestACommandOutOfItsStageIsRefused(t *testing.T) {
	t.Parallel()
	at := map[compliance.Stage]func(judge) *desk{
		compliance.NotOpened: setup,
		compliance.Opened:    opened,
		compliance.Proposed:  func(t judge) *desk { return proposed(t, compliance.FalsePositive) },
		compliance.Cleared:   func(t judge) *desk { return closed(t, compliance.FalsePositive) },
		compliance.Confirmed: func(t judge) *desk { return closed(t, compliance.TrueMatch) },
		compliance.Lifting: func(t judge) *desk {
			d := closed(t, compliance.TrueMatch)
			d.do(officer("ann"), d.lift(compliance.Licensed))
			return d
		},
		compliance.Lifted: func(t judge) *desk { return lifted(t, compliance.Licensed) },
	}
	if len(at) != len(compliance.Stages())+1 {
		t.Fatalf("%d stages are walked", len(at))
	}
	one := []compliance.Finding{finding("uk", "77", 9000)}
	commands := []struct {
		by    compliance.Actor
		give  func(d *desk) compliance.Command
		taken []compliance.Stage
	}{
		{clock(), func(*desk) compliance.Command {
			return compliance.Open{Subject: petrov(), Trigger: compliance.AtOwners, Findings: one}
		}, []compliance.Stage{compliance.NotOpened}},
		{clock(), func(*desk) compliance.Command {
			return compliance.Add{Subject: petrov(), Trigger: compliance.AtOwners, Findings: one}
		}, []compliance.Stage{compliance.Opened, compliance.Proposed}},
		{
			officer("eva"), func(*desk) compliance.Command { return compliance.Take{} },
			[]compliance.Stage{compliance.Opened, compliance.Proposed, compliance.Confirmed, compliance.Lifting},
		},
		{officer("eva"), func(d *desk) compliance.Command {
			return compliance.Propose{Edition: d.c.Edition, Decision: compliance.TrueMatch, Reason: because}
		}, []compliance.Stage{compliance.Opened}},
		{
			officer("eva"), func(d *desk) compliance.Command { return compliance.Agree{Round: d.c.Rounds, Reason: agreed} },
			[]compliance.Stage{compliance.Proposed, compliance.Lifting},
		},
		{
			officer("eva"), func(d *desk) compliance.Command { return compliance.Object{Round: d.c.Rounds, Reason: no} },
			[]compliance.Stage{compliance.Proposed, compliance.Lifting},
		},
		{officer("eva"), func(d *desk) compliance.Command { return d.lift(compliance.Delisted) }, []compliance.Stage{compliance.Confirmed}},
		{
			clock(), func(d *desk) compliance.Command { d.now = d.now.AddDate(0, 1, 0); return compliance.Remind{} },
			[]compliance.Stage{compliance.Opened, compliance.Proposed, compliance.Lifting},
		},
		{clock(), func(d *desk) compliance.Command { d.now = d.now.AddDate(1, 0, 0); return compliance.Resume{} }, []compliance.Stage{compliance.Lifted}},
	}
	for stage, build := range at {
		for _, c := range commands {
			d := build(t)
			if d.c.Stage != stage {
				t.Fatalf("the case is %q, not %q", d.c.Stage, stage)
			}
			command, may := c.give(d), false
			for _, s := range c.taken {
				may = may || s == stage
			}
			switch {
			case may:
				d.do(c.by, command)
			case stage == compliance.NotOpened:
				d.refuse(c.by, command, fault.NotFound, "compliance.not_found")
			default:
				d.refuse(c.by, command, fault.Conflict, "compliance.wrong_stage")
			}
		}
	}
}

func TestNobodyAgreesWithHimself(t *testing.T) {
	t.Parallel()
	for _, what := range compliance.Decisions() {
		proposed(t, what).refuse(officer("ann"), compliance.Agree{Round: 1, Reason: agreed}, fault.Forbidden, "compliance.second_person")
	}
}

func TestAReasonMustSaySomethingOfItsOwn(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, reason string
		good         bool
	}{
		{"none", "", false},
		{"19 characters", strings.Repeat("x", 19), false},
		{"20 characters", strings.Repeat("x", 20), true},
		{"20 characters of Chinese", strings.Repeat("查", 20), true},
		{"19 characters of Chinese", strings.Repeat("查", 19), false},
		{"spaces", "not him" + strings.Repeat(" \n", 30), false},
		{"spaces within", "not" + strings.Repeat(" ", 30) + "him", false},
		{"2000 characters", strings.Repeat("查", 2000), true},
		{"2001 characters", strings.Repeat("查", 2001), false},
		{"two lines", because + "\n" + because, true},
		{"a control character", because + "\x1b[2J", false},
		{"a turned direction", because + "\u202e", false},
		{"not UTF-8", because + "\xff", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			lifting, confirmed := closed(t, compliance.TrueMatch), closed(t, compliance.TrueMatch)
			lifting.do(officer("ann"), lifting.lift(compliance.Mistaken))
			lift := confirmed.lift(compliance.Mistaken)
			lift.Reason = tt.reason
			for _, step := range []struct {
				d *desk
				c compliance.Command
			}{
				{opened(t), compliance.Propose{Edition: 1, Decision: compliance.FalsePositive, Reason: tt.reason}},
				{proposed(t, compliance.FalsePositive), compliance.Agree{Round: 1, Reason: tt.reason}},
				{proposed(t, compliance.FalsePositive), compliance.Object{Round: 1, Reason: tt.reason}},
				{lifting, compliance.Agree{Round: 2, Reason: tt.reason}},
				{confirmed, lift},
			} {
				if tt.good {
					step.d.do(officer("ben"), step.c)
				} else {
					step.d.refuse(officer("ben"), step.c, fault.Invalid, "compliance.no_reason")
				}
			}
		})
	}
	for _, echo := range []string{because, "  " + strings.ToUpper(because), strings.ReplaceAll(because, " ", "  ")} {
		proposed(t, compliance.FalsePositive).refuse(officer("ben"), compliance.Agree{Round: 1, Reason: echo}, fault.Invalid, "compliance.same_reason")
	}
}

func TestEveryFindingIsDecided(t *testing.T) {
	t.Parallel()
	one := func(list, entry string, d compliance.Decision) compliance.Decided {
		return compliance.Decided{Key: compliance.Key{List: list, Entry: entry}, Decision: d}
	}
	for _, tt := range []struct {
		name string
		p    compliance.Propose
		code string
	}{
		{"none", compliance.Propose{}, "compliance.undecided"},
		{"one of two", compliance.Propose{Decisions: []compliance.Decided{one("un", "6908", compliance.FalsePositive)}}, "compliance.undecided"},
		{"no such decision", compliance.Propose{Decision: "perhaps"}, "compliance.bad_decision"},
		{"no such decision of one", compliance.Propose{Decision: compliance.FalsePositive, Decisions: []compliance.Decided{one("un", "6908", "perhaps")}}, "compliance.bad_decision"},
		{"one too many", compliance.Propose{Decision: compliance.FalsePositive, Decisions: []compliance.Decided{one("un", "36", compliance.TrueMatch)}}, "compliance.unknown_finding"},
		{"one twice", compliance.Propose{Decision: compliance.OffList, Decisions: []compliance.Decided{one("un", "6908", compliance.TrueMatch), one("un", "6908", compliance.FalsePositive)}}, "compliance.undecided"},
		{"each by itself", compliance.Propose{Decisions: []compliance.Decided{one("ofac-sdn", "36", compliance.FalsePositive), one("un", "6908", compliance.TrueMatch)}}, ""},
	} {
		d := opened(t)
		tt.p.Edition, tt.p.Reason = d.c.Edition, because
		if tt.code != "" {
			d.refuse(officer("ann"), tt.p, fault.Invalid, tt.code)
			continue
		}
		d.do(officer("ann"), tt.p)
		if d.c.Matters[0].Decision != compliance.TrueMatch || d.c.Matters[1].Decision != compliance.FalsePositive {
			t.Errorf("%s: %+v", tt.name, d.c.Matters)
		}
	}
}

func TestACaseIsNotOpenedWithoutWhatItIsAbout(t *testing.T) {
	t.Parallel()
	good := compliance.Open{Subject: petrov(), Trigger: compliance.AtOwners, Findings: []compliance.Finding{finding("un", "1", 9000)}}
	many := func(n int) []compliance.Finding {
		var list []compliance.Finding
		for i := range n {
			list = append(list, finding("un", fmt.Sprint(i), 9000))
		}
		return list
	}
	for _, tt := range []struct {
		name string
		edit func(o *compliance.Open)
		kind fault.Kind
		code string
	}{
		{"no party", func(o *compliance.Open) { o.Subject.Party = "" }, fault.Invalid, "compliance.bad_subject"},
		{"no name", func(o *compliance.Open) { o.Subject.Name = " \t" }, fault.Invalid, "compliance.bad_subject"},
		{"no capacity", func(o *compliance.Open) { o.Subject.Capacity = "" }, fault.Invalid, "compliance.bad_subject"},
		{"a kind that is none", func(o *compliance.Open) { o.Subject.Kind = "ghost" }, fault.Invalid, "compliance.bad_subject"},
		{"a name without end", func(o *compliance.Open) { o.Subject.Name = strings.Repeat("x", 1001) }, fault.Invalid, "compliance.bad_subject"},
		{"a name that is not UTF-8", func(o *compliance.Open) { o.Subject.Name = "Iv\xffn" }, fault.Invalid, "compliance.bad_subject"},
		{"countries without end", func(o *compliance.Open) { o.Subject.Countries = make([]string, 51) }, fault.Invalid, "compliance.bad_subject"},
		{"a number that is not UTF-8", func(o *compliance.Open) { o.Subject.Identifiers[0].Value = "\xff" }, fault.Invalid, "compliance.bad_subject"},
		{"no finding", func(o *compliance.Open) { o.Findings = nil }, fault.Invalid, "compliance.bad_case"},
		{"a finding without an entry", func(o *compliance.Open) { o.Findings = many(2); o.Findings[1].Entry = "" }, fault.Invalid, "compliance.bad_case"},
		{"a finding without a list", func(o *compliance.Open) { o.Findings = many(2); o.Findings[0].List = "" }, fault.Invalid, "compliance.bad_case"},
		{"no trigger", func(o *compliance.Open) { o.Trigger = "" }, fault.Invalid, "compliance.bad_case"},
		{"a deal that is not UTF-8", func(o *compliance.Open) { o.Deal = "\xff" }, fault.Invalid, "compliance.bad_case"},
		{"101 findings", func(o *compliance.Open) { o.Findings = many(101) }, fault.Refused, "compliance.too_many_findings"},
	} {
		o := good
		o.Subject = petrov()
		tt.edit(&o)
		setup(t).refuse(clock(), o, tt.kind, tt.code)
	}
	d := setup(t)
	good.Findings = many(100)
	d.do(clock(), good)
	add := compliance.Add{Subject: petrov(), Trigger: compliance.AtListUpdate, Findings: []compliance.Finding{finding("uk", "1", 9000)}}
	d.refuse(clock(), add, fault.Refused, "compliance.too_many_findings")
	add.Findings = []compliance.Finding{changed(finding("un", "1", 9000), "2")}
	d.do(clock(), add)
	add.Trigger = "whim"
	d.refuse(clock(), add, fault.Invalid, "compliance.bad_case")
	add.Subject.Name = "Ivan Petrovich"
	d.refuse(clock(), add, fault.Conflict, "compliance.other_subject")
}

func TestALicenceIsWholeAndEnds(t *testing.T) {
	t.Parallel()
	d := closed(t, compliance.TrueMatch)
	for name, edit := range map[string]func(l *compliance.Lift){
		"no number":             func(l *compliance.Lift) { l.Licence.Number = " " },
		"no authority":          func(l *compliance.Lift) { l.Licence.Authority = "" },
		"two lines":             func(l *compliance.Lift) { l.Licence.Number = "a\nb" },
		"no end":                func(l *compliance.Lift) { l.Licence.Until = time.Time{} },
		"an end in the past":    func(l *compliance.Lift) { l.Licence.Until = d.now },
		"an end in three years": func(l *compliance.Lift) { l.Licence.Until = d.now.AddDate(3, 0, 0) },
		"on another ground":     func(l *compliance.Lift) { l.Ground = compliance.Delisted },
	} {
		l := d.lift(compliance.Licensed)
		edit(&l)
		t.Log(name)
		d.refuse(officer("ann"), l, fault.Invalid, "compliance.bad_licence")
	}
	d.refuse(officer("ann"), compliance.Lift{Ground: "favour", Reason: because}, fault.Invalid, "compliance.bad_ground")
	l := d.lift(compliance.Licensed)
	l.Licence.Until = d.now.AddDate(2, 0, 0)
	d.do(officer("ann"), l)

	d = closed(t, compliance.TrueMatch)
	l.Licence.Until = d.now.AddDate(1, 0, 0).Add(1999 * time.Nanosecond)
	d.do(officer("ann"), l)
	if got := d.c.Proposal.Licence.Until; !got.Equal(d.now.AddDate(1, 0, 0).Add(time.Microsecond)) {
		t.Errorf("the licence ends at %s, which no deadline can keep", got)
	}
}

func TestACaseIsTakenOnceByEach(t *testing.T) {
	t.Parallel()
	d := opened(t)
	d.do(officer("ann"), compliance.Take{})
	d.refuse(officer("ann"), compliance.Take{}, fault.Conflict, "compliance.taken")
	d.do(officer("ben"), compliance.Take{})
	if d.c.Assignee != "ben" {
		t.Errorf("the case is %q's", d.c.Assignee)
	}
}
