package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strconv"

	"fondaco/internal/bench"
	"fondaco/internal/fault"
)

type benchOverload struct {
	benchPlace
	Seconds     float64 `help:"How long the flood lasts." default:"10"`
	Times       float64 `help:"How many times the capacity arrives." default:"5"`
	Connections int     `help:"Connections that the flood comes over; who finds all of them busy waits, and that counts." default:"2000"`
	JSON        bool    `name:"json" help:"Answer in JSON, with nothing else on standard output."`
	CPUProfile  string  `name:"cpuprofile" help:"Write a profile of the house in the flood to this file." type:"path" placeholder:"FILE"`
	Crowd       bool    `help:"Be the clients of another process: read a job from standard input." hidden:""`
}

// The bounds of a flood.
const (
	overloadSecondsMax     = 300
	overloadTimesMax       = 100
	overloadConnectionsMax = 4000 // a house takes 4,096
	overloadCompanies      = 2000
	overloadLeast          = 200
)

func (c *benchOverload) check() error {
	if !(c.Seconds >= 0.1 && c.Seconds <= overloadSecondsMax) {
		return fault.New(fault.Invalid, "bench.bad_seconds", "Flood for 0.1 to 300 seconds.").At("seconds")
	}
	if !(c.Times >= 0.1 && c.Times <= overloadTimesMax) {
		return fault.New(fault.Invalid, "bench.bad_times", "Let 0.1 to 100 times the capacity arrive.").At("times")
	}
	if c.Connections < 1 || c.Connections > overloadConnectionsMax {
		return fault.New(fault.Invalid, "bench.bad_clients", "Let the flood come over 1 to 4,000 connections.").At("connections")
	}
	return nil
}

// Run floods a house and answers what was found. It fails if a bound is broken.
func (c *benchOverload) Run(con *console) (err error) {
	if c.Crowd {
		return bench.WorkJob(con.ctx, os.Stdin, con.out)
	}
	if err := c.check(); err != nil {
		return err
	}
	db, err := c.make(con.ctx, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Remove(context.WithoutCancel(con.ctx))) }()
	profile, err := profileTo(c.CPUProfile)
	if err != nil {
		return err
	}
	show := benchProgress{con: con, unit: "parts"}
	r, err := bench.Overload{
		Database: db, Handler: benchHandler, Crowd: crowdElsewhere, Times: c.Times, Length: seconds(c.Seconds),
		Clients: benchClientsHTTP, Lines: c.Connections, Companies: overloadCompanies, Least: overloadLeast, Measuring: profile, Progress: show.step,
	}.Run(con.ctx)
	show.end()
	if err != nil {
		return err
	}
	if c.JSON {
		err = json.NewEncoder(con.out).Encode(r)
	} else {
		tellFlooded(con.out, r)
	}
	if err == nil && len(r.BrokenBounds) > 0 {
		err = errFound
	}
	return err
}

// crowdElsewhere lets clients work in a process of their own, so that their memory
// and their garbage are not the house's.
func crowdElsewhere(ctx context.Context, j *bench.Job, told func(string)) (done bench.JobDone, err error) {
	job, err := json.Marshal(j)
	if err != nil {
		return done, err
	}
	child, err := itself(ctx, "bench", "overload", "--crowd")
	if err != nil {
		return done, err
	}
	child.Stdin = bytes.NewReader(job)
	said := &bytes.Buffer{}
	child.Stderr = said
	out, err := child.StdoutPipe()
	if err != nil {
		return done, err
	}
	if err := child.Start(); err != nil {
		return done, err
	}
	done, err = bench.ReadJob(out, told)
	_, _ = io.Copy(io.Discard, out)
	if ended := child.Wait(); ended != nil && ctx.Err() == nil {
		err = fault.New(fault.Unavailable, "bench.no_clients", "The process of the clients has failed: {said}").With("said", said.String()).Because(ended)
	}
	return done, err
}

func tellFlooded(w io.Writer, r bench.Flooded) {
	const mib = 1 << 20
	say(w, "%s; %.0f s of %.4g times the capacity, over %d connections", r.Database, r.HouseSeconds, r.Times, r.Lines)
	say(w, "  %-38s %8.0f commands/s, %.1f ms (p50), %.1f ms (p99)", "capacity, closed loop of "+strconv.Itoa(r.CapacityClients)+" clients", r.Capacity, r.CapacityAnswers.P50, r.CapacityAnswers.P99)
	say(w, "  %-38s %8.0f requests/s, %.0f of them to move money", "arriving in the flood", r.Offered, r.MoneyOffered)
	say(w, "  %-38s %8.0f commands/s, %.0f %% of the capacity", "acknowledged of these", r.Accepted, 100*r.Goodput)
	for _, p := range []bench.Period{r.Calm, r.Flood, r.After} {
		m := r.Memory[p.Name]
		say(w, "%s: %.0f requests/s due, %d came again", p.Name, p.PerSecond, p.Again)
		for _, row := range []struct {
			name string
			of   bench.Spread
		}{{"money acknowledged", p.Money}, {"other commands acknowledged", p.Others}, {"reads answered", p.Reads}, {"refused, told when to come back", p.Refusals}, {"until sent", p.Sent}} {
			say(w, "  %-38s %8d  %9.1f ms (p50) %9.1f ms (p99) %9.1f ms (longest)", row.name, row.of.Count, row.of.P50, row.of.P99, row.of.Max)
		}
		say(w, "  %-38s %8d without Retry-After, %d other 5xx, %d hung up, %d gave up", "what must not be", p.Unexplained, p.Broken, p.HungUp, p.GaveUp)
		say(w, "  %-38s %8.0f MiB of heap, %.0f MiB resident; %d requests, %d commands waiting; %.2f cores, clients %.2f", "the house held at most",
			float64(m.HeapBytes)/mib, float64(m.ResidentBytes)/mib, m.Inside, m.Waiting, m.Cores, p.Cores)
	}
	if r.Recovery < 0 {
		say(w, "The p99 does not become normal (%.0f ms) within %v.", r.NormalP99, r.After.Length)
	} else {
		say(w, "The p99 is normal (%.0f ms) %.0f ms after the flood.", r.NormalP99, r.Recovery)
	}
	say(w, "Verified: %d deals as they were acknowledged, %d of them closed; %d entries in the evidence log; all accounts add up to zero.",
		r.Checked.Deals, r.Checked.DealsClosed, r.Checked.Entries)
	for _, bound := range r.BrokenBounds {
		say(w, "BROKEN: %s", bound)
	}
}
