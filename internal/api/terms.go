package api

import (
	"fmt"

	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/identity"
)

// Terms are the whole agreement. Both parties sign its hash. A draft may leave
// out what is not required; an offer may not.
type Terms struct {
	Title        string     `json:"title" required:"false" example:"500 water pumps"`
	Buyer        string     `json:"buyer" required:"false" doc:"Party" example:"0198c0de-7a3c-7cc0-8000-000000000004"`
	Seller       string     `json:"seller" required:"false" doc:"Party" example:"0198c0de-7a3c-7cc0-8000-000000000005"`
	Currency     string     `json:"currency" doc:"ISO 4217 code, for every amount of the contract" example:"USD"`
	Lines        []Line     `json:"lines" required:"false"`
	Freight      Amount     `json:"freight" required:"false" doc:"Charged by the seller on top of the goods"`
	Insurance    Amount     `json:"insurance" required:"false" doc:"Likewise"`
	Delivery     Delivery   `json:"delivery" required:"false"`
	Inspection   Inspection `json:"inspection" required:"false"`
	Tranches     []Tranche  `json:"tranches" required:"false" doc:"They add up to goods, freight and insurance"`
	Remedies     Remedies   `json:"remedies" required:"false"`
	GoverningLaw string     `json:"governing_law" required:"false" example:"Switzerland, CISG included"`
	DisputeForum string     `json:"dispute_forum" required:"false" doc:"Who decides after the house" example:"ICC arbitration, seat Geneva"`
	BuyerDuties  []string   `json:"buyer_duties" required:"false"`
	SellerDuties []string   `json:"seller_duties" required:"false"`
	BuyerRights  []string   `json:"buyer_rights" required:"false"`
	SellerRights []string   `json:"seller_rights" required:"false"`
}

// Line is one kind of goods.
type Line struct {
	Description  string   `json:"description" required:"false" example:"Water pump WP-40"`
	HSCode       string   `json:"hs_code" required:"false" doc:"Harmonized System, 6 to 10 digits" example:"841370"`
	Origin       string   `json:"origin" required:"false" doc:"ISO 3166-1 alpha-2" example:"CN"`
	Quantity     int64    `json:"quantity" required:"false" example:"500"`
	Unit         string   `json:"unit" required:"false" doc:"UN/CEFACT Recommendation 20 code or a plain word" example:"PCE"`
	UnitPrice    Amount   `json:"unit_price" required:"false" doc:"Price of basis units"`
	Basis        int64    `json:"basis" required:"false" doc:"Units that unit_price buys; 1 if left out" example:"1"`
	ToleranceBps int64    `json:"tolerance_bps" required:"false" doc:"How far the quantity may differ, in hundredths of a percent" example:"0"`
	Acceptance   []string `json:"acceptance" required:"false" doc:"What the buyer may check, each true or false"`
}

// Delivery says how, where and by when the goods travel.
type Delivery struct {
	Incoterm         string `json:"incoterm" required:"false" doc:"Incoterms 2020" example:"FOB"`
	NamedPlace       string `json:"named_place" required:"false" example:"Ningbo"`
	ShipTo           string `json:"ship_to" required:"false" doc:"Country code, optionally a space and a city" example:"DE Hamburg"`
	ShipBy           string `json:"ship_by" required:"false" doc:"YYYY-MM-DD; the day ends at 24:00 UTC" example:"2027-04-15"`
	DeliverBy        string `json:"deliver_by" required:"false" doc:"YYYY-MM-DD; the day ends at 24:00 UTC" example:"2027-05-20"`
	PartialShipments bool   `json:"partial_shipments" required:"false"`
}

// Inspection says how long the buyer may look at the goods.
type Inspection struct {
	Days     int    `json:"days" required:"false" example:"7"`
	Where    string `json:"where" required:"false" example:"Hamburg"`
	Standard string `json:"standard" required:"false" example:"AQL 2.5, level II (ISO 2859-1)"`
}

// Tranche is a part of the price with its own condition.
type Tranche struct {
	ID      string `json:"id" required:"false" example:"balance"`
	Amount  Amount `json:"amount" required:"false"`
	Release string `json:"release" required:"false" doc:"What pays it to the seller: funding, shipment, delivery or acceptance" example:"acceptance"`
}

// Remedies are what a broken promise costs.
type Remedies struct {
	LatePenaltyBps    int64  `json:"late_penalty_bps" required:"false" doc:"Of the price, per started week, in hundredths of a percent" example:"50"`
	LatePenaltyCapBps int64  `json:"late_penalty_cap_bps" required:"false" example:"500"`
	ReturnFreight     string `json:"return_freight" required:"false" doc:"Who pays to send refused goods back: buyer or seller" example:"seller"`
}

