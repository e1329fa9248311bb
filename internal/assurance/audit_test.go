package assurance_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	_ "modernc.org/sqlite" // the driver by which tests tamper

	"fondaco/internal/assurance"
	"fondaco/internal/money"
	"fondaco/internal/store"
	"fondaco/internal/trade/contract"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/dispute"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/treasury"
)

// audited is a house with a little of everything in its books.
type audited struct {
	path  string
	store *store.Store
	house *assurance.House
	clock *stopped
	list  *paper
	buyer identity.PartyID
	sells identity.PartyID
}

type stopped struct{ now time.Time }

func (s *stopped) Now() time.Time { return s.now }

func setupAudit(t *testing.T) *audited {
	t.Helper()
	ctx := t.Context()
	a := &audited{path: filepath.Join(t.TempDir(), "house.db"), clock: &stopped{time.Date(2027, 1, 4, 9, 0, 0, 0, time.UTC)}, list: &paper{lines: map[string]string{"own:test": "1 Wolfgang Ostrander\n"}}}
	var err error
	if a.store, err = store.OpenSQLite(ctx, a.path); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.store.Close() })
	if err := a.store.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	a.house, err = assurance.Open(ctx, assurance.Config{
		Store: a.store, Archive: a.store, Clock: a.clock, Random: rand.Reader, PayoutRail: "sandbox", Sandbox: true, AutoPayout: true,
		NewID: func() string { return uuid.Must(uuid.NewV7()).String() }, Watchlists: a.list,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.house.Close)
	a.readLists(t)
	a.buyer, a.sells = a.register(t, "Elbtor Wassertechnik GmbH", "DE"), a.register(t, "Haichuan Pumps", "CN")
	a.fill(t)
	a.judge(t)
	return a
}

func (a *audited) register(t *testing.T, name, country string) identity.PartyID {
	t.Helper()
	r, err := a.house.RegisterParty(t.Context(), assurance.Call{By: identity.Actor{Office: identity.Administrator, Person: "p0"}},
		identity.Register{LegalName: name, Country: country, Registration: "1"})
	if err != nil {
		t.Fatal(err)
	}
	return identity.PartyID(r.ID)
}

func (a *audited) member(side identity.Side) identity.Actor {
	if side == identity.Buyer {
		return identity.MemberOf(a.buyer, "anna")
	}
	return identity.MemberOf(a.sells, "chen")
}

func (a *audited) act(t *testing.T, side identity.Side, id deal.ID, cmd deal.Command) {
	t.Helper()
	if _, err := a.house.Act(t.Context(), assurance.Call{By: a.member(side)}, id, cmd); err != nil {
		t.Fatalf("%s by the %s: %v", cmd.Name(), side, err)
	}
}

func (a *audited) open(t *testing.T) deal.ID {
	t.Helper()
	usd := money.MustCurrency("USD")
	price := money.New(1_000_000, usd)
	r, err := a.house.DraftDeal(t.Context(), assurance.Call{By: a.member(identity.Buyer)}, contract.Terms{
		Title: "Pumps", Buyer: a.buyer, Seller: a.sells, Currency: usd,
		Lines:      []contract.Line{{Description: "Pump", Quantity: 100, Unit: "PCE", UnitPrice: money.New(10_000, usd)}},
		Delivery:   contract.Delivery{Incoterm: "DAP", NamedPlace: "Hamburg", ShipTo: "DE Hamburg", ShipBy: "2027-02-01", DeliverBy: "2027-03-01"},
		Inspection: contract.Inspection{Days: 7}, Tranches: []contract.Tranche{{ID: "price", Amount: price, Release: contract.OnAcceptance}},
		Remedies: contract.Remedies{ReturnFreight: identity.Seller}, GoverningLaw: "Switzerland", DisputeForum: "ICC",
	})
	if err != nil {
		t.Fatal(err)
	}
	return deal.ID(r.ID)
}

func (a *audited) sign(t *testing.T, id deal.ID) {
	t.Helper()
	a.act(t, identity.Buyer, id, deal.MakeOffer{})
	s, err := a.house.Deal(t.Context(), a.member(identity.Buyer), id)
	if err != nil {
		t.Fatal(err)
	}
	a.act(t, identity.Buyer, id, deal.Sign{Hash: s.TermsHash})
	a.act(t, identity.Seller, id, deal.Sign{Hash: s.TermsHash})
}

