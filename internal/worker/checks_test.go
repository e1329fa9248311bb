package worker_test

import (
	"context"
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
	"fondaco/internal/worker"
)

// paper is a list that the test writes: the number and the name of an entry in a line.
type paper struct {
	mu      sync.Mutex
	text    string
	fetched chan struct{} // nil: nobody waits for it
}

func (p *paper) write(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text = text
}

func (p *paper) Sources() []assurance.ListSource {
	return []assurance.ListSource{{Code: "own:test", From: "desk"}}
}

func (p *paper) Fetch(context.Context, string, assurance.ListRow) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fetched != nil {
		close(p.fetched)
		p.fetched = nil
	}
	if p.text == "" {
		return nil, fault.New(fault.Unavailable, "watchlist.unreachable", "Nobody answers.")
	}
	return []byte(p.text), nil
}

func (p *paper) Parse(code string, body []byte) (screening.List, error) {
	l := screening.List{Code: code, Version: fmt.Sprint(len(body))}
	for line := range strings.Lines(string(body)) {
		id, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		l.Entries = append(l.Entries, screening.Entry{List: code, ID: id, Kind: screening.Any, Names: []screening.Name{{Text: name, Type: "primary"}}})
	}
	return l, nil
}

func (p *paper) Compare(_, _ screening.List) error { return nil }

const (
	harmless = "1 Wolfgang Ostrander\n2 Zebulon Quartermaine Holdings\n"
	seller   = "3 Guangzhou Works Limited\n"
)

// watched is a house that checks its companies, with its list read.
func watched(t *testing.T, text string, change ...func(*assurance.Config)) (*place, *paper) {
	t.Helper()
	list := &paper{text: text}
	p := setup(t, append(change, func(c *assurance.Config) { c.Watchlists = list })...)
	if text != "" {
		p.read()
	}
	return p, list
}

func (p *place) read() {
	p.t.Helper()
	_, err := p.ReadLists(p.ctx, true)
	p.must(err)
}

// settle lets the worker pass until nothing is left to do.
func (p *place) settle(w *worker.Worker) (sum worker.Report) {
	p.t.Helper()
	for range 20 {
		r := p.step(w)
		if r.Quiet() {
			return sum
		}
		sum.Checked, sum.Kept, sum.Sent, sum.Standings = sum.Checked+r.Checked, sum.Kept+r.Kept, sum.Sent+r.Sent, sum.Standings+r.Standings
	}
	p.t.Fatal("the worker never comes to rest")
	return sum
}

func officer(name identity.PersonID) identity.Actor {
	return identity.Actor{Office: identity.Compliance, Person: name}
}

// absolve lets two people decide that the only open case is about somebody else.
func (p *place) absolve() {
	p.t.Helper()
	cases, err := p.CheckCases(p.ctx, officer("cat"), assurance.CaseQuery{Open: true})
	p.must(err)
	if len(cases) != 1 {
		p.t.Fatalf("%d open cases, want 1", len(cases))
	}
	_, err = p.StepCase(p.ctx, assurance.Call{By: officer("cat")}, cases[0].ID, compliance.Propose{
		Edition: cases[0].Edition, Decision: compliance.FalsePositive, Reason: "Compared the papers of both, line by line.",
	})
	p.must(err)
	_, err = p.StepCase(p.ctx, assurance.Call{By: officer("dan")}, cases[0].ID, compliance.Agree{Round: 1, Reason: "I have read the same papers and agree with it."})
	p.must(err)
}

func TestAListUpdateStopsADealAndADecisionLetsItGoOn(t *testing.T) {
	t.Parallel()
	p, list := watched(t, harmless)
	w := p.worker()
	id := p.funded(p.terms())
	p.settle(w)
	list.write(harmless + seller)
	p.read()
	if r := p.settle(w); r.Checked != 2 {
		t.Errorf("%d orders carried out, want the check of everybody and the stop", r.Checked)
	}
	if !p.state(id).Frozen {
		t.Fatal("the deal goes on")
	}
	p.absolve()
	if r := p.settle(w); r.Checked != 1 || p.state(id).Frozen {
		t.Errorf("%d orders carried out, and the deal stands still: %t", r.Checked, p.state(id).Frozen)
	}
	p.nothingDue()
}

