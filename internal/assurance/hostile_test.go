package assurance_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/account"
	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/ledger"
	"fondaco/internal/trade/shipment"
	"fondaco/internal/trade/treasury"
)

// strange are texts that somewhere, some day, arrive.
func strange() []string {
	return []string{
		"", "\x00", "\xff\xfe", "a\nb", "..", "a/b", "a:b:c", "deal:", "%s%n", "' OR 1=1 --", "\u202etxt", "\ufffd", "😀",
		"__proto__", "1e400", strings.Repeat("x", 5_000), strings.Repeat("漢", 3_000), strings.Repeat("\\", 70_000),
	}
}

// calls are every way by which text or numbers of outsiders reach the house.
func (p *place) calls(id deal.ID, s string) map[string]func() error {
	n := []int64{math.MinInt64, -1, 0, 1, 1 << 53, math.MaxInt64}[len(s)%6]
	usdN := usd(n)
	only := func(_ assurance.Receipt, err error) error { return err }
	act := func(by identity.Actor, c deal.Command) error {
		return only(p.Act(p.ctx, assurance.Call{By: by, Key: s}, id, c))
	}
	terms := p.terms()
	terms.Title, terms.Delivery.NamedPlace, terms.Delivery.ShipBy, terms.GoverningLaw = s, s, contract.Date(s), s
	terms.Tranches[0].ID, terms.Lines[0].Unit, terms.Lines[0].Quantity, terms.Inspection.Days = s, s, n, int(n)
	conduct := func(by identity.Actor, step dispute.Command) error {
		return act(by, deal.Conduct{ClaimID: "c1", Step: step})
	}
	carrier := identity.Actor{Office: identity.Carrier, Person: "sea"}
	return map[string]func() error{
		"register": func() error {
			return only(p.RegisterParty(p.ctx, assurance.Call{By: p.buyer}, identity.Register{LegalName: s, Country: s, Registration: s, Address: s}))
		},
		"draft": func() error { return only(p.DraftDeal(p.ctx, assurance.Call{By: p.buyer, Key: s}, terms)) },
		"draft of": func() error {
			t := p.terms()
			t.Seller = identity.PartyID(s)
			return only(p.DraftDeal(p.ctx, assurance.Call{By: p.buyer}, t))
		},
		"amend":      func() error { return act(p.buyer, deal.Amend{Terms: terms}) },
		"other deal": func() error { return only(p.Act(p.ctx, assurance.Call{By: p.buyer}, deal.ID(s), deal.Accept{})) },
		"cancel":     func() error { return act(p.buyer, deal.CancelByBoth{Reason: s}) },
		"ship": func() error {
			return act(p.seller, deal.Ship{ConsignmentID: s, Carrier: s, TrackingNumber: s, Final: n > 0})
		},
		"track": func() error {
			return act(carrier, deal.Track{ConsignmentID: s, Event: shipment.Event{Stage: shipment.Stage(s), At: time.UnixMicro(n), Place: s, Note: s}})
		},
		"scan": func() error {
			return act(carrier, deal.Track{ConsignmentID: "c1", Event: shipment.Event{Stage: shipment.Exception, At: time.UnixMicro(n), Place: s, Note: s}})
		},
		"claim": func() error {
			return act(p.buyer, deal.RaiseClaim{ClaimID: s, Reason: dispute.QualityDefect, Minor: n, Statement: s, Demand: dispute.Division{ToBuyer: n}, Evidence: []evidence.Hash{{}}})
		},
		"a claim's words": func() error {
			return act(p.buyer, deal.RaiseClaim{Reason: dispute.Reason(s), Minor: 1, Statement: s})
		},
		"claim offer": func() error { return conduct(p.seller, dispute.MakeOffer{Division: dispute.Division{ToBuyer: n}}) },
		"take":        func() error { return conduct(p.buyer, dispute.TakeOffer{Number: int(n)}) },
		"appeal":      func() error { return conduct(p.buyer, dispute.Appeal{Grounds: s}) },
		"extend":      func() error { return act(p.buyer, deal.ExtendInspection{Days: int(n)}) },
		"freeze":      func() error { return act(office(identity.Compliance), deal.Unfreeze{Case: s}) },
		"outage": func() error {
			return act(office(identity.Administrator), deal.RecordOutage{From: time.UnixMicro(n), To: p.Now()})
		},
		"withdraw": func() error {
			return only(p.Withdraw(p.ctx, assurance.Call{By: p.seller, Key: s}, p.seller.Party, usdN, s))
		},
		"cancel payout": func() error { return only(p.CancelPayout(p.ctx, assurance.Call{By: p.seller}, s, s)) },
		"deposit": func() error {
			return only(p.BookDeposit(p.ctx, rail(), treasury.Notice{Rail: s, Reference: s, Deal: s, Payer: s, Amount: usdN, BookedAt: time.UnixMicro(n)}))
		},
		"deposit by a rail": func() error {
			return only(p.BookDeposit(p.ctx, rail(), treasury.Notice{Rail: "bank", Reference: "r" + s, Deal: s, Payer: s, Amount: usdN, BookedAt: p.Now()}))
		},
		"no currency": func() error {
			return only(p.BookDeposit(p.ctx, rail(), treasury.Notice{Rail: "bank", Reference: s, Amount: money.Amount{}}))
		},
		"payout notice": func() error {
			return only(p.ReportPayout(p.ctx, rail(), assurance.PayoutNotice{PayoutID: s, Outcome: assurance.PayoutOutcome(s), Reference: s, Failure: s}))
		},
		"assign": func() error {
			return only(p.AssignDeposit(p.ctx, assurance.Call{By: office(identity.Treasury)}, s, identity.PartyID(s), s))
		},
		"return":  func() error { return only(p.ReturnDeposit(p.ctx, assurance.Call{By: office(identity.Treasury)}, s, s)) },
		"read":    func() error { _, err := p.Deal(p.ctx, p.buyer, deal.ID(s)); return err },
		"history": func() error { _, err := p.History(p.ctx, p.buyer, deal.ID(s)); return err },
		"deals": func() error {
			_, err := p.Deals(p.ctx, p.buyer, assurance.DealQuery{Search: s, Before: deal.ID(s), Phase: deal.Phase(s), Limit: int(n)})
			return err
		},
		"all deals": func() error {
			_, err := p.Deals(p.ctx, office(identity.Auditor), assurance.DealQuery{Search: s})
			return err
		},
		"parties": func() error {
			_, err := p.Parties(p.ctx, p.buyer, assurance.PartyQuery{Search: s, After: identity.PartyID(s), Limit: int(n)})
			return err
		},
		"statement": func() error { _, err := p.Statement(p.ctx, p.buyer, ledger.AccountID(s), n, int(n)); return err },
		"accounts": func() error {
			_, err := p.Statement(p.ctx, office(identity.Auditor), ledger.AccountID(s), n, int(n))
			return err
		},
		"deposits": func() error {
			_, err := p.Deposits(p.ctx, p.buyer, assurance.MoneyQuery{Deal: s, Stage: s, Before: s, Limit: int(n)})
			return err
		},
		"payouts": func() error {
			_, err := p.Payouts(p.ctx, p.buyer, assurance.MoneyQuery{Deal: s, Stage: s, Before: s, Limit: int(n)})
			return err
		},
		"prove":     func() error { _, err := p.Prove(p.ctx, p.buyer, n, n-1); return err },
		"prove two": func() error { _, err := p.ProveConsistency(p.ctx, n, n); return err },
		"token":     func() error { _, err := p.Present(p.ctx, "fdk_"+s); return err },
		"enter": func() error {
			_, err := p.Enter(p.ctx, assurance.Origin{Address: s, Browser: s, Version: s, System: s, Device: s}, assurance.BrowserSession, s, s)
			return err
		},
		"continue": func() error {
			_, err := p.Continue(p.ctx, assurance.Origin{}, s, assurance.Proof{Kind: account.FactorKind(s), Code: s, Response: []byte(s)})
			return err
		},
		"renew":  func() error { _, err := p.Renew(p.ctx, assurance.Origin{}, s, s); return err },
		"reset":  func() error { return p.Reset(p.ctx, assurance.Origin{}, s, s) },
		"forget": func() error { return p.Forget(p.ctx, assurance.Origin{Address: s}, s, s) },
		"disown": func() error { return p.Disown(p.ctx, assurance.Origin{}, s) },
		"ask to join": func() error {
			return p.AskToJoin(p.ctx, assurance.Origin{Address: s}, assurance.SignUp{Email: s, Name: s, Password: s, Language: s})
		},
		"accept": func() error {
			_, err := p.Accept(p.ctx, assurance.Origin{}, assurance.BrowserSession, s, assurance.SignUp{Email: s, Name: s, Password: s})
			return err
		},
		"approval": func() error { _, err := p.Approval(p.ctx, assurance.Presence{}, s); return err },
		"join": func() error {
			_, err := p.Join(p.ctx, assurance.SignUp{Email: s, Name: s, Password: s, Language: s})
			return err
		},
	}
}

// TestNothingThatOutsidersSendIsTheFaultOfTheHouse tries everything strange at every
// door: each is answered as somebody's mistake, and the house goes on.
func TestNothingThatOutsidersSendIsTheFaultOfTheHouse(t *testing.T) {
	t.Parallel()
	for i, s := range strange() {
		t.Run(fmt.Sprintf("%d %.12q", i, s), func(t *testing.T) {
			t.Parallel()
			p := setup(t)
			id := p.delivered()
			p.act(p.buyer, id, deal.RaiseClaim{ClaimID: "c1", Reason: dispute.QualityDefect, Minor: 100, Statement: "Bent, all of them."})
			for name, call := range p.calls(id, s) {
				err := call()
				if k := fault.KindOf(err); err != nil && (k == fault.Internal || k == fault.Unavailable) {
					t.Errorf("%s: %s", name, fault.Of(err).Trace())
				}
			}
			if why := p.Halted(); why != "" {
				t.Errorf("halted: %s", why)
			}
			p.sound()
		})
	}
}
