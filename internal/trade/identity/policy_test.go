package identity_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
)

// whole is the policy as people agreed to it: the acts, and who may.
const whole = `
read_deals              owner trader finance viewer administrator mediator compliance treasury auditor
read_money              owner trader finance viewer administrator mediator compliance treasury auditor
read_company            owner trader finance viewer administrator mediator compliance treasury auditor
search_companies        owner trader finance viewer administrator mediator compliance treasury auditor
draft                   owner trader
offer                   owner trader
sign                    owner trader
ship                    owner trader
receive                 owner trader
claim                   owner trader
negotiate               owner trader
release                 owner finance
withdraw                owner finance
payout_accounts         owner finance
approve                 owner finance
members                 owner
company                 owner
company_rules           owner
keys                    owner
export                  owner finance viewer compliance auditor
activity_of_company     owner compliance auditor
review                  owner trader
screen                  owner trader finance compliance auditor
mediate                 mediator
assign                  administrator
freeze                  compliance
settle_deposits         treasury
cancel_payouts          owner finance treasury
confirm_payout_accounts treasury
review_profiles         administrator compliance
review_accounts         administrator compliance
staff                   administrator
house_policy            administrator
record_outage           administrator clock
operate                 administrator
audit                   administrator auditor
hold                    compliance clock
read_checks             compliance auditor
decide_checks           compliance
keep_lists              administrator compliance
hide_reviews            administrator compliance
book                    rail
report                  rail
track                   carrier
lapse                   clock
`

// everybody is one actor of every role and office, under the name of it.
func everybody() map[string]identity.Actor {
	all := map[string]identity.Actor{}
	for _, r := range identity.Roles() {
		all[string(r)] = identity.Actor{Office: identity.Member, Party: "acme", Person: "ann", Role: r}
	}
	for _, o := range identity.Offices() {
		if o != identity.Member {
			all[string(o)] = identity.Actor{Office: o, Person: "sue"}
		}
	}
	return all
}

func TestEveryRoleMayWhatTheTableSaysAndNothingElse(t *testing.T) {
	t.Parallel()
	rows := strings.Split(strings.TrimSpace(whole), "\n")
	if acts := identity.Acts(); len(acts) != len(rows) {
		t.Errorf("%d acts, the table has %d", len(acts), len(rows))
	}
	for _, row := range rows {
		words := strings.Fields(row)
		act := identity.Act(words[0])
		if got := strings.Join(identity.RolesFor(act), " "); got != strings.Join(words[1:], " ") {
			t.Errorf("%s: %s", act, got)
		}
		for name, actor := range everybody() {
			want := strings.Contains(" "+strings.Join(words[1:], " ")+" ", " "+name+" ")
			if identity.May(actor, act) != want {
				t.Errorf("%s may %s: %v", name, act, !want)
			}
			err := identity.Permit(actor, act)
			if want != (err == nil) {
				t.Errorf("%s, %s: %v", name, act, err)
			}
			if e := fault.Of(err); err != nil && (e.Code != "identity.not_your_role" || e.Kind != fault.Forbidden || e.Args["act"] != words[0] || e.Args["roles"] != strings.Join(words[1:], ", ")) {
				t.Errorf("%s, %s: %#v", name, act, e)
			}
		}
	}
}

func TestWhoIsNobodyMayNothing(t *testing.T) {
	t.Parallel()
	for name, nobody := range map[string]identity.Actor{
		"nobody at all":                {},
		"invited, not yet a member":    {Office: identity.Member, Person: "ann"},
		"a member without a role":      {Office: identity.Member, Party: "acme", Person: "ann"},
		"an owner of nothing":          {Office: identity.Member, Person: "ann", Role: identity.Owner},
		"a role without a person":      {Office: identity.Member, Party: "acme", Role: identity.Owner},
		"a role that is none":          {Office: identity.Member, Party: "acme", Person: "ann", Role: "admin"},
		"an office as a role":          {Office: identity.Member, Party: "acme", Person: "ann", Role: "administrator"},
		"an office that is none":       {Office: "owner", Person: "ann"},
		"an office without a person":   {Office: identity.Administrator},
		"staff who carry a company":    {Office: identity.Administrator, Party: "acme", Person: "ann"},
		"staff who carry a role":       {Office: identity.Treasury, Person: "ann", Role: identity.Owner},
		"staff in a company's clothes": {Office: identity.Treasury, Party: "acme", Person: "ann", Role: identity.Owner},
	} {
		for _, act := range append(identity.Acts(), "", "everything") {
			if identity.May(nobody, act) || identity.Permit(nobody, act) == nil {
				t.Errorf("%s may %q", name, act)
			}
		}
	}
	if identity.May(identity.MemberOf("acme", "ann"), "") || len(identity.RolesFor("everything")) != 0 {
		t.Error("an act that is none is granted")
	}
}

// TestOnlyACompanyMovesItsMoney is a law: whatever an actor is made of, only an
// owner or a finance member of some company ever releases or withdraws.
func TestOnlyACompanyMovesItsMoney(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := identity.Actor{
			Office: rapid.SampledFrom(append(identity.Offices(), "", "owner")).Draw(t, "office"),
			Party:  identity.PartyID(rapid.SampledFrom([]string{"", "acme"}).Draw(t, "party")),
			Person: identity.PersonID(rapid.SampledFrom([]string{"", "ann"}).Draw(t, "person")),
			Role:   rapid.SampledFrom(append(identity.Roles(), "", "administrator")).Draw(t, "role"),
		}
		insider := a.Office == identity.Member && a.Party != "" && a.Person != "" && (a.Role == identity.Owner || a.Role == identity.Finance)
		for _, act := range []identity.Act{identity.ToRelease, identity.ToWithdraw, identity.ToPayoutAccounts, identity.ToApprove} {
			if identity.May(a, act) != insider {
				t.Fatalf("%+v, %s: %v", a, act, !insider)
			}
		}
	})
}
