package scms

import (
	"context"
	"sync"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/money"
	"fondaco/internal/trade/identity"
)

// RailName is the rail that a house must pay out by to be replayed into.
const RailName = "sandbox"

func railActor() identity.Actor { return identity.Actor{Office: identity.Rail, Person: RailName} }

// Clock is a house clock that stands still until the replay moves it. It is
// safe for concurrent use.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock is a clock that stands at the given instant.
func NewClock(now time.Time) *Clock { return &Clock{now: now} }

// Now is where the clock stands.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// set moves the clock forward; it never goes back.
func (c *Clock) set(to time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if to.After(c.now) {
		c.now = to
	}
}

// Bank is the rail of a replayed house. It takes every payout and lets the
// replay tell the house, in the order of its clock, that the money has gone and
// arrived. No money moves.
type Bank struct {
	mu    sync.Mutex
	taken map[string]bool
	queue []assurance.PayoutOrder
	back  map[string]money.Amount // by deposit
}

// NewBank is a bank without orders.
func NewBank() *Bank { return &Bank{taken: map[string]bool{}, back: map[string]money.Amount{}} }

// Name is the rail's part of account names.
func (b *Bank) Name() string { return RailName }

// Send takes a payout; the same one twice is one.
func (b *Bank) Send(_ context.Context, o assurance.PayoutOrder) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.taken[o.PayoutID] {
		b.taken[o.PayoutID] = true
		b.queue = append(b.queue, o)
	}
	return nil
}

// Return sends money back to whoever sent it; the same deposit twice is one return.
func (b *Bank) Return(_ context.Context, o assurance.ReturnOrder) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.back[o.DepositID] = o.Amount
	return nil
}

// sentBack sums the returns by currency code.
func (b *Bank) sentBack() map[string]int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	sums := map[string]int64{}
	for _, a := range b.back {
		sums[a.Currency().Code()] += a.Minor()
	}
	return sums
}

// orders takes what has come in since the last call.
func (b *Bank) orders() []assurance.PayoutOrder {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := b.queue
	b.queue = nil
	return out
}
