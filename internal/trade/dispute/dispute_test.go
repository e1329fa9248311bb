package dispute_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/identity"
)

func noon() time.Time { return time.Date(2027, 3, 10, 12, 0, 0, 0, time.UTC) }

// setup is a claim of 1001 by the buyer at the given stage, reached by events.
func setup(t *testing.T, stage dispute.Stage) dispute.Claim {
	t.Helper()
	c, err := dispute.Open(dispute.Opening{ID: "c1", By: identity.Buyer, Reason: dispute.QualityDefect, Minor: 1001, Statement: "Bent.", At: noon()})
	if err != nil {
		t.Fatal(err)
	}
	half := dispute.Division{ToBuyer: 500, WithReturn: true}
	for _, e := range []dispute.Event{
		dispute.OfferMade{ClaimID: "c1", Offer: dispute.Offer{Number: 1, By: identity.Buyer, Division: half}},
		dispute.OfferMade{ClaimID: "c1", Offer: dispute.Offer{Number: 2, By: identity.Seller, Division: half}},
		dispute.Escalated{ClaimID: "c1"},
		dispute.MediatorAssigned{ClaimID: "c1", Mediator: "max"},
		dispute.Proposed{ClaimID: "c1", By: "max", Division: half},
		dispute.Escalated{ClaimID: "c1"},
		dispute.RulingGiven{ClaimID: "c1", Ruling: dispute.Ruling{By: "max", Division: half}},
		dispute.Appealed{ClaimID: "c1", By: identity.Seller},
		dispute.MediatorAssigned{ClaimID: "c1", Mediator: "mia"},
		dispute.ReturnOrdered{ClaimID: "c1", Ending: dispute.ByRuling, Division: half},
		dispute.ReturnSentBack{ClaimID: "c1"},
		dispute.Resolved{ClaimID: "c1", Ending: dispute.ReturnConfirmed, Division: half},
	} {
		next := c.Apply(e, noon())
		assigns := strings.HasPrefix(e.Kind(), "mediator") || strings.HasPrefix(e.Kind(), "offer")
		if c.Stage == stage && next.Stage != stage && !assigns {
			return c
		}
		c = next
	}
	if c.Stage != stage {
		t.Fatalf("no way to %s", stage)
	}
	return c
}

func roles() map[string]dispute.By {
	return map[string]dispute.By{
		"buyer":          {Side: identity.Buyer, Office: identity.Member, Person: "ann"},
		"seller":         {Side: identity.Seller, Office: identity.Member, Person: "bob"},
		"mediator":       {Office: identity.Mediator, Person: "max"},
		"other mediator": {Office: identity.Mediator, Person: "mia"},
		"administrator":  {Office: identity.Administrator, Person: "ada"},
		"compliance":     {Office: identity.Compliance, Person: "cat"},
		"treasury":       {Office: identity.Treasury, Person: "tom"},
		"auditor":        {Office: identity.Auditor, Person: "aud"},
		"rail":           {Office: identity.Rail, Person: "sandbox"},
		"carrier":        {Office: identity.Carrier, Person: "post"},
		"clock":          {Office: identity.Clock, Person: "house"},
		"nobody":         {},
	}
}

