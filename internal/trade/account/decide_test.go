package account_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/account"
	"fondaco/internal/trade/evidence"
)

// everyCommand gives one command of each name.
func everyCommand(d *desk) []account.Command {
	return []account.Command{
		account.Open{},
		account.Confirm{},
		account.Close{},
		word("s9"),
		account.RefuseSignIn{Why: account.WrongPassword},
		account.EndSession{Session: "s1"},
		account.EndOthers{Keep: "s1"},
		account.SetPassword{Why: account.Chosen},
		account.Condemn{Why: account.Listed},
		account.AddFactor{ID: "f", Kind: account.Passkey, Label: "x"},
		account.RenameFactor{ID: "f", Label: "x"},
		account.RemoveFactor{ID: "f"},
		account.UseFactor{Kind: account.Code},
		account.MissFactor{Kind: account.Code},
		account.IssueRecovery{Count: 1},
		account.UseRecovery{},
		account.ConfirmReview{},
		account.AskEmail{ID: "c", HoldHours: 1},
		account.UndoEmail{ID: "c"},
		account.TakeEmail{ID: "c"},
		account.Disown{},
		account.Reinstate{Why: "x"},
		account.MakeKey{Key: key(d, "k")},
		account.EndKey{ID: "k"},
		account.Note{What: account.Exported},
	}
}

func TestEachStageTakesItsCommandsAndNoOthers(t *testing.T) {
	t.Parallel()
	for stage, row := range map[account.Stage]struct {
		before []account.Command
		takes  []string
	}{
		account.NotOpened:   {nil, []string{"open"}},
		account.Unconfirmed: {[]account.Command{account.Open{}}, []string{"confirm", "close", "set_password", "condemn", "refuse_sign_in", "note"}},
		account.Closed:      {[]account.Command{account.Open{}, account.Confirm{}, account.Close{}}, []string{"note"}},
	} {
		d := blank(t)
		d.do(row.before...)
		if d.state.Stage != stage {
			t.Fatalf("stage %q, want %q", d.state.Stage, stage)
		}
		names := map[string]bool{}
		for _, c := range everyCommand(d) {
			names[c.Name()] = true
			switch {
			case slices.Contains(row.takes, c.Name()):
				if _, err := d.try(c); err != nil {
					t.Errorf("%q: %s: %v", stage, c.Name(), err)
				}
			case c.Name() == "open" || c.Name() == "confirm":
				d.refused("account.wrong_stage", c)
			default:
				d.refused("account.not_active", c)
			}
		}
		if len(names) != 25 {
			t.Errorf("%d commands, want 25", len(names))
		}
	}
	d := setup(t)
	d.refused("account.wrong_stage", account.Open{})
	d.refused("account.wrong_stage", account.Confirm{})
}

func TestClosingEndsSessionsAndKeys(t *testing.T) {
	t.Parallel()
	d := setup(t)
	d.do(word("s1"), account.MakeKey{Key: key(d, "k1")}, account.AskEmail{ID: "c", HoldHours: 1})
	got := whats(d.do(account.Close{}))
	if want := []account.What{account.SessionEnded, account.KeyEnded, account.Ended}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if s := d.state; s.Stage != account.Closed || len(s.Sessions) != 0 || s.Keys[0].EndedAt.IsZero() || s.EmailChange != nil {
		t.Errorf("%+v", s)
	}
}

