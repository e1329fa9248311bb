package deal_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/shipment"
)

// The tests of this file each hold a bug that was found; docs/track-record.md
// tells their stories.

func TestAnAmendmentOfTheMoneyCannotBeSignedOnceMoneyCame(t *testing.T) {
	t.Parallel()
	for name, minor := range map[string]int64{"a part of the price": 1000, "the whole price": 100_000} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.sign()
			other := agreed()
			other.Tranches[0].ID, other.Tranches[1].ID = "first", "second"
			b.do(seller(), deal.Amend{Terms: other})
			b.do(office(identity.Rail), deal.Fund{Deposit: deal.Deposit{ID: "p1", Rail: "sandbox", Minor: minor}})
			b.refuse(buyer(), deal.Sign{Hash: b.state.Amendment.Hash}, "deal.money_fixed")
		})
	}
}

func TestOnePersonCannotAgreeForBothCompanies(t *testing.T) {
	t.Parallel()
	twice := func(p identity.PartyID) identity.Actor { return identity.MemberOf(p, "zoe") }
	t.Run("to an amendment", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.sign()
		other := agreed()
		other.Inspection.Days = 14
		b.do(twice("seller-co"), deal.Amend{Terms: other})
		b.refuse(twice("buyer-co"), deal.Sign{Hash: b.state.Amendment.Hash}, "deal.same_signer")
		b.do(buyer(), deal.Sign{Hash: b.state.Amendment.Hash})
	})
	t.Run("to calling the deal off", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.fund()
		b.do(twice("seller-co"), deal.CancelByBoth{Reason: "no"})
		b.refuse(twice("buyer-co"), deal.CancelByBoth{Reason: "no"}, "deal.same_signer")
		b.do(buyer(), deal.CancelByBoth{Reason: "no"})
	})
}

func TestWhoActsAfterAClockRanOutIsLateEvenBeforeTheLapse(t *testing.T) {
	t.Parallel()
	t.Run("signing", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.do(buyer(), deal.MakeOffer{})
		b.now = b.deadline(deal.SignClock)
		b.do(seller(), deal.Sign{Hash: b.state.TermsHash})
		b.wait(time.Microsecond)
		b.refuse(buyer(), deal.Sign{Hash: b.state.TermsHash}, "deal.lapsed")
	})
	t.Run("claiming and accepting", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.deliver()
		claim := deal.RaiseClaim{ClaimID: "c1", Reason: dispute.QualityDefect, Minor: 100, Statement: "Bent."}
		b.now = b.deadline(deal.InspectClock).Add(time.Microsecond)
		b.refuse(buyer(), claim, "deal.lapsed")
		b.refuse(buyer(), deal.Accept{}, "deal.lapsed")
		b.refuse(buyer(), deal.ExtendInspection{Days: 3}, "deal.lapsed")
		b.wait(-time.Microsecond)
		b.do(buyer(), claim)
	})
	t.Run("not while the deal is frozen", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.deliver()
		b.do(office(identity.Compliance), deal.Freeze{Case: "case-1"})
		b.wait(30 * day)
		b.do(buyer(), deal.RaiseClaim{ClaimID: "c1", Reason: dispute.QualityDefect, Minor: 100, Statement: "Bent."})
	})
}

func TestTheBuyerCannotWithdrawOnTimeThatAFreezeStopped(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.fund()
	b.do(office(identity.Compliance), deal.Freeze{Case: "case-1"})
	b.now = b.state.MayWithdrawFrom().Add(day)
	b.refuse(buyer(), deal.Withdraw{Reason: "late"}, "deal.still_time_to_ship")
}

func TestAScanFromTheFutureDoesNotHoldTheMoneyUp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ship()
	b.scan(shipment.PickedUp, b.now, "CN Ningbo")
	b.scan(shipment.Delivered, b.now.AddDate(500, 0, 0), "CH Basel")
	if got, want := b.deadline(deal.ProofClock), b.now.Add(21*day); got.After(want) {
		t.Errorf("the weak proof counts only from %s, want by %s", got, want)
	}
	b.scan(shipment.Exception, b.now.Add(time.Hour), "CH Basel")
	if got := b.state.Consignments[0].Stage; got != shipment.Exception {
		t.Errorf("a later scan left the stage at %s", got)
	}
}

func TestAWeakProofOfLongAgoStillGivesTheBuyerTheWholeWait(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ship()
	shipped := b.now
	b.wait(30 * day)
	b.scan(shipment.Delivered, shipped.Add(day), "FR Lyon")
	if got, want := b.deadline(deal.ProofClock), b.now.Add(21*day); !got.Equal(want) {
		t.Errorf("the weak proof counts from %s, want %s", got, want)
	}
	first := b.deadline(deal.ProofClock)
	b.wait(day)
	b.scan(shipment.Delivered, b.now, "FR Lyon")
	if got := b.deadline(deal.ProofClock); !got.Equal(first) {
		t.Errorf("a second weak proof moved the clock from %s to %s", first, got)
	}
}

