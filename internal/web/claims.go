package web

import (
	"strconv"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/identity"
	"fondaco/internal/web/ui"
)

// claimView is a claim with its clock and what the reader may do about it.
func (v *visit) claimView(s deal.State, c dispute.Claim, number int) claimView {
	out := claimView{Claim: c, Number: number}
	for _, o := range s.Obligations() {
		if o.Ref == c.ID {
			clock := v.obligation(s, o)
			clock.Actions = nil // the forms stand right below
			out.Clock = &clock
		}
	}
	may := func(step dispute.Command) bool { return v.may(s, deal.Conduct{ClaimID: c.ID, Step: step}) }
	add := func(ok bool, d deed) {
		if ok {
			out.Deeds = append(out.Deeds, v.claimDeedOf(s, c, d))
		}
	}
	for _, o := range c.Offers {
		add(may(dispute.TakeOffer{Number: o.Number}), deed{
			Name: "take", Icon: ui.IconHandshake, Title: v.T("claim.take.title", "Division", v.division(s, c, o.Division)),
			Hidden: []ui.Hidden{{Name: "number", Value: strconv.Itoa(o.Number)}}, Press: ui.Press{Weight: ui.Primary},
		})
	}
	if c.Proposal != nil {
		add(may(dispute.TakeOffer{}), deed{
			Name: "take", Icon: ui.IconHandshake, Title: v.T("claim.take.title", "Division", v.division(s, c, *c.Proposal)),
			Hidden: []ui.Hidden{{Name: "number", Value: "0"}}, Press: ui.Press{Weight: ui.Primary},
		})
	}
	add(may(dispute.MakeOffer{}), deed{Name: "offer", Icon: ui.IconArrowLeftRight, Fields: v.divisionFields(s, c, "offer")})
	add(may(dispute.Escalate{}), deed{Name: "escalate", Icon: ui.IconGavel})
	add(may(dispute.Appeal{Grounds: "probe"}), deed{Name: "appeal", Icon: ui.IconGavel, Fields: []ui.Question{
		v.question(formOf(c, "appeal"), ui.Question{Name: "grounds", Label: v.T("claim.appeal.grounds"), Kind: ui.KindArea, MaxLength: 10000}),
	}})
	add(may(dispute.ReturnShipped{TrackingNumber: "probe"}), deed{Name: "return_shipped", Icon: ui.IconTruck, Press: ui.Press{Weight: ui.Primary}, Fields: []ui.Question{
		v.question(formOf(c, "return_shipped"), ui.Question{Name: "tracking_number", Label: v.T("act.ship.number"), MaxLength: 64}),
	}})
	add(may(dispute.ReturnReceived{}), deed{Name: "return_received", Icon: ui.IconPackageCheck, Press: ui.Press{Weight: ui.Primary}})
	add(may(dispute.AssignMediator{Mediator: "probe"}), deed{Name: "assign", Icon: ui.IconUser, Press: ui.Press{Weight: ui.Primary}, Fields: []ui.Question{
		v.question(formOf(c, "assign"), ui.Question{Name: "mediator", Label: v.T("claim.assign.mediator"), Kind: ui.KindEmail}),
	}})
	if c.Mediator != "" {
		add(may(dispute.Propose{}), deed{Name: "propose", Icon: ui.IconScale, Press: ui.Press{Weight: ui.Primary}, Fields: v.divisionFields(s, c, "propose")})
		add(may(dispute.Rule{Reasons: "probe"}), deed{Name: "rule", Icon: ui.IconGavel, Press: ui.Press{Weight: ui.Primary}, Fields: append(v.divisionFields(s, c, "rule"),
			v.question(formOf(c, "rule"), ui.Question{Name: "reasons", Label: v.T("claim.rule.reasons"), Kind: ui.KindArea, MaxLength: 10000}))})
	}
	add(may(dispute.Drop{}), deed{Name: "drop", Icon: ui.IconUndo2})
	return out
}

func formOf(c dispute.Claim, step string) string { return step + "-" + c.ID }

// claimDeedOf is a step of a claim as a form with words, address and key.
func (v *visit) claimDeedOf(s deal.State, c dispute.Claim, d deed) deed {
	step := d.Name
	args := v.dutyArgs(s, deal.Obligation{Ref: c.ID})
	if d.Title == "" {
		d.Title = v.T("claim." + step + ".title")
	}
	d.Lead = v.T("claim."+step+".lead", args)
	d.Post = "/deals/" + string(s.ID) + "/claims/" + c.ID + "/" + step
	d.Press.Label = v.T("claim." + step + ".go")
	d.Press.Icon = d.Icon
	if d.Press.Weight == "" {
		d.Press.Weight = ui.Secondary
	}
	d.Name = formOf(c, step)
	for _, h := range d.Hidden {
		d.Name += "-" + h.Value // two offers on the table are two forms
	}
	d.Hidden = append(d.Hidden, ui.Hidden{Name: onceField, Value: v.once(d.Name)})
	d.Open = v.tried == d.Name
	return d
}

func (v *visit) divisionFields(s deal.State, c dispute.Claim, step string) []ui.Question {
	q := func(q ui.Question) ui.Question { return v.question(formOf(c, step), q) }
	return []ui.Question{
		q(ui.Question{
			Name: "to_buyer", Label: v.T("claim.to_buyer", "Buyer", v.sideName(s, identity.Buyer)), Prefix: s.Terms.Currency.Code(), Figures: true,
			Hint: v.T("claim.to_buyer_hint", "Claimed", amount(c.Minor, s.Terms.Currency), "Seller", v.sideName(s, identity.Seller)),
		}),
		q(ui.Question{Name: "with_return", Label: v.T("act.claim.with_return"), Kind: ui.KindCheck, Optional: true}),
	}
}

