package web

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/treasury"
	"fondaco/internal/web/ui"
)

const accountsShown = 50

// accountsView are the accounts to which a company's payouts go.
type accountsView struct {
	Company  identity.Organisation
	Accounts []treasury.PayoutAccount // those that count now
	Past     []treasury.PayoutAccount
	Tiles    []tile // what waits meanwhile
	May      bool   // the reader may propose and cancel
	Only     string // one account alone
	Err      error
	Wrong    []ui.Mistake
}

func (s *site) payoutAccountsPage(v *visit) (reply, error) { return v.showAccounts("", nil) }

func (s *site) payoutAccountPage(v *visit) (reply, error) {
	return v.showAccounts(v.path("account"), nil)
}

func (v *visit) showAccounts(only string, refusal error) (reply, error) {
	view := accountsView{May: v.allowed(identity.ToPayoutAccounts), Only: only, Err: refusal}
	if v.tried == "account" {
		view.Wrong = v.mistakes(refusal)
	}
	var err error
	if view.Company, err = v.organisation(); err != nil {
		return reply{}, err
	}
	all, err := v.house().PayoutAccounts(v.ctx(), v.actor(), assurance.PayoutAccountQuery{Limit: accountsShown})
	if err != nil {
		return reply{}, err
	}
	found := only == ""
	for _, a := range all {
		if found = found || a.ID == only; only != "" && a.ID != only {
			continue
		}
		if a.Frozen() || a.Stage == treasury.Current {
			view.Accounts = append(view.Accounts, a)
		} else {
			view.Past = append(view.Past, a)
		}
	}
	if !found {
		return reply{}, fault.New(fault.NotFound, "treasury.unknown_account", "There is no such payout account.")
	}
	if view.Tiles, err = v.tiles(); err != nil {
		return reply{}, err
	}
	rep := reply{page: ui.Page{Title: v.T("accounts.title")}, view: accountsPageView(v, view)}
	if refusal != nil {
		rep.status = fault.KindOf(refusal).HTTPStatus()
	}
	return rep, nil
}

func (v *visit) accountsAgain(form string, err error) (reply, error) {
	if fault.KindOf(err) == fault.Internal || fault.KindOf(err) == fault.NotFound {
		return reply{}, err
	}
	v.refused(form, err)
	return v.showAccounts("", err)
}

func (s *site) proposeAccount(v *visit) (reply, error) {
	call, err := v.call()
	if err != nil {
		return reply{}, err
	}
	d := assurance.AccountDeed{
		Holder: v.posted("holder"), Number: v.posted("number"), BIC: v.posted("bic"), BankName: v.posted("bank_name"), Country: v.posted("country"), Currency: v.posted("currency"),
	}
	_, err = v.house().ProposePayoutAccount(v.ctx(), call, d)
	return v.signedOr(err, d, "account", v.accountsAgain, "/company/payout-accounts", "flash.account_proposed")
}

func (s *site) cancelAccount(v *visit) (reply, error) {
	call, err := v.call()
	if err != nil {
		return reply{}, err
	}
	id := v.path("account")
	form := "drop-" + id
	if _, err := v.house().CancelPayoutAccount(v.ctx(), call, id, v.posted(form+".why")); err != nil {
		return v.accountsAgain(form, err)
	}
	return goTo("/company/payout-accounts", "flash.account_cancelled")
}

// accountState is the badge of a payout account.
func (v *visit) accountState(a treasury.PayoutAccount) ui.State {
	word := v.T("account_stage." + string(a.Stage))
	switch a.Stage {
	case treasury.Current:
		return ui.State{Tone: ui.ToneAction, Icon: ui.IconCircleCheck, Word: word}
	case treasury.Proposed, treasury.Waiting:
		return ui.State{Tone: ui.ToneClock, Icon: ui.IconHourglass, Word: word}
	case treasury.Refused:
		return ui.State{Tone: ui.ToneDanger, Icon: ui.IconCircleX, Word: word}
	case treasury.NotProposed, treasury.Withdrawn, treasury.Replaced:
	}
	return ui.State{Tone: ui.ToneNeutral, Icon: ui.IconBan, Word: word}
}

// holdClock is the clock of an account that is not current yet; nil for others.
func (v *visit) holdClock(a treasury.PayoutAccount) *ui.Obligation {
	due, _ := a.Next()
	switch a.Stage {
	case treasury.Waiting:
		return &ui.Obligation{Who: v.T("office.clock"), What: v.T("accounts.hold"), Start: a.Since, Due: due, Lapse: v.T("accounts.hold_lapse", "Number", treasury.Masked(a.Number))}
	case treasury.Proposed:
		return &ui.Obligation{Who: v.T("office.treasury"), What: v.T("accounts.waits_treasury"), Start: a.At, Due: due, Lapse: v.T("accounts.proposal_lapse")}
	case treasury.NotProposed, treasury.Current, treasury.Withdrawn, treasury.Replaced, treasury.Refused:
	}
	return nil
}

