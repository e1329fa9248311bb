package api

import (
	"context"
	"net/http"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
)

// Organisation is a company with what its own people and staff may know of it.
type Organisation struct {
	Party           Party        `json:"party"`
	Version         int64        `json:"version" example:"4"`
	Standing        string       `json:"standing" enum:"unverified,submitted,verified,more_needed,refused,expired" example:"verified"`
	Reasons         string       `json:"reasons,omitempty" doc:"Of the last review" example:"The extract is older than three months."`
	ReviewedAt      string       `json:"reviewed_at,omitempty" format:"date-time" example:"2027-03-02T12:00:00.000000Z"`
	VerifiedUntil   string       `json:"verified_until,omitempty" format:"date-time" example:"2028-03-02T12:00:00.000000Z"`
	Submissions     int          `json:"submissions" doc:"How many times a profile was handed in" example:"1"`
	Profile         Profile      `json:"profile"`
	Members         []Membership `json:"members"`
	Invitations     []Invitation `json:"invitations" doc:"Neither taken nor called off"`
	TwoPersons      []Amount     `json:"two_persons" doc:"From these amounts on, money moves only with two persons"`
	PayoutHoldHours int          `json:"payout_hold_hours" doc:"How long a new payout account waits; 0 for the house's rule" example:"72"`
	PayoutsFrozen   string       `json:"payouts_frozen,omitempty" doc:"Why no money leaves" example:"disowned"`
	SignOn          *SignOn      `json:"sign_on,omitempty" doc:"The company's own identity provider"`
}

// Membership is one person's place in a company.
type Membership struct {
	Person string `json:"person" example:"0198c0de-7a3c-7cc0-8000-000000000003"`
	Role   string `json:"role" enum:"owner,trader,finance,viewer" example:"finance"`
	Since  string `json:"since" format:"date-time" example:"2027-03-01T12:00:00.000000Z"`
}

// Invitation is an open place.
type Invitation struct {
	ID        string `json:"id" example:"0198c0de-7a3c-7cc0-8000-000000000010"`
	Role      string `json:"role" enum:"owner,trader,finance,viewer" example:"finance"`
	By        string `json:"by" doc:"Person" example:"0198c0de-7a3c-7cc0-8000-000000000003"`
	At        string `json:"at" format:"date-time" example:"2027-03-01T12:00:00.000000Z"`
	ExpiresAt string `json:"expires_at" format:"date-time" example:"2027-03-08T12:00:00.000000Z"`
}

// People are some persons.
type People struct {
	Items []Person `json:"items"`
}

// NewInvitation invites whoever holds a mailbox.
type NewInvitation struct {
	Email string `json:"email" example:"ben@acme.example"`
	Role  string `json:"role" enum:"owner,trader,finance,viewer" example:"finance"`
}

// RoleChoice is another role for a member.
type RoleChoice struct {
	Role string `json:"role" enum:"owner,trader,finance,viewer" example:"finance"`
}

// InvitationShown is what the holder of an invitation's link may know.
type InvitationShown struct {
	Company string `json:"company,omitempty" example:"Acme GmbH"`
	Role    string `json:"role,omitempty" example:"finance"`
	Office  string `json:"office,omitempty" doc:"Of the house, where there is no company" example:"mediator"`
	Email   string `json:"email" example:"ben@acme.example"`
	Known   bool   `json:"known" doc:"The address has an account, which joins; no name and no password are asked for"`
}

// Joining takes an invitation.
type Joining struct {
	Secret   string `json:"secret" doc:"The last part of the link in the mail" example:"c2VjcmV0"`
	Name     string `json:"name" required:"false" example:"Ben Weiss"`
	Password string `json:"password" required:"false" example:"a phrase that only you know"`
	Language string `json:"language" required:"false" doc:"en or zh" example:"en"`
}

// TwoPersonsRule replaces from which amounts on two persons are needed.
type TwoPersonsRule struct {
	Limits []Amount `json:"limits" doc:"At most one for each currency; none lifts the rule"`
}

// SignOn is a company's own identity provider (OpenID Connect).
type SignOn struct {
	Issuer   string `json:"issuer" example:"https://login.acme.example"`
	ClientID string `json:"client_id" doc:"How it knows the house" example:"fondaco"`
}

// NewSignOn names the provider; an empty issuer ends it.
type NewSignOn struct {
	Issuer       string `json:"issuer" example:"https://login.acme.example"`
	ClientID     string `json:"client_id" required:"false" example:"fondaco"`
	ClientSecret string `json:"client_secret" required:"false" doc:"Kept sealed, and never shown"`
}

// HoldRule replaces how long a new payout account waits.
type HoldRule struct {
	Hours int `json:"hours" doc:"72 to 720; 0 for the house's rule" example:"96"`
}

type organisationAnswer struct{ Body Organisation }

