package api

import (
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/ledger"
)

// Amount is money: whole minor units of a currency, such as cents.
type Amount struct {
	Amount   int64  `json:"amount" doc:"Whole minor units" example:"125000"`
	Currency string `json:"currency" doc:"ISO 4217 code" example:"USD"`
}

func amountOf(a money.Amount) Amount {
	return Amount{Amount: a.Minor(), Currency: a.Currency().Code()}
}

func minorOf(minor int64, c money.Currency) Amount {
	return Amount{Amount: minor, Currency: c.Code()}
}

// money is the amount for the trade. It fails with money.unknown_currency.
func (a Amount) money(field string) (money.Amount, *fault.Error) {
	if a == (Amount{}) {
		return money.Amount{}, nil // left out; the terms say whether it is needed
	}
	c, err := money.ParseCurrency(a.Currency)
	if err != nil {
		return money.Amount{}, fault.New(fault.Invalid, "money.unknown_currency", "The currency is not an active ISO 4217 code.").At(field + ".currency")
	}
	return money.New(a.Amount, c), nil
}

// stamp is an instant as it is written: RFC 3339 in UTC with microseconds, or
// empty for no instant.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000000Z07:00")
}

// instantOf reads an instant. It fails with request.bad_time.
func instantOf(s, field string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || t.Year() < 1970 || t.Year() > 2999 {
		return time.Time{}, fault.New(fault.Invalid, "request.bad_time", "Write the time as RFC 3339, such as 2027-03-31T12:00:00Z.").At(field)
	}
	return t.UTC().Truncate(time.Microsecond), nil
}

func hashOf(s, field string) (evidence.Hash, error) {
	h, err := evidence.ParseHash(s)
	if err != nil {
		return h, fault.Of(err).At(field)
	}
	return h, nil
}

// LogRange is where the facts of a write stand in the evidence log.
type LogRange struct {
	First int64 `json:"first" example:"4711"`
	Last  int64 `json:"last" example:"4713"`
}

// Receipt is the answer to every write.
type Receipt struct {
	ID      string   `json:"id" doc:"Of the deal, party, deposit or payout" example:"0198c0de-7a3c-7cc0-8000-000000000002"`
	Version int64    `json:"version" doc:"Of its stream, after the command" example:"7"`
	State   string   `json:"state" doc:"Phase or stage, after the command" example:"agreed"`
	Log     LogRange `json:"log"`
	At      string   `json:"at" format:"date-time" example:"2027-03-31T12:00:00.000000Z"`
}

// receiptAnswer is a receipt on its way out.
type receiptAnswer struct {
	Replayed string `header:"Idempotency-Replayed" doc:"true if this is the answer to an earlier request with the same key"`
	Body     Receipt
}

func receiptOf(r assurance.Receipt, err error) (*receiptAnswer, error) {
	if err != nil {
		return nil, err
	}
	a := &receiptAnswer{Body: Receipt{
		ID: r.ID, Version: r.Version, State: r.State, Log: LogRange{First: r.First, Last: r.Last}, At: stamp(r.At),
	}}
	if r.Replayed {
		a.Replayed = "true"
	}
	return a, nil
}

// nothing is the input of operations that take none.
type nothing struct{}

// limitOf is the page size the House will use: 50 unless asked, 200 at most.
func limitOf(limit int) int {
	if limit == 0 {
		return 50
	}
	return limit
}

// next is the cursor after a page: the key of its last row if it was full.
func next[T any](rows []T, limit int, key func(T) string) string {
	if len(rows) == 0 || len(rows) < limitOf(limit) {
		return ""
	}
	return key(rows[len(rows)-1])
}

func balanceOf(a ledger.AccountID, b ledger.Balance) Balance {
	c := a.Currency()
	return Balance{
		Account: string(a), Posted: minorOf(b.Posted, c), Reserved: minorOf(b.PendingOut, c), Available: minorOf(b.Available(a.Kind()), c),
	}
}
