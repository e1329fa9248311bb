package money_test

import (
	"encoding/json"
	"math"
	"testing"

	"pgregory.net/rapid"

	"fondaco/internal/fault"
	"fondaco/internal/money"
)

func TestAnAmountInJSONIsACountAndACode(t *testing.T) {
	t.Parallel()
	type invoice struct {
		Total money.Amount  `json:"total"`
		Fee   *money.Amount `json:"fee"`
	}
	data, err := json.Marshal(invoice{Total: usd(125000)})
	if err != nil || string(data) != `{"total":{"amount":125000,"currency":"USD"},"fee":null}` {
		t.Fatalf("got %s, %v", data, err)
	}
	var back invoice
	if err := json.Unmarshal(data, &back); err != nil || back.Total != usd(125000) || back.Fee != nil {
		t.Errorf("got %+v, %v", back, err)
	}
	if _, err := json.Marshal(money.Amount{}); fault.CodeOf(err) != "money.unknown_currency" {
		t.Errorf("an amount without a currency: %v", err)
	}
}

func TestJSONIsReadStrictly(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, data string
		want       money.Amount
		code       string
	}{
		{"as written", `{"amount":125000,"currency":"USD"}`, usd(125000), ""},
		{"the other order, with space", " { \"currency\" : \"JPY\" ,\n \"amount\" : -5 } ", jpy(-5), ""},
		{"the largest", `{"amount":9223372036854775807,"currency":"USD"}`, usd(math.MaxInt64), ""},
		{"the least", `{"amount":-9223372036854775808,"currency":"USD"}`, usd(math.MinInt64), ""},
		{"too large", `{"amount":9223372036854775808,"currency":"USD"}`, money.Amount{}, "money.overflow"},
		{"a fraction", `{"amount":1.5,"currency":"USD"}`, money.Amount{}, "money.malformed"},
		{"a fraction of zero", `{"amount":1.0,"currency":"USD"}`, money.Amount{}, "money.malformed"},
		{"an exponent", `{"amount":1e3,"currency":"USD"}`, money.Amount{}, "money.malformed"},
		{"a number as text", `{"amount":"1","currency":"USD"}`, money.Amount{}, "money.malformed"},
		{"a null amount", `{"amount":null,"currency":"USD"}`, money.Amount{}, "money.malformed"},
		{"an amount inside an amount", `{"amount":{"amount":1,"currency":"USD"},"currency":"USD"}`, money.Amount{}, "money.malformed"},
		{"a plus sign", `{"amount":+1,"currency":"USD"}`, money.Amount{}, "money.malformed"},
		{"a leading zero", `{"amount":01,"currency":"USD"}`, money.Amount{}, "money.malformed"},
		{"an unknown currency", `{"amount":1,"currency":"XAU"}`, money.Amount{}, "money.unknown_currency"},
		{"a lower-case currency", `{"amount":1,"currency":"usd"}`, money.Amount{}, "money.unknown_currency"},
		{"a null currency", `{"amount":1,"currency":null}`, money.Amount{}, "money.malformed"},
		{"an unknown key", `{"amount":1,"currency":"USD","x":1}`, money.Amount{}, "money.malformed"},
		{"a key of the wrong case", `{"Amount":1,"currency":"USD"}`, money.Amount{}, "money.malformed"},
		{"an amount twice", `{"amount":1,"amount":1,"currency":"USD"}`, money.Amount{}, "money.malformed"},
		{"a currency twice", `{"amount":1,"currency":"USD","currency":"USD"}`, money.Amount{}, "money.malformed"},
		{"no currency", `{"amount":1}`, money.Amount{}, "money.malformed"},
		{"no amount", `{"currency":"USD"}`, money.Amount{}, "money.malformed"},
		{"an empty object", `{}`, money.Amount{}, "money.malformed"},
		{"null", `null`, money.Amount{}, "money.malformed"},
		{"a number", `125000`, money.Amount{}, "money.malformed"},
		{"a text", `"USD 1"`, money.Amount{}, "money.malformed"},
		{"a list", `[1,"USD"]`, money.Amount{}, "money.malformed"},
		{"trailing data", `{"amount":1,"currency":"USD"}{}`, money.Amount{}, "money.malformed"},
		{"a trailing comma", `{"amount":1,"currency":"USD",}`, money.Amount{}, "money.malformed"},
		{"cut short", `{"amount":1,"currency":"USD"`, money.Amount{}, "money.malformed"},
		{"nothing", ``, money.Amount{}, "money.malformed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got money.Amount
			err := got.UnmarshalJSON([]byte(tt.data))
			if fault.CodeOf(err) != tt.code || got != tt.want {
				t.Errorf("got %v, %v, want %v %s", got, err, tt.want, tt.code)
			}
			kept := jpy(9)
			if err := kept.UnmarshalJSON([]byte(tt.data)); err != nil && kept != jpy(9) {
				t.Errorf("a refused text changed the amount to %v", kept)
			}
		})
	}
}

func TestJSONGoesRoundInEveryCurrency(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := money.New(drawMinor().Draw(t, "minor"), drawCurrency().Draw(t, "currency"))
		data, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		var back money.Amount
		if err := json.Unmarshal(data, &back); err != nil || back != a {
			t.Fatalf("%s reads as %v, %v", data, back, err)
		}
	})
}

func FuzzUnmarshalJSON(f *testing.F) {
	for _, data := range []string{
		`{"amount":125000,"currency":"USD"}`, `{"currency":"JPY","amount":-5}`, `{"amount":1e3,"currency":"USD"}`,
		`{"amount":1,"currency":"USD",}`, `null`, `{}`, `{"\u0061mount":1,"currency":"USD"}`,
	} {
		f.Add([]byte(data))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var a money.Amount
		err := a.UnmarshalJSON(data)
		if err != nil {
			if fault.KindOf(err) != fault.Invalid || a != (money.Amount{}) {
				t.Fatalf("%q: %v, %+v", data, a, err)
			}
			return
		}
		// Whatever is accepted means the same to a plain reader of JSON.
		var plain map[string]any
		if err := json.Unmarshal(data, &plain); err != nil || len(plain) != 2 || plain["currency"] != a.Currency().Code() {
			t.Fatalf("%q: accepted as %v, plainly %v, %v", data, a, plain, err)
		}
		if plain["amount"] != float64(a.Minor()) {
			t.Fatalf("%q: accepted as %v", data, a)
		}
	})
}
