package deal

import (
	"encoding/json"

	"fondaco/internal/fault"
	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/evidence"
)

// Encode is the canonical JSON (RFC 8785) of an event: the payload in evidence.
func Encode(e Event) ([]byte, error) { return evidence.Canonical(e) }

// Decode reads a payload back by the kind of its event. It fails with
// deal.unknown_event or deal.bad_event, both Internal: the log is ours.
func Decode(kind string, payload []byte) (Event, error) {
	read, ok := decoders()[kind]
	if !ok {
		return nil, fault.New(fault.Internal, "deal.unknown_event", "No event has the kind {kind}.").With("kind", kind)
	}
	e, err := read(payload)
	if err != nil {
		return nil, fault.New(fault.Internal, "deal.bad_event", "An event of kind {kind} cannot be read.").With("kind", kind).Because(err)
	}
	return e, nil
}

// Kinds lists the kinds of every event of a deal.
func Kinds() []string {
	var kinds []string
	for kind := range decoders() {
		kinds = append(kinds, kind)
	}
	return kinds
}

type decoder func([]byte) (Event, error)

func as[E Event](payload []byte) (Event, error) {
	var e E
	err := json.Unmarshal(payload, &e)
	return e, err
}

func decoders() map[string]decoder {
	all := map[string]decoder{}
	for _, d := range []struct {
		e    Event
		read decoder
	}{
		{Drafted{}, as[Drafted]},
		{OfferMade{}, as[OfferMade]},
		{Countered{}, as[Countered]},
		{Signed{}, as[Signed]},
		{ContractAgreed{}, as[ContractAgreed]},
		{AmendmentProposed{}, as[AmendmentProposed]},
		{Amended{}, as[Amended]},
		{AmendmentLapsed{}, as[AmendmentLapsed]},
		{CancelAsked{}, as[CancelAsked]},
		{CancelLapsed{}, as[CancelLapsed]},
		{CalledOff{}, as[CalledOff]},
		{DepositReceived{}, as[DepositReceived]},
		{PriceHeld{}, as[PriceHeld]},
		{Dispatched{}, as[Dispatched]},
		{Tracked{}, as[Tracked]},
		{GoodsArrived{}, as[GoodsArrived]},
		{GoodsAccepted{}, as[GoodsAccepted]},
		{InspectionExtended{}, as[InspectionExtended]},
		{MoneyMoved{}, as[MoneyMoved]},
		{DepositsReturned{}, as[DepositsReturned]},
		{ClaimRaised{}, as[ClaimRaised]},
		{FreezePlaced{}, as[FreezePlaced]},
		{FreezeLifted{}, as[FreezeLifted]},
		{ClocksStopped{}, as[ClocksStopped]},
		{Concluded{}, as[Concluded]},
		{dispute.OfferMade{}, as[dispute.OfferMade]},
		{dispute.OfferTaken{}, as[dispute.OfferTaken]},
		{dispute.Escalated{}, as[dispute.Escalated]},
		{dispute.MediatorAssigned{}, as[dispute.MediatorAssigned]},
		{dispute.HouseMissed{}, as[dispute.HouseMissed]},
		{dispute.Proposed{}, as[dispute.Proposed]},
		{dispute.ProposalTaken{}, as[dispute.ProposalTaken]},
		{dispute.RulingGiven{}, as[dispute.RulingGiven]},
		{dispute.Appealed{}, as[dispute.Appealed]},
		{dispute.ReturnOrdered{}, as[dispute.ReturnOrdered]},
		{dispute.ReturnSentBack{}, as[dispute.ReturnSentBack]},
		{dispute.Resolved{}, as[dispute.Resolved]},
	} {
		all[d.e.Kind()] = d.read
	}
	return all
}
