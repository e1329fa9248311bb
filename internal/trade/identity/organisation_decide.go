package identity

import (
	"slices"
	"strconv"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/money"
)

// OrganisationCommand is something that somebody wants done to an organisation.
type OrganisationCommand interface {
	// Name is the command's word in the API and in the role table.
	Name() string
}

// The commands of people and roles, after [Register].
type (
	// FoundMember makes the first owner of a registered party.
	FoundMember struct{ Person PersonID }
	// Invite opens a place; a zero Expires is seven days from now.
	Invite struct {
		ID      string
		Role    Role
		Expires time.Time
	}
	// CallOff closes an open invitation.
	CallOff struct{ ID string }
	// Join takes an open invitation.
	Join struct {
		Invitation string
		Person     PersonID
	}
	// Grant gives a member another role.
	Grant struct {
		Person PersonID
		Role   Role
	}
	// Remove ends another's membership.
	Remove struct{ Person PersonID }
	// Leave ends one's own membership.
	Leave struct{}
)

// The commands of the profile and of the organisation's own rules.
type (
	// SubmitProfile hands in a profile for review.
	SubmitProfile struct{ Profile Profile }
	// ReviewProfile is the verdict of staff: Verified, MoreNeeded or RefusedProfile.
	ReviewProfile struct {
		Verdict Standing
		Reasons string
		Until   time.Time // of Verified: at most two years from now
		// Submission is the number of the profile that was read, as in
		// Organisation.Submissions. 0 judges whatever is there.
		Submission int
	}
	// ExpireProfile says that the verification has run out.
	ExpireProfile struct{}
	// SetTwoPersons replaces the amounts from which two persons are needed.
	SetTwoPersons struct{ Limits []money.Amount }
	// SetPayoutHold replaces how long a new payout account waits; 0 is the house's rule.
	SetPayoutHold struct{ Hours int }
	// SetSignOn names the identity provider of the organisation; an empty issuer ends it.
	SetSignOn struct{ Issuer, Client string }
	// FreezePayouts stops every payout, by the house clock or by compliance.
	FreezePayouts struct{ Why string }
	// ReleasePayouts lets them go on, by whoever reviews accounts.
	ReleasePayouts struct{ Why string }
)

// Name answers the command's word.
func (Register) Name() string       { return "register_party" }
func (FoundMember) Name() string    { return "found_member" }
func (Invite) Name() string         { return "invite" }
func (CallOff) Name() string        { return "call_off_invitation" }
func (Join) Name() string           { return "join" }
func (Grant) Name() string          { return "grant_role" }
func (Remove) Name() string         { return "remove_member" }
func (Leave) Name() string          { return "leave" }
func (SubmitProfile) Name() string  { return "submit_profile" }
func (ReviewProfile) Name() string  { return "review_profile" }
func (ExpireProfile) Name() string  { return "expire_profile" }
func (SetTwoPersons) Name() string  { return "set_two_persons" }
func (SetPayoutHold) Name() string  { return "set_payout_hold" }
func (SetSignOn) Name() string      { return "set_sign_on" }
func (FreezePayouts) Name() string  { return "freeze_payouts" }
func (ReleasePayouts) Name() string { return "release_payouts" }

// Limits of an organisation.
const (
	// InvitationLife is the longest an invitation stays open.
	InvitationLife = 7 * 24 * time.Hour
	// InvitationsMax is how many invitations may be open at a time.
	InvitationsMax = 50
	// MembersMax is how many members an organisation may have.
	MembersMax = 500
	// PayoutHoldHoursMin and PayoutHoldHoursMax bound a company's own rule.
	PayoutHoldHoursMin = 72
	PayoutHoldHoursMax = 720

	verifiedYearsMax = 2
	reasonsMax       = 2000
	currenciesMax    = 40
)

