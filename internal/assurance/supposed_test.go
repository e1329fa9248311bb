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
)

// counted is a store that counts what it is asked about keys and about streams, and what
// it refuses to commit.
type counted struct {
	assurance.Store
	mu                         sync.Mutex
	asked, conflicts, refusals int
	streams                    int
}

func (c *counted) Records(ctx context.Context, stream string, after int64) ([]assurance.Record, error) {
	c.mu.Lock()
	c.streams++
	c.mu.Unlock()
	return c.Store.Records(ctx, stream, after)
}

func (c *counted) Answers(ctx context.Context, keys []assurance.AnswerKey) ([]assurance.Answer, error) {
	c.mu.Lock()
	c.asked++
	c.mu.Unlock()
	return c.Store.Answers(ctx, keys)
}

func (c *counted) Commit(ctx context.Context, b *assurance.Batch, place func(assurance.Tail) error) error {
	err := c.Store.Commit(ctx, b, place)
	c.mu.Lock()
	defer c.mu.Unlock()
	if fault.CodeOf(err) == "store.conflict" {
		c.conflicts++
	}
	c.refusals += len(b.Refusals)
	return err
}

// since answers what was counted since it was called last: keys asked about, commits
// that were in conflict, refusals written.
func (c *counted) since() [3]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := [3]int{c.asked, c.conflicts, c.refusals}
	c.asked, c.conflicts, c.refusals = 0, 0, 0
	return n
}

// another opens a house that remembers nothing, as after a restart.
func (p *place) another() (*assurance.House, *counted) {
	p.t.Helper()
	c := &counted{Store: p.store}
	h, err := assurance.Open(context.WithoutCancel(p.ctx), assurance.Config{
		Store: c, Archive: p.store, Clock: p.clock, Random: rand.Reader, PayoutRail: "bank",
		NewID: func() string { return fmt.Sprintf("%012d", p.ids.Add(1)) },
	})
	p.must(err)
	p.t.Cleanup(h.Close)
	return h, c
}

// TestNobodyIsAskedAboutAKeyThatIsNew: the database is asked about keys only once a
// guess was wrong, or before a command is refused.
func TestNobodyIsAskedAboutAKeyThatIsNew(t *testing.T) {
	t.Parallel()
	p := setup(t)
	h, disk := p.another()
	for _, key := range []string{"k1", "k2"} {
		_, err := h.RegisterParty(p.ctx, assurance.Call{By: p.buyer, Key: key}, register("The "+key))
		p.must(err)
	}
	if n := disk.since(); n != [3]int{} {
		t.Errorf("two new keys: %v", n)
	}
	later, disk := p.another()
	for i, want := range [][3]int{
		{1, 1, 0}, // decided, found out by the database, and answered from what it knows
		{1, 0, 0}, // whoever repeats one command may well repeat others
	} {
		key := []string{"k1", "k2"}[i]
		r, err := later.RegisterParty(p.ctx, assurance.Call{By: p.buyer, Key: key}, register("The "+key))
		if n := disk.since(); err != nil || !r.Replayed || n != want {
			t.Errorf("%s once more: %+v, %v; counted %v", key, r, err, n)
		}
	}
	for i, want := range []int{1, 0} { // after some time they are trusted again
		_, err := later.RegisterParty(p.ctx, assurance.Call{By: p.buyer, Key: fmt.Sprint("new ", i)}, register(fmt.Sprint("No ", i)))
		p.must(err)
		if n := disk.since(); n != [3]int{want, 0, 0} {
			t.Errorf("new key %d after some that were not: %v", i, n)
		}
		p.clock.Set(p.Now().Add(time.Minute))
	}
	p.sound()
}

