package assurance_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/compliance"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/reputation"
	"fondaco/internal/trade/screening"
)

// paper is a list on a desk: one name a line, "id name". The test writes on it.
type paper struct {
	mu    sync.Mutex
	lines map[string]string // by code
}

func (p *paper) write(lines string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lines["own:test"] = lines
}

func (p *paper) Sources() []assurance.ListSource {
	return []assurance.ListSource{{Code: "own:test", From: "desk"}}
}

func (p *paper) Fetch(_ context.Context, code string, _ assurance.ListRow) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lines[code] == "burnt" {
		return nil, fault.New(fault.Unavailable, "watchlist.unreachable", "It burns.")
	}
	return []byte(p.lines[code]), nil
}

func (p *paper) Parse(code string, body []byte) (screening.List, error) {
	l := screening.List{Code: code, Version: fmt.Sprint(len(body))}
	for line := range strings.Lines(string(body)) {
		id, name, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok {
			return l, fault.New(fault.Invalid, "watchlist.truncated", "Half a line.")
		}
		l.Entries = append(l.Entries, screening.Entry{List: code, ID: id, Kind: screening.Any, Names: []screening.Name{{Text: name, Type: "primary"}}})
	}
	return l, nil
}

func (p *paper) Compare(before, after screening.List) error {
	if len(after.Entries)*2 < len(before.Entries) {
		return fault.New(fault.Refused, "watchlist.shrunk", "Too few.")
	}
	return nil
}

// watched is a house that checks its companies against a list of the test's own.
func watched(t *testing.T) (*place, *paper) {
	t.Helper()
	p := setup(t)
	p.House.Close()
	list := &paper{lines: map[string]string{"own:test": "1 Zebulon Quartermaine Holdings\n2 Wolfgang Ostrander\n3 Malachite Freight Syndicate\n"}}
	var err error
	p.House, err = assurance.Open(context.WithoutCancel(p.ctx), assurance.Config{
		Store: p.disk, Archive: p.store, Clock: p.clock, Random: rand.Reader, PayoutRail: "bank",
		NewID: func() string { return fmt.Sprintf("%012d", p.ids.Add(1)) }, Watchlists: list,
	})
	p.must(err)
	p.readLists()
	return p, list
}

func (p *place) readLists() {
	p.t.Helper()
	_, err := p.ReadLists(p.ctx, true)
	p.must(err)
	p.carryChecks()
}

// carryChecks does what the worker does with orders about companies.
func (p *place) carryChecks() {
	p.t.Helper()
	for range 20 {
		messages, err := p.store.DueMessages(p.ctx, p.Now().Add(time.Hour), 1000)
		p.must(err)
		did := false
		for _, m := range messages {
			switch m.Topic {
			case assurance.TopicCheck:
				p.must(p.Check(p.ctx, order[assurance.CheckOrder](p, m)))
			case assurance.TopicRecheck:
				p.must(p.Recheck(p.ctx, order[assurance.RecheckOrder](p, m)))
			case assurance.TopicHold:
				p.must(p.HoldDeals(p.ctx, order[assurance.HoldOrder](p, m)))
			default:
				continue
			}
			did = true
			p.must(p.store.MessageDone(p.ctx, m.ID, p.Now()))
		}
		if !did {
			return
		}
	}
	p.t.Fatal("orders never end")
}

func order[T any](p *place, m assurance.Message) (o T) {
	p.t.Helper()
	p.must(json.Unmarshal(m.Payload, &o))
	return o
}

func clerk(name string) identity.Actor {
	return identity.Actor{Office: identity.Compliance, Person: identity.PersonID(name)}
}

func (p *place) cases(open bool) []compliance.Case {
	p.t.Helper()
	cases, err := p.CheckCases(p.ctx, clerk("cat"), assurance.CaseQuery{Open: open})
	p.must(err)
	return cases
}

func (p *place) oneCase() compliance.Case {
	p.t.Helper()
	cases := p.cases(true)
	if len(cases) != 1 {
		p.t.Fatalf("%d open cases: %+v", len(cases), cases)
	}
	return cases[0]
}

