package contract_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/identity"
)

// setup is a contract that passes every check.
func setup(t *testing.T) contract.Terms {
	t.Helper()
	usd := money.MustCurrency("USD")
	return contract.Terms{
		Title: "Brass fittings", Buyer: "buyer-co", Seller: "seller-co", Currency: usd,
		Lines:    []contract.Line{{Description: "Brass fittings", HSCode: "741220", Origin: "CN", Quantity: 100, Unit: "PCE", UnitPrice: money.New(995, usd), ToleranceBps: 500, Acceptance: []string{"The thread is G 1/2."}}},
		Freight:  money.New(400, usd),
		Delivery: contract.Delivery{Incoterm: "DAP", NamedPlace: "Basel", ShipTo: "CH Basel", ShipBy: "2027-03-20", DeliverBy: "2027-04-20"},
		Tranches: []contract.Tranche{
			{ID: "advance", Amount: money.New(30_000, usd), Release: contract.OnFunding},
			{ID: "rest", Amount: money.New(69_900, usd), Release: contract.OnAcceptance},
		},
		Inspection:   contract.Inspection{Days: 7, Standard: "AQL 2.5, level II (ISO 2859-1)"},
		Remedies:     contract.Remedies{LatePenaltyBps: 100, LatePenaltyCapBps: 500, ReturnFreight: identity.Seller},
		GoverningLaw: "Switzerland, CISG included", DisputeForum: "ICC arbitration, seat Geneva",
		SellerDuties: []string{"Packs for sea freight."},
	}.Normal()
}

// found lists "field code" for every detail of a refusal.
func found(err error) []string {
	e := fault.Of(err)
	if e == nil {
		return nil
	}
	if len(e.Details) == 0 {
		return []string{e.Code}
	}
	var out []string
	for _, d := range e.Details {
		out = append(out, d.Field+" "+d.Code)
	}
	return out
}

