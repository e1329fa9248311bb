package store

import "fondaco/internal/assurance"

// Pages are the queries that are put together for a page, by what is asked for.
// Searches look at every text and are left out.
func Pages() map[string]string {
	deals := func(q assurance.DealQuery) string { return dealQuery(q).text.String() }
	deposits := func(q assurance.MoneyQuery) string { return moneyQuery(selectDeposits, depositsOf, q).text.String() }
	payouts := func(q assurance.MoneyQuery) string { return moneyQuery(selectPayouts, payoutsOf, q).text.String() }
	return map[string]string{
		"deals":                    deals(assurance.DealQuery{}),
		"deals, next page":         deals(assurance.DealQuery{Before: "d"}),
		"open deals":               deals(assurance.DealQuery{Open: true, Before: "d"}),
		"deals in a phase":         deals(assurance.DealQuery{Phase: "p", Before: "d"}),
		"deals of a party":         deals(assurance.DealQuery{Party: "p"}),
		"deals of a party, next":   deals(assurance.DealQuery{Party: "p", Before: "d"}),
		"open deals of a party":    deals(assurance.DealQuery{Party: "p", Open: true}),
		"phase of a party":         deals(assurance.DealQuery{Party: "p", Phase: "p"}),
		"companies":                partyQuery(assurance.PartyQuery{}).text.String(),
		"deposits":                 deposits(assurance.MoneyQuery{}),
		"deposits, next page":      deposits(assurance.MoneyQuery{Before: "m"}),
		"deposits of a party":      deposits(assurance.MoneyQuery{Party: "p"}),
		"deposits of a deal":       deposits(assurance.MoneyQuery{Deal: "d"}),
		"deposits in a stage":      deposits(assurance.MoneyQuery{Stage: "s"}),
		"payouts":                  payouts(assurance.MoneyQuery{}),
		"payouts, next page":       payouts(assurance.MoneyQuery{Before: "m"}),
		"payouts of a party":       payouts(assurance.MoneyQuery{Party: "p"}),
		"payouts of a deal":        payouts(assurance.MoneyQuery{Deal: "d"}),
		"payouts in a stage":       payouts(assurance.MoneyQuery{Stage: "s"}),
		"payouts of party by deal": payouts(assurance.MoneyQuery{Party: "p", Deal: "d", Stage: "s"}),
	}
}
