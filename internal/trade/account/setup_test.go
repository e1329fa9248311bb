package account_test

import (
	"reflect"
	"slices"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/account"
	"fondaco/internal/trade/evidence"
)

// judge is what a test, a fuzz target and a property have in common.
type judge interface {
	Helper()
	Fatalf(format string, args ...any)
}

// desk is one account and a clock that tests set.
type desk struct {
	t     judge
	state account.State
	now   time.Time
	log   []account.Event
	times []time.Time // of each entry of the log
}

// opened is an active account whose person has a password.
func setup(t judge) *desk {
	t.Helper()
	d := blank(t)
	d.do(account.Open{}, account.SetPassword{Why: account.Chosen}, account.Confirm{})
	return d
}

func blank(t judge) *desk {
	t.Helper()
	return &desk{t: t, now: time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)}
}

// guarded is an account with a password, TOTP "app" whose step 100 is taken, and ten recovery codes.
func guarded(t judge) *desk {
	t.Helper()
	d := setup(t)
	d.do(account.AddFactor{ID: "app", Kind: account.TOTP, Label: "phone", Step: 100}, account.IssueRecovery{Count: 10})
	return d
}

// try gives a command and answers the events or the refusal.
func (d *desk) try(c account.Command) ([]account.Event, error) {
	return account.Decide(d.state, c, account.Moment{Now: d.now})
}

// do gives commands that must be taken, and folds what follows as it is read
// back from evidence. It answers the events of the last.
func (d *desk) do(commands ...account.Command) []account.Event {
	d.t.Helper()
	var events []account.Event
	for _, c := range commands {
		var err error
		if events, err = d.try(c); err != nil {
			d.t.Fatalf("%s: %v", c.Name(), err)
		}
		if len(events) == 0 {
			d.t.Fatalf("%s left no event", c.Name())
		}
		for _, e := range events {
			d.fold(e)
		}
	}
	return events
}

func (d *desk) fold(e account.Event) {
	d.t.Helper()
	read := reread(d.t, e)
	before := frozen(d.state)
	after := d.state.Apply(e, d.now)
	if again := d.state.Apply(read, d.now); !reflect.DeepEqual(again, after) {
		d.t.Fatalf("%s folds to\n%+v\nand as read back to\n%+v", e.What, after, again)
	}
	if !reflect.DeepEqual(before, d.state) {
		d.t.Fatalf("folding %s changed the state before it", e.What)
	}
	if after.Version != d.state.Version+1 {
		d.t.Fatalf("%s led from version %d to %d", e.What, d.state.Version, after.Version)
	}
	d.state, d.log, d.times = after, append(d.log, e), append(d.times, d.now)
}

// reread writes an event as evidence has it and reads it back.
func reread(t judge, e account.Event) account.Event {
	t.Helper()
	payload, err := evidence.Canonical(e)
	if err != nil {
		t.Fatalf("%s cannot be kept: %v", e.What, err)
	}
	read, err := account.Decode(e.Kind(), payload)
	if err != nil {
		t.Fatalf("%s cannot be read: %v", payload, err)
	}
	return read
}

// refused gives a command that must be refused with the code, and change nothing.
func (d *desk) refused(code string, c account.Command) *fault.Error {
	d.t.Helper()
	before := frozen(d.state)
	events, err := d.try(c)
	if fault.CodeOf(err) != code || len(events) != 0 {
		d.t.Fatalf("%s: %v with %d events, want %s", c.Name(), err, len(events), code)
	}
	if status := fault.KindOf(err).HTTPStatus(); status >= 500 {
		d.t.Fatalf("%s: a refusal answers %d", c.Name(), status)
	}
	if !reflect.DeepEqual(before, d.state) {
		d.t.Fatalf("%s: the refusal changed the account", c.Name())
	}
	return fault.Of(err)
}

func (d *desk) pass(wait time.Duration) { d.now = d.now.Add(wait) }

// frozen is a copy that shares nothing with the state.
func frozen(s account.State) account.State {
	s.Factors = slices.Clone(s.Factors)
	s.Sessions = slices.Clone(s.Sessions)
	s.Keys = slices.Clone(s.Keys)
	s.Spent = slices.Clone(s.Spent)
	if s.EmailChange != nil {
		change := *s.EmailChange
		s.EmailChange = &change
	}
	return s
}

func whats(events []account.Event) []account.What {
	all := make([]account.What, len(events))
	for i, e := range events {
		all[i] = e.What
	}
	return all
}

func word(session string) account.SignIn {
	return account.SignIn{Session: session, Method: account.ByPassword}
}

func code(session string, step int64) account.SignIn {
	return account.SignIn{Session: session, Method: account.ByPassword, Factor: account.TOTP, FactorID: "app", Step: step}
}
