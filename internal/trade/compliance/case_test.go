package compliance_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/compliance"
	"fondaco/internal/trade/identity"
)

func TestTwoPersonsClearACaseAndItsPairsAreRemembered(t *testing.T) {
	t.Parallel()
	d := opened(t)
	if d.c.Stage != compliance.Opened || !d.c.Holds() || d.c.Blocks() || len(remembered(d.c)) > 0 {
		t.Fatalf("after opening: %+v", d.c)
	}
	if d.c.Matters[0].Finding.List != "un" || d.c.Deals[0] != "d1" || d.c.Trigger != compliance.AtSignature {
		t.Fatalf("the case does not say what was found: %+v", d.c)
	}
	d.do(officer("ann"), compliance.Take{})
	if d.c.Assignee != "ann" {
		t.Fatalf("the case is %q's", d.c.Assignee)
	}
	d.do(officer("ann"), compliance.Propose{Edition: d.c.Edition, Decision: compliance.FalsePositive, Reason: because})
	if d.c.Stage != compliance.Proposed || !d.c.Holds() || len(remembered(d.c)) > 0 || d.c.Proposal.Reason != because {
		t.Fatalf("after the proposal: %+v", d.c)
	}
	d.now = d.now.Add(time.Hour)
	d.do(officer("ben"), compliance.Agree{Round: 1, Reason: agreed})
	if d.c.Stage != compliance.Cleared || d.c.Holds() || d.c.Blocks() || d.c.AgreedBy != "ben" || d.c.Agreed != agreed {
		t.Fatalf("after the consent: %+v", d.c)
	}
	if !d.c.ClosedAt.Equal(d.now) || !d.c.DecideBy.IsZero() {
		t.Errorf("closed at %s, to be decided by %s", d.c.ClosedAt, d.c.DecideBy)
	}
	if got := pairs(remembered(d.c)); !slices.Equal(got, []string{"ofac-sdn/36", "un/6908"}) {
		t.Errorf("remembered %v", got)
	}
	want := []string{"check_opened", "check_assigned", "check_proposed", "check_agreed", "check_closed"}
	if !slices.Equal(d.kind, want) {
		t.Errorf("the log says %v, want %v", d.kind, want)
	}
}

func TestOneMatchAmongFalsePositivesBlocksTheParty(t *testing.T) {
	t.Parallel()
	d := opened(t)
	d.do(officer("ann"), compliance.Propose{
		Edition: d.c.Edition, Decision: compliance.FalsePositive, Reason: because,
		Decisions: []compliance.Decided{{Key: compliance.Key{List: "un", Entry: "6908"}, Decision: compliance.TrueMatch}},
	})
	d.do(officer("ben"), compliance.Agree{Round: 1, Reason: agreed})
	if d.c.Stage != compliance.Confirmed || !d.c.Blocks() || !d.c.Holds() {
		t.Fatalf("got %+v", d.c)
	}
	if got := pairs(remembered(d.c)); !slices.Equal(got, []string{"ofac-sdn/36"}) {
		t.Errorf("remembered %v", got)
	}
	if at, c := d.c.Next(); c != nil {
		t.Errorf("a confirmed case has a clock: %s at %s", c.Name(), at)
	}
}

func TestAnEntryThatLeftItsListIsClosedAndNotRemembered(t *testing.T) {
	t.Parallel()
	d := closed(t, compliance.OffList)
	if d.c.Stage != compliance.Cleared || len(remembered(d.c)) > 0 {
		t.Errorf("%s, remembering %v", d.c.Stage, remembered(d.c))
	}
}

func TestAReviewHoldsNobodyUntilAMatchIsProposed(t *testing.T) {
	t.Parallel()
	for decision, holds := range map[compliance.Decision]bool{
		compliance.FalsePositive: false, compliance.OffList: false, compliance.TrueMatch: true,
	} {
		d := setup(t)
		d.do(clock(), compliance.Open{
			Subject: petrov(), Trigger: compliance.AtProfile, Findings: []compliance.Finding{finding("eu", "1", 4000)},
		})
		if d.c.Holds() {
			t.Fatal("a review holds the party")
		}
		d.do(officer("ann"), compliance.Propose{Edition: 1, Decision: decision, Reason: because})
		if d.c.Holds() != holds {
			t.Errorf("%s: holds is %t", decision, d.c.Holds())
		}
		d.do(officer("ben"), compliance.Object{Round: 1, Reason: no})
		if d.c.Holds() != holds {
			t.Errorf("%s, objected: holds is %t", decision, d.c.Holds())
		}
	}
}

