package api

import (
	"context"
	"net/http"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/account"
)

// Factor is a passkey or an authenticator app.
type Factor struct {
	ID      string `json:"id" example:"0198c0de-7a3c-7cc0-8000-00000000000e"`
	Kind    string `json:"kind" enum:"passkey,totp" example:"passkey"`
	Label   string `json:"label" example:"My phone"`
	AddedAt string `json:"added_at" format:"date-time" example:"2027-03-01T12:00:00.000000Z"`
	UsedAt  string `json:"used_at,omitempty" format:"date-time" example:"2027-03-05T12:00:00.000000Z"`
}

// Factors are the second factors of an account.
type Factors struct {
	Items        []Factor `json:"items"`
	RecoveryLeft int      `json:"recovery_left" doc:"Recovery codes that are not used" example:"10"`
	BlockedUntil string   `json:"blocked_until,omitempty" format:"date-time" doc:"Until then codes are not looked at, because of wrong ones; passkeys are" example:"2027-03-05T12:01:00.000000Z"`
}

// TOTPOffer is a secret for an authenticator app. It counts once a code is given.
type TOTPOffer struct {
	Ticket string `json:"ticket" example:"c2VjcmV0"`
	Secret string `json:"secret" doc:"base32" example:"JBSWY3DPEHPK3PXP"`
	URI    string `json:"uri" doc:"What a QR code holds" example:"otpauth://totp/Fondaco:anna@acme.example?secret=JBSWY3DPEHPK3PXP"`
}

// Proof proves that it is you, with a factor that is there already.
type Proof struct {
	Kind     string    `json:"kind" enum:"passkey,totp,recovery" example:"totp"`
	Code     string    `json:"code" required:"false" example:"123456"`
	Ticket   string    `json:"ticket" required:"false" doc:"Of POST /v1/me/proofs/passkey" example:"c2VjcmV0"`
	Response anyObject `json:"response" required:"false" doc:"The authenticator's answer"`
}

func (p *Proof) house() assurance.Proof {
	if p == nil {
		return assurance.Proof{}
	}
	return assurance.Proof{Kind: account.FactorKind(p.Kind), Code: p.Code, Ticket: p.Ticket, Response: p.Response}
}

// NewTOTP keeps an offered secret.
type NewTOTP struct {
	Ticket string `json:"ticket" example:"c2VjcmV0"`
	Code   string `json:"code" doc:"Made with the offered secret" example:"123456"`
	Label  string `json:"label" example:"My phone"`
	Proof  *Proof `json:"proof" required:"false" doc:"Needed where there is a factor already"`
}

// NewPasskey keeps a passkey.
type NewPasskey struct {
	Ticket   string    `json:"ticket" example:"c2VjcmV0"`
	Response anyObject `json:"response" doc:"What navigator.credentials.create answered, as JSON"`
	Label    string    `json:"label" required:"false" doc:"A guess if left out" example:"My laptop"`
	Proof    *Proof    `json:"proof" required:"false" doc:"Needed where there is a factor already"`
}

// Label is what something is called.
type Label struct {
	Label string `json:"label" example:"My old phone"`
}

// Proved is a proof alone.
type Proved struct {
	Proof Proof `json:"proof"`
}

// RecoveryCodes are told once.
type RecoveryCodes struct {
	Codes []string `json:"codes" doc:"Each is good once"`
}

// ByFactor is the id of a factor in a path.
type ByFactor struct {
	Factor string `path:"factor" maxLength:"900" example:"0198c0de-7a3c-7cc0-8000-00000000000e"`
}

// houseName is what authenticator apps show beside the codes.
const houseName = "Fondaco"

func factorsOf(a account.State) Factors {
	out := Factors{Items: []Factor{}, RecoveryLeft: a.RecoveryLeft, BlockedUntil: stamp(a.FactorBlockedUntil())}
	for _, f := range a.Factors {
		out.Items = append(out.Items, Factor{ID: f.ID, Kind: string(f.Kind), Label: f.Label, AddedAt: stamp(f.AddedAt), UsedAt: stamp(f.UsedAt)})
	}
	return out
}

// factorsAnswer lists the factors as they stand after err-free changes.
func (s *server) factorsAnswer(ctx context.Context, c caller, err error) (*struct{ Body Factors }, error) {
	if err != nil {
		return nil, err
	}
	a, err := s.house.Account(ctx, c.In)
	if err != nil {
		return nil, err
	}
	return &struct{ Body Factors }{factorsOf(a)}, nil
}

