package main

import (
	"encoding/json"
	"io"
	"strings"

	"fondaco/internal/bench"
	"fondaco/internal/fault"
)

type benchLogin struct {
	Users int    `help:"How many synthetic people sign in." default:"2000"`
	Seed  uint64 `help:"What the people, their habits and the attacks are drawn from." default:"1"`
	JSON  bool   `name:"json" help:"Answer in JSON, with nothing else on standard output."`
}

// The bounds of a bench of sign-ins.
const (
	loginUsersMin = 50
	loginUsersMax = 10_000
)

// Run judges synthetic sign-ins and answers what it cost to notice attacks.
func (c *benchLogin) Run(con *console) error {
	if c.Users < loginUsersMin || c.Users > loginUsersMax {
		return fault.New(fault.Invalid, "bench.bad_users", "Let 50 to 10,000 people sign in.").At("users")
	}
	show := benchProgress{con: con, unit: "sign-ins"}
	r, err := bench.LoginRisk{Users: c.Users, Seed: c.Seed, Progress: show.step}.Run(con.ctx)
	show.end()
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(con.out).Encode(r)
	}
	tellLogin(con.out, r)
	return nil
}

func tellLogin(w io.Writer, r bench.LoginResult) {
	say(w, "Synthetic people and attackers: %d people, seed %d, %d sign-ins, %d attacks with the right password", r.Users, r.Seed, r.SignIns, r.Attacks)
	depth := 0
	for _, row := range r.Rows {
		if row.History != depth {
			depth = row.History
			say(w, "")
			say(w, "After %d sign-ins: share of the owner's sign-ins doubted when %.0f %% of attacks are noticed", depth, 100*r.Detection)
			say(w, "  %-14s %-22s %8s %8s %8s %8s %10s", "attacker", "ranked by", "median", "mean", "p90", "noticed", "learning")
		}
		say(w, "  %-14s %-22s %8.3f %8.3f %8.3f %8.3f %10.3f", row.Attacker, row.Model, row.Median, row.Mean, row.P90, row.Noticed, row.Learning)
	}
	depth = 0
	for _, line := range r.Levels {
		if line.History != depth {
			depth = line.History
			say(w, "")
			say(w, "After %d sign-ins: levels by the rules of a house that has set none, in %%", depth)
			say(w, "  %-22s %8s %8s %8s", strings.Repeat(" ", 22), "low", "medium", "high")
		}
		say(w, "  %-22s %8.2f %8.2f %8.2f", line.Who, 100*line.Low, 100*line.Medium, 100*line.High)
	}
}
