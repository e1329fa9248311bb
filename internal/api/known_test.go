package api_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
)

// register is a store that counts how often it is asked about tokens, and that
// can forget them all, or give everybody another office.
type register struct {
	assurance.Store
	asked  atomic.Int64
	gone   atomic.Bool
	office atomic.Pointer[identity.Office]
}

func (r *register) SessionByHash(ctx context.Context, hash evidence.Hash) (assurance.SignedIn, error) {
	r.asked.Add(1)
	if r.gone.Load() {
		return assurance.SignedIn{}, fault.New(fault.NotFound, "people.unknown", "Nobody.")
	}
	in, err := r.Store.SessionByHash(ctx, hash)
	if office := r.office.Load(); office != nil {
		in.Person.Office = *office
	}
	return in, err
}

func TestATokenIsLookedUpSeldomAndForgottenSoon(t *testing.T) {
	t.Parallel()
	r := &register{}
	w := populated(t, func(s assurance.Store) assurance.Store { r.Store = s; return r })
	for range 200 {
		w.want(w.get("buyer", "/v1/me"), 200, "")
	}
	if n := r.asked.Load(); n < 1 || n > 20 { // once, and again every two seconds on a slow machine
		t.Errorf("200 requests have asked %d times who the token is", n)
	}
	auditor := identity.Auditor
	r.office.Store(&auditor)
	w.clock.Advance(2 * time.Second)
	if office := w.get("buyer", "/v1/me").word("office"); office != "auditor" {
		t.Errorf("after two seconds the person is still %s", office)
	}
	r.gone.Store(true)
	w.clock.Advance(2 * time.Second)
	w.want(w.get("buyer", "/v1/me"), 401, "people.bad_token")
	r.gone.Store(false)
	w.want(w.get("buyer", "/v1/me"), 200, "") // that a token is bad is not remembered
	w.clock.Advance(31 * 24 * time.Hour)
	w.want(w.get("buyer", "/v1/me"), 401, "people.bad_token")
}

func TestMadeUpTokensAreNotRemembered(t *testing.T) {
	t.Parallel()
	r := &register{}
	w := populated(t, func(s assurance.Store) assurance.Store { r.Store = s; return r })
	for i := range 50 {
		q := request{method: "GET", path: "/v1/me", headers: map[string]string{"Authorization": fmt.Sprint("Bearer fdk_", i%5)}}
		w.want(w.do(q), 401, "people.bad_token")
	}
	if n := r.asked.Load(); n != 50 {
		t.Errorf("50 made-up tokens were looked up %d times", n)
	}
}
