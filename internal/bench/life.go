package bench

import (
	"context"
	"math/rand/v2"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
)

// step is one command of the shortest honest life of a deal.
type step int

const (
	draft step = iota
	offer
	buyerSigns
	sellerSigns
	fund
	ship
	confirmReceipt
	accept
	steps // how many there are
)

// phase is where a deal stands after the step.
func (s step) phase() deal.Phase {
	return [steps]deal.Phase{
		deal.Draft, deal.Offered, deal.Offered, deal.Agreed, deal.Funded, deal.Shipped, deal.Delivered, deal.Closed,
	}[s]
}

// side is who takes the step; the money comes by the rail.
func (s step) side() identity.Side {
	switch s {
	case sellerSigns, ship:
		return identity.Seller
	case draft, offer, buyerSigns, confirmReceipt, accept:
		return identity.Buyer
	case fund, steps:
	}
	return identity.NoSide
}

// company is one party of the deals, and the token of its clerk.
type company struct {
	actor identity.Actor
	name  string
	token string
}

// order is one command on its way to the house.
type order struct {
	step     step
	by       *company // nil for the rail
	deal     deal.ID
	key      string // idempotency key; for the rail, its reference
	terms    *contract.Terms
	document []byte // the terms as they are sent
	hash     evidence.Hash
	total    money.Amount
	payer    string
	now      time.Time
}

// door is a way into the house. Each client has one of its own.
type door interface {
	// give carries an order in and waits for the durable answer.
	give(ctx context.Context, o *order) (assurance.Receipt, error)
}

// known is what a client remembers of a deal: all of it was acknowledged.
type known struct {
	id      deal.ID
	last    step
	version int64 // of the deal; after the rail's notice, of the step before
}

// client gives the commands of its own deals, one after the other.
type client struct {
	plan   *load
	door   door
	rand   *rand.Rand
	number int

	seller  *company // of the last deal
	total   money.Amount
	deals   []known
	entries int64 // of the evidence log, by the receipts
	acked   int64
	busy    int64   // answers that asked to come again
	took    []int64 // microseconds
}

// retryAfter is how long a client waits when the house is busy.
const retryAfter = 2 * time.Millisecond

// live takes one deal from nothing up to and including the last step.
func (c *client) live(ctx context.Context, last step) error {
	b, err := c.plan.drawn(c.rand)
	if err != nil {
		return err
	}
	buyer, seller := &c.plan.companies[b.Buyer], &c.plan.companies[b.Seller]
	c.seller, c.total = seller, b.Total
	o := order{terms: b.terms, document: b.Terms, total: b.Total, payer: buyer.name, hash: b.Hash, now: c.plan.now()}
	for s := draft; s <= last; s++ {
		if c.plan.over() {
			return nil
		}
		o.step, o.by = s, buyer
		switch s.side() {
		case identity.Seller:
			o.by = seller
		case identity.NoSide:
			o.by = nil
		case identity.Buyer:
		}
		o.key = newID()
		r, err := c.insist(ctx, &o)
		if err != nil {
			return err
		}
		c.remember(&o, r)
	}
	return nil
}

// insist gives the order again, under its key, while the house is busy.
func (c *client) insist(ctx context.Context, o *order) (assurance.Receipt, error) {
	for {
		begun := time.Now()
		r, err := c.door.give(ctx, o)
		if err == nil {
			c.plan.clocked(c, begun, time.Now())
			return r, nil
		}
		if fault.KindOf(err) != fault.Exhausted || ctx.Err() != nil {
			return r, err
		}
		c.busy++
		time.Sleep(retryAfter)
	}
}

func (c *client) remember(o *order, r assurance.Receipt) {
	c.acked++
	c.entries += r.Last - r.First + 1
	switch o.step {
	case draft:
		o.deal = deal.ID(r.ID)
		c.deals = append(c.deals, known{id: o.deal, version: r.Version})
	case fund: // the receipt is the deposit's
		c.deals[len(c.deals)-1].last = fund
	case offer, buyerSigns, sellerSigns, ship, confirmReceipt, accept, steps:
		k := &c.deals[len(c.deals)-1]
		k.last, k.version = o.step, r.Version
	}
}
