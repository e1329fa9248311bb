package web

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/identity"
	"fondaco/internal/web/ui"
)

// dateText is a calendar day in the reader's zone.
func (v *visit) dateText(t time.Time) string { return v.Words.Date(t.In(v.Zone)) }

// membersView are the people of a company.
type membersView struct {
	Company identity.Organisation
	People  []assurance.Person
	Owner   bool // the reader decides who belongs to it
	Err     error
}

func (s *site) membersPage(v *visit) (reply, error) { return v.showMembers(nil) }

func (v *visit) showMembers(refusal error) (reply, error) {
	o, err := v.organisation()
	if err != nil {
		return reply{}, err
	}
	people, err := v.house().Members(v.ctx(), v.actor(), v.person.Party)
	if err != nil {
		return reply{}, err
	}
	rep := reply{page: ui.Page{Title: v.T("members.title")}, view: membersPageView(v, membersView{Company: o, People: people, Owner: v.allowed(identity.ToMembers), Err: refusal})}
	if refusal != nil {
		rep.status = fault.KindOf(refusal).HTTPStatus()
	}
	return rep, nil
}

// membersAgain shows the page with one of its forms as it was sent.
func (v *visit) membersAgain(form string, err error) (reply, error) {
	if fault.KindOf(err) == fault.Internal {
		return reply{}, err
	}
	v.refuseHere(form, err)
	return v.showMembers(v.forPage(err))
}

// refuseHere remembers which of a page's forms was refused, and why, field by field.
func (v *visit) refuseHere(form string, err error) {
	v.refused(form, err)
	v.tripped = v.mistakes(err)
	for i := range v.tripped {
		v.tripped[i].Name = form + "." + v.tripped[i].Name
	}
}

// would asks the rules of companies whether a command would be taken, before
// anybody signs for it.
func (v *visit) would(c identity.OrganisationCommand) error {
	o, err := v.organisation()
	if err != nil {
		return err
	}
	_, err = identity.DecideOrganisation(o, c, v.actor(), v.Now)
	return err
}

func (s *site) invite(v *visit) (reply, error) {
	call, err := v.call()
	if err != nil {
		return reply{}, err
	}
	email, role := v.posted("invite.email"), identity.Role(v.posted("invite.role"))
	folded, err := identity.FoldEmail(email)
	if err != nil {
		return v.membersAgain("invite", fault.Of(err).At("email"))
	}
	if err = v.would(identity.Invite{ID: "probe", Role: role}); err == nil {
		_, err = v.house().Invite(v.ctx(), call, email, role)
	}
	return v.signedOr(err, assurance.RoleDeed{Email: folded, Role: role}, "invite", v.membersAgain, "/company/members", "flash.invited")
}

// signedOr ends an act that may need a signature: it asks for one, shows what went
// wrong, or goes on.
func (v *visit) signedOr(err error, d assurance.Deed, form string, again func(form string, err error) (reply, error), to, said string) (reply, error) {
	if wantsSignature(err) {
		var rep reply
		if rep, err = v.needsApproval(d); err == nil {
			return rep, nil
		}
	}
	if err != nil {
		return again(form, err)
	}
	return goTo(to, said)
}

func (s *site) grantRole(v *visit) (reply, error) {
	call, err := v.call()
	if err != nil {
		return reply{}, err
	}
	person := identity.PersonID(v.path("person"))
	o, err := v.organisation()
	if err != nil {
		return reply{}, err
	}
	if o.RoleOf(person) == "" {
		return reply{}, fault.New(fault.NotFound, "organisation.not_a_member", "This person is no member of the company.")
	}
	form := "role-" + string(person)
	role := identity.Role(v.posted(form + ".role"))
	if err = v.would(identity.Grant{Person: person, Role: role}); err == nil {
		_, err = v.house().Grant(v.ctx(), call, person, role)
	}
	return v.signedOr(err, assurance.RoleDeed{Person: person, Role: role}, form, v.membersAgain, "/company/members", "flash.role_granted")
}

