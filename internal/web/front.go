package web

import (
	"strings"
	"time"

	"github.com/a-h/templ"

	"fondaco/internal/assurance"
	"fondaco/internal/money"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/web/ui"
	"fondaco/internal/web/words"
)

// front is the landing page for visitors, home for members, the desk for staff.
func (s *site) front(v *visit) (reply, error) {
	switch {
	case v.person == nil:
		return show(v.T("landing.title"), landingPage(v))
	case v.staff() && v.in.Weak:
		return reply{}, factorFirst()
	case v.staff():
		return s.desk(v)
	}
	return s.home(v)
}

func narrow(title string, view templ.Component) (reply, error) {
	return reply{page: ui.Page{Title: title, Narrow: true}, view: view}, nil
}

// language keeps the chosen language and goes back to where the reader was.
func (s *site) language(v *visit) (reply, error) {
	if to := v.query("to"); to == words.English || to == words.Chinese {
		v.setCookie(words.CookieName, to)
	}
	return goTo(localPath(v.query("back")), "")
}

func (s *site) settingsPage(v *visit) (reply, error) {
	return narrow(v.T("settings.title"), settingsForm(v))
}

func (s *site) settings(v *visit) (reply, error) {
	if zone := v.posted("zone"); zoneName(zone) {
		if _, err := time.LoadLocation(zone); err == nil {
			v.setCookie(zoneCookie, zone)
		}
	}
	if theme := v.posted("theme"); theme == "light" || theme == "dark" {
		v.setCookie(themeCookie, theme)
	} else {
		v.keepCookie(themeCookie, "", -1)
	}
	return goTo("/settings", "flash.settings_kept")
}

// zones are the zones to choose from: one or more for each hour where trade happens.
func zones() []string {
	return []string{
		"UTC", "Asia/Shanghai", "Asia/Hong_Kong", "Asia/Singapore", "Asia/Tokyo", "Asia/Seoul", "Asia/Ho_Chi_Minh", "Asia/Jakarta",
		"Asia/Kolkata", "Asia/Karachi", "Asia/Dubai", "Asia/Riyadh", "Africa/Nairobi", "Africa/Johannesburg", "Africa/Lagos", "Africa/Cairo",
		"Europe/Istanbul", "Europe/Athens", "Europe/Berlin", "Europe/Paris", "Europe/Rome", "Europe/Zurich", "Europe/Madrid", "Europe/London", "Europe/Lisbon",
		"America/Sao_Paulo", "America/Argentina/Buenos_Aires", "America/New_York", "America/Chicago", "America/Mexico_City", "America/Denver",
		"America/Los_Angeles", "Pacific/Auckland", "Australia/Sydney", "Australia/Perth",
	}
}

// tile is a company's money in one currency.
type tile struct {
	Currency  money.Currency
	Available money.Amount
	Reserved  money.Amount // being paid out
	Buying    money.Amount // held for deals in which the company buys
	Selling   money.Amount
}

// homeView is what home shows.
type homeView struct {
	Mine   []dutyOn // what the reader's company owes or may do
	Tiles  []tile
	Recent []assurance.DealRow
	Review []invitation // closed deals that the reader may still review
	More   bool         // there are more duties than shown
}

// dutyOn is an obligation with the deal it belongs to.
type dutyOn struct {
	Deal  deal.ID
	Title string
	Other string
	ui.Obligation
}

const dutiesShown = 12

func (s *site) home(v *visit) (reply, error) {
	rows, err := v.house().Duties(v.ctx(), v.actor(), dutiesShown+1)
	if err != nil {
		return reply{}, err
	}
	view := homeView{More: len(rows) > dutiesShown}
	if view.Mine, err = v.dutiesOn(rows[:min(len(rows), dutiesShown)]); err != nil {
		return reply{}, err
	}
	if view.Tiles, err = v.tiles(); err != nil {
		return reply{}, err
	}
	recent, err := v.house().Deals(v.ctx(), v.actor(), assurance.DealQuery{Limit: 6})
	if err != nil {
		return reply{}, err
	}
	view.Recent = recent.Rows
	v.know(partiesOf(view.Recent)...)
	if view.Review, err = v.toReview(view.Recent); err != nil {
		return reply{}, err
	}
	return show(v.T("home.title"), homePage(v, view))
}

