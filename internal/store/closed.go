package store

import (
	"context"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/deal"
)

const (
	intoClosed = `INSERT INTO closed_view (seq, deal, mark, body)`
	// A row that was not written with the newest fact is none: a node of another release
	// may have written to the deal since.
	closedDeal = `SELECT c.deal, c.seq, c.mark, c.body FROM closed_view c
		WHERE c.seq = (SELECT e.seq FROM event e WHERE e.stream = $1 ORDER BY e.version DESC LIMIT 1) AND c.deal = $2 AND c.mark = $3`
	closedDeals = `SELECT c.deal, c.seq, c.mark, c.body FROM closed_view c WHERE c.seq >= $1 ORDER BY c.seq LIMIT $2`
)

func putClosed(t tx, b *assurance.Batch) error {
	var rows []*assurance.ClosedDeal
	for i := range b.Deals {
		if closed := b.Deals[i].Closed; closed != nil {
			rows = append(rows, closed)
		}
	}
	return t.insert(insertion{into: intoClosed, kinds: "itib"}, len(rows), func(i int, c cells) {
		c.number(rows[i].Sequence)
		c.text(string(rows[i].ID))
		c.number(rows[i].Mark)
		c.bytes(rows[i].Body)
	})
}

// ClosedDeal reads the row that was written with a deal's newest fact, if there is one
// of the mark asked for.
func (s *Store) ClosedDeal(ctx context.Context, id deal.ID, mark int64) (assurance.ClosedDeal, bool, error) {
	return one(ctx, s, closedDeal, []any{id.Stream(), string(id), mark}, scanClosed)
}

// ClosedDeals lists the rows of deals that are over, in order of sequence, from one on.
func (s *Store) ClosedDeals(ctx context.Context, from int64, limit int) ([]assurance.ClosedDeal, error) {
	return all(ctx, s, closedDeals, []any{from, int64(limit)}, scanClosed)
}

func scanClosed(r row) (v assurance.ClosedDeal, err error) {
	err = r.Scan(&v.ID, &v.Sequence, &v.Mark, &v.Body)
	return v, err
}
