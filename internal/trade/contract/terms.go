package contract

import (
	"fondaco/internal/money"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
)

// Terms are the whole agreement. The JSON names are the canonical form that is
// hashed and signed; renaming one would change every contract.
type Terms struct {
	Title        string           `json:"title"`
	Buyer        identity.PartyID `json:"buyer"`
	Seller       identity.PartyID `json:"seller"`
	Currency     money.Currency   `json:"currency"` // ISO 4217
	Lines        []Line           `json:"lines"`
	Freight      money.Amount     `json:"freight"`   // charged by the seller on top of the goods; may be zero
	Insurance    money.Amount     `json:"insurance"` // likewise
	Delivery     Delivery         `json:"delivery"`
	Inspection   Inspection       `json:"inspection"`
	Tranches     []Tranche        `json:"tranches"`
	Remedies     Remedies         `json:"remedies"`
	GoverningLaw string           `json:"governing_law"` // free text, such as "Switzerland, CISG included"
	DisputeForum string           `json:"dispute_forum"` // who decides after the house, such as "ICC arbitration, seat Geneva"
	BuyerDuties  []string         `json:"buyer_duties"`
	SellerDuties []string         `json:"seller_duties"`
	BuyerRights  []string         `json:"buyer_rights"`
	SellerRights []string         `json:"seller_rights"`
}

// Line is one kind of goods.
type Line struct {
	Description  string       `json:"description"`
	HSCode       string       `json:"hs_code"`       // Harmonized System, 6 to 10 digits; empty while unknown
	Origin       string       `json:"origin"`        // ISO 3166-1 alpha-2; empty while unknown
	Quantity     int64        `json:"quantity"`      // in Unit
	Unit         string       `json:"unit"`          // UN/CEFACT Recommendation 20 code or a plain word, such as PCE, KGM, pack
	UnitPrice    money.Amount `json:"unit_price"`    // price of BasisQuantity units
	Basis        int64        `json:"basis"`         // units that UnitPrice buys, usually 1 (CII BasisQuantity)
	ToleranceBps int64        `json:"tolerance_bps"` // how far the delivered quantity may differ
	Acceptance   []string     `json:"acceptance"`    // what the buyer may check, each a sentence that is true or false
}

// Amount is Quantity × UnitPrice ÷ Basis, rounded half up to the minor unit.
func (l Line) Amount() (money.Amount, error) {
	if l.Basis == 1 {
		return l.UnitPrice.Mul(l.Quantity)
	}
	return l.UnitPrice.MulRatio(l.Quantity, l.Basis, money.HalfUp)
}

// Delivery says how, where and by when the goods travel.
type Delivery struct {
	Incoterm         Incoterm `json:"incoterm"`
	NamedPlace       string   `json:"named_place"`
	ShipTo           string   `json:"ship_to"` // destination that a delivery proof must match: country code, optionally " " and a city
	ShipBy           Date     `json:"ship_by"`
	DeliverBy        Date     `json:"deliver_by"`
	PartialShipments bool     `json:"partial_shipments"`
}

// Inspection says how long the buyer may look at the goods before silence accepts them.
type Inspection struct {
	Days     int    `json:"days"`
	Where    string `json:"where"`
	Standard string `json:"standard"` // such as "AQL 2.5, level II (ISO 2859-1)"
}

// Trigger is what lets a tranche go to the seller.
type Trigger string

// The triggers, in the order in which a deal reaches them.
const (
	OnFunding    Trigger = "funding"    // an advance: paid on as soon as the whole price is held
	OnShipment   Trigger = "shipment"   // the carrier has the last shipment
	OnDelivery   Trigger = "delivery"   // delivered, before inspection
	OnAcceptance Trigger = "acceptance" // accepted by the buyer or by the end of the inspection
)

// Triggers lists every trigger in order.
func Triggers() []Trigger { return []Trigger{OnFunding, OnShipment, OnDelivery, OnAcceptance} }

// Tranche is a part of the price with its own condition.
type Tranche struct {
	ID      string       `json:"id"` // letters, digits and hyphens, unique in the contract
	Amount  money.Amount `json:"amount"`
	Release Trigger      `json:"release"`
}

// Remedies are what a broken promise costs.
type Remedies struct {
	LatePenaltyBps    int64         `json:"late_penalty_bps"`     // of the price, per started week after the deliver-by date
	LatePenaltyCapBps int64         `json:"late_penalty_cap_bps"` // of the price, at most
	ReturnFreight     identity.Side `json:"return_freight"`       // who pays to send refused goods back
}

// Total is the price: goods, freight and insurance.
// It fails with money.overflow or money.currency_mismatch.
func (t Terms) Total() (money.Amount, error) {
	sum := money.Zero(t.Currency)
	for _, l := range t.Lines {
		a, err := l.Amount()
		if err != nil {
			return money.Amount{}, err
		}
		if sum, err = sum.Add(a); err != nil {
			return money.Amount{}, err
		}
	}
	for _, extra := range []money.Amount{t.Freight, t.Insurance} {
		var err error
		if sum, err = sum.Add(extra); err != nil {
			return money.Amount{}, err
		}
	}
	return sum, nil
}

// SideOf is the party's place in the contract, or NoSide.
func (t Terms) SideOf(p identity.PartyID) identity.Side {
	switch {
	case p == "":
		return identity.NoSide
	case p == t.Buyer:
		return identity.Buyer
	case p == t.Seller:
		return identity.Seller
	}
	return identity.NoSide
}

// Party is who stands on the side.
func (t Terms) Party(side identity.Side) identity.PartyID {
	switch side {
	case identity.Buyer:
		return t.Buyer
	case identity.Seller:
		return t.Seller
	case identity.NoSide:
		return ""
	}
	return ""
}

// Canonical is the RFC 8785 form of the terms, as they stand in what is signed.
func (t Terms) Canonical() ([]byte, error) { return evidence.Canonical(t) }
