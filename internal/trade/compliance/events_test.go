package compliance_test

import (
	"reflect"
	"testing"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/compliance"
	"fondaco/internal/trade/evidence"
)

// events is one of each, with something in every field.
func events() []compliance.Event {
	when := time.Date(2027, 3, 5, 9, 0, 0, 1000, time.UTC)
	f := finding("un", "1", 9000)
	f.Reference = "CDi.001"
	f.Listing = compliance.Listing{
		Kind: "person", Names: []compliance.ListedName{{Text: "И", Type: "aka", Weak: true, Native: true}},
		Births: []compliance.Date{{Year: 1971, Month: 2, Day: 3, About: true, Span: true}},
		Places: []string{"Omsk"}, Countries: []string{"RU"}, Programmes: []string{"CD"}, Remarks: "r", Listed: "2014", More: true,
		Identifiers: []compliance.Identifier{{Type: "passport", Value: "7", Country: "RU"}},
	}
	p := []compliance.Pair{f.Pair(petrov())}
	return []compliance.Event{
		compliance.CheckOpened{Subject: petrov(), Trigger: compliance.AtOwners, Findings: []compliance.Finding{f}, Hold: true, Deal: "d", DecideBy: when},
		compliance.CheckAdded{Trigger: compliance.AtPayout, Findings: []compliance.Finding{f}, Hold: true, Deal: "d"},
		compliance.CheckAssigned{To: "ann", Was: "ben"},
		compliance.CheckProposed{By: "ann", Reason: because, Hold: true, Decisions: []compliance.Decided{{Key: f.Key(), Decision: compliance.TrueMatch}}},
		compliance.CheckAgreed{Round: 1, By: "ben", Reason: agreed},
		compliance.CheckObjected{Round: 1, By: "ben", Reason: no},
		compliance.CheckClosed{Cleared: p, Matched: p},
		compliance.CheckOverdue{},
		compliance.CheckEndProposed{
			By: "ann", Reason: because, Ground: compliance.Licensed, DecideBy: when,
			Licence: compliance.Licence{Number: "1", Authority: "OFAC", Until: when},
		},
		compliance.CheckEnded{},
		compliance.CheckResumed{},
	}
}

func TestEveryEventIsReadBackAsItWasWritten(t *testing.T) {
	t.Parallel()
	for _, e := range events() {
		payload, err := evidence.Canonical(e)
		if err != nil {
			t.Fatalf("%s: %v", e.Kind(), err)
		}
		read, err := compliance.DecodeEvent(e.Kind(), payload)
		if err != nil || !reflect.DeepEqual(read, e) {
			t.Errorf("%s: %v\n got %+v\nwant %+v", e.Kind(), err, read, e)
		}
		if _, err := compliance.DecodeEvent(e.Kind(), []byte("[")); fault.CodeOf(err) != "compliance.bad_event" || fault.KindOf(err) != fault.Internal {
			t.Errorf("%s of nothing: %v", e.Kind(), err)
		}
	}
	if _, err := compliance.DecodeEvent("check_imagined", []byte("{}")); fault.CodeOf(err) != "compliance.bad_event" {
		t.Errorf("an unknown kind: %v", err)
	}
}
