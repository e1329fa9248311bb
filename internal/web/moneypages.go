package web

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/ledger"
	"fondaco/internal/trade/treasury"
	"fondaco/internal/web/ui"
)

func dealOf(stream string) (deal.ID, bool) {
	id, ok := strings.CutPrefix(stream, "deal:")
	return deal.ID(id), ok
}

// moneyView is what the money page shows.
type moneyView struct {
	Tiles    []tile
	Expected []assurance.AwaitedRow // deals that await the reader's payment
	Payouts  []assurance.PayoutRow
	Deposits []assurance.DepositRow
	Hint     *payoutHint // why a payout would wait; nil if it would not
	Err      error
	Wrong    []ui.Mistake
}

const moneyRows = 30

func (s *site) moneyPage(v *visit) (reply, error) { return v.showMoney(nil) }

func (v *visit) showMoney(refusal error) (reply, error) {
	view := moneyView{Err: refusal, Wrong: v.mistakes(refusal)}
	var err error
	if view.Tiles, err = v.tiles(); err != nil {
		return reply{}, err
	}
	if view.Expected, err = v.house().Awaited(v.ctx(), v.actor(), moneyRows); err != nil {
		return reply{}, err
	}
	if view.Payouts, err = v.house().Payouts(v.ctx(), v.actor(), assurance.MoneyQuery{Limit: moneyRows}); err != nil {
		return reply{}, err
	}
	if view.Deposits, err = v.house().Deposits(v.ctx(), v.actor(), assurance.MoneyQuery{Limit: moneyRows}); err != nil {
		return reply{}, err
	}
	if view.Hint, err = v.payoutHint(); err != nil {
		return reply{}, err
	}
	rep := reply{page: ui.Page{Title: v.T("money.title")}, view: moneyPageView(v, view)}
	if refusal != nil {
		rep.status = fault.KindOf(refusal).HTTPStatus()
	}
	return rep, nil
}

func (s *site) withdraw(v *visit) (reply, error) {
	call, err := v.call()
	if err != nil {
		return reply{}, err
	}
	c, err := money.ParseCurrency(v.posted("currency"))
	var a money.Amount
	if err == nil {
		a, err = parseAmount(v.posted("amount"), c)
	}
	if err != nil {
		return v.moneyAgain("withdraw", fault.Of(err).At("amount"))
	}
	_, err = v.house().Withdraw(v.ctx(), call, v.person.Party, a, "")
	return v.signedOr(err, assurance.WithdrawDeed{Amount: a}, "withdraw", v.moneyAgain, "/money", "flash.payout_instructed")
}

func (v *visit) moneyAgain(form string, err error) (reply, error) {
	v.refused(form, err)
	return v.showMoney(err)
}

func (s *site) cancelPayout(v *visit) (reply, error) {
	call, err := v.call()
	if err != nil {
		return reply{}, err
	}
	if _, err := v.house().CancelPayout(v.ctx(), call, v.path("payout"), "taken back by the company"); err != nil {
		if fault.KindOf(err) == fault.NotFound {
			return reply{}, err
		}
		v.refused("payout", err)
		return v.showMoney(err)
	}
	return goTo("/money", "flash.payout_cancelled")
}

// statementView is a page of an account's statement.
type statementView struct {
	Title   string
	Lead    string
	Back    ui.Link
	Account ledger.AccountID
	Lines   []assurance.StatementLine
	Turn    ui.Turn
	CSV     string
	Names   map[deal.ID]string
}

const statementRows = 30

// statement reads one page of an account, newest first.
func (v *visit) statement(view statementView, path string) (reply, error) {
	before, _ := strconv.ParseInt(v.query("before"), 10, 64)
	rows, err := v.house().Statement(v.ctx(), v.actor(), view.Account, before, statementRows+1)
	if err != nil {
		return reply{}, err
	}
	if before > 0 {
		view.Turn.NewerHref = path
	}
	if len(rows) > statementRows {
		rows = rows[:statementRows]
		view.Turn.OlderHref = path + "?before=" + number(rows[statementRows-1].Entry.Version)
	}
	view.Lines, view.CSV, view.Names = rows, path+"/csv", v.dealNames(rows)
	return show(view.Title, statementPageView(v, view))
}

// dealNames finds the titles of the deals that lines mention and the reader may know.
func (v *visit) dealNames(rows []assurance.StatementLine) map[deal.ID]string {
	names := map[deal.ID]string{}
	for _, row := range rows {
		id, ok := dealOf(row.Transfer.Stream)
		if _, known := names[id]; !ok || known {
			continue
		}
		names[id] = ""
		if st, err := v.house().Deal(v.ctx(), v.actor(), id); err == nil {
			names[id] = st.Terms.Title
		}
	}
	return names
}

