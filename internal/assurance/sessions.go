package assurance

import (
	"context"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
)

// Sessions keeps the browser sessions of the pages. Tokens come hashed.
type Sessions struct{ people People }

// Sessions is where the pages keep who is signed in.
func (h *House) Sessions() Sessions { return Sessions{h.cfg.Store} }

// Find reads a session that has not expired.
func (s Sessions) Find(ctx context.Context, token string) (data []byte, found bool, err error) {
	return s.people.SessionFind(ctx, token)
}

// Commit keeps a session until expiry.
func (s Sessions) Commit(ctx context.Context, token string, data []byte, expiry time.Time) error {
	return s.people.SessionCommit(ctx, token, data, expiry)
}

// Delete forgets a session; one that is not there is forgotten already.
func (s Sessions) Delete(ctx context.Context, token string) error {
	return s.people.SessionDelete(ctx, token)
}

// MediatorByEmail finds whom to name for a claim. Only the administrator may ask;
// anybody who is not a mediator is people.not_a_mediator, Invalid.
func (h *House) MediatorByEmail(ctx context.Context, by identity.Actor, email string) (Person, error) {
	if by.Office != identity.Administrator {
		return Person{}, forbidden()
	}
	p, err := h.cfg.Store.PersonByEmail(ctx, NormalEmail(email))
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return Person{}, err
	}
	if err != nil || p.Office != identity.Mediator {
		return Person{}, fault.New(fault.Invalid, "people.not_a_mediator", "No mediator of the house has this address.").At("mediator")
	}
	return p, nil
}
