package atlas

import (
	"fmt"
	"slices"
	"time"

	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/shipment"
)

// actor is somebody who tries commands.
type actor struct {
	name string // also the role in the drawings
	by   identity.Actor
}

// actors lists one of every capacity, and some who should get nowhere.
func actors() []actor {
	house := func(o identity.Office, person identity.PersonID) identity.Actor {
		return identity.Actor{Office: o, Person: person}
	}
	return []actor{
		{"buyer", identity.MemberOf(buyerCo, "ann")},
		{"seller", identity.MemberOf(sellerCo, "bob")},
		{"both", identity.MemberOf(sellerCo, "ann")}, // a person who is a member of both companies
		{"stranger", identity.MemberOf(strangerCo, "eve")},
		{"administrator", house(identity.Administrator, "ada")},
		{"mediator", house(identity.Mediator, "max")},
		{"other mediator", house(identity.Mediator, "mia")},
		{"compliance", house(identity.Compliance, "cat")},
		{"treasury", house(identity.Treasury, "tom")},
		{"auditor", house(identity.Auditor, "aud")},
		{"rail", house(identity.Rail, railName)},
		{"carrier", house(identity.Carrier, "post")},
		{"clock", identity.HouseClock()},
		{"nobody", identity.Actor{}},
		{"impostor", identity.Actor{Office: identity.Auditor, Party: buyerCo, Person: "ann"}},
	}
}

// mayTry is the law of roles as the house promises it, written down once more so
// that the program cannot prove itself by itself.
func mayTry(command, who string) bool {
	member := who == "buyer" || who == "seller" || who == "both"
	switch command {
	case "draft", "offer", "counter", "sign", "withdraw", "amend", "cancel", "extend_inspection", "claim",
		"claim_offer", "take_offer", "escalate", "appeal", "drop_claim":
		return member
	case "ship", "return_received":
		return who == "seller" || who == "both"
	case "confirm_receipt", "accept", "return_shipped":
		return who == "buyer"
	case "fund":
		return who == "rail"
	case "track":
		return who == "carrier"
	case "freeze", "unfreeze":
		return who == "compliance" || who == "clock"
	case "outage":
		return who == "administrator" || who == "clock"
	case "assign_mediator":
		return who == "administrator"
	case "propose", "rule":
		return who == "mediator" || who == "other mediator"
	case "lapse":
		return who == "clock"
	}
	return false
}

// commands lists what could be asked of a deal in state s at an instant, with the
// payloads that differ: nothing, a part, all, too much, right and wrong.
func (c Config) commands(s deal.State, at time.Time) []deal.Command {
	all := []deal.Command{
		deal.MakeOffer{},
		deal.Sign{Hash: s.TermsHash},
		deal.Sign{Hash: evidence.Hash{1}},
		deal.Withdraw{Reason: "no longer needed"},
		deal.CancelByBoth{Reason: "changed plans"},
		deal.Ship{ConsignmentID: c.nextConsignment(s), Carrier: "post", TrackingNumber: "RR1", Final: true},
		deal.Ship{ConsignmentID: c.nextConsignment(s), Carrier: "post", TrackingNumber: "RR1"},
		deal.Ship{ConsignmentID: "k1", Carrier: "post", TrackingNumber: "RR1", Final: true},
		deal.Ship{ConsignmentID: "k9", Carrier: " ", TrackingNumber: ""},
		deal.ConfirmReceipt{},
		deal.Accept{},
		deal.ExtendInspection{Days: 0},
		deal.ExtendInspection{Days: 3},
		deal.ExtendInspection{Days: 4},
		deal.Freeze{Case: "case-1"},
		deal.Freeze{},
		deal.Unfreeze{Case: "case-1"},
		deal.RecordOutage{From: at.Add(-2 * time.Hour), To: at},
		deal.RecordOutage{From: at, To: at.Add(time.Hour)},
		deal.Lapse{Clock: "no such clock"},
	}
	if s.Amendment != nil {
		all = append(all, deal.Sign{Hash: s.Amendment.Hash})
	}
	for _, minor := range slices.Compact([]int64{-1, 0, s.Missing() - 1, s.Missing(), s.Missing() + 7}) {
		all = append(all, deal.Fund{Deposit: deal.Deposit{ID: fmt.Sprintf("p%d", len(s.Deposits)+1), Rail: railName, Minor: minor}})
	}
	all = append(all, c.scans(s, at)...)
	all = append(all, c.claims(s)...)
	for _, claim := range s.Claims {
		all = append(all, c.steps(claim)...)
	}
	for _, d := range s.Deadlines() {
		all = append(all, deal.Lapse{Clock: d.Clock, Ref: d.Ref})
	}
	return append(all, deal.Conduct{ClaimID: "c9", Step: dispute.Drop{}})
}

// writings are the commands that carry whole terms. They cost more and depend
// less on the instant, so they are tried at present only.
func (c Config) writings(s deal.State) []deal.Command {
	same := c.Terms
	same.Seller = same.Buyer
	foreign := changed(c.Terms, false)
	foreign.Seller = strangerCo
	return []deal.Command{
		deal.WriteDraft{Terms: c.Terms, Rules: c.Rules},
		deal.WriteDraft{Terms: same, Rules: c.Rules},
		deal.Counter{Terms: c.Terms},
		deal.Counter{Terms: changed(c.Terms, true)},
		deal.Counter{Terms: foreign},
		deal.Amend{Terms: s.Terms},
		deal.Amend{Terms: changed(c.Terms, false)},
		deal.Amend{Terms: changed(c.Terms, true)},
		deal.Amend{Terms: foreign},
	}
}

