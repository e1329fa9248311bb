package worker_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/treasury"
	"fondaco/internal/worker"
)

func bankDown() error { return fault.New(fault.Unavailable, "bank.down", "The bank is down.") }

// credited gives the seller 990.00 dollars.
func (p *place) credited() {
	p.t.Helper()
	id := p.delivered(p.terms())
	p.act(p.buyer, id, deal.Accept{})
}

// gift gives the seller money that no deal is about.
func (p *place) gift(minor int64) {
	p.t.Helper()
	p.deposit("no deal", minor)
	rows, err := p.Deposits(p.ctx, identity.Actor{Office: identity.Treasury}, assurance.MoneyQuery{Stage: string(treasury.Suspense)})
	p.must(err)
	_, err = p.AssignDeposit(p.ctx, assurance.Call{By: identity.Actor{Office: identity.Treasury, Person: "treasurer"}}, rows[0].ID, p.other.Party, "a gift")
	p.must(err)
}

func (p *place) withdraw(minor int64) string {
	p.t.Helper()
	r, err := p.Withdraw(p.ctx, assurance.Call{By: p.other}, p.other.Party, usd(minor), "sale")
	p.must(err)
	return r.ID
}

// message puts a message into the outbox that no use case would write.
func (p *place) message(m assurance.Message) {
	p.t.Helper()
	p.must(p.store.Commit(p.ctx, &assurance.Batch{Messages: []assurance.Message{m}}, func(assurance.Tail) error { return nil }))
}

func (p *place) dead() []assurance.Message {
	p.t.Helper()
	ms, err := p.store.DeadMessages(p.ctx, 10)
	p.must(err)
	return ms
}

func TestPayoutIsHandedToItsRailOnce(t *testing.T) {
	t.Parallel()
	p := setup(t)
	w := p.worker()
	p.credited()
	id := p.withdraw(50_000)
	if r := p.step(w); r.Sent != 1 {
		t.Errorf("report %+v", r)
	}
	if r := p.step(w); !r.Quiet() {
		t.Errorf("a second pass found work: %+v", r)
	}
	want := assurance.PayoutOrder{PayoutID: id, Party: p.other.Party, Amount: usd(50_000), Rail: "bank"}
	if got := p.bank.sent(); len(got) != 1 || got[0] != want {
		t.Errorf("the rail got %+v, want %+v", got, want)
	}
}

func TestAutomaticPayoutPaysWhatTheDealCredited(t *testing.T) {
	t.Parallel()
	p := setup(t, func(c *assurance.Config) { c.AutoPayout = true })
	w := p.worker()
	p.credited()
	if r := p.step(w); r.Withdrawn != 1 || r.Sent != 1 {
		t.Errorf("report %+v, want one payout instructed and sent", r)
	}
	if got := p.bank.sent(); len(got) != 1 || got[0].Party != p.other.Party || got[0].Amount != usd(99_000) {
		t.Errorf("the rail got %+v", got)
	}
}

// forgetful loses the first mark of every message: the process dies after the
// deed and before the note.
type forgetful struct {
	assurance.Schedule
	died map[string]bool
}

var errDeath = errors.New("power cut")

func (f *forgetful) MessageDone(ctx context.Context, id string, at time.Time) error {
	if !f.died[id] {
		f.died[id] = true
		return errDeath
	}
	return f.Schedule.MessageDone(ctx, id, at)
}

func TestCrashBetweenDeedAndMarkIsOnePayment(t *testing.T) {
	t.Parallel()
	p := setup(t, func(c *assurance.Config) { c.AutoPayout = true })
	p.credited()
	p.gift(200_000) // enough for a second payment by mistake
	f := &forgetful{Schedule: p.store, died: map[string]bool{}}
	for crashed := 0; ; crashed++ {
		w := p.worker(func(c *worker.Config) { c.Schedule = f }) // each time a new process
		_, err := w.Step(p.ctx)
		if err == nil {
			if crashed != 2 {
				t.Errorf("crashed %d times, want once at the instruction and once at the sending", crashed)
			}
			break
		}
		if !errors.Is(err, errDeath) {
			t.Fatal(err)
		}
	}
	orders := p.bank.sent()
	if len(orders) != 2 || orders[0] != orders[1] {
		t.Errorf("the rail got %+v, want one order twice, under one key", orders)
	}
	rows, err := p.Payouts(p.ctx, p.other, assurance.MoneyQuery{})
	p.must(err)
	if len(rows) != 1 {
		t.Errorf("%d payouts instructed, want 1", len(rows))
	}
	p.sound()
}

func TestMessageIsTriedAgainWithGrowingWaitsAndThenGivenUp(t *testing.T) {
	t.Parallel()
	p := setup(t)
	w := p.worker(func(c *worker.Config) { c.AttemptsMax, c.RetryFirst, c.RetryMax = 6, time.Minute, 5*time.Minute })
	p.credited()
	p.withdraw(50_000)
	p.bank.is(bankDown())
	began := p.Now()
	var at []time.Duration
	for range 40 {
		before := len(p.bank.sent())
		p.step(w)
		if len(p.bank.sent()) > before {
			at = append(at, p.Now().Sub(began)/time.Minute)
		}
		p.clock.Advance(time.Minute)
	}
	want := []time.Duration{0, 1, 3, 7, 12, 17}
	if len(at) != len(want) {
		t.Fatalf("attempts after minutes %v, want %v", at, want)
	}
	for i := range want {
		if at[i] != want[i] {
			t.Fatalf("attempts after minutes %v, want %v", at, want)
		}
	}
	dead := p.dead()
	if len(dead) != 1 || dead[0].Attempts != 6 || dead[0].Error != "unavailable bank.down: The bank is down." {
		t.Errorf("dead letters %+v", dead)
	}
}

