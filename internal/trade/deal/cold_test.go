package deal_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/shipment"
)

// The tests of this file each hold a bug that a cold review found;
// docs/track-record.md tells their stories.

func sellersClaim(id string, minor int64) deal.RaiseClaim {
	return deal.RaiseClaim{ClaimID: id, Reason: dispute.BuyerRefuses, Minor: minor, Statement: "Refuses to take them."}
}

func buyersClaim(id string, minor int64) deal.RaiseClaim {
	return deal.RaiseClaim{ClaimID: id, Reason: dispute.QualityDefect, Minor: minor, Statement: "Bent, all of them."}
}

func drop(id string) deal.Conduct { return deal.Conduct{ClaimID: id, Step: dispute.Drop{}} }

func TestASellersClaimDoesNotUseUpTheBuyersInspection(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.deliver()
	b.wait(7*day - time.Minute)
	b.do(seller(), sellersClaim("c1", b.state.Escrow.Held()))
	b.refuse(buyer(), buyersClaim("c2", 1), "escrow.more_than_held")
	b.refuse(office(identity.Clock), deal.Lapse{Clock: deal.InspectClock}, "deal.no_such_clock")
	b.wait(6 * day)
	b.do(seller(), drop("c1"))
	if got, want := b.deadline(deal.InspectClock), b.now.Add(7*day); !got.Equal(want) {
		t.Errorf("the inspection ends %s, want %s", got, want)
	}
	if b.state.Accepted || b.state.Escrow.Held() != 70_000 {
		t.Fatalf("accepted %t, held %d", b.state.Accepted, b.state.Escrow.Held())
	}
	b.do(buyer(), buyersClaim("c2", 70_000))
}

func TestOneSideCannotUseUpTheClaimsOfTheOther(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.deliver()
	for n := 1; ; n++ {
		id := fmt.Sprintf("s%d", n)
		if _, err := b.try(seller(), sellersClaim(id, 1)); err != nil {
			if fault.CodeOf(err) != "deal.too_many_claims" {
				t.Fatal(err)
			}
			break
		}
		b.do(seller(), sellersClaim(id, 1))
		b.do(seller(), drop(id))
	}
	b.do(buyer(), buyersClaim("c1", 70_000))
}

func TestOffersCannotKeepACarriersScansOut(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ship()
	b.do(buyer(), buyersClaim("c1", 1))
	for range 600 {
		b.do(buyer(), deal.Conduct{ClaimID: "c1", Step: dispute.MakeOffer{}})
	}
	b.scan(shipment.PickedUp, b.now, "CN Ningbo")
	b.scan(shipment.Delivered, b.now, "CH Basel")
	if b.state.Phase != deal.Delivered {
		t.Errorf("the deal is %s", b.state.Phase)
	}
}

func TestScansWithoutEndCannotKeepTheDeliveryOut(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ship()
	transit := deal.Track{ConsignmentID: "k1", Event: shipment.Event{Stage: shipment.InTransit, At: b.now, Place: "AE Dubai"}}
	for {
		if _, err := b.try(office(identity.Carrier), transit); err != nil {
			if fault.CodeOf(err) != "deal.too_many_events" {
				t.Fatal(err)
			}
			break
		}
		b.do(office(identity.Carrier), transit)
	}
	b.scan(shipment.Delivered, b.now, "CH Basel")
	if b.state.Phase != deal.Delivered {
		t.Errorf("the deal is %s", b.state.Phase)
	}
}

func TestAClockThatRanOutStopsOnlyWhatItIsAbout(t *testing.T) {
	t.Parallel()
	t.Run("another claim", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.deliver()
		b.do(buyer(), buyersClaim("c1", 100))
		b.do(seller(), deal.ExtendInspection{Days: 10})
		b.wait(8 * day) // the seller was silent; nobody has carried that out
		b.do(buyer(), buyersClaim("c2", 100))
		b.refuse(buyer(), deal.Conduct{ClaimID: "c1", Step: dispute.MakeOffer{}}, "deal.lapsed")
		b.do(buyer(), deal.Conduct{ClaimID: "c2", Step: dispute.MakeOffer{}})
	})
	t.Run("a wish to cancel and a change", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.fund()
		other := agreed()
		other.Inspection.Days = 14
		b.do(seller(), deal.Amend{Terms: other})
		b.do(seller(), deal.CancelByBoth{Reason: "no goods"})
		hash := b.state.Amendment.Hash
		b.wait(6 * day)
		b.refuse(buyer(), deal.Sign{Hash: hash}, "deal.lapsed")
		b.refuse(buyer(), deal.CancelByBoth{Reason: "yes"}, "deal.lapsed")
		b.do(seller(), deal.Ship{ConsignmentID: "k1", Carrier: "post", TrackingNumber: "RR1", Final: true})
	})
	t.Run("an open claim outlives the inspection", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.deliver()
		b.wait(4 * day)
		b.do(buyer(), buyersClaim("c1", 100))
		b.wait(4 * day)
		b.refuse(buyer(), buyersClaim("c2", 100), "deal.lapsed")
		b.do(seller(), deal.Conduct{ClaimID: "c1", Step: dispute.MakeOffer{}})
	})
}

