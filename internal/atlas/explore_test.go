package atlas_test

import (
	"strings"
	"testing"
	"time"

	"fondaco/internal/atlas"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/dispute"
)

func TestEveryReachableStateKeepsThePromises(t *testing.T) {
	t.Parallel()
	configs := atlas.Configs()
	if testing.Short() {
		configs = atlas.Small()
		configs[2].Bounds.SellerClaims = false
	}
	for _, cfg := range configs {
		t.Run(cfg.Name, func(t *testing.T) {
			begun := time.Now()
			report, err := atlas.Explore(cfg)
			if err != nil {
				t.Error(err)
			}
			t.Logf("%d states, %d transitions, %d refusals, depth %d, at most %d lapses to the end, %s", report.States,
				report.Transitions, report.Refusals, report.Depth, report.LapsesMax, time.Since(begun).Round(time.Millisecond))
		})
	}
}

func TestWalkReachesEveryPhaseStageAndEnding(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the short walk is made once")
	}
	seen := map[string]bool{}
	look := func(tr atlas.Transition) {
		seen["phase "+string(tr.After.Phase)] = true
		seen["outcome "+string(tr.After.Outcome)] = true
		seen["command "+tr.Command.Name()] = true
		for _, c := range tr.After.Claims {
			seen["stage "+string(c.Stage)] = true
			seen["ending "+string(c.Ending)] = true
		}
	}
	for _, cfg := range atlas.Small() {
		cfg.Bounds.SellerClaims = false // the buyer's show the same
		if _, err := atlas.Explore(cfg, look); err != nil {
			t.Fatal(err)
		}
	}
	var want []string
	for _, p := range deal.Phases() {
		want = append(want, "phase "+string(p))
	}
	for _, o := range []deal.Outcome{deal.Completed, deal.Cancelled, deal.Expired, deal.Refunded, deal.Settled} {
		want = append(want, "outcome "+string(o))
	}
	for _, s := range dispute.Stages() {
		want = append(want, "stage "+string(s))
	}
	for _, e := range []dispute.Ending{
		dispute.Agreed, dispute.Dropped, dispute.ByRuling, dispute.ByDefault, dispute.ReturnNotMade,
		dispute.ReturnPresumed, dispute.ReturnConfirmed,
	} {
		want = append(want, "ending "+string(e))
	}
	for name := range strings.FieldsSeq("draft offer counter sign withdraw amend cancel fund ship track confirm_receipt accept " +
		"extend_inspection claim freeze outage lapse claim_offer take_offer escalate assign_mediator propose rule appeal " +
		"return_shipped return_received drop_claim") {
		want = append(want, "command "+name)
	}
	for _, w := range want {
		if !seen[w] {
			t.Errorf("the walk never saw %s", w)
		}
	}
}

func TestWalkIsTheSameEachTime(t *testing.T) {
	t.Parallel()
	cfg := atlas.Small()[1]
	first, err := atlas.Explore(cfg)
	if err != nil {
		t.Fatal(err)
	}
	second, err := atlas.Explore(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if first.States != second.States || first.Transitions != second.Transitions || first.Refusals != second.Refusals {
		t.Errorf("first %+v, then %+v", first, second)
	}
}

// TestWalkFindsPlantedFaults shows that the checks can fail: rules that promise
// what cannot be kept, and a bound that is too small.
func TestWalkFindsPlantedFaults(t *testing.T) {
	t.Parallel()
	t.Run("a clock that never ends", func(t *testing.T) {
		t.Parallel()
		cfg := atlas.Small()[2]
		cfg.Bounds.Claims = 0
		cfg.Rules.Disputes.HouseMissesMax = 200 // a claim then needs hundreds of lapses
		report, err := atlas.Explore(cfg)
		if err != nil || report.LapsesMax == 0 {
			t.Fatalf("without claims nothing is wrong: %v", err)
		}
		cfg.Bounds.Claims = 1
		cfg.Bounds.States = 400
		if _, err := atlas.Explore(cfg); err == nil || !strings.Contains(err.Error(), "time alone leads to an end") {
			t.Errorf("answered %v", err)
		}
	})
	t.Run("more states than allowed", func(t *testing.T) {
		t.Parallel()
		cfg := atlas.Small()[2]
		cfg.Bounds.States = 5
		if _, err := atlas.Explore(cfg); err == nil {
			t.Error("the bound did not hold")
		}
	})
}
