package compliance_test

import (
	"testing"

	"pgregory.net/rapid"

	"fondaco/internal/fault"
	"fondaco/internal/trade/compliance"
	"fondaco/internal/trade/identity"
)

func TestFindingsAreWeighedByTheThresholds(t *testing.T) {
	t.Parallel()
	rules := compliance.Rules{ReviewBps: 3000, BlockBps: 8000}
	for _, tt := range []struct {
		name  string
		found []int // basis points
		want  compliance.Outcome
		left  int
	}{
		{"none", nil, compliance.Clear, 0},
		{"below", []int{2999, 0}, compliance.Clear, 0},
		{"at review", []int{2999, 3000}, compliance.Review, 1},
		{"below block", []int{3000, 7999}, compliance.Review, 2},
		{"at block", []int{3000, 8000, 10}, compliance.Block, 2},
		{"certain", []int{10000}, compliance.Block, 1},
	} {
		var findings []compliance.Finding
		for i, p := range tt.found {
			findings = append(findings, finding("un", string(rune('a'+i)), p))
		}
		v := rules.Weigh(petrov(), findings, nil)
		if v.Outcome != tt.want || len(v.Findings) != tt.left {
			t.Errorf("%s: %s with %d findings, want %s with %d", tt.name, v.Outcome, len(v.Findings), tt.want, tt.left)
		}
		for i := 1; i < len(v.Findings); i++ {
			if v.Findings[i-1].Probability < v.Findings[i].Probability {
				t.Errorf("%s: the most probable is not first", tt.name)
			}
		}
	}
}

// TestAFalsePositiveIsRememberedOnlyForItsPair clears a random case and asks
// about random neighbours of its pairs.
func TestAFalsePositiveIsRememberedOnlyForItsPair(t *testing.T) {
	t.Parallel()
	rules := compliance.Rules{ReviewBps: 1, BlockBps: 1}
	asked, quiet := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		d := closed(t, compliance.FalsePositive)
		memories := remembered(d.c)
		cleared := func(p compliance.Pair) bool { _, known := memories[p]; return known }

		s := petrov()
		s.Party = rapid.SampledFrom([]identity.PartyID{"p7", "p7", "p8"}).Draw(t, "party")
		s.Name = rapid.SampledFrom([]string{"Ivan Petrov", "IVAN  PETROV", "Ivan Petrow"}).Draw(t, "name")
		s.Births[0].Year = rapid.SampledFrom([]int{1971, 1971, 1982}).Draw(t, "year")
		f := finding(
			rapid.SampledFrom([]string{"un", "ofac-sdn"}).Draw(t, "list"),
			rapid.SampledFrom([]string{"6908", "36"}).Draw(t, "entry"), 9000)
		f = changed(f, rapid.SampledFrom([]string{"", "", "x"}).Draw(t, "change"))
		f.Version = rapid.StringN(1, 3, 3).Draw(t, "version") // another version of the list is no change

		sameSubject := s.Party == "p7" && s.Name != "Ivan Petrow" && s.Births[0].Year == 1971
		sameEntry := f.Print == finding(f.List, f.Entry, 0).Print && (f.List == "un") == (f.Entry == "6908")
		v := rules.Weigh(s, []compliance.Finding{f}, cleared)
		if want := sameSubject && sameEntry; (v.Outcome == compliance.Clear) != want {
			t.Fatalf("%s: subject %t, entry %t", v.Outcome, sameSubject, sameEntry)
		} else if want {
			quiet++
		} else {
			asked++
		}
	})
	if asked == 0 || quiet == 0 {
		t.Errorf("asked %d times and quiet %d times; this shows nothing", asked, quiet)
	}
}

func TestAnEntryWithoutAFingerprintIsNeverCleared(t *testing.T) {
	t.Parallel()
	f := finding("un", "1", 9000)
	f.Print = ""
	v := compliance.Rules{ReviewBps: 1, BlockBps: 1}.Weigh(petrov(), []compliance.Finding{f}, func(compliance.Pair) bool { return true })
	if v.Outcome != compliance.Block {
		t.Errorf("got %s", v.Outcome)
	}
	d := setup(t)
	d.do(clock(), compliance.Open{Subject: petrov(), Trigger: compliance.AtOwners, Findings: []compliance.Finding{f}})
	d.do(officer("ann"), compliance.Propose{Edition: 1, Decision: compliance.FalsePositive, Reason: because})
	d.do(officer("ben"), compliance.Agree{Round: 1, Reason: agreed})
	if d.c.Stage != compliance.Cleared || len(remembered(d.c)) > 0 {
		t.Errorf("%s, remembered %v", d.c.Stage, remembered(d.c))
	}
}

func TestThresholdsAreCheckedAndMissingOnesBlock(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		r    compliance.Rules
		good bool
	}{
		{compliance.Rules{ReviewBps: 1, BlockBps: 1}, true},
		{compliance.Rules{ReviewBps: 10000, BlockBps: 10000}, true},
		{compliance.Rules{ReviewBps: 3000, BlockBps: 8000}, true},
		{compliance.Rules{}, false},
		{compliance.Rules{ReviewBps: 0, BlockBps: 8000}, false},
		{compliance.Rules{ReviewBps: 8001, BlockBps: 8000}, false},
		{compliance.Rules{ReviewBps: 3000, BlockBps: 10001}, false},
	} {
		err := tt.r.Check()
		if (err == nil) != tt.good || !tt.good && (fault.CodeOf(err) != "compliance.bad_rules" || fault.KindOf(err) != fault.Invalid) {
			t.Errorf("%+v: %v", tt.r, err)
		}
	}
	v := compliance.Rules{}.Weigh(petrov(), []compliance.Finding{finding("un", "1", 0)}, nil)
	if v.Outcome != compliance.Block {
		t.Errorf("a house without thresholds answers %s", v.Outcome)
	}
}
