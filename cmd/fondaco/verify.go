package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"fondaco/internal/fault"
	"fondaco/internal/notary"
	"fondaco/internal/store"
	"fondaco/internal/trade/evidence"
)

type verifyCommand struct {
	place
	Checkpoint []string `help:"File with a checkpoint that you kept from earlier; may be given several times." type:"existingfile"`
	Key        string   `help:"Verifier key of the log, as you learnt it. By default the house's own."`
	JSON       bool     `name:"json" help:"Answer in JSON."`
}

// Run walks the log and names the first difference.
func (c *verifyCommand) Run(con *console) (err error) {
	s, err := c.existing(con.ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	report, err := c.report(con, s)
	if err != nil {
		return err
	}
	if c.JSON {
		doc := json.NewEncoder(con.out)
		doc.SetIndent("", "  ")
		if err := doc.Encode(report); err != nil {
			return err
		}
	} else {
		say(con, report)
	}
	if !report.OK() {
		return errFound
	}
	return nil
}

func say(con *console, r notary.Report) {
	if r.OK() {
		fmt.Fprintf(con.out, "The log is as it was recorded: %d entries, %d payloads, %d checkpoints, root %s\n", r.Entries, r.Payloads, r.Checkpoints, r.Root)
		return
	}
	for i, f := range r.Findings {
		if i == 0 {
			fmt.Fprintf(con.out, "The first difference: %s (%s, stream %q)\n", f.Sentence, f.Kind, f.Stream)
			continue
		}
		fmt.Fprintf(con.out, "%s (%s, stream %q)\n", f.Sentence, f.Kind, f.Stream)
	}
	if r.More > 0 {
		fmt.Fprintf(con.out, "and %d more\n", r.More)
	}
}

func (c *verifyCommand) report(con *console, s *store.Store) (notary.Report, error) {
	vkey, err := c.vkey(con, s)
	if err != nil {
		return notary.Report{}, err
	}
	var stated []evidence.Checkpoint
	if vkey != "" {
		if stated, err = signed(con.ctx, s, vkey); err != nil {
			return notary.Report{}, err
		}
	}
	for _, file := range c.Checkpoint {
		note, err := os.ReadFile(file)
		if err != nil {
			return notary.Report{}, fault.New(fault.Unavailable, "cmd.unreadable", "{file} cannot be read.").With("file", file).Because(err)
		}
		one, err := notary.Open(note, vkey)
		if err != nil {
			return notary.Report{}, err
		}
		stated = append(stated, one)
	}
	show := newProgress(con, "verifying", "entries")
	defer show.end()
	return notary.Verify(con.ctx, archive{s}, notary.Options{Checkpoints: stated}, func(done, total int64) { show.step(done, total, "") })
}

// vkey is the key that checkpoints are checked with. A house that has never been
// served has none, and no checkpoints.
func (c *verifyCommand) vkey(con *console, s *store.Store) (string, error) {
	if c.Key != "" {
		return c.Key, nil
	}
	name, err := s.Setting(con.ctx, originSetting)
	if err != nil || name == "" {
		return "", err
	}
	_, vkey, err := notary.LoadOrCreateKey(c.Data, name)
	return vkey, err
}
