package rail_test

import (
	"runtime"
	"slices"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/rail"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/ledger"
	"fondaco/internal/trade/treasury"
)

func TestTransfersTakeTheirScenario(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		scenario rail.Scenario
		funded   bool
		received int64 // kept for the deal until the rest comes
		suspense int64 // waits for a person, in minor units of currency
		why      string
		currency string
		booked   int
		told     int
	}{
		{rail.Exact, true, 0, 0, "", "USD", 1, 1},
		{rail.Short, false, 90_000, 0, "", "USD", 1, 1},
		{rail.Over, true, 0, 10_000, "surplus", "USD", 1, 1},
		{rail.Duplicate, true, 0, 0, "", "USD", 1, 2},
		{rail.Failure, false, 0, 0, "", "USD", 0, 0},
		{rail.WrongCurrency, false, 0, 100_000, "wrong_currency", "EUR", 1, 1},
	} {
		t.Run(string(c.scenario), func(t *testing.T) {
			t.Parallel()
			p := setup(t)
			id := p.agreed()
			p.simulate(id, c.scenario)
			s := p.state(id)
			if got := !s.FundedAt.IsZero(); got != c.funded || s.Received() != c.received {
				t.Errorf("funded %t with %d received, want %t and %d", got, s.Received(), c.funded, c.received)
			}
			rows := p.deposits()
			if len(rows) != c.booked || p.count(rail.Booked) != c.booked || len(p.line.heard()) != c.told {
				t.Fatalf("%d deposits, %d bookings, %d notices; want %d, %d, %d", len(rows), p.count(rail.Booked), len(p.line.heard()), c.booked, c.booked, c.told)
			}
			if c.booked == 1 && (rows[0].Deposit.Rest != c.suspense || rows[0].Deposit.Why != c.why) {
				t.Errorf("deposit %+v, want a rest of %d for %q", rows[0].Deposit, c.suspense, c.why)
			}
			suspense := ledger.Suspense(rail.Name, money.MustCurrency(c.currency))
			if got := p.balance(suspense); got != c.suspense+c.received {
				t.Errorf("suspense holds %d", got)
			}
			p.agree()
		})
	}
}

func TestTheSameKeyIsOneTransfer(t *testing.T) {
	t.Parallel()
	p := setup(t)
	id := p.agreed()
	for _, minor := range []int64{10_000, 10_000, 20_000} {
		p.must(p.rail.Simulate(p.ctx, assurance.Simulation{Deal: string(id), Amount: usd(minor), Payer: "Basler Handel AG", Scenario: string(rail.Exact), Key: "first"}))
		p.must(p.rail.Wait(p.ctx))
	}
	if got := p.state(id).Received(); got != 10_000 {
		t.Errorf("received %d for one transfer", got)
	}
	p.must(p.rail.Simulate(p.ctx, assurance.Simulation{Deal: string(id), Amount: usd(20_000), Payer: "Basler Handel AG", Scenario: string(rail.Exact), Key: "second"}))
	p.must(p.rail.Wait(p.ctx))
	if got := p.state(id).Received(); got != 30_000 {
		t.Errorf("received %d for two", got)
	}
	p.agree()
}

func TestRejectedTransferIsOnTheRailsStatement(t *testing.T) {
	t.Parallel()
	p := setup(t)
	id := p.agreed()
	p.simulate(id, rail.Failure)
	got := p.rail.Statement()
	if len(got) != 1 || got[0].Kind != rail.Rejected || got[0].Subject != "deal:"+string(id) || got[0].Amount != usd(100_000) {
		t.Errorf("statement %+v", got)
	}
}

func TestLateTransferWaitsForTheHousesClock(t *testing.T) {
	t.Parallel()
	p := setup(t, func(c *rail.Config) { c.Poll = time.Hour })
	id := p.agreed()
	p.simulate(id, rail.Late)
	p.clock.Advance(3*day - time.Microsecond)
	p.rail.Tick()
	p.must(p.rail.Wait(p.ctx))
	if len(p.deposits()) != 0 {
		t.Fatal("booked before its time")
	}
	p.clock.Advance(time.Microsecond)
	p.rail.Tick()
	p.must(p.rail.Wait(p.ctx))
	if rows := p.deposits(); len(rows) != 1 || !rows[0].Deposit.Notice.BookedAt.Equal(start.Add(3*day)) || p.state(id).FundedAt.IsZero() {
		t.Errorf("deposits %+v", rows)
	}
	p.agree()
}

func TestTransferThatComesAfterTheDealEndedIsNotLost(t *testing.T) {
	t.Parallel()
	p := setup(t)
	id := p.agreed()
	p.simulate(id, rail.Late)
	p.act(p.buyer, id, deal.CancelByBoth{Reason: "off"})
	p.act(p.seller, id, deal.CancelByBoth{Reason: "off"})
	p.clock.Advance(4 * day)
	p.rail.Tick()
	p.must(p.rail.Wait(p.ctx))
	rows := p.deposits()
	if len(rows) != 1 || rows[0].Deposit.Stage != treasury.Suspense || rows[0].Deposit.Rest != 100_000 || rows[0].Deposit.Why != "not_awaited" {
		t.Errorf("deposits %+v", rows)
	}
	p.agree()
}

