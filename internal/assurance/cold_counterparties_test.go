package assurance_test

import (
	"context"
	"crypto/rand"
	"database/sql"
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
	"fondaco/internal/trade/ledger"
	"fondaco/internal/trade/reputation"
	"fondaco/internal/trade/treasury"
)

func TestNoDetailKeepsANameFromBeingLookedFor(t *testing.T) {
	t.Parallel()
	p, _ := watched(t)
	c := register("Zebulon Quartermaine Holdings Ltd")
	c.Registration = strings.Repeat("执照", 25) // 150 bytes, and no search takes more than 100
	r, err := p.RegisterParty(p.ctx, assurance.Call{By: identity.Actor{Office: identity.Member, Person: "signup"}}, c)
	p.must(err)
	p.carryChecks()
	if !p.held(identity.PartyID(r.ID)) {
		t.Error("a long number hid the name of the company")
	}
}

func TestABirthThatNoCalendarHasIsRefused(t *testing.T) {
	t.Parallel()
	for birth, good := range map[string]bool{"1970-02-31": false, "1970-02-28": true, "1970-+2-01": false, "1970-00": false, "1970-2": false, "+970": false, "1970-12": true, "1970": true, "2023-02-29": false, "2024-02-29": true} {
		o := identity.Organisation{Party: identity.Party{ID: "p1"}, Version: 1, Members: []identity.Membership{{Person: "ann", Role: identity.Owner}}}
		profile := identity.Profile{LegalName: "Works Ltd", Country: "CH", Registration: "R-1", People: []identity.Controller{{Name: "Wolfgang Ostrander", Birth: birth, Capacity: identity.BeneficialOwner}}}
		_, err := identity.DecideOrganisation(o, identity.SubmitProfile{Profile: profile}, o.ActorFor("ann"), time.Now())
		if (err == nil) != good {
			t.Errorf("%s: %v", birth, err)
		}
	}
}

func TestANameSaysSomething(t *testing.T) {
	t.Parallel()
	p, _ := watched(t)
	for _, name := range []string{"🚢🚢🚢", "***", "– – –"} {
		_, err := p.RegisterParty(p.ctx, assurance.Call{By: identity.Actor{Office: identity.Member, Person: "signup"}}, register(name))
		p.refused(err, "identity.invalid")
	}
}

func TestWhatWasDecidedWithoutBeingRememberedIsFoundAgain(t *testing.T) {
	t.Parallel()
	p, _ := watched(t)
	p.seller = p.member("Zebulon Quartermaine Holdings Ltd", "CN")
	p.carryChecks()
	c := p.oneCase()
	p.decide(c, compliance.OffList) // and the list names it all the same
	if p.held(p.seller.Party) {
		t.Fatal("two people have decided")
	}
	id := p.offered()
	s, err := p.Deal(p.ctx, p.buyer, id)
	p.must(err)
	_, err = p.Act(p.ctx, assurance.Call{By: p.seller}, id, deal.Sign{Hash: s.TermsHash})
	p.refused(err, "deal.waits")
	if again := p.oneCase(); again.ID == c.ID || !p.held(p.seller.Party) {
		t.Errorf("%+v", again)
	}
}

func TestALiftOfWhatIsStillListedLastsUntilTheNextCheck(t *testing.T) {
	t.Parallel()
	p, _ := watched(t)
	bad := p.member("Malachite Freight Syndicate", "CN")
	p.carryChecks()
	c := p.oneCase()
	p.decide(c, compliance.TrueMatch)
	_, err := p.StepCase(p.ctx, assurance.Call{By: clerk("cat")}, c.ID, compliance.Lift{Ground: compliance.Delisted, Reason: "The publisher names it no more, I was told."})
	p.must(err)
	_, err = p.StepCase(p.ctx, assurance.Call{By: clerk("dan")}, c.ID, compliance.Agree{Round: 2, Reason: "I was told the same by a colleague."})
	p.must(err)
	p.carryChecks()
	p.refused(p.MayPay(p.ctx, assurance.PayoutOrder{Party: bad.Party}), "treasury.routine_check")
}

