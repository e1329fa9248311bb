package web

import (
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net/url"
	"strconv"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/shipment"
	"fondaco/internal/trade/treasury"
	"fondaco/internal/web/ui"
)

func queryOf(pairs ...string) string {
	values := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			values.Set(pairs[i], pairs[i+1])
		}
	}
	return values.Encode()
}

// deskView is what the people of the house see first.
type deskView struct {
	Mine     []dutyOn // what the reader's office has to do
	Others   []dutyOn
	Suspense int
	Queues   []queue
	operationsView
}

const suspenseShown = 100

func (s *site) desk(v *visit) (reply, error) {
	rows, err := v.house().Duties(v.ctx(), v.actor(), 50)
	if err != nil {
		return reply{}, err
	}
	var view deskView
	duties, err := v.dutiesOn(rows)
	if err != nil {
		return reply{}, err
	}
	for _, d := range duties {
		if d.Mine {
			view.Mine = append(view.Mine, d)
		} else {
			view.Others = append(view.Others, d)
		}
	}
	view.Halted = v.house().Halted()
	if mayOperate(v.person) {
		if view.operationsView, err = v.operations(); err != nil {
			return reply{}, err
		}
	}
	waiting, err := v.house().Deposits(v.ctx(), v.actor(), assurance.MoneyQuery{Stage: string(treasury.Suspense), Limit: suspenseShown})
	if err != nil {
		return reply{}, err
	}
	view.Suspense = len(waiting)
	if view.Queues, err = v.queues(); err != nil {
		return reply{}, err
	}
	return show(v.T("desk.title"), deskPage(v, view))
}

func (s *site) depositsPage(v *visit) (reply, error) { return v.showDeposits(nil) }

func (v *visit) showDeposits(refusal error) (reply, error) {
	waiting, err := v.house().Deposits(v.ctx(), v.actor(), assurance.MoneyQuery{Stage: string(treasury.Suspense), Limit: suspenseShown})
	if err != nil {
		return reply{}, err
	}
	all, err := v.house().Deposits(v.ctx(), v.actor(), assurance.MoneyQuery{Before: v.query("before"), Limit: dealsShown + 1})
	if err != nil {
		return reply{}, err
	}
	turn := ui.Turn{}
	if len(all) > dealsShown {
		all = all[:dealsShown]
		turn.OlderHref = "/desk/deposits?" + queryOf("before", all[dealsShown-1].ID)
	}
	rep := reply{page: ui.Page{Title: v.T("deposits.title")}, view: depositsView(v, waiting, all, turn, refusal)}
	if refusal != nil {
		rep.status = fault.KindOf(refusal).HTTPStatus()
	}
	return rep, nil
}

// settleDeposit gives unmatched money to a company or back to its sender.
func (s *site) settleDeposit(v *visit) (reply, error) {
	call, err := v.call()
	if err != nil {
		return reply{}, err
	}
	id, step := v.path("deposit"), v.path("step")
	form := step + "-" + id
	reason := v.posted(form + ".reason")
	switch step {
	case "assign":
		_, err = v.house().AssignDeposit(v.ctx(), call, id, identity.PartyID(v.posted(form+".party")), reason)
	case "return":
		_, err = v.house().ReturnDeposit(v.ctx(), call, id, reason)
	default:
		return reply{}, noSuchPage()
	}
	if err != nil {
		if fault.CodeOf(err) == "treasury.unknown_deposit" {
			return reply{}, err
		}
		v.refused(form, err)
		return v.showDeposits(err)
	}
	return goTo("/desk/deposits", "flash.deposit_settled")
}

func (s *site) payoutsPage(v *visit) (reply, error) {
	rows, err := v.house().Payouts(v.ctx(), v.actor(), assurance.MoneyQuery{Before: v.query("before"), Limit: dealsShown + 1})
	if err != nil {
		return reply{}, err
	}
	turn := ui.Turn{}
	if len(rows) > dealsShown {
		rows = rows[:dealsShown]
		turn.OlderHref = "/desk/payouts?" + queryOf("before", rows[dealsShown-1].ID)
	}
	return show(v.T("payouts.title"), payoutsView(v, rows, turn))
}

// scenarios are what a simulated bank can do with a transfer.
func scenarios() []string {
	return []string{"exact", "short", "over", "duplicate", "late", "failure", "wrong_currency"}
}

// simulateDeposit plays the buyer's bank in a sandbox.
func (s *site) simulateDeposit(v *visit) (reply, error) {
	st, err := v.deal()
	if err != nil {
		return reply{}, err
	}
	if s.Bank == nil || !v.house().Sandbox() {
		return reply{}, noSuchPage()
	}
	call, err := v.call()
	if err != nil {
		return reply{}, err
	}
	minor, err := v.minor("bank.amount", "amount", st.Terms.Currency)
	if err == nil {
		err = s.Bank.Simulate(v.ctx(), assurance.Simulation{
			Deal: string(st.ID), Amount: money.New(minor, st.Terms.Currency), Payer: v.name(st.Terms.Buyer), Scenario: v.posted("bank.scenario"),
			Key: transferKey(call, st.ID),
		})
	}
	if err != nil {
		return v.refuse("bank", err)
	}
	return goTo("/deals/"+string(st.ID), "flash.bank_played")
}

// transferKey names a transfer by its form, its person and its deal, so that a
// second press plays nothing and nobody can name another's.
func transferKey(call assurance.Call, id deal.ID) string {
	sum := sha256.Sum256([]byte(call.By.String() + "\n" + string(id) + "\n" + call.Key))
	return hex.EncodeToString(sum[:16])
}

// simulateCarrier plays the carrier in a sandbox.
func (s *site) simulateCarrier(v *visit) (reply, error) {
	st, err := v.deal()
	if err != nil {
		return reply{}, err
	}
	if !v.house().Sandbox() {
		return reply{}, noSuchPage()
	}
	key, err := v.call()
	if err != nil {
		return reply{}, err
	}
	call := assurance.Call{By: identity.Actor{Office: identity.Carrier, Person: "sandbox"}, Key: key.Key}
	event := shipment.Event{Stage: shipment.Stage(v.posted("carrier.stage")), At: v.Now, Place: v.posted("carrier.place"), Note: "sandbox"}
	if _, err := v.house().Act(v.ctx(), call, st.ID, deal.Track{ConsignmentID: v.posted("carrier.consignment"), Event: event}); err != nil {
		return v.refuse("carrier", err)
	}
	return goTo("/deals/"+string(st.ID), "flash.carrier_played")
}

// advanceClock moves the sandbox's time.
func (s *site) advanceClock(v *visit) (reply, error) {
	if s.TestClock == nil || !v.house().Sandbox() {
		return reply{}, noSuchPage()
	}
	days, err := strconv.Atoi(v.posted("days"))
	if err != nil || days != 1 && days != 7 && days != 30 {
		return reply{}, fault.New(fault.Invalid, "web.bad_number", "Write a whole number.").At("days")
	}
	if err := s.TestClock.Advance(time.Duration(days) * 24 * time.Hour); err != nil {
		return reply{}, err
	}
	s.Log.InfoContext(v.ctx(), "sandbox clock advanced", slog.Int("days", days))
	return goTo(localPath(v.posted("back")), "flash.clock_advanced")
}
