package api

import (
	"context"
	"net/http"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/password"
)

// Appointment invites somebody into an office of the house.
type Appointment struct {
	Email  string `json:"email" example:"mia@house.example"`
	Office string `json:"office" enum:"administrator,mediator,compliance,treasury,auditor" example:"mediator"`
}

// ProfileChoice is which rules for passwords are in force.
type ProfileChoice struct {
	Profile string `json:"profile" enum:"assurance,prescriptive" example:"prescriptive"`
}

func (s *server) staff() {
	add(s, operation{
		id: "list-staff", method: http.MethodGet, path: "/v1/staff", tag: "staff", summary: "The people of the house, for its own people",
	}, func(ctx context.Context, c caller, _ *nothing) (*struct{ Body People }, error) {
		all, err := s.house.StaffMembers(ctx, c.By)
		if err != nil {
			return nil, err
		}
		return peopleOf(all), nil
	})
	add(s, operation{
		id: "appoint", method: http.MethodPost, path: "/v1/staff", tag: "staff", status: http.StatusCreated, write: true, signed: true,
		summary: "Invite somebody into an office (office: administrator)", doc: "Needs the approval of two administrators.",
	}, func(ctx context.Context, c caller, in *struct{ Body Appointment }) (*receiptAnswer, error) {
		folded, err := identity.FoldEmail(in.Body.Email)
		if err != nil {
			return nil, fault.Of(err).At("email")
		}
		office := identity.Office(in.Body.Office)
		if err := noted(ctx, assurance.StaffDeed{Email: folded, Office: office}); err != nil {
			return nil, err
		}
		return receiptOf(s.house.Appoint(ctx, c.call(), in.Body.Email, office))
	})
	add(s, operation{
		id: "dismiss", method: http.MethodDelete, path: "/v1/staff/{id}", tag: "staff", write: true, signed: true,
		summary: "Take an office away (office: administrator)", doc: "Needs the approval of two administrators. What the person holds ends at once.",
	}, func(ctx context.Context, c caller, in *ByID) (*receiptAnswer, error) {
		person := identity.PersonID(in.ID)
		if err := noted(ctx, assurance.StaffDeed{Dismiss: person}); err != nil {
			return nil, err
		}
		r, err := receiptOf(s.house.Dismiss(ctx, c.call(), person))
		s.known.forget(person)
		return r, err
	})
	add(s, operation{
		id: "set-password-profile", method: http.MethodPut, path: "/v1/house/password-profile", tag: "staff", write: true, signed: true,
		summary: "Put other rules for passwords in force (office: administrator)", doc: "Needs the approval of two administrators.",
	}, func(ctx context.Context, c caller, in *struct{ Body ProfileChoice }) (*receiptAnswer, error) {
		chosen := password.Profile(in.Body.Profile)
		if err := noted(ctx, assurance.ProfileDeed{Profile: chosen}); err != nil {
			return nil, err
		}
		return receiptOf(s.house.SetPasswordProfile(ctx, c.call(), chosen))
	})
	s.cases()
}

// cases registers what those do who look into accounts.
func (s *server) cases() {
	add(s, operation{
		id: "reinstate", method: http.MethodPost, path: "/v1/people/{id}/reinstate", tag: "staff", write: true,
		summary: "Close a case of \"this was not me\" (offices: administrator, compliance)", doc: "The owner then chooses a new password by mail, and payouts go on.",
	}, func(ctx context.Context, c caller, in *struct {
		ByID
		Body Reinstatement
	},
	) (*receiptAnswer, error) {
		if err := shortText(in.Body.Reason, reasonMax, "reason"); err != nil {
			return nil, err
		}
		return receiptOf(s.house.Reinstate(ctx, c.call(), identity.PersonID(in.ID), in.Body.Reason))
	})
	add(s, operation{
		id: "end-sessions-of-person", method: http.MethodPost, path: "/v1/people/{id}/sessions/end", tag: "staff", write: true,
		summary: "End every session of a person (offices: administrator, compliance)", doc: "Who did it and why stands in the person's activity log.",
	}, func(ctx context.Context, c caller, in *struct {
		ByID
		Body Reinstatement
	},
	) (*receiptAnswer, error) {
		if err := shortText(in.Body.Reason, reasonMax, "reason"); err != nil {
			return nil, err
		}
		r, err := s.house.EndSessionsOf(ctx, c.call(), identity.PersonID(in.ID), in.Body.Reason)
		if err == nil {
			s.known.forget(identity.PersonID(in.ID))
		}
		return receiptOf(r, err)
	})
}
