package identity_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
)

func TestAHoldEndsWithItsOwnCaseOnly(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	clerk := identity.Actor{Office: identity.Compliance, Person: "cat"}
	o := identity.Organisation{Party: identity.Party{ID: "acme"}}
	o = o.Apply(identity.Registered{Party: identity.Party{ID: "acme", LegalName: "Acme", Country: "DE"}}, now)
	give := func(c identity.OrganisationCommand, by identity.Actor) error {
		events, err := identity.DecideOrganisation(o, c, by, now)
		for _, e := range events {
			o = o.Apply(e, now)
		}
		return err
	}
	if err := give(identity.Hold{Case: "one"}, identity.HouseClock()); err != nil || !o.Held() {
		t.Fatal(err, o.Holds)
	}
	if err := give(identity.Hold{Case: "two"}, clerk); err != nil {
		t.Fatal(err)
	}
	for code, c := range map[string]identity.OrganisationCommand{
		"identity.same_hold": identity.Hold{Case: "two"}, "identity.bad_case": identity.Hold{},
	} {
		if err := give(c, clerk); fault.CodeOf(err) != code {
			t.Errorf("%v: %v", c, err)
		}
	}
	if err := give(identity.Free{Case: "one"}, identity.Actor{Office: identity.Administrator, Person: "ada"}); fault.CodeOf(err) != "identity.not_your_role" {
		t.Error(err)
	}
	if err := give(identity.Free{Case: "one"}, clerk); err != nil || !slices.Equal(o.Holds, []string{"two"}) {
		t.Fatal(err, o.Holds)
	}
	if err := give(identity.Free{Case: "two"}, clerk); err != nil || o.Held() {
		t.Fatal(err, o.Holds)
	}
	if err := give(identity.PassCheck{}, identity.HouseClock()); err != nil || o.Held() {
		t.Fatal(err, o.Holds)
	}
	if (identity.Hold{}).Name() != (identity.Free{}).Name() || (identity.PassCheck{}).Name() != (identity.Free{}).Name() {
		t.Error("the name of the command tells which way a check went")
	}
}

func TestThePeopleBehindACompanyAreChecked(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	owner := identity.Actor{Office: identity.Member, Party: "acme", Person: "ann", Role: identity.Owner}
	o := identity.Organisation{Party: identity.Party{ID: "acme"}}
	o = o.Apply(identity.Registered{Party: identity.Party{ID: "acme", LegalName: "Acme", Country: "DE"}}, now)
	o = o.Apply(identity.MemberFounded{Person: "ann"}, now)
	p := identity.Profile{LegalName: "Acme GmbH", Country: "DE", Registration: "HRB 1"}
	hand := func(people []identity.Controller, names ...string) error {
		p.People, p.OtherNames = people, names
		_, err := identity.DecideOrganisation(o, identity.SubmitProfile{Profile: p}, owner, now)
		return err
	}
	good := identity.Controller{Name: "Anna  Ahlers", LocalName: "安娜", Birth: "1980-05", Country: "DE", Capacity: identity.BeneficialOwner, SharePercent: 60}
	if err := hand([]identity.Controller{good, {Name: "Bo Li", Capacity: identity.Director}}, "艾克米"); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		people []identity.Controller
		names  []string
		code   string
	}{
		"no name":            {[]identity.Controller{{Capacity: identity.Director}}, nil, "identity.bad_controller"},
		"no capacity":        {[]identity.Controller{{Name: "Bo Li"}}, nil, "identity.bad_controller"},
		"a day that is none": {[]identity.Controller{{Name: "Bo Li", Capacity: identity.Director, Birth: "1980-13"}}, nil, "identity.bad_controller"},
		"words as a date":    {[]identity.Controller{{Name: "Bo Li", Capacity: identity.Director, Birth: "in May"}}, nil, "identity.bad_controller"},
		"no such country":    {[]identity.Controller{{Name: "Bo Li", Capacity: identity.Director, Country: "XX"}}, nil, "identity.bad_controller"},
		"two wholes":         {[]identity.Controller{good, good}, nil, "identity.bad_shares"},
		"too many":           {slices.Repeat([]identity.Controller{{Name: "Bo Li", Capacity: identity.Director}}, 51), nil, "identity.too_many_controllers"},
		"an empty name":      {nil, []string{" "}, ""},
		"eleven names":       {nil, strings.Split(strings.Repeat("Acme,", 10)+"Acme", ","), "identity.too_many_names"},
	} {
		err := hand(c.people, c.names...)
		if fault.CodeOf(err) != "identity.invalid" || c.code != "" && !slices.ContainsFunc(fault.Of(err).Details, func(d *fault.Error) bool { return d.Code == c.code }) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhoeverOwnsAnotherPartIsReviewedAgain(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	owner := identity.Actor{Office: identity.Member, Party: "acme", Person: "ann", Role: identity.Owner}
	p := identity.Profile{LegalName: "Acme GmbH", Country: "DE", Registration: "HRB 1", Documents: []identity.Document{}}
	o := identity.Organisation{Party: identity.Party{ID: "acme"}}
	o = o.Apply(identity.Registered{Party: identity.Party{ID: "acme", LegalName: "Acme", Country: "DE"}}, now)
	o = o.Apply(identity.MemberFounded{Person: "ann"}, now)
	o = o.Apply(identity.ProfileSubmitted{Profile: p, Standing: identity.Submitted, By: "ann"}, now)
	o = o.Apply(identity.ProfileReviewed{Verdict: identity.Verified, Until: now.AddDate(1, 0, 0)}, now)
	p.People = []identity.Controller{{Name: "Bo Li", Capacity: identity.BeneficialOwner, SharePercent: 51}}
	events, err := identity.DecideOrganisation(o, identity.SubmitProfile{Profile: p}, owner, now)
	if err != nil || events[0].(identity.ProfileSubmitted).Standing != identity.Submitted {
		t.Fatal(events, err)
	}
}