func (a *audited) pay(t *testing.T, id deal.ID, reference string, minor int64) {
	t.Helper()
	_, err := a.house.BookDeposit(t.Context(), identity.Actor{Office: identity.Rail, Person: "sandbox"}, treasury.Notice{
		Rail: "sandbox", Reference: reference, Deal: string(id), Payer: "Elbtor", Amount: money.New(minor, money.MustCurrency("USD")), BookedAt: a.clock.now,
	})
	if err != nil {
		t.Fatal(err)
	}
}

// fill leaves a draft, a deal half paid, one disputed, one frozen, one closed with
// a payout under way, and a deposit that nobody awaits.
func (a *audited) fill(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	a.open(t)
	half := a.open(t)
	a.sign(t, half)
	a.pay(t, half, "half", 400_000)
	disputed := a.open(t)
	a.sign(t, disputed)
	a.pay(t, disputed, "disputed", 1_000_500)
	a.act(t, identity.Seller, disputed, deal.Ship{Carrier: "Sea", TrackingNumber: "S1", Final: true})
	a.act(t, identity.Buyer, disputed, deal.ConfirmReceipt{})
	a.act(t, identity.Buyer, disputed, deal.RaiseClaim{Reason: dispute.QualityDefect, Minor: 50_000, Demand: dispute.Division{ToBuyer: 50_000}, Statement: "They leak."})
	frozen := a.open(t)
	a.sign(t, frozen)
	a.pay(t, frozen, "frozen", 1_000_000)
	if _, err := a.house.Act(ctx, assurance.Call{By: identity.Actor{Office: identity.Compliance, Person: "zhou"}}, frozen, deal.Freeze{Case: "C-1"}); err != nil {
		t.Fatal(err)
	}
	closed := a.open(t)
	a.sign(t, closed)
	a.pay(t, closed, "closed", 1_000_000)
	a.act(t, identity.Seller, closed, deal.Ship{Carrier: "Sea", TrackingNumber: "S2", Final: true})
	a.act(t, identity.Buyer, closed, deal.ConfirmReceipt{})
	a.act(t, identity.Buyer, closed, deal.Accept{})
	if _, err := a.house.Withdraw(ctx, assurance.Call{By: a.member(identity.Seller)}, a.sells, money.New(10_000, money.MustCurrency("USD")), "withdrawal"); err != nil {
		t.Fatal(err)
	}
	a.pay(t, "nobody", "stray", 77_700)
}

func (a *audited) checks(t *testing.T) []assurance.Check {
	t.Helper()
	checks, err := assurance.Audit{Store: a.store, Archive: a.store}.Checks(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return checks
}

// tamper changes the database behind the house's back, guards and all.
func (a *audited) tamper(t *testing.T, statement string) {
	t.Helper()
	ctx := t.Context()
	db, err := sql.Open("sqlite", "file:"+a.path+"?_pragma=busy_timeout(5000)&_pragma=foreign_keys(0)&_pragma=ignore_check_constraints(1)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, name := range a.triggers(ctx, t, db) {
		if _, err := db.ExecContext(ctx, fmt.Sprintf("DROP TRIGGER %q", name)); err != nil {
			t.Fatal(err)
		}
	}
	r, err := db.ExecContext(ctx, statement)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		t.Fatalf("%s changed nothing", statement)
	}
}

func (a *audited) triggers(ctx context.Context, t *testing.T, db *sql.DB) []string {
	t.Helper()
	rows, err := db.QueryContext(ctx, "SELECT name FROM sqlite_master WHERE type = 'trigger'")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return names
}

func TestSoundHousePassesEveryCheckAndSomethingIsCounted(t *testing.T) {
	t.Parallel()
	a := setupAudit(t)
	var done, total int64
	checks, err := assurance.Audit{Store: a.store, Archive: a.store}.Checks(t.Context(), func(d, n int64) { done, total = d, n })
	if err != nil {
		t.Fatal(err)
	}
	empty := map[string]bool{
		"no other account holds money": true, "no message to the outside was given up": true, "the house may write": true,
		"every deal has heard of every outage": true, "the house trusts its clock": true,
		// These are counted, and tampered with, in a house that has people.
		"approvals are as their events say": true, "payout accounts are as their events say": true,
		"everybody has the role and the office that were decided": true,
		"two people can decide a case":                            true,
	}
	for _, c := range checks {
		if !c.OK || c.Warning && c.Name != "two people can decide a case" { // this house has no people
			t.Errorf("%s: %s", c.Name, c.Detail)
		}
		if c.Counted == 0 && !empty[c.Name] {
			t.Errorf("%s compared nothing", c.Name)
		}
	}
	if done != total || total == 0 {
		t.Errorf("progress ended at %d of %d", done, total)
	}
}

