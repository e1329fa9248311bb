package assurance_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/ledger"
	"fondaco/internal/trade/treasury"
)

// The tests of this file each hold a bug that a cold review found;
// docs/track-record.md tells their stories.

func TestOneBookingIsOneDepositWhoeverOfTheRailReportsIt(t *testing.T) {
	t.Parallel()
	p := setup(t)
	n := p.notice(p.agreed(), usd(100))
	first := p.book(n)
	second, err := p.BookDeposit(p.ctx, identity.Actor{Office: identity.Rail, Person: "the new key of the bank"}, n)
	if err != nil || second.ID != first.ID || !second.Replayed {
		t.Errorf("booked as %s and as %s, %v", first.ID, second.ID, err)
	}
	if got := p.posted(ledger.Rail("bank", usd(0).Currency())); got != -100 {
		t.Errorf("the rail holds %d", got)
	}
	n.Amount = usd(200)
	_, err = p.BookDeposit(p.ctx, identity.Actor{Office: identity.Rail, Person: "another"}, n)
	p.refused(err, "house.key_reused")
}

func TestMoneyIsBookedWhateverItsPayerWrote(t *testing.T) {
	t.Parallel()
	p := setup(t)
	n := p.notice(p.agreed(), usd(100))
	n.Payer, n.Deal = strings.Repeat("é", 300), "for the \xff\x00 machines "+strings.Repeat("x", 300)
	r := p.book(n)
	if r.State != string(treasury.Suspense) {
		t.Errorf("the deposit is %s", r.State)
	}
	p.sound()
}

