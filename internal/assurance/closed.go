package assurance

import (
	"context"
	"crypto/sha256"

	"fondaco/internal/trade/deal"
)

// ClosedDeals keep the states of deals that are over, each in one row: what a page
// shows of such a deal would else be folded from its facts, which lie wherever the
// log stood on the days when they happened.
//
// A row is no evidence, as no row of a view is. It is written in the commit that closes
// the deal. Pages believe it until an audit compares it with the facts and names it;
// commands and histories read the facts and never a row.
type ClosedDeals interface {
	// ClosedDeal reads the row that was written with a deal's newest fact, if there is
	// one of the mark asked for.
	ClosedDeal(ctx context.Context, id deal.ID, mark int64) (row ClosedDeal, found bool, err error)
	// ClosedDeals lists every row in order of sequence, from one on.
	ClosedDeals(ctx context.Context, from int64, limit int) ([]ClosedDeal, error)
}

// ClosedDeal is the state of a deal that is over. A deal that an older release has
// closed has none, and one of another release's mark is not read.
type ClosedDeal struct {
	ID       deal.ID
	Sequence int64  // of the deal's newest fact in the log; place gives it
	Mark     int64  // of the form of the body
	Body     []byte // the state but for the id
}

// ClosedDealOf is the row of a deal that is over, nil for any other: a function of its
// state, so that it can be compared.
func ClosedDealOf(s deal.State) *ClosedDeal {
	if s.Phase != deal.Closed {
		return nil
	}
	return &ClosedDeal{ID: s.ID, Mark: dealMark(), Body: writeDeal(s)}
}

// placeClosed gives the rows of closed deals the places of their newest facts.
func (b *Batch) placeClosed(end int64) {
	newest := map[string]int64{}
	for i := range b.Deals {
		if b.Deals[i].Closed != nil {
			newest[b.Deals[i].ID.Stream()] = 0
		}
	}
	if len(newest) == 0 {
		return
	}
	for i := range b.Records {
		if _, closed := newest[b.Records[i].Stream]; closed {
			newest[b.Records[i].Stream] = end + int64(i)
		}
	}
	for i := range b.Deals {
		if closed := b.Deals[i].Closed; closed != nil {
			closed.Sequence = newest[closed.ID.Stream()]
		}
	}
}

// State reads the row. It answers false if another release has written it, or if it is
// not the state of a deal that is over.
func (r ClosedDeal) State() (deal.State, bool) {
	if r.Mark != dealMark() {
		return deal.State{}, false
	}
	s, ok := readDeal(r.ID, r.Body)
	return s, ok && s.Phase == deal.Closed
}

// shownDeal is the state of a deal for somebody to read; an unknown id gives a state
// without a phase.
func (h *House) shownDeal(ctx context.Context, id deal.ID) (deal.State, error) {
	row, found, err := h.cfg.Store.ClosedDeal(ctx, id, dealMark())
	if err != nil {
		return deal.State{}, err
	}
	if found {
		if s, ok := row.State(); ok {
			return s, nil
		}
	}
	records, err := h.cfg.Store.Records(ctx, id.Stream(), 0)
	if err != nil {
		return deal.State{}, err
	}
	return folded(records, foldDeal, deal.State{ID: id})
}

// closedSum is what the row of a closed deal must be, in little.
type closedSum struct {
	sequence int64
	body     [sha256.Size]byte
}

func sumOfClosed(s deal.State, sequence int64) closedSum {
	return closedSum{sequence, sha256.Sum256(ClosedDealOf(s).Body)}
}

// closedRows compares the states that are kept of closed deals with what the log says.
// A deal may lack its row, and a row that is older than the deal's newest fact, or of
// another release, is shown to nobody: nothing is compared then.
func (a Audit) closedRows(ctx context.Context, f *folding) (*Check, error) {
	c := newCheck("closed deals are kept as their events say")
	for from := int64(0); ; {
		page, err := a.Store.ClosedDeals(ctx, from, auditPage)
		if err != nil || len(page) == 0 {
			return c, err
		}
		for _, r := range page {
			from = r.Sequence + 1
			want, closed := f.closed[r.ID]
			if closed && (r.Mark != dealMark() || r.Sequence < want.sequence) {
				continue
			}
			switch c.count(); {
			case !closed || r.Sequence > want.sequence:
				c.fail("%s is kept as closed by record %d; the log says no such thing", r.ID, r.Sequence)
			case sha256.Sum256(r.Body) != want.body:
				c.fail("%s is kept in another state than the log says", r.ID)
			}
		}
	}
}