func TestClearedNamesakesHideNobodyBehindThem(t *testing.T) {
	t.Parallel()
	p, list := watched(t)
	var lines strings.Builder
	for i := range 30 {
		_, _ = fmt.Fprintf(&lines, "%d Malachite Freight Syndicate\n", 100+i)
	}
	list.write(lines.String())
	p.readLists()
	bad := p.member("Malachite Freight Syndicate", "CN")
	p.carryChecks()
	looked := 0
	for range 10 {
		for _, c := range p.cases(true) {
			looked += len(c.Matters)
			p.decide(c, compliance.FalsePositive)
		}
		p.must(p.Check(p.ctx, assurance.CheckOrder{Party: bad.Party, Trigger: string(compliance.AtPayout)}))
	}
	if looked != 30 {
		t.Errorf("of 30 namesakes people have looked at %d", looked)
	}
}

func TestMoneyDoesNotMoveBetweenTheHoldAndTheFreeze(t *testing.T) {
	t.Parallel()
	p, list := watched(t)
	id := p.delivered()
	p.carryChecks()
	list.write("1 Zebulon Quartermaine Holdings\n2 Wolfgang Ostrander\n3 Malachite Freight Syndicate\n4 Basler Handel AG\n")
	_, err := p.ReadLists(p.ctx, true)
	p.must(err)
	// The buyer is found at a payout; the order to stop its deals waits in the outbox.
	p.refused(p.MayPay(p.ctx, assurance.PayoutOrder{Party: p.buyer.Party}), "treasury.routine_check")
	before := p.posted(ledger.Party(string(p.seller.Party), usd(1).Currency()))
	_, _ = p.Act(p.ctx, assurance.Call{By: p.buyer}, id, deal.Accept{})
	p.clock.Advance(30 * day)
	clocks, err := p.DueClocks(p.ctx, 100)
	p.must(err)
	for _, c := range clocks {
		_, _ = p.Lapse(p.ctx, c) // a pass ends clocks before it carries orders
	}
	if after := p.posted(ledger.Party(string(p.seller.Party), usd(1).Currency())); after != before {
		t.Errorf("%d of a held buyer went to the seller", after-before)
	}
	p.carryChecks()
	if !p.state(id).Frozen {
		t.Error("the deal is not stopped")
	}
}

func TestASurplusDoesNotLeaveWhileACompanyIsHeld(t *testing.T) {
	t.Parallel()
	p, list := watched(t)
	id := p.agreed()
	r := p.book(p.notice(id, usd(150_000)))
	p.carryChecks()
	list.write("1 Zebulon Quartermaine Holdings\n2 Wolfgang Ostrander\n3 Malachite Freight Syndicate\n4 Basler Handel AG\n")
	p.readLists()
	for _, by := range []identity.Actor{office(identity.Treasury), identity.HouseClock()} {
		p.clock.Advance(60 * day)
		if _, err := p.ReturnDeposit(p.ctx, assurance.Call{By: by}, r.ID, "more than the price"); fault.KindOf(err) != fault.Refused {
			t.Errorf("%s sent back the money of a company that is held: %v", by.Office, err)
		}
	}
	p.decide(p.oneCase(), compliance.FalsePositive)
	_, err := p.ReturnDeposit(p.ctx, assurance.Call{By: office(identity.Treasury)}, r.ID, "more than the price")
	p.must(err)
}

func TestADealThatCannotBeStoppedNowDelaysNoOther(t *testing.T) {
	t.Parallel()
	p, _ := watched(t)
	ids := []deal.ID{p.funded(), p.funded(), p.funded()}
	p.carryChecks()
	stop := assurance.HoldOrder{Party: p.seller.Party, Case: p.foundByItsPayer(p.seller.Party), Hold: true}
	p.disk.beforeCommits(func(b *assurance.Batch) error {
		for _, r := range b.Records {
			if r.Stream == ids[1].Stream() {
				return fault.New(fault.Unavailable, "test.stuck", "This deal is stuck.")
			}
		}
		return nil
	})
	if err := p.HoldDeals(p.ctx, stop); err == nil {
		t.Error("nobody learns that one deal runs on")
	}
	for i, id := range ids {
		if frozen := p.state(id).Frozen; frozen != (i != 1) {
			t.Errorf("deal %d is frozen: %v", i, frozen)
		}
	}
	p.disk.beforeCommits(nil)
	p.must(p.HoldDeals(p.ctx, stop))
	if !p.state(ids[1]).Frozen {
		t.Error("the deal runs on")
	}
}

// foundByItsPayer has a case hold the company, and leaves the order to stop its deals.
func (p *place) foundByItsPayer(party identity.PartyID) string {
	p.t.Helper()
	p.must(p.Check(p.ctx, assurance.CheckOrder{Party: party, Trigger: string(compliance.AtFunding), Payer: "Malachite Freight Syndicate"}))
	return p.oneCase().ID
}

