package assurance_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/store"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/ledger"
	"fondaco/internal/trade/shipment"
)

// nodes are houses on one database, each with a store and caches of its own, as
// processes have them. A store knows what it has written last, and takes that for what
// its house knows: houses that shared one would get in each other's way more often.
func nodes(p *place, n int) []*assurance.House {
	p.t.Helper()
	all := []*assurance.House{p.House}
	for range n - 1 {
		s, err := store.OpenSQLite(context.WithoutCancel(p.ctx), p.path)
		p.must(err)
		h := p.openOn(s)
		p.t.Cleanup(func() {
			h.Close()
			p.must(s.Close())
		})
		all = append(all, h)
	}
	return all
}

// whole drives a deal from nothing to its end, each step at the next node.
func whole(p *place, all []*assurance.House, from int) error {
	next := func() *assurance.House {
		from++
		return all[from%len(all)]
	}
	r, err := next().DraftDeal(p.ctx, assurance.Call{By: p.buyer}, p.terms())
	if err != nil {
		return err
	}
	id := deal.ID(r.ID)
	act := func(by identity.Actor, c deal.Command) {
		if err == nil {
			_, err = next().Act(p.ctx, assurance.Call{By: by}, id, c)
		}
	}
	act(p.buyer, deal.MakeOffer{})
	if err != nil {
		return err
	}
	s, err := next().Deal(p.ctx, p.buyer, id)
	if err != nil {
		return err
	}
	act(p.buyer, deal.Sign{Hash: s.TermsHash})
	act(p.seller, deal.Sign{Hash: s.TermsHash})
	if err == nil {
		_, err = next().BookDeposit(p.ctx, rail(), p.notice(id, usd(100_000)))
	}
	act(p.seller, deal.Ship{ConsignmentID: "c1", Carrier: "Sea", TrackingNumber: "N" + string(id), Final: true})
	for _, stage := range []shipment.Stage{shipment.PickedUp, shipment.Delivered} {
		act(identity.Actor{Office: identity.Carrier, Person: "sea"}, deal.Track{ConsignmentID: "c1", Event: shipment.Event{Stage: stage, At: p.Now(), Place: "CH Basel"}})
	}
	act(p.buyer, deal.Accept{})
	return err
}

func TestNodesTakeTurnsOnOneDeal(t *testing.T) {
	t.Parallel()
	p := setup(t)
	all := nodes(p, 3)
	for i := range 5 {
		p.must(whole(p, all, i))
	}
	if got := p.posted(ledger.Party(string(p.seller.Party), usd(0).Currency())); got != 5*99_000 {
		t.Errorf("the seller has %d", got)
	}
	p.sound()
}

func TestNodesThatPayOneSellerAtOneTimeLoseNothing(t *testing.T) {
	t.Parallel()
	p := setup(t)
	all := nodes(p, 3)
	const clients, deals = 24, 4
	var group sync.WaitGroup
	failed := make([]error, clients)
	for c := range clients {
		group.Go(func() {
			for d := range deals {
				failed[c] = errors.Join(failed[c], whole(p, all, c+d))
			}
		})
	}
	group.Wait()
	p.must(errors.Join(failed...))
	if got := p.posted(ledger.Party(string(p.seller.Party), usd(0).Currency())); got != clients*deals*99_000 {
		t.Errorf("the seller has %d", got)
	}
	p.sound()
}

// TestOneBalanceIsSpentOnceByManyNodes: every node believes that the money is there.
func TestOneBalanceIsSpentOnceByManyNodes(t *testing.T) {
	t.Parallel()
	p := setup(t)
	all := nodes(p, 4)
	p.must(whole(p, all, 0))
	var group sync.WaitGroup
	outcomes := make([]error, 40)
	for i := range outcomes {
		group.Go(func() {
			_, outcomes[i] = all[i%len(all)].Withdraw(p.ctx, assurance.Call{By: p.seller, Key: fmt.Sprint(i)}, p.seller.Party, usd(10_000), "asked for")
		})
	}
	group.Wait()
	paid := 0
	for _, err := range outcomes {
		switch {
		case err == nil:
			paid++
		case fault.CodeOf(err) != "ledger.insufficient":
			t.Errorf("%+v", err)
		}
	}
	if paid != 9 { // of 990.00, in hundreds
		t.Errorf("%d withdrawals of 100.00 out of 990.00", paid)
	}
	p.sound()
}

