package money_test

import (
	"encoding/json"
	"fmt"

	"fondaco/internal/fault"
	"fondaco/internal/money"
)

func ExampleParse() {
	usd := money.MustCurrency("USD")
	price, _ := money.Parse("1,250.00", usd)
	fmt.Println(price, price.Minor())

	_, err := money.Parse("12,50", usd)
	fmt.Println(fault.CodeOf(err))
	// Output:
	// USD 1,250.00 125000
	// money.malformed
}

func ExampleAmount_Split() {
	parts, _ := money.New(10000, money.MustCurrency("EUR")).Split(1, 1, 1)
	fmt.Println(parts)
	// Output: [EUR 33.34 EUR 33.33 EUR 33.33]
}

func ExampleAmount_MulRatio() {
	// A fee of 125 basis points, rounded to the nearest cent.
	fee, _ := money.New(99999, money.MustCurrency("USD")).MulRatio(125, 10_000, money.HalfUp)
	fmt.Println(fee)
	// Output: USD 12.50
}

func ExampleAmount_MarshalJSON() {
	data, _ := json.Marshal(money.New(125000, money.MustCurrency("USD")))
	fmt.Println(string(data))
	// Output: {"amount":125000,"currency":"USD"}
}
