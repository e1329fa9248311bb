package deal

import (
	"time"

	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/shipment"
)

// Command is something that somebody wants done about a deal.
type Command interface {
	// Name is the command's word in the API, in evidence and in the role table.
	Name() string
}

// The commands of agreement.
type (
	// WriteDraft opens a deal with terms, or replaces the terms of a draft.
	WriteDraft struct {
		Terms contract.Terms
		Rules Rules
	}
	// MakeOffer puts complete terms before the other party.
	MakeOffer struct{}
	// Counter answers an offer with other terms; all signatures are void.
	Counter struct{ Terms contract.Terms }
	// Sign agrees to the terms, or to a proposed amendment, with exactly this hash.
	Sign struct{ Hash evidence.Hash }
	// Withdraw leaves before being bound, or when the seller is too late to ship.
	Withdraw struct{ Reason string }
	// Amend proposes other terms after agreement; the other side signs or lets it lapse.
	Amend struct{ Terms contract.Terms }
	// CancelByBoth asks to call the deal off; when both have asked, it is.
	CancelByBoth struct{ Reason string }
)

// The commands of money and goods.
type (
	// Fund is a rail's booked notice, never a browser's word.
	Fund struct{ Deposit Deposit }
	// Ship announces a consignment.
	Ship struct {
		ConsignmentID  string
		Carrier        string
		TrackingNumber string
		Final          bool // nothing follows
		NumberReused   bool // found by the house, not said by the seller
	}
	// Track is a carrier's event about a consignment.
	Track struct {
		ConsignmentID string
		Event         shipment.Event
	}
	// ConfirmReceipt is the buyer's word that everything is there; inspection begins.
	ConfirmReceipt struct{}
	// Accept is the buyer's word that the goods are as agreed; the seller is paid.
	Accept struct{}
	// ExtendInspection gives the buyer more days.
	ExtendInspection struct{ Days int }
)

// The commands of disputes, and of the house.
type (
	// RaiseClaim disputes an amount of the held money.
	RaiseClaim struct {
		ClaimID   string
		Reason    dispute.Reason
		Minor     int64
		Demand    dispute.Division
		Statement string
		Evidence  []evidence.Hash
	}
	// Conduct is a step in an open claim.
	Conduct struct {
		ClaimID string
		Step    dispute.Command
	}
	// Freeze stops every payment and clock of the deal, by compliance or by the house itself.
	Freeze struct{ Case string }
	// Unfreeze lets them go on.
	Unfreeze struct{ Case string }
	// RecordOutage stops the deal's clocks for a span in which the house was down.
	RecordOutage struct{ From, To time.Time }
	// Lapse says that a clock has run out.
	Lapse struct {
		Clock ClockName
		Ref   string // the claim, where the clock belongs to one
	}
)

// Name answers the command's word; Conduct answers its step's.
func (WriteDraft) Name() string       { return "draft" }
func (MakeOffer) Name() string        { return "offer" }
func (Counter) Name() string          { return "counter" }
func (Sign) Name() string             { return "sign" }
func (Withdraw) Name() string         { return "withdraw" }
func (Amend) Name() string            { return "amend" }
func (CancelByBoth) Name() string     { return "cancel" }
func (Fund) Name() string             { return "fund" }
func (Ship) Name() string             { return "ship" }
func (Track) Name() string            { return "track" }
func (ConfirmReceipt) Name() string   { return "confirm_receipt" }
func (Accept) Name() string           { return "accept" }
func (ExtendInspection) Name() string { return "extend_inspection" }
func (RaiseClaim) Name() string       { return "claim" }
func (Freeze) Name() string           { return "freeze" }
func (Unfreeze) Name() string         { return "unfreeze" }
func (RecordOutage) Name() string     { return "outage" }
func (Lapse) Name() string            { return "lapse" }
func (c Conduct) Name() string {
	switch c.Step.(type) {
	case dispute.MakeOffer:
		return "claim_offer"
	case dispute.TakeOffer:
		return "take_offer"
	case dispute.Escalate:
		return "escalate"
	case dispute.AssignMediator:
		return "assign_mediator"
	case dispute.Propose:
		return "propose"
	case dispute.Rule:
		return "rule"
	case dispute.Appeal:
		return "appeal"
	case dispute.ReturnShipped:
		return "return_shipped"
	case dispute.ReturnReceived:
		return "return_received"
	case dispute.Drop:
		return "drop_claim"
	case dispute.Lapse:
		return "lapse"
	}
	return "conduct"
}