// statementFile is the whole statement as CSV.
func (v *visit) statementFile(account ledger.AccountID, name string) (reply, error) {
	out := newSheet("date_utc", "from", "to", "reason", "deal", "currency", "amount", "balance", "transfer")
	c := account.Currency()
	for before := int64(0); ; {
		rows, err := v.house().Statement(v.ctx(), v.actor(), account, before, dealsAtOnce)
		if err != nil {
			return reply{}, err
		}
		names := v.dealNames(rows)
		for _, r := range rows {
			id, ok := dealOf(r.Transfer.Stream)
			if !ok {
				id = "" // a payout or an assignment belongs to no deal
			}
			out.row(r.Transfer.At, v.accountName(r.Transfer.Debit, names), v.accountName(r.Transfer.Credit, names), v.reason(r.Transfer), string(id),
				c.Code(), figure(money.New(r.Entry.Delta, c).Decimal()), figure(money.New(r.Entry.Balance, c).Decimal()), string(r.Transfer.ID))
		}
		if len(rows) < dealsAtOnce {
			return out.file(name), nil
		}
		before = rows[len(rows)-1].Entry.Version
	}
}

// reason says why money moved, or that it was only set aside.
func (v *visit) reason(t ledger.Transfer) string {
	word := v.T("transfer." + string(t.Reason))
	switch t.Stage {
	case ledger.Pending:
		return v.T("transfer.pending", "Reason", word)
	case ledger.Void, ledger.Expire:
		return v.T("transfer.freed", "Reason", word)
	case ledger.Posted, ledger.Post:
	}
	return word
}

func (s *site) ownAccount(v *visit) (ledger.AccountID, error) {
	c, err := money.ParseCurrency(v.path("currency"))
	if err != nil {
		return "", noSuchPage()
	}
	return ledger.Party(string(v.person.Party), c), nil
}

func (s *site) statementPage(v *visit) (reply, error) {
	account, err := s.ownAccount(v)
	if err != nil {
		return reply{}, err
	}
	code := account.Currency().Code()
	return v.statement(statementView{
		Title: v.T("statement.own", "Currency", code), Lead: v.T("statement.own_lead"), Account: account,
		Back: ui.Link{Label: v.T("nav.money"), Href: "/money"},
	}, "/money/"+code)
}

func (s *site) statementCSV(v *visit) (reply, error) {
	account, err := s.ownAccount(v)
	if err != nil {
		return reply{}, err
	}
	return v.statementFile(account, "statement-"+account.Currency().Code()+".csv")
}

func (v *visit) dealAccount() (deal.State, contract.Tranche, ledger.AccountID, error) {
	st, err := v.deal()
	if err != nil {
		return st, contract.Tranche{}, "", err
	}
	for _, t := range st.Terms.Tranches {
		if t.ID == v.path("tranche") {
			return st, t, ledger.Held(string(st.ID), t.ID, st.Terms.Currency), nil
		}
	}
	return st, contract.Tranche{}, "", noSuchPage()
}

func (s *site) dealStatement(v *visit) (reply, error) {
	st, t, account, err := v.dealAccount()
	if err != nil {
		return reply{}, err
	}
	return v.statement(statementView{
		Title: v.T("statement.deal", "Tranche", t.ID), Lead: v.T("statement.deal_lead", "When", v.T("trigger."+string(t.Release))), Account: account,
		Back: ui.Link{Label: st.Terms.Title, Href: "/deals/" + string(st.ID)},
	}, "/deals/"+string(st.ID)+"/money/"+t.ID)
}

func (s *site) dealStatementCSV(v *visit) (reply, error) {
	_, t, account, err := v.dealAccount()
	if err != nil {
		return reply{}, err
	}
	return v.statementFile(account, "statement-"+t.ID+".csv")
}

// statementGrid is a statement as a table.
func (v *visit) statementGrid(view statementView) ui.Grid {
	c := view.Account.Currency()
	g := ui.Grid{Caption: view.Title, HideCaption: true, Columns: []ui.Column{
		{Label: v.T("say.date")}, {Label: v.T("say.from")}, {Label: v.T("say.to")}, {Label: v.T("say.why")}, {Label: v.T("say.amount"), Numeric: true}, {Label: v.T("say.balance"), Numeric: true},
	}}
	for _, r := range view.Lines {
		why := ui.Text(v.reason(r.Transfer))
		if id, ok := dealOf(r.Transfer.Stream); ok && view.Names[id] != "" && view.Account.Kind() == ledger.KindParty {
			why = both(ui.Text(v.reason(r.Transfer)), ui.Anchor(ui.Link{Label: view.Names[id], Href: "/deals/" + string(id)}))
		}
		g.Rows = append(g.Rows, []templ.Component{
			ui.Minute(v.Reader, r.Transfer.At), ui.Text(v.accountName(r.Transfer.Debit, view.Names)), ui.Text(v.accountName(r.Transfer.Credit, view.Names)),
			why, ui.AmountText(money.New(r.Entry.Delta, c)), ui.AmountText(money.New(r.Entry.Balance, c)),
		})
	}
	return g
}

