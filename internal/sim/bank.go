package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/treasury"
)

// bankName is the bank's part of account names.
const bankName = "bank"

// bank is the world outside: it remembers for ever what it was asked and what it
// paid, whatever becomes of the house. What it tells may be late, come twice, come
// in another order, or get lost on the way there or back.
type bank struct {
	clock *tides
	reach func(call string, when moment) error // the points around each order

	mu      sync.Mutex
	rng     *rand.Rand
	holds   map[string]int64 // the house's account, minor units by currency
	letters []*letter
	orders  map[string]*order
	returns map[string]assurance.ReturnOrder
	calm    bool // no fault any more
	ways    ways
	booked  int
	faults  func(name string)
	wrong   func(format string, args ...any)
	held    func(identity.PartyID) bool // whether a company may be paid nothing; nil where nobody can tell
}

// ways are how often, in percent, the bank misbehaves.
type ways struct{ late, twice, lost, busy, timeout, bounces, reorders int }

// letter is something that the house has to be told, until it has answered.
type letter struct {
	due     time.Time
	deposit treasury.Notice
	payout  assurance.PayoutNotice
}

func (l *letter) aboutPayout() bool { return l.payout.PayoutID != "" }

// order is a payout as the bank knows it.
type order struct {
	assurance.PayoutOrder
	asked                 int
	paid, bounced, closed bool
}

var _ assurance.Rail = (*bank)(nil)

func bankActor() identity.Actor { return identity.Actor{Office: identity.Rail, Person: bankName} }

// chance is true in so many of a hundred cases; never once the bank is calm.
func (b *bank) chance(percent int) bool { return !b.calm && b.rng.IntN(100) < percent }

// Name is "bank".
func (b *bank) Name() string { return bankName }

// Send takes a payout. It may be busy, or take it and not answer.
func (b *bank) Send(_ context.Context, o assurance.PayoutOrder) error {
	if err := b.reach("send", before); err != nil {
		return err
	}
	if err := b.take(o); err != nil {
		return err
	}
	return b.reach("send", after)
}

func (b *bank) take(o assurance.PayoutOrder) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.chance(b.ways.busy) {
		b.faults("bank busy")
		return fault.New(fault.Unavailable, "bank.busy", "The bank does not answer.")
	}
	if known, ok := b.orders[o.PayoutID]; ok {
		known.asked++
		if known.PayoutOrder != o {
			b.wrong("payout %s was ordered as %+v and then as %+v", o.PayoutID, known.PayoutOrder, o)
		}
		return nil
	}
	if b.held != nil && b.held(o.Party) {
		b.wrong("payout %s was ordered while its company is held", o.PayoutID)
	}
	b.orders[o.PayoutID] = &order{PayoutOrder: o, asked: 1}
	b.tell(letter{payout: assurance.PayoutNotice{PayoutID: o.PayoutID, Outcome: assurance.PayoutTaken, Reference: bankName + "-" + o.PayoutID}})
	if b.chance(b.ways.reorders) {
		b.faults("callback out of order")
		b.tell(letter{payout: b.ending(o)})
	}
	if b.chance(b.ways.timeout) {
		b.faults("bank took it and did not answer")
		return fault.New(fault.Unavailable, "bank.timeout", "The bank does not answer.")
	}
	return nil
}

// ending is what finally becomes of a payout. It follows from the payout, so that
// a letter told early says the same as one told late.
func (b *bank) ending(o assurance.PayoutOrder) assurance.PayoutNotice {
	n := assurance.PayoutNotice{PayoutID: o.PayoutID, Outcome: assurance.PayoutArrived, Reference: bankName + "-" + o.PayoutID}
	if sum := len(o.PayoutID) + int(o.PayoutID[len(o.PayoutID)-1]) + int(o.Amount.Minor()); sum%100 < b.ways.bounces {
		n.Outcome, n.Failure = assurance.PayoutReturned, "AC04"
	}
	return n
}

// Return sends booked money back to its payer, once.
func (b *bank) Return(_ context.Context, o assurance.ReturnOrder) error {
	if err := b.reach("return", before); err != nil {
		return err
	}
	if err := b.giveBack(o); err != nil {
		return err
	}
	return b.reach("return", after)
}

func (b *bank) giveBack(o assurance.ReturnOrder) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.chance(b.ways.busy) {
		b.faults("bank busy")
		return fault.New(fault.Unavailable, "bank.busy", "The bank does not answer.")
	}
	if known, ok := b.returns[o.DepositID]; ok {
		if known != o {
			b.wrong("deposit %s was returned as %+v and then as %+v", o.DepositID, known, o)
		}
		return nil
	}
	b.returns[o.DepositID] = o
	b.holds[o.Amount.Currency().Code()] -= o.Amount.Minor()
	if b.chance(b.ways.timeout) {
		b.faults("bank took it and did not answer")
		return fault.New(fault.Unavailable, "bank.timeout", "The bank does not answer.")
	}
	return nil
}

