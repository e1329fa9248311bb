package assurance

import (
	"context"
	"encoding/json"
	"net/mail"
	"strings"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/account"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/treasury"
)

// Activity is one line of the activity log as people read it.
type Activity struct {
	ActivityRow
	Event  account.Event
	Name   string // of the person, where others read
	Office string
}

// Activities lists what happened to the caller's own account, newest first; with a
// party, what happened to those of its members, for its owners; with Staff, to
// those of the house's people, for auditors, compliance and administrators.
func (h *House) Activities(ctx context.Context, in Presence, q ActivityQuery) ([]Activity, error) {
	by := in.Actor()
	switch {
	case q.Staff:
		if !identity.May(by, identity.ToAudit) && !identity.May(by, identity.ToReadActivity) || !by.Office.Staff() {
			return nil, forbidden()
		}
		q.Person, q.Party = "", ""
	case q.Party != "":
		if by.Party != q.Party && !by.Office.Staff() {
			return nil, forbidden()
		}
		if err := identity.Permit(by, identity.ToReadActivity); err != nil {
			return nil, err
		}
		q.Person = ""
	default:
		if in.Person.ID == "" {
			return nil, signInFirst()
		}
		q.Person = in.Person.ID
	}
	q.Limit = pageSize(q.Limit)
	rows, err := h.cfg.Store.Activities(ctx, q)
	if err != nil {
		return nil, err
	}
	out := make([]Activity, len(rows))
	names := map[identity.PersonID]Person{}
	for i, r := range rows {
		out[i].ActivityRow = r
		if err := json.Unmarshal(r.Body, &out[i].Event); err != nil {
			return nil, fault.New(fault.Internal, "account.body", "A fact of an account cannot be read.").Because(err)
		}
		p, known := names[r.Person]
		if !known {
			p, _ = h.cfg.Store.PersonByID(ctx, r.Person) // an erased person has no name
			names[r.Person] = p
		}
		out[i].Name, out[i].Office = p.Name, string(p.Office)
	}
	return out, nil
}

// NoteExport writes down that somebody has taken data out.
func (h *House) NoteExport(ctx context.Context, in Presence, o Origin, what string) error {
	return h.own(ctx, in, o, "export", account.Note{What: account.Exported, Subject: what})
}

// Review is what a security review shows.
type Review struct {
	Account  account.State
	Sessions []Session
	Due      bool
	DueAt    time.Time
	Days     int
}

// SecurityReview reads what a person is to look at, and whether it is time to.
func (h *House) SecurityReview(ctx context.Context, in Presence) (Review, error) {
	e, err := h.mine(ctx, in)
	if err != nil {
		return Review{}, err
	}
	rules, err := h.PasswordRules(ctx)
	if err != nil {
		return Review{}, err
	}
	r := Review{Account: e.State, Days: rules.ReviewDays}
	if e.Person.Office.Staff() {
		r.Days = rules.StaffReviewDays
	}
	r.Due, r.DueAt = e.ReviewDue(r.Days, h.Now()), e.ReviewedAt.AddDate(0, 0, r.Days)
	r.Sessions, err = h.cfg.Store.SessionsOf(ctx, e.Person.ID, h.Now())
	return r, err
}

// ConfirmReview records that the person has looked at these things and found them right.
func (h *House) ConfirmReview(ctx context.Context, in Presence, o Origin, seen []string) error {
	return h.own(ctx, in, o, "confirm_review", account.ConfirmReview{Seen: seen})
}

// ReadDisown shows whose account a "this was not me" link is about. It changes
// nothing, because mail programs open links by themselves.
func (h *House) ReadDisown(ctx context.Context, secret string) (Person, error) {
	var session string
	t, err := h.showText(ctx, ticketDisown, secret, &session)
	if err != nil {
		return Person{}, err
	}
	return h.cfg.Store.PersonByID(ctx, t.Person)
}

