package web

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/escrow"
	"fondaco/internal/trade/identity"
	"fondaco/internal/web/ui"
)

// dealView is what a deal's page shows.
type dealView struct {
	State   deal.State
	Side    identity.Side
	Title   string
	Main    *ui.Obligation  // the most urgent, the reader's own first
	Others  []ui.Obligation // the rest
	Money   ui.Money
	Rows    []termRow
	Changes []ui.Change // what the newest offer or the proposed change alters
	Events  []ui.Event
	Deeds   []deed
	Claims  []claimView
	Reviews *reviewsView // of a closed deal; nil where there is nothing to review
	Names   map[deal.ID]string
	Err     error // why the form named by the visit was refused
}

// claimView is one claim with what the reader may do about it.
type claimView struct {
	dispute.Claim
	Number int
	Clock  *ui.Obligation
	Deeds  []deed
}

func (s *site) dealPage(v *visit) (reply, error) {
	if v.polls() {
		st, err := v.deal()
		if err != nil || v.query("seen") == v.mark(st) {
			return reply{status: http.StatusNoContent}, err
		}
	}
	return v.showDeal(nil)
}

// newsEvery is how often a deal's page asks whether anything has happened, and
// wordsFor how long its words of time stay good enough if nothing has.
const (
	newsEvery = 20 * time.Second
	wordsFor  = 10 * time.Minute
)

// newsTrigger is when a deal's page asks for news: now and then, and when the line
// says that there are some.
func (s *site) newsTrigger() string {
	every := s.NewsEvery
	if every == 0 {
		every = newsEvery
	}
	return "every " + number(every.Milliseconds()) + "ms, news"
}

// mark changes whenever a deal's page would say something else.
func (v *visit) mark(s deal.State) string {
	return number(s.Version) + "." + number(v.Now.Unix()/int64(wordsFor.Seconds()))
}

// showDeal is a deal's page, with the refusal of one of its forms if there was one.
func (v *visit) showDeal(refusal error) (reply, error) {
	st, facts, err := v.house().Story(v.ctx(), v.actor(), deal.ID(v.path("deal")))
	if err != nil {
		return reply{}, err
	}
	v.know(v.actor().Party, st.Terms.Buyer, st.Terms.Seller)
	view := dealView{State: st, Side: st.SideOf(v.actor()), Title: st.Terms.Title, Err: refusal, Rows: v.termRows(st.Agreement())}
	if view.Title == "" {
		view.Title = v.T("deal.untitled")
	}
	view.Names = map[deal.ID]string{st.ID: view.Title}
	view.Main, view.Others = v.obligations(st)
	view.Money = v.money(st)
	view.Changes = v.changesOnTable(st, facts)
	view.Events = v.events(st, facts)
	view.Deeds = v.deeds(st)
	for i, c := range st.Claims {
		view.Claims = append(view.Claims, v.claimView(st, c, i+1))
	}
	if view.Reviews, err = v.dealReviews(st); err != nil {
		return reply{}, err
	}
	rep := reply{page: ui.Page{Title: view.Title}, view: dealPage(v, view)}
	if refusal != nil {
		rep.status = fault.KindOf(refusal).HTTPStatus()
	}
	return rep, nil
}

