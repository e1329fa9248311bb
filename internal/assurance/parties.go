package assurance

import (
	"context"
	"sync"

	"fondaco/internal/fault"
	"fondaco/internal/trade/compliance"
	"fondaco/internal/trade/identity"
)

// RegisterParty opens a company's file. Any actor may: a company signs itself up,
// or staff enter it.
func (h *House) RegisterParty(ctx context.Context, call Call, c identity.Register) (Receipt, error) {
	id := identity.PartyID(h.cfg.NewID())
	return h.do(ctx, ask{call: call, command: "register_party", stream: "", input: c, run: func(u *unit) (*Receipt, error) {
		return u.register(id, c, "")
	}})
}

// register opens a company's file, with its first owner if there is one.
func (u *unit) register(id identity.PartyID, c identity.Register, founder identity.PersonID) (*Receipt, error) {
	o, err := u.organise(identity.Organisation{Party: identity.Party{ID: id}}, c)
	if err != nil {
		return nil, err
	}
	if founder != "" {
		if o, err = u.organise(o, identity.FoundMember{Person: founder}); err != nil {
			return nil, err
		}
	}
	return &Receipt{ID: string(id), Version: o.Version, State: "registered"}, u.askCheck(CheckOrder{Party: id, Trigger: string(compliance.AtRegistration)})
}

// rosterMax is how many ids a roster remembers.
const rosterMax = 50_000

// roster remembers which companies are registered: a company that is stays so.
type roster struct {
	mu    sync.Mutex
	known map[identity.PartyID]bool
}

func (r *roster) has(id identity.PartyID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.known[id]
}

func (r *roster) add(id identity.PartyID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil || len(r.known) >= rosterMax {
		r.known = map[identity.PartyID]bool{}
	}
	r.known[id] = true
}

// Party reads a company's public file. NotFound party.not_found.
func (h *House) Party(ctx context.Context, id identity.PartyID) (PartyRow, error) {
	return h.cfg.Store.Party(ctx, id)
}

// PartiesOf reads the public files of those of the companies that are registered, in
// no order.
func (h *House) PartiesOf(ctx context.Context, ids []identity.PartyID) ([]PartyRow, error) {
	return h.cfg.Store.PartiesOf(ctx, ids)
}

// Parties searches the companies, for members and for staff.
func (h *House) Parties(ctx context.Context, by identity.Actor, q PartyQuery) ([]PartyRow, error) {
	if by == (identity.Actor{}) {
		return nil, fault.New(fault.Unauthenticated, "people.sign_in", "Sign in first.")
	}
	if err := identity.Permit(by, identity.ToSearch); err != nil {
		return nil, err
	}
	q.Limit, q.Search = pageSize(q.Limit), clipped(q.Search, searchMax)
	return h.cfg.Store.Parties(ctx, q)
}