func TestAnObjectionLeadsBackAndItsProposalIsDead(t *testing.T) {
	t.Parallel()
	d := proposed(t, compliance.FalsePositive)
	due := d.c.DecideBy
	d.do(officer("ben"), compliance.Object{Round: 1, Reason: no})
	if d.c.Stage != compliance.Opened || !d.c.Holds() || d.c.Objected != no || !d.c.DecideBy.Equal(due) {
		t.Fatalf("got %+v", d.c)
	}
	for _, m := range d.c.Matters {
		if m.Decision != "" {
			t.Errorf("%s stays decided", m.Finding.Entry)
		}
	}
	d.refuse(officer("ben"), compliance.Agree{Round: 1, Reason: agreed}, fault.Conflict, "compliance.wrong_stage")
	d.do(officer("cid"), compliance.Propose{Edition: 1, Decision: compliance.TrueMatch, Reason: because})
	d.refuse(officer("ben"), compliance.Agree{Round: 1, Reason: agreed}, fault.Conflict, "compliance.other_round")
	d.refuse(officer("ben"), compliance.Object{Round: 1, Reason: no}, fault.Conflict, "compliance.other_round")
	d.do(officer("cid"), compliance.Object{Round: 2, Reason: no}) // takes it back
	if d.c.Stage != compliance.Opened {
		t.Errorf("got %s", d.c.Stage)
	}
}

func TestALaterFindingVoidsTheProposal(t *testing.T) {
	t.Parallel()
	d := proposed(t, compliance.FalsePositive)
	read := d.c.Edition
	d.do(clock(), compliance.Add{
		Subject: petrov(), Trigger: compliance.AtListUpdate, Deal: "d2",
		Findings: []compliance.Finding{finding("un", "6908", 9100), finding("uk", "12", 8000), changed(finding("ofac-sdn", "36", 7500), "2")},
	})
	if d.c.Stage != compliance.Opened || d.c.Edition != read+1 || len(d.c.Matters) != 3 || !d.c.Holds() {
		t.Fatalf("got %+v", d.c)
	}
	if m := d.c.Matters[1]; m.Finding.Version != "v2" || m.Decision != "" {
		t.Errorf("the entry that changed is %+v", m)
	}
	if !slices.Equal(d.c.Deals, []string{"d1", "d2"}) {
		t.Errorf("deals are %v", d.c.Deals)
	}
	d.refuse(officer("ben"), compliance.Agree{Round: 1, Reason: agreed}, fault.Conflict, "compliance.wrong_stage")
	d.refuse(officer("ann"), compliance.Propose{Edition: read, Decision: compliance.FalsePositive, Reason: because},
		fault.Conflict, "compliance.other_edition")
	d.do(officer("ann"), compliance.Propose{Edition: read + 1, Decision: compliance.FalsePositive, Reason: because})
	d.do(officer("ben"), compliance.Agree{Round: 2, Reason: agreed})
	p := changed(finding("ofac-sdn", "36", 0), "2").Pair(petrov())
	if _, known := remembered(d.c)[p]; !known || len(remembered(d.c)) != 3 {
		t.Errorf("remembered %v", remembered(d.c))
	}
}

func TestALaterFindingLeavesAnOpenCaseWhereItStood(t *testing.T) {
	t.Parallel()
	d := opened(t)
	since, due := d.c.Since, d.c.DecideBy
	d.now = d.now.Add(time.Hour)
	d.do(clock(), compliance.Add{Subject: petrov(), Trigger: compliance.AtListUpdate, Findings: []compliance.Finding{finding("uk", "12", 8000)}})
	if d.c.Stage != compliance.Opened || !d.c.Since.Equal(since) || !d.c.DecideBy.Equal(due) {
		t.Errorf("%s since %s, due %s", d.c.Stage, d.c.Since, d.c.DecideBy)
	}
	if m := d.c.Matters[2]; !m.At.Equal(d.now) || m.Finding.List != "uk" {
		t.Errorf("the later finding is %+v", m)
	}
}

