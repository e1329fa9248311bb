package assurance

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"github.com/alexedwards/argon2id"

	"fondaco/internal/fault"
	"fondaco/internal/trade/account"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/password"
	"fondaco/internal/trade/signin"
)

// Entrance is how far somebody has come on the way in. Either Presence is set, and
// Secret is the session's; or Ticket goes on with one of Wants.
type Entrance struct {
	Presence *Presence
	Secret   string // of the session; told once
	Ticket   string
	Wants    []account.FactorKind // any one of these, the strongest first
	Passkey  []byte               // options for a passkey, if it is wanted
	Renew    bool                 // a new password is wanted
	Why      string               // of Renew
	Risk     signin.Verdict
}

// step is what a ticket of a sign-in remembers.
type step struct {
	Account  string               `json:"account"`
	Method   account.Method       `json:"method"`
	Kind     SessionKind          `json:"kind"`
	Risk     account.Risk         `json:"risk"`
	Wants    []account.FactorKind `json:"wants,omitempty"`
	Code     string               `json:"code,omitempty"`    // hash of a mailed code
	Passkey  []byte               `json:"passkey,omitempty"` // state of the adapter
	Factor   account.FactorKind   `json:"factor,omitempty"`  // that was given already
	FactorID string               `json:"factor_id,omitempty"`
	Step     int64                `json:"step,omitempty"`
	Spent    string               `json:"spent,omitempty"` // name of the recovery code's secret
	Bind     []Secret             `json:"bind,omitempty"`  // to keep once the person is in
	Renew    string               `json:"renew,omitempty"` // why the password must be new
}

// The throttles of sign-ins: tries at one account and from one network. A browser
// that the account's owner has used before is counted apart, so that strangers
// cannot lock the owner out.
const (
	triesWindow     = 15 * time.Minute
	triesOfAccount  = 10
	triesOfDevice   = 10
	triesOfNetwork  = 100
	failuresWindow  = time.Hour
	codeDigits      = 6
	mailsPerAddress = 5 // of one purpose in an hour
)

// Enter checks an address and a password for a browser or a program. It fails with
// people.wrong_sign_in, the same for an unknown address and a wrong password, with
// people.throttled (Exhausted) after too many tries, and with people.blocked
// (Forbidden) where the sign-in is too unusual; then the owner is told.
func (h *House) Enter(ctx context.Context, o Origin, kind SessionKind, email, pw string) (Entrance, error) {
	wrong := fault.New(fault.Unauthenticated, "people.wrong_sign_in", "The address or the password is not right.")
	folded, err := identity.FoldEmail(email)
	if err != nil || len(pw) > passwordBytesMax {
		return Entrance{}, wrong
	}
	p, known, err := h.personOf(ctx, folded)
	if err != nil {
		return Entrance{}, err
	}
	where, place := h.where(o)
	history, familiar, err := h.history(ctx, p, where, place)
	if err != nil {
		return Entrance{}, err
	}
	if err := h.throttle(ctx, folded, where, familiar); err != nil {
		return Entrance{}, err
	}
	good, err := h.checkPassword(ctx, p, known, pw)
	if err != nil {
		return Entrance{}, err
	}
	if !good {
		return Entrance{}, h.wrongPassword(ctx, p, known, folded, where, wrong)
	}
	e, err := h.readEntry(ctx, p.Account)
	if err != nil {
		return Entrance{}, err
	}
	v := h.judge(visitOf(where, place, h.Now()), history)
	if history.OwnTotal == 0 && v.Level == signin.Medium {
		v.Level = signin.Low // the first sign-in of all has nothing to differ from
	}
	s := step{Account: p.Account, Method: account.ByPassword, Kind: kind, Risk: riskOf(v)}
	if v.Level == signin.High {
		return Entrance{}, h.block(ctx, e, where, s)
	}
	if e.CondemnedBars() {
		return Entrance{}, fault.New(fault.Forbidden, "people.condemned", "This password may be known to somebody else. Choose a new one by the link that we send to your address.")
	}
	if s.Renew = e.Condemned; s.Renew == "" && h.listed(pw) {
		s.Renew = account.Listed // the blocklist has grown since the password was chosen
	}
	if s.Renew == "" {
		if rules, err := h.PasswordRules(ctx); err != nil {
			return Entrance{}, err
		} else if rules.Due(e.PasswordAt, h.Now(), e.HasFactor()) {
			s.Renew = account.Expired
		}
	}
	return h.goOn(ctx, e, where, s, v)
}

