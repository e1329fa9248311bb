package scms

import (
	"context"
	"fmt"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/money"
	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/shipment"
	"fondaco/internal/trade/treasury"
)

// course is one deal on its way: what will be done about it and when.
type course struct {
	row   Row
	terms contract.Terms
	rules deal.Rules // signed with the terms
	deal  deal.ID
	steps []step
	next  int
}

// step is one command of the outside world.
type step struct {
	at   time.Time
	name string
	do   func(ctx context.Context, h *assurance.House, c *course) error
}

// The hours of the day at which things are done, UTC. Few instants mean many
// commands at each, as in a house where people work at the same time.
const (
	draftHour   = 8
	offerHour   = 9
	signHour    = 10
	arriveHour  = 12
	decideHour  = 14
	dispatch    = 15
	pickUpHour  = 16
	bindingDays = 5 // from the draft until the goods may leave
	orderDays   = 60
)

func at(d time.Time, days, hour int) time.Time {
	return d.AddDate(0, 0, days).Add(time.Duration(hour) * time.Hour)
}

// plan lays out the course of a row. What it plans may not happen: a lapse, an
// instant earlier, may end the deal first, as in life.
func plan(r Row, t contract.Terms, rules deal.Rules) *course {
	c := &course{row: r, terms: t, rules: rules}
	leaves, arrives := c.journey()
	begins := c.begins(leaves)
	c.add(at(begins, 0, draftHour), "draft", draft)
	c.add(at(begins, 0, offerHour), "offer", buyer(func(*course) deal.Command { return deal.MakeOffer{} }))
	c.add(at(begins, 0, signHour), "sign", buyer(sign))
	c.add(at(begins, 1, signHour), "sign", seller(sign))
	c.deposits(begins)
	// A seller who was paid late may ship late; patience begins with both.
	patience := later(r.Scheduled.AddDate(0, 0, -r.transitDays()), begins.AddDate(0, 0, bindingDays)).AddDate(0, 0, withdrawDays)
	if r.ID%4 == 0 && leaves.After(patience) {
		c.add(at(patience, 0, decideHour), "withdraw", buyer(func(*course) deal.Command {
			return deal.Withdraw{Reason: "Nothing was shipped in time."}
		}))
		return c
	}
	c.add(at(leaves, 0, dispatch), "ship", seller(func(c *course) deal.Command {
		return deal.Ship{ConsignmentID: "1", Carrier: c.carrier(), TrackingNumber: fmt.Sprintf("%s/%d", c.row.Delivery, c.row.ID), Final: true}
	}))
	if r.Mode == "N/A" {
		// No carrier is known, so the buyer's word has to do.
		c.add(at(later(r.Recorded, arrives), 0, decideHour), "confirm_receipt", buyer(func(*course) deal.Command { return deal.ConfirmReceipt{} }))
	} else {
		c.add(at(leaves, 0, pickUpHour), "track", track(shipment.PickedUp, ""))
		c.add(at(arrives, 0, arriveHour), "track", track(shipment.Delivered, r.Destination))
	}
	if r.ID%3 != 0 {
		c.add(at(later(r.Recorded, arrives), 1+int(r.ID%5), decideHour), "accept", buyer(func(*course) deal.Command { return deal.Accept{} }))
	}
	return c
}

// withdrawDays after the ship-by day, beyond the grace of the house, some buyers leave.
const withdrawDays = 5

func (c *course) add(at time.Time, name string, do func(context.Context, *assurance.House, *course) error) {
	c.steps = append(c.steps, step{at, name, do})
}

// journey is the day the goods leave and the day they arrive. Of late ones, every
// second leaves late; the others leave in time and are slow.
func (c *course) journey() (leaves, arrives time.Time) {
	r := c.row
	leaves = r.Delivered.AddDate(0, 0, -r.transitDays())
	if r.late() > 0 && r.ID%2 == 1 {
		leaves = r.Scheduled.AddDate(0, 0, -r.transitDays())
	}
	return leaves, r.Delivered
}

