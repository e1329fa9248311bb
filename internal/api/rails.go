package api

import (
	"context"
	"net/http"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/treasury"
)

// DepositNotice is a rail's word about money it has booked for the house.
type DepositNotice struct {
	Rail      string `json:"rail" example:"wire"`
	Reference string `json:"reference" doc:"The rail's own id of the booking: the same twice is the same money" example:"MT910-000451"`
	Deal      string `json:"deal" required:"false" doc:"What the payer wrote" example:"0198c0de-7a3c-7cc0-8000-000000000002"`
	Payer     string `json:"payer" required:"false" example:"Acme GmbH"`
	Amount    Amount `json:"amount"`
	BookedAt  string `json:"booked_at" format:"date-time" example:"2027-03-05T12:00:00Z"`
}

// PayoutNotice is a rail's word about a payout.
type PayoutNotice struct {
	Outcome   string `json:"outcome" enum:"sent,settled,returned" example:"settled"`
	Reference string `json:"reference" required:"false" doc:"The rail's own id" example:"MT900-000077"`
	Failure   string `json:"failure" required:"false" doc:"The rail's code, when returned" example:"account_closed"`
}

func (s *server) rails() {
	add(s, operation{
		id: "report-deposit", method: http.MethodPost, path: "/v1/rail/deposits", tag: "rail", status: http.StatusCreated,
		summary: "Report booked money (office: rail)",
		doc:     "Rail and reference are the idempotency key. Money that no deal awaits stays in suspense; nothing that has arrived is refused for its owner.",
	}, s.reportDeposit)
	add(s, operation{
		id: "report-payout", method: http.MethodPost, path: "/v1/rail/payouts/{id}", tag: "rail",
		summary: "Report what became of a payout (office: rail)", doc: "A notice repeated is answered as the first was.",
	}, func(ctx context.Context, c caller, in *struct {
		ByID
		Body PayoutNotice
	},
	) (*receiptAnswer, error) {
		for field, text := range map[string]string{"reference": in.Body.Reference, "failure": in.Body.Failure} {
			if err := shortText(text, 128, field); err != nil {
				return nil, err
			}
		}
		return receiptOf(s.house.ReportPayout(ctx, c.By, assurance.PayoutNotice{
			PayoutID: in.ID, Outcome: assurance.PayoutOutcome(in.Body.Outcome), Reference: in.Body.Reference, Failure: in.Body.Failure,
		}))
	})
}

func (s *server) reportDeposit(ctx context.Context, c caller, in *struct{ Body DepositNotice }) (*receiptAnswer, error) {
	b := in.Body
	at, err := instantOf(b.BookedAt, "booked_at")
	if err != nil {
		return nil, err
	}
	currency, err := money.ParseCurrency(b.Amount.Currency)
	if err != nil {
		return nil, fault.New(fault.Invalid, "money.unknown_currency", "The currency is not an active ISO 4217 code.").At("amount.currency")
	}
	return receiptOf(s.house.BookDeposit(ctx, c.By, treasury.Notice{
		Rail: b.Rail, Reference: b.Reference, Deal: b.Deal, Payer: b.Payer, Amount: money.New(b.Amount.Amount, currency), BookedAt: at,
	}))
}