// decide has two people decide a case.
func (p *place) decide(c compliance.Case, d compliance.Decision) {
	p.t.Helper()
	_, err := p.StepCase(p.ctx, assurance.Call{By: clerk("cat")}, c.ID, compliance.Propose{Edition: c.Edition, Decision: d, Reason: "Compared the papers of both, line by line."})
	p.must(err)
	f, err := p.CheckCase(p.ctx, clerk("dan"), c.ID)
	p.must(err)
	_, err = p.StepCase(p.ctx, assurance.Call{By: clerk("dan")}, c.ID, compliance.Agree{Round: f.Case.Proposal.Round, Reason: "I have looked at the same papers and agree."})
	p.must(err)
	p.carryChecks()
}

func (p *place) held(party identity.PartyID) bool {
	p.t.Helper()
	o, err := p.Organisation(p.ctx, office(identity.Auditor), party)
	p.must(err)
	return o.Held()
}

func TestAListedNameCannotSign(t *testing.T) {
	t.Parallel()
	p, _ := watched(t)
	p.seller = p.member("Zebulon Quartermaine Holdings Ltd", "CN")
	id := p.offered()
	s, err := p.Deal(p.ctx, p.buyer, id)
	p.must(err)
	// Nobody has carried out the check that the registration ordered: signing itself checks.
	for _, who := range []identity.Actor{p.seller, p.buyer} {
		_, err = p.Act(p.ctx, assurance.Call{By: who}, id, deal.Sign{Hash: s.TermsHash})
		p.refused(err, "deal.waits")
	}
	c := p.oneCase()
	if c.Subject.Party != p.seller.Party || c.Trigger != compliance.AtSignature || !c.Holds() || len(c.Matters) != 1 || c.Matters[0].Finding.Entry != "1" {
		t.Fatalf("%+v", c)
	}
	if !p.held(p.seller.Party) || p.held(p.buyer.Party) {
		t.Error("the seller is held and nobody else")
	}
	p.carryChecks() // the ordered check finds the same, and makes no second case
	p.oneCase()
	// The parties learn neither that there is a case nor why nothing goes on.
	facts, err := p.History(p.ctx, p.buyer, id)
	p.must(err)
	for _, f := range facts {
		text := fmt.Sprintf("%s %+v %s", f.Kind, f.Event, f.Actor)
		if strings.Contains(text, c.ID) || strings.Contains(text, "compliance") {
			t.Errorf("the buyer reads %s", text)
		}
	}
	for _, by := range []identity.Actor{p.buyer, p.seller, office(identity.Mediator), office(identity.Treasury), {}} {
		if _, err := p.CheckCase(p.ctx, by, c.ID); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("%v reads the case: %v", by, err)
		}
	}
}

func TestAFalsePositiveIsClearedByTwoAndRemembered(t *testing.T) {
	t.Parallel()
	p, list := watched(t)
	p.seller = p.member("Zebulon Quartermaine Holdings Ltd", "CN")
	p.carryChecks()
	c := p.oneCase()
	propose := compliance.Propose{Edition: c.Edition, Decision: compliance.FalsePositive, Reason: "Another registration number and another country."}
	_, err := p.StepCase(p.ctx, assurance.Call{By: p.seller}, c.ID, propose)
	p.refused(err, "identity.not_your_role")
	_, err = p.StepCase(p.ctx, assurance.Call{By: clerk("cat")}, c.ID, propose)
	p.must(err)
	_, err = p.StepCase(p.ctx, assurance.Call{By: clerk("cat")}, c.ID, compliance.Agree{Round: 1, Reason: "I agree with myself entirely."})
	if fault.KindOf(err) != fault.Forbidden {
		t.Errorf("one person decided alone: %v", err)
	}
	if !p.held(p.seller.Party) {
		t.Error("a proposal alone frees nobody")
	}
	_, err = p.StepCase(p.ctx, assurance.Call{By: clerk("dan")}, c.ID, compliance.Agree{Round: 1, Reason: "I have looked at the same papers and agree."})
	p.must(err)
	p.carryChecks()
	if p.held(p.seller.Party) {
		t.Error("the party is still held")
	}
	p.agreed() // checks again, and finds the remembered pair
	if n := len(p.cases(true)); n != 0 {
		t.Errorf("%d new cases for a pair that was cleared", n)
	}
	// Once the list says something else of the entry, the pair is asked about again.
	list.write("1 Zebulon Quartermaine Holding\n2 Wolfgang Ostrander\n3 Malachite Freight Syndicate\n")
	p.readLists()
	if again := p.oneCase(); again.Trigger != compliance.AtListUpdate || again.Subject.Party != p.seller.Party {
		t.Errorf("%+v", again)
	}
}

