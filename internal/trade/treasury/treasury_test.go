package treasury_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/ledger"
	"fondaco/internal/trade/treasury"
)

func noon() time.Time     { return time.Date(2027, 3, 10, 12, 0, 0, 0, time.UTC) }
func usd() money.Currency { return money.MustCurrency("USD") }

const day = 24 * time.Hour

// setup is a payout at the given stage, and the book that followed it there.
func setup(t *testing.T, stage treasury.PayoutStage) (treasury.Payout, *ledger.Book) {
	t.Helper()
	b := ledger.NewBook()
	n := treasury.Notice{Rail: "sandbox", Reference: "r1", Amount: money.New(500, usd())}
	in, err := treasury.Booking("dep", n, noon())
	take(t, b, in, err)
	d := treasury.Deposit{ID: "dep"}.Apply(treasury.DepositBooked{Notice: n, Rest: 500}, noon())
	_, out, err := d.Assign("acme", "theirs", noon())
	take(t, b, out, err)
	p := treasury.Payout{ID: "o1"}
	step := func(e treasury.PayoutEvent, tr ledger.Transfer, err error) {
		take(t, b, tr, err)
		p = p.Apply(e, noon())
	}
	if stage != treasury.NotInstructed {
		step(p.Instruct(treasury.PayoutInstructed{Party: "acme", Rail: "sandbox", Amount: money.New(500, usd())}, noon()))
	}
	switch stage {
	case treasury.Sent:
		step(p.Send("x", noon()))
	case treasury.Settled:
		step(p.Send("x", noon()))
		step(p.Settle("x", noon()))
	case treasury.Bounced:
		step(p.Send("x", noon()))
		step(p.Bounce("x", "AC04", noon()))
	case treasury.Dropped:
		step(p.Cancel("mistaken", noon()))
	case treasury.TimedOut:
		step(p.Expire(noon().Add(6 * day)))
	case treasury.NotInstructed, treasury.Instructed:
	}
	if p.Stage != stage {
		t.Fatalf("stage %s, want %s", p.Stage, stage)
	}
	return p, b
}

func take(t *testing.T, b *ledger.Book, tr ledger.Transfer, err error) {
	t.Helper()
	if err == nil {
		_, err = b.Apply(tr)
	}
	if err != nil {
		t.Fatalf("%+v", err)
	}
}

func available(b *ledger.Book) int64 {
	balance, _ := b.Balance(ledger.Party("acme", usd()))
	return balance.Available(ledger.KindParty)
}

// TestEveryStageOfAPayoutTakesTheRightStepsOnly is the whole table.
func TestEveryStageOfAPayoutTakesTheRightStepsOnly(t *testing.T) {
	t.Parallel()
	type result func(treasury.Payout) (treasury.PayoutEvent, ledger.Transfer, error)
	steps := map[string]result{
		"instruct": func(p treasury.Payout) (treasury.PayoutEvent, ledger.Transfer, error) {
			return p.Instruct(treasury.PayoutInstructed{Party: "acme", Rail: "sandbox", Amount: money.New(1, usd())}, noon())
		},
		"send":   func(p treasury.Payout) (treasury.PayoutEvent, ledger.Transfer, error) { return p.Send("x", noon()) },
		"settle": func(p treasury.Payout) (treasury.PayoutEvent, ledger.Transfer, error) { return p.Settle("x", noon()) },
		"bounce": func(p treasury.Payout) (treasury.PayoutEvent, ledger.Transfer, error) {
			return p.Bounce("x", "f", noon())
		},
		"cancel": func(p treasury.Payout) (treasury.PayoutEvent, ledger.Transfer, error) { return p.Cancel("r", noon()) },
		"expire": func(p treasury.Payout) (treasury.PayoutEvent, ledger.Transfer, error) {
			return p.Expire(noon().Add(6 * day))
		},
	}
	for stage, row := range map[treasury.PayoutStage]struct {
		takes string
		left  int64 // what acme may take out
	}{
		treasury.NotInstructed: {"instruct", 500},
		treasury.Instructed:    {"send cancel expire", 0},
		treasury.Sent:          {"settle bounce", 0},
		treasury.Settled:       {"", 0},
		treasury.Bounced:       {"", 500},
		treasury.Dropped:       {"", 500},
		treasury.TimedOut:      {"", 500},
	} {
		for name, step := range steps {
			p, b := setup(t, stage)
			if got := available(b); got != row.left {
				t.Errorf("%s: acme may take out %d, want %d", stage, got, row.left)
			}
			_, tr, err := step(p)
			if strings.Contains(row.takes, name) {
				take(t, b, tr, err)
			} else if fault.CodeOf(err) != "treasury.wrong_stage" || !reflect.DeepEqual(tr, ledger.Transfer{}) {
				t.Errorf("%s in stage %q: %v", name, stage, err)
			}
			for code, sum := range ledger.TrialBalance(b.All()) {
				if sum != 0 {
					t.Errorf("%s after %s sums to %d", code, name, sum)
				}
			}
		}
	}
}