func TestAnAutomaticPayoutOfAHeldCompanyStaysWithIt(t *testing.T) {
	t.Parallel()
	p, list := watched(t, harmless, func(c *assurance.Config) { c.AutoPayout = true })
	w := p.worker()
	p.credited() // the payout is asked for, and nobody has instructed it yet
	list.write(harmless + seller)
	p.read()
	p.must(p.Check(p.ctx, assurance.CheckOrder{Party: p.other.Party, Trigger: string(compliance.AtPayout)}))
	if r := p.settle(w); r.Kept != 1 || r.Sent != 0 || len(p.bank.sent()) != 0 {
		t.Errorf("report %+v, the bank got %v", r, p.bank.sent())
	}
	if dead := p.dead(); len(dead) != 0 {
		t.Errorf("given up: %+v", dead)
	}
	p.absolve()
	p.settle(w)
	p.withdraw(99_000)
	if r := p.settle(w); r.Sent != 1 {
		t.Errorf("report %+v, want the payout that the company asked for", r)
	}
	p.sound()
}

// An instructed payout waits for the case with its company, and reaches the bank once afterwards.
func TestAnInstructedPayoutWaitsWhileItsCompanyIsHeld(t *testing.T) {
	t.Parallel()
	p, list := watched(t, harmless)
	w := p.worker(func(c *worker.Config) { c.AttemptsMax = 3 })
	p.credited()
	p.withdraw(50_000)
	list.write(harmless + seller)
	p.read()
	for range 6 {
		p.step(w)
		p.clock.Advance(2 * time.Hour)
	}
	if got := p.bank.sent(); len(got) != 0 {
		t.Fatalf("the bank got %v", got)
	}
	if dead := p.dead(); len(dead) != 0 {
		t.Fatalf("given up: %+v", dead)
	}
	p.absolve()
	p.step(w)
	p.clock.Advance(2 * time.Hour)
	p.step(w)
	if got := p.bank.sent(); len(got) != 1 {
		t.Errorf("the bank got %v, want the payout once", got)
	}
}

// Before a new house has read its first list, checks wait; none is given up.
func TestAChecksOrderWaitsForTheFirstList(t *testing.T) {
	t.Parallel()
	p, list := watched(t, "")
	w := p.worker(func(c *worker.Config) { c.AttemptsMax = 1000 })
	if r := p.step(w); r.Checked != 0 || r.Retried == 0 || r.Dead != 0 {
		t.Errorf("report %+v, want the orders of both registrations to wait", r)
	}
	list.write(harmless)
	p.read()
	p.clock.Advance(time.Hour)
	if r := p.settle(w); r.Checked < 2 {
		t.Errorf("%d orders carried out", r.Checked)
	}
}

func TestUnreadableOrdersOfChecksAreGivenUp(t *testing.T) {
	t.Parallel()
	p, _ := watched(t, harmless)
	w := p.worker()
	p.settle(w)
	for i, topic := range []string{assurance.TopicCheck, assurance.TopicRecheck, assurance.TopicHold} {
		p.message(assurance.Message{ID: fmt.Sprintf("bad/%d", i), Topic: topic, Payload: []byte(`[1]`), NextAt: p.Now()})
	}
	if r := p.step(w); r.Dead != 3 {
		t.Errorf("report %+v, want three given up", r)
	}
}

func TestReviewsOfAClosedDealReachTheStandings(t *testing.T) {
	t.Parallel()
	p := setup(t)
	w := p.worker()
	id := p.delivered(p.terms())
	p.act(p.buyer, id, deal.Accept{})
	marks := reputation.Aspects{AsDescribed: 5, OnTime: 4, Communication: 5, Documents: 4, Overall: 5}
	_, err := p.Review(p.ctx, assurance.Call{By: p.buyer}, id, reputation.Write{Aspects: marks, Text: "As agreed."})
	p.must(err)
	if r := p.settle(w); r.Standings != 2 {
		t.Errorf("%d standings written for a deal that closed, want 2", r.Standings)
	}
	p.clock.Advance(8 * day) // the other side says nothing
	if r := p.step(w); r.Lapsed != 1 {
		t.Errorf("report %+v, want the reviews shown", r)
	}
	p.settle(w)
	s, err := p.Standing(p.ctx, p.other.Party)
	p.must(err)
	if s.Reviews.Count != 1 || s.Facts.Settled != 1 {
		t.Errorf("%d reviews and %d settled deals, want one of each", s.Reviews.Count, s.Facts.Settled)
	}
	p.nothingDue()
}

func TestRunReadsTheListsByItself(t *testing.T) {
	t.Parallel()
	p, list := watched(t, "")
	read := make(chan struct{})
	list.mu.Lock()
	list.text, list.fetched = harmless, read
	list.mu.Unlock()
	ctx, stop := context.WithCancel(p.ctx)
	ended := make(chan error, 1)
	w := p.worker()
	go func() { ended <- w.Run(ctx) }()
	<-read
	stop()
	p.must(<-ended)
}
