package demo

import "time"

// terms are those of the API, in the order in which people read a contract.
type terms struct {
	Title        string     `json:"title"`
	Buyer        string     `json:"buyer"`
	Seller       string     `json:"seller"`
	Currency     string     `json:"currency"`
	Lines        []line     `json:"lines"`
	Freight      amount     `json:"freight"`
	Insurance    amount     `json:"insurance"`
	Delivery     delivery   `json:"delivery"`
	Inspection   inspection `json:"inspection"`
	Tranches     []tranche  `json:"tranches"`
	Remedies     remedies   `json:"remedies"`
	GoverningLaw string     `json:"governing_law"`
	DisputeForum string     `json:"dispute_forum"`
	BuyerDuties  []string   `json:"buyer_duties,omitempty"`
	SellerDuties []string   `json:"seller_duties,omitempty"`
}

type line struct {
	Description  string   `json:"description"`
	HSCode       string   `json:"hs_code"`
	Origin       string   `json:"origin"`
	Quantity     int64    `json:"quantity"`
	Unit         string   `json:"unit"`
	UnitPrice    amount   `json:"unit_price"`
	ToleranceBps int64    `json:"tolerance_bps"`
	Acceptance   []string `json:"acceptance"`
}

type delivery struct {
	Incoterm   string `json:"incoterm"`
	NamedPlace string `json:"named_place"`
	ShipTo     string `json:"ship_to"`
	ShipBy     string `json:"ship_by"`
	DeliverBy  string `json:"deliver_by"`
}

type inspection struct {
	Days     int    `json:"days"`
	Where    string `json:"where"`
	Standard string `json:"standard"`
}

type tranche struct {
	ID      string `json:"id"`
	Amount  amount `json:"amount"`
	Release string `json:"release"`
}

type remedies struct {
	LatePenaltyBps    int64  `json:"late_penalty_bps"`
	LatePenaltyCapBps int64  `json:"late_penalty_cap_bps"`
	ReturnFreight     string `json:"return_freight"`
}

// goods is a bargain in short; contract makes terms of it.
type goods struct {
	title      string
	buyer      string // keys of the cast
	seller     string
	currency   string
	item       string
	hs         string
	origin     string
	quantity   int64
	unit       string
	unitPrice  int64 // minor units
	freight    int64
	insurance  int64
	incoterm   string
	place      string
	shipTo     string
	acceptance []string
	advanceBps int64 // paid on shipment
	days       int   // of inspection
	shipIn     int   // days from now
	deliverIn  int
}

func (t *troupe) contract(g goods) terms {
	price := func(minor int64) amount { return amount{minor, g.currency} }
	total := g.quantity*g.unitPrice + g.freight + g.insurance
	tranches := []tranche{{"price", price(total), "acceptance"}}
	if g.advanceBps > 0 {
		advance := price(total).share(g.advanceBps)
		tranches = []tranche{{"advance", advance, "shipment"}, {"balance", price(total - advance.Amount), "acceptance"}}
	}
	date := func(days int) string { return t.now.AddDate(0, 0, days).Format(time.DateOnly) }
	return terms{
		Title: g.title, Buyer: t.members[g.buyer].party, Seller: t.members[g.seller].party, Currency: g.currency,
		Lines: []line{{
			Description: g.item, HSCode: g.hs, Origin: g.origin, Quantity: g.quantity, Unit: g.unit, UnitPrice: price(g.unitPrice), Acceptance: g.acceptance,
		}},
		Freight: price(g.freight), Insurance: price(g.insurance),
		Delivery:     delivery{Incoterm: g.incoterm, NamedPlace: g.place, ShipTo: g.shipTo, ShipBy: date(g.shipIn), DeliverBy: date(g.deliverIn)},
		Inspection:   inspection{Days: g.days, Where: g.shipTo, Standard: "AQL 2.5, level II (ISO 2859-1)"},
		Tranches:     tranches,
		Remedies:     remedies{LatePenaltyBps: 50, LatePenaltyCapBps: 500, ReturnFreight: "seller"},
		GoverningLaw: "Switzerland, CISG included", DisputeForum: "Arbitration by the rules of the ICC, seat Geneva",
		SellerDuties: []string{"Pack the goods for their journey and mark every package with the number of the contract."},
		BuyerDuties:  []string{"Look at the goods within the days of inspection and say at once what is wrong."},
	}
}
