package contract

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/identity"
)

// Limits of what one contract may hold.
const (
	linesMax      = 500
	tranchesMax   = 12
	textMax       = 2000
	titleMax      = 200
	unitMax       = 40
	listMax       = 50
	inspectionMax = 90
	bpsMax        = 10_000
	totalMax      = 1<<53 - 1 // minor units that every reader of JSON keeps exactly (RFC 7493)
)

type findings []*fault.Error

func (f *findings) add(field, code, message string) {
	*f = append(*f, fault.New(fault.Invalid, code, message).At(field))
}

// Check finds everything that keeps the terms from being offered. It answers nil,
// or contract.incomplete whose details each name one field by its JSON path.
func (t Terms) Check() error {
	if err := t.encodable(); err != nil {
		return err
	}
	var f findings
	t.checkParties(&f)
	f.text("title", t.Title, 3, titleMax)
	if t.Currency.IsZero() {
		f.add("currency", "contract.no_currency", "Choose the currency of the contract.")
		return f.err()
	}
	t.checkLines(&f)
	f.charge("freight", t.Freight, t.Currency)
	f.charge("insurance", t.Insurance, t.Currency)
	t.checkDelivery(&f)
	if t.Inspection.Days < 1 || t.Inspection.Days > inspectionMax {
		f.add("inspection.days", "contract.inspection_days", "Give the buyer 1 to 90 days to inspect.")
	}
	f.text("inspection.where", t.Inspection.Where, 0, textMax)
	f.text("inspection.standard", t.Inspection.Standard, 0, textMax)
	t.checkTranches(&f)
	t.checkRemedies(&f)
	f.text("governing_law", t.GoverningLaw, 2, titleMax)
	f.text("dispute_forum", t.DisputeForum, 2, titleMax)
	f.list("buyer_duties", t.BuyerDuties)
	f.list("seller_duties", t.SellerDuties)
	f.list("buyer_rights", t.BuyerRights)
	f.list("seller_rights", t.SellerRights)
	return f.err()
}

// horizonYears is how far ahead a day of shipment or delivery may lie: until then
// money may have to wait.
const horizonYears = 5

// CheckDays finds days to which nobody should be bound at this instant: a
// deliver-by day that is over, when the seller would be late from the start, and
// days more than five years ahead. It answers as Check does.
func (t Terms) CheckDays(now time.Time) error {
	var f findings
	if !now.Before(t.Delivery.DeliverBy.End()) {
		f.add("delivery.deliver_by", "contract.past_day", "This day is over. Choose one that can be met.")
	}
	last := now.AddDate(horizonYears, 0, 0)
	if t.Delivery.ShipBy.End().After(last) {
		f.add("delivery.ship_by", "contract.far_day", "Choose a day within five years from now.")
	}
	if t.Delivery.DeliverBy.End().After(last) {
		f.add("delivery.deliver_by", "contract.far_day", "Choose a day within five years from now.")
	}
	return f.err()
}

// CheckDraft finds what even a half-finished draft must not hold: the same party
// on both sides or none at all, or amounts in another currency. The other side
// may be named later. It answers as Check does.
func (t Terms) CheckDraft() error {
	if err := t.encodable(); err != nil {
		return err
	}
	var f findings
	if t.Buyer == "" && t.Seller == "" || t.Buyer == t.Seller {
		t.checkParties(&f)
	}
	if t.Currency.IsZero() {
		f.add("currency", "contract.no_currency", "Choose the currency of the contract.")
	}
	if len(t.Lines) > linesMax {
		f.add("lines", "contract.too_many_lines", "A contract holds at most 500 lines.")
		return f.err()
	}
	if len(t.Tranches) > tranchesMax {
		f.add("tranches", "contract.too_many_tranches", "A contract holds at most 12 tranches.")
		return f.err()
	}
	for i, l := range t.Lines {
		f.currency(fmt.Sprintf("lines[%d].unit_price", i), l.UnitPrice, t.Currency)
	}
	for i, tr := range t.Tranches {
		f.currency(fmt.Sprintf("tranches[%d].amount", i), tr.Amount, t.Currency)
	}
	f.currency("freight", t.Freight, t.Currency)
	f.currency("insurance", t.Insurance, t.Currency)
	t.boundTexts(&f)
	return f.err()
}