func TestOnlyThoseWhoDecideLearnThatACompanyIsHeld(t *testing.T) {
	t.Parallel()
	p, _ := watched(t)
	bad := p.member("Malachite Freight Syndicate", "CN")
	p.carryChecks()
	c := p.oneCase()
	for _, o := range []identity.Office{identity.Administrator, identity.Mediator, identity.Treasury, identity.Compliance, identity.Auditor} {
		company, err := p.Organisation(p.ctx, office(o), bad.Party)
		p.must(err)
		knows := len(company.Holds) == 1 && company.Holds[0] == c.ID
		if may := identity.May(office(o), identity.ToReadChecks); knows != may {
			t.Errorf("%s learns of the hold: %v, may: %v", o, knows, may)
		}
	}
}

func TestAPageOfReviewsDoesNotTellWhetherASealedOneIsThere(t *testing.T) {
	t.Parallel()
	p := setup(t)
	marks := reputation.Aspects{AsDescribed: 5, OnTime: 4, Communication: 5, Documents: 4, Overall: 5}
	old := p.completed()
	for _, by := range []identity.Actor{p.buyer, p.seller} {
		_, err := p.Review(p.ctx, assurance.Call{By: by}, old, reputation.Write{Aspects: marks})
		p.must(err)
	}
	p.clock.Advance(day)
	id := p.completed()
	page := func() int {
		rows, err := p.PartyReviews(p.ctx, p.seller.Party, id, 10)
		p.must(err)
		return len(rows)
	}
	before := page()
	_, err := p.Review(p.ctx, assurance.Call{By: p.buyer}, id, reputation.Write{Aspects: marks})
	p.must(err)
	if after := page(); after != before {
		t.Errorf("the page after the deal had %d reviews before the buyer wrote, and %d since", before, after)
	}
}

// lateDesk is a desk whose reading of a list takes until the test lets it go.
type lateDesk struct {
	*paper
	read chan struct{}
	let  chan struct{}
}

func (s lateDesk) Fetch(ctx context.Context, code string, last assurance.ListRow) ([]byte, error) {
	body, err := s.paper.Fetch(ctx, code, last)
	close(s.read)
	<-s.let
	return body, err
}

func TestAnOlderReadingOfAListDoesNotReplaceANewerOne(t *testing.T) {
	t.Parallel()
	p, list := watched(t)
	desk := lateDesk{paper: list, read: make(chan struct{}), let: make(chan struct{})}
	other, err := assurance.Open(context.WithoutCancel(p.ctx), assurance.Config{
		Store: p.disk, Archive: p.store, Clock: p.clock, Random: rand.Reader, PayoutRail: "bank",
		NewID: func() string { return fmt.Sprintf("%012d", p.ids.Add(1)) }, Watchlists: desk,
	})
	p.must(err)
	defer other.Close()
	const old = "1 Zebulon Quartermaine Holdings\n2 Wolfgang Ostrander\n3 Malachite Freight Syndicate\n"
	list.write(old + "4 Somebody\n")
	done := make(chan error)
	go func() {
		_, err := other.ReadLists(p.ctx, true)
		done <- err
	}()
	<-desk.read
	list.write(old + "4 Somebody\n5 Ignatius Featherstonehaugh\n")
	p.readLists()
	close(desk.let)
	p.must(<-done)
	states, err := p.ListStates(p.ctx, clerk("cat"))
	p.must(err)
	if states[0].Entries != 5 {
		t.Errorf("the version in use has %d entries", states[0].Entries)
	}
}

func TestAPayoutThatHasEndedWhileItWaitedIsNotPaidAsWell(t *testing.T) {
	t.Parallel()
	p, list := watched(t)
	p.delivered() // the seller has 297.00
	r, err := p.Withdraw(p.ctx, assurance.Call{By: p.seller}, p.seller.Party, usd(20_000), "")
	p.must(err)
	order := assurance.PayoutOrder{PayoutID: r.ID, Party: p.seller.Party, Amount: usd(20_000), Rail: "bank"}
	p.must(p.MayPay(p.ctx, order))
	p.carryChecks()
	list.write("1 Guangzhou Works Limited\n2 Wolfgang Ostrander\n3 Malachite Freight Syndicate\n")
	p.readLists()
	p.refused(p.MayPay(p.ctx, order), "treasury.routine_check")
	p.clock.Advance((treasury.InstructDays + 1) * day)
	clocks, err := p.DueClocks(p.ctx, 100)
	p.must(err)
	for _, c := range clocks {
		_, _ = p.Lapse(p.ctx, c)
	}
	p.decide(p.oneCase(), compliance.FalsePositive)
	// The money is the seller's again: he can have it paid, and the order that waited is void.
	p.refused(p.MayPay(p.ctx, order), "treasury.wrong_stage")
	_, err = p.Withdraw(p.ctx, assurance.Call{By: p.seller}, p.seller.Party, usd(20_000), "")
	p.must(err)
}

