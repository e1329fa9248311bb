package rail_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/rail"
	"fondaco/internal/trade/ledger"
	"fondaco/internal/trade/treasury"
)

func TestPayoutsTakeTheirCourse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		course  rail.Course
		stage   treasury.PayoutStage
		failure string
		told    string
		bounced int
		left    int64 // what the seller has afterwards
	}{
		{"pays", rail.Pays, treasury.Settled, "", "sent settled", 0, 49_000},
		{"returns", rail.Returns, treasury.Bounced, rail.ClosedAccount, "sent returned", 1, 99_000},
		{"repeats", rail.Repeats, treasury.Settled, "", "sent sent settled settled", 0, 49_000},
		{"reorders", rail.Reorders, treasury.Settled, "", "settled sent settled", 0, 49_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := setup(t, paying(c.course))
			p.rich()
			o := p.order(50_000)
			p.must(p.rail.Send(p.ctx, o))
			p.must(p.rail.Wait(p.ctx))
			if got := p.payout(o.PayoutID); got.Stage != c.stage || got.Failure != c.failure || got.Reference != "sandbox-"+o.PayoutID {
				t.Errorf("payout %+v", got)
			}
			told := p.line.heard()[1:] // after the deposit
			if c.course == rail.Reorders {
				told = slices.Compact(told) // the early notice may be told more than once
			}
			if got := strings.Join(told, " "); got != c.told {
				t.Errorf("told %q, want %q", got, c.told)
			}
			if p.count(rail.Paid) != 1 || p.count(rail.Bounced) != c.bounced {
				t.Errorf("paid %d times, bounced %d times", p.count(rail.Paid), p.count(rail.Bounced))
			}
			if got := p.balance(ledger.Party(sellerID, usd(0).Currency())); got != c.left {
				t.Errorf("the seller has %d, want %d", got, c.left)
			}
			p.agree()
		})
	}
}

func TestOneKeyIsOnePayment(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.rich()
	o := p.order(50_000)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if err := p.rail.Send(p.ctx, o); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	p.must(p.rail.Wait(p.ctx))
	p.must(p.rail.Send(p.ctx, o)) // long after it is done
	p.must(p.rail.Wait(p.ctx))
	if p.count(rail.Paid) != 1 {
		t.Errorf("paid %d times", p.count(rail.Paid))
	}
	other := o
	other.Amount = usd(60_000)
	if err := p.rail.Send(p.ctx, other); fault.KindOf(err) != fault.Conflict || fault.CodeOf(err) != "rail.key_reused" {
		t.Errorf("another order under the same key: %v", err)
	}
	p.agree()
}

func TestCancelledPayoutIsNeverPaid(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.rich()
	o := p.order(50_000)
	// The party takes it back while the outbox is handing it over.
	_, err := p.CancelPayout(p.ctx, assurance.Call{By: p.seller}, o.PayoutID, "wrong account")
	p.must(err)
	p.must(p.rail.Send(p.ctx, o))
	p.must(p.rail.Wait(p.ctx))
	if p.count(rail.Paid) != 0 || p.count(rail.Dropped) != 1 {
		t.Errorf("statement %+v", p.rail.Statement())
	}
	if got := p.payout(o.PayoutID); got.Stage != treasury.Dropped {
		t.Errorf("payout %+v", got)
	}
	p.agree()
}

func TestCancellingRacingTheRailHasOneOutcome(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.rich()
	const n = 20
	orders := make([]assurance.PayoutOrder, n)
	for i := range orders {
		orders[i] = p.order(1000)
	}
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i, o := range orders {
		wg.Go(func() { p.must(p.rail.Send(p.ctx, o)) })
		wg.Go(func() {
			_, errs[i] = p.CancelPayout(p.ctx, assurance.Call{By: p.seller}, o.PayoutID, "changed my mind")
		})
	}
	wg.Wait()
	p.must(p.rail.Wait(p.ctx))
	cancelled := 0
	for i, o := range orders {
		got := p.payout(o.PayoutID).Stage
		switch {
		case errs[i] == nil && got == treasury.Dropped:
			cancelled++
		case fault.KindOf(errs[i]) == fault.Conflict && got == treasury.Settled:
		default:
			t.Errorf("cancelling answered %v, the payout is %s", errs[i], got)
		}
	}
	if p.count(rail.Paid) != n-cancelled || p.count(rail.Dropped) != cancelled {
		t.Errorf("%d cancelled; the rail paid %d and dropped %d", cancelled, p.count(rail.Paid), p.count(rail.Dropped))
	}
	p.agree()
}

