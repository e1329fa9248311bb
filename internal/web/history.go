package web

import (
	"strings"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/escrow"
	"fondaco/internal/web/ui"
)

func lower(s string) string { return strings.ToLower(s) }

// telling is how one event is told: icon, colour, the key of its sentence with
// its values, and a second line.
type telling struct {
	icon   ui.Icon
	tone   ui.Tone
	key    string
	args   []any
	detail string
}

// events tells a deal's history, the newest first.
func (v *visit) events(s deal.State, facts []assurance.Fact) []ui.Event {
	out := make([]ui.Event, 0, len(facts))
	for i := len(facts) - 1; i >= 0; i-- {
		f := facts[i]
		t := v.tell(s, f)
		e := ui.Event{
			Icon: t.icon, Tone: t.tone, Sentence: v.T("event."+t.key, t.args...), Detail: t.detail,
			Actor: v.doer(f.Actor), At: f.At, ProofHref: "/proof/" + number(f.Sequence),
		}
		if !v.staff() && standsStill(f.Event) {
			e.Actor, e.Icon, e.Tone, e.ProofHref = v.site.Name, ui.IconPause, ui.ToneNeutral, ""
		}
		out = append(out, e)
	}
	return out
}

func (v *visit) tell(s deal.State, f assurance.Fact) telling {
	cur := s.Terms.Currency
	switch e := f.Event.(type) {
	case deal.DepositReceived:
		return telling{ui.IconLandmark, ui.ToneGood, "deposit_received", []any{"Amount", amount(e.Deposit.Minor, cur)}, ""}
	case deal.PriceHeld:
		t := telling{ui.IconLandmark, ui.ToneGood, "price_held", []any{"Amount", amount(e.Minor, cur)}, ""}
		if e.Surplus.Minor > 0 {
			t.detail = v.T("event.surplus", "Amount", amount(e.Surplus.Minor, cur))
		}
		return t
	case deal.Dispatched:
		t := telling{ui.IconShip, ui.ToneAction, "dispatched", []any{"Carrier", e.Carrier, "Number", e.TrackingNumber}, ""}
		if e.NumberReused {
			t.detail = v.T("event.number_reused")
		}
		return t
	case deal.Tracked:
		return v.tellTracked(e)
	case deal.GoodsArrived:
		return telling{ui.IconPackageCheck, ui.ToneAction, "arrived_" + e.By, nil, ""}
	case deal.GoodsAccepted:
		return telling{ui.IconCircleCheck, ui.ToneAction, "accepted_" + e.By, nil, ""}
	case deal.InspectionExtended:
		return telling{ui.IconHourglass, ui.ToneClock, "inspection_extended", []any{"Days", v.Words.Days(e.Extension.Days)}, ""}
	case deal.MoneyMoved:
		return v.tellMoney(s, e)
	case deal.DepositsReturned:
		return telling{ui.IconUndo2, ui.ToneGood, "deposits_returned", []any{"Amount", amount(e.Minor, cur), "Name", v.name(s.Terms.Buyer)}, ""}
	case deal.ClaimRaised:
		return telling{ui.IconScale, ui.ToneClock, "claim_raised", []any{"Amount", amount(e.Claim.Minor, cur), "Reason", v.T("reason." + lower(string(e.Claim.Reason)))}, e.Claim.Statement}
	case deal.FreezePlaced:
		return telling{ui.IconSnowflake, ui.ToneDanger, "frozen", nil, ""}
	case deal.FreezeLifted:
		return telling{ui.IconSnowflake, ui.ToneNeutral, "unfrozen", nil, ""}
	case deal.ClocksStopped:
		return telling{ui.IconPause, ui.ToneNeutral, "clocks_stopped", []any{"Length", v.Words.Duration(e.Pause.To.Sub(e.Pause.From))}, ""}
	case deal.Concluded:
		return telling{ui.IconFileCheck, ui.ToneNeutral, "closed_" + string(e.Outcome), nil, ""}
	case dispute.Event:
		return v.tellClaim(s, e)
	}
	return v.tellAgreement(s, f)
}