// begins is the day of the draft: when the order was sent, or two months before
// delivery was due, but early enough for the goods to leave when they did.
func (c *course) begins(leaves time.Time) time.Time {
	begins := c.row.Ordered
	if begins.IsZero() {
		begins = c.row.Scheduled.AddDate(0, 0, -orderDays)
	}
	if last := leaves.AddDate(0, 0, -bindingDays); begins.After(last) {
		begins = last
	}
	return begins
}

// deposits plans the money: mostly at once, sometimes in two halves, sometimes
// with something over that must find its way back.
func (c *course) deposits(begins time.Time) {
	total, err := c.terms.Total()
	if err != nil {
		return // the terms were checked; without a total there is nothing to pay
	}
	minor := total.Minor()
	switch {
	case c.row.ID%25 == 0 && minor > 1:
		c.add(at(begins, 2, arriveHour), "deposit", deposit("a", minor/2))
		c.add(at(begins, 3, arriveHour), "deposit", deposit("b", minor-minor/2))
	case c.row.ID%50 == 1:
		c.add(at(begins, 3, arriveHour), "deposit", deposit("a", minor+minor/100+1))
	default:
		c.add(at(begins, 3, arriveHour), "deposit", deposit("a", minor))
	}
}

func (c *course) carrier() string {
	switch c.row.Mode {
	case "N/A":
		return "Carrier not recorded"
	}
	return c.row.Mode + " freight"
}

// key makes each command of a row one command, however often it is given.
func (c *course) key() string { return fmt.Sprintf("scms:%d:%d", c.row.ID, c.next) }

func (c *course) member(side identity.Side) identity.Actor {
	person := identity.PersonID("clerk-of-" + string(side))
	return identity.MemberOf(c.terms.Party(side), person)
}

func draft(ctx context.Context, h *assurance.House, c *course) error {
	r, err := h.DraftDeal(ctx, assurance.Call{By: c.member(identity.Buyer), Key: c.key()}, c.terms)
	c.deal = deal.ID(r.ID)
	return err
}

func sign(c *course) deal.Command {
	return deal.Sign{Hash: deal.Agreement{Terms: c.terms.Normal(), Rules: c.rules}.Hash()}
}

type making func(*course) deal.Command

func buyer(make making) func(context.Context, *assurance.House, *course) error {
	return bySide(identity.Buyer, make)
}

func seller(make making) func(context.Context, *assurance.House, *course) error {
	return bySide(identity.Seller, make)
}

func bySide(side identity.Side, make making) func(context.Context, *assurance.House, *course) error {
	return func(ctx context.Context, h *assurance.House, c *course) error {
		_, err := h.Act(ctx, assurance.Call{By: c.member(side), Key: c.key()}, c.deal, make(c))
		return err
	}
}

func track(stage shipment.Stage, place string) func(context.Context, *assurance.House, *course) error {
	return func(ctx context.Context, h *assurance.House, c *course) error {
		by := identity.Actor{Office: identity.Carrier, Person: "scms-record"}
		e := shipment.Event{Stage: stage, At: c.steps[c.next].at, Place: place, Note: "from the published record"}
		_, err := h.Act(ctx, assurance.Call{By: by, Key: c.key()}, c.deal, deal.Track{ConsignmentID: "1", Event: e})
		return err
	}
}

func deposit(part string, minor int64) func(context.Context, *assurance.House, *course) error {
	return func(ctx context.Context, h *assurance.House, c *course) error {
		_, err := h.BookDeposit(ctx, railActor(), treasury.Notice{
			Rail: RailName, Reference: fmt.Sprintf("scms-%d-%s", c.row.ID, part), Deal: string(c.deal),
			Payer: c.row.programme().LegalName, Amount: money.New(minor, dollars()), BookedAt: c.steps[c.next].at,
		})
		return err
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
