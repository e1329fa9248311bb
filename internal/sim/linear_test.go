package sim_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"math"
	mathrand "math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/sim"
	"fondaco/internal/store"
	"fondaco/internal/store/pgtest"
	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/ledger"
	"fondaco/internal/trade/treasury"
)

const (
	price = 1000 // minor units of each deal, all paid on acceptance
	fee   = 10   // of it, to the house
	slots = 4    // keys of each kind in a deal, used again and again
)

// asked is one call of a client about one deal.
type asked struct {
	deal   int
	what   string // "deposit", "ship", "confirm", "accept", "cancel", "withdraw", "funds", "phase"
	seller bool   // for the seller's company, else the buyer's
	minor  int64
	slot   int // of the reference or the key
}

// told is what the house answered.
type told struct {
	code     string // of a refusal
	id       string
	version  int64
	replayed bool
	minor    int64
	phase    deal.Phase
}

// model is one deal, its two companies and the keys used about them, as a single
// clerk would keep them.
type model struct {
	phase    deal.Phase
	version  int64
	received int64
	asks     string // who asks to cancel
	funds    [2]int64
	deposits [slots]string
	accepts  [slots]int64 // version of the answer
	payouts  [2 * slots]string
}

func (a asked) side() int {
	if a.seller {
		return 1
	}
	return 0
}

func (a asked) name() string { return []string{"buyer", "seller"}[a.side()] }

// step is the sequential meaning of a call: whether this answer may follow, and
// what is true then.
func (m model) step(a asked, t told) (bool, model) {
	if t.code == "store.conflict" {
		return true, m // given up after retries, and nothing was done
	}
	switch a.what {
	case "phase":
		return t.code == "" && t.phase == m.phase && t.version == m.version, m
	case "funds":
		return t.code == "" && t.minor == m.funds[a.side()], m
	case "deposit":
		return m.deposit(a, t)
	case "withdraw":
		return m.withdraw(a, t)
	case "accept":
		if known := m.accepts[a.slot]; known != 0 {
			return t.code == "" && t.replayed && t.version == known, m
		}
	}
	next, ok := m.moved(a)
	if !ok {
		return t.code != "", m
	}
	if t.code != "" || t.replayed || t.version <= m.version {
		return false, m
	}
	next.version = t.version
	if a.what == "accept" {
		next.accepts[a.slot] = t.version
	}
	return true, next
}

// moved is the deal after a command that it grants.
func (m model) moved(a asked) (model, bool) {
	grant := func(from, to deal.Phase) (model, bool) {
		next := m
		next.phase = to
		return next, m.phase == from
	}
	switch a.what {
	case "ship":
		return grant(deal.Funded, deal.Shipped)
	case "confirm":
		return grant(deal.Shipped, deal.Delivered)
	case "accept":
		next, ok := grant(deal.Delivered, deal.Closed)
		next.funds[1] += price - fee
		return next, ok
	}
	next := m
	switch {
	case m.phase == deal.Closed || m.asks == a.name():
		return m, false
	case m.asks == "":
		next.asks = a.name()
	case m.phase == deal.Agreed:
		next.phase, next.funds[0], next.received = deal.Closed, m.funds[0]+m.received, 0
	default:
		next.phase, next.funds[0] = deal.Closed, m.funds[0]+price
	}
	return next, true
}

func (m model) deposit(a asked, t told) (bool, model) {
	if known := m.deposits[a.slot]; known != "" {
		return t.code == "" && t.replayed && t.id == known, m
	}
	if t.code != "" || t.replayed || slices.Contains(m.deposits[:], t.id) {
		return false, m
	}
	m.deposits[a.slot] = t.id
	if m.phase != deal.Agreed {
		return true, m // it waits in suspense
	}
	// The deal's version moves, and the answer tells only the deposit's.
	m.version++
	if m.received += a.minor; m.received >= price {
		m.phase, m.received = deal.Funded, 0
	}
	return true, m
}

func (m model) withdraw(a asked, t told) (bool, model) {
	at := a.side()*slots + a.slot
	if known := m.payouts[at]; known != "" {
		return t.code == "" && t.replayed && t.id == known, m
	}
	if a.minor > m.funds[a.side()] {
		return t.code == "ledger.insufficient", m
	}
	if t.code != "" || t.replayed || slices.Contains(m.payouts[:], t.id) {
		return false, m
	}
	m.payouts[at] = t.id
	m.funds[a.side()] -= a.minor
	return true, m
}

