package assurance_test

import (
	"errors"
	"fmt"
	"testing"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
)

// woken reports whether a watcher has something to take, and takes it.
func woken(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestAWatcherIsWokenByItsOwnStreamOnly(t *testing.T) {
	t.Parallel()
	p := setup(t)
	id, other := p.offered(), p.offered()
	news, leave := p.Watch(id.Stream())
	defer leave()
	hash := p.state(id).TermsHash
	p.act(p.buyer, other, deal.Sign{Hash: p.state(other).TermsHash})
	if woken(news) {
		t.Error("woken by another deal")
	}
	_, err := p.Act(p.ctx, assurance.Call{By: p.seller}, id, deal.Accept{})
	p.refused(err, "deal.wrong_role")
	if woken(news) {
		t.Error("woken by a refusal")
	}
	p.act(p.buyer, id, deal.Sign{Hash: hash})
	if !woken(news) || woken(news) {
		t.Error("not woken once by a fact")
	}
	leave()
	leave() // twice is once
	p.act(p.seller, id, deal.Sign{Hash: hash})
	if woken(news) {
		t.Error("woken after leaving")
	}
}

// TestASlowWatcherHoldsNobodyUp: it takes nothing while many facts are written.
func TestASlowWatcherHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	p := setup(t)
	id := p.offered()
	slow, leave := p.Watch(id.Stream())
	defer leave()
	quick, leaveToo := p.Watch(id.Stream())
	defer leaveToo()
	terms := p.state(id).Terms
	by := []identity.Actor{p.seller, p.buyer}
	for i := range 6 {
		terms.Title = fmt.Sprint("Bearings ", i)
		p.act(by[i%2], id, deal.Counter{Terms: terms})
		if !woken(quick) {
			t.Fatal("the other watcher is not woken")
		}
	}
	if !woken(slow) || woken(slow) {
		t.Error("what was not taken in time is not one with the rest")
	}
}

func TestWhatIsNotDurableWakesNobody(t *testing.T) {
	t.Parallel()
	p := setup(t)
	id := p.offered()
	news, leave := p.Watch(id.Stream())
	defer leave()
	p.disk.beforeCommits(func(*assurance.Batch) error {
		return fault.New(fault.Unavailable, "store.unavailable", "The database cannot be reached.").Because(errors.New("planted"))
	})
	_, err := p.Act(p.ctx, assurance.Call{By: p.buyer}, id, deal.Sign{Hash: p.state(id).TermsHash})
	p.refused(err, "store.unavailable")
	if woken(news) {
		t.Error("woken by what was not written")
	}
}

func TestWhatAnotherNodeHasWrittenWakesWatchersOnceItIsHeardOf(t *testing.T) {
	t.Parallel()
	p := setup(t)
	id, other := p.offered(), p.offered()
	far := nodes(p, 2)[1]
	news, leave := p.Watch(id.Stream())
	defer leave()
	from, err := p.LogSize(p.ctx)
	p.must(err)
	_, err = far.Act(p.ctx, assurance.Call{By: p.buyer}, id, deal.Sign{Hash: p.state(id).TermsHash})
	p.must(err)
	middle, err := p.LogSize(p.ctx)
	p.must(err)
	_, err = far.Act(p.ctx, assurance.Call{By: p.buyer}, other, deal.Sign{Hash: p.state(other).TermsHash})
	p.must(err)
	end, err := p.LogSize(p.ctx)
	p.must(err)
	if woken(news) {
		t.Fatal("woken before it was heard of")
	}
	p.must(p.Heard(p.ctx, middle, end))
	if woken(news) {
		t.Error("woken by another deal")
	}
	p.must(p.Heard(p.ctx, from, middle))
	if !woken(news) {
		t.Error("not woken")
	}
	p.HeardAll()
	if !woken(news) {
		t.Error("not woken when anything may have been written")
	}
}
