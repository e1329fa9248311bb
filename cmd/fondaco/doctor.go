package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/notary"
	"fondaco/internal/store"
)

type doctorCommand struct {
	place
	JSON    bool   `name:"json" help:"Answer in JSON."`
	VulnDB  string `name:"vulndb" help:"Database of known faults in Go modules: a folder, or a .tar.gz or .zip file." placeholder:"PATH" type:"path"`
	Program bool   `help:"Look at the program only, not at a house."`
}

// Run checks everything and answers one line a check.
func (c *doctorCommand) Run(con *console) error {
	var checks []assurance.Check
	if !c.Program {
		ofHouse, err := c.house(con)
		if err != nil {
			return err
		}
		checks = ofHouse
	}
	program, err := examineProgram(c.VulnDB, time.Now().UTC())
	if err != nil {
		return err
	}
	checks = append(checks, program.Checks...)
	if c.JSON {
		doc := json.NewEncoder(con.out)
		doc.SetIndent("", "  ")
		if err := doc.Encode(map[string]any{"ok": well(checks), "checks": checks, "program": program}); err != nil {
			return err
		}
	} else {
		say(con.out, "fondaco %s (%s, %s), %s", program.Version, program.Go, program.Platform, program.Source)
		tell(con, checks)
	}
	if !well(checks) {
		return errFound
	}
	return nil
}

// house examines the house that the flags name.
func (c *doctorCommand) house(con *console) (checks []assurance.Check, err error) {
	s, err := c.existing(con.ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return examine(con, c.place, s)
}

// examine verifies the log and compares every book and view with it.
func examine(con *console, p place, s *store.Store) ([]assurance.Check, error) {
	verify := verifyCommand{place: p}
	report, err := verify.report(con, s)
	if err != nil {
		return nil, err
	}
	show := newProgress(con, "comparing", "entries")
	defer show.end()
	audit := assurance.Audit{Store: s, Archive: s}
	mode, err := s.Setting(con.ctx, modeSetting)
	if err != nil {
		return nil, err
	}
	if mode != sandboxMode {
		audit.Now = time.Now // a sandbox has a clock of its own
	}
	checks, err := audit.Checks(con.ctx, func(done, total int64) { show.step(done, total, "") })
	if err != nil {
		return nil, err
	}
	signed, err := signatureCheck(con.ctx, s)
	return append(append([]assurance.Check{logCheck(report)}, checks...), signed), err
}

func logCheck(r notary.Report) assurance.Check {
	c := assurance.Check{Name: "the evidence log is as it was recorded", OK: r.OK(), Counted: r.Entries}
	if first, found := r.First(); found {
		c.Detail = first.Sentence
	}
	return c
}

func well(checks []assurance.Check) bool {
	for _, c := range checks {
		if !c.OK {
			return false
		}
	}
	fault.Assert(len(checks) > 0, "cmd.no_checks", "a doctor looks at something")
	return true
}

func tell(con *console, checks []assurance.Check) {
	for _, c := range checks {
		word := "ok  "
		switch {
		case !c.OK:
			word = "BAD "
		case c.Warning:
			word = "look"
		}
		line := fmt.Sprintf("%s  %s (%d)", word, c.Name, c.Counted)
		if c.Detail != "" {
			line += ": " + c.Detail
		}
		say(con.out, "%s", line)
	}
	if well(checks) {
		say(con.out, "All %d checks agree.", len(checks))
	}
}
