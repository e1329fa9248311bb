package identity

import (
	"slices"
	"time"

	"fondaco/internal/money"
)

// Membership is one person's place in an organisation.
type Membership struct {
	Person PersonID
	Role   Role
	Since  time.Time
}

// Invitation is an open place. Who holds its secret link may take it, once. The
// address it was sent to is not in the log.
type Invitation struct {
	ID      string
	Role    Role
	By      PersonID
	At      time.Time
	Expires time.Time
}

// Open reports whether the invitation can still be taken at now.
func (i Invitation) Open(now time.Time) bool { return now.Before(i.Expires) }

// Standing is how far the house has checked what an organisation says of itself.
type Standing string

// The standings. Only Verified lets others rely on the profile.
const (
	Unverified     Standing = "unverified"  // nothing was handed in
	Submitted      Standing = "submitted"   // handed in; staff review it next
	Verified       Standing = "verified"    // staff checked it; ends on VerifiedUntil
	MoreNeeded     Standing = "more_needed" // staff ask for more; the company hands in again
	RefusedProfile Standing = "refused"     // staff refused it; the company may hand in again
	Expired        Standing = "expired"     // was verified, too long ago; the company hands in again
)

// Standings lists every standing in the order above.
func Standings() []Standing {
	return []Standing{Unverified, Submitted, Verified, MoreNeeded, RefusedProfile, Expired}
}

// The kinds of documents that support a profile.
const (
	RegistrationExtract = "registration_extract"
	TaxCertificate      = "tax"
	OwnershipRecord     = "ownership"
	IdentityRecord      = "identity"
	OtherDocument       = "other"
)

// DocumentKinds lists every kind of document in the order above.
func DocumentKinds() []string {
	return []string{RegistrationExtract, TaxCertificate, OwnershipRecord, IdentityRecord, OtherDocument}
}

// Document names a file that supports a profile; the bytes are kept elsewhere.
type Document struct {
	Hash string `json:"hash"` // SHA-256, 64 lower-case hexadecimal digits
	Kind string `json:"kind"`
	Name string `json:"name"`
	Size int64  `json:"size"` // bytes
}

// Profile is what an organisation says of itself for review.
type Profile struct {
	LegalName    string `json:"legal_name"`
	Country      string `json:"country"` // ISO 3166-1 alpha-2
	Registration string `json:"registration"`
	Address      string `json:"address"`
	LEI          string `json:"lei"` // ISO 17442; may be empty
	VAT          string `json:"vat"` // with its country prefix; may be empty
	Website      string `json:"website"`
	// OtherNames are the names that the company trades under, and its name in its own script.
	OtherNames []string `json:"other_names,omitempty"`
	// People are those who own a part of the company or decide for it.
	People    []Controller `json:"people,omitempty"`
	Documents []Document   `json:"documents"`
}

// SignOn is an OpenID Connect provider: its issuer, and how it knows the house.
type SignOn struct {
	Issuer string `json:"issuer"`
	Client string `json:"client"`
}

// Organisation is the fold of a party's stream. The zero value with an ID is a
// party that is not registered yet.
type Organisation struct {
	// Party is the public file. It follows the profile when staff verify it, so
	// a name that nobody checked never replaces one that somebody did.
	Party   Party
	Version int64 // how many events it has
	// RegisteredAt is when the house opened its file.
	RegisteredAt time.Time
	Members      []Membership
	Invitations  []Invitation // neither taken nor called off
	Profile      Profile
	Submissions  int // how many times a profile was handed in
	Standing     Standing
	Reasons      string // of the last review
	ReviewedAt   time.Time
	// VerifiedUntil is set while the standing is Verified.
	VerifiedUntil time.Time
	// TwoPersons holds at most one amount per currency: from there on, money
	// moves only with two persons.
	TwoPersons []money.Amount
	// PayoutHoldHours is how long a new payout account waits; 0 is the house's rule.
	PayoutHoldHours int
	// SignOn is the organisation's own identity provider; empty for none.
	SignOn SignOn
	// PayoutsFrozen is why no money leaves for the organisation, and empty while it may.
	PayoutsFrozen string
	// Holds are the cases that hold the party. Only who reads cases may learn of them.
	Holds []string
	// Checks is how many of the events are about that.
	Checks int `json:",omitempty"`
}

// Discreet is the organisation as everybody reads it who reads no cases: nothing of
// it, nor how many events it has, tells whether one holds the party.
func (o Organisation) Discreet() Organisation {
	o.Version, o.Checks, o.Holds = o.ShownVersion(), 0, nil
	return o
}