// Disown is the owner's word that something was somebody else: every session and
// key ends, the password is void, payouts of the company stop, and compliance has
// a case. A link of a mail is enough, because all it does is to close doors.
func (h *House) Disown(ctx context.Context, o Origin, secret string) error {
	var session string
	t, err := h.showText(ctx, ticketDisown, secret, &session)
	if err != nil {
		return err
	}
	p, err := h.cfg.Store.PersonByID(ctx, t.Person)
	if err != nil {
		return err
	}
	if _, err := h.cfg.Store.TakeTicket(ctx, t.Hash, h.Now()); err != nil {
		return noTicket()
	}
	return h.disown(ctx, o, p, session)
}

// DisownHere says the same from within a session, which goes too.
func (h *House) DisownHere(ctx context.Context, in Presence, o Origin, session string) error {
	if in.Person.ID == "" {
		return signInFirst()
	}
	return h.disown(ctx, o, in.Person, session)
}

func (h *House) disown(ctx context.Context, o Origin, p Person, session string) error {
	where, _ := h.where(o)
	e, err := h.readEntry(ctx, p.Account)
	if err != nil {
		return err
	}
	_, err = h.change(ctx, e, "disown", func(u *unit, e entry) (entry, error) {
		e, err := u.note(e, where, account.Disown{Session: session})
		if err != nil || e.Person.Party == "" || !mustHaveFactor(e.Person) {
			return e, err
		}
		by := u.by
		defer func() { u.by = by }()
		return e, u.closeDoors(e.Person)
	})
	return err
}

// whyDisowned is why payouts stop and what is under way ends.
const whyDisowned = "disowned"

// closeDoors stops what an intruder may have begun in the company's name: payouts
// wait, an account that is not current yet is taken back, open places are closed.
func (u *unit) closeDoors(p Person) error {
	o, err := u.organisation(p.Party)
	if err != nil {
		return err
	}
	u.by = p.Actor()
	for _, i := range o.Invitations {
		if i.By != p.ID || !i.Open(u.now) || o.RoleOf(p.ID) != identity.Owner {
			continue
		}
		if o, err = u.organise(o, identity.CallOff{ID: i.ID}); err != nil {
			return err
		}
	}
	u.by = identity.HouseClock() // the rule of the house, not a wish of the account
	if o.PayoutsFrozen == "" {
		if _, err = u.organise(o, identity.FreezePayouts{Why: whyDisowned}); err != nil {
			return err
		}
	}
	all, err := u.payoutAccounts(p.Party)
	if err != nil {
		return err
	}
	for _, a := range all {
		if !a.Frozen() {
			continue
		}
		if _, err := u.settleAccount(a, treasury.Cancel{By: p.ID, Why: whyDisowned}); err != nil {
			return err
		}
	}
	return nil
}

// showText reads a ticket whose body is plain text.
func (h *House) showText(ctx context.Context, purpose, secret string, body *string) (Ticket, error) {
	if len(secret) > 100 || secret == "" {
		return Ticket{}, noTicket()
	}
	t, err := h.cfg.Store.Ticket(ctx, hashOf(secret), h.Now())
	if err != nil && fault.KindOf(err) == fault.NotFound || err == nil && t.Purpose != purpose {
		return Ticket{}, noTicket()
	}
	*body = string(t.Body)
	return t, err
}

