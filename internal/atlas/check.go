package atlas

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/ledger"
	"fondaco/internal/trade/treasury"
)

// fingerprint is every value of a state, to see that nobody wrote into it.
func fingerprint(s deal.State) string {
	out := fmt.Sprintf("%+v", s)
	if s.Amendment != nil {
		out += fmt.Sprintf("%+v", *s.Amendment)
	}
	for _, c := range s.Claims {
		if c.Proposal != nil {
			out += fmt.Sprintf("%+v", *c.Proposal)
		}
		if c.Ruling != nil {
			out += fmt.Sprintf("%+v", *c.Ruling)
		}
	}
	return out
}

// decide turns a violated assertion into a failure of the walk.
func (x *expansion) decide(c deal.Command, m deal.Moment, step fmt.Stringer) (d deal.Decision, err error) {
	defer func() {
		if r := recover(); r != nil {
			x.fail(fmt.Sprint(r), "a panic", step)
			err = fault.New(fault.Conflict, "atlas.panic", "The command broke an invariant.")
		}
	}()
	return deal.Decide(x.from.state, c, m)
}

func (x *expansion) refused(err error, step fmt.Stringer) {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Forbidden, fault.NotFound, fault.Conflict, fault.Refused, fault.Exhausted:
	case fault.Unauthenticated, fault.Unavailable, fault.Internal:
		x.fail("a refusal is the caller's to mend", fmt.Sprintf("%+v", err), step)
	}
}

// roles gives every command to everybody who may not give it.
func (x *expansion) roles(all []actor) {
	s := x.from.state
	tried := map[string]bool{}
	for _, c := range append(x.cfg.commands(s, x.from.now), x.cfg.writings(s)...) {
		if tried[c.Name()] {
			continue
		}
		tried[c.Name()] = true
		for _, a := range all {
			if mayTry(c.Name(), a.name) {
				continue
			}
			step := move{a.name, c, x.from.now}
			_, err := x.decide(c, deal.Moment{Now: x.from.now, By: a.by}, step)
			x.refusals++
			if !x.barred(c, a, fault.KindOf(err)) {
				x.fail("who may not is refused", fmt.Sprint(err), step)
			}
		}
	}
}

// barred reports whether the refusal is the one that the actor's capacity calls
// for. Who takes part in claims at all may learn that there is none.
func (x *expansion) barred(c deal.Command, a actor, got fault.Kind) bool {
	s := x.from.state
	if a.name == "stranger" {
		_, draft := c.(deal.WriteDraft)
		return got == fault.NotFound || got == fault.Forbidden && draft && s.Phase == deal.None
	}
	if step, ok := c.(deal.Conduct); ok && got == fault.Conflict {
		_, there := s.Claim(step.ClaimID)
		open := there && (s.Phase == deal.Shipped || s.Phase == deal.Delivered) && overdue(s, x.from.now) == 0
		return !open && slices.Contains([]string{"buyer", "seller", "both", "administrator", "mediator", "other mediator"}, a.name)
	}
	return got == fault.Forbidden || got == fault.NotFound
}

// holds checks what must be true after any command.
func (x *expansion) holds(d deal.Decision, step fmt.Stringer) {
	b, a := x.from.state, d.After
	e := a.Escrow
	switch {
	case e.Funded() != e.Held()+e.Released()+e.Refunded()+e.Fees():
		x.fail("money in = held + paid + refunded + fees", fmt.Sprintf("%+v", e.Parts), step)
	case b.Escrow.Funded() > 0 && (e.Funded() != b.Escrow.Funded() || e.Released() < b.Escrow.Released() || e.Refunded() < b.Escrow.Refunded() || e.Fees() < b.Escrow.Fees()):
		x.fail("no payment is undone", fmt.Sprintf("%+v to %+v", b.Escrow.Parts, e.Parts), step)
	case a.Version != b.Version+int64(len(d.Events)):
		x.fail("the version counts the events", fmt.Sprint(a.Version), step)
	case len(d.Events) == 0:
		x.fail("an accepted command is recorded", "no events", step)
	case b.Phase == deal.Closed:
		x.fail("closed is final", string(a.Phase), step)
	case a.Phase == deal.Closed && (e.Held() != 0 || a.Received() != 0 || a.OpenClaims() != 0 || len(a.Deadlines()) != 0 || len(a.Obligations()) != 0):
		x.fail("closed holds nothing", fmt.Sprintf("%+v", e.Parts), step)
	case a.Phase == deal.Closed && a.Outcome == deal.Running:
		x.fail("closed has an outcome", "none", step)
	}
	if a.Frozen {
		for _, t := range d.Transfers {
			if t.Debit.Kind() == ledger.KindHeld {
				x.fail("a frozen deal pays nobody", fmt.Sprintf("%+v", t), step)
			}
		}
	}
}

// book carries the transfers into a ledger with the balances of before, and
// compares it with the escrow. It answers the new balances.
func (x *expansion) book(c deal.Command, d deal.Decision, at time.Time, step fmt.Stringer) map[ledger.AccountID]ledger.Balance {
	b := ledger.NewBook()
	for id, balance := range x.from.money {
		b.SetBalance(id, balance)
	}
	transfers := d.Transfers
	cur := d.After.Terms.Currency
	if f, ok := c.(deal.Fund); ok {
		n := treasury.Notice{Rail: railName, Reference: fmt.Sprint(d.After.Version), Amount: money.New(f.Deposit.Minor, cur)}
		in, err := treasury.Booking(fmt.Sprint("b", d.After.Version), n, at)
		if err != nil {
			x.fail("a deposit can be booked", err.Error(), step)
			return nil
		}
		transfers = append([]ledger.Transfer{in}, transfers...)
	}
	if _, err := b.ApplyAll(transfers); err != nil {
		x.fail("the ledger takes every transfer", err.Error(), step)
		return nil
	}
	balances := map[ledger.AccountID]ledger.Balance{}
	maps.Insert(balances, b.All())
	for code, sum := range ledger.TrialBalance(b.All()) {
		if sum != 0 {
			x.fail("the ledger sums to zero", fmt.Sprint(code, sum), step)
		}
	}
	x.agrees(balances, d.After, step)
	return balances
}