func organisationOf(o identity.Organisation) Organisation {
	out := Organisation{
		Party: Party{
			ID: string(o.Party.ID), LegalName: o.Party.LegalName, Country: o.Party.Country, Registration: o.Party.Registration, Address: o.Party.Address,
			RegisteredAt: stamp(o.RegisteredAt),
		},
		Version: o.Version, Standing: string(o.Standing), Reasons: o.Reasons, ReviewedAt: stamp(o.ReviewedAt), VerifiedUntil: stamp(o.VerifiedUntil),
		Submissions: o.Submissions, Profile: profileOf(o.Profile), Members: []Membership{}, Invitations: []Invitation{}, TwoPersons: amountsOf(o.TwoPersons),
		PayoutHoldHours: o.PayoutHoldHours, PayoutsFrozen: o.PayoutsFrozen,
	}
	if o.SignOn.Issuer != "" {
		out.SignOn = &SignOn{Issuer: o.SignOn.Issuer, ClientID: o.SignOn.Client}
	}
	for _, m := range o.Members {
		out.Members = append(out.Members, Membership{Person: string(m.Person), Role: string(m.Role), Since: stamp(m.Since)})
	}
	for _, i := range o.Invitations {
		out.Invitations = append(out.Invitations, Invitation{ID: i.ID, Role: string(i.Role), By: string(i.By), At: stamp(i.At), ExpiresAt: stamp(i.Expires)})
	}
	return out
}

func (s *server) organisation(ctx context.Context, c caller, id identity.PartyID) (*organisationAnswer, error) {
	o, err := s.house.Organisation(ctx, c.By, id)
	if err != nil {
		return nil, err
	}
	return &organisationAnswer{organisationOf(o)}, nil
}

func (s *server) members(ctx context.Context, c caller, id identity.PartyID) (*struct{ Body People }, error) {
	all, err := s.house.Members(ctx, c.By, id)
	if err != nil {
		return nil, err
	}
	return peopleOf(all), nil
}

func peopleOf(all []assurance.Person) *struct{ Body People } {
	out := People{Items: []Person{}}
	for _, p := range all {
		out.Items = append(out.Items, personOf(p))
	}
	return &struct{ Body People }{out}
}

func (s *server) company() {
	add(s, operation{
		id: "get-company", method: http.MethodGet, path: "/v1/company", tag: "company", summary: "Your company, with its people and rules",
	}, func(ctx context.Context, c caller, _ *nothing) (*organisationAnswer, error) {
		if c.By.Party == "" {
			return nil, noCompany()
		}
		return s.organisation(ctx, c, c.By.Party)
	})
	add(s, operation{
		id: "get-organisation", method: http.MethodGet, path: "/v1/parties/{id}/organisation", tag: "company", summary: "The same of any company, for staff",
	}, func(ctx context.Context, c caller, in *ByID) (*organisationAnswer, error) {
		return s.organisation(ctx, c, identity.PartyID(in.ID))
	})
	add(s, operation{
		id: "list-members", method: http.MethodGet, path: "/v1/company/members", tag: "company", summary: "The people of your company",
	}, func(ctx context.Context, c caller, _ *nothing) (*struct{ Body People }, error) {
		if c.By.Party == "" {
			return nil, noCompany()
		}
		return s.members(ctx, c, c.By.Party)
	})
	add(s, operation{
		id: "invite", method: http.MethodPost, path: "/v1/company/invitations", tag: "company", status: http.StatusCreated, write: true, signed: true,
		summary: "Invite somebody into your company (role: owner)", doc: "Needs an approval. A mail brings the link; it is good for seven days.",
	}, s.invite)
	add(s, operation{
		id: "call-off-invitation", method: http.MethodDelete, path: "/v1/company/invitations/{id}", tag: "company", write: true, summary: "Take an invitation back (role: owner)",
	}, func(ctx context.Context, c caller, in *ByID) (*receiptAnswer, error) {
		return receiptOf(s.house.CallOff(ctx, c.call(), in.ID))
	})
	add(s, operation{
		id: "read-invitation", method: http.MethodPost, path: "/v1/invitations/read", tag: "people", access: anybody, summary: "What an invitation is to, for whoever holds its link",
	}, func(ctx context.Context, _ caller, in *secretInput) (*struct{ Body InvitationShown }, error) {
		i, err := s.house.ReadInvitation(ctx, in.Body.Secret)
		if err != nil {
			return nil, err
		}
		return &struct{ Body InvitationShown }{InvitationShown{Company: i.Company, Role: string(i.Role), Office: string(i.Office), Email: i.Email, Known: i.Known}}, nil
	})
	add(s, operation{
		id: "accept-invitation", method: http.MethodPost, path: "/v1/invitations/accept", tag: "people", access: anybody, status: http.StatusCreated, answers: entrances(),
		summary: "Take the place that an invitation keeps, and sign in",
	}, func(ctx context.Context, c caller, in *struct{ Body Joining }) (*entranceAnswer, error) {
		b := in.Body
		c = c.named()
		e, err := s.house.Accept(ctx, c.From, assurance.ProgramSession, b.Secret, assurance.SignUp{Name: b.Name, Password: b.Password, Language: b.Language})
		return entered(c, e, err)
	})
	s.memberships()
	s.companyRules()
}

