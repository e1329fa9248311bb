package web

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/treasury"
	"fondaco/internal/web/ui"
)

var hole = regexp.MustCompile(`\{(\w+)\}`) // a placeholder of a route

// companyRoutes are a company with its people and rules, what waits for a signature,
// and the desks of the house that look after companies and accounts.
func (s *site) companyRoutes() []route {
	get, post := http.MethodGet, http.MethodPost
	return []route{
		{get, "/company", members, s.companyPage, false},
		{get, "/company/profile", members, s.profilePage, false},
		{post, uploadPath, members, s.handInProfile, false},
		{get, "/company/documents/{document}", members, s.companyDocument, false},
		{get, "/company/members", members, s.membersPage, false},
		{post, "/company/members/invite", members, s.invite, false},
		{post, "/company/members/{person}/role", members, s.grantRole, false},
		{post, "/company/members/{person}/remove", members, s.removeMember, false},
		{post, "/company/invitations/{invitation}/call-off", members, s.callOff, false},
		{post, "/company/leave", members, s.leave, false},
		{get, "/company/rules", members, s.rulesPage, false},
		{post, "/company/rules/two-persons", members, s.setTwoPersons, false},
		{post, "/company/rules/hold", members, s.setHold, false},
		{get, "/company/payout-accounts", members, s.payoutAccountsPage, false},
		{post, "/company/payout-accounts", members, s.proposeAccount, false},
		{get, "/company/payout-accounts/{account}", members, s.payoutAccountPage, false},
		{post, "/company/payout-accounts/{account}/cancel", members, s.cancelAccount, false},
		{get, "/invitation/{secret}", anyone, s.invitationPage, false},
		{post, "/invitation/{secret}", anyone, s.acceptInvitation, false},

		{get, "/approvals", signedIn, s.approvalsPage, false},
		{get, "/approvals/{approval}", signedIn, s.approvalPage, false},
		{post, "/approvals/{approval}/agree", signedIn, s.agree, false},
		{post, "/approvals/{approval}/decline", signedIn, s.declineApproval, false},
		{post, "/approvals/{approval}/cancel", signedIn, s.cancelApproval, false},
		{post, "/approvals/{approval}/carry-out", signedIn, s.carryOutApproval, false},

		{get, "/desk/companies", staff, s.companiesDesk, false},
		{get, "/desk/companies/{company}", staff, s.companyDesk, false},
		{get, "/desk/companies/{company}/documents/{document}", staff, s.deskDocument, false},
		{post, "/desk/companies/{company}/review", staff, s.reviewCompany, false},
		{get, "/desk/payout-accounts", staff, s.accountsDesk, false},
		{post, "/desk/payout-accounts/{account}/{verdict}", staff, s.judgeAccount, false},
		{get, "/desk/accounts", staff, s.casesDesk, false},
		{post, "/desk/accounts/{person}/reinstate", staff, s.reinstate, false},
		{get, "/desk/staff", staff, s.staffDesk, false},
		{post, "/desk/staff/appoint", staff, s.appoint, false},
		{post, "/desk/staff/{person}/dismiss", staff, s.dismiss, false},
		{post, "/desk/staff/passwords", staff, s.switchPasswords, false},
	}
}

// companyBack is the page to which a form of the company belongs.
func (v *visit) companyBack(path string) (string, bool) {
	for _, at := range []string{"/company/members", "/company/rules", "/company/payout-accounts", "/desk/staff", "/desk/accounts", "/desk/payout-accounts"} {
		if strings.HasPrefix(path, at+"/") {
			return at, true
		}
	}
	for _, end := range []string{"/agree", "/decline", "/cancel", "/carry-out", "/review"} {
		if before, ok := strings.CutSuffix(path, end); ok && (strings.HasPrefix(path, "/approvals/") || strings.HasPrefix(path, "/desk/companies/")) {
			return before, true
		}
	}
	switch {
	case strings.HasPrefix(path, "/company/invitations/"), path == "/company/leave":
		return "/company/members", true
	}
	return "", false
}

// tabs are the pages of the reader's company.
func (v *visit) companyTabsOf() []ui.Link {
	var out []ui.Link
	for _, t := range []struct {
		key, href string
		icon      ui.Icon
	}{
		{"company.tab.file", "/company", ui.IconBuilding2},
		{"company.tab.profile", "/company/profile", ui.IconFileCheck},
		{"company.tab.members", "/company/members", ui.IconUsers},
		{"company.tab.rules", "/company/rules", ui.IconScale},
		{"company.tab.accounts", "/company/payout-accounts", ui.IconLandmark},
		{"company.tab.approvals", "/approvals", ui.IconFileSignature},
	} {
		out = append(out, ui.Link{Label: v.T(t.key), Href: t.href, Icon: t.icon, Current: v.backPath() == t.href})
	}
	return out
}