// obligations words what is owed about a deal: the reader's own first, then the
// most urgent.
func (v *visit) obligations(s deal.State) (first *ui.Obligation, rest []ui.Obligation) {
	type owed struct {
		o   ui.Obligation
		may bool
	}
	var all []owed
	for _, o := range s.Obligations() {
		if o.What == "withdraw_after" && !v.Now.After(o.By) {
			continue
		}
		all = append(all, owed{v.obligation(s, o), o.May})
	}
	rank := func(x owed) int {
		switch {
		case x.o.Mine && !x.may:
			return 0
		case x.o.Mine:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(all, func(a, b owed) int { return rank(a) - rank(b) })
	for i, x := range all {
		if i == 0 {
			first = &x.o
			continue
		}
		rest = append(rest, x.o)
	}
	return first, rest
}

// obligation puts one obligation of a deal into words, with the money it moves.
func (v *visit) obligation(s deal.State, o deal.Obligation) ui.Obligation {
	side := s.SideOf(v.actor())
	out := ui.Obligation{Due: o.By, Start: startOf(s, o)}
	switch o.Who {
	case deal.WhoBuyer, deal.WhoSeller:
		out.Mine = side == identity.Side(o.Who)
		out.Who = v.sideName(s, identity.Side(o.Who))
	case deal.WhoEither:
		out.Mine = side != identity.NoSide
		out.Who = v.T("say.either")
	case deal.WhoHouse:
		office := officeFor(o.What)
		out.Mine = v.person != nil && v.person.Office == office
		if c, ok := s.Claim(o.Ref); ok && office == identity.Mediator && c.Mediator != "" && v.person != nil && c.Mediator != v.person.ID {
			out.Mine = false // another mediator has the case
		}
		out.Who = v.site.Name
		if v.staff() {
			out.Who = v.T("office." + string(office))
		}
	}
	args := v.dutyArgs(s, o)
	out.What = v.T("duty."+o.What, args)
	if o.Lapse != "" {
		out.Lapse = v.T("lapse."+o.Lapse, args)
	}
	if o.What == "withdraw_after" || o.What == "clear_freeze" {
		out.Due = time.Time{}
	}
	if o.Paused {
		out.Paused = v.T("deal.paused")
	}
	if out.Mine {
		out.Actions = v.dutyActions(s, o)
	}
	return out
}

// officeFor is who in the house has a duty of the house to do.
func officeFor(what string) identity.Office {
	switch what {
	case "clear_freeze":
		return identity.Compliance
	case "assign_mediator":
		return identity.Administrator
	}
	return identity.Mediator
}

// startOf is when the clock of an obligation began.
func startOf(s deal.State, o deal.Obligation) time.Time {
	for _, d := range s.Deadlines() {
		if d.At.Equal(o.By) && d.Ref == o.Ref {
			return d.From
		}
	}
	return time.Time{}
}

func (v *visit) dutyArgs(s deal.State, o deal.Obligation) map[string]any {
	cur := s.Terms.Currency
	args := map[string]any{
		"Buyer": v.sideName(s, identity.Buyer), "Seller": v.sideName(s, identity.Seller),
		"Missing": amount(s.Missing(), cur), "Held": amount(s.Escrow.Held(), cur), "Free": amount(s.Escrow.Held()-s.Escrow.Frozen(), cur),
		"Total": amount(s.Escrow.Due(), cur), "ShipBy": v.dayText(s.Terms.Delivery.ShipBy), "DeliverBy": v.dayText(s.Terms.Delivery.DeliverBy),
		"ShipTo": v.place(s.Terms.Delivery.ShipTo), "Claimed": "", "Back": "",
	}
	if c, ok := s.Claim(o.Ref); ok {
		args["Claimed"] = amount(c.Minor, cur)
		args["Back"] = amount(c.Result.ToBuyer, cur)
		args["Rest"] = amount(c.Minor-c.Result.ToBuyer, cur)
	}
	return args
}

// dutyActions lead to the form or page where the reader can act.
func (v *visit) dutyActions(s deal.State, o deal.Obligation) []ui.Action {
	at := "/deals/" + string(s.ID)
	do := func(key, name string, icon ui.Icon, w ui.Weight) ui.Action {
		return ui.Action{Label: v.T(key), Href: at + "?do=" + name + "#act-" + name, Icon: icon, Weight: w}
	}
	page := func(key, name string, icon ui.Icon) ui.Action {
		return ui.Action{Label: v.T(key), Href: at + "/" + name, Icon: icon, Weight: ui.Primary}
	}
	switch o.What {
	case "finish_draft":
		return []ui.Action{page("act.edit.go", "edit", ui.IconPencil)}
	case "sign":
		return []ui.Action{page("act.sign.go", "sign", ui.IconStamp)}
	case "answer_amendment":
		return []ui.Action{page("act.amendment.go", "sign", ui.IconFileSignature)}
	case "fund":
		return []ui.Action{{Label: v.T("act.fund.go"), Href: at + "#pay", Icon: ui.IconLandmark, Weight: ui.Primary}}
	case "ship", "ship_rest":
		return []ui.Action{do("act.ship.go", "ship", ui.IconShip, ui.Primary)}
	case "confirm_receipt":
		return []ui.Action{do("act.confirm.go", "confirm", ui.IconPackageCheck, ui.Primary), do("act.claim.go", "claim", ui.IconScale, ui.Secondary)}
	case "inspect":
		return []ui.Action{page("act.accept.go", "accept", ui.IconPackageCheck), do("act.claim.go", "claim", ui.IconScale, ui.Secondary)}
	case "answer_cancel":
		return []ui.Action{do("act.cancel.go", "cancel", ui.IconBan, ui.Secondary)}
	case "withdraw_after":
		return []ui.Action{do("act.withdraw.go", "withdraw", ui.IconUndo2, ui.Secondary)}
	}
	if o.Ref != "" {
		return []ui.Action{{Label: v.T("act.claim_open.go"), Href: at + "#claim-" + o.Ref, Icon: ui.IconScale, Weight: ui.Primary}}
	}
	return nil
}

// money is where every unit of the deal's money is.
func (v *visit) money(s deal.State) ui.Money {
	e, c := s.Escrow, s.Terms.Currency
	sum := func(minor int64) money.Amount { return money.New(minor, c) }
	awaited := ui.MoneyPart{State: ui.MoneyAwaited, Amount: sum(e.Due() - e.Funded() - s.Received())}
	if s.Phase == deal.Closed || s.CalledOff != deal.Running {
		awaited.Word = v.T("deal.never_paid")
	}
	parts := []ui.MoneyPart{
		{State: ui.MoneyReleased, Amount: sum(e.Released()), Note: v.moneyNote(s, identity.Seller, e.Released())},
		{State: ui.MoneyHeld, Amount: sum(e.Held() - e.Frozen())},
		{State: ui.MoneyDisputed, Amount: sum(e.Frozen())},
		{State: ui.MoneyRefunded, Amount: sum(e.Refunded()), Note: v.moneyNote(s, identity.Buyer, e.Refunded())},
		{State: ui.MoneyFees, Amount: sum(e.Fees())},
		awaited,
	}
	if s.Received() > 0 {
		parts[1] = ui.MoneyPart{State: ui.MoneyHeld, Amount: sum(s.Received()), Word: v.T("deal.received"), Note: v.T("deal.received_note")}
	}
	return ui.Money{Total: sum(e.Due()), Parts: parts}
}

func (v *visit) moneyNote(s deal.State, side identity.Side, minor int64) string {
	if minor == 0 {
		return ""
	}
	return v.T("deal.credited", "Name", v.sideName(s, side))
}

// steps are the phases on the deal's way, and where it stands or stopped.
func (v *visit) steps(s deal.State) []ui.Step {
	reached := map[deal.Phase]time.Time{
		deal.None:  {},
		deal.Draft: s.DraftedAt, deal.Offered: s.OfferedAt, deal.Agreed: s.AgreedAt, deal.Funded: s.FundedAt,
		deal.Shipped: s.ShippedAt, deal.Delivered: s.InspectFrom, deal.Closed: s.ClosedAt,
	}
	var out []ui.Step
	for _, p := range deal.Phases() {
		step := ui.Step{Label: v.T("ui.phase." + stepWord(p, s.Outcome)), State: ui.StepTodo}
		if at := reached[p]; !at.IsZero() {
			step.State, step.Note = ui.StepDone, v.Words.Date(at.In(v.Zone))
		}
		switch {
		case p == s.Phase && p == deal.Closed && (s.Outcome == deal.Completed || s.Outcome == deal.Settled):
			step.State = ui.StepDone
		case p == s.Phase && p == deal.Closed:
			step.State = ui.StepStopped
		case p == s.Phase:
			step.State = ui.StepCurrent
		}
		out = append(out, step)
	}
	return out
}

func stepWord(p deal.Phase, o deal.Outcome) string {
	if p != deal.Closed {
		return string(p)
	}
	if o == deal.Running {
		return string(deal.Completed)
	}
	return string(o)
}

// changesOnTable is what the reader should compare before signing: a proposed
// change against the contract, or a counter-offer against the offer before it.
func (v *visit) changesOnTable(s deal.State, facts []assurance.Fact) []ui.Change {
	if s.Amendment != nil {
		return v.termChanges(s.Terms, s.Amendment.Terms)
	}
	if s.Phase != deal.Offered {
		return nil
	}
	var offers []contract.Terms
	var draft contract.Terms
	for _, f := range facts {
		switch e := f.Event.(type) {
		case deal.Drafted:
			draft = e.Terms
		case deal.OfferMade:
			offers = append(offers, draft)
		case deal.Countered:
			offers = append(offers, e.Terms)
		}
	}
	if len(offers) < 2 {
		return nil
	}
	return v.termChanges(offers[len(offers)-2], offers[len(offers)-1])
}

// tranches is the money of a deal tranche by tranche.
func (v *visit) trancheGrid(s deal.State) ui.Grid {
	g := ui.Grid{
		Caption: v.T("deal.tranches"), HideCaption: true,
		Columns: []ui.Column{
			{Label: v.T("deal.tranche")}, {Label: v.T("deal.where_now")}, {Label: v.T("say.amount"), Numeric: true}, {Label: v.T("deal.statement")},
		},
	}
	for i, t := range s.Terms.Tranches {
		var part escrow.Part
		for _, p := range s.Escrow.Parts {
			if p.Tranche == t.ID {
				part = p
			}
		}
		g.Rows = append(g.Rows, []templ.Component{
			both(ui.Text(v.trancheName(i, t.ID)), ui.Text(v.T("deal.paid", "When", v.T("trigger."+string(t.Release))))), lines(v.partText(part, s.Terms.Currency)), ui.AmountText(t.Amount),
			ui.Anchor(ui.Link{Label: v.T("deal.statement_open"), Href: "/deals/" + string(s.ID) + "/money/" + t.ID}),
		})
	}
	return g
}

// partText says where the money of a tranche is, one place a line.
func (v *visit) partText(p escrow.Part, c money.Currency) string {
	text := ""
	for _, place := range []struct {
		state ui.MoneyState
		minor int64
	}{
		{ui.MoneyHeld, p.Held - p.Frozen},
		{ui.MoneyDisputed, p.Frozen},
		{ui.MoneyReleased, p.Released},
		{ui.MoneyRefunded, p.Refunded},
		{ui.MoneyFees, p.Fees},
		{ui.MoneyAwaited, p.Due - p.Funded},
	} {
		if place.minor > 0 {
			if text != "" {
				text += "\n"
			}
			text += v.T("deal.part_line", "State", v.T("ui.bar."+string(place.state)), "Amount", amount(place.minor, c))
		}
	}
	return text
}

// dealTerms is the exact text that is hashed and signed.
func (s *site) dealTerms(v *visit) (reply, error) {
	st, err := v.deal()
	if err != nil {
		return reply{}, err
	}
	terms := st.Agreement()
	if v.query("version") == "proposed" && st.Amendment != nil {
		terms.Terms = st.Amendment.Terms
	}
	doc, err := terms.Canonical()
	if err != nil {
		return reply{}, err
	}
	return reply{file: doc, kind: "application/json; charset=utf-8", name: "terms-" + terms.Hash().String()[:12] + ".json"}, nil
}

// sheetTerms are the terms that the reader can sign now: those of the offer, or
// those of the proposed change.
func sheetTerms(s deal.State) (contract.Terms, bool) {
	if s.Phase != deal.Offered && s.Amendment != nil {
		return s.Amendment.Terms, true
	}
	return s.Terms, false
}

func (s *site) signPage(v *visit) (reply, error) { return v.showSheet(nil) }

func (v *visit) showSheet(refusal error) (reply, error) {
	st, err := v.deal()
	if err != nil {
		return reply{}, err
	}
	terms, amendment := sheetTerms(st)
	agreement := deal.Agreement{Terms: terms, Rules: st.Rules}
	hash := agreement.Hash()
	if refusal == nil {
		if _, err := deal.Decide(st, deal.Sign{Hash: hash}, v.moment()); err != nil {
			return reply{}, err
		}
	}
	facts, err := v.house().History(v.ctx(), v.actor(), st.ID)
	if err != nil {
		return reply{}, err
	}
	words := v.T("sign.words", "Buyer", v.sideName(st, identity.Buyer), "Seller", v.sideName(st, identity.Seller), "Company", v.name(v.person.Party), "Person", v.person.Name)
	if amendment {
		words = v.T("sign.words_amendment", "Company", v.name(v.person.Party), "Person", v.person.Name)
	}
	sig := ui.Signature{
		Title: terms.Title, Words: words, Facts: v.termFacts(v.termRows(agreement), ""), Hash: hash.String(),
		Post: "/deals/" + string(st.ID) + "/sign", Button: v.T("sign.button"), BackHref: "/deals/" + string(st.ID),
		Hidden: []ui.Hidden{{Name: onceField, Value: v.once("sign")}, {Name: "hash", Value: hash.String()}},
	}
	rep := reply{page: ui.Page{Title: v.T("sign.title")}, view: signingPage(v, st, sig, v.changesOnTable(st, facts), amendment, refusal)}
	if refusal != nil {
		rep.status = fault.KindOf(refusal).HTTPStatus()
	}
	return rep, nil
}

func (s *site) sign(v *visit) (reply, error) {
	call, err := v.call()
	if err != nil {
		return reply{}, err
	}
	hash, err := parseHash(v.posted("hash"))
	if err != nil {
		return reply{}, err
	}
	id := deal.ID(v.path("deal"))
	if _, err = v.house().Act(v.ctx(), call, id, deal.Sign{Hash: hash}); err != nil {
		if fault.KindOf(err) == fault.NotFound {
			return reply{}, err
		}
		v.refused("sign", err)
		return v.showSheet(err)
	}
	return goTo("/deals/"+string(id), "flash.signed")
}

func (s *site) acceptPage(v *visit) (reply, error) { return v.showAcceptance(nil) }

// showAcceptance is the page that names who gets what before the buyer accepts.
func (v *visit) showAcceptance(refusal error) (reply, error) {
	st, err := v.deal()
	if err != nil {
		return reply{}, err
	}
	would, err := deal.Decide(st, deal.Accept{}, v.moment())
	if err != nil && refusal == nil {
		return reply{}, err
	}
	facts := []ui.Fact{{Term: v.T("say.from"), Value: v.T("accept.from", "Amount", amount(st.Escrow.Held(), st.Terms.Currency))}}
	for _, m := range sums(would.Events) {
		facts = append(facts, ui.Fact{
			Term: v.T("accept.to_" + string(m.To)), Show: ui.AmountText(money.New(m.Minor, st.Terms.Currency)), Note: v.payeeNote(st, m),
		})
	}
	facts = append(facts,
		ui.Fact{Term: v.T("accept.arrives"), Value: v.T("accept.arrives_line")},
		ui.Fact{Term: v.T("say.deal"), Value: st.Terms.Title},
	)
	sig := ui.Signature{
		Title: v.T("accept.title"), Words: v.T("accept.words", "Company", v.name(v.person.Party)), Facts: facts, Hash: st.TermsHash.String(),
		Post: "/deals/" + string(st.ID) + "/accept", Button: v.T("accept.button"), BackHref: "/deals/" + string(st.ID),
		Hidden: []ui.Hidden{{Name: onceField, Value: v.once("accept")}},
	}
	rep := reply{page: ui.Page{Title: v.T("accept.title")}, view: signingPage(v, st, sig, nil, false, refusal)}
	if refusal != nil {
		rep.status = fault.KindOf(refusal).HTTPStatus()
	}
	return rep, nil
}

func (v *visit) payeeNote(s deal.State, m escrow.Movement) string {
	switch m.To {
	case escrow.ToSeller:
		return v.T("accept.note_seller", "Name", v.sideName(s, identity.Seller))
	case escrow.ToBuyer:
		return v.T("accept.note_buyer", "Name", v.sideName(s, identity.Buyer))
	case escrow.ToHouse:
		return v.T("accept.note_house", "Percent", v.percent(s.Rules.FeeBps))
	}
	return ""
}

// sums adds up by payee what events would move.
func sums(events []deal.Event) []escrow.Movement {
	var out []escrow.Movement
	for _, e := range events {
		moved, ok := e.(deal.MoneyMoved)
		if !ok {
			continue
		}
		for _, m := range moved.Moves {
			i := slices.IndexFunc(out, func(x escrow.Movement) bool { return x.To == m.To && x.Why == m.Why })
			if i < 0 {
				out = append(out, escrow.Movement{To: m.To, Why: m.Why, Minor: m.Minor})
				continue
			}
			out[i].Minor += m.Minor
		}
	}
	return out
}

func (s *site) accept(v *visit) (reply, error) {
	call, err := v.call()
	if err != nil {
		return reply{}, err
	}
	id := deal.ID(v.path("deal"))
	_, err = v.house().Act(v.ctx(), call, id, deal.Accept{})
	if wantsSignature(err) {
		var rep reply
		if rep, err = v.needsApproval(assurance.DealDeed{Deal: id, Command: deal.Accept{}}); err == nil {
			return rep, nil
		}
	}
	if err != nil {
		if fault.KindOf(err) == fault.NotFound || fault.KindOf(err) == fault.Forbidden {
			return reply{}, err
		}
		v.refused("accept", err)
		return v.showAcceptance(err)
	}
	return goTo("/deals/"+string(id), "flash.accepted")
}

func itoa(n int) string { return strconv.Itoa(n) }
