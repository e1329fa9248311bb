package api

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/account"
	"fondaco/internal/trade/control"
)

// AskApproval names the request that an approval is wanted for, as it will be sent.
type AskApproval struct {
	Operation string            `json:"operation" doc:"The operationId of an operation that takes an Approval" example:"accept"`
	Path      map[string]string `json:"path" required:"false" doc:"Each parameter of the operation's path"`
	Body      anyObject         `json:"body" required:"false"`
}

// Approval is what a person is asked to sign, who has, and what came of it. Intent,
// hash and consents are all that somebody needs who verifies a signature later: the
// SHA-256 of intent is hash, and hash is the challenge of each assertion.
type Approval struct {
	ID        string    `json:"id" example:"0198c0de-7a3c-7cc0-8000-00000000000b"`
	Stage     string    `json:"stage" enum:"asked,approved,used,void,declined" example:"asked"`
	Why       string    `json:"why,omitempty" doc:"Of void and declined" example:"cancelled"`
	Action    string    `json:"action" example:"release"`
	Subject   string    `json:"subject" example:"deal:0198c0de-7a3c-7cc0-8000-000000000002"`
	Amount    *Amount   `json:"amount,omitempty"`
	Payee     string    `json:"payee,omitempty" example:"Ningbo Pumps Ltd, CN (0198c0de-7a3c-7cc0-8000-000000000005)"`
	Details   []Detail  `json:"details"`
	Intent    string    `json:"intent" doc:"All of it as it is signed: canonical JSON (RFC 8785)"`
	Hash      string    `json:"hash" doc:"SHA-256 of intent, in hexadecimal" example:"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"`
	Needed    int       `json:"needed" doc:"Persons who must agree" example:"1"`
	Alone     bool      `json:"alone" doc:"Nobody else of the company could, so the treasury may be the second"`
	Asker     string    `json:"asker" doc:"Person" example:"0198c0de-7a3c-7cc0-8000-000000000003"`
	Consents  []Consent `json:"consents"`
	AskedAt   string    `json:"asked_at" format:"date-time" example:"2027-05-06T12:00:00.000000Z"`
	ExpiresAt string    `json:"expires_at" format:"date-time" example:"2027-05-06T12:10:00.000000Z"`
	EndedAt   string    `json:"ended_at,omitempty" format:"date-time" example:"2027-05-06T12:02:00.000000Z"`
	Ways      []string  `json:"ways,omitempty" doc:"How you can agree: passkey, totp, recovery"`
	Passkey   script    `json:"passkey,omitempty" doc:"Options for navigator.credentials.get, whose challenge is hash"`
}

// Detail is one more thing that is signed.
type Detail struct {
	Name  string `json:"name" example:"act"`
	Value string `json:"value" example:"accept"`
}

// Consent is one person's yes.
type Consent struct {
	Person    string     `json:"person" example:"0198c0de-7a3c-7cc0-8000-000000000003"`
	Name      string     `json:"name" example:"Anna Keller"`
	Method    string     `json:"method" enum:"passkey,totp,code" example:"passkey"`
	Hash      string     `json:"hash" doc:"What was agreed to"`
	At        string     `json:"at" format:"date-time" example:"2027-05-06T12:01:00.000000Z"`
	Assertion *Assertion `json:"assertion,omitempty" doc:"Of a passkey"`
}

// Assertion is a passkey's signature with what verifies it (WebAuthn Level 3), in
// base64url without padding.
type Assertion struct {
	CredentialID      string `json:"credential_id"`
	ClientDataJSON    string `json:"client_data_json"`
	AuthenticatorData string `json:"authenticator_data"`
	Signature         string `json:"signature"`
	PublicKey         string `json:"public_key" doc:"SubjectPublicKeyInfo, DER"`
	Algorithm         int64  `json:"algorithm" doc:"COSE" example:"-7"`
	RPID              string `json:"rp_id" example:"fondaco.example"`
	Origin            string `json:"origin" example:"https://fondaco.example"`
}

