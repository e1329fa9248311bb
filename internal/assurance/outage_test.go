package assurance_test

import (
	"slices"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
)

// told is how often a deal has been told of an outage.
func (p *place) told(id deal.ID) int {
	p.t.Helper()
	facts, err := p.History(p.ctx, p.buyer, id)
	p.must(err)
	n := 0
	for _, f := range facts {
		if _, ok := f.Event.(deal.ClocksStopped); ok {
			n++
		}
	}
	return n
}

// TestADealHearsOfAnOutageWhenItIsAskedFor: the house serves before all deals have been
// told, and nobody is late for what fell into the outage.
func TestADealHearsOfAnOutageWhenItIsAskedFor(t *testing.T) {
	t.Parallel()
	p := setup(t)
	accepted, shown, approached := p.delivered(), p.delivered(), p.offered()
	inspect := p.due(accepted.Stream(), string(deal.InspectClock))
	from := p.Now().Add(time.Minute)
	to := from.Add(30 * day)
	p.clock.Set(to.Add(time.Minute))
	_, err := p.Act(p.ctx, assurance.Call{By: p.buyer}, accepted, deal.Accept{})
	p.refused(err, "deal.lapsed") // nobody knows of the outage yet

	p.must(p.BeginOutage(p.ctx, assurance.Call{By: identity.HouseClock()}, from, to))
	if span, telling := p.OutageBeingTold(); !telling || !span.From.Equal(from) || !span.To.Equal(to) {
		t.Fatalf("being told: %v, %t", span, telling)
	}
	if p.told(accepted)+p.told(shown)+p.told(approached) != 0 {
		t.Error("beginning told a deal")
	}
	if got := p.due(shown.Stream(), string(deal.InspectClock)); !got.Equal(inspect) {
		t.Errorf("on the schedule the inspection ends at %s, want %s as nobody has told the deal", got, inspect)
	}
	clocks := p.state(shown).Deadlines()
	if i := slices.IndexFunc(clocks, func(d deal.Deadline) bool { return d.Clock == deal.InspectClock }); !clocks[i].At.Equal(inspect.Add(30 * day)) {
		t.Errorf("who reads the deal is shown %s, want %s", clocks[i].At, inspect.Add(30*day))
	}
	if states, err := p.States(p.ctx, p.buyer, []deal.ID{shown}); err != nil || !slices.Equal(states[shown].Deadlines(), clocks) {
		t.Errorf("among others it is shown with %v, %v", states[shown].Deadlines(), err)
	}
	p.act(p.buyer, accepted, deal.Accept{})
	if p.told(accepted) != 1 || p.state(accepted).Phase != deal.Closed {
		t.Errorf("told %d times, now %s", p.told(accepted), p.state(accepted).Phase)
	}
	fresh := p.offered() // after the outage: it fell into no time of this deal

	other := p.open() // another node, or this one after a crash
	defer other.Close()
	if _, telling := other.OutageBeingTold(); !telling {
		t.Error("another node does not know that it is being told")
	}
	p.must(p.FinishOutage(p.ctx))
	if _, telling := p.OutageBeingTold(); telling {
		t.Error("it is told for ever")
	}
	if got := p.due(shown.Stream(), string(deal.InspectClock)); !got.Equal(inspect.Add(30 * day)) {
		t.Errorf("the inspection ends at %s, want %s", got, inspect.Add(30*day))
	}
	for id, want := range map[deal.ID]int{accepted: 1, shown: 1, approached: 1, fresh: 0} {
		if got := p.told(id); got != want {
			t.Errorf("%s was told %d times, want %d", id, got, want)
		}
	}
	// The other node still believes that it is being told: nobody is told twice.
	_, err = other.Act(p.ctx, assurance.Call{By: p.buyer}, shown, deal.Accept{})
	p.must(err)
	_, err = other.Act(p.ctx, assurance.Call{By: p.buyer}, fresh, deal.Withdraw{})
	p.must(err)
	if p.told(shown) != 1 || p.told(fresh) != 0 {
		t.Errorf("a node that has not heard of the end told %d and %d times", p.told(shown), p.told(fresh))
	}
	p.must(other.HearOutage(p.ctx))
	if _, telling := other.OutageBeingTold(); telling {
		t.Error("it has not heard that all have been told")
	}
	p.sound()
}

