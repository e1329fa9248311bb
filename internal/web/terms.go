package web

import (
	"fmt"
	"strconv"
	"strings"

	"fondaco/internal/money"
	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/web/ui"
)

// termRow is one term in words. Pages, the sheet to sign and the comparison of
// two versions all read the same rows, so none can leave a term out that another shows.
type termRow struct {
	Part  string // key of the part of the contract it belongs to
	Key   string // the same in every version
	Term  string
	Value string
}

// The parts of a contract, in order.
const (
	partParties    = "parties"
	partGoods      = "goods"
	partPrice      = "price"
	partDelivery   = "delivery"
	partInspection = "inspection"
	partTranches   = "tranches"
	partRemedies   = "remedies"
	partLaw        = "law"
	partRules      = "rules"
)

func termParts() []string {
	return []string{partParties, partGoods, partPrice, partDelivery, partInspection, partTranches, partRemedies, partLaw, partRules}
}

type termList struct {
	v    *visit
	part string
	rows []termRow
}

func (l *termList) add(key, term, value string) {
	if value == "" {
		value = l.v.T("terms.none")
	}
	l.rows = append(l.rows, termRow{l.part, l.part + "." + key, term, value})
}

// termRows says everything that the hash covers.
func (v *visit) termRows(a deal.Agreement) []termRow {
	t, l := a.Terms, &termList{v: v, part: partParties}
	l.add("title", v.T("terms.title"), t.Title)
	l.add("buyer", v.side(identity.Buyer), v.partyLine(t.Buyer))
	l.add("seller", v.side(identity.Seller), v.partyLine(t.Seller))
	l.part = partGoods
	for i, line := range t.Lines {
		v.lineRows(l, i, line)
	}
	l.part = partPrice
	total, err := t.Total()
	l.add("currency", v.T("terms.currency"), t.Currency.Code())
	l.add("freight", v.T("terms.freight"), moneyText(t.Freight))
	l.add("insurance", v.T("terms.insurance"), moneyText(t.Insurance))
	if err == nil {
		l.add("total", v.T("terms.total"), moneyText(total))
	}
	l.part = partDelivery
	v.deliveryRows(l, t)
	l.part = partInspection
	l.add("days", v.T("terms.inspection_days"), v.Words.Days(t.Inspection.Days))
	l.add("where", v.T("terms.inspection_where"), t.Inspection.Where)
	l.add("standard", v.T("terms.inspection_standard"), t.Inspection.Standard)
	l.part = partTranches
	for i, tr := range t.Tranches {
		l.add(tr.ID, v.trancheName(i, tr.ID), v.T("terms.tranche_line", "Amount", moneyText(tr.Amount), "When", v.T("trigger."+string(tr.Release))))
	}
	l.part = partRemedies
	v.remedyRows(l, t)
	l.part = partLaw
	l.add("law", v.T("terms.law"), t.GoverningLaw)
	l.add("forum", v.T("terms.forum"), t.DisputeForum)
	for _, list := range []struct {
		key   string
		items []string
	}{{"buyer_duties", t.BuyerDuties}, {"seller_duties", t.SellerDuties}, {"buyer_rights", t.BuyerRights}, {"seller_rights", t.SellerRights}} {
		l.add(list.key, v.T("terms."+list.key), strings.Join(list.items, "\n"))
	}
	v.ruleRows(l, a.Rules)
	return l.rows
}

func (v *visit) partyLine(id identity.PartyID) string {
	if id == "" {
		return ""
	}
	p := v.party(id)
	if p.Country == "" {
		return p.LegalName
	}
	return v.T("terms.party_line", "Name", p.LegalName, "Country", v.country(p.Country), "ID", string(id))
}

func (v *visit) lineRows(l *termList, i int, line contract.Line) {
	n := strconv.Itoa(i + 1)
	l.add(n, v.T("terms.line", "Number", n), line.Description)
	quantity := v.T("terms.quantity_line", "Quantity", v.Words.Number(line.Quantity), "Unit", line.Unit, "Price", moneyText(line.UnitPrice), "Basis", v.basis(line))
	if a, err := line.Amount(); err == nil {
		quantity += v.T("terms.equals", "Amount", moneyText(a))
	}
	l.add(n+".quantity", v.T("terms.line_part", "Number", n, "Part", v.T("terms.quantity")), quantity)
	if line.ToleranceBps > 0 {
		l.add(n+".tolerance", v.T("terms.line_part", "Number", n, "Part", v.T("terms.tolerance")), v.T("terms.plus_minus", "Percent", v.percent(line.ToleranceBps)))
	}
	var codes []string
	if line.HSCode != "" {
		codes = append(codes, "HS "+line.HSCode)
	}
	if line.Origin != "" {
		codes = append(codes, v.country(line.Origin))
	}
	if len(codes) > 0 {
		l.add(n+".codes", v.T("terms.line_part", "Number", n, "Part", v.T("terms.origin")), strings.Join(codes, " · "))
	}
	l.add(n+".acceptance", v.T("terms.line_part", "Number", n, "Part", v.T("terms.acceptance")), strings.Join(line.Acceptance, "\n"))
}

// basis says for how many units the price is: "PCE" or "1,000 PCE".
func (v *visit) basis(line contract.Line) string {
	if line.Basis <= 1 {
		return line.Unit
	}
	return v.Words.Number(line.Basis) + " " + line.Unit
}