func TestCheckNamesEveryWrongField(t *testing.T) {
	t.Parallel()
	eur := money.MustCurrency("EUR")
	long := strings.Repeat("x", 3000)
	for want, spoil := range map[string]func(*contract.Terms){
		"":                                                 func(*contract.Terms) {},
		"buyer contract.no_buyer":                          func(c *contract.Terms) { c.Buyer = "" },
		"seller contract.no_seller":                        func(c *contract.Terms) { c.Seller = "" },
		"seller contract.same_party":                       func(c *contract.Terms) { c.Seller = c.Buyer },
		"title contract.missing":                           func(c *contract.Terms) { c.Title = " ab " },
		"title contract.too_long":                          func(c *contract.Terms) { c.Title = long },
		"title contract.bad_characters":                    func(c *contract.Terms) { c.Title = "Brass \u202efittings" },
		"lines contract.no_lines":                          func(c *contract.Terms) { c.Lines = nil },
		"lines contract.too_many_lines":                    func(c *contract.Terms) { c.Lines = slices.Repeat(c.Lines, 501) },
		"lines[0].description contract.bad_characters":     func(c *contract.Terms) { c.Lines[0].Description = "Brass\u200bfittings" },
		"lines[0].description contract.missing":            func(c *contract.Terms) { c.Lines[0].Description = "" },
		"lines[0].unit contract.missing":                   func(c *contract.Terms) { c.Lines[0].Unit = "" },
		"lines[0].hs_code contract.bad_hs_code":            func(c *contract.Terms) { c.Lines[0].HSCode = "74122" },
		"lines[0].origin contract.bad_origin":              func(c *contract.Terms) { c.Lines[0].Origin = "UK" },
		"lines[0].quantity contract.quantity_not_positive": func(c *contract.Terms) { c.Lines[0].Quantity = 0 },
		"lines[0].basis contract.basis_not_positive":       func(c *contract.Terms) { c.Lines[0].Basis = -1 },
		"lines[0].tolerance_bps contract.bad_tolerance":    func(c *contract.Terms) { c.Lines[0].ToleranceBps = 10_001 },
		"lines[0].acceptance contract.too_many_items":      func(c *contract.Terms) { c.Lines[0].Acceptance = slices.Repeat([]string{"ok?"}, 51) },
		"lines[0].acceptance[0] contract.missing":          func(c *contract.Terms) { c.Lines[0].Acceptance = []string{""} },
		"lines[0].unit_price money.not_positive":           func(c *contract.Terms) { c.Lines[0].UnitPrice = money.New(-1, c.Currency) },
		"lines[0].unit_price money.currency_mismatch":      func(c *contract.Terms) { c.Lines[0].UnitPrice = money.New(995, eur) },
		"lines[0].quantity money.overflow": func(c *contract.Terms) {
			c.Lines[0].Quantity, c.Lines[0].UnitPrice = 1<<53-1, money.New(1<<53-1, c.Currency)
		},
		"freight money.negative":                           func(c *contract.Terms) { c.Freight = money.New(-1, c.Currency) },
		"insurance money.currency_mismatch":                func(c *contract.Terms) { c.Insurance = money.Zero(eur) },
		"delivery.incoterm contract.unknown_incoterm":      func(c *contract.Terms) { c.Delivery.Incoterm = "DDU" },
		"delivery.named_place contract.missing":            func(c *contract.Terms) { c.Delivery.NamedPlace = "" },
		"delivery.ship_to contract.missing":                func(c *contract.Terms) { c.Delivery.ShipTo = "" },
		"delivery.ship_by contract.bad_date":               func(c *contract.Terms) { c.Delivery.ShipBy = "2027-02-30" },
		"delivery.deliver_by contract.bad_date":            func(c *contract.Terms) { c.Delivery.DeliverBy = "tomorrow" },
		"delivery.deliver_by contract.deliver_before_ship": func(c *contract.Terms) { c.Delivery.DeliverBy = "2027-03-19" },
		"inspection.days contract.inspection_days":         func(c *contract.Terms) { c.Inspection.Days = 91 },
		"inspection.where contract.too_long":               func(c *contract.Terms) { c.Inspection.Where = long },
		"inspection.standard contract.bad_characters":      func(c *contract.Terms) { c.Inspection.Standard = "AQL\x00" },
		"tranches contract.no_tranches":                    func(c *contract.Terms) { c.Tranches = nil },
		"tranches contract.too_many_tranches":              func(c *contract.Terms) { c.Tranches = slices.Repeat(c.Tranches, 7) },
		"tranches contract.tranches_differ":                func(c *contract.Terms) { c.Tranches[0].Amount = money.New(29_999, c.Currency) },
		"tranches[1].id contract.bad_tranche_id":           func(c *contract.Terms) { c.Tranches[1].ID = "advance" },
		"tranches[0].id contract.bad_tranche_id":           func(c *contract.Terms) { c.Tranches[0].ID = "a:b" },
		"tranches[0].release contract.unknown_trigger":     func(c *contract.Terms) { c.Tranches[0].Release = "whim" },
		"tranches[0].amount money.not_positive": func(c *contract.Terms) {
			c.Tranches[0].Amount, c.Tranches[1].Amount = money.New(-100, c.Currency), money.New(100_000, c.Currency)
		},
		"remedies.late_penalty_bps contract.bad_penalty":         func(c *contract.Terms) { c.Remedies.LatePenaltyBps = -1 },
		"remedies.late_penalty_cap_bps contract.bad_penalty_cap": func(c *contract.Terms) { c.Remedies.LatePenaltyCapBps = 99 },
		"remedies.return_freight contract.no_return_freight":     func(c *contract.Terms) { c.Remedies.ReturnFreight = "" },
		"governing_law contract.missing":                         func(c *contract.Terms) { c.GoverningLaw = "" },
		"dispute_forum contract.missing":                         func(c *contract.Terms) { c.DisputeForum = "" },
		"buyer_duties contract.too_many_items":                   func(c *contract.Terms) { c.BuyerDuties = slices.Repeat([]string{"Pays."}, 51) },
		"seller_duties[0] contract.too_long":                     func(c *contract.Terms) { c.SellerDuties[0] = long },
		"buyer_rights[0] contract.bad_characters":                func(c *contract.Terms) { c.BuyerRights = []string{"may \u2066inspect"} },
		"seller_rights[0] contract.missing":                      func(c *contract.Terms) { c.SellerRights = []string{" "} },
		"currency contract.no_currency":                          func(c *contract.Terms) { c.Currency = money.Currency{} },
		"contract.malformed":                                     func(c *contract.Terms) { c.Title = "caf\xe9s" },
		"contract.malformed ":                                    func(c *contract.Terms) { c.Lines[0].Quantity = math.MaxInt64 },
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			c := setup(t)
			c.Lines, c.Tranches, c.SellerDuties = slices.Clone(c.Lines), slices.Clone(c.Tranches), slices.Clone(c.SellerDuties)
			spoil(&c)
			err := c.Check()
			if got := found(err); want == "" && err != nil || want != "" && !slices.Contains(got, strings.TrimSpace(want)) {
				t.Errorf("found %q, want %q", got, want)
			}
			if err != nil && fault.KindOf(err) != fault.Invalid {
				t.Errorf("kind %s", fault.KindOf(err))
			}
		})
	}
}