// goOn asks for what is still missing, or opens the session.
func (h *House) goOn(ctx context.Context, e entry, where account.Where, s step, v signin.Verdict) (Entrance, error) {
	if s.Factor == "" {
		s.Wants = h.wanted(e, v.Level)
	} else {
		s.Wants = nil
	}
	if len(s.Wants) == 0 && s.Renew == "" {
		return h.admit(ctx, e, where, s)
	}
	out := Entrance{Wants: s.Wants, Risk: v, Renew: len(s.Wants) == 0, Why: s.Renew}
	if len(s.Wants) > 0 && s.Wants[0] == account.Code {
		code, err := h.mailCode(ctx, e)
		if err != nil {
			return Entrance{}, err
		}
		s.Code = code
	}
	if h.cfg.Passkeys != nil && len(s.Wants) > 0 && s.Wants[0] == account.Passkey {
		var err error
		if out.Passkey, s.Passkey, err = h.cfg.Passkeys.BeginSignIn(); err != nil {
			return Entrance{}, err
		}
	}
	var err error
	out.Ticket, err = h.issue(ctx, ticketEnter, e.Person.ID, s, enterLife)
	return out, err
}

// wanted are the second factors that may be given, the strongest first. Whoever
// has one is always asked; whoever has none is asked for a code from the mail when
// the sign-in is unusual, or always where the house says so.
func (h *House) wanted(e entry, level signin.Level) []account.FactorKind {
	if kinds := factorsOf(e.State); len(kinds) > 0 {
		return kinds
	}
	// Staff are nobody until they have a factor of their own, and go to get one.
	always := h.cfg.Security != nil && h.cfg.Security.SentCode && !e.Person.Office.Staff()
	if level != signin.Low || always {
		return []account.FactorKind{account.Code}
	}
	return nil
}

// factorsOf are the second factors of an account, the strongest first.
func factorsOf(s account.State) []account.FactorKind {
	var kinds []account.FactorKind
	for _, k := range []account.FactorKind{account.Passkey, account.TOTP} {
		for _, f := range s.Factors {
			if f.Kind == k {
				kinds = append(kinds, k)
				break
			}
		}
	}
	if len(kinds) > 0 && s.RecoveryLeft > 0 {
		kinds = append(kinds, account.Recovery)
	}
	return kinds
}

// Proof is what somebody gives as a second factor: digits, a recovery code, or a
// browser's answer about a passkey.
type Proof struct {
	Kind     account.FactorKind
	Code     string
	Ticket   string // of [House.AskPasskey], with a response
	Response []byte
}

// Continue goes on with a sign-in. A wrong proof is people.wrong_code and leaves
// the ticket; after five in a row the account waits (account.factor_blocked).
func (h *House) Continue(ctx context.Context, o Origin, ticket string, given Proof) (Entrance, error) {
	var s step
	if _, err := h.show(ctx, ticketEnter, ticket, &s); err != nil {
		return Entrance{}, err
	}
	e, err := h.readEntry(ctx, s.Account)
	if err != nil {
		return Entrance{}, err
	}
	where, _ := h.where(o)
	allowed := false
	for _, k := range s.Wants {
		allowed = allowed || k == given.Kind
	}
	if !allowed {
		return Entrance{}, wrongProof()
	}
	used, err := h.prove(ctx, e, where, given, s.Passkey, s.Code)
	if err != nil {
		return Entrance{}, err
	}
	if _, err := h.take(ctx, ticketEnter, ticket, &s); err != nil {
		return Entrance{}, err // somebody else has gone on with it
	}
	s.Factor, s.FactorID, s.Step, s.Spent = given.Kind, used.ID, used.Step, used.Spent
	return h.goOn(ctx, e, where, s, signin.Verdict{Level: signin.Level(s.Risk.Level)})
}

