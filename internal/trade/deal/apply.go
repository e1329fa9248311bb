package deal

import (
	"slices"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/escrow"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/shipment"
)

// Apply folds one event, recorded at the given time, and answers the new state.
// The receiver is not changed. Events are facts: Apply refuses nothing.
func (s State) Apply(e Event, at time.Time) State {
	s.Version++
	switch e := e.(type) {
	case Drafted, OfferMade, Countered, Signed, ContractAgreed, AmendmentProposed, Amended, AmendmentLapsed, CancelAsked, CancelLapsed, CalledOff:
		return s.applyAgreement(e, at)
	case DepositReceived:
		s.Deposits = append(slices.Clone(s.Deposits), e.Deposit)
	case PriceHeld:
		s.Phase, s.FundedAt, s.Deposits = Funded, at, nil
		s.Escrow = s.Escrow.Fund()
	case Dispatched:
		s.Consignments = append(slices.Clone(s.Consignments), shipment.Consignment{
			ID: e.ConsignmentID, Carrier: e.Carrier, TrackingNumber: e.TrackingNumber, Final: e.Final,
			NumberReused: e.NumberReused, ShippedAt: at, Stage: shipment.Announced, LastEventAt: at.Add(-shipmentSlack),
		})
		if s.Phase == Funded {
			s.Phase, s.ShippedAt = Shipped, at
		}
	case Tracked:
		s.Scans++
		s.Consignments = slices.Clone(s.Consignments)
		i := s.consignment(e.ConsignmentID)
		s.Consignments[i] = s.Consignments[i].Fold(e.Event, e.Doubts, at)
	case GoodsArrived:
		s.Phase, s.ArrivedAt, s.InspectFrom = Delivered, e.At, at
	case GoodsAccepted:
		s.Accepted, s.AcceptedBy = true, e.By
	case InspectionExtended:
		s.Extensions = append(slices.Clone(s.Extensions), e.Extension)
	case MoneyMoved:
		return s.applyMoves(e)
	case DepositsReturned:
		s.Deposits = nil
	case ClaimRaised:
		return s.applyClaim(e)
	case FreezePlaced:
		s.Frozen, s.FrozenFrom, s.FreezeCase = true, at, e.Case
	case FreezeLifted:
		s.Frozen, s.FreezeCase = false, ""
		s.Pauses = addPause(s.Pauses, Pause{s.FrozenFrom, at})
	case ClocksStopped:
		s.Pauses = addPause(s.Pauses, e.Pause)
	case Concluded:
		s.Phase, s.Outcome, s.ClosedAt = Closed, e.Outcome, at
	case dispute.Event:
		s.Claims = slices.Clone(s.Claims)
		for i, c := range s.Claims {
			if c.ID == e.Claim() {
				s.Claims[i] = c.Apply(e, at)
			}
		}
	default:
		fault.Assert(false, "deal.unknown_event", "every event of a deal has a fold")
	}
	return s
}

func (s State) applyAgreement(e Event, at time.Time) State {
	switch e := e.(type) {
	case Drafted:
		if s.Phase == None {
			s.DraftedAt = at
		}
		s.Phase, s.Drafter, s.Rules = Draft, e.By, e.Rules
		s = s.withTerms(e.Terms)
	case OfferMade:
		s.Phase, s.OfferedBy, s.OfferedAt = Offered, e.By, at
	case Countered:
		s.OfferedBy, s.OfferedAt, s.Signatures = e.By, at, nil
		s = s.withTerms(e.Terms)
	case Signed:
		s.Signatures = append(slices.Clone(s.Signatures), e.Signature)
	case ContractAgreed:
		s.Phase, s.AgreedAt = Agreed, at
	case AmendmentProposed:
		s.Amendment = &Amendment{By: e.By, Person: e.Person, Terms: e.Terms, Hash: e.Hash, At: at}
	case Amended:
		held := s.Escrow
		s = s.withTerms(s.Amendment.Terms)
		if s.Phase != Agreed {
			s.Escrow = held // amounts cannot change any more; see sameMoney
		}
		s.Amendment = nil
	case AmendmentLapsed:
		s.Amendment = nil
	case CancelAsked:
		s.CancelBy, s.CancelPerson, s.CancelAt = e.By, e.Person, at
	case CancelLapsed:
		s.CancelBy = identity.NoSide
	case CalledOff:
		s.CalledOff, s.CalledOffWhy, s.CancelBy, s.Amendment = e.Outcome, e.Why, identity.NoSide, nil
	}
	return s
}

func (s State) withTerms(t contract.Terms) State {
	s.Terms = t
	s.TermsHash = s.Agreement().Hash()
	s.TermsVersion++
	var due []escrow.Slice
	for _, tr := range t.Tranches {
		due = append(due, escrow.Slice{Tranche: tr.ID, Minor: tr.Amount.Minor()})
	}
	s.Escrow = escrow.New(t.Currency, due)
	return s
}

func (s State) applyMoves(e MoneyMoved) State {
	if e.Claim != "" {
		s.Escrow = s.Escrow.Thaw(e.Claim)
	}
	s.Escrow = s.Escrow.Move(e.Moves)
	for _, m := range e.Moves {
		if m.Why == escrow.Penalty {
			s.PenaltyTaken += m.Minor
		}
	}
	return s
}

func (s State) applyClaim(e ClaimRaised) State {
	frozen, err := s.Escrow.Freeze(e.Claim.ID, e.Claim.Minor)
	fault.Assert(err == nil, "escrow.not_held", "a claim in the log froze money that was held")
	s.Escrow = frozen
	s.Claims = append(slices.Clone(s.Claims), e.Claim)
	return s
}

func (s State) consignment(id string) int {
	i := slices.IndexFunc(s.Consignments, func(c shipment.Consignment) bool { return c.ID == id })
	fault.Assert(i >= 0, "deal.unknown_consignment", "a carrier's event in the log names a consignment of the deal")
	return i
}

// shipmentSlack lets a pick-up scan count although the seller announced it later.
const shipmentSlack = 30 * 24 * time.Hour
