package bench

import (
	"context"
	"strings"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/treasury"
)

// railName is the rail by which money comes in a bench.
const railName = "bench"

// direct calls the house in process.
type direct struct {
	house   *assurance.House
	mandate *assurance.Mandate // under which members' commands are given; nil for a house that asks for none
}

func (d direct) give(ctx context.Context, o *order) (assurance.Receipt, error) {
	if o.step == fund {
		rail := identity.Actor{Office: identity.Rail, Person: railName}
		return d.house.BookDeposit(ctx, rail, treasury.Notice{
			Rail: railName, Reference: o.key, Deal: string(o.deal), Payer: o.payer, Amount: o.total, BookedAt: o.now,
		})
	}
	call := assurance.Call{By: o.by.actor, Key: o.key, Mandate: d.mandate}
	if o.step == draft {
		return d.house.DraftDeal(ctx, call, *o.terms)
	}
	return d.house.Act(ctx, call, o.deal, o.command())
}

// command is the order in the words of the deal.
func (o *order) command() deal.Command {
	switch o.step {
	case offer:
		return deal.MakeOffer{}
	case buyerSigns, sellerSigns:
		return deal.Sign{Hash: o.hash}
	case ship:
		return deal.Ship{Carrier: "COSCO", TrackingNumber: o.tracking(), Final: true}
	case confirmReceipt:
		return deal.ConfirmReceipt{}
	case accept:
		return deal.Accept{}
	case draft, fund, steps:
	}
	return nil
}

// tracking is a number that no other deal uses.
func (o *order) tracking() string {
	return "BN" + strings.ToUpper(strings.ReplaceAll(string(o.deal), "-", ""))
}
