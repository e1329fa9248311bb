package web

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/identity"
)

// Fields of the builder are named as the terms' own JSON paths, so that a fault
// of the contract names the field beside which it is shown.
const (
	fieldSide     = "my_side"
	fieldSearch   = "search"
	fieldOther    = "counterparty"
	fieldCountry  = "delivery.ship_to"
	fieldCity     = "delivery.ship_to_city"
	fieldPlan     = "plan"
	linesShown    = 1
	rowsOnOneForm = 60
)

// The ready plans of payment, and the plan that people write themselves.
const (
	planAcceptance = "acceptance"
	planAdvance    = "advance"
	planOwn        = "own"
)

// entries are what stands in the builder's fields, typed or from a contract.
type entries struct{ url.Values }

func (e entries) get(name string) string     { return strings.TrimSpace(e.Get(name)) }
func (e entries) put(name, value string)     { e.Values[name] = []string{value} }
func at(list string, i int, f string) string { return fmt.Sprintf("%s[%d].%s", list, i, f) }

// count is how many rows of a list the form holds.
func (e entries) count(list string) int {
	n, err := strconv.Atoi(e.get(list + ".count"))
	if err != nil || n < 0 {
		return 0
	}
	return min(n, rowsOnOneForm)
}

// remove takes a row out of a list and closes the gap.
func (e entries) remove(list string, i int) {
	n := e.count(list)
	if i < 0 || i >= n {
		return
	}
	for ; i < n-1; i++ {
		for name := range e.Values {
			if field, ok := strings.CutPrefix(name, fmt.Sprintf("%s[%d].", list, i)); ok {
				e.put(name, e.Get(at(list, i+1, field)))
			}
		}
	}
	e.put(list+".count", strconv.Itoa(n-1))
}

func (e entries) add(list string) {
	e.put(list+".count", strconv.Itoa(min(e.count(list)+1, rowsOnOneForm)))
}

// blank is the builder as a new deal opens it: usual answers that may be changed.
func blank() entries {
	e := entries{url.Values{}}
	for name, value := range map[string]string{
		fieldSide: string(identity.Buyer), "currency": "USD", "lines.count": "1", "lines[0].basis": "1", fieldPlan: planAcceptance,
		"tranches.count": "2", "inspection.days": "7", "remedies.return_freight": string(identity.Seller),
		"remedies.late_penalty_bps": "0.5", "remedies.late_penalty_cap_bps": "5",
	} {
		e.put(name, value)
	}
	return e
}

// entriesOf fills the builder from terms.
func entriesOf(t contract.Terms, me identity.PartyID) entries {
	e := entries{url.Values{}}
	side := t.SideOf(me)
	e.put(fieldSide, string(side))
	e.put(fieldOther, string(t.Party(side.Other())))
	e.put("title", t.Title)
	e.put("currency", t.Currency.Code())
	e.put("lines.count", strconv.Itoa(max(len(t.Lines), linesShown)))
	for i, l := range t.Lines {
		for field, value := range map[string]string{
			"description": l.Description, "hs_code": l.HSCode, "origin": l.Origin, "unit": l.Unit, "quantity": number(l.Quantity),
			"unit_price": decimal(l.UnitPrice), "basis": number(l.Basis), "tolerance_bps": bpsText(l.ToleranceBps), "acceptance": strings.Join(l.Acceptance, "\n"),
		} {
			e.put(at("lines", i, field), value)
		}
	}
	e.put("freight", decimal(t.Freight))
	e.put("insurance", decimal(t.Insurance))
	country, city, _ := strings.Cut(t.Delivery.ShipTo, " ")
	for name, value := range map[string]string{
		"delivery.incoterm": string(t.Delivery.Incoterm), "delivery.named_place": t.Delivery.NamedPlace, fieldCountry: country, fieldCity: city,
		"delivery.ship_by": string(t.Delivery.ShipBy), "delivery.deliver_by": string(t.Delivery.DeliverBy),
		"inspection.days": number(int64(t.Inspection.Days)), "inspection.where": t.Inspection.Where, "inspection.standard": t.Inspection.Standard,
		"remedies.late_penalty_bps": bpsText(t.Remedies.LatePenaltyBps), "remedies.late_penalty_cap_bps": bpsText(t.Remedies.LatePenaltyCapBps),
		"remedies.return_freight": string(t.Remedies.ReturnFreight), "governing_law": t.GoverningLaw, "dispute_forum": t.DisputeForum,
		"buyer_duties": strings.Join(t.BuyerDuties, "\n"), "seller_duties": strings.Join(t.SellerDuties, "\n"),
		"buyer_rights": strings.Join(t.BuyerRights, "\n"), "seller_rights": strings.Join(t.SellerRights, "\n"),
	} {
		e.put(name, value)
	}
	if t.Delivery.PartialShipments {
		e.put("delivery.partial_shipments", "yes")
	}
	e.put(fieldPlan, planOf(t.Tranches))
	e.put("tranches.count", strconv.Itoa(max(len(t.Tranches), 2)))
	for i, tr := range t.Tranches {
		e.put(at("tranches", i, "id"), tr.ID)
		e.put(at("tranches", i, "amount"), decimal(tr.Amount))
		e.put(at("tranches", i, "release"), string(tr.Release))
	}
	return e
}