func (c Config) nextConsignment(s deal.State) string {
	return fmt.Sprintf("k%d", len(s.Consignments)+1)
}

func (c Config) scans(s deal.State, at time.Time) []deal.Command {
	scan := func(id string, e shipment.Event) deal.Command { return deal.Track{ConsignmentID: id, Event: e} }
	out := []deal.Command{scan("k9", shipment.Event{Stage: shipment.Delivered, At: at})}
	for _, k := range s.Consignments {
		out = append(
			out,
			scan(k.ID, shipment.Event{Stage: "teleported", At: at}),
			scan(k.ID, shipment.Event{Stage: shipment.PickedUp, At: at, Place: "CN Ningbo"}),
			scan(k.ID, shipment.Event{Stage: shipment.Exception, At: at}),
			scan(k.ID, shipment.Event{Stage: shipment.Delivered, At: at, Place: c.Terms.Delivery.ShipTo}),
			scan(k.ID, shipment.Event{Stage: shipment.Delivered, At: at, Place: "FR Lyon"}),
			scan(k.ID, shipment.Event{Stage: shipment.Delivered, At: at.AddDate(80, 0, 0), Place: c.Terms.Delivery.ShipTo}),
			scan(k.ID, shipment.Event{Stage: shipment.Delivered, At: at.AddDate(-80, 0, 0), Place: c.Terms.Delivery.ShipTo}),
		)
	}
	return out
}

func (c Config) claims(s deal.State) []deal.Command {
	free := s.Escrow.Held() - s.Escrow.Frozen()
	var out []deal.Command
	for _, minor := range slices.Compact([]int64{-1, 0, (free + 1) / 2, free, free + 1}) {
		for _, reason := range []dispute.Reason{dispute.QualityDefect, dispute.BuyerRefuses} {
			out = append(out, deal.RaiseClaim{
				ClaimID: fmt.Sprintf("c%d", len(s.Claims)+1), Reason: reason, Minor: minor, Statement: "Not what was agreed.",
				Demand: dispute.Division{ToBuyer: max(minor, 0) / 2},
			})
		}
	}
	return append(out, deal.RaiseClaim{ClaimID: "c1", Reason: dispute.QualityDefect, Minor: 1, Statement: "Once more."})
}

// divisions are the ways to divide a claim that lead to different states, and
// two that no rule allows.
func (c Config) divisions(minor int64) []dispute.Division {
	out := []dispute.Division{{ToBuyer: -1}, {ToBuyer: minor + 1}, {ToBuyer: minor / 2}}
	if !c.NoReturns {
		out = append(out, dispute.Division{ToBuyer: minor / 2, WithReturn: true})
	}
	if c.AllSplit {
		out = append(out, dispute.Division{}, dispute.Division{ToBuyer: minor}, dispute.Division{WithReturn: true})
	}
	return out
}

func (c Config) steps(claim dispute.Claim) []deal.Command {
	steps := []dispute.Command{
		dispute.TakeOffer{},
		dispute.TakeOffer{Number: 99},
		dispute.Escalate{},
		dispute.AssignMediator{},
		dispute.AssignMediator{Mediator: "max"},
		dispute.AssignMediator{Mediator: "mia"},
		dispute.Appeal{Grounds: "New evidence."},
		dispute.Appeal{},
		dispute.ReturnShipped{TrackingNumber: "RR2"},
		dispute.ReturnShipped{},
		dispute.ReturnReceived{},
		dispute.Drop{},
		dispute.Lapse{},
		dispute.Rule{Division: dispute.Division{ToBuyer: claim.Minor}},
	}
	for _, o := range claim.Offers {
		steps = append(steps, dispute.TakeOffer{Number: o.Number})
	}
	for _, d := range c.divisions(claim.Minor) {
		steps = append(steps, dispute.MakeOffer{Division: d}, dispute.Propose{Division: d}, dispute.Rule{Division: d, Reasons: "As the evidence shows."})
	}
	var out []deal.Command
	for _, step := range steps {
		out = append(out, deal.Conduct{ClaimID: claim.ID, Step: step})
	}
	return out
}

// instants are now, and around every instant at which something changes by
// itself. Time does not go back.
func instants(s deal.State, now time.Time) []time.Time {
	out := []time.Time{now}
	for _, turn := range turns(s) {
		for _, shift := range []time.Duration{-time.Microsecond, 0, time.Microsecond} {
			if t := turn.at.Add(shift); t.After(now) {
				out = append(out, t)
			}
		}
	}
	slices.SortFunc(out, time.Time.Compare)
	return slices.CompactFunc(out, time.Time.Equal)
}

// turn is an instant at which the state begins to answer differently.
type turn struct {
	name string
	at   time.Time
}

func turns(s deal.State) []turn {
	var out []turn
	for _, d := range s.Deadlines() {
		out = append(out, turn{string(d.Clock) + d.Ref, d.At})
	}
	if s.Phase == deal.Funded && s.CalledOff == deal.Running {
		out = append(out, turn{"may withdraw", s.MayWithdrawFrom()})
	}
	if s.Phase == deal.Shipped && s.CalledOff == deal.Running && s.Terms.Remedies.LatePenaltyBps > 0 {
		out = append(out, turn{"late", s.Terms.Delivery.DeliverBy.End()})
	}
	slices.SortStableFunc(out, func(a, b turn) int { return a.at.Compare(b.at) })
	return out
}
