package money_test

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"fondaco/internal/fault"
	"fondaco/internal/money"
)

const (
	most  = math.MaxInt64
	least = math.MinInt64
)

func usd(minor int64) money.Amount { return money.New(minor, money.MustCurrency("USD")) }

func jpy(minor int64) money.Amount { return money.New(minor, money.MustCurrency("JPY")) }

// drawMinor favours the ends of int64, where arithmetic breaks.
func drawMinor() *rapid.Generator[int64] {
	return rapid.OneOf(
		rapid.Int64(),
		rapid.Int64Range(-1000, 1000),
		rapid.SampledFrom([]int64{least, least + 1, -1, 0, 1, most - 1, most}),
	)
}

func drawCurrency() *rapid.Generator[money.Currency] { return rapid.SampledFrom(money.Currencies()) }

func wantViolation(t *testing.T, code string) {
	t.Helper()
	if v, ok := recover().(*fault.Violation); !ok || v.Code != code {
		t.Errorf("want violation %s, got %v", code, v)
	}
}

// sameAsBig compares a result with the exact one: equal, or refused as
// overflow exactly when the exact one is outside int64.
func sameAsBig(t *rapid.T, what string, got money.Amount, err error, want *big.Int) {
	t.Helper()
	switch {
	case !want.IsInt64():
		if fault.CodeOf(err) != "money.overflow" {
			t.Fatalf("%s: %s does not fit, got %v, %v", what, want, got, err)
		}
	case err != nil || got.Minor() != want.Int64():
		t.Fatalf("%s: got %v, %v, want %s", what, got, err, want)
	}
}

func TestArithmeticIsExactOrRefused(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		x, y := drawMinor().Draw(t, "x"), drawMinor().Draw(t, "y")
		bx, by := big.NewInt(x), big.NewInt(y)
		sum, err := usd(x).Add(usd(y))
		sameAsBig(t, "add", sum, err, new(big.Int).Add(bx, by))
		difference, err := usd(x).Sub(usd(y))
		sameAsBig(t, "sub", difference, err, new(big.Int).Sub(bx, by))
		negative, err := usd(x).Neg()
		sameAsBig(t, "neg", negative, err, new(big.Int).Neg(bx))
		product, err := usd(x).Mul(y)
		sameAsBig(t, "mul", product, err, new(big.Int).Mul(bx, by))
		if got := usd(x).Compare(usd(y)); got != bx.Cmp(by) || usd(x).Less(usd(y)) != (x < y) {
			t.Fatalf("compare: got %d", got)
		}
		if got := usd(x).Min(usd(y)).Minor(); got != min(x, y) {
			t.Fatalf("min: got %d", got)
		}
		if got := usd(x).Sign(); got != bx.Sign() || usd(x).IsZero() != (x == 0) || usd(x).IsPositive() != (x > 0) {
			t.Fatalf("sign: got %d", got)
		}
	})
}

func TestMulRatioRoundsAsNamed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		minor, num, den       int64
		down, half, up        int64
		downErr, halfErr, up2 string
	}{
		{minor: 100, num: 1, den: 3, down: 33, half: 33, up: 34},
		{minor: 200, num: 1, den: 3, down: 66, half: 67, up: 67},
		{minor: 1, num: 1, den: 2, down: 0, half: 1, up: 1},
		{minor: -1, num: 1, den: 2, down: 0, half: -1, up: -1},
		{minor: 1, num: -1, den: 2, down: 0, half: -1, up: -1},
		{minor: -1, num: 1, den: -2, down: 0, half: 1, up: 1},
		{minor: -100, num: 1, den: 3, down: -33, half: -33, up: -34},
		{minor: 0, num: 5, den: 7},
		{minor: 10, num: 5, den: 5, down: 10, half: 10, up: 10},
		{minor: most, num: most, den: most, down: most, half: most, up: most},
		{minor: least, num: least, den: least, down: least, half: least, up: least},
		{minor: least, num: 1, den: -1, downErr: "money.overflow", halfErr: "money.overflow", up2: "money.overflow"},
		{minor: most, num: 2, den: 1, downErr: "money.overflow", halfErr: "money.overflow", up2: "money.overflow"},
		{minor: least, num: least, den: 1, downErr: "money.overflow", halfErr: "money.overflow", up2: "money.overflow"},
		{minor: 1, num: 1, den: 0, downErr: "money.zero_divisor", halfErr: "money.zero_divisor", up2: "money.zero_divisor"},
	} {
		for _, way := range []struct {
			name string
			r    money.Rounding
			want int64
			code string
		}{{"down", money.Down, tt.down, tt.downErr}, {"half up", money.HalfUp, tt.half, tt.halfErr}, {"up", money.Up, tt.up, tt.up2}} {
			got, err := usd(tt.minor).MulRatio(tt.num, tt.den, way.r)
			if fault.CodeOf(err) != way.code || got.Minor() != way.want {
				t.Errorf("%d·%d/%d %s: got %v, %v, want %d %s", tt.minor, tt.num, tt.den, way.name, got, err, way.want, way.code)
			}
		}
	}
}

