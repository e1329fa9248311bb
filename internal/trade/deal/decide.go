package deal

import (
	"fmt"
	"slices"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/escrow"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/ledger"
)

// Moment is when and by whom a command is given.
type Moment struct {
	Now time.Time
	By  identity.Actor
}

// Decision is what a command does: events in order, the transfers that carry
// them into the ledger, and the state after them.
type Decision struct {
	Events    []Event
	Transfers []ledger.Transfer
	After     State
}

// draftFor is a decision in the making.
type decision struct {
	Decision
	now time.Time
}

func (d *decision) add(events ...Event) {
	for _, e := range events {
		d.Events = append(d.Events, e)
		d.After = d.After.Apply(e, d.now)
	}
}

// transfer books an amount of the deal's currency under an id that follows from
// the deal, its version and the transfer's place, so that no clock or chance is needed.
func (d *decision) transfer(debit, credit ledger.AccountID, minor int64, reason ledger.Reason) {
	s := d.After
	d.Transfers = append(d.Transfers, ledger.Transfer{
		ID:     ledger.TransferID(fmt.Sprintf("%s/%d/%d", s.ID.Stream(), s.Version, len(d.Transfers)+1)),
		Stage:  ledger.Posted,
		Debit:  debit,
		Credit: credit,
		Amount: money.New(minor, s.Terms.Currency),
		Reason: reason,
		Stream: s.ID.Stream(),
		At:     d.now,
	})
}

// Decide answers what follows from a command, or a refusal: deal.not_found for
// strangers, deal.wrong_role (Forbidden), deal.wrong_phase and deal.lapsed
// (Conflict), and the codes of each rule. A refusal has no effect.
func Decide(s State, c Command, m Moment) (Decision, error) {
	m.Now = m.Now.UTC().Truncate(time.Microsecond) // as times are stored
	if err := mayDo(s, c, m.By); err != nil {
		return Decision{}, err
	}
	if err := inPhase(s, c); err != nil {
		return Decision{}, err
	}
	if err := inTime(s, c, m); err != nil {
		return Decision{}, err
	}
	d := &decision{Decision: Decision{After: s}, now: m.Now}
	if err := d.decide(s, c, m); err != nil {
		return Decision{}, err
	}
	d.consequences()
	fault.Assert(d.After.Escrow.Balanced(), "escrow.unbalanced", "every unit of money is in exactly one place")
	return d.Decision, nil
}

func (d *decision) decide(s State, c Command, m Moment) error {
	side := s.SideOf(m.By)
	switch c := c.(type) {
	case WriteDraft:
		return d.draft(s, c, m.By)
	case MakeOffer:
		return d.offer(s, side, m.Now)
	case Counter:
		return d.counter(s, c, side, m.Now)
	case Sign:
		return d.sign(s, c, side, m)
	case Withdraw:
		return d.withdraw(s, c, side, m.Now)
	case Amend:
		return d.amend(s, c, side, m)
	case CancelByBoth:
		return d.cancel(s, c, side, m.By.Person)
	case Fund:
		return d.fund(s, c)
	case Ship:
		return d.ship(s, c)
	case Track:
		return d.track(s, c)
	case ConfirmReceipt:
		d.add(GoodsArrived{By: "buyer", At: m.Now})
		return nil
	case Accept:
		return d.accept(s)
	case ExtendInspection:
		return d.extend(s, c, side)
	case RaiseClaim:
		return d.claim(s, c, side)
	case Conduct:
		return d.conduct(s, c, dispute.By{Side: side, Office: m.By.Office, Person: m.By.Person})
	case Freeze:
		return d.freeze(s, c)
	case Unfreeze:
		return d.unfreeze(s, c)
	case RecordOutage:
		return d.outage(c, m.Now)
	case Lapse:
		return d.lapse(s, c, m.Now)
	}
	return fault.New(fault.Internal, "deal.unknown_command", "No rule for this command.")
}

