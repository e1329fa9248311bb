package assurance_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/ledger"
	"fondaco/internal/trade/treasury"
)

func suspense(c money.Currency) ledger.AccountID { return ledger.Suspense("bank", c) }

func TestOneNoticeIsOneDepositHoweverOftenItComes(t *testing.T) {
	t.Parallel()
	p := setup(t)
	id := p.agreed()
	n := p.notice(id, usd(100_000))
	var group sync.WaitGroup
	receipts := make([]assurance.Receipt, 30)
	for i := range receipts {
		group.Go(func() {
			var err error
			if receipts[i], err = p.BookDeposit(p.ctx, rail(), n); err != nil {
				t.Errorf("%+v", err)
			}
		})
	}
	group.Wait()
	for _, r := range receipts {
		if r.ID != receipts[0].ID {
			t.Errorf("two deposits: %s and %s", r.ID, receipts[0].ID)
		}
	}
	if s := p.state(id); s.Phase != deal.Funded || s.Escrow.Held() != 100_000 {
		t.Errorf("%s, %d held", s.Phase, s.Escrow.Held())
	}
	if got := p.posted(ledger.Rail("bank", usd(0).Currency())); got != -100_000 {
		t.Errorf("the rail has %d", got)
	}
	n.Amount = usd(1)
	_, err := p.BookDeposit(p.ctx, rail(), n)
	p.refused(err, "house.key_reused")
	for _, by := range []identity.Actor{p.buyer, p.seller, office(identity.Treasury), office(identity.Administrator), identity.HouseClock(), {}} {
		_, err := p.BookDeposit(p.ctx, by, p.notice(id, usd(1)))
		p.refused(err, "house.forbidden")
	}
	p.sound()
}

func TestShortDepositIsToppedUpAndWhatIsOverWaits(t *testing.T) {
	t.Parallel()
	p := setup(t)
	id := p.agreed()
	p.book(p.notice(id, usd(40_000)))
	p.book(p.notice(id, usd(59_999)))
	if s := p.state(id); s.Phase != deal.Agreed || s.Missing() != 1 || p.posted(suspense(s.Terms.Currency)) != 99_999 {
		t.Errorf("%s, %d missing", s.Phase, s.Missing())
	}
	p.sound()
	r := p.book(p.notice(id, usd(501)))
	if r.State != string(treasury.Suspense) {
		t.Errorf("the surplus is %s", r.State)
	}
	s := p.state(id)
	if s.Phase != deal.Funded || s.Escrow.Held() != 100_000 || p.posted(suspense(s.Terms.Currency)) != 500 {
		t.Errorf("%s, %d held, %d in suspense", s.Phase, s.Escrow.Held(), p.posted(suspense(s.Terms.Currency)))
	}
	rows, err := p.Deposits(p.ctx, office(identity.Treasury), assurance.MoneyQuery{Stage: string(treasury.Suspense)})
	p.must(err)
	if len(rows) != 1 || rows[0].Deposit.Why != "surplus" || rows[0].Deposit.Rest != 500 || rows[0].Deposit.Applied != 1 {
		t.Errorf("got %+v", rows)
	}
	p.sound()

	_, err = p.AssignDeposit(p.ctx, assurance.Call{By: p.buyer}, r.ID, p.buyer.Party, "mine")
	p.refused(err, "house.forbidden")
	_, err = p.AssignDeposit(p.ctx, assurance.Call{By: office(identity.Treasury)}, r.ID, "nobody", "who")
	p.refused(err, "party.not_found")
	_, err = p.AssignDeposit(p.ctx, assurance.Call{By: office(identity.Treasury)}, r.ID, p.buyer.Party, "paid too much")
	p.must(err)
	_, err = p.ReturnDeposit(p.ctx, assurance.Call{By: office(identity.Treasury)}, r.ID, "twice")
	p.refused(err, "treasury.no_rest")
	if got := p.posted(ledger.Party(string(p.buyer.Party), s.Terms.Currency)); got != 500 {
		t.Errorf("the buyer has %d", got)
	}
	p.sound()
}