// Reinstate closes the case of a "this was not me": by compliance, with a reason.
// The owner then chooses a new password by mail. Factors that were added shortly
// before may be an intruder's: they go, and recovery codes with them.
func (h *House) Reinstate(ctx context.Context, call Call, person identity.PersonID, why string) (Receipt, error) {
	if err := identity.Permit(call.By, identity.ToReviewAccounts); err != nil {
		return Receipt{}, err
	}
	if strings.TrimSpace(why) == "" {
		return Receipt{}, fault.New(fault.Invalid, "organisation.no_reasons", "Say why, so that the company knows what to do.").At("reason")
	}
	p, err := h.cfg.Store.PersonByID(ctx, person)
	if err != nil {
		return Receipt{}, err
	}
	if call.By.Person == person {
		return Receipt{}, fault.New(fault.Forbidden, "organisation.own_review", "Nobody reviews his own company.")
	}
	kept, err := h.cfg.Store.Secrets(ctx, person)
	if err != nil {
		return Receipt{}, err
	}
	party, err := h.stoppedBy(ctx, p)
	if err != nil {
		return Receipt{}, err
	}
	return h.do(ctx, ask{call: call, command: "reinstate", stream: partyStream(party), input: []any{person, why}, run: func(u *unit) (*Receipt, error) {
		e, err := u.entry(p.Account)
		if err != nil {
			return nil, err
		}
		before := e.Factors
		if e, err = u.note(e, account.Where{}, account.Reinstate{Why: why}); err != nil {
			return nil, err
		}
		u.strike(e, before, kept)
		if party != "" {
			o, err := u.organisation(party)
			if err != nil {
				return nil, err
			}
			if o.PayoutsFrozen == whyDisowned {
				if _, err := u.organise(o, identity.ReleasePayouts{Why: why}); err != nil {
					return nil, err
				}
			}
		}
		return &Receipt{ID: string(person), Version: e.Version, State: string(e.Stage)}, nil
	}})
}

// strike forgets the secrets of the factors that an account had before and has no
// longer, and with any of them the recovery codes.
func (u *unit) strike(e entry, before []account.Factor, kept []Secret) {
	struck := false
	for _, f := range before {
		if _, still := e.Factor(f.ID); still {
			continue
		}
		struck = true
		name := passkeyPrefix + f.ID
		if f.Kind == account.TOTP {
			name = totpName(e.Person.ID, f.ID)
		}
		u.secrets = append(u.secrets, Secret{Person: e.Person.ID, Name: name})
	}
	for _, s := range kept {
		if struck && strings.HasPrefix(s.Name, recoveryPrefix) {
			u.secrets = append(u.secrets, Secret{Person: e.Person.ID, Name: s.Name})
		}
	}
}

// stoppedBy is the company whose payouts a case has stopped and now lets go on, or
// none while another case may have stopped them. The company is that of the time:
// who was removed since does not leave it stopped for ever.
func (h *House) stoppedBy(ctx context.Context, p Person) (identity.PartyID, error) {
	party, err := h.disownedFor(ctx, p)
	if err != nil || party == "" {
		return "", err
	}
	others, err := h.cfg.Store.Persons(ctx, PersonQuery{Disowned: true, Limit: pageMax})
	if err != nil {
		return "", err
	}
	for _, o := range others {
		if o.ID == p.ID || o.Party == party && !mustHaveFactor(o) {
			continue
		}
		if its, err := h.disownedFor(ctx, o); err != nil || its == party {
			return "", err
		}
	}
	return party, nil
}

// disownedFor is the company for which somebody acted who said "this was not me".
func (h *House) disownedFor(ctx context.Context, p Person) (identity.PartyID, error) {
	last, err := h.cfg.Store.Activities(ctx, ActivityQuery{Person: p.ID, What: []string{string(account.NotMe)}, Limit: 1})
	if err != nil || len(last) == 0 {
		return "", err
	}
	return last[0].Party, nil
}

// emailing is what a ticket remembers of a change of address.
type emailing struct {
	Change string `json:"change"`
	Email  string `json:"email"`
	Folded string `json:"folded"`
	Was    string `json:"was"`
}

// emailHold is how long a change of address waits, so that the old one can undo it.
const emailHold = 72 * time.Hour

