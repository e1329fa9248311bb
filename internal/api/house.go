package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/identity"
)

// Health is how the house is.
type Health struct {
	Status  string `json:"status" enum:"ok,halted" doc:"A halted house answers reads and refuses writes" example:"ok"`
	Size    int64  `json:"size" doc:"Facts in the evidence log" example:"4714"`
	Version string `json:"version" doc:"Of the program" example:"1.0.0"`
	Sandbox bool   `json:"sandbox" doc:"Money and time are simulated"`
	Now     string `json:"now" format:"date-time" doc:"The house's time" example:"2027-05-12T12:00:00.000000Z"`
	Alarm   bool   `json:"clock_alarm" doc:"The house does not trust its clock; no deadline lapses"`
}

// Outage is a span in which the house could not serve.
type Outage struct {
	From string `json:"from" format:"date-time" example:"2027-05-12T10:00:00Z"`
	To   string `json:"to" format:"date-time" example:"2027-05-12T12:00:00Z"`
}

// Transfer is a buyer's transfer to be played.
type Transfer struct {
	Deal     string `json:"deal" example:"0198c0de-7a3c-7cc0-8000-000000000002"`
	Amount   Amount `json:"amount"`
	Payer    string `json:"payer" required:"false" example:"Acme GmbH"`
	Scenario string `json:"scenario" required:"false" enum:"exact,short,over,duplicate,late,failure" doc:"exact if left out" example:"exact"`
}

// Played says that a transfer is under way.
type Played struct {
	Deal     string `json:"deal" example:"0198c0de-7a3c-7cc0-8000-000000000002"`
	Scenario string `json:"scenario" example:"exact"`
}

// ClockTime is the house's time.
type ClockTime struct {
	Now string `json:"now" format:"date-time" example:"2027-05-12T12:00:00.000000Z"`
}

// Advance moves the clock of a sandbox forward.
type Advance struct {
	Seconds int64 `json:"seconds" doc:"1 to 34560000 (400 days)" example:"86400"`
}

type healthAnswer struct{ Body Health }

func (s *server) health(ctx context.Context) (*healthAnswer, error) {
	size, err := s.house.LogSize(ctx)
	if err != nil {
		return nil, err
	}
	alarm, err := s.house.ClockAlarm(ctx)
	if err != nil {
		return nil, err
	}
	h := Health{Alarm: alarm != "", Status: "ok", Size: size, Version: s.cfg.Version, Sandbox: s.house.Sandbox(), Now: stamp(s.house.Now())}
	if s.house.Halted() != "" {
		h.Status = "halted"
	}
	return &healthAnswer{h}, nil
}

func (s *server) running() {
	add(s, operation{
		id: "get-health", method: http.MethodGet, path: "/v1/health", tag: "house", access: anybody, scope: anyKey, summary: "How the house is",
	}, func(ctx context.Context, _ caller, _ *nothing) (*healthAnswer, error) { return s.health(ctx) })
	add(s, operation{
		id: "resume", method: http.MethodPost, path: "/v1/house/resume", tag: "house", write: true,
		summary: "Let a halted house write again (office: administrator)", doc: "After a person has looked into the fault. It may be repeated.",
	}, func(ctx context.Context, c caller, _ *nothing) (*healthAnswer, error) {
		if err := s.house.Resume(ctx, c.By); err != nil {
			return nil, err
		}
		return s.health(ctx)
	})
	add(s, operation{
		id: "record-outage", method: http.MethodPost, path: "/v1/house/outages", tag: "house", write: true,
		summary: "Lengthen every running clock by an outage (office: administrator)", doc: "An outage told twice counts once.",
	}, s.recordOutage)
	add(s, operation{
		id: "clear-clock-alarm", method: http.MethodPost, path: "/v1/house/clock-alarm/clear", tag: "house",
		summary: "Say that the clock is right again (office: administrator)", doc: "Until then no deadline lapses. 409 if there is no alarm.",
	}, func(ctx context.Context, c caller, _ *nothing) (*healthAnswer, error) {
		if err := s.house.ClearClockAlarm(ctx, c.By); err != nil {
			return nil, err
		}
		return s.health(ctx)
	})
}

func (s *server) recordOutage(ctx context.Context, c caller, in *struct{ Body Outage }) (*healthAnswer, error) {
	from, err := instantOf(in.Body.From, "from")
	if err != nil {
		return nil, err
	}
	to, err := instantOf(in.Body.To, "to")
	if err != nil {
		return nil, err
	}
	if err := s.house.RecordOutage(ctx, c.call(), from, to); err != nil {
		return nil, err
	}
	return s.health(ctx)
}

