package main

import (
	"encoding/json"
	"io"

	"fondaco/internal/bench"
)

type benchReputation struct {
	RatingsDir string `name:"ratings-dir" help:"Folder with alpha_network.csv, alpha_gt.csv and otc_network.csv: two public networks of ratings, and labels of one." required:"" type:"existingdir" placeholder:"DIR"`
	JSON       bool   `name:"json" help:"Answer in JSON, with nothing else on standard output."`
}

// Run scores the networks and answers how well frauds are told from good accounts.
func (c *benchReputation) Run(con *console) error {
	show := benchProgress{con: con, unit: "parts"}
	r, err := bench.Reputation{Dir: c.RatingsDir, Progress: show.step}.Run(con.ctx)
	show.end()
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(con.out).Encode(r)
	}
	tellReputation(con.out, r)
	return nil
}

func tellReputation(w io.Writer, r bench.ReputationResult) {
	say(w, "Alpha, %d good accounts and %d frauds; ratings of labelled accounts by good ones taken away", r.Good, r.Fraud)
	attack := ""
	for _, row := range r.Rows {
		if row.Attack != attack {
			attack = row.Attack
			say(w, "")
			say(w, "Attack: %s", attack)
			say(w, "  %-30s %6s   %s", "", "AUC", "95 % of samples")
		}
		say(w, "  %-30s %6.3f   %.3f to %.3f", row.Method, row.AUC, row.Low, row.High)
	}
	s := r.Selection
	say(w, "")
	say(w, "Settings: of %d around the program's, the best on one half of the labels, judged on the other (mean of %d halves)", s.Settings, s.Halves)
	say(w, "  %-30s %6.3f   attacked %.3f", "chosen on the other half", s.ChosenClean, s.ChosenBoth)
	say(w, "  %-30s %6.3f   attacked %.3f", "the program's", s.StandingClean, s.StandingBoth)
	say(w, "")
	say(w, "  %-42s %8s %8s %8s", "Value of an account", "before", "after", "average")
	for _, a := range r.Abuse {
		state := ""
		if a.New {
			state = "  new"
		}
		say(w, "  %-42s %8.3f %8.3f %8.3f%s", a.What, a.Before, a.After, a.Average, state)
	}
	say(w, "")
	say(w, "  %-8s %9s %9s %10s %10s %10s %14s", "Time", "accounts", "ratings", "read", "build", "full pass", "one rating")
	for _, t := range r.Speed {
		say(w, "  %-8s %9d %9d %7.1f ms %7.1f ms %7.1f ms %11.1f µs", t.Network, t.Accounts, t.Ratings, t.ReadMS, t.BuildMS, t.PassMS, t.AddUS)
	}
	say(w, "  Processor time of all cores, median of 15 runs; one rating: mean of the last tenth.")
}
