package assurance

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"fondaco/internal/fault"
	"fondaco/internal/trade/account"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
)

// A code of TOTP (RFC 6238) is six digits and good for the 30 seconds of its step,
// no longer (ASVS 6.5.5): who is late waits for the next one.
const (
	totpPeriod = 30
	totpDigits = otp.DigitsSix
)

func wrongProof() error {
	return fault.New(fault.Unauthenticated, "people.wrong_code", "That is not right. Look again, or use another way.")
}

// used is a proof that was right.
type used struct {
	Kind  account.FactorKind
	ID    string
	Step  int64
	Spent string // name of the secret of a recovery code, which is gone once it is used
}

// command records the use within a session.
func (p used) command(what string) account.Command {
	if p.Kind == account.Recovery {
		return account.UseRecovery{ID: p.ID, For: what}
	}
	return account.UseFactor{ID: p.ID, Kind: p.Kind, Step: p.Step, For: what}
}

// prove checks a second factor. A wrong one is noted at the account. passkey is
// what the adapter remembers of the challenge; code is the hash of a sent code.
func (h *House) prove(ctx context.Context, e entry, where account.Where, given Proof, passkey []byte, code string) (used, error) {
	if until := e.FactorBlockedUntil(); given.Kind != account.Passkey && h.Now().Before(until) {
		return used{}, fault.New(fault.Exhausted, "account.factor_blocked", "There were too many wrong codes. Codes are looked at again after {until}; a passkey works at once.").
			With("until", until.UTC().Format(time.RFC3339))
	}
	if given.Kind != account.Passkey { // a burst of tries is counted before any of them is looked at
		n, err := h.cfg.Store.Tally(ctx, "proof:"+string(e.Person.ID), h.Now(), time.Minute)
		if err != nil {
			return used{}, err
		}
		if n > proofsPerMinute {
			return used{}, tooMany()
		}
	}
	u, right, err := h.checkProof(ctx, e, given, passkey, code)
	if err != nil {
		return used{}, err
	}
	if right {
		return u, nil
	}
	_, err = h.change(ctx, e, "miss_factor", func(u *unit, e entry) (entry, error) {
		return u.note(e, where, account.MissFactor{Kind: given.Kind})
	})
	if err != nil && fault.KindOf(err) == fault.Internal {
		return used{}, err
	}
	return used{}, wrongProof()
}

func (h *House) checkProof(ctx context.Context, e entry, given Proof, passkey []byte, code string) (used, bool, error) {
	digits := strings.NewReplacer(" ", "", "-", "").Replace(strings.TrimSpace(given.Code))
	switch given.Kind {
	case account.TOTP:
		return h.checkTOTP(ctx, e, digits)
	case account.Recovery:
		return h.checkRecovery(ctx, e, digits)
	case account.Code:
		right := code != "" && subtle.ConstantTimeCompare([]byte(evidence.HashOf([]byte(e.Person.Account+digits)).String()), []byte(code)) == 1
		return used{Kind: account.Code}, right, nil
	case account.Passkey:
		return h.checkPasskey(ctx, e, passkey, given.Response)
	}
	return used{}, false, nil
}

func (h *House) checkTOTP(ctx context.Context, e entry, digits string) (used, bool, error) {
	if len(digits) != totpDigits.Length() {
		return used{}, false, nil
	}
	for _, f := range e.Factors {
		if f.Kind != account.TOTP {
			continue
		}
		secret, err := h.cfg.Store.SecretByName(ctx, totpName(e.Person.ID, f.ID))
		if err != nil {
			return used{}, false, err
		}
		plain, err := h.unseal(secret)
		if err != nil {
			return used{}, false, err
		}
		step, ok, err := totpStep(string(plain), digits, h.Now())
		if err != nil || ok {
			return used{Kind: account.TOTP, ID: f.ID, Step: step}, ok, err
		}
	}
	return used{}, false, nil
}