func TestAListUpdateFreezesWhatRunsAlreadyInBothDirections(t *testing.T) {
	t.Parallel()
	p, list := watched(t)
	id := p.funded()
	p.carryChecks()
	list.write("1 Zebulon Quartermaine Holdings\n2 Wolfgang Ostrander\n3 Malachite Freight Syndicate\n4 Guangzhou Works Limited\n")
	p.readLists()
	c := p.oneCase()
	s, err := p.Deal(p.ctx, office(identity.Auditor), id)
	p.must(err)
	if !s.Frozen || s.FreezeCase != c.ID || c.Trigger != compliance.AtListUpdate {
		t.Fatalf("frozen %v for %q, case %+v", s.Frozen, s.FreezeCase, c)
	}
	p.clock.Advance(200 * day) // nothing lapses, nothing is paid either way
	clocks, err := p.DueClocks(p.ctx, 100)
	p.must(err)
	for _, clock := range clocks {
		if clock.Stream == id.Stream() {
			_, err := p.Lapse(p.ctx, clock)
			if err == nil {
				t.Errorf("%s lapsed on a frozen deal", clock.Clock)
			}
		}
	}
	balances, err := p.Balances(p.ctx, office(identity.Auditor), p.seller.Party)
	p.must(err)
	back, err := p.Balances(p.ctx, office(identity.Auditor), p.buyer.Party)
	p.must(err)
	for _, b := range append(balances, back...) {
		if b.Balance.Posted != 0 {
			t.Errorf("%s holds %d", b.Account, b.Balance.Posted)
		}
	}
	p.decide(c, compliance.FalsePositive)
	if s, err = p.Deal(p.ctx, office(identity.Auditor), id); err != nil || s.Frozen {
		t.Errorf("the deal goes on: %v, frozen %v", err, s.Frozen)
	}
}

func TestADealGoesOnOnlyWhenNoCaseHoldsEitherSide(t *testing.T) {
	t.Parallel()
	p, list := watched(t)
	id := p.agreed()
	list.write("1 Guangzhou Works Limited\n2 Basler Handel AG\n3 Malachite Freight Syndicate\n")
	p.readLists()
	open := p.cases(true)
	if len(open) != 2 {
		t.Fatalf("%d cases", len(open))
	}
	p.decide(open[0], compliance.FalsePositive)
	s, err := p.Deal(p.ctx, office(identity.Auditor), id)
	p.must(err)
	if !s.Frozen {
		t.Fatal("the deal goes on while a case holds a company of it")
	}
	p.decide(open[1], compliance.FalsePositive)
	if s, err = p.Deal(p.ctx, office(identity.Auditor), id); err != nil || s.Frozen {
		t.Errorf("%v, frozen %v", err, s.Frozen)
	}
}

func TestAConfirmedMatchStaysHeldAndIsPaidNothing(t *testing.T) {
	t.Parallel()
	p, _ := watched(t)
	bad := p.member("Malachite Freight Syndicate", "CN")
	p.carryChecks()
	c := p.oneCase()
	p.decide(c, compliance.TrueMatch)
	if !p.held(bad.Party) || len(p.cases(true)) != 0 {
		t.Error("the party is held for good, and nobody has to decide any more")
	}
	_, err := p.Withdraw(p.ctx, assurance.Call{By: bad}, bad.Party, usd(1), "")
	p.refused(err, "treasury.routine_check")
	p.refused(p.MayPay(p.ctx, assurance.PayoutOrder{Party: bad.Party}), "treasury.routine_check")
	p.carryChecks()
	if n := len(p.cases(false)); n != 1 {
		t.Errorf("%d cases of one match", n)
	}
}