// boundTexts keeps every text and list of a draft within what its field could
// ever hold; what is missing or half-written is no matter yet.
func (t Terms) boundTexts(f *findings) {
	d := t.Delivery
	texts := []struct {
		field, text string
		most        int
	}{
		{"title", t.Title, titleMax},
		{"buyer", string(t.Buyer), titleMax},
		{"seller", string(t.Seller), titleMax},
		{"delivery.incoterm", string(d.Incoterm), unitMax},
		{"delivery.named_place", d.NamedPlace, titleMax},
		{"delivery.ship_to", d.ShipTo, titleMax},
		{"delivery.ship_by", string(d.ShipBy), unitMax},
		{"delivery.deliver_by", string(d.DeliverBy), unitMax},
		{"inspection.where", t.Inspection.Where, textMax},
		{"inspection.standard", t.Inspection.Standard, textMax},
		{"remedies.return_freight", string(t.Remedies.ReturnFreight), unitMax},
		{"governing_law", t.GoverningLaw, titleMax},
		{"dispute_forum", t.DisputeForum, titleMax},
	}
	for _, x := range texts {
		f.text(x.field, x.text, 0, x.most)
	}
	for i, l := range t.Lines {
		at := func(name string) string { return fmt.Sprintf("lines[%d].%s", i, name) }
		f.text(at("description"), l.Description, 0, textMax)
		f.text(at("hs_code"), l.HSCode, 0, unitMax)
		f.text(at("origin"), l.Origin, 0, unitMax)
		f.text(at("unit"), l.Unit, 0, unitMax)
		f.bounded(at("acceptance"), l.Acceptance)
	}
	for i, tr := range t.Tranches {
		f.text(fmt.Sprintf("tranches[%d].id", i), tr.ID, 0, unitMax)
		f.text(fmt.Sprintf("tranches[%d].release", i), string(tr.Release), 0, unitMax)
	}
	f.bounded("buyer_duties", t.BuyerDuties)
	f.bounded("seller_duties", t.SellerDuties)
	f.bounded("buyer_rights", t.BuyerRights)
	f.bounded("seller_rights", t.SellerRights)
}

// encodable refuses terms without a canonical form: text that is not UTF-8, and
// numbers beyond 2^53-1, which not every reader of JSON keeps exactly (RFC 7493).
func (t Terms) encodable() error {
	if t.Currency.IsZero() {
		return nil // found and named by the checks that follow
	}
	if _, err := t.Normal().Canonical(); err != nil {
		return fault.New(fault.Invalid, "contract.malformed", "These terms hold a number that is too large, or text that cannot be read.").Because(err)
	}
	return nil
}

func (t Terms) checkParties(f *findings) {
	if t.Buyer == "" {
		f.add("buyer", "contract.no_buyer", "Name the buyer.")
	}
	if t.Seller == "" {
		f.add("seller", "contract.no_seller", "Name the seller.")
	}
	if t.Buyer != "" && t.Buyer == t.Seller {
		f.add("seller", "contract.same_party", "The buyer and the seller must be two companies.")
	}
}

func (t Terms) checkLines(f *findings) {
	if len(t.Lines) == 0 {
		f.add("lines", "contract.no_lines", "Add the goods.")
	}
	if len(t.Lines) > linesMax {
		f.add("lines", "contract.too_many_lines", "A contract holds at most 500 lines.")
		return
	}
	for i, l := range t.Lines {
		at := func(name string) string { return fmt.Sprintf("lines[%d].%s", i, name) }
		f.text(at("description"), l.Description, 2, textMax)
		f.text(at("unit"), l.Unit, 1, unitMax)
		if l.HSCode != "" && !isHSCode(l.HSCode) {
			f.add(at("hs_code"), "contract.bad_hs_code", "An HS code has 6 to 10 digits.")
		}
		if l.Origin != "" && !identity.IsCountry(l.Origin) {
			f.add(at("origin"), "contract.bad_origin", "Use a two-letter country code of ISO 3166-1.")
		}
		if l.Quantity <= 0 {
			f.add(at("quantity"), "contract.quantity_not_positive", "The quantity must be more than zero.")
		}
		if l.Basis <= 0 {
			f.add(at("basis"), "contract.basis_not_positive", "The price must be for one unit or more.")
		}
		if l.ToleranceBps < 0 || l.ToleranceBps > bpsMax {
			f.add(at("tolerance_bps"), "contract.bad_tolerance", "The tolerance lies between 0 and 100 %.")
		}
		f.list(at("acceptance"), l.Acceptance)
		f.positive(at("unit_price"), l.UnitPrice, t.Currency)
		if l.Quantity > 0 && l.Basis > 0 && l.UnitPrice.Sign() > 0 {
			if _, err := l.Amount(); err != nil {
				f.add(at("quantity"), "money.overflow", "Quantity times price is too large.")
			}
		}
	}
}

func (t Terms) checkDelivery(f *findings) {
	d := t.Delivery
	if _, ok := RuleOf(d.Incoterm); !ok {
		f.add("delivery.incoterm", "contract.unknown_incoterm", "Choose one of the eleven rules of Incoterms 2020.")
	}
	f.text("delivery.named_place", d.NamedPlace, 2, titleMax)
	f.text("delivery.ship_to", d.ShipTo, 2, titleMax)
	if !d.ShipBy.Valid() {
		f.add("delivery.ship_by", "contract.bad_date", "Give the latest day of shipment.")
	}
	if !d.DeliverBy.Valid() {
		f.add("delivery.deliver_by", "contract.bad_date", "Give the latest day of delivery.")
	}
	if d.ShipBy.Valid() && d.DeliverBy.Valid() && d.DeliverBy.Before(d.ShipBy) {
		f.add("delivery.deliver_by", "contract.deliver_before_ship", "Delivery cannot be due before shipment.")
	}
}

