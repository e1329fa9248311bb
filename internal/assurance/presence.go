package assurance

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/account"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
)

// tokenPrefix marks the house's secrets, so that scanners of leaked text know them.
const tokenPrefix = "fdk_"

// programLife is how long a token of a program is good.
const programLife = 30 * 24 * time.Hour

// sessionBody is what a session remembers beside its times.
type sessionBody struct {
	Where   account.Where `json:"where"`
	Mandate *Mandate      `json:"mandate,omitempty"`
}

func (b sessionBody) json() []byte {
	doc, err := json.Marshal(b)
	fault.Assert(err == nil, "people.session", "a session can be written")
	return doc
}

// Where is from where a session was opened.
func (s Session) Where() account.Where { return s.body().Where }

// Mandate is what the API key of a session may do, nil for other sessions.
func (s Session) Mandate() *Mandate { return s.body().Mandate }

func (s Session) body() (b sessionBody) {
	_ = json.Unmarshal(s.Body, &b) // what cannot be read allows nothing
	return b
}

// Mandate is what an API key may do without a person at hand: acts by name, and
// for those that move money a ceiling for each. It was approved when it was made.
type Mandate struct {
	Key     string         `json:"key"`
	Scopes  []string       `json:"scopes"`
	Ceiling []money.Amount `json:"ceiling,omitempty"`
}

// Presence is somebody who is in: the person and the session.
type Presence struct {
	Person  Person
	Session Session
	Mandate *Mandate // of an API key
	Weak    bool     // a second factor is demanded of this person, and the session was opened without one
}

// Actor is who acts. Staff without a second factor are nobody until they have one.
func (p Presence) Actor() identity.Actor {
	if p.Weak && p.Person.Office.Staff() {
		return identity.Actor{}
	}
	return p.Person.Actor()
}

func (h *House) presence(p Person, s Session) Presence {
	in := Presence{Person: p, Session: s, Mandate: s.Mandate()}
	in.Weak = h.cfg.Security != nil && mustHaveFactor(p) && (s.Factor == "" || s.Factor == string(account.Code)) && s.Kind != KeySession
	return in
}

func (h *House) sessionLife(k SessionKind) time.Duration {
	if k == BrowserSession && h.cfg.Security != nil {
		return h.cfg.Security.SessionLife
	}
	if k == BrowserSession {
		return DefaultSecurity().SessionLife
	}
	return programLife
}

// seenEvery is how often the use of a session is written down.
const seenEvery = time.Minute

// Present finds who holds a session's secret. It fails with people.bad_token.
func (h *House) Present(ctx context.Context, secret string) (Presence, error) {
	in, err := h.lookAt(ctx, secret)
	if err != nil {
		return Presence{}, err
	}
	return in, h.seen(ctx, in)
}

// PresentStill finds who holds the secrets with these hashes, all at once. Whoever is
// not in any more is missing from the answer.
func (h *House) PresentStill(ctx context.Context, hashes []evidence.Hash) (map[evidence.Hash]Presence, error) {
	found, err := h.cfg.Store.SessionsByHash(ctx, hashes)
	if err != nil {
		return nil, err
	}
	now, out := h.Now(), make(map[evidence.Hash]Presence, len(found))
	for _, f := range found {
		if h.alive(f, now) {
			out[f.Session.Hash] = h.presence(f.Person, f.Session)
		}
	}
	return out, h.seen(ctx, slices.Collect(maps.Values(out))...)
}

