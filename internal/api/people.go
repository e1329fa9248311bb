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

// SignUp asks for an account for a person together with a company.
type SignUp struct {
	Email    string  `json:"email" example:"anna@acme.example"`
	Name     string  `json:"name" example:"Anna Keller"`
	Password string  `json:"password" doc:"By the rules at GET /v1/passwords/rules" example:"a phrase that only you know"`
	Language string  `json:"language" required:"false" doc:"en or zh" example:"en"`
	Company  Company `json:"company"`
}

// Sent says that a mail is on its way, whether the address is known or not.
type Sent struct {
	Status string `json:"status" example:"sent"`
}

// Secret is what the link of a mail ends with.
type Secret struct {
	Secret string `json:"secret" doc:"The last part of the link in the mail" example:"c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U"`
}

// Person is somebody who may sign in.
type Person struct {
	ID       string `json:"id" example:"0198c0de-7a3c-7cc0-8000-000000000003"`
	Name     string `json:"name" example:"Anna Keller"`
	Email    string `json:"email" example:"anna@acme.example"`
	Office   string `json:"office" doc:"member, or an office of the house" example:"member"`
	Party    string `json:"party,omitempty" doc:"The company of a member" example:"0198c0de-7a3c-7cc0-8000-000000000004"`
	Role     string `json:"role,omitempty" doc:"Of a member: owner, trader, finance or viewer" example:"owner"`
	Language string `json:"language" example:"en"`
}

func personOf(p assurance.Person) Person {
	return Person{ID: string(p.ID), Name: p.Name, Email: p.Email, Office: string(p.Office), Party: string(p.Party), Role: string(p.Role), Language: p.Language}
}

type (
	sentAnswer   struct{ Body Sent }
	personAnswer struct{ Body Person }
	secretInput  struct{ Body Secret }
)

func sent(err error) (*sentAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &sentAnswer{Sent{"sent"}}, nil
}

// done is the answer to what leaves nothing to tell: 204.
func done(err error) (*struct{}, error) {
	if err != nil {
		return nil, err
	}
	return &struct{}{}, nil
}

func (s *server) people() {
	add(s, operation{
		id: "sign-up", method: http.MethodPost, path: "/v1/sign-up", tag: "people", access: anybody, status: http.StatusAccepted,
		summary: "Ask for an account with a company",
		doc: "A mail brings a link; nothing exists before it is used. The answer is the same whether the address has an account or not: " +
			"its owner is told by mail.",
	}, func(ctx context.Context, c caller, in *struct{ Body SignUp }) (*sentAnswer, error) {
		err := s.house.AskToJoin(ctx, c.From, in.Body.house())
		if fault.CodeOf(err) == "identity.invalid" {
			err = under("company", err)
		}
		return sent(err)
	})
	add(s, operation{
		id: "confirm-sign-up", method: http.MethodPost, path: "/v1/sign-up/confirm", tag: "people", access: anybody, status: http.StatusCreated,
		answers: entrances(), summary: "Open the account by the link of the mail, and sign in", doc: "The person becomes the owner of the new company.",
	}, func(ctx context.Context, c caller, in *secretInput) (*entranceAnswer, error) {
		c = c.named()
		e, err := s.house.ConfirmJoin(ctx, c.From, assurance.ProgramSession, in.Body.Secret)
		return entered(c, e, err)
	})
	add(s, operation{
		id: "me", method: http.MethodGet, path: "/v1/me", tag: "people", access: own, scope: anyKey, summary: "Who the token acts for",
	}, func(_ context.Context, c caller, _ *nothing) (*personAnswer, error) {
		return &personAnswer{personOf(c.In.Person)}, nil
	})
}

func (b SignUp) house() assurance.SignUp {
	return assurance.SignUp{Email: b.Email, Name: b.Name, Password: b.Password, Language: b.Language, Company: identity.Register(b.Company)}
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
