package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/money"
	"fondaco/internal/scms"
	"fondaco/internal/store"
	"fondaco/internal/worker"
)

type replayCommand struct {
	SCMS replaySCMS `cmd:"" name:"scms" help:"Run the USAID delivery history (CSV, also .gz): each row becomes a deal."`
}

type replaySCMS struct {
	File   string `arg:"" help:"The record, in CSV or packed CSV." type:"existingfile"`
	Data   string `help:"Folder of a new house that keeps the deals; by default a temporary one, removed afterwards." type:"path"`
	Doctor bool   `help:"Rebuild and compare everything afterwards." negatable:"" default:"true"`
	JSON   bool   `name:"json" help:"Answer in JSON."`
}

// answer is what a replay says in JSON.
type answer struct {
	scms.Summary
	Checks []assurance.Check `json:"checks,omitempty"`
	OK     bool              `json:"ok"`
}

// Run replays the file and answers what became of its rows.
func (c *replaySCMS) Run(con *console) (err error) {
	rows, refused, err := c.read()
	if err != nil {
		return err
	}
	p := place{Data: c.Data}
	if p.Data == "" {
		if p.Data, err = os.MkdirTemp("", "fondaco-replay-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(p.Data)) }()
	}
	s, err := p.create(con.ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := keepMode(con.ctx, s, true); err != nil {
		return err
	}
	a := answer{OK: true}
	if a.Summary, err = c.play(con, s, rows, refused); err != nil {
		return err
	}
	if c.Doctor {
		if a.Checks, err = examine(con, p, s); err != nil {
			return err
		}
		a.OK = well(a.Checks)
	}
	if err := c.report(con, a); err != nil {
		return err
	}
	if !a.OK {
		return errFound
	}
	return nil
}

func (c *replaySCMS) read() ([]scms.Row, []scms.Refusal, error) {
	f, err := os.Open(c.File)
	if err != nil {
		return nil, nil, fault.New(fault.Unavailable, "cmd.unreadable", "{file} cannot be read.").With("file", c.File).Because(err)
	}
	defer func() { _ = f.Close() }()
	return scms.Read(f)
}

// beforeAnything is earlier than any record, so that the replay can set the clock.
func beforeAnything() time.Time { return time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC) }

// lanes is how many deals lapse side by side, so that they share commits.
const lanes = 64

func (c *replaySCMS) play(con *console, s *store.Store, rows []scms.Row, refused []scms.Refusal) (scms.Summary, error) {
	clock, bank := scms.NewClock(beforeAnything()), scms.NewBank()
	h, err := assurance.Open(con.ctx, assurance.Config{
		Store: s, Archive: s, Clock: clock, Random: rand.Reader, NewID: newID, Log: con.log,
		PayoutRail: bank.Name(), Sandbox: true, AutoPayout: true,
	})
	if err != nil {
		return scms.Summary{}, err
	}
	defer h.Close()
	w := worker.New(worker.Config{House: h, Schedule: s, Rails: []assurance.Rail{bank}, Log: con.log, Sandbox: true, Lanes: lanes})
	show := newProgress(con, "replaying", "deals")
	defer show.end()
	return scms.Replay(con.ctx, scms.Config{
		House: h, Clock: clock, Bank: bank,
		Work: func(ctx context.Context) (int, error) {
			if idle, err := nothingDue(ctx, s, clock.Now()); idle || err != nil {
				return 0, err
			}
			r, err := w.Step(ctx)
			return r.Lapsed + r.Withdrawn + r.Sent, err
		},
		Progress: func(p scms.Progress) {
			show.step(int64(p.Ended), int64(p.Deals), fmt.Sprintf(", %d commands, %s", p.Commands, p.At.Format(time.DateOnly)))
		},
	}, rows, refused)
}

// nothingDue spares a pass of the worker, which writes a heartbeat each time.
func nothingDue(ctx context.Context, s *store.Store, now time.Time) (bool, error) {
	clocks, err := s.DueClocks(ctx, now, 1)
	if err != nil || len(clocks) > 0 {
		return false, err
	}
	messages, err := s.DueMessages(ctx, now, 1)
	return len(messages) == 0, err
}

func (c *replaySCMS) report(con *console, a answer) error {
	if c.JSON {
		doc := json.NewEncoder(con.out)
		doc.SetIndent("", "  ")
		return doc.Encode(a)
	}
	say(con.out, "%d rows: %d deals of %d companies, %d rows that cannot be a deal", a.Rows, a.Deals, a.Companies, len(a.Refused))
	for _, r := range a.Refused {
		say(con.out, "  line %d, row %s: %s (%s)", r.Line, r.ID, r.Reason, r.Code)
	}
	say(con.out, "House time %s to %s", a.From.Format(time.DateOnly), a.To.Format(time.DateOnly))
	say(con.out, "Outcomes: %s", counts(a.Outcomes))
	say(con.out, "Late by the record: %d, of them %s; penalised: %d; accepted by silence: %d", a.Late, counts(a.LateClosed), a.Penalised, a.Silent)
	for _, line := range []struct {
		name string
		sums map[string]int64
	}{
		{"held", a.Held},
		{"paid to sellers", a.Released},
		{"returned to buyers", a.Refunded},
		{"of that, penalties", a.Penalties},
		{"fees", a.Fees},
		{"sent back unasked", a.SentBack},
		{"still held", a.StillHeld},
		{"trial balance", a.Trial},
	} {
		say(con.out, "  %-20s %s", line.name, sums(line.sums))
	}
	say(con.out, "Assumed where the record is silent: DAP for %d rows from a distribution centre, DAP for %d rows of DDU, freight elsewhere for %d rows, price of the lot for %d rows, day of the order for %d rows",
		a.Assumed.RuleFromRDC, a.Assumed.RuleDDU, a.Assumed.FreightElsewhere, a.Assumed.LotPrice, a.Assumed.OrderDay)
	if len(a.Answers) > 0 {
		say(con.out, "Commands that came too late: %s", counts(a.Answers))
	}
	say(con.out, "%d commands and %d by the house itself in %.1f s: %.0f/s; %d entries in the evidence log", a.Commands, a.ByHouse, a.Seconds, a.PerSecond, a.Entries)
	if len(a.Checks) > 0 {
		tell(con, a.Checks)
	}
	return nil
}

// counts lists the largest first.
func counts(m map[string]int) string {
	keys := slices.SortedFunc(maps.Keys(m), func(a, b string) int { return cmp.Or(cmp.Compare(m[b], m[a]), cmp.Compare(a, b)) })
	parts := make([]string, len(keys))
	for i, k := range keys {
		parts[i] = fmt.Sprintf("%s %d", k, m[k])
	}
	return strings.Join(parts, ", ")
}

func sums(m map[string]int64) string {
	var parts []string
	for _, code := range slices.Sorted(maps.Keys(m)) {
		c, err := money.ParseCurrency(code)
		if err != nil {
			parts = append(parts, fmt.Sprintf("%s %d", code, m[code]))
			continue
		}
		parts = append(parts, money.New(m[code], c).String())
	}
	return strings.Join(parts, ", ")
}
