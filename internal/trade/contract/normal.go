package contract

import "fondaco/internal/money"

// Normal fills what a half-finished draft leaves out with empty values, so that
// the same terms always have the same canonical form: amounts of zero in the
// contract's currency, empty lists, a basis of one.
func (t Terms) Normal() Terms {
	t.Freight = filled(t.Freight, t.Currency)
	t.Insurance = filled(t.Insurance, t.Currency)
	lines := make([]Line, len(t.Lines))
	for i, l := range t.Lines {
		l.UnitPrice = filled(l.UnitPrice, t.Currency)
		l.Acceptance = full(l.Acceptance)
		if l.Basis == 0 {
			l.Basis = 1
		}
		lines[i] = l
	}
	t.Lines = lines
	tranches := make([]Tranche, len(t.Tranches))
	for i, tr := range t.Tranches {
		tr.Amount = filled(tr.Amount, t.Currency)
		tranches[i] = tr
	}
	t.Tranches = tranches
	t.BuyerDuties, t.SellerDuties = full(t.BuyerDuties), full(t.SellerDuties)
	t.BuyerRights, t.SellerRights = full(t.BuyerRights), full(t.SellerRights)
	return t
}

func filled(a money.Amount, c money.Currency) money.Amount {
	if a == (money.Amount{}) {
		return money.Zero(c)
	}
	return a
}

// full is a list of its own, never nil: whoever wrote the terms keeps theirs.
func full(list []string) []string {
	return append([]string{}, list...)
}