func TestAHoldAloneIsAddedWithoutVoidingAnything(t *testing.T) {
	t.Parallel()
	d := setup(t)
	findings := []compliance.Finding{finding("eu", "1", 4000)}
	d.do(clock(), compliance.Open{Subject: petrov(), Trigger: compliance.AtProfile, Findings: findings})
	d.do(officer("ann"), compliance.Propose{Edition: 1, Decision: compliance.FalsePositive, Reason: because})
	d.do(clock(), compliance.Add{Subject: petrov(), Trigger: compliance.AtFunding, Findings: findings, Hold: true})
	if d.c.Stage != compliance.Proposed || !d.c.Holds() || d.c.Matters[0].Decision != compliance.FalsePositive || d.c.Edition != 1 {
		t.Errorf("got %+v", d.c)
	}
	d.refuse(clock(), compliance.Add{Subject: petrov(), Trigger: compliance.AtFunding, Findings: findings, Hold: true},
		fault.Conflict, "compliance.nothing_new")
}

func TestACaseNobodyDecidesRaisesAnAlarmAndStaysHeld(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, opened, due string }{
		{"a Wednesday", "2027-03-03T09:00:00Z", "2027-03-05T09:00:00Z"},
		{"a Thursday", "2027-03-04T09:00:00Z", "2027-03-08T09:00:00Z"},
		{"a Friday", "2027-03-05T23:59:59Z", "2027-03-09T23:59:59Z"},
		{"a Saturday", "2027-03-06T09:00:00Z", "2027-03-09T09:00:00Z"},
		{"a Sunday", "2027-03-07T09:00:00Z", "2027-03-09T09:00:00Z"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := setup(t)
			d.now = at(t, tt.opened)
			d.do(clock(), compliance.Open{
				Subject: petrov(), Trigger: compliance.AtPayout, Hold: true, Findings: []compliance.Finding{finding("un", "1", 9000)},
			})
			due, next := d.c.Next()
			if !due.Equal(at(t, tt.due)) || next != (compliance.Remind{}) || !d.c.DecideBy.Equal(due) {
				t.Fatalf("next is %v at %s, want %s", next, due, tt.due)
			}
			d.now = due
			d.refuse(clock(), compliance.Remind{}, fault.Refused, "compliance.not_due")
			d.now = due.Add(time.Microsecond)
			d.do(clock(), compliance.Remind{})
			if !d.c.Overdue || d.c.Stage != compliance.Opened || !d.c.Holds() {
				t.Fatalf("got %+v", d.c)
			}
			if _, next = d.c.Next(); next != nil {
				t.Errorf("the clock goes on with %s", next.Name())
			}
			d.refuse(clock(), compliance.Remind{}, fault.Conflict, "compliance.wrong_stage")
			d.do(officer("ann"), compliance.Propose{Edition: 1, Decision: compliance.FalsePositive, Reason: because})
			if !d.c.Overdue {
				t.Error("a proposal of one person ended the alarm")
			}
			d.do(officer("ben"), compliance.Agree{Round: 1, Reason: agreed})
			if d.c.Overdue {
				t.Error("the alarm outlives the case")
			}
		})
	}
}

func TestAConfirmedCaseIsLiftedByTwoPersonsOnly(t *testing.T) {
	t.Parallel()
	for _, ground := range compliance.Grounds() {
		t.Run(string(ground), func(t *testing.T) {
			t.Parallel()
			d := closed(t, compliance.TrueMatch)
			d.do(officer("ann"), d.lift(ground))
			if d.c.Stage != compliance.Lifting || !d.c.Blocks() || !d.c.Holds() || len(remembered(d.c)) > 0 {
				t.Fatalf("proposed: %+v", d.c)
			}
			due, next := d.c.Next()
			if next != (compliance.Remind{}) || !due.Equal(at(t, "2027-03-05T09:00:00Z")) {
				t.Errorf("%v is given at %s", next, due)
			}
			d.refuse(officer("ann"), compliance.Agree{Round: 2, Reason: agreed}, fault.Forbidden, "compliance.second_person")
			d.do(officer("cid"), compliance.Object{Round: 2, Reason: no})
			if d.c.Stage != compliance.Confirmed || !d.c.Blocks() || !d.c.DecideBy.IsZero() {
				t.Fatalf("objected: %+v", d.c)
			}
			d.do(officer("cid"), d.lift(ground))
			d.do(officer("ann"), compliance.Agree{Round: 3, Reason: agreed})
			if d.c.Stage != compliance.Lifted || d.c.Blocks() || d.c.Holds() {
				t.Fatalf("lifted: %+v", d.c)
			}
			want := map[compliance.Ground]int{compliance.Delisted: 0, compliance.Licensed: 2, compliance.Mistaken: 2}[ground]
			if got := remembered(d.c); len(got) != want {
				t.Errorf("remembered %v", got)
			}
			for _, until := range remembered(d.c) {
				if until.IsZero() == (ground == compliance.Licensed) {
					t.Errorf("remembered until %s", until)
				}
			}
		})
	}
}