func (s *server) factors() {
	add(s, operation{
		id: "list-factors", method: http.MethodGet, path: "/v1/me/factors", tag: "account", access: own, summary: "Your second factors",
	}, func(ctx context.Context, c caller, _ *nothing) (*struct{ Body Factors }, error) {
		return s.factorsAnswer(ctx, c, nil)
	})
	add(s, operation{
		id: "offer-totp", method: http.MethodPost, path: "/v1/me/factors/totp", tag: "account", access: own, summary: "A secret for an authenticator app",
	}, func(ctx context.Context, c caller, _ *nothing) (*struct{ Body TOTPOffer }, error) {
		o, err := s.house.OfferTOTP(ctx, c.In, houseName)
		if err != nil {
			return nil, err
		}
		return &struct{ Body TOTPOffer }{TOTPOffer(o)}, nil
	})
	add(s, operation{
		id: "add-totp", method: http.MethodPost, path: "/v1/me/factors/totp/confirm", tag: "account", access: own,
		summary: "Keep the offered secret", doc: "A further factor needs a proof by one that is there, so that a stolen token cannot add its own.",
	}, func(ctx context.Context, c caller, in *struct{ Body NewTOTP }) (*struct{ Body Factors }, error) {
		b := in.Body
		return s.factorsAnswer(ctx, c, s.house.AddTOTP(ctx, c.In, c.From, b.Ticket, b.Code, b.Label, b.Proof.house()))
	})
	add(s, operation{
		id: "offer-passkey", method: http.MethodPost, path: "/v1/me/factors/passkey", tag: "account", access: own, summary: "Begin to add a passkey",
	}, func(ctx context.Context, c caller, _ *nothing) (*struct{ Body Challenge }, error) {
		return challenged(s.house.OfferPasskey(ctx, c.In))
	})
	add(s, operation{
		id: "add-passkey", method: http.MethodPost, path: "/v1/me/factors/passkey/confirm", tag: "account", access: own,
		summary: "Keep a passkey", doc: "The user must be verified. A further factor needs a proof by one that is there.",
	}, func(ctx context.Context, c caller, in *struct{ Body NewPasskey }) (*struct{ Body Factors }, error) {
		b := in.Body
		return s.factorsAnswer(ctx, c, s.house.AddPasskey(ctx, c.In, c.From, b.Ticket, b.Response, b.Label, b.Proof.house()))
	})
	s.keptFactors()
}

func (s *server) keptFactors() {
	add(s, operation{
		id: "ask-passkey", method: http.MethodPost, path: "/v1/me/proofs/passkey", tag: "account", access: own, summary: "Begin a proof by passkey",
	}, func(ctx context.Context, c caller, _ *nothing) (*struct{ Body Challenge }, error) {
		return challenged(s.house.AskPasskey(ctx, c.In))
	})
	add(s, operation{
		id: "rename-factor", method: http.MethodPut, path: "/v1/me/factors/{factor}", tag: "account", access: own, summary: "Call a factor otherwise",
	}, func(ctx context.Context, c caller, in *struct {
		ByFactor
		Body Label
	},
	) (*struct{ Body Factors }, error) {
		return s.factorsAnswer(ctx, c, s.house.RenameFactor(ctx, c.In, c.From, in.Factor, in.Body.Label))
	})
	add(s, operation{
		id: "remove-factor", method: http.MethodPost, path: "/v1/me/factors/{factor}/remove", tag: "account", access: own,
		summary: "Take a factor away", doc: "Whoever must have one keeps the last.",
	}, func(ctx context.Context, c caller, in *struct {
		ByFactor
		Body Proved
	},
	) (*struct{ Body Factors }, error) {
		return s.factorsAnswer(ctx, c, s.house.RemoveFactor(ctx, c.In, c.From, in.Factor, in.Body.Proof.house()))
	})
	add(s, operation{
		id: "issue-recovery-codes", method: http.MethodPost, path: "/v1/me/recovery-codes", tag: "account", access: own, status: http.StatusCreated,
		summary: "Ten recovery codes; those of before are void",
	}, func(ctx context.Context, c caller, in *struct{ Body Proved }) (*struct{ Body RecoveryCodes }, error) {
		codes, err := s.house.IssueRecovery(ctx, c.In, c.From, in.Body.Proof.house())
		if err != nil {
			return nil, err
		}
		return &struct{ Body RecoveryCodes }{RecoveryCodes{codes}}, nil
	})
}
