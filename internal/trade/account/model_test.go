package account_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fondaco/internal/fault"
	"fondaco/internal/trade/account"
)

// model is an account as dumb as it can be: it remembers what was done and
// counts everything again.
type model struct {
	stage     account.Stage
	password  bool
	condemned string
	disowned  bool
	factors   map[string]account.FactorKind
	added     map[string]time.Time // of factors
	said      time.Time            // when it was disowned first
	taken     []int64              // steps of codes, as they were taken
	recovery  int
	spent     []string // numbers of recovery codes since they were issued
	answers   []answer // right and wrong ones, as they were given
	sessions  []string
	keys      map[string]bool // whether it is living
	change    string
	hold      time.Time
}

type answer struct {
	right bool
	at    time.Time
}

func (m *model) newest() int64 {
	if len(m.taken) == 0 {
		return 0
	}
	return slices.Max(m.taken)
}

// misses counts the wrong answers at the end.
func (m *model) misses() int {
	n := 0
	for i := len(m.answers) - 1; i >= 0 && !m.answers[i].right; i-- {
		n++
	}
	return n
}

func (m *model) blocked(now time.Time) bool {
	rests := []int{1, 2, 4, 8, 16, 32, 60} // minutes
	n := m.misses()
	if n < 5 {
		return false
	}
	rest := time.Duration(rests[min(n-5, len(rests)-1)]) * time.Minute
	return now.Before(m.answers[len(m.answers)-1].at.Add(rest))
}

// proof lists what speaks against a factor that is shown.
func (m *model) proof(k account.FactorKind, id string, step int64, now time.Time) []string {
	var codes []string
	if k != account.Passkey && m.blocked(now) {
		codes = append(codes, "account.factor_blocked")
	}
	switch k {
	case account.Passkey, account.TOTP:
		if m.factors[id] != k {
			codes = append(codes, "account.unknown_factor")
		}
		if k == account.TOTP && step <= m.newest() {
			codes = append(codes, "account.code_used")
		}
	case account.Recovery:
		if m.recovery == 0 {
			codes = append(codes, "account.no_recovery")
		}
		if slices.Contains(m.spent, id) {
			codes = append(codes, "account.code_used")
		}
	case account.Code:
		if len(m.factors) > 0 {
			codes = append(codes, "account.factor_too_weak")
		}
	}
	return codes
}

// objections lists the codes of every rule that the command would break.
func (m *model) objections(c account.Command, now time.Time) []string {
	var codes []string
	object := func(breaks bool, code string) {
		if breaks {
			codes = append(codes, code)
		}
	}
	switch c.(type) {
	case account.Open, account.Confirm:
	case account.Close, account.SetPassword, account.Condemn:
		object(m.stage != account.Unconfirmed && m.stage != account.Active, "account.not_active")
	default:
		object(m.stage != account.Active, "account.not_active")
	}
	switch c := c.(type) {
	case account.Open:
		object(m.stage != account.NotOpened, "account.wrong_stage")
	case account.Confirm:
		object(m.stage != account.Unconfirmed, "account.wrong_stage")
	case account.SignIn:
		object(slices.Contains(m.sessions, c.Session), "account.session_known")
		object(m.disowned && c.Method != account.ByPassword, "account.disowned")
		if c.Method == account.ByPassword {
			object(m.condemned == account.Disowned || m.condemned == account.Suspected, "account.password_condemned")
			object(len(m.factors) > 0 && c.Factor == "", "account.factor_needed")
		}
		if c.Factor != "" {
			codes = append(codes, m.proof(c.Factor, c.FactorID, c.Step, now)...)
		}
	case account.EndSession:
		object(!slices.Contains(m.sessions, c.Session), "account.unknown_session")
	case account.AddFactor:
		object(m.factors[c.ID] != "", "account.factor_known")
		object(c.Kind == account.TOTP && c.Step <= m.newest(), "account.code_used")
	case account.RemoveFactor:
		object(m.factors[c.ID] == "", "account.unknown_factor")
		passkeys := 0
		for _, k := range m.factors {
			if k == account.Passkey {
				passkeys++
			}
		}
		last := m.factors[c.ID] == account.Passkey && passkeys == 1 && !m.password
		object(m.factors[c.ID] != "" && len(m.factors) == 1 && c.Required || last, "account.last_factor")
	case account.UseFactor:
		codes = append(codes, m.proof(c.Kind, c.ID, c.Step, now)...)
	case account.UseRecovery:
		codes = append(codes, m.proof(account.Recovery, c.ID, 0, now)...)
	case account.MissFactor:
		object(c.Kind != account.Passkey && m.blocked(now), "account.factor_blocked")
	case account.AskEmail:
		object(m.change != "", "account.email_change_waits")
		object(m.disowned, "account.disowned")
	case account.UndoEmail:
		object(m.change != c.ID, "account.unknown_change")
	case account.TakeEmail:
		object(m.change != c.ID, "account.unknown_change")
		object(m.change == c.ID && now.Before(m.hold), "account.hold")
	case account.Reinstate:
		object(!m.disowned, "account.not_disowned")
	case account.MakeKey:
		_, known := m.keys[c.Key.ID]
		object(known, "account.key_known")
		object(m.disowned, "account.disowned")
	case account.EndKey:
		object(!m.keys[c.ID], "account.unknown_key")
	}
	return codes
}

