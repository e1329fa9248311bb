package assurance

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"fondaco/internal/money"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
)

// agendaLeast is from how many open deals on a company's agenda is kept in memory, and
// agendaMost how many deals all agendas together may have there.
const (
	agendaLeast = 100
	agendaMost  = 50_000
)

// agendas keep in memory what is held and what is due in the open deals of companies
// that have many, for the first pages that their people see: else each page would add up
// each open deal again.
//
//	commit ─▶ take: the rows that it has written, before anybody is answered
//	others have written ─▶ forget: nothing is known any more
//	page ─▶ many open deals, and all that is in the log ours? ─no─▶ ask the store
//	           │ yes
//	           ▼
//	        the agenda, read from the store when it is first asked for
//
// So whoever has been answered finds what was answered: what is acknowledged has been
// taken, and what others have had acknowledged is in the log, which is looked at.
type agendas struct {
	least int
	any   atomic.Bool // whether there is one; a commit that nobody profits from costs nothing

	mu    sync.Mutex
	of    map[identity.PartyID]*agenda
	deals int   // of all that are ready
	asked int64 // how often one was asked for
}

// agenda is what a company holds and owes in its open deals.
type agenda struct {
	deals map[deal.ID]*OpenDeal // nil for one that ended while the agenda was being read
	ready bool                  // it has been read from the store
	asked int64                 // when it was last asked for, by the count of agendas
}

// Due is when one obligation of a company in a deal is due.
type Due struct {
	Place int       // among the obligations of the deal
	By    time.Time // zero for whenever it likes
}

// Urgency compares when two obligations are due; those without a date come last.
func Urgency(a, b time.Time) int {
	switch {
	case a.IsZero() == b.IsZero():
		return a.Compare(b)
	case a.IsZero():
		return 1
	}
	return -1
}

func newAgendas(least int) *agendas {
	return &agendas{least: cmp.Or(least, agendaLeast), of: map[identity.PartyID]*agenda{}}
}

// take keeps the agendas in step with rows that are durable now.
func (a *agendas) take(deals map[deal.ID]DealRow, duties map[deal.ID]DutySet) {
	if !a.any.Load() {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for id, row := range deals {
		// A company that a draft names no more held and owed nothing in it.
		for _, party := range []identity.PartyID{row.Buyer, row.Seller} {
			y := a.of[party]
			switch {
			case y == nil:
			case row.Phase == deal.Closed:
				a.put(y, id, nil)
			default:
				a.put(y, id, openDeal(party, row, duties[id]))
			}
		}
	}
}

// put is called under mu.
func (a *agendas) put(y *agenda, id deal.ID, o *OpenDeal) {
	_, had := y.deals[id]
	switch {
	case !y.ready: // whatever is read meanwhile may be older
		y.deals[id] = o
	case o == nil:
		delete(y.deals, id)
		if had {
			a.deals--
		}
	default:
		y.deals[id] = o
		if !had {
			a.deals++
		}
	}
}

// openDeal is what the rows of a deal say about a company of it.
func openDeal(party identity.PartyID, row DealRow, duties DutySet) *OpenDeal {
	o := &OpenDeal{Deal: row.ID, Side: identity.Seller, Currency: row.Currency, Held: row.Held}
	if party == row.Buyer {
		o.Side = identity.Buyer
	}
	for place, d := range duties.Rows {
		if d.Party == party {
			o.Dues = append(o.Dues, Due{place, d.Obligation.By})
		}
	}
	return o
}

// forget drops all agendas: what others have written is not known.
func (a *agendas) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	clear(a.of)
	a.deals = 0
	a.any.Store(false)
}

// begin opens an agenda that is to be read; nil if somebody reads it already.
func (a *agendas) begin(party identity.PartyID) *agenda {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.of[party] != nil {
		return nil
	}
	y := &agenda{deals: map[deal.ID]*OpenDeal{}}
	a.of[party] = y
	a.any.Store(true)
	return y
}

// end takes what was read for an agenda, under what has been written meanwhile; an
// error means that nothing was.
func (a *agendas) end(party identity.PartyID, y *agenda, rows []OpenDeal, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.of[party] != y {
		return // forgotten meanwhile
	}
	if err != nil {
		delete(a.of, party)
		return
	}
	for i := range rows {
		if _, newer := y.deals[rows[i].Deal]; !newer {
			y.deals[rows[i].Deal] = &rows[i]
		}
	}
	for id, o := range y.deals {
		if o == nil {
			delete(y.deals, id)
		}
	}
	y.ready = true
	a.deals += len(y.deals)
	for a.deals > agendaMost {
		a.dropOldest()
	}
}