// TestEveryStageTakesEachCommandFromTheRightPersonOnly is the whole table: each
// command, the roles that may give it, and the stages in which it is accepted.
func TestEveryStageTakesEachCommandFromTheRightPersonOnly(t *testing.T) {
	t.Parallel()
	half := dispute.Division{ToBuyer: 500}
	table := []struct {
		command dispute.Command
		roles   string
		stages  string // where it is accepted; elsewhere wrong_stage, or the code after a colon
	}{
		{dispute.MakeOffer{Division: half}, "buyer seller", "negotiation"},
		{dispute.TakeOffer{Number: 1}, "buyer seller", "negotiation answer:dispute.unknown_offer"},
		{dispute.TakeOffer{}, "buyer seller", "negotiation:dispute.unknown_offer answer"},
		{dispute.Escalate{}, "buyer seller", "negotiation answer"},
		{dispute.AssignMediator{Mediator: "max"}, "administrator", "mediation:dispute.has_mediator decision:dispute.has_mediator review:dispute.has_mediator"},
		{dispute.AssignMediator{}, "administrator", "mediation:dispute.no_mediator decision:dispute.no_mediator review:dispute.no_mediator"},
		{dispute.Propose{Division: half}, "assigned", "mediation"},
		{dispute.Rule{Division: half, Reasons: "As seen."}, "assigned", "decision review"},
		{dispute.Rule{Division: half}, "assigned", "decision:dispute.missing review:dispute.missing"},
		{dispute.Appeal{Grounds: "New facts."}, "buyer seller", "ruled"},
		{dispute.Appeal{}, "buyer seller", "ruled:dispute.missing"},
		{dispute.ReturnShipped{TrackingNumber: "RR1"}, "buyer", "return_due"},
		{dispute.ReturnShipped{}, "buyer", "return_due:dispute.missing"},
		{dispute.ReturnReceived{}, "seller", "return_sent"},
		{dispute.Drop{}, "buyer", "negotiation mediation answer decision"},
		{dispute.Lapse{}, "clock", "negotiation mediation answer decision ruled review return_due return_sent"},
		{nil, "", ""},
	}
	for _, stage := range dispute.Stages() {
		c := setup(t, stage)
		for _, row := range table {
			for role, by := range roles() {
				allowed := slices.Contains(strings.Split(row.roles, " "), role) && row.roles != ""
				for name := range map[string]bool{"buyer": true, "seller": true} {
					allowed = allowed || role == name && strings.Contains(" "+row.roles+" ", " "+name+" ")
				}
				if row.roles == "assigned" {
					allowed = by.Office == identity.Mediator && (c.Mediator == by.Person || c.Mediator == "")
				}
				want := "dispute.wrong_stage"
				for _, s := range strings.Fields(row.stages) {
					if s, code, _ := strings.Cut(s, ":"); s == string(stage) {
						want = code
					}
				}
				ownOffer := dispute.TakeOffer{Number: 1}
				switch {
				case !allowed:
					want = "dispute.wrong_role"
				case row.command == dispute.Command(ownOffer) && stage == dispute.Negotiation && role == "buyer":
					want = "dispute.own_offer"
				}
				events, err := dispute.Decide(c, row.command, by, dispute.DefaultRules())
				if fault.CodeOf(err) != want || (err == nil) != (len(events) > 0) {
					t.Errorf("%s: %T %v by %s: %d events, %q, want %q", stage, row.command, row.command, role, len(events), fault.CodeOf(err), want)
				}
			}
		}
	}
}

func TestEveryOpenStageHasAClockAndItsLapsesEndTheClaim(t *testing.T) {
	t.Parallel()
	for _, stage := range dispute.Stages() {
		t.Run(string(stage), func(t *testing.T) {
			t.Parallel()
			c := setup(t, stage)
			for lapses := 0; c.Open(); lapses++ {
				if _, days, _, running := c.Clock(dispute.DefaultRules()); !running || days <= 0 {
					t.Fatalf("%s has no clock", c.Stage)
				}
				events, err := dispute.Decide(c, dispute.Lapse{}, roles()["clock"], dispute.DefaultRules())
				if err != nil || lapses > 20 {
					t.Fatalf("%d lapses, %v", lapses, err)
				}
				for _, e := range events {
					c = c.Apply(e, noon())
				}
			}
			if _, _, _, running := c.Clock(dispute.DefaultRules()); running {
				t.Error("an ended claim has a clock")
			}
			if c.Result.ToBuyer < 0 || c.Result.ToBuyer > c.Minor {
				t.Errorf("divided %+v", c.Result)
			}
		})
	}
}

func TestTheHouseThatFailsTooOftenLosesTheSay(t *testing.T) {
	t.Parallel()
	for misses := range 4 {
		c := setup(t, dispute.Mediation)
		c.Mediator, c.Misses = "", misses
		events, err := dispute.Decide(c, dispute.Lapse{}, roles()["clock"], dispute.DefaultRules())
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			c = c.Apply(e, noon())
		}
		if wantOpen := misses < 2; c.Open() != wantOpen {
			t.Errorf("after %d misses and one more: open %t", misses, c.Open())
		}
		if !c.Open() && (c.Result.ToBuyer != 501 || c.Ending != dispute.ByDefault) { // half of 1001, rounded up
			t.Errorf("ended %s with %+v", c.Ending, c.Result)
		}
	}
}