// Renew chooses the new password that a sign-in was asked for, and finishes it.
func (h *House) Renew(ctx context.Context, o Origin, ticket, pw string) (Entrance, error) {
	var s step
	if _, err := h.show(ctx, ticketEnter, ticket, &s); err != nil {
		return Entrance{}, err
	}
	if s.Renew == "" || len(s.Wants) > 0 && s.Factor == "" {
		return Entrance{}, fault.New(fault.Refused, "people.no_ticket", "This link or step has run out or has been used. Begin again.")
	}
	e, err := h.readEntry(ctx, s.Account)
	if err != nil {
		return Entrance{}, err
	}
	where, _ := h.where(o)
	secrets, err := h.newPassword(ctx, e, pw)
	if err != nil {
		return Entrance{}, err
	}
	if _, err := h.take(ctx, ticketEnter, ticket, &s); err != nil {
		return Entrance{}, err
	}
	if err := h.setPassword(ctx, e, where, secrets, account.SetPassword{Why: account.Renewed}); err != nil {
		return Entrance{}, err
	}
	if e, err = h.readEntry(ctx, s.Account); err != nil {
		return Entrance{}, err
	}
	s.Renew = ""
	return h.admit(ctx, e, where, s)
}

// admit opens the session.
func (h *House) admit(ctx context.Context, e entry, where account.Where, s step) (Entrance, error) {
	return h.admitWith(ctx, e, where, s)
}

func (h *House) admitWith(ctx context.Context, e entry, where account.Where, s step, kept ...Secret) (Entrance, error) {
	secret, err := h.secret()
	if err != nil {
		return Entrance{}, err
	}
	secret = tokenPrefix + secret
	session := Session{
		ID: h.cfg.NewID(), Hash: hashOf(secret), Person: e.Person.ID, Kind: s.Kind, CreatedAt: h.Now(), SeenAt: h.Now(),
		Factor: string(s.Factor), Body: sessionBody{Where: where}.json(),
	}
	session.ExpiresAt = session.CreatedAt.Add(h.sessionLife(s.Kind))
	_, err = h.do(ctx, ask{call: Call{By: accountActor(e.Person.Account)}, command: "sign_in", stream: account.Stream(e.Person.Account), input: session.ID, run: func(u *unit) (*Receipt, error) {
		now, err := u.entry(e.Person.Account)
		if err != nil {
			return nil, err
		}
		now, err = u.note(now, where, account.SignIn{Session: session.ID, Method: s.Method, Factor: s.Factor, FactorID: s.FactorID, Step: s.Step, Risk: s.Risk})
		if err != nil {
			return nil, err
		}
		u.secrets = append(append(u.secrets, kept...), s.Bind...)
		if s.Spent != "" {
			u.secrets = append(u.secrets, Secret{Person: e.Person.ID, Name: s.Spent})
		}
		u.sessions = append(u.sessions, session)
		u.count(e.Person.ID, where)
		e = now
		return &Receipt{ID: session.ID, Version: now.Version, State: string(now.Stage)}, nil
	}})
	if err != nil {
		return Entrance{}, err
	}
	in := h.presence(e.Person, session)
	return Entrance{Presence: &in, Secret: secret, Risk: signin.Verdict{Level: signin.Level(s.Risk.Level)}}, nil
}

// count remembers what a good sign-in looked like.
func (u *unit) count(person identity.PersonID, where account.Where) {
	for _, v := range visitOf(where, Place{}, u.now).Values() {
		for _, scope := range []string{"all", string(person)} {
			u.counts = append(u.counts, Count{Scope: scope, Feature: string(v.Feature), Value: v.Value, N: 1})
		}
	}
	for _, scope := range []string{"all", string(person)} {
		u.counts = append(u.counts, Count{Scope: scope, Feature: "total", N: 1})
	}
}

