package account_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/account"
)

// Case 39: a reset must not get around the second factor.
func TestAResetNeverRemovesTheSecondFactor(t *testing.T) {
	t.Parallel()
	d := guarded(t)
	d.do(account.AddFactor{ID: "key", Kind: account.Passkey, Label: "laptop"})
	factors, left := d.state.Factors, d.state.RecoveryLeft
	d.do(account.SetPassword{Why: account.Reset})
	if !slices.Equal(d.state.Factors, factors) || d.state.RecoveryLeft != left || d.state.Step != 100 {
		t.Errorf("a reset left %+v, %d codes, step %d", d.state.Factors, d.state.RecoveryLeft, d.state.Step)
	}
	d.refused("account.factor_needed", word("s1"))
	mailed := account.SignIn{Session: "s1", Method: account.ByPassword, Factor: account.Code}
	d.refused("account.factor_too_weak", mailed) // the mailbox has proven itself once already
	d.refused("account.factor_too_weak", account.UseFactor{Kind: account.Code, For: "withdraw"})
	d.do(code("s1", 101))
}

// Case 40, first half: a code counts once, in whatever way it is shown again.
func TestAOneTimeCodeCountsOnce(t *testing.T) {
	t.Parallel()
	d := guarded(t)
	d.refused("account.code_used", code("s1", 100)) // it proved the enrolment
	d.do(code("s1", 102))
	for _, step := range []int64{102, 101, 100, 0, -1} {
		d.refused("account.code_used", code("s2", step))
		d.refused("account.code_used", account.UseFactor{ID: "app", Kind: account.TOTP, Step: step, For: "withdraw"})
		d.refused("account.code_used", account.AddFactor{ID: "app2", Kind: account.TOTP, Label: "tablet", Step: step})
	}
	d.do(account.UseFactor{ID: "app", Kind: account.TOTP, Step: 103, For: "withdraw"})
	d.refused("account.code_used", code("s2", 103))
	d.do(account.RemoveFactor{ID: "app"}, account.AddFactor{ID: "app", Kind: account.TOTP, Label: "phone", Step: 104})
	d.refused("account.code_used", code("s2", 104)) // nor does enrolling again make it fresh
}

// Case 40, second half: five tries, then a rest that grows and always ends.
func TestGuessingRestsAfterFiveWrongAnswersAndNeverForEver(t *testing.T) {
	t.Parallel()
	d := guarded(t)
	d.do(account.AddFactor{ID: "key", Kind: account.Passkey, Label: "laptop"})
	miss := account.MissFactor{Kind: account.TOTP}
	d.do(miss, miss, miss, miss)
	if until := d.state.FactorBlockedUntil(); !until.IsZero() {
		t.Errorf("blocked until %s after four", until)
	}
	rests := []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 16 * time.Minute, 32 * time.Minute, time.Hour, time.Hour, time.Hour}
	for n, rest := range rests {
		last := d.do(miss)
		if told := last[0].Notable(); told != (n == 0) {
			t.Errorf("wrong answer %d: the owner is told: %t", n+5, told)
		}
		if until := d.state.FactorBlockedUntil(); !until.Equal(d.now.Add(rest)) {
			t.Errorf("after %d wrong answers blocked until %s, want %s later", n+5, until, rest)
		}
		d.pass(rest - time.Microsecond)
		blocked := d.refused("account.factor_blocked", code("s1", 500)) // the right code
		if blocked.Kind != fault.Exhausted || blocked.Args["until"] != d.state.FactorBlockedUntil().Format(time.RFC3339) {
			t.Errorf("%v, args %v", blocked.Kind, blocked.Args)
		}
		d.refused("account.factor_blocked", account.UseRecovery{For: "withdraw"})
		d.refused("account.factor_blocked", account.SignIn{Session: "s1", Method: account.ByPassword, Factor: account.Recovery})
		d.refused("account.factor_blocked", miss) // what is not looked at does not count
		d.pass(time.Microsecond)
	}
	d.do(code("s1", 500))
	if d.state.Misses != 0 || !d.state.FactorBlockedUntil().IsZero() {
		t.Errorf("the right answer left %d misses", d.state.Misses)
	}
}

