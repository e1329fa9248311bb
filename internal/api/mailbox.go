package api

import (
	"context"
	"net/http"
)

// EmailChange asks for another address.
type EmailChange struct {
	Email    string `json:"email" example:"anna@keller.example"`
	Password string `json:"password" doc:"The password in force" example:"a phrase that only you know"`
	Proof    *Proof `json:"proof" required:"false" doc:"Needed where there is a second factor"`
}

// Disowned names the session that was somebody else.
type Disowned struct {
	Session string `json:"session" required:"false" doc:"If it is known" example:"0198c0de-7a3c-7cc0-8000-00000000000d"`
}

// Reinstatement closes a case of "this was not me".
type Reinstatement struct {
	Reason string `json:"reason" example:"We have spoken to the owner at the number in the register."`
}

func (s *server) mailbox() {
	add(s, operation{
		id: "ask-email", method: http.MethodPost, path: "/v1/me/email", tag: "account", access: own, status: http.StatusAccepted,
		summary: "Change your address", doc: "The new address proves itself by a link, the old one is told and can undo it, and it counts after 72 hours.",
	}, func(ctx context.Context, c caller, in *struct{ Body EmailChange }) (*sentAnswer, error) {
		return sent(s.house.AskEmail(ctx, c.In, c.From, in.Body.Email, in.Body.Password, in.Body.Proof.house()))
	})
	add(s, operation{
		id: "take-email", method: http.MethodPost, path: "/v1/email/take", tag: "people", access: anybody,
		summary: "Take the new address, by the link that it got", doc: "Before the hold is over it is refused, and the link stays good.",
	}, func(ctx context.Context, c caller, in *secretInput) (*struct{}, error) {
		return done(s.house.TakeEmail(ctx, c.From, in.Body.Secret))
	})
	add(s, operation{
		id: "undo-email", method: http.MethodPost, path: "/v1/email/undo", tag: "people", access: anybody, summary: "Keep the old address, by the link that it got",
	}, func(ctx context.Context, c caller, in *secretInput) (*struct{}, error) {
		return done(s.house.UndoEmail(ctx, c.From, in.Body.Secret))
	})
	add(s, operation{
		id: "disown", method: http.MethodPost, path: "/v1/not-me", tag: "people", access: anybody,
		summary: "Say \"this was not me\", by the link of an alert",
		doc:     "Every session and key of the account ends, its password is void, payouts of the company stop, and the house has a case.",
	}, func(ctx context.Context, c caller, in *secretInput) (*struct{}, error) {
		p, err := s.house.ReadDisown(ctx, in.Body.Secret)
		if err != nil {
			return nil, err
		}
		err = s.house.Disown(ctx, c.From, in.Body.Secret)
		s.known.forget(p.ID)
		return done(err)
	})
	add(s, operation{
		id: "disown-here", method: http.MethodPost, path: "/v1/me/not-me", tag: "account", access: own, summary: "Say the same from within a session, which ends too",
	}, func(ctx context.Context, c caller, in *struct{ Body Disowned }) (*struct{}, error) {
		return s.ended(c, s.house.DisownHere(ctx, c.In, c.From, in.Body.Session))
	})
}
