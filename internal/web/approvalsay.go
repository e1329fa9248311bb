package web

import (
	"crypto/rand"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"fondaco/internal/money"
	"fondaco/internal/trade/control"
	"fondaco/internal/trade/identity"
	"fondaco/internal/web/ui"
)

// errandOf reads off what was signed which form carries it out, for whoever comes
// back after the visit has ended. It does not know those that name more than they show.
func errandOf(a control.Approval) (errand, bool) {
	i := a.Intent
	form := url.Values{onceField: {rand.Text()}}
	switch i.Action {
	case control.Release:
		id, ok := dealOf(i.Subject)
		return errand{Route: "/deals/{deal}/accept", Places: map[string]string{"deal": string(id)}, Form: form}, ok && detailOf(i, "act") == "accept"
	case control.Withdraw:
		c, err := money.ParseCurrency(i.Currency)
		form.Set("currency", i.Currency)
		form.Set("amount", money.New(i.Amount, c).Decimal())
		return errand{Route: "/money/withdraw", Form: form}, err == nil
	case control.PayoutAccount:
		form.Set("holder", strings.TrimSuffix(i.Payee, ", "+detailOf(i, "number")))
		for field, detail := range map[string]string{"number": "number", "bic": "bic", "bank_name": "bank", "country": "country", "currency": "currency"} {
			form.Set(field, detailOf(i, detail))
		}
		return errand{Route: "/company/payout-accounts", Form: form}, true
	case control.GrantRole:
		form.Set("invite.email", i.Payee)
		form.Set("invite.role", detailOf(i, "role"))
		return errand{Route: "/company/members/invite", Form: form}, detailOf(i, "was") == ""
	case control.TwoPersons:
		for n, a := range amountsOf(detailOf(i, "from")) {
			form.Set(limitField(n, "currency"), a.Currency().Code())
			form.Set(limitField(n, "amount"), a.Decimal())
		}
		return errand{Route: "/company/rules/two-persons", Form: form}, true
	case control.PayoutHold:
		form.Set("hold.hours", detailOf(i, "hours"))
		return errand{Route: "/company/rules/hold", Form: form}, true
	case control.AppointStaff:
		form.Set("appoint.email", i.Payee)
		form.Set("appoint.office", detailOf(i, "office"))
		return errand{Route: "/desk/staff/appoint", Form: form}, detailOf(i, "dismiss") == ""
	case control.PasswordProfile:
		form.Set("passwords.profile", detailOf(i, "profile"))
		return errand{Route: "/desk/staff/passwords", Form: form}, true
	case control.Refund, control.APIKey, control.RemoveFactor, control.SignOn:
	}
	return errand{}, false
}

func detailOf(i control.Intent, name string) string {
	for _, d := range i.Details {
		if d.Name == name {
			return d.Value
		}
	}
	return ""
}

// amountsOf reads "USD 10000, EUR 500", in minor units, as an intent lists amounts.
func amountsOf(text string) []money.Amount {
	var out []money.Amount
	for _, part := range strings.Split(text, ", ") {
		code, digits, _ := strings.Cut(part, " ")
		c, err := money.ParseCurrency(code)
		minor, bad := strconv.ParseInt(digits, 10, 64)
		if err == nil && bad == nil {
			out = append(out, money.New(minor, c))
		}
	}
	return out
}

// approvalAmount is what an intent moves; ok is false for one that moves nothing.
func approvalAmount(i control.Intent) (money.Amount, bool) {
	c, err := money.ParseCurrency(i.Currency)
	if err != nil {
		return money.Amount{}, false
	}
	return money.New(i.Amount, c), true
}

// approvalWords says what is signed in one sentence, in the reader's language. The
// number of a company stands in the facts below it alone.
func (v *visit) approvalWords(a control.Approval) string {
	payee := a.Intent.Payee
	if a.Intent.Action == control.Release || a.Intent.Action == control.Refund {
		if at := strings.LastIndex(payee, " ("); at > 0 {
			payee = payee[:at]
		}
	}
	args := map[string]any{"Payee": payee, "Company": v.forWhom(a.Intent.Party), "Amount": ""}
	if m, ok := approvalAmount(a.Intent); ok {
		args["Amount"] = ui.Amount(m)
	}
	key := "approval.words." + string(a.Intent.Action)
	if a.Intent.Action == control.AppointStaff && detailOf(a.Intent, "dismiss") != "" {
		key = "approval.words.dismiss"
	}
	return v.T(key, args)
}

