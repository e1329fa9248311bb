package api

import (
	"context"
	"net/http"

	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
)

// NewClaim disputes a part of the held money.
type NewClaim struct {
	Reason    string   `json:"reason" doc:"By the code of the house's list" example:"QUALITY_DEFECT"`
	Amount    Amount   `json:"amount" doc:"What is disputed; the rest of the deal keeps its clock"`
	Demand    Division `json:"demand" doc:"What you ask for"`
	Statement string   `json:"statement" example:"Forty of the pumps leak at the seal."`
	Evidence  []string `json:"evidence" required:"false" doc:"SHA-256 of documents, in hexadecimal"`
}

// NewRuling is the mediator's decision.
type NewRuling struct {
	ToBuyer    Amount `json:"to_buyer"`
	WithReturn bool   `json:"with_return" required:"false"`
	Reasons    string `json:"reasons" example:"The photographs show the leak; the seller does not deny it."`
}

// Appeal asks for another person's final ruling.
type Appeal struct {
	Grounds string `json:"grounds" example:"The ruling leaves out the laboratory's report."`
}

// MediatorChoice names the person of the house who takes the case.
type MediatorChoice struct {
	Mediator string `json:"mediator" example:"0198c0de-7a3c-7cc0-8000-000000000008"`
}

// ReturnedGoods says how the goods travel back.
type ReturnedGoods struct {
	TrackingNumber string `json:"tracking_number" example:"COSU6298765430"`
}

// ByClaim is a deal and its claim in a path.
type ByClaim struct {
	ByID
	Claim string `path:"claim" maxLength:"64" example:"0198c0de-7a3c-7cc0-8000-000000000007"`
}

func (s *server) conduct(ctx context.Context, c caller, in ByClaim, step dispute.Command) (*receiptAnswer, error) {
	return s.act(ctx, c, in.ID, deal.Conduct{ClaimID: in.Claim, Step: step})
}

// share is an amount of the deal's own currency in minor units. Whoever may not
// read the deal is refused by the command itself, which knows best how.
func (s *server) share(ctx context.Context, c caller, id string, a Amount, field string) (int64, error) {
	currency, err := money.ParseCurrency(a.Currency)
	if err != nil {
		return 0, fault.New(fault.Invalid, "money.unknown_currency", "The currency is not an active ISO 4217 code.").At(field + ".currency")
	}
	state, err := s.house.Deal(ctx, c.By, deal.ID(id))
	switch {
	case err != nil && fault.KindOf(err) == fault.NotFound:
		return a.Amount, nil
	case err != nil:
		return 0, err
	case state.Terms.Currency != currency:
		return 0, fault.New(fault.Invalid, "money.currency_mismatch", "Every amount is in the currency of the contract.").At(field)
	}
	return a.Amount, nil
}

func (s *server) division(ctx context.Context, c caller, id string, d Division, field string) (dispute.Division, error) {
	minor, err := s.share(ctx, c, id, d.ToBuyer, field)
	return dispute.Division{ToBuyer: minor, WithReturn: d.WithReturn}, err
}

func (s *server) claims() {
	add(s, operation{
		id: "raise-claim", method: http.MethodPost, path: "/v1/deals/{id}/claims", tag: "claims", status: http.StatusCreated, write: true, scope: anyKey, signed: true,
		summary: "Dispute an amount of the held money", doc: "A claim made at the very instant at which a clock ends is in time. The claim's id is in the deal.",
	}, s.raiseClaim)
	add(s, operation{
		id: "offer-division", method: http.MethodPost, path: "/v1/deals/{id}/claims/{claim}/offers", tag: "claims", status: http.StatusCreated, write: true, scope: anyKey, signed: true,
		summary: "Offer the other party a division", doc: "It replaces your last offer. Its number is in the deal.",
	}, func(ctx context.Context, c caller, in *divisionInput) (*receiptAnswer, error) {
		d, err := s.division(ctx, c, in.ID, in.Body, "to_buyer")
		if err != nil {
			return nil, err
		}
		return s.conduct(ctx, c, in.ByClaim, dispute.MakeOffer{Division: d})
	})
	add(s, operation{
		id: "take-offer", method: http.MethodPost, path: "/v1/deals/{id}/claims/{claim}/offers/{number}/take", tag: "claims", write: true, scope: anyKey, signed: true, summary: "Take the other party's offer",
	}, func(ctx context.Context, c caller, in *struct {
		ByClaim
		Number int `path:"number" minimum:"1" maximum:"1000000" example:"1"`
	},
	) (*receiptAnswer, error) {
		return s.conduct(ctx, c, in.ByClaim, dispute.TakeOffer{Number: in.Number})
	})
	s.step("escalate", "escalate", "Ask the house to mediate, or refuse its proposal", dispute.Escalate{})
	s.step("take-proposal", "proposal/take", "Take the mediator's proposal", dispute.TakeOffer{})
	s.step("confirm-return", "return-received", "Say that the goods are back (seller)", dispute.ReturnReceived{})
	s.step("drop-claim", "drop", "Withdraw your claim", dispute.Drop{})
	s.rulings()
}

type divisionInput struct {
	ByClaim
	Body Division
}

