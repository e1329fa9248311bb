package crash

import (
	"context"
	"fmt"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/money"
	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/treasury"
)

// Cast is who trades in every deal of the load, and on which day it began. With
// it and a Trade every command can be given again word for word.
type Cast struct {
	Buyer  identity.PartyID `json:"buyer"`
	Seller identity.PartyID `json:"seller"`
	Day    time.Time        `json:"day"`
}

// Trade is one deal of the load. Its name is in the title of its terms, so that
// the log tells which deals were opened twice.
type Trade struct {
	Round  int     `json:"round"`
	Worker int     `json:"worker"`
	Number int     `json:"number"`
	ID     deal.ID `json:"id,omitempty"` // empty until drafted
}

func (t Trade) name() string { return fmt.Sprintf("crash %d/%d/%d", t.Round, t.Worker, t.Number) }

const (
	railName   = "sandbox"
	priceMinor = 125_00
)

func (c Cast) buyer() identity.Actor  { return identity.MemberOf(c.Buyer, "crash-buyer") }
func (c Cast) seller() identity.Actor { return identity.MemberOf(c.Seller, "crash-seller") }
func rail() identity.Actor            { return identity.Actor{Office: identity.Rail, Person: railName} }

// enrol registers the two companies, or finds them by the same keys.
func enrol(ctx context.Context, h *assurance.House, day time.Time) (Cast, error) {
	c := Cast{Day: day.UTC().Truncate(24 * time.Hour)}
	by := identity.Actor{Office: identity.Administrator, Person: "crash"}
	for i, p := range []*identity.PartyID{&c.Buyer, &c.Seller} {
		name := fmt.Sprintf("Crash trading company %d", i+1)
		r, err := h.RegisterParty(ctx, assurance.Call{By: by, Key: name}, identity.Register{LegalName: name, Country: "CH", Registration: "CRASH-" + name})
		if err != nil {
			return c, err
		}
		*p = identity.PartyID(r.ID)
	}
	return c, nil
}

func (c Cast) terms(t Trade) contract.Terms {
	usd := money.MustCurrency("USD")
	price := money.New(priceMinor, usd)
	return contract.Terms{
		Title: t.name(), Buyer: c.Buyer, Seller: c.Seller, Currency: usd,
		Lines: []contract.Line{{
			Description: "Ball bearings", HSCode: "848210", Origin: "CN", Quantity: 1, Unit: "PCE",
			UnitPrice: price, Basis: 1, Acceptance: []string{"Each turns freely."},
		}},
		Freight: money.New(0, usd), Insurance: money.New(0, usd),
		Delivery: contract.Delivery{
			Incoterm: "DAP", NamedPlace: "Basel", ShipTo: "CH Basel",
			ShipBy: contract.DateOf(c.Day.AddDate(0, 0, 30)), DeliverBy: contract.DateOf(c.Day.AddDate(0, 0, 60)),
		},
		Inspection:   contract.Inspection{Days: 7},
		Tranches:     []contract.Tranche{{ID: "all", Amount: price, Release: contract.OnAcceptance}},
		Remedies:     contract.Remedies{ReturnFreight: identity.Seller},
		GoverningLaw: "Switzerland", DisputeForum: "ICC arbitration, seat Geneva",
	}
}

func (c Cast) notice(t Trade) treasury.Notice {
	return treasury.Notice{
		Rail: railName, Reference: t.name(), Deal: string(t.ID), Payer: "Crash trading company 1",
		Amount: money.New(priceMinor, money.MustCurrency("USD")), BookedAt: c.Day,
	}
}

// step is one command of a trade, and the fact in the deal's stream that shows
// that it was carried out.
type step struct {
	name string
	fact string
	by   func(Cast) identity.Actor
	give func(ctx context.Context, h *assurance.House, c Cast, t Trade, call assurance.Call) (assurance.Receipt, error)
}

// act is a command about the deal.
func act(make func(h *assurance.House, c Cast, t Trade) deal.Command) func(context.Context, *assurance.House, Cast, Trade, assurance.Call) (assurance.Receipt, error) {
	return func(ctx context.Context, h *assurance.House, c Cast, t Trade, call assurance.Call) (assurance.Receipt, error) {
		return h.Act(ctx, call, t.ID, make(h, c, t))
	}
}

func sign(h *assurance.House, c Cast, t Trade) deal.Command {
	return deal.Sign{Hash: deal.Agreement{Terms: c.terms(t).Normal(), Rules: h.Rules()}.Hash()}
}

// steps are the commands of a whole deal, in order.
func steps() []step {
	offer := func(*assurance.House, Cast, Trade) deal.Command { return deal.MakeOffer{} }
	ship := func(_ *assurance.House, _ Cast, t Trade) deal.Command {
		return deal.Ship{ConsignmentID: "1", Carrier: "Crash freight", TrackingNumber: t.name(), Final: true}
	}
	confirm := func(*assurance.House, Cast, Trade) deal.Command { return deal.ConfirmReceipt{} }
	accept := func(*assurance.House, Cast, Trade) deal.Command { return deal.Accept{} }
	return []step{
		{"draft", "drafted", Cast.buyer, func(ctx context.Context, h *assurance.House, c Cast, t Trade, call assurance.Call) (assurance.Receipt, error) {
			return h.DraftDeal(ctx, call, c.terms(t))
		}},
		{"offer", "offered", Cast.buyer, act(offer)},
		{"sign", "signed", Cast.buyer, act(sign)},
		{"countersign", "signed", Cast.seller, act(sign)},
		{"fund", "deposit_received", func(Cast) identity.Actor { return rail() }, func(ctx context.Context, h *assurance.House, c Cast, t Trade, call assurance.Call) (assurance.Receipt, error) {
			return h.BookDeposit(ctx, call.By, c.notice(t))
		}},
		{"ship", "dispatched", Cast.seller, act(ship)},
		{"confirm", "arrived", Cast.buyer, act(confirm)},
		{"accept", "accepted", Cast.buyer, act(accept)},
	}
}

// key is the idempotency key under which the house remembers the step.
func (s step) key(c Cast, t Trade) assurance.AnswerKey {
	k := assurance.AnswerKey{Caller: s.by(c).String(), Key: t.name() + " " + s.name}
	if s.name == "fund" { // keyed by the house, from what the rail reports
		k.Key = "deposit:" + evidence.HashOf([]byte(railName+"\x00"+t.name())).String()
	}
	return k
}

// stream is where the receipt's version counts.
func (s step) stream(r assurance.Receipt) string {
	if s.name == "fund" {
		return treasury.DepositStream(r.ID)
	}
	return deal.ID(r.ID).Stream()
}

// ask gives the command of a step, as often as it is called the very same.
func ask(ctx context.Context, h *assurance.House, c Cast, t Trade, n int) (assurance.Receipt, error) {
	s := steps()[n]
	return s.give(ctx, h, c, t, assurance.Call{By: s.by(c), Key: s.key(c, t).Key})
}