// receive books a transfer for the house and has it told.
func (b *bank) receive(deal, payer string, a money.Amount) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.booked++
	b.holds[a.Currency().Code()] += a.Minor()
	b.tell(letter{deposit: treasury.Notice{
		Rail: bankName, Reference: fmt.Sprintf("in-%06d", b.booked), Deal: deal, Payer: payer, Amount: a, BookedAt: b.clock.Now(),
	}})
}

// tell puts a letter among those that wait; the caller holds mu.
func (b *bank) tell(l letter) {
	l.due = b.clock.Now()
	if b.chance(b.ways.late) {
		b.faults("callback late")
		l.due = l.due.Add(time.Duration(1+b.rng.IntN(72*60)) * time.Minute)
	}
	b.letters = append(b.letters, &l)
	if b.chance(b.ways.twice) {
		b.faults("callback twice")
		again := l
		b.letters = append(b.letters, &again)
	}
}

// pick takes out one of the letters that are due: the first, or any.
func (b *bank) pick(now time.Time) *letter {
	b.mu.Lock()
	defer b.mu.Unlock()
	var ready []int
	for i, l := range b.letters {
		if !l.due.After(now) || b.calm {
			ready = append(ready, i)
		}
	}
	if len(ready) == 0 {
		return nil
	}
	i := ready[0]
	if b.chance(b.ways.reorders) {
		i = ready[b.rng.IntN(len(ready))]
		if i != ready[0] {
			b.faults("callback out of order")
		}
	}
	l := b.letters[i]
	b.letters = slices.Delete(b.letters, i, i+1)
	return l
}

// toldBy is how the house is told a letter.
type toldBy func(l *letter) error

// deliver tells the house one letter, and reports whether there was one. A letter
// without an answer is told again.
func (b *bank) deliver(now time.Time, tell toldBy) bool {
	l := b.pick(now)
	if l == nil {
		return false
	}
	b.mu.Lock()
	lost, answerLost := b.chance(b.ways.lost), b.chance(b.ways.lost)
	b.mu.Unlock()
	if lost {
		b.faults("callback lost")
		b.keep(l)
		return true
	}
	err := tell(l)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err == nil && answerLost {
		b.faults("callback's answer lost")
		b.letters = append(b.letters, l)
		return true
	}
	b.heard(l, err)
	return true
}

func (b *bank) keep(l *letter) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.letters = append(b.letters, l)
}

// heard takes the house's answer; the caller holds mu.
func (b *bank) heard(l *letter, err error) {
	switch fault.KindOf(err) {
	case 0:
	case fault.Unavailable, fault.Exhausted:
		b.letters = append(b.letters, l)
		return
	case fault.Conflict:
		b.conflict(l, err)
		return
	case fault.Invalid, fault.Unauthenticated, fault.Forbidden, fault.NotFound, fault.Refused, fault.Internal:
		b.wrong("the house refused a letter of the bank: %s", fault.Of(err).Trace())
		return
	}
	if !l.aboutPayout() {
		return
	}
	o := b.orders[l.payout.PayoutID]
	code, minor := o.Amount.Currency().Code(), o.Amount.Minor()
	switch l.payout.Outcome {
	case assurance.PayoutTaken:
		if o.paid {
			return
		}
		o.paid = true
		b.holds[code] -= minor
		b.tell(letter{payout: b.ending(o.PayoutOrder)})
	case assurance.PayoutReturned:
		if !o.bounced {
			o.bounced = true
			b.holds[code] += minor
		}
	case assurance.PayoutArrived:
	}
}

// conflict is the house's word that a letter does not fit: it came too early and
// is told again, or the payout was taken back and nothing is paid.
func (b *bank) conflict(l *letter, err error) {
	stage := fault.Of(err).Args["stage"]
	o := b.orders[l.payout.PayoutID]
	switch {
	case fault.CodeOf(err) == "store.conflict":
		b.letters = append(b.letters, l)
	case o == nil || fault.CodeOf(err) != "treasury.wrong_stage":
		b.wrong("the house refused a letter of the bank: %s", fault.Of(err).Trace())
	case o.closed:
	case stage == string(treasury.Dropped) || stage == string(treasury.TimedOut):
		if o.paid {
			b.wrong("payout %s was paid, and the house says that it is %s", o.PayoutID, stage)
		}
		o.closed = true
	case stage == string(treasury.Instructed) && l.payout.Outcome != assurance.PayoutTaken:
		b.letters = append(b.letters, l)
	default:
		b.wrong("payout %s is %s and the bank's word %s is refused", o.PayoutID, stage, l.payout.Outcome)
	}
}

// rest ends every fault of the bank.
func (b *bank) rest() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calm = true
}

func (b *bank) waiting() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.letters)
}
