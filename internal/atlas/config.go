package atlas

import (
	"time"

	"fondaco/internal/money"
	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/identity"
)

// Config is one contract to walk through, and how far.
type Config struct {
	Name      string
	Terms     contract.Terms
	Rules     deal.Rules
	Bounds    Bounds
	AllSplit  bool // claims are divided in every way that differs, not in two
	NoReturns bool // claims are divided in one way, without a return of the goods
}

// Bounds say how often each thing that could be repeated for ever is followed.
type Bounds struct {
	Drafts, Counters, Amendments, Cancels, Freezes, Outages int
	Deposits, Consignments, Extensions, Claims              int
	Offers                                                  int  // standing in one claim
	Overdue                                                 int  // clocks that may wait for their lapse while others act
	Scans                                                   bool // carriers report; otherwise the buyer's word alone
	SellerClaims                                            bool
	NoProposals                                             bool // claims end without a mediator's proposal and ruling
	States                                                  int  // the walk fails beyond; 0 means a million
}

// Configs are the contracts that the house is proved with. Together they reach
// every command in every phase.
func Configs() []Config {
	agreement := Config{Name: "agreement", Terms: prompt(contract.OnFunding, contract.OnAcceptance), Rules: rules()}
	agreement.Bounds = Bounds{Drafts: 1, Counters: 1, Amendments: 1, Cancels: 1, Freezes: 1, Outages: 1, Deposits: 1, Consignments: 1}
	goods := Config{Name: "goods", Terms: terms(contract.OnFunding, contract.OnShipment, contract.OnAcceptance), Rules: rules()}
	goods.Terms.Delivery.PartialShipments = true
	goods.Bounds = Bounds{Drafts: 1, Outages: 1, Consignments: 2, Extensions: 1, Scans: true}
	claim := Config{Name: "claim", Terms: prompt(contract.OnShipment, contract.OnAcceptance), Rules: rules(), AllSplit: true}
	claim.Bounds = Bounds{Drafts: 1, Consignments: 1, Claims: 1, Offers: 2, SellerClaims: true}
	frozen := Config{Name: "frozen claim", Terms: terms(contract.OnDelivery, contract.OnAcceptance), Rules: rules()}
	frozen.Bounds = Bounds{Drafts: 1, Consignments: 1, Claims: 1, Offers: 1, Freezes: 1}
	cancelled := Config{Name: "cancelled claim", Terms: prompt(contract.OnDelivery, contract.OnAcceptance), Rules: rules()}
	cancelled.Bounds = Bounds{Drafts: 1, Consignments: 1, Claims: 1, Offers: 1, Cancels: 1}
	two := Config{Name: "two claims", Terms: prompt(contract.OnDelivery, contract.OnAcceptance), Rules: rules(), NoReturns: true}
	two.Rules.Disputes.HouseMissesMax = 0
	two.Bounds = Bounds{Drafts: 1, Consignments: 1, Claims: 2, NoProposals: true}
	return []Config{agreement, goods, claim, frozen, cancelled, two}
}

// Small are contracts that show every edge of the drawings in short walks.
func Small() []Config {
	agree := Config{Name: "small agreement", Terms: prompt(contract.OnFunding, contract.OnAcceptance), Rules: rules()}
	agree.Bounds = Bounds{Drafts: 1, Counters: 1, Cancels: 1, Consignments: 1}
	goods := Config{Name: "small goods", Terms: terms(contract.OnShipment, contract.OnAcceptance), Rules: rules()}
	goods.Bounds = Bounds{Drafts: 1, Consignments: 1, Extensions: 1, Freezes: 1, Scans: true}
	claim := Config{Name: "small claim", Terms: prompt(contract.OnAcceptance), Rules: rules()}
	claim.Bounds = Bounds{Drafts: 1, Consignments: 1, Claims: 1, Offers: 1, SellerClaims: true}
	return []Config{agree, goods, claim}
}

// noon is when the first draft of every walk is written.
func noon() time.Time { return time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC) }

const (
	buyerCo    identity.PartyID = "buyer-co"
	sellerCo   identity.PartyID = "seller-co"
	strangerCo identity.PartyID = "stranger-co"
	railName                    = "sandbox"
	dealID     deal.ID          = "d1"
)

// rules are short clocks of different lengths, so that their order varies.
func rules() deal.Rules {
	return deal.Rules{
		SignDays: 2, FundDays: 3, ShipGraceDays: 1, ShipRefundDays: 2, WarnDays: 1, ExtensionDaysMax: 3,
		WeakProofDays: 4, LostDays: 5, FeeBps: 150,
		Disputes: dispute.Rules{
			NegotiationDays: 2, AssignDays: 1, ProposalDays: 2, AnswerDays: 1, RulingDays: 2, AppealDays: 1,
			ReturnShipDays: 2, ReturnReceiveDays: 1, HouseMissesMax: 1, DefaultBuyerBps: 5000,
		},
	}
}

// terms are a price of 999 cents in tranches with the given triggers, the last
// one taking what the others leave.
func terms(triggers ...contract.Trigger) contract.Terms {
	usd := money.MustCurrency("USD")
	const price, each = 999, 250
	t := contract.Terms{
		Title: "Brass fittings", Buyer: buyerCo, Seller: sellerCo, Currency: usd,
		Lines: []contract.Line{{Description: "Brass fittings", Quantity: 9, Unit: "PCE", UnitPrice: money.New(111, usd), Basis: 1}},
		Delivery: contract.Delivery{
			Incoterm: "DAP", NamedPlace: "Basel", ShipTo: "CH Basel", ShipBy: "2027-03-05", DeliverBy: "2027-03-09",
		},
		Inspection:   contract.Inspection{Days: 3},
		Remedies:     contract.Remedies{LatePenaltyBps: 500, LatePenaltyCapBps: 700, ReturnFreight: identity.Seller},
		GoverningLaw: "Switzerland", DisputeForum: "Geneva",
	}
	left := int64(price)
	for i, trigger := range triggers {
		part := int64(each)
		if i == len(triggers)-1 {
			part = left
		}
		left -= part
		t.Tranches = append(t.Tranches, contract.Tranche{ID: string(trigger), Amount: money.New(part, usd), Release: trigger})
	}
	return t.Normal()
}

// prompt are terms without a price for lateness.
func prompt(triggers ...contract.Trigger) contract.Terms {
	t := terms(triggers...)
	t.Remedies.LatePenaltyBps, t.Remedies.LatePenaltyCapBps = 0, 0
	return t
}

// changed are the terms with another promise; rich also moves the money.
func changed(t contract.Terms, dearer bool) contract.Terms {
	t.Inspection.Where = "at the buyer's door"
	if !dearer {
		return t
	}
	t.Freight = money.New(100, t.Currency)
	tranches := append([]contract.Tranche{}, t.Tranches...)
	last := &tranches[len(tranches)-1]
	last.ID, last.Amount = "rest", money.New(last.Amount.Minor()+100, t.Currency)
	t.Tranches = tranches
	return t
}