func TestACaseThatNobodyDecidesRaisesAnAlarmAndHoldsOn(t *testing.T) {
	t.Parallel()
	p, _ := watched(t)
	bad := p.member("Malachite Freight Syndicate", "CN")
	p.carryChecks()
	p.clock.Advance(8 * day)
	clocks, err := p.DueClocks(p.ctx, 100)
	p.must(err)
	if len(clocks) != 1 || clocks[0].Stream != compliance.Stream(p.oneCase().ID) {
		t.Fatalf("%+v", clocks)
	}
	_, err = p.Lapse(p.ctx, clocks[0])
	p.must(err)
	if c := p.oneCase(); !c.Overdue || !p.held(bad.Party) {
		t.Errorf("%+v", c)
	}
}

func TestAListThatIsNotFitLeavesTheOldOneInUse(t *testing.T) {
	t.Parallel()
	p, list := watched(t)
	for text, code := range map[string]string{"1 Zebulon\n2": "watchlist.truncated", "1 Only One\n": "watchlist.shrunk", "burnt": "watchlist.unreachable"} {
		list.write(text)
		p.readLists()
		states, err := p.ListStates(p.ctx, clerk("cat"))
		p.must(err)
		if len(states) != 1 || states[0].Entries != 3 || states[0].Refused != code || states[0].Trouble != code {
			t.Errorf("%s: %+v", code, states)
		}
		found, err := p.Screen(p.ctx, assurance.Call{By: clerk("cat")}, screening.Query{Name: "Wolfgang Ostrander", Kind: screening.Person}, 5)
		p.must(err)
		if len(found.Hits) != 1 || found.Hits[0].Entry.ID != "2" || len(found.Lists) != 1 {
			t.Errorf("%s: %+v", code, found)
		}
		p.clock.Advance(25 * time.Hour)
	}
	_, err := p.ListStates(p.ctx, p.buyer)
	p.refused(err, "identity.not_your_role")
	_, err = p.Screen(p.ctx, assurance.Call{}, screening.Query{Name: "Wolf"}, 5)
	p.refused(err, "people.sign_in")
}

func TestAnotherNodeSeesTheNewList(t *testing.T) {
	t.Parallel()
	p, list := watched(t)
	other, err := assurance.Open(context.WithoutCancel(p.ctx), assurance.Config{
		Store: p.disk, Archive: p.store, Clock: p.clock, Random: rand.Reader, PayoutRail: "bank",
		NewID: func() string { return fmt.Sprintf("%012d", p.ids.Add(1)) }, Watchlists: list,
	})
	p.must(err)
	defer other.Close()
	q := screening.Query{Name: "Ignatius Featherstonehaugh", Kind: screening.Person}
	for _, want := range []int{0, 1} {
		found, err := other.Screen(p.ctx, assurance.Call{By: clerk("cat")}, q, 5)
		p.must(err)
		if len(found.Hits) != want {
			t.Errorf("%d hits, want %d", len(found.Hits), want)
		}
		list.write("1 Zebulon Quartermaine Holdings\n2 Wolfgang Ostrander\n3 Malachite Freight Syndicate\n4 Ignatius Featherstonehaugh\n")
		p.readLists()
	}
}

