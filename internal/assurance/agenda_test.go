package assurance_test

import (
	"reflect"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
)

// agenda compares what a house says at once about a company with what the store says.
func (p *place) agenda(h *assurance.House, when string) {
	p.t.Helper()
	for _, by := range []identity.Actor{p.buyer, p.seller} {
		wantHeld, err := p.store.Held(p.ctx, by.Party)
		p.must(err)
		held, err := h.Held(p.ctx, by)
		p.must(err)
		if !reflect.DeepEqual(held, wantHeld) {
			p.t.Fatalf("%s: held for %s: %v, want %v", when, by, held, wantHeld)
		}
		for _, limit := range []int{1, 3, 100} {
			want, err := p.store.Duties(p.ctx, by.Party, limit)
			p.must(err)
			duties, err := h.Duties(p.ctx, by, limit)
			p.must(err)
			if !reflect.DeepEqual(duties, want) {
				p.t.Fatalf("%s: %d duties of %s:\n%v, want\n%v", when, limit, by, duties, want)
			}
		}
	}
}

// giving gives commands to a house, and compares after each.
func (p *place) giving(h *assurance.House) func(identity.Actor, deal.ID, deal.Command) {
	return func(by identity.Actor, id deal.ID, c deal.Command) {
		p.t.Helper()
		_, err := h.Act(p.ctx, assurance.Call{By: by}, id, c)
		p.must(err)
		p.agenda(h, c.Name())
	}
}

// TestAnAgendaIsWhatTheStoreSays: through all of a trade, with another node on the same
// database, and when a commit fails.
func TestAnAgendaIsWhatTheStoreSays(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.agendaLeast = 1
	h, other := p.open(), p.open()
	defer h.Close()
	defer other.Close()
	p.agenda(h, "before any deal")
	ids := []deal.ID{p.offered(), p.agreed(), p.funded(), p.delivered()}
	p.agenda(h, "what another node has written")

	give := p.giving(h)
	r, err := h.DraftDeal(p.ctx, assurance.Call{By: p.buyer}, p.terms())
	p.must(err)
	p.agenda(h, "a draft")
	draft := deal.ID(r.ID)
	third := p.member("Third Ltd", "GB")
	terms := p.terms()
	terms.Seller = third.Party
	give(p.buyer, draft, deal.WriteDraft{Terms: terms}) // with another company
	give(p.buyer, draft, deal.WriteDraft{Terms: p.terms()})
	give(p.buyer, draft, deal.MakeOffer{})
	give(p.seller, draft, deal.Sign{Hash: p.state(draft).TermsHash})
	give(p.buyer, draft, deal.Sign{Hash: p.state(draft).TermsHash})
	_, err = h.BookDeposit(p.ctx, rail(), p.notice(draft, usd(100_000)))
	p.must(err)
	p.agenda(h, "funded")
	give(p.seller, draft, deal.Ship{Carrier: "Sea", TrackingNumber: "A1", Final: true})
	give(p.buyer, draft, deal.ConfirmReceipt{})

	_, err = other.Act(p.ctx, assurance.Call{By: p.buyer}, draft, deal.Accept{})
	p.must(err)
	p.agenda(h, "another node has closed a deal")
	p.agenda(other, "on the other node")
	give(p.buyer, ids[3], deal.Accept{})
	p.agenda(other, "the first node has closed a deal")
	p.sound()
}

// TestAnAgendaIsForgottenWhenOthersWriteOrACommitFails: what is kept in memory is never
// behind what is stored, however that came to be.
func TestAnAgendaIsForgottenWhenOthersWriteOrACommitFails(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.agendaLeast = 1
	ids := []deal.ID{p.offered(), p.agreed(), p.funded(), p.delivered(), p.delivered()}
	h, other := p.open(), p.open()
	defer h.Close()
	defer other.Close()
	p.agenda(h, "at the beginning")
	give := p.giving(h)
	_, err := other.Act(p.ctx, assurance.Call{By: p.buyer}, ids[4], deal.Accept{})
	p.must(err)
	for _, name := range []string{"Elsewhere Ltd", "Far Away Ltd"} { // notices what the other has written, and builds on it, about neither of the two companies
		_, err := h.RegisterParty(p.ctx, assurance.Call{By: identity.Actor{Office: identity.Member, Person: "signup"}}, register(name))
		p.must(err)
		p.agenda(h, "another node closed a deal, and this one wrote about somebody else")
	}
	give(p.buyer, ids[0], deal.Sign{Hash: p.state(ids[0]).TermsHash})
	p.disk.afterCommits(func(*assurance.Batch) error { // it is written, and nobody knows
		return fault.New(fault.Unavailable, "store.unavailable", "The database cannot be reached.")
	})
	_, err = h.Act(p.ctx, assurance.Call{By: p.seller}, ids[0], deal.Sign{Hash: p.state(ids[0]).TermsHash})
	p.refused(err, "store.unavailable")
	p.disk.afterCommits(nil)
	p.agenda(h, "a commit whose end nobody has heard of")
	_, err = other.Act(p.ctx, assurance.Call{By: p.buyer}, ids[1], deal.CancelByBoth{Reason: "no longer needed"})
	p.must(err)
	p.agenda(h, "and another node has written since")
	give(p.seller, ids[2], deal.Ship{Carrier: "Sea", TrackingNumber: "A2", Final: true})
	give(p.buyer, ids[2], deal.ConfirmReceipt{})

	p.disk.beforeCommits(func(*assurance.Batch) error {
		return fault.New(fault.Unavailable, "store.unavailable", "The database cannot be reached.")
	})
	_, err = h.Act(p.ctx, assurance.Call{By: p.buyer}, ids[2], deal.Accept{})
	p.refused(err, "store.unavailable")
	p.disk.beforeCommits(nil)
	_, err = other.Act(p.ctx, assurance.Call{By: p.buyer}, ids[2], deal.Accept{}) // where the first would have written
	p.must(err)
	p.agenda(h, "a commit that failed, and another node was at its place")
	p.clock.Advance(40 * day)
	for range p.lapse() {
		p.agenda(h, "after lapses")
	}
	p.sound()
}

// TestAnAgendaIsReadOnce: a page of a company with many open deals does not read each of
// them each time, and one that is written meanwhile is not lost.
func TestAnAgendaIsReadOnce(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.agendaLeast = 2
	first := p.funded()
	h := p.open()
	defer h.Close()
	p.agenda(h, "one open deal")
	if p.disk.agendas.Load() != 0 {
		t.Error("the agenda of a company with few open deals was read")
	}
	p.funded()
	h2 := p.open()
	defer h2.Close()
	p.disk.readAgenda(func() { // while it is read, a deal of it changes
		p.disk.readAgenda(nil)
		_, err := h2.Act(p.ctx, assurance.Call{By: p.seller}, first, deal.Ship{Carrier: "Sea", TrackingNumber: "A1", Final: true})
		p.must(err)
	})
	p.agenda(h2, "two open deals")
	for range 10 {
		p.agenda(h2, "again")
	}
	if n := p.disk.agendas.Load(); n != 2 {
		t.Errorf("the agendas of two companies were read %d times", n)
	}
	p.clock.Advance(time.Hour)
	p.sound()
}
