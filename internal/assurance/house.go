package assurance

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/trade/compliance"
	"fondaco/internal/trade/deal"
	"fondaco/internal/trade/evidence"
	"fondaco/internal/trade/identity"
	"fondaco/internal/trade/password"
	"fondaco/internal/trade/reputation"
	"fondaco/internal/trade/signin"
)

// Store is every port that a database serves.
type Store interface {
	Journal
	Views
	Holdings
	ClosedDeals
	Schedule
	People
	Doors
	Diary
	Checks
	Standings
}

// Config wires a House. Every field is needed but Log and Rules.
type Config struct {
	Store       Store
	Archive     Archive
	Clock       Clock
	Monotonic   func() time.Duration // a clock that nobody can set; nil for the machine's, if Clock is the machine's
	Random      io.Reader            // salts and secrets; crypto/rand.Reader but in simulations
	NewID       func() string        // unique for ever, and sorting by time: UUID version 7
	Log         *slog.Logger
	Rules       *deal.Rules               // for new deals; nil for deal.DefaultRules
	PayoutRail  string                    // where payouts go, such as "sandbox"
	Sandbox     bool                      // a simulation: the test clock and simulated deposits are allowed
	AutoPayout  bool                      // what a deal credits to a party is paid out at once
	BatchMax    int                       // commands of one commit at most; 0 for the house's own bound
	AgendaLeast int                       // open deals from which on what a company holds and owes is kept in memory; 0 for the house's own bound
	Security    *Security                 // nil for a house without people of its own, such as a simulation: nothing is asked of its callers
	Passkeys    Passkeys                  // nil: no passkeys
	Places      Places                    // nil: nobody knows where an address is
	SSO         SSO                       // nil: companies cannot sign in by a provider of their own
	Sealer      Sealer                    // nil: nothing that must be read back can be kept, such as the secrets of TOTP
	Blocklist   *password.Blocklist       // the operator's own, beside the one that is built in; nil for none
	Attacks     func(address string) bool // whether an address is known for attacks; nil for none
	Watchlists  Watchlists                // nil: nobody is checked against lists
	Checks      *compliance.Rules         // from what probability on; nil for DefaultChecks
	Limits      *reputation.Limits        // what parties may agree to by their standing; nil for no limits
	Signer      Signer                    // nil: nothing is signed in the house's name but checkpoints
}

// Security is how much proof the house asks of people.
type Security struct {
	Risk        signin.Rules
	SentCode    bool          // whoever has no second factor is sent a code by mail at each sign-in
	RefundFree  int64         // a seller gives back less than this, in minor units, without an approval
	PayoutHold  time.Duration // how long a new payout account waits; at least 72 hours
	InviteLife  time.Duration
	SessionLife time.Duration // of a browser
	SessionIdle time.Duration // of a browser that asks for nothing
}

// DefaultSecurity is what a house asks if nobody has chosen otherwise.
func DefaultSecurity() Security {
	return Security{
		Risk: signin.DefaultRules(), RefundFree: 100_00, PayoutHold: 72 * time.Hour,
		InviteLife: 7 * 24 * time.Hour, SessionLife: 12 * time.Hour, SessionIdle: time.Hour,
	}
}

// House is the use cases of trade assurance.
type House struct {
	cfg       Config
	rules     deal.Rules
	committer *committer
	roster    roster
	watch     watch
	standings standings
	untold    atomic.Pointer[untold]
	agendas   *agendas
	hashing   chan struct{} // bounds password hashing, so that sign-ins cannot starve money
}

// Call is who calls, and the idempotency key of the call. Without a key a
// repeated call is another command.
type Call struct {
	By       identity.Actor
	Key      string
	Approval string   // the id of the approval under which it is made; empty for none
	Mandate  *Mandate // what the API key that is used may do; nil for a person who is there
}

// Receipt is the answer to every write.
type Receipt struct {
	ID       string    `json:"id"`      // of the deal, party, deposit or payout
	Version  int64     `json:"version"` // of its stream, after the command
	State    string    `json:"state"`   // phase or stage, after the command
	First    int64     `json:"first"`   // the first and last place of its facts in the evidence log
	Last     int64     `json:"last"`
	At       time.Time `json:"at"`
	Replayed bool      `json:"-"` // this is the answer to an earlier call with the same key
}

// haltSetting keeps a halt over restarts.
const haltSetting = "halt"

// hashingMax is how many passwords are hashed at one time; each takes 64 MiB.
const hashingMax = 2