func TestReviewsAreSealedUntilBothHaveWritten(t *testing.T) {
	t.Parallel()
	p := setup(t)
	id := p.completed()
	marks := reputation.Aspects{AsDescribed: 5, OnTime: 4, Communication: 5, Documents: 4, Overall: 5}
	_, err := p.Review(p.ctx, assurance.Call{By: p.buyer}, id, reputation.Write{Aspects: marks, Text: "As agreed."})
	p.must(err)
	_, err = p.Review(p.ctx, assurance.Call{By: p.buyer}, id, reputation.Write{Aspects: marks})
	p.refused(err, "review.written")
	stranger := p.member("Somebody Else", "DE")
	_, err = p.Review(p.ctx, assurance.Call{By: stranger}, id, reputation.Write{Aspects: marks})
	p.refused(err, "review.not_found")
	seen, err := p.DealReviews(p.ctx, p.seller, id)
	p.must(err)
	if len(seen.Reviews) != 0 || !seen.MayWrite || seen.Revealed {
		t.Errorf("%+v", seen)
	}
	if rows, err := p.PartyReviews(p.ctx, p.seller.Party, "", 10); err != nil || len(rows) != 0 {
		t.Errorf("%v %v", rows, err)
	}
	if n, err := p.FollowTrades(p.ctx); err != nil || n != 2 {
		t.Fatal(n, err)
	}
	before, err := p.Standing(p.ctx, p.seller.Party)
	p.must(err)
	if before.Facts.Settled != 1 || before.State != reputation.NewParty || before.Reviews.Count != 0 {
		t.Errorf("%+v", before)
	}
	_, err = p.Review(p.ctx, assurance.Call{By: p.seller}, id, reputation.Write{Aspects: marks, Text: "Paid at once."})
	p.must(err)
	if seen, err = p.DealReviews(p.ctx, p.seller, id); err != nil || len(seen.Reviews) != 2 || !seen.Revealed || !seen.MayReply {
		t.Errorf("%v %+v", err, seen)
	}
	_, err = p.AnswerReview(p.ctx, assurance.Call{By: p.seller}, id, reputation.Reply{Text: "Thank you."})
	p.must(err)
	rows, err := p.PartyReviews(p.ctx, p.seller.Party, "", 10)
	p.must(err)
	shown, err := rows[0].Shown()
	p.must(err)
	if len(rows) != 1 || shown.Text != "As agreed." || shown.Reply == nil {
		t.Errorf("%+v", shown)
	}
	if _, err := p.FollowTrades(p.ctx); err != nil {
		t.Fatal(err)
	}
	after, err := p.Standing(p.ctx, p.seller.Party)
	p.must(err)
	if after.Facts.Settled != 1 || after.Reviews.Count != 1 {
		t.Errorf("the deal counts once: %+v", after.Facts)
	}
	if after.Facts.Partners != nil || after.Facts.PartnerCount() != 1 || after.Facts.MainPartnerPercent() != 100 {
		t.Errorf("who the partners are is read for a page: %+v", after.Facts)
	}
	if n, err := p.FollowTrades(p.ctx); err != nil || n != 0 {
		t.Errorf("nothing has happened, and %d standings were written: %v", n, err)
	}
}

func TestASilentSideVetoesNothing(t *testing.T) {
	t.Parallel()
	p := setup(t)
	id := p.completed()
	marks := reputation.Aspects{AsDescribed: 1, OnTime: 1, Communication: 1, Documents: 1, Overall: 1}
	_, err := p.Review(p.ctx, assurance.Call{By: p.buyer}, id, reputation.Write{Aspects: marks, Text: "Never again."})
	p.must(err)
	p.clock.Advance(8 * day)
	clocks, err := p.DueClocks(p.ctx, 10)
	p.must(err)
	for _, c := range clocks {
		_, err := p.Lapse(p.ctx, c)
		p.must(err)
	}
	seen, err := p.DealReviews(p.ctx, p.seller, id)
	p.must(err)
	if !seen.Revealed || len(seen.Reviews) != 1 || seen.MayWrite {
		t.Errorf("%+v", seen)
	}
	_, err = p.Review(p.ctx, assurance.Call{By: p.seller}, id, reputation.Write{Aspects: marks, Text: "Revenge."})
	if err == nil {
		t.Error("whoever was silent writes after reading")
	}
}

// completed is a deal whose goods were accepted.
func (p *place) completed() deal.ID {
	p.t.Helper()
	id := p.delivered()
	p.act(p.buyer, id, deal.Accept{})
	if phase := p.state(id).Phase; phase != deal.Closed {
		p.t.Fatalf("the deal is %s", phase)
	}
	return id
}

func TestTheKindOfAFactTellsNobodyWhichWayACheckWent(t *testing.T) {
	t.Parallel()
	p, _ := watched(t)
	p.agreed() // two companies that pass
	bad := p.member("Malachite Freight Syndicate", "CN")
	p.carryChecks()
	kinds := map[identity.PartyID]map[string]bool{}
	for _, party := range []identity.PartyID{p.buyer.Party, p.seller.Party, bad.Party} {
		records, err := p.store.Records(p.ctx, "party:"+string(party), 0)
		p.must(err)
		kinds[party] = map[string]bool{}
		for _, r := range records {
			kinds[party][r.Kind+" "+r.Actor] = true
		}
	}
	want := "party_checked " + identity.HouseClock().String()
	for party, seen := range kinds {
		if !seen[want] {
			t.Errorf("%s: %v", party, seen)
		}
	}
	if p.held(p.buyer.Party) || !p.held(bad.Party) {
		t.Error("who passes is not held, and who is held did not pass")
	}
}