// mayDo is the role table: who may give each command at all. A company that is
// not part of the deal learns nothing, not even that the deal exists.
func mayDo(s State, c Command, by identity.Actor) error {
	side := s.SideOf(by)
	if w, first := c.(WriteDraft); first && s.Phase == None {
		if by.Office == identity.Member {
			side = w.Terms.SideOf(by.Party)
		}
		if by.Office == identity.Member && side == identity.NoSide {
			return fault.New(fault.Forbidden, "deal.not_a_party", "Draft deals in which your own company is buyer or seller.")
		}
	} else if by.Office == identity.Member && !s.VisibleTo(side) {
		return notFound()
	}
	ok := false
	switch c.(type) {
	case WriteDraft, MakeOffer, Counter, Sign, Withdraw, Amend, CancelByBoth, ExtendInspection, RaiseClaim:
		ok = side != identity.NoSide
	case Ship:
		ok = side == identity.Seller
	case ConfirmReceipt, Accept:
		ok = side == identity.Buyer
	case Fund:
		ok = by.Office == identity.Rail
	case Track:
		ok = by.Office == identity.Carrier
	case Freeze, Unfreeze:
		ok = by.Office == identity.Compliance || by.Office == identity.Clock
	case RecordOutage:
		ok = by.Office == identity.Administrator || by.Office == identity.Clock
	case Lapse:
		ok = by.Office == identity.Clock
	case Conduct:
		// Package dispute has a table of its own; nobody else ever has a step.
		ok = side != identity.NoSide || by.Office == identity.Administrator || by.Office == identity.Mediator
	}
	if !ok {
		return fault.New(fault.Forbidden, "deal.wrong_role", "This is for somebody else to do.")
	}
	return nil
}

func notFound() error {
	return fault.New(fault.NotFound, "deal.not_found", "There is no such deal.")
}

// inPhase refuses a command that the deal has not reached or has passed.
func inPhase(s State, c Command) error {
	if s.Phase == None {
		if _, ok := c.(WriteDraft); !ok {
			return notFound()
		}
		return nil
	}
	phases := phasesOf(c)
	if !slices.Contains(phases, s.Phase) || s.CalledOff != Running && !afterCallOff(c) {
		return fault.New(fault.Conflict, "deal.wrong_phase", "The deal is {phase}; this cannot be done now.").With("phase", string(s.Phase))
	}
	return nil
}

// inTime refuses the parties once the clock that their command is about has run
// out, so that the instant decides and not how soon the lapse is carried out. The
// house, the rail and the carrier report facts and are heard.
func inTime(s State, c Command, m Moment) error {
	if m.By.Office != identity.Member {
		return nil
	}
	now := m.Now
	if s.Frozen {
		now = s.FrozenFrom // since then no clock has run, but what had run out stays so
	}
	for _, d := range s.Deadlines() {
		if d.concerns(c) && now.After(d.At) {
			return fault.New(fault.Conflict, "deal.lapsed", "The time for this ran out at {date}. What follows from that is being carried out.").
				With("date", d.At.Format(time.RFC3339))
		}
	}
	return nil
}

// concerns reports whether a command comes too late once this clock has run out.
// The clock of a claim, of a change or of a wish to cancel says nothing about the
// rest of the deal, and the clock of the deal says nothing about an open claim.
func (d Deadline) concerns(c Command) bool {
	step, conducts := c.(Conduct)
	switch {
	case claimClock(d.Clock):
		return conducts && step.ClaimID == d.Ref
	case d.Clock == AmendClock:
		_, signs := c.(Sign)
		return signs
	case d.Clock == CancelClock:
		_, cancels := c.(CancelByBoth)
		return cancels
	}
	return !conducts
}