// forWhom names the company for which something is done, or the house.
func (v *visit) forWhom(party identity.PartyID) string {
	if party == "" {
		return v.T("approval.the_house")
	}
	return v.name(party)
}

// approvalFacts is everything that an intent says, in words: what is not here is
// not signed.
func (v *visit) approvalFacts(a control.Approval) []ui.Fact {
	i := a.Intent
	var facts []ui.Fact
	if m, ok := approvalAmount(i); ok {
		facts = append(facts, ui.Fact{Term: v.T("say.amount"), Show: ui.AmountLarge(m)})
	}
	if i.Payee != "" {
		facts = append(facts, ui.Fact{Term: v.T("approval.payee." + string(i.Action)), Value: i.Payee})
	}
	facts = append(facts, ui.Fact{Term: v.T("approval.from"), Value: v.forWhom(i.Party)})
	for _, d := range i.Details {
		facts = append(facts, v.detailFact(i, d))
	}
	if id, ok := dealOf(i.Subject); ok {
		facts = append(facts, ui.Fact{Term: v.T("approval.deal_number"), Show: ui.IDText(v.Reader, ui.Ident{Value: string(id), Whole: true, Name: v.T("deal.number")}), Note: v.T("approval.version_note", "Version", v.Words.Number(i.Version))})
	}
	return append(facts,
		ui.Fact{Term: v.T("approval.asked_by"), Value: v.personName(i.Person), Note: v.Words.DateTime(a.AskedAt, v.Zone)},
		ui.Fact{Term: v.T("approval.expires"), Show: ui.Moment(v.Reader, i.Expires)},
	)
}

// detailFact words one detail of an intent. One that has no words of its own
// stands as it was signed.
func (v *visit) detailFact(i control.Intent, d control.Detail) ui.Fact {
	f := ui.Fact{Term: d.Name, Value: d.Value}
	if key := "approval.detail." + d.Name; v.has(key) {
		f.Term = v.T(key)
	}
	switch d.Name {
	case "deal":
		if id, ok := dealOf(i.Subject); ok && d.Value != "" && i.Party == v.person.Party {
			f.Show = ui.Anchor(ui.Link{Label: d.Value, Href: "/deals/" + string(id)})
		}
	case "terms":
		f.Show = lines(d.Value)
	case "to_buyer", "to_seller", "fees":
		minor, err := strconv.ParseInt(d.Value, 10, 64)
		if c, bad := money.ParseCurrency(i.Currency); err == nil && bad == nil {
			f.Show = ui.AmountText(money.New(minor, c))
		}
	case "from", "ceiling":
		f.Show = v.amountList(d.Value)
	case "payout_account":
		f.Show = ui.IDText(v.Reader, ui.Ident{Value: d.Value, Name: f.Term})
	case "country":
		f.Value = v.country(d.Value)
	case "hours", "hold_hours":
		if n, err := strconv.Atoi(d.Value); err == nil {
			f.Value = v.holdText(n)
		}
	case "days":
		if n, err := strconv.Atoi(d.Value); err == nil {
			f.Value = v.Words.Days(n)
		}
	default:
		f.Value = v.detailWord(d)
	}
	if f.Show == nil && f.Value == "" {
		f.Value = v.T("approval.nothing")
	}
	return f
}

