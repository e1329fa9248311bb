package api

import (
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/dispute"
)

// Rules are the house's fee and clocks of a deal, signed together with its terms.
type Rules struct {
	SignDays         int        `json:"sign_days" doc:"Days in which both sign an offer or a change" example:"5"`
	FundDays         int        `json:"fund_days" doc:"Days in which the buyer pays in the price" example:"10"`
	ShipGraceDays    int        `json:"ship_grace_days" doc:"Days after the ship-by day until the buyer may withdraw" example:"3"`
	ShipRefundDays   int        `json:"ship_refund_days" doc:"Days from then until the refund by itself" example:"14"`
	WarnDays         int        `json:"warn_days" doc:"Days before a lapse when notices go out" example:"2"`
	ExtensionDaysMax int        `json:"extension_days_max" doc:"Days by which an inspection may be extended at once" example:"14"`
	WeakProofDays    int        `json:"weak_proof_days" doc:"Days after a weak delivery proof until it counts" example:"21"`
	LostDays         int        `json:"lost_days" doc:"Days after the deliver-by day without any proof until the refund" example:"45"`
	FeeBps           int64      `json:"fee_bps" doc:"Fee of the house in basis points of what is released" example:"100"`
	Disputes         ClaimRules `json:"disputes"`
}

// ClaimRules are the clocks of claims, and what happens if the house fails.
type ClaimRules struct {
	NegotiationDays   int   `json:"negotiation_days" example:"7"`
	AssignDays        int   `json:"assign_days" example:"3"`
	ProposalDays      int   `json:"proposal_days" example:"7"`
	AnswerDays        int   `json:"answer_days" example:"7"`
	RulingDays        int   `json:"ruling_days" example:"14"`
	AppealDays        int   `json:"appeal_days" example:"7"`
	ReturnShipDays    int   `json:"return_ship_days" example:"14"`
	ReturnReceiveDays int   `json:"return_receive_days" example:"14"`
	HouseMissesMax    int   `json:"house_misses_max" doc:"How often the house may be late in one claim before the default share applies" example:"2"`
	DefaultBuyerBps   int64 `json:"default_buyer_bps" doc:"The buyer's default share of the disputed amount, in basis points" example:"5000"`
}

func rulesOf(r deal.Rules) Rules {
	return Rules{
		SignDays: r.SignDays, FundDays: r.FundDays, ShipGraceDays: r.ShipGraceDays, ShipRefundDays: r.ShipRefundDays, WarnDays: r.WarnDays,
		ExtensionDaysMax: r.ExtensionDaysMax, WeakProofDays: r.WeakProofDays, LostDays: r.LostDays, FeeBps: r.FeeBps, Disputes: claimRulesOf(r.Disputes),
	}
}

func claimRulesOf(r dispute.Rules) ClaimRules { return ClaimRules(r) }