// AskEmail begins a change of address, with the password and, where there is one, a
// fresh second factor. The new address proves itself by a link, the old one is told
// and can undo it; it takes effect after 72 hours.
func (h *House) AskEmail(ctx context.Context, in Presence, o Origin, email, pw string, fresh Proof) error {
	e, err := h.mine(ctx, in)
	if err != nil {
		return err
	}
	email = strings.TrimSpace(email)
	folded, err := identity.FoldEmail(email)
	if a, bad := mail.ParseAddress(email); err != nil || bad != nil || a.Address != email {
		return fault.New(fault.Invalid, "people.bad_email", "Write an e-mail address, such as name@example.com.").At("email")
	}
	if n, err := h.cfg.Store.Tally(ctx, "change:"+string(e.Person.ID), h.Now(), triesWindow); err != nil {
		return err
	} else if n > triesOfAccount {
		return tooMany()
	}
	good, err := h.checkPassword(ctx, e.Person, true, pw)
	if err != nil {
		return err
	}
	if !good {
		return fault.New(fault.Invalid, "people.wrong_password", "That is not your password now.").At("password")
	}
	where, _ := h.where(o)
	proof, err := h.proofOf(ctx, e, where, fresh)
	if err != nil {
		return err
	}
	_, taken, err := h.personOf(ctx, folded)
	if err != nil {
		return err
	}
	prove, err := h.secret()
	if err != nil {
		return err
	}
	undo, err := h.secret()
	if err != nil {
		return err
	}
	c := emailing{Change: h.cfg.NewID(), Email: email, Folded: folded, Was: e.Person.Email}
	_, err = h.change(ctx, e, "ask_email", func(u *unit, e entry) (entry, error) {
		e, err := u.noteProved(e, where, proof, "ask_email", account.AskEmail{ID: c.Change, HoldHours: int(emailHold / time.Hour)})
		if err != nil {
			return e, err
		}
		for _, t := range []struct{ secret, purpose string }{{prove, ticketEmail}, {undo, ticketUndo}} {
			ticket, err := h.ticket(t.secret, t.purpose, e.Person.ID, c, undoLife)
			if err != nil {
				return e, err
			}
			u.tickets = append(u.tickets, ticket)
		}
		newMail := Mail{To: email, Name: e.Person.Name, Language: e.Person.Language, Kind: MailEmailNew, Link: "/email/" + prove}
		if taken { // its owner is told; the one who asks learns nothing
			newMail = Mail{To: email, Language: e.Person.Language, Kind: MailKnown, Link: "/forgot"}
		}
		if err := u.mail(newMail); err != nil {
			return e, err
		}
		return e, u.mail(e.Person.letter(MailEmailOld, "/email/undo/"+undo, map[string]string{
			"When": u.now.Add(emailHold).UTC().Format(time.RFC3339),
		}))
	})
	return err
}

// TakeEmail carries out a change of address by the link that the new address got.
// Before the hold is over it is refused (account.hold), and the link stays good.
func (h *House) TakeEmail(ctx context.Context, o Origin, secret string) error {
	var c emailing
	t, err := h.show(ctx, ticketEmail, secret, &c)
	if err != nil {
		return err
	}
	return h.endEmail(ctx, o, t, "take_email", account.TakeEmail{ID: c.Change}, func(p *Person) { p.Email, p.Folded = c.Email, c.Folded })
}

// UndoEmail takes a change of address back, by the link that the old address got.
func (h *House) UndoEmail(ctx context.Context, o Origin, secret string) error {
	var c emailing
	t, err := h.show(ctx, ticketUndo, secret, &c)
	if err != nil {
		return err
	}
	return h.endEmail(ctx, o, t, "undo_email", account.UndoEmail{ID: c.Change}, func(*Person) {})
}

func (h *House) endEmail(ctx context.Context, o Origin, t Ticket, name string, c account.Command, change func(*Person)) error {
	p, err := h.cfg.Store.PersonByID(ctx, t.Person)
	if err != nil {
		return err
	}
	e, err := h.readEntry(ctx, p.Account)
	if err != nil {
		return err
	}
	where, _ := h.where(o)
	_, err = h.change(ctx, e, name, func(u *unit, e entry) (entry, error) {
		change(&e.Person)
		return u.note(e, where, c)
	})
	if err != nil {
		return err
	}
	if err := h.cfg.Store.DropTickets(ctx, ticketReset, p.ID); err != nil { // they lie in the mailbox before
		return err
	}
	_, err = h.cfg.Store.TakeTicket(ctx, t.Hash, h.Now())
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return nil
	}
	return err
}
