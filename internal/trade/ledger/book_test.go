package ledger_test

import (
	"maps"
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/ledger"
)

// bench is a book with a few accounts and short ways to move money in it.
type bench struct {
	*ledger.Book
	usd                             money.Currency
	rail, buyer, seller, held, fees ledger.AccountID
}

func setup(t *testing.T) bench {
	t.Helper()
	usd := money.MustCurrency("USD")
	return bench{
		Book: ledger.NewBook(), usd: usd,
		rail: ledger.Rail("sandbox", usd), buyer: ledger.Party("buyer", usd), seller: ledger.Party("seller", usd),
		held: ledger.Held("d1", "t1", usd), fees: ledger.Fees(usd),
	}
}

func (b bench) move(id string, from, to ledger.AccountID, minor int64) ledger.Transfer {
	return ledger.Transfer{
		ID: ledger.TransferID(id), Stage: ledger.Posted, Debit: from, Credit: to, Amount: money.New(minor, b.usd),
		Reason: ledger.ReasonHold, Stream: "deal-d1", At: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC),
	}
}

func (b bench) reserve(id string, from, to ledger.AccountID, minor int64) ledger.Transfer {
	t := b.move(id, from, to, minor)
	t.Stage = ledger.Pending
	return t
}

func apply(t *testing.T, b *ledger.Book, ts ...ledger.Transfer) []ledger.Entry {
	t.Helper()
	entries, err := b.ApplyAll(ts)
	if err != nil {
		t.Fatalf("%+v", err)
	}
	return entries
}

func wantBalance(t *testing.T, b *ledger.Book, id ledger.AccountID, want ledger.Balance) {
	t.Helper()
	if got, _ := b.Balance(id); got != want {
		t.Errorf("%s is %+v, want %+v", id, got, want)
	}
}

func wantViolation(t *testing.T, code string) {
	t.Helper()
	if v, ok := recover().(*fault.Violation); !ok || v.Code != code {
		t.Errorf("want violation %s, got %v", code, v)
	}
}

func TestAPostedTransferMovesMoneyAndWritesTwoEntries(t *testing.T) {
	t.Parallel()
	b := setup(t)
	entries := apply(t, b.Book, b.move("1", b.rail, b.buyer, 1000), b.move("2", b.buyer, b.held, 400))
	want := []ledger.Entry{
		{Account: b.rail, Version: 1, Transfer: "1", Delta: -1000, Balance: -1000},
		{Account: b.buyer, Version: 1, Transfer: "1", Delta: 1000, Balance: 1000},
		{Account: b.buyer, Version: 2, Transfer: "2", Delta: -400, Balance: 600},
		{Account: b.held, Version: 1, Transfer: "2", Delta: 400, Balance: 400},
	}
	if !slices.Equal(entries, want) {
		t.Errorf("got %+v", entries)
	}
	if _, known := b.Balance(b.seller); known {
		t.Error("an account nobody used is known")
	}
}

