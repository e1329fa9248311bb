package assurance

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/alexedwards/argon2id"

	"fondaco/internal/fault"
	"fondaco/internal/trade/account"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/password"
)

// passwordBytesMax keeps hashing within bounds.
const passwordBytesMax = 1024

// profileSetting keeps which password profile is in force.
const profileSetting = "password_profile"

// PasswordRules are the rules in force.
func (h *House) PasswordRules(ctx context.Context) (password.Rules, error) {
	name, err := h.cfg.Store.Setting(ctx, profileSetting)
	if err != nil {
		return password.Rules{}, err
	}
	if name == "" {
		name = string(password.Assurance)
	}
	return password.RulesOf(password.Profile(name))
}

// listed reports whether a password stands on a list of known ones: the house's
// own, or a newer one of the operator.
func (h *House) listed(pw string) bool {
	return password.Common(pw) || h.cfg.Blocklist != nil && h.cfg.Blocklist.Holds(pw)
}

// MeasurePassword says how strong a password is that somebody thinks of choosing.
func (h *House) MeasurePassword(pw string, a password.About) password.Strength {
	return password.Measure(pw, h.about(a))
}

// about adds the operator's own list of known passwords.
func (h *House) about(a password.About) password.About {
	if h.cfg.Blocklist != nil {
		a.Also = *h.cfg.Blocklist
	}
	return a
}

// SuggestPassword makes one that nobody can guess, and that the rules let this person
// have.
func (h *House) SuggestPassword(a password.About) (string, error) {
	return password.Suggest(h.cfg.Random, h.about(a))
}

// checkNew names what is wrong with a new password.
func (h *House) checkNew(ctx context.Context, pw string, a password.About) ([]*fault.Error, error) {
	rules, err := h.PasswordRules(ctx)
	if err != nil {
		return nil, err
	}
	return rules.Check(pw, h.about(a)), nil
}

// newPassword checks a new password for an account and answers the secrets to
// keep: its hash, and under the prescriptive profile those of the ones before.
func (h *House) newPassword(ctx context.Context, e entry, pw string) ([]Secret, error) {
	about := password.About{Email: e.Person.Email, Name: e.Person.Name, HasFactor: e.HasFactor()}
	if e.Person.Party != "" {
		if row, err := h.cfg.Store.Party(ctx, e.Person.Party); err == nil {
			about.Company = row.LegalName
		}
	}
	wrong, err := h.checkNew(ctx, pw, about)
	if err != nil {
		return nil, err
	}
	if len(wrong) > 0 {
		return nil, fault.New(fault.Invalid, "people.invalid", "Some details need attention.").And(wrong...)
	}
	rules, err := h.PasswordRules(ctx)
	if err != nil {
		return nil, err
	}
	former, err := h.formerPasswords(ctx, e.Person.ID, pw, max(1, rules.History))
	if err != nil {
		return nil, err
	}
	hash, err := h.hash(ctx, pw)
	if err != nil {
		return nil, err
	}
	secrets := []Secret{{Person: e.Person.ID, Name: passwordName(e.Person.ID), Data: []byte(hash)}}
	for i, old := range former {
		s := Secret{Person: e.Person.ID, Name: "former:" + string(e.Person.ID) + ":" + strconv.Itoa(i)}
		if i < rules.History-1 { // the one in force counts too
			s.Data = old
		}
		secrets = append(secrets, s)
	}
	return secrets, nil
}

func passwordName(p identity.PersonID) string { return "password:" + string(p) }

// formerPasswords refuses the password in force and as many before it as count,
// and answers their hashes, the newest first.
func (h *House) formerPasswords(ctx context.Context, person identity.PersonID, pw string, count int) ([][]byte, error) {
	kept, err := h.cfg.Store.Secrets(ctx, person)
	if err != nil {
		return nil, err
	}
	var former [][]byte
	for _, s := range kept {
		switch {
		case s.Name == passwordName(person):
			former = slices.Insert(former, 0, s.Data)
		case strings.HasPrefix(s.Name, "former:"):
			former = append(former, s.Data)
		}
	}
	for i, hash := range former {
		if i >= count {
			break
		}
		same, err := h.matches(ctx, pw, string(hash))
		if err != nil {
			return nil, err
		}
		if same {
			return nil, fault.New(fault.Invalid, "people.invalid", "Some details need attention.").And(
				fault.New(fault.Invalid, "password.reused", "You have used this password before. Choose a new one.").At("password"))
		}
	}
	return former, nil
}

func (h *House) matches(ctx context.Context, pw, hash string) (bool, error) {
	free, err := h.hashingSlot(ctx)
	if err != nil {
		return false, err
	}
	defer free()
	same, err := argon2id.ComparePasswordAndHash(password.Normal(pw), hash)
	if err != nil {
		return false, fault.New(fault.Internal, "people.bad_hash", "A stored password cannot be checked.").Because(err)
	}
	return same, nil
}