func (s *server) invite(ctx context.Context, c caller, in *struct{ Body NewInvitation }) (*receiptAnswer, error) {
	folded, err := identity.FoldEmail(in.Body.Email)
	if err != nil {
		return nil, fault.Of(err).At("email")
	}
	role := identity.Role(in.Body.Role)
	if err := noted(ctx, assurance.RoleDeed{Email: folded, Role: role}); err != nil {
		return nil, err
	}
	return receiptOf(s.house.Invite(ctx, c.call(), in.Body.Email, role))
}

func (s *server) memberships() {
	add(s, operation{
		id: "grant-role", method: http.MethodPost, path: "/v1/company/members/{id}/role", tag: "company", write: true, signed: true,
		summary: "Give a member another role (role: owner)", doc: "Needs an approval.",
	}, func(ctx context.Context, c caller, in *struct {
		ByID
		Body RoleChoice
	},
	) (*receiptAnswer, error) {
		person, role := identity.PersonID(in.ID), identity.Role(in.Body.Role)
		if err := noted(ctx, assurance.RoleDeed{Person: person, Role: role}); err != nil {
			return nil, err
		}
		return receiptOf(s.house.Grant(ctx, c.call(), person, role))
	})
	add(s, operation{
		id: "remove-member", method: http.MethodDelete, path: "/v1/company/members/{id}", tag: "company", write: true,
		summary: "End a membership (role: owner)", doc: "The person's sessions, keys and links end with it, within five seconds everywhere.",
	}, func(ctx context.Context, c caller, in *ByID) (*receiptAnswer, error) {
		r, err := receiptOf(s.house.RemoveMember(ctx, c.call(), identity.PersonID(in.ID)))
		s.known.forget(identity.PersonID(in.ID))
		return r, err
	})
	add(s, operation{
		id: "leave-company", method: http.MethodPost, path: "/v1/company/leave", tag: "company", write: true,
		summary: "End your own membership", doc: "A company keeps an owner.",
	}, func(ctx context.Context, c caller, _ *nothing) (*receiptAnswer, error) {
		r, err := receiptOf(s.house.Leave(ctx, c.call()))
		s.known.forget(c.In.Person.ID)
		return r, err
	})
}

func (s *server) companyRules() {
	add(s, operation{
		id: "set-two-persons", method: http.MethodPut, path: "/v1/company/two-persons", tag: "company", write: true, signed: true,
		summary: "From which amounts on two persons must agree (role: owner)", doc: "Needs an approval; by two persons where the rule is there already.",
	}, func(ctx context.Context, c caller, in *struct{ Body TwoPersonsRule }) (*receiptAnswer, error) {
		limits, err := amounts(in.Body.Limits, "limits")
		if err != nil {
			return nil, err
		}
		rule := identity.SetTwoPersons{Limits: limits}
		if err := noted(ctx, assurance.RulesDeed{TwoPersons: &rule}); err != nil {
			return nil, err
		}
		return receiptOf(s.house.SetTwoPersons(ctx, c.call(), rule))
	})
	add(s, operation{
		id: "set-payout-hold", method: http.MethodPut, path: "/v1/company/payout-hold", tag: "company", write: true, signed: true,
		summary: "How long a new payout account waits (role: owner)", doc: "Needs an approval.",
	}, func(ctx context.Context, c caller, in *struct{ Body HoldRule }) (*receiptAnswer, error) {
		rule := identity.SetPayoutHold{Hours: in.Body.Hours}
		if err := noted(ctx, assurance.RulesDeed{PayoutHold: &rule}); err != nil {
			return nil, err
		}
		return receiptOf(s.house.SetPayoutHold(ctx, c.call(), rule))
	})
	add(s, operation{
		id: "set-sign-on", method: http.MethodPut, path: "/v1/company/sign-on", tag: "company", write: true, signed: true,
		summary: "Name your company's own identity provider (role: owner)",
		doc:     "Needs an approval. The provider must answer before it is taken. Its people sign in on the pages; a program uses a key.",
	}, func(ctx context.Context, c caller, in *struct{ Body NewSignOn }) (*receiptAnswer, error) {
		deed := assurance.SSODeed{Issuer: in.Body.Issuer, ID: in.Body.ClientID, Secret: in.Body.ClientSecret}
		if err := noted(ctx, deed); err != nil {
			return nil, err
		}
		return receiptOf(s.house.SetSSO(ctx, c.call(), deed))
	})
}
