package web

import (
	"net/url"
	"slices"
	"strconv"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/web/ui"
)

const dealsShown = 20

// dealFilter is what the reader asked to see of the list.
type dealFilter struct {
	Phase  string
	State  string // "open" or ""
	Search string
	Before string
}

func (f dealFilter) query() assurance.DealQuery {
	q := assurance.DealQuery{Search: f.Search, Before: deal.ID(f.Before), Open: f.State == "open"}
	if slices.Contains(deal.Phases(), deal.Phase(f.Phase)) {
		q.Phase = deal.Phase(f.Phase)
	}
	return q
}

// href is the list with this filter.
func (f dealFilter) href(path string) string {
	values := url.Values{}
	for name, value := range map[string]string{"phase": f.Phase, "state": f.State, "q": f.Search, "before": f.Before} {
		if value != "" {
			values.Set(name, value)
		}
	}
	if len(values) == 0 {
		return path
	}
	return path + "?" + values.Encode()
}

func (v *visit) dealFilter() dealFilter {
	return dealFilter{Phase: v.query("phase"), State: v.query("state"), Search: v.query("q"), Before: v.query("before")}
}

func (s *site) dealsPage(v *visit) (reply, error) {
	f := v.dealFilter()
	q := f.query()
	q.Limit = dealsShown
	list, err := v.house().Deals(v.ctx(), v.actor(), q)
	if err != nil {
		return reply{}, err
	}
	turn := ui.Turn{}
	if f.Before != "" {
		newest := f
		newest.Before = ""
		turn.NewerHref = newest.href("/deals")
	}
	if list.Next != "" {
		older := f
		older.Before = string(list.Next)
		turn.OlderHref = older.href("/deals")
		if len(list.Rows) < dealsShown {
			turn.Note = v.T("deals.not_all")
		}
	}
	return show(v.T("deals.title"), dealsList(v, f, list.Rows, turn))
}

func (s *site) dealsCSV(v *visit) (reply, error) {
	out := newSheet("deal", "title", "buyer", "seller", "phase", "outcome", "currency", "total", "held", "disputed", "released", "refunded", "fees", "next_deadline_utc", "drafted_utc")
	err := v.everyDeal(v.dealFilter().query(), func(r assurance.DealRow) error {
		sum := func(minor int64) figure { return figure(money.New(minor, r.Currency).Decimal()) }
		out.row(string(r.ID), r.Title, r.BuyerName, r.SellerName, string(r.Phase), string(r.Outcome), r.Currency.Code(),
			sum(r.Total), sum(r.Held), sum(r.Disputed), sum(r.Released), sum(r.Refunded), sum(r.Fees), r.NextAt, r.DraftedAt)
		return nil
	})
	if err != nil {
		return reply{}, err
	}
	return out.file("deals.csv"), nil
}

func (s *site) newDealPage(v *visit) (reply, error) {
	e := blank()
	if other := v.query("with"); other != "" {
		e.put(fieldOther, other)
	}
	return v.builder(builderView{Mode: writing, Entries: e})
}

// mode is what the builder is for: also the name of its form and the end of its address.
type mode string

// The uses of the builder.
const (
	writing    mode = "new"
	editing    mode = "edit"
	countering mode = "counter"
	amending   mode = "amend"
)

// builderView is the builder as a page.
type builderView struct {
	Mode    mode
	Entries entries
	Deal    *deal.State
	Found   finding
	Err     error
	Wrong   []ui.Mistake
	Total   *money.Amount // of what is written, nil while it cannot be summed
	Terms   contract.Terms
	Changes []ui.Change // against the terms on the table
	Compare bool
}

// fixedParties: once there is an offer its companies stay.
func (b builderView) fixedParties() bool { return b.Mode == countering || b.Mode == amending }

func (b builderView) post() string {
	if b.Deal == nil {
		return "/deals/new"
	}
	return "/deals/" + string(b.Deal.ID) + "/" + string(b.Mode)
}