func TestAPayoutThatWasCancelledWhileItWaitedIsNotPaid(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.delivered()
	r, err := p.Withdraw(p.ctx, assurance.Call{By: p.seller}, p.seller.Party, usd(20_000), "")
	p.must(err)
	_, err = p.CancelPayout(p.ctx, assurance.Call{By: office(identity.Treasury)}, r.ID, "asked for by the company")
	p.must(err)
	p.refused(p.MayPay(p.ctx, assurance.PayoutOrder{PayoutID: r.ID, Party: p.seller.Party, Amount: usd(20_000), Rail: "bank"}), "treasury.wrong_stage")
}

func TestAStopAfterTheDayDoesNotMakeLateGoodsPunctual(t *testing.T) {
	t.Parallel()
	p := setup(t)
	id := p.agreed()
	due := p.state(id).AgreedAt.Add(time.Duration(p.Rules().FundDays) * day)
	p.book(p.notice(id, usd(100_000)))
	s := p.state(id)
	for _, c := range []struct {
		pause deal.Pause
		want  time.Time
	}{
		{deal.Pause{From: due.Add(-day), To: due.Add(day)}, due.Add(2 * day)},
		{deal.Pause{From: due.Add(day), To: due.Add(9 * day)}, due},
		{deal.Pause{From: s.AgreedAt.Add(-3 * day), To: s.AgreedAt.Add(day)}, due.Add(day)},
	} {
		s.Pauses = []deal.Pause{c.pause}
		if o := assurance.OutcomeOf(s, identity.Buyer); !o.Promised.Equal(c.want) {
			t.Errorf("%v: promised for %s, want %s", c.pause, o.Promised, c.want)
		}
	}
}

func TestARefusalDoesNotTellWhetherAReviewIsThere(t *testing.T) {
	t.Parallel()
	p := setup(t)
	marks := reputation.Aspects{AsDescribed: 5, OnTime: 4, Communication: 5, Documents: 4, Overall: 5}
	id := p.completed()
	stranger := p.member("Somebody Else", "DE")
	told := func() (all []string) {
		for _, by := range []identity.Actor{p.seller, stranger} {
			_, err := p.AnswerReview(p.ctx, assurance.Call{By: by}, id, reputation.Reply{Text: "x"})
			all = append(all, fmt.Sprint(fault.CodeOf(err), fault.Of(err).Args))
		}
		for _, c := range []reputation.Command{
			reputation.Hide{Side: identity.Buyer, Part: reputation.TextPart, Rule: reputation.Abuse, Reason: "x"},
			reputation.Show{Side: identity.Buyer, Part: reputation.TextPart, Reason: "x"},
		} {
			_, err := p.HideReview(p.ctx, assurance.Call{By: clerk("cat")}, id, c)
			all = append(all, fmt.Sprint(fault.CodeOf(err), fault.Of(err).Args))
		}
		return all
	}
	before := told()
	_, err := p.Review(p.ctx, assurance.Call{By: p.buyer}, id, reputation.Write{Aspects: marks, Text: "As agreed."})
	p.must(err)
	for i, after := range told() {
		if after != before[i] {
			t.Errorf("before the buyer wrote the answer was %s, and then %s", before[i], after)
		}
	}
}

func TestTheCaseThatStopsADealIsForThoseWhoReadCases(t *testing.T) {
	t.Parallel()
	p, list := watched(t)
	id := p.funded()
	p.carryChecks()
	list.write("1 Guangzhou Works Limited\n2 Wolfgang Ostrander\n3 Malachite Freight Syndicate\n")
	p.readLists()
	c := p.oneCase()
	for _, o := range []identity.Office{identity.Administrator, identity.Mediator, identity.Treasury, identity.Compliance, identity.Auditor} {
		s, err := p.Deal(p.ctx, office(o), id)
		p.must(err)
		facts, err := p.History(p.ctx, office(o), id)
		p.must(err)
		last := facts[len(facts)-1]
		proof, err := p.Prove(p.ctx, office(o), last.Sequence, 0)
		p.must(err)
		text := fmt.Sprint(s.FreezeCase, last.Event, string(proof.Record.Payload))
		want := 0
		if identity.May(office(o), identity.ToReadChecks) {
			want = 3
		}
		if got := strings.Count(text, c.ID); !s.Frozen || got != want {
			t.Errorf("%s reads of the case %d times, want %d: %s", o, got, want, text)
		}
	}
}

