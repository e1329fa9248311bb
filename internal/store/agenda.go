package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"fondaco/internal/assurance"
	"fondaco/internal/money"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
)

const (
	dutyColumns = `u.deal, d.title,
		CASE WHEN u.party = '' THEN '' WHEN u.party = d.buyer THEN coalesce(s.legal_name, '') ELSE coalesce(b.legal_name, '') END,
		u.party, u.who, u.what, u.due_at, u.lapse, u.ref, u.may, u.paused`
	joinDuties = ` JOIN deal_view d ON d.id = u.deal LEFT JOIN party_view b ON b.id = d.buyer LEFT JOIN party_view s ON s.id = d.seller`
	urgentOf   = `CASE WHEN u.due_at IS NULL THEN 1 ELSE 0 END`
	mostUrgent = ` ORDER BY ` + urgentOf + `, u.due_at, u.deal, u.place`
	dutyKeys   = `u.deal AS deal, u.place AS place, ` + urgentOf + ` AS never, u.due_at AS due FROM deal_view o JOIN duty u ON u.deal = o.id`
	// A deal that is over asks for nothing, so all that a company owes stands in its open deals.
	// A bare $1 beside party would be compared with what duty_of_house is for, and SQLite
	// would plan the statement again for each value.
	dutiesOf = `SELECT ` + dutyColumns + ` FROM (SELECT ` + dutyKeys + ` WHERE o.buyer = $1 AND o.running = 1 AND u.party = coalesce($1, '')
		UNION ALL SELECT ` + dutyKeys + ` WHERE o.seller = $1 AND o.running = 1 AND u.party = coalesce($1, '')
		ORDER BY never, due, deal, place LIMIT $2) AS k JOIN duty u ON u.deal = k.deal AND u.place = k.place` + joinDuties + mostUrgent
	dutiesOfHouse = `SELECT ` + dutyColumns + ` FROM duty u` + joinDuties + ` WHERE u.party = ''` + mostUrgent + ` LIMIT $1`
)

// Duties lists what a party owes or may do, the most urgent first; those
// without a clock come last. An empty party asks for the house's own.
func (s *Store) Duties(ctx context.Context, party identity.PartyID, limit int) ([]assurance.DutyRow, error) {
	query, args := dutiesOf, []any{string(party), int64(limit)}
	if party == "" {
		query, args = dutiesOfHouse, args[1:]
	}
	return all(ctx, s, query, args, scanDuty)
}

func scanDuty(r row) (assurance.DutyRow, error) {
	var (
		v           assurance.DutyRow
		due         sql.NullInt64
		may, paused int64
	)
	o := &v.Obligation
	err := r.Scan(&v.Deal, &v.Title, &v.Counterparty, &v.Party, &o.Who, &o.What, &due, &o.Lapse, &o.Ref, &may, &paused)
	o.By, o.May, o.Paused = someInstant(due), may == 1, paused == 1
	return v, err
}

// heldOf reads open deals only: nothing is held for one that is over.
const heldOf = `SELECT 'buyer', currency, CAST(sum(held) AS BIGINT) FROM deal_view WHERE buyer = $1 AND running = 1 AND held > 0 GROUP BY currency
	UNION ALL SELECT 'seller', currency, CAST(sum(held) AS BIGINT) FROM deal_view WHERE seller = $1 AND running = 1 AND held > 0 GROUP BY currency
	ORDER BY 1, 2`

// Held sums what is held for the deals of a party, by side and currency.
func (s *Store) Held(ctx context.Context, party identity.PartyID) ([]assurance.HeldRow, error) {
	return all(ctx, s, heldOf, []any{string(party)}, func(r row) (v assurance.HeldRow, err error) {
		var currency string
		var minor int64
		if err := r.Scan(&v.Side, &currency, &minor); err != nil {
			return v, err
		}
		c, err := money.ParseCurrency(currency)
		if err != nil {
			return v, corrupt("deal_view.currency")
		}
		v.Sum = money.New(minor, c)
		return v, nil
	})
}

const (
	openCount = `SELECT (SELECT count(*) FROM (SELECT id FROM deal_view WHERE buyer = $1 AND running = 1 LIMIT $2) AS bought)
		+ (SELECT count(*) FROM (SELECT id FROM deal_view WHERE seller = $1 AND running = 1 LIMIT $2) AS sold)`
	openColumns = `o.id, o.currency, o.held, u.place, u.due_at FROM deal_view o LEFT JOIN duty u ON u.deal = o.id AND u.party = coalesce($1, '')`
	openDealsOf = `SELECT 'buyer', ` + openColumns + ` WHERE o.buyer = $1 AND o.running = 1
		UNION ALL SELECT 'seller', ` + openColumns + ` WHERE o.seller = $1 AND o.running = 1 ORDER BY 2, 5`
	dutiesIn = `SELECT ` + dutyColumns + ` FROM duty u` + joinDuties + ` WHERE u.deal IN {in} ORDER BY u.place`
)

// OpenCount is how many open deals a party has, or most if it has more.
func (s *Store) OpenCount(ctx context.Context, party identity.PartyID, most int) (int, error) {
	n, _, err := one(ctx, s, openCount, []any{string(party), int64(most)}, scanOne[int])
	return min(n, most), err
}

// OpenDealsOf lists the open deals of a party, as they are at one moment.
func (s *Store) OpenDealsOf(ctx context.Context, party identity.PartyID) (out []assurance.OpenDeal, err error) {
	err = s.read(ctx, openDealsOf, []any{string(party)}, func(r row) (err error) {
		var o assurance.OpenDeal
		var currency string
		var place, due sql.NullInt64
		if err := r.Scan(&o.Side, &o.Deal, &currency, &o.Held, &place, &due); err != nil {
			return err
		}
		if n := len(out); n == 0 || out[n-1].Deal != o.Deal {
			if currency != "" { // a draft may not have chosen yet
				if o.Currency, err = money.ParseCurrency(currency); err != nil {
					return corrupt("deal_view.currency")
				}
			}
			out = append(out, o)
		}
		if place.Valid {
			last := &out[len(out)-1]
			last.Dues = append(last.Dues, assurance.Due{Place: int(place.Int64), By: someInstant(due)})
		}
		return nil
	})
	return out, err
}

// DutiesIn lists what a party owes or may do in the deals, the most urgent first.
func (s *Store) DutiesIn(ctx context.Context, party identity.PartyID, deals []deal.ID) ([]assurance.DutyRow, error) {
	rows, err := several(ctx, s, dutiesIn, texts(deals), scanDuty)
	rows = slices.DeleteFunc(rows, func(d assurance.DutyRow) bool { return d.Party != party })
	// By urgency here, because many deals are read by several questions.
	slices.SortStableFunc(rows, func(a, b assurance.DutyRow) int {
		return cmp.Or(assurance.Urgency(a.Obligation.By, b.Obligation.By), cmp.Compare(a.Deal, b.Deal))
	})
	return rows, err
}