func TestRailThatComesBackGetsWhatWaits(t *testing.T) {
	t.Parallel()
	p := setup(t)
	w := p.worker()
	p.credited()
	for range 3 {
		p.withdraw(10_000)
	}
	p.bank.is(bankDown())
	if r := p.step(w); r.Retried != 1 || len(p.bank.sent()) != 1 {
		t.Errorf("a rail that is down was asked %d times in one pass: %+v", len(p.bank.sent()), r)
	}
	p.bank.is(nil)
	p.clock.Advance(time.Minute)
	if r := p.step(w); r.Sent != 3 {
		t.Errorf("report %+v, want all three sent", r)
	}
}

func TestHopelessMessagesAreGivenUpAtOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		message func(p *place) assurance.Message
		code    string
	}{
		{"a payout of more than there is", func(p *place) assurance.Message {
			doc, err := evidence.Canonical(assurance.AutoPayout{Party: p.other.Party, Amount: usd(1), Cause: "deal:x"})
			p.must(err)
			return assurance.Message{ID: "x/1", Topic: assurance.TopicAutoPayout, Payload: doc}
		}, "refused ledger.insufficient"},
		{"an unreadable payout", func(*place) assurance.Message {
			return assurance.Message{ID: "x/1", Topic: assurance.TopicPayout, Payload: []byte(`[1]`)}
		}, "invalid worker.bad_message"},
		{"an unknown topic", func(*place) assurance.Message {
			return assurance.Message{ID: "x/1", Topic: "carrier.pigeon", Payload: []byte(`{}`)}
		}, "invalid worker.unknown_topic"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := setup(t)
			m := c.message(p)
			m.NextAt = p.Now()
			p.message(m)
			if r := p.step(p.worker()); r.Dead != 1 || r.Retried != 0 {
				t.Errorf("report %+v", r)
			}
			if dead := p.dead(); len(dead) != 1 || len(dead[0].Error) < len(c.code) || dead[0].Error[:len(c.code)] != c.code {
				t.Errorf("dead letters %+v, want one with %s", dead, c.code)
			}
		})
	}
}

// shut is a house that cannot write for a while.
type shut struct {
	*assurance.House
	err error
}

func (s *shut) Withdraw(ctx context.Context, c assurance.Call, party identity.PartyID, a money.Amount, cause string) (assurance.Receipt, error) {
	if s.err != nil {
		return assurance.Receipt{}, s.err
	}
	return s.House.Withdraw(ctx, c, party, a, cause)
}

func TestHouseThatIsDownCostsNoMessageItsLife(t *testing.T) {
	t.Parallel()
	for _, down := range []*fault.Error{
		fault.New(fault.Unavailable, "house.halted", "Halted."), fault.New(fault.Exhausted, "house.busy", "Busy."),
	} {
		p := setup(t, func(c *assurance.Config) { c.AutoPayout = true })
		p.credited()
		h := &shut{House: p.House, err: down}
		w := p.worker(func(c *worker.Config) { c.House, c.AttemptsMax = h, 3 })
		for range 10 {
			if r := p.step(w); r.Retried != 1 || r.Dead != 0 {
				t.Fatalf("report %+v", r)
			}
			p.clock.Advance(2 * time.Hour)
		}
		h.err = nil
		if r := p.step(w); r.Withdrawn != 1 || r.Sent != 1 {
			t.Errorf("report %+v, want the payout", r)
		}
	}
}

func TestPayoutForARailThatIsNotThereWaitsForOne(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.credited()
	id := p.withdraw(50_000)
	if r := p.step(p.worker(func(c *worker.Config) { c.Rails = nil })); r.Retried != 1 {
		t.Errorf("report %+v", r)
	}
	p.clock.Advance(time.Minute)
	if r := p.step(p.worker()); r.Sent != 1 {
		t.Errorf("report %+v", r)
	}
	rows, err := p.Payouts(p.ctx, p.other, assurance.MoneyQuery{})
	p.must(err)
	if len(rows) != 1 || rows[0].ID != id || rows[0].Payout.Stage != treasury.Instructed {
		t.Errorf("payouts %+v", rows)
	}
}

func TestUnclaimedMoneyGoesBackByTheRailItCameFrom(t *testing.T) {
	t.Parallel()
	p := setup(t)
	w := p.worker()
	n := treasury.Notice{Rail: "bank", Reference: "wire-7", Deal: "nobody's", Payer: "Stranger AG", Amount: usd(12_345), BookedAt: p.Now()}
	r, err := p.BookDeposit(p.ctx, identity.Actor{Office: identity.Rail, Person: "bank"}, n)
	p.must(err)
	p.clock.Advance((treasury.SuspenseDays*24 + 1) * time.Hour)
	if got := p.step(w); got.Lapsed != 1 || got.Sent != 1 {
		t.Errorf("report %+v, want one lapse and one order", got)
	}
	want := assurance.ReturnOrder{DepositID: r.ID, Rail: "bank", Reference: "wire-7", Amount: usd(12_345)}
	if got := p.bank.returned(); len(got) != 1 || got[0] != want {
		t.Errorf("the rail was told to return %+v, want %+v", got, want)
	}
	if got := p.step(w); !got.Quiet() {
		t.Errorf("a second pass found work: %+v", got)
	}
}
