package worker_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
	"fondaco/internal/worker"
)

// post is a mailer that remembers what it was given, and does as it is told.
type post struct {
	letters []assurance.Mail
	paid    []int // how many payouts the bank had when each letter came
	send    func(ctx context.Context, m assurance.Mail) error
	bank    *bank
}

func (m *post) Send(ctx context.Context, letter assurance.Mail) error {
	m.letters = append(m.letters, letter)
	m.paid = append(m.paid, len(m.bank.sent()))
	if m.send == nil {
		return nil
	}
	return m.send(ctx, letter)
}

// letter queues a mail as the house does.
func (p *place) letter(to string) assurance.Mail {
	p.t.Helper()
	m := assurance.Mail{ID: fmt.Sprintf("mail:%012d", p.ids.Add(1)), To: to, Language: "en", Kind: assurance.MailCode, Args: map[string]string{"Code": "123456"}}
	doc, err := json.Marshal(m)
	p.must(err)
	p.must(p.store.PostMessage(p.ctx, assurance.Message{ID: m.ID, Topic: assurance.TopicMail, Payload: doc, NextAt: p.Now()}))
	return m
}

func (p *place) mailing(m *post, change ...func(*worker.Config)) *worker.Worker {
	m.bank = p.bank
	return p.worker(append([]func(*worker.Config){func(c *worker.Config) { c.Mailer = m }}, change...)...)
}

func TestMailIsHandedOverOnce(t *testing.T) {
	t.Parallel()
	p := setup(t)
	m := &post{}
	w := p.mailing(m)
	want := p.letter("anna@acme.example")
	if r := p.step(w); r.Mailed != 1 || r.Quiet() {
		t.Errorf("report %+v", r)
	}
	if r := p.step(w); !r.Quiet() {
		t.Errorf("a second pass found work: %+v", r)
	}
	if len(m.letters) != 1 || m.letters[0].ID != want.ID || m.letters[0].To != want.To || m.letters[0].Args["Code"] != "123456" {
		t.Errorf("sent %+v, want %+v", m.letters, want)
	}
}

func TestMailThatFailsHoldsUpNoPayout(t *testing.T) {
	t.Parallel()
	for name, send := range map[string]func(context.Context, assurance.Mail) error{
		"a server that is down": func(context.Context, assurance.Mail) error {
			return fault.New(fault.Unavailable, "notice.unavailable", "No answer.")
		},
		"a server that never answers": func(ctx context.Context, _ assurance.Mail) error {
			<-ctx.Done()
			return ctx.Err()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := setup(t)
			m := &post{send: send}
			w := p.mailing(m, func(c *worker.Config) { c.MailMax = 20 * time.Millisecond })
			for range 3 {
				p.letter("anna@acme.example")
			}
			p.credited()
			p.withdraw(50_000)
			r := p.step(w)
			if r.Sent != 1 || r.Mailed != 0 || r.Retried != 1 || r.Dead != 0 {
				t.Errorf("report %+v, want one payout, one mail that failed and two that wait", r)
			}
			if len(m.letters) != 1 || m.paid[0] != 1 {
				t.Errorf("the server was asked %d times, with %v payouts out before", len(m.letters), m.paid)
			}
		})
	}
}

// A server that answers, but slowly, gets a part of each pass and no more.
func TestSlowMailServerTakesABoundedPartOfAPass(t *testing.T) {
	t.Parallel()
	p := setup(t)
	var passed time.Duration
	m := &post{send: func(context.Context, assurance.Mail) error {
		passed += 4 * time.Second
		return nil
	}}
	w := p.mailing(m, func(c *worker.Config) {
		c.MailMax, c.Monotonic = 10*time.Second, func() time.Duration { return passed }
	})
	for range 7 {
		p.letter("anna@acme.example")
	}
	for pass, want := range []int{3, 3, 1, 0} {
		if r := p.step(w); r.Mailed != want || r.Retried != 0 {
			t.Errorf("pass %d: %+v, want %d mails", pass, r, want)
		}
	}
}

func TestMailsWaitUncountedForAMailer(t *testing.T) {
	t.Parallel()
	p := setup(t)
	p.letter("anna@acme.example")
	none := p.worker(func(c *worker.Config) { c.AttemptsMax = 2 })
	for range 4 {
		if r := p.step(none); !r.Quiet() {
			t.Fatalf("without a mailer a pass did something: %+v", r)
		}
	}
	m := &post{}
	if r := p.step(p.mailing(m)); r.Mailed != 1 {
		t.Errorf("report %+v", r)
	}
}