func TestNoticeOfUnknownOutcomeIsToldAgainUnchanged(t *testing.T) {
	t.Parallel()
	p := setup(t)
	id := p.agreed()
	p.line.down, p.line.lost = 3, 2
	p.simulate(id, rail.Exact)
	if got := len(p.line.heard()); got != 6 {
		t.Errorf("told %d times, want 3 in vain, 2 unanswered and 1 accepted", got)
	}
	if rows := p.deposits(); len(rows) != 1 || p.state(id).Escrow.Released() == 0 {
		t.Errorf("deposits %+v", rows)
	}
	p.agree()
}

func TestNoticesWaitLongerEachTime(t *testing.T) {
	t.Parallel()
	var tries []int
	p := setup(t, func(c *rail.Config) {
		c.Wait = func(n int) time.Duration {
			tries = append(tries, n)
			return 0
		}
	})
	id := p.agreed()
	p.line.down = 4
	p.simulate(id, rail.Exact)
	p.rail.Close()
	if !slices.Equal(tries, []int{1, 2, 3, 4}) {
		t.Errorf("waited after tries %v", tries)
	}
}

func TestSimulationsThatCannotBePlayedAreRefused(t *testing.T) {
	t.Parallel()
	p := setup(t)
	long := string(make([]byte, 257))
	for _, c := range []struct {
		name string
		s    assurance.Simulation
		code string
	}{
		{"no scenario", assurance.Simulation{Amount: usd(1)}, "rail.unknown_scenario"},
		{"unknown scenario", assurance.Simulation{Amount: usd(1), Scenario: "EXACT"}, "rail.unknown_scenario"},
		{"no amount", assurance.Simulation{Scenario: "exact"}, "rail.bad_amount"},
		{"negative amount", assurance.Simulation{Amount: usd(-1), Scenario: "exact"}, "rail.bad_amount"},
		{"amount beyond JSON", assurance.Simulation{Amount: usd(1 << 53), Scenario: "exact"}, "rail.bad_amount"},
		{"one cent short", assurance.Simulation{Amount: usd(1), Scenario: "short"}, "rail.bad_amount"},
		{"too much over", assurance.Simulation{Amount: usd(1<<53 - 1), Scenario: "over"}, "rail.bad_amount"},
		{"long payer", assurance.Simulation{Amount: usd(1), Scenario: "exact", Payer: long}, "rail.bad_text"},
		{"long deal", assurance.Simulation{Amount: usd(1), Scenario: "exact", Deal: long}, "rail.bad_text"},
		{"payer in no alphabet", assurance.Simulation{Amount: usd(1), Scenario: "exact", Payer: "\xff"}, "rail.bad_text"},
	} {
		if err := p.rail.Simulate(p.ctx, c.s); fault.KindOf(err) != fault.Invalid || fault.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %s", c.name, err, c.code)
		}
	}
	p.must(p.rail.Wait(p.ctx))
	if len(p.line.heard()) != 0 || len(p.rail.Statement()) != 0 {
		t.Error("a refused simulation left a trace")
	}
}

func TestFullRailTakesNoMore(t *testing.T) {
	t.Parallel()
	p := setup(t, func(c *rail.Config) { c.Queue = 2 })
	late := assurance.Simulation{Deal: "d", Amount: usd(1), Payer: "x", Scenario: "late"}
	p.must(p.rail.Simulate(p.ctx, late))
	p.must(p.rail.Simulate(p.ctx, late))
	if err := p.rail.Simulate(p.ctx, late); fault.KindOf(err) != fault.Exhausted || fault.CodeOf(err) != "rail.busy" {
		t.Errorf("a third errand: %v", err)
	}
}

func TestClosingTellsWhatWaitsOnceMore(t *testing.T) {
	t.Parallel()
	p := setup(t, func(c *rail.Config) { c.Wait = func(int) time.Duration { return time.Hour } })
	id := p.agreed()
	p.line.down = 1
	p.must(p.rail.Simulate(p.ctx, assurance.Simulation{Deal: string(id), Amount: usd(100_000), Payer: "x", Scenario: "exact"}))
	for len(p.line.heard()) == 0 {
		runtime.Gosched()
	}
	p.rail.Close()
	if got := len(p.line.heard()); got != 2 || len(p.deposits()) != 1 {
		t.Errorf("told %d times, %d deposits", got, len(p.deposits()))
	}
}

func TestClosedRailTakesNothing(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.rich()
	o := p.order(10_000)
	p.line.down = 1_000_000
	p.must(p.rail.Simulate(p.ctx, assurance.Simulation{Deal: "d", Amount: usd(1), Payer: "x", Scenario: "exact"}))
	p.rail.Close() // comes back although the house does not answer
	p.rail.Close()
	for _, s := range rail.Scenarios() {
		if err := p.rail.Simulate(p.ctx, assurance.Simulation{Deal: "d", Amount: usd(10), Payer: "x", Scenario: string(s)}); fault.CodeOf(err) != "rail.closed" {
			t.Errorf("%s: %v", s, err)
		}
	}
	if err := p.rail.Send(p.ctx, o); fault.KindOf(err) != fault.Unavailable || fault.CodeOf(err) != "rail.closed" {
		t.Errorf("sending: %v", err)
	}
}
