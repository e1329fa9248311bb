package assurance_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/ledger"
)

func TestRefusedCommandLeavesItsNeighboursUnharmed(t *testing.T) {
	t.Parallel()
	p := setup(t)
	id := p.agreed()
	size, err := p.LogSize(p.ctx)
	p.must(err)
	var refusals, records int
	outcomes := func() []outcome {
		defer p.disk.beforeCommits(nil)
		return p.together(
			func() (assurance.Receipt, error) {
				return p.RegisterParty(p.ctx, assurance.Call{By: p.buyer}, register("Before"))
			},
			func() (assurance.Receipt, error) {
				return p.Act(p.ctx, assurance.Call{By: p.buyer}, id, deal.Accept{})
			},
			func() (assurance.Receipt, error) {
				// The second half of this command fails: nothing of its first half may stay.
				return p.Act(p.ctx, assurance.Call{By: p.seller}, id, deal.Ship{Carrier: "Sea", TrackingNumber: "N1", Final: true})
			},
			func() (assurance.Receipt, error) {
				return p.RegisterParty(p.ctx, assurance.Call{By: p.buyer}, register("After"))
			},
		)
	}()
	for i, fails := range []bool{false, true, true, false} {
		if (outcomes[i].err != nil) != fails {
			t.Errorf("command %d: %v", i, outcomes[i].err)
		}
		if k := fault.KindOf(outcomes[i].err); fails && k != fault.Refused && k != fault.Conflict {
			t.Errorf("command %d: %s", i, k)
		}
	}
	if first, second := outcomes[0].receipt, outcomes[3].receipt; second.First != first.Last+1 {
		t.Errorf("the refused commands left a hole: %+v then %+v", first, second)
	}
	if now, err := p.LogSize(p.ctx); err != nil || now != size+3 {
		t.Errorf("the log grew from %d to %d, %v", size, now, err)
	}
	if used, err := p.store.TrackingUsed(p.ctx, []assurance.Tracking{{Carrier: "Sea", Number: "N1", Deal: "another"}}); err != nil || len(used) > 0 {
		t.Errorf("a refused shipment has used its number: %v", err)
	}

	// A batch of refusals alone is written to the audit log, and to nothing else.
	p.disk.beforeCommits(func(b *assurance.Batch) error {
		refusals, records = refusals+len(b.Refusals), records+len(b.Records)
		return nil
	})
	_, err = p.Act(p.ctx, assurance.Call{By: p.buyer}, id, deal.Accept{})
	if err == nil || refusals != 1 || records != 0 {
		t.Errorf("%d refusals and %d records, %v", refusals, records, err)
	}
	p.disk.beforeCommits(nil)
	p.sound()
}

func TestOneOfManyAcceptancesWins(t *testing.T) {
	t.Parallel()
	p := setup(t)
	id := p.delivered()
	var group sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for range 200 {
		group.Go(func() {
			_, err := p.Act(p.ctx, assurance.Call{By: p.buyer}, id, deal.Accept{})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				won++
			case fault.KindOf(err) != fault.Conflict:
				t.Errorf("want a conflict, got %+v", err)
			}
		})
	}
	group.Wait()
	if won != 1 {
		t.Errorf("%d have won", won)
	}
	if got := p.posted(ledger.Party(string(p.seller.Party), usd(0).Currency())); got != 99_000 {
		t.Errorf("the seller has %d", got)
	}
	p.sound()
}

func TestOneKeyIsOneCommand(t *testing.T) {
	t.Parallel()
	p := setup(t)
	call := assurance.Call{By: p.buyer, Key: "k1"}
	var group sync.WaitGroup
	receipts := make([]assurance.Receipt, 50)
	for i := range receipts {
		group.Go(func() {
			var err error
			if receipts[i], err = p.RegisterParty(p.ctx, call, register("Only once")); err != nil {
				t.Errorf("%+v", err)
			}
		})
	}
	group.Wait()
	first := 0
	for _, r := range receipts {
		if !r.Replayed {
			first++
		}
		r.Replayed, receipts[0].Replayed = false, false
		if r != receipts[0] {
			t.Errorf("%+v and %+v", r, receipts[0])
		}
	}
	if first != 1 {
		t.Errorf("%d were decided", first)
	}
	_, err := p.RegisterParty(p.ctx, call, register("Something else"))
	p.refused(err, "house.key_reused")
	other := p.open() // and for ever, not only while the house remembers
	defer other.Close()
	again, err := other.RegisterParty(p.ctx, call, register("Only once"))
	if err != nil || !again.Replayed || again.ID != receipts[0].ID {
		t.Errorf("after a restart: %+v, %v", again, err)
	}
	if r, err := p.RegisterParty(p.ctx, assurance.Call{By: p.seller, Key: "k1"}, register("Only once")); err != nil || r.Replayed {
		t.Errorf("the key of another caller: %+v, %v", r, err)
	}
	p.sound()
}

