package money_test

import (
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"fondaco/internal/fault"
	"fondaco/internal/money"
)

func TestOnlyExactActiveCodesAreCurrencies(t *testing.T) {
	t.Parallel()
	for code, exponent := range map[string]int{"USD": 2, "EUR": 2, "CNY": 2, "JPY": 0, "KWD": 3, "CLF": 4, "XCG": 2, "AED": 2, "ZWG": 2} {
		c, err := money.ParseCurrency(code)
		if err != nil || c.Code() != code || c.String() != code || c.Exponent() != exponent || c.IsZero() {
			t.Errorf("%s: got %v with %d decimals, %v", code, c, c.Exponent(), err)
		}
	}
	for _, code := range []string{
		"", "usd", "Usd", "US", "USDT", " USD", "USD ", "US D", "D A", "   ", "XAU", "XXX", "XTS", "XDR",
		"HRK", "DEM", "BGN", "ANG", "CUC", "RMB", "\x00\x00\x00", "AED ", "ÄÖ", "FNA",
	} {
		c, err := money.ParseCurrency(code)
		if fault.CodeOf(err) != "money.unknown_currency" || fault.KindOf(err) != fault.Invalid || !c.IsZero() {
			t.Errorf("%q: got %v, %v", code, c, err)
		}
	}
}

func TestCurrenciesAreSortedAndKnowThemselves(t *testing.T) {
	t.Parallel()
	all := money.Currencies()
	for i, c := range all {
		again, err := money.ParseCurrency(c.Code())
		if err != nil || again != c || !slices.Contains([]int{0, 2, 3, 4}, c.Exponent()) {
			t.Errorf("%v: %v, %v", c, again, err)
		}
		if i > 0 && all[i-1].Code() >= c.Code() {
			t.Errorf("%v stands before %v", all[i-1], c)
		}
	}
}

func TestACurrencyIsItsCodeAsText(t *testing.T) {
	t.Parallel()
	in := map[money.Currency]money.Currency{money.MustCurrency("USD"): money.MustCurrency("CNY")}
	data, err := json.Marshal(in)
	if err != nil || string(data) != `{"USD":"CNY"}` {
		t.Fatalf("got %s, %v", data, err)
	}
	var out map[money.Currency]money.Currency
	if err := json.Unmarshal(data, &out); err != nil || !maps.Equal(in, out) {
		t.Errorf("got %v, %v", out, err)
	}
	if _, err := (money.Currency{}).MarshalText(); fault.CodeOf(err) != "money.unknown_currency" {
		t.Errorf("no currency as text: %v", err)
	}
	c := money.MustCurrency("USD")
	if err := c.UnmarshalText([]byte("usd")); fault.CodeOf(err) != "money.unknown_currency" || c.Code() != "USD" {
		t.Errorf("a wrong code gives %v, %v", c, err)
	}
}

func TestMustCurrencyAssertsTheCode(t *testing.T) {
	t.Parallel()
	defer wantViolation(t, "money.unknown_currency")
	money.MustCurrency("usd")
}

// setupPublished opens a file of the published ISO 4217 tables, which are not
// part of this repository.
func setupPublished(t *testing.T, name string) *os.File {
	t.Helper()
	root := os.Getenv("FONDACO_DATA")
	if root == "" {
		t.Skip("FONDACO_DATA names no folder of reference data")
	}
	f, err := os.Open(filepath.Join(root, "trade", "codes", name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func table() map[string]int {
	decimals := map[string]int{}
	for _, c := range money.Currencies() {
		decimals[c.Code()] = c.Exponent()
	}
	return decimals
}

func compareTables(t *testing.T, want map[string]int) {
	t.Helper()
	got := table()
	if len(want) < 100 {
		t.Fatalf("only %d codes were read", len(want))
	}
	for code := range want {
		if have, ok := got[code]; !ok || have != want[code] {
			t.Errorf("%s: %d decimals (listed: %t), published with %d", code, have, ok, want[code])
		}
	}
	for code := range got {
		if _, ok := want[code]; !ok {
			t.Errorf("%s is not published", code)
		}
	}
}

func TestTheTableIsThePublishedActiveList(t *testing.T) {
	t.Parallel()
	rows, err := csv.NewReader(setupPublished(t, "currency-codes-all.csv")).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{}
	for _, row := range rows[1:] { // entity, name, code, number, decimals, withdrawn
		if decimals, err := strconv.Atoi(row[4]); err == nil && row[2] != "" && row[5] == "" {
			want[row[2]] = decimals
		}
	}
	compareTables(t, want)
}

func TestTheTableIsListOneOf2024AndItsAmendments(t *testing.T) {
	t.Parallel()
	var list struct {
		Rows []struct {
			Code     string `xml:"Ccy"`
			Decimals string `xml:"CcyMnrUnts"`
		} `xml:"CcyTbl>CcyNtry"`
	}
	if err := xml.NewDecoder(setupPublished(t, "iso4217-table-a1.xml")).Decode(&list); err != nil {
		t.Fatal(err)
	}
	want := map[string]int{}
	for _, row := range list.Rows {
		if decimals, err := strconv.Atoi(row.Decimals); err == nil && row.Code != "" {
			want[row.Code] = decimals
		}
	}
	for _, gone := range []string{"ANG", "BGN", "CUC"} {
		delete(want, gone)
	}
	want["XCG"], want["XAD"] = 2, 2
	compareTables(t, want)
}