func (s *site) removeMember(v *visit) (reply, error) {
	call, err := v.call()
	if err != nil {
		return reply{}, err
	}
	person := identity.PersonID(v.path("person"))
	if _, err := v.house().RemoveMember(v.ctx(), call, person); err != nil {
		if fault.KindOf(err) == fault.NotFound {
			return reply{}, err
		}
		return v.membersAgain("remove-"+string(person), err)
	}
	return goTo("/company/members", "flash.member_removed")
}

func (s *site) callOff(v *visit) (reply, error) {
	call, err := v.call()
	if err != nil {
		return reply{}, err
	}
	if _, err := v.house().CallOff(v.ctx(), call, v.path("invitation")); err != nil {
		return v.membersAgain("call-off-"+v.path("invitation"), err)
	}
	return goTo("/company/members", "flash.called_off")
}

func (s *site) leave(v *visit) (reply, error) {
	call, err := v.call()
	if err != nil {
		return reply{}, err
	}
	if _, err := v.house().Leave(v.ctx(), call); err != nil {
		return v.membersAgain("leave", err)
	}
	return goTo("/", "flash.left")
}

// memberRows are the people of the company with what an owner may change.
func (v *visit) memberGrid(m membersView) ui.Grid {
	g := ui.Grid{Caption: v.T("members.title"), HideCaption: true, Columns: []ui.Column{{Label: v.T("members.person")}, {Label: v.T("members.role")}, {Label: v.T("members.since")}}}
	if m.Owner {
		g.Columns = append(g.Columns, ui.Column{Label: v.T("say.step")})
	}
	for _, p := range m.People {
		role := m.Company.RoleOf(p.ID)
		name := ui.Text(p.Name)
		if p.ID == v.person.ID {
			name = ui.Text(v.T("members.you", "Name", p.Name))
		}
		row := []templ.Component{both(name, ui.Text(p.Email)), both(ui.Text(v.T("role."+string(role))), ui.Text(v.T("role.text."+string(role)))), ui.Day(v.Reader, since(m.Company, p.ID))}
		if m.Owner {
			row = append(row, memberSteps(v, p, role))
		}
		g.Rows = append(g.Rows, row)
	}
	return g
}

func since(o identity.Organisation, p identity.PersonID) time.Time {
	i := slices.IndexFunc(o.Members, func(m identity.Membership) bool { return m.Person == p })
	if i < 0 {
		return time.Time{}
	}
	return o.Members[i].Since
}

func (v *visit) invitationGrid(o identity.Organisation, owner bool) ui.Grid {
	g := ui.Grid{Caption: v.T("members.open"), HideCaption: true, Columns: []ui.Column{{Label: v.T("members.role")}, {Label: v.T("members.invited_by")}, {Label: v.T("members.until")}}}
	if owner {
		g.Columns = append(g.Columns, ui.Column{Label: v.T("say.step")})
	}
	for _, i := range openInvitations(o, v.Now) {
		row := []templ.Component{ui.Text(v.T("role." + string(i.Role))), both(ui.Text(v.personName(i.By)), ui.Minute(v.Reader, i.At)), ui.Moment(v.Reader, i.Expires)}
		if owner {
			row = append(row, callOffForm(v, i.ID))
		}
		g.Rows = append(g.Rows, row)
	}
	return g
}

func openInvitations(o identity.Organisation, now time.Time) []identity.Invitation {
	return slices.DeleteFunc(slices.Clone(o.Invitations), func(i identity.Invitation) bool { return !i.Open(now) })
}

// rulesView are the rules that a company has given itself.
type rulesView struct {
	Company identity.Organisation
	Owner   bool
	Limits  []limitEntry
	Err     error
}

// limitEntry is one line of the form for two persons.
type limitEntry struct{ Currency, Amount string }

const limitsSpare = 2 // empty lines under those that are set

func limitField(n int, name string) string { return "limit." + strconv.Itoa(n) + "." + name }

func (s *site) rulesPage(v *visit) (reply, error) { return v.showRules(nil) }

func (v *visit) showRules(refusal error) (reply, error) {
	o, err := v.organisation()
	if err != nil {
		return reply{}, err
	}
	view := rulesView{Company: o, Owner: v.allowed(identity.ToCompanyRules), Err: refusal}
	if v.tried == "limits" {
		view.Limits = limitEntries(v.form)
	} else {
		for _, a := range o.TwoPersons {
			view.Limits = append(view.Limits, limitEntry{a.Currency().Code(), a.Decimal()})
		}
	}
	for range limitsSpare {
		view.Limits = append(view.Limits, limitEntry{})
	}
	rep := reply{page: ui.Page{Title: v.T("rules.title")}, view: rulesPageView(v, view)}
	if refusal != nil {
		rep.status = fault.KindOf(refusal).HTTPStatus()
	}
	return rep, nil
}

