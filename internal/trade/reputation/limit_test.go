package reputation_test

import (
	"testing"

	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/reputation"
)

func ratedAt(value int, level reputation.Level) reputation.Standing {
	return reputation.Standing{State: reputation.Rated, Value: value, Level: level}
}

func TestLimitsGrowWithStanding(t *testing.T) {
	t.Parallel()
	newcomer, verified := reputation.Standing{State: reputation.NewParty}, reputation.Standing{State: reputation.NewParty, Verified: true}
	million := usd(100_000_000)
	for name, c := range map[string]struct {
		limits  reputation.Limits
		seller  reputation.Standing
		price   money.Amount
		advance money.Amount
		code    string
	}{
		"at the limit":                    {reputation.DefaultLimits(), newcomer, usd(25_000_000), usd(7_500_000), ""},
		"a cent above":                    {reputation.DefaultLimits(), newcomer, usd(25_000_001), usd(0), "reputation.deal_over_limit"},
		"a cent too much in advance":      {reputation.DefaultLimits(), newcomer, usd(25_000_000), usd(7_500_001), "reputation.advance_not_yet"},
		"in another currency":             {reputation.DefaultLimits(), newcomer, money.New(100_000_000, money.MustCurrency("JPY")), usd(0), "reputation.deal_over_limit"},
		"that is worth less":              {reputation.DefaultLimits(), newcomer, money.New(30_000_000, money.MustCurrency("JPY")), usd(0), ""},
		"checked by the house":            {reputation.DefaultLimits(), verified, million, usd(30_000_000), ""},
		"and too much":                    {reputation.DefaultLimits(), verified, usd(100_000_100), usd(0), "reputation.deal_over_limit"},
		"a bad name":                      {reputation.DefaultLimits(), ratedAt(39, reputation.High), usd(10_000_000), usd(0), ""},
		"a bad name and an advance":       {reputation.DefaultLimits(), ratedAt(39, reputation.High), usd(10_000_000), usd(1), "reputation.advance_not_yet"},
		"a little known":                  {reputation.DefaultLimits(), ratedAt(80, reputation.Low), million, usd(50_000_000), ""},
		"a little known, much in advance": {reputation.DefaultLimits(), ratedAt(80, reputation.Low), million, usd(50_000_001), "reputation.advance_not_yet"},
		"known":                           {reputation.DefaultLimits(), ratedAt(80, reputation.Medium), usd(1 << 50), usd(1 << 50), ""},
		"well known":                      {reputation.DefaultLimits(), ratedAt(40, reputation.High), usd(1 << 50), usd(1 << 50), ""},
		"no advance whatever the share": {
			reputation.Limits{Seller: reputation.ByStanding{New: reputation.Limit{AdvanceBpsMax: 5000, NoAdvance: true}}}, newcomer, usd(100), usd(1), "reputation.advance_not_yet",
		},
		"a house without limits":           {reputation.Limits{}, newcomer, usd(1 << 50), usd(1 << 50), ""},
		"an advance in another currency":   {reputation.Limits{}, newcomer, usd(5), money.New(1, money.MustCurrency("EUR")), "money.currency_mismatch"},
		"a house that limits buyers alone": {reputation.Limits{Buyer: reputation.ByStanding{New: reputation.Limit{DealDollarsMax: 10}}}, ratedAt(90, reputation.High), usd(1100), usd(0), "reputation.deal_over_limit"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := c.limits.Check(reputation.Proposal{Seller: c.seller, Buyer: newcomer, Price: c.price, Advance: c.advance})
			if got := fault.CodeOf(err); got != c.code {
				t.Errorf("the answer is %q, want %q", got, c.code)
			}
			if err != nil && fault.KindOf(err) != fault.Refused && c.code != "money.currency_mismatch" {
				t.Errorf("the refusal is %v", fault.KindOf(err))
			}
		})
	}
}

func TestLimitsMustMakeSense(t *testing.T) {
	t.Parallel()
	for _, good := range []reputation.Limits{{}, reputation.DefaultLimits()} {
		if err := good.Sound(); err != nil {
			t.Errorf("%+v: %v", good, err)
		}
	}
	for _, bad := range []reputation.Limit{{DealDollarsMax: -1}, {AdvanceBpsMax: -1}, {AdvanceBpsMax: 10_001}} {
		for _, l := range []reputation.Limits{{Seller: reputation.ByStanding{New: bad}}, {Buyer: reputation.ByStanding{High: bad}}} {
			if err := l.Sound(); fault.CodeOf(err) != "reputation.bad_limits" {
				t.Errorf("%+v: %v", l, err)
			}
		}
	}
}
