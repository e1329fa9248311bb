package money

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"

	"fondaco/internal/fault"
)

// MarshalJSON returns exactly {"amount":<minor units>,"currency":"<code>"}. It
// is Invalid money.unknown_currency for an amount without a currency.
func (a Amount) MarshalJSON() ([]byte, error) {
	if a.currency.IsZero() {
		return nil, unknownCurrency()
	}
	out := append(make([]byte, 0, 48), `{"amount":`...)
	out = strconv.AppendInt(out, a.minor, 10)
	out = append(out, `,"currency":"`...)
	out = append(out, a.currency.code...)
	return append(out, `"}`...), nil
}

// UnmarshalJSON reads what MarshalJSON writes, its two keys in either order.
// Fractions, exponents, null, unknown, repeated or missing keys and trailing
// data are Invalid money.malformed; further money.overflow and
// money.unknown_currency. On an error a is unchanged.
func (a *Amount) UnmarshalJSON(data []byte) error {
	in := json.NewDecoder(bytes.NewReader(data))
	in.UseNumber()
	if token, err := in.Token(); err != nil || token != json.Delim('{') {
		return malformedJSON(err)
	}
	var read Amount
	var hasAmount, hasCurrency bool
	for in.More() {
		key, err := in.Token()
		if err != nil {
			return malformedJSON(err)
		}
		value, err := in.Token()
		if err != nil {
			return malformedJSON(err)
		}
		switch {
		case key == "amount" && !hasAmount:
			hasAmount = true
			if read.minor, err = readMinor(value); err != nil {
				return err
			}
		case key == "currency" && !hasCurrency:
			hasCurrency = true
			if read.currency, err = readCurrency(value); err != nil {
				return err
			}
		default:
			return malformedJSON(nil)
		}
	}
	if _, err := in.Token(); err != nil || !hasAmount || !hasCurrency {
		return malformedJSON(err)
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return malformedJSON(err)
	}
	*a = read
	return nil
}

func readMinor(token json.Token) (int64, error) {
	number, ok := token.(json.Number)
	if !ok {
		return 0, malformedJSON(nil).At("amount")
	}
	minor, err := strconv.ParseInt(number.String(), 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, overflow().At("amount")
	case err != nil:
		return 0, malformedJSON(err).At("amount")
	}
	return minor, nil
}

func readCurrency(token json.Token) (Currency, error) {
	code, ok := token.(string)
	if !ok {
		return Currency{}, malformedJSON(nil).At("currency")
	}
	c, err := ParseCurrency(code)
	if err != nil {
		return Currency{}, fault.Of(err).At("currency")
	}
	return c, nil
}

func malformedJSON(cause error) *fault.Error {
	return fault.New(fault.Invalid, "money.malformed",
		`an amount is written {"amount": 125000, "currency": "USD"}, a whole number of minor units`).Because(cause)
}