func TestMailIsTriedAgainAndThenGivenUpForAPersonToSee(t *testing.T) {
	t.Parallel()
	p := setup(t)
	m := &post{send: func(_ context.Context, m assurance.Mail) error {
		if m.To == "nobody@acme.example" {
			return fault.New(fault.Refused, "notice.rejected", "No such mailbox.")
		}
		return fault.New(fault.Unavailable, "notice.unavailable", "No answer.")
	}}
	w := p.mailing(m, func(c *worker.Config) { c.AttemptsMax, c.RetryFirst, c.RetryMax = 3, time.Minute, time.Minute })
	p.letter("nobody@acme.example")
	if r := p.step(w); r.Dead != 1 || r.Retried != 0 {
		t.Errorf("a refused mail: %+v", r)
	}
	p.letter("anna@acme.example")
	for range 5 {
		p.step(w)
		p.clock.Advance(time.Minute)
	}
	if len(m.letters) != 4 {
		t.Errorf("%d attempts, want 1 and 3", len(m.letters))
	}
	var why []string
	for _, d := range p.dead() {
		why = append(why, d.Error)
	}
	slices.Sort(why)
	if want := []string{"refused notice.rejected: No such mailbox.", "unavailable notice.unavailable: No answer."}; !slices.Equal(why, want) {
		t.Errorf("given up: %q, want %q", why, want)
	}
}

// reopened is the same house, which from now on asks where payouts go.
func (p *place) reopened() {
	p.t.Helper()
	p.House.Close()
	s := assurance.DefaultSecurity()
	p.cfg.Security = &s
	h, err := assurance.Open(context.WithoutCancel(p.ctx), p.cfg)
	p.must(err)
	p.House = h
}

func TestPayoutWithNowhereToGoStaysWithTheCompany(t *testing.T) {
	t.Parallel()
	p := setup(t, func(c *assurance.Config) { c.AutoPayout = true })
	p.credited()
	p.reopened()
	w := p.worker()
	if r := p.step(w); r.Kept != 1 || r.Withdrawn != 0 || r.Dead != 0 || r.Retried != 0 {
		t.Errorf("report %+v, want the payout kept", r)
	}
	if r := p.step(w); !r.Quiet() {
		t.Errorf("a second pass found work: %+v", r)
	}
	if got := p.bank.sent(); len(got) != 0 {
		t.Errorf("the bank got %+v", got)
	}
	p.sound()
}

// verified makes the seller a company that the house has verified.
func (p *place) verified() {
	p.t.Helper()
	owner, err := p.Join(p.ctx, assurance.SignUp{
		Email: "owner@works.example", Name: "Owner", Password: "seven quiet harbours at dawn",
		Company: identity.Register{LegalName: "Guangzhou Works Ltd", Country: "CN", Registration: "R-1", Address: "1 Street"},
	})
	p.must(err)
	p.other = owner.Actor()
	_, err = p.SubmitProfile(p.ctx, assurance.Call{By: p.other}, identity.Profile{LegalName: "Guangzhou Works Ltd", Country: "CN", Registration: "R-1", Address: "1 Street"})
	p.must(err)
	_, err = p.ReviewProfile(p.ctx, assurance.Call{By: identity.Actor{Office: identity.Compliance, Person: "checker"}}, p.other.Party,
		identity.ReviewProfile{Verdict: identity.Verified, Until: p.Now().Add(300 * day)})
	p.must(err)
}

func TestPayoutWaitsWhileItsAccountIsNewAndThenGoes(t *testing.T) {
	t.Parallel()
	p := setup(t, func(c *assurance.Config) { c.AutoPayout = true })
	p.verified()
	id := p.funded(p.terms())
	p.act(p.other, id, deal.Ship{ConsignmentID: "c1", Carrier: "Sea", TrackingNumber: "N1", Final: true})
	p.act(p.buyer, id, deal.ConfirmReceipt{})
	p.act(p.buyer, id, deal.Accept{})
	r, err := p.ProposePayoutAccount(p.ctx, assurance.Call{By: p.other}, assurance.AccountDeed{
		Holder: "Guangzhou Works Trading Ltd", Number: "6222020200112233445", BIC: "ICBKCNBJ", BankName: "ICBC", Country: "CN", Currency: "USD",
	})
	p.must(err)
	_, err = p.ApprovePayoutAccount(p.ctx, assurance.Call{By: identity.Actor{Office: identity.Treasury, Person: "treasurer"}}, r.ID)
	p.must(err)
	p.reopened()
	w := p.worker(func(c *worker.Config) { c.AttemptsMax = 3 })
	for hour := range 70 {
		if r := p.step(w); r.Withdrawn+r.Sent+r.Dead+r.Kept != 0 {
			t.Fatalf("after %d hours: %+v, want a payout that waits", hour, r)
		}
		p.clock.Advance(time.Hour)
	}
	p.clock.Advance(3 * time.Hour)
	if r := p.step(w); r.Withdrawn != 1 || r.Sent != 1 {
		t.Errorf("after the hold: %+v, want the payout", r)
	}
	p.sound()
}
