package main

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"fondaco/internal/assurance"
	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
)

type adminCommand struct {
	Recover adminRecover `cmd:"" help:"Let an administrator in where fewer than two others are left who could: announced to everybody of the house, and done a day later."`
	Resume  adminResume  `cmd:"" help:"Let a house write again that has stopped itself. Nobody can sign in to a house that does not write, so this is done at its machine."`
}

type adminResume struct {
	place
}

// Run lifts the halt under the name of the machine, and puts it into the evidence
// log. A house that is being served must be started again afterwards.
func (c *adminResume) Run(con *console) (err error) {
	o := &open{plan: plan{place: c.place, log: con.log}}
	if o.store, err = c.existing(con.ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.store.Close()) }()
	if err := o.quiet(con.ctx); err != nil {
		return err
	}
	defer o.house.Close()
	why := o.house.Halted()
	if why == "" {
		say(con.out, "The house writes. Nothing was changed.")
		return nil
	}
	if err := o.house.Resume(con.ctx, identity.Actor{Office: identity.Administrator, Person: "machine"}); err != nil {
		return err
	}
	say(con.out, "The house had stopped because of: %s\nIt may write again; this is in its evidence log. Start its server again if one runs.", why)
	return nil
}

type adminRecover struct {
	place
	Email  string `help:"Address of the administrator who has lost password or factors, or of somebody new. Announces, and shows a ticket." xor:"step" required:""`
	Ticket string `help:"The ticket, a day later. Shows a new password." xor:"step" required:""`
}

// Run announces with --email, and does what was announced with --ticket. Both are
// in the evidence log.
func (c *adminRecover) Run(con *console) (err error) {
	o := &open{plan: plan{place: c.place, log: con.log}}
	if o.store, err = c.existing(con.ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.store.Close()) }()
	if err := o.quiet(con.ctx); err != nil {
		return err
	}
	defer o.house.Close()
	call := assurance.Call{By: identity.HouseClock()}
	if c.Email != "" {
		ticket, from, err := o.house.AskRecovery(con.ctx, call, c.Email)
		if err != nil {
			return err
		}
		say(con.out, "Announced to everybody of the house, by mail and in its evidence log.\nFrom %s on, and for a week: fondaco admin recover --data %s --ticket=%s",
			from.Format(time.RFC3339), c.Data, ticket)
		return nil
	}
	word, err := passphrase(rand.Reader)
	if err != nil {
		return err
	}
	p, err := o.house.Recover(con.ctx, call, c.Ticket, word)
	if err != nil {
		return err
	}
	say(con.out, "The administrator signs in as %s with the password %s\nIt is shown this once. The first sign-in asks for another, and for a second factor.", p.Email, word)
	return nil
}

// quiet opens a house beside its server: nothing is carried out, nobody is served.
func (o *open) quiet(ctx context.Context) error {
	mode, err := o.store.Setting(ctx, modeSetting)
	if err != nil {
		return err
	}
	if mode == "" {
		return fault.New(fault.Refused, "cmd.no_mode", "This house has never been open. Serve it first.")
	}
	o.sandbox, o.leader = mode == "sandbox", o.store.Leader()
	defer func() {
		o.leader.Close()
		o.leader = nil
	}()
	if err := o.openVault(ctx); err != nil {
		return err
	}
	security := assurance.DefaultSecurity()
	cfg := assurance.Config{
		Store: o.store, Archive: o.store, Clock: assurance.SystemClock{}, Random: rand.Reader, NewID: newID, Log: o.log,
		PayoutRail: noRail, Sandbox: o.sandbox, Security: &security, Sealer: o.vault,
	}
	if o.sandbox {
		if o.clock, err = openTestClock(ctx, o.store, o.log); err != nil {
			return err
		}
		cfg.Clock = o.clock
	}
	o.house, err = assurance.Open(ctx, cfg)
	return err
}