func TestALicenceThatHasRunOutBlocksThePartyAgain(t *testing.T) {
	t.Parallel()
	d := lifted(t, compliance.Licensed)
	until, next := d.c.Next()
	if next != (compliance.Resume{}) || !until.Equal(d.c.Proposal.Licence.Until) {
		t.Fatalf("next is %v at %s", next, until)
	}
	d.now = until
	d.refuse(clock(), compliance.Resume{}, fault.Refused, "compliance.not_due")
	d.now = until.Add(time.Microsecond)
	d.do(clock(), compliance.Resume{})
	if d.c.Stage != compliance.Confirmed || !d.c.Blocks() || len(remembered(d.c)) > 0 {
		t.Fatalf("got %+v", d.c)
	}
	d.do(officer("ann"), d.lift(compliance.Licensed)) // a new licence needs two persons again
	d.refuse(officer("ann"), compliance.Agree{Round: 3, Reason: agreed}, fault.Forbidden, "compliance.second_person")

	delisted := lifted(t, compliance.Delisted)
	delisted.now = delisted.now.AddDate(9, 0, 0)
	delisted.refuse(clock(), compliance.Resume{}, fault.Conflict, "compliance.wrong_stage")
}

func TestACaseCoversWhatItAsksAbout(t *testing.T) {
	t.Parallel()
	sdn, other := finding("ofac-sdn", "36", 7000), finding("uk", "9", 8000)
	renamed := petrov()
	renamed.Name = "Ivan Petrovich"
	for _, tt := range []struct {
		name string
		c    compliance.Case
		s    compliance.Subject
		f    compliance.Finding
		want bool
	}{
		{"open, the same", opened(t).c, petrov(), sdn, true},
		{"open, another entry", opened(t).c, petrov(), other, false},
		{"open, the entry changed", opened(t).c, petrov(), changed(sdn, "2"), false},
		{"open, the subject changed", opened(t).c, renamed, sdn, false},
		{"proposed, the same", proposed(t, compliance.FalsePositive).c, petrov(), sdn, true},
		{"cleared: the memory answers", closed(t, compliance.FalsePositive).c, petrov(), sdn, false},
		{"confirmed, the same", closed(t, compliance.TrueMatch).c, petrov(), sdn, true},
		{"confirmed, the entry changed", closed(t, compliance.TrueMatch).c, petrov(), changed(sdn, "2"), true},
		{"confirmed, the subject changed", closed(t, compliance.TrueMatch).c, renamed, sdn, false},
		{"confirmed, another entry", closed(t, compliance.TrueMatch).c, petrov(), other, false},
		{"lifted", lifted(t, compliance.Delisted).c, petrov(), sdn, false},
	} {
		if got := tt.c.Covers(tt.f.Pair(tt.s)); got != tt.want {
			t.Errorf("%s: covered is %t", tt.name, got)
		}
		if news := tt.c.News(tt.s, []compliance.Finding{tt.f, tt.f}); (len(news) == 1) == tt.want {
			t.Errorf("%s: news are %v", tt.name, news)
		}
	}
}

