package api

import (
	"context"
	"net/http"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
)

// Company is how a company describes itself.
type Company struct {
	LegalName    string `json:"legal_name" example:"Acme GmbH"`
	Country      string `json:"country" doc:"ISO 3166-1 alpha-2" example:"DE"`
	Registration string `json:"registration" doc:"Number in the register of its country" example:"HRB 12345"`
	Address      string `json:"address" required:"false" example:"Hafenstrasse 1, 20457 Hamburg"`
}

// SignUp opens an account for a person together with a company.
type SignUp struct {
	Email    string  `json:"email" example:"anna@acme.example"`
	Name     string  `json:"name" example:"Anna Keller"`
	Password string  `json:"password" doc:"At least 15 characters" example:"a phrase that only you know"`
	Language string  `json:"language" required:"false" doc:"en or zh" example:"en"`
	Company  Company `json:"company"`
}

// Person is somebody who may sign in.
type Person struct {
	ID       string `json:"id" example:"0198c0de-7a3c-7cc0-8000-000000000003"`
	Name     string `json:"name" example:"Anna Keller"`
	Email    string `json:"email" example:"anna@acme.example"`
	Office   string `json:"office" doc:"member, or an office of the house" example:"member"`
	Party    string `json:"party,omitempty" doc:"The company of a member" example:"0198c0de-7a3c-7cc0-8000-000000000004"`
	Language string `json:"language" example:"en"`
}

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
}

func personOf(p assurance.Person) Person {
	return Person{ID: string(p.ID), Name: p.Name, Email: p.Email, Office: string(p.Office), Party: string(p.Party), Language: p.Language}
}

type personAnswer struct{ Body Person }

func (s *server) people() {
	add(s, operation{
		id: "sign-up", method: http.MethodPost, path: "/v1/sign-up", tag: "people", access: anybody, status: http.StatusCreated,
		summary: "Open an account with a company",
		doc:     "The person becomes a member of the new company. An address has one account.",
	}, s.signUp)
	add(s, operation{
		id: "sign-in", method: http.MethodPost, path: "/v1/sessions", tag: "people", access: anybody, status: http.StatusCreated,
		summary: "Sign in for a token",
		doc:     "The token is good for 30 days. A wrong password and an unknown address are answered alike.",
	}, s.signIn)
	add(s, operation{
		id: "me", method: http.MethodGet, path: "/v1/me", tag: "people", summary: "Who the token acts for",
	}, func(_ context.Context, c caller, _ *nothing) (*personAnswer, error) {
		return &personAnswer{personOf(c.Person)}, nil
	})
}

func (s *server) signUp(ctx context.Context, _ caller, in *struct{ Body SignUp }) (*personAnswer, error) {
	b := in.Body
	p, err := s.house.Join(ctx, assurance.SignUp{
		Email: b.Email, Name: b.Name, Password: b.Password, Language: b.Language, Company: identity.Register(b.Company),
	})
	if err != nil {
		if fault.CodeOf(err) == "identity.invalid" {
			err = under("company", err)
		}
		return nil, err
	}
	return &personAnswer{personOf(p)}, nil
}

type sessionAnswer struct{ Body Session }

func (s *server) signIn(ctx context.Context, _ caller, in *struct{ Body SignIn }) (*sessionAnswer, error) {
	p, err := s.house.SignIn(ctx, in.Body.Email, in.Body.Password)
	if err != nil {
		return nil, err
	}
	token, expires, err := s.house.IssueToken(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	return &sessionAnswer{Session{Token: token, ExpiresAt: stamp(expires), Person: personOf(p)}}, nil
}

// under moves the fields of a refusal below a key of the body.
func under(key string, err error) error {
	f := *fault.Of(err)
	if f.Field != "" {
		f.Field = joined(key, f.Field)
	}
	details := f.Details
	f.Details = nil
	for _, d := range details {
		f.Details = append(f.Details, d.At(joined(key, d.Field)))
	}
	return &f
}