func TestMoneyThatNoDealAwaitsWaitsInSuspense(t *testing.T) {
	t.Parallel()
	p := setup(t)
	awaited, draft, funded := p.agreed(), p.offered(), p.funded()
	for why, n := range map[string]treasury.Notice{
		"wrong_currency": p.notice(awaited, eur(100_000)),
		"unknown_deal":   p.notice("no such deal", usd(7)),
		"not_awaited":    p.notice(draft, usd(9)),
	} {
		r := p.book(n)
		rows, err := p.Deposits(p.ctx, office(identity.Treasury), assurance.MoneyQuery{Deal: n.Deal, Stage: string(treasury.Suspense)})
		p.must(err)
		if len(rows) != 1 || rows[0].ID != r.ID || rows[0].Deposit.Why != why || rows[0].Deposit.Rest != n.Amount.Minor() || rows[0].Deposit.Deal != "" {
			t.Errorf("%s: got %+v", why, rows)
		}
	}
	again := p.book(p.notice(funded, usd(100_000)))
	if again.State != string(treasury.Suspense) {
		t.Errorf("a second payment of the price is %s", again.State)
	}
	if s := p.state(awaited); s.Received() != 0 || s.Phase != deal.Agreed {
		t.Errorf("%d received", s.Received())
	}
	if got := p.posted(suspense(eur(0).Currency())); got != 100_000 {
		t.Errorf("%d EUR in suspense", got)
	}
	p.sound()
}

func TestMoneyForACancelledDealGoesBackByItself(t *testing.T) {
	t.Parallel()
	p := setup(t)
	id := p.agreed()
	p.act(p.buyer, id, deal.CancelByBoth{Reason: "changed our minds"})
	p.act(p.seller, id, deal.CancelByBoth{Reason: "agreed"})
	r := p.book(p.notice(id, usd(100_000)))
	stream := treasury.DepositStream(r.ID)
	due := p.due(stream, "suspense")
	if due.IsZero() || p.state(id).Phase != deal.Closed {
		t.Fatalf("due %s, the deal is %s", due, p.state(id).Phase)
	}
	p.clock.Set(due)
	if n := p.lapse(); n != 0 {
		t.Errorf("%d clocks lapsed at the instant", n)
	}
	_, err := p.Lapse(p.ctx, assurance.ClockRow{Stream: stream, Clock: "suspense", At: due})
	p.refused(err, "treasury.not_lapsed")
	p.clock.Advance(time.Microsecond)
	if n := p.lapse(); n != 1 {
		t.Errorf("%d clocks lapsed", n)
	}
	if got := p.posted(ledger.Rail("bank", usd(0).Currency())); got != 0 {
		t.Errorf("the rail has %d", got)
	}
	if !p.due(stream, "suspense").IsZero() {
		t.Error("the clock runs on")
	}
	p.sound()
}

func TestDepositsOfADealThatIsNotFundedInTimeGoToTheBuyer(t *testing.T) {
	t.Parallel()
	p := setup(t)
	id := p.agreed()
	p.book(p.notice(id, usd(60_000)))
	p.clock.Set(p.due(id.Stream(), string(deal.FundClock)).Add(time.Microsecond))
	if n := p.lapse(); n != 1 {
		t.Errorf("%d clocks lapsed", n)
	}
	if s := p.state(id); s.Phase != deal.Closed || s.Outcome != deal.Expired {
		t.Errorf("%s %s", s.Phase, s.Outcome)
	}
	if got := p.posted(ledger.Party(string(p.buyer.Party), usd(0).Currency())); got != 60_000 {
		t.Errorf("the buyer has %d", got)
	}
	p.sound()
}

// paid is a seller who has 990.00 dollars to withdraw.
func paid(t *testing.T) (p *place, own ledger.AccountID) {
	t.Helper()
	p = setup(t)
	p.act(p.buyer, p.delivered(), deal.Accept{})
	own = ledger.Party(string(p.seller.Party), usd(0).Currency())
	if got := p.posted(own); got != 99_000 {
		t.Fatalf("the seller has %d", got)
	}
	return p, own
}

func (p *place) withdraw(minor int64) (assurance.Receipt, error) {
	return p.Withdraw(p.ctx, assurance.Call{By: p.seller}, p.seller.Party, usd(minor), "own wish")
}

func (p *place) report(id string, outcome assurance.PayoutOutcome) error {
	_, err := p.ReportPayout(p.ctx, rail(), assurance.PayoutNotice{PayoutID: id, Outcome: outcome, Reference: "ref-" + id, Failure: "closed_account"})
	return err
}