// step registers a step in a claim that needs no words.
func (s *server) step(id, path, summary string, cmd dispute.Command) {
	add(s, operation{id: id, method: http.MethodPost, path: "/v1/deals/{id}/claims/{claim}/" + path, tag: "claims", summary: summary, write: true, scope: anyKey, signed: true},
		func(ctx context.Context, c caller, in *ByClaim) (*receiptAnswer, error) {
			return s.conduct(ctx, c, *in, cmd)
		})
}

func (s *server) raiseClaim(ctx context.Context, c caller, in *struct {
	ByID
	Body NewClaim
},
) (*receiptAnswer, error) {
	b := in.Body
	minor, err := s.share(ctx, c, in.ID, b.Amount, "amount")
	if err != nil {
		return nil, err
	}
	demand, err := s.division(ctx, c, in.ID, b.Demand, "demand.to_buyer")
	if err != nil {
		return nil, err
	}
	documents := []evidence.Hash{}
	if len(b.Evidence) > 100 {
		return nil, fault.New(fault.Invalid, "request.too_long", "This is too long.").At("evidence")
	}
	for _, text := range b.Evidence {
		h, err := hashOf(text, "evidence")
		if err != nil {
			return nil, err
		}
		documents = append(documents, h)
	}
	answer, err := s.act(ctx, c, in.ID, deal.RaiseClaim{
		Reason: dispute.Reason(b.Reason), Minor: minor, Demand: demand, Statement: b.Statement, Evidence: documents,
	})
	if fault.CodeOf(err) == "dispute.bad_division" {
		err = under("demand", err)
	}
	return answer, err
}

func (s *server) rulings() {
	add(s, operation{
		id: "assign-mediator", method: http.MethodPost, path: "/v1/deals/{id}/claims/{claim}/mediator", tag: "claims", write: true, scope: anyKey, signed: true, summary: "Name the mediator (office: administrator)",
	}, s.assignMediator)
	add(s, operation{
		id: "propose", method: http.MethodPost, path: "/v1/deals/{id}/claims/{claim}/proposal", tag: "claims", write: true, scope: anyKey, signed: true, summary: "Propose a settlement (office: mediator)",
	}, func(ctx context.Context, c caller, in *divisionInput) (*receiptAnswer, error) {
		d, err := s.division(ctx, c, in.ID, in.Body, "to_buyer")
		if err != nil {
			return nil, err
		}
		return s.conduct(ctx, c, in.ByClaim, dispute.Propose{Division: d})
	})
	add(s, operation{
		id: "rule", method: http.MethodPost, path: "/v1/deals/{id}/claims/{claim}/ruling", tag: "claims", write: true, scope: anyKey, signed: true, summary: "Rule on the evidence (office: mediator)",
	}, func(ctx context.Context, c caller, in *struct {
		ByClaim
		Body NewRuling
	},
	) (*receiptAnswer, error) {
		d, err := s.division(ctx, c, in.ID, Division{ToBuyer: in.Body.ToBuyer, WithReturn: in.Body.WithReturn}, "to_buyer")
		if err != nil {
			return nil, err
		}
		return s.conduct(ctx, c, in.ByClaim, dispute.Rule{Division: d, Reasons: in.Body.Reasons})
	})
	add(s, operation{
		id: "appeal", method: http.MethodPost, path: "/v1/deals/{id}/claims/{claim}/appeal", tag: "claims", write: true, scope: anyKey, signed: true, summary: "Ask for another person's final ruling",
	}, func(ctx context.Context, c caller, in *struct {
		ByClaim
		Body Appeal
	},
	) (*receiptAnswer, error) {
		return s.conduct(ctx, c, in.ByClaim, dispute.Appeal{Grounds: in.Body.Grounds})
	})
	add(s, operation{
		id: "ship-return", method: http.MethodPost, path: "/v1/deals/{id}/claims/{claim}/return-shipped", tag: "claims", write: true, scope: anyKey, signed: true, summary: "Say that the goods are on their way back (buyer)",
	}, func(ctx context.Context, c caller, in *struct {
		ByClaim
		Body ReturnedGoods
	},
	) (*receiptAnswer, error) {
		return s.conduct(ctx, c, in.ByClaim, dispute.ReturnShipped{TrackingNumber: in.Body.TrackingNumber})
	})
}

// assignMediator makes sure that the person named is a mediator: the trade knows
// persons by id only.
func (s *server) assignMediator(ctx context.Context, c caller, in *struct {
	ByClaim
	Body MediatorChoice
},
) (*receiptAnswer, error) {
	chosen := identity.PersonID(in.Body.Mediator)
	if c.By.Office == identity.Administrator && chosen != "" {
		p, err := s.house.Person(ctx, chosen)
		if err != nil && fault.KindOf(err) != fault.NotFound {
			return nil, err
		}
		if err != nil || p.Office != identity.Mediator {
			return nil, fault.New(fault.Invalid, "people.not_a_mediator", "Choose a mediator of the house.").At("mediator")
		}
	}
	return s.conduct(ctx, c, in.ByClaim, dispute.AssignMediator{Mediator: chosen})
}