// payoutState is the badge of a payout.
func (v *visit) payoutState(p treasury.Payout) ui.State {
	word := v.T("payout." + string(p.Stage))
	switch p.Stage {
	case treasury.Settled:
		return ui.State{Tone: ui.ToneGood, Icon: ui.IconCircleCheck, Word: word}
	case treasury.Sent:
		return ui.State{Tone: ui.ToneAction, Icon: ui.IconBanknote, Word: word}
	case treasury.Instructed:
		return ui.State{Tone: ui.ToneAction, Icon: ui.IconClock, Word: word}
	case treasury.Bounced, treasury.TimedOut:
		return ui.State{Tone: ui.ToneClock, Icon: ui.IconUndo2, Word: word}
	case treasury.Dropped, treasury.NotInstructed:
	}
	return ui.State{Tone: ui.ToneNeutral, Icon: ui.IconBan, Word: word}
}

func (v *visit) payoutGrid(rows []assurance.PayoutRow) ui.Grid {
	g := ui.Grid{Caption: v.T("money.payouts"), HideCaption: true, Columns: []ui.Column{
		{Label: v.T("say.date")}, {Label: v.T("say.to")}, {Label: v.T("say.state")}, {Label: v.T("say.amount"), Numeric: true}, {Label: v.T("say.step")},
	}}
	for _, row := range rows {
		p := row.Payout
		step := ui.Text("")
		if p.Stage == treasury.Instructed && v.person.Party == p.Party {
			step = cancelPayoutForm(v, row.ID)
		}
		g.Rows = append(g.Rows, []templ.Component{
			ui.Minute(v.Reader, p.At), ui.Text(v.T("money.to_bank", "Name", v.name(p.Party), "Rail", p.Rail)),
			ui.StateBadge(v.payoutState(p)), ui.AmountText(p.Amount), step,
		})
	}
	return g
}

func (v *visit) depositGrid(rows []assurance.DepositRow) ui.Grid {
	g := ui.Grid{Caption: v.T("money.deposits"), HideCaption: true, Columns: []ui.Column{
		{Label: v.T("say.date")}, {Label: v.T("say.from")}, {Label: v.T("say.state")}, {Label: v.T("say.amount"), Numeric: true}, {Label: v.T("money.unmatched"), Numeric: true},
	}}
	for _, row := range rows {
		d := row.Deposit
		c := d.Notice.Amount.Currency()
		g.Rows = append(g.Rows, []templ.Component{
			ui.Minute(v.Reader, d.At), ui.Text(v.sender(d.Notice)),
			ui.StateBadge(v.depositState(d)), ui.AmountText(d.Notice.Amount), ui.AmountText(money.New(d.Rest, c)),
		})
	}
	return g
}

func (v *visit) depositState(d treasury.Deposit) ui.State {
	word := v.T("deposit." + string(d.Stage))
	switch d.Stage {
	case treasury.Matched:
		return ui.State{Tone: ui.ToneGood, Icon: ui.IconCircleCheck, Word: word}
	case treasury.Suspense:
		return ui.State{Tone: ui.ToneClock, Icon: ui.IconHourglass, Word: word}
	case treasury.Assigned:
		return ui.State{Tone: ui.ToneNeutral, Icon: ui.IconArrowRight, Word: word}
	case treasury.Returned:
	}
	return ui.State{Tone: ui.ToneNeutral, Icon: ui.IconUndo2, Word: word}
}

func (s *site) partiesPage(v *visit) (reply, error) {
	q := assurance.PartyQuery{Search: strings.TrimSpace(v.query("q")), After: identity.PartyID(v.query("after")), Limit: dealsShown + 1}
	rows, err := v.house().Parties(v.ctx(), v.actor(), q)
	if err != nil {
		return reply{}, err
	}
	turn := ui.Turn{}
	if len(rows) > dealsShown {
		rows = rows[:dealsShown]
		turn.OlderHref = "/parties?" + queryOf("q", q.Search, "after", string(rows[dealsShown-1].ID))
	}
	return show(v.T("parties.title"), partiesView(v, q.Search, rows, turn))
}

// sender names who sent money and how. A payer whose money has not been matched
// is known to the house only.
func (v *visit) sender(n treasury.Notice) string {
	if n.Payer == "" {
		return v.T("money.from_unnamed", "Rail", n.Rail)
	}
	return v.T("money.from_bank", "Name", n.Payer, "Rail", n.Rail)
}
