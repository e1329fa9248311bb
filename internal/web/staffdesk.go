package web

import (
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/control"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/password"
	"fondaco/internal/trade/treasury"
	"fondaco/internal/web/ui"
)

const queueShown = 100

// queue is something that a desk of the house has to look at.
type queue struct {
	Name  string // of its words
	Href  string
	Icon  ui.Icon
	Count int
}

// queues are the desks that are open to the reader, with how much waits there.
func (v *visit) queues() ([]queue, error) {
	var out []queue
	if v.allowed(identity.ToReviewProfiles) {
		rows, err := v.submitted()
		if err != nil {
			return nil, err
		}
		out = append(out, queue{"companies", "/desk/companies", ui.IconBuilding2, len(rows)})
	}
	if v.allowed(identity.ToConfirmPayoutAccounts) {
		accounts, alone, err := v.accountsToJudge()
		if err != nil {
			return nil, err
		}
		out = append(out, queue{"payout_accounts", "/desk/payout-accounts", ui.IconLandmark, len(accounts) + len(alone)})
	}
	if v.allowed(identity.ToReviewAccounts) {
		people, err := v.house().Cases(v.ctx(), v.actor())
		if err != nil {
			return nil, err
		}
		out = append(out, queue{"accounts", "/desk/accounts", ui.IconShieldAlert, len(people)})
	}
	checks, err := v.checkQueues()
	if err != nil {
		return nil, err
	}
	return append(append(out, checks...), queue{"staff", "/desk/staff", ui.IconUsers, 0}), nil
}

func (v *visit) submitted() ([]assurance.PartyRow, error) {
	return v.house().Parties(v.ctx(), v.actor(), assurance.PartyQuery{Standing: string(identity.Submitted), Limit: queueShown})
}

func (s *site) companiesDesk(v *visit) (reply, error) {
	if err := identity.Permit(v.actor(), identity.ToReviewProfiles); err != nil {
		return reply{}, err
	}
	waiting, err := v.submitted()
	if err != nil {
		return reply{}, err
	}
	verified, err := v.house().Parties(v.ctx(), v.actor(), assurance.PartyQuery{Standing: string(identity.Verified), Limit: queueShown})
	if err != nil {
		return reply{}, err
	}
	return show(v.T("review.title"), companiesDeskView(v, waiting, verified))
}

func (v *visit) standingGrid(title string, rows []assurance.PartyRow) ui.Grid {
	g := ui.Grid{Caption: title, HideCaption: true, Columns: []ui.Column{{Label: v.T("company.legal_name")}, {Label: v.T("company.country")}, {Label: v.T("company.registration")}, {Label: v.T("say.state")}}}
	for _, row := range rows {
		state := ui.StateBadge(v.standingState(identity.Standing(row.Standing)))
		if !row.VerifiedUntil.IsZero() {
			state = both(state, ui.Text(v.T("review.until_line", "Date", v.dateText(row.VerifiedUntil))))
		}
		g.Rows = append(g.Rows, []templ.Component{ui.Anchor(ui.Link{Label: row.LegalName, Href: "/desk/companies/" + string(row.ID)}), ui.Text(v.country(row.Country)), ui.Text(row.Registration), state})
	}
	return g
}

// reviewView is a profile beside what the house knew before.
type reviewView struct {
	Company identity.Organisation
	Checks  []ui.Fact
	Err     error
}

func (s *site) companyDesk(v *visit) (reply, error) { return v.showReview(nil) }

func (v *visit) showReview(refusal error) (reply, error) {
	if err := identity.Permit(v.actor(), identity.ToReviewProfiles); err != nil {
		return reply{}, err
	}
	o, err := v.house().Organisation(v.ctx(), v.actor(), identity.PartyID(v.path("company")))
	if err != nil {
		return reply{}, err
	}
	rep := reply{page: ui.Page{Title: o.Party.LegalName}, view: reviewPageView(v, reviewView{Company: o, Checks: v.profileChecks(o.Profile), Err: refusal})}
	if refusal != nil {
		rep.status = fault.KindOf(refusal).HTTPStatus()
	}
	return rep, nil
}

// profileGrid sets what the company says beside what the house shows of it.
func (v *visit) profileGrid(o identity.Organisation) ui.Grid {
	g := ui.Grid{Caption: v.T("review.side_by_side"), HideCaption: true, Columns: []ui.Column{{Label: v.T("review.detail")}, {Label: v.T("review.shown")}, {Label: v.T("review.handed_in")}, {Label: v.T("review.compared")}}}
	for _, f := range []struct{ term, before, after string }{
		{"company.legal_name", o.Party.LegalName, o.Profile.LegalName},
		{"company.country", v.country(o.Party.Country), v.country(o.Profile.Country)},
		{"company.registration", o.Party.Registration, o.Profile.Registration},
		{"company.address", o.Party.Address, o.Profile.Address},
		{"profile.lei", "", o.Profile.LEI},
		{"profile.vat", "", o.Profile.VAT},
		{"profile.website", "", o.Profile.Website},
	} {
		state := ui.State{Tone: ui.ToneClock, Icon: ui.IconPencil, Word: v.T("ui.diff.changed")}
		switch {
		case f.before == "" && f.after == "":
			continue
		case f.before == f.after:
			state = ui.State{Tone: ui.ToneNeutral, Icon: ui.IconCheck, Word: v.T("ui.diff.same")}
		case f.before == "":
			state = ui.State{Tone: ui.ToneAction, Icon: ui.IconPlus, Word: v.T("ui.diff.added")}
		}
		g.Rows = append(g.Rows, []templ.Component{ui.Text(v.T(f.term)), lines(dash(f.before)), lines(dash(f.after)), ui.StateBadge(state)})
	}
	return g
}