// totpStep answers the time step, and whether the digits are its code.
func totpStep(secret, digits string, now time.Time) (step int64, ok bool, err error) {
	step = now.Unix() / totpPeriod
	code, err := hotp.GenerateCodeCustom(secret, uint64(max(0, step)), hotp.ValidateOpts{Digits: totpDigits, Algorithm: otp.AlgorithmSHA1})
	if err != nil {
		return 0, false, fault.New(fault.Internal, "people.bad_totp", "A stored secret cannot be used.").Because(err)
	}
	return step, subtle.ConstantTimeCompare([]byte(code), []byte(digits)) == 1, nil
}

func (h *House) checkRecovery(ctx context.Context, e entry, code string) (used, bool, error) {
	secrets, err := h.cfg.Store.Secrets(ctx, e.Person.ID)
	if err != nil {
		return used{}, false, err
	}
	want := recoveryHash(e.Person.ID, code)
	for _, s := range secrets {
		if strings.HasPrefix(s.Name, recoveryPrefix) && hmac.Equal(s.Data, want) {
			number := s.Name[strings.LastIndexByte(s.Name, ':')+1:]
			return used{Kind: account.Recovery, ID: number, Spent: s.Name}, true, nil
		}
	}
	return used{}, false, nil
}

func (h *House) checkPasskey(ctx context.Context, e entry, state, response []byte) (used, bool, error) {
	if h.cfg.Passkeys == nil || len(state) == 0 {
		return used{}, false, nil
	}
	id, err := h.cfg.Passkeys.CredentialOf(response)
	if err != nil {
		return used{}, false, err
	}
	secret, err := h.cfg.Store.SecretByName(ctx, passkeyPrefix+id)
	if err != nil && fault.KindOf(err) == fault.NotFound || err == nil && secret.Person != e.Person.ID {
		return used{}, false, nil
	}
	if err != nil {
		return used{}, false, err
	}
	use, err := h.cfg.Passkeys.FinishSignIn(state, secret.Data, response)
	if err != nil {
		return used{}, false, err
	}
	return used{Kind: account.Passkey, ID: use.ID}, !use.Regressed, nil
}

// proofsPerMinute bounds the codes that are looked at, right or wrong.
const proofsPerMinute = 10

// Names of secrets.
const (
	passkeyPrefix  = "passkey:"
	recoveryPrefix = "recovery:"
)

func totpName(person identity.PersonID, factor string) string {
	return "totp:" + string(person) + ":" + factor
}

func recoveryName(person identity.PersonID, n int) string {
	return fmt.Sprintf("%s%s:%02d", recoveryPrefix, person, n)
}

// recoveryHash needs no slow hash: a code has 140 random bits.
func recoveryHash(person identity.PersonID, code string) []byte {
	sum := sha256.Sum256([]byte("recovery\x00" + string(person) + "\x00" + strings.ToUpper(code)))
	return sum[:]
}

func (h *House) sealed(person identity.PersonID, name string, plain []byte) (Secret, error) {
	if h.cfg.Sealer == nil {
		return Secret{}, fault.New(fault.Unavailable, "people.no_sealer", "This house cannot keep such a secret.")
	}
	data, err := h.cfg.Sealer.Seal(plain, name)
	return Secret{Person: person, Name: name, Data: data}, err
}

func (h *House) unseal(s Secret) ([]byte, error) {
	if h.cfg.Sealer == nil {
		return nil, fault.New(fault.Unavailable, "people.no_sealer", "This house cannot keep such a secret.")
	}
	return h.cfg.Sealer.Open(s.Data, s.Name)
}

// change gives commands to an account in one commit of its own.
func (h *House) change(ctx context.Context, e entry, name string, act func(*unit, entry) (entry, error)) (Receipt, error) {
	return h.do(ctx, ask{
		call: Call{By: accountActor(e.Person.Account)}, command: name, stream: account.Stream(e.Person.Account), input: h.cfg.NewID(),
		run: func(u *unit) (*Receipt, error) {
			now, err := u.entry(e.Person.Account)
			if err != nil {
				return nil, err
			}
			if now, err = act(u, now); err != nil {
				return nil, err
			}
			return &Receipt{ID: e.Person.Account, Version: now.Version, State: string(now.Stage)}, nil
		},
	})
}

