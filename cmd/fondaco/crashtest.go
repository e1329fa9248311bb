package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"fondaco/internal/crash"
	"fondaco/internal/fault"
)

// crashtestCommand breaks houses of its own, in temporary folders.
type crashtestCommand struct {
	All   crashAll   `cmd:"" default:"withargs" help:"Every part below (the default)."`
	Kill  crashKill  `cmd:"" help:"Kill the house, and on PostgreSQL the server too, at random moments under load."`
	Power crashPower `cmd:"" help:"Cut the power of the disk under load. Needs root."`
	Full  crashFull  `cmd:"" help:"Fill the disk under load, then give room back. Needs root."`
	Sick  crashSick  `cmd:"" help:"Let forcing the disk fail under load. Needs strace."`
	Child crashChild `cmd:"" hidden:"" help:"The house that is broken."`
}

type crashFlags struct {
	Database string  `help:"What the house stands on: sqlite or postgres (a server of the test's own)." enum:"sqlite,postgres" default:"sqlite"`
	Rounds   int     `help:"Rounds of each part; 0 for 50 kills, 5 cuts, 3 full disks and 4 sick ones." default:"0"`
	Seconds  float64 `help:"The longest load of a round." default:"1"`
	Workers  int     `help:"Goroutines that give commands." default:"32"`
	JSON     bool    `name:"json" help:"Answer in JSON."`
}

type (
	crashAll   struct{ crashFlags }
	crashKill  struct{ crashFlags }
	crashPower struct{ crashFlags }
	crashFull  struct{ crashFlags }
	crashSick  struct{ crashFlags }
)

// Run does every part.
func (c *crashAll) Run(con *console) error { return c.parts(con, crash.Parts()...) }

// Run kills.
func (c *crashKill) Run(con *console) error { return c.parts(con, crash.Kill) }

// Run cuts the power.
func (c *crashPower) Run(con *console) error { return c.parts(con, crash.Power) }

// Run fills the disk.
func (c *crashFull) Run(con *console) error { return c.parts(con, crash.Full) }

// Run makes the disk sick.
func (c *crashSick) Run(con *console) error { return c.parts(con, crash.Sick) }

type crashChild struct {
	Spec string `arg:"" help:"What to do, as its parent says it."`
}

// Run is the house that is broken.
func (c *crashChild) Run(con *console) error {
	return crash.Child(con.ctx, c.Spec, os.Stdin, con.out, con.log)
}

// parts does some parts one after the other, and answers with errFound if one
// has found something. A part that this machine cannot do is no failure.
func (c *crashFlags) parts(con *console, parts ...string) error {
	if c.Rounds < 0 || c.Seconds <= 0 || c.Workers < 1 {
		return fault.New(fault.Invalid, "cmd.bad_crashtest", "Rounds, seconds and workers are counted from one.")
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	show := newProgress(con, "breaking", "rounds")
	var reports []crash.Report
	for _, part := range parts {
		r, e := crash.Run(con.ctx, part, crash.Config{
			Child: []string{self, "--log-level", "warn", "crashtest", "child"}, Database: c.Database, Rounds: c.Rounds,
			Load: time.Duration(c.Seconds * float64(time.Second)), Workers: c.Workers, Log: con.log,
			Progress: func(part string, done, rounds int) { show.step(int64(done), int64(rounds), ", "+part) },
		})
		reports = append(reports, r)
		if e != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", part, e))
		}
		if con.ctx.Err() != nil {
			break
		}
	}
	show.end()
	if told := c.report(con, reports); err == nil {
		return told // a part that could not be carried out says more than what was found
	}
	return err
}

func (c *crashFlags) report(con *console, reports []crash.Report) error {
	ok := true
	for _, r := range reports {
		ok = ok && r.OK()
	}
	if c.JSON {
		doc := json.NewEncoder(con.out)
		doc.SetIndent("", "  ")
		if err := doc.Encode(map[string]any{"ok": ok, "database": c.Database, "parts": reports}); err != nil {
			return err
		}
	} else {
		tellCrashes(con, reports)
	}
	if !ok {
		return errFound
	}
	return nil
}

func tellCrashes(con *console, reports []crash.Report) {
	table := tabwriter.NewWriter(con.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	say(table, "part\tdatabase\trounds\tacked\tstored\tlost\tdoubled\tchanged\tin doubt\tof them stored\tseconds\t")
	for _, r := range reports {
		if r.Skipped == "" {
			say(table, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%.1f\t", r.Part, r.Database, r.Rounds, r.Acked, r.Stored, r.Lost, r.Doubled,
				r.Differing, r.Doubtful, r.DoubtKept, r.Seconds)
		}
	}
	_ = table.Flush() // nobody is left to hear of it if that fails
	for _, r := range reports {
		if r.Skipped != "" {
			say(con.out, "%s: skipped: %s", r.Part, r.Skipped)
			continue
		}
		for _, n := range r.Notes {
			say(con.out, "%s: %s", r.Part, n)
		}
		if len(r.Refused) > 0 {
			say(con.out, "%s: answers without a receipt: %s", r.Part, refusals(r.Refused))
			for _, code := range slices.Sorted(maps.Keys(r.Said)) {
				say(con.out, "%s:   such as %s", r.Part, r.Said[code])
			}
		}
		if r.Late > 0 {
			say(con.out, "%s: %d receipts came while the power was going; they are in doubt, and count for nothing", r.Part, r.Late)
		}
		if t := r.Teeth; t != nil && t.Lost > 0 {
			say(con.out, "teeth: synchronous off lost %d of %d acknowledged, as it must", t.Lost, t.Acked)
		}
		for _, f := range r.Faults {
			say(con.out, "%s: BAD: %s", r.Part, f)
		}
	}
}

func refusals(m map[string]int) string {
	var out []string
	for _, code := range slices.Sorted(maps.Keys(m)) {
		out = append(out, fmt.Sprintf("%s %d", code, m[code]))
	}
	return strings.Join(out, ", ")
}
