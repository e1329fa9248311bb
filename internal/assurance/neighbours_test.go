package assurance_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/treasury"
)

// TestEveryPayoutHasItsOrderAndARefusedOneHasNone: what commands of one batch send
// to the outside is all kept, and nothing of what was refused.
func TestEveryPayoutHasItsOrderAndARefusedOneHasNone(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.delivered() // the seller has 297.00
	withdraw := func(minor int64) func() (assurance.Receipt, error) {
		return func() (assurance.Receipt, error) {
			return p.Withdraw(p.ctx, assurance.Call{By: p.seller}, p.seller.Party, usd(minor), "asked for")
		}
	}
	outcomes := p.together(withdraw(10_000), withdraw(500_000), withdraw(5_000))
	p.must(outcomes[0].err)
	p.refused(outcomes[1].err, "ledger.insufficient")
	p.must(outcomes[2].err)
	_, err := withdraw(500_000)() // and where nothing else is written
	p.refused(err, "ledger.insufficient")

	due, err := p.store.DueMessages(p.ctx, p.Now(), 100)
	p.must(err)
	var orders []string
	for _, m := range due {
		if m.Topic == assurance.TopicPayout {
			orders = append(orders, m.ID)
		}
	}
	want := []string{treasury.PayoutStream(outcomes[0].receipt.ID), treasury.PayoutStream(outcomes[2].receipt.ID)}
	slices.Sort(orders)
	slices.Sort(want)
	if !slices.Equal(orders, want) {
		t.Errorf("orders for %v, want %v", orders, want)
	}
	p.sound()
}

// TestOnlyTheGuiltyIsToldThatItCannotBeWritten: the database refuses a batch for
// one of its commands, which no decision could have known.
func TestOnlyTheGuiltyIsToldThatItCannotBeWritten(t *testing.T) {
	t.Parallel()
	p := setup(t)
	company := func(name string) func() (assurance.Receipt, error) {
		return func() (assurance.Receipt, error) {
			return p.RegisterParty(p.ctx, assurance.Call{By: p.buyer}, register(name))
		}
	}
	join := func(name string) func() (assurance.Receipt, error) {
		return func() (assurance.Receipt, error) {
			_, err := p.Join(p.ctx, signUp("ann@example.com", name))
			return assurance.Receipt{}, err
		}
	}
	outcomes := p.together(company("Before"), join("The first"), company("Between"), join("The second"), company("After"))
	for i, code := range []string{"", "", "", "people.email_taken", ""} {
		if got := fault.CodeOf(outcomes[i].err); code == "" && outcomes[i].err != nil || code != "" && got != code {
			t.Errorf("command %d: %+v, want %q", i, outcomes[i].err, code)
		}
	}
	p.sound()
}

// TestACommitOfUnknownOutcomeIsLookedAt: it happened, but nobody was told. Whoever
// comes next is answered from what is stored.
func TestACommitOfUnknownOutcomeIsLookedAt(t *testing.T) {
	t.Parallel()
	p := setup(t)
	id := p.delivered()
	var once sync.Once
	p.disk.mu.Lock()
	p.disk.after = func(*assurance.Batch) (err error) {
		once.Do(func() { err = fault.New(fault.Unavailable, "store.unavailable", "The database cannot be reached.") })
		return err
	}
	p.disk.mu.Unlock()
	_, err := p.Act(p.ctx, assurance.Call{By: p.buyer}, id, deal.Accept{})
	p.refused(err, "store.unavailable")
	_, err = p.Act(p.ctx, assurance.Call{By: p.buyer}, id, deal.Accept{})
	p.refused(err, "deal.wrong_phase")
	p.sound()
}

// TestAPayoutIsCancelledByItsOwnerOnly: to anybody else it is not there.
func TestAPayoutIsCancelledByItsOwnerOnly(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.delivered()
	r, err := p.Withdraw(p.ctx, assurance.Call{By: p.seller}, p.seller.Party, usd(10_000), "asked for")
	p.must(err)
	for _, by := range []identity.Actor{p.buyer, office(identity.Administrator), office(identity.Compliance), rail(), identity.HouseClock(), {}} {
		_, err := p.CancelPayout(p.ctx, assurance.Call{By: by}, r.ID, "not theirs")
		p.refused(err, "treasury.unknown_payout")
	}
	_, err = p.CancelPayout(p.ctx, assurance.Call{By: p.seller}, r.ID, "a mistake")
	p.must(err)
	p.sound()
}

// slow is a store that tells when keys are looked up or a stream is read, and that
// keeps the commits of one company waiting.
type slow struct {
	assurance.Store
	stream  string
	asked   chan struct{}
	entered chan struct{}
	leave   chan struct{}
	once    sync.Once
}

func (s *slow) Answers(ctx context.Context, keys []assurance.AnswerKey) ([]assurance.Answer, error) {
	s.asked <- struct{}{}
	return s.Store.Answers(ctx, keys)
}

func (s *slow) Records(ctx context.Context, stream string, after int64) ([]assurance.Record, error) {
	if stream == s.stream {
		s.asked <- struct{}{}
	}
	return s.Store.Records(ctx, stream, after)
}

func (s *slow) Commit(ctx context.Context, b *assurance.Batch, place func(assurance.Tail) error) error {
	if len(b.Parties) > 0 {
		s.once.Do(func() {
			close(s.entered)
			<-s.leave
		})
	}
	return s.Store.Commit(ctx, b, place)
}