func TestWithdrawalsOfOneBalanceDoNotOverdrawIt(t *testing.T) {
	t.Parallel()
	p, own := paid(t)
	var group sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for range 40 {
		group.Go(func() {
			_, err := p.withdraw(60_000)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
			} else if fault.CodeOf(err) != "ledger.insufficient" || fault.KindOf(err) != fault.Refused {
				t.Errorf("got %+v", err)
			}
		})
	}
	group.Wait()
	if won != 1 {
		t.Errorf("%d withdrawals were taken", won)
	}
	rows, err := p.Balances(p.ctx, p.seller, p.seller.Party)
	p.must(err)
	if len(rows) != 1 || rows[0].Account != own || rows[0].Balance.PendingOut != 60_000 || rows[0].Balance.Available(ledger.KindParty) != 39_000 {
		t.Errorf("got %+v", rows)
	}
	p.sound()
}

func TestPayoutsEndInEveryWay(t *testing.T) {
	t.Parallel()
	treasurer := assurance.Call{By: office(identity.Treasury)}
	for _, c := range []struct {
		name  string
		steps []string // each a step of the payout, or "!" and a step that is refused
		state treasury.PayoutStage
		left  int64
	}{
		{"sent and settled", []string{"!settled", "!returned", "sent", "!cancel", "!expire", "settled", "!returned"}, treasury.Settled, 9_000},
		{"sent and returned", []string{"sent", "returned", "!settled", "!cancel"}, treasury.Bounced, 99_000},
		{"cancelled", []string{"cancel", "!sent", "!cancel", "!expire"}, treasury.Dropped, 99_000},
		{"never taken", []string{"!expire", "wait", "expire", "!sent", "!cancel"}, treasury.TimedOut, 99_000},
		{"taken at the last moment", []string{"wait", "sent", "!expire", "settled"}, treasury.Settled, 9_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p, own := paid(t)
			r, err := p.withdraw(90_000)
			p.must(err)
			for _, step := range c.steps {
				step, refused := strings.CutPrefix(step, "!")
				switch step {
				case "wait":
					p.clock.Set(p.due(treasury.PayoutStream(r.ID), "instruct").Add(time.Microsecond))
					continue
				case "cancel":
					_, err = p.CancelPayout(p.ctx, treasurer, r.ID, "asked to")
				case "expire":
					_, err = p.Lapse(p.ctx, assurance.ClockRow{Stream: treasury.PayoutStream(r.ID), Clock: "instruct"})
				default:
					err = p.report(r.ID, assurance.PayoutOutcome(step))
				}
				if refused != (err != nil) || refused && fault.KindOf(err) != fault.Conflict && fault.KindOf(err) != fault.Refused {
					t.Fatalf("%s: %+v", step, err)
				}
				p.sound()
			}
			rows, err := p.Payouts(p.ctx, p.seller, assurance.MoneyQuery{})
			if err != nil || len(rows) != 1 || rows[0].Payout.Stage != c.state {
				t.Errorf("got %+v, %v", rows, err)
			}
			if got := p.posted(own); got != c.left {
				t.Errorf("%d are left", got)
			}
			if lines, err := p.Statement(p.ctx, p.seller, own, 0, 50); err != nil || !slices.IsSortedFunc(lines, func(a, b assurance.StatementLine) int { return int(b.Entry.Version - a.Entry.Version) }) || lines[0].Entry.Balance != c.left {
				t.Errorf("the statement: %+v, %v", lines, err)
			}
		})
	}
}

func TestNoticeOfAPayoutMayComeTwice(t *testing.T) {
	t.Parallel()
	p, _ := paid(t)
	r, err := p.withdraw(90_000)
	p.must(err)
	for _, outcome := range []assurance.PayoutOutcome{assurance.PayoutTaken, assurance.PayoutTaken, assurance.PayoutArrived, assurance.PayoutArrived, assurance.PayoutTaken} {
		p.must(p.report(r.ID, outcome))
	}
	p.refused(p.report("unknown", assurance.PayoutTaken), "treasury.unknown_payout")
	p.refused(p.report(r.ID, "lost"), "treasury.bad_outcome")
	messages, err := p.store.DueMessages(p.ctx, p.Now(), 10)
	p.must(err)
	if len(messages) != 1 || messages[0].Topic != assurance.TopicPayout || !strings.Contains(string(messages[0].Payload), r.ID) {
		t.Errorf("got %+v", messages)
	}
	p.sound()
}