// Open starts the house on a store. It fails if the log's end cannot be read.
func Open(ctx context.Context, cfg Config) (*House, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	h := &House{cfg: cfg, rules: deal.DefaultRules(), hashing: make(chan struct{}, hashingMax), agendas: newAgendas(cfg.AgendaLeast)}
	if cfg.Rules != nil {
		h.rules = *cfg.Rules
	}
	var err error
	if h.committer, err = newCommitter(ctx, h, h.persistHalt); err != nil {
		return nil, err
	}
	why, err := cfg.Store.Setting(ctx, haltSetting)
	if err != nil {
		return nil, err
	}
	if why != "" {
		h.committer.halt.Store(&why)
	}
	if err := h.HearOutage(ctx); err != nil {
		if fault.CodeOf(err) != "house.bad_outage" {
			return nil, err
		}
		cfg.Log.ErrorContext(ctx, "no deadline lapses", slog.Any("error", err)) // but the house serves
	}
	return h, nil
}

// Close answers what waits and stops writing.
func (h *House) Close() { h.committer.close() }

// Waiting is how many commands wait for a commit to take them.
func (h *House) Waiting() int { return int(h.committer.waiting.Load()) }

// Now is the house's time.
func (h *House) Now() time.Time { return h.cfg.Clock.Now().UTC() }

// Sandbox reports whether money and time are simulated.
func (h *House) Sandbox() bool { return h.cfg.Sandbox }

// Rules are the clocks and the fee that new deals get.
func (h *House) Rules() deal.Rules { return h.rules }

// Halted reports why the house has stopped writing, or "".
func (h *House) Halted() string {
	if why := h.committer.halt.Load(); why != nil {
		return *why
	}
	return ""
}

// Resume lets the house write again after a person has looked into the fault.
func (h *House) Resume(ctx context.Context, by identity.Actor) error {
	if by.Office != identity.Administrator {
		return forbidden()
	}
	h.cfg.Log.WarnContext(ctx, "writing resumed", slog.String("actor", by.String()), slog.String("halt", h.Halted()))
	if err := h.cfg.Store.SetSetting(ctx, haltSetting, ""); err != nil {
		return err
	}
	why := h.Halted()
	h.committer.halt.Store(nil)
	if why == "" {
		return nil
	}
	return h.enterIntervention(ctx, by, Intervened{Act: "resume", Cause: why})
}

// Intervened is an act of the house's staff on the house itself: it resumed
// writing after a halt, or trusted its clock again.
type Intervened struct {
	Act   string `json:"act"`   // "resume" or "clear_clock_alarm"
	Cause string `json:"cause"` // what the halt or the alarm said
}

// Kind is the name of the event in the evidence log.
func (Intervened) Kind() string { return "house_intervened" }

// enterIntervention puts the act into the evidence log under the actor's name.
func (h *House) enterIntervention(ctx context.Context, by identity.Actor, e Intervened) error {
	stream := "house:" + h.cfg.NewID()
	e.Cause = strings.ToValidUTF8(e.Cause, "?")
	_, err := h.do(ctx, ask{call: Call{By: by}, command: e.Act, input: e, run: func(u *unit) (*Receipt, error) {
		return &Receipt{ID: stream, Version: 1, State: e.Act}, u.record(stream, 0, e)
	}})
	return err
}

func (h *House) persistHalt(why string) {
	// The committer's transaction is not open here; if this write fails too, the
	// halt still stands in memory, and a restart verifies the log before it serves.
	ctx := context.Background()
	if err := h.cfg.Store.SetSetting(ctx, haltSetting, why); err != nil {
		h.cfg.Log.ErrorContext(ctx, "halt not kept", slog.Any("error", err))
	}
}

// ask is a command on its way to the committer.
type ask struct {
	call      Call
	command   string
	stream    string
	input     any // whatever makes two calls with one key the same call
	run       func(*unit) (*Receipt, error)
	caller    string    // whose keys these are; empty for the actor's
	announced *Tracking // the tracking number that the command is about
	byKey     bool      // an API key may give it, as far as its mandate goes; no other command is for a program alone
}

const keyMax = 200

func (h *House) do(ctx context.Context, a ask) (Receipt, error) {
	if len(a.call.Key) > keyMax {
		return Receipt{}, fault.New(fault.Invalid, "house.long_key", "An idempotency key has at most 200 characters.")
	}
	if a.call.Mandate != nil && !a.byKey {
		return Receipt{}, overMandate(a.command)
	}
	doc, err := json.Marshal([]any{a.command, a.stream, a.input})
	if err != nil {
		return Receipt{}, fault.New(fault.Invalid, "house.bad_input", "This request cannot be read.").Because(err)
	}
	w := &work{call: a.call, caller: a.caller, command: a.command, stream: a.stream, input: evidence.HashOf(doc), announced: a.announced, run: a.run}
	if w.caller == "" {
		w.caller = a.call.By.String()
	}
	r, err := h.committer.submit(ctx, w)
	h.voided(ctx, a.call, err)
	return r, err
}

func forbidden() error {
	return fault.New(fault.Forbidden, "house.forbidden", "This is for somebody else to do.")
}