func TestAFreezeDoesNotGiveBackTimeThatHadRunOut(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.deliver()
	b.wait(8 * day)
	b.do(office(identity.Compliance), deal.Freeze{Case: "C-1"})
	b.refuse(buyer(), buyersClaim("c1", 100), "deal.lapsed")
}

func TestAFreezeIsLiftedUnderItsOwnCase(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.fund()
	b.do(office(identity.Compliance), deal.Freeze{Case: "C-1"})
	b.refuse(office(identity.Compliance), deal.Unfreeze{Case: "C-2"}, "deal.other_case")
	b.refuse(office(identity.Compliance), deal.Unfreeze{}, "deal.other_case")
	b.do(office(identity.Compliance), deal.Unfreeze{Case: "C-1"})
}

func TestOnePersonCannotSettleAClaimForBothCompanies(t *testing.T) {
	t.Parallel()
	twice := func(p identity.PartyID) identity.Actor { return identity.MemberOf(p, "zoe") }
	take := func(n int) deal.Conduct { return deal.Conduct{ClaimID: "c1", Step: dispute.TakeOffer{Number: n}} }
	b := setup(t)
	b.deliver()
	b.do(buyer(), buyersClaim("c1", 100))
	b.do(twice("seller-co"), deal.Conduct{ClaimID: "c1", Step: dispute.MakeOffer{}})
	b.refuse(twice("buyer-co"), take(1), "dispute.same_signer")
	b.do(buyer(), deal.Conduct{ClaimID: "c1", Step: dispute.Escalate{}})
	b.do(office(identity.Administrator), deal.Conduct{ClaimID: "c1", Step: dispute.AssignMediator{Mediator: "of-mediator"}})
	b.do(office(identity.Mediator), deal.Conduct{ClaimID: "c1", Step: dispute.Propose{Division: dispute.Division{ToBuyer: 50}}})
	b.do(twice("seller-co"), take(0))
	b.refuse(twice("buyer-co"), take(0), "dispute.same_signer")
	b.do(buyer(), take(0))
}

func TestNamesGivenByCallersArePlain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.deliver()
	for _, id := range []string{strings.Repeat("x", 65), "a/b", "a b", "a\x00", "é", "\xff"} {
		b.refuse(buyer(), buyersClaim(id, 1), "deal.bad_name")
		s := setup(t)
		s.fund()
		s.refuse(seller(), deal.Ship{ConsignmentID: id, Carrier: "post", TrackingNumber: "RR1", Final: true}, "deal.bad_name")
	}
	many := buyersClaim("c1", 1)
	many.Evidence = make([]evidence.Hash, 51)
	b.refuse(buyer(), many, "deal.too_much_evidence")
}

func TestNobodyIsBoundToDaysThatArePastOrFarAhead(t *testing.T) {
	t.Parallel()
	with := func(ship, deliver contract.Date) contract.Terms {
		terms := agreed()
		terms.Delivery.ShipBy, terms.Delivery.DeliverBy = ship, deliver
		return terms
	}
	for name, terms := range map[string]contract.Terms{
		"deliver-by is past": with("2027-02-01", "2027-02-28"), "deliver-by is ages ahead": with("2027-03-20", "2032-03-03"),
		"both are ages ahead": with("2900-01-01", "2900-01-01"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.do(buyer(), deal.WriteDraft{Terms: terms, Rules: deal.DefaultRules()})
			b.refuse(buyer(), deal.MakeOffer{}, "contract.incomplete")
			b.do(buyer(), deal.WriteDraft{Terms: agreed(), Rules: deal.DefaultRules()})
			b.do(buyer(), deal.MakeOffer{})
			b.refuse(seller(), deal.Counter{Terms: terms}, "contract.incomplete")
			b.do(seller(), deal.Sign{Hash: b.state.TermsHash})
			b.do(buyer(), deal.Sign{Hash: b.state.TermsHash})
			b.refuse(seller(), deal.Amend{Terms: terms}, "contract.incomplete")
		})
	}
	t.Run("an offer that the day of delivery overtakes", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.do(buyer(), deal.WriteDraft{Terms: with("2027-03-01", "2027-03-02"), Rules: deal.DefaultRules()})
		b.do(buyer(), deal.MakeOffer{})
		b.do(seller(), deal.Sign{Hash: b.state.TermsHash})
		b.wait(2 * day)
		b.refuse(buyer(), deal.Sign{Hash: b.state.TermsHash}, "contract.incomplete")
	})
	t.Run("a change of something else in a late deal", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.ship()
		b.wait(60 * day)
		other := agreed()
		other.Inspection.Days = 14
		b.do(seller(), deal.Amend{Terms: other})
		b.do(buyer(), deal.Sign{Hash: b.state.Amendment.Hash})
	})
}

