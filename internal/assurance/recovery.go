package assurance

import (
	"context"
	"slices"
	"strings"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/account"
	"fondaco/internal/trade/identity"
)

// For the house nobody acts alone: two administrators appoint a third. A house with
// fewer than two who can is stuck, and the operator of its machine lets somebody in:
// announced to all its people, a day later, and for everybody to see in the log.

const ticketRecover = "recover"

// RecoveryDelay is how long everybody can see that the operator lets somebody in,
// and RecoveryLife how long after the announcement it can be done.
const (
	RecoveryDelay = 24 * time.Hour
	RecoveryLife  = 7 * 24 * time.Hour
)

// recovering is what the ticket of a recovery remembers.
type recovering struct {
	ID     string            `json:"id"` // of its stream
	Person identity.PersonID `json:"person"`
	Email  string            `json:"email"`
	Folded string            `json:"folded"`
	At     time.Time         `json:"at"`
	From   time.Time         `json:"from"`
}

// StaffRecovery is the operator's act of letting an administrator in.
type StaffRecovery struct {
	Act    string            `json:"act"`    // "announced" or "done"
	Person identity.PersonID `json:"person"` // empty for somebody new
	From   time.Time         `json:"from"`   // when it may be done
}

// Kind is the name of the event in the evidence log.
func (StaffRecovery) Kind() string { return "staff_recovery" }

// AskRecovery announces that the operator will let an administrator in: one who has
// lost password or factors, or somebody new by an invitation. Only the machine
// itself may ask (actor clock). It answers a ticket for [House.Recover]. It fails with
// staff.two_are_there (Refused) while two other administrators can appoint, and with
// staff.not_an_administrator for an account of another kind.
func (h *House) AskRecovery(ctx context.Context, call Call, email string) (ticket string, from time.Time, err error) {
	if call.By.Office != identity.Clock {
		return "", from, forbidden()
	}
	folded, err := identity.FoldEmail(email)
	if err != nil {
		return "", from, fault.Of(err).At("email")
	}
	p, known, err := h.personOf(ctx, folded)
	if err != nil {
		return "", from, err
	}
	if known && (p.Office != identity.Administrator || p.Stage != string(account.Active)) {
		return "", from, fault.New(fault.Refused, "staff.not_an_administrator", "This account is not an administrator's. Name one, or an address without an account.").At("email")
	}
	if err := h.alone(ctx, p.ID); err != nil {
		return "", from, err
	}
	r := recovering{ID: h.cfg.NewID(), Person: p.ID, Email: strings.TrimSpace(email), Folded: folded, At: h.Now(), From: h.Now().Add(RecoveryDelay)}
	if ticket, err = h.secret(); err != nil {
		return "", from, err
	}
	t, err := h.ticket(ticket, ticketRecover, p.ID, r, RecoveryLife)
	if err != nil {
		return "", from, err
	}
	_, err = h.do(ctx, ask{call: call, command: "announce_recovery", stream: identity.StaffStream, input: r, run: func(u *unit) (*Receipt, error) {
		u.tickets = append(u.tickets, t)
		if err := u.record("staff:"+r.ID, 0, StaffRecovery{Act: "announced", Person: p.ID, From: r.From}); err != nil {
			return nil, err
		}
		return &Receipt{ID: r.ID, Version: 1, State: "announced"}, u.announce(r)
	}})
	return ticket, r.From, err
}

// alone refuses if two administrators other than the one in question can appoint.
func (h *House) alone(ctx context.Context, but identity.PersonID) error {
	all, err := h.cfg.Store.Persons(ctx, PersonQuery{Office: identity.Administrator, Limit: pageMax})
	if err != nil {
		return err
	}
	able := 0
	for _, p := range all {
		if p.ID == but || p.Stage != string(account.Active) {
			continue
		}
		e, err := h.readEntry(ctx, p.Account)
		if err != nil {
			return err
		}
		if e.HasFactor() {
			able++
		}
	}
	if able >= 2 {
		return fault.New(fault.Refused, "staff.two_are_there", "Two other administrators can appoint and dismiss. Let them.")
	}
	return nil
}

// announce tells every person of the house.
func (u *unit) announce(r recovering) error {
	for _, office := range identity.Offices() {
		if !office.Staff() {
			continue
		}
		some, err := u.house.cfg.Store.Persons(u.ctx, PersonQuery{Office: office, Limit: pageMax})
		if err != nil {
			return err
		}
		for _, p := range some {
			m := p.letter(MailRecovery, "", map[string]string{"Who": r.Email, "When": r.From.UTC().Format(time.RFC3339)})
			if err := u.mail(m); err != nil {
				return err
			}
		}
	}
	return nil
}