// mine reads the account of somebody who is in.
func (h *House) mine(ctx context.Context, in Presence) (entry, error) {
	if in.Person.ID == "" {
		return entry{}, fault.New(fault.Unauthenticated, "people.sign_in", "Sign in first.")
	}
	return h.readEntry(ctx, in.Person.Account)
}

// Account reads the state of the account of somebody who is in.
func (h *House) Account(ctx context.Context, in Presence) (account.State, error) {
	e, err := h.mine(ctx, in)
	return e.State, err
}

// TOTPOffer is a secret to put into an authenticator app: as text, and as the URI
// that a QR code holds. It counts once a code made with it has been given.
type TOTPOffer struct {
	Ticket string
	Secret string // base32
	URI    string // otpauth://totp/…
}

// OfferTOTP makes a secret for the account.
func (h *House) OfferTOTP(ctx context.Context, in Presence, house string) (TOTPOffer, error) {
	e, err := h.mine(ctx, in)
	if err != nil {
		return TOTPOffer{}, err
	}
	raw, err := h.secret()
	if err != nil {
		return TOTPOffer{}, err
	}
	sum := sha256.Sum256([]byte(raw))
	out := TOTPOffer{Secret: base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:20])}
	sealed, err := h.sealed(e.Person.ID, "offer", []byte(out.Secret))
	if err != nil {
		return TOTPOffer{}, err
	}
	out.URI = (&url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + house + ":" + e.Person.Email, RawQuery: url.Values{
		"secret": {out.Secret}, "issuer": {house}, "digits": {"6"}, "period": {"30"},
	}.Encode()}).String()
	out.Ticket, err = h.issue(ctx, ticketTOTP, e.Person.ID, sealed.Data, enterLife)
	return out, err
}

// AddTOTP keeps the offered secret once a code made with it is right. The first
// factor of an account needs nothing more; a further one needs a fresh proof of
// one that is there, so that a stolen session cannot add its own.
func (h *House) AddTOTP(ctx context.Context, in Presence, o Origin, ticket, digits, label string, fresh Proof) error {
	e, err := h.mine(ctx, in)
	if err != nil {
		return err
	}
	var sealedOffer []byte
	if t, err := h.show(ctx, ticketTOTP, ticket, &sealedOffer); err != nil {
		return err
	} else if t.Person != e.Person.ID {
		return noTicket()
	}
	where, _ := h.where(o)
	plain, err := h.unseal(Secret{Name: "offer", Data: sealedOffer})
	if err != nil {
		return err
	}
	step, ok, err := totpStep(string(plain), strings.ReplaceAll(strings.TrimSpace(digits), " ", ""), h.Now())
	if err != nil {
		return err
	}
	if !ok {
		return fault.New(fault.Invalid, "people.wrong_code", "That is not right. Look again, or use another way.").At("code")
	}
	proof, err := h.freshFor(ctx, in, e, where, fresh)
	if err != nil {
		return err
	}
	if _, err := h.take(ctx, ticketTOTP, ticket, &sealedOffer); err != nil {
		return err
	}
	id := h.cfg.NewID()
	secret, err := h.sealed(e.Person.ID, totpName(e.Person.ID, id), plain)
	if err != nil {
		return err
	}
	_, err = h.change(ctx, e, "add_factor", func(u *unit, e entry) (entry, error) {
		u.secrets = append(u.secrets, secret)
		return u.noteProved(e, where, proof, "add_factor", account.AddFactor{ID: id, Kind: account.TOTP, Label: label, Step: step})
	})
	return err
}

// noteProved notes the proof that came with a change, if there was one, and the change.
func (u *unit) noteProved(e entry, where account.Where, proof *used, what string, commands ...account.Command) (entry, error) {
	if proof != nil {
		commands = append([]account.Command{proof.command(what)}, commands...)
		if proof.Spent != "" {
			u.secrets = append(u.secrets, Secret{Person: e.Person.ID, Name: proof.Spent})
		}
	}
	return u.note(e, where, commands...)
}