func TestAPendingTransferReservesUntilItIsClosed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		stage        ledger.Stage
		buyer, payee ledger.Balance
		delta        int64
	}{
		{ledger.Post, ledger.Balance{Posted: 300, Version: 3}, ledger.Balance{Posted: 700, Version: 2}, 700},
		{ledger.Void, ledger.Balance{Posted: 1000, Version: 3}, ledger.Balance{Version: 2}, 0},
		{ledger.Expire, ledger.Balance{Posted: 1000, Version: 3}, ledger.Balance{Version: 2}, 0},
	} {
		t.Run(tt.stage.String(), func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			p := b.reserve("p", b.buyer, b.seller, 700)
			opening := apply(t, b.Book, b.move("1", b.rail, b.buyer, 1000), p)[2:]
			if opening[0].Delta != 0 || opening[1].Delta != 0 || opening[0].Balance != 1000 {
				t.Errorf("a reserve moved money: %+v", opening)
			}
			wantBalance(t, b.Book, b.buyer, ledger.Balance{Posted: 1000, PendingOut: 700, Version: 2})
			wantBalance(t, b.Book, b.seller, ledger.Balance{PendingIn: 700, Version: 1})
			if got, open := b.Pending("p"); !open || got != p {
				t.Errorf("got %+v, %t", got, open)
			}
			if _, err := b.Apply(b.move("2", b.buyer, b.held, 301)); fault.CodeOf(err) != "ledger.insufficient" {
				t.Errorf("reserved money was spent: %v", err)
			}
			if _, err := b.Apply(b.move("2", b.seller, b.held, 1)); fault.CodeOf(err) != "ledger.insufficient" {
				t.Errorf("announced money was spent: %v", err)
			}

			c := p.Closing(tt.stage, "c", ledger.ReasonRelease, p.At.Add(time.Hour))
			entries := apply(t, b.Book, c)
			wantBalance(t, b.Book, b.buyer, tt.buyer)
			wantBalance(t, b.Book, b.seller, tt.payee)
			if entries[0].Delta != -tt.delta || entries[1].Delta != tt.delta || entries[0].Transfer != "c" {
				t.Errorf("got %+v", entries)
			}
			for _, again := range []ledger.Stage{ledger.Post, ledger.Void, ledger.Expire} {
				_, err := b.Apply(p.Closing(again, "c2", "", p.At))
				if fault.CodeOf(err) != "ledger.pending_closed" || fault.KindOf(err) != fault.Refused {
					t.Errorf("closed again by %s: %v", again, err)
				}
			}
		})
	}
}

func TestARailNeedsNoCoverButGivesNoMoreThanItHas(t *testing.T) {
	t.Parallel()
	b := setup(t)
	payout := ledger.Payout("o1", b.usd)
	in := b.reserve("in", b.rail, b.buyer, 500)
	apply(t, b.Book, in)
	wantBalance(t, b.Book, b.rail, ledger.Balance{PendingOut: 500, Version: 1})
	apply(t, b.Book, in.Closing(ledger.Post, "in2", ledger.ReasonDeposit, in.At), b.move("o", b.buyer, payout, 500))

	out := b.reserve("out", payout, b.rail, 400)
	apply(t, b.Book, out)
	rail, _ := b.Balance(b.rail)
	if rail.Available(ledger.KindRail) != 100 {
		t.Errorf("at the rail %d are free", rail.Available(ledger.KindRail))
	}
	if _, err := b.Apply(b.move("x", b.fees, b.rail, 101)); fault.CodeOf(err) != "ledger.insufficient" {
		t.Errorf("fees that are not there left by the rail: %v", err)
	}
	apply(t, b.Book, out.Closing(ledger.Post, "out2", ledger.ReasonPayoutSettled, out.At))
	wantBalance(t, b.Book, b.rail, ledger.Balance{Posted: -100, Version: 4})

	other := ledger.Rail("wire", b.usd)
	_, err := b.Apply(b.move("y", payout, other, 1))
	if fault.CodeOf(err) != "ledger.insufficient" || fault.Of(err).Args["account"] != string(other) {
		t.Errorf("an empty rail paid out: %+v", err)
	}
}

func TestAWrongTransferIsRefusedAndChangesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	jpy := money.MustCurrency("JPY")
	open := b.reserve("p", b.buyer, b.held, 100)
	apply(t, b.Book, b.move("1", b.rail, b.buyer, 1000), open)
	full := ledger.Party("full", b.usd)
	b.SetBalance(full, ledger.Balance{Posted: math.MaxInt64 - 10, PendingIn: 4})
	b.SetClosed("old")
	good := b.move("2", b.buyer, b.held, 10)
	closing := open.Closing(ledger.Post, "3", ledger.ReasonRelease, open.At)
	with := func(t ledger.Transfer, change func(*ledger.Transfer)) ledger.Transfer {
		change(&t)
		return t
	}
	for _, tt := range []struct {
		name string
		t    ledger.Transfer
		kind fault.Kind
		code string
	}{
		{"no ID", with(good, func(t *ledger.Transfer) { t.ID = "" }), fault.Invalid, "ledger.no_id"},
		{"no stage", with(good, func(t *ledger.Transfer) { t.Stage = 0 }), fault.Invalid, "ledger.bad_stage"},
		{"a stage beyond the last", with(good, func(t *ledger.Transfer) { t.Stage = 6 }), fault.Invalid, "ledger.bad_stage"},
		{"posted with a pending", with(good, func(t *ledger.Transfer) { t.Pending = "p" }), fault.Invalid, "ledger.bad_stage"},
		{"post without a pending", with(closing, func(t *ledger.Transfer) { t.Pending = "" }), fault.Invalid, "ledger.bad_stage"},
		{"a bad debit", with(good, func(t *ledger.Transfer) { t.Debit = "party:/USD" }), fault.Invalid, "ledger.bad_account"},
		{"a bad credit", with(good, func(t *ledger.Transfer) { t.Credit = "" }), fault.Invalid, "ledger.bad_account"},
		{"one account", with(good, func(t *ledger.Transfer) { t.Credit = t.Debit }), fault.Invalid, "ledger.same_account"},
		{"another amount's currency", with(good, func(t *ledger.Transfer) { t.Amount = money.New(1, jpy) }), fault.Invalid, "ledger.currency_mismatch"},
		{"another account's currency", with(good, func(t *ledger.Transfer) { t.Credit = ledger.Fees(jpy) }), fault.Invalid, "ledger.currency_mismatch"},
		{"no amount", with(good, func(t *ledger.Transfer) { t.Amount = money.Amount{} }), fault.Invalid, "ledger.currency_mismatch"},
		{"zero", with(good, func(t *ledger.Transfer) { t.Amount = money.Zero(b.usd) }), fault.Invalid, "ledger.not_positive"},
		{"negative", with(good, func(t *ledger.Transfer) { t.Amount = money.New(-1, b.usd) }), fault.Invalid, "ledger.not_positive"},
		{"the least amount", with(good, func(t *ledger.Transfer) { t.Amount = money.New(math.MinInt64, b.usd) }), fault.Invalid, "ledger.not_positive"},
		{"one more than is free", with(good, func(t *ledger.Transfer) { t.Amount = money.New(901, b.usd) }), fault.Refused, "ledger.insufficient"},
		{"a reserve of one more than is free", b.reserve("r", b.buyer, b.held, 901), fault.Refused, "ledger.insufficient"},
		{"a full account", b.move("2", b.rail, full, 11), fault.Invalid, "money.overflow"},
		{"an account full when all has come", b.move("2", b.rail, full, 7), fault.Invalid, "money.overflow"},
		{"a reserve on an account full when all has come", b.reserve("2", b.rail, full, 7), fault.Invalid, "money.overflow"},
		{"a rail full of debt", b.move("2", b.rail, b.seller, math.MaxInt64), fault.Invalid, "money.overflow"},
		{"a rail whose money could not be counted", b.move("2", b.rail, b.seller, math.MaxInt64-999), fault.Invalid, "money.overflow"},
		{"a reserve whose money could not be counted", b.reserve("2", b.rail, b.seller, math.MaxInt64-999), fault.Invalid, "money.overflow"},
		{"an unknown pending", with(closing, func(t *ledger.Transfer) { t.Pending = "q" }), fault.Refused, "ledger.unknown_pending"},
		{"a posted transfer is no pending", with(closing, func(t *ledger.Transfer) { t.Pending = "1" }), fault.Refused, "ledger.unknown_pending"},
		{"a pending stored as closed", with(closing, func(t *ledger.Transfer) { t.Pending = "old" }), fault.Refused, "ledger.pending_closed"},
		{"less than the pending", with(closing, func(t *ledger.Transfer) { t.Amount = money.New(99, b.usd) }), fault.Invalid, "ledger.pending_mismatch"},
		{"another payee than the pending", with(closing, func(t *ledger.Transfer) { t.Credit = b.seller }), fault.Invalid, "ledger.pending_mismatch"},
		{"another payer than the pending", with(closing, func(t *ledger.Transfer) { t.Debit = b.rail }), fault.Invalid, "ledger.pending_mismatch"},
		{"a pending opened twice", open, fault.Conflict, "ledger.transfer_exists"},
		{"a transfer of a pending's ID", with(good, func(t *ledger.Transfer) { t.ID = "p" }), fault.Conflict, "ledger.transfer_exists"},
		{"a pending of a closed one's ID", b.reserve("old", b.buyer, b.held, 1), fault.Conflict, "ledger.transfer_exists"},
	} {
		t.Run(tt.name, func(t *testing.T) { // one after another: they share the book
			before, touched := maps.Collect(b.All()), b.Touched()
			entries, err := b.Apply(tt.t)
			if fault.CodeOf(err) != tt.code || fault.KindOf(err) != tt.kind || entries != nil {
				t.Errorf("got %v, %+v, want %s", entries, fault.Of(err), tt.code)
			}
			if !maps.Equal(before, maps.Collect(b.All())) || !reflect.DeepEqual(touched, b.Touched()) {
				t.Error("a refused transfer changed the book")
			}
		})
	}
	apply(t, b.Book, good, closing) // the base of the wrong ones is right
}

func TestApplyAllIsAllOrNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	apply(t, b.Book, b.move("1", b.rail, b.buyer, 100))
	before, touched := maps.Collect(b.All()), b.Touched()
	entries, err := b.ApplyAll([]ledger.Transfer{
		b.move("2", b.buyer, b.held, 60), b.reserve("3", b.held, b.seller, 60), b.move("4", b.buyer, b.held, 41),
	})
	if fault.CodeOf(err) != "ledger.insufficient" || entries != nil {
		t.Errorf("got %v, %v", entries, err)
	}
	if !maps.Equal(before, maps.Collect(b.All())) || !reflect.DeepEqual(touched, b.Touched()) {
		t.Error("half of the transfers stayed")
	}
	if entries := apply(t, b.Book); len(entries) != 0 {
		t.Errorf("no transfers gave %v", entries)
	}
}

func TestClosingNeverFailsForRoom(t *testing.T) {
	t.Parallel()
	b := setup(t)
	in := b.reserve("in", b.rail, b.buyer, math.MaxInt64)
	apply(t, b.Book, in)
	// Neither side may take what the open transfer will need.
	for _, crowd := range []ledger.Transfer{b.move("x", b.rail, b.seller, 2), b.reserve("y", ledger.Rail("wire", b.usd), b.buyer, 1)} {
		if _, err := b.Apply(crowd); fault.CodeOf(err) != "money.overflow" {
			t.Errorf("%s crowded the open transfer: %v", crowd.ID, err)
		}
	}
	apply(t, b.Book, in.Closing(ledger.Post, "in2", ledger.ReasonDeposit, in.At))
	wantBalance(t, b.Book, b.buyer, ledger.Balance{Posted: math.MaxInt64, Version: 2})
}

func TestTrialBalanceSumsEachCurrency(t *testing.T) {
	t.Parallel()
	b := setup(t)
	jpy := money.MustCurrency("JPY")
	apply(t, b.Book, b.move("1", b.rail, b.buyer, 100), b.move("2", b.buyer, b.fees, 3))
	b.SetBalance(ledger.Fees(jpy), ledger.Balance{Posted: 7})
	b.SetBalance("nonsense", ledger.Balance{Posted: 2})
	want := map[string]int64{"USD": 0, "JPY": 7, "": 2}
	if got := ledger.TrialBalance(b.All()); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := ledger.TrialBalance(maps.All(map[ledger.AccountID]ledger.Balance{})); len(got) != 0 {
		t.Errorf("nothing sums to %v", got)
	}
}