func (v *visit) deliveryRows(l *termList, t contract.Terms) {
	d := t.Delivery
	rule := strings.TrimSpace(string(d.Incoterm) + " " + d.NamedPlace)
	if d.Incoterm != "" {
		rule += " · Incoterms 2020"
	}
	l.add("rule", v.T("terms.incoterm"), rule)
	l.add("ship_to", v.T("terms.ship_to"), v.place(d.ShipTo))
	l.add("ship_by", v.T("terms.ship_by"), v.dayText(d.ShipBy))
	l.add("deliver_by", v.T("terms.deliver_by"), v.dayText(d.DeliverBy))
	partial := "terms.partial_no"
	if d.PartialShipments {
		partial = "terms.partial_yes"
	}
	l.add("partial", v.T("terms.partial"), v.T(partial))
}

// dayText writes a contract's day. It ends at 24:00 UTC for everybody, so no zone is applied.
func (v *visit) dayText(d contract.Date) string {
	if !d.Valid() {
		return ""
	}
	return v.T("terms.day", "Date", v.Words.Date(d.End().AddDate(0, 0, -1)))
}

// place writes "CH Basel" as a city and a country.
func (v *visit) place(text string) string {
	code, city, _ := strings.Cut(text, " ")
	if !identity.IsCountry(code) {
		return text
	}
	if city == "" {
		return v.country(code)
	}
	return v.T("say.place", "City", city, "Country", v.country(code))
}

// ruleRows says the house's fee and clocks, which are signed with the terms.
func (v *visit) ruleRows(l *termList, r deal.Rules) {
	l.part = partRules
	l.add("fee", v.T("terms.fee"), v.T("terms.fee_line", "Percent", v.percent(r.FeeBps)))
	d := r.Disputes
	for _, row := range []struct {
		key  string
		days int
	}{
		{"sign", r.SignDays},
		{"fund", r.FundDays},
		{"ship_grace", r.ShipGraceDays},
		{"ship_refund", r.ShipRefundDays},
		{"weak_proof", r.WeakProofDays},
		{"lost", r.LostDays},
		{"extension", r.ExtensionDaysMax},
		{"negotiation", d.NegotiationDays},
		{"assign", d.AssignDays},
		{"proposal", d.ProposalDays},
		{"answer", d.AnswerDays},
		{"ruling", d.RulingDays},
		{"appeal", d.AppealDays},
		{"return_ship", d.ReturnShipDays},
		{"return_receive", d.ReturnReceiveDays},
	} {
		l.add(row.key, v.T("terms.rule."+row.key), v.Words.Days(row.days))
	}
	l.add("default", v.T("terms.rule.default"), v.T("terms.default_line", "Percent", v.percent(d.DefaultBuyerBps), "Times", v.Words.Number(int64(d.HouseMissesMax+1))))
}

func (v *visit) remedyRows(l *termList, t contract.Terms) {
	late := v.T("terms.no_penalty")
	if t.Remedies.LatePenaltyBps > 0 {
		late = v.T("terms.penalty_line", "Percent", v.percent(t.Remedies.LatePenaltyBps), "Cap", v.percent(t.Remedies.LatePenaltyCapBps))
	}
	l.add("late", v.T("terms.late_penalty"), late)
	l.add("return_freight", v.T("terms.return_freight"), v.side(t.Remedies.ReturnFreight))
}

// trancheName names a tranche by its place, which people say, and its id, which is signed.
func (v *visit) trancheName(i int, id string) string {
	return v.T("terms.tranche", "Number", strconv.Itoa(i+1), "ID", id)
}

func moneyText(a money.Amount) string {
	if a.Currency().IsZero() {
		return ""
	}
	return ui.Amount(a)
}

// termChanges compares two versions term by term, in the order of the newer.
func (v *visit) termChanges(before, after contract.Terms) []ui.Change {
	old, changed := v.termRows(deal.Agreement{Terms: before}), v.termRows(deal.Agreement{Terms: after})
	find := func(rows []termRow, key string) (termRow, bool) {
		for _, row := range rows {
			if row.Key == key {
				return row, true
			}
		}
		return termRow{}, false
	}
	var out []ui.Change
	for _, row := range changed {
		was, known := find(old, row.Key)
		switch {
		case !known:
			out = append(out, ui.Change{Kind: ui.ChangeAdded, Term: row.Term, After: row.Value})
		case was.Value != row.Value:
			out = append(out, ui.Change{Kind: ui.ChangeChanged, Term: row.Term, Before: was.Value, After: row.Value})
		}
	}
	for _, row := range old {
		if _, kept := find(changed, row.Key); !kept {
			out = append(out, ui.Change{Kind: ui.ChangeRemoved, Term: row.Term, Before: row.Value})
		}
	}
	return out
}

// termFacts are the rows of one part as facts, without those that say nothing;
// of the whole contract, all rows, if part is empty.
func (v *visit) termFacts(rows []termRow, part string) []ui.Fact {
	var facts []ui.Fact
	for _, row := range rows {
		if part == "" || row.Part == part && row.Value != v.T("terms.none") {
			facts = append(facts, ui.Fact{Term: row.Term, Show: lines(row.Value)})
		}
	}
	return facts
}

// bpsText writes basis points as a percentage without its sign: 50 is "0.5".
func bpsText(bps int64) string {
	text := fmt.Sprintf("%d.%02d", bps/100, bps%100)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

// parseBps reads a percentage with at most two decimals as basis points.
func parseBps(text string) (int64, bool) {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0, true
	}
	whole, fraction, _ := strings.Cut(text, ".")
	if len(fraction) > 2 || len(whole) > 5 {
		return 0, false
	}
	n, err := strconv.ParseUint(whole+(fraction + "00")[:2], 10, 32)
	return int64(n), err == nil
}