// partiesOf are the companies of deals.
func partiesOf(rows []assurance.DealRow) []identity.PartyID {
	var out []identity.PartyID
	for _, row := range rows {
		out = append(out, row.Buyer, row.Seller)
	}
	return out
}

// dutiesOn words duties from the present state of their deals, so that the
// amounts and clocks are those of the deal's own page.
func (v *visit) dutiesOn(rows []assurance.DutyRow) ([]dutyOn, error) {
	ids := make([]deal.ID, len(rows))
	for i, row := range rows {
		ids[i] = row.Deal
	}
	states, err := v.house().States(v.ctx(), v.actor(), ids)
	if err != nil {
		return nil, err
	}
	var named []identity.PartyID
	for _, st := range states {
		named = append(named, st.Terms.Buyer, st.Terms.Seller)
	}
	v.know(named...)
	var out []dutyOn
	for _, row := range rows {
		st := states[row.Deal]
		if row.Obligation.What == "withdraw_after" && !v.Now.After(row.Obligation.By) {
			continue // a right that does not exist yet asks nothing of anybody
		}
		title := st.Terms.Title
		if title == "" {
			title = v.T("deal.untitled")
		}
		out = append(out, dutyOn{Deal: row.Deal, Title: title, Other: v.otherNames(st), Obligation: v.obligation(st, row.Obligation)})
	}
	return out, nil
}

// otherNames says with which company a deal is, or for staff who buys from whom.
func (v *visit) otherNames(s deal.State) string {
	if side := s.SideOf(v.actor()); side != identity.NoSide {
		return v.T("home.with", "Name", v.sideName(s, side.Other()))
	}
	return v.T("say.two_companies", "Buyer", v.name(s.Terms.Buyer), "Seller", v.name(s.Terms.Seller))
}

// tiles sums what the company has and what is held for it, currency by currency.
func (v *visit) tiles() ([]tile, error) {
	byCode := map[string]*tile{}
	var order []string
	of := func(c money.Currency) *tile {
		if t, ok := byCode[c.Code()]; ok {
			return t
		}
		zero := money.Zero(c)
		byCode[c.Code()] = &tile{c, zero, zero, zero, zero}
		order = append(order, c.Code())
		return byCode[c.Code()]
	}
	balances, err := v.house().Balances(v.ctx(), v.actor(), v.person.Party)
	if err != nil {
		return nil, err
	}
	for _, b := range balances {
		t := of(b.Account.Currency())
		t.Available = money.New(b.Balance.Available(b.Account.Kind()), t.Currency)
		t.Reserved = money.New(b.Balance.PendingOut, t.Currency)
	}
	held, err := v.house().Held(v.ctx(), v.actor())
	if err != nil {
		return nil, err
	}
	for _, h := range held {
		t := of(h.Sum.Currency())
		if h.Side == identity.Seller {
			t.Selling = h.Sum
		} else {
			t.Buying = h.Sum
		}
	}
	var out []tile
	for _, code := range order {
		out = append(out, *byCode[code])
	}
	return out, nil
}

const dealsAtOnce = 200

// everyDeal walks all deals that the query selects, page by page.
func (v *visit) everyDeal(q assurance.DealQuery, f func(assurance.DealRow) error) error {
	q.Limit = dealsAtOnce
	for {
		list, err := v.house().Deals(v.ctx(), v.actor(), q)
		if err != nil {
			return err
		}
		for _, row := range list.Rows {
			if err := f(row); err != nil {
				return err
			}
		}
		if list.Next == "" {
			return nil
		}
		q.Before = list.Next
	}
}

// firstName is how a page greets a person.
func firstName(name string) string {
	first, _, _ := strings.Cut(name, " ")
	return first
}
