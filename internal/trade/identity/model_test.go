package identity_test

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fondaco/internal/trade/identity"
)

// book is a dumb model of a company's people: who has which role, and which
// places are open until when.
type book struct {
	org    identity.Organisation
	now    time.Time
	roles  map[identity.PersonID]identity.Role
	open   map[string]place
	taken  map[string]int
	number int
}

type place struct {
	role identity.Role
	by   identity.PersonID
	ends time.Time
}

func (b *book) owners() int {
	n := 0
	for _, r := range b.roles {
		if r == identity.Owner {
			n++
		}
	}
	return n
}

func (b *book) decide(t *rapid.T, by identity.PersonID, c identity.OrganisationCommand, want bool) {
	t.Helper()
	// The role that the actor carries is drawn, because nothing may depend on it.
	actor := identity.Actor{Office: identity.Member, Party: "acme", Person: by, Role: rapid.SampledFrom(identity.Roles()).Draw(t, "carries")}
	if j, ok := c.(identity.Join); ok {
		actor = identity.Actor{Office: identity.Member, Person: j.Person}
	}
	events, err := identity.DecideOrganisation(b.org, c, actor, b.now)
	if (err == nil) != want {
		t.Fatalf("%s %+v by %s (%s): %v, the model says %v", c.Name(), c, by, b.roles[by], err, want)
	}
	for _, e := range events {
		b.org = b.org.Apply(e, b.now)
	}
}

func (b *book) close(by identity.PersonID) {
	maps.DeleteFunc(b.open, func(_ string, p place) bool { return p.by == by })
}

func (b *book) check(t *rapid.T) {
	members := map[identity.PersonID]identity.Role{}
	for _, m := range b.org.Members {
		if members[m.Person] != "" {
			t.Fatalf("%s is a member twice", m.Person)
		}
		members[m.Person] = m.Role
	}
	if !maps.Equal(members, b.roles) {
		t.Fatalf("members %v, the model has %v", members, b.roles)
	}
	if b.org.Owners() < 1 {
		t.Fatal("nobody owns the company")
	}
	for id, n := range b.taken {
		if n > 1 {
			t.Fatalf("invitation %s was taken %d times", id, n)
		}
	}
}

func TestTheMembersAreWhatADumbModelSays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := &book{now: noon(), roles: map[identity.PersonID]identity.Role{"p0": identity.Owner}, open: map[string]place{}, taken: map[string]int{}}
		b.org = identity.Organisation{Party: identity.Party{ID: "acme"}}.Apply(identity.Registered{Party: identity.Party{ID: "acme"}}, b.now).Apply(identity.MemberFounded{Person: "p0"}, b.now)
		person := rapid.Custom(func(t *rapid.T) identity.PersonID {
			return identity.PersonID(fmt.Sprintf("p%d", rapid.IntRange(0, 4).Draw(t, "n")))
		})
		role := rapid.SampledFrom(identity.Roles())
		invitation := rapid.Custom(func(t *rapid.T) string { return fmt.Sprint(rapid.IntRange(0, max(b.number, 1)).Draw(t, "i")) })
		t.Repeat(map[string]func(*rapid.T){
			"invite": func(t *rapid.T) {
				by, r := person.Draw(t, "by"), role.Draw(t, "role")
				b.number++
				id := fmt.Sprint(b.number)
				want := b.roles[by] == identity.Owner
				b.decide(t, by, identity.Invite{ID: id, Role: r}, want)
				if want {
					b.open[id] = place{r, by, b.now.Add(identity.InvitationLife)}
				}
			},
			"join": func(t *rapid.T) {
				p, id := person.Draw(t, "person"), invitation.Draw(t, "id")
				i, found := b.open[id]
				want := found && b.now.Before(i.ends) && b.roles[p] == ""
				b.decide(t, p, identity.Join{Invitation: id, Person: p}, want)
				if want {
					b.roles[p] = i.role
					delete(b.open, id)
					b.taken[id]++
				}
			},
			"callOff": func(t *rapid.T) {
				by, id := person.Draw(t, "by"), invitation.Draw(t, "id")
				i, found := b.open[id]
				want := b.roles[by] == identity.Owner && found && b.now.Before(i.ends)
				b.decide(t, by, identity.CallOff{ID: id}, want)
				if want {
					delete(b.open, id)
				}
			},
			"grant": func(t *rapid.T) {
				by, p, r := person.Draw(t, "by"), person.Draw(t, "person"), role.Draw(t, "role")
				was := b.roles[p]
				want := b.roles[by] == identity.Owner && was != "" && was != r && (was != identity.Owner || b.owners() > 1)
				b.decide(t, by, identity.Grant{Person: p, Role: r}, want)
				if want {
					b.roles[p] = r
					b.close(p)
				}
			},
			"remove": func(t *rapid.T) {
				by, p := person.Draw(t, "by"), person.Draw(t, "person")
				was := b.roles[p]
				want := b.roles[by] == identity.Owner && was != "" && (was != identity.Owner || b.owners() > 1)
				b.decide(t, by, identity.Remove{Person: p}, want)
				if want {
					delete(b.roles, p)
					b.close(p)
				}
			},
			"leave": func(t *rapid.T) {
				p := person.Draw(t, "person")
				want := b.roles[p] != "" && (b.roles[p] != identity.Owner || b.owners() > 1)
				b.decide(t, p, identity.Leave{}, want)
				if want {
					delete(b.roles, p)
					b.close(p)
				}
			},
			"wait": func(t *rapid.T) {
				b.now = b.now.Add(time.Duration(rapid.IntRange(1, 100).Draw(t, "hours")) * time.Hour)
			},
			"": b.check,
		})
	})
}