func TestOneKeyIsOneCommandWithinABatch(t *testing.T) {
	t.Parallel()
	p := setup(t)
	call := assurance.Call{By: p.buyer, Key: "k1"}
	outcomes := p.together(
		func() (assurance.Receipt, error) { return p.RegisterParty(p.ctx, call, register("A house")) },
		func() (assurance.Receipt, error) { return p.RegisterParty(p.ctx, call, register("A house")) },
		func() (assurance.Receipt, error) { return p.RegisterParty(p.ctx, call, register("Another")) },
	)
	if outcomes[0].err != nil || outcomes[1].err != nil || outcomes[0].receipt.ID != outcomes[1].receipt.ID || !outcomes[1].receipt.Replayed {
		t.Errorf("got %+v", outcomes[:2])
	}
	p.refused(outcomes[2].err, "house.key_reused")
}

func TestOnlyTheGuiltySeesThatAnotherNodeHasWritten(t *testing.T) {
	t.Parallel()
	p := setup(t)
	other := p.open()
	defer other.Close()
	id, free := p.offered(), p.offered()
	hash := p.state(id).TermsHash
	// This node has seen both deals; the other one now signs the first behind its back.
	p.act(p.buyer, free, deal.Sign{Hash: p.state(free).TermsHash})
	p.act(p.seller, id, deal.Sign{Hash: hash})
	_, err := other.Act(p.ctx, assurance.Call{By: p.buyer}, id, deal.Sign{Hash: hash})
	p.must(err)
	outcomes := p.together(
		func() (assurance.Receipt, error) {
			return p.RegisterParty(p.ctx, assurance.Call{By: p.buyer}, register("A neighbour"))
		},
		func() (assurance.Receipt, error) {
			return p.Act(p.ctx, assurance.Call{By: p.buyer}, id, deal.Sign{Hash: hash})
		},
		func() (assurance.Receipt, error) {
			return p.Act(p.ctx, assurance.Call{By: p.seller}, free, deal.Sign{Hash: p.state(free).TermsHash})
		},
	)
	if outcomes[0].err != nil || outcomes[2].err != nil {
		t.Errorf("the neighbours: %+v, %+v", outcomes[0].err, outcomes[2].err)
	}
	if k := fault.KindOf(outcomes[1].err); k != fault.Conflict || fault.CodeOf(outcomes[1].err) == "store.conflict" {
		t.Errorf("the guilty: %+v", outcomes[1].err)
	}
	p.sound()
}

func TestConflictInTheMiddleOfABatchIsDecidedAgain(t *testing.T) {
	t.Parallel()
	p := setup(t)
	other := p.open()
	defer other.Close()
	id := p.offered()
	hash := p.state(id).TermsHash
	p.act(p.seller, id, deal.Sign{Hash: hash})
	// Between decision and commit of the batch the other node writes; its own
	// commits pass through the same disk, so the hand is taken off first.
	var once sync.Once
	p.disk.beforeCommits(func(*assurance.Batch) error {
		once.Do(func() {
			p.disk.beforeCommits(nil)
			if _, err := other.RegisterParty(p.ctx, assurance.Call{By: p.seller}, register("In between")); err != nil {
				t.Errorf("%+v", err)
			}
		})
		return nil
	})
	r, err := p.Act(p.ctx, assurance.Call{By: p.buyer}, id, deal.Sign{Hash: hash})
	if err != nil || r.State != string(deal.Agreed) {
		t.Errorf("%+v, %+v", r, err)
	}
	p.sound()
}

