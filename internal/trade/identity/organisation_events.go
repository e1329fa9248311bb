package identity

import (
	"encoding/json"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/money"
)

// PartyEvent is something that happened to an organisation. The JSON names are
// the form kept in evidence.
type PartyEvent interface {
	Kind() string // the name in the evidence log
}

// The events of a party's stream, after [Registered].
type (
	// MemberFounded makes the first owner.
	MemberFounded struct {
		Person PersonID `json:"person"`
	}
	// MemberInvited opens a place until it expires.
	MemberInvited struct {
		Invitation string    `json:"invitation"`
		Role       Role      `json:"role"`
		By         PersonID  `json:"by"`
		Expires    time.Time `json:"expires"`
	}
	// InvitationCalledOff closes a place that nobody took.
	InvitationCalledOff struct {
		Invitation string `json:"invitation"`
	}
	// MemberJoined says who took the place.
	MemberJoined struct {
		Invitation string   `json:"invitation"`
		Person     PersonID `json:"person"`
		Role       Role     `json:"role"`
	}
	// RoleGranted replaces a member's role.
	RoleGranted struct {
		Person PersonID `json:"person"`
		Role   Role     `json:"role"`
		Was    Role     `json:"was"`
		By     PersonID `json:"by"`
	}
	// MemberRemoved ends a membership; By is the person himself when he left.
	MemberRemoved struct {
		Person PersonID `json:"person"`
		Was    Role     `json:"was"`
		By     PersonID `json:"by"`
	}
	// ProfileSubmitted hands in a profile, and says which standing follows.
	ProfileSubmitted struct {
		Profile  Profile  `json:"profile"`
		Standing Standing `json:"standing"`
		By       PersonID `json:"by"`
	}
	// ProfileReviewed is the verdict of staff.
	ProfileReviewed struct {
		Verdict Standing  `json:"verdict"`
		Reasons string    `json:"reasons"`
		Until   time.Time `json:"until"` // zero unless verified
		By      PersonID  `json:"by"`
	}
	// ProfileExpired says that a verification has run out.
	ProfileExpired struct{}
	// TwoPersonsSet replaces the amounts from which two persons are needed.
	TwoPersonsSet struct {
		Limits []money.Amount `json:"limits"`
		By     PersonID       `json:"by"`
	}
	// SignOnSet names the organisation's own identity provider, or none.
	SignOnSet struct {
		SignOn SignOn   `json:"sign_on"`
		By     PersonID `json:"by"`
	}
	// PayoutsFrozen stops every payout of the organisation.
	PayoutsFrozen struct {
		Why string `json:"why"`
	}
	// PayoutsReleased lets them go on, for the reason that staff gives.
	PayoutsReleased struct {
		Why string   `json:"why"`
		By  PersonID `json:"by"`
	}
	// PayoutHoldSet replaces how long a new payout account waits.
	PayoutHoldSet struct {
		Hours int      `json:"hours"`
		By    PersonID `json:"by"`
	}
)

// Kind makes each type a PartyEvent.
func (MemberFounded) Kind() string       { return "member_founded" }
func (MemberInvited) Kind() string       { return "member_invited" }
func (InvitationCalledOff) Kind() string { return "invitation_called_off" }
func (MemberJoined) Kind() string        { return "member_joined" }
func (RoleGranted) Kind() string         { return "role_granted" }
func (MemberRemoved) Kind() string       { return "member_removed" }
func (ProfileSubmitted) Kind() string    { return "profile_submitted" }
func (ProfileReviewed) Kind() string     { return "profile_reviewed" }
func (ProfileExpired) Kind() string      { return "profile_expired" }
func (TwoPersonsSet) Kind() string       { return "two_persons_set" }
func (PayoutHoldSet) Kind() string       { return "payout_hold_set" }
func (SignOnSet) Kind() string           { return "sign_on_set" }
func (PayoutsFrozen) Kind() string       { return "payouts_frozen" }
func (PayoutsReleased) Kind() string     { return "payouts_released" }

// DecodeParty reads a payload back by the kind of its event. It fails with
// identity.bad_event, Internal: the log is ours.
func DecodeParty(kind string, payload []byte) (PartyEvent, error) {
	switch kind {
	case Registered{}.Kind():
		return decode[PartyEvent, Registered](kind, payload)
	case MemberFounded{}.Kind():
		return decode[PartyEvent, MemberFounded](kind, payload)
	case MemberInvited{}.Kind():
		return decode[PartyEvent, MemberInvited](kind, payload)
	case InvitationCalledOff{}.Kind():
		return decode[PartyEvent, InvitationCalledOff](kind, payload)
	case MemberJoined{}.Kind():
		return decode[PartyEvent, MemberJoined](kind, payload)
	case RoleGranted{}.Kind():
		return decode[PartyEvent, RoleGranted](kind, payload)
	case MemberRemoved{}.Kind():
		return decode[PartyEvent, MemberRemoved](kind, payload)
	case ProfileSubmitted{}.Kind():
		return decode[PartyEvent, ProfileSubmitted](kind, payload)
	case ProfileReviewed{}.Kind():
		return decode[PartyEvent, ProfileReviewed](kind, payload)
	case ProfileExpired{}.Kind():
		return decode[PartyEvent, ProfileExpired](kind, payload)
	case TwoPersonsSet{}.Kind():
		return decode[PartyEvent, TwoPersonsSet](kind, payload)
	case PayoutHoldSet{}.Kind():
		return decode[PartyEvent, PayoutHoldSet](kind, payload)
	case SignOnSet{}.Kind():
		return decode[PartyEvent, SignOnSet](kind, payload)
	case PayoutsFrozen{}.Kind():
		return decode[PartyEvent, PayoutsFrozen](kind, payload)
	case PayoutsReleased{}.Kind():
		return decode[PartyEvent, PayoutsReleased](kind, payload)
	case Checked{}.Kind():
		return decode[PartyEvent, Checked](kind, payload)
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
	return fault.New(fault.Internal, "identity.bad_event", "An event of kind {kind} cannot be read.").With("kind", kind)
}