// TestANumberAnnouncedAtTwoNodesAtOnceIsFreshOnce: neither node has heard of the
// other's when it decides.
func TestANumberAnnouncedAtTwoNodesAtOnceIsFreshOnce(t *testing.T) {
	t.Parallel()
	p := setup(t)
	all := nodes(p, 2)
	for range 10 {
		ids := []deal.ID{p.funded(), p.funded()}
		number := "N" + string(ids[0])
		var group sync.WaitGroup
		for i, id := range ids {
			group.Go(func() {
				_, err := all[i].Act(p.ctx, assurance.Call{By: p.seller}, id, deal.Ship{ConsignmentID: "c1", Carrier: "Sea", TrackingNumber: number, Final: true})
				if err != nil {
					t.Errorf("%+v", err)
				}
			})
		}
		group.Wait()
		reused := 0
		for _, id := range ids {
			for _, c := range p.state(id).Consignments {
				if c.NumberReused {
					reused++
				}
			}
		}
		if reused != 1 {
			t.Errorf("%d of two deals with one tracking number are told that it was used", reused)
		}
	}
	p.sound()
}

// TestWhatWasDecidedOnAFailedCommitIsDecidedAgain: the first commit is under way
// while others are decided on top of it; then it fails.
func TestWhatWasDecidedOnAFailedCommitIsDecidedAgain(t *testing.T) {
	t.Parallel()
	p := setup(t)
	id := p.agreed()
	entered, leave := make(chan struct{}), make(chan struct{})
	var once sync.Once
	p.disk.beforeCommits(func(*assurance.Batch) (err error) {
		once.Do(func() {
			close(entered)
			<-leave
			err = fault.New(fault.Unavailable, "store.unavailable", "The database cannot be reached.")
		})
		return err
	})
	var group sync.WaitGroup
	var first, second error
	group.Go(func() { _, first = p.BookDeposit(p.ctx, rail(), p.notice(id, usd(100_000))) })
	<-entered
	group.Go(func() {
		_, second = p.Act(p.ctx, assurance.Call{By: p.seller}, id, deal.Ship{ConsignmentID: "c1", Carrier: "Sea", TrackingNumber: "N1", Final: true})
	})
	for p.Waiting() == 0 {
		yield()
	}
	close(leave)
	group.Wait()
	p.refused(first, "store.unavailable")
	p.refused(second, "deal.wrong_phase") // the money has not come after all
	if s := p.state(id); s.Phase != deal.Agreed {
		t.Errorf("the deal is %s", s.Phase)
	}
	p.sound()
}

// yield lets others run.
func yield() { time.Sleep(50 * time.Microsecond) }

// TestAnAnswerOfAnotherCommitIsConfirmedBeforeItIsToldAgain: what can be read may
// still wait for a standby.
func TestAnAnswerOfAnotherCommitIsConfirmedBeforeItIsToldAgain(t *testing.T) {
	t.Parallel()
	p := setup(t)
	other := p.open() // on the disk that the test has its hand in
	t.Cleanup(other.Close)
	call := assurance.Call{By: p.buyer, Key: "k1"}
	first, err := p.RegisterParty(p.ctx, call, register("Said twice"))
	p.must(err)
	confirmed := 0
	p.disk.beforeCommits(func(b *assurance.Batch) error {
		if b.Confirm {
			confirmed++
		}
		return nil
	})
	again, err := other.RegisterParty(p.ctx, call, register("Said twice"))
	p.must(err)
	if !again.Replayed || again.ID != first.ID || confirmed != 1 {
		t.Errorf("%+v after %d confirmations", again, confirmed)
	}
	p.disk.beforeCommits(func(b *assurance.Batch) error {
		if !b.Confirm {
			return nil
		}
		return fault.New(fault.Unavailable, "store.unavailable", "The standby does not answer.")
	})
	_, err = other.RegisterParty(p.ctx, call, register("Said twice"))
	p.refused(err, "store.unavailable")
	p.sound()
}