func TestDraftMayBeUnfinishedButNotWrong(t *testing.T) {
	t.Parallel()
	usd, eur := money.MustCurrency("USD"), money.MustCurrency("EUR")
	bare := contract.Terms{Buyer: "b", Seller: "s", Currency: usd}
	for want, spoil := range map[string]func(*contract.Terms){
		"":                                             func(*contract.Terms) {},
		"seller contract.same_party":                   func(c *contract.Terms) { c.Seller = "b" },
		"buyer contract.no_buyer":                      func(c *contract.Terms) { c.Buyer, c.Seller = "", "" },
		"currency contract.no_currency":                func(c *contract.Terms) { c.Currency = money.Currency{} },
		"lines contract.too_many_lines":                func(c *contract.Terms) { c.Lines = make([]contract.Line, 501) },
		"tranches contract.too_many_tranches":          func(c *contract.Terms) { c.Tranches = make([]contract.Tranche, 13) },
		"lines[0].unit_price money.currency_mismatch":  func(c *contract.Terms) { c.Lines = []contract.Line{{UnitPrice: money.New(1, eur)}} },
		"lines[0].description contract.bad_characters": func(c *contract.Terms) { c.Lines = []contract.Line{{Description: "\x07"}} },
		"tranches[0].amount money.currency_mismatch":   func(c *contract.Terms) { c.Tranches = []contract.Tranche{{Amount: money.New(1, eur)}} },
		"freight money.currency_mismatch":              func(c *contract.Terms) { c.Freight = money.New(1, eur) },
		"title contract.too_long":                      func(c *contract.Terms) { c.Title = strings.Repeat("x", 201) },
		"contract.malformed":                           func(c *contract.Terms) { c.DisputeForum = "\xff" },
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			c := bare
			spoil(&c)
			err := c.Normal().CheckDraft()
			if got := found(err); want == "" && err != nil || want != "" && !slices.Contains(got, want) {
				t.Errorf("found %q, want %q", got, want)
			}
		})
	}
}

func TestPricesFollowTheCurrency(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		code                          string
		quantity, price, basis, total int64
	}{
		{"JPY", 3, 1234, 1, 3702},
		{"KWD", 3, 1001, 2, 1502}, // 1501.5 fils, half up
		{"USD", 1, 1, 3, 0},
		{"USD", 1<<53 - 1, 1, 1, 1<<53 - 1},
	} {
		cur, err := money.ParseCurrency(x.code)
		if err != nil {
			t.Fatal(err)
		}
		c := contract.Terms{Currency: cur, Lines: []contract.Line{{Quantity: x.quantity, UnitPrice: money.New(x.price, cur), Basis: x.basis}}}.Normal()
		if got, err := c.Total(); err != nil || got != money.New(x.total, cur) {
			t.Errorf("%+v: %v, %v", x, got, err)
		}
	}
	c := setup(t)
	c.Lines = []contract.Line{{Quantity: math.MaxInt64, UnitPrice: money.New(math.MaxInt64, c.Currency), Basis: 1}}
	if _, err := c.Total(); fault.CodeOf(err) != "money.overflow" {
		t.Errorf("answered %v", err)
	}
}

func TestTheCanonicalFormIsTheSameForEver(t *testing.T) {
	t.Parallel()
	c := setup(t)
	doc, err := c.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "terms.json")
	want, err := os.ReadFile(golden)
	if err != nil || string(want) != string(doc)+"\n" {
		t.Errorf("the canonical form is now\n%s\n%v", doc, err)
	}
	var read contract.Terms
	if err := json.Unmarshal(doc, &read); err != nil || canonical(t, read) != string(doc) {
		t.Errorf("read back: %v, %s", err, canonical(t, read))
	}
	if canonical(t, c.Normal()) != string(doc) {
		t.Error("Normal changed what was normal already")
	}
	c.Lines[0].ToleranceBps++
	if canonical(t, c) == string(doc) {
		t.Error("a change kept the canonical form")
	}
}

func canonical(t *testing.T, c contract.Terms) string {
	t.Helper()
	doc, err := c.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	return string(doc)
}

// fact is a row of the seed table of Incoterms facts.
type fact struct {
	Code, Mode string
	Main       string `json:"main_carriage_paid_by"`
	Export     string `json:"export_clearance"`
	Import     string `json:"import_clearance_duty_tax"`
	Insurance  string `json:"insurance_obligation"`
	Risk       string `json:"risk_in_main_transit"`
	Place      string `json:"named_place"`
}