// agrees compares every account of the deal with its escrow.
func (x *expansion) agrees(balances map[ledger.AccountID]ledger.Balance, s deal.State, step fmt.Stringer) {
	if s.Terms.Currency.IsZero() {
		return
	}
	cur, e := s.Terms.Currency, s.Escrow
	if e.Funded() > 0 {
		for _, p := range e.Parts {
			if got := balances[ledger.Held(string(dealID), p.Tranche, cur)].Posted; got != p.Held {
				x.fail("held accounts equal the escrow", fmt.Sprintf("%s: %d and %d", p.Tranche, got, p.Held), step)
			}
		}
		if balances[ledger.Party(string(buyerCo), cur)].Posted != e.Refunded() {
			x.fail("the buyer has what was refunded", fmt.Sprint(balances), step)
		}
	}
	if e.Funded() == 0 && s.Phase != deal.Closed && balances[ledger.Suspense(railName, cur)].Posted != s.Received() {
		x.fail("deposits wait in suspense", fmt.Sprint(balances), step)
	}
	if balances[ledger.Party(string(sellerCo), cur)].Posted != e.Released() || balances[ledger.Fees(cur)].Posted != e.Fees() {
		x.fail("the seller and the house have what was released", fmt.Sprint(balances), step)
	}
}

// replays writes the events, reads them again and folds them.
func (x *expansion) replays(d deal.Decision, at time.Time, step fmt.Stringer) {
	s := x.from.state
	for _, e := range d.Events {
		payload, err := deal.Encode(e)
		if err != nil {
			x.fail("every event can be written", fmt.Sprintf("%s: %+v", e.Kind(), err), step)
			return
		}
		read, err := deal.Decode(e.Kind(), payload)
		if err != nil {
			x.fail("every event can be read", fmt.Sprintf("%s: %+v", e.Kind(), err), step)
			return
		}
		s = s.Apply(read, at)
	}
	if !reflect.DeepEqual(s, d.After) {
		x.fail("the events fold to the state", fmt.Sprintf("\n got %s\nwant %s", fingerprint(s), fingerprint(d.After)), step)
	}
}

// edges checks the instants of the clocks: a lapse is refused at the instant and
// accepted after it, and a claim at the instant is in time.
func (x *expansion) edges(at time.Time) {
	s := x.from.state
	for _, d := range s.Deadlines() {
		step := move{"clock", deal.Lapse{Clock: d.Clock, Ref: d.Ref}, at}
		_, err := x.decide(deal.Lapse{Clock: d.Clock, Ref: d.Ref}, deal.Moment{Now: at, By: identity.HouseClock()}, step)
		switch due := at.After(d.At) && !s.Frozen; {
		case due && err != nil:
			x.fail("a lapse that is due is carried out", err.Error(), step)
		case !due && fault.KindOf(err) != fault.Refused:
			x.fail("no clock lapses before or at its instant", fmt.Sprint(err), step)
		}
		if d.Clock != deal.InspectClock || s.Escrow.Held() == s.Escrow.Frozen() || s.Deadlines()[0] != d {
			continue
		}
		claim := deal.RaiseClaim{ClaimID: "edge", Reason: dispute.QualityDefect, Minor: 1, Statement: "In time."}
		_, err = x.decide(claim, deal.Moment{Now: at, By: identity.MemberOf(buyerCo, "ann")}, step)
		if inTime := !at.After(d.At); inTime && err != nil {
			x.fail("a claim at the instant is in time", err.Error(), step)
		} else if !inTime && !s.Frozen && err == nil {
			x.fail("a claim after the instant is late", "accepted", step)
		}
	}
}

// rest checks a state that waits.
func (x *expansion) rest() {
	s := x.from.state
	holding := s.Escrow.Held() > 0 || s.Received() > 0
	if holding && !s.Frozen && len(s.Deadlines()) == 0 {
		x.fail("held money has a clock", string(s.Phase), nil)
	}
	if holding && len(s.Obligations()) == 0 {
		x.fail("somebody owes something while money is held", string(s.Phase), nil)
	}
}

const lapsesMax = 60

// endsByTime lets clocks alone carry a state with money to its end.
func (x *expansion) endsByTime() {
	s, now := x.from.state, x.from.now
	if s.Frozen || s.Escrow.Held() == 0 && s.Received() == 0 {
		return
	}
	var steps []string
	for len(steps) < lapsesMax && s.Phase != deal.Closed {
		clocks := s.Deadlines()
		if len(clocks) == 0 {
			break
		}
		first := clocks[0]
		if t := first.At.Add(time.Microsecond); t.After(now) {
			now = t
		}
		steps = append(steps, string(first.Clock)+first.Ref)
		d, err := deal.Decide(s, deal.Lapse{Clock: first.Clock, Ref: first.Ref}, deal.Moment{Now: now, By: identity.HouseClock()})
		if err != nil {
			x.fail("time alone leads to an end", err.Error(), words(fmt.Sprint(steps)))
			return
		}
		s = d.After
	}
	x.lapses = len(steps)
	if s.Phase != deal.Closed || s.Escrow.Held() != 0 || s.Received() != 0 {
		x.fail("time alone leads to an end", fmt.Sprintf("%s holds %d", s.Phase, s.Escrow.Held()), words(fmt.Sprint(steps)))
	}
}
