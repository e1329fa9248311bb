package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"fondaco/internal/fault"
	"fondaco/internal/notary"
	"fondaco/internal/store"
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
		describe(con, report)
	}
	if !report.OK() {
		return errFound
	}
	return nil
}

func describe(con *console, r notary.Report) {
	if r.OK() {
		say(con.out, "The log is as it was recorded: %d entries, %d payloads, %d checkpoints, root %s", r.Entries, r.Payloads, r.Checkpoints, r.Root)
		return
	}
	for i, f := range r.Findings {
		if i == 0 {
			say(con.out, "The first difference: %s (%s, stream %q)", f.Sentence, f.Kind, f.Stream)
			continue
		}
		say(con.out, "%s (%s, stream %q)", f.Sentence, f.Kind, f.Stream)
	}
	if r.More > 0 {
		say(con.out, "and %d more", r.More)
	}
}

func (c *verifyCommand) report(con *console, s *store.Store) (notary.Report, error) {
	vkey, err := c.vkey(con, s)
	if err != nil {
		return notary.Report{}, err
	}
	stated, err := signed(con.ctx, s, vkey)
	if err != nil {
		return notary.Report{}, err
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

// vkey is the key that checkpoints are checked with: the one that was given, or
// the house's own. A house that has never been served has none, and no checkpoints.
func (c *verifyCommand) vkey(con *console, s *store.Store) (string, error) {
	if c.Key != "" {
		return c.Key, nil
	}
	name, err := s.Setting(con.ctx, originSetting)
	if err != nil || name == "" {
		return "", err
	}
	if _, err := os.Stat(filepath.Join(c.Data, "notary.key")); err != nil {
		// Looking must not make a key, which would disown what the lost one has signed.
		return "", fault.New(fault.NotFound, "cmd.no_key", "The key of this log is not in {folder}. Name the verifier key with --key.").With("folder", c.Data)
	}
	_, vkey, err := notary.LoadOrCreateKey(c.Data, name)
	return vkey, err
}
