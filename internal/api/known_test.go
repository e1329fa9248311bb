package api_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
)

// register is a store that counts how often it is asked about tokens, and that
// can forget them all, or give everybody another office.
type register struct {
	assurance.Store
	asked atomic.Int64 // questions
	most  atomic.Int64 // tokens in one
	last  atomic.Int64 // tokens in the last
	// meanwhile runs once, when several tokens were read and nobody knows yet
	meanwhile atomic.Pointer[func()]
	gone      atomic.Bool
	office    atomic.Pointer[identity.Office]
}

func (r *register) SessionsByHash(ctx context.Context, hashes []evidence.Hash) ([]assurance.SignedIn, error) {
	r.asked.Add(1)
	r.last.Store(int64(len(hashes)))
	r.most.Store(max(r.most.Load(), int64(len(hashes))))
	if r.gone.Load() {
		return nil, nil
	}
	in, err := r.Store.SessionsByHash(ctx, hashes)
	if len(hashes) > 1 {
		if f := r.meanwhile.Swap(nil); f != nil {
			(*f)()
		}
	}
	if office := r.office.Load(); office != nil {
		for i := range in {
			in[i].Person.Office = *office
		}
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

func TestTokensInUseAreLookedUpTogether(t *testing.T) {
	t.Parallel()
	r := &register{}
	w := populated(t, func(s assurance.Store) assurance.Store { r.Store = s; return r })
	users := []string{"buyer", "seller", "auditor"}
	for range 100 { // on a slow machine a token may be too old before its turn comes
		for _, name := range users {
			w.want(w.get(name, "/v1/me"), 200, "")
		}
		w.clock.Advance(1200 * time.Millisecond)
		if r.most.Load() == int64(len(users)) {
			break
		}
	}
	if r.most.Load() != int64(len(users)) {
		t.Fatalf("at most %d tokens were looked up together", r.most.Load())
	}
	for range 100 {
		w.clock.Advance(1200 * time.Millisecond)
		w.want(w.get("buyer", "/v1/me"), 200, "")
		if r.last.Load() == 1 {
			break
		}
	}
	if r.last.Load() != 1 {
		t.Fatalf("tokens that nobody uses are looked up again and again, %d of them", r.last.Load())
	}
	w.want(w.get("seller", "/v1/me"), 200, "")
	auditor := identity.Auditor
	r.office.Store(&auditor)
	for range 100 {
		w.clock.Advance(1200 * time.Millisecond)
		before := r.asked.Load()
		w.want(w.get("buyer", "/v1/me"), 200, "")
		if office := w.get("seller", "/v1/me").word("office"); office == "auditor" && r.asked.Load() == before+1 {
			return // one question, the buyer's
		}
	}
	t.Error("what was found out together is not used")
}

func TestWhoSignsOutWhileTokensAreLookedUpStaysOut(t *testing.T) {
	t.Parallel()
	r := &register{}
	w := populated(t, func(s assurance.Store) assurance.Store { r.Store = s; return r })
	for range 100 {
		w.want(w.get("buyer", "/v1/me"), 200, "")
		w.want(w.get("seller", "/v1/me"), 200, "")
		w.clock.Advance(1200 * time.Millisecond)
		left := false
		meanwhile := func() {
			w.want(w.do(request{role: "seller", method: "DELETE", path: "/v1/sessions/current"}), 204, "")
			left = true
		}
		r.meanwhile.Store(&meanwhile)
		w.want(w.get("buyer", "/v1/me"), 200, "")
		if left {
			w.want(w.get("seller", "/v1/me"), 401, "people.bad_token")
			return
		}
	}
	t.Error("two tokens were never looked up together")
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
