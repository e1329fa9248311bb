package api

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/account"
)

// SignIn asks for a token.
type SignIn struct {
	Email    string `json:"email" example:"anna@acme.example"`
	Password string `json:"password" example:"a phrase that only you know"`
}

// Session is a token. It is shown once and kept nowhere.
type Session struct {
	Token     string `json:"token" doc:"For the header Authorization: Bearer …" example:"fdk_c2VjcmV0"`
	ExpiresAt string `json:"expires_at" format:"date-time" example:"2027-04-30T12:00:00.000000Z"`
	Person    Person `json:"person"`
	Device    string `json:"device" doc:"Name of this device for your next sign-ins (header Device)" example:"XKQ2M5ZTPJ7AVC4GYHRWLB3ND6"`
	Weak      bool   `json:"weak" doc:"This person must have a second factor, and has signed in without one: nothing that moves money can be agreed to, and people of the house can only add a factor"`
}

// NextStep is what a sign-in still needs.
type NextStep struct {
	Next    string   `json:"next" enum:"factor,password,sign_in" doc:"factor: POST /v1/sessions/continue; password: POST /v1/sessions/renew; sign_in: POST /v1/sessions" example:"factor"`
	Ticket  string   `json:"ticket,omitempty" example:"c2VjcmV0"`
	Wants   []string `json:"wants,omitempty" doc:"Any one of these second factors, the strongest first: passkey, totp, recovery, code (sent by mail)"`
	Passkey script   `json:"passkey,omitempty" doc:"Options for navigator.credentials.get"`
	Why     string   `json:"why,omitempty" doc:"Why a new password is wanted: listed, expired or another word" example:"listed"`
}

// SecondFactor goes on with a sign-in.
type SecondFactor struct {
	Ticket   string    `json:"ticket" example:"c2VjcmV0"`
	Kind     string    `json:"kind" enum:"passkey,totp,recovery,code" example:"totp"`
	Code     string    `json:"code" required:"false" doc:"The digits, or a recovery code" example:"123456"`
	Response anyObject `json:"response" required:"false" doc:"The authenticator's answer, for a passkey"`
}

// NewPassword chooses the password that a sign-in was asked for.
type NewPassword struct {
	Ticket   string `json:"ticket" example:"c2VjcmV0"`
	Password string `json:"password" example:"a phrase that only you know"`
}

// Challenge is what an authenticator is asked.
type Challenge struct {
	Ticket  string `json:"ticket" example:"c2VjcmV0"`
	Options script `json:"options" doc:"For navigator.credentials, as JSON"`
}

// Answer is an authenticator's answer.
type Answer struct {
	Ticket   string    `json:"ticket" example:"c2VjcmV0"`
	Response anyObject `json:"response" doc:"What navigator.credentials answered, as JSON"`
}

// OpenSession is one way in which somebody is in: a browser, a program or a key.
type OpenSession struct {
	ID        string `json:"id" example:"0198c0de-7a3c-7cc0-8000-00000000000d"`
	Kind      string `json:"kind" enum:"browser,program,key" example:"program"`
	Label     string `json:"label,omitempty" doc:"Of a key" example:"ERP"`
	Current   bool   `json:"current" doc:"The one that asks"`
	Factor    string `json:"factor,omitempty" doc:"The second factor that it was opened with" example:"totp"`
	From      Where  `json:"from"`
	CreatedAt string `json:"created_at" format:"date-time" example:"2027-03-01T12:00:00.000000Z"`
	SeenAt    string `json:"seen_at" format:"date-time" doc:"To the minute" example:"2027-03-01T12:00:00.000000Z"`
	ExpiresAt string `json:"expires_at" format:"date-time" example:"2027-03-31T12:00:00.000000Z"`
}

// OpenSessions are those that are neither over nor ended, newest first.
type OpenSessions struct {
	Items []OpenSession `json:"items"`
}