// refusals is what is refused of an account with TOTP "app", passkey "key",
// session "s1" and key "k1".
func refusals(d *desk) map[string][]account.Command {
	long := strings.Repeat("x", 1401)
	bad := func(spoil func(*account.Key)) account.Command {
		k := key(d, "k2")
		spoil(&k)
		return account.MakeKey{Key: k}
	}
	usd := money.New(1, money.MustCurrency("USD"))
	return map[string][]account.Command{
		"account.malformed": {
			account.SignIn{Session: "s2", Method: "magic"},
			account.SignIn{Session: "s2"},
			account.SignIn{Session: "s2", Method: account.ByPasskey},
			account.SignIn{Session: "s2", Method: account.ByPasskey, Factor: account.TOTP, FactorID: "app", Step: 900},
			account.SignIn{Session: "s2", Method: account.ByPassword, Factor: "palm"},
			account.SignIn{Session: "s2", Method: account.ByPassword, Factor: account.Recovery, FactorID: "0 1"},
			account.UseRecovery{ID: "\n"},
			account.SignIn{Session: "s 2", Method: account.BySSO},
			account.SignIn{Session: long, Method: account.BySSO},
			account.SignIn{Session: "s2", Method: account.BySSO, Risk: account.Risk{Level: "huge"}},
			account.SignIn{Session: "s2", Method: account.BySSO, Risk: account.Risk{Level: "low", Reasons: []string{"two words"}}},
			account.RefuseSignIn{Why: "mood"},
			account.EndSession{Session: "s1", Why: "a\nb"},
			account.EndOthers{Why: "\xff"},
			account.SetPassword{Why: "bored"},
			account.Condemn{},
			account.AddFactor{ID: "f", Kind: account.Recovery, Label: "x"},
			account.AddFactor{ID: "", Kind: account.Passkey, Label: "x"},
			account.UseFactor{Kind: account.Recovery},
			account.UseFactor{ID: "app", Kind: account.Code},
			account.UseFactor{ID: "key", Kind: account.Passkey, For: strings.Repeat("公", 501)},
			account.MissFactor{},
			account.MissFactor{Kind: "palm"},
			account.IssueRecovery{},
			account.IssueRecovery{Count: 21},
			account.IssueRecovery{Count: -1},
			account.ConfirmReview{Seen: []string{"a", "\u202e"}},
			account.ConfirmReview{Seen: make([]string, 501)},
			account.AskEmail{ID: "c", HoldHours: 0},
			account.AskEmail{ID: "c", HoldHours: -72},
			account.AskEmail{ID: "c", HoldHours: 721},
			account.AskEmail{HoldHours: 72},
			account.Disown{Session: "s\x00"},
			account.Reinstate{},
			account.EndKey{ID: "k1", Why: "\x7f"},
			account.Note{What: account.SignedIn},
			account.Note{What: account.Approved, Subject: "\x1b[0m"},
			bad(func(k *account.Key) { k.ID = "" }),
			bad(func(k *account.Key) { k.Scopes = nil }),
			bad(func(k *account.Key) { k.Scopes = []string{"a", "a"} }),
			bad(func(k *account.Key) { k.Scopes = []string{""} }),
			bad(func(k *account.Key) { k.Scopes = make([]string, 51) }),
		},
		"account.bad_label": {
			account.AddFactor{ID: "f", Kind: account.Passkey, Label: " \t "},
			account.AddFactor{ID: "f", Kind: account.Passkey, Label: strings.Repeat("公", 61)},
			account.RenameFactor{ID: "app", Label: "a\x00b"},
			account.RenameFactor{ID: "app", Label: "a\u202eb"},
			account.RenameFactor{ID: "app", Label: "\xff"},
			bad(func(k *account.Key) { k.Label = "" }),
		},
		"account.bad_ceiling": {
			bad(func(k *account.Key) { k.Ceiling = []money.Amount{usd, usd} }),
			bad(func(k *account.Key) { k.Ceiling = []money.Amount{money.New(-1, usd.Currency())} }),
			bad(func(k *account.Key) { k.Ceiling = []money.Amount{{}} }),
		},
		"account.bad_expiry": {
			bad(func(k *account.Key) { k.ExpiresAt = time.Time{} }),
			bad(func(k *account.Key) { k.ExpiresAt = d.now }),
			bad(func(k *account.Key) { k.ExpiresAt = d.now.AddDate(0, 0, 367) }),
		},
		"account.unknown_factor": {
			account.SignIn{Session: "s2", Method: account.ByPassword, Factor: account.TOTP, FactorID: "other", Step: 900},
			account.UseFactor{ID: "other", Kind: account.Passkey},
			account.UseFactor{ID: "app", Kind: account.Passkey}, // TOTP does not pass for a passkey
			account.UseFactor{ID: "key", Kind: account.TOTP, Step: 900},
			account.RenameFactor{ID: "other", Label: "x"},
			account.RemoveFactor{ID: "other"},
			account.RemoveFactor{},
		},
		"account.factor_known":    {account.AddFactor{ID: "app", Kind: account.TOTP, Label: "x", Step: 900}, account.AddFactor{ID: "key", Kind: account.Passkey, Label: "x"}},
		"account.factor_needed":   {word("s2")},
		"account.session_known":   {code("s1", 900)},
		"account.unknown_session": {account.EndSession{Session: "s2"}, account.EndSession{}},
		"account.unknown_change":  {account.UndoEmail{}, account.TakeEmail{}},
		"account.unknown_key":     {account.EndKey{ID: "k2"}},
		"account.key_known":       {account.MakeKey{Key: key(d, "k1")}},
	}
}