func sequential(start []model) porcupine.Model {
	return porcupine.Model{
		Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
			parts := make([][]porcupine.Operation, len(start))
			for _, o := range history {
				n := o.Input.(asked).deal
				parts[n] = append(parts[n], o)
			}
			return parts
		},
		Init: func() any { return model{} },
		Step: func(state, input, output any) (bool, any) {
			m, a := state.(model), input.(asked)
			if m.phase == deal.None {
				m = start[a.deal]
			}
			ok, next := m.step(a, output.(told))
			return ok, next
		},
		DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v: %+v", input, output) },
	}
}

// node is a house that clients call.
type node struct {
	*assurance.House
	store *store.Store
}

// town is one or several houses on one database.
type town struct {
	t     *testing.T
	nodes []node
	clock *assurance.TestClock
	ids   *atomic.Int64
	lie   func(asked, told) told // changes answers on their way; nil for none
}

// opens opens a store on the database of the test; each call is another node.
type opens func(t *testing.T) func() *store.Store

func onSQLite(t *testing.T) func() *store.Store {
	t.Helper()
	path := filepath.Join(fast(t), "house.db")
	return func() *store.Store {
		s, err := store.OpenSQLite(context.WithoutCancel(t.Context()), path)
		if err != nil {
			t.Fatalf("%+v", err)
		}
		if err := s.Migrate(t.Context()); err != nil {
			t.Fatalf("%+v", err)
		}
		return s
	}
}

func onPostgres(t *testing.T) func() *store.Store {
	t.Helper()
	url := pgtest.Database(t)
	return func() *store.Store {
		s, err := store.OpenPostgres(context.WithoutCancel(t.Context()), url)
		if err != nil {
			t.Fatalf("%+v", err)
		}
		return s
	}
}

func newTown(t *testing.T, houses int, on opens, wrap func(sim.Port) sim.Port) *town {
	t.Helper()
	p := &town{t: t, clock: assurance.NewTestClock(time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)), ids: new(atomic.Int64)}
	open := on(t)
	for range houses {
		s := open()
		port := sim.Port(s)
		if wrap != nil {
			port = wrap(s)
		}
		h, err := assurance.Open(context.WithoutCancel(t.Context()), assurance.Config{
			Store: port, Archive: port, Clock: p.clock, Random: rand.Reader, PayoutRail: "bank",
			NewID: func() string { return fmt.Sprintf("%012d", p.ids.Add(1)) },
		})
		if err != nil {
			t.Fatalf("%+v", err)
		}
		p.nodes = append(p.nodes, node{h, s})
		t.Cleanup(func() {
			h.Close()
			if err := s.Close(); err != nil {
				t.Errorf("%+v", err)
			}
		})
	}
	return p
}

// bargain is a deal that both have signed, between two companies of its own.
type bargain struct {
	id            deal.ID
	buyer, seller identity.Actor
}

func (p *town) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatalf("%+v", err)
	}
}

func (p *town) agreed() (bargain, model) {
	p.t.Helper()
	ctx, h, usd := p.t.Context(), p.nodes[0], money.MustCurrency("USD")
	member := func(name string) identity.Actor {
		r, err := h.RegisterParty(ctx, assurance.Call{By: identity.Actor{Office: identity.Member, Person: "signup"}}, identity.Register{LegalName: name, Country: "CH", Registration: "R-1"})
		p.must(err)
		return identity.MemberOf(identity.PartyID(r.ID), identity.PersonID(name))
	}
	b := bargain{buyer: member("buyer"), seller: member("seller")}
	terms := contract.Terms{
		Title: "Bearings", Buyer: b.buyer.Party, Seller: b.seller.Party, Currency: usd,
		Lines:   []contract.Line{{Description: "Ball bearings", Quantity: 1, Unit: "PCE", UnitPrice: money.New(price, usd), Basis: 1}},
		Freight: money.Zero(usd), Insurance: money.Zero(usd),
		Delivery:   contract.Delivery{Incoterm: "DAP", NamedPlace: "Basel", ShipTo: "CH Basel", ShipBy: "2027-04-01", DeliverBy: "2027-05-01"},
		Inspection: contract.Inspection{Days: 7}, Remedies: contract.Remedies{ReturnFreight: identity.Seller},
		Tranches:     []contract.Tranche{{ID: "all", Amount: money.New(price, usd), Release: contract.OnAcceptance}},
		GoverningLaw: "Switzerland", DisputeForum: "Geneva",
	}
	r, err := h.DraftDeal(ctx, assurance.Call{By: b.buyer}, terms)
	p.must(err)
	b.id = deal.ID(r.ID)
	_, err = h.Act(ctx, assurance.Call{By: b.buyer}, b.id, deal.MakeOffer{})
	p.must(err)
	s, err := h.Deal(ctx, b.buyer, b.id)
	p.must(err)
	for _, by := range []identity.Actor{b.buyer, b.seller} {
		r, err = h.Act(ctx, assurance.Call{By: by}, b.id, deal.Sign{Hash: s.TermsHash})
		p.must(err)
	}
	return b, model{phase: deal.Agreed, version: r.Version}
}