func TestLostAnswersMakeNoSecondPayment(t *testing.T) {
	t.Parallel()
	for _, course := range []rail.Course{rail.Pays, rail.Returns, rail.Repeats, rail.Reorders} {
		p := setup(t, paying(course))
		p.rich()
		o := p.order(50_000)
		p.line.down, p.line.lost = 2, 5
		p.must(p.rail.Send(p.ctx, o))
		p.must(p.rail.Wait(p.ctx))
		if got := p.payout(o.PayoutID).Stage; got != treasury.Settled && got != treasury.Bounced {
			t.Errorf("%s: the payout is %s", course, got)
		}
		if p.count(rail.Paid) != 1 {
			t.Errorf("%s: paid %d times", course, p.count(rail.Paid))
		}
		p.agree()
	}
}

func TestBadOrdersAreRefused(t *testing.T) {
	t.Parallel()
	p := setup(t)
	good := assurance.PayoutOrder{PayoutID: "p", Party: sellerID, Amount: usd(1), Rail: rail.Name}
	for name, change := range map[string]func(*assurance.PayoutOrder){
		"without an id":    func(o *assurance.PayoutOrder) { o.PayoutID = "" },
		"for another rail": func(o *assurance.PayoutOrder) { o.Rail = "wire" },
		"of nothing":       func(o *assurance.PayoutOrder) { o.Amount = usd(0) },
	} {
		o := good
		change(&o)
		if err := p.rail.Send(p.ctx, o); fault.KindOf(err) != fault.Invalid || fault.CodeOf(err) != "rail.bad_order" {
			t.Errorf("an order %s: %v", name, err)
		}
	}
}

func TestUnknownPayoutIsLeftToAPerson(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.must(p.rail.Send(p.ctx, assurance.PayoutOrder{PayoutID: "nobody's", Party: sellerID, Amount: usd(1), Rail: rail.Name}))
	p.must(p.rail.Wait(p.ctx))
	if got := p.rail.Statement(); len(got) != 1 || got[0].Kind != rail.Unheard || got[0].Note != "treasury.unknown_payout" {
		t.Errorf("statement %+v", got)
	}
}

func TestRestartedRailFinishesWhatTheHouseRemembers(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.rich()
	// One payout is taken and unsettled, one was handed over and not taken, one is done.
	done, taken, handed := p.order(10_000), p.order(20_000), p.order(30_000)
	p.must(p.rail.Send(p.ctx, done))
	p.must(p.rail.Wait(p.ctx))
	_, err := p.ReportPayout(p.ctx, rail.Actor(), assurance.PayoutNotice{PayoutID: taken.PayoutID, Outcome: assurance.PayoutTaken, Reference: "sandbox-" + taken.PayoutID})
	p.must(err)
	p.rail.Close()

	p.rail = rail.New(p.cfg)
	p.must(p.rail.Recover(p.ctx))
	p.must(p.rail.Wait(p.ctx))
	p.must(p.rail.Recover(p.ctx)) // nothing is left
	p.must(p.rail.Wait(p.ctx))
	for _, o := range []assurance.PayoutOrder{done, taken, handed} {
		if got := p.payout(o.PayoutID).Stage; got != treasury.Settled {
			t.Errorf("the payout of %s is %s", o.Amount, got)
		}
	}
	if p.count(rail.Paid) != 2 {
		t.Errorf("the new rail paid %d times, want twice", p.count(rail.Paid))
	}
}

func TestOnlyARailReadsWhatRailsOwe(t *testing.T) {
	t.Parallel()
	p := setup(t)
	if _, err := p.RailPayouts(p.ctx, p.seller, treasury.Sent, ""); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("a member reads every payout: %v", err)
	}
}

func TestAReturnIsMadeOnce(t *testing.T) {
	t.Parallel()
	p := setup(t)
	o := assurance.ReturnOrder{DepositID: "d", Rail: rail.Name, Reference: "sandbox-1", Amount: usd(700)}
	for range 3 {
		p.must(p.rail.Return(p.ctx, o))
	}
	want := rail.Line{Kind: rail.Returned, Reference: "sandbox-1", Subject: "deposit:d", Amount: usd(700)}
	got := p.rail.Statement()
	if len(got) != 1 {
		t.Fatalf("statement %+v, want one line", got)
	}
	if want.At = got[0].At; got[0] != want {
		t.Errorf("line %+v, want %+v", got[0], want)
	}
	other := o
	other.Amount = usd(701)
	if err := p.rail.Return(p.ctx, other); fault.CodeOf(err) != "rail.key_reused" {
		t.Errorf("another amount for the same deposit: %v", err)
	}
	for name, bad := range map[string]assurance.ReturnOrder{
		"without a deposit": {Rail: rail.Name, Amount: usd(1)},
		"for another rail":  {DepositID: "e", Rail: "wire", Amount: usd(1)},
		"of nothing":        {DepositID: "e", Rail: rail.Name, Amount: usd(0)},
	} {
		if err := p.rail.Return(p.ctx, bad); fault.CodeOf(err) != "rail.bad_order" {
			t.Errorf("a return %s: %v", name, err)
		}
	}
}