// TestWhoeverRepeatsACommandTakesNothingFromTheOthers: nobody else has written when a key
// or a number turns out to be known, so what is remembered is still right.
func TestWhoeverRepeatsACommandTakesNothingFromTheOthers(t *testing.T) {
	t.Parallel()
	p := setup(t)
	shipped := []deal.ID{p.funded(), p.funded()}
	h, disk := p.another()
	var drafts []deal.ID
	for range 5 {
		r, err := h.DraftDeal(p.ctx, assurance.Call{By: p.buyer}, p.terms())
		p.must(err)
		drafts = append(drafts, deal.ID(r.ID))
	}
	keyed := assurance.Call{By: p.seller, Key: "once"}
	first, err := h.RegisterParty(p.ctx, keyed, register("Said twice"))
	p.must(err)
	ship := deal.Ship{ConsignmentID: "c1", Carrier: "Sea", TrackingNumber: "N1", Final: true}
	_, err = h.Act(p.ctx, assurance.Call{By: p.seller}, shipped[0], ship)
	p.must(err)
	write := func() {
		for _, id := range drafts {
			_, err := h.Act(p.ctx, assurance.Call{By: p.buyer}, id, deal.WriteDraft{Terms: p.terms()})
			p.must(err)
		}
	}
	write()
	for name, repeat := range map[string]func() error{
		"a key": func() error {
			again, err := h.RegisterParty(p.ctx, keyed, register("Said twice"))
			if again.ID != first.ID || !again.Replayed {
				t.Errorf("%+v for %+v", again, first)
			}
			return err
		},
		"a number": func() error {
			_, err := h.Act(p.ctx, assurance.Call{By: p.seller}, shipped[1], ship)
			return err
		},
	} {
		p.clock.Set(p.Now().Add(time.Minute))
		p.must(repeat())
		if n := disk.since(); n[1] != 1 {
			t.Errorf("%s is not found out by the commit: %v", name, n)
		}
		disk.streams = 0
		write()
		if disk.streams != 0 {
			t.Errorf("after %s of before, %d streams are read again", name, disk.streams)
		}
	}
	p.sound()
}

// TestAnAnswerIsKeptAlsoWhereNothingElseIsWritten: a key is answered once, and a command
// that leaves no fact has nothing else by which the database would know it.
func TestAnAnswerIsKeptAlsoWhereNothingElseIsWritten(t *testing.T) {
	t.Parallel()
	p := setup(t)
	call := assurance.Call{By: p.buyer, Key: "k1"}
	first, err := p.DoNothing(p.ctx, call, "1")
	p.must(err)
	h, _ := p.another()
	again, err := h.DoNothing(p.ctx, call, "2")
	p.must(err)
	if first.ID != "1" || again.ID != "1" || first.Replayed || !again.Replayed {
		t.Errorf("first %+v, then %+v", first, again)
	}
	p.sound()
}

// TestARefusalIsNoAnswerToAKeyThatHasOne: the command was carried out before, and by now
// it would be refused.
func TestARefusalIsNoAnswerToAKeyThatHasOne(t *testing.T) {
	t.Parallel()
	p := setup(t)
	id := p.offered()
	sign := deal.Sign{Hash: p.state(id).TermsHash}
	call := assurance.Call{By: p.buyer, Key: "signed"}
	first, err := p.Act(p.ctx, call, id, sign)
	p.must(err)
	p.act(p.seller, id, sign)

	h, disk := p.another()
	again, err := h.Act(p.ctx, call, id, sign)
	again.Replayed = !again.Replayed
	if err != nil || again != first {
		t.Errorf("got %+v for %+v, %v", again, first, err)
	}
	if n := disk.since(); n != [3]int{1, 0, 0} {
		t.Errorf("counted %v", n)
	}
	_, err = h.Act(p.ctx, call, id, deal.Accept{})
	p.refused(err, "house.key_reused")
	_, err = h.Act(p.ctx, assurance.Call{By: p.buyer, Key: "another"}, id, sign)
	p.refused(err, "deal.nothing_to_sign")
	if n := disk.since(); n[1] != 0 || n[2] != 2 {
		t.Errorf("two refusals: counted %v", n)
	}
	p.sound()
}

// TestNumbersThatOthersHaveAnnouncedAreFoundByTheCommit: a node that remembers nothing
// supposes that a tracking number is new, alone and among others.
func TestNumbersThatOthersHaveAnnouncedAreFoundByTheCommit(t *testing.T) {
	t.Parallel()
	p := setup(t)
	deals := []deal.ID{p.funded(), p.funded(), p.funded(), p.funded()}
	ship := func(h *assurance.House, id deal.ID, number string) {
		t.Helper()
		_, err := h.Act(p.ctx, assurance.Call{By: p.seller}, id, deal.Ship{ConsignmentID: "c1", Carrier: "Sea", TrackingNumber: number, Final: true})
		p.must(err)
	}
	ship(p.House, deals[0], "N1")
	h, disk := p.another()
	ship(h, deals[1], "N2")
	if n := disk.since(); n != [3]int{} {
		t.Errorf("a new number: %v", n)
	}
	ship(h, deals[2], "N1")
	if n := disk.since(); n != [3]int{0, 1, 0} {
		t.Errorf("a number that is known: %v", n)
	}
	ship(h, deals[3], "N2")
	if n := disk.since(); n != [3]int{} {
		t.Errorf("another, soon after: %v", n)
	}
	var reused []bool
	for _, id := range deals {
		reused = append(reused, p.state(id).Consignments[0].NumberReused)
	}
	if !slices.Equal(reused, []bool{false, false, true, true}) {
		t.Errorf("announced before: %v", reused)
	}
	p.sound()
}