// planOf finds the ready plan that tranches came from, by the names it gives them.
func planOf(tranches []contract.Tranche) string {
	switch {
	case len(tranches) == 0, len(tranches) == 1 && tranches[0].ID == "price" && tranches[0].Release == contract.OnAcceptance:
		return planAcceptance
	case len(tranches) == 2 && tranches[0].ID == "advance" && tranches[1].ID == "balance":
		return planAdvance
	}
	return planOwn
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

func decimal(a money.Amount) string {
	if a.Currency().IsZero() || a.IsZero() {
		return ""
	}
	return a.Decimal()
}

// reading turns entries into terms and collects what cannot be read.
type reading struct {
	entries
	wrong []*fault.Error
}

func (r *reading) fail(field, code, message string) {
	r.wrong = append(r.wrong, fault.New(fault.Invalid, code, message).At(field))
}

// termsOf reads the builder. What cannot be read is web.unreadable, whose details
// name each field; the terms hold everything else.
func termsOf(e entries, me identity.PartyID) (contract.Terms, error) {
	r := &reading{entries: e}
	t := contract.Terms{
		Title:        e.get("title"),
		GoverningLaw: e.get("governing_law"), DisputeForum: e.get("dispute_forum"),
		BuyerDuties: list(e.Get("buyer_duties")), SellerDuties: list(e.Get("seller_duties")),
		BuyerRights: list(e.Get("buyer_rights")), SellerRights: list(e.Get("seller_rights")),
	}
	t.Buyer, t.Seller = me, identity.PartyID(e.get(fieldOther))
	if e.get(fieldSide) == string(identity.Seller) {
		t.Buyer, t.Seller = t.Seller, t.Buyer
	}
	currency, err := money.ParseCurrency(e.get("currency"))
	if err != nil {
		r.fail("currency", "contract.no_currency", "Choose the currency of the contract.")
	}
	t.Currency = currency
	t.Lines = r.lines(currency)
	t.Freight, t.Insurance = r.amount("freight", currency), r.amount("insurance", currency)
	t.Delivery = contract.Delivery{
		Incoterm: contract.Incoterm(e.get("delivery.incoterm")), NamedPlace: e.get("delivery.named_place"),
		ShipTo: strings.TrimSpace(e.get(fieldCountry) + " " + e.get(fieldCity)),
		ShipBy: contract.Date(e.get("delivery.ship_by")), DeliverBy: contract.Date(e.get("delivery.deliver_by")),
		PartialShipments: e.get("delivery.partial_shipments") != "",
	}
	t.Inspection = contract.Inspection{Days: int(r.whole("inspection.days", 0)), Where: e.get("inspection.where"), Standard: e.get("inspection.standard")}
	t.Remedies = contract.Remedies{
		LatePenaltyBps: r.bps("remedies.late_penalty_bps"), LatePenaltyCapBps: r.bps("remedies.late_penalty_cap_bps"),
		ReturnFreight: identity.Side(e.get("remedies.return_freight")),
	}
	if len(r.wrong) == 0 {
		t.Tranches = r.tranches(t)
	}
	if len(r.wrong) > 0 {
		return t, fault.New(fault.Invalid, "web.unreadable", "Some answers cannot be read.").And(r.wrong...)
	}
	return t, nil
}

// blankLine reports whether nothing was written in a row of goods.
func (r *reading) blankLine(i int) bool {
	for _, field := range []string{"description", "hs_code", "origin", "quantity", "unit", "unit_price", "tolerance_bps", "acceptance"} {
		if r.get(at("lines", i, field)) != "" {
			return false
		}
	}
	return true
}

func (r *reading) lines(c money.Currency) []contract.Line {
	var out []contract.Line
	n := r.count("lines")
	for n > 0 && r.blankLine(n-1) {
		n-- // rows left empty at the end are no goods; one in between keeps its number
	}
	for i := range n {
		f := func(field string) string { return at("lines", i, field) }
		out = append(out, contract.Line{
			Description: r.get(f("description")), HSCode: strings.ReplaceAll(r.get(f("hs_code")), ".", ""), Origin: r.get(f("origin")),
			Quantity: r.whole(f("quantity"), 0), Unit: r.get(f("unit")), UnitPrice: r.amount(f("unit_price"), c), Basis: r.whole(f("basis"), 1),
			ToleranceBps: r.bps(f("tolerance_bps")), Acceptance: list(r.Get(f("acceptance"))),
		})
	}
	return out
}

// tranches follow from the plan: ready plans divide the price, so that they
// always add up; rows that people write are taken as written.
func (r *reading) tranches(t contract.Terms) []contract.Tranche {
	total, err := t.Normal().Total()
	if plan := r.get(fieldPlan); plan != planOwn {
		if err != nil || !total.IsPositive() {
			return nil
		}
		if plan != planAdvance {
			return []contract.Tranche{{ID: "price", Amount: total, Release: contract.OnAcceptance}}
		}
		parts, err := total.Split(30, 70)
		fault.Assert(err == nil, "web.plan", "a price divides by fixed weights")
		return []contract.Tranche{{ID: "advance", Amount: parts[0], Release: contract.OnFunding}, {ID: "balance", Amount: parts[1], Release: contract.OnAcceptance}}
	}
	var out []contract.Tranche
	for i := range r.count("tranches") {
		amount := r.amount(at("tranches", i, "amount"), t.Currency)
		if r.get(at("tranches", i, "amount")) == "" {
			continue
		}
		id := r.get(at("tranches", i, "id"))
		if id == "" {
			id = "part-" + strconv.Itoa(i+1)
		}
		out = append(out, contract.Tranche{ID: id, Amount: amount, Release: contract.Trigger(r.get(at("tranches", i, "release")))})
	}
	return out
}

// amount reads money as people write it; an empty field is nothing.
func (r *reading) amount(field string, c money.Currency) money.Amount {
	text := strings.ReplaceAll(r.get(field), " ", "")
	if text == "" || c.IsZero() {
		return money.Amount{}
	}
	a, err := money.Parse(text, c)
	if err != nil {
		r.wrong = append(r.wrong, fault.Of(err).At(field))
		return money.Amount{}
	}
	return a
}

// whole reads a whole number, with or without commas between thousands.
func (r *reading) whole(field string, empty int64) int64 {
	text := r.get(field)
	if text == "" {
		return empty
	}
	n, err := strconv.ParseInt(strings.NewReplacer(",", "", "，", "", " ", "").Replace(text), 10, 64)
	if err != nil {
		r.fail(field, "web.bad_number", "Write a whole number.")
	}
	return n
}

func (r *reading) bps(field string) int64 {
	n, ok := parseBps(strings.TrimSuffix(r.get(field), "%"))
	if !ok {
		r.fail(field, "web.bad_percent", "Write a percentage with at most two decimals.")
	}
	return n
}

// list reads one item a line and leaves out empty lines.
func list(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// finding is the search for the other company, as the form shows it.
type finding struct {
	chosen *assurance.PartyRow
	found  []assurance.PartyRow
	asked  string
}

// findOther looks for the other company by id or by part of its name. One exact
// match is chosen; of several the person chooses.
func (v *visit) findOther(e entries) (finding, error) {
	f := finding{asked: e.get(fieldSearch)}
	if id := e.get(fieldOther); id != "" {
		if row, err := v.house().Party(v.ctx(), identity.PartyID(id)); err == nil {
			f.chosen = &row
		}
	}
	if f.asked == "" {
		return f, nil
	}
	if row, err := v.house().Party(v.ctx(), identity.PartyID(f.asked)); err == nil && row.ID != v.person.Party {
		e.put(fieldOther, string(row.ID))
		f.chosen = &row
		return f, nil
	}
	rows, err := v.house().Parties(v.ctx(), v.actor(), assurance.PartyQuery{Search: f.asked, Limit: 12})
	for _, row := range rows {
		if row.ID != v.person.Party {
			f.found = append(f.found, row)
		}
	}
	if len(f.found) == 1 {
		e.put(fieldOther, string(f.found[0].ID))
		f.chosen = &f.found[0]
	}
	return f, err
}