// trade is the terms as the business knows them. Amounts in no known currency
// are named one by one.
func (t Terms) trade() (contract.Terms, error) {
	var wrong []*fault.Error
	amount := func(a Amount, field string) money.Amount {
		m, err := a.money(field)
		if err != nil {
			wrong = append(wrong, err)
		}
		return m
	}
	currency, err := money.ParseCurrency(t.Currency)
	if err != nil {
		wrong = append(wrong, fault.New(fault.Invalid, "money.unknown_currency", "The currency is not an active ISO 4217 code.").At("currency"))
	}
	out := contract.Terms{
		Title: t.Title, Buyer: identity.PartyID(t.Buyer), Seller: identity.PartyID(t.Seller), Currency: currency,
		Freight: amount(t.Freight, "freight"), Insurance: amount(t.Insurance, "insurance"),
		Delivery: contract.Delivery{
			Incoterm: contract.Incoterm(t.Delivery.Incoterm), NamedPlace: t.Delivery.NamedPlace, ShipTo: t.Delivery.ShipTo,
			ShipBy: contract.Date(t.Delivery.ShipBy), DeliverBy: contract.Date(t.Delivery.DeliverBy), PartialShipments: t.Delivery.PartialShipments,
		},
		Inspection: contract.Inspection(t.Inspection),
		Remedies: contract.Remedies{
			LatePenaltyBps: t.Remedies.LatePenaltyBps, LatePenaltyCapBps: t.Remedies.LatePenaltyCapBps, ReturnFreight: identity.Side(t.Remedies.ReturnFreight),
		},
		GoverningLaw: t.GoverningLaw, DisputeForum: t.DisputeForum,
		BuyerDuties: t.BuyerDuties, SellerDuties: t.SellerDuties, BuyerRights: t.BuyerRights, SellerRights: t.SellerRights,
	}
	for i, l := range t.Lines {
		out.Lines = append(out.Lines, contract.Line{
			Description: l.Description, HSCode: l.HSCode, Origin: l.Origin, Quantity: l.Quantity, Unit: l.Unit, Basis: l.Basis,
			UnitPrice: amount(l.UnitPrice, fmt.Sprintf("lines[%d].unit_price", i)), ToleranceBps: l.ToleranceBps, Acceptance: l.Acceptance,
		})
	}
	for i, tr := range t.Tranches {
		out.Tranches = append(out.Tranches, contract.Tranche{
			ID: tr.ID, Amount: amount(tr.Amount, fmt.Sprintf("tranches[%d].amount", i)), Release: contract.Trigger(tr.Release),
		})
	}
	if len(wrong) > 0 {
		return contract.Terms{}, fault.New(fault.Invalid, "request.invalid", "Some values need attention.").And(wrong...)
	}
	return out, nil
}

// termsOf is the terms as they are shown.
func termsOf(t contract.Terms) Terms {
	out := Terms{
		Title: t.Title, Buyer: string(t.Buyer), Seller: string(t.Seller), Currency: t.Currency.Code(), Lines: []Line{}, Tranches: []Tranche{},
		Freight: amountOf(t.Freight), Insurance: amountOf(t.Insurance),
		Delivery: Delivery{
			Incoterm: string(t.Delivery.Incoterm), NamedPlace: t.Delivery.NamedPlace, ShipTo: t.Delivery.ShipTo,
			ShipBy: string(t.Delivery.ShipBy), DeliverBy: string(t.Delivery.DeliverBy), PartialShipments: t.Delivery.PartialShipments,
		},
		Inspection: Inspection(t.Inspection),
		Remedies: Remedies{
			LatePenaltyBps: t.Remedies.LatePenaltyBps, LatePenaltyCapBps: t.Remedies.LatePenaltyCapBps, ReturnFreight: string(t.Remedies.ReturnFreight),
		},
		GoverningLaw: t.GoverningLaw, DisputeForum: t.DisputeForum,
		BuyerDuties: t.BuyerDuties, SellerDuties: t.SellerDuties, BuyerRights: t.BuyerRights, SellerRights: t.SellerRights,
	}
	for _, l := range t.Lines {
		out.Lines = append(out.Lines, Line{
			Description: l.Description, HSCode: l.HSCode, Origin: l.Origin, Quantity: l.Quantity, Unit: l.Unit, Basis: l.Basis,
			UnitPrice: amountOf(l.UnitPrice), ToleranceBps: l.ToleranceBps, Acceptance: l.Acceptance,
		})
	}
	for _, tr := range t.Tranches {
		out.Tranches = append(out.Tranches, Tranche{ID: tr.ID, Amount: amountOf(tr.Amount), Release: string(tr.Release)})
	}
	return out
}
