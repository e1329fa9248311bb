package web

import (
	"net/url"
	"strconv"
	"strings"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
	"fondaco/internal/web/ui"
)

// deed is a step that the reader may take now, as a form or a page to go to.
type deed struct {
	Name   string // of the form
	Icon   ui.Icon
	Title  string
	Lead   string // what follows, before anything is sent
	Post   string
	Href   string // a page instead of a form
	Fields []ui.Question
	Hidden []ui.Hidden
	Press  ui.Press
	Open   bool // shown unfolded
	Err    error
}

func parseHash(text string) (evidence.Hash, error) { return evidence.ParseHash(text) }

// may reports whether the deal would take a command, whatever its details. The
// rules live in package deal; a refusal of details only means that there is a form to fill.
func (v *visit) may(s deal.State, c deal.Command) bool {
	_, err := deal.Decide(s, c, v.moment())
	switch fault.CodeOf(err) {
	case "", "deal.same_terms":
		return true
	}
	return fault.KindOf(err) == fault.Invalid && fault.CodeOf(err) != "contract.incomplete"
}

// deeds lists what the reader may do about the deal now, the usual next step first.
func (v *visit) deeds(s deal.State) []deed {
	side := s.SideOf(v.actor())
	var out []deed
	add := func(d deed, c deal.Command) {
		if v.may(s, c) {
			out = append(out, v.finished(s, d))
		}
	}
	if s.Phase == deal.Draft && side == s.Drafter {
		out = append(out, v.finished(s, deed{Name: "edit", Icon: ui.IconPencil, Href: "edit"}))
	}
	if s.Phase == deal.Draft && side == s.Drafter {
		out = append(out, v.finished(s, deed{Name: "offer", Icon: ui.IconFileText, Press: ui.Press{Weight: ui.Primary}}))
	}
	hash := s.TermsHash
	if s.Amendment != nil && s.Phase != deal.Offered {
		hash = s.Amendment.Hash
	}
	add(deed{Name: "sign", Icon: ui.IconStamp, Href: "sign"}, deal.Sign{Hash: hash})
	add(deed{Name: "counter", Icon: ui.IconPencil, Href: "counter"}, deal.Counter{Terms: s.Terms})
	add(deed{Name: "accept", Icon: ui.IconPackageCheck, Href: "accept"}, deal.Accept{})
	add(v.shipDeed(s), deal.Ship{ConsignmentID: "probe", Carrier: "c", TrackingNumber: "n", Final: true})
	add(deed{Name: "confirm", Icon: ui.IconPackageCheck, Press: ui.Press{Weight: ui.Primary}}, deal.ConfirmReceipt{})
	add(v.extendDeed(s), deal.ExtendInspection{Days: 1})
	if reasons := dispute.Reasons(side); len(reasons) > 0 {
		add(v.claimDeed(s, side), deal.RaiseClaim{ClaimID: "probe", Reason: reasons[0], Minor: 1, Statement: "probe"})
	}
	if s.Amendment == nil {
		add(deed{Name: "amend", Icon: ui.IconFileSignature, Href: "amend"}, deal.Amend{Terms: s.Terms})
	}
	reason := func(name string) []ui.Question {
		return []ui.Question{v.question(name, ui.Question{Name: "reason", Label: v.T("act.reason"), Hint: v.T("act.reason_hint"), Kind: ui.KindArea, Rows: 2, MaxLength: 2000, Optional: true})}
	}
	add(deed{Name: "cancel", Icon: ui.IconBan, Fields: reason("cancel"), Press: ui.Press{Weight: ui.Danger}}, deal.CancelByBoth{})
	add(deed{Name: "withdraw", Icon: ui.IconUndo2, Fields: reason("withdraw"), Press: ui.Press{Weight: ui.Danger}}, deal.Withdraw{})
	caseField := []ui.Question{v.question("freeze", ui.Question{Name: "case", Label: v.T("act.case"), MaxLength: 200})}
	add(deed{Name: "freeze", Icon: ui.IconSnowflake, Fields: caseField, Press: ui.Press{Weight: ui.Danger}}, deal.Freeze{Case: "probe"})
	if d, waits := v.caseDeed(s); waits {
		out = append(out, d)
	} else {
		add(deed{Name: "unfreeze", Icon: ui.IconSnowflake, Press: ui.Press{Weight: ui.Primary}}, deal.Unfreeze{Case: s.FreezeCase})
	}
	return out
}