// profileChecks is what arithmetic can say of the numbers of a profile. Whether
// they are the company's own, only a register can.
func (v *visit) profileChecks(p identity.Profile) []ui.Fact {
	check := func(term, value string, fits bool) ui.Fact {
		switch {
		case value == "":
			return ui.Fact{Term: v.T(term), Value: v.T("review.not_given")}
		case fits:
			return ui.Fact{Term: v.T(term), Value: value, Note: v.T("review.fits")}
		}
		return ui.Fact{Term: v.T(term), Value: value, Note: v.T("review.does_not_fit")}
	}
	facts := []ui.Fact{check("profile.lei", p.LEI, identity.IsLEI(p.LEI)), check("profile.vat", p.VAT, identity.IsVAT(p.VAT))}
	if p.Country == "CN" {
		facts = append(facts, check("review.uscc", p.Registration, identity.IsUSCC(p.Registration)))
	}
	return facts
}

func (s *site) reviewCompany(v *visit) (reply, error) {
	call, err := v.call()
	if err != nil {
		return reply{}, err
	}
	c := identity.ReviewProfile{Verdict: identity.Standing(v.posted("verdict")), Reasons: v.posted("reasons")}
	if c.Submission, err = strconv.Atoi(v.posted("submission")); err != nil || c.Submission == 0 {
		return reply{}, badForm(err)
	}
	if c.Verdict == identity.Verified {
		day, err := time.ParseInLocation(time.DateOnly, v.posted("until"), v.Zone)
		if err == nil {
			c.Until = day
		}
	}
	if _, err := v.house().ReviewProfile(v.ctx(), call, identity.PartyID(v.path("company")), c); err != nil {
		if fault.KindOf(err) == fault.NotFound || fault.KindOf(err) == fault.Internal {
			return reply{}, err
		}
		v.refused("review", err)
		return v.showReview(err)
	}
	return goTo("/desk/companies", "flash.verdict")
}

func (v *visit) accountsToJudge() ([]treasury.PayoutAccount, []control.Approval, error) {
	accounts, err := v.house().PayoutAccounts(v.ctx(), v.actor(), assurance.PayoutAccountQuery{Stage: string(treasury.Proposed), Limit: queueShown})
	if err != nil {
		return nil, nil, err
	}
	alone, err := v.house().StandIns(v.ctx(), v.actor())
	return accounts, alone, err
}

func (s *site) accountsDesk(v *visit) (reply, error) { return v.showAccountsDesk(nil) }

func (v *visit) showAccountsDesk(refusal error) (reply, error) {
	if err := identity.Permit(v.actor(), identity.ToConfirmPayoutAccounts); err != nil {
		return reply{}, err
	}
	accounts, alone, err := v.accountsToJudge()
	if err != nil {
		return reply{}, err
	}
	waiting, err := v.house().PayoutAccounts(v.ctx(), v.actor(), assurance.PayoutAccountQuery{Stage: string(treasury.Waiting), Limit: queueShown})
	if err != nil {
		return reply{}, err
	}
	rep := reply{page: ui.Page{Title: v.T("judge.title")}, view: accountsDeskView(v, accounts, waiting, alone, refusal)}
	if refusal != nil {
		rep.status = fault.KindOf(refusal).HTTPStatus()
	}
	return rep, nil
}

func (s *site) judgeAccount(v *visit) (reply, error) {
	call, err := v.call()
	if err != nil {
		return reply{}, err
	}
	id, verdict := v.path("account"), v.path("verdict")
	form := verdict + "-" + id
	switch verdict {
	case "approve":
		_, err = v.house().ApprovePayoutAccount(v.ctx(), call, id)
	case "refuse":
		_, err = v.house().RefusePayoutAccount(v.ctx(), call, id, v.posted(form+".why"))
	default:
		return reply{}, noSuchPage()
	}
	if err != nil {
		if fault.KindOf(err) == fault.NotFound || fault.KindOf(err) == fault.Internal {
			return reply{}, err
		}
		v.refuseHere(form, err)
		return v.showAccountsDesk(v.forPage(err))
	}
	return goTo("/desk/payout-accounts", "flash.account_judged")
}

func (s *site) casesDesk(v *visit) (reply, error) { return v.showCases(nil) }

