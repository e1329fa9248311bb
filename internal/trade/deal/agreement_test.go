package deal_test

import (
	"encoding/json"
	"testing"

	"fondaco/internal/money"
	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/evidence"
)

func TestTheHashCoversFeeAndClocks(t *testing.T) {
	t.Parallel()
	signed := deal.Agreement{Terms: contract.Terms{Title: "Pumps", Currency: money.MustCurrency("USD")}.Normal(), Rules: deal.DefaultRules()}
	doc, err := json.Marshal(map[string]any{"terms": signed.Terms, "rules": signed.Rules})
	if err == nil {
		doc, err = evidence.CanonicalJSON(doc)
	}
	if err != nil {
		t.Fatal(err)
	}
	if signed.Hash() != evidence.HashOf(doc) {
		t.Error("the hash is not the SHA-256 of the canonical form of terms and rules")
	}
	for name, change := range map[string]func(*deal.Agreement){
		"another title":        func(a *deal.Agreement) { a.Terms.Title = "Pipes" },
		"another fee":          func(a *deal.Agreement) { a.Rules.FeeBps++ },
		"another clock":        func(a *deal.Agreement) { a.Rules.LostDays++ },
		"another appeal clock": func(a *deal.Agreement) { a.Rules.Disputes.AppealDays++ },
	} {
		other := signed
		change(&other)
		if other.Hash() == signed.Hash() {
			t.Errorf("%s has the same hash", name)
		}
	}
}