func TestLogNeverRunsBackwards(t *testing.T) {
	t.Parallel()
	p := setup(t)
	before, err := p.RegisterParty(p.ctx, assurance.Call{By: p.buyer}, register("Before"))
	p.must(err)
	p.clock.Set(before.At.Add(-3 * day))
	back, err := p.RegisterParty(p.ctx, assurance.Call{By: p.buyer}, register("While the clock is back"))
	p.must(err)
	restarted := p.open()
	after, err := restarted.RegisterParty(p.ctx, assurance.Call{By: p.buyer}, register("After a restart"))
	p.must(err)
	restarted.Close()
	if !back.At.Equal(before.At) || !after.At.Equal(before.At) {
		t.Errorf("%s, %s, %s", before.At, back.At, after.At)
	}
	records, err := p.store.Range(p.ctx, 0, 1000)
	p.must(err)
	for i := 1; i < len(records); i++ {
		if records[i].At.Before(records[i-1].At) {
			t.Errorf("entry %d is older than the one before it", i)
		}
	}
}

func claimOf(minor int64) deal.RaiseClaim {
	return deal.RaiseClaim{
		ClaimID: "claim", Reason: dispute.QualityDefect, Minor: minor, Demand: dispute.Division{ToBuyer: minor}, Statement: "Some do not turn.",
	}
}

func TestClaimAtTheLastInstantIsInTime(t *testing.T) {
	t.Parallel()
	p := setup(t)
	id := p.delivered()
	at := p.due(id.Stream(), string(deal.InspectClock))
	clock := assurance.ClockRow{Stream: id.Stream(), Clock: string(deal.InspectClock), At: at}
	p.clock.Set(at)
	if rows, err := p.DueClocks(p.ctx, 10); err != nil || len(rows) != 0 {
		t.Errorf("due at the instant: %v, %v", rows, err)
	}
	outcomes := p.together(
		func() (assurance.Receipt, error) { return p.Lapse(p.ctx, clock) },
		func() (assurance.Receipt, error) {
			return p.Act(p.ctx, assurance.Call{By: p.buyer}, id, claimOf(70_000))
		},
		func() (assurance.Receipt, error) {
			p.clock.Set(at.Add(time.Microsecond))
			return p.Lapse(p.ctx, clock)
		},
	)
	if outcomes[0].err == nil || outcomes[1].err != nil {
		t.Errorf("the lapse at the instant: %v; the claim: %+v", outcomes[0].err, outcomes[1].err)
	}
	s := p.state(id)
	if s.Escrow.Frozen() != 70_000 || s.Escrow.Held() != 70_000 {
		t.Errorf("%d of %d frozen", s.Escrow.Frozen(), s.Escrow.Held())
	}
	p.sound()

	late := p.delivered()
	at = p.due(late.Stream(), string(deal.InspectClock))
	clock = assurance.ClockRow{Stream: late.Stream(), Clock: string(deal.InspectClock), At: at}
	p.clock.Set(at.Add(time.Microsecond))
	outcomes = p.together(
		func() (assurance.Receipt, error) { return p.Lapse(p.ctx, clock) },
		func() (assurance.Receipt, error) {
			return p.Act(p.ctx, assurance.Call{By: p.buyer}, late, claimOf(70_000))
		},
	)
	if outcomes[0].err != nil || outcomes[1].err == nil {
		t.Errorf("the lapse: %+v; the late claim: %v", outcomes[0].err, outcomes[1].err)
	}
	if s := p.state(late); s.Phase != deal.Closed || s.Outcome != deal.Completed {
		t.Errorf("the deal is %s %s", s.Phase, s.Outcome)
	}
	p.sound()
}