// may asks the policy for the reader.
func (v *visit) allowed(act identity.Act) bool { return identity.May(v.actor(), act) }

// organisation reads the reader's company.
func (v *visit) organisation() (identity.Organisation, error) {
	return v.house().Organisation(v.ctx(), v.actor(), v.person.Party)
}

// fileView is a company's file as it is shown to itself.
type fileView struct {
	Row      assurance.PartyRow
	Company  identity.Organisation
	Accounts []treasury.PayoutAccount
}

func (s *site) companyPage(v *visit) (reply, error) {
	row, err := v.house().Party(v.ctx(), v.person.Party)
	if err != nil {
		return reply{}, err
	}
	view := fileView{Row: row}
	if view.Company, err = v.organisation(); err != nil {
		return reply{}, err
	}
	if view.Accounts, err = v.house().PayoutAccounts(v.ctx(), v.actor(), assurance.PayoutAccountQuery{Limit: accountsShown}); err != nil {
		return reply{}, err
	}
	return show(row.LegalName, companyView(v, view))
}

// standingState is the badge of how far the house has checked a company.
func (v *visit) standingState(standing identity.Standing) ui.State {
	word := v.T("standing." + string(standing))
	switch standing {
	case identity.Verified:
		return ui.State{Tone: ui.ToneSeal, Icon: ui.IconBadgeCheck, Word: word}
	case identity.Submitted:
		return ui.State{Tone: ui.ToneAction, Icon: ui.IconHourglass, Word: word}
	case identity.MoreNeeded, identity.Expired:
		return ui.State{Tone: ui.ToneClock, Icon: ui.IconShieldAlert, Word: word}
	case identity.RefusedProfile:
		return ui.State{Tone: ui.ToneDanger, Icon: ui.IconCircleX, Word: word}
	case identity.Unverified:
	}
	return ui.State{Tone: ui.ToneClock, Icon: ui.IconShieldAlert, Word: v.T("standing.unverified")}
}

// standingOf is the standing that others may rely on: only a verification that has
// not run out says more than that the house does not know.
func standingOf(row assurance.PartyRow) identity.Standing {
	if identity.Standing(row.Standing) == identity.Verified {
		return identity.Verified
	}
	return identity.Unverified
}

// standingAdvice says what the standing means and what to do next.
func (v *visit) standingAdvice(o identity.Organisation) ui.Remark {
	r := ui.Remark{Tone: ui.ToneClock, Icon: ui.IconShieldAlert, Title: v.T("standing.title." + string(o.Standing)), Body: v.T("standing.text." + string(o.Standing))}
	switch o.Standing {
	case identity.Verified:
		r.Tone, r.Icon = ui.ToneNeutral, ui.IconBadgeCheck
		r.Body = v.T("standing.text.verified_until", "Date", v.dateText(o.VerifiedUntil))
	case identity.Submitted:
		r.Tone, r.Icon = ui.ToneAction, ui.IconHourglass
	case identity.RefusedProfile:
		r.Tone, r.Icon = ui.ToneDanger, ui.IconCircleX
	case identity.Unverified, identity.MoreNeeded, identity.Expired:
	}
	return r
}

// roleText names a role and says in a line what it is for.
func (v *visit) roleOptions(chosen identity.Role) []ui.Option {
	var out []ui.Option
	for _, r := range identity.Roles() {
		out = append(out, ui.Option{Value: string(r), Label: v.T("role." + string(r)), Hint: v.T("role.text." + string(r)), Chosen: r == chosen})
	}
	return out
}

// actWord says in a few words what an act of the policy is.
func (v *visit) actWord(a identity.Act) string {
	if key := "act_of." + string(a); v.has(key) {
		return v.T(key)
	}
	return string(a)
}

// memberActs are the acts of the policy that some role of members may do.
func memberActs() []identity.Act {
	return slices.DeleteFunc(identity.Acts(), func(a identity.Act) bool {
		return !slices.ContainsFunc(identity.RolesFor(a), func(name string) bool { return slices.Contains(identity.Roles(), identity.Role(name)) })
	})
}