func TestWhatBreaksARuleIsRefusedByName(t *testing.T) {
	t.Parallel()
	d := guarded(t)
	d.do(account.AddFactor{ID: "key", Kind: account.Passkey, Label: "laptop"}, code("s1", 101), account.MakeKey{Key: key(d, "k1")})
	for want, commands := range refusals(d) {
		for i, c := range commands {
			t.Run(fmt.Sprintf("%s %s %d", want, c.Name(), i), func(t *testing.T) {
				mine := *d
				mine.t = t
				mine.refused(want, c)
			})
		}
	}
}

func TestTheLastFactorStaysWhereOneIsRequired(t *testing.T) {
	t.Parallel()
	d := guarded(t)
	d.refused("account.last_factor", account.RemoveFactor{ID: "app", Required: true})
	d.do(account.AddFactor{ID: "key", Kind: account.Passkey, Label: "laptop"})
	d.do(account.RemoveFactor{ID: "app", Required: true})
	d.refused("account.last_factor", account.RemoveFactor{ID: "key", Required: true})
	d.do(account.RemoveFactor{ID: "key"})
	if d.state.HasFactor() || d.state.Strongest() != "" {
		t.Errorf("%+v", d.state.Factors)
	}
}

func TestWithoutAPasswordTheLastPasskeyStays(t *testing.T) {
	t.Parallel()
	d := blank(t)
	d.do(account.Open{}, account.Confirm{}, account.AddFactor{ID: "key", Kind: account.Passkey, Label: "laptop"})
	d.do(account.AddFactor{ID: "app", Kind: account.TOTP, Label: "phone", Step: 1})
	d.refused("account.last_factor", account.RemoveFactor{ID: "key"}) // TOTP alone opens nothing
	d.do(account.SetPassword{Why: account.Chosen}, account.RemoveFactor{ID: "key"})
}

func TestAnAccountHasTenFactorsAndTwentyLivingKeys(t *testing.T) {
	t.Parallel()
	d := setup(t)
	for i := range account.FactorsMax {
		d.do(account.AddFactor{ID: fmt.Sprint("f", i), Kind: account.Passkey, Label: "x"})
	}
	d.refused("account.too_many_factors", account.AddFactor{ID: "f", Kind: account.Passkey, Label: "x"})
	for i := range account.KeysMax {
		d.do(account.MakeKey{Key: key(d, fmt.Sprint("k", i))})
	}
	d.refused("account.too_many_keys", account.MakeKey{Key: key(d, "k")})
	d.do(account.EndKey{ID: "k3", Why: "lost"})
	d.do(account.MakeKey{Key: key(d, "k")})
	d.refused("account.too_many_keys", account.MakeKey{Key: key(d, "kk")})
	d.pass(91 * 24 * time.Hour) // all have expired
	d.do(account.MakeKey{Key: key(d, "kk")})
	if k, _ := d.state.Key("kk"); !k.Living(d.now) || !k.MadeAt.Equal(d.now) {
		t.Errorf("%+v", k)
	}
}