// twoLeaders is a store on which another node takes the tidings in just before
// this one reads what is known of a company.
type twoLeaders struct {
	assurance.Store
	once  sync.Once
	other func()
}

func (s *twoLeaders) Tidings(ctx context.Context, after int64, limit int) ([]assurance.Record, error) {
	rows, err := s.Store.Tidings(ctx, after, limit)
	s.once.Do(s.other)
	return rows, err
}

func TestADealThatTwoLeadersReadCountsOnce(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.completed()
	shared := &twoLeaders{Store: p.disk, other: func() {
		_, err := p.FollowTrades(p.ctx)
		p.must(err)
	}}
	second, err := assurance.Open(context.WithoutCancel(p.ctx), assurance.Config{
		Store: shared, Archive: p.store, Clock: p.clock, Random: rand.Reader, PayoutRail: "bank",
		NewID: func() string { return fmt.Sprintf("%012d", p.ids.Add(1)) },
	})
	p.must(err)
	defer second.Close()
	if n, err := second.FollowTrades(p.ctx); err != nil || n != 0 {
		t.Errorf("another has counted meanwhile, and the node writes %d standings: %v", n, err)
	}
	_, err = second.FollowTrades(p.ctx)
	p.must(err)
	s, err := p.Standing(p.ctx, p.seller.Party)
	p.must(err)
	if s.Facts.Settled != 1 || s.Facts.Deals != 1 {
		t.Errorf("one deal counts as %+v", s.Facts)
	}
}

func TestAReturnThatIsOrderedWaitsWhenTheCompanyIsFound(t *testing.T) {
	t.Parallel()
	p, list := watched(t)
	r := p.book(p.notice(p.agreed(), usd(150_000)))
	p.carryChecks()
	_, err := p.ReturnDeposit(p.ctx, assurance.Call{By: office(identity.Treasury)}, r.ID, "more than the price")
	p.must(err)
	order := assurance.ReturnOrder{DepositID: r.ID, Rail: "bank", Amount: usd(50_000)}
	p.must(p.MayReturn(p.ctx, order))
	p.must(p.MayReturn(p.ctx, assurance.ReturnOrder{DepositID: "none"}))
	list.write("1 Zebulon Quartermaine Holdings\n2 Wolfgang Ostrander\n3 Malachite Freight Syndicate\n4 Basler Handel AG\n")
	_, err = p.ReadLists(p.ctx, true)
	p.must(err)
	p.refused(p.MayReturn(p.ctx, order), "treasury.routine_check")
}

func TestANodeThatWasToldNoListsStillKnowsWhoIsHeld(t *testing.T) {
	t.Parallel()
	p, _ := watched(t)
	bad := p.member("Malachite Freight Syndicate", "CN")
	p.carryChecks()
	c := p.oneCase()
	p.seller = bad
	id := p.offered()
	hash := p.state(id).TermsHash
	other := p.open() // without lists
	defer other.Close()
	_, err := other.Withdraw(p.ctx, assurance.Call{By: bad}, bad.Party, usd(1), "")
	p.refused(err, "treasury.routine_check")
	p.refused(other.MayPay(p.ctx, assurance.PayoutOrder{Party: bad.Party}), "treasury.routine_check")
	_, err = other.Act(p.ctx, assurance.Call{By: bad}, id, deal.Sign{Hash: hash})
	p.refused(err, "deal.waits")
	p.must(p.HoldDeals(p.ctx, assurance.HoldOrder{Party: bad.Party, Case: c.ID, Hold: true}))
	_, err = other.Act(p.ctx, assurance.Call{By: clerk("cat")}, id, deal.Unfreeze{Case: c.ID})
	p.refused(err, "deal.waits_for_case")
}

