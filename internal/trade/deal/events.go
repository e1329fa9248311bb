package deal

import (
	"time"

	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/escrow"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/shipment"
)

// Event is something that happened to a deal. The JSON names are the form kept
// in evidence. Every [dispute.Event] is one too.
type Event interface{ Kind() string }

// The events of agreement.
type (
	// Drafted holds the terms as first written or rewritten.
	Drafted struct {
		By    identity.Side  `json:"by"`
		Terms contract.Terms `json:"terms"`
		Rules Rules          `json:"rules"`
	}
	// OfferMade puts the present terms before both.
	OfferMade struct {
		By   identity.Side `json:"by"`
		Hash evidence.Hash `json:"hash"`
	}
	// Countered replaces the terms.
	Countered struct {
		By    identity.Side  `json:"by"`
		Terms contract.Terms `json:"terms"`
		Hash  evidence.Hash  `json:"hash"`
	}
	// Signed is one side's signature.
	Signed struct {
		Signature Signature `json:"signature"`
	}
	// ContractAgreed says that both have signed the same hash.
	ContractAgreed struct {
		Hash evidence.Hash `json:"hash"`
	}
	// AmendmentProposed asks for other terms.
	AmendmentProposed struct {
		By     identity.Side     `json:"by"`
		Person identity.PersonID `json:"person"`
		Terms  contract.Terms    `json:"terms"`
		Hash   evidence.Hash     `json:"hash"`
	}
	// Amended makes the proposed terms the contract.
	Amended struct {
		Hash evidence.Hash `json:"hash"`
	}
	// AmendmentLapsed leaves the contract as it was.
	AmendmentLapsed struct {
		Hash evidence.Hash `json:"hash"`
	}
	// CancelAsked is one side's wish to call the deal off.
	CancelAsked struct {
		By     identity.Side     `json:"by"`
		Person identity.PersonID `json:"person"`
		Reason string            `json:"reason"`
	}
	// CancelLapsed says that the other side did not join in time.
	CancelLapsed struct {
		By identity.Side `json:"by"`
	}
	// CalledOff decides that what is held goes back to the buyer.
	CalledOff struct {
		Outcome Outcome       `json:"outcome"`
		By      identity.Side `json:"by"`
		Why     string        `json:"why"`
		Reason  string        `json:"reason"`
	}
)

// The events of money and goods.
type (
	// DepositReceived is booked money that waits for the rest of the price.
	DepositReceived struct {
		Deposit Deposit `json:"deposit"`
	}
	// PriceHeld says that the whole price is held. What came in above it stays in
	// suspense under the last deposit.
	PriceHeld struct {
		Minor   int64   `json:"minor"`
		Surplus Deposit `json:"surplus"`
	}
	// Dispatched announces a consignment.
	Dispatched struct {
		ConsignmentID  string `json:"consignment"`
		Carrier        string `json:"carrier"`
		TrackingNumber string `json:"tracking_number"`
		Final          bool   `json:"final"`
		NumberReused   bool   `json:"number_reused"`
	}
	// Tracked is a carrier's event with the doubts about it as proof of delivery.
	Tracked struct {
		ConsignmentID string           `json:"consignment"`
		Event         shipment.Event   `json:"event"`
		Doubts        []shipment.Doubt `json:"doubts"`
	}
	// GoodsArrived starts the inspection. By is "proof", "buyer" or "silence".
	GoodsArrived struct {
		By string    `json:"by"`
		At time.Time `json:"at"`
	}
	// GoodsAccepted ends the inspection. By is "buyer" or "silence".
	GoodsAccepted struct {
		By string `json:"by"`
	}
	// InspectionExtended gives the buyer more days.
	InspectionExtended struct {
		Extension Extension `json:"extension"`
	}
	// MoneyMoved takes held money out of the deal, for good.
	MoneyMoved struct {
		Moves []escrow.Movement `json:"moves"`
		Claim string            `json:"claim"` // set when a claim's frozen money is divided
	}
	// DepositsReturned gives back what had arrived for a price never completed.
	DepositsReturned struct {
		Minor int64 `json:"minor"`
	}
)

// The events of disputes and of the house.
type (
	// ClaimRaised freezes the disputed amount.
	ClaimRaised struct {
		Claim dispute.Claim `json:"claim"`
	}
	// FreezePlaced stops payments and clocks.
	FreezePlaced struct {
		Case string `json:"case"`
	}
	// FreezeLifted lets them go on.
	FreezeLifted struct {
		Case string `json:"case"`
	}
	// ClocksStopped lengthens every running clock by an outage.
	ClocksStopped struct {
		Pause Pause `json:"pause"`
	}
	// Concluded is the last event of a deal.
	Concluded struct {
		Outcome Outcome `json:"outcome"`
	}
)

// Kind is the name of each event in the evidence log.
func (Drafted) Kind() string            { return "drafted" }
func (OfferMade) Kind() string          { return "offered" }
func (Countered) Kind() string          { return "countered" }
func (Signed) Kind() string             { return "signed" }
func (ContractAgreed) Kind() string     { return "agreed" }
func (AmendmentProposed) Kind() string  { return "amendment_proposed" }
func (Amended) Kind() string            { return "amended" }
func (AmendmentLapsed) Kind() string    { return "amendment_lapsed" }
func (CancelAsked) Kind() string        { return "cancel_asked" }
func (CancelLapsed) Kind() string       { return "cancel_lapsed" }
func (CalledOff) Kind() string          { return "called_off" }
func (DepositReceived) Kind() string    { return "deposit_received" }
func (PriceHeld) Kind() string          { return "price_held" }
func (Dispatched) Kind() string         { return "dispatched" }
func (Tracked) Kind() string            { return "tracked" }
func (GoodsArrived) Kind() string       { return "arrived" }
func (GoodsAccepted) Kind() string      { return "accepted" }
func (InspectionExtended) Kind() string { return "inspection_extended" }
func (MoneyMoved) Kind() string         { return "money_moved" }
func (DepositsReturned) Kind() string   { return "deposits_returned" }
func (ClaimRaised) Kind() string        { return "claim_raised" }
func (FreezePlaced) Kind() string       { return "frozen" }
func (FreezeLifted) Kind() string       { return "unfrozen" }
func (ClocksStopped) Kind() string      { return "clocks_stopped" }
func (Concluded) Kind() string          { return "closed" }
