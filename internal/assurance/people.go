package assurance

import (
	"context"
	"encoding/base64"
	"io"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"fondaco/internal/fault"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
)

// SignUp is a person who opens an account together with a company.
type SignUp struct {
	Email    string
	Name     string
	Password string
	Language string
	Company  identity.Register
}

// passwordMin is the length in characters of a password that is the only factor
// (NIST SP 800-63B-4); passwordMax keeps hashing within bounds.
const (
	passwordMin = 15
	passwordMax = 128
	emailMax    = 254
)

// Join signs a person up with a new company. It fails with people.invalid, whose
// details name each field, or with people.email_taken.
func (h *House) Join(ctx context.Context, s SignUp) (Person, error) {
	p, err := h.newPerson(ctx, s.Email, s.Name, s.Password, s.Language)
	if err != nil {
		return Person{}, err
	}
	if _, err := h.cfg.Store.PersonByEmail(ctx, p.Email); err == nil {
		return Person{}, emailTaken()
	}
	p.Office, p.Party = identity.Member, identity.PartyID(h.cfg.NewID())
	call := Call{By: identity.Actor{Office: identity.Member, Person: p.ID}}
	_, err = h.do(ctx, ask{call: call, command: "register_party", input: s.Company, run: func(u *unit) (*Receipt, error) {
		u.persons = append(u.persons, p) // both or neither: no company is left without its person
		return u.register(p.Party, s.Company)
	}})
	if err != nil {
		return Person{}, err
	}
	return p, nil
}

// AddStaff gives a person an office of the house. Only the administrator may; the
// first one is added by the house itself when it is set up (actor clock).
func (h *House) AddStaff(ctx context.Context, by identity.Actor, office identity.Office, s SignUp) (Person, error) {
	if by.Office != identity.Administrator && by.Office != identity.Clock {
		return Person{}, forbidden()
	}
	if !slices.Contains(identity.Offices(), office) || office == identity.Member || office == identity.Clock {
		return Person{}, fault.New(fault.Invalid, "people.bad_office", "Choose an office of the house.").At("office")
	}
	p, err := h.newPerson(ctx, s.Email, s.Name, s.Password, s.Language)
	if err != nil {
		return Person{}, err
	}
	p.Office = office
	return p, h.cfg.Store.AddPerson(ctx, p)
}

func (h *House) newPerson(ctx context.Context, email, name, password, language string) (Person, error) {
	var wrong []*fault.Error
	add := func(field, code, message string) {
		wrong = append(wrong, fault.New(fault.Invalid, code, message).At(field))
	}
	email = NormalEmail(email)
	if a, err := mail.ParseAddress(email); err != nil || a.Address != email || len(email) > emailMax {
		add("email", "people.bad_email", "Write an e-mail address, such as name@example.com.")
	}
	name = strings.TrimSpace(name)
	if n := utf8.RuneCountInString(name); n < 1 || n > 200 || !utf8.ValidString(name) {
		add("name", "people.no_name", "Write your name.")
	}
	if n := utf8.RuneCountInString(password); n < passwordMin || len(password) > passwordMax {
		add("password", "people.weak_password", "Use at least 15 characters. A few words that you make up are easy to keep.")
	}
	if len(wrong) > 0 {
		return Person{}, fault.New(fault.Invalid, "people.invalid", "Some details need attention.").And(wrong...)
	}
	if language != "zh" {
		language = "en"
	}
	hash, err := h.hash(ctx, password)
	if err != nil {
		return Person{}, err
	}
	return Person{ID: identity.PersonID(h.cfg.NewID()), Email: email, Name: name, PasswordHash: hash, Language: language, CreatedAt: h.Now()}, nil
}

func emailTaken() error {
	return fault.New(fault.Conflict, "people.email_taken", "There is an account with this address. Sign in instead.").At("email")
}