// freshFor checks the proof that a change of factors needs: none where the account
// has no factor yet. Unless it is a passkey, which is two factors in one, the
// session must be young as well.
func (h *House) freshFor(ctx context.Context, in Presence, e entry, where account.Where, fresh Proof) (*used, error) {
	if fresh.Kind != account.Passkey || !e.HasFactor() {
		if err := h.young(in); err != nil {
			return nil, err
		}
	}
	return h.proofOf(ctx, e, where, fresh)
}

// proofOf checks a fresh proof of a factor, where the account has one.
func (h *House) proofOf(ctx context.Context, e entry, where account.Where, fresh Proof) (*used, error) {
	if !e.HasFactor() {
		return nil, nil //nolint:nilnil // nothing was proved, and nothing had to be
	}
	if fresh.Kind == "" || fresh.Kind == account.Code {
		return nil, fault.New(fault.Forbidden, "account.proof_needed", "Prove first that it is you, with one of the factors that you have.").At("proof")
	}
	var state []byte
	if fresh.Kind == account.Passkey {
		if t, err := h.take(ctx, ticketPasskey, fresh.Ticket, &state); err != nil {
			return nil, err
		} else if t.Person != e.Person.ID {
			return nil, noTicket()
		}
	}
	u, err := h.prove(ctx, e, where, fresh, state, "")
	if err != nil {
		return nil, err
	}
	return &u, nil
}

func noTicket() error {
	return fault.New(fault.Refused, "people.no_ticket", "This link or step has run out or has been used. Begin again.")
}

// AskPasskey begins a fresh proof by passkey for somebody who is in: the options
// for the browser, and the ticket that goes into the [Proof].
func (h *House) AskPasskey(ctx context.Context, in Presence) (options []byte, ticket string, err error) {
	if h.cfg.Passkeys == nil {
		return nil, "", noPasskeys()
	}
	options, state, err := h.cfg.Passkeys.BeginSignIn()
	if err != nil {
		return nil, "", err
	}
	ticket, err = h.issue(ctx, ticketPasskey, in.Person.ID, state, passkeyLife)
	return options, ticket, err
}

func noPasskeys() error {
	return fault.New(fault.Unavailable, "people.no_passkeys", "This house has not set up passkeys.")
}

// OfferPasskey begins the registration of a passkey.
func (h *House) OfferPasskey(ctx context.Context, in Presence) (options []byte, ticket string, err error) {
	if h.cfg.Passkeys == nil {
		return nil, "", noPasskeys()
	}
	e, err := h.mine(ctx, in)
	if err != nil {
		return nil, "", err
	}
	have, err := h.credentials(ctx, e.Person.ID)
	if err != nil {
		return nil, "", err
	}
	options, state, err := h.cfg.Passkeys.BeginRegistration(passkeyUser(e.Person), have)
	if err != nil {
		return nil, "", err
	}
	ticket, err = h.issue(ctx, ticketPasskey, e.Person.ID, state, passkeyLife)
	return options, ticket, err
}

func passkeyUser(p Person) PasskeyUser {
	return PasskeyUser{Handle: []byte(p.Account), Email: p.Email, Name: p.Name}
}

// credentials are the person's passkeys as they are kept.
func (h *House) credentials(ctx context.Context, person identity.PersonID) ([][]byte, error) {
	secrets, err := h.cfg.Store.Secrets(ctx, person)
	if err != nil {
		return nil, err
	}
	var out [][]byte
	for _, s := range secrets {
		if strings.HasPrefix(s.Name, passkeyPrefix) {
			out = append(out, s.Data)
		}
	}
	return out, nil
}

