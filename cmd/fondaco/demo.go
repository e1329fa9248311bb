package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"

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
	Cases        int              `json:"cases"`   // of names that look like listed ones
	Reviews      int              `json:"reviews"` // of closed deals
	Rated        int              `json:"rated"`   // companies that have a standing
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
	public, err := publicURL("", listener)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	url := public.String()
	publish, lists, err := demoLists(p)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	o, err := openHouse(con.ctx, plan{
		place: p, sandbox: true, caution: caution{Lists: lists}, origin: "demo.localhost/log", name: "Fondaco (demo)", publicURL: url, signIns: 1000, log: con.log,
	})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer func() { err = errors.Join(err, o.close()) }()
	return c.play(con, o, listener, demo.Config{URL: url, Publish: publish})
}

// demoLists puts the demo's list into the house's folder, and answers how it is
// published anew. The house does not write there.
func demoLists(p place) (publish func(string) error, folder string, err error) {
	folder = filepath.Join(p.Data, "lists")
	publish = func(list string) error {
		err := os.WriteFile(filepath.Join(folder, demo.ListName), []byte(list), 0o600)
		if err != nil {
			err = fault.New(fault.Unavailable, "cmd.no_folder", "The folder {folder} cannot be made.").With("folder", folder).Because(err)
		}
		return err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, "", fault.New(fault.Unavailable, "cmd.no_folder", "The folder {folder} cannot be made.").With("folder", folder).Because(err)
	}
	return publish, folder, publish(demo.List())
}

// play serves and plays at the same time; when one ends badly, so does the other.
func (c *demoCommand) play(con *console, o *open, l net.Listener, scene demo.Config) error {
	ctx, stop := context.WithCancel(con.ctx)
	defer stop()
	staff, err := o.staff(ctx)
	if err == nil {
		_, err = o.house.ReadLists(ctx, false) // a company that signs up is checked at once
	}
	if err != nil {
		return errors.Join(err, l.Close())
	}
	p := &phones{clock: o.clock, seeds: map[string]string{}}
	people := p.signIns(staff)
	served := make(chan error, 1)
	go func() { served <- serve(ctx, l, o.handler(people), con.log) }()
	out := con.out
	if c.JSON {
		out = io.Discard
	}
	scene.Out, scene.Staff, scene.Enrolled = out, staff, p.enrolled
	made, err := demo.Run(ctx, scene)
	if err != nil || c.Exit {
		if err == nil {
			err = c.end(con, o, made)
		}
		stop()
		return errors.Join(err, <-served)
	}
	say(out, "\nThe house is open at %s\nThe deal that was followed: %s/deals/%s\n\nSign in as:", scene.URL, scene.URL, made.Story)
	for _, s := range people {
		say(out, "  %-34s %s   %s, %s", s.Email, s.Password, s.Name, s.Role)
	}
	say(out, "\nEverybody has an authenticator app. The sandbox plays the phones: its sign-in page shows the codes.")
	if c.Data != "" {
		say(out, "To add an account to an app of your own, or for the next start, type its seed:")
		for _, s := range people {
			say(out, "  %-34s %s", s.Email, p.seed(s.Email))
		}
	}
	say(out, "\nPress Ctrl-C to close the house.")
	return <-served
}

// phones shows what the authenticator apps of the demo's people show.
type phones struct {
	clock *testClock

	mu    sync.Mutex
	seeds map[string]string // by address
}

func (p *phones) enrolled(email, seed string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seeds[email] = seed
}

func (p *phones) seed(email string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seeds[email]
}

// signIns are what the sign-in page shows: the companies come from the demo's own
// list, because they sign up while the house is open already.
func (p *phones) signIns(staff demo.Staff) []web.SignIn {
	var out []web.SignIn
	for _, s := range append(demo.SignIns(), staff.Administrator, staff.Mediator, staff.Compliance, staff.Second, staff.Treasury, staff.Auditor) {
		out = append(out, web.SignIn{
			Email: s.Email, Password: s.Password, Name: s.Name, Role: s.Role,
			Code: func() string { return demo.Code(p.seed(s.Email), p.clock.Now()) },
		})
	}
	return out
}

// staff makes the people of the house. A house that is shown a second time has them.
func (o *open) staff(ctx context.Context) (demo.Staff, error) {
	var staff demo.Staff
	for _, s := range []struct {
		office      identity.Office
		email, name string
		into        *demo.SignIn
	}{
		{identity.Administrator, "administrator@fondaco.example", "Livia Contarini", &staff.Administrator},
		{identity.Mediator, "mediator@fondaco.example", "Marco Zen", &staff.Mediator},
		{identity.Compliance, "compliance@fondaco.example", "Zhou Min", &staff.Compliance},
		{identity.Compliance, "compliance2@fondaco.example", "Elena Dandolo", &staff.Second},
		{identity.Treasury, "treasury@fondaco.example", "Sofia Badoer", &staff.Treasury},
		{identity.Auditor, "auditor@fondaco.example", "Piero Loredan", &staff.Auditor},
		{identity.Carrier, "carrier@fondaco.example", "Carriers (simulated)", &staff.Carrier},
	} {
		p, err := o.house.AddStaff(ctx, identity.HouseClock(), s.office, assurance.SignUp{Email: s.email, Name: s.name, Password: demo.Password})
		if fault.CodeOf(err) == "people.email_taken" {
			err = fault.New(fault.Refused, "cmd.demo_done", "This folder holds a demo already. Open it with: fondaco serve --sandbox --data {folder}").With("folder", o.place.Data)
		}
		if err != nil {
			return staff, err
		}
		*s.into = demo.SignIn{Email: s.email, Password: demo.Password, Name: s.name, Role: "house: " + string(s.office)}
		if s.office == identity.Administrator {
			if err := o.store.SetSetting(ctx, administratorSetting, string(p.ID)); err != nil {
				return staff, err
			}
		}
	}
	return staff, nil
}

// end examines the house and answers what there is. It fails if anything is wrong.
func (c *demoCommand) end(con *console, o *open, made demo.Result) error {
	o.keepCheckpoint(con.ctx)
	checks, err := examine(con, o.place, o.store)
	if err != nil {
		return err
	}
	answer := outcome{
		Deals: made.Deals, Closed: made.Closed, LogVerified: checks[0].OK, Cases: made.Cases, Reviews: made.Reviews, Rated: made.Rated,
	}
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