// Where is from where somebody acted, as far as the house knows.
type Where struct {
	Address string `json:"address,omitempty" example:"203.0.113.7"`
	Network string `json:"network,omitempty" example:"AS64496"`
	Country string `json:"country,omitempty" example:"DE"`
	City    string `json:"city,omitempty" example:"Hamburg"`
	Browser string `json:"browser,omitempty" doc:"Or program" example:"Firefox"`
	Version string `json:"version,omitempty" example:"141"`
	System  string `json:"system,omitempty" example:"Linux"`
}

func whereOf(w account.Where) Where {
	return Where{Address: w.Address, Network: w.Network, Country: w.Country, City: w.City, Browser: w.Browser, Version: w.Version, System: w.System}
}

// script is JSON that a browser hands on as it is.
type script json.RawMessage

// MarshalJSON writes the bytes as they are.
func (j script) MarshalJSON() ([]byte, error) {
	if len(j) == 0 {
		return []byte("null"), nil
	}
	return j, nil
}

// Schema describes any object.
func (script) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}
}

// entranceAnswer is a session, or what is still missing.
type entranceAnswer struct {
	Status int
	Body   any
}

func entrances() map[int]answered {
	return map[int]answered{
		http.StatusCreated:  {says: "Signed in", body: reflect.TypeFor[Session]()},
		http.StatusAccepted: {says: "Something more is needed", body: reflect.TypeFor[NextStep]()},
	}
}

func entered(c caller, e assurance.Entrance, err error) (*entranceAnswer, error) {
	switch {
	case err != nil:
		return nil, err
	case e.Presence != nil:
		return &entranceAnswer{http.StatusCreated, Session{
			Token: e.Secret, ExpiresAt: stamp(e.Presence.Session.ExpiresAt), Person: personOf(e.Presence.Person), Weak: e.Presence.Weak,
			Device: c.From.Device,
		}}, nil
	}
	step := NextStep{Next: "factor", Ticket: e.Ticket, Wants: texts(e.Wants), Passkey: e.Passkey}
	switch {
	case e.Ticket == "":
		step.Next = "sign_in"
	case e.Renew:
		step.Next, step.Why = "password", e.Why
	}
	return &entranceAnswer{http.StatusAccepted, step}, nil
}

func (s *server) sessions() {
	add(s, operation{
		id: "sign-in", method: http.MethodPost, path: "/v1/sessions", tag: "people", access: anybody, status: http.StatusCreated, answers: entrances(),
		summary: "Sign in for a token",
		doc:     "The token is good for 30 days. A wrong password and an unknown address are answered alike. Whoever has a second factor is asked for it.",
	}, func(ctx context.Context, c caller, in *struct{ Body SignIn }) (*entranceAnswer, error) {
		c = c.named()
		e, err := s.house.Enter(ctx, c.From, assurance.ProgramSession, in.Body.Email, in.Body.Password)
		return entered(c, e, err)
	})
	add(s, operation{
		id: "continue-sign-in", method: http.MethodPost, path: "/v1/sessions/continue", tag: "people", access: anybody, status: http.StatusCreated, answers: entrances(),
		summary: "Give the second factor", doc: "A wrong one leaves the ticket. After five in a row codes wait; a passkey never does.",
	}, func(ctx context.Context, c caller, in *struct{ Body SecondFactor }) (*entranceAnswer, error) {
		p := assurance.Proof{Kind: account.FactorKind(in.Body.Kind), Code: in.Body.Code, Response: in.Body.Response}
		c = c.named()
		e, err := s.house.Continue(ctx, c.From, in.Body.Ticket, p)
		return entered(c, e, err)
	})
	add(s, operation{
		id: "renew-password", method: http.MethodPost, path: "/v1/sessions/renew", tag: "people", access: anybody, status: http.StatusCreated, answers: entrances(),
		summary: "Choose the new password that a sign-in was asked for", doc: "Every other session of the person ends.",
	}, func(ctx context.Context, c caller, in *struct{ Body NewPassword }) (*entranceAnswer, error) {
		c = c.named()
		e, err := s.house.Renew(ctx, c.From, in.Body.Ticket, in.Body.Password)
		return entered(c, e, err)
	})
	add(s, operation{
		id: "begin-passkey-sign-in", method: http.MethodPost, path: "/v1/sessions/passkey-options", tag: "people", access: anybody,
		summary: "Begin a sign-in by passkey alone", doc: "The options name nobody; the ticket is good for five minutes and one answer.",
	}, func(ctx context.Context, _ caller, _ *nothing) (*struct{ Body Challenge }, error) {
		return challenged(s.house.PasskeyDoor(ctx))
	})
	add(s, operation{
		id: "sign-in-by-passkey", method: http.MethodPost, path: "/v1/sessions/passkey", tag: "people", access: anybody, status: http.StatusCreated, answers: entrances(),
		summary: "Sign in by passkey", doc: "A passkey whose user was verified is two factors in one.",
	}, func(ctx context.Context, c caller, in *struct{ Body Answer }) (*entranceAnswer, error) {
		c = c.named()
		e, err := s.house.EnterByPasskey(ctx, c.From, assurance.ProgramSession, in.Body.Ticket, in.Body.Response)
		return entered(c, e, err)
	})
	s.openSessions()
}