func phasesOf(c Command) []Phase {
	switch c.(type) {
	case WriteDraft, MakeOffer:
		return []Phase{Draft}
	case Counter:
		return []Phase{Offered}
	case Sign:
		return []Phase{Offered, Agreed, Funded, Shipped}
	case Withdraw:
		return []Phase{Draft, Offered, Funded}
	case Amend:
		return []Phase{Agreed, Funded, Shipped}
	case CancelByBoth:
		return []Phase{Agreed, Funded, Shipped, Delivered}
	case Fund:
		return []Phase{Agreed}
	case Ship:
		return []Phase{Funded, Shipped}
	case Track:
		return []Phase{Shipped, Delivered}
	case ConfirmReceipt:
		return []Phase{Shipped}
	case Accept, ExtendInspection:
		return []Phase{Delivered}
	case RaiseClaim:
		return []Phase{Shipped, Delivered}
	case Conduct:
		return []Phase{Shipped, Delivered}
	case Freeze, Unfreeze:
		return []Phase{Draft, Offered, Agreed, Funded, Shipped, Delivered}
	case RecordOutage, Lapse:
		return []Phase{Offered, Agreed, Funded, Shipped, Delivered}
	}
	return nil
}

// afterCallOff lists what still makes sense once the deal is to be refunded.
func afterCallOff(c Command) bool {
	switch c.(type) {
	case Conduct, Freeze, Unfreeze, RecordOutage, Lapse:
		return true
	}
	return false
}

// consequences works out what follows for the money from the state alone, until
// nothing more follows. A frozen deal pays nobody and does not close.
func (d *decision) consequences() {
	for steps := 0; !d.After.Frozen && d.After.Phase != Closed; steps++ {
		fault.Assert(steps < 100, "deal.restless", "consequences come to rest")
		s := d.After
		e, ok := s.consequence()
		if !ok {
			return
		}
		d.add(e)
		d.book(s, e)
	}
}

// consequence is the next thing that must happen to the deal's money by itself.
func (s State) consequence() (Event, bool) {
	for _, c := range s.Claims {
		if !c.Open() && s.Escrow.HeldFor(c.ID) > 0 {
			return s.divide(c), true
		}
	}
	free := s.Escrow.Free()
	if s.CalledOff != Running {
		if s.Received() > 0 {
			return DepositsReturned{Minor: s.Received()}, true
		}
		if moves := s.Escrow.Refunding(free); len(moves) > 0 {
			return MoneyMoved{Moves: moves}, true
		}
	} else if moves := s.releasing(free); len(moves) > 0 {
		return MoneyMoved{Moves: moves}, true
	}
	if outcome, over := s.over(); over {
		return Concluded{Outcome: outcome}, true
	}
	return nil, false
}

// divide hands out what an ended claim had frozen; a dropped claim only gives it back.
func (s State) divide(c dispute.Claim) Event {
	if c.Ending == dispute.Dropped {
		return MoneyMoved{Claim: c.ID}
	}
	moves, err := s.Escrow.Splitting(c.ID, c.Result.ToBuyer, s.Rules.FeeBps)
	fault.Assert(err == nil, "escrow.more_than_claimed", "a claim divides no more than it froze")
	return MoneyMoved{Moves: moves, Claim: c.ID}
}

// releasing takes the free money of every tranche whose trigger is met.
func (s State) releasing(free []escrow.Slice) []escrow.Movement {
	var due []escrow.Slice
	for _, t := range s.Terms.Tranches {
		if !s.met(t.Release) {
			continue
		}
		for _, f := range free {
			if f.Tranche == t.ID {
				due = append(due, f)
			}
		}
	}
	return s.Escrow.Releasing(due, escrow.ReleaseTerms{FeeBps: s.Rules.FeeBps, Penalty: max(0, s.penalty()-s.PenaltyTaken)})
}

// over reports whether nothing is left to do, and how the deal ended.
func (s State) over() (Outcome, bool) {
	ended := s.CalledOff != Running || s.Accepted || s.Phase == Delivered
	if !ended || s.Escrow.Held() > 0 || s.OpenClaims() > 0 || s.Received() > 0 {
		return Running, false
	}
	for _, c := range s.Claims {
		if c.Ending != dispute.Dropped && c.Ending != dispute.DealCalledOff {
			return Settled, true
		}
	}
	if s.CalledOff != Running {
		return s.CalledOff, true
	}
	return Completed, true
}