// seen writes down that sessions are in use, where that was not done just before.
func (h *House) seen(ctx context.Context, in ...Presence) error {
	var ids []string
	now := h.Now()
	for _, p := range in {
		if now.Sub(p.Session.SeenAt) >= seenEvery {
			ids = append(ids, p.Session.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return h.cfg.Store.SessionsSeen(ctx, ids, now)
}

// lookAt finds who holds a session's secret, and leaves no trace.
func (h *House) lookAt(ctx context.Context, secret string) (Presence, error) {
	bad := fault.New(fault.Unauthenticated, "people.bad_token", "This token is not valid. Sign in to get another.")
	if !strings.HasPrefix(secret, tokenPrefix) || len(secret) > 100 {
		return Presence{}, bad
	}
	found, err := h.cfg.Store.SessionsByHash(ctx, []evidence.Hash{hashOf(secret)})
	if err != nil {
		return Presence{}, err
	}
	if len(found) == 0 || !h.alive(found[0], h.Now()) {
		return Presence{}, bad
	}
	return h.presence(found[0].Person, found[0].Session), nil
}

// alive reports whether somebody may still come in by a session.
func (h *House) alive(in SignedIn, now time.Time) bool {
	s := in.Session
	return s.EndedAt.IsZero() && now.Before(s.ExpiresAt) && !h.idle(s, now) && in.Person.Stage == string(account.Active)
}

// idle reports whether a browser's session has not been used for too long.
func (h *House) idle(s Session, now time.Time) bool {
	return s.Kind == BrowserSession && h.cfg.Security != nil && now.Sub(s.SeenAt) >= h.cfg.Security.SessionIdle
}

// Sessions lists the living sessions and keys of somebody who is in, newest first.
func (h *House) Sessions(ctx context.Context, in Presence) ([]Session, error) {
	if in.Person.ID == "" {
		return nil, signInFirst()
	}
	return h.cfg.Store.SessionsOf(ctx, in.Person.ID, h.Now())
}

func signInFirst() error {
	return fault.New(fault.Unauthenticated, "people.sign_in", "Sign in first.")
}

// EndSession ends one of the person's own sessions; the one that asks included.
func (h *House) EndSession(ctx context.Context, in Presence, o Origin, id string) error {
	if err := h.young(in); err != nil && id != in.Session.ID {
		return err
	}
	return h.own(ctx, in, o, "end_session", account.EndSession{Session: id, Why: "ended_by_owner"})
}

// EndOthers ends every session of the person but the one that asks.
func (h *House) EndOthers(ctx context.Context, in Presence, o Origin) error {
	if err := h.young(in); err != nil {
		return err
	}
	return h.own(ctx, in, o, "end_others", account.EndOthers{Keep: in.Session.ID, Why: "ended_by_owner"})
}

// youngFor is how long after a sign-in somebody may change how one comes in.
const youngFor = 15 * time.Minute

// young refuses what changes the ways in unless the person has just proved all of
// them: an open browser that somebody has left is not enough.
func (h *House) young(in Presence) error {
	if h.cfg.Security == nil || h.Now().Sub(in.Session.CreatedAt) < youngFor {
		return nil
	}
	return fault.New(fault.Forbidden, "account.sign_in_again", "Sign in again first: this changes who can come in.")
}

// EndSessionsOf ends every session of a person, by those who look into accounts.
func (h *House) EndSessionsOf(ctx context.Context, call Call, person identity.PersonID, why string) (Receipt, error) {
	if err := identity.Permit(call.By, identity.ToReviewAccounts); err != nil {
		return Receipt{}, err
	}
	p, err := h.cfg.Store.PersonByID(ctx, person)
	if err != nil {
		return Receipt{}, err
	}
	return h.do(ctx, ask{call: call, command: "end_sessions", stream: account.Stream(p.Account), input: []any{person, why}, run: func(u *unit) (*Receipt, error) {
		e, err := u.entry(p.Account)
		if err != nil {
			return nil, err
		}
		if e, err = u.note(e, account.Where{}, account.EndOthers{Why: "ended_by_house: " + string(call.By.Person) + ": " + clipped(why, 200)}); err != nil {
			return nil, err
		}
		return &Receipt{ID: string(person), Version: e.Version, State: string(e.Stage)}, nil
	}})
}

// own gives a command to the account of somebody who is in.
func (h *House) own(ctx context.Context, in Presence, o Origin, name string, commands ...account.Command) error {
	e, err := h.mine(ctx, in)
	if err != nil {
		return err
	}
	where, _ := h.where(o)
	_, err = h.change(ctx, e, name, func(u *unit, e entry) (entry, error) { return u.note(e, where, commands...) })
	return err
}

// SignOut ends the session itself.
func (h *House) SignOut(ctx context.Context, in Presence, o Origin) error {
	return h.own(ctx, in, o, "sign_out", account.EndSession{Session: in.Session.ID, Why: "signed_out"})
}

// Person reads a person by id, for those who may see who acts.
func (h *House) Person(ctx context.Context, id identity.PersonID) (Person, error) {
	return h.cfg.Store.PersonByID(ctx, id)
}

// Visits keeps what a browser's visit remembers between two requests. Tokens come hashed.
type Visits struct{ diary Diary }

// Visits is where the pages keep it.
func (h *House) Visits() Visits { return Visits{h.cfg.Store} }

// Find reads what has not expired.
func (s Visits) Find(ctx context.Context, token string) (data []byte, found bool, err error) {
	return s.diary.SessionFind(ctx, token)
}

// Commit keeps it until expiry.
func (s Visits) Commit(ctx context.Context, token string, data []byte, expiry time.Time) error {
	return s.diary.SessionCommit(ctx, token, data, expiry)
}

// Delete forgets it; what is not there is forgotten already.
func (s Visits) Delete(ctx context.Context, token string) error {
	return s.diary.SessionDelete(ctx, token)
}

// MediatorByEmail finds whom to name for a claim. Only the administrator may ask;
// anybody who is not a mediator is people.not_a_mediator, Invalid.
func (h *House) MediatorByEmail(ctx context.Context, by identity.Actor, email string) (Person, error) {
	if by.Office != identity.Administrator {
		return Person{}, forbidden()
	}
	none := fault.New(fault.Invalid, "people.not_a_mediator", "No mediator of the house has this address.").At("mediator")
	folded, err := identity.FoldEmail(email)
	if err != nil {
		return Person{}, none
	}
	p, known, err := h.personOf(ctx, folded)
	if err != nil {
		return Person{}, err
	}
	if !known || p.Office != identity.Mediator {
		return Person{}, none
	}
	return p, nil
}