// finished gives a deed its words, its address and, if it was refused, its fault.
func (v *visit) finished(s deal.State, d deed) deed {
	base := "/deals/" + string(s.ID)
	args := v.dutyArgs(s, deal.Obligation{})
	args["Days"] = s.Rules.ExtensionDaysMax
	say := "act." + d.Name
	if d.Name == "withdraw" && s.Phase == deal.Draft {
		say = "act.discard"
	}
	if d.Title == "" {
		d.Title = v.T(say + ".title")
	}
	lead := say + ".lead"
	if d.Name == "withdraw" && s.Phase == deal.Funded {
		lead = "act.withdraw.lead_funded"
	}
	if d.Name == "cancel" && s.CancelBy != identity.NoSide {
		lead = "act.cancel.lead_join"
	}
	if d.Lead == "" {
		d.Lead = v.T(lead, args)
	}
	if d.Href != "" {
		d.Href = base + "/" + d.Href
	} else if d.Post == "" {
		d.Post = base + "/act/" + d.Name
	}
	if d.Press.Label == "" {
		d.Press.Label = v.T(say + ".go")
	}
	d.Press.Icon = d.Icon
	if d.Press.Weight == "" {
		d.Press.Weight = ui.Secondary
	}
	d.Hidden = append(d.Hidden, ui.Hidden{Name: onceField, Value: v.once(d.Name)})
	d.Open = v.query("do") == d.Name || v.tried == d.Name
	return d
}

// question fits a field to its form: names are unique on the page, and what was
// typed before a refusal comes back.
func (v *visit) question(form string, q ui.Question) ui.Question {
	q.Name = form + "." + q.Name
	q.Value = v.kept(form, q.Name, q.Value)
	if q.Kind == ui.KindCheck && v.tried == form {
		q.Checked = v.form.Get(q.Name) != ""
	}
	if v.tried == form {
		q.Mistake = mistake(v.tripped, q.Name)
	}
	return q
}

func (v *visit) shipDeed(s deal.State) deed {
	d := deed{Name: "ship", Icon: ui.IconShip, Press: ui.Press{Weight: ui.Primary}, Fields: []ui.Question{
		v.question("ship", ui.Question{Name: "carrier", Label: v.T("act.ship.carrier"), MaxLength: 64}),
		v.question("ship", ui.Question{Name: "tracking_number", Label: v.T("act.ship.number"), Hint: v.T("act.ship.number_hint"), MaxLength: 64}),
	}}
	if s.Terms.Delivery.PartialShipments {
		d.Fields = append(d.Fields, v.question("ship", ui.Question{Name: "final", Label: v.T("act.ship.final"), Hint: v.T("act.ship.final_hint"), Kind: ui.KindCheck, Optional: true, Checked: true}))
	} else {
		d.Hidden = []ui.Hidden{{Name: "ship.final", Value: "yes"}}
	}
	return d
}

func (v *visit) extendDeed(s deal.State) deed {
	return deed{Name: "extend", Icon: ui.IconHourglass, Fields: []ui.Question{
		v.question("extend", ui.Question{Name: "days", Label: v.T("act.extend.days"), Kind: ui.KindNumber, Value: "7", Min: "1", Max: itoa(s.Rules.ExtensionDaysMax), Suffix: v.T("form.days")}),
	}}
}

func (v *visit) claimDeed(s deal.State, side identity.Side) deed {
	free := money.New(s.Escrow.Held()-s.Escrow.Frozen(), s.Terms.Currency)
	var reasons []ui.Option
	for _, r := range dispute.Reasons(side) {
		reasons = append(reasons, ui.Option{Value: string(r), Label: v.T("reason." + strings.ToLower(string(r)))})
	}
	code := s.Terms.Currency.Code()
	q := func(q ui.Question) ui.Question { return v.question("claim", q) }
	return deed{Name: "claim", Icon: ui.IconScale, Fields: []ui.Question{
		q(ui.Question{Name: "reason", Label: v.T("act.claim.reason"), Kind: ui.KindSelect, Options: reasons}),
		q(ui.Question{Name: "amount", Label: v.T("act.claim.amount"), Hint: v.T("act.claim.amount_hint", "Free", ui.Amount(free)), Prefix: code, Figures: true}),
		q(ui.Question{Name: "to_buyer", Label: v.T("act.claim.to_buyer"), Hint: v.T("act.claim.to_buyer_hint"), Prefix: code, Figures: true, Optional: true}),
		q(ui.Question{Name: "with_return", Label: v.T("act.claim.with_return"), Kind: ui.KindCheck, Optional: true}),
		q(ui.Question{Name: "statement", Label: v.T("act.claim.statement"), Hint: v.T("act.claim.statement_hint"), Kind: ui.KindArea, MaxLength: 10000}),
	}}
}