func TestOldKeysAreForgottenBeforeLivingOnes(t *testing.T) {
	t.Parallel()
	d := setup(t)
	d.do(account.MakeKey{Key: key(d, "living")})
	for i := range 300 {
		id := fmt.Sprint("k", i)
		d.do(account.MakeKey{Key: key(d, id)}, account.EndKey{ID: id})
	}
	k, known := d.state.Key("living")
	if !known || !k.Living(d.now) || len(d.state.Keys) != 100 || d.state.Keys[99].ID != "k299" {
		t.Errorf("%d keys, living %t, newest %s", len(d.state.Keys), known, d.state.Keys[len(d.state.Keys)-1].ID)
	}
}

// The house decides on a state, may fail to keep the decision, and decides anew.
func TestTwoFuturesOfOneAccountDoNotTouch(t *testing.T) {
	t.Parallel()
	d := setup(t)
	for i := range account.FactorsMax - 1 {
		id := fmt.Sprint("x", i)
		future := func(name string) account.State {
			s := d.state.Apply(account.Event{What: account.SignedIn, Session: name}, d.now)
			s = s.Apply(account.Event{What: account.FactorAdded, FactorID: name, FactorKind: account.Passkey}, d.now)
			k := key(d, name)
			return s.Apply(account.Event{What: account.KeyMade, Key: &k}, d.now)
		}
		one := future("one")
		future("two")
		if one.Sessions[i] != "one" || one.Factors[i].ID != "one" || one.Keys[i].ID != "one" {
			t.Fatalf("after %d of each, one future holds the other's: %+v", i, one)
		}
		d.do(account.AddFactor{ID: id, Kind: account.Passkey, Label: "x"}, account.MakeKey{Key: key(d, id)})
		d.do(account.SignIn{Session: id, Method: account.ByPasskey, Factor: account.Passkey, FactorID: id})
	}
}

func TestWhatABrowserSaysNeverKeepsItsOwnerOut(t *testing.T) {
	t.Parallel()
	d := setup(t)
	wild := account.Where{
		Address: "203.0.113.9", Browser: "Fire\x00fox\xff\xfe", System: strings.Repeat("公", 400), City: "\u202eBasel\r\n",
		Device: strings.Repeat("d", 10_000),
	}
	sure := account.Risk{Level: account.HighRisk, ScoreMilli: -1 << 63, Reasons: []string{"new_device"}}
	events, err := account.Decide(d.state, account.SignIn{Session: "s1", Method: account.ByPassword, Risk: sure}, account.Moment{Now: d.now, Where: wild})
	if err != nil {
		t.Fatal(err)
	}
	e := reread(t, events[0])
	if e.Where.Address != "203.0.113.9" || e.Where.Browser != "Firefox" || e.Where.City != "Basel" || e.Where.System != strings.Repeat("公", 200) || len(e.Where.Device) != 200 {
		t.Errorf("%+v", e.Where)
	}
	if e.Risk.ScoreMilli != -1_000_000_000 {
		t.Errorf("score %d", e.Risk.ScoreMilli)
	}
	if len(wild.Device) != 10_000 || d.do(word("s2"))[0].Where != nil {
		t.Error("the caller's place was changed, or a place made up")
	}
}

func TestEveryEventLooksTheSameFromOutside(t *testing.T) {
	t.Parallel()
	for _, w := range account.Whats() {
		if k := (account.Event{What: w}).Kind(); k != "account_noted" {
			t.Errorf("%s has the kind %s", w, k)
		}
	}
	if account.Stream("a1") != "account:a1" {
		t.Error(account.Stream("a1"))
	}
}

