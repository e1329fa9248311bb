package bench

import (
	"context"
	"errors"
	"fmt"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/ledger"
)

// Verified is what was found when everything that was acknowledged, yardsticks
// included, was looked for in the database afterwards.
type Verified struct {
	Deals       int   `json:"deals"`
	DealsClosed int   `json:"deals_closed"`
	Entries     int64 `json:"entries"` // of the evidence log, that the commands have added
	FeesMinor   int64 `json:"fees_minor"`
	OK          bool  `json:"verified"`
}

// verify opens the house again and compares it with what the clients remember.
func (b *bench) verify(ctx context.Context) (v Verified, err error) {
	b.tell("verifying", 0, 1, "")
	s, err := b.Database.Open(ctx)
	if err != nil {
		return v, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	h, err := assurance.Open(ctx, config(s))
	if err != nil {
		return v, err
	}
	defer h.Close()
	size, err := s.Size(ctx)
	if err != nil {
		return v, err
	}
	remembered := map[deal.ID]known{}
	for _, crew := range b.crews {
		for _, c := range crew {
			v.Entries += c.entries
			for _, k := range c.deals {
				remembered[k.id] = k
			}
		}
	}
	v.Deals = len(remembered)
	if size != b.start+v.Entries {
		return v, lost("The evidence log has {found} entries and should have {wanted}.", size, b.start+v.Entries)
	}
	if err := v.compare(ctx, h, remembered); err != nil {
		return v, err
	}
	v.OK = true
	return v, v.settle(ctx, h, s)
}

// compare reads every deal that is stored, and finds each remembered one once.
func (v *Verified) compare(ctx context.Context, h *assurance.House, remembered map[deal.ID]known) error {
	q := assurance.DealQuery{Limit: 200}
	for {
		list, err := h.Deals(ctx, auditor(), q)
		if err != nil {
			return err
		}
		for _, row := range list.Rows {
			k, there := remembered[row.ID]
			if !there {
				return wrong("bench.unknown_deal", fmt.Sprintf("The deal %s is stored and nobody was told of it.", row.ID))
			}
			delete(remembered, row.ID)
			if row.Phase != k.last.phase() || row.Version < k.version || k.last != fund && row.Version != k.version {
				return wrong("bench.other_state", fmt.Sprintf("The deal %s is %s at version %d, and %s at version %d was acknowledged.",
					row.ID, row.Phase, row.Version, k.last.phase(), k.version))
			}
			if row.Phase == deal.Closed {
				v.DealsClosed++
			}
			v.FeesMinor += row.Fees
		}
		if list.Next == "" {
			break
		}
		q.Before = list.Next
	}
	for id := range remembered {
		return wrong("bench.lost_deal", fmt.Sprintf("%d acknowledged deals are not stored, one of them %s.", len(remembered), id))
	}
	return nil
}

// settle looks at the money: everything sums to zero, nothing is held for a
// closed deal, and the house has earned the fees of its deals.
func (v *Verified) settle(ctx context.Context, h *assurance.House, s Store) error {
	sums, err := h.TrialBalance(ctx)
	if err != nil {
		return err
	}
	for currency, sum := range sums {
		if sum != 0 {
			v.OK = false
			return wrong("bench.unbalanced", fmt.Sprintf("The accounts in %s add up to %d.", currency, sum))
		}
	}
	fees := ledger.Fees(usd())
	rows, err := s.Balances(ctx, []ledger.AccountID{fees})
	if err != nil {
		return err
	}
	if rows[fees].Posted != v.FeesMinor {
		v.OK = false
		return lost("The house has earned {found} cents and its deals say {wanted}.", rows[fees].Posted, v.FeesMinor)
	}
	return nil
}

func lost(message string, found, wanted int64) *fault.Error {
	return fault.New(fault.Internal, "bench.lost", message).With("found", fmt.Sprint(found)).With("wanted", fmt.Sprint(wanted))
}
