package treasury_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/treasury"
)

// books are the payout accounts of one party as a house keeps them: a
// replacement is recorded together with the activation that causes it.
type books struct {
	now      time.Time
	accounts []treasury.PayoutAccount
	approved map[string]time.Time // when, by the machine's own notes
	current  int                  // accounts that have become current
}

func (b *books) try(i int, c treasury.AccountCommand) bool {
	events, err := treasury.DecideAccount(b.accounts[i], c, b.now)
	if err != nil {
		return false
	}
	for _, e := range events {
		b.accounts[i] = b.accounts[i].Apply(e, b.now)
	}
	return true
}

func (b *books) propose(t *rapid.T) {
	p := proposal()
	p.Others = b.accounts
	p.By = aPerson(t, "ann", "ann", "ben", "ben")
	p.HoldHours = rapid.SampledFrom([]int{72, 72, 72, 72, 100, 71, 0}).Draw(t, "hours")
	p.Holder = rapid.SampledFrom([]string{"Acme Pumps", "Acme Pumps GmbH", "Acme Pumps AG", "Ivan Petrov"}).Draw(t, "holder")
	b.accounts = append(b.accounts, treasury.PayoutAccount{ID: fmt.Sprintf("p%d", len(b.accounts))})
	if !b.try(len(b.accounts)-1, p) {
		b.accounts = b.accounts[:len(b.accounts)-1]
	}
}

func (b *books) approve(t *rapid.T, i int) {
	b.consent(i, treasury.Approve{
		By:         aPerson(t, "ben", "ben", "ben"),
		Office:     rapid.SampledFrom([]identity.Office{identity.Member, identity.Member, identity.Treasury, identity.Treasury, identity.Compliance}).Draw(t, "office"),
		SoleMember: rapid.Bool().Draw(t, "sole"),
	})
}

func (b *books) consent(i int, c treasury.Approve) {
	if b.try(i, c) {
		b.approved[b.accounts[i].ID] = b.now
	}
}

func (b *books) clock(i int, c treasury.AccountCommand) {
	if !b.try(i, c) || b.accounts[i].Stage != treasury.Current {
		return
	}
	b.current++
	for _, old := range b.accounts[i].Predecessors(b.accounts) {
		for j := range b.accounts {
			if b.accounts[j].ID == old.ID {
				b.try(j, treasury.Replace{Successor: b.accounts[i].ID})
			}
		}
	}
}

// aPerson draws mostly the first of the people given.
func aPerson(t *rapid.T, people ...identity.PersonID) identity.PersonID {
	return rapid.SampledFrom(append(people, "ann", "ben", "tom", "")).Draw(t, "person")
}

// check is what holds after every step.
func (b *books) check(t *rapid.T) {
	current, frozen := 0, 0
	for _, a := range b.accounts {
		if a.Frozen() {
			frozen++
		}
		if a.Stage == treasury.Current {
			current++
		}
		at, approved := b.approved[a.ID]
		if a.Stage == treasury.Waiting || a.Stage == treasury.Current || a.Stage == treasury.Replaced {
			if !approved || a.ApprovedBy == "" || a.ApprovedBy == a.ProposedBy {
				t.Fatalf("nobody else approved %+v", a)
			}
			if !a.Match.Accepted() && a.ApprovedOffice != identity.Treasury {
				t.Fatalf("a member accepted another name: %+v", a)
			}
		}
		if a.Stage == treasury.Current && b.now.Sub(at) <= 72*time.Hour {
			t.Fatalf("current %s after the approval: %+v", b.now.Sub(at), a)
		}
		if a.HoldHours < 72 || a.Match.Refused() {
			t.Fatalf("never to be taken: %+v", a)
		}
	}
	if frozen > 1 || current > 1 || (current == 1) != (b.current > 0) {
		t.Fatalf("%d wait and %d are current: %+v", frozen, current, b.accounts)
	}
}

func TestAPartyHasOneCurrentAccountThatTwoPersonsWanted(t *testing.T) {
	t.Parallel()
	activated, replaced := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		b := &books{now: noon(), approved: map[string]time.Time{}}
		on := func(f func(*rapid.T, int)) func(*rapid.T) {
			return func(t *rapid.T) {
				if len(b.accounts) == 0 {
					t.Skip("no account yet")
				}
				// Mostly the newest, which is the one that can still move.
				i := max(0, len(b.accounts)-1-rapid.SampledFrom([]int{0, 0, 0, 0, 1, 2}).Draw(t, "back"))
				f(t, i)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"":        b.check,
			"propose": b.propose, "propose again": b.propose,
			"approve": on(b.approve),
			"wait": func(t *rapid.T) {
				b.now = b.now.Add(rapid.SampledFrom([]time.Duration{time.Microsecond, time.Hour, hold - time.Hour, hold, 2 * hold}).Draw(t, "wait"))
			},
			// Chance alone seldom gets this far.
			"run its course": on(func(t *rapid.T, i int) {
				b.approve(t, i)
				b.consent(i, treasury.Approve{By: "una", Office: identity.Treasury, SoleMember: true})
				b.now = b.now.Add(hold + time.Microsecond)
				b.clock(i, treasury.Activate{})
			}),
			"activate": on(func(_ *rapid.T, i int) { b.clock(i, treasury.Activate{}) }),
			"lapse":    on(func(_ *rapid.T, i int) { b.clock(i, treasury.Lapse{}) }),
			"cancel":   on(func(t *rapid.T, i int) { b.try(i, treasury.Cancel{By: aPerson(t)}) }),
			"refuse":   on(func(t *rapid.T, i int) { b.try(i, treasury.Refuse{By: aPerson(t), Why: "no"}) }),
		})
		activated += b.current
		replaced += max(0, b.current-1)
	})
	if activated == 0 || replaced == 0 {
		t.Errorf("%d accounts became current and %d were replaced; the machine shows nothing", activated, replaced)
	}
}