func TestMoneyIsForItsOwner(t *testing.T) {
	t.Parallel()
	p, own := paid(t)
	r, err := p.withdraw(1_000)
	p.must(err)
	for _, by := range []identity.Actor{p.buyer, rail(), {}, {Office: identity.Member, Party: "x"}} {
		_, err := p.Withdraw(p.ctx, assurance.Call{By: by}, p.seller.Party, usd(1), "")
		p.refused(err, "house.forbidden")
		_, err = p.Balances(p.ctx, by, p.seller.Party)
		p.refused(err, "house.forbidden")
		if held, err := p.Held(p.ctx, by); by == p.buyer || by.Party == "x" {
			if err != nil || len(held) != 0 {
				t.Errorf("held for %s: %v, %v", by, held, err)
			}
		} else {
			p.refused(err, "house.forbidden")
		}
		_, err = p.Statement(p.ctx, by, own, 0, 10)
		p.refused(err, "ledger.unknown_account")
		_, err = p.CancelPayout(p.ctx, assurance.Call{By: by}, r.ID, "not mine")
		p.refused(err, "treasury.unknown_payout")
	}
	_, err = p.Act(p.ctx, assurance.Call{By: rail()}, "d", deal.Fund{Deposit: deal.Deposit{ID: "x", Rail: "bank", Minor: 1}})
	p.refused(err, "house.forbidden")
	p.sound()
}

func TestOutageStopsEveryClockForItsLength(t *testing.T) {
	t.Parallel()
	p := setup(t)
	agreed, delivered, draft := p.agreed(), p.delivered(), p.offered()
	fund, inspect := p.due(agreed.Stream(), string(deal.FundClock)), p.due(delivered.Stream(), string(deal.InspectClock))
	from := p.Now().Add(time.Hour)
	to := from.Add(26 * time.Hour)
	p.clock.Set(to.Add(time.Minute))
	admin := assurance.Call{By: office(identity.Administrator)}
	p.refused(p.RecordOutage(p.ctx, assurance.Call{By: p.buyer}, from, to), "house.forbidden")
	p.refused(p.RecordOutage(p.ctx, admin, to, from), "deal.bad_outage")
	p.refused(p.RecordOutage(p.ctx, admin, from, p.Now().Add(time.Hour)), "deal.bad_outage")
	p.must(p.RecordOutage(p.ctx, admin, from, to))
	if got := p.due(agreed.Stream(), string(deal.FundClock)); !got.Equal(fund.Add(26 * time.Hour)) {
		t.Errorf("the price is due at %s, was %s", got, fund)
	}
	if got := p.due(delivered.Stream(), string(deal.InspectClock)); !got.Equal(inspect.Add(26 * time.Hour)) {
		t.Errorf("the inspection ends at %s, was to end at %s", got, inspect)
	}
	if got := p.due(draft.Stream(), string(deal.SignClock)); got.IsZero() {
		t.Error("the offer has no clock")
	}
	p.must(p.RecordOutage(p.ctx, admin, from, to)) // told twice, it counts once
	if got := p.due(agreed.Stream(), string(deal.FundClock)); !got.Equal(fund.Add(26 * time.Hour)) {
		t.Errorf("after telling it twice the price is due at %s", got)
	}
	p.sound()
}

func TestUnfinishedOutageReachesEveryDealAfterARestart(t *testing.T) {
	t.Parallel()
	p := setup(t)
	first, second := p.agreed(), p.agreed()
	due := p.due(second.Stream(), string(deal.FundClock))
	from := p.Now()
	p.clock.Set(from.Add(10 * time.Hour))
	commits := 0
	p.disk.beforeCommits(func(*assurance.Batch) error {
		if commits++; commits > 2 { // the outage itself, and that it is known already
			return fault.New(fault.Unavailable, "store.unavailable", "The database cannot be reached.")
		}
		return nil
	})
	p.refused(p.RecordOutage(p.ctx, assurance.Call{By: identity.HouseClock()}, from, from.Add(9*time.Hour)), "store.unavailable")
	p.disk.beforeCommits(nil)
	h := p.open()
	defer h.Close()
	p.must(h.FinishOutage(p.ctx))
	for _, id := range []deal.ID{first, second} {
		if got := p.due(id.Stream(), string(deal.FundClock)); !got.Equal(due.Add(9 * time.Hour)) {
			t.Errorf("%s is due at %s, was %s", id, got, due)
		}
	}
	p.sound()
}