func (m *model) shown(k account.FactorKind, id string, step int64, now time.Time) {
	if k == "" {
		return
	}
	m.answers = append(m.answers, answer{right: true, at: now})
	if k == account.TOTP {
		m.taken = append(m.taken, step)
	}
	if k == account.Recovery {
		m.recovery--
		m.spent = append(m.spent, id)
	}
}

func (m *model) endAll() {
	m.sessions = nil
	for id := range m.keys {
		m.keys[id] = false
	}
}

func (m *model) take(c account.Command, now time.Time) {
	switch c := c.(type) {
	case account.Open:
		m.stage = account.Unconfirmed
	case account.Confirm:
		m.stage = account.Active
	case account.Close:
		m.stage, m.change = account.Closed, ""
		m.endAll()
	case account.SignIn:
		m.sessions = append(m.sessions, c.Session)
		m.shown(c.Factor, c.FactorID, c.Step, now)
	case account.EndSession:
		m.sessions = slices.DeleteFunc(m.sessions, func(s string) bool { return s == c.Session })
	case account.EndOthers:
		m.sessions = slices.DeleteFunc(m.sessions, func(s string) bool { return s != c.Keep })
	case account.SetPassword:
		m.password, m.condemned = true, ""
		m.sessions = slices.DeleteFunc(m.sessions, func(s string) bool { return s != c.Keep || c.Why == account.Reset })
	case account.Condemn:
		m.condemned, m.sessions = c.Why, nil
	case account.AddFactor:
		m.factors[c.ID], m.added[c.ID] = c.Kind, now
		if c.Kind == account.TOTP {
			m.taken = append(m.taken, c.Step)
		}
	case account.RemoveFactor:
		delete(m.factors, c.ID)
		if len(m.factors) == 0 {
			m.recovery = 0
		}
	case account.UseFactor:
		m.shown(c.Kind, c.ID, c.Step, now)
	case account.UseRecovery:
		m.shown(account.Recovery, c.ID, 0, now)
	case account.MissFactor:
		if c.Kind != account.Passkey {
			m.answers = append(m.answers, answer{at: now})
		}
	case account.IssueRecovery:
		m.recovery, m.spent = c.Count, nil
	case account.AskEmail:
		m.change, m.hold = c.ID, now.Add(time.Duration(c.HoldHours)*time.Hour)
	case account.UndoEmail, account.TakeEmail:
		m.change = ""
	case account.Disown:
		if !m.disowned {
			m.said = now
		}
		m.disowned, m.condemned, m.change = true, account.Disowned, ""
		m.endAll()
	case account.Reinstate:
		m.disowned = false
		for id := range m.factors {
			if m.said.Sub(m.added[id]) < 14*24*time.Hour {
				delete(m.factors, id)
				m.recovery = 0
			}
		}
	case account.MakeKey:
		m.keys[c.Key.ID] = true
	case account.EndKey:
		m.keys[c.ID] = false
	}
}

