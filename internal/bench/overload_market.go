package bench

import (
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/deal"
)

// kind is what an arrival of the flood wants.
type kind int

const (
	movesMoney kind = iota // money in, a release on shipment, a release on acceptance with its payout
	otherStep              // draft, offer, signature, receipt of goods
	readsDeal
	readsList
	kinds // how many there are
)

// The shares of a flood. Money alone is then 1.5 times what the house can do when
// five times that arrives.
const (
	floodMoney = 0.30
	floodOther = 0.50
	floodDeal  = 0.15 // and the rest reads lists
)

func drawKind(r *rand.Rand) kind {
	switch u := r.Float64(); {
	case u < floodMoney:
		return movesMoney
	case u < floodMoney+floodOther:
		return otherStep
	case u < floodMoney+floodOther+floodDeal:
		return readsDeal
	}
	return readsList
}

// money reports whether the step may move money.
func (s step) money() bool { return s == fund || s == ship || s == accept }

// voyage is a deal on its way, of which one command at a time is given.
type voyage struct {
	ID      deal.ID `json:"id"` // empty until its draft is acknowledged
	Number  int     `json:"number"`
	Bargain int     `json:"bargain"`
	Last    step    `json:"last"` // acknowledged; of a new one, steps
	Version int64   `json:"version"`
	Entries int64   `json:"entries"` // of the evidence log, by the receipts

	unsure bool // its next command was given, and what became of it is not known
}

// next is the step that comes next.
func (v *voyage) next() step {
	if v.ID == "" {
		return draft
	}
	return v.Last + 1
}

// order is the voyage's next command. The key of a step is always the same, so
// that it may be given again by whoever comes later.
func (v *voyage) order(prefix string, companies []company, b *bargain, now time.Time) order {
	s := v.next()
	o := order{
		step: s, deal: v.ID, key: prefix + strconv.Itoa(v.Number) + "-" + strconv.Itoa(int(s)), terms: b.terms, document: b.Terms, hash: b.Hash, total: b.Total,
		payer: companies[b.Buyer].name, now: now, by: &companies[b.Buyer],
	}
	switch s {
	case sellerSigns, ship:
		o.by = &companies[b.Seller]
	case fund:
		o.by = nil
	case draft, offer, buyerSigns, confirmReceipt, accept, steps:
	}
	return o
}

// done notes that the next command was acknowledged.
func (v *voyage) done(r assurance.Receipt) {
	v.Last, v.unsure = v.next(), false
	v.Entries += r.Last - r.First + 1
	switch v.Last {
	case draft:
		v.ID, v.Version = deal.ID(r.ID), r.Version
	case fund: // the receipt is the deposit's
	case offer, buyerSigns, sellerSigns, ship, confirmReceipt, accept, steps:
		v.Version = r.Version
	}
}

// newDealShare is how many of the other commands draft a new deal, where there are
// others to go on with.
const newDealShare = 0.2

// market is where the clients of a flood find the deal that they go on with.
type market struct {
	mu       sync.Mutex
	rand     *rand.Rand
	bargains int
	number   int       // of the next new deal
	pay      []*voyage // those whose next command moves money, the longest waiting first
	rest     []*voyage // those whose next command does not
	all      []*voyage // acknowledged, for reading
	short    int64     // times that no deal had a payment to make
}

// pick takes a deal out whose next command is of the kind; a new one if need be.
func (m *market) pick(k kind) *voyage {
	m.mu.Lock()
	defer m.mu.Unlock()
	if k == movesMoney {
		if v := first(&m.pay); v != nil {
			return v
		}
		m.short++
	}
	if k == movesMoney || m.rand.Float64() >= newDealShare {
		if v := first(&m.rest); v != nil {
			return v
		}
	}
	m.number++
	return &voyage{Number: m.number, Bargain: m.rand.IntN(m.bargains), Last: steps}
}

// first takes the first.
func first(queue *[]*voyage) *voyage {
	q := *queue
	if len(q) == 0 {
		return nil
	}
	v := q[0]
	q[0] = nil
	*queue = q[1:]
	return v
}

// put gives a deal back for whoever comes next. A draft that was refused is
// forgotten, and a deal that is closed has nothing to come.
func (m *market) put(v *voyage) {
	if v.ID == "" || v.Last == accept {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if v.next().money() {
		m.pay = append(m.pay, v)
	} else {
		m.rest = append(m.rest, v)
	}
}

// known notes a deal that has just been drafted.
func (m *market) known(v *voyage) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all = append(m.all, v)
}

// look answers a bargain's deal to read, "" if there is none yet.
func (m *market) look() (id deal.ID, bargain int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.all) == 0 {
		return "", m.rand.IntN(m.bargains)
	}
	v := m.all[m.rand.IntN(len(m.all))]
	return v.ID, v.Bargain
}