func TestAProofKeepsBackWhatTheReaderMayNotRead(t *testing.T) {
	t.Parallel()
	p := setup(t)
	id := p.funded()
	p.act(office(identity.Compliance), id, deal.Freeze{Case: "C-2027-17"})
	size, err := p.LogSize(p.ctx)
	p.must(err)
	for name, c := range map[string]struct {
		by        identity.Actor
		sequence  int64
		disclosed bool
	}{
		"a stranger, about a deal":    {p.member("Stranger AG", "CH"), size - 2, false},
		"the buyer, about the deal":   {p.buyer, size - 3, true},
		"the buyer, about a freeze":   {p.buyer, size - 1, false},
		"the auditor, about the same": {office(identity.Auditor), size - 1, true},
	} {
		proof, err := p.Prove(p.ctx, c.by, c.sequence, size)
		p.must(err)
		hidden := proof.Record.Payload == nil && proof.Record.Salt == [evidence.SaltSize]byte{}
		if proof.Disclosed != c.disclosed || hidden == c.disclosed {
			t.Errorf("%s: disclosed %t, hidden %t", name, proof.Disclosed, hidden)
		}
		if err := evidence.VerifyInclusion(proof.Record.Entry().Leaf(), c.sequence, size, proof.Root, proof.Proof); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAFreezeTellsThePartiesNothingOfItsCase(t *testing.T) {
	t.Parallel()
	p := setup(t)
	id := p.funded()
	p.act(office(identity.Compliance), id, deal.Freeze{Case: "C-2027-17"})
	read := func(by identity.Actor) string {
		s, err := p.Deal(p.ctx, by, id)
		p.must(err)
		facts, err := p.History(p.ctx, by, id)
		p.must(err)
		last := facts[len(facts)-1]
		return fmt.Sprint(s.FreezeCase, s.Frozen, last.Event, last.Actor.Person)
	}
	for _, by := range []identity.Actor{p.buyer, p.seller} {
		if got := read(by); strings.Contains(got, "C-2027") || strings.Contains(got, "of-compliance") || !strings.Contains(got, "true") {
			t.Errorf("%s reads %s", by, got)
		}
	}
	if got := read(office(identity.Compliance)); strings.Count(got, "C-2027-17") != 2 {
		t.Errorf("compliance reads %s", got)
	}
}

func TestThePayerOfMoneyThatBelongsToNoDealIsNotNamedToItsParties(t *testing.T) {
	t.Parallel()
	p := setup(t)
	id := p.agreed()
	stray := p.notice(id, eur(500))
	stray.Payer = "Somebody Else SA"
	p.book(stray)
	p.book(p.notice(id, usd(100_000)))
	for _, by := range []identity.Actor{p.buyer, p.seller, office(identity.Treasury)} {
		rows, err := p.Deposits(p.ctx, by, assurance.MoneyQuery{})
		p.must(err)
		if len(rows) != 2 {
			t.Fatalf("%s sees %d deposits", by, len(rows))
		}
		named := rows[1].Deposit.Notice.Payer != "" || rows[1].Deposit.Notice.Reference != ""
		if named != by.Office.Staff() || rows[0].Deposit.Notice.Payer == "" {
			t.Errorf("%s reads %+v and %+v", by, rows[0].Deposit.Notice, rows[1].Deposit.Notice)
		}
	}
}

func TestOnlyStaffReadTheDutiesOfTheHouse(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.act(office(identity.Compliance), p.funded(), deal.Freeze{Case: "C-1"})
	_, err := p.Duties(p.ctx, identity.Actor{Office: identity.Member, Person: "nobody's"}, 10)
	p.refused(err, "house.forbidden")
	rows, err := p.Duties(p.ctx, office(identity.Compliance), 10)
	if err != nil || len(rows) != 1 {
		t.Errorf("compliance has %d duties, %v", len(rows), err)
	}
}

func TestASearchOfAnyLengthIsAnswered(t *testing.T) {
	t.Parallel()
	p := setup(t)
	for _, search := range []string{strings.Repeat("%", 100_000), strings.Repeat("漢", 100_000), "\xff\x00"} {
		if _, err := p.Deals(p.ctx, p.buyer, assurance.DealQuery{Search: search}); err != nil {
			t.Errorf("deals: %v", err)
		}
		if _, err := p.Parties(p.ctx, p.buyer, assurance.PartyQuery{Search: search}); err != nil {
			t.Errorf("parties: %v", err)
		}
	}
}

// machine is a clock that anybody may set, and one beside it that nobody can.
type machine struct {
	*assurance.TestClock
	mu    sync.Mutex
	ticks time.Duration
}

func (m *machine) wait(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ticks += d
	m.Advance(d)
}

func (m *machine) monotonic() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ticks
}

func TestAClockThatIsSetForwardDoesNotDateTheLog(t *testing.T) {
	t.Parallel()
	p := setup(t)
	m := &machine{TestClock: p.clock}
	h, err := assurance.Open(context.WithoutCancel(p.ctx), assurance.Config{
		Store: p.disk, Archive: p.store, Clock: m, Monotonic: m.monotonic, Random: rand.Reader, PayoutRail: "bank",
		NewID: func() string { return fmt.Sprintf("%012d", p.ids.Add(1)) },
	})
	p.must(err)
	defer h.Close()
	began := m.Now()
	stamp := func() time.Duration {
		r, err := h.RegisterParty(p.ctx, assurance.Call{By: p.buyer}, register("Some Company"))
		p.must(err)
		return r.At.Sub(began)
	}
	m.wait(time.Hour)
	if got := stamp(); got != time.Hour {
		t.Errorf("after an hour the log is dated %s", got)
	}
	m.Advance(365 * day) // set wrongly
	m.wait(time.Hour)
	if got := stamp(); got != 2*time.Hour {
		t.Errorf("set forward, the log is dated %s", got)
	}
	m.Set(began.Add(2 * time.Hour)) // and put right
	m.wait(time.Hour)
	if got := stamp(); got != 3*time.Hour {
		t.Errorf("put right, the log is dated %s", got)
	}
	m.Advance(10 * time.Hour) // the machine slept: this time is the true one
	p.must(h.RaiseClockAlarm(p.ctx, "the clock was set forward"))
	if got := stamp(); got != 3*time.Hour {
		t.Errorf("before anybody has looked, the log is dated %s", got)
	}
	p.must(h.ClearClockAlarm(p.ctx, office(identity.Administrator)))
	if got := stamp(); got != 13*time.Hour {
		t.Errorf("trusted again, the log is dated %s", got)
	}
}

// TestAnOutageIsJudgedByTheLogsTime: an outage that ends at a time which only a
// clock set forward has reached would keep every deadline from lapsing until then.
func TestAnOutageIsJudgedByTheLogsTime(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.delivered()
	m := &machine{TestClock: p.clock}
	h, err := assurance.Open(context.WithoutCancel(p.ctx), assurance.Config{
		Store: p.disk, Archive: p.store, Clock: m, Monotonic: m.monotonic, Random: rand.Reader, PayoutRail: "bank",
		NewID: func() string { return fmt.Sprintf("%012d", p.ids.Add(1)) },
	})
	p.must(err)
	defer h.Close()
	began := m.Now()
	m.wait(48 * time.Hour)
	m.Advance(8 * day) // set wrongly
	call := assurance.Call{By: office(identity.Administrator)}
	p.refused(h.RecordOutage(p.ctx, call, began.Add(3*day), began.Add(4*day)), "deal.bad_outage")
	p.must(h.FinishOutage(p.ctx)) // nothing is left of it
	p.must(h.RecordOutage(p.ctx, call, began.Add(time.Hour), began.Add(25*time.Hour)))
	p.sound()
}

func TestAfterAHaltNothingThatWasCachedIsBelieved(t *testing.T) {
	t.Parallel()
	p := setup(t)
	id := p.delivered()
	p.House.Close()
	p.disk.balance = func(account ledger.AccountID, b ledger.Balance) ledger.Balance {
		if account.Kind() == ledger.KindHeld {
			b.Posted = 1
		}
		return b
	}
	p.House = p.open()
	_, err := p.Act(p.ctx, assurance.Call{By: p.buyer}, id, deal.Accept{})
	p.refused(err, "ledger.disagrees")
	if p.Halted() == "" {
		t.Fatal("the house goes on")
	}
	p.disk.mu.Lock()
	p.disk.balance = nil
	p.disk.mu.Unlock()
	p.must(p.Resume(p.ctx, office(identity.Administrator)))
	p.act(p.buyer, id, deal.Accept{})
	p.sound()
}

func signUp(email, company string) assurance.SignUp {
	return assurance.SignUp{Email: email, Name: "Ann", Password: "a long enough password", Company: register(company)}
}

func TestWhoLosesTheRaceForAnAddressLeavesNoCompany(t *testing.T) {
	t.Parallel()
	p := setup(t)
	count := func() int {
		rows, err := p.Parties(p.ctx, p.buyer, assurance.PartyQuery{})
		p.must(err)
		return len(rows)
	}
	before := count()
	errs := make([]error, 4)
	var group sync.WaitGroup
	for i := range errs {
		group.Go(func() { _, errs[i] = p.Join(p.ctx, signUp("ann@example.com", fmt.Sprintf("Company %d", i))) })
	}
	group.Wait()
	joined := 0
	for _, err := range errs {
		if err == nil {
			joined++
			continue
		}
		p.refused(err, "people.email_taken")
	}
	if joined != 1 || count() != before+1 {
		t.Errorf("%d joined, and %d companies were opened", joined, count()-before)
	}
	e, err := p.Enter(p.ctx, assurance.Origin{}, assurance.BrowserSession, "ann@example.com", "a long enough password")
	p.must(err)
	if _, err := p.Party(p.ctx, e.Presence.Person.Party); err != nil {
		t.Error(err)
	}
	p.sound()
}

func TestStaffHaveAnOfficeThatExists(t *testing.T) {
	t.Parallel()
	p := setup(t)
	for _, o := range []identity.Office{"", "owner", "member/x"} {
		_, err := p.AddStaff(p.ctx, identity.HouseClock(), o, signUp("x@example.com", ""))
		p.refused(err, "staff.bad_office")
	}
}

// forgetful is a store that cannot commit a shipment, nor say whether its tracking
// number was used, once each.
type forgetful struct {
	assurance.Store
	mu    sync.Mutex
	fails int
}

func (f *forgetful) Commit(ctx context.Context, b *assurance.Batch, place func(assurance.Tail) error) error {
	f.mu.Lock()
	fails := f.fails == 2
	if fails {
		f.fails--
	}
	f.mu.Unlock()
	if fails {
		return fault.New(fault.Conflict, "store.conflict", "Read again.")
	}
	return f.Store.Commit(ctx, b, place)
}

func (f *forgetful) TrackingUsed(ctx context.Context, ts []assurance.Tracking) ([]assurance.Tracking, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fails == 1 {
		f.fails--
		return nil, fault.New(fault.Conflict, "store.conflict", "Read again.")
	}
	return f.Store.TrackingUsed(ctx, ts)
}

func TestACommandThatIsDecidedAgainIsTheSameCommand(t *testing.T) {
	t.Parallel()
	p := setup(t)
	id := p.funded()
	disk := &forgetful{Store: p.disk, fails: 2}
	h, err := assurance.Open(context.WithoutCancel(p.ctx), assurance.Config{
		Store: disk, Archive: p.store, Clock: p.clock, Random: rand.Reader, PayoutRail: "bank",
		NewID: func() string { return fmt.Sprintf("%012d", p.ids.Add(1)) },
	})
	p.must(err)
	defer h.Close()
	_, err = h.Act(p.ctx, assurance.Call{By: p.seller}, id, deal.Ship{Carrier: "Sea", TrackingNumber: "N1", Final: true})
	p.must(err)
	if s := p.state(id); s.Phase != deal.Shipped || disk.fails > 0 {
		t.Errorf("the deal is %s, and the store still has to fail %d times", s.Phase, disk.fails)
	}
}

func TestTheAuditLogTakesNoEndlessOrUnreadableNames(t *testing.T) {
	t.Parallel()
	p := setup(t)
	var stream string
	p.disk.beforeCommits(func(b *assurance.Batch) error {
		if len(b.Refusals) > 0 {
			stream = b.Refusals[0].Stream
		}
		return nil
	})
	_, err := p.Act(p.ctx, assurance.Call{By: p.buyer}, deal.ID("\xff\n\x00"+strings.Repeat("x", 100_000)), deal.Accept{})
	p.refused(err, "deal.not_found")
	if len(stream) > 300 || !utf8.ValidString(stream) || strings.ContainsAny(stream, "\n\x00") || !strings.HasPrefix(stream, "deal:") {
		t.Errorf("%d bytes: %.40q", len(stream), stream)
	}
}

func TestReasonsAndReportsAboutPayoutsAreBounded(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.delivered()
	r, err := p.Withdraw(p.ctx, assurance.Call{By: p.seller}, p.seller.Party, usd(100), "asked for")
	p.must(err)
	for _, reason := range []string{strings.Repeat("x", 501), "\xff"} {
		_, err = p.CancelPayout(p.ctx, assurance.Call{By: p.seller}, r.ID, reason)
		p.refused(err, "treasury.no_reason")
	}
	_, err = p.Withdraw(p.ctx, assurance.Call{By: p.seller}, p.seller.Party, usd(100), strings.Repeat("x", 501))
	p.refused(err, "treasury.no_reason")
	_, err = p.Withdraw(p.ctx, assurance.Call{By: p.seller}, p.seller.Party, money.New(1<<60, usd(0).Currency()), "all")
	if fault.KindOf(err) != fault.Invalid && fault.KindOf(err) != fault.Refused {
		t.Errorf("answered %v", err)
	}
	_, err = p.ReportPayout(p.ctx, rail(), assurance.PayoutNotice{PayoutID: r.ID, Outcome: assurance.PayoutTaken, Reference: "\xff" + strings.Repeat("x", 10_000)})
	p.must(err)
	if p.Halted() != "" {
		t.Error("halted")
	}
	p.sound()
}