func TestMulRatioAgreesWithExactFractions(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		x, num := drawMinor().Draw(t, "x"), drawMinor().Draw(t, "num")
		den := drawMinor().Filter(func(n int64) bool { return n != 0 }).Draw(t, "den")
		r := rapid.SampledFrom([]money.Rounding{money.Down, money.HalfUp, money.Up}).Draw(t, "rounding")
		product := new(big.Int).Mul(big.NewInt(x), big.NewInt(num))
		want, rest := new(big.Int).QuoRem(product, big.NewInt(den), new(big.Int))
		twice := new(big.Int).Abs(new(big.Int).Lsh(rest, 1))
		away := r == money.Up && rest.Sign() != 0 || r == money.HalfUp && twice.CmpAbs(big.NewInt(den)) >= 0
		if away {
			want.Add(want, big.NewInt(int64(product.Sign()*big.NewInt(den).Sign())))
		}
		got, err := usd(x).MulRatio(num, den, r)
		sameAsBig(t, "ratio", got, err, want)
	})
}

func TestCurrenciesDoNotMix(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		a, b money.Amount
	}{
		{"two currencies", usd(1), jpy(1)},
		{"none and one", money.Amount{}, jpy(1)},
		{"one and none", jpy(1), money.Amount{}},
		{"none and none", money.Amount{}, money.Amount{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := tt.a.Add(tt.b); fault.CodeOf(err) != "money.currency_mismatch" || fault.KindOf(err) != fault.Invalid {
				t.Errorf("add: %v", err)
			}
			if _, err := tt.a.Sub(tt.b); fault.CodeOf(err) != "money.currency_mismatch" {
				t.Errorf("sub: %v", err)
			}
		})
	}
	if _, err := money.Sum(money.MustCurrency("USD"), usd(1), jpy(1)); fault.CodeOf(err) != "money.currency_mismatch" {
		t.Errorf("sum: %v", err)
	}
	if _, err := money.Sum(money.Currency{}); fault.CodeOf(err) != "money.unknown_currency" {
		t.Errorf("sum of no currency: %v", err)
	}
	if usd(1) == jpy(1) || usd(1) != money.New(1, money.MustCurrency("USD")) {
		t.Error("== does not compare count and currency")
	}
	defer wantViolation(t, "money.currency_mismatch")
	usd(1).Compare(jpy(1))
}

func TestSumIsExactInAnyOrder(t *testing.T) {
	t.Parallel()
	c := money.MustCurrency("USD")
	if got, err := money.Sum(c); err != nil || got != money.Zero(c) {
		t.Errorf("the sum of nothing is %v, %v", got, err)
	}
	rapid.Check(t, func(t *rapid.T) {
		minors := rapid.SliceOfN(drawMinor(), 0, 20).Draw(t, "minors")
		want, amounts := new(big.Int), []money.Amount(nil)
		for _, m := range minors {
			want.Add(want, big.NewInt(m))
			amounts = append(amounts, usd(m))
		}
		got, err := money.Sum(c, amounts...)
		sameAsBig(t, "sum", got, err, want)
	})
}