// DecideOrganisation answers the events that follow from a command, in order, or
// a refusal. What a member may do is decided by his role in o, not by the role
// the actor carries. The zero organisation with an ID takes Register only.
func DecideOrganisation(o Organisation, c OrganisationCommand, by Actor, now time.Time) ([]PartyEvent, error) {
	if r, ok := c.(Register); ok {
		return o.register(r)
	}
	if o.Version == 0 {
		return nil, fault.New(fault.NotFound, "party.not_found", "There is no company with this number.")
	}
	switch c := c.(type) {
	case FoundMember:
		return o.found(c, by)
	case Invite:
		return o.invite(c, by, now)
	case CallOff:
		return o.callOff(c, by, now)
	case Join:
		return o.join(c, by, now)
	case Grant:
		return o.grant(c, by)
	case Remove:
		return o.remove(c, by)
	case Leave:
		return o.leave(by)
	case SubmitProfile:
		return o.submit(c, by)
	case ReviewProfile:
		return o.review(c, by, now)
	case ExpireProfile:
		return o.expire(by, now)
	case SetTwoPersons:
		return o.setTwoPersons(c, by)
	case SetPayoutHold:
		return o.setPayoutHold(c, by)
	case SetSignOn:
		return o.setSignOn(c, by)
	case FreezePayouts:
		return o.freezePayouts(c, by)
	case ReleasePayouts:
		return o.releasePayouts(c, by)
	case Hold:
		return o.hold(c.Case, true, by)
	case Free:
		return o.hold(c.Case, false, by)
	case PassCheck:
		return o.passCheck(by)
	}
	return nil, fault.New(fault.Internal, "organisation.unknown_command", "No rule for this command.")
}

// permit asks the policy with the role that the organisation itself knows.
func (o Organisation) permit(by Actor, act Act) error {
	if by.Office == Member {
		if by.Party != o.Party.ID {
			return Permit(Actor{Office: Member, Person: by.Person}, act)
		}
		by = o.ActorFor(by.Person)
	}
	return Permit(by, act)
}

func (o Organisation) register(c Register) ([]PartyEvent, error) {
	if o.Version != 0 {
		return nil, fault.New(fault.Conflict, "organisation.registered", "The company is registered already.")
	}
	e, err := DecideRegister(o.Party.ID, c)
	if err != nil {
		return nil, err
	}
	return []PartyEvent{e}, nil
}

// found lets a person found his own company, and lets the house clock name the
// founder of a party that is older than its member list.
func (o Organisation) found(c FoundMember, by Actor) ([]PartyEvent, error) {
	founder := by.Office == Member && by.Person == c.Person && (by.Party == "" || by.Party == o.Party.ID)
	if !founder && by.Office != Clock {
		return nil, fault.New(fault.Forbidden, "organisation.not_you", "Only you can take a place that is yours.")
	}
	if len(o.Members) > 0 {
		return nil, fault.New(fault.Conflict, "organisation.founded", "The company has its first owner already.")
	}
	if c.Person == "" {
		return nil, noPerson()
	}
	return []PartyEvent{MemberFounded{Person: c.Person}}, nil
}

func (o Organisation) invite(c Invite, by Actor, now time.Time) ([]PartyEvent, error) {
	if err := o.permit(by, ToMembers); err != nil {
		return nil, err
	}
	if !slices.Contains(Roles(), c.Role) {
		return nil, badRole()
	}
	if c.ID == "" || len(c.ID) > nameMax {
		return nil, fault.New(fault.Invalid, "organisation.bad_invitation", "An invitation needs a number.").At("id")
	}
	if slices.ContainsFunc(o.Invitations, func(i Invitation) bool { return i.ID == c.ID }) {
		return nil, fault.New(fault.Conflict, "organisation.invitation_known", "There is an invitation with this number.")
	}
	if c.Expires.IsZero() {
		c.Expires = now.Add(InvitationLife)
	}
	if !c.Expires.After(now) || c.Expires.After(now.Add(InvitationLife)) {
		return nil, fault.New(fault.Invalid, "organisation.bad_expiry", "An invitation stays open for at most seven days.").At("expires")
	}
	open := len(o.openAt(now))
	if open >= InvitationsMax {
		return nil, tooMany("organisation.too_many_invitations", "At most {max} invitations may be open. Call some off first.", InvitationsMax)
	}
	if open+len(o.Members) >= MembersMax {
		return nil, tooMany("organisation.too_many_members", "A company has at most {max} members.", MembersMax)
	}
	return []PartyEvent{MemberInvited{Invitation: c.ID, Role: c.Role, By: by.Person, Expires: c.Expires.UTC()}}, nil
}

func (o Organisation) callOff(c CallOff, by Actor, now time.Time) ([]PartyEvent, error) {
	if err := o.permit(by, ToMembers); err != nil {
		return nil, err
	}
	if _, err := o.invitation(c.ID, now); err != nil {
		return nil, err
	}
	return []PartyEvent{InvitationCalledOff{Invitation: c.ID}}, nil
}