// ShownVersion counts the events that everybody may know of.
func (o Organisation) ShownVersion() int64 { return o.Version - int64(o.Checks) }

// RoleOf is the person's role, and empty for who is no member.
func (o Organisation) RoleOf(p PersonID) Role {
	for _, m := range o.Members {
		if m.Person == p {
			return m.Role
		}
	}
	return ""
}

// Owners counts the owners.
func (o Organisation) Owners() int {
	return o.count(func(r Role) bool { return r == Owner })
}

// Approvers counts the members who may approve what another has asked for.
func (o Organisation) Approvers() int {
	return o.count(approves)
}

// Alone reports whether nobody but p could approve for the organisation.
func (o Organisation) Alone(p PersonID) bool {
	others := 0
	for _, m := range o.Members {
		if m.Person != p && approves(m.Role) {
			others++
		}
	}
	return others == 0
}

// NeedsTwo reports whether moving the amount needs two persons by the
// organisation's own rule.
func (o Organisation) NeedsTwo(a money.Amount) bool {
	for _, limit := range o.TwoPersons {
		if limit.Currency() == a.Currency() {
			return a.Minor() >= limit.Minor()
		}
	}
	return false
}

// ActorFor is the actor that p is for the organisation now: without a role for
// who is no member.
func (o Organisation) ActorFor(p PersonID) Actor {
	return Actor{Office: Member, Party: o.Party.ID, Person: p, Role: o.RoleOf(p)}
}

func approves(r Role) bool { return whoMay(ToApprove)&bitOf(Actor{Office: Member, Role: r}) != 0 }

func (o Organisation) count(that func(Role) bool) int {
	n := 0
	for _, m := range o.Members {
		if that(m.Role) {
			n++
		}
	}
	return n
}

// Apply folds one event, recorded at the given time, into the organisation.
func (o Organisation) Apply(e PartyEvent, at time.Time) Organisation {
	o.Version++
	switch e := e.(type) {
	case Registered:
		o.Party, o.Standing, o.RegisteredAt = e.Party, Unverified, at
	case MemberFounded:
		o.Members = append(slices.Clone(o.Members), Membership{Person: e.Person, Role: Owner, Since: at})
	case MemberInvited:
		o.Invitations = append(o.openAt(at), Invitation{ID: e.Invitation, Role: e.Role, By: e.By, At: at, Expires: e.Expires})
	case InvitationCalledOff:
		o.Invitations = o.without(e.Invitation)
	case MemberJoined:
		o.Invitations = o.without(e.Invitation)
		o.Members = append(slices.Clone(o.Members), Membership{Person: e.Person, Role: e.Role, Since: at})
	case RoleGranted:
		o.Members = slices.Clone(o.Members)
		for i := range o.Members {
			if o.Members[i].Person == e.Person {
				o.Members[i].Role, o.Members[i].Since = e.Role, at
			}
		}
	case MemberRemoved:
		o.Members = slices.DeleteFunc(slices.Clone(o.Members), func(m Membership) bool { return m.Person == e.Person })
	case ProfileSubmitted:
		o.Profile, o.Standing = e.Profile, e.Standing
		o.Submissions++
		if o.Standing == Verified {
			o.Party.Address = e.Profile.Address
		} else {
			o.VerifiedUntil = time.Time{}
		}
	case ProfileReviewed:
		o.Standing, o.Reasons, o.ReviewedAt, o.VerifiedUntil = e.Verdict, e.Reasons, at, time.Time{}
		if e.Verdict == Verified {
			o.VerifiedUntil = e.Until
			o.Party = Party{ID: o.Party.ID, LegalName: o.Profile.LegalName, Country: o.Profile.Country, Registration: o.Profile.Registration, Address: o.Profile.Address}
		}
	case ProfileExpired:
		o.Standing, o.VerifiedUntil = Expired, time.Time{}
	case TwoPersonsSet:
		o.TwoPersons = slices.Clone(e.Limits)
	case PayoutHoldSet:
		o.PayoutHoldHours = e.Hours
	case SignOnSet:
		o.SignOn = e.SignOn
	case PayoutsFrozen:
		o.PayoutsFrozen = e.Why
	case PayoutsReleased:
		o.PayoutsFrozen = ""
	case Checked:
		o.Holds = o.checked(e)
		o.Checks++
	}
	return o
}

func (o Organisation) openAt(now time.Time) []Invitation {
	return slices.DeleteFunc(slices.Clone(o.Invitations), func(i Invitation) bool { return !i.Open(now) })
}

func (o Organisation) without(invitation string) []Invitation {
	return slices.DeleteFunc(slices.Clone(o.Invitations), func(i Invitation) bool { return i.ID == invitation })
}