// act gives the command of one of the deal page's forms.
func (s *site) act(v *visit) (reply, error) {
	name := v.path("act")
	st, err := v.deal()
	if err != nil {
		return reply{}, err
	}
	call, err := v.call()
	if err != nil {
		return reply{}, err
	}
	cmd, err := v.command(st, name)
	if err != nil && fault.CodeOf(err) == "web.no_page" {
		return reply{}, err
	}
	if err == nil {
		_, err = v.house().Act(v.ctx(), call, st.ID, cmd)
	}
	if err == nil {
		if name == "withdraw" && st.Phase == deal.Draft {
			name = "discarded"
		}
		if name == "cancel" && st.CancelBy != identity.NoSide {
			name = "cancelled" // the other party had asked before
		}
		return goTo("/deals/"+string(st.ID), "flash."+name)
	}
	if wantsSignature(err) {
		var rep reply
		if rep, err = v.needsApproval(assurance.DealDeed{Deal: st.ID, Command: cmd}); err == nil {
			return rep, nil
		}
	}
	if name == "offer" && fault.CodeOf(err) == "contract.incomplete" {
		v.form = url.Values{}
		return v.builder(builderView{Mode: editing, Entries: entriesOf(st.Terms, v.person.Party), Deal: &st, Err: err})
	}
	return v.refuse(name, err)
}

// refuse shows the deal again with one of its forms as it was sent.
func (v *visit) refuse(form string, err error) (reply, error) {
	v.refused(form, err)
	v.tripped = v.mistakes(err)
	for i := range v.tripped {
		v.tripped[i].Name = form + "." + v.tripped[i].Name
	}
	return v.showDeal(err)
}

// command reads a form of the deal's page.
func (v *visit) command(s deal.State, name string) (deal.Command, error) {
	field := func(f string) string { return v.posted(name + "." + f) }
	switch name {
	case "offer":
		return deal.MakeOffer{}, nil
	case "withdraw":
		return deal.Withdraw{Reason: field("reason")}, nil
	case "cancel":
		return deal.CancelByBoth{Reason: field("reason")}, nil
	case "ship":
		return deal.Ship{Carrier: field("carrier"), TrackingNumber: field("tracking_number"), Final: field("final") != ""}, nil
	case "confirm":
		return deal.ConfirmReceipt{}, nil
	case "extend":
		days, err := strconv.Atoi(field("days"))
		if err != nil {
			return nil, fault.New(fault.Invalid, "web.bad_number", "Write a whole number.").At("days")
		}
		return deal.ExtendInspection{Days: days}, nil
	case "claim":
		return v.claimCommand(s)
	case "freeze":
		return deal.Freeze{Case: field("case")}, nil
	case "unfreeze":
		return deal.Unfreeze{Case: s.FreezeCase}, nil
	}
	return nil, noSuchPage()
}

func (v *visit) claimCommand(s deal.State) (deal.Command, error) {
	minor, err := v.minor("claim.amount", "amount", s.Terms.Currency)
	if err != nil {
		return nil, err
	}
	demand := dispute.Division{WithReturn: v.posted("claim.with_return") != ""}
	if v.posted("claim.to_buyer") != "" {
		if demand.ToBuyer, err = v.minor("claim.to_buyer", "to_buyer", s.Terms.Currency); err != nil {
			return nil, err
		}
	} else if s.SideOf(v.actor()) == identity.Buyer {
		demand.ToBuyer = minor
	}
	return deal.RaiseClaim{Reason: dispute.Reason(v.posted("claim.reason")), Minor: minor, Demand: demand, Statement: v.posted("claim.statement")}, nil
}

// minor reads an amount in major units as people write it.
func (v *visit) minor(name, field string, c money.Currency) (int64, error) {
	text := strings.ReplaceAll(v.posted(name), " ", "")
	a, err := money.Parse(text, c)
	if err != nil {
		return 0, fault.Of(err).At(field)
	}
	return a.Minor(), nil
}