// join asks no policy: before it, the person is nobody to the organisation.
func (o Organisation) join(c Join, by Actor, now time.Time) ([]PartyEvent, error) {
	if by.Office != Member || by.Person != c.Person || c.Person == "" {
		return nil, fault.New(fault.Forbidden, "organisation.not_you", "Only you can take a place that is yours.")
	}
	if by.Party != "" && by.Party != o.Party.ID {
		return nil, fault.New(fault.Conflict, "organisation.elsewhere", "You act for another company. Leave it first, or use another account.")
	}
	if o.RoleOf(c.Person) != "" {
		return nil, fault.New(fault.Conflict, "organisation.already_member", "This person is a member already.")
	}
	i, err := o.invitation(c.Invitation, now)
	if err != nil {
		return nil, err
	}
	if len(o.Members) >= MembersMax {
		return nil, tooMany("organisation.too_many_members", "A company has at most {max} members.", MembersMax)
	}
	return []PartyEvent{MemberJoined{Invitation: i.ID, Person: c.Person, Role: i.Role}}, nil
}

func (o Organisation) invitation(id string, now time.Time) (Invitation, error) {
	for _, i := range o.Invitations {
		if i.ID == id && i.Open(now) {
			return i, nil
		}
	}
	return Invitation{}, fault.New(fault.Refused, "organisation.invitation_over", "This invitation was used, called off, or is too old. Ask for another.")
}

func (o Organisation) grant(c Grant, by Actor) ([]PartyEvent, error) {
	was := o.RoleOf(c.Person)
	if !slices.Contains(Roles(), c.Role) {
		return nil, badRole()
	}
	if by.Office == Member && by.Party == o.Party.ID && c.Person == by.Person && was != "" && more(was, c.Role) {
		return nil, fault.New(fault.Forbidden, "organisation.own_role", "Nobody grants himself more. Ask an owner.")
	}
	if err := o.permit(by, ToMembers); err != nil {
		return nil, err
	}
	if was == "" {
		return nil, notAMember()
	}
	if was == c.Role {
		return nil, fault.New(fault.Conflict, "organisation.same_role", "The member has this role already.")
	}
	if err := o.keepsAnOwner(was); err != nil {
		return nil, err
	}
	events := []PartyEvent{RoleGranted{Person: c.Person, Role: c.Role, Was: was, By: by.Person}}
	return append(events, o.callOffThoseOf(c.Person)...), nil
}

func (o Organisation) remove(c Remove, by Actor) ([]PartyEvent, error) {
	if err := o.permit(by, ToMembers); err != nil {
		return nil, err
	}
	return o.end(c.Person, by.Person)
}

func (o Organisation) leave(by Actor) ([]PartyEvent, error) {
	if by.Office != Member || by.Party != o.Party.ID {
		return nil, notAMember()
	}
	return o.end(by.Person, by.Person)
}

func (o Organisation) end(person, by PersonID) ([]PartyEvent, error) {
	was := o.RoleOf(person)
	if was == "" {
		return nil, notAMember()
	}
	if err := o.keepsAnOwner(was); err != nil {
		return nil, err
	}
	events := []PartyEvent{MemberRemoved{Person: person, Was: was, By: by}}
	return append(events, o.callOffThoseOf(person)...), nil
}

func (o Organisation) keepsAnOwner(lost Role) error {
	if lost == Owner && o.Owners() < 2 {
		return fault.New(fault.Refused, "organisation.last_owner", "A company keeps at least one owner. Make somebody else an owner first.")
	}
	return nil
}

// callOffThoseOf closes the places that a person opened: who may no longer
// invite must not let anybody in by a link he still holds.
func (o Organisation) callOffThoseOf(person PersonID) []PartyEvent {
	var events []PartyEvent
	for _, i := range o.Invitations {
		if i.By == person {
			events = append(events, InvitationCalledOff{Invitation: i.ID})
		}
	}
	return events
}

func (o Organisation) setTwoPersons(c SetTwoPersons, by Actor) ([]PartyEvent, error) {
	if err := o.permit(by, ToCompanyRules); err != nil {
		return nil, err
	}
	if len(c.Limits) > currenciesMax {
		return nil, badLimits("limits")
	}
	limits := slices.Clone(c.Limits)
	for i, a := range limits {
		again := slices.ContainsFunc(limits[:i], func(b money.Amount) bool { return b.Currency() == a.Currency() })
		if a.Currency().IsZero() || a.Minor() < 0 || again {
			return nil, badLimits("limits[" + strconv.Itoa(i) + "]")
		}
	}
	if len(limits) > 0 && o.Approvers() < 2 {
		return nil, fault.New(fault.Refused, "organisation.too_few", "Two persons who may approve are needed before this rule. Invite a second owner or a finance member.")
	}
	if slices.Equal(limits, o.TwoPersons) {
		return nil, unchanged()
	}
	return []PartyEvent{TwoPersonsSet{Limits: limits, By: by.Person}}, nil
}