func TestIncotermsAgreeWithTheSeedTable(t *testing.T) {
	t.Parallel()
	root := os.Getenv("FONDACO_DATA")
	if root == "" {
		t.Skip("FONDACO_DATA names no folder of reference data")
	}
	text, err := os.ReadFile(filepath.Join(root, "trade", "seed", "incoterms2020.json"))
	if err != nil {
		t.Fatal(err)
	}
	var seed struct{ Rules []fact }
	if err := json.Unmarshal(text, &seed); err != nil {
		t.Fatal(err)
	}
	if len(seed.Rules) != len(contract.Rules()) {
		t.Fatalf("%d rules, want %d", len(seed.Rules), len(contract.Rules()))
	}
	for _, f := range seed.Rules {
		r, ok := contract.RuleOf(contract.Incoterm(f.Code))
		if !ok {
			t.Errorf("no rule %s", f.Code)
			continue
		}
		insures := string(r.MustInsure)
		if insures == "" {
			insures = "none"
		}
		got := []string{string(r.MainCarriage), string(r.ExportClears), string(r.ImportClears), insures, string(r.TransitRisk), fmt.Sprint(r.SeaOnly), fmt.Sprint(r.AtDestination)}
		want := []string{f.Main, f.Export, f.Import, f.Insurance, f.Risk, fmt.Sprint(f.Mode != "any"), fmt.Sprint(strings.Contains(f.Place, "destination"))}
		for i := range got {
			if !strings.HasPrefix(want[i], got[i]) {
				t.Errorf("%s: %q, want %q", f.Code, got, want)
				break
			}
		}
	}
}

func TestDatesEndAtMidnightUTC(t *testing.T) {
	t.Parallel()
	if got := contract.Date("2028-02-29").End().Format("2006-01-02T15:04:05Z07:00"); got != "2028-03-01T00:00:00Z" {
		t.Error(got)
	}
	for _, bad := range []string{"", "2027-2-1", "2027-02-29", "1969-12-31", "3000-01-01", "2027-01-01T00:00:00Z", "２０２７-01-01"} {
		if _, err := contract.ParseDate(bad); fault.CodeOf(err) != "contract.bad_date" {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestADraftIsBoundedInEveryTextAndList(t *testing.T) {
	t.Parallel()
	long, many := strings.Repeat("x", 2001), make([]string, 51)
	for name, change := range map[string]func(*contract.Terms){
		"named place":   func(x *contract.Terms) { x.Delivery.NamedPlace = long },
		"ship-to":       func(x *contract.Terms) { x.Delivery.ShipTo = long },
		"ship-by":       func(x *contract.Terms) { x.Delivery.ShipBy = contract.Date(long) },
		"incoterm":      func(x *contract.Terms) { x.Delivery.Incoterm = contract.Incoterm(long) },
		"where":         func(x *contract.Terms) { x.Inspection.Where = long },
		"standard":      func(x *contract.Terms) { x.Inspection.Standard = long },
		"law":           func(x *contract.Terms) { x.GoverningLaw = long },
		"forum":         func(x *contract.Terms) { x.DisputeForum = long },
		"unit":          func(x *contract.Terms) { x.Lines[0].Unit = long },
		"hs code":       func(x *contract.Terms) { x.Lines[0].HSCode = long },
		"acceptance":    func(x *contract.Terms) { x.Lines[0].Acceptance = many },
		"a criterion":   func(x *contract.Terms) { x.Lines[0].Acceptance = []string{long} },
		"tranche":       func(x *contract.Terms) { x.Tranches[0].ID = long },
		"duties":        func(x *contract.Terms) { x.BuyerDuties = many },
		"a duty":        func(x *contract.Terms) { x.SellerDuties = []string{long} },
		"rights":        func(x *contract.Terms) { x.SellerRights = many },
		"a hidden sign": func(x *contract.Terms) { x.GoverningLaw = "Swiss\u202eland" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := setup(t)
			change(&x)
			if err := x.CheckDraft(); fault.CodeOf(err) != "contract.incomplete" {
				t.Errorf("answered %v", err)
			}
		})
	}
	for _, alone := range []func(*contract.Terms){func(*contract.Terms) {}, func(x *contract.Terms) { x.Buyer = "" }, func(x *contract.Terms) { x.Seller = "" }} {
		x := setup(t)
		alone(&x)
		if err := x.CheckDraft(); err != nil {
			t.Error(err)
		}
		if err := x.Check(); (err == nil) != (x.Buyer != "" && x.Seller != "") {
			t.Errorf("offered with buyer %q and seller %q: %v", x.Buyer, x.Seller, err)
		}
	}
}