func TestSplitGivesTheLargestRemaindersFirst(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		minor   int64
		weights []int64
		want    []int64
		code    string
	}{
		{"three equal parts", 100, []int64{1, 1, 1}, []int64{34, 33, 33}, ""},
		{"two units over", 101, []int64{1, 1, 1}, []int64{34, 34, 33}, ""},
		{"the larger remainder wins over the earlier", 100, []int64{1, 5}, []int64{17, 83}, ""},
		{"ties go to the earlier", 5, []int64{50, 50}, []int64{3, 2}, ""},
		{"negative as its mirror", -100, []int64{1, 1, 1}, []int64{-34, -33, -33}, ""},
		{"nothing", 0, []int64{2, 3}, []int64{0, 0}, ""},
		{"a weight of zero gets nothing", 7, []int64{0, 1, 0, 1}, []int64{0, 4, 0, 3}, ""},
		{"one part is the whole", most, []int64{9}, []int64{most}, ""},
		{"the least amount", least, []int64{1, 0}, []int64{least, 0}, ""},
		{"huge weights", most, []int64{most, most}, []int64{most/2 + 1, most / 2}, ""},
		{"fewer units than parts", 2, []int64{1, 1, 1}, []int64{1, 1, 0}, ""},
		{"no weights", 1, nil, nil, "money.bad_weights"},
		{"only zero weights", 1, []int64{0, 0}, nil, "money.bad_weights"},
		{"a negative weight", 1, []int64{2, -1}, nil, "money.bad_weights"},
		{"weights beyond 64 bits", 1, []int64{most, most, most}, nil, "money.overflow"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			parts, err := usd(tt.minor).Split(tt.weights...)
			var got []int64
			for _, p := range parts {
				got = append(got, p.Minor())
			}
			if fault.CodeOf(err) != tt.code || !slices.Equal(got, tt.want) {
				t.Errorf("got %v, %v, want %v %s", got, err, tt.want, tt.code)
			}
		})
	}
}

func TestSplitKeepsTheOrderOfManyTies(t *testing.T) {
	t.Parallel()
	// Twenty remainders of 25 and twenty of 50: the larger all win, the first five of the rest too.
	parts, err := usd(25).Split(slices.Repeat([]int64{1, 2}, 20)...)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range parts {
		if wins := i%2 == 1 || i/2 < 5; (p.Minor() == 1) != wins {
			t.Errorf("part %d is %v", i, p)
		}
	}
}

func TestSplitLosesNothingAndIsFair(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		whole, c := drawMinor().Draw(t, "whole"), drawCurrency().Draw(t, "currency")
		weights := rapid.SliceOfN(rapid.OneOf(rapid.Int64Range(0, 10), rapid.Int64Range(0, most/32)), 1, 30).
			Filter(func(ws []int64) bool { return slices.Max(ws) > 0 }).Draw(t, "weights")
		parts, err := money.New(whole, c).Split(weights...)
		if err != nil || len(parts) != len(weights) {
			t.Fatalf("got %v, %v", parts, err)
		}
		if sum, err := money.Sum(c, parts...); err != nil || sum.Minor() != whole {
			t.Fatalf("the parts sum to %v, %v", sum, err)
		}
		total := new(big.Int)
		for _, w := range weights {
			total.Add(total, big.NewInt(w))
		}
		for i, w := range weights {
			// A fair part is the exact share rounded one way or the other.
			product := new(big.Int).Mul(big.NewInt(whole), big.NewInt(w))
			down, rest := new(big.Int).QuoRem(product, total, new(big.Int))
			up := new(big.Int).Add(down, big.NewInt(int64(rest.Sign())))
			if got := big.NewInt(parts[i].Minor()); got.Cmp(down) != 0 && got.Cmp(up) != 0 {
				t.Fatalf("part %d is %s, want %s or %s", i, got, down, up)
			}
		}
	})
}

func TestAnUnknownRoundingIsAViolation(t *testing.T) {
	t.Parallel()
	defer wantViolation(t, "money.rounding")
	_, _ = usd(1).MulRatio(1, 2, money.Up+1)
}

func TestAShareIsWhatTheExactRatioSays(t *testing.T) {
	t.Parallel()
	dollars := money.MustCurrency("USD")
	for _, minor := range []int64{0, 1, 49, 50, 9_999, 10_000, 10_001, 123_456_789, 1<<53 - 1, math.MaxInt64} {
		for _, bps := range []int64{0, 1, 33, 50, 5_000, 9_999, 10_000} {
			for _, r := range []money.Rounding{money.Down, money.HalfUp, money.Up} {
				want, err := money.New(minor, dollars).MulRatio(bps, 10_000, r)
				if got := money.Share(minor, bps, r); err != nil || got != want.Minor() {
					t.Errorf("%d bps of %d, rounding %d: %d, want %d (%v)", bps, minor, r, got, want.Minor(), err)
				}
			}
		}
	}
}