func TestTheLastWordOnAPairCounts(t *testing.T) {
	t.Parallel()
	pair := finding("un", "6908", 0).Pair(petrov())
	later := func(d *desk, days int) compliance.Case {
		c := copied(d.c)
		c.ClosedAt, c.Since = c.ClosedAt.AddDate(0, 0, days), c.Since.AddDate(0, 0, days)
		return c
	}
	no, yes, off := closed(t, compliance.FalsePositive), closed(t, compliance.TrueMatch), closed(t, compliance.OffList)
	licensed, mistaken := lifted(t, compliance.Licensed), lifted(t, compliance.Mistaken)
	until := licensed.c.Proposal.Licence.Until
	lateLift := copied(mistaken.c)
	lateLift.Since = lateLift.Since.AddDate(0, 0, 2)
	mixed := opened(t)
	mixed.do(officer("ann"), compliance.Propose{
		Edition: 1, Decision: compliance.FalsePositive, Reason: because,
		Decisions: []compliance.Decided{{Key: compliance.Key{List: "un", Entry: "6908"}, Decision: compliance.TrueMatch}},
	})
	mixed.do(officer("ben"), compliance.Agree{Round: 1, Reason: agreed})
	mixed.do(officer("ann"), mixed.lift(compliance.Delisted))
	mixed.do(officer("ben"), compliance.Agree{Round: 2, Reason: agreed})
	for _, tt := range []struct {
		name  string
		cases []compliance.Case
		at    time.Time
		want  bool
	}{
		{"no case", nil, no.now, false},
		{"an open case", []compliance.Case{opened(t).c}, no.now, false},
		{"a proposal", []compliance.Case{proposed(t, compliance.FalsePositive).c}, no.now, false},
		{"cleared", []compliance.Case{no.c}, no.now.AddDate(50, 0, 0), true},
		{"cleared, then opened again by hand", []compliance.Case{opened(t).c, no.c}, no.now, true},
		{"cleared, then confirmed", []compliance.Case{no.c, later(yes, 1)}, no.now, false},
		{"confirmed, and another cleared it later", []compliance.Case{yes.c, later(no, 1)}, no.now, false},
		{"the same, told in another order", []compliance.Case{later(no, 1), yes.c}, no.now, false},
		{"off the list, then cleared", []compliance.Case{later(no, 1), off.c}, no.now, true},
		{"cleared, then off the list", []compliance.Case{later(off, 1), no.c}, no.now, false},
		{"both at once", []compliance.Case{off.c, no.c}, no.now, false},
		{"both at once, told in another order", []compliance.Case{no.c, off.c}, no.now, false},
		{"confirmed by mistake", []compliance.Case{mistaken.c}, no.now, true},
		{"off the list, then an older mistake was lifted", []compliance.Case{lateLift, later(off, 1)}, no.now, true},
		{"delisted beside one that was cleared", []compliance.Case{mixed.c}, no.now, false},
		{"cleared, then licensed: as long as that", []compliance.Case{no.c, later(licensed, 1)}, until, true},
		{"cleared, then licensed: after that", []compliance.Case{no.c, later(licensed, 1)}, until.Add(time.Microsecond), false},
	} {
		if got := compliance.Settled(tt.cases, tt.at)(pair); got != tt.want {
			t.Errorf("%s: settled is %t", tt.name, got)
		}
	}
	if compliance.Settled([]compliance.Case{no.c}, no.now)(changed(finding("un", "6908", 0), "2").Pair(petrov())) {
		t.Error("another pair is settled")
	}
}

func TestACaseAndItsCommandsCanBeKeptAsText(t *testing.T) {
	t.Parallel()
	for _, d := range []*desk{setup(t), opened(t), proposed(t, compliance.TrueMatch), closed(t, compliance.FalsePositive), lifted(t, compliance.Licensed)} {
		text, err := json.Marshal(d.c)
		if err != nil {
			t.Fatal(err)
		}
		var read compliance.Case
		if err := json.Unmarshal(text, &read); err != nil || !reflect.DeepEqual(read, d.c) {
			t.Errorf("%s: %v\n got %+v\nwant %+v", d.c.Stage, err, read, d.c)
		}
	}
	d := opened(t)
	for _, c := range []compliance.Command{
		compliance.Open{Subject: petrov(), Findings: []compliance.Finding{finding("un", "1", 1)}},
		compliance.Add{},
		compliance.Take{},
		compliance.Propose{Decisions: []compliance.Decided{{Decision: compliance.OffList}}},
		compliance.Agree{},
		compliance.Object{},
		d.lift(compliance.Licensed),
		compliance.Remind{},
		compliance.Resume{},
	} {
		if _, err := json.Marshal(c); err != nil {
			t.Errorf("%s: %v", c.Name(), err)
		}
	}
}

func TestThePublicKindsOfEventsDoNotSayWhatWasFound(t *testing.T) {
	t.Parallel()
	var kinds []string
	for _, e := range events() {
		kinds = append(kinds, e.Kind())
		for _, word := range []string{"sanction", "hit", "match", "list", "block", "freez", "hold", "confirm", "clear", "lift", "screen", "complian", "false", "licen"} {
			if strings.Contains(e.Kind(), word) {
				t.Errorf("%s says %q", e.Kind(), word)
			}
		}
	}
	slices.Sort(kinds)
	if len(slices.Compact(kinds)) != len(events()) {
		t.Errorf("two events share a kind: %v", kinds)
	}
	// Both ends of a case must look alike from outside.
	if a, b := closed(t, compliance.FalsePositive).kind, closed(t, compliance.TrueMatch).kind; !slices.Equal(a, b) {
		t.Errorf("one can tell %v from %v", a, b)
	}
}