// builder shows the form with whatever stands in it.
func (v *visit) builder(b builderView) (reply, error) {
	var err error
	if !b.fixedParties() {
		if b.Found, err = v.findOther(b.Entries); err != nil {
			return reply{}, err
		}
	}
	b.Terms, _ = termsOf(b.Entries, v.person.Party)
	if total, err := b.Terms.Normal().Total(); err == nil && !b.Terms.Currency.IsZero() {
		b.Total = &total
	}
	if b.Compare && b.Deal != nil {
		b.Changes = v.termChanges(b.Deal.Terms, b.Terms.Normal())
	}
	rep := reply{page: ui.Page{Title: v.T("builder." + string(b.Mode) + ".title")}}
	if b.Err != nil {
		v.refused(string(b.Mode), b.Err)
		b.Wrong = v.limitMistakes(b.Err, builderMistakes(v.mistakes(b.Err)))
		rep.status = fault.KindOf(b.Err).HTTPStatus()
	}
	rep.view = builderPage(v, b)
	return rep, nil
}

// builderMistakes moves findings about a party to the field in which it is chosen.
func builderMistakes(list []ui.Mistake) []ui.Mistake {
	for i, m := range list {
		if m.Name == "buyer" || m.Name == "seller" {
			list[i].Name = fieldSearch
		}
	}
	return list
}

func (s *site) newDeal(v *visit) (reply, error) {
	e := entries{v.form}
	b := builderView{Mode: writing, Entries: e}
	if v.rearrange(e) {
		return v.builder(b)
	}
	if b.Err = v.settleOther(e); b.Err != nil {
		return v.builderRefused(b)
	}
	call, err := v.call()
	if err != nil {
		return reply{}, err
	}
	terms, err := termsOf(e, v.person.Party)
	var receipt assurance.Receipt
	if err == nil {
		receipt, err = v.house().DraftDeal(v.ctx(), call, terms)
	}
	if b.Err = err; err != nil {
		return v.builder(b)
	}
	if v.posted("do") == "offer" {
		return s.offerSaved(v, deal.ID(receipt.ID))
	}
	return goTo("/deals/"+receipt.ID, "flash.draft_saved")
}

// settleOther finds the company that was typed. None typed is as good: a draft
// may wait for it. A name that fits none or several is never dropped in silence.
func (v *visit) settleOther(e entries) error {
	f, err := v.findOther(e)
	if err != nil || f.chosen != nil || f.asked == "" {
		return err
	}
	if len(f.found) > 1 {
		return fault.New(fault.Invalid, "web.choose_company", "Several companies match. Choose one.").At(fieldSearch)
	}
	return fault.New(fault.Invalid, "web.unknown_company", "No company matches.").At(fieldSearch)
}

// builderRefused shows the form with what was typed, or fails where it was not the typing.
func (v *visit) builderRefused(b builderView) (reply, error) {
	if fault.KindOf(b.Err) != fault.Invalid {
		return reply{}, b.Err
	}
	return v.builder(b)
}

// offerSaved offers a draft that has just been saved; what is missing is shown in its form.
func (s *site) offerSaved(v *visit, id deal.ID) (reply, error) {
	call, err := v.call()
	if err != nil {
		return reply{}, err
	}
	call.Key += ":offer"
	if _, err = v.house().Act(v.ctx(), call, id, deal.MakeOffer{}); err == nil {
		return goTo("/deals/"+string(id), "flash.offered")
	}
	st, again := v.house().Deal(v.ctx(), v.actor(), id)
	if again != nil {
		return reply{}, again
	}
	v.form.Del(onceField) // the draft is saved; what follows is another command
	return v.builder(builderView{Mode: editing, Entries: entriesOf(st.Terms, v.person.Party), Deal: &st, Err: err})
}