// agree compares the account with the model.
func (m *model) agree(t *rapid.T, s account.State) {
	t.Helper()
	factors := map[string]account.FactorKind{}
	for _, f := range s.Factors {
		factors[f.ID] = f.Kind
	}
	keys := map[string]bool{}
	for _, k := range s.Keys {
		keys[k.ID] = k.EndedAt.IsZero()
	}
	change := ""
	if s.EmailChange != nil {
		change = s.EmailChange.ID
	}
	for what, pair := range map[string][2]any{
		"stage":     {s.Stage, m.stage},
		"condemned": {s.Condemned, m.condemned},
		"disowned":  {s.Disowned, m.disowned},
		"password":  {!s.PasswordAt.IsZero(), m.password},
		"step":      {s.Step, m.newest()},
		"recovery":  {s.RecoveryLeft, m.recovery},
		"misses":    {s.Misses, m.misses()},
		"change":    {change, m.change},
		"factors":   {len(factors) == len(s.Factors) && maps.Equal(factors, m.factors), true},
		"keys":      {maps.Equal(keys, m.keys), true},
		"sessions":  {slices.Equal(s.Sessions, m.sessions), true},
	} {
		if pair[0] != pair[1] {
			t.Fatalf("%s: %v, the model has %v\naccount %+v\nmodel   %+v", what, pair[0], pair[1], s, m)
		}
	}
	taken := slices.Clone(m.taken)
	slices.Sort(taken)
	if len(slices.Compact(taken)) != len(m.taken) {
		t.Fatalf("a code counted twice: %v", m.taken)
	}
	if until := s.FactorBlockedUntil(); until.After(s.MissedAt.Add(time.Hour)) {
		t.Fatalf("blocked until %s by an answer at %s", until, s.MissedAt)
	}
}