func TestAPasskeyIsNeverBlocked(t *testing.T) {
	t.Parallel()
	d := guarded(t)
	d.do(account.AddFactor{ID: "key", Kind: account.Passkey, Label: "laptop"})
	for range 5 {
		d.do(account.MissFactor{Kind: account.TOTP})
	}
	d.do(account.MissFactor{Kind: account.Passkey})
	d.do(account.SignIn{Session: "s1", Method: account.ByPasskey, Factor: account.Passkey, FactorID: "key"})
	if f, _ := d.state.Factor("key"); !f.UsedAt.Equal(d.now) || d.state.Misses != 0 {
		t.Errorf("%+v, %d misses", f, d.state.Misses)
	}
}

// A stranger may show wrong passkeys without end: that blocks nobody's codes.
func TestWrongPasskeysBlockNothing(t *testing.T) {
	t.Parallel()
	d := guarded(t)
	for range 20 {
		if e := d.do(account.MissFactor{Kind: account.Passkey})[0]; e.FactorKind != account.Passkey || e.Notable() {
			t.Fatalf("%+v", e)
		}
	}
	d.do(account.MissFactor{Kind: account.TOTP})
	if d.state.Misses != 1 {
		t.Errorf("%d misses, want 1", d.state.Misses)
	}
	d.do(code("s1", 101))
}

// Neither mailbox nor password buys fresh guesses.
func TestOnlyAFactorThatWasShownForgetsWrongAnswers(t *testing.T) {
	t.Parallel()
	d := setup(t)
	d.do(account.MissFactor{Kind: account.Code}, account.MissFactor{Kind: account.Code})
	d.do(account.SetPassword{Why: account.Reset}, word("s1"), account.ConfirmReview{}, account.SignIn{Session: "s2", Method: account.BySSO})
	if d.state.Misses != 2 {
		t.Errorf("%d misses, want 2", d.state.Misses)
	}
	d.do(account.UseFactor{Kind: account.Code, For: "withdraw"})
	if d.state.Misses != 0 {
		t.Errorf("%d misses after a right answer", d.state.Misses)
	}
}

// Case 41: a session that somebody planted before the sign-in is not taken over.
func TestASignInNeverContinuesASession(t *testing.T) {
	t.Parallel()
	d := setup(t)
	d.do(word("planted"))
	if r := d.refused("account.session_known", word("planted")); r.Kind != fault.Conflict {
		t.Errorf("kind %v", r.Kind)
	}
	d.refused("account.malformed", word(""))
	d.do(word("fresh"))
	if !slices.Equal(d.state.Sessions, []string{"planted", "fresh"}) {
		t.Errorf("sessions %q", d.state.Sessions)
	}
}

// Case 42: what was open under the old password is closed.
func TestOldSessionsEndWithThePassword(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		give account.Command
		want []string
	}{
		"chosen keeps the session it was chosen in": {account.SetPassword{Why: account.Chosen, Keep: "s2"}, []string{"s2"}},
		"renewed likewise":                          {account.SetPassword{Why: account.Renewed, Keep: "s1"}, []string{"s1"}},
		"chosen without a session keeps none":       {account.SetPassword{Why: account.Chosen}, []string{}},
		"a session that is none keeps none":         {account.SetPassword{Why: account.Chosen, Keep: "s9"}, []string{}},
		"a reset keeps none, whatever it says":      {account.SetPassword{Why: account.Reset, Keep: "s2"}, []string{}},
		"condemned keeps none":                      {account.Condemn{Why: account.Listed}, []string{}},
		"the others end, one stays":                 {account.EndOthers{Keep: "s3"}, []string{"s3"}},
		"one ends, the others stay":                 {account.EndSession{Session: "s2", Why: "lost"}, []string{"s1", "s3"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := setup(t)
			d.do(word("s1"), word("s2"), word("s3"))
			events := d.do(row.give)
			if !slices.Equal(d.state.Sessions, row.want) {
				t.Errorf("sessions %q, want %q", d.state.Sessions, row.want)
			}
			var gone []string
			for _, e := range events {
				gone = append(gone, e.Sessions...)
			}
			if len(gone)+len(row.want) != 3 {
				t.Errorf("the events end %q, so the house does not know which rows to end", gone)
			}
			for _, s := range gone {
				d.refused("account.unknown_session", account.EndSession{Session: s})
			}
		})
	}
}