// rearrange carries out the buttons that only change the form.
func (v *visit) rearrange(e entries) bool {
	do := v.posted("do")
	switch do {
	case "find", "refresh":
		return true
	case "add_line":
		e.add("lines")
		e.put(at("lines", e.count("lines")-1, "basis"), "1")
		return true
	case "add_tranche":
		e.put(fieldPlan, planOwn)
		e.add("tranches")
		return true
	case "other_company":
		e.put(fieldOther, "")
		e.put(fieldSearch, "")
		return true
	}
	for _, l := range []string{"lines", "tranches"} {
		if n, err := strconv.Atoi(afterPrefix(do, "remove_"+l+":")); err == nil {
			e.remove(l, n)
			return true
		}
	}
	return false
}

func afterPrefix(s, prefix string) string {
	if len(s) > len(prefix) && s[:len(prefix)] == prefix {
		return s[len(prefix):]
	}
	return ""
}

// rewritable is the deal of the address, if its terms may be written anew in this mode.
func (v *visit) rewritable(m mode) (deal.State, error) {
	st, err := v.deal()
	if err != nil {
		return st, err
	}
	if st.SideOf(v.actor()) == identity.NoSide {
		return st, notYours()
	}
	var probe deal.Command = deal.WriteDraft{Terms: st.Terms, Rules: st.Rules}
	switch m {
	case countering:
		probe = deal.Counter{Terms: st.Terms}
	case amending:
		probe = deal.Amend{Terms: st.Terms}
	case writing, editing:
	}
	_, err = deal.Decide(st, probe, v.moment())
	if code := fault.CodeOf(err); code == "deal.same_terms" || fault.KindOf(err) == fault.Invalid {
		err = nil // nothing has been changed yet
	}
	return st, err
}

func (s *site) rewritePage(m mode) handler {
	return func(v *visit) (reply, error) {
		st, err := v.rewritable(m)
		if err != nil {
			return reply{}, err
		}
		return v.builder(builderView{Mode: m, Entries: entriesOf(st.Terms, v.person.Party), Deal: &st})
	}
}

func (s *site) rewrite(m mode) handler {
	return func(v *visit) (reply, error) {
		st, err := v.rewritable(m)
		if err != nil {
			return reply{}, err
		}
		e := entries{v.form}
		b := builderView{Mode: m, Entries: e, Deal: &st}
		e.put(fieldSide, string(st.Terms.SideOf(v.person.Party)))
		if b.fixedParties() {
			e.put(fieldOther, string(st.Terms.Party(st.Terms.SideOf(v.person.Party).Other())))
		}
		if v.rearrange(e) {
			return v.builder(b)
		}
		if !b.fixedParties() {
			if b.Err = v.settleOther(e); b.Err != nil {
				return v.builderRefused(b)
			}
		}
		terms, err := termsOf(e, v.person.Party)
		if b.Err = err; err != nil || v.posted("do") == "compare" {
			b.Compare = err == nil
			return v.builder(b)
		}
		return s.sendTerms(v, b, terms)
	}
}

func (s *site) sendTerms(v *visit, b builderView, terms contract.Terms) (reply, error) {
	call, err := v.call()
	if err != nil {
		return reply{}, err
	}
	var cmd deal.Command = deal.WriteDraft{Terms: terms}
	said := "flash.draft_saved"
	switch b.Mode {
	case countering:
		cmd, said = deal.Counter{Terms: terms}, "flash.countered"
	case amending:
		cmd, said = deal.Amend{Terms: terms}, "flash.amendment_proposed"
	case writing, editing:
	}
	if _, b.Err = v.house().Act(v.ctx(), call, b.Deal.ID, cmd); b.Err != nil {
		return v.builder(b)
	}
	if b.Mode == editing && v.posted("do") == "offer" {
		return s.offerSaved(v, b.Deal.ID)
	}
	return goTo("/deals/"+string(b.Deal.ID), said)
}

// deal reads the deal of the address; a stranger's is not found.
func (v *visit) deal() (deal.State, error) {
	return v.house().Deal(v.ctx(), v.actor(), deal.ID(v.path("deal")))
}

// moment is now and the reader, as deal.Decide wants it.
func (v *visit) moment() deal.Moment { return deal.Moment{Now: v.Now, By: v.actor()} }