// detailWord puts the words of the house for names that a program would use.
func (v *visit) detailWord(d control.Detail) string {
	prefix := map[string]string{
		"act": "approval.act.", "role": "role.", "was": "role.", "office": "office.", "dismiss": "office.", "profile": "passwords.profile.",
	}[d.Name]
	switch {
	case d.Name == "scopes":
		var words []string
		for _, scope := range strings.Split(d.Value, ", ") {
			words = append(words, v.actWord(identity.Act(scope)))
		}
		return strings.Join(words, v.T("say.semicolon"))
	case d.Name == "name_match":
		percent, rule, ok := strings.Cut(strings.TrimSuffix(d.Value, ")"), " % (")
		if ok && v.has("name_rule."+rule) {
			return v.T("approval.match", "Percent", percent, "Rule", v.T("name_rule."+rule))
		}
	case prefix != "" && v.has(prefix+d.Value):
		return v.T(prefix + d.Value)
	}
	return d.Value
}

// holdText is how long a payout account waits; 0 is the rule of the house.
func (v *visit) holdText(hours int) string {
	if hours == 0 {
		return v.T("rules.hold_house")
	}
	return v.T("rules.hours", "Count", hours)
}

func (v *visit) amountList(text string) templ.Component {
	list := amountsOf(text)
	if len(list) == 0 {
		return ui.Text(v.T("approval.nothing"))
	}
	var out []string
	for _, a := range list {
		out = append(out, ui.Amount(a))
	}
	return lines(strings.Join(out, "\n"))
}

// approvalState is the badge of an approval.
func (v *visit) approvalState(a control.Approval) ui.State {
	over := !v.Now.Before(a.Intent.Expires)
	switch {
	case a.Stage == control.Used:
		return ui.State{Tone: ui.ToneNeutral, Icon: ui.IconCircleCheck, Word: v.T("approval.state.used")}
	case a.Stage == control.Void:
		return ui.State{Tone: ui.ToneNeutral, Icon: ui.IconBan, Word: v.T("approval.state.void")}
	case a.Stage == control.Declined:
		return ui.State{Tone: ui.ToneDanger, Icon: ui.IconCircleX, Word: v.T("approval.state.declined")}
	case over:
		return ui.State{Tone: ui.ToneNeutral, Icon: ui.IconHourglass, Word: v.T("approval.state.expired")}
	case a.Stage == control.Approved:
		return ui.State{Tone: ui.ToneSeal, Icon: ui.IconStamp, Word: v.T("approval.state.approved")}
	case len(a.Consents) > 0:
		return ui.State{Tone: ui.ToneClock, Icon: ui.IconUsers, Word: v.T("approval.state.second")}
	}
	return ui.State{Tone: ui.ToneClock, Icon: ui.IconFileSignature, Word: v.T("approval.state.asked")}
}

// approvalEnd says why nothing comes of an approval any more.
func (v *visit) approvalEnd(a control.Approval) string {
	switch {
	case a.Stage == control.Used:
		return v.T("approval.end.used")
	case a.Stage == control.Declined:
		return v.T("approval.end.declined", "Why", a.Why)
	case a.Stage == control.Void && a.Why == "cancelled":
		return v.T("approval.end.cancelled")
	case a.Stage == control.Void && a.Why == "consent_gone":
		return v.T("approval.end.consent_gone")
	case a.Stage == control.Void:
		return v.T("approval.end.changed", "Field", a.Why)
	case !v.Now.Before(a.Intent.Expires):
		return v.T("approval.end.expired")
	}
	return ""
}

func (v *visit) approvalGrid(title string, list []control.Approval) ui.Grid {
	g := ui.Grid{Caption: title, HideCaption: true, Columns: []ui.Column{
		{Label: v.T("approval.what")}, {Label: v.T("approval.whom")}, {Label: v.T("approval.asked_by")}, {Label: v.T("say.state")}, {Label: v.T("say.amount"), Numeric: true},
	}}
	for _, a := range list {
		sum := ui.Text("")
		if m, ok := approvalAmount(a.Intent); ok {
			sum = ui.AmountText(m)
		}
		g.Rows = append(g.Rows, []templ.Component{
			ui.Anchor(ui.Link{Label: v.T("approval.action." + string(a.Intent.Action)), Href: approvalPath(a.ID)}),
			ui.Text(masked(a).Intent.Payee), both(ui.Text(v.personName(a.Intent.Person)), ui.Minute(v.Reader, a.AskedAt)),
			ui.StateBadge(v.approvalState(a)), sum,
		})
	}
	return g
}