// Approvals is a page of approvals, newest first.
type Approvals struct {
	Items []Approval `json:"items"`
	Next  string     `json:"next,omitempty" doc:"The value of before for the next page"`
}

// Agreement is how somebody agrees.
type Agreement struct {
	Kind     string    `json:"kind" enum:"passkey,totp,recovery" example:"totp"`
	Code     string    `json:"code" required:"false" example:"123456"`
	Response anyObject `json:"response" required:"false" doc:"The authenticator's answer to the approval's passkey options"`
}

// asking is what a request would need an approval for.
type asking struct {
	deed assurance.Deed
	err  error
}

var errAsked = errors.New("only asked")

// noted ends a request that only asks for an approval, and notes the deed. Each
// operation that may need one calls it before it does anything.
func noted(ctx context.Context, d assurance.Deed) error {
	a := visitOf(ctx).asking
	if a == nil {
		return nil
	}
	a.deed = d
	return errAsked
}

func approvalOf(a control.Approval) (Approval, error) {
	i := a.Intent
	text, err := i.Canonical()
	if err != nil {
		return Approval{}, err
	}
	out := Approval{
		ID: a.ID, Stage: string(a.Stage), Why: a.Why, Action: string(i.Action), Subject: i.Subject, Payee: i.Payee, Details: []Detail{}, Intent: string(text),
		Hash: a.Hash.String(), Needed: a.Needed, Alone: a.Alone, Asker: string(i.Person), Consents: []Consent{}, AskedAt: stamp(a.AskedAt),
		ExpiresAt: stamp(i.Expires), EndedAt: stamp(a.EndedAt),
	}
	if i.Currency != "" {
		out.Amount = &Amount{Amount: i.Amount, Currency: i.Currency}
	}
	for _, d := range i.Details {
		out.Details = append(out.Details, Detail(d))
	}
	for _, c := range a.Consents {
		out.Consents = append(out.Consents, consentOf(c))
	}
	return out, nil
}

func consentOf(c control.Consent) Consent {
	out := Consent{Person: string(c.Person), Name: c.Name, Method: c.Method, Hash: c.Hash.String(), At: stamp(c.At)}
	if a := c.Assertion; a != nil {
		text := base64.RawURLEncoding.EncodeToString
		out.Assertion = &Assertion{
			CredentialID: text(a.CredentialID), ClientDataJSON: text(a.ClientDataJSON), AuthenticatorData: text(a.AuthenticatorData),
			Signature: text(a.Signature), PublicKey: text(a.PublicKey), Algorithm: a.Algorithm, RPID: a.RPID, Origin: a.Origin,
		}
	}
	return out
}

type approvalAnswer struct{ Body Approval }

func asked(a assurance.Asked, err error) (*approvalAnswer, error) {
	if err != nil {
		return nil, err
	}
	out, err := approvalOf(a.Approval)
	if err != nil {
		return nil, err
	}
	if a.Approval.Stage == control.Asked {
		out.Ways, out.Passkey = texts(a.Ways), a.Passkey
	}
	return &approvalAnswer{out}, nil
}