func TestHouseHaltsWhenTheLedgerDisagrees(t *testing.T) {
	t.Parallel()
	p := setup(t)
	id := p.delivered()
	p.disk.mu.Lock()
	p.disk.balance = func(a ledger.AccountID, b ledger.Balance) ledger.Balance {
		if a.Kind() == ledger.KindHeld {
			b.Posted = 1 // the money has gone
		}
		return b
	}
	p.disk.mu.Unlock()
	h := p.open() // a house that has not the balance in memory
	_, err := h.Act(p.ctx, assurance.Call{By: p.buyer}, id, deal.Accept{})
	p.refused(err, "ledger.disagrees")
	_, err = h.RegisterParty(p.ctx, assurance.Call{By: p.buyer}, register("Too late"))
	p.refused(err, "house.halted")
	if fault.KindOf(err) != fault.Unavailable || h.Halted() == "" {
		t.Errorf("%v, %q", err, h.Halted())
	}
	if s, err := h.Deal(p.ctx, p.buyer, id); err != nil || s.Phase != deal.Delivered || s.Escrow.Held() != 70_000 {
		t.Errorf("reads go on: %v, %v", s.Phase, err)
	}
	h.Close()

	p.disk.mu.Lock()
	p.disk.balance = nil
	p.disk.mu.Unlock()
	h = p.open()
	defer h.Close()
	_, err = h.RegisterParty(p.ctx, assurance.Call{By: p.buyer}, register("Still not"))
	p.refused(err, "house.halted")
	for _, by := range []identity.Actor{p.buyer, office(identity.Treasury), office(identity.Auditor), identity.HouseClock(), {}} {
		p.refused(h.Resume(p.ctx, by), "house.forbidden")
	}
	p.must(h.Resume(p.ctx, office(identity.Administrator)))
	size, err := h.LogSize(p.ctx)
	p.must(err)
	said, err := h.Prove(p.ctx, office(identity.Auditor), size-1, 0)
	p.must(err)
	if r := said.Record; r.Kind != "house_intervened" || r.Actor != office(identity.Administrator).String() || !strings.Contains(string(r.Payload), "ledger.disagrees") {
		t.Errorf("the log does not say who resumed and why: %s by %s: %s", r.Kind, r.Actor, r.Payload)
	}
	p.must(h.Resume(p.ctx, office(identity.Administrator))) // nothing to resume, nothing to say
	if again, err := h.LogSize(p.ctx); err != nil || again != size {
		t.Errorf("the log has %d entries, want %d: %v", again, size, err)
	}
	_, err = h.Act(p.ctx, assurance.Call{By: p.buyer}, id, deal.Accept{})
	p.must(err)
	p.sound()
}

func TestFailedCommitIsNowhereToBeSeen(t *testing.T) {
	t.Parallel()
	for name, failure := range map[string]error{
		"the disk is full":    fault.New(fault.Unavailable, "store.unavailable", "The database cannot be reached."),
		"a broken statement":  fault.New(fault.Internal, "store.broken", "The database and the program do not fit together."),
		"an error of no kind": errors.New("something odd"),
		"a conflict for ever": fault.New(fault.Conflict, "store.conflict", "Somebody else has written."),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := setup(t)
			id := p.delivered()
			size, err := p.LogSize(p.ctx)
			p.must(err)
			p.disk.beforeCommits(func(*assurance.Batch) error { return failure })
			for range 3 {
				_, err = p.Act(p.ctx, assurance.Call{By: p.buyer, Key: "accept"}, id, deal.Accept{})
				if k := fault.KindOf(err); k != fault.Unavailable && fault.CodeOf(err) != "store.conflict" {
					t.Fatalf("got %+v", err)
				}
			}
			if now, err := p.LogSize(p.ctx); err != nil || now != size {
				t.Errorf("the log has %d entries, had %d, %v", now, size, err)
			}
			if s := p.state(id); s.Phase != deal.Delivered {
				t.Errorf("the deal is %s", s.Phase)
			}
			p.disk.beforeCommits(nil)
			r, err := p.Act(p.ctx, assurance.Call{By: p.buyer, Key: "accept"}, id, deal.Accept{})
			if err != nil || r.Replayed || r.First != size {
				t.Errorf("afterwards: %+v, %+v", r, err)
			}
			p.sound()
		})
	}
}

func TestHouseHaltsWhenTheDatabaseGuardsTheMoney(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.disk.beforeCommits(func(*assurance.Batch) error {
		return fault.New(fault.Internal, "ledger.constraint", "The database has refused to break a rule.")
	})
	_, err := p.RegisterParty(p.ctx, assurance.Call{By: p.buyer}, register("Not written"))
	p.refused(err, "house.not_written")
	p.disk.beforeCommits(nil)
	_, err = p.RegisterParty(p.ctx, assurance.Call{By: p.buyer}, register("Not any more"))
	p.refused(err, "house.halted")
	p.must(p.Resume(p.ctx, office(identity.Administrator)))
	_, err = p.RegisterParty(p.ctx, assurance.Call{By: p.buyer}, register("Again"))
	p.must(err)
	p.sound()
}

