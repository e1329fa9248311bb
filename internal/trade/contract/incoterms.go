package contract

import "fondaco/internal/trade/identity"

// Incoterm is a rule of Incoterms 2020 by its three-letter code.
type Incoterm string

// Rule is what one Incoterms 2020 rule means for this house, in facts.
type Rule struct {
	Code          Incoterm
	SeaOnly       bool          // FAS, FOB, CFR, CIF: sea and inland waterway only
	MainCarriage  identity.Side // who pays the main carriage
	TransitRisk   identity.Side // who bears the risk while goods are under way
	ExportClears  identity.Side
	ImportClears  identity.Side
	MustInsure    identity.Side // who owes cargo insurance to the other; NoSide if nobody
	AtDestination bool          // the named place is at the destination
}

const (
	b = identity.Buyer
	s = identity.Seller
	n = identity.NoSide
)

// Rules lists the eleven rules of Incoterms 2020 in their official order.
func Rules() []Rule {
	return []Rule{
		{"EXW", false, b, b, b, b, n, false},
		{"FCA", false, b, b, s, b, n, false},
		{"CPT", false, s, b, s, b, n, true},
		{"CIP", false, s, b, s, b, s, true},
		{"DAP", false, s, s, s, b, n, true},
		{"DPU", false, s, s, s, b, n, true},
		{"DDP", false, s, s, s, s, n, true},
		{"FAS", true, b, b, s, b, n, false},
		{"FOB", true, b, b, s, b, n, false},
		{"CFR", true, s, b, s, b, n, true},
		{"CIF", true, s, b, s, b, s, true},
	}
}

// RuleOf finds a rule by its code. Withdrawn codes such as DDU and DAT are not found.
func RuleOf(code Incoterm) (Rule, bool) {
	for _, r := range Rules() {
		if r.Code == code {
			return r, true
		}
	}
	return Rule{}, false
}