func TestOnlyComplianceHasASayAndOnlyTheClockKeepsTime(t *testing.T) {
	t.Parallel()
	judged := map[string]func(d *desk) compliance.Command{
		"take": func(*desk) compliance.Command { return compliance.Take{} },
		"propose": func(*desk) compliance.Command {
			return compliance.Propose{Edition: 1, Decision: compliance.FalsePositive, Reason: because}
		},
		"agree":  func(*desk) compliance.Command { return compliance.Agree{Round: 1, Reason: agreed} },
		"object": func(*desk) compliance.Command { return compliance.Object{Round: 1, Reason: no} },
		"lift":   func(d *desk) compliance.Command { return d.lift(compliance.Licensed) },
	}
	timed := map[string]compliance.Command{"remind": compliance.Remind{}, "resume": compliance.Resume{}}
	found := map[string]compliance.Command{
		"open": compliance.Open{Subject: petrov(), Trigger: compliance.ByHand, Findings: []compliance.Finding{finding("un", "1", 9000)}},
		"add":  compliance.Add{Subject: petrov(), Trigger: compliance.ByHand, Findings: []compliance.Finding{finding("un", "1", 9000)}},
	}
	for _, office := range identity.Offices() {
		by := officer("una")
		by.Office = office
		if office == identity.Member {
			by.Party, by.Role = "p9", identity.Owner
		}
		for name, c := range judged {
			if d := opened(t); office != identity.Compliance {
				d.refuse(by, c(d), fault.Forbidden, "compliance.not_your_office")
			} else if err := d.try(by, c(d)); fault.KindOf(err) == fault.Forbidden {
				t.Errorf("%s by compliance: %v", name, err)
			}
		}
		for name, c := range timed {
			if d := opened(t); office != identity.Clock {
				d.refuse(by, c, fault.Forbidden, "compliance.not_your_office")
			} else if err := d.try(by, c); fault.KindOf(err) == fault.Forbidden {
				t.Errorf("%s by the clock: %v", name, err)
			}
		}
		for name, c := range found {
			d := setup(t)
			if name == "add" {
				d = opened(t)
			}
			if office == identity.Compliance || office == identity.Clock {
				d.do(by, c)
			} else {
				d.refuse(by, c, fault.Forbidden, "compliance.not_your_office")
			}
		}
	}
	nobody, member := officer(""), officer("una")
	member.Party = "p9"
	opened(t).refuse(nobody, compliance.Take{}, fault.Forbidden, "compliance.not_your_office")
	opened(t).refuse(member, compliance.Take{}, fault.Forbidden, "compliance.not_your_office")
}

func TestNobodyDecidesAboutHisOwnCompanyOrHimself(t *testing.T) {
	t.Parallel()
	for _, who := range []identity.PersonID{"mia", "max", "ivan"} { // two members, and the subject
		by := officer(who)
		fresh, d := setup(t), proposed(t, compliance.FalsePositive)
		fresh.refuse(by, compliance.Open{Subject: petrov(), Trigger: compliance.ByHand, Findings: []compliance.Finding{finding("un", "1", 1)}},
			fault.Forbidden, "compliance.own_party")
		for _, c := range []compliance.Command{
			compliance.Take{},
			compliance.Agree{Round: 1, Reason: agreed},
			compliance.Object{Round: 1, Reason: no},
			compliance.Add{Subject: petrov(), Trigger: compliance.ByHand, Findings: []compliance.Finding{finding("uk", "1", 1)}},
		} {
			d.refuse(by, c, fault.Forbidden, "compliance.own_party")
		}
		opened(t).refuse(by, compliance.Propose{Edition: 1, Decision: compliance.FalsePositive, Reason: because}, fault.Forbidden, "compliance.own_party")
		confirmed := closed(t, compliance.TrueMatch)
		confirmed.refuse(by, confirmed.lift(compliance.Mistaken), fault.Forbidden, "compliance.own_party")
	}
}

func TestAProposalDiesWhenItsAuthorJoinsTheCompany(t *testing.T) {
	t.Parallel()
	d := proposed(t, compliance.FalsePositive)
	ben := officer("ben")
	ben.Insiders = append(ben.Insiders, "ann")
	d.refuse(ben, compliance.Agree{Round: 1, Reason: agreed}, fault.Forbidden, "compliance.own_party")
	d.do(ben, compliance.Object{Round: 1, Reason: no})
}

func at(t *testing.T, text string) time.Time {
	t.Helper()
	parsed, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}
