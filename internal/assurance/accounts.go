package assurance

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/account"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/signin"
)

// Origin is where a request comes from, as the server saw it.
type Origin struct {
	Address string // of the network
	Browser string // with its major version apart
	Version string
	System  string
	Device  string // the random name that the house has given this browser, or ""
}

// accountActor stands for the person in the account's stream.
func accountActor(id string) identity.Actor {
	return identity.Actor{Office: identity.Member, Person: identity.PersonID(id)}
}

// entry is an account with the person it belongs to. The two change together: a
// change of the person is always a fact of the account's stream too.
type entry struct {
	account.State
	Person Person
}

func foldAccount(s account.State, r Record) (account.State, error) {
	e, err := account.Decode(r.Kind, r.Payload)
	if err != nil {
		return s, err
	}
	return s.Apply(e, r.At), nil
}

// entry reads an account within a command.
func (u *unit) entry(id string) (entry, error) {
	stream := account.Stream(id)
	if s, ok := u.known(stream); ok {
		return s.(entry), nil
	}
	e, err := u.house.readEntry(u.ctx, id)
	if err == nil {
		u.committer.streams[stream] = e
	}
	return e, err
}

// readEntry reads an account as it is stored.
func (h *House) readEntry(ctx context.Context, id string) (entry, error) {
	p, err := h.cfg.Store.PersonByAccount(ctx, id)
	if err != nil {
		return entry{}, err
	}
	records, err := h.cfg.Store.Records(ctx, account.Stream(id), 0)
	if err != nil {
		return entry{}, err
	}
	s, err := folded(records, foldAccount, account.State{})
	return entry{s, p}, err
}

// note gives commands to an account and writes down what they did: its facts, the
// lines of the activity log, the sessions that end and what its owner is told.
func (u *unit) note(e entry, where account.Where, commands ...account.Command) (entry, error) {
	for _, c := range commands {
		events, err := account.Decide(e.State, c, account.Moment{Now: u.now, Where: where})
		if err != nil {
			return e, err
		}
		if err := u.write(&e, events); err != nil {
			return e, err
		}
	}
	e.Person.Stage, e.Person.Disowned = string(e.Stage), e.Disowned
	u.put(account.Stream(e.Person.Account), e)
	u.rows.persons = append(u.rows.persons, e.Person)
	return e, nil
}

func (u *unit) write(e *entry, events []account.Event) error {
	stream := account.Stream(e.Person.Account)
	if err := recordAs(u, accountActor(e.Person.Account), stream, e.Version, events...); err != nil {
		return err
	}
	first := len(u.records) - len(events)
	for i, ev := range events {
		e.State = e.State.Apply(ev, u.now)
		body, err := json.Marshal(ev)
		if err != nil {
			return fault.New(fault.Internal, "account.body", "A fact of an account cannot be written.").Because(err)
		}
		u.lines = append(u.lines, ActivityRow{
			Account: e.Person.Account, Person: e.Person.ID, Party: e.Person.Party, What: string(ev.What), Session: ev.Session,
			At: u.now, Body: body, record: first + i,
		})
		for _, id := range slices.Concat(ev.Sessions, ev.Keys) { // a key is a session of its own kind, under one id
			u.ended = append(u.ended, SessionEnd{ID: id, At: u.now})
		}
		if ev.Notable() {
			if err := u.alert(*e, ev); err != nil {
				return err
			}
		}
	}
	return nil
}

// alert tells the owner of an account what has happened to it. The link leads to
// a page that asks before it does anything: mail programs open links by themselves.
func (u *unit) alert(e entry, ev account.Event) error {
	m := e.Person.letter(MailAlert, "", map[string]string{
		"What": string(ev.What), "When": u.now.UTC().Format(time.RFC3339),
	})
	if w := ev.Where; w != nil {
		m.Args["Place"], m.Args["Device"] = placeOf(w), deviceOf(w)
	}
	secret, err := u.house.secret()
	if err != nil {
		return err
	}
	m.Link = "/not-me/" + secret
	u.tickets = append(u.tickets, Ticket{Hash: hashOf(secret), Purpose: ticketDisown, Person: e.Person.ID, Body: []byte(ev.Session), ExpiresAt: u.now.Add(disownLife)})
	return u.mail(m)
}

func placeOf(w *account.Where) string {
	switch {
	case w.City != "" && w.Country != "":
		return w.City + ", " + w.Country
	case w.Country != "":
		return w.Country
	}
	return w.Address
}

func deviceOf(w *account.Where) string {
	if w.System == "" {
		return w.Browser
	}
	return w.Browser + ", " + w.System
}

// where is what is known of a request's origin.
func (h *House) where(o Origin) (account.Where, Place) {
	w := account.Where{
		Address: clipped(o.Address, 64), Browser: clipped(o.Browser, 64), Version: clipped(o.Version, 16), System: clipped(o.System, 64), Device: clipped(o.Device, 64),
	}
	var p Place
	if h.cfg.Places != nil {
		p = h.cfg.Places.Locate(o.Address)
	}
	w.Country, w.City, w.Network = p.Country, p.City, p.Network
	if w.Network == "" {
		w.Network = networkOf(o.Address)
	}
	return w, p
}

// visitOf is the same for the model of risk.
func visitOf(w account.Where, p Place, at time.Time) signin.Visit {
	return signin.Visit{
		At: at, Address: w.Address, Network: w.Network, Country: w.Country, Agent: w.Browser + "/" + w.Version + "/" + w.System,
		Browser: w.Browser, System: w.System, Device: w.Device, Hour: at.UTC().Hour(), Latitude: p.Latitude, Longitude: p.Longitude, Located: p.Located,
	}
}

func hashOf(secret string) evidence.Hash { return evidence.HashOf([]byte(secret)) }