func TestDivisionsLieWithinTheClaim(t *testing.T) {
	t.Parallel()
	for _, share := range []int64{math.MinInt64, -1, 1002, math.MaxInt64} {
		bad := dispute.Division{ToBuyer: share}
		for stage, cmd := range map[dispute.Stage]dispute.Command{
			dispute.Negotiation: dispute.MakeOffer{Division: bad},
			dispute.Mediation:   dispute.Propose{Division: bad},
			dispute.Decision:    dispute.Rule{Division: bad, Reasons: "As seen."},
		} {
			by := roles()["mediator"]
			if stage == dispute.Negotiation {
				by = roles()["buyer"]
			}
			if _, err := dispute.Decide(setup(t, stage), cmd, by, dispute.DefaultRules()); fault.CodeOf(err) != "dispute.bad_division" {
				t.Errorf("%s %d: %v", stage, share, err)
			}
		}
	}
}

func TestOpeningIsChecked(t *testing.T) {
	t.Parallel()
	good := dispute.Opening{ID: "c1", By: identity.Buyer, Reason: dispute.QualityDefect, Minor: 10, Statement: "Bent.", Demand: dispute.Division{ToBuyer: 10}}
	for name, x := range map[string]struct {
		spoil func(*dispute.Opening)
		code  string
	}{
		"good":                    {func(*dispute.Opening) {}, ""},
		"a reason of the seller":  {func(o *dispute.Opening) { o.Reason = dispute.BuyerRefuses }, "dispute.wrong_reason"},
		"a reason of the buyer":   {func(o *dispute.Opening) { o.By = identity.Seller }, "dispute.wrong_reason"},
		"no reason":               {func(o *dispute.Opening) { o.Reason = "" }, "dispute.wrong_reason"},
		"nobody":                  {func(o *dispute.Opening) { o.By = identity.NoSide }, "dispute.wrong_reason"},
		"asking too much":         {func(o *dispute.Opening) { o.Demand.ToBuyer = 11 }, "dispute.bad_division"},
		"asking less than naught": {func(o *dispute.Opening) { o.Demand.ToBuyer = -1 }, "dispute.bad_division"},
		"no words":                {func(o *dispute.Opening) { o.Statement = " \n" }, "dispute.missing"},
		"too many words":          {func(o *dispute.Opening) { o.Statement = strings.Repeat("x", 10_001) }, "dispute.too_long"},
		"words that are not text": {func(o *dispute.Opening) { o.Statement = "caf\xe9" }, "dispute.bad_characters"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := good
			x.spoil(&o)
			if _, err := dispute.Open(o); fault.CodeOf(err) != x.code {
				t.Errorf("answered %v, want %q", err, x.code)
			}
		})
	}
}

func TestAStaleOfferNumberTakesNothing(t *testing.T) {
	t.Parallel()
	c := setup(t, dispute.Negotiation)
	seen := map[int]bool{}
	for i := range 6 {
		by := roles()[[]string{"buyer", "seller"}[i%2]]
		events, err := dispute.Decide(c, dispute.MakeOffer{Division: dispute.Division{ToBuyer: int64(i)}}, by, dispute.DefaultRules())
		if err != nil {
			t.Fatal(err)
		}
		n := events[0].(dispute.OfferMade).Offer.Number
		if seen[n] {
			t.Fatalf("offer number %d came twice", n)
		}
		seen[n] = true
		c = c.Apply(events[0], noon())
	}
	if _, err := dispute.Decide(c, dispute.TakeOffer{Number: 1}, roles()["seller"], dispute.DefaultRules()); fault.CodeOf(err) != "dispute.unknown_offer" {
		t.Errorf("an old offer was taken: %v", err)
	}
	if len(c.Offers) != 2 {
		t.Error(fmt.Sprint(c.Offers))
	}
}
