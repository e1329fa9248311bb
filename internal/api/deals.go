package api

import (
	"context"
	"encoding/json"
	"net/http"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
)

// DealSummary is a deal in a list.
type DealSummary struct {
	ID         string `json:"id" example:"0198c0de-7a3c-7cc0-8000-000000000002"`
	Title      string `json:"title" example:"500 water pumps"`
	Buyer      string `json:"buyer" example:"0198c0de-7a3c-7cc0-8000-000000000004"`
	BuyerName  string `json:"buyer_name" example:"Acme GmbH"`
	Seller     string `json:"seller" example:"0198c0de-7a3c-7cc0-8000-000000000005"`
	SellerName string `json:"seller_name" example:"Ningbo Pumps Ltd"`
	Phase      string `json:"phase" example:"funded"`
	Outcome    string `json:"outcome,omitempty" example:"completed"`
	Total      Amount `json:"total"`
	Held       Amount `json:"held"`
	Disputed   Amount `json:"disputed"`
	OpenClaims int    `json:"open_claims" example:"0"`
	Frozen     bool   `json:"frozen"`
	NextAt     string `json:"next_at,omitempty" format:"date-time" doc:"The earliest running clock" example:"2027-05-12T12:00:00.000000Z"`
	Version    int64  `json:"version" example:"7"`
	DraftedAt  string `json:"drafted_at" format:"date-time" example:"2027-03-01T12:00:00.000000Z"`
	UpdatedAt  string `json:"updated_at" format:"date-time" example:"2027-03-05T12:00:00.000000Z"`
}

// Deals is a page of deals, newest first.
type Deals struct {
	Items []DealSummary `json:"items"`
	Next  string        `json:"next,omitempty" doc:"The value of before for the next page" example:"0198c0de-7a3c-7cc0-8000-000000000002"`
}

type dealsQuery struct {
	Before string `query:"before" maxLength:"64" doc:"Cursor: next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" doc:"50 unless asked" example:"20"`
	Phase  string `query:"phase" enum:"draft,offered,agreed,funded,shipped,delivered,closed"`
	Open   bool   `query:"open" doc:"Leave out closed deals"`
	Search string `query:"search" maxLength:"200" doc:"Part of the title, the id or the other company's name. The newest 2,000 deals on each side are looked through first, then 10,000 at a time: as long as there is a next, more may be found, even if a page is short or empty. A whole id is found at once." example:"pumps"`
}

// Fact is one event of a deal.
type Fact struct {
	Sequence int64  `json:"sequence" doc:"Its place in the evidence log" example:"4711"`
	Version  int64  `json:"version" doc:"Its place in the deal" example:"3"`
	Kind     string `json:"kind" example:"signed"`
	At       string `json:"at" format:"date-time" example:"2027-03-02T12:00:00.000000Z"`
	Actor    Actor  `json:"actor"`
	Data     any    `json:"data" doc:"The payload as it is kept in evidence; null if it is not for the caller"`
}

// Actor is who did something, and in which capacity.
type Actor struct {
	Office string `json:"office" example:"member"`
	Party  string `json:"party,omitempty" example:"0198c0de-7a3c-7cc0-8000-000000000004"`
	Person string `json:"person,omitempty" example:"0198c0de-7a3c-7cc0-8000-000000000003"`
}

// History is every fact of a deal, oldest first.
type History struct {
	Items []Fact `json:"items"`
}

// Obligations are those of one deal.
type Obligations struct {
	Items []Obligation `json:"items"`
}

// Duty is an obligation with the deal it belongs to.
type Duty struct {
	Deal         string     `json:"deal" example:"0198c0de-7a3c-7cc0-8000-000000000002"`
	Title        string     `json:"title" example:"500 water pumps"`
	Counterparty string     `json:"counterparty" doc:"Legal name" example:"Ningbo Pumps Ltd"`
	Obligation   Obligation `json:"obligation"`
}

// Duties are the caller's obligations in all deals, the most urgent first.
type Duties struct {
	Items []Duty `json:"items"`
}

