package assurance_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/trade/compliance"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/reputation"
)

// readLists reads the list and carries out what follows from it.
func (a *audited) readLists(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	if _, err := a.house.ReadLists(ctx, true); err != nil {
		t.Fatal(err)
	}
	a.carry(t)
}

// carry does what the worker does with orders about companies.
func (a *audited) carry(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	for did := true; did; {
		did = false
		messages, err := a.store.DueMessages(ctx, a.clock.now.Add(time.Hour), 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range messages {
			var check assurance.CheckOrder
			var recheck assurance.RecheckOrder
			var hold assurance.HoldOrder
			switch m.Topic {
			case assurance.TopicCheck:
				if err = json.Unmarshal(m.Payload, &check); err == nil {
					err = a.house.Check(ctx, check)
				}
			case assurance.TopicRecheck:
				if err = json.Unmarshal(m.Payload, &recheck); err == nil {
					err = a.house.Recheck(ctx, recheck)
				}
			case assurance.TopicHold:
				if err = json.Unmarshal(m.Payload, &hold); err == nil {
					err = a.house.HoldDeals(ctx, hold)
				}
			default:
				continue
			}
			if err == nil {
				did, err = true, a.store.MessageDone(ctx, m.ID, a.clock.now)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// judge has both sides of a closed deal reviewed, and a third company listed while
// it has a contract.
func (a *audited) judge(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	rows, err := a.store.Deals(ctx, assurance.DealQuery{Party: a.buyer, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r.Phase != deal.Closed {
			continue
		}
		for _, side := range []identity.Side{identity.Buyer, identity.Seller} {
			marks := reputation.Aspects{AsDescribed: 5, OnTime: 4, Communication: 5, Documents: 4, Overall: 5}
			if _, err := a.house.Review(ctx, assurance.Call{By: a.member(side)}, r.ID, reputation.Write{Aspects: marks, Text: "As agreed."}); err != nil {
				t.Fatal(err)
			}
		}
	}
	sells := a.sells
	a.sells = a.register(t, "Quince Harbour Trading", "VN")
	a.sign(t, a.open(t))
	a.sells = sells
	a.list.write("1 Wolfgang Ostrander\n2 Quince Harbour Trading\n")
	a.readLists(t)
	for range 2 { // the second finds nothing to do, whatever the first left
		if _, err := a.house.FollowTrades(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhoTradesHereIsComparedWithTheLog(t *testing.T) {
	t.Parallel()
	a := setupAudit(t)
	counted := map[string]int64{}
	for _, c := range a.checks(t) {
		counted[c.Name] = c.Counted
	}
	for name, want := range map[string]int64{
		"whoever is held is held by a case, and nobody else":       1,
		"contracts of held companies stand still, and those alone": 1,
		"cases are as their events say":                            1,
		"lists are the versions that were recorded, to the byte":   2,
		"reviews are as their events say":                          2,
		"ratings are what the reviews say":                         2,
		"standings are what the log says":                          2,
		"parties are checked against lists that are recent":        1,
		"companies are as their events say":                        3,
	} {
		if counted[name] != want {
			t.Errorf("%s compared %d, want %d", name, counted[name], want)
		}
	}
}

func TestEveryFactAboutWhoTradesThatWasTamperedWithIsNamed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ what, statement, check string }{
		{"a case's stage", `UPDATE case_view SET stage = 'cleared'`, "cases are as their events say"},
		{"a case's body", `UPDATE case_view SET body = replace(body, 'Quince', 'Quaint')`, "cases are as their events say"},
		{"a case away", `DELETE FROM case_view`, "cases are as their events say"},
		{"a case's event", `UPDATE event SET kind = 'nonsense' WHERE stream LIKE 'case:%'`, "every stream counts without gaps"},
		{"the hold of a company", `UPDATE event SET payload = replace(payload, '"held":true', '"held":false') WHERE kind = 'party_checked'`, "whoever is held is held by a case"},
		{"a freeze", `UPDATE event SET kind = 'unfrozen' WHERE kind = 'frozen' AND actor NOT LIKE '%zhou%'`, "contracts of held companies stand still"},
		{"a clock of a case", `DELETE FROM clock WHERE clock = 'check'`, "running clocks are as the facts say"},
		{"the bytes of a list", `UPDATE list_version SET body = CAST(replace(CAST(body AS TEXT), 'Quince', 'Quinze') AS BLOB)`, "lists are the versions that were recorded"},
		{"the version of a list", `UPDATE list_version SET version = 'newer' WHERE mark = 1`, "lists are the versions that were recorded"},
		{"a list away", `DELETE FROM list_version WHERE mark > 1`, "lists are the versions that were recorded"},
		{"a review's marks", `UPDATE review_view SET body = replace(body, '4', '1')`, "reviews are as their events say"},
		{"a review away", `DELETE FROM review_view WHERE about = (SELECT min(about) FROM review_view)`, "reviews are as their events say"},
		{"a review shown early", `UPDATE review_view SET revealed_at = revealed_at - 1`, "reviews are as their events say"},
		{"a rating", `UPDATE rating_view SET value = 10000`, "ratings are what the reviews say"},
		{"a rating bought", `INSERT INTO rating_view SELECT 'x', rated, rater, value, weight, at FROM rating_view LIMIT 1`, "ratings are what the reviews say"},
		{"a score", `UPDATE standing_view SET body = replace(body, '"Value":0.', '"Value":0.9')`, "standings are what the log says"},
		{"what is shown of a company", `UPDATE standing_shown SET body = replace(body, '"settled":', '"settled":1')`, "standings are what the log says"},
		{"settled deals", `UPDATE standing_view SET deals = deals + 9`, "standings are what the log says"},
		{"a standing away", `DELETE FROM standing_view WHERE party = (SELECT min(party) FROM standing_view)`, "standings are what the log says"},
		{"a standing of nobody", `INSERT INTO standing_view SELECT 'x', state, value, confidence, deals, at, body FROM standing_view LIMIT 1`, "standings are what the log says"},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			a := setupAudit(t)
			a.tamper(t, c.statement)
			var named []string
			for _, got := range a.checks(t) {
				if !got.OK {
					named = append(named, got.Name)
				}
			}
			if !strings.Contains(strings.Join(named, "; "), c.check) {
				t.Errorf("%q was not named; found %q", c.check, named)
			}
		})
	}
}

func TestOldListsAndAHouseThatNobodyGuardsAreWarnedOf(t *testing.T) {
	t.Parallel()
	a := setupAudit(t)
	warning := func(name string, now time.Time) string {
		t.Helper()
		checks, err := assurance.Audit{Store: a.store, Archive: a.store, Now: func() time.Time { return now }}.Checks(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range checks {
			if c.Name == name {
				if !c.OK {
					t.Errorf("%s is a difference", name)
				}
				if !c.Warning {
					return ""
				}
				return c.Detail
			}
		}
		t.Fatalf("no check %q", name)
		return ""
	}
	const recent = "parties are checked against lists that are recent"
	if w := warning(recent, a.clock.now.AddDate(0, 0, 7)); w != "" {
		t.Errorf("a list of seven days is old: %s", w)
	}
	if w := warning(recent, a.clock.now.AddDate(0, 0, 8)); !strings.Contains(w, "own:test was read last on 2027-01-04") {
		t.Errorf("an old list: %q", w)
	}
	a.list.write("burnt")
	a.readLists(t)
	if w := warning(recent, a.clock.now); !strings.Contains(w, "own:test could not be read") || !strings.Contains(w, "watchlist.unreachable") {
		t.Errorf("a list that cannot be read: %q", w)
	}
	if w := warning("two people can decide a case", a.clock.now); !strings.Contains(w, "0 hold the office compliance") {
		t.Errorf("nobody decides: %q", w)
	}
}

// A case that is decided leaves everything as the log says: nobody is held, and the deal goes on.
func TestAClearedCaseLeavesNothingToCompare(t *testing.T) {
	t.Parallel()
	a := setupAudit(t)
	ctx := t.Context()
	cases, err := a.house.CheckCases(ctx, clerk("cat"), assurance.CaseQuery{Open: true})
	if err != nil || len(cases) != 1 {
		t.Fatal(err, len(cases))
	}
	for _, step := range []struct {
		by  string
		cmd compliance.Command
	}{
		{"cat", compliance.Propose{Edition: cases[0].Edition, Decision: compliance.FalsePositive, Reason: "Another harbour, on another sea, by its papers."}},
		{"dan", compliance.Agree{Round: 1, Reason: "I have read the same papers and agree with it."}},
	} {
		if _, err := a.house.StepCase(ctx, assurance.Call{By: clerk(step.by)}, cases[0].ID, step.cmd); err != nil {
			t.Fatal(err)
		}
	}
	a.carry(t)
	for _, c := range a.checks(t) {
		if !c.OK {
			t.Errorf("%s: %s", c.Name, c.Detail)
		}
		if c.Name == "contracts of held companies stand still, and those alone" && c.Counted != 0 {
			t.Errorf("%d contracts stand still", c.Counted)
		}
	}
}