func (v *visit) rulesAgain(form string, err error) (reply, error) {
	if fault.KindOf(err) == fault.Internal {
		return reply{}, err
	}
	v.refuseHere(form, err)
	return v.showRules(v.forPage(err))
}

const limitsMax = 40

// limitEntries are the lines of the form in which something stands.
func limitEntries(form url.Values) []limitEntry {
	var out []limitEntry
	for n := range limitsMax {
		e := limitEntry{form.Get(limitField(n, "currency")), form.Get(limitField(n, "amount"))}
		if e.Amount != "" {
			out = append(out, e)
		}
	}
	return out
}

func (s *site) setTwoPersons(v *visit) (reply, error) {
	call, err := v.call()
	if err != nil {
		return reply{}, err
	}
	var c identity.SetTwoPersons
	for n, e := range limitEntries(v.form) {
		currency, err := money.ParseCurrency(e.Currency)
		var a money.Amount
		if err == nil {
			a, err = parseAmount(e.Amount, currency)
		}
		if err != nil {
			return v.rulesAgain("limits", fault.Of(err).At("limits["+strconv.Itoa(n)+"]"))
		}
		c.Limits = append(c.Limits, a)
	}
	if err = v.would(c); err == nil {
		_, err = v.house().SetTwoPersons(v.ctx(), call, c)
	}
	return v.signedOr(err, assurance.RulesDeed{TwoPersons: &c}, "limits", v.rulesAgain, "/company/rules", "flash.rule_set")
}

func (s *site) setHold(v *visit) (reply, error) {
	call, err := v.call()
	if err != nil {
		return reply{}, err
	}
	hours, err := strconv.Atoi(v.posted("hold.hours"))
	if err != nil {
		return v.rulesAgain("hold", fault.New(fault.Invalid, "web.bad_number", "Write a whole number.").At("hours"))
	}
	c := identity.SetPayoutHold{Hours: hours}
	if err = v.would(c); err == nil {
		_, err = v.house().SetPayoutHold(v.ctx(), call, c)
	}
	return v.signedOr(err, assurance.RulesDeed{PayoutHold: &c}, "hold", v.rulesAgain, "/company/rules", "flash.rule_set")
}

// invitationView is what somebody sees who holds the link of an invitation.
type invitationView struct {
	assurance.Invitation
	Err error
}

func (s *site) invitationPage(v *visit) (reply, error) {
	v.device()
	return v.showInvitation(nil)
}

func (v *visit) showInvitation(refusal error) (reply, error) {
	v.private()
	i, err := v.house().ReadInvitation(v.ctx(), v.path("secret"))
	if err != nil {
		return reply{}, err
	}
	rep, _ := narrow(v.T("invitation.title"), invitationPageView(v, invitationView{Invitation: i, Err: refusal}))
	if refusal != nil {
		rep.status = fault.KindOf(refusal).HTTPStatus()
	}
	return rep, nil
}

func (s *site) acceptInvitation(v *visit) (reply, error) {
	if done, err := v.suggests("invitation"); done || err != nil {
		rep, _ := v.showInvitation(nil)
		return rep, err
	}
	e, err := v.house().Accept(v.ctx(), v.origin(), assurance.BrowserSession, v.path("secret"), assurance.SignUp{
		Name: v.posted("name"), Password: v.form.Get("password"), Language: v.Words.Lang(),
	})
	if err != nil {
		if fault.KindOf(err) == fault.NotFound || fault.KindOf(err) == fault.Internal {
			return reply{}, err
		}
		v.refused("invitation", err)
		return v.showInvitation(err)
	}
	if e.Presence == nil {
		return goTo("/sign-in", "flash.invitation_taken")
	}
	if err := v.begin(e); err != nil {
		return reply{}, err
	}
	return goTo("/", "flash.joined_company")
}
