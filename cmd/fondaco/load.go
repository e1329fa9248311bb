package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"fondaco/internal/fault"
	"fondaco/internal/load"
)

type loadCommand struct {
	Run   loadRun   `cmd:"" default:"withargs" help:"Let many programs drive whole deals, and write every acknowledgement down."`
	Check loadCheck `cmd:"" help:"Ask a house whether it remembers every acknowledgement exactly once."`
	Gaps  loadGaps  `cmd:"" help:"Say how long nothing was acknowledged between two instants."`
}

type loadRun struct {
	URL     []string `help:"Addresses of one sandbox house." required:""`
	Acks    string   `help:"File to write acknowledgements to; it must not exist yet." required:"" type:"path"`
	Clients int      `help:"Programs at once." default:"16"`
	Seconds int      `help:"How long to begin new commands." default:"30"`
	GiveUp  int      `help:"Seconds after which a command without an answer is unknown." default:"90"`
	JSON    bool     `name:"json" help:"Answer in JSON."`
}

// Run drives the load. Being told to stop ends it early, and is no failure.
func (c *loadRun) Run(con *console) error {
	acks, err := os.OpenFile(c.Acks, os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fault.New(fault.Unavailable, "cmd.unwritable", "{file} cannot be made.").With("file", c.Acks).Because(err)
	}
	r, err := load.Run(con.ctx, load.Config{
		URLs: c.URL, Clients: c.Clients, For: time.Duration(c.Seconds) * time.Second, Acks: acks, GiveUp: time.Duration(c.GiveUp) * time.Second,
		Started: func() { say(con.err, "%d programs have signed in", c.Clients) },
	})
	if err = errors.Join(err, acks.Close()); err != nil {
		return err
	}
	if c.JSON {
		return indented(con, r)
	}
	say(con.out, "%d commands acknowledged in %.1f s, %.0f a second; p50 %.1f ms, p99 %.1f ms", r.Acknowledged, r.Seconds, r.CommandsPerSecond, r.P50, r.P99)
	say(con.out, "%d deals begun, %d driven to their end, %d left; %d retries, %d transfers sent again, %d commands unknown", r.Deals, r.Closed, r.Left, r.Retries, r.Resent, r.Unknown)
	say(con.out, "The longest time without an acknowledgement was %.1f s", r.LongestGap/1000)
	for _, code := range slices.Sorted(maps.Keys(r.Refused)) {
		say(con.out, "refused %d times: %s", r.Refused[code], code)
	}
	return nil
}

func indented(con *console, v any) error {
	doc := json.NewEncoder(con.out)
	doc.SetIndent("", "  ")
	return doc.Encode(v)
}

type loadCheck struct {
	URL  []string `help:"Addresses of the house." required:""`
	Acks string   `help:"File with the acknowledgements." required:"" type:"existingfile"`
	JSON bool     `name:"json" help:"Answer in JSON."`
}

// Run asks, and fails if anything is lost, doubled or still unknown.
func (c *loadCheck) Run(con *console) error {
	acks, err := os.Open(c.Acks)
	if err != nil {
		return err
	}
	defer func() { _ = acks.Close() }() // it was only read
	v, err := load.Check(con.ctx, load.CheckConfig{URLs: c.URL, Acks: acks})
	if err != nil {
		return err
	}
	if c.JSON {
		err = indented(con, struct {
			load.Verdict
			OK bool `json:"ok"`
		}{v, v.OK()})
	} else {
		say(con.out, "acknowledged %d, lost %d, doubled %d, unknown %d of which resolved %d; %d deals with %d facts", v.Acknowledged, v.Lost, v.Doubled, v.Unknown, v.Resolved, v.Deals, v.Facts)
		for _, f := range v.Findings {
			say(con.out, "  %s", f)
		}
	}
	if err == nil && !v.OK() {
		return errFound
	}
	return err
}

type loadGaps struct {
	Acks string `help:"File with the acknowledgements." required:"" type:"existingfile"`
	From int64  `help:"Beginning, in microseconds since 1970." required:""`
	To   int64  `help:"End, likewise." required:""`
}

// Run answers one line: acknowledgements, then milliseconds to the first answer
// of a command asked in the span (-1 for none), of the longest silence, and from
// the beginning to the end of that silence.
func (c *loadGaps) Run(con *console) error {
	acks, err := os.Open(c.Acks)
	if err != nil {
		return err
	}
	defer func() { _ = acks.Close() }() // it was only read
	s, err := load.Gaps(acks, time.UnixMicro(c.From), time.UnixMicro(c.To))
	if err != nil {
		return err
	}
	first := int64(-1)
	if s.First >= 0 {
		first = s.First.Milliseconds()
	}
	_, err = fmt.Fprintln(con.out, s.Acknowledged, first, s.Longest.Milliseconds(), s.Back.Milliseconds())
	return err
}
