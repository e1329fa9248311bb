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
	read, known := decoderOf(kind)
	if !known {
		read, known = claimDecoderOf(kind)
	}
	if !known {
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
	events := []Event{
		Drafted{},
		OfferMade{},
		Countered{},
		Signed{},
		ContractAgreed{},
		AmendmentProposed{},
		Amended{},
		AmendmentLapsed{},
		CancelAsked{},
		CancelLapsed{},
		CalledOff{},
		DepositReceived{},
		PriceHeld{},
		Dispatched{},
		Tracked{},
		GoodsArrived{},
		GoodsAccepted{},
		InspectionExtended{},
		MoneyMoved{},
		DepositsReturned{},
		ClaimRaised{},
		FreezePlaced{},
		FreezeLifted{},
		ClocksStopped{},
		Concluded{},
		dispute.OfferMade{},
		dispute.OfferTaken{},
		dispute.Escalated{},
		dispute.MediatorAssigned{},
		dispute.HouseMissed{},
		dispute.Proposed{},
		dispute.ProposalTaken{},
		dispute.RulingGiven{},
		dispute.Appealed{},
		dispute.ReturnOrdered{},
		dispute.ReturnSentBack{},
		dispute.Resolved{},
	}
	kinds := make([]string, len(events))
	for i, e := range events {
		kinds[i] = e.Kind()
	}
	return kinds
}

type decoder func([]byte) (Event, error)

func as[E Event](payload []byte) (Event, error) {
	var e E
	err := json.Unmarshal(payload, &e)
	return e, err
}

// decoderOf is a switch, because a deal is read event by event and a table would
// be built anew for each.
func decoderOf(kind string) (decoder, bool) {
	switch kind {
	case Drafted{}.Kind():
		return as[Drafted], true
	case OfferMade{}.Kind():
		return as[OfferMade], true
	case Countered{}.Kind():
		return as[Countered], true
	case Signed{}.Kind():
		return as[Signed], true
	case ContractAgreed{}.Kind():
		return as[ContractAgreed], true
	case AmendmentProposed{}.Kind():
		return as[AmendmentProposed], true
	case Amended{}.Kind():
		return as[Amended], true
	case AmendmentLapsed{}.Kind():
		return as[AmendmentLapsed], true
	case CancelAsked{}.Kind():
		return as[CancelAsked], true
	case CancelLapsed{}.Kind():
		return as[CancelLapsed], true
	case CalledOff{}.Kind():
		return as[CalledOff], true
	case DepositReceived{}.Kind():
		return as[DepositReceived], true
	case PriceHeld{}.Kind():
		return as[PriceHeld], true
	case Dispatched{}.Kind():
		return as[Dispatched], true
	case Tracked{}.Kind():
		return as[Tracked], true
	case GoodsArrived{}.Kind():
		return as[GoodsArrived], true
	case GoodsAccepted{}.Kind():
		return as[GoodsAccepted], true
	case InspectionExtended{}.Kind():
		return as[InspectionExtended], true
	case MoneyMoved{}.Kind():
		return as[MoneyMoved], true
	case DepositsReturned{}.Kind():
		return as[DepositsReturned], true
	case ClaimRaised{}.Kind():
		return as[ClaimRaised], true
	case FreezePlaced{}.Kind():
		return as[FreezePlaced], true
	case FreezeLifted{}.Kind():
		return as[FreezeLifted], true
	case ClocksStopped{}.Kind():
		return as[ClocksStopped], true
	case Concluded{}.Kind():
		return as[Concluded], true
	}
	return nil, false
}

func claimDecoderOf(kind string) (decoder, bool) {
	switch kind {
	case dispute.OfferMade{}.Kind():
		return as[dispute.OfferMade], true
	case dispute.OfferTaken{}.Kind():
		return as[dispute.OfferTaken], true
	case dispute.Escalated{}.Kind():
		return as[dispute.Escalated], true
	case dispute.MediatorAssigned{}.Kind():
		return as[dispute.MediatorAssigned], true
	case dispute.HouseMissed{}.Kind():
		return as[dispute.HouseMissed], true
	case dispute.Proposed{}.Kind():
		return as[dispute.Proposed], true
	case dispute.ProposalTaken{}.Kind():
		return as[dispute.ProposalTaken], true
	case dispute.RulingGiven{}.Kind():
		return as[dispute.RulingGiven], true
	case dispute.Appealed{}.Kind():
		return as[dispute.Appealed], true
	case dispute.ReturnOrdered{}.Kind():
		return as[dispute.ReturnOrdered], true
	case dispute.ReturnSentBack{}.Kind():
		return as[dispute.ReturnSentBack], true
	case dispute.Resolved{}.Kind():
		return as[dispute.Resolved], true
	}
	return nil, false
}