// AddPasskey keeps a new passkey. As with [House.AddTOTP], a further factor needs a
// fresh proof of one that is there.
func (h *House) AddPasskey(ctx context.Context, in Presence, o Origin, ticket string, response []byte, label string, fresh Proof) error {
	if h.cfg.Passkeys == nil {
		return noPasskeys()
	}
	e, err := h.mine(ctx, in)
	if err != nil {
		return err
	}
	where, _ := h.where(o)
	var state []byte
	if t, err := h.take(ctx, ticketPasskey, ticket, &state); err != nil {
		return err
	} else if t.Person != e.Person.ID {
		return noTicket()
	}
	credential, err := h.cfg.Passkeys.FinishRegistration(passkeyUser(e.Person), state, response)
	if err != nil {
		return err
	}
	if _, err := h.cfg.Store.SecretByName(ctx, passkeyPrefix+credential.ID); err == nil {
		return fault.New(fault.Conflict, "passkey.known", "This passkey is in use already.")
	}
	if strings.TrimSpace(label) == "" {
		label = cmp.Or(credential.Label, "Passkey")
	}
	proof, err := h.freshFor(ctx, in, e, where, fresh)
	if err != nil {
		return err
	}
	_, err = h.change(ctx, e, "add_factor", func(u *unit, e entry) (entry, error) {
		u.secrets = append(u.secrets, Secret{Person: e.Person.ID, Name: passkeyPrefix + credential.ID, Data: credential.Data})
		return u.noteProved(e, where, proof, "add_factor", account.AddFactor{ID: credential.ID, Kind: account.Passkey, Label: label})
	})
	return err
}

// RenameFactor changes what a factor is called.
func (h *House) RenameFactor(ctx context.Context, in Presence, o Origin, id, label string) error {
	e, err := h.mine(ctx, in)
	if err != nil {
		return err
	}
	where, _ := h.where(o)
	_, err = h.change(ctx, e, "rename_factor", func(u *unit, e entry) (entry, error) {
		return u.note(e, where, account.RenameFactor{ID: id, Label: label})
	})
	return err
}

// RemoveFactor takes a factor away, with a fresh proof. Whoever must have one
// keeps the last.
func (h *House) RemoveFactor(ctx context.Context, in Presence, o Origin, id string, fresh Proof) error {
	e, err := h.mine(ctx, in)
	if err != nil {
		return err
	}
	where, _ := h.where(o)
	proof, err := h.freshFor(ctx, in, e, where, fresh)
	if err != nil {
		return err
	}
	_, err = h.change(ctx, e, "remove_factor", func(u *unit, e entry) (entry, error) {
		f, _ := e.Factor(id)
		name := passkeyPrefix + id
		if f.Kind == account.TOTP {
			name = totpName(e.Person.ID, id)
		}
		u.secrets = append(u.secrets, Secret{Person: e.Person.ID, Name: name})
		return u.noteProved(e, where, proof, "remove_factor", account.RemoveFactor{ID: id, Required: mustHaveFactor(e.Person)})
	})
	return err
}

// mustHaveFactor holds for staff and for those who can move a company's money.
func mustHaveFactor(p Person) bool {
	return p.Office.Staff() || p.Role == identity.Owner || p.Role == identity.Finance
}

const (
	recoveryCodes  = 10
	recoveryLength = 28 // characters of base32: 140 bits
)

// IssueRecovery makes ten new recovery codes, told once; those before are void.
// It needs a fresh proof.
func (h *House) IssueRecovery(ctx context.Context, in Presence, o Origin, fresh Proof) ([]string, error) {
	e, err := h.mine(ctx, in)
	if err != nil {
		return nil, err
	}
	if !e.HasFactor() {
		return nil, fault.New(fault.Refused, "account.no_factor", "Recovery codes stand in for a second factor. Add one first.")
	}
	where, _ := h.where(o)
	if fresh.Kind == account.Recovery {
		fresh.Kind = "" // who has lost everything but a code shall not make ten of one
	}
	proof, err := h.freshFor(ctx, in, e, where, fresh)
	if err != nil {
		return nil, err
	}
	old, err := h.cfg.Store.Secrets(ctx, e.Person.ID)
	if err != nil {
		return nil, err
	}
	codes := make([]string, recoveryCodes)
	for i := range codes {
		raw, err := h.secret()
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256([]byte(raw))
		codes[i] = base32.StdEncoding.EncodeToString(sum[:])[:recoveryLength]
	}
	_, err = h.change(ctx, e, "issue_recovery", func(u *unit, e entry) (entry, error) {
		for _, s := range old {
			if strings.HasPrefix(s.Name, recoveryPrefix) {
				u.secrets = append(u.secrets, Secret{Person: s.Person, Name: s.Name})
			}
		}
		for i, code := range codes {
			u.secrets = append(u.secrets, Secret{Person: e.Person.ID, Name: recoveryName(e.Person.ID, i), Data: recoveryHash(e.Person.ID, code)})
		}
		return u.noteProved(e, where, proof, "issue_recovery", account.IssueRecovery{Count: recoveryCodes})
	})
	for i, code := range codes {
		var groups []string
		for group := range slices.Chunk([]byte(code), 4) {
			groups = append(groups, string(group))
		}
		codes[i] = strings.Join(groups, "-")
	}
	return codes, err
}