// history reads what is known of an account and of everybody. familiar says that
// the owner has signed in with this browser before.
func (h *House) history(ctx context.Context, p Person, where account.Where, place Place) (past signin.History, familiar bool, err error) {
	v := visitOf(where, place, h.Now())
	values := []Count{{Feature: "total"}}
	for _, l := range v.Lookups() {
		values = append(values, Count{Feature: string(l.Feature), Value: l.Value})
	}
	counts, err := h.cfg.Store.Counts(ctx, string(p.ID), values)
	if err != nil {
		return past, false, err
	}
	past = signin.History{Own: map[signin.Value]int64{}, All: map[signin.Value]int64{}, OwnDistinct: make(map[signin.Feature]int64)}
	for _, c := range counts {
		value, own := signin.Value{Feature: signin.Feature(c.Feature), Value: c.Value}, c.Scope != "all"
		switch {
		case c.Feature == "total" && own:
			past.OwnTotal = c.N
		case c.Feature == "total":
			past.AllTotal = c.N
		case own:
			past.Own[value] = c.N
			past.OwnDistinct[value.Feature]++
		default:
			past.All[value] = c.N
		}
	}
	familiar = where.Device != "" && past.Own[signin.Value{Feature: signin.Device, Value: where.Device}] > 0
	past.Attacking = h.cfg.Attacks != nil && h.cfg.Attacks(where.Address)
	if p.ID == "" {
		return past, false, nil
	}
	rules := h.riskRules()
	missed, err := h.cfg.Store.Activities(ctx, ActivityQuery{
		Person: p.ID, What: []string{string(account.SignInRefused), string(account.FactorFailed)}, From: h.Now().Add(-failuresWindow), Limit: max(1, rules.OwnFailures),
	})
	if err != nil {
		return past, false, err
	}
	past.OwnFailures = len(missed)
	if past.OwnFailures, err = h.failures(ctx, p.ID); err != nil {
		return past, familiar, err
	}
	last, err := h.cfg.Store.Activities(ctx, ActivityQuery{Person: p.ID, What: []string{string(account.SignedIn)}, Limit: 1})
	if err != nil || len(last) == 0 {
		return past, familiar, err
	}
	var e account.Event
	if json.Unmarshal(last[0].Body, &e) == nil && e.Where != nil {
		was := visitOf(*e.Where, h.locate(e.Where.Address), last[0].At)
		past.Last = &was
	}
	return past, familiar, nil
}

// failures counts the wrong passwords of the last hour at an account. Those from a
// network need no count here: the throttle lets no more through than the rule does.
func (h *House) failures(ctx context.Context, p identity.PersonID) (int, error) {
	lines, err := h.cfg.Store.Activities(ctx, ActivityQuery{Person: p, What: []string{string(account.SignInRefused)}, From: h.Now().Add(-failuresWindow), Limit: pageMax})
	n := 0
	for _, l := range lines {
		var e account.Event
		if json.Unmarshal(l.Body, &e) == nil && e.Why == account.WrongPassword {
			n++
		}
	}
	return n, err
}

func (h *House) locate(address string) Place {
	if h.cfg.Places == nil {
		return Place{}
	}
	return h.cfg.Places.Locate(address)
}

func (h *House) judge(v signin.Visit, past signin.History) signin.Verdict {
	return signin.Judge(v, past, h.riskRules())
}

func (h *House) riskRules() signin.Rules {
	if h.cfg.Security != nil {
		return h.cfg.Security.Risk
	}
	return signin.DefaultRules()
}

func riskOf(v signin.Verdict) account.Risk {
	r := account.Risk{Level: string(v.Level), ScoreMilli: v.ScoreMilli}
	for _, why := range v.Reasons {
		r.Reasons = append(r.Reasons, why.Code)
	}
	return r
}

// throttle slows down whoever guesses. Known and unknown addresses are counted alike.
func (h *House) throttle(ctx context.Context, folded string, where account.Where, familiar bool) error {
	many := fault.New(fault.Exhausted, "people.throttled", "There were too many tries. Wait a quarter of an hour, or sign in with a passkey.")
	key, limit := "account:"+shortHash(folded), int64(triesOfAccount)
	if familiar {
		key, limit = "device:"+shortHash(folded+"\x00"+where.Device), triesOfDevice
	}
	n, err := h.cfg.Store.Tally(ctx, key, h.Now(), triesWindow)
	if err != nil {
		return err
	}
	if n > limit {
		return many
	}
	if n, err = h.cfg.Store.Tally(ctx, "network:"+where.Network, h.Now(), triesWindow); err != nil {
		return err
	}
	if n > triesOfNetwork && !familiar {
		return many
	}
	return nil
}

func shortHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:12])
}

func (h *House) personOf(ctx context.Context, folded string) (p Person, known bool, err error) {
	p, err = h.cfg.Store.PersonByEmail(ctx, folded)
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return Person{}, false, nil
	}
	return p, err == nil, err
}

// nobodyHash is checked when the address is unknown, so that both cases take as long.
const nobodyHash = "$argon2id$v=19$m=65536,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$J6XnUPMYrTQGxrV+6b5+h2cmPtz0pWYl0ox5Kq3uXgs"

func (h *House) checkPassword(ctx context.Context, p Person, known bool, pw string) (bool, error) {
	kept := nobodyHash
	secret, err := h.cfg.Store.SecretByName(ctx, "password:"+string(p.ID)) // asked for an unknown person too
	switch {
	case err == nil && known:
		kept = string(secret.Data)
	case err != nil && fault.KindOf(err) != fault.NotFound:
		return false, err
	case err != nil:
		known = false // somebody who signs in by other means only
	}
	free, err := h.hashingSlot(ctx)
	if err != nil {
		return false, err
	}
	defer free()
	match, err := argon2id.ComparePasswordAndHash(password.Normal(pw), kept)
	if err != nil {
		return false, fault.New(fault.Internal, "people.bad_hash", "A stored password cannot be checked.").Because(err)
	}
	return match && known && p.Stage == string(account.Active), nil
}

// wrongPassword notes the try at an account. At an address without one the refusal
// is noted, so that both take as long.
func (h *House) wrongPassword(ctx context.Context, p Person, known bool, folded string, where account.Where, wrong error) error {
	stream, by := account.Stream("none"), accountActor("none")
	if known {
		stream, by = account.Stream(p.Account), accountActor(p.Account)
	}
	_, err := h.do(ctx, ask{call: Call{By: by}, command: "sign_in", stream: stream, input: shortHash(folded), run: func(u *unit) (*Receipt, error) {
		if !known {
			return nil, wrong
		}
		e, err := u.entry(p.Account)
		if err != nil {
			return nil, err
		}
		e, err = u.note(e, where, account.RefuseSignIn{Why: account.WrongPassword})
		return &Receipt{ID: p.Account, Version: e.Version, State: string(e.Stage)}, err
	}})
	if err != nil && fault.CodeOf(err) != "people.wrong_sign_in" && fault.KindOf(err) != fault.Refused {
		return err
	}
	return wrong
}

// block refuses a sign-in that is too unusual, and tells the owner.
func (h *House) block(ctx context.Context, e entry, where account.Where, s step) error {
	_, err := h.do(ctx, ask{call: Call{By: accountActor(e.Person.Account)}, command: "sign_in", stream: account.Stream(e.Person.Account), input: h.cfg.NewID(), run: func(u *unit) (*Receipt, error) {
		now, err := u.entry(e.Person.Account)
		if err != nil {
			return nil, err
		}
		now, err = u.note(now, where, account.RefuseSignIn{Why: account.Blocked, Risk: s.Risk})
		return &Receipt{ID: e.Person.Account, Version: now.Version, State: string(now.Stage)}, err
	}})
	if err != nil {
		return err
	}
	return fault.New(fault.Forbidden, "people.blocked", "This sign-in is too unusual: {reasons}. We have written to the owner of the account. Sign in with a passkey, or from a browser that you have used here before.").
		With("reasons", strings.Join(s.Risk.Reasons, ", "))
}

// mailCode sends six digits and answers their hash.
func (h *House) mailCode(ctx context.Context, e entry) (string, error) {
	n, err := h.cfg.Store.Tally(ctx, "code:"+string(e.Person.ID), h.Now(), time.Hour)
	if err != nil {
		return "", err
	}
	if n > mailsPerAddress {
		return "", fault.New(fault.Exhausted, "people.throttled", "There were too many tries. Wait a quarter of an hour, or sign in with a passkey.")
	}
	code, err := h.digits(codeDigits)
	if err != nil {
		return "", err
	}
	m := e.Person.letter(MailCode, "", map[string]string{"Code": code})
	return evidence.HashOf([]byte(e.Person.Account + code)).String(), h.postMail(ctx, m)
}