// Recover does what was announced: the account's factors, keys and sessions end and
// the password counts, or, for somebody new, an account is made with it. Whoever
// signs in with it chooses another and adds a factor first. It fails with staff.too_early before the time, and
// with staff.not_lost if the account's owner has signed in meanwhile.
func (h *House) Recover(ctx context.Context, call Call, ticket, pw string) (Person, error) {
	if call.By.Office != identity.Clock {
		return Person{}, forbidden()
	}
	var r recovering
	if _, err := h.show(ctx, ticketRecover, ticket, &r); err != nil {
		return Person{}, err
	}
	if h.Now().Before(r.From) {
		return Person{}, fault.New(fault.Refused, "staff.too_early", "Everybody shall have time to notice. This can be done from {when} on.").With("when", r.From.UTC().Format(time.RFC3339))
	}
	if err := h.alone(ctx, r.Person); err != nil {
		return Person{}, err
	}
	p, known, err := h.personOf(ctx, r.Folded)
	if err != nil {
		return p, err
	}
	if known != (r.Person != "") || known && p.ID != r.Person {
		return p, noTicket() // the address has another owner now
	}
	if known {
		return p, h.readmit(ctx, call, p, ticket, r, pw)
	}
	j, err := h.joining(ctx, SignUp{Email: r.Email, Name: "Administrator", Password: pw})
	if err != nil {
		return p, err
	}
	if _, err := h.take(ctx, ticketRecover, ticket, &r); err != nil {
		return p, err
	}
	p = h.newPerson(j.Email, j.Folded, j.Name, j.Language)
	p.Office, p.Stage = identity.Administrator, string(account.Active)
	_, err = h.do(ctx, ask{call: call, command: "recover_staff", stream: identity.StaffStream, input: r, run: func(u *unit) (*Receipt, error) {
		if err := u.appoint(p.ID, identity.Administrator); err != nil {
			return nil, err
		}
		u.secrets = append(u.secrets, Secret{Person: p.ID, Name: passwordName(p.ID), Data: j.Hash})
		if _, err := u.note(entry{Person: p}, account.Where{}, account.Open{}, account.Confirm{}, account.SetPassword{Why: account.Chosen}, account.Condemn{Why: account.Expired}); err != nil {
			return nil, err
		}
		return &Receipt{ID: string(p.ID), Version: 2, State: "recovered"}, u.record("staff:"+r.ID, 1, StaffRecovery{Act: "done", Person: p.ID, From: r.From})
	}})
	return p, err
}

// readmit gives an administrator's account a new beginning.
func (h *House) readmit(ctx context.Context, call Call, p Person, ticket string, r recovering, pw string) error {
	since, err := h.cfg.Store.Activities(ctx, ActivityQuery{Person: p.ID, What: []string{string(account.SignedIn)}, From: r.At, Limit: 1})
	if err != nil {
		return err
	}
	if len(since) > 0 {
		return fault.New(fault.Refused, "staff.not_lost", "The account's owner has signed in since this was announced. Nothing is lost.")
	}
	e, err := h.readEntry(ctx, p.Account)
	if err != nil {
		return err
	}
	secrets, err := h.newPassword(ctx, e, pw)
	if err != nil {
		return err
	}
	kept, err := h.cfg.Store.Secrets(ctx, p.ID)
	if err != nil {
		return err
	}
	for _, s := range kept {
		if !slices.ContainsFunc(secrets, func(n Secret) bool { return n.Name == s.Name }) {
			secrets = append(secrets, Secret{Person: p.ID, Name: s.Name}) // factors and recovery codes
		}
	}
	if _, err := h.take(ctx, ticketRecover, ticket, &r); err != nil {
		return err
	}
	_, err = h.do(ctx, ask{call: call, command: "recover_staff", stream: identity.StaffStream, input: r, run: func(u *unit) (*Receipt, error) {
		now, err := u.entry(p.Account)
		if err != nil {
			return nil, err
		}
		u.secrets = append(u.secrets, secrets...)
		commands := []account.Command{account.SetPassword{Why: account.Reset}, account.Condemn{Why: account.Expired}}
		for _, f := range now.Factors {
			commands = append(commands, account.RemoveFactor{ID: f.ID})
		}
		for _, k := range now.Keys {
			if k.Living(u.now) {
				commands = append(commands, account.EndKey{ID: k.ID, Why: "recovered"})
			}
		}
		if _, err := u.note(now, account.Where{}, commands...); err != nil {
			return nil, err
		}
		return &Receipt{ID: string(p.ID), Version: 2, State: "recovered"}, u.record("staff:"+r.ID, 1, StaffRecovery{Act: "done", Person: p.ID, From: r.From})
	}})
	return err
}