// TestMoneyThatAnotherNodeHasPaidIsThere: a command joins a batch that was begun
// before another node paid, and must not be refused for want of that money.
func TestMoneyThatAnotherNodeHasPaidIsThere(t *testing.T) {
	t.Parallel()
	p := setup(t)
	id := p.delivered() // the seller has 297.00, and 693.00 to come
	other := p.funded()
	disk := &slow{Store: p.store, stream: other.Stream(), asked: make(chan struct{}, 100), entered: make(chan struct{}), leave: make(chan struct{})}
	h := p.openOn(disk)
	t.Cleanup(h.Close)
	_, err := h.Withdraw(p.ctx, assurance.Call{By: p.seller}, p.seller.Party, usd(20_000), "asked for")
	p.must(err) // and now this node remembers 97.00

	var group sync.WaitGroup
	var under, next, late error
	group.Go(func() { _, under = h.RegisterParty(p.ctx, assurance.Call{By: p.buyer}, register("Under way")) })
	<-disk.entered
	group.Go(func() {
		_, next = h.Act(p.ctx, assurance.Call{By: p.seller, Key: "next"}, other, deal.Ship{Carrier: "Sea", TrackingNumber: "NEXT", Final: true})
	})
	<-disk.asked // the next batch is begun
	_, err = p.Act(p.ctx, assurance.Call{By: p.buyer}, id, deal.Accept{})
	p.must(err)
	group.Go(func() {
		_, late = h.Withdraw(p.ctx, assurance.Call{By: p.seller, Key: "late"}, p.seller.Party, usd(50_000), "asked for")
	})
	<-disk.asked // it would be refused, and it is asked whether it was answered before
	close(disk.leave)
	group.Wait()
	p.must(under)
	p.must(next)
	if late != nil {
		t.Errorf("of 790.00 the seller may have 500.00: %+v", late)
	}
	p.sound()
}

// deaf is a store that does not answer when the first key is looked up, as that of a
// command that is refused, so that the house decides nothing meanwhile.
type deaf struct {
	assurance.Store
	asked chan struct{}
	leave chan struct{}
	once  sync.Once
}

func (d *deaf) Answers(ctx context.Context, keys []assurance.AnswerKey) ([]assurance.Answer, error) {
	d.once.Do(func() {
		close(d.asked)
		<-d.leave
	})
	return d.Store.Answers(ctx, keys)
}

// TestAClaimIsDatedWhenItComes: the house is busy, and decides it when the time for
// it has run out.
func TestAClaimIsDatedWhenItComes(t *testing.T) {
	t.Parallel()
	p := setup(t)
	id := p.delivered()
	at := p.due(id.Stream(), string(deal.InspectClock))
	p.clock.Set(at)
	disk := &deaf{Store: p.store, asked: make(chan struct{}), leave: make(chan struct{})}
	h := p.openOn(disk)
	t.Cleanup(h.Close)
	var group sync.WaitGroup
	var first, claim error
	group.Go(func() { _, first = h.Act(p.ctx, assurance.Call{By: p.buyer, Key: "first"}, "nowhere", deal.Accept{}) })
	<-disk.asked
	group.Go(func() { _, claim = h.Act(p.ctx, assurance.Call{By: p.buyer}, id, claimOf(70_000)) })
	for h.Waiting() < 2 {
		yield()
	}
	p.clock.Set(at.Add(time.Microsecond))
	close(disk.leave)
	group.Wait()
	p.refused(first, "deal.not_found")
	p.must(claim)
	_, err := h.Lapse(p.ctx, assurance.ClockRow{Stream: id.Stream(), Clock: string(deal.InspectClock), At: at})
	p.must(err) // what was not claimed is accepted
	if held := p.state(id).Escrow.Frozen(); held != 70_000 {
		t.Errorf("%d of what was claimed in time is held", held)
	}
	p.sound()
}

// openOn opens a house of its own on a store that the test has its hand in.
func (p *place) openOn(s assurance.Store) *assurance.House {
	p.t.Helper()
	h, err := assurance.Open(context.WithoutCancel(p.ctx), assurance.Config{
		Store: s, Archive: p.store, Clock: p.clock, Random: rand.Reader, PayoutRail: "bank",
		NewID: func() string { return fmt.Sprintf("%012d", p.ids.Add(1)) },
	})
	p.must(err)
	return h
}

// TestEveryFactOfOneBatchCanBeProved: the leaves of commands that are written
// together are all there.
func TestEveryFactOfOneBatchCanBeProved(t *testing.T) {
	t.Parallel()
	p := setup(t)
	var calls []func() (assurance.Receipt, error)
	for i := range 5 {
		calls = append(calls, func() (assurance.Receipt, error) {
			return p.RegisterParty(p.ctx, assurance.Call{By: p.buyer}, register(fmt.Sprintf("Company %d", i)))
		})
	}
	for _, o := range p.together(calls...) {
		p.must(o.err)
		proof, err := p.Prove(p.ctx, p.buyer, o.receipt.Last, 0)
		p.must(err)
		if err := evidence.VerifyInclusion(proof.Record.Entry().Leaf(), o.receipt.Last, proof.Size, proof.Root, proof.Proof); err != nil {
			t.Errorf("entry %d: %v", o.receipt.Last, err)
		}
	}
}
