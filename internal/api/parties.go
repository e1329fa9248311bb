package api

import (
	"context"
	"net/http"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/identity"
)

// Party is a company as the house knows it.
type Party struct {
	ID           string `json:"id" example:"0198c0de-7a3c-7cc0-8000-000000000004"`
	LegalName    string `json:"legal_name" example:"Acme GmbH"`
	Country      string `json:"country" doc:"ISO 3166-1 alpha-2" example:"DE"`
	Registration string `json:"registration" example:"HRB 12345"`
	Address      string `json:"address" example:"Hafenstrasse 1, 20457 Hamburg"`
	RegisteredAt string `json:"registered_at" format:"date-time" example:"2027-01-02T12:00:00.000000Z"`
}

func partyOf(r assurance.PartyRow) Party {
	return Party{
		ID: string(r.ID), LegalName: r.LegalName, Country: r.Country, Registration: r.Registration, Address: r.Address, RegisteredAt: stamp(r.RegisteredAt),
	}
}

// Parties is a page of companies.
type Parties struct {
	Items []Party `json:"items"`
	Next  string  `json:"next,omitempty" doc:"The value of after for the next page" example:"0198c0de-7a3c-7cc0-8000-000000000004"`
}

type partiesQuery struct {
	Search string `query:"search" maxLength:"200" doc:"Part of the legal name" example:"acme"`
	After  string `query:"after" maxLength:"64" doc:"Cursor: next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" doc:"50 unless asked" example:"20"`
}

// ByID is the id in a path.
type ByID struct {
	ID string `path:"id" maxLength:"64" example:"0198c0de-7a3c-7cc0-8000-000000000002"`
}

func (s *server) parties() {
	add(s, operation{
		id: "list-parties", method: http.MethodGet, path: "/v1/parties", tag: "parties", scope: identity.ToSearch, summary: "Search companies, in order of id",
	}, func(ctx context.Context, c caller, in *partiesQuery) (*struct{ Body Parties }, error) {
		rows, err := s.house.Parties(ctx, c.By, assurance.PartyQuery{Search: in.Search, After: identity.PartyID(in.After), Limit: in.Limit})
		if err != nil {
			return nil, err
		}
		page := Parties{Items: []Party{}, Next: next(rows, in.Limit, func(r assurance.PartyRow) string { return string(r.ID) })}
		for _, r := range rows {
			page.Items = append(page.Items, partyOf(r))
		}
		return &struct{ Body Parties }{page}, nil
	})
	add(s, operation{
		id: "get-party", method: http.MethodGet, path: "/v1/parties/{id}", tag: "parties", scope: identity.ToSearch, summary: "A company's public file",
	}, func(ctx context.Context, c caller, in *ByID) (*struct{ Body Party }, error) {
		if err := identity.Permit(c.By, identity.ToSearch); err != nil {
			return nil, err
		}
		r, err := s.house.Party(ctx, identity.PartyID(in.ID))
		if err != nil {
			return nil, err
		}
		return &struct{ Body Party }{partyOf(r)}, nil
	})
}