func TestTextThatCannotBeRecordedIsRefused(t *testing.T) {
	t.Parallel()
	const bad = "caf\xe9"
	long := strings.Repeat("x", 100_000)
	claim := func(s string) deal.Command {
		return deal.RaiseClaim{ClaimID: "c1", Reason: dispute.QualityDefect, Minor: 1, Statement: s}
	}
	for _, x := range []struct {
		name    string
		reach   func(*bench)
		by      identity.Actor
		command func(string) deal.Command
	}{
		{"withdraw", func(b *bench) {}, buyer(), func(s string) deal.Command { return deal.Withdraw{Reason: s} }},
		{"cancel", (*bench).fund, buyer(), func(s string) deal.Command { return deal.CancelByBoth{Reason: s} }},
		{"freeze", (*bench).fund, office(identity.Compliance), func(s string) deal.Command { return deal.Freeze{Case: s} }},
		{"carrier", (*bench).fund, seller(), func(s string) deal.Command {
			return deal.Ship{ConsignmentID: "k1", Carrier: s, TrackingNumber: "RR1", Final: true}
		}},
		{"tracking number", (*bench).fund, seller(), func(s string) deal.Command {
			return deal.Ship{ConsignmentID: "k1", Carrier: "post", TrackingNumber: s, Final: true}
		}},
		{"scan place", (*bench).ship, office(identity.Carrier), func(s string) deal.Command {
			return deal.Track{ConsignmentID: "k1", Event: shipment.Event{Stage: shipment.InTransit, Place: s}}
		}},
		{"scan note", (*bench).ship, office(identity.Carrier), func(s string) deal.Command {
			return deal.Track{ConsignmentID: "k1", Event: shipment.Event{Stage: shipment.InTransit, Note: s}}
		}},
		{"statement", (*bench).deliver, buyer(), claim},
	} {
		for kind, text := range map[string]string{"broken": bad, "endless": long} {
			t.Run(x.name+" "+kind, func(t *testing.T) {
				t.Parallel()
				b := setup(t)
				x.reach(b)
				if d, err := b.try(x.by, x.command(text)); fault.KindOf(err) != fault.Invalid {
					for _, e := range d.Events {
						if _, err := deal.Encode(e); err != nil {
							t.Errorf("accepted, and %s cannot be recorded: %+v", e.Kind(), err)
						}
					}
					t.Errorf("answered %v, want Invalid", err)
				}
			})
		}
	}
}

func TestScansBeyondTheCalendarAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ship()
	for _, at := range []time.Time{time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC)} {
		b.refuse(office(identity.Carrier), deal.Track{ConsignmentID: "k1", Event: shipment.Event{Stage: shipment.InTransit, At: at}}, "deal.bad_time")
	}
}

func TestAScanInAnotherZoneFoldsAsItIsRecorded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ship()
	before := b.state
	d := b.scan(shipment.PickedUp, b.now.In(time.FixedZone("", 8*3600)), "CN Ningbo")
	payload, err := deal.Encode(d.Events[0])
	if err != nil {
		t.Fatal(err)
	}
	read, err := deal.Decode("tracked", payload)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := before.Apply(read, b.now).Consignments[0].LastEventAt, d.After.Consignments[0].LastEventAt; got != want {
		t.Errorf("replayed %v, decided %v", got, want)
	}
}

func TestAClaimNeedsAName(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.deliver()
	b.refuse(buyer(), deal.RaiseClaim{Reason: dispute.QualityDefect, Minor: 1, Statement: "Bent."}, "deal.no_claim_id")
}

func TestOnlyMembersBeginDeals(t *testing.T) {
	t.Parallel()
	impostor := identity.Actor{Office: identity.Auditor, Party: "buyer-co", Person: "ann"}
	_, err := deal.Decide(deal.State{ID: "d1"}, deal.WriteDraft{Terms: agreed(), Rules: deal.DefaultRules()}, deal.Moment{Now: time.Unix(0, 0).UTC(), By: impostor})
	if fault.KindOf(err) != fault.Forbidden {
		t.Errorf("answered %v, want Forbidden", err)
	}
}

func TestRulesThatWouldPayMoreThanThereIsAreRefused(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*deal.Rules){
		"fee":             func(r *deal.Rules) { r.FeeBps = 10_001 },
		"negative fee":    func(r *deal.Rules) { r.FeeBps = -1 },
		"default share":   func(r *deal.Rules) { r.Disputes.DefaultBuyerBps = 10_001 },
		"negative clock":  func(r *deal.Rules) { r.FundDays = -1 },
		"endless clock":   func(r *deal.Rules) { r.LostDays = 200_000 },
		"endless mending": func(r *deal.Rules) { r.Disputes.HouseMissesMax = math.MaxInt },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rules := deal.DefaultRules()
			spoil(&rules)
			_, err := deal.Decide(deal.State{ID: "d1"}, deal.WriteDraft{Terms: agreed(), Rules: rules}, deal.Moment{Now: time.Unix(0, 0).UTC(), By: buyer()})
			if fault.CodeOf(err) != "deal.bad_rules" {
				t.Errorf("answered %v, want deal.bad_rules", err)
			}
		})
	}
}

func TestAPriceThatCannotBeRecordedIsNotOffered(t *testing.T) {
	t.Parallel()
	const most = 1<<53 - 1
	terms := agreed()
	usd := terms.Currency
	terms.Lines[0].Quantity, terms.Lines[0].UnitPrice = 2, money.New(most, usd)
	for i := range terms.Tranches {
		terms.Tranches[i].Amount = money.New(most, usd)
	}
	if fault.CodeOf(terms.Check()) != "contract.incomplete" {
		t.Errorf("a price of 2^54-2 passes: %v", terms.Check())
	}
}
