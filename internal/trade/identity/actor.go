package identity

import (
	"strings"

	"fondaco/internal/fault"
)

// PartyID names an organisation for ever; it is opaque and never reused.
type PartyID string

// PersonID names a human being for ever; one person may act for several parties.
type PersonID string

// Office is the capacity in which somebody acts.
type Office string

// The offices. Members act for a party; the next five are house staff; the last
// three are not people: the payment rail, the carrier and the house clock.
const (
	Member        Office = "member"
	Administrator Office = "administrator"
	Mediator      Office = "mediator"
	Compliance    Office = "compliance"
	Treasury      Office = "treasury"
	Auditor       Office = "auditor"
	Rail          Office = "rail"
	Carrier       Office = "carrier"
	Clock         Office = "clock"
)

// Offices lists every office in the order above.
func Offices() []Office {
	return []Office{Member, Administrator, Mediator, Compliance, Treasury, Auditor, Rail, Carrier, Clock}
}

// Staff reports whether the office belongs to the people of the house.
func (o Office) Staff() bool {
	switch o {
	case Administrator, Mediator, Compliance, Treasury, Auditor:
		return true
	case Member, Rail, Carrier, Clock:
		return false
	}
	return false
}

// Role is what a member may do for the company; [May] says what that is.
type Role string

// The roles of members. Nobody without a role may do anything.
const (
	Owner   Role = "owner"   // everything, the people of the company included
	Trader  Role = "trader"  // deals and goods, but no money out
	Finance Role = "finance" // money out, and the accounts it goes to
	Viewer  Role = "viewer"  // reads
)

// Roles lists every role in the order above.
func Roles() []Role { return []Role{Owner, Trader, Finance, Viewer} }

// Actor is who does something and in which capacity. Party and Role are set for
// members only. For the rail and the carrier, Person holds the name of the source.
type Actor struct {
	Office Office
	Party  PartyID
	Person PersonID
	Role   Role // of a member now; the evidence log does not repeat it
}

// MemberOf is the actor for the only person of a party, who is its owner.
func MemberOf(party PartyID, person PersonID) Actor {
	return Actor{Office: Member, Party: party, Person: person, Role: Owner}
}

// HouseClock is the actor of every lapse.
func HouseClock() Actor { return Actor{Office: Clock, Person: "house"} }

// String is the form kept in evidence: office, party and person between slashes.
func (a Actor) String() string {
	return string(a.Office) + "/" + string(a.Party) + "/" + string(a.Person)
}

// ParseActor reads what [Actor.String] wrote. It fails with identity.bad_actor.
func ParseActor(s string) (Actor, error) {
	parts := strings.Split(s, "/")
	if len(parts) != 3 {
		return Actor{}, fault.New(fault.Invalid, "identity.bad_actor", "An actor has three parts: office, party and person.")
	}
	a := Actor{Office: Office(parts[0]), Party: PartyID(parts[1]), Person: PersonID(parts[2])}
	for _, o := range Offices() {
		if a.Office == o {
			return a, nil
		}
	}
	return Actor{}, fault.New(fault.Invalid, "identity.bad_actor", "No office has the name {office}.").With("office", parts[0])
}

// Side is a party's place in one deal.
type Side string

// The two sides of a deal, and the absence of one.
const (
	NoSide Side = ""
	Buyer  Side = "buyer"
	Seller Side = "seller"
)

// Other is the opposite side; NoSide stays NoSide.
func (s Side) Other() Side {
	switch s {
	case Buyer:
		return Seller
	case Seller:
		return Buyer
	case NoSide:
		return NoSide
	}
	return NoSide
}