// TestAnOutageReachesMoreDealsThanOneAct: pages of deals, none twice and none left out.
func TestAnOutageReachesMoreDealsThanOneAct(t *testing.T) {
	t.Parallel()
	p := setup(t)
	var ids []deal.ID
	for range 120 {
		ids = append(ids, p.offered())
	}
	from := p.Now()
	p.clock.Set(from.Add(3 * day))
	acts := 0
	p.disk.beforeCommits(func(*assurance.Batch) error { acts++; return nil })
	p.must(p.RecordOutage(p.ctx, assurance.Call{By: identity.HouseClock()}, from, from.Add(2*day)))
	p.disk.beforeCommits(nil)
	for _, id := range ids {
		if n := p.told(id); n != 1 {
			t.Fatalf("%s was told %d times", id, n)
		}
	}
	if acts < 4 || acts > 10 {
		t.Errorf("%d commits for 120 deals", acts)
	}
	p.sound()
}

// TestAnOutageThatCannotBeReadKeepsNobodyOut: nothing lapses, and a person has to look,
// but the house serves.
func TestAnOutageThatCannotBeReadKeepsNobodyOut(t *testing.T) {
	t.Parallel()
	p := setup(t)
	id := p.offered()
	p.must(p.store.SetSetting(p.ctx, "outage", "yesterday"))
	h := p.open()
	defer h.Close()
	p.refused(h.FinishOutage(p.ctx), "house.bad_outage")
	_, err := h.Act(p.ctx, assurance.Call{By: p.buyer}, id, deal.Withdraw{})
	p.must(err)
}

// TestAHouseThatGoesDownAgainWhileItTellsServesAtOnce: the second outage does not wait
// for the first to be told to everybody.
func TestAHouseThatGoesDownAgainWhileItTellsServesAtOnce(t *testing.T) {
	t.Parallel()
	p := setup(t)
	early, late := p.delivered(), p.delivered()
	inspect := p.due(late.Stream(), string(deal.InspectClock))
	call := assurance.Call{By: identity.HouseClock()}
	first, second := p.Now().Add(time.Minute), p.Now().Add(3*day)
	p.clock.Set(first.Add(day))
	p.must(p.BeginOutage(p.ctx, call, first, first.Add(day)))
	p.act(p.buyer, early, deal.ExtendInspection{Days: 1}) // this one has heard of the first
	p.clock.Set(second.Add(20 * day))
	h := p.open()
	defer h.Close()
	p.must(h.BeginOutage(p.ctx, call, second, second.Add(20*day)))
	p.must(h.BeginOutage(p.ctx, call, second, second.Add(20*day))) // whoever is not sure says it again
	if p.told(early) != 1 || p.told(late) != 0 {
		t.Errorf("told %d and %d times before anybody asked", p.told(early), p.told(late))
	}
	s, err := h.Deal(p.ctx, p.buyer, late)
	p.must(err)
	clocks := s.Deadlines()
	if i := slices.IndexFunc(clocks, func(d deal.Deadline) bool { return d.Clock == deal.InspectClock }); !clocks[i].At.Equal(inspect.Add(21 * day)) {
		t.Errorf("who reads the deal is shown %s, want %s", clocks[i].At, inspect.Add(21*day))
	}
	_, err = h.Act(p.ctx, assurance.Call{By: p.buyer}, early, deal.Accept{})
	p.must(err)
	p.must(h.FinishOutage(p.ctx))
	if p.told(early) != 2 || p.told(late) != 2 {
		t.Errorf("told %d and %d times, want twice", p.told(early), p.told(late))
	}
	if got := p.due(late.Stream(), string(deal.InspectClock)); !got.Equal(inspect.Add(21 * day)) {
		t.Errorf("the inspection ends at %s, want %s", got, inspect.Add(21*day))
	}
	p.sound()
}
