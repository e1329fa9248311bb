package identity_test

import (
	"fmt"
	"strings"
	"testing"

	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
)

func TestPayoutsOfACompanyAreFrozenAndReleasedByTheHouse(t *testing.T) {
	t.Parallel()
	c := setupCompany(t)
	cora := identity.Actor{Office: identity.Compliance, Person: "cora"}
	ada := identity.Actor{Office: identity.Administrator, Person: "ada"}
	freeze, release := identity.FreezePayouts{Why: " Somebody said: not me. "}, identity.ReleasePayouts{Why: "The owner was called."}
	for _, by := range []identity.Actor{{}, c.member("ann"), c.member("fay"), ada, {Office: identity.Treasury, Person: "tess"}, {Office: identity.Rail, Person: "bank"}} {
		c.refused(by, freeze, "identity.not_your_role")
	}
	c.refused(cora, identity.FreezePayouts{Why: " "}, "organisation.no_reasons")
	c.refused(cora, identity.FreezePayouts{Why: "a\u202eb"}, "organisation.no_reasons")
	c.refused(cora, release, "organisation.unchanged")
	for _, by := range []identity.Actor{cora, identity.HouseClock()} {
		c.must(by, freeze)
		if c.PayoutsFrozen != "Somebody said: not me." {
			t.Errorf("frozen because of %q", c.PayoutsFrozen)
		}
		c.refused(cora, freeze, "organisation.unchanged")
		for _, other := range []identity.Actor{{}, c.member("ann"), identity.HouseClock(), {Office: identity.Treasury, Person: "tess"}} {
			c.refused(other, release, "identity.not_your_role")
		}
		c.refused(identity.Actor{Office: identity.Compliance, Person: "vic"}, release, "organisation.own_review")
		c.must(ada, release)
		if c.PayoutsFrozen != "" {
			t.Errorf("still frozen because of %q", c.PayoutsFrozen)
		}
	}
}

func TestACompanyHasAtMostFiveHundredMembers(t *testing.T) {
	t.Parallel()
	c := setupCompany(t)
	c.must(c.member("ann"), identity.Invite{ID: "before", Role: identity.Viewer})
	for n := len(c.Members); n < identity.MembersMax; n++ {
		c.Members = append(c.Members, identity.Membership{Person: identity.PersonID(fmt.Sprint(n)), Role: identity.Viewer})
	}
	c.refused(c.member("ann"), identity.Invite{ID: "after", Role: identity.Viewer}, "organisation.too_many_members")
	bob := identity.Actor{Office: identity.Member, Person: "bob"}
	c.refused(bob, identity.Join{Invitation: "before", Person: "bob"}, "organisation.too_many_members")
	c.must(c.member("ann"), identity.Remove{Person: "499"})
	c.must(bob, identity.Join{Invitation: "before", Person: "bob"})
}

func TestEveryCommandHasAWordOfItsOwn(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, c := range []interface{ Name() string }{
		identity.Register{},
		identity.FoundMember{},
		identity.Invite{},
		identity.CallOff{},
		identity.Join{},
		identity.Grant{},
		identity.Remove{},
		identity.Leave{},
		identity.SubmitProfile{},
		identity.ReviewProfile{},
		identity.ExpireProfile{},
		identity.SetTwoPersons{},
		identity.SetPayoutHold{},
		identity.FreezePayouts{},
		identity.ReleasePayouts{},
		identity.Appoint{},
		identity.Dismiss{},
	} {
		if name := c.Name(); name == "" || seen[name] || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") != "" {
			t.Errorf("%T is called %q", c, name)
		}
		seen[c.Name()] = true
	}
	if _, err := identity.DecideOrganisation(setupCompany(t).Organisation, nil, identity.HouseClock(), noon()); fault.CodeOf(err) != "organisation.unknown_command" {
		t.Errorf("no command: %v", err)
	}
	if _, err := identity.DecideStaff(setupStaff(t), nil, identity.HouseClock()); fault.CodeOf(err) != "staff.unknown_command" {
		t.Errorf("no command: %v", err)
	}
}