func (s *server) approvals() {
	add(s, operation{
		id: "ask-approval", method: http.MethodPost, path: "/v1/approvals", tag: "approvals", status: http.StatusCreated,
		summary: "Ask what a request would do, to sign exactly that",
		doc: "Name the request as you will send it. The house works out what it would do as things stand; agree to that with a second factor, then " +
			"send the request with the header Approval. If anything has changed meanwhile, it is refused. 422 control.not_needed means: just send it.",
	}, s.askApproval)
	add(s, operation{
		id: "list-approvals", method: http.MethodGet, path: "/v1/approvals", tag: "approvals", summary: "Approvals of your company, or for staff of the house, newest first",
	}, s.listApprovals)
	add(s, operation{
		id: "get-approval", method: http.MethodGet, path: "/v1/approvals/{id}", tag: "approvals", summary: "One approval, with all that verifies its signatures",
	}, func(ctx context.Context, c caller, in *ByID) (*approvalAnswer, error) {
		return asked(s.house.Approval(ctx, c.In, in.ID))
	})
	add(s, operation{
		id: "agree", method: http.MethodPost, path: "/v1/approvals/{id}/agree", tag: "approvals",
		summary: "Agree, with a second factor", doc: "A passkey signs the approval's hash, and the signature is kept. Whoever asked is the first to agree.",
	}, func(ctx context.Context, c caller, in *struct {
		ByID
		Body Agreement
	},
	) (*approvalAnswer, error) {
		p := assurance.Proof{Kind: account.FactorKind(in.Body.Kind), Code: in.Body.Code, Response: in.Body.Response}
		return asked(s.house.Agree(ctx, c.In, c.From, c.call(), in.ID, p))
	})
	add(s, operation{
		id: "decline-approval", method: http.MethodPost, path: "/v1/approvals/{id}/decline", tag: "approvals", summary: "Say no, for good",
	}, func(ctx context.Context, c caller, in *reasonInput) (*approvalAnswer, error) {
		if err := shortText(in.Body.Reason, reasonMax, "reason"); err != nil {
			return nil, err
		}
		return s.stepped(ctx, c, in.ID, s.house.DeclineApproval(ctx, c.call(), in.ID, in.Body.Reason))
	})
	add(s, operation{
		id: "cancel-approval", method: http.MethodDelete, path: "/v1/approvals/{id}", tag: "approvals", summary: "Take back what you have asked for",
	}, func(ctx context.Context, c caller, in *ByID) (*approvalAnswer, error) {
		return s.stepped(ctx, c, in.ID, s.house.CancelApproval(ctx, c.call(), in.ID))
	})
}

func (s *server) stepped(ctx context.Context, c caller, id string, err error) (*approvalAnswer, error) {
	if err != nil {
		return nil, err
	}
	return asked(s.house.Approval(ctx, c.In, id))
}

// askApproval lets the operation itself read the request, up to where it would
// begin to act.
func (s *server) askApproval(ctx context.Context, c caller, in *struct{ Body AskApproval }) (*approvalAnswer, error) {
	o, ok := s.signable[in.Body.Operation]
	if !ok {
		return nil, fault.New(fault.Invalid, "request.not_signed", "This operation takes no approval.").At("operation")
	}
	a := &asking{}
	r, err := inside(ctx, o, in.Body.Path, in.Body.Body, a)
	if err != nil {
		return nil, err
	}
	w := &kept{header: http.Header{}}
	o.serve(w, r)
	switch {
	case a.deed != nil:
		return asked(s.house.Prepare(ctx, c.In, c.call(), a.deed))
	case a.err != nil:
		return nil, a.err
	}
	// What huma itself refuses is a value of the path.
	return nil, fault.New(fault.Invalid, "request.bad_parameter", "A value in the address or in a header cannot be used.").At("path")
}

func (s *server) listApprovals(ctx context.Context, c caller, in *struct {
	Before  string `query:"before" maxLength:"64" doc:"Cursor: next of the page before"`
	Limit   int    `query:"limit" minimum:"1" maximum:"200" doc:"50 unless asked" example:"20"`
	Stage   string `query:"stage" enum:"asked,approved,used,void,declined"`
	Subject string `query:"subject" maxLength:"200" example:"deal:0198c0de-7a3c-7cc0-8000-000000000002"`
},
) (*struct{ Body Approvals }, error) {
	rows, err := s.house.Approvals(ctx, c.By, assurance.ApprovalQuery{Subject: in.Subject, Stage: in.Stage, Before: in.Before, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	page := Approvals{Items: []Approval{}, Next: next(rows, in.Limit, func(a control.Approval) string { return a.ID })}
	for _, a := range rows {
		one, err := approvalOf(a)
		if err != nil {
			return nil, err
		}
		page.Items = append(page.Items, one)
	}
	return &struct{ Body Approvals }{page}, nil
}