func TestCommitThatFailsOnceHurtsNobodyAfterIt(t *testing.T) {
	t.Parallel()
	p := setup(t)
	var once sync.Once
	p.disk.beforeCommits(func(*assurance.Batch) (err error) {
		once.Do(func() { err = fault.New(fault.Unavailable, "store.unavailable", "The database cannot be reached.") })
		return err
	})
	call := assurance.Call{By: p.buyer, Key: "k"}
	_, err := p.RegisterParty(p.ctx, call, register("Twice tried"))
	p.refused(err, "store.unavailable")
	r, err := p.RegisterParty(p.ctx, call, register("Twice tried"))
	if err != nil || r.Replayed {
		t.Errorf("%+v, %+v", r, err)
	}
	p.sound()
}

// TestLostAcknowledgementIsFoundByItsKey: the commit happened, but its answer was
// lost. Whoever asks again with the key gets it, and nothing is done twice.
func TestLostAcknowledgementIsFoundByItsKey(t *testing.T) {
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
	call := assurance.Call{By: p.buyer, Key: "accept"}
	_, err := p.Act(p.ctx, call, id, deal.Accept{})
	p.refused(err, "store.unavailable")
	r, err := p.Act(p.ctx, call, id, deal.Accept{})
	if err != nil || !r.Replayed || r.State != string(deal.Closed) {
		t.Errorf("%+v, %+v", r, err)
	}
	if got := p.posted(ledger.Fees(usd(0).Currency())); got != 1_000 {
		t.Errorf("the fee was taken: %d", got)
	}
	p.sound()
}

func TestClosingHouseAnswersWhatWaits(t *testing.T) {
	t.Parallel()
	p := setup(t)
	var calls []func() (assurance.Receipt, error)
	for range 20 {
		calls = append(calls, func() (assurance.Receipt, error) {
			return p.RegisterParty(p.ctx, assurance.Call{By: p.buyer}, register("In the queue"))
		})
	}
	closed := make(chan struct{})
	var once sync.Once
	calls = append(calls, func() (assurance.Receipt, error) {
		once.Do(func() {
			go func() {
				defer close(closed)
				p.House.Close()
			}()
		})
		return p.RegisterParty(p.ctx, assurance.Call{By: p.buyer}, register("At the door"))
	})
	outcomes := p.together(calls[:20]...)
	if _, err := calls[20](); err != nil {
		p.refused(err, "house.closed")
	}
	<-closed
	for i, o := range outcomes {
		if o.err != nil {
			t.Errorf("command %d: %+v", i, o.err)
		}
	}
	_, err := p.RegisterParty(p.ctx, assurance.Call{By: p.buyer}, register("Too late"))
	p.refused(err, "house.closed")
	p.House.Close() // twice is no harm
	p.sound()
}

func TestCallerWhoLeavesLearnsTheOutcomeByTheKey(t *testing.T) {
	t.Parallel()
	p := setup(t)
	call := assurance.Call{By: p.buyer, Key: "k"}
	ctx, cancel := context.WithCancel(p.ctx)
	p.disk.beforeCommits(func(*assurance.Batch) error { cancel(); return nil })
	first, err := p.RegisterParty(ctx, call, register("Impatient"))
	if err != nil {
		p.refused(err, "house.interrupted")
	}
	p.disk.beforeCommits(nil)
	r, err := p.RegisterParty(p.ctx, call, register("Impatient"))
	if err != nil || !r.Replayed || first.ID != "" && first.ID != r.ID {
		t.Errorf("%+v, %+v", r, err)
	}
	p.sound()
}

func TestEveryFactOfABusyHouseCanBeProved(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.delivered()
	size, err := p.LogSize(p.ctx)
	p.must(err)
	for sequence := range size {
		proof, err := p.Prove(p.ctx, office(identity.Auditor), sequence, 0)
		p.must(err)
		leaf := proof.Record.Entry().Leaf()
		if err := evidence.VerifyInclusion(leaf, sequence, proof.Size, proof.Root, proof.Proof); err != nil || !proof.Disclosed {
			t.Errorf("entry %d: %v", sequence, err)
		}
	}
}