// division says who would get how much of the disputed amount.
func (v *visit) division(s deal.State, c dispute.Claim, d dispute.Division) string {
	key := "claim.division"
	if d.WithReturn && d.ToBuyer > 0 {
		key = "claim.division_return"
	}
	cur := s.Terms.Currency
	return v.T(key, "Buyer", v.sideName(s, identity.Buyer), "Seller", v.sideName(s, identity.Seller), "Back", amount(d.ToBuyer, cur), "Rest", amount(c.Minor-d.ToBuyer, cur))
}

// claimFacts is what stands in a claim's file.
func (v *visit) claimFacts(s deal.State, c claimView) []ui.Fact {
	facts := []ui.Fact{
		{Term: v.T("claim.raised_by"), Value: v.sideName(s, c.By)},
		{Term: v.T("claim.reason"), Value: v.T("reason." + lower(string(c.Reason)))},
		{Term: v.T("claim.amount"), Value: amount(c.Minor, s.Terms.Currency)},
		{Term: v.T("claim.demand"), Value: v.division(s, c.Claim, c.Demand)},
		{Term: v.T("claim.statement"), Show: lines(c.Statement)},
	}
	for _, o := range c.Offers {
		facts = append(facts, ui.Fact{Term: v.T("claim.offer_by", "Name", v.sideName(s, o.By)), Value: v.division(s, c.Claim, o.Division)})
	}
	if c.Proposal != nil {
		f := ui.Fact{Term: v.T("claim.proposal"), Value: v.division(s, c.Claim, *c.Proposal)}
		for _, side := range c.TakenBy {
			f.Note = v.T("claim.taken_by", "Name", v.sideName(s, side))
		}
		facts = append(facts, f)
	}
	if c.Ruling != nil {
		facts = append(facts, ui.Fact{Term: v.T("claim.ruling"), Value: v.division(s, c.Claim, c.Ruling.Division), Note: c.Ruling.Reasons})
	}
	if c.Ending != dispute.NotEnded {
		facts = append(facts, ui.Fact{Term: v.T("claim.result"), Value: v.division(s, c.Claim, c.Result), Note: v.T("ending." + string(c.Ending))})
	}
	return facts
}

// claimStep carries out a form of an open claim.
func (s *site) claimStep(v *visit) (reply, error) {
	st, err := v.deal()
	if err != nil {
		return reply{}, err
	}
	claim, ok := st.Claim(v.path("claim"))
	if !ok {
		return reply{}, fault.New(fault.NotFound, "dispute.unknown_claim", "This deal has no such claim.")
	}
	call, err := v.call()
	if err != nil {
		return reply{}, err
	}
	name := v.path("step")
	form := formOf(claim, name)
	step, err := v.step(st, claim, name)
	if err != nil && fault.CodeOf(err) == "web.no_page" {
		return reply{}, err
	}
	if err == nil {
		_, err = v.house().Act(v.ctx(), call, st.ID, deal.Conduct{ClaimID: claim.ID, Step: step})
	}
	if wantsSignature(err) {
		var rep reply
		if rep, err = v.needsApproval(assurance.DealDeed{Deal: st.ID, Command: deal.Conduct{ClaimID: claim.ID, Step: step}}); err == nil {
			return rep, nil
		}
	}
	if err != nil {
		if name == "take" {
			form += "-" + v.posted("number")
		}
		return v.refuse(form, err)
	}
	return goTo("/deals/"+string(st.ID)+"#claim-"+claim.ID, "flash.claim_step")
}

func (v *visit) step(s deal.State, c dispute.Claim, name string) (dispute.Command, error) {
	field := func(f string) string { return v.posted(formOf(c, name) + "." + f) }
	division := func() (dispute.Division, error) {
		minor, err := v.minor(formOf(c, name)+".to_buyer", "to_buyer", s.Terms.Currency)
		return dispute.Division{ToBuyer: minor, WithReturn: field("with_return") != ""}, err
	}
	switch name {
	case "offer":
		d, err := division()
		return dispute.MakeOffer{Division: d}, err
	case "take":
		n, err := strconv.Atoi(v.posted("number"))
		if err != nil {
			return nil, badForm(err)
		}
		return dispute.TakeOffer{Number: n}, nil
	case "escalate":
		return dispute.Escalate{}, nil
	case "drop":
		return dispute.Drop{}, nil
	case "appeal":
		return dispute.Appeal{Grounds: field("grounds")}, nil
	case "return_shipped":
		return dispute.ReturnShipped{TrackingNumber: field("tracking_number")}, nil
	case "return_received":
		return dispute.ReturnReceived{}, nil
	case "assign":
		p, err := v.house().MediatorByEmail(v.ctx(), v.actor(), field("mediator"))
		return dispute.AssignMediator{Mediator: p.ID}, err
	case "propose":
		d, err := division()
		return dispute.Propose{Division: d}, err
	case "rule":
		d, err := division()
		return dispute.Rule{Division: d, Reasons: field("reasons")}, err
	}
	return nil, noSuchPage()
}
