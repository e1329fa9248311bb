package scms

import (
	"fmt"
	"strings"

	"fondaco/internal/money"
	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/identity"
)

// The late penalty where the seller carries the goods to the end.
const (
	latePenaltyBps    = 100 // of the price, for each week begun
	latePenaltyCapBps = 1000
)

// advanceBps is what a seller gets of the price when goods leave by sea: they
// are under way for weeks.
const advanceBps = 3000

// Assumed are what the terms say although the record does not. They count rows.
type Assumed struct {
	RuleFromRDC      int `json:"rule_dap_for_distribution_centre"` // no rule in the record
	RuleDDU          int `json:"rule_dap_for_ddu"`
	FreightElsewhere int `json:"freight_zero_with_note"`
	LotPrice         int `json:"price_of_the_lot"` // quantity × pack price is not the value of the line
	OrderDay         int `json:"order_day"`
}

// incoterm is the rule of the contract, and the duty that notes what was assumed.
func (r Row) incoterm(a *Assumed) (contract.Incoterm, string, error) {
	switch r.Rule {
	case "N/A - From RDC":
		a.RuleFromRDC++
		return "DAP", "Deliver at the named place (DAP). The record names no rule for goods from a regional distribution centre.", nil
	case "DDU":
		a.RuleDDU++
		return "DAP", "Deliver at the named place (DAP). The record says DDU, a rule of Incoterms 2000 that DAP has replaced.", nil
	}
	if _, known := contract.RuleOf(contract.Incoterm(r.Rule)); !known {
		return "", "", invalid("scms.unknown_rule", "{rule} is no rule of delivery.").With("rule", r.Rule)
	}
	return contract.Incoterm(r.Rule), "Deliver by " + r.Rule + ", as the record says.", nil
}

// transitDays is how long goods are usually under way by a mode.
func (r Row) transitDays() int {
	switch r.Mode {
	case "Ocean":
		return 35
	case "Truck":
		return 5
	}
	return 7
}

// Terms are the contract that the row stands for. They fail with
// scms.unknown_rule, money.overflow, or as contract.Terms.Check does.
func (r Row) Terms(buyer, seller identity.PartyID, assumed *Assumed) (contract.Terms, error) {
	rule, duty, err := r.incoterm(assumed)
	if err != nil {
		return contract.Terms{}, err
	}
	facts, _ := contract.RuleOf(rule)
	t := contract.Terms{
		Title: clip(r.Item, 150) + fmt.Sprintf(", %d packs (row %d)", r.Quantity, r.ID), Buyer: buyer, Seller: seller,
		Currency: dollars(), Lines: []contract.Line{r.goods(assumed)}, Freight: r.Freight, Insurance: r.Insurance,
		Delivery: contract.Delivery{
			Incoterm: rule, NamedPlace: r.namedPlace(facts), ShipTo: r.Destination,
			ShipBy:    contract.DateOf(r.Scheduled.AddDate(0, 0, -r.transitDays())),
			DeliverBy: contract.DateOf(r.Scheduled),
		},
		Inspection:   contract.Inspection{Days: r.inspectionDays(), Where: "Central store of the programme, " + r.Country},
		Remedies:     contract.Remedies{ReturnFreight: identity.Seller},
		GoverningLaw: "CISG; where it is silent, the law of Switzerland",
		DisputeForum: "Arbitration by the rules of the ICC, seat Geneva",
		SellerDuties: []string{duty},
	}
	if facts.TransitRisk == identity.Seller {
		t.Remedies.LatePenaltyBps, t.Remedies.LatePenaltyCapBps = latePenaltyBps, latePenaltyCapBps
	}
	if r.FreightNote != "" {
		assumed.FreightElsewhere++
		t.BuyerDuties = []string{"Freight is not charged here. The record says: " + r.FreightNote + "."}
	}
	if r.Ordered.IsZero() {
		assumed.OrderDay++
	}
	if t.Tranches, err = r.tranches(t); err != nil {
		return contract.Terms{}, err
	}
	return t, t.Normal().Check()
}

// goods is the one line. Where quantity × pack price is not what was paid, the
// price is that of the whole lot.
func (r Row) goods(assumed *Assumed) contract.Line {
	line := contract.Line{
		Description: r.Item, Origin: originOf(r.Site), Quantity: r.Quantity, Unit: "pack", UnitPrice: r.PackPrice, Basis: 1,
		Acceptance: []string{"The packs are those described, whole, and not past their date of expiry."},
	}
	sum, err := r.PackPrice.Mul(r.Quantity)
	if err != nil || sum != r.Value {
		assumed.LotPrice++
		line.UnitPrice, line.Basis = r.Value, r.Quantity
	}
	return line
}

func (r Row) tranches(t contract.Terms) ([]contract.Tranche, error) {
	total, err := t.Total()
	if err != nil {
		return nil, err
	}
	if r.Mode != "Ocean" {
		return []contract.Tranche{{ID: "price", Amount: total, Release: contract.OnAcceptance}}, nil
	}
	advance, err := total.MulRatio(advanceBps, 10_000, money.Down)
	if err != nil {
		return nil, err
	}
	balance, err := total.Sub(advance)
	return []contract.Tranche{
		{ID: "advance", Amount: advance, Release: contract.OnShipment},
		{ID: "balance", Amount: balance, Release: contract.OnAcceptance},
	}, err
}

func (r Row) namedPlace(rule contract.Rule) string {
	if rule.AtDestination {
		return r.Country
	}
	if r.Site != "" && r.Site != "Not Applicable" {
		return clip(r.Site, 150)
	}
	return clip(r.Vendor, 150)
}

// inspectionDays: test kits are tried on samples, medicines are counted and read.
func (r Row) inspectionDays() int {
	if strings.HasSuffix(r.Group, "RDT") {
		return 10
	}
	return 7
}

// programme is the buyer of everything that goes to the row's country.
func (r Row) programme() identity.Register {
	return identity.Register{
		LegalName: "Health supply programme, " + r.Country, Country: r.Destination,
		Registration: "SCMS/" + r.Destination,
	}
}

// vendor is the seller. The record does not say where a vendor has its seat: the
// country of the goods stands for it, and that of the programme's own office,
// the United States, where the goods have none or come from a store of the programme.
func (r Row) vendor() identity.Register {
	country := originOf(r.Site)
	if country == "" || r.Rule == "N/A - From RDC" {
		country = "US"
	}
	return identity.Register{LegalName: clip(r.Vendor, 150), Country: country, Registration: "SCMS vendor " + clip(r.Vendor, 100)}
}

func clip(s string, chars int) string {
	runes := []rune(s)
	if len(runes) <= chars {
		return s
	}
	return strings.TrimSpace(string(runes[:chars])) + "…"
}