func (t Terms) checkTranches(f *findings) {
	if len(t.Tranches) == 0 {
		f.add("tranches", "contract.no_tranches", "Say when the seller is paid.")
		return
	}
	if len(t.Tranches) > tranchesMax {
		f.add("tranches", "contract.too_many_tranches", "A contract holds at most 12 tranches.")
		return
	}
	seen := map[string]bool{}
	sum, sumErr := money.Zero(t.Currency), error(nil)
	for i, tr := range t.Tranches {
		at := func(name string) string { return fmt.Sprintf("tranches[%d].%s", i, name) }
		if !isTrancheID(tr.ID) || seen[tr.ID] {
			f.add(at("id"), "contract.bad_tranche_id", "Give each tranche its own short name.")
		}
		seen[tr.ID] = true
		known := false
		for _, trigger := range Triggers() {
			known = known || tr.Release == trigger
		}
		if !known {
			f.add(at("release"), "contract.unknown_trigger", "Choose what releases this tranche.")
		}
		f.positive(at("amount"), tr.Amount, t.Currency)
		if sumErr == nil {
			sum, sumErr = sum.Add(tr.Amount)
		}
	}
	total, err := t.Total()
	if err != nil || total.Minor() > totalMax {
		f.add("tranches", "contract.price_too_large", "The whole price is too large.")
		return
	}
	if sumErr != nil || sum != total {
		f.add("tranches", "contract.tranches_differ", "The tranches must add up to the price.")
	}
}

func (t Terms) checkRemedies(f *findings) {
	r := t.Remedies
	if r.LatePenaltyBps < 0 || r.LatePenaltyBps > bpsMax {
		f.add("remedies.late_penalty_bps", "contract.bad_penalty", "The late penalty lies between 0 and 100 %.")
	}
	if r.LatePenaltyCapBps < r.LatePenaltyBps || r.LatePenaltyCapBps > bpsMax {
		f.add("remedies.late_penalty_cap_bps", "contract.bad_penalty_cap", "The cap lies between one week's penalty and 100 %.")
	}
	if r.ReturnFreight != identity.Buyer && r.ReturnFreight != identity.Seller {
		f.add("remedies.return_freight", "contract.no_return_freight", "Say who pays the return freight.")
	}
}

func (f *findings) err() error {
	if len(*f) == 0 {
		return nil
	}
	return fault.New(fault.Invalid, "contract.incomplete", "Some terms need attention before both can sign.").And(*f...)
}

func (f *findings) text(field, s string, minChars, maxChars int) {
	n := utf8.RuneCountInString(strings.TrimSpace(s))
	switch {
	case !utf8.ValidString(s) || strings.ContainsFunc(s, deceptive):
		f.add(field, "contract.bad_characters", "Leave out control and direction characters.")
	case n < minChars:
		f.add(field, "contract.missing", "This is needed.")
	case n > maxChars:
		f.add(field, "contract.too_long", "This is too long.")
	}
}

// deceptive finds characters that change how the text around them reads.
func deceptive(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Cf, r)
}

func (f *findings) list(field string, items []string) { f.items(field, items, 2) }

// bounded is list for drafts, whose items may be empty still.
func (f *findings) bounded(field string, items []string) { f.items(field, items, 0) }

func (f *findings) items(field string, items []string, minChars int) {
	if len(items) > listMax {
		f.add(field, "contract.too_many_items", "This list holds at most 50 items.")
		return
	}
	for i, s := range items {
		f.text(fmt.Sprintf("%s[%d]", field, i), s, minChars, textMax)
	}
}

func (f *findings) currency(field string, a money.Amount, c money.Currency) {
	if a.Currency() != c && !(a == money.Amount{}) {
		f.add(field, "money.currency_mismatch", "Every amount is in the currency of the contract.")
	}
}

func (f *findings) positive(field string, a money.Amount, c money.Currency) {
	switch {
	case a.Currency() != c:
		f.add(field, "money.currency_mismatch", "Every amount is in the currency of the contract.")
	case a.Sign() <= 0:
		f.add(field, "money.not_positive", "The amount must be more than zero.")
	}
}

func (f *findings) charge(field string, a money.Amount, c money.Currency) {
	switch {
	case a.Currency() != c:
		f.add(field, "money.currency_mismatch", "Every amount is in the currency of the contract.")
	case a.Sign() < 0:
		f.add(field, "money.negative", "The amount must not be negative.")
	}
}

func isHSCode(s string) bool {
	return len(s) >= 6 && len(s) <= 10 && strings.Trim(s, "0123456789") == ""
}

func isTrancheID(s string) bool {
	return s != "" && len(s) <= 32 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}
