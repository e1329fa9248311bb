package bench

import (
	"math/rand/v2"
	"strconv"
	"time"

	"fondaco/internal/money"
	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/identity"
)

// ware is something that is traded, with its usual price in cents.
type ware struct {
	name, hs, unit string
	price          int64
}

func wares() []ware {
	return []ware{
		{"Water pump WP-40, cast iron, 1.5 kW", "841370", "PCE", 12_450},
		{"Deep groove ball bearing 6204-2RS", "848210", "PCE", 185},
		{"Cotton twill, 240 g/m2, dyed", "520942", "MTR", 412},
		{"LED street light 120 W, IP66", "940542", "PCE", 8_900},
		{"Stainless steel sheet 304, 2 mm", "721933", "KGM", 310},
		{"Lithium battery pack 48 V, 100 Ah", "850760", "PCE", 61_000},
		{"Green coffee, washed, screen 16", "090111", "KGM", 540},
		{"Solar module 550 W, bifacial", "854143", "PCE", 9_750},
		{"Brake disc, ventilated, 300 mm", "870830", "PCE", 1_890},
		{"Ceramic floor tile 60 by 60 cm", "690721", "MTK", 720},
		{"PET preform 28 mm, 24 g", "392330", "PCE", 7},
		{"Induction motor 7.5 kW, IE3", "850152", "PCE", 28_300},
	}
}

func places() []string {
	return []string{"CH Basel", "DE Hamburg", "NL Rotterdam", "KE Mombasa", "BR Santos", "US Houston", "IN Chennai", "AE Dubai"}
}

// usd is the currency of every deal of a bench, so that there is one account of fees.
func usd() money.Currency { return money.MustCurrency("USD") }

// termsOf makes complete terms of one to three lines between two companies. One
// deal in two pays a part on shipment and the rest on acceptance.
func termsOf(r *rand.Rand, buyer, seller identity.PartyID, now time.Time) contract.Terms {
	cents := func(n int64) money.Amount { return money.New(n, usd()) }
	goods, to := wares(), places()[r.IntN(len(places()))]
	t := contract.Terms{
		Buyer: buyer, Seller: seller, Currency: usd(), Insurance: cents(0),
		Delivery: contract.Delivery{
			Incoterm: "DAP", NamedPlace: to[3:], ShipTo: to,
			ShipBy: contract.DateOf(now.AddDate(0, 0, 20)), DeliverBy: contract.DateOf(now.AddDate(0, 0, 60)),
		},
		Inspection:   contract.Inspection{Days: 7, Where: to[3:], Standard: "AQL 2.5, level II (ISO 2859-1)"},
		Remedies:     contract.Remedies{LatePenaltyBps: 50, LatePenaltyCapBps: 500, ReturnFreight: identity.Seller},
		GoverningLaw: "Switzerland, CISG included", DisputeForum: "ICC arbitration, seat Geneva",
	}
	total := int64(0)
	for i := range 1 + r.IntN(3) {
		w := goods[r.IntN(len(goods))]
		quantity := 10 * (1 + r.Int64N(200))
		if i == 0 {
			t.Title = strconv.FormatInt(quantity, 10) + " × " + w.name
		}
		t.Lines = append(t.Lines, contract.Line{
			Description: w.name, HSCode: w.hs, Origin: "CN", Quantity: quantity, Unit: w.unit, UnitPrice: cents(w.price), Basis: 1,
			Acceptance: []string{"The quantity is complete.", "Nothing is damaged or missing parts."},
		})
		total += quantity * w.price
	}
	freight := 10_000 + r.Int64N(90_000)
	t.Freight, total = cents(freight), total+freight
	if r.IntN(2) == 0 {
		t.Tranches = []contract.Tranche{{ID: "whole", Amount: cents(total), Release: contract.OnAcceptance}}
		return t.Normal()
	}
	t.Tranches = []contract.Tranche{
		{ID: "shipment", Amount: cents(total * 3 / 10), Release: contract.OnShipment},
		{ID: "balance", Amount: cents(total - total*3/10), Release: contract.OnAcceptance},
	}
	return t.Normal()
}