// ask carries out a call at a node.
func (p *town) ask(h node, b bargain, a asked) told {
	ctx, usd := p.t.Context(), money.MustCurrency("USD")
	by := b.buyer
	if a.seller {
		by = b.seller
	}
	var r assurance.Receipt
	var err error
	act := func(key string, c deal.Command) {
		r, err = h.Act(ctx, assurance.Call{By: by, Key: key}, b.id, c)
	}
	switch a.what {
	case "phase":
		s, err := h.Deal(ctx, by, b.id)
		return told{code: fault.CodeOf(err), phase: s.Phase, version: s.Version}
	case "funds":
		rows, err := h.Balances(ctx, by, by.Party)
		t := told{code: fault.CodeOf(err)}
		for _, row := range rows {
			t.minor += row.Balance.Available(ledger.KindParty)
		}
		return t
	case "deposit":
		r, err = h.BookDeposit(ctx, identity.Actor{Office: identity.Rail, Person: "bank"}, treasury.Notice{
			Rail: "bank", Reference: fmt.Sprintf("%s-%d", b.id, a.slot), Deal: string(b.id), Amount: money.New(a.minor, usd), BookedAt: p.clock.Now(),
		})
	case "withdraw":
		r, err = h.Withdraw(ctx, assurance.Call{By: by, Key: fmt.Sprintf("w-%s-%d", b.id, a.slot)}, by.Party, money.New(a.minor, usd), "by hand")
	case "ship":
		act("", deal.Ship{ConsignmentID: "c1", Carrier: "post", TrackingNumber: "RR-" + string(b.id), Final: true})
	case "confirm":
		act("", deal.ConfirmReceipt{})
	case "accept":
		act(fmt.Sprintf("a-%s-%d", b.id, a.slot), deal.Accept{})
	case "cancel":
		act("", deal.CancelByBoth{Reason: "plans have changed"})
	}
	t := told{id: r.ID, version: r.Version, replayed: r.Replayed}
	if err != nil {
		t = told{code: fault.CodeOf(err)}
		if k := fault.KindOf(err); k == fault.Unavailable || k == fault.Internal {
			p.t.Errorf("a healthy house answers, and this one (halted: %q) does not: %s", h.Halted(), fault.Of(err).Trace())
		}
	}
	return t
}

// next is a call that fits a client's guess of how far the deal is, or any.
func next(rng *mathrand.Rand, n int, guess deal.Phase) asked {
	a := asked{deal: n, slot: rng.IntN(slots), seller: rng.IntN(2) == 0}
	what := []string{"deposit", "ship", "confirm", "accept", "cancel", "withdraw", "withdraw", "funds", "phase"}
	a.what = what[rng.IntN(len(what))]
	likely := map[deal.Phase]string{deal.Agreed: "deposit", deal.Funded: "ship", deal.Shipped: "confirm", deal.Delivered: "accept", deal.Closed: "withdraw"}
	if rng.IntN(2) == 0 {
		a.what = likely[guess]
	}
	if a.what == "cancel" && rng.IntN(3) > 0 {
		a.what = "phase"
	}
	switch a.what {
	case "deposit":
		a.minor = []int64{400, 600, price, price + 50}[a.slot] // one booking is one amount
	case "withdraw":
		a.minor = []int64{100, 990, 495, 1000}[a.slot]
	case "ship":
		a.seller = true
	case "confirm", "accept":
		a.seller = false
	}
	return a
}

// history lets clients call at one time and writes down what they asked and heard.
func (p *town) history(seed uint64, bargains []bargain) []porcupine.Operation {
	const clients, calls = 8, 14
	var mu sync.Mutex
	var out []porcupine.Operation
	var group sync.WaitGroup
	start := time.Now()
	for client := range clients {
		group.Go(func() {
			rng := mathrand.New(mathrand.NewPCG(seed, uint64(client)))
			guess := make([]deal.Phase, len(bargains))
			for i := range guess {
				guess[i] = deal.Agreed
			}
			for range calls {
				n := rng.IntN(len(bargains))
				a := next(rng, n, guess[n])
				called := time.Since(start)
				t := p.ask(p.nodes[rng.IntN(len(p.nodes))], bargains[n], a)
				if p.lie != nil {
					t = p.lie(a, t)
				}
				returned := time.Since(start)
				if t.phase != deal.None {
					guess[n] = t.phase
				} else if after := map[string]deal.Phase{"deposit": deal.Funded, "ship": deal.Shipped, "confirm": deal.Delivered, "accept": deal.Closed}[a.what]; after != deal.None && t.code == "" {
					guess[n] = after
				}
				mu.Lock()
				out = append(out, porcupine.Operation{ClientId: client, Input: a, Call: called.Nanoseconds(), Output: t, Return: returned.Nanoseconds()})
				mu.Unlock()
			}
		})
	}
	group.Wait()
	return out
}

