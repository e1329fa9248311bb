package api

import (
	"context"
	"net/http"

	"fondaco/internal/trade/password"
)

// Forgotten asks for a link with which a new password can be chosen.
type Forgotten struct {
	Email    string `json:"email" example:"anna@acme.example"`
	Language string `json:"language" required:"false" doc:"en or zh, for an address that has no account" example:"en"`
}

// Reset chooses a new password by the link of a mail.
type Reset struct {
	Secret   string `json:"secret" doc:"The last part of the link in the mail" example:"c2VjcmV0"`
	Password string `json:"password" example:"a phrase that only you know"`
}

// PasswordChange chooses a new password.
type PasswordChange struct {
	Current  string `json:"current" doc:"The password in force" example:"the phrase of before"`
	Password string `json:"password" example:"a phrase that only you know"`
}

// Candidate is a password that somebody thinks of choosing, with what is known of him.
type Candidate struct {
	Password string `json:"password" example:"a phrase that only you know"`
	Email    string `json:"email" required:"false" example:"anna@acme.example"`
	Name     string `json:"name" required:"false" example:"Anna Keller"`
	Company  string `json:"company" required:"false" example:"Acme GmbH"`
}

// Strength is what a meter shows.
type Strength struct {
	Score   int      `json:"score" doc:"0 (guessed at once) to 4 (out of reach)" example:"4"`
	Weak    []string `json:"weak" doc:"What makes it weak: short, common, personal, keyboard, repeats, date, sequence, few_classes"`
	Classes []string `json:"classes" doc:"Those present: lower, upper, digit, symbol"`
}

// Suggestion is a password that nobody can guess.
type Suggestion struct {
	Password string `json:"password" example:"K7v-mQ2rT9x_wZ4hB8pd"`
}

// PasswordRules are the rules in force. A zero means no such rule.
type PasswordRules struct {
	Profile             string   `json:"profile" enum:"assurance,prescriptive" example:"assurance"`
	LengthMin           int      `json:"length_min" example:"15"`
	LengthMinWithFactor int      `json:"length_min_with_factor" doc:"Where a passkey or an authenticator app stands beside it" example:"10"`
	BytesMax            int      `json:"bytes_max" example:"512"`
	ReviewDays          int      `json:"review_days" doc:"Between two security reviews of a member" example:"90"`
	StaffReviewDays     int      `json:"staff_review_days" example:"60"`
	AgeDaysMax          int      `json:"age_days_max" example:"0"`
	History             int      `json:"history" doc:"How many earlier passwords may not come back" example:"0"`
	Classes             []string `json:"classes" doc:"Each must be present"`
}

func (s *server) passwords() {
	add(s, operation{
		id: "forgot-password", method: http.MethodPost, path: "/v1/passwords/forgot", tag: "people", access: anybody, status: http.StatusAccepted,
		summary: "Ask for a link to choose a new password", doc: "The answer is the same for every address.",
	}, func(ctx context.Context, c caller, in *struct{ Body Forgotten }) (*sentAnswer, error) {
		return sent(s.house.Forget(ctx, c.From, in.Body.Email, in.Body.Language))
	})
	add(s, operation{
		id: "reset-password", method: http.MethodPost, path: "/v1/passwords/reset", tag: "people", access: anybody,
		summary: "Choose a new password by the link of a mail", doc: "Every session ends. It does not sign in: whoever has a second factor is asked for it as always.",
	}, func(ctx context.Context, c caller, in *struct{ Body Reset }) (*struct{}, error) {
		return done(s.house.Reset(ctx, c.From, in.Body.Secret, in.Body.Password))
	})
	add(s, operation{
		id: "change-password", method: http.MethodPut, path: "/v1/me/password", tag: "account", access: own,
		summary: "Choose a new password", doc: "Every other session ends.",
	}, func(ctx context.Context, c caller, in *struct{ Body PasswordChange }) (*struct{}, error) {
		return s.ended(c, s.house.ChangePassword(ctx, c.In, c.From, in.Body.Current, in.Body.Password))
	})
	add(s, operation{
		id: "measure-password", method: http.MethodPost, path: "/v1/passwords/measure", tag: "people", access: anybody,
		summary: "How strong a password is", doc: "Nothing of it is kept or written to a log.",
	}, func(_ context.Context, _ caller, in *struct{ Body Candidate }) (*struct{ Body Strength }, error) {
		b := in.Body
		m := s.house.MeasurePassword(b.Password, password.About{Email: b.Email, Name: b.Name, Company: b.Company})
		return &struct{ Body Strength }{Strength{Score: m.Score, Weak: texts(m.Weak), Classes: texts(m.Classes)}}, nil
	})
	add(s, operation{
		id: "suggest-password", method: http.MethodGet, path: "/v1/passwords/suggestion", tag: "people", access: anybody, summary: "A password that nobody can guess",
	}, func(_ context.Context, c caller, _ *nothing) (*struct{ Body Suggestion }, error) {
		pw, err := s.house.SuggestPassword(password.About{Email: c.In.Person.Email, Name: c.In.Person.Name})
		if err != nil {
			return nil, err
		}
		return &struct{ Body Suggestion }{Suggestion{pw}}, nil
	})
	add(s, operation{
		id: "get-password-rules", method: http.MethodGet, path: "/v1/passwords/rules", tag: "people", access: anybody, summary: "The rules for passwords in force",
	}, func(ctx context.Context, _ caller, _ *nothing) (*struct{ Body PasswordRules }, error) {
		r, err := s.house.PasswordRules(ctx)
		if err != nil {
			return nil, err
		}
		return &struct{ Body PasswordRules }{PasswordRules{
			Profile: string(r.Profile), LengthMin: r.LengthMin, LengthMinWithFactor: r.LengthMinWithFactor, BytesMax: r.BytesMax, ReviewDays: r.ReviewDays,
			StaffReviewDays: r.StaffReviewDays, AgeDaysMax: r.AgeDaysMax, History: r.History, Classes: texts(r.Classes),
		}}, nil
	})
}
