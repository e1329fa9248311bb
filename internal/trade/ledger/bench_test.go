package ledger_test

import (
	"strconv"
	"testing"

	"fondaco/internal/money"
	"fondaco/internal/trade/ledger"
)

func BenchmarkApplyPosted(b *testing.B) {
	usd := money.MustCurrency("USD")
	book := ledger.NewBook()
	ids := make([]ledger.TransferID, b.N)
	for i := range ids {
		ids[i] = ledger.TransferID(strconv.Itoa(i))
	}
	t := ledger.Transfer{
		Stage: ledger.Posted, Amount: money.New(1, usd), Reason: ledger.ReasonDeposit,
		Debit: ledger.Rail("sandbox", usd), Credit: ledger.Party("018f2c5e-8f4c-7000-8000-000000000001", usd),
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		t.ID = ids[i]
		if _, err := book.Apply(t); err != nil {
			b.Fatal(err)
		}
	}
}