func challenged(options []byte, ticket string, err error) (*struct{ Body Challenge }, error) {
	if err != nil {
		return nil, err
	}
	return &struct{ Body Challenge }{Challenge{Ticket: ticket, Options: options}}, nil
}

func (s *server) openSessions() {
	add(s, operation{
		id: "list-sessions", method: http.MethodGet, path: "/v1/sessions", tag: "account", access: own, summary: "Where you are signed in, keys included, newest first",
	}, func(ctx context.Context, c caller, _ *nothing) (*struct{ Body OpenSessions }, error) {
		all, err := s.house.Sessions(ctx, c.In)
		if err != nil {
			return nil, err
		}
		return &struct{ Body OpenSessions }{OpenSessions{openSessionsOf(all, c.In)}}, nil
	})
	add(s, operation{
		id: "sign-out", method: http.MethodDelete, path: "/v1/sessions/current", tag: "account", access: own, summary: "End the session of this token",
	}, func(ctx context.Context, c caller, _ *nothing) (*struct{}, error) {
		return s.ended(c, s.house.SignOut(ctx, c.In, c.From))
	})
	add(s, operation{
		id: "end-session", method: http.MethodDelete, path: "/v1/sessions/{id}", tag: "account", access: own, summary: "End one of your sessions",
	}, func(ctx context.Context, c caller, in *ByID) (*struct{}, error) {
		return s.ended(c, s.house.EndSession(ctx, c.In, c.From, in.ID))
	})
	add(s, operation{
		id: "end-other-sessions", method: http.MethodPost, path: "/v1/sessions/end-others", tag: "account", access: own, summary: "End all your sessions but this one",
	}, func(ctx context.Context, c caller, _ *nothing) (*struct{}, error) {
		return s.ended(c, s.house.EndOthers(ctx, c.In, c.From))
	})
}

// ended forgets what is known of the person, so that what has ended is felt at once.
func (s *server) ended(c caller, err error) (*struct{}, error) {
	s.known.forget(c.In.Person.ID)
	return done(err)
}

func openSessionsOf(all []assurance.Session, in assurance.Presence) []OpenSession {
	out := []OpenSession{}
	for _, o := range all {
		out = append(out, OpenSession{
			ID: o.ID, Kind: string(o.Kind), Label: o.Label, Current: o.ID == in.Session.ID, Factor: o.Factor, From: whereOf(o.Where()),
			CreatedAt: stamp(o.CreatedAt), SeenAt: stamp(o.SeenAt), ExpiresAt: stamp(o.ExpiresAt),
		})
	}
	return out
}
