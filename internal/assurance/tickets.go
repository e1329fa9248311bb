package assurance

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/netip"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
)

// The purposes of tickets.
const (
	ticketJoin    = "join"    // an address that opens an account
	ticketInvite  = "invite"  // an address that is invited to a company or to the house
	ticketEnter   = "enter"   // a sign-in that is not finished
	ticketPasskey = "passkey" // a passkey sign-in or registration under way
	ticketReset   = "reset"   // a forgotten password
	ticketDisown  = "disown"  // "this was not me"
	ticketEmail   = "email"   // the proof of a new address
	ticketUndo    = "undo"    // the way back to the old address
	ticketTOTP    = "totp"    // a TOTP secret that is not confirmed yet
)

// How long tickets are good.
const (
	joinLife    = 24 * time.Hour
	enterLife   = 10 * time.Minute
	passkeyLife = 5 * time.Minute
	resetLife   = 30 * time.Minute
	disownLife  = 14 * 24 * time.Hour
	undoLife    = 30 * 24 * time.Hour
)

// secret makes what is told once and kept nowhere.
func (h *House) secret() (string, error) {
	raw := make([]byte, 32)
	if _, err := io.ReadFull(h.cfg.Random, raw); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(raw), nil
}

// issue keeps a ticket and answers its secret.
func (h *House) issue(ctx context.Context, purpose string, person identity.PersonID, body any, life time.Duration) (string, error) {
	secret, err := h.secret()
	if err != nil {
		return "", err
	}
	t, err := h.ticket(secret, purpose, person, body, life)
	if err != nil {
		return "", err
	}
	return secret, h.cfg.Store.PutTicket(ctx, t)
}

func (h *House) ticket(secret, purpose string, person identity.PersonID, body any, life time.Duration) (Ticket, error) {
	doc, err := json.Marshal(body)
	if err != nil {
		return Ticket{}, fault.New(fault.Internal, "people.ticket", "A ticket cannot be written.").Because(err)
	}
	return Ticket{Hash: hashOf(secret), Purpose: purpose, Person: person, Body: doc, ExpiresAt: h.Now().Add(life)}, nil
}

// show reads a ticket that is good for the purpose; take uses it up.
func (h *House) show(ctx context.Context, purpose, secret string, body any) (Ticket, error) {
	return h.readTicket(ctx, purpose, secret, body, h.cfg.Store.Ticket)
}

func (h *House) take(ctx context.Context, purpose, secret string, body any) (Ticket, error) {
	t, err := h.show(ctx, purpose, secret, body) // a ticket shown at the wrong door is not used up
	if err != nil {
		return t, err
	}
	return h.readTicket(ctx, purpose, secret, body, h.cfg.Store.TakeTicket)
}

func (h *House) readTicket(ctx context.Context, purpose, secret string, body any, read func(context.Context, evidence.Hash, time.Time) (Ticket, error)) (Ticket, error) {
	over := fault.New(fault.Refused, "people.no_ticket", "This link or step has run out or has been used. Begin again.")
	if len(secret) > 100 || secret == "" {
		return Ticket{}, over
	}
	t, err := read(ctx, hashOf(secret), h.Now())
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return Ticket{}, over
	}
	if err != nil {
		return Ticket{}, err
	}
	if t.Purpose != purpose {
		return Ticket{}, over
	}
	if err := json.Unmarshal(t.Body, body); err != nil {
		return Ticket{}, over.Because(err)
	}
	return t, nil
}

// TopicMail is the topic of mails: payload Mail, whose link is sealed.
const TopicMail = "mail.send"

// sentCode is the argument of a mail that holds a code.
const sentCode = "Code"

// message makes a queued message of a mail. A link or a code is a key to an account:
// it is sealed while it waits.
func (h *House) message(m Mail) (Message, error) {
	m.ID = "mail:" + h.cfg.NewID()
	if m.Link != "" && h.cfg.Sealer != nil {
		sealed, err := h.cfg.Sealer.Seal([]byte(m.Link), m.ID)
		if err != nil {
			return Message{}, err
		}
		m.Link = base64.StdEncoding.EncodeToString(sealed)
	}
	if code := m.Args[sentCode]; code != "" && h.cfg.Sealer != nil {
		sealed, err := h.cfg.Sealer.Seal([]byte(code), m.ID+"/"+sentCode)
		if err != nil {
			return Message{}, err
		}
		m.Args = maps.Clone(m.Args)
		m.Args[sentCode] = base64.StdEncoding.EncodeToString(sealed)
	}
	doc, err := evidence.Canonical(m)
	if err != nil {
		return Message{}, err
	}
	return Message{ID: m.ID, Topic: TopicMail, Payload: doc, NextAt: h.Now()}, nil
}

// mail queues a mail with the command's own commit.
func (u *unit) mail(m Mail) error {
	message, err := u.house.message(m)
	if err == nil {
		u.messages = append(u.messages, message)
	}
	return err
}

// postMail queues a mail that follows from no fact.
func (h *House) postMail(ctx context.Context, m Mail) error {
	message, err := h.message(m)
	if err != nil {
		return err
	}
	return h.cfg.Store.PostMessage(ctx, message)
}

// OpenMail reads a queued mail for the one who carries it.
func (h *House) OpenMail(payload []byte) (Mail, error) {
	var m Mail
	if err := json.Unmarshal(payload, &m); err != nil {
		return Mail{}, fault.New(fault.Invalid, "house.bad_mail", "A queued mail cannot be read.").Because(err)
	}
	if h.cfg.Sealer == nil {
		return m, nil
	}
	var err error
	if m.Link != "" {
		if m.Link, err = h.unsealed(m.Link, m.ID); err != nil {
			return Mail{}, err
		}
	}
	if code := m.Args[sentCode]; code != "" {
		if m.Args[sentCode], err = h.unsealed(code, m.ID+"/"+sentCode); err != nil {
			return Mail{}, err
		}
	}
	return m, nil
}

func (h *House) unsealed(text, about string) (string, error) {
	sealed, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return "", fault.New(fault.Invalid, "house.bad_mail", "A queued mail cannot be read.").Because(err)
	}
	plain, err := h.cfg.Sealer.Open(sealed, about)
	return string(plain), err
}

// networkOf is the part of an address that neighbours share: 16 bits, or 48 of IPv6.
func networkOf(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	bits := 16
	if a = a.Unmap(); a.Is6() {
		bits = 48
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return ""
	}
	return p.String()
}
