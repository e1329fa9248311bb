package ledger_test

import (
	"fmt"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/ledger"
)

// A buyer's deposit is held for a tranche, released less the fee, and paid out.
func Example() {
	usd := money.MustCurrency("USD")
	rail, buyer, seller := ledger.Rail("sandbox", usd), ledger.Party("ada", usd), ledger.Party("bo", usd)
	held, payout := ledger.Held("d1", "all", usd), ledger.Payout("o1", usd)
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	move := func(id ledger.TransferID, from, to ledger.AccountID, minor int64, why ledger.Reason) ledger.Transfer {
		return ledger.Transfer{
			ID: id, Stage: ledger.Posted, Debit: from, Credit: to,
			Amount: money.New(minor, usd), Reason: why, Stream: "deal-d1", At: at,
		}
	}

	book := ledger.NewBook()
	_, err := book.ApplyAll([]ledger.Transfer{
		move("1", rail, buyer, 100_00, ledger.ReasonDeposit),
		move("2", buyer, held, 100_00, ledger.ReasonHold),
		move("3", held, ledger.Fees(usd), 1_00, ledger.ReasonFee),
		move("4", held, seller, 99_00, ledger.ReasonRelease),
		move("5", seller, payout, 99_00, ledger.ReasonPayoutSent),
	})
	fmt.Println("applied:", err == nil)

	_, err = book.Apply(move("6", held, buyer, 1, ledger.ReasonRefund))
	fmt.Println(fault.CodeOf(err), "-", err)

	settling := move("7", payout, rail, 99_00, ledger.ReasonPayoutSettled)
	settling.Stage = ledger.Pending
	_, _ = book.Apply(settling)
	_, _ = book.Apply(settling.Closing(ledger.Post, "8", ledger.ReasonPayoutSettled, at.AddDate(0, 0, 1)))

	for account, balance := range book.All() {
		fmt.Println(account, balance.Posted)
	}
	fmt.Println(ledger.TrialBalance(book.All()))
	// Output:
	// applied: true
	// ledger.insufficient - deal:d1:all/USD does not have the money
	// deal:d1:all/USD 0
	// fees/USD 100
	// party:ada/USD 0
	// party:bo/USD 0
	// payout:o1/USD 0
	// rail:sandbox/USD -100
	// map[USD:0]
}
