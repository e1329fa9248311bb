package treasury

import (
	"encoding/json"

	"fondaco/internal/fault"
)

// DecodeDeposit reads a payload back by the kind of its event. It fails with
// treasury.bad_event, Internal: the log is ours.
func DecodeDeposit(kind string, payload []byte) (DepositEvent, error) {
	switch kind {
	case DepositBooked{}.Kind():
		return decode[DepositEvent, DepositBooked](kind, payload)
	case DepositAssigned{}.Kind():
		return decode[DepositEvent, DepositAssigned](kind, payload)
	case DepositReturned{}.Kind():
		return decode[DepositEvent, DepositReturned](kind, payload)
	}
	return nil, badEvent(kind)
}

// DecodePayout reads a payload back by the kind of its event. It fails as DecodeDeposit does.
func DecodePayout(kind string, payload []byte) (PayoutEvent, error) {
	switch kind {
	case PayoutInstructed{}.Kind():
		return decode[PayoutEvent, PayoutInstructed](kind, payload)
	case PayoutSent{}.Kind():
		return decode[PayoutEvent, PayoutSent](kind, payload)
	case PayoutSettled{}.Kind():
		return decode[PayoutEvent, PayoutSettled](kind, payload)
	case PayoutReturned{}.Kind():
		return decode[PayoutEvent, PayoutReturned](kind, payload)
	case PayoutCancelled{}.Kind():
		return decode[PayoutEvent, PayoutCancelled](kind, payload)
	case PayoutExpired{}.Kind():
		return decode[PayoutEvent, PayoutExpired](kind, payload)
	}
	return nil, badEvent(kind)
}

func decode[I any, E any](kind string, payload []byte) (I, error) {
	var e E
	var none I
	if err := json.Unmarshal(payload, &e); err != nil {
		return none, badEvent(kind).Because(err)
	}
	return any(e).(I), nil
}

func badEvent(kind string) *fault.Error {
	return fault.New(fault.Internal, "treasury.bad_event", "An event of kind {kind} cannot be read.").With("kind", kind)
}