func (v *visit) showCases(refusal error) (reply, error) {
	people, err := v.house().Cases(v.ctx(), v.actor())
	if err != nil {
		return reply{}, err
	}
	rep := reply{page: ui.Page{Title: v.T("cases.title")}, view: casesDeskView(v, people, refusal)}
	if refusal != nil {
		rep.status = fault.KindOf(refusal).HTTPStatus()
	}
	return rep, nil
}

func (s *site) reinstate(v *visit) (reply, error) {
	call, err := v.call()
	if err != nil {
		return reply{}, err
	}
	person := v.path("person")
	form := "reinstate-" + person
	if _, err := v.house().Reinstate(v.ctx(), call, identity.PersonID(person), v.posted(form+".reason")); err != nil {
		if fault.KindOf(err) == fault.NotFound || fault.KindOf(err) == fault.Internal {
			return reply{}, err
		}
		v.refuseHere(form, err)
		return v.showCases(v.forPage(err))
	}
	return goTo("/desk/accounts", "flash.reinstated")
}

// staffView are the people of the house.
type staffView struct {
	People  []assurance.Person
	Rules   password.Rules
	Appoint bool // the reader is an administrator
	Err     error
}

func (s *site) staffDesk(v *visit) (reply, error) { return v.showStaff(nil) }

func (v *visit) showStaff(refusal error) (reply, error) {
	people, err := v.house().StaffMembers(v.ctx(), v.actor())
	if err != nil {
		return reply{}, err
	}
	rules, err := v.house().PasswordRules(v.ctx())
	if err != nil {
		return reply{}, err
	}
	rep := reply{page: ui.Page{Title: v.T("staff.title")}, view: staffDeskView(v, staffView{People: people, Rules: rules, Appoint: v.allowed(identity.ToStaff), Err: refusal})}
	if refusal != nil {
		rep.status = fault.KindOf(refusal).HTTPStatus()
	}
	return rep, nil
}

func (v *visit) staffAgain(form string, err error) (reply, error) {
	if fault.KindOf(err) == fault.Internal {
		return reply{}, err
	}
	v.refuseHere(form, err)
	return v.showStaff(v.forPage(err))
}

func (s *site) appoint(v *visit) (reply, error) {
	call, err := v.call()
	if err != nil {
		return reply{}, err
	}
	email, office := v.posted("appoint.email"), identity.Office(v.posted("appoint.office"))
	folded, err := identity.FoldEmail(email)
	if err != nil {
		return v.staffAgain("appoint", fault.Of(err).At("email"))
	}
	_, err = v.house().Appoint(v.ctx(), call, email, office)
	return v.signedOr(err, assurance.StaffDeed{Email: folded, Office: office}, "appoint", v.staffAgain, "/desk/staff", "flash.appointed")
}

func (s *site) dismiss(v *visit) (reply, error) {
	call, err := v.call()
	if err != nil {
		return reply{}, err
	}
	person := identity.PersonID(v.path("person"))
	_, err = v.house().Dismiss(v.ctx(), call, person)
	return v.signedOr(err, assurance.StaffDeed{Dismiss: person}, "dismiss-"+string(person), v.staffAgain, "/desk/staff", "flash.dismissed")
}

func (s *site) switchPasswords(v *visit) (reply, error) {
	call, err := v.call()
	if err != nil {
		return reply{}, err
	}
	p := password.Profile(v.posted("passwords.profile"))
	if !slices.Contains(password.Profiles(), p) {
		return v.staffAgain("passwords", fault.New(fault.Invalid, "web.choose_one", "Choose one of these.").At("profile"))
	}
	_, err = v.house().SetPasswordProfile(v.ctx(), call, p)
	return v.signedOr(err, assurance.ProfileDeed{Profile: p}, "passwords", v.staffAgain, "/desk/staff", "flash.passwords_switched")
}

func (v *visit) staffGrid(s staffView) ui.Grid {
	g := ui.Grid{Caption: v.T("staff.title"), HideCaption: true, Columns: []ui.Column{{Label: v.T("members.person")}, {Label: v.T("staff.office")}, {Label: v.T("members.since")}}}
	if s.Appoint {
		g.Columns = append(g.Columns, ui.Column{Label: v.T("say.step")})
	}
	for _, p := range s.People {
		name := p.Name
		if p.ID == v.person.ID {
			name = v.T("members.you", "Name", p.Name)
		}
		row := []templ.Component{both(ui.Text(name), ui.Text(p.Email)), ui.Text(v.T("office." + string(p.Office))), ui.Day(v.Reader, p.CreatedAt)}
		if s.Appoint {
			row = append(row, dismissForm(v, p))
		}
		g.Rows = append(g.Rows, row)
	}
	return g
}

// offices are the offices of people of the house.
func (v *visit) offices(chosen string) []ui.Option {
	var out []ui.Option
	for _, o := range identity.Offices() {
		if o.Staff() {
			out = append(out, ui.Option{Value: string(o), Label: v.T("office." + string(o)), Hint: v.T("office.text." + string(o)), Chosen: string(o) == chosen})
		}
	}
	return out
}
