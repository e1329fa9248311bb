package assurance

import (
	"context"
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"

	"fondaco/internal/fault"
	"fondaco/internal/trade/account"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/password"
)

// SignUp is a person who opens an account together with a company.
type SignUp struct {
	Email    string
	Name     string
	Password string
	Language string
	Company  identity.Register
	Initial  bool // the password was made for the person, who must choose another at the first sign-in
}

const emailMax = 254

// joining is what a ticket remembers of somebody who has not proved the address.
type joining struct {
	Email    string            `json:"email"`
	Folded   string            `json:"folded"`
	Name     string            `json:"name"`
	Hash     []byte            `json:"hash"`
	Language string            `json:"language"`
	Company  identity.Register `json:"company"`
}

// AskToJoin takes what a person who signs up has written, and sends a link to the
// address. Nothing exists before the link is used, and nothing in the answer tells
// whether the address has an account: its owner is told by mail. It fails with
// people.invalid, whose details name each field.
func (h *House) AskToJoin(ctx context.Context, o Origin, s SignUp) error {
	j, err := h.joining(ctx, s)
	if err != nil {
		return err
	}
	if _, err := identity.DecideRegister("probe", s.Company); err != nil {
		return err
	}
	if err := h.mailsFrom(ctx, o, j.Folded, "join"); err != nil {
		return err
	}
	p, known, err := h.personOf(ctx, j.Folded)
	if err != nil {
		return err
	}
	secret, err := h.issue(ctx, ticketJoin, "", j, joinLife)
	if err != nil {
		return err
	}
	m := Mail{To: j.Email, Name: j.Name, Language: j.Language, Kind: MailConfirm, Link: "/join/" + secret}
	if known {
		m = p.letter(MailKnown, "/forgot", nil)
	}
	n, err := h.cfg.Store.Tally(ctx, "mail:join:"+shortHash(j.Folded), h.Now(), time.Hour)
	if err != nil || n > mailsPerAddress {
		return err // nobody's mailbox is flooded, and nobody learns of it
	}
	return h.postMail(ctx, m)
}

// ConfirmJoin opens the account and the company by the link of a mail, and signs
// the person in.
func (h *House) ConfirmJoin(ctx context.Context, o Origin, kind SessionKind, secret string) (Entrance, error) {
	var j joining
	if _, err := h.take(ctx, ticketJoin, secret, &j); err != nil {
		return Entrance{}, err
	}
	where, _ := h.where(o)
	p, err := h.found(ctx, where, j)
	if err != nil {
		return Entrance{}, err
	}
	e, err := h.readEntry(ctx, p.Account)
	if err != nil {
		return Entrance{}, err
	}
	s := step{Account: p.Account, Method: account.ByPassword, Kind: kind, Risk: account.Risk{Level: account.LowRisk, Reasons: []string{"first_sign_in"}}}
	return h.admit(ctx, e, where, s)
}

// Join signs a person up with a new company whose address is known to be right:
// a demo, an import. It fails with people.invalid, or with people.email_taken.
func (h *House) Join(ctx context.Context, s SignUp) (Person, error) {
	j, err := h.joining(ctx, s)
	if err != nil {
		return Person{}, err
	}
	return h.found(ctx, account.Where{}, j)
}

// found opens company, person and account together: no company is left without
// its owner.
func (h *House) found(ctx context.Context, where account.Where, j joining) (Person, error) {
	p := h.newPerson(j.Email, j.Folded, j.Name, j.Language)
	p.Office, p.Party, p.Role = identity.Member, identity.PartyID(h.cfg.NewID()), identity.Owner
	call := Call{By: identity.Actor{Office: identity.Member, Party: p.Party, Person: p.ID, Role: identity.Owner}}
	_, err := h.do(ctx, ask{call: call, command: "register_party", input: j.Company, run: func(u *unit) (*Receipt, error) {
		receipt, err := u.register(p.Party, j.Company, p.ID)
		if err != nil {
			return nil, err
		}
		u.secrets = append(u.secrets, Secret{Person: p.ID, Name: passwordName(p.ID), Data: j.Hash})
		_, err = u.note(entry{Person: p}, where, account.Open{}, account.Confirm{}, account.SetPassword{Why: account.Chosen})
		return receipt, err
	}})
	if err != nil {
		return Person{}, err
	}
	p.Stage = string(account.Active)
	return p, nil
}

func (h *House) newPerson(email, folded, name, language string) Person {
	return Person{
		ID: identity.PersonID(h.cfg.NewID()), Account: h.cfg.NewID(), Email: email, Folded: folded, Name: name, Language: language, CreatedAt: h.Now(),
	}
}

// joining checks what a person has written, naming each wrong field.
func (h *House) joining(ctx context.Context, s SignUp) (joining, error) {
	j := joining{Email: strings.TrimSpace(s.Email), Name: strings.TrimSpace(s.Name), Language: s.Language, Company: s.Company}
	var wrong []*fault.Error
	folded, err := identity.FoldEmail(j.Email)
	if a, bad := mail.ParseAddress(j.Email); err != nil || bad != nil || a.Address != j.Email || len(j.Email) > emailMax {
		wrong = append(wrong, fault.New(fault.Invalid, "people.bad_email", "Write an e-mail address, such as name@example.com.").At("email"))
	}
	j.Folded = folded
	if n := utf8.RuneCountInString(j.Name); n < 1 || n > 200 || !utf8.ValidString(j.Name) || strings.ContainsAny(j.Name, "\r\n\x00") || !identity.Says(j.Name) {
		wrong = append(wrong, fault.New(fault.Invalid, "people.no_name", "Write your name.").At("name"))
	}
	bad, err := h.checkNew(ctx, s.Password, password.About{Email: j.Email, Name: j.Name, Company: s.Company.LegalName})
	if err != nil {
		return j, err
	}
	if wrong = append(wrong, bad...); len(wrong) > 0 {
		return j, fault.New(fault.Invalid, "people.invalid", "Some details need attention.").And(wrong...)
	}
	if j.Language != "zh" {
		j.Language = "en"
	}
	hash, err := h.hash(ctx, s.Password)
	j.Hash = []byte(hash)
	return j, err
}