func (h *House) setPassword(ctx context.Context, e entry, where account.Where, secrets []Secret, c account.SetPassword) error {
	_, err := h.change(ctx, e, "set_password", func(u *unit, e entry) (entry, error) {
		u.secrets = append(u.secrets, secrets...)
		return u.note(e, where, c)
	})
	if err != nil {
		return err
	}
	for _, purpose := range []string{ticketEnter, ticketReset} { // begun with the password before
		if err := h.cfg.Store.DropTickets(ctx, purpose, e.Person.ID); err != nil {
			return err
		}
	}
	return nil
}

// ChangePassword chooses a new password for somebody who is in and knows the one
// in force. Every other session ends.
func (h *House) ChangePassword(ctx context.Context, in Presence, o Origin, current, pw string) error {
	e, err := h.mine(ctx, in)
	if err != nil {
		return err
	}
	n, err := h.cfg.Store.Tally(ctx, "change:"+string(e.Person.ID), h.Now(), triesWindow)
	if err != nil {
		return err
	}
	if n > triesOfAccount {
		return tooMany()
	}
	good, err := h.checkPassword(ctx, e.Person, true, current)
	if err != nil {
		return err
	}
	if !good {
		return fault.New(fault.Invalid, "people.wrong_password", "That is not your password now.").At("current")
	}
	secrets, err := h.newPassword(ctx, e, pw)
	if err != nil {
		return err
	}
	where, _ := h.where(o)
	return h.setPassword(ctx, e, where, secrets, account.SetPassword{Why: account.Chosen, Keep: in.Session.ID})
}

func tooMany() error {
	return fault.New(fault.Exhausted, "people.throttled", "There were too many tries. Wait a quarter of an hour, or sign in with a passkey.")
}

// Forget sends a link with which a new password can be chosen. It answers the same
// for every address, and takes as long.
func (h *House) Forget(ctx context.Context, o Origin, email, language string) error {
	folded, err := identity.FoldEmail(email)
	if err != nil {
		return err
	}
	if err := h.mailsFrom(ctx, o, folded, "forget"); err != nil {
		return err
	}
	p, known, err := h.personOf(ctx, folded)
	if err != nil {
		return err
	}
	secret, err := h.issue(ctx, ticketReset, p.ID, p.Account, resetLife)
	if err != nil {
		return err
	}
	m := Mail{To: strings.TrimSpace(email), Language: language, Kind: MailResetUnknown}
	if known && p.Stage == string(account.Active) {
		m = p.letter(MailReset, "/reset/"+secret, nil)
	}
	n, err := h.cfg.Store.Tally(ctx, "mail:forget:"+shortHash(folded), h.Now(), time.Hour)
	if err != nil || n > mailsPerAddress {
		return err // nobody's mailbox is flooded, and nobody learns of it
	}
	return h.postMail(ctx, m)
}

// mailsFrom bounds what one network may have sent.
func (h *House) mailsFrom(ctx context.Context, o Origin, _, what string) error {
	where, _ := h.where(o)
	n, err := h.cfg.Store.Tally(ctx, what+":"+where.Network, h.Now(), triesWindow)
	if err != nil {
		return err
	}
	if n > triesOfNetwork {
		return tooMany()
	}
	return nil
}

// Reset chooses a new password by the link of a mail. Every session ends. It does
// not sign in: whoever has a second factor is asked for it as always.
func (h *House) Reset(ctx context.Context, o Origin, secret, pw string) error {
	var id string
	if _, err := h.show(ctx, ticketReset, secret, &id); err != nil {
		return err
	}
	if id == "" {
		return noTicket()
	}
	e, err := h.readEntry(ctx, id)
	if err != nil {
		return err
	}
	secrets, err := h.newPassword(ctx, e, pw)
	if err != nil {
		return err
	}
	if _, err := h.take(ctx, ticketReset, secret, &id); err != nil {
		return err
	}
	if err := h.cfg.Store.DropTickets(ctx, ticketEnter, e.Person.ID); err != nil {
		return err
	}
	where, _ := h.where(o)
	return h.setPassword(ctx, e, where, secrets, account.SetPassword{Why: account.Reset})
}

// params are the cost of a password hash: OWASP's argon2id advice, with room.
func params() *argon2id.Params {
	return &argon2id.Params{Memory: 64 * 1024, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}
}

func (h *House) hash(ctx context.Context, pw string) (string, error) {
	free, err := h.hashingSlot(ctx)
	if err != nil {
		return "", err
	}
	defer free()
	return argon2id.CreateHash(password.Normal(pw), params())
}

func (h *House) hashingSlot(ctx context.Context) (free func(), err error) {
	select {
	case h.hashing <- struct{}{}:
		return func() { <-h.hashing }, nil
	case <-ctx.Done():
		return nil, fault.New(fault.Exhausted, "people.busy", "Too many people are signing in. Try again in a moment.").Because(ctx.Err())
	}
}

// ProfileSet is an act of two of the house's administrators: other rules for passwords.
type ProfileSet struct {
	Profile string `json:"profile"`
}

// Kind is the name of the event in the evidence log.
func (ProfileSet) Kind() string { return "password_profile_set" }