// dropOldest is called under mu.
func (a *agendas) dropOldest() {
	var oldest identity.PartyID
	var found *agenda
	for party, y := range a.of {
		if y.ready && (found == nil || y.asked < found.asked) {
			oldest, found = party, y
		}
	}
	a.deals -= len(found.deals)
	delete(a.of, oldest)
}

// has reports whether there is an agenda of the company, or somebody is reading it.
func (a *agendas) has(party identity.PartyID) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.of[party] != nil
}

// look reads an agenda, if there is one that is ready.
func (a *agendas) look(party identity.PartyID, read func(*agenda)) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	y := a.of[party]
	if y == nil || !y.ready {
		return false
	}
	a.asked++
	y.asked = a.asked
	read(y)
	return true
}

// held adds up what is held, by side and currency, as [Holdings.Held] does.
func (y *agenda) held() []HeldRow {
	type account struct {
		side     identity.Side
		currency money.Currency
	}
	sums := map[account]int64{}
	for _, o := range y.deals {
		if o.Held > 0 {
			sums[account{o.Side, o.Currency}] += o.Held
		}
	}
	var out []HeldRow
	for k, minor := range sums {
		out = append(out, HeldRow{Side: k.side, Sum: money.New(minor, k.currency)})
	}
	slices.SortFunc(out, func(p, q HeldRow) int {
		return cmp.Or(cmp.Compare(p.Side, q.Side), cmp.Compare(p.Sum.Currency().Code(), q.Sum.Currency().Code()))
	})
	return out
}

// due lists the deals of the most urgent obligations, each once.
func (y *agenda) due(limit int) []deal.ID {
	type obligation struct {
		deal deal.ID
		Due
	}
	urgency := func(p, q obligation) int {
		return cmp.Or(Urgency(p.By, q.By), cmp.Compare(p.deal, q.deal), cmp.Compare(p.Place, q.Place))
	}
	var first []obligation
	for id, o := range y.deals {
		for _, d := range o.Dues {
			n := obligation{id, d}
			if len(first) == limit && urgency(n, first[limit-1]) > 0 {
				continue
			}
			at, _ := slices.BinarySearchFunc(first, n, urgency)
			first = slices.Insert(first, at, n)
			first = first[:min(len(first), limit)]
		}
	}
	ids := make([]deal.ID, 0, len(first))
	for _, n := range first {
		if !slices.Contains(ids, n.deal) {
			ids = append(ids, n.deal)
		}
	}
	return ids
}

// agenda reads a company's agenda. It answers false where there is none: the company has
// few open deals, or others may have written.
func (h *House) agenda(ctx context.Context, party identity.PartyID, read func(*agenda)) (bool, error) {
	a := h.agendas
	if !a.has(party) {
		n, err := h.cfg.Store.OpenCount(ctx, party, agendaMost+1)
		if err != nil || n < a.least || n > agendaMost {
			return false, err
		}
	}
	if ours, err := h.committer.tip.ours(ctx); err != nil || !ours {
		return false, err
	}
	if a.look(party, read) {
		return true, nil
	}
	y := a.begin(party)
	if y == nil {
		return false, nil
	}
	rows, err := h.cfg.Store.OpenDealsOf(ctx, party)
	a.end(party, y, rows, err)
	return err == nil && a.look(party, read), err
}

// held sums what is held for the deals of a company, by side and currency.
func (h *House) held(ctx context.Context, party identity.PartyID) (rows []HeldRow, err error) {
	if known, err := h.agenda(ctx, party, func(y *agenda) { rows = y.held() }); known || err != nil {
		return rows, err
	}
	return h.cfg.Store.Held(ctx, party)
}

// duties lists what a company owes or may do, the most urgent first.
func (h *House) duties(ctx context.Context, party identity.PartyID, limit int) ([]DutyRow, error) {
	var deals []deal.ID
	known, err := h.agenda(ctx, party, func(y *agenda) { deals = y.due(limit) })
	if err != nil {
		return nil, err
	}
	if !known {
		return h.cfg.Store.Duties(ctx, party, limit)
	}
	rows, err := h.cfg.Store.DutiesIn(ctx, party, deals)
	return rows[:min(len(rows), limit)], err
}