func (s *server) deals() {
	add(s, operation{
		id: "list-deals", method: http.MethodGet, path: "/v1/deals", tag: "deals", scope: identity.ToReadDeals, summary: "Your deals, newest first",
		doc: "Staff see every deal.",
	}, s.listDeals)
	add(s, operation{
		id: "get-deal", method: http.MethodGet, path: "/v1/deals/{id}", tag: "deals", scope: identity.ToReadDeals, summary: "Everything about a deal",
		doc: "A draft is its writer's own until it is offered; strangers get 404.",
	}, s.getDeal)
	add(s, operation{
		id: "get-history", method: http.MethodGet, path: "/v1/deals/{id}/history", tag: "deals", scope: identity.ToReadDeals, summary: "Every fact of a deal, oldest first",
	}, s.getHistory)
	add(s, operation{
		id: "get-deal-obligations", method: http.MethodGet, path: "/v1/deals/{id}/obligations", tag: "deals", scope: identity.ToReadDeals,
		summary: "Who owes what by when, and what happens if nobody acts",
	}, func(ctx context.Context, c caller, in *ByID) (*struct{ Body Obligations }, error) {
		state, err := s.house.Deal(ctx, c.By, deal.ID(in.ID))
		if err != nil {
			return nil, err
		}
		return &struct{ Body Obligations }{Obligations{obligationsOf(state.Obligations())}}, nil
	})
	add(s, operation{
		id: "list-obligations", method: http.MethodGet, path: "/v1/obligations", tag: "deals", scope: identity.ToReadDeals,
		summary: "What your company owes or may do, in all deals", doc: "Staff get what the house owes.",
	}, s.listDuties)
}

func (s *server) listDeals(ctx context.Context, c caller, in *dealsQuery) (*struct{ Body Deals }, error) {
	list, err := s.house.Deals(ctx, c.By, assurance.DealQuery{
		Phase: deal.Phase(in.Phase), Open: in.Open, Search: in.Search, Before: deal.ID(in.Before), Limit: in.Limit,
	})
	if err != nil {
		return nil, err
	}
	page := Deals{Items: []DealSummary{}, Next: string(list.Next)}
	for _, r := range list.Rows {
		page.Items = append(page.Items, DealSummary{
			ID: string(r.ID), Title: r.Title, Buyer: string(r.Buyer), BuyerName: r.BuyerName, Seller: string(r.Seller), SellerName: r.SellerName,
			Phase: string(r.Phase), Outcome: string(r.Outcome), Total: minorOf(r.Total, r.Currency), Held: minorOf(r.Held, r.Currency),
			Disputed: minorOf(r.Disputed, r.Currency), OpenClaims: r.OpenClaims, Frozen: r.Frozen, NextAt: stamp(r.NextAt), Version: r.Version,
			DraftedAt: stamp(r.DraftedAt), UpdatedAt: stamp(r.UpdatedAt),
		})
	}
	return &struct{ Body Deals }{page}, nil
}

func (s *server) getDeal(ctx context.Context, c caller, in *ByID) (*struct{ Body Deal }, error) {
	state, err := s.house.Deal(ctx, c.By, deal.ID(in.ID))
	if err != nil {
		return nil, err
	}
	buyer, err := s.house.Party(ctx, state.Terms.Buyer)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return nil, err
	}
	seller, err := s.house.Party(ctx, state.Terms.Seller)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return nil, err
	}
	return &struct{ Body Deal }{dealOf(state, c.By, buyer, seller)}, nil
}

func (s *server) getHistory(ctx context.Context, c caller, in *ByID) (*struct{ Body History }, error) {
	facts, err := s.house.History(ctx, c.By, deal.ID(in.ID))
	if err != nil {
		return nil, err
	}
	h := History{Items: []Fact{}}
	for _, f := range facts {
		out := Fact{Sequence: f.Sequence, Version: f.Version, Kind: f.Kind, At: stamp(f.At), Actor: actorOf(f.Actor)}
		if forStaffOnly(f.Kind) && !c.By.Office.Staff() {
			out.Actor = actorOf(identity.HouseClock()) // which office stops a deal would say why
		} else {
			payload, err := evidence.Canonical(f.Event)
			if err != nil {
				return nil, err
			}
			out.Data = json.RawMessage(payload)
		}
		h.Items = append(h.Items, out)
	}
	return &struct{ Body History }{h}, nil
}

// forStaffOnly names the facts whose payload would tell a party that, and under
// which case, compliance looks at it.
func forStaffOnly(kind string) bool {
	return kind == deal.FreezePlaced{}.Kind() || kind == deal.FreezeLifted{}.Kind() || kind == identity.Checked{}.Kind()
}

func actorOf(a identity.Actor) Actor {
	return Actor{Office: string(a.Office), Party: string(a.Party), Person: string(a.Person)}
}

type limitQuery struct {
	Limit int `query:"limit" minimum:"1" maximum:"200" doc:"50 unless asked" example:"20"`
}

func (s *server) listDuties(ctx context.Context, c caller, in *limitQuery) (*struct{ Body Duties }, error) {
	rows, err := s.house.Duties(ctx, c.By, in.Limit)
	if err != nil {
		return nil, err
	}
	d := Duties{Items: []Duty{}}
	for _, r := range rows {
		d.Items = append(d.Items, Duty{Deal: string(r.Deal), Title: r.Title, Counterparty: r.Counterparty, Obligation: obligationOf(r.Obligation)})
	}
	return &struct{ Body Duties }{d}, nil
}