// outcomes of judging histories.
type judged struct {
	histories, calls, granted, replayed, conflicts int
	bad                                            []string
}

// judge plays rounds of two deals and has each deal's history checked.
func (p *town) judge(rounds int) judged {
	p.t.Helper()
	var j judged
	for round := range rounds {
		var bargains []bargain
		var start []model
		for range 2 {
			b, m := p.agreed()
			bargains, start = append(bargains, b), append(start, m)
		}
		history := p.history(uint64(round), bargains)
		for _, o := range history {
			t := o.Output.(told)
			switch {
			case t.replayed:
				j.replayed++
			case t.code == "store.conflict":
				j.conflicts++
			case t.code == "":
				j.granted++
			}
		}
		j.calls += len(history)
		for n, part := range sequential(start).Partition(history) {
			j.histories++
			if !porcupine.CheckOperations(sequential(start), part) {
				j.bad = append(j.bad, fmt.Sprintf("round %d deal %d: no order of these calls explains the answers:\n%s", round, n, listing(part)))
			}
		}
	}
	return j
}

func listing(history []porcupine.Operation) string {
	slices.SortFunc(history, func(a, b porcupine.Operation) int { return int(math.Copysign(1, float64(a.Call-b.Call))) })
	out := ""
	for _, o := range history {
		out += fmt.Sprintf("  %8d to %8d  %+v: %+v\n", o.Call/1000, o.Return/1000, o.Input, o.Output)
	}
	return out
}

func rounds() int {
	if testing.Short() {
		return 10
	}
	return 50 // two histories each
}

func TestMoneyCommandsHappenOneAfterTheOther(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		houses int
		on     opens
	}{
		{"one house on SQLite", 1, onSQLite},
		{"two houses on SQLite", 2, onSQLite},
		{"one house on PostgreSQL", 1, onPostgres},
		{"two houses on PostgreSQL", 2, onPostgres},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			j := newTown(t, c.houses, c.on, nil).judge(rounds())
			t.Logf("%d histories, %d calls, %d granted, %d answered again, %d given up by conflict", j.histories, j.calls, j.granted, j.replayed, j.conflicts)
			if j.granted < j.calls/5 || j.replayed == 0 {
				t.Errorf("little has happened: %d of %d granted, %d answered again", j.granted, j.calls, j.replayed)
			}
			for _, bad := range j.bad {
				t.Error(bad)
			}
		})
	}
}

// old is a store that answers funds as they were when it was first asked.
type old struct {
	sim.Port
	mu   sync.Mutex
	seen map[string][]assurance.AccountRow
}

func (o *old) Accounts(ctx context.Context, prefix string, after ledger.AccountID, limit int) ([]assurance.AccountRow, error) {
	rows, err := o.Port.Accounts(ctx, prefix, after, limit)
	o.mu.Lock()
	defer o.mu.Unlock()
	if known, ok := o.seen[prefix]; ok {
		return known, err
	}
	o.seen[prefix] = rows
	return rows, err
}

func TestTheCheckerNoticesWhatNoOrderExplains(t *testing.T) {
	t.Parallel()
	twice := func(a asked, heard told) told {
		if a.what == "accept" && heard.code == "deal.wrong_phase" {
			return told{id: "again", version: 1 << 40}
		}
		return heard
	}
	t.Run("a release that is granted twice", func(t *testing.T) {
		t.Parallel()
		p := newTown(t, 1, onSQLite, nil)
		p.lie = twice
		if j := p.judge(10); len(j.bad) == 0 {
			t.Errorf("%d histories with this fault looked right", j.histories)
		}
	})
	for name, wrap := range map[string]func(sim.Port) sim.Port{
		"funds as they were before": func(p sim.Port) sim.Port { return &old{Port: p, seen: map[string][]assurance.AccountRow{}} },
		"a booking told again is another one": func(p sim.Port) sim.Port {
			return &planted{Port: p, batch: func(b *assurance.Batch) { b.Answers = nil }}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if j := newTown(t, 1, onSQLite, wrap).judge(10); len(j.bad) == 0 {
				t.Errorf("%d histories with this fault looked right", j.histories)
			}
		})
	}
}
