package bench

import (
	"encoding/json"
	"math/rand/v2"

	"fondaco/internal/money"
	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/evidence"
)

// bargain is what two companies agree on, in many deals.
type bargain struct {
	Buyer  int             `json:"buyer"` // place in the list of companies
	Seller int             `json:"seller"`
	Terms  json.RawMessage `json:"terms"`
	Hash   evidence.Hash   `json:"hash"`
	Total  money.Amount    `json:"total"`

	terms *contract.Terms // where it was made
}

// bargain makes one.
func (l *load) bargain(r *rand.Rand) (b bargain, err error) {
	b.Buyer, b.Seller = l.pair(r)
	terms := termsOf(r, l.companies[b.Buyer].actor.Party, l.companies[b.Seller].actor.Party, l.now())
	if b.Total, err = terms.Total(); err != nil {
		return b, err
	}
	if b.Terms, err = json.Marshal(terms); err != nil {
		return b, err
	}
	b.terms, b.Hash = &terms, deal.Agreement{Terms: terms, Rules: l.rules}.Hash()
	return b, nil
}

// bargains makes so many, the same in every run.
func (l *load) bargains(n int) ([]bargain, error) {
	out := make([]bargain, n)
	r := rand.New(rand.NewPCG(uint64(n), 2)) //nolint:gosec // goods and companies, the same in every run
	for i := range out {
		var err error
		if out[i], err = l.bargain(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// drawn is a bargain that is ready, or where there is none a new one.
func (l *load) drawn(r *rand.Rand) (bargain, error) {
	if n := len(l.ready); n > 0 {
		return l.ready[r.IntN(n)], nil
	}
	return l.bargain(r)
}