// anyCommand draws a command that can be recorded; ids are few, so that they meet.
func anyCommand(t *rapid.T, d *desk) account.Command {
	pick := func(label string, of ...string) string { return rapid.SampledFrom(of).Draw(t, label) }
	session := func() string { return pick("session", "s1", "s2", "s3", "s4") }
	factor := func() string { return pick("factor", "f1", "f2", "f3") }
	step := func() int64 { return d.state.Step + rapid.Int64Range(-2, 3).Draw(t, "step") }
	kind := func(kinds ...account.FactorKind) account.FactorKind { return rapid.SampledFrom(kinds).Draw(t, "kind") }
	change, why := pick("change", "c1", "c2"), pick("why", account.Chosen, account.Renewed, account.Reset)
	shown := kind("", account.TOTP, account.TOTP, account.Recovery, account.Code)
	in := account.SignIn{Session: session(), Method: rapid.SampledFrom([]account.Method{account.ByPassword, account.ByPassword, account.BySSO}).Draw(t, "method"), Factor: shown}
	if shown == account.TOTP {
		in.FactorID, in.Step = factor(), step()
	}
	if shown == account.Recovery {
		in.FactorID = pick("number", "r1", "r2", "r3")
	}
	use := account.UseFactor{Kind: kind(account.TOTP, account.TOTP, account.Passkey, account.Code), Step: step()}
	if use.Kind != account.Code {
		use.ID = factor()
	}
	k := key(d, pick("key", "k1", "k2", "k3"))
	last := account.Command(account.EndOthers{Keep: session()})
	if len(d.log) > 80 {
		last = account.Close{} // else most lives would be short
	}
	return rapid.SampledFrom([]account.Command{ // the first and the last are drawn most
		account.AddFactor{ID: factor(), Kind: kind(account.TOTP, account.Passkey), Label: "x", Step: step()},
		in,
		account.MissFactor{Kind: account.TOTP},
		use,
		in,
		account.MissFactor{Kind: account.Recovery},
		account.MissFactor{Kind: account.Code},
		use,
		account.IssueRecovery{Count: rapid.IntRange(1, 3).Draw(t, "count")},
		account.MissFactor{Kind: account.Passkey},
		account.UseRecovery{ID: pick("number", "r1", "r2", "r3")},
		account.Open{},
		account.Confirm{},
		account.Disown{Session: session()},
		last,
		account.Condemn{Why: pick("fault", account.Listed, account.Suspected)},
		account.Reinstate{Why: "x"},
		account.EndSession{Session: session()},
		account.EndOthers{Keep: session()},
		account.RemoveFactor{ID: factor(), Required: rapid.Bool().Draw(t, "required")},
		account.MakeKey{Key: k},
		account.EndKey{ID: k.ID},
		account.SetPassword{Why: why, Keep: session()},
		account.AskEmail{ID: change, HoldHours: rapid.IntRange(1, 3).Draw(t, "hold")},
		account.UndoEmail{ID: change},
		account.TakeEmail{ID: change},
		account.SignIn{Session: session(), Method: account.ByPasskey, Factor: account.Passkey, FactorID: factor()},
		use,
		account.MissFactor{Kind: account.TOTP},
		in,
	}).Draw(t, "command")
}

func TestAnAccountBehavesLikeItsModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := blank(t)
		m := &model{factors: map[string]account.FactorKind{}, added: map[string]time.Time{}, keys: map[string]bool{}}
		if rapid.SampledFrom([]bool{true, true, true, false}).Draw(t, "open") {
			oneStep(t, d, m, account.Open{})
			oneStep(t, d, m, account.Confirm{})
		}
		for range rapid.IntRange(20, 120).Draw(t, "steps") {
			d.pass(rapid.SampledFrom([]time.Duration{0, time.Second, time.Minute, 20 * time.Minute, 2 * time.Hour}).Draw(t, "wait"))
			oneStep(t, d, m, anyCommand(t, d))
		}
		again := account.State{}
		for i, e := range d.log {
			again = again.Apply(reread(t, e), d.times[i])
		}
		if !reflect.DeepEqual(again, d.state) {
			t.Fatalf("the log folds to\n%+v\nthe account was\n%+v", again, d.state)
		}
	})
}

// oneStep gives the command to both and compares.
func oneStep(t *rapid.T, d *desk, m *model, c account.Command) {
	t.Helper()
	want, before := m.objections(c, d.now), frozen(d.state)
	_, err := d.try(c)
	if (err == nil) != (len(want) == 0) || err != nil && !slices.Contains(want, fault.CodeOf(err)) {
		t.Fatalf("%s %+v: %v, the model says %q\n%+v", c.Name(), c, err, want, d.state)
	}
	if err != nil {
		d.refused(fault.CodeOf(err), c)
		m.agree(t, d.state)
		return
	}
	d.do(c)
	m.take(c, d.now)
	m.agree(t, d.state)
	if d.state.Step < before.Step {
		t.Fatalf("%s: the step went from %d to %d", c.Name(), before.Step, d.state.Step)
	}
	if _, sets := c.(account.SetPassword); sets && (!reflect.DeepEqual(d.state.Factors, before.Factors) ||
		fmt.Sprint(d.state.RecoveryLeft, d.state.Misses, d.state.Step) != fmt.Sprint(before.RecoveryLeft, before.Misses, before.Step)) {
		t.Fatalf("a password touched the factors: %+v became %+v", before, d.state)
	}
}