func TestTheOldestOfAHundredSessionsEndsWhenOneMoreBegins(t *testing.T) {
	t.Parallel()
	d := setup(t)
	for i := range account.SessionsMax {
		d.do(word(fmt.Sprint("s", i)))
	}
	events := d.do(word("one-more"))
	if len(events) != 2 || events[0].What != account.SessionEnded || !slices.Equal(events[0].Sessions, []string{"s0"}) {
		t.Fatalf("%+v", events)
	}
	if n := len(d.state.Sessions); n != account.SessionsMax || d.state.Sessions[0] != "s1" || d.state.Sessions[n-1] != "one-more" {
		t.Errorf("%d sessions, the oldest %s", n, d.state.Sessions[0])
	}
}

// Case 44: whoever has the session cannot carry the address away.
func TestAChangeOfAddressWaitsAndCanBeCancelledUntilItIsTaken(t *testing.T) {
	t.Parallel()
	d := setup(t)
	asked := d.do(account.AskEmail{ID: "c1", HoldHours: 72})[0]
	if want := d.now.Add(72 * time.Hour); !asked.Notable() || !asked.TakesEffect.Equal(want) || !d.state.EmailChange.TakesEffect.Equal(want) {
		t.Errorf("%+v", asked)
	}
	d.refused("account.email_change_waits", account.AskEmail{ID: "c2", HoldHours: 1})
	d.refused("account.unknown_change", account.TakeEmail{ID: "c2"})
	d.refused("account.unknown_change", account.UndoEmail{ID: "c2"})
	d.pass(72*time.Hour - time.Microsecond)
	d.do(account.SetPassword{Why: account.Reset}) // does not shorten the hold
	if r := d.refused("account.hold", account.TakeEmail{ID: "c1"}); r.Kind != fault.Refused || r.Args["until"] == "" {
		t.Errorf("%v %v", r.Kind, r.Args)
	}
	d.pass(time.Microsecond)
	d.do(account.UndoEmail{ID: "c1"}) // still: it has not been taken
	d.refused("account.unknown_change", account.TakeEmail{ID: "c1"})

	d.do(account.AskEmail{ID: "c2", HoldHours: 72})
	d.pass(72 * time.Hour)
	d.do(account.TakeEmail{ID: "c2"})
	d.refused("account.unknown_change", account.UndoEmail{ID: "c2"})
	d.refused("account.unknown_change", account.TakeEmail{ID: "c2"})
	if d.state.EmailChange != nil {
		t.Errorf("%+v waits", d.state.EmailChange)
	}
}

// Case 45: recovery codes are counted down, and the owner hears of each.
func TestEachRecoveryCodeIsUsedOnceAndAnnounced(t *testing.T) {
	t.Parallel()
	d := guarded(t)
	d.do(account.IssueRecovery{Count: 2})
	in := account.SignIn{Session: "s1", Method: account.ByPassword, Factor: account.Recovery}
	for _, c := range []account.Command{in, account.UseRecovery{For: "remove_factor"}} {
		left := d.state.RecoveryLeft
		events := d.do(c)
		e := events[len(events)-1]
		if !e.Notable() || e.FactorKind != account.Recovery || d.state.RecoveryLeft != left-1 || e.Count != left-1 {
			t.Errorf("%s: %+v, %d left", c.Name(), e, d.state.RecoveryLeft)
		}
	}
	in.Session = "s2"
	d.refused("account.no_recovery", in)
	d.refused("account.no_recovery", account.UseRecovery{})
	if !slices.Contains(d.state.Sessions, "s1") || len(d.state.Factors) != 1 {
		t.Errorf("%+v", d.state)
	}
}

// Two requests may carry the same code at once; only one of them is decided first.
func TestOneRecoveryCodeShownTwiceAtOnceCountsOnce(t *testing.T) {
	t.Parallel()
	d := guarded(t)
	in := account.SignIn{Session: "s1", Method: account.ByPassword, Factor: account.Recovery, FactorID: "07"}
	d.do(in)
	in.Session = "s2"
	d.refused("account.code_used", in)
	d.refused("account.code_used", account.UseRecovery{ID: "07", For: "withdraw"})
	d.do(account.UseRecovery{ID: "08", For: "withdraw"})
	d.refused("account.code_used", account.UseRecovery{ID: "08", For: "withdraw"})
	if d.state.RecoveryLeft != 8 {
		t.Errorf("%d left, want 8", d.state.RecoveryLeft)
	}
	d.do(account.IssueRecovery{Count: 10}, in) // another set, another seventh code
}