func TestAWalkGoesOnBehindACompanyThatCannotBeChecked(t *testing.T) {
	t.Parallel()
	p, list := watched(t)
	broken := p.member("Unreadable Row Ltd", "CN")
	bad := p.member("Ignatius Featherstonehaugh Ltd", "CN")
	p.carryChecks()
	db, err := sql.Open("sqlite", "file:"+p.path+"?_pragma=busy_timeout(5000)")
	p.must(err)
	defer func() { p.must(db.Close()) }()
	var body string
	p.must(db.QueryRowContext(p.ctx, `SELECT body FROM party_view WHERE id = $1`, string(broken.Party)).Scan(&body))
	set := func(body string) {
		_, err := db.ExecContext(p.ctx, `UPDATE party_view SET body = $1 WHERE id = $2`, body, string(broken.Party))
		p.must(err)
	}
	set("{")
	list.write("1 Zebulon Quartermaine Holdings\n2 Wolfgang Ostrander\n3 Malachite Freight Syndicate\n4 Ignatius Featherstonehaugh\n5 Unreadable Row\n")
	_, err = p.ReadLists(p.ctx, true)
	p.must(err)
	messages, err := p.store.DueMessages(p.ctx, p.Now().Add(time.Hour), 100)
	p.must(err)
	for _, m := range messages {
		if m.Topic == assurance.TopicRecheck {
			p.must(p.Recheck(p.ctx, order[assurance.RecheckOrder](p, m)))
		}
	}
	if !p.held(bad.Party) {
		t.Error("whoever comes after it was not checked")
	}
	set(body)
	p.carryChecks()
	if !p.held(broken.Party) {
		t.Error("it was not checked later")
	}
}

// behind is a store that has not heard of any case yet.
type behind struct{ assurance.Store }

func (behind) CheckCases(context.Context, assurance.CaseQuery) ([]assurance.CaseRow, error) {
	return nil, nil
}

func TestTwoNodesThatFindTheSameMakeOneCase(t *testing.T) {
	t.Parallel()
	p, list := watched(t)
	bad := p.member("Malachite Freight Syndicate", "CN")
	p.carryChecks()
	other, err := assurance.Open(context.WithoutCancel(p.ctx), assurance.Config{
		Store: behind{p.disk}, Archive: p.store, Clock: p.clock, Random: rand.Reader, PayoutRail: "bank",
		NewID: func() string { return fmt.Sprintf("%012d", p.ids.Add(1)) }, Watchlists: list,
	})
	p.must(err)
	defer other.Close()
	p.must(other.Check(p.ctx, assurance.CheckOrder{Party: bad.Party, Trigger: string(compliance.AtSignature)}))
	p.oneCase()
	// One that knows the case adds to it what the other adds at the same time.
	list.write("1 Zebulon Quartermaine Holdings\n2 Wolfgang Ostrander\n3 Malachite Freight Syndicate\n4 Malachite Freight Syndicates\n")
	p.readLists()
	if c := p.oneCase(); len(c.Matters) != 2 {
		t.Errorf("%d findings", len(c.Matters))
	}
}

func TestMoneyThatComesForAHeldCompanyIsBookedAndStandsStill(t *testing.T) {
	t.Parallel()
	p, list := watched(t)
	id := p.agreed()
	p.carryChecks()
	list.write("1 Zebulon Quartermaine Holdings\n2 Wolfgang Ostrander\n3 Malachite Freight Syndicate\n4 Guangzhou Works Limited\n")
	_, err := p.ReadLists(p.ctx, true)
	p.must(err)
	p.refused(p.MayPay(p.ctx, assurance.PayoutOrder{Party: p.seller.Party}), "treasury.routine_check")
	p.book(p.notice(id, usd(100_000)))
	if s := p.state(id); !s.Frozen || s.Phase != deal.Funded {
		t.Errorf("the deal is %s, frozen %v", s.Phase, s.Frozen)
	}
	p.carryChecks()
	p.decide(p.oneCase(), compliance.FalsePositive)
	if s := p.state(id); s.Frozen {
		t.Error("the deal stands still after the case")
	}
	p.sound()
}

func TestTheVersionOfACompanyDoesNotJumpWhenItIsHeld(t *testing.T) {
	t.Parallel()
	p, _ := watched(t)
	bad := p.member("Malachite Freight Syndicate", "CN")
	version := func() int64 {
		o, err := p.Organisation(p.ctx, bad, bad.Party)
		p.must(err)
		return o.Version
	}
	before := version()
	p.carryChecks()
	if !p.held(bad.Party) {
		t.Fatal("nobody is held")
	}
	if after := version(); after != before {
		t.Errorf("the company sees version %d become %d", before, after)
	}
	p.decide(p.oneCase(), compliance.FalsePositive)
	if after := version(); after != before {
		t.Errorf("and then %d", after)
	}
	p.sound()
}