func TestTheOwnerHearsOfWhatAnIntruderWouldDo(t *testing.T) {
	t.Parallel()
	risky := func(level string, reasons ...string) *account.Risk {
		return &account.Risk{Level: level, Reasons: reasons}
	}
	tell := map[account.What]bool{
		account.PasswordSet: true, account.PasswordCondemned: true, account.FactorAdded: true, account.FactorRemoved: true,
		account.RecoveryIssued: true, account.RecoveryUsed: true, account.EmailAsked: true, account.EmailUndone: true,
		account.EmailTaken: true, account.NotMe: true, account.Reinstated: true, account.KeyMade: true, account.Ended: true,
	}
	for _, w := range account.Whats() {
		if got := (account.Event{What: w}).Notable(); got != tell[w] {
			t.Errorf("%s: told %t, want %t", w, got, tell[w])
		}
	}
	for name, row := range map[string]struct {
		event account.Event
		want  bool
	}{
		"a usual sign-in":                    {account.Event{What: account.SignedIn, Risk: risky(account.LowRisk)}, false},
		"an unusual one that was stepped up": {account.Event{What: account.SignedIn, Risk: risky(account.MediumRisk, "new_network")}, false},
		"a new device":                       {account.Event{What: account.SignedIn, Risk: risky(account.LowRisk, "odd_hour", "new_device")}, true},
		"a high risk":                        {account.Event{What: account.SignedIn, Risk: risky(account.HighRisk)}, true},
		"with a recovery code":               {account.Event{What: account.SignedIn, FactorKind: account.Recovery}, true},
		"with TOTP":                          {account.Event{What: account.SignedIn, FactorKind: account.TOTP}, false},
		"a wrong password from a new device": {account.Event{What: account.SignInRefused, Why: account.WrongPassword, Risk: risky(account.MediumRisk, "new_device")}, false},
		"a right one that was blocked":       {account.Event{What: account.SignInRefused, Why: account.Blocked}, true},
		"a refused one of high risk":         {account.Event{What: account.SignInRefused, Why: account.WrongPassword, Risk: risky(account.HighRisk)}, true},
		"the fourth wrong answer":            {account.Event{What: account.FactorFailed, Count: 4}, false},
		"the fifth":                          {account.Event{What: account.FactorFailed, Count: 5}, true},
		"the sixth":                          {account.Event{What: account.FactorFailed, Count: 6}, false},
	} {
		if got := row.event.Notable(); got != row.want {
			t.Errorf("%s: told %t, want %t", name, got, row.want)
		}
	}
}

func TestTheFirstPasswordAlarmsNobodyAndAnyOtherDoes(t *testing.T) {
	t.Parallel()
	set := account.SetPassword{Why: account.Chosen}
	for name, row := range map[string]struct {
		before []account.Command
		wait   time.Duration
		tells  bool
	}{
		"with the opening":                 {[]account.Command{account.Open{}, account.Confirm{}}, 0, false},
		"before the address is proven":     {[]account.Command{account.Open{}}, time.Hour, false},
		"later, where there was none":      {[]account.Command{account.Open{}, account.Confirm{}}, time.Microsecond, true},
		"a second one in the same instant": {[]account.Command{account.Open{}, set, account.Confirm{}}, 0, true},
	} {
		d := blank(t)
		d.do(row.before...)
		d.pass(row.wait)
		if e := reread(t, d.do(set)[0]); e.Notable() != row.tells {
			t.Errorf("%s: told %t, want %t", name, e.Notable(), row.tells)
		}
	}
}

func TestAReviewIsDueAfterItsDays(t *testing.T) {
	t.Parallel()
	d := blank(t)
	d.do(account.Open{})
	if d.state.ReviewDue(90, d.now.AddDate(1, 0, 0)) {
		t.Error("nobody can review an account that is not confirmed")
	}
	d.do(account.Confirm{})
	due := d.now.AddDate(0, 0, 90)
	if d.state.ReviewDue(90, due.Add(-time.Microsecond)) || !d.state.ReviewDue(90, due) || d.state.ReviewDue(0, due) || d.state.ReviewDue(-1, due) {
		t.Error("the review is not due ninety days after opening")
	}
	d.now = due
	e := d.do(account.ConfirmReview{Seen: []string{"session s1", "factor app"}})[0]
	if d.state.ReviewDue(90, due) || !d.state.ReviewDue(30, due.AddDate(0, 0, 30)) || len(reread(t, e).Seen) != 2 {
		t.Errorf("%+v after a review at %s", d.state.ReviewedAt, due)
	}
}

