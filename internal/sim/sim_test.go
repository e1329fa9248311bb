package sim_test

import (
	"bytes"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"fondaco/internal/sim"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/evidence"
)

// fast is a folder in memory where there is one: a simulation asks of a disk
// only that it is quick, because its crashes are its own.
func fast(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("/dev/shm", "fondaco-sim-") //nolint:usetesting // the test's own folder is on a disk
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return folder
}

func ground(t *testing.T) *sim.Ground {
	t.Helper()
	g, err := sim.NewGround(t.Context(), fast(t))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// seeds is how many worlds the test of a commit plays.
func seeds() uint64 {
	if testing.Short() {
		return 60
	}
	return 1000
}

// tally is what several worlds did together.
type tally struct {
	mu       sync.Mutex
	coverage sim.Coverage
	faults   map[string]int
	calls    int
	restarts int
}

// play plays worlds with the seeds from 1 on, two at a time.
func play(t *testing.T, seeds uint64, cfg sim.Config) *tally {
	t.Helper()
	g := ground(t)
	sum := &tally{coverage: sim.Coverage{}, faults: map[string]int{}}
	var next atomic.Uint64
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			for seed := next.Add(1); seed <= seeds; seed = next.Add(1) {
				c := cfg
				c.Seed = seed
				r, err := g.Run(t.Context(), c)
				if err != nil {
					t.Errorf("%v\n  again: fondaco simulate --seed %d --ops %d --users %d", err, seed, c.Ops, max(1, c.Users))
				}
				sum.mu.Lock()
				sum.coverage.Merge(r.Coverage)
				sum.calls, sum.restarts = sum.calls+r.Calls, sum.restarts+r.Restarts
				for name, n := range r.Faults {
					sum.faults[name] += n
				}
				sum.mu.Unlock()
			}
		})
	}
	group.Wait()
	t.Logf("%d worlds, %d calls, %d restarts, faults %v", seeds, sum.calls, sum.restarts, sum.faults)
	return sum
}

// commands are what the house can be asked for, all of which the worlds of a
// commit must have been granted; clocks are what must have run out.
func commands() []string {
	return []string{
		"register_party", "draft", "offer", "counter", "sign", "withdraw", "amend", "cancel", "ship", "track", "confirm_receipt", "accept",
		"extend_inspection", "claim", "freeze", "unfreeze", "outage", "claim_offer", "take_offer", "escalate", "assign_mediator", "propose",
		"rule", "appeal", "return_shipped", "return_received", "drop_claim", "book_deposit", "assign_deposit", "return_deposit", "withdraw_money",
		"auto_payout", "cancel_payout", "report_payout:sent", "report_payout:settled", "report_payout:returned",
		"propose_decision", "agree_decision", "object_decision", "propose_lift", "write_review", "reply_to_review",
	}
}

func clocks() []string {
	return []string{
		string(deal.SignClock), string(deal.FundClock), string(deal.AmendClock), string(deal.CancelClock), string(deal.ShipClock),
		string(deal.LostClock), string(deal.ProofClock), string(deal.InspectClock), string(dispute.NegotiateClock), string(dispute.AssignClock),
		string(dispute.ProposeClock), string(dispute.AnswerClock), string(dispute.RuleClock), string(dispute.AppealClock),
		string(dispute.ReturnShipClock), string(dispute.ReturnReceiveClock), "suspense", "instruct", "check", "reviews",
	}
}

func points() []string {
	return []string{
		"crash before commit", "crash during commit", "crash after commit", "crash before send", "crash after send", "crash before return",
		"crash after return", "crash before mark", "crash during mark", "crash after mark", "crash before setting", "crash after setting",
		"store.unavailable before commit", "store.unavailable after commit", "store.conflict before commit", "callback twice", "callback late",
		"callback out of order", "callback lost", "callback's answer lost", "bank took it and did not answer", "bank busy", "outage",
		"clock set forward", "clock set back",
	}
}

func TestAThousandWorldsKeepEveryPromise(t *testing.T) {
	t.Parallel()
	sum := play(t, seeds(), sim.Config{Ops: 100})
	if testing.Short() {
		return
	}
	for _, c := range commands() {
		if sum.coverage[c]["accepted"] == 0 {
			t.Errorf("nobody was granted %s: %v", c, sum.coverage[c])
		}
	}
	for _, c := range clocks() {
		if sum.coverage["lapse:"+c]["accepted"] == 0 {
			t.Errorf("no clock %s ran out: %v", c, sum.coverage["lapse:"+c])
		}
	}
	for _, p := range points() {
		if sum.faults[p] == 0 {
			t.Errorf("no world had this: %s", p)
		}
	}
}

// TestWorldsThatWereThoughtBrokenKeepEveryPromise plays worlds beyond the thousand in
// which an examiner once saw a fault.
func TestWorldsThatWereThoughtBrokenKeepEveryPromise(t *testing.T) {
	t.Parallel()
	for _, c := range []sim.Config{
		{Seed: 1080, Ops: 150}, // money had gone back, its message could not be marked, and then waited for a case
	} {
		if _, err := ground(t).Run(t.Context(), c); err != nil {
			t.Errorf("%v\n  again: fondaco simulate --seed %d --ops %d", err, c.Seed, c.Ops)
		}
	}
}

func TestManyUsersAtOnceKeepEveryPromise(t *testing.T) {
	t.Parallel()
	play(t, seeds()/25, sim.Config{Ops: 240, Users: 6})
}

func TestTheSameSeedIsTheSameHistory(t *testing.T) {
	t.Parallel()
	g := ground(t)
	histories := map[evidence.Hash]uint64{}
	for seed := range uint64(12) {
		var first sim.Result
		for i := range 2 {
			var trace bytes.Buffer
			r, err := g.Run(t.Context(), sim.Config{Seed: 100 + seed, Ops: 120, Trace: &trace})
			if err != nil {
				t.Fatal(err)
			}
			if trace.Len() == 0 {
				t.Fatal("nothing happened")
			}
			if i == 0 {
				first = r
			}
			if r.History != first.History || r.Calls != first.Calls || r.Entries != first.Entries {
				t.Errorf("seed %d once was %s and once %s", 100+seed, first.History, r.History)
			}
		}
		if other, known := histories[first.History]; known {
			t.Errorf("seeds %d and %d have one history", other, 100+seed)
		}
		histories[first.History] = 100 + seed
	}
}