func (o Organisation) setPayoutHold(c SetPayoutHold, by Actor) ([]PartyEvent, error) {
	if err := o.permit(by, ToCompanyRules); err != nil {
		return nil, err
	}
	if c.Hours != 0 && (c.Hours < PayoutHoldHoursMin || c.Hours > PayoutHoldHoursMax) {
		return nil, fault.New(fault.Invalid, "organisation.bad_hold", "A new payout account waits between {min} and {max} hours.").
			With("min", strconv.Itoa(PayoutHoldHoursMin)).With("max", strconv.Itoa(PayoutHoldHoursMax)).At("hours")
	}
	if c.Hours == o.PayoutHoldHours {
		return nil, unchanged()
	}
	return []PartyEvent{PayoutHoldSet{Hours: c.Hours, By: by.Person}}, nil
}

const issuerMax = 500 // characters

func (o Organisation) setSignOn(c SetSignOn, by Actor) ([]PartyEvent, error) {
	if err := o.permit(by, ToCompanyRules); err != nil {
		return nil, err
	}
	s := SignOn{Issuer: tidy(c.Issuer), Client: tidy(c.Client)}
	if s.Issuer == "" {
		s.Client = ""
	} else {
		wrong := append(checkText("issuer", s.Issuer, 8, issuerMax), checkText("client", s.Client, 1, issuerMax)...)
		if len(wrong) > 0 {
			return nil, fault.New(fault.Invalid, "identity.invalid", "Some details of the company need attention.").And(wrong...)
		}
	}
	if s == o.SignOn && s.Issuer == "" {
		return nil, unchanged()
	}
	return []PartyEvent{SignOnSet{SignOn: s, By: by.Person}}, nil
}

func (o Organisation) freezePayouts(c FreezePayouts, by Actor) ([]PartyEvent, error) {
	if by.Office != Clock {
		if err := Permit(by, ToFreeze); err != nil {
			return nil, err
		}
	}
	if o.PayoutsFrozen != "" {
		return nil, unchanged()
	}
	if why := tidy(c.Why); why == "" || len(checkText("why", why, 1, reasonsMax)) > 0 {
		return nil, fault.New(fault.Invalid, "organisation.no_reasons", "Say why, so that the company knows what to do.").At("reasons")
	}
	return []PartyEvent{PayoutsFrozen{Why: tidy(c.Why)}}, nil
}

func (o Organisation) releasePayouts(c ReleasePayouts, by Actor) ([]PartyEvent, error) {
	if err := Permit(by, ToReviewAccounts); err != nil {
		return nil, err
	}
	if o.RoleOf(by.Person) != "" {
		return nil, fault.New(fault.Forbidden, "organisation.own_review", "Nobody reviews his own company.")
	}
	if o.PayoutsFrozen == "" {
		return nil, unchanged()
	}
	if why := tidy(c.Why); why == "" || len(checkText("why", why, 1, reasonsMax)) > 0 {
		return nil, fault.New(fault.Invalid, "organisation.no_reasons", "Say why, so that the company knows what to do.").At("reasons")
	}
	return []PartyEvent{PayoutsReleased{Why: tidy(c.Why), By: by.Person}}, nil
}

func badRole() error {
	return fault.New(fault.Invalid, "organisation.bad_role", "Choose owner, trader, finance or viewer.").At("role")
}

func badLimits(field string) error {
	return fault.New(fault.Invalid, "organisation.bad_limits", "Give one amount for each currency, zero or more.").At(field)
}

func notAMember() error {
	return fault.New(fault.NotFound, "organisation.not_a_member", "This person is no member of the company.")
}

func noPerson() error {
	return fault.New(fault.Invalid, "organisation.no_person", "Say which person.").At("person")
}

func unchanged() error {
	return fault.New(fault.Conflict, "organisation.unchanged", "This is the rule already.")
}

func tooMany(code, message string, limit int) error {
	return fault.New(fault.Refused, code, message).With("max", strconv.Itoa(limit))
}