// sandbox registers what only a simulation has. Elsewhere these paths do not exist.
func (s *server) sandbox() {
	if !s.house.Sandbox() {
		return
	}
	if s.cfg.Bank != nil {
		add(s, operation{
			id: "simulate-deposit", method: http.MethodPost, path: "/v1/sandbox/deposits", tag: "sandbox", scope: anyKey, status: http.StatusAccepted, write: true,
			summary: "Play a buyer's transfer", doc: "The rail's notice follows a moment later.",
		}, s.simulate)
	}
	add(s, operation{
		id: "list-mails", method: http.MethodGet, path: "/v1/sandbox/mail", tag: "sandbox", access: anybody, scope: anyKey,
		summary: "The mails that the sandbox keeps instead of sending them, newest first",
		doc:     "Anybody may read them: in a sandbox nothing is secret. Elsewhere this path does not exist.",
	}, s.listMails)
	if s.cfg.TestClock != nil {
		add(s, operation{
			id: "get-clock", method: http.MethodGet, path: "/v1/sandbox/clock", tag: "sandbox", scope: anyKey, summary: "The house's time",
		}, func(context.Context, caller, *nothing) (*struct{ Body ClockTime }, error) {
			return &struct{ Body ClockTime }{ClockTime{stamp(s.house.Now())}}, nil
		})
		add(s, operation{
			id: "advance-clock", method: http.MethodPost, path: "/v1/sandbox/clock", tag: "sandbox", scope: anyKey, summary: "Move the house's time forward, for everybody",
		}, s.advance)
	}
}

// Mail is a mail that was not sent.
type Mail struct {
	ID      string `json:"id" example:"mail:0198c0de-7a3c-7cc0-8000-00000000000c"`
	At      string `json:"at" format:"date-time" example:"2027-03-01T12:00:00.000000Z"`
	To      string `json:"to" example:"anna@acme.example"`
	Subject string `json:"subject" example:"Confirm your address"`
	Text    string `json:"text"`
	Link    string `json:"link,omitempty" doc:"The first link of the text" example:"/join/c2VjcmV0"`
}

// Mails are some of them.
type Mails struct {
	Items []Mail `json:"items"`
}

func (s *server) listMails(ctx context.Context, _ caller, in *struct {
	To    string `query:"to" maxLength:"254" doc:"Only those to this address, as it was written" example:"anna@acme.example"`
	Limit int    `query:"limit" minimum:"1" maximum:"200" doc:"50 unless asked" example:"20"`
},
) (*struct{ Body Mails }, error) {
	kept, err := s.house.MailboxOf(ctx, in.To, in.Limit)
	if err != nil {
		return nil, err
	}
	out := Mails{Items: []Mail{}}
	for _, m := range kept {
		out.Items = append(out.Items, Mail{ID: m.ID, At: stamp(m.At), To: m.To, Subject: m.Subject, Text: m.Text, Link: m.Link})
	}
	return &struct{ Body Mails }{out}, nil
}

// transferKey makes a repeated request the same transfer, for this caller and this
// deal alone; without a key each request is another transfer.
func transferKey(c caller, id string) string {
	if c.Key == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(c.By.String() + "\n" + id + "\n" + c.Key))
	return hex.EncodeToString(sum[:16])
}

func (s *server) simulate(ctx context.Context, c caller, in *struct{ Body Transfer }) (*struct{ Body Played }, error) {
	b := in.Body
	if b.Scenario == "" {
		b.Scenario = "exact"
	}
	currency, err := money.ParseCurrency(b.Amount.Currency)
	if err != nil {
		return nil, fault.New(fault.Invalid, "money.unknown_currency", "The currency is not an active ISO 4217 code.").At("amount.currency")
	}
	if _, err := s.house.Deal(ctx, c.By, deal.ID(b.Deal)); err != nil {
		return nil, err
	}
	err = s.cfg.Bank.Simulate(ctx, assurance.Simulation{Deal: b.Deal, Amount: money.New(b.Amount.Amount, currency), Payer: b.Payer, Scenario: b.Scenario, Key: transferKey(c, b.Deal)})
	if err != nil {
		return nil, err
	}
	return &struct{ Body Played }{Played{Deal: b.Deal, Scenario: b.Scenario}}, nil
}

const advanceMax = 400 * 24 * time.Hour

func (s *server) advance(_ context.Context, c caller, in *struct{ Body Advance }) (*struct{ Body ClockTime }, error) {
	if c.By.Office != identity.Member && !c.By.Office.Staff() {
		return nil, fault.New(fault.Forbidden, "house.forbidden", "This is for somebody else to do.")
	}
	if in.Body.Seconds < 1 || in.Body.Seconds > int64(advanceMax/time.Second) {
		return nil, fault.New(fault.Invalid, "request.bad_advance", "Advance by 1 second to 400 days.").At("seconds")
	}
	now := s.cfg.TestClock.Advance(time.Duration(in.Body.Seconds) * time.Second)
	return &struct{ Body ClockTime }{ClockTime{stamp(now)}}, nil
}
