package atlas

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/ledger"
	"fondaco/internal/trade/shipment"
)

// used counts what the bounds limit.
type used struct{ drafts, counters, amendments, cancels, freezes, outages int }

func (u used) after(events []deal.Event) used {
	for _, e := range events {
		switch e.(type) {
		case deal.Drafted:
			u.drafts++
		case deal.Countered:
			u.counters++
		case deal.AmendmentProposed:
			u.amendments++
		case deal.CancelAsked:
			u.cancels++
		case deal.FreezePlaced:
			u.freezes++
		case deal.ClocksStopped:
			u.outages++
		}
	}
	return u
}

// within reports whether the walk goes on from a state.
func (b Bounds) within(s deal.State, now time.Time, u used) bool {
	return overdue(s, now) <= b.Overdue && u.drafts <= b.Drafts && u.counters <= b.Counters && u.amendments <= b.Amendments && u.cancels <= b.Cancels &&
		u.freezes <= b.Freezes && u.outages <= b.Outages && len(s.Deposits) <= b.Deposits &&
		len(s.Consignments) <= b.Consignments && len(s.Extensions) <= b.Extensions && len(s.Claims) <= b.Claims &&
		(b.Scans || !slices.ContainsFunc(s.Consignments, scanned)) &&
		!slices.ContainsFunc(s.Claims, func(c dispute.Claim) bool { return len(c.Offers) > b.Offers }) &&
		(!b.NoProposals || !slices.ContainsFunc(s.Claims, proposed)) &&
		(b.SellerClaims || !slices.ContainsFunc(s.Claims, bySeller))
}

func scanned(k shipment.Consignment) bool { return k.PickedUp || k.Grade != shipment.NoProof }

func proposed(c dispute.Claim) bool { return c.Stage == dispute.Answer }

func bySeller(c dispute.Claim) bool { return c.By == identity.Seller }

// overdue counts the clocks that have run out and whose lapse is still to come.
func overdue(s deal.State, now time.Time) int {
	n := 0
	for _, d := range s.Deadlines() {
		if !s.Frozen && now.After(d.At) {
			n++
		}
	}
	return n
}

// node is one abstract state with a concrete example of it.
type node struct {
	state  deal.State
	now    time.Time // of the last event
	used   used
	money  map[ledger.AccountID]ledger.Balance
	parent *node
	step   fmt.Stringer // what led here from parent
	depth  int
	key    string
}

func (n *node) path() []string {
	var steps []string
	for ; n != nil && n.parent != nil; n = n.parent {
		steps = append([]string{n.step.String()}, steps...)
	}
	return steps
}

// keyOf tells abstract states apart. It holds neither times nor amounts.
func keyOf(s deal.State, now time.Time, u used) string {
	var k strings.Builder
	if s.Phase != deal.Draft && s.Phase != deal.Offered {
		s.Drafter, s.OfferedBy, u.drafts, u.counters = "", "", 0, 0 // of no more consequence
	}
	fmt.Fprint(&k, s.Phase, "|", s.Outcome, "|", s.Drafter, s.OfferedBy, "|", s.Signed(identity.Buyer), s.Signed(identity.Seller),
		"|", s.CancelBy, "|", s.CalledOff, s.CalledOffWhy, "|", s.Accepted, s.Frozen, "|", u, "|")
	if s.Phase == deal.Closed {
		return k.String()
	}
	if s.Amendment != nil {
		fmt.Fprint(&k, s.Amendment.By, s.Amendment.Terms.Freight.Minor())
	}
	fmt.Fprint(&k, "|", s.Terms.Freight.Minor(), len(s.Terms.Inspection.Where), "|", len(s.Deposits), "|", s.PenaltyTaken > 0, "|")
	for _, p := range s.Escrow.Parts {
		fmt.Fprint(&k, share(p.Held, p.Due), share(p.Frozen, p.Held), share(p.Released, 0), share(p.Refunded, 0), " ")
	}
	for _, x := range s.Extensions {
		fmt.Fprint(&k, "|x", x.By)
	}
	for _, c := range s.Consignments {
		fmt.Fprint(&k, "|k", c.Final, c.PickedUp, c.Grade)
	}
	for _, c := range s.Claims {
		fmt.Fprint(&k, "|", claimKey(c))
	}
	k.WriteString("|t")
	passed := false
	for _, t := range turns(s) {
		if !passed && !s.Frozen && !now.After(t.at) {
			passed = true
			k.WriteString(" now")
		}
		k.WriteString(" " + t.name)
	}
	if s.Phase == deal.Delivered {
		fmt.Fprint(&k, "|", s.ArrivedAt.Before(s.Terms.Delivery.DeliverBy.End()))
	}
	return k.String()
}

// share is how much of a whole an amount is: nothing, some, all.
func share(minor, whole int64) string {
	switch {
	case minor == 0:
		return "0"
	case minor == whole:
		return "1"
	}
	return "s"
}

// claimKey holds what is still of consequence at each stage.
func claimKey(c dispute.Claim) string {
	if !c.Open() {
		return "ended" + string(c.Ending)
	}
	var k strings.Builder
	fmt.Fprint(&k, c.By, c.Stage)
	switch c.Stage {
	case dispute.Negotiation:
		for _, side := range []identity.Side{identity.Buyer, identity.Seller} {
			for _, o := range c.Offers {
				if o.By == side {
					fmt.Fprint(&k, side, o.WithReturn)
				}
			}
		}
	case dispute.Mediation, dispute.Decision:
		fmt.Fprint(&k, c.Mediator != "", c.Misses)
	case dispute.Answer:
		fmt.Fprint(&k, c.Misses, c.TakenBy, splitKey(*c.Proposal, c.Minor))
	case dispute.Ruled:
		fmt.Fprint(&k, splitKey(c.Ruling.Division, c.Minor))
	case dispute.Review:
		fmt.Fprint(&k, c.Mediator != "", c.Misses, splitKey(c.Ruling.Division, c.Minor))
	case dispute.ReturnDue, dispute.ReturnSent:
		fmt.Fprint(&k, splitKey(c.Result, c.Minor))
	case dispute.Ended:
	}
	return k.String()
}

func splitKey(d dispute.Division, whole int64) string {
	return fmt.Sprint(share(d.ToBuyer, whole), d.WithReturn)
}