func TestTheStrongestFactorCounts(t *testing.T) {
	t.Parallel()
	d := guarded(t)
	if d.state.Strongest() != account.TOTP {
		t.Error(d.state.Strongest())
	}
	d.do(account.AddFactor{ID: "key", Kind: account.Passkey, Label: " laptop "}, account.RenameFactor{ID: "key", Label: "office"})
	if f, _ := d.state.Factor("key"); d.state.Strongest() != account.Passkey || f.Label != "office" || !f.UsedAt.IsZero() || !f.AddedAt.Equal(d.now) {
		t.Errorf("%s %+v", d.state.Strongest(), f)
	}
	for k, want := range map[account.FactorKind]int{account.Passkey: 3, account.TOTP: 2, account.Recovery: 1, account.Code: 1, "": 0, "palm": 0} {
		if k.Strength() != want {
			t.Errorf("%q has the strength %d, want %d", k, k.Strength(), want)
		}
	}
}

func TestFactsDecidedElsewhereAreKeptAsTheyAre(t *testing.T) {
	t.Parallel()
	d := setup(t)
	for _, w := range []account.What{account.Exported, account.RoleChanged, account.PayoutAccountChanged, account.Approved} {
		before := frozen(d.state)
		e := reread(t, d.do(account.Note{What: w, Subject: "deal d1 · 公司"})[0])
		before.Version++
		if e.What != w || e.Subject != "deal d1 · 公司" || fmt.Sprint(before) != fmt.Sprint(d.state) {
			t.Errorf("%+v", e)
		}
	}
}

func TestALogThatIsNotOursIsNotRead(t *testing.T) {
	t.Parallel()
	for payload, want := range map[string]string{
		`{"what":"opened"}`:                 "",
		`{"what":"king_crowned"}`:           "account.unknown_event",
		`{}`:                                "account.unknown_event",
		`null`:                              "account.unknown_event",
		`{"what":"key_made"}`:               "account.bad_event",
		`{"what":"opened"`:                  "account.bad_event",
		`{"what":7}`:                        "account.bad_event",
		`{"what":"signed_in","step":"ten"}`: "account.bad_event",
	} {
		if _, err := account.Decode("account_noted", []byte(payload)); fault.CodeOf(err) != want || err != nil && fault.KindOf(err) != fault.Internal {
			t.Errorf("%s: %v, want %q", payload, err, want)
		}
	}
	if _, err := account.Decode("drafted", []byte(`{"what":"opened"}`)); fault.CodeOf(err) != "account.unknown_event" {
		t.Error(err)
	}
}

// FuzzDecode: what is read can be written and read again, and folds.
func FuzzDecode(f *testing.F) {
	d := guarded(f)
	d.do(code("s1", 101), account.MakeKey{Key: key(d, "k1")}, account.AskEmail{ID: "c", HoldHours: 1}, account.Disown{Session: "s1"})
	for _, e := range d.log {
		payload, err := evidence.Canonical(e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(payload)
	}
	f.Add([]byte(`{"what":"key_made","key":{"ceiling":[{"amount":1,"currency":"USD"}]}}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		e, err := account.Decode("account_noted", payload)
		if err != nil {
			if fault.KindOf(err) != fault.Internal {
				t.Fatalf("%v is not the house's fault", err)
			}
			return
		}
		_ = d.state.Apply(e, d.now).Apply(e, d.now)
		_ = e.Notable()
		written, err := evidence.Canonical(e)
		if err != nil {
			return // numbers or years beyond what the log holds; the log never held them
		}
		again, err := account.Decode("account_noted", written)
		if err != nil {
			t.Fatalf("%s cannot be read: %v", written, err)
		}
		if back, err := evidence.Canonical(again); err != nil || string(back) != string(written) {
			t.Fatalf("%s became %s, %v", written, back, err)
		}
	})
}
