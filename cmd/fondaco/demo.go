package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"

	"fondaco/internal/assurance"
	"fondaco/internal/demo"
	"fondaco/internal/fault"
	"fondaco/internal/trade/identity"
	"fondaco/internal/web"
)

type demoCommand struct {
	Data     string `help:"Folder to keep the house in; by default a temporary one, removed at the end." type:"path"`
	Database string `help:"Empty PostgreSQL database to keep the deals in, as postgres://user@host/name; by default a file in the folder." placeholder:"URL"`
	Listen   string `help:"Address and port to listen on; port 0 for any free one." default:"127.0.0.1:0" env:"FONDACO_LISTEN"`
	Exit     bool   `help:"End when the deals are made instead of keeping the house open."`
	JSON     bool   `name:"json" help:"Answer in JSON, with nothing else on standard output. With --exit."`
}

// outcome is what demo --exit --json says.
type outcome struct {
	Deals        int              `json:"deals"`
	Closed       int              `json:"closed"`
	Entries      int64            `json:"entries"`
	TrialBalance map[string]int64 `json:"trial_balance"`
	LogVerified  bool             `json:"log_verified"`
}

// Run opens a sandbox, plays the demo over HTTP, and keeps serving.
func (c *demoCommand) Run(con *console) (err error) {
	p := place{Data: c.Data, Database: c.Database}
	if p.Data == "" {
		if p.Data, err = os.MkdirTemp("", "fondaco-demo-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(p.Data)) }()
	}
	listener, err := listen(con.ctx, c.Listen)
	if err != nil {
		return err
	}
	url := "http://" + listener.Addr().String()
	o, err := openHouse(con.ctx, plan{
		place: p, sandbox: true, origin: "demo.localhost/log", name: "Fondaco (demo)", publicURL: url, signIns: 1000, log: con.log,
	})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer func() { err = errors.Join(err, o.close()) }()
	return c.play(con, o, listener, url)
}

// play serves and plays at the same time; when one ends badly, so does the other.
func (c *demoCommand) play(con *console, o *open, l net.Listener, url string) error {
	ctx, stop := context.WithCancel(con.ctx)
	defer stop()
	staff, people, err := o.staff(ctx)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	served := make(chan error, 1)
	go func() { served <- serve(ctx, l, o.handler(demoSignIns(people)), con.log) }()
	out := con.out
	if c.JSON {
		out = io.Discard
	}
	made, err := demo.Run(ctx, demo.Config{URL: url, Out: out, Staff: staff})
	if err != nil || c.Exit {
		if err == nil {
			err = c.end(con, o, made)
		}
		stop()
		return errors.Join(err, <-served)
	}
	say(out, "\nThe house is open at %s\nThe deal that was followed: %s/deals/%s\n\nSign in as:", url, url, made.Story)
	for _, s := range demoSignIns(people) {
		say(out, "  %-34s %s   %s, %s", s.Email, s.Password, s.Name, s.Role)
	}
	say(out, "\nPress Ctrl-C to close the house.")
	return <-served
}

// demoSignIns are what the sign-in page shows: the companies come from the demo's
// own list, because they sign up while the house is open already.
func demoSignIns(people []web.SignIn) []web.SignIn {
	var out []web.SignIn
	for _, s := range demo.SignIns() {
		out = append(out, web.SignIn(s))
	}
	return append(out, people...)
}

// staff makes the people of the house. A house that is shown a second time has them.
func (o *open) staff(ctx context.Context) (demo.Staff, []web.SignIn, error) {
	var staff demo.Staff
	var people []web.SignIn
	for _, s := range []struct {
		office      identity.Office
		email, name string
		into        *demo.SignIn
		shown       bool
	}{
		{identity.Administrator, "administrator@fondaco.example", "Livia Contarini", &staff.Administrator, true},
		{identity.Mediator, "mediator@fondaco.example", "Marco Zen", &staff.Mediator, true},
		{identity.Compliance, "compliance@fondaco.example", "Zhou Min", &staff.Compliance, true},
		{identity.Treasury, "treasury@fondaco.example", "Sofia Badoer", nil, true},
		{identity.Auditor, "auditor@fondaco.example", "Piero Loredan", nil, true},
		{identity.Carrier, "carrier@fondaco.example", "Carriers (simulated)", &staff.Carrier, false},
	} {
		p, err := o.house.AddStaff(ctx, identity.HouseClock(), s.office, assurance.SignUp{Email: s.email, Name: s.name, Password: demo.Password})
		if fault.CodeOf(err) == "people.email_taken" {
			err = fault.New(fault.Refused, "cmd.demo_done", "This folder holds a demo already. Open it with: fondaco serve --sandbox --data {folder}").With("folder", o.place.Data)
		}
		if err != nil {
			return staff, nil, err
		}
		in := demo.SignIn{Email: s.email, Password: demo.Password, Name: s.name, Role: "house: " + string(s.office)}
		if s.into != nil {
			*s.into = in
		}
		if s.shown {
			people = append(people, web.SignIn(in))
		}
		if s.office == identity.Administrator {
			if err := o.store.SetSetting(ctx, administratorSetting, string(p.ID)); err != nil {
				return staff, nil, err
			}
		}
	}
	return staff, people, nil
}

// end examines the house and answers what there is. It fails if anything is wrong.
func (c *demoCommand) end(con *console, o *open, made demo.Result) error {
	o.keepCheckpoint(con.ctx)
	checks, err := examine(con, o.place, o.store)
	if err != nil {
		return err
	}
	answer := outcome{Deals: made.Deals, Closed: made.Closed, LogVerified: checks[0].OK}
	if answer.TrialBalance, err = o.house.TrialBalance(con.ctx); err != nil {
		return err
	}
	if answer.Entries, err = o.house.LogSize(con.ctx); err != nil {
		return err
	}
	if c.JSON {
		err = json.NewEncoder(con.out).Encode(answer)
	} else {
		say(con.out, "\n%d deals, %d of them closed, %d entries in the evidence log", answer.Deals, answer.Closed, answer.Entries)
		tell(con, checks)
	}
	if err == nil && (!well(checks) || answer.Deals == 0) {
		return errFound
	}
	return err
}