// NormalEmail is the one spelling under which an address is kept.
func NormalEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// params are the cost of a password hash: OWASP's argon2id advice, with room.
func params() *argon2id.Params {
	return &argon2id.Params{Memory: 64 * 1024, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}
}

func (h *House) hash(ctx context.Context, password string) (string, error) {
	free, err := h.hashingSlot(ctx)
	if err != nil {
		return "", err
	}
	defer free()
	return argon2id.CreateHash(password, params())
}

func (h *House) hashingSlot(ctx context.Context) (free func(), err error) {
	select {
	case h.hashing <- struct{}{}:
		return func() { <-h.hashing }, nil
	case <-ctx.Done():
		return nil, fault.New(fault.Exhausted, "people.busy", "Too many people are signing in. Try again in a moment.").Because(ctx.Err())
	}
}

// nobodyHash is checked when the address is unknown, so that both cases take as long.
const nobodyHash = "$argon2id$v=19$m=65536,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$J6XnUPMYrTQGxrV+6b5+h2cmPtz0pWYl0ox5Kq3uXgs"

// SignIn checks an address and a password. It fails with people.wrong_sign_in,
// the same for an unknown address and a wrong password.
func (h *House) SignIn(ctx context.Context, email, password string) (Person, error) {
	wrong := fault.New(fault.Unauthenticated, "people.wrong_sign_in", "The address or the password is not right.")
	if len(password) > passwordMax {
		return Person{}, wrong
	}
	p, err := h.cfg.Store.PersonByEmail(ctx, NormalEmail(email))
	known := err == nil
	if !known && fault.KindOf(err) != fault.NotFound {
		return Person{}, err
	}
	if !known {
		p.PasswordHash = nobodyHash
	}
	free, err := h.hashingSlot(ctx)
	if err != nil {
		return Person{}, err
	}
	defer free()
	match, err := argon2id.ComparePasswordAndHash(password, p.PasswordHash)
	if err != nil {
		return Person{}, fault.New(fault.Internal, "people.bad_hash", "A stored password cannot be checked.").Because(err)
	}
	if !match || !known {
		return Person{}, wrong
	}
	return p, nil
}

// Person reads a person by id, for a session.
func (h *House) Person(ctx context.Context, id identity.PersonID) (Person, error) {
	return h.cfg.Store.PersonByID(ctx, id)
}

const (
	tokenPrefix = "fdk_"
	tokenLife   = 30 * 24 * time.Hour
)

// IssueToken makes a secret with which a program acts for a person, for 30 days.
// The secret is answered once and kept nowhere.
func (h *House) IssueToken(ctx context.Context, person identity.PersonID) (secret string, expires time.Time, err error) {
	raw := make([]byte, 32)
	if _, err := io.ReadFull(h.cfg.Random, raw); err != nil {
		return "", time.Time{}, err
	}
	secret = tokenPrefix + base64.RawURLEncoding.EncodeToString(raw)
	expires = h.Now().Add(tokenLife)
	return secret, expires, h.cfg.Store.AddToken(ctx, Token{Hash: evidence.HashOf([]byte(secret)), Person: person, ExpiresAt: expires})
}

// Authenticate finds who a token acts for. It fails with people.bad_token.
func (h *House) Authenticate(ctx context.Context, secret string) (Person, error) {
	bad := fault.New(fault.Unauthenticated, "people.bad_token", "This token is not valid. Sign in to get another.")
	if !strings.HasPrefix(secret, tokenPrefix) || len(secret) > 100 {
		return Person{}, bad
	}
	t, err := h.cfg.Store.TokenByHash(ctx, evidence.HashOf([]byte(secret)))
	if fault.KindOf(err) == fault.NotFound && err != nil {
		return Person{}, bad
	}
	if err != nil {
		return Person{}, err
	}
	if !h.Now().Before(t.ExpiresAt) {
		return Person{}, bad
	}
	return h.cfg.Store.PersonByID(ctx, t.Person)
}