func TestTermsAreNotRewrittenWithoutEnd(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for n := 0; ; n++ {
		terms := agreed()
		terms.Inspection.Days = 1 + n%90
		_, err := b.try(buyer(), deal.WriteDraft{Terms: terms, Rules: deal.DefaultRules()})
		if err == nil && n < 2000 {
			b.do(buyer(), deal.WriteDraft{Terms: terms, Rules: deal.DefaultRules()})
			continue
		}
		if fault.CodeOf(err) != "deal.too_many_versions" {
			t.Errorf("after %d versions: %v", n, err)
		}
		break
	}
	b.do(buyer(), deal.MakeOffer{})
}

func TestAStateSharesNothingWithTheCommandThatMadeIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	terms := agreed()
	terms.BuyerDuties = []string{"Pay in time."}
	terms.Lines[0].Acceptance = []string{"Each turns freely."}
	b.do(buyer(), deal.WriteDraft{Terms: terms, Rules: deal.DefaultRules()})
	terms.BuyerDuties[0], terms.Lines[0].Acceptance[0] = "Pay nothing.", "Anything goes."
	if b.state.Agreement().Hash() != b.state.TermsHash {
		t.Error("the terms changed after they were hashed")
	}
	b = setup(t)
	b.deliver()
	claim := buyersClaim("c1", 100)
	claim.Evidence = []evidence.Hash{hash(1)}
	b.do(buyer(), claim)
	claim.Evidence[0] = hash(2)
	if b.state.Claims[0].Evidence[0] != hash(1) {
		t.Error("the evidence of a claim changed after it was raised")
	}
}

func TestAnOldOrBorrowedTrackingNumberPaysNoShipment(t *testing.T) {
	t.Parallel()
	pickUp := func(b *bench, ago int) { b.scan(shipment.PickedUp, b.now.AddDate(0, 0, -ago), "CN Ningbo") }
	t.Run("a parcel of last year", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.ship()
		pickUp(b, 300)
		if got := b.state.Escrow.Released(); got != 0 {
			t.Errorf("%d was paid", got)
		}
		pickUp(b, 1)
		if got := b.state.Escrow.Released(); got == 0 {
			t.Error("nothing was paid for a true pick-up")
		}
	})
	t.Run("a number of another deal", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.fund()
		b.do(seller(), deal.Ship{ConsignmentID: "k1", Carrier: "post", TrackingNumber: "RR1", Final: true, NumberReused: true})
		pickUp(b, 0)
		b.scan(shipment.Delivered, b.now, "CH Basel")
		if got := b.state.Escrow.Released(); got != 0 {
			t.Errorf("%d was paid", got)
		}
		b.do(buyer(), deal.ConfirmReceipt{})
		if got := b.state.Escrow.Released(); got == 0 {
			t.Error("nothing was paid on the buyer's word")
		}
	})
}

func TestGoodsDoNotArriveBeforeTheyWereShipped(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.ship()
	b.wait(60 * day) // late by the contract
	b.scan(shipment.PickedUp, b.now, "CN Ningbo")
	b.scan(shipment.Delivered, b.now.AddDate(-1, 0, 0), "CH Basel")
	b.now = b.deadline(deal.ProofClock).Add(day)
	b.do(office(identity.Clock), deal.Lapse{Clock: deal.ProofClock})
	if b.state.ArrivedAt.Before(b.state.ShippedAt) {
		t.Errorf("shipped %s, arrived %s", b.state.ShippedAt, b.state.ArrivedAt)
	}
}