func TestEveryBookThatWasTamperedWithIsNamed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ what, statement, check string }{
		{"a balance", `UPDATE balance SET posted = posted + 1 WHERE kind = 'fees'`, "balances are the sums"},
		{"a balance and its rail", `UPDATE balance SET posted = posted + CASE kind WHEN 'fees' THEN 1 ELSE -1 END WHERE kind IN ('fees', 'rail')`, "fees are what the deals paid"},
		{"a reserve", `UPDATE balance SET pending_out = 0 WHERE pending_out > 0`, "balances and reserves"},
		{"an entry", `UPDATE entry SET delta = delta + 1 WHERE position = 5`, "entries are what the transfers do"},
		{"an entry away", `DELETE FROM entry WHERE position = (SELECT max(position) FROM entry)`, "entries are what the transfers do"},
		{"a transfer's amount", `UPDATE transfer SET amount = amount + 1 WHERE position = 2`, "entries are what the transfers do"},
		{"one currency", `UPDATE balance SET posted = posted - 1 WHERE kind = 'rail'`, "every currency sums to zero"},
		{"an event away", `DELETE FROM event WHERE kind = 'agreed' AND version = 5`, "every stream counts without gaps"},
		{"an event's payload", `UPDATE event SET payload = '{}' WHERE kind = 'money_moved'`, "fees are what the deals paid"},
		{"an event's kind", `UPDATE event SET kind = 'nonsense' WHERE kind = 'dispatched'`, "every stream counts without gaps"},
		{"an event's time", `UPDATE event SET at = at - 1 WHERE kind = 'closed'`, "every stream counts without gaps"},
		{"a deal's phase", `UPDATE deal_view SET phase = 'closed' WHERE phase = 'agreed'`, "deals are as their events say"},
		{"what a deal holds", `UPDATE deal_view SET held = held - 1 WHERE held > 0`, "deals are as their events say"},
		{"a deal away", `DELETE FROM deal_view WHERE phase = 'draft'`, "deals are as their events say"},
		{"a duty", `UPDATE duty SET due_at = due_at + 1 WHERE due_at IS NOT NULL`, "obligations are as the deals say"},
		{"a duty away", `DELETE FROM duty WHERE what = 'fund'`, "obligations are as the deals say"},
		{"a clock", `UPDATE clock SET at = at - 1`, "running clocks are as"},
		{"a clock away", `DELETE FROM clock WHERE clock = 'suspense'`, "running clocks are as"},
		{"a clock that nobody set", `INSERT INTO clock (stream, clock, ref, at) VALUES ('deal:x', 'fund', '', 1)`, "running clocks are as"},
		{"a deposit's stage", `UPDATE deposit_view SET body = replace(body, 'suspense', 'returned') WHERE stage = 'suspense'`, "deposits are as their events say"},
		{"a payout away", `DELETE FROM payout_view`, "payouts are as their events say"},
		{"a company's name", `UPDATE party_view SET legal_name = 'Somebody Else' WHERE country = 'CN'`, "companies are as their events say"},
		{"money from held to suspense", `UPDATE balance SET posted = posted + CASE kind WHEN 'deal' THEN -1 ELSE 1 END WHERE account IN ((SELECT account FROM balance WHERE kind = 'deal' AND posted > 0 LIMIT 1), 'suspense:sandbox/USD')`, "held money is what the deals hold"},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			a := setupAudit(t)
			a.tamper(t, c.statement)
			var named []string
			for _, got := range a.checks(t) {
				if !got.OK {
					named = append(named, got.Name)
					if got.Detail == "" {
						t.Errorf("%s does not say what differs", got.Name)
					}
				}
			}
			if !strings.Contains(strings.Join(named, "; "), c.check) {
				t.Errorf("%q was not named; found %q", c.check, named)
			}
		})
	}
}

func TestWhatWaitsForAPersonIsAWarningAndNotADifference(t *testing.T) {
	t.Parallel()
	a := setupAudit(t)
	ctx := t.Context()
	for name, value := range map[string]string{"halt": "ledger.disagrees: test", "outage": "1 2", "clock_suspect": "set forward"} {
		if err := a.store.SetSetting(ctx, name, value); err != nil {
			t.Fatal(err)
		}
	}
	a.tamper(t, `UPDATE outbox SET state = 'dead', last_error = 'rail.closed', done_at = NULL WHERE topic = 'payout.send'`)
	warned := 0
	for _, c := range a.checks(t) {
		if !c.OK {
			t.Errorf("%s: %s", c.Name, c.Detail)
		}
		if c.Warning {
			warned++
		}
	}
	if warned != 5 {
		t.Errorf("%d warnings, want those four and that nobody can decide cases", warned)
	}
}