func (v *visit) tellAgreement(s deal.State, f assurance.Fact) telling {
	switch e := f.Event.(type) {
	case deal.Drafted:
		return telling{ui.IconPencil, ui.ToneNeutral, "drafted", nil, ""}
	case deal.OfferMade:
		return telling{ui.IconFileText, ui.ToneAction, "offered", nil, ""}
	case deal.Countered:
		return telling{ui.IconFileText, ui.ToneAction, "countered", nil, ""}
	case deal.Signed:
		return telling{ui.IconStamp, ui.ToneSeal, "signed", []any{"Name", v.sideName(s, e.Signature.Side)}, v.T("event.hash", "Hash", e.Signature.Hash.String()[:16])}
	case deal.ContractAgreed:
		return telling{ui.IconHandshake, ui.ToneSeal, "agreed", nil, ""}
	case deal.AmendmentProposed:
		return telling{ui.IconFileSignature, ui.ToneAction, "amendment_proposed", nil, ""}
	case deal.Amended:
		return telling{ui.IconFileSignature, ui.ToneSeal, "amended", nil, ""}
	case deal.AmendmentLapsed:
		return telling{ui.IconFileSignature, ui.ToneNeutral, "amendment_lapsed", nil, ""}
	case deal.CancelAsked:
		return telling{ui.IconBan, ui.ToneClock, "cancel_asked", []any{"Name", v.sideName(s, e.By)}, e.Reason}
	case deal.CancelLapsed:
		return telling{ui.IconBan, ui.ToneNeutral, "cancel_lapsed", nil, ""}
	case deal.CalledOff:
		return telling{ui.IconUndo2, ui.ToneClock, "called_off_" + e.Why, []any{"Name", v.name(f.Actor.Party)}, e.Reason}
	}
	return telling{ui.IconCircle, ui.ToneNeutral, "other", []any{"Kind", f.Kind}, ""}
}

func (v *visit) tellTracked(e deal.Tracked) telling {
	t := telling{ui.IconTruck, ui.ToneNeutral, "tracked", []any{"Stage", v.T("track." + string(e.Event.Stage))}, ""}
	if e.Event.Place != "" {
		t.key, t.args = "tracked_at", append(t.args, "Place", v.place(e.Event.Place))
	}
	var doubts []string
	for _, d := range e.Doubts {
		doubts = append(doubts, v.T("doubt."+string(d)))
	}
	if len(doubts) > 0 {
		t.tone, t.detail = ui.ToneClock, v.T("event.doubts", "Doubts", strings.Join(doubts, v.T("say.comma")))
	}
	return t
}

// tellMoney names from, to and amount of every movement.
func (v *visit) tellMoney(s deal.State, e deal.MoneyMoved) telling {
	all := sums([]deal.Event{e})
	if len(all) == 0 {
		return telling{ui.IconCoins, ui.ToneNeutral, "thawed", nil, ""}
	}
	var parts []string
	for _, m := range all {
		name := v.site.Name
		switch m.To {
		case escrow.ToBuyer:
			name = v.name(s.Terms.Buyer)
		case escrow.ToSeller:
			name = v.name(s.Terms.Seller)
		case escrow.ToHouse:
		}
		parts = append(parts, v.T("event.move", "Amount", amount(m.Minor, s.Terms.Currency), "Name", name, "Why", v.T("why."+string(m.Why))))
	}
	return telling{ui.IconCoins, ui.ToneGood, "money_moved", []any{"Moves", strings.Join(parts, v.T("say.semicolon"))}, ""}
}

func (v *visit) tellClaim(s deal.State, e dispute.Event) telling {
	claim, _ := s.Claim(e.Claim())
	t := telling{icon: ui.IconScale, tone: ui.ToneNeutral, key: e.Kind()}
	switch e := e.(type) {
	case dispute.OfferMade:
		t.args, t.detail = []any{"Name", v.sideName(s, e.Offer.By)}, v.division(s, claim, e.Offer.Division)
	case dispute.OfferTaken:
		t.icon, t.args = ui.IconHandshake, []any{"Name", v.sideName(s, e.By)}
	case dispute.Escalated:
		t.tone = ui.ToneClock
		if e.By == "" {
			t.key = "claim_escalated_by_time"
		} else {
			t.args = []any{"Name", v.sideName(s, e.By)}
		}
	case dispute.HouseMissed:
		t.tone = ui.ToneClock
	case dispute.Proposed:
		t.detail = v.division(s, claim, e.Division)
	case dispute.ProposalTaken:
		t.icon, t.args = ui.IconHandshake, []any{"Name", v.sideName(s, e.By)}
	case dispute.RulingGiven:
		t.icon, t.detail = ui.IconGavel, v.division(s, claim, e.Ruling.Division)+"\n"+e.Ruling.Reasons
		if e.Final {
			t.key = "ruling_given_final"
		}
	case dispute.Appealed:
		t.icon, t.args, t.detail = ui.IconGavel, []any{"Name", v.sideName(s, e.By)}, e.Grounds
	case dispute.ReturnOrdered:
		t.icon, t.detail = ui.IconUndo2, v.division(s, claim, e.Division)
	case dispute.ReturnSentBack:
		t.icon, t.args = ui.IconTruck, []any{"Number", e.TrackingNumber}
	case dispute.Resolved:
		t.icon, t.detail = ui.IconCircleCheck, v.T("ending."+string(e.Ending))
	case dispute.MediatorAssigned:
	}
	return t
}