func (v *visit) accountFacts(a treasury.PayoutAccount) []ui.Fact {
	facts := []ui.Fact{
		{Term: v.T("accounts.holder"), Value: a.Holder},
		{Term: v.T("accounts.number"), Show: maskedNumber(treasury.Masked(a.Number))},
		{Term: v.T("accounts.bank"), Value: strings.Join(nonEmpty(a.BankName, a.BIC, v.country(a.Country)), v.T("say.comma"))},
		{Term: v.T("accounts.currency"), Value: a.Currency},
		{Term: v.T("accounts.proposed"), Value: v.personName(a.ProposedBy), Note: v.Words.DateTime(a.At, v.Zone)},
	}
	if a.ApprovedBy != "" {
		who := v.personName(a.ApprovedBy)
		if a.ApprovedOffice == identity.Treasury {
			who = v.T("office.treasury")
		}
		facts = append(facts, ui.Fact{Term: v.T("accounts.approved"), Value: who})
	}
	if a.Why != "" {
		why := a.Why
		if why == treasury.NotApproved {
			why = v.T("accounts.not_approved")
		}
		facts = append(facts, ui.Fact{Term: v.T("say.why"), Value: why})
	}
	return facts
}

func nonEmpty(list ...string) []string {
	var out []string
	for _, s := range list {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// matchText says how well the holder's name fits, and by which rule.
func (v *visit) matchText(m treasury.NameMatch) string {
	return v.T("approval.match", "Percent", strconv.Itoa(m.ScorePercent), "Rule", v.T("name_rule."+m.Rule))
}

// matchGrid sets the two names side by side, word by word.
func (v *visit) matchGrid(m treasury.NameMatch) ui.Grid {
	g := ui.Grid{Caption: v.T("accounts.match"), HideCaption: true, Columns: []ui.Column{{Label: v.T("accounts.legal_word")}, {Label: v.T("accounts.holder_word")}, {Label: v.T("accounts.same")}}}
	for _, w := range m.Words {
		state := ui.State{Tone: ui.ToneNeutral, Icon: ui.IconCheck, Word: v.T("accounts.word_same")}
		if !w.Same {
			state = ui.State{Tone: ui.ToneClock, Icon: ui.IconTriangleAlert, Word: v.T("accounts.word_differs")}
		}
		g.Rows = append(g.Rows, []templ.Component{ui.Text(dash(w.Legal)), ui.Text(dash(w.Holder)), ui.StateBadge(state)})
	}
	return g
}

func dash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// payoutHint says why a payout would wait now, and leads to what helps. It is nil
// where nothing stands in the way.
type payoutHint struct {
	Text string
	To   ui.Link
}

func (v *visit) payoutHint() (*payoutHint, error) {
	if !v.house().Secured() {
		return nil, nil //nolint:nilnil // nothing stands in the way
	}
	o, err := v.organisation()
	if err != nil {
		return nil, err
	}
	all, err := v.house().PayoutAccounts(v.ctx(), v.actor(), assurance.PayoutAccountQuery{Limit: accountsShown})
	if err != nil {
		return nil, err
	}
	hint := &payoutHint{Text: v.T("money.no_account"), To: ui.Link{Label: v.T("money.no_account_go"), Href: "/company/payout-accounts"}}
	if o.Standing != identity.Verified {
		hint = &payoutHint{Text: v.T("money.not_verified"), To: ui.Link{Label: v.T("money.not_verified_go"), Href: "/company/profile"}}
	}
	for _, a := range all {
		if a.Stage == treasury.Current {
			hint = nil
		}
	}
	for _, a := range all {
		if a.Frozen() {
			hint = &payoutHint{Text: v.T("money.payouts_judged", "Number", treasury.Masked(a.Number)), To: ui.Link{Label: v.T("money.payouts_wait_go"), Href: "/company/payout-accounts/" + a.ID}}
			if a.Stage == treasury.Waiting {
				hint.Text = v.T("money.payouts_wait", "Number", treasury.Masked(a.Number), "When", v.Words.DateTime(a.Due, v.Zone))
			}
		}
	}
	if o.PayoutsFrozen != "" {
		hint = &payoutHint{Text: v.T("money.payouts_frozen"), To: ui.Link{Label: v.T("money.payouts_frozen_go"), Href: "/security/activity"}}
	}
	return hint, nil
}

// parseAmount reads an amount in major units as people write it.
func parseAmount(text string, c money.Currency) (money.Amount, error) {
	return money.Parse(strings.ReplaceAll(text, " ", ""), c)
}