func TestAnInstructionExpiresAfterItsInstantOnly(t *testing.T) {
	t.Parallel()
	p, _ := setup(t, treasury.Instructed)
	if _, _, err := p.Expire(p.Due()); fault.CodeOf(err) != "treasury.not_lapsed" {
		t.Errorf("at the instant: %v", err)
	}
	if _, _, err := p.Expire(p.Due().Add(time.Microsecond)); err != nil {
		t.Errorf("after it: %v", err)
	}
	if sent, _ := setup(t, treasury.Sent); !sent.Due().IsZero() {
		t.Error("a payout that the rail has taken has a clock")
	}
}

func TestNoMoreIsPaidOutThanThereIs(t *testing.T) {
	t.Parallel()
	for _, minor := range []int64{-1, 0} {
		if _, _, err := (treasury.Payout{ID: "o2"}).Instruct(treasury.PayoutInstructed{Party: "acme", Rail: "sandbox", Amount: money.New(minor, usd())}, noon()); fault.CodeOf(err) != "money.not_positive" {
			t.Errorf("%d: %v", minor, err)
		}
	}
	_, b := setup(t, treasury.Instructed)
	_, tr, err := (treasury.Payout{ID: "o2"}).Instruct(treasury.PayoutInstructed{Party: "acme", Rail: "sandbox", Amount: money.New(1, usd())}, noon())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Apply(tr); fault.CodeOf(err) != "ledger.insufficient" {
		t.Errorf("a second payout of the same money: %v", err)
	}
}

func TestDepositsMoveOnce(t *testing.T) {
	t.Parallel()
	n := treasury.Notice{Rail: "sandbox", Reference: "r1", Amount: money.New(500, usd())}
	whole := treasury.Deposit{ID: "d"}.Apply(treasury.DepositBooked{Notice: n, Deal: "d1", Applied: 500}, noon())
	some := treasury.Deposit{ID: "d"}.Apply(treasury.DepositBooked{Notice: n, Applied: 400, Rest: 100, Why: "surplus"}, noon())
	if whole.Stage != treasury.Matched || !whole.Due().IsZero() || some.Stage != treasury.Suspense || !some.Due().Equal(noon().Add(30*day)) {
		t.Errorf("%+v, %+v", whole, some)
	}
	for name, give := range map[string]func(treasury.Deposit, string) (treasury.DepositEvent, ledger.Transfer, error){
		"assign": func(d treasury.Deposit, why string) (treasury.DepositEvent, ledger.Transfer, error) {
			return d.Assign("acme", why, noon())
		},
		"return": func(d treasury.Deposit, why string) (treasury.DepositEvent, ledger.Transfer, error) {
			return d.Return(why, noon())
		},
	} {
		if _, _, err := give(whole, "why"); fault.CodeOf(err) != "treasury.no_rest" {
			t.Errorf("%s of nothing: %v", name, err)
		}
		for _, why := range []string{"", strings.Repeat("x", 501)} {
			if _, _, err := give(some, why); fault.CodeOf(err) != "treasury.no_reason" {
				t.Errorf("%s because %q: %v", name, why, err)
			}
		}
		e, tr, err := give(some, "why")
		if err != nil || tr.Amount.Minor() != 100 {
			t.Fatalf("%s: %+v, %v", name, tr, err)
		}
		after := some.Apply(e, noon())
		if _, _, err := give(after, "again"); fault.CodeOf(err) != "treasury.no_rest" || after.Rest != 0 {
			t.Errorf("%s twice: %v", name, err)
		}
	}
}

func TestNoticesAreChecked(t *testing.T) {
	t.Parallel()
	good := treasury.Notice{Rail: "sandbox", Reference: "r1", Amount: money.New(500, usd())}
	for want, spoil := range map[string]func(*treasury.Notice){
		"":                      func(*treasury.Notice) {},
		"treasury.bad_notice":   func(n *treasury.Notice) { n.Reference = "" },
		"treasury.bad_notice ":  func(n *treasury.Notice) { n.Payer = "caf\xe9" },
		"treasury.bad_notice\t": func(n *treasury.Notice) { n.Amount = money.New(1<<53, usd()) },
		"money.not_positive":    func(n *treasury.Notice) { n.Amount = money.New(0, usd()) },
		"money.not_positive ":   func(n *treasury.Notice) { n.Amount = money.New(-5, usd()) },
	} {
		n := good
		spoil(&n)
		if _, err := treasury.Booking("d", n, noon()); fault.CodeOf(err) != strings.TrimSpace(want) {
			t.Errorf("%q: %v", want, err)
		}
	}
}