// A code that was used is a wrong answer like any other: it counts towards the block.
func TestRecoveryCodesCannotBeGuessedWithoutEnd(t *testing.T) {
	t.Parallel()
	d := guarded(t)
	for range 5 {
		d.do(account.MissFactor{Kind: account.Recovery})
	}
	d.refused("account.factor_blocked", account.UseRecovery{})
}

func TestRecoveryCodesEndWithTheLastFactor(t *testing.T) {
	t.Parallel()
	d := guarded(t)
	d.do(account.RemoveFactor{ID: "app"}, account.AddFactor{ID: "key", Kind: account.Passkey, Label: "x"})
	d.refused("account.no_recovery", account.UseRecovery{})
}

func TestNotMeEndsEverythingAndFreezes(t *testing.T) {
	t.Parallel()
	d := guarded(t)
	d.do(code("mine", 101), code("theirs", 102), account.MakeKey{Key: key(d, "k1")}, account.AskEmail{ID: "c1", HoldHours: 72})
	events := d.do(account.Disown{Session: "theirs"})
	want := []account.What{account.NotMe, account.SessionEnded, account.KeyEnded, account.EmailUndone}
	if !slices.Equal(whats(events), want) || events[0].Session != "theirs" {
		t.Errorf("%v, want %v", whats(events), want)
	}
	s := d.state
	if !s.Disowned || len(s.Sessions) != 0 || s.EmailChange != nil || s.Condemned != account.Disowned || s.Keys[0].EndedAt.IsZero() {
		t.Errorf("%+v", s)
	}
	// The intruder knows the password and even a code: neither opens the house, and
	// nothing that reaches further can be had until compliance has looked.
	d.refused("account.password_condemned", code("again", 103))
	d.refused("account.unknown_key", account.EndKey{ID: "k1"})
	d.do(account.SetPassword{Why: account.Reset}, code("back", 103))
	d.refused("account.disowned", account.AskEmail{ID: "c2", HoldHours: 72})
	d.refused("account.disowned", account.MakeKey{Key: key(d, "k2")})
	if !d.state.Disowned || d.state.Condemned != "" {
		t.Errorf("a new password resolved more than itself: %+v", d.state)
	}
	d.do(account.Disown{}) // said again, of what has begun since
	if len(d.state.Sessions) != 0 || !d.state.CondemnedBars() {
		t.Errorf("%+v", d.state)
	}
	d.do(account.SetPassword{Why: account.Reset}, account.Reinstate{Why: "spoke with her by phone"})
	d.refused("account.not_disowned", account.Reinstate{Why: "again"})
	d.do(account.AskEmail{ID: "c2", HoldHours: 72}, account.MakeKey{Key: key(d, "k2")})
}

func TestACondemnedPasswordOpensNothingUnlessOnlyTheHouseMindsIt(t *testing.T) {
	t.Parallel()
	for why, opens := range map[string]bool{
		account.Listed: true, account.Expired: true,
		account.Suspected: false, account.Disowned: false, "seen in a leak": false,
	} {
		d := setup(t)
		d.do(account.AddFactor{ID: "key", Kind: account.Passkey, Label: "laptop"}, account.Condemn{Why: why})
		shown := account.SignIn{Session: "s1", Method: account.ByPassword, Factor: account.Passkey, FactorID: "key"}
		if opens {
			d.do(shown)
		} else {
			d.refused("account.password_condemned", shown)
		}
		if d.state.Condemned != why {
			t.Errorf("condemned %q, want %q", d.state.Condemned, why)
		}
		d.do(account.SignIn{Session: "s2", Method: account.ByPasskey, Factor: account.Passkey, FactorID: "key"})
		d.do(account.SetPassword{Why: account.Chosen, Keep: "s2"})
		shown.Session = "s3"
		d.do(shown)
	}
}

func key(d *desk, id string) account.Key {
	return account.Key{
		ID: id, Label: "books", Scopes: []string{"deals.read", "payouts.write"},
		Ceiling:   []money.Amount{money.New(50_000, money.MustCurrency("USD")), money.New(0, money.MustCurrency("JPY"))},
		ExpiresAt: d.now.AddDate(0, 0, 90),
	}
}