// PasskeyDoor begins a sign-in by passkey alone, of whomever.
func (h *House) PasskeyDoor(ctx context.Context) (options []byte, ticket string, err error) {
	if h.cfg.Passkeys == nil {
		return nil, "", noPasskeys()
	}
	options, state, err := h.cfg.Passkeys.BeginSignIn()
	if err != nil {
		return nil, "", err
	}
	ticket, err = h.issue(ctx, ticketPasskey, "", state, passkeyLife)
	return options, ticket, err
}

// EnterByPasskey signs in by a passkey, which is two factors in one: what one has,
// and the finger or the PIN that opens it. An unusual sign-in is let in, and told.
func (h *House) EnterByPasskey(ctx context.Context, o Origin, kind SessionKind, ticket string, response []byte) (Entrance, error) {
	if h.cfg.Passkeys == nil {
		return Entrance{}, noPasskeys()
	}
	unknown := fault.New(fault.Unauthenticated, "passkey.unknown", "This house does not know that passkey.")
	var state []byte
	if t, err := h.take(ctx, ticketPasskey, ticket, &state); err != nil {
		return Entrance{}, err
	} else if t.Person != "" {
		return Entrance{}, noTicket()
	}
	id, err := h.cfg.Passkeys.CredentialOf(response)
	if err != nil {
		return Entrance{}, err
	}
	secret, err := h.cfg.Store.SecretByName(ctx, passkeyPrefix+id)
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return Entrance{}, unknown
	}
	if err != nil {
		return Entrance{}, err
	}
	p, err := h.cfg.Store.PersonByID(ctx, secret.Person)
	if err != nil {
		return Entrance{}, err
	}
	e, err := h.readEntry(ctx, p.Account)
	if err != nil {
		return Entrance{}, err
	}
	use, err := h.cfg.Passkeys.FinishSignIn(state, secret.Data, response)
	if err != nil {
		return Entrance{}, err
	}
	where, place := h.where(o)
	if use.Regressed || string(use.Handle) != "" && string(use.Handle) != p.Account || e.Stage != account.Active {
		return Entrance{}, unknown
	}
	past, _, err := h.history(ctx, p, where, place)
	if err != nil {
		return Entrance{}, err
	}
	v := h.judge(visitOf(where, place, h.Now()), past)
	s := step{Account: p.Account, Method: account.ByPasskey, Kind: kind, Risk: riskOf(v), Factor: account.Passkey, FactorID: id}
	if _, known := e.Factor(id); !known {
		return Entrance{}, unknown
	}
	return h.admitWith(ctx, e, where, s, Secret{Person: p.ID, Name: secret.Name, Data: use.Data})
}

// digits makes a decimal code of n digits, each as likely as the others.
func (h *House) digits(n int) (string, error) {
	var out []byte
	for len(out) < n {
		var b [1]byte
		if _, err := h.cfg.Random.Read(b[:]); err != nil {
			return "", err
		}
		if b[0] < 250 {
			out = append(out, '0'+b[0]%10)
		}
	}
	return string(out), nil
}
